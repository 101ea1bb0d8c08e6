//! CPU profiles of Chrome and Node.js, as files and in traces: every sample is in them at its time, and
//! what is none of them is refused with a message.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{default_samples, describe, try_load_text};
use emberscope::load::LoadOptions;
use emberscope::profile::{FrameKind, Profile, WarningKind};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn load(text: &str) -> Profile {
    try_load_text(text.as_bytes(), &LoadOptions::default()).unwrap()
}

fn refused(text: &str) -> String {
    let loaded = try_load_text(text.as_bytes(), &LoadOptions::default());
    loaded.unwrap_err().to_string()
}

fn node(id: u64, name: &str, url: &str, rest: &str) -> String {
    format!(
        r#"{{"id":{id},"callFrame":{{"functionName":"{name}","scriptId":"1","url":"{url}","lineNumber":8,"columnNumber":2}},"hitCount":0{rest}}}"#
    )
}

fn nodes() -> String {
    let nodes = [
        node(1, "(root)", "", r#","children":[2,3,5]"#),
        node(2, "(idle)", "", ""),
        node(3, "handle", "file:///srv/app.js", r#","children":[4]"#),
        node(4, "", "file:///srv/app.js", ""),
        node(5, "(garbage collector)", "", ""),
    ];
    nodes.join(",")
}

fn file(samples: &str, deltas: &str) -> String {
    let nodes = nodes();
    format!(
        r#"{{"nodes":[{nodes}],"startTime":2000000,"endTime":3000000,"samples":{samples},"timeDeltas":{deltas}}}"#
    )
}

#[test]
fn a_file_has_each_sample_at_its_time() {
    let profile = load(&file("[3,4,2,5,1]", "[0,1000,500,250000,1]"));
    assert_eq!(
        describe(&profile),
        [
            "2.000000000 JavaScript  1 cpu-profile: JavaScript;handle",
            "2.001000000 JavaScript  1 cpu-profile: JavaScript;handle;(anonymous) app.js:9",
            "2.001500000 (idle) 0/0 1 cpu-profile: (idle);(idle)",
            "2.251500000 JavaScript  1 cpu-profile: JavaScript;(garbage collector)",
            "2.251501000 JavaScript  1 cpu-profile: JavaScript",
        ]
    );
    let samples = default_samples(&profile);
    assert_eq!((samples.shown, samples.idle, samples.filtered), (4, 1, 0));
    let kinds = &profile.frames.kind;
    assert_eq!(
        kinds.iter().filter(|kind| **kind == FrameKind::Jit).count(),
        2
    );
}

#[test]
fn times_may_go_back_and_what_names_nothing_is_counted() {
    let profile = load(&file("[3,4,99,5,3]", "[1000,-500,10,5]"));
    assert_eq!(profile.samples.len(), 3);
    assert!(profile.samples.time.is_sorted());
    let unreadable = profile
        .warnings
        .iter()
        .find(|warning| warning.kind == WarningKind::UnreadableSample);
    // A node that there is not, and a sample without a time.
    assert_eq!(unreadable.unwrap().count, 2);
    let sorted = profile.warnings.iter();
    let sorted = sorted.filter(|warning| warning.kind == WarningKind::OutOfOrder);
    assert_eq!(sorted.map(|warning| warning.count).sum::<u64>(), 1);
}

#[test]
fn traces_hold_profiles_in_pieces_and_by_thread() {
    let other = r#"{"ph":"X","name":"Layout","pid":7,"tid":8,"ts":1,"args":{"data":"text"}}"#;
    let named =
        r#"{"ph":"M","name":"thread_name","pid":7,"tid":8,"args":{"name":"CrRendererMain"}}"#;
    let begins = r#"{"ph":"P","name":"Profile","pid":7,"tid":8,"id":"0x1","ts":1,"args":{"data":{"startTime":5000000}}}"#;
    let chunk = |nodes: &str, samples: &str, deltas: &str| {
        format!(
            r#"{{"ph":"P","name":"ProfileChunk","pid":7,"tid":99,"id":"0x1","ts":2,"args":{{"data":{{"cpuProfile":{{"nodes":[{nodes}],"samples":{samples}}},"timeDeltas":{deltas}}}}}}}"#
        )
    };
    let first = [
        node(1, "(root)", "", ""),
        node(2, "run", "https://x/a.js", r#","parent":1"#),
    ];
    let second = node(3, "paint", "https://x/a.js", r#","parent":2"#);
    let events = [
        other.to_owned(),
        begins.to_owned(),
        chunk(&first.join(","), "[2,2]", "[10,1000]"),
        chunk(&second, "[3]", "[1000]"),
        named.to_owned(),
    ];
    let expected = [
        "5.000010000 CrRendererMain 7/8 1 cpu-profile: CrRendererMain;run",
        "5.001010000 CrRendererMain 7/8 1 cpu-profile: CrRendererMain;run",
        "5.002010000 CrRendererMain 7/8 1 cpu-profile: CrRendererMain;run;paint",
    ];
    let list = format!("[{}]", events.join(",\n"));
    assert_eq!(describe(&load(&list)), expected);
    let object = format!(r#"{{"traceEvents":{list},"metadata":{{}}}}"#);
    assert_eq!(describe(&load(&object)), expected);
}

#[test]
fn other_json_and_broken_files_are_refused() {
    for text in [r#"{"profile":"of another kind"}"#, "[{\"a\":1}]", "[{}]"] {
        let message = refused(text);
        assert!(message.contains("expected a .cpuprofile"), "{message}");
    }
    let whole = file("[3,4]", "[1,1]");
    let message = refused(&whole[..whole.len() - 9]);
    assert!(
        message.contains("cut off") && message.contains("line 1"),
        "{message}"
    );
    let message = refused(&file("[98,99]", "[1,1]"));
    assert!(message.contains("no sample whose time"), "{message}");
}

/// As Node.js up to 7 and Chrome up to 57 wrote them.
#[test]
fn older_files_have_a_nested_tree_and_times_of_their_own() {
    let node = |id: u64, name: &str, url: &str, children: &str| {
        format!(
            r#"{{"functionName":"{name}","scriptId":"7","url":"{url}","lineNumber":9,"callUID":{id},"children":[{children}],"hitCount":1,"id":{id},"positionTicks":[{{"line":3,"ticks":1}}]}}"#
        )
    };
    let callee = node(4, "", "file:///srv/app.js", "");
    let handle = node(3, "handle", "file:///srv/app.js", &callee);
    let children = [
        node(2, "(idle)", "", ""),
        handle,
        node(5, "(program)", "", ""),
    ];
    let head = node(1, "(root)", "", &children.join(", "));
    let file = |rest: &str| {
        format!(
            r#"{{"typeId":"CPU","uid":"1","title":"x","head":{head},"startTime":2.5,"endTime":3.5,"samples":[3,4,2,5,1]{rest}}}"#
        )
    };
    let profile = load(&file(
        r#","timestamps":[2000000,2001000,2001500,2251500,2251501]"#,
    ));
    assert_eq!(
        describe(&profile),
        [
            "2.000000000 JavaScript  1 cpu-profile: JavaScript;handle",
            "2.001000000 JavaScript  1 cpu-profile: JavaScript;handle;(anonymous) app.js:9",
            "2.001500000 (idle) 0/0 1 cpu-profile: (idle);(idle)",
            "2.251500000 JavaScript  1 cpu-profile: JavaScript;(program)",
            "2.251501000 JavaScript  1 cpu-profile: JavaScript",
        ]
    );
    assert!(refused(&file("")).contains("no sample whose time"));
}

#[test]
fn older_files_may_be_deep_and_cut() {
    let depth = 100_000;
    let open = |id: usize| format!(r#"{{"functionName":"f{id}","id":{id},"children":["#);
    let tree: String = (1..=depth).map(open).collect();
    let whole = format!(
        r#"{{"head":{tree}{},"samples":[{depth},2],"timestamps":[5,6]}}"#,
        "]}".repeat(depth)
    );
    let profile = load(&whole);
    assert_eq!(profile.samples.len(), 2);
    assert_eq!(profile.stacks.depth.iter().max(), Some(&(depth as u32 + 1)));
    assert!(refused(&whole[..whole.len() / 2]).contains("cut off"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_a_file_holds_each_sample_is_there_or_counted(
        nodes in vec((0u64..8, vec(0u64..8, 0..4), option::of(0u64..8)), 0..10),
        samples in vec((0u64..9, prop_oneof![-1e4..1e6, Just(1e30), Just(-1e30)]), 1..20),
        is_short in any::<bool>(),
    ) {
        let node = |(id, children, parent): &(u64, Vec<u64>, Option<u64>)| {
            let parent = parent.map_or(String::new(), |parent| format!(r#","parent":{parent}"#));
            self::node(*id, &format!("f{id}"), "", &format!(r#","children":{children:?}{parent}"#))
        };
        let nodes: Vec<String> = nodes.iter().map(node).collect();
        let (ids, mut deltas): (Vec<u64>, Vec<f64>) = samples.into_iter().unzip();
        deltas.truncate(deltas.len() - usize::from(is_short));
        let text = format!(
            r#"{{"nodes":[{}],"startTime":1000,"samples":{ids:?},"timeDeltas":{deltas:?}}}"#,
            nodes.join(",")
        );
        match try_load_text(text.as_bytes(), &LoadOptions::default()) {
            Ok(profile) => {
                let unreadable = profile.warnings.iter();
                let unreadable = unreadable.filter(|one| one.kind == WarningKind::UnreadableSample);
                let unreadable: u64 = unreadable.map(|warning| warning.count).sum();
                prop_assert_eq!(profile.samples.len() as u64 + unreadable, ids.len() as u64);
                prop_assert!(profile.samples.time.is_sorted());
            }
            Err(error) => prop_assert!(error.to_string().contains("no sample whose time")),
        }
    }
}

#[test]
fn nodes_that_call_one_another_in_a_circle_end() {
    let nodes = [
        node(1, "a", "", r#","children":[2]"#),
        node(2, "b", "", r#","children":[1]"#),
        node(3, "c", "", ""),
    ];
    let text = format!(
        r#"{{"nodes":[{}],"startTime":1,"samples":[1,2,3],"timeDeltas":[1,1,1]}}"#,
        nodes.join(",")
    );
    let profile = load(&text);
    assert_eq!(profile.samples.len(), 1);
}
