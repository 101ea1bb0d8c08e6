//! Going from box to box by the arrow keys, while the flame graph has the focus.

use super::picture::{Direction, Picture};
use super::{FlameGraphView, Pane, Pointed, clicked};
use crate::flame_graph::FlameBox;
use crate::gui::command::Command;
use crate::gui::derived::Rows;
use crate::gui::session::Session;
use egui::{EventFilter, Key, Modifiers, Response, Ui};

impl FlameGraphView {
    /// Arrows go to the caller, the widest callee, and the neighbours; Enter is a click.
    pub(super) fn keys(
        &mut self,
        ui: &Ui,
        response: &Response,
        picture: &Picture<'_>,
    ) -> Option<Command> {
        if !response.has_focus() {
            self.cursor = None;
            return None;
        }
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        // The arrows of an open menu are its own.
        let has_menu = egui::Popup::is_any_open(ui.ctx());
        let filter = if has_menu {
            EventFilter::default()
        } else {
            filter
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let session = picture.session;
        let version = session.layout.version;
        let rows = picture.rows;
        let zoomed = rows.zoomed;
        let is_zoomed = |flame_box: &FlameBox| flame_box.node == zoomed;
        let start = rows.graph.boxes.iter().position(is_zoomed).unwrap_or(0);
        let mut at = match self.cursor {
            Some((of, index)) if of == version => index,
            _ => start,
        };
        let (deeper, back) = match picture.direction {
            Direction::Up => (Key::ArrowUp, Key::ArrowDown),
            Direction::Down => (Key::ArrowDown, Key::ArrowUp),
        };
        let pressed =
            |key| !has_menu && ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let (before, is_new) = (at, response.gained_focus());
        for (key, step) in [
            (deeper, Step::Callee),
            (back, Step::Caller),
            (Key::ArrowLeft, Step::Left),
            (Key::ArrowRight, Step::Right),
        ] {
            if pressed(key) {
                at = next(rows, at, step).unwrap_or(at);
            }
        }
        self.cursor = Some((version, at));
        if at != before || is_new {
            picture.scroll_to(ui, Some(at));
        }
        picture.outline(ui, at);
        // The key for it where a keyboard has none of its own.
        if ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::F10)) {
            let place = picture.place_of(at);
            self.menu_of = self.at_cursor(session).zip(Some(place));
            self.opens_menu = self.menu_of.is_some();
        }
        let is_entered = pressed(Key::Enter);
        let pointed = self.at_cursor(session).filter(|_| is_entered)?;
        clicked(session, pointed, Modifiers::NONE)
    }

    /// The box that the keys have come to.
    pub(super) fn at_cursor(&self, session: &Session) -> Option<Pointed> {
        let (version, index) = self.cursor?;
        let flame_box = session.layout.main.graph.boxes.get(index)?;
        let frame = *session.stacks().frame.get(flame_box.node.index())?;
        (version == session.layout.version).then_some(Pointed {
            node: flame_box.node,
            frame,
            pane: Pane::Main,
        })
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Callee,
    Caller,
    Left,
    Right,
}

/// The box that a step from one leads to.
fn next(rows: &Rows, at: usize, step: Step) -> Option<usize> {
    let boxes = &rows.graph.boxes;
    let from = boxes.get(at)?;
    let row = |depth: u32| rows.rows.get(depth as usize).map_or(&[][..], Vec::as_slice);
    let same_row = row(from.depth);
    let place = same_row.binary_search(&(at as u32)).ok()?;
    let holds = |outer: &FlameBox, inner: &FlameBox| outer.x0 <= inner.x0 && inner.x1 <= outer.x1;
    let found = match step {
        Step::Left => same_row.get(place.checked_sub(1)?),
        Step::Right => same_row.get(place + 1),
        Step::Caller => {
            let above = row(from.depth.checked_sub(1)?).iter();
            let mut above = above.filter(|index| holds(&boxes[**index as usize], from));
            above.next()
        }
        Step::Callee => {
            let width = |index: &&u32| {
                let flame_box = &boxes[**index as usize];
                flame_box.x1 - flame_box.x0
            };
            let below = row(from.depth + 1).iter();
            let below = below.filter(|index| holds(from, &boxes[**index as usize]));
            below.max_by(|one, other| width(one).total_cmp(&width(other)))
        }
    };
    found.map(|index| *index as usize)
}
