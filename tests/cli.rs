//! The command line, through the real program.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use assert_cmd::Command;
use common::sample_profile;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

fn emberscope(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command
        .args(args)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET");
    command
}

fn run(args: &[&str]) -> Output {
    emberscope(args).output().unwrap()
}

fn stdout(args: &[&str]) -> String {
    let output = run(args);
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a call that fails with this status.
fn fails(args: &[&str], status: i32) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(status), "{args:?}");
    assert!(
        output.stdout.is_empty(),
        "{args:?} printed to standard output"
    );
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!message.contains("panicked"), "{args:?}: {message}");
    message
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&stdout(args)).unwrap()
}

fn path(name: &str) -> String {
    sample_profile(name).to_str().unwrap().to_owned()
}

fn written(folder: &Path, name: &str, text: &[u8]) -> String {
    let path: PathBuf = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn help_names_the_commands_and_how_to_record() {
    let help = stdout(&["--help"]);
    for part in [
        "info",
        "heatmap",
        "flamegraph",
        "perf record",
        "perf script --header",
        "Examples:",
    ] {
        assert!(help.contains(part), "{part} is not in the help:\n{help}");
    }
    for command in ["info", "heatmap", "flamegraph"] {
        let help = stdout(&[command, "--help"]);
        for option in [
            "--comm",
            "--event",
            "--include-idle",
            "--output",
            "--quiet",
            "--threads",
            "--format",
        ] {
            assert!(
                help.contains(option),
                "{option} is not in the help of {command}"
            );
        }
    }
}

#[test]
fn info_says_what_is_in_a_profile() {
    let info = json(&["info", &path("latency-spike.perf.txt"), "--format", "json"]);
    let samples = info["samples"].as_u64().unwrap();
    assert_eq!(info["events"][0]["name"], "cpu-clock");
    assert_eq!(info["events"][0]["samples"].as_u64(), Some(samples));
    assert_eq!(
        info["start_seconds"]
            .as_str()
            .unwrap()
            .split_once('.')
            .unwrap()
            .1
            .len(),
        9
    );
    assert_eq!(info["warnings"], serde_json::json!([]));
    assert!(
        info["header"]
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line.as_str().unwrap().starts_with("cmdline"))
    );
    let by_thread = info["threads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|thread| thread["samples"].as_u64().unwrap());
    assert_eq!(by_thread.sum::<u64>(), samples);
    let text = stdout(&["info", &path("latency-spike.perf.txt")]);
    assert!(
        text.contains("indexer") && text.contains("events    cpu-clock"),
        "{text}"
    );
}

#[test]
fn heat_maps_are_the_same_in_the_picture_and_in_json() {
    let file = path("pause.perf.txt");
    let map = json(&["heatmap", &file, "--format", "json"]);
    let columns = map["counts"].as_array().unwrap();
    assert_eq!(map["rows"], 49);
    assert_eq!(map["column_seconds"], 1);
    assert_eq!(map["columns"].as_u64(), Some(columns.len() as u64));
    let cells = || {
        columns
            .iter()
            .flat_map(|column| column.as_array().unwrap())
            .map(|count| count.as_u64().unwrap())
    };
    assert_eq!(cells().max(), map["max"].as_u64());
    let info = json(&["info", &file, "--format", "json"]);
    assert_eq!(
        cells().sum::<u64>(),
        info["shown_samples"].as_u64().unwrap()
    );
    assert_eq!(map["origin_seconds"], info["origin_seconds"]);

    let picture = stdout(&["heatmap", &file]);
    assert!(!picture.contains('\x1b'), "colours in what is no terminal");
    let rows: Vec<&str> = picture.lines().filter(|line| line.contains('│')).collect();
    assert_eq!(rows.len(), 49);
    for (from_top, line) in rows.iter().enumerate() {
        let drawn: Vec<char> = line.chars().skip_while(|c| *c != '│').skip(1).collect();
        for (column, counts) in columns.iter().enumerate() {
            let is_blank = drawn.get(column).is_none_or(|c| *c == ' ');
            assert_eq!(
                is_blank,
                counts[48 - from_top] == 0,
                "column {column}, {from_top} from the top"
            );
        }
    }
}

#[test]
fn the_pause_and_the_spike_are_where_they_should_be() {
    let map = json(&[
        "heatmap",
        &path("pause.perf.txt"),
        "--format",
        "json",
        "--rows",
        "10",
    ]);
    let silent: Vec<u64> = (4..11)
        .map(|index| map["counts"][6 + index / 10][index % 10].as_u64().unwrap())
        .collect();
    assert_eq!(silent.iter().skip(1).take(5).sum::<u64>(), 0, "{silent:?}");
    let spike = [
        "flamegraph",
        &path("latency-spike.perf.txt"),
        "--from",
        "11.3",
        "--to",
        "11.6",
        "--format",
        "folded",
    ];
    let folded = stdout(&spike);
    let total = |pattern: &str| -> u64 {
        let lines = folded.lines().filter(|line| line.contains(pattern));
        lines
            .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
            .sum()
    };
    assert!(total("rebuild_index") * 10 > total("") * 8, "{folded}");
}

#[test]
fn folded_stacks_are_sorted_and_add_up() {
    let file = path("mixed-mode.perf.txt");
    for args in [
        &["--format", "folded"][..],
        &["--format", "folded", "--include-idle"],
    ] {
        let folded = stdout(&[&["flamegraph", file.as_str()], args].concat());
        let lines: Vec<&str> = folded.lines().collect();
        assert!(
            lines
                .windows(2)
                .all(|pair| pair[0].as_bytes() < pair[1].as_bytes())
        );
        let total: u64 = lines
            .iter()
            .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
            .sum();
        let info = json(&["info", &file, "--format", "json"]);
        let (shown, idle) = (
            info["shown_samples"].as_u64().unwrap(),
            info["idle_samples"].as_u64().unwrap(),
        );
        assert_eq!(total, if args.len() > 2 { shown + idle } else { shown });
        assert!(idle > 0);
    }
}

#[test]
fn halves_of_a_range_add_up_to_the_whole() {
    let file = path("single-threaded-phase.perf.txt");
    let count = |args: &[&str]| -> u64 {
        let folded = stdout(&[&["flamegraph", file.as_str(), "--format", "folded"], args].concat());
        folded
            .lines()
            .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
            .sum()
    };
    let (first, second) = (
        count(&["--to", "5.123456789"]),
        count(&["--from", "5.123456789"]),
    );
    assert!(first > 0 && second > 0);
    assert_eq!(first + second, count(&[]));
}

#[test]
fn an_svg_is_one_valid_document_with_every_frame() {
    let svg = stdout(&[
        "flamegraph",
        &path("mixed-mode.perf.txt"),
        "--title",
        "a < b & \"c\"",
    ]);
    let mut reader = quick_xml::Reader::from_str(&svg);
    let mut frames = 0;
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) => {
                let class = tag.try_get_attribute("class").unwrap();
                frames += usize::from(class.is_some_and(|class| &*class.value == "frame"));
            }
            _ => {}
        }
    }
    let folded = stdout(&[
        "flamegraph",
        &path("mixed-mode.perf.txt"),
        "--format",
        "folded",
    ]);
    assert!(frames > folded.lines().count());
    for network in ["http:", "https:", "//cdn", "@import", "url("] {
        let own_namespaces = svg.replace("http://www.w3.org/", "");
        assert!(!own_namespaces.contains(network), "{network}");
    }
}

