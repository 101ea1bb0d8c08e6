//! [`Grouping`]: what a frame stands for, so that many instances of a template, or all that a library
//! calls of itself, are seen as one.
//!
//! A profile of groups is a profile like any other: all that is derived from profiles, exports included,
//! is of them. It keeps the functions beside them ([`Recorded`]), which filters go by: the same samples
//! count.

use crate::call_tree::{Step, build};
use crate::package::{file_name, package};
use crate::profile::{
    FrameId, FrameKind, FrameTable, Profile, Recorded, StackId, StackTable, StringTable,
};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a frame stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// A function, as a profile is loaded.
    #[default]
    Functions,
    /// All instances of a template: functions without the arguments of templates and generics.
    Templates,
    /// A package or namespace, with all that it calls of its own.
    Packages,
    /// A module (a library, the kernel), with all that it calls of its own.
    Modules,
}

impl Grouping {
    /// All of them, with their names on the command line and in session files, and in menus.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Functions, "functions", "Functions"),
        (
            Self::Templates,
            "templates",
            "Functions without template arguments",
        ),
        (Self::Packages, "packages", "Packages and namespaces"),
        (Self::Modules, "modules", "Modules (libraries)"),
    ];

    /// On the command line and in session files.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(grouping, ..)| *grouping == self)
            .map_or("", |(_, name, _)| name)
    }

    /// The one of this name.
    pub fn named(wanted: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(_, name, _)| *name == wanted)
            .map(|(grouping, ..)| *grouping)
    }

    /// What is to be said of pictures, where it is none of functions.
    pub fn describe(self) -> Option<&'static str> {
        match self {
            Self::Functions => None,
            Self::Templates => Some("without template arguments"),
            Self::Packages => Some("packages in place of functions"),
            Self::Modules => Some("modules in place of functions"),
        }
    }

    /// Whether a call inside of a group is none: the group is seen once.
    fn joins_calls(self) -> bool {
        matches!(self, Self::Packages | Self::Modules)
    }

    /// What tells a frame's group from others: its name and module.
    fn of<'a>(self, name: &'a [u8], module: &'a [u8]) -> (Cow<'a, [u8]>, &'a [u8]) {
        let or_unknown = |name: &'a [u8]| match name {
            b"" => Cow::Borrowed(&b"[unknown]"[..]),
            name => Cow::Borrowed(name),
        };
        match self {
            Self::Functions => (Cow::Borrowed(name), module),
            Self::Templates => (without_template_arguments(name), module),
            Self::Packages => (or_unknown(package(name, module)), b""),
            Self::Modules => (or_unknown(file_name(module)), module),
        }
    }
}

/// The profile with frames of this grouping, whatever its own is.
pub fn grouped(profile: Profile, grouping: Grouping) -> Profile {
    let mut profile = ungrouped(profile);
    if grouping == Grouping::Functions {
        return profile;
    }
    let groups = Groups::new(&profile, grouping);
    let (stacks, of_stacks) = groups.stacks(&profile.stacks, grouping.joins_calls());
    let of_samples = profile.samples.stack.par_iter();
    let of_samples = of_samples.map(|stack| of_stacks[stack.index()]).collect();
    let stacks = std::mem::replace(&mut profile.stacks, stacks);
    let of_samples = std::mem::replace(&mut profile.samples.stack, of_samples);
    let (strings, frames) = profile.set_names(groups.strings, groups.frames);
    profile.recorded = Some(Arc::new(Recorded {
        strings,
        frames,
        stacks,
        of_samples,
        is_of_libraries: grouping.joins_calls(),
    }));
    profile
}

fn ungrouped(mut profile: Profile) -> Profile {
    if let Some(recorded) = profile.recorded.take() {
        let recorded = Arc::unwrap_or_clone(recorded);
        profile.stacks = recorded.stacks;
        profile.samples.stack = recorded.of_samples;
        profile.set_names(recorded.strings, recorded.frames);
    }
    profile
}

/// What makes a frame another one.
type Content<'a> = (Cow<'a, [u8]>, &'a [u8], FrameKind);

