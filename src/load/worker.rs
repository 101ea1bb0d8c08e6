//! [`Worker`]: one thread's share of a load: pieces of text in, columns of samples out.

use super::known::{Callers, KnownCallers, KnownLines, Missed, Place};
use super::perf_script::{
    Body, Header, Layout, Line, parse_body, parse_line, parse_sched, parse_tail_frame,
    trim_line_end,
};
use super::pieces::Piece;
use super::tables::{FrameText, RawFrames, RawStacks};
use crate::profile::{Cpu, EventId, SchedEvent, StackId, ThreadId, Timestamp, WarningKind};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use memchr::{memchr, memchr_iter};
use rapidhash::v3::{RapidSecrets, rapidhash_v3};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

/// How many line numbers a warning keeps.
pub(crate) const WARNING_LINES: usize = 5;
/// How many comment lines a piece keeps; a header block has a few hundred at most.
const MAX_COMMENTS: usize = 1000;
/// What the frames that come later are counted as, among the records.
const DEFERRED: &[u8] = b"DEFERRED CALLCHAIN";

/// A thread as printed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RawThread {
    pub(crate) comm: Box<[u8]>,
    pub(crate) pid: Option<i32>,
    pub(crate) tid: Option<i32>,
    /// `perf script` prints none.
    pub(crate) host: Option<Box<[u8]>>,
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
    /// The frame of each thread's comm.
    comms: Vec<u32>,
    thread_index: HashTable<u32>,
    pub(crate) events: Vec<RawEvent>,
    event_index: HashTable<u32>,
    /// That of the sample before.
    last_event: EventId,
    pub(crate) pieces: Vec<PieceSamples>,
    known_lines: KnownLines,
    known_callers: KnownCallers,
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
    /// Of the scheduler's tracepoints alone; samples by index in the piece.
    pub(crate) sched: Vec<SchedEvent>,
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
    /// After a frame, without the blank line that ends a sample.
    AfterFrame,
    /// Inside a line.
    Inside,
}

/// A piece being read: its worker's tables, its columns so far, and the sample whose lines come.
struct Reading<'w, 't> {
    worker: &'w mut Worker,
    samples: PieceSamples,
    open: Option<Open<'t>>,
    /// Frames of the sample at hand, innermost first.
    frames: Vec<u32>,
    /// Texts of its callers that were not known, to be known next time.
    missed: Vec<Missed>,
}

