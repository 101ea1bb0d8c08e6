//! The heat map: cells, axes, legend, strips; selecting, zooming and panning by pointer.

mod axes;
mod geometry;
mod nudge;
mod picture;
mod repeat;
mod select;
mod strips;
mod thumbnail;
mod toolbar;

pub(super) use nudge::{Nudge, nudged};
pub(super) use repeat::in_each_column;
pub(super) use thumbnail::thumbnail;

use super::command::{self, Command};
use super::session::Session;
use super::theme;
use crate::flame_graph::share;
use crate::heat_map::HeatMap;
use crate::lanes::LaneKind;
use crate::palette::{HeatRamp, HeatScale, Rgb};
use crate::profile::{TimeRange, Timestamp, format_seconds};
use crate::selection::Selection;
use crate::value_map::{Value, ValueMap};
use egui::{Color32, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2};
use geometry::{Geometry, TimeWindow};
use picture::{Picture, Source};
use select::{Areas, Drag, select};
use std::sync::Arc;

/// Space left of the cells: for offsets, and for the names of lanes.
const LEFT: f32 = 58.0;
const LEFT_OF_LANES: f32 = 130.0;
/// Space below the cells, for the axis.
const BOTTOM: f32 = 22.0;
/// Height of the strip of samples per column.
const STRIP: f32 = 30.0;
/// Width of the strip of samples per row.
const ROW_STRIP: f32 = 44.0;
/// Height of the overview of the whole profile.
const OVERVIEW: f32 = 16.0;
const GAP: f32 = 4.0;
/// Columns are no wider than this where all are in sight.
const WIDEST: f64 = 48.0;

/// What decides how the heat map looks, and is kept from one start to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HeatMapLook {
    pub(super) ramp: HeatRamp,
    pub(super) scale: HeatScale,
    /// What the strip of columns is stacked by.
    pub(super) groups: Option<LaneKind>,
}

/// What the view keeps between frames.
#[derive(Default)]
pub(super) struct HeatMapView {
    drag: Option<Drag>,
    window: TimeWindow,
    /// Of the columns that the window was last of, in nanoseconds.
    column_nanos: Option<u64>,
    picture: Option<Picture>,
    /// Whether the part with most samples has been scrolled to.
    is_placed: bool,
    /// The selection that was last in sight, so that a new one is brought there.
    revealed: Option<Selection>,
}

