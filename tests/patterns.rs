//! One table of expressions (`patterns.json`), with the names that each finds: as the window searches, as
//! the command line filters, and (in `.ci/report.py`) as the page and exported SVGs search.
//!
//! `EMBERSCOPE_BLESS=1` writes anew what is found, as the crate `regex` has it; look at what changes.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use assert_cmd::Command;
use emberscope::search::{compile, exactly, sensitive};
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What the stacks begin with: a name like any other, to filters.
const COMM: &str = "%";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/patterns.json")
}

fn texts(value: &Value) -> Vec<String> {
    let list = value.as_array().unwrap().iter();
    list.map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn table() -> (Vec<String>, Vec<Map<String, Value>>) {
    let table: Value = serde_json::from_str(&fs::read_to_string(path()).unwrap()).unwrap();
    let rows = table["patterns"].as_array().unwrap().iter();
    let rows = rows.map(|row| row.as_object().unwrap().clone()).collect();
    (texts(&table["names"]), rows)
}

/// What the window finds: the shorter list of names, found or missed, or what is wrong.
fn as_the_window_has_it(pattern: &str, names: &[String]) -> (&'static str, Value) {
    let regex = match compile(pattern) {
        Err(problem) => return ("refused", json!(problem)),
        Ok(regex) => regex,
    };
    let is_found = |name: &&String| regex.is_match(name);
    let (found, missed): (Vec<_>, Vec<_>) = names.iter().partition(is_found);
    match found.len() <= missed.len() {
        true => ("found", json!(found)),
        false => ("missed", json!(missed)),
    }
}

fn bless(names: &[String], rows: &[Map<String, Value>]) {
    let lines: Vec<String> = rows.iter().map(|row| json!(row).to_string()).collect();
    let text = format!(
        "{{\"names\":{},\n\"patterns\":[\n{}\n]}}\n",
        json!(names),
        lines.join(",\n")
    );
    fs::write(path(), text).unwrap();
}

#[test]
fn the_window_finds_what_the_table_says() {
    let (names, mut rows) = table();
    assert!(rows.len() >= 120);
    for row in &mut rows {
        let pattern = row["pattern"].as_str().unwrap().to_owned();
        let (kind, expected) = as_the_window_has_it(&pattern, &names);
        if std::env::var_os("EMBERSCOPE_BLESS").is_some() {
            row.retain(|key, _| ["pattern", "not_in_browsers"].contains(&key.as_str()));
            row.insert(kind.to_owned(), expected.clone());
        }
        assert_eq!(row.get(kind), Some(&expected), "{pattern}");
    }
    if std::env::var_os("EMBERSCOPE_BLESS").is_some() {
        bless(&names, &rows);
    }
}

#[test]
fn the_command_line_lets_through_what_the_table_says() {
    let (names, rows) = table();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("names.folded");
    let lines = names.iter().map(|name| format!("{COMM};{name} 1\n"));
    fs::write(&file, lines.collect::<String>()).unwrap();
    for row in &rows {
        let pattern = row["pattern"].as_str().unwrap();
        check_command(&file, pattern, &expected_of(row, &names));
    }
}

/// None where the expression is refused.
fn expected_of(row: &Map<String, Value>, names: &[String]) -> Option<BTreeSet<String>> {
    if let Some(missed) = row.get("missed") {
        let missed = texts(missed);
        let found = names.iter().filter(|name| !missed.contains(name));
        return Some(found.cloned().collect());
    }
    row.get("found")
        .map(|found| texts(found).into_iter().collect())
}

/// As "Only these" in the window makes a filter of a search, and the copied command says it.
fn check_command(file: &Path, pattern: &str, expected: &Option<BTreeSet<String>>) {
    let filter = sensitive(pattern);
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command.args(["flamegraph", "--format", "folded", "--quiet"]);
    let output = command
        .arg(file)
        .arg(format!("--stack={filter}"))
        .output()
        .unwrap();
    let Some(expected) = expected else {
        assert_eq!(output.status.code(), Some(2), "{pattern}");
        return;
    };
    if Regex::new(&filter).unwrap().is_match(COMM) {
        return; // all of them
    }
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{pattern}: {said}");
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    let name = |line: &str| {
        let (stack, _) = line.rsplit_once(' ').unwrap();
        stack.split_once(';').unwrap().1.to_owned()
    };
    assert_eq!(
        &lines.map(name).collect::<BTreeSet<_>>(),
        expected,
        "{pattern}"
    );
}

#[test]
fn a_whole_name_finds_itself_alone() {
    let (names, _) = table();
    for name in &names {
        let regex = compile(&exactly(name)).unwrap();
        let found: Vec<&String> = names.iter().filter(|name| regex.is_match(name)).collect();
        assert_eq!(found, [name]);
    }
}
