//! [`Zoom`]: the node that the flame graph is zoomed to, whatever its profile's frames are numbered.

use crate::profile::{FrameId, Profile};
use crate::session_file::FrameName;

/// The frames from the root to the node that is as wide as the picture; none for the root.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Zoom {
    /// In the profile that is shown, without the first where that is a root which others have taken the
    /// place of; empty where it has not all of them.
    frames: Vec<FrameId>,
    /// Kept where it has not: in another shape, or undone, it may have them again.
    names: Vec<FrameName>,
}

impl Zoom {
    pub(super) fn to(profile: &Profile, frames: Vec<FrameId>) -> Self {
        let names = frames.iter().map(|frame| FrameName::of(profile, *frame));
        Self {
            names: names.collect(),
            frames,
        }
    }

    pub(super) fn named(profile: &Profile, names: Vec<FrameName>) -> Self {
        let find = |names: &[FrameName]| -> Option<Vec<FrameId>> {
            names.iter().map(|name| name.find(profile)).collect()
        };
        let inner = || match names.split_first() {
            Some((root, inner)) if root.thread => find(inner),
            _ => None,
        };
        let frames = find(&names).or_else(inner);
        Self {
            frames: frames.unwrap_or_default(),
            names,
        }
    }

    /// The same of another loading of the profile.
    pub(super) fn translated(&self, from: &Profile, to: &Profile) -> Self {
        let frames = self.frames.iter().map(|frame| to.find_frame(from, *frame));
        match frames.collect::<Option<Vec<_>>>() {
            Some(frames) if !frames.is_empty() && frames.len() == self.names.len() => Self {
                frames,
                names: self.names.clone(),
            },
            // A name alone stands for several frames, and is the next best.
            _ => Self::named(to, self.names.clone()),
        }
    }

    pub(super) fn frames(&self) -> &[FrameId] {
        &self.frames
    }

    /// Which root the frames were below, where others have taken its place.
    pub(super) fn lost_root(&self) -> Option<&str> {
        let is_lost = self.frames.len() + 1 == self.names.len();
        let root = self.names.first().filter(|_| is_lost)?;
        Some(&root.name)
    }

    pub(super) fn names(&self) -> &[FrameName] {
        &self.names
    }

    /// To the caller of the node.
    pub(super) fn step_out(&mut self) {
        // One that waits for other frames is left alone: nobody sees it.
        if self.frames.pop().is_some() {
            self.names.pop();
        }
    }
}
