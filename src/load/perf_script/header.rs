//! Headers: who, where and when, anchored on the time; and what follows it.

use super::{Body, Header, Layout, is_blank, parse_tail_frame};
use crate::profile::NANOS_PER_SECOND;
use memchr::{memchr, memchr_iter, memmem};

/// `mt  6926/6927  [001]  5709.779182:    2004008 cpu-clock: `
/// `DOM Worker 15137 [000] U      5866.647721: …` · `:-1    -1 [000]  5718.931372: …`
/// `child 1  8333 2026-11-23 02:16:53.433620  5736.821845:    3344481 cpu-clock: `
/// `Gecko\t25122 [007] 115539.936601:\t\t1000000 task-clock:u:` (simpleperf)
/// `java  3244 cpu-clock: ` (no times)
pub(super) fn parse_header(line: &[u8], layout: Layout, after_blank: bool) -> Option<Header<'_>> {
    if layout.has_times {
        let mut found = anchors(line, layout);
        let first = found.next()?;
        if layout.fits(&first) {
            return Some(first);
        }
        return Some(found.find(|header| layout.fits(header)).unwrap_or(first));
    }
    match line {
        // Where no time shows a header, a number sign shows a comment.
        [b'#', ..] => None,
        _ if layout.is_plain => parse_plain(line),
        _ => parse_timeless(line, after_blank),
    }
}

/// Every place in the line where a header's fields end in a time, first to last.
pub(super) fn anchors(line: &[u8], layout: Layout) -> impl Iterator<Item = Header<'_>> {
    memchr_iter(b':', line).filter_map(move |colon| {
        let (time, before) = parse_time(line, colon)?;
        if before.is_empty() && !layout.lacks_ids {
            return None;
        }
        let (comm, pid, tid, cpu) = parse_identity(before, layout)?;
        Some(Header {
            comm,
            pid,
            tid,
            cpu,
            time,
            body: &line[colon + 1..],
        })
    })
}

/// The time that ends at `colon`, and what stands before it. perf prints 6 or 9 decimals;
/// simpleperf drops zeros and goes on with a tab.
fn parse_time(line: &[u8], colon: usize) -> Option<(Option<u64>, &[u8])> {
    let follows = line.get(colon + 1);
    if !follows.is_none_or(|byte| is_blank(*byte)) {
        return None;
    }
    let fraction = trailing_digits(&line[..colon]);
    let simpleperf = follows == Some(&b'\t') && (1..=9).contains(&fraction);
    if fraction != 6 && fraction != 9 && !simpleperf {
        return None;
    }
    let dot = colon.checked_sub(fraction + 1)?;
    let before_dot = line.get(..dot).filter(|_| line[dot] == b'.')?;
    let whole = trailing_digits(before_dot);
    let start = dot - whole;
    if whole == 0 || start > 0 && !is_blank(line[start - 1]) {
        return None;
    }
    let scale = 10u64.pow(9 - fraction as u32);
    let nanos = number::<u64>(&line[dot + 1..colon]).unwrap_or(0) * scale;
    // The last moment that there is has none after it, and so no range that holds it.
    let time = number::<u64>(&line[start..dot])
        .and_then(|seconds| seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos))
        .filter(|nanos| *nanos != u64::MAX);
    Some((time, &line[..start]))
}

type Identity<'a> = (&'a [u8], Option<i32>, Option<i32>, Option<u32>);

/// Comm, pid, tid and CPU from the text in front of a time, read backwards.
fn parse_identity(text: &[u8], layout: Layout) -> Option<Identity<'_>> {
    let mut rest = text;
    let (mut before, mut token) = pop_token(rest);
    if is_time_of_day(token) {
        (rest, _) = pop_token(before);
        (before, token) = pop_token(rest);
    }
    if is_misc(token) && !(layout.lacks_ids && before.is_empty()) {
        rest = before;
        (before, token) = pop_token(rest);
    }
    let mut cpu = None;
    if let [b'[', number_text @ .., b']'] = token {
        match number::<i64>(number_text)? {
            negative if negative < 0 => {}
            number => cpu = Some(u32::try_from(number).ok()?),
        }
        rest = before;
        (before, token) = pop_token(rest);
    } else if layout.latency {
        cpu = number::<u32>(token);
        (before, token) = pop_token(before);
    }
    if layout.lacks_ids {
        return Some((trim_comm(rest, layout), None, None, cpu));
    }
    let (pid, tid) = match memchr(b'/', token) {
        Some(slash) => (
            Some(number::<i32>(&token[..slash])?),
            number::<i32>(&token[slash + 1..])?,
        ),
        None => (None, number::<i32>(token)?),
    };
    Some((trim_comm(before, layout), pid, Some(tid), cpu))
}

/// perf pads a comm to 16 on the left where no stack follows; other leading blanks are its own.
fn trim_comm(text: &[u8], layout: Layout) -> &[u8] {
    let comm = text.trim_ascii_end();
    let padded = comm.len() == 16 || layout.latency;
    if padded {
        comm.trim_ascii_start()
    } else {
        comm
    }
}

