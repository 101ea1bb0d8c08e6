//! [`Geometry`]: where the heat map's columns, rows and cells are on the screen, and back.

use crate::heat_map::{Cell, HeatMap};
use crate::lanes::Lanes;
use crate::profile::{TimeRange, Timestamp};
use egui::{Pos2, Rect, pos2};

/// Where things are.
#[derive(Clone, Copy)]
pub(super) struct Geometry<'a> {
    pub(super) map: &'a HeatMap,
    /// Rows of another sort than offsets.
    pub(super) lanes: Option<&'a Lanes>,
    /// The part of the cells that is in sight.
    pub(super) cells: Rect,
    /// The column at its left edge; columns may be cut.
    pub(super) first: f64,
    /// In points.
    pub(super) column_width: f64,
}

impl<'a> Geometry<'a> {
    /// With a heat map of the same columns, whose cells may be larger.
    pub(super) fn with_cells(self, map: &'a HeatMap) -> Self {
        Self { map, ..self }
    }
}

impl Geometry<'_> {
    pub(super) fn rows(&self) -> u32 {
        self.lanes
            .map_or(self.map.options.rows, |lanes| lanes.names.len() as u32)
    }

    /// In points.
    pub(super) fn row_height(&self) -> f32 {
        self.cells.height() / self.rows() as f32
    }

    pub(super) fn x_from_column(&self, column: f64) -> f32 {
        self.cells.left() + ((column - self.first) * self.column_width) as f32
    }

    pub(super) fn column_from_x(&self, x: f32) -> f64 {
        self.first + f64::from(x - self.cells.left()) / self.column_width
    }

    /// The columns that are in sight, cut ones included.
    pub(super) fn visible_columns(&self) -> std::ops::Range<u32> {
        let end = self.column_from_x(self.cells.right()).ceil();
        let last = (end.max(1.0) as u32).min(self.map.columns);
        (self.first.max(0.0) as u32).min(last)..last
    }

    /// The cell under `position`, or the nearest one. Between lanes, time runs on within a column.
    pub(super) fn cell_at(&self, position: Pos2) -> Cell {
        let last = self.map.last_cell();
        let at = self.column_from_x(position.x).max(0.0);
        let column = at.floor().min(f64::from(last.column));
        let row = match self.lanes {
            None => f64::from((self.cells.bottom() - position.y) / self.row_height()),
            Some(_) => (at - column) * f64::from(self.map.options.rows),
        };
        Cell {
            column: column as u32,
            row: (row.floor().max(0.0) as u32).min(last.row),
        }
    }

    /// The row under `position`, lanes counted from the top, offsets from the bottom.
    pub(super) fn row_at(&self, position: Pos2) -> usize {
        match self.lane_at(position) {
            Some(lane) => lane,
            None => self.cell_at(position).row as usize,
        }
    }

    /// The lane under `position`.
    pub(super) fn lane_at(&self, position: Pos2) -> Option<usize> {
        let lanes = self.lanes?;
        let row = ((position.y - self.cells.top()) / self.row_height()).floor();
        Some((row.max(0.0) as usize).min(lanes.names.len() - 1))
    }

    /// How far into the columns a cell begins, where time runs from left to right.
    fn column_of(&self, cell: Cell) -> f64 {
        f64::from(cell.column) + f64::from(cell.row) / f64::from(self.map.options.rows)
    }

    pub(super) fn rect_of(&self, cell: Cell) -> Rect {
        if self.lanes.is_some() {
            let start = self.column_of(cell);
            let end = start + 1.0 / f64::from(self.map.options.rows);
            return Rect::from_x_y_ranges(
                self.x_from_column(start)..=self.x_from_column(end),
                self.cells.y_range(),
            );
        }
        let left = self.x_from_column(f64::from(cell.column));
        let right = self.x_from_column(f64::from(cell.column) + 1.0);
        let bottom = self.cells.bottom() - cell.row as f32 * self.row_height();
        Rect::from_min_max(pos2(left, bottom - self.row_height()), pos2(right, bottom))
    }

    /// The first and the last cell of a range.
    pub(super) fn cells_of(&self, range: TimeRange) -> (Cell, Cell) {
        let last_moment = Timestamp(range.end.nanos().saturating_sub(1));
        let first = self.map.cell_at(range.start.max(self.map.origin));
        let last = self.map.cell_at(last_moment.max(self.map.origin));
        (first, last.min(self.map.last_cell()))
    }

    /// From cell to cell, up one column and on into the next: as rectangles, and as one outline.
    pub(super) fn shape_of(&self, first: Cell, last: Cell) -> (Vec<Rect>, Vec<Pos2>) {
        let (first_rect, last_rect) = (self.rect_of(first), self.rect_of(last));
        if self.lanes.is_some() || first.column == last.column {
            let whole = first_rect.union(last_rect);
            return (vec![whole], super::marks::corners(whole));
        }
        let (top, bottom) = (self.cells.top(), self.cells.bottom());
        let mut parts = vec![Rect::from_min_max(
            pos2(first_rect.left(), top),
            first_rect.right_bottom(),
        )];
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
        let outline = vec![
            pos2(first_rect.left(), top),
            pos2(last_rect.left(), top),
            last_rect.left_top(),
            last_rect.right_top(),
            pos2(last_rect.right(), bottom),
            pos2(first_rect.right(), bottom),
            first_rect.right_bottom(),
            first_rect.left_bottom(),
        ];
        (parts, outline)
    }
}

