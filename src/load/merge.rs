//! Merging: what the workers found becomes one canonical [`Profile`], whatever the chunking.
//!
//! Ids are given by content alone: frames sorted by name, module and kind; stacks depth-first with
//! siblings by frame; threads by comm, pid and tid; events by their first sample in the file.

use super::LoadError;
use super::canonical::{ShownFrames, Trie, canonical_stacks};
use super::names::{NamedFrame, named_frames};
use super::tables::{RawFrames, RawStacks};
use super::worker::{Cookie, Ending, PieceSamples, RawEvent, RawThread, WARNING_LINES, Worker};
use crate::job::Progress;
use crate::profile::{
    Event, EventId, FrameId, FrameKind, FrameTable, Part, Profile, ProfileInfo, SampleTable,
    SchedEvent, StackId, StackTable, StringId, StringTable, Thread, ThreadId, Warning, WarningKind,
    parts,
};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
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
struct IdMaps<'a> {
    stacks: &'a Trie,
    threads: Vec<ThreadId>,
    events: Vec<EventId>,
}

/// What is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// What has been read so far; reading goes on.
    Partial,
    /// Everything; the workers are not needed any more.
    Whole,
}

/// Merges what all workers read into one profile.
pub(super) fn merge(
    workers: &mut [Worker],
    stage: Stage,
    has_times: bool,
    progress: &Progress,
) -> Result<Profile, Problem> {
    let take = |worker: &mut Worker| std::mem::take(&mut worker.pieces);
    let mut taken: Vec<Vec<PieceSamples>> = workers.iter_mut().map(take).collect();
    if stage == Stage::Whole {
        workers.iter_mut().for_each(Worker::end);
    }
    let merged = merge_pieces(workers, &mut taken, stage, has_times, progress);
    for (worker, pieces) in workers.iter_mut().zip(taken) {
        worker.pieces = pieces;
    }
    merged
}

fn merge_pieces(
    workers: &[Worker],
    taken: &mut [Vec<PieceSamples>],
    stage: Stage,
    has_times: bool,
    progress: &Progress,
) -> Result<Profile, Problem> {
    let mut pieces = in_file_order(taken);
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
    let (raw_frames, frame_maps) = merge_frames(workers);
    let (joined_stacks, joined) = join_deferred(&pieces, workers, &frame_maps);
    let threads = sorted_threads(workers);
    let events = ordered_events(workers);
    let named = name_frames(&raw_frames, workers, &frame_maps);
    let strings = string_table(&named, &threads, &events);
    let (frames, frame_ids) = frame_table(&named, &strings);
    let mut tries: Vec<Trie> = workers
        .par_iter()
        .zip(&frame_maps)
        .map(|(worker, frames)| Trie::new(worker.stacks.nodes(), frames))
        .collect();
    let identity: Vec<u32> = (0..raw_frames.len() as u32).collect();
    tries.push(Trie::new(joined_stacks.nodes(), &identity));
    let stacks = canonical_stacks(&tries, &ShownFrames::new(&frame_ids));
    drop(named);
    let joined_trie = &tries[workers.len()];
    let joined = joined
        .into_iter()
        .map(|(at, node)| (at, joined_trie.stack(node)))
        .collect();

    let event_ids: BTreeMap<&[u8], EventId> = events
        .iter()
        .zip(0..)
        .map(|(event, id)| (&*event.name, EventId(id)))
        .collect();
    let mut maps = Vec::new();
    for (worker, stacks) in workers.iter().zip(&tries) {
        maps.push(IdMaps {
            stacks,
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
        is_partial: stage == Stage::Partial,
        bytes,
        lines,
        has_times,
        ..ProfileInfo::default()
    };
    let mut warnings = collect_notes(&pieces, &mut info, stacks.depth.iter().any(|d| *d > 1));
    let thread_table = thread_table(&threads, &strings);
    let mut event_table: Vec<Event> = Vec::new();
    for event in &events {
        let name = find(&strings, &event.name);
        event_table.push(Event { name, samples: 0 });
    }
    let mut sched = concatenate_sched(&pieces);
    let last = pieces.last().map(|(_, piece)| piece.ending);
    let mut samples = concatenate(&mut pieces, stage, &maps, samples, joined);
    if last == Some(Ending::AfterFrame) && !begins_as_others(&stacks, &samples) {
        warnings.push(Warning {
            first_lines: vec![info.lines],
            ..without_lines(WarningKind::CutOff, 1)
        });
    }
    for event in &samples.event {
        event_table[event.index()].samples += 1;
    }
    let out_of_order = sort_by_time(&mut samples, &mut sched);
    if out_of_order > 0 {
        warnings.push(without_lines(WarningKind::OutOfOrder, out_of_order));
    }
    let parts = parts(&samples.time);
    warnings.extend(far_away(&parts, samples.len()));
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
        recorded: None,
    })
}

