//! What a command writes is there whole or not at all, goes where it was asked to go, and takes nothing
//! with it that was there before. (Full disks are `.ci/harm`'s, as they need a file system of their own.)
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

const FOLDED: &str = "app;main;read 3\napp;main 2\n";

/// A folder with the profile `p.folded`.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("p.folded"), FOLDED).unwrap();
    folder
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

/// What a command that fails says.
fn says(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert!(!output.status.success(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn shell(folder: &Path, script: &str) -> Output {
    let mut shell = Command::new("bash");
    shell.args(["-c", script]).current_dir(folder);
    shell.env("E", env!("CARGO_BIN_EXE_emberscope"));
    shell.output().unwrap()
}

fn text(path: PathBuf) -> String {
    fs::read_to_string(path).unwrap()
}

/// Files beside those that were asked for.
fn unfinished(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

const TO_FOLDED: &str = "$E flamegraph p.folded --quiet --format folded -o";

#[test]
fn what_is_open_is_written_to_and_not_replaced() {
    let folder = folder();
    let folder = folder.path();
    let lines = "app;main 2\napp;main;read 3\n";
    symlink("/dev/stdout", folder.join("out")).unwrap();
    for to in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "out"] {
        let script = format!("{{ echo first; {TO_FOLDED} {to}; echo last; }} > all");
        assert!(shell(folder, &script).status.success(), "{to}");
        assert_eq!(
            text(folder.join("all")),
            format!("first\n{lines}last\n"),
            "{to}"
        );
        fs::write(folder.join("log"), "before\n").unwrap();
        let script = format!("for i in 1 2; do {TO_FOLDED} {to} >> log; done");
        assert!(shell(folder, &script).status.success(), "{to}");
        assert_eq!(
            text(folder.join("log")),
            format!("before\n{lines}{lines}"),
            "{to}"
        );
    }
    let script = format!("exec 7> seven; echo first >&7; {TO_FOLDED} /dev/fd/7; echo last >&7");
    assert!(shell(folder, &script).status.success());
    assert_eq!(text(folder.join("seven")), format!("first\n{lines}last\n"));
    // Whoever reads may have seen enough, as with `-o -`.
    let script = format!("set -o pipefail; {TO_FOLDED} /dev/stdout | true");
    assert!(shell(folder, &script).status.success());
    let closed = shell(folder, &format!("{TO_FOLDED} /dev/fd/9"));
    assert!(!closed.status.success());
    assert!(
        String::from_utf8(closed.stderr)
            .unwrap()
            .contains("/dev/fd/9")
    );
    assert!(
        shell(folder, &format!("{TO_FOLDED} /dev/null"))
            .status
            .success()
    );
}

#[test]
fn links_are_followed_to_what_is_not_there_yet() {
    let folder = folder();
    let folder = folder.path();
    fs::create_dir(folder.join("deep")).unwrap();
    symlink("deep/again.svg", folder.join("link.svg")).unwrap();
    symlink("made.svg", folder.join("deep/again.svg")).unwrap();
    assert!(
        run(folder, &["flamegraph", "p.folded", "-o", "link.svg"])
            .status
            .success()
    );
    assert!(folder.join("link.svg").is_symlink());
    assert!(text(folder.join("deep/made.svg")).contains("<svg"));
    symlink("round.svg", folder.join("round.svg")).unwrap();
    let said = says(folder, &["flamegraph", "p.folded", "-o", "round.svg"]);
    assert!(
        said.contains("round.svg: cannot write: too many links"),
        "{said}"
    );
    symlink("nowhere/x.svg", folder.join("lost.svg")).unwrap();
    let said = says(folder, &["flamegraph", "p.folded", "-o", "lost.svg"]);
    assert!(said.contains("lost.svg: cannot write"), "{said}");
}

#[test]
fn messages_name_what_is_missing_and_no_other_file() {
    let folder = folder();
    let folder = folder.path();
    let said = says(folder, &["flamegraph", "p.folded", "-o", "nodir/sub/x.svg"]);
    assert_eq!(
        said,
        "error: nodir/sub/x.svg: cannot write: the folder nodir/sub does not exist\n"
    );
    let said = says(folder, &["flamegraph", "p.folded", "-o", "p.folded/x.svg"]);
    assert!(
        said.contains("p.folded/x.svg: cannot write: Not a directory"),
        "{said}"
    );
    fs::create_dir(folder.join("d.svg")).unwrap();
    let said = says(folder, &["flamegraph", "p.folded", "-o", "d.svg"]);
    assert!(
        said.contains("d.svg: cannot write: Is a directory"),
        "{said}"
    );
    assert_eq!(unfinished(folder), [""; 0]);
}

#[test]
fn read_only_files_are_kept() {
    let folder = folder();
    let folder = folder.path();
    let file = folder.join("x.svg");
    fs::write(&file, "precious").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let said = says(folder, &["flamegraph", "p.folded", "-o", "x.svg"]);
    assert!(said.contains("x.svg: is read-only"), "{said}");
    assert_eq!(text(file.clone()), "precious");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(
        run(folder, &["flamegraph", "p.folded", "-o", "x.svg"])
            .status
            .success()
    );
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let said = says(folder, &["flamegraph", "p.folded", "-o", "new/"]);
    assert!(said.contains("new/: cannot write"), "{said}");
}

/// What is private stays so while it is written anew.
#[test]
fn what_is_written_is_as_private_as_what_was_there() {
    let folder = folder();
    let folder = folder.path();
    long_profile(folder);
    fs::create_dir(folder.join("out")).unwrap();
    fs::write(folder.join("out/x"), "old").unwrap();
    fs::set_permissions(folder.join("out/x"), fs::Permissions::from_mode(0o600)).unwrap();
    let mut child = begin(folder, |_| {});
    for name in unfinished(&folder.join("out")) {
        let mode = fs::metadata(folder.join("out").join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_ending_of_no_format_is_refused() {
    let folder = folder();
    let folder = folder.path();
    for (command, file) in [
        ("flamegraph", "a.jpg"),
        ("flamegraph", "a.json"),
        ("heatmap", "a.pdf"),
        ("info", "a.svg"),
        ("find", "a.csv"),
        ("report", "a.pdf"),
    ] {
        let output = run(folder, &[command, "p.folded", "-o", file]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command} {file}: {said}");
        assert!(said.contains(file) && said.contains("expected"), "{said}");
        assert!(!folder.join(file).exists());
    }
    let args = [
        "flamegraph",
        "p.folded",
        "-o",
        "a.jpg",
        "--format",
        "folded",
    ];
    assert!(run(folder, &args).status.success());
    assert!(
        run(folder, &["flamegraph", "p.folded", "-o", "plain"])
            .status
            .success()
    );
    assert!(text(folder.join("plain")).contains("<svg"));
    assert!(
        run(folder, &["info", "p.folded", "-o", "a.txt"])
            .status
            .success()
    );
}

/// A profile that takes a while to be written as speedscope's JSON: no two neighbours are alike.
fn long_profile(folder: &Path) {
    let mut text = String::new();
    for at in 0..400_000 {
        let time = at / 1000;
        text.push_str(&format!(
            "app 7/7 [000] {time}.{:06}: 1 c: \n\t1 f{} (/x)\n\t2 main (/x)\n\n",
            at % 1000,
            at % 7
        ));
    }
    fs::write(folder.join("long.perf.txt"), text).unwrap();
}

/// Starts writing `out/x`, and waits until something is written beside it.
fn begin(folder: &Path, prepare: fn(&mut Command)) -> std::process::Child {
    let args = [
        "flamegraph",
        "long.perf.txt",
        "--format",
        "speedscope",
        "--quiet",
        "-o",
        "out/x",
    ];
    let mut command = command(folder, &args);
    command.stderr(Stdio::piped());
    prepare(&mut command);
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    let is_writing = || {
        let names = unfinished(&folder.join("out")).into_iter();
        let length = |name| fs::metadata(folder.join("out").join(name)).map_or(0, |m| m.len());
        names.map(length).any(|length| length > 0)
    };
    while !is_writing() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "nothing is written"
        );
        assert!(child.try_wait().unwrap().is_none(), "it was too fast");
    }
    child
}

fn kill(signal: &str, child: &std::process::Child) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &pid])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn a_signal_that_ends_the_program_leaves_nothing_unfinished() {
    let folder = folder();
    let folder = folder.path();
    long_profile(folder);
    fs::create_dir(folder.join("out")).unwrap();
    fs::write(folder.join("out/x"), "old").unwrap();
    for (signal, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
        let mut child = begin(folder, |_| {});
        kill(signal, &child);
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(number), "{signal}");
        assert_eq!(unfinished(&folder.join("out")), [""; 0], "{signal}");
        assert_eq!(text(folder.join("out/x")), "old");
    }
    // What must go on goes on.
    let mut child = begin(folder, |command| {
        let program = command.get_program().to_owned();
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let shell = Command::new("bash");
        let folder = command.get_current_dir().map(ToOwned::to_owned);
        *command = shell;
        command
            .args(["-c", "trap '' HUP; exec \"$@\"", "bash"])
            .arg(program)
            .args(args);
        command.current_dir(folder.unwrap()).arg0("bash");
    });
    kill("-HUP", &child);
    assert!(child.wait().unwrap().success());
    assert!(text(folder.join("out/x")).contains("speedscope"));
}

#[test]
fn a_file_that_may_grow_no_larger_is_an_error() {
    let folder = folder();
    let folder = folder.path();
    long_profile(folder);
    fs::write(folder.join("x"), "old").unwrap();
    let script = "ulimit -f 64; $E flamegraph long.perf.txt --quiet --format speedscope -o x";
    let output = shell(folder, script);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("x: cannot write: File too large"), "{said}");
    assert_eq!(unfinished(folder), [""; 0]);
    assert_eq!(text(folder.join("x")), "old");
}