/// Which columns are in sight.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct TimeWindow {
    /// The first column and how many of them; `None` shows all.
    zoomed: Option<(f64, f64)>,
}

impl TimeWindow {
    /// Fewer columns than this fill no window.
    const LEAST: f64 = 2.0;

    /// First column and number of columns in sight, of a map of `columns`.
    pub(super) fn visible(self, columns: u32) -> (f64, f64) {
        let all = f64::from(columns);
        let (first, count) = self.zoomed.unwrap_or((0.0, all));
        let count = count.clamp(Self::LEAST.min(all), all);
        (first.clamp(0.0, all - count), count)
    }

    /// Keeps the same time in sight when columns become `factor` times as many.
    pub(super) fn scale(&mut self, factor: f64) {
        if let Some((first, count)) = &mut self.zoomed {
            *first *= factor;
            *count *= factor;
        }
    }

    pub(super) fn is_zoomed(self) -> bool {
        self.zoomed.is_some()
    }

    pub(super) fn fit(&mut self) {
        self.zoomed = None;
    }

    pub(super) fn show(&mut self, first: f64, count: f64, columns: u32) {
        self.zoomed = Some((first, count));
        let (first, count) = self.visible(columns);
        self.zoomed = (count < f64::from(columns)).then_some((first, count));
    }

    /// Shows `factor` times as much detail, `at` (a column) staying where it is.
    pub(super) fn zoom(&mut self, factor: f64, at: f64, columns: u32) {
        let (first, count) = self.visible(columns);
        let after = (count / factor).clamp(Self::LEAST.min(f64::from(columns)), f64::from(columns));
        let share = ((at - first) / count).clamp(0.0, 1.0);
        self.show(at - share * after, after, columns);
    }

    /// Moves on by some columns.
    pub(super) fn pan(&mut self, by: f64, columns: u32) {
        let (first, count) = self.visible(columns);
        self.show(first + by, count, columns);
    }

    /// Moves so that columns from `first` to `last` are in sight.
    pub(super) fn reveal(&mut self, first: f64, last: f64, columns: u32) {
        let (start, count) = self.visible(columns);
        if self.is_zoomed() && (first < start || last > start + count) {
            let middle = (first + last) / 2.0;
            self.show(middle - count / 2.0, count, columns);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_the_column_under_the_pointer_and_stays_inside() {
        let mut window = TimeWindow::default();
        assert_eq!(window.visible(100), (0.0, 100.0));
        window.zoom(4.0, 50.0, 100);
        assert_eq!(window.visible(100), (37.5, 25.0));
        window.pan(1000.0, 100);
        assert_eq!(window.visible(100), (75.0, 25.0));
        window.zoom(0.001, 80.0, 100);
        assert!(!window.is_zoomed());
        window.zoom(1e9, 50.0, 100);
        assert_eq!(window.visible(100), (49.0, 2.0));
        window.reveal(90.0, 91.0, 100);
        assert_eq!(window.visible(100), (89.5, 2.0));
        assert_eq!(window.visible(1), (0.0, 1.0));
        window.scale(10.0);
        assert_eq!(window.visible(1000), (895.0, 20.0));
    }
}
