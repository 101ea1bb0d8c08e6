//! Single-threaded phases: one thread (or CPU) is busy all the time where usually several are.
//!
//! Samples are walked once. As long as they come from the same thread, but for a stray one, they are
//! a run. A run is a phase if its samples are even (its thread was busy throughout), if usually more CPUs are, and if so many
//! samples in a row are unlikely: a Markov chain of order one, the chance that a sample is of the
//! same thread as the one before being what it is in the profile's middle second.

use super::burst_pause::Deviation;
use super::series::{Baseline, Series};
use super::statistics::{adjusted, evidence, median};
use crate::filter::{SampleState, Samples};
use crate::profile::{Part, Profile, TimeRange, Timestamp};

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phase {
    pub range: TimeRange,
    pub deviation: Deviation,
    /// Whether its thread was busy throughout. Where not, samples may be few for another reason.
    is_even: bool,
}

impl Phase {
    /// Whether it is one by itself. Others are where something else says that the range is unusual.
    pub(super) fn is_sure(&self) -> bool {
        self.deviation.doubt <= DOUBT
    }
}

/// No shorter ones are looked for, in nanoseconds.
const SHORTEST: u64 = 200_000_000;
const FEWEST_SAMPLES: usize = 8;
/// So many CPUs at least are busy usually.
const USUAL: f64 = 1.6;
/// In a phase there are at most so many times the usual samples.
const FEWER: f64 = 0.75;
/// A thread that is busy throughout has samples evenly apart: this share of the times between them is
/// near the middle one.
const EVEN: f64 = 0.7;
const NEAR: std::ops::Range<f64> = 0.5..1.6;
const DOUBT: f64 = 1e-3;
/// Only runs less likely than this, but for what else is unusual in them, may be phases that are not even.
const UNLIKELY: f64 = 1e-5;

/// What a run's samples have in common.
struct Walk {
    times: Vec<Timestamp>,
    keys: Vec<u32>,
}

/// All of them, and what may be, in time order.
pub(super) fn find(
    profile: &Profile,
    samples: &Samples,
    part: &Part,
    series: &Series,
    baseline: &Baseline,
) -> Vec<Phase> {
    let table = &profile.samples;
    let shown: Vec<usize> = part
        .samples
        .clone()
        .filter(|index| samples.states[*index] == SampleState::Shown)
        .collect();
    let walk = |key: &dyn Fn(usize) -> u32| Walk {
        times: shown.iter().map(|index| table.time[*index]).collect(),
        keys: shown.iter().map(|index| key(*index)).collect(),
    };
    let has_cpus = table.cpu.iter().any(|cpu| cpu.number().is_some());
    let threads = walk(&|index| table.thread[index].0);
    let cpus =
        has_cpus.then(|| walk(&|index| table.cpu[index].number().map_or(u32::MAX, u32::from)));
    let mut phases = threads.phases(series, baseline);
    for phase in cpus.map_or(Vec::new(), |cpus| cpus.phases(series, baseline)) {
        let overlaps = |other: &Phase| {
            other.range.start < phase.range.end && phase.range.start < other.range.end
        };
        if !phases.iter().any(overlaps) {
            phases.push(phase);
        }
    }
    phases.sort_by_key(|phase| phase.range.start);
    phases
}

/// Samples `first..end` of a walk, nearly all of one key.
struct Run {
    first: usize,
    end: usize,
    strangers: usize,
}

impl Walk {
    fn phases(&self, series: &Series, baseline: &Baseline) -> Vec<Phase> {
        let same = self.usually_same();
        let runs = self.runs();
        let places = runs.len();
        let mut found: Vec<(f64, Phase)> = runs
            .iter()
            .filter_map(|run| self.phase(run, series, baseline))
            .map(|(samples, phase)| (same.powf(samples - 1.0), phase))
            .filter(|(p, phase)| phase.is_even || *p <= UNLIKELY)
            .collect();
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        let p: Vec<f64> = found.iter().map(|(p, _)| *p).collect();
        let doubted = found.into_iter().zip(adjusted(&p, places));
        let with_doubt = |((_, mut phase), doubt): ((f64, Phase), f64)| {
            phase.deviation.doubt = if phase.is_even { doubt } else { 1.0 };
            phase
        };
        doubted.map(with_doubt).collect()
    }

