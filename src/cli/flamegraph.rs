//! `emberscope flamegraph`

use super::batch::{self, Task, Unplaced};
use super::off_cpu::{self, OffCpuKind};
use super::{CommonArgs, FilterArgs, RangeArgs, ShapeArgs, UsageError, output, source};
use crate::call_tree::{CallTree, Direction, Reshape};
use crate::export::{
    self, FlameGraphExport, FlameGraphFormat, Names, SvgOptions, range_text, subtitle,
};
use crate::filter::{Metric, Samples};
use crate::flame_graph::SiblingOrder;
use crate::palette::FrameColors;
use crate::profile::{Profile, StackId, count_of};
use crate::ratio::{Counters, RatioTree};
use crate::selection::Selection;
use crate::value_map::ratio_text;
use anyhow::Context;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct FlameGraphArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// A picture, or a file for another tool; with --ratio svg, json or text [default: by the ending
    /// of -o, else svg]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Pixels of a PNG for each of the SVG's: 2 for a sharp picture on paper
    #[arg(long, visible_alias = "scale", value_name = "X", default_value_t = 1.0, value_parser = super::parse_scale)]
    scale_factor: f32,
    /// Draw the root at the top
    #[arg(long)]
    icicle: bool,
    /// The widest calls of a function at the left, instead of by name
    #[arg(long)]
    widest_first: bool,
    /// From the leaves: who calls each function
    #[arg(long, conflicts_with = "ratio")]
    from_leaves: bool,
    /// Add the kind of code to names of folded stacks, as `stackcollapse-perf.pl --all` does: `_[k]` the
    /// kernel, `_[j]` a JIT compiler's, `_[i]` inlined
    #[arg(long)]
    annotate: bool,
    /// What a picture's frames are coloured by
    #[arg(long, value_enum, default_value = "kind", conflicts_with = "ratio")]
    colors: ColorsArg,
    /// The picture's heading
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Count the microseconds that threads were off their CPUs, in the stacks that they left them in,
    /// from sched:sched_switch
    #[arg(long, value_enum, value_name = "KIND", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    off_cpu: Option<OffCpuKind>,
    /// Colour frames by how many events there are for each of other events: instructions/cycles
    #[arg(long, value_name = "EVENT/EVENT", conflicts_with = "off_cpu")]
    ratio: Option<String>,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    shape: ShapeArgs,
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ColorsArg {
    /// what sort of code they are
    Kind,
    /// the file that they are in
    Module,
    /// the package or namespace
    Package,
    /// the function
    Function,
    /// what their stacks begin with
    Root,
}

impl From<ColorsArg> for FrameColors {
    fn from(colors: ColorsArg) -> Self {
        match colors {
            ColorsArg::Kind => Self::Kind,
            ColorsArg::Module => Self::Module,
            ColorsArg::Package => Self::Package,
            ColorsArg::Function => Self::Name,
            ColorsArg::Root => Self::Root,
        }
    }
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
    /// with --ratio: a table of functions, for programs
    Json,
    /// with --ratio: a table of functions
    Text,
}

impl Format {
    /// What it is without `--ratio`.
    fn of_flame_graph(self) -> Result<FlameGraphFormat, String> {
        Ok(match self {
            Self::Svg => FlameGraphFormat::Svg,
            Self::Png => FlameGraphFormat::Png,
            Self::Folded => FlameGraphFormat::Folded,
            Self::Speedscope => FlameGraphFormat::Speedscope,
            Self::Firefox => FlameGraphFormat::Firefox,
            Self::D3 => FlameGraphFormat::D3,
            Self::Pprof => FlameGraphFormat::Pprof,
            Self::Json | Self::Text => {
                return Err("the formats json and text are for --ratio".to_owned());
            }
        })
    }
}

