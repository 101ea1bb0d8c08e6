//! The same offsets in each column, of a selection that is there already: where Alt-drag moves the
//! window, as on many desktops, this is the way to a recurring selection.

use crate::heat_map::HeatMap;
use crate::profile::{TimeRange, Timestamp};
use crate::selection::Selection;

/// The offsets of a selection in each of the columns that it spans or, of one within a column, in
/// all of them; `None` of everything.
pub(in crate::gui) fn in_each_column(map: &HeatMap, selection: &Selection) -> Option<Selection> {
    let span = selection.span()?;
    let (first, last) = (
        map.cell_at(span.start),
        map.cell_at(Timestamp(span.end.0 - 1)),
    );
    let offset = |time: Timestamp, column| time.nanos_since(map.column_range(column).start);
    let one = offset(span.start, first.column);
    let other = offset(span.end, last.column);
    let columns = match first.column == last.column {
        true => 0..map.columns,
        false => first.column..last.column + 1,
    };
    let ranges = columns.map(|column| {
        let start = map.column_range(column).start;
        TimeRange {
            start: start.saturating_add(one.min(other)),
            end: start.saturating_add(one.max(other)),
        }
    });
    Some(Selection::from_ranges(ranges.collect()))
}
