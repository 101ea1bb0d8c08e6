//! Profiles exported as Parquet, opened again: one, or all of a folder as one, hosts told apart.
//!
//! Every number of a file is checked before it is used: files come from elsewhere.

mod part;
mod table;

use super::canonical::{ShownFrames, Trie, canonical_stacks};
use super::merge::{
    find, frame_table, rank, sort_by_time, string_table, thread_table, without_lines,
};
use super::worker::{RawEvent, RawThread};
use super::{LoadError, LoadOptions};
use crate::job::Progress;
use crate::parquet_schema::Table;
use crate::profile::{
    Event, EventId, Profile, ProfileInfo, SampleTable, SchedEvent, StackId, ThreadId, Warning,
    WarningKind, parts,
};
use part::{Part, size};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Why tables make no profile.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("cancelled")]
    Cancelled,
    #[error(
        "cannot open: {reason}; the tables of an export lie side by side, in the folders samples, stacks, frames and threads"
    )]
    Open { path: PathBuf, reason: io::Error },
    #[error(
        "is a Parquet file that emberscope has not written; expected one of `emberscope export`"
    )]
    Foreign(PathBuf),
    #[error(
        "is the table of {table}; open the file of the same name in the folder samples, or the folder above"
    )]
    OtherTable { path: PathBuf, table: &'static str },
    #[error(
        "is of another export than {}; export the profile again",
        super::shell_word(samples)
    )]
    OtherExport { path: PathBuf, samples: PathBuf },
    #[error(
        "was exported by a newer emberscope (its tables have version {version}); update this one"
    )]
    Newer { path: PathBuf, version: u32 },
    #[error(
        "is damaged, or was not written by `emberscope export`: {reason}; export the profile again"
    )]
    Damaged { path: PathBuf, reason: String },
    #[error("has no times, and other profiles of the folder have; open it by itself")]
    Timeless { path: PathBuf },
    #[error("has too many samples or stacks to be opened with the others of the folder")]
    TooLarge(PathBuf),
}

impl Problem {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Cancelled => None,
            Self::Open { path, .. }
            | Self::Foreign(path)
            | Self::OtherTable { path, .. }
            | Self::OtherExport { path, .. }
            | Self::Newer { path, .. }
            | Self::Damaged { path, .. }
            | Self::Timeless { path }
            | Self::TooLarge(path) => Some(path),
        }
    }
}

impl From<Problem> for LoadError {
    fn from(problem: Problem) -> Self {
        match problem.path() {
            None => Self::Cancelled,
            Some(path) => Self::Parquet {
                path: path.to_owned(),
                message: problem.to_string(),
            },
        }
    }
}

/// Exported profiles.
pub(super) struct Export {
    folder: PathBuf,
    names: Vec<String>,
    /// Where it was found by one of its files.
    file: Option<PathBuf>,
}

/// What a Parquet file begins with.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// The exported profiles that a path stands for: all of a folder, or the one that a file is of.
pub(super) fn find_export(path: &Path) -> Option<Export> {
    if path.is_dir() {
        let is_table = path
            .file_name()
            .is_some_and(|name| name == Table::Samples.name());
        let folder = match is_table && !path.join(Table::Samples.name()).is_dir() {
            true => above(path),
            false => path.to_owned(),
        };
        let names = profiles_in(&folder.join(Table::Samples.name()));
        return (!names.is_empty()).then_some(Export {
            folder,
            names,
            file: None,
        });
    }
    // Of a pipe nothing may be read.
    let mut magic = [0; MAGIC.len()];
    let is_parquet = path.is_file()
        && File::open(path)
            .and_then(|mut file| file.read_exact(&mut magic))
            .is_ok()
        && magic == MAGIC;
    let name = path.file_stem()?.to_str()?.to_owned();
    is_parquet.then(|| Export {
        folder: above(path.parent().unwrap_or(path)),
        names: vec![name],
        file: Some(path.to_owned()),
    })
}

/// The folder that a folder is in.
fn above(folder: &Path) -> PathBuf {
    match folder.file_name() {
        Some(_) => folder.parent().unwrap_or(folder).to_owned(),
        None => folder.join(".."),
    }
}

