//! Shifts: moments at which the level changes at once and stays.
//!
//! Where a shift may be is looked for by binary segmentation (Scott and Knott 1974): the moment that
//! parts the counts best, then the best on either side. A moment is a shift if what it changes is
//! large, lasts, and is more than the level wanders over as long a time elsewhere, which slow changes
//! of load and bursts do not pass. Less is asked for where one function accounts for the change: in a
//! swing of the load all functions change alike.

use super::burst_pause::Deviation;
use super::functions::Functions;
use super::series::Series;
use super::statistics::{chi_squared, evidence, median};
use std::ops::Range;

/// In nanoseconds: counts are looked at in steps so long, and no level shorter stays.
const STEP: u64 = 100_000_000;
const SHORTEST: u64 = 3_000_000_000;
/// Nor one of less than this share of the profile.
const SHORTEST_SHARE: f64 = 0.12;
/// The levels before and after differ at least by this factor.
const FACTOR: f64 = 1.3;
/// The rate of false discoveries that is accepted.
const DOUBT: f64 = 3e-3;
/// A step beyond a smooth swing is so many standard errors; less where a function is behind it.
const SURE: f64 = 4.5;
const SURE_OF_FUNCTION: f64 = 2.5;
/// The surroundings of a change that are compared, as a share of the profile and in nanoseconds.
const SIDE_SHARE: f64 = 0.06;
const LONGEST_SIDE: u64 = 30_000_000_000;

