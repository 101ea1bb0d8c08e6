//! `emberscope flamegraph`

use super::{CommonArgs, FilterArgs, RangeArgs, output, source};
use crate::call_tree::CallTree;
use crate::export::{self, Names, SvgOptions, subtitle};
use anyhow::Context;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct FlameGraphArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// A picture for browsers, or folded stacks for other tools
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Draw the root at the top
    #[arg(long)]
    icicle: bool,
    /// The picture's heading
    #[arg(long, value_name = "TEXT", default_value = "Flame graph")]
    title: String,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Svg,
    Folded,
}

const ENDINGS: [(&str, Format); 4] = [
    ("svg", Format::Svg),
    ("folded", Format::Folded),
    ("collapsed", Format::Folded),
    ("txt", Format::Folded),
];

pub(super) fn run(args: FlameGraphArgs) -> anyhow::Result<()> {
    super::usage(args.range.check())?;
    let by_ending = output::format_by_ending(&args.common, &ENDINGS);
    let format = args.format.or(by_ending).unwrap_or(Format::Svg);
    let filter = args.filters.filter();
    let profile = source::load(&args.common)?;
    let samples = source::filter(&profile, &filter, &args.common)?;
    let name = source::name(&args.common.file);
    let selection = args
        .range
        .selection(&profile)
        .with_context(|| name.clone())?;
    let tree = CallTree::new(&profile, &samples, &selection);
    if !args.common.quiet {
        explain_emptiness(&name, &profile, &tree);
    }
    // Bytes that could drive a terminal are kept from it.
    let names = match output::is_terminal(&args.common) {
        true => Names::Printable,
        false => Names::AsTheyAre,
    };
    output::write(&args.common, |out| match format {
        Format::Svg => {
            let file_name = args
                .common
                .file
                .file_name()
                .map_or(name.clone(), |file| source::name(file.as_ref()));
            let options = SvgOptions {
                title: args.title,
                subtitle: subtitle(&profile, &file_name, &selection, &filter, tree.total()),
                metric: filter.metric,
                icicle: args.icicle,
            };
            export::write_flame_graph_svg(&profile, &tree, &options, out)
        }
        Format::Folded => export::write_folded(&profile, &tree, names, out),
    })
}

/// An empty picture, or one of thread names alone, is explained.
fn explain_emptiness(name: &str, profile: &crate::Profile, tree: &CallTree) {
    if tree.total() == 0 {
        let span = profile.time_range().map_or(String::new(), |range| {
            let seconds =
                crate::profile::format_seconds(range.end.nanos_since(profile.origin()) - 1);
            format!("; the profile's last sample is at {seconds} s")
        });
        source::message(&format!(
            "note: {name}: no sample is in the range and passes the filters{span}"
        ));
    } else if !profile.has_stacks() {
        source::message(&format!("note: {name}: {}", export::NO_STACKS));
    }
}
