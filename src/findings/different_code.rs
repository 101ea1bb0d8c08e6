//! Different code: ranges whose count of samples is ordinary, but not what they ran.
//!
//! Samples are classed by their innermost function. Windows of several lengths are held against the
//! mix of the whole profile with a G-test, whose statistic is divided by what it is in an ordinary
//! window, as samples of one request are alike; Benjamini and Hochberg's procedure decides. A range's
//! edges are where the log likelihood ratio of its mix to the usual one sums up to the most, sample by
//! sample (Kadane's maximal segment).

use super::burst_pause::Deviation;
use super::series::Series;
use super::statistics::{adjusted, chi_squared, quantile};
use crate::filter::{SampleState, Samples};
use crate::profile::{Part, Profile, TimeRange, Timestamp};
use rayon::prelude::*;
use std::ops::Range;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Different {
    pub range: TimeRange,
    pub deviation: Deviation,
}

/// So many of the most frequent functions are classes of their own; others share some by frequency.
const FREQUENT: usize = 96;
const CLASSES: usize = 128;
/// A block has so many samples on average and is no shorter (in nanoseconds).
const BLOCK_SAMPLES: f64 = 8.0;
const BLOCK: u64 = 100_000_000;
/// Windows are no longer than this share of the profile.
const LONGEST_SHARE: usize = 4;
const CANDIDATE: f64 = 1e-4;
const DOUBT: f64 = 1e-3;
/// So much of the mix (total variation) is other than usual.
const VARIATION: f64 = 0.35;
const FEWEST: u32 = 12;
/// What is shorter may be a request or two, in nanoseconds.
const SHORTEST: u64 = 150_000_000;

/// The samples that count, with the class of each.
struct Mix {
    times: Vec<Timestamp>,
    classes: Vec<u8>,
    /// The share of each class in all.
    shares: Vec<f64>,
    /// By block: samples of each class.
    blocks: Vec<[u32; CLASSES]>,
    block_nanos: u64,
    start: Timestamp,
}

/// All of them, in time order. What is usual is the mix between two breaks, where it changes and stays;
/// what is usual between others is no other code.
pub(super) fn find(
    profile: &Profile,
    samples: &Samples,
    part: &Part,
    series: &Series,
    breaks: &[usize],
) -> Vec<Different> {
    let whole = part.range;
    let moments = breaks
        .iter()
        .map(|cell| series.range(&(*cell..*cell)).start);
    let starts = std::iter::once(whole.start).chain(moments.clone());
    let ends = moments.chain([whole.end]);
    let class_of = classes(profile, samples, part);
    let mix = |(start, end): (Timestamp, Timestamp)| {
        let range = TimeRange { start, end };
        let samples_in = profile.samples.indices_in(range);
        let part = Part {
            range,
            samples: samples_in,
        };
        Mix::new(profile, samples, &part, &class_of)
    };
    let mixes: Vec<Mix> = starts.zip(ends).map(mix).collect();
    let of_mix = |(index, mix): (usize, &Mix)| {
        let mut found = mix.find(series);
        let others = || {
            mixes
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
        };
        found.retain(|found| !others().any(|(_, other)| mix.is_as_in(other, found.range)));
        found
    };
    mixes.iter().enumerate().flat_map(of_mix).collect()
}

/// Its blocks, how many samples are in it, and [`Mix::g`] of them.
type Window = (Range<usize>, u32, (f64, f64, f64));

fn sum(blocks: &[[u32; CLASSES]]) -> [u32; CLASSES] {
    let mut counts = [0u32; CLASSES];
    for block in blocks {
        for (count, more) in counts.iter_mut().zip(block) {
            *count += more;
        }
    }
    counts
}

#[derive(Debug)]
struct Candidate {
    blocks: Range<usize>,
    p: f64,
    doubt: f64,
    evidence: f64,
}

impl Mix {
    fn new(profile: &Profile, samples: &Samples, part: &Part, class_of: &[u8]) -> Self {
        let table = &profile.samples;
        let shown = part.samples.clone();
        let shown = shown.filter(|index| samples.states[*index] == SampleState::Shown);
        let shown: Vec<usize> = shown.collect();
        let times: Vec<Timestamp> = shown.iter().map(|index| table.time[*index]).collect();
        let classes: Vec<u8> = shown
            .iter()
            .map(|index| class_of[table.stack[*index].index()])
            .collect();
        let per_nano = times.len() as f64 / part.range.nanos().max(1) as f64;
        let block_nanos = BLOCK.max((BLOCK_SAMPLES / per_nano.max(1e-18)) as u64);
        let count = (part.range.nanos() / block_nanos) as usize;
        let mut blocks = vec![[0u32; CLASSES]; count];
        let mut all = [0u64; CLASSES];
        for (time, class) in times.iter().zip(&classes) {
            let block = (time.nanos_since(part.range.start) / block_nanos) as usize;
            if let Some(block) = blocks.get_mut(block) {
                block[usize::from(*class)] += 1;
            }
            all[usize::from(*class)] += 1;
        }
        let whole = (times.len() as f64).max(1.0);
        // Half a sample more, so that no class is impossible.
        let share = |count: &u64| (*count as f64 + 0.5) / (whole + 0.5 * CLASSES as f64);
        Self {
            shares: all.iter().map(share).collect(),
            times,
            classes,
            blocks,
            block_nanos,
            start: part.range.start,
        }
    }

