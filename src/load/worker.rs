//! [`Worker`]: one thread's share of a load: pieces of text in, columns of samples out.
//!
//! Frames and stacks are known by a 128-bit hash of their content (`xxh3`): a frame's of its name,
//! module and mark, a stack's of its caller's key and its own frame's. So a sample whose stack was
//! seen before costs one look-up, whatever its depth, and the tables of several workers are merged
//! by key. At a hundred million distinct stacks the odds of any two sharing a key are below 1e-22.

use super::perf_script::{
    Body, Header, Layout, Line, RawFrame, parse_body, parse_line, parse_tail_frame, trim_line_end,
};
use super::pieces::Piece;
use crate::profile::{Cpu, EventId, StackId, ThreadId, Timestamp, WarningKind};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use memchr::memchr;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128, xxh3_128_with_seed};

/// How many line numbers a warning keeps.
pub(crate) const WARNING_LINES: usize = 5;
/// How many comment lines a piece keeps; a header block has a few hundred at most.
const MAX_COMMENTS: usize = 1000;
/// What the frames that come later are counted as, among the records.
const DEFERRED: &str = "DEFERRED CALLCHAIN";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Content hash of a frame or a stack.
type Key = u128;

/// What a raw frame's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RawKind {
    Comm,
    Function,
    Inlined,
}

/// Every distinct frame that a worker met, as printed.
#[derive(Default)]
pub(crate) struct RawFrames {
    index: HashTable<(Key, u32)>,
    pub(crate) keys: Vec<Key>,
    pub(crate) kinds: Vec<RawKind>,
    text: Vec<u8>,
    /// Where each frame's name and then its module end in `text`.
    ends: Vec<(usize, usize)>,
}

/// Every distinct stack that a worker met, callers before callees; node 0 is the root.
pub(crate) struct RawStacks {
    index: HashTable<(Key, u32)>,
    pub(crate) keys: Vec<Key>,
    pub(crate) parents: Vec<u32>,
    pub(crate) frames: Vec<u32>,
}

/// A thread as printed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RawThread {
    pub(crate) comm: Box<[u8]>,
    pub(crate) pid: Option<i32>,
    pub(crate) tid: Option<i32>,
}

/// What tells whose user stack comes later, or came: the thread and the number `perf` printed.
pub(crate) type Cookie = (Option<i32>, u64);

/// An event, and where in the file it came first: piece, and sample in that piece.
pub(crate) struct RawEvent {
    pub(crate) name: Box<[u8]>,
    pub(crate) first: (usize, usize),
}

/// What one thread made of the pieces it took.
pub(crate) struct Worker {
    layout: Layout,
    pub(crate) frames: RawFrames,
    pub(crate) stacks: RawStacks,
    pub(crate) threads: Vec<RawThread>,
    thread_index: HashTable<u32>,
    pub(crate) events: Vec<RawEvent>,
    event_index: HashTable<u32>,
    pub(crate) pieces: Vec<PieceSamples>,
    keys: Vec<Key>,
}

/// The samples of one piece, with its worker's ids, and what else was in it.
#[derive(Default)]
pub(crate) struct PieceSamples {
    pub(crate) index: usize,
    pub(crate) time: Vec<Timestamp>,
    pub(crate) stack: Vec<StackId>,
    pub(crate) thread: Vec<ThreadId>,
    pub(crate) event: Vec<EventId>,
    pub(crate) cpu: Vec<Cpu>,
    pub(crate) weight: Vec<u64>,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    pub(crate) comments: Vec<String>,
    pub(crate) records: BTreeMap<String, u64>,
    /// Samples (by index) whose outermost frames come later.
    pub(crate) waiting: Vec<(Cookie, usize)>,
    /// Those frames, as a stack of the thread.
    pub(crate) deferred: Vec<(Cookie, StackId)>,
    /// Count, and first line numbers within the piece, from 1.
    pub(crate) warnings: BTreeMap<WarningKind, (u64, Vec<u64>)>,
    /// How the piece's text ends, where it is the last.
    pub(crate) ending: Ending,
}

/// How a file's text ends.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// After a whole sample.
    #[default]
    Whole,
    /// Right after a sample's first line: cut off if samples have stacks at all.
    AfterHeader,
    /// Inside a stack or a line.
    Inside,
}

/// A piece being read: its worker's tables, its columns so far, and the sample whose lines come.
struct Reading<'w, 't> {
    worker: &'w mut Worker,
    samples: PieceSamples,
    open: Option<Open<'t>>,
    /// The last finished sample's frame list, to be used again.
    spare: Vec<RawFrame<'t>>,
}

