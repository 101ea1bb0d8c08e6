//! What the heat map's colours stand for.

use super::HeatMapLook;
use super::picture::{Drawn, count_color, share_color_at, shown_matches};
use crate::gui::command::Command;
use crate::gui::measure::Unit;
use crate::gui::session::Session;
use crate::gui::theme;
use crate::heat_map::{Cell, HeatMap, parse_length};
use crate::palette::Rgb;
use crate::profile::format_seconds;
use crate::value_map::{Value, ValueMap};
use egui::{DragValue, Label, Rect, RichText, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

/// Draws it as one, on a line of its own where there is no room beside the rest, on several where one
/// does not hold it. `shown` is what the picture that is shown is like.
pub(super) fn ui(
    ui: &mut Ui,
    session: &Session,
    map: &HeatMap,
    look: HeatMapLook,
    shown: Drawn,
    commands: &mut Vec<Command>,
) {
    // How wide it is, it was the last time.
    let id = ui.scope_id().with("legend");
    let width: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
    let room = ui.max_rect().width();
    if width > ui.available_size_before_wrap().x {
        ui.end_row();
    }
    if width > room {
        return content_ui(ui, session, map, look, shown, commands);
    }
    let drawn = ui.horizontal(|ui| content_ui(ui, session, map, look, shown, commands));
    let drawn = drawn.response.rect.width();
    if (drawn - width).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, drawn));
        ui.request_repaint();
    }
}

fn content_ui(
    ui: &mut Ui,
    session: &Session,
    map: &HeatMap,
    look: HeatMapLook,
    shown: Drawn,
    commands: &mut Vec<Command>,
) {
    let is_offsets = session.choices.lanes.is_none();
    if let Some(values) = session.values().filter(|_| is_offsets) {
        values_ui(ui, session, values, look, shown);
        unknown_ui(ui);
        return merged_ui(ui, shown.merged, "the largest of each", "is drawn");
    }
    if shown_matches(session).is_some() && !look.beside {
        let empty = theme::empty_cell(ui.visuals(), look.ramp);
        weak(ui, "Found in each cell:  0".to_owned());
        color_bar_ui(ui, |at| share_color_at(look, empty, at));
        weak(ui, "100 %".to_owned());
        unknown_ui(ui);
        return merged_ui(ui, shown.merged, "each", "are drawn as one");
    }
    counts_ui(ui, session, map, look, shown.top, commands);
    merged_ui(ui, shown.merged, "the busiest of each", "is drawn");
}

/// The colour of cells of which nothing can be said.
fn unknown_ui(ui: &mut Ui) {
    theme::swatch(ui, theme::unknown_cell(ui.visuals()));
    weak(ui, "no samples".to_owned());
}

/// Says so where cells are smaller than a pixel.
fn merged_ui(ui: &mut Ui, merged: usize, before: &str, after: &str) {
    if merged > 1 {
        let text = format!("{before} {merged} cells {after}");
        let label = Label::new(RichText::new(text).weak()).extend();
        ui.add(label).on_hover_text("Zoom in to see each of them");
    }
}

fn weak(ui: &mut Ui, text: String) {
    ui.add(Label::new(RichText::new(text).weak()).extend());
}

fn values_ui(ui: &mut Ui, session: &Session, values: &ValueMap, look: HeatMapLook, shown: Drawn) {
    let Drawn { top, largest, .. } = shown;
    let what = match &values.value {
        Value::Difference => {
            let of = match session.choices.baseline {
                Some(_) => "the baseline",
                None => "the whole profile",
            };
            format!("Difference from {of} (0 as by chance, 1 wholly)")
        }
        other => other.legend(),
    };
    weak(ui, format!("{what}:  0"));
    color_bar_ui(ui, |at| values.color(look.ramp, look.scale, at * top, top));
    // Where rounding tells them apart.
    let (last, most) = (values.value.text(top), values.value.text(largest));
    let more = match last != most && largest > top {
        true => format!(" or more (at most {most})"),
        false => String::new(),
    };
    weak(ui, format!("{last}{more}"));
}

