//! [`RunningSums`]: what makes the call tree of any range of time as cheap as that of a short one.

use super::{CallTree, add_samples};
use crate::filter::Samples;
use crate::profile::{Profile, StackId};
use crate::selection::Selection;
use rayon::prelude::*;
use std::ops::Range;

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

#[cfg(test)]
mod tests {
    use super::super::saturating_totals;
    use super::*;
    use crate::filter::{Metric, SampleFilter};
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
