//! Ratios of counters: instructions for each cycle, misses for each instruction, by cell of a heat map
//! and by frame of a flame graph.
//!
//! An event's samples stand for so many of it as their periods say; each ratio is of sums of those.

use crate::call_tree::{CallTree, functions};
use crate::filter::{EventChoice, FilterError, Metric, SampleFilter, Samples};
use crate::heat_map::{HeatMap, HeatMapError, HeatMapOptions};
use crate::profile::{EventId, FrameId, Profile, StackId};
use crate::selection::Selection;
use crate::value_map::{Value, ValueMap};
use std::collections::BTreeMap;

/// The samples of two events, each by its weight.
#[derive(Debug, Clone)]
pub struct Counters {
    /// Of which there are so many.
    pub numerator: Samples,
    /// For each of these.
    pub denominator: Samples,
    /// Their names, as displayed.
    pub names: (String, String),
}

/// Why there is no ratio.
#[derive(Debug, thiserror::Error)]
pub enum RatioError {
    /// The two events are not in the profile.
    #[error("no two events are {text:?}; the profile has: {known}")]
    UnknownEvents {
        /// What was asked for.
        text: String,
        /// The names that there are.
        known: String,
    },
    /// What else does not fit.
    #[error(transparent)]
    Filter(#[from] FilterError),
}

impl Counters {
    /// Of `instructions/cycles`: two events by name, with or without modifiers (`cycles:u`). Names may
    /// hold slashes themselves. The filter's events do not matter.
    ///
    /// # Errors
    /// Where the profile has no such events.
    pub fn new(profile: &Profile, filter: &SampleFilter, text: &str) -> Result<Self, RatioError> {
        let slashes = text.match_indices('/').map(|(at, _)| at);
        let mut pairs = slashes.filter_map(|at| {
            let (one, other) = (&text[..at], &text[at + 1..]);
            Some((find_event(profile, one)?, find_event(profile, other)?))
        });
        let events = pairs.next().ok_or_else(|| RatioError::UnknownEvents {
            text: text.to_owned(),
            known: known_events(profile),
        })?;
        Ok(Self::of_events(profile, filter, events)?)
    }

    /// Of two events of the profile: so many of the first for each of the second.
    ///
    /// # Errors
    /// As [`SampleFilter::apply`].
    pub fn of_events(
        profile: &Profile,
        filter: &SampleFilter,
        (one, other): (EventId, EventId),
    ) -> Result<Self, FilterError> {
        let samples = |event: EventId| {
            let filter = SampleFilter {
                event: EventChoice::Named(vec![profile.event_name(event).into_owned()]),
                metric: Metric::Weight,
                ..filter.clone()
            };
            filter.apply(profile)
        };
        let name = |event: EventId| profile.event_name(event).into_owned();
        Ok(Self {
            numerator: samples(one)?,
            denominator: samples(other)?,
            names: (name(one), name(other)),
        })
    }

    /// The ratio's name: `instructions/cycles`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.names.0, self.names.1)
    }

    /// The ratio in each cell; `None` where there is no sample of the denominator.
    ///
    /// # Errors
    /// As [`HeatMap::new`].
    pub fn heat_map(
        &self,
        profile: &Profile,
        options: HeatMapOptions,
    ) -> Result<ValueMap, HeatMapError> {
        let numerators = HeatMap::new(profile, &self.numerator, options)?;
        let cells = HeatMap::new(profile, &self.denominator, options)?;
        let pairs = numerators.counts.iter().zip(&cells.counts);
        let values = pairs.map(|(one, other)| ratio(*one, *other)).collect();
        Ok(ValueMap {
            values,
            value: Value::Ratio {
                numerator: self.names.0.clone(),
                denominator: self.names.1.clone(),
            },
            cells,
        })
    }
}

/// The event of that name; else the one whose name without modifiers it is, if there is but one.
fn find_event(profile: &Profile, name: &str) -> Option<EventId> {
    let mut ids = (0..profile.events.len() as u32).map(EventId);
    let exact = ids.clone().find(|id| profile.event_name(*id) == name);
    let is_modified = |id: &EventId| {
        let full = profile.event_name(*id);
        let rest = full
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(':'));
        rest && !name.is_empty()
    };
    exact.or_else(|| {
        let found = ids.find(is_modified)?;
        (!ids.any(|id| is_modified(&id))).then_some(found)
    })
}

