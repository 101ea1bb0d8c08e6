//! Findings as JSON, for programs, and as text.

use crate::findings::Finding;
use crate::profile::{
    NANOS_PER_SECOND, Profile, StackId, ThreadId, Timestamp, format_seconds, printable,
};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

#[derive(Serialize)]
struct Json<'a> {
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    kind: &'static str,
    start_seconds: f64,
    end_seconds: f64,
    period_seconds: Option<f64>,
    drift_seconds: Option<f64>,
    phase_seconds: Option<f64>,
    width_seconds: Option<f64>,
    thread: Option<ThreadJson<'a>>,
    expected: f64,
    observed: u64,
    confidence: f64,
    functions: Vec<FunctionJson<'a>>,
    stacks: Vec<StackJson<'a>>,
    explanation: &'a str,
}

#[derive(Serialize)]
struct ThreadJson<'a> {
    name: Cow<'a, str>,
    pid: Option<i32>,
    tid: Option<i32>,
}

#[derive(Serialize)]
struct FunctionJson<'a> {
    name: Cow<'a, str>,
    effect: f64,
}

/// Frames from the root to the leaf.
#[derive(Serialize)]
struct StackJson<'a> {
    frames: Vec<Cow<'a, str>>,
    effect: f64,
}

/// Writes `{"findings": […]}`, the most important first; see the README for its fields. Times are in
/// seconds since the origin; a periodic one is from its first occurrence to its last, each of which is
/// its width long and begins its phase after a multiple of the period, and its drift later in the second than
/// the one before.
///
/// # Errors
/// Where writing fails.
pub fn write_findings_json(
    profile: &Profile,
    findings: &[Finding],
    mut out: impl Write,
) -> io::Result<()> {
    let json = Json {
        findings: findings
            .iter()
            .map(|finding| json(profile, finding))
            .collect(),
    };
    serde_json::to_writer_pretty(&mut out, &json)?;
    writeln!(out)?;
    out.flush()
}

fn json<'a>(profile: &'a Profile, finding: &'a Finding) -> FindingJson<'a> {
    let origin = profile.origin();
    let seconds = |nanos: u64| nanos as f64 / NANOS_PER_SECOND as f64;
    let since_origin = |time: Timestamp| seconds(time.nanos_since(origin));
    let span = finding.span();
    let functions = finding.functions.iter().map(|function| FunctionJson {
        name: printable(profile.strings.get(function.name)),
        effect: function.effect,
    });
    let stacks = finding.stacks.iter().map(|found| StackJson {
        frames: frames(profile, found.stack),
        effect: found.effect,
    });
    let thread = |id: ThreadId| {
        let thread = &profile.threads[id.index()];
        ThreadJson {
            name: profile.thread_name(thread),
            pid: thread.pid,
            tid: thread.tid,
        }
    };
    let width = finding.ranges.first().map_or(0, |range| range.nanos());
    let phase = |period: u64| seconds(span.start.nanos_since(origin) % period.max(1));
    FindingJson {
        kind: finding.kind.name(),
        start_seconds: since_origin(span.start),
        end_seconds: since_origin(span.end),
        period_seconds: finding.period_nanos.map(seconds),
        drift_seconds: finding
            .drift_nanos()
            .map(|nanos| nanos as f64 / NANOS_PER_SECOND as f64),
        phase_seconds: finding.period_nanos.map(phase),
        width_seconds: finding.period_nanos.map(|_| seconds(width)),
        thread: finding.thread.map(thread),
        expected: finding.expected,
        observed: finding.observed,
        confidence: finding.confidence,
        functions: functions.collect(),
        stacks: stacks.collect(),
        explanation: &finding.explanation,
    }
}

/// The names of a stack's frames, the root first.
fn frames(profile: &Profile, stack: StackId) -> Vec<Cow<'_, str>> {
    let nodes = profile.stacks.path_up(stack);
    let frames = nodes.map(|node| profile.stacks.frame[node.index()].index());
    let names = frames.map(|frame| printable(profile.strings.get(profile.frames.name[frame])));
    let mut names: Vec<Cow<'_, str>> = names.collect();
    names.reverse();
    names
}

/// Writes the findings for people, the most important first.
///
/// # Errors
/// Where writing fails.
pub fn write_findings_text(
    profile: &Profile,
    findings: &[Finding],
    mut out: impl Write,
) -> io::Result<()> {
    const NAMED: usize = 5;
    if findings.is_empty() {
        writeln!(out, "Nothing behaves unlike the rest.")?;
    }
    for (number, finding) in (1..).zip(findings) {
        let millis = |time: Timestamp| {
            let nanos = time.nanos_since(profile.origin());
            format_seconds((nanos + 500_000) / 1_000_000 * 1_000_000)
        };
        let span = finding.span();
        let (start, end) = (millis(span.start), millis(span.end));
        writeln!(
            out,
            "{number}. {}, {start} s to {end} s",
            finding.kind.name()
        )?;
        writeln!(out, "   {}", finding.explanation)?;
        for function in finding.functions.iter().take(NAMED) {
            let name = printable(profile.strings.get(function.name));
            writeln!(out, "   {:>15}  {name}", function.times())?;
        }
    }
    out.flush()
}
