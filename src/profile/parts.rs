//! [`Part`]: a stretch of time that has samples, far from any others.
//!
//! Nearly every profile is one part. A stray timestamp, samples of several clocks, or recordings
//! joined into one file make several, years apart; what lies between them is not drawn.

use super::{NANOS_PER_SECOND, TimeRange, Timestamp};
use std::ops::Range;

/// No gap shorter than this (in seconds) separates parts.
const MIN_GAP: u64 = 600;
/// Nor one shorter than this many times the seconds that have samples.
const MIN_GAP_RATIO: u64 = 10;

/// Samples that are near to each other in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// From its first sample to its last.
    pub range: TimeRange,
    /// Indices into the samples.
    pub samples: Range<usize>,
}

/// The parts of sorted times.
pub fn parts(times: &[Timestamp]) -> Vec<Part> {
    let second = |time: Timestamp| time.nanos() / NANOS_PER_SECOND;
    let busy_seconds = times
        .chunk_by(|earlier, later| second(*earlier) == second(*later))
        .count() as u64;
    let gap = MIN_GAP.max(MIN_GAP_RATIO * busy_seconds) * NANOS_PER_SECOND;
    let mut start = 0;
    let near = |earlier: &Timestamp, later: &Timestamp| later.nanos_since(*earlier) < gap;
    let part = |times: &[Timestamp]| {
        let samples = start..start + times.len();
        start = samples.end;
        let range = TimeRange {
            start: times[0],
            end: times[times.len() - 1].next(),
        };
        Part { range, samples }
    };
    times.chunk_by(near).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(seconds: &[u64]) -> Vec<usize> {
        let times: Vec<Timestamp> = seconds
            .iter()
            .map(|second| Timestamp(second * NANOS_PER_SECOND))
            .collect();
        let parts = parts(&times);
        parts.iter().map(|part| part.samples.len()).collect()
    }

    #[test]
    fn only_gaps_that_dwarf_the_rest_separate_parts() {
        assert_eq!(lengths(&[]), [] as [usize; 0]);
        assert_eq!(lengths(&[7]), [1]);
        assert_eq!(lengths(&[1, 2, 500, 1000]), [4]);
        assert_eq!(lengths(&[0, 5_000_000, 5_000_001, 5_000_002]), [1, 3]);
        assert_eq!(lengths(&[10, 11, 1_700_000_000]), [2, 1]);
        let an_hour_of_pause: Vec<u64> = (0..900).chain(4500..5400).collect();
        assert_eq!(lengths(&an_hour_of_pause), [1800]);
        let hourly: Vec<u64> = (0..1000).map(|hour| hour * 3600).collect();
        assert_eq!(lengths(&hourly), [1000]);
    }
}
