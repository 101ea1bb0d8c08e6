//! [`SampleTable`]: the samples as columns, and what their ids stand for.

use super::{StackId, StringId, TimeRange, Timestamp};
use std::ops::Range;

/// Index into [`crate::Profile::threads`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(pub u32);

/// Index into [`crate::Profile::events`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u32);

impl ThreadId {
    /// As an index into the threads.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl EventId {
    /// As an index into the events.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A thread under one of its names: a thread that renames itself is two of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Its name.
    pub comm: StringId,
    /// Its process, where the file tells process and thread apart.
    pub pid: Option<i32>,
    /// Its number; −1 for a thread that had ended. In a file printed with pids alone, the pid;
    /// `None` in one with neither.
    pub tid: Option<i32>,
    /// The machine it ran on, where a profile is of several.
    pub host: Option<StringId>,
}

/// The CPU a sample was taken on, where the file says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpu(u16);

impl Cpu {
    /// Not told.
    pub const UNKNOWN: Self = Self(u16::MAX);

    /// CPU `number`, or `None` past 65,534.
    pub fn new(number: u32) -> Option<Self> {
        let number = u16::try_from(number).ok()?;
        (number != u16::MAX).then_some(Self(number))
    }

    /// Its number, where it is told.
    pub fn number(self) -> Option<u16> {
        (self != Self::UNKNOWN).then_some(self.0)
    }
}

/// The samples as equal-length columns, sorted by time; file order breaks ties. A row is one sample, but in
/// a profile of stacks with counts, where it is as many samples of one stack as [`Self::count`] says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SampleTable {
    /// When; 0 for all in a file without times.
    pub time: Vec<Timestamp>,
    /// In which call stack.
    pub stack: Vec<StackId>,
    /// In which thread.
    pub thread: Vec<ThreadId>,
    /// Of which event.
    pub event: Vec<EventId>,
    /// On which CPU.
    pub cpu: Vec<Cpu>,
    /// The sample's period: how many events it stands for; 1 where the file gives none. Of a row of several
    /// samples, their sum.
    pub weight: Vec<u64>,
    /// How many samples each row is; empty where each is one, as wherever samples have times. The sum of
    /// all is less than 2⁶⁴.
    pub count: Vec<u64>,
}

impl SampleTable {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// How many samples a row is.
    pub fn count_of(&self, row: usize) -> u64 {
        if self.count.is_empty() {
            1
        } else {
            self.count[row]
        }
    }

    /// How many samples there are.
    pub fn total(&self) -> u64 {
        match self.count.is_empty() {
            true => self.len() as u64,
            false => self.count.iter().sum(),
        }
    }

    /// The indices of the samples inside `range`.
    pub fn indices_in(&self, range: TimeRange) -> Range<usize> {
        let start = self.time.partition_point(|time| *time < range.start);
        let end = self.time.partition_point(|time| *time < range.end);
        start..end.max(start)
    }
}
