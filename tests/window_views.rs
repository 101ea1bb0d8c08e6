//! The window's views, driven as a user would: each gesture and key does what the overview says.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use driver::{
    Window, cell, choose, click_at, context, drag, drag_with, has, has_part, middle, open_sample,
    press, press_with, retype, selected, settle, type_path, window,
};
use egui::{Key, Modifiers, Role, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::time::{Duration, Instant};

fn width(window: &Window, label: &str) -> f32 {
    window.get_by_label(label).rect().width()
}

fn box_top(window: &Window, label: &str) -> f32 {
    let nodes = window.get_all_by_role(Role::TreeItem);
    let mut named = nodes.filter(|node| node.accesskit_node().label().as_deref() == Some(label));
    named.next().unwrap().rect().top()
}

/// Turns the wheel by so many points.
fn wheel(delta: f32) -> egui::Event {
    egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, delta),
        source: egui::MouseWheelSource::Wheel,
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    }
}

#[test]
fn a_profile_opens_with_as_many_rows_as_it_has_samples_a_second() {
    let window = window(Some(common::sample_profile("latency-spike.perf.txt")));
    let rows = window.get_by_role_and_label(Role::SpinButton, "Rows");
    assert_eq!(rows.accesskit_node().value().as_deref(), Some("99 rows"));
}

#[test]
fn a_short_profile_opens_with_short_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("short.perf.txt");
    let sample = |at: u32| format!("a 1/1 [000] 7.{at:06}: 1 cycles:\n\t1 work (/x)\n\n");
    let columns = |window: &Window| {
        let columns = window.get_by_role_and_label(Role::SpinButton, "Columns");
        columns.accesskit_node().value()
    };
    for (last, expected) in [(90_000, "10 ms columns"), (900_000, "100 ms columns")] {
        std::fs::write(&path, sample(0) + &sample(last)).unwrap();
        let window = window(Some(path.clone()));
        assert_eq!(columns(&window).as_deref(), Some(expected));
    }
}

#[test]
fn rows_that_are_typed_one_after_the_other_are_undone_one_by_one() {
    let mut window = open_sample("latency-spike.perf.txt");
    let rows = |window: &Window| {
        let rows = window.get_by_role_and_label(Role::SpinButton, "Rows");
        rows.accesskit_node().value()
    };
    for wanted in ["33", "70"] {
        window
            .get_by_role_and_label(Role::SpinButton, "Rows")
            .click();
        window.run_ok();
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.event(egui::Event::Text(wanted.into()));
        window.run_ok();
        press(&mut window, Key::Enter);
        assert_eq!(rows(&window), Some(format!("{wanted} rows")));
    }
    window.get_by_label("Heat map").focus();
    for expected in ["33 rows", "50 rows"] {
        press_with(&mut window, Modifiers::COMMAND, Key::Z);
        assert_eq!(rows(&window).as_deref(), Some(expected));
    }
}

#[test]
fn an_empty_selection_leads_to_what_has_vanished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pause.perf.txt");
    let sample = |second: u32| format!("a 1/1 [000] {second}.500000: 1 cycles:\n\t1 work (/x)\n\n");
    let text: String = (0..10).filter(|second| *second != 5).map(sample).collect();
    std::fs::write(&path, text).unwrap();
    let mut window = window(Some(path));
    choose(&mut window, "Usual numbers of rows", "50 rows");
    let (from, to) = (cell(&window, 10, 5, 0), cell(&window, 10, 5, 49));
    drag(&mut window, from, to);
    assert!(has(&window, "No samples are in the selection."));
    window.get_by_label("Compare").click();
    window.run_ok();
    window.get_by_label("With the rest of the profile").click();
    settle(&mut window);
    window.get_by_label("Show what has vanished").click();
    settle(&mut window);
    assert!(has_part(&window, "work"));
}

#[test]
fn samples_of_other_events_are_not_said_to_be_filtered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.perf.txt");
    let sample =
        |(second, event)| format!("a 1/1 [000] {second}.500000: 1 {event}:\n\t1 work (/x)\n\n");
    let events = ["faults", "cycles", "cycles"].into_iter().enumerate();
    std::fs::write(&path, events.map(sample).collect::<String>()).unwrap();
    let window = window(Some(path));
    assert!(has_part(&window, "1 sample · 2 of other events"));
}