#[test]
fn hostile_names_stay_text() {
    let folder = tempfile::tempdir().unwrap();
    let name = "</text><script>alert(1)</script>";
    let text = format!(
        "evil\x1b[31m 1 1.000000: 1 c:\n\t1 {name}+0x1 (/x\"y)\n\t1 a;b+0x1 (/x)\n\t1 \u{fffe}z\x01+0x1 (/x)\n\n"
    );
    let file = written(folder.path(), "evil.txt", text.as_bytes());
    let svg = stdout(&["flamegraph", &file]);
    assert!(!svg.contains("<script>alert"));
    assert!(svg.contains("&lt;script&gt;alert(1)"));
    assert!(svg.chars().all(|c| !c.is_control() || c == '\n'));
    let info = stdout(&["info", &file]);
    assert!(
        !info.contains('\x1b') && info.contains("\\u{1b}[31m"),
        "{info}"
    );
    let folded = stdout(&["flamegraph", &file, "--format", "folded"]);
    assert!(folded.contains(";a:b;"), "{folded}");
}

#[test]
fn bytes_that_are_no_utf8_survive_in_folded_stacks() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(
        folder.path(),
        "bytes.txt",
        b"\xff\xfebin 1 1.000000: 1 c:\n\t1 f\xc3+0x1 (/x)\n\n",
    );
    let output = run(&["flamegraph", &file, "--format", "folded"]);
    assert_eq!(output.stdout, b"\xff\xfebin;f\xc3 1\n");
}

