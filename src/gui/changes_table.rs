//! The table of changes: each function in the selection and in what it is compared with. It takes
//! the place of the table of functions while there is a comparison.

use super::command::Command;
use super::measure::Unit;
use super::names;
use super::session::Session;
use super::sorting::{Heading, Sorting};
use super::table_rows::ChangeOrder;
use super::tables::ChangeRows;
use super::theme;
use crate::difference::{Normalization, change, duration};
use crate::export::times_text;
use crate::flame_graph::share;
use crate::palette;
use crate::profile::printable;
use crate::search::exactly;
use egui::{Align, Layout, Sense, Ui};
use egui_extras::{Column, TableBuilder};

const HEADINGS: [Heading<ChangeOrder>; 5] = [
    Heading {
        name: "Selection",
        hint: "Share of the selection; by time, how many a second",
        order: ChangeOrder::Selection,
        is_of_names: false,
    },
    Heading {
        name: "Baseline",
        hint: "Share of the baseline; by time, how many a second",
        order: ChangeOrder::Baseline,
        is_of_names: false,
    },
    Heading {
        name: "Times",
        hint: "How many times as much as in the baseline",
        order: ChangeOrder::Ratio,
        is_of_names: false,
    },
    Heading {
        name: "Sure",
        hint: "How sure it is that this is no chance, among so many functions",
        order: ChangeOrder::Confidence,
        is_of_names: false,
    },
    Heading {
        name: "Function",
        hint: "What it is called",
        order: ChangeOrder::Name,
        is_of_names: true,
    },
];

/// Draws the table.
pub(super) fn ui(
    ui: &mut Ui,
    session: &Session,
    sorting: &mut Sorting<ChangeOrder>,
    commands: &mut Vec<Command>,
) {
    let Some((_, tree)) = session.tree() else {
        return;
    };
    let Some(ChangeRows {
        names: profile,
        rows,
    }) = session.tables.change_rows()
    else {
        ui.weak(match session.tables.is_comparing() {
            true => "Comparing …",
            false => "Select a part of the profile to compare it with the rest.",
        });
        return;
    };
    let (now, before) = match by_time(session) {
        Some(seconds) => (
            Per::Seconds(seconds),
            // As the scale is how many times as long the selection is.
            Per::Seconds(seconds / tree.scale.max(f64::MIN_POSITIVE)),
        ),
        None => (Per::Whole(tree.selected), Per::Whole(tree.compared)),
    };
    let unit = session.view.unit();
    let number = |width| Column::initial(width).at_least(36.0).resizable(true);
    let table = TableBuilder::new(ui)
        .striped(true)
        .cell_layout(Layout::left_to_right(Align::Center))
        // Keys go from name to name, not from cell to cell.
        .sense(Sense::CLICK)
        .columns(number(52.0), 2)
        .column(number(40.0))
        .column(number(48.0))
        .column(Column::remainder().at_least(80.0).clip(true))
        // What does not fit into a low panel would push the views away.
        .min_scrolled_height(0.0)
        .auto_shrink([false, false]);
    let table = table.header(20.0, |mut header| {
        for heading in &HEADINGS {
            header.col(|ui| sorting.heading_ui(ui, heading));
        }
    });
    let scale = tree.scale;
    let marked = session.choices.marked;
    let marked = marked.map(|frame| session.profile.frame_name(frame));
    let pattern = session.pattern();
    table.body(|body| {
        body.rows(18.0, rows.len(), |mut row| {
            let function = &rows[row.index()];
            let name = printable(profile.strings.get(function.name));
            let is_searched = session.choices.search == exactly(&name);
            row.set_selected(is_searched || marked.as_deref() == Some(&*name));
            row.col(|ui| amount_ui(ui, unit, function.selection, now));
            row.col(|ui| amount_ui(ui, unit, function.baseline, before));
            row.col(|ui| {
                theme::number(ui, &times_text(function));
            });
            row.col(|ui| {
                theme::number(ui, &sure_text(function.confidence));
            });
            let mut is_clicked = false;
            row.col(|ui| {
                let expected = function.baseline as f64 * scale;
                let change = change(function.selection, expected);
                theme::swatch(ui, theme::change_color(change, ui.visuals()));
                if pattern.is_some_and(|pattern| pattern.is_match(&name)) {
                    theme::swatch(ui, theme::color(palette::MATCH));
                }
                let label = names::label(ui, &name).on_hover_text(&*name);
                is_clicked = label.clicked();
            });
            if row.response().clicked() || is_clicked {
                commands.push(Command::Search(match is_searched {
                    true => String::new(),
                    false => exactly(&name),
                }));
            }
        });
    });
}

/// What amounts are told as a part of.
#[derive(Debug, Clone, Copy)]
enum Per {
    /// All of that side.
    Whole(u64),
    /// Its length.
    Seconds(f64),
}

/// How long the selection is, where sides are compared by time.
fn by_time(session: &Session) -> Option<f64> {
    let baseline = session.choices.baseline.as_ref()?;
    let nanos = duration(&session.profile, &session.shown_selection());
    (baseline.normalization == Normalization::Time).then_some(nanos as f64 / 1e9)
}

fn amount_ui(ui: &mut Ui, unit: Unit, amount: u64, per: Per) {
    let text = match per {
        Per::Whole(whole) => format!("{:.2} %", 100.0 * share(amount, whole)),
        Per::Seconds(seconds) => format!("{:.3}/s", amount as f64 / seconds.max(1e-9)),
    };
    theme::number(ui, &text).on_hover_text(unit.text(amount));
}

/// Never more sure than it is.
fn sure_text(confidence: f64) -> String {
    match confidence {
        0.999.. => "> 99.9 %".to_owned(),
        _ => format!("{:.1} %", (confidence * 1000.0).floor().max(0.0) / 10.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_never_rounded_up() {
        let texts = [0.0, 0.9499, 0.99899, 0.9999].map(sure_text);
        assert_eq!(texts, ["0.0 %", "94.9 %", "99.8 %", "> 99.9 %"]);
    }
}
