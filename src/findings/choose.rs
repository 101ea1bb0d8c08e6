//! What the detectors found, each perturbation once: as the kind that explains it best.
//!
//! A rhythm explains the bursts at its occurrences, a single-threaded phase the lack of samples in it,
//! and a range whose count is extraordinary is no "different code", whatever it runs.

use super::burst_pause::Deviation;
use super::concentrated::Concentration;
use super::different_code::Different;
use super::periodic::{Rhythm, period_of};
use super::series::{Baseline, Series};
use super::single_threaded::Phase;
use super::{Finding, FindingKind};
use crate::profile::{TimeRange, Timestamp};

/// What each detector found.
pub(super) struct Candidates {
    pub rhythm: Option<Rhythm>,
    pub bursts: Vec<Deviation>,
    pub pauses: Vec<Deviation>,
    pub phases: Vec<Phase>,
    pub shifts: Vec<Deviation>,
    pub different: Vec<Different>,
    pub concentrated: Vec<Concentration>,
}

/// So many pauses that are evenly apart are one finding.
const FEWEST_PERIODIC: usize = 4;

impl Candidates {
    /// The findings, not yet explained.
    pub(super) fn choose(&self, series: &Series, baseline: &Baseline) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        for shift in &self.shifts {
            if self.is_edge(shift, series) {
                continue;
            }
            found.push(finding(
                FindingKind::Shift,
                vec![series.range(&shift.cells)],
                shift,
            ));
        }
        let moments: Vec<TimeRange> = found.iter().map(Finding::span).collect();
        let mut taken: Vec<TimeRange> = Vec::new();
        let (sure, possible): (Vec<&Phase>, Vec<&Phase>) =
            self.phases.iter().partition(|phase| phase.is_sure());
        for phase in sure {
            taken.push(phase.range);
            found.push(finding(
                FindingKind::SingleThreaded,
                vec![phase.range],
                &phase.deviation,
            ));
        }
        if let Some(rhythm) = &self.rhythm {
            let ranges: Vec<TimeRange> = rhythm
                .occurrences
                .iter()
                .map(|cells| series.range(cells))
                .collect();
            if !ranges.iter().all(|range| is_taken(&taken, *range)) {
                taken.extend(&ranges);
                let mut rhythmic = finding(FindingKind::Periodic, ranges, &rhythm.deviation);
                rhythmic.period_nanos = Some(rhythm.period.round() as u64);
                found.push(rhythmic);
            }
        }
        let mut pauses = self.pauses.clone();
        pauses.retain(|pause| !is_taken(&taken, series.range(&pause.cells)));
        if let Some(periodic) = periodic_pauses(&pauses, series) {
            taken.extend(&periodic.ranges);
            found.push(periodic);
            pauses.clear();
        }
        let kinds = [
            (FindingKind::Burst, &self.bursts),
            (FindingKind::Pause, &pauses),
        ];
        for (kind, deviations) in kinds {
            for deviation in deviations {
                let range = series.range(&deviation.cells);
                if is_taken(&taken, range) {
                    continue;
                }
                let phase = possible.iter().find(|phase| is_same(phase.range, range));
                if let Some(phase) = phase.filter(|_| kind == FindingKind::Pause) {
                    found.push(of_phase(phase, deviation, &mut taken));
                } else if let Some(code) = self.code_of(deviation, series) {
                    taken.push(code.range);
                    found.push(finding(kind, vec![code.range], &code.deviation));
                } else {
                    found.push(finding(kind, vec![range], deviation));
                }
                taken.push(range);
            }
        }
        for concentration in &self.concentrated {
            let range = concentration.range;
            if !is_taken(&taken, range) && !is_explained(&moments, range) {
                if let Some(phase) = possible.iter().find(|phase| is_same(phase.range, range)) {
                    found.push(of_phase(phase, &concentration.deviation, &mut taken));
                    continue;
                }
                let deviation = &concentration.deviation;
                if stays(range, series) {
                    found.push(finding(FindingKind::Shift, vec![range], deviation));
                    continue;
                }
                taken.push(range);
                let rest = deviation.observed.saturating_sub(concentration.own) as f64;
                found.push(of_code(range, rest, deviation, deviation));
            }
        }
        for different in &self.different {
            let range = different.range;
            let shifts = found
                .iter()
                .filter(|found| found.kind == FindingKind::Shift);
            let moments: Vec<TimeRange> = shifts.map(Finding::span).collect();
            if is_taken(&taken, range) || is_explained(&moments, range) {
                continue;
            }
            if stays(range, series) {
                found.push(finding(
                    FindingKind::Shift,
                    vec![range],
                    &different.deviation,
                ));
            } else {
                taken.push(range);
                let cells = different.deviation.cells.clone();
                let by_count = Deviation {
                    expected: baseline.count(cells),
                    ..different.deviation.clone()
                };
                let rest = different.deviation.expected;
                found.push(of_code(range, rest, &by_count, &different.deviation));
            }
        }
        found
    }

    /// The function behind a burst, which knows better when it begins and ends: counts may go up just before
    /// or after by themselves.
    fn code_of(&self, burst: &Deviation, series: &Series) -> Option<&Concentration> {
        const LONGER: u64 = 4;
        const SHARE: f64 = 0.5;
        const RATIO: f64 = 1.5;
        let range = series.range(&burst.cells);
        self.concentrated.iter().find(|code| {
            let (observed, expected) = (code.deviation.observed as f64, code.deviation.expected);
            let excess = burst.observed as f64 - burst.expected;
            burst.is_burst()
                && overlap(code.range, range) > 0
                && code.range.nanos() <= LONGER * range.nanos()
                && code.own as f64 >= SHARE * excess
                && observed >= RATIO * expected
        })
    }

    /// Whether a change of level is but the beginning or the end of a while in which other code runs. A
    /// while that takes most of what follows is the change itself.
    fn is_edge(&self, shift: &Deviation, series: &Series) -> bool {
        const NEAR: u64 = 300_000_000;
        let after = series.range(&shift.cells);
        let moment = after.start;
        let is_near =
            |time: Timestamp| time.nanos_since(moment).max(moment.nanos_since(time)) <= NEAR;
        let of_functions = self
            .concentrated
            .iter()
            .map(|concentration| concentration.range);
        let of_mix = self.different.iter().map(|different| different.range);
        of_functions
            .chain(of_mix)
            .filter(|range| !stays(*range, series) && overlap(*range, after) * 2 < after.nanos())
            .any(|range| is_near(range.start) || is_near(range.end))
    }
}

