//! The table of functions: self and total of each in the selection, and the details of one.

use super::changes_table::ChangesTable;
use super::command::Command;
use super::flame_graph::{amount_text, function_menu_ui, origin_of};
use super::measure::Unit;
use super::session::Session;
use super::theme;
use crate::call_tree::FunctionTotals;
use crate::export::{count_of, with_thousands};
use crate::flame_graph::share;
use crate::load::Address;
use crate::palette::{self, FrameColors};
use crate::profile::{FrameId, FrameKind, StackId};
use egui::{Align, Layout, Rect, Sense, TextEdit, Ui, pos2, vec2};
use egui_extras::{Column, TableBuilder};
use std::cmp::Reverse;
use std::sync::Arc;

/// What the rows are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Order {
    #[default]
    SelfWeight,
    TotalWeight,
    Name,
}

/// What the panel keeps between frames.
#[derive(Default)]
pub(super) struct FunctionsPanel {
    order: Order,
    /// Smallest first; of names, the last first.
    is_reversed: bool,
    narrowed: String,
    only_found: bool,
    /// What is shown instead while there is a comparison.
    changes: ChangesTable,
    /// The rows in order, and what they were made of.
    rows: Vec<FunctionTotals>,
    of: Option<(Arc<Vec<FunctionTotals>>, RowsKey)>,
    /// Where a function counts for most, in the layout with this number.
    busiest: Option<(u64, FrameId, Option<StackId>)>,
}

#[derive(PartialEq)]
struct RowsKey {
    order: Order,
    /// Smallest first; of names, the last first.
    is_reversed: bool,
    narrowed: String,
    only_found: bool,
    search: String,
}

