//! The window opens on what a session file, or the command line, chooses.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use common::sample_profile;
use driver::{Window, has_part, settle};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use emberscope::gui::{App, AppOptions};
use emberscope::profile::format_seconds;
use emberscope::session_file::{self, ProfileView};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

fn window(options: AppOptions) -> Window {
    let builder = Harness::builder()
        .with_size([1200.0, 800.0])
        .with_max_steps(30);
    let mut window = builder.build_eframe(|context| {
        emberscope::gui::install_theme(&context.egui_ctx);
        App::new(&context.egui_ctx, None, options)
    });
    settle(&mut window);
    window
}

fn selected(window: &Window) -> Vec<(String, String)> {
    let app = window.state();
    let origin = app.profile().unwrap().origin();
    let since = |time: emberscope::profile::Timestamp| format_seconds(time.nanos_since(origin));
    let ranges = app.selection().unwrap().ranges().iter();
    ranges
        .map(|range| (since(range.start), since(range.end)))
        .collect()
}

fn pair(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

#[test]
fn the_command_line_chooses_selection_and_search() {
    let window = window(AppOptions {
        files: vec![sample_profile("latency-spike.perf.txt")],
        view: ProfileView {
            select: vec!["11.30..11.6".parse().unwrap()],
            search: "hash_body".to_owned(),
            ..ProfileView::default()
        },
        ..AppOptions::default()
    });
    assert_eq!(selected(&window), [pair("11.300", "11.600")]);
    assert!(window.query_all_by_value("hash_body").next().is_some());
}

#[test]
fn a_session_is_saved_and_opened_again() {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("spike.perf.txt");
    fs::copy(sample_profile("latency-spike.perf.txt"), &copy).unwrap();
    let mut first = window(AppOptions {
        files: vec![copy],
        view: ProfileView {
            select: vec!["4.3..4.6".parse().unwrap(), "11.3..11.6".parse().unwrap()],
            search: "sort".to_owned(),
            notes: "look here".to_owned(),
            ..ProfileView::default()
        },
        ..AppOptions::default()
    });
    first.key_press(egui::Key::M);
    settle(&mut first);
    first.get_by_label("File").click();
    first.run();
    first.get_by_label_contains("Save session…").click();
    first.run();
    first.get_by_label("Save").click();
    settle(&mut first);
    let path = folder.path().join("spike.emberscope.json");
    let saved = session_file::open(&path).unwrap();
    assert_eq!(saved.profiles[0].search, "sort");
    assert_eq!(saved.profiles[0].kept.len(), 1);
    assert_eq!(saved.profiles[0].notes, "look here");
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .contains("\"spike.perf.txt\"")
    );

    let again = window(AppOptions {
        files: vec![path],
        ..AppOptions::default()
    });
    assert_eq!(selected(&again), selected(&first));
    assert_eq!(
        selected(&again),
        [pair("4.300", "4.600"), pair("11.300", "11.600")]
    );
    assert!(again.query_all_by_value("sort").next().is_some());
}

#[test]
fn a_session_that_is_none_is_said_to_be_none() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.emberscope.json");
    fs::write(&path, "{}").unwrap();
    let files: Vec<PathBuf> = vec![path];
    let window = window(AppOptions {
        files,
        ..AppOptions::default()
    });
    let message = window.query_by_label_contains("is no session of emberscope");
    assert!(message.is_some());
}

/// A session that opens itself would be opened for ever.
#[test]
fn sessions_of_sessions_and_of_very_many_profiles_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.emberscope.json");
    let many = r#"{"file": "a.perf"},"#.repeat(101);
    for (profiles, expected) in [
        (
            r#"{"file": "x.emberscope.json"}"#,
            "is a session, expected a profile",
        ),
        (
            many.trim_end_matches(','),
            "101 profiles, expected 100 at most",
        ),
    ] {
        let text = format!(r#"{{"emberscope_session": 1, "profiles": [{profiles}]}}"#);
        fs::write(&path, text).unwrap();
        let window = window(AppOptions {
            files: vec![path.clone()],
            ..AppOptions::default()
        });
        assert!(
            window.query_by_label_contains(expected).is_some(),
            "{expected}"
        );
    }
}

#[test]
fn what_a_session_file_says_is_shown_in_short_and_as_text() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.emberscope.json");
    let idle = format!("\u{202e}\u{7}{}", "x".repeat(5000));
    let view = serde_json::json!({ "file": "a.perf", "filter": { "idle": idle } });
    let session = serde_json::json!({ "emberscope_session": 1, "profiles": [view] });
    fs::write(&path, session.to_string()).unwrap();
    let message = session_file::open(&path).unwrap_err().to_string();
    assert!(message.len() < 600, "{message}");
    assert!(!message.contains(['\u{202e}', '\u{7}']));
}

fn save(window: &mut Window) {
    window.get_by_label("File").click();
    window.run();
    window.get_by_label_contains("Save session…").click();
    window.run();
    window.get_by_label("Save").click();
    settle(window);
}

