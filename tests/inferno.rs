//! Folded stacks against the `inferno` crate's: those of the sample profiles, and of the files in
//! the folder that `EMBERSCOPE_CORPUS` names.
//!
//! Where the two differ on purpose, or inferno misreads a file, a rule here tells how, and a row
//! of `docs/folded.md` with the same name tells why. [`FRAME_RULES`] and [`first_line_as_inferno`]
//! make our stacks inferno's. [`TEXT_RULES`] change the text that inferno is given, where a profile
//! does not keep what inferno stumbles over. No rule is for one file.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::all_files;
use emberscope::job::Progress;
use emberscope::load::{self, LoadOptions};
use emberscope::profile::{FrameKind, Profile, StackId, StringId};
use inferno::collapse::{Collapse as _, perf::Folder};
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::LazyLock;

/// Rows about whole samples: [`first_line_as_inferno`] and [`samples_as_inferno`] see to them.
const SAMPLE_ROWS: [&str; 9] = [
    "count",
    "events",
    "idle samples",
    "samples without frames",
    "blanks in a comm",
    "numbers in a comm",
    "`;` in a comm",
    "`#` before a comm",
    "bytes that are no UTF-8",
];

/// The name of a row of the table of differences, and what it does to the text for inferno.
type TextRule = (&'static str, fn(&str) -> String);

const TEXT_RULES: [TextRule; 10] = [
    ("tabs between fields", tabs_as_blanks),
    ("records", |text| {
        replace(text, r"^.*\d: +PERF_RECORD_.*\n", "")
    }),
    ("a blank line before the stack", |text| {
        replace(text, r"^(HEADER.*)\n\s*\n\t", "$1\n\t")
    }),
    ("fields behind the event", |text| {
        let fields = r"^(HEADER *(?:\d+ +)?\S*:) .*\n(\t| +[0-9a-f]+ )";
        replace(text, fields, "$1\n$2")
    }),
    ("blanks before the event", |text| {
        replace(text, r"^(HEADER *\d+) +", "$1 ")
    }),
    ("no blank line between samples", set_apart),
    ("offsets in a module", |text| {
        replace(text, r"\+0x[0-9a-f]+\)$", ")")
    }),
    ("source lines of inlined frames", |text| {
        replace(text, r"^(\t.*)\n(  .*) \(inlined\)$", "$1 (inlined)\n$2")
    }),
    ("mangled names", demangled),
    ("`Lorg/x/Y;::m`", |text| {
        replace(
            text,
            r"(^\s+[0-9a-f]+ |->)L([^ ()<>;\n]+);(::|\.)",
            "$1$2$3",
        )
    }),
];

/// The name of a row of the table of differences, and what inferno makes of one of our frames.
type FrameRule = (&'static str, fn(Frame) -> Vec<Frame>);

/// In inferno's order.
const FRAME_RULES: [FrameRule; 8] = [
    ("frames without a module", with_module),
    ("`(anonymous namespace)::f`", unless_parenthesised),
    ("blanks in a module", cut_module),
    ("unknown functions in `[…]`", bracketed_twice),
    ("`a->b->c`", split_at_arrows),
    ("signatures", without_signature),
    ("`Lorg/x/Y` cut short", without_l),
    ("inlined in JIT code", marked),
];

/// A frame on its way from our name to inferno's.
#[derive(Debug, Clone)]
struct Frame {
    name: String,
    module: String,
    is_inlined: bool,
    /// Whether its thread's comm starts with `java`.
    in_java: bool,
}

/// Stacks as text, and their counts or weights.
type Folded = BTreeMap<String, u64>;

/// How the first line of a sample begins, in a file with times.
const HEADER: &str = r"[^\t\n].*?[ \t]\d+\.\d{4,9}:[ \t]";

/// Replaces in all lines; `HEADER` stands for the beginning of a sample's first line.
fn replace(text: &str, pattern: &str, replacement: &str) -> String {
    let pattern = format!("(?m){}", pattern.replace("HEADER", HEADER));
    let pattern = Regex::new(&pattern).unwrap();
    pattern.replace_all(text, replacement).into_owned()
}

fn tabs_as_blanks(text: &str) -> String {
    let text = replace(text, r"\t(\d+ \[\d+\] \d+\.\d+:)\t+", " $1 ");
    replace(&text, r"^( +[0-9a-f]+)\t", "$1 ")
}

/// inferno panics at a blank line before the first sample, so what stands there goes.
fn set_apart(text: &str) -> String {
    let first = Regex::new(&format!("(?m)^{HEADER}")).unwrap().find(text);
    let text = &text[first.map_or(0, |first| first.start())..];
    let text = replace(text, "^HEADER", "\n$0");
    text.trim_start_matches('\n').to_owned()
}

fn demangled(text: &str) -> String {
    let symbol = Regex::new(r"([0-9a-f] )(_[ZR][^ \n+]*)").unwrap();
    let readable = |found: &Captures<'_>| format!("{}{}", &found[1], readable(&found[2]));
    symbol.replace_all(text, readable).into_owned()
}

fn readable(symbol: &str) -> String {
    if let Ok(rust) = rustc_demangle::try_demangle(symbol) {
        return format!("{rust:#}");
    }
    let cpp = cpp_demangle::Symbol::new(symbol).ok();
    let readable = cpp.and_then(|symbol| symbol.demangle().ok());
    readable.unwrap_or_else(|| symbol.to_owned())
}

/// Our name of a function without one: `[libc.so.6]`, `[vdso]`.
fn is_unknown(frame: &Frame) -> bool {
    let file = frame.module.rsplit('/').next().unwrap_or_default();
    let in_brackets = file.starts_with('[') && frame.name == file;
    in_brackets || frame.name == format!("[{file}]")
}

fn with_module(frame: Frame) -> Vec<Frame> {
    let is_kept = frame.is_inlined || !frame.module.is_empty();
    is_kept.then_some(frame).into_iter().collect()
}

fn unless_parenthesised(frame: Frame) -> Vec<Frame> {
    let is_kept = !frame.name.starts_with('(');
    is_kept.then_some(frame).into_iter().collect()
}

/// Only its last word is the module for inferno, and only in parentheses; the rest is the name's.
fn cut_module(mut frame: Frame) -> Vec<Frame> {
    let module = frame.module.clone();
    let Some((rest, last)) = module.rsplit_once(' ') else {
        return vec![frame];
    };
    let Some(module) = last.strip_prefix('(') else {
        return Vec::new();
    };
    if is_unknown(&frame) {
        frame.name = "[unknown]".to_owned();
    }
    frame.name = format!("{} ({rest}", frame.name);
    frame.module = module.to_owned();
    vec![frame]
}

fn bracketed_twice(mut frame: Frame) -> Vec<Frame> {
    if is_unknown(&frame) && frame.module.starts_with('[') && frame.module != "[unknown]" {
        frame.name = format!("[{}]", frame.module);
    }
    vec![frame]
}

fn split_at_arrows(frame: Frame) -> Vec<Frame> {
    let part = |(index, part): (usize, &str)| Frame {
        name: part.to_owned(),
        is_inlined: frame.is_inlined || index > 0,
        ..frame.clone()
    };
    frame.name.split("->").enumerate().map(part).collect()
}

/// Cuts at the first parenthesis outside of all brackets, but not of Go's `.(*T)`.
fn without_signature(mut frame: Frame) -> Vec<Frame> {
    let (name, mut depth) = (frame.name.clone(), 0);
    for (at, character) in name.char_indices() {
        match character {
            '<' | '{' | '[' => depth += 1,
            '>' | '}' | ']' | ')' => depth -= 1,
            '(' => {
                let is_go = name[..at].ends_with('.');
                let is_anonymous = name[at..].starts_with("(anonymous namespace)");
                if depth == 0 && !is_go && !is_anonymous {
                    frame.name.truncate(at);
                    break;
                }
                depth += 1;
            }
            _ => {}
        }
    }
    vec![frame]
}

fn without_l(mut frame: Frame) -> Vec<Frame> {
    if frame.in_java && frame.name.starts_with('L') && frame.name.contains('/') {
        frame.name.remove(0);
    }
    vec![frame]
}

fn marked(mut frame: Frame) -> Vec<Frame> {
    if frame.is_inlined && !frame.module.is_empty() {
        frame.name.push_str("_[i]");
    }
    vec![frame]
}

fn text_of(profile: &Profile, id: StringId) -> Cow<'_, str> {
    String::from_utf8_lossy(profile.strings.get(id))
}

/// A sample's first line, as far as the profile keeps it.
fn first_line(profile: &Profile, index: usize) -> String {
    let samples = &profile.samples;
    let thread = &profile.threads[samples.thread[index].index()];
    let comm = text_of(profile, thread.comm);
    let event = profile.event_name(samples.event[index]);
    let has_time = profile.info.has_times;
    let time = has_time.then(|| format!("{}: ", samples.time[index]));
    let time = time.unwrap_or_default();
    let tid = thread.tid.map_or(String::new(), |tid| tid.to_string());
    let weight = samples.weight[index];
    format!("{comm} {tid} [000] {time}{weight} {event}:")
}

/// Comm, event and weight. The first number is the thread's, comm or not; the event stands
/// between the two colons after it, the first of which ends the time.
fn first_line_as_inferno(line: &str) -> Option<(String, String, u64)> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(" [0-9/]+ ").unwrap());
    if line.starts_with('#') {
        return None;
    }
    let number = NUMBER.find(line)?;
    let comm = line[..number.start()].trim().replace(' ', "_");
    let mut words = line[number.end()..].split(':').nth(1)?.rsplit(' ');
    let event = words.next()?.to_owned();
    let weight = words.next().and_then(|word| word.parse().ok());
    Some((comm, event, weight.unwrap_or(1)))
}

