//! Menus that close once an entry is taken: egui closes them for the pointer, not for keys.

use super::command::Command;
use egui::{Response, Ui};

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
