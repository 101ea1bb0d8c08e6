//! The window, driven as a user would: pointer, keys, names in the accessibility tree.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use common::{default_samples, sample_profile};
use driver::{
    Dropped, Window, cell, drag, has, has_part, open_sample, selected, settle, type_path, window,
};
use egui::{Key, Modifiers, Pos2, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use emberscope::profile::StackId;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[test]
fn the_start_page_opens_a_sample_profile() {
    let mut window = window(None);
    assert!(has(&window, "Emberscope") && has_part(&window, "perf script --header"));
    window.get_by_label("pause.perf.txt").click();
    settle(&mut window);
    assert!(has(&window, "Heat map") && has(&window, "Flame graph"));
    assert!(has_part(&window, "Whole profile"));
}

#[test]
fn a_drag_selects_a_range_and_its_flame_graph() {
    let mut window = open_sample("latency-spike.perf.txt");
    assert!(has(&window, "handle_request") && has(&window, "rebuild_index"));
    let (from, to) = (cell(&window, 30, 11, 15), cell(&window, 30, 11, 28));
    drag(&mut window, from, to);
    assert_eq!(selected(&window), Some(("11.300".into(), "11.580".into())));
    assert!(has_part(
        &window,
        "Selected 11.300 s to 11.580 s · 0.280 s long"
    ));
    let width = |label| window.get_by_label(label).rect().width();
    assert!(
        width("rebuild_index") > 5.0 * width("server"),
        "the spike is the indexer's"
    );
}

#[test]
fn a_drag_that_goes_back_in_time_and_over_columns_selects_in_time_order() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 6, 3), cell(&window, 30, 4, 40));
    drag(&mut window, from, to);
    assert_eq!(selected(&window), Some(("4.800".into(), "6.080".into())));
}

#[test]
fn the_flame_graph_follows_while_the_pointer_drags() {
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 11, 15), cell(&window, 30, 11, 28));
    window.hover_at(from);
    window.drag_at(from);
    window.hover_at(to);
    settle(&mut window);
    assert!(has_part(&window, "Selected 11.300 s to 11.580 s"));
    assert_eq!(selected(&window), None, "not committed before the release");
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(
        has_part(&window, "Whole profile ·"),
        "Esc gives the drag up"
    );
    window.drop_at(to);
    settle(&mut window);
    assert_eq!(selected(&window), None);
}

#[test]
fn clicks_select_a_cell_a_column_or_extend() {
    let mut window = open_sample("latency-spike.perf.txt");
    let click = |window: &mut Window, at: Pos2, modifiers: Modifiers| {
        window.hover_at(at);
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            let event = egui::Event::PointerButton {
                pos: at,
                button,
                pressed,
                modifiers,
            };
            window.event_modifiers(event, modifiers);
        }
        settle(window);
    };
    let at = cell(&window, 30, 4, 20);
    click(&mut window, at, Modifiers::NONE);
    assert_eq!(selected(&window), Some(("4.400".into(), "4.420".into())));
    let at = cell(&window, 30, 5, 10);
    click(&mut window, at, Modifiers::SHIFT);
    assert_eq!(selected(&window), Some(("4.400".into(), "5.220".into())));
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_eq!(selected(&window), None);
    window.run_steps(60);
    let at = cell(&window, 30, 7, 25);
    window.hover_at(at);
    for pressed in [true, false, true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
        let pos = at;
        window.event(egui::Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers,
        });
    }
    settle(&mut window);
    assert_eq!(selected(&window), Some(("7.000".into(), "8.000".into())));
}

