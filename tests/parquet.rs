//! Exported profiles are opened again as they were: every table, every count; several as one, hosts
//! told apart. What is damaged or foreign is refused with a message.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use assert_cmd::Command;
use common::{SAMPLE_PROFILES, describe, load_file, options, sample_profile, try_load_text};
use emberscope::call_tree::CallTree;
use emberscope::export::{ParquetExport, write_parquet};
use emberscope::filter::{EventChoice, IdleRule, SampleFilter};
use emberscope::heat_map::{HeatMap, HeatMapOptions};
use emberscope::job::Progress;
use emberscope::lanes::{LaneKind, LaneOptions, Lanes};
use emberscope::load::{self, LoadOptions};
use emberscope::off_cpu::OffCpu;
use emberscope::parquet_schema::Table;
use emberscope::profile::Profile;
use emberscope::selection::Selection;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn export(profile: &Profile, folder: &Path, name: &str) {
    let export = ParquetExport {
        name: name.to_owned(),
        host: format!("{name}.example"),
    };
    write_parquet(profile, folder, &export).unwrap();
}

fn open(path: &Path) -> Result<Profile, String> {
    let opened = load::open(path, &LoadOptions::default(), &Progress::default());
    opened.map_err(|error| error.to_string())
}

fn round_trip(profile: &Profile) -> Profile {
    let folder = TempDir::new().unwrap();
    export(profile, folder.path(), "one");
    open(folder.path()).unwrap()
}

#[test]
fn a_profile_comes_back_as_it_was() {
    for file in common::all_files() {
        if fs::metadata(&file).unwrap().len() > 64 << 20 {
            continue;
        }
        // Whatever else cannot be loaded is another test's business.
        let Ok(profile) = open(&file) else { continue };
        let again = round_trip(&profile);
        let name = file.display();
        assert_eq!(again.info, profile.info, "{name}");
        assert_eq!(again.warnings, profile.warnings, "{name}");
        assert_eq!(again.stacks, profile.stacks, "{name}");
        assert_eq!(again.samples, profile.samples, "{name}");
        assert_eq!(again.parts, profile.parts, "{name}");
        assert_eq!(again.sched, profile.sched, "{name}");
        assert_eq!(OffCpu::new(&again), OffCpu::new(&profile), "{name}");
        assert_eq!(describe(&again), describe(&profile), "{name}");
    }
}

#[test]
fn sample_profiles_are_equal_in_every_bit() {
    for name in SAMPLE_PROFILES {
        let profile = load_file(&sample_profile(name));
        assert!(round_trip(&profile) == profile, "{name}");
    }
}

const ODD_NAMES: [&[u8]; 6] = [
    b"plain",
    b"two words;and a semicolon",
    b"\xff\xfe no text",
    b"\\xff\\xfe no text",
    b"control \x1b[31m",
    b"_ZN4core3fmt5write17h0123456789abcdefE",
];

