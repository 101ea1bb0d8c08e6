//! Findings as JSON, for programs, and as text.

use crate::findings::Finding;
use crate::profile::{NANOS_PER_SECOND, Profile, Timestamp, format_seconds, printable};
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
    expected: f64,
    observed: u64,
    confidence: f64,
    functions: Vec<FunctionJson<'a>>,
    explanation: &'a str,
}

#[derive(Serialize)]
struct FunctionJson<'a> {
    name: Cow<'a, str>,
    effect: f64,
}

/// Writes `{"findings": […]}`, the most important first; see the README for its fields. Times are in
/// seconds since the origin; a periodic one is from its first occurrence to its last.
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
    FindingJson {
        kind: finding.kind.name(),
        start_seconds: since_origin(span.start),
        end_seconds: since_origin(span.end),
        period_seconds: finding.period_nanos.map(seconds),
        expected: finding.expected,
        observed: finding.observed,
        confidence: finding.confidence,
        functions: functions.collect(),
        explanation: &finding.explanation,
    }
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
            writeln!(out, "   {:>9.2} times  {name}", function.effect)?;
        }
    }
    out.flush()
}
