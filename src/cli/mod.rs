//! The command line: what was typed, and what it asks of the library.

mod batch;
mod diff;
mod export;
mod find;
mod flamegraph;
mod heatmap;
mod info;
mod off_cpu;
mod other;
mod output;
mod range;
mod report;
mod setup;
mod source;
mod values;

use crate::filter::{EventChoice, IdleRule, Metric, SampleFilter};
use crate::grouping::Grouping;
use crate::lanes::LaneKind;
use crate::roots::Roots;
use crate::session_file::{FilterView, ProfileView, Seconds};
use crate::shape::Shape;
use clap::{Args, Parser, Subcommand, ValueEnum};
use range::RangeArgs;
use regex::Regex;
use std::path::PathBuf;

/// Finds latency spikes, pauses and other perturbations in CPU profiles: a heat map of when
/// samples fell, and the flame graph of any range of time.
///
/// FILE is the text that `perf script` prints, as it is or compressed, or a perf.data file where
/// perf is installed. To make one:
///     perf record -F 49 -a -g -- sleep 60
///     perf script --header -F comm,pid,tid,cpu,time,period,event,trace,ip,sym,symoff,dso \
///         > profile.perf.txt
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, args_conflicts_with_subcommands = true)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Open the window on these profiles or saved sessions (on the start page without any)
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show this range first, in seconds since the first sample's whole second; again for more ranges
    #[arg(long, value_name = "S..S")]
    select: Vec<Seconds>,
    /// Search the flame graph for this first
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    search: String,
    #[command(flatten)]
    shape: ShapeArgs,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

const EXAMPLES: &str = "\
Examples:
  emberscope profile.perf.txt                                    open the window
  emberscope profile.perf.txt --select 12.3..12.56 --search lock   … on a range and a search
  emberscope info profile.perf.txt                               what is in it
  emberscope heatmap profile.perf.txt                            the heat map, here in the terminal
  emberscope find profile.perf.txt                               what behaves unlike the rest
  emberscope diff profile.perf.txt --from 12.3 --to 12.56        which code is in there more than elsewhere
  emberscope flamegraph profile.perf.txt --from 12.3 --to 12.56 -o spike.svg
  emberscope report profile.perf.txt -o profile.html             a page to look into it with a browser
  zcat profile.gz | emberscope flamegraph - --format folded      read standard input";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what is in a profile: header, times, samples, events, threads, warnings
    Info(info::InfoArgs),
    /// Show when samples fell: columns are seconds, rows offsets within them
    Heatmap(heatmap::HeatMapArgs),
    /// Write the flame graph of a range of time
    Flamegraph(flamegraph::FlameGraphArgs),
    /// List the ranges of time that behave unlike the rest, and the code responsible
    Find(find::FindArgs),
    /// Write a page for browsers: heat map, flame graph of any range, findings, without a network
    Report(report::ReportArgs),
    /// Say which code a range of time has more or less of than the rest, or than another range
    Diff(diff::DiffArgs),
    /// Write a whole profile as Parquet, for databases, and to be opened again
    Export(export::ExportArgs),
    /// Print a script that completes commands and options as they are typed
    Completions(setup::CompletionsArgs),
    /// Print the manual page
    Man(setup::ManArgs),
}

/// What every command takes.
#[derive(Debug, Args)]
struct CommonArgs {
    /// The profile: `perf script` text (also as .gz, .zst, .xz, .bz2), perf.data, a .cpuprofile, a trace
    /// of slices (Trace Event Format), folded stacks, a pprof file, a folder that `export` wrote, or - for
    /// standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write here (whole or not at all) instead of to standard output; with --each, and of export, a folder
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Do it for each of several files, and for each file in a folder; outputs are named after them
    #[arg(long)]
    each: bool,
    /// With --each, and of export, overwrite outputs that exist
    #[arg(long)]
    force: bool,
    /// Print no progress and no warnings
    #[arg(long)]
    quiet: bool,
    /// Load with this many threads instead of all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    #[command(flatten)]
    limits: LimitArgs,
}

/// What stacks are made of.
#[derive(Debug, Clone, Copy, Args)]
struct ShapeArgs {
    /// What stacks begin with
    #[arg(long, value_name = "ROOTS", value_enum, default_value = "comm")]
    roots: RootsArg,
    /// What frames stand for; filters go by functions all the same
    #[arg(long, value_name = "FRAMES", value_enum, default_value = "functions")]
    group: GroupArg,
}

