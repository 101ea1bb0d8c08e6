//! The heat map as a control: rows, strips, edges, keys, axis and scale, driven as a user would.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use driver::{
    Window, cell, choose, click_at, drag, drag_with, has, has_part, open_sample, painted_window,
    press, press_with, selected, settle, window,
};
use egui::{Key, Modifiers, PointerButton, Pos2, Rect, Role, Theme, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::io::Write as _;

fn spike() -> Window {
    open_sample("latency-spike.perf.txt")
}

fn map(window: &Window) -> Rect {
    window.get_by_label("Heat map").rect()
}

fn click(window: &mut Window, at: Pos2) {
    click_at(window, at, PointerButton::Primary, Modifiers::NONE);
}

/// Late enough not to go on from the click before.
fn wait(window: &mut Window) {
    window.run_steps(60);
}

fn seconds(start: &str, end: &str) -> Option<(String, String)> {
    Some((start.to_owned(), end.to_owned()))
}

/// What a control says of itself.
fn value(window: &Window, role: Role, label: &str) -> String {
    let node = window.get_by_role_and_label(role, label);
    node.accesskit_node().value().unwrap_or_default()
}

fn time_axis(window: &Window) -> String {
    value(window, Role::Canvas, "Time axis")
}

/// Names and samples of the rows.
fn rows(window: &Window) -> Vec<(String, String)> {
    let nodes = window.get_all_by_role(Role::ListItem);
    let row = |node: egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        (
            node.label().unwrap_or_default(),
            node.value().unwrap_or_default(),
        )
    };
    nodes.map(row).collect()
}

/// Ranges of the selection: where each begins since the origin, and how long it is, in milliseconds.
fn ranges(window: &Window) -> Vec<(u64, u64)> {
    let app = window.state();
    let origin = app.profile().unwrap().origin();
    let millis = |nanos: u64| nanos / 1_000_000;
    let ranges = app.selection().unwrap().ranges().iter();
    ranges
        .map(|range| {
            (
                millis(range.start.nanos_since(origin)),
                millis(range.nanos()),
            )
        })
        .collect()
}

/// A profile from text, opened.
fn open_text(text: &str) -> (tempfile::TempDir, Window) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typed.perf.txt");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    drop(file);
    let window = window(Some(path));
    (folder, window)
}

fn search(window: &mut Window, text: &str) {
    press_with(window, Modifiers::COMMAND, Key::F);
    window.get_by_label("Search").type_text(text);
    settle(window);
    // Out of the field, so that keys are keys again.
    window.key_press(Key::Enter);
    settle(window);
    click_outside(window);
}

fn click_outside(window: &mut Window) {
    if let Some(id) = window.ctx.memory(|memory| memory.focused()) {
        window.ctx.memory_mut(|memory| memory.surrender_focus(id));
    }
    window.run_ok();
}

#[test]
fn the_line_of_the_crosshair_is_under_the_pointer() {
    let mut window = spike();
    let at = cell(&window, 30, 11, 20) + vec2(7.0, 0.0);
    window.hover_at(at);
    settle(&mut window);
    let is_there = |shape: &egui::Shape| match shape {
        egui::Shape::LineSegment { points, .. } => {
            let is_upright = points.iter().all(|point| (point.x - at.x).abs() < 0.6);
            is_upright && (points[0].y - points[1].y).abs() > 50.0
        }
        _ => false,
    };
    let mut shapes = window.output().shapes.iter();
    assert!(shapes.any(|clipped| is_there(&clipped.shape)));
}

#[test]
fn no_tooltip_covers_what_has_just_been_selected() {
    let mut window = spike();
    let (from, to) = (cell(&window, 30, 3, 10), cell(&window, 30, 5, 10));
    drag(&mut window, from, to);
    wait(&mut window);
    assert!(!has_part(&window, "of the busiest cell"));
    window.hover_at(to + egui::vec2(30.0, 0.0));
    wait(&mut window);
    assert!(has_part(&window, "of the busiest cell"));
}

#[test]
fn rows_have_names_and_a_menu() {
    let mut window = window(Some(common::sample_profile("mixed-mode.perf.txt")));
    choose(&mut window, "Rows stand for", "Threads");
    let all = rows(&window);
    assert!(all.len() > 2, "{all:?}");
    let (name, samples) = all[0].clone();
    assert!(samples.ends_with(" samples"), "{samples}");
    let at = window
        .get_by_role_and_label(Role::ListItem, &name)
        .rect()
        .center();
    click_at(&mut window, at, PointerButton::Secondary, Modifiers::NONE);
    window.run_ok();
    window.get_by_label("Only this").click();
    settle(&mut window);
    assert_eq!(rows(&window), [(name.clone(), samples)]);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(rows(&window), all);
    // Its cells have the same menu.
    let at = pos2(map(&window).center().x, at.y);
    window.hover_at(at);
    settle(&mut window);
    assert!(has_part(&window, "% of the busiest cell"));
    click_at(&mut window, at, PointerButton::Secondary, Modifiers::NONE);
    window.run_ok();
    assert!(has(&window, "Copy name"));
    window.get_by_label("Without this").click();
    settle(&mut window);
    let rest: Vec<String> = rows(&window).into_iter().map(|(name, _)| name).collect();
    assert_eq!(rest.len(), all.len() - 1);
    assert!(!rest.contains(&name));
}

