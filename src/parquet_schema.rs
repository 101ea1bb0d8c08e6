//! The Parquet tables that a profile is exported to and opened from: their columns, where they lie,
//! and what is noted in them beside their rows.
//!
//! `docs/parquet.md` describes them for those who query them; a change to what is here is a new
//! [`VERSION`].

use crate::profile::{LeftState, SampleTable, Sched, SchedEvent, Warning, WarningKind};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

/// Of the tables. Older ones keep opening.
pub const VERSION: u32 = 3;

/// The first version that has the columns of a [`SchedRow`].
pub const VERSION_WITH_SCHED: u32 = 2;

/// The first version that has the column `samples`: before, each row was one.
pub const VERSION_WITH_COUNTS: u32 = 3;

/// The key of the notes among a Parquet file's metadata.
pub const NOTES_KEY: &str = "emberscope";

/// A table: a folder with a Parquet file a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// A row a sample, in time order.
    Samples,
    /// A row a node of the trie of stacks, callers first.
    Stacks,
    /// A row a distinct frame.
    Frames,
    /// A row a thread.
    Threads,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Samples, Self::Stacks, Self::Frames, Self::Threads];

    /// Its name, which is that of its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Stacks => "stacks",
            Self::Frames => "frames",
            Self::Threads => "threads",
        }
    }

    /// Where the part of it is that belongs to a profile.
    pub fn path(self, folder: &Path, profile: &str) -> PathBuf {
        folder.join(self.name()).join(format!("{profile}.parquet"))
    }

    /// Its columns, as Parquet's schemas are written.
    pub const fn columns(self) -> &'static str {
        match self {
            Self::Samples => {
                "message samples {
                    required binary profile (STRING);
                    required binary host (STRING);
                    optional int64 time_ns;
                    optional int32 cpu;
                    required int64 thread_id;
                    required binary comm (STRING);
                    optional int32 pid;
                    optional int32 tid;
                    required int64 event_id;
                    required binary event (STRING);
                    required int64 samples;
                    required int64 weight;
                    required boolean idle;
                    required int64 stack_id;
                    optional int32 switch_from;
                    optional binary switch_state (STRING);
                    optional int32 switch_to;
                    optional int32 woken;
                }"
            }
            Self::Stacks => {
                "message stacks {
                    required binary profile (STRING);
                    required int64 stack_id;
                    optional int64 parent_id;
                    required int32 depth;
                    required int64 frame_id;
                    optional group frames (LIST) { repeated group list { required binary element (STRING); } }
                }"
            }
            Self::Frames => {
                "message frames {
                    required binary profile (STRING);
                    required int64 frame_id;
                    required binary name (STRING);
                    required binary symbol (STRING);
                    required binary module (STRING);
                    required binary kind (STRING);
                    optional binary name_bytes;
                    optional binary symbol_bytes;
                    optional binary module_bytes;
                }"
            }
            Self::Threads => {
                "message threads {
                    required binary profile (STRING);
                    required int64 thread_id;
                    optional binary host (STRING);
                    required binary comm (STRING);
                    optional int32 pid;
                    optional int32 tid;
                    optional binary comm_bytes;
                }"
            }
        }
    }
}

/// What each file notes in its metadata, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// The tables' [`VERSION`].
    pub version: u32,
    /// Which table it is of.
    pub table: Table,
    /// The machine that was recorded; the profile's name where that is not known.
    pub host: String,
    /// The same in all files of one export: of what they hold together, see [`Fingerprint`].
    pub fingerprint: String,
    /// Of the samples' file: what is about the whole profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// Tells whether the tables hold what was exported, and belong together: what Parquet's own files do
/// not tell.
#[derive(Default)]
pub struct Fingerprint(Xxh3);

impl Fingerprint {
    /// Takes in a number.
    pub fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    /// Takes in a name.
    pub fn name(&mut self, name: &[u8]) {
        self.number(name.len() as u64);
        self.0.update(name);
    }

    /// Takes in what is noted.
    pub fn about(&mut self, host: &str, about: &About) {
        self.name(host.as_bytes());
        // What is noted can be written: it is plain text and numbers.
        self.name(&serde_json::to_vec(about).unwrap_or_default());
    }

