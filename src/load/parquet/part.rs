//! One profile's tables, as they are stored, become a [`Part`].

use super::Problem;
use super::table::{Readable, TableFile};
use crate::job::Progress;
use crate::load::counted::MOST_SAMPLES;
use crate::load::join::{Part, StoredFrame};
use crate::load::tables::RawNode;
use crate::load::worker::RawThread;
use crate::parquet_schema::{
    Fingerprint, Table, VERSION_WITH_COUNTS, VERSION_WITH_SCHED, left_state,
};
use crate::profile::{
    Cpu, EventId, FrameKind, SampleTable, Sched, SchedEvent, StackId, ThreadId, Timestamp,
};
use parquet::data_type::{ByteArrayType, Int32Type, Int64Type};
use rayon::prelude::*;
use std::path::Path;

/// How much there is to read of a profile's files, in bytes.
pub(super) fn size(folder: &Path, name: &str) -> u64 {
    let size =
        |table: Table| std::fs::metadata(table.path(folder, name)).map_or(0, |file| file.len());
    Table::ALL.map(size).into_iter().sum()
}

/// Reads one profile's tables.
pub(super) fn read(folder: &Path, name: &str, progress: &Progress) -> Result<Part, Problem> {
    let samples_path = Table::Samples.path(folder, name);
    let file = TableFile::open(&samples_path, Table::Samples)?;
    let other = |table: Table| {
        let path = table.path(folder, name);
        let other = TableFile::open(&path, table)?;
        match other.notes.fingerprint == file.notes.fingerprint {
            true => Ok(other),
            false => Err(Problem::OtherExport {
                path,
                samples: samples_path.clone(),
            }),
        }
    };
    let frames = frames(&other(Table::Frames)?, progress)?;
    let nodes = nodes(&other(Table::Stacks)?, frames.len(), progress)?;
    let threads = threads(&other(Table::Threads)?, progress)?;
    let damaged = |reason: &str| Problem::Damaged {
        path: samples_path.clone(),
        reason: reason.to_owned(),
    };
    let about = file.notes.about.clone();
    let about = about.ok_or_else(|| damaged("its notes say nothing about the profile"))?;
    let counts = Counts {
        stacks: nodes.len(),
        threads: threads.len(),
        events: about.events.len(),
    };
    let mut samples = samples(&samples_path, &counts, about.has_times, progress)?;
    if file.notes.version >= VERSION_WITH_COUNTS {
        samples.count = counts_of_rows(&file, progress)?;
    }
    if samples.is_empty() {
        return Err(damaged("it has no samples"));
    }
    let sched = match file.notes.version {
        ..VERSION_WITH_SCHED => Vec::new(),
        _ => sched(&file, progress)?,
    };
    let part = Part {
        name: name.to_owned(),
        host: file.notes.host,
        about,
        frames,
        nodes,
        threads,
        samples,
        sched,
    };
    match fingerprint(&part) == file.notes.fingerprint {
        true => Ok(part),
        false => Err(damaged("its tables do not hold what was exported")),
    }
}

fn fingerprint(part: &Part) -> String {
    let mut fingerprint = Fingerprint::default();
    fingerprint.about(&part.host, &part.about);
    for frame in &part.frames {
        for name in [&frame.name, &frame.symbol, &frame.module] {
            fingerprint.name(name);
        }
        fingerprint.name(frame.kind.name().as_bytes());
    }
    for node in &part.nodes[1..] {
        fingerprint.number(u64::from(node.parent));
        fingerprint.number(u64::from(node.frame) + 1);
    }
    for thread in &part.threads {
        let host = thread.host.as_deref().unwrap_or_default();
        fingerprint.thread(host, &thread.comm, thread.pid, thread.tid);
    }
    fingerprint.samples(&part.samples);
    fingerprint.sched(&part.sched);
    fingerprint.text()
}

const OUT_OF_ORDER: &str = "is not numbered row by row";
const NO_VALUE: &str = "lacks a value";

