//! [`Functions`]: when each function runs, and which of them is behind a change.

use crate::filter::{SampleState, Samples};
use crate::profile::{FrameKind, Part, Profile, StackId, TimeRange, Timestamp};
use rayon::prelude::*;

/// Functions in fewer samples than this, in more, or in a larger share of all, are not scanned.
const FEWEST: u64 = 4;
const MOST: u64 = 20_000;
const MOST_SHARE: f64 = 0.4;

/// The functions of a profile's samples.
pub(super) struct Functions<'a> {
    profile: &'a Profile,
    samples: &'a Samples,
    /// By stack: the names of its functions, each once.
    names: Vec<Vec<u32>>,
    /// The times of the samples of each function that is neither everywhere nor hardly anywhere.
    pub scanned: Vec<Vec<Timestamp>>,
}

impl<'a> Functions<'a> {
    pub(super) fn new(profile: &'a Profile, samples: &'a Samples, part: &Part) -> Self {
        let table = &profile.samples;
        let shown = part.samples.clone();
        let shown = shown.filter(|index| samples.states[*index] == SampleState::Shown);
        let mut by_stack = vec![0u64; profile.stacks.len()];
        for index in shown.clone() {
            by_stack[table.stack[index].index()] += 1;
        }
        let all: u64 = by_stack.iter().sum();
        let of_stack = |(stack, count): (usize, &u64)| match count {
            0 => Vec::new(),
            _ => names(profile, stack),
        };
        let names: Vec<Vec<u32>> = by_stack.par_iter().enumerate().map(of_stack).collect();
        let mut count = vec![0u64; profile.strings.len()];
        for (names, samples) in names.iter().zip(&by_stack) {
            names
                .iter()
                .for_each(|name| count[*name as usize] += samples);
        }
        let is_scanned: Vec<bool> = count
            .iter()
            .map(|count| {
                (FEWEST..=MOST).contains(count) && *count as f64 <= MOST_SHARE * all as f64
            })
            .collect();
        let only = |is_kept: &[bool], names: &Vec<u32>| -> Vec<u32> {
            let names = names.iter().copied();
            names.filter(|name| is_kept[*name as usize]).collect()
        };
        let by_stack = |is_kept: &[bool]| -> Vec<Vec<u32>> {
            names.par_iter().map(|names| only(is_kept, names)).collect()
        };
        let shown: Vec<usize> = shown.collect();
        let stand_out = stand_out(profile, &by_stack(&is_scanned), &shown, part);
        let scanned_names = by_stack(&stand_out);
        // Each thread has a stretch of time; the stretches follow one another.
        let times = |stretch: &[usize]| {
            let mut times: Vec<Vec<Timestamp>> = vec![Vec::new(); count.len()];
            for index in stretch {
                for name in &scanned_names[table.stack[*index].index()] {
                    times[*name as usize].push(table.time[*index]);
                }
            }
            times
        };
        let stretch = shown.len().div_ceil(rayon::current_num_threads()).max(1);
        let stretches: Vec<_> = shown.par_chunks(stretch).map(times).collect();
        let of_name = |name: usize| -> Vec<Timestamp> {
            let times = stretches.iter().map(|times| &times[name]);
            times.flatten().copied().collect()
        };
        let scanned = (0..count.len()).into_par_iter().map(of_name);
        let scanned = scanned.filter(|times| !times.is_empty()).collect();
        Self {
            profile,
            samples,
            names,
            scanned,
        }
    }

    /// The most frequent of those that are scanned.
    pub(super) fn frequent(&self) -> impl Iterator<Item = &Vec<Timestamp>> {
        const FREQUENT: usize = 24;
        let mut times: Vec<&Vec<Timestamp>> = self.scanned.iter().collect();
        times.sort_by_key(|times| std::cmp::Reverse(times.len()));
        times.into_iter().take(FREQUENT)
    }