fn known_events(profile: &Profile) -> String {
    const LISTED: usize = 20;
    let count = profile.events.len();
    let ids = (0..count.min(LISTED) as u32).map(EventId);
    let mut known: Vec<_> = ids.map(|id| profile.event_name(id)).collect();
    if count > LISTED {
        known.push(format!("… and {} more", count - LISTED).into());
    }
    known.join(", ")
}

/// So many for each of the others; `None` where there are none of those.
pub fn ratio(one: u64, other: u64) -> Option<f64> {
    (other > 0).then(|| one as f64 / other as f64)
}

/// How far a ratio is from that of everything: see [`RatioTree::deviation`].
pub fn deviation(ratio: Option<f64>, overall: Option<f64>) -> f64 {
    match (ratio, overall) {
        (Some(ratio), Some(overall)) if overall > 0.0 => {
            ((ratio / overall).log2() / 2.0).clamp(-1.0, 1.0)
        }
        _ => 0.0,
    }
}

/// Both counters by stack.
#[derive(Debug, Clone)]
pub struct RatioTree {
    /// Events of which there are so many.
    pub numerator: CallTree,
    /// For each of these.
    pub denominator: CallTree,
    /// The ratio's name.
    pub name: String,
}

/// Both counters of one function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionRatio {
    /// The function.
    pub frame: FrameId,
    /// With the function anywhere in the stack.
    pub numerator: u64,
    /// With it as leaf.
    pub numerator_self: u64,
    /// As `numerator`.
    pub denominator: u64,
    /// As `numerator_self`.
    pub denominator_self: u64,
}

impl FunctionRatio {
    /// With the function anywhere in the stack.
    pub fn ratio(&self) -> Option<f64> {
        ratio(self.numerator, self.denominator)
    }

    /// Of the function itself.
    pub fn ratio_self(&self) -> Option<f64> {
        ratio(self.numerator_self, self.denominator_self)
    }
}

impl RatioTree {
    /// Of the samples that are selected.
    pub fn new(profile: &Profile, counters: &Counters, selection: &Selection) -> Self {
        Self {
            numerator: CallTree::new(profile, &counters.numerator, selection),
            denominator: CallTree::new(profile, &counters.denominator, selection),
            name: counters.name(),
        }
    }

    /// The ratio in a node and all it calls; `None` where there is nothing of the denominator.
    pub fn ratio(&self, node: StackId) -> Option<f64> {
        let weight = |tree: &CallTree| tree.total_weight[node.index()];
        ratio(weight(&self.numerator), weight(&self.denominator))
    }

    /// How far a node's ratio is from that of everything, on a logarithmic scale: −1 is a quarter of it
    /// or less, 0 the same, 1 four times as much or more.
    pub fn deviation(&self, node: StackId) -> f64 {
        deviation(self.ratio(node), self.ratio(StackId::ROOT))
    }

    /// Each function that either counter has samples of, those with most of the denominator first.
    pub fn functions(&self, profile: &Profile) -> Vec<FunctionRatio> {
        let mut found: BTreeMap<FrameId, FunctionRatio> = BTreeMap::new();
        let of = |tree| functions(profile, &profile.stacks, tree);
        let empty = |frame| FunctionRatio {
            frame,
            numerator: 0,
            numerator_self: 0,
            denominator: 0,
            denominator_self: 0,
        };
        for totals in of(&self.numerator) {
            let function = found.entry(totals.frame).or_insert(empty(totals.frame));
            function.numerator = totals.total_weight;
            function.numerator_self = totals.self_weight;
        }
        for totals in of(&self.denominator) {
            let function = found.entry(totals.frame).or_insert(empty(totals.frame));
            function.denominator = totals.total_weight;
            function.denominator_self = totals.self_weight;
        }
        let mut functions: Vec<FunctionRatio> = found.into_values().collect();
        functions.sort_by_key(|function| {
            std::cmp::Reverse((function.denominator, function.denominator_self))
        });
        functions
    }
}
