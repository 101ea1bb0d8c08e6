//! What stands above or between the panels: notices, windows, the hint to drop a file.

use super::app::App;
use super::command::Command;
use super::session::Session;
use super::theme;
use super::view::View;
use crate::export;
use egui::Context;
use std::sync::Arc;

impl App {
    pub(super) fn notice_ui(&self, ui: &mut egui::Ui, commands: &mut Vec<Command>) {
        let Some(notice) = &self.notice else {
            return;
        };
        let mut frame = egui::Frame::side_top_panel(ui.style());
        if notice.is_error {
            frame = frame.fill(theme::notice_fill(ui.visuals()));
        }
        egui::Panel::top("notice").frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if ui.button("Dismiss").clicked() {
                        commands.push(Command::DismissNotice);
                    }
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        ui.add(egui::Label::new(&notice.text).wrap());
                    });
                });
            });
        });
    }

    pub(super) fn about_ui(&mut self, context: &Context) {
        egui::Window::new("About Emberscope")
            .open(&mut self.is_about_shown)
            .collapsible(false)
            .resizable(false)
            .show(context, |ui| {
                ui.label(format!("Emberscope {}", env!("CARGO_PKG_VERSION")));
                ui.label("Subsecond-offset heat maps and flame graphs of CPU profiles,\nin the style of FlameScope (Martin Spier and Brendan Gregg, Netflix, 2018).");
            });
    }

    pub(super) fn details_ui(&mut self, context: &Context) {
        let session = self.tabs.active().and_then(|tab| tab.session.as_ref());
        self.are_details_shown &= session.is_some();
        let Some(session) = session.filter(|_| self.are_details_shown) else {
            self.details = None;
            return;
        };
        egui::Window::new("Profile details")
            .open(&mut self.are_details_shown)
            .default_size([620.0, 420.0])
            .show(context, |ui| {
                let view = &session.view;
                let is_of = |(of, _): &(Arc<View>, String)| Arc::ptr_eq(of, view);
                let known = self.details.take().filter(is_of);
                let (_, text) = self
                    .details
                    .insert(known.unwrap_or_else(|| (Arc::clone(view), details_text(session))));
                egui::ScrollArea::both()
                    .auto_shrink([false, false])
                    .show(ui, |ui| {
                        let text = egui::RichText::new(text.as_str()).monospace();
                        ui.add(egui::Label::new(text).extend());
                    });
            });
    }
}

fn details_text(session: &Session) -> String {
    let mut text = Vec::new();
    let view = &session.view;
    // Writing to memory does not fail.
    let _ = export::write_info_text(
        &session.profile,
        &view.key.filter,
        &view.samples,
        &session.name,
        &mut text,
    );
    String::from_utf8_lossy(&text).into_owned()
}

/// Over everything, while a file is held above the window.
pub(super) fn drop_hint_ui(context: &Context) {
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
    let painter = context.layer_painter(layer);
    let area = context.content_rect();
    painter.rect_filled(area, 0.0, egui::Color32::from_black_alpha(170));
    let font = egui::FontId::proportional(26.0);
    painter.text(
        area.center(),
        egui::Align2::CENTER_CENTER,
        "Drop the profile here",
        font,
        egui::Color32::WHITE,
    );
}
