//! What the window shows beside samples: time off the CPUs, ratios of counters, how unlike a baseline
//! the code of each cell is.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use driver::{
    Window, cell, choose, drag, has, has_part, middle, open_sample, press, press_with, settle,
    type_path, window,
};
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

/// A window on a profile of this text.
fn open_text(text: &str) -> (Window, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recorded.perf.txt");
    std::fs::write(&path, text).unwrap();
    (window(Some(path)), folder)
}

fn sample(who: &str, time: &str, event: &str, stack: &str) -> String {
    let frames = stack
        .rsplit(';')
        .map(|name| format!("\t1 {name}+0x1 (/x)\n"));
    format!(
        "{who} [000] {time}: {event}:\n{}\n",
        frames.collect::<String>()
    )
}

/// A worker that waits for a lock from 1.1 to 1.5 s and sleeps from 2.2 to 2.25 s, and another that
/// runs in the meantime.
const WAITS: &str = include_str!("golden/switches.perf.txt");

#[test]
fn time_off_the_cpus_is_beside_what_ran() {
    let (mut window, folder) = open_text(WAITS);
    choose(&mut window, "Column length", "1 s");
    choose(&mut window, "Usual numbers of rows", "50 rows");
    choose(&mut window, "Event shown", "off-CPU time");
    // 0.4 s for the lock, 0.05 s asleep; the other from 1.5 s until the end at 2.3 s.
    assert!(has(&window, "On CPU: 5 samples") && has(&window, "Off CPU: 1.250 s"));
    assert!(has(&window, "hold_lock") && has(&window, "take_lock"));
    window.hover_at(middle(&window, "take_lock"));
    settle(&mut window);
    assert!(has_part(&window, "400 ms (32.00 % of the selection"));
    window.hover_at(middle(&window, "hold_lock"));
    settle(&mut window);
    assert!(has_part(&window, "2 samples on the CPUs (40.00 %"));
    // The first column: the lock until 1.5 s, and half a second of the other.
    let (from, to) = (cell(&window, 2, 0, 0), cell(&window, 2, 0, 49));
    drag(&mut window, from, to);
    assert!(has(&window, "On CPU: 3 samples") && has(&window, "Off CPU: 900 ms"));
    let note = "1 thread still off their CPUs at the end of the profile, and counted until then";
    assert!(has_part(&window, note));
    // What is exported is what is shown.
    let path = folder.path().join("shown.svg");
    press_with(&mut window, Modifiers::COMMAND, Key::E);
    type_path(&mut window, &path, "Save");
    let svg = std::fs::read_to_string(&path).unwrap();
    assert!(svg.contains("Off-CPU flame graph") && svg.contains("off-CPU time · 900 ms"));
    assert!(svg.contains("400,000 microseconds"));
    // Esc clears the selection, undo brings the samples back.
    press(&mut window, Key::Escape);
    for _ in 0..3 {
        press_with(&mut window, Modifiers::COMMAND, Key::Z);
    }
    assert!(has_part(&window, "5 samples") && !has_part(&window, "Off CPU"));
}

#[test]
fn on_stack_time_is_one_flame_graph_of_both() {
    let header = "# cmdline : /usr/bin/perf record -F 10 -a\n";
    let (mut window, _folder) = open_text(&format!("{header}{WAITS}"));
    choose(
        &mut window,
        "Event shown",
        "on-stack time (on and off the CPUs)",
    );
    // 1.25 s off the CPUs, and five samples of a tenth of a second, the first before the profile begins.
    assert!(has_part(&window, "1.650 s on and off the CPUs"));
    window.hover_at(middle(&window, "hold_lock"));
    settle(&mut window);
    assert!(has_part(&window, "200 ms ("));
    choose(&mut window, "Rows stand for", "Threads");
    assert!(!has_part(&window, "Off CPU:"));
}

#[test]
fn waits_are_in_the_rows_of_their_threads() {
    let (mut window, _folder) = open_text(WAITS);
    choose(&mut window, "Event shown", "off-CPU time, blocked");
    choose(&mut window, "Rows stand for", "Threads");
    // The other waits longest, and is the first row.
    window.hover_at(cell(&window, 2, 1, 45));
    settle(&mut window);
    assert!(has(&window, "other 12") && has(&window, "800 ms in all"));
}

