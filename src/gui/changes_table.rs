//! The table of changes: each function in the selection and in what it is compared with. It takes
//! the place of the table of functions while there is a comparison.

use super::command::Command;
use super::measure::Unit;
use super::session::{Session, exactly};
use super::theme;
use crate::difference::{FunctionChange, Normalization, change, duration};
use crate::export::times_text;
use crate::flame_graph::share;
use crate::profile::printable;
use egui::{Align, Layout, Sense, Ui};
use egui_extras::{Column, TableBuilder};
use std::cmp::Ordering;
use std::sync::Arc;

/// What the rows are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Order {
    /// How sure a change is.
    #[default]
    Confidence,
    Selection,
    Baseline,
    Ratio,
    Name,
}

const COLUMNS: [(&str, &str, Order); 5] = [
    (
        "Now",
        "Share of the selection; by time, how many a second",
        Order::Selection,
    ),
    (
        "Before",
        "Share of the baseline; by time, how many a second",
        Order::Baseline,
    ),
    (
        "Times",
        "How many times as much as in the baseline",
        Order::Ratio,
    ),
    (
        "Sure",
        "How sure it is that this is no chance, among so many functions",
        Order::Confidence,
    ),
    ("Function", "By name", Order::Name),
];

/// What the table keeps between frames.
#[derive(Default)]
pub(super) struct ChangesTable {
    order: Order,
    is_reversed: bool,
    rows: Vec<FunctionChange>,
    /// What the rows were made of.
    of: Option<(Arc<Vec<FunctionChange>>, Order, bool, String)>,
}

impl ChangesTable {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Makes the rows whose names hold `narrowed`, in lower case.
    pub(super) fn update(&mut self, session: &Session, narrowed: &str) {
        let Some(changes) = session.changes() else {
            self.rows.clear();
            self.of = None;
            return;
        };
        let (order, is_reversed) = (self.order, self.is_reversed);
        let is_current = self.of.as_ref().is_some_and(|(of, by, reversed, with)| {
            Arc::ptr_eq(of, changes) && (*by, *reversed) == (order, is_reversed) && with == narrowed
        });
        if is_current {
            return;
        }
        let names = session.drawn();
        let name = |change: &FunctionChange| printable(names.strings.get(change.name));
        let is_wanted = |change: &&FunctionChange| {
            narrowed.is_empty() || name(change).to_lowercase().contains(narrowed)
        };
        let mut rows: Vec<FunctionChange> = changes.iter().filter(is_wanted).cloned().collect();
        // Of equals, those stay first that tell most.
        let larger = |by: fn(&FunctionChange) -> f64| {
            move |one: &FunctionChange, other: &FunctionChange| by(other).total_cmp(&by(one))
        };
        match order {
            // They come so.
            Order::Confidence => {}
            Order::Selection => rows.sort_by(larger(|change| change.selection as f64)),
            Order::Baseline => rows.sort_by(larger(|change| change.baseline as f64)),
            Order::Ratio => rows.sort_by(larger(|change| change.effect)),
            Order::Name => rows.sort_by(|one, other| match name(one).cmp(&name(other)) {
                Ordering::Equal => one.name.cmp(&other.name),
                unequal => unequal,
            }),
        }
        if is_reversed {
            rows.reverse();
        }
        self.rows = rows;
        let made_of = (Arc::clone(changes), order, is_reversed, narrowed.to_owned());
        self.of = Some(made_of);
    }

    /// Draws the table.
    pub(super) fn ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some((_, tree)) = session.tree() else {
            return;
        };
        if session.changes().is_none() {
            ui.weak(match session.is_comparing() {
                true => "Comparing …",
                false => "Select a part of the profile to compare it with the rest.",
            });
            return;
        }
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
            .auto_shrink([false, false]);
        let table = table.header(20.0, |mut header| {
            for (name, hint, order) in COLUMNS {
                header.col(|ui| self.heading_ui(ui, name, hint, order));
            }
        });
        let (rows, scale) = (&self.rows, tree.scale);
        table.body(|body| {
            body.rows(18.0, rows.len(), |mut row| {
                let function = &rows[row.index()];
                row.col(|ui| amount_ui(ui, unit, function.selection, now));
                row.col(|ui| amount_ui(ui, unit, function.baseline, before));
                row.col(|ui| {
                    ui.label(times_text(function));
                });
                row.col(|ui| {
                    ui.label(sure_text(function.confidence));
                });
                let name = printable(session.drawn().strings.get(function.name));
                let mut is_clicked = false;
                row.col(|ui| {
                    let expected = function.baseline as f64 * scale;
                    let change = change(function.selection, expected);
                    theme::swatch(ui, theme::change_color(change, ui.visuals()));
                    let label = egui::Label::new(&*name).truncate();
                    let label = label.selectable(false).sense(Sense::click());
                    is_clicked = ui.add(label).clicked();
                });
                if row.response().clicked() || is_clicked {
                    let exactly = exactly(&name);
                    let is_found = session.choices.search == exactly;
                    let search = if is_found { String::new() } else { exactly };
                    commands.push(Command::Search(search));
                }
            });
        });
    }

    fn heading_ui(&mut self, ui: &mut Ui, name: &str, hint: &str, order: Order) {
        let is_chosen = self.order == order;
        let text = egui::RichText::new(name).strong();
        let button = egui::Button::selectable(is_chosen, text);
        if ui.add(button).on_hover_text(hint).clicked() {
            self.is_reversed = is_chosen && !self.is_reversed;
            self.order = order;
        }
    }
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
    ui.label(text).on_hover_text(unit.text(amount));
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
