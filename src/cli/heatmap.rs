//! `emberscope heatmap`

use super::batch::{self, Task, Unplaced};
use super::{CommonArgs, FilterArgs, RangeArgs, output, range, source};
use crate::export::{self, HeatMapPictureOptions, HeatMapTextOptions, count_of, range_text};
use crate::heat_map::{HeatMap, HeatMapOptions};
use crate::palette::{HeatRamp, HeatScale};
use crate::profile::parse_seconds;
use anyhow::Context;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct HeatMapArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// A picture, or the counts [default: by the ending of -o, else text]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Rows in a column
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rows: u32,
    /// A column's length: 100ms, 5m, 1h [default: 1s, or longer for a profile of many days]
    #[arg(long, value_name = "LENGTH", value_parser = parse_length)]
    column: Option<u64>,
    /// Colours of an SVG or PNG
    #[arg(long, value_enum, default_value = "classic")]
    ramp: Ramp,
    /// How counts are spread over the colours of an SVG or PNG
    #[arg(long, value_enum, default_value = "clipped")]
    scale: Scale,
    /// Pixels of a PNG for each of the SVG's
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = super::parse_scale)]
    scale_factor: f32,
    /// The heading of an SVG or PNG
    #[arg(long, value_name = "TEXT", default_value = "Heat map")]
    title: String,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// a picture of characters
    Text,
    /// the counts, a list a column
    Json,
    /// the counts, a line a cell
    Csv,
    /// a picture for browsers
    Svg,
    /// a picture of pixels
    Png,
}

const ENDINGS: [(&str, Format); 4] = [
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("svg", Format::Svg),
    ("png", Format::Png),
];

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Ramp {
    /// white to red
    Classic,
    /// low counts set apart by blue and pink
    Enhanced,
    /// blue to yellow, safe for colour-blind eyes
    Cividis,
    /// black over purple to pale yellow, safe for colour-blind eyes
    Magma,
    /// white to dark blue, safe for colour-blind eyes
    Blues,
}

impl From<Ramp> for HeatRamp {
    fn from(ramp: Ramp) -> Self {
        match ramp {
            Ramp::Classic => Self::Classic,
            Ramp::Enhanced => Self::Enhanced,
            Ramp::Cividis => Self::Cividis,
            Ramp::Magma => Self::Magma,
            Ramp::Blues => Self::Blues,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Scale {
    /// up to the 99th percentile of the cells that have samples
    Clipped,
    /// up to the hottest cell
    Linear,
    /// up to the hottest cell, by the logarithm of the count
    Log,
}

impl From<Scale> for HeatScale {
    fn from(scale: Scale) -> Self {
        match scale {
            Scale::Clipped => Self::Clipped,
            Scale::Linear => Self::Linear,
            Scale::Log => Self::Log,
        }
    }
}

pub(super) fn run(args: HeatMapArgs) -> anyhow::Result<()> {
    super::usage(args.range.check())?;
    let by_ending = output::format_by_ending(&args.common, &ENDINGS);
    let format = args.format.or(by_ending).unwrap_or(Format::Text);
    let (ending, unplaced) = match format {
        Format::Text => ("heatmap.txt", Unplaced::Titled),
        Format::Json => ("heatmap.json", Unplaced::Beside),
        Format::Csv => ("heatmap.csv", Unplaced::Beside),
        Format::Svg => ("heatmap.svg", Unplaced::Beside),
        Format::Png => ("heatmap.png", Unplaced::Beside),
    };
    batch::run(&args.common, ending, unplaced, |task| {
        run_once(&args, format, task)
    })
}

fn run_once(args: &HeatMapArgs, format: Format, task: &Task<'_>) -> anyhow::Result<()> {
    let profile = source::load(task)?;
    let filter = args.filters.filter();
    let mut samples = source::filter(&profile, &filter, task)?;
    let name = || source::name(&task.file);
    let selection = args.range.selection(&profile).with_context(name)?;
    range::restrict(&mut samples, &profile, &selection);
    let fitting = HeatMapOptions::fitting(&profile, args.rows);
    let options = HeatMapOptions {
        rows: args.rows,
        column_nanos: args.column.unwrap_or(fitting.column_nanos),
    };
    let map = HeatMap::new(&profile, &samples, options).with_context(name)?;
    let filters = filter.describe(&profile);
    let total = map
        .column_totals
        .iter()
        .copied()
        .fold(0, u64::saturating_add);
    let file_name = task
        .file
        .file_name()
        .map_or_else(name, |file| source::name(file.as_ref()));
    let mut subtitle = vec![file_name, range_text(&profile, &selection)];
    subtitle.push(count_of(total, filter.metric.noun()));
    subtitle.push(filters.clone());
    subtitle.retain(|part| !part.is_empty());
    let picture = HeatMapPictureOptions {
        title: args.title.clone(),
        subtitle: subtitle.join(" · "),
        ramp: args.ramp.into(),
        scale: args.scale.into(),
        metric: filter.metric,
    };
    output::refuse_binary(task, !matches!(format, Format::Png))?;
    output::write(task, |out| match format {
        Format::Text => {
            let options = HeatMapTextOptions {
                width: output::width(task),
                color: output::is_colored(task),
            };
            export::write_heat_map_text(&map, &samples, &filters, options, out)
        }
        Format::Json => export::write_heat_map_json(&map, filter.metric, &filters, out),
        Format::Csv => export::write_heat_map_csv(&map, out),
        Format::Svg => export::write_heat_map_svg(&map, &picture, out),
        Format::Png => export::write_heat_map_png(&map, &picture, args.scale_factor, out),
    })
}

/// `1s`, `2.5s`, `100ms`, `500us`, `5m`, `1h`; a bare number is seconds.
pub(super) fn parse_length(text: &str) -> Result<u64, String> {
    let number_end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    // Multiply or divide the number's nanoseconds as seconds: exact, like all times.
    let seconds = parse_seconds(number).ok();
    let nanos = seconds.and_then(|nanos| match unit.trim() {
        "" | "s" => Some(nanos),
        "ms" => Some(nanos / 1000),
        "us" | "µs" => Some(nanos / 1_000_000),
        "m" | "min" => nanos.checked_mul(60),
        "h" => nanos.checked_mul(3600),
        _ => None,
    });
    let in_bounds = nanos.filter(|nanos| (1_000..=86_400_000_000_000).contains(nanos));
    in_bounds
        .ok_or_else(|| "expected a length such as 1s, 100ms, 5m or 1h (from 1us to 24h)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse_length;

    #[test]
    fn lengths_have_units() {
        assert_eq!(parse_length("1s"), Ok(1_000_000_000));
        assert_eq!(parse_length("2.5"), Ok(2_500_000_000));
        assert_eq!(parse_length("100ms"), Ok(100_000_000));
        assert_eq!(parse_length("1h"), Ok(3_600_000_000_000));
        for wrong in ["", "s", "0s", "1 day", "-1s", "48h"] {
            assert!(parse_length(wrong).is_err(), "{wrong}");
        }
    }
}
