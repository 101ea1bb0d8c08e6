//! [`Picture`]: a flame graph's boxes in their place, drawn in one pass.

use super::Pane;
use crate::difference::change;
use crate::flame_graph::{FlameBox, MergedBox};
use crate::gui::derived::{Rows, Shaped};
use crate::gui::names::{fitting, shortened};
use crate::gui::session::Session;
use crate::gui::theme;
use crate::package::package;
use crate::palette::{self, FrameColors};
use crate::profile::{FrameId, StackId, StringId};
use crate::ratio;
use egui::{Color32, Mesh, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2};
use std::collections::BTreeMap;

/// Boxes at least this wide, in points, are in the accessibility tree.
const ACCESSIBLE_WIDTH: f32 = 24.0;
/// No more than this many of them, widest rows first.
const MAX_ACCESSIBLE: usize = 1000;

/// Which way rows grow from the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// A flame graph in its place.
pub(super) struct Picture<'a> {
    pub(super) session: &'a Session,
    pub(super) shaped: &'a Shaped,
    pub(super) rows: &'a Rows,
    pub(super) pane: Pane,
    pub(super) rect: Rect,
    pub(super) direction: Direction,
    /// Rows before this one are left out.
    pub(super) first_row: u32,
    /// By frame of the profile.
    pub(super) colors: &'a [Color32],
    pub(super) colored_by: FrameColors,
    /// Whether what a search has not found is drawn paler.
    pub(super) fades: bool,
    /// How far the change from the last zoom is.
    pub(super) animation: Option<f64>,
}

