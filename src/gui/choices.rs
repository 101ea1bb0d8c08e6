//! [`Choices`]: what the user has chosen to see of a profile, as plain data; and [`History`], which
//! makes each choice undoable.

use super::measure::Measure;
use super::other::Other;
use super::zoom::Zoom;
use crate::call_tree::{Direction, Reshape};
use crate::difference::{self, Normalization};
use crate::export::Kept;
use crate::filter::{EventChoice, SampleFilter};
use crate::heat_map::HeatMapOptions;
use crate::lanes::LaneKind;
use crate::profile::{FrameId, Profile, TimeRange};
use crate::roots::Roots;
use crate::selection::Selection;

/// What decides which samples are shown and how they are binned.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ViewKey {
    pub(super) measure: Measure,
    pub(super) filter: SampleFilter,
    pub(super) heat_map: HeatMapOptions,
}

impl ViewKey {
    /// Whether what was counted for one can stand for the other until that is counted.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.measure, self.heat_map) == (other.measure, other.heat_map)
    }
}

/// How the flame graph sees the selection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum GraphMode {
    /// From the root: what each function calls.
    #[default]
    Callees,
    /// From the leaves: who calls each function.
    Callers,
    /// One function, its callers above and its callees below.
    Sandwich(FrameId),
}

/// Functions that are seen otherwise than they ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GraphEdits {
    /// Only what this function calls.
    pub(super) focus: Option<FrameId>,
    /// In the order in which they were hidden.
    pub(super) hidden: Vec<FrameId>,
    pub(super) collapses_recursion: bool,
}

impl GraphEdits {
    /// With other numbers for its frames.
    pub(super) fn mapped(&self, frame: impl Fn(FrameId) -> FrameId) -> Self {
        Self {
            focus: self.focus.map(&frame),
            hidden: self.hidden.iter().map(|id| frame(*id)).collect(),
            collapses_recursion: self.collapses_recursion,
        }
    }

    /// As a call tree's shape.
    pub(super) fn reshape(&self, direction: Direction) -> Reshape {
        Reshape {
            direction,
            function: self.focus,
            hidden: self.hidden.clone(),
            collapses_recursion: self.collapses_recursion,
        }
    }
}

/// What the selection is compared with.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Baseline {
    /// Another profile, if not this one.
    pub(super) other: Option<Other>,
    /// `None` for all that is not selected.
    pub(super) ranges: Option<Selection>,
    pub(super) normalization: Normalization,
    /// Whether only what has vanished is shown: stacks of the baseline alone.
    pub(super) shows_vanished: bool,
}

impl Baseline {
    /// Other ranges (`None` for all that is not selected), compared in the same way.
    pub(super) fn with(&self, ranges: Option<Selection>) -> Self {
        Self {
            other: None,
            ranges,
            normalization: self.normalization,
            shows_vanished: false,
        }
    }

    /// What a selection is compared with; `None` where there is nothing.
    pub(super) fn of(&self, profile: &Profile, selection: &Selection) -> Option<Selection> {
        let rest = || difference::rest(profile, selection);
        self.ranges.clone().or_else(rest)
    }
}

/// A selection with a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NamedSelection {
    pub(super) name: String,
    pub(super) selection: Selection,
}

impl From<&NamedSelection> for Kept {
    fn from(kept: &NamedSelection) -> Self {
        Self {
            name: kept.name.clone(),
            selection: kept.selection.clone(),
        }
    }
}

/// Everything that can be undone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choices {
    pub(super) view: ViewKey,
    /// What the heat map's rows are; `None` for offsets.
    pub(super) lanes: Option<LaneKind>,
    pub(super) selection: Selection,
    pub(super) baseline: Option<Baseline>,
    pub(super) search: String,
    /// What stacks begin with.
    pub(super) roots: Roots,
    pub(super) mode: GraphMode,
    /// The root of the flame graph at the top.
    pub(super) icicle: bool,
    pub(super) edits: GraphEdits,
    pub(super) zoom: Zoom,
    /// The function that is marked in every view.
    pub(super) marked: Option<FrameId>,
    /// Selections that were kept.
    pub(super) named: Vec<NamedSelection>,
}

