//! Periodic perturbations: more samples again and again, a period apart.
//!
//! Two ways lead to candidates: bursts that were found, where they are evenly apart; and the
//! autocorrelation of the cells (by Fourier transforms, Wiener and Khinchin), which sees what no
//! single occurrence shows. Each candidate is tested by folding the profile at its period (epoch
//! folding; Leahy et al. 1983): the offsets at which more samples fall than expected, summed over all
//! occurrences, against a negative binomial background.

use super::burst_pause::Deviation;
use super::concentrated::dispersion as dispersion_of;
use super::functions::Functions;
use super::series::{Baseline, Series};
use super::statistics::{at_least, evidence, median, spreads};
use crate::profile::Timestamp;
use rayon::prelude::*;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;
use std::ops::Range;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rhythm {
    /// In nanoseconds.
    pub period: f64,
    /// Each occurrence.
    pub occurrences: Vec<Range<usize>>,
    /// All of them together; its cells are from the first to the last.
    pub deviation: Deviation,
}

/// Shorter periods are how programs work, in nanoseconds.
const SHORTEST: u64 = 200_000_000;
const FEWEST: usize = 3;
/// A period from the autocorrelation alone recurs at least so often.
const FEWEST_UNSEEN: usize = 6;
const FEWEST_OF_FUNCTION: usize = 4;
/// Its occurrences have so many times the samples, together.
const FACTOR: f64 = 1.35;
/// So many of them are above what is expected.
const MOST_ABOVE: f64 = 0.75;
const DOUBT: f64 = 1e-4;
/// An occurrence is no longer than this share of the period.
const WIDEST: f64 = 0.4;

/// The strongest rhythm, if there is any.
pub(super) fn find(
    series: &Series,
    baseline: &Baseline,
    bursts: &[Deviation],
    functions: &Functions<'_>,
) -> Option<Rhythm> {
    let of_bursts = period_of(bursts).map(|period| (period, FEWEST));
    let by_correlation = correlated(series, baseline).into_iter();
    let periods = by_correlation.map(|period| (period, FEWEST_UNSEEN));
    let periods: Vec<(f64, usize)> = of_bursts.into_iter().chain(periods).collect();
    let rhythms = rhythms(series, baseline, &periods).into_iter();
    let clumped = clumped(series, functions);
    let of_functions = functions_with_rhythm(series, &clumped);
    let of_functions = of_functions
        .into_iter()
        .filter_map(|rhythm| of_all(series, baseline, rhythm));
    let strongest = rhythms.chain(of_functions).max_by(|one, other| {
        let (one, other) = (&one.deviation, &other.deviation);
        one.evidence.total_cmp(&other.evidence)
    });
    strongest.map(|rhythm| with_shortest_period(series, baseline, &clumped, rhythm))
}

/// What recurs every period recurs every two, too: the rhythm of the shortest part of its period, where
/// there is as much in between as at its occurrences, of all samples or of a function.
fn with_shortest_period(
    series: &Series,
    baseline: &Baseline,
    clumped: &[&Vec<Timestamp>],
    rhythm: Rhythm,
) -> Rhythm {
    const MOST_PARTS: usize = 6;
    let period = rhythm.period / series.cell_nanos as f64;
    let parts = (2..=MOST_PARTS).rev().map(|parts| period / parts as f64);
    let enough = parts.filter(|period| *period >= series.cells_in(SHORTEST) as f64);
    let periods: Vec<(f64, usize)> = enough.map(|period| (period, FEWEST_OF_FUNCTION)).collect();
    let shorter = |period: &(f64, usize)| {
        let period = std::slice::from_ref(period);
        let of_functions = clumped.iter().flat_map(|times| {
            let own = series.of_times(times);
            rhythms(&own, &Baseline::flat(&own), period)
        });
        let of_functions = of_functions.filter_map(|rhythm| of_all(series, baseline, rhythm));
        let mut all = rhythms(series, baseline, period)
            .into_iter()
            .chain(of_functions);
        all.find(|shorter| has_as_much_between(series, baseline, &rhythm, shorter))
    };
    periods.iter().find_map(shorter).unwrap_or(rhythm)
}

