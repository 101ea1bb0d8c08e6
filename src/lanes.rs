//! [`Lanes`]: the same samples over the same time as a heat map, with a row for each CPU, thread,
//! process or event instead of each offset. So phases show in which only one of them is busy.

use crate::filter::Samples;
use crate::heat_map::{Cell, HeatMap, HeatMapError, HeatMapOptions, MAX_CELLS};
use crate::profile::{Cpu, EventId, Profile, StringId, ThreadId, TimeRange};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LaneKind {
    /// A CPU, by number; the busiest where there are too many.
    Cpu,
    /// A thread, the busiest first.
    Thread,
    /// A process, the busiest first.
    Process,
    /// An event, the most frequent first.
    Event,
}

impl LaneKind {
    /// All of them, with their names for menus.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Cpu, "CPUs"),
        (Self::Thread, "Threads"),
        (Self::Process, "Processes"),
        (Self::Event, "Events"),
    ];
}

/// What to lay out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LaneOptions {
    /// What a row stands for.
    pub kind: LaneKind,
    /// Parts that each column of the heat map is divided into.
    pub slots: u32,
    /// At most so many rows, at least 2; what is left is one row together.
    pub most: usize,
}

/// Whose samples are in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LaneKey {
    /// A CPU, by number.
    Cpu(u16),
    /// A thread.
    Thread(ThreadId),
    /// The process of a thread.
    Process(ThreadId),
    /// An event.
    Event(EventId),
}

/// Samples by time and lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lanes {
    /// What it is of.
    pub options: LaneOptions,
    /// Each row's name, for display. The last is `others` where there were too many.
    pub names: Vec<String>,
    /// What each row is of; `None` of `others`, and of samples whose CPU is not known.
    pub keys: Vec<Option<LaneKey>>,
    /// What each row's samples count for.
    pub totals: Vec<u64>,
    /// For each slot of each column in time order, what each row's samples count for.
    pub counts: Vec<u64>,
    /// The largest of them.
    pub max: u64,
}

impl Lanes {
    /// Counts the samples that are shown, over the columns that a heat map with columns of
    /// `column_nanos` has. Where these are very many, they have fewer slots than asked for, and
    /// fewer rows.
    ///
    /// # Errors
    /// As [`HeatMap::new`].
    pub fn new(
        profile: &Profile,
        samples: &Samples,
        column_nanos: u64,
        options: LaneOptions,
    ) -> Result<Self, HeatMapError> {
        Self::of_part(profile, samples, samples, column_nanos, options)
    }

    /// The same of a `part` of the samples, in the rows that all of them have.
    ///
    /// # Errors
    /// As [`HeatMap::new`].
    pub fn of_part(
        profile: &Profile,
        samples: &Samples,
        part: &Samples,
        column_nanos: u64,
        options: LaneOptions,
    ) -> Result<Self, HeatMapError> {
        let amounts = samples.amounts(profile, 0..profile.samples.len());
        let frame = Frame::new(profile, samples, amounts.enumerate(), column_nanos, options)?;
        let Frame { map, lane_of, .. } = &frame;
        let lanes = frame.names.len();
        let times = &profile.samples.time;
        const PART: usize = 1 << 16;
        let count_part = |index: usize| {
            let (start, end) = (index * PART, ((index + 1) * PART).min(times.len()));
            let slot = |cell| frame.slot(cell);
            let first = slot(map.cell_at(times[start]));
            let last = slot(map.cell_at(times[end - 1]));
            let mut counts = vec![0u64; (last + 1 - first) * lanes];
            let mut amounts = part.amounts(profile, start..end);
            let mut sample = start;
            while sample < end {
                let cell = map.cell_at(times[sample]);
                let until = map.range_of(cell).end;
                let base = (slot(cell) - first) * lanes;
                // At least this one: past a gap, samples belong to the cell before it.
                let from = sample;
                while sample < end && (sample == from || times[sample] < until) {
                    let count = &mut counts[base + lane_of(sample)];
                    *count = count.saturating_add(amounts.next().unwrap_or(0));
                    sample += 1;
                }
            }
            (first * lanes, counts)
        };
        let parts = (0..times.len().div_ceil(PART)).into_par_iter();
        let counted: Vec<(usize, Vec<u64>)> = parts.map(count_part).collect();
        let mut counts = vec![0u64; map.counts.len() * lanes];
        for (first, part) in counted {
            for (total, count) in counts[first..].iter_mut().zip(part) {
                *total = total.saturating_add(count);
            }
        }
        Ok(frame.filled(counts))
    }

