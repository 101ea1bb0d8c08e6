//! The flame graph: boxes in one painter pass, zoom, search, details.

use super::command::Command;
use super::session::{Session, Tree};
use super::theme;
use crate::export::{NO_STACKS, count_of, range_text};
use crate::flame_graph::{FlameBox, share};
use crate::palette::{self, frame_color, kind_color};
use crate::profile::{StackId, format_seconds};
use egui::{Mesh, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, TextEdit, Ui, pos2, vec2};

/// Boxes at least this wide, in points, are in the accessibility tree.
const ACCESSIBLE_WIDTH: f32 = 24.0;
/// No more than this many of them, widest rows first.
const MAX_ACCESSIBLE: usize = 1000;

/// What the view keeps between frames.
#[derive(Default)]
pub(super) struct FlameGraphView {
    hovered: Option<StackId>,
    pub(super) focus_search: bool,
}

impl FlameGraphView {
    /// To be called when another profile is shown: nodes are others there.
    pub(super) fn forget_nodes(&mut self) {
        self.hovered = None;
    }

    /// Draws the bar of selection and search, the boxes, and the line of details.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        session: &mut Session,
        icicle: bool,
        commands: &mut Vec<Command>,
    ) {
        self.bar_ui(ui, session, commands);
        breadcrumbs_ui(ui, session, commands);
        egui::Panel::bottom("flame graph details")
            .show_separator_line(false)
            .show(ui, |ui| {
                self.details_ui(ui, session);
            });
        let hovered = egui::CentralPanel::no_frame()
            .show(ui, |ui| boxes_ui(ui, session, icicle, commands))
            .inner;
        self.hovered = hovered;
    }

    fn bar_ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        ui.horizontal(|ui| {
            selection_ui(ui, session, commands);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                self.search_ui(ui, session, commands);
            });
        });
    }

    fn search_ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let mut text = session.search.clone();
        if !text.is_empty()
            && ui
                .button("Clear")
                .on_hover_text("Clear the search (Esc)")
                .clicked()
        {
            commands.push(Command::Search(String::new()));
        }
        let field = TextEdit::singleline(&mut text)
            // Its own: beside it a button comes and goes, which must not take the focus away.
            .id(egui::Id::unique("search"))
            .hint_text("Search (regex)")
            .desired_width(200.0);
        let field = ui
            .add(field)
            .on_hover_text("Regular expression; Ctrl+F or /");
        let field = field.accessible_name("Search");
        if std::mem::take(&mut self.focus_search) {
            field.request_focus();
        }
        if field.changed() {
            commands.push(Command::Search(text));
        }
        if let Some((_, tree)) = session.tree() {
            match &tree.matches {
                None => {}
                Some(Err(problem)) => {
                    ui.colored_label(ui.visuals().error_fg_color, problem);
                }
                Some(Ok(matches)) => {
                    let percent = 100.0 * share(matches.total, tree.tree.total());
                    ui.strong(format!(
                        "Matched {percent:.2} % ({})",
                        count_of(matches.total, noun(session))
                    ));
                }
            }
        }
    }

    /// What the box under the pointer is, or what the colours mean.
    fn details_ui(&self, ui: &mut Ui, session: &Session) {
        let Some((node, (_, tree))) = self.hovered.zip(session.tree()) else {
            ui.horizontal(|ui| {
                for kind in palette::KINDS {
                    let (rect, _) = ui.allocate_exact_size(vec2(11.0, 11.0), Sense::hover());
                    ui.painter()
                        .rect_filled(rect, 2.0, theme::color(kind_color(kind)));
                    ui.weak(kind.name());
                }
            });
            return;
        };
        let text = format!(
            "{} · {}",
            name_of(session, node),
            numbers(session, tree, node).join(" · ")
        );
        ui.add(egui::Label::new(text).truncate());
    }
}

