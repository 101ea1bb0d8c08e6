//! [`SampleFilter`]: which samples count, and [`Samples`]: what it makes of each.

use crate::profile::{
    Cpu, EventId, FrameTable, PRINT_COMMAND, Profile, StackId, StackTable, StringTable, Thread,
    ThreadId, printable,
};
use rayon::prelude::*;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Which samples count. Values of one filter widen (any of), different filters narrow (all of);
/// an empty list lets everything through.
#[derive(Debug, Clone, Default)]
pub struct SampleFilter {
    /// Which events are shown.
    pub event: EventChoice,
    /// Thread names, exactly.
    pub comms: Vec<String>,
    /// Machines, in a profile of several.
    pub hosts: Vec<String>,
    /// Process numbers.
    pub pids: Vec<i32>,
    /// Thread numbers.
    pub tids: Vec<i32>,
    /// CPUs.
    pub cpus: Vec<u16>,
    /// Stacks in which some frame's displayed name matches.
    pub stacks: Vec<Regex>,
    /// Stacks in which each of these matches some frame's displayed name.
    pub also_stacks: Vec<Regex>,
    /// Stacks in which no frame's displayed name may match.
    pub excluded_stacks: Vec<Regex>,
    /// Which samples are a CPU doing nothing.
    pub idle: IdleRule,
    /// Whether idle samples count.
    pub include_idle: bool,
    /// What each sample counts for.
    pub metric: Metric,
}

/// What each sample counts for, in heat maps and flame graphs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// One.
    #[default]
    Samples,
    /// Its weight: the events (cycles, nanoseconds, faults, …) that it stands for.
    Weight,
}

impl Metric {
    /// What is counted in samples of this profile, in the singular.
    pub fn noun_in(self, profile: &Profile) -> &'static str {
        match self {
            Self::Samples => self.noun(),
            Self::Weight => profile.info.weight_unit.noun(),
        }
    }

    /// What is counted, in the singular.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Samples => "sample",
            Self::Weight => "event",
        }
    }
}

/// Two filters are equal if they let the same samples through for the same reasons.
impl PartialEq for SampleFilter {
    fn eq(&self, other: &Self) -> bool {
        let patterns = |list: &[Regex]| {
            list.iter()
                .map(|regex| regex.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        self.event == other.event
            && self.comms == other.comms
            && self.hosts == other.hosts
            && self.pids == other.pids
            && self.tids == other.tids
            && self.cpus == other.cpus
            && patterns(&self.stacks) == patterns(&other.stacks)
            && patterns(&self.also_stacks) == patterns(&other.also_stacks)
            && patterns(&self.excluded_stacks) == patterns(&other.excluded_stacks)
            && self.idle == other.idle
            && self.include_idle == other.include_idle
            && self.metric == other.metric
    }
}

/// Which events are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EventChoice {
    /// The first in the file.
    #[default]
    First,
    /// All of them.
    All,
    /// Those with these names.
    Named(Vec<String>),
}

/// Which samples of the idle task (thread 0) are a CPU doing nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdleRule {
    /// Those with an idle function innermost: interrupt work on top of idle stays visible.
    #[default]
    Leaf,
    /// Those with an idle function anywhere in the stack, as in FlameScope.
    Stack,
    /// All of them.
    Task,
    /// None.
    None,
}

/// Parts of the names of functions in which an idle CPU waits: FlameScope's patterns and what
/// newer kernels call them.
const IDLE_FUNCTIONS: [&str; 16] = [
    "cpuidle",
    "cpu_idle",
    "cpu_bringup_and_idle",
    "native_safe_halt",
    "xen_hypercall_sched_op",
    "xen_hypercall_vcpu_op",
    "intel_idle",
    "mwait_idle",
    "acpi_idle",
    "acpi_safe_halt",
    "poll_idle",
    "default_idle",
    "do_idle",
    "cpu_do_idle",
    "default_enter_idle",
    // V8's.
    "(idle)",
];

/// What a filter makes of one row of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum SampleState {
    /// It counts.
    Shown,
    /// It would count if idle samples did.
    Idle,
    /// The filter leaves it out.
    Filtered,
}

