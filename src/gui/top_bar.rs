//! Menu and toolbar.

use super::app::Preferences;
use super::command::{self, Command, ExportFormat};
use super::samples::SAMPLES;
use super::session::Session;
use crate::filter::EventChoice;
use crate::palette::{HeatRamp, HeatScale};
use crate::profile::EventId;
use egui::{Button, KeyboardShortcut, ThemePreference, Ui};

/// Rows that fit usual sampling rates: 49 for `perf record -F 49`.
const ROWS: [u32; 8] = [10, 25, 49, 50, 99, 100, 200, 500];

/// Draws the menus and, with a profile open, what chooses its samples.
pub(super) fn ui(
    ui: &mut Ui,
    session: Option<&Session>,
    preferences: &Preferences,
    commands: &mut Vec<Command>,
) {
    egui::MenuBar::new().ui(ui, |ui| {
        ui.menu_button("File", |ui| file_menu(ui, session, preferences, commands));
        ui.menu_button("View", |ui| view_menu(ui, session, preferences, commands));
        ui.menu_button("Help", |ui| {
            if ui.button("About Emberscope").clicked() {
                commands.push(Command::ShowAbout);
            }
        });
        if let Some(session) = session {
            ui.separator();
            filter_ui(ui, session, preferences, commands);
        }
    });
}

fn item(ui: &mut Ui, enabled: bool, label: &str, shortcut: Option<&KeyboardShortcut>) -> bool {
    let mut button = Button::new(label);
    if let Some(shortcut) = shortcut {
        button = button.shortcut_text(ui.ctx().format_shortcut(shortcut));
    }
    ui.add_enabled(enabled, button).clicked()
}

fn file_menu(
    ui: &mut Ui,
    session: Option<&Session>,
    preferences: &Preferences,
    commands: &mut Vec<Command>,
) {
    if item(ui, true, "Open…", Some(&command::OPEN)) {
        commands.push(Command::Open);
    }
    ui.add_enabled_ui(!preferences.recents.is_empty(), |ui| {
        ui.menu_button("Open recent", |ui| {
            for path in &preferences.recents {
                if ui.button(super::app::shown(path)).clicked() {
                    commands.push(Command::OpenPath(path.clone()));
                }
            }
            ui.separator();
            if ui.button("Clear list").clicked() {
                commands.push(Command::ForgetRecents);
            }
        });
    });
    ui.menu_button("Sample profiles", |ui| {
        for sample in &SAMPLES {
            if ui
                .button(sample.file_name)
                .on_hover_text(sample.description)
                .clicked()
            {
                commands.push(Command::OpenSample(sample));
            }
        }
    });
    ui.separator();
    let is_open = session.is_some();
    if item(
        ui,
        is_open,
        "Export flame graph as SVG…",
        Some(&command::EXPORT),
    ) {
        commands.push(Command::Export(ExportFormat::Svg));
    }
    if item(ui, is_open, "Export folded stacks…", None) {
        commands.push(Command::Export(ExportFormat::Folded));
    }
    ui.separator();
    if item(ui, is_open, "Profile details", None) {
        commands.push(Command::ShowDetails);
    }
    if item(ui, is_open, "Close profile", None) {
        commands.push(Command::CloseProfile);
    }
    if item(ui, true, "Quit", None) {
        commands.push(Command::Quit);
    }
}

fn view_menu(
    ui: &mut Ui,
    session: Option<&Session>,
    preferences: &Preferences,
    commands: &mut Vec<Command>,
) {
    let label = if preferences.icicle {
        "Flame graph (root at the bottom)"
    } else {
        "Icicle (root at the top)"
    };
    if item(ui, true, label, Some(&command::ICICLE)) {
        commands.push(Command::ToggleIcicle);
    }
    let label = match preferences.are_filters_shown {
        true => "Hide the filters",
        false => "Show the filters",
    };
    if item(ui, session.is_some(), label, Some(&command::FILTERS)) {
        commands.push(Command::ToggleFilters);
    }
    ui.menu_button("Heat map colours", |ui| {
        for (ramp, name) in HeatRamp::ALL {
            if ui.radio(preferences.ramp() == ramp, name).clicked() {
                commands.push(Command::SetRamp(ramp));
            }
        }
    });
    ui.menu_button("Heat map scale", |ui| {
        for (scale, name) in HeatScale::ALL {
            if ui.radio(preferences.scale() == scale, name).clicked() {
                commands.push(Command::SetScale(scale));
            }
        }
    });
    ui.add_enabled_ui(session.is_some(), |ui| {
        ui.menu_button("Heat map rows", |ui| {
            for rows in ROWS {
                let chosen = session.is_some_and(|session| session.heat_map_options().rows == rows);
                if ui.radio(chosen, format!("{rows} rows")).clicked() {
                    commands.push(Command::SetRows(rows));
                }
            }
        });
    });
    ui.separator();
    ui.menu_button("Theme", |ui| {
        let chosen = ui.options(|options| options.theme_preference);
        for (theme, name) in [
            (ThemePreference::System, "As the desktop"),
            (ThemePreference::Dark, "Dark"),
            (ThemePreference::Light, "Light"),
        ] {
            if ui.radio(chosen == theme, name).clicked() {
                ui.set_theme(theme);
            }
        }
    });
}

/// Event, filters and idle samples.
fn filter_ui(
    ui: &mut Ui,
    session: &Session,
    preferences: &Preferences,
    commands: &mut Vec<Command>,
) {
    let profile = &session.profile;
    if profile.events.len() > 1 {
        let shown = match &session.filter().event {
            EventChoice::First => profile.event_name(EventId(0)).into_owned(),
            EventChoice::All => "all events".to_owned(),
            EventChoice::Named(names) => names.join(", "),
        };
        let combo = egui::ComboBox::from_id_salt("event").selected_text(shown.clone());
        let response = combo.show_ui(ui, |ui| {
            for (index, event) in profile.events.iter().enumerate() {
                let id = EventId(index as u32);
                let name = profile.event_name(id);
                let text = format!(
                    "{name} ({})",
                    crate::export::count_of(event.samples, "sample")
                );
                if ui.selectable_label(*name == *shown, text).clicked() {
                    commands.push(Command::ShowEvent(Some(id)));
                }
            }
            if ui
                .selectable_label(session.filter().event == EventChoice::All, "all events")
                .clicked()
            {
                commands.push(Command::ShowEvent(None));
            }
        });
        response.response.accessible_name("Event shown");
    }
    let filters = match session.filter().is_active() {
        true => egui::RichText::new("Filters (on)").strong(),
        false => egui::RichText::new("Filters"),
    };
    let button = ui.selectable_label(preferences.are_filters_shown, filters);
    let hint = format!(
        "Choose samples by thread, process, CPU or stack ({})",
        ui.ctx().format_shortcut(&command::FILTERS)
    );
    if button.on_hover_text(hint).clicked() {
        commands.push(Command::ToggleFilters);
    }
    let mut included = session.filter().include_idle;
    let checkbox = ui.checkbox(&mut included, "Idle samples");
    let hint = "Also show samples of CPUs that were doing nothing";
    if checkbox.on_hover_text(hint).changed() {
        commands.push(Command::SetIdleIncluded(included));
    }
}
