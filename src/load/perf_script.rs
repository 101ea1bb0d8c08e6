//! The line grammar of `perf script` text: bytes in, borrowed records out.
//!
//! Total and free of allocation: every byte string is some [`Line`]. What a line means never
//! depends on more than the line itself and the file's [`Layout`], so that pieces of a file can be
//! read in any order. The real lines that each function accepts stand above it.

use crate::profile::NANOS_PER_SECOND;
use memchr::{memchr, memchr_iter, memmem, memrchr, memrchr2};

/// How many of a file's first sample lines teach its [`Layout`].
const LEARNED_HEADERS: usize = 100;

/// What one line is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// The first line of a sample, or of a record that is none.
    Header(Header<'a>),
    /// One function of the stack of the sample before.
    Frame(RawFrame<'a>),
    /// Where in the source the frame before was; `true` if it was inlined.
    SourceLine { inlined: bool },
    /// Nothing but blanks.
    Blank,
    /// `# …`
    Comment(&'a [u8]),
    /// What perf prints after a stack: registers, branches, physical addresses, source text.
    Tail,
    /// None of these.
    Unreadable,
}

/// The fields that begin a sample or record, and the rest of its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    pub(crate) comm: &'a [u8],
    pub(crate) pid: Option<i32>,
    pub(crate) tid: i32,
    pub(crate) cpu: Option<u32>,
    /// Nanoseconds; `None` in a file without times, or where they don't fit 64 bits.
    pub(crate) time: Option<u64>,
    /// All that follows the time.
    pub(crate) body: &'a [u8],
}

/// What a header's body says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Body<'a> {
    /// A sample.
    Sample {
        /// Its period, where printed.
        period: Option<u64>,
        /// Its event, without the final colon; empty where not printed.
        event: &'a [u8],
        /// The rest: nothing, one frame, a tracepoint's fields, an address.
        tail: &'a [u8],
    },
    /// A record of this kind: `PERF_RECORD_MMAP2`.
    Record(&'a [u8]),
}

/// One frame as printed, its address and offset left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawFrame<'a> {
    /// The symbol; empty or `[unknown]` where perf knew none.
    pub(crate) name: &'a [u8],
    /// The module; empty where perf printed none.
    pub(crate) module: &'a [u8],
    /// Marked ` (inlined)`.
    pub(crate) inlined: bool,
}

/// Which of the optional fields the headers of a file have; settles what a comm full of digits,
/// colons and brackets leaves open. Learnt from the first [`LEARNED_HEADERS`] headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Layout {
    /// Whether headers carry times.
    pub(crate) has_times: bool,
    /// `pid/tid` (or a bare tid) in nearly all headers, where that is so.
    has_pid: Option<bool>,
    /// `[cpu]` in nearly all headers (or in none), where that is so.
    has_cpu: Option<bool>,
    /// Printed with `perf script -L`: comm cut to 8 wide, CPU as a bare number.
    latency: bool,
}

impl Layout {
    /// Learns from the beginning of a file.
    pub(crate) fn learn(head: &[u8]) -> Self {
        let mut headers = Vec::new();
        let lines = || head.split(|byte| *byte == b'\n').map(trim_line_end);
        for line in lines().filter(|line| line.first() != Some(&b'\t')) {
            if headers.len() == LEARNED_HEADERS {
                break;
            }
            let any = Self::default();
            headers.extend(anchors(line, any).next().map(|header| (line, header)));
        }
        let count = headers.len();
        if count == 0 {
            return Self::default();
        }
        let nearly_all = |test: &dyn Fn(&Header<'_>) -> bool| {
            let yes = headers.iter().filter(|(_, header)| test(header)).count();
            let settled = yes * 10 >= count * 9 || yes * 10 <= count;
            settled.then_some(yes * 2 > count)
        };
        let latency = headers.iter().all(|(line, _)| latency_fields(line));
        Self {
            has_times: true,
            has_pid: nearly_all(&|header| header.pid.is_some()),
            has_cpu: nearly_all(&|header| header.cpu.is_some()),
            latency,
        }
    }

    fn fits(self, header: &Header<'_>) -> bool {
        self.has_pid.is_none_or(|has| has == header.pid.is_some())
            && self.has_cpu.is_none_or(|has| has == header.cpu.is_some())
    }
}

