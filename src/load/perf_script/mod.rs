//! The line grammar of `perf script` text: bytes in, borrowed records out.
//!
//! Total and free of allocation: every byte string is some [`Line`]. What a line means never
//! depends on more than the line itself and the file's [`Layout`], so that pieces of a file can be
//! read in any order. The real lines that each function accepts stand above it.

mod body;
mod frame;
mod header;
mod layout;
mod quote;
mod sched;
mod tail;
mod timeless;
mod words;

pub(crate) use body::parse_body;
use body::record_kind;
use frame::split_frame;
use header::parse_header;
pub(crate) use layout::Layout;
pub(crate) use sched::parse_sched;
pub(crate) use tail::parse_tail_frame;
use tail::{is_address, is_page_size};
use words::{hexadecimal, is_blank};

/// What one line is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// The first line of a sample, or of a record that is none.
    Header(Header<'a>),
    /// One function of the stack of the sample before.
    Frame(RawFrame<'a>),
    /// In place of a stack's outermost frames, which a [`Body::Deferred`] brings later.
    Cookie(u64),
    /// Where in the source the frame before was; `true` if it was inlined.
    SourcePlace { inlined: bool },
    /// A record of this kind that has no header: `PERF_RECORD_FINISHED_ROUND`.
    Record(&'a [u8]),
    /// Nothing but blanks.
    Blank,
    /// `# …`
    Comment(&'a [u8]),
    /// What perf prints after a stack: registers, branches, physical addresses, source text.
    Tail,
    /// None of these.
    Unreadable,
}

impl Line<'_> {
    /// Whether a header without a time may come next.
    pub(crate) fn may_precede_a_sample(&self) -> bool {
        matches!(self, Self::Blank | Self::Comment(_))
    }
}

/// The fields that begin a sample or record, and the rest of its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    pub(crate) comm: &'a [u8],
    pub(crate) pid: Option<i32>,
    /// `None` in a file without process and thread numbers.
    pub(crate) tid: Option<i32>,
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
    /// The user part of the stacks of earlier samples, which end in [`Line::Cookie`].
    Deferred(u64),
}

/// One frame as printed, its address and offset left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RawFrame<'a> {
    /// The symbol; empty or `[unknown]` where perf knew none.
    pub(crate) name: &'a [u8],
    /// The module; empty where perf printed none.
    pub(crate) module: &'a [u8],
    /// Marked ` (inlined)`.
    pub(crate) inlined: bool,
}

/// Says what `line` (without its end) is. `after_blank`: whether the line before it was blank, or a
/// comment, or there is none; only files without times need it.
pub(crate) fn parse_line(line: &[u8], layout: Layout, after_blank: bool) -> Line<'_> {
    let line = layout.unquoted(line);
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
        [b' ', ..] => parse_indented(line, layout),
        [b'|', ..] => Line::Tail,
        _ if line.starts_with(b"PERF_RECORD_") => Line::Record(record_kind(line)),
        _ if layout.lacks_tabs => parse_trimmed(line),
        _ => Line::Unreadable,
    }
}

/// Whether a sample or record begins here: the only places where a file may be cut.
pub(crate) fn is_header(line: &[u8], layout: Layout, after_blank: bool) -> bool {
    let line = layout.unquoted(line);
    line.first() != Some(&b'\t') && parse_header(line, layout, after_blank).is_some()
}

/// Whether a header without a time may follow.
pub(crate) fn is_blank_or_comment(line: &[u8], layout: Layout) -> bool {
    let line = layout.unquoted(line);
    line.first() == Some(&b'#') || line.trim_ascii().is_empty()
}

