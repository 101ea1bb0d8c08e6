//! [`Counted`]: a profile of stacks with counts, of which each is so many samples, without times.

use super::LoadError;
use super::join::{Part, StoredFrame, join};
use super::names::frame_kind;
use super::tables::{FrameText, RawFrames, RawKind, RawStacks};
use super::worker::RawThread;
use crate::parquet_schema::About;
use crate::profile::{Cpu, EventId, FrameKind, Profile, StackId, ThreadId, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;

/// A file that counts more is one of nanoseconds or bytes, and each sample takes memory.
pub(super) const MOST_SAMPLES: u64 = 200_000_000;

/// Its tables as they grow.
pub(super) struct Counted {
    pub(super) about: About,
    part: Part,
    frames: RawFrames,
    stacks: RawStacks,
    threads: BTreeMap<Vec<u8>, ThreadId>,
}

impl Counted {
    pub(super) fn new() -> Self {
        let about = About {
            events: vec![b""[..].into()],
            ..About::default()
        };
        Self {
            about,
            part: Part::new(About::default()),
            frames: RawFrames::default(),
            stacks: RawStacks::new(),
            threads: BTreeMap::new(),
        }
    }

    /// So many samples of a stack, outermost function first; whether that is not too many.
    pub(super) fn add<'t>(
        &mut self,
        comm: &'t [u8],
        functions: impl Iterator<Item = FrameText<'t>>,
        count: u64,
    ) -> bool {
        let samples = self.part.samples.len() as u64;
        if samples.saturating_add(count) > MOST_SAMPLES {
            return false;
        }
        let thread = self.thread(comm);
        let mut ids = vec![self.frames.intern(FrameText::comm(comm))];
        ids.extend(functions.map(|function| self.frames.intern(function)));
        let node = self.stacks.add_stack(ids.iter().copied());
        let samples = &mut self.part.samples;
        let len = samples.time.len() + count as usize;
        samples.time.resize(len, Timestamp::default());
        samples.stack.resize(len, StackId(node));
        samples.thread.resize(len, thread);
        samples.event.resize(len, EventId(0));
        samples.cpu.resize(len, Cpu::UNKNOWN);
        samples.weight.resize(len, 1);
        true
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