#[test]
fn standard_input_and_output_are_dashes() {
    let file = path("pause.perf.txt");
    let text = std::fs::read(&file).unwrap();
    let piped = emberscope(&["flamegraph", "-", "--format", "folded", "-o", "-"])
        .write_stdin(text)
        .output()
        .unwrap();
    let direct = stdout(&["flamegraph", &file, "--format", "folded"]);
    assert_eq!(String::from_utf8(piped.stdout).unwrap(), direct);
}

#[test]
fn files_are_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = path("pause.perf.txt");
    let target = folder.path().join("out.folded");
    let target_text = target.to_str().unwrap();
    assert_eq!(stdout(&["flamegraph", &file, "-o", target_text]), "");
    let folded = std::fs::read_to_string(&target).unwrap();
    assert_eq!(
        folded,
        stdout(&["flamegraph", &file, "--format", "folded"]),
        "the ending chooses the format"
    );

    let missing = folder.path().join("no such folder/out.svg");
    let message = fails(&["flamegraph", &file, "-o", missing.to_str().unwrap()], 1);
    assert!(message.contains("cannot write"), "{message}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing but the first output is left");

    let copy = written(
        folder.path(),
        "copy.perf.txt",
        &std::fs::read(&file).unwrap(),
    );
    let message = fails(&["flamegraph", &copy, "-o", &copy], 1);
    assert!(message.contains("is the profile itself"), "{message}");
    assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(&file).unwrap());
    let message = fails(
        &["flamegraph", &file, "-o", folder.path().to_str().unwrap()],
        1,
    );
    assert!(message.contains("cannot write"), "{message}");
}

#[test]
fn weights_can_be_counted_instead_of_samples() {
    let file = path("pause.perf.txt");
    let sum = |metric: &str| -> u64 {
        let args = [
            "flamegraph",
            &file,
            "--format",
            "folded",
            "--metric",
            metric,
        ];
        let counts = stdout(&args);
        let counts = counts.lines().map(|line| line.rsplit_once(' ').unwrap().1);
        counts.map(|count| count.parse::<u64>().unwrap()).sum()
    };
    let samples = json(&["info", &file, "--format", "json"])["shown_samples"].as_u64();
    assert_eq!(Some(sum("samples")), samples);
    let text = std::fs::read_to_string(&file).unwrap();
    let header = regex::Regex::new(r"(?m)^\S.*\d: +(\d+) \S+: *$").unwrap();
    let periods = header.captures_iter(&text);
    let periods: u64 = periods.map(|found| found[1].parse::<u64>().unwrap()).sum();
    let idle = json(&["info", &file, "--format", "json"])["idle_samples"].as_u64();
    assert_eq!((idle, sum("weight")), (Some(0), periods));
    let map = json(&["heatmap", &file, "--format", "json", "--metric", "weight"]);
    let columns = map["counts"].as_array().unwrap().iter();
    let cells = columns.flat_map(|column| column.as_array().unwrap());
    assert_eq!(
        cells.map(|cell| cell.as_u64().unwrap()).sum::<u64>(),
        periods
    );
    let svg = stdout(&["flamegraph", &file, "--metric", "weight"]);
    assert!(svg.contains("weighted by period") && svg.contains("data-unit=\"events\""));
}