fn odd_profile(samples: &[(u64, usize, i32, u16, usize, u64)], has_times: bool) -> Profile {
    let mut text = Vec::new();
    for (nanos, name, tid, cpu, leaf, weight) in samples {
        text.extend_from_slice(ODD_NAMES[*name]);
        text.extend_from_slice(format!(" {}/{tid} [{cpu:03}] ", tid / 2).as_bytes());
        if has_times {
            let (seconds, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
            text.extend_from_slice(format!("{seconds}.{nanos:09}: ").as_bytes());
        }
        let event = ["cycles", "faults"][leaf % 2];
        text.extend_from_slice(format!("{weight} {event}:\n").as_bytes());
        for frame in [ODD_NAMES[*leaf], b"default_idle", ODD_NAMES[*name]] {
            text.extend_from_slice(b"\t7f00 ");
            text.extend_from_slice(frame);
            text.extend_from_slice(b"+0x1 (/bin/odd\xff)\n");
        }
        text.push(b'\n');
    }
    try_load_text(&text, &options(2, 1 << 20)).unwrap()
}

fn filters() -> Vec<SampleFilter> {
    let all = || SampleFilter {
        event: EventChoice::All,
        ..SampleFilter::default()
    };
    vec![
        SampleFilter::default(),
        all(),
        SampleFilter {
            idle: IdleRule::Stack,
            ..all()
        },
        SampleFilter {
            include_idle: true,
            comms: vec!["plain".to_owned()],
            ..all()
        },
        SampleFilter {
            stacks: vec![regex::Regex::new("no text").unwrap()],
            metric: emberscope::filter::Metric::Weight,
            ..all()
        },
    ]
}

fn assert_same_counts(profile: &Profile, again: &Profile) {
    for filter in filters() {
        let (before, after) = (filter.apply(profile).unwrap(), filter.apply(again).unwrap());
        assert_eq!(before, after);
        let tree = |profile, samples| CallTree::new(profile, samples, &Selection::whole());
        let (tree, other) = (tree(profile, &before), tree(again, &after));
        assert_eq!(tree.self_weight, other.self_weight);
        let map = |profile, samples| HeatMap::new(profile, samples, HeatMapOptions::default());
        assert_eq!(map(profile, &before), map(again, &after));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn odd_profiles_come_back(
        samples in prop::collection::vec(
            (0..90_000_000_000u64, 0..6usize, 0..4i32, 0..3u16, 0..6usize, 0..u64::MAX / 2),
            1..60,
        ),
        has_times: bool,
    ) {
        let profile = odd_profile(&samples, has_times);
        prop_assert_eq!(profile.samples.len(), samples.len());
        let again = round_trip(&profile);
        prop_assert_eq!(describe(&again), describe(&profile));
        prop_assert_eq!(&again.info, &profile.info);
        prop_assert_eq!(&again.warnings, &profile.warnings);
        let names = |profile: &Profile| {
            let ids = profile.threads.iter().map(|thread| profile.strings.get(thread.comm).to_vec());
            ids.collect::<Vec<_>>()
        };
        prop_assert_eq!(names(&again), names(&profile));
        assert_same_counts(&profile, &again);
    }
}

#[test]
fn what_was_exported_can_be_exported_again() {
    let profile = load_file(&sample_profile(SAMPLE_PROFILES[3]));
    let folder = TempDir::new().unwrap();
    for again in ["first", "second"] {
        export(&round_trip(&profile), &folder.path().join(again), "one");
    }
    for table in Table::ALL {
        let bytes = |again: &str| fs::read(table.path(&folder.path().join(again), "one")).unwrap();
        assert!(bytes("first") == bytes("second"), "{}", table.name());
    }
}

/// The same recording on two hosts, the second of them twice as busy.
fn two_hosts() -> TempDir {
    let text = "app 7/7 [000] 5.250000: 1 c:\n\t1 work+0x1 (/app)\n\t2 main+0x2 (/app)\n\n";
    let one = try_load_text(text.as_bytes(), &options(1, 1 << 20)).unwrap();
    let two = try_load_text(text.repeat(2).as_bytes(), &options(1, 1 << 20)).unwrap();
    let folder = TempDir::new().unwrap();
    export(&one, folder.path(), "web1");
    export(&two, folder.path(), "web2");
    folder
}

#[test]
fn hosts_are_told_apart_as_processes_are() {
    let folder = two_hosts();
    let profile = open(folder.path()).unwrap();
    let of_host = |host: &str| {
        let filter = SampleFilter {
            hosts: vec![host.to_owned()],
            ..SampleFilter::default()
        };
        filter.apply(&profile).unwrap().shown
    };
    assert_eq!((of_host("web1.example"), of_host("web2.example")), (1, 2));
    assert_eq!((profile.samples.len(), of_host("web3.example")), (3, 0));
    // One application: its stacks are one. Two processes, though they have the same number.
    assert_eq!(profile.stacks.len(), 1 + 3);
    let samples = SampleFilter::default().apply(&profile).unwrap();
    let lanes = LaneOptions {
        kind: LaneKind::Process,
        slots: 1,
        most: 9,
    };
    let lanes = Lanes::new(&profile, &samples, 1_000_000_000, lanes).unwrap();
    assert_eq!(lanes.names, ["web2.example app 7", "web1.example app 7"]);
    assert_eq!(lanes.totals, [2, 1]);
    // By itself, a host is one machine like any other.
    let one = open(&Table::Samples.path(folder.path(), "web1")).unwrap();
    assert_eq!(one.threads[0].host, None);
    assert_eq!(one.samples.len(), 1);
}

const SWITCHES: &str = include_str!("golden/switches.perf.txt");

#[test]
fn off_cpu_time_comes_back_to_the_microsecond() {
    let profile = common::load_text(SWITCHES);
    let waits = OffCpu::new(&profile);
    assert!(!waits.waits.is_empty());
    let again = round_trip(&profile);
    assert!(again == profile);
    assert_eq!(OffCpu::new(&again), waits);
}

/// Threads of the same numbers on two hosts, one of which was recorded for longer: each waits for
/// itself, and as long as it was recorded.
#[test]
fn hosts_threads_wait_for_themselves() {
    let one = common::load_text(SWITCHES);
    let later = "worker 1/11 [000] 9.000000: 1 cycles:\n\t1 compute+0x1 (/x)\n\n";
    let two = common::load_text(&format!("{SWITCHES}\n{later}"));
    let folder = TempDir::new().unwrap();
    export(&one, folder.path(), "web1");
    export(&two, folder.path(), "web2");
    let both = open(folder.path()).unwrap();
    let (both, one, two) = (OffCpu::new(&both), OffCpu::new(&one), OffCpu::new(&two));
    let nanos = |found: &OffCpu| -> u64 { found.waits.iter().map(|wait| wait.range.nanos()).sum() };
    assert_eq!(nanos(&both), nanos(&one) + nanos(&two));
    assert_eq!(both.waits.len(), one.waits.len() + two.waits.len());
    assert_eq!(both.unfinished, one.unfinished + two.unfinished);
    assert_eq!((both.lost, both.unreadable), (0, 0));
}

#[test]
fn counts_are_kept() {
    let text = b"app;main;read 8000000000000\napp;main 3\napp;rest 1\n";
    let counted = common::try_load_text(text, &LoadOptions::default()).unwrap();
    let folder = TempDir::new().unwrap();
    export(&counted, folder.path(), "counted");
    let profile = open(folder.path()).unwrap();
    assert_eq!(profile.samples, counted.samples);
    assert_eq!(profile.events, counted.events);
    assert_eq!(profile.samples.total(), 8_000_000_000_004);
}

/// Of before switches and wakeups were kept.
#[test]
fn exports_of_the_first_version_open() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/parquet-1");
    let profile = open(&old).unwrap();
    let recording = common::load_text(SWITCHES);
    assert_eq!(describe(&profile), describe(&recording));
    assert_eq!(profile.info.header, recording.info.header);
    assert!(profile.sched.is_empty() && !recording.sched.is_empty());
    // As its switches are unreadable, not as if there were none.
    assert_eq!(OffCpu::new(&profile).unreadable, 4);
}

#[test]
fn every_way_to_name_an_export_opens_it() {
    let folder = two_hosts();
    let samples = |path: PathBuf| open(&path).unwrap().samples.len();
    assert_eq!(samples(folder.path().to_owned()), 3);
    assert_eq!(samples(folder.path().join("samples")), 3);
    for table in Table::ALL {
        assert_eq!(samples(table.path(folder.path(), "web2")), 2);
    }
}

#[test]
fn exports_that_do_not_fit_together_are_refused() {
    let folder = two_hosts();
    let stacks = |name: &str| Table::Stacks.path(folder.path(), name);
    fs::copy(stacks("web1"), stacks("web2")).unwrap();
    let message = open(folder.path()).unwrap_err();
    assert!(message.contains("stacks/web2.parquet"), "{message}");
    assert!(message.contains("of another export than"), "{message}");
    let samples = Table::Samples.path(folder.path(), "web2");
    fs::copy(&samples, stacks("web2")).unwrap();
    let message = open(folder.path()).unwrap_err();
    assert!(message.contains("is the table of samples"), "{message}");
    fs::remove_file(stacks("web2")).unwrap();
    let message = open(&samples).unwrap_err();
    assert!(message.contains("cannot open"), "{message}");
    assert!(message.contains("side by side"), "{message}");

    let timeless = odd_profile(&[(0, 0, 1, 0, 0, 1)], false);
    export(&timeless, folder.path(), "web2");
    let message = open(folder.path()).unwrap_err();
    assert!(message.contains("web2"), "{message}");
    assert!(message.contains("has no times"), "{message}");
}

#[test]
fn damaged_files_are_refused_or_read_as_they_were() {
    let profile = load_file(&sample_profile(SAMPLE_PROFILES[0]));
    let folder = TempDir::new().unwrap();
    export(&profile, folder.path(), "one");
    let described = describe(&profile);
    let mut refused = 0;
    for table in Table::ALL {
        let path = table.path(folder.path(), "one");
        let whole = fs::read(&path).unwrap();
        for step in 0..60 {
            let at = whole.len() * step / 60;
            for damaged in [whole[..at].to_vec(), flipped(&whole, at)] {
                fs::write(&path, damaged).unwrap();
                match open(folder.path()) {
                    Ok(again) => assert_eq!(describe(&again), described, "{} {at}", table.name()),
                    Err(_) => refused += 1,
                }
            }
        }
        fs::write(&path, &whole).unwrap();
    }
    // Each that was cut short is refused.
    assert!(refused >= 4 * 60, "{refused}");
    assert!(open(folder.path()).unwrap() == profile);
}

/// The library that reads Parquet panics at this one.
#[test]
fn a_damaged_table_is_an_error_of_one_line() {
    let damaged = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/parquet-damaged");
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    command.arg("info").arg(&damaged).env("RUST_BACKTRACE", "1");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("is damaged") && said.lines().count() == 1,
        "{said}"
    );
}

