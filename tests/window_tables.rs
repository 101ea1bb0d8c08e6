//! The tables of functions and of changes: their order, what they are narrowed to, their names.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use driver::{
    Window, cell, click_at, drag, has, has_part, middle, open_sample, press, press_with, settle,
    window,
};
use egui::{Key, Modifiers, PointerButton, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use emberscope::call_tree::{CallTree, FunctionTotals, functions};
use emberscope::selection::Selection;
use std::cmp::Reverse;

/// All functions of the profile, as the library orders them.
fn functions_of(window: &Window) -> Vec<(String, FunctionTotals)> {
    let profile = window.state().profile().unwrap();
    let samples = common::default_samples(profile);
    let tree = CallTree::new(profile, &samples, &Selection::whole());
    let rows = functions(profile, &profile.stacks, &tree).into_iter();
    rows.map(|row| (profile.frame_name(row.frame).into_owned(), row))
        .collect()
}

/// The names in the table from the top, of those that are in sight.
fn listed(window: &Window) -> Vec<String> {
    let left = window.get_by_label("Close functions").rect().left() - 340.0;
    let named = functions_of(window);
    let labels = window.get_all_by_role(Role::Label);
    let mut rows: Vec<(f32, String)> = labels
        .filter(|node| node.rect().left() > left)
        .filter_map(|node| Some((node.rect().top(), node.accesskit_node().value()?)))
        .filter(|(_, name)| named.iter().any(|(known, _)| known == name))
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

/// Presses the button of a heading by key, as one who has no pointer does.
fn sort_by(window: &mut Window, heading: &str) {
    window.get_by_role_and_label(Role::Button, heading).focus();
    window.run_ok();
    press(window, Key::Enter);
}

#[test]
fn each_heading_orders_the_table_both_ways_and_says_so() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    let mut all = functions_of(&window);
    let names = |all: &[(String, FunctionTotals)]| -> Vec<String> {
        all.iter().map(|(name, _)| name.clone()).collect()
    };
    let check = |window: &Window, expected: &[String]| {
        let shown = listed(window);
        assert!(shown.len() > 5, "{shown:?}");
        assert_eq!(shown, expected[..shown.len()]);
    };
    check(&window, &names(&all));
    sort_by(&mut window, "Self, largest first");
    let mut expected = names(&all);
    expected.reverse();
    check(&window, &expected);
    assert!(has(&window, "Self, smallest first"));
    sort_by(&mut window, "Total");
    all.sort_by_key(|(_, row)| (Reverse((row.total_weight, row.self_weight)), row.frame));
    check(&window, &names(&all));
    assert!(has(&window, "Total, largest first") && has(&window, "Self"));
    sort_by(&mut window, "Function");
    all.sort_by_key(|(_, row)| row.frame);
    check(&window, &names(&all));
    sort_by(&mut window, "Function, A first");
    all.reverse();
    check(&window, &names(&all));
    assert!(has(&window, "Function, Z first"));
}

#[test]
fn the_table_of_changes_is_ordered_by_its_headings() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    let (from, to) = (cell(&window, 30, 11, 15), cell(&window, 30, 11, 29));
    drag(&mut window, from, to);
    press(&mut window, Key::D);
    press(&mut window, Key::N);
    assert!(has(&window, "Sure, largest first"));
    for (heading, then) in [
        ("Selection", "Selection, largest first"),
        ("Selection, largest first", "Selection, smallest first"),
        ("Baseline", "Baseline, largest first"),
        ("Times", "Times, largest first"),
        ("Function", "Function, A first"),
    ] {
        sort_by(&mut window, heading);
        assert!(has(&window, then), "{then}");
    }
    let names = listed(&window);
    let mut sorted = names.clone();
    sorted.sort();
    assert!(names.len() > 5);
    assert_eq!(names, sorted);
}

#[test]
fn only_what_the_search_finds_is_listed() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    let all = listed(&window).len();
    press(&mut window, Key::Slash);
    window.event(egui::Event::Text("hash_body|sort_entries".into()));
    settle(&mut window);
    assert_eq!(listed(&window).len(), all);
    window
        .get_by_role_and_label(Role::CheckBox, "Found only")
        .click();
    settle(&mut window);
    let mut found = listed(&window);
    found.sort();
    assert_eq!(found, ["hash_body", "sort_entries"]);
    // Another search, other functions.
    window
        .get_by_role_and_label(Role::TextInput, "Search")
        .focus();
    window.run_ok();
    press_with(&mut window, Modifiers::COMMAND, Key::A);
    window.event(egui::Event::Text("parse_request".into()));
    settle(&mut window);
    assert_eq!(listed(&window), ["parse_request"]);
}