#[test]
fn two_hundred_cpus_are_told_apart() {
    let mut text = String::new();
    for cpu in 0..200 {
        text += &format!("a 1/1 [{cpu:03}] 1.{:06}: 1 c:\n\n", 1000 + cpu);
    }
    let (_folder, mut window) = open_text(&text);
    choose(&mut window, "Rows stand for", "CPUs");
    let rows = rows(&window);
    assert_eq!(rows.len(), 200);
    assert_eq!(rows[199].0, "CPU 199");
}

#[test]
fn a_search_colours_lanes_too() {
    let mut window = spike();
    search(&mut window, "rebuild_index");
    press(&mut window, Key::H);
    assert!(has_part(&window, "Found in each cell"));
    choose(&mut window, "Rows stand for", "Threads");
    assert!(has_part(&window, "Found in each cell"));
    window.hover_at(map(&window).center());
    settle(&mut window);
    assert!(has_part(&window, " found ("));
}

#[test]
fn what_is_found_can_be_beside_all_samples() {
    let mut window = spike();
    let whole = map(&window);
    search(&mut window, "rebuild_index");
    press(&mut window, Key::H);
    assert!(!has(&window, "Heat map of what is found"));
    choose(&mut window, "Search is shown", "beside all samples");
    let (above, below) = (
        map(&window),
        window.get_by_label("Heat map of what is found"),
    );
    let below = below.rect();
    assert_eq!(above.x_range(), below.x_range());
    assert!(above.bottom() < below.top() && below.bottom() <= whole.bottom() + 0.5);
    assert!(has_part(&window, "Samples in each"));
    // Both select.
    let at = |rect: Rect| pos2(rect.left() + 11.5 / 30.0 * rect.width(), rect.center().y);
    click(&mut window, at(above));
    let first = selected(&window);
    assert!(first.is_some());
    press(&mut window, Key::W);
    wait(&mut window);
    click(&mut window, at(below));
    assert_eq!(selected(&window), first);
    window.hover_at(at(below) + vec2(20.0, 0.0));
    settle(&mut window);
    assert!(has_part(&window, " found ("));
}

#[test]
fn the_bars_at_the_side_select_offsets_in_every_column() {
    let mut window = spike();
    let strip = window.get_by_label("Samples by offset").rect();
    let y = |row: f32| strip.bottom() - (row + 0.5) * strip.height() / 50.0;
    let at = pos2(strip.center().x, y(15.0));
    window.hover_at(at);
    settle(&mut window);
    assert!(has(&window, "0.300 s to 0.320 s in each column"));
    click(&mut window, at);
    let expected: Vec<(u64, u64)> = (0..30).map(|second| (second * 1000 + 300, 20)).collect();
    assert_eq!(ranges(&window), expected);
    drag(&mut window, at, pos2(at.x, y(19.0)));
    let expected: Vec<(u64, u64)> = (0..30).map(|second| (second * 1000 + 300, 100)).collect();
    assert_eq!(ranges(&window), expected);
}

#[test]
fn every_stop_of_the_tab_key_has_a_name() {
    let mut window = spike();
    window.get_by_label("Heat map").focus();
    window.run_ok();
    for label in ["Time axis", "Samples by column", "Samples by offset"] {
        assert!(has(&window, label), "{label}");
    }
    // From the heat map on to the flame graph, with nothing that has no name in between.
    for _ in 0..6 {
        press(&mut window, Key::Tab);
        let focused = window
            .root()
            .children_recursive()
            .find(|node| node.is_focused());
        if let Some(node) = focused {
            let node = node.accesskit_node();
            let is_named = node.label().is_some() || node.value().is_some();
            assert!(is_named, "{:?}", node.role());
        }
    }
}

#[test]
fn the_sides_of_whole_columns_can_be_dragged() {
    let mut window = spike();
    let (from, to) = (cell(&window, 30, 5, 0), cell(&window, 30, 7, 49));
    drag(&mut window, from, to);
    assert_eq!(selected(&window), seconds("5.000", "8.000"));
    let map = map(&window);
    let x = |column: f32| map.left() + column * map.width() / 30.0;
    let y = map.center().y;
    drag(&mut window, pos2(x(8.0) - 1.0, y), pos2(x(10.5), y - 40.0));
    assert_eq!(selected(&window), seconds("5.000", "11.000"));
    drag(&mut window, pos2(x(5.0) + 1.0, y), pos2(x(3.5), y + 40.0));
    assert_eq!(selected(&window), seconds("3.000", "11.000"));
}

