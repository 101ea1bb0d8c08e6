//! The flame graph: what it shows of the selection, its boxes, search, zoom, details.

mod bar;
mod details;
mod keys;
mod menu;
mod picture;
mod wheel;

pub(super) use details::{amount_text, origin_of};
pub(super) use menu::function_ui as function_menu_ui;

use super::choices::{Baseline, GraphMode};
use super::command::Command;
use super::menus::entries;
use super::names;
use super::panes;
use super::session::Session;
use super::theme;
use crate::export::NO_STACKS;
use crate::flame_graph::SiblingOrder;
use crate::palette::{self, FrameColors};
use crate::profile::{FrameId, Profile, StackId, count_of};
use crate::session_file::FrameName;
use bar::BAR_HEIGHT;
use details::{Named, amount, legend_ui, merged_tooltip_ui, named_colors, numbers, tooltip_ui};
use egui::{Color32, Rect, Sense, Ui, pos2};
use picture::{Direction, Picture};
use std::sync::{Arc, Weak};

/// The field of the search.
pub(super) fn search_id() -> egui::Id {
    egui::Id::unique("search")
}

/// All boxes together, which have the keyboard as one.
fn boxes_id() -> egui::Id {
    egui::Id::unique("flame graph boxes")
}

/// How the flame graph looks, which is kept from one start to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FlameGraphLook {
    /// The root at the top.
    pub(super) icicle: bool,
    pub(super) colors: FrameColors,
    pub(super) order: SiblingOrder,
}

/// What the view keeps between frames.
#[derive(Default)]
pub(super) struct FlameGraphView {
    /// The box under the pointer: its function, and what it counts for.
    hovered: Option<Pointed>,
    pub(super) focus_search: bool,
    /// Which of the boxes that the search found is shown.
    match_at: Option<usize>,
    /// Whether to go on to the next of them (`true`) or back, once they are laid out.
    match_step: Option<bool>,
    /// What the search found in the zoomed node, in the layout with this number.
    matched_in_zoom: Option<(u64, u64)>,
    /// Whether to bring that box in sight.
    reveal_match: bool,
    /// The layout that was last drawn, and when its transition began.
    transition: (u64, f64),
    /// The colour of each frame, and what it was made of.
    colors: Option<(Weak<Profile>, FrameColors, Vec<Color32>)>,
    /// What is named in the legend, in the layout with this number and these colours.
    legend: Option<(u64, FrameColors, Vec<Named>)>,
    /// The box that the arrow keys have come to, of the layout with this number.
    cursor: Option<(u64, usize)>,
    /// The box whose menu was opened last and, if that was by a key, where.
    menu_of: Option<(Pointed, Option<egui::Pos2>)>,
    /// Whether that key has just been pressed.
    opens_menu: bool,
    /// What was zoomed to when it was last brought in sight.
    revealed: Vec<FrameName>,
    /// How high the boxes and their room were, where the root is at the bottom.
    placed: (f32, f32),
    /// How much of the boxes was out of sight below their room.
    out_of_sight_below: f32,
    /// How far the wheel has been turned for the next step of zoom, as a factor; 0 at first.
    turned: f32,
    /// Where the boxes' room begins, in points from the top, if their root is at its other end.
    far_end: Option<f32>,
}

/// A box that is pointed at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pointed {
    pub(super) node: StackId,
    pub(super) frame: FrameId,
    pub(super) pane: Pane,
}

/// Which of the pictures that are shown together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Pane {
    /// The flame graph; of a sandwich its callees.
    Main,
    /// A sandwich's callers.
    Callers,
    /// What ran, beside the time off the CPUs.
    OnCpu,
}

impl FlameGraphView {
    /// To be called when another profile is shown: nodes are others there.
    pub(super) fn forget_nodes(&mut self) {
        self.hovered = None;
        self.match_at = None;
        self.cursor = None;
        self.matched_in_zoom = None;
        self.menu_of = None;
        self.legend = None;
    }

    /// The end of the boxes' room that is far from their root, if that is the upper one.
    pub(super) fn far_end(&self) -> Option<f32> {
        self.far_end
    }

