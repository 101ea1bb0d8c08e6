//! [`Profile`]: the immutable value that everything else is derived from.
//!
//! Plain columns and small integer ids; no strings per sample, no pointers between nodes. It does
//! not know where it came from: loading is [`crate::load`]'s.

mod clock;
mod frequency;
mod numbers;
mod parts;
mod samples;
mod sched;
mod stacks;
mod strings;
mod time;

pub use clock::WallClock;
pub use numbers::{count_of, with_thousands};
pub use parts::{Part, parts};
pub use samples::{Cpu, EventId, SampleTable, Thread, ThreadId};
pub use sched::{LeftState, Sched, SchedEvent};
pub use stacks::{FrameId, FrameKind, FrameTable, StackId, StackTable};
pub use strings::{StringId, StringTable, printable};
pub use time::{
    NANOS_PER_SECOND, ParseSecondsError, TimeRange, Timestamp, format_seconds, parse_seconds,
};

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Prints a recording with all that is read of it. Unlike `-F +pid`, which leaves the stacks of tracepoints
/// out, this list has them.
pub const PRINT_COMMAND: &str =
    "perf script --header -F comm,pid,tid,cpu,time,period,event,trace,ip,sym,symoff,dso";

/// One loaded profile. Never changed once it is shared; shared as `Arc<Profile>`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What the file says about itself.
    pub info: ProfileInfo,
    /// Every distinct byte string that the other tables name.
    pub strings: StringTable,
    /// Every distinct frame.
    pub frames: FrameTable,
    /// Every distinct stack, as one trie.
    pub stacks: StackTable,
    /// Every distinct thread, sorted by comm, pid and tid.
    pub threads: Vec<Thread>,
    /// Every event, in the order of its first sample in the file.
    pub events: Vec<Event>,
    /// The samples, sorted by time.
    pub samples: SampleTable,
    /// What the scheduler's tracepoints among them say, in the same order; empty without such.
    pub sched: Vec<SchedEvent>,
    /// The stretches of time that have samples, in order: one, unless times are far apart.
    pub parts: Vec<Part>,
    /// What could not be understood, by kind.
    pub warnings: Vec<Warning>,
    /// Where frames are groups of functions ([`crate::grouping`]): the stacks as they were recorded.
    pub recorded: Option<Arc<Recorded>>,
}

/// Stacks of functions, beside those of groups of functions that are made of them. Filters go by these,
/// and whatever else is about functions, so that groups change what is seen and not what counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Every name, those of threads and events included.
    pub strings: StringTable,
    /// Every distinct function.
    pub frames: FrameTable,
    /// Every distinct stack.
    pub stacks: StackTable,
    /// By sample of the profile, its stack.
    pub of_samples: Vec<StackId>,
    /// Whether groups are packages or modules, and not functions of some sort.
    pub is_of_libraries: bool,
}

/// What a file says about itself besides its samples.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ProfileInfo {
    /// Bytes of text read.
    pub bytes: u64,
    /// Lines of text read.
    pub lines: u64,
    /// Whether samples carry times. Without them there is no heat map.
    pub has_times: bool,
    /// Comment lines (`perf script --header`) without their `# `, in file order.
    pub header: Vec<String>,
    /// Records that are no samples (`PERF_RECORD_…`), by kind, sorted: name and how many.
    pub records: Vec<(String, u64)>,
    /// Whether it is being loaded still: this is the beginning of the file.
    pub is_partial: bool,
    /// Of a partial profile: the last time in the file, where that can be known already.
    pub expected_end: Option<Timestamp>,
    /// Whether the text is what `perf` printed of a recording for us.
    pub is_printed_by_perf: bool,
    /// What `perf` said while it did, line by line.
    pub messages: Vec<String>,
    /// What weights are of.
    pub weight_unit: WeightUnit,
    /// What there is to know of its stacks ([`crate::quality`]), where that has been looked at.
    pub stack_notices: Vec<String>,
}

/// What samples' weights are of.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum WeightUnit {
    /// Whatever their event counts.
    #[default]
    Events,
    /// Time off a CPU: see [`crate::off_cpu`].
    Microseconds,
}

impl WeightUnit {
    /// Its name, in the singular.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Events => "event",
            Self::Microseconds => "microsecond",
        }
    }
}

/// One event that samples were taken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name as printed, `cycles:ppp`; empty where the file prints none.
    pub name: StringId,
    /// How many samples it has.
    pub samples: u64,
}

