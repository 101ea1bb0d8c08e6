//! [`CallTree`]: the samples of a selection, merged by stack.

use crate::filter::{Metric, SampleState, Samples, matching_frames};
use crate::profile::{Profile, StackId, StackTable};
use crate::selection::Selection;
use rayon::prelude::*;
use regex::Regex;
use std::ops::Range;

/// How much of a selection (samples, or their weights) is in each call node: columns parallel to
/// the profile's [`StackTable`]. Sums that 64 bits cannot hold stay at the largest number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallTree {
    /// Of the samples with the node as their leaf.
    pub self_weight: Vec<u64>,
    /// Of the samples with the node anywhere in their stack.
    pub total_weight: Vec<u64>,
}

/// From how many samples on they are counted by several threads.
const PARALLEL_SAMPLES: usize = 1 << 18;

impl CallTree {
    /// Merges the samples that are selected and shown.
    pub fn new(profile: &Profile, samples: &Samples, selection: &Selection) -> Self {
        let mut weights = vec![0; profile.stacks.len()];
        for range in selection.indices(profile) {
            if range.len() < PARALLEL_SAMPLES {
                add_samples(&mut weights, profile, samples, range);
            } else {
                add_samples_in_parallel(&mut weights, profile, samples, range);
            }
        }
        Self::of_weights(&profile.stacks, weights)
    }

    /// With the totals of what is in each node itself.
    pub(crate) fn of_weights(stacks: &StackTable, self_weight: Vec<u64>) -> Self {
        let total_weight = totals(stacks, &self_weight);
        Self {
            self_weight,
            total_weight,
        }
    }

    /// All samples in it.
    pub fn total(&self) -> u64 {
        self.total_weight[0]
    }
}

fn add_samples(weights: &mut [u64], profile: &Profile, samples: &Samples, range: Range<usize>) {
    let stacks = &profile.samples.stack[range.clone()];
    match samples.metric {
        Metric::Samples => {
            for (stack, state) in stacks.iter().zip(&samples.states[range]) {
                weights[stack.index()] += u64::from(*state == SampleState::Shown);
            }
        }
        Metric::Weight => {
            for (stack, amount) in stacks.iter().zip(samples.amounts(profile, range)) {
                let weight = &mut weights[stack.index()];
                *weight = weight.saturating_add(amount);
            }
        }
    }
}

fn add_samples_in_parallel(
    weights: &mut [u64],
    profile: &Profile,
    samples: &Samples,
    range: Range<usize>,
) {
    let parts = rayon::current_num_threads().max(1);
    let part_len = range.len().div_ceil(parts);
    let part = |index: usize| {
        let start = range.start + index * part_len;
        let mut weights = vec![0; profile.stacks.len()];
        let part = start.min(range.end)..(start + part_len).min(range.end);
        add_samples(&mut weights, profile, samples, part);
        weights
    };
    let counted: Vec<Vec<u64>> = (0..parts).into_par_iter().map(part).collect();
    for part in counted {
        for (total, count) in weights.iter_mut().zip(part) {
            *total = total.saturating_add(count);
        }
    }
}

/// A subtree is a range of nodes, so its total is a difference of two running sums.
fn totals(stacks: &StackTable, self_weight: &[u64]) -> Vec<u64> {
    let mut sums = Vec::with_capacity(self_weight.len() + 1);
    let mut sum = 0u64;
    sums.push(sum);
    for weight in self_weight {
        let Some(next) = sum.checked_add(*weight) else {
            return saturating_totals(stacks, self_weight);
        };
        sum = next;
        sums.push(sum);
    }
    // In place: a subtree's end is after its node.
    for (node, end) in stacks.subtree_end.iter().enumerate() {
        sums[node] = sums[end.index()] - sums[node];
    }
    sums.truncate(self_weight.len());
    sums
}

/// Callers come before callees, so one pass from the end adds every node to its caller.
fn saturating_totals(stacks: &StackTable, self_weight: &[u64]) -> Vec<u64> {
    let mut total = self_weight.to_vec();
    for node in (1..total.len()).rev() {
        let parent = stacks.parent[node].index();
        total[parent] = total[parent].saturating_add(total[node]);
    }
    total
}

/// How often each stack was seen up to every so many samples of a profile, so that the call tree of
/// any range costs no more than that of a short one.
#[derive(Debug)]
pub struct RunningSums {
    /// Samples from one sum to the next.
    every: usize,
    /// The stacks that samples are in, in order.
    stacks: Vec<StackId>,
    /// For each multiple of `every` samples, from 0 on, the weight of each of `stacks` up to there.
    sums: Vec<Vec<u64>>,
}

impl RunningSums {
    /// The least number of samples from one sum to the next.
    const LEAST: usize = 1 << 17;
    /// No more than this many numbers (8 bytes each) are kept.
    const MOST: usize = 1 << 23;

    /// Of the samples that are shown. `None` where 64 bits do not hold them.
    pub fn new(profile: &Profile, samples: &Samples) -> Option<Self> {
        Self::with_distance(profile, samples, Self::LEAST)
    }

