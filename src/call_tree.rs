//! [`CallTree`]: the samples of a selection, merged by stack.

use crate::filter::{Samples, matching_frames};
use crate::profile::{Profile, StackTable};
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
        let nodes = profile.stacks.len();
        let mut self_weight = vec![0; nodes];
        for range in selection.indices(profile) {
            if range.len() < PARALLEL_SAMPLES {
                add_samples(&mut self_weight, profile, samples, range);
            } else {
                add_samples_in_parallel(&mut self_weight, profile, samples, range);
            }
        }
        let total_weight = totals(&profile.stacks, &self_weight);
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

fn add_samples(weight: &mut [u64], profile: &Profile, samples: &Samples, range: Range<usize>) {
    let stacks = &profile.samples.stack[range.clone()];
    for (stack, amount) in stacks.iter().zip(samples.amounts(profile, range)) {
        let weight = &mut weight[stack.index()];
        *weight = weight.saturating_add(amount);
    }
}

fn add_samples_in_parallel(
    weight: &mut [u64],
    profile: &Profile,
    samples: &Samples,
    range: Range<usize>,
) {
    let parts = rayon::current_num_threads().max(1);
    let part_len = range.len().div_ceil(parts);
    let part = |index: usize| {
        let start = range.start + index * part_len;
        let mut weight = vec![0; profile.stacks.len()];
        let part = start.min(range.end)..(start + part_len).min(range.end);
        add_samples(&mut weight, profile, samples, part);
        weight
    };
    let counted: Vec<Vec<u64>> = (0..parts).into_par_iter().map(part).collect();
    for part in counted {
        for (total, count) in weight.iter_mut().zip(part) {
            *total = total.saturating_add(count);
        }
    }
}

/// Callers come before callees, so one pass from the end adds every node to its caller.
fn totals(stacks: &StackTable, self_weight: &[u64]) -> Vec<u64> {
    let mut total = self_weight.to_vec();
    for node in (1..total.len()).rev() {
        let parent = stacks.parent[node].index();
        total[parent] = total[parent].saturating_add(total[node]);
    }
    total
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
