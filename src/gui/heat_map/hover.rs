//! What is under the pointer: a cross over the cells, and what they hold in words.

use super::geometry::Geometry;
use super::picture::shown_matches;
use super::strips::{group_color, quiet};
use crate::flame_graph::share;
use crate::gui::session::Session;
use crate::gui::theme;
use crate::gui::times::short_seconds;
use crate::heat_map::{Cell, HeatMap};
use crate::lanes::Lanes;
use crate::palette;
use crate::profile::{NANOS_PER_SECOND, TimeRange, Timestamp, format_seconds};
use crate::value_map::{Value, ValueMap};
use egui::{Pos2, Stroke, StrokeKind, Ui};
use std::cmp::Reverse;

/// A tooltip of a column names no more groups than these.
const NAMED_GROUPS: usize = 12;

/// The moment under the pointer in all heat maps, and its cell where rows are offsets. `part` is the
/// heat map that the pointer is at.
pub(super) fn paint_crosshair(
    ui: &Ui,
    session: &Session,
    parts: &[Geometry<'_>],
    part: &Geometry<'_>,
    position: Pos2,
) {
    let color = theme::quiet(ui.visuals());
    let faint = Stroke::new(1.0, color.gamma_multiply(0.35));
    // Cells of other numbers than counts may be larger ones.
    let values = session.values().filter(|_| part.lanes.is_none());
    let cell = match values {
        Some(values) => part.with_cells(&values.cells).cell_at(position),
        None => part.cell_at(position),
    };
    for geometry in parts {
        let clip = geometry.cells.expand(2.0).intersect(ui.clip_rect());
        let painter = ui.painter().with_clip_rect(clip);
        painter.hline(geometry.cells.x_range(), position.y, faint);
        painter.vline(position.x, geometry.cells.y_range(), faint);
        if geometry.lanes.is_none() {
            let outline = Stroke::new(1.0, color);
            let rect = match values {
                Some(values) => geometry.with_cells(&values.cells).rect_of(cell),
                None => geometry.rect_of(cell),
            };
            painter.rect_stroke(rect, 0.0, outline, StrokeKind::Outside);
        }
    }
}

/// What the cell under the pointer holds.
pub(super) fn cell_ui(ui: &mut Ui, session: &Session, geometry: &Geometry<'_>, position: Pos2) {
    if let (Some(lane), Some(lanes)) = (geometry.lane_at(position), geometry.lanes) {
        return lane_cell_ui(ui, session, geometry, (lanes, lane), position);
    }
    let map = geometry.map;
    let cell = geometry.cell_at(position);
    let range = map.range_of(cell);
    if let Some(values) = session.values() {
        // Its cells may be larger ones.
        let block = geometry.with_cells(&values.cells).cell_at(position);
        let count = values.cells.count(block);
        ui.strong(session.view.unit().text(count));
        ui.label(value_text(session, values, block));
        let range = values.cells.range_of(block);
        return time_ui(ui, session, map, range.start, Some(range.end));
    }
    let count = map.count(cell);
    ui.strong(session.view.unit().text(count));
    if let Some(found) = shown_matches(session) {
        ui.label(found_text(session, found.map.count(cell), count));
    }
    time_ui(ui, session, map, range.start, Some(range.end));
    ui.label(busiest_text(count, map.max));
}

fn lane_cell_ui(
    ui: &mut Ui,
    session: &Session,
    geometry: &Geometry<'_>,
    (lanes, lane): (&Lanes, usize),
    position: Pos2,
) {
    let unit = session.view.unit();
    let at = geometry.column_from_x(position.x) * f64::from(lanes.options.slots);
    let count = |lanes: &Lanes| {
        let counts = lanes.slots().nth(at.max(0.0) as usize);
        counts.map_or(0, |counts| counts[lane])
    };
    let here = count(lanes);
    ui.strong(&lanes.names[lane]);
    ui.label(unit.text(here));
    let found = shown_matches(session).and_then(|found| found.lanes.as_ref());
    if let Some(found) = found {
        ui.label(found_text(session, count(found), here));
    }
    ui.label(unit.text(lanes.totals[lane]) + " in all");
    let range = geometry.map.range_of(geometry.cell_at(position));
    time_ui(ui, session, geometry.map, range.start, None);
    ui.label(busiest_text(here, lanes.max));
}

pub(super) fn busiest_text(count: u64, most: u64) -> String {
    format!("{:.0} % of the busiest cell", 100.0 * share(count, most))
}

/// What a search has found of an amount.
pub(super) fn found_text(session: &Session, found: u64, of: u64) -> String {
    let percent = 100.0 * share(found, of);
    format!("{} found ({percent:.0} %)", session.view.unit().text(found))
}

/// What a cell is coloured by, in words.
fn value_text(session: &Session, map: &ValueMap, cell: Cell) -> String {
    let of = match session.choices.baseline {
        Some(_) => "the baseline",
        None => "the whole profile",
    };
    let text = map.at(cell).map(|value| map.value.text(value));
    match (&map.value, text) {
        (Value::Difference, None) => "Nothing to be compared".to_owned(),
        (Value::Difference, Some(text)) => format!("{text} unlike {of} (0 to 1)"),
        (_, None) => format!("No {}", map.value.name()),
        (_, Some(text)) => format!("{text} {}", map.value.name()),
    }
}

/// `1.200 s to 1.210 s`, as exactly as the range is long.
fn range_text(range: TimeRange, origin: Timestamp) -> String {
    let is_short = range.nanos() < 2_000_000;
    let seconds = |time: Timestamp| match time.nanos_since(origin) {
        nanos if is_short => format_seconds(nanos),
        nanos => short_seconds(nanos),
    };
    format!("{} s to {} s", seconds(range.start), seconds(range.end))
}

/// When, since the origin and by the clock on the wall.
fn time_ui(
    ui: &mut Ui,
    session: &Session,
    map: &HeatMap,
    start: Timestamp,
    end: Option<Timestamp>,
) {
    ui.label(match end {
        Some(end) => range_text(TimeRange { start, end }, map.origin),
        None => format!("at {} s", short_seconds(start.nanos_since(map.origin))),
    });
    let whole = start.nanos_since(map.origin) / NANOS_PER_SECOND;
    if whole >= 600 {
        // As the axis of a long profile has it.
        let (hours, minutes) = (whole / 3600, whole / 60 % 60);
        ui.label(format!(
            "{hours}:{minutes:02}:{:02} since the start",
            whole % 60
        ));
    }
    if let Some(clock) = session.clock {
        ui.label(format!("{} by the clock", clock.text(start)));
    }
}

/// What a column holds: what a search has found of it, or by group.
pub(super) fn column_ui(ui: &mut Ui, session: &Session, geometry: &Geometry<'_>, column: u32) {
    let map = geometry.map;
    let unit = session.view.unit();
    let total = map.column_totals[column as usize];
    ui.strong(unit.text(total));
    let range = map.column_range(column);
    time_ui(ui, session, map, range.start, Some(range.end));
    if let Some(found) = shown_matches(session) {
        let found = found.map.column_totals[column as usize];
        found_ui(ui, session, found, total);
        return;
    }
    let Some(groups) = session.groups() else {
        return;
    };
    let counts = groups.slots().nth(column as usize).unwrap_or(&[]);
    let named = groups.names.iter().zip(counts).enumerate();
    let mut named: Vec<_> = named.filter(|(_, (_, count))| **count > 0).collect();
    named.sort_by_key(|(group, (_, count))| (Reverse(**count), *group));
    let quiet = quiet(ui);
    for (group, (name, count)) in named.iter().take(NAMED_GROUPS) {
        ui.horizontal(|ui| {
            theme::swatch(ui, group_color(groups, *group, quiet));
            ui.label(format!("{name}: {}", unit.text(**count)));
        });
    }
    if let Some(more @ 1..) = named.len().checked_sub(NAMED_GROUPS) {
        ui.weak(format!("and {more} more"));
    }
}

/// What a row holds.
pub(super) fn row_ui(
    ui: &mut Ui,
    session: &Session,
    geometry: &Geometry<'_>,
    position: Pos2,
    (total, found): (u64, Option<u64>),
) {
    let text = match (geometry.lanes, geometry.lane_at(position)) {
        (Some(lanes), Some(lane)) => lanes.names[lane].clone(),
        _ => {
            let map = geometry.map;
            let cell = Cell {
                column: 0,
                row: geometry.cell_at(position).row,
            };
            let range = map.range_of(cell);
            let start = map.column_range(0).start;
            format!("{} in each column", range_text(range, start))
        }
    };
    ui.strong(text);
    ui.label(session.view.unit().text(total));
    if let Some(found) = found {
        found_ui(ui, session, found, total);
    }
}

fn found_ui(ui: &mut Ui, session: &Session, found: u64, total: u64) {
    ui.horizontal(|ui| {
        theme::swatch(ui, theme::color(palette::MATCH));
        ui.label(found_text(session, found, total));
    });
}