    fn with_distance(profile: &Profile, samples: &Samples, least: usize) -> Option<Self> {
        let mut is_used = vec![false; profile.stacks.len()];
        for stack in &profile.samples.stack {
            is_used[stack.index()] = true;
        }
        let used = is_used.iter().zip(0..).filter(|(is_used, _)| **is_used);
        let stacks: Vec<StackId> = used.map(|(_, node)| StackId(node)).collect();
        let count = profile.samples.len();
        let sums = (Self::MOST / stacks.len().max(1)).max(1);
        let every = least.max(count.div_ceil(sums));
        let weights_of = |index: usize| {
            let mut weights = vec![0; profile.stacks.len()];
            let range = index * every..(index + 1) * every;
            add_samples(&mut weights, profile, samples, range);
            stacks.iter().map(|stack| weights[stack.index()]).collect()
        };
        let parts: Vec<Vec<u64>> = (0..count / every).into_par_iter().map(weights_of).collect();
        let mut sums = vec![vec![0u64; stacks.len()]];
        for mut part in parts {
            let before = &sums[sums.len() - 1];
            for (weight, before) in part.iter_mut().zip(before) {
                *weight = weight.checked_add(*before)?;
            }
            sums.push(part);
        }
        Some(Self {
            every,
            stacks,
            sums,
        })
    }

    /// The call tree of a selection: what [`CallTree::new`] makes.
    pub fn call_tree(
        &self,
        profile: &Profile,
        samples: &Samples,
        selection: &Selection,
    ) -> CallTree {
        let mut weights = vec![0; profile.stacks.len()];
        for range in selection.indices(profile) {
            self.add_range(&mut weights, profile, samples, range);
        }
        CallTree::of_weights(&profile.stacks, weights)
    }

    fn add_range(
        &self,
        weights: &mut [u64],
        profile: &Profile,
        samples: &Samples,
        range: Range<usize>,
    ) {
        let first = range.start.div_ceil(self.every);
        let last = range.end / self.every;
        if first >= last {
            return add_samples(weights, profile, samples, range);
        }
        add_samples(weights, profile, samples, range.start..first * self.every);
        for ((stack, after), before) in self
            .stacks
            .iter()
            .zip(&self.sums[last])
            .zip(&self.sums[first])
        {
            let weight = &mut weights[stack.index()];
            *weight = weight.saturating_add(after - before);
        }
        add_samples(weights, profile, samples, last * self.every..range.end);
    }
}

/// What a search found: which frames match, and how many samples have one in their stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matches {
    /// By frame of the profile.
    pub frames: Vec<bool>,
    /// What the samples with at least one matching frame count for, each counted once.
    pub total: u64,
}

impl Matches {
    /// Finds the frames whose displayed name matches.
    pub fn find(profile: &Profile, tree: &CallTree, pattern: &Regex) -> Self {
        let frames = matching_frames(profile, |name| pattern.is_match(name));
        let stacks = &profile.stacks;
        let mut total = 0u64;
        let mut node = 1;
        while node < stacks.len() {
            if frames[stacks.frame[node].index()] {
                total = total.saturating_add(tree.total_weight[node]);
                node = stacks.subtree_end[node].index();
            } else {
                node += 1;
            }
        }
        Self { frames, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::SampleFilter;
    use crate::job::Progress;
    use crate::load::{self, LoadOptions};
    use crate::profile::{TimeRange, Timestamp};

    /// 400 samples, 10 ms apart, in 30 stacks; `period` of the last.
    fn profile(last_period: u64) -> Profile {
        let sample = |index: u64| {
            let (micros, depth) = (index * 10_000, index * 7 % 30);
            let frames = (0..depth).map(|level| format!("\t1 f{level} (/x)\n"));
            let period = if index == 399 { last_period } else { index };
            format!(
                "app 1/1 [000] {}.{:06}: {period} cycles:\n{}\n",
                1 + micros / 1_000_000,
                micros % 1_000_000,
                frames.collect::<String>()
            )
        };
        let text: String = (0..400).map(sample).collect();
        let reader = Box::new(std::io::Cursor::new(text.into_bytes()));
        let options = LoadOptions::default();
        let loaded = load::read(reader, "test".as_ref(), &options, &Progress::default());
        loaded.expect("a profile")
    }

    #[test]
    fn running_sums_give_the_same_trees() {
        let profile = profile(1);
        let pattern = regex::Regex::new("^f20$").expect("a pattern");
        for metric in [Metric::Samples, Metric::Weight] {
            let filter = SampleFilter {
                metric,
                excluded_stacks: vec![pattern.clone()],
                ..SampleFilter::default()
            };
            let samples = filter.apply(&profile).expect("a filter");
            let sums = RunningSums::with_distance(&profile, &samples, 16).expect("sums");
            assert!(sums.sums.len() > 20);
            for (start, end) in [
                (0, 400),
                (0, 1),
                (3, 14),
                (5, 31),
                (16, 32),
                (17, 391),
                (399, 400),
            ] {
                let millis = |index: u64| Timestamp((1000 + index * 10) * 1_000_000);
                let range = TimeRange {
                    start: millis(start),
                    end: millis(end),
                };
                let selection = Selection::range(range);
                let tree = CallTree::new(&profile, &samples, &selection);
                assert_eq!(sums.call_tree(&profile, &samples, &selection), tree);
                assert_eq!(
                    tree.total_weight,
                    saturating_totals(&profile.stacks, &tree.self_weight)
                );
            }
            let whole = Selection::whole();
            let tree = CallTree::new(&profile, &samples, &whole);
            assert_eq!(sums.call_tree(&profile, &samples, &whole), tree);
        }
    }

    #[test]
    fn sums_that_are_too_large_stay_at_the_largest_number() {
        let profile = profile(u64::MAX);
        let filter = SampleFilter {
            metric: Metric::Weight,
            ..SampleFilter::default()
        };
        let samples = filter.apply(&profile).expect("a filter");
        assert!(RunningSums::with_distance(&profile, &samples, 16).is_none());
        let tree = CallTree::new(&profile, &samples, &Selection::whole());
        assert_eq!(tree.total(), u64::MAX);
    }
}
