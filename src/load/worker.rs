//! [`Worker`]: one thread's share of a load: pieces of text in, columns of samples out.

use super::known::{Callers, KnownCallers, KnownLines, StackText};
use super::perf_script::{
    Body, Header, Layout, Line, RawFrame, parse_body, parse_line, parse_tail_frame, trim_line_end,
};
use super::pieces::Piece;
use super::tables::{Key, RawFrames, RawKind, RawStacks};
use crate::profile::{Cpu, EventId, StackId, ThreadId, Timestamp, WarningKind};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use memchr::memchr;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// How many line numbers a warning keeps.
pub(crate) const WARNING_LINES: usize = 5;
/// How many comment lines a piece keeps; a header block has a few hundred at most.
const MAX_COMMENTS: usize = 1000;
/// What the frames that come later are counted as, among the records.
const DEFERRED: &[u8] = b"DEFERRED CALLCHAIN";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

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
    /// The keys of the stack at hand, outermost first; kept for its room.
    keys: Vec<Key>,
    known_lines: KnownLines,
    known_callers: KnownCallers,
}

/// A frame of the sample at hand.
#[derive(Clone, Copy)]
struct Frame<'t> {
    key: Key,
    /// Its line, to be taken apart if the frame is new.
    line: &'t [u8],
    /// A source line below it has said so.
    inlined: bool,
}

impl<'t> Frame<'t> {
    fn content(&self, layout: Layout) -> RawFrame<'t> {
        let parsed = match parse_line(self.line, layout, false) {
            Line::Frame(frame) => Some(frame),
            // The end of a sample's only line.
            _ => parse_tail_frame(self.line),
        };
        let mut frame = parsed.unwrap_or_default();
        frame.inlined |= self.inlined;
        frame
    }
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
    spare: Vec<Frame<'t>>,
    /// The text of callers that is being read line by line, to be known next time.
    unknown_callers: Option<(u128, &'t [u8])>,
}

/// What is being read: a header and the stack below it.
struct Open<'t> {
    header: Header<'t>,
    of: Of<'t>,
    /// Innermost first.
    frames: Vec<Frame<'t>>,
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
            known_lines: KnownLines::new(),
            known_callers: KnownCallers::default(),
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
            unknown_callers: None,
        };
        reading.worker.known_callers.begin_piece();
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
            if line.first() == Some(&b'\t') && end.is_some() && reading.known_frame(line) {
                after_blank = false;
                continue;
            }
            let parsed = parse_line(line, layout, after_blank);
            let was_after_blank = after_blank;
            after_blank = parsed.may_precede_a_sample();
            let is_unended = end.is_none() && piece.is_last;
            if is_unended && is_incomplete(&parsed, line) {
                reading.samples.ending = Ending::Inside;
            } else {
                let is_header = matches!(parsed, Line::Header(_));
                reading.line(parsed, line, was_after_blank);
                if is_header && reading.worker.known_callers.pays() {
                    text = &text[reading.known_stack(text)..];
                }
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
        Line::Blank => line.first() == Some(&b'\t'),
        _ => false,
    }
}