/// What is selected, in words.
fn selection_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let selection = session.shown_selection();
    let total = session.tree().map_or(0, |(_, tree)| tree.tree.total());
    let samples = count_of(total, noun(session));
    let Some(span) = selection.span() else {
        let whole = session.profile.time_range();
        let length = whole.map_or(String::new(), |range| {
            format!(
                " · {} s",
                format_seconds((range.nanos() - 1) / 1_000_000 * 1_000_000)
            )
        });
        ui.strong(format!("Whole profile{length} · {samples}"));
        ui.weak("Drag over the heat map to select a range");
        return;
    };
    let text = format!(
        "{} · {} s long · {samples}",
        range_text(&session.profile, &selection),
        format_seconds(span.nanos())
    );
    ui.strong(format!("Selected {text}"));
    if ui
        .button("Whole profile")
        .on_hover_text("Clear the selection (Esc)")
        .clicked()
    {
        commands.push(Command::SelectRange(None));
    }
}

/// The callers of the zoomed frame, each a way back to it.
fn breadcrumbs_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let zoom = session.zoomed_node();
    if zoom == StackId::ROOT {
        return;
    }
    let mut path: Vec<StackId> = session.profile.stacks.path_up(zoom).collect();
    path.push(StackId::ROOT);
    path.reverse();
    ui.horizontal(|ui| {
        if ui.button("Reset zoom").clicked() {
            commands.push(Command::Zoom(StackId::ROOT));
        }
        // The ends say most; the middle of a deep stack is left out.
        const SHOWN: usize = 3;
        for (index, node) in path.iter().enumerate() {
            if index >= SHOWN && index + SHOWN < path.len() {
                if index == SHOWN {
                    ui.weak("› …");
                }
                continue;
            }
            if index > 0 {
                ui.weak("›");
            }
            let name = shortened(&name_of(session, *node), 28);
            if *node == zoom {
                ui.strong(name);
            } else if ui.link(name).clicked() {
                commands.push(Command::Zoom(*node));
            }
        }
    });
}

/// Draws the boxes and handles the pointer; gives the node under it.
fn boxes_ui(
    ui: &mut Ui,
    session: &mut Session,
    icicle: bool,
    commands: &mut Vec<Command>,
) -> Option<StackId> {
    let width = ui.available_width() - ui.spacing().scroll.bar_width - 4.0;
    session.lay_out(width, theme::MIN_FRAME_WIDTH);
    let session = &*session;
    let (_, tree) = session.tree()?;
    if session.layout.graph.boxes.is_empty() {
        ui.centered_and_justified(|ui| {
            ui.weak("No samples are in the selection and pass the filters.")
        });
        return None;
    }
    if !session.profile.has_stacks() {
        ui.label(format!("Only thread names can be shown: {NO_STACKS}."));
    }
    let rows = session.layout.rows.len();
    let height = (rows as f32 * theme::FRAME_HEIGHT).max(ui.available_height());
    let area = egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .stick_to_bottom(!icicle);
    let output = area.show(ui, |ui| {
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::CLICK);
        let picture = Picture {
            session,
            tree,
            rect,
            icicle,
        };
        let hovered = response
            .contains_pointer()
            .then(|| ui.input(|input| input.pointer.latest_pos()));
        let hovered = hovered
            .flatten()
            .and_then(|position| picture.box_at(position));
        picture.paint(ui, hovered.as_ref());
        let clicked = picture.describe(ui, &response);
        let node = hovered.map(|flame_box| flame_box.node);
        if let Some(node) = clicked.or(node.filter(|_| response.clicked())) {
            commands.push(Command::Zoom(node));
        }
        if let Some(node) = node {
            theme::pointer_tooltip(&response).show(|ui| tooltip_ui(ui, session, tree, node));
            context_menu(&response, session, node, commands);
        }
        node
    });
    output.inner
}

/// The flame graph in its place.
struct Picture<'a> {
    session: &'a Session,
    tree: &'a Tree,
    rect: Rect,
    icicle: bool,
}

