//! pprof's files: stacks with counts, without times.
//!
//! A file has several values a sample; taken is the one that counts. Innermost functions come first, and
//! those that were inlined at a place are lines of it.

use super::LoadError;
use super::counted::{Counted, MOST_SAMPLES};
use super::input::Input;
use super::merge::without_lines;
use super::tables::{FrameText, RawKind};
use crate::job::Progress;
use crate::parquet_schema::Noted;
use crate::pprof_schema::{Location, PprofProfile, Sample, ValueType};
use crate::profile::{Profile, WarningKind};
use prost::Message;
use std::collections::HashMap;
use std::path::Path;

/// So many fields decide what a file is.
const DECIDING: usize = 8;

/// Whether a binary file that begins so is a message with the fields that pprof's have.
pub(super) fn is_pprof(head: &[u8]) -> bool {
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
    let mut counted = Counted::new();
    counted.about.bytes = bytes.len() as u64;
    let tables = Tables::new(&file);
    let value = tables.value().map_err(foreign)?;
    let mut unreadable = 0;
    for (sample, number) in file.sample.iter().zip(1u64..) {
        if progress.is_cancelled() {
            return Err(LoadError::Cancelled);
        }
        let count = sample
            .value
            .get(value.place)
            .map(|amount| amount / value.each);
        let Some(count) = count.and_then(|count| u64::try_from(count).ok()) else {
            unreadable += 1;
            continue;
        };
        let told = tables.thread(sample);
        let comm = told.unwrap_or_else(|| tables.program());
        let mut functions = tables.functions(sample);
        // Some have it as a function, too, as pprof's graphs show no labels.
        functions.pop_if(|outermost| told == Some(outermost.name) && outermost.module.is_empty());
        if !counted.add(comm, functions.into_iter().rev(), count) {
            return Err(LoadError::TooManyCounted {
                path: path.to_owned(),
                place: format!("sample {number}"),
                most: MOST_SAMPLES,
            });
        }
    }
    if unreadable > 0 {
        let warning = without_lines(WarningKind::UnreadableSample, unreadable);
        counted.about.warnings.push(Noted::from(&warning));
    }
    counted.profile(path)
}

/// Which of a sample's values counts, and what each sample adds to it.
struct Value {
    place: usize,
    each: i64,
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

    /// The first that counts something; or else that of the sampling period.
    fn value(&self) -> Result<Value, String> {
        let types = &self.file.sample_type;
        let counts = |kind: &ValueType| self.text(kind.unit) == "count";
        if let Some(place) = types.iter().position(counts) {
            return Ok(Value { place, each: 1 });
        }
        let of_period = |kind: &ValueType| Some(*kind) == self.file.period_type;
        match types
            .iter()
            .position(of_period)
            .filter(|_| self.file.period > 0)
        {
            Some(place) => Ok(Value {
                place,
                each: self.file.period,
            }),
            None => {
                let names = types.iter().map(|kind| self.text(kind.r#type));
                let names: Vec<&str> = names.collect();
                Err(format!(
                    "its values ({}) are no counts of samples",
                    names.join(", ")
                ))
            }
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
                let name = self.names.get(&line.function_id);
                let name = name.map_or("", |place| self.text(*place)).as_bytes();
                let kind = match left {
                    0 => RawKind::Function,
                    _ => RawKind::Inlined,
                };
                functions.push(frame(name, kind));
            }
        }
        functions
    }
}