impl<'t> Reading<'_, 't> {
    /// Finishes the sample whose first line was the last, if the stack that `text` begins with was
    /// seen before; how many bytes of it are done with.
    fn known_stack(&mut self, text: &'t [u8]) -> usize {
        let Some(Open {
            header,
            of: Of::Sample { period, event, .. },
            ..
        }) = &self.open
        else {
            return 0;
        };
        let Some(stack) = StackText::of(text) else {
            self.worker.known_callers.give_up();
            return 0;
        };
        let hash = stack.callers_hash(Key::of_comm(header.comm));
        let Some(callers) = self.worker.known_callers.find(hash) else {
            self.unknown_callers = Some((hash, stack.callers));
            return 0;
        };
        let leaf = trim_line_end(stack.leaf);
        let Line::Frame(leaf) = parse_line(leaf, self.worker.layout, false) else {
            return 0;
        };
        let Some(node) = self.worker.leaf(callers.key, &leaf) else {
            return 0;
        };
        let (period, event) = (period.unwrap_or(1), *event);
        if let Some(mut open) = self.open.take() {
            self.add_sample(&open.header, node, period, event);
            open.frames.clear();
            self.spare = open.frames;
        }
        self.samples.lines += 1 + u64::from(callers.lines);
        stack.len()
    }

    /// Remembers what the callers that were read line by line stand for, if they were frames all.
    fn learn_callers(&mut self, frames: &[Frame<'t>]) {
        let Some((hash, text)) = self.unknown_callers.take() else {
            return;
        };
        let lines = memchr::memchr_iter(b'\n', text).count();
        let keys = &self.worker.keys;
        if frames.len() == lines + 1
            && keys.len() == lines + 2
            && frames.iter().all(|frame| !frame.inlined)
        {
            let key = keys[lines];
            let lines = lines as u32;
            self.worker.known_callers.add(hash, Callers { key, lines });
        }
    }

    /// Takes in a frame whose line was seen before; whether it was.
    fn known_frame(&mut self, line: &'t [u8]) -> bool {
        let Some(open) = self.open.as_mut().filter(|open| open.takes_frames) else {
            return false;
        };
        let known = self.worker.known_lines.find(line);
        if let Some(key) = known {
            let inlined = false;
            open.frames.push(Frame { key, line, inlined });
        }
        known.is_some()
    }

    fn record(&mut self, kind: &[u8]) {
        *self.samples.records.entry(lossy(kind)).or_default() += 1;
    }

    /// `text` is the line's; `after_blank`: whether a blank one came before.
    fn line(&mut self, line: Line<'t>, text: &'t [u8], after_blank: bool) {
        match line {
            Line::Frame(frame) => self.frame(&frame, text),
            Line::Header(header) => {
                self.finish_sample();
                self.header(header);
            }
            Line::Cookie(cookie) => match &mut self.open {
                Some(open) if open.takes_frames => open.cookie = Some(cookie),
                _ => self.samples.warn(WarningKind::StrayFrame),
            },
            Line::SourcePlace { inlined } => {
                let open = self.open.as_mut().filter(|open| open.takes_frames);
                let frame = open.and_then(|open| open.frames.last_mut());
                if let Some(frame) = frame.filter(|_| inlined) {
                    frame.inlined = true;
                    frame.key = Key::of_frame(&frame.content(self.worker.layout));
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
            Line::Record(kind) => self.record(kind),
            Line::Unreadable => {
                // Behind a blank line it may be a header that cannot be read: what follows is its.
                if let Some(open) = self.open.as_mut().filter(|_| after_blank) {
                    open.takes_frames = false;
                }
                self.samples.warn(WarningKind::UnreadableLine);
            }
        }
    }

    fn frame(&mut self, frame: &RawFrame<'t>, line: &'t [u8]) {
        match &mut self.open {
            Some(open) if open.takes_frames => {
                let (key, inlined) = (Key::of_frame(frame), false);
                open.frames.push(Frame { key, line, inlined });
                self.worker.known_lines.add(line, key);
            }
            _ => self.samples.warn(WarningKind::StrayFrame),
        }
    }

    fn header(&mut self, header: Header<'t>) {
        let time_is_missing = self.worker.layout.has_times && header.time.is_none();
        let cpu_is_huge = header.cpu.is_some_and(|cpu| Cpu::new(cpu).is_none());
        let of = match parse_body(header.body) {
            Some(Body::Record(kind)) => return self.record(kind),
            Some(Body::Deferred(cookie)) => {
                self.record(DEFERRED);
                Of::Deferred(cookie)
            }
            Some(Body::Sample {
                period,
                event,
                tail,
            }) if !time_is_missing && !cpu_is_huge => Of::Sample {
                period,
                event,
                tail,
            },
            _ => return self.samples.warn(WarningKind::UnreadableSample),
        };
        self.unknown_callers = None;
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
                    open.frames
                        .extend(parse_tail_frame(tail).map(|frame| Frame {
                            key: Key::of_frame(&frame),
                            line: tail,
                            inlined: false,
                        }));
                }
                let stack = self.worker.stack(open.header.comm, &open.frames);
                if open.cookie.is_none() {
                    self.learn_callers(&open.frames);
                }
                let index = self.samples.time.len();
                if let Some(cookie) = open.cookie {
                    let cookie = (open.header.tid, cookie);
                    self.samples.waiting.push((cookie, index));
                }
                self.add_sample(&open.header, stack, period.unwrap_or(1), event);
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

    fn add_sample(&mut self, header: &Header<'t>, stack: StackId, weight: u64, event: &[u8]) {
        let (worker, samples) = (&mut *self.worker, &mut self.samples);
        let index = samples.time.len();
        let cpu = header.cpu.and_then(Cpu::new).unwrap_or(Cpu::UNKNOWN);
        samples
            .event
            .push(worker.event(event, (samples.index, index)));
        samples.thread.push(worker.thread(header));
        samples.stack.push(stack);
        samples.time.push(Timestamp(header.time.unwrap_or(0)));
        samples.cpu.push(cpu);
        samples.weight.push(weight);
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

impl Worker {
    /// The stack of `frames` (innermost first) below `comm`.
    fn stack(&mut self, comm: &[u8], frames: &[Frame<'_>]) -> StackId {
        let mut key = Key::default().then(Key::of_comm(comm));
        self.keys.clear();
        self.keys.push(key);
        for frame in frames.iter().rev() {
            key = key.then(frame.key);
            self.keys.push(key);
        }
        if let Some(node) = self.stacks.find(key) {
            return StackId(node);
        }
        // Callers of a known stack are known.
        let keys = &self.keys[..self.keys.len() - 1];
        let known = keys.partition_point(|key| self.stacks.find(*key).is_some());
        let deepest = known.checked_sub(1).map(|depth| keys[depth]);
        let mut node = deepest.and_then(|key| self.stacks.find(key)).unwrap_or(0);
        for depth in known..self.keys.len() {
            let frame = match depth {
                0 => self
                    .frames
                    .intern(Key::of_comm(comm), || (comm, b"", RawKind::Comm)),
                _ => {
                    let frame = &frames[frames.len() - depth];
                    self.frames
                        .intern(frame.key, || content(frame.content(self.layout)))
                }
            };
            node = self.stacks.add(self.keys[depth], node, frame);
        }
        StackId(node)
    }

    /// The stack of `leaf` on top of the known one of its callers.
    fn leaf(&mut self, callers: Key, leaf: &RawFrame<'_>) -> Option<StackId> {
        let frame = Key::of_frame(leaf);
        let key = callers.then(frame);
        let node = self.stacks.find(key).or_else(|| {
            let parent = self.stacks.find(callers)?;
            let frame = self.frames.intern(frame, || content(*leaf));
            Some(self.stacks.add(key, parent, frame))
        });
        node.map(StackId)
    }

    fn thread(&mut self, header: &Header<'_>) -> ThreadId {
        let (comm, pid, tid) = (header.comm, header.pid, header.tid);
        let hash_of = |comm: &[u8], pid: Option<i32>, tid: Option<i32>| {
            let ids = u64::from(pid.unwrap_or(0) as u32) << 32 | u64::from(tid.unwrap_or(0) as u32);
            xxh3_64_with_seed(comm, ids)
        };
        let threads = &mut self.threads;
        let entry = self.thread_index.entry(
            hash_of(comm, pid, tid),
            |id| {
                let thread = &threads[*id as usize];
                (thread.tid, thread.pid) == (tid, pid) && *thread.comm == *comm
            },
            |id| {
                let thread = &threads[*id as usize];
                hash_of(&thread.comm, thread.pid, thread.tid)
            },
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

/// A frame as the table of frames keeps it.
fn content<'t>(frame: RawFrame<'t>) -> (&'t [u8], &'t [u8], RawKind) {
    let kind = match frame.inlined {
        true => RawKind::Inlined,
        false => RawKind::Function,
    };
    (frame.name, frame.module, kind)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