impl Picture<'_> {
    fn row_top(&self, depth: u32) -> f32 {
        if self.icicle {
            self.rect.top() + depth as f32 * theme::FRAME_HEIGHT
        } else {
            self.rect.bottom() - (depth + 1) as f32 * theme::FRAME_HEIGHT
        }
    }

    fn rect_of(&self, flame_box: &FlameBox) -> Rect {
        let x = |unit: f64| self.rect.left() + (unit * f64::from(self.rect.width())) as f32;
        let top = self.row_top(flame_box.depth);
        let (left, right) = (x(flame_box.x0), x(flame_box.x1));
        // A gap between neighbours, where there is room for one.
        let gap = if right - left > 3.0 { 1.0 } else { 0.0 };
        Rect::from_min_max(
            pos2(left, top),
            pos2(right - gap, top + theme::FRAME_HEIGHT - 1.0),
        )
    }

    /// The box at a position, by binary search in its row.
    fn box_at(&self, position: Pos2) -> Option<FlameBox> {
        let from_root = if self.icicle {
            position.y - self.rect.top()
        } else {
            self.rect.bottom() - position.y
        };
        let row = self
            .session
            .layout
            .rows
            .get((from_root / theme::FRAME_HEIGHT).floor().max(0.0) as usize)?;
        let unit = f64::from((position.x - self.rect.left()) / self.rect.width());
        let boxes = &self.session.layout.graph.boxes;
        let after = row.partition_point(|index| boxes[*index as usize].x0 <= unit);
        let found = boxes[row[after.checked_sub(1)?] as usize];
        (unit < found.x1).then_some(found)
    }

    /// The rows that are in sight.
    fn visible_rows(&self, ui: &Ui) -> impl Iterator<Item = &Vec<u32>> {
        let clip = ui.clip_rect();
        let is_visible = move |depth: u32| {
            let top = self.row_top(depth);
            top < clip.bottom() && top + theme::FRAME_HEIGHT > clip.top()
        };
        let rows = self.session.layout.rows.iter().enumerate();
        rows.filter(move |(depth, _)| is_visible(*depth as u32))
            .map(|(_, row)| row)
    }

    fn paint(&self, ui: &Ui, hovered: Option<&FlameBox>) {
        let session = self.session;
        let (stacks, frames) = (&session.profile.stacks, &session.profile.frames);
        let boxes = &session.layout.graph.boxes;
        let zoom_depth = stacks.depth[session.zoomed_node().index()];
        let matches = match &self.tree.matches {
            Some(Ok(matches)) => Some(&matches.frames),
            _ => None,
        };
        let character = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::frame_font(), 'm'));
        let mut mesh = Mesh::default();
        let mut labels = Vec::new();
        for index in self.visible_rows(ui).flatten() {
            let flame_box = &boxes[*index as usize];
            let rect = self.rect_of(flame_box);
            let frame = stacks.frame[flame_box.node.index()];
            let name = session.profile.strings.get(frames.name[frame.index()]);
            let mut color = theme::color(frame_color(frames.kind[frame.index()], name));
            if matches.is_some_and(|matches| matches[frame.index()]) {
                color = theme::color(palette::MATCH);
            } else if matches.is_some() || flame_box.depth < zoom_depth {
                color = color.lerp_to_gamma(ui.visuals().panel_fill, 0.5);
            }
            mesh.add_colored_rect(rect, color);
            let room = rect.width() - 2.0 * theme::FRAME_PADDING;
            if room >= 3.0 * character {
                labels.push((rect, frame, (room / character) as usize));
            }
        }
        ui.painter().add(Shape::mesh(mesh));
        for (rect, frame, characters) in labels {
            let text = shortened(&session.profile.frame_name(frame), characters);
            let at = pos2(rect.left() + theme::FRAME_PADDING, rect.center().y);
            let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(rect));
            painter.text(
                at,
                egui::Align2::LEFT_CENTER,
                text,
                theme::frame_font(),
                theme::FRAME_TEXT,
            );
        }
        if let Some(flame_box) = hovered {
            let stroke = Stroke::new(1.5, ui.visuals().strong_text_color());
            ui.painter()
                .rect_stroke(self.rect_of(flame_box), 1.0, stroke, StrokeKind::Inside);
        }
    }

    /// Puts the boxes into the accessibility tree; gives the one that was clicked through it.
    fn describe(&self, ui: &Ui, response: &egui::Response) -> Option<StackId> {
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Tree, true, "Flame graph"));
        if !ui.has_accesskit_node(response.id) {
            return None;
        }
        let mut clicked = None;
        let mut children = Vec::new();
        let boxes = &self.session.layout.graph.boxes;
        for index in self.visible_rows(ui).flatten() {
            let flame_box = &boxes[*index as usize];
            let rect = self.rect_of(flame_box).intersect(ui.clip_rect());
            if rect.width() < ACCESSIBLE_WIDTH || children.len() == MAX_ACCESSIBLE {
                continue;
            }
            let id = response.id.with(flame_box.node.0);
            let name = name_of(self.session, flame_box.node);
            let description = numbers(self.session, self.tree, flame_box.node).join(", ");
            ui.accesskit_node_builder(id, |node| {
                node.set_role(egui::Role::TreeItem);
                node.set_label(name);
                node.set_description(description);
                node.set_level(flame_box.depth as usize + 1);
                let [x0, y0, x1, y1] =
                    [rect.left(), rect.top(), rect.right(), rect.bottom()].map(f64::from);
                node.set_bounds(egui::accesskit::Rect { x0, y0, x1, y1 });
                node.add_action(egui::accesskit::Action::Click);
            });
            children.push(id.accesskit_id());
            if ui.input(|input| {
                input.has_accesskit_action_request(id, egui::accesskit::Action::Click)
            }) {
                clicked = Some(flame_box.node);
            }
        }
        // egui hangs nodes that are no widgets from the root; they belong below the flame graph.
        let ours: std::collections::HashSet<_> = children.iter().copied().collect();
        ui.accesskit_node_builder(egui::accesskit_root_id(), |root| {
            let others = root
                .children()
                .iter()
                .copied()
                .filter(|child| !ours.contains(child));
            root.set_children(others.collect::<Vec<_>>());
        });
        ui.accesskit_node_builder(response.id, |node| node.set_children(children));
        clicked
    }
}

