//! What a user does more rarely: marks, menus of frames, rows and bars of every sort, scales, what is
//! kept from one start to the next, what can be cancelled.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use common::sample_profile;
use driver::{
    Dropped, Window, cell, choose, click_at, context, dense_window, drag, has, has_part, kept_by,
    middle, open_sample, press, press_with, selected, settle, sized_window, type_path, window,
    window_after,
};
use egui::{Key, Modifiers, PointerButton, Rect, Role, Shape, TextureId, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use emberscope::palette;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SPIKE: &str = "latency-spike.perf.txt";

const REOPEN: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// A profile from text, opened.
fn open_text(text: &str) -> (tempfile::TempDir, Window) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typed.perf.txt");
    std::fs::write(&path, text).unwrap();
    let window = window(Some(path));
    (folder, window)
}

/// A sample of each second from 0 on: stacks of functions, the root first.
fn stacks_text(stacks: &[&[&str]]) -> String {
    let sample = |(second, stack): (usize, &&[&str])| {
        let frames = stack.iter().rev();
        let frames: String = frames.map(|name| format!("\t1 {name} (/x)\n")).collect();
        format!("a 1/1 [000] {second}.000000: 1 cycles:\n{frames}\n")
    };
    stacks.iter().enumerate().map(sample).collect()
}

/// Where the flame graph's boxes of a function are.
fn boxes(window: &Window, name: &str) -> Vec<Rect> {
    let nodes = window.get_all_by_role(Role::TreeItem);
    let named = nodes.filter(|node| node.accesskit_node().label().as_deref() == Some(name));
    named.map(|node| node.rect()).collect()
}

/// What the box of everything says of itself.
fn all_of_it(window: &Window) -> String {
    let nodes = window.get_all_by_role(Role::TreeItem);
    let mut all = nodes.filter(|node| node.accesskit_node().label().as_deref() == Some("all"));
    let all = all.next().unwrap();
    all.accesskit_node()
        .data()
        .description()
        .unwrap()
        .to_owned()
}

/// How many of a function's boxes have the outline of a mark.
fn marked(window: &Window, name: &str) -> usize {
    let outlined: Vec<Rect> = window
        .output()
        .shapes
        .iter()
        .filter_map(|clipped| match &clipped.shape {
            Shape::Rect(shape) if (shape.stroke.width - 2.0).abs() < 0.1 => Some(shape.rect),
            _ => None,
        })
        .collect();
    let is_near = |one: &Rect, other: &Rect| {
        (one.min - other.min).length() < 1.5 && (one.max - other.max).length() < 1.5
    };
    let boxes = boxes(window, name).into_iter();
    let marked = boxes.filter(|of| outlined.iter().any(|outline| is_near(of, outline)));
    marked.count()
}

/// Takes an entry of a menu, or of a menu in it, by what it is called first.
fn menu(window: &mut Window, path: &[&str]) {
    for label in path {
        let starts = |node: &egui_kittest::Node<'_>| {
            let text = node.accesskit_node().label();
            text.is_some_and(|text| text.starts_with(label))
        };
        let mut entries = window.get_all_by_label_contains(label).filter(starts);
        entries.next().unwrap().click();
        drop(entries);
        window.run_ok();
    }
    settle(window);
}

/// What a control says of itself.
fn value(window: &Window, role: Role, label: &str) -> String {
    let node = window.get_by_role_and_label(role, label);
    node.accesskit_node().value().unwrap_or_default()
}

/// Names of the rows, and how many samples each has.
fn rows(window: &Window) -> Vec<(String, u64)> {
    let nodes = window.get_all_by_role(Role::ListItem);
    let row = |node: egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        let name = node.label().unwrap();
        (name, count(&node.value().unwrap()))
    };
    nodes.map(row).collect()
}

/// The number that a text begins with.
fn count(text: &str) -> u64 {
    let number = text.split(' ').next().unwrap().replace(',', "");
    number.parse().unwrap()
}

fn named(rows: &[(&str, u64)]) -> Vec<(String, u64)> {
    let named = rows
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count));
    named.collect()
}

fn drop_file(window: &mut Window, path: &Path) {
    let file = std::sync::Arc::new(Dropped(path.to_owned()));
    window.input_mut().dropped_files.push(file);
    settle(window);
}

