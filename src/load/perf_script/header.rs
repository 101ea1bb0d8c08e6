//! Headers: who, where and when, anchored on the time.

use super::timeless::{parse_plain, parse_timeless};
use super::words::{is_blank, number, pop_token, trailing_digits};
use super::{Body, Header, Layout, parse_body, parse_tail_frame};
use crate::profile::NANOS_PER_SECOND;
use memchr::{memchr, memchr_iter};

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
        _ if layout.is_plain => parse_plain(line, layout),
        _ => parse_timeless(line, layout, after_blank),
    }
}

/// Every place in the line where a header's fields end in a time, first to last.
pub(super) fn anchors(line: &[u8], layout: Layout) -> impl Iterator<Item = Header<'_>> {
    memchr_iter(b':', line).filter_map(move |colon| {
        let (time, before) = parse_time(line, colon, layout)?;
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
/// simpleperf drops zeros and goes on with a tab. Other programs' files may have times of `0.0`.
fn parse_time(line: &[u8], colon: usize, layout: Layout) -> Option<(Option<u64>, &[u8])> {
    let follows = line.get(colon + 1);
    if !follows.is_none_or(|byte| is_blank(*byte)) {
        return None;
    }
    let fraction = trailing_digits(&line[..colon]);
    let may_be_short = layout.short_times || follows == Some(&b'\t');
    if fraction != 6 && fraction != 9 && !(may_be_short && (1..=9).contains(&fraction)) {
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
pub(super) fn parse_identity(text: &[u8], layout: Layout) -> Option<Identity<'_>> {
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
    if let [b'[', number_text @ .., b']'] = token
        && layout.is_cpu(number_text)
    {
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
    let comm = without_guest(text).trim_ascii_end();
    let padded = comm.len() == 16 || layout.latency;
    if padded {
        comm.trim_ascii_start()
    } else {
        comm
    }
}

/// Leaves out the machine and its processor where a guest was sampled:
/// `VM:13376 VCPU:003            uname` · `VM:  123 uname`
fn without_guest(text: &[u8]) -> &[u8] {
    let after = |name: &[u8], text: &'_ [u8]| -> Option<usize> {
        let value = text.strip_prefix(name)?.trim_ascii_start();
        let digits = value
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let is_field = digits > 0 && value.get(digits) == Some(&b' ');
        is_field.then(|| text.len() - value.len() + digits + 1)
    };
    let Some(machine) = after(b"VM:", text) else {
        return text;
    };
    let rest = &text[machine..];
    &rest[after(b"VCPU:", rest).unwrap_or(0)..]
}

/// Whether a header has something else than a number where its process and thread would be.
pub(super) fn shows_no_ids(line: &[u8], layout: Layout) -> bool {
    let is_number = |comm: &[u8]| {
        let (_, word) = pop_token(comm);
        let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'/');
        !word.is_empty() && word.iter().all(is_part)
    };
    let says_something = |header: &Header<'_>| match parse_body(header.body, layout) {
        Some(Body::Sample { event, tail, .. }) => {
            !event.is_empty() || tail.is_empty() || parse_tail_frame(event, tail).is_some()
        }
        _ => false,
    };
    let found = anchors(line, layout).next();
    found.is_some_and(|header| !is_number(header.comm) && says_something(&header))
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
}