#[test]
fn arrows_move_the_selection_and_with_shift_its_end() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = cell(&window, 30, 4, 20);
    drag(&mut window, at, at);
    let steps = [
        (Modifiers::NONE, Key::ArrowRight, ("5.400", "5.420")),
        (Modifiers::NONE, Key::ArrowUp, ("5.420", "5.440")),
        (Modifiers::NONE, Key::ArrowLeft, ("4.420", "4.440")),
        (Modifiers::NONE, Key::ArrowDown, ("4.400", "4.420")),
        (Modifiers::SHIFT, Key::ArrowUp, ("4.400", "4.440")),
        (Modifiers::SHIFT, Key::ArrowRight, ("4.400", "5.440")),
        (Modifiers::SHIFT, Key::ArrowLeft, ("4.400", "4.440")),
        (Modifiers::NONE, Key::End, ("29.400", "29.440")),
        (Modifiers::NONE, Key::Home, ("0.400", "0.440")),
        // There is nothing before the origin.
        (Modifiers::NONE, Key::ArrowLeft, ("0.400", "0.440")),
        (Modifiers::NONE, Key::Period, ("1.400", "1.440")),
        (Modifiers::NONE, Key::Comma, ("0.400", "0.440")),
    ];
    for (modifiers, key, (start, end)) in steps {
        press_with(&mut window, modifiers, key);
        let expected = Some((start.to_owned(), end.to_owned()));
        assert_eq!(selected(&window), expected, "{key:?}");
    }
}

#[test]
fn changes_can_be_undone_and_done_again() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 4, 0), cell(&window, 30, 4, 49));
    drag(&mut window, from, to);
    let first = selected(&window);
    press(&mut window, Key::ArrowRight);
    let second = selected(&window);
    let at = middle(&window, "all") - vec2(0.0, 18.0);
    click_at(
        &mut window,
        at,
        egui::PointerButton::Primary,
        Modifiers::NONE,
    );
    assert!(has(&window, "Reset zoom"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(!has(&window, "Reset zoom"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(selected(&window), first);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(selected(&window), None);
    let redo = Modifiers::COMMAND.plus(Modifiers::SHIFT);
    press_with(&mut window, redo, Key::Z);
    press_with(&mut window, redo, Key::Z);
    assert_eq!(selected(&window), second);
    // A drag is one change, however many cells it went over.
    let (from, to) = (cell(&window, 30, 6, 3), cell(&window, 30, 9, 40));
    drag(&mut window, from, to);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(selected(&window), second);
}

#[test]
fn dragging_along_the_axis_or_the_bars_takes_whole_columns() {
    let mut window = open_sample("latency-spike.perf.txt");
    for y in [8.0, -8.0] {
        let map = window.get_by_label("Heat map").rect();
        let edge = if y > 0.0 { map.bottom() } else { map.top() };
        let x = |column: f32| map.left() + (column + 0.5) * map.width() / 30.0;
        let (from, to) = (pos2(x(7.0), edge + y), pos2(x(5.0), edge + y));
        drag(&mut window, from, to);
        assert_eq!(selected(&window), Some(("5.000".into(), "8.000".into())));
        press(&mut window, Key::Escape);
    }
}

#[test]
fn alt_dragging_takes_the_same_offsets_in_each_column() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 3, 10), cell(&window, 30, 6, 14));
    drag_with(&mut window, from, to, Modifiers::ALT);
    let app = window.state();
    let ranges = app.selection().unwrap().ranges();
    let origin = app.profile().unwrap().origin();
    let nanos: Vec<_> = ranges
        .iter()
        .map(|range| (range.start.nanos_since(origin), range.nanos()))
        .collect();
    let expected = [3, 4, 5, 6].map(|second| (second * 1_000_000_000 + 200_000_000, 100_000_000));
    assert_eq!(nanos, expected);
    let text = "4 ranges from 3.200 s to 6.300 s · 0.400 s long";
    assert!(has_part(&window, text));
    // By key, of what is selected already.
    press(&mut window, Key::W);
    let (from, to) = (cell(&window, 30, 3, 10), cell(&window, 30, 6, 14));
    drag(&mut window, from, to);
    press(&mut window, Key::E);
    assert!(has_part(&window, text));
    let at = cell(&window, 30, 3, 10);
    drag(&mut window, at, at);
    window.get_by_label("Each column").click();
    settle(&mut window);
    assert!(has_part(&window, "30 ranges from 0.200 s to 29.220 s"));
}

#[test]
fn an_edge_of_the_selection_can_be_dragged() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 11, 15), cell(&window, 30, 11, 28));
    drag(&mut window, from, to);
    let map = window.get_by_label("Heat map").rect();
    let row = map.height() / 50.0;
    // The top edge of its last cell.
    let edge = pos2(to.x, to.y - row / 2.0 + 0.5);
    let to = cell(&window, 30, 11, 40);
    drag(&mut window, edge, to);
    assert_eq!(selected(&window), Some(("11.300".into(), "11.820".into())));
    let edge = pos2(from.x, from.y + row / 2.0 - 0.5);
    let to = cell(&window, 30, 11, 20);
    drag(&mut window, edge, to);
    assert_eq!(selected(&window), Some(("11.400".into(), "11.820".into())));
}

