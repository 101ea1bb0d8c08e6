//! [`Tab`]: one open profile with its views, or one that is being loaded.

use super::filter_panel::FilterPanel;
use super::flame_graph::FlameGraphView;
use super::functions_panel::FunctionsPanel;
use super::heat_map::HeatMapView;
use super::loading::Loading;
use super::rooting::Rooting;
use super::session::Session;
use crate::job::Job;
use crate::session_file::ProfileView;
use egui::Context;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What tells whether a file has changed: its length and when it was written.
pub(super) type Stamp = (u64, Option<SystemTime>);

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
    pub(super) rooting: Option<Rooting>,
    /// What is to be shown of it once it is there.
    pub(super) opening: Option<ProfileView>,
    pub(super) heat_map: HeatMapView,
    pub(super) flame_graph: FlameGraphView,
    pub(super) functions: FunctionsPanel,
    pub(super) filters: FilterPanel,
    /// Of the file as it was loaded.
    stamp: Option<Stamp>,
    checking: Option<Job<Option<Stamp>>>,
    /// Whether the file is another one by now.
    pub(super) has_changed: bool,
}

impl Tab {
    pub(super) fn new(name: String, path: Option<PathBuf>) -> Self {
        Self {
            name,
            path,
            ..Self::default()
        }
    }

    /// Remembers what the file was like before it was read.
    pub(super) fn note_stamp(&mut self, stamp: Option<Stamp>) {
        self.stamp = stamp;
        self.has_changed = false;
        self.checking = None;
    }

    /// Looks whether the file has changed, in the background: it may be on a slow disk.
    pub(super) fn check_file(&mut self, context: &Context) {
        let Some(path) = self.path.clone().filter(|_| self.loading.is_none()) else {
            return;
        };
        let context = context.clone();
        let wake = move || context.request_repaint();
        self.checking = Some(Job::start(move |_| stamp(&path), wake));
    }

    /// Takes in what that found.
    pub(super) fn take_in_check(&mut self) {
        let Some(found) = self.checking.as_ref().and_then(Job::poll) else {
            return;
        };
        self.checking = None;
        // A file that has gone has not changed: what is shown is all there is.
        let found = found.ok().flatten();
        self.has_changed = found.is_some() && found != self.stamp;
    }

    /// Whether everything that is shown is up to date.
    pub(super) fn is_settled(&self) -> bool {
        let is_current = self
            .session
            .as_ref()
            .is_none_or(|session| !session.is_stale());
        self.loading.is_none() && self.next.is_none() && self.checking.is_none() && is_current
    }
}

/// Of the file as it is now; `None` of what is no file.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    // A pipe has neither.
    metadata
        .is_file()
        .then(|| (metadata.len(), metadata.modified().ok()))
}
