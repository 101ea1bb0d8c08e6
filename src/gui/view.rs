//! [`View`]: what is shown of a profile, counted and binned: its samples, the time off its CPUs, a
//! ratio of its counters.

use super::choices::{Baseline, ViewKey};
use super::measure::{Measure, Unit};
use super::other::Other;
use crate::call_tree::{CallTree, RunningSums};
use crate::difference::Difference;
use crate::difference_map::{Mix, difference_map, rows_for};
use crate::filter::{Metric, SampleFilter, Samples};
use crate::heat_map::{HeatMap, HeatMapError, HeatMapOptions};
use crate::lanes::{LaneOptions, Lanes};
use crate::off_cpu::{self, OffCpu, Wait, WaitKind};
use crate::profile::{EventId, Profile, count_of};
use crate::ratio::Counters;
use crate::selection::Selection;
use crate::value_map::ValueMap;
use std::sync::{Arc, OnceLock};

/// The samples that are shown, and their heat map.
pub(super) struct View {
    pub(super) key: ViewKey,
    /// Of time off the CPUs the switches, of a ratio what it is for each of.
    pub(super) samples: Samples,
    /// What all of them count for.
    pub(super) total: u64,
    pub(super) heat_map: Result<HeatMap, HeatMapError>,
    /// Where time off the CPUs is shown.
    waits: Option<Waits>,
    /// Where a ratio is shown.
    ratio: Option<(Counters, Option<Arc<ValueMap>>)>,
    /// Made with the first call tree.
    sums: OnceLock<Option<RunningSums>>,
}

#[derive(Clone)]
struct Waits {
    all: OffCpu,
    kind: Option<WaitKind>,
    /// What ran in the meantime, where that was recorded, too.
    on_cpu: Option<Samples>,
}

impl View {
    /// Filters and bins.
    pub(super) fn new(profile: &Profile, key: ViewKey) -> Result<Self, String> {
        let made = match key.measure {
            Measure::Samples => Self::of_samples(profile, key),
            Measure::OffCpu(kind) => Self::of_waits(profile, key, kind),
            Measure::OnStack => Self::of_stack_time(profile, key),
            Measure::Ratio {
                numerator,
                denominator,
            } => Self::of_ratio(profile, key, (numerator, denominator)),
        };
        made.map_err(|error| error.to_string())
    }

    fn of_samples(profile: &Profile, key: ViewKey) -> Result<Self, crate::filter::FilterError> {
        let samples = key.filter.apply(profile)?;
        Ok(Self::counted(profile, key, samples))
    }

    fn counted(profile: &Profile, key: ViewKey, samples: Samples) -> Self {
        let total = match samples.metric {
            Metric::Samples => samples.shown,
            Metric::Weight => samples.amount(profile, 0..profile.samples.len()),
        };
        Self {
            heat_map: HeatMap::new(profile, &samples, key.heat_map),
            key,
            samples,
            total,
            waits: None,
            ratio: None,
            sums: OnceLock::new(),
        }
    }

    fn of_waits(
        profile: &Profile,
        key: ViewKey,
        kind: Option<WaitKind>,
    ) -> Result<Self, crate::filter::FilterError> {
        let of_switches = SampleFilter {
            metric: Metric::Samples,
            ..off_cpu::of_switches(&key.filter)
        };
        let samples = of_switches.apply(profile)?;
        let on_cpu = off_cpu::of_running(profile, &key.filter);
        let on_cpu = on_cpu.map(|filter| filter.apply(profile));
        let waits = Waits {
            all: OffCpu::new(profile),
            kind,
            on_cpu: on_cpu.transpose()?,
        };
        Ok(Self::of_time(profile, key, samples, waits))
    }

    /// On and off the CPUs; where samples do not tell how long they ran, off them.
    fn of_stack_time(profile: &Profile, key: ViewKey) -> Result<Self, crate::filter::FilterError> {
        let both = off_cpu::of_both(profile, &key.filter);
        let both = both.unwrap_or_else(|| off_cpu::of_switches(&key.filter));
        let samples = both.apply(profile)?;
        let all = OffCpu::new(profile).with_running(profile, &samples);
        let waits = Waits {
            all: all.unwrap_or_else(|| OffCpu::new(profile)),
            kind: None,
            on_cpu: None,
        };
        Ok(Self::of_time(profile, key, samples, waits))
    }

    fn of_time(profile: &Profile, key: ViewKey, samples: Samples, waits: Waits) -> Self {
        let options = key.heat_map;
        let mut view = Self {
            waits: Some(waits),
            ..Self::counted(profile, key, samples)
        };
        view.heat_map = view.wait_map(profile, &view.samples, options);
        view.total = view.call_tree(profile, &Selection::whole()).total();
        view
    }