/// Whether the occurrences that only the shorter period has are at least half as far above what is
/// expected as those of the longer one.
fn has_as_much_between(
    series: &Series,
    baseline: &Baseline,
    longer: &Rhythm,
    shorter: &Rhythm,
) -> bool {
    const AS_MUCH: f64 = 0.5;
    let is_near = |cells: &&Range<usize>| {
        let near = |other: &Range<usize>| other.start < cells.end && cells.start < other.end;
        longer.occurrences.iter().any(near)
    };
    let (common, between): (Vec<_>, Vec<_>) = shorter.occurrences.iter().partition(is_near);
    let excess = |occurrences: &[&Range<usize>]| {
        let counts = |cells: &&Range<usize>| {
            series.count((*cells).clone()) as f64 / baseline.count((*cells).clone()).max(1e-9)
        };
        occurrences.iter().map(counts).sum::<f64>() / occurrences.len().max(1) as f64
    };
    let usual = usual_share(series, baseline, shorter);
    let is_all_common = common.len() * 5 >= longer.occurrences.len() * 4;
    is_all_common && excess(&between) - usual >= AS_MUCH * (excess(&common) - usual)
}

/// Counts by the expected ones, outside of a rhythm's occurrences.
fn usual_share(series: &Series, baseline: &Baseline, rhythm: &Rhythm) -> f64 {
    let inside = |count: &dyn Fn(Range<usize>) -> f64| -> f64 {
        rhythm.occurrences.iter().cloned().map(count).sum()
    };
    let observed = series.total() as f64 - inside(&|cells| series.count(cells) as f64);
    let expected = baseline.count(0..series.len()) - inside(&|cells| baseline.count(cells));
    observed / expected.max(1e-9)
}

/// Those of the periods, each with how often it has to recur, that folding confirms.
fn rhythms(series: &Series, baseline: &Baseline, periods: &[(f64, usize)]) -> Vec<Rhythm> {
    let places = series.len().max(1);
    let rhythm = |(period, fewest): &(f64, usize)| {
        let fold = best_fold(series, baseline, *period)?;
        let rough = rhythm(series, baseline, &fold, places, *fewest)?;
        let fold = sharpest(series, baseline, fold);
        let sharp = rhythm(series, baseline, &fold, places, *fewest).map(|sharp| Rhythm {
            period: period_of_centres(series, fold) * series.cell_nanos as f64,
            ..sharp
        });
        Some(sharp.unwrap_or(rough))
    };
    periods.par_iter().filter_map(rhythm).collect()
}

/// Rhythms of the functions that come in clumps most: what is lost in a busy profile is plain there.
fn functions_with_rhythm(series: &Series, clumped: &[&Vec<Timestamp>]) -> Vec<Rhythm> {
    let of_function = |times: &&Vec<Timestamp>| {
        let own = series.of_times(times);
        let flat = Baseline::flat(&own);
        let periods = correlated(&own, &flat).into_iter();
        let periods: Vec<(f64, usize)> =
            periods.map(|period| (period, FEWEST_OF_FUNCTION)).collect();
        rhythms(&own, &flat, &periods)
    };
    clumped.par_iter().flat_map_iter(of_function).collect()
}

/// The functions that come in clumps most.
fn clumped<'a>(series: &Series, functions: &'a Functions<'_>) -> Vec<&'a Vec<Timestamp>> {
    const FUNCTIONS: usize = 8;
    const SAMPLES: usize = 12;
    let enough = functions.scanned.par_iter();
    let enough = enough.filter(|times| times.len() >= SAMPLES);
    let mut clumped: Vec<(f64, &Vec<Timestamp>)> = enough
        .map(|times| (dispersion_of(series, times), times))
        .collect();
    clumped.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    clumped.truncate(FUNCTIONS);
    clumped.into_iter().map(|(_, times)| times).collect()
}

/// The rhythm of a function as one of all samples, if it is.
fn of_all(series: &Series, baseline: &Baseline, rhythm: Rhythm) -> Option<Rhythm> {
    let count = |cells: &Range<usize>| series.count(cells.clone());
    let observed: u64 = rhythm.occurrences.iter().map(count).sum();
    let by_baseline = rhythm
        .occurrences
        .iter()
        .map(|cells| baseline.count(cells.clone()))
        .sum();
    let inside: usize = rhythm.occurrences.iter().map(Range::len).sum();
    let outside = (series.len() - inside).max(1);
    let by_rest = (series.total() - observed) as f64 * inside as f64 / outside as f64;
    let expected = by_rest.min(by_baseline).max(1e-9);
    let deviation = Deviation {
        expected,
        observed,
        evidence: evidence(observed as f64, expected, 1.0),
        ..rhythm.deviation
    };
    (observed as f64 >= FACTOR * expected).then_some(Rhythm {
        deviation,
        ..rhythm
    })
}