#[test]
fn frames_zoom_by_click_and_back_by_key() {
    let mut window = open_sample("latency-spike.perf.txt");
    let whole = window.get_by_label("all").rect().width();
    window.get_by_label("rebuild_index").click();
    settle(&mut window);
    assert_ne!(window.state().zoom(), Some(StackId::ROOT));
    let zoomed = window
        .get_all_by_role(Role::TreeItem)
        .filter(|node| node.accesskit_node().label().as_deref() == Some("rebuild_index"));
    assert!(
        zoomed
            .map(|node| node.rect().width())
            .all(|width| (width - whole).abs() < 2.0)
    );
    assert!(has(&window, "Reset zoom"));
    window.key_press(Key::Backspace);
    settle(&mut window);
    assert!(has(&window, "Reset zoom"), "one caller up");
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_eq!(window.state().zoom(), Some(StackId::ROOT));
}

#[test]
fn a_search_gives_the_matched_share_and_esc_clears_it() {
    let mut window = open_sample("single-threaded-phase.perf.txt");
    window.key_press_modifiers(Modifiers::COMMAND, Key::F);
    window.run_ok();
    window
        .get_by_label("Search")
        .type_text("^SEARCHER$|merge_results");
    settle(&mut window);
    let app = window.state();
    let profile = app.profile().unwrap();
    let tree = emberscope::call_tree::CallTree::new(
        profile,
        &common::default_samples(profile),
        &emberscope::selection::Selection::whole(),
    );
    // With a capital, case matters: the thread `searcher` and the function of that name do not match.
    let pattern = regex::Regex::new("^SEARCHER$|merge_results").unwrap();
    let matched =
        emberscope::call_tree::Matches::find(profile, &profile.stacks, &tree, &pattern).total;
    assert!(matched > 0 && matched < tree.total());
    let percent = 100.0 * matched as f64 / tree.total() as f64;
    assert!(has_part(
        &window,
        &format!("Matched {percent:.2} % ({matched} samples)")
    ));
    window.get_by_label("Search").type_text("(");
    settle(&mut window);
    assert!(has_part(&window, "error: unclosed group"));
    window.get_by_label("Clear").click();
    settle(&mut window);
    assert!(!has_part(&window, "Matched") && !has_part(&window, "unclosed"));
}

#[test]
fn the_exported_file_is_the_command_lines() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_sample("latency-spike.perf.txt");
    let (from, to) = (cell(&window, 30, 11, 15), cell(&window, 30, 11, 28));
    drag(&mut window, from, to);
    let svg = folder.path().join("spike.svg");
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    type_path(&mut window, &svg, "Save");
    assert!(has_part(&window, "Saved "));
    let path = sample_profile("latency-spike.perf.txt");
    let args = [
        "flamegraph",
        path.to_str().unwrap(),
        "--from",
        "11.3",
        "--to",
        "11.58",
    ];
    let by_command = std::process::Command::new(env!("CARGO_BIN_EXE_emberscope"))
        .args(args)
        .output()
        .unwrap();
    assert_eq!(
        std::fs::read_to_string(&svg).unwrap(),
        String::from_utf8(by_command.stdout).unwrap()
    );
}

#[test]
fn what_cannot_be_written_or_read_gets_a_message_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_sample("pause.perf.txt");
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    if cfg!(target_os = "linux") {
        // What is always full.
        type_path(&mut window, std::path::Path::new("/dev/full"), "Replace it");
        assert!(has_part(&window, "cannot write"));
    }
    for (name, text, part) in [
        ("empty", &b""[..], "is empty"),
        ("binary", b"\x7fELF\0", "is a binary file"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        window.key_press_modifiers(Modifiers::COMMAND, Key::O);
        type_path(&mut window, &path, "Open");
        assert!(has_part(&window, part), "{name}");
        assert!(has(&window, "run_job"), "what was open stays");
    }
    while has(&window, "Dismiss") {
        window.get_all_by_label("Dismiss").next().unwrap().click();
        settle(&mut window);
    }
    assert!(!has_part(&window, "perf script --header -i"));
}