/// The names of the profiles in the samples' folder, sorted.
fn profiles_in(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |file: fs::DirEntry| {
        let path = file.path();
        let is_parquet = path.extension().is_some_and(|ending| ending == "parquet");
        let name = path.file_stem()?.to_str()?.to_owned();
        (is_parquet && !name.starts_with(['.', '_'])).then_some(name)
    };
    let mut names: Vec<String> = files.filter_map(name).collect();
    names.sort_unstable();
    names
}

/// Loads exported profiles as one.
pub(super) fn open(
    export: &Export,
    path: &Path,
    options: &LoadOptions,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    let sizes = export.names.iter().map(|name| size(&export.folder, name));
    progress.set_total(Some(sizes.sum()));
    let read = || -> Result<Profile, Problem> {
        if let Some(file) = &export.file {
            table::check_notes(file)?;
        }
        let read = |name: &String| Part::read(&export.folder, name, progress);
        let parts: Result<Vec<Part>, Problem> = export.names.iter().map(read).collect();
        join(parts?, path)
    };
    // The reader of the format may meet in a damaged file what it does not expect.
    let result = super::pool(options)?.install(|| catch_unwind(AssertUnwindSafe(read)));
    let result = result.unwrap_or_else(|_| {
        Err(Problem::Damaged {
            path: path.to_owned(),
            reason: "it cannot be read".to_owned(),
        })
    });
    Ok(result?)
}

/// Several profiles as one.
fn join(mut read: Vec<Part>, path: &Path) -> Result<Profile, Problem> {
    check(&read, path)?;
    let is_one = read.len() == 1;
    for part in read.iter_mut().filter(|_| !is_one) {
        for thread in &mut part.threads {
            thread
                .host
                .get_or_insert_with(|| part.host.as_bytes().into());
        }
    }
    let nodes = read.iter_mut().map(|part| std::mem::take(&mut part.nodes));
    let nodes: Vec<_> = nodes.collect();
    let named: Vec<_> = read
        .iter()
        .flat_map(|part| part.frames.iter().map(|frame| vec![frame.named()]))
        .collect();
    let mut threads: Vec<&RawThread> = read.iter().flat_map(|part| &part.threads).collect();
    threads.sort_unstable();
    threads.dedup();
    let events = events(&read);
    let strings = string_table(&named, &threads, &events.iter().collect::<Vec<_>>());
    let (frames, frame_ids) = frame_table(&named, &strings);
    let mut first = 0;
    let mut tries: Vec<Trie> = Vec::new();
    for (part, nodes) in read.iter().zip(nodes) {
        let end = first + part.frames.len() as u32;
        // The root needs one, even where there are none.
        let ids: Vec<u32> = (first..end.max(first + 1)).collect();
        tries.push(Trie::new(&nodes, &ids));
        first = end;
    }
    let stacks = canonical_stacks(&tries, &ShownFrames::new(&frame_ids));
    drop(named);
    let thread_table = thread_table(&threads, &strings);
    let (mut samples, mut sched) = (SampleTable::default(), Vec::new());
    let mut event_table: Vec<Event> = Vec::new();
    for event in &events {
        let name = find(&strings, &event.name);
        event_table.push(Event { name, samples: 0 });
    }
    let ids: Vec<(Vec<ThreadId>, Vec<EventId>)> = read
        .iter()
        .map(|part| {
            let thread = |thread: &RawThread| ThreadId(rank(&threads, &thread));
            let event = |name: &[u8]| events.iter().position(|event| *event.name == *name);
            let names = part.about.events.iter();
            let events = names.map(|name| EventId(event(name.bytes()).unwrap_or(0) as u32));
            (part.threads.iter().map(thread).collect(), events.collect())
        })
        .collect();
    drop(threads);
    let (info, mut warnings) = (info(&read), warnings(&read));
    for ((part, (threads, events)), stacks) in read.iter_mut().zip(ids).zip(&tries) {
        let own = std::mem::take(&mut part.samples);
        let stack = |StackId(node): StackId| stacks.stack(node);
        let before = samples.len() as u32;
        sched.extend(part.sched.iter().map(|event| SchedEvent {
            sample: before + event.sample,
            ..*event
        }));
        samples.time.extend(own.time);
        samples.stack.extend(own.stack.into_iter().map(stack));
        samples
            .thread
            .extend(own.thread.into_iter().map(|id| threads[id.index()]));
        samples
            .event
            .extend(own.event.into_iter().map(|id| events[id.index()]));
        samples.cpu.extend(own.cpu);
        samples.weight.extend(own.weight);
    }
    for event in &samples.event {
        event_table[event.index()].samples += 1;
    }
    sort_by_time(&mut samples, &mut sched);
    let parts = parts(&samples.time);
    let near = parts.iter().map(|part| part.samples.len()).max();
    let far_away = samples.len() - near.unwrap_or(0);
    warnings.retain(|warning| warning.kind != WarningKind::FarAway);
    if far_away > 0 {
        warnings.push(without_lines(WarningKind::FarAway, far_away as u64));
    }
    Ok(Profile {
        info,
        strings,
        frames,
        stacks,
        threads: thread_table,
        events: event_table,
        samples,
        sched,
        parts,
        warnings,
    })
}

