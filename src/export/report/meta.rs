//! What a page has to know besides its samples, as JSON. Times are nanoseconds since the origin, as
//! texts: numbers of a browser would not hold them exactly.

use super::lanes::AllLanes;
use super::slots::Slots;
use super::trie::Trie;
use super::{Report, Squeeze};
use crate::findings::Finding;
use crate::palette::{
    HeatScale, KINDS, MATCH, Rgb, UNMATCHED, change_color, frame_color, kind_color,
};
use crate::profile::{FrameKind, TimeRange, Timestamp, format_seconds, printable};
use crate::quality::StackQuality;
use serde::Serialize;
use std::borrow::Cow;

/// Steps of a ramp, and of changes on either side of none.
const STEPS: u64 = 255;
const CHANGE_STEPS: i32 = 100;
/// How many of a finding's functions are named, as in the window.
const NAMED: usize = 3;

#[derive(Serialize)]
pub(super) struct Meta<'a> {
    version: &'static str,
    title: &'a str,
    file: &'a str,
    filters: &'a str,
    noun: &'static str,
    icicle: bool,
    has_stacks: bool,
    shown: u64,
    idle: u64,
    filtered: u64,
    total: u64,
    notes: Vec<String>,
    heat_map: HeatMapMeta,
    merged: Option<Merged>,
    kinds: Vec<(&'static str, String)>,
    merged_color: String,
    match_color: String,
    unmatched_color: String,
    changes: Vec<String>,
    findings: Vec<FindingMeta<'a>>,
    kept: Vec<KeptMeta<'a>>,
    /// What rows can be besides offsets.
    lanes: Vec<LanesMeta<'a>>,
    /// Whether it is known of each sample in which of these rows it is.
    has_owners: bool,
}

#[derive(Serialize)]
struct HeatMapMeta {
    origin: String,
    column: String,
    rows: u32,
    columns: u32,
    blocks: Vec<BlockMeta>,
    /// When there are samples, but for where they are far from each other.
    parts: Vec<[String; 2]>,
    /// What the whole profile is made of that is in the page, where that is not all of its time.
    from: Option<String>,
    to: Option<String>,
    /// When the first sample was, and the last, plus one.
    start: String,
    end: String,
    scale: &'static str,
    ramp: Vec<String>,
    /// Whether nothing is white, which glares in a dark page.
    begins_white: bool,
}

#[derive(Serialize)]
struct LanesMeta<'a> {
    kind: &'static str,
    /// Parts of a column.
    slots: u32,
    names: &'a [String],
    /// How many rows, from the first on, are of one CPU, thread, process or event each.
    single: usize,
}

#[derive(Serialize)]
struct BlockMeta {
    column: u32,
    number: String,
    skipped: String,
}

/// What was merged to keep the page small.
#[derive(Serialize)]
struct Merged {
    least: u64,
    calls: usize,
    of: usize,
}

#[derive(Serialize)]
struct FindingMeta<'a> {
    title: String,
    explanation: Cow<'a, str>,
    functions: Vec<(String, Cow<'a, str>)>,
    ranges: Vec<RangeMeta>,
}

#[derive(Serialize)]
struct KeptMeta<'a> {
    name: Cow<'a, str>,
    ranges: Vec<RangeMeta>,
}

#[derive(Serialize)]
struct RangeMeta {
    from: String,
    to: String,
    slots: [usize; 2],
}

