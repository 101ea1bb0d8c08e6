//! Loading: what each kind of line becomes, whatever the threads and cuts.

mod common;

use common::{
    SAMPLE_PROFILES, describe, load_file, load_text, options, sample_profile, try_load_text,
};
use emberscope::load::{Format, LoadError, LoadOptions};
use emberscope::profile::{FrameKind, Profile, WarningKind};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn warnings(profile: &Profile) -> Vec<(WarningKind, u64, Vec<u64>)> {
    let warnings = profile.warnings.iter();
    warnings
        .map(|w| (w.kind, w.count, w.first_lines.clone()))
        .collect()
}

#[test]
fn a_sample_has_all_its_fields() {
    let profile = load_text(
        "# ========\n# captured on : today\n\
         my app 2 10/11 [003]  7.250000001:    250000 cycles:ppp: \n\
         \tffffffff81 do_work+0x1f ([kernel.kallsyms])\n\
         \t      401b main+0x2 (/srv/app)\n\n",
    );
    assert_eq!(
        describe(&profile),
        ["7.250000001 my app 2 10/11 [3] 250000 cycles:ppp: my app 2;main;do_work"]
    );
    assert_eq!(profile.info.header, ["========", "captured on : today"]);
    assert_eq!(warnings(&profile), []);
}

#[test]
fn samples_come_in_every_shape() {
    let profile = load_text(
        "a 1/1 [000]  1.000000:  5 cycles: \n\t  1 f+0x1 (/x)\n ABI:2    AX:0xfdb46\n\
         b 2/2 [000]  1.100000:  5 cycles:  ffffffff82 (anonymous namespace)::g+0x3 (/x)\n\
         c 3/3 [000]  1.200000: sched:sched_switch: prev_comm=x y: 3 ==> z\n\
         d 4/4 [000]  1.300000:  5 cycles: \n\n\
         e 5/5 [000]  1.400000:  5 cycles: \n\n\t  1 inner+0x1 (inlined)\n\t  2 outer\n\n",
    );
    assert_eq!(
        describe(&profile),
        [
            "1.000000000 a 1/1 [0] 5 cycles: a;f",
            "1.100000000 b 2/2 [0] 5 cycles: b;(anonymous namespace)::g",
            "1.200000000 c 3/3 [0] 1 sched:sched_switch: c",
            "1.300000000 d 4/4 [0] 5 cycles: d",
            "1.400000000 e 5/5 [0] 5 cycles: e;outer;inner",
        ]
    );
    assert_eq!(warnings(&profile), []);
    assert!(profile.frames.kind.contains(&FrameKind::Inlined));
}

#[test]
fn source_lines_belong_to_the_frame_above() {
    let profile = load_text(
        "a 1 1.000000:  5 cycles: \n\t  1 f+0x1\n  x.h:259 (inlined)\n\t  2 main+0x1 (/x)\n  mt.cpp:20\n\n",
    );
    assert_eq!(describe(&profile), ["1.000000000 a 1 5 cycles: a;main;f"]);
    let leaf = profile.samples.stack[0];
    let frame = profile.stacks.frame[leaf.index()];
    assert_eq!(profile.frames.kind[frame.index()], FrameKind::Inlined);
}

#[test]
fn records_are_counted_and_are_no_samples() {
    let profile = load_text(
        "a 1/1 [000]  1.000000:  5 cycles: \n\t  1 f+0x1 (/x)\n\n\
         a 1/1 [000]  0.000000: PERF_RECORD_MMAP2 1/1: [0x55(0x1000) @ 0 fd:01 1 1]: r-xp /x\n\
         a 1/1 [000]  1.500000: PERF_RECORD_COMM: b:1/1\n\
         b 1/1 [000]  2.000000:  5 cycles: \n\t  1 f+0x1 (/x)\n\n",
    );
    assert_eq!(profile.samples.len(), 2);
    assert_eq!(profile.origin().to_string(), "1.000000000");
    let records = [
        ("PERF_RECORD_COMM".to_owned(), 1),
        ("PERF_RECORD_MMAP2".to_owned(), 1),
    ];
    assert_eq!(profile.info.records, records);
}