impl Picture<'_> {
    fn row_top(&self, depth: u32) -> f32 {
        let row = (depth - self.first_row.min(depth)) as f32;
        match self.direction {
            Direction::Down => self.rect.top() + row * theme::FRAME_HEIGHT,
            Direction::Up => self.rect.bottom() - (row + 1.0) * theme::FRAME_HEIGHT,
        }
    }

    fn rect_of(&self, flame_box: &FlameBox) -> Rect {
        self.rect_between(flame_box.depth, flame_box.x0, flame_box.x1)
    }

    fn rect_between(&self, depth: u32, x0: f64, x1: f64) -> Rect {
        let x = |unit: f64| self.rect.left() + (unit * f64::from(self.rect.width())) as f32;
        let top = self.row_top(depth);
        let (left, right) = (x(x0), x(x1));
        // A gap between neighbours, where there is room for one.
        let gap = if right - left > 3.0 { 1.0 } else { 0.0 };
        Rect::from_min_max(
            pos2(left, top),
            pos2(right - gap, top + theme::FRAME_HEIGHT - 1.0),
        )
    }

    /// Where a box is on its way from the last zoom to this one.
    fn moving(&self, flame_box: &FlameBox) -> FlameBox {
        let Some((part, (offset, scale))) = self.animation.zip(self.session.layout.transition)
        else {
            return *flame_box;
        };
        // Slower towards the end.
        let part = 1.0 - (1.0 - part).powi(3);
        let x = |unit: f64| {
            let from = offset + unit * scale;
            (from + (unit - from) * part).clamp(0.0, 1.0)
        };
        FlameBox {
            x0: x(flame_box.x0),
            x1: x(flame_box.x1),
            ..*flame_box
        }
    }

    /// The box at a position, by binary search in its row.
    pub(super) fn box_at(&self, position: Pos2) -> Option<FlameBox> {
        if !self.rect.contains(position) {
            return None;
        }
        let from_root = match self.direction {
            Direction::Down => position.y - self.rect.top(),
            Direction::Up => self.rect.bottom() - position.y,
        };
        let row = (from_root / theme::FRAME_HEIGHT).floor().max(0.0) as usize;
        let row = self.rows.rows.get(row + self.first_row as usize)?;
        let unit = f64::from((position.x - self.rect.left()) / self.rect.width());
        let boxes = &self.rows.graph.boxes;
        let after = row.partition_point(|index| boxes[*index as usize].x0 <= unit);
        let found = boxes[row[after.checked_sub(1)?] as usize];
        (unit < found.x1).then_some(found)
    }

    /// Calls at a position that are too narrow to be boxes.
    pub(super) fn merged_at(&self, position: Pos2) -> Option<&MergedBox> {
        let is_there = |merged: &&MergedBox| {
            merged.depth >= self.first_row
                && self
                    .rect_between(merged.depth, merged.x0, merged.x1)
                    .contains(position)
        };
        self.rows.graph.merged.iter().find(is_there)
    }

    /// The rows that are in sight.
    fn visible_rows(&self, ui: &Ui) -> impl Iterator<Item = &Vec<u32>> {
        let clip = ui.clip_rect();
        let is_visible = move |depth: u32| {
            let top = self.row_top(depth);
            depth >= self.first_row && top < clip.bottom() && top + theme::FRAME_HEIGHT > clip.top()
        };
        let rows = self.rows.rows.iter().enumerate();
        rows.filter(move |(depth, _)| is_visible(*depth as u32))
            .map(|(_, row)| row)
    }

    fn frame_of(&self, flame_box: &FlameBox) -> FrameId {
        self.shaped.stacks(&self.session.profile).frame[flame_box.node.index()]
    }

    /// The frame in the first row that a node is above.
    fn root_of(&self, node: usize) -> FrameId {
        let stacks = self.shaped.stacks(&self.session.profile);
        let mut at = node;
        while stacks.depth[at] > 1 {
            at = stacks.parent[at].index();
        }
        stacks.frame[at]
    }

    pub(super) fn paint(&self, ui: &Ui, hovered: Option<&FlameBox>, shown_match: Option<usize>) {
        let session = self.session;
        let stacks = self.shaped.stacks(&session.profile);
        let boxes = &self.rows.graph.boxes;
        let zoom_depth = stacks.depth[self.rows.zoomed.index().min(stacks.len() - 1)];
        let found = self.shaped.matches.as_ref().map(|found| &found.frames);
        let character = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::frame_font(), 'm'));
        let matched = theme::color(palette::MATCH);
        let (weights, scale) = (
            self.shaped.observed(),
            session.tree().map_or(0.0, |(_, tree)| tree.scale),
        );
        let mark = session.choices.marked;
        let mark = mark.map(|frame| session.drawn_frame(frame));
        let has_ratio = self.shaped.has_ratio();
        let by_root = self.colored_by == FrameColors::Root;
        let overall = self.shaped.ratio(StackId::ROOT);
        // Boxes may be many thousands: what is the same for all is worked out before.
        let visible: Vec<&Vec<u32>> = self.visible_rows(ui).collect();
        let count = visible.iter().map(|row| row.len()).sum::<usize>();
        let mut mesh = Mesh::default();
        mesh.reserve_vertices(4 * count);
        mesh.reserve_triangles(2 * count);
        let mut labels = Vec::new();
        let mut marked = Vec::new();
        let mut middle = None;
        let least_room = 3.0 * character + 2.0 * theme::FRAME_PADDING;
        for index in visible.into_iter().flatten() {
            let mut flame_box = boxes[*index as usize];
            if self.animation.is_some() {
                flame_box = self.moving(&flame_box);
            }
            let rect = self.rect_of(&flame_box);
            if rect.width() <= 0.0 {
                continue;
            }
            let node = flame_box.node.index();
            let frame = stacks.frame[node];
            let is_found = found.is_some_and(|found| found[frame.index()]);
            let mut color = match (is_found, &self.shaped.baseline) {
                (true, _) => matched,
                (false, Some(baseline)) => {
                    let change = change_from(weights[node], baseline[node], scale);
                    theme::change_color(change, ui.visuals())
                }
                (false, None) if has_ratio => {
                    let ratio = self.shaped.ratio(flame_box.node);
                    theme::change_color(ratio::deviation(ratio, overall), ui.visuals())
                }
                (false, None) if by_root => self.colors[self.root_of(node).index()],
                (false, None) => self.colors[frame.index()],
            };
            let is_quiet = found.is_some() && !is_found || flame_box.depth < zoom_depth;
            if is_quiet && self.fades {
                color = color.lerp_to_gamma(ui.visuals().panel_fill, 0.5);
            }
            mesh.add_colored_rect(rect, color);
            if mark == Some(frame) {
                marked.push(rect);
            }
            // What a sandwich is of.
            if flame_box.depth == 1 && self.first_row == 1 {
                middle = Some(rect);
            }
            if rect.width() >= least_room {
                let room = rect.width() - 2.0 * theme::FRAME_PADDING;
                labels.push((rect, frame, color, (room / character) as usize));
            }
        }
        // While boxes are on their way, so would these be, and nobody can look at them.
        if self.animation.is_none() {
            let gray = theme::color(palette::UNMATCHED);
            for merged in self.rows.graph.merged.iter() {
                let rect = self.rect_between(merged.depth, merged.x0, merged.x1);
                if merged.depth >= self.first_row && rect.intersects(ui.clip_rect()) {
                    mesh.add_colored_rect(rect, gray);
                }
            }
        }
        ui.painter().add(Shape::mesh(mesh));
        for (rect, frame, fill, characters) in labels {
            let name = session.drawn().frame_name(frame);
            let text = match name.is_ascii() {
                true => shortened(&name, characters),
                // Not all of its characters are as wide as each other.
                false => {
                    let room = rect.width() - 2.0 * theme::FRAME_PADDING;
                    fitting(ui, &name, &theme::frame_font(), room)
                }
            };
            let text = text.into_owned();
            let at = pos2(rect.left() + theme::FRAME_PADDING, rect.center().y);
            let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(rect));
            painter.text(
                at,
                egui::Align2::LEFT_CENTER,
                text,
                theme::frame_font(),
                theme::frame_text(fill),
            );
        }
        let outline = |rect: Rect, width: f32, color: Color32| {
            let stroke = Stroke::new(width, color);
            ui.painter()
                .rect_stroke(rect, 1.0, stroke, StrokeKind::Inside);
        };
        for rect in marked {
            outline(rect, 2.0, theme::SELECTION);
        }
        if let Some(rect) = middle {
            outline(rect, 1.5, ui.visuals().strong_text_color());
        }
        if let Some(flame_box) = shown_match.and_then(|index| boxes.get(index)) {
            outline(
                self.rect_of(flame_box),
                2.5,
                ui.visuals().strong_text_color(),
            );
        }
        if let Some(flame_box) = hovered {
            outline(
                self.rect_of(flame_box),
                1.5,
                ui.visuals().strong_text_color(),
            );
        }
    }

    /// Draws a frame around the box that the keys have come to.
    pub(super) fn outline(&self, ui: &Ui, index: usize) {
        if let Some(flame_box) = self.rows.graph.boxes.get(index) {
            let stroke = Stroke::new(2.5, ui.visuals().strong_text_color());
            ui.painter()
                .rect_stroke(self.rect_of(flame_box), 1.0, stroke, StrokeKind::Inside);
        }
    }

    /// Where a menu of a box opens.
    pub(super) fn place_of(&self, index: usize) -> Option<Pos2> {
        let flame_box = self.rows.graph.boxes.get(index)?;
        Some(self.rect_of(flame_box).left_bottom())
    }

    /// Brings a box in sight.
    pub(super) fn scroll_to(&self, ui: &Ui, index: Option<usize>) {
        if let Some(flame_box) = index.and_then(|index| self.rows.graph.boxes.get(index)) {
            ui.scroll_to_rect(self.rect_of(flame_box), Some(egui::Align::Center));
        }
    }

    /// Brings the box that is as wide as the picture in sight, and some of what it calls.
    pub(super) fn scroll_to_zoomed(&self, ui: &Ui) {
        const CALLEES: u32 = 4;
        let depth = self.shaped.stacks(&self.session.profile).depth[self.rows.zoomed.index()];
        let deepest = (self.rows.rows.len() as u32).saturating_sub(1);
        let row = |depth| self.rect_between(depth, 0.0, 1.0);
        let rows = row(depth).union(row((depth + CALLEES).min(deepest).max(depth)));
        ui.scroll_to_rect(rows, None);
    }

    /// Puts the boxes into the accessibility tree; gives the one that was clicked through it.
    /// `cursor` is the box that the arrow keys have come to.
    pub(super) fn describe(
        &self,
        ui: &Ui,
        response: &egui::Response,
        cursor: Option<StackId>,
    ) -> Option<StackId> {
        let pane = self.pane;
        if pane == Pane::Main {
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Tree, true, "Flame graph"));
        }
        if !ui.has_accesskit_node(response.id) {
            return None;
        }
        let mut clicked = None;
        let mut children = Vec::new();
        for index in self.visible_rows(ui).flatten() {
            let flame_box = &self.rows.graph.boxes[*index as usize];
            let rect = self.rect_of(flame_box).intersect(ui.clip_rect());
            let is_large = rect.width() >= ACCESSIBLE_WIDTH && children.len() < MAX_ACCESSIBLE;
            if !is_large && cursor != Some(flame_box.node) {
                continue;
            }
            let id = response.id.with((flame_box.node.0, pane));
            let frame = self.frame_of(flame_box);
            let name = self.session.drawn().frame_name(frame).into_owned();
            let pointed = super::Pointed {
                node: flame_box.node,
                frame,
                pane,
            };
            let description = super::numbers(self.session, pointed).join(", ");
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
        ui.accesskit_node_builder(response.id, |node| {
            let before = match pane {
                Pane::Main => Vec::new(),
                _ => node.children().to_vec(),
            };
            let cursor = cursor.map(|at| response.id.with((at.0, pane)).accesskit_id());
            if let Some(id) = cursor.filter(|id| children.contains(id)) {
                node.set_active_descendant(id);
            }
            node.set_children([before, children].concat());
        });
        clicked
    }
}

