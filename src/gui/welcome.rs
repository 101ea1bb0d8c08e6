//! The start page: open, recent files, sample profiles, drop a file here.

use super::app::shown;
use super::command::{self, Command};
use super::preferences::{Preferences, Recent, Thumbnail};
use super::samples::SAMPLES;
use super::theme;
use crate::profile::PRINT_COMMAND;
use egui::{RichText, Sense, Ui};

const WIDTH: f32 = 560.0;

/// Draws it.
pub(super) fn ui(
    ui: &mut Ui,
    preferences: &Preferences,
    closed_last: Option<String>,
    commands: &mut Vec<Command>,
) {
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
            ui.weak("or drop what perf script printed here");
            if let Some(name) = closed_last {
                let keys = ui.ctx().format_shortcut(&command::REOPEN);
                let link = ui.link(format!("Open {name} again as it was ({keys})"));
                if link.clicked() {
                    commands.push(Command::Reopen);
                }
            }
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
                let print = PRINT_COMMAND.replace(" -F", " \\\n    -F");
                ui.monospace(format!("{print} \\\n    > profile.perf.txt"));
            });
        });
    });
}

fn recents_ui(ui: &mut Ui, preferences: &Preferences, commands: &mut Vec<Command>) {
    if preferences.recents.is_empty() {
        return;
    }
    ui.heading("Recent files");
    for recent in &preferences.recents {
        recent_ui(ui, recent, commands);
    }
    ui.add_space(14.0);
}

fn recent_ui(ui: &mut Ui, recent: &Recent, commands: &mut Vec<Command>) {
    let path = &recent.path;
    let name = path
        .file_name()
        .map_or_else(|| shown(path), |name| shown(name.as_ref()));
    ui.horizontal(|ui| {
        let picture = thumbnail_ui(ui, recent);
        let link = ui.link(name).on_hover_text(shown(path));
        let folder = path.parent().map(|folder| {
            let folder = RichText::new(shown(folder)).weak();
            ui.add(egui::Label::new(folder).truncate().sense(Sense::CLICK))
        });
        let is_clicked = |response: egui::Response| response.clicked();
        if link.clicked() || picture.clicked() || folder.is_some_and(is_clicked) {
            commands.push(Command::OpenPath(path.clone()));
        }
    });
}

/// The heat map in small.
fn thumbnail_ui(ui: &mut Ui, recent: &Recent) -> egui::Response {
    const SIZE: egui::Vec2 = egui::vec2(120.0, 25.0);
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::CLICK);
    let image = recent.thumbnail.as_ref().and_then(image);
    let Some(image) = image else {
        if recent.is_session {
            let (font, color) = (theme::axis_font(), theme::quiet(ui.visuals()));
            let (at, anchor) = (rect.right_center(), egui::Align2::RIGHT_CENTER);
            ui.painter().text(at, anchor, "session", font, color);
        }
        return response;
    };
    // Made once: its colours never change for a file as it was opened.
    let id = egui::Id::unique(("thumbnail", &recent.path, image.pixels.len()));
    let texture = ui.data(|data| data.get_temp::<egui::TextureHandle>(id));
    let texture = texture.unwrap_or_else(|| {
        let options = egui::TextureOptions::NEAREST;
        let texture = ui.ctx().load_texture("thumbnail", image, options);
        ui.data_mut(|data| data.insert_temp(id, texture.clone()));
        texture
    });
    let uv = egui::Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
    ui.painter()
        .image(texture.id(), rect, uv, egui::Color32::WHITE);
    response
}

/// `None` where what was kept is no picture.
fn image(thumbnail: &Thumbnail) -> Option<egui::ColorImage> {
    let row = thumbnail.width.checked_mul(3).filter(|row| *row > 0)?;
    let height = thumbnail.rgb.len() / row;
    let is_whole = height > 0 && thumbnail.rgb.len() == row * height;
    is_whole.then(|| egui::ColorImage::from_rgb([thumbnail.width, height], &thumbnail.rgb))
}
