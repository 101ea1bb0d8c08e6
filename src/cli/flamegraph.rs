//! `emberscope flamegraph`

use super::batch::{self, Task, Unplaced};
use super::{CommonArgs, FilterArgs, RangeArgs, output, source};
use crate::call_tree::CallTree;
use crate::export::{self, FlameGraphExport, FlameGraphFormat, Names, SvgOptions, subtitle};
use anyhow::Context;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct FlameGraphArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// A picture, or a file for another tool [default: by the ending of -o, else svg]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Pixels of a PNG for each of the SVG's: 2 for a sharp picture on paper
    #[arg(long, visible_alias = "scale", value_name = "X", default_value_t = 1.0, value_parser = super::parse_scale)]
    scale_factor: f32,
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
    /// a picture that browsers zoom and search
    Svg,
    /// a picture of pixels
    Png,
    /// folded stacks, for FlameGraph's scripts
    Folded,
    /// JSON for speedscope.app
    Speedscope,
    /// JSON for profiler.firefox.com
    Firefox,
    /// JSON for the d3-flame-graph library
    D3,
    /// for go tool pprof
    Pprof,
}

impl From<Format> for FlameGraphFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Svg => Self::Svg,
            Format::Png => Self::Png,
            Format::Folded => Self::Folded,
            Format::Speedscope => Self::Speedscope,
            Format::Firefox => Self::Firefox,
            Format::D3 => Self::D3,
            Format::Pprof => Self::Pprof,
        }
    }
}

pub(super) fn run(args: FlameGraphArgs) -> anyhow::Result<()> {
    super::usage(args.range.check())?;
    let output = args.common.output.as_deref().filter(|_| !args.common.each);
    let by_ending = output.and_then(FlameGraphFormat::of_path);
    let format = args.format.map(FlameGraphFormat::from).or(by_ending);
    let format = format.unwrap_or(FlameGraphFormat::Svg);
    let ending = format.endings()[0];
    batch::run(&args.common, ending, Unplaced::Beside, |task| {
        run_once(&args, format, task)
    })
}

fn run_once(
    args: &FlameGraphArgs,
    format: FlameGraphFormat,
    task: &Task<'_>,
) -> anyhow::Result<()> {
    let filter = args.filters.filter();
    let profile = source::load(task)?;
    let samples = source::filter(&profile, &filter, task)?;
    let name = source::name(&task.file);
    let selection = args
        .range
        .selection(&profile)
        .with_context(|| name.clone())?;
    let tree = CallTree::new(&profile, &samples, &selection);
    if !args.common.quiet {
        explain_emptiness(&name, &profile, &tree);
    }
    // Bytes that could drive a terminal are kept from it.
    let names = match output::is_terminal(task) {
        true => Names::Printable,
        false => Names::AsTheyAre,
    };
    let file_name = task.file.file_name();
    let file_name = file_name.map_or(name.clone(), |file| source::name(file.as_ref()));
    let options = SvgOptions {
        title: args.title.clone(),
        subtitle: subtitle(&profile, &file_name, &selection, &filter, tree.total()),
        metric: filter.metric,
        icicle: args.icicle,
    };
    let graph = FlameGraphExport {
        compared: None,
        profile: &profile,
        samples: &samples,
        selection: &selection,
        tree: &tree,
        options: &options,
        scale_factor: args.scale_factor,
        names,
    };
    output::refuse_binary(task, format.is_text())?;
    output::write(task, |out| format.write(&graph, out))
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
