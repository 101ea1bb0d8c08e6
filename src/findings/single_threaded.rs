//! Single-threaded phases: one thread (or CPU) runs alone where usually several do.
//!
//! Samples are walked once. As long as they come from the same thread, but for a stray one, they are
//! a run. A run is a phase if usually several threads are sampled and if so many samples in a row are
//! unlikely: a Markov chain, the chance that the next sample is of the same thread being what it is in
//! the other runs of that thread. How far apart samples are
//! does not matter: some profiles have them at even times, others at random ones.

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
/// So many threads at least are sampled in a second usually, each weighed by its share.
const USUAL: f64 = 1.6;
/// More samples than so many times the usual are a burst.
const MORE: f64 = 1.4;
const DOUBT: f64 = 1e-4;
/// Only runs less likely than this, but for what else is unusual in them, may be phases.
const UNLIKELY: f64 = 1e-3;

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
    let cpus = has_cpus.then(|| {
        walk(&|index| {
            table.cpu[index]
                .number()
                .map_or(0, |cpu| u32::from(cpu) + 1)
        })
    });
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

/// What a second of a walk is like.
struct Usual {
    /// The chance that a sample has the key of the one before.
    same: f64,
    /// How many keys there are, each weighed by its share.
    keys: f64,
}

/// Samples `first..end` of a walk, nearly all of one key.
struct Run {
    first: usize,
    end: usize,
    strangers: usize,
}

/// A sample of another key costs as much as so many of the run's.
const COST: usize = 3;

impl Run {
    fn len(&self) -> usize {
        self.end - self.first
    }

    /// The number of samples that count as evidence.
    fn counted(&self) -> f64 {
        self.len().saturating_sub(COST * self.strangers).max(1) as f64
    }
}

/// One by the chance that two of the samples have the same key (Simpson's index).
fn effective(keys: &[u32]) -> f64 {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    let alike = sorted.chunk_by(|one, next| one == next);
    let pairs: usize = alike.map(|alike| alike.len() * (alike.len() - 1)).sum();
    let all = keys.len() * keys.len().saturating_sub(1);
    all as f64 / (pairs as f64).max(1.0)
}

/// All runs of a walk.
struct Runs {
    /// Those of enough samples.
    long: Vec<Run>,
    /// How many there are.
    count: usize,
    /// By key: how many runs count as so many samples, or as more in the last place.
    lengths: Vec<[u32; LENGTHS]>,
}

const LENGTHS: usize = 65;

impl Runs {
    fn add(&mut self, key: u32, run: Run) {
        self.count += 1;
        let counted = (run.counted() as usize).min(LENGTHS - 1);
        self.lengths[key as usize][counted] += 1;
        if run.len() >= FEWEST_SAMPLES {
            self.long.push(run);
        }
    }
}

/// The chance that a run goes on, where so many runs of its key have each length. Geometric, as they are on
/// average, or as the long ones are where those go on more often. The longest may be phases; where there are
/// few, what is usual of all keys counts.
fn goes_on(lengths: &[u32; LENGTHS], usual: f64) -> f64 {
    /// What is usual counts as so many runs.
    const USUAL_RUNS: f64 = 20.0;
    const LONGEST: u32 = 3;
    const LEAST: [usize; 5] = [1, 2, 4, 8, 16];
    let mut shorter = *lengths;
    let mut longest = LONGEST;
    for runs in shorter.iter_mut().rev() {
        let left_out = longest.min(*runs);
        *runs -= left_out;
        longest -= left_out;
    }
    let usual = usual / (1.0 - usual);
    let mean = |least: usize| {
        let as_long = shorter[least..].iter().enumerate();
        let sum = |sum: (f64, f64), (more, runs): (usize, &u32)| {
            let runs = f64::from(*runs);
            (sum.0 + runs, sum.1 + more as f64 * runs)
        };
        let (runs, more) = as_long.fold((0.0, 0.0), sum);
        (more + USUAL_RUNS * usual) / (runs + USUAL_RUNS)
    };
    let mean = LEAST.map(mean).into_iter().fold(0.0, f64::max);
    (mean / (1.0 + mean)).clamp(0.05, 0.98)
}

