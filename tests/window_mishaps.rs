//! The window where things get in each other's way: what has just changed, gone, or not come yet.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use driver::{
    Window, cell, choose, drag, has, has_part, open_sample, press, press_with, selected, settle,
    window,
};
use egui::{Key, Modifiers, Role, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::Path;
use std::time::{Duration, Instant};

fn search_for(window: &mut Window, text: &str) {
    press_with(window, Modifiers::COMMAND, Key::F);
    window.get_by_label("Search").type_text(text);
    settle(window);
    window.get_by_label("Next match (Enter)").click();
    settle(window);
    // Out of the field.
    window.get_by_label("Heat map").focus();
    settle(window);
}

/// Writes another text to a file that is open, comes back to the window, and loads it again.
fn reload(window: &mut Window, path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    for focused in [false, true] {
        window.event(egui::Event::WindowFocused(focused));
        window.input_mut().focused = focused;
        window.step();
    }
    let started = Instant::now();
    while !has(window, "Reload") {
        window.step();
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    window.get_by_label("Reload").click();
    settle(window);
}

#[test]
fn a_match_is_gone_to_while_the_shape_of_the_flame_graph_changes() {
    let mut window = open_sample("latency-spike.perf.txt");
    search_for(&mut window, "e");
    let hide = |window: &mut Window| {
        driver::context(window, "handle_request", "Hide this function");
    };
    let steps: [&dyn Fn(&mut Window); 6] = [
        &|window| press(window, Key::R),
        &|window| press(window, Key::C),
        &|window| press(window, Key::C),
        &hide,
        &|window| {
            let (from, to) = (cell(window, 30, 4, 0), cell(window, 30, 4, 3));
            drag(window, from, to);
        },
        &|window| press_with(window, Modifiers::COMMAND, Key::Z),
    ];
    for step in steps {
        step(&mut window);
        assert!(has_part(&window, "Matched "));
        window.get_by_label("Next match (Enter)").click();
        settle(&mut window);
    }
}

#[test]
fn modules_are_told_apart_while_functions_are_hidden() {
    let mut window = open_sample("latency-spike.perf.txt");
    window.get_by_label("View").click();
    window.run_ok();
    window.get_by_label("Flame graph colours").click();
    window.run_ok();
    window.get_by_label("By module").click();
    settle(&mut window);
    press(&mut window, Key::Escape);
    driver::context(&mut window, "server", "Focus on what it calls");
    assert!(has_part(&window, "Focus: server"));
    // Away from the boxes, the colours are explained.
    let at = cell(&window, 30, 3, 3);
    window.hover_at(at);
    settle(&mut window);
    assert!(has(&window, "A colour for each module:"));
    press(&mut window, Key::Escape);
    assert!(!has_part(&window, "Focus: server"));
}

#[test]
fn short_columns_and_a_vanished_event_survive_loading_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changing.perf.txt");
    let text = |second_event: &str| -> String {
        let sample = |(index, event)| {
            format!(
                "a 1/1 [000] {}.250000: 1 {event}:\n\t1 work (/x)\n\n",
                100 + index
            )
        };
        ["cycles", second_event, "cycles"]
            .into_iter()
            .enumerate()
            .map(sample)
            .collect()
    };
    std::fs::write(&path, text("faults")).unwrap();
    let mut window = window(Some(path.clone()));
    choose(&mut window, "Column length", "200 ms");
    choose(&mut window, "Event shown", "faults (1 sample)");
    assert!(has_part(&window, "Whole profile · 2.000 s · 1 sample"));
    reload(&mut window, &path, &text("misses"));
    assert!(
        has_part(&window, "Whole profile · 2.000 s · 2 samples"),
        "the first event"
    );
    let columns = window.get_by_role_and_label(Role::SpinButton, "Columns");
    let shown = columns.accesskit_node().value();
    assert_eq!(shown.as_deref(), Some("200 ms columns"));
}

#[test]
fn esc_leaves_a_field_and_nothing_else() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 4, 0), cell(&window, 30, 4, 49));
    drag(&mut window, from, to);
    let before = selected(&window);
    press(&mut window, Key::T);
    window.get_by_label("Narrow the list of functions").focus();
    settle(&mut window);
    press(&mut window, Key::Escape);
    assert_eq!(selected(&window), before, "the list of functions");
    let start = "Start of the selection in seconds";
    window.get_by_label(start).focus();
    settle(&mut window);
    window.get_by_label(start).type_text("1");
    press(&mut window, Key::Escape);
    assert_eq!(selected(&window), before, "a time that was given up");
    window.get_by_label("View").click();
    settle(&mut window);
    press(&mut window, Key::Escape);
    assert_eq!(selected(&window), before, "a menu");
    window.event(egui::Event::Text("?".to_owned()));
    settle(&mut window);
    press(&mut window, Key::Escape);
    assert!(!has(&window, "Keys and gestures"));
    assert_eq!(selected(&window), before, "the overview of keys");
    press_with(&mut window, Modifiers::COMMAND, Key::F);
    window.get_by_label("Search").type_text("hash");
    settle(&mut window);
    press(&mut window, Key::Escape);
    assert!(
        !has_part(&window, "Matched "),
        "the search is cleared from its own field"
    );
    assert_eq!(selected(&window), before);
    press(&mut window, Key::Escape);
    assert_eq!(selected(&window), None);
}

