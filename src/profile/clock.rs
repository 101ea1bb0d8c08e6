//! [`WallClock`]: what the clock on the wall showed, where a profile's header lets one know.

use super::{NANOS_PER_SECOND, Profile, Timestamp};

/// Nanoseconds in a day.
const DAY: u64 = 86_400 * NANOS_PER_SECOND;

/// What ties the profile's own clock to the time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallClock {
    /// A moment of the profile.
    at: Timestamp,
    /// The time of day then, in nanoseconds since midnight.
    time_of_day: u64,
}

impl WallClock {
    /// From the header's `reference time` (`perf record -k`). `captured on` is no such thing: it is the
    /// time of a copy, minutes or days later.
    pub fn of(profile: &Profile) -> Option<Self> {
        let header = &profile.info.header;
        let mut found = header
            .iter()
            .filter_map(|line| line.trim().strip_prefix("reference time"));
        reference(found.next()?.trim_start_matches([' ', ':']))
    }

    /// Nanoseconds since midnight, by the clock of the machine that was recorded.
    pub fn time_of_day(self, time: Timestamp) -> u64 {
        let (later, earlier) = (time.nanos_since(self.at), self.at.nanos_since(time));
        (self.time_of_day + later % DAY + DAY - earlier % DAY) % DAY
    }

    /// The same as text: `10:32:07.140`.
    pub fn text(self, time: Timestamp) -> String {
        let millis = self.time_of_day(time) / 1_000_000;
        let (seconds, millis) = (millis / 1000, millis % 1000);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        format!("{hours:02}:{minutes:02}:{:02}.{millis:03}", seconds % 60)
    }

    /// When the clock showed `10:32:07.140`, of all days on the one that comes nearest to `near`;
    /// `None` of what is no time of day.
    pub fn time(self, text: &str, near: Timestamp) -> Option<Timestamp> {
        let wanted = time_of_day(text)? % DAY;
        // From the moment that is known on to the first such time of day.
        let first = self.at.0 + (wanted + DAY - self.time_of_day % DAY) % DAY;
        let days = (i128::from(near.0) - i128::from(first) + i128::from(DAY / 2))
            .div_euclid(i128::from(DAY));
        let time = i128::from(first) + days * i128::from(DAY);
        u64::try_from(time).ok().map(Timestamp)
    }
}

/// `2026-11-23 10:32:07.140000 = 1763893927.140000 (realtime) = 5076.123456789 (monotonic)`
fn reference(text: &str) -> Option<WallClock> {
    let (clock, times) = text.split_once(" = ")?;
    let time_of_day = time_of_day(clock)?;
    let monotonic = times.split(" = ").last()?;
    let (number, _) = monotonic.split_once(" (")?;
    let at = super::parse_seconds(number.trim()).ok()?;
    Some(WallClock {
        at: Timestamp(at),
        time_of_day,
    })
}

/// The first `10:32:07` or `10:32:07.140000` in a text, in nanoseconds since midnight.
fn time_of_day(text: &str) -> Option<u64> {
    let word = text
        .split_whitespace()
        .find(|word| word.matches(':').count() == 2)?;
    let mut parts = word.split(':');
    let (hours, minutes) = (parts.next()?, parts.next()?);
    let seconds = super::parse_seconds(parts.next()?).ok()?;
    let (hours, minutes): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_valid = hours < 24 && minutes < 60 && seconds < 61 * NANOS_PER_SECOND;
    is_valid.then_some((hours * 60 + minutes) * 60 * NANOS_PER_SECOND + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Progress;
    use crate::load::{self, LoadOptions};

    fn clock(header: &str) -> Option<WallClock> {
        let text = format!("# {header}\n#\na 1 5000.000000: 1 c:\n\na 1 5060.500000: 1 c:\n\n");
        let reader = Box::new(std::io::Cursor::new(text.into_bytes()));
        let options = LoadOptions::default();
        let profile = load::read(reader, "t".as_ref(), &options, &Progress::default());
        WallClock::of(&profile.expect("a profile"))
    }

    #[test]
    fn a_reference_time_is_exact() {
        let clock = clock(
            "reference time: 2026-11-23 10:32:07.250000 = 1795429927.250000 (tod) = 5000.000000 (monotonic)",
        );
        let clock = clock.expect("a clock");
        assert_eq!(clock.text(Timestamp(5_001_000_000_000)), "10:32:08.250");
    }

    #[test]
    fn times_of_the_clock_are_found() {
        let clock = clock(
            "reference time: 2026-11-23 23:59:59.500000 = 1795429927.250000 (tod) = 5000.000000 (monotonic)",
        );
        let clock = clock.expect("a clock");
        let near = Timestamp(5_000_000_000_000);
        for seconds in [4990, 5000, 5001, 45_000] {
            let time = Timestamp(seconds * NANOS_PER_SECOND);
            assert_eq!(clock.time(&clock.text(time), near), Some(time), "{seconds}");
        }
        let past_midnight = Timestamp(5_001_000_000_000);
        assert_eq!(clock.time("0:00:00.5", near), Some(past_midnight));
        assert_eq!(clock.time("12.5", near), None);
    }

    #[test]
    fn no_header_no_clock() {
        assert_eq!(clock("hostname : x"), None);
        assert_eq!(clock("captured on    : Mon Nov 23 00:00:30 2026"), None);
    }
}