#[test]
fn the_exact_start_and_end_can_be_typed() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = cell(&window, 30, 11, 15);
    drag(&mut window, at, at);
    let field = "End of the selection in seconds";
    retype(&mut window, field, "11.5000001");
    let expected = Some(("11.300".into(), "11.5000001".into()));
    assert_eq!(selected(&window), expected);
}

#[test]
fn the_wheel_zooms_and_scrolls_and_the_overview_shows_where() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = cell(&window, 30, 10, 20);
    let before = window.get_by_label("Heat map").rect();
    assert!(!has(&window, "Overview of the whole profile"));
    window.hover_at(at);
    window.event(egui::Event::Zoom(3.0));
    settle(&mut window);
    assert!(has(&window, "Overview of the whole profile") && has(&window, "Fit"));
    // The column under the pointer stays there.
    let map = window.get_by_label("Heat map").rect();
    drag(
        &mut window,
        pos2(at.x, map.center().y),
        pos2(at.x, map.center().y),
    );
    let (start, _) = selected(&window).unwrap();
    assert!(start.starts_with("10."), "{start}");
    // Scrolling goes along in time.
    window.hover_at(pos2(at.x, map.center().y));
    window.event(wheel(-300.0));
    window.run_steps(60);
    settle(&mut window);
    drag(
        &mut window,
        pos2(at.x, map.center().y),
        pos2(at.x, map.center().y),
    );
    let (start, _) = selected(&window).unwrap();
    assert!(start.parse::<f64>().unwrap() > 11.0, "{start}");
    press(&mut window, Key::Num0);
    assert!(!has(&window, "Overview of the whole profile"));
    assert_eq!(window.get_by_label("Heat map").rect(), before);
}

#[test]
fn kept_selections_are_listed_and_lead_back() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = cell(&window, 30, 11, 15);
    drag(&mut window, at, at);
    press(&mut window, Key::M);
    press(&mut window, Key::L);
    press(&mut window, Key::ArrowRight);
    let field = window.get_by_role_and_label(Role::TextInput, "Name of selection 1");
    field.focus();
    window.run_ok();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    let field = window.get_by_role_and_label(Role::TextInput, "Name of selection 1");
    field.type_text("the spike");
    settle(&mut window);
    let field = window.get_by_role_and_label(Role::TextInput, "Name of selection 1");
    assert_eq!(field.accesskit_node().value().as_deref(), Some("the spike"));
    window.get_by_label("Select").click();
    settle(&mut window);
    assert_eq!(selected(&window), Some(("11.300".into(), "11.320".into())));
    window.get_by_label("Forget").click();
    settle(&mut window);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(has(&window, "Forget"), "forgetting can be undone");
    window.get_by_label("Forget").click();
    settle(&mut window);
    assert!(!has(&window, "Name of selection 1"));
}

#[test]
fn rows_can_be_cpus_threads_or_processes() {
    let mut window = open_sample("mixed-mode.perf.txt");
    choose(&mut window, "Rows stand for", "Threads");
    assert!(has_part(&window, "in each 50 ms"));
    // Time runs within a column: a click near its right edge is late in it.
    let map = window.get_by_label("Heat map").rect();
    let columns = window.state().profile().unwrap().time_range().unwrap();
    let columns = columns.nanos().div_ceil(1_000_000_000) as f32;
    let at = pos2(map.left() + 2.93 * map.width() / columns, map.center().y);
    drag(&mut window, at, at);
    let (start, _) = selected(&window).unwrap();
    assert!(("2.900".."2.940").contains(&start.as_str()), "{start}");
    press(&mut window, Key::V);
    press(&mut window, Key::V);
    press(&mut window, Key::V);
    let rows = (Role::SpinButton, "Rows");
    let is_back = window.query_by_role_and_label(rows.0, rows.1).is_some();
    assert!(is_back, "round to the offsets again");
}

#[test]
fn columns_can_be_longer_and_bars_stacked() {
    let mut window = open_sample("latency-spike.perf.txt");
    choose(&mut window, "Column length", "10 s");
    assert!(has_part(&window, "in each 200 ms"));
    let map = window.get_by_label("Heat map").rect();
    let at = pos2(map.left() + 2.0, map.bottom() - 2.0);
    click_at(
        &mut window,
        at,
        egui::PointerButton::Primary,
        Modifiers::NONE,
    );
    assert_eq!(selected(&window), Some(("0.000".into(), "0.200".into())));
    choose(&mut window, "Bars stacked by", "Bars: Threads");
    let above = pos2(map.left() + 5.0, map.top() - 6.0);
    window.hover_at(above);
    settle(&mut window);
    assert!(
        has_part(&window, "indexer"),
        "the tooltip lists the threads"
    );
}

