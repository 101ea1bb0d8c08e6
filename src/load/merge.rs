//! Merging: what the workers found becomes one canonical [`Profile`], whatever the chunking.
//!
//! Ids are given by content alone: frames sorted by name, module and kind; stacks depth-first with
//! siblings by frame; threads by comm, pid and tid; events by their first sample in the file.

use super::LoadError;
use super::names::{NamedFrame, named_frames};
use super::tables::{RawFrames, RawStacks};
use super::worker::{Cookie, Ending, PieceSamples, RawEvent, RawThread, WARNING_LINES, Worker};
use crate::job::Progress;
use crate::profile::{
    Event, EventId, FrameId, FrameKind, FrameTable, Profile, ProfileInfo, SampleTable, StackId,
    StackTable, StringId, StringTable, Thread, ThreadId, Warning, WarningKind, parts,
};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// Why what was read makes no profile.
pub(super) enum Problem {
    NoSamples { lines: u64 },
    TooLarge,
    Cancelled,
}

impl Problem {
    pub(super) fn at(self, path: &Path) -> LoadError {
        let path = path.to_owned();
        match self {
            Self::NoSamples { lines } => LoadError::NoSamples { path, lines },
            Self::TooLarge => LoadError::TooLarge(path),
            Self::Cancelled => LoadError::Cancelled,
        }
    }
}

/// A worker's ids in terms of the profile's.
struct IdMaps {
    stacks: Vec<StackId>,
    threads: Vec<ThreadId>,
    events: Vec<EventId>,
}

/// Merges what all workers read into one profile.
pub(super) fn merge(
    mut workers: Vec<Worker>,
    has_times: bool,
    progress: &Progress,
) -> Result<Profile, Problem> {
    let pieces = take_pieces(&mut workers);
    let lines = pieces.iter().map(|(_, piece)| piece.lines).sum();
    let bytes = pieces.iter().map(|(_, piece)| piece.bytes).sum();
    let samples: usize = pieces.iter().map(|(_, piece)| piece.time.len()).sum();
    if samples == 0 {
        return Err(Problem::NoSamples { lines });
    }
    let nodes: usize = workers.iter().map(|worker| worker.stacks.len()).sum();
    if u32::try_from(nodes.max(samples)).is_err() {
        return Err(Problem::TooLarge);
    }
    if progress.is_cancelled() {
        return Err(Problem::Cancelled);
    }
    let (raw_frames, mut raw_stacks, stack_maps) = merge_raw(&mut workers);
    let joined = join_deferred(&pieces, &mut raw_stacks, &stack_maps);
    let threads = sorted_threads(&workers);
    let events = ordered_events(&workers);
    let named = name_frames(&raw_frames);
    let strings = string_table(&named, &threads, &events);
    let (frames, frame_ids) = frame_table(&named, &strings);
    let (stacks, stack_ids) = stack_table(&raw_stacks, &frame_ids);
    drop((raw_stacks, named));
    let joined = joined
        .into_iter()
        .map(|(at, raw)| (at, stack_ids[raw as usize]))
        .collect();

    let event_ids: BTreeMap<&[u8], EventId> = events
        .iter()
        .zip(0..)
        .map(|(event, id)| (&*event.name, EventId(id)))
        .collect();
    let mut maps = Vec::new();
    for (worker, stack_map) in workers.iter().zip(stack_maps) {
        maps.push(IdMaps {
            stacks: stack_map
                .iter()
                .map(|raw| stack_ids[*raw as usize])
                .collect(),
            threads: worker
                .threads
                .iter()
                .map(|t| ThreadId(rank(&threads, &t)))
                .collect(),
            events: worker
                .events
                .iter()
                .map(|e| event_ids.get(&*e.name).copied().unwrap_or_default())
                .collect(),
        });
    }
    let mut info = ProfileInfo {
        bytes,
        lines,
        has_times,
        ..ProfileInfo::default()
    };
    let mut warnings = collect_notes(&pieces, &mut info, stacks.depth.iter().any(|d| *d > 1));
    let thread_table = threads.iter().map(|thread| Thread {
        comm: find(&strings, &thread.comm),
        pid: thread.pid,
        tid: thread.tid,
    });
    let thread_table = thread_table.collect();
    let mut event_table: Vec<Event> = Vec::new();
    for event in &events {
        let name = find(&strings, &event.name);
        event_table.push(Event { name, samples: 0 });
    }
    drop(workers);
    let mut samples = concatenate(pieces, &maps, samples, joined);
    for event in &samples.event {
        event_table[event.index()].samples += 1;
    }
    let out_of_order = sort_by_time(&mut samples);
    if out_of_order > 0 {
        warnings.push(without_lines(WarningKind::OutOfOrder, out_of_order));
    }
    let parts = parts(&samples.time);
    let near = parts.iter().map(|part| part.samples.len()).max();
    let far_away = samples.len() - near.unwrap_or(0);
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
        parts,
        warnings,
    })
}