/// The frames that groups are.
struct Groups {
    strings: StringTable,
    frames: FrameTable,
    /// By frame of the profile.
    of_frames: Vec<FrameId>,
}

impl Groups {
    fn new(profile: &Profile, grouping: Grouping) -> Self {
        let (old, strings) = (&profile.frames, &profile.strings);
        let content = |frame: usize| -> Content<'_> {
            let [name, module] = [old.name[frame], old.module[frame]].map(|id| strings.get(id));
            let kind = old.kind[frame];
            let (name, module) = match kind {
                FrameKind::All | FrameKind::Comm => (Cow::Borrowed(name), module),
                _ => grouping.of(name, module),
            };
            (name, module, kind)
        };
        let of_all: Vec<Content<'_>> = (1..old.len()).into_par_iter().map(content).collect();
        let mut distinct = of_all.clone();
        distinct.par_sort_unstable();
        let is_one = |one: &Content<'_>, other: &Content<'_>| match grouping.joins_calls() {
            true => is_same(one, other),
            false => one == other,
        };
        distinct.dedup_by(|function, group| {
            // A group is of the first kind that its functions are, of which inlined is the last.
            is_one(group, function)
        });
        let find = |wanted: &Content<'_>| {
            let found = distinct.partition_point(|group| !is_one(group, wanted) && group < wanted);
            FrameId(1 + found as u32)
        };
        let of_frames = of_all.par_iter().map(find);
        let of_frames = rayon::iter::once(FrameId(0)).chain(of_frames).collect();
        let (strings, frames) = tables(profile, &distinct);
        Self {
            strings,
            frames,
            of_frames,
        }
    }

    /// The stacks of groups, and by stack of the profile which of them it is.
    fn stacks(&self, old: &StackTable, joins_calls: bool) -> (StackTable, Vec<StackId>) {
        let frame = |node: StackId| self.of_frames[old.frame[node.index()].index()];
        let calls = |node: StackId| old.callees(node).map(|call| (frame(call), call));
        let mut of_stacks = vec![StackId::ROOT; old.len()];
        let root = Step {
            self_weight: 0,
            below: calls(StackId::ROOT).collect(),
        };
        let (stacks, _) = build(root, |node, group, members: &[StackId]| {
            let (mut inside, mut below) = (members.to_vec(), Vec::new());
            while let Some(member) = inside.pop() {
                of_stacks[member.index()] = node;
                for (frame, call) in calls(member) {
                    match joins_calls && frame == group {
                        true => inside.push(call),
                        false => below.push((frame, call)),
                    }
                }
            }
            Step {
                self_weight: 0,
                below,
            }
        });
        (stacks, of_stacks)
    }
}

/// Whether frames are of one group, whatever their kinds. Threads and functions never are.
fn is_same(one: &Content<'_>, other: &Content<'_>) -> bool {
    let is_comm = |content: &Content<'_>| content.2 == FrameKind::Comm;
    (&one.0, one.1, is_comm(one)) == (&other.0, other.1, is_comm(other))
}

