//! Zooming by Ctrl and the wheel, or by pinching: a frame at a time, towards what is under the pointer.

use super::{FlameGraphView, Pane, Pointed};
use crate::gui::command::Command;
use crate::gui::session::Session;
use crate::profile::StackId;
use egui::{Response, Ui};

/// A notch of a wheel zooms by a little more.
const STEP: f32 = 1.2;

impl FlameGraphView {
    /// A step, once there is enough for one.
    pub(super) fn wheel(
        &mut self,
        ui: &Ui,
        response: &Response,
        session: &Session,
        hovered: Option<Pointed>,
    ) -> Option<Command> {
        let turned = ui.input(|input| input.zoom_delta());
        if !response.contains_pointer() || (turned - 1.0).abs() < f32::EPSILON {
            return None;
        }
        // The other way begins anew.
        let goes_on = (self.turned - 1.0) * (turned - 1.0) > 0.0 && self.turned > 0.0;
        self.turned = turned * if goes_on { self.turned } else { 1.0 };
        let is_in = self.turned > STEP;
        if !is_in && self.turned > 1.0 / STEP {
            return None;
        }
        self.turned *= if is_in { 1.0 / STEP } else { STEP };
        let node = match is_in {
            true => narrower(
                session,
                hovered.filter(|pointed| pointed.pane == Pane::Main)?,
            ),
            false => wider(session),
        };
        node.map(Command::Zoom)
    }
}

/// On the way from what is zoomed to, to a box: the first that is narrower, or else the box.
fn narrower(session: &Session, to: Pointed) -> Option<StackId> {
    let zoomed = session.zoomed_node();
    let weight = |node: StackId| weight(session, node);
    let path: Vec<StackId> = session.stacks().path_up(to.node).collect();
    let below = match zoomed {
        StackId::ROOT => path.len(),
        // What called it is not on the way in.
        zoomed => path.iter().position(|node| *node == zoomed)?,
    };
    let way = &path[..below];
    let first = way
        .iter()
        .rev()
        .find(|node| weight(**node) < weight(zoomed));
    first.or(way.first()).copied()
}

/// The nearest caller of what is zoomed to that is wider.
fn wider(session: &Session) -> Option<StackId> {
    let zoomed = session.zoomed_node();
    if zoomed == StackId::ROOT {
        return None;
    }
    let weight = |node: StackId| weight(session, node);
    let mut callers = session.stacks().path_up(zoomed).skip(1);
    let wider = callers.find(|caller| weight(*caller) > weight(zoomed));
    let wider = wider.filter(|node| weight(*node) < weight(StackId::ROOT));
    Some(wider.unwrap_or(StackId::ROOT))
}

fn weight(session: &Session, node: StackId) -> u64 {
    let weights = session.tree().map(|(_, tree)| &tree.main.tree.total_weight);
    let weight = weights.and_then(|weights| weights.get(node.index()));
    weight.copied().unwrap_or(0)
}