/// The period, in cells, that most of the bursts keep: the most of them fit it and few of its
/// occurrences lack one.
pub(super) fn period_of(bursts: &[Deviation]) -> Option<f64> {
    const MOST: usize = 400;
    let bursts = &bursts[..bursts.len().min(MOST)];
    let middle = |burst: &Deviation| (burst.cells.start + burst.cells.end) as f64 / 2.0;
    let mut best: Option<(usize, f64)> = None;
    for (index, one) in bursts.iter().enumerate() {
        for other in bursts[index + 1..].iter().take(4) {
            let period = middle(other) - middle(one);
            let tolerance = (one.cells.len() as f64 / 2.0).max(2.0).min(0.1 * period);
            let mut number = 0.0;
            let mut matched: Vec<(f64, f64)> = vec![(0.0, middle(one))];
            for next in &bursts[index + 1..] {
                let (last_number, last) = matched[matched.len() - 1];
                let turns = ((middle(next) - last) / period).round();
                if turns >= 1.0 && (middle(next) - last - turns * period).abs() <= tolerance {
                    number = last_number + turns;
                    matched.push((number, middle(next)));
                }
            }
            let is_dense = matched.len() as f64 >= 0.6 * (number + 1.0);
            if matched.len() >= FEWEST
                && is_dense
                && best.is_none_or(|(count, _)| matched.len() > count)
            {
                best = Some((matched.len(), slope(&matched)));
            }
        }
    }
    let (count, period) = best?;
    // Most bursts keep it: that some do by chance is no rhythm.
    (2 * count >= bursts.len()).then_some(period)
}

/// Least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (x, y) = points
        .iter()
        .fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    let (x, y) = (x / count, y / count);
    let products = points.iter().map(|point| (point.0 - x) * (point.1 - y));
    let squares = points.iter().map(|point| (point.0 - x) * (point.0 - x));
    products.sum::<f64>() / squares.sum::<f64>()
}

/// The periods, in cells, at which the autocorrelation peaks highest.
fn correlated(series: &Series, baseline: &Baseline) -> Vec<f64> {
    const CANDIDATES: usize = 4;
    /// A rhythm of less than the shortest period shows at its multiples, too.
    const AS_HIGH: f64 = 0.6;
    let correlations = autocorrelation(series, baseline);
    let shortest = series.cells_in(SHORTEST);
    let longest = (series.len() / FEWEST_OF_FUNCTION).min(correlations.len().saturating_sub(2));
    let is_peak = |lag: usize| {
        let around = &correlations[lag.saturating_sub(2).max(1)..(lag + 3).min(correlations.len())];
        around.iter().all(|other| *other <= correlations[lag])
    };
    // Of n independent cells the correlation has deviation 1/√n.
    let noise = 4.0 / (series.len() as f64).sqrt();
    let mut peaks: Vec<usize> = (2..longest)
        .filter(|lag| correlations[*lag] > noise && is_peak(*lag))
        .collect();
    let highest = |peaks: &[usize]| {
        peaks
            .iter()
            .map(|lag| correlations[*lag])
            .fold(0.0, f64::max)
    };
    let least = AS_HIGH * highest(&peaks);
    // Where there are many multiples of the period, noise decides which is the highest.
    let first = peaks
        .iter()
        .copied()
        .find(|lag| *lag >= shortest && correlations[*lag] >= least);
    peaks.sort_by(|one, other| correlations[*other].total_cmp(&correlations[*one]));
    peaks.truncate(40);
    let first = first.filter(|lag| !peaks[..peaks.len().min(CANDIDATES)].contains(lag));
    peaks.splice(0..0, first);
    let is_multiple = |lag: usize| {
        peaks.iter().any(|other| {
            let turns = (lag as f64 / *other as f64).round();
            *other < shortest
                && (lag as f64 - turns * *other as f64).abs() <= 1.0
                && correlations[*other] >= AS_HIGH * correlations[lag]
        })
    };
    let chosen = peaks
        .iter()
        .filter(|lag| **lag >= shortest && !is_multiple(**lag));
    let chosen = chosen.take(CANDIDATES);
    let periods = chosen.map(|lag| sharpened(&correlations, *lag));
    // Noise may let a multiple of the period stick out more than itself.
    let with_parts = periods.flat_map(|period| [1.0, 2.0, 3.0].map(|parts| period / parts));
    with_parts
        .filter(|period| *period >= shortest as f64)
        .collect()
}

