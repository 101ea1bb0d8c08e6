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
use crate::selection::Selection;
use crate::session_file::FrameName;
use crate::shape::Shape;

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

/// What was chosen of functions that are not there, by their names: where frames are groups of functions,
/// or a file was recorded anew, until there are functions of these names again.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Absent {
    pub(super) sandwich: Option<FrameName>,
    pub(super) focus: Option<FrameName>,
    pub(super) hidden: Vec<FrameName>,
    pub(super) marked: Option<FrameName>,
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
    /// What stacks are made of.
    pub(super) shape: Shape,
    pub(super) mode: GraphMode,
    /// The root of the flame graph at the top.
    pub(super) icicle: bool,
    pub(super) edits: GraphEdits,
    pub(super) zoom: Zoom,
    /// The function that is marked in every view.
    pub(super) marked: Option<FrameId>,
    /// What was chosen of functions that are not there.
    pub(super) absent: Absent,
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
            shape: Shape::default(),
            mode: GraphMode::default(),
            icicle: false,
            edits: GraphEdits::default(),
            zoom: Zoom::default(),
            marked: None,
            absent: Absent::default(),
            named: Vec::new(),
        }
    }

    /// Another profile is compared in the same shape.
    pub(super) fn set_shape(&mut self, shape: Shape) {
        if std::mem::replace(&mut self.shape, shape) == shape {
            return;
        }
        if let Some(baseline) = &mut self.baseline {
            baseline.other = baseline.other.as_ref().map(|other| other.renewed(shape));
        }
    }

    /// Brings back what was chosen of functions that `profile` has again, unless something else is
    /// chosen by now.
    pub(super) fn find_absent(&mut self, profile: &Profile) {
        let absent = &mut self.absent;
        let find = |name: &mut Option<FrameName>| {
            let found = name.as_ref().and_then(|name| name.find(profile));
            name.take_if(|_| found.is_some());
            found
        };
        if let Some(function) = find(&mut absent.sandwich)
            && self.mode == GraphMode::Callees
        {
            self.mode = GraphMode::Sandwich(function);
        }
        self.edits.focus = self.edits.focus.or(find(&mut absent.focus));
        self.marked = self.marked.or(find(&mut absent.marked));
        let hidden = &mut self.edits.hidden;
        absent.hidden.retain(|name| match name.find(profile) {
            None => true,
            Some(function) => {
                hidden.push(function);
                false
            }
        });
    }

    /// The same of another loading of the profile, whose frames have other numbers. What is not
    /// there is left out. Of a file that was recorded anew, ranges stay as far from its origin.
    pub(super) fn translated(&self, from: &Profile, to: &Profile) -> Self {
        let frame = |frame: FrameId| to.find_frame(from, frame);
        let mut absent = self.absent.clone();
        let mut or_absent = |function: FrameId| {
            let found = frame(function);
            (
                found,
                found.is_none().then(|| FrameName::of(from, function)),
            )
        };
        let (sandwich, missing) = match self.mode {
            GraphMode::Sandwich(function) => or_absent(function),
            _ => (None, None),
        };
        absent.sandwich = missing.or(absent.sandwich);
        let mode = match self.mode {
            GraphMode::Sandwich(_) => sandwich.map_or(GraphMode::Callees, GraphMode::Sandwich),
            mode => mode,
        };
        let (focus, missing) = self.edits.focus.map_or((None, None), &mut or_absent);
        absent.focus = missing.or(absent.focus);
        let (marked, missing) = self.marked.map_or((None, None), &mut or_absent);
        absent.marked = missing.or(absent.marked);
        let hidden = self.edits.hidden.iter().map(|id| or_absent(*id));
        let (hidden, missing): (Vec<_>, Vec<_>) = hidden.unzip();
        absent.hidden.extend(missing.into_iter().flatten());
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
                .map(|other| other.renewed(self.shape)),
            ranges: baseline.ranges.as_ref().map(moved),
            ..baseline.clone()
        });
        let named = self.named.iter().map(|kept| NamedSelection {
            name: kept.name.clone(),
            selection: moved(&kept.selection),
        });
        let mut translated = Self {
            view,
            mode,
            selection: moved(&self.selection),
            baseline,
            named: named.collect(),
            edits: GraphEdits {
                focus,
                hidden: hidden.into_iter().flatten().collect(),
                collapses_recursion: self.edits.collapses_recursion,
            },
            zoom: self.zoom.translated(from, to),
            marked,
            absent,
            ..self.clone()
        };
        translated.find_absent(to);
        translated
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