#[test]
fn what_plays_stops_when_asked_and_is_undone_as_one() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 2, 10), cell(&window, 30, 2, 20));
    drag(&mut window, from, to);
    let first = selected(&window);
    press(&mut window, Key::Space);
    window.run_steps(60);
    assert_ne!(selected(&window), first);
    press(&mut window, Key::Escape);
    let stopped = selected(&window);
    assert!(stopped.is_some() && has(&window, "Play"));
    window.run_steps(60);
    assert_eq!(selected(&window), stopped);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(selected(&window), first);
}

#[test]
fn filters_of_several_expressions_can_be_undone_one_by_one() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::F);
    driver::context(&mut window, "rebuild_index", "Without samples with this");
    driver::context(&mut window, "handle_request", "Without samples with this");
    assert!(!has(&window, "rebuild_index") && !has(&window, "handle_request"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(!has(&window, "rebuild_index") && has(&window, "handle_request"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(has(&window, "rebuild_index") && has(&window, "handle_request"));
    // What is typed is undone as one.
    let field = "Stacks with a frame";
    window.get_by_role_and_label(Role::TextInput, field).focus();
    settle(&mut window);
    for letter in ["r", "e", "b"] {
        window
            .get_by_role_and_label(Role::TextInput, field)
            .type_text(letter);
        settle(&mut window);
    }
    assert!(!has(&window, "handle_request"));
    window.get_by_label("Heat map").focus();
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(has(&window, "handle_request"));
}

#[test]
fn a_release_that_was_not_seen_ends_the_drag() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = cell(&window, 30, 4, 10);
    let press = |pos| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed: true,
        modifiers: Modifiers::NONE,
    };
    window.event(egui::Event::PointerMoved(at));
    window.event(press(at));
    window.run_steps(2);
    window.event(egui::Event::PointerMoved(at + vec2(60.0, 0.0)));
    window.run_steps(2);
    window.event(egui::Event::PointerGone);
    window.event(egui::Event::WindowFocused(false));
    settle(&mut window);
    window.event(egui::Event::PointerMoved(at + vec2(90.0, 0.0)));
    settle(&mut window);
    assert!(has_part(&window, "Whole profile"));
    assert_eq!(selected(&window), None);
}

#[test]
fn each_search_by_a_click_is_undone_by_itself_and_steps_together() {
    let mut window = open_sample("latency-spike.perf.txt");
    for name in ["rebuild_index", "hash_body"] {
        driver::context(&mut window, name, "Search for this");
    }
    let search = |window: &Window| {
        let field = window.get_by_label("Search");
        field.accesskit_node().value().unwrap_or_default()
    };
    assert_eq!(search(&window), "^(?-i:hash_body)$");
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(search(&window), "^(?-i:rebuild_index)$");
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(search(&window), "");
    let (from, to) = (cell(&window, 30, 4, 0), cell(&window, 30, 4, 49));
    drag(&mut window, from, to);
    let drawn = selected(&window);
    for _ in 0..5 {
        press(&mut window, Key::ArrowRight);
    }
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(selected(&window), drawn);
}

/// Half of the second second has no samples.
#[test]
fn what_cannot_be_compared_says_so() {
    let sample = |millis: u64| {
        let (second, rest) = (millis / 1000, millis % 1000);
        format!("app 1/1 [000] {second}.{rest:03}000: 1 cycles:\n\t1 work+0x1 (/x)\n\n")
    };
    let busy = (1000..3000).filter(|millis| !(2000..2500).contains(millis));
    let text: String = busy.step_by(10).map(sample).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gap.perf.txt");
    std::fs::write(&path, text).unwrap();
    let mut window = window(Some(path));
    choose(&mut window, "Column length", "1 s");
    choose(&mut window, "Usual numbers of rows", "50 rows");
    press(&mut window, Key::T);
    // All of it: there is no rest.
    let (from, to) = (cell(&window, 2, 0, 0), cell(&window, 2, 1, 49));
    drag(&mut window, from, to);
    let (from, to) = (cell(&window, 2, 1, 0), cell(&window, 2, 1, 20));
    driver::drag_with(&mut window, from, to, Modifiers::COMMAND);
    window.get_by_label("With the rest").click();
    settle(&mut window);
    assert!(has_part(&window, "Select a part of the profile"));
    // Nothing is in the selection: all has gone, none of it thousands of times as much.
    let (from, to) = (cell(&window, 2, 1, 2), cell(&window, 2, 1, 20));
    drag(&mut window, from, to);
    assert!(has(&window, "gone") && !has_part(&window, "> 1000"));
    // And where nothing has vanished, that is said.
    let (from, to) = (cell(&window, 2, 0, 0), cell(&window, 2, 0, 49));
    drag(&mut window, from, to);
    window.get_by_label("Vanished").click();
    settle(&mut window);
    assert!(has_part(&window, "Nothing of the baseline has vanished"));
}

/// The clock of another recording is another one; what is selected stays as far from its beginning.
#[test]
fn of_a_file_recorded_anew_the_same_seconds_are_selected() {
    let text = |start: u64| -> String {
        let sample = |index: u64| {
            let (second, tenth) = (start + index / 10, index % 10);
            format!("app 1/1 [000] {second}.{tenth}00000: 1 cycles:\n\t1 work+0x1 (/x)\n\n")
        };
        (0..40).map(sample).collect()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.perf.txt");
    std::fs::write(&path, text(100)).unwrap();
    let mut window = window(Some(path.clone()));
    choose(&mut window, "Column length", "1 s");
    let (from, to) = (cell(&window, 4, 1, 0), cell(&window, 4, 2, 49));
    drag(&mut window, from, to);
    let expected = Some(("1.000".into(), "3.000".into()));
    assert_eq!(selected(&window), expected);
    reload(&mut window, &path, &text(90_000));
    assert_eq!(selected(&window), expected);
    assert!(has_part(&window, "20 samples"));
}

fn key(key: Key) -> egui::Event {
    egui::Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    }
}

/// The beginning of a drag in one frame, its end and keys in another.
fn drag_with_keys(window: &mut Window, before: &[Key], after: &[Key]) {
    let (from, to) = (cell(window, 30, 4, 0), cell(window, 30, 4, 49));
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let events = &mut window.input_mut().events;
    events.extend([egui::Event::PointerMoved(from), button(from, true)]);
    window.step();
    let keys = |keys: &[Key]| keys.iter().map(|it| key(*it)).collect::<Vec<_>>();
    let events = &mut window.input_mut().events;
    events.push(egui::Event::PointerMoved(to));
    events.extend(keys(before));
    events.push(button(to, false));
    events.extend(keys(after));
    window.step();
    settle(window);
}

#[test]
fn keys_typed_as_a_drag_ends_are_of_what_it_has_selected() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::L);
    let at = cell(&window, 30, 20, 5);
    drag(&mut window, at, at);
    drag_with_keys(&mut window, &[], &[Key::M]);
    let column = Some(("4.000".to_owned(), "5.000".to_owned()));
    assert_eq!(selected(&window), column);
    press(&mut window, Key::W);
    window.get_by_label("Select").click();
    settle(&mut window);
    assert_eq!(
        selected(&window),
        column,
        "what was kept is what was dragged"
    );
    // What is typed before the end is before it: Esc gives the drag up.
    press(&mut window, Key::W);
    drag_with_keys(&mut window, &[Key::Escape], &[]);
    assert_eq!(selected(&window), None);
}

