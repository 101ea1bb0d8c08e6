//! `--off-cpu` through the real program, on a recording in which every wait is known.
#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test may fail")]

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;

/// Who (comm/tid, in process 1), when (ms past 1 s), leaves in which state for whom, in which function.
const SWITCHES: [(&str, i32, u64, &str, i32, &str); 7] = [
    ("worker", 11, 0, "S", 12, "lock"),
    ("other", 12, 10, "R+", 11, "spin"),
    ("worker", 11, 30, "D", 12, "read"),
    ("other", 12, 40, "X", 11, "exit"),
    ("worker", 11, 50, "S", 0, "sleep"),
    ("swapper", 0, 60, "R", 13, "idle"),
    ("third", 13, 75, "S", 0, "poll"),
];

fn sample(comm: &str, tid: i32, millis: u64, event: &str, function: &str) -> String {
    format!(
        "{comm} 1/{tid} [000] 1.{millis:03}000: {event}\n\t1 {function}+0x1 (/x)\n\t2 main+0x1 (/x)\n\n"
    )
}

/// In blocks a sample each, in time order. The other thread wakes the worker at 35 ms.
fn blocks(is_brief: bool) -> Vec<String> {
    let switch = |(comm, tid, millis, state, to, function): (&str, i32, u64, &str, i32, &str)| {
        let text = match is_brief {
            true => format!("{comm}:{tid} [120] {state} ==> next:{to} [120]"),
            false => format!(
                "prev_comm={comm} prev_pid={tid} prev_prio=120 prev_state={state} ==> next_comm=next next_pid={to} next_prio=120"
            ),
        };
        sample(
            comm,
            tid,
            millis,
            &format!("sched:sched_switch: {text}"),
            function,
        )
    };
    let mut blocks: Vec<String> = SWITCHES.map(switch).into();
    let woken = "sched:sched_wakeup: comm=worker pid=11 prio=120 target_cpu=000";
    blocks.insert(3, sample("other", 12, 35, woken, "wake_up"));
    blocks
}

fn run(text: &str, args: &[&str], status: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let output = command.args(args).write_stdin(text).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{args:?}: {message}");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        message,
    )
}

fn folded(text: &str, more: &[&str]) -> String {
    run(
        text,
        &[&["flamegraph", "-", "--format", "folded"], more].concat(),
        0,
    )
    .0
}

const ALL: &str = "other;main;spin 20000\nworker;main;lock 10000\nworker;main;read 10000\nworker;main;sleep 25000\n";

#[test]
fn waits_last_until_the_thread_is_back() {
    let text = blocks(false).concat();
    assert_eq!(folded(&text, &["--off-cpu"]), ALL);
    assert_eq!(folded(&text, &["--off-cpu=all"]), ALL);
    let blocked = "worker;main;lock 10000\nworker;main;read 5000\nworker;main;sleep 25000\n";
    assert_eq!(folded(&text, &["--off-cpu=blocked"]), blocked);
    let runnable = "other;main;spin 20000\nworker;main;read 5000\n";
    assert_eq!(folded(&text, &["--off-cpu=runnable"]), runnable);
    let (_, message) = run(&text, &["flamegraph", "-", "--off-cpu"], 0);
    let note = "note: standard input: 2 threads still off their CPUs at the end of the profile, and counted until then\n";
    assert_eq!(message, note);
}

#[test]
fn on_stack_time_is_that_on_cpus_as_well() {
    let mut blocks = blocks(false);
    let only_switches = blocks.concat();
    blocks.insert(3, sample("other", 12, 33, "4000000 cpu-clock:", "spin"));
    let both = ALL.replace("spin 20000", "spin 24000");
    assert_eq!(folded(&blocks.concat(), &["--off-cpu=on-stack"]), both);
    // Waits alone are what they were.
    assert_eq!(folded(&blocks.concat(), &["--off-cpu"]), ALL);
    // Samples of other events stand for a part of a second, where the header tells which.
    blocks[3] = sample("other", 12, 33, "777 cycles:", "spin");
    let of = |header: &str| format!("{header}{}", blocks.concat());
    let with_header = of("# cmdline : /usr/bin/perf record -F 250 -a\n");
    assert_eq!(folded(&with_header, &["--off-cpu=on-stack"]), both);
    let arguments = ["flamegraph", "-", "--off-cpu=on-stack"];
    let (_, message) = run(&of(""), &arguments, 1);
    assert!(
        message.contains("how much time a sample on a CPU stands for"),
        "{message}"
    );
    let (_, message) = run(&only_switches, &arguments, 1);
    assert!(message.contains("tell no time on a CPU"), "{message}");
}

#[test]
fn both_ways_to_print_switches_and_any_order_of_lines_mean_the_same() {
    assert_eq!(folded(&blocks(true).concat(), &["--off-cpu"]), ALL);
    let mut backwards = blocks(false);
    backwards.reverse();
    assert_eq!(folded(&backwards.concat(), &["--off-cpu", "--quiet"]), ALL);
}

#[test]
fn ranges_cut_waits_and_filters_choose_who_waits() {
    let text = blocks(false).concat();
    let part = folded(&text, &["--off-cpu", "--from", "0.005", "--to", "0.02"]);
    assert_eq!(part, "other;main;spin 10000\nworker;main;lock 5000\n");
    assert_eq!(
        folded(&text, &["--off-cpu", "--comm", "other"]),
        "other;main;spin 20000\n"
    );
    assert_eq!(
        folded(&text, &["--off-cpu", "--exclude-stack", "sleep|spin"]),
        "worker;main;lock 10000\nworker;main;read 10000\n"
    );
}