/// Whether a line is laid out as `perf script -L` does: `%8.8s ` comm, ids, `%3d ` CPU, time.
pub(super) fn latency_fields(line: &[u8]) -> bool {
    let latency = Layout {
        latency: true,
        ..Layout::default()
    };
    let parsed = anchors(line, latency).next();
    let comm_is_8_wide = line.get(8) == Some(&b' ');
    comm_is_8_wide
        && parsed.is_some_and(|header| {
            let brackets = memchr(b'[', line).is_some();
            header.comm.len() <= 8 && header.cpu.is_some_and(|cpu| cpu < 1000) && !brackets
        })
}

/// A comm, an id, perhaps CPU and period, and an event. Nothing in them is as plain as a time, so
/// the rest must be a frame; or it is the line after a blank one, and the rest nothing, or the
/// fields of a tracepoint (`sched:sched_switch: …`).
fn parse_timeless(line: &[u8], after_blank: bool) -> Option<Header<'_>> {
    let colons = || event_ends(line);
    let tail = |colon: usize| line[colon + 1..].trim_ascii();
    let with_frame = |colon| {
        let header = timeless_fields(line, colon)?;
        parse_tail_frame(tail(colon)).map(|_| header)
    };
    let begins = after_blank
        && line
            .first()
            .is_some_and(|byte| !is_blank(*byte) && *byte != b'#');
    let without_frame = |colon| {
        let header = timeless_fields(line, colon)?;
        let event = &line[line.len() - header.body.len()..colon];
        (tail(colon).is_empty() || event.contains(&b':')).then_some(header)
    };
    // In this order, a line that begins a piece means the same as within one.
    let found = colons().find_map(with_frame);
    found.or_else(|| begins.then(|| colons().find_map(without_frame))?)
}

/// Where an event may end. A comm may have colons, too; a line of nothing else must not take forever.
fn event_ends(line: &[u8]) -> impl Iterator<Item = usize> {
    const MOST: usize = 16;
    let ends_event = |colon: &usize| line.get(colon + 1).is_none_or(|byte| is_blank(*byte));
    memchr_iter(b':', line).filter(ends_event).take(MOST)
}

/// A header of a file without times in which all lines but those of stacks are such headers,
/// whatever stands before them: `            burn 15530 cycles:   559511660060`
pub(super) fn parse_plain(line: &[u8]) -> Option<Header<'_>> {
    if let Some(at) = memmem::find(line, b" PERF_RECORD_") {
        let (comm, pid, tid, cpu) = parse_identity(&line[..at], Layout::default())?;
        return Some(Header {
            comm,
            pid,
            tid,
            cpu,
            time: None,
            body: &line[at..],
        });
    }
    event_ends(line).find_map(|colon| {
        let header = timeless_fields(line, colon)?;
        let event = &line[line.len() - header.body.len()..colon];
        let tail = line[colon + 1..].trim_ascii();
        let first = tail.split(|byte| *byte == b' ').next().unwrap_or_default();
        let is_number = first.iter().all(u8::is_ascii_hexdigit); // an address, a weight, nothing
        let is_field = [&b"/"[..], b"|", b"ABI:"]
            .iter()
            .any(|field| tail.starts_with(field));
        (is_number || is_field || event.contains(&b':')).then_some(header)
    })
}

/// The fields of a header without a time, whose event ends at `colon`.
fn timeless_fields(line: &[u8], colon: usize) -> Option<Header<'_>> {
    let (before_event, event) = pop_token(&line[..colon]);
    let (rest, period) = pop_token(before_event);
    let (_, id) = pop_token(rest);
    let is_id = id.starts_with(b"[") || number::<i32>(id).is_some() || id.contains(&b'/');
    let identity = |text| {
        let identity = parse_identity(text, Layout::default());
        identity.filter(|(comm, ..)| !comm.is_empty() && !event.is_empty())
    };
    // The last number is a period only if an id stands before it.
    let with_period = (is_id && number::<u64>(period).is_some())
        .then(|| identity(rest))
        .flatten();
    let (fields, body) = match with_period {
        Some(fields) => (fields, rest.len()),
        None => (identity(before_event)?, before_event.len()),
    };
    let (comm, pid, tid, cpu) = fields;
    Some(Header {
        comm,
        pid,
        tid,
        cpu,
        time: None,
        body: &line[body..],
    })
}

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