/// The boxes that the search found, from left to right, callers before callees, by index.
pub(super) fn matched_boxes(session: &Session) -> Vec<usize> {
    let Some((key, tree)) = session.tree() else {
        return Vec::new();
    };
    let Some(found) = tree
        .main
        .matches
        .as_ref()
        .filter(|_| session.layout.is_of(key))
    else {
        return Vec::new();
    };
    let stacks = tree.main.stacks(&session.profile);
    let boxes = session.layout.main.graph.boxes.iter().enumerate();
    let matched = boxes.filter(|(_, flame_box)| {
        let frame = stacks.frame[flame_box.node.index()];
        found.frames[frame.index()]
    });
    matched.map(|(index, _)| index).collect()
}

/// The modules of the widest boxes, widest first.
pub(super) fn widest_modules(session: &Session, most: usize) -> Vec<Vec<u8>> {
    if session.drawn().has_libraries() {
        return widest_names(session, most);
    }
    let modules = &session.drawn().frames.module;
    let module = |frame: FrameId, depth| (depth > 1).then(|| modules[frame.index()]);
    let text = |module: StringId| session.drawn().strings.get(module);
    widest(session, most, module, text)
}

/// Their packages.
pub(super) fn widest_packages(session: &Session, most: usize) -> Vec<Vec<u8>> {
    if session.drawn().has_libraries() {
        return widest_names(session, most);
    }
    let (frames, strings) = (&session.drawn().frames, &session.drawn().strings);
    let function = |frame: FrameId, depth| (depth > 1).then_some(frame);
    widest(session, most, function, |frame| {
        let [name, module] = [frames.name[frame.index()], frames.module[frame.index()]];
        package(strings.get(name), strings.get(module))
    })
}

