//! Folded stacks are opened like profiles: what `flamegraph --format folded` writes is read with the same
//! counts, by whichever script it was written.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{sample_profile, try_load_text};
use emberscope::filter::SampleFilter;
use emberscope::load::{LoadError, LoadOptions};
use emberscope::profile::{FrameKind, Profile, WarningKind};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

fn load(text: &str) -> Result<Profile, LoadError> {
    try_load_text(text.as_bytes(), &LoadOptions::default())
}

fn folded(file: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let output = command
        .args(["flamegraph", file, "--format", "folded"])
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_was_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.folded");
    for name in [
        "latency-spike.perf.txt",
        "mixed-mode.perf.txt",
        "pause.perf.txt",
    ] {
        let text = folded(sample_profile(name).to_str().unwrap());
        std::fs::write(&path, &text).unwrap();
        assert_eq!(folded(path.to_str().unwrap()), text, "{name}");
    }
}

/// The kind of code of each function that a sample is in.
fn kinds(profile: &Profile) -> BTreeSet<(String, FrameKind)> {
    let frames = (1..profile.frames.len() as u32).map(emberscope::profile::FrameId);
    let kind = |frame: emberscope::profile::FrameId| profile.frames.kind[frame.index()];
    let named = frames.map(|frame| (profile.frame_name(frame).into_owned(), kind(frame)));
    named.collect()
}

#[test]
fn annotated_names_keep_the_kind_of_code() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample_profile("mixed-mode.perf.txt");
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command.args(["flamegraph", sample.to_str().unwrap(), "--annotate"]);
    let output = command
        .args(["--format", "folded", "--include-idle"])
        .output()
        .unwrap();
    let read = kinds(&load(std::str::from_utf8(&output.stdout).unwrap()).unwrap());
    let original = try_load_text(&std::fs::read(sample).unwrap(), &LoadOptions::default());
    for kind in [FrameKind::Kernel, FrameKind::Jit] {
        let of_kind = |kinds: &BTreeSet<(String, FrameKind)>| -> Vec<String> {
            let named = kinds.iter().filter(|(_, other)| *other == kind);
            named.map(|(name, _)| name.clone()).collect()
        };
        let expected = of_kind(&kinds(original.as_ref().unwrap()));
        assert!(!expected.is_empty());
        assert_eq!(of_kind(&read), expected, "{kind:?}");
    }
    // Inlined ones are another kind, too.
    let inlined = folder.path().join("inlined.perf.txt");
    let text = "a 1/1 [000] 1.000000: 1 c:\n\t1 inner (inlined)\n\t1 outer+0x1 (/x)\n\n";
    std::fs::write(&inlined, text).unwrap();
    let mut of_inlined = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    of_inlined.args(["flamegraph", inlined.to_str().unwrap(), "--annotate"]);
    let output = of_inlined.args(["--format", "folded"]).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "a;outer;inner_[i] 1\n"
    );
    command.args(["--format", "svg"]);
    assert!(
        !command.output().unwrap().status.success(),
        "pictures have colours"
    );
}

#[test]
fn endings_tell_the_kind_of_code_and_there_is_no_heat_map() {
    let profile =
        load("java;run;Foo::bar_[j];sys_read_[k];x::y_[i] 3\njava;std::sort 2\n\n# a note\n")
            .unwrap();
    assert_eq!((profile.samples.total(), profile.time_range()), (5, None));
    let kind = |name: &str| {
        let at = (0..profile.frames.len() as u32)
            .find(|at| profile.frame_name(emberscope::profile::FrameId(*at)) == name);
        at.map(|at| profile.frames.kind[at as usize])
    };
    for (name, expected) in [
        ("Foo::bar", FrameKind::Jit),
        ("sys_read", FrameKind::Kernel),
        ("x::y", FrameKind::Inlined),
        ("std::sort", FrameKind::Cpp),
        ("run", FrameKind::User),
        ("java", FrameKind::Comm),
    ] {
        assert_eq!(kind(name), Some(expected), "{name}");
    }
}

#[test]
fn a_line_without_a_count_refuses_no_file_wherever_it_is() {
    for text in [
        "what is this\na;b 3\na;c 2\n",
        "a;b 3\nwhat is this\na;c 2\n",
        "a;b 3\na;c 2\nwhat is this\n",
        "a;b 3\na;c 2\na;d",
    ] {
        let profile = load(text).unwrap();
        assert_eq!(profile.samples.total(), 5, "{text}");
        assert_eq!(profile.warnings.len(), 1, "{text}");
        assert_eq!(profile.warnings[0].count, 1, "{text}");
    }
}

