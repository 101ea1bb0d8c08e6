//! The heat map: a picture of one texel a cell, axes, legend, and selecting by pointer.

use super::command::Command;
use super::session::{Session, View};
use super::theme;
use crate::export::{count_of, with_thousands};
use crate::filter::Metric;
use crate::heat_map::{Cell, HeatMap};
use crate::palette::{HeatRamp, HeatScale};
use crate::profile::{TimeRange, format_seconds};
use egui::{
    Align2, Color32, ColorImage, Mesh, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, TextureHandle,
    TextureOptions, Ui, pos2, vec2,
};
use std::sync::Arc;

/// Space for the labels left of and below the cells, in points.
const LEFT: f32 = 58.0;
const BOTTOM: f32 = 22.0;
/// Height of the strip of samples per column.
const STRIP: f32 = 30.0;
const GAP: f32 = 4.0;
/// Columns are as wide as fits, within these; where they don't fit, the view scrolls in time.
const COLUMN_WIDTH: std::ops::RangeInclusive<f32> = 3.0..=48.0;
/// Columns in a texture: no graphics system's limit is below this.
const TILE: usize = 1024;
/// Colours of a picture.
const MAX_SHADES: u64 = 1023;

/// What the view keeps between frames.
#[derive(Default)]
pub(super) struct HeatMapView {
    /// The cell where the press that is being dragged began.
    anchor: Option<Cell>,
    picture: Option<Picture>,
    /// Whether the part with most samples has been scrolled to.
    is_placed: bool,
}

/// The cells as textures of up to [`TILE`] columns each, and what they were painted of.
struct Picture {
    view: Arc<View>,
    ramp: HeatRamp,
    scale: HeatScale,
    top: u64,
    tiles: Vec<TextureHandle>,
}

/// Where things are.
struct Geometry<'a> {
    map: &'a HeatMap,
    /// All cells.
    cells: Rect,
    column_width: f32,
    row_height: f32,
}

