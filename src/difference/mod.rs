//! [`Difference`]: the call tree of a selection held against that of a baseline.
//!
//! Counts are compared as shares of all samples on their side, or as rates in time. For each
//! function (by displayed name, counted once a sample) a G-test, the log likelihood ratio of a two by
//! two table (Sokal and Rohlf 1981; Dunning 1993), says how sure the difference is; Benjamini and
//! Hochberg's procedure (1995) accounts for the number of functions.

mod aligned;
mod union;

pub use aligned::aligned;
pub use union::{Compared, Side, Union};

use crate::call_tree::CallTree;
use crate::filter::Samples;
use crate::profile::{FrameKind, Profile, StackId, StringId, TimeRange};
use crate::selection::Selection;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// What makes the counts of both sides comparable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Normalization {
    /// All that is counted on their side: a function's share of it.
    #[default]
    Samples,
    /// The time that each side lasts: how much a second.
    Time,
}

/// A selection's call tree and its baseline's.
#[derive(Debug, Clone)]
pub struct Difference {
    /// What is selected.
    pub selection: CallTree,
    /// What it is compared with.
    pub baseline: CallTree,
    /// What makes them comparable.
    pub normalization: Normalization,
    /// How long the selection is, in nanoseconds, as far as the profile has samples.
    pub selection_nanos: u64,
    /// How long the baseline is, likewise.
    pub baseline_nanos: u64,
}

/// One function in the selection and in the baseline. Counts are of [`Samples::metric`].
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionChange {
    /// Its displayed name.
    pub name: StringId,
    /// Selected samples with it anywhere in their stack.
    pub selection: u64,
    /// Selected samples with it as their leaf.
    pub selection_self: u64,
    /// Of the baseline, as `selection`.
    pub baseline: u64,
    /// Of the baseline, as `selection_self`.
    pub baseline_self: u64,
    /// How many times its share (or rate) in the baseline that in the selection is; infinite where
    /// it is only in the selection.
    pub ratio: f64,
    /// The same with half a sample added on all sides, so that it is finite and small counts say
    /// little (Haldane 1956).
    pub effect: f64,
    /// Twice the log likelihood ratio: how telling the change is, in either direction.
    pub g: f64,
    /// From 0 to 1: one minus the rate of false discoveries at which it counts as changed.
    pub confidence: f64,
    /// The mean depth of its outermost calls, from 2 for the outermost functions on.
    pub depth: f64,
}

/// Everything in the profile's time that is not selected; `None` where all is.
pub fn rest(profile: &Profile, selection: &Selection) -> Option<Selection> {
    let whole = profile.time_range()?;
    if selection.is_whole() {
        return None;
    }
    let mut start = whole.start;
    let mut rest = Vec::new();
    for range in selection.ranges() {
        let end = range.start.min(whole.end);
        rest.push(TimeRange { start, end });
        start = start.max(range.end);
    }
    rest.push(TimeRange {
        start,
        end: whole.end,
    });
    rest.retain(|range| !range.is_empty());
    (!rest.is_empty()).then(|| Selection::from_ranges(rest))
}

/// How long a selection is, in nanoseconds, within the parts of the profile that have samples.
pub fn duration(profile: &Profile, selection: &Selection) -> u64 {
    let parts = profile.parts.iter().map(|part| part.range);
    if selection.is_whole() {
        return parts.map(TimeRange::nanos).fold(0, u64::saturating_add);
    }
    let overlap = |one: TimeRange, other: TimeRange| {
        one.end
            .min(other.end)
            .nanos_since(one.start.max(other.start))
    };
    let ranges = selection.ranges().iter();
    let overlaps = parts.flat_map(|part| ranges.clone().map(move |range| overlap(part, *range)));
    overlaps.fold(0, u64::saturating_add)
}

impl Difference {
    /// Counts both sides.
    pub fn new(
        profile: &Profile,
        samples: &Samples,
        selection: &Selection,
        baseline: &Selection,
        normalization: Normalization,
    ) -> Self {
        Self {
            selection: CallTree::new(profile, samples, selection),
            baseline: CallTree::new(profile, samples, baseline),
            normalization,
            selection_nanos: duration(profile, selection),
            baseline_nanos: duration(profile, baseline),
        }
    }

    /// Of call trees that are there already.
    pub fn of_trees(
        profile: &Profile,
        (selection, selected): (&Selection, CallTree),
        (baseline, compared): (&Selection, CallTree),
        normalization: Normalization,
    ) -> Self {
        Self {
            selection: selected,
            baseline: compared,
            normalization,
            selection_nanos: duration(profile, selection),
            baseline_nanos: duration(profile, baseline),
        }
    }