pub(super) fn run(args: FlameGraphArgs) -> anyhow::Result<()> {
    super::usage(args.range.check())?;
    if let Some(ratio) = &args.ratio {
        return run_ratio(&args, ratio);
    }
    if args.off_cpu.is_some() {
        super::usage(off_cpu::check("--off-cpu", &args.filters.filter()))?;
    }
    let asked = args.format.map(Format::of_flame_graph).transpose();
    let asked = asked.map_err(UsageError)?;
    let all = FlameGraphFormat::ALL.into_iter();
    let endings = all.flat_map(|format| format.endings().iter().map(move |it| (*it, format)));
    let endings: Vec<_> = endings.collect();
    let format = output::format(&args.common, asked, &endings, FlameGraphFormat::Svg)?;
    if args.from_leaves && format.has_single_samples() {
        let message = "speedscope and firefox have whole stacks, and show callers themselves: expected no --from-leaves";
        return Err(UsageError(message.to_owned()).into());
    }
    if args.annotate && format != FlameGraphFormat::Folded {
        let message = "names are annotated in folded stacks alone: expected --format folded";
        return Err(UsageError(message.to_owned()).into());
    }
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
    let profile = source::load_shaped(task, args.shape.shape())?;
    let name = source::name(&task.file);
    let context = || name.clone();
    let selection = args.range.selection(&profile).with_context(context)?;
    if let Some(kind) = args.off_cpu {
        return run_off_cpu(args, format, task, (profile, selection), kind);
    }
    let samples = source::filter(&profile, &filter, task)?;
    let tree = CallTree::new(&profile, &samples, &selection);
    if !args.common.quiet {
        explain_emptiness(&name, &profile, &tree);
    }
    let about = subtitle(
        &profile,
        &file_name(task),
        &selection,
        &filter,
        tree.total(),
    );
    let options = svg_options(args, "Flame graph", about, filter.metric);
    let shown = (&profile, &samples, &selection);
    write(args, format, task, shown, &tree, &options)
}

/// The same of time off the CPUs.
fn run_off_cpu(
    args: &FlameGraphArgs,
    format: FlameGraphFormat,
    task: &Task<'_>,
    (profile, selection): (Profile, Selection),
    kind: OffCpuKind,
) -> anyhow::Result<()> {
    let name = source::name(&task.file);
    let filter = args.filters.filter();
    let found = off_cpu::find(&profile, &filter, &selection, kind);
    let found = found.with_context(|| name.clone())?;
    if !args.common.quiet {
        for note in &found.notes[1..] {
            source::message(&format!("note: {name}: {note}"));
        }
    }
    if found.waits.is_empty() && !args.common.quiet {
        let empty = "no wait is in the range and passes the filters";
        source::message(&format!("note: {name}: {empty}"));
    }
    let mut about = vec![file_name(task), range_text(&profile, &selection)];
    about.push(found.filter.describe(&profile));
    about.extend(found.notes);
    let (profile, samples) = crate::off_cpu::profile(&profile, found.waits);
    let (whole, metric) = (Selection::whole(), Metric::Weight);
    let tree = CallTree::new(&profile, &samples, &whole);
    about.insert(2, count_of(tree.total(), metric.noun_in(&profile)));
    about.retain(|part| !part.is_empty());
    let title = match kind {
        OffCpuKind::OnStack => "On-stack flame graph",
        _ => "Off-CPU flame graph",
    };
    let options = svg_options(args, title, about.join(" · "), metric);
    let shown = (&profile, &samples, &whole);
    write(args, format, task, shown, &tree, &options)
}

fn write(
    args: &FlameGraphArgs,
    format: FlameGraphFormat,
    task: &Task<'_>,
    (profile, samples, selection): (&Profile, &Samples, &Selection),
    tree: &CallTree,
    options: &SvgOptions,
) -> anyhow::Result<()> {
    let callers = args.from_leaves.then(|| from_leaves(profile, tree));
    let tree = callers.as_ref().unwrap_or(tree);
    let graph = FlameGraphExport {
        against: None,
        profile,
        samples,
        selection,
        tree,
        options,
        scale_factor: args.scale_factor,
        // Bytes that could drive a terminal are kept from it.
        names: match output::is_terminal(task) {
            is_printable if args.annotate => Names::Annotated { is_printable },
            true => Names::Printable,
            false => Names::AsTheyAre,
        },
    };
    output::refuse_binary(task, format.is_text())?;
    output::write(task, |out| format.write(&graph, out))
}

