//! Menus that close once an entry is taken: egui closes them for the pointer, not for keys.

use super::command::Command;
use super::theme;
use egui::{
    ComboBox, EventFilter, FocusDirection, InnerResponse, Key, Modifiers, Popup, Response, Ui,
};

/// A menu, or a menu inside of one.
pub(super) fn menu(
    ui: &mut Ui,
    label: &str,
    commands: &mut Vec<Command>,
    content: impl FnOnce(&mut Ui, &mut Vec<Command>),
) -> Response {
    let menu = ui.menu_button(label, |ui| entries(ui, commands, content));
    menu.response
}

/// A menu of the bar, which the arrow down opens, too.
pub(super) fn bar_menu(
    ui: &mut Ui,
    label: &str,
    commands: &mut Vec<Command>,
    content: impl FnOnce(&mut Ui, &mut Vec<Command>),
) -> Response {
    let entering = ui.scope_id().with((label, "frames until it is entered"));
    match ui.data_mut(|data| data.remove_temp::<u8>(entering)) {
        // What comes after the button is its first entry.
        Some(0) => ui.memory_mut(|memory| memory.move_focus(FocusDirection::Next)),
        Some(frames) => {
            ui.data_mut(|data| data.insert_temp(entering, frames - 1));
            ui.request_repaint();
        }
        None => {}
    }
    let response = menu(ui, label, commands, content);
    let popup = Popup::default_response_id(&response);
    if response.has_focus() && !Popup::is_id_open(ui.ctx(), popup) {
        let filter = EventFilter {
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown)) {
            Popup::open_id(ui.ctx(), popup);
            // In its first frame, a menu is measured and takes no focus.
            ui.data_mut(|data| data.insert_temp(entering, 1_u8));
            ui.request_repaint();
        }
    }
    response
}

/// What is in a menu or a list.
pub(super) fn entries(
    ui: &mut Ui,
    commands: &mut Vec<Command>,
    content: impl FnOnce(&mut Ui, &mut Vec<Command>),
) {
    let before = commands.len();
    content(ui, commands);
    if commands.len() > before {
        ui.close();
    }
}

/// What is in a list that changes a value.
pub(super) fn choices<T: Clone + PartialEq>(
    ui: &mut Ui,
    value: &mut T,
    content: impl FnOnce(&mut Ui, &mut T),
) {
    let before = value.clone();
    content(ui, value);
    if *value != before {
        ui.close();
    }
}

/// A list to choose from. Closed by a key, it has the keyboard again.
pub(super) fn list(
    ui: &mut Ui,
    combo: ComboBox,
    content: impl FnOnce(&mut Ui),
) -> InnerResponse<Option<()>> {
    let shown = combo.show_ui(ui, content);
    let is_open = shown.inner.is_some();
    let id = shown.response.id.with("had the keyboard");
    let had: bool = ui.data(|data| data.get_temp(id)).unwrap_or(false);
    let is_pointed = ui.input(|input| input.pointer.any_pressed() || input.pointer.any_released());
    if !is_open && had && !is_pointed {
        // What had it in the list is gone.
        shown.response.request_focus();
    }
    let has_focus = ui.memory(|memory| memory.focused().is_some());
    let has = is_open && (has_focus || had) && !is_pointed;
    ui.data_mut(|data| data.insert_temp(id, has));
    shown
}

/// An entry of a list. The chosen one has the keyboard when the list is opened by it, so that arrows go on
/// from there.
pub(super) fn option(ui: &mut Ui, is_chosen: bool, label: &str) -> Response {
    let response = ui.selectable_label(is_chosen, label);
    lead(ui, is_chosen, &response);
    response
}

/// One of several entries of a menu of which one is chosen; as in a list.
pub(super) fn radio(ui: &mut Ui, is_chosen: bool, label: &str) -> Response {
    let response = theme::radio(ui, is_chosen, label);
    lead(ui, is_chosen, &response);
    response
}

fn lead(ui: &Ui, is_chosen: bool, response: &Response) {
    if is_chosen {
        let id = ui.scope_id().with("opened");
        let frame = ui.cumulative_frame_nr();
        let shown: Option<(u64, u64)> = ui.data(|data| data.get_temp(id));
        let opened = match shown {
            Some((opened, last)) if last + 1 >= frame => opened,
            _ => frame,
        };
        ui.data_mut(|data| data.insert_temp(id, (opened, frame)));
        // In its first frame, a list is measured and takes no focus.
        let has_keyboard = ui.memory(|memory| memory.focused().is_some());
        // Of several lists in one it is the first.
        let given = id.with("given");
        let is_first = ui.data(|data| data.get_temp(given)) != Some(frame);
        if frame == opened + 1 && has_keyboard && is_first {
            ui.data_mut(|data| data.insert_temp(given, frame));
            response.request_focus();
        } else if frame == opened {
            ui.request_repaint();
        }
    }
}
