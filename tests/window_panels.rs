//! The window around its views: panels and their places, messages, tabs, exports, keys for all of it.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use common::sample_profile;
use driver::{
    Kept, Window, cell, context, drag, has, has_part, middle, open_sample, press, press_with,
    retype, selected, settle, type_path, window,
};
use egui::{Key, Modifiers, Role, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::Path;
use std::process::Command;

fn move_panel(window: &mut Window, panel: &str, place: &str) {
    window
        .get_by_label(&format!("Move {}", panel.to_lowercase()))
        .click();
    window.run_ok();
    window.get_by_label(place).click();
    settle(window);
}

fn heading(window: &Window, panel: &str) -> egui::Rect {
    window.get_by_role_and_label(Role::Label, panel).rect()
}

fn menu(window: &mut Window, path: &[&str]) {
    for label in path {
        window.get_by_label(label).click();
        window.run_ok();
    }
    settle(window);
}

#[test]
fn panels_stand_at_either_side_below_or_in_a_window_of_their_own() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    let map = |window: &Window| window.get_by_label("Heat map").rect();
    let at_right = heading(&window, "Functions");
    assert!(at_right.left() > map(&window).right());
    move_panel(&mut window, "Functions", "At the left");
    assert!(heading(&window, "Functions").right() < map(&window).left());
    move_panel(&mut window, "Functions", "At the bottom");
    let graph = window.get_by_label("Flame graph").rect();
    assert!(heading(&window, "Functions").top() >= graph.bottom());
    let wide = map(&window).width();
    move_panel(&mut window, "Functions", "In a window of its own");
    assert!((map(&window).width() - wide).abs() < 1.0);
    assert!(has(&window, "Functions – Emberscope"));
    // It is the same panel: its key and its button close it.
    press(&mut window, Key::T);
    assert!(!has(&window, "Functions – Emberscope"));
    press(&mut window, Key::T);
    window.get_by_label("Close functions").click();
    settle(&mut window);
    assert!(!has(&window, "Functions – Emberscope"));
}

#[test]
fn panels_of_one_side_share_a_column() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::F);
    let alone = window.get_by_label("Heat map").rect();
    press(&mut window, Key::L);
    press(&mut window, Key::T);
    move_panel(&mut window, "Functions", "At the left");
    let (first, second) = (heading(&window, "Filters"), heading(&window, "Selections"));
    assert!(second.top() > first.bottom() + 100.0 && (second.left() - first.left()).abs() < 1.0);
    let third = heading(&window, "Functions");
    assert!(third.top() > second.bottom() + 100.0 && (third.left() - first.left()).abs() < 1.0);
    let map = window.get_by_label("Heat map").rect();
    assert!(alone.width() - map.width() < 200.0, "one column, {map:?}");
}

#[test]
fn the_views_fit_between_panels_of_a_small_window() {
    let mut window = open_sample("latency-spike.perf.txt");
    window.set_size(vec2(800.0, 600.0));
    press(&mut window, Key::F);
    press(&mut window, Key::T);
    let table = heading(&window, "Functions").left();
    for view in ["Heat map", "Flame graph", "Scale ends at"] {
        let rect = window.get_by_label(view).rect();
        assert!(rect.right() < table, "{view}: {rect:?} under {table}");
    }
}

#[test]
fn a_panel_below_the_views_of_a_small_window_has_all_of_it() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    move_panel(&mut window, "Functions", "At the bottom");
    window.set_size(vec2(800.0, 600.0));
    settle(&mut window);
    for others in [&[][..], &[Key::D, Key::L]] {
        others.iter().for_each(|key| press(&mut window, *key));
        let rect = |label: &str| window.get_by_label(label).rect();
        let (map, graph) = (rect("Heat map"), rect("Flame graph"));
        let heading = heading(&window, "Functions");
        assert!(map.height() > 60.0, "{map:?}");
        // Its upper end may be scrolled out of sight.
        assert!(graph.bottom() > map.bottom() + 120.0, "{graph:?}");
        assert!(
            heading.top() > graph.bottom(),
            "{heading:?} under {graph:?}"
        );
    }
}

