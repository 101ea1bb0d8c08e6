//! [`HeatMap`]: how many samples fell into each cell of time.
//!
//! A column is a whole second (or another length), a row an offset within it, a cell where they
//! meet. All by integer arithmetic on the profile's own clock, so that a sample on a cell's border
//! is always in the cell that the border begins.

use crate::filter::Samples;
use crate::profile::{
    NANOS_PER_SECOND, PRINT_COMMAND, Profile, TimeRange, Timestamp, parse_seconds,
};
use rayon::prelude::*;

/// The most cells a heat map may have; more would only fill the memory.
pub const MAX_CELLS: u64 = 1 << 24;

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
        "the profile has no times, so there is no heat map; of a perf recording, print it with them: perf script --header -F +time"
    )]
    NoTimes,
    /// Rows would be of processes.
    #[error(
        "the profile has no process ids, so there are no rows of processes; print a recording with them: {PRINT_COMMAND}"
    )]
    NoProcessIds,
    /// The rows asked for are not possible.
    #[error("expected 1 to 100000 rows, each at least a nanosecond long")]
    Rows,
    /// There would be too many cells.
    #[error(
        "{columns} columns of {rows} rows are too many for a heat map; choose fewer rows or columns of {} s or more",
        fitting / NANOS_PER_SECOND
    )]
    TooManyCells {
        /// Columns needed.
        columns: u64,
        /// Rows asked for.
        rows: u32,
        /// A length of column, in nanoseconds, that would do.
        fitting: u64,
    },
}

/// Samples by column and row. Column-major, so that index order is time order; row 0 is offset 0
/// (a painter may draw it at the bottom).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatMap {
    /// Where time 0 is: the whole second at or before the profile's first sample.
    pub origin: Timestamp,
    /// Its shape.
    pub options: HeatMapOptions,
    /// How many columns there are, at least 1.
    pub columns: u32,
    /// Columns that follow one another without a gap, in order: one block, unless the profile has
    /// several [`parts`](Profile::parts).
    pub blocks: Vec<Block>,
    /// `columns * rows` amounts of the samples that are shown: how many, or their weights. Sums
    /// that 64 bits cannot hold stay at the largest number.
    pub counts: Vec<u64>,
    /// The largest of them.
    pub max: u64,
    /// The sum of each column's.
    pub column_totals: Vec<u64>,
}

/// Columns that follow one another in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The first of them.
    pub column: u32,
    /// How many columns lie between the origin and it, those included that are left out.
    pub number: u64,
    /// How many columns are left out right before it.
    pub skipped: u64,
}

/// One cell. In time order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// From 0.
    pub column: u32,
    /// From 0, which is offset 0.
    pub row: u32,
}

/// In nanoseconds: no more empty time than this is drawn for what is still to be loaded.
const MOST_EXPECTED: u64 = 7 * 86_400 * NANOS_PER_SECOND;

/// More columns share pixels: of the busiest of several, little is left to see.
const MOST_IN_SIGHT: u64 = 3600;

/// Lengths of columns to choose from, in seconds.
const LENGTHS: [u64; 6] = [1, 10, 60, 600, 3600, 86_400];

impl HeatMapOptions {
    /// Rows that fit how often a recording took samples, so that each CPU that is busy all the time
    /// has as many in each cell: 49 of `-F 49`, 37 of `-F 999`. Fifty where it is not known.
    pub fn rows_for(profile: &Profile) -> u32 {
        const USUAL: u32 = 50;
        let Some(frequency) = profile.frequency() else {
            return USUAL;
        };
        if (10..=100).contains(&frequency) {
            return frequency;
        }
        let fitting = (25..=100).filter(|rows| frequency.is_multiple_of(*rows));
        fitting
            .min_by_key(|rows| rows.abs_diff(USUAL))
            .unwrap_or(USUAL)
    }

    /// With `rows`, and columns of a second, or of the shortest longer time that keeps the map small.
    pub fn fitting(profile: &Profile, rows: u32) -> Self {
        let options = LENGTHS.map(|seconds| Self {
            rows,
            column_nanos: seconds * NANOS_PER_SECOND,
        });
        let fits = options.iter().find(|options| options.fits(profile));
        *fits.unwrap_or(&options[LENGTHS.len() - 1])
    }

    /// The same for a window, where a profile of less than five seconds has columns of a tenth of a
    /// second, one of less than half a second of a hundredth; rows then are as much fewer. One of more than
    /// an hour has columns of ten seconds or more.
    pub fn suiting(profile: &Profile, rows: u32) -> Self {
        // Of a part all that is still to come counts, too; how much that is, a stream does not tell.
        let info = &profile.info;
        if info.is_partial && info.expected_end.is_none() {
            return Self::fitting(profile, rows);
        }
        let end = info.expected_end.unwrap_or_default();
        let length = profile.time_range().map_or(u64::MAX, |range| {
            range.end.max(end).nanos_since(range.start)
        });
        let parts = match length {
            0..500_000_000 => 100,
            500_000_000..5_000_000_000 => 10,
            _ => return Self::in_sight(profile, rows),
        };
        Self {
            rows: (rows / parts).max(10),
            column_nanos: NANOS_PER_SECOND / u64::from(parts),
        }
    }

