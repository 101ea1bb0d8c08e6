//! What stands above the panels: notices, windows, menus that a click closes, the hint to drop a file.

use super::app::{App, Notice};
use super::command::Command;
use super::names;
use super::theme;
use egui::Context;

/// Points beside notices, those that the button takes, how wide they are at most, and how far up the
/// status bar leaves them; and which part of the window's height they take at most.
const MARGIN: f32 = 16.0;
const BUTTON: f32 = 96.0;
const WIDEST: f32 = 900.0;
const ABOVE_STATUS: f32 = 36.0;
const HIGHEST: f32 = 0.25;
/// Between them and what is above.
const GAP: f32 = 6.0;

impl App {
    /// All of them, the newest last. They are above the panels, so that nothing moves away from below
    /// the pointer, and as far from the flame graph's root as can be.
    pub(super) fn notices_ui(&self, context: &Context, commands: &mut Vec<Command>) {
        // A dialog must not be covered; they come up when it is closed.
        if self.notices.is_empty() || self.has_typed_dialog() || self.is_help_shown {
            return;
        }
        let screen = context.content_rect();
        let far_from_root = self.tabs.active().and_then(|tab| tab.flame_graph.far_end());
        let (anchor, offset) = match far_from_root {
            Some(top) => (egui::Align2::CENTER_TOP, top - screen.top() + GAP),
            None => (egui::Align2::CENTER_BOTTOM, -ABOVE_STATUS),
        };
        let widest = (screen.width() - 2.0 * MARGIN).min(WIDEST);
        let id = egui::Id::unique("notices");
        let before = context.memory(|memory| memory.area_rect(id));
        let area = egui::Area::new(id)
            .order(egui::Order::Foreground)
            .anchor(anchor, [0.0, offset])
            .show(context, |ui| {
                egui::ScrollArea::vertical()
                    .max_height(screen.height() * HIGHEST)
                    .stick_to_bottom(true)
                    .show(ui, |ui| {
                        for (index, notice) in self.notices.iter().enumerate() {
                            if notice_ui(ui, notice, widest) {
                                commands.push(Command::DismissNotice(index));
                            }
                        }
                    });
                if self.notices.len() > 1 && ui.button("Dismiss all").clicked() {
                    commands.push(Command::DismissNotices);
                }
            });
        if before != Some(area.response.rect) {
            // It stands where it was to be with the size that it had before.
            context.request_repaint();
        }
    }

    /// Whether a dialog of the window's own is open.
    pub(super) fn has_typed_dialog(&self) -> bool {
        let dialog = self.dialog.as_ref();
        dialog.is_some_and(|(dialog, _)| dialog.is_typed())
    }

    /// Whether the pointer is held or let go after a press outside an open menu: that closes the menu,
    /// and selects nothing in what is below.
    pub(super) fn closes_menu(&mut self, context: &Context) -> bool {
        let (is_pressed, is_held, is_let_go, at) = context.input(|input| {
            let pointer = &input.pointer;
            let (is_held, is_let_go) = (pointer.primary_down(), pointer.primary_released());
            (
                pointer.primary_pressed(),
                is_held,
                is_let_go,
                pointer.interact_pos(),
            )
        });
        if is_pressed {
            let layer = at.and_then(|at| context.layer_id_at(at));
            let is_outside = layer.is_none_or(|layer| layer.order == egui::Order::Background);
            self.is_closing_menu = is_outside && egui::Popup::is_any_open(context);
        }
        let closes_menu = self.is_closing_menu && (is_held || is_let_go);
        self.is_closing_menu &= is_held;
        closes_menu
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
            return;
        };
        egui::Window::new("Profile details")
            .open(&mut self.are_details_shown)
            .default_size([720.0, 480.0])
            .default_pos(context.content_rect().left_top() + egui::vec2(80.0, 80.0))
            .show(context, |ui| {
                egui::ScrollArea::vertical()
                    .auto_shrink([false, false])
                    .show(ui, |ui| {
                        let text = session.details().unwrap_or("Counting …");
                        let text = egui::RichText::new(text).monospace();
                        ui.add(egui::Label::new(text).wrap());
                    });
            });
    }
}

/// Whether a click or a drag in a view asks for it.
pub(super) fn selects(command: &Command) -> bool {
    matches!(
        command,
        Command::Preview(_) | Command::Select(_) | Command::Click { .. } | Command::Zoom(_)
    )
}

/// As wide as its text, but no wider than `widest` points; whether it was dismissed.
fn notice_ui(ui: &mut egui::Ui, notice: &Notice, widest: f32) -> bool {
    let mut frame = egui::Frame::popup(ui.style());
    if notice.is_error {
        frame = frame.fill(theme::notice_fill(ui.visuals()));
    }
    let row = |ui: &mut egui::Ui| {
        let font = egui::TextStyle::Body.resolve(ui.style());
        let needed = names::width(ui, &notice.text, &font) + BUTTON;
        ui.set_width(needed.min(widest));
        ui.horizontal(|ui| {
            let right_to_left = egui::Layout::right_to_left(egui::Align::Center);
            let left_to_right = egui::Layout::left_to_right(egui::Align::Center);
            let row = ui.with_layout(right_to_left, |ui| {
                let dismissed = ui.button("Dismiss").clicked();
                ui.with_layout(left_to_right, |ui| {
                    ui.add(egui::Label::new(&notice.text).wrap());
                });
                dismissed
            });
            row.inner
        })
        .inner
    };
    frame.show(ui, row).inner
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
