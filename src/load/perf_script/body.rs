//! What follows a header's time: period, event, and the rest; or a record.

use super::Body;
use super::words::{hexadecimal, is_blank, number};
use memchr::{memchr, memchr_iter};

/// `    2004008 cpu-clock:  ffffffff821cf093 mas_next+0x3 ([kernel.kallsyms])`
/// ` sched:sched_switch: prev_comm=mt prev_pid=7611 …` · ` PERF_RECORD_MMAP2 7611/7611: …`
/// `\t\t1000000 task-clock:u:` · `     1 cpu_core/cycles/: ` · ` page-faults/period=1,call-graph=no/:`
pub(crate) fn parse_body(body: &[u8]) -> Option<Body<'_>> {
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
    let (period, rest) = match text.get(digits) {
        Some(byte) if digits > 0 && is_blank(*byte) => (
            Some(number::<u64>(&text[..digits])?),
            text[digits..].trim_ascii_start(),
        ),
        _ => (None, text),
    };
    let (event, tail) = split_event(rest);
    // Without an event there is no period, but an address of decimal digits alone.
    let (period, tail) = match event.is_empty() && !tail.is_empty() {
        true => (None, text.trim_ascii_end()),
        false => (period, tail),
    };
    Some(Body::Sample {
        period,
        event,
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
/// (`raw 0x1a8`), but does not begin with an address.
fn split_event(text: &[u8]) -> (&[u8], &[u8]) {
    let digits = text
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let is_address = digits >= 6 && text.get(digits).is_none_or(|byte| is_blank(*byte));
    for colon in memchr_iter(b':', text).filter(|_| !is_address) {
        if text.get(colon + 1).is_none_or(|byte| is_blank(*byte)) {
            return (&text[..colon], text[colon + 1..].trim_ascii());
        }
    }
    (&text[..0], text.trim_ascii())
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
            assert_eq!(parse_body(body.as_bytes()), Some(expected), "{body}");
        }
        let record = parse_body(b" PERF_RECORD_MMAP2 7611/7611: [0x55]");
        assert_eq!(record, Some(Body::Record(b"PERF_RECORD_MMAP2")));
        assert_eq!(parse_body(b" 99999999999999999999 cycles:"), None);
    }
}
