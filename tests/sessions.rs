//! Session files: what is saved is opened again, also by later versions, also when moved with its
//! profiles. What is no session is refused with a message.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use assert_cmd::Command;
use emberscope::filter::{EventChoice, IdleRule, Metric};
use emberscope::session_file::{
    FilterView, KeptSelection, OtherView, ProfileView, Seconds, SessionFile, command_line, open,
    save,
};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn seconds(texts: &[&str]) -> Vec<Seconds> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Written by the first version that had sessions. It is never written anew.
#[test]
fn the_first_version_opens_as_it_was_saved() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let session = open(&root.join("tests/golden/session-1.emberscope.json")).unwrap();
    assert_eq!((session.version, session.shown), (1, 1));
    let [view, plain] = &session.profiles[..] else {
        panic!("{} profiles", session.profiles.len());
    };
    let profile = root.join("sample-profiles/latency-spike.perf.txt");
    assert_eq!(view.file, profile);
    assert_eq!(view.select, seconds(&["11.3..11.6", "18.3..18.600000001"]));
    assert_eq!(view.baseline, Some(Vec::new()));
    assert_eq!(view.search, "hash_body");
    assert_eq!(
        (view.rows, view.column_nanos),
        (Some(20), Some(1_000_000_000))
    );
    assert_eq!(view.lanes.as_deref(), Some("Threads"));
    assert!(view.from_leaves && view.collapse_recursion);
    let kept = KeptSelection {
        name: "the first rebuild".to_owned(),
        select: seconds(&["4.3..4.6"]),
    };
    assert_eq!(view.kept, [kept]);
    assert_eq!(view.notes, "Every seven seconds; see the second thread.");
    let filter = view.filter.filter().unwrap();
    assert_eq!(filter.event, EventChoice::All);
    assert_eq!(filter.comms, ["server", "indexer"]);
    assert_eq!((filter.pids, filter.cpus), (vec![32700], vec![0, 1]));
    assert_eq!(filter.stacks[0].as_str(), "^(hash|sort)_");
    assert_eq!((filter.idle, filter.include_idle), (IdleRule::Stack, true));
    assert_eq!(filter.metric, Metric::Weight);

    assert_eq!(
        plain.file,
        root.join("tests/golden/elsewhere/pause.perf.txt")
    );
    assert!(plain.is_plain());
}

fn view(file: PathBuf) -> ProfileView {
    ProfileView {
        file,
        select: seconds(&["0..0.000000001"]),
        ..ProfileView::default()
    }
}

#[test]
fn a_session_moves_with_its_profiles() {
    let root = TempDir::new().unwrap();
    let root = root.path().canonicalize().unwrap();
    let (before, after) = (root.join("before"), root.join("after"));
    fs::create_dir_all(before.join("sessions")).unwrap();
    let session = SessionFile {
        profiles: vec![
            view(before.join("web1/a.perf")),
            view(before.join("sessions/b.perf")),
        ],
        ..SessionFile::default()
    };
    save(&session, &before.join("sessions/x.emberscope.json")).unwrap();
    let text = fs::read_to_string(before.join("sessions/x.emberscope.json")).unwrap();
    assert!(text.contains("\"../web1/a.perf\""), "{text}");
    assert!(text.contains("\"b.perf\""), "{text}");
    fs::rename(&before, &after).unwrap();
    let moved = open(&after.join("sessions/x.emberscope.json")).unwrap();
    let files: Vec<_> = moved.profiles.into_iter().map(|view| view.file).collect();
    assert_eq!(
        files,
        [after.join("web1/a.perf"), after.join("sessions/b.perf")]
    );
}

