//! Traces with samples whose stacks are in a table (`samples` and `stackFrames` of the Trace Event Format): each
//! sample is there at its time, or counted.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{describe, try_load_text};
use emberscope::load::LoadOptions;
use emberscope::profile::{Profile, WarningKind};

fn load(text: &str) -> Profile {
    try_load_text(text.as_bytes(), &LoadOptions::default()).unwrap()
}

fn refused(text: &str) -> String {
    let loaded = try_load_text(text.as_bytes(), &LoadOptions::default());
    loaded.unwrap_err().to_string()
}

const EVENTS: &str = r#""traceEvents":[
    {"name":"thread_name","ph":"M","pid":1,"tid":7,"args":{"name":"js"}},
    {"name":"layout","ph":"X","pid":1,"tid":7,"ts":5,"dur":9}]"#;
const FRAMES: &str = r#""stackFrames":{
    "1":{"category":"js","name":"main"},
    "2":{"category":"lib","name":"work","parent":"1"},
    "3":{"category":"lib","name":"sort","parent":2}}"#;
const SAMPLES: &str = r#""samples":[
    {"cpu":0,"tid":7,"ts":1000100.0,"name":"cycles","sf":"3","weight":250},
    {"cpu":1,"pid":1,"tid":7,"ts":1000200.5,"name":"cycles","sf":1,"weight":1},
    {"cpu":"-1","tid":"8","ts":"1000300","name":"","sf":2,"weight":"1"},
    {"tid":8,"ts":1000400}]"#;
const EXPECTED: [&str; 4] = [
    "1.000100000 js 1/7 [0] 250 cycles: js;main;work;sort",
    "1.000200500 js 1/7 [1] 1 cycles: js;main",
    "1.000300000 thread 8 8 1 samples: thread 8;main;work",
    "1.000400000 thread 8 8 1 samples: thread 8",
];

fn warned(profile: &Profile, kind: WarningKind) -> u64 {
    let warnings = profile.warnings.iter();
    let counts = warnings.filter(|warning| warning.kind == kind);
    counts.map(|warning| warning.count).sum()
}

#[test]
fn each_sample_is_there_whatever_the_order_of_members() {
    for members in [
        [EVENTS, FRAMES, SAMPLES],
        [SAMPLES, FRAMES, EVENTS],
        [FRAMES, EVENTS, SAMPLES],
    ] {
        let profile = load(&format!("{{{},\"other\":[1]}}", members.join(",")));
        assert_eq!(describe(&profile), EXPECTED);
        // Slices are told, not mixed with samples.
        let records = &profile.info.records;
        assert!(
            records
                .iter()
                .any(|(kind, count)| kind.contains("slices") && *count == 1)
        );
        assert!(profile.warnings.is_empty());
    }
}

#[test]
fn slices_are_read_where_no_sample_is() {
    for rest in [
        "",
        r#","samples":[]"#,
        r#","stackFrames":{}"#,
        r#","samples":{},"stackFrames":[]"#,
        r#","samples":[{"sf":1}],"stackFrames":{"1":{"name":"a"}}"#,
    ] {
        let profile = load(&format!("{{{EVENTS}{rest}}}"));
        assert_eq!(profile.samples.len(), 9, "{rest}");
        assert_eq!(profile.event_name(profile.samples.event[0]), "slices");
    }
}

#[test]
fn what_names_no_frame_or_has_no_time_is_counted() {
    let text = format!(
        r#"{{{EVENTS},"stackFrames":{{"1":{{"name":"a","parent":2}},"2":{{"name":"b","parent":1}},"3":{{"name":"c"}}}},
        "samples":[{{"tid":7,"ts":9,"sf":3}},{{"tid":7,"ts":8,"sf":3}},{{"tid":7,"ts":10,"sf":1}},{{"tid":7,"ts":11,"sf":99}},{{"tid":7,"sf":3}},{{"tid":7,"ts":-1,"sf":3}},4]}}"#
    );
    let profile = load(&text);
    assert_eq!(profile.samples.len(), 2);
    assert_eq!(warned(&profile, WarningKind::UnreadableSample), 5);
    assert_eq!(warned(&profile, WarningKind::OutOfOrder), 1);
}

#[test]
fn what_is_cut_off_is_told() {
    let whole = format!("{{{EVENTS},{FRAMES},{SAMPLES}}}");
    let profile = load(&whole[..whole.len() - 20]);
    assert_eq!(warned(&profile, WarningKind::CutOffTrace), 1);
    assert_eq!(profile.event_name(profile.samples.event[0]), "slices");
}

/// Each frame below each thread would be a node.
#[test]
fn deep_stacks_in_many_threads_do_not_fill_the_memory() {
    let frame = |id: usize| match id {
        0 => r#""0":{"name":"f"}"#.to_owned(),
        _ => format!(r#""{id}":{{"name":"f","parent":{}}}"#, id - 1),
    };
    let frames: Vec<String> = (0..20_000).map(frame).collect();
    let sample = |tid: usize| format!(r#"{{"tid":{tid},"ts":{tid},"sf":19999}}"#);
    let samples: Vec<String> = (0..20_000).map(sample).collect();
    let text = format!(
        r#"{{"traceEvents":[],"stackFrames":{{{}}},"samples":[{}]}}"#,
        frames.join(","),
        samples.join(",")
    );
    assert!(refused(&text).contains("no room"));
}
