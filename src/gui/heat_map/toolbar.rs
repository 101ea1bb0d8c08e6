//! What chooses the heat map's shape and colours, and the legend.

use super::{COLUMN_LENGTHS, HeatMapLook, color_bar_ui};
use crate::gui::command::Command;
use crate::gui::measure::{Measure, Unit};
use crate::gui::session::Session;
use crate::heat_map::{Cell, HeatMap};
use crate::lanes::LaneKind;
use crate::profile::format_seconds;
use crate::value_map::Value;
use egui::{ComboBox, DragValue, Ui};

/// Rows that fit usual sampling rates: 49 for `perf record -F 49`.
const ROWS: [u32; 9] = [10, 25, 49, 50, 99, 100, 200, 500, 1000];

/// Draws it. `ends` are the count or value that has the last colour, and the largest value.
pub(super) fn ui(
    ui: &mut Ui,
    session: &Session,
    look: HeatMapLook,
    ends: (f64, f64),
    is_zoomed: bool,
    commands: &mut Vec<Command>,
) {
    ui.horizontal_wrapped(|ui| {
        lanes_ui(ui, session, commands);
        if session.choices.lanes.is_none() {
            rows_ui(ui, session, commands);
        }
        columns_ui(ui, session, commands);
        groups_ui(ui, look, commands);
        if !session.choices.search.is_empty() {
            let mut wanted = session.wanted.matched;
            let hint = "Colour each cell by how much of it the search has found (h)";
            let checkbox = ui.checkbox(&mut wanted, "Show search").on_hover_text(hint);
            if checkbox.changed() {
                commands.push(Command::ToggleMatched);
            }
        }
        if session.choices.view.measure == Measure::Samples && session.choices.lanes.is_none() {
            let mut wanted = session.wanted.difference;
            let hint = "Colour each cell by how unlike the baseline its functions are: what a \
                selection is compared with, or else all of the profile (u)";
            let checkbox = ui.checkbox(&mut wanted, "Difference").on_hover_text(hint);
            if checkbox.changed() {
                commands.push(Command::ToggleDifference);
            }
        }
        if is_zoomed {
            let fit = ui.button("Fit").on_hover_text("Show the whole profile (0)");
            if fit.clicked() {
                commands.push(Command::FitHeatMap);
            }
        }
        if let Ok(map) = &session.view.heat_map {
            legend_ui(ui, session, map, look, ends);
        }
    });
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
    let response = combo.show_ui(ui, |ui| {
        let kinds = LaneKind::ALL.into_iter().map(|(kind, _)| Some(kind));
        for kind in std::iter::once(None).chain(kinds) {
            if ui.selectable_label(shown == kind, name(kind)).clicked() {
                commands.push(Command::SetLanes(kind));
            }
        }
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
    let response = ui.add(value);
    let response = response.on_hover_text("Rows in a column: drag, or click and type");
    response.accessible_name("Rows");
    let combo = ComboBox::from_id_salt("rows").selected_text("").width(8.0);
    let response = combo.show_ui(ui, |ui| {
        for choice in ROWS {
            ui.selectable_value(&mut rows, choice, format!("{choice} rows"));
        }
    });
    response.response.accessible_name("Usual numbers of rows");
    if rows != before {
        commands.push(Command::SetRows(rows));
    }
}

fn columns_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let shown = session.heat_map_options().column_nanos;
    let combo = ComboBox::from_id_salt("columns")
        .selected_text(format!("{} columns", length_text(shown)))
        .width(100.0);
    let response = combo.show_ui(ui, |ui| {
        for (nanos, name) in COLUMN_LENGTHS {
            if ui.selectable_label(shown == nanos, name).clicked() {
                commands.push(Command::SetColumn(nanos));
            }
        }
    });
    response
        .response
        .on_hover_text("How long a column is")
        .accessible_name("Column length");
}

/// As in the list, or in seconds.
pub(super) fn length_text(nanos: u64) -> String {
    let listed = COLUMN_LENGTHS
        .into_iter()
        .find(|(other, _)| *other == nanos);
    listed.map_or_else(
        || format!("{} s", format_seconds(nanos)),
        |(_, name)| name.to_owned(),
    )
}

fn groups_ui(ui: &mut Ui, look: HeatMapLook, commands: &mut Vec<Command>) {
    let name = |kind: Option<LaneKind>| match kind {
        None => "Bars: samples".to_owned(),
        Some(kind) => format!("Bars: {}", lane_name(kind)),
    };
    let combo = ComboBox::from_id_salt("groups")
        .selected_text(name(look.groups))
        .width(110.0);
    let response = combo.show_ui(ui, |ui| {
        let kinds = LaneKind::ALL.into_iter().map(|(kind, _)| Some(kind));
        for kind in std::iter::once(None).chain(kinds) {
            if ui
                .selectable_label(look.groups == kind, name(kind))
                .clicked()
            {
                commands.push(Command::SetGroups(kind));
            }
        }
    });
    response
        .response
        .on_hover_text("What the bars above the columns are stacked by")
        .accessible_name("Bars stacked by");
}

/// What the colours stand for.
fn legend_ui(
    ui: &mut Ui,
    session: &Session,
    map: &HeatMap,
    look: HeatMapLook,
    (top, largest): (f64, f64),
) {
    let weak = |ui: &mut Ui, text: String| {
        ui.add(egui::Label::new(egui::RichText::new(text).weak()).extend());
    };
    let (ramp, scale) = (look.ramp, look.scale);
    let is_offsets = session.choices.lanes.is_none();
    if let Some(values) = session.values().filter(|_| is_offsets) {
        let what = match &values.value {
            Value::Difference => {
                "Difference from the baseline (0 as by chance, 1 wholly)".to_owned()
            }
            other => other.legend(),
        };
        weak(ui, format!("{what}:  0"));
        color_bar_ui(ui, |at| values.color(ramp, scale, at * top, top));
        let more = match largest > top {
            true => format!(" or more (at most {})", values.value.text(largest)),
            false => String::new(),
        };
        weak(ui, format!("{}{more}", values.value.text(top)));
        return;
    }
    if session.matched().is_some() && is_offsets {
        weak(ui, "Found in each cell:  0".to_owned());
        color_bar_ui(ui, |at| ramp.color((at * 255.0).round() as u64, 255));
        weak(ui, "100 %".to_owned());
        return;
    }
    let unit = session.view.unit();
    let what = match unit {
        Unit::Samples => "Samples",
        Unit::Events => "Events (sum of periods)",
        Unit::Micros => "Time off the CPUs, of all threads,",
    };
    let nanos = match session.lanes() {
        Some(lanes) => map.options.column_nanos / u64::from(lanes.options.slots),
        None => map.range_of(Cell { column: 0, row: 0 }).nanos(),
    };
    let top = top.round() as u64;
    weak(ui, format!("{what} in each {}:  0", millis_text(nanos)));
    color_bar_ui(ui, |at| {
        let count = (at * top as f64).round() as u64;
        scale.color(ramp, count, top)
    });
    let max = session.lanes().map_or(map.max, |lanes| lanes.max);
    let more = match max > top {
        true => format!(" or more (the busiest has {})", unit.short(max)),
        false => String::new(),
    };
    weak(ui, format!("{}{more}", unit.short(top)));
}

/// `20 ms`, `20.408 ms`, `1.2 s`.
fn millis_text(nanos: u64) -> String {
    let (nanos, unit) = match nanos {
        0..1_000_000_000 => (nanos * 1000, "ms"),
        _ => (nanos, "s"),
    };
    let text = format_seconds(nanos);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let short = text
        .find('.')
        .map_or(text, |dot| &text[..text.len().min(dot + 4)]);
    format!("{short} {unit}")
}
