//! Pictures of the main views in both themes. A changed one fails, and leaves what is different
//! beside it: `tests/snapshots/*.diff.png`. `UPDATE_SNAPSHOTS=1` takes the new ones.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use driver::{Window, cell, choose, drag, drag_with, has_part, settle, sized_window};
use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable as _;
use std::path::{Path, PathBuf};

/// Draws a view in both themes.
fn check(name: &str, sample: Option<&str>, show: impl Fn(&mut Window)) {
    check_file(name, sample.map(common::sample_profile), show);
}

fn check_file(name: &str, file: Option<PathBuf>, show: impl Fn(&mut Window)) {
    check_sized(name, file, [1200.0, 800.0], show);
}

fn check_sized(name: &str, file: Option<PathBuf>, size: [f32; 2], show: impl Fn(&mut Window)) {
    let mut results = SnapshotResults::new();
    for (theme, suffix) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let mut window = sized_window(file.clone(), theme, size);
        show(&mut window);
        settle(&mut window);
        // Until what comes and goes slowly has come.
        window.run_steps(40);
        window.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut window);
    }
}

fn select_the_spike(window: &mut Window) {
    choose(window, "Usual numbers of rows", "50 rows");
    let (from, to) = (cell(window, 30, 11, 15), cell(window, 30, 11, 29));
    drag(window, from, to);
}

#[test]
fn the_start_page() {
    check("start", None, |_| {});
}

#[test]
fn a_selection_and_its_flame_graph() {
    check(
        "selection",
        Some("latency-spike.perf.txt"),
        select_the_spike,
    );
}

#[test]
fn a_search_on_the_heat_map_beside_the_table() {
    check("search", Some("single-threaded-phase.perf.txt"), |window| {
        window.key_press(Key::T);
        window.key_press(Key::H);
        window.key_press_modifiers(Modifiers::COMMAND, Key::F);
        window.run_ok();
        window.get_by_label("Search").type_text("merge_results");
        settle(window);
        assert!(has_part(window, "Found in each cell"));
    });
}

#[test]
fn threads_as_rows_and_callers() {
    check("threads", Some("mixed-mode.perf.txt"), |window| {
        choose(window, "Rows stand for", "Threads");
        choose(window, "Bars stacked by", "Bars: Threads");
        window.key_press(Key::C);
    });
}

#[test]
fn a_recurring_selection() {
    check("recurring", Some("latency-spike.perf.txt"), |window| {
        choose(window, "Usual numbers of rows", "50 rows");
        let (from, to) = (cell(window, 30, 4, 15), cell(window, 30, 25, 29));
        drag_with(window, from, to, Modifiers::ALT);
    });
}

#[test]
fn findings_and_what_is_different() {
    check("findings", Some("latency-spike.perf.txt"), |window| {
        window.key_press(Key::D);
        settle(window);
        window.key_press(Key::N);
    });
}

#[test]
fn a_sandwich_in_a_zoomed_heat_map() {
    check("sandwich", Some("pause.perf.txt"), |window| {
        let at = driver::middle(window, "run_job");
        driver::click_at(window, at, egui::PointerButton::Secondary, Modifiers::NONE);
        window.run_ok();
        window
            .get_by_label("Callers and callees (sandwich)")
            .click();
        settle(window);
        let map = window.get_by_label("Heat map").rect().center();
        window.hover_at(map);
        for _ in 0..6 {
            window.event(egui::Event::Zoom(1.3));
            window.run_steps(2);
        }
    });
}

#[test]
fn filters_and_the_details_of_a_function() {
    check("filters", Some("mixed-mode.perf.txt"), |window| {
        for key in [Key::F, Key::T] {
            window.key_press(key);
            settle(window);
        }
        let field = "Stacks with a frame";
        window.get_by_role_and_label(Role::TextInput, field).focus();
        window.run_ok();
        window
            .get_by_role_and_label(Role::TextInput, field)
            .type_text("uv_");
        settle(window);
        driver::context(window, "uv_run", "Details");
    });
}

#[test]
fn how_unlike_the_rest_each_cell_is() {
    check("difference", Some("latency-spike.perf.txt"), |window| {
        for key in [Key::U, Key::L] {
            window.key_press(key);
            settle(window);
        }
        let (from, to) = (cell(window, 30, 11, 15), cell(window, 30, 11, 29));
        driver::drag(window, from, to);
        window.key_press(Key::M);
    });
}

#[test]
fn a_small_window_has_all_of_it() {
    let file = Some(common::sample_profile("latency-spike.perf.txt"));
    check_sized("small", file, [800.0, 600.0], |window| {
        select_the_spike(window);
        window.key_press(Key::T);
    });
}

#[test]
fn the_overview_of_keys() {
    check("keys", Some("pause.perf.txt"), |window| {
        window.event(egui::Event::Text("?".to_owned()));
    });
}

#[test]
fn time_off_the_cpus_beside_what_ran() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/switches.perf.txt");
    check_file("off-cpu", Some(file), |window| {
        choose(window, "Event shown", "off-CPU time");
        assert!(has_part(window, "On CPU: 5 samples"));
    });
}
