//! Flame graphs by thread, process, CPU, event or functions alone, and of groups of functions: every
//! sample is in them, on the command line and in the window.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
#[cfg(feature = "gui")]
mod driver;

use assert_cmd::Command;
use common::{load_file, sample_profile};
use emberscope::call_tree::CallTree;
use emberscope::filter::{EventChoice, SampleFilter};
use emberscope::flame_graph::{FlameGraph, LayoutOptions, SiblingOrder};
use emberscope::grouping::{Grouping, grouped};
use emberscope::job::Progress;
use emberscope::load::{self, LoadOptions};
use emberscope::profile::{Profile, StackId};
use emberscope::roots::{Roots, rooted};
use emberscope::selection::Selection;
use std::collections::BTreeMap;

const SAMPLE: &str = "single-threaded-phase.perf.txt";

/// Stacks without their roots, with how many samples there are of each.
fn without_roots(profile: &Profile, has_roots: bool) -> BTreeMap<Vec<String>, u64> {
    let mut counts = BTreeMap::new();
    for stack in &profile.samples.stack {
        let path = profile.stacks.path(*stack);
        let names = path.iter().skip(usize::from(has_roots));
        let names = names.map(|frame| profile.frame_name(*frame).into_owned());
        *counts.entry(names.collect()).or_default() += 1;
    }
    counts
}

fn tree(profile: &Profile) -> CallTree {
    let filter = SampleFilter {
        event: EventChoice::All,
        include_idle: true,
        ..SampleFilter::default()
    };
    let samples = filter.apply(profile).unwrap();
    CallTree::new(profile, &samples, &Selection::whole())
}

#[test]
fn every_sample_keeps_its_functions_whatever_the_roots() {
    for path in common::all_files() {
        let loaded = load::open(&path, &LoadOptions::default(), &Progress::default());
        // The collection has files that hold no samples, too.
        let Ok(loaded) = loaded else {
            continue;
        };
        // Large ones take long unoptimised, and have nothing that the others have not.
        if loaded.samples.len() > 60_000 {
            continue;
        }
        let expected = without_roots(&loaded, true);
        for (roots, name, _) in Roots::ALL {
            let profile = rooted(loaded.clone(), roots);
            let stacks = &profile.stacks;
            let label = format!("{} by {name}", path.display());
            let mut found = without_roots(&profile, roots != Roots::Nothing);
            if roots == Roots::Nothing {
                let none = found.remove(&vec!["(no stack)".to_owned()]);
                found.extend(none.map(|count| (Vec::new(), count)));
            }
            assert_eq!(found, expected, "{label}");
            let tree = tree(&profile);
            assert_eq!(tree.total(), profile.samples.len() as u64, "{label}");
            assert_eq!(tree.self_weight[0], 0, "{label}");
            // Depth-first, siblings by frame: what all else relies on.
            for node in 0..stacks.len() {
                let callees: Vec<StackId> = stacks.callees(StackId(node as u32)).collect();
                let frames = callees.iter().map(|callee| stacks.frame[callee.index()]);
                assert!(frames.is_sorted_by(|one, next| one < next), "{label}");
                let is_below = |callee: &StackId| stacks.parent[callee.index()].index() == node;
                assert!(callees.iter().all(is_below), "{label}");
            }
            let back = rooted(profile, Roots::Comm);
            assert_eq!(
                (&back.stacks, &back.samples),
                (&loaded.stacks, &loaded.samples),
                "{label}"
            );
            assert_eq!(
                common::describe(&back),
                common::describe(&loaded),
                "{label}"
            );
        }
    }
}

#[test]
fn the_same_samples_count_whatever_frames_stand_for() {
    for path in common::all_files() {
        let loaded = load::open(&path, &LoadOptions::default(), &Progress::default());
        let Ok(loaded) = loaded else {
            continue;
        };
        if loaded.samples.len() > 60_000 {
            continue;
        }
        let expected = SampleFilter::default().apply(&loaded).unwrap();
        for (grouping, name, _) in Grouping::ALL {
            let label = format!("{} as {name}", path.display());
            let profile = grouped(loaded.clone(), grouping);
            let samples = SampleFilter::default().apply(&profile).unwrap();
            assert_eq!(samples, expected, "{label}");
            assert_eq!(
                tree(&profile).total(),
                loaded.samples.len() as u64,
                "{label}"
            );
            assert!(profile.stacks.len() <= loaded.stacks.len(), "{label}");
            let stacks = &profile.stacks;
            for node in 0..stacks.len() {
                let callees = stacks.callees(StackId(node as u32));
                let frames = callees.map(|callee| stacks.frame[callee.index()]);
                assert!(frames.is_sorted_by(|one, next| one < next), "{label}");
            }
            assert_eq!(grouped(profile, Grouping::Functions), loaded, "{label}");
        }
    }
}