#[test]
fn callers_grow_from_the_leaves() {
    let mut window = open_sample("latency-spike.perf.txt");
    assert!(box_top(&window, "server") > box_top(&window, "handle_request"));
    press(&mut window, Key::C);
    // The leaves stand on the root now, the threads at the far end.
    assert!(box_top(&window, "sift_down") > box_top(&window, "indexer"));
    press(&mut window, Key::Escape);
    assert!(box_top(&window, "server") > box_top(&window, "handle_request"));
}

#[test]
fn a_sandwich_has_callers_above_and_callees_below() {
    let mut window = open_sample("latency-spike.perf.txt");
    context(
        &mut window,
        "handle_request",
        "Callers and callees (sandwich)",
    );
    let middle = box_top(&window, "handle_request");
    assert!(box_top(&window, "main") < middle && box_top(&window, "parse_request") > middle);
    assert!(!has(&window, "rebuild_index"));
    window.get_by_label("Leave sandwich").click();
    settle(&mut window);
    assert!(has(&window, "rebuild_index"));
}

#[test]
fn functions_can_be_hidden_and_focused() {
    let mut window = open_sample("latency-spike.perf.txt");
    let before = width(&window, "sort_entries");
    context(&mut window, "rebuild_index", "Hide this function");
    assert!(!has(&window, "rebuild_index") && has(&window, "1 function hidden ×"));
    assert!(
        (width(&window, "sort_entries") - before).abs() < 2.0,
        "nothing is lost"
    );
    window.get_by_label("1 function hidden ×").click();
    settle(&mut window);
    context(&mut window, "rebuild_index", "Focus on what it calls");
    assert!(has(&window, "rebuild_index") && !has(&window, "handle_request"));
    press(&mut window, Key::Escape);
    assert!(has(&window, "handle_request"));
}

#[test]
fn the_table_of_functions_is_ordered_and_linked() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    let table = emberscope_functions(&window);
    let (busiest, own, all) = &table[0];
    let percent = |part: u64, whole: u64| format!("{:.2} %", 100.0 * part as f64 / whole as f64);
    let total: u64 = table.iter().map(|(_, own, _)| own).sum();
    assert!(has(&window, &percent(*own, total)) && has(&window, &percent(*all, total)));
    // A click on a row marks the function and shows its details.
    let row = window
        .query_all_by_label(busiest)
        .filter(|node| node.accesskit_node().role() == Role::Label)
        .map(|node| node.rect().center())
        .next()
        .unwrap();
    click_at(
        &mut window,
        row,
        egui::PointerButton::Primary,
        Modifiers::NONE,
    );
    assert!(has_part(&window, "Most often called so"));
    let field = "Narrow the list of functions";
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.run_ok();
    window
        .get_by_role_and_label(Role::TextInput, field)
        .type_text("no such function");
    settle(&mut window);
    assert!(has(&window, "0"), "no rows");
}

/// Name, self and total of each function, the largest self first.
fn emberscope_functions(window: &Window) -> Vec<(String, u64, u64)> {
    use emberscope::call_tree::{CallTree, functions};
    let profile = window.state().profile().unwrap();
    let samples = common::default_samples(profile);
    let tree = CallTree::new(
        profile,
        &samples,
        &emberscope::selection::Selection::whole(),
    );
    let rows = functions(profile, &profile.stacks, &tree);
    let named = rows.iter().map(|row| {
        let name = profile.frame_name(row.frame).into_owned();
        (name, row.self_weight, row.total_weight)
    });
    named.collect()
}

#[test]
fn a_search_steps_from_match_to_match_and_shows_on_the_heat_map() {
    let mut window = open_sample("latency-spike.perf.txt");
    press_with(&mut window, Modifiers::COMMAND, Key::F);
    window.get_by_label("Search").type_text("hash_body");
    settle(&mut window);
    assert!(has_part(&window, "in the picture"));
    window.get_by_label("Next match (Enter)").click();
    settle(&mut window);
    assert!(has_part(&window, "1 of "));
    window.get_by_label("Previous match (Shift+Enter)").click();
    settle(&mut window);
    assert!(!has_part(&window, "1 of "), "round to the last one");
    window
        .get_by_role_and_label(Role::CheckBox, "Show search")
        .click();
    settle(&mut window);
    assert!(has_part(&window, "Found in each cell"));
    let at = cell(&window, 30, 11, 20);
    window.hover_at(at);
    settle(&mut window);
    assert!(has_part(&window, "found ("));
}

