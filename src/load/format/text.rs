//! Text, by its first lines.

use super::Format;
use memchr::memmem;

/// So much of a file's beginning is looked at.
const BYTES: usize = 64 << 10;
const LINES: usize = 60;

/// The first lines that are not blank.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let head = &head[..head.len().min(BYTES)];
    let lines = head.split(|byte| *byte == b'\n');
    let lines = lines.map(<[u8]>::trim_ascii_end);
    lines.filter(|line| !line.is_empty()).take(LINES)
}

fn contains(line: &[u8], part: &str) -> bool {
    memmem::find(line, part.as_bytes()).is_some()
}

/// What a file without any sample of `perf script` is.
pub(super) fn format(head: &[u8]) -> Option<Format> {
    let mut first = lines(head);
    let (first, second) = (first.next()?, first.next().unwrap_or_default());
    let by_first = FIRST_LINES
        .iter()
        .find(|(begin, _)| first.starts_with(begin.as_bytes()));
    if let Some((_, format)) = by_first {
        return Some(*format);
    }
    let any = |test: fn(&[u8]) -> bool| lines(head).any(test);
    let tests: [(bool, Format); 9] = [
        (is_pmcstat(first), Format::Pmcstat),
        (is_instruments(first), Format::Instruments),
        (is_heaptrack(first, second), Format::HeapText),
        (any(is_perf_report), Format::PerfReport),
        (any(is_perf_stat), Format::PerfStat),
        (any(is_perf_trace), Format::PerfTrace),
        (any(|line| contains(line, "FUNCTION:NAME")), Format::Dtrace),
        (is_callgrind(head), Format::Callgrind),
        (is_bpftrace_map(head), Format::BpftraceMap),
    ];
    let told = tests.into_iter().find(|(is_told, _)| *is_told);
    let told = told.map(|(_, format)| format);
    let told = told.or_else(|| any(is_ghc).then_some(Format::Ghc));
    told.or_else(|| any(is_xctrace).then_some(Format::Instruments))
}

/// What the first line begins with that is not blank.
const FIRST_LINES: &[(&str, Format)] = &[
    ("# started on ", Format::PerfStat),
    (" Summary of events:", Format::PerfTrace),
    ("# callgrind format", Format::Callgrind),
    ("Function Stack,", Format::Vtune),
    ("Function Stack\t", Format::Vtune),
    ("Analysis of sampling ", Format::MacSample),
    ("Sampling process ", Format::MacSample),
    ("v8-version,", Format::V8Log),
    ("heap profile: ", Format::Gperftools),
    ("--- heap", Format::Gperftools),
    ("--- growth", Format::Gperftools),
    ("--- contention", Format::Gperftools),
    ("--- mutex:", Format::Gperftools),
    ("--- threadz", Format::Gperftools),
    ("goroutine profile: total ", Format::Gperftools),
    ("threadcreate profile: total ", Format::Gperftools),
    ("heap_v2/", Format::HeapText),
];

/// `@ inst_retired.any [35705 samples]`
fn is_pmcstat(line: &[u8]) -> bool {
    line.starts_with(b"@ ") && contains(line, " [") && line.ends_with(b" samples]")
}

/// `Weight\tSelf Weight\tSymbol Names`, `Running Time\tSelf (ms)\t\tSymbol Name`
fn is_instruments(line: &[u8]) -> bool {
    let begins = [
        "Weight\t",
        "Running Time\t",
        "Bytes Used\t",
        "Sample Count\t",
    ];
    begins
        .iter()
        .any(|begin| line.starts_with(begin.as_bytes()))
        && contains(line, "\tSymbol Name")
}

/// `<trace-query-result>`, behind a line of XML's
fn is_xctrace(line: &[u8]) -> bool {
    line.starts_with(b"<trace-query-result")
}

