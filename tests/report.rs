//! `emberscope report`: the page that the real program writes, taken apart.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod page;

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{SAMPLE_PROFILES, all_files, default_samples, sample_profile};
use emberscope::call_tree::CallTree;
use emberscope::export::{Names, write_folded};
use emberscope::job::Progress;
use emberscope::load::{self, LoadOptions};
use emberscope::profile::format_seconds;
use emberscope::selection::Selection;
use page::{Page, between};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::process::Output;

fn emberscope(args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command.args(args).write_stdin(input).output().unwrap()
}

fn printed(args: &[&str], input: &str) -> String {
    let output = emberscope(args, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn folded(args: &[&str], input: &str) -> BTreeMap<String, u64> {
    let mut all = vec!["flamegraph", "--format", "folded", "--quiet"];
    all.extend(args);
    counts_of(printed(&all, input).as_bytes())
}

fn counts_of(folded: &[u8]) -> BTreeMap<String, u64> {
    let line = |line: &str| {
        let (stack, count) = line.rsplit_once(' ').unwrap();
        (stack.to_owned(), count.parse().unwrap())
    };
    std::str::from_utf8(folded)
        .unwrap()
        .lines()
        .map(line)
        .collect()
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

/// When a cell begins, in nanoseconds since the origin.
fn cell_start(map: &Value, cell: u64) -> u64 {
    let (rows, column_nanos) = (number(&map["rows"]), number(&map["column"]));
    let (column, row) = (cell / rows, cell % rows);
    let blocks = map["blocks"].as_array().unwrap();
    let block = blocks
        .iter()
        .rfind(|block| number(&block["column"]) <= column);
    let block = block.unwrap();
    let start = (number(&block["number"]) + column - number(&block["column"])) * column_nanos;
    start + (row * column_nanos).div_ceil(rows)
}

/// The page's counts of some ranges of cells must be those of the command for the same time.
fn check_counts(file: &str, input: &str, report_args: &[&str], filters: &[&str]) {
    let mut args = vec!["report", file, "-o", "-", "--quiet"];
    args.extend(report_args);
    args.extend(filters);
    let page = Page::read(&printed(&args, input));
    let map = &page.meta["heat_map"];
    let cells = number(&map["rows"]) * number(&map["columns"]);
    let mut args = vec![file];
    args.extend(filters);
    let whole = folded(&args, input);
    assert_eq!(
        page.folded(0..page.slots.len()),
        whole,
        "{file} {filters:?}"
    );
    assert_eq!(number(&page.meta["total"]), whole.values().sum::<u64>());
    for (from, to) in [(0, 1), (0, 7), (3, 50), (11, 12), (40, 45), (17, 100)] {
        let (from, to) = (
            cells * from / 100,
            (cells * to / 100).max(cells * from / 100 + 1),
        );
        let times = [from, to].map(|cell| format_seconds(cell_start(map, cell)));
        let mut args = vec![file, "--from", &times[0], "--to", &times[1]];
        args.extend(filters);
        assert_eq!(
            page.folded(page.slots_of(from..to)),
            folded(&args, input),
            "{args:?}"
        );
    }
}

#[test]
fn counts_are_those_of_the_command_for_the_same_range() {
    for name in SAMPLE_PROFILES {
        let file = sample_profile(name);
        let file = file.to_str().unwrap();
        check_counts(file, "", &[], &[]);
        check_counts(
            file,
            "",
            &["--rows", "7", "--column", "700ms"],
            &["--include-idle"],
        );
        check_counts(file, "", &["--rows", "333"], &["--metric", "weight"]);
    }
    let mixed = sample_profile("mixed-mode.perf.txt");
    check_counts(mixed.to_str().unwrap(), "", &[], &["--comm", "node"]);
}

#[test]
fn time_years_away_and_cells_of_a_nanosecond_are_exact() {
    let sample = |seconds: u64, nanos: u64, name: &str| {
        format!("a 1 {seconds}.{nanos:09}: 1 c:\n\t1 {name} (/x)\n\t2 main (/x)\n\n")
    };
    let mut text = String::new();
    for index in 0..200 {
        text += &sample(
            5000,
            500_000_000 + index,
            if index % 3 == 0 { "f" } else { "g" },
        );
    }
    text += &sample(900_000_000, 1, "late");
    check_counts("-", &text, &[], &[]);
    let near: String = (0..200).map(|index| sample(5000, index, "f")).collect();
    check_counts("-", &near, &["--column", "1us", "--rows", "1000"], &[]);
}

/// Rows of CPUs, threads and processes have what the command counts of each; in each step of time all
/// together have what its cells have.
#[test]
fn rows_have_what_the_command_counts_of_each() {
    let mut checked = 0;
    for name in SAMPLE_PROFILES {
        let file = sample_profile(name);
        let file = file.to_str().unwrap();
        let page = Page::read(&printed(&["report", file, "-o", "-", "--quiet"], ""));
        let map = &page.meta["heat_map"];
        let kinds = page.meta["lanes"].as_array().unwrap();
        for (index, (kind, counts)) in kinds.iter().zip(&page.lanes).enumerate() {
            let names = kind["names"].as_array().unwrap();
            let cells = number(&map["rows"]) / number(&kind["slots"]);
            assert_eq!(cells * number(&kind["slots"]), number(&map["rows"]));
            let steps = counts.len() / names.len();
            let mut expected = vec![0; steps];
            for (cell, entries) in &page.slots {
                let amounts = entries.iter().map(|(_, amount)| amount);
                expected[(cell / cells) as usize] += amounts.sum::<u64>();
            }
            let of_step = |step: usize| counts.iter().skip(step).step_by(steps).sum::<u64>();
            let sums: Vec<u64> = (0..steps).map(of_step).collect();
            assert_eq!(sums, expected, "{name} {}", kind["kind"]);
            let option = match kind["kind"].as_str().unwrap() {
                "CPUs" => "--cpu",
                "Threads" => "--tid",
                _ => "--pid",
            };
            for (at, (row, lane)) in names.iter().zip(counts.chunks(steps)).enumerate() {
                let row = row.as_str().unwrap();
                let Ok(id) = row.rsplit(' ').next().unwrap().parse::<u32>() else {
                    continue;
                };
                let expected = folded(&[file, option, &id.to_string()], "");
                assert_eq!(
                    lane.iter().sum::<u64>(),
                    expected.values().sum::<u64>(),
                    "{row}"
                );
                // Stack by stack, so that a page can filter by rows.
                let of_row = page.folded_of_row(0..page.slots.len(), index, at);
                assert_eq!(of_row, expected, "{row}");
                checked += 1;
            }
        }
    }
    assert!(checked > 10, "{checked}");
}

/// Where it would take too much of the page to say whose each sample is, rows have their counts, as before.
#[test]
fn rows_of_a_small_page_have_the_same_counts() {
    let file = sample_profile("single-threaded-phase.perf.txt");
    let file = file.to_str().unwrap();
    let large = Page::read(&printed(&["report", file, "-o", "-", "--quiet"], ""));
    let args = ["report", file, "-o", "-", "--quiet", "--size-limit", "100"];
    let small = Page::read(&printed(&args, ""));
    assert_eq!(large.meta["has_owners"], true);
    assert_eq!(small.meta["has_owners"], false);
    assert!(!large.lanes.is_empty() && small.lanes == large.lanes);
}

#[test]
fn findings_are_selected_to_the_nanosecond() {
    let mut checked = 0;
    for name in SAMPLE_PROFILES {
        let file = sample_profile(name);
        let file = file.to_str().unwrap();
        let page = Page::read(&printed(&["report", file, "-o", "-", "--quiet"], ""));
        let found: Value =
            serde_json::from_str(&printed(&["find", file, "--format", "json"], "")).unwrap();
        let found = found["findings"].as_array().unwrap();
        let shown = page.meta["findings"].as_array().unwrap();
        assert_eq!(shown.len(), found.len());
        for (shown, found) in shown.iter().zip(found) {
            assert_eq!(shown["explanation"], found["explanation"]);
            let mut observed = 0;
            for range in shown["ranges"].as_array().unwrap() {
                let slots =
                    number(&range["slots"][0]) as usize..number(&range["slots"][1]) as usize;
                let times = ["from", "to"].map(|end| format_seconds(number(&range[end])));
                let args = [file, "--from", &times[0], "--to", &times[1]];
                let counted = page.folded(slots);
                assert_eq!(counted, folded(&args, ""), "{args:?}");
                observed += counted.values().sum::<u64>();
                checked += 1;
            }
            assert_eq!(observed, number(&found["observed"]));
        }
    }
    assert!(checked > 5);
}

#[test]
fn the_page_lets_nothing_else_in() {
    let file = sample_profile("pause.perf.txt");
    let html = printed(&["report", file.to_str().unwrap(), "-o", "-"], "");
    assert!(
        html.starts_with("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")
    );
    let policy = between(
        &html,
        "http-equiv=\"Content-Security-Policy\" content=\"",
        "\"",
    );
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'));
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts: Vec<&str> = html.split("<script>").skip(1).collect();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        let (script, _) = script.split_once("</script>").unwrap();
        assert!(policy.contains(&hash(script)));
    }
    assert!(policy.contains(&hash(between(&html, "<style>", "</style>"))));
    let lower = html.to_lowercase();
    for wrong in [
        "http:",
        "https:",
        "href=",
        "@import",
        "url(",
        "style=",
        " onload=",
        " onclick=",
        "innerhtml",
        "eval(",
    ] {
        assert!(!lower.contains(wrong), "{wrong}");
    }
    let sources: Vec<&str> = html.split(" src=\"").skip(1).collect();
    assert_eq!(sources.len(), 1);
    assert!(sources[0].starts_with("data:image/png;base64,"));
}

/// What the page's overview says of gestures and keys is what the window's says, where a browser leaves them to the
/// page.
#[test]
fn gestures_and_keys_are_the_windows() {
    let window = include_str!("../docs/window.md");
    let page = include_str!("../assets/report/panels.js").replace("\\'", "'");
    let rows = page.lines().filter_map(|line| {
        let row = line.strip_prefix("    ['")?.strip_suffix("'],")?;
        row.split_once("', '")
    });
    let others: Vec<&str> = rows
        .filter(|(gesture, effect)| !window.contains(&format!("| {gesture} | {effect} |")))
        .map(|(gesture, _)| gesture)
        .collect();
    // A browser has the menu key for itself, and the page no marks.
    let row = "Right click on a row\'s name or cells";
    assert_eq!(
        others,
        [row, "H", "Tab, then arrows; Enter", "Ctrl+Z; Ctrl+Shift+Z"]
    );
}

/// Names that would end a script, begin an element, or make a line end of JavaScript's.
#[test]
fn hostile_names_stay_names() {
    let evil = "</script><img/src=x:y onerror=alert(1)>\u{2028}<!--";
    let text = format!("{} 1 1.000000: 1 c:\n\t1 {evil} (/{evil})\n\n", "<b>&\"'")
        .replace(" onerror", "/onerror");
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("<i>\"&.perf.txt");
    fs::write(&profile, &text).unwrap();
    let args = [
        "report",
        profile.to_str().unwrap(),
        "-o",
        "-",
        "--title",
        "</title><u>\u{1b}",
    ];
    let html = printed(&args, "");
    for (element, count) in [
        ("<script", 3),
        ("<img", 1),
        ("<i>", 0),
        ("<b>", 0),
        ("<u>", 0),
        ("<!--", 0),
    ] {
        assert_eq!(html.matches(element).count(), count, "{element}");
    }
    assert!(!html.contains('\u{1b}') && !html.contains('\u{2028}'));
    let page = Page::read(&html);
    assert!(
        page.names
            .iter()
            .any(|name| name.contains("</script><img/src=x:y/onerror=alert(1)>\\u{2028}<!--"))
    );
    assert_eq!(page.meta["file"], "<i>\"&.perf.txt");
}

/// Many stacks that are seen once, beside one that is seen often.
fn varied() -> String {
    let sample = |index: u64| {
        let name = if index.is_multiple_of(4) {
            "often".to_owned()
        } else {
            format!("rare{}", index * 7919 % 3000)
        };
        format!(
            "a 1 {}.{:03}000: 1 c:\n\t1 {name} (/x)\n\t2 via{} (/x)\n\t3 main (/x)\n\n",
            1 + index / 1000,
            index % 1000,
            index % 50
        )
    };
    (0..4000).map(sample).collect()
}

#[test]
fn a_page_that_is_too_large_says_what_it_merges() {
    let text = varied();
    let large = printed(&["report", "-", "-o", "-"], &text);
    assert!(Page::read(&large).meta["merged"].is_null());
    let limit = (large.len() - 2000).to_string();
    let output = emberscope(&["report", "-", "-o", "-", "--size-limit", &limit], &text);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("merged to keep the page small"), "{said}");
    let small = String::from_utf8(output.stdout).unwrap();
    assert!(small.len() < large.len() - 2000);
    let page = Page::read(&small);
    let merged = &page.meta["merged"];
    assert!(number(&merged["least"]) > 1 && number(&merged["calls"]) > 1000);
    // What is still there has its count, and the sum is the same in each cell.
    let (shown, exact) = (page.folded(0..page.slots.len()), folded(&["-"], &text));
    assert_eq!(shown.values().sum::<u64>(), exact.values().sum::<u64>());
    let kept: Vec<_> = shown
        .iter()
        .filter(|(stack, _)| !stack.contains("(rare calls, merged)"))
        .collect();
    assert!(!kept.is_empty() && kept.iter().all(|(stack, count)| exact[*stack] == **count));
    let counts = |page: &Page| -> Vec<(u64, u64)> {
        page.slots
            .iter()
            .map(|(cell, entries)| (*cell, entries.iter().map(|(_, n)| n).sum()))
            .collect()
    };
    assert_eq!(counts(&page), counts(&Page::read(&large)));
}

#[test]
fn a_part_of_a_profile_is_a_report_of_that_part() {
    let file = sample_profile("latency-spike.perf.txt");
    let range = ["--from", "11.3", "--to", "11.605"];
    let mut args = vec!["report", file.to_str().unwrap(), "-o", "-", "--quiet"];
    args.extend(range);
    let page = Page::read(&printed(&args, ""));
    let mut args = vec![file.to_str().unwrap()];
    args.extend(range);
    assert_eq!(page.folded(0..page.slots.len()), folded(&args, ""));
    let map = &page.meta["heat_map"];
    assert_eq!(
        [number(&map["from"]), number(&map["to"])],
        [11_300_000_000, 11_605_000_000]
    );
    // Of what was left out not even a name is there.
    let all = Page::read(&printed(
        &["report", file.to_str().unwrap(), "-o", "-", "--quiet"],
        "",
    ));
    assert!(page.names.len() < all.names.len());
}

/// A session's kept selections are in the page, exact to the sample.
#[test]
fn selections_of_a_session_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample_profile("latency-spike.perf.txt");
    let file = file.to_str().unwrap();
    let session = folder.path().join("a.emberscope.json");
    let evil = "</script><b>";
    let text = serde_json::json!({ "emberscope_session": 1, "profiles": [
        { "file": "other.perf.txt", "kept": [{ "name": "another's", "select": ["1..2"] }] },
        { "file": file, "kept": [
            { "name": "spikes", "select": ["4.3051..4.6", "11.3..11.60007"] },
            { "name": evil, "select": ["1..2"] },
        ] },
    ] });
    fs::write(&session, text.to_string()).unwrap();
    let args = ["report", file, "-o", "-", "--quiet", "--session"];
    let args = [&args[..], &[session.to_str().unwrap()]].concat();
    let html = printed(&args, "");
    assert!(!html.contains("<b>"));
    let page = Page::read(&html);
    let kept = page.meta["kept"].as_array().unwrap();
    let names: Vec<&Value> = kept.iter().map(|kept| &kept["name"]).collect();
    assert_eq!(names, ["spikes", evil]);
    for range in kept[0]["ranges"].as_array().unwrap() {
        let [from, to] = ["from", "to"].map(|end| format_seconds(number(&range[end])));
        let slots = number(&range["slots"][0]) as usize..number(&range["slots"][1]) as usize;
        let args = [file, "--from", &from, "--to", &to];
        assert_eq!(page.folded(slots), folded(&args, ""), "{from} to {to}");
    }
    let other = sample_profile("pause.perf.txt");
    let args = ["report", other.to_str().unwrap(), "-o", "-", "--session"];
    let args = [&args[..], &[session.to_str().unwrap()]].concat();
    let said = emberscope(&args, "");
    assert!(String::from_utf8_lossy(&said.stderr).contains("keeps no selection of"));
}