#[test]
fn times_that_are_far_apart_are_reported_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let text = "a 1 0.000001: 1 c:\n\na 1 5000000.500000: 1 c:\n\na 1 5000001.250000: 1 c:\n\n";
    let file = written(folder.path(), "stray", text.as_bytes());
    let map = json(&["heatmap", &file, "--format", "json"]);
    assert_eq!(map["columns"], 3);
    assert_eq!(
        map["gaps"],
        serde_json::json!([{"before_column": 1, "skipped_columns": 4_999_999}])
    );
    let picture = stdout(&["heatmap", &file]);
    assert!(
        picture.contains("4,999,999 seconds without samples"),
        "{picture}"
    );
    let info = stdout(&["info", &file]);
    assert!(info.contains("1 sample with a time far away"), "{info}");
    assert!(
        info.contains("5000000.500 to 5000001.250 s: 2 samples"),
        "{info}"
    );
}

#[test]
fn compressed_files_open_and_the_limit_can_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read(path("pause.perf.txt")).unwrap();
    let packed = zstd::stream::encode_all(&*text, 3).unwrap();
    let file = written(folder.path(), "profile", &packed);
    let expected = stdout(&["flamegraph", &path("pause.perf.txt"), "--format", "folded"]);
    assert_eq!(
        stdout(&["flamegraph", &file, "--format", "folded"]),
        expected
    );
    let message = fails(&["info", &file, "--unpack-limit", "100K"], 1);
    assert!(message.contains("--unpack-limit"), "{message}");
    fails(&["info", &file, "--unpack-limit", "lots"], 2);
    stdout(&["info", &file, "--unpack-limit", "1G"]);
}

#[test]
fn what_is_no_profile_gets_a_message_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &str); 5] = [
        ("empty", b"", "is empty"),
        ("program", b"\x7fELF\x02\0\0\0", "binary"),
        (
            "notes.txt",
            b"some text\nof another kind\n",
            "holds no samples",
        ),
        (
            "packed.zst",
            b"\x28\xb5\x2f\xfd\0\0",
            "cannot unpack it as zstd",
        ),
        (
            "header",
            b"# ========\n# captured on: now\n",
            "holds no samples",
        ),
    ];
    for (name, text, part) in cases {
        let file = written(folder.path(), name, text);
        for command in ["info", "heatmap", "flamegraph"] {
            let message = fails(&[command, &file], 1);
            assert!(
                message.contains(part) && message.contains(name),
                "{message}"
            );
        }
    }
    let message = fails(&["info", "no-such-file.txt"], 1);
    assert!(
        message.contains("no-such-file.txt: cannot open"),
        "{message}"
    );
    let message = fails(&["info", folder.path().to_str().unwrap()], 1);
    assert!(message.contains("is a folder"), "{message}");
}

#[test]
fn wrong_usage_has_a_status_of_its_own() {
    let file = path("pause.perf.txt");
    for args in [
        &["flamegraph"][..],
        &["flamegraph", &file, "--from", "x"],
        &["flamegraph", &file, "--from", "3", "--to", "2"],
        &["flamegraph", &file, "--stack", "("],
        &["heatmap", &file, "--rows", "0"],
        &["heatmap", &file, "--column", "0s"],
        &["info", &file, "--threads", "0"],
        &["info", &file, "--format", "xml"],
        &["--no-such-option"],
    ] {
        assert!(!fails(args, 2).is_empty());
    }
    let message = fails(&["info", &file, "--event", "nothing"], 1);
    assert!(message.contains("cpu-clock"), "{message}");
}

