//! [`difference_map`]: how unlike a baseline the code of each cell of a heat map is.
//!
//! A cell's samples are told apart by their leaf functions. Their mix is held against the baseline's
//! by the Jensen–Shannon divergence in bits (Lin 1991), which is 0 of equal mixes and 1 of such that
//! have nothing in common. Two steps keep small counts from telling more than they can:
//!
//! - The cell's mix is that of its samples and of [`PRIOR`] more, spread as the baseline's are: the
//!   mean of a Dirichlet posterior (the m-estimate, Cestnik 1990).
//! - The divergence is adjusted for chance as Vinh, Epps and Bailey (2010) do with other measures:
//!   `(observed − expected) / (1 − expected)`, 0 where that is negative. What is expected of as many
//!   samples drawn from the baseline's mix is worked out exactly, as a sum over functions of
//!   binomial means (so Koehler and Larntz 1980 for sparse tables).

use crate::call_tree::CallTree;
use crate::filter::{Metric, SampleState, Samples};
use crate::heat_map::{Cell, HeatMap, HeatMapError, HeatMapOptions};
use crate::profile::{NANOS_PER_SECOND, Profile, StringId};
use crate::selection::Selection;
use crate::value_map::{Value, ValueMap};
use rayon::prelude::*;
use statrs::function::gamma::ln_gamma;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How many samples of the baseline's mix each cell has beside its own.
pub const PRIOR: f64 = 10.0;
/// How many samples a cell should have on average, so that they can be told from chance.
const ENOUGH: f64 = 10.0;
/// Cells that a thread takes at a time.
const CELLS: usize = 64;

/// Which functions the samples of a baseline are in, as shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// By name of a leaf function.
    shares: Vec<f64>,
    /// Each share that there is but 0, and how many functions have it.
    distinct: Vec<(f64, f64)>,
}

impl Mix {
    /// Of the samples that are selected and shown; `None` where there are none.
    pub fn new(profile: &Profile, samples: &Samples, selection: &Selection) -> Option<Self> {
        let counts = counts_by_name(profile, samples, selection);
        Self::of_counts(&counts, Some)
    }

    /// Of another profile, whose functions are those of `profile` that have their names.
    pub fn of_other(
        profile: &Profile,
        (other, samples, selection): (&Profile, &Samples, &Selection),
    ) -> Option<Self> {
        let counts = counts_by_name(other, samples, selection);
        let mut mix = Self::of_counts(&counts, |name| {
            let name = other.strings.get(StringId(name as u32));
            profile.strings.find(name).map(|id| id.0 as usize)
        })?;
        mix.shares.resize(profile.strings.len(), 0.0);
        Some(mix)
    }

    /// Of how many samples are in the function of each name, and what the names' numbers are to be;
    /// functions without a number have their shares, but no samples will be in them.
    fn of_counts(counts: &[u64], number: impl Fn(usize) -> Option<usize>) -> Option<Self> {
        let total: u64 = counts.iter().sum();
        let mut functions: BTreeMap<u64, f64> = BTreeMap::new();
        let mut shares = vec![0.0; counts.len()];
        let share = |count: u64| count as f64 / total as f64;
        for (name, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            *functions.entry(*count).or_default() += 1.0;
            if let Some(number) = number(name) {
                shares.resize(shares.len().max(number + 1), 0.0);
                shares[number] = share(*count);
            }
        }
        let distinct = functions.into_iter();
        (total > 0).then(|| Self {
            shares,
            distinct: distinct.map(|(count, len)| (share(count), len)).collect(),
        })
    }

    /// The divergence expected of `count` samples drawn from the baseline itself.
    fn expected(&self, count: u64) -> f64 {
        let mean = |(share, functions): &(f64, f64)| {
            functions * binomial_mean(count, *share, |own| term(mixed(own, count, *share), *share))
        };
        self.distinct.iter().map(mean).sum()
    }
}

/// Rows for cells of ten samples or more on average, but fifty at most.
pub fn rows_for(profile: &Profile, samples: &Samples, column_nanos: u64) -> u32 {
    const ROWS: [u32; 7] = [50, 25, 20, 10, 5, 2, 1];
    let nanos: u64 = profile.parts.iter().map(|part| part.range.nanos()).sum();
    let columns = (nanos.max(NANOS_PER_SECOND / 100) as f64 / column_nanos as f64).max(1e-9);
    let fits = |rows: &u32| samples.shown as f64 >= ENOUGH * columns * f64::from(*rows);
    ROWS.into_iter().find(fits).unwrap_or(1)
}