fn without_lines(kind: WarningKind, count: u64) -> Warning {
    Warning {
        kind,
        count,
        first_lines: Vec::new(),
    }
}

/// All pieces in file order, each with its worker's number.
fn take_pieces(workers: &mut [Worker]) -> Vec<(usize, PieceSamples)> {
    let mut pieces = Vec::new();
    for (index, worker) in workers.iter_mut().enumerate() {
        pieces.extend(worker.pieces.drain(..).map(|piece| (index, piece)));
    }
    pieces.sort_unstable_by_key(|(_, piece)| piece.index);
    pieces
}

/// One set of raw frames and stacks, and each worker's nodes in terms of it.
fn merge_raw(workers: &mut [Worker]) -> (RawFrames, RawStacks, Vec<Vec<u32>>) {
    let Some((first, others)) = workers.split_first_mut() else {
        return (RawFrames::default(), RawStacks::new(), Vec::new());
    };
    let mut frames = std::mem::take(&mut first.frames);
    let mut stacks = std::mem::replace(&mut first.stacks, RawStacks::new());
    let mut maps = vec![(0..stacks.len() as u32).collect()];
    for worker in others {
        let frame_map = frames.merge(&worker.frames);
        maps.push(stacks.merge(&worker.stacks, &frame_map));
    }
    (frames, stacks, maps)
}

/// The samples whose outermost frames came later: piece, index in it, and the whole stack.
type Joined<T> = Vec<((usize, usize), T)>;

fn join_deferred(
    pieces: &[(usize, PieceSamples)],
    stacks: &mut RawStacks,
    maps: &[Vec<u32>],
) -> Joined<u32> {
    let mut deferred: BTreeMap<Cookie, u32> = BTreeMap::new();
    for (worker, piece) in pieces {
        let node = |stack: &StackId| maps[*worker][stack.index()];
        deferred.extend(
            piece
                .deferred
                .iter()
                .map(|(cookie, stack)| (*cookie, node(stack))),
        );
    }
    let mut joined = Vec::new();
    for (number, (worker, piece)) in pieces.iter().enumerate() {
        for (cookie, index) in &piece.waiting {
            if let Some(outer) = deferred.get(cookie) {
                let inner = maps[*worker][piece.stack[*index].index()];
                joined.push(((number, *index), stacks.append(*outer, inner)));
            }
        }
    }
    joined
}

fn sorted_threads(workers: &[Worker]) -> Vec<&RawThread> {
    let mut threads: Vec<&RawThread> = workers.iter().flat_map(|worker| &worker.threads).collect();
    threads.sort_unstable();
    threads.dedup();
    threads
}

/// Each event once, in the order of its first sample in the file.
fn ordered_events(workers: &[Worker]) -> Vec<&RawEvent> {
    let mut events: Vec<&RawEvent> = workers.iter().flat_map(|worker| &worker.events).collect();
    events.sort_unstable_by(|a, b| (&a.name, a.first).cmp(&(&b.name, b.first)));
    events.dedup_by(|later, first| later.name == first.name);
    events.sort_unstable_by_key(|event| event.first);
    events
}

/// For each raw frame, the frames that it is shown as.
fn name_frames(raw: &RawFrames) -> Vec<Vec<NamedFrame<'_>>> {
    let frame = |id| {
        let (name, module, kind) = raw.get(id);
        named_frames(name, module, kind)
    };
    (0..raw.len())
        .into_par_iter()
        .with_min_len(256)
        .map(frame)
        .collect()
}

