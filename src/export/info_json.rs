//! What is in a profile, for programs.

use crate::filter::{SampleFilter, Samples};
use crate::profile::{EventId, Profile, Timestamp, printable};
use crate::quality::StackQuality;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

#[derive(Serialize)]
struct Json<'a> {
    bytes: u64,
    lines: u64,
    samples: u64,
    shown_samples: u64,
    idle_samples: u64,
    filtered_samples: u64,
    filters: String,
    /// Times as strings, so that no reader rounds their nine decimals.
    start_seconds: Option<String>,
    end_seconds: Option<String>,
    origin_seconds: Option<u64>,
    has_stacks: bool,
    stack_quality: QualityJson,
    events: Vec<EventJson<'a>>,
    threads: Vec<ThreadJson<'a>>,
    records: Vec<RecordJson<'a>>,
    header: Vec<Cow<'a, str>>,
    perf_messages: &'a [String],
    warnings: Vec<WarningJson>,
}

/// Counts are of the samples that are shown.
#[derive(Serialize)]
struct QualityJson {
    without_stack: u64,
    single_frame: u64,
    unnamed: u64,
    cut_at_frames: Option<u32>,
    cut: u64,
    lost_records: u64,
    modules: Vec<PoorModuleJson>,
    notices: Vec<String>,
}

#[derive(Serialize)]
struct PoorModuleJson {
    module: String,
    samples: u64,
    cause: &'static str,
}

impl QualityJson {
    fn new(profile: &Profile, samples: &Samples) -> Self {
        let quality = StackQuality::new(profile, samples);
        let notices = quality.notices(profile);
        let modules = quality.modules.into_iter();
        Self {
            without_stack: quality.without_stack,
            single_frame: quality.single_frame,
            unnamed: quality.unnamed,
            cut_at_frames: quality.cut.map(|(depth, _)| depth),
            cut: quality.cut.map_or(0, |(_, samples)| samples),
            lost_records: quality.lost,
            modules: modules
                .map(|poor| PoorModuleJson {
                    module: poor.module,
                    samples: poor.samples,
                    cause: poor.cause.name(),
                })
                .collect(),
            notices,
        }
    }
}

#[derive(Serialize)]
struct EventJson<'a> {
    name: Cow<'a, str>,
    samples: u64,
}

#[derive(Serialize)]
struct ThreadJson<'a> {
    comm: Cow<'a, str>,
    pid: Option<i32>,
    tid: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<Cow<'a, str>>,
    samples: u64,
}

#[derive(Serialize)]
struct RecordJson<'a> {
    kind: &'a str,
    count: u64,
}

#[derive(Serialize)]
struct WarningJson {
    message: &'static str,
    count: u64,
    first_lines: Vec<u64>,
}

/// Writes one object; see the README for its fields.
///
/// # Errors
/// Where writing fails.
pub fn write_info_json(
    profile: &Profile,
    filter: &SampleFilter,
    samples: &Samples,
    mut out: impl Write,
) -> io::Result<()> {
    let by_thread = profile.samples_by_thread();
    let times = &profile.samples.time;
    let seconds = |time: Option<&Timestamp>| {
        time.filter(|_| profile.info.has_times)
            .map(Timestamp::to_string)
    };
    let events = profile
        .events
        .iter()
        .enumerate()
        .map(|(index, event)| EventJson {
            name: profile.event_name(EventId(index as u32)),
            samples: event.samples,
        });
    let threads = profile
        .threads
        .iter()
        .zip(by_thread)
        .map(|(thread, samples)| ThreadJson {
            comm: printable(profile.strings.get(thread.comm)),
            pid: thread.pid,
            tid: thread.tid,
            host: thread.host.map(|host| printable(profile.strings.get(host))),
            samples,
        });
    let records = profile.info.records.iter().map(|(kind, count)| RecordJson {
        kind,
        count: *count,
    });
    let warnings = profile.warnings.iter().map(|warning| WarningJson {
        message: warning.kind.describe(),
        count: warning.count,
        first_lines: warning.first_lines.clone(),
    });
    let origin = profile.origin().nanos() / crate::profile::NANOS_PER_SECOND;
    let header = profile.info.header.iter();
    let header = header.map(|line| printable(line.as_bytes()));
    let json = Json {
        bytes: profile.info.bytes,
        lines: profile.info.lines,
        samples: profile.samples.total(),
        shown_samples: samples.shown,
        idle_samples: samples.idle,
        filtered_samples: samples.filtered,
        filters: filter.describe(profile),
        start_seconds: seconds(times.first()),
        end_seconds: seconds(times.last()),
        origin_seconds: profile.info.has_times.then_some(origin),
        has_stacks: profile.has_stacks(),
        stack_quality: QualityJson::new(profile, samples),
        events: events.collect(),
        threads: threads.collect(),
        records: records.collect(),
        header: header.collect(),
        perf_messages: &profile.info.messages,
        warnings: warnings.collect(),
    };
    serde_json::to_writer_pretty(&mut out, &json)?;
    writeln!(out)?;
    out.flush()
}
