//! The start page: open, recent files, sample profiles, drop a file here.

use super::app::{Preferences, shown};
use super::command::{self, Command};
use super::samples::SAMPLES;
use egui::{RichText, Ui};

const WIDTH: f32 = 560.0;

/// Draws it.
pub(super) fn ui(ui: &mut Ui, preferences: &Preferences, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space((ui.available_height() * 0.1).max(12.0));
        ui.vertical_centered(|ui| {
            ui.set_max_width(WIDTH);
            ui.label(RichText::new("Emberscope").size(34.0).strong());
            ui.weak("See when a CPU profile's samples fell, select the odd moment, read its flame graph.");
            ui.add_space(18.0);
            let shortcut = ui.ctx().format_shortcut(&command::OPEN);
            let open = egui::Button::new(RichText::new("Open…").size(17.0)).shortcut_text(shortcut);
            if ui.add(open.min_size(egui::vec2(160.0, 36.0))).clicked() {
                commands.push(Command::Open);
            }
            ui.weak("or drop the output of perf script --header here");
            ui.add_space(18.0);
            ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                recents_ui(ui, preferences, commands);
                ui.heading("Sample profiles");
                for sample in &SAMPLES {
                    ui.horizontal(|ui| {
                        if ui.link(sample.file_name).clicked() {
                            commands.push(Command::OpenSample(sample));
                        }
                        ui.weak(sample.description);
                    });
                }
                ui.add_space(14.0);
                ui.heading("To record a profile of your own");
                ui.monospace("perf record -F 49 -a -g -- sleep 60");
                ui.monospace("perf script --header > profile.perf.txt");
            });
        });
    });
}

fn recents_ui(ui: &mut Ui, preferences: &Preferences, commands: &mut Vec<Command>) {
    if preferences.recents.is_empty() {
        return;
    }
    ui.heading("Recent files");
    for path in &preferences.recents {
        let name = path
            .file_name()
            .map_or_else(|| shown(path), |name| shown(name.as_ref()));
        ui.horizontal(|ui| {
            if ui.link(name).on_hover_text(shown(path)).clicked() {
                commands.push(Command::OpenPath(path.clone()));
            }
            if let Some(folder) = path.parent() {
                ui.add(egui::Label::new(RichText::new(shown(folder)).weak()).truncate());
            }
        });
    }
    ui.add_space(14.0);
}