fn step_until(window: &mut Window, what: &str, is_there: impl Fn(&Window) -> bool) {
    let started = Instant::now();
    while !is_there(window) {
        window.step();
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_function_is_marked_and_unmarked_by_ctrl_click() {
    let mut window = open_sample(SPIKE);
    press(&mut window, Key::T);
    let count = boxes(&window, "hash_body").len();
    assert!(count > 1 && marked(&window, "hash_body") == 0, "{count}");
    let ctrl_click = |window: &mut Window| {
        let at = middle(window, "hash_body");
        click_at(window, at, PointerButton::Primary, Modifiers::COMMAND);
    };
    ctrl_click(&mut window);
    assert_eq!(marked(&window, "hash_body"), count, "each of its boxes");
    assert_eq!(marked(&window, "handle_request"), 0);
    assert!(has_part(&window, "Most often called so"));
    assert!(!has(&window, "Reset zoom"));
    ctrl_click(&mut window);
    assert_eq!(marked(&window, "hash_body"), 0);
    assert!(!has_part(&window, "Most often called so"));
    ctrl_click(&mut window);
    press(&mut window, Key::Escape);
    assert_eq!(marked(&window, "hash_body"), 0);
    assert!(!has_part(&window, "Most often called so"));
}

#[test]
fn a_function_is_marked_by_its_menu() {
    let mut window = open_sample(SPIKE);
    let count = boxes(&window, "hash_body").len();
    context(&mut window, "hash_body", "Mark everywhere");
    assert_eq!(marked(&window, "hash_body"), count);
    // Also where it stands on the root.
    press(&mut window, Key::C);
    let at_root = boxes(&window, "hash_body").len();
    assert!(at_root > 0 && marked(&window, "hash_body") == at_root);
    press(&mut window, Key::C);
    context(&mut window, "hash_body", "Remove the mark");
    assert_eq!(marked(&window, "hash_body"), 0);
}

#[test]
fn a_frame_is_zoomed_to_by_its_menu() {
    let mut window = open_sample(SPIKE);
    let whole = boxes(&window, "all")[0].width();
    assert!(boxes(&window, "rebuild_index")[0].width() < 0.9 * whole);
    context(&mut window, "rebuild_index", "Zoom to frame");
    assert!((boxes(&window, "rebuild_index")[0].width() - whole).abs() < 2.0);
    assert!(has(&window, "Reset zoom") && !has(&window, "handle_request"));
}

#[test]
fn a_module_is_hidden_by_a_frames_menu() {
    let mut window = open_sample(SPIKE);
    let before = all_of_it(&window);
    assert!(before.contains("708 samples (100.00 % of the selection)"));
    context(&mut window, "rebuild_index", "Hide its module");
    // What the text says is of it.
    let text = std::fs::read_to_string(sample_profile(SPIKE)).unwrap();
    let functions = text.lines().filter_map(|line| {
        let line = line.strip_suffix(" (/tmp/emberscope-samples/latency-spike)")?;
        line.split_whitespace().nth(1)?.split('+').next()
    });
    let functions: BTreeSet<&str> = functions.collect();
    assert!(functions.contains("main") && functions.len() > 5);
    for function in &functions {
        // Threads are called as one of them.
        let left = usize::from(*function == "indexer");
        assert_eq!(boxes(&window, function).len(), left, "{function}");
    }
    let hidden = format!("{} functions hidden ×", functions.len());
    assert!(has(&window, &hidden));
    assert_eq!(boxes(&window, "__libc_start_call_main").len(), 1);
    assert_eq!(all_of_it(&window), before);
    window.get_by_label(&hidden).click();
    settle(&mut window);
    assert!(has(&window, "rebuild_index"));
}

#[test]
fn a_frames_menu_exports_the_flame_graph() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shown.svg");
    let mut window = open_sample(SPIKE);
    context(&mut window, "rebuild_index", "Export flame graph as SVG…");
    assert!(has(&window, "Export the flame graph"));
    type_path(&mut window, &path, "Save");
    assert!(!has(&window, "Export the flame graph") && has_part(&window, "Saved "));
    assert!(std::fs::read_to_string(&path).unwrap().contains("</svg>"));
}

#[test]
fn a_dialog_to_export_can_be_cancelled() {
    let mut window = open_sample(SPIKE);
    for by_key in [false, true] {
        press_with(&mut window, Modifiers::COMMAND, Key::E);
        assert!(has(&window, "Export the flame graph"));
        match by_key {
            true => press(&mut window, Key::Escape),
            false => {
                window.get_by_role_and_label(Role::Button, "Cancel").click();
                settle(&mut window);
            }
        }
        assert!(!has(&window, "Export the flame graph") && !has_part(&window, "Saved "));
    }
}

#[test]
fn recursion_is_shown_as_one_call() {
    let text = stacks_text(&[
        &["main", "fib", "fib", "fib", "leaf"],
        &["main", "fib", "leaf"],
        &["main", "other"],
        &["main", "fib", "fib", "leaf"],
    ]);
    let (_folder, mut window) = open_text(&text);
    let (before, whole) = (all_of_it(&window), boxes(&window, "all")[0].width());
    assert!(before.contains("4 samples"), "{before}");
    let shown = |window: &Window| {
        let widths = ["main", "fib", "leaf", "other"].map(|name| {
            let boxes = boxes(window, name).into_iter();
            let mut quarters: Vec<u32> = boxes
                .map(|of| (4.0 * of.width() / whole).round() as u32)
                .collect();
            quarters.sort_unstable();
            quarters
        });
        widths.to_vec()
    };
    let each = [vec![4], vec![1, 2, 3], vec![1, 1, 1], vec![1]];
    assert_eq!(shown(&window), each);
    press(&mut window, Key::R);
    assert!(has(&window, "Recursion collapsed ×"));
    assert_eq!(shown(&window), [vec![4], vec![3], vec![3], vec![1]]);
    assert_eq!(all_of_it(&window), before);
    press(&mut window, Key::R);
    assert_eq!(shown(&window), each);
    assert!(!has(&window, "Recursion collapsed ×"));
}

#[test]
fn two_keys_go_to_the_finding_before() {
    let mut window = open_sample("single-threaded-phase.perf.txt");
    let ranges = |window: &Window| window.state().selection().unwrap().ranges().to_vec();
    press(&mut window, Key::D);
    // Once around.
    let mut findings = Vec::new();
    loop {
        press(&mut window, Key::N);
        let shown = ranges(&window);
        if findings.contains(&shown) {
            assert_eq!(shown, findings[0]);
            break;
        }
        findings.push(shown);
    }
    let last = findings.len() - 1;
    assert!(last > 0 && has_part(&window, "Compared with the rest of the profile"));
    // From the first one to the last, and so on.
    for finding in findings.iter().rev() {
        press(&mut window, Key::P);
        assert_eq!(ranges(&window), *finding);
    }
    for finding in findings.iter().rev() {
        press_with(&mut window, Modifiers::SHIFT, Key::N);
        assert_eq!(ranges(&window), *finding);
    }
}

#[test]

fn the_first_press_of_the_key_for_it_goes_to_a_finding() {
    let mut window = open_sample(SPIKE);
    press(&mut window, Key::N);
    assert!(has_part(&window, "1. periodic"));
    assert!(selected(&window).is_some());
}

#[test]
fn the_key_of_plus_zooms_in_without_shift() {
    let axis = |window: &Window| value(window, Role::Canvas, "Time axis");
    let zoomed = |key: Key| {
        let mut window = open_sample(SPIKE);
        let before = axis(&window);
        press(&mut window, key);
        assert_ne!(axis(&window), before);
        assert!(has(&window, "Overview of the whole profile"));
        axis(&window)
    };
    assert_eq!(zoomed(Key::Equals), zoomed(Key::Plus));
}

/// Samples of two events, of two processes, on two CPUs, all in the first second.
fn busy_machine() -> String {
    let sample = |(at, (who, cpu, event)): (u32, (&str, u32, &str))| {
        format!("{who} [{cpu:03}] 5.{at:06}: 1 {event}:\n\t1 work (/x)\n\n")
    };
    let samples = [
        ("alpha 10/10", 0, "cycles"),
        ("helper 10/11", 1, "cycles"),
        ("beta 20/20", 1, "faults"),
        ("helper 10/11", 1, "cycles"),
        ("beta 20/20", 0, "cycles"),
        ("alpha 10/10", 1, "faults"),
        ("alpha 10/10", 1, "cycles"),
    ];
    // So many that the columns are long ones.
    let later = (6..16)
        .map(|second| format!("beta 20/20 [000] {second}.500000: 1 cycles:\n\t1 x (/x)\n\n"));
    let first = (1..).zip(samples).map(sample);
    first.chain(later).collect()
}

#[test]
fn processes_have_rows_of_their_own() {
    let (_folder, mut window) = open_text(&busy_machine());
    choose(&mut window, "Event shown", "all events");
    assert!(has_part(&window, "17 samples"));
    choose(&mut window, "Rows stand for", "Processes");
    let shown = rows(&window);
    assert_eq!(shown, named(&[("beta 20", 12), ("alpha 10", 5)]));
    let all: u64 = shown.iter().map(|(_, count)| count).sum();
    assert_eq!(all, count(&value(&window, Role::Canvas, "Samples by row")));
}

#[test]
fn events_have_rows_of_their_own() {
    let (_folder, mut window) = open_text(&busy_machine());
    choose(&mut window, "Event shown", "all events");
    choose(&mut window, "Rows stand for", "Events");
    let shown = rows(&window);
    assert_eq!(shown, named(&[("cycles", 15), ("faults", 2)]));
    let all: u64 = shown.iter().map(|(_, count)| count).sum();
    assert_eq!(all, count(&value(&window, Role::Canvas, "Samples by row")));
    // One of them alone has one row.
    choose(&mut window, "Event shown", "cycles (15 samples)");
    assert_eq!(rows(&window), named(&[("cycles", 15)]));
}

/// How many colours the bars above the columns have.
fn bar_colors(window: &Window) -> usize {
    let strip = window.get_by_label("Samples by column").rect();
    let meshes = window.output().shapes.iter().filter_map(|clipped| {
        let Shape::Mesh(mesh) = &clipped.shape else {
            return None;
        };
        let bounds = mesh.calc_bounds();
        let is_it = strip.expand(1.0).contains_rect(bounds) && bounds.width() > strip.width() / 2.0;
        is_it.then_some(&mesh.vertices)
    });
    let colors: BTreeSet<[u8; 4]> = meshes.flatten().map(|at| at.color.to_array()).collect();
    colors.len()
}

#[test]
fn bars_are_stacked_by_cpu_process_or_event() {
    let (_folder, mut window) = open_text(&busy_machine());
    choose(&mut window, "Event shown", "all events");
    assert_eq!(bar_colors(&window), 1);
    let bars = [
        ("Bars: CPUs", ["CPU 0: 2 samples", "CPU 1: 5 samples"]),
        (
            "Bars: Processes",
            ["alpha 10: 5 samples", "beta 20: 2 samples"],
        ),
        ("Bars: Events", ["cycles: 5 samples", "faults: 2 samples"]),
    ];
    for (bar, parts) in bars {
        choose(&mut window, "Bars stacked by", bar);
        let strip = window.get_by_label("Samples by column").rect();
        window.hover_at(strip.left_center() + vec2(5.0, 0.0));
        settle(&mut window);
        assert_eq!(bar_colors(&window), 2, "{bar}");
        // Of the column all together, and of each part.
        assert!(has(&window, "7 samples"), "{bar}");
        for part in parts {
            assert!(has(&window, part), "{part}");
        }
        let others = bars.iter().filter(|(other, _)| *other != bar);
        for part in others.flat_map(|(_, parts)| parts) {
            assert!(!has(&window, part), "{part} of {bar}");
        }
        window.hover_at(pos2(600.0, 790.0));
        settle(&mut window);
    }
}

/// The colours of the heat map's legend, from 0 to the end of the scale.
fn legend_colors(window: &Window) -> Vec<egui::Color32> {
    let mut meshes = window.output().shapes.iter().filter_map(|clipped| {
        let Shape::Mesh(mesh) = &clipped.shape else {
            return None;
        };
        let size = mesh.calc_bounds().size();
        let is_legend = (size - vec2(100.0, 12.0)).length() < 0.5;
        is_legend.then(|| mesh.vertices.iter().map(|vertex| vertex.color).collect())
    });
    meshes.next().unwrap()
}

#[test]
fn the_legend_tells_the_scale() {
    // One cell has forty samples, all others one.
    let at = |second: u32, micros: u32| {
        format!("a 1/1 [000] {second}.{micros:06}: 1 c:\n\t1 work (/x)\n\n")
    };
    let spread = (0..150).map(|second| at(second, 500_000));
    let crowd = (1..40).map(|micros| at(149, 500_000 + micros));
    let (_folder, mut window) = open_text(&spread.chain(crowd).collect::<String>());
    choose(&mut window, "Column length", "1 s");
    let mut shown = |scale: &str| {
        menu(&mut window, &["View", "Heat map scale", scale]);
        let end = value(&window, Role::SpinButton, "Scale ends at");
        let has_more = has_part(&window, "or more (the busiest has 40)");
        (end, has_more, legend_colors(&window))
    };
    let linear = shown("Linear to the hottest cell");
    let logarithmic = shown("Logarithmic to the hottest cell");
    let steep = shown("Steep: tells busy cells apart");
    let clipped = shown("Clipped at the 99th percentile");
    let ends = |(end, has_more, _): &(String, bool, Vec<egui::Color32>)| (end.clone(), *has_more);
    assert_eq!(ends(&clipped), ("1".to_owned(), true));
    assert_eq!(ends(&steep), ends(&clipped));
    assert_eq!(ends(&linear), ("40".to_owned(), false));
    assert_eq!(ends(&logarithmic), ends(&linear));
    // They begin and end alike, and differ between.
    let (one, other) = (&linear.2, &logarithmic.2);
    assert_eq!(one.first(), other.first());
    assert_eq!(one.last(), other.last());
    let differing = one.iter().zip(other).filter(|(one, other)| one != other);
    assert!(differing.count() > one.len() / 2);
}

#[test]
fn frames_are_coloured_by_function_or_by_search() {
    let mut window = open_sample(SPIKE);
    let by = |window: &mut Window, colors: &str| {
        menu(window, &["View", "Flame graph colours", colors]);
        window.hover_at(pos2(600.0, 795.0));
        settle(window);
    };
    let legends = [
        "A colour for each function name",
        "found by the search",
        "all other functions",
    ];
    let shown = |window: &Window| legends.map(|legend| has(window, legend));
    assert_eq!(shown(&window), [false; 3]);
    by(&mut window, "By function");
    assert_eq!(shown(&window), [true, false, false]);
    by(&mut window, "By search");
    assert_eq!(shown(&window), [false, true, true]);
    by(&mut window, "By kind of code");
    assert_eq!(shown(&window), [false; 3]);
}

/// A divider between parts of the window.
fn divider(window: &Window, is_it: impl Fn(Rect) -> bool) -> Rect {
    let dividers = window.get_all_by_role(Role::Splitter);
    let mut rects = dividers.map(|node| node.rect()).filter(|rect| is_it(*rect));
    rects.next().unwrap()
}

#[test]
fn theme_text_size_and_panel_sizes_are_there_at_the_next_start() {
    let mut first = open_sample(SPIKE);
    press(&mut first, Key::T);
    let table = |window: &Window| {
        let heading = window.get_by_role_and_label(Role::Label, "Functions");
        heading.rect().left()
    };
    let map = |window: &Window| window.get_by_label("Heat map").rect();
    let (table_before, map_before) = (table(&first), map(&first));
    let upright = divider(&first, |rect| {
        rect.height() > 300.0 && (rect.center().x - table_before).abs() < 20.0
    });
    let at = upright.center();
    drag(&mut first, at, at + vec2(-60.0, 0.0));
    let level = divider(&first, |rect| {
        rect.width() > 300.0 && (0.0..120.0).contains(&(rect.center().y - map_before.bottom()))
    });
    let at = level.center();
    drag(&mut first, at, at + vec2(0.0, 40.0));
    menu(&mut first, &["View", "Theme", "Light"]);
    let dragged = (table(&first), map(&first).height());
    assert!((table_before - dragged.0 - 60.0).abs() < 3.0, "{dragged:?}");
    assert!((dragged.1 - map_before.height() - 40.0).abs() < 3.0);
    let of_next = |first: &mut Window| {
        let kept = kept_by(first);
        window_after(Some(&kept), Some(sample_profile(SPIKE)))
    };
    let mut second = of_next(&mut first);
    assert!(
        (table(&second) - dragged.0).abs() < 1.0,
        "{}",
        table(&second)
    );
    assert!((map(&second).height() - dragged.1).abs() < 1.0);
    for label in ["View", "Theme"] {
        second.get_by_label(label).click();
        second.run_ok();
    }
    let is_on = |label: &str| {
        let entry = second.get_by_role_and_label(Role::RadioButton, label);
        entry.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
    };
    assert!(is_on("Light") && !is_on("Dark"));
    assert!(!second.ctx.global_style().visuals.dark_mode);
    // Larger text.
    let high = |window: &Window| {
        let node = window.get_by_role_and_label(Role::Label, "Functions");
        let points = window.ctx.pixels_per_point();
        node.rect().height() * points
    };
    let usual = high(&first);
    press_with(&mut first, Modifiers::COMMAND, Key::Plus);
    first.run_steps(3);
    let larger = high(&first);
    assert!(larger > usual * 1.05, "{usual}, {larger}");
    let third = of_next(&mut first);
    assert!((high(&third) - larger).abs() < 0.5);
}

/// What can take the focus and has a name, and where it is.
fn controls(window: &Window) -> Vec<(Role, String, Rect)> {
    let root = window.root();
    let nodes = root.children_recursive();
    let control = |node: egui_kittest::Node<'_>| {
        let inner = node.accesskit_node();
        let label = inner.label().filter(|label| !label.is_empty())?;
        let is_control = inner.data().supports_action(egui::accesskit::Action::Focus);
        is_control.then(|| (inner.role(), label, node.rect()))
    };
    nodes.filter_map(control).collect()
}

