//! Headers of files without times.

use super::header::parse_identity;
use super::words::{is_blank, number, pop_token};
use super::{Header, Layout, parse_tail_frame};
use memchr::{memchr_iter, memmem};

/// A comm, an id, perhaps CPU and period, and an event. Nothing in them is as plain as a time, so
/// the rest must be a frame; or it is the line after a blank one, and the rest nothing, or the
/// fields of a tracepoint (`sched:sched_switch: …`).
pub(super) fn parse_timeless(line: &[u8], layout: Layout, after_blank: bool) -> Option<Header<'_>> {
    let colons = || event_ends(line);
    let tail = |colon: usize| line[colon + 1..].trim_ascii();
    let with_frame = |colon| {
        let header = timeless_fields(line, colon, layout)?;
        // The event may be a word of a text: no event is assumed.
        parse_tail_frame(b"", tail(colon)).map(|_| header)
    };
    let begins = after_blank
        && line
            .first()
            .is_some_and(|byte| !is_blank(*byte) && *byte != b'#');
    let without_frame = |colon| {
        let header = timeless_fields(line, colon, layout)?;
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
pub(super) fn parse_plain(line: &[u8], layout: Layout) -> Option<Header<'_>> {
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
        let header = timeless_fields(line, colon, layout)?;
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
fn timeless_fields(line: &[u8], colon: usize, layout: Layout) -> Option<Header<'_>> {
    let (before_event, event) = pop_token(&line[..colon]);
    let (rest, period) = pop_token(before_event);
    let (_, id) = pop_token(rest);
    let is_id = id.starts_with(b"[") || number::<i32>(id).is_some() || id.contains(&b'/');
    let identity = |text| {
        let identity = parse_identity(text, Layout::default());
        identity.filter(|(comm, ..)| !comm.is_empty() && !event.is_empty())
    };
    // The last number is a period only if an id stands before it, and if it is as wide as one where
    // that id may be the end of a comm.
    let width = before_event.trim_ascii_end().len() - rest.trim_ascii_end().len();
    let is_period = number::<u64>(id).is_none() || width > 10 || !layout.lacks_period(event);
    let with_period = (is_id && is_period && number::<u64>(period).is_some())
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
