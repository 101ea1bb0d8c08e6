//! The heat map as SVG or PNG, with both axes, a legend, and what is shown in words.
//!
//! A cell has exactly the palette's colour of its count. Cells above each other with one colour are
//! one box.

use super::picture::{Anchor, ColorBox, Picture, Text};
use super::png::write_png;
use super::svg::clip;
use crate::filter::Metric;
use crate::heat_map::{Cell, HeatMap};
use crate::palette::{HeatRamp, HeatScale, Rgb};
use crate::profile::{NANOS_PER_SECOND, count_of, format_seconds, printable, with_thousands};
use std::io::{self, Write};

/// How to draw it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeatMapPictureOptions {
    /// The heading.
    pub title: String,
    /// What is shown: file, range, filters.
    pub subtitle: String,
    /// The colours.
    pub ramp: HeatRamp,
    /// How counts are spread over them.
    pub scale: HeatScale,
    /// The count that has the last colour; 0 for the one that the scale gives.
    pub end: u64,
    /// What is counted.
    pub metric: Metric,
}

/// Writes the map as SVG.
///
/// # Errors
/// Where writing fails.
pub fn write_heat_map_svg(
    map: &HeatMap,
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
pub fn write_heat_map_png(
    map: &HeatMap,
    options: &HeatMapPictureOptions,
    scale_factor: f32,
    out: impl Write,
) -> io::Result<()> {
    write_png(&picture(map, options), scale_factor, out)
}

const LEFT: u32 = 72;
const TOP: u32 = 58;
const RIGHT: u32 = 24;
const BOTTOM: u32 = 84;
/// Height of a line of text.
const LINE: u32 = 18;
const FONT_SIZE: f32 = 12.0;
/// Width of a character of that size.
const CHARACTER: f32 = 7.3;
/// No picture is narrower, so that heading and legend have room.
const MIN_WIDTH: u32 = 640;
/// Steps of the legend.
pub(super) const STEPS: u32 = 100;

/// Where cells are.
struct Layout {
    cell_width: u32,
    cell_height: u32,
    width: u32,
    height: u32,
}

fn picture(map: &HeatMap, options: &HeatMapPictureOptions) -> Picture {
    let top = match options.end {
        0 => options.scale.top(&map.counts),
        end => end,
    };
    let color = |count: u64| options.scale.color(options.ramp, count, top);
    let cell = |cell: Cell| color(map.count(cell));
    let noun = options.metric.noun();
    let end = match map.max > top {
        true => format!(
            "{} or more, at most {}",
            count_of(top, noun),
            with_thousands(map.max)
        ),
        false => count_of(top, noun),
    };
    let step = |step: u32| color((u128::from(top) * u128::from(step) / u128::from(STEPS)) as u64);
    let paint = Paint {
        cell: &cell,
        step: &step,
        end,
        meaning: String::new(),
    };
    draw(map, options, &paint)
}

/// What cells look like, and what that means.
pub(super) struct Paint<'a> {
    pub(super) cell: &'a dyn Fn(Cell) -> Rgb,
    /// By step of the legend, 0 to [`STEPS`].
    pub(super) step: &'a dyn Fn(u32) -> Rgb,
    /// What the last colour means.
    pub(super) end: String,
    /// What the values are, on a line of its own; none where it is empty.
    pub(super) meaning: String,
}

/// The picture with heading, axes and legend. Of the options, only the heading counts.
pub(super) fn draw(map: &HeatMap, options: &HeatMapPictureOptions, paint: &Paint<'_>) -> Picture {
    let cell_width = (1100 / map.columns).clamp(2, 16);
    let cell_height = (500 / map.options.rows).clamp(2, 16);
    let layout = Layout {
        cell_width,
        cell_height,
        width: map.columns * cell_width,
        height: map.options.rows * cell_height,
    };
    let mut picture = Picture {
        width: (LEFT + layout.width + RIGHT).max(MIN_WIDTH),
        height: TOP + layout.height + BOTTOM + if paint.meaning.is_empty() { 0 } else { LINE },
        background: Rgb(0xf4, 0xf2, 0xee),
        boxes: Vec::new(),
        texts: Vec::new(),
    };
    add_heading(options, &mut picture);
    add_cells(map, paint, &layout, &mut picture);
    add_axes(map, &layout, &mut picture);
    add_legend(map, paint, &layout, &mut picture);
    picture
}

fn add_text(picture: &mut Picture, x: u32, y: u32, anchor: Anchor, text: String) {
    picture.texts.push(Text {
        x: x as f32,
        y: y as f32,
        size: FONT_SIZE,
        anchor,
        text,
    });
}

fn add_heading(options: &HeatMapPictureOptions, picture: &mut Picture) {
    let cells = ((picture.width - 20) as f32 / CHARACTER) as usize;
    let lines = [(&options.title, 24), (&options.subtitle, 42)];
    for (text, y) in lines {
        let text = clip(&printable(text.as_bytes()), cells).into_owned();
        add_text(picture, 10, y, Anchor::Start, text);
    }
}