/// `v 10400 3` and `X ./app --serve` (heaptrack), `desc: --massif-out-file=ms.out` and `cmd: ./app` (massif)
fn is_heaptrack(first: &[u8], second: &[u8]) -> bool {
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b' ';
    let is_version = first
        .strip_prefix(b"v ")
        .is_some_and(|rest| rest.iter().all(is_hex));
    (is_version && second.starts_with(b"X "))
        || (first.starts_with(b"desc: ")
            && second.starts_with(b"cmd: ")
            && contains(first, "massif"))
}

/// `# Samples: 594  of event 'cpu-clock'`, `# Overhead  Command  Shared Object  Symbol`
/// ` Percent |\tSource code & Disassembly of libc.so.6 for cpu-clock` (perf annotate)
fn is_perf_report(line: &[u8]) -> bool {
    let is_total = line.starts_with(b"# Samples: ") && contains(line, " of event");
    let is_table = line.starts_with(b"# Overhead ") || line.starts_with(b"# Children ");
    is_total || is_table || contains(line, "|\tSource code & Disassembly of ")
}

/// ` Performance counter stats for 'true':`, `#           time             counts unit events`
fn is_perf_stat(line: &[u8]) -> bool {
    let words = || {
        line.split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
    };
    line.starts_with(b" Performance counter stats for ")
        || words().eq([&b"#"[..], b"time", b"counts", b"unit", b"events"])
}

/// `     0.051 ( 0.019 ms): true/21239 brk()                    = 0x55c68637a000`
/// `         ? (         ): true/21239  ... [continued]: execve())    = 0`
fn is_perf_trace(line: &[u8]) -> bool {
    let Some(at) = memmem::find(line, b"): ") else {
        return false;
    };
    let (before, after) = line.split_at(at);
    let Some(paren) = memchr::memchr(b'(', before) else {
        return false;
    };
    let (time, duration) = (
        before[..paren].trim_ascii(),
        before[paren + 1..].trim_ascii(),
    );
    let is_number = |text: &[u8]| {
        !text.is_empty()
            && text
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b'.')
    };
    let is_duration = duration.is_empty()
        || duration
            .strip_suffix(b" ms")
            .is_some_and(|number| is_number(number.trim_ascii()));
    (time == b"?" || is_number(time)) && is_duration && memchr::memchr(b'/', after).is_some()
}

/// `creator: xdebug 3.1.2`, `positions: line`, `events: Ir`; `desc: I1 cache: …` of cachegrind
fn is_callgrind(head: &[u8]) -> bool {
    let has = |begins: &[&str]| {
        lines(head).any(|line| {
            begins
                .iter()
                .any(|begin| line.starts_with(begin.as_bytes()))
        })
    };
    has(&["events: "]) && has(&["positions: ", "creator: ", "desc: I1 cache:"])
}

/// ```text
/// Attaching 2 probes...
/// @[29202, python3,
///     split+905
/// ]: 1
/// @stacks[main, work]: 12
/// ```
fn is_bpftrace_map(head: &[u8]) -> bool {
    let is_begin = |line: &[u8]| line.starts_with(b"@") && memchr::memchr(b'[', line).is_some();
    let is_end = |line: &[u8]| {
        let at = memmem::rfind(line, b"]: ");
        at.is_some_and(|at| line[at + 3..].iter().all(u8::is_ascii_digit))
    };
    lines(head).any(is_begin) && lines(head).any(is_end)
}

/// `\tSun Oct 28 10:51 2018 Time and Allocation Profiling Report  (Final)`
fn is_ghc(line: &[u8]) -> bool {
    contains(line, "Time and Allocation Profiling Report")
}

/// Whether a file is what ftrace or trace-cmd prints: it says so, or all its lines with a time are such as
/// `perf script` prints none.
pub(super) fn is_ftrace(head: &[u8]) -> bool {
    if lines(head)
        .next()
        .is_some_and(|line| line.starts_with(b"# tracer: "))
    {
        return true;
    }
    let mut events = 0;
    for line in lines(head) {
        match printed_by(line) {
            Some(Printer::Ftrace) => events += 1,
            Some(Printer::Perf) => return false,
            None => {}
        }
    }
    events > 0
}