/// What a filter makes of each sample of a profile, and how many are in each state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    /// One a row of the profile's samples, in their order.
    pub states: Vec<SampleState>,
    /// What each of those shown counts for.
    pub metric: Metric,
    /// How many count.
    pub shown: u64,
    /// How many are left out as idle.
    pub idle: u64,
    /// How many the filter leaves out. `shown + idle + filtered` is all of them.
    pub filtered: u64,
}

/// Why a filter does not fit a profile.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// No sample is of this event.
    #[error("no event is named {name:?}; the profile has: {known}")]
    UnknownEvent {
        /// The name asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// It names a process, and the profile tells none from its threads.
    #[error(
        "the profile has no process ids: where there is one number, it is taken for the thread's; filter by --tid, or print a recording with process ids: {PRINT_COMMAND}"
    )]
    NoProcessIds,
}

impl Samples {
    /// With how many there are in each state.
    pub(crate) fn new(profile: &Profile, states: Vec<SampleState>, metric: Metric) -> Self {
        let counts = &profile.samples.count;
        let count = |wanted: SampleState| match counts.is_empty() {
            true => states.par_iter().filter(|state| **state == wanted).count() as u64,
            false => {
                let rows = states.par_iter().zip(counts);
                let rows = rows.filter(|(state, _)| **state == wanted);
                rows.map(|(_, count)| *count).sum()
            }
        };
        let (shown, idle) = (count(SampleState::Shown), count(SampleState::Idle));
        Self {
            metric,
            shown,
            idle,
            filtered: profile.samples.total() - shown - idle,
            states,
        }
    }

    /// What each row counts for where it is shown; `None` where that is one.
    pub(crate) fn amount_of_each<'a>(&self, profile: &'a Profile) -> Option<&'a [u64]> {
        let samples = &profile.samples;
        match self.metric {
            Metric::Weight => Some(&samples.weight),
            Metric::Samples => Some(&samples.count[..]).filter(|counts| !counts.is_empty()),
        }
    }

    /// What the rows of a range count for: 0 for those that are not shown.
    pub(crate) fn amounts<'a>(
        &'a self,
        profile: &'a Profile,
        range: Range<usize>,
    ) -> impl Iterator<Item = u64> + 'a {
        let each = self.amount_of_each(profile);
        let each = each.map(|each| &each[range.clone()]);
        let states = self.states[range].iter().enumerate();
        states.map(move |(row, state)| {
            let amount = each.map_or(1, |each| each[row]);
            amount * u64::from(*state == SampleState::Shown)
        })
    }

    /// What one of those that are shown counts for on average.
    pub fn mean_amount(&self, profile: &Profile) -> f64 {
        let total = match self.metric {
            Metric::Samples => return 1.0,
            Metric::Weight => self.amount(profile, 0..profile.samples.len()),
        };
        total.max(1) as f64 / self.shown.max(1) as f64
    }

    /// Of these, those in a stack with one of `frames` (by frame of the profile); the others are
    /// filtered.
    pub fn holding(&self, profile: &Profile, frames: &[bool]) -> Self {
        let holds = stacks_holding(&profile.stacks, frames);
        let stacks = profile.samples.stack.par_iter();
        let states = self.states.par_iter().zip(stacks);
        let states = states.map(|(state, stack)| match holds[stack.index()] {
            true => *state,
            false => SampleState::Filtered,
        });
        Self::new(profile, states.collect(), self.metric)
    }

    /// What the samples of a range count for together.
    pub(crate) fn amount(&self, profile: &Profile, range: Range<usize>) -> u64 {
        match self.amount_of_each(profile) {
            None => {
                let states = self.states[range].iter();
                states
                    .map(|state| u64::from(*state == SampleState::Shown))
                    .sum()
            }
            Some(_) => self.amounts(profile, range).fold(0, u64::saturating_add),
        }
    }
}

/// How many events an error lists.
const LISTED_EVENTS: usize = 20;

/// Each number, of long runs the first and the last: `3`, `0-63`.
fn number_texts<T: Copy + Into<i64>>(numbers: &[T]) -> Vec<String> {
    let numbers: Vec<i64> = numbers.iter().map(|number| (*number).into()).collect();
    let runs = numbers.chunk_by(|one, next| one.checked_add(1) == Some(*next));
    let text = |run: &[i64]| match run {
        [first, _, .., last] => vec![format!("{first}-{last}")],
        few => few.iter().map(i64::to_string).collect(),
    };
    runs.flat_map(text).collect()
}