/// Whether the last sample's outermost function is that of another, too: then none of its callers are
/// missing, though no blank line ends it, as in what was copied from somewhere. Of a sample that is alone
/// nothing can be said.
fn begins_as_others(stacks: &StackTable, samples: &SampleTable) -> bool {
    let Some((last, others)) = samples.stack.split_last() else {
        return true;
    };
    // By node; callers come before callees.
    let mut outermost: Vec<FrameId> = Vec::with_capacity(stacks.len());
    for node in 0..stacks.len() {
        outermost.push(match stacks.depth[node] {
            0..=2 => stacks.frame[node],
            _ => outermost[stacks.parent[node].index()],
        });
    }
    let wanted = outermost[last.index()];
    let is_such = |stack: &StackId| outermost[stack.index()] == wanted;
    others.is_empty() || others.iter().any(is_such)
}

/// Says how many samples are in other parts of the time than most.
pub(super) fn far_away(parts: &[Part], samples: usize) -> Option<Warning> {
    let near = parts.iter().map(|part| part.samples.len()).max();
    let far = samples - near.unwrap_or(0);
    (far > 0).then(|| without_lines(WarningKind::FarAway, far as u64))
}

pub(super) fn without_lines(kind: WarningKind, count: u64) -> Warning {
    Warning {
        kind,
        count,
        first_lines: Vec::new(),
    }
}

/// A piece, and the number of the worker that read it.
type PieceOf<'a> = (usize, &'a mut PieceSamples);

/// All pieces in file order.
fn in_file_order(taken: &mut [Vec<PieceSamples>]) -> Vec<PieceOf<'_>> {
    let workers = taken.iter_mut().enumerate();
    let mut pieces: Vec<_> = workers
        .flat_map(|(worker, pieces)| pieces.iter_mut().map(move |piece| (worker, piece)))
        .collect();
    pieces.sort_unstable_by_key(|(_, piece)| piece.index);
    pieces
}

/// One set of raw frames, and each worker's in terms of it.
fn merge_frames(workers: &[Worker]) -> (RawFrames, Vec<Vec<u32>>) {
    let mut frames = RawFrames::default();
    let maps = workers.iter().map(|worker| frames.merge(&worker.frames));
    let maps = maps.collect();
    (frames, maps)
}

/// The samples whose outermost frames came later: piece, index in it, and the whole stack.
type Joined<T> = Vec<((usize, usize), T)>;

