//! Names as people read them: a frame as printed becomes the frame, or frames, that are shown.
//!
//! Runs once a distinct frame, not once a sample.

use super::tables::{FrameText, RawKind};
use crate::profile::FrameKind;
use memchr::memmem;
use std::borrow::Cow;

/// What an unknown symbol in an unknown module is called.
const UNKNOWN: &str = "[unknown]";

/// Names with more parts are not split.
const MAX_INLINED: usize = 256;
/// Longer names stay mangled.
const MAX_DEMANGLED: usize = 64 << 10;

/// A frame as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NamedFrame<'a> {
    pub(crate) name: Cow<'a, [u8]>,
    pub(crate) module: &'a [u8],
    pub(crate) kind: FrameKind,
    /// What the name was made of; the name itself where it is as printed.
    pub(crate) raw_name: &'a [u8],
}

/// The frames that one printed frame stands for, outermost first: one, or several where a JIT
/// compiler's name lists what it inlined (`a->b->c`).
pub(crate) fn named_frames(frame: FrameText<'_>) -> Vec<NamedFrame<'_>> {
    let FrameText { name, module, kind } = frame;
    if kind == RawKind::Comm {
        let name = if name.is_empty() { b"(no comm)" } else { name };
        return vec![NamedFrame {
            name: Cow::Borrowed(name),
            module: b"",
            kind: FrameKind::Comm,
            raw_name: name,
        }];
    }
    if is_unknown(name) {
        let kind = frame_kind(b"", module, kind);
        return vec![NamedFrame {
            name: unknown_name(module),
            module,
            kind,
            raw_name: UNKNOWN.as_bytes(),
        }];
    }
    if is_jit(module) {
        return jit_frames(name, module, kind);
    }
    let (raw_name, name) = (name, demangle(name));
    let kind = frame_kind(&name, module, kind);
    vec![NamedFrame {
        name,
        module,
        kind,
        raw_name,
    }]
}

/// `Lorg/a/B;::run->Lorg/a/C;::x` is `org/a/B::run`, which has inlined `org/a/C::x`.
fn jit_frames<'a>(name: &'a [u8], module: &'a [u8], kind: RawKind) -> Vec<NamedFrame<'a>> {
    let mut frames: Vec<NamedFrame<'a>> = Vec::new();
    for part in split_inlined(name) {
        let kind = if frames.is_empty() {
            frame_kind(part, module, kind)
        } else {
            FrameKind::Inlined
        };
        frames.push(NamedFrame {
            name: java_name(part),
            module,
            kind,
            raw_name: part,
        });
    }
    frames
}

/// Cuts at `->`, but not in `operator->` nor in a return type (` -> T`).
fn split_inlined(name: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for arrow in memmem::find_iter(name, b"->") {
        let (before, after) = (&name[start..arrow], &name[arrow + 2..]);
        let is_operator = before.ends_with(b"operator") || before.ends_with(b"operator-");
        let is_return_type = before.ends_with(b" ") || after.starts_with(b" ");
        if !before.is_empty() && !after.is_empty() && !is_operator && !is_return_type {
            parts.push(before);
            start = arrow + 2;
        }
    }
    parts.push(&name[start..]);
    // No compiler inlines as much; each part is a call node.
    match parts.len() {
        0..=MAX_INLINED => parts,
        _ => vec![name],
    }
}

/// `Lorg/x/Y;::m` as `org/x/Y::m`, `Lorg/x/Y;.m` as `org/x/Y.m`; anything else as it is.
fn java_name(name: &[u8]) -> Cow<'_, [u8]> {
    let descriptor = name.strip_prefix(b"L").and_then(|rest| {
        let semicolon = memchr::memchr(b';', rest)?;
        let (class, method) = (&rest[..semicolon], &rest[semicolon + 1..]);
        let is_class = !class.is_empty() && !class.iter().any(|byte| b" ()<>".contains(byte));
        let is_method = method.starts_with(b"::") || method.starts_with(b".");
        (is_class && is_method).then(|| [class, method].concat())
    });
    descriptor.map_or(Cow::Borrowed(name), Cow::Owned)
}

fn is_unknown(name: &[u8]) -> bool {
    name.is_empty() || name == UNKNOWN.as_bytes()
}

