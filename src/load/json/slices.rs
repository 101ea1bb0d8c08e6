//! [`Slices`]: what began and ended in each thread.

use super::event::{Event, Id, Ids};
use crate::load::join::StoredFrame;
use crate::load::names::frame_kind;
use crate::load::tables::{FrameText, RawFrames, RawKind};
use crate::profile::FrameKind;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// All slices of a trace.
#[derive(Default)]
pub(super) struct Slices {
    pub(super) threads: Vec<Thread>,
    pub(super) frames: RawFrames,
    by_ids: HashMap<Ids, usize>,
    /// Events so far: which was first in the file.
    events: u32,
}

/// A thread, and what happened in it.
pub(super) struct Thread {
    ids: Ids,
    pub(super) comm: String,
    pub(super) pid: Option<i32>,
    pub(super) tid: Option<i32>,
    marks: Vec<Mark>,
    pub(super) slices: Vec<Slice>,
}

/// A begin, or an end.
struct Mark {
    time: i64,
    order: u32,
    /// None at an end.
    frame: Option<u32>,
}

/// In nanoseconds, end exclusive.
pub(super) struct Slice {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) frame: u32,
    order: u32,
}

impl Slices {
    pub(super) fn is_empty(&self) -> bool {
        let is_begin = |mark: &Mark| mark.frame.is_some();
        let is_empty =
            |thread: &Thread| thread.slices.is_empty() && !thread.marks.iter().any(is_begin);
        self.threads.iter().all(is_empty)
    }

    /// `None` where it has no time.
    pub(super) fn begin(&mut self, event: &Event<'_>) -> Option<()> {
        let time = event.time()?;
        let frame = Some(self.frame(event));
        self.mark(event, time, frame);
        Some(())
    }

    /// `None` where it has no time.
    pub(super) fn end(&mut self, event: &Event<'_>) -> Option<()> {
        let time = event.time()?;
        self.mark(event, time, None);
        Some(())
    }

    fn mark(&mut self, event: &Event<'_>, time: i64, frame: Option<u32>) {
        let order = self.next_order();
        let marks = &mut self.thread(event.ids()).marks;
        marks.push(Mark { time, order, frame });
    }

    /// `None` where it has no time or no duration.
    pub(super) fn complete(&mut self, event: &Event<'_>) -> Option<()> {
        let (start, duration) = (event.time()?, event.duration()?);
        let frame = self.frame(event);
        let order = self.next_order();
        self.thread(event.ids()).slices.push(Slice {
            start,
            end: start + duration,
            frame,
            order,
        });
        Some(())
    }

    fn next_order(&mut self) -> u32 {
        self.events = self.events.saturating_add(1);
        self.events
    }

    fn frame(&mut self, event: &Event<'_>) -> u32 {
        self.frames.intern(FrameText {
            name: event.name().as_bytes(),
            module: event.category().as_bytes(),
            kind: RawKind::Function,
        })
    }

    fn thread(&mut self, ids: Ids) -> &mut Thread {
        let threads = &mut self.threads;
        let place = *self.by_ids.entry(ids).or_insert_with_key(|ids| {
            threads.push(Thread::new(ids.clone()));
            threads.len() - 1
        });
        &mut self.threads[place]
    }

    /// Gives threads the names and numbers that they are shown with.
    pub(super) fn name(
        &mut self,
        threads: &BTreeMap<Ids, String>,
        processes: &BTreeMap<Id, String>,
    ) {
        let all: Vec<Ids> = self
            .threads
            .iter()
            .map(|thread| thread.ids.clone())
            .collect();
        let odd_pids = odd_numbers(all.iter().map(|(pid, _)| pid));
        let odd_tids = odd_numbers(all.iter().map(|(_, tid)| tid));
        let number = |id: &Id, odd: &BTreeMap<&Id, i32>| id.number().or(odd.get(id).copied());
        for thread in &mut self.threads {
            thread.pid = number(&thread.ids.0, &odd_pids);
            thread.tid = number(&thread.ids.1, &odd_tids);
            let told = threads.get(&thread.ids);
            let told = told.or_else(|| processes.get(&thread.ids.0));
            thread.comm = match (told, &thread.ids.1) {
                (Some(name), _) => name.clone(),
                (None, Id::Missing) => "thread".to_owned(),
                (None, Id::Number(number)) => format!("thread {number}"),
                (None, Id::Text(text)) => format!("thread {text}"),
            };
        }
    }

