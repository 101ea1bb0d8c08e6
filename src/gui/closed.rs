//! Profiles that were closed, to be opened again as they were. Files are, too, after a new start.

use super::app::App;
use super::preferences::Preferences;
use super::session_files::view_of_tab;
use super::tab::Tab;
use crate::session_file::ProfileView;
use egui::Context;

/// How many are kept.
const MOST: usize = 10;

/// Profiles that were closed, the last one last.
#[derive(Default)]
pub(super) struct Closed(Vec<Entry>);

enum Entry {
    File(Box<ProfileView>),
    /// What came with the program is no file, and small.
    Sample(Box<Tab>),
}

impl Closed {
    /// Those that were open or closed when the program ended.
    pub(super) fn kept(preferences: &Preferences) -> Self {
        let files = preferences.closed.iter().cloned();
        Self(files.map(|view| Entry::File(Box::new(view))).collect())
    }

    /// To be kept, with what is still open.
    pub(super) fn views<'a>(&self, open: impl Iterator<Item = &'a Tab>) -> Vec<ProfileView> {
        let closed = self.0.iter().filter_map(|entry| match entry {
            Entry::File(view) => Some((**view).clone()),
            Entry::Sample(_) => None,
        });
        let mut views: Vec<_> = closed.chain(open.filter_map(view_of_tab)).collect();
        views.drain(..views.len().saturating_sub(MOST));
        views
    }

    /// One that could not be opened as it was, so that it can be tried again.
    pub(super) fn push_unopened(&mut self, tab: Option<Tab>) {
        let view = tab.filter(|tab| tab.is_reopened);
        if let Some(view) = view.and_then(|tab| tab.opening) {
            // Below the others, which one that is gone must not hide.
            self.0.insert(0, Entry::File(Box::new(view)));
        }
    }

    fn push(&mut self, tab: Tab) {
        let entry = match (view_of_tab(&tab), tab.path.is_none()) {
            (Some(view), _) => Entry::File(Box::new(view)),
            (None, true) => Entry::Sample(Box::new(tab)),
            (None, false) => return,
        };
        self.0.push(entry);
        self.0.drain(..self.0.len().saturating_sub(MOST));
    }

    /// What the last one is called.
    pub(super) fn last_name(&self) -> Option<String> {
        self.0.last().map(|entry| match entry {
            Entry::File(view) => {
                let name = view.file.file_name();
                super::app::shown(name.map_or(view.file.as_path(), std::path::Path::new))
            }
            Entry::Sample(tab) => tab.name.clone(),
        })
    }
}

impl App {
    /// Closes a profile; what was kept of it is not lost, and that is said.
    pub(super) fn close_tab(&mut self, index: usize) {
        let Some(tab) = self.tabs.close(index) else {
            return;
        };
        let session = tab.session.as_ref();
        let has_more = session
            .is_some_and(|session| !session.choices.named.is_empty() || !session.notes.is_empty());
        let name = tab.name.clone();
        self.closed.push(tab);
        if has_more {
            let text = format!(
                "Closed {name}; Ctrl+Shift+T opens it again with its notes and kept selections"
            );
            self.tell(text);
        }
    }

    /// Opens the profile again that was closed last, as it was.
    pub(super) fn reopen(&mut self, context: &Context) {
        match self.closed.0.pop() {
            Some(Entry::File(view)) => {
                self.open_view(context, *view);
                if let Some(tab) = self.tabs.active_mut() {
                    tab.is_reopened = true;
                }
            }
            Some(Entry::Sample(tab)) => self.tabs.add(*tab),
            None => {}
        }
    }
}