    /// Goes to the next box that the search found, or to the one before.
    pub(super) fn step_match(&mut self, forward: bool) {
        self.match_step = Some(forward);
    }

    fn take_match_step(&mut self, session: &Session, commands: &mut Vec<Command>) {
        let Some(forward) = self.match_step.take() else {
            return;
        };
        let count = picture::matched_boxes(session).len();
        if count > 0 {
            let step = if forward { 1 } else { count - 1 };
            let next = self.match_at.map(|at| (at + step) % count);
            self.match_at = Some(next.unwrap_or(if forward { 0 } else { count - 1 }));
            self.reveal_match = true;
        } else if session.zoomed_node() != StackId::ROOT && has_matches(session) {
            // They are outside of the zoom: it is left, and then gone to one of them.
            commands.push(Command::Zoom(StackId::ROOT));
            self.match_step = Some(forward);
        }
    }

    /// Draws the bar of selection and search, the boxes, and the line of details.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        session: &mut Session,
        look: FlameGraphLook,
        commands: &mut Vec<Command>,
    ) {
        // First of all: whatever looks at boxes must not look at those of another tree.
        let width = ui.available_width() - ui.spacing().scroll.bar_width - 4.0;
        session.lay_out(width, look.order);
        self.take_match_step(session, commands);
        // Where the window is small, the bar scrolls, and leaves the boxes their room.
        egui::ScrollArea::vertical()
            .id_salt("flame graph bar")
            .max_height((ui.available_height() * 0.45).max(BAR_HEIGHT))
            .auto_shrink([false, true])
            .show(ui, |ui| self.bar_ui(ui, session, look, commands));
        bar::breadcrumbs_ui(ui, session, commands);
        let colors = self.frame_colors(session, look.colors);
        self.update_legend(session, look.colors, &colors);
        egui::Panel::bottom("flame graph details")
            .show_separator_line(false)
            .show(ui, |ui| {
                // As high for either of the two: the boxes above stay where they are.
                ui.set_min_height(ui.spacing().interact_size.y);
                self.details_ui(ui, session, look);
            });
        let hovered = egui::CentralPanel::no_frame()
            .show(ui, |ui| {
                self.boxes_ui(ui, session, width, (look, &colors), commands)
            })
            .inner;
        self.hovered = hovered;
        self.colors = Some((Arc::downgrade(session.drawn()), look.colors, colors));
    }

    /// Draws the boxes and handles the pointer; gives the box under it.
    fn boxes_ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        width: f32,
        (look, colors): (FlameGraphLook, &[Color32]),
        commands: &mut Vec<Command>,
    ) -> Option<Pointed> {
        self.far_end = None;
        let animation = self.animation(ui, session);
        let (_, tree) = session.tree()?;
        if session.layout.main.graph.boxes.is_empty() {
            nothing_ui(ui, session, commands);
            return None;
        }
        if !session.profile.has_stacks() {
            ui.label(format!("Only thread names can be shown: {NO_STACKS}."));
        }
        if tree.on_cpu.is_some() {
            pane_headings_ui(ui, session, width);
        }
        let is_sandwich = tree.callers.is_some();
        let layout = &session.layout;
        // In a sandwich, the root and the function's second box are left out.
        let rows = layout.main.rows.len() - usize::from(is_sandwich);
        let rows_above = layout.callers.rows.len().saturating_sub(2);
        let rows = (rows + rows_above).max(layout.on_cpu.rows.len());
        let height = rows as f32 * theme::FRAME_HEIGHT;
        let height = height.max(ui.available_height());
        let room = ui.available_height();
        // Each shape is scrolled by itself: the root is in sight at first, at whichever end.
        let mut area = egui::ScrollArea::vertical()
            .id_salt(("boxes", look.icicle, is_sandwich))
            .auto_shrink([false, false]);
        // It would spring back to the end that it had before its height changed.
        ui.spacing_mut().scroll.kinetic.rubber_band = false;
        let grows_up = !look.icicle && !is_sandwich;
        if grows_up && self.placed != (height, room) {
            // Rows stay where they are, whatever goes or comes above them.
            let above = height - room - self.out_of_sight_below;
            area = area.vertical_scroll_offset(above.max(0.0));
        }
        let output = area.show(ui, |ui| {
            let (_, rect) = ui.allocate_space(egui::vec2(width, height));
            // Its own: whatever comes and goes around it must not take the focus away.
            let response = ui.interact(rect, boxes_id(), Sense::click());
            panes::add(ui.ctx(), response.id);
            let plain = match look.icicle {
                true => Direction::Down,
                false => Direction::Up,
            };
            let middle = rect.top() + rows_above as f32 * theme::FRAME_HEIGHT;
            let (left, right) = (pane_of(rect, false), pane_of(rect, true));
            let above = Rect::from_min_max(rect.min, pos2(rect.right(), middle));
            let below = Rect::from_min_max(pos2(rect.left(), middle), rect.max);
            let mut panes = vec![match (is_sandwich, &tree.on_cpu) {
                (true, _) => (Pane::Main, &tree.main, &layout.main, Direction::Down, below),
                (false, Some(_)) => (Pane::Main, &tree.main, &layout.main, plain, right),
                (false, None) => (Pane::Main, &tree.main, &layout.main, plain, rect),
            }];
            if let Some(callers) = &tree.callers {
                let rows = &layout.callers;
                panes.push((Pane::Callers, callers, rows, Direction::Up, above));
            }
            if let Some(on_cpu) = &tree.on_cpu {
                panes.push((Pane::OnCpu, on_cpu, &layout.on_cpu, plain, left));
            }
            let mut hovered = None;
            let mut merged = None;
            for (pane, shaped, rows, direction, rect) in panes {
                let picture = Picture {
                    session,
                    shaped,
                    rows,
                    pane,
                    rect,
                    direction,
                    first_row: match (is_sandwich, pane) {
                        (true, Pane::Main) => 1,
                        (true, _) => 2,
                        (false, _) => 0,
                    },
                    colors,
                    colored_by: look.colors,
                    fades: look.colors != FrameColors::Search,
                    animation: animation.filter(|_| pane == Pane::Main),
                };
                let position = response
                    .contains_pointer()
                    .then(|| ui.input(|input| input.pointer.latest_pos()));
                // What lies below a menu is not pointed at.
                let has_menu = egui::Popup::is_any_open(ui.ctx());
                let position = position.flatten().filter(|_| !has_menu);
                let found = position.and_then(|at| picture.box_at(at));
                let narrow = position.filter(|_| found.is_none());
                merged = merged.or(narrow.and_then(|at| picture.merged_at(at).copied()));
                picture.paint(ui, found.as_ref(), self.shown_match(session, pane));
                if pane == Pane::Main {
                    if std::mem::take(&mut self.reveal_match) {
                        picture.scroll_to(ui, self.shown_match(session, pane));
                    }
                    // By name, as another loading has other numbers.
                    let zoom = session.choices.zoom.names();
                    if !is_sandwich && self.revealed != zoom {
                        self.revealed = zoom.to_vec();
                        // What was looked at before stays where it is when all is shown again.
                        if !self.revealed.is_empty() {
                            picture.scroll_to_zoomed(ui);
                        }
                    }
                    commands.extend(self.keys(ui, &response, &picture));
                }
                let cursor = self.at_cursor(session).map(|pointed| pointed.node);
                let cursor = cursor.filter(|_| pane == Pane::Main);
                let pressed = picture.describe(ui, &response, cursor);
                let pointed = |node: StackId| Pointed {
                    node,
                    frame: shaped.stacks(&session.profile).frame[node.index()],
                    pane,
                };
                if let Some(node) = pressed {
                    commands.extend(clicked(session, pointed(node), egui::Modifiers::NONE));
                }
                hovered = hovered.or(found.map(|found| pointed(found.node)));
            }
            // Only now, as tooltips hang below the flame graph in the accessibility tree, beside its boxes.
            if let Some(merged) = merged {
                let tooltip = theme::pointer_tooltip(&response);
                tooltip.show(|ui| merged_tooltip_ui(ui, session, &merged));
            }
            let modifiers = ui.input(|input| input.modifiers);
            if let Some(pointed) = hovered {
                // Not by Enter, which is of the box that the arrows have come to.
                if response.clicked_by(egui::PointerButton::Primary) {
                    commands.extend(clicked(session, pointed, modifiers));
                }
                theme::pointer_tooltip(&response).show(|ui| tooltip_ui(ui, session, pointed));
            }
            if !is_sandwich {
                commands.extend(self.wheel(ui, &response, session, hovered));
            }
            if response.secondary_clicked() {
                self.menu_of = hovered.map(|pointed| (pointed, None));
            }
            let menu = egui::Popup::context_menu(&response);
            let menu = match self.menu_of {
                // Opened by a key: where its box was.
                Some((_, Some(at))) => {
                    let opens = std::mem::take(&mut self.opens_menu);
                    menu.open_memory(opens.then_some(true.into()))
                        .at_position(at)
                }
                _ => menu,
            };
            if let Some((pointed, _)) = self.menu_of {
                menu.show(|ui| {
                    entries(ui, commands, |ui, commands| {
                        menu::ui(ui, session, pointed, commands);
                    });
                });
            }
            hovered
        });
        if grows_up {
            self.far_end = Some(output.inner_rect.top());
            // Where it is drawn: what it is clamped to is of the frame before.
            let offset = output.state.unclamped_offset().y;
            let below = output.content_size.y - output.inner_rect.height() - offset;
            self.placed = (height, room);
            self.out_of_sight_below = below.max(0.0);
        }
        output.inner
    }

    /// The colour of each frame of the profile, made once: boxes are many, frames few.
    fn frame_colors(&mut self, session: &Session, colors: FrameColors) -> Vec<Color32> {
        let profile = session.drawn();
        if let Some((of, by, table)) = self.colors.take()
            && of.as_ptr() == Arc::as_ptr(profile)
            && by == colors
        {
            return table;
        }
        let table = palette::frame_colors(profile, colors);
        table.into_iter().map(theme::color).collect()
    }

    /// Worked out once a layout: boxes are many.
    fn update_legend(&mut self, session: &Session, colors: FrameColors, table: &[Color32]) {
        let version = session.layout.version;
        let legend = self.legend.as_ref();
        if legend.is_none_or(|(of, by, _)| (*of, *by) != (version, colors)) {
            self.legend = Some((version, colors, named_colors(session, colors, table)));
        }
    }

    /// How far the change from the last layout to this one is, from 0 to 1; `None` when it is done.
    fn animation(&mut self, ui: &Ui, session: &Session) -> Option<f64> {
        const SECONDS: f64 = 0.16;
        let now = ui.input(|input| input.time);
        if self.transition.0 != session.layout.version {
            self.transition = (session.layout.version, now);
        }
        session.layout.transition?;
        let part = (now - self.transition.1) / SECONDS;
        if part >= 1.0 {
            return None;
        }
        ui.request_repaint();
        Some(part)
    }

    /// The box of the search that is gone to.
    fn shown_match(&self, session: &Session, pane: Pane) -> Option<usize> {
        let at = self.match_at.filter(|_| pane == Pane::Main)?;
        picture::matched_boxes(session).get(at).copied()
    }

    /// The same, as what is pointed at.
    fn at_match(&self, session: &Session) -> Option<Pointed> {
        let index = self.shown_match(session, Pane::Main)?;
        let node = session.layout.main.graph.boxes.get(index)?.node;
        let frame = *session.stacks().frame.get(node.index())?;
        let pane = Pane::Main;
        Some(Pointed { node, frame, pane })
    }

    /// What the box under the pointer is, or what the colours mean.
    fn details_ui(&self, ui: &mut Ui, session: &Session, look: FlameGraphLook) {
        let at_match = || self.at_match(session);
        let keyed = || self.at_cursor(session).or_else(at_match);
        let Some(pointed) = self.hovered.or_else(keyed) else {
            let named = self.legend.as_ref().map_or(&[][..], |(.., named)| named);
            legend_ui(ui, session, look, named);
            return;
        };
        let numbers = format!(" · {}", numbers(session, pointed).join(" · "));
        let font = egui::TextStyle::Body.resolve(ui.style());
        // The name leaves room for the numbers, of which modules may be long, too.
        let whole = ui.available_width();
        let beside = names::width(ui, &numbers, &font).min(whole * 0.6);
        let name = session.drawn().frame_name(pointed.frame);
        let name = names::fitting(ui, &name, &font, whole - beside - 2.0);
        ui.add(egui::Label::new(format!("{name}{numbers}")).truncate());
    }
}