/// The comm and the weight of each stack that has samples of the first event, idle or not.
fn samples_as_inferno(profile: &Profile) -> BTreeMap<StackId, (String, u64)> {
    let mut first_event = None;
    let mut stacks = BTreeMap::new();
    for index in 0..profile.samples.len() {
        let line = first_line(profile, index);
        let Some((comm, event, weight)) = first_line_as_inferno(&line) else {
            continue;
        };
        if *first_event.get_or_insert_with(|| event.clone()) == event {
            let stack = profile.samples.stack[index];
            stacks.entry(stack).or_insert((comm, 0)).1 += weight;
        }
    }
    stacks
}

/// A stack's frames, outermost first, below the comm.
fn frames(profile: &Profile, stack: StackId, comm: &str) -> Vec<Frame> {
    let frame = |node: StackId| {
        let id = profile.stacks.frame[node.index()].index();
        Frame {
            name: text_of(profile, profile.frames.name[id]).replace(';', ":"),
            module: text_of(profile, profile.frames.module[id]).into_owned(),
            is_inlined: profile.frames.kind[id] == FrameKind::Inlined,
            in_java: comm.starts_with("java"),
        }
    };
    let mut frames: Vec<Frame> = profile.stacks.path_up(stack).map(frame).collect();
    frames.pop();
    frames.reverse();
    frames
}