#[test]
fn samples_end_in_time_order_and_ties_keep_the_files() {
    let profile = load_text(
        "a 1 3.000000: 1 c:\n\t1 f (/x)\n\nb 1 1.000000: 1 c:\n\nc 1 1.000000: 1 c:\n\nd 1 2.000000: 1 c:\n\n",
    );
    let comms: Vec<String> = describe(&profile)
        .iter()
        .map(|line| line[12..13].to_owned())
        .collect();
    assert_eq!(comms, ["b", "c", "d", "a"]);
    assert_eq!(warnings(&profile), [(WarningKind::OutOfOrder, 1, vec![])]);
}

#[test]
fn what_cannot_be_understood_is_counted_with_its_lines() {
    let profile = load_text(
        "a 1 1.000000: 1 c:\n\t1 f (/x)\n\n\
         this is no line of perf's\n\
         \tTHIS_IS_NO_FRAME\n\
         \t1 stray (/x)\n\
         b 1 99999999999999999999.000000: 1 c:\n\
         c 1 2.000000: 1 c:\n\t1 f (/x)\n\n",
    );
    assert_eq!(profile.samples.len(), 2);
    assert_eq!(
        warnings(&profile),
        [
            (WarningKind::UnreadableLine, 2, vec![4, 5]),
            (WarningKind::UnreadableSample, 1, vec![7]),
            (WarningKind::StrayFrame, 1, vec![6]),
        ]
    );
    assert_eq!(
        profile.warnings[0].to_string(),
        "2 lines not understood and left out (lines 4, 5)"
    );
}

#[test]
fn a_file_that_was_cut_off_loads_up_to_there() {
    let whole = "a 1 1.000000: 1 c:\n\t1 f+0x1 (/x)\n\t2 main+0x2 (/x)\n\nb 1 2.000000: 1 c:\n\t1 g+0x1 (/x)\n\n";
    assert_eq!(warnings(&load_text(whole)), []);
    for (cut, samples, leaf) in [
        ("\t1 g+0x1 (/x)\n\n", 2, "b"),
        ("+0x1 (/x)\n\n", 2, "b"),
        ("\n\n", 2, "b;g"),
        ("\n", 2, "b;g"),
        ("000000: 1 c:\n\t1 g+0x1 (/x)\n\n", 1, "a;main;f"),
        (" c:\n\t1 g+0x1 (/x)\n\n", 1, "a;main;f"),
    ] {
        let text = whole.strip_suffix(cut).expect("an ending of the text");
        let profile = load_text(text);
        assert_eq!(profile.samples.len(), samples, "cut before {cut:?}");
        let last = *profile.samples.stack.last().expect("a sample");
        assert_eq!(
            common::stack_text(&profile, last),
            leaf,
            "cut before {cut:?}"
        );
        let kinds: Vec<WarningKind> = profile.warnings.iter().map(|w| w.kind).collect();
        assert_eq!(kinds, [WarningKind::CutOff], "cut before {cut:?}");
    }
}

#[test]
fn files_without_times_load_without_a_time_range() {
    let profile = load_text(
        "java  3244 cpu-clock: \n\t1 f (/x)\n\t2 main (/x)\n\njava  3244 cpu-clock: \n\t1 f (/x)\n\n",
    );
    assert_eq!(profile.samples.len(), 2);
    assert_eq!(profile.time_range(), None);
    assert_eq!(warnings(&profile), []);
}

#[test]
fn foreign_files_get_a_message_that_helps() {
    let fails = |text: &[u8]| try_load_text(text, &LoadOptions::default()).expect_err("foreign");
    assert!(matches!(fails(b""), LoadError::Empty(_)));
    assert!(matches!(
        fails(b"PERFILE2\0\0\0"),
        LoadError::PerfDataStream(_)
    ));
    assert!(matches!(fails(b"\x7fELF\0\0\0\0"), LoadError::Binary(_)));
    assert!(matches!(
        fails(b"{\"json\": true}\n"),
        LoadError::Json { .. }
    ));
    assert!(matches!(
        fails(b"text\n"),
        LoadError::NoSamples { lines: 1, .. }
    ));
    assert!(matches!(
        fails(b"\x04\x22\x4d\x18...."),
        LoadError::Foreign {
            format: Format::Lz4,
            ..
        }
    ));
    for text in [&b""[..], b"PERFILE2", b"\x7fELF\0", b"text\n"] {
        let message = fails(text).to_string();
        assert!(
            message.contains("test: ") && message.contains("perf script"),
            "{message}"
        );
    }
}

