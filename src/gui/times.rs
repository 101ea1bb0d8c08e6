//! Times as they are shown where nanoseconds would only be in the way: rounded to milliseconds.

use crate::profile::{NANOS_PER_SECOND, Profile, Timestamp, format_seconds, parse_seconds};
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

/// Nanoseconds since the start of what the axis of a long profile has: `0:55:00`, `1:02:03.5`.
pub(super) fn parse_hours(text: &str) -> Option<u64> {
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let (hours, minutes): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let nanos = parse_seconds(seconds).ok()?;
    let whole = hours
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?;
    let is_time = minutes < 60 && nanos < 60 * NANOS_PER_SECOND;
    let nanos = whole.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos);
    nanos.filter(|_| is_time)
}

#[cfg(test)]
mod tests {
    use super::{parse_hours, short_seconds};

    #[test]
    fn hours_are_those_of_the_axis() {
        assert_eq!(parse_hours("0:55:00"), Some(3_300_000_000_000));
        assert_eq!(parse_hours("1:02:03.5"), Some(3_723_500_000_000));
        for wrong in [
            "1:02", "1:60:00", "1:02:60", "a:02:03", "-1:02:03", "1:2:3:4", "",
        ] {
            assert_eq!(parse_hours(wrong), None, "{wrong}");
        }
        assert_eq!(parse_hours("99999999999999999:00:00"), None);
    }

    #[test]
    fn times_are_rounded() {
        assert_eq!(short_seconds(12_345_678_901), "12.346");
        assert_eq!(short_seconds(999_999_999), "1.000");
        assert_eq!(short_seconds(0), "0.000");
    }
}