/// Rows are numbered from `first` on.
fn check_ids(
    file: &TableFile,
    column: &str,
    first: i64,
    progress: &Progress,
) -> Result<(), Problem> {
    let mut next = first;
    file.read::<Int64Type>(column, progress, |id| {
        let is_next = id == Some(&next);
        next += 1;
        if is_next { Ok(()) } else { Err(OUT_OF_ORDER) }
    })
}

fn frames(file: &TableFile, progress: &Progress) -> Result<Vec<StoredFrame>, Problem> {
    check_ids(file, "frame_id", 1, progress)?;
    let mut frames: Vec<StoredFrame> = Vec::new();
    file.read::<ByteArrayType>("kind", progress, |kind| {
        let kind = kind.and_then(|kind| frame_kind(kind.data()));
        frames.push(StoredFrame {
            name: Box::default(),
            symbol: Box::default(),
            module: Box::default(),
            kind: kind.ok_or("is of no kind that is known")?,
        });
        Ok(())
    })?;
    type Field = fn(&mut StoredFrame) -> &mut Box<[u8]>;
    let columns: [(&str, &str, Field); 3] = [
        ("name", "name_bytes", |frame| &mut frame.name),
        ("symbol", "symbol_bytes", |frame| &mut frame.symbol),
        ("module", "module_bytes", |frame| &mut frame.module),
    ];
    for (shown, bytes, field) in columns {
        let mut rows = frames.iter_mut();
        file.read::<ByteArrayType>(shown, progress, |value| {
            let row = rows.next().ok_or(NO_VALUE)?;
            *field(row) = value.ok_or(NO_VALUE)?.data().into();
            Ok(())
        })?;
        // Where the name is no text, or none fit to be shown, these are its bytes.
        let mut rows = frames.iter_mut();
        file.read::<ByteArrayType>(bytes, progress, |value| {
            let row = rows.next().ok_or(NO_VALUE)?;
            if let Some(bytes) = value {
                *field(row) = bytes.data().into();
            }
            Ok(())
        })?;
    }
    Ok(frames)
}

fn frame_kind(name: &[u8]) -> Option<FrameKind> {
    let kinds = [
        FrameKind::Comm,
        FrameKind::Kernel,
        FrameKind::User,
        FrameKind::Cpp,
        FrameKind::Jit,
        FrameKind::Inlined,
    ];
    kinds
        .into_iter()
        .find(|kind| kind.name().as_bytes() == name)
}

fn nodes(file: &TableFile, frames: usize, progress: &Progress) -> Result<Vec<RawNode>, Problem> {
    check_ids(file, "stack_id", 1, progress)?;
    let mut nodes = vec![RawNode::default()];
    file.read::<Int64Type>("parent_id", progress, |parent| {
        let parent = parent.map_or(Some(0), |id| u32::try_from(*id).ok());
        let parent = parent.filter(|id| (*id as usize) < nodes.len());
        let parent = parent.ok_or("names a caller that does not come before")?;
        nodes.push(RawNode { parent, frame: 0 });
        Ok(())
    })?;
    let mut next = nodes.iter_mut().skip(1);
    file.read::<Int64Type>("frame_id", progress, |id| {
        let node = next.next().ok_or(NO_VALUE)?;
        let id = index(id, 1, frames + 1).ok_or("names a frame that there is not")?;
        node.frame = id - 1;
        Ok(())
    })?;
    Ok(nodes)
}