impl HeatMapView {
    /// Draws the heat map and handles the pointer.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        look: HeatMapLook,
        commands: &mut Vec<Command>,
    ) {
        let view = Arc::clone(&session.view);
        let ends = self.picture.as_ref();
        let ends = ends.map_or((1.0, 1.0), |picture| (picture.top, picture.largest));
        toolbar::ui(ui, session, look, ends, self.window.is_zoomed(), commands);
        let map = match &view.heat_map {
            Ok(map) => map,
            Err(error) => {
                ui.centered_and_justified(|ui| ui.label(error.to_string()));
                return;
            }
        };
        let column_nanos = map.options.column_nanos;
        if let Some(before) = self.column_nanos.replace(column_nanos) {
            self.window.scale(before as f64 / column_nanos as f64);
        }
        if !std::mem::replace(&mut self.is_placed, true) {
            self.place(session, map);
        }
        self.reveal_selection(session, map);
        let lanes = session.lanes().cloned();
        let area = ui.available_rect_before_wrap();
        let left = match lanes {
            Some(_) => LEFT_OF_LANES,
            None => LEFT,
        };
        let overview = if self.window.is_zoomed() {
            OVERVIEW + GAP
        } else {
            0.0
        };
        let room = Rect::from_min_max(
            pos2(area.left() + left, area.top() + overview + STRIP),
            pos2(area.right() - ROW_STRIP - 2.0 * GAP, area.bottom() - BOTTOM),
        );
        if room.width() < 20.0 || room.height() < 10.0 {
            return;
        }
        let (first, count) = self.window.visible(map.columns);
        let mut column_width = f64::from(room.width()) / count;
        let mut cells = room;
        if !self.window.is_zoomed() && lanes.is_none() {
            column_width = column_width.min(WIDEST);
            cells.set_width((column_width * count) as f32);
        }
        let geometry = Geometry {
            map,
            lanes: lanes.as_deref(),
            cells,
            first,
            column_width,
        };
        self.repaint_picture(ui, session, look, &geometry);
        let strip = Rect::from_min_max(
            pos2(cells.left(), cells.top() - STRIP),
            pos2(cells.right(), cells.top()),
        );
        if self.window.is_zoomed() {
            let rect = Rect::from_min_max(
                pos2(room.left(), area.top()),
                pos2(room.right(), area.top() + OVERVIEW),
            );
            strips::overview_ui(ui, rect, &geometry, &mut self.window);
        }
        self.cells_ui(ui, session, &geometry, strip, commands);
        let groups = session.groups().map(AsRef::as_ref);
        strips::paint_columns(ui, &geometry, strip, groups);
        strips::paint_selected_columns(ui, &geometry, strip, &session.shown_selection());
        if let Some(picture) = &self.picture {
            let rows = Rect::from_x_y_ranges(
                cells.right() + GAP..=cells.right() + GAP + ROW_STRIP,
                cells.y_range(),
            );
            strips::paint_rows(ui, &geometry, rows, &picture.row_totals);
        }
        geometry.paint_seconds(ui);
        match &lanes {
            Some(lanes) => geometry.paint_lanes(ui, area.left(), lanes),
            None => geometry.paint_offsets(ui, area.left(), view.unit().heading()),
        }
        ui.advance_cursor_after_rect(area);
    }

    /// Shows where most samples are, where times are far apart.
    fn place(&mut self, session: &Session, map: &HeatMap) {
        let Some(part) = session.profile.main_part().filter(|_| map.blocks.len() > 1) else {
            return;
        };
        let first = map.cell_at(part.range.start).column;
        let last = map.cell_at(part.range.end).column;
        let count = f64::from(last - first + 1);
        self.window.show(f64::from(first), count, map.columns);
    }

    /// Brings a selection in sight that was not made by pointing at it.
    fn reveal_selection(&mut self, session: &Session, map: &HeatMap) {
        let selection = &session.choices.selection;
        if self.revealed.as_ref() == Some(selection) {
            return;
        }
        self.revealed = Some(selection.clone());
        if let Some(span) = selection.span() {
            let column = |time: Timestamp| f64::from(map.cell_at(time.max(map.origin)).column);
            let last = column(Timestamp(span.end.nanos().saturating_sub(1))) + 1.0;
            self.window.reveal(column(span.start), last, map.columns);
        }
    }

    pub(super) fn fit(&mut self) {
        self.window.fit();
    }

    fn cells_ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        geometry: &Geometry<'_>,
        strip: Rect,
        commands: &mut Vec<Command>,
    ) {
        let id = ui.scope_id().with("heat map");
        let axis = Rect::from_min_max(
            geometry.cells.left_bottom(),
            pos2(geometry.cells.right(), geometry.cells.bottom() + BOTTOM),
        );
        // The strip above and the axis below take the pointer, too.
        let beside = [(strip, "strip"), (axis, "axis")]
            .map(|(rect, name)| ui.interact(rect, id.with(name), Sense::click_and_drag()));
        let response = ui.interact(geometry.cells, id, Sense::click_and_drag());
        let shown = session.shown_selection();
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::Canvas, true, "Heat map");
            let range = crate::export::range_text(&session.profile, &shown);
            let selected = session.tree().map_or(0, |(_, tree)| tree.selected);
            let samples = session.view.unit().text(selected);
            info.current_text_value = Some(format!("{range}, {samples}"));
            info
        });
        self.paint_cells(ui, geometry);
        for range in shown.ranges() {
            paint_selection(ui, geometry, *range, theme::SELECTION);
        }
        let pointer = ui.input(|input| input.pointer.latest_pos());
        let chosen = session.choices.baseline.as_ref();
        let chosen = chosen.and_then(|baseline| baseline.ranges.clone());
        let baseline = select::dragged_baseline(self.drag, geometry, pointer).or(chosen);
        for range in baseline.iter().flat_map(Selection::ranges) {
            paint_selection(ui, geometry, *range, theme::BASELINE);
        }
        if response.has_focus() {
            let filter = egui::EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                ..egui::EventFilter::default()
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            let stroke = Stroke::new(2.0, ui.visuals().hyperlink_color);
            ui.painter()
                .rect_stroke(geometry.cells, 0.0, stroke, StrokeKind::Outside);
        }
        ui.data_mut(|data| data.insert_temp(command::arrows_id(), id));
        let all = beside[0].union(response.clone()).union(beside[1].clone());
        let areas = Areas {
            cells: geometry.cells,
            columns: [strip, axis],
        };
        let drag = &mut self.drag;
        select(drag, ui, &all, session, geometry, &areas, commands);
        self.scroll(ui, &all, geometry);
        if let Some(position) = pointer.filter(|_| response.contains_pointer()) {
            paint_crosshair(ui, geometry, position);
            if self.drag.is_none() {
                theme::pointer_tooltip(&response)
                    .show(|ui| tooltip_ui(ui, session, geometry, position));
            }
        } else if let Some(position) = pointer.filter(|_| beside[0].contains_pointer()) {
            let column = geometry.cell_at(position).column;
            theme::pointer_tooltip(&beside[0])
                .show(|ui| column_tooltip_ui(ui, session, geometry, column));
        }
    }

    /// The wheel goes along in time, with Ctrl it zooms at the pointer; the middle button drags.
    fn scroll(&mut self, ui: &Ui, response: &egui::Response, geometry: &Geometry<'_>) {
        let columns = geometry.map.columns;
        let middle = egui::PointerButton::Middle;
        if response.dragged_by(middle) {
            let by = -f64::from(response.drag_delta().x) / geometry.column_width;
            self.window.pan(by, columns);
        }
        let Some(position) = ui.input(|input| input.pointer.hover_pos()) else {
            return;
        };
        if !response.contains_pointer() {
            return;
        }
        let (zoom, scrolled) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta()));
        if (zoom - 1.0).abs() > f32::EPSILON {
            let at = geometry.column_from_x(position.x);
            self.window.zoom(f64::from(zoom), at, columns);
            ui.request_repaint();
        }
        let along = scrolled.x + scrolled.y;
        if along.abs() > 0.0 {
            self.window
                .pan(-f64::from(along) / geometry.column_width, columns);
            ui.request_repaint();
        }
    }

    /// Gives up the drag that is under way; whether there was one.
    pub(super) fn give_up_drag(&mut self) -> bool {
        self.drag.take().is_some()
    }

    fn paint_cells(&self, ui: &Ui, geometry: &Geometry<'_>) {
        let Some(picture) = &self.picture else {
            return;
        };
        let painter = ui
            .painter()
            .with_clip_rect(geometry.cells.intersect(ui.clip_rect()));
        let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        for tile in &picture.tiles {
            let rect = Rect::from_x_y_ranges(
                geometry.x_from_column(tile.columns.start)
                    ..=geometry.x_from_column(tile.columns.end),
                geometry.cells.y_range(),
            );
            if rect.intersects(geometry.cells) {
                painter.image(tile.texture.id(), rect, uv, Color32::WHITE);
            }
        }
        let edge = Stroke::new(1.0, theme::quiet(ui.visuals()).gamma_multiply(0.5));
        ui.painter()
            .rect_stroke(geometry.cells, 0.0, edge, StrokeKind::Outside);
    }

    fn repaint_picture(
        &mut self,
        ui: &Ui,
        session: &Session,
        look: HeatMapLook,
        geometry: &Geometry<'_>,
    ) {
        // Powers of two, so that zooming makes a new picture now and then only.
        let merge = |cell: f64| (1.0 / cell.max(1e-6)).ceil().max(1.0) as usize;
        let pixels = f64::from(ui.pixels_per_point());
        let slots = geometry.lanes.map_or(1, |lanes| lanes.options.slots);
        let across = merge(geometry.column_width * pixels / f64::from(slots)).next_power_of_two();
        let up = match geometry.lanes {
            Some(_) => 1,
            None => merge(f64::from(geometry.row_height()) * pixels),
        };
        let source = Source {
            view: Arc::clone(&session.view),
            lanes: session.lanes().cloned(),
            matched: session.matched().cloned(),
            values: session.values().cloned(),
            ramp: look.ramp,
            scale: look.scale,
            merged: (across, up),
        };
        let is_current = |picture: &Picture| picture.is_of(&source);
        if !self.picture.as_ref().is_some_and(is_current) {
            self.picture = Some(Picture::new(ui.ctx(), geometry.map, source));
        }
    }
}