/// The divider below the heat map.
fn divider(window: &Window) -> egui::Pos2 {
    let dividers = window.get_all_by_role(Role::Splitter);
    let centers = dividers.map(|divider| divider.rect().center());
    let map = window.get_by_label("Heat map").rect();
    let mut below = centers.filter(|center| center.y > map.bottom());
    below.next().unwrap()
}

#[test]
fn the_height_that_was_dragged_is_back_when_there_is_room_again() {
    let mut window = open_sample("latency-spike.perf.txt");
    let height = |window: &Window| window.get_by_label("Heat map").rect().height();
    let suiting = height(&window);
    let at = divider(&window);
    drag(&mut window, at, at + vec2(0.0, 60.0));
    let dragged = height(&window);
    assert!(
        (dragged - suiting - 60.0).abs() < 3.0,
        "{suiting}, {dragged}"
    );
    for size in [vec2(900.0, 520.0), vec2(1200.0, 800.0)] {
        window.set_size(size);
        window.run_steps(4);
    }
    assert!((height(&window) - dragged).abs() < 1.0);
    // Large text leaves it less room for a while.
    for zoom in [2.0, 1.0] {
        window.ctx.set_zoom_factor(zoom);
        window.run_steps(6);
    }
    assert!((height(&window) - dragged).abs() < 1.0);
    // A double click on the divider goes back to what suits the window.
    let at = divider(&window);
    for _ in 0..2 {
        drag(&mut window, at, at);
    }
    window.run_steps(4);
    assert!(
        (height(&window) - suiting).abs() < 1.0,
        "{}",
        height(&window)
    );
}

#[test]
fn the_ending_of_an_exported_file_chooses_its_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_sample("latency-spike.perf.txt");
    let export = |window: &mut Window, name: &str| {
        let path = folder.path().join(name);
        press_with(window, Modifiers::COMMAND, Key::E);
        type_path(window, &path, "Save");
        std::fs::read(path)
    };
    assert!(
        export(&mut window, "a.png")
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    let folded = String::from_utf8(export(&mut window, "a.folded").unwrap()).unwrap();
    assert!(
        folded.starts_with("indexer;start_thread;indexer;"),
        "{folded}"
    );
    assert!(export(&mut window, "a").unwrap().starts_with(b"<?xml"));
    // What none of them is called is not written as something else.
    assert!(export(&mut window, "a.json").is_err());
    assert!(has_part(
        &window,
        "a.json: expected a name that ends in .svg, .png, .folded"
    ));
}

#[test]
fn a_file_is_replaced_by_a_second_enter_and_folders_have_to_be_there() {
    let mut window = open_sample("latency-spike.perf.txt");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("there.svg");
    std::fs::write(&path, "old").unwrap();
    press_with(&mut window, Modifiers::COMMAND, Key::E);
    let field = "Path of the file";
    let enter = |window: &mut Window, path: &Path| {
        window.get_by_role_and_label(Role::TextInput, field).focus();
        window.run_ok();
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        let typed = window.get_by_role_and_label(Role::TextInput, field);
        typed.type_text(path.to_str().unwrap());
        window.run_ok();
        press(window, Key::Enter);
    };
    enter(&mut window, &folder.path().join("missing").join("x.svg"));
    assert!(has(&window, "There is no such folder."));
    assert!(
        window
            .get_by_role_and_label(Role::TextInput, field)
            .is_focused()
    );
    enter(&mut window, &path);
    assert!(window.get_by_label("Replace it").is_focused());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    press(&mut window, Key::Enter);
    assert!(std::fs::read_to_string(&path).unwrap().contains("<svg"));
}