/// What a click on a box does: zoom; with Ctrl mark the function; in a sandwich make it the middle.
fn clicked(session: &Session, pointed: Pointed, modifiers: egui::Modifiers) -> Option<Command> {
    let own = session.own_frame(pointed.frame);
    if modifiers.command {
        let frame = own?;
        let is_marked = session.choices.marked == Some(frame);
        return Some(Command::Mark((!is_marked).then_some(frame)));
    }
    match session.choices.mode {
        GraphMode::Sandwich(function) => own
            .filter(|frame| *frame != function)
            .map(|frame| Command::SetMode(GraphMode::Sandwich(frame))),
        _ => Some(match (pointed.pane, session.tree()) {
            (Pane::OnCpu, Some((_, tree))) => {
                let stacks = tree
                    .on_cpu
                    .as_ref()
                    .map(|shaped| shaped.stacks(&session.profile));
                let path = stacks.map_or(Vec::new(), |stacks| stacks.path(pointed.node));
                let own: Option<Vec<FrameId>> = path
                    .into_iter()
                    .map(|frame| session.own_frame(frame))
                    .collect();
                Command::ZoomPath(own?)
            }
            _ => Command::Zoom(pointed.node),
        }),
    }
}

/// Whether the search finds anything, in the picture or not.
fn has_matches(session: &Session) -> bool {
    let matches = session
        .tree()
        .and_then(|(_, tree)| tree.main.matches.as_ref());
    matches.is_some_and(|found| found.total > 0)
}

