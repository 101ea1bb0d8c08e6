//! `--off-cpu`: the waits that heat maps and flame graphs are made of.

use crate::filter::{EventChoice, Metric, SampleFilter, Samples};
use crate::off_cpu::{OffCpu, SWITCH_EVENT, Wait, WaitKind, of_both, of_switches};
use crate::profile::{EventId, Profile, count_of};
use crate::selection::Selection;
use anyhow::bail;
use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OffCpuKind {
    /// all time off a CPU
    All,
    /// asleep: waiting for a lock, a timer, a device, another thread
    Blocked,
    /// ready to run, and waiting for a CPU
    Runnable,
    /// on-stack: all of it, and the time on CPUs as the first event that is not the scheduler's tells
    OnStack,
}

/// What was found.
pub(super) struct Found {
    pub(super) waits: Vec<Wait>,
    /// The switches, as filtered.
    pub(super) samples: Samples,
    /// What else there is to say.
    pub(super) notes: Vec<String>,
    pub(super) filter: SampleFilter,
}

/// Whether the filter leaves the choice of events to `option`.
pub(super) fn check(option: &str, filter: &SampleFilter) -> Result<(), String> {
    if filter.event != EventChoice::First {
        return Err(format!(
            "{option} chooses the events itself: expected no --event"
        ));
    }
    if filter.metric == Metric::Weight {
        return Err(format!(
            "{option} chooses what counts itself: expected no --metric weight"
        ));
    }
    Ok(())
}

/// The waits of the switches that the filter shows, within the selection.
pub(super) fn find(
    profile: &Profile,
    filter: &SampleFilter,
    selection: &Selection,
    kind: OffCpuKind,
) -> anyhow::Result<Found> {
    let ids = (0..profile.events.len() as u32).map(EventId);
    if !ids
        .into_iter()
        .any(|id| profile.event_name(id) == SWITCH_EVENT)
    {
        bail!(
            "there are no {SWITCH_EVENT} events, which off-CPU time is made of; record them: perf record -e sched:sched_switch -e sched:sched_wakeup -c 1 -a -g"
        );
    }
    if profile.sched.is_empty() {
        bail!(
            "what its {SWITCH_EVENT} events say is not there: nobody can read it, or this is an export by an earlier emberscope, which left it out; export the recording again"
        );
    }
    if !profile.info.has_times {
        bail!(
            "the profile has no times, and so no time off a CPU; of a perf recording, print it with them: perf script --header -F +time"
        );
    }
    let (filter, off_cpu) = match kind {
        OffCpuKind::OnStack => (of_both(profile, filter), None),
        _ => (Some(of_switches(filter)), Some(OffCpu::new(profile))),
    };
    let Some(filter) = filter else {
        bail!(
            "all its events are the scheduler's, which tell no time on a CPU; record another with them: perf record -e cpu-clock -F 99 -e sched:sched_switch …"
        );
    };
    let samples = filter.apply(profile)?;
    let off_cpu = off_cpu.or_else(|| OffCpu::new(profile).with_running(profile, &samples));
    let Some(off_cpu) = off_cpu else {
        bail!(
            "nothing tells how much time a sample on a CPU stands for; print the header (perf script --header) of a recording with -F, or record cpu-clock"
        );
    };
    let wanted = match kind {
        OffCpuKind::All | OffCpuKind::OnStack => None,
        OffCpuKind::Blocked => Some(WaitKind::Blocked),
        OffCpuKind::Runnable => Some(WaitKind::Runnable),
    };
    Ok(Found {
        waits: off_cpu.within(profile, &samples, selection, wanted),
        samples,
        notes: notes(&off_cpu, kind),
        filter,
    })
}

fn notes(off_cpu: &OffCpu, kind: OffCpuKind) -> Vec<String> {
    let mut notes = vec![
        match kind {
            OffCpuKind::All => "off-CPU time, blocked or waiting for a CPU",
            OffCpuKind::Blocked => "blocked time",
            OffCpuKind::Runnable => "time waiting for a CPU",
            OffCpuKind::OnStack => "time on and off the CPUs",
        }
        .to_owned(),
    ];
    let more = off_cpu.notes().into_iter();
    notes.extend(more.map(|(count, noun, what)| format!("{} {what}", count_of(count, noun))));
    notes
}
