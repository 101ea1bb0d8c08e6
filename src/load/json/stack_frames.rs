//! Samples of the Trace Event Format: each names a frame, and each frame its caller. Hermes (React Native) and
//! traces made of perf's have them.

use super::event::{Id, Ids, nanos, text};
use super::scanner::{Item, Scanner};
use super::slices::stored;
use super::{Failure, Reading};
use crate::load::join::Part;
use crate::load::merge::without_lines;
use crate::load::tables::{FrameText, RawFrames, RawKind, RawStacks, StackEnd};
use crate::load::worker::RawThread;
use crate::parquet_schema::{About, Noted};
use crate::profile::{Cpu, EventId, SampleTable, StackId, ThreadId, Timestamp, WarningKind};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};

/// The members of a trace that hold them.
pub(super) const MEMBERS: &[&str] = &[SAMPLES, FRAMES];
const SAMPLES: &str = "samples";
const FRAMES: &str = "stackFrames";

/// So many call nodes there may be: one for each frame and each thread that has it. A small file could fill the
/// memory.
const MOST_NODES: usize = 1 << 22;

/// `"7":{"category":"js","name":"work","parent":"3"}`
#[derive(Deserialize)]
struct StackFrame<'t> {
    #[serde(borrow)]
    category: Option<&'t RawValue>,
    #[serde(borrow)]
    name: Option<&'t RawValue>,
    #[serde(borrow)]
    parent: Option<&'t RawValue>,
}

/// `{"cpu":0,"tid":1,"ts":1000100.0,"name":"cycles","sf":"7","weight":1}`; Hermes writes strings for numbers.
#[derive(Deserialize)]
struct Sample<'t> {
    #[serde(borrow)]
    cpu: Option<&'t RawValue>,
    #[serde(borrow)]
    pid: Option<&'t RawValue>,
    #[serde(borrow)]
    tid: Option<&'t RawValue>,
    #[serde(borrow)]
    ts: Option<&'t RawValue>,
    #[serde(borrow)]
    name: Option<&'t RawValue>,
    #[serde(borrow)]
    sf: Option<&'t RawValue>,
    #[serde(borrow)]
    weight: Option<&'t RawValue>,
}

/// A frame, and the place of its caller's name among all.
struct Known {
    frame: u32,
    caller: Option<String>,
}

/// The tables as they grow.
pub(super) struct Stacked {
    frames: RawFrames,
    known: HashMap<String, Known>,
    stacks: RawStacks,
    /// The call node of a frame below a thread's name.
    ///
    /// `None` where that has no outermost one.
    nodes: HashMap<(u32, String), Option<u32>>,
    threads: Vec<RawThread>,
    by_ids: BTreeMap<Ids, (ThreadId, u32)>,
    events: Vec<String>,
    event_ids: HashMap<String, EventId>,
    samples: SampleTable,
    unreadable: u64,
    out_of_order: u64,
}

