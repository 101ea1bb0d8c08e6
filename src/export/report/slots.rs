//! When samples fell, as fine as a page needs it: by cell of the heat map, and where a finding begins
//! or ends within a cell, before and after that.

use super::Report;
use super::columns::write_column;
use super::lanes::AllLanes;
use crate::filter::Samples;
use crate::heat_map::HeatMap;
use crate::profile::{Profile, TimeRange, Timestamp};
use std::ops::Range;

/// Parts of cells that have samples, in time order.
pub(super) struct Slots {
    /// Which cell it is in, in time order.
    cell: Vec<u64>,
    /// When its first sample was.
    first: Vec<Timestamp>,
    /// Its samples: from here to where the next one's begin. One more than there are slots.
    start: Vec<usize>,
}

impl Slots {
    /// `cuts`: where no slot may go across, in order.
    pub(super) fn new(
        profile: &Profile,
        samples: &Samples,
        map: &HeatMap,
        cuts: &[Timestamp],
    ) -> Self {
        let mut slots = Self {
            cell: Vec::new(),
            first: Vec::new(),
            start: Vec::new(),
        };
        let (mut passed, mut last) = (0, None);
        let amounts = samples.amounts(profile, 0..profile.samples.len());
        for ((index, time), amount) in profile.samples.time.iter().enumerate().zip(amounts) {
            if amount == 0 {
                continue;
            }
            let cell = map.cell_at(*time);
            while cuts.get(passed).is_some_and(|cut| cut <= time) {
                passed += 1;
            }
            if last.replace((cell, passed)) != Some((cell, passed)) {
                let rows = u64::from(map.options.rows);
                slots
                    .cell
                    .push(u64::from(cell.column) * rows + u64::from(cell.row));
                slots.first.push(*time);
                slots.start.push(index);
            }
        }
        slots.start.push(profile.samples.len());
        slots
    }

    /// The slots inside a range that begins and ends at cuts.
    pub(super) fn indices_in(&self, range: TimeRange) -> Range<usize> {
        let at = |time: Timestamp| self.first.partition_point(|first| *first < time);
        at(range.start)..at(range.end)
    }

    /// Writes how many cells each is after the one before; how many entries each has; of each entry, in
    /// order, its stack, as how many it is after the one before in its slot, what it is of, and what is
    /// in it, less one. `ranks`: by node of the profile.
    pub(super) fn write(
        &self,
        report: &Report<'_>,
        ranks: &[u32],
        lanes: &AllLanes,
        out: &mut Vec<u8>,
    ) {
        let mut before = 0;
        let cells = self.cell.iter().map(|cell| {
            let step = cell - before;
            before = *cell;
            step
        });
        write_column(&cells.collect::<Vec<u64>>(), out);
        let mut columns: [Vec<u64>; 4] = Default::default();
        let [lengths, steps, owners, amounts] = &mut columns;
        for bounds in self.start.windows(2) {
            let entries = entries_of(report, ranks, lanes, bounds[0]..bounds[1]);
            lengths.push(entries.len() as u64);
            let mut last = 0;
            for ((rank, owner), amount) in entries {
                steps.push(u64::from(rank - last));
                owners.push(u64::from(owner));
                amounts.push(amount - 1);
                last = rank;
            }
        }
        for column in &columns {
            write_column(column, out);
        }
    }
}

/// Which stacks some samples have, and what they are of, each pair once, in order; with what is in them.
fn entries_of(
    report: &Report<'_>,
    ranks: &[u32],
    lanes: &AllLanes,
    range: Range<usize>,
) -> Vec<((u32, u32), u64)> {
    let stacks = &report.profile.samples.stack;
    let entry = |sample: usize| (ranks[stacks[sample].index()], lanes.owner_of(sample));
    let amounts = report.samples.amounts(report.profile, range.clone());
    let mut found: Vec<((u32, u32), u64)> = range
        .zip(amounts)
        .filter(|(_, amount)| *amount > 0)
        .map(|(sample, amount)| (entry(sample), amount))
        .collect();
    found.sort_unstable();
    found.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 += next.1;
        }
        is_same
    });
    found
}
