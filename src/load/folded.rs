//! Folded stacks: `comm;outer;…;inner count` a line, as `stackcollapse` scripts and many profilers write
//! them. They have no times, so there is no heat map of them.

use super::LoadError;
use super::input::Input;
use super::join::{Part, StoredFrame, join};
use super::merge::without_lines;
use super::names::frame_kind;
use super::tables::{FrameText, RawFrames, RawKind, RawStacks};
use super::worker::{RawThread, WARNING_LINES};
use crate::job::Progress;
use crate::parquet_schema::{About, Noted};
use crate::profile::{
    Cpu, EventId, FrameKind, Profile, StackId, ThreadId, Timestamp, Warning, WarningKind,
};
use std::collections::BTreeMap;
use std::path::Path;

/// So many lines decide what a file is.
const DECIDING: usize = 50;

/// A file that counts more is one of nanoseconds or bytes, and each sample takes memory.
const MOST_SAMPLES: u64 = 200_000_000;

/// Whether a file that begins so holds folded stacks: a count ends each line, and stacks are some.
pub(super) fn is_folded(head: &[u8]) -> bool {
    // The last line may be cut off.
    let whole = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
    let lines = whole
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    let mut has_stack = false;
    for line in lines.filter(|line| is_told(line)).take(DECIDING) {
        let Some((stack, _)) = stack_and_count(line) else {
            return false;
        };
        has_stack |= stack.contains(&b';');
    }
    has_stack
}

/// Whether a line says anything.
fn is_told(line: &[u8]) -> bool {
    !line.is_empty() && !line.starts_with(b"# ")
}

fn stack_and_count(line: &[u8]) -> Option<(&[u8], u64)> {
    let at = memchr::memrchr(b' ', line)?;
    let (stack, count) = (line[..at].trim_ascii(), &line[at + 1..]);
    let count = std::str::from_utf8(count).ok()?.parse().ok()?;
    (!stack.is_empty()).then_some((stack, count))
}

/// Reads it: each count is so many samples.
pub(super) fn load(
    input: &mut Input<'_>,
    path: &Path,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    let text = input.whole(path)?;
    let mut tables = Tables::new(text.len() as u64);
    for (line, number) in text.split(|byte| *byte == b'\n').zip(1..) {
        progress.add(line.len() as u64 + 1);
        if progress.is_cancelled() {
            return Err(LoadError::Cancelled);
        }
        tables.add(line.trim_ascii_end(), number);
        if tables.samples > MOST_SAMPLES {
            return Err(LoadError::Folded {
                path: path.to_owned(),
                line: number,
                most: MOST_SAMPLES,
            });
        }
    }
    match tables.part.samples.is_empty() {
        true => Err(LoadError::NoSamples {
            path: path.to_owned(),
            lines: tables.part.about.lines,
        }),
        false => Ok(join(vec![tables.finished()])),
    }
}

struct Tables {
    part: Part,
    samples: u64,
    frames: RawFrames,
    stacks: RawStacks,
    threads: BTreeMap<Vec<u8>, ThreadId>,
    unreadable: (u64, Vec<u64>),
}

impl Tables {
    fn new(bytes: u64) -> Self {
        let about = About {
            bytes,
            events: vec![b""[..].into()],
            ..About::default()
        };
        Self {
            part: Part::new(about),
            samples: 0,
            frames: RawFrames::default(),
            stacks: RawStacks::new(),
            threads: BTreeMap::new(),
            unreadable: (0, Vec::new()),
        }
    }

    fn add(&mut self, line: &[u8], number: u64) {
        self.part.about.lines += u64::from(!line.is_empty());
        if !is_told(line) {
            return;
        }
        let Some((stack, count)) = stack_and_count(line) else {
            let (unreadable, first) = &mut self.unreadable;
            *unreadable += 1;
            if first.len() < WARNING_LINES {
                first.push(number);
            }
            return;
        };
        self.samples = self.samples.saturating_add(count);
        if self.samples > MOST_SAMPLES {
            return;
        }
        let mut names = stack.split(|byte| *byte == b';');
        let comm = names.next().unwrap_or_default();
        let thread = self.thread(comm);
        let mut ids = vec![self.frames.intern(FrameText::comm(comm))];
        ids.extend(names.map(|name| self.frames.intern(function(name))));
        let node = self.stacks.add_stack(ids.iter().copied());
        let (samples, count) = (&mut self.part.samples, count as usize);
        let len = samples.time.len() + count;
        samples.time.resize(len, Timestamp::default());
        samples.stack.resize(len, StackId(node));
        samples.thread.resize(len, thread);
        samples.event.resize(len, EventId(0));
        samples.cpu.resize(len, Cpu::UNKNOWN);
        samples.weight.resize(len, 1);
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

    fn finished(self) -> Part {
        let mut part = self.part;
        let frames = 0..self.frames.len();
        part.frames = frames.map(|id| stored(self.frames.get(id))).collect();
        part.nodes = self.stacks.nodes().to_vec();
        if let (count @ 1.., first_lines) = self.unreadable {
            let warning = Warning {
                first_lines,
                ..without_lines(WarningKind::UnreadableLine, count)
            };
            part.about.warnings.push(Noted::from(&warning));
        }
        part
    }
}

fn function(name: &[u8]) -> FrameText<'_> {
    FrameText {
        name,
        module: b"",
        kind: RawKind::Function,
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
        (None, kind) => (frame.name, frame_kind(frame.name, b"", kind)),
    };
    let name: &[u8] = match (name, kind) {
        (b"", FrameKind::Comm) => b"(no comm)",
        (b"", _) => b"[unknown]",
        (name, _) => name,
    };
    StoredFrame {
        name: name.into(),
        symbol: name.into(),
        module: Box::default(),
        kind,
    }
}
