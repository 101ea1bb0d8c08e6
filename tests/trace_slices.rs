//! Traces of slices (the Trace Event Format): what was open is sampled, so that each stack has as many
//! nanoseconds as it was open for; what can't be read is counted; no file hurts.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{stack_text, try_load_text};
use emberscope::job::Progress;
use emberscope::load::{self, LoadError, LoadOptions};
use emberscope::profile::{EventId, Profile, StackId, WarningKind};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Write;

fn try_load(text: &str) -> Result<Profile, LoadError> {
    try_load_text(text.as_bytes(), &LoadOptions::default())
}

fn load(text: &str) -> Profile {
    try_load(text).unwrap()
}

fn list(events: &[String]) -> String {
    format!("[{}]", events.join(",\n"))
}

fn refused(text: &str) -> String {
    try_load(text).unwrap_err().to_string()
}

fn x(name: &str, ts: impl std::fmt::Display, dur: impl std::fmt::Display) -> String {
    format!(r#"{{"ph":"X","name":"{name}","cat":"c","pid":1,"tid":2,"ts":{ts},"dur":{dur}}}"#)
}

fn b(name: &str, ts: impl std::fmt::Display) -> String {
    format!(r#"{{"ph":"B","name":"{name}","cat":"c","pid":1,"tid":2,"ts":{ts}}}"#)
}

fn e(ts: impl std::fmt::Display) -> String {
    format!(r#"{{"ph":"E","pid":1,"tid":2,"ts":{ts}}}"#)
}

fn metadata(name: &str, pid: u32, tid: u32, value: &str) -> String {
    format!(r#"{{"ph":"M","name":"{name}","pid":{pid},"tid":{tid},"args":{{"name":"{value}"}}}}"#)
}

/// How many nanoseconds each stack has.
fn totals(profile: &Profile) -> BTreeMap<String, u64> {
    let mut by_stack = vec![0; profile.stacks.len()];
    for (stack, weight) in profile.samples.stack.iter().zip(&profile.samples.weight) {
        by_stack[stack.index()] += weight;
    }
    let totals = (0u32..).zip(by_stack).filter(|(_, total)| *total > 0);
    let text = |stack| stack_text(profile, StackId(stack));
    totals.map(|(stack, total)| (text(stack), total)).collect()
}

fn micros(profile: &Profile) -> Vec<(String, u64)> {
    let totals = totals(profile).into_iter();
    totals.map(|(stack, nanos)| (stack, nanos / 1000)).collect()
}

fn named(stacks: &[(&str, u64)]) -> Vec<(String, u64)> {
    let stacks = stacks.iter();
    stacks
        .map(|(stack, micros)| ((*stack).to_owned(), *micros))
        .collect()
}

fn warned(profile: &Profile, kind: WarningKind) -> u64 {
    let warnings = profile.warnings.iter();
    let counts = warnings.filter(|warning| warning.kind == kind);
    counts.map(|warning| warning.count).sum()
}

#[test]
fn begins_and_ends_nest() {
    let profile = load(&list(&[
        metadata("thread_name", 1, 2, "Main"),
        b("run", 100),
        b("parse", 110),
        e(130),
        b("draw", 130),
        e(135),
        e(150),
    ]));
    assert_eq!(
        micros(&profile),
        named(&[
            ("Main;run", 25),
            ("Main;run;draw", 5),
            ("Main;run;parse", 20)
        ])
    );
    assert_eq!(profile.event_name(EventId(0)), "slices");
    assert_eq!(profile.samples.len(), 50);
    assert!(profile.samples.weight.iter().all(|weight| *weight == 1000));
    let times = profile.samples.time.iter().zip(100u64..);
    for (time, micro) in times {
        assert_eq!(time.nanos() / 1000, micro);
    }
    let module = |frame: &emberscope::profile::StringId| profile.strings.get(*frame) == b"c";
    assert_eq!(
        profile.frames.module.iter().filter(|m| module(m)).count(),
        3
    );
    assert!(profile.warnings.is_empty());
    let header = &profile.info.header;
    assert!(
        header.iter().any(|line| line.contains("every 1 µs")),
        "{header:?}"
    );
}

#[test]
fn complete_events_may_come_in_any_order() {
    let events = [
        x("inner", 20, 5),
        x("run", 0, 100),
        x("leaf", 21, 2),
        x("late", 90, 10),
    ];
    let expected = named(&[
        ("thread 2;run", 85),
        ("thread 2;run;inner", 3),
        ("thread 2;run;inner;leaf", 2),
        ("thread 2;run;late", 10),
    ]);
    for turn in 0..events.len() {
        let mut turned = events.clone();
        turned.rotate_left(turn);
        assert_eq!(micros(&load(&list(&turned))), expected);
        turned.reverse();
        assert_eq!(micros(&load(&list(&turned))), expected);
    }
}

#[test]
fn both_sorts_and_both_forms_are_one() {
    let events = [b("run", 0), x("step", 2, 4), e(10), x("step", 20, 1)];
    let expected = named(&[
        ("thread 2;run", 6),
        ("thread 2;run;step", 4),
        ("thread 2;step", 1),
    ]);
    let list = list(&events);
    let object = format!(
        r#"{{"displayTimeUnit":"ms","other":[{{"traceEvents":[1]}}],"traceEvents":{list},"metadata":{{"a":[]}}}}"#
    );
    for text in [&list, &object, &format!("\u{feff}\n {list}")] {
        assert_eq!(micros(&load(text)), expected);
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(object.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let profile = try_load_text(&packed, &LoadOptions::default()).unwrap();
    assert_eq!(micros(&profile), expected);
}

#[test]
fn slices_that_overlap_are_open_together() {
    let profile = load(&list(&[x("first", 0, 10), x("second", 5, 10)]));
    assert_eq!(
        micros(&profile),
        named(&[
            ("thread 2;first", 5),
            ("thread 2;first;second", 5),
            ("thread 2;second", 5)
        ])
    );
}

#[test]
fn of_slices_at_one_time_the_longer_and_then_the_earlier_in_the_file_is_outside() {
    let events = [x("short", 0, 5), x("a", 0, 10), x("b", 0, 10)];
    assert_eq!(
        micros(&load(&list(&events))),
        named(&[("thread 2;a;b", 5), ("thread 2;a;b;short", 5)])
    );
    let events = [b("out", 0), b("in", 0), e(10), e(10)];
    assert_eq!(
        micros(&load(&list(&events))),
        named(&[("thread 2;out;in", 10)])
    );
}

#[test]
fn threads_have_names_and_numbers() {
    let slice = |pid: &str, tid: &str| {
        format!(r#"{{"ph":"X","name":"f","pid":{pid},"tid":{tid},"ts":0,"dur":1}}"#)
    };
    let profile = load(&list(&[
        slice("1", "10"),
        slice("1", "11"),
        slice(r#""2""#, r#""12""#),
        slice("2", r#""render\u0041""#),
        slice("2", "99999999999999"),
        r#"{"ph":"X","name":"f","ts":0,"dur":1}"#.to_owned(),
        metadata("thread_name", 1, 10, "Main"),
        metadata("process_name", 1, 0, "Browser"),
    ]));
    let mut threads: Vec<String> = profile
        .threads
        .iter()
        .map(|thread| {
            let name = profile.thread_name(thread);
            format!("{name} {:?} {:?}", thread.pid, thread.tid)
        })
        .collect();
    threads.sort();
    assert_eq!(
        threads,
        [
            "Browser Some(1) Some(11)",
            "Main Some(1) Some(10)",
            "thread 12 Some(2) Some(12)",
            "thread 99999999999999 Some(2) Some(14)",
            "thread None None",
            "thread renderA Some(2) Some(13)",
        ]
    );
}

#[test]
fn times_are_exact_to_the_nanosecond() {
    let profile = load(&list(&[
        x("f", "1700000000000000.123", "0.250"),
        x("g", "\"1700000000000001.5\"", "1e-2"),
    ]));
    assert_eq!(
        totals(&profile).into_iter().collect::<Vec<_>>(),
        named(&[("thread 2;f", 250), ("thread 2;g", 10)])
    );
    assert_eq!(profile.samples.time[0].nanos(), 1_700_000_000_000_000_123);
    assert!(
        profile
            .info
            .header
            .iter()
            .any(|line| line.contains("every 1 ns"))
    );
}

#[test]
fn times_before_0_are_shifted_and_it_is_told() {
    let profile = load(&list(&[x("launch", -3000, 2000), x("run", 0, 1000)]));
    assert_eq!(
        micros(&profile),
        named(&[("thread 2;launch", 2000), ("thread 2;run", 1000)])
    );
    assert_eq!(profile.samples.time[0].nanos() / 1000, 0);
    assert_eq!(profile.samples.time[2000].nanos() / 1000, 3000);
    let header = &profile.info.header;
    assert!(
        header.iter().any(|line| line.contains("0.003 s later")),
        "{header:?}"
    );
}

#[test]
fn what_has_no_other_half_is_counted() {
    let profile = load(&list(&[
        e(5),
        b("run", 10),
        b("step", 20),
        e(30),
        x("other", 30, 20),
        e(60),
        e(61),
        b("tail", 65),
        b("last", 70),
    ]));
    assert_eq!(warned(&profile, WarningKind::StrayEnd), 2);
    // They end with the last event, and so one of them takes no time.
    assert_eq!(warned(&profile, WarningKind::EndlessSlice), 2);
    assert_eq!(warned(&profile, WarningKind::UnseenSlice), 1);
    assert_eq!(
        micros(&profile),
        named(&[
            ("thread 2;run", 20),
            ("thread 2;run;other", 20),
            ("thread 2;run;step", 10),
            ("thread 2;tail", 5)
        ])
    );
}

#[test]
fn malformed_events_are_counted_and_others_told() {
    let bad = [
        r#"{"ph":"X","name":"f","pid":1,"tid":2,"dur":1}"#,
        r#"{"ph":"X","name":"f","pid":1,"tid":2,"ts":1}"#,
        r#"{"ph":"X","name":"f","pid":1,"tid":2,"ts":1,"dur":-1}"#,
        r#"{"ph":"X","name":"f","pid":1,"tid":2,"ts":"NaN","dur":1}"#,
        r#"{"ph":"X","name":"f","pid":1,"tid":2,"ts":1e300,"dur":1}"#,
        r#"{"ph":"X","name":"f","pid":1,"tid":2,"ts":null,"dur":1}"#,
        r#"{"ph":"B","name":"f","pid":1,"tid":2}"#,
        r#"{"ph":"E","pid":1,"tid":2,"ts":{}}"#,
        r#"{"ph":"X","name":"f","ts":1,"ts":2,"dur":1}"#,
        "7",
        "null",
        r#"["ph","X"]"#,
    ];
    let others = [
        r#"{"ph":"b","name":"a","id":1,"ts":0,"pid":1,"tid":2}"#,
        r#"{"ph":"C","name":"a","ts":0,"pid":1,"args":{"x":1}}"#,
        r#"{"ph":"i","name":"a","s":"g"}"#,
        r#"{"ph":"M","name":"process_labels","args":{"labels":"x"}}"#,
        r#"{"name":"thread_name","args":{"name":3}}"#,
    ];
    let mut events: Vec<String> = bad
        .iter()
        .chain(&others)
        .map(|one| (*one).to_owned())
        .collect();
    events.insert(0, x("f", 0, 3));
    let profile = load(&list(&events));
    assert_eq!(micros(&profile), named(&[("thread 2;f", 3)]));
    assert_eq!(
        warned(&profile, WarningKind::UnreadableEvent),
        bad.len() as u64
    );
    let records: u64 = profile.info.records.iter().map(|(_, count)| count).sum();
    assert_eq!(records, others.len() as u64);
    let text: Vec<String> = profile.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(text, ["12 events not understood and left out"]);
}

#[test]
fn a_list_needs_no_end() {
    let whole = list(&[x("f", 0, 3), x("g", 5, 2)]);
    let open = &whole[..whole.len() - 1];
    let expected = micros(&load(&whole));
    for text in [
        open.to_owned(),
        format!("{open},\n"),
        format!("{open}\n"),
        format!("{open},]"),
    ] {
        let profile = load(&text);
        assert_eq!(micros(&profile), expected, "{text}");
        assert!(profile.warnings.is_empty(), "{text}");
    }
    let rest = load(&format!("{whole} x"));
    assert_eq!(warned(&rest, WarningKind::UnreadableEvent), 1);
    // Inside an event, or where there should be more of an object, the end is missing.
    for text in [
        open[..open.len() - 4].to_owned(),
        format!(
            r#"{{"traceEvents":{}"#,
            &whole[..40 + whole.find('\n').unwrap()]
        ),
    ] {
        let profile = load(&text);
        assert_eq!(micros(&profile), named(&[("thread 2;f", 3)]), "{text}");
        assert_eq!(warned(&profile, WarningKind::CutOffTrace), 1, "{text}");
    }
    let object = load(&format!(r#"{{"traceEvents":{open}"#));
    assert_eq!(warned(&object, WarningKind::CutOffTrace), 1);
    let message = refused(&whole[..20]);
    assert!(message.contains("cut off"), "{message}");
}

#[test]
fn traces_without_slices_are_refused_with_a_message() {
    let only = metadata("thread_name", 1, 2, "Main");
    for text in [
        list(std::slice::from_ref(&only)),
        format!(r#"{{"traceEvents":[{only}]}}"#),
        r#"{"traceEvents":[]}"#.to_owned(),
        r#"{"traceEvents":7}"#.to_owned(),
        list(&[e(5)]),
    ] {
        let message = refused(&text);
        assert!(message.contains("nor a trace with slices"), "{message}");
    }
    let message = refused(&list(&[only.clone(), r#"{"ph":"X"}"#.to_owned()]));
    assert!(message.contains("not understood: 1"), "{message}");
    let message = refused(&list(&[x("f", 1, 0)]));
    assert!(message.contains("none that lasts"), "{message}");
    let broken = format!("[{},\n{{\"ph\":X}}]", x("f", 1, 2));
    let message = refused(&broken);
    assert!(
        message.contains("expected value") && message.contains("line 2"),
        "{message}"
    );
}

#[test]
fn samples_of_a_profile_come_before_slices() {
    let chunk = r#"{"ph":"P","name":"ProfileChunk","pid":1,"id":"0x1","ts":2,"args":{"data":{"cpuProfile":{"nodes":[{"id":1,"callFrame":{"functionName":"js"}}],"samples":[1]},"timeDeltas":[10]}}}"#;
    let profile = load(&list(&[x("f", 0, 3), chunk.to_owned()]));
    assert_eq!(profile.samples.len(), 1);
    assert_eq!(profile.event_name(EventId(0)), "cpu-profile");
    let records = &profile.info.records;
    assert_eq!(*records, [("events of slices (ph B, E, X)".to_owned(), 1)]);
}

#[test]
fn a_slice_may_have_the_name_of_a_profile() {
    let events = [x("Profile", 0, 3), x("ProfileChunk", 5, 1)];
    let expected = named(&[("thread 2;Profile", 3), ("thread 2;ProfileChunk", 1)]);
    assert_eq!(micros(&load(&list(&events))), expected);
}

#[test]
fn names_may_hold_anything() {
    let profile = load(&list(&[
        x(r"a\u0000\u001b[31m", 0, 1),
        x(r"b\ud800", 1, 1),
        x("", 2, 1),
        r#"{"ph":"X","name":7,"cat":["x"],"tid":2,"ts":3,"dur":1}"#.to_owned(),
    ]));
    let stacks: Vec<String> = totals(&profile).into_keys().collect();
    assert_eq!(stacks.len(), 4);
    assert!(
        stacks.iter().all(|stack| !stack.contains(char::is_control)),
        "{stacks:?}"
    );
    assert!(
        stacks.iter().any(|stack| stack.ends_with(r";b\ud800")),
        "{stacks:?}"
    );
    let mut bytes = list(&[x("abc", 0, 1)]).into_bytes();
    let place = bytes.windows(3).position(|bytes| bytes == b"abc").unwrap();
    bytes[place + 1] = 0xff;
    let profile = try_load_text(&bytes, &LoadOptions::default()).unwrap();
    assert_eq!(micros(&profile), named(&[("thread 2;a\u{fffd}c", 1)]));
}

#[test]
fn long_traces_have_longer_steps_and_what_falls_between_is_counted() {
    let mut events = vec![x("run", 0, 100_000_000)];
    events.extend((0..1000).map(|index| x("short", index * 1000, 1)));
    let profile = load(&list(&events));
    assert_eq!(profile.samples.len(), 2_000_000);
    assert!(
        profile
            .samples
            .weight
            .iter()
            .all(|weight| *weight == 50_000)
    );
    let seen = totals(&profile)
        .get("thread 2;run;short")
        .copied()
        .unwrap_or(0)
        / 50_000;
    assert_eq!(warned(&profile, WarningKind::UnseenSlice) + seen, 1000);
    // A fiftieth of them is to be expected, although they come once every twenty steps.
    assert!((5..=45).contains(&seen), "{seen}");
}

#[test]
fn many_threads_share_the_samples_and_the_result_does_not_depend_on_their_order() {
    let slice = |tid: u32| {
        format!(r#"{{"ph":"X","name":"f{tid}","pid":1,"tid":{tid},"ts":{tid},"dur":100}}"#)
    };
    let events: Vec<String> = (0..2000).map(slice).collect();
    let profile = load(&list(&events));
    assert_eq!(profile.threads.len(), 2000);
    assert_eq!(profile.samples.len(), 200_000);
    assert!(totals(&profile).values().all(|nanos| *nanos == 100_000));
}

#[test]
fn a_file_is_read_with_progress_until_it_is_cancelled() {
    let events: Vec<String> = (0..20_000).map(|index| x("f", index, 1)).collect();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(list(&events).as_bytes()).unwrap();
    let size = file.as_file().metadata().unwrap().len();
    let progress = Progress::default();
    let options = LoadOptions::default();
    load::open(file.path(), &options, &progress).unwrap();
    assert_eq!((progress.done(), progress.total()), (size, Some(size)));
    progress.cancel();
    let result = load::open(file.path(), &options, &progress);
    assert!(matches!(result, Err(LoadError::Cancelled)));
}

/// A slice as begin and length, and its number.
type Plain = (u64, u64, usize);

/// How long each stack is open, by going through all moments at which anything changes.
fn truth(slices: &[Plain]) -> BTreeMap<String, u64> {
    let mut sorted = slices.to_vec();
    sorted.sort_by_key(|(start, length, number)| (*start, std::cmp::Reverse(*length), *number));
    let ends = sorted
        .iter()
        .flat_map(|(start, length, _)| [*start, start + length]);
    let mut moments: Vec<u64> = ends.collect();
    moments.sort_unstable();
    moments.dedup();
    let mut truth = BTreeMap::new();
    for pair in moments.windows(2) {
        let is_open = |slice: &&Plain| slice.0 <= pair[0] && pair[1] <= slice.0 + slice.1;
        let names = sorted
            .iter()
            .filter(is_open)
            .map(|slice| format!(";f{}", slice.2 % 5));
        let stack: String = names.collect();
        if !stack.is_empty() {
            *truth.entry(format!("thread 2{stack}")).or_default() += pair[1] - pair[0];
        }
    }
    truth
}

/// Slices inside one another: each range is cut into parts, and those again.
fn nested() -> impl Strategy<Value = Vec<Plain>> {
    let cut = |cuts: Vec<(usize, u64, u64)>, whole: u64| {
        let mut slices: Vec<Plain> = vec![(0, whole, 0)];
        let mut free: Vec<u64> = vec![0];
        for (outer, gap, length) in cuts {
            let outer = outer % slices.len();
            let (start, room, _) = slices[outer];
            let begin = free[outer] + gap;
            let length = length.min((start + room).saturating_sub(begin));
            if length > 0 {
                free[outer] = begin + length;
                free.push(begin);
                slices.push((begin, length, slices.len()));
            }
        }
        slices
    };
    let cuts = vec((any::<usize>(), 0u64..50, 1u64..400), 0..60);
    (cuts, 1u64..2000).prop_map(move |(cuts, whole)| cut(cuts, whole))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_overlaps_each_stack_has_its_time(
        slices in vec((0u64..300, 0u64..60), 1..40),
    ) {
        let numbered = slices.iter().zip(0..).map(|((start, length), number)| (*start, *length, number));
        let slices: Vec<Plain> = numbered.collect();
        let name = |number: usize| format!("f{}", number % 5);
        let event = |(start, length, number): &Plain| x(&name(*number), start, length);
        let events: Vec<String> = slices.iter().map(event).collect();
        let truth: BTreeMap<String, u64> = truth(&slices);
        match try_load(&list(&events)) {
            Err(error) => prop_assert!(truth.is_empty(), "{}", error),
            Ok(profile) => {
                // Whole microseconds in steps of one.
                let micros: BTreeMap<String, u64> = micros(&profile).into_iter().collect();
                prop_assert_eq!(micros, truth);
                prop_assert!(profile.samples.time.is_sorted());
                let empty = slices.iter().filter(|slice| slice.1 == 0).count() as u64;
                prop_assert_eq!(warned(&profile, WarningKind::UnseenSlice), empty);
            }
        }
    }

    #[test]
    fn begins_and_ends_say_the_same_as_complete_events(slices in nested()) {
        let name = |number: usize| format!("f{}", number % 5);
        let complete: Vec<String> = slices.iter().map(|(start, length, number)| x(&name(*number), start, length)).collect();
        // By time; at one time ends come first, inner ones before outer, and then begins of outer ones.
        let mut marks: Vec<(u64, u8, i64, String)> = Vec::new();
        for (start, length, number) in &slices {
            marks.push((*start, 1, -(*length as i64), b(&name(*number), start)));
            marks.push((start + length, 0, *length as i64, e(start + length)));
        }
        marks.sort_by_key(|(time, sort, length, _)| (*time, *sort, *length));
        let marks: Vec<String> = marks.into_iter().map(|mark| mark.3).collect();
        let (complete, marks) = (load(&list(&complete)), load(&list(&marks)));
        prop_assert_eq!(totals(&complete), totals(&marks));
        prop_assert!(complete.samples == marks.samples);
    }

    #[test]
    fn whatever_is_in_a_list_it_loads_or_is_refused(
        events in vec((
            prop_oneof!["B", "E", "X", "M", "b"],
            prop_oneof![Just("0".to_owned()), "-?[0-9]{1,20}(\\.[0-9]{0,12})?", "-?[0-9]e[0-9]{1,3}", Just("\"NaN\"".to_owned()), Just("[]".to_owned())],
            prop_oneof![Just("1".to_owned()), "[0-9]{1,20}", "-[0-9]", Just("9223372036854775807".to_owned())],
            0u8..3,
        ), 1..30),
        cut in any::<prop::sample::Index>(),
    ) {
        let event = |(phase, time, length, tid): &(String, String, String, u8)| {
            format!(r#"{{"ph":"{phase}","name":"f","pid":1,"tid":{tid},"ts":{time},"dur":{length}}}"#)
        };
        let events: Vec<String> = events.iter().map(event).collect();
        let text = list(&events);
        for text in [&text, &text[..cut.index(text.len())]] {
            if let Ok(profile) = try_load(text) {
                prop_assert!(profile.samples.time.is_sorted());
                prop_assert!(profile.samples.len() <= 2_000_100);
            }
        }
    }
}

proptest! {
    // Two million samples each.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn in_steps_that_are_longer_every_stack_has_its_share(slices in nested(), scale in 5_000u64..50_000) {
        let slices: Vec<Plain> = slices.iter().map(|(start, length, number)| (start * scale, length * scale, *number)).collect();
        let name = |number: usize| format!("f{}", number % 5);
        let events: Vec<String> = slices.iter().map(|(start, length, number)| x(&name(*number), start, length)).collect();
        let truth: BTreeMap<String, u64> = truth(&slices);
        let profile = load(&list(&events));
        prop_assert!(profile.samples.len() <= 2_000_000 + 2);
        let step = profile.samples.weight[0];
        let whole: u64 = truth.values().sum();
        let sum: u64 = profile.samples.weight.iter().sum();
        prop_assert!(sum.abs_diff(whole * 1000) <= 2 * step);
        let totals = totals(&profile);
        for (stack, micros) in truth {
            let total = totals.get(&stack).copied().unwrap_or(0);
            // Each stretch of a stack, of which a slice begins or ends one, may have two steps' error.
            let most = 2 * step * (2 * slices.len() as u64 + 1);
            prop_assert!(total.abs_diff(micros * 1000) <= most, "{}: {} of {}", stack, total, micros);
        }
    }
}

#[test]
fn stacks_may_be_deep() {
    let begins: Vec<String> = (0..100_000)
        .map(|depth| b(&format!("f{}", depth % 7), depth))
        .collect();
    let profile = load(&list(&begins));
    assert_eq!(profile.stacks.depth.iter().max(), Some(&100_000));
    assert_eq!(warned(&profile, WarningKind::EndlessSlice), 100_000);
    // All open at once, and they end at once.
    let nested: Vec<String> = (0..100_000).map(|_| x("f", 0, 5)).collect();
    assert_eq!(load(&list(&nested)).samples.len(), 5);
    let args = format!(
        r#"{{"ph":"X","ts":0,"dur":1,"args":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(load(&list(&[args])).samples.len(), 1);
}

#[test]
fn slices_that_end_in_another_order_are_given_up_before_they_fill_the_memory() {
    let count = 60_000;
    let events: Vec<String> = (0..count)
        .map(|index| x(&format!("f{index}"), index, count))
        .collect();
    let message = refused(&list(&events));
    assert!(message.contains("overlap in so many ways"), "{message}");
}

#[test]
fn times_may_be_years_apart_or_last_for_years() {
    let profile = load(&list(&[
        x("old", -4_000_000_000_000_000i64, 4_000_000_000_000_000i64),
        x("new", 4_000_000_000_000_000i64, 4_000_000_000_000_000i64),
        x("short", 1, 1),
    ]));
    assert!(profile.samples.len() <= 2_000_002);
    assert_eq!(warned(&profile, WarningKind::UnseenSlice), 1);
}