#[test]
fn what_only_looks_like_stacks_is_refused() {
    let calls = "app;x 7 [000] 12.345678: raw_syscalls:sys_exit: NR 0 = 832\n".repeat(40);
    let text = calls + "what is this\n";
    assert!(
        !matches!(load(&text), Ok(profile) if profile.time_range().is_none()),
        "{text}"
    );
    for text in [
        "name; value\nfoo; 20\nbar; 30\n",
        "took x;y 7\nno count\nnothing at all\ntook x;y 9\n",
    ] {
        assert!(
            matches!(load(text), Err(LoadError::NoSamples { .. })),
            "{text}"
        );
    }
}

#[test]
fn lines_without_a_count_are_counted_and_too_much_is_refused() {
    let many: String = (0..60).map(|at| format!("a;f{at} 1\n")).collect();
    let profile = load(&format!("{many}no count here\na;b 2\n")).unwrap();
    assert_eq!(profile.samples.total(), 62);
    let [warning] = &profile.warnings[..] else {
        panic!("{:?}", profile.warnings);
    };
    assert_eq!(
        (warning.kind, warning.count),
        (WarningKind::UnreadableLine, 1)
    );
    assert_eq!(warning.first_lines, [61]);
    let message = load("a;b 5\na;c 9999999999999999\n")
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("line 2") && message.contains("not of nanoseconds"),
        "{message}"
    );
}

/// The stacks with their counts, idle ones and all events included.
fn folded_text(text: &str, more: &[&str]) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command.args(["flamegraph", file.to_str().unwrap(), "--format", "folded"]);
    let output = command.args(["--quiet"]).args(more).output().unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

#[test]
fn a_count_is_one_row_however_large() {
    let profile = load("app;main;read 8000000000000\napp;main 199999999\n").unwrap();
    assert_eq!(profile.samples.len(), 2);
    assert_eq!(profile.samples.total(), 8_000_199_999_999);
    assert_eq!(profile.events[0].samples, 8_000_199_999_999);
    let filter = SampleFilter {
        stacks: vec!["read".parse().unwrap()],
        ..SampleFilter::default()
    };
    let samples = filter.apply(&profile).unwrap();
    let counts = (samples.shown, samples.idle, samples.filtered);
    assert_eq!(counts, (8_000_000_000_000, 0, 199_999_999));
    for metric in ["samples", "weight"] {
        let again = folded_text("a;b 199999999\na;c 3\n", &["--metric", metric]).unwrap();
        assert_eq!(again, "a;b 199999999\na;c 3\n");
    }
    // A row of one sample is one as everywhere else.
    assert!(load("a;b 1\n").unwrap().samples.count.is_empty());
}

