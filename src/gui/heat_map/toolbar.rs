//! What chooses the heat map's shape and colours.

use super::HeatMapLook;
use super::legend;
use super::picture::Drawn;
use super::strips;
use crate::gui::command::Command;
use crate::gui::measure::Measure;
use crate::gui::menus::{choices, entries, list, option};
use crate::gui::names::shortened;
use crate::gui::session::Session;
use crate::gui::theme;
use crate::gui::times::short_seconds;
use crate::heat_map::parse_length;
use crate::lanes::LaneKind;
use crate::profile::NANOS_PER_SECOND;

use egui::{Button, ComboBox, DragValue, TextStyle, Ui};

/// Rows that fit usual sampling rates: 49 for `perf record -F 49`.
const ROWS: [u32; 9] = [10, 25, 49, 50, 99, 100, 200, 500, 1000];

/// Of a list that shows all that it has, in points.
const LIST_HEIGHT: f32 = 420.0;

/// The columns' lengths to choose from, in nanoseconds.
const COLUMN_LENGTHS: [(u64, &str); 13] = [
    (100_000_000, "100 ms"),
    (200_000_000, "200 ms"),
    (500_000_000, "500 ms"),
    (1_000_000_000, "1 s"),
    (2_000_000_000, "2 s"),
    (5_000_000_000, "5 s"),
    (10_000_000_000, "10 s"),
    (30_000_000_000, "30 s"),
    (60_000_000_000, "1 min"),
    (300_000_000_000, "5 min"),
    (600_000_000_000, "10 min"),
    (1_800_000_000_000, "30 min"),
    (3_600_000_000_000, "1 h"),
];

/// Draws it. `drawn` is what the picture that is shown is like.
pub(super) fn ui(
    ui: &mut Ui,
    session: &Session,
    look: HeatMapLook,
    drawn: Drawn,
    is_zoomed: bool,
    commands: &mut Vec<Command>,
) {
    ui.horizontal_wrapped(|ui| {
        // Rows as high as buttons: whatever stands beside one is at the same height.
        let padding = ui.spacing().button_padding.y;
        ui.spacing_mut().interact_size.y = ui.text_style_height(&TextStyle::Button) + 2.0 * padding;
        lanes_ui(ui, session, commands);
        if session.choices.lanes.is_none() {
            rows_ui(ui, session, commands);
        }
        columns_ui(ui, session, commands);
        groups_ui(ui, session, look, commands);
        if !session.choices.search.is_empty() || session.choices.marked.is_some() {
            search_ui(ui, session, look, commands);
        }
        if session.choices.view.measure == Measure::Samples && session.choices.lanes.is_none() {
            let mut wanted = session.wanted.difference;
            let hint = "Colour each cell by how unlike the baseline its functions are: what a \
                selection is compared with, or else all of the profile (u)";
            let checkbox = theme::checkbox(ui, &mut wanted, "Difference").on_hover_text(hint);
            if checkbox.changed() {
                commands.push(Command::ToggleDifference);
            }
        }
        // Always there: whatever comes with the first zoom would move the cells under the pointer.
        let fit = ui.add_enabled(is_zoomed, Button::new("Fit"));
        if fit.on_hover_text("Show the whole profile (0)").clicked() {
            commands.push(Command::FitHeatMap);
        }
        if let Ok(map) = &session.view.heat_map {
            legend::ui(ui, session, map, look, drawn, commands);
        }
    });
}

/// Whether the heat map shows what the search finds, and where.
fn search_ui(ui: &mut Ui, session: &Session, look: HeatMapLook, commands: &mut Vec<Command>) {
    let mut wanted = session.wanted.matched;
    let hint =
        "Show when the code ran that the search finds, or without one the marked function (h)";
    let checkbox = theme::checkbox(ui, &mut wanted, "Show search").on_hover_text(hint);
    if checkbox.changed() {
        commands.push(Command::ToggleMatched);
    }
    if !session.wanted.matched {
        return;
    }
    let name = |beside: bool| match beside {
        false => "instead of all samples",
        true => "beside all samples",
    };
    let combo = ComboBox::from_id_salt("search shown").selected_text(name(look.beside));
    let response = list(ui, combo.width(130.0), |ui| {
        entries(ui, commands, |ui, commands| {
            for beside in [false, true] {
                let is_chosen = look.beside == beside;
                if option(ui, is_chosen, name(beside)).clicked() {
                    commands.push(Command::ShowMatchedBeside(beside));
                }
            }
        });
    });
    let hint = "Colour each cell by the share that is found, or show the samples that are found in a \
        heat map of their own, below and in the same colours";
    let response = response.response.on_hover_text(hint);
    response.accessible_name("Search is shown");
}

fn lanes_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let shown = session.choices.lanes;
    let name = |kind: Option<LaneKind>| match kind {
        None => "Offsets",
        Some(kind) => lane_name(kind),
    };
    let combo = ComboBox::from_id_salt("lanes")
        .selected_text(name(shown))
        .width(86.0);
    let response = list(ui, combo, |ui| {
        let kinds = LaneKind::ALL.into_iter().map(|(kind, _)| Some(kind));
        entries(ui, commands, |ui, commands| {
            for kind in std::iter::once(None).chain(kinds) {
                if option(ui, shown == kind, name(kind)).clicked() {
                    commands.push(Command::SetLanes(kind));
                }
            }
        });
    });
    response
        .response
        .on_hover_text("What each row stands for: offsets within a column, CPUs, threads … (v)")
        .accessible_name("Rows stand for");
}

