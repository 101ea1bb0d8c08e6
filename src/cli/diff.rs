//! `emberscope diff`

use super::batch::{self, Task, Unplaced};
use super::other::Other;
use super::{CommonArgs, FilterArgs, RangeArgs, ShapeArgs, output, range::BaselineArgs, source};
use crate::call_tree::CallTree;
use crate::difference::{
    Compared, Difference, FunctionChange, Functions, Normalization, Union, rest,
};
use crate::export::{self, Against, Names, SvgOptions, range_text};
use crate::filter::EventChoice;
use crate::profile::{EventId, Profile};
use crate::selection::Selection;
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use std::path::Path;

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// A table of functions, for people or for programs; stacks with both counts (the baseline's
    /// first); a picture; or JSON for the d3-flame-graph library, with deltas
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Compare shares of samples, or samples a second
    #[arg(long, value_enum, default_value = "samples")]
    normalize: Normalize,
    /// Sort the table by this
    #[arg(long, value_enum, default_value = "telling")]
    sort: Sort,
    /// Whose samples are as wide as the picture, or only what is gone from the selection
    #[arg(long, value_enum, default_value = "selection")]
    widths: Widths,
    /// Draw the root at the top
    #[arg(long)]
    icicle: bool,
    /// Pixels of a PNG for each of the SVG's
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = super::parse_scale)]
    scale_factor: f32,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    baseline: BaselineArgs,
    #[command(flatten)]
    shape: ShapeArgs,
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Folded,
    Svg,
    Png,
    D3,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Normalize {
    Samples,
    Time,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Sort {
    /// how telling the change is
    Telling,
    /// the selection's share or rate by the baseline's
    Ratio,
    /// samples in the selection
    Selection,
    /// samples in the baseline
    Baseline,
    /// name
    Name,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Widths {
    Selection,
    Baseline,
    Gone,
}

const ENDINGS: [(&str, Format); 8] = [
    ("d3.json", Format::D3),
    ("svg", Format::Svg),
    ("png", Format::Png),
    ("json", Format::Json),
    ("folded", Format::Folded),
    ("collapsed", Format::Folded),
    ("text", Format::Text),
    ("txt", Format::Text),
];

pub(super) fn run(args: DiffArgs) -> anyhow::Result<()> {
    super::usage(args.range.check())?;
    super::usage(args.baseline.range().check())?;
    if args.baseline.baseline_file.is_none() {
        super::usage(args.range.check_given())?;
    }
    let format = output::format(&args.common, args.format, &ENDINGS, Format::Text)?;
    let (ending, unplaced) = match format {
        Format::Text => ("diff.txt", Unplaced::Titled),
        Format::Json => ("diff.json", Unplaced::Printed),
        Format::Folded => ("diff.folded", Unplaced::Beside),
        Format::Svg => ("diff.svg", Unplaced::Beside),
        Format::Png => ("diff.png", Unplaced::Beside),
        Format::D3 => ("diff.d3.json", Unplaced::Beside),
    };
    // Once for all files that it is compared with.
    let other = args.baseline.baseline_file.as_deref();
    let other = other.map(|file| {
        let (filter, range) = (args.filters.filter(), args.baseline.range());
        Other::load(file, &args.common, &filter, &range, args.shape.shape())
    });
    let other = other.transpose()?;
    batch::run(&args.common, ending, unplaced, |task| {
        run_once(&args, format, other.as_ref(), task)
    })
}

fn run_once(
    args: &DiffArgs,
    format: Format,
    other: Option<&Other>,
    task: &Task<'_>,
) -> anyhow::Result<()> {
    let filter = args.filters.filter();
    let profile = source::load_shaped(task, args.shape.shape())?;
    let samples = source::filter(&profile, &filter, task)?;
    let name = source::name(&task.file);
    let selection = args
        .range
        .selection(&profile)
        .with_context(|| name.clone())?;
    let normalization = match args.normalize {
        Normalize::Samples => Normalization::Samples,
        Normalize::Time => Normalization::Time,
    };
    let union = other.map(|other| Union::new(&profile, &other.profile));
    let (difference, against) = match (other, &union) {
        (Some(other), Some(union)) => {
            check_other(args, &name, &profile, other, task)?;
            let one = Compared {
                profile: &profile,
                samples: &samples,
                selection: &selection,
            };
            let baseline = Compared {
                profile: &other.profile,
                samples: &other.samples,
                selection: &other.selection,
            };
            let difference = union.difference(one, baseline, normalization);
            (difference, other.text())
        }
        _ => {
            let baseline = baseline(args, &name, &profile, &selection)?;
            let against = range_text(&profile, &baseline);
            let difference =
                Difference::new(&profile, &samples, &selection, &baseline, normalization);
            (difference, against)
        }
    };
    if difference.baseline.total() == 0 {
        let name = other.map_or(name, |other| source::name(&other.file));
        bail!("{name}: no sample is in the baseline and passes the filters");
    }
    if difference.selection.total() == 0 && !args.common.quiet {
        source::message(&format!(
            "note: {name}: no sample is in the range and passes the filters"
        ));
    }
    let subtitle = |tree: &CallTree| {
        let text = export::subtitle(&profile, &name, &selection, &filter, tree.total());
        let of_groups = args.shape.shape().grouping.describe();
        let of_groups = of_groups.map_or(String::new(), |text| format!(" · {text}"));
        format!("{text} · against {against}{of_groups}")
    };
    let drawn = union.as_ref().map_or(&profile, |union| &*union.profile);
    let functions = || {
        let (names, mean) = (Functions::new(drawn), samples.mean_amount(&profile));
        sorted(difference.functions_of(drawn, &names, mean), args.sort)
    };
    let written = Written {
        profile: drawn,
        difference: &difference,
        functions: &functions,
        subtitle: &subtitle,
    };
    write(args, format, &written, task)
}

/// The range of the same profile that the selection is compared with.
fn baseline(
    args: &DiffArgs,
    name: &str,
    profile: &Profile,
    selection: &Selection,
) -> anyhow::Result<Selection> {
    match args.baseline.range() {
        given if given.is_given() => given.selection(profile).with_context(|| name.to_owned()),
        _ => rest(profile, selection).with_context(|| {
            format!("{name}: everything is selected, so nothing is left to compare it with")
        }),
    }
}

/// Whether two profiles can be compared, and a note where they perhaps should not be.
fn check_other(
    args: &DiffArgs,
    name: &str,
    profile: &Profile,
    other: &Other,
    task: &Task<'_>,
) -> anyhow::Result<()> {
    if let Some(output) = task
        .output
        .as_deref()
        .filter(|path| *path != Path::new("-"))
    {
        output::refuse_input(output, &other.file)?;
    }
    for (name, profile) in [
        (name, profile),
        (&source::name(&other.file), &other.profile),
    ] {
        if matches!(args.normalize, Normalize::Time) && profile.time_range().is_none() {
            bail!(
                "{name}: the profile has no times to compare rates by; of a perf recording, print it with them: perf script --header -F +time"
            );
        }
    }
    let [one, first] = [profile, &other.profile].map(|profile| profile.event_name(EventId(0)));
    let is_first_shown = args.filters.filter().event == EventChoice::First;
    if is_first_shown && one != first && !args.common.quiet {
        source::message(&format!(
            "note: the events differ: {one} in {name}, {first} in {}; --event NAME chooses",
            source::name(&other.file)
        ));
    }
    Ok(())
}

/// What is written.
struct Written<'a> {
    /// With the difference's stacks.
    profile: &'a Profile,
    difference: &'a Difference,
    /// In the order that was asked for.
    functions: &'a dyn Fn() -> Vec<FunctionChange>,
    /// What a tree is of.
    subtitle: &'a dyn Fn(&CallTree) -> String,
}

fn write(
    args: &DiffArgs,
    format: Format,
    written: &Written<'_>,
    task: &Task<'_>,
) -> anyhow::Result<()> {
    let Written {
        profile,
        difference,
        functions,
        subtitle,
    } = *written;
    let metric = args.filters.filter().metric;
    // Bytes that could drive a terminal are kept from it.
    let names = match output::is_terminal(task) {
        true => Names::Printable,
        false => Names::AsTheyAre,
    };
    output::refuse_binary(task, !matches!(format, Format::Png))?;
    output::write(task, |out| match format {
        Format::Text => {
            export::write_difference_text(profile, difference, &functions(), metric, out)
        }
        Format::Json => export::write_difference_json(profile, difference, &functions(), out),
        Format::Folded => export::write_difference_folded(profile, difference, names, out),
        Format::Svg | Format::Png | Format::D3 => {
            let elided;
            let tree: &CallTree = match args.widths {
                Widths::Selection => &difference.selection,
                Widths::Baseline => &difference.baseline,
                Widths::Gone => {
                    elided = difference.elided(profile);
                    &elided
                }
            };
            let options = SvgOptions {
                title: "Difference: red more, blue less than the baseline".to_owned(),
                subtitle: subtitle(tree),
                metric,
                icicle: args.icicle,
                ..SvgOptions::default()
            };
            let against = Some(Against::of(difference));
            match format {
                Format::Png => {
                    let scale = args.scale_factor;
                    export::write_flame_graph_png(profile, tree, against, &options, scale, out)
                }
                Format::D3 => export::write_flame_graph_d3(profile, tree, against, out),
                _ => export::write_flame_graph_svg(profile, tree, against, &options, out),
            }
        }
    })
}

/// They come with the most telling first; the sort is stable.
fn sorted(
    mut functions: Vec<crate::difference::FunctionChange>,
    sort: Sort,
) -> Vec<crate::difference::FunctionChange> {
    use std::cmp::Reverse;
    match sort {
        Sort::Telling => {}
        Sort::Ratio => functions.sort_by(|one, other| other.ratio.total_cmp(&one.ratio)),
        Sort::Selection => functions.sort_by_key(|change| Reverse(change.selection)),
        Sort::Baseline => functions.sort_by_key(|change| Reverse(change.baseline)),
        // Ids of strings are in the order of their bytes.
        Sort::Name => functions.sort_by_key(|change| change.name),
    }
    functions
}
