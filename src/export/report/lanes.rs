//! Rows of CPUs, threads, processes and events over the same time, in steps of several cells, so that
//! they take little room.

use super::Report;
use super::columns::write_column;
use crate::heat_map::HeatMapError;
use crate::lanes::{LaneKind, LaneOptions, Lanes};

/// As many parts of a column as the window has at most, and as many rows.
const MOST_SLOTS: u32 = 20;
const MOST_LANES: usize = 64;
/// Of each kind of row; longer profiles have longer steps, and fewer rows.
const MOST_COUNTS: u64 = 1 << 20;

/// Each kind of which there is more than one row, with its name.
pub(super) fn lanes(report: &Report<'_>) -> Result<Vec<(&'static str, Lanes)>, HeatMapError> {
    let mut found: Vec<(&'static str, Lanes)> = Vec::new();
    for (kind, name) in LaneKind::ALL {
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

/// Writes each kind's counts, row by row.
pub(super) fn write(lanes: &[(&'static str, Lanes)], out: &mut Vec<u8>) {
    for (_, lanes) in lanes {
        let rows = 0..lanes.names.len();
        let counts = rows.flat_map(|row| lanes.slots().map(move |slot| slot[row]));
        write_column(&counts.collect::<Vec<u64>>(), out);
    }
}