#[test]
fn a_dense_screen_shows_and_selects_the_same() {
    let size = [1280.0, 860.0];
    let open = |pixels: f32| {
        let mut window = dense_window(Some(sample_profile(SPIKE)), size, pixels);
        choose(&mut window, "Usual numbers of rows", "50 rows");
        press(&mut window, Key::T);
        window
    };
    let (mut usual, mut dense) = (open(1.0), open(2.0));
    let picture = dense.render().unwrap();
    assert_eq!((picture.width(), picture.height()), (2560, 1720));
    let (one, other) = (controls(&usual), controls(&dense));
    let names = |controls: &[(Role, String, Rect)]| -> Vec<(Role, String)> {
        let names = controls
            .iter()
            .map(|(role, label, _)| (*role, label.clone()));
        names.collect()
    };
    assert!(one.len() > 30, "{}", one.len());
    assert_eq!(names(&one), names(&other));
    for ((_, label, one), (.., other)) in one.iter().zip(&other) {
        let apart = (one.min - other.min).abs().max((one.max - other.max).abs());
        assert!(apart.max_elem() < 1.5, "{label}: {one:?}, {other:?}");
    }
    for window in [&mut usual, &mut dense] {
        let (from, to) = (cell(window, 30, 11, 15), cell(window, 30, 12, 28));
        drag(window, from, to);
        let expected = Some(("11.300".into(), "12.580".into()));
        assert_eq!(selected(window), expected);
    }
    let boxes = |window: &Window| {
        let nodes = window.get_all_by_role(Role::TreeItem);
        let described = nodes.map(|node| {
            let node = node.accesskit_node();
            (node.label(), node.data().description().map(str::to_owned))
        });
        described.collect::<BTreeSet<_>>()
    };
    assert_eq!(boxes(&usual), boxes(&dense));
}