    /// When the function runs that accounts for most of the change from one range to another as long: that
    /// much more (or less) of it, a good part of all, and many times what it is in the one. A swing of the
    /// load changes all alike.
    pub(super) fn behind(
        &self,
        before: TimeRange,
        after: TimeRange,
        within: TimeRange,
    ) -> Option<Vec<Timestamp>> {
        const MOST: f64 = 0.6;
        const PART: f64 = 0.25;
        const BEYOND: f64 = 2.0;
        const FEWEST: f64 = 10.0;
        let ((before, all_before), (after, all_after)) = (self.count(before), self.count(after));
        let (few, many) = (all_before.min(all_after), all_before.max(all_after));
        let factor = many / few.max(1.0);
        let least = (MOST * (many - few)).max(PART * many).max(FEWEST);
        let is_behind = |(before, after): (&f64, &f64)| {
            let (low, high) = (before.min(*after), before.max(*after));
            high - low >= least && high >= BEYOND * factor * (low + 1.0)
        };
        let name = before.iter().zip(&after).position(is_behind)?;
        let indices = self.shown(within).filter(|index| {
            let stack = self.profile.samples.stack[*index];
            self.names[stack.index()].contains(&(name as u32))
        });
        Some(
            indices
                .map(|index| self.profile.samples.time[index])
                .collect(),
        )
    }

    fn shown(&self, range: TimeRange) -> impl Iterator<Item = usize> {
        let indices = self.profile.samples.indices_in(range);
        indices.filter(|index| self.samples.states[*index] == SampleState::Shown)
    }

    /// How many samples are of each function, and of all.
    fn count(&self, range: TimeRange) -> (Vec<f64>, f64) {
        let mut counts = vec![0.0; self.profile.strings.len()];
        let mut all = 0.0;
        for index in self.shown(range) {
            let names = &self.names[self.profile.samples.stack[index].index()];
            names.iter().for_each(|name| counts[*name as usize] += 1.0);
            all += 1.0;
        }
        (counts, all)
    }
}

/// By name: whether it has a good part of what runs, or of what usually does, in any tenth of a second.
/// No others make a burst or a rhythm.
fn stand_out(profile: &Profile, names: &[Vec<u32>], shown: &[usize], part: &Part) -> Vec<bool> {
    const SLOT: u64 = 100_000_000;
    const SHARE: f64 = 0.1;
    const SLOTS: usize = 1024;
    let table = &profile.samples;
    let usual = shown.len() as f64 * SLOT as f64 / part.range.nanos().max(1) as f64;
    let slot_of = |index: &usize| table.time[*index].nanos() / SLOT;
    let slots: Vec<&[usize]> = shown
        .chunk_by(|one, next| slot_of(one) == slot_of(next))
        .collect();
    let found = |slots: &[&[usize]]| {
        let mut counts = vec![0u32; profile.strings.len()];
        let mut found = vec![false; profile.strings.len()];
        for slot in slots {
            let least = SHARE * usual.min(slot.len() as f64);
            let of_slot = || {
                slot.iter()
                    .flat_map(|index| &names[table.stack[*index].index()])
            };
            of_slot().for_each(|name| counts[*name as usize] += 1);
            for name in of_slot() {
                let count = std::mem::take(&mut counts[*name as usize]);
                found[*name as usize] |= f64::from(count) >= least;
            }
        }
        found
    };
    let either = |mut one: Vec<bool>, other: Vec<bool>| {
        one.iter_mut()
            .zip(other)
            .for_each(|(one, other)| *one |= other);
        one
    };
    let none = || vec![false; profile.strings.len()];
    slots.par_chunks(SLOTS).map(found).reduce(none, either)
}

/// The distinct functions of a stack.
fn names(profile: &Profile, stack: usize) -> Vec<u32> {
    let frames = &profile.frames;
    let path = profile.stacks.path_up(StackId(stack as u32));
    let frame = path.map(|node| profile.stacks.frame[node.index()].index());
    let functions = frame.filter(|frame| frames.kind[*frame] != FrameKind::Comm);
    let mut names: Vec<u32> = functions.map(|frame| frames.name[frame].0).collect();
    names.sort_unstable();
    names.dedup();
    names
}