#[test]
fn text_is_made_no_smaller_than_can_be_read() {
    let mut window = open_sample("latency-spike.perf.txt");
    for _ in 0..12 {
        press_with(&mut window, Modifiers::COMMAND, Key::Minus);
    }
    window.run_steps(2);
    assert!(window.ctx.zoom_factor() >= 0.6);
    press_with(&mut window, Modifiers::COMMAND, Key::Plus);
    assert!(window.ctx.zoom_factor() >= 0.7);
}

#[test]
fn each_field_of_the_filters_is_undone_by_itself() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::F);
    for (field, text) in [("Stacks with a frame", "hash"), ("CPUs", "0-3")] {
        window.get_by_role_and_label(Role::TextInput, field).focus();
        window.run_ok();
        window
            .get_by_role_and_label(Role::TextInput, field)
            .type_text(text);
        settle(&mut window);
    }
    window.get_by_label("Heat map").focus();
    settle(&mut window);
    assert!(has_part(&window, "Only CPU 0-3 · stack /hash/"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(has_part(&window, "Only stack /hash/"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(!has_part(&window, "Only "));
}

#[test]
fn what_is_wrong_with_a_filter_stays_in_its_tab() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::F);
    let field = "CPUs";
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.run_ok();
    window
        .get_by_role_and_label(Role::TextInput, field)
        .type_text("x");
    settle(&mut window);
    assert!(has_part(&window, "expected numbers such as"));
    let dropped = driver::Dropped(sample_profile("pause.perf.txt"));
    window.input_mut().dropped_files = vec![std::sync::Arc::new(dropped)];
    settle(&mut window);
    assert!(!has_part(&window, "expected numbers such as"));
    let back = Modifiers::COMMAND.plus(Modifiers::SHIFT);
    press_with(&mut window, back, Key::Tab);
    assert!(has_part(&window, "expected numbers such as"));
}

#[test]
fn ctrl_tab_goes_round_and_with_shift_back() {
    let mut window = open_sample("latency-spike.perf.txt");
    for name in ["pause.perf.txt", "mixed-mode.perf.txt"] {
        let dropped = driver::Dropped(sample_profile(name));
        window.input_mut().dropped_files = vec![std::sync::Arc::new(dropped)];
        settle(&mut window);
    }
    let shown = |window: &Window| window.state().profile().unwrap().samples.len();
    let last = shown(&window);
    press_with(&mut window, Modifiers::COMMAND, Key::Tab);
    let first = shown(&window);
    assert_ne!(first, last);
    press_with(
        &mut window,
        Modifiers::COMMAND.plus(Modifiers::SHIFT),
        Key::Tab,
    );
    assert_eq!(shown(&window), last);
}

#[test]
fn messages_do_not_hide_each_other() {
    let mut window = open_sample("latency-spike.perf.txt");
    let folder = tempfile::tempdir().unwrap();
    let files = ["one.txt", "two.txt"].map(|name| {
        let path = folder.path().join(name);
        std::fs::write(&path, "nothing to see").unwrap();
        driver::Dropped(path)
    });
    window.input_mut().dropped_files = files
        .into_iter()
        .map(|file| std::sync::Arc::new(file) as _)
        .collect();
    settle(&mut window);
    assert!(has_part(&window, "one.txt") && has_part(&window, "two.txt"));
    let dismiss = window.get_all_by_label("Dismiss").count();
    assert_eq!(dismiss, 2);
    window.get_all_by_label("Dismiss").next().unwrap().click();
    settle(&mut window);
    assert_ne!(has_part(&window, "one.txt"), has_part(&window, "two.txt"));
}

#[test]
fn messages_lie_far_from_the_root_and_can_be_dismissed_at_once() {
    let mut window = open_sample("latency-spike.perf.txt");
    let folder = tempfile::tempdir().unwrap();
    let drop = |window: &mut Window, name: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, "nothing to see").unwrap();
        let file = std::sync::Arc::new(driver::Dropped(path));
        window.input_mut().dropped_files = vec![file];
        settle(window);
        // Once the size of what is new is known, it is in its place.
        window.run_ok();
    };
    drop(&mut window, "a.txt");
    let dismiss = |window: &Window| window.get_by_label("Dismiss").rect();
    let root = |window: &Window| middle(window, "all").y;
    assert!(root(&window) > dismiss(&window).bottom() + 100.0);
    press(&mut window, Key::I);
    window.run_ok();
    assert!(root(&window) < dismiss(&window).top() - 100.0);
    let files = ["b.txt", "c.txt", "d.txt", "e.txt"].map(|name| {
        let path = folder.path().join(name);
        std::fs::write(&path, "nothing to see").unwrap();
        std::sync::Arc::new(driver::Dropped(path)) as _
    });
    window.input_mut().dropped_files = files.into();
    settle(&mut window);
    // What was wrong before is past.
    assert_eq!(window.get_all_by_label("Dismiss").count(), 4);
    window.get_by_label("Dismiss all").click();
    settle(&mut window);
    assert!(!has(&window, "Dismiss"));
}