/// A period whose multiples, twice as far each time, peak in the autocorrelation, too.
fn sharpened(correlations: &[f64], lag: usize) -> f64 {
    let mut period = lag as f64;
    let mut turns = 2.0;
    while turns * period + 3.0 < correlations.len() as f64 {
        let middle = (turns * period).round() as usize;
        let near = middle - 2..middle + 3;
        let higher = |one: usize, next: usize| {
            if correlations[next] > correlations[one] {
                next
            } else {
                one
            }
        };
        period = near.reduce(higher).unwrap_or(middle) as f64 / turns;
        turns *= 2.0;
    }
    period
}

/// By lag, from 1 at lag 0. Cells that stick out far count less, so that one burst is no rhythm.
fn autocorrelation(series: &Series, baseline: &Baseline) -> Vec<f64> {
    let len = series.len();
    let residual = |cell: usize| {
        let expected = baseline.count(cell..cell + 1);
        (series.count(cell..cell + 1) as f64 - expected) / expected.max(0.25).sqrt()
    };
    let mut values: Vec<f64> = (0..len).map(residual).collect();
    let (above, _) = spreads(values.clone());
    let mean = values.iter().sum::<f64>() / len.max(1) as f64;
    for value in &mut values {
        *value = (*value - mean).clamp(-6.0 * above, 6.0 * above);
    }
    // Zeros after the end keep it from wrapping around.
    values.resize((2 * len).next_power_of_two(), 0.0);
    let size = values.len();
    let mut planner = RealFftPlanner::<f64>::new();
    let forward = planner.plan_fft_forward(size);
    let mut spectrum = forward.make_output_vec();
    if forward.process(&mut values, &mut spectrum).is_err() {
        return Vec::new();
    }
    for value in &mut spectrum {
        *value = Complex::new(value.norm_sqr(), 0.0);
    }
    let mut products = vec![0.0; size];
    let inverse = planner.plan_fft_inverse(size);
    if inverse.process(&mut spectrum, &mut products).is_err() || products[0] <= 0.0 {
        return Vec::new();
    }
    let at = |lag: usize| products[lag] / products[0] * len as f64 / (len - lag) as f64;
    (0..len / 2).map(at).collect()
}

/// A profile folded at a period, and the offsets that stick out.
#[derive(Clone, Copy)]
struct Fold {
    period: f64,
    /// Where in the period, and for how long.
    offset: f64,
    width: usize,
    gain: f64,
    /// Counts by the expected ones at most offsets.
    usual: f64,
}

impl Fold {
    /// The cells of each time that it comes.
    fn occurrences(self, len: usize) -> impl Iterator<Item = Range<usize>> {
        let start = move |turn: usize| (turn as f64 * self.period + self.offset).round() as usize;
        let starts = (0..).map(start).take_while(move |start| *start < len);
        starts.map(move |start| start..(start + self.width).min(len))
    }
}

/// A period has no more offsets than this; those of a longer one are more than a cell.
const MOST_OFFSETS: usize = 2048;

/// The period near `period` (both in cells) whose fold sticks out most. What is known of it is good
/// enough that occurrences drift by a few cells at most over the profile.
fn best_fold(series: &Series, baseline: &Baseline, period: f64) -> Option<Fold> {
    const STEPS: f64 = 6.0;
    let offset = (period / MOST_OFFSETS as f64).max(1.0);
    let step = 0.5 * offset * period / series.len() as f64;
    let steps = (STEPS / offset).ceil() as i32;
    let periods = (-steps..=steps).map(|at| period + f64::from(at) * step);
    let folds = periods.filter_map(|period| fold(series, baseline, period));
    folds.max_by(|one, other| one.gain.total_cmp(&other.gain))
}