    /// The chance that a sample has the key of the one before, in the median of the seconds.
    fn usually_same(&self) -> f64 {
        const SECOND: u64 = 1_000_000_000;
        let mut shares = Vec::new();
        let mut first = 0;
        while first < self.times.len() {
            let end = self.times[first].saturating_add(SECOND);
            let len = self.times[first..]
                .partition_point(|time| *time < end)
                .max(1);
            let keys = &self.keys[first..first + len];
            if keys.len() > FEWEST_SAMPLES {
                let same = keys.windows(2).filter(|pair| pair[0] == pair[1]).count();
                shares.push(same as f64 / (len - 1) as f64);
            }
            first += len;
        }
        median(shares).clamp(0.05, 0.98)
    }

    /// Maximal runs of long enough, one after the other. A sample of another key costs as much as
    /// three of the run's; a run ends where it would have cost all, or where its thread pauses.
    fn runs(&self) -> Vec<Run> {
        /// A pause is so many times as long as samples are apart on average.
        const LONGEST_GAP: u64 = 6;
        const SETTLED: usize = 4;
        const COST: i64 = 3;
        const MOST: i64 = 10;
        let mut runs = Vec::new();
        let mut first = 0;
        while first < self.keys.len() {
            let key = self.keys[first];
            let (mut score, mut best, mut end) = (0i64, 0, first + 1);
            let (mut strangers, mut strangers_at_end) = (0, 0);
            for (index, other) in self.keys[first..].iter().enumerate() {
                let at = first + index;
                let before = self.times[at.saturating_sub(1).max(first)];
                let apart = before.nanos_since(self.times[first]) / (index as u64).max(1);
                let is_pause = self.times[at].nanos_since(before) > LONGEST_GAP * apart;
                if index > SETTLED && is_pause {
                    break;
                }
                if *other == key {
                    score = (score + 1).min(best.max(MOST));
                } else {
                    score -= COST;
                    strangers += 1;
                }
                if score >= best.min(MOST) && *other == key {
                    (best, end) = (score, first + index + 1);
                    strangers_at_end = strangers;
                }
                if score <= 0 || score + MOST <= best {
                    break;
                }
            }
            if end - first >= FEWEST_SAMPLES {
                runs.push(Run {
                    first,
                    end,
                    strangers: strangers_at_end,
                });
            }
            first = end;
        }
        runs
    }

    /// The time between two samples of a run, in nanoseconds, and whether its thread is busy throughout.
    fn interval(&self, run: &Run) -> (f64, bool) {
        let times = &self.times[run.first..run.end];
        let apart = times
            .windows(2)
            .map(|pair| pair[1].nanos_since(pair[0]) as f64);
        let apart: Vec<f64> = apart.collect();
        let interval = median(apart.clone());
        let near = apart
            .iter()
            .filter(|apart| NEAR.contains(&(*apart / interval)));
        let is_even = near.count() as f64 >= EVEN * apart.len() as f64;
        (interval, is_even)
    }

    /// A run as a phase, with the number of samples that count as evidence, if it is one.
    fn phase(&self, run: &Run, series: &Series, baseline: &Baseline) -> Option<(f64, Phase)> {
        let (interval, is_even) = self.interval(run);
        if interval <= 0.0 {
            return None;
        }
        let range = self.range(run, interval);
        if range.nanos() < SHORTEST {
            return None;
        }
        let cells = series.cell_at(range.start)..series.cell_at(range.end) + 1;
        let in_cells = cells.len() as f64 * series.cell_nanos as f64;
        let per_nano = baseline.count(cells.clone()) / in_cells;
        let (usual, nanos) = (per_nano * interval, range.nanos() as f64);
        let expected = per_nano * nanos;
        let observed = run.end - run.first;
        let is_phase = usual >= USUAL && observed as f64 <= FEWER * expected;
        let deviation = Deviation {
            cells,
            expected,
            observed: observed as u64,
            doubt: 1.0,
            evidence: evidence(observed as f64, expected, 1.0),
        };
        let counted = (observed as f64 - 3.0 * run.strangers as f64).max(1.0);
        is_phase.then_some((
            counted,
            Phase {
                range,
                deviation,
                is_even,
            },
        ))
    }

    /// From before the first sample to after the last: half way to the next stranger, but not
    /// further than the thread was busy unseen.
    fn range(&self, run: &Run, interval: f64) -> TimeRange {
        let reach = (interval / 2.0) as u64;
        let (first, last) = (self.times[run.first], self.times[run.end - 1]);
        let before = run.first.checked_sub(1).map(|index| self.times[index]);
        let after = self.times.get(run.end);
        let back = before.map_or(0, |before| (first.nanos_since(before) / 2).min(reach));
        let on = after.map_or(1, |after| (after.nanos_since(last) / 2).min(reach).max(1));
        TimeRange {
            start: Timestamp(first.nanos() - back),
            end: last.saturating_add(on),
        }
    }
}