#[test]
fn one_key_goes_back_to_the_whole_profile() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = cell(&window, 30, 4, 20);
    drag(&mut window, at, at);
    assert!(selected(&window).is_some());
    press(&mut window, Key::W);
    assert_eq!(selected(&window), None);
    press_with(&mut window, Modifiers::ALT, Key::ArrowLeft);
    assert!(selected(&window).is_some());
    press_with(&mut window, Modifiers::ALT, Key::ArrowRight);
    assert_eq!(selected(&window), None);
}

#[test]
fn kept_selections_can_be_compared_with() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = cell(&window, 30, 4, 20);
    drag(&mut window, at, at);
    press(&mut window, Key::M);
    press(&mut window, Key::L);
    let (from, to) = (cell(&window, 30, 11, 15), cell(&window, 30, 11, 29));
    drag(&mut window, from, to);
    window.get_by_label("Compare with Selection 1").click();
    settle(&mut window);
    assert!(has_part(&window, "Compared with 4.400 s to 4.420 s"));
    window.get_by_label("Compare with Selection 1").click();
    settle(&mut window);
    assert!(!has_part(&window, "Compared with"));
}

#[test]
fn times_can_be_typed_by_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clock.perf.txt");
    let header = "# reference time: 2026-11-23 10:32:07.000000 = 1795429927.000000 (tod) = 5000.000000 (monotonic)\n#\n";
    let samples = (0..200).map(|at| {
        format!(
            "a 1 {}.{:02}0000: 1 c:\n\t1 f (/x)\n\n",
            5000 + at / 20,
            at % 20 * 5
        )
    });
    std::fs::write(&path, header.to_owned() + &samples.collect::<String>()).unwrap();
    let mut window = window(Some(path));
    press(&mut window, Key::ArrowRight);
    assert!(selected(&window).is_some());
    let field = "End of the selection in seconds";
    retype(&mut window, field, "10:32:15.25");
    assert_eq!(selected(&window).unwrap().1, "8.250");
    // What is no time says so, and changes nothing.
    retype(&mut window, field, "soon");
    assert_eq!(selected(&window).unwrap().1, "8.250");
    assert!(has_part(&window, "\"soon\" is no time: expected seconds"));
    // Esc takes the message away first, then the selection.
    press(&mut window, Key::Escape);
    assert!(!has_part(&window, "is no time") && selected(&window).is_some());
    press(&mut window, Key::Escape);
    assert!(selected(&window).is_none());
}

#[test]
fn without_a_clock_hours_are_those_since_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.perf.txt");
    let sample = |at: u64| format!("a 1 {}.000000: 1 c:\n\t1 f (/x)\n\n", 5000 + at);
    std::fs::write(&path, (0..4000).map(sample).collect::<String>()).unwrap();
    let mut window = window(Some(path));
    press(&mut window, Key::End);
    retype(&mut window, "Start of the selection in seconds", "0:55:00");
    assert_eq!(selected(&window).unwrap().0, "3300.000");
    retype(&mut window, "Start of the selection in seconds", "0:55:70");
    assert!(has_part(&window, "or 0:12:30"));
}

