//! The window opens on what a session file, or the command line, chooses.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use common::sample_profile;
use driver::{Window, settle};
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
    first.get_by_label("Save session…").click();
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
