//! The events of a trace, one at a time: pieces of CPU profiles, begins and ends of slices, names.

use super::cpu_profile::{self, Data, Recorded};
use super::event::{Event, Id, Ids};
use super::scanner::{Item, Scanner};
use super::slices::Slices;
use super::stack_frames::{self, Stacked};
use super::{FOREIGN, Failure, Reading};
use crate::load::merge::without_lines;
use crate::parquet_schema::{About, Noted};
use crate::profile::WarningKind;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What a trace holds.
#[derive(Default)]
pub(super) struct Trace {
    /// CPU profiles, by thread.
    pub(super) recorded: Vec<Recorded>,
    /// Samples with stacks.
    pub(super) stacked: Option<Stacked>,
    pub(super) slices: Slices,
    pub(super) notes: Notes,
}

/// What is to be told of a trace besides its samples.
#[derive(Default)]
pub(super) struct Notes {
    /// Events that can't be understood.
    pub(super) unreadable: u64,
    /// Events of slices, to be told where no samples are made of them.
    pub(super) slices: u64,
    /// Other events, by what they are.
    others: BTreeMap<&'static str, u64>,
    pub(super) is_cut_off: bool,
}

impl Notes {
    pub(super) fn write(self, about: &mut About) {
        let warnings = [
            (WarningKind::UnreadableEvent, self.unreadable),
            (WarningKind::CutOffTrace, u64::from(self.is_cut_off)),
        ];
        for (kind, count) in warnings.into_iter().filter(|(_, count)| *count > 0) {
            about
                .warnings
                .push(Noted::from(&without_lines(kind, count)));
        }
        let slices = ("events of slices (ph B, E, X)", self.slices);
        let records = self.others.into_iter().chain([slices]);
        let records = records.filter(|(_, count)| *count > 0);
        let records = records.map(|(kind, count)| (kind.to_owned(), count));
        about.records.extend(records);
    }
}

/// So many bytes are read before it is told.
const STRIDE: usize = 1 << 18;

/// Reads the events of a list, or of an object that has such a list.
pub(super) fn read(text: &str, reading: &Reading<'_>) -> Result<Option<Trace>, Failure> {
    let mut scanner = Scanner::new(text);
    let is_list = text.trim_ascii_start().starts_with('[');
    if !scanner.enter_list("traceEvents", stack_frames::MEMBERS) {
        return Ok(None);
    }
    let mut events = Events::default();
    let mut told = 0;
    loop {
        match scanner.next::<Event<'_>>() {
            Ok(Item::Known(event)) => events.add(&event),
            Ok(Item::Other) => events.trace.notes.unreadable += 1,
            Ok(Item::End) => break,
            Ok(Item::CutOff { is_inside }) => {
                // A list may lack its end: programs that crash write none.
                events.trace.notes.is_cut_off = is_inside || !is_list;
                break;
            }
            Err(error) => return Err(no_json(&error, scanner.line())),
        }
        if scanner.at() - told >= STRIDE {
            reading.add(scanner.at() - told)?;
            told = scanner.at();
        }
    }
    // What was cut off is told as that.
    let has_rest = is_list && !events.trace.notes.is_cut_off && scanner.has_more();
    events.trace.notes.unreadable += u64::from(has_rest);
    if !is_list && !events.trace.notes.is_cut_off {
        let (members, is_cut_off) = scanner.members(stack_frames::MEMBERS);
        events.trace.notes.is_cut_off = is_cut_off;
        events.add_stacked(&members, reading)?;
    }
    reading.add(text.len() - told)?;
    Ok(Some(events.finished()))
}

/// The error's own line is counted from where the value began.
fn no_json(error: &serde_json::Error, line: usize) -> Failure {
    let error = error.to_string();
    let what = error.split(" at line ").next().unwrap_or_default();
    Failure::Json(format!(
        "{FOREIGN} ({what} in an event that begins in line {line})"
    ))
}

/// What has been read of them.
#[derive(Default)]
struct Events {
    trace: Trace,
    recorded: BTreeMap<(Id, String), Recorded>,
    threads: BTreeMap<Ids, String>,
    processes: BTreeMap<Id, String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct WithData<'t> {
    #[serde(borrow)]
    data: Data<'t>,
}

impl Events {
    fn add(&mut self, event: &Event<'_>) {
        let (name, phase) = (event.name(), event.phase());
        if cpu_profile::EVENTS.contains(&&*name)
            && let Some(WithData { data }) = event.args()
        {
            let key = (event.ids().0, event.id().into_owned());
            let one = self.recorded.entry(key).or_default();
            // Chunks are sent by a thread of their own.
            if name != "ProfileChunk" {
                one.ids = event.ids();
            }
            return one.extend_by(data);
        }
        let slices = &mut self.trace.slices;
        let is_read = match &*phase {
            "B" => slices.begin(event),
            "E" => slices.end(event),
            "X" => slices.complete(event),
            _ => return self.add_other(event, &name, &phase),
        };
        self.trace.notes.slices += u64::from(is_read.is_some());
        self.trace.notes.unreadable += u64::from(is_read.is_none());
    }

    fn add_other(&mut self, event: &Event<'_>, name: &str, phase: &str) {
        let is_name = matches!(name, "thread_name" | "process_name");
        let (pid, tid) = event.ids();
        match is_name.then(|| event.args()).flatten() {
            Some(Named { name: told }) if name == "thread_name" => {
                self.threads.insert((pid, tid), told);
            }
            Some(Named { name: told }) => {
                self.processes.insert(pid, told);
            }
            None => *self.trace.notes.others.entry(kind(phase)).or_default() += 1,
        }
    }

    fn add_stacked(
        &mut self,
        members: &[(&str, &RawValue)],
        reading: &Reading<'_>,
    ) -> Result<(), Failure> {
        self.trace.stacked = Stacked::read(members, &self.threads, reading)?;
        Ok(())
    }

    fn finished(mut self) -> Trace {
        for (_, mut one) in self.recorded {
            one.comm = self.threads.get(&one.ids).cloned();
            self.trace.recorded.push(one);
        }
        self.trace.slices.name(&self.threads, &self.processes);
        self.trace
    }
}

fn kind(phase: &str) -> &'static str {
    match phase {
        "b" | "n" | "e" | "S" | "T" | "p" | "F" => "asynchronous events (ph b, n, e)",
        "s" | "t" | "f" => "flow events (ph s, t, f)",
        "C" => "counter events (ph C)",
        "i" | "I" | "R" => "instant events (ph i)",
        "M" => "events of metadata (ph M)",
        "N" | "O" | "D" => "events of objects (ph N, O, D)",
        _ => "events of other kinds",
    }
}
