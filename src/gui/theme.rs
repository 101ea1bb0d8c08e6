//! The only place for the window's own colours, fonts and spacing.

use crate::palette::{self, HeatRamp, Rgb};
use egui::{Color32, CornerRadius, FontId, Stroke, Theme, Visuals, vec2};

/// Height of a row of the flame graph, in points.
pub(super) const FRAME_HEIGHT: f32 = 18.0;
/// Space between a flame graph box and its text.
pub(super) const FRAME_PADDING: f32 = 4.0;
/// Boxes narrower than this many points are left out of the picture (never of the counts).
pub(super) const MIN_FRAME_WIDTH: f32 = 0.5;
/// The selection over the heat map, as in FlameScope: a colour that no heat has.
pub(super) const SELECTION: Color32 = Color32::from_rgb(0x7a, 0x4f, 0xb0);
/// What the selection is compared with, over the heat map.
pub(super) const BASELINE: Color32 = Color32::from_rgb(0x2a, 0x7f, 0x8f);
/// Width of the filters, in points.
pub(super) const FILTERS_WIDTH: f32 = 240.0;
/// Width of the table of functions, in points.
pub(super) const FUNCTIONS_WIDTH: f32 = 380.0;
/// Text on flame graph boxes, most of which are light in both themes.
const FRAME_TEXT: Color32 = Color32::from_rgb(0x06, 0x05, 0x04);

/// Text on a flame graph box of this colour: light where a box has faded into a dark window.
pub(super) fn frame_text(fill: Color32) -> Color32 {
    // Where black and white are as far from a colour, as WCAG 2.2 counts.
    match luminance(fill) > 0.18 {
        true => FRAME_TEXT,
        false => Color32::WHITE,
    }
}

/// Relative luminance as WCAG 2.2 defines it, from 0 to 1.
fn luminance(color: Color32) -> f32 {
    let linear = egui::Rgba::from(color);
    0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
}

/// Text in flame graph boxes: of one width, so that names are cut exactly.
pub(super) fn frame_font() -> FontId {
    FontId::monospace(12.0)
}

/// Labels on axes.
pub(super) fn axis_font() -> FontId {
    FontId::proportional(11.5)
}

/// A plain colour as egui's.
pub(super) fn color(rgb: Rgb) -> Color32 {
    Color32::from_rgb(rgb.0, rgb.1, rgb.2)
}

/// The colour of a change from -1 (only before) to 1 (only now): a little darker on a light window,
/// which is as white as what has not changed.
pub(super) fn change_color(change: f64, visuals: &Visuals) -> Color32 {
    let plain = color(palette::change_color(change));
    match visuals.dark_mode {
        true => plain,
        false => plain.lerp_to_gamma(Color32::from_gray(0x60), 0.14),
    }
}

/// Cells without samples in a dark window, where white ones would outshine all else.
pub(super) fn empty_cell(visuals: &Visuals, ramp: HeatRamp) -> Option<Rgb> {
    let is_glaring = visuals.dark_mode && ramp.begins_white();
    is_glaring.then_some(Rgb(0x26, 0x28, 0x2c))
}

/// Cells of which nothing can be said, as they have no samples: told from those that say zero.
pub(super) fn unknown_cell(visuals: &Visuals) -> Color32 {
    match visuals.dark_mode {
        true => Color32::from_rgb(0x3c, 0x3f, 0x45),
        false => Color32::from_rgb(0xd8, 0xd5, 0xd0),
    }
}

/// What is drawn lightly: axes, hints.
pub(super) fn quiet(visuals: &Visuals) -> Color32 {
    visuals.weak_text_color()
}

/// The fill of a notice about something that went wrong.
pub(super) fn notice_fill(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode {
        Color32::from_rgb(0x4a, 0x1f, 0x1a)
    } else {
        Color32::from_rgb(0xfb, 0xe3, 0xdd)
    }
}

