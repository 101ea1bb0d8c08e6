//! `emberscope diff`

use super::batch::{self, Task, Unplaced};
use super::{CommonArgs, FilterArgs, RangeArgs, output, range::BaselineArgs, source};
use crate::call_tree::CallTree;
use crate::difference::{Difference, Functions, Normalization, rest};
use crate::export::{self, Names, SvgOptions, range_text, subtitle};
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// A table of functions, for people or for programs; stacks with both counts (the baseline's
    /// first); or a picture for browsers
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
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    baseline: BaselineArgs,
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Folded,
    Svg,
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

const ENDINGS: [(&str, Format); 6] = [
    ("svg", Format::Svg),
    ("json", Format::Json),
    ("folded", Format::Folded),
    ("collapsed", Format::Folded),
    ("text", Format::Text),
    ("txt", Format::Text),
];

pub(super) fn run(args: DiffArgs) -> anyhow::Result<()> {
    super::usage(args.range.check())?;
    super::usage(args.baseline.range().check())?;
    super::usage(args.range.check_given())?;
    let by_ending = output::format_by_ending(&args.common, &ENDINGS);
    let format = args.format.or(by_ending).unwrap_or(Format::Text);
    let (ending, unplaced) = match format {
        Format::Text => ("diff.txt", Unplaced::Titled),
        Format::Json => ("diff.json", Unplaced::Printed),
        Format::Folded => ("diff.folded", Unplaced::Beside),
        Format::Svg => ("diff.svg", Unplaced::Beside),
    };
    batch::run(&args.common, ending, unplaced, |task| {
        run_once(&args, format, task)
    })
}

fn run_once(args: &DiffArgs, format: Format, task: &Task<'_>) -> anyhow::Result<()> {
    let filter = args.filters.filter();
    let profile = source::load(task)?;
    let samples = source::filter(&profile, &filter, task)?;
    let name = source::name(&task.file);
    let selection = args
        .range
        .selection(&profile)
        .with_context(|| name.clone())?;
    let baseline = match args.baseline.range() {
        given if given.is_given() => Some(given.selection(&profile).with_context(|| name.clone())?),
        _ => rest(&profile, &selection),
    };
    let Some(baseline) = baseline else {
        bail!("{name}: everything is selected, so nothing is left to compare it with");
    };
    let normalization = match args.normalize {
        Normalize::Samples => Normalization::Samples,
        Normalize::Time => Normalization::Time,
    };
    let difference = Difference::new(&profile, &samples, &selection, &baseline, normalization);
    if difference.baseline.total() == 0 {
        bail!("{name}: no sample is in the baseline and passes the filters");
    }
    if difference.selection.total() == 0 && !args.common.quiet {
        source::message(&format!(
            "note: {name}: no sample is in the range and passes the filters"
        ));
    }
    // Bytes that could drive a terminal are kept from it.
    let names = match output::is_terminal(task) {
        true => Names::Printable,
        false => Names::AsTheyAre,
    };
    let functions = || {
        sorted(
            difference.functions(&profile, &Functions::new(&profile)),
            args.sort,
        )
    };
    output::write(task, |out| match format {
        Format::Text => {
            export::write_difference_text(&profile, &difference, &functions(), filter.metric, out)
        }
        Format::Json => export::write_difference_json(&profile, &difference, &functions(), out),
        Format::Folded => export::write_difference_folded(&profile, &difference, names, out),
        Format::Svg => {
            let elided;
            let tree: &CallTree = match args.widths {
                Widths::Selection => &difference.selection,
                Widths::Baseline => &difference.baseline,
                Widths::Gone => {
                    elided = difference.elided(&profile);
                    &elided
                }
            };
            let text = subtitle(&profile, &name, &selection, &filter, tree.total());
            let against = range_text(&profile, &baseline);
            let options = SvgOptions {
                title: "Difference: red more, blue less than the baseline".to_owned(),
                subtitle: format!("{text} · against {against}"),
                metric: filter.metric,
                icicle: args.icicle,
            };
            export::write_difference_svg(&profile, &difference, tree, &options, out)
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
