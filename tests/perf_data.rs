//! `perf.data` files, through the real program and a `perf` that prints what the test says.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use assert_cmd::Command;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// A folder with a `perf.data` file and, on the path, a `perf` that runs these shell commands.
struct Machine {
    folder: tempfile::TempDir,
    data: PathBuf,
}

impl Machine {
    fn without_perf() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("perf.data");
        std::fs::write(&data, b"PERFILE2 and more").unwrap();
        Self { folder, data }
    }

    fn with_perf(commands: &str) -> Self {
        let machine = Self::without_perf();
        let program = machine.folder.path().join("perf");
        std::fs::write(&program, format!("#!/bin/sh\n{commands}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    /// The same where a child may keep standard error open, which is not waited for.
    fn run_detached(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_emberscope"))
            .args(args)
            .arg(&self.data)
            .env("PATH", self.folder.path())
            .stderr(std::process::Stdio::null())
            .output()
            .unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), out, String::new())
    }

    /// Status, standard output, standard error.
    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_emberscope"))
            .args(args)
            .arg(&self.data)
            .env("PATH", self.folder.path())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    }
}

const FOLDED: [&str; 3] = ["flamegraph", "--format", "folded"];

#[test]
fn perf_prints_the_fields_that_the_file_has() {
    // As perf does, for a file without CPUs; its arguments are part of the output.
    let machine = Machine::with_perf(
        "case \"$*\" in
         *cpu,*) echo '# header'
             echo \"Samples for 'cycles' event do not have CPU attribute set. Cannot print 'cpu' field.\" >&2
             exit 255 ;;
         esac
         echo \"Kernel address maps were restricted\" >&2
         printf 'mt 1/1 1.000000001: 1 cycles: \\n\\t1 %s+0x1 (/x)\\n\\n' \"$7\"",
    );
    let (status, out, err) = machine.run(&FOLDED);
    assert_eq!(status, Some(0), "{err}");
    assert_eq!(
        out,
        "mt;comm,pid,tid,time,period,event,trace,ip,sym,symoff,dso 1\n"
    );
    assert!(
        err.contains("perf: ") && err.contains("maps were restricted"),
        "{err}"
    );
    let (_, json, _) = machine.run(&["info", "--format", "json"]);
    assert!(
        json.contains("Kernel address maps were restricted"),
        "{json}"
    );
}

#[test]
fn what_perf_says_when_it_fails_is_shown() {
    let early = "echo 'incompatible file format' >&2; exit 1";
    let late = "i=0; while [ $i -lt 5000 ]; do i=$((i+1))
        printf 'mt 1/1 [000] 1.000000: 1 cycles: \\n\\t1 f+0x1 (/x)\\n\\n'; done
        echo 'incompatible file format' >&2; exit 1";
    for commands in [early, late] {
        let (status, out, err) = Machine::with_perf(commands).run(&FOLDED);
        assert_eq!((status, &*out), (Some(1), ""));
        assert!(err.contains("incompatible file format"), "{err}");
        assert!(err.contains("perf.data"), "{err}");
    }
}

#[test]
fn without_perf_the_message_says_what_to_run() {
    let machine = Machine::without_perf();
    let (status, _, err) = machine.run(&["info"]);
    let command = format!("perf script --header -i {} > FILE", machine.data.display());
    assert_eq!(status, Some(1));
    assert!(err.contains(&command), "{err}");
}

#[test]
fn the_header_of_a_large_machine_is_no_obstacle() {
    let machine = Machine::with_perf(
        "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo '# event : name = cycles, id = { 1, 2, 3 }'; done
         case \"$*\" in
         *cpu,*) echo \"Cannot print 'cpu' field.\" >&2; exit 255 ;;
         esac
         printf 'mt 1/1 1.000000001: 1 cycles: \\n\\t1 f+0x1 (/x)\\n\\n'",
    );
    assert_eq!(machine.run(&FOLDED).1, "mt;f 1\n");
}

/// A file that is cut behind its samples: `perf` dies of its header alone.
#[test]
fn a_header_that_perf_cannot_print_is_left_out() {
    let machine = Machine::with_perf(
        "case \"$*\" in
         *--header*) echo '# ========'; kill -SEGV $$ ;;
         esac
         printf 'mt 1/1 [000] 1.000000001: 1 cycles: \\n\\t1 f+0x1 (/x)\\n\\n'",
    );
    let (status, out, err) = machine.run(&FOLDED);
    assert_eq!((status, &*out), (Some(0), "mt;f 1\n"), "{err}");
    assert!(err.contains("the header is left out"), "{err}");
}