#[test]
fn a_dropped_file_opens_and_becomes_a_recent_one() {
    let mut window = window(None);
    let file = Dropped(sample_profile("mixed-mode.perf.txt"));
    window
        .input_mut()
        .dropped_files
        .push(std::sync::Arc::new(file));
    settle(&mut window);
    assert!(has_part(&window, "orders"));
    window.get_by_label("File").click();
    window.run_ok();
    window.get_by_label_contains("Close profile").click();
    settle(&mut window);
    assert!(has(&window, "Recent files") && has(&window, "mixed-mode.perf.txt"));
}

#[test]
fn idle_samples_can_be_put_back() {
    let mut window = open_sample("mixed-mode.perf.txt");
    let shown = |window: &Window| window.get_all_by_label_contains(" idle").count();
    assert!(shown(&window) > 0 && !has(&window, "swapper"));
    window
        .get_by_role_and_label(Role::CheckBox, "Idle samples")
        .click();
    settle(&mut window);
    assert!(has(&window, "swapper"));
}

#[test]
fn the_icicle_has_its_root_at_the_top() {
    let mut window = open_sample("pause.perf.txt");
    let top = |window: &Window, label: &'static str| window.get_by_label(label).rect().top();
    assert!(top(&window, "all") > top(&window, "run_job"));
    window.key_press(Key::I);
    settle(&mut window);
    assert!(top(&window, "all") < top(&window, "run_job"));
}

#[test]
fn profiles_without_times_or_stacks_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let timeless = folder.path().join("timeless");
    std::fs::write(&timeless, "java  3244 cycles: \n\t1 f (/x)\n\n").unwrap();
    let window = self::window(Some(timeless));
    assert!(has_part(&window, "perf script --header -F +time") && has(&window, "f"));
    // There is nothing to choose of a heat map, and its room is the flame graph's.
    assert!(!has(&window, "Rows stand for"));
    let graph = window.get_by_label("Flame graph").rect();
    assert!(graph.height() > 500.0, "{graph:?}");
    let bare = folder.path().join("bare");
    std::fs::write(&bare, "a 1 1.000000: 1 c:\n\nb 2 2.000000: 1 c:\n\n").unwrap();
    let window = self::window(Some(bare));
    assert!(has_part(&window, "perf record -g"));
}

#[test]
fn warnings_open_the_details_and_menus_have_names() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("odd");
    std::fs::write(&odd, "a 1 1.000000: 1 c:\n\t1 f (/x)\n\nwhat is this\n").unwrap();
    let mut window = window(Some(odd));
    window.get_by_label("1 warning").click();
    settle(&mut window);
    assert!(has_part(&window, "not understood and left out (line 4)"));
    window.get_by_label("View").click();
    window.run_ok();
    window.get_by_label("Theme").click();
    window.run_ok();
    window.get_by_label("Light").click();
    settle(&mut window);
    assert_eq!(window.ctx.theme(), egui::Theme::Light);
}

fn type_in(window: &mut Window, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.run_ok();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window
        .get_by_role_and_label(Role::TextInput, field)
        .type_text(text);
    settle(window);
}

#[test]
fn filters_apply_to_every_view_and_are_told() {
    let mut window = open_sample("mixed-mode.perf.txt");
    let all = default_samples(window.state().profile().unwrap()).shown;
    window.key_press(Key::F);
    settle(&mut window);
    assert!(has(&window, "Filters") && has(&window, "Thread names"));

    type_in(&mut window, "Stacks with a frame", "node::(");
    assert!(has_part(&window, "unclosed group"));
    type_in(&mut window, "Stacks with a frame", "^node::");
    assert!(
        has_part(&window, "Only stack /^node::/"),
        "the status bar says so"
    );
    assert!(has(&window, "Filters (on)"));
    let file = sample_profile("mixed-mode.perf.txt");
    let by_command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_emberscope"))
        .args(["info", "--format", "json", "--stack", "^node::"])
        .arg(&file)
        .output()
        .unwrap();
    let info: serde_json::Value = serde_json::from_slice(&by_command.stdout).unwrap();
    let shown = info["shown_samples"].as_u64().unwrap();
    assert!(0 < shown && shown < all);
    assert!(
        has_part(&window, &format!("· {shown} samples")),
        "the flame graph"
    );

    type_in(&mut window, "CPUs", "0-x");
    assert!(has_part(&window, "expected numbers such as 1, 4-7"));
    window.get_by_label("its period").click();
    settle(&mut window);
    assert!(has_part(&window, "weighted by period") && has_part(&window, " events"));

    window.get_by_label("Clear all").click();
    settle(&mut window);
    assert!(!has_part(&window, "Only ") && has(&window, "Filters"));
    assert!(has_part(&window, &format!("· {all} samples")));
}

