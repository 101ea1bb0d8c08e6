//! [`HeatMap`]: how many samples fell into each cell of time.
//!
//! A column is a whole second (or another length), a row an offset within it, a cell where they
//! meet. All by integer arithmetic on the profile's own clock, so that a sample on a cell's border
//! is always in the cell that the border begins.

use crate::filter::{SampleState, Samples};
use crate::profile::{NANOS_PER_SECOND, Profile, TimeRange, Timestamp};
use rayon::prelude::*;

/// The most cells a heat map may have; more would only fill the memory.
pub const MAX_CELLS: u64 = 1 << 25;

/// The shape of a heat map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeatMapOptions {
    /// Rows in a column, 1 to 100,000.
    pub rows: u32,
    /// A column's length in nanoseconds, at least `rows`.
    pub column_nanos: u64,
}

impl Default for HeatMapOptions {
    /// FlameScope's: fifty rows of 20 ms.
    fn default() -> Self {
        Self {
            rows: 50,
            column_nanos: NANOS_PER_SECOND,
        }
    }
}

/// Why no heat map can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeatMapError {
    /// The profile was printed without times.
    #[error(
        "the profile has no times, so there is no heat map; print it with them: perf script --header -F +time"
    )]
    NoTimes,
    /// The rows asked for are not possible.
    #[error("expected 1 to 100000 rows, each at least a nanosecond long")]
    Rows,
    /// There would be too many cells.
    #[error(
        "the samples span {seconds} s, which is {columns} columns of {rows} rows: too many; choose longer columns (--column) or look for samples with wrong times"
    )]
    TooManyCells {
        /// From the first sample to the last.
        seconds: u64,
        /// Columns needed.
        columns: u64,
        /// Rows asked for.
        rows: u32,
    },
}

/// Counts of samples by column and row. Column-major, so that index order is time order; row 0 is
/// offset 0 (a painter may draw it at the bottom).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatMap {
    /// Where column 0 starts: the whole second at or before the profile's first sample.
    pub origin: Timestamp,
    /// Its shape.
    pub options: HeatMapOptions,
    /// How many columns there are, at least 1.
    pub columns: u32,
    /// `columns * rows` counts of the samples that are shown.
    pub counts: Vec<u32>,
    /// The largest count.
    pub max: u32,
}

/// One cell. In time order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// From 0.
    pub column: u32,
    /// From 0, which is offset 0.
    pub row: u32,
}

impl HeatMap {
    /// Bins the samples that are shown. The map spans all samples of the profile, so that its shape
    /// does not change with the filter.
    ///
    /// # Errors
    /// Where the profile has no times, or the cells would be too many.
    pub fn new(
        profile: &Profile,
        samples: &Samples,
        options: HeatMapOptions,
    ) -> Result<Self, HeatMapError> {
        let range = profile.time_range().ok_or(HeatMapError::NoTimes)?;
        if !(1..=100_000).contains(&options.rows) || options.column_nanos < u64::from(options.rows)
        {
            return Err(HeatMapError::Rows);
        }
        let origin = profile.origin();
        let span = range.end.nanos_since(origin) - 1;
        let columns = span / options.column_nanos + 1;
        let cells = columns.saturating_mul(u64::from(options.rows));
        if cells > MAX_CELLS {
            return Err(HeatMapError::TooManyCells {
                seconds: span / NANOS_PER_SECOND,
                columns,
                rows: options.rows,
            });
        }
        let mut map = Self {
            origin,
            options,
            columns: columns as u32,
            counts: vec![0; cells as usize],
            max: 0,
        };
        map.bin(profile, samples);
        Ok(map)
    }

    /// Samples are sorted by time, so each part of them falls into columns next to each other.
    fn bin(&mut self, profile: &Profile, samples: &Samples) {
        const PART: usize = 1 << 16;
        let rows = self.options.rows as usize;
        let times = &profile.samples.time;
        let parts = times.par_chunks(PART).zip(samples.states.par_chunks(PART));
        let count_part = |(times, states): (&[Timestamp], &[SampleState])| {
            let first = self.cell_at(times[0]).column as usize * rows;
            let last = (self.cell_at(times[times.len() - 1]).column as usize + 1) * rows;
            let mut counts = vec![0u32; last - first];
            for (time, state) in times.iter().zip(states) {
                if *state == SampleState::Shown {
                    counts[self.index(self.cell_at(*time)) - first] += 1;
                }
            }
            (first, counts)
        };
        let counted: Vec<(usize, Vec<u32>)> = parts.map(count_part).collect();
        for (first, counts) in counted {
            for (total, count) in self.counts[first..].iter_mut().zip(counts) {
                *total += count;
            }
        }
        self.max = self.counts.iter().copied().max().unwrap_or(0);
    }

    /// The cell that holds `time`, which must not be before the origin.
    pub fn cell_at(&self, time: Timestamp) -> Cell {
        let offset = time.nanos_since(self.origin);
        let in_column = offset % self.options.column_nanos;
        let row = u128::from(in_column) * u128::from(self.options.rows)
            / u128::from(self.options.column_nanos);
        Cell {
            column: (offset / self.options.column_nanos) as u32,
            row: row as u32,
        }
    }

    /// The moments that fall into `cell`.
    pub fn range_of(&self, cell: Cell) -> TimeRange {
        let column = self.origin.nanos() + u64::from(cell.column) * self.options.column_nanos;
        let row_start = |row: u32| {
            let numerator = u128::from(row) * u128::from(self.options.column_nanos);
            numerator.div_ceil(u128::from(self.options.rows)) as u64
        };
        TimeRange {
            start: Timestamp(column.saturating_add(row_start(cell.row))),
            end: Timestamp(column.saturating_add(row_start(cell.row + 1))),
        }
    }

    /// From the earlier to the later of two cells, both included.
    pub fn range_between(&self, one: Cell, other: Cell) -> TimeRange {
        TimeRange {
            start: self.range_of(one.min(other)).start,
            end: self.range_of(one.max(other)).end,
        }
    }

    /// The count of `cell`.
    pub fn count(&self, cell: Cell) -> u32 {
        self.counts[self.index(cell)]
    }

    /// Each column's counts, offset 0 first.
    pub fn columns(&self) -> impl Iterator<Item = &[u32]> {
        self.counts.chunks(self.options.rows as usize)
    }

    /// The last cell.
    pub fn last_cell(&self) -> Cell {
        Cell {
            column: self.columns - 1,
            row: self.options.rows - 1,
        }
    }

    fn index(&self, cell: Cell) -> usize {
        cell.column as usize * self.options.rows as usize + cell.row as usize
    }
}