fn check(read: &[Part], path: &Path) -> Result<(), Problem> {
    let sum = |count: fn(&Part) -> usize| read.iter().map(count).sum::<usize>();
    let most = sum(|part| part.samples.len())
        .max(sum(|part| part.nodes.len()))
        .max(sum(|part| part.frames.len() + 1));
    if u32::try_from(most).is_err() {
        return Err(Problem::TooLarge(path.to_owned()));
    }
    let timeless = read.iter().find(|part| !part.about.has_times);
    match timeless.filter(|_| read.len() > 1) {
        Some(part) => Err(Problem::Timeless {
            path: PathBuf::from(&part.name),
        }),
        None => Ok(()),
    }
}

/// Each event once, in the order of the profiles.
fn events(read: &[Part]) -> Vec<RawEvent> {
    let mut events: Vec<RawEvent> = Vec::new();
    for name in read.iter().flat_map(|part| &part.about.events) {
        if events.iter().all(|event| *event.name != *name.bytes()) {
            events.push(RawEvent {
                name: name.bytes().into(),
                first: (0, events.len()),
            });
        }
    }
    events
}

/// Of one profile as it was; of several, sums, and those lines of their headers that are not in all
/// of them after their names.
fn info(read: &[Part]) -> ProfileInfo {
    let mut info = ProfileInfo {
        has_times: read.iter().all(|part| part.about.has_times),
        ..ProfileInfo::default()
    };
    let mut records: BTreeMap<&str, u64> = BTreeMap::new();
    for (index, part) in read.iter().enumerate() {
        let about = &part.about;
        info.bytes = info.bytes.saturating_add(about.bytes);
        info.lines = info.lines.saturating_add(about.lines);
        info.messages.extend(about.messages.iter().cloned());
        for (kind, count) in &about.records {
            let sum = records.entry(kind).or_default();
            *sum = sum.saturating_add(*count);
        }
        for line in &about.header {
            let is_in_all = read.iter().all(|part| part.about.header.contains(line));
            match is_in_all {
                true if index == 0 => info.header.push(line.clone()),
                true => {}
                false => info.header.push(format!("{}: {line}", part.name)),
            }
        }
    }
    let records = records.into_iter();
    info.records = records
        .map(|(kind, count)| (kind.to_owned(), count))
        .collect();
    info
}

/// Of one profile as they were; of several, their sums, as numbers of lines would mean nothing.
fn warnings(read: &[Part]) -> Vec<Warning> {
    let noted = |part: &Part| part.about.warnings.iter().map(Warning::from).collect();
    if let [part] = read {
        return noted(part);
    }
    let mut sums: BTreeMap<WarningKind, u64> = BTreeMap::new();
    for warning in read.iter().flat_map(|part| -> Vec<Warning> { noted(part) }) {
        let sum = sums.entry(warning.kind).or_default();
        *sum = sum.saturating_add(warning.count);
    }
    let sums = sums.into_iter();
    sums.map(|(kind, count)| without_lines(kind, count))
        .collect()
}
