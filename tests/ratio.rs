//! `--ratio` through the real program, on counters of which every period is known.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use assert_cmd::Command;
use serde_json::Value;

/// `fast` has two instructions a cycle and calls `leaf`, which has half of one; `slow` has a quarter of
/// one. Misses have another name twice.
fn text() -> String {
    let sample = |millis: u64, period: u64, event: &str, stack: &str| {
        let frames: String = stack
            .rsplit(';')
            .map(|name| format!("\t1 {name}+0x1 (/x)\n"))
            .collect();
        format!("app 1/1 [000] 7.{millis:03}000: {period} {event}:\n{frames}\n")
    };
    [
        sample(0, 1000, "cycles:u", "main;fast"),
        sample(1, 2000, "instructions:u", "main;fast"),
        sample(110, 1000, "cycles:u", "main;fast;leaf"),
        sample(120, 500, "instructions:u", "main;fast;leaf"),
        sample(210, 2000, "cycles:u", "main;slow"),
        sample(220, 500, "instructions:u", "main;slow"),
        sample(310, 100, "instructions:u", "main;odd"),
        sample(320, 7, "misses:u", "main"),
        sample(330, 7, "misses:k", "main"),
    ]
    .concat()
}

fn run(args: &[&str], status: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let output = command.args(args).write_stdin(text()).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{args:?}: {message}");
    (String::from_utf8(output.stdout).unwrap(), message)
}

const RATIO: [&str; 2] = ["--ratio", "instructions/cycles"];

fn flame_graph(more: &[&str]) -> String {
    run(&[&["flamegraph", "-"], &RATIO[..], more].concat(), 0).0
}

#[test]
fn cells_have_the_ratio_of_their_periods() {
    let args = ["heatmap", "-", "--rows", "10", "--format", "json"];
    let json: Value = serde_json::from_str(&run(&[&args, &RATIO[..]].concat(), 0).0).unwrap();
    assert_eq!(json["value"], "instructions:u/cycles:u");
    let values = json["values"][0].as_array().unwrap();
    let expected = [
        2.0.into(),
        0.5.into(),
        0.25.into(),
        Value::Null,
        Value::Null,
    ];
    assert_eq!(values[..5], expected);
    let counts = json["counts"][0].as_array().unwrap();
    assert_eq!(counts[..4], [1000, 1000, 2000, 0].map(Value::from));
    let cut = [&args, &RATIO[..], &["--from", "0.1"]].concat();
    let cut: Value = serde_json::from_str(&run(&cut, 0).0).unwrap();
    assert_eq!(cut["values"][0][0], Value::Null);
    let shown = run(&[&["heatmap", "-"], &RATIO[..]].concat(), 0).0;
    assert!(
        shown.contains("instructions:u for each of cycles:u"),
        "{shown}"
    );
}

#[test]
fn functions_have_both_counts_and_their_ratios() {
    let json: Value = serde_json::from_str(&flame_graph(&["--format", "json"])).unwrap();
    assert_eq!(
        (&json["numerator"], &json["denominator"]),
        (&3100.into(), &4000.into())
    );
    assert_eq!(json["ratio"], 0.775);
    let functions = json["functions"].as_array().unwrap();
    let row = |name: &str| {
        let found = functions
            .iter()
            .find(|function| function["name"] == name)
            .unwrap();
        let count = |key: &str| found[key].as_u64().unwrap();
        let counts = [
            "numerator",
            "numerator_self",
            "denominator",
            "denominator_self",
        ]
        .map(count);
        (
            counts,
            found["ratio"].as_f64(),
            found["ratio_self"].as_f64(),
        )
    };
    assert_eq!(row("main"), ([3100, 0, 4000, 0], Some(0.775), None));
    assert_eq!(
        row("fast"),
        ([2500, 2000, 2000, 1000], Some(1.25), Some(2.0))
    );
    assert_eq!(row("leaf"), ([500, 500, 1000, 1000], Some(0.5), Some(0.5)));
    assert_eq!(
        row("slow"),
        ([500, 500, 2000, 2000], Some(0.25), Some(0.25))
    );
    assert_eq!(row("odd"), ([100, 100, 0, 0], None, None));
    assert_eq!(functions.len(), 5);
    let table = flame_graph(&["--format", "text"]);
    assert!(
        table.starts_with("instructions:u/cycles:u: 0.775 (3,100 by 4,000)\n"),
        "{table}"
    );
    assert!(
        table.contains("    1.250     2.000            2,500            2,000  fast\n"),
        "{table}"
    );
}

#[test]
fn frames_are_as_wide_as_their_denominators_and_coloured_by_the_ratio() {
    let svg = flame_graph(&["--format", "svg"]);
    assert!(svg.contains("instructions:u/cycles:u: red above, blue below 0.775"));
    let frame = |name: &str| {
        let frames = svg.split("<g class=\"frame\"");
        let mut frames = frames.filter(|part| part.contains(&format!("<title>{name}\n")));
        frames.next().unwrap_or_else(|| panic!("{name}")).to_owned()
    };
    let color = |name: &str| {
        let frame = frame(name);
        let fill = frame.split("fill=\"#").nth(1).unwrap();
        let channel = |at: usize| u8::from_str_radix(&fill[at..at + 2], 16).unwrap();
        (channel(0), channel(4))
    };
    assert!(frame("fast").contains("data-v=\"2000\""));
    assert!(frame("fast").contains("instructions:u/cycles:u 1.250: 2,500 by 2,000"));
    let ((red, blue), (less_red, more_blue)) = (color("fast"), color("slow"));
    assert!(red > blue && less_red < more_blue);
    assert!(!svg.contains("<title>odd\n"));
}

#[test]
fn what_is_no_ratio_is_told() {
    let error = |ratio: &str, more: &[&str], status: i32| {
        run(
            &[&["flamegraph", "-", "--ratio", ratio], more].concat(),
            status,
        )
        .1
    };
    let known = "the profile has: cycles:u, instructions:u, misses:u, misses:k";
    for text in [
        "instructions",
        "instructions/",
        "nothing/cycles",
        "misses/cycles",
    ] {
        assert!(error(text, &[], 1).contains(known), "{text}");
    }
    assert!(error("misses:k/cycles", &["--format", "folded"], 2).contains("svg, json or text"));
    assert!(error("misses:k/cycles", &["--metric", "weight"], 2).contains("expected no --metric"));
    let without = run(&["flamegraph", "-", "--format", "json"], 2).1;
    assert!(without.contains("are for --ratio"), "{without}");
}