impl<'a> Meta<'a> {
    pub(super) fn new(
        report: &Report<'a>,
        slots: &Slots,
        all_lanes: &'a AllLanes,
        trie: &Trie,
        squeeze: Squeeze,
    ) -> Self {
        let (profile, samples, options) = (report.profile, report.samples, report.options);
        let change = |step: i32| change_color(f64::from(step) / f64::from(CHANGE_STEPS));
        let kind = |kind: FrameKind| (kind.name(), kind_color(kind).to_string());
        let findings = (1..).zip(report.findings);
        let kept = report.kept.iter().map(|kept| KeptMeta {
            name: printable(kept.name.as_bytes()),
            ranges: range_meta(report, slots, kept.selection.ranges()),
        });
        let lanes = all_lanes.kinds.iter().map(|(kind, lanes)| LanesMeta {
            kind,
            slots: lanes.options.slots,
            names: &lanes.names,
            single: lanes.keys.iter().flatten().count(),
        });
        Self {
            version: env!("CARGO_PKG_VERSION"),
            title: &options.title,
            file: &options.file_name,
            filters: &options.filters,
            noun: options.metric.noun(),
            icicle: options.icicle,
            has_stacks: profile.has_stacks(),
            shown: samples.shown,
            idle: samples.idle,
            filtered: samples.filtered,
            total: squeeze.total,
            notes: notes(report),
            heat_map: HeatMapMeta::new(report),
            merged: (squeeze.least > 1).then_some(Merged {
                least: squeeze.least,
                calls: trie.merged,
                of: trie.nodes,
            }),
            kinds: KINDS.map(kind).to_vec(),
            merged_color: frame_color(FrameKind::All, b"").to_string(),
            match_color: MATCH.to_string(),
            unmatched_color: UNMATCHED.to_string(),
            changes: hex((-CHANGE_STEPS..=CHANGE_STEPS).map(change)),
            findings: findings
                .map(|(number, finding)| finding_meta(report, slots, number, finding))
                .collect(),
            kept: kept.collect(),
            lanes: lanes.collect(),
            has_owners: all_lanes.owners.is_some(),
        }
    }
}

/// What could not be read, and what there is to know of the stacks.
fn notes(report: &Report<'_>) -> Vec<String> {
    let profile = report.profile;
    let unreadable = profile.warnings.iter().map(ToString::to_string);
    let of_stacks = StackQuality::new(profile, report.samples).notices(profile);
    unreadable.chain(of_stacks).collect()
}

impl HeatMapMeta {
    fn new(report: &Report<'_>) -> Self {
        let (map, options) = (report.map, report.options);
        let since_origin = |time: Timestamp| time.nanos_since(map.origin).to_string();
        let blocks = map.blocks.iter().map(|block| BlockMeta {
            column: block.column,
            number: block.number.to_string(),
            skipped: block.skipped.to_string(),
        });
        let parts = report.profile.parts.iter();
        let parts = parts.map(|part| [part.range.start, part.range.end].map(since_origin));
        let color = |step| HeatScale::Linear.color(options.ramp, step, STEPS);
        let whole = report.profile.time_range();
        let (start, end) = whole.map_or_else(Default::default, |range| (range.start, range.end));
        Self {
            origin: map.origin.nanos().to_string(),
            column: map.options.column_nanos.to_string(),
            rows: map.options.rows,
            columns: map.columns,
            blocks: blocks.collect(),
            parts: parts.collect(),
            from: options.range.map(|range| since_origin(range.start)),
            to: options.range.map(|range| since_origin(range.end)),
            start: since_origin(start),
            end: since_origin(end),
            scale: options.scale.name(),
            ramp: hex((0..=STEPS).map(color)),
            begins_white: options.ramp.begins_white(),
        }
    }
}

fn hex(colors: impl Iterator<Item = Rgb>) -> Vec<String> {
    colors.map(|color| color.to_string()).collect()
}

fn finding_meta<'a>(
    report: &Report<'a>,
    slots: &Slots,
    number: usize,
    finding: &'a Finding,
) -> FindingMeta<'a> {
    let profile = report.profile;
    let nanos = |time: Timestamp| time.nanos_since(profile.origin());
    let seconds = |time| format_seconds(nanos(time) / 1_000_000 * 1_000_000);
    let span = finding.span();
    let functions = finding.functions.iter().take(NAMED).map(|function| {
        let name = printable(profile.strings.get(function.name));
        (function.times(), name)
    });
    FindingMeta {
        title: format!(
            "{number}. {}, {} s to {} s",
            finding.kind.name(),
            seconds(span.start),
            seconds(span.end)
        ),
        explanation: printable(finding.explanation.as_bytes()),
        functions: functions.collect(),
        ranges: range_meta(report, slots, &finding.ranges),
    }
}

/// Of ranges that begin and end at cuts of the slots.
fn range_meta(report: &Report<'_>, slots: &Slots, ranges: &[TimeRange]) -> Vec<RangeMeta> {
    let nanos = |time: Timestamp| time.nanos_since(report.profile.origin()).to_string();
    let range = |range: &TimeRange| {
        let slots = slots.indices_in(*range);
        RangeMeta {
            from: nanos(range.start),
            to: nanos(range.end),
            slots: [slots.start, slots.end],
        }
    };
    ranges.iter().map(range).collect()
}
