//! What is asked for and cannot be answered is said, rather than answered with something else.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::path::Path;
use std::process::{Command, Output};

/// Threads have one number.
const WITHOUT_PIDS: &str = "# cmdline : perf record -F 99 -a -g
a 7 [000] 1.250000: 1 cycles:
\t1 work+0x1 (/app)

b 8 [001] 1.350000: 1 cycles:
\t1 rest+0x1 (/app)

";

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command.args(args).current_dir(folder).output().unwrap()
}

fn says(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert!(!output.status.success(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn prints(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.txt"), text).unwrap();
    folder
}

#[test]
fn a_filter_that_lets_nothing_through_is_an_error_that_names_it() {
    let folder = folder(WITHOUT_PIDS);
    let folder = folder.path();
    for command in [
        &["find", "p.txt"][..],
        &["heatmap", "p.txt"],
        &["report", "p.txt", "-o", "x.html"],
    ] {
        let said = |filters: &[&str]| says(folder, &[command, filters].concat());
        let message = said(&["--comm", "nosuch"]);
        assert!(
            message.contains("p.txt: no sample passes the filter: comm nosuch"),
            "{message}"
        );
        let message = said(&["--comm", "a", "--cpu", "9"]);
        assert!(message.contains("the filter: CPU 9"), "{message}");
        let message = said(&["--comm", "a", "--cpu", "1"]);
        assert!(
            message.contains("passes all filters: comm a · CPU 1"),
            "{message}"
        );
        let message = said(&["--stack", "^nowhere$"]);
        assert!(
            message.contains("the filter: stack /^nowhere$/"),
            "{message}"
        );
    }
    let idle = WITHOUT_PIDS
        .replace("a 7", "swapper 0")
        .replace("work+0x1", "do_idle+0x1");
    std::fs::write(folder.join("idle.txt"), idle).unwrap();
    let message = says(folder, &["heatmap", "idle.txt", "--cpu", "0"]);
    assert!(
        message.contains("are idle (--include-idle shows them)"),
        "{message}"
    );
}

#[test]
fn thread_ids_are_not_taken_for_process_ids() {
    let folder = folder(WITHOUT_PIDS);
    let folder = folder.path();
    for args in [
        &["find", "p.txt", "--pid", "7"][..],
        &["info", "p.txt", "--pid", "7"],
        &["flamegraph", "p.txt", "--roots", "process"],
    ] {
        let message = says(folder, args);
        assert!(message.contains("no process ids"), "{message}");
        assert!(
            message.contains("perf script --header -F comm,pid,tid"),
            "{message}"
        );
    }
    assert!(prints(folder, &["info", "p.txt", "--tid", "7"]).contains("1 shown"));
    let page = prints(folder, &["report", "p.txt", "-o", "-", "--quiet"]);
    assert!(page.contains("<html"));
    let with_pids = WITHOUT_PIDS.replace("a 7", "a 5/7").replace("b 8", "b 5/8");
    std::fs::write(folder.join("pids.txt"), with_pids).unwrap();
    assert!(prints(folder, &["info", "pids.txt", "--pid", "5"]).contains("2 shown"));
    let stacks = prints(
        folder,
        &[
            "flamegraph",
            "pids.txt",
            "--roots",
            "process",
            "--format",
            "folded",
        ],
    );
    assert_eq!(stacks, "a 5;rest 1\na 5;work 1\n");
}

/// The same file has the same rows wherever it is shown.
#[test]
fn a_heat_map_has_as_many_rows_as_the_window_gives_it() {
    let folder = folder(WITHOUT_PIDS);
    let map = prints(folder.path(), &["heatmap", "p.txt", "--format", "json"]);
    let map: serde_json::Value = serde_json::from_str(&map).unwrap();
    assert_eq!(map["rows"], 99);
}

#[test]
fn a_mistyped_command_is_said_to_be_one() {
    let folder = folder(WITHOUT_PIDS);
    for (typed, meant) in [
        ("flamegrap", "flamegraph"),
        ("heatmpa", "heatmap"),
        ("inof", "info"),
        ("reprot", "report"),
    ] {
        let output = run(folder.path(), &[typed, "p.txt"]);
        assert_eq!(output.status.code(), Some(2), "{typed}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains(&format!("did you mean emberscope {meant}?")),
            "{said}"
        );
    }
}
