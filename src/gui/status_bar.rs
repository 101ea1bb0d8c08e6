//! The status bar: file, samples, warnings, and what is being worked on.

use super::command::Command;
use super::session::Session;
use crate::export::{count_of, with_thousands};
use egui::Ui;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.label(&session.name);
        let samples = &session.view.samples;
        let left_out = [(samples.idle, "idle"), (samples.filtered, "filtered")];
        let mut text = count_of(samples.shown, "sample");
        for (count, what) in left_out.iter().filter(|(count, _)| *count > 0) {
            text.push_str(&format!(" · {} {what}", with_thousands(*count)));
        }
        if session.profile.info.is_partial {
            text.push_str(" so far");
        }
        ui.weak(text);
        let selection = session.shown_selection();
        if !selection.is_whole() {
            let selected = session.tree().map_or(0, |(_, tree)| tree.selected);
            ui.weak(format!(
                "{} selected",
                session.view.unit().full_text(selected)
            ));
        }
        if session.view.key.filter.is_active() {
            let filters = session.view.key.filter.describe(&session.profile);
            ui.separator();
            ui.add(egui::Label::new(format!("Only {filters}")).truncate());
            if ui.link("Clear filters").clicked() {
                commands.push(Command::ClearFilters);
            }
        }
        let profile = &session.profile;
        let warnings = profile.warnings.len() + profile.info.messages.len();
        if warnings > 0 {
            let text = count_of(warnings as u64, "warning");
            if ui
                .link(text)
                .on_hover_text("What could not be understood in the file")
                .clicked()
            {
                commands.push(Command::ShowDetails);
            }
        }
        if session.is_stale() {
            ui.weak("working…");
        }
    });
}
