//! [`Layout`]: which fields a file's headers have, learnt from its beginning.

use super::header::{anchors, latency_fields, shows_no_ids};
use super::quote::{learn_quote, without_quote};
use super::timeless::parse_plain;
use super::words::number;
use super::{Body, Header, Line, parse_body, parse_line, trim_line_end};

/// How many of a file's first sample lines teach its [`Layout`].
const LEARNED_HEADERS: usize = 100;
/// So many are asked whether one of them has no numbers.
const MOST_HEADERS: usize = 1000;
/// So many events may lack their period where headers have no times.
const LEARNED_EVENTS: usize = 6;

/// Which of the optional fields the headers of a file have; settles what a comm full of digits,
/// colons and brackets leaves open. Learnt from the first [`LEARNED_HEADERS`] headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Layout {
    /// Whether headers carry times.
    pub(crate) has_times: bool,
    /// `pid/tid` (or a bare tid) in nearly all headers, where that is so.
    pub(super) has_pid: Option<bool>,
    /// `[cpu]` in nearly all headers (or in none), where that is so.
    pub(super) has_cpu: Option<bool>,
    /// Neither pid nor tid in any header: `perf script -F comm,time,…`.
    pub(super) lacks_ids: bool,
    /// No event in nearly all headers: `perf script -F -event`.
    pub(super) lacks_events: bool,
    /// No times; nearly all lines but those of stacks are headers.
    pub(super) is_plain: bool,
    /// Printed with `perf script -L`: comm cut to 8 wide, CPU as a bare number.
    pub(super) latency: bool,
    /// Times may have any number of decimals.
    pub(super) short_times: bool,
    /// No line begins with a tab: stacks were expanded, trimmed, or are none.
    pub(super) lacks_tabs: bool,
    /// So many bytes in front of each line quote or indent it.
    pub(super) quote: u8,
    /// Hashes of events that some header without a time shows to have no period.
    pub(super) without_period: [u32; LEARNED_EVENTS],
}

impl Layout {
    /// Learns from the beginning of a file; `None` where no header is in it.
    pub(crate) fn learn(head: &[u8]) -> Option<Self> {
        let lines = || head.split(|byte| *byte == b'\n').map(trim_line_end);
        let quote = learn_quote(lines());
        let lines = || lines().map(|line| without_quote(line, quote));
        let learned = Self::learn_timed(lines)
            .or_else(|| Self::learn_short_times(lines))
            .or_else(|| Self::learn_timeless(lines()))?;
        Some(Self {
            lacks_tabs: !lines().any(|line| line.first() == Some(&b'\t')),
            quote,
            ..learned
        })
    }

    /// Headers with times and without ids, their CPUs as any number in brackets.
    pub(super) fn without_ids() -> Self {
        Self {
            has_times: true,
            lacks_ids: true,
            has_cpu: Some(true),
            ..Self::default()
        }
    }

    fn learn_timed<'a, L: Iterator<Item = &'a [u8]> + Clone>(
        lines: impl Fn() -> L,
    ) -> Option<Self> {
        let without_ids = Self::without_ids();
        // Ids are in all headers of a file or in none: a comm that ends in a number looks like one
        // with a thread's number behind it, but no number is taken away from where it is printed.
        let untabbed = || lines().filter(|line| !matches!(line.first(), Some(b'\t')));
        let headers = |layout| headers(untabbed(), layout);
        let with_ids = headers(Self::default());
        let lacks_ids = untabbed()
            .filter(|line| !line.starts_with(b"#"))
            .filter(|line| anchors(line, without_ids).next().is_some())
            .take(MOST_HEADERS)
            .any(|line| {
                anchors(line, Self::default()).next().is_none() && shows_no_ids(line, without_ids)
            });
        if lacks_ids {
            return Some(without_ids.of_headers_without_ids(untabbed()));
        }
        let times = Self {
            has_times: true,
            ..Self::default()
        };
        (!with_ids.is_empty()).then(|| times.with_fields(&with_ids))
    }