#[test]
fn a_sample_profile_has_no_link_and_says_why() {
    let mut window = window(None);
    window.get_by_label("pause.perf.txt").click();
    settle(&mut window);
    window.get_by_label("File").click();
    window.run_ok();
    window.get_by_label("Copy the command for this").click();
    settle(&mut window);
    assert!(has_part(&window, "pause.perf.txt came with the program"));
}

#[test]
fn icicle_and_other_shapes_are_undone_alike() {
    let mut window = open_sample("pause.perf.txt");
    let is_icicle =
        |window: &Window| driver::middle(window, "all").y < driver::middle(window, "run_job").y;
    press(&mut window, Key::I);
    assert!(is_icicle(&window));
    press(&mut window, Key::R);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(is_icicle(&window));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(!is_icicle(&window));
    let redo = Modifiers::COMMAND.plus(Modifiers::SHIFT);
    press_with(&mut window, redo, Key::Z);
    assert!(is_icicle(&window));
    // What is opened next looks the same.
    let dropped = driver::Dropped(common::sample_profile("latency-spike.perf.txt"));
    window.input_mut().dropped_files = vec![std::sync::Arc::new(dropped)];
    settle(&mut window);
    assert!(driver::middle(&window, "all").y < driver::middle(&window, "hash_body").y);
}