fn counts_ui(
    ui: &mut Ui,
    session: &Session,
    map: &HeatMap,
    look: HeatMapLook,
    top: f64,
    commands: &mut Vec<Command>,
) {
    let unit = session.view.unit();
    let what = match unit {
        Unit::Samples => "Samples",
        Unit::Events => "Events (sum of periods)",
        Unit::Micros => "Time off the CPUs, of all threads,",
        Unit::OnStackMicros => "Time on and off the CPUs, of all threads,",
    };
    let nanos = match session.lanes() {
        Some(lanes) => map.options.column_nanos / u64::from(lanes.options.slots),
        None => map.range_of(Cell { column: 0, row: 0 }).nanos(),
    };
    let top = top.round() as u64;
    let empty = theme::empty_cell(ui.visuals(), look.ramp);
    weak(ui, format!("{what} in each {}:  0", millis_text(nanos)));
    color_bar_ui(ui, |at| {
        let count = (at * top as f64).round() as u64;
        count_color(look, empty, count, top)
    });
    end_ui(ui, unit, look.end, top, commands);
    let max = session.lanes().map_or(map.max, |lanes| lanes.max);
    if max > top {
        weak(ui, format!("or more (the busiest has {})", unit.short(max)));
    }
}

/// The count that has the last colour. Two profiles with the same one can be compared by eye.
fn end_ui(ui: &mut Ui, unit: Unit, fixed: u64, top: u64, commands: &mut Vec<Command>) {
    let shown = if fixed > 0 { fixed } else { top };
    let mut end = shown as f64;
    let value = DragValue::new(&mut end)
        .range(0.0..=1e15)
        .max_decimals(0)
        .speed((shown as f64 / 50.0).max(0.1))
        .custom_formatter(|end, _| unit.short(end.round() as u64))
        .custom_parser(|text| parse_amount(unit, text).map(|amount| amount as f64));
    let hint = "The scale ends at this count, and keeps to it in other profiles: drag, or click and \
        type; 0 leaves it to the scale";
    let response = ui.add(value).on_hover_text(hint);
    response.accessible_name("Scale ends at");
    let end = end.round() as u64;
    if end != shown {
        commands.push(Command::SetScaleEnd(end));
    }
    if fixed > 0 {
        let auto = ui.small_button("By the scale");
        if auto
            .on_hover_text("Let the scale say where it ends")
            .clicked()
        {
            commands.push(Command::SetScaleEnd(0));
        }
    }
}

/// As it is shown: `1,204`; of time also `12.5 ms`.
fn parse_amount(unit: Unit, text: &str) -> Option<u64> {
    let text = text.replace(',', "");
    let number = text.trim().parse().ok();
    let micros = || Some(parse_length(&text).ok()? / 1000);
    number.or_else(|| unit.is_time().then(micros).flatten())
}

/// `20 ms`, `20.408 ms`, `1.2 s`.
pub(super) fn millis_text(nanos: u64) -> String {
    let (nanos, unit) = match nanos {
        0..1_000_000_000 => (nanos * 1000, "ms"),
        _ => (nanos, "s"),
    };
    let text = format_seconds(nanos);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let short = text
        .find('.')
        .map_or(text, |dot| &text[..text.len().min(dot + 4)]);
    format!("{short} {unit}")
}

/// A bar of the colours from 0 to 1.
fn color_bar_ui(ui: &mut Ui, color_at: impl Fn(f64) -> Rgb) {
    let (rect, _) = ui.allocate_exact_size(vec2(100.0, 12.0), Sense::hover());
    let mut mesh = egui::Mesh::default();
    for step in 0..50u32 {
        let left = rect.left() + rect.width() * step as f32 / 50.0;
        let part = Rect::from_min_size(
            pos2(left, rect.top()),
            vec2(rect.width() / 50.0, rect.height()),
        );
        let color = color_at(f64::from(step) / 49.0);
        mesh.add_colored_rect(part, theme::color(color));
    }
    ui.painter().add(Shape::mesh(mesh));
    let edge = Stroke::new(1.0, theme::quiet(ui.visuals()));
    ui.painter()
        .rect_stroke(rect, 0.0, edge, StrokeKind::Outside);
}
