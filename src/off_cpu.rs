//! [`OffCpu`]: how long threads were off their CPUs, and in which stacks, from `sched:sched_switch`.
//!
//! The stack of a switch is that of the thread that leaves. What it waits there lasts until a switch
//! brings it back; a wakeup in between, where `sched:sched_wakeup` was recorded too, ends its sleep,
//! and from then on it waits for a CPU (Gregg's off-CPU analysis).

use crate::call_tree::CallTree;
use crate::filter::{EventChoice, Metric, SampleFilter, SampleState, Samples};
use crate::heat_map::{Cell, HeatMap, HeatMapError, HeatMapOptions};
use crate::profile::{
    Event, EventId, LeftState, NANOS_PER_SECOND, Profile, SampleTable, Sched, SchedEvent, StringId,
    TimeRange, Timestamp, WeightUnit, parts,
};
use crate::selection::Selection;
use crate::value_map::{Value, ValueMap};
use std::collections::{BTreeMap, BTreeSet};

/// The event that all this is made of.
pub const SWITCH_EVENT: &str = "sched:sched_switch";

/// What threads waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OffCpu {
    /// Each wait, those of the earliest switches first.
    pub waits: Vec<Wait>,
    /// Threads that were off their CPUs when the profile ended; they count until then.
    pub unfinished: u64,
    /// Waits left out, as the switch that ended them is not in the profile: the thread left twice.
    pub lost: u64,
    /// Switches whose text could not be read.
    pub unreadable: u64,
}

impl OffCpu {
    /// What was counted until the end, left out, or not understood: how many of what, and what of them.
    pub fn notes(&self) -> Vec<(u64, &'static str, &'static str)> {
        let mut notes = vec![
            (
                self.unfinished,
                "thread",
                "still off their CPUs at the end of the profile, and counted until then",
            ),
            (
                self.lost,
                "wait",
                "left out, as the switch that ended them is missing",
            ),
            (
                self.unreadable,
                "line",
                "of switches not understood: expected prev_pid=, prev_state= and next_pid=",
            ),
        ];
        notes.retain(|(count, ..)| *count > 0);
        notes
    }
}

/// A thread off its CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The sample of the switch that it left with.
    pub sample: u32,
    /// From when to when.
    pub range: TimeRange,
    /// What for.
    pub kind: WaitKind,
}

/// What a thread waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitKind {
    /// Something to happen: a lock, a timer, a device, another thread.
    Blocked,
    /// A CPU: it was preempted, or has been woken.
    Runnable,
    /// Nothing: it runs, as samples tell ([`OffCpu::with_running`]).
    Running,
}

/// A thread that has left and not come back.
struct Left {
    sample: u32,
    since: Timestamp,
    kind: WaitKind,
}

impl OffCpu {
    /// Of all switches of a profile.
    pub fn new(profile: &Profile) -> Self {
        let mut found = Self::default();
        let mut left: BTreeMap<(Host, i32), Left> = BTreeMap::new();
        for SchedEvent { sample, what } in &profile.sched {
            let now = profile.samples.time[*sample as usize];
            let host = host(profile, *sample as usize);
            match what {
                Sched::Switch { from, state, to } => {
                    if let Some(left) = left.remove(&(host, *to)) {
                        found.add(&left, now);
                    }
                    let is_thread = *from != 0 && *state != LeftState::Ended;
                    let leaves = Left {
                        sample: *sample,
                        since: now,
                        kind: match state {
                            LeftState::Runnable => WaitKind::Runnable,
                            _ => WaitKind::Blocked,
                        },
                    };
                    let before = match is_thread {
                        true => left.insert((host, *from), leaves),
                        false => left.remove(&(host, *from)),
                    };
                    found.lost += u64::from(before.is_some());
                }
                Sched::Wakeup { thread } => {
                    if let Some(left) = left.get_mut(&(host, *thread)) {
                        found.add(left, now);
                        (left.since, left.kind) = (now, WaitKind::Runnable);
                    }
                }
            }
        }
        found.unfinished = left.len() as u64;
        let ends = ends(profile);
        for ((host, _), left) in left {
            found.add(&left, ends.get(&host).copied().unwrap_or_default());
        }
        found
            .waits
            .sort_unstable_by_key(|wait| (wait.sample, wait.range));
        found.unreadable = switches(profile).saturating_sub(found_switches(profile));
        found
    }