impl GroupArg {
    fn grouping(self) -> Grouping {
        match self {
            Self::Functions => Grouping::Functions,
            Self::Templates => Grouping::Templates,
            Self::Packages => Grouping::Packages,
            Self::Modules => Grouping::Modules,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum GroupArg {
    /// a function each
    Functions,
    /// all instances of a template: functions without template arguments
    Templates,
    /// a package or namespace, with all that it calls of its own
    Packages,
    /// a module (a library, the kernel), with all that it calls of its own
    Modules,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RootsArg {
    /// the thread's name, whichever thread has it
    Comm,
    /// each thread by itself
    Thread,
    /// its process
    Process,
    /// the CPU
    Cpu,
    /// the event
    Event,
    /// functions, whoever ran them
    None,
}

impl ShapeArgs {
    fn shape(self) -> Shape {
        let roots = match self.roots {
            RootsArg::Comm => Roots::Comm,
            RootsArg::Thread => Roots::Lane(LaneKind::Thread),
            RootsArg::Process => Roots::Lane(LaneKind::Process),
            RootsArg::Cpu => Roots::Lane(LaneKind::Cpu),
            RootsArg::Event => Roots::Lane(LaneKind::Event),
            RootsArg::None => Roots::Nothing,
        };
        Shape {
            roots,
            grouping: self.group.grouping(),
        }
    }
}

/// How much of a file is let in.
#[derive(Debug, Args)]
struct LimitArgs {
    /// Let compressed files unpack to this size, 64G for example (by default to 1G, or to 250 times
    /// their own size where that is more)
    #[arg(long, value_name = "SIZE", value_parser = parse_size, global = true)]
    unpack_limit: Option<u64>,
}

/// `500M`, `64G`, `1T`; a bare number is bytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let units = [("K", 10), ("M", 20), ("G", 30), ("T", 40)];
    let upper = text.trim().to_ascii_uppercase();
    let (number, shift) = units
        .iter()
        .find_map(|(unit, shift)| Some((upper.strip_suffix(unit)?, *shift)))
        .unwrap_or((&upper, 0));
    let bytes = number.parse::<u64>().ok();
    bytes
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| "expected a size such as 500M, 64G or 1T".to_owned())
}

/// Pixels for each pixel, 0.1 to 16.
fn parse_scale(text: &str) -> Result<f32, String> {
    let scale = text.parse::<f32>().ok();
    scale
        .filter(|scale| (0.1..=16.0).contains(scale))
        .ok_or_else(|| "expected a number from 0.1 to 16".to_owned())
}

/// Which samples count.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters (the same one again widens, different ones narrow)")]
struct FilterArgs {
    /// Threads with this name
    #[arg(long, value_name = "NAME")]
    comm: Vec<String>,
    /// Machines, in a folder of exports of several
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Processes
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pid: Vec<i32>,
    /// Threads
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    tid: Vec<i32>,
    /// CPUs
    #[arg(long, value_name = "N")]
    cpu: Vec<u16>,
    /// Events by name, or all (by default the first in the file)
    #[arg(long, value_name = "NAME|all")]
    event: Vec<String>,
    /// Stacks in which a frame's name matches
    #[arg(long, value_name = "REGEX")]
    stack: Vec<Regex>,
    /// Stacks in which a frame's name matches this, too: repeated, each of them
    #[arg(long, value_name = "REGEX")]
    also_stack: Vec<Regex>,
    /// Stacks in which no frame's name matches
    #[arg(long, value_name = "REGEX")]
    exclude_stack: Vec<Regex>,
    /// Count idle samples too
    #[arg(long)]
    include_idle: bool,
    /// What a sample counts for
    #[arg(long, value_name = "METRIC", value_enum, default_value = "samples")]
    metric: MetricArg,
    /// Which samples of the idle task are idle
    #[arg(long, value_name = "RULE", value_enum, default_value = "leaf")]
    idle: IdleArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MetricArg {
    /// one
    Samples,
    /// its period: the events (cycles, nanoseconds, …) that it stands for
    Weight,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum IdleArg {
    /// those with an idle function innermost
    Leaf,
    /// those with an idle function anywhere in the stack
    Stack,
    /// all of them
    Task,
    /// none
    None,
}

impl FilterArgs {
    fn filter(&self) -> SampleFilter {
        let event = match &self.event {
            names if names.is_empty() => EventChoice::First,
            names if names.iter().any(|name| name == "all") => EventChoice::All,
            names => EventChoice::Named(names.clone()),
        };
        SampleFilter {
            event,
            comms: self.comm.clone(),
            hosts: self.host.clone(),
            pids: self.pid.clone(),
            tids: self.tid.clone(),
            cpus: self.cpu.clone(),
            stacks: self.stack.clone(),
            also_stacks: self.also_stack.clone(),
            excluded_stacks: self.exclude_stack.clone(),
            idle: match self.idle {
                IdleArg::Leaf => IdleRule::Leaf,
                IdleArg::Stack => IdleRule::Stack,
                IdleArg::Task => IdleRule::Task,
                IdleArg::None => IdleRule::None,
            },
            include_idle: self.include_idle,
            metric: match self.metric {
                MetricArg::Samples => Metric::Samples,
                MetricArg::Weight => Metric::Weight,
            },
        }
    }
}

/// The arguments, each fine by itself, do not go together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

/// There are so many findings, and the arguments ask to fail then. Nothing went wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0} findings")]
pub struct HasFindings(usize);

/// Makes what is wrong with the arguments an error of its own, for the exit status.
fn usage(checked: Result<(), String>) -> anyhow::Result<()> {
    checked.map_err(|message| UsageError(message).into())
}

/// Does what was asked for.
///
/// # Errors
/// With what went wrong and what to do about it, for people.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Some(Command::Info(args)) => info::run(args),
        Some(Command::Heatmap(args)) => heatmap::run(args),
        Some(Command::Flamegraph(args)) => flamegraph::run(args),
        Some(Command::Find(args)) => find::run(args),
        Some(Command::Report(args)) => report::run(args),
        Some(Command::Diff(args)) => diff::run(args),
        Some(Command::Export(args)) => export::run(args),
        Some(Command::Completions(args)) => setup::print_completions(&args),
        Some(Command::Man(args)) => setup::print_man(&args),
        None => {
            let view = ProfileView {
                select: arguments.select,
                search: arguments.search,
                filter: FilterView::from(&arguments.filters.filter()),
                ..ProfileView::default()
            };
            let view = view.with_shape(arguments.shape.shape());
            if arguments.files.is_empty() && !view.is_plain() {
                let message = "--select, --search, --roots, --group and filters are for a file that the window opens";
                return Err(UsageError(message.to_owned()).into());
            }
            refuse_mistyped(&arguments.files)?;
            open_window(arguments.files, view, arguments.limits.unpack_limit)
        }
    }
}

/// A first word that is no file, but nearly a command, is one that was mistyped.
fn refuse_mistyped(files: &[PathBuf]) -> anyhow::Result<()> {
    /// Letters left out, added, changed or exchanged.
    const SLIPS: usize = 2;
    let word = files.first().and_then(|file| file.to_str());
    let Some(word) = word.filter(|word| !word.contains(['/', '.'])) else {
        return Ok(());
    };
    let arguments = <Arguments as clap::CommandFactory>::command();
    let names = arguments.get_subcommands().map(clap::Command::get_name);
    let slips = |name: &str| strsim::damerau_levenshtein(word, name);
    let nearest = names.min_by_key(|name| slips(name));
    match nearest.filter(|name| slips(name) <= SLIPS) {
        Some(name) if !files[0].exists() => Err(UsageError(format!(
            "{word} is no command, nor a file; did you mean emberscope {name}?"
        ))
        .into()),
        _ => Ok(()),
    }
}

/// What works without the window.
const WITHOUT_WINDOW: &str = "without a display, use the commands: emberscope info FILE, emberscope heatmap FILE, emberscope flamegraph FILE";

#[cfg(feature = "gui")]
fn open_window(
    files: Vec<PathBuf>,
    view: ProfileView,
    unpack_limit: Option<u64>,
) -> anyhow::Result<()> {
    crate::gui::run(files, view, unpack_limit)
        .map_err(|reason| anyhow::anyhow!("cannot open the window: {reason}; {WITHOUT_WINDOW}"))
}

#[cfg(not(feature = "gui"))]
fn open_window(
    _files: Vec<PathBuf>,
    _view: ProfileView,
    _unpack_limit: Option<u64>,
) -> anyhow::Result<()> {
    anyhow::bail!("this emberscope was built without its window; {WITHOUT_WINDOW}")
}
