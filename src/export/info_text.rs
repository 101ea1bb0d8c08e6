//! What is in a profile, for people.

use crate::filter::{EventChoice, SampleFilter, Samples};
use crate::profile::{
    EventId, Profile, Timestamp, count_of, format_seconds, printable, with_thousands,
};
use crate::quality::StackQuality;
use std::io::{self, Write};

/// How many threads are listed.
const BUSIEST: usize = 10;

/// Writes times, samples, events, the busiest threads, header and warnings.
///
/// # Errors
/// Where writing fails.
pub fn write_info_text(
    profile: &Profile,
    filter: &SampleFilter,
    samples: &Samples,
    name: &str,
    mut out: impl Write,
) -> io::Result<()> {
    let info = &profile.info;
    writeln!(out, "{name}")?;
    let (size, lines) = (bytes(info.bytes), count_of(info.lines, "line"));
    match info.lines {
        0 => writeln!(out, "  file      {size}")?,
        _ if info.is_printed_by_perf => writeln!(out, "  printed   {size} in {lines}, by perf")?,
        _ => writeln!(out, "  text      {size} in {lines}")?,
    }
    match profile.time_range() {
        Some(range) => {
            let (first, last) = (
                profile.samples.time[0],
                profile.samples.time[profile.samples.len() - 1],
            );
            writeln!(
                out,
                "  times     {first} s to {last} s on the profile's clock"
            )?;
            writeln!(
                out,
                "            {} s from the first sample to the last; second 0 is {} s",
                format_seconds(range.nanos() - 1),
                profile.origin().nanos() / crate::profile::NANOS_PER_SECOND,
            )?;
            write_parts(profile, &mut out)?;
        }
        None => writeln!(
            out,
            "  times     none; of a perf recording, print them with perf script --header -F +time"
        )?,
    }
    writeln!(
        out,
        "  samples   {}",
        with_thousands(profile.samples.total())
    )?;
    writeln!(
        out,
        "            {} shown, {} idle, {} filtered",
        with_thousands(samples.shown),
        with_thousands(samples.idle),
        with_thousands(samples.filtered)
    )?;
    let filters = filter.describe(profile);
    if !filters.is_empty() {
        writeln!(out, "  filters   {filters}")?;
    }
    let stacks = match profile.has_stacks() {
        true => format!(
            "{} call nodes of {}",
            with_thousands(profile.stacks.len() as u64 - 1),
            count_of(profile.frames.len() as u64 - 1, "frame")
        ),
        false => "none: record them with perf record -g".to_owned(),
    };
    writeln!(out, "  stacks    {stacks}")?;
    for notice in StackQuality::new(profile, samples).notices(profile) {
        writeln!(out, "            {notice}")?;
    }
    write_events(profile, filter, &mut out)?;
    write_threads(profile, &mut out)?;
    for (kind, count) in &info.records {
        let kind = printable(kind.as_bytes()).into_owned();
        writeln!(
            out,
            "  records   {} {kind}, which are no samples",
            with_thousands(*count)
        )?;
    }
    for warning in &profile.warnings {
        writeln!(out, "  warning   {warning}")?;
    }
    for message in &info.messages {
        writeln!(out, "  perf said {message}")?;
    }
    if !info.header.is_empty() {
        writeln!(out, "  header")?;
    }
    for line in &info.header {
        writeln!(out, "    {}", printable(line.as_bytes()))?;
    }
    out.flush()
}

/// Where the samples are, if they are far apart.
fn write_parts(profile: &Profile, out: &mut impl Write) -> io::Result<()> {
    const LISTED: usize = 10;
    if profile.parts.len() < 2 {
        return Ok(());
    }
    let seconds = |time: Timestamp| format_seconds(time.nanos_since(profile.origin()));
    for part in profile.parts.iter().take(LISTED) {
        let last = Timestamp(part.range.end.nanos() - 1);
        writeln!(
            out,
            "            {} to {} s: {}",
            seconds(part.range.start),
            seconds(last),
            count_of(part.samples.len() as u64, "sample")
        )?;
    }
    if profile.parts.len() > LISTED {
        let more = profile.parts.len() - LISTED;
        writeln!(out, "            … and {more} more stretches far apart")?;
    }
    Ok(())
}

fn write_events(profile: &Profile, filter: &SampleFilter, out: &mut impl Write) -> io::Result<()> {
    for (index, event) in profile.events.iter().enumerate() {
        let label = if index == 0 { "events" } else { "" };
        let first = index == 0 && profile.events.len() > 1 && filter.event == EventChoice::First;
        let note = if first {
            " (the one shown, as the first in the file)"
        } else {
            ""
        };
        let name = profile.event_name(EventId(index as u32)).into_owned();
        writeln!(
            out,
            "  {label:<9} {name}: {}{note}",
            count_of(event.samples, "sample")
        )?;
    }
    Ok(())
}

fn write_threads(profile: &Profile, out: &mut impl Write) -> io::Result<()> {
    let counts = profile.samples_by_thread();
    let mut busiest: Vec<usize> = (0..counts.len()).collect();
    busiest.sort_by_key(|index| std::cmp::Reverse(counts[*index]));
    writeln!(
        out,
        "  threads   {}, the busiest first:",
        with_thousands(counts.len() as u64)
    )?;
    for index in busiest.iter().take(BUSIEST) {
        let thread = &profile.threads[*index];
        let comm = profile.thread_name(thread);
        let id = match (thread.pid, thread.tid) {
            (Some(pid), Some(tid)) => format!(" {pid}/{tid}"),
            (None, Some(tid)) => format!(" {tid}"),
            (_, None) => String::new(),
        };
        writeln!(
            out,
            "            {comm}{id}: {}",
            count_of(counts[*index], "sample")
        )?;
    }
    if busiest.len() > BUSIEST {
        writeln!(out, "            … and {} more", busiest.len() - BUSIEST)?;
    }
    Ok(())
}

fn bytes(count: u64) -> String {
    match count {
        0..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.2} GB", count as f64 / 1e9),
    }
}
