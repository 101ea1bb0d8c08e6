//! The report: a profile as one page that a browser opens without a network, with heat map, flame
//! graph of any selection, comparison, search and findings.
//!
//! ```text
//! Slots, Trie ─▶ encode ─▶ page
//! ```
//!
//! `docs/report.md` has the encoding; `assets/report/` the page's parts, which read it.

mod columns;
mod encode;
mod meta;
mod page;
mod slots;
mod trie;

use crate::call_tree::CallTree;
use crate::filter::{Metric, Samples};
use crate::findings::Finding;
use crate::heat_map::HeatMap;
use crate::palette::{HeatRamp, HeatScale};
use crate::profile::{Profile, TimeRange, Timestamp};
use slots::Slots;
use std::io::{self, Write};

/// What to show, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportOptions {
    /// The heading.
    pub title: String,
    /// The profile's.
    pub file_name: String,
    /// In words.
    pub filters: String,
    /// Under the picture that readers without scripts see.
    pub subtitle: String,
    /// What is counted.
    pub metric: Metric,
    /// Colours of the heat map.
    pub ramp: HeatRamp,
    /// How counts are spread over them.
    pub scale: HeatScale,
    /// Root at the top.
    pub icicle: bool,
    /// What the samples have been restricted to, if anything.
    pub range: Option<TimeRange>,
    /// Bytes: rare calls are merged until the page is no larger, as far as that helps.
    pub size_limit: u64,
}

/// A profile to be written as a page.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What it is of.
    pub profile: &'a Profile,
    /// Which samples count.
    pub samples: &'a Samples,
    /// Those samples by stack, over all of the time.
    pub tree: &'a CallTree,
    /// Those samples by cell.
    pub map: &'a HeatMap,
    /// What is unlike the rest.
    pub findings: &'a [Finding],
    /// Titles, colours, size.
    pub options: &'a ReportOptions,
}

/// What was done to keep a page small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Squeeze {
    /// Calls in which there is less are merged; 1: none are.
    least: u64,
    /// All that is counted.
    total: u64,
}

/// What a browser counts exactly.
const LARGEST_TOTAL: u64 = 1 << 53;

/// Writes the page. What was merged to keep it small is said there, and given back: calls with less
/// than so much in them (1 where nothing was merged).
///
/// # Errors
/// Where writing fails, or weights sum up to more than a browser counts exactly.
pub fn write_report(report: &Report<'_>, mut out: impl Write) -> io::Result<u64> {
    let total = report.tree.total();
    if total > LARGEST_TOTAL {
        let message = format!(
            "the weights sum up to {total}, more than a browser counts exactly (2^53); use --metric samples, or a shorter range"
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let ranges = report.findings.iter().flat_map(|finding| &finding.ranges);
    let mut cuts: Vec<Timestamp> = ranges.flat_map(|range| [range.start, range.end]).collect();
    cuts.sort_unstable();
    let slots = Slots::new(report.profile, report.samples, report.map, &cuts);
    let picture = page::picture(report);
    let empty_page = page::page(report, &picture, &[]);
    let mut squeeze = Squeeze { least: 1, total };
    let data = loop {
        let data = encode::encode(report, &slots, squeeze)?;
        let length = page::length(&empty_page, &data) as u64;
        if length <= report.options.size_limit || squeeze.least > total {
            break data;
        }
        squeeze.least *= 2;
    };
    out.write_all(page::page(report, &picture, &data).as_bytes())?;
    out.flush()?;
    Ok(squeeze.least)
}