    /// With no more columns than a screen can show.
    fn in_sight(profile: &Profile, rows: u32) -> Self {
        let fitting = Self::fitting(profile, rows);
        let longer = LENGTHS.map(|seconds| Self {
            rows,
            column_nanos: seconds * NANOS_PER_SECOND,
        });
        let mut longer = longer.into_iter().filter(|options| {
            options.column_nanos >= fitting.column_nanos
                && options.columns(profile) <= MOST_IN_SIGHT
        });
        longer.next().unwrap_or(fitting)
    }

    /// Whether a heat map of a profile would have no more than [`MAX_CELLS`].
    pub fn fits(&self, profile: &Profile) -> bool {
        self.columns(profile).saturating_mul(u64::from(self.rows)) <= MAX_CELLS
    }

    /// How many columns a heat map of a profile has.
    pub fn columns(&self, profile: &Profile) -> u64 {
        blocks(profile, self.column_nanos).1
    }
}

/// The blocks of a heat map, and how many columns they have.
fn blocks(profile: &Profile, column_nanos: u64) -> (Vec<Block>, u64) {
    let number = |time: Timestamp| time.nanos_since(profile.origin()) / column_nanos;
    let mut blocks: Vec<Block> = Vec::new();
    let (mut columns, mut next) = (0, 0);
    for part in &profile.parts {
        let times = &profile.samples.time[part.samples.clone()];
        let (Some(first), Some(last)) = (times.first(), times.last()) else {
            continue;
        };
        let is_final = part.samples.end == profile.samples.len();
        let is_near = |end: &Timestamp| end.nanos_since(*last) < MOST_EXPECTED && is_final;
        let expected = profile.info.expected_end.filter(is_near);
        let last = expected.map_or(*last, |end| end.max(*last));
        let (first, last) = (number(*first).max(next), number(last));
        if first > next || blocks.is_empty() {
            blocks.push(Block {
                column: u32::try_from(columns).unwrap_or(u32::MAX),
                number: first,
                skipped: first - next,
            });
        }
        if last >= first {
            columns += last + 1 - first;
            next = last + 1;
        }
    }
    (blocks, columns)
}

impl HeatMap {
    /// Bins the samples that are shown. The map spans all samples of the profile, so that its shape
    /// does not change with the filter, and of a partial profile the time until its expected end, so
    /// that nothing moves when the rest is there; the time between far-away parts is left out.
    ///
    /// # Errors
    /// Where the profile has no times, or the cells would be too many.
    pub fn new(
        profile: &Profile,
        samples: &Samples,
        options: HeatMapOptions,
    ) -> Result<Self, HeatMapError> {
        if profile.time_range().is_none() {
            return Err(HeatMapError::NoTimes);
        }
        if !(1..=100_000).contains(&options.rows) || options.column_nanos < u64::from(options.rows)
        {
            return Err(HeatMapError::Rows);
        }
        let (blocks, columns) = blocks(profile, options.column_nanos);
        let cells = columns.saturating_mul(u64::from(options.rows));
        if cells > MAX_CELLS {
            return Err(HeatMapError::TooManyCells {
                columns,
                rows: options.rows,
                fitting: HeatMapOptions::fitting(profile, options.rows).column_nanos,
            });
        }
        let mut map = Self {
            origin: profile.origin(),
            options,
            columns: columns as u32,
            blocks,
            counts: vec![0; cells as usize],
            max: 0,
            column_totals: Vec::new(),
        };
        map.bin(profile, samples);
        Ok(map)
    }

    /// The same cells with other amounts, `columns * rows` of them.
    pub fn with_counts(self, counts: Vec<u64>) -> Self {
        debug_assert_eq!(counts.len(), self.counts.len());
        let mut map = Self { counts, ..self };
        map.sum_up();
        map
    }

    fn sum_up(&mut self) {
        self.max = self.counts.iter().copied().max().unwrap_or(0);
        let total = |column: &[u64]| column.iter().copied().fold(0, u64::saturating_add);
        self.column_totals = self.columns().map(total).collect();
    }