#[test]
fn a_later_range_can_be_typed_from_its_start() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 4, 0), cell(&window, 30, 4, 3));
    drag(&mut window, from, to);
    let [start, end] = ["Start", "End"].map(|end| format!("{end} of the selection in seconds"));
    retype(&mut window, &start, "18.3");
    assert_eq!(selected(&window), Some(("18.300".into(), "18.380".into())));
    retype(&mut window, &end, "18.6");
    assert_eq!(selected(&window), Some(("18.300".into(), "18.600".into())));
    retype(&mut window, &end, "5");
    assert_eq!(selected(&window), Some(("4.700".into(), "5.000".into())));
}

#[test]
fn what_the_tab_key_comes_to_is_typed_over() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 4, 0), cell(&window, 30, 4, 3));
    drag(&mut window, from, to);
    let [start, end] = ["Start", "End"].map(|end| format!("{end} of the selection in seconds"));
    window
        .get_by_role_and_label(Role::TextInput, &start)
        .focus();
    window.run_ok();
    press(&mut window, Key::Tab);
    let field = window.get_by_role_and_label(Role::TextInput, &end);
    field.type_text("6.5");
    window.run_ok();
    press(&mut window, Key::Enter);
    assert_eq!(selected(&window), Some(("4.000".into(), "6.500".into())));
}

#[test]
fn a_message_moves_nothing() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::ArrowRight);
    let before = window.get_by_label("Heat map").rect();
    retype(&mut window, "End of the selection in seconds", "soon");
    assert!(has_part(&window, "is no time"));
    assert_eq!(window.get_by_label("Heat map").rect(), before);
}

#[test]
fn a_window_that_shrinks_leaves_room_for_the_flame_graph() {
    let mut window = open_sample("latency-spike.perf.txt");
    window.set_size(vec2(1200.0, 1100.0));
    settle(&mut window);
    window.set_size(vec2(800.0, 600.0));
    settle(&mut window);
    window.run_ok();
    let graph = window.get_by_label("Flame graph").rect();
    assert!(graph.height() > 160.0, "{graph:?}");
}

fn export(window: &mut Window, path: &[&str], to: &Path) -> Vec<u8> {
    menu(window, path);
    type_path(window, to, "Save");
    std::fs::read(to).unwrap()
}