/// Copies of the sample profiles, with other names.
fn two_files(folder: &Path) -> [PathBuf; 2] {
    [("one.perf.txt", SPIKE), ("two.perf.txt", "pause.perf.txt")].map(|(name, sample)| {
        let path = folder.join(name);
        std::fs::copy(sample_profile(sample), &path).unwrap();
        path
    })
}

#[test]
fn recent_files_are_opened_from_the_menu_until_the_list_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = two_files(folder.path());
    let mut window = window(None);
    drop_file(&mut window, &one);
    press_with(&mut window, Modifiers::COMMAND, Key::W);
    drop_file(&mut window, &two);
    assert!(has(&window, "run_job") && !has(&window, "rebuild_index"));
    menu(&mut window, &["File", "Open recent", one.to_str().unwrap()]);
    assert!(has(&window, "rebuild_index") && has(&window, "Profile one.perf.txt"));
    for _ in 0..2 {
        press_with(&mut window, Modifiers::COMMAND, Key::W);
    }
    assert!(has(&window, "Recent files") && has(&window, "two.perf.txt"));
    menu(&mut window, &["File", "Open recent", "Clear list"]);
    assert!(!has(&window, "Recent files") && !has(&window, "two.perf.txt"));
    window.get_by_label("File").click();
    window.run_ok();
    let recent = window.get_by_label_contains("Open recent");
    assert!(recent.accesskit_node().is_disabled());
}