#[test]
fn a_ratio_of_counters_colours_cells_and_frames() {
    let mut text = String::new();
    for tenth in 0..10 {
        let (stack, instructions) = match tenth {
            0..5 => ("main;fast", 2000),
            _ => ("main;slow", 250),
        };
        let time = |nanos| format!("7.{tenth}{nanos:05}");
        text += &sample("app 1/1", &time(0), "1000 cycles", stack);
        text += &sample(
            "app 1/1",
            &time(1),
            &format!("{instructions} instructions"),
            stack,
        );
    }
    let (mut window, folder) = open_text(&text);
    choose(&mut window, "Column length", "1 s");
    choose(&mut window, "Event shown", "instructions / cycles");
    assert!(has_part(&window, "instructions for each of cycles:  0"));
    window.hover_at(middle(&window, "slow"));
    settle(&mut window);
    assert!(has_part(
        &window,
        "0.250 instructions/cycles (1.125 in all)"
    ));
    assert!(has_part(&window, "5,000 events (50.00 %"));
    window.hover_at(cell(&window, 1, 0, 0));
    settle(&mut window);
    assert!(has_part(&window, "2.000 instructions/cycles"));
    // The table has the ratio of each function, and can be ordered by it.
    press(&mut window, Key::T);
    let ratio = window.get_by_role_and_label(Role::Button, "Ratio").rect();
    window.get_by_role_and_label(Role::Button, "Ratio").click();
    settle(&mut window);
    let all = window.get_all_by_role(Role::Label);
    let below = all.filter(|node| node.rect().top() > ratio.bottom() - 1.0);
    let column = ratio.expand(30.0).x_range();
    let below = below.filter(|node| column.contains(node.rect().center().x));
    let texts: Vec<String> = below
        .filter_map(|node| node.accesskit_node().value())
        .collect();
    assert_eq!(texts, ["2.000", "1.125", "0.250"]);
    press(&mut window, Key::T);
    let path = folder.path().join("shown.svg");
    press_with(&mut window, Modifiers::COMMAND, Key::E);
    type_path(&mut window, &path, "Save");
    let svg = std::fs::read_to_string(&path).unwrap();
    assert!(svg.contains("instructions/cycles 0.250: 1,250 by 5,000"));
}

#[test]
fn cells_can_show_how_unlike_the_baseline_they_are() {
    let mut window = open_sample("latency-spike.perf.txt");
    press(&mut window, Key::U);
    assert!(has_part(&window, "Difference from the whole profile"));
    // An ordinary moment, and one in which the index is rebuilt.
    let shown = |window: &mut Window, column: u32, row: u32| -> f64 {
        window.hover_at(cell(window, 30, column, row));
        settle(window);
        let node = window.get_by_label_contains("unlike the whole profile (0 to 1)");
        let node = node.accesskit_node();
        let label = node.label().or(node.value()).unwrap();
        label.split(' ').next().unwrap().parse().unwrap()
    };
    let (usual, odd) = (shown(&mut window, 5, 20), shown(&mut window, 11, 20));
    assert!(odd > 0.05 && usual < odd / 5.0, "{usual} {odd}");
    // One or the other.
    press(&mut window, Key::U);
    assert!(!has_part(&window, "Difference from the whole profile"));
}

/// A sample each 10 ms with its stack, root first.
fn stacks(stacks: &[&str]) -> String {
    let stacks = stacks.iter().enumerate();
    let samples = stacks.map(|(index, stack)| {
        let time = format!("1.{:03}000", 10 * index);
        sample("app 1/1", &time, "1 cycles", stack)
    });
    samples.collect()
}

/// Each is split by its own roots; the one in front decides for both.
#[test]
fn profiles_with_different_roots_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(
        path("old.perf"),
        stacks(&["main;a", "main;b", "main;b", "main;b"]),
    )
    .unwrap();
    std::fs::write(path("new.perf"), stacks(&["main;b", "main;b", "main;e"])).unwrap();
    let mut window = window(Some(path("old.perf")));
    let file = std::sync::Arc::new(driver::Dropped(path("new.perf")));
    window.input_mut().dropped_files.push(file);
    settle(&mut window);
    // The one in front by threads, the other by names.
    press(&mut window, Key::G);
    window.get_by_label("Compare").click();
    settle(&mut window);
    window.get_by_label("With old.perf").click();
    settle(&mut window);
    let compared = |window: &mut Window, root: &str, usual: &str| {
        window.hover_at(middle(window, root));
        settle(window);
        assert!(
            has_part(window, "4 samples in the baseline (100.00 % of it)"),
            "{root}"
        );
        window.hover_at(middle(window, "b"));
        settle(window);
        assert!(has_part(window, usual), "{root}");
    };
    let usual = "3 samples in the baseline (75.00 % of it), so 2.2 would be usual";
    compared(&mut window, "app 1", usual);
    // Other roots keep the comparison, and undo brings those before back.
    for (key, modifiers, root) in [
        (Key::G, Modifiers::NONE, "app 1"),
        (Key::G, Modifiers::NONE, "CPU 0"),
        (Key::Z, Modifiers::COMMAND, "app 1"),
        (Key::Escape, Modifiers::NONE, "app"),
    ] {
        press_with(&mut window, modifiers, key);
        assert!(has_part(&window, "Compared with old.perf"), "{root}");
        compared(&mut window, root, usual);
    }
    press(&mut window, Key::U);
    assert!(has_part(&window, "Difference from the baseline"));
}