/// Who prints such lines, and nobody else.
enum Printer {
    Ftrace,
    Perf,
}

/// `            bash-1234  [000]     1.000100: sched_waking:         comm=kworker/0:1 pid=77`
/// `            bash-18062   (  18062) [000] d..2.   761.037061: sched_switch: prev_comm=bash`
/// `instance:             bash-18470 [000]   802.262447: sched_switch:         bash:18470 [120] S`
/// `          <idle>-0     [000] ..s1 11636.094163: sys_close <-system_call_fastpath`
///
/// perf's: `perl  7 [000] 12.345678:  250000 cycles: `, `\t 7f1c leaf+0x7 (/srv/app)`
fn printed_by(line: &[u8]) -> Option<Printer> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    if line.starts_with(b"\t") && is_digit(line.trim_ascii().first()) {
        return Some(Printer::Perf);
    }
    let (task, rest) = split_cpu(line)?;
    let event = split_time(rest)?;
    // The process, where it is recorded: `(  18062)`, `(-----)`.
    let task = match (task.strip_suffix(b")"), memchr::memrchr(b'(', task)) {
        (Some(_), Some(at)) => task[..at].trim_ascii_end(),
        _ => task,
    };
    let digits = task
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let comm = task[..task.len() - digits].strip_suffix(b"-");
    match digits > 0 && comm.is_some_and(|comm| !comm.trim_ascii().is_empty()) {
        false => Some(Printer::Perf),
        true if event.is_empty() => None,
        true => printer_of_event(event),
    }
}

/// What is before and behind the CPU, ` [000] `.
fn split_cpu(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut places = memmem::find_iter(line, b" [");
    places.find_map(|at| {
        let rest = &line[at + 2..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let rest = rest[digits..].strip_prefix(b"] ").filter(|_| digits >= 3)?;
        Some((line[..at].trim_ascii_end(), rest.trim_ascii_start()))
    })
}

/// What is behind the time, and flags before that: `d..2.   761.037061: `.
fn split_time(rest: &[u8]) -> Option<&[u8]> {
    let at = memmem::find(rest, b": ")?;
    let (before, event) = (&rest[..at], &rest[at + 2..]);
    let time = before.rsplit(|byte| *byte == b' ').next()?;
    let point = memchr::memchr(b'.', time)?;
    let (seconds, fraction) = (&time[..point], &time[point + 1..]);
    let is_number = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    let is_time = is_number(seconds) && is_number(fraction);
    (is_time && !seconds.is_empty() && fraction.len() >= 6).then_some(event.trim_ascii_start())
}

/// What is behind the time where a thread's name ends as ftrace's do: `perf script -F comm,cpu,time,event`
/// prints such lines of a thread called `web-1`.
///
/// `sched_waking:         comm=kworker/0:1`, `sys_close <-system_call_fastpath`
///
/// perf's: `sched:sched_switch: …`, `cycles:  ffffffff821f2c2b pv_native_safe_halt+0xb ([kernel.kallsyms])`,
/// `    250000 cycles: `; `cycles: ` may be anybody's
fn printer_of_event(event: &[u8]) -> Option<Printer> {
    let end = event.iter().position(u8::is_ascii_whitespace);
    let (word, rest) = event.split_at(end.unwrap_or(event.len()));
    let name = word.strip_suffix(b":").unwrap_or(word);
    let rest = rest.trim_ascii_start();
    let digits = rest
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let is_address = digits >= 6 && rest.get(digits) == Some(&b' ');
    if name.contains(&b':') || is_address || name.iter().all(u8::is_ascii_digit) {
        return Some(Printer::Perf);
    }
    (!rest.is_empty()).then_some(Printer::Ftrace)
}
