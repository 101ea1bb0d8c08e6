//! Which functions stand out in a finding, and the sentence that says what it is.

use super::statistics::evidence;
use super::{Finding, FindingKind, FunctionEffect, StackEffect};
use crate::call_tree::CallTree;
use crate::difference::{Difference, FunctionChange, Functions, Normalization};
use crate::filter::{SampleState, Samples};
use crate::profile::{
    Profile, StackId, ThreadId, TimeRange, format_seconds, printable, with_thousands,
};
use crate::selection::Selection;

const MILLI: u64 = 1_000_000;

/// No more functions than this are named.
const MOST: usize = 10;
/// A function's G statistic is at least this (one in 500 by chance), and its effect.
const TELLING: f64 = 9.5;
const EFFECT: f64 = 1.2;
/// Callees that tell nearly as much as the most telling function are more to the point.
const AS_TELLING: f64 = 0.85;

/// What all findings of a profile are explained with.
pub(super) struct Explainer<'a> {
    profile: &'a Profile,
    samples: &'a Samples,
    functions: Functions,
    whole: CallTree,
    /// By thread: how many samples it has.
    threads: Vec<u64>,
    nanos: u64,
}

impl<'a> Explainer<'a> {
    pub(super) fn new(profile: &'a Profile, samples: &'a Samples) -> Self {
        Self {
            profile,
            samples,
            functions: Functions::new(profile),
            whole: CallTree::new(profile, samples, &Selection::whole()),
            threads: threads(profile, samples, &Selection::whole()),
            nanos: profile.parts.iter().map(|part| part.range.nanos()).sum(),
        }
    }

    /// Adds functions and explanation.
    pub(super) fn explain(&self, finding: &mut Finding) {
        let mut difference = self.difference(finding);
        let changes = difference.functions(self.profile, &self.functions);
        finding.functions = over_represented(&changes);
        if finding.functions.is_empty() {
            difference.normalization = Normalization::Time;
            let changes = difference.functions(self.profile, &self.functions);
            finding.functions = if (finding.observed as f64) < finding.expected {
                under_represented(&changes)
            } else {
                most_frequent(&changes)
            };
        }
        finding.stacks = telling_stacks(&difference);
        finding.thread = self.thread(finding);
        finding.explanation = self.sentence(finding);
    }

    /// The thread of a rhythm or of a phase: what half of the samples that are too many (or too few, or
    /// all of the phase) are of.
    fn thread(&self, finding: &Finding) -> Option<ThreadId> {
        let selection = Selection::from_ranges(finding.ranges.clone());
        let inside = threads(self.profile, self.samples, &selection);
        let selected: u64 = selection.ranges().iter().map(|range| range.nanos()).sum();
        let scale = match finding.kind {
            FindingKind::Periodic => {
                selected as f64 / self.nanos.saturating_sub(selected).max(1) as f64
            }
            FindingKind::SingleThreaded => 0.0,
            _ => return None,
        };
        let excess = |(inside, whole): (&u64, &u64)| {
            *inside as f64 - scale * whole.saturating_sub(*inside) as f64
        };
        let excesses = inside.iter().zip(&self.threads).map(excess);
        let excesses: Vec<f64> = excesses.collect();
        let all: f64 = excesses.iter().sum();
        let is_most = |excess: &f64| excess * all.signum() >= 0.5 * all.abs() && all != 0.0;
        excesses
            .iter()
            .position(is_most)
            .map(|thread| ThreadId(thread as u32))
    }

    /// The finding's ranges against the rest.
    fn difference(&self, finding: &Finding) -> Difference {
        let selection = Selection::from_ranges(finding.ranges.clone());
        let tree = CallTree::new(self.profile, self.samples, &selection);
        let rest = self.whole.self_weight.iter().zip(&tree.self_weight);
        let rest = rest.map(|(whole, selected)| whole.saturating_sub(*selected));
        let baseline = CallTree::of_weights(&self.profile.stacks, rest.collect());
        let selected: u64 = selection.ranges().iter().map(|range| range.nanos()).sum();
        Difference {
            selection: tree,
            baseline,
            normalization: Normalization::Samples,
            selection_nanos: selected,
            baseline_nanos: self.nanos.saturating_sub(selected).max(1),
        }
    }