impl HeatMapView {
    /// Draws the heat map and handles pointer and keys.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        ramp: HeatRamp,
        scale: HeatScale,
        commands: &mut Vec<Command>,
    ) {
        let view = Arc::clone(&session.view);
        let map = match &view.heat_map {
            Ok(map) => map,
            Err(error) => {
                ui.centered_and_justified(|ui| ui.label(error.to_string()));
                return;
            }
        };
        self.repaint_picture(ui, &view, map, ramp, scale);
        let top = self.picture.as_ref().map_or(1, |picture| picture.top);
        legend_ui(ui, map, view.samples.metric, ramp, top);
        let height = ui.available_height();
        let room = ui.available_width() - LEFT - 2.0 * GAP;
        let column_width =
            (room / map.columns as f32).clamp(*COLUMN_WIDTH.start(), *COLUMN_WIDTH.end());
        let labels_at = ui.max_rect().left();
        let mut area = egui::ScrollArea::horizontal().auto_shrink([false, false]);
        if !std::mem::replace(&mut self.is_placed, true)
            && let Some(part) = session.profile.main_part()
        {
            let column = map.cell_at(part.range.start).column;
            area = area.horizontal_scroll_offset(column as f32 * column_width);
        }
        area.show(ui, |ui| {
            let width = LEFT + column_width * map.columns as f32 + 2.0 * GAP;
            let (area, _) = ui.allocate_exact_size(vec2(width, height - GAP), Sense::hover());
            let cells = Rect::from_min_max(
                pos2(area.left() + LEFT, area.top() + STRIP + GAP),
                pos2(
                    area.left() + LEFT + column_width * map.columns as f32,
                    area.bottom() - BOTTOM,
                ),
            );
            let geometry = Geometry {
                map,
                cells,
                column_width,
                row_height: cells.height() / map.options.rows as f32,
            };
            self.cells_ui(ui, session, &geometry, commands);
            geometry.paint_strip(ui);
            geometry.paint_seconds(ui);
            let what = view.samples.metric.noun();
            geometry.paint_offsets(ui, labels_at.max(ui.clip_rect().left()), what);
        });
    }

    fn cells_ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        geometry: &Geometry<'_>,
        commands: &mut Vec<Command>,
    ) {
        let id = ui.scope_id().with("heat map");
        let response = ui.interact(geometry.cells, id, Sense::click_and_drag());
        let shown = session.shown_selection();
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::Canvas, true, "Heat map");
            info.current_text_value = Some(crate::export::range_text(&session.profile, &shown));
            info
        });
        self.paint_cells(ui, geometry);
        for range in shown.ranges() {
            geometry.paint_selection(ui, *range);
        }
        self.select(ui, &response, session, geometry, commands);
        let hovered = ui
            .input(|input| input.pointer.latest_pos())
            .filter(|_| response.contains_pointer());
        if let Some(pos) = hovered {
            let cell = geometry.cell_at(pos);
            geometry.paint_crosshair(ui, cell);
            if self.anchor.is_none() {
                let noun = session.view.samples.metric.noun();
                theme::pointer_tooltip(&response)
                    .show(|ui| tooltip_ui(ui, geometry.map, cell, noun));
            }
        }
    }

    /// Press, drag and release select from cell to cell in time order; a click selects one cell,
    /// with Shift it extends the selection, a double click selects the column.
    fn select(
        &mut self,
        ui: &Ui,
        response: &egui::Response,
        session: &Session,
        geometry: &Geometry<'_>,
        commands: &mut Vec<Command>,
    ) {
        if response.double_clicked()
            && let Some(position) = response.interact_pointer_pos()
        {
            self.anchor = None;
            let column = geometry.map.column_range(geometry.cell_at(position).column);
            commands.push(Command::SelectRange(Some(column)));
            return;
        }
        let (buttons, position, extends) = ui.input(|input| {
            let position = input.pointer.latest_pos();
            (primary_buttons(input), position, input.modifiers.shift)
        });
        let range = |anchor: Cell, position: Pos2| {
            let range = geometry
                .map
                .range_between(anchor, geometry.cell_at(position));
            match session.selection.span() {
                Some(span) if extends => TimeRange {
                    start: range.start.min(span.start),
                    end: range.end.max(span.end),
                },
                _ => range,
            }
        };
        // Press and release may come in one frame. Only the press itself begins a drag: one that
        // Esc has ended stays ended.
        let is_over = response.contains_pointer() || response.is_pointer_button_down_on();
        for (position, is_pressed) in buttons {
            if is_pressed {
                let begins = is_over && geometry.cells.contains(position);
                self.anchor = begins.then(|| geometry.cell_at(position));
            } else if let Some(anchor) = self.anchor.take() {
                commands.push(Command::SelectRange(Some(range(anchor, position))));
            }
        }
        if let (Some(anchor), Some(position)) = (self.anchor, position) {
            commands.push(Command::PreviewRange(Some(range(anchor, position))));
        }
    }

    /// Gives up the drag that is under way; whether there was one.
    pub(super) fn give_up_drag(&mut self) -> bool {
        self.anchor.take().is_some()
    }

    fn paint_cells(&self, ui: &Ui, geometry: &Geometry<'_>) {
        let Some(picture) = &self.picture else {
            return;
        };
        let painter = ui.painter();
        let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        for (index, tile) in picture.tiles.iter().enumerate() {
            let left = geometry.cells.left() + (index * TILE) as f32 * geometry.column_width;
            let width = tile.size()[0] as f32 * geometry.column_width;
            let rect = Rect::from_min_size(
                pos2(left, geometry.cells.top()),
                vec2(width, geometry.cells.height()),
            );
            if rect.intersects(ui.clip_rect()) {
                painter.image(tile.id(), rect, uv, Color32::WHITE);
            }
        }
        let edge = Stroke::new(1.0, theme::quiet(ui.visuals()).gamma_multiply(0.5));
        painter.rect_stroke(geometry.cells, 0.0, edge, StrokeKind::Outside);
    }

    fn repaint_picture(
        &mut self,
        ui: &Ui,
        view: &Arc<View>,
        map: &HeatMap,
        ramp: HeatRamp,
        scale: HeatScale,
    ) {
        let is_current = self.picture.as_ref().is_some_and(|picture| {
            Arc::ptr_eq(&picture.view, view) && picture.ramp == ramp && picture.scale == scale
        });
        if is_current {
            return;
        }
        let top = scale.top(&map.counts);
        // Few counts have a colour each; of many, as weights are, those near each other share one.
        let shades = top.min(MAX_SHADES);
        let colors: Vec<Color32> = (0..=shades)
            .map(|shade| theme::color(ramp.color(shade, shades)))
            .collect();
        let shade_of = |count: u64| {
            let shade = u128::from(count.min(top)) * u128::from(shades) / u128::from(top.max(1));
            // What is not empty never looks empty.
            (shade as usize).max(usize::from(count > 0))
        };
        let rows = map.options.rows as usize;
        let tile = |counts: &[u64]| {
            let columns = counts.len() / rows;
            let mut image = ColorImage::filled([columns, rows], Color32::TRANSPARENT);
            for (index, count) in counts.iter().enumerate() {
                // Offset 0 is at the bottom.
                let (column, row) = (index / rows, rows - 1 - index % rows);
                image.pixels[row * columns + column] = colors[shade_of(*count)];
            }
            ui.ctx()
                .load_texture("heat map", image, TextureOptions::NEAREST)
        };
        self.picture = Some(Picture {
            view: Arc::clone(view),
            ramp,
            scale,
            top,
            tiles: map.counts.chunks(TILE * rows).map(tile).collect(),
        });
    }
}

