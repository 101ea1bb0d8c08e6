//! The only frame of a sample without a stack, which stands on its header's line among other fields.
//!
//! perf prints the fields behind an event in one order whatever was asked for: flags, a tracepoint's
//! text, the sampled address, data source, weights and cgroup; then the frame; then registers,
//! branches, instructions, physical address, page sizes and instructions per cycle. Numbers in front
//! of a name are 16 wide, with a blank before the instruction's address.

use super::frame::{has_offset, module_of, split_frame};
use super::words::{is_blank, pop_token};
use super::{RawFrame, split_address};
use memchr::{memchr, memchr_iter, memchr2_iter, memmem, memrchr2};

/// Blanks and digits of an address behind another field.
const ADDRESS_WIDTH: usize = 17;

/// The frame of ` ffffffff821cf093 mas_next+0x3 ([kernel.kallsyms])`, and of lines such as
/// `559511660060 buf+0x0 (/srv/forks)  ffffffff8175336a elf_load+0x28a ([kernel.kallsyms])`
/// `68 |OP LOAD|LVL L1 hit|SNP None|TLB N/A|LCK No|BLK  N/A     7fad7c47425d copy+0x1d (/srv/lib.so)`
/// `comm=migration/0 pid=18 prio=0 target_cpu=000 ffffffff813aa3e5 ttwu_do_activate+0x15 ([kernel.kallsyms])`
/// `call                         400ba9 main+0x3c (/srv/app) =>           40f690 printf+0x0 (/srv/app)`
/// `7efed28b6410 resize+0xd0 (/srv/libc.so) ilen: 3 insn: 83 fa 06`
///
/// `None` if there is none: a tracepoint's fields, an address alone. Where no event is printed, what
/// comes first may be a tracepoint's text, too.
pub(crate) fn parse_tail_frame<'a>(event: &[u8], tail: &'a [u8]) -> Option<RawFrame<'a>> {
    let kind = Kind::of(event);
    if let Some(frame) = bare_frame(tail, kind) {
        return Some(frame);
    }
    let text = without_later_fields(tail);
    let rest = find_name(text, kind)
        .or_else(|| (text.len() < tail.len()).then(|| find_name(tail, kind))?)?;
    Some(split_frame(without_branches(rest)))
}

/// What `tail` says before its frame: a tracepoint's text.
pub(super) fn text_before_frame<'a>(event: &[u8], tail: &'a [u8]) -> &'a [u8] {
    let Some(frame) = parse_tail_frame(event, tail) else {
        return tail;
    };
    let at = frame.name.as_ptr().addr().checked_sub(tail.as_ptr().addr());
    let before = at.and_then(|at| tail.get(..at)).unwrap_or(tail);
    pop_token(before).0.trim_ascii_end()
}

/// What may stand before the frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Numbers and the like.
    Fields,
    /// Anything.
    Tracepoint,
    /// No event is printed.
    Unknown,
}

impl Kind {
    /// `sched:sched_switch` is a tracepoint, `cycles:uppp` is not.
    fn of(event: &[u8]) -> Self {
        let is_modifier = |byte: &u8| b"ukhGHpPSDIeWbR".contains(byte);
        match memchr(b':', event) {
            None if event.is_empty() => Self::Unknown,
            Some(colon) if !event[colon + 1..].iter().all(is_modifier) => Self::Tracepoint,
            _ => Self::Fields,
        }
    }
}

/// Nearly every sample without a stack: ` ffffffff821cf093 mas_next+0x3 ([kernel.kallsyms])`
fn bare_frame(tail: &[u8], kind: Kind) -> Option<RawFrame<'_>> {
    let (_, rest) = split_address(tail)?;
    let inner = rest.strip_suffix(b")")?;
    let open = memrchr2(b'(', b')', inner).filter(|at| inner[*at] == b'(')?;
    let name = inner[..open].strip_suffix(b" ")?;
    let is_address = kind != Kind::Tracepoint || tail.len() - rest.len() > 6;
    let is_name = !name.is_empty() && name[0] != b'|' && memchr(b' ', name).is_none();
    (is_address && is_name).then(|| split_frame(rest))
}