#[test]
fn what_a_killed_program_left_goes_with_the_next() {
    let folder = folder();
    let folder = folder.path();
    let place = |name: &str| folder.join(name);
    for name in [
        ".emberscope-abc123",
        ".emberscope-fresh1",
        ".emberscope-locked",
        ".emberscope-no",
    ] {
        fs::write(place(name), "left").unwrap();
    }
    let old = SystemTime::now() - Duration::from_secs(7200);
    for name in [".emberscope-abc123", ".emberscope-locked", ".emberscope-no"] {
        File::options()
            .write(true)
            .open(place(name))
            .unwrap()
            .set_modified(old)
            .unwrap();
    }
    let locked = File::open(place(".emberscope-locked")).unwrap();
    locked.lock().unwrap();
    symlink("p.folded", place(".emberscope-link12")).unwrap();
    assert!(
        run(folder, &["flamegraph", "p.folded", "-o", "x.svg"])
            .status
            .success()
    );
    let mut left = unfinished(folder);
    left.sort();
    let expected = [
        ".emberscope-fresh1",
        ".emberscope-link12",
        ".emberscope-locked",
        ".emberscope-no",
    ];
    assert_eq!(left, expected);
}

#[test]
fn an_export_that_fails_leaves_the_one_that_was_there() {
    let folder = folder();
    let folder = folder.path();
    long_profile(folder);
    assert!(
        run(folder, &["export", "p.folded", "--name", "p", "-o", "exp"])
            .status
            .success()
    );
    let before = run(folder, &["info", "exp"]).stdout;
    // What fails is the last of the files, which is the largest.
    let script = "ulimit -f 8; $E export long.perf.txt --name p --force -o exp";
    let output = shell(folder, script);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot write: File too large"), "{said}");
    assert_eq!(run(folder, &["info", "exp"]).stdout, before);
    for table in ["samples", "stacks", "frames", "threads"] {
        assert_eq!(unfinished(&folder.join("exp").join(table)), [""; 0]);
    }
    assert!(
        run(
            folder,
            &[
                "export",
                "long.perf.txt",
                "--name",
                "p",
                "--force",
                "-o",
                "exp"
            ]
        )
        .status
        .success()
    );
    assert_ne!(run(folder, &["info", "exp"]).stdout, before);
}

