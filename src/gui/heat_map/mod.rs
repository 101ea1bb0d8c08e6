//! The heat map: cells, axes, legend, strips; selecting, zooming and panning by pointer.

mod axes;
mod geometry;
mod hover;
mod lane_rows;
mod legend;
mod marks;
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
use super::panes;
use super::session::Session;
use super::theme;
use crate::heat_map::{HeatMap, HeatMapError};
use crate::lanes::{LaneKind, Lanes};
use crate::palette::{HeatRamp, HeatScale};
use crate::profile::{TimeRange, Timestamp};
use crate::selection::Selection;
use egui::{Color32, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2};
use geometry::{Geometry, TimeWindow};
use lane_rows::{LaneMenu, PointedLane};
use marks::{KeptMarks, Marks};
use picture::{Pictures, Source};
use select::{Areas, Pointing, select};
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
/// How high the bar of controls is at most, and how much it leaves to what is below it where it can.
const BAR: f32 = 140.0;
const ROOM: f32 = 150.0;
/// With less height, there is nothing above the cells.
const WITH_STRIP: f32 = 130.0;
/// Between two heat maps of the same time, whose labels meet there.
const BETWEEN: f32 = 18.0;
/// Columns are no wider than this where all are in sight.
const WIDEST: f64 = 160.0;
/// How much a key zooms.
const ZOOM_STEP: f64 = 1.5;

/// What decides how the heat map looks, and is kept from one start to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HeatMapLook {
    pub(super) ramp: HeatRamp,
    pub(super) scale: HeatScale,
    /// The count that has the last colour; 0 for the one that the scale gives.
    pub(super) end: u64,
    /// What the strip of columns is stacked by.
    pub(super) groups: Option<LaneKind>,
    /// Whether what a search finds is shown beside all samples, not instead of them.
    pub(super) beside: bool,
    /// Whether the axis has times of day, where they are known.
    pub(super) by_clock: bool,
}

/// What part of the time to show, by key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TimeMove {
    In,
    Out,
    /// By as much as is in sight.
    Back,
    On,
    ToSelection,
}

/// What the view keeps between frames.
#[derive(Default)]
pub(super) struct HeatMapView {
    pointing: Pointing,
    /// Which of two heat maps the pointer is at, or its drag began at.
    part: usize,
    window: TimeWindow,
    /// Of the columns that the window was last of, in nanoseconds.
    column_nanos: Option<u64>,
    pictures: Pictures,
    /// How the last frame was drawn.
    drawn: Option<(HeatMapLook, TimeWindow)>,
    selected: Marks,
    baseline: Marks,
    kept: KeptMarks,
    /// Which of the rows has a menu, or the keyboard.
    lane_menu: LaneMenu,
    /// Whether the part with most samples has been scrolled to.
    is_placed: bool,
    /// The selection that was last in sight, so that a new one is brought there.
    revealed: Option<Selection>,
}

