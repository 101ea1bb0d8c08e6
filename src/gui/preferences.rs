//! [`Preferences`]: what is kept from one start to the next.

use super::flame_graph::FlameGraphLook;
use super::heat_map::HeatMapLook;
use super::panels::Panels;
use crate::flame_graph::SiblingOrder;
use crate::lanes::LaneKind;
use crate::palette::{FrameColors, HeatRamp, HeatScale};
use crate::session_file::ProfileView;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How many recent files are kept.
const RECENTS: usize = 10;

/// What is kept. Choices of a list are kept by their place in it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Preferences {
    /// Newest first.
    pub(super) recents: Vec<Recent>,
    /// What was open, and what was closed before, when the program ended; the last one last.
    pub(super) closed: Vec<ProfileView>,
    pub(super) icicle: bool,
    /// Whether the widest calls are at the left.
    pub(super) widest_first: bool,
    pub(super) panels: Panels,
    pub(super) shows_matched: bool,
    pub(super) shows_difference: bool,
    pub(super) matched_beside: bool,
    pub(super) by_clock: bool,
    /// The count at which the heat map's colours end; 0 for what the scale gives.
    pub(super) scale_end: u64,
    ramp: usize,
    scale: usize,
    colors: usize,
    groups: Option<usize>,
}

/// A file that was open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Recent {
    pub(super) path: PathBuf,
    /// Its heat map in small.
    #[serde(default)]
    pub(super) thumbnail: Option<Thumbnail>,
    /// Whether it is a session, as not all are called so.
    #[serde(default)]
    pub(super) is_session: bool,
}

/// A small picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Thumbnail {
    pub(super) width: usize,
    /// Rows from the top, red, green and blue of each point.
    pub(super) rgb: Vec<u8>,
}

impl Preferences {
    pub(super) fn heat_map(&self) -> HeatMapLook {
        HeatMapLook {
            ramp: chosen(&HeatRamp::ALL, self.ramp),
            scale: chosen(&HeatScale::ALL, self.scale),
            end: self.scale_end,
            beside: self.matched_beside,
            by_clock: self.by_clock,
            groups: self
                .groups
                .and_then(|index| LaneKind::ALL.get(index).map(|(kind, _)| *kind)),
        }
    }

    /// With the root at the top (`icicle`) or at the bottom, as is chosen of each profile.
    pub(super) fn flame_graph(&self, icicle: bool) -> FlameGraphLook {
        FlameGraphLook {
            icicle,
            colors: chosen(&FrameColors::ALL, self.colors),
            order: match self.widest_first {
                true => SiblingOrder::Weight,
                false => SiblingOrder::Name,
            },
        }
    }

    pub(super) fn set_ramp(&mut self, ramp: HeatRamp) {
        self.ramp = place(&HeatRamp::ALL, ramp);
    }

    pub(super) fn set_scale(&mut self, scale: HeatScale) {
        self.scale = place(&HeatScale::ALL, scale);
    }

    pub(super) fn set_colors(&mut self, colors: FrameColors) {
        self.colors = place(&FrameColors::ALL, colors);
    }

    pub(super) fn set_groups(&mut self, groups: Option<LaneKind>) {
        self.groups = groups.map(|kind| place(&LaneKind::ALL, kind));
    }

    /// Puts a file in front of the recent ones.
    pub(super) fn remember(&mut self, path: &Path, thumbnail: Option<Thumbnail>) {
        self.put_first(Recent {
            path: path.to_owned(),
            thumbnail,
            is_session: false,
        });
    }

    /// Does so with a session.
    pub(super) fn remember_session(&mut self, path: &Path) {
        self.put_first(Recent {
            path: path.to_owned(),
            thumbnail: None,
            is_session: true,
        });
    }

    fn put_first(&mut self, recent: Recent) {
        let path = std::path::absolute(&recent.path).unwrap_or_else(|_| recent.path.clone());
        // What is kept is text.
        if path.to_str().is_none() {
            return;
        }
        self.recents.retain(|other| other.path != path);
        self.recents.insert(0, Recent { path, ..recent });
        self.recents.truncate(RECENTS);
    }
}

fn chosen<T: Copy + Default>(all: &[(T, &str)], index: usize) -> T {
    all.get(index).map_or(T::default(), |(choice, _)| *choice)
}

fn place<T: PartialEq>(all: &[(T, &str)], choice: T) -> usize {
    all.iter()
        .position(|(other, _)| *other == choice)
        .unwrap_or(0)
}
