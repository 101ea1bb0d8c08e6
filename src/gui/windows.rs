//! What stands above the panels: notices, windows, menus that a click closes, the hint to drop a file.

use super::app::App;
use super::command::Command;
use super::names;
use super::theme;
use egui::Context;

/// Points beside notices, those that the button takes, how wide they are at most, and how far up the
/// status bar leaves them.
const MARGIN: f32 = 16.0;
const BUTTON: f32 = 96.0;
const WIDEST: f32 = 900.0;
const ABOVE_STATUS: f32 = 36.0;

impl App {
    /// The newest few of them; the others come up as those are dismissed. They are above the panels, so
    /// that nothing moves away from below the pointer.
    pub(super) fn notices_ui(&self, context: &Context, commands: &mut Vec<Command>) {
        const SHOWN: usize = 3;
        let first = self.notices.len().saturating_sub(SHOWN);
        let shown = self.notices.iter().enumerate().skip(first);
        let width = context.content_rect().width() - 2.0 * MARGIN;
        egui::Area::new(egui::Id::unique("notices"))
            .order(egui::Order::Foreground)
            .anchor(egui::Align2::CENTER_BOTTOM, [0.0, -ABOVE_STATUS])
            .show(context, |ui| {
                for (index, notice) in shown {
                    let mut frame = egui::Frame::popup(ui.style());
                    if notice.is_error {
                        frame = frame.fill(theme::notice_fill(ui.visuals()));
                    }
                    frame.show(ui, |ui| {
                        let font = egui::TextStyle::Body.resolve(ui.style());
                        let needed = names::width(ui, &notice.text, &font) + BUTTON;
                        ui.set_width(needed.min(width).min(WIDEST));
                        if notice_ui(ui, &notice.text) {
                            commands.push(Command::DismissNotice(index));
                        }
                    });
                }
            });
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

/// Whether it was dismissed.
fn notice_ui(ui: &mut egui::Ui, text: &str) -> bool {
    let right_to_left = egui::Layout::right_to_left(egui::Align::Center);
    let left_to_right = egui::Layout::left_to_right(egui::Align::Center);
    ui.horizontal(|ui| {
        let row = ui.with_layout(right_to_left, |ui| {
            let dismissed = ui.button("Dismiss").clicked();
            ui.with_layout(left_to_right, |ui| {
                ui.add(egui::Label::new(text).wrap());
            });
            dismissed
        });
        row.inner
    })
    .inner
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