/// A profile of two functions that only the end of their names tells apart.
fn long_names() -> (tempfile::TempDir, Window) {
    let name = |end: &str| {
        let argument = "std::map<std::string, std::vector<std::pair<int, double>>>";
        format!("void service::Handler<{argument}>::on_request<{argument}>(int)::{end}")
    };
    let sample = |index: u32| {
        let end = ["alpha", "omega"][index as usize % 2];
        format!(
            "app 1/1 [000] {}.{:03}000: 1 cycles:\n\t1 {} (/x)\n\n",
            1 + index / 100,
            index % 100 * 10,
            name(end)
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("names.perf.txt");
    std::fs::write(&path, (0..400).map(sample).collect::<String>()).unwrap();
    let window = window(Some(path));
    (folder, window)
}

/// The texts that are drawn, as they are drawn.
fn painted(window: &Window) -> Vec<String> {
    fn texts(shape: &egui::Shape, found: &mut Vec<String>) {
        match shape {
            egui::Shape::Text(text) => {
                let rows = text.galley.rows.iter();
                found.push(rows.map(|row| row.text()).collect());
            }
            egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| texts(shape, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for clipped in &window.output().shapes {
        texts(&clipped.shape, &mut found);
    }
    found
}

#[test]
fn long_names_are_cut_in_the_middle_and_told_whole() {
    let (_folder, mut window) = long_names();
    press(&mut window, Key::T);
    for end in ["alpha", "omega"] {
        let is_cut =
            |text: &&String| text.starts_with("void ") && text.contains('…') && text.ends_with(end);
        let cut = painted(&window).iter().filter(is_cut).count();
        assert_eq!(cut, 2, "{end}: in its box and in the table");
    }
    let whole = |window: &Window| {
        let nodes = window.get_all_by_role(Role::Label);
        let mut values = nodes.filter_map(|node| node.accesskit_node().value());
        values.any(|text| text.starts_with("void ") && text.ends_with("alpha"))
    };
    assert!(whole(&window), "its name is the whole of it");
    // The line below the boxes has the numbers, too.
    let tree_items = window.get_all_by_role(Role::TreeItem);
    let at = tree_items.map(|node| node.rect().center()).next_back();
    window.hover_at(at.unwrap());
    settle(&mut window);
    let is_line = |text: &String| text.contains("… · ") || text.contains(" · 200 samples");
    assert!(
        painted(&window).iter().any(is_line),
        "{:?}",
        painted(&window)
    );
    // Zoomed, the way back has both ends.
    click_at(
        &mut window,
        at.unwrap(),
        PointerButton::Primary,
        Modifiers::NONE,
    );
    assert!(has(&window, "Reset zoom"));
}

#[test]
fn the_way_back_from_a_zoom_leads_to_each_caller() {
    let mut window = open_sample("latency-spike.perf.txt");
    let depth = |window: &Window| {
        let app = window.state();
        app.profile().unwrap().stacks.depth[app.zoom().unwrap().index()]
    };
    let at = middle(&window, "sort_entries");
    click_at(&mut window, at, PointerButton::Primary, Modifiers::NONE);
    let deep = depth(&window);
    assert!(deep > 2);
    let link = |window: &mut Window, name: &str| {
        window.get_by_role_and_label(Role::Link, name).click();
        settle(window);
    };
    link(&mut window, "rebuild_index");
    assert!(depth(&window) < deep);
    link(&mut window, "start_thread");
    assert_eq!(depth(&window), 2);
    link(&mut window, "all");
    assert_eq!(depth(&window), 0);
    assert!(!has(&window, "Reset zoom"));
}

/// A thousand functions beside each other, each narrower than half a point.
#[test]
fn calls_too_narrow_to_be_drawn_say_how_many_they_are() {
    let sample = |index: u32| {
        let name = match index {
            0..6000 => "wide".to_owned(),
            _ => format!("narrow_{index:05}"),
        };
        format!("app 1/1 [000] 1.{index:06}: 1 cycles:\n\t1 {name} (/x)\n\n")
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("narrow.perf.txt");
    std::fs::write(&path, (0..9000).map(sample).collect::<String>()).unwrap();
    let mut window = window(Some(path));
    let wide = middle(&window, "wide");
    let thread = middle(&window, "app");
    // Beside it in its row: names are in order, and narrow ones come first.
    let left = window.get_by_label("Flame graph").rect().left();
    let beside = egui::pos2(left + (thread.x - left) / 3.0, wide.y);
    window.hover_at(beside);
    settle(&mut window);
    assert!(has_part(&window, "3,000 calls too narrow to be drawn"));
    assert!(has(&window, "3,000 samples") && has(&window, "Zoom in to see them"));
}