impl SampleFilter {
    /// Whether it leaves out anything but idle samples and other events, or counts otherwise.
    pub fn is_active(&self) -> bool {
        let lists = [
            self.comms.len(),
            self.hosts.len(),
            self.pids.len(),
            self.tids.len(),
            self.cpus.len(),
        ];
        lists.iter().any(|len| *len > 0)
            || !self.stacks.is_empty()
            || !self.also_stacks.is_empty()
            || !self.excluded_stacks.is_empty()
            || self.idle != IdleRule::default()
            || self.metric != Metric::default()
    }

    /// In words, for titles: `comm java · cpu 3 · event cycles`; empty where nothing is filtered.
    pub fn describe(&self, profile: &Profile) -> String {
        let mut parts = self.words();
        if profile.events.len() > 1 {
            let event = match &self.event {
                EventChoice::First => vec![profile.event_name(EventId(0)).into_owned()],
                EventChoice::All => vec!["all".to_owned()],
                EventChoice::Named(names) => {
                    let names = names.iter().map(|name| printable(name.as_bytes()));
                    names.map(std::borrow::Cow::into_owned).collect()
                }
            };
            parts.push(format!("event {}", event.join(" or ")));
        }
        if self.metric == Metric::Weight {
            parts.push("weighted by period".to_owned());
        }
        if self.include_idle {
            parts.push("idle included".to_owned());
        }
        match self.idle {
            IdleRule::Leaf => {}
            IdleRule::Stack => parts.push("idle anywhere in the stack".to_owned()),
            IdleRule::Task => parts.push("idle task left out".to_owned()),
            IdleRule::None => parts.push("nothing idle".to_owned()),
        }
        parts.join(" · ")
    }

    /// What it narrows samples to, but for events and idle ones.
    fn words(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let mut add = |label: &str, values: Vec<String>| {
            if !values.is_empty() {
                parts.push(format!("{label} {}", values.join(" or ")));
            }
        };
        let shown = |values: &[String]| {
            values
                .iter()
                .map(|v| printable(v.as_bytes()).into_owned())
                .collect()
        };
        let patterns = |list: &[Regex]| -> Vec<String> {
            list.iter()
                .map(|r| format!("/{}/", printable(r.as_str().as_bytes())))
                .collect()
        };
        add("comm", shown(&self.comms));
        add("host", shown(&self.hosts));
        add("pid", number_texts(&self.pids));
        add("tid", number_texts(&self.tids));
        add("CPU", number_texts(&self.cpus));
        add("stack", patterns(&self.stacks));
        for also in patterns(&self.also_stacks) {
            add("and", vec![also]);
        }
        add("not", patterns(&self.excluded_stacks));
        parts
    }

    /// Why no sample of `profile` counts, in words: which filter lets none through.
    pub fn explain_nothing(&self, profile: &Profile) -> String {
        let base = || Self {
            event: self.event.clone(),
            include_idle: true,
            ..Self::default()
        };
        let alone = [
            Self {
                comms: self.comms.clone(),
                ..base()
            },
            Self {
                hosts: self.hosts.clone(),
                ..base()
            },
            Self {
                pids: self.pids.clone(),
                ..base()
            },
            Self {
                tids: self.tids.clone(),
                ..base()
            },
            Self {
                cpus: self.cpus.clone(),
                ..base()
            },
            Self {
                stacks: self.stacks.clone(),
                ..base()
            },
            Self {
                also_stacks: self.also_stacks.clone(),
                ..base()
            },
            Self {
                excluded_stacks: self.excluded_stacks.clone(),
                ..base()
            },
        ];
        let shown = |filter: &Self| filter.apply(profile).map_or(0, |samples| samples.shown);
        let culprit = alone
            .iter()
            .find(|filter| filter.is_active() && shown(filter) == 0);
        let with_idle = Self {
            include_idle: true,
            ..self.clone()
        };
        match culprit {
            Some(filter) => format!(
                "no sample passes the filter: {}",
                filter.words().join(" · ")
            ),
            None if shown(&with_idle) > 0 => {
                "all samples that pass the filters are idle (--include-idle shows them)".to_owned()
            }
            None => format!("no sample passes all filters: {}", self.words().join(" · ")),
        }
    }