#[test]
fn another_profile_can_be_the_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(
        path("old.perf"),
        stacks(&["main;a", "main;b;c", "main;b", "main;b"]),
    )
    .unwrap();
    std::fs::write(path("new.perf"), stacks(&["main;b;d", "main;b", "main;e"])).unwrap();
    let mut window = window(Some(path("old.perf")));
    let file = std::sync::Arc::new(driver::Dropped(path("new.perf")));
    window.input_mut().dropped_files.push(file);
    settle(&mut window);
    window.get_by_label("Compare").click();
    settle(&mut window);
    window.get_by_label("With old.perf").click();
    settle(&mut window);
    assert!(has_part(
        &window,
        "Compared with old.perf, whole profile · 4 samples"
    ));
    press(&mut window, Key::T);
    assert!(has(&window, "new") && has(&window, "gone"));
    // What is in both, by name: two of three samples, where three of four would be usual.
    window.hover_at(middle(&window, "b"));
    settle(&mut window);
    assert!(has_part(
        &window,
        "3 samples in the baseline (75.00 % of it), so 2.2 would be usual"
    ));
    // Frames of both profiles are other numbers than the profile's own: zoom, mark, hide, undo.
    let at = middle(&window, "d");
    driver::click_at(
        &mut window,
        at,
        egui::PointerButton::Primary,
        Modifiers::NONE,
    );
    assert!(has(&window, "Reset zoom"));
    press(&mut window, Key::Backspace);
    press(&mut window, Key::Escape);
    driver::context(&mut window, "e", "Hide this function");
    assert!(has_part(&window, "1 function hidden"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    driver::context(&mut window, "b", "Callers and callees (sandwich)");
    assert!(has(&window, "Leave sandwich"));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    // What only the other one has.
    window.get_by_label("Vanished").click();
    settle(&mut window);
    window.hover_at(middle(&window, "c"));
    settle(&mut window);
    assert!(has(&window, "a") && has_part(&window, "1 sample vanished"));
    window.get_by_label("Vanished").click();
    settle(&mut window);
    press(&mut window, Key::U);
    assert!(has_part(&window, "Difference from the baseline"));
    let file = path("changed.svg");
    press_with(&mut window, Modifiers::COMMAND, Key::E);
    type_path(&mut window, &file, "Save");
    let svg = std::fs::read_to_string(&file).unwrap();
    assert!(svg.contains("compared with old.perf") && svg.contains("where the baseline explains"));
    window.get_by_label("End comparison").click();
    settle(&mut window);
    assert!(has(&window, "e") && !has_part(&window, "Compared with"));
}

#[test]
fn selection_and_baseline_change_places() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 11, 0), cell(&window, 30, 11, 49));
    drag(&mut window, from, to);
    let (from, to) = (cell(&window, 30, 13, 0), cell(&window, 30, 15, 49));
    driver::drag_with(&mut window, from, to, Modifiers::COMMAND);
    window.get_by_label("Swap").click();
    settle(&mut window);
    assert_eq!(
        driver::selected(&window),
        Some(("13.000".into(), "16.000".into()))
    );
    assert!(has_part(&window, "Compared with 11.000 s to 12.000 s"));
}

#[test]
fn several_hosts_can_be_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    for (host, samples) in [("web1", 3), ("web2", 2)] {
        let text = stacks(&vec!["main;work"; samples]);
        let progress = emberscope::job::Progress::default();
        let options = emberscope::load::LoadOptions::default();
        let reader = Box::new(std::io::Cursor::new(text.into_bytes()));
        let profile = emberscope::load::read(reader, host.as_ref(), &options, &progress).unwrap();
        let export = emberscope::export::ParquetExport {
            name: host.to_owned(),
            host: host.to_owned(),
        };
        emberscope::export::write_parquet(&profile, folder.path(), &export).unwrap();
    }
    let mut window = window(Some(folder.path().to_owned()));
    press(&mut window, Key::F);
    assert!(has(&window, "Hosts") && has(&window, "web1  (3 samples)"));
    window.get_by_label("web2  (2 samples)").click();
    settle(&mut window);
    assert!(has_part(&window, "Only host web2") && has_part(&window, "2 samples · 3 filtered"));
}