    /// The time on CPUs, too: what a sample shows is taken to have run since the one before it was
    /// due. Of samples that are shown and are no switches; `None` where nothing tells how far they are
    /// apart.
    pub fn with_running(mut self, profile: &Profile, samples: &Samples) -> Option<Self> {
        let lengths = Lengths::new(profile);
        for (index, time) in profile.samples.time.iter().enumerate() {
            let event = profile.samples.event[index];
            let is_shown = samples.states[index] == SampleState::Shown;
            if !is_shown || profile.event_name(event) == SWITCH_EVENT {
                continue;
            }
            let nanos = lengths.of(event, profile.samples.weight[index])?;
            let range = TimeRange {
                start: Timestamp(time.nanos().saturating_sub(nanos)),
                end: *time,
            };
            self.waits.push(Wait {
                sample: index as u32,
                range,
                kind: WaitKind::Running,
            });
        }
        self.waits
            .sort_unstable_by_key(|wait| (wait.sample, wait.range));
        Some(self)
    }

    fn add(&mut self, left: &Left, end: Timestamp) {
        let range = TimeRange {
            start: left.since,
            end,
        };
        if !range.is_empty() {
            self.waits.push(Wait {
                sample: left.sample,
                range,
                kind: left.kind,
            });
        }
    }

    /// The waits whose switches are shown, of one kind or of both, as far as they are selected. Time
    /// that the profile has no part of is left out.
    pub fn within(
        &self,
        profile: &Profile,
        samples: &Samples,
        selection: &Selection,
        kind: Option<WaitKind>,
    ) -> Vec<Wait> {
        let ranges = ranges(profile, selection);
        let counts = |wait: &&Wait| {
            let is_shown = samples.states[wait.sample as usize] == SampleState::Shown;
            is_shown && kind.is_none_or(|kind| kind == wait.kind)
        };
        let clipped = |wait: &Wait| {
            let wait = *wait;
            let first = ranges.partition_point(|range| range.end <= wait.range.start);
            let overlapping = ranges[first..].iter();
            overlapping
                .take_while(move |range| range.start < wait.range.end)
                .map(move |range| Wait {
                    range: TimeRange {
                        start: range.start.max(wait.range.start),
                        end: range.end.min(wait.range.end),
                    },
                    ..wait
                })
        };
        self.waits.iter().filter(counts).flat_map(clipped).collect()
    }
}

/// How much time samples stand for.
struct Lengths {
    /// By event: whether its periods are nanoseconds.
    are_clocks: Vec<bool>,
    /// In nanoseconds, of all others.
    by_frequency: Option<u64>,
}

impl Lengths {
    fn new(profile: &Profile) -> Self {
        let ids = (0..profile.events.len() as u32).map(EventId);
        let is_clock = |id: EventId| {
            let name = profile.event_name(id);
            name.starts_with("cpu-clock") || name.starts_with("task-clock")
        };
        let frequency = profile.frequency().map(u64::from);
        Self {
            are_clocks: ids.map(is_clock).collect(),
            by_frequency: frequency.map(|frequency| NANOS_PER_SECOND / frequency),
        }
    }

    /// A period of 1 is one that was not printed.
    fn of(&self, event: EventId, period: u64) -> Option<u64> {
        match self.are_clocks[event.index()] && period > 1 {
            true => Some(period),
            false => self.by_frequency,
        }
    }
}