#[test]
fn a_profile_is_loaded_again_from_the_menu() {
    let work: &[&str] = &["main", "work"];
    let (folder, mut window) = open_text(&stacks_text(&[work; 4]));
    assert!(has_part(&window, "4 samples") && !has(&window, "other"));
    let other: &[&str] = &["main", "other"];
    let text = stacks_text(&[work, work, work, work, other]);
    std::fs::write(folder.path().join("typed.perf.txt"), text).unwrap();
    menu(&mut window, &["File", "Load again"]);
    assert!(has_part(&window, "5 samples") && has(&window, "other"));
    // What came with the program is in no file.
    let mut window = driver::window(None);
    window.get_by_label("pause.perf.txt").click();
    settle(&mut window);
    window.get_by_label("File").click();
    window.run_ok();
    let again = window.get_by_label_contains("Load again");
    assert!(again.accesskit_node().is_disabled());
}

#[test]
fn about_says_which_version_it_is_until_esc() {
    let mut window = open_sample(SPIKE);
    let (from, to) = (cell(&window, 30, 4, 0), cell(&window, 30, 4, 49));
    drag(&mut window, from, to);
    let version = format!("Emberscope {}", env!("CARGO_PKG_VERSION"));
    assert!(!has(&window, &version));
    menu(&mut window, &["Help", "About Emberscope"]);
    assert!(has(&window, &version) && has(&window, "About Emberscope"));
    press(&mut window, Key::Escape);
    assert!(!has(&window, &version) && !has(&window, "About Emberscope"));
    // It was for nothing else.
    assert_eq!(selected(&window), Some(("4.000".into(), "5.000".into())));
}

/// Pictures on the start page: where they are, and of which texture.
fn pictures(window: &Window) -> Vec<(Rect, TextureId)> {
    let shapes = window.output().shapes.iter();
    let pictures = shapes.filter_map(|clipped| match &clipped.shape {
        Shape::Mesh(mesh) if mesh.texture_id != TextureId::default() => {
            Some((mesh.calc_bounds(), mesh.texture_id))
        }
        Shape::Rect(rect) => {
            let texture = rect.fill_texture_id();
            (texture != TextureId::default()).then_some((rect.rect, texture))
        }
        _ => None,
    });
    pictures.collect()
}