impl Walk {
    fn phases(&self, series: &Series, baseline: &Baseline) -> Vec<Phase> {
        let usual = self.usual();
        if usual.keys < USUAL {
            return Vec::new();
        }
        let runs = self.runs();
        let chance = |run: &Run| {
            let lengths = &runs.lengths[self.keys[run.first] as usize];
            goes_on(lengths, usual.same).powf(run.counted() - 1.0)
        };
        let mut found: Vec<(f64, Phase)> = runs
            .long
            .iter()
            .filter_map(|run| Some((run, self.phase(run, series, baseline)?)))
            .map(|(run, phase)| (chance(run), phase))
            .filter(|(p, _)| *p <= UNLIKELY)
            .collect();
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        let p: Vec<f64> = found.iter().map(|(p, _)| *p).collect();
        let doubted = found.into_iter().zip(adjusted(&p, runs.count));
        let with_doubt = |((_, mut phase), doubt): ((f64, Phase), f64)| {
            phase.deviation.doubt = doubt;
            phase
        };
        doubted.map(with_doubt).collect()
    }

    /// What the median of the seconds is like, of a few hundred of them.
    fn usual(&self) -> Usual {
        const SECOND: u64 = 1_000_000_000;
        const SECONDS: u64 = 300;
        let (mut same, mut keys) = (Vec::new(), Vec::new());
        let (Some(start), Some(end)) = (self.times.first(), self.times.last()) else {
            return Usual {
                same: 0.0,
                keys: 0.0,
            };
        };
        let seconds = end.nanos_since(*start) / SECOND + 1;
        for second in (0..seconds).step_by(seconds.div_ceil(SECONDS) as usize) {
            let at = |second: u64| {
                let time = start.saturating_add(second * SECOND);
                self.times.partition_point(|other| *other < time)
            };
            let of_second = &self.keys[at(second)..at(second + 1)];
            if of_second.len() > FEWEST_SAMPLES {
                let alike = of_second.windows(2).filter(|pair| pair[0] == pair[1]);
                same.push(alike.count() as f64 / (of_second.len() - 1) as f64);
                keys.push(effective(of_second));
            }
        }
        Usual {
            same: median(same).min(0.98),
            keys: median(keys),
        }
    }

    /// All runs, one after the other. One ends where strangers would have cost all, or where its thread
    /// pauses.
    fn runs(&self) -> Runs {
        /// A pause is so many times as long as samples are apart on average.
        const LONGEST_GAP: u64 = 10;
        const SETTLED: usize = 8;
        const MOST: i64 = 10;
        let keys = self.keys.iter().max().map_or(0, |key| *key as usize + 1);
        let mut runs = Runs {
            long: Vec::new(),
            count: 0,
            lengths: vec![[0; LENGTHS]; keys],
        };
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
                    score -= COST as i64;
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
            let run = Run {
                first,
                end,
                strangers: strangers_at_end,
            };
            runs.add(key, run);
            first = end;
        }
        runs
    }

    /// A run as a phase, if it is one.
    fn phase(&self, run: &Run, series: &Series, baseline: &Baseline) -> Option<Phase> {
        let range = self.range(run);
        if range.nanos() < SHORTEST {
            return None;
        }
        let cells = series.cell_at(range.start)..series.cell_at(range.end) + 1;
        let in_cells = cells.len() as f64 * series.cell_nanos as f64;
        let expected = baseline.count(cells.clone()) / in_cells * range.nanos() as f64;
        let observed = run.len() as f64;
        let deviation = Deviation {
            cells,
            expected,
            observed: run.len() as u64,
            doubt: 1.0,
            evidence: evidence(observed, expected, 1.0),
        };
        (observed <= MORE * expected).then_some(Phase { range, deviation })
    }

    /// From before the first sample to after the last: half way to the next stranger, but not
    /// further than the thread was busy unseen.
    fn range(&self, run: &Run) -> TimeRange {
        let (first, last) = (self.times[run.first], self.times[run.end - 1]);
        let apart = last.nanos_since(first) / (run.len() as u64 - 1).max(1);
        let reach = apart / 2;
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