    /// Takes in a thread: its numbers, and whether it has them.
    pub fn thread(&mut self, host: &[u8], comm: &[u8], pid: Option<i32>, tid: Option<i32>) {
        self.name(host);
        self.name(comm);
        for number in [pid, tid] {
            self.number(number.map_or(u64::MAX, |number| u64::from(number.cast_unsigned())));
        }
    }

    /// Takes in all samples.
    pub fn samples(&mut self, samples: &SampleTable) {
        for index in 0..samples.len() {
            let ids = u64::from(samples.stack[index].0) << 32 | u64::from(samples.thread[index].0);
            let cpu = samples.cpu[index].number().map_or(u64::MAX, u64::from);
            self.number(samples.time[index].nanos());
            self.number(ids);
            self.number(u64::from(samples.event[index].0));
            self.number(cpu);
            self.number(samples.weight[index]);
        }
        // Older versions have none.
        for count in &samples.count {
            self.number(*count);
        }
    }

    /// Takes in what the scheduler's tracepoints say; nothing where there are none.
    pub fn sched(&mut self, events: &[SchedEvent]) {
        for SchedEvent { sample, what } in events {
            let row = sched_row(*what);
            self.number(u64::from(*sample));
            self.name(row.switch_state.unwrap_or_default().as_bytes());
            for number in [row.switch_from, row.switch_to, row.woken] {
                self.number(number.map_or(u64::MAX, |number| u64::from(number.cast_unsigned())));
            }
        }
    }

    /// As text.
    pub fn text(&self) -> String {
        format!("{:016x}", self.0.digest())
    }
}

/// What a tracepoint of the scheduler says, as columns.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct SchedRow {
    /// The thread that had the CPU.
    pub switch_from: Option<i32>,
    /// Why it has it no longer.
    pub switch_state: Option<&'static str>,
    /// The thread that has it now.
    pub switch_to: Option<i32>,
    /// The thread that was woken.
    pub woken: Option<i32>,
}

/// How each state is called.
const LEFT_STATES: [(LeftState, &str); 4] = [
    (LeftState::Runnable, "runnable"),
    (LeftState::Sleeping, "sleeping"),
    (LeftState::Uninterruptible, "uninterruptible"),
    (LeftState::Ended, "ended"),
];

/// The state of a name.
pub fn left_state(name: &[u8]) -> Option<LeftState> {
    let mut states = LEFT_STATES.into_iter();
    let found = states.find(|(_, known)| known.as_bytes() == name);
    found.map(|(state, _)| state)
}

/// A tracepoint as columns.
pub fn sched_row(what: Sched) -> SchedRow {
    match what {
        Sched::Switch { from, state, to } => SchedRow {
            switch_from: Some(from),
            switch_state: (LEFT_STATES.iter())
                .find_map(|(known, name)| (*known == state).then_some(*name)),
            switch_to: Some(to),
            woken: None,
        },
        Sched::Wakeup { thread } => SchedRow {
            woken: Some(thread),
            ..SchedRow::default()
        },
    }
}

/// What is known of a profile besides its tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Bytes of text it was read from.
    pub bytes: u64,
    /// Lines of that text.
    pub lines: u64,
    /// Whether samples carry times.
    pub has_times: bool,
    /// Whether it is a recording of `perf`; exports of before this was noted do not tell.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_of_perf: bool,
    /// The lines of its header.
    pub header: Vec<String>,
    /// Records that are no samples, by kind.
    pub records: Vec<(String, u64)>,
    /// What `perf` said.
    pub messages: Vec<String>,
    /// Names of events by `event_id`.
    pub events: Vec<Name>,
    /// What could not be understood.
    pub warnings: Vec<Noted>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A name, which may be no text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Name {
    /// As nearly all are.
    Text(String),
    /// Byte by byte.
    Bytes(Vec<u8>),
}

impl From<&[u8]> for Name {
    fn from(name: &[u8]) -> Self {
        match std::str::from_utf8(name) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes(name.to_vec()),
        }
    }
}

impl Name {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// A [`Warning`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    kind: WarningKind,
    count: u64,
    first_lines: Vec<u64>,
}

impl From<&Warning> for Noted {
    fn from(warning: &Warning) -> Self {
        Self {
            kind: warning.kind,
            count: warning.count,
            first_lines: warning.first_lines.clone(),
        }
    }
}

impl From<&Noted> for Warning {
    fn from(noted: &Noted) -> Self {
        Self {
            kind: noted.kind,
            count: noted.count,
            first_lines: noted.first_lines.clone(),
        }
    }
}