    /// What it makes of each sample of `profile`.
    ///
    /// # Errors
    /// Where it names an event that the profile does not have.
    pub fn apply(&self, profile: &Profile) -> Result<Samples, FilterError> {
        if !self.pids.is_empty() && !profile.has_process_ids() {
            return Err(FilterError::NoProcessIds);
        }
        let events = self.shown_events(profile)?;
        let threads = self.shown_threads(profile);
        let recorded = Functions::recorded(profile);
        let stacks = self.shown_stacks(&recorded);
        let idle_tasks = idle_tasks(profile);
        let idle_stacks = self.idle_stacks(&recorded);
        let cpus = self.shown_cpus();
        let state = |event: EventId, thread: ThreadId, stack: StackId, cpu: Cpu| {
            let passes = events[event.index()]
                && threads[thread.index()]
                && stacks.as_ref().is_none_or(|stacks| stacks[stack.index()])
                && cpus.as_ref().is_none_or(|cpus| {
                    let number = cpu.number().map(usize::from);
                    number.is_some_and(|number| cpus[number])
                });
            match () {
                () if !passes => SampleState::Filtered,
                () if self.include_idle => SampleState::Shown,
                () if idle_tasks[thread.index()] && idle_stacks[stack.index()] => SampleState::Idle,
                () => SampleState::Shown,
            }
        };
        const PART: usize = 1 << 14;
        let columns = &profile.samples;
        let mut states = vec![SampleState::Filtered; columns.len()];
        let parts = (
            states.par_chunks_mut(PART),
            columns.event.par_chunks(PART),
            columns.thread.par_chunks(PART),
            recorded.of_samples.par_chunks(PART),
            columns.cpu.par_chunks(PART),
        );
        parts
            .into_par_iter()
            .for_each(|(states, events, threads, stacks, cpus)| {
                let samples = events.iter().zip(threads).zip(stacks).zip(cpus);
                for (state_of, (((event, thread), stack), cpu)) in states.iter_mut().zip(samples) {
                    *state_of = state(*event, *thread, *stack, *cpu);
                }
            });
        Ok(Samples::new(profile, states, self.metric))
    }

    /// By number; `None` where all are shown.
    fn shown_cpus(&self) -> Option<Vec<bool>> {
        if self.cpus.is_empty() {
            return None;
        }
        let mut shown = vec![false; usize::from(u16::MAX) + 1];
        for cpu in &self.cpus {
            shown[usize::from(*cpu)] = true;
        }
        Some(shown)
    }

    fn shown_events(&self, profile: &Profile) -> Result<Vec<bool>, FilterError> {
        let names = match &self.event {
            EventChoice::First => {
                return Ok((0..profile.events.len()).map(|index| index == 0).collect());
            }
            EventChoice::All => return Ok(vec![true; profile.events.len()]),
            EventChoice::Named(names) => names,
        };
        let mut shown = vec![false; profile.events.len()];
        for name in names {
            let is_named = |index: &usize| profile.event_name(EventId(*index as u32)) == *name;
            let Some(index) = (0..profile.events.len()).find(is_named) else {
                let count = profile.events.len();
                let listed = (0..count.min(LISTED_EVENTS) as u32).map(EventId);
                let mut known: Vec<_> = listed.map(|id| profile.event_name(id)).collect();
                if count > LISTED_EVENTS {
                    known.push(format!("… and {} more", count - LISTED_EVENTS).into());
                }
                return Err(FilterError::UnknownEvent {
                    name: name.clone(),
                    known: known.join(", "),
                });
            };
            shown[index] = true;
        }
        Ok(shown)
    }

    fn shown_threads(&self, profile: &Profile) -> Vec<bool> {
        let passes = |thread: &Thread| {
            let comm = profile.strings.get(thread.comm);
            let host = thread.host.map(|host| profile.strings.get(host));
            let is = |name: &String, wanted: &[u8]| {
                name.as_bytes() == wanted || **name == *printable(wanted)
            };
            let is_one_of = |number: Option<i32>, wanted: &[i32]| {
                wanted.is_empty() || number.is_some_and(|number| wanted.contains(&number))
            };
            let is_of_host = |name: &String| host.is_some_and(|host| is(name, host));
            (self.comms.is_empty() || self.comms.iter().any(|name| is(name, comm)))
                && (self.hosts.is_empty() || self.hosts.iter().any(is_of_host))
                && is_one_of(thread.pid, &self.pids)
                && is_one_of(thread.tid, &self.tids)
        };
        profile.threads.iter().map(passes).collect()
    }