/// Each shift, from its moment to the next one or to the end; what it is held against is the level
/// before.
pub(super) fn find(series: &Series, functions: &Functions<'_>) -> Vec<Deviation> {
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
    let usual = usual_change(series, side);
    let mut shifts = Vec::new();
    let mut open = Vec::new();
    match lasting_function(series, shortest, functions) {
        Some((at, doubt)) => {
            shifts.push((at, doubt));
            open.extend([0..at, at..series.len()]);
        }
        None => open.push(0..series.len()),
    }
    while let Some(cells) = open.pop() {
        let Some(at) = best_parting(series, &cells, shortest, step) else {
            continue;
        };
        let at = sharpened(series, at, step, side);
        let around = at.saturating_sub(side)..(at + side).min(series.len());
        let sides = (around.start..at, at..around.end);
        // The function may begin or end so late that what follows is too short.
        let near = shortest * 9 / 10;
        let inside = cells.start + near..(cells.end + 1).saturating_sub(near);
        let of_function = moment_of_function(series, sides, around, functions);
        let (at, sure) = match of_function.filter(|(at, _)| inside.contains(at)) {
            Some((at, _)) => (at, SURE_OF_FUNCTION),
            None => (at, SURE),
        };
        if let Some(doubt) = doubt(series, at, side, usual, sure) {
            shifts.push((at, doubt));
            open.push(cells.start..at);
            open.push(at..cells.end);
        }
    }
    shifts.sort_unstable_by_key(|(at, _)| *at);
    deviations(series, &shifts)
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

/// The cell that parts the samples of the function behind a change best, if there is one: a surge of
/// the load just before, which moves the moment of all, does not move its.
fn moment_of_function(
    series: &Series,
    (before, after): (Range<usize>, Range<usize>),
    within: Range<usize>,
    functions: &Functions<'_>,
) -> Option<(usize, f64)> {
    let [before, after, whole] = [before, after, within.clone()].map(|cells| series.range(&cells));
    let times = functions.behind(before, after, whole)?;
    let own = series.of_times(&times);
    let gain = |at: usize| (parting_gain(&own, &within, at), at);
    let best = (within.start + 1..within.end)
        .map(gain)
        .reduce(|one, next| if next.0 > one.0 { next } else { one });
    best.map(|(gain, at)| {
        let doubt = chi_squared(2.0 * gain, 1.0) * within.len() as f64;
        (at, doubt.min(1.0))
    })
}

/// The moment from which on a function is a good part of all, or no longer, up to the end. A swing of the
/// load may hide it in the counts of all.
fn lasting_function(
    series: &Series,
    shortest: usize,
    functions: &Functions<'_>,
) -> Option<(usize, f64)> {
    const LONGEST: u64 = 60_000_000_000;
    let end = series.len();
    let side = shortest.min(series.cells_in(LONGEST));
    let sides = (0..side, end - side..end);
    let (at, doubt) = moment_of_function(series, sides, 0..end, functions)?;
    let is_inside = (shortest..=end - shortest).contains(&at) && doubt <= DOUBT;
    // At the moment it is as plain as at the ends.
    let sides = (at.saturating_sub(side)..at, at..(at + side).min(end));
    let (near, _) = is_inside
        .then(|| moment_of_function(series, sides.clone(), sides.0.start..sides.1.end, functions))
        .flatten()?;
    (near.abs_diff(at) <= series.cells_in(STEP)).then_some((at, doubt))
}

/// Square roots of counts, whose spread hardly depends on their size.
fn level(series: &Series, cells: Range<usize>) -> f64 {
    (series.count(cells) as f64).sqrt()
}

/// How much levels of `side` cells next to each other usually differ, and Poisson's at least.
fn usual_change(series: &Series, side: usize) -> f64 {
    let starts = (0..series.len().saturating_sub(2 * side)).step_by((side / 4).max(1));
    let change = |start: usize| {
        let before = level(series, start..start + side);
        (level(series, start + side..start + 2 * side) - before).abs()
    };
    // Square roots of Poisson counts have deviation 1/2; the median of the difference's is less.
    median(starts.map(change).collect()).max(0.5)
}

/// The rate of false discoveries at which there is a shift at a moment, if there is one.
fn doubt(series: &Series, at: usize, side: usize, usual: f64, sure: f64) -> Option<f64> {
    let end = (at + side).min(series.len());
    let (before, after) = (at.saturating_sub(side)..at, at..end);
    let rate =
        |cells: Range<usize>| (series.count(cells.clone()) as f64 + 0.5) / cells.len() as f64;
    let factor = rate(after.clone()) / rate(before.clone());
    // A slope goes on before and after; what is more than that is the step.
    let log = |from: usize, to: usize| rate(from..to).ln();
    let earlier =
        log(before.start, before.end) - log(before.start.saturating_sub(side), before.start.max(1));
    let later_end = (after.end + side).min(series.len());
    let later = match later_end > after.end {
        true => log(after.end, later_end) - log(after.start, after.end),
        false => 0.0,
    };
    let sign = factor.ln().signum();
    let slope = (earlier * sign).max(later * sign).max(0.0);
    let step = factor.ln().abs() - slope;
    let change = (level(series, after) - level(series, before)).abs() * step / factor.ln().abs();
    // Of a normal distribution, the median of the absolute value is so many deviations.
    const MEDIAN: f64 = 0.6745;
    let deviations = change / (usual / MEDIAN);
    let places = series.len() as f64 / side as f64;
    let doubt = (chi_squared(deviations * deviations, 1.0) * places).min(1.0);
    let is_large = step >= FACTOR.ln();
    // Close to the moment as far apart as further away: a step, not a slope.
    let near = (side / 4).max(1);
    let close = rate(at..(at + near).min(series.len())) / rate(at.saturating_sub(near)..at);
    let is_step = close.ln() / factor.ln() > 0.6;
    let lasts = lasting(series, at).ln() / factor.ln() > 0.5;
    let is_shift = is_large && is_step && lasts && doubt <= DOUBT;
    (is_shift && is_beyond_swing(series, at, factor.ln(), sure)).then_some(doubt)
}

/// Whether a smooth swing of the load (a polynomial of degree three, of logarithms) with a step at the
/// moment explains its surroundings much better than without: the step is what a regression says.
fn is_beyond_swing(series: &Series, at: usize, change: f64, sure: f64) -> bool {
    const SIDE: u64 = 15_000_000_000;
    const BINS: usize = 30;
    /// Of the change of level.
    const SHARE: f64 = 0.5;
    let side = series.cells_in(SIDE).min(at).min(series.len() - at);
    let bin = (side / BINS).max(1);
    let bins = side / bin;
    let start = at - bins * bin;
    let logs: Vec<f64> = (0..2 * bins)
        .map(|index| start + index * bin)
        .map(|start| (series.count(start..start + bin) as f64 + 0.5).ln())
        .collect();
    let place = |index: usize| (index as f64 + 0.5) / bins as f64 - 1.0;
    let column = |value: &dyn Fn(f64) -> f64| -> Vec<f64> {
        (0..2 * bins).map(|index| value(place(index))).collect()
    };
    let mut swing: Vec<Vec<f64>> = Vec::new();
    for power in 0..4 {
        let mut next = column(&|place| place.powi(power));
        swing.iter().for_each(|done| remove(&mut next, done));
        swing.push(next);
    }
    let (mut step, mut rest) = (column(&|place| f64::from(u8::from(place > 0.0))), logs);
    for part in &swing {
        remove(&mut step, part);
        remove(&mut rest, part);
    }
    let size = product(&rest, &step) / product(&step, &step).max(1e-9);
    remove(&mut rest, &step);
    let freedom = (2 * bins).saturating_sub(5).max(1) as f64;
    let error = (product(&rest, &rest) / freedom / product(&step, &step).max(1e-9)).sqrt();
    let size = size * change.signum();
    size >= sure * error && size >= SHARE * change.abs()
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// What `numbers` have in common with a column, taken away (Gram and Schmidt).
fn remove(numbers: &mut [f64], column: &[f64]) {
    let share = product(numbers, column) / product(column, column).max(1e-12);
    let pairs = numbers.iter_mut().zip(column);
    pairs.for_each(|(number, part)| *number -= share * part);
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