/// Something in the file that could not be understood: what, how often, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What was wrong.
    pub kind: WarningKind,
    /// How many lines.
    pub count: u64,
    /// Line numbers (from 1) of the first few.
    pub first_lines: Vec<u64>,
}

/// The kinds of [`Warning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// A line that is neither sample, frame, record nor anything else that `perf script` prints.
    UnreadableLine,
    /// A sample's first line whose time, thread, CPU or period is out of bounds.
    UnreadableSample,
    /// A stack frame that no sample precedes.
    StrayFrame,
    /// The file ends inside a line or a sample.
    CutOff,
    /// Samples are not in time order in the file (they are sorted when loaded).
    OutOfOrder,
    /// Samples are far away in time from most others: see [`Profile::parts`].
    FarAway,
    /// An event of a trace that is none, or whose time or duration is missing or out of bounds.
    UnreadableEvent,
    /// A trace ends inside an event, or before the list of events does.
    CutOffTrace,
    /// A slice of a trace has no end.
    EndlessSlice,
    /// The end of a slice that never began.
    StrayEnd,
    /// A slice is so short that it fell between two samples, which traces are made into.
    UnseenSlice,
    /// A count is no whole number; all counts of the file are scaled and rounded.
    FractionalCount,
    /// A line has the counts of two profiles.
    TwoCounts,
}

impl WarningKind {
    /// What is counted, in the singular.
    fn noun(self) -> &'static str {
        match self {
            Self::OutOfOrder | Self::FarAway => "sample",
            Self::UnreadableEvent | Self::CutOffTrace | Self::StrayEnd => "event",
            Self::EndlessSlice | Self::UnseenSlice => "slice",
            _ => "line",
        }
    }

    /// A sentence part for people, after `3 lines` or `3 samples`.
    pub fn describe(self) -> &'static str {
        match self {
            Self::UnreadableLine => "not understood and left out",
            Self::UnreadableSample => "with a sample whose numbers are out of bounds, left out",
            Self::StrayFrame => "with a stack frame that belongs to no sample, left out",
            Self::CutOff => "cut off: the file ends inside a sample, which may lack frames",
            Self::OutOfOrder => "earlier than the one before; samples were sorted by time",
            Self::FarAway => {
                "with a time far away from most others (several clocks, or a wrong time?)"
            }
            Self::UnreadableEvent => "not understood and left out",
            Self::CutOffTrace => "cut off or missing: the file ends before its list of events does",
            Self::EndlessSlice => "without an end, taken to last until their thread's last event",
            Self::StrayEnd => "that end a slice which never began, left out",
            Self::FractionalCount => {
                "with a fraction as count; all counts are multiplied by the smallest power of ten, and rounded, so that none changes by more than 2 %"
            }
            Self::TwoCounts => {
                "with two counts, as differences have them; the second is read, the first (the baseline's) is left out"
            }
            Self::UnseenSlice => "that fell between two samples of their thread, and are in none",
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = if self.count == 1 { "" } else { "s" };
        let noun = self.kind.noun();
        write!(f, "{} {noun}{plural} {}", self.count, self.kind.describe())?;
        let lines: Vec<String> = self.first_lines.iter().map(u64::to_string).collect();
        if !lines.is_empty() {
            let more = self.count > lines.len() as u64;
            let plural = if lines.len() == 1 { "" } else { "s" };
            let dots = if more { ", …" } else { "" };
            write!(f, " (line{plural} {}{dots})", lines.join(", "))?;
        }
        Ok(())
    }
}

impl Profile {
    /// The time range that holds every sample, or `None` without samples or times.
    pub fn time_range(&self) -> Option<TimeRange> {
        let (first, last) = (self.samples.time.first()?, self.samples.time.last()?);
        self.info.has_times.then(|| TimeRange {
            start: *first,
            end: last.next(),
        })
    }

    /// The whole second at or before the first sample: where column 0 starts.
    pub fn origin(&self) -> Timestamp {
        let first = self.samples.time.first().copied().unwrap_or_default();
        first.floor_second()
    }

    /// Whether threads are told apart from their processes: `7/12`. Where there is one number, it is
    /// taken for the thread's.
    pub fn has_process_ids(&self) -> bool {
        self.threads.iter().any(|thread| thread.pid.is_some())
    }