    fn of_ratio(
        profile: &Profile,
        key: ViewKey,
        events: (EventId, EventId),
    ) -> Result<Self, crate::filter::FilterError> {
        let counters = Counters::of_events(profile, &key.filter, events)?;
        let values = counters.heat_map(profile, key.heat_map).ok();
        let samples = counters.denominator.clone();
        Ok(Self {
            ratio: Some((counters, values.map(Arc::new))),
            ..Self::counted(profile, key, samples)
        })
    }

    /// The same of the profile in another shape: its samples are those of before.
    pub(super) fn of_other_stacks(&self) -> Self {
        Self {
            key: self.key.clone(),
            samples: self.samples.clone(),
            total: self.total,
            heat_map: self.heat_map.clone(),
            waits: self.waits.clone(),
            ratio: self.ratio.clone(),
            sums: OnceLock::new(),
        }
    }

    /// What amounts are of.
    pub(super) fn unit(&self) -> Unit {
        match (&self.waits, self.samples.metric) {
            (Some(_), _) if self.key.measure == Measure::OnStack => Unit::OnStackMicros,
            (Some(_), _) => Unit::Micros,
            (None, Metric::Samples) => Unit::Samples,
            (None, Metric::Weight) => Unit::Events,
        }
    }

    /// Of a ratio: its values by cell.
    pub(super) fn values(&self) -> Option<&Arc<ValueMap>> {
        self.ratio.as_ref()?.1.as_ref()
    }

    /// Of a ratio: what it is called.
    pub(super) fn ratio_name(&self) -> Option<String> {
        self.ratio.as_ref().map(|(counters, _)| counters.name())
    }

    /// The samples of a selection as a call tree; of a ratio, of what it is for each of.
    pub(super) fn call_tree(&self, profile: &Profile, selection: &Selection) -> CallTree {
        if self.waits.is_some() {
            let waits = self.waits_in(profile, selection);
            return off_cpu::call_tree(profile, waits.unwrap_or_default());
        }
        let sums = self
            .sums
            .get_or_init(|| RunningSums::new(profile, &self.samples));
        match sums {
            Some(sums) => sums.call_tree(profile, &self.samples, selection),
            None => CallTree::new(profile, &self.samples, selection),
        }
    }

    /// What there is to say of time off the CPUs, where that is shown.
    pub(super) fn notes(&self) -> Vec<String> {
        let notes = self.waits.iter().flat_map(|waits| waits.all.notes());
        let text = |(count, noun, what)| format!("{} {what}", count_of(count, noun));
        notes.map(text).collect()
    }

    /// Beside time off the CPUs: what ran on them.
    pub(super) fn on_cpu_tree(&self, profile: &Profile, selection: &Selection) -> Option<CallTree> {
        let on_cpu = self.waits.as_ref()?.on_cpu.as_ref()?;
        Some(CallTree::new(profile, on_cpu, selection))
    }

    /// Of a ratio: of what there are so many.
    pub(super) fn numerators(&self, profile: &Profile, selection: &Selection) -> Option<CallTree> {
        let (counters, _) = self.ratio.as_ref()?;
        Some(CallTree::new(profile, &counters.numerator, selection))
    }

    /// What is selected of time off the CPUs, where that is shown.
    pub(super) fn waits_in(&self, profile: &Profile, selection: &Selection) -> Option<Vec<Wait>> {
        let waits = self.waits.as_ref()?;
        let within = waits
            .all
            .within(profile, &self.samples, selection, waits.kind);
        Some(within)
    }

    /// Those samples alone that hold one of `frames` (by frame of the profile).
    pub(super) fn found(
        &self,
        profile: &Profile,
        frames: &[bool],
        lanes: Option<LaneOptions>,
    ) -> Result<Found, HeatMapError> {
        let samples = self.samples.holding(profile, frames);
        let options = self.key.heat_map;
        let map = match self.waits {
            Some(_) => self.wait_map(profile, &samples, options)?,
            None => HeatMap::new(profile, &samples, options)?,
        };
        let lanes = lanes.map(|options| self.lanes_of(profile, &samples, options));
        Ok(Found {
            map,
            lanes: lanes.transpose()?,
        })
    }

    /// The time off the CPUs by cell, in microseconds.
    fn wait_map(
        &self,
        profile: &Profile,
        samples: &Samples,
        options: HeatMapOptions,
    ) -> Result<HeatMap, HeatMapError> {
        let map = self.wait_values(profile, samples, options)?;
        let values = map.values.iter();
        let counts = values.map(|value| value.unwrap_or(0.0).round() as u64);
        let counts = counts.collect();
        Ok(map.cells.with_counts(counts))
    }