fn lane_name(kind: LaneKind) -> &'static str {
    let named = LaneKind::ALL.into_iter().find(|(other, _)| *other == kind);
    named.map_or("", |(_, name)| name)
}

fn rows_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let mut rows = session.heat_map_options().rows;
    let before = rows;
    let value = DragValue::new(&mut rows).range(10..=1000).suffix(" rows");
    // What is typed is one change, as a drag is.
    let value = value.update_while_editing(false);
    let response = ui.add(value);
    let response = response.on_hover_text("Rows in a column: drag, or click and type");
    let is_dragged = response.dragged();
    response.accessible_name("Rows");
    let combo = ComboBox::from_id_salt("rows").selected_text("").width(8.0);
    let response = list(ui, combo.height(LIST_HEIGHT), |ui| {
        choices(ui, &mut rows, |ui, rows| {
            for choice in ROWS {
                if option(ui, *rows == choice, &format!("{choice} rows")).clicked() {
                    *rows = choice;
                }
            }
        });
    });
    response.response.accessible_name("Usual numbers of rows");
    if rows != before {
        commands.push(match is_dragged {
            true => Command::DragRows(rows),
            false => Command::SetRows(rows),
        });
    }
}

fn columns_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let shown = session.heat_map_options().column_nanos;
    // Up to a day in nanoseconds: a double has them exactly.
    let mut nanos = shown as f64;
    let value = DragValue::new(&mut nanos)
        .speed(0.0)
        .update_while_editing(false)
        .custom_formatter(|nanos, _| length_text(nanos as u64))
        .custom_parser(move |text| match text.trim() == length_text(shown) {
            // Shown rounded, it is still what it was.
            true => Some(shown as f64),
            false => parse_length(text).ok().map(|nanos| nanos as f64),
        })
        .suffix(" columns");
    let response = ui.add(value);
    let hint = "How long a column is: click and type, such as 7.004 s or 250 ms";
    response.on_hover_text(hint).accessible_name("Columns");
    let mut chosen = nanos as u64;
    let combo = ComboBox::from_id_salt("columns").selected_text("");
    let response = list(ui, combo.height(LIST_HEIGHT).width(8.0), |ui| {
        choices(ui, &mut chosen, |ui, chosen| {
            for (nanos, name) in COLUMN_LENGTHS {
                if option(ui, *chosen == nanos, name).clicked() {
                    *chosen = nanos;
                }
            }
        });
    });
    response
        .response
        .on_hover_text("Usual lengths of columns")
        .accessible_name("Column length");
    if chosen != shown {
        commands.push(Command::SetColumn(chosen));
    }
}

/// As in the list, or in seconds, rounded to milliseconds where they are longer.
fn length_text(nanos: u64) -> String {
    let listed = COLUMN_LENGTHS
        .into_iter()
        .find(|(other, _)| *other == nanos);
    listed.map_or_else(
        || match nanos {
            0..NANOS_PER_SECOND => legend::millis_text(nanos),
            _ => format!("{} s", short_seconds(nanos)),
        },
        |(_, name)| name.to_owned(),
    )
}

fn groups_ui(ui: &mut Ui, session: &Session, look: HeatMapLook, commands: &mut Vec<Command>) {
    let name = |kind: Option<LaneKind>| match kind {
        None => format!("Bars: {}", session.view.unit().heading()),
        Some(kind) => format!("Bars: {}", lane_name(kind)),
    };
    let combo = ComboBox::from_id_salt("groups")
        .selected_text(name(look.groups))
        .width(110.0);
    let response = list(ui, combo, |ui| {
        let kinds = LaneKind::ALL.into_iter().map(|(kind, _)| Some(kind));
        entries(ui, commands, |ui, commands| {
            for kind in std::iter::once(None).chain(kinds) {
                let is_chosen = look.groups == kind;
                if option(ui, is_chosen, &name(kind)).clicked() {
                    commands.push(Command::SetGroups(kind));
                }
            }
        });
    });
    response
        .response
        .on_hover_text("What the bars above the columns are stacked by")
        .accessible_name("Bars stacked by");
    let Some(groups) = session.groups().filter(|_| look.groups.is_some()) else {
        return;
    };
    let quiet = strips::quiet(ui);
    let name = |group: usize| shortened(&groups.names[group], 20).into_owned();
    let is_others = |group: usize| groups.has_others() && group + 1 == groups.names.len();
    let own = (0..groups.names.len()).filter(|group| !is_others(*group));
    // Of very many colours a legend tells nothing; the tooltip of a bar names its own.
    for group in own.take(NAMED_GROUPS) {
        theme::swatch(ui, strips::group_color(groups, group, quiet));
        ui.weak(name(group));
    }
    if groups.names.len() > NAMED_GROUPS {
        ui.weak("…");
    }
    if groups.has_others() {
        let last = groups.names.len() - 1;
        theme::swatch(ui, strips::group_color(groups, last, quiet));
        ui.weak("others");
    }
}

/// No more groups of bars are named beside their list.
const NAMED_GROUPS: usize = 7;
