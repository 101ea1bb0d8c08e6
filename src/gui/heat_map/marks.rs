//! [`Marks`]: the ranges of a selection as cells. However many there are, only those in sight are
//! drawn, and as one where they are too near each other to be told apart.

use super::geometry::Geometry;
use crate::gui::session::Session;
use crate::gui::theme;
use crate::gui::view::View;
use crate::heat_map::{Cell, HeatMap};
use crate::profile::Timestamp;
use crate::selection::Selection;
use egui::{Color32, Pos2, Rect, Shape, Stroke, Ui};
use std::sync::Arc;

/// Columns that repeat the same offsets are drawn as one below this width, in points.
const NARROW: f64 = 3.0;

/// So many ranges that repeat in each column are told from each other.
const RECURRING: usize = 8;

/// The ranges of a selection as cells of a heat map; made again only when either is another one.
#[derive(Default)]
pub(super) struct Marks {
    of: Option<(Selection, Arc<View>)>,
    /// The first and the last cell of each range, in time order.
    spans: Vec<(Cell, Cell)>,
    /// Whether some range holds a row, by row.
    rows: Vec<bool>,
}

/// What is drawn as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark {
    /// A range, up one column and on into the next.
    Span(Cell, Cell),
    /// The rows from the first to the last cell, in each of their columns.
    Block(Cell, Cell),
}

impl Marks {
    pub(super) fn update(&mut self, selection: &Selection, view: &Arc<View>, map: &HeatMap) {
        let is_same =
            |(of, seen): &(Selection, Arc<View>)| of == selection && Arc::ptr_eq(seen, view);
        if self.of.as_ref().is_some_and(is_same) {
            return;
        }
        self.of = Some((selection.clone(), Arc::clone(view)));
        self.set(selection, map);
    }

    fn set(&mut self, selection: &Selection, map: &HeatMap) {
        let cell = |time: Timestamp| map.cell_at(time.max(map.origin)).min(map.last_cell());
        let spans = selection.ranges().iter().map(|range| {
            let last = Timestamp(range.end.nanos().saturating_sub(1));
            (cell(range.start), cell(last))
        });
        self.spans = spans.collect();
        self.rows = vec![false; map.options.rows as usize];
        for (first, last) in &self.spans {
            let rows = match last.column - first.column {
                0 => first.row..=last.row,
                _ => 0..=map.options.rows - 1,
            };
            for row in rows {
                self.rows[row as usize] = true;
            }
        }
    }

    /// Whether a range holds some of a row.
    pub(super) fn has_row(&self, row: usize) -> bool {
        self.rows.get(row).copied().unwrap_or(false)
    }

    /// Those in sight.
    pub(super) fn shapes(&self, geometry: &Geometry<'_>) -> Vec<Mark> {
        let columns = geometry.visible_columns();
        let start = self
            .spans
            .partition_point(|(_, last)| last.column < columns.start);
        let end = self
            .spans
            .partition_point(|(first, _)| first.column < columns.end);
        let spans = self.spans.get(start..end).unwrap_or(&[]);
        let mut shapes: Vec<Mark> = Vec::new();
        for (first, last) in spans {
            // A few ranges may recur side by side: what is alike comes first.
            let joined = [Near::Alike, Near::Any].into_iter().any(|near| {
                let mut before = shapes.iter_mut().rev().take(RECURRING);
                before.any(|mark| match mark.with((*first, *last), geometry, near) {
                    Some(both) => {
                        *mark = both;
                        true
                    }
                    None => false,
                })
            });
            if !joined {
                shapes.push(Mark::Span(*first, *last));
            }
        }
        shapes
    }

    /// Columns in sight that ranges touch: the first and the last of those that follow each other.
    pub(super) fn columns(&self, geometry: &Geometry<'_>) -> Vec<(u32, u32)> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for mark in self.shapes(geometry) {
            let (Mark::Span(first, last) | Mark::Block(first, last)) = mark;
            match runs.last_mut() {
                Some((_, end)) if first.column <= *end + 1 => *end = last.column.max(*end),
                _ => runs.push((first.column, last.column)),
            }
        }
        runs
    }
}

/// Where selections that are kept are: lines below their columns.
#[derive(Default)]
pub(super) struct KeptMarks {
    of: Vec<Selection>,
    /// All of them as one.
    all: Selection,
    marks: Marks,
}

impl KeptMarks {
    pub(super) fn paint(&mut self, ui: &Ui, session: &Session, geometry: &Geometry<'_>) {
        const HEIGHT: f32 = 3.0;
        let kept = session.choices.named.iter().map(|kept| &kept.selection);
        if !kept.clone().eq(&self.of) {
            self.of = kept.cloned().collect();
            let ranges = self.of.iter().flat_map(|kept| kept.ranges());
            self.all = Selection::from_ranges(ranges.copied().collect());
        }
        if self.of.is_empty() {
            return;
        }
        self.marks.update(&self.all, &session.view, geometry.map);
        let top = geometry.cells.bottom() + 1.0;
        let strip = Rect::from_x_y_ranges(geometry.cells.x_range(), top..=top + HEIGHT);
        let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
        for (first, last) in self.marks.columns(geometry) {
            let left = geometry.x_from_column(f64::from(first));
            let right = geometry.x_from_column(f64::from(last) + 1.0);
            let line = Rect::from_x_y_ranges(left..=right, strip.y_range());
            painter.rect_filled(line, 0.0, theme::SELECTION);
        }
    }
}