    /// By stack node; `None` where all are shown.
    fn shown_stacks(&self, recorded: &Functions<'_>) -> Option<Vec<bool>> {
        let any_of = [(&self.stacks, true), (&self.excluded_stacks, false)];
        let any_of = any_of
            .into_iter()
            .filter(|(patterns, _)| !patterns.is_empty())
            .map(|(patterns, wanted)| (&patterns[..], wanted));
        let each_of = self.also_stacks.chunks(1).map(|pattern| (pattern, true));
        // The stacks that hold a match of any of the patterns, or those that do not.
        let groups = any_of.chain(each_of).map(|(patterns, wanted)| {
            let frames =
                recorded.matching(|name| patterns.iter().any(|regex| regex.is_match(name)));
            let mut shown = stacks_holding(recorded.stacks, &frames);
            shown.iter_mut().for_each(|holds| *holds = *holds == wanted);
            shown
        });
        groups.reduce(|mut all, group| {
            all.iter_mut().zip(group).for_each(|(all, one)| *all &= one);
            all
        })
    }

    /// By stack node: whether a sample of the idle task in it is a CPU doing nothing.
    fn idle_stacks(&self, recorded: &Functions<'_>) -> Vec<bool> {
        let count = recorded.stacks.len();
        if matches!(self.idle, IdleRule::Task | IdleRule::None) {
            return vec![self.idle == IdleRule::Task; count];
        }
        let is_idle = |name: &str| IDLE_FUNCTIONS.iter().any(|part| name.contains(part));
        let frames = recorded.matching(is_idle);
        match self.idle {
            IdleRule::Stack => stacks_holding(recorded.stacks, &frames),
            _ => recorded
                .stacks
                .frame
                .iter()
                .map(|frame| frames[frame.index()])
                .collect(),
        }
    }
}

/// By thread: whether it is a CPU's idle task.
fn idle_tasks(profile: &Profile) -> Vec<bool> {
    let is_idle = |thread: &Thread| match thread.tid {
        Some(tid) => tid == 0,
        None => profile.strings.get(thread.comm).starts_with(b"swapper"),
    };
    profile.threads.iter().map(is_idle).collect()
}

/// The stacks of a profile's samples, and what their functions are called.
struct Functions<'a> {
    strings: &'a StringTable,
    frames: &'a FrameTable,
    stacks: &'a StackTable,
    of_samples: &'a [StackId],
}

impl<'a> Functions<'a> {
    /// As they are shown.
    fn shown(profile: &'a Profile) -> Self {
        Self {
            strings: &profile.strings,
            frames: &profile.frames,
            stacks: &profile.stacks,
            of_samples: &profile.samples.stack,
        }
    }

    /// As they were recorded, where groups of them are shown.
    fn recorded(profile: &'a Profile) -> Self {
        match profile.recorded.as_deref() {
            None => Self::shown(profile),
            Some(recorded) => Self {
                strings: &recorded.strings,
                frames: &recorded.frames,
                stacks: &recorded.stacks,
                of_samples: &recorded.of_samples,
            },
        }
    }

    /// By frame: whether its displayed name passes a test. The root never does.
    fn matching(&self, test: impl Fn(&str) -> bool + Sync) -> Vec<bool> {
        let name = |frame: usize| printable(self.strings.get(self.frames.name[frame]));
        let frames = (0..self.frames.len()).into_par_iter().with_min_len(256);
        frames
            .map(|frame| frame > 0 && test(&name(frame)))
            .collect()
    }
}

/// By frame: whether its displayed name passes a test. The root never does.
pub fn matching_frames(profile: &Profile, test: impl Fn(&str) -> bool + Sync) -> Vec<bool> {
    Functions::shown(profile).matching(test)
}

/// By stack node: whether it, or a caller of it, is one of `frames`.
fn stacks_holding(stacks: &StackTable, frames: &[bool]) -> Vec<bool> {
    let mut holds: Vec<bool> = Vec::with_capacity(stacks.len());
    for node in 0..stacks.len() {
        let StackId(parent) = stacks.parent[node];
        let inherited = node > 0 && holds[parent as usize];
        holds.push(inherited || frames[stacks.frame[node].index()]);
    }
    holds
}
