//! Bursts and pauses: ranges with more or fewer samples than their surroundings explain.
//!
//! Windows of many lengths are held against the baseline. At each length the spread of all windows
//! (from quantiles, so that the perturbations themselves do not hide) says how much counts vary by
//! themselves; a negative binomial tail with that variance gives each window's probability, and
//! Benjamini and Hochberg's procedure, over all windows of all lengths, those that are kept. The best
//! is taken first, its edges are moved to where the evidence is greatest, and what it touches is done.

use super::series::{Baseline, Series};
use super::statistics::{adjusted, at_least, at_most, evidence, quantile, spreads};
use rayon::prelude::*;
use std::ops::Range;

/// Cells whose count is not what was expected.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Deviation {
    pub cells: Range<usize>,
    pub expected: f64,
    pub observed: u64,
    /// The rate of false discoveries at which it would be one.
    pub doubt: f64,
    /// Log likelihood ratio, by the dispersion.
    pub evidence: f64,
}

impl Deviation {
    pub(super) fn is_burst(&self) -> bool {
        self.observed as f64 > self.expected
    }
}

/// No window is longer than this, in nanoseconds.
const LONGEST: u64 = 20_000_000_000;
/// Nor than this share of the profile.
const LONGEST_SHARE: usize = 5;
/// Only windows less likely than this by themselves are candidates.
const CANDIDATE: f64 = 1e-4;
/// The rate of false discoveries that is accepted. Low, as no model of a background is exact.
const DOUBT: f64 = 1e-3;
/// Pauses are rarer than bursts in busy programs, and the shortest have little to show.
const DOUBT_OF_PAUSE: f64 = 5e-3;
/// The share of windows with the least samples that says how heavy the tail of small counts is.
const TAIL: f64 = 0.05;
const SECOND: u64 = 1_000_000_000;
/// Shorter ones are how the requests of a few CPUs fall together, in nanoseconds.
const SHORTEST_PAUSE: u64 = 100_000_000;
/// Bursts have at least this many times the samples, pauses at most.
const BURST: f64 = 1.5;
const PAUSE: f64 = 0.5;
/// What is shorter than so long (in nanoseconds) is a pause where hardly anything runs, this share of the usual:
/// a few requests fewer are none.
const SHORT_PAUSE: u64 = 300_000_000;
const HARDLY: f64 = 0.1;

/// All of them, in time order. No window goes past a break, where the level changes and stays.
pub(super) fn find(series: &Series, baseline: &Baseline, breaks: &[usize]) -> Vec<Deviation> {
    let starts = std::iter::once(0).chain(breaks.iter().copied());
    let ends = breaks.iter().copied().chain([series.len()]);
    let longest = series.cells_in(LONGEST);
    let scans: Vec<(Range<usize>, usize)> = starts
        .zip(ends)
        .flat_map(|(start, end)| {
            let longest = longest.min((end - start) / LONGEST_SHARE);
            let lengths = lengths().take_while(move |length| *length <= longest);
            lengths.map(move |length| (start..end, length))
        })
        .collect();
    let scan = |(cells, length): (Range<usize>, usize)| scan(series, baseline, cells, length);
    let scans: Vec<(usize, Vec<Candidate>)> = scans.into_par_iter().map(scan).collect();
    let places = scans.iter().map(|(places, _)| places).sum();
    let candidates = scans.into_iter().flat_map(|(_, found)| found).collect();
    let chosen = choose(series, baseline, by_evidence(candidates));
    let kept = discoveries(chosen, places, series);
    merged(&kept, series, baseline)
}

/// 1, 2, 3, 4, 6, 8, 12, 16, … cells.
fn lengths() -> impl Iterator<Item = usize> {
    let doubled = (1..).map(|power: u32| [2usize.pow(power), 3 * 2usize.pow(power - 1)]);
    std::iter::once(1).chain(doubled.take(24).flatten())
}

#[derive(Debug, Clone)]
struct Candidate {
    cells: Range<usize>,
    p: f64,
    evidence: f64,
    dispersion: f64,
}

/// How many windows of a length there are, and those that are unlikely.
fn scan(
    series: &Series,
    baseline: &Baseline,
    cells: Range<usize>,
    length: usize,
) -> (usize, Vec<Candidate>) {
    let step = (length / 4).max(1);
    let starts = (cells.start..=cells.end - length).step_by(step);
    let window = |start: usize| {
        let cells = start..start + length;
        let expected = baseline.count(cells.clone()).max(1e-9);
        (series.count(cells.clone()), expected, cells)
    };
    let residual = |start: usize| {
        let (observed, expected, _) = window(start);
        (observed as f64 - expected) / expected.max(0.25).sqrt()
    };
    let residuals: Vec<f64> = starts.clone().map(residual).collect();
    let mean = baseline.count(cells.clone()) / cells.len().max(1) as f64 * length as f64;
    // Where a pause of a second would be a good part of the windows, they do not tell what is usual.
    let is_long = (length + series.cells_in(SECOND)) as f64 <= TAIL * cells.len() as f64;
    let heavier = match is_long {
        true => heavier_below(&residuals, mean),
        false => 1.0,
    };
    let (above, below) = spreads(residuals);
    let candidate = |start: usize| {
        let (observed, expected, cells) = window(start);
        let is_burst = observed as f64 >= BURST * expected && observed >= 4;
        if !is_burst && observed as f64 > PAUSE * expected {
            return None;
        }
        let (dispersion, p) = if is_burst {
            (above * above, at_least(observed, expected, above * above))
        } else {
            let p = at_most(observed, expected, below * below);
            (below * below, p.powf(1.0 / heavier))
        };
        let evidence = evidence(observed as f64, expected, dispersion);
        (p < CANDIDATE).then_some(Candidate {
            cells,
            p,
            evidence,
            dispersion,
        })
    };
    (
        starts.clone().count(),
        starts.filter_map(candidate).collect(),
    )
}