impl Geometry<'_> {
    /// The cell under `position`, or the nearest one.
    fn cell_at(&self, position: Pos2) -> Cell {
        let last = self.map.last_cell();
        let column = ((position.x - self.cells.left()) / self.column_width).floor();
        let row = ((self.cells.bottom() - position.y) / self.row_height).floor();
        Cell {
            column: (column.max(0.0) as u32).min(last.column),
            row: (row.max(0.0) as u32).min(last.row),
        }
    }

    fn rect_of(&self, cell: Cell) -> Rect {
        let left = self.cells.left() + cell.column as f32 * self.column_width;
        let bottom = self.cells.bottom() - cell.row as f32 * self.row_height;
        Rect::from_min_max(
            pos2(left, bottom - self.row_height),
            pos2(left + self.column_width, bottom),
        )
    }

    /// The cells of a range, up one column and on into the next, as one shape.
    fn paint_selection(&self, ui: &Ui, range: TimeRange) {
        let last_moment = crate::profile::Timestamp(range.end.nanos().saturating_sub(1));
        let (first, last) = (self.map.cell_at(range.start), self.map.cell_at(last_moment));
        let last = last.min(self.map.last_cell());
        let (first_rect, last_rect) = (self.rect_of(first), self.rect_of(last));
        let (top, bottom) = (self.cells.top(), self.cells.bottom());
        let mut parts = Vec::new();
        if first.column == last.column {
            parts.push(first_rect.union(last_rect));
        } else {
            parts.push(Rect::from_min_max(
                pos2(first_rect.left(), top),
                first_rect.right_bottom(),
            ));
            if last.column > first.column + 1 {
                parts.push(Rect::from_min_max(
                    pos2(first_rect.right(), top),
                    pos2(last_rect.left(), bottom),
                ));
            }
            parts.push(Rect::from_min_max(
                last_rect.left_top(),
                pos2(last_rect.right(), bottom),
            ));
        }
        let painter = ui.painter();
        for part in &parts {
            painter.rect_filled(*part, 0.0, theme::SELECTION.gamma_multiply(0.35));
        }
        let outline = match parts.as_slice() {
            [one] => vec![
                one.left_top(),
                one.right_top(),
                one.right_bottom(),
                one.left_bottom(),
            ],
            _ => vec![
                pos2(first_rect.left(), top),
                pos2(last_rect.left(), top),
                last_rect.left_top(),
                last_rect.right_top(),
                pos2(last_rect.right(), bottom),
                pos2(first_rect.right(), bottom),
                first_rect.right_bottom(),
                first_rect.left_bottom(),
            ],
        };
        painter.add(Shape::closed_line(
            outline,
            Stroke::new(2.0, theme::SELECTION),
        ));
    }

    fn paint_crosshair(&self, ui: &Ui, cell: Cell) {
        let stroke = Stroke::new(1.0, theme::quiet(ui.visuals()));
        ui.painter()
            .rect_stroke(self.rect_of(cell), 0.0, stroke, StrokeKind::Outside);
    }

    /// A bar of samples a column.
    fn paint_strip(&self, ui: &Ui) {
        let totals = &self.map.column_totals;
        let most = totals.iter().copied().max().unwrap_or(0).max(1) as f32;
        let bottom = self.cells.top() - GAP;
        let color = theme::quiet(ui.visuals()).gamma_multiply(0.6);
        let mut mesh = Mesh::default();
        for (column, total) in totals.iter().enumerate() {
            let left = self.cells.left() + column as f32 * self.column_width;
            let right = left + (self.column_width - 1.0).max(1.0);
            let height = (STRIP - GAP) * *total as f32 / most;
            mesh.add_colored_rect(
                Rect::from_min_max(pos2(left, bottom - height), pos2(right, bottom)),
                color,
            );
        }
        ui.painter().add(Shape::mesh(mesh));
    }

    /// Columns to label, and whether time has been left out before them.
    fn ticks(&self, step: u32) -> impl Iterator<Item = (u32, bool)> {
        let blocks = &self.map.blocks;
        let ends = blocks.iter().skip(1).map(|block| block.column);
        let ends = ends.chain(std::iter::once(self.map.columns));
        blocks.iter().zip(ends).flat_map(move |(block, end)| {
            let columns = (block.column..end).step_by(step as usize);
            columns.map(move |column| (column, column == block.column && block.skipped > 0))
        })
    }

    /// Ticks and times along the bottom.
    fn paint_seconds(&self, ui: &Ui) {
        let painter = ui.painter();
        let color = theme::quiet(ui.visuals());
        let step = nice_step((70.0 / self.column_width).ceil() as u32);
        let mut free_from = self.cells.left();
        for (column, is_gap) in self.ticks(step) {
            let x = self.cells.left() + column as f32 * self.column_width;
            let y = self.cells.bottom();
            painter.vline(x, y..=y + 4.0, Stroke::new(1.0, color));
            if is_gap {
                let line = Stroke::new(2.0, theme::SELECTION.gamma_multiply(0.8));
                painter.vline(x, self.cells.top() - STRIP..=y + 4.0, line);
            }
            let nanos = self.map.column_start(column);
            let text = match nanos % crate::profile::NANOS_PER_SECOND {
                0 => format!("{} s", nanos / crate::profile::NANOS_PER_SECOND),
                _ => format!("{} s", format_seconds(nanos)),
            };
            let galley = painter.layout_no_wrap(text, theme::axis_font(), color);
            let left = x.min(self.cells.right() + 2.0 * GAP - galley.size().x);
            if left >= free_from {
                free_from = left + galley.size().x + GAP;
                painter.galley(pos2(left, y + 5.0), galley, color);
            }
        }
    }

    /// Offsets up the left side, which stay in sight when the cells scroll.
    fn paint_offsets(&self, ui: &Ui, left: f32, what: &str) {
        let painter = ui.painter();
        let strip = Rect::from_min_max(
            pos2(left, self.cells.top() - STRIP - GAP),
            pos2(left + LEFT - 3.0, self.cells.bottom() + BOTTOM),
        );
        painter.rect_filled(strip, 0.0, ui.visuals().panel_fill);
        let color = theme::quiet(ui.visuals());
        let ticks = ((self.cells.height() / 34.0) as u32).clamp(1, 10);
        let step = nice_step(self.map.options.rows.div_ceil(ticks));
        for row in (0..=self.map.options.rows).step_by(step as usize) {
            let nanos =
                u64::from(row) * self.map.options.column_nanos / u64::from(self.map.options.rows);
            let y = self.cells.bottom() - row as f32 * self.row_height;
            let text = format!("{} ms", nanos / 1_000_000);
            painter.text(
                pos2(left + LEFT - 8.0, y),
                Align2::RIGHT_CENTER,
                text,
                theme::axis_font(),
                color,
            );
        }
        let top = pos2(left + LEFT - 8.0, self.cells.top() - STRIP + GAP);
        painter.text(
            top,
            Align2::RIGHT_CENTER,
            format!("{what}s"),
            theme::axis_font(),
            color,
        );
    }
}