/// `[libc.so.6]`, `[vdso]`, or `[unknown]`.
fn unknown_name(module: &[u8]) -> Cow<'_, [u8]> {
    let file = module
        .rsplit(|byte| *byte == b'/')
        .next()
        .unwrap_or_default();
    match file {
        b"" => Cow::Borrowed(UNKNOWN.as_bytes()),
        [b'[', .., b']'] => Cow::Borrowed(file),
        _ => Cow::Owned([b"[", file, b"]"].concat()),
    }
}

pub(super) fn frame_kind(name: &[u8], module: &[u8], kind: RawKind) -> FrameKind {
    match () {
        () if kind == RawKind::Inlined => FrameKind::Inlined,
        () if is_kernel(module) => FrameKind::Kernel,
        () if is_jit(module) => FrameKind::Jit,
        () if memmem::find(name, b"::").is_some() => FrameKind::Cpp,
        () => FrameKind::User,
    }
}

/// `[kernel.kallsyms]`, `[guest.kernel.kallsyms.1234]`, `[ext4]`, `/lib/modules/…/vmlinux`,
/// `vmlinux-5.4.14-x`, `….ko.xz`, `bpf_prog_<hash>_name`. In brackets, but no kernel: `[vdso]`,
/// `[vsyscall]`, `[stack]`, `[heap]`, `[unknown]`, `[JIT app cache]`.
fn is_kernel(module: &[u8]) -> bool {
    if let [b'[', inner @ ..] = module {
        let user: [&[u8]; 6] = [b"vdso", b"vsyscall", b"stack", b"heap", b"unknown", b"JIT"];
        return !user.iter().any(|name| inner.starts_with(name));
    }
    let file = module
        .rsplit(|byte| *byte == b'/')
        .next()
        .unwrap_or_default();
    let is_module = [&b".ko"[..], b".ko.xz", b".ko.gz", b".ko.zst"];
    file.starts_with(b"vmlinux")
        || file.starts_with(b"bpf_prog_")
        || is_module.iter().any(|ending| file.ends_with(ending))
}

/// `/tmp/perf-1234.map`, `…/jitted-1234-5.so`, `//anon`, `[JIT app cache]`, `/memfd:doublemapper…`.
fn is_jit(module: &[u8]) -> bool {
    let file = module
        .rsplit(|byte| *byte == b'/')
        .next()
        .unwrap_or_default();
    let middle = |prefix: &[u8], suffix: &[u8]| {
        let middle = file
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_suffix(suffix));
        middle.is_some_and(|middle| middle.first().is_some_and(u8::is_ascii_digit))
    };
    middle(b"perf-", b".map")
        || middle(b"jitted-", b".so")
        || module == b"//anon"
        || module.starts_with(b"[JIT")
        || module.starts_with(b"/memfd:doublemapper")
}

/// C++ (`_Z…`) and Rust (`_R…`, or legacy ones that perf demangled as C++) names in readable form.
fn demangle(name: &[u8]) -> Cow<'_, [u8]> {
    let Ok(text) = std::str::from_utf8(name) else {
        return Cow::Borrowed(name);
    };
    if text.starts_with("_R") || text.starts_with("_Z") {
        let (symbol, suffix) = split_clone_suffix(text);
        return demangle_symbol(symbol).map_or(Cow::Borrowed(name), |readable| {
            Cow::Owned(format!("{readable}{suffix}").into_bytes())
        });
    }
    if is_legacy_rust(text) {
        return Cow::Owned(legacy_rust(text).into_bytes());
    }
    Cow::Borrowed(name)
}

/// `_Z4deepid.isra.0` or `_Z4deepid [clone .isra.0]`: the symbol, and what the compiler appended.
fn split_clone_suffix(text: &str) -> (&str, &str) {
    text.split_at(text.find(" [clone ").unwrap_or(text.len()))
}

fn demangle_symbol(symbol: &str) -> Option<String> {
    if let Ok(rust) = rustc_demangle::try_demangle(symbol) {
        return Some(format!("{rust:#}"));
    }
    let options = cpp_demangle::DemangleOptions::default();
    let mut readable = Bounded(String::new());
    let parsed = cpp_demangle::Symbol::new(symbol).ok()?;
    let written = parsed.structured_demangle(&mut readable, &options);
    written.is_ok().then_some(readable.0)
}

/// A mangled name refers back to its parts, so that a short one can stand for an endless one.
struct Bounded(String);

