//! Menu and toolbar.

use super::choices::{Baseline, GraphMode};
use super::command::{self, Command};
use super::exported::{Exported, HeatMapFormat};
use super::heat_map::{Nudge, TimeMove};
use super::measure::Measure;
use super::menus::{bar_menu, entries, list, menu, option, radio};
use super::names::shortened;
use super::panels::Panel;
use super::panes;
use super::preferences::Preferences;
use super::samples::SAMPLES;
use super::session::Session;
use super::tab::Tab;
use super::tabs::Tabs;
use super::theme;
use crate::export::FlameGraphFormat;
use crate::filter::EventChoice;
use crate::grouping::Grouping;
use crate::lanes::LaneKind;
use crate::palette::{FrameColors, HeatRamp, HeatScale};
use crate::profile::EventId;
use crate::roots::Roots;
use crate::selection::Selection;
use egui::{Button, KeyboardShortcut, ThemePreference, Ui};

/// With less room, in points, what filters has a line of its own below the menus.
const ONE_LINE: f32 = 720.0;

/// Draws the menus and, with a profile open, what chooses its samples.
pub(super) fn ui(
    ui: &mut Ui,
    session: Option<&Session>,
    (tabs, closed_last): (&Tabs, Option<String>),
    preferences: &Preferences,
    commands: &mut Vec<Command>,
) {
    // In a small window, or with large text, there is a second line.
    let has_room = ui.available_width() > ONE_LINE;
    egui::MenuBar::new().ui(ui, |ui| {
        let file = bar_menu(ui, "File", commands, |ui, commands| {
            file_menu(ui, session, preferences, closed_last, commands);
        });
        panes::set_menu(ui.ctx(), file.id);
        bar_menu(ui, "Edit", commands, |ui, commands| {
            edit_menu(ui, session, commands);
        });
        bar_menu(ui, "View", commands, |ui, commands| {
            view_menu(ui, session, preferences, commands);
        });
        bar_menu(ui, "Compare", commands, |ui, commands| {
            compare_menu(ui, session, tabs, commands);
        });
        bar_menu(ui, "Help", commands, |ui, commands| {
            if ui
                .add(Button::new("Keys and gestures").shortcut_text("?"))
                .clicked()
            {
                commands.push(Command::ToggleHelp);
            }
            if ui.button("About Emberscope").clicked() {
                commands.push(Command::ShowAbout);
            }
        });
        if let Some(session) = session.filter(|_| has_room) {
            ui.separator();
            filter_ui(ui, session, preferences, commands);
        }
    });
    if let Some(session) = session.filter(|_| !has_room) {
        ui.horizontal_wrapped(|ui| filter_ui(ui, session, preferences, commands));
        ui.add_space(2.0);
    }
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
    closed_last: Option<String>,
    commands: &mut Vec<Command>,
) {
    if item(ui, true, "Open…", Some(&command::OPEN)) {
        commands.push(Command::Open);
    }
    ui.add_enabled_ui(!preferences.recents.is_empty(), |ui| {
        menu(ui, "Open recent", commands, |ui, commands| {
            for recent in &preferences.recents {
                if ui.button(super::app::shown(&recent.path)).clicked() {
                    commands.push(Command::OpenPath(recent.path.clone()));
                }
            }
            ui.separator();
            if ui.button("Clear list").clicked() {
                commands.push(Command::ForgetRecents);
            }
        });
    });
    let again = match &closed_last {
        Some(name) => format!("Open again: {}", shortened(name, 32)),
        None => "Open what was closed".to_owned(),
    };
    if item(ui, closed_last.is_some(), &again, Some(&command::REOPEN)) {
        commands.push(Command::Reopen);
    }
    menu(ui, "Sample profiles", commands, |ui, commands| {
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
    export_menu(ui, is_open, commands);
    ui.separator();
    if item(ui, is_open, "Save session…", Some(&command::SAVE)) {
        commands.push(Command::SaveSession);
    }
    if item(ui, is_open, "Copy the command for this", None) {
        commands.push(Command::CopyInvocation);
    }
    ui.separator();
    if item(ui, is_open, "Profile details", None) {
        commands.push(Command::ShowDetails);
    }
    let has_file = session.is_some_and(|session| session.path.is_some());
    if item(ui, has_file, "Load again", Some(&command::RELOAD)) {
        commands.push(Command::Reload);
    }
    if item(ui, is_open, "Close profile", Some(&command::CLOSE)) {
        commands.push(Command::CloseProfile);
    }
    if item(ui, true, "Quit", Some(&command::QUIT)) {
        commands.push(Command::Quit);
    }
}

fn export_menu(ui: &mut Ui, is_open: bool, commands: &mut Vec<Command>) {
    let label = "Export flame graph as SVG…";
    if item(ui, is_open, label, Some(&command::EXPORT)) {
        commands.push(Command::Export(command::EXPORTED));
    }
    ui.add_enabled_ui(is_open, |ui| {
        menu(ui, "Export flame graph as", commands, |ui, commands| {
            for format in FlameGraphFormat::ALL {
                if ui.button(format!("{}…", format.title())).clicked() {
                    commands.push(Command::Export(Exported::FlameGraph(format)));
                }
            }
        });
        menu(ui, "Export heat map as", commands, |ui, commands| {
            for (format, title) in HeatMapFormat::ALL {
                if ui.button(format!("{title}…")).clicked() {
                    commands.push(Command::Export(Exported::HeatMap(format)));
                }
            }
        });
    });
    if item(ui, is_open, "Export as page for browsers…", None) {
        commands.push(Command::Export(Exported::Page));
    }
}

fn edit_menu(ui: &mut Ui, session: Option<&Session>, commands: &mut Vec<Command>) {
    let history = session.map(|session| &session.history);
    let can_undo = history.is_some_and(|history| history.can_undo());
    if item(ui, can_undo, "Undo", Some(&command::UNDO)) {
        commands.push(Command::Undo);
    }
    let can_redo = history.is_some_and(|history| history.can_redo());
    if item(ui, can_redo, "Redo", Some(&command::REDO)) {
        commands.push(Command::Redo);
    }
    ui.separator();
    let is_open = session.is_some();
    if item(ui, is_open, "Search", Some(&command::SEARCH)) {
        commands.push(Command::FocusSearch);
    }
    let is_selected = session.is_some_and(|session| !session.choices.selection.is_whole());
    let keep = Button::new("Keep the selection").shortcut_text("M");
    if ui.add_enabled(is_selected, keep).clicked() {
        commands.push(Command::KeepSelection);
    }
    let button = Button::new("The same offsets in each column").shortcut_text("E");
    if ui.add_enabled(is_selected, button).clicked() {
        commands.push(Command::RepeatSelection);
    }
    menu(ui, "Go to", commands, |ui, commands| {
        go_menu(ui, (is_open, is_selected), commands);
    });
    let back = Some(&command::BACK);
    if item(ui, is_open, "Clear search, zoom, selection", back) {
        commands.push(Command::StepBack);
    }
}

/// Where keys take the selection.
fn go_menu(ui: &mut Ui, (is_open, is_selected): (bool, bool), commands: &mut Vec<Command>) {
    let steps = [
        (
            is_open,
            "Next finding",
            "N",
            Command::StepFinding { forward: true },
        ),
        (
            is_open,
            "Previous finding",
            "P",
            Command::StepFinding { forward: false },
        ),
        (
            is_selected,
            "On by a column",
            ".",
            Command::Nudge(Nudge::Step { forward: true }),
        ),
        (
            is_selected,
            "Back by a column",
            ",",
            Command::Nudge(Nudge::Step { forward: false }),
        ),
        (
            is_open,
            "First column",
            "Home",
            Command::Nudge(Nudge::First),
        ),
        (is_open, "Last column", "End", Command::Nudge(Nudge::Last)),
        (is_selected, "Play, or stop", "Space", Command::TogglePlay),
    ];
    for (is_enabled, label, key, command) in steps {
        let button = Button::new(label).shortcut_text(key);
        if ui.add_enabled(is_enabled, button).clicked() {
            commands.push(command);
        }
    }
}

fn view_menu(
    ui: &mut Ui,
    session: Option<&Session>,
    preferences: &Preferences,
    commands: &mut Vec<Command>,
) {
    let is_open = session.is_some();
    let mut toggle = |ui: &mut Ui, is_on: bool, label: &str, shortcut, command: Command| {
        let text = ui.ctx().format_shortcut(shortcut);
        let button = Button::selectable(is_on, label).shortcut_text(text);
        if ui.add_enabled(is_open, button).clicked() {
            commands.push(command);
        }
    };
    for (panel, keys) in [
        (Panel::Filters, &command::FILTERS),
        (Panel::Selections, &command::SELECTIONS),
        (Panel::Findings, &command::FINDINGS),
        (Panel::Functions, &command::FUNCTIONS),
    ] {
        let is_shown = preferences.panels.is_shown(panel);
        let command = Command::TogglePanel(panel);
        toggle(ui, is_shown, panel.name(), keys, command);
    }
    ui.separator();
    let choices = session.map(|session| &session.choices);
    let is_inverted = choices.is_some_and(|choices| choices.mode == GraphMode::Callers);
    let icicle = choices.map_or(preferences.icicle, |choices| choices.icicle);
    let label = "Icicle (root at the top)";
    toggle(ui, icicle, label, &command::ICICLE, Command::ToggleIcicle);
    let label = "Callers (from the leaves)";
    let keys = &command::CALLERS;
    toggle(ui, is_inverted, label, keys, Command::ToggleCallers);
    let collapses = choices.is_some_and(|choices| choices.edits.collapses_recursion);
    let keys = &command::RECURSION;
    let command = Command::ToggleRecursion;
    toggle(ui, collapses, "Collapse recursion", keys, command);
    let first = preferences.widest_first;
    let button = Button::selectable(first, "Widest calls first");
    if ui.add_enabled(is_open, button).clicked() {
        commands.push(Command::ToggleWidestFirst);
    }
    ui.add_enabled_ui(is_open, |ui| {
        menu(ui, "Flame graph roots (G)", commands, |ui, commands| {
            let shown = choices
                .map(|choices| choices.shape.roots)
                .unwrap_or_default();
            for (roots, _, label) in Roots::ALL {
                if radio(ui, shown == roots, label).clicked() {
                    commands.push(Command::SetRoots(roots));
                }
            }
        });
        menu(
            ui,
            "Flame graph frames (Shift+G)",
            commands,
            |ui, commands| {
                let shown = choices.map(|choices| choices.shape.grouping);
                for (grouping, _, label) in Grouping::ALL {
                    if radio(ui, shown == Some(grouping), label).clicked() {
                        commands.push(Command::SetGrouping(grouping));
                    }
                }
            },
        );
    });
    menu(ui, "Flame graph colours", commands, |ui, commands| {
        for (colors, name) in FrameColors::ALL {
            let is_chosen = preferences.flame_graph(icicle).colors == colors;
            if radio(ui, is_chosen, name).clicked() {
                commands.push(Command::SetColors(colors));
            }
        }
    });
    ui.separator();
    let look = preferences.heat_map();
    menu(ui, "Heat map colours", commands, |ui, commands| {
        for (ramp, name) in HeatRamp::ALL {
            if radio(ui, look.ramp == ramp, name).clicked() {
                commands.push(Command::SetRamp(ramp));
            }
        }
    });
    menu(ui, "Heat map scale", commands, |ui, commands| {
        for (scale, name) in HeatScale::ALL {
            if radio(ui, look.scale == scale, name).clicked() {
                commands.push(Command::SetScale(scale));
            }
        }
    });
    ui.add_enabled_ui(is_open, |ui| {
        menu(ui, "Heat map rows are (V)", commands, |ui, commands| {
            let shown = choices.and_then(|choices| choices.lanes);
            if radio(ui, shown.is_none(), "Offsets within a column").clicked() {
                commands.push(Command::SetLanes(None));
            }
            for (kind, name) in LaneKind::ALL {
                if radio(ui, shown == Some(kind), name).clicked() {
                    commands.push(Command::SetLanes(Some(kind)));
                }
            }
        });
    });
    ui.add_enabled_ui(is_open, |ui| {
        menu(ui, "Heat map zoom", commands, |ui, commands| {
            let moves = [
                ("In", "+", Command::MoveTime(TimeMove::In)),
                ("Out", "−", Command::MoveTime(TimeMove::Out)),
                (
                    "To the selection",
                    "Z",
                    Command::MoveTime(TimeMove::ToSelection),
                ),
                ("A screen on", "Page Down", Command::MoveTime(TimeMove::On)),
                (
                    "A screen back",
                    "Page Up",
                    Command::MoveTime(TimeMove::Back),
                ),
            ];
            for (label, key, command) in moves {
                if ui.add(Button::new(label).shortcut_text(key)).clicked() {
                    commands.push(command);
                }
            }
        });
    });
    for (is_on, label, key, command) in [
        (
            preferences.shows_matched,
            "Show search or mark on the heat map",
            "H",
            Command::ToggleMatched,
        ),
        (
            preferences.shows_difference,
            "Show difference on the heat map",
            "U",
            Command::ToggleDifference,
        ),
    ] {
        let button = Button::selectable(is_on, label).shortcut_text(key);
        if ui.add_enabled(is_open, button).clicked() {
            commands.push(command);
        }
    }
    if item(
        ui,
        is_open,
        "Select the whole profile",
        Some(&command::WHOLE),
    ) {
        commands.push(Command::Select(Selection::whole()));
    }
    if item(ui, is_open, "Fit the heat map", Some(&command::FIT)) {
        commands.push(Command::FitHeatMap);
    }
    let has_clock = session.is_some_and(|session| session.clock.is_some());
    let button = Button::selectable(preferences.by_clock, "Times by the clock");
    let response = ui.add_enabled(has_clock, button);
    let hint = "The header has no reference time, which perf record -k CLOCK_MONOTONIC writes";
    if response.on_disabled_hover_text(hint).clicked() {
        commands.push(Command::ToggleClock);
    }
    ui.separator();
    ui.menu_button("Theme", |ui| {
        let chosen = ui.options(|options| options.theme_preference);
        for (theme, name) in [
            (ThemePreference::System, "As the desktop"),
            (ThemePreference::Dark, "Dark"),
            (ThemePreference::Light, "Light"),
        ] {
            if radio(ui, chosen == theme, name).clicked() {
                ui.set_theme(theme);
                ui.close();
            }
        }
    });
    ui.weak("Ctrl with + and − makes text larger and smaller.");
}

/// What the selection is compared with.
fn compare_menu(ui: &mut Ui, session: Option<&Session>, tabs: &Tabs, commands: &mut Vec<Command>) {
    let choices = session.map(|session| &session.choices);
    let is_selected = choices.is_some_and(|choices| !choices.selection.is_whole());
    let mut entry = |ui: &mut Ui, enabled: bool, label: &str, key: &str, command: Command| {
        let mut button = Button::new(label);
        if !key.is_empty() {
            button = button.shortcut_text(key);
        }
        if ui.add_enabled(enabled, button).clicked() {
            commands.push(command);
        }
    };
    let rest = Command::Compare(Some(Baseline::default()));
    entry(ui, is_selected, "With the rest of the profile", "", rest);
    let command = Command::BaselineFromSelection;
    entry(
        ui,
        is_selected,
        "Selection becomes the baseline",
        "B",
        command,
    );
    ui.separator();
    let others = tabs.iter().enumerate();
    let is_loaded = |tab: &Tab| {
        let session = tab.session.as_ref();
        session.is_some_and(|session| !session.profile.info.is_partial)
    };
    let others = others.filter(|(index, tab)| !tabs.is_shown(*index) && is_loaded(tab));
    let mut has_others = false;
    for (index, tab) in others {
        has_others = true;
        let label = format!("With {}", tab.name);
        entry(
            ui,
            session.is_some(),
            &label,
            "",
            Command::CompareWithTab(index),
        );
    }
    if !has_others {
        ui.weak("Open another profile to compare with it.");
    }
    ui.separator();
    let is_compared = choices.is_some_and(|choices| choices.baseline.is_some());
    let can_swap = session.is_some_and(Session::can_swap);
    let swap = Command::SwapBaseline;
    entry(ui, can_swap, "Swap selection and baseline", "", swap);
    entry(
        ui,
        is_compared,
        "End comparison",
        "",
        Command::Compare(None),
    );
}

/// What panels are shown, idle samples, and the event.
fn filter_ui(
    ui: &mut Ui,
    session: &Session,
    preferences: &Preferences,
    commands: &mut Vec<Command>,
) {
    let filters = match session.filter().is_active() {
        true => egui::RichText::new("Filters (on)").strong(),
        false => egui::RichText::new("Filters"),
    };
    let buttons: [(Panel, egui::RichText, &str, &KeyboardShortcut); 4] = [
        (
            Panel::Filters,
            filters,
            "Choose samples by thread, process, CPU or stack",
            &command::FILTERS,
        ),
        (
            Panel::Selections,
            "Selections".into(),
            "Selections that are kept, and notes",
            &command::SELECTIONS,
        ),
        (
            Panel::Findings,
            "Findings".into(),
            "Ranges that behave unlike the rest",
            &command::FINDINGS,
        ),
        (
            Panel::Functions,
            "Functions".into(),
            "Table of the functions in the selection",
            &command::FUNCTIONS,
        ),
    ];
    for (panel, label, hint, keys) in buttons {
        let button = ui.selectable_label(preferences.panels.is_shown(panel), label);
        let hint = format!("{hint} ({})", ui.ctx().format_shortcut(keys));
        if button.on_hover_text(hint).clicked() {
            commands.push(Command::TogglePanel(panel));
        }
    }
    let mut included = session.filter().include_idle;
    let checkbox = theme::checkbox(ui, &mut included, "Idle samples");
    let hint = "Also show samples of CPUs that were doing nothing";
    if checkbox.on_hover_text(hint).changed() {
        commands.push(Command::SetIdleIncluded(included));
    }
    // Last, as not every profile has several.
    event_ui(ui, session, commands);
}

fn event_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let profile = &session.profile;
    let others = Measure::others(profile);
    let measure = session.choices.view.measure;
    let is_sampled = measure == Measure::Samples;
    if profile.events.len() > 1 || !others.is_empty() {
        let shown = match (&session.filter().event, is_sampled) {
            (_, false) => measure.name(profile),
            (EventChoice::First, _) => profile.event_name(EventId(0)).into_owned(),
            (EventChoice::All, _) => "all events".to_owned(),
            (EventChoice::Named(names), _) => names.join(", "),
        };
        let combo = egui::ComboBox::from_id_salt("event").selected_text(shown.clone());
        let combo = combo.height(460.0).width(120.0).truncate();
        let response = list(ui, combo, |ui| {
            entries(ui, commands, |ui, commands| {
                for (index, event) in profile.events.iter().enumerate() {
                    let id = EventId(index as u32);
                    let name = profile.event_name(id);
                    let text = format!(
                        "{name} ({})",
                        crate::profile::count_of(event.samples, "sample")
                    );
                    if option(ui, *name == *shown, &text).clicked() {
                        commands.push(Command::ShowEvent(Some(id)));
                    }
                }
                let is_all = is_sampled && session.filter().event == EventChoice::All;
                if option(ui, is_all, "all events").clicked() {
                    commands.push(Command::ShowEvent(None));
                }
                if !others.is_empty() {
                    ui.separator();
                }
                for other in others {
                    let name = other.name(profile);
                    if option(ui, measure == other, &name).clicked() {
                        commands.push(Command::ShowMeasure(other));
                    }
                }
            })
        });
        response.response.accessible_name("Event shown");
    }
}
