//! The report: a profile as one page that a browser opens without a network, with heat map, flame
//! graph of any selection, comparison, search and findings.
//!
//! ```text
//! Slots, Trie, lanes ─▶ encode ─▶ page
//! ```
//!
//! `docs/report.md` has the encoding; `assets/report/` the page's parts, which read it.

mod columns;
mod encode;
mod lanes;
mod meta;
mod page;
mod slots;
mod trie;

use crate::call_tree::CallTree;
use crate::filter::{Metric, Samples};
use crate::findings::Finding;
use crate::heat_map::{HeatMap, HeatMapError};
use crate::palette::{HeatRamp, HeatScale};
use crate::profile::{Profile, TimeRange, Timestamp};
use crate::selection::Selection;
use lanes::AllLanes;
use slots::Slots;
use std::io;

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
    /// Selections that were kept.
    pub kept: &'a [Kept],
    /// Titles, colours, size.
    pub options: &'a ReportOptions,
}

/// A selection that was given a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Its ranges.
    pub selection: Selection,
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

/// A page, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPage {
    /// All of it.
    pub html: String,
    /// Calls with less than this in them are merged to keep it small; 1: none are.
    pub least: u64,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A browser's numbers would not be exact.
    #[error(
        "the weights sum up to {0}, more than a browser counts exactly (2^53); use --metric samples, or a shorter range"
    )]
    TooHeavy(u64),
    /// Its rows of threads cannot be laid out.
    #[error(transparent)]
    Lanes(#[from] HeatMapError),
    /// It cannot be packed.
    #[error("cannot pack the data: {0}")]
    Pack(#[from] io::Error),
}

/// Makes the page. What is merged to keep it small is said there, too.
///
/// # Errors
/// Where weights sum up to more than a browser counts exactly.
pub fn report_page(report: &Report<'_>) -> Result<ReportPage, ReportError> {
    let total = report.tree.total();
    if total > LARGEST_TOTAL {
        return Err(ReportError::TooHeavy(total));
    }
    let found = report.findings.iter().flat_map(|finding| &finding.ranges);
    let kept = report.kept.iter().flat_map(|kept| kept.selection.ranges());
    let ranges = found.chain(kept);
    let mut cuts: Vec<Timestamp> = ranges.flat_map(|range| [range.start, range.end]).collect();
    cuts.sort_unstable();
    let slots = Slots::new(report.profile, report.samples, report.map, &cuts);
    let lanes = AllLanes::new(report)?;
    let picture = page::picture(report);
    let empty_page = page::page(report, &picture, &[]);
    let mut squeeze = Squeeze { least: 1, total };
    loop {
        let data = encode::encode(report, &slots, &lanes, squeeze)?;
        let length = page::length(&empty_page, &data) as u64;
        if length <= report.options.size_limit || squeeze.least > total {
            return Ok(ReportPage {
                html: page::page(report, &picture, &data),
                least: squeeze.least,
            });
        }
        squeeze.least *= 2;
    }
}