#[test]
fn thread_names_can_be_ticked() {
    let mut window = open_sample("latency-spike.perf.txt");
    window.key_press(Key::F);
    settle(&mut window);
    let profile = Arc::clone(window.state().profile().unwrap());
    let comm = profile.strings.get(profile.threads[0].comm);
    let comm = String::from_utf8(comm.to_vec()).unwrap();
    window.get_by_label_contains(&format!("{comm}  (")).click();
    settle(&mut window);
    assert!(has_part(&window, &format!("Only comm {comm}")));
    window.get_by_label("Clear filters").click();
    settle(&mut window);
    assert!(!has_part(&window, "Only "));
}

#[test]
fn the_view_opens_where_most_samples_are() {
    let header = |second: u64, nanos: u32| format!("a 1 {second}.{nanos:09}: 1 c:\n\n");
    let early = (0..600).map(|second| header(second, 0));
    let main =
        (0..1000).flat_map(|second| [header(900_000 + second, 0), header(900_000 + second, 5)]);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(early.chain(main).collect::<String>().as_bytes())
        .unwrap();
    let mut window = window(Some(file.path().to_owned()));
    assert!(has(&window, "Fit") && has(&window, "Overview of the whole profile"));
    let map = window.get_by_label("Heat map").rect();
    let at = map.left_bottom() + egui::vec2(0.2, -2.0);
    drag(&mut window, at, at);
    let (start, _) = selected(&window).unwrap();
    assert_eq!(start, "900000.000", "the first column in sight");
    window.get_by_label("Fit").click();
    settle(&mut window);
    assert!(!has(&window, "Overview of the whole profile"));
    assert!(has_part(&window, "1 warning"));
}

#[cfg(unix)]
#[test]
fn loading_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let mut window = open_sample("pause.perf.txt");
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    window.run_ok();
    window
        .get_by_role_and_label(Role::TextInput, "Path of the file")
        .type_text(pipe.to_str().unwrap());
    window.run_ok();
    window.get_by_role_and_label(Role::Button, "Open").click();
    window.step();
    window.step();
    assert!(has(&window, "Loading pipe") && !window.state().is_settled());
    window.get_by_label("Cancel").click();
    settle(&mut window);
    assert!(!has(&window, "Loading pipe") && has(&window, "run_job"));
    // Lets the load that still waits for the pipe see that nobody wants it.
    std::fs::write(&pipe, b"").unwrap();
}