#[test]
fn the_widest_calls_are_at_the_left_if_asked_for() {
    let profile = load_file(&sample_profile(SAMPLE));
    let tree = tree(&profile);
    let graph = |order| {
        let options = LayoutOptions {
            order,
            ..LayoutOptions::default()
        };
        FlameGraph::new(&profile.stacks, &tree, options)
    };
    let (by_name, by_weight) = (graph(SiblingOrder::Name), graph(SiblingOrder::Weight));
    let [some, same] = [&by_name, &by_weight].map(|graph| {
        let boxes = graph.boxes.iter().map(|one| (one.node, one.depth));
        let mut boxes: Vec<_> = boxes.collect();
        boxes.sort_unstable();
        boxes
    });
    assert_eq!(some, same);
    let mut last: BTreeMap<StackId, (f64, f64)> = BTreeMap::new();
    for one in &by_weight.boxes[1..] {
        let caller = profile.stacks.parent[one.node.index()];
        let width = one.x1 - one.x0;
        if let Some((end, before)) = last.insert(caller, (one.x1, width)) {
            assert!(one.x0 >= end - 1e-12 && width <= before + 1e-12);
        }
    }
}

fn emberscope(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let output = command.args(args).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_command_line_splits_by_thread_and_adds_up() {
    let file = sample_profile(SAMPLE);
    let file = file.to_str().unwrap();
    let folded = |roots: &str| {
        let arguments = ["flamegraph", file, "--format", "folded", "--roots", roots];
        let text = emberscope(&arguments);
        let line = |line: &str| {
            let (stack, count) = line.rsplit_once(' ').unwrap();
            (stack.to_owned(), count.parse::<u64>().unwrap())
        };
        text.lines().map(line).collect::<BTreeMap<_, _>>()
    };
    let total = |stacks: &BTreeMap<String, u64>| stacks.values().sum::<u64>();
    let by_comm = folded("comm");
    for roots in ["thread", "process", "cpu", "event", "none"] {
        assert_eq!(total(&folded(roots)), total(&by_comm), "{roots}");
    }
    assert!(
        folded("thread")
            .keys()
            .any(|stack| stack.starts_with("search leader 32740;"))
    );
    assert!(folded("cpu").keys().all(|stack| stack.starts_with("CPU ")));
    assert!(
        folded("none")
            .keys()
            .all(|stack| !stack.starts_with("search"))
    );
    let changed = emberscope(&[
        "diff", file, "--from", "2", "--to", "4", "--roots", "thread", "--format", "folded",
    ]);
    assert!(
        changed.lines().all(|line| line.contains(" 327")),
        "{changed}"
    );
}

#[test]
fn the_command_line_groups_functions_and_filters_by_them() {
    let file = sample_profile("mixed-mode.perf.txt");
    let file = file.to_str().unwrap();
    let sum = |text: &str| -> u64 {
        let counts = text.lines().map(|line| line.rsplit_once(' ').unwrap().1);
        counts.map(|count| count.parse::<u64>().unwrap()).sum()
    };
    let folded = |more: &[&str]| {
        let arguments = ["flamegraph", file, "--format", "folded"];
        emberscope(&[&arguments[..], more].concat())
    };
    let function = ["--stack", "^vfs_"];
    assert!(sum(&folded(&function)) > 0);
    let mut lines = Vec::new();
    for group in ["functions", "templates", "packages", "modules"] {
        let group = ["--group", group];
        assert_eq!(sum(&folded(&group)), sum(&folded(&[])));
        let both = [&group[..], &function].concat();
        assert_eq!(sum(&folded(&both)), sum(&folded(&function)));
        lines.push(folded(&group).lines().count());
    }
    assert!(
        lines[0] >= lines[1] && lines[1] > lines[2] && lines[2] > lines[3],
        "{lines:?}"
    );
    let picture = emberscope(&["flamegraph", file, "--group", "modules"]);
    assert!(picture.contains("modules in place of functions"));
}

#[cfg(feature = "gui")]
mod in_the_window {
    use super::driver::{
        Window, click_at, has, has_part, open_sample, press, press_with, settle, window,
    };
    use super::{SAMPLE, sample_profile};
    use egui::{Key, Modifiers, Role};
    use egui_kittest::kittest::{NodeT as _, Queryable as _};
    use emberscope::session_file::{FrameName, ProfileView, SessionFile, VERSION, save};

    /// The boxes of the row above the root's.
    fn roots(window: &Window) -> Vec<String> {
        let boxes = window.get_all_by_role(Role::TreeItem);
        let boxes = boxes.filter(|node| node.accesskit_node().level() == Some(2));
        let names = boxes.filter_map(|node| node.accesskit_node().label());
        names.collect()
    }

    #[test]
    fn a_key_splits_the_flame_graph_and_esc_or_undo_joins_it() {
        let mut window = open_sample(SAMPLE);
        let names = roots(&window);
        press(&mut window, Key::G);
        assert!(has(&window, "Threads ×"));
        let threads = roots(&window);
        assert!(threads.len() > names.len() || threads.iter().all(|name| name.contains(' ')));
        assert!(
            threads.contains(&"search leader 32740".to_owned()),
            "{threads:?}"
        );
        for _ in 0..2 {
            press(&mut window, Key::G);
        }
        assert!(roots(&window).iter().all(|name| name.starts_with("CPU ")));
        press_with(&mut window, Modifiers::COMMAND, Key::Z);
        assert!(has(&window, "Processes ×"));
        press(&mut window, Key::Escape);
        assert_eq!(roots(&window), names);
    }

    #[test]
    fn selection_search_and_mode_stay_when_roots_change() {
        let mut window = open_sample(SAMPLE);
        press_with(&mut window, Modifiers::COMMAND, Key::F);
        let search = window.get_by_role_and_label(Role::TextInput, "Search");
        search.type_text("score");
        settle(&mut window);
        let matched = |window: &Window| {
            let labels = window.get_all_by_role(Role::Label);
            let mut labels = labels.filter_map(|node| node.accesskit_node().value());
            labels.find(|text| text.starts_with("Matched"))
        };
        let before = matched(&window);
        assert!(before.is_some());
        window.get_by_label("Heat map").focus();
        settle(&mut window);
        press(&mut window, Key::G);
        assert_eq!(matched(&window), before);
        // What a filter names is looked for in the new roots, too.
        press(&mut window, Key::C);
        assert!(has(&window, "Threads ×"));
        assert_eq!(matched(&window), before);
    }

    /// Whether the flame graph is zoomed to this function.
    fn is_zoomed_to(window: &Window, name: &str) -> bool {
        let whole = middle_and_width(window, "all").1;
        has(window, "Reset zoom") && (middle_and_width(window, name).1 - whole).abs() < 1.5
    }

    fn middle_and_width(window: &Window, name: &str) -> (egui::Pos2, f32) {
        let boxes = window.get_all_by_role(Role::TreeItem);
        let mut named = boxes.filter(|node| node.accesskit_node().label().as_deref() == Some(name));
        let rect = named.next().unwrap().rect();
        (rect.center(), rect.width())
    }

    fn zoom_to(window: &mut Window, name: &str) {
        let at = middle_and_width(window, name).0;
        let button = egui::PointerButton::Primary;
        click_at(window, at, button, Modifiers::NONE);
        assert!(is_zoomed_to(window, name));
    }

    #[test]
    fn undo_and_redo_bring_back_a_zoom_that_is_of_other_roots() {
        let redo = Modifiers::COMMAND.plus(Modifiers::SHIFT);
        let mut window = open_sample(SAMPLE);
        zoom_to(&mut window, "search_shard");
        // The same calls are below the new roots, too: in the widest of them.
        press(&mut window, Key::G);
        assert!(has(&window, "Threads ×") && is_zoomed_to(&window, "search_shard"));
        for _ in 1..5 {
            press(&mut window, Key::G);
            assert!(is_zoomed_to(&window, "search_shard"));
        }
        press(&mut window, Key::G);
        assert!(!has_part(&window, " ×") && is_zoomed_to(&window, "search_shard"));
        for _ in 0..5 {
            press_with(&mut window, Modifiers::COMMAND, Key::Z);
        }
        assert!(has(&window, "Threads ×"));
        press_with(&mut window, Modifiers::COMMAND, Key::Z);
        assert!(is_zoomed_to(&window, "search_shard"));
        press_with(&mut window, Modifiers::COMMAND, Key::Z);
        press(&mut window, Key::G);
        zoom_to(&mut window, "search_shard");
        press_with(&mut window, Modifiers::COMMAND, Key::Z);
        press_with(&mut window, Modifiers::COMMAND, Key::Z);
        assert!(!has(&window, "Threads ×"));
        press_with(&mut window, redo, Key::Z);
        press_with(&mut window, redo, Key::Z);
        assert!(has(&window, "Threads ×") && is_zoomed_to(&window, "search_shard"));
    }

    /// A session of one profile, saved and opened.
    fn open_view(view: ProfileView) -> Window {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("view.emberscope.json");
        let session = SessionFile {
            version: VERSION,
            profiles: vec![view],
            shown: 0,
        };
        save(&session, &path).unwrap();
        window(Some(path))
    }

    #[test]
    fn a_session_keeps_a_zoom_that_is_of_its_roots() {
        let leader = FrameName {
            name: "search leader 32740".to_owned(),
            thread: true,
            ..FrameName::default()
        };
        let view = ProfileView {
            file: sample_profile(SAMPLE),
            roots: Some("thread".to_owned()),
            zoom: vec![leader],
            ..ProfileView::default()
        };
        let window = open_view(view);
        assert!(is_zoomed_to(&window, "search leader 32740"));
    }

    /// What the root says of how many samples count.
    fn status(window: &Window) -> String {
        let boxes = window.get_all_by_role(Role::TreeItem);
        let mut levels = boxes.filter(|node| node.accesskit_node().level() == Some(1));
        let root = levels.next().unwrap();
        root.accesskit_node().description().unwrap()
    }

    /// A box of the flame graph with this name.
    fn has_box(window: &Window, name: &str) -> bool {
        let mut boxes = window.get_all_by_role(Role::TreeItem);
        boxes.any(|node| node.accesskit_node().label().as_deref() == Some(name))
    }

    #[test]
    fn frames_can_be_packages_and_modules_and_what_was_hidden_comes_back() {
        let mut window = open_sample("mixed-mode.perf.txt");
        let counted = status(&window);
        let hidden = {
            let boxes = window.get_all_by_role(Role::TreeItem);
            let mut deep = boxes.filter(|node| node.accesskit_node().level() == Some(4));
            let node = deep.next().unwrap();
            (node.accesskit_node().label().unwrap(), node.rect().center())
        };
        click_at(
            &mut window,
            hidden.1,
            egui::PointerButton::Secondary,
            Modifiers::NONE,
        );
        window.get_by_label("Hide this function").click();
        settle(&mut window);
        assert!(has(&window, "1 function hidden ×") && !has_box(&window, &hidden.0));
        for chip in [
            "Functions without template arguments ×",
            "Packages and namespaces ×",
            "Modules (libraries) ×",
        ] {
            press_with(&mut window, Modifiers::SHIFT, Key::G);
            assert!(has(&window, chip), "{chip}");
            assert_eq!(status(&window), counted);
        }
        assert!(!has(&window, "1 function hidden ×"));
        assert!(has_box(&window, "[kernel.kallsyms]"));
        // What a filter names is a function, which no frame is now.
        let kernel = middle_and_width(&window, "[kernel.kallsyms]").0;
        click_at(
            &mut window,
            kernel,
            egui::PointerButton::Secondary,
            Modifiers::NONE,
        );
        assert!(has(&window, "Hide this") && !has(&window, "Only samples with this"));
        press(&mut window, Key::Escape);
        press(&mut window, Key::Escape);
        assert!(!has(&window, "Modules (libraries) ×") && has(&window, "1 function hidden ×"));
        press_with(&mut window, Modifiers::COMMAND, Key::Z);
        assert!(has(&window, "Modules (libraries) ×") && has_box(&window, "[kernel.kallsyms]"));
    }

    #[test]
    fn a_session_keeps_groups_and_what_is_hidden_behind_them() {
        let hidden = FrameName {
            name: "search_shard".to_owned(),
            module: "/tmp/emberscope-samples/single-threaded-phase".to_owned(),
            ..FrameName::default()
        };
        let view = ProfileView {
            file: sample_profile(SAMPLE),
            grouping: Some("modules".to_owned()),
            hidden: vec![hidden],
            ..ProfileView::default()
        };
        let mut window = open_view(view);
        assert!(has(&window, "Modules (libraries) ×"));
        press(&mut window, Key::Escape);
        assert!(has(&window, "1 function hidden ×"), "{:?}", roots(&window));
    }

    #[test]
    fn a_session_keeps_its_roots() {
        let view = ProfileView {
            file: sample_profile(SAMPLE),
            roots: Some("cpu".to_owned()),
            ..ProfileView::default()
        };
        let window = open_view(view);
        assert!(has_part(&window, "CPUs ×"));
        assert!(roots(&window).iter().all(|name| name.starts_with("CPU ")));
    }
}
