//! [`Tabs`]: the open profiles, and which of them is shown.

use super::app::shown;
use super::command::Command;
use super::names::shortened;
use super::tab::Tab;
use egui::Ui;
use std::path::{Path, PathBuf};

/// In characters; the whole path is in the tooltip.
const LONGEST_NAME: usize = 36;

/// The open profiles.
#[derive(Default)]
pub(super) struct Tabs {
    tabs: Vec<Tab>,
    /// `None` shows the start page.
    shown: Option<usize>,
}

impl Tabs {
    pub(super) fn active(&self) -> Option<&Tab> {
        self.shown.and_then(|index| self.tabs.get(index))
    }

    pub(super) fn active_mut(&mut self) -> Option<&mut Tab> {
        self.shown.and_then(|index| self.tabs.get_mut(index))
    }

    pub(super) fn is_shown(&self, index: usize) -> bool {
        self.shown == Some(index)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Tab> {
        self.tabs.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Tab> {
        self.tabs.iter_mut()
    }

    /// The one of a file. The same file, however it was named, is open once.
    pub(super) fn of_file(&self, path: &Path) -> Option<usize> {
        let real = path.canonicalize();
        let is_real = |open: &PathBuf| match (&real, open.canonicalize()) {
            (Ok(one), Ok(other)) => *one == other,
            _ => open == path,
        };
        let is_open = |tab: &Tab| tab.path.as_ref().is_some_and(is_real);
        self.tabs.iter().position(is_open)
    }

    /// Shows a new one, right of the one that is shown: closing it leads back there.
    pub(super) fn add(&mut self, tab: Tab) {
        let index = self.shown.map_or(self.tabs.len(), |shown| shown + 1);
        self.tabs.insert(index, tab);
        self.shown = Some(index);
    }

    pub(super) fn show(&mut self, index: Option<usize>) {
        self.shown = index.filter(|index| *index < self.tabs.len());
    }

    pub(super) fn show_next(&mut self, forward: bool) {
        let count = self.tabs.len().max(1);
        let step = if forward { 1 } else { count - 1 };
        let next = self.shown.map_or(0, |shown| (shown + step) % count);
        self.show(Some(next));
    }

    /// Which of them is shown.
    pub(super) fn shown(&self) -> Option<usize> {
        self.shown
    }

    /// Closes one; the one to the left of it is shown instead.
    pub(super) fn close(&mut self, index: usize) -> Option<Tab> {
        if index >= self.tabs.len() {
            return None;
        }
        let closed = self.tabs.remove(index);
        self.shown = match self.shown {
            Some(shown) if shown >= index => shown.checked_sub(1),
            shown => shown,
        };
        if self.shown.is_none() && !self.tabs.is_empty() {
            self.shown = Some(0);
        }
        Some(closed)
    }

    /// Draws a bar of them, where there are several or the start page hides one.
    pub(super) fn ui(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let least = if self.shown.is_some() { 2 } else { 1 };
        if self.tabs.len() < least {
            return;
        }
        egui::Panel::top("tabs").show(ui, |ui| {
            egui::ScrollArea::horizontal().show(ui, |ui| {
                ui.horizontal(|ui| {
                    for (index, tab) in self.tabs.iter().enumerate() {
                        let is_shown = self.shown == Some(index);
                        let name = shortened(&tab.name, LONGEST_NAME);
                        let label = match tab.loading {
                            Some(_) => format!("{name} …"),
                            None => name.into_owned(),
                        };
                        let mut button = ui.selectable_label(is_shown, label);
                        if let Some(path) = &tab.path {
                            button = button.on_hover_text(shown(path));
                        }
                        // What has come to the front is seen, however many there are.
                        let (id, now) =
                            (egui::Id::unique("tab in front"), (index, self.tabs.len()));
                        if is_shown && ui.data(|data| data.get_temp(id)) != Some(now) {
                            ui.data_mut(|data| data.insert_temp(id, now));
                            button.scroll_to_me(None);
                        }
                        if button.clicked() {
                            commands.push(Command::ShowTab(Some(index)));
                        }
                        let is_middle = button.middle_clicked();
                        button.accessible_name(format!("Profile {}", tab.name));
                        let close = ui.small_button("×").on_hover_text("Close (Ctrl+W)");
                        if close.clicked() || is_middle {
                            commands.push(Command::CloseTab(index));
                        }
                        close.accessible_name(format!("Close {}", tab.name));
                        ui.add_space(6.0);
                    }
                    let start = ui.selectable_label(self.shown.is_none(), "+");
                    if start.on_hover_text("Start page").clicked() {
                        commands.push(Command::ShowTab(None));
                    }
                });
            });
        });
    }
}