#[test]
fn recent_files_have_a_picture_of_their_heat_map() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = two_files(folder.path());
    let mut window = window(None);
    assert_eq!(pictures(&window), []);
    for file in [&one, &two] {
        drop_file(&mut window, file);
    }
    for _ in 0..2 {
        press_with(&mut window, Modifiers::COMMAND, Key::W);
    }
    let check = |window: &mut Window| {
        let pictures = pictures(window);
        let links = ["two.perf.txt", "one.perf.txt"].map(|name| window.get_by_label(name).rect());
        assert_eq!(pictures.len(), 2);
        assert!(links[0].top() < links[1].top(), "the last one is first");
        assert_ne!(pictures[0].1, pictures[1].1);
        let image = window.render().unwrap();
        for ((picture, _), link) in pictures.iter().zip(links) {
            assert!(picture.right() <= link.left() && picture.width() > 100.0);
            assert!((picture.center().y - link.center().y).abs() < 3.0);
            let inside = image.enumerate_pixels();
            let inside = inside.filter(|(x, y, _)| {
                let at = pos2(*x as f32 + 0.5, *y as f32 + 0.5);
                picture.shrink(1.0).contains(at)
            });
            let colors: BTreeSet<[u8; 4]> = inside.map(|(.., pixel)| pixel.0).collect();
            assert!(colors.len() > 1, "{colors:?}");
        }
        pictures[1].0.center()
    };
    check(&mut window);
    // They are kept, and open their files.
    let kept = kept_by(&mut window);
    let mut next = window_after(Some(&kept), None);
    let at = check(&mut next);
    click_at(&mut next, at, PointerButton::Primary, Modifiers::NONE);
    assert!(has(&next, "rebuild_index"));
}

/// A compressed profile that takes long to load: a few megabytes that unpack to gigabytes.
fn slow_to_load(path: &Path) {
    use std::io::Write as _;
    let sample =
        "app 7/7 [000] 100.000100: 1 cycles:\n\t1 work (/srv/app)\n\t2 main (/srv/app)\n\n";
    let mut part = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    part.write_all(sample.repeat(60_000).as_bytes()).unwrap();
    let part = part.finish().unwrap();
    std::fs::write(path, part.repeat(800)).unwrap();
}

#[test]
fn loading_says_how_fast_it_is_and_stops_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.perf.txt.gz");
    slow_to_load(&path);
    let mut window = window(None);
    press_with(&mut window, Modifiers::COMMAND, Key::O);
    let field = window.get_by_role_and_label(Role::TextInput, "Path of the file");
    field.type_text(path.to_str().unwrap());
    window.run_ok();
    window.get_by_role_and_label(Role::Button, "Open").click();
    let progress = |window: &Window| {
        let node = window.query_by_role(Role::ProgressIndicator)?;
        node.accesskit_node().label()
    };
    step_until(&mut window, "no time left is told", |window| {
        assert!(!has_part(window, "unpacks to more"));
        progress(window).is_some_and(|text| text.ends_with(" left"))
    });
    let text = progress(&window).unwrap();
    let expected = regex::Regex::new(r"^\d+ of \d+ MB, \d+ MB/s, \d+ seconds? left$").unwrap();
    assert!(expected.is_match(&text), "{text}");
    assert!(has(&window, "Loading slow.perf.txt.gz"));
    window.get_by_label("Cancel").click();
    // The frame of the click, and the one after it.
    window.step();
    window.step();
    assert!(!has_part(&window, "Loading ") && progress(&window).is_none());
    assert!(has(&window, "Sample profiles"), "the start page");
    assert!(window.state().is_settled());
}

#[cfg(unix)]
#[test]
fn what_is_there_stays_when_loading_it_again_is_cancelled() {
    let (folder, mut window) = open_text(&stacks_text(&[["main", "work"].as_slice(); 4]));
    let path = folder.path().join("typed.perf.txt");
    std::fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    window.key_press(Key::F5);
    window.step();
    window.step();
    assert!(has(&window, "Loading typed.perf.txt") && has(&window, "work"));
    window.get_by_label("Cancel").click();
    window.step();
    window.step();
    assert!(!has(&window, "Loading typed.perf.txt"));
    assert!(has(&window, "work") && has_part(&window, "4 samples"));
    // Lets the load that still waits for the pipe see that nobody wants it.
    std::fs::write(&path, b"").unwrap();
}

#[cfg(unix)]
#[test]
fn an_export_on_its_way_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    // Writing to it waits until somebody reads.
    let pipe = folder.path().join("pipe.svg");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let mut window = open_sample(SPIKE);
    press_with(&mut window, Modifiers::COMMAND, Key::E);
    let field = (Role::TextInput, "Path of the file");
    window.get_by_role_and_label(field.0, field.1).focus();
    window.run_ok();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    let typed = window.get_by_role_and_label(field.0, field.1);
    typed.type_text(pipe.to_str().unwrap());
    window.run_ok();
    window.get_by_label("Replace it").click();
    step_until(&mut window, "no export", |window| has(window, "exporting…"));
    assert!(!window.state().is_settled());
    window.get_by_label("Cancel the export").click();
    window.step();
    window.step();
    assert!(!has(&window, "exporting…") && !has(&window, "Cancel the export"));
    assert!(window.state().is_settled());
    // It sees so as soon as it can write, and writes nothing.
    assert_eq!(std::fs::read(&pipe).unwrap(), b"");
    settle(&mut window);
    assert!(!has_part(&window, "Saved ") && !has(&window, "Dismiss"));
    // The next one is no other export's.
    let path = folder.path().join("next.svg");
    press_with(&mut window, Modifiers::COMMAND, Key::E);
    type_path(&mut window, &path, "Save");
    assert!(std::fs::read_to_string(&path).unwrap().contains("</svg>"));
}

#[test]

fn the_details_of_a_thread_tell_its_samples() {
    let mut window = open_sample(SPIKE);
    context(&mut window, "server", "Details");
    assert!(has_part(
        &window,
        "Total 490 samples (69.21 % of the selection)"
    ));
}

#[test]

fn what_the_menu_of_all_offers_leaves_something_to_look_at() {
    for entry in [
        "Callers and callees (sandwich)",
        "Focus on what it calls",
        "Only samples with this",
    ] {
        let mut window = open_sample(SPIKE);
        let at = middle(&window, "all");
        click_at(&mut window, at, PointerButton::Secondary, Modifiers::NONE);
        window.run_ok();
        assert!(has(&window, "Zoom to frame"));
        let offered = window.query_by_label(entry);
        if let Some(offered) = offered.filter(|node| !node.accesskit_node().is_disabled()) {
            offered.click();
            settle(&mut window);
        }
        assert!(
            !has_part(&window, "No samples are in the selection"),
            "{entry}"
        );
    }
}

