//! [`Sweep`]: goes through a thread's slices in time order, and takes samples of which are open.

use super::Failure;
use crate::load::tables::{RawStacks, StackEnd};
use crate::profile::{Cpu, EventId, SampleTable, StackId, ThreadId, Timestamp};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Slices that end in another order than the reverse of that in which they began leave stacks that
/// have to be made anew: so many call nodes may be made for it, and so many open slices be moved.
const MOST_NODES: usize = 1 << 22;
const MOST_MOVES: usize = 1 << 27;

/// The samples so far, and the thread at hand.
pub(super) struct Sweep {
    pub(super) samples: SampleTable,
    pub(super) stacks: RawStacks,
    /// Slices in which no sample was taken.
    pub(super) unseen: u64,
    most_nodes: usize,
    moves: usize,
    ticks: Ticks,
    thread: ThreadId,
    comm: StackEnd,
    now: u64,
    opened: u64,
    /// In the order in which they began.
    open: Vec<Open>,
    /// When each of those ends, and which it is; of several at one time the innermost first.
    ends: BinaryHeap<(Reverse<u64>, u64)>,
    /// So many of those that are open have their stack, and have been seen.
    seen: usize,
}

/// An open slice.
struct Open {
    number: u64,
    frame: u32,
    /// Known of those that have been seen.
    stack: StackEnd,
    is_seen: bool,
}

impl Sweep {
    /// Of so many slices.
    pub(super) fn new(step: u64, slices: usize) -> Self {
        Self {
            samples: SampleTable::default(),
            stacks: RawStacks::new(),
            unseen: 0,
            most_nodes: slices.saturating_add(MOST_NODES).min(u32::MAX as usize),
            moves: 0,
            ticks: Ticks::new(step),
            thread: ThreadId::default(),
            comm: StackEnd::default(),
            now: 0,
            opened: 0,
            open: Vec::new(),
            ends: BinaryHeap::new(),
            seen: 0,
        }
    }

    /// Begins a thread.
    pub(super) fn enter(&mut self, thread: ThreadId, comm: u32) {
        let comm = self.stacks.add_stack([comm].into_iter());
        self.comm = self.stacks.end_of(comm);
        self.thread = thread;
        self.ticks.begin(u64::from(thread.0));
        self.now = 0;
    }

    /// Opens a slice, which begins no earlier than the one before.
    pub(super) fn open(&mut self, start: u64, end: u64, frame: u32) -> Result<(), Failure> {
        self.advance(start)?;
        self.opened += 1;
        self.ends.push((Reverse(end), self.opened));
        self.open.push(Open {
            number: self.opened,
            frame,
            stack: StackEnd::default(),
            is_seen: false,
        });
        Ok(())
    }

    /// Ends a thread.
    pub(super) fn leave(&mut self) -> Result<(), Failure> {
        self.advance(u64::MAX)
    }

    /// Closes what ends until then.
    fn advance(&mut self, until: u64) -> Result<(), Failure> {
        while let Some((Reverse(end), number)) = self.ends.peek().copied() {
            if end > until {
                break;
            }
            self.sample(end)?;
            self.ends.pop();
            self.close(number)?;
        }
        self.sample(until)
    }

    fn close(&mut self, number: u64) -> Result<(), Failure> {
        let place = self.open.partition_point(|open| open.number < number);
        self.count_moves(self.open.len() - place)?;
        let closed = self.open.remove(place);
        self.unseen += u64::from(!closed.is_seen);
        self.seen = self.seen.min(place);
        Ok(())
    }

    /// Takes the samples until then.
    fn sample(&mut self, until: u64) -> Result<(), Failure> {
        if !self.open.is_empty() {
            while let Some(time) = self.ticks.next_in(self.now, until) {
                let stack = self.stack()?;
                let samples = &mut self.samples;
                samples.time.push(Timestamp(time));
                samples.stack.push(StackId(stack));
                samples.thread.push(self.thread);
                samples.event.push(EventId(0));
                samples.cpu.push(Cpu::UNKNOWN);
                samples.weight.push(self.ticks.step);
            }
        }
        self.now = until;
        Ok(())
    }

    /// The stack of what is open. Made only here, as no sample falls into many.
    fn stack(&mut self) -> Result<u32, Failure> {
        self.count_moves(self.open.len() - self.seen)?;
        let known = self.seen.checked_sub(1).map(|place| &self.open[place]);
        let mut stack = known.map_or(self.comm, |open| open.stack);
        for open in &mut self.open[self.seen..] {
            let node = self.stacks.extend(stack, [open.frame].into_iter());
            stack = self.stacks.end_of(node);
            (open.stack, open.is_seen) = (stack, true);
        }
        self.seen = self.open.len();
        match self.stacks.len() > self.most_nodes {
            true => Err(tangled()),
            false => Ok(stack.node),
        }
    }

    fn count_moves(&mut self, moves: usize) -> Result<(), Failure> {
        self.moves = self.moves.saturating_add(moves);
        match self.moves > MOST_MOVES {
            true => Err(tangled()),
            false => Ok(()),
        }
    }
}

fn tangled() -> Failure {
    let message = "holds slices that overlap in so many ways that there is no room for their stacks; expected such that begin and end inside one another in each thread";
    Failure::Json(message.to_owned())
}

/// When samples are taken: once in each step, at a place that differs, so that nothing that repeats in
/// time with the steps is seen more or less often than it is there.
struct Ticks {
    step: u64,
    seed: u64,
    /// Which step the next is in, and its time.
    number: u64,
    time: u64,
}

impl Ticks {
    fn new(step: u64) -> Self {
        Self {
            step: step.max(1),
            seed: 0,
            number: 0,
            time: 0,
        }
    }

    fn begin(&mut self, seed: u64) {
        self.seed = mixed(seed);
        self.go_to(0);
    }

    /// The next that is not before `start`, if it is before `end`; each once.
    fn next_in(&mut self, start: u64, end: u64) -> Option<u64> {
        if self.time < start {
            self.go_to(self.number.max(start / self.step));
            // In the step in which `start` is, or else in the one after.
            if self.time < start {
                self.go_to(self.number.saturating_add(1));
            }
        }
        let time = (self.time < end).then_some(self.time)?;
        self.go_to(self.number.saturating_add(1));
        Some(time)
    }

    fn go_to(&mut self, number: u64) {
        let jitter = u128::from(mixed(number ^ self.seed)) * u128::from(self.step);
        self.number = number;
        self.time = number
            .saturating_mul(self.step)
            .saturating_add((jitter >> 64) as u64);
    }
}

/// The end of splitmix64: each bit depends on all.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}