    /// Counts the microseconds of ranges of time, each with the sample whose lane it is in, over the
    /// slots that they span. `samples` are those that the columns' heat map shows. Rows are those of all
    /// `ranges`; a `part` of them is counted.
    ///
    /// # Errors
    /// As [`HeatMap::new`].
    pub fn of_ranges(
        profile: &Profile,
        samples: &Samples,
        ranges: &[(usize, TimeRange)],
        part: &[(usize, TimeRange)],
        column_nanos: u64,
        options: LaneOptions,
    ) -> Result<Self, HeatMapError> {
        let amounts = ranges
            .iter()
            .map(|(sample, range)| (*sample, range.nanos()));
        let frame = Frame::new(profile, samples, amounts, column_nanos, options)?;
        let mut counts = vec![0u64; frame.map.counts.len() * frame.names.len()];
        for (sample, range) in part {
            let lane = (frame.lane_of)(*sample);
            let mut start = range.start;
            while start < range.end {
                let cell = frame.map.cell_at(start);
                let end = frame.map.range_of(cell).end.min(range.end);
                // Past a gap, time belongs to the cell before it.
                let end = if end > start { end } else { range.end };
                let count = &mut counts[frame.slot(cell) * frame.names.len() + lane];
                *count = count.saturating_add(end.nanos_since(start));
                start = end;
            }
        }
        for count in &mut counts {
            *count /= 1000;
        }
        Ok(frame.filled(counts))
    }

    /// Which row each sample is in, shown or not; `samples` are those that the rows were made of.
    pub fn row_of_each(&self, profile: &Profile, samples: &Samples) -> Vec<u32> {
        let amounts = samples.amounts(profile, 0..profile.samples.len());
        let Rows { lane_of, .. } = assign(profile, amounts.enumerate(), self.options);
        let rows = (0..profile.samples.len()).into_par_iter();
        rows.map(|sample| lane_of(sample) as u32).collect()
    }

    /// Whether the last row is of what has none of its own.
    pub fn has_others(&self) -> bool {
        self.names.len() > 1
            && self.keys.last() == Some(&None)
            && self.names.last().is_some_and(|name| name == OTHERS)
    }

    /// Each slot's counts in time order, a number a row.
    pub fn slots(&self) -> impl Iterator<Item = &[u64]> {
        self.counts.chunks(self.names.len().max(1))
    }
}

/// The row of what has none of its own.
const OTHERS: &str = "others";

/// Slots and rows without what is in them.
struct Frame<'a> {
    options: LaneOptions,
    names: Vec<String>,
    keys: Vec<Option<LaneKey>>,
    /// The row of a sample.
    lane_of: KeyOf<'a>,
    /// With a row a slot.
    map: HeatMap,
}

impl<'a> Frame<'a> {
    /// `amounts` are by sample: rows are in the order of what they come to.
    fn new(
        profile: &'a Profile,
        samples: &Samples,
        amounts: impl Iterator<Item = (usize, u64)>,
        column_nanos: u64,
        mut options: LaneOptions,
    ) -> Result<Self, HeatMapError> {
        if options.kind == LaneKind::Process && !profile.has_process_ids() {
            return Err(HeatMapError::NoProcessIds);
        }
        let mut shape = HeatMapOptions {
            rows: 1,
            column_nanos,
        };
        let cells_a_column = MAX_CELLS / shape.columns(profile).max(1);
        let fitting = usize::try_from(cells_a_column).unwrap_or(usize::MAX);
        options.most = options.most.min(fitting);
        let Rows {
            lane_of,
            names,
            keys,
        } = assign(profile, amounts, options);
        let slots = cells_a_column / names.len() as u64;
        options.slots = u64::from(options.slots).min(slots).max(1) as u32;
        shape.rows = options.slots;
        Ok(Self {
            map: HeatMap::new(profile, samples, shape)?,
            options,
            names,
            keys,
            lane_of,
        })
    }

    fn slot(&self, cell: Cell) -> usize {
        cell.column as usize * self.options.slots as usize + cell.row as usize
    }

    fn filled(self, counts: Vec<u64>) -> Lanes {
        let lanes = self.names.len();
        let mut totals = vec![0u64; lanes];
        for slot in counts.chunks_exact(lanes.max(1)) {
            for (total, count) in totals.iter_mut().zip(slot) {
                *total = total.saturating_add(*count);
            }
        }
        Lanes {
            options: self.options,
            max: counts.iter().copied().max().unwrap_or(0),
            names: self.names,
            keys: self.keys,
            totals,
            counts,
        }
    }
}

