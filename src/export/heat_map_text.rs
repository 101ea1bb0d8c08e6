//! The heat map as a picture of characters, for terminals.

use crate::filter::Samples;
use crate::heat_map::{Cell, HeatMap};
use crate::palette::{HeatRamp, HeatScale, Rgb};
use crate::profile::{NANOS_PER_SECOND, count_of, format_seconds, with_thousands};
use std::io::{self, Write};

/// How to draw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeatMapTextOptions {
    /// Characters in a line; a longer map goes on in a second picture below the first.
    pub width: usize,
    /// Whether to colour cells (two rows a line) rather than to shade them.
    pub color: bool,
}

/// Characters left of the first column: `  980 ms │`.
const MARGIN: usize = 10;
/// None, few, some, many, most.
pub(super) const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];

/// Draws the map, offset 0 at the bottom, with both axes, a legend, and the filters in words.
///
/// # Errors
/// Where writing fails.
pub fn write_heat_map_text(
    map: &HeatMap,
    samples: &Samples,
    filters: &str,
    options: HeatMapTextOptions,
    mut out: impl Write,
) -> io::Result<()> {
    let top = HeatScale::Clipped.top(&map.counts);
    let paint = Paint {
        shade: &|cell| shade(map.count(cell), top),
        color: &|cell| HeatRamp::Classic.color(map.count(cell), top),
    };
    draw(map, paint, options, &mut out)?;
    write_legend(map, samples, top, options, &mut out)?;
    if !filters.is_empty() {
        writeln!(out, "filters: {filters}")?;
    }
    out.flush()
}

/// What each cell looks like.
#[derive(Clone, Copy)]
pub(super) struct Paint<'a> {
    /// As an index into [`SHADES`].
    pub(super) shade: &'a dyn Fn(Cell) -> usize,
    pub(super) color: &'a dyn Fn(Cell) -> Rgb,
}

/// Draws the cells with both axes.
pub(super) fn draw(
    map: &HeatMap,
    paint: Paint<'_>,
    options: HeatMapTextOptions,
    out: &mut impl Write,
) -> io::Result<()> {
    let columns_a_picture = options.width.saturating_sub(MARGIN + 1).max(10) as u32;
    let mut first = 0;
    let mut blocks = map.blocks.iter().peekable();
    while first < map.columns {
        if let Some(block) = blocks.next_if(|block| block.column == first)
            && block.skipped > 0
        {
            let seconds = block.skipped.saturating_mul(map.options.column_nanos) / NANOS_PER_SECOND;
            let seconds = count_of(seconds, "second");
            writeln!(out, "{:>8} ┊ {seconds} without samples\n", "")?;
        }
        let end = blocks.peek().map_or(map.columns, |block| block.column);
        let last = end.min(first.saturating_add(columns_a_picture));
        let picture = Picture {
            map,
            first,
            last,
            paint,
        };
        if options.color {
            picture.write_colored(out)?;
        } else {
            picture.write_shaded(out)?;
        }
        picture.write_axis(out)?;
        first = last;
    }
    Ok(())
}

/// Some columns of a map.
struct Picture<'a> {
    map: &'a HeatMap,
    first: u32,
    last: u32,
    paint: Paint<'a>,
}

