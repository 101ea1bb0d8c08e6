//! Frames: name and module out of the text after an address.

use super::RawFrame;
use memchr::{memmem, memrchr2};

/// `deep+0x14 (/srv/demo/mt)` · `[unknown] (/srv/demo/mt del (x) (deleted))` · `operator()+0x426`
/// `operator()+0x426 (inlined)` · ` (/lib/libc-2.15.so)` · `StubRoutines (1)+0xc9 (/tmp/perf-9.map)`
/// `main+0x1f (/srv/demo/mt+0x27ff)` · `hashCode ([JIT app cache])` · `Vec::operator++0x39`
pub(super) fn split_frame(text: &[u8]) -> RawFrame<'_> {
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

/// The module that ends the text, if one does.
pub(super) fn module_of(text: &[u8]) -> Option<&[u8]> {
    module_start(text).map(|open| &text[open + 1..text.len() - 1])
}

/// Whether it ends in `+0x1f`.
pub(super) fn has_offset(text: &[u8]) -> bool {
    strip_offset(text).len() < text.len()
}

/// `name` without a final `+0x1f`: at most sixteen digits, so that the search is short.
fn strip_offset(name: &[u8]) -> &[u8] {
    let is_digit = |byte: &&u8| byte.is_ascii_hexdigit();
    let digits = name.iter().rev().take(17).take_while(is_digit).count();
    let before = &name[..name.len() - digits];
    match digits {
        1..=16 => before.strip_suffix(b"+0x").unwrap_or(name),
        _ => name,
    }
}

#[cfg(test)]
mod tests {

    fn frame(line: &str) -> (String, String, bool) {
        match super::super::parse_line(line.as_bytes(), super::super::Layout::default(), false) {
            super::super::Line::Frame(frame) => (
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
}
