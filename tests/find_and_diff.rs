//! The commands `find` and `diff`, through the real program.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use assert_cmd::Command;
use common::sample_profile;
use serde_json::Value;

fn run(args: &[&str], status: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_emberscope"))
        .args(args)
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{args:?}: {message}");
    match status {
        0 | 3 => String::from_utf8(output.stdout).unwrap(),
        _ => message,
    }
}

fn path(name: &str) -> String {
    sample_profile(name).to_str().unwrap().to_owned()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&run(args, 0)).unwrap()
}

#[test]
fn findings_as_json_have_the_documented_shape() {
    let file = path("latency-spike.perf.txt");
    let found = json(&["find", &file, "--format", "json"]);
    let first = &found["findings"][0];
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    let mut documented = [
        "kind",
        "start_seconds",
        "end_seconds",
        "period_seconds",
        "phase_seconds",
        "width_seconds",
        "drift_seconds",
        "thread",
        "expected",
        "observed",
        "confidence",
        "functions",
        "stacks",
        "explanation",
    ];
    documented.sort_unstable();
    let mut keys: Vec<&str> = keys.into_iter().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, documented);
    assert_eq!(first["kind"], "periodic");
    assert!(first["functions"][0]["effect"].as_f64().unwrap() > 10.0);
    let stack = &first["stacks"][0];
    let frames: Vec<&str> = stack["frames"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(Value::as_str)
        .collect();
    assert!(frames.contains(&"rebuild_index"), "{frames:?}");
    assert!(stack["effect"].as_f64().unwrap() > 10.0);
    assert!((0.2..0.4).contains(&first["width_seconds"].as_f64().unwrap()));
    assert!((4.2..4.4).contains(&first["phase_seconds"].as_f64().unwrap()));
    let start = first["start_seconds"].as_f64().unwrap();
    assert!((4.2..4.4).contains(&start), "{start}");
}

#[test]
fn scripts_can_tell_whether_anything_was_found() {
    let file = path("pause.perf.txt");
    assert!(run(&["find", &file], 0).contains("1. pause, 6."));
    assert!(run(&["find", &file, "--fail-on-findings"], 3).contains("1. pause, 6."));
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain.perf.txt");
    std::fs::write(&plain, "a 1 1.000000: 1 c:\n\t1 f (/x)\n\n").unwrap();
    let nothing = run(&["find", plain.to_str().unwrap(), "--fail-on-findings"], 0);
    assert_eq!(nothing, "Nothing behaves unlike the rest.\n");
}

#[test]
fn a_difference_is_a_table_sorted_by_what_tells_most() {
    let file = path("latency-spike.perf.txt");
    let range = ["--from", "11.3", "--to", "11.6"];
    let args: Vec<&str> = ["diff", &file].into_iter().chain(range).collect();
    let table = run(&args, 0);
    let first = table.lines().nth(4).unwrap();
    assert!(
        first.contains("rebuild_index") || first.contains("indexer"),
        "{table}"
    );
    let with_json: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let difference = json(&with_json);
    let (selection, baseline) = (&difference["selection"], &difference["baseline"]);
    // As many as in the whole profile, and as `flamegraph` counts in the range.
    assert_eq!(
        selection.as_u64().unwrap() + baseline.as_u64().unwrap(),
        708
    );
    let folded = run(
        &[
            "flamegraph",
            &file,
            "--from",
            "11.3",
            "--to",
            "11.6",
            "--format",
            "folded",
        ],
        0,
    );
    let count = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    assert_eq!(
        selection.as_u64().unwrap(),
        folded.lines().map(count).sum::<u64>()
    );
    for function in difference["functions"].as_array().unwrap() {
        assert!(function["selection"].as_u64() >= function["selection_self"].as_u64());
    }
}

/// The counts of a stack on each side are those that `flamegraph` prints of each side.
#[test]
fn folded_differences_have_the_baseline_first() {
    let file = path("latency-spike.perf.txt");
    let folded = |args: &[&str]| {
        let args: Vec<&str> = args.iter().copied().chain(["--format", "folded"]).collect();
        let text = run(&args, 0);
        let split = |line: &str| {
            let (stack, count) = line.rsplit_once(' ').unwrap();
            (stack.to_owned(), count.parse::<u64>().unwrap())
        };
        text.lines()
            .map(split)
            .collect::<std::collections::BTreeMap<String, u64>>()
    };
    let selection = folded(&["flamegraph", &file, "--from", "4", "--to", "5"]);
    let baseline = folded(&["flamegraph", &file, "--from", "6", "--to", "16"]);
    let mut expected: Vec<String> = Vec::new();
    let stacks: std::collections::BTreeSet<&String> =
        selection.keys().chain(baseline.keys()).collect();
    for stack in stacks {
        let of =
            |side: &std::collections::BTreeMap<String, u64>| side.get(stack).copied().unwrap_or(0);
        expected.push(format!("{stack} {} {}", of(&baseline), of(&selection)));
    }
    let args = [
        "diff",
        &file,
        "--from",
        "4",
        "--to",
        "5",
        "--baseline-from",
        "6",
        "--baseline-to",
        "16",
        "--format",
        "folded",
    ];
    let mut difference: Vec<String> = run(&args, 0).lines().map(str::to_owned).collect();
    expected.sort();
    difference.sort();
    assert_eq!(difference, expected);
}

#[test]
fn the_picture_is_red_where_there_is_more_and_blue_where_there_is_less() {
    let file = path("latency-spike.perf.txt");
    let svg = |widths: &str| {
        let args = [
            "diff", &file, "--from", "11.3", "--to", "11.6", "--format", "svg", "--widths", widths,
        ];
        run(&args, 0)
    };
    let fill = |svg: &str, name: &str| {
        let frame = svg
            .split("<g class=\"frame\"")
            .find(|part| part.contains(&format!("<title>{name}\n")));
        let fill = frame.unwrap().split("fill=\"#").nth(1).unwrap();
        let channel = |at: usize| u8::from_str_radix(&fill[at..at + 2], 16).unwrap();
        (channel(0), channel(4))
    };
    let (red, blue) = fill(&svg("selection"), "rebuild_index");
    assert!(red > blue);
    let (red, blue) = fill(&svg("baseline"), "handle_request");
    assert!(red < blue);
    let (red, blue) = fill(&svg("gone"), "handle_request");
    assert!(red < blue);
}

#[test]
fn wrong_usage_of_diff_is_told_apart() {
    let file = path("pause.perf.txt");
    assert!(run(&["diff", &file], 2).contains("--from"));
    assert!(run(&["diff", &file, "--from", "3", "--to", "2"], 2).contains("not before"));
    assert!(run(&["diff", &file, "--from", "0", "--to", "99"], 1).contains("nothing is left"));
}