/// Which marks are drawn as one.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Near {
    /// Those of the same rows.
    Alike,
    /// All within a point.
    Any,
}

impl Mark {
    /// This and a range after it as one, where they cannot be told apart.
    fn with(
        self,
        (first, last): (Cell, Cell),
        geometry: &Geometry<'_>,
        near: Near,
    ) -> Option<Self> {
        let (Self::Span(from, to) | Self::Block(from, to)) = self;
        if geometry.lanes.is_some() {
            let gap = geometry.rect_of(first).left() - geometry.rect_of(to).right();
            return (gap < 1.0).then_some(Self::Span(from, last.max(to)));
        }
        let is_block = from.column == to.column || matches!(self, Self::Block(..));
        if !is_block || first.column != last.column {
            return None;
        }
        if (from.column, to.column) == (first.column, first.column) {
            let gap = first.row.saturating_sub(to.row + 1) as f32 * geometry.row_height();
            let is_near = first.row <= to.row || (gap > 0.0 && gap < 1.0);
            return is_near.then_some(Self::Span(from, last.max(to)));
        }
        let points = |columns: u32| f64::from(columns) * geometry.column_width;
        let gap = points(first.column.saturating_sub(to.column + 1));
        let is_joined = match near {
            Near::Alike => {
                let is_same = (from.row, to.row) == (first.row, last.row);
                is_same && gap < 1.0 && geometry.column_width < NARROW
            }
            Near::Any => points(last.column + 1 - from.column) < 1.0,
        };
        is_joined.then(|| {
            let corner = |column, row| Cell { column, row };
            Self::Block(
                corner(from.column, from.row.min(first.row)),
                corner(last.column.max(to.column), to.row.max(last.row)),
            )
        })
    }

    /// As rectangles, and as one outline.
    fn shape(self, geometry: &Geometry<'_>) -> (Vec<Rect>, Vec<Pos2>) {
        match self {
            Self::Span(first, last) => geometry.shape_of(first, last),
            Self::Block(first, last) => {
                let whole = geometry.rect_of(first).union(geometry.rect_of(last));
                (vec![whole], corners(whole))
            }
        }
    }
}

/// Around a rectangle.
pub(super) fn corners(rect: Rect) -> Vec<Pos2> {
    vec![
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
    ]
}

/// Draws a selection over the cells.
pub(super) fn paint(ui: &Ui, geometry: &Geometry<'_>, marks: &Marks, color: Color32) {
    let clip = geometry.cells.expand(1.0).intersect(ui.clip_rect());
    let painter = ui.painter().with_clip_rect(clip);
    let stroke = Stroke::new(2.0, color);
    for mark in marks.shapes(geometry) {
        let (parts, outline) = mark.shape(geometry);
        for part in &parts {
            painter.rect_filled(*part, 0.0, color.gamma_multiply(0.35));
        }
        painter.add(Shape::closed_line(outline, stroke));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heat_map::{Block, HeatMapOptions};
    use crate::profile::{NANOS_PER_SECOND, TimeRange};
    use egui::pos2;

    const ROWS: u32 = 50;

    fn map(columns: u32) -> HeatMap {
        HeatMap {
            origin: Timestamp(0),
            options: HeatMapOptions::default(),
            columns,
            blocks: vec![Block {
                column: 0,
                number: 0,
                skipped: 0,
            }],
            counts: vec![1; (columns * ROWS) as usize],
            max: 1,
            column_totals: vec![u64::from(ROWS); columns as usize],
        }
    }

    /// The same 100 ms of each second.
    fn recurring(columns: u32) -> Selection {
        let range = |column| TimeRange {
            start: Timestamp(column * NANOS_PER_SECOND + 200_000_000),
            end: Timestamp(column * NANOS_PER_SECOND + 300_000_000),
        };
        Selection::from_ranges((0..u64::from(columns)).map(range).collect())
    }

    fn shapes(columns: u32, first: f64, column_width: f64) -> Vec<Mark> {
        let map = map(columns);
        let mut marks = Marks::default();
        marks.set(&recurring(columns), &map);
        assert!(marks.has_row(10) && marks.has_row(14));
        assert!(!marks.has_row(9) && !marks.has_row(15));
        marks.shapes(&Geometry {
            map: &map,
            lanes: None,
            cells: Rect::from_min_max(pos2(0.0, 0.0), pos2(1000.0, 300.0)),
            first,
            column_width,
        })
    }

    #[test]
    fn a_day_of_the_same_offsets_is_drawn_as_one() {
        let shapes = shapes(86_400, 0.0, 1000.0 / 86_400.0);
        assert_eq!(shapes.len(), 1, "{shapes:?}");
    }

    #[test]
    fn only_ranges_in_sight_are_drawn() {
        let shapes = shapes(86_400, 4000.0, 20.0);
        assert_eq!(shapes.len(), 50);
        let cell = |row| Cell { column: 4000, row };
        assert_eq!(shapes[0], Mark::Span(cell(10), cell(14)));
    }
}
