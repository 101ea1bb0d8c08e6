//! Ticks and labels along the heat map.

use super::geometry::Geometry;
use super::{GAP, LEFT, LEFT_OF_LANES};
use crate::gui::names::fitting;
use crate::gui::theme;
use crate::gui::times::short_seconds;
use crate::lanes::Lanes;
use crate::profile::{NANOS_PER_SECOND, Timestamp, WallClock};
use egui::{Align2, Rect, Response, Sense, Stroke, Ui, WidgetInfo, pos2};
use std::ops::Range;

/// Times of day are labelled at multiples of these, in milliseconds.
const CLOCK_STEPS: [u64; 19] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000,
];
const NANOS_PER_MILLISECOND: u64 = 1_000_000;
const NANOS_PER_DAY: u64 = 86_400 * NANOS_PER_SECOND;

/// The axis takes the pointer, and says for how long it goes on.
pub(super) fn axis_ui(
    ui: &Ui,
    geometry: &Geometry<'_>,
    rect: Rect,
    clock: Option<WallClock>,
) -> Response {
    let id = ui.scope_id().with("axis");
    let response = ui.interact(rect, id, Sense::CLICK | Sense::DRAG);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(egui::Role::Canvas, true, "Time axis");
        info.current_text_value = Some(geometry.times_text(clock));
        info
    });
    response
}