/// What is being read: a header and the stack below it.
struct Open<'t> {
    header: Header<'t>,
    thread: ThreadId,
    of: Of<'t>,
    /// Printed in place of the outermost frames.
    cookie: Option<u64>,
    /// Frames may follow: no blank line, registers or the like have ended the stack.
    takes_frames: bool,
    /// The number of its first line, and of the empty one that ended its stack; else 0.
    first_line: u64,
    end_line: u64,
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
        let secrets = RapidSecrets::seed(RandomState::new().hash_one(0));
        Self {
            layout,
            frames: RawFrames::default(),
            stacks: RawStacks::new(),
            threads: Vec::new(),
            comms: Vec::new(),
            thread_index: HashTable::new(),
            events: Vec::new(),
            event_index: HashTable::new(),
            last_event: EventId::default(),
            pieces: Vec::new(),
            known_lines: KnownLines::new(secrets),
            known_callers: KnownCallers::new(secrets),
        }
    }

    /// To be called when no more will come: gives back what only serves to read.
    pub(crate) fn end(&mut self) {
        self.stacks.end();
        self.known_lines.end();
        self.known_callers.end();
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
            frames: Vec::new(),
            missed: Vec::new(),
        };
        let mut text: &[u8] = &piece.bytes;
        let mut after_blank = true;
        while !text.is_empty() {
            let end = memchr(b'\n', text);
            let line = trim_line_end(&text[..end.unwrap_or(text.len())]);
            text = end.map_or(&[], |end| &text[end + 1..]);
            reading.samples.lines += 1;
            if line.first() == Some(&b'\t')
                && end.is_some()
                && reading.takes_frames()
                && let Some(frame) = reading.worker.frame_of_line(line)
            {
                reading.frames.push(frame);
                after_blank = false;
                continue;
            }
            let parsed = parse_line(line, layout, after_blank);
            let was_after_blank = after_blank;
            after_blank = parsed.may_precede_a_sample();
            let is_unended = end.is_none() && piece.is_last;
            if is_unended && is_incomplete(&parsed, line, layout) {
                reading.samples.ending = Ending::Inside;
            } else {
                let is_header = matches!(parsed, Line::Header(_));
                reading.line(parsed, was_after_blank, end == Some(0));
                if is_header {
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
fn is_incomplete(parsed: &Line<'_>, line: &[u8], layout: Layout) -> bool {
    match parsed {
        Line::Frame(_) => !line.ends_with(b")"),
        Line::Header(header) => matches!(
            parse_body(header.body, layout),
            None | Some(Body::Sample { event: b"", .. })
        ),
        Line::Unreadable => true,
        Line::Blank => line.first() == Some(&b'\t'),
        _ => false,
    }
}

impl<'t> Reading<'_, 't> {
    /// Finishes the sample whose first line was the last, if the callers of the stack that `text`
    /// begins with were seen before; how many bytes of it are done with.
    fn known_stack(&mut self, text: &'t [u8]) -> usize {
        let Some(Open {
            of: Of::Sample { .. },
            thread,
            ..
        }) = self.open
        else {
            return 0;
        };
        let comm = self.worker.comms[thread.index()];
        let known = self.worker.known_callers.find(comm, text, &mut self.missed);
        let Some((place, callers, text)) = known else {
            return 0;
        };
        let mut start = 0;
        for end in memchr_iter(b'\n', text.inner) {
            let line = trim_line_end(&text.inner[start..end]);
            start = end + 1;
            let frame = match self.frames.is_empty() {
                true => self.worker.new_frame_of_line(line), // its address hardly repeats
                false => self.worker.frame_of_line(line),
            };
            let Some(frame) = frame else {
                self.frames.clear();
                return 0;
            };
            self.frames.push(frame);
        }
        let stack = self.stack_in(place, callers);
        self.samples.lines += self.frames.len() as u64 + u64::from(callers.lines);
        self.frames.clear();
        if let Some(open) = self.open.take() {
            self.add_sample(&open, stack);
        }
        text.inner.len() + text.callers.len()
    }

    /// The stack of the frames at hand inside known callers.
    fn stack_in(&mut self, place: Place, callers: Callers) -> StackId {
        if let [frame] = *self.frames {
            let (last_frame, last_node) = callers.last;
            if last_frame == frame && last_node != 0 {
                return StackId(last_node);
            }
            let frames = std::iter::once(frame);
            let node = self.worker.stacks.extend(callers.end, frames);
            self.worker.known_callers.add_last(place, frame, node);
            return StackId(node);
        }
        let inner = self.frames.iter().rev().copied();
        StackId(self.worker.stacks.extend(callers.end, inner))
    }

    /// Remembers what the callers that were read line by line stand for, if they were frames all.
    fn learn_callers(&mut self, open: &Open<'t>, stack: StackId) {
        let is_plain = open.cookie.is_none()
            && open.end_line == open.first_line + self.frames.len() as u64 + 1;
        let mut missed = self.missed.drain(..).filter(|_| is_plain).peekable();
        let mut node = stack.0;
        for inner in 1..=self.frames.len() {
            node = self.worker.stacks.nodes()[node as usize].parent;
            let Some(level) = missed.next_if(|missed| missed.inner == inner) else {
                continue;
            };
            let lines = (self.frames.len() - inner) as u32;
            let end = self.worker.stacks.end_of(node);
            self.worker.known_callers.add(
                level,
                Callers {
                    end,
                    lines,
                    last: (0, 0),
                },
            );
        }
    }

    fn takes_frames(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.takes_frames)
    }

    fn record(&mut self, kind: &[u8]) {
        *self.samples.records.entry(lossy(kind)).or_default() += 1;
    }

    /// `after_blank`: whether a blank one came before. `is_empty`: not even blanks are in it.
    fn line(&mut self, line: Line<'t>, after_blank: bool, is_empty: bool) {
        match line {
            Line::Frame(frame) if self.takes_frames() => {
                self.frames.push(self.worker.frames.intern(frame.into()));
            }
            Line::Frame(_) => self.samples.warn(WarningKind::StrayFrame),
            Line::Header(header) => {
                self.finish_sample();
                self.header(header);
            }
            Line::Cookie(cookie) => match &mut self.open {
                Some(open) if open.takes_frames => open.cookie = Some(cookie),
                _ => self.samples.warn(WarningKind::StrayFrame),
            },
            Line::SourcePlace { inlined } => {
                let is_of_frame = inlined && self.takes_frames();
                if let Some(frame) = self.frames.last_mut().filter(|_| is_of_frame) {
                    *frame = self.worker.frames.inlined(*frame);
                }
            }
            Line::Blank => {
                // Some files have a blank line between a sample's first line and its stack.
                if let Some(open) = self.open.as_mut().filter(|open| open.takes_frames) {
                    open.takes_frames = self.frames.is_empty();
                    open.end_line = if is_empty { self.samples.lines } else { 0 };
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

    fn header(&mut self, header: Header<'t>) {
        let time_is_missing = self.worker.layout.has_times && header.time.is_none();
        let cpu_is_huge = header.cpu.is_some_and(|cpu| Cpu::new(cpu).is_none());
        let of = match parse_body(header.body, self.worker.layout) {
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
        self.missed.clear();
        self.open = Some(Open {
            thread: self.worker.thread(&header),
            header,
            of,
            cookie: None,
            takes_frames: true,
            first_line: self.samples.lines,
            end_line: 0,
        });
    }

    /// Adds what is open, if something is, to the columns.
    fn finish_sample(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        if let Of::Sample { event, tail, .. } = open.of
            && self.frames.is_empty()
            && let Some(frame) = parse_tail_frame(event, tail)
        {
            self.frames.push(self.worker.frames.intern(frame.into()));
        }
        let comm = self.worker.comms[open.thread.index()];
        let frames = std::iter::once(comm).chain(self.frames.iter().rev().copied());
        let stack = StackId(self.worker.stacks.add_stack(frames));
        self.learn_callers(&open, stack);
        self.frames.clear();
        let cookie = |cookie| (open.header.tid, cookie);
        match open.of {
            Of::Sample { .. } => {
                let index = self.samples.time.len();
                let waiting = open.cookie.map(|number| (cookie(number), index));
                self.samples.waiting.extend(waiting);
                self.add_sample(&open, stack);
            }
            Of::Deferred(number) => self.samples.deferred.push((cookie(number), stack)),
        }
    }

    fn add_sample(&mut self, open: &Open<'t>, stack: StackId) {
        let Of::Sample {
            period,
            event,
            tail,
        } = open.of
        else {
            return;
        };
        let (worker, samples, header) = (&mut *self.worker, &mut self.samples, &open.header);
        let index = samples.time.len();
        let cpu = header.cpu.and_then(Cpu::new).unwrap_or(Cpu::UNKNOWN);
        samples
            .event
            .push(worker.event(event, (samples.index, index)));
        samples.thread.push(open.thread);
        samples.stack.push(stack);
        samples.time.push(Timestamp(header.time.unwrap_or(0)));
        samples.cpu.push(cpu);
        samples.weight.push(period.unwrap_or(1));
        samples
            .sched
            .extend(parse_sched(event, tail).map(|what| SchedEvent {
                sample: index as u32,
                what,
            }));
    }

    /// How the text ends, if its last line is whole and not blank.
    fn ending(&self) -> Ending {
        match &self.open {
            Some(open) if !open.takes_frames => Ending::Whole,
            Some(_) if !self.frames.is_empty() => Ending::AfterFrame,
            Some(open) => match open.of {
                Of::Sample { event, tail, .. } if parse_tail_frame(event, tail).is_some() => {
                    Ending::Whole
                }
                _ => Ending::AfterHeader,
            },
            None => Ending::Whole,
        }
    }
}

impl Worker {
    /// The frame of a line that begins with a tab; `None` if the line is something else.
    fn frame_of_line(&mut self, line: &[u8]) -> Option<u32> {
        let hash = self.known_lines.hash(line);
        if let Some(known) = self.known_lines.find(hash) {
            return Some(known);
        }
        let frame = self.new_frame_of_line(line)?;
        self.known_lines.add(hash, frame);
        Some(frame)
    }

    fn new_frame_of_line(&mut self, line: &[u8]) -> Option<u32> {
        match parse_line(line, self.layout, false) {
            Line::Frame(frame) => Some(self.frames.intern(frame.into())),
            _ => None,
        }
    }

    fn thread(&mut self, header: &Header<'_>) -> ThreadId {
        let (comm, pid, tid) = (header.comm, header.pid, header.tid);
        let hash_of = |comm: &[u8], pid: Option<i32>, tid: Option<i32>| {
            let ids = u64::from(pid.unwrap_or(0) as u32) << 32 | u64::from(tid.unwrap_or(0) as u32);
            rapidhash_v3(comm) ^ ids.wrapping_mul(0x9e37_79b9_7f4a_7c15)
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
                    host: None,
                });
                self.comms.push(self.frames.intern(FrameText::comm(comm)));
                ThreadId(id)
            }
        }
    }

    fn event(&mut self, name: &[u8], first: (usize, usize)) -> EventId {
        if let Some(last) = self.events.get(self.last_event.index())
            && *last.name == *name
        {
            return self.last_event;
        }
        self.last_event = self.any_event(name, first);
        self.last_event
    }

    fn any_event(&mut self, name: &[u8], first: (usize, usize)) -> EventId {
        let events = &mut self.events;
        let entry = self.event_index.entry(
            rapidhash_v3(name),
            |id| *events[*id as usize].name == *name,
            |id| rapidhash_v3(&events[*id as usize].name),
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
        self.sched.shrink_to_fit();
    }

    fn warn(&mut self, kind: WarningKind) {
        let (count, lines) = self.warnings.entry(kind).or_default();
        *count += 1;
        if lines.len() < WARNING_LINES {
            lines.push(self.lines);
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