#[test]
fn a_frame_leads_to_when_it_ran_and_to_filters() {
    let mut window = open_sample("latency-spike.perf.txt");
    context(&mut window, "rebuild_index", "Show on heat map");
    assert!(has_part(&window, "Found in each cell"));
    press(&mut window, Key::Escape);
    context(&mut window, "rebuild_index", "Only samples with this");
    assert!(has_part(&window, "Only stack /^rebuild_index$/") && !has(&window, "handle_request"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(has(&window, "handle_request"));
}

#[test]
fn profiles_open_in_tabs() {
    let mut window = open_sample("latency-spike.perf.txt");
    window
        .input_mut()
        .dropped_files
        .push(std::sync::Arc::new(driver::Dropped(
            common::sample_profile("pause.perf.txt"),
        )));
    settle(&mut window);
    assert!(has(&window, "run_job") && has(&window, "Profile latency-spike.perf.txt"));
    window
        .get_by_label("Profile latency-spike.perf.txt")
        .click();
    settle(&mut window);
    assert!(has(&window, "rebuild_index") && !has(&window, "run_job"));
    press_with(&mut window, Modifiers::COMMAND, Key::Tab);
    assert!(has(&window, "run_job"));
    press_with(&mut window, Modifiers::COMMAND, Key::W);
    assert!(has(&window, "rebuild_index") && !has(&window, "Profile pause.perf.txt"));
}

#[test]
fn a_file_that_changed_can_be_loaded_again_with_what_was_selected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("growing.perf.txt");
    let text = |seconds: u32| -> String {
        let sample = |second| format!("a 1/1 [000] {second}.250000: 1 c:\n\t1 work (/x)\n\n");
        (100..100 + seconds).map(sample).collect()
    };
    std::fs::write(&path, text(10)).unwrap();
    let mut window = window(Some(path.clone()));
    let at = cell(&window, 10, 3, 12);
    drag(&mut window, at, at);
    let before = selected(&window);
    assert!(before.is_some() && !has(&window, "Reload"));
    std::fs::write(&path, text(20)).unwrap();
    for focused in [false, true] {
        window.event(egui::Event::WindowFocused(focused));
        window.input_mut().focused = focused;
        window.step();
    }
    let started = Instant::now();
    while !has(&window, "Reload") {
        window.step();
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    window.get_by_label("Reload").click();
    settle(&mut window);
    assert_eq!(window.state().profile().unwrap().samples.len(), 20);
    assert!(!has(&window, "Reload"));
    assert_eq!(selected(&window), before);
}

#[test]
fn a_question_mark_shows_every_key() {
    let mut window = open_sample("pause.perf.txt");
    window.event(egui::Event::Text("?".to_owned()));
    settle(&mut window);
    assert!(has(&window, "Keys and gestures") && has(&window, "Alt-drag; E"));
}

#[test]
fn colours_and_scales_can_be_chosen() {
    let mut window = open_sample("latency-spike.perf.txt");
    let by_package = ("Flame graph colours", "By package or namespace");
    for (menu, entry) in [
        by_package,
        ("Flame graph colours", "By module"),
        (
            "Heat map colours",
            "Magma (dark, safe for colour-blind eyes)",
        ),
        ("Heat map scale", "Logarithmic to the hottest cell"),
    ] {
        window.get_by_label("View").click();
        window.run_ok();
        window.get_by_label(menu).click();
        window.run_ok();
        window.get_by_label(entry).click();
        settle(&mut window);
        press(&mut window, Key::Escape);
        assert!((menu, entry) != by_package || has(&window, "A colour for each package:"));
    }
    assert!(has(&window, "A colour for each module:"));
}

#[test]
fn everything_fits_a_small_window() {
    let mut window = open_sample("latency-spike.perf.txt");
    window.set_size(vec2(800.0, 600.0));
    press(&mut window, Key::T);
    settle(&mut window);
    let map = window.get_by_label("Heat map").rect();
    assert!(map.width() > 200.0 && map.height() > 60.0, "{map:?}");
    let graph = window.get_by_label("Flame graph").rect();
    assert!(graph.width() > 200.0, "{graph:?}");
}

#[test]
fn the_flame_graph_can_be_walked_by_arrows() {
    let mut window = open_sample("latency-spike.perf.txt");
    window.get_by_label("Flame graph").focus();
    window.run_ok();
    for key in [Key::ArrowUp, Key::ArrowRight, Key::ArrowUp, Key::ArrowUp] {
        press(&mut window, key);
    }
    // The line of details follows: all, indexer, server, and what it calls.
    assert!(has_part(&window, "main · ") && selected(&window).is_none());
    press(&mut window, Key::Enter);
    assert!(has(&window, "Reset zoom"));
    window.get_by_label("Heat map").focus();
    window.run_ok();
    press(&mut window, Key::ArrowRight);
    assert!(selected(&window).is_some(), "the heat map's own arrows");
}

/// One stack of fifty functions, beside one of thirty.
fn two_towers() -> String {
    let tower = |(at, (name, height)): (usize, (&str, usize))| {
        let frames = (0..height).rev();
        let frames = frames.map(|depth| format!("\t1 {name}{depth} (/x)\n"));
        let frames: String = frames.collect();
        format!("a 1/1 [000] {at}.000000: 1 cycles:\n{frames}\n")
    };
    let towers = [("high", 50), ("low", 30)].into_iter().enumerate();
    towers.map(tower).collect()
}

#[test]
fn what_is_clicked_stays_in_sight() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("towers.perf.txt");
    std::fs::write(&path, two_towers()).unwrap();
    let mut window = window(Some(path));
    let graph = window.get_by_label("Flame graph").rect();
    window.hover_at(pos2(graph.center().x, graph.bottom() - 100.0));
    // Up, past the leaves of the low one.
    window.event(wheel(450.0));
    window.run_steps(60);
    settle(&mut window);
    let at = middle(&window, "low26");
    let button = egui::PointerButton::Primary;
    click_at(&mut window, at, button, Modifiers::NONE);
    window.run_steps(30);
    assert!(has(&window, "Reset zoom"));
    let now = middle(&window, "low26").y;
    assert!((now - at.y).abs() < 200.0, "from {} to {now}", at.y);
    let room = window.get_by_label("Flame graph").rect();
    assert!(room.y_range().contains(now), "{now} in {room:?}");
    press(&mut window, Key::Escape);
    window.run_steps(30);
    let now = middle(&window, "low26").y;
    assert!(room.y_range().contains(now), "{now} in {room:?}");
}

#[test]
fn the_root_stays_in_sight_after_lower_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("towers.perf.txt");
    std::fs::write(&path, two_towers()).unwrap();
    let mut window = window(Some(path));
    choose(&mut window, "Usual numbers of rows", "50 rows");
    let all_is_seen = |window: &Window| {
        let room = window.get_by_label("Flame graph").rect();
        let all = middle(window, "all").y;
        room.y_range().contains(all) && all > room.center().y
    };
    assert!(all_is_seen(&window));
    // Nothing is there, or a little; then all of it again.
    for rows in [(5, 9), (0, 0)] {
        let (from, to) = (cell(&window, 2, 1, rows.0), cell(&window, 2, 1, rows.1));
        drag(&mut window, from, to);
        press(&mut window, Key::W);
        assert!(all_is_seen(&window), "{rows:?}");
    }
    for size in [
        vec2(1200.0, 620.0),
        vec2(1200.0, 1500.0),
        vec2(1200.0, 800.0),
    ] {
        window.set_size(size);
        window.run_steps(4);
        assert!(all_is_seen(&window), "{size}");
    }
}

