//! [`Selection`]: the time ranges that a flame graph shows.

use crate::filter::{SampleState, Samples};
use crate::profile::{Profile, TimeRange, Timestamp};
use std::ops::Range;
use std::sync::Arc;

/// Sorted, disjoint, non-empty time ranges; no range at all selects the whole profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Shared: what repeats in every column has many, and each view keeps a copy.
    ranges: Arc<Vec<TimeRange>>,
}

impl Selection {
    /// Everything, samples without times included.
    pub fn whole() -> Self {
        Self::default()
    }

    /// One range; everything if it is empty.
    pub fn range(range: TimeRange) -> Self {
        Self::from_ranges(vec![range])
    }

    /// The union of `ranges`, in any order.
    pub fn from_ranges(mut ranges: Vec<TimeRange>) -> Self {
        ranges.retain(|range| !range.is_empty());
        ranges.sort_unstable();
        let mut merged: Vec<TimeRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        Self {
            ranges: Arc::new(merged),
        }
    }

    /// As far from one origin as it was from another.
    pub fn moved(&self, from: Timestamp, to: Timestamp) -> Self {
        let at = |time: Timestamp| to.saturating_add(time.nanos_since(from));
        let ranges = self.ranges.iter().map(|range| TimeRange {
            start: at(range.start),
            end: at(range.end),
        });
        Self::from_ranges(ranges.collect())
    }

    /// Whether everything is selected.
    pub fn is_whole(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The ranges; none where everything is selected.
    pub fn ranges(&self) -> &[TimeRange] {
        &self.ranges
    }

    /// From the first range's start to the last one's end.
    pub fn span(&self) -> Option<TimeRange> {
        let (first, last) = (self.ranges.first()?, self.ranges.last()?);
        Some(TimeRange {
            start: first.start,
            end: last.end,
        })
    }

    /// How long its ranges are together, in nanoseconds.
    pub fn nanos(&self) -> u64 {
        let lengths = self.ranges.iter().map(|range| range.nanos());
        lengths.fold(0, u64::saturating_add)
    }

    /// The indices of the samples inside.
    pub fn indices(&self, profile: &Profile) -> Vec<Range<usize>> {
        if self.is_whole() {
            return std::iter::once(0..profile.samples.len()).collect();
        }
        let indices = self
            .ranges
            .iter()
            .map(|range| profile.samples.indices_in(*range));
        indices.collect()
    }

    /// How many of the samples that count are inside.
    pub fn count(&self, profile: &Profile, samples: &Samples) -> u64 {
        let shown = |row: &usize| samples.states[*row] == SampleState::Shown;
        let rows = self.indices(profile).into_iter().flatten().filter(shown);
        rows.map(|row| profile.samples.count_of(row)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Timestamp;

    fn range(start: u64, end: u64) -> TimeRange {
        TimeRange {
            start: Timestamp(start),
            end: Timestamp(end),
        }
    }

    #[test]
    fn ranges_are_sorted_joined_and_never_empty() {
        let selection =
            Selection::from_ranges(vec![range(5, 7), range(1, 3), range(3, 4), range(9, 9)]);
        assert_eq!(selection.ranges(), [range(1, 4), range(5, 7)]);
        assert_eq!(selection.span(), Some(range(1, 7)));
        assert!(Selection::range(range(2, 2)).is_whole());
    }
}