impl FunctionsPanel {
    /// Shows just what the search finds.
    pub(super) fn list_matches(&mut self) {
        self.only_found = true;
        self.narrowed.clear();
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
            let field = TextEdit::singleline(&mut self.narrowed)
                .hint_text("Narrow the list")
                .desired_width(150.0);
            ui.add(field)
                .accessible_name("Narrow the list of functions");
            let is_compared = session.choices.baseline.is_some();
            if !session.choices.search.is_empty() && !is_compared {
                ui.checkbox(&mut self.only_found, "Found only")
                    .on_hover_text("Only functions that the search finds");
            }
            let count = if is_compared {
                self.changes.len()
            } else {
                self.rows.len()
            };
            ui.weak(with_thousands(count as u64));
        });
        if session.choices.baseline.is_some() {
            self.changes.update(session, &self.narrowed.to_lowercase());
        }
        self.update(session);
        let marked = session.choices.marked;
        if let Some(frame) = marked {
            egui::Panel::bottom("function details")
                .resizable(true)
                .default_size(190.0)
                .size_range(80.0..=500.0)
                .show(ui, |ui| {
                    let busiest = self.busiest_call(session, frame);
                    details_ui(ui, session, frame, busiest, commands);
                    ui.take_available_space();
                });
        }
        egui::CentralPanel::no_frame().show(ui, |ui| match session.choices.baseline {
            Some(_) => self.changes.ui(ui, session, commands),
            None => self.table_ui(ui, session, colors, commands),
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

    fn update(&mut self, session: &Session) {
        let Some(functions) = session.functions() else {
            // What is known may be of another profile, whose frames have other numbers.
            self.rows.clear();
            self.of = None;
            return;
        };
        // What is being typed may not have been searched for yet.
        let tree = session.tree();
        let search = tree.map_or("", |(key, _)| key.search.as_str());
        let matches = tree.and_then(|(_, tree)| tree.main.matches.as_ref());
        let key = RowsKey {
            order: self.order,
            is_reversed: self.is_reversed,
            narrowed: self.narrowed.clone(),
            only_found: self.only_found && !search.is_empty(),
            search: search.to_owned(),
        };
        let is_current = |(of, with): &(Arc<Vec<FunctionTotals>>, RowsKey)| {
            Arc::ptr_eq(of, functions) && *with == key
        };
        if self.of.as_ref().is_some_and(is_current) {
            return;
        }
        let narrowed = key.narrowed.to_lowercase();
        let is_wanted = |row: &&FunctionTotals| {
            let name = || session.profile.frame_name(row.frame).to_lowercase();
            let is_found = matches.is_some_and(|found| found.frames[row.frame.index()]);
            (narrowed.is_empty() || name().contains(&narrowed)) && (!key.only_found || is_found)
        };
        let mut rows: Vec<FunctionTotals> = functions.iter().filter(is_wanted).copied().collect();
        match self.order {
            // They come so.
            Order::SelfWeight => {}
            Order::TotalWeight => {
                rows.sort_by_key(|row| (Reverse((row.total_weight, row.self_weight)), row.frame));
            }
            // Frames are in order of their names.
            Order::Name => rows.sort_by_key(|row| row.frame),
        }
        if self.is_reversed {
            rows.reverse();
        }
        self.rows = rows;
        self.of = Some((Arc::clone(functions), key));
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
        let table = TableBuilder::new(ui)
            .striped(true)
            .cell_layout(Layout::left_to_right(Align::Center))
            // Keys go from name to name, not from cell to cell.
            .sense(Sense::CLICK)
            .column(number)
            .column(number)
            .column(Column::remainder().at_least(80.0).clip(true))
            .auto_shrink([false, false]);
        let table = table.header(20.0, |mut header| {
            for (name, order) in [
                ("Self", Order::SelfWeight),
                ("Total", Order::TotalWeight),
                ("Function", Order::Name),
            ] {
                header.col(|ui| self.heading_ui(ui, name, order));
            }
        });
        let rows = &self.rows;
        table.body(|body| {
            body.rows(18.0, rows.len(), |mut row| {
                let function = rows[row.index()];
                row.set_selected(session.choices.marked == Some(function.frame));
                row.col(|ui| bar_ui(ui, unit, function.self_weight, selected));
                row.col(|ui| bar_ui(ui, unit, function.total_weight, selected));
                let mut name = None;
                row.col(|ui| name = Some(name_ui(ui, session, function.frame, colors)));
                let response = name
                    .into_iter()
                    .fold(row.response(), |row, name| row | name);
                if response.clicked() {
                    let is_marked = session.choices.marked == Some(function.frame);
                    commands.push(Command::Mark((!is_marked).then_some(function.frame)));
                }
                response.context_menu(|ui| function_menu_ui(ui, session, function.frame, commands));
            });
        });
    }

    fn heading_ui(&mut self, ui: &mut Ui, name: &str, order: Order) {
        let is_chosen = self.order == order;
        let hint = match (order, is_chosen && !self.is_reversed) {
            (Order::Name, true) => "Order by name, Z first",
            (Order::Name, false) => "Order by name, A first",
            (_, true) => "Order by this, smallest first",
            (_, false) => "Order by this, largest first",
        };
        let text = egui::RichText::new(name).strong();
        let button = egui::Button::selectable(is_chosen, text);
        if ui.add(button).on_hover_text(hint).clicked() {
            self.is_reversed = is_chosen && !self.is_reversed;
            self.order = order;
        }
    }
}

/// A number with a bar of its share behind it.
fn bar_ui(ui: &mut Ui, unit: Unit, amount: u64, whole: u64) {
    let part = share(amount, whole) as f32;
    let area = ui.max_rect();
    let bar = Rect::from_min_max(
        area.min,
        pos2(area.left() + area.width() * part, area.bottom()),
    );
    ui.painter()
        .rect_filled(bar, 1.0, theme::bar_fill(ui.visuals()));
    ui.label(format!("{:.2} %", part * 100.0))
        .on_hover_text(unit.text(amount));
}

fn name_ui(ui: &mut Ui, session: &Session, frame: FrameId, colors: FrameColors) -> egui::Response {
    let (profile, index) = (&session.profile, frame.index());
    let text = |id| profile.strings.get(id);
    let (name, module) = (profile.frames.name[index], profile.frames.module[index]);
    let matches = session
        .tree()
        .and_then(|(_, tree)| tree.main.matches.as_ref());
    let color = match matches.is_some_and(|found| found.frames[index]) {
        true => palette::MATCH,
        false => colors
            .of_functions()
            .color(profile.frames.kind[index], text(name), text(module)),
    };
    theme::swatch(ui, theme::color(color));
    let label = egui::Label::new(profile.frame_name(frame).into_owned()).truncate();
    let name = ui.add(label.selectable(false).sense(Sense::click()));
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
    busiest: Option<StackId>,
    commands: &mut Vec<Command>,
) {
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.strong(session.profile.frame_name(frame).into_owned());
                ui.menu_button("Actions", |ui| {
                    function_menu_ui(ui, session, frame, commands)
                });
                if ui.button("Close").clicked() {
                    commands.push(Command::Mark(None));
                }
            });
            for line in origin_of(&session.profile, frame) {
                ui.label(line);
            }
            let functions = session.functions();
            let row = functions.and_then(|rows| rows.iter().find(|row| row.frame == frame));
            let selected = session.tree().map_or(0, |(_, tree)| tree.selected);
            let (own, total) = match row {
                Some(row) => (row.self_weight, row.total_weight),
                // All of it is in no table.
                None if frame == FrameId(0) => (0, selected),
                None => (0, 0),
            };
            ui.label(format!("Total {}", amount_text(session, total, selected)));
            ui.label(format!("Self {}", amount_text(session, own, selected)));
            let kind = session.profile.frames.kind[frame.index()];
            let is_code = !matches!(kind, FrameKind::All | FrameKind::Comm);
            if session.has_text && is_code {
                addresses_ui(ui, session, frame, commands);
            }
            path_ui(ui, session, busiest, commands);
        });
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
            // Long names do not make the panel wider.
            ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
            ui.allocate_exact_size(vec2(indent, 1.0), Sense::hover());
            let link = ui.add(egui::Link::new(name.into_owned()));
            if link.on_hover_text("Zoom to it").clicked() {
                commands.push(Command::Zoom(node));
            }
        });
    }
}
