//! [`Layout`]: which fields a file's headers have, learnt from its beginning.

use super::header::{anchors, latency_fields};
use super::timeless::parse_plain;
use super::{Header, Line, parse_line, trim_line_end};

/// How many of a file's first sample lines teach its [`Layout`].
const LEARNED_HEADERS: usize = 100;

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
    /// Neither pid nor tid in most headers: `perf script -F comm,time,…`.
    pub(super) lacks_ids: bool,
    /// No times; nearly all lines but those of stacks are headers.
    pub(super) is_plain: bool,
    /// Printed with `perf script -L`: comm cut to 8 wide, CPU as a bare number.
    pub(super) latency: bool,
}

impl Layout {
    /// Learns from the beginning of a file; `None` where no header is in it.
    pub(crate) fn learn(head: &[u8]) -> Option<Self> {
        let lines = || head.split(|byte| *byte == b'\n').map(trim_line_end);
        let timed = |layout| {
            lines()
                .filter(|line| !matches!(line.first(), Some(b'\t')))
                .filter_map(move |line| anchors(line, layout).next().map(|header| (line, header)))
                .take(LEARNED_HEADERS)
        };
        let with_ids: Vec<_> = timed(Self::default()).collect();
        let without_ids = Self {
            has_times: true,
            lacks_ids: true,
            ..Self::default()
        };
        // A comm that ends in a number looks like one with a thread's number behind it.
        let lacks_ids = timed(without_ids)
            .filter(|(line, _)| !line.starts_with(b"#"))
            .filter(|(line, _)| anchors(line, Self::default()).next().is_none())
            .count();
        if lacks_ids > with_ids.len() {
            return Some(without_ids);
        }
        if with_ids.is_empty() {
            return Self::learn_timeless(lines());
        }
        let nearly_all = |test: &dyn Fn(&Header<'_>) -> bool| {
            let (count, yes) = (
                with_ids.len(),
                with_ids.iter().filter(|(_, header)| test(header)).count(),
            );
            let settled = yes * 10 >= count * 9 || yes * 10 <= count;
            settled.then_some(yes * 2 > count)
        };
        Some(Self {
            has_times: true,
            has_pid: nearly_all(&|header| header.pid.is_some()),
            has_cpu: nearly_all(&|header| header.cpu.is_some()),
            lacks_ids: false,
            is_plain: false,
            latency: with_ids.iter().all(|(line, _)| latency_fields(line)),
        })
    }

    fn learn_timeless<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone) -> Option<Self> {
        let is_candidate = |line: &&[u8]| {
            let is_other = matches!(line.first(), None | Some(b'\t' | b'#'));
            let is_tail = line.starts_with(b" ") && parse_plain(line).is_none();
            !is_other && !is_tail
        };
        let candidates = lines.clone().filter(is_candidate).take(LEARNED_HEADERS);
        let (mut headers, mut others) = (0, 0);
        for line in candidates {
            match parse_plain(line) {
                Some(_) => headers += 1,
                None => others += 1,
            }
        }
        if headers > 9 * others {
            return Some(Self {
                is_plain: true,
                ..Self::default()
            });
        }
        let mut after_blank = true;
        let mut found = lines.map(|line| {
            let parsed = parse_line(line, Self::default(), after_blank);
            after_blank = parsed.may_precede_a_sample();
            matches!(parsed, Line::Header(_))
        });
        found.any(|is_header| is_header).then(Self::default)
    }

    pub(super) fn fits(self, header: &Header<'_>) -> bool {
        self.has_pid.is_none_or(|has| has == header.pid.is_some())
            && self.has_cpu.is_none_or(|has| has == header.cpu.is_some())
    }
}