/// Which row each sample is in, and what the rows are.
struct Rows<'a> {
    lane_of: KeyOf<'a>,
    names: Vec<String>,
    keys: Vec<Option<LaneKey>>,
}

/// A sample's number among those of its kind.
pub(crate) type KeyOf<'a> = Box<dyn Fn(usize) -> usize + Sync + 'a>;

/// Which CPU, thread, process or event each sample is of, by number, and how many numbers there are.
pub(crate) fn keys(profile: &Profile, kind: LaneKind) -> (KeyOf<'_>, usize) {
    let columns = &profile.samples;
    match kind {
        LaneKind::Cpu => {
            let key = |sample: usize| {
                let number = columns.cpu[sample].number();
                usize::from(number.unwrap_or(u16::MAX))
            };
            (Box::new(key), usize::from(u16::MAX) + 1)
        }
        LaneKind::Thread => {
            let key = |sample: usize| columns.thread[sample].index();
            (Box::new(key), profile.threads.len())
        }
        LaneKind::Process => {
            let process = processes(profile);
            let key = move |sample: usize| process[columns.thread[sample].index()];
            (Box::new(key), profile.threads.len())
        }
        LaneKind::Event => {
            let key = |sample: usize| columns.event[sample].index();
            (Box::new(key), profile.events.len())
        }
    }
}

fn assign<'a>(
    profile: &'a Profile,
    amounts: impl Iterator<Item = (usize, u64)>,
    options: LaneOptions,
) -> Rows<'a> {
    let (key_of, keys) = keys(profile, options.kind);
    let mut busy = vec![0u64; keys];
    for (sample, amount) in amounts {
        let total = &mut busy[key_of(sample)];
        *total = total.saturating_add(amount);
    }
    let mut shown: Vec<usize> = (0..keys).filter(|key| busy[*key] > 0).collect();
    if options.kind != LaneKind::Cpu {
        shown.sort_by_key(|key| (Reverse(busy[*key]), *key));
    }
    let most = options.most.max(2);
    let has_others = shown.len() > most;
    if has_others {
        if options.kind == LaneKind::Cpu {
            shown.sort_by_key(|key| (Reverse(busy[*key]), *key));
        }
        shown.truncate(most - 1);
        if options.kind == LaneKind::Cpu {
            shown.sort_unstable();
        }
    }
    let mut names: Vec<String> = shown
        .iter()
        .map(|key| name_of(profile, options.kind, *key))
        .collect();
    let mut lane_keys: Vec<Option<LaneKey>> = shown
        .iter()
        .map(|key| lane_key(options.kind, *key))
        .collect();
    if has_others || names.is_empty() {
        names.push(OTHERS.to_owned());
        lane_keys.push(None);
    }
    // What is not shown counts for nothing, wherever it goes.
    let mut lane = vec![names.len() - 1; keys];
    for (index, key) in shown.iter().enumerate() {
        lane[*key] = index;
    }
    Rows {
        lane_of: Box::new(move |sample| lane[key_of(sample)]),
        names,
        keys: lane_keys,
    }
}

fn lane_key(kind: LaneKind, key: usize) -> Option<LaneKey> {
    let id = u32::try_from(key).ok()?;
    Some(match kind {
        LaneKind::Cpu => LaneKey::Cpu(Cpu::new(id)?.number()?),
        LaneKind::Thread => LaneKey::Thread(ThreadId(id)),
        LaneKind::Process => LaneKey::Process(ThreadId(id)),
        LaneKind::Event => LaneKey::Event(EventId(id)),
    })
}

/// By thread: the main thread of its process, after which that is called, or else the busiest: the
/// main thread of a Java program, for one, sleeps.
pub(crate) fn processes(profile: &Profile) -> Vec<usize> {
    let samples = profile.samples_by_thread();
    let process_of = |index: usize| {
        let thread = &profile.threads[index];
        Some((thread.host, thread.pid.or(thread.tid)?))
    };
    let rank = |index: usize| {
        let thread = &profile.threads[index];
        (thread.pid == thread.tid, samples[index])
    };
    let mut first: BTreeMap<(Option<StringId>, i32), usize> = BTreeMap::new();
    for index in 0..samples.len() {
        if let Some(process) = process_of(index) {
            let shown = first.entry(process).or_insert(index);
            if rank(index) > rank(*shown) {
                *shown = index;
            }
        }
    }
    let shown = |index| process_of(index).and_then(|process| first.get(&process).copied());
    (0..samples.len())
        .map(|index| shown(index).unwrap_or(index))
        .collect()
}