    /// A comm may end in `[3]`; where all end so, these are CPUs.
    fn of_headers_without_ids<'a>(self, lines: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let any = lines.clone().filter_map(|line| anchors(line, self).next());
        let all_have_cpus = any.take(MOST_HEADERS).all(|header| header.cpu.is_some());
        let layout = Self {
            has_cpu: all_have_cpus.then_some(true),
            ..self
        };
        Self {
            has_pid: None,
            latency: false,
            ..layout.with_fields(&headers(lines, layout))
        }
    }

    /// Times of `0.0` are those of a file in which no other line is a header.
    fn learn_short_times<'a, L: Iterator<Item = &'a [u8]>>(lines: impl Fn() -> L) -> Option<Self> {
        let short = Self {
            has_times: true,
            short_times: true,
            ..Self::default()
        };
        let is_header = |line: &[u8]| anchors(line, short).next().is_some();
        let untabbed = || lines().filter(|line| !matches!(line.first(), Some(b'\t')));
        let found = headers(untabbed(), short);
        let others = untabbed()
            .filter(|line| !is_header(line) && parse_plain(line, Self::default()).is_some())
            .take(LEARNED_HEADERS);
        (found.len() > others.count()).then(|| short.with_fields(&found))
    }

    /// Learns what `headers` have.
    fn with_fields(self, headers: &[(&[u8], Header<'_>)]) -> Self {
        let nearly_all = |test: &dyn Fn(&Header<'_>) -> bool| {
            let (count, yes) = (
                headers.len(),
                headers.iter().filter(|(_, header)| test(header)).count(),
            );
            let settled = yes * 10 >= count * 9 || yes * 10 <= count;
            settled.then_some(yes * 2 > count)
        };
        let (mut events, mut others) = (0, 0);
        for (_, header) in headers {
            match parse_body(header.body, Self::default()) {
                Some(Body::Sample { event: b"", .. }) => others += 1,
                Some(Body::Sample { .. }) => events += 1,
                _ => {}
            }
        }
        Self {
            has_pid: nearly_all(&|header| header.pid.is_some()),
            has_cpu: nearly_all(&|header| header.cpu.is_some()),
            lacks_events: others > 9 * events,
            latency: headers.iter().all(|(line, _)| latency_fields(line)),
            ..self
        }
    }

    fn learn_timeless<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone) -> Option<Self> {
        let is_candidate = |line: &&[u8]| {
            let is_other = matches!(line.first(), None | Some(b'\t' | b'#'));
            let is_tail = line.starts_with(b" ") && parse_plain(line, Self::default()).is_none();
            !is_other && !is_tail
        };
        let candidates = lines.clone().filter(is_candidate).take(LEARNED_HEADERS);
        let (mut headers, mut others) = (0, 0);
        for line in candidates {
            match parse_plain(line, Self::default()) {
                Some(_) => headers += 1,
                None => others += 1,
            }
        }
        let layout = Self {
            is_plain: headers > 9 * others,
            ..Self::default()
        };
        let mut after_blank = true;
        let headers = lines.filter_map(|line| {
            let parsed = parse_line(line, layout, after_blank);
            after_blank = parsed.may_precede_a_sample();
            match parsed {
                Line::Header(header) => Some(header),
                _ => None,
            }
        });
        let mut headers = headers.take(LEARNED_HEADERS).peekable();
        headers.peek()?;
        Some(headers.fold(layout, Self::with_event_of))
    }

    /// Learns that an event has no period: no number is in front of it but the thread's.
    fn with_event_of(mut self, header: Header<'_>) -> Self {
        if let Some(Body::Sample {
            period: None,
            event,
            ..
        }) = parse_body(header.body, self)
            && !self.lacks_period(event)
            && let Some(place) = self.without_period.iter_mut().find(|place| **place == 0)
        {
            *place = hash(event);
        }
        self
    }

    pub(super) fn lacks_period(&self, event: &[u8]) -> bool {
        self.without_period[0] != 0 && self.without_period.contains(&hash(event))
    }

    /// Whether the text in brackets behind a comm is a CPU. perf prints three digits at least; where no
    /// number comes before it, it may be the comm's.
    pub(super) fn is_cpu(&self, text: &[u8]) -> bool {
        let is_printed_so = !self.lacks_ids || text.len() >= 3 || self.has_cpu == Some(true);
        is_printed_so && number::<i64>(text).is_some()
    }

    pub(super) fn fits(self, header: &Header<'_>) -> bool {
        self.has_pid.is_none_or(|has| has == header.pid.is_some())
            && self.has_cpu.is_none_or(|has| has == header.cpu.is_some())
    }

    /// `line` without what quotes or indents it.
    pub(super) fn unquoted(self, line: &[u8]) -> &[u8] {
        match self.quote {
            0 => line,
            quote => without_quote(line, quote),
        }
    }
}

/// The first headers with times, and their lines.
fn headers<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    layout: Layout,
) -> Vec<(&'a [u8], Header<'a>)> {
    let header = |line| anchors(line, layout).next().map(|header| (line, header));
    lines.filter_map(header).take(LEARNED_HEADERS).collect()
}

/// FNV-1a, and never 0.
fn hash(text: &[u8]) -> u32 {
    let mix = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    text.iter().fold(0x811c_9dc5, mix).max(1)
}