impl Choices {
    pub(super) fn new(view: ViewKey) -> Self {
        Self {
            view,
            lanes: None,
            selection: Selection::whole(),
            baseline: None,
            search: String::new(),
            roots: Roots::default(),
            mode: GraphMode::default(),
            icicle: false,
            edits: GraphEdits::default(),
            zoom: Zoom::default(),
            marked: None,
            named: Vec::new(),
        }
    }

    /// The same of another loading of the profile, whose frames have other numbers. What is not
    /// there is left out. Of a file that was recorded anew, ranges stay as far from its origin.
    pub(super) fn translated(&self, from: &Profile, to: &Profile) -> Self {
        let frame = |frame: FrameId| to.find_frame(from, frame);
        let mode = match self.mode {
            GraphMode::Sandwich(function) => {
                frame(function).map_or(GraphMode::Callees, GraphMode::Sandwich)
            }
            mode => mode,
        };
        let mut view = self.view.clone();
        view.measure = view.measure.translated(from, to);
        if let EventChoice::Named(names) = &mut view.filter.event {
            names.retain(|name| to.has_event(name));
            if names.is_empty() {
                view.filter.event = EventChoice::First;
            }
        }
        // A part of a profile and all of it have one clock.
        let origin = match from.info.is_partial {
            true => to.origin(),
            false => from.origin(),
        };
        let moved = |ranges: &Selection| ranges.moved(origin, to.origin());
        let baseline = self.baseline.as_ref().map(|baseline| Baseline {
            other: baseline
                .other
                .as_ref()
                .map(|other| other.renewed(self.roots)),
            ranges: baseline.ranges.as_ref().map(moved),
            ..baseline.clone()
        });
        let named = self.named.iter().map(|kept| NamedSelection {
            name: kept.name.clone(),
            selection: moved(&kept.selection),
        });
        Self {
            view,
            mode,
            selection: moved(&self.selection),
            baseline,
            named: named.collect(),
            edits: GraphEdits {
                focus: self.edits.focus.and_then(frame),
                hidden: self
                    .edits
                    .hidden
                    .iter()
                    .filter_map(|id| frame(*id))
                    .collect(),
                collapses_recursion: self.edits.collapses_recursion,
            },
            zoom: self.zoom.translated(from, to),
            marked: self.marked.and_then(frame),
            ..self.clone()
        }
    }
}

/// What was chosen before, and what was undone.
#[derive(Debug, Default)]
pub(super) struct History {
    past: Vec<Choices>,
    future: Vec<Choices>,
    /// By what the newest of the past was left, where that goes on.
    going_on: Option<Gradual>,
}

/// What is done in many small steps that are undone as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gradual {
    Search,
    Nudge,
    /// On the heat map, at this cell.
    Click(TimeRange),
    /// In the field with this label.
    FilterText(&'static str),
    Rows,
    /// Of the selections that are kept.
    Name(usize),
}

impl History {
    /// No more than this many choices are kept.
    const MOST: usize = 200;

    /// Notes what was chosen before a change. Letters typed one after the other are one change.
    pub(super) fn note(&mut self, before: Choices, gradual: Option<Gradual>) {
        let goes_on = gradual.is_some() && gradual == self.going_on && self.future.is_empty();
        if !goes_on {
            self.past.push(before);
        }
        if self.past.len() > Self::MOST {
            self.past.remove(0);
        }
        self.going_on = gradual;
        self.future.clear();
    }

    /// The same of another loading of the profile.
    pub(super) fn translated(&self, from: &Profile, to: &Profile) -> Self {
        let all = |choices: &[Choices]| -> Vec<Choices> {
            let each = choices.iter().map(|choices| choices.translated(from, to));
            each.collect()
        };
        Self {
            past: all(&self.past),
            future: all(&self.future),
            going_on: self.going_on,
        }
    }

    /// The choices before the last change.
    pub(super) fn undo(&mut self, now: &Choices) -> Option<Choices> {
        let before = self.past.pop()?;
        self.future.push(now.clone());
        self.going_on = None;
        Some(before)
    }

    /// The choices before the last undoing.
    pub(super) fn redo(&mut self, now: &Choices) -> Option<Choices> {
        let after = self.future.pop()?;
        self.past.push(now.clone());
        self.going_on = None;
        Some(after)
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}