/// Whether a long range goes on to the profile's end.
fn stays(range: TimeRange, series: &Series) -> bool {
    let whole = series.range(&(0..series.len()));
    whole.end.nanos_since(range.end) * 20 < whole.nanos() && range.nanos() * 8 > whole.nanos()
}

/// So few of the usual samples, where other code runs, are a pause.
const FEWER: f64 = 0.5;

/// So many times the usual samples, where other code runs, are a burst. Where the rest goes on as usual, the
/// other code has come on top; where the rest is missing, it has taken its place.
fn least_of_burst(rest: f64, usual: f64) -> f64 {
    const GOES_ON: f64 = 0.7;
    const IS_MISSING: f64 = 0.3;
    match rest / usual {
        share if share >= GOES_ON => 1.25,
        share if share <= IS_MISSING => 1.8,
        _ => 1.5,
    }
}

/// A range in which other code runs, but for the rest, as a burst or a pause where there is too much or too
/// little of it.
fn of_code(range: TimeRange, rest: f64, by_count: &Deviation, by_code: &Deviation) -> Finding {
    let usual = by_count.expected.max(0.5);
    let ratio = by_count.observed as f64 / usual;
    match ratio {
        ratio if ratio >= least_of_burst(rest, usual) => {
            finding(FindingKind::Burst, vec![range], by_count)
        }
        ratio if ratio <= FEWER => finding(FindingKind::Pause, vec![range], by_count),
        _ => finding(FindingKind::DifferentCode, vec![range], by_code),
    }
}

/// Pauses that are evenly apart.
fn periodic_pauses(pauses: &[Deviation], series: &Series) -> Option<Finding> {
    let period = period_of(pauses).filter(|_| pauses.len() >= FEWEST_PERIODIC)?;
    let (first, last) = (pauses.first()?, pauses.last()?);
    let all = Deviation {
        cells: first.cells.start..last.cells.end,
        expected: pauses.iter().map(|pause| pause.expected).sum(),
        observed: pauses.iter().map(|pause| pause.observed).sum(),
        doubt: pauses.iter().map(|pause| pause.doubt).fold(1.0, f64::min),
        evidence: pauses.iter().map(|pause| pause.evidence).sum(),
    };
    let ranges = pauses
        .iter()
        .map(|pause| series.range(&pause.cells))
        .collect();
    let mut found = finding(FindingKind::Periodic, ranges, &all);
    found.period_nanos = Some((period * series.cell_nanos as f64).round() as u64);
    Some(found)
}

fn finding(kind: FindingKind, ranges: Vec<TimeRange>, deviation: &Deviation) -> Finding {
    Finding {
        kind,
        ranges,
        expected: deviation.expected,
        observed: deviation.observed,
        confidence: 1.0 - deviation.doubt,
        period_nanos: None,
        thread: None,
        functions: Vec::new(),
        stacks: Vec::new(),
        explanation: String::new(),
    }
}

fn overlap(one: TimeRange, other: TimeRange) -> u64 {
    one.end
        .min(other.end)
        .nanos_since(one.start.max(other.start))
}

/// What another detector found where one thread runs alone.
fn of_phase(phase: &Phase, deviation: &Deviation, taken: &mut Vec<TimeRange>) -> Finding {
    taken.push(phase.range);
    let sure = Deviation {
        doubt: deviation.doubt,
        ..phase.deviation.clone()
    };
    finding(FindingKind::SingleThreaded, vec![phase.range], &sure)
}

/// Whether most of either range is in the other.
fn is_same(one: TimeRange, other: TimeRange) -> bool {
    overlap(one, other) * 10 >= 6 * one.nanos().max(other.nanos())
}

/// Whether a good part of a range is in others.
fn is_taken(taken: &[TimeRange], range: TimeRange) -> bool {
    let covered: u64 = taken.iter().map(|other| overlap(*other, range)).sum();
    covered * 4 > range.nanos()
}

/// Whether one of some long ranges is nearly the same.
fn is_explained(long: &[TimeRange], range: TimeRange) -> bool {
    long.iter()
        .any(|other| overlap(*other, range) * 2 > other.nanos())
}