fn flipped(whole: &[u8], at: usize) -> Vec<u8> {
    let mut damaged = whole.to_vec();
    damaged[at] ^= 0x55;
    damaged
}

#[test]
fn parquet_of_others_and_of_newer_versions_is_refused_with_the_reason() {
    let folder = two_hosts();
    let path = Table::Samples.path(folder.path(), "web1");
    let replaced = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let mut bytes = fs::read(&path).unwrap();
        let at = memchr::memmem::rfind(&bytes, from.as_bytes()).unwrap();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        let folder = TempDir::new().unwrap();
        let other = folder.path().join("other.parquet");
        fs::write(&other, bytes).unwrap();
        open(&other).unwrap_err()
    };
    let message = replaced("{\"version\":3,", "{\"version\":9,");
    assert!(message.contains("by a newer emberscope"), "{message}");
    assert!(message.contains("other.parquet"), "{message}");
    let message = replaced("\nemberscope", "\nemberglass");
    assert!(message.contains("has not written"), "{message}");
}

fn emberscope(args: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let output = command.args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_command_exports_several_and_overwrites_none() {
    let folder = TempDir::new().unwrap();
    let to = folder.path().to_str().unwrap();
    let files = SAMPLE_PROFILES.map(|name| sample_profile(name).to_str().unwrap().to_owned());
    let (pause, mixed) = (&files[1], &files[3]);
    let (is_done, _, said) = emberscope(&["export", pause, mixed, "-o", to]);
    assert!(is_done, "{said}");
    assert!(said.contains("host-pause.parquet: 907 samples"), "{said}");
    let (is_done, _, said) = emberscope(&["export", pause, "-o", to]);
    assert!(!is_done);
    assert!(said.contains("--force overwrites it"), "{said}");
    assert!(emberscope(&["export", pause, "-o", to, "--force"]).0);

    for command in [
        &["info", "--format", "json"][..],
        &["heatmap", "--format", "json"],
        &["heatmap", "--format", "csv", "--include-idle"],
        &["flamegraph", "--format", "folded"],
        &["flamegraph", "--format", "folded", "--stack", "java"],
        &["find", "--format", "json"],
    ] {
        let exported = Table::Samples.path(folder.path(), "host-mixed-mode");
        let of = |file: &str| emberscope(&[command, &[file, "--quiet"]].concat());
        let (before, after) = (of(mixed), of(exported.to_str().unwrap()));
        assert!(before.0 && after.0, "{command:?}: {}", after.2);
        assert_eq!(before.1, after.1, "{command:?}");
    }

    let switches = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/switches.perf.txt");
    let switches = switches.to_str().unwrap();
    assert!(emberscope(&["export", switches, "--name", "switches", "-o", to]).0);
    let exported = Table::Samples.path(folder.path(), "switches");
    for command in [
        ["flamegraph", "--format", "folded"],
        ["heatmap", "--format", "json"],
    ] {
        let of = |file: &str| emberscope(&[&command[..], &[file, "--off-cpu"]].concat());
        let (before, after) = (of(switches), of(exported.to_str().unwrap()));
        assert!(before.0 && after.0, "{command:?}: {}", after.2);
        assert_eq!(before.1, after.1, "{command:?}");
    }
}

#[test]
fn a_wrong_export_says_what_is_expected() {
    let pause = sample_profile(SAMPLE_PROFILES[1]);
    let pause = pause.to_str().unwrap();
    let said = |args: &[&str]| {
        let (is_done, _, said) = emberscope(&[&["export", pause], args].concat());
        assert!(!is_done, "{args:?}");
        said
    };
    assert!(said(&[]).contains("-o FOLDER"));
    assert!(said(&["-o", "-"]).contains("-o FOLDER"));
    assert!(said(&["-o", "x", "--name", "../up"]).contains("as in up"));
    assert!(said(&[pause, "-o", "x", "--name", "both"]).contains("--name is for one profile"));
}
