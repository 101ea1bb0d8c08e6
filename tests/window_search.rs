//! Searching in the window: going from match to match, listing them, filtering by them.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use driver::{Window, context, has, has_part, open_sample, press, press_with, settle};
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn search(window: &mut Window, text: &str) {
    press(window, Key::Slash);
    window.event(egui::Event::Text(text.into()));
    settle(window);
}

fn leave_field(window: &mut Window) {
    window.get_by_label("Heat map").focus();
    settle(window);
}

/// The names in the table of functions.
fn listed(window: &Window, name: &str) -> bool {
    let labels = window.get_all_by_role(Role::Label);
    let mut labels = labels.map(|node| node.accesskit_node().value());
    labels.any(|label| label.as_deref() == Some(name))
}

#[test]
fn keys_go_from_match_to_match_also_outside_the_field() {
    let mut window = open_sample("latency-spike.perf.txt");
    search(&mut window, "sort_entries|hash_body");
    press(&mut window, Key::Enter);
    assert!(has_part(&window, "1 of "));
    leave_field(&mut window);
    press(&mut window, Key::F3);
    assert!(has_part(&window, "2 of "));
    press_with(&mut window, Modifiers::SHIFT, Key::F3);
    assert!(has_part(&window, "1 of "));
    let field = window.get_by_role_and_label(Role::TextInput, "Search");
    field.focus();
    window.run_ok();
    press(&mut window, Key::Enter);
    assert!(has_part(&window, "2 of "));
    press_with(&mut window, Modifiers::SHIFT, Key::Enter);
    assert!(has_part(&window, "1 of "));
}

#[test]
fn the_next_match_is_gone_to_outside_of_the_zoom() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = driver::middle(&window, "handle_request");
    let (button, none) = (egui::PointerButton::Primary, Modifiers::NONE);
    driver::click_at(&mut window, at, button, none);
    search(&mut window, "sift_down");
    assert!(has(&window, "Reset zoom") && has_part(&window, "0 in the picture"));
    press(&mut window, Key::Enter);
    settle(&mut window);
    assert!(!has(&window, "Reset zoom") && has_part(&window, "1 of "));
}

#[test]
fn matches_are_listed_in_the_table_of_functions() {
    let mut window = open_sample("latency-spike.perf.txt");
    search(&mut window, "^SORT_entries|hash_body");
    // With a capital letter case matters.
    assert!(has_part(&window, "Matched") && !has(&window, "Close functions"));
    window.get_by_label("List").click();
    settle(&mut window);
    assert!(listed(&window, "hash_body") && !listed(&window, "sort_entries"));
    press(&mut window, Key::Escape);
    settle(&mut window);
    assert!(
        listed(&window, "sort_entries"),
        "without a search all are listed"
    );
}

#[test]
fn a_search_becomes_a_filter_and_the_next_one_narrows_it() {
    let mut window = open_sample("latency-spike.perf.txt");
    search(&mut window, "REBUILD_INDEX".to_lowercase().as_str());
    window.get_by_label("Only these").click();
    settle(&mut window);
    assert!(has_part(&window, "Only stack /(?i)rebuild_index/"));
    press(&mut window, Key::Escape);
    context(&mut window, "compare_keys", "Only samples with this");
    assert!(has_part(
        &window,
        "Only stack /(?i)rebuild_index/ · and /^compare_keys$/"
    ));
    // Both at once: what the command line counts with both.
    let samples = common::sample_profile("latency-spike.perf.txt");
    let program = env!("CARGO_BIN_EXE_emberscope");
    let output = std::process::Command::new(program)
        .args(["info", "--format", "json", samples.to_str().unwrap()])
        .args(["--stack", "rebuild_index", "--also-stack", "^compare_keys$"])
        .output()
        .unwrap();
    let info: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let shown = info["shown_samples"].as_u64().unwrap();
    assert!(shown > 0 && has_part(&window, &format!("{shown} samples")));
    press(&mut window, Key::F);
    window.get_by_label("^compare_keys$ ×").click();
    settle(&mut window);
    assert!(!has_part(&window, "· and /"));
    search(&mut window, "compare_keys");
    window.get_by_label("Without these").click();
    settle(&mut window);
    assert!(has_part(&window, "not /(?i)compare_keys/"));
}