/// How unlike the baseline the samples of each cell are, from 0 to 1; `None` for cells without. Each
/// sample counts for one, whatever its weight.
///
/// # Errors
/// As [`HeatMap::new`].
pub fn difference_map(
    profile: &Profile,
    samples: &Samples,
    baseline: &Mix,
    options: HeatMapOptions,
) -> Result<ValueMap, HeatMapError> {
    let cells = HeatMap::new(profile, &counted(samples), options)?;
    let leaves = leaves(profile);
    let mut values = vec![None; cells.counts.len()];
    let new_counter = || Counter {
        counts: vec![0; profile.strings.len()],
        seen: Vec::new(),
    };
    let chunks = values.par_chunks_mut(CELLS).enumerate();
    chunks.for_each_init(new_counter, |counter, (chunk, values)| {
        let first = cell_of(&cells, chunk * CELLS);
        let times = &profile.samples.time;
        let mut index = times.partition_point(|time| *time < cells.range_of(first).start);
        for (value, place) in values.iter_mut().zip(chunk * CELLS..) {
            let end = cells.range_of(cell_of(&cells, place)).end;
            while times.get(index).is_some_and(|time| *time < end) {
                if samples.states[index] == SampleState::Shown {
                    counter.add(leaves[profile.samples.stack[index].index()]);
                }
                index += 1;
            }
            *value = (cells.counts[place] > 0).then(|| counter.divergence(baseline));
        }
    });
    let expected = expected(baseline, &cells.counts);
    for (value, count) in values.iter_mut().zip(&cells.counts) {
        let expected = expected.get(&rounded(*count)).copied().unwrap_or(0.0);
        // Where chance alone may make all the difference, there is none to tell.
        let scale = (1.0 - expected).max(f64::EPSILON);
        *value = value.map(|observed| ((observed - expected) / scale).clamp(0.0, 1.0));
    }
    Ok(ValueMap {
        cells,
        values,
        value: Value::Difference,
    })
}

/// Each sample for one.
fn counted(samples: &Samples) -> Cow<'_, Samples> {
    match samples.metric {
        Metric::Samples => Cow::Borrowed(samples),
        Metric::Weight => Cow::Owned(Samples {
            metric: Metric::Samples,
            ..samples.clone()
        }),
    }
}

/// How many of the samples that are selected and shown are in the leaf function of each name.
fn counts_by_name(profile: &Profile, samples: &Samples, selection: &Selection) -> Vec<u64> {
    let tree = CallTree::new(profile, &counted(samples), selection);
    let mut counts = vec![0u64; profile.strings.len()];
    for (leaf, count) in leaves(profile).into_iter().zip(&tree.self_weight) {
        counts[leaf as usize] += count;
    }
    counts
}

/// The name of each stack's leaf function.
fn leaves(profile: &Profile) -> Vec<u32> {
    let frames = profile.stacks.frame.iter();
    frames
        .map(|frame| profile.frames.name[frame.index()].0)
        .collect()
}

/// The cell at a place among the counts.
fn cell_of(cells: &HeatMap, place: usize) -> Cell {
    let rows = cells.options.rows as usize;
    Cell {
        column: (place / rows) as u32,
        row: (place % rows) as u32,
    }
}

/// Samples of one cell by function.
struct Counter {
    counts: Vec<u32>,
    /// Those that are not 0.
    seen: Vec<u32>,
}

impl Counter {
    fn add(&mut self, function: u32) {
        let count = &mut self.counts[function as usize];
        if *count == 0 {
            self.seen.push(function);
        }
        *count += 1;
    }

    /// From the baseline, in bits; begins anew.
    fn divergence(&mut self, baseline: &Mix) -> f64 {
        let counts = self
            .seen
            .iter()
            .map(|function| self.counts[*function as usize]);
        let total: u64 = counts.map(u64::from).sum();
        let (mut sum, mut rest) = (0.0, 1.0);
        for function in self.seen.drain(..) {
            let own = std::mem::take(&mut self.counts[function as usize]);
            let share = baseline.shares[function as usize];
            sum += term(mixed(own.into(), total, share), share);
            rest -= share;
        }
        // Of functions that the cell lacks each term is the same part of its share.
        sum + rest.max(0.0) * term(mixed(0, total, 1.0), 1.0)
    }
}

/// The share of a function of which a cell has `own` of its `total` samples, with the prior's.
fn mixed(own: u64, total: u64, share: f64) -> f64 {
    (own as f64 + PRIOR * share) / (total as f64 + PRIOR)
}

