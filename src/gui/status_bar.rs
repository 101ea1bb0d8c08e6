//! The status bar: file, samples, warnings, and what is being worked on.

use super::command::Command;
use super::measure::Measure;
use super::session::Session;
use crate::profile::{count_of, with_thousands};
use egui::Ui;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, session: &Session, is_exporting: bool, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width() * 0.35);
            ui.add(egui::Label::new(&session.name).truncate());
        });
        ui.weak(samples_text(session));
        let selection = session.shown_selection();
        if !selection.is_whole() {
            let selected = session.tree().map_or(0, |(_, tree)| tree.selected);
            ui.weak(format!(
                "{} selected",
                session.view.unit().full_text(selected)
            ));
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
        let notices = &profile.info.stack_notices;
        if !notices.is_empty() {
            let link = ui.link(format!(
                "Stacks: {}",
                count_of(notices.len() as u64, "notice")
            ));
            if link.on_hover_text(notices.join("\n")).clicked() {
                commands.push(Command::ShowDetails);
            }
        }
        if is_exporting {
            ui.weak("exporting…");
            let cancel = ui.link("Cancel");
            if cancel.clicked() {
                commands.push(Command::CancelExport);
            }
            cancel.accessible_name("Cancel the export");
        }
        if session.is_stale() {
            ui.weak("working…");
        }
        // Last, as it may be as long as it likes.
        if session.view.key.filter.is_active() {
            let filters = session.view.key.filter.describe(&session.profile);
            ui.separator();
            if ui.link("Clear filters").clicked() {
                commands.push(Command::ClearFilters);
            }
            ui.add(egui::Label::new(format!("Only {filters}")).truncate());
        }
        let notes = session.view.notes();
        if !notes.is_empty() {
            let text = egui::RichText::new(notes.join("; ")).weak();
            ui.add(egui::Label::new(text).truncate());
        }
    });
}

fn samples_text(session: &Session) -> String {
    let samples = &session.view.samples;
    let is_event_alone = !session.view.key.filter.is_active();
    let filtered = match is_event_alone {
        true => "of other events",
        false => "filtered",
    };
    let left_out = [(samples.idle, "idle"), (samples.filtered, filtered)];
    let mut text = count_of(samples.shown, "sample");
    for (count, what) in left_out.iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!(" · {} {what}", with_thousands(*count)));
    }
    if session.profile.info.is_partial {
        text.push_str(" so far");
    }
    let measure = session.view.key.measure;
    if measure != Measure::Samples {
        let total = session.view.unit().full_text(session.view.total);
        text.push_str(&format!(" · {}: {total}", measure.name(&session.profile)));
    }
    text
}