/// Why there is no flame graph, and where there may be one.
fn nothing_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let baseline = session.choices.baseline.as_ref();
    let is_partial = session.profile.info.is_partial;
    ui.add_space(ui.available_height() * 0.4);
    ui.vertical_centered(|ui| {
        ui.weak(match is_partial {
            true => "Nothing of the selection has been loaded yet.",
            false if session.shows_vanished() => "Nothing of the baseline has vanished.",
            false if session.filter().is_active() => {
                "No samples are in the selection and pass the filters."
            }
            false => "No samples are in the selection.",
        });
        let compared = baseline.filter(|baseline| !baseline.shows_vanished && !is_partial);
        if let Some(baseline) = compared {
            let button = ui.button("Show what has vanished");
            let hint = "The stacks that the baseline has: what ran at other times, and here not";
            if button.on_hover_text(hint).clicked() {
                commands.push(Command::Compare(Some(Baseline {
                    shows_vanished: true,
                    ..baseline.clone()
                })));
            }
        }
    });
}

/// Space between pictures that are side by side.
const PANE_GAP: f32 = 10.0;

/// The left or right of two pictures.
fn pane_of(rect: Rect, is_right: bool) -> Rect {
    let width = pane_width(rect.width());
    let left = match is_right {
        true => rect.right() - width,
        false => rect.left(),
    };
    Rect::from_x_y_ranges(left..=left + width, rect.y_range())
}

/// How wide each of two pictures is that share `width` points.
pub(super) fn pane_width(width: f32) -> f32 {
    (width - PANE_GAP) / 2.0
}

/// What ran, and what waited.
fn pane_headings_ui(ui: &mut Ui, session: &Session, width: f32) {
    let Some((_, tree)) = session.tree() else {
        return;
    };
    let on_cpu = tree.on_cpu.as_ref().map_or(0, |shaped| shaped.tree.total());
    let size = egui::vec2(width, ui.text_style_height(&egui::TextStyle::Body));
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let texts = [
        format!("On CPU: {}", count_of(on_cpu, "sample")),
        format!("Off CPU: {}", amount(session, tree.selected)),
    ];
    for (is_right, text) in [false, true].into_iter().zip(texts) {
        let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(pane_of(rect, is_right)));
        ui.strong(text);
    }
}