/// A profile of which a selection was kept, closed.
#[cfg(unix)]
fn closed_with_a_selection() -> (PathBuf, tempfile::TempDir, Window) {
    let (folder, mut window) = open_text(&stacks_text(&[["main", "work"].as_slice(); 4]));
    window.get_by_label("Heat map").focus();
    press(&mut window, Key::Home);
    press(&mut window, Key::M);
    press_with(&mut window, Modifiers::COMMAND, Key::W);
    assert!(has_part(&window, "Open typed.perf.txt again as it was"));
    (folder.path().join("typed.perf.txt"), folder, window)
}

#[cfg(unix)]
#[test]

fn what_could_not_be_opened_again_can_be_later() {
    let (path, folder, mut window) = closed_with_a_selection();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::rename(&path, &elsewhere).unwrap();
    press_with(&mut window, REOPEN, Key::T);
    assert!(has_part(&window, "No such file"));
    std::fs::rename(&elsewhere, &path).unwrap();
    press_with(&mut window, REOPEN, Key::T);
    press(&mut window, Key::L);
    assert!(has(&window, "Name of selection 1"));
}

#[cfg(unix)]
#[test]

fn what_was_not_opened_again_to_the_end_can_be_later() {
    let (path, folder, mut window) = closed_with_a_selection();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::rename(&path, &elsewhere).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    window.key_press_modifiers(REOPEN, Key::T);
    window.step();
    window.step();
    assert!(has(&window, "Loading typed.perf.txt"));
    window.get_by_label("Cancel").click();
    settle(&mut window);
    // Lets the load that still waits for the pipe see that nobody wants it.
    std::fs::write(&path, b"").unwrap();
    std::fs::rename(&elsewhere, &path).unwrap();
    press_with(&mut window, REOPEN, Key::T);
    press(&mut window, Key::L);
    assert!(has(&window, "Name of selection 1"));
}

#[test]
fn a_cell_of_a_difference_is_selected_as_it_is_drawn() {
    let mut window = open_sample(SPIKE);
    press(&mut window, Key::U);
    let at = cell(&window, 30, 11, 20);
    click_at(&mut window, at, PointerButton::Primary, Modifiers::NONE);
    let seconds = |text: String| text.parse::<f64>().unwrap();
    let (start, end) = selected(&window).unwrap();
    let (start, end) = (seconds(start), seconds(end));
    // Several of the offsets that samples are counted by.
    assert!(
        end - start > 0.05 && start >= 11.0 && end <= 12.0,
        "{start} {end}"
    );
    // There is no tooltip right where the click was.
    window.hover_at(at + vec2(2.0, 14.0));
    settle(&mut window);
    let tooltip = format!(" s to {end:.3} s");
    assert!(has_part(&window, &tooltip), "{tooltip}");
}

#[test]
fn a_marked_function_is_shown_on_the_heat_map() {
    let mut window = open_sample(SPIKE);
    context(&mut window, "rebuild_index", "Mark everywhere");
    press(&mut window, Key::H);
    assert!(has_part(&window, "Found in each cell"));
    for (column, is_found) in [(11, true), (5, false)] {
        window.hover_at(cell(&window, 30, column, 20));
        settle(&mut window);
        assert!(has_part(&window, " found ("), "{column}");
        assert_eq!(has_part(&window, "(0 %)"), !is_found, "{column}");
    }
    // What is searched for comes first.
    press_with(&mut window, Modifiers::COMMAND, Key::F);
    window
        .get_by_role_and_label(Role::TextInput, "Search")
        .type_text("nothing of this name");
    settle(&mut window);
    window.hover_at(cell(&window, 30, 11, 20));
    settle(&mut window);
    assert!(has_part(&window, "(0 %)"));
}

#[test]
fn two_profiles_change_places() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = ["old.perf", "new.perf"].map(|name| folder.path().join(name));
    std::fs::write(
        &old,
        stacks_text(&[&["main", "a"], &["main", "b"], &["main", "b"]]),
    )
    .unwrap();
    std::fs::write(&new, stacks_text(&[&["main", "b"], &["main", "c"]])).unwrap();
    let mut window = window(Some(old));
    drop_file(&mut window, &new);
    menu(&mut window, &["Compare", "With old.perf"]);
    window.get_by_label("By time").click();
    settle(&mut window);
    assert!(has_part(&window, "Compared with old.perf") && has_part(&window, "· 3 samples"));
    window.get_by_label("Swap").click();
    settle(&mut window);
    assert!(has_part(&window, "Compared with new.perf") && has_part(&window, "· 2 samples"));
    assert!(all_of_it(&window).starts_with("everything that is selected, 3 samples"));
    // Back again by the menu.
    menu(&mut window, &["Compare", "Swap selection and baseline"]);
    assert!(has_part(&window, "Compared with old.perf"));
    press_with(&mut window, Modifiers::COMMAND, Key::Tab);
    press_with(&mut window, Modifiers::COMMAND, Key::W);
    window.get_by_label("Swap").click();
    settle(&mut window);
    assert!(has_part(&window, "is not open any more"));
}

#[test]
fn a_list_that_a_key_opens_begins_at_what_is_chosen() {
    let mut window = open_sample("mixed-mode.perf.txt");
    choose(&mut window, "Rows stand for", "Threads");
    window
        .get_by_role_and_label(Role::ComboBox, "Rows stand for")
        .focus();
    window.run_ok();
    for key in [Key::Enter, Key::ArrowDown, Key::Enter] {
        window.key_press(key);
        window.run_ok();
    }
    settle(&mut window);
    assert_eq!(
        value(&window, Role::ComboBox, "Rows stand for"),
        "Processes"
    );
    // The keyboard is where it was.
    let list = window.get_by_role_and_label(Role::ComboBox, "Rows stand for");
    assert!(list.is_focused());
}

