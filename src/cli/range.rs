//! `--from` and `--to`: a range of time as typed.

use crate::filter::{SampleState, Samples};
use crate::profile::{Profile, TimeRange, Timestamp, format_seconds, parse_seconds};
use crate::selection::Selection;
use anyhow::bail;
use clap::Args;
use std::path::PathBuf;

/// A range of time, in seconds since the origin.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Range (seconds since the first sample's whole second)")]
pub(super) struct RangeArgs {
    /// Only samples at or after this
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    from: Option<u64>,
    /// Only samples before this
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    to: Option<u64>,
}

/// What a range is compared with: another, in seconds since the origin, or one of another profile.
#[derive(Debug, Args)]
#[command(next_help_heading = "Baseline (the rest of the profile where none is given)")]
pub(super) struct BaselineArgs {
    /// Compare with this profile (or with a range of it, on its own clock)
    #[arg(long, value_name = "OTHER")]
    pub(super) baseline_file: Option<PathBuf>,
    /// Compare with samples at or after this
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    baseline_from: Option<u64>,
    /// Compare with samples before this
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    baseline_to: Option<u64>,
}

impl BaselineArgs {
    /// As a range like any other.
    pub(super) fn range(&self) -> RangeArgs {
        RangeArgs {
            from: self.baseline_from,
            to: self.baseline_to,
        }
    }
}

impl RangeArgs {
    /// Whether either end was typed.
    pub(super) fn is_given(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// An error where neither end was typed.
    pub(super) fn check_given(&self) -> Result<(), String> {
        match self.is_given() {
            true => Ok(()),
            false => Err("expected a range to compare with the rest: --from S, --to S; or another profile: --baseline-file OTHER".to_owned()),
        }
    }

    /// Whether the range, as typed, has a beginning before its end.
    pub(super) fn check(&self) -> Result<(), String> {
        match (self.from, self.to) {
            (from, Some(to)) if from.unwrap_or(0) >= to => Err(format!(
                "--from {} is not before --to {}: expected the beginning and the end of a range",
                format_seconds(from.unwrap_or(0)),
                format_seconds(to)
            )),
            _ => Ok(()),
        }
    }

    /// The selection on the profile's clock; everything if no range was given.
    pub(super) fn selection(&self, profile: &Profile) -> anyhow::Result<Selection> {
        if !self.is_given() {
            return Ok(Selection::whole());
        }
        let Some(whole) = profile.time_range() else {
            bail!(
                "the profile has no times, so no range can be chosen; of a perf recording, print it with them: perf script --header -F +time"
            );
        };
        let origin = profile.origin();
        let end = self.to.map_or(whole.end, |to| origin.saturating_add(to));
        let start = origin.saturating_add(self.from.unwrap_or(0));
        // A range after the last sample is empty, but it is no reason to select everything.
        let end = end.max(Timestamp(start.nanos().saturating_add(1)));
        Ok(Selection::range(TimeRange { start, end }))
    }
}

/// `12.5..14`, `..3` or `60..`, in seconds since the origin.
pub(super) fn parse_range(text: &str) -> Result<RangeArgs, String> {
    let expected = || "expected a range in seconds such as 12.5..14, ..3 or 60..".to_owned();
    let (from, to) = text.split_once("..").ok_or_else(expected)?;
    let end = |text: &str| match text.is_empty() {
        true => Ok(None),
        false => parse_seconds(text).map(Some).map_err(|_| expected()),
    };
    let range = RangeArgs {
        from: end(from)?,
        to: end(to)?,
    };
    if range.is_given() {
        Ok(range)
    } else {
        Err(expected())
    }
}

/// Marks all samples outside of the selection as filtered.
pub(super) fn restrict(samples: &mut Samples, profile: &Profile, selection: &Selection) {
    let mut states = vec![SampleState::Filtered; samples.states.len()];
    for range in selection.indices(profile) {
        states[range.clone()].copy_from_slice(&samples.states[range]);
    }
    *samples = Samples::new(profile, states, samples.metric);
}
