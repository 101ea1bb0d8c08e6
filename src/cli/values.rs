//! What the cells of a heat map show in place of counts: `--difference`, `--off-cpu`, `--ratio`.

use super::CommonArgs;
use super::off_cpu::{self, OffCpuKind};
use super::other::Other;
use super::range::{self, parse_range};
use crate::difference_map::{Mix, difference_map, rows_for};
use crate::export::range_text;
use crate::filter::{EventChoice, Metric, SampleFilter, Samples};
use crate::heat_map::HeatMapOptions;
use crate::profile::{NANOS_PER_SECOND, Profile};
use crate::ratio::Counters;
use crate::selection::Selection;
use crate::value_map::ValueMap;
use anyhow::Context;
use clap::Args;
use std::path::PathBuf;

/// What cells show; their counts without any.
#[derive(Debug, Args)]
#[command(next_help_heading = "Values of cells (in place of counts)")]
pub(super) struct ValueArgs {
    /// How unlike the baseline's the functions of each cell are, from 0 to 1
    #[arg(long, group = "value")]
    difference: bool,
    /// With --difference, the range to compare with, in seconds: 12.5..14, ..3 or 60.. [default: all]
    #[arg(long, value_name = "S..S", value_parser = parse_range, requires = "difference")]
    baseline: Option<range::RangeArgs>,
    /// With --difference, another profile to compare with (or with that range of it, on its own clock)
    #[arg(long, value_name = "OTHER", requires = "difference")]
    baseline_file: Option<PathBuf>,
    /// How long threads were off their CPUs, in microseconds, from sched:sched_switch
    #[arg(long, value_enum, value_name = "KIND", group = "value", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    off_cpu: Option<OffCpuKind>,
    /// Events for each of other events, by their periods: instructions/cycles
    #[arg(long, value_name = "EVENT/EVENT", group = "value")]
    ratio: Option<String>,
}

/// What is shown of a profile.
pub(super) struct View<'a> {
    pub(super) profile: &'a Profile,
    pub(super) filter: &'a SampleFilter,
    pub(super) selection: &'a Selection,
    /// The profile to compare with, if not this one.
    pub(super) other: Option<&'a Other>,
}

/// A map to be written, and what of.
pub(super) struct Made {
    pub(super) map: ValueMap,
    pub(super) samples: Samples,
    /// What else there is to say.
    pub(super) notes: Vec<String>,
    /// As the values need it.
    pub(super) filter: SampleFilter,
}

/// A map's shape, with so many rows, unless others were asked for.
type Shape<'a> = &'a dyn Fn(u32) -> HeatMapOptions;

impl ValueArgs {
    /// Whether the arguments go together.
    pub(super) fn check(&self, filter: &SampleFilter) -> Result<(), String> {
        if let Some(baseline) = &self.baseline {
            baseline.check()?;
        }
        if self.difference && filter.metric == Metric::Weight {
            return Err("--difference counts samples: expected no --metric weight".to_owned());
        }
        match (&self.off_cpu, &self.ratio) {
            (Some(_), _) => off_cpu::check("--off-cpu", filter),
            (_, Some(_)) => off_cpu::check("--ratio", filter),
            _ => Ok(()),
        }
    }

    /// The profile to compare with, loaded once for all files.
    pub(super) fn other(
        &self,
        common: &CommonArgs,
        filter: &SampleFilter,
    ) -> anyhow::Result<Option<Other>> {
        let range = self.baseline.clone().unwrap_or_default();
        let file = self.baseline_file.as_deref();
        file.map(|file| Other::load(file, common, filter, &range, crate::shape::Shape::default()))
            .transpose()
    }

    /// The heading of pictures.
    pub(super) fn title(&self) -> String {
        match (&self.ratio, self.off_cpu) {
            (Some(ratio), _) => ratio.clone(),
            (_, Some(_)) => "Off-CPU time".to_owned(),
            _ if self.difference => "Difference from the baseline".to_owned(),
            _ => "Heat map".to_owned(),
        }
    }

    /// The values, if any were asked for.
    pub(super) fn make(&self, view: &View<'_>, shape: Shape<'_>) -> anyhow::Result<Option<Made>> {
        if self.difference {
            return self.difference(view, shape).map(Some);
        }
        if let Some(kind) = self.off_cpu {
            return off_cpu_map(view, kind, shape(HeatMapOptions::rows_for(view.profile)))
                .map(Some);
        }
        let ratio = self.ratio.as_deref();
        ratio
            .map(|text| ratio_map(view, text, shape(HeatMapOptions::rows_for(view.profile))))
            .transpose()
    }

    fn difference(&self, view: &View<'_>, shape: Shape<'_>) -> anyhow::Result<Made> {
        let profile = view.profile;
        let mut samples = view.filter.apply(profile)?;
        let (mix, against) = match view.other {
            Some(other) => {
                let from = (&other.profile, &other.samples, &other.selection);
                (Mix::of_other(profile, from), other.text())
            }
            None => {
                let baseline = self.baseline.as_ref().map(|range| range.selection(profile));
                let baseline = baseline.transpose()?.unwrap_or_default();
                let mix = Mix::new(profile, &samples, &baseline);
                (mix, range_text(profile, &baseline))
            }
        };
        let mix = mix.context("no sample is in the baseline and passes the filters")?;
        let rows = rows_for(profile, &samples, NANOS_PER_SECOND);
        range::restrict(&mut samples, profile, view.selection);
        let map = difference_map(profile, &samples, &mix, shape(rows))?;
        Ok(Made {
            map,
            samples,
            notes: vec![format!("baseline: {against}")],
            filter: view.filter.clone(),
        })
    }
}

fn off_cpu_map(view: &View<'_>, kind: OffCpuKind, options: HeatMapOptions) -> anyhow::Result<Made> {
    let profile = view.profile;
    let mut found = off_cpu::find(profile, view.filter, view.selection, kind)?;
    // Waits count where they are, switches where they were.
    range::restrict(&mut found.samples, profile, view.selection);
    let map = crate::off_cpu::heat_map(profile, &found.samples, &found.waits, options)?;
    Ok(Made {
        map,
        samples: found.samples,
        notes: found.notes,
        filter: found.filter,
    })
}

fn ratio_map(view: &View<'_>, text: &str, options: HeatMapOptions) -> anyhow::Result<Made> {
    let mut counters = Counters::new(view.profile, view.filter, text)?;
    for samples in [&mut counters.numerator, &mut counters.denominator] {
        range::restrict(samples, view.profile, view.selection);
    }
    Ok(Made {
        map: counters.heat_map(view.profile, options)?,
        filter: SampleFilter {
            event: EventChoice::Named(vec![counters.names.0, counters.names.1.clone()]),
            ..view.filter.clone()
        },
        samples: counters.denominator,
        notes: vec![format!(
            "counted are samples of {}, of which cells have none where they are blank",
            counters.names.1
        )],
    })
}