/// What is of that number, for display.
pub(crate) fn name_of(profile: &Profile, kind: LaneKind, key: usize) -> String {
    let name = |key: usize| profile.thread_name(&profile.threads[key]);
    let numbered = |number: Option<i32>| match number {
        Some(number) => format!("{} {number}", name(key)),
        None => name(key).into_owned(),
    };
    match kind {
        LaneKind::Cpu => match u16::try_from(key).ok().and_then(|key| Cpu::new(key.into())) {
            Some(_) => format!("CPU {key}"),
            None => "CPU not known".to_owned(),
        },
        LaneKind::Thread => numbered(profile.threads[key].tid),
        LaneKind::Process => numbered(profile.threads[key].pid.or(profile.threads[key].tid)),
        LaneKind::Event => profile.event_name(EventId(key as u32)).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::SampleFilter;
    use crate::job::Progress;
    use crate::load::{self, LoadOptions};

    fn lanes(kind: LaneKind, most: usize) -> Lanes {
        let text = "\
            a 1/1 [000] 1.000000: 1 c:\n\nb 1/2 [001] 1.400000: 1 c:\n\nb 1/2 [001] 1.600000: 1 c:\n\n\
            c 3/3 [000] 2.100000: 1 c:\n\nb 1/2 [003] 2.200000: 1 c:\n\n";
        let options = LaneOptions {
            kind,
            slots: 2,
            most,
        };
        lanes_of(text, 1_000_000_000, options)
    }

    fn lanes_of(text: &'static str, column_nanos: u64, options: LaneOptions) -> Lanes {
        let profile = load::read(
            Box::new(text.as_bytes()),
            "t".as_ref(),
            &LoadOptions::default(),
            &Progress::default(),
        );
        let profile = profile.expect("a profile");
        let samples = SampleFilter::default().apply(&profile).expect("a filter");
        Lanes::new(&profile, &samples, column_nanos, options).expect("lanes")
    }

    #[test]
    fn cpus_are_in_order_and_threads_by_samples() {
        let cpus = lanes(LaneKind::Cpu, 9);
        assert_eq!(cpus.names, ["CPU 0", "CPU 1", "CPU 3"]);
        assert_eq!(cpus.keys, [0, 1, 3].map(|cpu| Some(LaneKey::Cpu(cpu))));
        let slots: Vec<&[u64]> = cpus.slots().collect();
        assert_eq!(slots, [[1, 1, 0], [0, 1, 0], [1, 0, 1], [0, 0, 0]]);
        let threads = lanes(LaneKind::Thread, 9);
        assert_eq!((threads.names[0].as_str(), threads.totals[0]), ("b 2", 3));
        let processes = lanes(LaneKind::Process, 9);
        assert_eq!(
            (processes.names[0].as_str(), processes.totals[0]),
            ("a 1", 4)
        );
    }

    #[test]
    fn a_process_without_its_main_thread_is_called_after_the_busiest() {
        let text = "gc 7/8 [000] 1.0: 1 c:\n\norders 7/9 [000] 1.1: 1 c:\n\norders 7/9 [000] 1.2: 1 c:\n\n";
        let reader = Box::new(text.as_bytes());
        let name = std::path::Path::new("x");
        let options = LoadOptions::default();
        let profile =
            load::read(reader, name, &options, &Progress::default()).expect("it is a profile");
        let process = processes(&profile)[0];
        assert_eq!(name_of(&profile, LaneKind::Process, process), "orders 7");
    }

    #[test]
    fn many_columns_have_fewer_slots_and_rows() {
        let text = "a 1/1 [000] 1.000000: 1 c:\n\nb 2/2 [001] 1.400000: 1 c:\n\n\
            c 3/3 [000] 500.100000: 1 c:\n\nd 4/4 [000] 590.000000: 1 c:\n\n";
        let options = LaneOptions {
            kind: LaneKind::Thread,
            slots: 20,
            most: 64,
        };
        let lanes = lanes_of(text, 100_000, options);
        assert!(lanes.counts.len() as u64 <= MAX_CELLS);
        assert_eq!((lanes.options.slots, lanes.totals.len()), (1, 2));
        assert_eq!(lanes.totals.iter().sum::<u64>(), 4);
    }

    #[test]
    fn what_is_too_much_is_one_row_and_nothing_is_lost() {
        let threads = lanes(LaneKind::Thread, 2);
        assert_eq!(threads.names, ["b 2", "others"]);
        assert_eq!(threads.keys, [Some(LaneKey::Thread(ThreadId(1))), None]);
        assert_eq!(threads.totals, [3, 2]);
    }
}
