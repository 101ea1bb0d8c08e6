//! `diff --baseline-file` through the real program: profiles of which every count is known.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A sample each 10 ms from `start` (whole seconds) on, of `event`, in its stack, root first, in `module`.
fn text(start: u64, event: &str, module: &str, stacks: &[&str]) -> String {
    let sample = |(index, stack): (usize, &&str)| {
        let frames = stack.rsplit(';');
        let frames: String = frames
            .map(|name| format!("\t1 {name}+0x1 ({module})\n"))
            .collect();
        let (second, millis) = (start + index as u64 / 100, 10 * (index % 100));
        format!("app 1/1 [000] {second}.{millis:03}000: 1 {event}:\n{frames}\n")
    };
    stacks.iter().enumerate().map(sample).collect()
}

/// A folder with the old release and the new one: the new one has `new` in place of `gone`, and
/// spends twice the share of it in `more`.
fn releases() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let old = ["main;more", "main;same", "main;same", "main;gone;deep"];
    let new = ["main;more", "main;more", "main;same", "main;new"];
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    // Twice as long, another clock, another path.
    let twice: Vec<&str> = old.iter().chain(&old).copied().collect();
    write("old.txt", text(7000, "cycles", "/v1/app", &twice));
    write("new.txt", text(5, "cycles", "/v2/app", &new));
    folder
}

fn run(folder: &Path, args: &[&str], status: i32) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_emberscope"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{args:?}: {message}");
    (String::from_utf8(output.stdout).unwrap(), message)
}

fn diff(folder: &Path, more: &[&str]) -> String {
    let args = ["diff", "new.txt", "--baseline-file", "old.txt"];
    run(folder, &[&args, more].concat(), 0).0
}

#[test]
fn stacks_of_two_files_meet_by_name() {
    let folder = releases();
    let folded = "app;main;gone;deep 2 0\napp;main;more 2 2\napp;main;new 0 1\napp;main;same 4 1\n";
    assert_eq!(diff(folder.path(), &["--format", "folded"]), folded);
    let json: Value = serde_json::from_str(&diff(folder.path(), &["--format", "json"])).unwrap();
    assert_eq!(
        (&json["selection"], &json["baseline"]),
        (&4.into(), &8.into())
    );
    let functions = json["functions"].as_array().unwrap();
    let row = |name: &str| {
        let found = functions
            .iter()
            .find(|function| function["name"] == name)
            .unwrap();
        (
            found["selection"].as_u64(),
            found["baseline"].as_u64(),
            found["ratio"].as_f64(),
        )
    };
    assert_eq!(row("more"), (Some(2), Some(2), Some(2.0)));
    assert_eq!(row("same"), (Some(1), Some(4), Some(0.5)));
    assert_eq!(row("new"), (Some(1), Some(0), None));
    assert_eq!(row("gone"), (Some(0), Some(2), Some(0.0)));
    assert_eq!(row("main"), (Some(4), Some(8), Some(1.0)));
    assert_eq!(functions.len(), 6);
}

#[test]
fn ranges_are_of_their_own_files() {
    let folder = releases();
    let ranges = [
        "--from",
        "0.02",
        "--baseline-from",
        "0.02",
        "--baseline-to",
        "0.05",
    ];
    let folded = diff(
        folder.path(),
        &[&ranges[..], &["--format", "folded"]].concat(),
    );
    let expected =
        "app;main;gone;deep 1 0\napp;main;more 1 0\napp;main;new 0 1\napp;main;same 1 1\n";
    assert_eq!(folded, expected);
    let table = diff(folder.path(), &["--to", "0.02", "--normalize", "time"]);
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(table.starts_with("Selection: 2 samples in 0.020 s\nBaseline: 8 samples in 0.070 s\n"));
    let more = rows.iter().find(|row| row.last() == Some(&"more")).unwrap();
    // 100 a second in place of 2 in 70 ms and 1 ns.
    assert_eq!(more[..5], ["2", "100.00", "2", "28.57", "3.50"]);
}

#[test]
fn what_vanished_is_drawn_in_its_own_widths() {
    let folder = releases();
    let svg = diff(folder.path(), &["--format", "svg", "--widths", "gone"]);
    assert!(svg.contains("against old.txt, whole profile"), "{svg}");
    assert!(
        svg.contains("<title>deep\n/v1/app, user\n2 samples, 100.00 %"),
        "{svg}"
    );
    assert!(svg.contains("0 samples where the baseline explains 1.0"));
    assert!(!svg.contains("<title>more") && !svg.contains("<title>new"));
    let svg = diff(folder.path(), &["--format", "svg"]);
    assert!(svg.contains("<title>more\n/v2/app, user\n2 samples, 50.00 %"));
    assert!(svg.contains("2 samples where the baseline explains 1.0"));
}

#[test]
fn a_file_against_itself_is_the_same_everywhere() {
    let folder = releases();
    let args = [
        "diff",
        "old.txt",
        "--baseline-file",
        "old.txt",
        "--format",
        "json",
    ];
    let json: Value = serde_json::from_str(&run(folder.path(), &args, 0).0).unwrap();
    for function in json["functions"].as_array().unwrap() {
        assert_eq!(function["selection"], function["baseline"]);
        assert_eq!(function["ratio"], 1.0);
        assert_eq!(function["confidence"], 0.0);
    }
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = releases();
    let path = folder.path();
    fs::write(path.join("wall.txt"), text(5, "cpu-clock", "/x", &["main"])).unwrap();
    let (_, message) = run(path, &["diff", "new.txt", "--baseline-file", "wall.txt"], 0);
    let note =
        "note: the events differ: cycles in new.txt, cpu-clock in wall.txt; --event NAME chooses\n";
    assert_eq!(message, note);
    let error = |args: &[&str], status: i32| {
        run(
            path,
            &[&["diff", "new.txt", "--baseline-file"], args].concat(),
            status,
        )
        .1
    };
    assert!(error(&["none.txt"], 1).contains("none.txt: cannot open"));
    assert!(error(&["wall.txt", "--event", "cycles"], 1).contains("wall.txt: no event is named"));
    assert!(
        error(&["old.txt", "--baseline-from", "9"], 1)
            .contains("old.txt: no sample is in the baseline")
    );
    assert!(error(&["old.txt", "-o", "old.txt"], 1).contains("is the profile itself"));
    let both = ["diff", "-", "--baseline-file", "-"];
    assert!(
        run(path, &both, 2)
            .1
            .contains("standard input is one profile")
    );
}