#[test]
fn outputs_that_grow_with_the_square_of_the_depth_have_a_limit() {
    let folder = folder();
    let folder = folder.path();
    let begins =
        |at: usize| format!("{{\"ph\":\"B\",\"pid\":1,\"tid\":1,\"ts\":{at},\"name\":\"f\"}}");
    let trace =
        |depth: usize| format!("[{}]", (0..depth).map(begins).collect::<Vec<_>>().join(","));
    fs::write(folder.join("deep.json"), trace(20_000)).unwrap();
    for format in ["folded", "speedscope", "pprof"] {
        let said = says(
            folder,
            &[
                "flamegraph",
                "deep.json",
                "--quiet",
                "--format",
                format,
                "-o",
                "x",
            ],
        );
        assert!(
            said.contains("x: cannot write: its stacks have 200,0"),
            "{said}"
        );
        assert!(said.contains("svg, d3 or firefox"), "{said}");
    }
    for format in ["svg", "d3", "firefox"] {
        let output = run(
            folder,
            &[
                "flamegraph",
                "deep.json",
                "--quiet",
                "--format",
                format,
                "-o",
                "x",
            ],
        );
        assert!(output.status.success(), "{format}");
        let mut written = Vec::new();
        File::open(folder.join("x"))
            .unwrap()
            .read_to_end(&mut written)
            .unwrap();
        assert!(written.len() < 100_000_000, "{format}: {}", written.len());
    }
    let said = says(folder, &["export", "deep.json", "-o", "exp"]);
    assert!(said.contains("cannot be exported"), "{said}");
    fs::write(folder.join("deep.json"), trace(5000)).unwrap();
    let output = run(
        folder,
        &[
            "flamegraph",
            "deep.json",
            "--quiet",
            "--format",
            "folded",
            "-o",
            "x",
        ],
    );
    assert!(output.status.success());
}
