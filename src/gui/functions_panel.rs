//! The table of functions: self and total of each in the selection, and the details of one.

use super::changes_table;
use super::choices::GraphMode;
use super::command::Command;
use super::dividers::{self, Edge, Part};
use super::flame_graph::{amount_text, function_menu_ui, origin_of};
use super::measure::Unit;
use super::menus::{entries, menu};
use super::names;
use super::session::Session;
use super::sorting::{Heading, Sorting};
use super::table_rows::{FunctionRow, Order, TableLook};
use super::theme;
use crate::call_tree::FunctionTotals;
use crate::flame_graph::share;
use crate::load::Address;
use crate::palette::{self, FrameColors};
use crate::profile::{FrameId, FrameKind, StackId, count_of, with_thousands};
use crate::value_map::ratio_text;
use egui::emath::Rangef;
use egui::{Align, Layout, Rect, Sense, TextEdit, Ui, pos2, vec2};
use egui_extras::{Column, TableBuilder};
use std::cmp::Reverse;
use std::sync::Arc;

const HEADINGS: [Heading<Order>; 4] = [
    Heading {
        name: "Self",
        hint: "Samples that were in it and in nothing that it calls",
        order: Order::SelfWeight,
        is_of_names: false,
    },
    Heading {
        name: "Total",
        hint: "Samples with it anywhere in their stack",
        order: Order::TotalWeight,
        is_of_names: false,
    },
    Heading {
        name: "Ratio",
        hint: "With it anywhere in their stack: one counter's weights by the other's",
        order: Order::Ratio,
        is_of_names: false,
    },
    Heading {
        name: "Function",
        hint: "What it is called",
        order: Order::Name,
        is_of_names: true,
    },
];

/// What the panel keeps between frames.
#[derive(Default)]
pub(super) struct FunctionsPanel {
    pub(super) look: TableLook,
    /// The totals of the function whose details are shown, and what they are of.
    totals: Option<(Arc<Vec<FunctionRow>>, FrameId, Option<FunctionTotals>)>,
    /// Where a function counts for most, in the layout with this number.
    busiest: Option<(u64, FrameId, Option<StackId>)>,
    /// What a root has by itself and in all, in the flame graph with this number.
    of_root: Option<(u64, FrameId, (u64, u64))>,
}

/// How wide tables of functions and of changes are at least, in points.
const LEAST_TABLE: f32 = 220.0;
const LEAST_CHANGES: f32 = 290.0;

impl FunctionsPanel {
    /// Shows just what the search finds.
    pub(super) fn list_matches(&mut self) {
        self.look.only_found = true;
        self.look.narrowed.clear();
    }