#[test]
fn a_press_and_a_release_in_one_frame_are_a_click() {
    let mut window = open_sample("latency-spike.perf.txt");
    let at = cell(&window, 30, 4, 10);
    window.hover_at(at);
    window.run_ok();
    for pressed in [true, false] {
        window.event(egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    settle(&mut window);
    assert_eq!(selected(&window), Some(("4.200".into(), "4.220".into())));
}

/// Samples 1 ms apart from `first` on, as text.
fn samples_text(first: u64, count: u64) -> String {
    let sample = |index: u64| {
        let (seconds, millis) = (100 + index / 1000, index % 1000);
        format!(
            "app 7/7 [000] {seconds}.{millis:03}000: 1 cycles:\n\t1 work_{} (/srv/app)\n\t2 main (/srv/app)\n\n",
            index % 3
        )
    };
    (first..first + count).map(sample).collect()
}

#[test]
fn what_has_loaded_can_be_read_while_the_rest_comes() {
    const PART: u64 = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let stop = Arc::new(AtomicBool::new(false));
    let (writes_to, is_stopped) = (pipe.clone(), Arc::clone(&stop));
    let writer = std::thread::spawn(move || {
        let mut file = std::fs::File::create(writes_to).unwrap();
        let mut written = 0;
        while !is_stopped.load(Ordering::Relaxed) || written < 10 * PART {
            file.write_all(samples_text(written, PART).as_bytes())
                .unwrap();
            written += PART;
            std::thread::sleep(Duration::from_millis(5));
        }
        written
    });
    let mut window = open_sample("pause.perf.txt");
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    window.run_ok();
    window
        .get_by_role_and_label(Role::TextInput, "Path of the file")
        .type_text(pipe.to_str().unwrap());
    window.run_ok();
    window.get_by_role_and_label(Role::Button, "Open").click();
    let step_until = |window: &mut Window, is_there: &dyn Fn(&Window) -> bool| {
        let started = Instant::now();
        while !is_there(window) {
            window.step();
            assert!(started.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    step_until(&mut window, &|window| {
        has_part(window, "so far") && has(window, "work_1")
    });
    assert!(has(&window, "Loading pipe"));
    // A click selects a cell: 20 samples, whatever comes later.
    let columns = |window: &Window| {
        let times = &window.state().profile().unwrap().samples.time;
        times.len().div_ceil(1000) as u32
    };
    let at = cell(&window, columns(&window), 0, 10);
    window.hover_at(at);
    window.drag_at(at);
    window.drop_at(at);
    step_until(&mut window, &|window| selected(window).is_some());
    let selection = selected(&window);
    assert_eq!(selection, Some(("0.200".into(), "0.220".into())));
    window.get_by_label("work_1").click();
    step_until(&mut window, &|window| {
        window.state().zoom() != Some(StackId::ROOT)
    });
    let zoomed = |window: &Window| {
        let (app, profile) = (window.state(), window.state().profile().unwrap());
        let frame = profile.stacks.frame[app.zoom().unwrap().index()];
        profile.frame_name(frame).into_owned()
    };
    assert_eq!(zoomed(&window), "work_1");
    // Half a profile is nothing to hand out.
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    step_until(&mut window, &|window| {
        has_part(window, "still being loaded")
    });
    stop.store(true, Ordering::Relaxed);
    settle(&mut window);
    let written = writer.join().unwrap();
    let profile = window.state().profile().unwrap();
    assert_eq!(profile.samples.len() as u64, written);
    assert!(!profile.info.is_partial && !has_part(&window, "so far"));
    assert_eq!(
        (selected(&window), zoomed(&window)),
        (selection, "work_1".into())
    );
    assert!(has_part(&window, "20 samples"));
}

#[test]
fn cancelling_brings_back_what_was_open() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let writes_to = pipe.clone();
    let writer = std::thread::spawn(move || {
        let mut file = std::fs::File::create(writes_to).unwrap();
        let mut written = 0;
        // Until nobody reads any more.
        while file
            .write_all(samples_text(written, 10_000).as_bytes())
            .is_ok()
        {
            written += 10_000;
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let mut window = open_sample("pause.perf.txt");
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    window.run_ok();
    window
        .get_by_role_and_label(Role::TextInput, "Path of the file")
        .type_text(pipe.to_str().unwrap());
    window.run_ok();
    window.get_by_role_and_label(Role::Button, "Open").click();
    let started = Instant::now();
    while !has_part(&window, "so far") {
        window.step();
        assert!(started.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(!has(&window, "run_job"));
    window.get_by_label("Cancel").click();
    settle(&mut window);
    assert!(has(&window, "run_job") && !has(&window, "work_1"));
    writer.join().unwrap();
}