    /// The frames as they are shown.
    pub(super) fn stored_frames(&self) -> Vec<StoredFrame> {
        let frames = (0..self.frames.len()).map(|id| self.frames.get(id));
        frames.map(stored).collect()
    }
}

/// A category is no file, and so tells nothing about what sort of code it is.
pub(super) fn stored(frame: FrameText<'_>) -> StoredFrame {
    let (name, kind): (&[u8], _) = match (frame.name, frame.kind) {
        (b"", RawKind::Comm) => (b"(no comm)", FrameKind::Comm),
        (name, RawKind::Comm) => (name, FrameKind::Comm),
        (b"", kind) => (b"[unknown]", frame_kind(b"", b"", kind)),
        (name, kind) => (name, frame_kind(name, b"", kind)),
    };
    StoredFrame {
        name: name.into(),
        symbol: name.into(),
        module: frame.module.into(),
        kind,
    }
}

/// Numbers for those that the system can't have given: above all others, in the order in which they
/// are met.
fn odd_numbers<'a>(ids: impl Iterator<Item = &'a Id> + Clone) -> BTreeMap<&'a Id, i32> {
    let largest = ids.clone().filter_map(Id::number).max();
    let mut next = largest.unwrap_or(0).max(0).checked_add(1);
    let mut numbers = BTreeMap::new();
    for id in ids.filter(|id| **id != Id::Missing && id.number().is_none()) {
        if let (Some(number), false) = (next, numbers.contains_key(id)) {
            numbers.insert(id, number);
            next = number.checked_add(1);
        }
    }
    numbers
}

/// What had no other half.
#[derive(Default, Clone, Copy)]
pub(super) struct Unpaired {
    pub(super) begins: u64,
    pub(super) ends: u64,
}

impl Thread {
    fn new(ids: Ids) -> Self {
        Self {
            ids,
            comm: String::new(),
            pid: None,
            tid: None,
            marks: Vec::new(),
            slices: Vec::new(),
        }
    }

    /// Makes slices of begins and ends, and sorts all slices as they are to be entered: outer ones
    /// first.
    pub(super) fn pair(&mut self) -> Unpaired {
        let mut marks = std::mem::take(&mut self.marks);
        // Of several at one time the order in the file tells which is inside which.
        marks.sort_by_key(|mark| mark.time);
        let last_mark = marks.last().map(|mark| mark.time);
        let last_end = self.slices.iter().map(|slice| slice.end).max();
        let last = last_mark.max(last_end).unwrap_or_default();
        let (mut open, mut unpaired) = (Vec::new(), Unpaired::default());
        for mark in marks {
            match (mark.frame, open.pop()) {
                (Some(frame), outer) => {
                    open.extend(outer);
                    open.push((mark.time, mark.order, frame));
                }
                (None, Some(begin)) => self.add(begin, mark.time),
                (None, None) => unpaired.ends += 1,
            }
        }
        unpaired.begins = open.len() as u64;
        open.into_iter().for_each(|begin| self.add(begin, last));
        let is_outer = |slice: &Slice| (slice.start, Reverse(slice.end), slice.order);
        self.slices.sort_unstable_by_key(is_outer);
        unpaired
    }

    fn add(&mut self, (start, order, frame): (i64, u32, u32), end: i64) {
        self.slices.push(Slice {
            start,
            end,
            frame,
            order,
        });
    }
}
