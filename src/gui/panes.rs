//! Going from view to view by a key (F6), and to the menus (F10), wherever the keyboard is.

use egui::{Context, Id};

fn panes_id() -> Id {
    Id::unique("views and panels")
}

fn menu_id() -> Id {
    Id::unique("first menu")
}

/// At the begin of a frame: there are none yet.
pub(super) fn begin(context: &Context) {
    let drawn: Vec<Id> = context.data_mut(|data| data.remove_temp(panes_id()).unwrap_or_default());
    // Keys come before anything is drawn.
    context.data_mut(|data| data.insert_temp(panes_id().with("before"), drawn));
}

/// What has the keyboard when one comes to a view or panel that has just been drawn.
pub(super) fn add(context: &Context, id: Id) {
    context.data_mut(|data| {
        let panes: &mut Vec<Id> = data.get_temp_mut_or_default(panes_id());
        panes.push(id);
    });
}

/// The first of the menus.
pub(super) fn set_menu(context: &Context, id: Id) {
    context.data_mut(|data| data.insert_temp(menu_id(), id));
}

/// In the order in which they are drawn: panels, heat map, flame graph.
pub(super) fn focus_next(context: &Context, forward: bool) {
    let panes: Vec<Id> = context
        .data(|data| data.get_temp(panes_id().with("before")))
        .unwrap_or_default();
    let Some(last) = panes.len().checked_sub(1) else {
        return;
    };
    let focused = context.memory(|memory| memory.focused());
    let at = panes.iter().position(|pane| focused == Some(*pane));
    let next = match (at, forward) {
        (None, true) => 0,
        (None, false) => last,
        (Some(at), true) => (at + 1) % panes.len(),
        (Some(at), false) => at.checked_sub(1).unwrap_or(last),
    };
    context.memory_mut(|memory| memory.request_focus(panes[next]));
}

pub(super) fn focus_menu(context: &Context) {
    if let Some(menu) = context.data(|data| data.get_temp(menu_id())) {
        context.memory_mut(|memory| memory.request_focus(menu));
    }
}
