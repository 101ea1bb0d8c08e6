//! Parts of the window whose size a divider sets. A size that was chosen is kept while there is no room
//! for it; until one is, the part is as large as suits the window.

use egui::containers::panel::PanelState;
use egui::emath::Rangef;
use egui::{Frame, Id, Panel, Rect, Ui, accesskit::Action};

/// At which edge of the room that is left a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Left,
    Right,
    Top,
    Bottom,
}

impl Edge {
    fn panel(self, name: &str) -> Panel {
        match self {
            Self::Left => Panel::left(name),
            Self::Right => Panel::right(name),
            Self::Top => Panel::top(name),
            Self::Bottom => Panel::bottom(name),
        }
    }

    fn size_of(self, rect: Rect) -> f32 {
        match self {
            Self::Left | Self::Right => rect.width(),
            Self::Top | Self::Bottom => rect.height(),
        }
    }
}

/// A part of the window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    edge: Edge,
    name: &'a str,
    /// Whether it is a part of another one, which has a margin already.
    is_inner: bool,
}

impl<'a> Part<'a> {
    pub(super) const fn of(edge: Edge, name: &'a str) -> Self {
        Self {
            edge,
            name,
            is_inner: false,
        }
    }

    /// One inside of another.
    pub(super) const fn within(edge: Edge, name: &'a str) -> Self {
        Self {
            is_inner: true,
            ..Self::of(edge, name)
        }
    }

    fn panel(&self, ui: &Ui) -> Panel {
        let panel = self.edge.panel(self.name);
        if !self.is_inner {
            return panel;
        }
        // Only to what is beside it.
        let mut frame = Frame::side_top_panel(ui.style());
        let margin = &mut frame.inner_margin;
        match self.edge {
            Edge::Left | Edge::Right => (margin.top, margin.bottom) = (0, 0),
            Edge::Top | Edge::Bottom => (margin.left, margin.right) = (0, 0),
        }
        panel.frame(frame)
    }
}

/// Draws a part with a divider that can be dragged; a double click on it gives up what was chosen.
/// `suiting` is its size in points until then, `range` what there is room for.
pub(super) fn show<R>(
    ui: &mut Ui,
    part: Part<'_>,
    suiting: f32,
    range: Rangef,
    content: impl FnOnce(&mut Ui) -> R,
) -> R {
    // As the panel calls itself and its divider.
    let panel = ui.scope_id().with(part.name);
    let divider = panel.with("__resize");
    let chosen_id = panel.with("chosen");
    let chosen: Option<f32> = ui.data_mut(|data| data.get_persisted(chosen_id));
    if !is_moved(ui, divider) {
        let size = chosen.unwrap_or(suiting);
        // Only its size counts.
        let outer_rect = Rect::from_min_size(egui::Pos2::ZERO, egui::Vec2::splat(size));
        let state = PanelState { outer_rect };
        ui.data_mut(|data| data.insert_persisted(panel, state));
    }
    let shown = part
        .panel(ui)
        .resizable(true)
        .size_range(range)
        .show(ui, content);
    let handle = ui.ctx().read_response(divider);
    if handle.is_some_and(|handle| handle.double_clicked()) {
        ui.data_mut(|data| data.remove::<f32>(chosen_id));
    } else if is_moved(ui, divider) {
        let size = part.edge.size_of(shown.response.rect);
        ui.data_mut(|data| data.insert_persisted(chosen_id, size));
    }
    shown.inner
}

/// Whether a divider is dragged, or was told by assistive technology to move.
fn is_moved(ui: &Ui, divider: Id) -> bool {
    let handle = ui.ctx().read_response(divider);
    let is_asked = ui.input(|input| {
        [Action::Increment, Action::Decrement, Action::SetValue]
            .into_iter()
            .any(|action| input.has_accesskit_action_request(divider, action))
    });
    is_asked || handle.is_some_and(|handle| handle.dragged() || handle.drag_stopped())
}