    /// What one sample of the baseline would be in as much as is selected.
    pub fn scale(&self) -> f64 {
        let (selection, baseline) = self.wholes();
        if baseline > 0.0 {
            selection / baseline
        } else {
            0.0
        }
    }

    /// What counts are shares of: of the selection, and of the baseline.
    fn wholes(&self) -> (f64, f64) {
        match self.normalization {
            Normalization::Samples => (self.selection.total() as f64, self.baseline.total() as f64),
            Normalization::Time => (self.selection_nanos as f64, self.baseline_nanos as f64),
        }
    }

    /// What the count of a node in the baseline would be in as much as is selected.
    pub fn expected(&self, node: StackId) -> f64 {
        self.baseline.total_weight[node.index()] as f64 * self.scale()
    }

    /// How much more of a node the selection has than the baseline, from −1 (only in the baseline)
    /// by 0 (as much) to 1 (only in the selection): the difference by the sum.
    pub fn change(&self, node: StackId) -> f64 {
        change(
            self.selection.total_weight[node.index()],
            self.expected(node),
        )
    }

    /// What has vanished: the baseline's call tree without the stacks that the selection has, too.
    pub fn elided(&self, profile: &Profile) -> CallTree {
        let kept = |(own, in_selection): (&u64, &u64)| if *in_selection == 0 { *own } else { 0 };
        let weights = self.baseline.self_weight.iter();
        let weights = weights.zip(&self.selection.total_weight).map(kept);
        CallTree::of_weights(&profile.stacks, weights.collect())
    }

    /// Every function that is in either side, the most telling first; of equals what has
    /// become more, and the deepest.
    pub fn functions(&self, profile: &Profile, names: &Functions) -> Vec<FunctionChange> {
        self.functions_of(profile, names, 1.0)
    }

    /// The same where a sample counts for `mean` on average: how telling a change is depends on how
    /// many samples tell it.
    pub fn functions_of(
        &self,
        profile: &Profile,
        names: &Functions,
        mean: f64,
    ) -> Vec<FunctionChange> {
        let [selection, baseline] = [&self.selection, &self.baseline].map(|tree| names.count(tree));
        let depths = names.depths(profile, &self.selection, &self.baseline);
        let (in_selection, in_baseline) = self.wholes();
        let is_there = |name: &usize| selection.total[*name] > 0 || baseline.total[*name] > 0;
        let change = |name: usize| {
            let (observed, before) = (selection.total[name], baseline.total[name]);
            let (one, other) = (observed as f64, before as f64);
            let rates = |more: f64| ((one + more) / in_selection, (other + more) / in_baseline);
            let ratio = |(one, other): (f64, f64)| one / other;
            FunctionChange {
                name: StringId(name as u32),
                selection: observed,
                selection_self: selection.own[name],
                baseline: before,
                baseline_self: baseline.own[name],
                ratio: ratio(rates(0.0)),
                effect: ratio(rates(0.5 * mean)),
                g: self.g(one, other) / mean,
                confidence: 0.0,
                depth: depths[name],
            }
        };
        let mut changes: Vec<FunctionChange> =
            (0..names.len).filter(is_there).map(change).collect();
        // What has the rest of the samples tells as much: rounding must not choose.
        let g = |change: &FunctionChange| (change.g * 1e6).round();
        changes.sort_by(|one, other| {
            let by_g = g(other).total_cmp(&g(one));
            let more_first = (one.effect < 1.0).cmp(&(other.effect < 1.0));
            // What always comes with its callers is more to the point than they are.
            let deepest = other.depth.total_cmp(&one.depth);
            by_g.then(more_first)
                .then(deepest)
                .then(one.name.cmp(&other.name))
        });
        add_confidence(&mut changes);
        changes
    }

    /// The G statistic of a count on each side: it grows as counts do.
    fn g(&self, one: f64, other: f64) -> f64 {
        let (in_selection, in_baseline) = self.wholes();
        let whole = in_selection + in_baseline;
        if in_selection <= 0.0 || in_baseline <= 0.0 {
            return 0.0;
        }
        let term = |observed: f64, expected: f64| match observed > 0.0 && expected > 0.0 {
            true => observed * (observed / expected).ln(),
            false => 0.0,
        };
        let both = one + other;
        let mut sum =
            term(one, both * in_selection / whole) + term(other, both * in_baseline / whole);
        if self.normalization == Normalization::Samples {
            let without = whole - both;
            sum += term(in_selection - one, without * in_selection / whole);
            sum += term(in_baseline - other, without * in_baseline / whole);
        }
        (2.0 * sum).max(0.0)
    }
}