impl Picture<'_> {
    fn write_shaded(&self, out: &mut impl Write) -> io::Result<()> {
        for row in (0..self.map.options.rows).rev() {
            let mut line = self.row_label(row, row % 5 == 0);
            for column in self.first..self.last {
                line.push(SHADES[(self.paint.shade)(Cell { column, row })]);
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// An upper half block in the upper row's colour on the lower row's: two rows a line.
    fn write_colored(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.map.options.rows;
        for lower in (0..rows).rev().filter(|row| row % 2 == 0) {
            write!(out, "{}", self.row_label(lower, lower % 10 == 0))?;
            let color = |column: u32, row: u32| match row < rows {
                true => (self.paint.color)(Cell { column, row }),
                false => HeatRamp::Classic.color(0, 1),
            };
            for column in self.first..self.last {
                let (Rgb(r, g, b), Rgb(br, bg, bb)) =
                    (color(column, lower + 1), color(column, lower));
                write!(out, "\x1b[38;2;{r};{g};{b};48;2;{br};{bg};{bb}m▀")?;
            }
            writeln!(out, "\x1b[0m")?;
        }
        Ok(())
    }

    fn row_label(&self, row: u32, labelled: bool) -> String {
        let start = self
            .map
            .range_of(Cell { column: 0, row })
            .start
            .nanos_since(self.map.origin);
        let text = if labelled {
            short_time(start)
        } else {
            String::new()
        };
        format!("{text:>8} │")
    }

    /// A tick every ten columns, and the time that it stands for.
    fn write_axis(&self, out: &mut impl Write) -> io::Result<()> {
        let (mut ticks, mut labels) = (String::new(), String::new());
        for column in self.first..self.last {
            let is_tick = (column - self.first).is_multiple_of(10);
            ticks.push(if is_tick { '┴' } else { '─' });
            let at = (column - self.first) as usize;
            if is_tick && labels.chars().count() <= at {
                labels.push_str(&" ".repeat(at - labels.chars().count()));
                labels.push_str(&column_time(self.map, column));
            }
        }
        writeln!(out, "{:>8} └{ticks}", "")?;
        writeln!(out, "{:>10}{labels}", "")
    }
}

fn column_time(map: &HeatMap, column: u32) -> String {
    let nanos = map.column_start(column);
    match nanos % NANOS_PER_SECOND {
        0 => format!("{} s", nanos / NANOS_PER_SECOND),
        _ => format!("{} s", format_seconds(nanos)),
    }
}

pub(super) fn short_time(nanos: u64) -> String {
    match nanos {
        0 => "0 ms".to_owned(),
        _ if nanos.is_multiple_of(1_000_000) => format!("{} ms", nanos / 1_000_000),
        _ => format!("{:.2} ms", nanos as f64 / 1e6),
    }
}

/// 0 for no samples; 1 to 4 by quarters of the scale, so that one sample is never blank.
pub(super) fn shade(count: u64, top: u64) -> usize {
    let quarter = (u128::from(count.min(top)) * 4).div_ceil(u128::from(top.max(1)));
    quarter as usize
}

fn write_legend(
    map: &HeatMap,
    samples: &Samples,
    top: u64,
    options: HeatMapTextOptions,
    out: &mut impl Write,
) -> io::Result<()> {
    let cell = map.range_of(Cell { column: 0, row: 0 }).nanos();
    let noun = samples.metric.noun();
    writeln!(
        out,
        "{} in {}, {} a cell; {} idle and {} filtered left out",
        count_of(samples.shown, "sample"),
        count_of(u64::from(map.columns), "column"),
        short_time(cell),
        with_thousands(samples.idle),
        with_thousands(samples.filtered),
    )?;
    if options.color {
        write!(out, "0 ")?;
        for step in 0..16 {
            let Rgb(r, g, b) = HeatRamp::Classic.color(step, 15);
            write!(out, "\x1b[48;2;{r};{g};{b}m \x1b[0m")?;
        }
        let (top, most) = (with_thousands(top), with_thousands(map.max));
        writeln!(out, " {top} or more {noun}s (at most {most})")
    } else {
        let quarter = |index: u64| {
            let count = (u128::from(top) * u128::from(index)).div_ceil(4).max(1);
            with_thousands(u64::try_from(count).unwrap_or(u64::MAX))
        };
        let steps: Vec<String> = (1..=4)
            .map(|i| format!("{} ≤ {}", SHADES[i as usize], quarter(i)))
            .collect();
        writeln!(
            out,
            "{} (at most {}) {noun}s a cell",
            steps.join("  "),
            with_thousands(map.max)
        )
    }
}