#[test]
fn carriage_returns_and_a_byte_order_mark_are_tolerated() {
    let profile = load_text(
        "\u{feff}a 1 1.000000: 1 c:\r\n\t1 f+0x1 (/x)\r\n\r\nb 1 2.000000: 1 c:\r\n\t1 f+0x1 (/x)\r\n\r\n",
    );
    assert_eq!(
        describe(&profile),
        ["1.000000000 a 1 1 c: a;f", "2.000000000 b 1 1 c: b;f"]
    );
    assert_eq!(warnings(&profile), []);
}

#[test]
fn the_sample_profiles_load_without_a_warning() {
    for name in SAMPLE_PROFILES {
        let profile = load_file(&sample_profile(name));
        assert!(profile.samples.len() > 100, "{name}");
        assert_eq!(warnings(&profile), [], "{name}");
        assert!(
            profile.has_stacks() && !profile.info.header.is_empty(),
            "{name}"
        );
    }
}

#[test]
fn sample_profiles_are_the_same_with_any_threads_and_pieces() {
    for name in SAMPLE_PROFILES {
        let text = std::fs::read(sample_profile(name)).expect("a sample profile");
        let expected = load_file(&sample_profile(name));
        for (threads, piece_size) in [(1, 1), (2, 1000), (3, 4096), (8, 50_000), (2, 1 << 30)] {
            let profile = try_load_text(&text, &options(threads, piece_size)).expect("a profile");
            assert!(
                profile == expected,
                "{name}: {threads} threads, pieces of {piece_size}"
            );
        }
    }
}

/// Lines left out; order and ends depend on the whole text.
fn warned(warning: &emberscope::profile::Warning) -> u64 {
    match warning.kind {
        WarningKind::OutOfOrder | WarningKind::CutOff | WarningKind::FarAway => 0,
        _ => warning.count,
    }
}

/// Lines of every kind, odd ones included, in any order.
fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => ("[a-c]{1,2}( [0-9])?", 0..3u32, 0..4u64, 0..1_000_000u64).prop_map(|(comm, tid, s, us)| {
            format!("{comm} {tid}/{tid} [000]  {s}.{us:06}:   250000 cycles: ")
        }),
        8 => ("[a-d]{1,2}(::[a-c])?", 0..3u32).prop_map(|(name, module)| format!("\t    40{module} {name}+0x1 (/lib/m{module})")),
        1 => Just("\t    1 inlined_one (inlined)".to_owned()),
        1 => Just("  file.c:12 (inlined)".to_owned()),
        1 => Just(" ABI:2 AX:0x1".to_owned()),
        1 => Just("x 1/1 [000] 1.000000: PERF_RECORD_COMM: y:1/1".to_owned()),
        1 => Just("# comment".to_owned()),
        1 => "[ -~]{0,20}",
        4 => Just(String::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_split_and_any_thread_count_give_the_same_profile(
        lines in prop::collection::vec(any_line(), 1..60),
        threads in 1..5usize,
        piece_size in 1..400usize,
        ends in any::<bool>(),
    ) {
        let mut text = lines.join("\n");
        if ends {
            text.push('\n');
        }
        let whole = try_load_text(text.as_bytes(), &options(1, usize::MAX));
        let pieces = try_load_text(text.as_bytes(), &options(threads, piece_size));
        match (whole, pieces) {
            (Ok(whole), Ok(pieces)) => prop_assert_eq!(whole, pieces),
            (Err(whole), Err(pieces)) => prop_assert_eq!(whole.to_string(), pieces.to_string()),
            (whole, pieces) => prop_assert!(false, "{:?} but {:?}", whole.is_ok(), pieces.is_ok()),
        }
    }

    /// What was seen before is known by its text; that must not show.
    #[test]
    fn a_text_three_times_over_is_three_times_its_samples(lines in prop::collection::vec(any_line(), 1..40)) {
        let part = format!("sep 9/9 [000]  9.000000: 1 c: \n\t1 sep (/sep)\n\n{}\n", lines.join("\n"));
        let stacks = |text: &str| {
            let profile = load_text(text);
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for sample in describe(&profile) {
                *counts.entry(sample).or_default() += 1;
            }
            let warned: u64 = profile.warnings.iter().map(warned).sum();
            (counts, profile.info.lines, warned)
        };
        let (once, thrice) = (stacks(&part), stacks(&part.repeat(3)));
        let tripled = once.0.into_iter().map(|(sample, count)| (sample, 3 * count)).collect();
        prop_assert_eq!(thrice.0, tripled);
        prop_assert_eq!((thrice.1, thrice.2), (3 * once.1, 3 * once.2));
    }

    #[test]
    fn no_bytes_make_the_loader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = try_load_text(&bytes, &options(2, 64));
    }

    #[test]
    fn every_header_becomes_a_sample(lines in prop::collection::vec(any_line(), 1..60)) {
        let text = lines.join("\n") + "\n";
        let headers = lines.iter().filter(|line| line.ends_with(" cycles: ")).count();
        match try_load_text(text.as_bytes(), &options(2, 64)) {
            Ok(profile) => prop_assert_eq!(profile.samples.len(), headers),
            Err(_) => prop_assert_eq!(headers, 0),
        }
    }
}