/// Says what `line` (without its end) is. `after_blank`: whether the line before it was blank or
/// there is none; only files without times need it.
pub(crate) fn parse_line(line: &[u8], layout: Layout, after_blank: bool) -> Line<'_> {
    if line.first() == Some(&b'\t') {
        return parse_tabbed(line);
    }
    if line.iter().all(|byte| is_blank(*byte)) {
        return Line::Blank;
    }
    if let Some(header) = parse_header(line, layout, after_blank) {
        return Line::Header(header);
    }
    match line {
        [b'#', ..] => Line::Comment(line[1..].trim_ascii()),
        [b' ', ..] => parse_indented(line),
        [b'|', ..] => Line::Tail,
        _ => Line::Unreadable,
    }
}

/// Whether a sample or record begins here: the only places where a file may be cut.
pub(crate) fn is_header(line: &[u8], layout: Layout, after_blank: bool) -> bool {
    line.first() != Some(&b'\t') && parse_header(line, layout, after_blank).is_some()
}

/// `\t    ffffffff821f2c2b pv_native_safe_halt+0xb ([kernel.kallsyms])`
/// `\t\t[0/net: 4/0xf0000000, …` (rest of a NAMESPACES record)
/// `\t00005595116600d4\tinsn: 55` (brstackinsn)
fn parse_tabbed(line: &[u8]) -> Line<'_> {
    match split_address(line) {
        Some((b'\t', _)) => Line::Tail,
        Some((_, rest)) => Line::Frame(split_frame(rest)),
        None if line[1..].trim_ascii().is_empty() => Line::Blank,
        None if line.starts_with(b"\t\t") => Line::Tail,
        None => Line::Unreadable,
    }
}

/// `        b3cea6c4\tLock::unlock() (/system/lib/libc.so)` (simpleperf)
/// `            c6d7895aac9 LazyCompile:~body_0 evalmachine.<anonymous>:1 (/tmp/perf-31912.map)`
/// `  std_thread.h:259 (inlined)` (source line of the frame before)
/// ` ABI:2    AX:0xfdb46 …`, ` 0x4005a0/0x4005b0/P/-/-/0`, `      BPF output: 0000: …`
fn parse_indented(line: &[u8]) -> Line<'_> {
    if let Some((separator, rest)) = split_address(line)
        && (separator == b'\t' || rest.trim_ascii_end().ends_with(b")"))
    {
        return Line::Frame(split_frame(rest));
    }
    if line.starts_with(b"  ") && !line.starts_with(b"   ") {
        let inlined = line.trim_ascii_end().ends_with(b" (inlined)");
        return Line::SourceLine { inlined };
    }
    Line::Tail
}

/// Blanks, a hexadecimal address, one blank: that blank and what follows it.
fn split_address(line: &[u8]) -> Option<(u8, &[u8])> {
    let start = line.iter().position(|byte| !is_blank(*byte))?;
    let digits = line[start..]
        .iter()
        .position(|byte| !byte.is_ascii_hexdigit())
        .unwrap_or(line.len() - start);
    match line.get(start + digits) {
        _ if digits == 0 || digits > 16 => None,
        None => Some((b' ', &[])),
        Some(separator) if is_blank(*separator) => Some((*separator, &line[start + digits + 1..])),
        Some(_) => None,
    }
}

/// `deep+0x14 (/srv/demo/mt)` · `[unknown] (/srv/demo/mt del (x) (deleted))` · `operator()+0x426`
/// `operator()+0x426 (inlined)` · ` (/lib/libc-2.15.so)` · `StubRoutines (1)+0xc9 (/tmp/perf-9.map)`
/// `main+0x1f (/srv/demo/mt+0x27ff)` · `hashCode ([JIT app cache])` · `Vec::operator++0x39`
fn split_frame(text: &[u8]) -> RawFrame<'_> {
    let mut text = text.trim_ascii_end();
    let inlined = text.ends_with(b" (inlined)");
    if inlined {
        text = &text[..text.len() - b" (inlined)".len()];
    }
    let (name, module) = match module_start(text) {
        Some(open) => {
            let module = &text[open + 1..text.len() - 1];
            (
                text[..open].strip_suffix(b" ").unwrap_or(&text[..open]),
                strip_offset(module),
            )
        }
        None => (text, &text[..0]),
    };
    RawFrame {
        name: strip_offset(name),
        module,
        inlined,
    }
}