fn string_table(
    named: &[Vec<NamedFrame<'_>>],
    threads: &[&RawThread],
    events: &[&RawEvent],
) -> StringTable {
    let mut names: Vec<&[u8]> = vec![b"", FrameKind::All.name().as_bytes()];
    for frame in named.iter().flatten() {
        names.extend([&*frame.name, frame.module, frame.raw_name]);
    }
    names.extend(threads.iter().map(|thread| &*thread.comm));
    names.extend(events.iter().map(|event| &*event.name));
    names.par_sort_unstable();
    names.dedup();
    StringTable::from_sorted(names.into_iter())
}

/// The frames in canonical order, and for each raw frame the frames that it is shown as.
fn frame_table(
    named: &[Vec<NamedFrame<'_>>],
    strings: &StringTable,
) -> (FrameTable, Vec<Vec<FrameId>>) {
    let mut distinct: Vec<&NamedFrame<'_>> = named.iter().flatten().collect();
    distinct.par_sort_unstable();
    distinct.dedup_by(|later, first| shown_as(later) == shown_as(first));
    let mut table = FrameTable {
        name: vec![find(strings, FrameKind::All.name().as_bytes())],
        raw_name: vec![find(strings, FrameKind::All.name().as_bytes())],
        module: vec![find(strings, b"")],
        kind: vec![FrameKind::All],
    };
    for frame in &distinct {
        table.name.push(find(strings, &frame.name));
        table.raw_name.push(find(strings, frame.raw_name));
        table.module.push(find(strings, frame.module));
        table.kind.push(frame.kind);
    }
    let id = |frame: &NamedFrame<'_>| {
        let rank = distinct.binary_search_by(|other| shown_as(other).cmp(&shown_as(frame)));
        FrameId(1 + rank.unwrap_or_default() as u32)
    };
    let ids = named
        .par_iter()
        .map(|frames| frames.iter().map(id).collect())
        .collect();
    (table, ids)
}

/// Frames that agree in this are one.
fn shown_as<'a>(frame: &'a NamedFrame<'_>) -> (&'a [u8], &'a [u8], FrameKind) {
    (&frame.name, frame.module, frame.kind)
}

/// The canonical trie, and each raw node's place in it.
fn stack_table(raw: &RawStacks, frame_ids: &[Vec<FrameId>]) -> (StackTable, Vec<StackId>) {
    let mut trie = ShownTrie::new();
    let mut shown: Vec<u32> = vec![0];
    for node in 1..raw.len() {
        let mut parent = shown[raw.parents[node] as usize];
        for frame in &frame_ids[raw.frames[node] as usize] {
            parent = trie.child(parent, *frame);
        }
        shown.push(parent);
    }
    let (table, order) = trie.into_canonical();
    (
        table,
        shown.iter().map(|node| order[*node as usize]).collect(),
    )
}

/// The trie of frames as shown, in the order of discovery: callers before callees.
struct ShownTrie {
    index: HashTable<(u64, u32)>,
    /// Caller in the high half, frame in the low: sorting it sorts siblings.
    nodes: Vec<u64>,
}

impl ShownTrie {
    fn new() -> Self {
        Self {
            index: HashTable::new(),
            nodes: vec![0],
        }
    }

    fn child(&mut self, parent: u32, frame: FrameId) -> u32 {
        let node = u64::from(parent) << 32 | u64::from(frame.0);
        let hash = |node: u64| {
            let product = u128::from(node ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93_u128;
            (product >> 64) as u64 ^ product as u64
        };
        match self.index.entry(
            hash(node),
            |(other, _)| *other == node,
            |(other, _)| hash(*other),
        ) {
            Entry::Occupied(found) => found.get().1,
            Entry::Vacant(slot) => {
                let id = self.nodes.len() as u32;
                slot.insert((node, id));
                self.nodes.push(node);
                id
            }
        }
    }

    /// Depth-first, siblings by frame; and each node's new id.
    fn into_canonical(self) -> (StackTable, Vec<StackId>) {
        let count = self.nodes.len();
        let mut by_parent: Vec<(u64, u32)> = self.nodes.into_iter().zip(0..).skip(1).collect();
        by_parent.par_sort_unstable();
        let mut first_child = vec![0u32; count + 1];
        for (node, _) in &by_parent {
            first_child[(node >> 32) as usize + 1] += 1;
        }
        for index in 1..=count {
            first_child[index] += first_child[index - 1];
        }
        let mut table = StackTable::default();
        let mut order = vec![StackId::ROOT; count];
        // Nodes still to be placed, last first: old id, frame, new id of the caller.
        let mut waiting: Vec<(u32, FrameId, StackId)> = Vec::new();
        let place_children = |old: u32, new: StackId, waiting: &mut Vec<_>| {
            let children =
                first_child[old as usize] as usize..first_child[old as usize + 1] as usize;
            let siblings = by_parent[children].iter().rev();
            waiting.extend(siblings.map(|(node, old)| (*old, FrameId(*node as u32), new)));
        };
        place_children(0, StackId::ROOT, &mut waiting);
        while let Some((old, frame, parent)) = waiting.pop() {
            let new = StackId(table.len() as u32);
            order[old as usize] = new;
            table.parent.push(parent);
            table.frame.push(frame);
            table.depth.push(table.depth[parent.index()] + 1);
            table.subtree_end.push(StackId(new.0 + 1));
            place_children(old, new, &mut waiting);
        }
        for node in (1..count).rev() {
            let parent = table.parent[node].index();
            table.subtree_end[parent] = table.subtree_end[parent].max(table.subtree_end[node]);
        }
        (table, order)
    }
}

/// The pieces' columns one after the other, in the profile's ids. One column after the other, and
/// each piece's is dropped when it is copied: no more than one column is in memory twice.
fn concatenate(
    mut pieces: Vec<(usize, PieceSamples)>,
    maps: &[IdMaps],
    count: usize,
    joined: Joined<StackId>,
) -> SampleTable {
    let mut starts = vec![0];
    for (_, piece) in &pieces {
        starts.push(starts[starts.len() - 1] + piece.time.len());
    }
    let mut column = Column {
        pieces: &mut pieces,
        count,
    };
    let mut table = SampleTable {
        time: column.take(|piece| &mut piece.time, |_, time| time),
        stack: column.take(
            |piece| &mut piece.stack,
            |worker, id| maps[worker].stacks[id.index()],
        ),
        thread: column.take(
            |piece| &mut piece.thread,
            |worker, id| maps[worker].threads[id.index()],
        ),
        event: column.take(
            |piece| &mut piece.event,
            |worker, id| maps[worker].events[id.index()],
        ),
        cpu: column.take(|piece| &mut piece.cpu, |_, cpu| cpu),
        weight: column.take(|piece| &mut piece.weight, |_, weight| weight),
    };
    for ((piece, index), stack) in joined {
        table.stack[starts[piece] + index] = stack;
    }
    table
}

struct Column<'a> {
    pieces: &'a mut [(usize, PieceSamples)],
    count: usize,
}