/// As `perf record --threads` writes.
#[test]
fn a_folder_with_a_perf_data_file_is_one_profile() {
    let mut machine = Machine::with_perf(
        "for last; do :; done
         printf 'mt 1/1 [000] 1.000000001: 1 cycles: \\n\\t1 %s+0x1 (/x)\\n\\n' \"${last##*/}\"",
    );
    let folder = machine.folder.path().join("thr.data");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("data"), b"PERFILE2 and more").unwrap();
    std::fs::write(folder.join("data.0"), b"\x09\0\0\0\x02\0").unwrap();
    machine.data = folder.clone();
    assert_eq!(machine.run(&FOLDED).1, "mt;thr.data 1\n");
    let (status, out, err) = machine.run(&["info", "--each"]);
    assert_eq!(status, Some(0), "{out} {err}");
    std::fs::write(folder.join("data"), b"other").unwrap();
    let (status, _, err) = machine.run(&["info"]);
    assert_eq!(status, Some(1));
    assert!(err.contains("is a folder"), "{err}");
}

#[test]
fn a_child_of_perf_that_stays_does_not_hold_up_the_rest() {
    let machine = Machine::with_perf(
        "/bin/sleep 60 >/dev/null &
         printf 'mt 1/1 [000] 1.000000001: 1 cycles: \\n\\t1 f+0x1 (/x)\\n\\n'",
    );
    let started = std::time::Instant::now();
    let (status, out, _) = machine.run_detached(&FOLDED);
    assert_eq!((status, &*out), (Some(0), "mt;f 1\n"));
    assert!(started.elapsed().as_secs() < 50);
}

/// The folder that the program is started in may have come with the file.
#[test]
fn perf_is_taken_from_absolute_folders_alone() {
    let machine = Machine::with_perf("echo 'stranger' >&2; exit 1");
    for path in [".", "", ".:", ":.", "nowhere:.:"] {
        let output = Command::new(env!("CARGO_BIN_EXE_emberscope"))
            .arg("info")
            .arg(&machine.data)
            .current_dir(machine.folder.path())
            .env("PATH", path)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("no perf was found"), "{path:?}: {said}");
    }
    assert!(machine.run(&["info"]).2.contains("stranger"));
}

#[test]
fn no_server_is_asked_for_what_the_file_names() {
    let machine = Machine::with_perf(
        "printf 'mt 1/1 [000] 1.000000: 1 cycles: \\n\\t1 urls<%s>+0x1 (/x)\\n\\n' \"$DEBUGINFOD_URLS\"",
    );
    let output = Command::new(env!("CARGO_BIN_EXE_emberscope"))
        .args(FOLDED)
        .arg(&machine.data)
        .env("PATH", machine.folder.path())
        .env("DEBUGINFOD_URLS", "http://127.0.0.1:9/")
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(out, "mt;urls<> 1\n");
}

#[test]
fn a_file_of_a_newer_perf_and_one_without_samples_are_said_to_be_that() {
    let newer = "echo 'incompatible file format (rerun with -v to learn more)' >&2; exit 255";
    let (_, _, said) = Machine::with_perf(newer).run(&["info"]);
    assert!(said.contains("recorded by a newer perf"), "{said}");
    let (status, _, said) = Machine::with_perf("echo '# cmdline : perf record'").run(&["info"]);
    assert_eq!(status, Some(1));
    assert!(said.contains("perf.data file without samples"), "{said}");
}

/// Inlined functions take it minutes; what the scheduler's tracepoints say is what off-CPU time is made of.
#[test]
fn perf_is_asked_for_tracepoints_and_for_no_inlined_functions() {
    let machine = Machine::with_perf(
        "case \"$*\" in *--no-inline*,trace,*) ;; *) exit 1 ;; esac
        echo \"'trace' not valid for hardware events. Ignoring.\" >&2
        echo 'a 7/7 [000] 1.000000000: 1 sched:sched_switch: prev_comm=a prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=b next_pid=8 next_prio=120'
        printf '\\t1 wait+0x1 (/x)\\n\\n'
        echo 'b 8/8 [000] 1.500000000: 1 sched:sched_switch: prev_comm=b prev_pid=8 prev_prio=120 prev_state=S ==> next_comm=a next_pid=7 next_prio=120'
        printf '\\t1 other+0x1 (/x)\\n\\n'",
    );
    let (status, out, said) = machine.run(&["flamegraph", "--off-cpu", "--format", "folded"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(out.contains("a;wait 500000\n"), "{out}");
    assert!(!said.contains("Ignoring"), "{said}");
}