    /// Samples are sorted by time, so each part of them falls into columns next to each other, and
    /// those of a cell follow one another: where one begins and ends is found once, not by each.
    fn bin(&mut self, profile: &Profile, samples: &Samples) {
        const PART: usize = 1 << 16;
        let rows = self.options.rows as usize;
        let times = &profile.samples.time;
        let count_part = |(index, times): (usize, &[Timestamp])| {
            let first = self.cell_at(times[0]).column as usize * rows;
            let last = (self.cell_at(times[times.len() - 1]).column as usize + 1) * rows;
            let mut counts = vec![0u64; last - first];
            let start = index * PART;
            let mut done = 0;
            while let Some(time) = times.get(done) {
                let cell = self.cell_at(*time);
                let end = self.range_of(cell).end;
                let later = times[done..].iter().position(|time| *time >= end);
                // At least this one: past a gap, samples belong to the cell before it.
                let next = done + later.unwrap_or(times.len() - done).max(1);
                let amount = samples.amount(profile, start + done..start + next);
                let count = &mut counts[self.index(cell) - first];
                *count = count.saturating_add(amount);
                done = next;
            }
            (first, counts)
        };
        let parts = times.par_chunks(PART).enumerate();
        let counted: Vec<(usize, Vec<u64>)> = parts.map(count_part).collect();
        for (first, counts) in counted {
            for (total, count) in self.counts[first..].iter_mut().zip(counts) {
                *total = total.saturating_add(count);
            }
        }
        self.sum_up();
    }

    /// The cell that holds `time`, which must not be before the origin; where no column does, the
    /// last cell before it.
    pub fn cell_at(&self, time: Timestamp) -> Cell {
        let offset = time.nanos_since(self.origin);
        let number = offset / self.options.column_nanos;
        let after = self.blocks.partition_point(|block| block.number <= number);
        let block = self.blocks[after.saturating_sub(1)];
        let end = self.blocks.get(after).map_or(u32::MAX, |next| next.column);
        let column = u64::from(block.column) + number.saturating_sub(block.number);
        if column >= u64::from(end) {
            return Cell {
                column: end - 1,
                row: self.options.rows - 1,
            };
        }
        let in_column = offset % self.options.column_nanos;
        let row = u128::from(in_column) * u128::from(self.options.rows)
            / u128::from(self.options.column_nanos);
        Cell {
            column: column as u32,
            row: row as u32,
        }
    }

    /// When `column` starts, in nanoseconds since the origin.
    pub fn column_start(&self, column: u32) -> u64 {
        let after = self.blocks.partition_point(|block| block.column <= column);
        let block = self.blocks[after.saturating_sub(1)];
        (block.number + u64::from(column - block.column)).saturating_mul(self.options.column_nanos)
    }

    /// The moments that fall into `cell`.
    pub fn range_of(&self, cell: Cell) -> TimeRange {
        let column = self
            .origin
            .nanos()
            .saturating_add(self.column_start(cell.column));
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

    /// All moments of `column`.
    pub fn column_range(&self, column: u32) -> TimeRange {
        let last = self.options.rows - 1;
        let [first, last] = [0, last].map(|row| Cell { column, row });
        self.range_between(first, last)
    }

    /// The count of `cell`.
    pub fn count(&self, cell: Cell) -> u64 {
        self.counts[self.index(cell)]
    }

    /// Each column's counts, offset 0 first.
    pub fn columns(&self) -> impl Iterator<Item = &[u64]> {
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

/// A column's length in nanoseconds: `1s`, `2.5s`, `100ms`, `500us`, `5m`, `1h`; a bare number is seconds.
///
/// # Errors
/// With what is expected.
pub fn parse_length(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let number_end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    // Multiply or divide the number's nanoseconds as seconds: exact, like all times.
    let seconds = parse_seconds(number).ok();
    let nanos = seconds.and_then(|nanos| match unit.trim() {
        "" | "s" => Some(nanos),
        "ms" => Some(nanos / 1000),
        "us" | "µs" => Some(nanos / 1_000_000),
        "m" | "min" => nanos.checked_mul(60),
        "h" => nanos.checked_mul(3600),
        _ => None,
    });
    let in_bounds = nanos.filter(|nanos| (1_000..=86_400_000_000_000).contains(nanos));
    in_bounds
        .ok_or_else(|| "expected a length such as 1s, 100ms, 5m or 1h (from 1us to 24h)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse_length;

    #[test]
    fn lengths_have_units() {
        assert_eq!(parse_length("1s"), Ok(1_000_000_000));
        assert_eq!(parse_length("2.5"), Ok(2_500_000_000));
        assert_eq!(parse_length("100ms"), Ok(100_000_000));
        assert_eq!(parse_length(" 7.004 s "), Ok(7_004_000_000));
        assert_eq!(parse_length("1h"), Ok(3_600_000_000_000));
        for wrong in ["", "s", "0s", "1 day", "-1s", "48h"] {
            assert!(parse_length(wrong).is_err(), "{wrong}");
        }
    }
}