impl Column<'_> {
    /// One column of all pieces, each value mapped with its worker's number.
    fn take<T: Copy>(
        &mut self,
        of: impl Fn(&mut PieceSamples) -> &mut Vec<T>,
        map: impl Fn(usize, T) -> T,
    ) -> Vec<T> {
        let mut column = Vec::with_capacity(self.count);
        for (worker, piece) in self.pieces.iter_mut() {
            let part = std::mem::take(of(piece));
            column.extend(part.into_iter().map(|value| map(*worker, value)));
        }
        column
    }
}

/// Sorts stably by time; how many samples were earlier than the one before them.
fn sort_by_time(table: &mut SampleTable) -> u64 {
    let out_of_order = table
        .time
        .windows(2)
        .filter(|pair| pair[1] < pair[0])
        .count();
    if out_of_order > 0 {
        let mut order: Vec<u32> = (0..table.len() as u32).collect();
        order.par_sort_by_key(|index| table.time[*index as usize]);
        fn reorder<T: Copy + Send + Sync>(column: &mut Vec<T>, order: &[u32]) {
            *column = order
                .par_iter()
                .map(|index| column[*index as usize])
                .collect();
        }
        reorder(&mut table.time, &order);
        reorder(&mut table.stack, &order);
        reorder(&mut table.thread, &order);
        reorder(&mut table.event, &order);
        reorder(&mut table.cpu, &order);
        reorder(&mut table.weight, &order);
    }
    out_of_order as u64
}

/// Header comments and records into `info`; warnings with line numbers of the whole file.
fn collect_notes(
    pieces: &[(usize, PieceSamples)],
    info: &mut ProfileInfo,
    has_stacks: bool,
) -> Vec<Warning> {
    let mut records: BTreeMap<&str, u64> = BTreeMap::new();
    let mut warnings: BTreeMap<WarningKind, (u64, Vec<u64>)> = BTreeMap::new();
    let mut lines_before = 0;
    for (_, piece) in pieces {
        info.header.extend(
            piece
                .comments
                .iter()
                .filter(|line| !line.is_empty())
                .cloned(),
        );
        for (kind, count) in &piece.records {
            *records.entry(kind).or_default() += count;
        }
        for (kind, (count, lines)) in &piece.warnings {
            let (total, first_lines) = warnings.entry(*kind).or_default();
            *total += count;
            let room = WARNING_LINES.saturating_sub(first_lines.len());
            first_lines.extend(lines.iter().take(room).map(|line| lines_before + line));
        }
        lines_before += piece.lines;
        if piece.ending == Ending::Inside || piece.ending == Ending::AfterHeader && has_stacks {
            warnings.insert(WarningKind::CutOff, (1, vec![lines_before]));
        }
    }
    info.records = records
        .into_iter()
        .map(|(kind, count)| (kind.to_owned(), count))
        .collect();
    let warning = |(kind, (count, first_lines))| Warning {
        kind,
        count,
        first_lines,
    };
    warnings.into_iter().map(warning).collect()
}

/// The id of a string that the table was made from.
fn find(strings: &StringTable, name: &[u8]) -> StringId {
    strings.find(name).unwrap_or_default()
}

/// The place of `item` in the sorted list that it came from.
fn rank<T: Ord>(sorted: &[T], item: &T) -> u32 {
    sorted.binary_search(item).unwrap_or_default() as u32
}
