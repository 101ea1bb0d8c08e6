//! Maps of values as the other heat maps: text, JSON, CSV, SVG, PNG. Cells without a value are blank.

use super::heat_map_csv::offsets;
use super::heat_map_json::{Gap, Seconds, column_seconds, columns, gaps};
use super::heat_map_picture::{self, HeatMapPictureOptions, STEPS};
use super::heat_map_text::{self, HeatMapTextOptions, SHADES, short_time};
use super::picture::Picture;
use super::png::write_png;
use crate::filter::Samples;
use crate::heat_map::{Cell, HeatMap};
use crate::palette::{HeatRamp, HeatScale, Rgb};
use crate::profile::{NANOS_PER_SECOND, count_of, format_seconds, with_thousands};
use crate::value_map::ValueMap;
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use std::io::{self, Write};

/// What has no value, in pictures.
const BLANK: Rgb = Rgb(0xf4, 0xf2, 0xee);

/// Draws the map in characters, with both axes, a legend, notes (a line each), and the filters in
/// words.
///
/// # Errors
/// Where writing fails.
pub fn write_value_map_text(
    map: &ValueMap,
    samples: &Samples,
    notes: &[String],
    filters: &str,
    options: HeatMapTextOptions,
    mut out: impl Write,
) -> io::Result<()> {
    let (scale, ramp) = (HeatScale::Clipped, HeatRamp::Classic);
    let top = map.top(scale);
    let paint = heat_map_text::Paint {
        shade: &|cell| map.at(cell).map_or(0, |value| shade(value, top)),
        color: &|cell| map.color(ramp, scale, map.at(cell).unwrap_or(0.0), top),
    };
    heat_map_text::draw(&map.cells, paint, options, &mut out)?;
    let cell = map.cells.range_of(Cell { column: 0, row: 0 }).nanos();
    writeln!(
        out,
        "{} in {}, {} a cell; {} idle and {} filtered left out",
        count_of(samples.shown, "sample"),
        count_of(u64::from(map.cells.columns), "column"),
        short_time(cell),
        with_thousands(samples.idle),
        with_thousands(samples.filtered),
    )?;
    let text = |value: f64| map.value.text(value);
    if options.color {
        write!(out, "0 ")?;
        for step in 0..16 {
            let Rgb(r, g, b) = map.color(ramp, scale, top * f64::from(step) / 15.0, top);
            write!(out, "\x1b[48;2;{r};{g};{b}m \x1b[0m")?;
        }
        writeln!(out, " {} or more (at most {})", text(top), text(map.max()))?;
    } else {
        let step = |index: usize| format!("{} ≤ {}", SHADES[index], text(top * index as f64 / 4.0));
        let steps: Vec<String> = (1..=4).map(step).collect();
        writeln!(out, "{} (at most {})", steps.join("  "), text(map.max()))?;
    }
    writeln!(out, "{}", map.value.legend())?;
    for note in notes {
        writeln!(out, "{note}")?;
    }
    if !filters.is_empty() {
        writeln!(out, "filters: {filters}")?;
    }
    out.flush()
}

/// 0 for nothing, 1 to 4 by quarters of the scale; what rounds to nothing is blank.
fn shade(value: f64, top: f64) -> usize {
    let quarters = (value / top.max(f64::MIN_POSITIVE) * 4.0).min(4.0);
    if quarters < 0.05 {
        0
    } else {
        quarters.ceil() as usize
    }
}

#[derive(Serialize)]
struct Json<'a> {
    value: String,
    legend: String,
    filters: &'a str,
    notes: &'a [String],
    origin_seconds: u64,
    column_seconds: Seconds,
    rows: u32,
    columns: u32,
    gaps: Vec<Gap>,
    max: f64,
    #[serde(serialize_with = "values")]
    values: &'a ValueMap,
    #[serde(serialize_with = "columns")]
    counts: &'a HeatMap,
}

/// Writes `value`, `legend`, `notes`, the shape as
/// [`write_heat_map_json`](super::write_heat_map_json) does, and `values` beside `counts`, of the same
/// form: `null` where a cell has none.
///
/// # Errors
/// Where writing fails.
pub fn write_value_map_json(
    map: &ValueMap,
    notes: &[String],
    filters: &str,
    mut out: impl Write,
) -> io::Result<()> {
    let json = Json {
        value: map.value.name(),
        legend: map.value.legend(),
        filters,
        notes,
        origin_seconds: map.cells.origin.nanos() / NANOS_PER_SECOND,
        column_seconds: column_seconds(&map.cells),
        rows: map.cells.options.rows,
        columns: map.cells.columns,
        gaps: gaps(&map.cells),
        max: map.max(),
        values: map,
        counts: &map.cells,
    };
    serde_json::to_writer(&mut out, &json)?;
    writeln!(out)?;
    out.flush()
}

fn values<S: Serializer>(map: &&ValueMap, serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(map.cells.columns as usize))?;
    for column in map.columns() {
        list.serialize_element(column)?;
    }
    list.end()
}

/// Writes `column_start_seconds,offset_seconds,count,value` and then a line a cell, in time order; the
/// value is empty where there is none.
///
/// # Errors
/// Where writing fails.
pub fn write_value_map_csv(map: &ValueMap, mut out: impl Write) -> io::Result<()> {
    let offsets = offsets(&map.cells);
    writeln!(out, "column_start_seconds,offset_seconds,count,value")?;
    for (column, (counts, values)) in (0..).zip(map.cells.columns().zip(map.columns())) {
        let start = format_seconds(map.cells.column_start(column));
        for ((offset, count), value) in offsets.iter().zip(counts).zip(values) {
            let value = value.map_or(String::new(), |value| value.to_string());
            writeln!(out, "{start},{offset},{count},{value}")?;
        }
    }
    out.flush()
}

/// Writes the map as SVG.
///
/// # Errors
/// Where writing fails.
pub fn write_value_map_svg(
    map: &ValueMap,
    options: &HeatMapPictureOptions,
    mut out: impl Write,
) -> io::Result<()> {
    picture(map, options).write_svg(&mut out)?;
    out.flush()
}

/// Writes the map as PNG, `scale_factor` pixels for each of the SVG's.
///
/// # Errors
/// Where writing fails, or the picture would have too many pixels.
pub fn write_value_map_png(
    map: &ValueMap,
    options: &HeatMapPictureOptions,
    scale_factor: f32,
    out: impl Write,
) -> io::Result<()> {
    write_png(&picture(map, options), scale_factor, out)
}

fn picture(map: &ValueMap, options: &HeatMapPictureOptions) -> Picture {
    let top = match options.end {
        0 => map.top(options.scale),
        end => end as f64,
    };
    let color = |value: f64| map.color(options.ramp, options.scale, value, top);
    let text = |value: f64| map.value.text(value);
    let end = match map.max() > top {
        true => format!("{} or more, at most {}", text(top), text(map.max())),
        false => text(top),
    };
    let paint = heat_map_picture::Paint {
        cell: &|cell| map.at(cell).map_or(BLANK, color),
        step: &|step| color(top * f64::from(step) / f64::from(STEPS)),
        end,
        meaning: map.value.legend(),
    };
    heat_map_picture::draw(&map.cells, options, &paint)
}