/// What is being read: a header and the stack below it.
struct Open<'t> {
    header: Header<'t>,
    of: Of<'t>,
    /// Innermost first.
    frames: Vec<RawFrame<'t>>,
    /// Printed in place of the outermost frames.
    cookie: Option<u64>,
    /// Frames may follow: no blank line, registers or the like have ended the stack.
    takes_frames: bool,
}

/// Whose stack is being read.
#[derive(Clone, Copy)]
enum Of<'t> {
    Sample {
        period: Option<u64>,
        event: &'t [u8],
        tail: &'t [u8],
    },
    /// The outermost frames of earlier samples.
    Deferred(u64),
}

impl Worker {
    pub(crate) fn new(layout: Layout) -> Self {
        Self {
            layout,
            frames: RawFrames::default(),
            stacks: RawStacks::new(),
            threads: Vec::new(),
            thread_index: HashTable::new(),
            events: Vec::new(),
            event_index: HashTable::new(),
            pieces: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// Reads one piece.
    pub(crate) fn read(&mut self, piece: &Piece<'_>) {
        let samples = PieceSamples {
            index: piece.index,
            bytes: piece.bytes.len() as u64,
            ..PieceSamples::default()
        };
        let layout = self.layout;
        let mut reading = Reading {
            worker: self,
            samples,
            open: None,
            spare: Vec::new(),
        };
        let mut text: &[u8] = &piece.bytes;
        if piece.index == 0 {
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        let mut after_blank = true;
        while !text.is_empty() {
            let end = memchr(b'\n', text);
            let line = trim_line_end(&text[..end.unwrap_or(text.len())]);
            text = end.map_or(&[], |end| &text[end + 1..]);
            reading.samples.lines += 1;
            let parsed = parse_line(line, layout, after_blank);
            after_blank = parsed.may_precede_a_sample();
            let is_unended = end.is_none() && piece.is_last;
            if is_unended && is_incomplete(&parsed, line) {
                reading.samples.ending = Ending::Inside;
            } else {
                reading.line(parsed);
            }
        }
        if piece.is_last && !after_blank && reading.samples.ending == Ending::Whole {
            reading.samples.ending = reading.ending();
        }
        reading.finish_sample();
        let mut samples = reading.samples;
        samples.shrink();
        self.pieces.push(samples);
    }
}

/// Whether a last line without a line end shows that the file was cut inside it.
fn is_incomplete(parsed: &Line<'_>, line: &[u8]) -> bool {
    match parsed {
        Line::Frame(_) => !line.ends_with(b")"),
        Line::Header(header) => matches!(
            parse_body(header.body),
            None | Some(Body::Sample { event: b"", .. })
        ),
        Line::Unreadable => true,
        _ => false,
    }
}

impl<'t> Reading<'_, 't> {
    fn line(&mut self, line: Line<'t>) {
        match line {
            Line::Frame(frame) => self.frame(frame),
            Line::Header(header) => {
                self.finish_sample();
                self.header(header);
            }
            Line::Cookie(cookie) => match &mut self.open {
                Some(open) if open.takes_frames => open.cookie = Some(cookie),
                _ => self.samples.warn(WarningKind::StrayFrame),
            },
            Line::SourcePlace { inlined } => {
                let frame = self.open.as_mut().and_then(|open| open.frames.last_mut());
                if let Some(frame) = frame {
                    frame.inlined |= inlined;
                }
            }
            Line::Blank => {
                // Some files have a blank line between a sample's first line and its stack.
                if let Some(open) = &mut self.open {
                    open.takes_frames &= open.frames.is_empty();
                }
            }
            Line::Tail => {
                if let Some(open) = &mut self.open {
                    open.takes_frames = false;
                }
            }
            Line::Comment(comment) => {
                if self.samples.comments.len() < MAX_COMMENTS {
                    self.samples.comments.push(lossy(comment));
                }
            }
            Line::Unreadable => self.samples.warn(WarningKind::UnreadableLine),
        }
    }

    fn frame(&mut self, frame: RawFrame<'t>) {
        match &mut self.open {
            Some(open) if open.takes_frames => open.frames.push(frame),
            _ => self.samples.warn(WarningKind::StrayFrame),
        }
    }

    fn header(&mut self, header: Header<'t>) {
        let time_is_missing = self.worker.layout.has_times && header.time.is_none();
        let cpu_is_huge = header.cpu.is_some_and(|cpu| Cpu::new(cpu).is_none());
        let of = match parse_body(header.body) {
            Some(Body::Record(kind)) => {
                *self.samples.records.entry(lossy(kind)).or_default() += 1;
                return;
            }
            Some(Body::Deferred(cookie)) => {
                let kind = DEFERRED.to_owned();
                *self.samples.records.entry(kind).or_default() += 1;
                Of::Deferred(cookie)
            }
            Some(Body::Sample {
                period,
                event,
                tail,
            }) if !time_is_missing && !cpu_is_huge && is_sample(event, tail) => Of::Sample {
                period,
                event,
                tail,
            },
            _ => return self.samples.warn(WarningKind::UnreadableSample),
        };
        self.open = Some(Open {
            header,
            of,
            frames: std::mem::take(&mut self.spare),
            cookie: None,
            takes_frames: true,
        });
    }

    /// Adds what is open, if something is, to the columns.
    fn finish_sample(&mut self) {
        let Some(mut open) = self.open.take() else {
            return;
        };
        match open.of {
            Of::Sample {
                period,
                event,
                tail,
            } => {
                if open.frames.is_empty() {
                    open.frames.extend(parse_tail_frame(tail));
                }
                self.add_sample(&open, period.unwrap_or(1), event);
            }
            Of::Deferred(cookie) => {
                let stack = self.worker.stack(open.header.comm, &open.frames);
                let cookie = (open.header.tid, cookie);
                self.samples.deferred.push((cookie, stack));
            }
        }
        open.frames.clear();
        self.spare = open.frames;
    }

    fn add_sample(&mut self, open: &Open<'t>, weight: u64, event: &[u8]) {
        let (worker, samples) = (&mut *self.worker, &mut self.samples);
        let header = &open.header;
        let index = samples.time.len();
        let cpu = header.cpu.and_then(Cpu::new).unwrap_or(Cpu::UNKNOWN);
        samples
            .event
            .push(worker.event(event, (samples.index, index)));
        samples.thread.push(worker.thread(header));
        samples.stack.push(worker.stack(header.comm, &open.frames));
        samples.time.push(Timestamp(header.time.unwrap_or(0)));
        samples.cpu.push(cpu);
        samples.weight.push(weight);
        if let Some(cookie) = open.cookie {
            samples.waiting.push(((header.tid, cookie), index));
        }
    }

    /// How the text ends, if its last line is whole and not blank.
    fn ending(&self) -> Ending {
        match &self.open {
            Some(open) if !open.takes_frames => Ending::Whole,
            Some(open) if !open.frames.is_empty() => Ending::Inside,
            Some(open) => match open.of {
                Of::Sample { tail, .. } if parse_tail_frame(tail).is_some() => Ending::Whole,
                _ => Ending::AfterHeader,
            },
            None => Ending::Whole,
        }
    }
}

/// Without an event's name, only a frame or nothing may follow the time.
fn is_sample(event: &[u8], tail: &[u8]) -> bool {
    !event.is_empty() || tail.is_empty() || parse_tail_frame(tail).is_some()
}

impl Worker {
    /// The stack of `frames` (innermost first) below `comm`.
    fn stack(&mut self, comm: &[u8], frames: &[RawFrame<'_>]) -> StackId {
        self.keys.clear();
        let comm_key = frame_key(comm, b"", RawKind::Comm);
        let mut key = stack_key(RawStacks::ROOT_KEY, comm_key);
        self.keys.push(key);
        for frame in frames.iter().rev() {
            let frame_key = frame_key(frame.name, frame.module, raw_kind(frame));
            key = stack_key(key, frame_key);
            self.keys.push(key);
        }
        let known = |depth: usize| Some((depth + 1, self.stacks.find(self.keys[depth])?));
        let (first_new, mut node) = (0..self.keys.len())
            .rev()
            .find_map(known)
            .unwrap_or_default();
        for depth in first_new..self.keys.len() {
            let frame = match depth {
                0 => self.frames.intern(comm, b"", RawKind::Comm),
                _ => {
                    let frame = &frames[frames.len() - depth];
                    self.frames
                        .intern(frame.name, frame.module, raw_kind(frame))
                }
            };
            node = self.stacks.insert(self.keys[depth], node, frame);
        }
        StackId(node)
    }

    fn thread(&mut self, header: &Header<'_>) -> ThreadId {
        let (comm, pid, tid) = (header.comm, header.pid, header.tid);
        let hash_of = |comm: &[u8], tid: Option<i32>| {
            xxh3_64(comm) ^ (tid.unwrap_or(0) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        let threads = &mut self.threads;
        let entry = self.thread_index.entry(
            hash_of(comm, tid),
            |id| {
                let thread = &threads[*id as usize];
                (thread.tid, thread.pid) == (tid, pid) && *thread.comm == *comm
            },
            |id| hash_of(&threads[*id as usize].comm, threads[*id as usize].tid),
        );
        match entry {
            Entry::Occupied(found) => ThreadId(*found.get()),
            Entry::Vacant(slot) => {
                let id = threads.len() as u32;
                slot.insert(id);
                threads.push(RawThread {
                    comm: comm.into(),
                    pid,
                    tid,
                });
                ThreadId(id)
            }
        }
    }

    fn event(&mut self, name: &[u8], first: (usize, usize)) -> EventId {
        let events = &mut self.events;
        let entry = self.event_index.entry(
            xxh3_64(name),
            |id| *events[*id as usize].name == *name,
            |id| xxh3_64(&events[*id as usize].name),
        );
        match entry {
            Entry::Occupied(found) => EventId(*found.get()),
            Entry::Vacant(slot) => {
                let id = events.len() as u32;
                slot.insert(id);
                let name = name.into();
                events.push(RawEvent { name, first });
                EventId(id)
            }
        }
    }
}

impl PieceSamples {
    /// Gives back the room that the columns' growth has left.
    fn shrink(&mut self) {
        self.time.shrink_to_fit();
        self.stack.shrink_to_fit();
        self.thread.shrink_to_fit();
        self.event.shrink_to_fit();
        self.cpu.shrink_to_fit();
        self.weight.shrink_to_fit();
    }

    fn warn(&mut self, kind: WarningKind) {
        let (count, lines) = self.warnings.entry(kind).or_default();
        *count += 1;
        if lines.len() < WARNING_LINES {
            lines.push(self.lines);
        }
    }
}

impl RawFrames {
    /// The name and module of frame `id`, as printed.
    pub(crate) fn text(&self, id: usize) -> (&[u8], &[u8]) {
        let start = if id == 0 { 0 } else { self.ends[id - 1].1 };
        let (name_end, module_end) = self.ends[id];
        (
            &self.text[start..name_end],
            &self.text[name_end..module_end],
        )
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The id of a frame with this content.
    pub(crate) fn intern(&mut self, name: &[u8], module: &[u8], kind: RawKind) -> u32 {
        let key = frame_key(name, module, kind);
        let id = self.keys.len() as u32;
        match entry(&mut self.index, key) {
            Entry::Occupied(found) => found.get().1,
            Entry::Vacant(slot) => {
                slot.insert((key, id));
                self.keys.push(key);
                self.kinds.push(kind);
                self.text.extend_from_slice(name);
                let name_end = self.text.len();
                self.text.extend_from_slice(module);
                self.ends.push((name_end, self.text.len()));
                id
            }
        }
    }
}

impl RawStacks {
    const ROOT_KEY: Key = 0;

    pub(crate) fn new() -> Self {
        Self {
            index: HashTable::new(),
            keys: vec![Self::ROOT_KEY],
            parents: vec![0],
            frames: vec![0],
        }
    }

    fn find(&self, key: Key) -> Option<u32> {
        self.index
            .find(key as u64, |(other, _)| *other == key)
            .map(|(_, id)| *id)
    }

    /// The node with this key; `parent` and `frame` are stored if it is new.
    pub(crate) fn insert(&mut self, key: Key, parent: u32, frame: u32) -> u32 {
        let id = self.keys.len() as u32;
        match entry(&mut self.index, key) {
            Entry::Occupied(found) => found.get().1,
            Entry::Vacant(slot) => {
                slot.insert((key, id));
                self.keys.push(key);
                self.parents.push(parent);
                self.frames.push(frame);
                id
            }
        }
    }

    /// The stack of `outer` and then the frames of `inner` below its comm.
    pub(crate) fn append(&mut self, outer: u32, inner: u32) -> u32 {
        let mut frames = Vec::new();
        let mut node = inner;
        while self.parents[node as usize] != 0 {
            frames.push(self.frames[node as usize]);
            node = self.parents[node as usize];
        }
        frames.into_iter().rev().fold(outer, |node, frame| {
            // Not the key that a worker would have made: these stacks are merged already.
            let key = stack_key(self.keys[node as usize], Key::from(frame));
            self.insert(key, node, frame)
        })
    }

    /// How many nodes there are, the root included.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }
}

/// The slot of `key` in a table of keys, which are hashes already.
fn entry(index: &mut HashTable<(Key, u32)>, key: Key) -> Entry<'_, (Key, u32)> {
    index.entry(
        key as u64,
        |(other, _)| *other == key,
        |(other, _)| *other as u64,
    )
}

fn frame_key(name: &[u8], module: &[u8], kind: RawKind) -> Key {
    xxh3_128_with_seed(name, xxh3_64(module) ^ kind as u64)
}

fn stack_key(caller: Key, frame: Key) -> Key {
    let mut both = [0; 32];
    both[..16].copy_from_slice(&caller.to_le_bytes());
    both[16..].copy_from_slice(&frame.to_le_bytes());
    xxh3_128(&both)
}

fn raw_kind(frame: &RawFrame<'_>) -> RawKind {
    if frame.inlined {
        RawKind::Inlined
    } else {
        RawKind::Function
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
