//! A whole profile as Parquet: four tables, so that a database can take over, or this program again.

mod table;

use super::{NewFile, WriteError, put_in_place, written_out};
use crate::filter::{EventChoice, SampleFilter, SampleState};
use crate::parquet_schema::{
    About, Fingerprint, Name, Noted, Notes, SchedRow, Table, VERSION, sched_row,
};
use crate::profile::{EventId, FrameId, Profile, StackId, StringId, printable};
use parquet::data_type::ByteArray;
use rayon::prelude::*;
use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use table::{Column, write_table};

/// Rows that are written at once.
const GROUP: usize = 1 << 20;
/// Rows of stacks, each of which may have a long list.
const STACKS_GROUP: usize = 1 << 16;

/// What an export is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParquetExport {
    /// The profile's name, unique in its folder, and that of its files: see [`file_name_part`].
    pub name: String,
    /// The machine that was recorded.
    pub host: String,
}

/// Why a profile could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The folder, or one in it, cannot be made.
    #[error("{}: cannot make the folder: {reason}", printable(folder.as_os_str().as_encoded_bytes()))]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A number does not fit into a table.
    #[error(
        "a sample's {0} is 2^63 or more, which the tables cannot hold (is it right?); nothing was written"
    )]
    TooLarge(&'static str),
    /// The default filter could not be applied.
    #[error(transparent)]
    Filter(#[from] crate::filter::FilterError),
}

/// `text` as a part of a file's name that no file system and no database minds: letters, digits, `.`,
/// `_` and `-`, beginning with none but letters and digits (files that begin with `_` or `.` are
/// hidden from Spark).
pub fn file_name_part(text: &str) -> String {
    let plain = |character: char| match character {
        '.' | '_' | '-' => character,
        character if character.is_alphanumeric() => character,
        _ => '_',
    };
    let name: String = text.chars().map(plain).collect();
    let name = name.trim_start_matches(['.', '_', '-']);
    match name {
        "" => "profile".to_owned(),
        name => name.to_owned(),
    }
}

/// The machine that a profile's header names.
pub fn recorded_host(profile: &Profile) -> Option<&str> {
    let line = (profile.info.header.iter()).find_map(|line| line.trim().strip_prefix("hostname"));
    let host = line?.trim_start_matches([' ', ':']).trim_end();
    (!host.is_empty()).then_some(host)
}

/// Writes a file into each table's folder in `folder`: all of them or none. They are put in their places
/// when all are written, the samples' last, so that what is found there is whole.
///
/// # Errors
/// Where a number is too large for the tables, or something can't be written.
pub fn write_parquet(
    profile: &Profile,
    folder: &Path,
    export: &ParquetExport,
) -> Result<(), ParquetError> {
    let tables = Tables::new(profile, export)?;
    for table in Table::ALL {
        let folder = folder.join(table.name());
        let failed = |reason| ParquetError::Folder {
            folder: folder.clone(),
            reason,
        };
        fs::create_dir_all(&folder).map_err(failed)?;
    }
    let write = |table: Table| {
        let mut file = NewFile::create(&table.path(folder, &export.name))?;
        file.write(|out| tables.write(table, out))?;
        Ok(file)
    };
    let others = [Table::Stacks, Table::Frames, Table::Threads].into_par_iter();
    let mut files = others
        .map(write)
        .collect::<Result<Vec<NewFile>, WriteError>>()?;
    files.push(write(Table::Samples)?);
    Ok(put_in_place(files)?)
}

/// What the tables are made of.
struct Tables<'a> {
    profile: &'a Profile,
    export: &'a ParquetExport,
    is_idle: Vec<bool>,
    fingerprint: String,
    /// Every string, for display.
    shown: Vec<ByteArray>,
}

impl<'a> Tables<'a> {
    fn new(profile: &'a Profile, export: &'a ParquetExport) -> Result<Self, ParquetError> {
        let fits = |number: u64| i64::try_from(number).is_ok();
        let samples = &profile.samples;
        if !samples.time.iter().all(|time| fits(time.nanos())) {
            return Err(ParquetError::TooLarge("time in nanoseconds"));
        }
        // Counts are smaller: together they are less than 2⁵³.
        if !samples.weight.iter().all(|weight| fits(*weight)) {
            return Err(ParquetError::TooLarge("weight"));
        }
        let all_events = SampleFilter {
            event: EventChoice::All,
            ..SampleFilter::default()
        };
        let states = all_events.apply(profile)?.states;
        let strings = (0..profile.strings.len() as u32).map(StringId);
        let shown = strings.map(|id| text(&printable(profile.strings.get(id))));
        Ok(Self {
            profile,
            export,
            is_idle: states
                .iter()
                .map(|state| *state == SampleState::Idle)
                .collect(),
            fingerprint: fingerprint(profile, &export.host),
            shown: shown.collect(),
        })
    }