/// The stacks of those samples, of merged frames, and which sample has which.
fn join_deferred(
    pieces: &[PieceOf<'_>],
    workers: &[Worker],
    frame_maps: &[Vec<u32>],
) -> (RawStacks, Joined<u32>) {
    // Innermost first, comm last.
    let path = |(worker, StackId(mut node)): (usize, StackId)| {
        let nodes = workers[worker].stacks.nodes();
        let mut frames = Vec::new();
        while node != 0 {
            frames.push(frame_maps[worker][nodes[node as usize].frame as usize]);
            node = nodes[node as usize].parent;
        }
        frames
    };
    let mut deferred: BTreeMap<Cookie, (usize, StackId)> = BTreeMap::new();
    for (worker, piece) in pieces {
        let of_piece = piece.deferred.iter();
        deferred.extend(of_piece.map(|(cookie, stack)| (*cookie, (*worker, *stack))));
    }
    let mut stacks = RawStacks::new();
    let mut joined = Vec::new();
    for (number, (worker, piece)) in pieces.iter().enumerate() {
        for (cookie, index) in &piece.waiting {
            if let Some(outer) = deferred.get(cookie) {
                let (outer, inner) = (path(*outer), path((*worker, piece.stack[*index])));
                let below_comm = &inner[..inner.len().saturating_sub(1)];
                let frames = outer.iter().rev().chain(below_comm.iter().rev());
                let node = stacks.add_stack(frames.copied());
                joined.push(((number, *index), node));
            }
        }
    }
    (stacks, joined)
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

/// For each raw frame, the frames that it is shown as; none for a frame that no stack has.
fn name_frames<'a>(
    raw: &'a RawFrames,
    workers: &[Worker],
    frame_maps: &[Vec<u32>],
) -> Vec<Vec<NamedFrame<'a>>> {
    let mut is_used = vec![false; raw.len()];
    for (worker, frames) in workers.iter().zip(frame_maps) {
        for node in worker.stacks.nodes().iter().skip(1) {
            is_used[frames[node.frame as usize] as usize] = true;
        }
    }
    let name = |(id, is_used): (usize, bool)| match is_used {
        true => named_frames(raw.get(id)),
        false => Vec::new(),
    };
    is_used
        .into_par_iter()
        .enumerate()
        .with_min_len(256)
        .map(name)
        .collect()
}

