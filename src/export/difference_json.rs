//! The functions of a difference as JSON.

use crate::difference::{Difference, FunctionChange, Normalization};
use crate::profile::{NANOS_PER_SECOND, Profile, printable};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

#[derive(Serialize)]
struct Json<'a> {
    normalized_by: &'static str,
    selection: u64,
    selection_seconds: f64,
    baseline: u64,
    baseline_seconds: f64,
    functions: Vec<FunctionJson<'a>>,
}

#[derive(Serialize)]
struct FunctionJson<'a> {
    name: Cow<'a, str>,
    selection: u64,
    selection_self: u64,
    baseline: u64,
    baseline_self: u64,
    /// `null` where the baseline has none.
    ratio: Option<f64>,
    effect: f64,
    g: f64,
    confidence: f64,
}

/// Writes the totals of both sides and each function, in the order given; see the README for the
/// fields.
///
/// # Errors
/// Where writing fails.
pub fn write_difference_json(
    profile: &Profile,
    difference: &Difference,
    functions: &[FunctionChange],
    mut out: impl Write,
) -> io::Result<()> {
    let seconds = |nanos: u64| nanos as f64 / NANOS_PER_SECOND as f64;
    let function = |change: &FunctionChange| FunctionJson {
        name: printable(profile.strings.get(change.name)),
        selection: change.selection,
        selection_self: change.selection_self,
        baseline: change.baseline,
        baseline_self: change.baseline_self,
        ratio: Some(change.ratio).filter(|ratio| ratio.is_finite()),
        effect: change.effect,
        g: change.g,
        confidence: change.confidence,
    };
    let json = Json {
        normalized_by: match difference.normalization {
            Normalization::Samples => "samples",
            Normalization::Time => "time",
        },
        selection: difference.selection.total(),
        selection_seconds: seconds(difference.selection_nanos),
        baseline: difference.baseline.total(),
        baseline_seconds: seconds(difference.baseline_nanos),
        functions: functions.iter().map(function).collect(),
    };
    serde_json::to_writer_pretty(&mut out, &json)?;
    writeln!(out)?;
    out.flush()
}