impl Geometry<'_> {
    /// From when to when columns are in sight.
    fn times_text(&self, clock: Option<WallClock>) -> String {
        let columns = self.visible_columns();
        let last = columns.end.max(1) - 1;
        let start = self.map.column_range(columns.start.min(last)).start;
        let end = self.map.column_range(last).end;
        let text = |time: Timestamp| match clock {
            Some(clock) => clock.text(time),
            None => format!("{} s", short_seconds(time.nanos_since(self.map.origin))),
        };
        format!("{} to {}", text(start), text(end))
    }

    /// The columns of each block, as far as they are in sight.
    fn visible_blocks(&self) -> impl Iterator<Item = (Range<u32>, bool)> {
        let visible = self.visible_columns();
        let blocks = &self.map.blocks;
        let ends = blocks.iter().skip(1).map(|block| block.column);
        let ends = ends.chain(std::iter::once(self.map.columns));
        let columns = blocks.iter().zip(ends).map(move |(block, end)| {
            let is_after_gap =
                block.column > 0 && block.skipped > 0 && visible.contains(&block.column);
            let columns = block.column.max(visible.start)..end.min(visible.end);
            (columns, is_after_gap)
        });
        columns.filter(|(columns, _)| !columns.is_empty())
    }

    /// Columns in sight to label, with the seconds since the origin.
    fn second_ticks(&self) -> Vec<(f64, String)> {
        let step = self.label_step();
        let longest = self.map.column_start(self.map.columns - 1);
        let label = |column| {
            let text = time_label(self.map.column_start(column), longest);
            (f64::from(column), text)
        };
        let nanos = self.map.options.column_nanos;
        let parts = self.lanes.map_or(1, |_| parts_of(self.column_width, nanos));
        if parts > 1 {
            return self.part_ticks(parts);
        }
        let ticks = self.visible_blocks().flat_map(|(columns, _)| {
            // Labels are at the same times, however much is in sight.
            let before = self.map.column_start(columns.start) / nanos.max(1);
            let to_next = before.next_multiple_of(u64::from(step)) - before;
            let first = columns.start.saturating_add(to_next as u32);
            (first..columns.end).step_by(step as usize)
        });
        ticks.map(label).collect()
    }

    /// Parts of columns in sight to label, with the seconds since the origin.
    fn part_ticks(&self, parts: u64) -> Vec<(f64, String)> {
        let part = self.map.options.column_nanos / parts;
        let of_column = |column: u32| {
            (0..parts).map(move |at| {
                let nanos = self.map.column_start(column) + at * part;
                let text = format!("{} s", short_seconds(nanos));
                (f64::from(column) + at as f64 / parts as f64, text)
            })
        };
        self.visible_columns().flat_map(of_column).collect()
    }

    /// Round times of day in sight.
    fn clock_ticks(&self, clock: WallClock) -> Vec<(f64, String)> {
        let column_nanos = self.map.options.column_nanos as f64;
        let least = 84.0 / self.column_width * column_nanos;
        let steps = CLOCK_STEPS.map(|millis| millis * NANOS_PER_MILLISECOND);
        let step = steps.into_iter().find(|step| *step as f64 >= least);
        let step = step.unwrap_or(NANOS_PER_DAY);
        let mut ticks = Vec::new();
        for (columns, _) in self.visible_blocks() {
            let start = self.map.column_range(columns.start).start;
            let end = self.map.column_range(columns.end - 1).end;
            let past = clock.time_of_day(start) % step;
            let mut time = start.saturating_add((step - past) % step);
            while time < end {
                let after = time.nanos_since(start) as f64 / column_nanos;
                let text = clock_label(clock, time, step);
                ticks.push((f64::from(columns.start) + after, text));
                time = time.saturating_add(step);
            }
        }
        ticks
    }

    /// Lines where time has been left out.
    fn paint_gaps(&self, ui: &Ui, top: f32) {
        let line = Stroke::new(2.0, theme::quiet(ui.visuals()));
        for (columns, is_after_gap) in self.visible_blocks() {
            let x = self.x_from_column(f64::from(columns.start));
            if is_after_gap && x >= self.cells.left() - 0.5 {
                ui.painter().vline(x, top..=self.cells.bottom() + 4.0, line);
            }
        }
    }

    /// Ticks and times along the bottom; `top` is where lines begin that divide times.
    pub(super) fn paint_times(&self, ui: &Ui, clock: Option<WallClock>, top: f32) {
        self.paint_gaps(ui, top);
        let painter = ui.painter();
        let color = theme::quiet(ui.visuals());
        let ticks = match clock {
            Some(clock) => self.clock_ticks(clock),
            None => self.second_ticks(),
        };
        let mut free_from = self.cells.left() - GAP;
        for (column, text) in ticks {
            let x = self.x_from_column(column);
            if x < self.cells.left() - 0.5 || x > self.cells.right() + 0.5 {
                continue;
            }
            let y = self.cells.bottom();
            painter.vline(x, y..=y + 4.0, Stroke::new(1.0, color));
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
    pub(super) fn paint_offsets(&self, ui: &Ui, left: f32, heading: Option<&str>) {
        let painter = ui.painter();
        let color = theme::quiet(ui.visuals());
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
        if let Some(heading) = heading {
            let top = pos2(left + LEFT - 8.0, self.cells.top() - 22.0);
            painter.text(
                top,
                Align2::RIGHT_CENTER,
                heading,
                theme::axis_font(),
                color,
            );
        }
    }
}

/// Names of lanes up the left side, as many as there is room for.
pub(super) fn paint_lanes(ui: &Ui, geometry: &Geometry<'_>, left: f32, lanes: &Lanes) {
    let color = theme::quiet(ui.visuals());
    let cells = geometry.cells;
    // Names of narrow rows are higher than these.
    let strip = Rect::from_min_max(
        pos2(left, cells.top() - GAP),
        pos2(left + LEFT_OF_LANES - 6.0, cells.bottom() + GAP),
    );
    let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
    let step = (13.0 / geometry.row_height()).ceil().max(1.0) as usize;
    for (row, name) in lanes.names.iter().enumerate().step_by(step) {
        let y = cells.top() + (row as f32 + 0.5) * geometry.row_height();
        let font = theme::axis_font();
        let name = fitting(ui, name, &font, strip.width()).into_owned();
        let galley = painter.layout_no_wrap(name, font, color);
        let x = (strip.right() - galley.size().x).max(strip.left());
        painter.galley(pos2(x, y - galley.size().y / 2.0), galley, color);
    }
}

/// `10:32:07`, or with as many decimals as labels at each `step` need.
fn clock_label(clock: WallClock, time: Timestamp, step: u64) -> String {
    let text = clock.text(time);
    let length = if step < NANOS_PER_SECOND { 10 } else { 8 };
    text.get(..length).unwrap_or(&text).to_owned()
}

/// `12 s`, `0.5 s`; `5:00` and `0:05:00` on an axis that goes on for longer, all alike.
fn time_label(nanos: u64, longest: u64) -> String {
    if !nanos.is_multiple_of(NANOS_PER_SECOND) {
        let text = short_seconds(nanos);
        return format!("{} s", text.trim_end_matches('0').trim_end_matches('.'));
    }
    let seconds = nanos / NANOS_PER_SECOND;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match longest / NANOS_PER_SECOND {
        0..600 => format!("{seconds} s"),
        600..3600 => format!("{minutes}:{:02}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

/// How many labels a column has room for, where time runs on within it.
fn parts_of(width: f64, nanos: u64) -> u64 {
    let room = (width / 70.0) as u64;
    let fits = |parts: &u64| *parts <= room && nanos.is_multiple_of(*parts);
    [100, 50, 20, 10, 5, 2].into_iter().find(fits).unwrap_or(1)
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
    fn wide_columns_are_labelled_in_round_parts() {
        let parts = |width| parts_of(width, NANOS_PER_SECOND);
        assert_eq!([30.0, 150.0, 650.0, 750.0].map(parts), [1, 2, 5, 10]);
        assert_eq!(parts_of(1e4, 7), 1);
    }

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