/// Two profiles by paths from the folder on; the second is in front.
#[test]
fn the_profile_in_front_is_the_sessions_and_files_are_open_once() {
    let folder = TempDir::new().unwrap();
    let [one, two] = ["one.perf.txt", "two.perf.txt"].map(|name| {
        let copy = folder.path().join(name);
        fs::copy(sample_profile("latency-spike.perf.txt"), &copy).unwrap();
        copy
    });
    let here = std::env::current_dir().unwrap();
    let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    let relative = |path: &PathBuf| up.join(path.strip_prefix("/").unwrap());
    let files = vec![relative(&one), relative(&two), two.clone()];
    let mut window = window(AppOptions {
        files,
        ..AppOptions::default()
    });
    save(&mut window);
    let path = folder.path().join("two.emberscope.json");
    let saved = session_file::open(&path).unwrap();
    assert_eq!((saved.shown, saved.profiles[1].file.clone()), (1, two));
}

/// Of the one that it is compared with, a range and the samples of one thread are shown.
#[test]
fn a_comparison_with_another_profile_is_kept() {
    let folder = TempDir::new().unwrap();
    let [one, two] = ["one.perf.txt", "two.perf.txt"].map(|name| {
        let copy = folder.path().join(name);
        fs::copy(sample_profile("latency-spike.perf.txt"), &copy).unwrap();
        copy
    });
    let other = session_file::OtherView {
        file: two.clone(),
        select: vec!["2..9".parse().unwrap()],
        filter: session_file::FilterView {
            comms: vec!["server".to_owned()],
            ..session_file::FilterView::default()
        },
        measure: None,
    };
    let view = ProfileView {
        file: one,
        select: vec!["11.3..11.6".parse().unwrap()],
        compared_with: Some(other),
        by_time: true,
        ..ProfileView::default()
    };
    let session = session_file::SessionFile {
        profiles: vec![view.clone()],
        ..session_file::SessionFile::default()
    };
    let path = folder.path().join("one.emberscope.json");
    session_file::save(&session, &path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"two.perf.txt\""), "{text}");
    let open = || {
        window(AppOptions {
            files: vec![path.clone()],
            ..AppOptions::default()
        })
    };
    let mut first = open();
    let shown = first.query_all_by_label_contains("two.perf.txt").count();
    assert!(shown > 1, "the tab alone names it");
    fs::remove_file(&path).unwrap();
    save(&mut first);
    let saved = session_file::open(&path).unwrap();
    let again = saved.profiles.iter().find(|again| again.file == view.file);
    let again = again.unwrap();
    assert_eq!(again.compared_with, view.compared_with);
    assert_eq!((again.by_time, &again.baseline), (true, &None));
    // Where it has gone, all else is shown, and that it is missing.
    fs::remove_file(two).unwrap();
    let without = open();
    assert!(has_part(&without, "two.perf.txt"));
    assert_eq!(selected(&without), [pair("11.300", "11.600")]);
}

#[test]
fn zoom_shape_comparison_and_measure_are_kept() {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("spike.perf.txt");
    fs::copy(sample_profile("latency-spike.perf.txt"), &copy).unwrap();
    let function = |name: &str| session_file::FrameName {
        name: name.to_owned(),
        module: "/usr/local/bin/server".to_owned(),
        ..session_file::FrameName::default()
    };
    let profile = {
        let progress = emberscope::job::Progress::default();
        let options = emberscope::load::LoadOptions::default();
        emberscope::load::open(&copy, &options, &progress).unwrap()
    };
    // As the profile has it.
    let known = |name: &str| {
        let frames = 1..profile.frames.len() as u32;
        let mut frames = frames.map(emberscope::profile::FrameId);
        let frame = frames
            .find(|frame| profile.frame_name(*frame) == name)
            .unwrap();
        session_file::FrameName::of(&profile, frame)
    };
    let view = ProfileView {
        file: copy,
        select: vec!["11.3..11.6".parse().unwrap()],
        baseline: Some(Vec::new()),
        by_time: true,
        sandwich: Some(known("rebuild_index")),
        hidden: vec![known("sift_down"), function("not there")],
        marked: Some(known("hash_body")),
        ..ProfileView::default()
    };
    let session = session_file::SessionFile {
        profiles: vec![view.clone()],
        ..session_file::SessionFile::default()
    };
    let path = folder.path().join("spike.emberscope.json");
    session_file::save(&session, &path).unwrap();
    let open = |path: &PathBuf| {
        window(AppOptions {
            files: vec![path.clone()],
            ..AppOptions::default()
        })
    };
    let mut window = open(&path);
    assert!(window.query_by_label("Leave sandwich").is_some());
    fs::remove_file(&path).unwrap();
    save(&mut window);
    let again = session_file::open(&path).unwrap().profiles.remove(0);
    let kept = |view: &ProfileView| (view.sandwich.clone(), view.marked.clone(), view.by_time);
    assert_eq!(kept(&again), kept(&view));
    assert_eq!(
        again.hidden, view.hidden,
        "what is not there is left out, and not lost"
    );
    // A zoom, too.
    window.get_by_label("Leave sandwich").click();
    settle(&mut window);
    let at = driver::middle(&window, "hash_body");
    let (button, none) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
    driver::click_at(&mut window, at, button, none);
    fs::remove_file(&path).unwrap();
    save(&mut window);
    let saved = session_file::open(&path).unwrap().profiles.remove(0);
    assert_eq!(
        saved.zoom.last().map(|frame| frame.name.as_str()),
        Some("hash_body")
    );
    assert!(open(&path).query_by_label("Reset zoom").is_some());
}
