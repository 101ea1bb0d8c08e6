//! [`Timestamp`] and [`TimeRange`]: integer nanoseconds, parsed and printed without floats.

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A moment on the profile's own clock: nanoseconds since that clock's zero.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Nanoseconds since the clock's zero.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The whole second at or before this moment.
    pub const fn floor_second(self) -> Self {
        Self(self.0 - self.0 % NANOS_PER_SECOND)
    }

    /// The next representable moment: the end of a half-open range that holds this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// `nanos` later, or the last moment there is.
    pub const fn saturating_add(self, nanos: u64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// Nanoseconds since `earlier`; 0 where `earlier` is later.
    pub const fn nanos_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Seconds with all nine decimals: `5076.123456789`.
impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, nanos) = (self.0 / NANOS_PER_SECOND, self.0 % NANOS_PER_SECOND);
        write!(f, "{seconds}.{nanos:09}")
    }
}

/// Half-open range of time, `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeRange {
    /// The first moment inside.
    pub start: Timestamp,
    /// The first moment after.
    pub end: Timestamp,
}

impl TimeRange {
    /// Its length in nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.end.nanos_since(self.start)
    }

    /// Whether no moment is inside.
    pub const fn is_empty(self) -> bool {
        self.end.0 <= self.start.0
    }

    /// Whether `time` is inside.
    pub const fn contains(self, time: Timestamp) -> bool {
        self.start.0 <= time.0 && time.0 < self.end.0
    }
}

/// Nanoseconds as seconds with as many decimals as they need, three at least: `12.340`.
pub fn format_seconds(nanos: u64) -> String {
    let (seconds, fraction) = (nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
    let mut text = format!("{seconds}.{fraction:09}");
    while text.ends_with('0') && text.len() - text.find('.').unwrap_or(0) > 4 {
        text.pop();
    }
    text
}

/// Why a text is no number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected seconds such as 12 or 12.345 (at most nine decimals, no sign)")]
pub struct ParseSecondsError;

/// Seconds with up to nine decimals (`12`, `12.5`, `.25`) to nanoseconds, exactly.
pub fn parse_seconds(text: &str) -> Result<u64, ParseSecondsError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    if !has_digits || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return Err(ParseSecondsError);
    }
    let number = |part: &str| match part {
        "" => Ok(0),
        part => part.parse::<u64>().map_err(|_| ParseSecondsError),
    };
    let nanos = number(&format!("{fraction:0<9}"))?;
    number(whole)?
        .checked_mul(NANOS_PER_SECOND)
        .and_then(|whole| whole.checked_add(nanos))
        .ok_or(ParseSecondsError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        assert_eq!(parse_seconds("5106.4"), Ok(5_106_400_000_000));
        assert_eq!(parse_seconds("12"), Ok(12_000_000_000));
        assert_eq!(parse_seconds(".25"), Ok(250_000_000));
        assert_eq!(parse_seconds("0.000000001"), Ok(1));
        assert_eq!(format_seconds(12_340_000_000), "12.340");
        assert_eq!(format_seconds(1), "0.000000001");
        assert_eq!(Timestamp(5_106_400_000_000).to_string(), "5106.400000000");
    }

    #[test]
    fn what_is_no_number_of_seconds_is_refused() {
        for text in [
            "",
            ".",
            "-1",
            "+1",
            "1e3",
            "1.0000000001",
            "1,5",
            "99999999999",
        ] {
            assert_eq!(parse_seconds(text), Err(ParseSecondsError), "{text}");
        }
    }
}