#[test]
fn fractions_are_scaled_and_it_is_said() {
    for (text, expected, event) in [
        ("a;b 0.5\na;c 0.25\n", "a;b 50\na;c 25\n", "counts × 100"),
        ("a;b 31.23\na;c 6.1\n", "a;b 31\na;c 6\n", ""),
        (
            "a;b 5e-06\na;c 1\n",
            "a;b 5\na;c 1000000\n",
            "counts × 1000000",
        ),
        ("a;b 2.0\na;c 1\n", "a;b 2\na;c 1\n", ""),
    ] {
        assert_eq!(folded_text(text, &[]).as_deref(), Ok(expected), "{text}");
        let profile = load(text).unwrap();
        let name = profile.strings.get(profile.events[0].name);
        assert_eq!(std::str::from_utf8(name).unwrap(), event, "{text}");
        let said = profile.warnings.iter().map(|warning| warning.kind);
        let is_said = said.eq([WarningKind::FractionalCount]);
        assert_eq!(is_said, !text.contains("2.0"), "{text}");
    }
    // What cannot be kept is counted, and nothing is refused for being small.
    let text = "a;b 0.00001\na;c 1000000000000\n";
    let kinds: Vec<_> = load(text)
        .unwrap()
        .warnings
        .iter()
        .map(|w| w.kind)
        .collect();
    assert_eq!(
        kinds,
        [WarningKind::FractionalCount, WarningKind::RoundedCount]
    );
    let tiny = load("a;b 1e-12\na;c 5.5\n").unwrap();
    assert!(
        tiny.warnings
            .iter()
            .any(|w| w.kind == WarningKind::RoundedCount)
    );
    for none in [
        "a;b inf\n",
        "a;b .5\n",
        "a;b -3\n",
        "a;b NaN\n",
        "a;b +3\n",
        "a;b 1e400\n",
    ] {
        assert!(load(none).is_err(), "{none}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scaled_counts_keep_their_proportions(counts in vec(0.001f64..1e6, 1..9)) {
        let lines = counts.iter().enumerate();
        let text: String = lines.map(|(at, count)| format!("a;f{at} {count}\n")).collect();
        let profile = load(&text).unwrap();
        let total = profile.samples.total() as f64;
        let factor = total / counts.iter().sum::<f64>();
        for (row, count) in counts.iter().enumerate() {
            let error = profile.samples.count_of(row) as f64 / (count * factor);
            prop_assert!((0.95..1.05).contains(&error), "{text}");
        }
    }
}

#[test]
fn of_two_counts_the_second_is_read_and_neither_is_a_name() {
    let difference = "app;main;leaf 3 5\napp;main 2 7\n";
    let read = folded_text(difference, &[]);
    assert_eq!(read.as_deref(), Ok("app;main 7\napp;main;leaf 5\n"));
    let warnings = load(difference).unwrap().warnings;
    assert_eq!(warnings[0].kind, WarningKind::TwoCounts);
    // As `diff` writes samples without functions; a broken line does not tell.
    let read = folded_text("app;work 1 4\napp;wait 0 1\napp 1 2\nbroken line\n", &[]);
    assert_eq!(read.as_deref(), Ok("app 2\napp;wait 1\napp;work 4\n"));
    // A number at the end of some names is a part of them.
    let read = folded_text("app;worker 3 5\napp;main 7\n", &[]);
    assert_eq!(read.as_deref(), Ok("app;main 7\napp;worker 3 5\n"));
}

#[test]
fn tabs_comments_and_single_frames_are_read() {
    for text in [
        "app;main\t7\napp;main;leaf\t5\n",
        "// a comment\n// another\n#one more\napp;main 7\n# the last\napp;main;leaf 5\n",
    ] {
        let read = folded_text(text, &[]);
        assert_eq!(
            read.as_deref(),
            Ok("app;main 7\napp;main;leaf 5\n"),
            "{text}"
        );
        assert_eq!(load(text).unwrap().warnings, [], "{text}");
    }
    // Threads may be called so.
    let read = folded_text("# b;f 7\n//c;g 2\napp;h 1\n", &[]);
    assert_eq!(read.as_deref(), Ok("# b;f 7\n//c;g 2\napp;h 1\n"));
    let read = folded_text("one 1\ntwo of them 2\n", &[]);
    assert_eq!(read.as_deref(), Ok("one 1\ntwo of them 2\n"));
    assert!(load("one 1\ntwo\n").is_err(), "it may be any text");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_add_up(lines in vec((vec("[a-c <>(:)]{1,4}", 1..6), 0u64..9), 1..20)) {
        let mut total = 0;
        let mut text = "x;y 1\n".to_owned();
        for (names, count) in &lines {
            let stack = names.join(";");
            if !stack.trim().is_empty() {
                total += count;
                text.push_str(&format!("{stack} {count}\n"));
            }
        }
        let profile = load(&text).unwrap();
        prop_assert_eq!(profile.samples.total(), total + 1);
    }
}

/// Stacks with their counts; without their roots, if so wanted.
fn stacks(folded: &str, with_roots: bool) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for line in folded.lines() {
        let (stack, count) = line.rsplit_once(' ').unwrap();
        let below_root = || stack.split_once(';').map_or("", |(_, functions)| functions);
        let stack = if with_roots { stack } else { below_root() };
        *counts.entry(stack.to_owned()).or_default() += count.parse::<u64>().unwrap();
    }
    counts
}

/// Writes a profile for pprof, with what stacks begin with, and gives it as folded stacks once read again.
fn through_pprof(sample: &str, roots: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile.pb.gz");
    let path = path.to_str().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command.args(["flamegraph", sample, "--format", "pprof", "-o", path]);
    assert!(command.args(["--roots", roots]).status().unwrap().success());
    folded(path)
}

#[test]
fn files_of_pprof_have_the_same_stacks() {
    for name in ["latency-spike.perf.txt", "mixed-mode.perf.txt"] {
        let sample = sample_profile(name);
        let sample = sample.to_str().unwrap();
        let original = folded(sample);
        let read = through_pprof(sample, "comm");
        assert_eq!(stacks(&read, true), stacks(&original, true), "{name}");
        // Without roots, the program is at the foot of it.
        let read = through_pprof(sample, "none");
        let mut read = stacks(&read, false);
        // Of a sample without functions, pprof has the frame that stands for it.
        if let Some(count) = read.remove("(no stack)") {
            read.insert(String::new(), count);
        }
        assert_eq!(read, stacks(&original, false), "{name}");
    }
}

#[test]
fn broken_files_of_pprof_are_refused() {
    let golden = include_bytes!("golden/small.pb.gz");
    let whole = try_load_text(golden, &LoadOptions::default()).unwrap();
    assert!(!whole.samples.is_empty());
    use std::io::Read as _;
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&golden[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    for end in (1..unpacked.len()).step_by(7) {
        // A message cut off between two fields is one still.
        let cut = try_load_text(&unpacked[..end], &LoadOptions::default());
        if let Ok(profile) = cut {
            assert!(profile.samples.total() <= whole.samples.total());
        }
    }
}