    fn write(&self, table: Table, out: &mut (dyn Write + Send)) -> io::Result<()> {
        let notes = Notes {
            version: VERSION,
            table,
            host: self.export.host.clone(),
            fingerprint: self.fingerprint.clone(),
            about: (table == Table::Samples).then(|| about(self.profile)),
        };
        let profile = self.profile;
        match table {
            Table::Samples => {
                let groups = groups(0..profile.samples.len(), GROUP);
                write_table(out, &notes, groups, |name, rows| {
                    self.sample_column(name, rows)
                })
            }
            Table::Stacks => {
                let groups = groups(1..profile.stacks.len(), STACKS_GROUP);
                let ends = self.ends();
                let depths = profile.stacks.depth.iter().zip(&ends);
                let depths = depths.filter(|(_, ends)| **ends).map(|(depth, _)| *depth);
                written_out::check(depths, "the profile cannot be exported")?;
                let column = |name: &str, rows| self.stack_column(name, rows, &ends);
                write_table(out, &notes, groups, column)
            }
            Table::Frames => {
                let groups = groups(1..profile.frames.len(), GROUP);
                write_table(out, &notes, groups, |name, rows| {
                    self.frame_column(name, rows)
                })
            }
            Table::Threads => {
                let groups = groups(0..profile.threads.len(), GROUP);
                write_table(out, &notes, groups, |name, rows| {
                    self.thread_column(name, rows)
                })
            }
        }
    }

    fn sample_column(&self, name: &str, rows: Range<usize>) -> Column {
        let (profile, samples) = (self.profile, &self.profile.samples);
        let threads = || samples.thread[rows.clone()].iter();
        let thread = || threads().map(|id| &profile.threads[id.index()]);
        let events = || samples.event[rows.clone()].iter();
        match name {
            "host" => {
                let host = text(&self.export.host);
                let of_thread = |host: StringId| self.shown(host);
                Column::required(thread().map(|thread| thread.host.map_or(host.clone(), of_thread)))
            }
            "time_ns" => {
                let times = samples.time[rows].iter();
                let has_times = profile.info.has_times;
                Column::optional(times.map(|time| has_times.then_some(long(time.nanos()))))
            }
            "cpu" => Column::optional(
                samples.cpu[rows]
                    .iter()
                    .map(|cpu| cpu.number().map(i32::from)),
            ),
            "thread_id" => Column::required(threads().map(|id| i64::from(id.0))),
            "comm" => Column::required(thread().map(|thread| self.shown(thread.comm))),
            "pid" => Column::optional(thread().map(|thread| thread.pid)),
            "tid" => Column::optional(thread().map(|thread| thread.tid)),
            "event_id" => Column::required(events().map(|id| i64::from(id.0))),
            "event" => {
                let ids = (0..profile.events.len() as u32).map(EventId);
                let names: Vec<ByteArray> = ids.map(|id| text(&profile.event_name(id))).collect();
                Column::required(events().map(|id| names[id.index()].clone()))
            }
            "samples" => Column::required(rows.map(|row| long(samples.count_of(row)))),
            "weight" => Column::required(samples.weight[rows].iter().map(|weight| long(*weight))),
            "idle" => Column::required(self.is_idle[rows].iter().copied()),
            "stack_id" => Column::required(samples.stack[rows].iter().map(|id| i64::from(id.0))),
            "switch_from" => Column::optional(self.sched_rows(rows).map(|row| row.switch_from)),
            "switch_state" => {
                Column::optional(self.sched_rows(rows).map(|row| row.switch_state.map(text)))
            }
            "switch_to" => Column::optional(self.sched_rows(rows).map(|row| row.switch_to)),
            "woken" => Column::optional(self.sched_rows(rows).map(|row| row.woken)),
            _ => self.name_column(rows),
        }
    }

    /// What the scheduler's tracepoints among the samples say; nothing for all others.
    fn sched_rows(&self, rows: Range<usize>) -> impl Iterator<Item = SchedRow> {
        let events = &self.profile.sched;
        let first = events.partition_point(|event| (event.sample as usize) < rows.start);
        let mut events = events[first..].iter().peekable();
        rows.map(move |row| {
            let event = events.next_if(|event| event.sample as usize == row);
            event.map_or(SchedRow::default(), |event| sched_row(event.what))
        })
    }

    fn stack_column(&self, name: &str, rows: Range<usize>, ends: &[bool]) -> Column {
        let stacks = &self.profile.stacks;
        match name {
            "stack_id" => Column::required(rows.map(|row| row as i64)),
            "parent_id" => {
                let parents = stacks.parent[rows].iter();
                let is_node = |parent: &&StackId| **parent != StackId::ROOT;
                Column::optional(
                    parents.map(|id| Some(id).filter(is_node).map(|id| i64::from(id.0))),
                )
            }
            "depth" => Column::required(stacks.depth[rows].iter().map(|depth| *depth as i32)),
            "frame_id" => Column::required(stacks.frame[rows].iter().map(|id| i64::from(id.0))),
            "frames" => Column::lists(rows.map(|row| ends[row].then(|| self.names(row)))),
            _ => self.name_column(rows),
        }
    }

