//! The selections that are kept, with their names.

use super::command::Command;
use super::session::Session;
use super::times::{short_range_text, short_seconds};
use egui::{Button, TextEdit, Ui};

/// Draws the panel.
pub(super) fn ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.separator();
    let is_selected = !session.choices.selection.is_whole();
    let keep = egui::Button::new("Keep the selection").shortcut_text("M");
    if ui.add_enabled(is_selected, keep).clicked() {
        commands.push(Command::KeepSelection);
    }
    if session.choices.named.is_empty() {
        ui.weak("Selections that are kept stand here, to go back to and to compare.");
    }
    notes_ui(ui, session, commands);
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            for index in 0..session.choices.named.len() {
                ui.add_space(6.0);
                kept_ui(ui, session, index, commands);
            }
        });
}

fn notes_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let mut notes = session.notes.clone();
    let field = TextEdit::multiline(&mut notes)
        .desired_rows(2)
        .desired_width(f32::INFINITY)
        .hint_text("Notes, kept in saved sessions");
    let response = ui.add(field);
    if response.changed() {
        commands.push(Command::SetNotes(notes));
    }
    response.accessible_name("Notes");
}

fn kept_ui(ui: &mut Ui, session: &Session, index: usize, commands: &mut Vec<Command>) {
    let kept = &session.choices.named[index];
    let mut name = kept.name.clone();
    let field = TextEdit::singleline(&mut name).desired_width(f32::INFINITY);
    let response = ui.add(field);
    if response.changed() {
        commands.push(Command::RenameKept(index, name));
    }
    response.accessible_name(format!("Name of selection {}", index + 1));
    ui.weak(format!(
        "{} · {} s",
        short_range_text(&session.profile, &kept.selection),
        short_seconds(kept.selection.nanos())
    ));
    ui.horizontal(|ui| {
        let is_shown = session.choices.selection == kept.selection;
        let framed = |is_on, label| Button::selectable(is_on, label).frame_when_inactive(true);
        if ui.add(framed(is_shown, "Select")).clicked() {
            commands.push(Command::Select(kept.selection.clone()));
        }
        let baseline = session.choices.baseline.as_ref();
        let is_baseline =
            baseline.is_some_and(|baseline| baseline.ranges.as_ref() == Some(&kept.selection));
        let label = ui.add(framed(is_baseline, "Baseline"));
        let label = label.on_hover_text("Compare what is selected with it");
        if label.clicked() {
            let before = baseline.cloned().unwrap_or_default();
            let ranges = Some(kept.selection.clone());
            commands.push(Command::Compare(
                (!is_baseline).then(|| before.with(ranges)),
            ));
        }
        label.accessible_name(format!("Compare with {}", kept.name));
        if ui.button("Forget").clicked() {
            commands.push(Command::ForgetKept(index));
        }
    });
}
