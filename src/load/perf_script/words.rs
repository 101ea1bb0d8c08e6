//! Words and numbers.

pub(super) fn trailing_digits(text: &[u8]) -> usize {
    text.iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// All that stands before the last blank-separated word, and that word (empty where there is none).
pub(super) fn pop_token(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii_end();
    let start = text
        .iter()
        .rposition(|byte| is_blank(*byte))
        .map_or(0, |at| at + 1);
    text.split_at(start)
}

/// A decimal number, a minus sign allowed where the type has one.
pub(super) fn number<T: TryFrom<u64> + TryFrom<i64>>(text: &[u8]) -> Option<T> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for byte in digits {
        let digit = u64::from(byte.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        value = match digits.len() {
            ..19 => value * 10 + digit,
            _ => value.checked_mul(10)?.checked_add(digit)?,
        };
    }
    match is_negative {
        true => T::try_from(0i64.checked_sub_unsigned(value)?).ok(),
        false => T::try_from(value).ok(),
    }
}

/// Up to sixteen hexadecimal digits.
pub(super) fn hexadecimal(text: &[u8]) -> Option<u64> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(text).ok().filter(|_| is_number)?;
    u64::from_str_radix(digits, 16).ok()
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}