    /// Draws the panel.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        colors: FrameColors,
        commands: &mut Vec<Command>,
    ) {
        ui.horizontal_wrapped(|ui| {
            let field = TextEdit::singleline(&mut self.look.narrowed)
                .hint_text("Narrow the list")
                .desired_width(150.0);
            ui.add(field)
                .accessible_name("Narrow the list of functions");
            let is_compared = session.choices.baseline.is_some();
            if !session.choices.search.is_empty() && !is_compared {
                theme::checkbox(ui, &mut self.look.only_found, "Found only")
                    .on_hover_text("Only functions that the search finds");
            }
            let count = match is_compared {
                true => session.tables.change_rows().map_or(0, |it| it.rows.len()),
                false => session.tables.function_rows().len(),
            };
            ui.weak(with_thousands(count as u64));
        });
        let marked = session.choices.marked;
        if let Some(frame) = marked {
            let part = Part::within(Edge::Bottom, "function details");
            let most = (ui.available_height() * 0.6).max(90.0);
            dividers::show(ui, part, 190.0, Rangef::new(80.0, most), |ui| {
                let busiest = self.busiest_call(session, frame);
                let totals = self.totals_of(session, frame);
                let of_root = match totals {
                    None => self.root_totals(session, frame),
                    Some(_) => (0, 0),
                };
                details_ui(ui, session, frame, (totals, of_root, busiest), commands);
                ui.take_available_space();
            });
        }
        egui::CentralPanel::no_frame().show(ui, |ui| match session.choices.baseline {
            Some(_) => scrolled(ui, LEAST_CHANGES, |ui| {
                changes_table::ui(ui, session, &mut self.look.changes, commands);
            }),
            None => scrolled(ui, LEAST_TABLE, |ui| {
                self.table_ui(ui, session, colors, commands)
            }),
        });
    }

    /// Looked for once a flame graph: nodes are many.
    fn busiest_call(&mut self, session: &Session, frame: FrameId) -> Option<StackId> {
        let version = session.layout.version;
        if let Some((of, known, call)) = self.busiest
            && (of, known) == (version, frame)
        {
            return call;
        }
        let (_, tree) = session.tree()?;
        let stacks = tree.main.stacks(&session.profile);
        let weights = &tree.main.tree.total_weight;
        let drawn = session.drawn_frame(frame);
        let is_call = |node: &usize| stacks.frame[*node] == drawn && weights[*node] > 0;
        let calls = (1..stacks.len()).filter(is_call);
        let busiest = calls.max_by_key(|node| (weights[*node], Reverse(*node)));
        let busiest = busiest.map(|node| StackId(node as u32));
        self.busiest = Some((version, frame, busiest));
        busiest
    }

    /// Looked for once a table: functions are many.
    fn totals_of(&mut self, session: &Session, frame: FrameId) -> Option<FunctionTotals> {
        let functions = session.tables.functions()?;
        if let Some((of, known, totals)) = &self.totals
            && Arc::ptr_eq(of, functions)
            && *known == frame
        {
            return *totals;
        }
        let mut totals = functions.iter().map(|row| row.totals);
        let totals = totals.find(|row| row.frame == frame);
        self.totals = Some((Arc::clone(functions), frame, totals));
        totals
    }

    /// The same for a root, which no table has.
    fn root_totals(&mut self, session: &Session, frame: FrameId) -> (u64, u64) {
        let version = session.layout.version;
        match self.of_root {
            Some((of, known, totals)) if (of, known) == (version, frame) => totals,
            _ => {
                let totals = root_totals(session, frame);
                self.of_root = Some((version, frame, totals));
                totals
            }
        }
    }

    fn table_ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        colors: FrameColors,
        commands: &mut Vec<Command>,
    ) {
        let Some((_, tree)) = session.tree() else {
            return;
        };
        let (selected, unit) = (tree.selected, session.view.unit());
        let number = Column::initial(66.0).at_least(50.0).resizable(true);
        let has_ratio = session.view.ratio_name().is_some();
        if !has_ratio && self.look.functions.by == Order::Ratio {
            self.look.functions = Sorting::default();
        }
        let table = TableBuilder::new(ui)
            // Columns that come and go have widths of their own.
            .id_salt(has_ratio)
            .striped(true)
            .cell_layout(Layout::left_to_right(Align::Center))
            // Keys go from name to name, not from cell to cell.
            .sense(Sense::CLICK)
            .columns(number, 2 + usize::from(has_ratio))
            .column(Column::remainder().at_least(80.0).clip(true))
            // What does not fit into a low panel would push the views away.
            .min_scrolled_height(0.0)
            .auto_shrink([false, false]);
        let table = table.header(20.0, |mut header| {
            let is_shown = |heading: &&Heading<Order>| has_ratio || heading.order != Order::Ratio;
            for heading in HEADINGS.iter().filter(is_shown) {
                header.col(|ui| self.look.functions.heading_ui(ui, heading));
            }
        });
        let rows = session.tables.function_rows();
        table.body(|body| {
            body.rows(18.0, rows.len(), |mut row| {
                let FunctionRow {
                    totals: function,
                    ratio,
                } = rows[row.index()];
                let is_marked = session.choices.marked == Some(function.frame);
                row.set_selected(is_marked);
                for amount in [function.self_weight, function.total_weight] {
                    row.col(|ui| bar_ui(ui, unit, amount, (selected, is_marked)));
                }
                if has_ratio {
                    let text = ratio.map_or("–".to_owned(), ratio_text);
                    row.col(|ui| {
                        theme::number(ui, &text);
                    });
                }
                let mut name = None;
                row.col(|ui| name = Some(name_ui(ui, session, function.frame, colors)));
                let response = name
                    .into_iter()
                    .fold(row.response(), |row, name| row | name);
                if response.clicked() {
                    commands.push(Command::Mark((!is_marked).then_some(function.frame)));
                }
                response.context_menu(|ui| {
                    entries(ui, commands, |ui, commands| {
                        function_menu_ui(ui, session, function.frame, commands);
                    });
                });
            });
        });
    }
}

/// Where the panel is narrower than a table can be, the table scrolls.
fn scrolled(ui: &mut Ui, least: f32, table: impl FnOnce(&mut Ui)) {
    if ui.available_width() >= least {
        return table(ui);
    }
    egui::ScrollArea::horizontal()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.set_width(least);
            table(ui);
        });
}

/// A number with a bar of its share behind it.
fn bar_ui(ui: &mut Ui, unit: Unit, amount: u64, (whole, is_marked): (u64, bool)) {
    let part = share(amount, whole) as f32;
    let area = ui.max_rect();
    let bar = Rect::from_min_max(
        area.min,
        pos2(area.left() + area.width() * part, area.bottom()),
    );
    ui.painter()
        .rect_filled(bar, 1.0, theme::bar_fill(ui.visuals(), is_marked));
    let text = format!("{:.2} %", part * 100.0);
    theme::number(ui, &text).on_hover_text(unit.text(amount));
}

fn name_ui(ui: &mut Ui, session: &Session, frame: FrameId, colors: FrameColors) -> egui::Response {
    let (profile, index) = (&session.profile, frame.index());
    let matches = session
        .tree()
        .and_then(|(_, tree)| tree.main.matches.as_ref());
    let color = match matches.is_some_and(|found| found.frames[index]) {
        true => palette::MATCH,
        false => palette::color_of(profile, colors.of_functions(), frame),
    };
    theme::swatch(ui, theme::color(color));
    let name = names::label(ui, &profile.frame_name(frame));
    // Functions of one name are told apart by where they are.
    name.on_hover_ui(|ui| {
        ui.strong(profile.frame_name(frame).into_owned());
        for line in origin_of(profile, frame) {
            ui.label(line);
        }
    })
}

