//! What follows a header's time: period, event, and the rest; or a record.

use super::words::{hexadecimal, is_blank, number, pop_token};
use super::{Body, Layout, parse_tail_frame};
use memchr::{memchr, memchr_iter};

/// `    2004008 cpu-clock:  ffffffff821cf093 mas_next+0x3 ([kernel.kallsyms])`
/// ` sched:sched_switch: prev_comm=mt prev_pid=7611 …` · ` PERF_RECORD_MMAP2 7611/7611: …`
/// `\t\t1000000 task-clock:u:` · `     1 cpu_core/cycles/: ` · ` page-faults/period=1,call-graph=no/:`
/// `    3344481      7efed28b6410 resize (/srv/libc.so)` (no event)
pub(crate) fn parse_body(body: &[u8], layout: Layout) -> Option<Body<'_>> {
    let text = body.trim_ascii_start();
    if text.starts_with(b"PERF_RECORD_") {
        return Some(Body::Record(record_kind(text)));
    }
    if text.starts_with(b"metric:") {
        return Some(Body::Record(b"metric"));
    }
    if let Some(cookie) = text.strip_prefix(b"DEFERRED CALLCHAIN [cookie: ") {
        let digits = &cookie[..memchr(b']', cookie)?];
        return Some(Body::Deferred(hexadecimal(digits)?));
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = match text.get(digits) {
        Some(byte) if digits > 0 && is_blank(*byte) => text[digits..].trim_ascii_start(),
        _ => text,
    };
    let (event, tail) = match layout.lacks_events {
        true => (&text[..0], rest),
        false => split_event(rest),
    };
    if event.is_empty() {
        return without_event(body, digits);
    }
    let period = match rest.len() < text.len() {
        true => Some(number::<u64>(&text[..digits])?),
        false => None,
    };
    Some(Body::Sample {
        period,
        event,
        tail,
    })
}

/// A period is printed 10 wide, addresses and weights are 16 wide.
const PERIOD_WIDTH: usize = 11;
const NUMBER_WIDTH: usize = 17;

/// `    3344481 ` · `    3344481      7efed28b6410 resize (/srv/libc.so)` · `     561482257393 resize` ·
/// `   call      400ba9 main+0x3c (/srv/app) => 40f690 printf+0x0 (/srv/app)`
///
/// A number that begins it, of so many digits, is the period if it is as wide as one; where blanks were
/// lost, if an address comes behind it.
fn without_event(body: &[u8], digits: usize) -> Option<Body<'_>> {
    let text = body.trim_ascii();
    let width = body.len() - body.trim_ascii_start().len() + digits;
    let (first, rest) = text.split_at(digits.min(text.len()));
    let rest_text = rest.trim_ascii_start();
    let is_whole = digits > 0 && rest.first().is_none_or(|byte| is_blank(*byte));
    let is_period = is_whole
        && match (rest_text, width) {
            (b"", _) => width < NUMBER_WIDTH,
            (_, PERIOD_WIDTH) if digits < 10 => true,
            (_, NUMBER_WIDTH..) if digits < NUMBER_WIDTH - 1 => false,
            _ => parse_tail_frame(b"", rest_text).is_some(),
        };
    let (period, tail) = match is_period {
        true => (Some(number::<u64>(first)?), rest_text),
        false => (None, text),
    };
    Some(Body::Sample {
        period,
        event: b"",
        tail,
    })
}

/// `PERF_RECORD_MMAP2` of `PERF_RECORD_MMAP2 7611/7611: …`
pub(super) fn record_kind(text: &[u8]) -> &[u8] {
    let is_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let end = text.iter().position(|byte| !is_name(byte));
    &text[..end.unwrap_or(text.len())]
}

/// The event ends at the first colon that a blank or the line's end follows. It may have blanks
/// (`raw 0x1a8`), but neither begins with an address nor has a frame in it.
fn split_event(text: &[u8]) -> (&[u8], &[u8]) {
    let none = (&text[..0], text.trim_ascii());
    let digits = text
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    if digits >= 6 && text.get(digits).is_none_or(|byte| is_blank(*byte)) {
        return none;
    }
    let ends_event = |colon: &usize| text.get(colon + 1).is_none_or(|byte| is_blank(*byte));
    let Some(colon) = memchr_iter(b':', text).find(ends_event) else {
        return none;
    };
    let event = &text[..colon];
    // The colon of `main+0x3c (/srv/app) ilen: 3` is behind a frame.
    let before = || pop_token(event).0.trim_ascii_end();
    let has_frame = |text| parse_tail_frame(b"", text).is_some();
    match memchr(b' ', event).is_some() && (has_frame(event) || has_frame(before())) {
        true => none,
        false => (event, text[colon + 1..].trim_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_samples_or_records() {
        for (body, period, event, tail) in [
            (
                "    2004008 cpu-clock:  ffff mas",
                Some(2_004_008),
                "cpu-clock",
                "ffff mas",
            ),
            (
                " sched:sched_switch: prev_comm=mt: 3",
                None,
                "sched:sched_switch",
                "prev_comm=mt: 3",
            ),
            (
                "\t\t1000000 task-clock:u:",
                Some(1_000_000),
                "task-clock:u",
                "",
            ),
            ("  1 cpu_core/cycles/: ", Some(1), "cpu_core/cycles/", ""),
            (
                " page-faults/period=1,call-graph=no/:",
                None,
                "page-faults/period=1,call-graph=no/",
                "",
            ),
        ] {
            let (event, tail) = (event.as_bytes(), tail.as_bytes());
            let expected = Body::Sample {
                period,
                event,
                tail,
            };
            assert_eq!(
                parse_body(body.as_bytes(), Layout::default()),
                Some(expected),
                "{body}"
            );
        }
        let record = parse_body(b" PERF_RECORD_MMAP2 7611/7611: [0x55]", Layout::default());
        assert_eq!(record, Some(Body::Record(b"PERF_RECORD_MMAP2")));
        assert_eq!(
            parse_body(b" 99999999999999999999 cycles:", Layout::default()),
            None
        );
    }
}
