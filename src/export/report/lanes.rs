//! Rows of CPUs, threads, processes and events over the same time, in steps of several cells; and in
//! which of them each sample is, so that a page can filter by them.

use super::columns::write_column;
use super::{Report, ReportError, encode};
use crate::lanes::{LaneKind, LaneOptions, Lanes};
use crate::profile::Profile;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// As many parts of a column as the window has at most, and as many rows.
const MOST_SLOTS: u32 = 20;
const MOST_LANES: usize = 64;
/// Of each kind of row; longer profiles have longer steps, and fewer rows.
const MOST_COUNTS: u64 = 1 << 20;
/// What each sample is of may fill a part of a page as large as one in so many. Where it would be
/// larger, the page has the rows' counts instead, which stay small.
const LARGEST_PART: u64 = 3;

/// What rows there are.
pub(super) struct AllLanes {
    /// Each kind of which there is more than one row, with its name.
    pub(super) kinds: Vec<(&'static str, Lanes)>,
    /// What each sample is of; `None` where that is too much.
    pub(super) owners: Option<Owners>,
}

/// The CPU, thread, process and event of each sample, as rows of each kind.
pub(super) struct Owners {
    /// By owner: its row, a kind after the other. The owners of the most samples come first.
    rows: Vec<Vec<u32>>,
    /// By sample of the profile.
    of_sample: Vec<u32>,
}

impl AllLanes {
    pub(super) fn new(report: &Report<'_>) -> Result<Self, ReportError> {
        let kinds = kinds(report)?;
        let owners = Owners::new(report, &kinds);
        let mut column = Vec::new();
        write_column(&owners.of_shown(report), &mut column);
        let size = encode::pack(&column)?.len() as u64;
        let is_small = size <= report.options.size_limit / LARGEST_PART;
        Ok(Self {
            kinds,
            owners: is_small.then_some(owners),
        })
    }

    /// What a sample is of: 0 where that is not in the page.
    pub(super) fn owner_of(&self, sample: usize) -> u32 {
        let owners = self.owners.as_ref();
        owners.map_or(0, |owners| owners.of_sample[sample])
    }

    /// Writes each kind's rows by owner or, where owners are not in the page, its counts row by row.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (kind, (_, lanes)) in self.kinds.iter().enumerate() {
            let column: Vec<u64> = match &self.owners {
                Some(owners) => {
                    let rows = owners.rows.iter();
                    rows.map(|rows| u64::from(rows[kind])).collect()
                }
                None => {
                    let rows = 0..lanes.names.len();
                    rows.flat_map(|row| lanes.slots().map(move |slot| slot[row]))
                        .collect()
                }
            };
            write_column(&column, out);
        }
    }
}

impl Owners {
    fn new(report: &Report<'_>, kinds: &[(&'static str, Lanes)]) -> Self {
        let Report {
            profile, samples, ..
        } = report;
        let rows = kinds.iter();
        let rows: Vec<Vec<u32>> = rows
            .map(|(_, lanes)| lanes.row_of_each(profile, samples))
            .collect();
        let owner = |sample: usize| -> Vec<u32> { rows.iter().map(|rows| rows[sample]).collect() };
        let mut counts: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
        for sample in shown(report) {
            *counts.entry(owner(sample)).or_default() += 1;
        }
        let mut owners: Vec<(Vec<u32>, u64)> = counts.into_iter().collect();
        owners.sort_by_key(|(_, count)| Reverse(*count));
        let numbers = (0u32..)
            .zip(&owners)
            .map(|(number, (rows, _))| (rows, number));
        let numbers: BTreeMap<&Vec<u32>, u32> = numbers.collect();
        let mut of_sample = vec![0; profile.samples.len()];
        for sample in shown(report) {
            of_sample[sample] = numbers[&owner(sample)];
        }
        Self {
            rows: owners.into_iter().map(|(rows, _)| rows).collect(),
            of_sample,
        }
    }

    fn of_shown(&self, report: &Report<'_>) -> Vec<u64> {
        let owners = shown(report).map(|sample| u64::from(self.of_sample[sample]));
        owners.collect()
    }
}

/// The samples that count.
fn shown<'a>(report: &'a Report<'_>) -> impl Iterator<Item = usize> + 'a {
    let profile: &Profile = report.profile;
    let amounts = report.samples.amounts(profile, 0..profile.samples.len());
    let shown = amounts.enumerate().filter(|(_, amount)| *amount > 0);
    shown.map(|(sample, _)| sample)
}

fn kinds(report: &Report<'_>) -> Result<Vec<(&'static str, Lanes)>, ReportError> {
    let mut found: Vec<(&'static str, Lanes)> = Vec::new();
    for (kind, name) in LaneKind::ALL {
        if kind == LaneKind::Process && !report.profile.has_process_ids() {
            continue;
        }
        let options = options(report, kind);
        let column_nanos = report.map.options.column_nanos;
        let lanes = Lanes::new(report.profile, report.samples, column_nanos, options)?;
        // Where each process has one thread, they are the same rows.
        let is_known = || found.iter().any(|(_, other)| other.counts == lanes.counts);
        let is_aligned = lanes.options.slots == options.slots;
        if lanes.names.len() > 1 && is_aligned && !(kind == LaneKind::Process && is_known()) {
            found.push((name, lanes));
        }
    }
    Ok(found)
}

/// Steps are of whole cells, so that what is selected by them is exact.
fn options(report: &Report<'_>, kind: LaneKind) -> LaneOptions {
    let (rows, columns) = (report.map.options.rows, u64::from(report.map.columns));
    let most_slots = MOST_COUNTS / (columns.max(1) * MOST_LANES as u64);
    let most_slots = u32::try_from(most_slots).unwrap_or(MOST_SLOTS);
    let mut slots = (1..=most_slots.clamp(1, MOST_SLOTS).min(rows)).rev();
    let most = usize::try_from(MOST_COUNTS / columns.max(1)).unwrap_or(MOST_LANES);
    LaneOptions {
        kind,
        slots: slots.find(|slots| rows.is_multiple_of(*slots)).unwrap_or(1),
        most: most.clamp(2, MOST_LANES),
    }
}