#[test]
fn every_format_has_the_unit() {
    let text = blocks(false).concat();
    let svg = run(&text, &["flamegraph", "-", "--off-cpu"], 0).0;
    assert!(
        svg.contains("data-total=\"65000\" data-unit=\"microseconds\""),
        "{svg}"
    );
    assert!(
        svg.contains("65,000 microseconds")
            && svg.contains("<title>lock\n/x, user\n10,000 microseconds")
    );
    let speedscope = run(
        &text,
        &["flamegraph", "-", "--off-cpu", "--format", "speedscope"],
        0,
    )
    .0;
    let speedscope: Value = serde_json::from_str(&speedscope).unwrap();
    assert_eq!(speedscope["profiles"][0]["unit"], "microseconds");
    assert_eq!(speedscope["profiles"][0]["endValue"], 65000);
}

#[test]
fn the_heat_map_spreads_waits_over_the_cells_that_they_span() {
    let text = blocks(false).concat();
    let json = |more: &[&str]| -> Value {
        let args = [&["heatmap", "-", "--rows", "100", "--format", "json"], more].concat();
        serde_json::from_str(&run(&text, &args, 0).0).unwrap()
    };
    let column =
        |json: &Value| -> Vec<f64> { serde_json::from_value(json["values"][0].clone()).unwrap() };
    let all = json(&["--off-cpu"]);
    assert_eq!(all["value"], "off_cpu_microseconds");
    let mut expected = vec![
        10_000.0, 10_000.0, 10_000.0, 10_000.0, 0.0, 10_000.0, 10_000.0, 5000.0,
    ];
    expected.resize(100, 0.0);
    assert_eq!(column(&all), expected);
    assert_eq!(all["max"], 10_000.0);
    let runnable = column(&json(&["--off-cpu=runnable"]));
    assert_eq!(runnable[..5], [0.0, 10_000.0, 10_000.0, 5000.0, 0.0]);
    let cut = column(&json(&["--off-cpu", "--from", "0.005", "--to", "0.02"]));
    assert_eq!(cut[..3], [5000.0, 10_000.0, 0.0]);
    let shown = run(&text, &["heatmap", "-", "--off-cpu", "--rows", "20"], 0).0;
    assert!(
        shown.contains("µs that threads were off their CPUs, all together"),
        "{shown}"
    );
    assert!(
        shown.contains("2 threads still off their CPUs at the end"),
        "{shown}"
    );
}

#[test]
fn what_is_missing_is_said_and_left_out() {
    let mut text = blocks(false).concat();
    // The worker leaves again without having come back, and a switch that nobody can read.
    let again = "sched:sched_switch: prev_comm=worker prev_pid=11 prev_prio=120 prev_state=S ==> next_comm=x next_pid=0 next_prio=120";
    text += &sample("worker", 11, 80, again, "sleep");
    text += &sample("worker", 11, 90, "sched:sched_switch: what", "sleep");
    let (folded, message) = run(
        &text,
        &["flamegraph", "-", "--off-cpu", "--format", "folded"],
        0,
    );
    assert!(
        message.contains("1 wait left out, as the switch that ended them is missing"),
        "{message}"
    );
    assert!(
        message.contains("1 line of switches not understood"),
        "{message}"
    );
    // From 80 ms until the end at 90 ms; the third thread from 75 ms.
    let sums: BTreeMap<&str, &str> = folded
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .collect();
    assert_eq!(sums["worker;main;sleep"], "10000");
    assert_eq!(sums["third;main;poll"], "15000");
}

/// A stray time years later does not make waits of years.
#[test]
fn time_that_the_profile_has_no_part_of_is_not_waited() {
    let mut text = blocks(false).concat();
    let stray = "sched:sched_switch: prev_comm=late prev_pid=99 prev_prio=120 prev_state=S ==> next_comm=x next_pid=13 next_prio=120";
    text += &sample("late", 99, 0, stray, "late").replace(" 1.000000:", " 900000000.000000:");
    assert_eq!(folded(&text, &["--off-cpu", "--quiet"]), ALL);
    assert_eq!(
        folded(&text, &["--off-cpu", "--quiet", "--from", "0.04"]),
        "worker;main;sleep 25000\n"
    );
    let args = ["heatmap", "-", "--off-cpu", "--format", "csv", "--quiet"];
    let csv = run(&text, &args, 0).0;
    let values = csv
        .lines()
        .skip(1)
        .filter_map(|line| line.rsplit(',').next()?.parse::<f64>().ok());
    assert_eq!(values.sum::<f64>(), 65_000.0);
}

#[test]
fn profiles_without_switches_and_wrong_usage_are_told() {
    let text = "app 1/1 [000] 1.000000: 1 cycles:\n\t1 main+0x1 (/x)\n\n";
    for command in ["heatmap", "flamegraph"] {
        let (_, message) = run(text, &[command, "-", "--off-cpu"], 1);
        assert!(
            message.contains("no sched:sched_switch events") && message.contains("perf record")
        );
        let (_, message) = run(text, &[command, "-", "--off-cpu", "--event", "cycles"], 2);
        assert!(message.contains("expected no --event"), "{message}");
    }
    let timeless = "app 1/1 sched:sched_switch: a:1 [120] S ==> b:2 [120]\n\t1 main+0x1 (/x)\n\n";
    let (_, message) = run(
        &blocks(false).concat(),
        &["flamegraph", "-", "--off-cpu", "--comm", "nobody"],
        0,
    );
    assert!(
        message.contains("no wait is in the range and passes the filters"),
        "{message}"
    );
    assert!(
        run(timeless, &["flamegraph", "-", "--off-cpu"], 1)
            .1
            .contains("no times")
    );
}