#[test]
fn steps_stay_below_the_pointer() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 8, 2), cell(&window, 30, 8, 9));
    drag(&mut window, from, to);
    let at = window.get_by_label("Step on (.)").rect();
    for second in ["9", "10", "11", "12"] {
        window.get_by_label("Step on (.)").click();
        settle(&mut window);
        let start = selected(&window).unwrap().0;
        assert!(start.starts_with(&format!("{second}.")), "{start}");
        assert_eq!(window.get_by_label("Step on (.)").rect(), at);
    }
}

#[test]
fn a_selection_can_play() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 26, 0), cell(&window, 30, 26, 49));
    drag(&mut window, from, to);
    press(&mut window, Key::Space);
    assert!(has(&window, "Stop"));
    // It ends by itself at the last column.
    window.run_steps(120);
    settle(&mut window);
    assert_eq!(selected(&window), Some(("29.000".into(), "30.000".into())));
    assert!(has(&window, "Play"));
}

#[test]
fn findings_are_listed_and_compared_with_the_rest() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::D);
    assert!(has_part(&window, "1. periodic"));
    press(&mut window, Key::N);
    let ranges = window.state().selection().unwrap().ranges().len();
    assert_eq!(ranges, 4, "each occurrence");
    assert!(has_part(&window, "Compared with the rest of the profile"));
    // A box tells what would be usual.
    let at = middle(&window, "rebuild_index");
    window.hover_at(at);
    settle(&mut window);
    assert!(has_part(&window, "would be usual"));
    window.get_by_label("By time").click();
    settle(&mut window);
    window.get_by_label("End comparison").click();
    settle(&mut window);
    assert!(!has_part(&window, "Compared with"));
}

#[test]
fn ctrl_dragging_draws_the_baseline() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 11, 15), cell(&window, 30, 11, 28));
    drag(&mut window, from, to);
    let before = selected(&window);
    let (from, to) = (cell(&window, 30, 13, 0), cell(&window, 30, 15, 49));
    drag_with(&mut window, from, to, Modifiers::COMMAND);
    assert_eq!(selected(&window), before);
    assert!(has_part(&window, "Compared with 13.000 s to 16.000 s"));
    // The other way: the selection becomes the baseline.
    press(&mut window, Key::B);
    assert!(has_part(&window, "Compared with 11.300 s to 11.580 s"));
    press(&mut window, Key::Escape);
    assert!(!has_part(&window, "Compared with"));
}