fn trailing_digits(text: &[u8]) -> usize {
    text.iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// All that stands before the last blank-separated word, and that word (empty where there is none).
fn pop_token(text: &[u8]) -> (&[u8], &[u8]) {
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

/// `02:16:53.433620`
fn is_time_of_day(token: &[u8]) -> bool {
    token.len() >= 15
        && token[2] == b':'
        && token[5] == b':'
        && token[8] == b'.'
        && token
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
}

/// `U`, `KM`, `Sp`: perf's `misc` field.
fn is_misc(token: &[u8]) -> bool {
    (1..=6).contains(&token.len()) && token.iter().all(|byte| b"KUHGgMESp".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::super::{Line, is_header, parse_line};
    use super::*;

    fn header<'a>(line: &'a str, layout: &Layout) -> Option<Header<'a>> {
        match parse_line(line.as_bytes(), *layout, true) {
            Line::Header(header) => Some(header),
            _ => None,
        }
    }

    #[test]
    fn headers_are_anchored_on_thread_and_time() {
        let layout = Layout {
            has_times: true,
            ..Layout::default()
        };
        for (line, comm, pid, tid, cpu, time) in [
            (
                "foo 12 bar 15161/15164 [001]  5868.000001: 1 cycles: ",
                "foo 12 bar",
                Some(15161),
                15164,
                Some(1),
                5_868_000_001_000,
            ),
            (
                "x 1 [000] 2.3: 15161/15165 [001]  5868.800000: 1 c: ",
                "x 1 [000] 2.3:",
                Some(15161),
                15165,
                Some(1),
                5_868_800_000_000,
            ),
            (
                "1.5: cycles: 15161/15183 [001]  5869.500000000: 1 c:",
                "1.5: cycles:",
                Some(15161),
                15183,
                Some(1),
                5_869_500_000_000,
            ),
            (
                "12/34  7611  5721.000000: 1 c:",
                "12/34",
                None,
                7611,
                None,
                5_721_000_000_000,
            ),
            (
                " lead 1516/1516  5.000000: 1 c:",
                " lead",
                Some(1516),
                1516,
                None,
                5_000_000_000,
            ),
            (
                "           false 39654 19115.489713:  1 c:",
                "false",
                None,
                39654,
                None,
                19_115_489_713_000,
            ),
            (
                ":-1    -1 [000]  5718.931372: sched:sched_switch: x",
                ":-1",
                None,
                -1,
                Some(0),
                5_718_931_372_000,
            ),
            (
                " 15161/15168 [001]  5.000000: 1 c:",
                "",
                Some(15161),
                15168,
                Some(1),
                5_000_000_000,
            ),
            (
                "DOM Worker 15137 [000] U      5866.647721: 1 c:",
                "DOM Worker",
                None,
                15137,
                Some(0),
                5_866_647_721_000,
            ),
            (
                "child 1  8333 2026-11-23 02:16:53.433620  5736.821845: 1 c:",
                "child 1",
                None,
                8333,
                None,
                5_736_821_845_000,
            ),
            (
                "#hash 15161/15174 [000]  5.000000: 1 c:",
                "#hash",
                Some(15161),
                15174,
                Some(0),
                5_000_000_000,
            ),
            (
                "Gecko\t25122 [007] 115540.8374:\t\t1000000 task-clock:u:",
                "Gecko",
                None,
                25122,
                Some(7),
                115_540_837_400_000,
            ),
        ] {
            let parsed = header(line, &layout).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(String::from_utf8_lossy(parsed.comm), comm, "{line}");
            assert_eq!(
                (parsed.pid, parsed.tid, parsed.cpu),
                (pid, Some(tid), cpu),
                "{line}"
            );
            assert_eq!(parsed.time, Some(time), "{line}");
        }
        for line in [
            "# captured on    : Mon Nov 23",
            "foo 12 bar",
            "swapper     0 [000]  1011.9846",
            "a: 1.000000: b",
        ] {
            assert_eq!(header(line, &layout), None, "{line}");
        }
    }

    #[test]
    fn the_layout_settles_what_a_comm_leaves_open() {
        let usual = "mt 10/11 [000]  5.000000: 1 c:\n".repeat(20);
        let layout = Layout::learn(usual.as_bytes()).expect("headers");
        let odd = "x 1 [000] 2.000000: y 10/12 [001]  5.500000: 1 c:";
        let parsed = header(odd, &layout).expect("a header");
        assert_eq!((parsed.tid, parsed.time), (Some(12), Some(5_500_000_000)));
        let latency =
            "      mt 10/11      0  5.000000: 1 c:\n     abc 10/11      1  5.000000: 1 c:\n";
        let layout = Layout::learn(latency.as_bytes()).expect("headers");
        let parsed = header(latency.lines().next().expect("a line"), &layout).expect("a header");
        assert_eq!((parsed.tid, parsed.cpu), (Some(11), Some(0)));
    }

    #[test]
    fn files_without_times_have_headers_after_blank_lines() {
        let none = Layout::default();
        for (line, comm, tid, body) in [
            ("java  3244 cpu-clock: ", "java", 3244, "cpu-clock: "),
            ("java 19983 cycles:", "java", 19983, "cycles:"),
            (
                "my app  7/8 [001] 250000 cycles: ",
                "my app",
                8,
                "250000 cycles: ",
            ),
        ] {
            let parsed = header(line, &none).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(String::from_utf8_lossy(parsed.comm), comm);
            assert_eq!((parsed.tid, parsed.time), (Some(tid), None));
            assert_eq!(String::from_utf8_lossy(parsed.body), body);
        }
        assert!(!is_header(b"java  3244 cpu-clock: ", none, false));
    }

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
