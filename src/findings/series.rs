//! [`Series`]: how many samples fell into each cell of time, and [`Baseline`]: how many their
//! surroundings explain.
//!
//! Cells follow one another from the first sample on, 20 ms long (longer where they would be too
//! many). Sums up to each cell make the count of any range one subtraction.

use super::statistics::midmean;
use crate::filter::{SampleState, Samples};
use crate::profile::{Part, Profile, TimeRange, Timestamp};
use std::ops::Range;

/// As long as a heat map's cell, in nanoseconds.
const CELL: u64 = 20_000_000;
const MOST_CELLS: u64 = 1 << 20;

/// The samples that are shown, by cell.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// Where cell 0 begins.
    pub start: Timestamp,
    /// In nanoseconds.
    pub cell_nanos: u64,
    /// How many samples come before each cell; the last number is all.
    sums: Vec<u64>,
}

impl Series {
    /// Of the whole cells of a part of a profile.
    pub(super) fn new(profile: &Profile, samples: &Samples, part: &Part) -> Self {
        let nanos = part.range.nanos();
        let cell_nanos = CELL.max(nanos.div_ceil(MOST_CELLS));
        let times = profile.samples.time[part.samples.clone()].iter();
        let states = &samples.states[part.samples.clone()];
        let shown = times
            .zip(states)
            .filter(|(_, state)| **state == SampleState::Shown);
        let cells = (nanos / cell_nanos) as usize;
        Self::count_times(
            part.range.start,
            cell_nanos,
            cells,
            shown.map(|(time, _)| *time),
        )
    }

    /// Of some times, in the same cells as these.
    pub(super) fn of_times(&self, times: &[Timestamp]) -> Self {
        Self::count_times(
            self.start,
            self.cell_nanos,
            self.len(),
            times.iter().copied(),
        )
    }

    fn count_times(
        start: Timestamp,
        cell_nanos: u64,
        cells: usize,
        times: impl Iterator<Item = Timestamp>,
    ) -> Self {
        let mut counts = vec![0u64; cells];
        for time in times {
            let cell = (time.nanos_since(start) / cell_nanos) as usize;
            if let Some(count) = counts.get_mut(cell) {
                *count += 1;
            }
        }
        let mut sum = 0;
        let add = |count: u64| {
            sum += count;
            sum
        };
        let sums = std::iter::once(0).chain(counts.into_iter().map(add));
        Self {
            start,
            cell_nanos,
            sums: sums.collect(),
        }
    }

    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.sums.len() - 1
    }

    /// How long it is.
    pub(super) fn minutes(&self) -> f64 {
        const MINUTE: f64 = 60e9;
        self.len() as f64 * self.cell_nanos as f64 / MINUTE
    }

    /// All samples in whole cells.
    pub(super) fn total(&self) -> u64 {
        self.sums[self.len()]
    }

    /// How many samples are in some cells.
    pub(super) fn count(&self, cells: Range<usize>) -> u64 {
        self.sums[cells.end.min(self.len())] - self.sums[cells.start.min(self.len())]
    }

    /// How many samples are in each cell.
    pub(super) fn counts(&self) -> impl Iterator<Item = u64> {
        self.sums.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// The cell that holds `time`; the last one for later times.
    pub(super) fn cell_at(&self, time: Timestamp) -> usize {
        let cell = time.nanos_since(self.start) / self.cell_nanos;
        (cell as usize).min(self.len().saturating_sub(1))
    }

    /// The moments of some cells.
    pub(super) fn range(&self, cells: &Range<usize>) -> TimeRange {
        let time = |cell: usize| self.start.saturating_add(cell as u64 * self.cell_nanos);
        TimeRange {
            start: time(cells.start),
            end: time(cells.end),
        }
    }

    /// How many cells are as long as `nanos`, at least one.
    pub(super) fn cells_in(&self, nanos: u64) -> usize {
        (nanos.div_ceil(self.cell_nanos) as usize).max(1)
    }

    /// Samples a cell, on average.
    pub(super) fn mean(&self) -> f64 {
        self.total() as f64 / self.len().max(1) as f64
    }
}

/// How many samples each cell would have if it were like its surroundings.
#[derive(Debug, Clone)]
pub(super) struct Baseline {
    /// How many would come before each cell.
    sums: Vec<f64>,
}

/// A bin of the baseline is at least as long, in nanoseconds, and has so many samples on average.
const BIN: u64 = 500_000_000;
const BIN_SAMPLES: f64 = 10.0;
/// Its surroundings are so many bins on each side.
const SIDE: usize = 30;

impl Baseline {
    /// The mean of the middle half of the bins around. No surroundings go past a break, where the
    /// level changes and stays.
    pub(super) fn new(series: &Series, breaks: &[usize]) -> Self {
        let per_cell = series.mean().max(1e-9);
        let bin = series
            .cells_in(BIN)
            .max((BIN_SAMPLES / per_cell).ceil() as usize);
        let mut rates = Vec::with_capacity(series.len());
        let ends = breaks.iter().copied().chain([series.len()]);
        let mut start = 0;
        for end in ends {
            if end > start {
                add_rates(&mut rates, series, start..end, bin.min(end - start));
            }
            start = end;
        }
        let mut sum = 0.0;
        let add = |rate: f64| {
            sum += rate;
            sum
        };
        let sums = std::iter::once(0.0).chain(rates.into_iter().map(add));
        Self {
            sums: sums.collect(),
        }
    }

    /// The same everywhere.
    pub(super) fn flat(series: &Series) -> Self {
        let mean = series.mean();
        Self {
            sums: (0..=series.len()).map(|cell| cell as f64 * mean).collect(),
        }
    }

    /// How many samples are expected in some cells.
    pub(super) fn count(&self, cells: Range<usize>) -> f64 {
        self.sums[cells.end] - self.sums[cells.start]
    }

    /// How many samples are expected in each cell.
    pub(super) fn counts(&self) -> impl Iterator<Item = f64> {
        self.sums.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// How many are expected before a moment.
    pub(super) fn before(&self, series: &Series, time: Timestamp) -> f64 {
        let cells = time.nanos_since(series.start) as f64 / series.cell_nanos as f64;
        let cell = (cells as usize).min(self.sums.len().saturating_sub(2));
        let rate = self.sums[cell + 1] - self.sums[cell];
        self.sums[cell] + (cells - cell as f64) * rate
    }
}

fn add_rates(rates: &mut Vec<f64>, series: &Series, cells: Range<usize>, bin: usize) {
    let bins = cells.len() / bin;
    let start = |index: usize| cells.start + index * bin;
    let counts: Vec<f64> = (0..bins)
        .map(|index| series.count(start(index)..start(index + 1)) as f64)
        .collect();
    let levels: Vec<f64> = (0..bins)
        .map(|index| {
            // At the ends the surroundings are as long, to one side.
            let first = index
                .saturating_sub(SIDE)
                .min(bins.saturating_sub(2 * SIDE + 1));
            let last = (first + 2 * SIDE + 1).min(bins);
            midmean(counts[first..last].to_vec()) / bin as f64
        })
        .collect();
    let rate = |cell: usize| levels[(cell / bin).min(bins - 1)];
    rates.extend((0..cells.len()).map(rate));
}