/// One file, and what the rules need of it.
struct Compared {
    name: String,
    text: String,
    profile: Profile,
    stacks: BTreeMap<StackId, (String, u64)>,
}

impl Compared {
    fn open(path: &Path) -> Option<Self> {
        let profile = load::open(path, &LoadOptions::default(), &Progress::default()).ok()?;
        Some(Self {
            name: path.file_name().unwrap().to_string_lossy().into(),
            text: unpacked(path),
            stacks: samples_as_inferno(&profile),
            profile,
        })
    }

    /// Our stacks as inferno's.
    fn ours(&self) -> Folded {
        let mut folded = Folded::new();
        for (stack, (comm, weight)) in &self.stacks {
            let frames = frames(&self.profile, *stack, comm);
            let frames = FRAME_RULES.iter().fold(frames, |frames, (_, rule)| {
                frames.into_iter().flat_map(rule).collect()
            });
            if !frames.is_empty() {
                let mut line = comm.clone();
                line.extend(
                    frames
                        .into_iter()
                        .flat_map(|frame| [";".to_owned(), frame.name]),
                );
                *folded.entry(line).or_default() += weight;
            }
        }
        folded
    }

    /// inferno's stacks.
    fn theirs(&self) -> Folded {
        let text = self.text.clone();
        let text = TEXT_RULES.iter().fold(text, |text, (_, rule)| rule(&text));
        let mut folded = Vec::new();
        let mut folder = Folder::default();
        folder.collapse(text.as_bytes(), &mut folded).unwrap();
        parse_folded(&folded)
    }
}

fn parse_folded(folded: &[u8]) -> Folded {
    let text = String::from_utf8_lossy(folded);
    let lines = text.lines().map(|line| line.rsplit_once(' ').unwrap());
    let mut folded = Folded::new();
    for (stack, count) in lines {
        *folded.entry(stack.to_owned()).or_default() += count.parse::<u64>().unwrap();
    }
    folded
}

fn unpacked(path: &Path) -> String {
    let mut bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let packed = std::mem::take(&mut bytes);
        let mut reader = flate2::read::MultiGzDecoder::new(&packed[..]);
        reader.read_to_end(&mut bytes).unwrap();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A stack that only one of them has, or has with another weight.
fn first_difference(ours: &Folded, theirs: &Folded) -> String {
    let only = |a: &Folded, b: &Folded| {
        let mut stacks = a
            .iter()
            .filter(|(stack, weight)| b.get(*stack) != Some(weight));
        stacks
            .next()
            .map(|(stack, weight)| format!("{stack} {weight}"))
    };
    format!("{:?} for {:?}", only(ours, theirs), only(theirs, ours))
}

#[test]
fn folded_stacks_agree_with_inferno() {
    let mut wrong = Vec::new();
    for file in all_files().iter().filter_map(|path| Compared::open(path)) {
        let (ours, theirs) = (file.ours(), file.theirs());
        // Of some files inferno makes nothing.
        if ours != theirs && !theirs.is_empty() {
            let difference = first_difference(&ours, &theirs);
            wrong.push(format!("{}: {difference}", file.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn rule_rows() -> Vec<&'static str> {
    let text_rows = TEXT_RULES.iter().map(|(row, _)| *row);
    let frame_rows = FRAME_RULES.iter().map(|(row, _)| *row);
    text_rows.chain(frame_rows).collect()
}

#[test]
fn every_rule_is_a_row_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/folded.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let rows: BTreeSet<&str> = rows.filter(|row| !row.starts_with(['|', '-'])).collect();
    let expected = rule_rows().into_iter().chain(SAMPLE_ROWS);
    assert_eq!(rows, expected.collect::<BTreeSet<&str>>());
}
