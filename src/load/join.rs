//! [`join`]: profiles whose tables are known, one or several, become one canonical [`Profile`].

use super::canonical::{ShownFrames, Trie, canonical_stacks};
use super::merge::{
    far_away, find, frame_table, rank, sort_by_time, string_table, thread_table, without_lines,
};
use super::names::NamedFrame;
use super::tables::RawNode;
use super::worker::{RawEvent, RawThread};
use crate::parquet_schema::About;
use crate::profile::{
    Event, EventId, FrameKind, Profile, ProfileInfo, SampleTable, SchedEvent, StackId, ThreadId,
    Warning, WarningKind, parts,
};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What the tables of one profile hold, in ids of their own.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) host: String,
    pub(super) about: About,
    pub(super) frames: Vec<StoredFrame>,
    /// The root first, then by `stack_id`; their frames count from 0.
    pub(super) nodes: Vec<RawNode>,
    pub(super) threads: Vec<RawThread>,
    pub(super) samples: SampleTable,
    pub(super) sched: Vec<SchedEvent>,
}

impl Part {
    /// One with nothing in it but the root.
    pub(super) fn new(about: About) -> Self {
        Self {
            name: String::new(),
            host: String::new(),
            about,
            frames: Vec::new(),
            nodes: vec![RawNode::default()],
            threads: Vec::new(),
            samples: SampleTable::default(),
            sched: Vec::new(),
        }
    }
}

/// A frame as it is shown, with its symbol.
pub(super) struct StoredFrame {
    pub(super) name: Box<[u8]>,
    pub(super) symbol: Box<[u8]>,
    pub(super) module: Box<[u8]>,
    pub(super) kind: FrameKind,
}

impl StoredFrame {
    pub(super) fn named(&self) -> NamedFrame<'_> {
        NamedFrame {
            name: Cow::Borrowed(&self.name),
            module: &self.module,
            kind: self.kind,
            raw_name: &self.symbol,
        }
    }
}

/// One profile as it is, several as one: hosts told apart.
pub(super) fn join(mut read: Vec<Part>) -> Profile {
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
        if !own.count.is_empty() {
            samples.count.resize(before as usize, 1);
            samples.count.extend(own.count);
        }
    }
    if !samples.count.is_empty() {
        samples.count.resize(samples.len(), 1);
    }
    for (row, event) in samples.event.iter().enumerate() {
        event_table[event.index()].samples += samples.count_of(row);
    }
    sort_by_time(&mut samples, &mut sched);
    let parts = parts(&samples.time);
    warnings.retain(|warning| warning.kind != WarningKind::FarAway);
    warnings.extend(far_away(&parts, samples.len()));
    Profile {
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
        recorded: None,
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
        is_of_perf: read.iter().all(|part| part.about.is_of_perf),
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