/// The parenthesis that opens the module, if the text ends in one.
fn module_start(text: &[u8]) -> Option<usize> {
    if text.last() != Some(&b')') {
        return None;
    }
    let opens_module = |open: usize| open == 0 || text[open - 1] == b' ';
    let inner = &text[..text.len() - 1];
    // Nearly every line: one pair of parentheses at the end.
    if let Some(at) = memrchr2(b'(', b')', inner)
        && inner[at] == b'('
    {
        return opens_module(at).then_some(at);
    }
    if let Some(at) = memmem::rfind_iter(inner, b" (").find(|at| {
        let before = &inner[..*at];
        strip_offset(before).len() < before.len()
    }) {
        return Some(at + 1);
    }
    let mut depth = 1;
    let mut end = inner.len();
    while let Some(at) = memrchr2(b'(', b')', &inner[..end]) {
        depth = if inner[at] == b')' {
            depth + 1
        } else {
            depth - 1
        };
        if depth == 0 {
            return opens_module(at).then_some(at);
        }
        end = at;
    }
    let last = |pattern: &[u8]| memmem::rfind(inner, pattern).map(|at| at + 1);
    last(b" (/").max(last(b" (["))
}

/// `name` without a final `+0x1f`.
fn strip_offset(name: &[u8]) -> &[u8] {
    if !name.last().is_some_and(u8::is_ascii_hexdigit) {
        return name;
    }
    match memrchr(b'+', name) {
        Some(at) => match &name[at + 1..] {
            [b'0', b'x', digits @ ..]
                if !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit) =>
            {
                &name[..at]
            }
            _ => name,
        },
        None => name,
    }
}

/// `mt  6926/6927  [001]  5709.779182:    2004008 cpu-clock: `
/// `DOM Worker 15137 [000] U      5866.647721: …` · `:-1    -1 [000]  5718.931372: …`
/// `child 1  8333 2026-11-23 02:16:53.433620  5736.821845:    3344481 cpu-clock: `
/// `Gecko\t25122 [007] 115539.936601:\t\t1000000 task-clock:u:` (simpleperf)
/// `java  3244 cpu-clock: ` (no times)
fn parse_header(line: &[u8], layout: Layout, after_blank: bool) -> Option<Header<'_>> {
    if layout.has_times {
        let mut found = anchors(line, layout);
        let first = found.next()?;
        if layout.fits(&first) {
            return Some(first);
        }
        Some(found.find(|header| layout.fits(header)).unwrap_or(first))
    } else if after_blank {
        parse_timeless(line)
    } else {
        None
    }
}

/// Every place in the line where a header's fields end in a time, first to last.
fn anchors(line: &[u8], layout: Layout) -> impl Iterator<Item = Header<'_>> {
    memchr_iter(b':', line).filter_map(move |colon| {
        let (time, before) = parse_time(line, colon)?;
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
    let dot = colon - fraction - 1;
    let before_dot = line.get(..dot).filter(|_| line[dot] == b'.')?;
    let whole = trailing_digits(before_dot);
    let start = dot - whole;
    if whole == 0 || start == 0 || !is_blank(line[start - 1]) {
        return None;
    }
    let scale = 10u64.pow(9 - fraction as u32);
    let nanos = number::<u64>(&line[dot + 1..colon]).unwrap_or(0) * scale;
    let time = number::<u64>(&line[start..dot])
        .and_then(|seconds| seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos));
    Some((time, &line[..start]))
}

type Identity<'a> = (&'a [u8], Option<i32>, i32, Option<u32>);