/// The filter for what ran on the CPUs: the event that is chosen or, where that is one of the
/// scheduler's, the first that is not. `None` where all are.
pub fn of_running(profile: &Profile, filter: &SampleFilter) -> Option<SampleFilter> {
    let is_sched = |name: &str| name.split(':').next() == SWITCH_EVENT.split(':').next();
    let ids = (0..profile.events.len() as u32).map(EventId);
    let names: Vec<String> = ids.map(|id| profile.event_name(id).into_owned()).collect();
    let chosen = match &filter.event {
        EventChoice::First => names.first().cloned().into_iter().collect(),
        EventChoice::Named(chosen) => chosen.clone(),
        EventChoice::All => Vec::new(),
    };
    let is_running = !chosen.is_empty() && !chosen.iter().any(|name| is_sched(name));
    let event = match is_running {
        true => chosen,
        false => vec![names.into_iter().find(|name| !is_sched(name))?],
    };
    Some(SampleFilter {
        event: EventChoice::Named(event),
        metric: Metric::Samples,
        ..filter.clone()
    })
}

/// Whether samples of what ran tell how long it did.
pub fn tells_running(profile: &Profile) -> bool {
    let lengths = Lengths::new(profile);
    let is_sched = |id: EventId| profile.event_name(id).starts_with("sched:");
    let mut ids = (0..profile.events.len() as u32).map(EventId);
    let running = ids.find(|id| !is_sched(*id));
    running.is_some_and(|id| lengths.by_frequency.is_some() || lengths.are_clocks[id.index()])
}

/// The filter for both: switches, and what ran.
pub fn of_both(profile: &Profile, filter: &SampleFilter) -> Option<SampleFilter> {
    let mut both = of_running(profile, filter)?;
    if let EventChoice::Named(names) = &mut both.event {
        names.push(SWITCH_EVENT.to_owned());
    }
    Some(both)
}

/// Where a profile is of several, which of them. Their threads' numbers are their own.
type Host = Option<StringId>;

fn host(profile: &Profile, sample: usize) -> Host {
    profile.threads[profile.samples.thread[sample].index()].host
}

/// The time of each host's last sample.
fn ends(profile: &Profile) -> BTreeMap<Host, Timestamp> {
    let hosts: BTreeSet<Host> = profile.threads.iter().map(|thread| thread.host).collect();
    let mut ends = BTreeMap::new();
    for sample in (0..profile.samples.len()).rev() {
        if ends.len() == hosts.len() {
            break;
        }
        let time = profile.samples.time[sample];
        ends.entry(host(profile, sample)).or_insert(time);
    }
    ends
}

/// What is selected of the parts of the profile, each up to its last sample, in order.
fn ranges(profile: &Profile, selection: &Selection) -> Vec<TimeRange> {
    let parts = profile.parts.iter().map(|part| TimeRange {
        start: part.range.start,
        end: Timestamp(part.range.end.nanos() - 1),
    });
    if selection.is_whole() {
        return parts.collect();
    }
    let overlap = |one: TimeRange, other: TimeRange| TimeRange {
        start: one.start.max(other.start),
        end: one.end.min(other.end),
    };
    let selected = |part| {
        selection
            .ranges()
            .iter()
            .map(move |range| overlap(part, *range))
    };
    let overlaps = parts.flat_map(selected);
    overlaps.filter(|range| !range.is_empty()).collect()
}

/// Samples that are switches.
fn switches(profile: &Profile) -> u64 {
    let ids = (0..profile.events.len() as u32).map(EventId);
    let named = ids.filter(|id| profile.event_name(*id) == SWITCH_EVENT);
    named.map(|id| profile.events[id.index()].samples).sum()
}

/// Those that could be read.
fn found_switches(profile: &Profile) -> u64 {
    let switches = profile.sched.iter();
    switches
        .filter(|event| matches!(event.what, Sched::Switch { .. }))
        .count() as u64
}

/// `filter` for switches alone.
pub fn of_switches(filter: &SampleFilter) -> SampleFilter {
    SampleFilter {
        event: EventChoice::Named(vec![SWITCH_EVENT.to_owned()]),
        ..filter.clone()
    }
}

/// Of waits in the order of time: the microseconds of each. What is left of one goes to the next.
fn micros(waits: &[Wait]) -> impl Iterator<Item = u64> {
    waits.iter().scan(0, |rest, wait| {
        let nanos = wait.range.nanos().saturating_add(*rest);
        *rest = nanos % 1000;
        Some(nanos / 1000)
    })
}

