//! Driving the window in tests: pointer, keys, names in the accessibility tree.
#![allow(dead_code, reason = "not every test file needs all of it")]

mod raster;

use crate::common::sample_profile;
use egui::{Key, Modifiers, Pos2, Rect, Role, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use emberscope::gui::{App, AppOptions};
use emberscope::profile::format_seconds;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) type Window = Harness<'static, App>;

pub(crate) fn window(file: Option<PathBuf>) -> Window {
    painted_window(file, egui::Theme::Dark)
}

/// One that can be drawn.
pub(crate) fn painted_window(file: Option<PathBuf>, theme: egui::Theme) -> Window {
    sized_window(file, theme, [1200.0, 800.0])
}

/// One of this many points.
pub(crate) fn sized_window(file: Option<PathBuf>, theme: egui::Theme, size: [f32; 2]) -> Window {
    start(None, file, theme, size)
}

/// One that finds what another has kept.
pub(crate) fn window_after(kept: Option<&dyn eframe::Storage>, file: Option<PathBuf>) -> Window {
    start(kept, file, egui::Theme::Dark, [1200.0, 800.0])
}

/// One whose points are so many pixels wide.
pub(crate) fn dense_window(file: Option<PathBuf>, size: [f32; 2], pixels: f32) -> Window {
    start_dense(None, file, egui::Theme::Dark, size, pixels)
}

fn start(
    kept: Option<&dyn eframe::Storage>,
    file: Option<PathBuf>,
    theme: egui::Theme,
    size: [f32; 2],
) -> Window {
    start_dense(kept, file, theme, size, 1.0)
}

fn start_dense(
    kept: Option<&dyn eframe::Storage>,
    file: Option<PathBuf>,
    theme: egui::Theme,
    size: [f32; 2],
    pixels: f32,
) -> Window {
    let options = AppOptions {
        files: file.into_iter().collect(),
        ..AppOptions::default()
    };
    let builder = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(pixels)
        .with_step_dt(1.0 / 60.0)
        .with_max_steps(30)
        .with_theme(theme)
        .renderer(raster::Rasterizer::default());
    // What egui keeps itself, as eframe gives it back before the program starts.
    let memory: Option<egui::Memory> = kept.and_then(|kept| eframe::get_value(kept, EGUI_MEMORY));
    let mut theme_kept = None;
    let mut window = builder.build_eframe(|context| {
        let context = &context.egui_ctx;
        let has_memory = memory.is_some();
        if let Some(memory) = memory {
            context.memory_mut(|before| *before = memory);
        }
        emberscope::gui::install_theme(context);
        let app = App::new(context, kept, options);
        theme_kept = has_memory.then(|| context.options(|options| options.theme_preference));
        app
    });
    if let Some(theme) = theme_kept {
        // The harness has set its own.
        window.ctx.set_theme(theme);
    }
    settle(&mut window);
    window
}

/// Where eframe keeps egui's memory.
const EGUI_MEMORY: &str = "egui";

/// What a window keeps when it is closed, as eframe does it.
pub(crate) fn kept_by(window: &mut Window) -> Kept {
    let mut kept = Kept::default();
    window
        .ctx
        .memory(|memory| eframe::set_value(&mut kept, EGUI_MEMORY, memory));
    eframe::App::save(window.state_mut(), &mut kept);
    kept
}