    fn wait_values(
        &self,
        profile: &Profile,
        samples: &Samples,
        options: HeatMapOptions,
    ) -> Result<ValueMap, HeatMapError> {
        let whole = Selection::whole();
        let within = |waits: &Waits| waits.all.within(profile, samples, &whole, waits.kind);
        let waits = self.waits.as_ref().map(within).unwrap_or_default();
        off_cpu::heat_map(profile, samples, &waits, options)
    }

    /// The heat map where it is of other numbers than counts: time off the CPUs, a ratio.
    pub(super) fn own_values(&self, profile: &Profile) -> Option<Arc<ValueMap>> {
        if self.waits.is_none() {
            return self.values().cloned();
        }
        let values = self.wait_values(profile, &self.samples, self.key.heat_map);
        values.ok().map(Arc::new)
    }

    /// The same with a row a CPU, a thread …
    pub(super) fn lanes(
        &self,
        profile: &Profile,
        options: LaneOptions,
    ) -> Result<Lanes, HeatMapError> {
        self.lanes_of(profile, &self.samples, options)
    }

    /// Of a part of the samples, in the rows that all of them have.
    fn lanes_of(
        &self,
        profile: &Profile,
        part: &Samples,
        options: LaneOptions,
    ) -> Result<Lanes, HeatMapError> {
        let (all, column_nanos) = (&self.samples, self.key.heat_map.column_nanos);
        let Some(waits) = &self.waits else {
            return Lanes::of_part(profile, all, part, column_nanos, options);
        };
        let whole = Selection::whole();
        let ranges = |samples: &Samples| -> Vec<_> {
            let waits = waits.all.within(profile, samples, &whole, waits.kind);
            let ranges = waits.iter().map(|wait| (wait.sample as usize, wait.range));
            ranges.collect()
        };
        let all_ranges = ranges(all);
        let part = (!std::ptr::eq(part, all)).then(|| ranges(part));
        let part = part.as_ref().unwrap_or(&all_ranges);
        Lanes::of_ranges(profile, all, &all_ranges, part, column_nanos, options)
    }

    /// What one sample counts for on average.
    pub(super) fn mean_amount(&self) -> f64 {
        let waits = self.waits.as_ref();
        let waits = waits.map(|waits| waits.all.waits.len() as u64);
        let samples = waits.unwrap_or(self.samples.shown);
        self.total.max(1) as f64 / samples.max(1) as f64
    }

    /// How unlike the baseline the code of each cell is; `None` where the baseline has no samples.
    /// Rows are fewer than the heat map's where its cells have too few samples to tell.
    pub(super) fn difference_map(
        &self,
        profile: &Profile,
        against: &MapBaseline,
    ) -> Option<ValueMap> {
        let mix = match against {
            MapBaseline::Own(ranges) => Mix::new(profile, &self.samples, ranges),
            MapBaseline::Other(other) => {
                let (own, view) = other.as_compared(profile);
                Mix::of_other(profile, (own, &view.samples, &other.selection))
            }
        }?;
        let options = self.key.heat_map;
        let rows = rows_for(profile, &self.samples, options.column_nanos);
        let options = HeatMapOptions {
            rows: rows.min(options.rows),
            ..options
        };
        difference_map(profile, &self.samples, &mix, options).ok()
    }

    /// A selection, of which the call tree is known, and what it is compared with; `None` where
    /// there is nothing to compare it with.
    pub(super) fn difference(
        &self,
        profile: &Profile,
        (selection, tree): (&Selection, CallTree),
        baseline: &Baseline,
    ) -> Option<Difference> {
        let normalization = baseline.normalization;
        if let Some(other) = &baseline.other {
            return Some(other.difference(profile, (selection, &tree), normalization));
        }
        let ranges = baseline.of(profile, selection)?;
        let compared = self.call_tree(profile, &ranges);
        let (selection, baseline_side) = ((selection, tree), (&ranges, compared));
        Some(Difference::of_trees(
            profile,
            selection,
            baseline_side,
            normalization,
        ))
    }
}

/// What a search has found, by cell and, where rows are lanes, by these.
pub(super) struct Found {
    pub(super) map: HeatMap,
    pub(super) lanes: Option<Lanes>,
}

impl Found {
    /// Whether it is in the rows that are shown.
    pub(super) fn fits(&self, lanes: Option<&Lanes>) -> bool {
        let shape = |lanes: &Lanes| (lanes.options, lanes.counts.len());
        lanes.is_none_or(|all| {
            let found = self.lanes.as_ref();
            found.is_some_and(|found| found.keys == all.keys && shape(found) == shape(all))
        })
    }
}

/// What the cells of a heat map are held against.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum MapBaseline {
    /// Ranges of the same profile.
    Own(Selection),
    /// What is selected of another.
    Other(Other),
}
