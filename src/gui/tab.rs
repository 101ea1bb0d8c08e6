//! [`Tab`]: one open profile with its views, or one that is being loaded.

use super::file_watch::{FileWatch, Stamp};
use super::filter_panel::FilterPanel;
use super::flame_graph::FlameGraphView;
use super::functions_panel::FunctionsPanel;
use super::heat_map::HeatMapView;
use super::loading::Loading;
use super::reshaping::Reshaping;
use super::session::Session;
use crate::session_file::ProfileView;
use egui::Context;
use std::path::PathBuf;

/// One open profile.
#[derive(Default)]
pub(super) struct Tab {
    /// What it is called: its file's name.
    pub(super) name: String,
    /// Where it is, unless it came with the program.
    pub(super) path: Option<PathBuf>,
    /// What is shown, once there is something.
    pub(super) session: Option<Session>,
    /// More of the same profile, to take the session's place when all that is shown has been derived.
    pub(super) next: Option<Session>,
    pub(super) loading: Option<Loading>,
    pub(super) reshaping: Option<Reshaping>,
    /// What is to be shown of it once it is there.
    pub(super) opening: Option<ProfileView>,
    /// Whether it was closed before, and is opened again.
    pub(super) is_reopened: bool,
    pub(super) heat_map: HeatMapView,
    pub(super) flame_graph: FlameGraphView,
    pub(super) functions: FunctionsPanel,
    pub(super) filters: FilterPanel,
    /// Looks whether the file changes after it was loaded.
    watch: Option<FileWatch>,
    /// Of the file as it was loaded, or as it was when a change was dismissed.
    known: Option<Stamp>,
}

impl Tab {
    pub(super) fn new(name: String, path: Option<PathBuf>) -> Self {
        Self {
            name,
            path,
            ..Self::default()
        }
    }

    /// Looks from now on whether the file is another one than before it was read.
    pub(super) fn watch_file(&mut self, context: &Context, stamp: Option<Stamp>) {
        let context = context.clone();
        let watched = self.path.clone().zip(stamp);
        self.watch = watched
            .map(|(path, stamp)| FileWatch::new(path, stamp, move || context.request_repaint()));
        self.known = stamp;
    }

    fn stamp(&self) -> Option<Stamp> {
        self.watch.as_ref().map(FileWatch::stamp)
    }

    /// Whether the file is another one by now.
    pub(super) fn has_changed(&self) -> bool {
        self.stamp() != self.known
    }

    /// Says nothing of it until the file changes again.
    pub(super) fn dismiss_change(&mut self) {
        self.known = self.stamp();
    }

    /// Whether everything that is shown is up to date.
    pub(super) fn is_settled(&self) -> bool {
        let is_current = self
            .session
            .as_ref()
            .is_none_or(|session| !session.is_stale());
        self.loading.is_none() && self.next.is_none() && is_current
    }
}