fn tooltip_ui(ui: &mut Ui, session: &Session, tree: &Tree, node: StackId) {
    ui.set_max_width(560.0);
    ui.strong(name_of(session, node));
    for line in numbers(session, tree, node) {
        ui.label(line);
    }
}

fn context_menu(
    response: &egui::Response,
    session: &Session,
    node: StackId,
    commands: &mut Vec<Command>,
) {
    response.context_menu(|ui| {
        if ui.button("Zoom to frame").clicked() {
            commands.push(Command::Zoom(node));
        }
        if ui.button("Copy name").clicked() {
            commands.push(Command::CopyText(name_of(session, node)));
        }
        if ui.button("Copy stack").clicked() {
            let path = session.profile.stacks.path_up(node);
            let lines: Vec<String> = path.map(|node| name_of(session, node)).collect();
            commands.push(Command::CopyText(lines.join("\n")));
        }
        if ui.button("Search for this").clicked() {
            commands.push(Command::Search(format!(
                "^{}$",
                regex::escape(&name_of(session, node))
            )));
        }
    });
}

/// What the numbers are of.
fn noun(session: &Session) -> &'static str {
    session.view.samples.metric.noun()
}

fn name_of(session: &Session, node: StackId) -> String {
    let frame = session.profile.stacks.frame[node.index()];
    session.profile.frame_name(frame).into_owned()
}

/// Module and kind, samples and their shares, self.
fn numbers(session: &Session, tree: &Tree, node: StackId) -> Vec<String> {
    let frame = session.profile.stacks.frame[node.index()];
    let module = session.profile.frame_module(frame);
    let kind = session.profile.frames.kind[frame.index()].name();
    let all = tree.tree.total();
    let with_share = |amount: u64, whereabouts: &str| {
        format!(
            "{} ({:.2} % of the selection){whereabouts}",
            count_of(amount, noun(session)),
            100.0 * share(amount, all)
        )
    };
    let mut lines = vec![if module.is_empty() {
        kind.to_owned()
    } else {
        format!("{module} ({kind})")
    }];
    if let Some(raw) = session.profile.raw_name(frame) {
        lines.push(format!("symbol {raw}"));
    }
    lines.push(with_share(tree.tree.total_weight[node.index()], ""));
    lines.push(with_share(
        tree.tree.self_weight[node.index()],
        " in itself",
    ));
    lines
}

/// `text` cut to a number of characters, the last one an ellipsis.
fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some(_) => {
            let kept = text
                .char_indices()
                .nth(characters.saturating_sub(1))
                .map_or(0, |(at, _)| at);
            format!("{}…", &text[..kept])
        }
    }
}
