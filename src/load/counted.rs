//! [`Counted`]: a profile of stacks with counts, without times: a row each, however large the count.

use super::LoadError;
use super::join::{Part, StoredFrame, join};
use super::names::frame_kind;
use super::tables::{FrameText, RawFrames, RawKind, RawStacks};
use super::worker::RawThread;
use crate::parquet_schema::About;
use crate::profile::{Cpu, EventId, FrameKind, Profile, StackId, ThreadId, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;

/// What a file may count together: 2⁵³, up to where pages and other readers of JSON count exactly. In
/// nanoseconds it is more than a hundred days.
pub(super) const MOST_SAMPLES: u64 = 1 << 53;

/// Its tables as they grow.
pub(super) struct Counted {
    pub(super) about: About,
    part: Part,
    frames: RawFrames,
    stacks: RawStacks,
    threads: BTreeMap<Vec<u8>, ThreadId>,
    samples: u64,
}

/// A stack of a thread, of which there are samples.
#[derive(Clone, Copy)]
pub(super) struct ThreadStack {
    thread: ThreadId,
    stack: StackId,
}

impl Counted {
    /// Of these events.
    pub(super) fn new(events: &[&str]) -> Self {
        let events = events.iter().map(|name| name.as_bytes().into());
        let about = About {
            events: events.collect(),
            ..About::default()
        };
        Self {
            about,
            part: Part::new(About::default()),
            frames: RawFrames::default(),
            stacks: RawStacks::new(),
            threads: BTreeMap::new(),
            samples: 0,
        }
    }

    /// Whether nothing is counted.
    pub(super) fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// How many call nodes there are.
    pub(super) fn nodes(&self) -> usize {
        self.stacks.len()
    }

    /// A stack, outermost function first, of the thread `comm`.
    pub(super) fn stack<'t>(
        &mut self,
        comm: &'t [u8],
        functions: impl Iterator<Item = FrameText<'t>>,
    ) -> ThreadStack {
        let thread = self.thread(comm);
        let mut ids = vec![self.frames.intern(FrameText::comm(comm))];
        ids.extend(functions.map(|function| self.frames.intern(function)));
        let stack = StackId(self.stacks.add_stack(ids.iter().copied()));
        ThreadStack { thread, stack }
    }

    /// So many samples of a stack, which weigh so much together; whether that is not too many.
    pub(super) fn add(
        &mut self,
        ThreadStack { thread, stack }: ThreadStack,
        event: EventId,
        (count, weight): (u64, u64),
    ) -> bool {
        self.samples = self.samples.saturating_add(count);
        if count > 0 {
            let samples = &mut self.part.samples;
            samples.time.push(Timestamp::default());
            samples.stack.push(stack);
            samples.thread.push(thread);
            samples.event.push(event);
            samples.cpu.push(Cpu::UNKNOWN);
            samples.weight.push(weight);
            samples.count.push(count);
        }
        self.samples <= MOST_SAMPLES
    }

    fn thread(&mut self, comm: &[u8]) -> ThreadId {
        if let Some(thread) = self.threads.get(comm) {
            return *thread;
        }
        let thread = ThreadId(self.part.threads.len() as u32);
        self.threads.insert(comm.to_owned(), thread);
        self.part.threads.push(RawThread {
            comm: comm.into(),
            pid: None,
            tid: None,
            host: None,
        });
        thread
    }

    /// The profile.
    ///
    /// # Errors
    /// Without samples.
    pub(super) fn profile(self, path: &Path) -> Result<Profile, LoadError> {
        let mut part = self.part;
        if part.samples.is_empty() {
            return Err(LoadError::NoSamples {
                path: path.to_owned(),
                lines: self.about.lines,
            });
        }
        if part.samples.count.iter().all(|count| *count == 1) {
            part.samples.count = Vec::new();
        }
        let frames = 0..self.frames.len();
        part.about = self.about;
        part.frames = frames.map(|id| stored(self.frames.get(id))).collect();
        part.nodes = self.stacks.nodes().to_vec();
        Ok(join(vec![part]))
    }
}

/// FlameGraph's scripts say by an ending what sort of code a function is.
fn stored(frame: FrameText<'_>) -> StoredFrame {
    let endings: [(&[u8], FrameKind); 3] = [
        (b"_[k]", FrameKind::Kernel),
        (b"_[j]", FrameKind::Jit),
        (b"_[i]", FrameKind::Inlined),
    ];
    let told = endings.into_iter().find_map(|(ending, kind)| {
        let name = frame.name.strip_suffix(ending)?;
        (frame.kind == RawKind::Function && !name.is_empty()).then_some((name, kind))
    });
    let (name, kind) = match (told, frame.kind) {
        (Some(told), _) => told,
        (None, RawKind::Comm) => (frame.name, FrameKind::Comm),
        (None, kind) => (frame.name, frame_kind(frame.name, frame.module, kind)),
    };
    let name: &[u8] = match (name, kind) {
        (b"", FrameKind::Comm) => b"(no comm)",
        (b"", _) => b"[unknown]",
        (name, _) => name,
    };
    StoredFrame {
        name: name.into(),
        symbol: name.into(),
        module: frame.module.into(),
        kind,
    }
}