/// All that is known of a function, and its most frequent stack.
fn details_ui(
    ui: &mut Ui,
    session: &Session,
    frame: FrameId,
    (totals, of_root, busiest): (Option<FunctionTotals>, (u64, u64), Option<StackId>),
    commands: &mut Vec<Command>,
) {
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.strong(session.profile.frame_name(frame).into_owned());
                menu(ui, "Actions", commands, |ui, commands| {
                    function_menu_ui(ui, session, frame, commands);
                });
                if ui.button("Close").clicked() {
                    commands.push(Command::Mark(None));
                }
            });
            for line in origin_of(&session.profile, frame) {
                ui.label(line);
            }
            let selected = session.tree().map_or(0, |(_, tree)| tree.selected);
            let (own, total) = match totals {
                Some(row) => (row.self_weight, row.total_weight),
                // All of it, and what stacks begin with, are in no table.
                None if frame == FrameId(0) => (0, selected),
                None => of_root,
            };
            ui.label(format!("Total {}", amount_text(session, total, selected)));
            ui.label(format!("Self {}", amount_text(session, own, selected)));
            let kind = session.profile.frames.kind[frame.index()];
            let is_code = !matches!(kind, FrameKind::All | FrameKind::Comm);
            if session.has_text && is_code && session.has_functions() {
                addresses_ui(ui, session, frame, commands);
            }
            path_ui(ui, session, busiest, commands);
        });
}

/// What one of the roots has by itself and in all.
fn root_totals(session: &Session, frame: FrameId) -> (u64, u64) {
    let Some((_, tree)) = session.tree() else {
        return (0, 0);
    };
    let (stacks, wanted) = (session.stacks(), session.drawn_frame(frame));
    let (own, total) = (&tree.main.tree.self_weight, &tree.main.tree.total_weight);
    let mut roots = stacks.callees(StackId::ROOT);
    let root = roots.find(|node| stacks.frame[node.index()] == wanted);
    let of_root = |weights: &[u64]| root.map_or(0, |node| weights[node.index()]);
    if session.choices.mode != GraphMode::Callers {
        return (of_root(own), of_root(total));
    }
    // There it ends stacks, and begins those that are nothing else.
    let ends = (0..stacks.len()).filter(|node| stacks.frame[*node] == wanted);
    (
        of_root(total),
        ends.fold(0, |sum: u64, node| sum.saturating_add(total[node])),
    )
}

/// Where in memory the function was, which is looked up in the file when it is asked for.
fn addresses_ui(ui: &mut Ui, session: &Session, frame: FrameId, commands: &mut Vec<Command>) {
    const SHOWN: usize = 12;
    ui.add_space(4.0);
    let found = match session.addresses.current() {
        Some((of, found)) if *of == frame => found,
        _ if session.addresses.awaited() == Some(&frame) => {
            ui.weak("Reading the file for its addresses …");
            return;
        }
        _ => {
            let button = ui.button("Find its addresses");
            if button.on_hover_text("Reads the file again").clicked() {
                commands.push(Command::FindAddresses(frame));
            }
            return;
        }
    };
    let found = match found {
        Ok(found) => found,
        Err(problem) => {
            ui.colored_label(ui.visuals().error_fg_color, problem);
            return;
        }
    };
    let text = |found: &Address| {
        let times = count_of(found.count, "time");
        format!("{:#x}  {times}", found.address)
    };
    ui.horizontal(|ui| {
        let count = with_thousands(found.len() as u64);
        ui.weak(format!("Addresses in the whole file: {count}"));
        if !found.is_empty() && ui.small_button("Copy").clicked() {
            let lines: Vec<String> = found.iter().map(text).collect();
            commands.push(Command::CopyText(lines.join("\n")));
        }
    });
    for address in found.iter().take(SHOWN) {
        ui.monospace(text(address));
    }
    if found.len() > SHOWN {
        ui.weak(format!(
            "and {} more",
            with_thousands((found.len() - SHOWN) as u64)
        ));
    }
}

/// The way from the root to where the function counts for most.
fn path_ui(ui: &mut Ui, session: &Session, busiest: Option<StackId>, commands: &mut Vec<Command>) {
    let stacks = session.stacks();
    let Some(busiest) = busiest.filter(|node| node.index() < stacks.len()) else {
        ui.weak("Not in the flame graph as it is shown.");
        return;
    };
    ui.add_space(4.0);
    ui.weak("Most often called so, from the root:");
    let mut path: Vec<_> = stacks.path_up(busiest).collect();
    path.reverse();
    for node in path {
        let name = session.drawn().frame_name(stacks.frame[node.index()]);
        let indent = stacks.depth[node.index()].min(24) as f32 * 4.0;
        ui.horizontal(|ui| {
            ui.allocate_exact_size(vec2(indent, 1.0), Sense::hover());
            if names::link(ui, &name, "Zoom to it").clicked() {
                commands.push(Command::Zoom(node));
            }
        });
    }
}