/// The waits by stack, in microseconds, as a call tree of [`profile`] has them.
pub fn call_tree(profile: &Profile, mut waits: Vec<Wait>) -> CallTree {
    waits.sort_by_key(|wait| wait.range);
    let mut weights = vec![0u64; profile.stacks.len()];
    for (wait, micros) in waits.iter().zip(micros(&waits)) {
        let stack = profile.samples.stack[wait.sample as usize];
        let weight = &mut weights[stack.index()];
        *weight = weight.saturating_add(micros);
    }
    CallTree::of_weights(&profile.stacks, weights)
}

/// The waits as a profile of their own: a sample a wait, when it begins and in the stack that it is
/// spent in, that weighs its microseconds. What is left of a microsecond goes to the next, so that
/// their sum is exact to one.
pub fn profile(profile: &Profile, mut waits: Vec<Wait>) -> (Profile, Samples) {
    waits.sort_by_key(|wait| wait.range);
    let old = &profile.samples;
    let mut samples = SampleTable::default();
    for (wait, micros) in waits.iter().zip(micros(&waits)) {
        let index = wait.sample as usize;
        samples.time.push(wait.range.start);
        samples.stack.push(old.stack[index]);
        samples.thread.push(old.thread[index]);
        samples.event.push(EventId(0));
        samples.cpu.push(old.cpu[index]);
        samples.weight.push(micros);
    }
    let event = waits.first().map(|wait| old.event[wait.sample as usize]);
    let name = profile.events[event.unwrap_or_default().index()].name;
    let mut profile = Profile {
        info: profile.info.clone(),
        strings: profile.strings.clone(),
        frames: profile.frames.clone(),
        stacks: profile.stacks.clone(),
        threads: profile.threads.clone(),
        events: vec![Event {
            name,
            samples: waits.len() as u64,
        }],
        parts: parts(&samples.time),
        samples,
        sched: Vec::new(),
        warnings: profile.warnings.clone(),
        recorded: None,
    };
    profile.info.weight_unit = WeightUnit::Microseconds;
    let samples = Samples {
        states: vec![SampleState::Shown; waits.len()],
        metric: Metric::Weight,
        shown: waits.len() as u64,
        idle: 0,
        filtered: 0,
    };
    (profile, samples)
}

/// The waits by cell, in microseconds: each spread over the cells that it spans. `samples` are the
/// switches that are shown, which the map counts.
///
/// # Errors
/// As [`HeatMap::new`].
pub fn heat_map(
    profile: &Profile,
    samples: &Samples,
    waits: &[Wait],
    options: HeatMapOptions,
) -> Result<ValueMap, HeatMapError> {
    let is_running = waits.iter().any(|wait| wait.kind == WaitKind::Running);
    let cells = HeatMap::new(profile, samples, options)?;
    let place = |cell: Cell| cell.column as usize * cells.options.rows as usize + cell.row as usize;
    let mut nanos = vec![0u64; cells.counts.len()];
    // By cell, how many more waits span it all than span the one before.
    let mut change = vec![0i64; cells.counts.len() + 1];
    for wait in waits {
        let last = Timestamp(wait.range.end.nanos() - 1);
        let [first, last] = [wait.range.start, last].map(|time| cells.cell_at(time));
        let (from, to) = (place(first), place(last));
        if from == to {
            nanos[from] += wait.range.nanos();
            continue;
        }
        nanos[from] += cells.range_of(first).end.nanos_since(wait.range.start);
        nanos[to] += wait.range.end.nanos_since(cells.range_of(last).start);
        change[from + 1] += 1;
        change[to] -= 1;
    }
    let mut spanning = 0;
    let value = |(index, nanos): (usize, u64)| {
        spanning += change[index];
        let rows = cells.options.rows as usize;
        let cell = Cell {
            column: (index / rows) as u32,
            row: (index % rows) as u32,
        };
        let whole = cells.range_of(cell).nanos() as f64 * spanning as f64;
        Some((nanos as f64 + whole) / 1000.0)
    };
    let values = nanos.into_iter().enumerate().map(value).collect();
    Ok(ValueMap {
        cells,
        values,
        value: match is_running {
            true => Value::OnStack,
            false => Value::OffCpu,
        },
    })
}