fn paint_selection(ui: &Ui, geometry: &Geometry<'_>, range: TimeRange, color: Color32) {
    let (parts, outline) = geometry.shape_of(range);
    let clip = geometry.cells.expand(1.0).intersect(ui.clip_rect());
    let painter = ui.painter().with_clip_rect(clip);
    for part in &parts {
        painter.rect_filled(*part, 0.0, color.gamma_multiply(0.35));
    }
    let stroke = Stroke::new(2.0, color);
    painter.add(Shape::closed_line(outline, stroke));
}

/// The cell under the pointer, and where it is on both axes.
fn paint_crosshair(ui: &Ui, geometry: &Geometry<'_>, position: Pos2) {
    let cell = geometry.cell_at(position);
    let rect = geometry.rect_of(cell);
    let color = theme::quiet(ui.visuals());
    let painter = ui
        .painter()
        .with_clip_rect(geometry.cells.expand(2.0).intersect(ui.clip_rect()));
    let faint = Stroke::new(1.0, color.gamma_multiply(0.35));
    painter.hline(geometry.cells.x_range(), position.y, faint);
    painter.vline(rect.center().x, geometry.cells.y_range(), faint);
    if geometry.lanes.is_none() {
        let outline = Stroke::new(1.0, color);
        painter.rect_stroke(rect, 0.0, outline, StrokeKind::Outside);
    }
}