/// The names and frames of groups, which are sorted.
fn tables(profile: &Profile, groups: &[Content<'_>]) -> (StringTable, FrameTable) {
    let (old, frames) = (&profile.strings, &profile.frames);
    let root = frames.name.first().map(|id| old.get(*id));
    let threads = profile.threads.iter();
    let threads = threads.flat_map(|thread| [Some(thread.comm), thread.host]);
    let events = profile.events.iter().map(|event| event.name);
    let others = threads.flatten().chain(events).map(|id| old.get(id));
    let of_groups = groups
        .iter()
        .flat_map(|(name, module, _)| [&**name, *module]);
    let names = of_groups.chain(others).chain(root).chain([&b""[..]]);
    let mut names: Vec<&[u8]> = names.collect();
    names.par_sort_unstable();
    names.dedup();
    let strings = StringTable::from_sorted(names.into_iter());
    let id = |name: &[u8]| strings.find(name).unwrap_or_default();
    let mut table = FrameTable::default();
    let mut push = |name, module, kind| {
        table.name.push(id(name));
        table.raw_name.push(id(name));
        table.module.push(id(module));
        table.kind.push(kind);
    };
    push(root.unwrap_or_default(), b"", FrameKind::All);
    for (name, module, kind) in groups {
        push(name, module, *kind);
    }
    (strings, table)
}

/// What stands in brackets in names and is no argument: Java's, Python's and compilers' names for what has
/// none.
const NAMELESS: [&[u8]; 11] = [
    b"init",
    b"clinit",
    b"lambda",
    b"module",
    b"anonymous",
    b"unnamed",
    b"unknown",
    b"listcomp",
    b"dictcomp",
    b"setcomp",
    b"genexpr",
];

/// Operators whose template arguments come after their sign.
const OPERATORS: [&[u8]; 40] = [
    b"()", b"[]", b"==", b"!=", b"<=>", b"<=", b">=", b">", b"<<", b">>", b"<<=", b">>=", b"&&",
    b"||", b"++", b"--", b"+", b"-", b"*", b"/", b"%", b"^", b"&", b"|", b"~", b"!", b"=", b"+=",
    b"-=", b"*=", b"/=", b"%=", b"^=", b"&=", b"|=", b",", b"->", b"->*", b" new", b" delete",
];

/// `std::vector<>::push_back` of `std::vector<std::pair<int, int> >::push_back`, `main.Map[]` of
/// `main.Map[go.shape.int]`. Brackets that are no template's stay: `operator<<`, `<a::B as c::D>::e`,
/// `HashMap.<init>`.
fn without_template_arguments(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'<') && !name.contains(&b'[') {
        return Cow::Borrowed(name);
    }
    let ends = closing_brackets(name);
    let mut kept = Vec::with_capacity(name.len());
    let mut at = 0;
    while let Some(byte) = name.get(at) {
        kept.push(*byte);
        at += 1;
        let end = ends.get(&(at - 1)).copied();
        if let Some(end) = end.filter(|end| has_arguments(name, at - 1, *end)) {
            at = end;
        }
    }
    Cow::Owned(kept)
}

/// Whether template arguments are between two brackets.
fn has_arguments(name: &[u8], open: usize, close: usize) -> bool {
    let (before, inside, after) = (&name[..open], &name[open + 1..close], &name[close + 1..]);
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b']');
    let is_named = before.last().is_some_and(is_of_name) && !before.ends_with(b"operator");
    match name[open] {
        b'<' => {}
        // Go's.
        b'[' => return is_named && (inside.starts_with(b"go.shape.") || inside == b"..."),
        _ => return false,
    }
    let is_at_end = after.is_empty() || after.starts_with(b"::") || after.starts_with(b"(");
    let is_turbofish = before.ends_with(b"::") && !inside.starts_with(b"impl ") && is_at_end;
    (is_named || is_turbofish || ends_with_operator(before)) && !NAMELESS.contains(&inside)
}

/// Whether the name of an operator ends here.
fn ends_with_operator(before: &[u8]) -> bool {
    if before.ends_with(b"operator< ") {
        return true;
    }
    let before = before.strip_suffix(b" ").unwrap_or(before);
    let is_it = |sign: &&[u8]| {
        before
            .strip_suffix(*sign)
            .is_some_and(|rest| rest.ends_with(b"operator"))
    };
    OPERATORS.iter().any(is_it)
}

/// Where brackets that open are closed.
fn closing_brackets(name: &[u8]) -> BTreeMap<usize, usize> {
    let (mut open, mut closed) = (Vec::new(), BTreeMap::new());
    for (at, byte) in name.iter().enumerate() {
        let expected = match byte {
            b'<' => b'>',
            b'(' => b')',
            b'[' => b']',
            b'{' => b'}',
            // An arrow, or a comparison inside of other brackets.
            b'>' if at > 0 && name[at - 1] == b'-' || !is_open(&open, b'>') => continue,
            b'>' | b')' | b']' | b'}' => {
                // What is open inside of these was none.
                while let Some((begin, expected)) = open.pop() {
                    if expected == *byte {
                        closed.insert(begin, at);
                        break;
                    }
                }
                continue;
            }
            _ => continue,
        };
        open.push((at, expected));
    }
    closed
}