/// Cuts off what is printed behind a frame, unless that is branches:
/// ` ABI:2    AX:0x0 …` · ` ilen: 3 insn: 83 fa 06` · ` => 40f690 printf+0x0 (/srv/app)` ·
/// `\t IPC: 0.52 (13/25) ` · `\t\tmovq %rsp, %rdi` · `        12345678 N/A 2M`
fn without_later_fields(tail: &[u8]) -> &[u8] {
    let mut blanks = memchr2_iter(b' ', b'\t', tail);
    let begins = |at: &usize| *at > 0 && begins_later_field(&tail[*at..]);
    let end = blanks.find(begins).unwrap_or(tail.len());
    let mut text = tail[..end].trim_ascii_end();
    for _ in 0..2 {
        let (before, token) = pop_token(text);
        if is_page_size(token) {
            text = before.trim_ascii_end();
        }
    }
    let (before, token) = pop_token(text);
    let trimmed = before.trim_ascii_end();
    let is_wide =
        text.len() - trimmed.len() >= ADDRESS_WIDTH - 1 && before.len() > trimmed.len() + 1;
    let is_physical = is_hexadecimal(token) && (is_wide || trimmed.ends_with(b")"));
    match is_physical && !trimmed.is_empty() {
        true => trimmed,
        false => text,
    }
}

/// Whether a blank and what follows it begin a field that perf prints behind a frame.
fn begins_later_field(text: &[u8]) -> bool {
    let value_of = |name: &[u8]| text[1..].strip_prefix(name)?.first().copied();
    let has_digit = |name| value_of(name).is_some_and(|byte| byte.is_ascii_digit());
    match text.get(1) {
        Some(b'\t') => text[0] == b'\t',
        Some(b'A') => has_digit(b"ABI:"),
        Some(b'I') => has_digit(b"IPC: "),
        Some(b'i') => {
            has_digit(b"ilen: ") || value_of(b"insn: ").is_some_and(|byte| byte.is_ascii_hexdigit())
        }
        Some(b'=') => text[1..].strip_prefix(b"=> ").is_some_and(|target| {
            let target = target.trim_ascii_start();
            let end = memchr(b' ', target).unwrap_or(target.len());
            is_address(&target[..end])
        }),
        _ => false,
    }
}