/// Bars behind numbers; in a row that is chosen they are told from its own colour.
pub(super) fn bar_fill(visuals: &Visuals, is_chosen: bool) -> Color32 {
    if is_chosen {
        visuals
            .selection
            .bg_fill
            .lerp_to_gamma(visuals.panel_fill, 0.45)
    } else if visuals.dark_mode {
        Color32::from_rgb(0x6b, 0x34, 0x1a)
    } else {
        Color32::from_rgb(0xff, 0xcf, 0xb0)
    }
}

/// A number in a column of them: below each other, their decimals are.
pub(super) fn number(ui: &mut egui::Ui, text: &str) -> egui::Response {
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    ui.with_layout(layout, |ui| {
        ui.add_space(FRAME_PADDING);
        // A click on it is the row's.
        ui.add(egui::Label::new(text).selectable(false))
    })
    .inner
}

/// A small field of a colour, in front of what the colour means.
pub(super) fn swatch(ui: &mut egui::Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(11.0, 11.0), egui::Sense::hover());
    ui.painter().rect_filled(rect, 2.0, color);
}

/// A tooltip that goes with the pointer, at a distance that leaves what is pointed at in sight.
pub(super) fn pointer_tooltip(response: &egui::Response) -> egui::Tooltip<'static> {
    let (context, layer) = (response.ctx.clone(), response.layer_id);
    egui::Tooltip::always_open(context, layer, response.id, egui::PopupAnchor::Pointer).gap(14.0)
}

/// Lets lines be as long as they are: a tooltip that stays while the pointer moves has the width of
/// its first text, and would wrap those after it.
pub(super) fn unwrapped(ui: &mut egui::Ui) {
    ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
}

/// A check box with a border, as without one it can hardly be seen on a light window.
pub(super) fn checkbox(ui: &mut egui::Ui, is_on: &mut bool, label: &str) -> egui::Response {
    bordered(ui, |ui| ui.checkbox(is_on, label))
}

/// One of several of which one is chosen, with a border, too.
pub(super) fn radio(ui: &mut egui::Ui, is_on: bool, label: &str) -> egui::Response {
    bordered(ui, |ui| ui.radio(is_on, label))
}

/// The same for whatever has a box or a circle to fill.
pub(super) fn bordered<R>(ui: &mut egui::Ui, content: impl FnOnce(&mut egui::Ui) -> R) -> R {
    // For the time being, as one of its own would not break the line that it is in.
    let border = Stroke::new(1.0, quiet(ui.visuals()));
    let inactive = &mut ui.visuals_mut().widgets.inactive;
    let before = std::mem::replace(&mut inactive.bg_stroke, border);
    let result = content(ui);
    ui.visuals_mut().widgets.inactive.bg_stroke = before;
    result
}

/// What is higher than this is no control but a view, in points.
const VIEW_HEIGHT: f32 = 100.0;

/// Draws a ring around what has the keyboard, which egui hardly shows on menus and check boxes.
pub(super) fn focus_ring(context: &egui::Context) {
    let focused = context.memory(|memory| memory.focused());
    let Some(response) = focused.and_then(|id| context.read_response(id)) else {
        return;
    };
    // A field shows its cursor, and the views draw rings of their own.
    if context.text_edit_focused() || response.rect.height() > VIEW_HEIGHT {
        return;
    }
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("focus"));
    let painter = context.layer_painter(layer);
    let color = context.global_style().visuals.hyperlink_color;
    let rect = response.rect.intersect(response.interact_rect).expand(1.5);
    let stroke = Stroke::new(1.5, color);
    painter.rect_stroke(rect, 4.0, stroke, egui::StrokeKind::Outside);
}

