//! The functions of two counters, and their ratios, as a table or JSON.

use crate::profile::{Profile, StackId, with_thousands};
use crate::ratio::{FunctionRatio, RatioTree};
use crate::value_map::ratio_text;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

#[derive(Serialize)]
struct Json<'a> {
    /// `instructions/cycles`
    value: &'a str,
    numerator: u64,
    denominator: u64,
    ratio: Option<f64>,
    functions: Vec<FunctionJson<'a>>,
}

#[derive(Serialize)]
struct FunctionJson<'a> {
    name: Cow<'a, str>,
    module: Cow<'a, str>,
    numerator: u64,
    numerator_self: u64,
    denominator: u64,
    denominator_self: u64,
    /// `null` where there is nothing of the denominator.
    ratio: Option<f64>,
    ratio_self: Option<f64>,
}

/// Writes the ratio of everything and of each function, those with most of the denominator first.
///
/// # Errors
/// Where writing fails.
pub fn write_ratio_json(
    profile: &Profile,
    ratios: &RatioTree,
    mut out: impl Write,
) -> io::Result<()> {
    let function = |function: FunctionRatio| FunctionJson {
        name: profile.frame_name(function.frame),
        module: profile.frame_module(function.frame),
        numerator: function.numerator,
        numerator_self: function.numerator_self,
        denominator: function.denominator,
        denominator_self: function.denominator_self,
        ratio: function.ratio(),
        ratio_self: function.ratio_self(),
    };
    let functions = ratios.functions(profile);
    let json = Json {
        value: &ratios.name,
        numerator: ratios.numerator.total(),
        denominator: ratios.denominator.total(),
        ratio: ratios.ratio(StackId::ROOT),
        functions: functions.into_iter().map(function).collect(),
    };
    serde_json::to_writer_pretty(&mut out, &json)?;
    writeln!(out)?;
    out.flush()
}

/// Writes the same as a table.
///
/// # Errors
/// Where writing fails.
pub fn write_ratio_text(
    profile: &Profile,
    ratios: &RatioTree,
    mut out: impl Write,
) -> io::Result<()> {
    let text = |ratio: Option<f64>| ratio.map_or("-".to_owned(), ratio_text);
    writeln!(
        out,
        "{}: {} ({} by {})",
        ratios.name,
        text(ratios.ratio(StackId::ROOT)),
        with_thousands(ratios.numerator.total()),
        with_thousands(ratios.denominator.total())
    )?;
    writeln!(
        out,
        "\n{:>9} {:>9} {:>16} {:>16}  function",
        "ratio", "self", "numerator", "denominator"
    )?;
    for function in ratios.functions(profile) {
        writeln!(
            out,
            "{:>9} {:>9} {:>16} {:>16}  {}",
            text(function.ratio()),
            text(function.ratio_self()),
            with_thousands(function.numerator),
            with_thousands(function.denominator),
            profile.frame_name(function.frame)
        )?;
    }
    out.flush()
}