/// The flame graph that the window shows, exported as SVG.
fn exported(window: &mut Window) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shown.svg");
    press_with(window, Modifiers::COMMAND, Key::E);
    type_path(window, &path, "Save");
    std::fs::read_to_string(&path).unwrap()
}

#[test]
fn what_is_exported_is_what_is_shown() {
    let mut window = open_sample("latency-spike.perf.txt");
    context(&mut window, "rebuild_index", "Hide this function");
    press(&mut window, Key::C);
    let svg = exported(&mut window);
    assert!(svg.contains("callers, from the leaves · without rebuild_index"));
    let names = svg.split("<title>").filter_map(|rest| rest.lines().next());
    let functions: Vec<&str> = names.collect();
    assert!(functions.contains(&"hash_body") && !functions.contains(&"rebuild_index"));
    press(&mut window, Key::Escape);
    // Against the rest, in the colours of change.
    let (from, to) = (cell(&window, 30, 11, 0), cell(&window, 30, 11, 49));
    drag(&mut window, from, to);
    press(&mut window, Key::D);
    press(&mut window, Key::N);
    let svg = exported(&mut window);
    assert!(svg.contains("compared with the rest") && svg.contains("where the baseline explains"));
}

#[test]
fn a_functions_addresses_are_read_from_the_file() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    let at = middle(&window, "hash_body");
    click_at(
        &mut window,
        at,
        egui::PointerButton::Primary,
        Modifiers::COMMAND,
    );
    window.get_by_label("Find its addresses").click();
    settle(&mut window);
    // What a search in the text finds.
    let text = std::fs::read_to_string(common::sample_profile("latency-spike.perf.txt")).unwrap();
    let lines = text.lines().filter(|line| line.contains(" hash_body+0x"));
    let addresses: Vec<&str> = lines
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let most = |address: &&&str| addresses.iter().filter(|other| other == address).count();
    let distinct: std::collections::BTreeSet<&str> = addresses.iter().copied().collect();
    let first = distinct
        .iter()
        .max_by_key(|address| (most(address), std::cmp::Reverse(**address)));
    let first = first.unwrap();
    assert!(has(
        &window,
        &format!("Addresses in the whole file: {}", distinct.len())
    ));
    assert!(has_part(
        &window,
        &format!("0x{first}  {} time", most(&first))
    ));
}

#[test]
fn an_export_has_no_addresses_to_offer() {
    let profile = common::load_file(&common::sample_profile("latency-spike.perf.txt"));
    let folder = tempfile::TempDir::new().unwrap();
    let export = emberscope::export::ParquetExport {
        name: "one".to_owned(),
        host: "one".to_owned(),
    };
    emberscope::export::write_parquet(&profile, folder.path(), &export).unwrap();
    let mut window = driver::window(Some(folder.path().to_owned()));
    press(&mut window, Key::T);
    let at = middle(&window, "hash_body");
    let (button, keys) = (egui::PointerButton::Primary, Modifiers::COMMAND);
    click_at(&mut window, at, button, keys);
    assert!(has_part(&window, "Self "));
    assert!(!has(&window, "Find its addresses"));
}

#[test]
fn while_there_is_a_comparison_the_table_has_what_changed() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    let (from, to) = (cell(&window, 30, 11, 15), cell(&window, 30, 11, 29));
    drag(&mut window, from, to);
    press(&mut window, Key::B);
    assert!(has_part(&window, "Compared with"));
    let (from, to) = (cell(&window, 30, 2, 0), cell(&window, 30, 4, 9));
    drag(&mut window, from, to);
    for heading in ["Selection", "Baseline", "Times", "Sure, largest first"] {
        assert!(has(&window, heading), "{heading}");
    }
    // Nothing of the index is rebuilt now.
    assert!(has(&window, "gone") && has(&window, "rebuild_index"));
    window.get_by_label("Selection").click();
    settle(&mut window);
    let rows = window.query_all_by_label_contains(" %").count();
    assert!(rows > 10, "{rows}");
    window.get_by_label("Vanished").click();
    settle(&mut window);
    let at = middle(&window, "rebuild_index");
    window.hover_at(at);
    settle(&mut window);
    assert!(has_part(&window, "in the baseline") && has_part(&window, " vanished"));
    // None of it is in the selection, in the export as well.
    assert!(has_part(&window, "0 samples (0.00 % of the selection"));
    let svg = exported(&mut window);
    let frame = svg
        .split("<title>")
        .find(|rest| rest.starts_with("rebuild_index\n"));
    assert!(
        frame
            .unwrap()
            .contains("0 samples where the baseline explains")
    );
}