/// Where things are besides the cells.
struct Layout {
    /// Left edge of what is written beside the cells.
    left: f32,
    overview: Rect,
    strip: Rect,
    axis: Rect,
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
        self.drawn = Some((look, self.window));
        if let Err(HeatMapError::NoTimes) = &session.view.heat_map {
            // Of what has no times there is nothing to choose.
            ui.weak(sentence(&HeatMapError::NoTimes));
            return;
        }
        self.pictures.take_in(ui.ctx());
        let right = ui.max_rect().right();
        let is_zoomed = self.window.is_zoomed();
        let drawn = self.pictures.drawn();
        // Where there is little room it scrolls, and leaves the cells theirs.
        let least = ui.text_style_height(&egui::TextStyle::Button) + 12.0;
        egui::ScrollArea::vertical()
            .id_salt("heat map bar")
            .min_scrolled_height(least)
            .max_height((ui.available_height() - ROOM).clamp(least, BAR))
            .auto_shrink([false, true])
            .show(ui, |ui| {
                toolbar::ui(ui, session, look, drawn, is_zoomed, commands);
            });
        let view = Arc::clone(&session.view);
        let map = match &view.heat_map {
            Ok(map) => map,
            Err(error) => {
                ui.centered_and_justified(|ui| ui.label(sentence(error)));
                return;
            }
        };
        self.follow(session, map);
        self.drawn = Some((look, self.window));
        let lanes = session.lanes().cloned();
        // What does not fit above it makes it no wider.
        let mut area = ui.available_rect_before_wrap();
        area.max.x = right;
        let Some(cells) = self.cells(area, map, lanes.is_some()) else {
            return;
        };
        let is_beside = look.beside && picture::shown_matches(session).is_some();
        let parts = self.parts(map, lanes.as_deref(), cells, is_beside);
        let layout = self.layout(area, cells);
        self.request_picture(ui, session, look, &parts[0]);
        if self.window.is_zoomed() {
            strips::overview_ui(ui, layout.overview, &parts[0], &mut self.window);
        }
        self.selected.update(&session.shown_selection(), &view, map);
        self.parts_ui(ui, session, look, &parts, &layout, commands);
        ui.advance_cursor_after_rect(area);
    }

    /// Stays with the same time, or goes where something new is.
    fn follow(&mut self, session: &Session, map: &HeatMap) {
        let column_nanos = map.options.column_nanos;
        if let Some(before) = self.column_nanos.replace(column_nanos) {
            self.window.scale(before as f64 / column_nanos as f64);
        }
        if !std::mem::replace(&mut self.is_placed, true) {
            self.place(session, map);
        }
        self.reveal_selection(session, map);
    }

    /// Where the cells are: the same zoomed or not, so that none moves away under the pointer.
    fn cells(&self, area: Rect, map: &HeatMap, has_lanes: bool) -> Option<Rect> {
        let left = if has_lanes { LEFT_OF_LANES } else { LEFT };
        let above = match area.height() < WITH_STRIP {
            true => 0.0,
            false => OVERVIEW + GAP + STRIP,
        };
        let mut cells = Rect::from_min_max(
            pos2(area.left() + left, area.top() + above),
            pos2(area.right() - ROW_STRIP - 2.0 * GAP, area.bottom() - BOTTOM),
        );
        if cells.width() < 20.0 || cells.height() < 10.0 {
            return None;
        }
        if !has_lanes {
            let widest = WIDEST * f64::from(map.columns);
            cells.set_width(f64::from(cells.width()).min(widest) as f32);
        }
        Some(cells)
    }

    /// One heat map, or one above the other.
    fn parts<'a>(
        &self,
        map: &'a HeatMap,
        lanes: Option<&'a Lanes>,
        cells: Rect,
        is_beside: bool,
    ) -> Vec<Geometry<'a>> {
        let (first, count) = self.window.visible(map.columns);
        let whole = Geometry {
            map,
            lanes,
            cells,
            first,
            column_width: f64::from(cells.width()) / count,
        };
        if !is_beside {
            return vec![whole];
        }
        let height = ((cells.height() - BETWEEN) / 2.0).max(4.0);
        let mut above = whole;
        above.cells.max.y = cells.top() + height;
        let mut below = whole;
        below.cells.min.y = cells.bottom() - height;
        vec![above, below]
    }

    fn layout(&self, area: Rect, cells: Rect) -> Layout {
        // The strip has the room of the overview where there is none.
        let above = cells.top() - area.top();
        let strip = match self.window.is_zoomed() {
            true => STRIP.min(above),
            false => above,
        };
        let across = |top: f32, bottom: f32| Rect::from_x_y_ranges(cells.x_range(), top..=bottom);
        Layout {
            left: area.left(),
            overview: across(area.top(), area.top() + OVERVIEW.min(above)),
            strip: across(cells.top() - strip, cells.top()),
            axis: across(cells.bottom(), cells.bottom() + BOTTOM),
        }
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
        let Some(span) = selection.span() else {
            return;
        };
        let (start, count) = self.window.visible(map.columns);
        let is_in_sight = |range: &TimeRange| {
            let (first, last) = columns_of(map, *range);
            first < start + count && last > start
        };
        // Of several ranges, one is enough.
        let ranges = selection.ranges();
        if ranges.len() == 1 || !ranges.iter().any(is_in_sight) {
            let (first, last) = columns_of(map, span);
            self.window.reveal(first, last, map.columns);
        }
    }

    pub(super) fn fit(&mut self) {
        self.window.fit();
    }

    /// Shows another part of the time.
    pub(super) fn go(&mut self, session: &Session, to: TimeMove) {
        let Ok(map) = &session.view.heat_map else {
            return;
        };
        let (first, count) = self.window.visible(map.columns);
        let span = session.choices.selection.span();
        let selected = span.map(|span| columns_of(map, span));
        let middle = selected.map(|(start, end)| (start + end) / 2.0);
        let middle = middle.filter(|middle| (first..first + count).contains(middle));
        let middle = middle.unwrap_or(first + count / 2.0);
        match to {
            TimeMove::In => self.window.zoom(ZOOM_STEP, middle, map.columns),
            TimeMove::Out => self.window.zoom(1.0 / ZOOM_STEP, middle, map.columns),
            TimeMove::Back => self.window.pan(-count, map.columns),
            TimeMove::On => self.window.pan(count, map.columns),
            TimeMove::ToSelection => {
                if let Some((start, end)) = selected {
                    // With some of what is around it.
                    let margin = ((end - start) * 0.1).max(1.0);
                    let count = end - start + 2.0 * margin;
                    self.window.show(start - margin, count, map.columns);
                }
            }
        }
    }

    /// Gives up the drag that is under way; whether there was one.
    pub(super) fn give_up_drag(&mut self) -> bool {
        self.pointing.drag.take().is_some()
    }

    /// Whether another picture than the one that is shown is wanted.
    pub(super) fn is_stale(&self, look: HeatMapLook) -> bool {
        self.drawn != Some((look, self.window)) || self.pictures.is_stale()
    }

    /// The cells and what is around them.
    fn parts_ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        look: HeatMapLook,
        parts: &[Geometry<'_>],
        layout: &Layout,
        commands: &mut Vec<Command>,
    ) {
        let pointer = ui.input(|input| input.pointer.latest_pos());
        if let Some(position) = pointer.filter(|_| self.pointing.drag.is_none()) {
            let above = parts.iter().filter(|part| part.cells.top() <= position.y);
            self.part = above.count().saturating_sub(1);
        }
        let part = &parts[self.part.min(parts.len() - 1)];
        self.mark_baseline(session, part, pointer);
        let strip = strips::strip_ui(ui, session, &parts[0], layout.strip, &self.selected);
        let clock = session.clock.filter(|_| look.by_clock);
        let axis = axes::axis_ui(ui, &parts[0], layout.axis, clock);
        let mut responses = vec![strip.clone(), axis];
        let mut hovered = false;
        for (index, geometry) in parts.iter().enumerate() {
            let rows = self.rows_ui(ui, session, geometry, index, layout, commands);
            let cells = self.cells_ui(ui, session, geometry, index);
            if geometry.lanes.is_some() {
                self.lane_menu_ui(&cells, session, geometry, commands);
            }
            hovered |= cells.contains_pointer();
            responses.extend([rows, cells]);
        }
        let top = layout.strip.bottom() - STRIP.min(layout.strip.height());
        parts[parts.len() - 1].paint_times(ui, clock, top);
        self.kept.paint(ui, session, &parts[parts.len() - 1]);
        let all = responses.into_iter().reduce(|one, other| one | other);
        let Some(all) = all else { return };
        let areas = Areas {
            cells: part.cells,
            columns: [layout.strip, layout.axis],
            rows: part.lanes.is_none().then(|| row_strip(part)),
        };
        select(
            &mut self.pointing,
            ui,
            &all,
            session,
            part,
            &areas,
            commands,
        );
        self.scroll(ui, &all, part);
        let Some(position) = pointer else { return };
        // What has just been selected is not covered until the pointer goes on.
        let is_let_go = self.pointing.is_let_go_at(position);
        if hovered {
            hover::paint_crosshair(ui, session, parts, part, position);
        }
        let is_free = self.pointing.drag.is_none() && !egui::Popup::is_any_open(ui.ctx());
        if hovered && is_free && !is_let_go {
            theme::pointer_tooltip(&all).show(|ui| {
                theme::unwrapped(ui);
                hover::cell_ui(ui, session, part, position);
            });
        } else if strip.contains_pointer() {
            let column = part.cell_at(position).column;
            theme::pointer_tooltip(&strip).show(|ui| {
                theme::unwrapped(ui);
                hover::column_ui(ui, session, part, column);
            });
        }
    }

    /// What the selection is compared with, or would be if the drag ended now.
    fn mark_baseline(&mut self, session: &Session, part: &Geometry<'_>, pointer: Option<Pos2>) {
        let chosen = session.choices.baseline.as_ref();
        let chosen = chosen.and_then(|baseline| baseline.ranges.clone());
        let ranges = select::dragged_baseline(self.pointing.drag, part, pointer).or(chosen);
        self.baseline
            .update(&ranges.unwrap_or_default(), &session.view, part.map);
    }

    /// Names at the left of the cells, and bars at their right.
    fn rows_ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        geometry: &Geometry<'_>,
        index: usize,
        layout: &Layout,
        commands: &mut Vec<Command>,
    ) -> Response {
        let left = layout.left;
        match geometry.lanes {
            Some(lanes) => {
                let menu = &mut self.lane_menu;
                lane_rows::names_ui(ui, session, geometry, lanes, (left, index), menu, commands);
            }
            None => {
                let heading = session.view.unit().heading();
                // Beside the strip, which a low heat map has no room for.
                let has_room = index == 0 && layout.strip.height() > 0.0;
                geometry.paint_offsets(ui, left, has_room.then_some(heading));
            }
        }
        let totals = self.pictures.row_totals(geometry, index);
        let rect = row_strip(geometry);
        let response =
            strips::rows_ui(ui, session, geometry, (rect, index), totals, &self.selected);
        if geometry.lanes.is_some() {
            self.lane_menu_ui(&response, session, geometry, commands);
        }
        response
    }

    /// What a right click on a lane can do.
    fn lane_menu_ui(
        &mut self,
        response: &Response,
        session: &Session,
        geometry: &Geometry<'_>,
        commands: &mut Vec<Command>,
    ) {
        if response.secondary_clicked()
            && let Some(position) = response.interact_pointer_pos()
        {
            self.lane_menu.pointed = PointedLane::at(geometry, position);
        }
        let pointed = self.lane_menu.pointed.as_ref();
        response.context_menu(|ui| lane_rows::menu_ui(ui, session, pointed, commands));
    }

    fn cells_ui(
        &self,
        ui: &Ui,
        session: &Session,
        geometry: &Geometry<'_>,
        index: usize,
    ) -> Response {
        let main = ui.scope_id().with("heat map");
        let (id, sense, name) = match index {
            0 => (main, Sense::click_and_drag(), "Heat map"),
            _ => (
                main.with(index),
                Sense::CLICK | Sense::DRAG,
                "Heat map of what is found",
            ),
        };
        let response = ui.interact(geometry.cells, id, sense);
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::Canvas, true, name);
            let shown = session.shown_selection();
            let range = crate::export::range_text(&session.profile, &shown);
            let selected = session.tree().map_or(0, |(_, tree)| tree.selected);
            let samples = session.view.unit().text(selected);
            let mut text = format!("{range}, {samples}");
            let cell = shown.span().map(|span| geometry.cells_of(span));
            if let Some((cell, _)) = cell.filter(|(first, last)| first == last) {
                text.push_str(", ");
                text.push_str(&hover::busiest_text(
                    geometry.map.count(cell),
                    geometry.map.max,
                ));
            }
            info.current_text_value = Some(text);
            info
        });
        self.paint_cells(ui, geometry, index);
        marks::paint(ui, geometry, &self.selected, theme::SELECTION);
        marks::paint(ui, geometry, &self.baseline, theme::BASELINE);
        if index == 0 {
            panes::add(ui.ctx(), response.id);
            take_arrows(ui, &response);
        }
        response
    }

    /// The wheel goes along in time, with Ctrl it zooms at the pointer; the middle button drags.
    fn scroll(&mut self, ui: &Ui, response: &Response, geometry: &Geometry<'_>) {
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

    fn paint_cells(&self, ui: &Ui, geometry: &Geometry<'_>, index: usize) {
        let clip = geometry.cells.intersect(ui.clip_rect());
        let painter = ui.painter().with_clip_rect(clip);
        let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        if self.pictures.has_unknown() {
            painter.rect_filled(geometry.cells, 0.0, theme::unknown_cell(ui.visuals()));
        }
        for (texture, rect) in self.pictures.tiles(geometry, index) {
            if rect.intersects(geometry.cells) {
                painter.image(texture, rect, uv, Color32::WHITE);
            }
        }
        let edge = Stroke::new(1.0, theme::quiet(ui.visuals()).gamma_multiply(0.5));
        ui.painter()
            .rect_stroke(geometry.cells, 0.0, edge, StrokeKind::Outside);
        if let Some(problem) = self.pictures.problem() {
            let (at, color) = (geometry.cells.center(), ui.visuals().error_fg_color);
            let anchor = egui::Align2::CENTER_CENTER;
            painter.text(at, anchor, problem, theme::axis_font(), color);
        }
    }

    fn request_picture(
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
        let up = merge(f64::from(geometry.row_height()) * pixels);
        let source = Source {
            view: Arc::clone(&session.view),
            lanes: session.lanes().cloned(),
            matched: picture::shown_matches(session).cloned(),
            values: session.values().cloned(),
            look,
            empty: theme::empty_cell(ui.visuals(), look.ramp),
            merged: (across, up),
        };
        self.pictures.request(ui.ctx(), source);
    }
}

