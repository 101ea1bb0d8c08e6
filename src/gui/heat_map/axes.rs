//! Ticks and labels along the heat map.

use super::geometry::Geometry;
use super::{BOTTOM, GAP, LEFT, LEFT_OF_LANES, STRIP};
use crate::gui::theme;
use crate::lanes::Lanes;
use crate::profile::{NANOS_PER_SECOND, format_seconds};
use egui::{Align2, Rect, Stroke, Ui, pos2};

impl Geometry<'_> {
    /// Columns in sight to label, and whether time has been left out before them.
    fn ticks(&self, step: u32) -> impl Iterator<Item = (u32, bool)> {
        let visible = self.visible_columns();
        let blocks = &self.map.blocks;
        let ends = blocks.iter().skip(1).map(|block| block.column);
        let ends = ends.chain(std::iter::once(self.map.columns));
        blocks.iter().zip(ends).flat_map(move |(block, end)| {
            let columns = (block.column..end).step_by(step as usize);
            let columns =
                columns.map(move |column| (column, column == block.column && block.skipped > 0));
            let visible = visible.clone();
            columns.filter(move |(column, _)| visible.contains(column))
        })
    }

    /// Ticks and times along the bottom.
    pub(super) fn paint_seconds(&self, ui: &Ui) {
        let painter = ui.painter();
        let color = theme::quiet(ui.visuals());
        let step = self.label_step();
        let longest = self.map.column_start(self.map.columns - 1);
        let mut free_from = self.cells.left() - GAP;
        for (column, is_gap) in self.ticks(step) {
            let x = self.x_from_column(f64::from(column));
            if x < self.cells.left() - 0.5 {
                continue;
            }
            let y = self.cells.bottom();
            painter.vline(x, y..=y + 4.0, Stroke::new(1.0, color));
            if is_gap {
                let line = Stroke::new(2.0, theme::SELECTION.gamma_multiply(0.8));
                painter.vline(x, self.cells.top() - STRIP..=y + 4.0, line);
            }
            let text = time_label(self.map.column_start(column), longest);
            let galley = painter.layout_no_wrap(text, theme::axis_font(), color);
            let left = x.min(self.cells.right() + 2.0 * GAP - galley.size().x);
            if left >= free_from {
                free_from = left + galley.size().x + GAP;
                painter.galley(pos2(left, y + 5.0), galley, color);
            }
        }
    }

    /// Columns from one label to the next: a round number of seconds, minutes or hours.
    fn label_step(&self) -> u32 {
        let least = (70.0 / self.column_width).ceil().max(1.0);
        let nanos = self.map.options.column_nanos;
        let seconds = least * nanos as f64 / NANOS_PER_SECOND as f64;
        const ROUND: [u64; 11] = [
            60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400,
        ];
        let round = ROUND.into_iter().find(|round| *round as f64 >= seconds);
        let columns = round
            .filter(|_| seconds > 30.0)
            .map(|round| u128::from(round) * u128::from(NANOS_PER_SECOND))
            .filter(|round| round.is_multiple_of(u128::from(nanos)))
            .and_then(|round| u32::try_from(round / u128::from(nanos)).ok());
        columns.unwrap_or_else(|| nice_step(least.min(1e9) as u32))
    }

    /// Offsets up the left side.
    pub(super) fn paint_offsets(&self, ui: &Ui, left: f32, what: &str) {
        let painter = ui.painter();
        let color = theme::quiet(ui.visuals());
        let rows = self.map.options.rows;
        let ticks = ((self.cells.height() / 34.0) as u32).clamp(1, 10);
        let column_millis = self.map.options.column_nanos as f64 / 1e6;
        // Offsets are round numbers, whatever the rows are.
        let step = nice_step((column_millis / f64::from(ticks)).ceil().max(1.0) as u32);
        let mut offset = 0u64;
        while offset as f64 <= column_millis {
            let share = (offset as f64 / column_millis) as f32;
            let y = self.cells.bottom() - share * self.cells.height();
            let text = match column_millis >= 60_000.0 {
                true => format!("{} s", offset / 1000),
                false => format!("{offset} ms"),
            };
            painter.hline(
                self.cells.left() - 4.0..=self.cells.left(),
                y,
                Stroke::new(1.0, color),
            );
            painter.text(
                pos2(left + LEFT - 8.0, y),
                Align2::RIGHT_CENTER,
                text,
                theme::axis_font(),
                color,
            );
            offset += u64::from(step);
        }
        debug_assert!(rows > 0);
        let top = pos2(left + LEFT - 8.0, self.cells.top() - STRIP + 2.0 * GAP);
        painter.text(top, Align2::RIGHT_CENTER, what, theme::axis_font(), color);
    }

    /// Names of lanes up the left side, as many as there is room for.
    pub(super) fn paint_lanes(&self, ui: &Ui, left: f32, lanes: &Lanes) {
        let color = theme::quiet(ui.visuals());
        // Names of narrow rows are higher than these.
        let strip = Rect::from_min_max(
            pos2(left, self.cells.top() - GAP),
            pos2(left + LEFT_OF_LANES - 6.0, self.cells.bottom() + BOTTOM),
        );
        let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
        let step = (13.0 / self.row_height()).ceil().max(1.0) as usize;
        for (row, name) in lanes.names.iter().enumerate().step_by(step) {
            let y = self.cells.top() + (row as f32 + 0.5) * self.row_height();
            let galley = painter.layout_no_wrap(name.clone(), theme::axis_font(), color);
            let x = (strip.right() - galley.size().x).max(strip.left());
            painter.galley(pos2(x, y - galley.size().y / 2.0), galley, color);
        }
    }
}

/// `12 s`, `0.5 s`; `5:00` and `0:05:00` on an axis that goes on for longer, all alike.
fn time_label(nanos: u64, longest: u64) -> String {
    if !nanos.is_multiple_of(NANOS_PER_SECOND) {
        let text = format_seconds(nanos);
        return format!("{} s", text.trim_end_matches('0'));
    }
    let seconds = nanos / NANOS_PER_SECOND;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match longest / NANOS_PER_SECOND {
        0..600 => format!("{seconds} s"),
        600..3600 => format!("{minutes}:{:02}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

/// The least of 1, 2, 5, 10, 20, 50, … that is at least `step`.
fn nice_step(step: u32) -> u32 {
    let nice = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10u32.pow(power)));
    nice.into_iter().find(|nice| *nice >= step).unwrap_or(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_labels_of_an_axis_are_alike() {
        let labels = |longest: u64| {
            [0, 300, 1500].map(|second| time_label(second * NANOS_PER_SECOND, longest))
        };
        assert_eq!(labels(599 * NANOS_PER_SECOND), ["0 s", "300 s", "1500 s"]);
        assert_eq!(labels(1800 * NANOS_PER_SECOND), ["0:00", "5:00", "25:00"]);
        assert_eq!(
            labels(7200 * NANOS_PER_SECOND),
            ["0:00:00", "0:05:00", "0:25:00"]
        );
        assert_eq!(time_label(500_000_000, NANOS_PER_SECOND), "0.5 s");
    }
}
