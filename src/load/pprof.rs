//! pprof's files: stacks with counts, without times.
//!
//! A file has several values a sample. Each of them is an event, so that any can be chosen; the first is
//! the file's default, or else what is counted rather than measured. Innermost functions come first, and
//! those that were inlined at a place are lines of it.

use super::LoadError;
use super::counted::{Counted, MOST_SAMPLES};
use super::input::Input;
use super::merge::without_lines;
use super::tables::{FrameText, RawKind};
use crate::job::Progress;
use crate::parquet_schema::Noted;
use crate::pprof_schema::{Line, Location, PprofProfile, Sample};
use crate::profile::{EventId, Profile, WarningKind};
use prost::Message;
use std::collections::HashMap;
use std::path::Path;

/// So many fields decide what a file is.
const DECIDING: usize = 8;
const DECIDING_BYTES: usize = 4096;

/// Whether a file that begins so may be a message, as the numbers of fields are such bytes, and each has several
/// of them.
pub(super) fn is_no_text(head: &[u8]) -> bool {
    let is_no_text = |byte: &u8| byte.is_ascii_control() && !b"\t\n\r\x1b".contains(byte);
    head.iter().take(DECIDING_BYTES).any(is_no_text)
}

/// Whether a file that begins so is a message with the fields that pprof's have, and no text.
pub(super) fn is_pprof(head: &[u8]) -> bool {
    if !is_no_text(head) {
        return false;
    }
    let mut rest = head;
    for _ in 0..DECIDING {
        let [tag, after @ ..] = rest else {
            return false;
        };
        // Numbers of fields, and that they have a length; or that they are a number.
        let (field, has_length) = (tag >> 3, tag & 7 == 2);
        if !(1..=14).contains(&field) || !(has_length || tag & 7 == 0) {
            return false;
        }
        let mut cursor = after;
        let Ok(number) = prost::decode_length_delimiter(&mut cursor) else {
            return false;
        };
        rest = match has_length {
            true => match cursor.get(number..) {
                Some([]) | None => return head.len() > 2 && rest.len() < head.len(),
                Some(rest) => rest,
            },
            false => cursor,
        };
    }
    true
}

/// Reads it.
pub(super) fn load(
    input: &mut Input<'_>,
    path: &Path,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    let bytes = input.whole(path)?;
    let foreign = |reason: String| LoadError::Pprof {
        path: path.to_owned(),
        reason,
    };
    let file = PprofProfile::decode(bytes).map_err(|error| foreign(error.to_string()))?;
    progress.add(bytes.len() as u64);
    let tables = Tables::new(&file);
    let values = tables.values();
    if values.is_empty() {
        return Err(foreign("it does not say what its values are".to_owned()));
    }
    let names: Vec<&str> = values.iter().map(|value| &*value.name).collect();
    let mut counted = Counted::new(&names);
    counted.about.bytes = bytes.len() as u64;
    let mut bounds = Bounds::of(bytes.len());
    let mut unreadable = 0;
    for (sample, number) in file.sample.iter().zip(1u64..) {
        if progress.is_cancelled() {
            return Err(LoadError::Cancelled);
        }
        let place = || format!("sample {number}");
        if !bounds.holds(tables.frames_of(sample), counted.nodes()) {
            let reason = "its stacks have more functions than a file of its size can hold";
            return Err(foreign(format!("{}: {reason}; is it damaged?", place())));
        }
        let told = tables.thread(sample);
        let comm = told.unwrap_or_else(|| tables.program());
        let mut functions = tables.functions(sample);
        // Some have it as a function, too, as pprof's graphs show no labels.
        functions.pop_if(|outermost| told == Some(outermost.name) && outermost.module.is_empty());
        let stack = counted.stack(comm, functions.into_iter().rev());
        for (value, event) in values.iter().zip(0..) {
            let amount = sample.value.get(value.place);
            let Some(amount) = amount.and_then(|amount| u64::try_from(*amount).ok()) else {
                unreadable += u64::from(event == 0);
                continue;
            };
            if !counted.add(stack, EventId(event), (amount / value.each, amount)) {
                return Err(LoadError::TooManyCounted {
                    path: path.to_owned(),
                    place: place(),
                    most: MOST_SAMPLES,
                });
            }
        }
    }
    if unreadable > 0 {
        let warning = without_lines(WarningKind::UnreadableSample, unreadable);
        counted.about.warnings.push(Noted::from(&warning));
    }
    match counted.is_empty() {
        true => Err(foreign("it has no sample that counts anything".to_owned())),
        false => counted.profile(path),
    }
}

/// How much a file can hold. A place may have any number of inlined functions, and a sample may name it
/// again and again: a hundred bytes could stand for a stack that fills the memory.
struct Bounds {
    frames: usize,
    nodes: usize,
}

impl Bounds {
    /// Any file may have so many. A node takes about a hundred bytes while it is loaded.
    const FREE: usize = 1 << 20;
    /// By byte of a file, how many frames its stacks may have; real ones have up to three.
    const FRAMES: usize = 64;

    fn of(bytes: usize) -> Self {
        Self {
            frames: Self::FREE + bytes.saturating_mul(Self::FRAMES),
            nodes: Self::FREE + bytes,
        }
    }