#[test]
fn shift_extends_the_nearest_of_several_ranges() {
    let mut window = spike();
    let (from, to) = (cell(&window, 30, 3, 10), cell(&window, 30, 5, 14));
    drag_with(&mut window, from, to, Modifiers::ALT);
    assert_eq!(ranges(&window), [(3200, 100), (4200, 100), (5200, 100)]);
    let at = cell(&window, 30, 4, 20);
    click_at(&mut window, at, PointerButton::Primary, Modifiers::SHIFT);
    assert_eq!(ranges(&window), [(3200, 100), (4200, 220), (5200, 100)]);
}

#[test]
fn a_double_click_is_undone_at_once() {
    let mut window = spike();
    let at = cell(&window, 30, 11, 15);
    window.hover_at(at);
    wait(&mut window);
    for pressed in [true, false, true, false] {
        window.event(egui::Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    settle(&mut window);
    assert_eq!(selected(&window), seconds("11.000", "12.000"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(selected(&window), None);
    // Two clicks are two steps.
    wait(&mut window);
    let other = cell(&window, 30, 3, 15);
    click(&mut window, at);
    wait(&mut window);
    click(&mut window, other);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(selected(&window), seconds("11.300", "11.320"));
}

#[test]
fn home_and_end_go_to_the_first_and_the_last_column() {
    let mut window = spike();
    press(&mut window, Key::End);
    assert_eq!(selected(&window), seconds("29.000", "30.000"));
    press(&mut window, Key::W);
    press(&mut window, Key::Home);
    assert_eq!(selected(&window), seconds("0.000", "1.000"));
}

#[test]
fn keys_zoom_and_scroll() {
    let mut window = spike();
    assert_eq!(time_axis(&window), "0.000 s to 30.000 s");
    let (from, to) = (cell(&window, 30, 10, 0), cell(&window, 30, 13, 49));
    drag(&mut window, from, to);
    press(&mut window, Key::Z);
    assert_eq!(time_axis(&window), "9.000 s to 15.000 s");
    press(&mut window, Key::PageDown);
    assert_eq!(time_axis(&window), "15.000 s to 21.000 s");
    press(&mut window, Key::PageUp);
    press(&mut window, Key::Minus);
    // Half as much again, around the selection.
    assert_eq!(time_axis(&window), "7.000 s to 17.000 s");
    press(&mut window, Key::Plus);
    assert_eq!(time_axis(&window), "9.000 s to 15.000 s");
    assert_eq!(selected(&window), seconds("10.000", "14.000"));
    press(&mut window, Key::Num0);
    assert_eq!(time_axis(&window), "0.000 s to 30.000 s");
}

#[test]
fn the_axis_can_have_times_of_day() {
    let header = "# reference time: 2026-11-23 10:32:07.250000 = 1795429927.250000 (tod) = \
        5000.000000 (monotonic)\n#\n";
    let samples = (0..60).map(|second| format!("a 1 {}.500000: 1 c:\n\n", 5000 + second));
    let (_folder, mut window) = open_text(&(header.to_owned() + &samples.collect::<String>()));
    assert_eq!(time_axis(&window), "0.000 s to 60.000 s");
    window.get_by_label("View").click();
    window.run_ok();
    window.get_by_label("Times by the clock").click();
    settle(&mut window);
    assert_eq!(time_axis(&window), "10:32:07.250 to 10:33:07.250");
    assert!(painted(&window, "10:32:20") && !painted(&window, "20 s"));
}

/// Whether a text is drawn, with or without a name for it.
fn painted(window: &Window, text: &str) -> bool {
    let mut shapes = window.output().shapes.iter();
    shapes.any(|clipped| match &clipped.shape {
        egui::Shape::Text(shape) => shape.galley.text() == text,
        _ => false,
    })
}

#[test]
fn a_columns_length_can_be_typed() {
    let mut window = spike();
    type_value(&mut window, "Columns", "7.004 s");
    assert_eq!(time_axis(&window), "0.000 s to 35.020 s");
    let shown = value(&window, Role::SpinButton, "Columns");
    assert_eq!(shown, "7.004 s columns");
    // What is no length changes nothing.
    type_value(&mut window, "Columns", "a while");
    assert_eq!(value(&window, Role::SpinButton, "Columns"), shown);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(time_axis(&window), "0.000 s to 30.000 s");
}

/// Types a number where one can be dragged, too.
fn type_value(window: &mut Window, label: &'static str, text: &str) {
    window
        .get_by_role_and_label(Role::SpinButton, label)
        .click();
    window.run_ok();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(egui::Event::Text(text.to_owned()));
    window.run_ok();
    window.key_press(Key::Enter);
    settle(window);
}

#[test]
fn the_scale_can_end_where_one_says() {
    let mut window = spike();
    let before = value(&window, Role::SpinButton, "Scale ends at");
    type_value(&mut window, "Scale ends at", "40");
    assert_eq!(value(&window, Role::SpinButton, "Scale ends at"), "40");
    window.get_by_label("By the scale").click();
    settle(&mut window);
    assert_eq!(value(&window, Role::SpinButton, "Scale ends at"), before);
    assert!(!has(&window, "By the scale"));
}

#[test]
fn cells_stay_where_they_are_when_zoomed() {
    for file in ["latency-spike.perf.txt", "pause.perf.txt"] {
        let mut window = open_sample(file);
        let before = map(&window);
        let fit = window.get_by_label("Fit");
        assert!(fit.accesskit_node().is_disabled());
        window.hover_at(before.center());
        window.event(egui::Event::Zoom(1.5));
        settle(&mut window);
        assert!(has(&window, "Overview of the whole profile"));
        assert_eq!(map(&window), before, "{file}");
        window.get_by_label("Fit").click();
        settle(&mut window);
        assert_eq!(time_axis(&window).split(' ').next(), Some("0.000"));
    }
}

#[test]
fn the_legend_stays_together() {
    for width in (700..1300).step_by(60) {
        let mut window = spike();
        window.set_size(vec2(width as f32, 800.0));
        settle(&mut window);
        let end = window
            .get_by_role_and_label(Role::SpinButton, "Scale ends at")
            .rect();
        let start = window.get_by_label_contains("Samples in each").rect();
        assert!((start.center().y - end.center().y).abs() < 8.0, "{width}");
    }
}

#[test]
fn a_selection_in_each_second_of_a_day_costs_no_more_to_draw() {
    let samples = (0..86_400u32).step_by(60);
    let samples = samples.map(|second| format!("a 1 {second}.500000: 1 c:\n\n"));
    let (_folder, mut window) = open_text(&samples.collect::<String>());
    choose(&mut window, "Column length", "1 s");
    let before = window.output().shapes.len();
    let strip = window.get_by_label("Samples by offset").rect();
    click(&mut window, strip.center());
    assert!(ranges(&window).len() > 80_000);
    window.hover_at(pos2(5.0, 790.0));
    settle(&mut window);
    let shapes = window.output().shapes.len();
    assert!(shapes < before + 200, "{before} and then {shapes}");
}

#[test]
fn a_dark_window_has_no_white_cells() {
    for (theme, is_white) in [(Theme::Dark, false), (Theme::Light, true)] {
        let file = common::sample_profile("latency-spike.perf.txt");
        let mut window = painted_window(Some(file), theme);
        let map = map(&window);
        let image = window.render().unwrap();
        let white = image.enumerate_pixels().filter(|(x, y, pixel)| {
            map.shrink(2.0).contains(pos2(*x as f32, *y as f32)) && pixel.0[..3] == [255; 3]
        });
        assert_eq!(white.count() > 100, is_white, "{theme:?}");
    }
}

#[test]
fn the_legend_says_when_cells_share_a_point() {
    let sample = |second: u32| format!("a 1/1 [000] {second}.250000: 1 c:\n\t1 work (/x)\n\n");
    let (_folder, mut window) = open_text(&(100..6100).map(sample).collect::<String>());
    choose(&mut window, "Column length", "1 s");
    assert!(has(&window, "the busiest of each 8 cells is drawn"));
    let at = map(&window).center();
    window.hover_at(at);
    for _ in 0..4 {
        window.event(egui::Event::Zoom(4.0));
        settle(&mut window);
    }
    assert!(!has_part(&window, "the busiest of each"));
}

#[test]
fn a_rows_menu_opens_by_key() {
    let mut window = window(Some(common::sample_profile("mixed-mode.perf.txt")));
    choose(&mut window, "Rows stand for", "Threads");
    let all = rows(&window);
    let focus = |window: &mut Window, name: &str| {
        window.get_by_role_and_label(Role::ListItem, name).focus();
        settle(window);
    };
    focus(&mut window, &all[0].0);
    // Down and up again, and then down to the second.
    for key in [Key::ArrowDown, Key::ArrowUp, Key::ArrowDown] {
        press(&mut window, key);
    }
    press_with(&mut window, Modifiers::SHIFT, Key::F10);
    window.run_ok();
    assert!(has(&window, "Copy name"));
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::Enter);
    assert_eq!(rows(&window), [all[1].clone()]);
    assert!(!has(&window, "Copy name"), "the menu has closed");
    assert_eq!(selected(&window), None);
}