/// Sets both themes up; called once.
pub fn install(context: &egui::Context) {
    for theme in [Theme::Dark, Theme::Light] {
        context.style_mut_of(theme, |style| {
            style.spacing.item_spacing = vec2(8.0, 6.0);
            style.spacing.button_padding = vec2(8.0, 4.0);
            let visuals = &mut style.visuals;
            visuals.window_corner_radius = CornerRadius::same(8);
            if theme == Theme::Dark {
                visuals.panel_fill = Color32::from_rgb(0x1b, 0x1c, 0x1f);
                visuals.hyperlink_color = Color32::from_rgb(0xff, 0x8a, 0x50);
                visuals.error_fg_color = Color32::from_rgb(0xff, 0x7b, 0x72);
                visuals.override_text_color = Some(Color32::from_rgb(0xe4, 0xe4, 0xe2));
                visuals.weak_text_color = Some(Color32::from_rgb(0xa4, 0xa5, 0xa8));
                visuals.selection.bg_fill = Color32::from_rgb(0x8a, 0x3a, 0x14);
                visuals.selection.stroke = Stroke::new(1.0, Color32::from_rgb(0xff, 0xd9, 0xc4));
            } else {
                visuals.panel_fill = Color32::from_rgb(0xfa, 0xf9, 0xf7);
                visuals.text_edit_bg_color = Some(Color32::from_rgb(0xec, 0xe8, 0xe2));
                visuals.hyperlink_color = Color32::from_rgb(0xa8, 0x3c, 0x08);
                visuals.error_fg_color = Color32::from_rgb(0xb3, 0x26, 0x1e);
                visuals.override_text_color = Some(Color32::from_rgb(0x22, 0x22, 0x24));
                visuals.weak_text_color = Some(Color32::from_rgb(0x5c, 0x5d, 0x62));
                visuals.selection.bg_fill = Color32::from_rgb(0xff, 0xd3, 0xba);
                visuals.selection.stroke = Stroke::new(1.0, Color32::from_rgb(0x7a, 0x2d, 0x08));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::KINDS;

    /// As WCAG 2.2 defines it, from 1 to 21.
    fn contrast(one: Color32, other: Color32) -> f32 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    /// Of text on a box of the flame graph.
    fn on_box(fill: Color32) -> f32 {
        contrast(frame_text(fill), fill)
    }

    #[test]
    fn text_can_be_read_on_boxes_that_have_faded() {
        for theme in [
            Color32::from_rgb(0x1b, 0x1c, 0x1f),
            Color32::from_rgb(0xfa, 0xf9, 0xf7),
        ] {
            for kind in KINDS {
                let faded = color(palette::kind_color(kind)).lerp_to_gamma(theme, 0.5);
                assert!(on_box(faded) >= 4.5, "{kind:?}: {:.2}", on_box(faded));
            }
        }
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        let context = egui::Context::default();
        install(&context);
        for theme in [Theme::Dark, Theme::Light] {
            let visuals = context.style_of(theme).visuals.clone();
            let field = visuals.text_edit_bg_color();
            let text = visuals.text_color();
            for (name, front, back) in [
                ("text", text, visuals.panel_fill),
                ("text in a field", text, field),
                ("text in a notice", text, notice_fill(&visuals)),
                ("text before a bar", text, bar_fill(&visuals, false)),
                ("text of a chosen row", text, bar_fill(&visuals, true)),
                (
                    "text on a button",
                    text,
                    visuals.widgets.inactive.weak_bg_fill,
                ),
                ("quiet text", quiet(&visuals), visuals.panel_fill),
                ("a link", visuals.hyperlink_color, visuals.panel_fill),
                ("what is wrong", visuals.error_fg_color, visuals.panel_fill),
                (
                    "what is chosen",
                    visuals.selection.stroke.color,
                    visuals.selection.bg_fill,
                ),
            ] {
                let ratio = contrast(front, back);
                assert!(ratio >= 4.5, "{name} in {theme:?}: {ratio:.2}");
            }
        }
        for kind in KINDS {
            let ratio = on_box(color(palette::kind_color(kind)));
            assert!(ratio >= 4.5, "{kind:?}: {ratio:.2}");
        }
        for text in 0..500u32 {
            let hashed = palette::hashed_color(&text.to_le_bytes());
            let spread = palette::spread_color(text as usize);
            assert!(on_box(color(spread)) >= 4.5, "{spread}");
            let ratio = on_box(color(hashed));
            assert!(ratio >= 4.5, "{hashed}: {ratio:.2}");
        }
        for frame in [palette::MATCH, palette::UNMATCHED] {
            assert!(on_box(color(frame)) >= 4.5);
        }
    }
}
