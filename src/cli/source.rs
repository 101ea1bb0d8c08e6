//! Reading the profile a command is about, with progress on standard error.

use super::CommonArgs;
use super::batch::Task;
use crate::filter::{EventChoice, SampleFilter, Samples};
use crate::job::{Job, Progress};
use crate::load::{self, LoadError, LoadOptions};
use crate::profile::{Profile, printable};
use crate::shape::{Shape, reshaped};
use anyhow::{Context, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// Loads shorter than this show no progress.
const PATIENCE: Duration = Duration::from_millis(300);

/// Loads the profile and says on standard error what could not be understood.
pub(super) fn load(task: &Task<'_>) -> anyhow::Result<Profile> {
    load_path(&task.file, task.args)
}

/// The same in this shape.
pub(super) fn load_shaped(task: &Task<'_>, shape: Shape) -> anyhow::Result<Profile> {
    let profile = load(task)?;
    if let Some(problem) = shape.problem(&profile) {
        bail!("{}: {problem}", name(&task.file));
    }
    Ok(reshaped(profile, Shape::default(), shape))
}

/// The same of any file.
pub(super) fn load_path(file: &Path, args: &CommonArgs) -> anyhow::Result<Profile> {
    let options = LoadOptions {
        threads: args.threads.map(usize::from),
        unpack_limit: args.limits.unpack_limit,
        ..LoadOptions::default()
    };
    let is_bar_shown = !args.quiet && io::stderr().is_terminal();
    let profile = if is_bar_shown {
        load_with_bar(file, options)?
    } else {
        load_file(file, &options, &Progress::default())?
    };
    if !args.quiet {
        for warning in &profile.warnings {
            message(&format!("warning: {}: {warning}", name(file)));
        }
        for said in &profile.info.messages {
            message(&format!("perf: {}: {said}", name(file)));
        }
    }
    Ok(profile)
}

/// Applies the filters.
pub(super) fn filter(
    profile: &Profile,
    filter: &SampleFilter,
    task: &Task<'_>,
) -> anyhow::Result<Samples> {
    filter.apply(profile).with_context(|| name(&task.file))
}

/// The same for what says nothing without samples: a filter that lets none through is an error.
pub(super) fn filter_some(
    profile: &Profile,
    asked: &SampleFilter,
    task: &Task<'_>,
) -> anyhow::Result<Samples> {
    let samples = filter(profile, asked, task)?;
    let is_narrowed = asked.is_active() || asked.event != EventChoice::First;
    if samples.shown == 0 && is_narrowed {
        bail!("{}: {}", name(&task.file), asked.explain_nothing(profile));
    }
    Ok(samples)
}

/// A file's name for messages.
pub(super) fn name(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => printable(path.as_os_str().as_encoded_bytes()).into_owned(),
    }
}

/// A line on standard error.
pub(super) fn message(text: &str) {
    // Where it cannot be written nobody reads it.
    let _ = writeln!(io::stderr(), "{text}");
}

fn load_file(
    path: &Path,
    options: &LoadOptions,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    if path.as_os_str() == "-" {
        return load::read(
            Box::new(io::stdin()),
            "standard input".as_ref(),
            options,
            progress,
        );
    }
    load::open(path, options, progress)
}

fn load_with_bar(path: &Path, options: LoadOptions) -> anyhow::Result<Profile> {
    let path = path.to_owned();
    let job = Job::start(move |progress| load_file(&path, &options, progress), || {});
    let started = Instant::now();
    let mut bar: Option<ProgressBar> = None;
    loop {
        if let Some(result) = job.poll() {
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
            return Ok(result
                .map_err(|panic| anyhow!("loading failed: {panic}; please report this"))??);
        }
        if started.elapsed() > PATIENCE {
            bar.get_or_insert_with(|| new_bar(job.progress()))
                .set_position(job.progress().done());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn new_bar(progress: &Progress) -> ProgressBar {
    let (bar, template) = match progress.total() {
        _ if progress.waits_for_perf() => (
            ProgressBar::new_spinner(),
            "perf is resolving symbols {spinner} {bytes} printed",
        ),
        Some(total) => (
            ProgressBar::new(total),
            "loading {bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        ),
        None => (
            ProgressBar::new_spinner(),
            "loading {spinner} {bytes}, {bytes_per_sec}",
        ),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