#[test]
fn what_is_no_session_or_a_newer_one_is_refused() {
    let folder = TempDir::new().unwrap();
    let refused = |text: &str| {
        let path = folder.path().join("x.emberscope.json");
        fs::write(&path, text).unwrap();
        let message = open(&path).unwrap_err().to_string();
        assert!(message.contains("x.emberscope.json: "), "{message}");
        message
    };
    let newer = r#"{"emberscope_session": 2, "profiles": {"of": "another shape"}}"#;
    assert!(refused(newer).contains("by a newer emberscope (its format is version 2"));
    for text in [
        "",
        "[]",
        "{}",
        "\u{feff}{",
        r#"{"emberscope_session": "1"}"#,
    ] {
        assert!(
            refused(text).contains("is no session of emberscope"),
            "{text}"
        );
    }
    let with = |view: &str| {
        refused(&format!(
            r#"{{"emberscope_session": 1, "profiles": [{view}]}}"#
        ))
    };
    assert!(with(r#"{"select": ["2..1"]}"#).contains("before its end"));
    assert!(with(r#"{"select": ["1"]}"#).contains("12.3..12.55"));
    assert!(with(r#"{"filter": {"stacks": ["("]}}"#).contains("unclosed group"));
    let missing = open(&folder.path().join("none.emberscope.json")).unwrap_err();
    assert!(missing.to_string().contains("cannot open"), "{missing}");
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(".{0,12}", 0..3)
}

prop_compose! {
    fn views()(
        ranges in prop::collection::vec((0..1u64 << 40, 1..1u64 << 40), 0..3),
        (search, notes, name) in (".{0,20}", ".{0,20}", ".{0,20}"),
        (events, comms, hosts) in (names(), names(), names()),
        pids in prop::collection::vec(any::<i32>(), 0..3),
        rows in prop::option::of(1..1000u32),
        (from_leaves, include_idle) in any::<(bool, bool)>(),
    ) -> ProfileView {
        let text = |nanos: u64| format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
        let range = |(from, length): &(u64, u64)| {
            format!("{}..{}", text(*from), text(from + length)).parse().unwrap()
        };
        let select: Vec<Seconds> = ranges.iter().map(range).collect();
        ProfileView {
            file: PathBuf::from("/profiles/a b'c.perf"),
            baseline: include_idle.then(|| select.clone()),
            kept: vec![KeptSelection { name, select: select.clone() }],
            filter: FilterView { events, comms, hosts, pids, include_idle, ..FilterView::default() },
            select,
            search,
            notes,
            rows,
            from_leaves,
            compared_with: from_leaves.then(|| OtherView {
                file: PathBuf::from("/profiles/other.perf"),
                ..OtherView::default()
            }),
            ..ProfileView::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_saved_is_opened_again(profiles in prop::collection::vec(views(), 0..4)) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("x.emberscope.json");
        let session = SessionFile { profiles, shown: 0, version: 1 };
        save(&session, &path).unwrap();
        prop_assert_eq!(open(&path).unwrap(), session);
    }
}

#[test]
fn a_link_is_the_command_that_shows_the_same() {
    let view = ProfileView {
        file: PathBuf::from("/a b/it's.perf"),
        select: seconds(&["12.3..12.55"]),
        search: "$(reboot)".to_owned(),
        filter: FilterView {
            comms: vec!["-x; y".to_owned()],
            tids: vec![-1],
            idle: IdleRule::Task,
            ..FilterView::default()
        },
        ..ProfileView::default()
    };
    let link = r"emberscope '/a b/it'\''s.perf' --select=12.300..12.550 '--search=$(reboot)' '--comm=-x; y' --tid=-1 --idle=task";
    assert_eq!(command_line(&view), link);
}

fn usage_error(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let output = command.args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_selection_that_is_none_is_wrong_usage() {
    assert!(usage_error(&["x.perf", "--select", "12"]).contains("12.3..12.55"));
    assert!(usage_error(&["x.perf", "--select", "3..2"]).contains("before its end"));
    assert!(usage_error(&["--search", "lock"]).contains("for a file that the window opens"));
}

/// A folder with these sessions, each naming one profile.
fn sessions(named: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    for (name, file) in named {
        let text = format!("{{\"emberscope_session\":1,\"profiles\":[{{\"file\":\"{file}\"}}]}}");
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Wherever the program was started: paths are those from the session's folder on.
#[test]
fn a_session_opens_no_session_however_it_is_called() {
    let folder = sessions(&[
        ("plain.json", "plain.json"),
        ("one.json", "other.json"),
        ("other.json", "one.json"),
        ("steps.json", "sub/../steps.json"),
    ]);
    for name in ["plain.json", "one.json", "other.json", "steps.json"] {
        let said = open(&folder.path().join(name)).unwrap_err().to_string();
        assert!(said.contains("is a session, expected a profile"), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_read_as_sessions() {
    use emberscope::session_file::is_session;
    let folder = sessions(&[("x.emberscope.json", "pipe.json")]);
    let folder = folder.path();
    let pipe = folder.join("pipe.json");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    // None of these waits: nobody writes into the pipe.
    assert!(!is_session(&pipe));
    assert!(open(&folder.join("x.emberscope.json")).is_ok());
    let zero = folder.join("zero.emberscope.json");
    std::os::unix::fs::symlink("/dev/zero", &zero).unwrap();
    for file in [&pipe, &zero] {
        let said = open(file).unwrap_err().to_string();
        assert!(said.contains("no regular file"), "{said}");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
        command
            .arg("report")
            .arg(root.join("sample-profiles/pause.perf.txt"));
        command.args(["-o", "-", "--quiet", "--session"]).arg(file);
        let output = command
            .timeout(std::time::Duration::from_secs(60))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("no regular file"), "{said}");
    }
    // What is longer than any session is not read to its end.
    let large = folder.join("large.emberscope.json");
    fs::File::create(&large).unwrap().set_len(1 << 40).unwrap();
    let said = open(&large).unwrap_err().to_string();
    assert!(said.contains("too large"), "{said}");
}