    /// How many samples each thread has.
    pub fn samples_by_thread(&self) -> Vec<u64> {
        let mut counts = vec![0; self.threads.len()];
        for (row, thread) in self.samples.thread.iter().enumerate() {
            counts[thread.index()] += self.samples.count_of(row);
        }
        counts
    }

    /// An event's name for display: never empty.
    pub fn event_name(&self, id: EventId) -> std::borrow::Cow<'_, str> {
        match self.strings.get(self.events[id.index()].name) {
            b"" => "(unnamed event)".into(),
            name => printable(name),
        }
    }

    /// A thread's name for display, after its host's in a profile of several.
    pub fn thread_name(&self, thread: &Thread) -> std::borrow::Cow<'_, str> {
        let comm = printable(self.strings.get(thread.comm));
        match thread.host {
            None => comm,
            Some(host) => format!("{} {comm}", printable(self.strings.get(host))).into(),
        }
    }

    /// A frame's name for display, with control characters and invalid UTF-8 made visible.
    pub fn frame_name(&self, id: FrameId) -> std::borrow::Cow<'_, str> {
        printable(self.strings.get(self.frames.name[id.index()]))
    }

    /// A frame's symbol as the file has it, where the displayed name is made of another.
    pub fn raw_name(&self, id: FrameId) -> Option<std::borrow::Cow<'_, str>> {
        let (raw, name) = (
            self.frames.raw_name[id.index()],
            self.frames.name[id.index()],
        );
        (raw != name).then(|| printable(self.strings.get(raw)))
    }

    /// A frame's module (`/usr/lib/libc.so.6`) for display; empty where it is not known.
    pub fn frame_module(&self, id: FrameId) -> std::borrow::Cow<'_, str> {
        printable(self.strings.get(self.frames.module[id.index()]))
    }

    /// Whether samples were taken of an event of this name.
    pub fn has_event(&self, name: &str) -> bool {
        let mut events = (0..self.events.len() as u32).map(EventId);
        events.any(|event| self.event_name(event) == name)
    }

    /// The part with most samples; the first of several such.
    pub fn main_part(&self) -> Option<&Part> {
        self.parts
            .iter()
            .rev()
            .max_by_key(|part| part.samples.len())
    }

    /// What makes a frame another one: name, module and kind.
    fn frame_content(&self, frame: FrameId) -> (&[u8], &[u8], FrameKind) {
        let text = |id: StringId| self.strings.get(id);
        let (frames, index) = (&self.frames, frame.index());
        (
            text(frames.name[index]),
            text(frames.module[index]),
            frames.kind[index],
        )
    }

    /// The frame that is the same as `frame` in another profile, if there is one.
    pub fn find_frame(&self, other: &Self, frame: FrameId) -> Option<FrameId> {
        if frame == FrameId(0) {
            return Some(frame);
        }
        // All but the root's are in order of what makes them another one.
        let wanted = other.frame_content(frame);
        let (mut start, mut end) = (1, self.frames.len() as u32);
        while start < end {
            let middle = start + (end - start) / 2;
            if self.frame_content(FrameId(middle)) < wanted {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        let found = FrameId(start);
        let is_there = found.index() < self.frames.len();
        (is_there && self.frame_content(found) == wanted).then_some(found)
    }

    /// Whether frames are packages or modules.
    pub fn has_libraries(&self) -> bool {
        let recorded = self.recorded.as_ref();
        recorded.is_some_and(|recorded| recorded.is_of_libraries)
    }

    /// Gives it another table of names, and of frames that are named by it. Threads and events keep
    /// their names, which it must have. Gives the tables from before.
    pub(crate) fn set_names(
        &mut self,
        strings: StringTable,
        frames: FrameTable,
    ) -> (StringTable, FrameTable) {
        let old = std::mem::replace(&mut self.strings, strings);
        let strings = &self.strings;
        let rename = |id: &mut StringId| *id = strings.find(old.get(*id)).unwrap_or_default();
        for thread in &mut self.threads {
            rename(&mut thread.comm);
            thread.host.iter_mut().for_each(rename);
        }
        for event in &mut self.events {
            rename(&mut event.name);
        }
        let old_frames = std::mem::replace(&mut self.frames, frames);
        (old, old_frames)
    }

    /// Whether any sample has a call stack.
    pub fn has_stacks(&self) -> bool {
        let mut frames = self.stacks.frame[1..].iter();
        frames.any(|frame| self.frames.kind[frame.index()] != FrameKind::Comm)
    }
}
