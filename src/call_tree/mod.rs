//! [`CallTree`]: the samples of a selection, merged by stack; and what is derived from one: what a
//! search finds in it, its functions, and other shapes of it.

mod functions;
mod matches;
mod reshape;
mod running_sums;

pub use functions::{FunctionTotals, functions};
pub use matches::Matches;
pub use reshape::{Direction, Reshape};
pub(crate) use reshape::{Step, build};
pub use running_sums::RunningSums;

use crate::filter::{SampleState, Samples};
use crate::profile::{Profile, StackTable};
use crate::selection::Selection;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// How much of a selection (samples, or their weights) is in each call node: columns parallel to
/// the profile's [`StackTable`], or to its own in another shape. Sums that 64 bits cannot hold stay
/// at the largest number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallTree {
    /// Of the samples with the node as their leaf.
    pub self_weight: Vec<u64>,
    /// Of the samples with the node anywhere in their stack.
    pub total_weight: Vec<u64>,
    /// Other stacks than the profile's, where it was [reshaped](Reshape).
    own_stacks: Option<Arc<StackTable>>,
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

    /// Other totals of the same nodes; in each itself is what is in none of its callees.
    pub(crate) fn with_totals(&self, profile: &Profile, totals: &[u64]) -> Self {
        let stacks = self.stacks(profile);
        let mut own = totals.to_vec();
        for node in 1..stacks.len() {
            let caller = &mut own[stacks.parent[node].index()];
            *caller = caller.saturating_sub(totals[node]);
        }
        Self {
            self_weight: own,
            total_weight: totals.to_vec(),
            own_stacks: self.own_stacks.clone(),
        }
    }

    /// With the totals of what is in each node itself.
    pub(crate) fn of_weights(stacks: &StackTable, self_weight: Vec<u64>) -> Self {
        let total_weight = totals(stacks, &self_weight);
        Self {
            self_weight,
            total_weight,
            own_stacks: None,
        }
    }

    /// The stacks that its nodes are of.
    pub fn stacks<'a>(&'a self, profile: &'a Profile) -> &'a StackTable {
        self.own_stacks.as_deref().unwrap_or(&profile.stacks)
    }

    /// All samples in it.
    pub fn total(&self) -> u64 {
        self.total_weight[0]
    }
}

fn add_samples(weights: &mut [u64], profile: &Profile, samples: &Samples, range: Range<usize>) {
    let stacks = &profile.samples.stack[range.clone()];
    match samples.amount_of_each(profile) {
        None => {
            for (stack, state) in stacks.iter().zip(&samples.states[range]) {
                weights[stack.index()] += u64::from(*state == SampleState::Shown);
            }
        }
        Some(_) => {
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