fn add_cells(map: &HeatMap, paint: &Paint<'_>, layout: &Layout, picture: &mut Picture) {
    let bottom = TOP + layout.height;
    for column in 0..map.columns {
        let cells = (0..map.options.rows).map(|row| Cell { column, row });
        let colors: Vec<Rgb> = cells.map(paint.cell).collect();
        let mut row = 0;
        for alike in colors.chunk_by(|one, other| one == other) {
            let rows = alike.len() as u32;
            picture.boxes.push(ColorBox {
                x: (LEFT + column * layout.cell_width) as f32,
                y: (bottom - (row + rows) * layout.cell_height) as f32,
                width: layout.cell_width as f32,
                height: (rows * layout.cell_height) as f32,
                color: alike[0],
            });
            row += rows;
        }
    }
}

/// Offsets on the left, 0 at the bottom; when columns start below. Where columns are left out, the
/// first one after them is marked.
fn add_axes(map: &HeatMap, layout: &Layout, picture: &mut Picture) {
    let bottom = TOP + layout.height;
    let label_rows = (24 / layout.cell_height)
        .max(map.options.rows.div_ceil(10))
        .max(1);
    for row in (0..map.options.rows).step_by(label_rows as usize) {
        let start = map.range_of(Cell { column: 0, row }).start;
        let nanos = start.nanos_since(map.column_range(0).start);
        let y = bottom - row * layout.cell_height;
        add_text(picture, LEFT - 8, y, Anchor::End, offset_text(nanos));
    }
    let mut free_from = 0;
    let round = label_nanos(map.options.column_nanos, layout.cell_width);
    for column in 0..map.columns {
        let x = LEFT + column * layout.cell_width;
        let skipped = map.blocks.iter().find(|block| block.column == column);
        let is_after_gap = skipped.is_some_and(|block| block.skipped > 0) && column > 0;
        if is_after_gap {
            picture.boxes.push(ColorBox {
                x: x as f32 - 1.0,
                y: TOP as f32 - 4.0,
                width: 2.0,
                height: (layout.height + 8) as f32,
                color: Rgb(0x40, 0x60, 0xc0),
            });
        }
        // Round times, where columns are parts of a second.
        let is_round = map.column_start(column).is_multiple_of(round);
        if x >= free_from && is_round || is_after_gap {
            let text = seconds_text(map.column_start(column));
            // Room for the longest label that may follow.
            free_from = x + 60.max((text.len() as f32 * CHARACTER) as u32 + 20);
            add_text(picture, x, bottom + 18, Anchor::Start, text);
        }
    }
}

/// How far apart the labels of columns shorter than a second are: a round part of one, or whole ones.
/// Longer columns are all round.
fn label_nanos(column_nanos: u64, cell_width: u32) -> u64 {
    const WIDTH: u64 = 76;
    const ROUND: [u64; 8] = [10, 20, 50, 100, 200, 500, 1000, 2000];
    if column_nanos >= NANOS_PER_SECOND || column_nanos == 0 {
        return 1;
    }
    let least = WIDTH.div_ceil(u64::from(cell_width.max(1))) * column_nanos;
    let lengths = ROUND.map(|millis| millis * 1_000_000).into_iter();
    let mut fitting = lengths.filter(|nanos| *nanos >= least && nanos.is_multiple_of(column_nanos));
    fitting.next().unwrap_or(1)
}

/// No longer than there is room for.
fn offset_text(nanos: u64) -> String {
    match nanos {
        nanos if nanos >= 100 * NANOS_PER_SECOND => format!("{:.0} s", nanos as f64 / 1e9),
        nanos if nanos >= 10 * NANOS_PER_SECOND => format!("{:.1} s", nanos as f64 / 1e9),
        nanos if nanos % 1_000_000 == 0 => format!("{} ms", with_thousands(nanos / 1_000_000)),
        nanos if nanos >= 10_000_000 => format!("{:.1} ms", nanos as f64 / 1e6),
        nanos => format!("{:.3} ms", nanos as f64 / 1e6),
    }
}

fn seconds_text(nanos: u64) -> String {
    match nanos % NANOS_PER_SECOND {
        0 => format!("{} s", nanos / NANOS_PER_SECOND),
        _ => format!("{} s", format_seconds(nanos)),
    }
}

fn add_legend(map: &HeatMap, paint: &Paint<'_>, layout: &Layout, picture: &mut Picture) {
    let y = TOP + layout.height + 36;
    for step in 0..=STEPS {
        picture.boxes.push(ColorBox {
            x: (LEFT + 2 * step) as f32,
            y: y as f32,
            width: 2.0,
            height: 12.0,
            color: (paint.step)(step),
        });
    }
    let end = paint.end.clone();
    add_text(picture, LEFT - 8, y + 11, Anchor::End, "0".to_owned());
    add_text(picture, LEFT + 2 * STEPS + 12, y + 11, Anchor::Start, end);
    let columns = format!(
        "columns of {}, offsets within them upwards; seconds since {} s",
        seconds_text(map.options.column_nanos),
        map.origin.nanos() / NANOS_PER_SECOND
    );
    add_text(picture, LEFT, y + 32, Anchor::Start, columns);
    if !paint.meaning.is_empty() {
        let cells = ((picture.width - LEFT) as f32 / CHARACTER) as usize;
        let meaning = clip(&paint.meaning, cells).into_owned();
        add_text(picture, LEFT, y + 32 + LINE, Anchor::Start, meaning);
    }
}