#[test]
fn what_is_shown_while_loading_is_the_files_beginning() {
    let mut text = String::new();
    for index in 0..300_000u64 {
        let (seconds, micros) = (50 + index / 5000, index % 5000 * 200);
        text.push_str(&format!(
            "app {0}/{0} [000] {seconds}.{micros:06}: 1 cycles:\n\t{index:x} leaf_{1} (/srv/app)\n\t2 main (/srv/app)\n\n",
            index % 7,
            index % 50,
        ));
    }
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &text).expect("writing");
    let partial = std::sync::Mutex::new(Vec::new());
    let show = |profile| partial.lock().expect("no panic").push(profile);
    let whole = emberscope::load::open_in_steps(
        file.path(),
        &LoadOptions::default(),
        &Default::default(),
        Some(&show),
    );
    let whole = whole.expect("a profile");
    assert_eq!(whole, load_file(file.path()));
    assert!(!whole.info.is_partial && whole.info.expected_end.is_none());
    let last = whole.samples.time.last().copied();
    let partial = partial.into_inner().expect("no panic");
    // How many depends on the machine's speed; all of them are beginnings.
    let mut before = 0;
    for mut profile in partial {
        let bytes = profile.info.bytes;
        // The last part may hold all of it, if time is up just then.
        assert!(bytes > before && bytes <= text.len() as u64);
        before = bytes;
        assert!(std::mem::take(&mut profile.info.is_partial));
        assert_eq!(profile.info.expected_end.take(), last);
        let mut beginning = load_text(&text[..bytes as usize]);
        // Whether it is cut off is not asked of what is not the end.
        beginning.warnings = profile.warnings.clone();
        assert_eq!(profile, beginning);
    }
}

/// What was copied from a terminal or a page ends with the last frame.
#[test]
fn a_missing_last_blank_line_alone_is_no_cut() {
    let sample =
        |time: u32| format!("a 1 {time}.000000: 1 c:\n\t1 f+0x1 (/x)\n\t2 main+0x2 (/x)\n");
    for ending in ["\n", ""] {
        let whole = format!("{}\n{}{ending}", sample(1), sample(2));
        assert_eq!(
            warnings(&load_text(whole.trim_end_matches('\n'))),
            [],
            "{ending:?}"
        );
        assert_eq!(warnings(&load_text(&whole)), [], "{ending:?}");
    }
    assert_eq!(warnings(&load_text(&sample(1))), []);
    let cut = format!("{}\na 1 2.000000: 1 c:\n\t1 f+0x1 (/x)\n", sample(1));
    let kinds = |text: &str| {
        load_text(text)
            .warnings
            .iter()
            .map(|w| w.kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&cut), [WarningKind::CutOff]);
}
