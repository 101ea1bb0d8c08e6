//! The command line: what was typed, and what it asks of the library.

mod flamegraph;
mod heatmap;
mod info;
mod output;
mod range;
mod source;

use crate::filter::{EventChoice, IdleRule, SampleFilter};
use clap::{Args, Parser, Subcommand, ValueEnum};
use range::RangeArgs;
use regex::Regex;
use std::path::PathBuf;

/// Finds latency spikes, pauses and other perturbations in CPU profiles: a heat map of when
/// samples fell, and the flame graph of any range of time.
///
/// FILE is the text that `perf script` prints. To make one:
///     perf record -F 49 -a -g -- sleep 60
///     perf script --header > profile.perf.txt
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, args_conflicts_with_subcommands = true)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Open the window on this profile (on the start page without one)
    file: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  emberscope profile.perf.txt                                    open the window
  emberscope info profile.perf.txt                               what is in it
  emberscope heatmap profile.perf.txt                            the heat map, here in the terminal
  emberscope flamegraph profile.perf.txt --from 12.3 --to 12.56 -o spike.svg
  zcat profile.gz | emberscope flamegraph - --format folded      read standard input";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what is in a profile: header, times, samples, events, threads, warnings
    Info(info::InfoArgs),
    /// Show when samples fell: columns are seconds, rows offsets within them
    Heatmap(heatmap::HeatMapArgs),
    /// Write the flame graph of a range of time
    Flamegraph(flamegraph::FlameGraphArgs),
}

/// What every command takes.
#[derive(Debug, Args)]
struct CommonArgs {
    /// The profile: a file of `perf script` text, or - for standard input
    file: PathBuf,
    /// Write here (whole or not at all) instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print no progress and no warnings
    #[arg(long)]
    quiet: bool,
    /// Load with this many threads instead of all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Which samples count.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters (the same one again widens, different ones narrow)")]
struct FilterArgs {
    /// Threads with this name
    #[arg(long, value_name = "NAME")]
    comm: Vec<String>,
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
    /// Stacks in which no frame's name matches
    #[arg(long, value_name = "REGEX")]
    exclude_stack: Vec<Regex>,
    /// Count idle samples too
    #[arg(long)]
    include_idle: bool,
    /// Which samples of the idle task are idle
    #[arg(long, value_name = "RULE", value_enum, default_value = "leaf")]
    idle: IdleArg,
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
    fn filter(self) -> SampleFilter {
        let event = match self.event {
            names if names.is_empty() => EventChoice::First,
            names if names.iter().any(|name| name == "all") => EventChoice::All,
            names => EventChoice::Named(names),
        };
        SampleFilter {
            event,
            comms: self.comm,
            pids: self.pid,
            tids: self.tid,
            cpus: self.cpu,
            stacks: self.stack,
            excluded_stacks: self.exclude_stack,
            idle: match self.idle {
                IdleArg::Leaf => IdleRule::Leaf,
                IdleArg::Stack => IdleRule::Stack,
                IdleArg::Task => IdleRule::Task,
                IdleArg::None => IdleRule::None,
            },
            include_idle: self.include_idle,
        }
    }
}

/// The arguments, each fine by itself, do not go together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

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
        None => open_window(arguments.file),
    }
}

/// What works without the window.
const WITHOUT_WINDOW: &str = "without a display, use the commands: emberscope info FILE, emberscope heatmap FILE, emberscope flamegraph FILE";

#[cfg(feature = "gui")]
fn open_window(file: Option<PathBuf>) -> anyhow::Result<()> {
    crate::gui::run(file)
        .map_err(|reason| anyhow::anyhow!("cannot open the window: {reason}; {WITHOUT_WINDOW}"))
}

#[cfg(not(feature = "gui"))]
fn open_window(_file: Option<PathBuf>) -> anyhow::Result<()> {
    anyhow::bail!("this emberscope was built without its window; {WITHOUT_WINDOW}")
}
