//! The package of a function: what its name says before the function's own, as the language has it; or
//! else the file that it is in.

/// Endings of clones that compilers make of a function: `.constprop.0`, `.cold`.
const CLONES: [&str; 14] = [
    "constprop",
    "isra",
    "part",
    "cold",
    "llvm",
    "lto_priv",
    "localalias",
    "clone",
    "_omp_fn",
    "__uniq",
    "resume",
    "destroy",
    "avx2",
    "sse2",
];
/// What V8 calls the kinds of its code, before the function and its file.
const V8_KINDS: [&str; 6] = [
    "JS:",
    "LazyCompile:",
    "Function:",
    "Script:",
    "Eval:",
    "Callback:",
];
/// The same, without a file.
const V8_OWN: [&str; 3] = ["RegExp:", "Builtin:", "BytecodeHandler:"];

/// `java.util` of `java.util.HashMap.get`, `tokio` of `tokio::task::poll`, `net/http` of
/// `net/http.(*conn).serve`, `express` of a file in `node_modules/express`; of a plain name the module
/// without its folders.
pub fn package<'a>(name: &'a [u8], module: &'a [u8]) -> &'a [u8] {
    let named = std::str::from_utf8(name).ok().and_then(of_name);
    named.map_or_else(|| file_name(module), str::as_bytes)
}

fn of_name(name: &str) -> Option<&str> {
    if V8_OWN.iter().any(|kind| name.starts_with(kind)) {
        return None;
    }
    if let Some(assembly) = assembly(name) {
        return Some(assembly);
    }
    if let Some(path) = script_path(name) {
        return Some(of_path(path));
    }
    of_namespace(name).or_else(|| of_dotted(name))
}

/// .NET has it in brackets: `void [System.Private.CoreLib] System.String::Concat`.
fn assembly(name: &str) -> Option<&str> {
    let (before, rest) = name.split_once('[')?;
    let (assembly, _) = rest.split_once("] ")?;
    (before.is_empty() || before.ends_with(' ')).then_some(assembly)
}

/// The file that a script's function is in, where the name has it after the function: Node.js has
/// `JS:*f /app/x.js:1:2`, Python `py::f:/app/x.py`.
fn script_path(name: &str) -> Option<&str> {
    let path = if let Some(rest) = name.strip_prefix("py::") {
        rest.split_once(':')?.1
    } else {
        let kind = V8_KINDS.iter().find(|kind| name.starts_with(**kind))?;
        let (_, path) = name[kind.len()..].split_once(' ')?;
        path.trim_end_matches(|c: char| c == ':' || c.is_ascii_digit())
    };
    (!path.is_empty()).then_some(path)
}

/// The package in `node_modules` or `site-packages`, or else the folder.
fn of_path(path: &str) -> &str {
    const PACKAGES: [&str; 3] = ["node_modules/", "site-packages/", "dist-packages/"];
    let begins = PACKAGES
        .iter()
        .filter_map(|folder| Some(path.rfind(folder)? + folder.len()));
    let Some(begin) = begins.max() else {
        return path.rsplit_once('/').map_or(path, |(folder, _)| folder);
    };
    let inside = &path[begin..];
    // One of `@scope` has two parts.
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    let mut ends = inside.match_indices('/').map(|(end, _)| end);
    &inside[..ends.nth(parts - 1).unwrap_or(inside.len())]
}

/// The outermost namespace, or the packages of a Java class, before the first `::` that is in no brackets.
fn of_namespace(name: &str) -> Option<&str> {
    const NAMELESS: &str = "(anonymous namespace)";
    let name = without_result(name);
    // Rust has `<a::B as c::D>::e`.
    let name = name.trim_start_matches(['<', '&', '*']);
    let end = at_depth_0(name).find(|at| name[*at..].starts_with("::"))?;
    let first = &name[..end];
    if first.ends_with(NAMELESS) {
        return Some(NAMELESS);
    }
    let first = first.split(['<', '(']).next().unwrap_or(first);
    // `dyn`, `mut`.
    let first = first.rsplit(' ').next().unwrap_or(first);
    let package = match (first.rsplit_once('/'), first.rsplit_once('.')) {
        (Some((folders, _)), _) => folders,
        (None, Some((packages, class))) if is_class(class) => packages,
        _ => first,
    };
    (!package.is_empty()).then_some(package)
}

/// A name without what the function gives: `app::run(int)` of `std::string app::run(int)`.
fn without_result(name: &str) -> &str {
    let is_argument = |at: &usize| {
        let rest = &name[*at..];
        let is_result = name[..*at].ends_with("decltype");
        rest.starts_with('(') && !rest.starts_with("(anonymous namespace)") && !is_result
    };
    let end = at_depth_0(name).find(is_argument).unwrap_or(name.len());
    let space = at_depth_0(&name[..end]).filter(|at| name.as_bytes()[*at] == b' ');
    let start = space.last().map_or(0, |at| at + 1);
    // Of `f(int) const` nothing would be left.
    match name[start..].is_empty() {
        true => name,
        false => &name[start..],
    }
}

