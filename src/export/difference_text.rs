//! The functions of a difference as a table.

use crate::difference::{Difference, FunctionChange, Normalization};
use crate::filter::Metric;
use crate::flame_graph::share;
use crate::profile::{
    NANOS_PER_SECOND, Profile, count_of, format_seconds, printable, with_thousands,
};
use std::io::{self, Write};

/// Writes what is compared, and a row for each function in the order given.
///
/// # Errors
/// Where writing fails.
pub fn write_difference_text(
    profile: &Profile,
    difference: &Difference,
    functions: &[FunctionChange],
    metric: Metric,
    mut out: impl Write,
) -> io::Result<()> {
    let side = |name: &str, total: u64, nanos: u64| {
        let millis = nanos / 1_000_000 * 1_000_000;
        let total = count_of(total, metric.noun());
        format!("{name}: {total} in {} s", format_seconds(millis))
    };
    let (selection, baseline) = (difference.selection.total(), difference.baseline.total());
    writeln!(
        out,
        "{}",
        side("Selection", selection, difference.selection_nanos)
    )?;
    writeln!(
        out,
        "{}",
        side("Baseline", baseline, difference.baseline_nanos)
    )?;
    let unit = match difference.normalization {
        Normalization::Samples => "%",
        Normalization::Time => "/s",
    };
    let of = |count: u64, whole: u64, nanos: u64| match difference.normalization {
        Normalization::Samples => 100.0 * share(count, whole),
        Normalization::Time => count as f64 * NANOS_PER_SECOND as f64 / nanos.max(1) as f64,
    };
    writeln!(
        out,
        "\n{:>11} {:>9} {:>11} {:>9} {:>9} {:>6}  function",
        "selection", unit, "baseline", unit, "ratio", "sure"
    )?;
    for change in functions {
        writeln!(
            out,
            "{:>11} {:>9.2} {:>11} {:>9.2} {:>9} {:>6}  {}",
            with_thousands(change.selection),
            of(change.selection, selection, difference.selection_nanos),
            with_thousands(change.baseline),
            of(change.baseline, baseline, difference.baseline_nanos),
            times_text(change),
            sure(change.confidence),
            printable(profile.strings.get(change.name))
        )?;
    }
    out.flush()
}

/// How many times as much of a function there is: `3.20`, or `new` and `gone` for what is on one side
/// only.
pub fn times_text(change: &FunctionChange) -> String {
    match (change.selection, change.baseline) {
        (_, 0) => "new".to_owned(),
        (0, _) => "gone".to_owned(),
        _ => format!("{:.2}", change.ratio),
    }
}

/// In percent, never rounded up to certainty.
fn sure(confidence: f64) -> String {
    let tenths = (confidence * 1000.0).floor().min(999.0) / 10.0;
    format!("{tenths:.1}")
}