impl cpp_demangle::DemangleWrite for Bounded {
    fn write_string(&mut self, text: &str) -> std::fmt::Result {
        if self.0.len() + text.len() > MAX_DEMANGLED {
            return Err(std::fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

/// `core::ops::function::FnOnce::call_once$u7b$$u7b$vtable.shim$u7d$$u7d$::hd2ec8fe1bea7d332`
fn is_legacy_rust(text: &str) -> bool {
    text.rsplit_once("::h").is_some_and(|(_, hash)| {
        hash.len() == 16
            && hash
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// rustc-demangle reads mangled symbols only, so the path is mangled again first.
fn legacy_rust(text: &str) -> String {
    let mut symbol = String::from("_ZN");
    for part in text.split("::") {
        symbol.push_str(&format!("{}{part}", part.len()));
    }
    symbol.push('E');
    match rustc_demangle::try_demangle(&symbol) {
        Ok(readable) => format!("{readable:#}"),
        Err(_) => text
            .rsplit_once("::h")
            .map_or(text, |(path, _)| path)
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, module: &str) -> Vec<(String, FrameKind)> {
        named_frames(FrameText {
            name: name.as_bytes(),
            module: module.as_bytes(),
            kind: RawKind::Function,
        })
        .into_iter()
        .map(|frame| {
            (
                String::from_utf8_lossy(&frame.name).into_owned(),
                frame.kind,
            )
        })
        .collect()
    }

    #[test]
    fn names_become_readable() {
        let map = "/tmp/perf-9.map";
        for (name, module, expected) in [
            ("deep", "/srv/mt", "deep"),
            ("[unknown]", "/usr/lib/libc.so.6", "[libc.so.6]"),
            ("", "[vdso]", "[vdso]"),
            ("[unknown]", "[unknown]", "[unknown]"),
            ("[unknown]", "", "[unknown]"),
            ("Lorg/a/B;::run", map, "org/a/B::run"),
            ("Lorg/a/B;.run", map, "org/a/B.run"),
            ("LIR_Assembler::emit", map, "LIR_Assembler::emit"),
            ("_Z4deepid", "/srv/mt", "deep(int, double)"),
            (
                "_ZN4core3ops4call17hd2ec8fe1bea7d332E",
                "/srv/mt",
                "core::ops::call",
            ),
            (
                "core::ops::call_once$u7b$$u7b$vtable.shim$u7d$$u7d$::hd2ec8fe1bea7d332",
                "/srv/mt",
                "core::ops::call_once{{vtable.shim}}",
            ),
            ("_Znot_mangled_at_all", "/srv/mt", "_Znot_mangled_at_all"),
            ("Vec::operator->()", "/srv/mt", "Vec::operator->()"),
            ("f() -> int", map, "f() -> int"),
            ("p::operator->", map, "p::operator->"),
            ("JS:~ node:internal/main", map, "JS:~ node:internal/main"),
        ] {
            let names: Vec<String> = shown(name, module)
                .into_iter()
                .map(|(name, _)| name)
                .collect();
            assert_eq!(names, [expected], "{name}");
        }
    }

    #[test]
    fn inlined_java_frames_are_told_apart() {
        let frames = shown("Lorg/a/B;::run->Lorg/a/C;::x->y", "/tmp/perf-9.map");
        let expected = [
            ("org/a/B::run".into(), FrameKind::Jit),
            ("org/a/C::x".into(), FrameKind::Inlined),
            ("y".into(), FrameKind::Inlined),
        ];
        assert_eq!(frames, expected);
    }

    #[test]
    fn modules_tell_the_kind_of_code() {
        for (module, kind) in [
            ("[kernel.kallsyms]", FrameKind::Kernel),
            ("[guest.kernel.kallsyms.1234]", FrameKind::Kernel),
            ("[ext4]", FrameKind::Kernel),
            (
                "/lib/modules/6.1/kernel/fs/ext4/ext4.ko.xz",
                FrameKind::Kernel,
            ),
            ("/boot/vmlinux-5.4.14-x", FrameKind::Kernel),
            ("bpf_prog_6deef7357e7b4530_x", FrameKind::Kernel),
            ("[vdso]", FrameKind::User),
            ("[unknown]", FrameKind::User),
            ("[JIT app cache]", FrameKind::Jit),
            ("/tmp/jitted-1234-5.so", FrameKind::Jit),
            ("//anon", FrameKind::Jit),
            ("/tmp/perf-test/mt", FrameKind::User),
            ("/usr/lib/libc.so.6", FrameKind::User),
        ] {
            assert_eq!(shown("f", module)[0].1, kind, "{module}");
        }
        assert_eq!(shown("a::f", "/srv/mt")[0].1, FrameKind::Cpp);
    }
}