/// Where in a name there are characters in no brackets, or brackets that open there.
fn at_depth_0(name: &str) -> impl Iterator<Item = usize> {
    let mut depth = 0_i32;
    name.bytes().enumerate().filter_map(move |(at, byte)| {
        let before = depth;
        depth += match byte {
            b'<' | b'(' | b'[' => 1,
            b'>' | b')' | b']' => -1,
            _ => 0,
        };
        (before == 0 && depth >= 0 && byte.is_ascii()).then_some(at)
    })
}

fn is_class(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Of Go's and Java's names, whose parts have dots between them.
fn of_dotted(name: &str) -> Option<&str> {
    if name.starts_with('[') {
        return None;
    }
    // Arguments and versions of symbols are not the name, nor is what is before it: what it gives.
    let name = name.split(['(', '@', '<', '[']).next().unwrap_or(name);
    let name = name.rsplit(' ').next().unwrap_or(name);
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    let (first, rest) = name[start..].split_once('.')?;
    let is_clone = rest.split('.').any(|part| CLONES.contains(&part));
    if first.is_empty() || is_clone {
        return None;
    }
    if start > 0 && is_class(first) {
        return Some(&name[..start - 1]);
    }
    let mut end = start + first.len();
    if start == 0 && !is_class(first) {
        // Java's packages go on up to the class, if there is one.
        let parts: Vec<&str> = name.split('.').collect();
        if let Some(class) = parts.iter().position(|part| is_class(part)) {
            end = parts[..class]
                .iter()
                .map(|part| part.len() + 1)
                .sum::<usize>()
                - 1;
        }
    }
    Some(&name[..end])
}

/// A path without its folders.
pub(crate) fn file_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::package;

    #[test]
    fn each_language_has_its_own() {
        for (name, expected) in [
            ("java.util.HashMap.get", "java.util"),
            ("org/apache/kafka/Log.append", "org/apache/kafka"),
            ("org/apache/kafka/Log::append", "org/apache/kafka"),
            ("Main.run", "Main"),
            ("java.lang.String::hashCode", "java.lang"),
            (
                "void java.util.DualPivotQuicksort.sort(int[], int)",
                "java.util",
            ),
            ("long Orders.sortOrders()", "Orders"),
            ("net/http.(*conn).serve", "net/http"),
            ("github.com/a/b.(*T).m", "github.com/a/b"),
            ("gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml%2ev3"),
            ("runtime.mallocgc", "runtime"),
            ("decltype(auto) ns::f<int>(int)", "ns"),
            (
                "py::get:/usr/lib/python3/dist-packages/requests/api.py",
                "requests",
            ),
            ("main.Map[github.com/a/b.T]", "main"),
            ("github.com/a/b.Map[struct { X int }]", "github.com/a/b"),
            ("main.main.func1", "main"),
            ("std::__1::vector<int>::push_back(int const&)", "std"),
            ("void std::sort<int*>(int*, int*)", "std"),
            (
                "std::string app::run<std::pair<int, int> >(int) const",
                "app",
            ),
            ("leveldb::(anonymous namespace)::Writer::Add", "leveldb"),
            ("(anonymous namespace)::work()", "(anonymous namespace)"),
            ("Table<std::string>::find", "Table"),
            (
                "void (anonymous namespace)::f(a::B)",
                "(anonymous namespace)",
            ),
            ("tokio::runtime::task::poll", "tokio"),
            (
                "<alloc::vec::Vec<T> as core::iter::Extend>::extend",
                "alloc",
            ),
            ("<&mut regex::Regex as core::Clone>::clone", "regex"),
            (
                "py::decode:/usr/lib/python3.12/json/decoder.py",
                "/usr/lib/python3.12/json",
            ),
            (
                "JS:*handle /app/node_modules/express/lib/router.js:12:3",
                "express",
            ),
            (
                "LazyCompile:~f /a/node_modules/@babel/core/x.js:1:2",
                "@babel/core",
            ),
            (
                "JS:~processTicks node:internal/process/task_queues:67:35",
                "node:internal/process",
            ),
            ("JS:*main /app/server.js:5:1", "/app"),
            (
                "[System.Private.CoreLib] System.String::Concat",
                "System.Private.CoreLib",
            ),
            (
                "void [System.Linq] System.Linq.Enumerable::Sum()",
                "System.Linq",
            ),
        ] {
            let found = package(name.as_bytes(), b"/usr/lib/libx.so");
            assert_eq!(String::from_utf8_lossy(found), expected, "{name}");
        }
    }

    #[test]
    fn plain_names_have_that_of_their_file() {
        for name in [
            "malloc",
            "memcpy@@GLIBC_2.14",
            "work.constprop.0",
            "slow.cold",
            "[unknown]",
            "[libc.so.6]",
            "[kernel.kallsyms]",
            "main._omp_fn.0",
            "Eval:~ :1:1",
            "RegExp:a b.c",
            ".plt",
            "",
            "JS:*f",
            "Builtin:ArrayPush",
            "::f",
            "\u{e9}",
            "f(std::string)",
            "void sort<std::less>(int*)",
        ] {
            let found = package(name.as_bytes(), b"/usr/lib/libx.so.6");
            assert_eq!(String::from_utf8_lossy(found), "libx.so.6", "{name}");
        }
        assert_eq!(
            package(b"\xff::a", b"[kernel.kallsyms]"),
            b"[kernel.kallsyms]"
        );
        assert_eq!(package(b"f", b""), b"");
    }
}
