//! `heatmap --difference` through the real program, on profiles of which the mix is known.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use assert_cmd::Command;
use serde_json::Value;
use std::fmt::Write as _;

/// `count` samples of each function, spread over a second from `second` on.
fn add(text: &mut String, second: u64, functions: &[(&str, u64)]) {
    let total: u64 = functions.iter().map(|(_, count)| count).sum();
    let all = functions
        .iter()
        .flat_map(|(name, count)| (0..*count).map(move |_| name));
    for (index, name) in (0u64..).zip(all) {
        let micros = index * 1_000_000 / total;
        let frames = format!("\t1 {name}+0x1 (/x)\n\t2 main+0x1 (/x)\n");
        writeln!(
            text,
            "app 1/1 [000] {second}.{micros:06}: 1 cycles:\n{frames}"
        )
        .unwrap();
    }
}

fn heat_map(text: &str, more: &[&str]) -> String {
    let args = [&["heatmap", "-", "--difference"], more].concat();
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let output = command.args(args).write_stdin(text).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    String::from_utf8(output.stdout).unwrap()
}

fn values(text: &str, more: &[&str]) -> Vec<Vec<Option<f64>>> {
    let json = heat_map(text, &[more, &["--format", "json"]].concat());
    let json: Value = serde_json::from_str(&json).unwrap();
    serde_json::from_value(json["values"].clone()).unwrap()
}

/// The second with the baseline, twenty samples of new code, two of it, the usual code, nothing, and
/// half and half.
fn known() -> String {
    let mut text = String::new();
    add(&mut text, 10, &[("usual", 40)]);
    add(&mut text, 11, &[("new", 20)]);
    add(&mut text, 12, &[("new", 2)]);
    add(&mut text, 13, &[("usual", 20)]);
    add(&mut text, 15, &[("usual", 5), ("new", 5)]);
    text
}

#[test]
fn values_are_divergences_with_ten_samples_of_the_baseline_in_each_cell() {
    let values = values(&known(), &["--baseline", "0..1", "--rows", "1"]);
    let found: Vec<Option<f64>> = values.into_iter().map(|column| column[0]).collect();
    // Chance makes no difference where the baseline has but one function. Worked out by hand:
    // shares 1/3 and 2/3 against 1 and 0; 5/6 and 1/6; 1 and 0; 3/4 and 1/4.
    let expected = [
        Some(0.0),
        Some(0.459_147_917_027),
        Some(0.088_805_639_479),
        Some(0.0),
        None,
        Some(0.137_925_380_970),
    ];
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.into_iter().zip(expected) {
        match (found, expected) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-8, "{found}"),
            (found, expected) => assert_eq!(found, expected),
        }
    }
}

/// Forty functions, of which cells have two or thirty samples drawn at random: none glows.
#[test]
fn chance_does_not_glow() {
    let names: Vec<String> = (0..40).map(|index| format!("f{index}")).collect();
    let mut state = 7u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        // The first functions are the most frequent.
        let uniform = (state >> 40) as f64 / (1u64 << 24) as f64;
        (uniform * uniform * 40.0) as usize
    };
    let mut text = String::new();
    for second in 0..60 {
        let count = if second % 2 == 0 { 30 } else { 2 };
        let drawn: Vec<(&str, u64)> = (0..count).map(|_| (&*names[draw()], 1)).collect();
        add(&mut text, 1000 + second, &drawn);
    }
    let values: Vec<f64> = values(&text, &["--rows", "1"])
        .into_iter()
        .filter_map(|column| column[0])
        .collect();
    assert_eq!(values.len(), 60);
    let max = values.iter().copied().fold(0.0, f64::max);
    // The scale of colours ends at 0.3 at the earliest.
    assert!(max < 0.06, "{max}");
}

#[test]
fn the_known_spikes_of_the_sample_profile_differ_most() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/sample-profiles/latency-spike.perf.txt"
    );
    let text = std::fs::read_to_string(file).unwrap();
    let values = values(&text, &[]);
    // Two rows: ten samples a cell on average.
    assert!(values.iter().all(|column| column.len() == 2));
    let mut columns: Vec<usize> = (0..values.len()).collect();
    columns.sort_by(|one, other| values[*other][0].partial_cmp(&values[*one][0]).unwrap());
    columns.truncate(4);
    columns.sort_unstable();
    // The index is rebuilt every seven seconds.
    assert_eq!(columns, [4, 11, 18, 25]);
}

#[test]
fn every_format_says_what_the_values_are() {
    let text = known();
    let legend = "how unlike the baseline's functions: 0 as by chance, 1 wholly";
    let shown = heat_map(&text, &["--baseline", "0..1", "--rows", "1"]);
    assert!(
        shown.contains(legend) && shown.contains("baseline: 0.000 s to 1.000 s"),
        "{shown}"
    );
    assert!(shown.contains("    0 ms │ █░  ▒\n"), "{shown}");
    let svg = heat_map(&text, &["--baseline", "..1", "--format", "svg"]);
    assert!(svg.contains(legend) && svg.contains("Difference from the baseline"));
    let csv = heat_map(
        &text,
        &["--baseline", "..1", "--rows", "1", "--format", "csv"],
    );
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "column_start_seconds,offset_seconds,count,value",
            "0.000,0.000,40,0"
        ]
    );
    assert!(lines[2].starts_with("1.000,0.000,20,0.4591479"), "{csv}");
    assert_eq!(lines[5], "4.000,0.000,0,");
}

#[test]
fn wrong_usage_is_told() {
    let error = |more: &[&str]| {
        let args = [&["heatmap", "-"], more].concat();
        let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
        let output = command.args(args).write_stdin(known()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert_eq!(error(&["--baseline", "0..1"]).0, Some(2));
    let (status, message) = error(&["--difference", "--baseline", "1"]);
    assert!(
        status == Some(2) && message.contains("12.5..14"),
        "{message}"
    );
    assert_eq!(error(&["--difference", "--metric", "weight"]).0, Some(2));
    assert_eq!(error(&["--difference", "--off-cpu"]).0, Some(2));
    let (status, message) = error(&["--difference", "--baseline", "50..60"]);
    assert!(
        status == Some(1) && message.contains("no sample is in the baseline"),
        "{message}"
    );
}

#[test]
fn another_profile_can_be_the_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, stacks: &[&str]| {
        let sample = |(index, function): (usize, &&str)| {
            format!(
                "a 1/1 [000] 1.{:03}000: 1 c:\n\t1 {function}+0x1 (/x)\n\n",
                index * 10
            )
        };
        let text: String = stacks.iter().enumerate().map(sample).collect();
        std::fs::write(folder.path().join(name), text).unwrap();
    };
    // Names have other numbers in the other profile, which has one that this one lacks.
    write("now.perf", &["old", "new", "old", "new"]);
    write("before.perf", &["gone", "old", "gone", "old"]);
    write("same.perf", &["new", "old", "new", "old"]);
    let largest = |other: &str| -> f64 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
        let args = [
            "heatmap",
            "now.perf",
            "--difference",
            "--rows",
            "1",
            "--format",
            "json",
        ];
        let command = command.current_dir(folder.path()).args(args);
        let output = command
            .args(["-o", "-", "--baseline-file", other])
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{message}");
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(json["notes"][0].as_str().unwrap().contains(other));
        json["max"].as_f64().unwrap()
    };
    assert!(largest("same.perf") < 0.001);
    assert!(largest("before.perf") > 0.03, "{}", largest("before.perf"));
}