    /// Whether it holds a stack of so many frames, too, beside so many nodes.
    fn holds(&mut self, frames: usize, nodes: usize) -> bool {
        let left = self.frames.checked_sub(frames);
        self.frames = left.unwrap_or(0);
        left.is_some() && nodes.saturating_add(frames) <= self.nodes
    }
}

/// One of a sample's values: what it is called, where it is, and what each sample adds to it.
struct Value<'a> {
    /// As the file has it, and so that no other has the same.
    kind: &'a str,
    name: String,
    place: usize,
    each: u64,
}

/// What samples name.
struct Tables<'a> {
    file: &'a PprofProfile,
    locations: HashMap<u64, &'a Location>,
    names: HashMap<u64, i64>,
    modules: HashMap<u64, i64>,
}

impl<'a> Tables<'a> {
    fn new(file: &'a PprofProfile) -> Self {
        let (locations, functions) = (file.location.iter(), file.function.iter());
        Self {
            file,
            locations: locations.map(|location| (location.id, location)).collect(),
            names: functions
                .map(|function| (function.id, function.name))
                .collect(),
            modules: file
                .mapping
                .iter()
                .map(|mapping| (mapping.id, mapping.filename))
                .collect(),
        }
    }

    fn text(&self, place: i64) -> &'a str {
        let place = usize::try_from(place).ok();
        let text = place.and_then(|place| self.file.string_table.get(place));
        text.map_or("", String::as_str)
    }

    /// What is shown where nothing is chosen, and then the others in the file's order: their names, each
    /// once.
    fn values(&self) -> Vec<Value<'a>> {
        let types = &self.file.sample_type;
        if types.is_empty() {
            return Vec::new();
        }
        let default = self.text(self.file.default_sample_type);
        let is_default =
            |place: &usize| !default.is_empty() && self.text(types[*place].r#type) == default;
        let counts = |place: &usize| self.text(types[*place].unit) == "count";
        let places = || 0..types.len();
        let first = places().find(is_default);
        let first = first.or_else(|| places().find(counts));
        let first = first.or_else(|| places().find(|place| self.each(*place) > 1));
        let first = first.unwrap_or(0);
        let others = places().filter(|place| *place != first);
        let mut values: Vec<Value<'a>> = Vec::new();
        for place in std::iter::once(first).chain(others) {
            let (name, unit) = (self.text(types[place].r#type), self.text(types[place].unit));
            let kind = name;
            let same = |value: &&Value<'_>| value.kind == kind;
            let name = match values.iter().filter(same).count() {
                0 => name.to_owned(),
                1 => format!("{name} ({unit})"),
                more => format!("{name} ({unit}, {})", more + 1),
            };
            let each = self.each(place);
            values.push(Value {
                kind,
                name,
                place,
                each,
            });
        }
        values
    }

    /// What each sample adds to a value: the period, where it is of that and all amounts are so many.
    fn each(&self, place: usize) -> u64 {
        let is_of_period = Some(self.file.sample_type[place]) == self.file.period_type;
        let amounts = || {
            self.file
                .sample
                .iter()
                .filter_map(|sample| sample.value.get(place))
        };
        match u64::try_from(self.file.period) {
            Ok(period @ 1..) if is_of_period => {
                let is_whole = amounts().all(|amount| amount % self.file.period == 0);
                if is_whole { period } else { 1 }
            }
            _ => 1,
        }
    }

    /// The thread's name, where a label tells it.
    fn thread(&self, sample: &Sample) -> Option<&'a [u8]> {
        let is_thread = |key: i64| matches!(self.text(key), "thread" | "thread_name" | "comm");
        let mut labels = sample.label.iter();
        let label = labels.find(|label| is_thread(label.key) && label.str > 0)?;
        Some(self.text(label.str).as_bytes())
    }

    /// The program's name: that of the first mapping.
    fn program(&self) -> &'a [u8] {
        let first = self.file.mapping.first();
        let file = first.map_or("", |mapping| self.text(mapping.filename));
        let name = file.rsplit('/').next().filter(|name| !name.is_empty());
        name.unwrap_or("pprof").as_bytes()
    }

    /// How many functions a sample's stack has.
    fn frames_of(&self, sample: &Sample) -> usize {
        let lines = |id| {
            self.locations
                .get(id)
                .map_or(0, |location| location.line.len())
        };
        let frames = sample.location_id.iter().map(|id| lines(id).max(1));
        frames.fold(0, usize::saturating_add)
    }

    /// The innermost first.
    fn functions(&self, sample: &Sample) -> Vec<FrameText<'a>> {
        let mut functions = Vec::new();
        for id in &sample.location_id {
            let location = self.locations.get(id);
            let module = location.and_then(|location| self.modules.get(&location.mapping_id));
            let module = module.map_or("", |place| self.text(*place)).as_bytes();
            let lines = location.map_or(&[][..], |location| &location.line);
            let frame = |name, kind| FrameText { name, module, kind };
            if lines.is_empty() {
                functions.push(frame(b"[unknown]", RawKind::Function));
            }
            for (line, left) in lines.iter().zip((0..lines.len()).rev()) {
                let kind = match left {
                    0 => RawKind::Function,
                    _ => RawKind::Inlined,
                };
                functions.push(frame(self.name(line), kind));
            }
        }
        functions
    }

    fn name(&self, line: &Line) -> &'a [u8] {
        let name = self.names.get(&line.function_id);
        name.map_or("", |place| self.text(*place)).as_bytes()
    }
}
