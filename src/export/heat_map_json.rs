//! The heat map's counts as JSON.

use crate::filter::Metric;
use crate::heat_map::{Block, HeatMap};
use crate::profile::NANOS_PER_SECOND;
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

#[derive(Serialize)]
struct Json<'a> {
    metric: Metric,
    filters: &'a str,
    origin_seconds: u64,
    column_seconds: Seconds,
    rows: u32,
    columns: u32,
    gaps: Vec<Gap>,
    max: u64,
    #[serde(serialize_with = "columns")]
    counts: &'a HeatMap,
}

/// Columns without samples that are left out before a column, as its time is far from the last one's.
#[derive(Serialize)]
pub(super) struct Gap {
    before_column: u32,
    skipped_columns: u64,
}

/// A whole number where it is one.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Seconds {
    Whole(u64),
    Fraction(f64),
}

/// Writes `{"metric": "samples", "filters": "", "origin_seconds": …, "column_seconds": …, "rows": …, "columns": …, "gaps": [], "max": …, "counts":
/// [[…one number a row, offset 0 first…], …one list a column…]}`. `filters`: in words, see
/// [`SampleFilter::describe`](crate::filter::SampleFilter::describe).
///
/// # Errors
/// Where writing fails.
pub fn write_heat_map_json(
    map: &HeatMap,
    metric: Metric,
    filters: &str,
    mut out: impl Write,
) -> io::Result<()> {
    let json = Json {
        metric,
        filters,
        origin_seconds: map.origin.nanos() / NANOS_PER_SECOND,
        column_seconds: column_seconds(map),
        rows: map.options.rows,
        columns: map.columns,
        gaps: gaps(map),
        max: map.max,
        counts: map,
    };
    serde_json::to_writer(&mut out, &json)?;
    writeln!(out)?;
    out.flush()
}

pub(super) fn column_seconds(map: &HeatMap) -> Seconds {
    match map.options.column_nanos {
        nanos if nanos % NANOS_PER_SECOND == 0 => Seconds::Whole(nanos / NANOS_PER_SECOND),
        nanos => Seconds::Fraction(nanos as f64 / NANOS_PER_SECOND as f64),
    }
}

pub(super) fn gaps(map: &HeatMap) -> Vec<Gap> {
    let gaps = map.blocks.iter().filter(|block| block.skipped > 0);
    let gap = |block: &Block| Gap {
        before_column: block.column,
        skipped_columns: block.skipped,
    };
    gaps.map(gap).collect()
}

pub(super) fn columns<S: Serializer>(map: &HeatMap, serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(map.columns as usize))?;
    for column in map.columns() {
        list.serialize_element(column)?;
    }
    list.end()
}