#[test]
fn a_change_on_disk_is_seen_at_once_and_can_be_dismissed_until_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("growing.perf.txt");
    let text = |seconds: u32| -> String {
        let sample = |second| format!("a 1/1 [000] {second}.250000: 1 c:\n\t1 work (/x)\n\n");
        (100..100 + seconds).map(sample).collect()
    };
    std::fs::write(&path, text(10)).unwrap();
    let mut window = window(Some(path.clone()));
    let wait_for = |window: &mut Window, wanted: bool, least: Duration| {
        let started = Instant::now();
        while started.elapsed() < least || has_part(window, "has changed on disk") != wanted {
            window.step();
            assert!(started.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_for(&mut window, false, Duration::from_millis(1500));
    std::fs::write(&path, text(11)).unwrap();
    wait_for(&mut window, true, Duration::ZERO);
    window.get_by_label("Dismiss").click();
    settle(&mut window);
    wait_for(&mut window, false, Duration::from_millis(1500));
    std::fs::write(&path, text(12)).unwrap();
    wait_for(&mut window, true, Duration::ZERO);
    press(&mut window, Key::F5);
    wait_for(&mut window, false, Duration::ZERO);
    assert_eq!(window.state().profile().unwrap().samples.len(), 12);
}

/// As from a panel that is a window of its own and has the keyboard.
#[test]
fn what_is_searched_for_is_typed_into_the_main_window() {
    let mut window = open_sample("latency-spike.perf.txt");
    let asks = |window: &mut Window, focused: bool| {
        window.input_mut().focused = focused;
        window.input_mut().events.push(key(Key::Slash));
        window.step();
        let views = &window.output().viewport_output;
        let commands = &views[&egui::ViewportId::ROOT].commands;
        let is_asked = commands.contains(&egui::ViewportCommand::Focus);
        window.get_by_label("Heat map").focus();
        settle(window);
        is_asked
    };
    assert!(!asks(&mut window, true));
    assert!(asks(&mut window, false));
}

#[test]
fn a_click_beside_an_open_menu_closes_it_and_selects_nothing() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 4, 0), cell(&window, 30, 4, 3));
    drag(&mut window, from, to);
    let before = selected(&window);
    window.get_by_label("View").click();
    window.run_ok();
    assert!(has_part(&window, "Widest calls first"));
    let far = cell(&window, 30, 25, 40);
    driver::click_at(
        &mut window,
        far,
        egui::PointerButton::Primary,
        Modifiers::NONE,
    );
    assert!(!has_part(&window, "Widest calls first"));
    assert_eq!(selected(&window), before);
    driver::click_at(
        &mut window,
        far,
        egui::PointerButton::Primary,
        Modifiers::NONE,
    );
    assert_ne!(selected(&window), before);
}

#[test]
fn what_plays_in_the_last_column_begins_anew() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 29, 0), cell(&window, 30, 29, 3));
    drag(&mut window, from, to);
    let before = selected(&window);
    press(&mut window, Key::Space);
    let start: f64 = selected(&window).unwrap().0.parse().unwrap();
    assert!(start < 10.0, "{start}");
    press(&mut window, Key::Space);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(selected(&window), before);
}
