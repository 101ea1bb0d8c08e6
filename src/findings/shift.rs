//! Shifts: moments at which the level changes at once and stays.
//!
//! Where a shift may be is looked for by binary segmentation (Scott and Knott 1974): the moment that
//! parts the counts best, then the best on either side. A moment is a shift if what it changes is
//! large, lasts, and is more than the level wanders over as long a time elsewhere, which slow changes
//! of load and bursts do not pass.

use super::burst_pause::Deviation;
use super::series::Series;
use super::statistics::{chi_squared, evidence, median};
use std::ops::Range;

/// In nanoseconds: counts are looked at in steps so long, and no level shorter stays.
const STEP: u64 = 100_000_000;
const SHORTEST: u64 = 3_000_000_000;
/// Nor one of less than this share of the profile.
const SHORTEST_SHARE: f64 = 0.12;
/// The levels before and after differ at least by this factor.
const FACTOR: f64 = 1.4;
/// The rate of false discoveries that is accepted.
const DOUBT: f64 = 1e-4;
/// The surroundings of a change that are compared, as a share of the profile and in nanoseconds.
const SIDE_SHARE: f64 = 0.06;
const LONGEST_SIDE: u64 = 30_000_000_000;

/// Each shift, from its moment to the next one or to the end; what it is held against is the level
/// before.
pub(super) fn find(series: &Series) -> Vec<Deviation> {
    let step = series.cells_in(STEP);
    let shortest = series
        .cells_in(SHORTEST)
        .max((series.len() as f64 * SHORTEST_SHARE) as usize);
    if series.len() < 2 * shortest || series.total() == 0 {
        return Vec::new();
    }
    let side = ((series.len() as f64 * SIDE_SHARE) as usize)
        .min(series.cells_in(LONGEST_SIDE))
        .max(shortest / 2);
    let mut shifts = Vec::new();
    let whole = 0..series.len();
    let mut open = Vec::from([whole]);
    while let Some(cells) = open.pop() {
        let Some(at) = best_parting(series, &cells, shortest, step) else {
            continue;
        };
        let at = sharpened(series, at, step, side);
        if let Some(doubt) = doubt(series, at, side) {
            shifts.push((at, doubt));
            open.push(cells.start..at);
            open.push(at..cells.end);
        }
    }
    shifts.sort_unstable_by_key(|(at, _)| *at);
    drop_passing(series, &mut shifts);
    deviations(series, &shifts)
}

/// Leaves out moments between which the load is not another one: what changed there has not stayed.
fn drop_passing(series: &Series, shifts: &mut Vec<(usize, f64)>) {
    let rate =
        |cells: Range<usize>| (series.count(cells.clone()) as f64 + 0.5) / cells.len() as f64;
    loop {
        let at = |index: usize| shifts.get(index).map_or(series.len(), |(at, _)| *at);
        let change = |index: usize| {
            let before = index.checked_sub(1).map_or(0, at);
            (rate(at(index)..at(index + 1)) / rate(before..at(index)))
                .ln()
                .abs()
        };
        let changes = (0..shifts.len()).map(|index| (change(index), index));
        match changes.min_by(|one, other| one.0.total_cmp(&other.0)) {
            Some((change, index)) if change < FACTOR.ln() => shifts.remove(index),
            _ => return,
        };
    }
}

/// The moment that parts some cells best.
fn best_parting(
    series: &Series,
    cells: &Range<usize>,
    shortest: usize,
    step: usize,
) -> Option<usize> {
    let last = cells.end.checked_sub(shortest)?;
    let places = (cells.start + shortest..=last).step_by(step);
    let gain = |at: usize| (parting_gain(series, cells, at), at);
    let best = places
        .map(gain)
        .reduce(|one, next| if next.0 > one.0 { next } else { one });
    best.map(|(_, at)| at)
}

/// The log likelihood that two rates explain more than one.
fn parting_gain(series: &Series, cells: &Range<usize>, at: usize) -> f64 {
    let rate = series.count(cells.clone()) as f64 / cells.len() as f64;
    let gain = |cells: Range<usize>| {
        let expected = rate * cells.len() as f64;
        evidence(series.count(cells) as f64, expected, 1.0)
    };
    gain(cells.start..at) + gain(at..cells.end)
}

/// The cell near `at` that parts its surroundings best.
fn sharpened(series: &Series, at: usize, step: usize, side: usize) -> usize {
    let around = at.saturating_sub(side)..(at + side).min(series.len());
    let places = at.saturating_sub(3 * step).max(around.start + 1)..(at + 3 * step).min(around.end);
    let gain = |at: usize| (parting_gain(series, &around, at), at);
    let best = places
        .map(gain)
        .reduce(|one, next| if next.0 > one.0 { next } else { one });
    best.map_or(at, |(_, at)| at)
}