/// `4K`, `2M`, `N/A`
pub(super) fn is_page_size(token: &[u8]) -> bool {
    match token {
        b"N/A" => true,
        [digits @ .., b'B' | b'K' | b'M' | b'G'] => {
            !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

/// The text behind the address of the frame, which is the last address that a name follows. Where
/// blanks were lost, any number may be one that is long enough, if what follows ends like a frame.
fn find_name(text: &[u8], kind: Kind) -> Option<&[u8]> {
    let (mut first, mut wide, mut narrow) = (None, None, None);
    let mut before: Option<(usize, &[u8], usize)> = None;
    let mut at = 0;
    while let Some(blanks) = text[at..].iter().position(|byte| !is_blank(*byte)) {
        let start = at + blanks;
        let length = text[start..].iter().position(|byte| is_blank(*byte));
        at = length.map_or(text.len(), |length| start + length);
        let word = &text[start..at];
        let begins_name =
            !matches!(word, [b'|' | b'/', ..]) && !word.iter().all(u8::is_ascii_digit);
        if let Some((blanks, address, end)) = before.take().filter(|_| begins_name) {
            let found = Some((address, &text[end + 1..]));
            match blanks + address.len() {
                _ if end == address.len() => first = found,
                ADDRESS_WIDTH.. => wide = found,
                _ if is_address(address) => narrow = found,
                _ => {}
            }
        }
        before = is_hexadecimal(word).then_some((blanks, word, at));
    }
    let names = [
        wide.filter(|(_, rest)| kind == Kind::Fields || looks_like_frame(rest)),
        narrow.filter(|(_, rest)| ends_like_frame(rest, kind)),
        first.filter(|(address, rest)| follows_first(address, rest, kind)),
    ];
    names.into_iter().flatten().next().map(|(_, rest)| rest)
}

/// Whether `rest` is a name where its address begins the text. `bad thing happened` begins with a
/// hexadecimal number, too.
fn follows_first(address: &[u8], rest: &[u8], kind: Kind) -> bool {
    match kind {
        Kind::Tracepoint => is_address(address) && looks_like_frame(rest),
        _ => {
            address.len() >= 6
                || rest.ends_with(b")")
                || rest.trim_ascii().starts_with(b"[unknown]")
        }
    }
}

/// Whether it could be a frame and nothing else: `work+0x1f (/srv/app)`, `work+0x1f`, `work`
fn looks_like_frame(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii();
    let is_word = !rest.iter().any(|byte| is_blank(*byte) || *byte == b'=');
    is_word || has_offset(rest) || module_of(rest).is_some()
}

/// Whether a name and a module end the text, or, where no tracepoint's text may be before it, a word.
fn ends_like_frame(rest: &[u8], kind: Kind) -> bool {
    let rest = rest.trim_ascii();
    match module_of(rest) {
        Some(module) => {
            let has_name = !split_frame(rest).name.is_empty();
            has_name && (kind == Kind::Fields || matches!(module, [b'/' | b'[', ..]))
        }
        None => kind == Kind::Fields && looks_like_frame(rest),
    }
}

/// `leaf_b+0x1e (/srv/app)` of `leaf_b+0x1e (/srv/app)  0x4005a0/0x4005b0/P/-/-/0  …` and of
/// `leaf_b+0x1e (/srv/app)  leaf_b+0x1e (/srv/app)/leaf_a+0x0 (/srv/app)/P/-/-/0/COND/- `
fn without_branches(rest: &[u8]) -> &[u8] {
    if !memchr_iter(b'/', rest).any(|at| are_branch_flags(&rest[at..])) {
        return rest;
    }
    let word = memchr(b' ', rest).unwrap_or(rest.len());
    let blanks = memmem::find(rest, b"  ").unwrap_or(rest.len());
    let mut end = match offset_end(rest) {
        Some(offset) if offset <= blanks => offset,
        _ => word.min(blanks),
    };
    if rest[end..].starts_with(b" (") {
        let mut depth = 0;
        let closes = |byte: &u8| {
            depth += i32::from(*byte == b'(') - i32::from(*byte == b')');
            *byte == b')' && depth == 0
        };
        end += rest[end..].iter().position(closes).map_or(0, |at| at + 1);
    }
    &rest[..end]
}

/// `/P/-/-/0`, `/M/X/A/12/COND/-`, `/PN/-/-/0`
fn are_branch_flags(text: &[u8]) -> bool {
    let flags = text[1..].strip_prefix(b"-").unwrap_or_else(|| {
        let predicted = text[1..].iter().take_while(|byte| b"PMN".contains(byte));
        &text[1 + predicted.count()..]
    });
    flags.len() < text.len() - 1
        && matches!(
            flags,
            [b'/', b'X' | b'-', b'/', b'A' | b'-', b'/', b'0'..=b'9', ..]
        )
}

/// Where the first offset ends: `main+0x1f`
fn offset_end(text: &[u8]) -> Option<usize> {
    memmem::find_iter(text, b"+0x").find_map(|at| {
        let digits = text[at + 3..]
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit());
        let end = at + 3 + digits.count();
        let is_offset = end > at + 3 && text.get(end).is_none_or(|byte| is_blank(*byte));
        is_offset.then_some(end)
    })
}

fn is_hexadecimal(word: &[u8]) -> bool {
    (1..=16).contains(&word.len()) && word.iter().all(u8::is_ascii_hexdigit)
}

/// Whether it is more likely an address than a word such as `add` or `facade`, or a small count.
pub(super) fn is_address(word: &[u8]) -> bool {
    let has_digit = word.iter().any(u8::is_ascii_digit);
    is_hexadecimal(word) && (word.len() >= 8 || word.len() >= 3 && has_digit || word == b"0")
}