fn by_command(args: &[&str]) -> Vec<u8> {
    let program = env!("CARGO_BIN_EXE_emberscope");
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

#[test]
fn heat_maps_and_pages_are_exported_as_by_the_command_line() {
    let sample = sample_profile("latency-spike.perf.txt");
    let sample = sample.to_str().unwrap();
    let mut window = open_sample("latency-spike.perf.txt");
    let folder = tempfile::tempdir().unwrap();
    let to = |name: &str| folder.path().join(name);
    let into = |title| ["File", "Export heat map as", title];
    let heat_map =
        |format: &str| by_command(&["heatmap", sample, "--rows", "50", "--format", format]);
    let json = export(&mut window, &into("JSON…"), &to("a.json"));
    assert_eq!(json, heat_map("json"));
    let csv = export(&mut window, &into("Table (CSV)…"), &to("a.csv"));
    assert_eq!(csv, heat_map("csv"));
    let png = export(&mut window, &into("Picture (PNG)…"), &to("a.png"));
    assert!(png.starts_with(b"\x89PNG"));
    let svg = export(
        &mut window,
        &into("Picture for browsers (SVG)…"),
        &to("a.svg"),
    );
    assert!(String::from_utf8(svg).unwrap().contains("708 samples"));
    let page = export(
        &mut window,
        &["File", "Export as page for browsers…"],
        &to("a.html"),
    );
    let commanded = by_command(&["report", sample, "--rows", "50", "-o", "-", "--quiet"]);
    // But for words above the picture they are the same.
    assert!(
        page.len().abs_diff(commanded.len()) < 200,
        "{} {}",
        page.len(),
        commanded.len()
    );
    // What colours the cells is what is written.
    press(&mut window, Key::U);
    let json = export(&mut window, &into("JSON…"), &to("b.json"));
    let text = String::from_utf8(json).unwrap();
    assert!(
        text.contains("\"value\":\"difference\""),
        "{}",
        &text[..200]
    );
}

#[test]
fn a_functions_details_open_from_its_menu() {
    let mut window = open_sample("latency-spike.perf.txt");
    context(&mut window, "hash_body", "Details");
    assert!(has(&window, "Find its addresses"));
    assert!(has_part(&window, "Most often called so"));
}

#[test]
fn enter_zooms_to_the_box_of_the_keys_wherever_the_pointer_is() {
    let mut window = open_sample("latency-spike.perf.txt");
    let elsewhere = middle(&window, "rebuild_index");
    window.get_by_label("Flame graph").focus();
    window.hover_at(elsewhere);
    settle(&mut window);
    press(&mut window, Key::ArrowUp);
    press(&mut window, Key::Enter);
    let app = window.state();
    let node = app.zoom().unwrap();
    let profile = app.profile().unwrap();
    assert_eq!(profile.stacks.depth[node.index()], 1, "the widest thread");
    // The keyboard stays there, although the way back has come above it.
    assert!(has(&window, "Reset zoom"));
    let is_in_graph = |window: &Window| {
        let all = window.root().children_recursive();
        let mut focused = all.filter(|node| node.is_focused());
        // Assistive technology is told of the box.
        let role = focused.next().map(|node| node.accesskit_node().role());
        role == Some(Role::TreeItem)
    };
    assert!(is_in_graph(&window));
    press(&mut window, Key::ArrowUp);
    assert!(is_in_graph(&window) && selected(&window).is_none());
}

#[test]
fn the_menu_of_a_box_opens_by_key() {
    let mut window = open_sample("latency-spike.perf.txt");
    window.get_by_label("Flame graph").focus();
    settle(&mut window);
    press(&mut window, Key::ArrowUp);
    press_with(&mut window, Modifiers::SHIFT, Key::F10);
    window.run_ok();
    window.get_by_label("Focus on what it calls").click();
    settle(&mut window);
    assert!(has_part(&window, "Focus: server ×"));
    // Its entries are gone to by arrows and taken by Enter.
    press(&mut window, Key::Escape);
    window.get_by_label("Flame graph").focus();
    settle(&mut window);
    press(&mut window, Key::ArrowUp);
    press_with(&mut window, Modifiers::SHIFT, Key::F10);
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::Enter);
    assert!(has(&window, "Reset zoom") && !has(&window, "Copy name"));
}

#[test]
fn what_is_chosen_for_the_window_is_there_at_its_next_start() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    move_panel(&mut window, "Functions", "At the bottom");
    press(&mut window, Key::I);
    menu(
        &mut window,
        &[
            "View",
            "Heat map colours",
            "Magma (dark, safe for colour-blind eyes)",
        ],
    );
    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    let again = driver::window_after(Some(&kept), Some(sample_profile("latency-spike.perf.txt")));
    assert!(middle(&again, "all").y < middle(&again, "rebuild_index").y);
    let graph = again.get_by_label("Flame graph").rect();
    assert!(heading(&again, "Functions").top() > graph.top() + 40.0);
    // A file that was open is offered on the start page.
    let start = driver::window_after(Some(&kept), None);
    assert!(has_part(&start, "latency-spike.perf.txt"));
    // What another version has kept is not in the way.
    let mut old = Kept::default();
    let text = "(recents:[(path:\"/x/y.perf.txt\")],icicle:true,are_filters_shown:true,ramp:99)";
    old.0.insert("app".to_owned(), text.to_owned());
    let start = driver::window_after(Some(&old), None);
    assert!(has_part(&start, "y.perf.txt"));
}