    /// All that differ from this mix, in time order.
    fn find(&self, series: &Series) -> Vec<Different> {
        let longest = self.blocks.len() / LONGEST_SHARE;
        let lengths: Vec<usize> = (0..16)
            .map(|power| 1 << power)
            .take_while(|length| *length <= longest)
            .collect();
        let scans: Vec<(usize, Vec<Candidate>)> = lengths
            .into_par_iter()
            .map(|length| self.scan(length))
            .collect();
        let places = scans.iter().map(|(places, _)| places).sum();
        let mut candidates: Vec<Candidate> =
            scans.into_iter().flat_map(|(_, found)| found).collect();
        candidates.sort_by(|one, other| one.p.total_cmp(&other.p));
        let p: Vec<f64> = candidates.iter().map(|candidate| candidate.p).collect();
        for (candidate, doubt) in candidates.iter_mut().zip(adjusted(&p, places)) {
            candidate.doubt = doubt;
        }
        candidates.retain(|candidate| candidate.doubt <= DOUBT);
        candidates.sort_by(|one, other| {
            let by_evidence = other.evidence.total_cmp(&one.evidence);
            by_evidence.then(one.blocks.start.cmp(&other.blocks.start))
        });
        self.choose(&candidates, series)
    }

    /// Whether a range of its samples is much more like another mix than like this.
    fn is_as_in(&self, other: &Self, range: TimeRange) -> bool {
        const MUCH: f64 = 0.6;
        let (counts, all) = self.counts(range);
        let [own, other] = [self, other].map(|mix| mix.g(&counts, all).2);
        other < MUCH * own
    }

    fn counts(&self, range: TimeRange) -> ([u32; CLASSES], u32) {
        let first = self.times.partition_point(|time| *time < range.start);
        let last = self.times.partition_point(|time| *time < range.end);
        let mut counts = [0u32; CLASSES];
        for class in &self.classes[first..last] {
            counts[usize::from(*class)] += 1;
        }
        (counts, (last - first) as u32)
    }

    fn window(&self, blocks: Range<usize>) -> ([u32; CLASSES], u32) {
        let counts = sum(&self.blocks[blocks]);
        let all = counts.iter().sum();
        (counts, all)
    }

    /// The G statistic of a window against the whole, with its degrees of freedom, and how much of
    /// it is other than usual.
    fn g(&self, counts: &[u32; CLASSES], all: u32) -> (f64, f64, f64) {
        let (mut g, mut freedom, mut more) = (0.0, 0.0, 0.0);
        for (count, share) in counts.iter().zip(&self.shares) {
            let (count, expected) = (f64::from(*count), f64::from(all) * share);
            if count > 0.0 {
                g += 2.0 * count * (count / expected).ln();
            }
            more += (count - expected).max(0.0);
            // Classes that are hardly expected add hardly a degree.
            freedom += expected.min(1.0);
        }
        (g, freedom, more / f64::from(all.max(1)))
    }

    fn scan(&self, length: usize) -> (usize, Vec<Candidate>) {
        let step = (length / 4).max(1);
        // Sums of as many blocks as windows are apart: four of them are a window.
        let steps: Vec<[u32; CLASSES]> = self.blocks.chunks_exact(step).map(sum).collect();
        let windows: Vec<Window> = steps
            .windows(length / step)
            .enumerate()
            .map(|(index, steps)| {
                let counts = sum(steps);
                let all = counts.iter().sum();
                let start = index * step;
                (start..start + length, all, self.g(&counts, all))
            })
            .filter(|(_, all, _)| *all > 0)
            .collect();
        // How much larger the statistic is than in theory, in ordinary windows.
        let mut ratios: Vec<f64> = windows
            .iter()
            .map(|(_, _, (g, freedom, _))| g / freedom.max(1.0))
            .collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let usual = quantile(&ratios, 0.5).max(1.0);
        let tail =
            ((quantile(&ratios, 0.9) - usual) / (quantile(&ratios, 0.75) - usual).max(0.01) / 1.9)
                .max(1.0);
        let dispersion = usual * tail.min(2.0);
        // How much heavier the tail is (in logarithms) than in theory: few requests give many samples.
        const SHARE: f64 = 0.07;
        let mut freedoms: Vec<f64> = windows
            .iter()
            .map(|(_, _, (_, freedom, _))| *freedom)
            .collect();
        freedoms.sort_unstable_by(f64::total_cmp);
        let freedom = quantile(&freedoms, 0.5);
        let rare = quantile(&ratios, 1.0 - SHARE) * freedom.max(1.0);
        let heavier = (chi_squared(rare / dispersion, freedom).ln() / SHARE.ln()).max(1.0);
        let mut variations: Vec<f64> = windows
            .iter()
            .map(|(_, _, (_, _, variation))| *variation)
            .collect();
        variations.sort_unstable_by(f64::total_cmp);
        // Few samples vary much by themselves.
        let usual_variation = quantile(&variations, 0.5);
        let candidate = |(blocks, all, (g, freedom, variation)): &Window| {
            let is_other = variation - usual_variation >= VARIATION * (1.0 - usual_variation);
            if !is_other || *all < FEWEST {
                return None;
            }
            let p = chi_squared(g / dispersion, *freedom).powf(1.0 / heavier);
            (p < CANDIDATE).then(|| Candidate {
                blocks: blocks.clone(),
                p,
                doubt: 1.0,
                evidence: (g - freedom * dispersion) / dispersion,
            })
        };
        (
            windows.len(),
            windows.iter().filter_map(candidate).collect(),
        )
    }

