//! What a profile's stacks are worth is told before anybody believes them, and nothing is told of good ones.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{SAMPLE_PROFILES, load_file, load_text, sample_profile};
use emberscope::filter::SampleFilter;
use emberscope::profile::Profile;
use emberscope::quality::{Cause, StackQuality};

fn quality(profile: &Profile) -> StackQuality {
    let samples = SampleFilter::default().apply(profile).unwrap();
    StackQuality::new(profile, &samples)
}

/// So many samples, each with these frames: `work+0x1 (/srv/app)`, innermost first.
fn samples(count: usize, frames: &[&str]) -> String {
    let lines = frames.iter().map(|frame| format!("\t    7f10 {frame}\n"));
    let stack: String = lines.collect();
    let sample = |at: usize| format!("app 7/7 [000] 1.{at:06}: 1 cycles:\n{stack}\n");
    (0..count).map(sample).collect()
}

const WHOLE: [&str; 3] = [
    "work+0x1 (/srv/app)",
    "step+0x1 (/srv/app)",
    "main+0x1 (/srv/app)",
];

fn notices(text: &str) -> String {
    let profile = load_text(text);
    quality(&profile).notices(&profile).join("\n")
}

#[test]
fn of_good_profiles_nothing_is_told() {
    for name in SAMPLE_PROFILES {
        let profile = load_file(&sample_profile(name));
        assert!(quality(&profile).notices(&profile).is_empty(), "{name}");
    }
    assert_eq!(notices(&samples(100, &WHOLE)), "");
    // A few odd ones mislead nobody.
    let odd = samples(96, &WHOLE) + &samples(4, &["[unknown] (/lib/libc.so.6)"]);
    assert_eq!(notices(&odd), "");
}

#[test]
fn missing_callers_names_and_stacks_are_told_with_the_cure() {
    let rest = samples(50, &WHOLE);
    let libc = samples(50, &["poll+0x1 (/lib/libc.so.6)", "[unknown] ([unknown])"]);
    let said = notices(&(rest.clone() + &libc));
    assert!(
        said.contains("/lib/libc.so.6: 50 %") && said.contains("--call-graph dwarf"),
        "{said}"
    );
    let stripped = samples(50, &["[unknown] (/srv/lib.so)", WHOLE[1], WHOLE[2]]);
    let said = notices(&(rest.clone() + &stripped));
    assert!(
        said.contains("/srv/lib.so: 50 %") && said.contains("install its symbols"),
        "{said}"
    );
    let jit = samples(
        50,
        &[
            "[unknown] (//anon)",
            "[unknown] (//anon)",
            "call+0x1 (/srv/java)",
            WHOLE[2],
        ],
    );
    let said = notices(&(rest.clone() + &jit));
    assert!(
        said.contains("//anon: 50 %") && said.contains("JIT compiler"),
        "{said}"
    );
    let kernel = samples(
        50,
        &[
            "[unknown] ([kernel.kallsyms])",
            WHOLE[0],
            WHOLE[1],
            WHOLE[2],
        ],
    );
    let said = notices(&(rest.clone() + &kernel));
    assert!(said.contains("kptr_restrict"), "{said}");
    let said = notices(&(rest.clone() + &samples(50, &[])));
    assert!(said.contains("50 % of the samples have no stack"), "{said}");
    let said = notices(&samples(100, &["work+0x1 (/srv/app)"]));
    assert!(
        said.contains("No sample has callers: record with -g"),
        "{said}"
    );
    let said = notices(&rest.replace(" 7/7 ", " 7 "));
    assert!(said.contains("no process ids"), "{said}");
    let lost = rest + "app 7/7 [000] 2.000000: PERF_RECORD_LOST lost 12\n";
    assert!(
        notices(&lost).contains("Samples were lost"),
        "{}",
        notices(&lost)
    );
}

#[test]
fn stacks_are_cut_at_limits_and_not_where_many_end() {
    let deep = |depth: usize| vec!["f+0x1 (/srv/app)"; depth];
    let rest = samples(50, &WHOLE);
    let profile = load_text(&(rest.clone() + &samples(20, &deep(127))));
    assert_eq!(quality(&profile).cut, Some((127, 20)));
    let said = quality(&profile).notices(&profile).join("\n");
    assert!(
        said.contains("29 % of the samples were cut at 127 frames"),
        "{said}"
    );
    let profile = load_text(&(rest.clone() + &samples(20, &deep(41))));
    assert_eq!(quality(&profile).cut, None);
    // With all its callers a stack is whole, whatever its depth.
    let mut whole = deep(127);
    whole[126] = WHOLE[2];
    let profile = load_text(&(rest + &samples(20, &whole)));
    assert_eq!(quality(&profile).cut, None);
}

#[test]
fn counts_are_of_the_samples_that_are_shown() {
    let text = samples(30, &WHOLE) + &samples(20, &["[unknown] (/srv/lib.so)", WHOLE[2]]);
    let profile = load_text(&text);
    let quality = quality(&profile);
    assert_eq!(
        (quality.samples, quality.unnamed, quality.single_frame),
        (50, 0, 0)
    );
    let [poor] = &quality.modules[..] else {
        panic!("{:?}", quality.modules);
    };
    assert_eq!((poor.samples, poor.cause), (20, Cause::NoSymbols));
    assert_eq!(poor.module, "/srv/lib.so");
}

/// Its advice is perf's.
#[test]
fn of_what_perf_has_not_recorded_nothing_is_told() {
    for text in ["app;parse;lex 60\napp;render 40\n", "app;f 3\napp;g 5\n"] {
        assert_eq!(notices(text), "", "{text}");
    }
    let trace = r#"[{"ph":"X","pid":1,"tid":1,"ts":1,"dur":90,"name":"a"}]"#;
    assert_eq!(notices(trace), "");
    let whole = samples(50, &WHOLE) + &samples(50, &["poll+0x1 (/lib/libc.so.6)"]);
    assert_ne!(notices(&whole), "");
    // Groups of functions have fewer frames than functions.
    let grouped = emberscope::grouping::grouped(
        load_text(&samples(50, &WHOLE)),
        emberscope::grouping::Grouping::Modules,
    );
    assert!(quality(&grouped).notices(&grouped).is_empty());
}