    fn sentence(&self, finding: &Finding) -> String {
        let when = self.when(finding.span());
        let observed = with_thousands(finding.observed);
        let expected = with_thousands(finding.expected.round().max(0.0) as u64);
        let times = factor(finding.observed as f64 / finding.expected.max(0.5));
        let code = self.code(finding);
        match finding.kind {
            FindingKind::Burst => format!(
                "{when}, {observed} samples fall where about {expected} are usual, {times} as many{code}."
            ),
            FindingKind::Pause => format!(
                "{when}, {} where about {expected} are usual: work stopped or waited{}{code}.",
                match finding.observed {
                    0 => "no samples fall".to_owned(),
                    1 => "only one sample falls".to_owned(),
                    _ => format!("only {observed} samples fall"),
                },
                if self.has_lost() {
                    " (the profile says that samples were lost, which looks the same)"
                } else {
                    ""
                }
            ),
            FindingKind::SingleThreaded => format!(
                "{when}, {} runs alone ({observed} samples) where usually several do (about {expected}){code}.",
                match self.thread_name(finding) {
                    Some(name) => format!("thread {name}"),
                    None => "one thread".to_owned(),
                },
            ),
            FindingKind::Periodic => {
                let length = finding.ranges.first().map_or(0, |range| range.nanos());
                let less = match (finding.observed as f64) < finding.expected {
                    true => "fewer",
                    false => "more",
                };
                let thread = self.thread_name(finding);
                let thread = thread.map(|name| format!(", most of them in thread {name}"));
                format!(
                    "{}, for {} s each time, {less} samples fall than usual{}: {observed} instead of about {expected} in {} occurrences, the first at {} s{code}.",
                    rhythm(finding),
                    rounded(length),
                    thread.unwrap_or_default(),
                    finding.ranges.len(),
                    self.seconds(finding.span().start),
                )
            }
            FindingKind::Shift if is_about(finding.observed as f64, finding.expected) => format!(
                "At {} s other code begins to run and goes on until {} s: about as many samples as before, {observed}{code}.",
                self.seconds(finding.span().start),
                self.seconds(finding.span().end),
            ),
            FindingKind::Shift => format!(
                "At {} s the load changes and stays so until {} s: {observed} samples instead of about {expected}{code}.",
                self.seconds(finding.span().start),
                self.seconds(finding.span().end),
            ),
            FindingKind::DifferentCode if finding.expected.round() >= finding.observed as f64 => {
                format!(
                    "{when} about as many samples fall as usual ({observed}), but other code runs{code}."
                )
            }
            FindingKind::DifferentCode => format!(
                "{when} as many samples fall as usual, but other code runs: of {observed} only about {expected} are of the usual mix{code}."
            ),
        }
    }

    /// `app (701)`, where it is one thread's.
    fn thread_name(&self, finding: &Finding) -> Option<String> {
        let thread = &self.profile.threads[finding.thread?.index()];
        let name = self.profile.thread_name(thread);
        Some(match thread.tid {
            Some(tid) => format!("{name} ({tid})"),
            None => name.into_owned(),
        })
    }

    fn seconds(&self, time: crate::profile::Timestamp) -> String {
        rounded(time.nanos_since(self.profile.origin()))
    }

    fn when(&self, range: TimeRange) -> String {
        format!(
            "From {} s to {} s",
            self.seconds(range.start),
            self.seconds(range.end)
        )
    }

    fn code(&self, finding: &Finding) -> String {
        let Some(first) = finding.functions.first() else {
            return String::new();
        };
        let name = printable(self.profile.strings.get(first.name));
        if first.effect >= EFFECT {
            format!(
                "; {name} is {} as frequent as elsewhere",
                factor(first.effect)
            )
        } else if first.effect < 1.0 && (finding.observed as f64) < finding.expected {
            format!("; what is missing most is {name}")
        } else {
            format!("; most of it is {name}, as elsewhere")
        }
    }

    fn has_lost(&self) -> bool {
        let records = self.profile.info.records.iter();
        records.clone().any(|(kind, _)| kind.contains("LOST"))
    }
}

/// `Every 1.020 s`, and how it moves in the second where that shows in a heat map.
fn rhythm(finding: &Finding) -> String {
    /// More in all than the width of a cell or two, and little each time, in nanoseconds.
    const SHOWS: u64 = 30_000_000;
    const MOST: u64 = 100_000_000;
    let period = finding.period_nanos.unwrap_or_default();
    let drift = finding.drift_nanos().unwrap_or_default();
    let beat = period.saturating_add_signed(-drift);
    let each = drift.unsigned_abs();
    let in_all = each * finding.ranges.len().saturating_sub(1) as u64;
    if each < MILLI || in_all < SHOWS || each > MOST.min(beat / 5) {
        return format!("Every {} s", rounded(period));
    }
    format!(
        "Every {} s, {} ms {} each time (a period of {} s)",
        rounded(beat),
        (each + MILLI / 2) / MILLI,
        if drift > 0 { "later" } else { "earlier" },
        rounded(period)
    )
}