/// How much more was observed than expected, from −1 (nothing was) by 0 to 1 (nothing was expected):
/// the difference by the sum.
pub fn change(observed: u64, expected: f64) -> f64 {
    let observed = observed as f64;
    let sum = observed + expected;
    if sum > 0.0 {
        (observed - expected) / sum
    } else {
        0.0
    }
}

/// The most telling first: ascending probabilities.
fn add_confidence(changes: &mut [FunctionChange]) {
    let places = changes.len() as f64;
    let Ok(chi_squared) = ChiSquared::new(1.0) else {
        return;
    };
    let mut doubt = 1.0f64;
    for (index, change) in changes.iter_mut().enumerate().rev() {
        let p = chi_squared.sf(change.g);
        doubt = doubt.min(p * places / (index + 1) as f64);
        change.confidence = 1.0 - doubt;
    }
}

/// Which nodes count for which function, worked out once a profile: recursion counts once a sample,
/// and threads are no functions.
#[derive(Debug, Clone)]
pub struct Functions {
    /// By node: the function's name.
    name: Vec<u32>,
    /// By node: whether it is a function, and not called by itself, however far out.
    is_outermost: Vec<bool>,
    /// By node: whether it is a function.
    is_function: Vec<bool>,
    /// How many names there are.
    len: usize,
}

/// Counts by name.
struct Counts {
    total: Vec<u64>,
    own: Vec<u64>,
}

impl Functions {
    /// Of all stacks of a profile.
    pub fn new(profile: &Profile) -> Self {
        let (stacks, frames) = (&profile.stacks, &profile.frames);
        let len = profile.strings.len();
        let name: Vec<u32> = stacks
            .frame
            .iter()
            .map(|frame| frames.name[frame.index()].0)
            .collect();
        let is_thread = |kind| matches!(kind, FrameKind::All | FrameKind::Comm);
        let kinds = stacks.frame.iter().map(|frame| frames.kind[frame.index()]);
        let is_function: Vec<bool> = kinds.map(|kind| !is_thread(kind)).collect();
        let mut is_outermost = vec![false; stacks.len()];
        // How many nodes on the path down to the present one have each name.
        let mut open = vec![0u32; len];
        let mut path: Vec<usize> = Vec::new();
        for node in 0..stacks.len() {
            while path
                .last()
                .is_some_and(|top| stacks.subtree_end[*top].index() <= node)
            {
                if let Some(left) = path.pop().filter(|left| is_function[*left]) {
                    open[name[left] as usize] -= 1;
                }
            }
            path.push(node);
            if is_function[node] {
                is_outermost[node] = open[name[node] as usize] == 0;
                open[name[node] as usize] += 1;
            }
        }
        Self {
            name,
            is_outermost,
            is_function,
            len,
        }
    }

    fn count(&self, tree: &CallTree) -> Counts {
        let (mut total, mut own) = (vec![0u64; self.len], vec![0u64; self.len]);
        for (node, name) in self.name.iter().enumerate() {
            let name = *name as usize;
            if self.is_outermost[node] {
                total[name] = total[name].saturating_add(tree.total_weight[node]);
            }
            if self.is_function[node] {
                own[name] = own[name].saturating_add(tree.self_weight[node]);
            }
        }
        Counts { total, own }
    }

