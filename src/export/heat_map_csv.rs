//! The heat map's counts as CSV: one line a cell, in time order.
//!
//! The long form, as that is what databases and plotting tools take as it is, and what a spreadsheet's
//! pivot table makes columns and rows of. Cells without samples are lines, too.

use crate::heat_map::{Cell, HeatMap};
use crate::profile::format_seconds;
use std::io::{self, Write};

/// Writes `column_start_seconds,offset_seconds,count` and then a line a cell: when its column starts
/// since the origin, where it starts in its column, and what is in it. Columns that are left out of
/// the map, as their time is far from any sample, have no lines.
///
/// # Errors
/// Where writing fails.
pub fn write_heat_map_csv(map: &HeatMap, mut out: impl Write) -> io::Result<()> {
    let offsets = offsets(map);
    writeln!(out, "column_start_seconds,offset_seconds,count")?;
    for (column, counts) in (0..).zip(map.columns()) {
        let start = format_seconds(map.column_start(column));
        for (offset, count) in offsets.iter().zip(counts) {
            writeln!(out, "{start},{offset},{count}")?;
        }
    }
    out.flush()
}

/// Where each row starts in its column.
pub(super) fn offsets(map: &HeatMap) -> Vec<String> {
    let first_column = (0..map.options.rows).map(|row| Cell { column: 0, row });
    let base = map.column_range(0).start;
    let offset = |cell: Cell| format_seconds(map.range_of(cell).start.nanos_since(base));
    first_column.map(offset).collect()
}
