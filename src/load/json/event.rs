//! [`Event`]: one event of a trace, of which only what is needed is taken apart.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What its members hold is of any shape: each is looked at by itself, so that one that is not
/// understood costs no other.
#[derive(Deserialize)]
pub(super) struct Event<'t> {
    #[serde(borrow)]
    ph: Option<&'t RawValue>,
    #[serde(borrow)]
    name: Option<&'t RawValue>,
    #[serde(borrow)]
    cat: Option<&'t RawValue>,
    #[serde(borrow)]
    pid: Option<&'t RawValue>,
    #[serde(borrow)]
    tid: Option<&'t RawValue>,
    #[serde(borrow)]
    id: Option<&'t RawValue>,
    #[serde(borrow)]
    ts: Option<&'t RawValue>,
    #[serde(borrow)]
    dur: Option<&'t RawValue>,
    #[serde(borrow)]
    args: Option<&'t RawValue>,
}

/// A process's or a thread's number, or what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) enum Id {
    #[default]
    Missing,
    Number(i64),
    Text(Box<str>),
}

impl Id {
    pub(super) fn of(raw: Option<&RawValue>) -> Self {
        let Some(raw) = raw else {
            return Self::Missing;
        };
        let text = text(raw);
        match text.parse() {
            Ok(number) => Self::Number(number),
            Err(_) => Self::Text(text.into()),
        }
    }

    /// As the system's numbers are.
    pub(super) fn number(&self) -> Option<i32> {
        match self {
            Self::Number(number) => i32::try_from(*number).ok(),
            _ => None,
        }
    }
}

/// A thread, by its process and itself.
pub(super) type Ids = (Id, Id);

impl<'t> Event<'t> {
    pub(super) fn phase(&self) -> Cow<'t, str> {
        self.ph.map_or(Cow::Borrowed(""), text)
    }

    pub(super) fn name(&self) -> Cow<'t, str> {
        self.name.map_or(Cow::Borrowed(""), text)
    }

    pub(super) fn category(&self) -> Cow<'t, str> {
        self.cat.map_or(Cow::Borrowed(""), text)
    }

    pub(super) fn ids(&self) -> Ids {
        (Id::of(self.pid), Id::of(self.tid))
    }

    pub(super) fn id(&self) -> Cow<'t, str> {
        self.id.map_or(Cow::Borrowed(""), text)
    }

    /// In nanoseconds.
    pub(super) fn time(&self) -> Option<i64> {
        nanos(&text(self.ts?))
    }

    /// In nanoseconds; never negative.
    pub(super) fn duration(&self) -> Option<i64> {
        nanos(&text(self.dur?)).filter(|nanos| *nanos >= 0)
    }

    /// Its arguments, where they are of such a shape.
    pub(super) fn args<T: Deserialize<'t>>(&self) -> Option<T> {
        serde_json::from_str(self.args?.get()).ok()
    }
}

/// A string's; of any other value, how it is written.
pub(super) fn text(raw: &RawValue) -> Cow<'_, str> {
    let raw = raw.get();
    let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    match inner {
        None => Cow::Borrowed(raw),
        Some(inner) if !inner.contains('\\') => Cow::Borrowed(inner),
        // Half of a surrogate pair stands for nothing: then its escapes are the name.
        Some(inner) => serde_json::from_str(raw).map_or(Cow::Borrowed(inner), Cow::Owned),
    }
}

/// Times further from 0 are no times: so that sums of two do not overflow.
const FURTHEST: i64 = 4_000_000_000_000_000_000;

/// Of microseconds. By their digits, as a float has too few of them for the nanoseconds of today's date.
pub(super) fn nanos(micros: &str) -> Option<i64> {
    let (sign, digits) = match micros.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, micros),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let nanos = if is_plain(whole) && is_plain(fraction) {
        let digit = |place| i64::from(fraction.as_bytes().get(place).map_or(0, |byte| byte - b'0'));
        let below = digit(0) * 100 + digit(1) * 10 + digit(2) + i64::from(digit(3) >= 5);
        whole
            .parse::<i64>()
            .ok()?
            .checked_mul(1000)?
            .checked_add(below)?
    } else {
        // Floats out of bounds come out at the ends of the range, and what is no number as 0.
        let nanos = digits
            .parse::<f64>()
            .ok()
            .filter(|micros| !micros.is_nan())?
            * 1000.0;
        nanos.round() as i64
    };
    (0..=FURTHEST).contains(&nanos).then_some(sign * nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_to_the_nanosecond() {
        for (micros, expected) in [
            ("0", 0),
            ("-0.0", 0),
            ("12", 12_000),
            ("1700000000000000.123", 1_700_000_000_000_000_123),
            ("0.0005", 1),
            ("0.00049", 0),
            ("-1.5", -1_500),
            ("1e3", 1_000_000),
            ("1.25E-1", 125),
            ("2.9999999", 3_000),
        ] {
            assert_eq!(nanos(micros), Some(expected), "{micros}");
        }
        for micros in [
            "",
            "-",
            ".",
            "NaN",
            "-nan",
            "inf",
            "1e30",
            "-1e30",
            "--1",
            "1.2.3",
            "x",
            "99999999999999999999",
            "9223372036854775807",
        ] {
            assert_eq!(nanos(micros), None, "{micros}");
        }
    }
}