/// Everything that can take the focus says what it is.
#[test]
fn every_control_has_a_name() {
    let mut window = open_sample("latency-spike.perf.txt");
    for key in [Key::F, Key::L, Key::D, Key::T] {
        press(&mut window, key);
    }
    press(&mut window, Key::Slash);
    window.event(egui::Event::Text("hash".into()));
    settle(&mut window);
    let nameless = |node: &egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        // The handles between a table's columns are not ours to name.
        let width = node.raw_bounds().map_or(0.0, |bounds| bounds.width());
        if width <= 6.0 {
            return false;
        }
        let is_named = node.label().is_some_and(|label| !label.trim().is_empty())
            || node.value().is_some_and(|value| !value.is_empty());
        let is_control = node.data().supports_action(egui::accesskit::Action::Focus);
        is_control && !is_named
    };
    let root = window.root();
    let found: Vec<String> = root
        .children_recursive()
        .filter(nameless)
        .map(|node| format!("{:?} {:?}", node.accesskit_node().role(), node.rect()))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn menus_close_when_an_entry_is_taken_by_key() {
    let mut window = open_sample("latency-spike.perf.txt");
    let take = |window: &mut Window, label: &str| {
        window.get_by_label(label).focus();
        window.run_ok();
        window.key_press(Key::Enter);
        settle(window);
    };
    take(&mut window, "View");
    take(&mut window, "Heat map colours");
    assert!(has(&window, "Magma (dark, safe for colour-blind eyes)"));
    take(&mut window, "Magma (dark, safe for colour-blind eyes)");
    assert!(!has(&window, "Magma (dark, safe for colour-blind eyes)"));
    assert!(!has(&window, "Heat map colours"));
    take(&mut window, "View");
    take(&mut window, "Theme");
    take(&mut window, "Light");
    assert!(!has(&window, "Theme"));
    take(&mut window, "Edit");
    take(&mut window, "Search");
    assert!(!has(&window, "Keep the selection"));
}

#[test]
fn keys_lead_from_view_to_view_and_to_the_menus() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::T);
    let focused = |window: &Window| {
        let all = window.root().children_recursive();
        let mut focused = all.filter(|node| node.is_focused());
        focused
            .next()
            .and_then(|node| node.accesskit_node().label())
    };
    // Of the flame graph it is the box that the arrows go on from.
    for expected in ["Close functions", "Heat map", "all"] {
        press(&mut window, Key::F6);
        assert_eq!(focused(&window).as_deref(), Some(expected));
    }
    press_with(&mut window, Modifiers::SHIFT, Key::F6);
    assert_eq!(focused(&window).as_deref(), Some("Heat map"));
    press(&mut window, Key::F10);
    assert_eq!(focused(&window).as_deref(), Some("File"));
    press(&mut window, Key::Enter);
    assert!(has_part(&window, "Save session…"));
    press(&mut window, Key::Escape);
    // With no more frames than keys ask for.
    let mut type_keys = |keys: &[Key]| {
        for key in keys {
            window.key_press(*key);
            window.run_ok();
        }
        focused(&window).unwrap_or_default()
    };
    assert_eq!(type_keys(&[Key::F10, Key::ArrowDown]), "Open… Ctrl+O");
    let there_and_back = [Key::ArrowDown, Key::ArrowDown, Key::ArrowUp, Key::ArrowUp];
    assert_eq!(type_keys(&there_and_back), "Open… Ctrl+O");
    press(&mut window, Key::Escape);
    press(&mut window, Key::F1);
    assert!(has(&window, "Keys and gestures"));
}

#[test]
fn arrows_in_an_open_menu_leave_the_selection_alone() {
    let mut window = open_sample("latency-spike.perf.txt");
    menu(&mut window, &["Edit"]);
    for _ in 0..2 {
        press(&mut window, Key::ArrowDown);
    }
    assert_eq!(selected(&window), None);
    press(&mut window, Key::Enter);
    assert!(!has(&window, "Keep the selection"), "an entry was taken");
}