/// Where frames are packages or modules: what they are called.
fn widest_names(session: &Session, most: usize) -> Vec<Vec<u8>> {
    let names = &session.drawn().frames.name;
    let name = |frame: FrameId, depth| (depth > 1).then(|| names[frame.index()]);
    let text = |name: StringId| session.drawn().strings.get(name);
    widest(session, most, name, text)
}

/// The widest roots, widest first.
pub(super) fn widest_roots(session: &Session, most: usize) -> Vec<FrameId> {
    let root = |frame: FrameId, depth| (depth == 1).then_some(frame);
    let widest = sorted(widths(session, root)).take(most);
    widest.collect()
}

/// What boxes have in common that are widest together: the texts of what `key_of` a frame and its depth
/// says.
fn widest<'a, K: Ord>(
    session: &Session,
    most: usize,
    key_of: impl Fn(FrameId, u32) -> Option<K>,
    text_of: impl Fn(K) -> &'a [u8],
) -> Vec<Vec<u8>> {
    // Texts are compared once a key, not once a box.
    let mut by_text = BTreeMap::<_, f64>::new();
    for (key, width) in widths(session, key_of) {
        *by_text.entry(text_of(key)).or_default() += width;
    }
    let widest = sorted(by_text).take(most);
    widest.map(<[u8]>::to_vec).collect()
}

/// How wide boxes are together that have the same key.
fn widths<K: Ord>(
    session: &Session,
    key_of: impl Fn(FrameId, u32) -> Option<K>,
) -> BTreeMap<K, f64> {
    let mut widths = BTreeMap::new();
    let stacks = session.stacks();
    let is_laid_out = session
        .tree()
        .is_some_and(|(key, _)| session.layout.is_of(key));
    if !is_laid_out {
        return widths;
    }
    for flame_box in &session.layout.main.graph.boxes {
        let node = flame_box.node.index();
        if let Some(key) = key_of(stacks.frame[node], stacks.depth[node]) {
            *widths.entry(key).or_default() += flame_box.x1 - flame_box.x0;
        }
    }
    widths
}

/// The widest first.
fn sorted<K>(widths: BTreeMap<K, f64>) -> impl Iterator<Item = K> {
    let mut widths: Vec<_> = widths.into_iter().collect();
    widths.sort_by(|one, other| other.1.total_cmp(&one.1));
    widths.into_iter().map(|(key, _)| key)
}

/// From -1 (only in the baseline) to 1; where nothing is selected, all of it is in the baseline alone.
fn change_from(observed: u64, baseline: u64, scale: f64) -> f64 {
    let scale = if scale > 0.0 { scale } else { 1.0 };
    change(observed, baseline as f64 * scale)
}

#[cfg(test)]
mod tests {
    use super::change_from;

    #[test]
    fn what_nothing_is_compared_with_is_in_the_baseline_alone() {
        let change = |observed, scale| (change_from(observed, 4, scale) * 100.0).round() as i32;
        assert_eq!((change(0, 0.0), change(0, 0.5)), (-100, -100));
        assert_eq!((change(2, 0.5), change(6, 0.5)), (0, 50));
    }
}