/// Comm, pid, tid and CPU from the text in front of a time, read backwards.
fn parse_identity(text: &[u8], layout: Layout) -> Option<Identity<'_>> {
    let (mut rest, mut token) = pop_token(text)?;
    if is_time_of_day(token) {
        let (before, _date) = pop_token(rest)?;
        (rest, token) = pop_token(before)?;
    }
    if is_misc(token) {
        (rest, token) = pop_token(rest)?;
    }
    let mut cpu = None;
    if let [b'[', number_text @ .., b']'] = token {
        match number::<i64>(number_text)? {
            negative if negative < 0 => {}
            number => cpu = Some(u32::try_from(number).ok()?),
        }
        (rest, token) = pop_token(rest)?;
    } else if layout.latency {
        cpu = number::<u32>(token);
        (rest, token) = pop_token(rest)?;
    }
    let (pid, tid) = match memchr(b'/', token) {
        Some(slash) => (
            Some(number::<i32>(&token[..slash])?),
            number::<i32>(&token[slash + 1..])?,
        ),
        None => (None, number::<i32>(token)?),
    };
    Some((trim_comm(rest, layout), pid, tid, cpu))
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
fn latency_fields(line: &[u8]) -> bool {
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

/// Only right after a blank line: a comm, an id, perhaps CPU and period, and an event to the end.
fn parse_timeless(line: &[u8]) -> Option<Header<'_>> {
    let text = line.trim_ascii_end();
    let event_end = text.strip_suffix(b":")?;
    if event_end.is_empty() || is_blank(text[0]) || text[0] == b'#' {
        return None;
    }
    let (before_event, event) = pop_token(event_end)?;
    let body_start = |part: &[u8]| part.as_ptr() as usize - line.as_ptr() as usize;
    let (mut before_ids, mut body) = (before_event, body_start(event));
    // The last number is a period only if an id stands before it.
    if let Some((rest, period)) = pop_token(before_event)
        && number::<u64>(period).is_some()
        && let Some((_, id)) = pop_token(rest)
        && (id.starts_with(b"[") || number::<i32>(id).is_some() || id.contains(&b'/'))
        && parse_identity(rest, Layout::default()).is_some_and(|(comm, ..)| !comm.is_empty())
    {
        (before_ids, body) = (rest, body_start(period));
    }
    let (comm, pid, tid, cpu) = parse_identity(before_ids, Layout::default())?;
    (!comm.is_empty()).then_some(Header {
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
        let end = text
            .iter()
            .position(|b| !b.is_ascii_uppercase() && !b.is_ascii_digit() && *b != b'_');
        return Some(Body::Record(&text[..end.unwrap_or(text.len())]));
    }
    if text.starts_with(b"metric:") || text.starts_with(b"DEFERRED CALLCHAIN") {
        return Some(Body::Record(
            &text[..memchr(b' ', text).unwrap_or(text.len())],
        ));
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
    Some(Body::Sample {
        period,
        event,
        tail,
    })
}

/// The event ends at the first colon that a blank or the line's end follows.
fn split_event(text: &[u8]) -> (&[u8], &[u8]) {
    for colon in memchr_iter(b':', text) {
        if text.get(colon + 1).is_none_or(|byte| is_blank(*byte)) {
            return (&text[..colon], text[colon + 1..].trim_ascii());
        }
    }
    (&text[..0], text.trim_ascii())
}

/// A single-line sample's only frame, at the end of its header line; `None` if the tail is
/// something else, such as a tracepoint's fields or an address alone.
///
/// ` ffffffff821cf093 mas_next+0x3 ([kernel.kallsyms])` · `7fa68b1f2d84 _dl_start+0x4 (/lib/ld.so)`
/// `559511660060 __TMC_END__+0x0 (/srv/forks)  ffffffff8175336a elf_load+0x28a ([kernel.kallsyms])`
pub(crate) fn parse_tail_frame(tail: &[u8]) -> Option<RawFrame<'_>> {
    let (_, rest) = split_address(tail)?;
    let rest = rest.trim_ascii();
    if rest.is_empty() {
        return None;
    }
    // A sampled address comes before the instruction's: the last of two is the frame.
    for (at, _) in rest.iter().enumerate().filter(|(_, byte)| **byte == b' ') {
        let last = &rest[at..];
        let digits = last[1..]
            .iter()
            .take_while(|b| b.is_ascii_hexdigit())
            .count();
        if digits >= 8
            && let Some((_, inner)) = split_address(last)
            && !inner.trim_ascii().is_empty()
            && (at == 0 || rest[..at].trim_ascii_end().ends_with(b")"))
        {
            return Some(split_frame(inner));
        }
    }
    Some(split_frame(rest))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

/// `line` without a final carriage return.
pub(crate) fn trim_line_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn trailing_digits(text: &[u8]) -> usize {
    text.iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// The last blank-separated word and all that stands before it.
fn pop_token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_end();
    if text.is_empty() {
        return None;
    }
    let start = text
        .iter()
        .rposition(|byte| is_blank(*byte))
        .map_or(0, |at| at + 1);
    Some((&text[..start], &text[start..]))
}

/// A decimal number, a minus sign allowed where the type has one.
fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    if text.first() == Some(&b'+') {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
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
    token.len() <= 6 && token.iter().all(|byte| b"KUHGgMESp".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(line: &str) -> (String, String, bool) {
        match parse_line(line.as_bytes(), Layout::default(), false) {
            Line::Frame(frame) => (
                String::from_utf8_lossy(frame.name).into(),
                String::from_utf8_lossy(frame.module).into(),
                frame.inlined,
            ),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn frames_split_into_name_and_module() {
        for (line, name, module, inlined) in [
            (
                "\t    27ff deep+0x14 (/srv/demo/mt)",
                "deep",
                "/srv/demo/mt",
                false,
            ),
            (
                "\t    31c7 [unknown] (/s/mt del (x) (deleted))",
                "[unknown]",
                "/s/mt del (x) (deleted)",
                false,
            ),
            (
                "\t    31a6 operator()+0x426 (inlined)",
                "operator()",
                "",
                true,
            ),
            ("\t    31a6 operator()+0x426", "operator()", "", false),
            ("\t    2d88 deep", "deep", "", false),
            ("\t    27ff", "", "", false),
            (
                "\t    7f1e2215d058  (/lib/libc-2.15.so)",
                "",
                "/lib/libc-2.15.so",
                false,
            ),
            ("\t    27ff (/path)", "", "/path", false),
            (
                "\t    1 StubRoutines (1)+0xc9 (/tmp/perf-9.map)",
                "StubRoutines (1)",
                "/tmp/perf-9.map",
                false,
            ),
            (
                "\t    1 StubRoutines (1)+0xc9",
                "StubRoutines (1)",
                "",
                false,
            ),
            (
                "\t    1 main+0x1f (/srv/demo/mt+0x27ff)",
                "main",
                "/srv/demo/mt",
                false,
            ),
            (
                "\t    1 hashCode ([JIT app cache])",
                "hashCode",
                "[JIT app cache]",
                false,
            ),
            (
                "\t    1 Vec::operator++0x39 (/x)",
                "Vec::operator+",
                "/x",
                false,
            ),
            (
                "\t    1 f(int (*)(long)) const+0x3 (/x (deleted))",
                "f(int (*)(long)) const",
                "/x (deleted)",
                false,
            ),
            (
                "\t    1 (anonymous namespace)::f(int)+0x1 (/x)",
                "(anonymous namespace)::f(int)",
                "/x",
                false,
            ),
            (
                "\t    1 f(int) (/opt/a b) c)",
                "f(int)",
                "/opt/a b) c",
                false,
            ),
            ("\t    1 x => +0xb (/x)", "x => ", "/x", false),
            (
                "\t    1 memcpy@plt+0xffffffffff22f000 (/x)",
                "memcpy@plt",
                "/x",
                false,
            ),
            (
                "        b3cea6c4\tLock::unlock() (/system/lib/libc.so)",
                "Lock::unlock()",
                "/system/lib/libc.so",
                false,
            ),
        ] {
            assert_eq!(frame(line), (name.into(), module.into(), inlined), "{line}");
        }
    }

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
                (pid, tid, cpu),
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
        let layout = Layout::learn(usual.as_bytes());
        let odd = "x 1 [000] 2.000000: y 10/12 [001]  5.500000: 1 c:";
        let parsed = header(odd, &layout).expect("a header");
        assert_eq!((parsed.tid, parsed.time), (12, Some(5_500_000_000)));
        let latency =
            "      mt 10/11      0  5.000000: 1 c:\n     abc 10/11      1  5.000000: 1 c:\n";
        let layout = Layout::learn(latency.as_bytes());
        let parsed = header(latency.lines().next().expect("a line"), &layout).expect("a header");
        assert_eq!((parsed.tid, parsed.cpu), (11, Some(0)));
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
            assert_eq!((parsed.tid, parsed.time), (tid, None));
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

    #[test]
    fn one_line_samples_end_in_their_frame() {
        let name = |tail: &str| {
            let frame = parse_tail_frame(tail.as_bytes())?;
            Some(String::from_utf8_lossy(frame.name).into_owned())
        };
        assert_eq!(
            name("ffffffff821cf093 mas_next+0x3 ([kernel.kallsyms])"),
            Some("mas_next".into())
        );
        assert_eq!(
            name("5595 (anonymous namespace)::f+0x3 (/x)"),
            Some("(anonymous namespace)::f".into())
        );
        assert_eq!(
            name("559511660060 a+0x0 (/srv/f)  ffffffff8175336a elf_load+0x28a ([k])"),
            Some("elf_load".into())
        );
        assert_eq!(name("prev_comm=mt prev_pid=3"), None);
        assert_eq!(name("(558a78d0f201)"), None);
        assert_eq!(name("559511660060"), None);
    }
}