#[test]
fn each_rule_for_idle_samples_can_be_chosen() {
    let mut window = driver::window(Some(sample_profile("mixed-mode.perf.txt")));
    press(&mut window, Key::F);
    let shown = |window: &Window| {
        let texts = window.query_all_by_label_contains("Whole profile · ");
        let mut texts = texts.filter_map(|node| node.accesskit_node().value());
        let text = texts.next().unwrap();
        text.rsplit(" · ").next().unwrap().to_owned()
    };
    let leaf = shown(&window);
    let mut choose = |rule: &'static str| {
        driver::choose(&mut window, "Which samples are idle", rule);
        shown(&window)
    };
    let none = choose("none");
    assert_ne!(none, leaf);
    let task = choose("all samples of the idle task");
    assert_ne!(task, none);
    let anywhere = choose("idle function anywhere in the stack");
    assert_ne!(anywhere, none);
    assert_eq!(choose("idle function innermost"), leaf);
}

/// What each begins or ends with is checked here, what it holds by the tests of the exporters.
#[test]
fn flame_graphs_are_written_in_every_format() {
    let mut window = open_sample("latency-spike.perf.txt");
    let folder = tempfile::tempdir().unwrap();
    for format in emberscope::export::FlameGraphFormat::ALL {
        let entry = format!("{}…", format.title());
        let ending = format.endings()[0];
        let to = folder.path().join(format!("graph.{ending}"));
        for label in ["File", "Export flame graph as", &entry] {
            window.get_by_label(label).click();
            window.run_ok();
        }
        settle(&mut window);
        type_path(&mut window, &to, "Save");
        let bytes = std::fs::read(&to).unwrap_or_else(|error| panic!("{entry}: {error}"));
        let text = || String::from_utf8(bytes.clone()).unwrap();
        match ending {
            "svg" => assert!(text().trim_end().ends_with("</svg>")),
            "png" => {
                assert!(image::load_from_memory(&bytes).is_ok() || bytes.starts_with(b"\x89PNG"))
            }
            "folded" | "txt" => assert!(text().lines().all(|line| {
                let count = line
                    .rsplit(' ')
                    .next()
                    .and_then(|count| count.parse::<u64>().ok());
                count.is_some()
            })),
            "pb.gz" => assert_eq!(bytes[..2], [0x1f, 0x8b]),
            _ => {
                let json: serde_json::Value = serde_json::from_str(&text()).unwrap();
                assert!(json.is_object(), "{entry}");
            }
        }
        std::fs::remove_file(&to).unwrap();
    }
}

#[test]
fn the_tab_in_front_is_seen_however_many_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(None);
    for index in 0..9 {
        let path = folder
            .path()
            .join(format!("a-profile-with-a-long-name-{index}.txt"));
        std::fs::copy(sample_profile("latency-spike.perf.txt"), &path).unwrap();
        window.input_mut().dropped_files = vec![std::sync::Arc::new(driver::Dropped(path))];
        settle(&mut window);
    }
    let is_seen = |window: &Window, index: usize| {
        let name = format!("Profile a-profile-with-a-long-name-{index}.txt");
        let rect = window.get_by_label(&name).rect();
        rect.left() >= 0.0 && rect.right() <= 1200.0
    };
    for _ in 0..20 {
        window.step();
    }
    assert!(is_seen(&window, 8) && !is_seen(&window, 0));
    press_with(&mut window, Modifiers::COMMAND, Key::Tab);
    for _ in 0..60 {
        window.step();
    }
    assert!(is_seen(&window, 0));
}

#[test]
fn the_text_of_a_finding_chooses_it() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::D);
    window.get_by_label_contains("Every 6.9").click();
    settle(&mut window);
    assert!(has_part(&window, "Selected 4 ranges"));
    assert!(has_part(&window, "Compared with the rest"));
}