/// The rate of false discoveries at which there is a shift at a moment, if there is one.
fn doubt(series: &Series, at: usize, side: usize) -> Option<f64> {
    let end = (at + side).min(series.len());
    let rate =
        |cells: Range<usize>| (series.count(cells.clone()) as f64 + 0.5) / cells.len() as f64;
    let factor = (rate(at..end) / rate(at.saturating_sub(side)..at)).ln();
    let (step, error) = step_beside_trend(series, at)?;
    let places = series.len() as f64 / side as f64;
    let doubt = (chi_squared((step / error).powi(2), 1.0) * places).min(1.0);
    let is_large = step * factor.signum() >= FACTOR.ln();
    // Close to the moment as far apart as further away: a step, not a slope.
    let near = (side / 4).max(1);
    let close = rate(at..(at + near).min(series.len())) / rate(at.saturating_sub(near)..at);
    let is_step = close.ln() / factor > 0.6;
    let lasts = lasting(series, at).ln() / factor > 0.5;
    (is_large && is_step && lasts && doubt <= DOUBT).then_some(doubt)
}

/// By how much the logarithm of the rate steps at a moment, and that number's standard error: least
/// squares of a step and a trend that goes through it, over the longer time around.
fn step_beside_trend(series: &Series, at: usize) -> Option<(f64, f64)> {
    const SHARE: f64 = 0.25;
    const BIN: u64 = 500_000_000;
    let bin = series.cells_in(BIN);
    let most = ((series.len() as f64 * SHARE) as usize / bin).max(3);
    let bins = most.min(at / bin).min((series.len() - at) / bin);
    if bins < 3 {
        return None;
    }
    let first = at - bins * bin;
    let log = |index: usize| {
        let start = first + index * bin;
        (series.count(start..start + bin) as f64 + 0.5).ln()
    };
    let logs: Vec<f64> = (0..2 * bins).map(log).collect();
    // About its middle, time is as odd as the step: each number is known without matrices.
    let half = bins as f64;
    let time = |index: usize| index as f64 + 0.5 - half;
    let sign = |index: usize| if index < bins { -0.5 } else { 0.5 };
    let sum = |value: &dyn Fn(usize) -> f64| (0..2 * bins).map(value).sum::<f64>();
    let (tt, ts, ss) = (
        sum(&|index| time(index).powi(2)),
        sum(&|index| time(index) * sign(index)),
        sum(&|index| sign(index).powi(2)),
    );
    let (ty, sy) = (
        sum(&|index| time(index) * logs[index]),
        sum(&|index| sign(index) * logs[index]),
    );
    let determinant = tt * ss - ts * ts;
    let (trend, step) = (
        (ty * ss - sy * ts) / determinant,
        (sy * tt - ty * ts) / determinant,
    );
    let mean = sum(&|index| logs[index]) / (2.0 * half);
    let fitted = |index: usize| mean + trend * time(index) + step * sign(index);
    let squares = sum(&|index| (logs[index] - fitted(index)).powi(2));
    let variance = squares / (2.0 * half - 3.0).max(1.0);
    Some((step, (variance * tt / determinant).sqrt().max(1e-9)))
}

/// The ratio of what is usual in the longer time after a moment and before it, which a burst on either
/// side does not change.
fn lasting(series: &Series, at: usize) -> f64 {
    const SHARE: f64 = 0.2;
    const BINS: usize = 16;
    let side = (series.len() as f64 * SHARE) as usize;
    let usual = |cells: Range<usize>| {
        let bin = (cells.len() / BINS).max(1);
        let starts = cells
            .clone()
            .step_by(bin)
            .filter(|start| start + bin <= cells.end);
        let counts = starts.map(|start| series.count(start..start + bin) as f64 / bin as f64);
        median(counts.collect()).max(1e-9)
    };
    usual(at..(at + side).min(series.len())) / usual(at.saturating_sub(side)..at)
}

/// Each shift against the level before it.
fn deviations(series: &Series, shifts: &[(usize, f64)]) -> Vec<Deviation> {
    let mut before = 0;
    let mut found = Vec::new();
    for (index, (at, doubt)) in shifts.iter().enumerate() {
        let end = shifts
            .get(index + 1)
            .map_or(series.len(), |(next, _)| *next);
        let rate = series.count(before..*at) as f64 / (at - before) as f64;
        let (cells, observed) = (*at..end, series.count(*at..end));
        let expected = rate * cells.len() as f64;
        found.push(Deviation {
            evidence: evidence(observed as f64, expected, 1.0),
            cells,
            expected,
            observed,
            doubt: *doubt,
        });
        before = *at;
    }
    found
}