/// What one function with these shares adds to the divergence.
fn term(one: f64, other: f64) -> f64 {
    let mean = (one + other) / 2.0;
    let part = |share: f64| match share > 0.0 {
        true => share * (share / mean).log2(),
        false => 0.0,
    };
    (part(one) + part(other)) / 2.0
}

/// The mean of a function of how often something of probability `share` happens in `count` trials.
fn binomial_mean(count: u64, share: f64, value: impl Fn(u64) -> f64) -> f64 {
    if share >= 1.0 {
        return value(count);
    }
    let trials = count as f64;
    let (mean, spread) = (trials * share, (trials * share * (1.0 - share)).sqrt());
    // What is farther out is not worth adding.
    let reach = 8.0 * spread + 8.0;
    let first = (mean - reach).floor().max(0.0);
    let last = (mean + reach).ceil().min(trials) as u64;
    let choices = ln_gamma(trials + 1.0) - ln_gamma(first + 1.0) - ln_gamma(trials - first + 1.0);
    let logarithm = choices + first * share.ln() + (trials - first) * (1.0 - share).ln();
    let (mut probability, mut sum) = (logarithm.exp(), 0.0);
    for times in first as u64..=last {
        sum += probability * value(times);
        probability *= (count - times) as f64 / (times + 1) as f64 * share / (1.0 - share);
    }
    sum
}

/// The count itself, or one so near below it (3 %) that nearly as much is expected.
fn rounded(count: u64) -> u64 {
    let digits = 64 - count.leading_zeros();
    let dropped = digits.saturating_sub(6);
    count >> dropped << dropped
}

/// What is expected of each count that there is.
fn expected(baseline: &Mix, counts: &[u64]) -> BTreeMap<u64, f64> {
    let mut distinct: Vec<u64> = counts.iter().map(|count| rounded(*count)).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let expected = |count: u64| (count, baseline.expected(count));
    let computed: Vec<(u64, f64)> = distinct.into_par_iter().map(expected).collect();
    computed.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(shares: &[f64]) -> Mix {
        Mix {
            shares: shares.to_vec(),
            distinct: shares.iter().map(|share| (*share, 1.0)).collect(),
        }
    }

    fn divergence(baseline: &Mix, counts: &[u32]) -> f64 {
        let mut counter = Counter {
            counts: vec![0; counts.len()],
            seen: Vec::new(),
        };
        for (function, count) in (0u32..).zip(counts) {
            (0..*count).for_each(|_| counter.add(function));
        }
        counter.divergence(baseline)
    }

    #[test]
    fn means_are_those_of_the_binomial_distribution() {
        let square = |times: u64| (times * times) as f64;
        let of = |count: f64, share: f64| count * share * (1.0 - share) + (count * share).powi(2);
        for (count, share) in [(3, 0.25), (40, 0.01), (5000, 0.7), (1, 1.0)] {
            let expected = of(count as f64, share);
            let found = binomial_mean(count, share, square);
            assert!(
                (found / expected - 1.0).abs() < 1e-9,
                "{count} {share}: {found}"
            );
        }
    }

    /// The expectation is the mean over all that two samples can be.
    #[test]
    fn what_chance_makes_is_the_mean_over_all_outcomes() {
        let baseline = mix(&[0.2, 0.3, 0.5]);
        let mut mean = 0.0;
        for one in 0..3 {
            for other in 0..3 {
                let mut counts = [0; 3];
                counts[one] += 1;
                counts[other] += 1;
                let probability = baseline.shares[one] * baseline.shares[other];
                mean += probability * divergence(&baseline, &counts);
            }
        }
        assert!((baseline.expected(2) - mean).abs() < 1e-12);
    }

    #[test]
    fn equal_mixes_do_not_differ_and_others_differ_the_more_the_more_samples_say_so() {
        let baseline = mix(&[0.2, 0.3, 0.5, 0.0]);
        assert!(divergence(&baseline, &[2, 3, 5, 0]).abs() < 1e-12);
        let new = [1, 2, 10, 100].map(|count| divergence(&baseline, &[0, 0, 0, count]));
        assert!(new.windows(2).all(|pair| pair[0] < pair[1]) && new[3] < 1.0);
        assert!(new[1] < 0.1 && new[3] > 0.7, "{new:?}");
    }

    #[test]
    fn counts_are_rounded_by_little() {
        for count in [0, 1, 63, 64, 65, 1000, 123_456, u64::MAX] {
            let near = rounded(count);
            assert!(near <= count && (count - near) as f64 <= 0.032 * count as f64);
        }
    }
}
