//! Moving the selection by key.

use crate::gui::session::Session;
use crate::heat_map::Cell;
use crate::profile::{TimeRange, Timestamp};
use crate::selection::Selection;

/// Where to go by key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gui) enum Nudge {
    /// Moves the selection by whole columns and by rows.
    Move {
        columns: i64,
        rows: i64,
    },
    /// Moves its end.
    Grow {
        columns: i64,
        rows: i64,
    },
    /// To the first or the last column.
    First,
    Last,
    /// By its own length.
    Step {
        forward: bool,
    },
}

/// The selection that a key leads to. Without one, the first goes to the busiest cell.
pub(in crate::gui) fn nudged(session: &Session, nudge: Nudge) -> Option<Selection> {
    let map = session.view.heat_map.as_ref().ok()?;
    let Some(span) = session.choices.selection.span() else {
        let busiest = map.counts.iter().position(|count| *count == map.max)? as u32;
        let rows = map.options.rows;
        let cell = Cell {
            column: busiest / rows,
            row: busiest % rows,
        };
        return Some(Selection::range(map.range_of(cell)));
    };
    let column = map.options.column_nanos as i128;
    let row = column / i128::from(map.options.rows);
    let origin = i128::from(map.origin.nanos());
    let last = i128::from(map.column_range(map.columns - 1).end.nanos());
    let (start, end) = (i128::from(span.start.nanos()), i128::from(span.end.nanos()));
    let by = |columns: i64, rows: i64| i128::from(columns) * column + i128::from(rows) * row;
    let (by, grows) = match nudge {
        Nudge::Move { columns, rows } => (by(columns, rows), 0),
        Nudge::Grow { columns, rows } => (0, by(columns, rows)),
        Nudge::First => (-((start - origin) / column) * column, 0),
        Nudge::Last => ((last - 1 - end) / column * column, 0),
        Nudge::Step { forward } => ((end - start) * if forward { 1 } else { -1 }, 0),
    };
    let by = by.clamp((origin - start).min(0), (last - end).max(0));
    let end = (end + grows).clamp(start + row.max(1), last.max(end));
    let moved = |time: i128| Timestamp((time + by).max(0) as u64);
    if grows != 0 {
        let range = TimeRange {
            start: span.start,
            end: Timestamp(end.max(0) as u64),
        };
        return Some(Selection::range(range));
    }
    let ranges = session.choices.selection.ranges().iter();
    let moved = ranges.map(|range| TimeRange {
        start: moved(i128::from(range.start.nanos())),
        end: moved(i128::from(range.end.nanos())),
    });
    Some(Selection::from_ranges(moved.collect()))
}