/// How many times as much heavier the tail of small counts is (in logarithms) than the negative binomial of
/// that spread: the quarters of a second in which few requests come make silences that are no pauses.
fn heavier_below(residuals: &[f64], mean: f64) -> f64 {
    let mut sorted = residuals.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (_, below) = spreads(sorted.clone());
    let observed = (mean + quantile(&sorted, TAIL) * mean.max(0.25).sqrt()).max(0.0);
    let p = at_most(observed.ceil() as u64, mean, below * below);
    (p.ln() / TAIL.ln()).max(1.0)
}

/// The most evident first.
fn by_evidence(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|one, other| {
        let by_evidence = other.evidence.total_cmp(&one.evidence);
        by_evidence.then(one.cells.start.cmp(&other.cells.start))
    });
    candidates
}

/// The most evident of each place, with its edges where they belong, and its probability as doubt.
fn choose(series: &Series, baseline: &Baseline, candidates: Vec<Candidate>) -> Vec<Deviation> {
    let mut is_taken = vec![false; series.len()];
    let mut chosen = Vec::new();
    for candidate in candidates {
        if is_taken[candidate.cells.clone()].iter().any(|taken| *taken) {
            continue;
        }
        let cells = refined(series, baseline, &candidate);
        is_taken[candidate.cells.clone()].fill(true);
        is_taken[cells.clone()].fill(true);
        let (observed, expected) = (series.count(cells.clone()), baseline.count(cells.clone()));
        chosen.push(Deviation {
            evidence: evidence(observed as f64, expected, candidate.dispersion),
            doubt: candidate.p,
            cells,
            expected,
            observed,
        });
    }
    chosen
}

/// Those that remain when the number of places looked at is accounted for, in time order. Each
/// perturbation counts once, not once for each window that it is in.
fn discoveries(mut chosen: Vec<Deviation>, places: usize, series: &Series) -> Vec<Deviation> {
    let shortest_pause = series.cells_in(SHORTEST_PAUSE);
    let short_pause = series.cells_in(SHORT_PAUSE);
    chosen.sort_by(|one, other| one.doubt.total_cmp(&other.doubt));
    let p: Vec<f64> = chosen.iter().map(|chosen| chosen.doubt).collect();
    for (chosen, doubt) in chosen.iter_mut().zip(adjusted(&p, places)) {
        chosen.doubt = doubt;
    }
    chosen.retain(|chosen| {
        let most = if chosen.is_burst() {
            DOUBT
        } else {
            DOUBT_OF_PAUSE
        };
        let is_quiet = chosen.observed as f64 <= HARDLY * chosen.expected;
        let shortest = if is_quiet {
            shortest_pause
        } else {
            short_pause
        };
        let is_long = chosen.is_burst() || chosen.cells.len() >= shortest;
        chosen.doubt <= most && is_long
    });
    chosen.sort_by_key(|chosen| chosen.cells.start);
    chosen
}

/// The edges, moved one after the other to where the evidence is greatest.
fn refined(series: &Series, baseline: &Baseline, candidate: &Candidate) -> Range<usize> {
    let mut cells = candidate.cells.clone();
    let is_burst = series.count(cells.clone()) as f64 > baseline.count(cells.clone());
    let gain = |cells: Range<usize>| {
        let (observed, expected) = (series.count(cells.clone()) as f64, baseline.count(cells));
        match (observed > expected) == is_burst {
            true => evidence(observed, expected, 1.0),
            false => 0.0,
        }
    };
    let reach = candidate.cells.len().max(4);
    for _ in 0..3 {
        let starts = cells.start.saturating_sub(reach)..cells.end;
        cells.start = best(starts, |start| gain(start..cells.end)).unwrap_or(cells.start);
        let ends = cells.start + 1..(cells.end + reach).min(series.len()) + 1;
        cells.end = best(ends, |end| gain(cells.start..end)).unwrap_or(cells.end);
    }
    cells
}

/// The first with the greatest gain.
fn best(places: Range<usize>, gain: impl Fn(usize) -> f64) -> Option<usize> {
    let places = places.map(|place| (gain(place), place));
    let best = places.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map(|(_, place)| place)
}

/// Deviations of the same kind that little time separates are one.
fn merged(found: &[Deviation], series: &Series, baseline: &Baseline) -> Vec<Deviation> {
    let mut merged: Vec<Deviation> = Vec::new();
    for next in found {
        match merged.last_mut() {
            Some(last) if belong_together(last, next, series, baseline) => {
                let cells = last.cells.start..next.cells.end;
                last.observed = series.count(cells.clone());
                last.expected = baseline.count(cells.clone());
                last.cells = cells;
                last.doubt = last.doubt.min(next.doubt);
                last.evidence += next.evidence;
            }
            _ => merged.push(next.clone()),
        }
    }
    merged
}

fn belong_together(
    one: &Deviation,
    next: &Deviation,
    series: &Series,
    baseline: &Baseline,
) -> bool {
    let gap = one.cells.end..next.cells.start.max(one.cells.end);
    let whole = one.cells.start..next.cells.end;
    let ratio = series.count(whole.clone()) as f64 / baseline.count(whole).max(1e-9);
    let is_alike = if one.is_burst() {
        ratio >= BURST
    } else {
        ratio <= PAUSE
    };
    one.is_burst() == next.is_burst()
        && gap.len() <= one.cells.len().min(next.cells.len()).max(2)
        && is_alike
}