fn fold(series: &Series, baseline: &Baseline, period: f64) -> Option<Fold> {
    let offsets = (period.round() as usize).min(MOST_OFFSETS);
    if offsets < 4 {
        return None;
    }
    let (mut observed, mut expected) = (vec![0.0; offsets], vec![0.0; offsets]);
    let scale = offsets as f64 / period;
    let mut since = 0.0;
    for (count, usual) in series.counts().zip(baseline.counts()) {
        let offset = ((since * scale) as usize).min(offsets - 1);
        since += 1.0;
        if since >= period {
            since -= period;
        }
        observed[offset] += count as f64;
        expected[offset] += usual;
    }
    // The baseline does not hold what recurs often; what is usual is the middle of the offsets.
    let ratios = observed
        .iter()
        .zip(&expected)
        .map(|(one, other)| one / other.max(1e-9));
    // A function that runs at its offsets only is not impossible at others.
    let usual = median(ratios.collect()).max(0.05);
    let (observed, expected) = (sums_around(&observed), sums_around(&expected));
    let widest = ((offsets as f64 * WIDEST) as usize).max(1);
    let widths = std::iter::successors(Some(1usize), |width| Some(width + (width / 4).max(1)));
    let mut best: Option<Fold> = None;
    let mut highest = 0.0;
    for width in widths.take_while(|width| *width <= widest) {
        for offset in 0..offsets {
            let sum = |sums: &[f64]| sums[offset + width] - sums[offset];
            let (observed, expected) = (sum(&observed), usual * sum(&expected));
            // The evidence is at most the square of the excess by what is expected: logarithms are dear.
            let excess = observed - expected;
            if excess <= 0.0 || excess * excess <= highest * expected {
                continue;
            }
            let gain = evidence(observed, expected, 1.0);
            if gain > highest {
                highest = gain;
                best = Some(Fold {
                    period,
                    offset: offset as f64 / scale,
                    width: ((width as f64 / scale).round() as usize).max(1),
                    gain,
                    usual,
                });
            }
        }
    }
    best
}

/// A fold whose start, end and period are moved by a cell or a few as long as it sticks out more: an offset
/// of a long period is several cells, and widths are tried in steps of a quarter.
fn sharpest(series: &Series, baseline: &Baseline, fold: Fold) -> Fold {
    const MOST_MOVES: usize = 100;
    let len = series.len();
    let turns = (len as f64 / fold.period).max(1.0);
    let measured = |fold: Fold| {
        let (mut observed, mut expected) = (0, 0.0);
        for cells in fold.occurrences(len) {
            observed += series.count(cells.clone());
            expected += fold.usual * baseline.count(cells);
        }
        let (observed, expected) = (observed as f64, expected.max(1e-9));
        let gain = match observed > expected {
            true => evidence(observed, expected, 1.0),
            false => 0.0,
        };
        Fold { gain, ..fold }
    };
    let mut best = measured(fold);
    for size in [8.0, 4.0, 2.0, 1.0] {
        for _ in 0..MOST_MOVES {
            let drift = size / turns;
            // Start, end, both, and the period, around the first occurrence or the middle of the profile.
            let moves = [
                (-size, size, 0.0),
                (size, -size, 0.0),
                (0.0, size, 0.0),
                (0.0, -size, 0.0),
                (-size, 0.0, 0.0),
                (size, 0.0, 0.0),
                (0.0, 0.0, drift),
                (0.0, 0.0, -drift),
                (-size / 2.0, 0.0, drift),
                (size / 2.0, 0.0, -drift),
            ];
            let moved = moves.into_iter().filter_map(|(offset, width, period)| {
                let (period, offset) = (best.period + period, best.offset + offset);
                let width = best.width as f64 + width;
                let is_one = offset > -0.5 && width >= 1.0 && width <= WIDEST * period;
                is_one.then(|| {
                    measured(Fold {
                        period,
                        // One that has come to the end of the period comes once more, at the begin.
                        offset: if offset >= period {
                            offset - period
                        } else {
                            offset
                        },
                        width: width as usize,
                        ..best
                    })
                })
            });
            match moved.max_by(|one, other| one.gain.total_cmp(&other.gain)) {
                Some(better) if better.gain > best.gain => best = better,
                _ => break,
            }
        }
    }
    best
}