/// What is wrong, as a sentence of its own.
fn sentence(error: &HeatMapError) -> String {
    let text = error.to_string();
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}.", first.to_uppercase())
}

/// Arrows move the selection while the heat map has the focus.
fn take_arrows(ui: &Ui, response: &Response) {
    ui.data_mut(|data| data.insert_temp(command::arrows_id(), response.id));
    if !response.has_focus() {
        return;
    }
    let filter = egui::EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..egui::EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    // Beside red cells nothing red would be seen.
    let stroke = Stroke::new(2.0, ui.visuals().strong_text_color());
    ui.painter()
        .rect_stroke(response.rect, 0.0, stroke, StrokeKind::Outside);
}

/// Where the bars of samples a row are.
fn row_strip(geometry: &Geometry<'_>) -> Rect {
    let left = geometry.cells.right() + GAP;
    Rect::from_x_y_ranges(left..=left + ROW_STRIP, geometry.cells.y_range())
}

/// From the first column of a range to the end of its last one.
fn columns_of(map: &HeatMap, range: TimeRange) -> (f64, f64) {
    let column = |time: Timestamp| f64::from(map.cell_at(time.max(map.origin)).column);
    let last = Timestamp(range.end.nanos().saturating_sub(1));
    (column(range.start), column(last) + 1.0)
}
