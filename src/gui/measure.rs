//! [`Measure`]: what the views show of a profile: its samples, time off the CPUs, a ratio of counters.

use crate::off_cpu::{self, WaitKind};
use crate::profile::{EventId, Profile, count_of, format_seconds, with_thousands};

/// What is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Measure {
    /// The samples of the event that is chosen, each for one or for its period.
    #[default]
    Samples,
    /// How long threads were off their CPUs; `None` for whatever reason.
    OffCpu(Option<WaitKind>),
    /// The same and the time on them.
    OnStack,
    /// How many of one event there are for each of another.
    Ratio {
        /// Of which there are so many.
        numerator: EventId,
        /// For each of these.
        denominator: EventId,
    },
}

/// Ratios of no more events than this are offered: those with most samples.
const MOST_EVENTS: usize = 8;

impl Measure {
    /// What this profile can tell beside its samples.
    pub(super) fn others(profile: &Profile) -> Vec<Self> {
        let mut measures = Vec::new();
        if !profile.sched.is_empty() && profile.info.has_times {
            let kinds = [None, Some(WaitKind::Blocked), Some(WaitKind::Runnable)];
            measures.extend(kinds.map(Self::OffCpu));
            if off_cpu::tells_running(profile) {
                measures.push(Self::OnStack);
            }
        }
        let counters = counters(profile);
        for numerator in &counters {
            let others = counters.iter().filter(|event| *event != numerator);
            measures.extend(others.map(|denominator| Self::Ratio {
                numerator: *numerator,
                denominator: *denominator,
            }));
        }
        measures
    }

    /// Its name in menus and in session files.
    pub(super) fn name(self, profile: &Profile) -> String {
        let event = |id: EventId| profile.event_name(id).into_owned();
        match self {
            Self::Samples => "samples".to_owned(),
            Self::OffCpu(None) => "off-CPU time".to_owned(),
            Self::OffCpu(Some(WaitKind::Blocked)) => "off-CPU time, blocked".to_owned(),
            Self::OffCpu(Some(WaitKind::Runnable)) => "off-CPU time, waiting for a CPU".to_owned(),
            Self::OffCpu(Some(WaitKind::Running)) => "on-CPU time".to_owned(),
            Self::OnStack => "on-stack time (on and off the CPUs)".to_owned(),
            Self::Ratio {
                numerator,
                denominator,
            } => format!("{} / {}", event(numerator), event(denominator)),
        }
    }

    /// The one of that name, if this profile can tell it.
    pub(super) fn named(profile: &Profile, name: &str) -> Option<Self> {
        let mut others = Self::others(profile).into_iter();
        others.find(|measure| measure.name(profile) == name)
    }

    /// The same of another loading of the profile, whose events may have other numbers.
    pub(super) fn translated(self, from: &Profile, to: &Profile) -> Self {
        match self {
            Self::Samples => Self::Samples,
            other => Self::named(to, &other.name(from)).unwrap_or_default(),
        }
    }
}

/// Events that count something: what happens in the kernel's scheduler and the like is told one by one.
fn counters(profile: &Profile) -> Vec<EventId> {
    let ids = (0..profile.events.len() as u32).map(EventId);
    let is_tracepoint = |id: &EventId| {
        let name = profile.event_name(*id);
        let (group, _) = name.split_once(':').unwrap_or((&name, ""));
        matches!(group, "sched" | "syscalls" | "block" | "irq" | "probe")
    };
    let mut counters: Vec<EventId> = ids.filter(|id| !is_tracepoint(id)).collect();
    counters.sort_by_key(|id| std::cmp::Reverse(profile.events[id.index()].samples));
    counters.truncate(MOST_EVENTS);
    counters.sort();
    counters
}

/// What amounts are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Samples,
    Events,
    /// Of time.
    Micros,
    /// Of time, on CPUs as well.
    OnStackMicros,
}

impl Unit {
    /// An amount for people: `1,204 samples`, `3.25 s`.
    pub(super) fn text(self, amount: u64) -> String {
        match self {
            Self::Samples => count_of(amount, "sample"),
            Self::Events => count_of(amount, "event"),
            Self::Micros | Self::OnStackMicros => micros_text(amount),
        }
    }

    /// Whether it is time.
    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::Micros | Self::OnStackMicros)
    }

    /// The same beside other times.
    pub(super) fn full_text(self, amount: u64) -> String {
        match self {
            Self::Samples | Self::Events => self.text(amount),
            Self::Micros => format!("{} off the CPUs", micros_text(amount)),
            Self::OnStackMicros => format!("{} on and off the CPUs", micros_text(amount)),
        }
    }

    /// The same where it is plain what is counted.
    pub(super) fn short(self, amount: u64) -> String {
        match self {
            Self::Samples | Self::Events => with_thousands(amount),
            Self::Micros | Self::OnStackMicros => micros_text(amount),
        }
    }

    /// As the heading of an axis.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Events => "events",
            Self::Micros => "off-CPU",
            Self::OnStackMicros => "on-stack",
        }
    }
}

/// `870 µs`, `12.5 ms`, `3.250 s`.
fn micros_text(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => {
            let text = format!("{}.{:03}", micros / 1000, micros % 1000);
            format!("{} ms", text.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => {
            let millis = micros / 1000;
            format!("{} s", format_seconds(millis.saturating_mul(1_000_000)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let texts = [0, 999, 1000, 12_500, 999_999, 3_250_000].map(micros_text);
        let expected = ["0 µs", "999 µs", "1 ms", "12.5 ms", "999.999 ms", "3.250 s"];
        assert_eq!(texts, expected);
    }
}