    fn frame_column(&self, name: &str, rows: Range<usize>) -> Column {
        let frames = &self.profile.frames;
        let shown = |column: &[StringId]| {
            Column::required(column[rows.clone()].iter().map(|id| self.shown(*id)))
        };
        let bytes = |column: &[StringId]| {
            Column::optional(column[rows.clone()].iter().map(|id| self.bytes(*id)))
        };
        match name {
            "frame_id" => Column::required(rows.map(|row| row as i64)),
            "name" => shown(&frames.name),
            "symbol" => shown(&frames.raw_name),
            "module" => shown(&frames.module),
            "kind" => Column::required(frames.kind[rows].iter().map(|kind| text(kind.name()))),
            "name_bytes" => bytes(&frames.name),
            "symbol_bytes" => bytes(&frames.raw_name),
            "module_bytes" => bytes(&frames.module),
            _ => self.name_column(rows),
        }
    }

    fn thread_column(&self, name: &str, rows: Range<usize>) -> Column {
        let threads = || self.profile.threads[rows.clone()].iter();
        match name {
            "thread_id" => Column::required(rows.map(|row| row as i64)),
            "host" => {
                Column::optional(threads().map(|thread| thread.host.map(|id| self.shown(id))))
            }
            "comm" => Column::required(threads().map(|thread| self.shown(thread.comm))),
            "pid" => Column::optional(threads().map(|thread| thread.pid)),
            "tid" => Column::optional(threads().map(|thread| thread.tid)),
            "comm_bytes" => Column::optional(threads().map(|thread| self.bytes(thread.comm))),
            _ => self.name_column(rows),
        }
    }

    /// The one that all tables have: which profile a row is of.
    fn name_column(&self, rows: Range<usize>) -> Column {
        let name = text(&self.export.name);
        Column::required(rows.map(|_| name.clone()))
    }

    /// By stack: whether it is a sample's.
    fn ends(&self) -> Vec<bool> {
        let mut ends = vec![false; self.profile.stacks.len()];
        for stack in &self.profile.samples.stack {
            ends[stack.index()] = true;
        }
        ends
    }

    /// A stack's frames, outermost first.
    fn names(&self, stack: usize) -> Vec<ByteArray> {
        let stacks = &self.profile.stacks;
        let name = |node: StackId| {
            let FrameId(frame) = stacks.frame[node.index()];
            self.shown(self.profile.frames.name[frame as usize])
        };
        let mut names: Vec<ByteArray> = stacks.path_up(StackId(stack as u32)).map(name).collect();
        names.reverse();
        names
    }

    fn shown(&self, id: StringId) -> ByteArray {
        self.shown[id.0 as usize].clone()
    }

    /// A name's bytes, where they are not what is shown.
    fn bytes(&self, id: StringId) -> Option<ByteArray> {
        let bytes = self.profile.strings.get(id);
        (bytes != self.shown[id.0 as usize].data()).then(|| bytes.to_vec().into())
    }
}

fn about(profile: &Profile) -> About {
    let info = &profile.info;
    let names = profile
        .events
        .iter()
        .map(|event| profile.strings.get(event.name));
    About {
        bytes: info.bytes,
        lines: info.lines,
        has_times: info.has_times,
        is_of_perf: info.is_of_perf,
        header: info.header.clone(),
        records: info.records.clone(),
        messages: info.messages.clone(),
        events: names.map(Name::from).collect(),
        warnings: profile.warnings.iter().map(Noted::from).collect(),
    }
}

/// Of everything that is read again.
fn fingerprint(profile: &Profile, host: &str) -> String {
    let mut fingerprint = Fingerprint::default();
    fingerprint.about(host, &about(profile));
    let name = |id: StringId| profile.strings.get(id);
    let (frames, stacks) = (&profile.frames, &profile.stacks);
    for frame in 1..frames.len() {
        fingerprint.name(name(frames.name[frame]));
        fingerprint.name(name(frames.raw_name[frame]));
        fingerprint.name(name(frames.module[frame]));
        fingerprint.name(frames.kind[frame].name().as_bytes());
    }
    for node in 1..stacks.len() {
        fingerprint.number(u64::from(stacks.parent[node].0));
        fingerprint.number(u64::from(stacks.frame[node].0));
    }
    for thread in &profile.threads {
        let host = thread.host.map_or("".into(), |host| printable(name(host)));
        fingerprint.thread(host.as_bytes(), name(thread.comm), thread.pid, thread.tid);
    }
    fingerprint.samples(&profile.samples);
    fingerprint.sched(&profile.sched);
    fingerprint.text()
}

fn groups(rows: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(size)
        .map(move |start| start..end.min(start + size))
}

fn text(text: &str) -> ByteArray {
    ByteArray::from(text)
}

/// A number that has been found to fit.
fn long(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