/// `\t    ffffffff821f2c2b pv_native_safe_halt+0xb ([kernel.kallsyms])`
/// `\t\t[0/net: 4/0xf0000000, …` (rest of a NAMESPACES record)
/// `\t00005595116600d4\tinsn: 55` (brstackinsn)
fn parse_tabbed(line: &[u8]) -> Line<'_> {
    match split_address(line) {
        Some((b'\t', _)) => Line::Tail,
        Some((_, rest)) if rest.starts_with(b"(cookie)") => parse_cookie(line),
        Some((_, rest)) => Line::Frame(split_frame(rest)),
        None if line[1..].trim_ascii().is_empty() => Line::Blank,
        None if line.starts_with(b"\t\t") => Line::Tail,
        None => Line::Unreadable,
    }
}

/// `\t       b00000006 (cookie) ([unknown])`
fn parse_cookie(line: &[u8]) -> Line<'_> {
    let text = line.trim_ascii_start();
    let end = text.iter().position(|byte| is_blank(*byte));
    hexadecimal(&text[..end.unwrap_or(text.len())]).map_or(Line::Unreadable, Line::Cookie)
}

/// `        b3cea6c4\tLock::unlock() (/system/lib/libc.so)` (simpleperf)
/// `            c6d7895aac9 LazyCompile:~body_0 evalmachine.<anonymous>:1 (/tmp/perf-31912.map)`
/// `                  401000 leaf` (where tabs became blanks)
/// `  std_thread.h:259 (inlined)` (source line of the frame before)
/// ` ABI:2    AX:0xfdb46 …`, ` 0x4005a0/0x4005b0/P/-/-/0`, `      BPF output: 0000: …`
/// `        12345678 N/A 2M`
fn parse_indented(line: &[u8], layout: Layout) -> Line<'_> {
    if let Some((separator, rest)) = split_address(line)
        && (separator == b'\t'
            || rest.trim_ascii_end().ends_with(b")")
            || may_be_name(rest) && (layout.lacks_tabs || is_expanded(line, rest)))
    {
        return Line::Frame(split_frame(rest));
    }
    let is_place = match layout.lacks_tabs {
        true => !begins_tail(line.trim_ascii_start()) && split_address(line).is_none(),
        false => line.starts_with(b"  ") && !line.starts_with(b"   "),
    };
    if is_place {
        let inlined = line.trim_ascii_end().ends_with(b" (inlined)");
        return Line::SourcePlace { inlined };
    }
    Line::Tail
}

/// `ffffffff8103d0ca native_write_msr_safe ([kernel.kallsyms])` · `401000 leaf` (where lines were trimmed)
/// `ABI:2    AX:0xfdb46 …`, `0x4005a0/0x4005b0/P/-/-/0`
fn parse_trimmed(line: &[u8]) -> Line<'_> {
    if let Some((_, rest)) = split_address(line)
        && (rest.ends_with(b")") || is_address(&line[..line.len() - rest.len() - 1]))
        && may_be_name(rest)
    {
        return Line::Frame(split_frame(rest));
    }
    match begins_tail(line) {
        true => Line::Tail,
        false => Line::Unreadable,
    }
}

/// Whether a line that is not indented begins like what perf prints after a stack.
fn begins_tail(line: &[u8]) -> bool {
    const TAILS: [&[u8]; 6] = [
        b"ABI:",
        b"0x",
        b"ilen: ",
        b"insn: ",
        b"IPC: ",
        b"BPF output: ",
    ];
    TAILS.iter().any(|tail| line.starts_with(tail))
}

/// Whether the address in front of `rest` is as wide as one with its tab expanded; a physical address,
/// which comes after a stack, has no tab.
fn is_expanded(line: &[u8], rest: &[u8]) -> bool {
    const TAB_AND_ADDRESS: usize = 8 + 16;
    line.len() - rest.len() > TAB_AND_ADDRESS
}

/// Whether what follows an address may be a symbol, not the page sizes behind a physical address.
fn may_be_name(rest: &[u8]) -> bool {
    let mut words = rest.trim_ascii().split(|byte| is_blank(*byte)).peekable();
    words.peek().is_some_and(|first| !first.is_empty()) && !words.all(is_page_size)
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

/// `line` without a final carriage return.
pub(crate) fn trim_line_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
