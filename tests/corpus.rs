//! Real profiles in the folder that `EMBERSCOPE_CORPUS` names, against what its `inventory.json`
//! says of each file. Without the variable there is nothing to check.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use emberscope::job::Progress;
use emberscope::load::{self, LoadError, LoadOptions};
use emberscope::profile::{EventId, Profile, WarningKind};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn corpus() -> Option<(PathBuf, serde_json::Map<String, Value>)> {
    let folder = PathBuf::from(std::env::var_os("EMBERSCOPE_CORPUS")?);
    let text = std::fs::read_to_string(folder.join("inventory.json")).unwrap();
    let inventory: Value = serde_json::from_str(&text).unwrap();
    Some((folder, inventory.as_object().unwrap().clone()))
}

fn load(path: &Path) -> Result<Profile, LoadError> {
    load::open(path, &LoadOptions::default(), &Progress::default())
}

/// What the inventory says, as far as it says something; each difference in words.
fn differences(profile: &Profile, expected: &Value) -> Vec<String> {
    let samples = &profile.samples;
    let time =
        |time: Option<&emberscope::profile::Timestamp>| Value::from(time.unwrap().to_string());
    let out_of_order = profile
        .warnings
        .iter()
        .find(|w| w.kind == WarningKind::OutOfOrder)
        .map_or(0, |w| w.count);
    let events: serde_json::Map<String, Value> = profile
        .events
        .iter()
        .enumerate()
        .map(|(id, event)| {
            (
                profile.event_name(EventId(id as u32)).into_owned(),
                event.samples.into(),
            )
        })
        .collect();
    let found = [
        ("bytes", Value::from(profile.info.bytes)),
        ("samples", Value::from(samples.len())),
        (
            "records",
            Value::from(
                profile
                    .info
                    .records
                    .iter()
                    .map(|(_, count)| count)
                    .sum::<u64>(),
            ),
        ),
        ("earliest", time(samples.time.first())),
        ("latest", time(samples.time.last())),
        ("out_of_order", Value::from(out_of_order)),
        ("events", Value::Object(events)),
    ];
    let differs = found
        .into_iter()
        .filter(|(key, found)| !expected[key].is_null() && expected[key] != *found);
    differs
        .map(|(key, found)| format!("{key}: {found} for {}", expected[key]))
        .collect()
}

#[test]
fn the_corpus_loads_as_its_inventory_says() {
    let Some((folder, inventory)) = corpus() else {
        return;
    };
    let mut wrong = Vec::new();
    for (name, expected) in &inventory {
        match load(&folder.join(name)) {
            Ok(profile) => wrong.extend(
                differences(&profile, expected)
                    .iter()
                    .map(|d| format!("{name}: {d}")),
            ),
            Err(error) if expected["samples"] == 0 => assert!(error.to_string().contains(name)),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(inventory.len() > 10);
}

#[test]
fn the_corpus_is_the_same_with_any_threads_and_pieces() {
    let Some((folder, inventory)) = corpus() else {
        return;
    };
    for name in inventory.keys() {
        let Ok(whole) = load(&folder.join(name)) else {
            continue;
        };
        for (threads, piece_size) in [(1, 997), (3, 20_000)] {
            let options = common::options(threads, piece_size);
            let pieces = load::open(&folder.join(name), &options, &Progress::default()).unwrap();
            assert!(
                pieces == whole,
                "{name}: {threads} threads, pieces of {piece_size}"
            );
        }
    }
}
