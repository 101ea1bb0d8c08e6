//! Times as they are shown where nanoseconds would only be in the way: rounded to milliseconds.

use crate::profile::{Profile, Timestamp, format_seconds};
use crate::selection::Selection;

/// `12.346` of 12,345,678,901 nanoseconds.
pub(super) fn short_seconds(nanos: u64) -> String {
    format_seconds(nanos.saturating_add(500_000) / 1_000_000 * 1_000_000)
}

/// `12.300 s to 12.560 s` since the origin, `4 ranges from …`, or `whole profile`.
pub(super) fn short_range_text(profile: &Profile, selection: &Selection) -> String {
    let Some(span) = selection.span() else {
        return "whole profile".to_owned();
    };
    let since = |time: Timestamp| short_seconds(time.nanos_since(profile.origin()));
    let (start, end) = (since(span.start), since(span.end));
    match selection.ranges().len() {
        1 => format!("{start} s to {end} s"),
        count => format!("{count} ranges from {start} s to {end} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::short_seconds;

    #[test]
    fn times_are_rounded() {
        assert_eq!(short_seconds(12_345_678_901), "12.346");
        assert_eq!(short_seconds(999_999_999), "1.000");
        assert_eq!(short_seconds(0), "0.000");
    }
}
