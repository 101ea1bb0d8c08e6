//! What was closed is there again: profiles with what was kept of them, sessions, recent files.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod driver;

use driver::{
    Kept, Window, cell, drag, has, has_part, open_sample, press, press_with, settle, window,
    window_after,
};
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const REOPEN: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

fn keep_a_selection(window: &mut Window) {
    let (from, to) = (cell(window, 30, 4, 0), cell(window, 30, 4, 49));
    drag(window, from, to);
    press(window, Key::M);
    press(window, Key::L);
    let notes = |window: &Window, act: &dyn Fn(&egui_kittest::Node<'_>)| {
        act(&window.get_by_role_and_label(Role::MultilineTextInput, "Notes"));
    };
    notes(window, &|field| field.focus());
    window.run_ok();
    notes(window, &|field| field.type_text("look at this"));
    settle(window);
}

fn has_what_was_kept(window: &Window) -> bool {
    let mut fields = window.get_all_by_role(Role::MultilineTextInput);
    let has_notes =
        fields.any(|field| field.accesskit_node().value().as_deref() == Some("look at this"));
    has_notes && has(window, "Name of selection 1")
}

#[test]
fn a_closed_profile_is_opened_again_as_it_was() {
    let mut window = open_sample("latency-spike.perf.txt");
    keep_a_selection(&mut window);
    press_with(&mut window, Modifiers::COMMAND, Key::W);
    assert!(has_part(&window, "Closed latency-spike.perf.txt") && !has(&window, "Heat map"));
    press_with(&mut window, REOPEN, Key::T);
    assert!(has_what_was_kept(&window));
    assert_eq!(
        driver::selected(&window),
        Some(("4.000".into(), "5.000".into()))
    );
    // There is nothing more to open again.
    press_with(&mut window, REOPEN, Key::T);
    assert!(has_what_was_kept(&window));
}

#[test]
fn what_was_open_at_the_end_can_be_opened_at_the_next_start() {
    let mut window = open_sample("latency-spike.perf.txt");
    keep_a_selection(&mut window);
    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    let mut next = window_after(Some(&kept), None);
    assert!(!has(&next, "Heat map"));
    next.get_by_label_contains("Open latency-spike.perf.txt again")
        .click();
    settle(&mut next);
    assert!(has_what_was_kept(&next));
}

#[test]
fn a_sample_that_came_with_the_program_is_opened_again_too() {
    let mut window = window(None);
    window.get_by_label("latency-spike.perf.txt").click();
    settle(&mut window);
    driver::choose(&mut window, "Usual numbers of rows", "50 rows");
    keep_a_selection(&mut window);
    press_with(&mut window, Modifiers::COMMAND, Key::W);
    press_with(&mut window, REOPEN, Key::T);
    assert!(has_what_was_kept(&window));
}

#[test]
fn a_session_is_among_the_recent_files() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("spike.perf.txt");
    std::fs::copy(common::sample_profile("latency-spike.perf.txt"), &copy).unwrap();
    let mut window = window(Some(copy));
    press_with(&mut window, Modifiers::COMMAND, Key::S);
    window.get_by_label("Save").click();
    settle(&mut window);
    press_with(&mut window, Modifiers::COMMAND, Key::W);
    window.get_by_label("spike.emberscope.json").click();
    settle(&mut window);
    assert!(has(&window, "Heat map"));
}
