//! When some code ran, on the heat map: what a search finds, or else the function that is marked.

use super::choices::ViewKey;
use super::session::Session;
use super::view::Found;
use crate::filter::matching_frames;
use crate::lanes::LaneOptions;
use crate::profile::FrameId;
use std::sync::Arc;

/// What is looked for, by cell and by lane.
pub(super) type MatchedKey = (ViewKey, LookedFor, Option<LaneOptions>);

/// The code whose time the heat map shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum LookedFor {
    /// What a search finds.
    Search(String),
    /// The function that is marked.
    Function(FrameId),
}

impl Session {
    /// What the heat map is to show the time of: a search comes before a mark.
    fn looked_for(&self) -> Option<LookedFor> {
        let is_wanted = self.wanted.matched && self.pattern.0 == self.choices.search;
        match (&self.pattern, self.choices.marked) {
            _ if !is_wanted => None,
            ((search, Some(_)), _) => Some(LookedFor::Search(search.clone())),
            ((search, None), Some(marked)) if search.is_empty() => {
                Some(LookedFor::Function(marked))
            }
            _ => None,
        }
    }

    pub(super) fn wanted_matched(&self) -> Option<MatchedKey> {
        let [rows, _] = self.wanted_lanes();
        let lanes = rows.map(|(_, options)| options);
        Some((self.view.key.clone(), self.looked_for()?, lanes))
    }

    pub(super) fn request_matched(&mut self) {
        let Some(key) = self.wanted_matched() else {
            return;
        };
        let (profile, view, wanted) = self.for_work(&key);
        let pattern = self.pattern.1.clone();
        self.matched.request(wanted, move || {
            let frames = match (&key.1, pattern) {
                (LookedFor::Search(_), Some(pattern)) => {
                    matching_frames(&profile, |name| pattern.is_match(name))
                }
                (LookedFor::Function(function), _) => {
                    let frames = 0..profile.frames.len();
                    frames.map(|frame| frame == function.index()).collect()
                }
                (LookedFor::Search(_), None) => return None,
            };
            let found = view.found(&profile, &frames, key.2);
            found.ok().map(Arc::new)
        });
    }

    /// What the search finds, or else the marked function, where that is shown.
    pub(super) fn matched(&self) -> Option<&Arc<Found>> {
        let (key, found) = self.matched.current()?;
        let is_shown = self.looked_for().as_ref() == Some(&key.1);
        found
            .as_ref()
            .filter(|_| is_shown && key.0.is_like(&self.view.key))
    }

    /// The same, and what is looked for.
    pub(super) fn named_matches(&self) -> Option<(Arc<Found>, String)> {
        let what = match self.looked_for()? {
            LookedFor::Search(search) => format!("/{search}/"),
            LookedFor::Function(function) => self.profile.frame_name(function).into_owned(),
        };
        Some((Arc::clone(self.matched()?), what))
    }
}
