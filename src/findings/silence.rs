//! Silences: ranges without any sample, from the times between one sample and the next.
//!
//! The spread of counts is mostly of requests that overlap and of swings of the load, and says little
//! about how long nothing at all runs. So the times between samples, in samples that the surroundings
//! explain, are held against the tail that they have themselves: exponential beyond a high quantile,
//! the mean excess being that of the profile's long ones (peaks over a threshold; Pickands 1975).

use super::burst_pause::Deviation;
use super::series::{Baseline, Series};
use crate::filter::{SampleState, Samples};
use crate::profile::{Part, Profile, TimeRange, Timestamp};

/// Shorter ones are left to counts, in nanoseconds.
const SHORTEST: u64 = 200_000_000;
/// Of fewer times between samples no tail is known.
const FEWEST: usize = 200;
/// The rate of false discoveries that is accepted.
const DOUBT: f64 = 1e-2;

/// All of them, in time order.
pub(super) fn find(
    profile: &Profile,
    samples: &Samples,
    part: &Part,
    series: &Series,
    baseline: &Baseline,
) -> Vec<Deviation> {
    let table = &profile.samples;
    let shown = part.samples.clone();
    let shown = shown.filter(|index| samples.states[*index] == SampleState::Shown);
    let times: Vec<Timestamp> = shown.map(|index| table.time[index]).collect();
    let Some(tails) = tails(&times, series, baseline) else {
        return Vec::new();
    };
    let is_long = |pair: &&[Timestamp]| pair[1].nanos_since(pair[0]) >= SHORTEST;
    let silence = |pair: &[Timestamp]| {
        let expected = expected(pair, series, baseline);
        let share = tails
            .iter()
            .map(|tail| tail.share(expected))
            .fold(0.0, f64::max);
        let doubt = share * times.len() as f64;
        let range = TimeRange {
            start: pair[0],
            end: pair[1],
        };
        (doubt <= DOUBT).then(|| deviation(range, expected, doubt, series))
    };
    times
        .windows(2)
        .filter(is_long)
        .filter_map(silence)
        .collect()
}

/// Pauses by their counts, and the silences that are not among them, in time order.
pub(super) fn with(mut pauses: Vec<Deviation>, silences: Vec<Deviation>) -> Vec<Deviation> {
    for silence in silences {
        let is_same = |pause: &&mut Deviation| {
            pause.cells.start < silence.cells.end && silence.cells.start < pause.cells.end
        };
        match pauses.iter_mut().find(is_same) {
            Some(pause) => pause.doubt = pause.doubt.min(silence.doubt),
            None => pauses.push(silence),
        }
    }
    pauses.sort_by_key(|pause| pause.cells.start);
    pauses
}

/// How many samples the surroundings explain between two.
fn expected(pair: &[Timestamp], series: &Series, baseline: &Baseline) -> f64 {
    baseline.before(series, pair[1]) - baseline.before(series, pair[0])
}

fn deviation(range: TimeRange, expected: f64, doubt: f64, series: &Series) -> Deviation {
    let first = series.cell_at(range.start) + 1;
    Deviation {
        cells: first..series.cell_at(range.end).max(first + 1).min(series.len()),
        expected,
        observed: 0,
        doubt,
        evidence: expected,
    }
}

/// How long times between samples are beyond a threshold, where they are exponential.
struct Tail {
    threshold: f64,
    beyond: f64,
    mean: f64,
}

/// Several, of which the heaviest counts. The longest times are not relied on, as they may be pauses.
fn tails(times: &[Timestamp], series: &Series, baseline: &Baseline) -> Option<[Tail; 3]> {
    const HIGHEST: f64 = 0.997;
    /// So many times between samples tell.
    const MOST: usize = 500_000;
    let step = times.len().div_ceil(MOST).max(1);
    let pairs = times.windows(2).step_by(step);
    let mut gaps: Vec<f64> = pairs.map(|pair| expected(pair, series, baseline)).collect();
    if gaps.len() < FEWEST {
        return None;
    }
    gaps.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| (gaps.len() as f64 * share) as usize;
    let most = gaps[at(HIGHEST)];
    let tail = |share: f64| {
        let beyond = &gaps[at(share)..];
        let threshold = beyond[0];
        let known = at(HIGHEST) - at(share);
        let sum: f64 = beyond.iter().map(|gap| gap.min(most) - threshold).sum();
        let mean = sum / known.max(1) as f64;
        Tail {
            threshold,
            beyond: 1.0 - share,
            mean,
        }
    };
    Some([0.9, 0.95, 0.98].map(tail))
}

impl Tail {
    /// The share of times between samples that are as long.
    fn share(&self, gap: f64) -> f64 {
        self.beyond * (-(gap - self.threshold).max(0.0) / self.mean.max(1e-9)).exp()
    }
}