/// Where the primary button was pressed (`true`) and released in this frame.
fn primary_buttons(input: &egui::InputState) -> Vec<(Pos2, bool)> {
    let button = |event: &egui::Event| match event {
        egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            ..
        } => Some((*pos, *pressed)),
        _ => None,
    };
    input.events.iter().filter_map(button).collect()
}

/// The least of 1, 2, 5, 10, 20, 50, … that is at least `step`.
fn nice_step(step: u32) -> u32 {
    let nice = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10u32.pow(power)));
    nice.into_iter().find(|nice| *nice >= step).unwrap_or(step)
}

fn tooltip_ui(ui: &mut Ui, map: &HeatMap, cell: Cell, noun: &str) {
    let range = map.range_of(cell);
    let seconds = |time: crate::profile::Timestamp| format_seconds(time.nanos_since(map.origin));
    let count = map.count(cell);
    let share = 100.0 * crate::flame_graph::share(count, map.max);
    ui.strong(count_of(count, noun));
    ui.label(format!(
        "{} s to {} s",
        seconds(range.start),
        seconds(range.end)
    ));
    ui.label(format!("{share:.0} % of the busiest cell"));
}

/// What the colours stand for.
fn legend_ui(ui: &mut Ui, map: &HeatMap, metric: Metric, ramp: HeatRamp, top: u64) {
    ui.horizontal(|ui| {
        ui.add_space(LEFT - 8.0);
        let cell = map.range_of(Cell { column: 0, row: 0 }).nanos();
        let cell = format!(
            "{} ms",
            format_seconds(cell * 1000)
                .trim_end_matches('0')
                .trim_end_matches('.')
        );
        let what = match metric {
            Metric::Samples => "Samples",
            Metric::Weight => "Events (sum of periods)",
        };
        ui.weak(format!("{what} in each {cell}:  0"));
        let (rect, _) = ui.allocate_exact_size(vec2(120.0, 12.0), Sense::hover());
        let mut mesh = Mesh::default();
        for step in 0..60u32 {
            let left = rect.left() + rect.width() * step as f32 / 60.0;
            let part = Rect::from_min_size(
                pos2(left, rect.top()),
                vec2(rect.width() / 60.0, rect.height()),
            );
            let count = (f64::from(step) / 59.0 * top as f64).round() as u64;
            mesh.add_colored_rect(part, theme::color(ramp.color(count, top)));
        }
        ui.painter().add(Shape::mesh(mesh));
        ui.painter().rect_stroke(
            rect,
            0.0,
            Stroke::new(1.0, theme::quiet(ui.visuals())),
            StrokeKind::Outside,
        );
        let more = if map.max > top {
            format!(" or more (the busiest has {})", with_thousands(map.max))
        } else {
            String::new()
        };
        ui.weak(format!("{}{more}", with_thousands(top)));
    });
}