#[test]
fn where_the_page_goes_is_named_and_nothing_is_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for name in ["one.perf.txt", "two.perf.txt"] {
        fs::write(file(name), varied()).unwrap();
    }
    let output = emberscope(&["report", &file("one.perf.txt")], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("-o FILE.html"));
    let each = ["report", &file(""), "--each"];
    for _ in 0..2 {
        emberscope(&each, "");
    }
    let again = emberscope(&each, "");
    let said = String::from_utf8_lossy(&again.stderr);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        said.contains("one.html exists; --force overwrites it") && said.contains("2 files: 0 done"),
        "{said}"
    );
    assert_eq!(
        Page::read(&fs::read_to_string(file("one.html")).unwrap()).meta["file"],
        "one.perf.txt"
    );
}

#[test]
fn what_cannot_be_shown_is_said() {
    let timeless = emberscope(&["report", "-", "-o", "-"], "a 1 c:\n\t1 f (/x)\n\n");
    assert_eq!(timeless.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&timeless.stderr).contains("no times"));
    let heavy = "a 1 1.000000: 9007199254740993 c:\n\t1 f (/x)\n\n";
    let output = emberscope(&["report", "-", "-o", "-", "--metric", "weight"], heavy);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("use --metric samples"));
    let output = emberscope(&["report", "-", "-o", "-", "--comm", "nobody"], heavy);
    assert!(String::from_utf8_lossy(&output.stderr).contains("the filter: comm nobody"));
}

/// What real files are like: the sample profiles, and those of the corpus where it is there.
#[test]
fn every_profile_is_in_its_page_sample_by_sample() {
    for file in all_files() {
        let loaded = load::open(&file, &LoadOptions::default(), &Progress::default());
        let profile = loaded.ok().filter(|profile| profile.time_range().is_some());
        let args = ["report", file.to_str().unwrap(), "-o", "-", "--quiet"];
        let output = emberscope(&args, "");
        let Some(profile) = profile else {
            assert_eq!(output.status.code(), Some(1), "{}", file.display());
            continue;
        };
        let page = Page::read(std::str::from_utf8(&output.stdout).unwrap());
        let tree = CallTree::new(&profile, &default_samples(&profile), &Selection::whole());
        let mut expected = Vec::new();
        write_folded(&profile, &tree, Names::Printable, &mut expected).unwrap();
        assert_eq!(
            page.folded(0..page.slots.len()),
            counts_of(&expected),
            "{}",
            file.display()
        );
    }
}