fn threads(file: &TableFile, progress: &Progress) -> Result<Vec<RawThread>, Problem> {
    check_ids(file, "thread_id", 0, progress)?;
    let mut threads: Vec<RawThread> = Vec::new();
    file.read::<ByteArrayType>("comm", progress, |comm| {
        threads.push(RawThread {
            comm: comm.ok_or(NO_VALUE)?.data().into(),
            pid: None,
            tid: None,
            host: None,
        });
        Ok(())
    })?;
    let mut rows = threads.iter_mut();
    file.read::<ByteArrayType>("comm_bytes", progress, |bytes| {
        let thread = rows.next().ok_or(NO_VALUE)?;
        if let Some(bytes) = bytes {
            thread.comm = bytes.data().into();
        }
        Ok(())
    })?;
    let mut rows = threads.iter_mut();
    file.read::<ByteArrayType>("host", progress, |host| {
        rows.next().ok_or(NO_VALUE)?.host = host.map(|host| host.data().into());
        Ok(())
    })?;
    let mut rows = threads.iter_mut();
    file.read::<Int32Type>("pid", progress, |pid| {
        rows.next().ok_or(NO_VALUE)?.pid = pid.copied();
        Ok(())
    })?;
    let mut rows = threads.iter_mut();
    file.read::<Int32Type>("tid", progress, |tid| {
        rows.next().ok_or(NO_VALUE)?.tid = tid.copied();
        Ok(())
    })?;
    Ok(threads)
}

/// How many there are that samples may name.
struct Counts {
    stacks: usize,
    threads: usize,
    events: usize,
}

/// The columns are read side by side, each from the file opened anew: a place in a file is shared by
/// all that is cloned from it.
fn samples(
    path: &Path,
    counts: &Counts,
    has_times: bool,
    progress: &Progress,
) -> Result<SampleTable, Problem> {
    type Fill = fn(&mut Filling<'_>) -> Result<(), Problem>;
    const READERS: [Fill; 6] = [
        |filling| filling.time(),
        |filling| filling.stack(),
        |filling| filling.thread(),
        |filling| filling.event(),
        |filling| filling.cpu(),
        |filling| filling.weight(),
    ];
    let read = |fill: Fill| {
        let file = TableFile::open(path, Table::Samples)?;
        let table = SampleTable::default();
        let mut filling = Filling {
            file: &file,
            counts,
            has_times,
            progress,
            table,
        };
        fill(&mut filling)?;
        Ok(filling.table)
    };
    let columns: Result<Vec<SampleTable>, Problem> = READERS.into_par_iter().map(read).collect();
    let mut columns = columns?.into_iter();
    let mut next = || columns.next().unwrap_or_default();
    Ok(SampleTable {
        time: next().time,
        stack: next().stack,
        thread: next().thread,
        event: next().event,
        cpu: next().cpu,
        weight: next().weight,
        count: Vec::new(),
    })
}

/// How many samples each row is; nothing where each is one.
fn counts_of_rows(file: &TableFile, progress: &Progress) -> Result<Vec<u64>, Problem> {
    let (mut counts, mut rows, mut sum) = (Vec::new(), 0, 0u64);
    file.read::<Int64Type>("samples", progress, |count| {
        let count = count.and_then(|count| u64::try_from(*count).ok());
        let count = count.filter(|count| *count > 0).ok_or("is out of bounds")?;
        sum = sum.saturating_add(count);
        if sum > MOST_SAMPLES {
            return Err("counts too much");
        }
        if count > 1 && counts.is_empty() {
            counts.resize(rows, 1);
        }
        if count > 1 || !counts.is_empty() {
            counts.push(count);
        }
        rows += 1;
        Ok(())
    })?;
    Ok(counts)
}

/// A table of which one column is filled.
struct Filling<'a> {
    file: &'a TableFile,
    counts: &'a Counts,
    has_times: bool,
    progress: &'a Progress,
    table: SampleTable,
}