#[test]
fn an_export_of_a_zoomed_flame_graph_says_that_it_has_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_sample(SPIKE);
    let saved = |window: &mut Window, name: &str| {
        press_with(window, Modifiers::COMMAND, Key::E);
        type_path(window, &folder.path().join(name), "Save");
        has_part(window, "all of the selection, not only what is zoomed to")
    };
    assert!(!saved(&mut window, "all.svg"));
    context(&mut window, "rebuild_index", "Zoom to frame");
    assert!(saved(&mut window, "zoomed.svg"));
}

#[test]
fn an_exported_picture_has_the_colours_of_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("modules.svg");
    let (_folder, mut window) = open_text(&stacks_text(&[&["main", "a"], &["main", "b"]]));
    menu(&mut window, &["View", "Flame graph colours", "By module"]);
    press_with(&mut window, Modifiers::COMMAND, Key::E);
    type_path(&mut window, &path, "Save");
    let of_module = palette::hashed_color(b"/x").to_string();
    let picture = std::fs::read_to_string(&path).unwrap();
    assert_eq!(picture.matches(&of_module).count(), 3, "{of_module}");
    // What is found and what is not, where that is shown.
    menu(&mut window, &["View", "Flame graph colours", "By search"]);
    press_with(&mut window, Modifiers::COMMAND, Key::F);
    window
        .get_by_role_and_label(Role::TextInput, "Search")
        .type_text("^a$");
    settle(&mut window);
    let path = folder.path().join("found.svg");
    press_with(&mut window, Modifiers::COMMAND, Key::E);
    type_path(&mut window, &path, "Save");
    let picture = std::fs::read_to_string(&path).unwrap();
    let count = |color: palette::Rgb| picture.matches(&format!("fill=\"{color}\"")).count();
    // The thread is called so, too.
    assert_eq!((count(palette::MATCH), count(palette::UNMATCHED)), (2, 2));
}

#[test]
fn an_exported_heat_map_is_of_what_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("found.json");
    let mut window = open_sample(SPIKE);
    context(&mut window, "rebuild_index", "Show on heat map");
    menu(&mut window, &["File", "Export heat map as", "JSON"]);
    type_path(&mut window, &path, "Save");
    let text = std::fs::read_to_string(&path).unwrap();
    let map: serde_json::Value = serde_json::from_str(&text).unwrap();
    let columns = map["counts"].as_array().unwrap();
    let sums = columns.iter().map(|column| {
        let counts = column.as_array().unwrap().iter();
        counts.map(|count| count.as_u64().unwrap()).sum::<u64>()
    });
    let sums: Vec<u64> = sums.collect();
    assert!(sums[11] > 0 && sums[5] == 0, "{sums:?}");
}

#[test]
fn large_text_leaves_panels_and_choices_in_sight() {
    let size = [500.0, 350.0];
    let file = Some(sample_profile("mixed-mode.perf.txt"));
    let mut window = sized_window(file, egui::Theme::Dark, size);
    press(&mut window, Key::T);
    let rect = |role: Role, label: &str| window.get_by_role_and_label(role, label).rect();
    let (map, heading) = (
        rect(Role::Canvas, "Heat map"),
        rect(Role::Label, "Functions"),
    );
    let panel = rect(Role::TextInput, "Narrow the list of functions");
    assert!(
        map.right() < heading.left() && (heading.left() - panel.left()).abs() < 1.0,
        "{map} {heading}"
    );
    assert!(panel.right() <= size[0]);
    for (role, label) in [
        (Role::CheckBox, "Idle samples"),
        (Role::TextInput, "Search"),
    ] {
        let control = rect(role, label);
        assert!(
            control.right() <= size[0] && control.bottom() <= size[1],
            "{label}"
        );
    }
}

#[test]
fn the_wheel_zooms_the_flame_graph_a_frame_at_a_time() {
    let stacks: [&[&str]; 4] = [
        &["main", "run", "fa", "fb"],
        &["main", "run", "fa", "fc"],
        &["main", "run", "fd"],
        &["main", "fe"],
    ];
    let (_folder, mut window) = open_text(&stacks_text(&stacks));
    let turn = |window: &mut Window, name: &str, delta: f32| {
        window.hover_at(middle(window, name));
        settle(window);
        let event = egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(0.0, delta),
            source: egui::MouseWheelSource::Wheel,
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::CTRL,
        };
        window.event_modifiers(event, Modifiers::CTRL);
        settle(window);
    };
    let is_whole = |window: &Window, name: &str| {
        let [all, it] = [boxes(window, "all")[0], boxes(window, name)[0]];
        (all.width() - it.width()).abs() < 1.5
    };
    // Those as wide as all are no steps.
    turn(&mut window, "fb", 40.0);
    assert!(is_whole(&window, "run") && !is_whole(&window, "fa"));
    turn(&mut window, "fb", 40.0);
    assert!(is_whole(&window, "fa") && !is_whole(&window, "fb"));
    turn(&mut window, "fb", 40.0);
    assert!(is_whole(&window, "fb"));
    turn(&mut window, "fb", -40.0);
    assert!(is_whole(&window, "fa") && !is_whole(&window, "fb"));
    turn(&mut window, "fa", -40.0);
    turn(&mut window, "fa", -40.0);
    assert!(!has(&window, "Reset zoom"));
    // A frame that is zoomed to is narrower than none.
    turn(&mut window, "all", 40.0);
    assert!(!has(&window, "Reset zoom"));
}