pub(super) fn string_table(
    named: &[Vec<NamedFrame<'_>>],
    threads: &[&RawThread],
    events: &[&RawEvent],
) -> StringTable {
    let mut names: Vec<&[u8]> = vec![b"", FrameKind::All.name().as_bytes()];
    for frame in named.iter().flatten() {
        names.extend([&*frame.name, frame.module, frame.raw_name]);
    }
    names.extend(threads.iter().map(|thread| &*thread.comm));
    names.extend(threads.iter().filter_map(|thread| thread.host.as_deref()));
    names.extend(events.iter().map(|event| &*event.name));
    names.par_sort_unstable();
    names.dedup();
    StringTable::from_sorted(names.into_iter())
}

pub(super) fn thread_table(threads: &[&RawThread], strings: &StringTable) -> Vec<Thread> {
    let thread = |thread: &&RawThread| Thread {
        comm: find(strings, &thread.comm),
        pid: thread.pid,
        tid: thread.tid,
        host: thread.host.as_deref().map(|host| find(strings, host)),
    };
    threads.iter().map(thread).collect()
}

/// The frames in canonical order, and for each raw frame the frames that it is shown as. Frames may be
/// millions: each is gone to once in their order, and names are looked for in no table.
pub(super) fn frame_table(
    named: &[Vec<NamedFrame<'_>>],
    strings: &StringTable,
) -> (FrameTable, Vec<Vec<FrameId>>) {
    let mut ids: Vec<Vec<FrameId>> = named
        .iter()
        .map(|frames| vec![FrameId(0); frames.len()])
        .collect();
    let places = named.iter().zip(0u32..).flat_map(|(frames, raw)| {
        let frames = frames.iter().zip(0u32..);
        frames.map(move |(frame, at)| (frame, raw, at))
    });
    let mut places: Vec<(&NamedFrame<'_>, u32, u32)> = places.collect();
    places.par_sort_unstable();
    let mut table = FrameTable {
        name: vec![find(strings, FrameKind::All.name().as_bytes())],
        raw_name: vec![find(strings, FrameKind::All.name().as_bytes())],
        module: vec![find(strings, b"")],
        kind: vec![FrameKind::All],
    };
    let (mut name, mut last) = (StringId(0), None);
    let mut modules: HashMap<&[u8], StringId> = HashMap::new();
    for (frame, raw, at) in places {
        if last.map(shown_as) != Some(shown_as(frame)) {
            last = Some(frame);
            // Names come in the order of the strings, which hold all of them.
            while strings.get(name) < &*frame.name && name.0 + 1 < strings.len() as u32 {
                name.0 += 1;
            }
            table.name.push(name);
            table.raw_name.push(match frame.raw_name == &*frame.name {
                true => name,
                false => find(strings, frame.raw_name),
            });
            let module = modules.entry(frame.module);
            let module = module.or_insert_with(|| find(strings, frame.module));
            table.module.push(*module);
            table.kind.push(frame.kind);
        }
        ids[raw as usize][at as usize] = FrameId(table.kind.len() as u32 - 1);
    }
    (table, ids)
}

/// Frames that agree in this are one.
fn shown_as<'a>(frame: &'a NamedFrame<'_>) -> (&'a [u8], &'a [u8], FrameKind) {
    (&frame.name, frame.module, frame.kind)
}

/// The pieces' columns one after the other, in the profile's ids. One column after the other, and
/// in the end each piece's is dropped when it is copied: no more than one column is in memory twice.
fn concatenate(
    pieces: &mut [PieceOf<'_>],
    stage: Stage,
    maps: &[IdMaps<'_>],
    count: usize,
    joined: Joined<StackId>,
) -> SampleTable {
    let mut starts = vec![0];
    for (_, piece) in pieces.iter() {
        starts.push(starts[starts.len() - 1] + piece.time.len());
    }
    let mut column = Column {
        pieces,
        stage,
        count,
    };
    let mut table = SampleTable {
        time: column.take(|piece| &mut piece.time, |_, time| time),
        stack: column.take(
            |piece| &mut piece.stack,
            |worker, StackId(node)| maps[worker].stacks.stack(node),
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
        count: Vec::new(),
    };
    for ((piece, index), stack) in joined {
        table.stack[starts[piece] + index] = stack;
    }
    table
}

struct Column<'a, 'p> {
    pieces: &'a mut [PieceOf<'p>],
    stage: Stage,
    count: usize,
}

impl Column<'_, '_> {
    /// One column of all pieces, each value mapped with its worker's number.
    fn take<T: Copy>(
        &mut self,
        of: impl Fn(&mut PieceSamples) -> &mut Vec<T>,
        map: impl Fn(usize, T) -> T,
    ) -> Vec<T> {
        let mut column = Vec::with_capacity(self.count);
        for (worker, piece) in self.pieces.iter_mut() {
            let part = of(piece);
            column.extend(part.iter().map(|value| map(*worker, *value)));
            if self.stage == Stage::Whole {
                *part = Vec::new();
            }
        }
        column
    }
}

/// What the scheduler's tracepoints say, by sample of the whole.
fn concatenate_sched(pieces: &[PieceOf<'_>]) -> Vec<SchedEvent> {
    let count = pieces.iter().map(|(_, piece)| piece.sched.len()).sum();
    let mut all = Vec::with_capacity(count);
    let mut start = 0;
    for (_, piece) in pieces {
        all.extend(piece.sched.iter().map(|event| SchedEvent {
            sample: event.sample + start,
            what: event.what,
        }));
        start += piece.time.len() as u32;
    }
    all
}

/// Sorts stably by time; how many samples were earlier than the one before them.
pub(super) fn sort_by_time(table: &mut SampleTable, sched: &mut [SchedEvent]) -> u64 {
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
        if !table.count.is_empty() {
            reorder(&mut table.count, &order);
        }
        if !sched.is_empty() {
            let mut place = vec![0; order.len()];
            for (new, old) in (0u32..).zip(&order) {
                place[*old as usize] = new;
            }
            for event in sched.iter_mut() {
                event.sample = place[event.sample as usize];
            }
            sched.sort_unstable_by_key(|event| event.sample);
        }
    }
    out_of_order as u64
}

/// Header comments and records into `info`; warnings with line numbers of the whole file.
fn collect_notes(pieces: &[PieceOf<'_>], info: &mut ProfileInfo, has_stacks: bool) -> Vec<Warning> {
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
pub(super) fn find(strings: &StringTable, name: &[u8]) -> StringId {
    strings.find(name).unwrap_or_default()
}

/// The place of `item` in the sorted list that it came from.
pub(super) fn rank<T: Ord>(sorted: &[T], item: &T) -> u32 {
    sorted.binary_search(item).unwrap_or_default() as u32
}
