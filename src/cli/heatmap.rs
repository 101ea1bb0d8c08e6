//! `emberscope heatmap`

use super::batch::{self, Task, Unplaced};
use super::other::Other;
use super::values::{Made, ValueArgs, View};
use super::{CommonArgs, FilterArgs, RangeArgs, output, range, source};
use crate::export::{self, HeatMapPictureOptions, HeatMapTextOptions, range_text};
use crate::heat_map::{HeatMap, HeatMapOptions, parse_length};
use crate::palette::{HeatRamp, HeatScale};
use crate::profile::count_of;
use anyhow::Context;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct HeatMapArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// A picture, or the counts [default: by the ending of -o, else text]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Rows in a column [default: what fits the recording's frequency, else 50; with --difference, fewer for cells of ten samples on average]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rows: Option<u32>,
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
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    values: ValueArgs,
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

const ENDINGS: [(&str, Format); 6] = [
    ("txt", Format::Text),
    ("text", Format::Text),
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
    /// up to the 99th percentile, by the cube of the count: tells busy cells apart
    Steep,
}

impl From<Scale> for HeatScale {
    fn from(scale: Scale) -> Self {
        match scale {
            Scale::Clipped => Self::Clipped,
            Scale::Linear => Self::Linear,
            Scale::Log => Self::Log,
            Scale::Steep => Self::Steep,
        }
    }
}

pub(super) fn run(args: HeatMapArgs) -> anyhow::Result<()> {
    super::usage(args.range.check())?;
    super::usage(args.values.check(&args.filters.filter()))?;
    let format = output::format(&args.common, args.format, &ENDINGS, Format::Text)?;
    let (ending, unplaced) = match format {
        Format::Text => ("heatmap.txt", Unplaced::Titled),
        Format::Json => ("heatmap.json", Unplaced::Beside),
        Format::Csv => ("heatmap.csv", Unplaced::Beside),
        Format::Svg => ("heatmap.svg", Unplaced::Beside),
        Format::Png => ("heatmap.png", Unplaced::Beside),
    };
    let other = args.values.other(&args.common, &args.filters.filter())?;
    batch::run(&args.common, ending, unplaced, |task| {
        run_once(&args, format, other.as_ref(), task)
    })
}

fn run_once(
    args: &HeatMapArgs,
    format: Format,
    other: Option<&Other>,
    task: &Task<'_>,
) -> anyhow::Result<()> {
    let profile = source::load(task)?;
    let filter = args.filters.filter();
    let name = || source::name(&task.file);
    let selection = args.range.selection(&profile).with_context(name)?;
    let view = View {
        profile: &profile,
        filter: &filter,
        selection: &selection,
        other,
    };
    let shape = |rows: u32| {
        let rows = args.rows.unwrap_or(rows);
        let fitting = HeatMapOptions::fitting(&profile, rows);
        HeatMapOptions {
            rows,
            column_nanos: args.column.unwrap_or(fitting.column_nanos),
        }
    };
    output::refuse_binary(task, !matches!(format, Format::Png))?;
    if let Some(made) = args.values.make(&view, &shape).with_context(name)? {
        return write_values(args, format, task, &view, &made);
    }
    let mut samples = source::filter_some(&profile, &filter, task)?;
    range::restrict(&mut samples, &profile, &selection);
    let map = HeatMap::new(
        &profile,
        &samples,
        shape(HeatMapOptions::rows_for(&profile)),
    )
    .with_context(name)?;
    let filters = filter.describe(&profile);
    let totals = map.column_totals.iter().copied();
    let total = count_of(totals.fold(0, u64::saturating_add), filter.metric.noun());
    let picture = picture_options(args, task, &view, total);
    output::write(task, |out| match format {
        Format::Text => {
            export::write_heat_map_text(&map, &samples, &filters, text_options(task), out)
        }
        Format::Json => export::write_heat_map_json(&map, filter.metric, &filters, out),
        Format::Csv => export::write_heat_map_csv(&map, out),
        Format::Svg => export::write_heat_map_svg(&map, &picture, out),
        Format::Png => export::write_heat_map_png(&map, &picture, args.scale_factor, out),
    })
}

fn write_values(
    args: &HeatMapArgs,
    format: Format,
    task: &Task<'_>,
    view: &View<'_>,
    made: &Made,
) -> anyhow::Result<()> {
    let Made {
        map,
        samples,
        notes,
        filter,
    } = made;
    let filters = filter.describe(view.profile);
    let view = View { filter, ..*view };
    let picture = picture_options(args, task, &view, notes.join(" · "));
    output::write(task, |out| match format {
        Format::Text => {
            export::write_value_map_text(map, samples, notes, &filters, text_options(task), out)
        }
        Format::Json => export::write_value_map_json(map, notes, &filters, out),
        Format::Csv => export::write_value_map_csv(map, out),
        Format::Svg => export::write_value_map_svg(map, &picture, out),
        Format::Png => export::write_value_map_png(map, &picture, args.scale_factor, out),
    })
}

fn text_options(task: &Task<'_>) -> HeatMapTextOptions {
    HeatMapTextOptions {
        width: output::width(task),
        color: output::is_colored(task),
    }
}

/// `what`: how much is shown.
fn picture_options(
    args: &HeatMapArgs,
    task: &Task<'_>,
    view: &View<'_>,
    what: String,
) -> HeatMapPictureOptions {
    let file_name = task.file.file_name();
    let file_name = file_name.map_or_else(
        || source::name(&task.file),
        |file| source::name(file.as_ref()),
    );
    let mut subtitle = vec![file_name, range_text(view.profile, view.selection), what];
    subtitle.push(view.filter.describe(view.profile));
    subtitle.retain(|part| !part.is_empty());
    HeatMapPictureOptions {
        title: args.title.clone().unwrap_or_else(|| args.values.title()),
        subtitle: subtitle.join(" · "),
        ramp: args.ramp.into(),
        scale: args.scale.into(),
        end: 0,
        metric: view.filter.metric,
    }
}
