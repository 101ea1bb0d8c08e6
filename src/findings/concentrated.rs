//! Functions that run at one time only: the surest sign of a perturbation in a quiet profile, where
//! counts alone are too few to tell.
//!
//! The samples of each function that is not everywhere are scanned with windows of several lengths;
//! a Poisson tail says how unlikely so many in one window are (a scan statistic; Naus 1965). Samples
//! of one request are alike, so counts are divided by how many come together. Only what changes a good
//! part of what runs then is kept.

use super::burst_pause::Deviation;
use super::functions::Functions;
use super::series::{Baseline, Series};
use super::statistics::{at_least, evidence, median};
use crate::profile::{Part, TimeRange, Timestamp};
use rayon::prelude::*;

/// When a function runs that otherwise hardly does.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Concentration {
    pub range: TimeRange,
    pub deviation: Deviation,
    /// How many of the samples are of the function.
    pub own: u64,
}

/// Lengths of windows, in nanoseconds.
const WINDOWS: [u64; 7] = [
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_000_000_000,
    4_000_000_000,
];
/// What is shorter may be one request, in nanoseconds.
const SHORTEST: u64 = 150_000_000;
const FEWEST: usize = 4;
/// So much of what runs in the window, or of what usually runs, is the function.
const PART: f64 = 0.35;
/// So many times as many samples as in any other range as long: what comes in clumps again and again
/// is how the program works.
const UNIQUE: f64 = 2.5;
const DOUBT: f64 = 1e-3;

/// All of them, the most evident first.
pub(super) fn find(
    functions: &Functions<'_>,
    part: &Part,
    series: &Series,
    baseline: &Baseline,
) -> Vec<Concentration> {
    let together = come_together(series, functions);
    let whole = part.range.nanos() as f64;
    let places = functions.scanned.len() as f64
        * WINDOWS
            .iter()
            .map(|window| 4.0 * whole / *window as f64)
            .sum::<f64>();
    let scan = |times: &Vec<Timestamp>| scan(times, series, baseline, together, whole, places);
    let mut found: Vec<Concentration> = functions.scanned.par_iter().flat_map_iter(scan).collect();
    found.sort_by(|one, other| {
        let by_evidence = other.deviation.evidence.total_cmp(&one.deviation.evidence);
        by_evidence.then(one.range.cmp(&other.range))
    });
    let mut kept: Vec<Concentration> = Vec::new();
    for next in found {
        let overlaps = |other: &Concentration| {
            other.range.start < next.range.end && next.range.start < other.range.end
        };
        if !kept.iter().any(overlaps) {
            kept.push(next);
        }
    }
    kept
}

/// How many samples of a function come together: the dispersion of the middle one of the frequent.
fn come_together(series: &Series, functions: &Functions<'_>) -> f64 {
    let frequent = functions.frequent();
    let dispersions = frequent.map(|times| dispersion(series, times));
    median(dispersions.collect()).clamp(1.0, 50.0)
}

/// The variance of counts in tenths of a second by their mean.
pub(super) fn dispersion(series: &Series, times: &[Timestamp]) -> f64 {
    const TENTH: u64 = 100_000_000;
    let slots = (series.len() as u64 * series.cell_nanos / TENTH) as usize + 1;
    let mut counts = vec![0.0f64; slots];
    for time in times {
        let slot = (time.nanos_since(series.start) / TENTH) as usize;
        counts[slot.min(slots - 1)] += 1.0;
    }
    let mean = times.len() as f64 / slots as f64;
    let squares = counts.iter().map(|count| (count - mean) * (count - mean));
    squares.sum::<f64>() / slots as f64 / mean
}

/// Samples `start..end` of a function.
struct Window {
    p: f64,
    evidence: f64,
    start: usize,
    end: usize,
}

/// Where a function's samples are concentrated.
fn scan(
    times: &[Timestamp],
    series: &Series,
    baseline: &Baseline,
    together: f64,
    whole: f64,
    places: f64,
) -> Vec<Concentration> {
    let mut found: Vec<Window> = Vec::new();
    for window in WINDOWS {
        let mut end = 0;
        for start in 0..times.len() {
            let limit = times[start].saturating_add(window);
            end = end.max(start);
            while end < times.len() && times[end] < limit {
                end += 1;
            }
            let count = end - start;
            if count < FEWEST {
                continue;
            }
            let usual = ((times.len() - count) as f64 + 0.5) * window as f64 / whole;
            if (count as f64) < 3.0 * usual {
                continue;
            }
            let clumps = (count as f64 / together).round() as u64;
            let p = at_least(clumps, usual / together, 1.0);
            if p * places <= DOUBT {
                found.push(Window {
                    p,
                    evidence: evidence(count as f64, usual, together),
                    start,
                    end,
                });
            }
        }
    }
    // Not by probability, which may be too small for a number in many windows around the same.
    found.sort_by(|one, other| {
        let by_evidence = other.evidence.total_cmp(&one.evidence);
        by_evidence.then(one.start.cmp(&other.start))
    });
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut concentrations = Vec::new();
    for Window { p, start, end, .. } in found {
        if taken.iter().any(|(from, to)| *from < end && start < *to) {
            continue;
        }
        let (start, end) = widened(times, start, end);
        taken.push((start, end));
        if !is_unique(times, start, end) {
            continue;
        }
        concentrations.extend(concentration(
            &times[start..end],
            series,
            baseline,
            p * places,
        ));
    }
    concentrations
}

/// Whether no other range as long has nearly as many samples.
fn is_unique(times: &[Timestamp], start: usize, end: usize) -> bool {
    let length = times[end - 1].nanos_since(times[start]);
    let most = |times: &[Timestamp]| {
        let mut last = 0;
        let count = |(first, time): (usize, &Timestamp)| {
            while last < times.len() && times[last].nanos_since(*time) <= length {
                last += 1;
            }
            last - first
        };
        times.iter().enumerate().map(count).max().unwrap_or(0)
    };
    let others = most(&times[..start]).max(most(&times[end..]));
    (end - start) as f64 >= UNIQUE * others as f64
}

/// As far as the function goes on without a longer break than it has inside.
fn widened(times: &[Timestamp], mut start: usize, mut end: usize) -> (usize, usize) {
    let inside = &times[start..end];
    let longest = inside
        .windows(2)
        .map(|pair| pair[1].nanos_since(pair[0]))
        .max()
        .unwrap_or(0);
    while start > 0 && times[start].nanos_since(times[start - 1]) <= longest {
        start -= 1;
    }
    while end < times.len() && times[end].nanos_since(times[end - 1]) <= longest {
        end += 1;
    }
    (start, end)
}

fn concentration(
    times: &[Timestamp],
    series: &Series,
    baseline: &Baseline,
    doubt: f64,
) -> Option<Concentration> {
    let (first, last) = (*times.first()?, *times.last()?);
    let range = TimeRange {
        start: first,
        end: last.next(),
    };
    if range.nanos() < SHORTEST {
        return None;
    }
    let cells = series.cell_at(first)..series.cell_at(last) + 1;
    let (observed, expected) = (series.count(cells.clone()), baseline.count(cells.clone()));
    let is_large = times.len() as f64 >= PART * (observed as f64).min(expected);
    is_large.then(|| Concentration {
        range,
        own: times.len() as u64,
        deviation: Deviation {
            evidence: evidence(times.len() as f64, 0.5, 1.0),
            cells,
            expected,
            observed,
            doubt,
        },
    })
}