/// The period, in cells, by the middle of the samples of each occurrence, which is finer than cells; that of
/// the fold where the two are not the same to a cell over the profile.
fn period_of_centres(series: &Series, fold: Fold) -> f64 {
    let whole = fold.occurrences(series.len()).enumerate();
    let whole = whole.filter(|(_, cells)| cells.len() == fold.width);
    let centre = |(turn, cells): (usize, Range<usize>)| {
        let weighed = cells
            .clone()
            .map(|cell| cell as f64 * series.count(cell..cell + 1) as f64);
        let count = series.count(cells.clone());
        (count > 0).then(|| (turn as f64, weighed.sum::<f64>() / count as f64))
    };
    let centres: Vec<(f64, f64)> = whole.filter_map(centre).collect();
    if centres.len() < FEWEST {
        return fold.period;
    }
    let period = slope(&centres);
    let turns = series.len() as f64 / fold.period;
    match (period - fold.period).abs() * turns <= 1.0 {
        true => period,
        false => fold.period,
    }
}

/// Running sums of numbers that begin again at their end.
fn sums_around(numbers: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |number: &f64| {
        sum += number;
        sum
    };
    let sums = numbers.iter().chain(numbers).map(add);
    std::iter::once(0.0).chain(sums).collect()
}

/// The rhythm of a fold, where it is beyond doubt.
fn rhythm(
    series: &Series,
    baseline: &Baseline,
    fold: &Fold,
    places: usize,
    fewest: usize,
) -> Option<Rhythm> {
    let occurrences: Vec<Range<usize>> = fold.occurrences(series.len()).collect();
    if occurrences.len() < fewest {
        return None;
    }
    let all = series.count(0..series.len()) as f64;
    let inside: u64 = occurrences
        .iter()
        .map(|cells| series.count(cells.clone()))
        .sum();
    let share = occurrences.len() as f64 * fold.width as f64 / series.len() as f64;
    // The rest of the profile has what is usual, but for its other perturbations.
    let by_rest = (all - inside as f64) * share / (1.0 - share);
    let by_baseline: f64 = occurrences
        .iter()
        .map(|cells| baseline.count(cells.clone()))
        .sum();
    let expected = by_rest.min(by_baseline).max(1e-9);
    let per_occurrence = expected / occurrences.len() as f64;
    let counts: Vec<f64> = occurrences
        .iter()
        .map(|cells| series.count(cells.clone()) as f64)
        .collect();
    let above = counts
        .iter()
        .filter(|count| **count > per_occurrence)
        .count();
    let is_common = above as f64 >= MOST_ABOVE * counts.len() as f64;
    let is_large = inside as f64 >= FACTOR * expected && median(counts) >= 1.15 * per_occurrence;
    let dispersion = dispersion(series, baseline, fold.width, &occurrences);
    let doubt = (at_least(inside, expected, dispersion) * places as f64 * fold.period).min(1.0);
    let (first, last) = (occurrences.first()?, occurrences.last()?);
    let deviation = Deviation {
        cells: first.start..last.end,
        expected,
        observed: inside,
        doubt,
        evidence: evidence(inside as f64, expected, dispersion),
    };
    (is_common && is_large && doubt <= DOUBT).then_some(Rhythm {
        period: fold.period * series.cell_nanos as f64,
        occurrences,
        deviation,
    })
}

/// Variance by mean of counts as long as an occurrence, between occurrences.
fn dispersion(
    series: &Series,
    baseline: &Baseline,
    width: usize,
    occurrences: &[Range<usize>],
) -> f64 {
    let is_inside = |cells: &Range<usize>| {
        let after = occurrences.partition_point(|other| other.end <= cells.start);
        occurrences
            .get(after)
            .is_some_and(|other| other.start < cells.end)
    };
    let starts = (0..series.len().saturating_sub(width)).step_by((width / 2).max(1));
    let between = starts
        .map(|start| start..start + width)
        .filter(|cells| !is_inside(cells));
    let residual = |cells: Range<usize>| {
        let expected = baseline.count(cells.clone());
        (series.count(cells) as f64 - expected) / expected.max(0.25).sqrt()
    };
    let (above, _) = spreads(between.map(residual).collect());
    above * above
}
