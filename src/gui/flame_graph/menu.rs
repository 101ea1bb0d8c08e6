//! The context menu of a flame graph's box.

use super::{Pane, Pointed};
use crate::gui::choices::GraphMode;
use crate::gui::command::{Command, EXPORTED};
use crate::gui::session::Session;
use crate::profile::FrameId;
use crate::search::exactly;
use egui::Ui;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, session: &Session, pointed: Pointed, commands: &mut Vec<Command>) {
    let stacks = session.stacks();
    // The flame graph may be another one by now.
    let is_there = stacks.frame.get(pointed.node.index()) == Some(&pointed.frame);
    let is_in_main = is_there && pointed.pane == Pane::Main;
    if is_in_main && ui.button("Zoom to frame").clicked() {
        commands.push(Command::Zoom(pointed.node));
    }
    if is_in_main && ui.button("Copy stack").clicked() {
        let path = stacks.path_up(pointed.node);
        let name =
            |node: crate::profile::StackId| session.drawn().frame_name(stacks.frame[node.index()]);
        let lines: Vec<_> = path.map(name).collect();
        commands.push(Command::CopyText(lines.join("\n")));
    }
    match session.own_frame(pointed.frame) {
        Some(frame) => function_ui(ui, session, frame, commands),
        None => {
            ui.weak("Only in the other profile");
        }
    }
    ui.separator();
    if ui.button("Export flame graph as SVG…").clicked() {
        commands.push(Command::Export(EXPORTED));
    }
}

/// What can be done with a function, wherever it is shown.
pub(in crate::gui) fn function_ui(
    ui: &mut Ui,
    session: &Session,
    frame: FrameId,
    commands: &mut Vec<Command>,
) {
    let name = session.profile.frame_name(frame).into_owned();
    let exactly = exactly(&name);
    // In filters, case always matters.
    let whole = format!("^{}$", regex::escape(&name));
    if ui.button("Copy name").clicked() {
        commands.push(Command::CopyText(name));
    }
    if ui.button("Details").clicked() {
        commands.push(Command::ShowFunction(frame));
    }
    if frame == FrameId(0) {
        // All of it is no function.
        return;
    }
    ui.separator();
    if ui.button("Callers and callees (sandwich)").clicked() {
        commands.push(Command::SetMode(GraphMode::Sandwich(frame)));
    }
    if ui.button("Focus on what it calls").clicked() {
        commands.push(Command::Focus(Some(frame)));
    }
    let hide = match session.profile.has_libraries() {
        true => "Hide this",
        false => "Hide this function",
    };
    if ui.button(hide).clicked() {
        commands.push(Command::Hide(frame));
    }
    let module = session.profile.frame_module(frame);
    let has_module = !module.is_empty();
    let hide = ui.add_enabled(has_module, egui::Button::new("Hide its module"));
    if hide.on_hover_text(module).clicked() {
        commands.push(Command::HideModule(frame));
    }
    let is_marked = session.choices.marked == Some(frame);
    let label = if is_marked {
        "Remove the mark"
    } else {
        "Mark everywhere"
    };
    if ui.button(label).clicked() {
        commands.push(Command::Mark((!is_marked).then_some(frame)));
    }
    ui.separator();
    if ui.button("Show on heat map").clicked() {
        commands.push(Command::ShowOnHeatMap(exactly.clone()));
    }
    if ui.button("Search for this").clicked() {
        commands.push(Command::Search(exactly));
    }
    // Filters are for functions, whatever frames are.
    if session.has_functions() {
        if ui.button("Only samples with this").clicked() {
            commands.push(Command::OnlyStacks(whole.clone(), true));
        }
        if ui.button("Without samples with this").clicked() {
            commands.push(Command::OnlyStacks(whole, false));
        }
    }
}