/// By thread: how many of the samples that count are selected.
fn threads(profile: &Profile, samples: &Samples, selection: &Selection) -> Vec<u64> {
    let mut counts = vec![0; profile.threads.len()];
    for range in selection.indices(profile) {
        let threads = profile.samples.thread[range.clone()].iter();
        for (thread, state) in threads.zip(&samples.states[range]) {
            counts[thread.index()] += u64::from(*state == SampleState::Shown);
        }
    }
    counts
}

/// Nanoseconds as seconds, to the millisecond; less is told exactly.
fn rounded(nanos: u64) -> String {
    match (nanos + MILLI / 2) / MILLI {
        0 => format_seconds(nanos),
        millis => format_seconds(millis * MILLI),
    }
}

/// `3.1 times`.
fn factor(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 1000.0 => "more than 1000 times".to_owned(),
        ratio if ratio >= 10.0 => format!("{ratio:.0} times"),
        ratio => format!("{ratio:.1} times"),
    }
}

/// The stacks whose counts in the selection are least explained by the rest: those that are too frequent,
/// then those that are too rare. Where rates in time were compared for functions, they are here, too.
fn telling_stacks(difference: &Difference) -> Vec<StackEffect> {
    const EACH: usize = 3;
    let scale = difference.scale();
    let own = &difference.selection.self_weight;
    let stacks = own.iter().zip(&difference.baseline.self_weight).enumerate();
    let mut telling: Vec<(f64, StackEffect)> = stacks
        .filter(|(_, (selected, rest))| **selected > 0 || **rest > 0)
        .map(|(stack, (selected, rest))| {
            let (observed, expected) = (*selected as f64, (*rest as f64 + 0.5) * scale);
            let stack = StackId(stack as u32);
            let effect = (observed + 0.5 * scale) / expected.max(1e-9);
            (
                2.0 * evidence(observed, expected, 1.0),
                StackEffect { stack, effect },
            )
        })
        .filter(|(g, found)| *g >= TELLING && !(1.0 / EFFECT..EFFECT).contains(&found.effect))
        .collect();
    telling.sort_by(|one, other| {
        other
            .0
            .total_cmp(&one.0)
            .then(one.1.stack.cmp(&other.1.stack))
    });
    let of = |is_more: bool| {
        let stacks = telling.iter().map(|(_, found)| *found);
        stacks
            .filter(move |found| (found.effect >= 1.0) == is_more)
            .take(EACH)
    };
    of(true).chain(of(false)).collect()
}

/// The most telling first, but callees that tell nearly as much before their callers.
fn over_represented(changes: &[FunctionChange]) -> Vec<FunctionEffect> {
    let is_telling = |change: &&FunctionChange| change.g >= TELLING && change.effect >= EFFECT;
    ranked(changes.iter().filter(is_telling).collect())
}

/// What is missing most.
fn under_represented(changes: &[FunctionChange]) -> Vec<FunctionEffect> {
    let is_missing = |change: &&FunctionChange| change.g >= TELLING && change.effect < 1.0;
    ranked(changes.iter().filter(is_missing).collect())
}

/// The functions that most samples are in by themselves.
fn most_frequent(changes: &[FunctionChange]) -> Vec<FunctionEffect> {
    let mut changes: Vec<&FunctionChange> = changes
        .iter()
        .filter(|change| change.selection_self > 0)
        .collect();
    changes.sort_by_key(|change| (std::cmp::Reverse(change.selection_self), change.name));
    changes.truncate(MOST);
    effects(&changes)
}

fn ranked(mut changes: Vec<&FunctionChange>) -> Vec<FunctionEffect> {
    let highest = changes.first().map_or(0.0, |first| first.g);
    let as_telling = changes.partition_point(|change| change.g >= AS_TELLING * highest);
    changes[..as_telling].sort_by(|one, other| {
        let deepest = other.depth.total_cmp(&one.depth);
        deepest
            .then(other.g.total_cmp(&one.g))
            .then(one.name.cmp(&other.name))
    });
    changes.truncate(MOST);
    effects(&changes)
}

fn effects(changes: &[&FunctionChange]) -> Vec<FunctionEffect> {
    let effect = |change: &&FunctionChange| FunctionEffect {
        name: change.name,
        effect: change.effect,
    };
    changes.iter().map(effect).collect()
}
/// Whether two amounts are the same to a tenth.
fn is_about(one: f64, other: f64) -> bool {
    (one - other).abs() <= 0.1 * other
}