/// Who calls each function.
fn from_leaves(profile: &Profile, tree: &CallTree) -> CallTree {
    let reshape = Reshape {
        direction: Direction::Callers,
        ..Reshape::default()
    };
    let callers = reshape.apply(profile, tree);
    callers.unwrap_or_else(|| tree.clone())
}

/// Formats of ratios, by the ending of an output.
const RATIO_ENDINGS: [(&str, Format); 4] = [
    ("svg", Format::Svg),
    ("json", Format::Json),
    ("txt", Format::Text),
    ("text", Format::Text),
];

fn run_ratio(args: &FlameGraphArgs, ratio: &str) -> anyhow::Result<()> {
    super::usage(off_cpu::check("--ratio", &args.filters.filter()))?;
    let format = output::format(&args.common, args.format, &RATIO_ENDINGS, Format::Svg)?;
    let (ending, unplaced) = match format {
        Format::Svg => ("ratio.svg", Unplaced::Beside),
        Format::Json => ("ratio.json", Unplaced::Printed),
        Format::Text => ("ratio.txt", Unplaced::Titled),
        _ => {
            let message = "--ratio is written as svg, json or text";
            return Err(UsageError(message.to_owned()).into());
        }
    };
    batch::run(&args.common, ending, unplaced, |task| {
        let profile = source::load_shaped(task, args.shape.shape())?;
        let name = || source::name(&task.file);
        let selection = args.range.selection(&profile).with_context(name)?;
        let filter = args.filters.filter();
        let counters = Counters::new(&profile, &filter, ratio).with_context(name)?;
        let ratios = RatioTree::new(&profile, &counters, &selection);
        if !args.common.quiet {
            explain_emptiness(&name(), &profile, &ratios.denominator);
        }
        output::write(task, |out| match format {
            Format::Json => export::write_ratio_json(&profile, &ratios, out),
            Format::Text => export::write_ratio_text(&profile, &ratios, out),
            _ => {
                let options = ratio_options(args, task, (&profile, &selection), &ratios);
                export::write_ratio_svg(&profile, &ratios, &options, out)
            }
        })
    })
}

fn ratio_options(
    args: &FlameGraphArgs,
    task: &Task<'_>,
    (profile, selection): (&Profile, &Selection),
    ratios: &RatioTree,
) -> SvgOptions {
    let overall = ratios.ratio(StackId::ROOT);
    let overall = overall.map_or("nothing".to_owned(), ratio_text);
    let title = format!("{}: red above, blue below {overall}", ratios.name);
    let about = [file_name(task), range_text(profile, selection)];
    let about = format!("{} · widths by the denominator", about.join(" · "));
    svg_options(args, &title, about, Metric::Weight)
}

fn svg_options(args: &FlameGraphArgs, title: &str, subtitle: String, metric: Metric) -> SvgOptions {
    SvgOptions {
        title: args.title.clone().unwrap_or_else(|| title.to_owned()),
        subtitle: {
            let callers = args.from_leaves.then_some("callers, from the leaves");
            let shapes = [args.shape.shape().grouping.describe(), callers];
            let parts = [subtitle.as_str()]
                .into_iter()
                .chain(shapes.into_iter().flatten());
            parts.collect::<Vec<_>>().join(" · ")
        },
        metric,
        icicle: args.icicle,
        order: match args.widest_first {
            true => SiblingOrder::Weight,
            false => SiblingOrder::Name,
        },
        colors: args.colors.into(),
        found: Vec::new(),
    }
}

fn file_name(task: &Task<'_>) -> String {
    let file = task.file.file_name();
    file.map_or_else(
        || source::name(&task.file),
        |file| source::name(file.as_ref()),
    )
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
