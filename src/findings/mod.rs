//! [`find`]: the ranges of time that behave unlike the rest, each with how, how sure, and which code.
//!
//! ```text
//! Series ─ shift ─▶ Baseline ─┬─ burst_pause ─ periodic ─┐
//!                             ├─ silence, single_threaded ─┼─▶ one finding a perturbation ─ explain ─▶ Findings
//!                             └─ different_code, concentrated ─┘
//! ```
//!
//! A file a detector; `docs/findings.md` has the methods, their sources and how well they do. Counts
//! are of samples, whatever they weigh, and only the profile's main part is looked at.

mod burst_pause;
mod choose;
mod concentrated;
mod different_code;
mod explain;
mod functions;
mod periodic;
mod series;
mod shift;
mod silence;
mod single_threaded;
mod statistics;
mod tail;

use crate::filter::Samples;
use crate::job::Progress;
use crate::profile::{NANOS_PER_SECOND, Profile, StackId, StringId, ThreadId, TimeRange};
use explain::Explainer;
use functions::Functions;
use rayon::prelude::*;
use series::{Baseline, Series};
use silence::Spacings;

/// How a range is unlike the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// More samples than its surroundings explain.
    Burst,
    /// Fewer, or none.
    Pause,
    /// One thread or CPU is busy where several usually are.
    SingleThreaded,
    /// The same again and again, a period apart.
    Periodic,
    /// The level or the mix of code changes, and stays.
    Shift,
    /// As many samples as usual, but of other code.
    DifferentCode,
}

impl FindingKind {
    /// Its name in interface and exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::Pause => "pause",
            Self::SingleThreaded => "single-threaded",
            Self::Periodic => "periodic",
            Self::Shift => "shift",
            Self::DifferentCode => "different-code",
        }
    }
}

/// A perturbation.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// How it is unlike the rest.
    pub kind: FindingKind,
    /// When: one range, or each occurrence of a periodic one, in order.
    pub ranges: Vec<TimeRange>,
    /// How many samples the surroundings would explain, in all ranges. Of different code: how many
    /// of the samples are of the usual mix.
    pub expected: f64,
    /// How many there are.
    pub observed: u64,
    /// From 0 to 1: one minus the rate of false discoveries at which it counts as one, among all the
    /// places that were looked at.
    pub confidence: f64,
    /// From one occurrence to the next, in nanoseconds; of periodic ones.
    pub period_nanos: Option<u64>,
    /// The thread that at least half of it is of; of periodic and single-threaded ones, where it is one.
    pub thread: Option<ThreadId>,
    /// The functions that stand out, the most telling first.
    pub functions: Vec<FunctionEffect>,
    /// The stacks that stand out, a few that are too frequent and a few that are too rare, the most
    /// telling first.
    pub stacks: Vec<StackEffect>,
    /// One sentence for people.
    pub explanation: String,
}

/// A function that stands out in a finding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunctionEffect {
    /// Its displayed name.
    pub name: StringId,
    /// How many times as frequent among the samples it is as in the rest of the profile (in a pause
    /// that stopped it: its rate in time, less than 1).
    pub effect: f64,
}

impl FunctionEffect {
    /// `3.14 times`.
    pub fn times(&self) -> String {
        match self.effect {
            0.0..1000.0 => format!("{:.2} times", self.effect),
            _ => "> 1000 times".to_owned(),
        }
    }
}

/// A stack that stands out in a finding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StackEffect {
    /// Its leaf in the profile's tree of calls.
    pub stack: StackId,
    /// How many times as frequent it is as in the rest of the profile; less than 1 where it is missing.
    pub effect: f64,
}

impl Finding {
    /// From the first occurrence's start to the last one's end.
    pub fn span(&self) -> TimeRange {
        let (first, last) = (self.ranges.first(), self.ranges.last());
        let empty = TimeRange {
            start: Default::default(),
            end: Default::default(),
        };
        first.zip(last).map_or(empty, |(first, last)| TimeRange {
            start: first.start,
            end: last.end,
        })
    }

    /// How much later in the second each occurrence is than the one before, in nanoseconds, earlier
    /// being negative: the period less the nearest whole number of seconds, or less the nearest half,
    /// third, quarter or fifth of one. A thread that sleeps for whole seconds drifts by as long as it
    /// works in between. Of periodic ones.
    pub fn drift_nanos(&self) -> Option<i64> {
        let drift = |period: u64| period as i64 - nearest_beat(period) as i64;
        self.period_nanos.map(drift)
    }