/// Whether the innermost of the brackets that are open is closed by this.
fn is_open(open: &[(usize, u8)], by: u8) -> bool {
    open.last().is_some_and(|(_, expected)| *expected == by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_tree::CallTree;
    use crate::filter::{IdleRule, SampleFilter};
    use crate::job::Progress;
    use crate::load::{self, LoadOptions};
    use crate::roots::{Roots, rooted};
    use crate::selection::Selection;
    use regex::Regex;

    const TEXT: &str = "\
        app 1/1 [000] 1.000000: 1 c:\n\t1 std::sort<int> (/app)\n\t2 app::run (/app)\n\t3 app::main (/app)\n\n\
        app 1/1 [000] 1.100000: 1 c:\n\t1 std::sort<long> (/app)\n\t2 app::run (/app)\n\t3 app::main (/app)\n\n\
        app 1/1 [000] 1.200000: 1 c:\n\t1 app::call (/app)\n\t2 std::each<app::A> (/app)\n\t3 app::main (/app)\n\n\
        app 1/1 [000] 1.300000: 1 c:\n\t1 read ([kernel.kallsyms])\n\t1 read (/libc.so)\n\t3 app::main (/app)\n\n\
        swapper 0/0 [000] 1.400000: 1 c:\n\t1 intel_idle ([kernel.kallsyms])\n\t2 do_it ([kernel.kallsyms])\n\n\
        sh 3/3 [000] 1.500000: 1 c:\n\n";

    fn profile() -> Profile {
        let options = LoadOptions::default();
        let reader = Box::new(TEXT.as_bytes());
        let profile = load::read(reader, "test".as_ref(), &options, &Progress::default());
        profile.expect("a profile")
    }

    /// `path self` of each node with samples of its own.
    fn shown(profile: &Profile, filter: &SampleFilter) -> Vec<String> {
        let samples = filter.apply(profile).expect("a filter");
        let tree = CallTree::new(profile, &samples, &Selection::whole());
        assert_eq!(tree.total(), samples.shown);
        let nodes = (0..profile.stacks.len()).filter(|node| tree.self_weight[*node] > 0);
        let line = |node: usize| {
            let path = profile.stacks.path(StackId(node as u32));
            let path = path.iter().map(|frame| profile.frame_name(*frame));
            let path: Vec<_> = path.collect();
            format!("{} {}", path.join(";"), tree.self_weight[node])
        };
        nodes.map(line).collect()
    }

    #[test]
    fn groups_are_seen_once() {
        let of = |grouping| shown(&grouped(profile(), grouping), &SampleFilter::default());
        assert_eq!(
            of(Grouping::Templates),
            [
                "app;app::main;app::run;std::sort<> 2",
                "app;app::main;read;read 1",
                "app;app::main;std::each<>;app::call 1",
                "sh 1",
            ]
        );
        assert_eq!(
            of(Grouping::Packages),
            [
                "app;app;libc.so;[kernel.kallsyms] 1",
                "app;app;std 2",
                "app;app;std;app 1",
                "sh 1",
            ]
        );
        assert_eq!(
            of(Grouping::Modules),
            ["app;app 3", "app;app;libc.so;[kernel.kallsyms] 1", "sh 1"]
        );
    }

    #[test]
    fn what_counts_is_decided_by_functions() {
        let pattern = |text| Regex::new(text).expect("an expression");
        let filters = [
            SampleFilter::default(),
            SampleFilter {
                idle: IdleRule::Stack,
                ..SampleFilter::default()
            },
            SampleFilter {
                stacks: vec![pattern("app::run"), pattern("^read$")],
                excluded_stacks: vec![pattern("long")],
                ..SampleFilter::default()
            },
        ];
        for filter in filters {
            let of_functions = filter.apply(&profile()).expect("a filter");
            for (grouping, ..) in Grouping::ALL {
                let profile = grouped(profile(), grouping);
                assert_eq!(filter.apply(&profile).expect("a filter"), of_functions);
            }
        }
    }

    #[test]
    fn functions_come_back() {
        let loaded = profile();
        let mut changed = loaded.clone();
        for (grouping, ..) in Grouping::ALL.into_iter().rev() {
            changed = grouped(changed, grouping);
            assert!(changed.frames.name[1..].is_sorted());
        }
        assert_eq!(changed, loaded);
        // With other roots, groups are as before below them.
        let by_functions = rooted(loaded, Roots::Nothing);
        assert_eq!(
            shown(
                &grouped(by_functions, Grouping::Modules),
                &SampleFilter::default()
            ),
            ["(no stack) 1", "app 3", "app;libc.so;[kernel.kallsyms] 1"]
        );
    }

    #[test]
    fn each_frame_is_there_once() {
        for (grouping, ..) in Grouping::ALL {
            let frames = grouped(profile(), grouping).frames;
            let content =
                |frame: usize| (frames.name[frame], frames.module[frame], frames.kind[frame]);
            let all = (1..frames.len()).map(content);
            assert!(all.is_sorted_by(|one, next| one < next), "{grouping:?}");
        }
    }

    #[test]
    fn hostile_names_take_no_longer() {
        let names = [
            b"a<".repeat(200_000),
            b"a<b(".repeat(100_000),
            b"a<>".repeat(100_000),
        ];
        for name in names {
            assert!(without_template_arguments(&name).len() <= name.len());
        }
    }

    #[test]
    fn template_arguments_are_left_out() {
        for (name, expected) in [
            (
                "std::vector<std::pair<int, int> >::push_back",
                "std::vector<>::push_back",
            ),
            (
                "void f<int>(std::vector<int> const&)",
                "void f<>(std::vector<> const&)",
            ),
            ("A<(e)0>::b<(x->y), (1>2)>::c", "A<>::b<>::c"),
            (
                "F<void (T&), g(int, char**)::{lambda()#1}>::call",
                "F<>::call",
            ),
            ("operator<< <int>", "operator<< <>"),
            ("bool operator< <int>(A<int>)", "bool operator< <>(A<>)"),
            ("main.(*T[go.shape.int]).m", "main.(*T[]).m"),
            ("std::operator==<char, f<int> >", "std::operator==<>"),
            (
                "A::operator()<int>(B<c>) const",
                "A::operator()<>(B<>) const",
            ),
            ("main.Map[go.shape.int]", "main.Map[]"),
            ("slices.Sort[...]", "slices.Sort[]"),
            ("sort(int[], f)", "sort(int[], f)"),
            ("Program::<Main>$(x)", "Program::<Main>$(x)"),
            ("C+<>c::<Run>b__0_0", "C+<>c::<Run>b__0_0"),
            ("A<int>::operator<", "A<>::operator<"),
            ("A<int>::operator-><B>", "A<>::operator-><>"),
            ("std::operator<=> (A<int>)", "std::operator<=> (A<>)"),
            ("f[abi:cxx11]<int>", "f[abi:cxx11]<>"),
            (
                "<alloc::vec::Vec<T> as core::iter::Extend<T>>::extend",
                "<alloc::vec::Vec<> as core::iter::Extend<>>::extend",
            ),
            (
                "core::ptr::drop_in_place::<a::B<C>>",
                "core::ptr::drop_in_place::<>",
            ),
            ("a::<impl b::C<D> for E>::f", "a::<impl b::C<> for E>::f"),
            ("java/util/HashMap::<init>", "java/util/HashMap::<init>"),
            ("Foo.<clinit>", "Foo.<clinit>"),
            ("f<unknown>", "f<unknown>"),
            ("py::<module>:/a.py", "py::<module>:/a.py"),
            ("broken<int", "broken<int"),
            ("broken<int)>", "broken<int)>"),
            ("a > b", "a > b"),
            ("<", "<"),
        ] {
            let found = without_template_arguments(name.as_bytes());
            assert_eq!(String::from_utf8_lossy(&found), expected, "{name}");
        }
        assert_eq!(&*without_template_arguments(b"\xff<\xfe>"), b"\xff<\xfe>");
        assert_eq!(&*without_template_arguments(b"f<\xfe>"), b"f<>");
    }
}