    fn choose(&self, candidates: &[Candidate], series: &Series) -> Vec<Different> {
        let mut chosen: Vec<Different> = Vec::new();
        for candidate in candidates {
            let time = |block: usize| self.start.saturating_add(block as u64 * self.block_nanos);
            let (start, end) = (time(candidate.blocks.start), time(candidate.blocks.end));
            let is_taken = |other: &Different| other.range.start < end && start < other.range.end;
            if chosen.iter().any(is_taken) {
                continue;
            }
            let Some(range) = self.refined(candidate, TimeRange { start, end }) else {
                continue;
            };
            if chosen
                .iter()
                .any(|other| other.range.start < range.end && range.start < other.range.end)
            {
                continue;
            }
            chosen.push(self.different(range, candidate, series));
        }
        chosen.sort_by_key(|different| different.range.start);
        chosen
    }

    /// Where the candidate's mix begins and ends.
    fn refined(&self, candidate: &Candidate, range: TimeRange) -> Option<TimeRange> {
        let (counts, all) = self.window(candidate.blocks.clone());
        let score = |class: usize| {
            let here = (f64::from(counts[class]) + 0.5) / (f64::from(all) + 0.5 * CLASSES as f64);
            (here / self.shares[class]).ln().clamp(-2.0, 2.0)
        };
        let scores: Vec<f64> = (0..CLASSES).map(score).collect();
        let reach = 2 * range.nanos();
        let first = Timestamp(range.start.nanos().saturating_sub(reach));
        let last = range.end.saturating_add(reach);
        let first = self.times.partition_point(|time| *time < first);
        let last = self.times.partition_point(|time| *time < last);
        let (mut sum, mut start, mut best, mut found) = (0.0, first, 0.0, None);
        for index in first..last {
            sum += scores[usize::from(self.classes[index])];
            if sum > best {
                (best, found) = (sum, Some((start, index)));
            }
            if sum <= 0.0 {
                (sum, start) = (0.0, index + 1);
            }
        }
        let range = found.map(|(start, end)| TimeRange {
            start: self.times[start],
            end: self.times[end].next(),
        });
        range.filter(|range| range.nanos() >= SHORTEST)
    }

    fn different(&self, range: TimeRange, candidate: &Candidate, series: &Series) -> Different {
        let (counts, all) = self.counts(range);
        let (_, _, variation) = self.g(&counts, all);
        Different {
            range,
            deviation: Deviation {
                cells: series.cell_at(range.start)..series.cell_at(range.end) + 1,
                expected: (1.0 - variation) * f64::from(all),
                observed: u64::from(all),
                doubt: candidate.doubt,
                evidence: candidate.evidence,
            },
        }
    }
}

/// By stack: the class of its innermost function. Rare ones share a class with those about as rare.
fn classes(profile: &Profile, samples: &Samples, part: &Part) -> Vec<u8> {
    let name = |stack: usize| {
        let frame = profile.stacks.frame[stack];
        profile.frames.name[frame.index()].0 as usize
    };
    let mut counts = vec![0u64; profile.strings.len().max(1)];
    for index in part.samples.clone() {
        if samples.states[index] == SampleState::Shown {
            counts[name(profile.samples.stack[index].index())] += 1;
        }
    }
    let mut order: Vec<usize> = (0..counts.len()).filter(|name| counts[*name] > 0).collect();
    order.sort_by_key(|name| (std::cmp::Reverse(counts[*name]), *name));
    let mut class_of = vec![0u8; counts.len()];
    for (rank, name) in order.iter().enumerate() {
        let shared = FREQUENT + (counts[*name].ilog2() as usize).min(CLASSES - FREQUENT - 1);
        class_of[*name] = if rank < FREQUENT { rank } else { shared } as u8;
    }
    (0..profile.stacks.len())
        .map(|stack| class_of[name(stack)])
        .collect()
}