impl Stacked {
    /// What these members of a trace hold, if they hold any sample.
    pub(super) fn read(
        members: &[(&str, &RawValue)],
        names: &BTreeMap<Ids, String>,
        reading: &Reading<'_>,
    ) -> Result<Option<Self>, Failure> {
        let of = |name| members.iter().filter(move |(member, _)| *member == name);
        let names = Names::new(names);
        let mut stacked = Self::new();
        for (_, frames) in of(FRAMES) {
            stacked.add_frames(frames);
        }
        if stacked.known.is_empty() {
            return Ok(None);
        }
        for (_, samples) in of(SAMPLES) {
            let mut scanner = Scanner::new(samples.get());
            if !scanner.enter_list(SAMPLES, &[]) {
                continue;
            }
            loop {
                reading.add(0)?;
                match scanner.next::<Sample<'_>>() {
                    Ok(Item::Known(sample)) => {
                        let is_read = stacked.add(&sample, &names)?.is_some();
                        stacked.unreadable += u64::from(!is_read);
                    }
                    Ok(Item::Other) => stacked.unreadable += 1,
                    Ok(Item::End | Item::CutOff { .. }) | Err(_) => break,
                }
            }
        }
        Ok((!stacked.samples.is_empty()).then_some(stacked))
    }

    fn new() -> Self {
        Self {
            frames: RawFrames::default(),
            known: HashMap::new(),
            stacks: RawStacks::new(),
            nodes: HashMap::new(),
            threads: Vec::new(),
            by_ids: BTreeMap::new(),
            events: Vec::new(),
            event_ids: HashMap::new(),
            samples: SampleTable::default(),
            unreadable: 0,
            out_of_order: 0,
        }
    }

    fn add_frames(&mut self, frames: &RawValue) {
        let mut scanner = Scanner::new(frames.get());
        scanner.take(b'{');
        while let Some(key) = scanner.key() {
            let Ok(value) = scanner.value::<&RawValue>() else {
                return;
            };
            if let Ok(frame) = serde_json::from_str::<StackFrame<'_>>(value.get()) {
                let part =
                    |raw: Option<&RawValue>| raw.map_or(String::new(), |raw| text(raw).into());
                let id = self.frames.intern(FrameText {
                    name: part(frame.name).as_bytes(),
                    module: part(frame.category).as_bytes(),
                    kind: RawKind::Function,
                });
                let caller = frame.parent.map(|parent| text(parent).into_owned());
                let known = Known { frame: id, caller };
                self.known.insert(key.to_owned(), known);
            }
            scanner.take(b',');
        }
    }

    /// `None` where it has no time, or names a frame that is not there.
    fn add(&mut self, sample: &Sample<'_>, names: &Names<'_>) -> Result<Option<()>, Failure> {
        let time = sample.ts.and_then(|time| nanos(&text(time)));
        let Some(time) = time.and_then(|time| u64::try_from(time).ok()) else {
            return Ok(None);
        };
        let (thread, comm) = self.thread((Id::of(sample.pid), Id::of(sample.tid)), names);
        let stack = match sample.sf {
            None => Some(comm),
            Some(frame) => self.stack(comm, &text(frame)),
        };
        let Some(stack) = stack else {
            return Ok(None);
        };
        if self.stacks.len() > MOST_NODES + self.known.len() {
            return Err(too_many());
        }
        let before = self.samples.time.last();
        self.out_of_order += u64::from(before.is_some_and(|before| before.nanos() > time));
        let event = self.event(sample.name.map(text).as_deref().unwrap_or_default());
        let number = |raw: &RawValue| text(raw).parse::<f64>().ok();
        let weight = sample.weight.and_then(number);
        let weight = weight.filter(|weight| (1.0..1e15).contains(weight));
        let cpu = sample.cpu.and_then(|cpu| Id::of(Some(cpu)).number());
        let cpu = cpu.and_then(|cpu| Cpu::new(u32::try_from(cpu).ok()?));
        let samples = &mut self.samples;
        samples.time.push(Timestamp(time));
        samples.stack.push(StackId(stack));
        samples.thread.push(thread);
        samples.event.push(event);
        samples.cpu.push(cpu.unwrap_or(Cpu::UNKNOWN));
        samples
            .weight
            .push(weight.map_or(1, |weight| weight.round() as u64));
        Ok(Some(()))
    }

    /// The call node of a frame and its callers.
    fn stack(&mut self, comm: u32, name: &str) -> Option<u32> {
        let mut path = Vec::new();
        let mut next = Some(name);
        let mut end = Some(comm);
        while let Some(name) = next {
            if let Some(node) = self.nodes.get(&(comm, name.to_owned())) {
                end = *node;
                break;
            }
            // One that calls itself over others has no outermost.
            let known = self
                .known
                .get(name)
                .filter(|_| path.len() <= self.known.len());
            let Some(known) = known else {
                end = None;
                break;
            };
            path.push((name.to_owned(), known.frame));
            next = known.caller.as_deref();
        }
        for (name, frame) in path.into_iter().rev() {
            end = end.map(|caller| {
                let caller: StackEnd = self.stacks.end_of(caller);
                self.stacks.extend(caller, std::iter::once(frame))
            });
            self.nodes.insert((comm, name), end);
        }
        end
    }

    /// The thread of these numbers, and the call node of its name.
    fn thread(&mut self, ids: Ids, names: &Names<'_>) -> (ThreadId, u32) {
        if let Some(known) = self.by_ids.get(&ids) {
            return *known;
        }
        let (told, name) = names.of(&ids);
        let comm = match (name, &told.1) {
            (Some(name), _) => name.to_owned(),
            (None, Id::Missing) => "thread".to_owned(),
            (None, Id::Number(number)) => format!("thread {number}"),
            (None, Id::Text(text)) => format!("thread {text}"),
        };
        let thread = ThreadId(self.threads.len() as u32);
        self.threads.push(RawThread {
            comm: comm.as_bytes().into(),
            pid: told.0.number(),
            tid: told.1.number(),
            host: None,
        });
        let frame = self.frames.intern(FrameText::comm(comm.as_bytes()));
        let node = self.stacks.add_stack(std::iter::once(frame));
        self.by_ids.insert(ids, (thread, node));
        (thread, node)
    }

    fn event(&mut self, name: &str) -> EventId {
        let name = match name {
            "" => "samples",
            name => name,
        };
        if let Some(known) = self.event_ids.get(name) {
            return *known;
        }
        let id = EventId(self.events.len() as u32);
        self.events.push(name.to_owned());
        self.event_ids.insert(name.to_owned(), id);
        id
    }

    /// All of it.
    pub(super) fn part(self, bytes: u64) -> Part {
        let events = self.events.iter().map(|event| event.as_bytes().into());
        let counts = [
            (WarningKind::UnreadableSample, self.unreadable),
            (WarningKind::OutOfOrder, self.out_of_order),
        ];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        let warnings = counts.map(|(kind, count)| Noted::from(&without_lines(kind, count)));
        let mut part = Part::new(About {
            bytes,
            has_times: true,
            events: events.collect(),
            warnings: warnings.collect(),
            ..About::default()
        });
        let frames = 0..self.frames.len();
        part.frames = frames.map(|id| stored(self.frames.get(id))).collect();
        part.nodes = self.stacks.nodes().to_vec();
        part.threads = self.threads;
        part.samples = self.samples;
        part
    }
}

/// What threads are called.
struct Names<'n> {
    all: &'n BTreeMap<Ids, String>,
    /// Threads by their number alone, where only one process has such.
    by_tid: BTreeMap<&'n Id, Option<&'n Ids>>,
}

impl<'n> Names<'n> {
    fn new(all: &'n BTreeMap<Ids, String>) -> Self {
        let mut by_tid = BTreeMap::new();
        for ids in all.keys() {
            let only = by_tid.entry(&ids.1).or_insert(Some(ids));
            *only = only.filter(|only| *only == ids);
        }
        Self { all, by_tid }
    }

    /// A thread as it is told, and its name. A sample may lack the process.
    fn of<'i>(&'i self, ids: &'i Ids) -> (&'i Ids, Option<&'n str>) {
        let lacks_process = ids.0 == Id::Missing;
        let only = lacks_process.then(|| self.by_tid.get(&ids.1).copied().flatten());
        let ids = only.flatten().unwrap_or(ids);
        (ids, self.all.get(ids).map(String::as_str))
    }
}

fn too_many() -> Failure {
    let message =
        "holds stacks that are so deep, in so many threads, that there is no room for them";
    Failure::Json(message.to_owned())
}
