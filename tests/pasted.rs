//! What becomes of `perf script` text on its way: expanded, trimmed, quoted, indented, in another
//! encoding. It means what it meant, wherever it is cut.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{describe, load_text, options, try_load_text};
use emberscope::profile::{Profile, WarningKind};

/// Loads it whole and cut in front of each header, which must be the same.
fn load(text: &str) -> Profile {
    let whole = load_text(text);
    let pieces = try_load_text(text.as_bytes(), &options(1, 1)).unwrap();
    assert_eq!(describe(&pieces), describe(&whole), "{text}");
    assert_eq!(pieces.warnings, whole.warnings, "{text}");
    whole
}

const KERNEL: &str = "ffffffff9a1c2d30 clear_page_erms+0x7 ([kernel.kallsyms])";

const SAMPLES: &str = "\
app 19983/19984 [001]     1.000100:     250000 cycles: 
\t          401136 leaf+0x1 (/srv/my app)
\tffffffff9a1c2d30 [unknown] ([kernel.kallsyms])
\t          401236 Pool::run(int, char const*)+0x1c (/srv/my app)

app 19983/19984 [001]     1.000200:     250000 cycles: 
\t          401136 leaf+0x1 (/srv/my app)

";
const BARE: &str = "\
app 19983/19984 [001]     1.000100:     250000 cycles: 
\t          401136 leaf
\tffffffff9a1c2d30 [unknown]
\t          401236 Pool::run(int, char const*)

app 19983/19984 [001]     1.000200:     250000 cycles: 
\t            2d36 leaf

";
const TIMELESS: &str = "\
app 19983/19984 cycles: 
\t          401136 leaf
\tffffffff9a1c2d30 [unknown]
\t          401236 Pool::run(int, char const*)

app 19983/19984 cycles: 
\t          401136 leaf

";

/// All lines of `text`, changed.
fn each_line(text: &str, change: impl Fn(&str) -> String) -> String {
    text.lines().map(|line| change(line) + "\n").collect()
}

fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn stacks_need_no_tabs() {
    for text in [SAMPLES, BARE, TIMELESS] {
        let expected = describe(&load(text));
        assert!(
            expected[0].contains("Pool::run(int, char const*);["),
            "{expected:?}"
        );
        let indented = |line: &str| match line.starts_with('\t') {
            true => format!("   {}", line.trim()),
            false => line.to_owned(),
        };
        for changed in [
            each_line(text, |line| line.replace('\t', "        ")),
            each_line(text, |line| line.trim().to_owned()),
            each_line(text, squeezed),
            each_line(text, |line| line.trim_start().to_owned()),
            each_line(text, indented),
        ] {
            let profile = load(&changed);
            assert_eq!(describe(&profile), expected, "{changed}");
            assert!(
                profile.warnings.is_empty(),
                "{changed}: {:?}",
                profile.warnings
            );
        }
    }
}

#[test]
fn a_stack_among_others_may_have_lost_its_tabs() {
    let text = BARE.replace("\t            2d36", "                    2d36");
    assert!(text.contains('\t'));
    assert_eq!(describe(&load(&text)), describe(&load(BARE)));
}

#[test]
fn text_may_be_quoted_or_indented_as_a_whole() {
    let one_line = format!("             app 77/78    1.000001:     250000 cycles:  {KERNEL}\n");
    let other = one_line
        .replace(" app", "bash")
        .replace(".000001", ".000002");
    let one_line = one_line + &other;
    for text in [SAMPLES, BARE, TIMELESS, &one_line] {
        let expected = describe(&load(text));
        for changed in [
            each_line(text, |line| format!("> {line}")),
            each_line(text, |line| format!("> {line}").trim_end().to_owned()),
            each_line(text, |line| {
                format!(">> {}", line.replace('\t', "        "))
            }),
            each_line(text, |line| format!(">{line}")),
            each_line(text, |line| format!("    {line}")),
            each_line(text, |line| {
                format!("    {}", line.replace('\t', "        "))
                    .trim_end()
                    .to_owned()
            }),
            each_line(text, |line| format!("\t{line}")),
            format!(
                "It is slow:\n\n{}\nWhy?\n",
                each_line(text, |line| format!("    {line}"))
            ),
        ] {
            let profile = load(&changed);
            assert_eq!(describe(&profile), expected, "{changed}");
            let mut warnings = profile.warnings.iter();
            let told = |w: &emberscope::profile::Warning| w.kind == WarningKind::UnreadableLine;
            assert!(warnings.all(told), "{changed}: {:?}", profile.warnings);
        }
    }
}

#[test]
fn registers_and_pages_are_no_frames_where_tabs_were_lost() {
    let text = BARE.replace("\n\n", "\n ABI:2    AX:0x401136\n       401136 N/A 4K\n");
    let expected = describe(&load(BARE));
    for changed in [
        each_line(&text, |line| line.replace('\t', "        ")),
        text.clone(),
    ] {
        assert_eq!(describe(&load(&changed)), expected, "{changed}");
    }
    let noise =
        each_line(BARE, |line| line.trim().to_owned()).replace("leaf\n", "leaf\nadd something\n");
    let profile = load(&noise);
    assert_eq!(describe(&profile), expected);
    assert_eq!(profile.warnings[0].kind, WarningKind::UnreadableLine);
}

#[test]
fn text_may_be_utf_16_or_begin_with_a_mark() {
    let expected = describe(&load(SAMPLES));
    let folded = "app;main;leaf 3\napp;main 4\n";
    let units = |text: &str| -> Vec<u16> {
        let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        text.encode_utf16().collect()
    };
    let encodings = |text: &str| {
        let units = units(text);
        let little = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        [format!("\u{feff}{text}").into_bytes(), little, big]
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text");
    let both = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        [
            common::load_file(&file),
            try_load_text(bytes, &options(1, 1)).unwrap(),
        ]
    };
    for bytes in encodings(SAMPLES) {
        for profile in both(&bytes) {
            assert_eq!(describe(&profile), expected);
            assert!(profile.warnings.is_empty(), "{:?}", profile.warnings);
        }
    }
    for bytes in encodings(folded) {
        for profile in both(&bytes) {
            let samples = common::default_samples(&profile);
            assert_eq!((samples.shown, profile.threads.len()), (7, 1));
        }
    }
}
