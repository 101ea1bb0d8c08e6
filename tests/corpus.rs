//! Real profiles in the folder that `EMBERSCOPE_CORPUS` names, against what its `inventory.json`
//! says of each file. Without the variable only the sample profiles are there to be checked.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{all_files, corpus};
use emberscope::call_tree::CallTree;
use emberscope::export::{Names, write_folded};
use emberscope::filter::{EventChoice, IdleRule, SampleFilter};
use emberscope::job::Progress;
use emberscope::load::{self, LoadError, LoadOptions};
use emberscope::profile::{EventId, Profile, StackId, WarningKind};
use emberscope::selection::Selection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

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

/// Every sample's stack as the profile holds it, which is what `tests/inferno.rs` compares.
fn folded_plainly(profile: &Profile) -> Vec<u8> {
    let mut counts: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for stack in &profile.samples.stack {
        let name = |node: StackId| {
            let frame = profile.stacks.frame[node.index()];
            let name = profile.strings.get(profile.frames.name[frame.index()]);
            name.iter()
                .map(|byte| if *byte == b';' { b':' } else { *byte })
                .collect()
        };
        let mut names: Vec<Vec<u8>> = profile.stacks.path_up(*stack).map(name).collect();
        names.reverse();
        *counts.entry(names.join(&b';')).or_default() += 1;
    }
    let line = |(stack, count)| [stack, format!(" {count}\n").into_bytes()].concat();
    counts.into_iter().flat_map(line).collect()
}

#[test]
fn folded_stacks_are_those_of_the_profile() {
    let filter = SampleFilter {
        event: EventChoice::All,
        idle: IdleRule::None,
        ..SampleFilter::default()
    };
    for path in all_files() {
        let Ok(profile) = load(&path) else {
            continue;
        };
        let samples = filter.apply(&profile).unwrap();
        let tree = CallTree::new(&profile, &samples, &Selection::whole());
        let mut folded = Vec::new();
        write_folded(&profile, &tree, Names::AsTheyAre, &mut folded).unwrap();
        assert!(folded == folded_plainly(&profile), "{}", path.display());
    }
}