/// Lets background work end and be shown.
pub(crate) fn settle(window: &mut Window) {
    let started = Instant::now();
    loop {
        window.step();
        if window.state().is_settled() {
            break;
        }
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "the window does not settle"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    window.run_ok();
}

/// With fifty rows: the sample profiles were recorded at 99 Hz, and open with as many.
pub(crate) fn open_sample(name: &str) -> Window {
    let mut window = window(Some(sample_profile(name)));
    choose(&mut window, "Usual numbers of rows", "50 rows");
    window
}

/// Opens a list and takes what has this label in it.
pub(crate) fn choose(window: &mut Window, list: &'static str, label: &'static str) {
    window.get_by_role_and_label(Role::ComboBox, list).click();
    window.run_ok();
    window.get_by_label(label).click();
    settle(window);
    window.run_ok();
}

/// Where a cell is: the heat map's offset 0 is at the bottom.
pub(crate) fn cell(window: &Window, columns: u32, column: u32, row: u32) -> Pos2 {
    let map: Rect = window.get_by_label("Heat map").rect();
    let x = map.left() + (column as f32 + 0.5) * map.width() / columns as f32;
    pos2(x, map.bottom() - (row as f32 + 0.5) * map.height() / 50.0)
}

pub(crate) fn drag(window: &mut Window, from: Pos2, to: Pos2) {
    drag_with(window, from, to, Modifiers::NONE);
}

/// Drags with keys held down.
pub(crate) fn drag_with(window: &mut Window, from: Pos2, to: Pos2, modifiers: Modifiers) {
    let press = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers,
    };
    let moved = |pos| egui::Event::PointerMoved(pos);
    for event in [
        moved(from),
        press(from, true),
        moved(from.lerp(to, 0.5)),
        moved(to),
        press(to, false),
    ] {
        window.event_modifiers(event, modifiers);
    }
    settle(window);
}

pub(crate) fn press(window: &mut Window, key: Key) {
    press_with(window, Modifiers::NONE, key);
}

pub(crate) fn press_with(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    settle(window);
}

/// The middle of the first flame graph box of that name.
pub(crate) fn middle(window: &Window, label: &str) -> Pos2 {
    let nodes = window.get_all_by_role(Role::TreeItem);
    let mut named = nodes.filter(|node| node.accesskit_node().label().as_deref() == Some(label));
    named.next().unwrap().rect().center()
}

pub(crate) fn click_at(
    window: &mut Window,
    at: Pos2,
    button: egui::PointerButton,
    modifiers: Modifiers,
) {
    window.hover_at(at);
    window.run_ok();
    for pressed in [true, false] {
        let event = egui::Event::PointerButton {
            pos: at,
            button,
            pressed,
            modifiers,
        };
        window.event_modifiers(event, modifiers);
    }
    settle(window);
}

/// Opens a box's context menu and takes an entry.
pub(crate) fn context(window: &mut Window, label: &str, entry: &str) {
    let at = middle(window, label);
    click_at(window, at, egui::PointerButton::Secondary, Modifiers::NONE);
    window.run_ok();
    window.get_by_label(entry).click();
    settle(window);
}

/// Types where to save or what to open, where no native dialog is there.
pub(crate) fn type_path(window: &mut Window, path: &Path, action: &'static str) {
    window.run_ok();
    window
        .get_by_role_and_label(Role::TextInput, "Path of the file")
        .focus();
    window.run_ok();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window
        .get_by_role_and_label(Role::TextInput, "Path of the file")
        .type_text(path.to_str().unwrap());
    window.run_ok();
    window.get_by_role_and_label(Role::Button, action).click();
    settle(window);
}

/// Puts a text in place of what a field holds, and leaves the field with it.
pub(crate) fn retype(window: &mut Window, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.run_ok();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    let typed = window.get_by_role_and_label(Role::TextInput, field);
    typed.type_text(text);
    window.run_ok();
    press(window, Key::Enter);
}

/// The selection in seconds since the origin.
pub(crate) fn selected(window: &Window) -> Option<(String, String)> {
    let app = window.state();
    let origin = app.profile()?.origin();
    let span = app.selection()?.span()?;
    let seconds = |time: emberscope::profile::Timestamp| format_seconds(time.nanos_since(origin));
    Some((seconds(span.start), seconds(span.end)))
}

pub(crate) fn has(window: &Window, label: &str) -> bool {
    window.query_all_by_label(label).next().is_some()
}

pub(crate) fn has_part(window: &Window, part: &str) -> bool {
    window.query_all_by_label_contains(part).next().is_some()
}

/// A file that is dropped onto the window.
#[derive(Debug)]
pub(crate) struct Dropped(pub(crate) PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// What a window keeps for the next start.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) std::collections::HashMap<String, String>);

impl eframe::Storage for Kept {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }
    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }
    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }
    fn flush(&mut self) {}
}