    /// The mean depth of each, weighted by both trees.
    fn depths(&self, profile: &Profile, one: &CallTree, other: &CallTree) -> Vec<f64> {
        let (mut sum, mut weight) = (vec![0.0; self.len], vec![0.0; self.len]);
        for (node, name) in self.name.iter().enumerate() {
            if self.is_outermost[node] {
                let here = one.total_weight[node] as f64 + other.total_weight[node] as f64;
                sum[*name as usize] += here * f64::from(profile.stacks.depth[node]);
                weight[*name as usize] += here;
            }
        }
        let mean = |(sum, weight): (f64, f64)| if weight > 0.0 { sum / weight } else { 0.0 };
        sum.into_iter().zip(weight).map(mean).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::SampleFilter;
    use crate::job::Progress;
    use crate::load::{self, LoadOptions};
    use crate::profile::Timestamp;

    /// A sample each 10 ms with its stack, root first.
    pub(super) fn profile(stacks: &[&str]) -> Profile {
        let sample = |(index, stack): (usize, &&str)| {
            let frames = stack
                .rsplit(';')
                .map(|name| format!("\t1 {name}+0x1 (/x)\n"));
            let frames: String = frames.collect();
            format!(
                "app 1/1 [000] 1.{:03}000: 1 cycles:\n{frames}\n",
                10 * index
            )
        };
        let text: String = stacks.iter().enumerate().map(sample).collect();
        let reader = Box::new(std::io::Cursor::new(text.into_bytes()));
        let options = LoadOptions::default();
        load::read(reader, "test".as_ref(), &options, &Progress::default()).expect("a profile")
    }

    fn difference(profile: &Profile, millis: (u64, u64), by: Normalization) -> Difference {
        let samples = SampleFilter::default().apply(profile).expect("a filter");
        let time = |millis: u64| Timestamp((1000 + millis) * 1_000_000);
        let selection = Selection::range(TimeRange {
            start: time(millis.0),
            end: time(millis.1),
        });
        let baseline = rest(profile, &selection).expect("a rest");
        Difference::new(profile, &samples, &selection, &baseline, by)
    }

    /// Each sample counting for a million, no more is known than if each counts for one.
    #[test]
    fn weights_make_no_change_more_certain() {
        let profile = profile(&["main;a", "main;a", "main;b", "main;a", "main;b", "main;b"]);
        let difference = difference(&profile, (0, 30), Normalization::Samples);
        let times = |tree: &CallTree| {
            let weights = tree.self_weight.iter().map(|weight| weight * 1_000_000);
            CallTree::of_weights(&profile.stacks, weights.collect())
        };
        let weighed = Difference {
            selection: times(&difference.selection),
            baseline: times(&difference.baseline),
            ..difference
        };
        let names = Functions::new(&profile);
        let plain = difference.functions(&profile, &names);
        for (one, other) in plain
            .iter()
            .zip(weighed.functions_of(&profile, &names, 1e6))
        {
            assert!((one.confidence - other.confidence).abs() < 1e-9 && one.name == other.name);
            assert!((one.effect - other.effect).abs() < 1e-9);
        }
    }

    #[test]
    fn functions_are_counted_once_a_sample_on_both_sides() {
        let profile = profile(&[
            "main;a;a",
            "main;a;b;a",
            "main;c",
            "main;c",
            "main;c",
            "main;b",
        ]);
        let difference = difference(&profile, (0, 20), Normalization::Samples);
        let functions = difference.functions(&profile, &Functions::new(&profile));
        let rows: Vec<(&[u8], [u64; 4])> = functions
            .iter()
            .map(|row| {
                let counts = [
                    row.selection,
                    row.selection_self,
                    row.baseline,
                    row.baseline_self,
                ];
                (profile.strings.get(row.name), counts)
            })
            .collect();
        assert_eq!(rows[0], (&b"a"[..], [2, 2, 0, 0]));
        assert_eq!(rows[1], (&b"c"[..], [0, 0, 3, 3]));
        assert!(rows.contains(&(&b"main"[..], [2, 0, 4, 0])));
        assert!(rows.contains(&(&b"b"[..], [1, 0, 1, 1])));
        // 2 ln 3 for a, found in both samples here and in none of four: 2 (2 ln(6/2) + 4 ln(6/4)).
        let g = 2.0 * (2.0 * 3.0f64.ln() + 4.0 * 1.5f64.ln());
        assert!((functions[0].g - g).abs() < 1e-9, "{}", functions[0].g);
        assert!(functions[0].ratio.is_infinite() && functions[1].ratio.abs() < 1e-9);
    }

    #[test]
    fn what_vanished_is_the_baseline_without_the_selection() {
        let profile = profile(&["main;a", "main;a", "main;a;b", "main;c"]);
        let difference = difference(&profile, (0, 20), Normalization::Samples);
        let elided = difference.elided(&profile);
        assert_eq!(elided.total(), 2);
        assert_eq!(difference.baseline.total(), 2);
    }

    #[test]
    fn by_time_twice_the_rate_is_a_change_of_a_third() {
        let profile = profile(&["main;a"; 8]);
        // Four samples in 40 ms, and four in 30 ms: the last one ends the profile.
        let same = difference(&profile, (0, 40), Normalization::Time);
        assert!((same.change(StackId::ROOT) + 1.0 / 7.0).abs() < 1e-6);
        let mut doubled = same;
        doubled.baseline_nanos *= 2;
        doubled.selection_nanos = doubled.baseline_nanos / 2;
        doubled.baseline = doubled.selection.clone();
        assert!((doubled.change(StackId::ROOT) - 1.0 / 3.0).abs() < 1e-9);
    }
}