/// What the cell under the pointer holds.
fn tooltip_ui(ui: &mut Ui, session: &Session, geometry: &Geometry<'_>, position: Pos2) {
    let map = geometry.map;
    let cell = geometry.cell_at(position);
    let range = map.range_of(cell);
    let unit = session.view.unit();
    if let (Some(lane), Some(lanes)) = (geometry.lane_at(position), geometry.lanes) {
        let at = geometry.column_from_x(position.x) * f64::from(lanes.options.slots);
        let counts = lanes.slots().nth(at.max(0.0) as usize);
        ui.strong(&lanes.names[lane]);
        ui.label(unit.text(counts.map_or(0, |counts| counts[lane])));
        ui.label(unit.text(lanes.totals[lane]) + " in all");
        time_ui(ui, session, map, range.start, None);
        return;
    }
    let count = map.count(cell);
    ui.strong(unit.text(count));
    if let Some(values) = session.values() {
        ui.label(value_text(values, range.start));
    } else if let Some(found) = session.matched() {
        let found = found.count(cell);
        let percent = 100.0 * share(found, count);
        ui.label(format!("{} found ({percent:.0} %)", unit.text(found)));
    }
    time_ui(ui, session, map, range.start, Some(range.end));
    let share = 100.0 * share(count, map.max);
    ui.label(format!("{share:.0} % of the busiest cell"));
}

/// What a cell is coloured by, in words.
fn value_text(map: &ValueMap, time: Timestamp) -> String {
    let value = map.at(map.cells.cell_at(time));
    let text = value.map_or("nothing".to_owned(), |value| map.value.text(value));
    match map.value {
        Value::Difference => format!("{text} unlike the baseline (0 to 1)"),
        _ => format!("{text} {}", map.value.name()),
    }
}

/// When, since the origin and by the clock on the wall.
fn time_ui(
    ui: &mut Ui,
    session: &Session,
    map: &HeatMap,
    start: Timestamp,
    end: Option<Timestamp>,
) {
    let seconds = |time: Timestamp| format_seconds(time.nanos_since(map.origin));
    ui.label(match end {
        Some(end) => format!("{} s to {} s", seconds(start), seconds(end)),
        None => format!("at {} s", seconds(start)),
    });
    if let Some(clock) = session.clock {
        let about = if clock.is_exact { "" } else { "about " };
        ui.label(format!("{about}{} by the clock", clock.text(start)));
    }
}

/// What a column holds, by group.
fn column_tooltip_ui(ui: &mut Ui, session: &Session, geometry: &Geometry<'_>, column: u32) {
    let map = geometry.map;
    let unit = session.view.unit();
    ui.strong(unit.text(map.column_totals[column as usize]));
    let range = map.column_range(column);
    time_ui(ui, session, map, range.start, Some(range.end));
    let Some(groups) = session.groups() else {
        return;
    };
    let counts = groups.slots().nth(column as usize).unwrap_or(&[]);
    for (group, (name, count)) in groups.names.iter().zip(counts).enumerate() {
        ui.horizontal(|ui| {
            theme::swatch(ui, theme::color(crate::palette::category(group)));
            ui.label(format!("{name}: {}", unit.text(*count)));
        });
    }
}

/// The columns' lengths to choose from, in nanoseconds.
pub(super) const COLUMN_LENGTHS: [(u64, &str); 13] = [
    (100_000_000, "100 ms"),
    (200_000_000, "200 ms"),
    (500_000_000, "500 ms"),
    (1_000_000_000, "1 s"),
    (2_000_000_000, "2 s"),
    (5_000_000_000, "5 s"),
    (10_000_000_000, "10 s"),
    (30_000_000_000, "30 s"),
    (60_000_000_000, "1 min"),
    (300_000_000_000, "5 min"),
    (600_000_000_000, "10 min"),
    (1_800_000_000_000, "30 min"),
    (3_600_000_000_000, "1 h"),
];

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
