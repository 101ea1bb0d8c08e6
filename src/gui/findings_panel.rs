//! The ranges that behave unlike the rest, the most important first, each with what is odd about it.

use super::command::Command;
use super::names;
use super::session::Session;
use super::times::short_seconds;
use crate::findings::Finding;
use crate::profile::{format_seconds, printable};
use crate::search::exactly;
use crate::selection::Selection;
use egui::{RichText, ScrollArea, Ui};

/// Draws the panel.
pub(super) fn ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    if session.profile.info.is_partial {
        ui.weak("They are looked for when all of the profile is there.");
        return;
    }
    let Some(found) = session.findings() else {
        ui.weak("Looking for what behaves unlike the rest…");
        return;
    };
    if found.is_empty() {
        ui.weak("Nothing behaves unlike the rest, as far as the samples that are shown tell.");
        return;
    }
    ui.weak("Ranges that behave unlike the rest. N and P go from one to the next.");
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            for (index, finding) in found.iter().enumerate() {
                ui.separator();
                finding_ui(ui, session, index, finding, commands);
            }
        });
}

fn finding_ui(
    ui: &mut Ui,
    session: &Session,
    index: usize,
    finding: &Finding,
    commands: &mut Vec<Command>,
) {
    let origin = session.profile.origin();
    let seconds = |time: crate::profile::Timestamp| short_seconds(time.nanos_since(origin));
    let span = finding.span();
    let title = format!(
        "{}. {}, {} s to {} s",
        index + 1,
        finding.kind.name(),
        seconds(span.start),
        seconds(span.end)
    );
    let selection = Selection::from_ranges(finding.ranges.clone());
    let is_shown = session.choices.selection == selection;
    let title = RichText::new(title).strong();
    let button = ui.selectable_label(is_shown, title);
    if button
        .on_hover_text("Select it and compare it with the rest")
        .clicked()
    {
        commands.push(Command::ShowFinding(index));
    }
    // It holds names of the profile, which may be anything.
    let text = printable(finding.explanation.as_bytes()).into_owned();
    if ui.label(text).clicked() {
        commands.push(Command::ShowFinding(index));
    }
    for function in finding.functions.iter().take(3) {
        let name = printable(session.profile.strings.get(function.name)).into_owned();
        ui.horizontal(|ui| {
            ui.weak(function.times());
            let pattern = exactly(&name);
            if names::link(ui, &name, "Search for it").clicked() {
                commands.push(Command::Search(pattern));
            }
        });
    }
    let least = u64::from(session.heat_map_options().rows);
    if let Some(period) = finding.period_nanos.filter(|period| *period >= least) {
        // To the millisecond, which is as well as anyone can read it.
        let millis = period.saturating_add(500_000) / 1_000_000 * 1_000_000;
        let text = format!("Columns of {} s", format_seconds(millis));
        let hint = "Make each column one period long: its occurrences stand side by side";
        if ui.button(text).on_hover_text(hint).clicked() {
            commands.push(Command::SetColumn(period));
        }
    }
}