impl Filling<'_> {
    fn time(&mut self) -> Result<(), Problem> {
        let (column, has_times) = (&mut self.table.time, self.has_times);
        self.file
            .read::<Int64Type>("time_ns", self.progress, |time| {
                let time = time.map(|time| u64::try_from(*time).ok());
                let time = match (time, has_times) {
                    (Some(time), true) => time.ok_or("is negative")?,
                    (None, false) => 0,
                    _ => return Err("has times only in part"),
                };
                column.push(Timestamp(time));
                Ok(())
            })
    }

    fn stack(&mut self) -> Result<(), Problem> {
        let (column, end) = (&mut self.table.stack, self.counts.stacks);
        self.file
            .read::<Int64Type>("stack_id", self.progress, |id| {
                let id = index(id, 1, end).ok_or("names a stack that there is not")?;
                column.push(StackId(id));
                Ok(())
            })
    }

    fn thread(&mut self) -> Result<(), Problem> {
        let (column, end) = (&mut self.table.thread, self.counts.threads);
        self.file
            .read::<Int64Type>("thread_id", self.progress, |id| {
                let id = index(id, 0, end).ok_or("names a thread that there is not")?;
                column.push(ThreadId(id));
                Ok(())
            })
    }

    fn event(&mut self) -> Result<(), Problem> {
        let (column, end) = (&mut self.table.event, self.counts.events);
        self.file
            .read::<Int64Type>("event_id", self.progress, |id| {
                let id = index(id, 0, end).ok_or("names an event that there is not")?;
                column.push(EventId(id));
                Ok(())
            })
    }

    fn cpu(&mut self) -> Result<(), Problem> {
        let column = &mut self.table.cpu;
        self.file.read::<Int32Type>("cpu", self.progress, |cpu| {
            let number = |cpu: &i32| u32::try_from(*cpu).ok().and_then(Cpu::new);
            let cpu = cpu.map_or(Some(Cpu::UNKNOWN), number);
            column.push(cpu.ok_or("is out of bounds")?);
            Ok(())
        })
    }

    fn weight(&mut self) -> Result<(), Problem> {
        let column = &mut self.table.weight;
        self.file
            .read::<Int64Type>("weight", self.progress, |weight| {
                let weight = weight.and_then(|weight| u64::try_from(*weight).ok());
                column.push(weight.ok_or("is out of bounds")?);
                Ok(())
            })
    }
}

/// What the scheduler's tracepoints say: a switch in three columns, or a wakeup in one. Whether they
/// have the same rows is the fingerprint's business.
fn sched(file: &TableFile, progress: &Progress) -> Result<Vec<SchedEvent>, Problem> {
    let threads = |column| some::<Int32Type, _>(file, column, progress, |id| Ok(*id));
    let states = some::<ByteArrayType, _>(file, "switch_state", progress, |name| {
        left_state(name.data()).ok_or("is of no state that is known")
    })?;
    let (from, to) = (threads("switch_from")?, threads("switch_to")?);
    let switches = from.into_iter().zip(states).zip(to);
    let switches = switches.map(|(((sample, from), (_, state)), (_, to))| SchedEvent {
        sample,
        what: Sched::Switch { from, state, to },
    });
    let woken = threads("woken")?.into_iter();
    let wakeups = woken.map(|(sample, thread)| SchedEvent {
        sample,
        what: Sched::Wakeup { thread },
    });
    let mut events: Vec<SchedEvent> = switches.chain(wakeups).collect();
    events.sort_by_key(|event| event.sample);
    Ok(events)
}

/// The values of a column that most rows have none in, and their rows.
fn some<T: Readable, V>(
    file: &TableFile,
    column: &str,
    progress: &Progress,
    value: impl Fn(&T::T) -> Result<V, &'static str>,
) -> Result<Vec<(u32, V)>, Problem> {
    let (mut row, mut values) = (0, Vec::new());
    file.read::<T>(column, progress, |found| {
        if let Some(found) = found {
            values.push((row, value(found)?));
        }
        row += 1;
        Ok(())
    })?;
    Ok(values)
}

/// An id from `first` on, below `end`.
fn index(id: Option<&i64>, first: usize, end: usize) -> Option<u32> {
    let id = u32::try_from(*id?).ok()?;
    (first..end).contains(&(id as usize)).then_some(id)
}