    /// How many samples are too many or too few: findings are ranked by it.
    pub fn importance(&self) -> f64 {
        (self.observed as f64 - self.expected).abs()
    }
}

/// The nearest whole number of seconds, or the nearest whole part of a second.
fn nearest_beat(period: u64) -> u64 {
    const MOST_PARTS: u64 = 5;
    let whole = (period + NANOS_PER_SECOND / 2) / NANOS_PER_SECOND * NANOS_PER_SECOND;
    let parts = (1..=MOST_PARTS).map(|parts| NANOS_PER_SECOND / parts);
    let beats = parts.chain((whole > 0).then_some(whole));
    beats
        .min_by_key(|beat| beat.abs_diff(period))
        .unwrap_or(NANOS_PER_SECOND)
}

/// How findings are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindOptions {
    /// No more than the most important so many are given.
    pub most: usize,
}

impl Default for FindOptions {
    fn default() -> Self {
        Self { most: 100 }
    }
}

/// Shorter profiles, in cells, have no surroundings; fewer samples say nothing.
const FEWEST_CELLS: usize = 50;
const FEWEST_SAMPLES: u64 = 40;

/// Finds the perturbations among the samples that are shown, the most important first. Where the
/// work is cancelled the list is empty.
pub fn find(
    profile: &Profile,
    samples: &Samples,
    options: &FindOptions,
    progress: &Progress,
) -> Vec<Finding> {
    let has_times = profile.info.has_times;
    let Some(part) = profile.main_part().filter(|_| has_times) else {
        return Vec::new();
    };
    let series = Series::new(profile, samples, part);
    if series.len() < FEWEST_CELLS || series.total() < FEWEST_SAMPLES {
        return Vec::new();
    }
    let functions = Functions::new(profile, samples, part);
    let shifts = shift::find(&series, &functions);
    let breaks: Vec<usize> = shifts.iter().map(|shift| shift.cells.start).collect();
    let baseline = Baseline::new(&series, &breaks);
    let counted = || burst_pause::find(&series, &baseline, &breaks);
    let spaced = || Spacings::new(profile, samples, part, &series, &baseline);
    let ((deviations, spacings), (phases, (different, concentrated))) = rayon::join(
        || rayon::join(counted, spaced),
        || {
            rayon::join(
                || single_threaded::find(profile, samples, part, &series, &baseline),
                || {
                    rayon::join(
                        || different_code::find(profile, samples, part, &series, &breaks),
                        || concentrated::find(&functions, part, &series, &baseline),
                    )
                },
            )
        },
    );
    if progress.is_cancelled() {
        return Vec::new();
    }
    let (bursts, mut pauses): (Vec<_>, Vec<_>) =
        deviations.into_iter().partition(|found| found.is_burst());
    // Those of a rhythm are how the samples are apart.
    if periodic::period_of(&pauses).is_none() {
        pauses.retain(|pause| spacings.are_rare(pause));
    }
    let silences = spacings.silences(&series, &baseline);
    let candidates = choose::Candidates {
        rhythm: periodic::find(&series, &baseline, &bursts, &functions),
        bursts,
        pauses: silence::with(pauses, silences),
        phases,
        shifts,
        different,
        concentrated,
    };
    let mut found = candidates.choose(&series, &baseline);
    found.sort_by(|one, other| {
        let by_importance = other.importance().total_cmp(&one.importance());
        by_importance.then(one.span().cmp(&other.span()))
    });
    found.truncate(options.most);
    let explainer = Explainer::new(profile, samples);
    found
        .par_iter_mut()
        .filter(|_| !progress.is_cancelled())
        .for_each(|finding| explainer.explain(finding));
    if progress.is_cancelled() {
        return Vec::new();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::nearest_beat;

    #[test]
    fn a_beat_is_a_whole_number_or_a_whole_part_of_seconds() {
        let millis = |period: u64| nearest_beat(period * 1_000_000) / 1_000_000;
        let beats = [1020, 980, 5020, 3700, 510, 340, 255, 190].map(millis);
        assert_eq!(beats, [1000, 1000, 5000, 4000, 500, 333, 250, 200]);
    }
}