#[test]
fn files_without_stacks_or_times_say_how_to_record_them() {
    let folder = tempfile::tempdir().unwrap();
    let bare = written(
        folder.path(),
        "bare",
        b"a 1 1.000000: 1 c:\n\nb 2 2.000000: 1 c:\n\n",
    );
    let output = run(&["flamegraph", &bare, "--format", "folded"]);
    assert_eq!(output.stdout, b"a 1\nb 1\n");
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("perf record -g")
    );
    assert!(stdout(&["flamegraph", &bare, "--quiet"]).contains("perf record -g"));
    let timeless = written(
        folder.path(),
        "timeless",
        b"java  3244 cycles: \n\t1 f (/x)\n\n",
    );
    assert!(fails(&["heatmap", &timeless], 1).contains("perf script --header -F +time"));
    assert_eq!(
        stdout(&["flamegraph", &timeless, "--format", "folded"]),
        "java;f 1\n"
    );
}

#[test]
fn warnings_go_to_standard_error_unless_quiet() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(
        folder.path(),
        "odd",
        b"a 1 1.000000: 1 c:\n\t1 f (/x)\n\nwhat is this\n",
    );
    let output = run(&["info", &file]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("line 4"));
    assert!(run(&["info", &file, "--quiet"]).stderr.is_empty());
}

#[test]
fn an_empty_range_is_an_empty_result_with_a_note() {
    let file = path("pause.perf.txt");
    let output = run(&["flamegraph", &file, "--from", "100", "--format", "folded"]);
    assert!(output.status.success() && output.stdout.is_empty());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("last sample is at 9.")
    );
}

#[test]
fn without_a_display_the_commands_are_named() {
    let message = fails(&[&path("pause.perf.txt")], 1);
    for part in [
        "window",
        "emberscope info",
        "emberscope heatmap",
        "emberscope flamegraph",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let file = path("mixed-mode.perf.txt");
    let one = stdout(&["flamegraph", &file, "--threads", "1"]);
    assert_eq!(one, stdout(&["flamegraph", &file, "--threads", "5"]));
}

#[test]
fn every_output_says_that_filters_are_on() {
    let file = path("mixed-mode.perf.txt");
    let filters = [&*file, "--comm", "node", "--exclude-stack", "^uv_"];
    let told = "comm node · not /^uv_/";
    for args in [
        &["info"][..],
        &["info", "--format", "json"],
        &["heatmap"],
        &["heatmap", "--format", "json"],
        &["flamegraph"],
    ] {
        let filtered = stdout(&[args, &filters].concat());
        assert!(filtered.contains(told), "{args:?}");
        assert!(!stdout(&[args, &filters[..1]].concat()).contains(told));
    }
}

#[cfg(unix)]
#[test]
fn standard_input_is_not_overwritten_and_modes_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read(path("pause.perf.txt")).unwrap();
    let file = written(folder.path(), "profile", &text);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_emberscope"))
        .args(["flamegraph", "-", "-o", &file])
        .stdin(std::fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("is the profile itself"), "{message}");
    assert!(std::fs::read(&file).unwrap() == text);

    let target = written(folder.path(), "out.svg", b"");
    let mode = |mode| std::fs::set_permissions(&target, std::fs::Permissions::from_mode(mode));
    mode(0o600).unwrap();
    stdout(&["flamegraph", &file, "-o", &target]);
    let after = std::fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(after & 0o777, 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_said_is_no_reason_to_crash() {
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_emberscope"))
        .args(["info", "no-such-file"])
        .stderr(full())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn reasons_are_given_once() {
    let message = fails(&["info", "no-such-file"], 1);
    assert_eq!(message.matches("os error").count(), 1, "{message}");
}
