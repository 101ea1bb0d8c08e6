//! `--each`: many files in one call, through the real program.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use std::process::Output;

const PROFILE: &str = "a 1 1.000000: 1 c:\n\t1 f (/x)\n\n";

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command.args(args).current_dir(folder).output().unwrap()
}

/// A folder with two profiles and a file that is none.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("one.perf.txt"), PROFILE).unwrap();
    fs::write(folder.path().join("two.txt"), PROFILE).unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name =
        |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn outputs_are_named_after_their_inputs() {
    let folder = folder();
    let args = [
        "flamegraph",
        "one.perf.txt",
        "two.txt",
        "--each",
        "-o",
        "out/",
        "--format",
        "folded",
    ];
    let output = run(folder.path(), &args);
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{}",
        said(&output)
    );
    let out = folder.path().join("out");
    assert_eq!(names(&out), ["one.folded", "two.folded"]);
    assert_eq!(
        fs::read_to_string(out.join("one.folded")).unwrap(),
        "a;f 1\n"
    );
    assert!(said(&output).contains("2 files: 2 done, 0 failed"));
}

#[test]
fn a_folder_stands_for_its_files_and_its_outputs_are_no_inputs() {
    let folder = folder();
    for _ in 0..2 {
        let output = run(folder.path(), &["flamegraph", ".", "--each", "--force"]);
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(
            names(folder.path()),
            ["one.perf.txt", "one.svg", "two.svg", "two.txt"]
        );
    }
    let output = run(folder.path(), &["info", ".", "--each"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let titles: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("== "))
        .collect();
    assert_eq!(titles, ["== ./one.perf.txt", "== ./two.txt"]);
}

#[test]
fn nothing_is_overwritten_without_force() {
    let folder = folder();
    fs::write(folder.path().join("one.svg"), "mine").unwrap();
    let args = ["flamegraph", "one.perf.txt", "two.txt", "--each"];
    let output = run(folder.path(), &args);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("one.svg exists; --force"),
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("2 files: 1 done, 1 failed"));
    assert_eq!(fs::read(folder.path().join("one.svg")).unwrap(), b"mine");
    assert!(folder.path().join("two.svg").exists());
    let forced = run(folder.path(), &[&args[..], &["--force"]].concat());
    assert!(forced.status.success());
    assert_ne!(fs::read(folder.path().join("one.svg")).unwrap(), b"mine");
}

#[test]
fn what_fails_is_told_and_the_rest_is_done() {
    let folder = folder();
    fs::write(folder.path().join("none.txt"), "no profile\n").unwrap();
    fs::write(folder.path().join("two.perf"), PROFILE).unwrap();
    let files = [
        "none.txt",
        "gone.txt",
        "two.txt",
        "two.perf",
        "one.perf.txt",
    ];
    let args = [&["heatmap"], &files[..], &["--each", "--format", "csv"]].concat();
    let output = run(folder.path(), &args);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    for part in [
        "error: none.txt: ",
        "error: gone.txt: ",
        "error: two.perf: another file",
        "5 files: 2 done, 3 failed",
    ] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    assert!(
        folder.path().join("one.heatmap.csv").exists()
            && folder.path().join("two.heatmap.csv").exists()
    );
}

/// Two that are profiles, and between them one that is none, is unreadable or has gone.
#[test]
fn every_command_goes_on_after_a_file_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let profile = PROFILE.to_owned() + "a 1 2.500000: 1 c:\n\t1 g (/x)\n\n";
    fs::create_dir(folder.path().join("in")).unwrap();
    for name in ["one.perf.txt", "two.txt"] {
        fs::write(folder.path().join("in").join(name), &profile).unwrap();
    }
    fs::write(folder.path().join("in/none.txt"), [0, 159, 146, 150]).unwrap();
    let ending = |ending: &str| ["one", "two"].map(|name| format!("{name}.{ending}"));
    for (command, more, outputs) in [
        ("info", &[][..], ending("info.txt")),
        ("heatmap", &[], ending("heatmap.txt")),
        ("flamegraph", &[], ending("svg")),
        ("find", &[], ending("findings.txt")),
        ("diff", &["--from", "0", "--to", "1"], ending("diff.txt")),
        ("report", &[], ending("html")),
        ("export", &[], ending("parquet")),
    ] {
        let out = folder.path().join(command);
        let written = match command {
            "export" => out.join("samples"),
            _ => out.clone(),
        };
        let to = ["--each", "-o", command];
        let args = [&[command, "in"], &to[..], more].concat();
        let output = run(folder.path(), &args);
        assert_eq!(output.status.code(), Some(1), "{command}");
        let message = said(&output);
        assert!(
            message.contains("error: in/none.txt: "),
            "{command}: {message}"
        );
        let summary = "3 files: 2 done, 1 failed";
        assert!(message.contains(summary), "{command}: {message}");
        assert_eq!(names(&written), outputs, "{command}");
        // What is there stays as it is, unless it is to be overwritten.
        let one = written.join(&outputs[0]);
        fs::write(&one, "mine").unwrap();
        let output = run(folder.path(), &args);
        assert!(
            said(&output).contains("3 files: 0 done, 3 failed"),
            "{command}"
        );
        assert_eq!(fs::read(&one).unwrap(), b"mine", "{command}");
        let output = run(folder.path(), &[&args[..], &["--force"]].concat());
        assert!(said(&output).contains(summary), "{command}");
        assert_ne!(fs::read(&one).unwrap(), b"mine", "{command}");
    }
}

#[test]
fn a_folder_without_files_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["info", ".", "--each"][..], &["export", ".", "-o", "out"]] {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(said(&output).contains("no files"), "{args:?}");
    }
}

#[test]
fn several_files_need_each() {
    let folder = folder();
    let output = run(folder.path(), &["info", "one.perf.txt", "two.txt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("--each"));
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    let folder = folder();
    for args in [
        &["completions", "bash"][..],
        &["completions", "zsh"],
        &["completions", "fish"],
        &["man"],
    ] {
        let output = run(folder.path(), args);
        let text = String::from_utf8(output.stdout).unwrap();
        for command in ["info", "heatmap", "flamegraph"] {
            assert!(text.contains(command), "{args:?} lacks {command}");
        }
    }
    let page = String::from_utf8(run(folder.path(), &["man", "heatmap"]).stdout).unwrap();
    assert!(
        page.contains("emberscope\\-heatmap") && page.contains("ramp"),
        "{page}"
    );
    assert_eq!(
        run(folder.path(), &["man", "nothing"]).status.code(),
        Some(2)
    );
}
