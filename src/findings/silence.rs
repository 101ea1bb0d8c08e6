//! Silences: ranges without any sample, from the times between one sample and the next.
//!
//! The spread of counts is mostly of requests that overlap and of swings of the load, and says little
//! about how long nothing at all runs. So the times between samples, in samples that the surroundings
//! explain, are held against the tail that they have themselves. So are pauses in which a few samples
//! fall: against the times that as many usually take.

use super::burst_pause::Deviation;
use super::series::{Baseline, Series};
use super::statistics::accepted;
use super::tail::Tail;
use crate::filter::{SampleState, Samples};
use crate::profile::{Part, Profile, TimeRange, Timestamp};
use rayon::prelude::*;

/// Shorter ones are left to counts, in nanoseconds.
const SHORTEST: u64 = 200_000_000;
/// Of fewer times no tail is known.
const FEWEST: usize = 200;
/// How many false ones are accepted in a minute's profile.
const DOUBT: f64 = 1e-2;
/// The same of a pause that counts tell of.
const DOUBT_OF_PAUSE: f64 = 0.05;
/// Of so many samples in a row at most is the time looked at.
const MOST_IN_A_ROW: usize = 512;

/// How long samples usually are apart.
pub(super) struct Spacings {
    times: Vec<Timestamp>,
    /// Of 1, 2, 4, … times in a row between samples: their sum, in samples that the surroundings explain.
    tails: Vec<Tail>,
    minutes: f64,
}

impl Spacings {
    pub(super) fn new(
        profile: &Profile,
        samples: &Samples,
        part: &Part,
        series: &Series,
        baseline: &Baseline,
    ) -> Self {
        let table = &profile.samples;
        let shown = part.samples.clone();
        let shown = shown.filter(|index| samples.states[*index] == SampleState::Shown);
        let times: Vec<Timestamp> = shown.map(|index| table.time[index]).collect();
        let lengths = std::iter::successors(Some(1), |length| Some(2 * length));
        let lengths =
            lengths.take_while(|length| *length <= MOST_IN_A_ROW && times.len() / length >= FEWEST);
        let lengths: Vec<usize> = lengths.collect();
        let tail = |length: &usize| tail(&times, *length, series, baseline);
        Self {
            tails: lengths.par_iter().map(tail).collect(),
            times,
            minutes: series.minutes(),
        }
    }

    /// All silences, in time order.
    pub(super) fn silences(&self, series: &Series, baseline: &Baseline) -> Vec<Deviation> {
        let is_long = |pair: &&[Timestamp]| pair[1].nanos_since(pair[0]) >= SHORTEST;
        let silence = |pair: &[Timestamp]| {
            let expected = expected(pair[0], pair[1], series, baseline);
            let doubt = self.doubt(1, expected)?;
            let range = TimeRange {
                start: pair[0],
                end: pair[1],
            };
            (doubt <= DOUBT).then(|| deviation(range, expected, doubt, series))
        };
        let pairs = self.times.windows(2).filter(is_long);
        pairs.filter_map(silence).collect()
    }

    /// Whether so few samples are seldom as far apart as in a pause, as far as is known.
    pub(super) fn are_rare(&self, pause: &Deviation) -> bool {
        let doubt = self.doubt(pause.observed as usize + 1, pause.expected);
        doubt.is_none_or(|doubt| doubt <= DOUBT_OF_PAUSE)
    }

    /// How many times in a minute's worth of doubt so many times in a row are as long by chance.
    fn doubt(&self, in_a_row: usize, expected: f64) -> Option<f64> {
        let in_a_row = in_a_row.next_power_of_two();
        let tail = self.tails.get(in_a_row.ilog2() as usize)?;
        let places = self.times.len() as f64 / in_a_row as f64;
        Some(tail.share(expected)? * places / accepted(self.minutes))
    }
}

/// How many samples the surroundings explain between two.
fn expected(start: Timestamp, end: Timestamp, series: &Series, baseline: &Baseline) -> f64 {
    baseline.before(series, end) - baseline.before(series, start)
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

/// Of the sums of so many times in a row between samples.
fn tail(times: &[Timestamp], in_a_row: usize, series: &Series, baseline: &Baseline) -> Tail {
    /// So many tell.
    const MOST: usize = 120_000;
    let step = times.len().div_ceil(MOST).max(1);
    let starts = (0..times.len().saturating_sub(in_a_row)).step_by(step);
    let sum = |start: usize| expected(times[start], times[start + in_a_row], series, baseline);
    // One pause is in many.
    let highest = (5 * in_a_row / 2).div_ceil(step);
    Tail::new(starts.map(sum).collect(), highest)
}