#[test]
fn ranges_far_apart_are_selected_one_after_the_other() {
    let mut window = open_sample("latency-spike.perf.txt");
    let bar =
        |window: &Window, column| (cell(window, 30, column, 15), cell(window, 30, column, 29));
    let (from, to) = bar(&window, 4);
    drag(&mut window, from, to);
    let (from, to) = bar(&window, 11);
    drag_with(&mut window, from, to, Modifiers::COMMAND | Modifiers::SHIFT);
    assert_eq!(window.state().selection().unwrap().ranges().len(), 2);
    assert_eq!(selected(&window), Some(("4.300".into(), "11.600".into())));
    assert!(has_part(
        &window,
        "2 ranges from 4.300 s to 11.600 s · 0.600 s long"
    ));
}

#[test]
fn what_a_search_finds_is_also_told_of_the_zoom() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = middle(&window, "rebuild_index");
    click_at(
        &mut window,
        at,
        egui::PointerButton::Primary,
        Modifiers::NONE,
    );
    press_with(&mut window, Modifiers::COMMAND, Key::F);
    window
        .get_by_label("Search")
        .type_text("^sift_down$|^compare_keys$");
    settle(&mut window);
    let profile = std::sync::Arc::clone(window.state().profile().unwrap());
    let stacks = &profile.stacks;
    let name = |node: usize| profile.frame_name(stacks.frame[node]).into_owned();
    let samples = common::default_samples(&profile);
    let whole = emberscope::selection::Selection::whole();
    let tree = emberscope::call_tree::CallTree::new(&profile, &samples, &whole);
    let zoom = (1..stacks.len())
        .find(|node| name(*node) == "rebuild_index")
        .unwrap();
    // Neither calls the other.
    let inside = zoom..stacks.subtree_end[zoom].index();
    let found = inside.filter(|node| ["sift_down", "compare_keys"].contains(&&*name(*node)));
    let found = found.filter(|node| {
        let caller = name(stacks.parent[*node].index());
        !["sift_down", "compare_keys"].contains(&&*caller)
    });
    let matched: u64 = found.map(|node| tree.total_weight[node]).sum();
    let percent = 100.0 * matched as f64 / tree.total_weight[zoom] as f64;
    assert!(percent > 50.0 && has(&window, &format!("{percent:.2} % of the zoom")));
}

#[test]
fn the_middle_button_pans_and_the_overview_leads_to_what_is_pressed() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = cell(&window, 30, 10, 20);
    window.hover_at(at);
    window.event(egui::Event::Zoom(5.0));
    settle(&mut window);
    let column_at = |window: &mut Window, x: f32| -> u32 {
        let y = window.get_by_label("Heat map").rect().center().y;
        drag(window, pos2(x, y), pos2(x, y));
        let (start, _) = selected(window).unwrap();
        start.split('.').next().unwrap().parse().unwrap()
    };
    assert_eq!(column_at(&mut window, at.x), 10);
    let map = window.get_by_label("Heat map").rect();
    let button = |pos, button, pressed| egui::Event::PointerButton {
        pos,
        button,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let (from, to) = (map.center(), map.center() - vec2(map.width() / 2.0, 0.0));
    let middle = egui::PointerButton::Middle;
    window.event(egui::Event::PointerMoved(from));
    window.event(button(from, middle, true));
    window.event(egui::Event::PointerMoved(to));
    window.run_steps(2);
    window.event(button(to, middle, false));
    settle(&mut window);
    // Half of the six columns in sight.
    assert_eq!(column_at(&mut window, at.x), 13);
    let overview = window.get_by_label("Overview of the whole profile").rect();
    let near_end = pos2(overview.right() - 2.0, overview.center().y);
    click_at(
        &mut window,
        near_end,
        egui::PointerButton::Primary,
        Modifiers::NONE,
    );
    let shown = column_at(&mut window, map.right() - 2.0);
    assert_eq!(shown, 29);
}

#[test]
fn names_and_stacks_can_be_copied() {
    let mut window = open_sample("latency-spike.perf.txt");
    let copied = |window: &Window| {
        let commands = window.output().platform_output.commands.iter();
        let mut texts = commands.filter_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        texts.next()
    };
    for (entry, expected) in [
        ("Copy name", "rebuild_index"),
        (
            "Copy stack",
            "rebuild_index\nindexer\nstart_thread\nindexer",
        ),
    ] {
        let at = middle(&window, "rebuild_index");
        click_at(
            &mut window,
            at,
            egui::PointerButton::Secondary,
            Modifiers::NONE,
        );
        window.run_ok();
        window.get_by_label(entry).click();
        let found = (0..10).find_map(|_| {
            window.step();
            copied(&window)
        });
        assert_eq!(found.as_deref(), Some(expected), "{entry}");
    }
}
