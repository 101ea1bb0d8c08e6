//! Files in JSON: CPU profiles of Chrome and Node.js, and traces (the Trace Event Format), which hold
//! such profiles, samples with stacks, or slices.

mod call_tree;
mod cpu_profile;
mod event;
mod sampling;
mod scanner;
mod slices;
mod stack_frames;
mod sweep;
mod trace_events;

use super::LoadError;
use super::input::{Input, Source};
use super::join::join;
use crate::job::Progress;
use crate::profile::Profile;
use cpu_profile::Recorded;
use std::path::Path;
use trace_events::{Notes, Trace};

/// Whether a file that begins so is JSON: an object with a name in it, or a list of objects.
pub(super) fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let mut visible = head.iter().filter(|byte| !byte.is_ascii_whitespace());
    matches!(
        (visible.next(), visible.next()),
        (Some(b'{'), Some(b'"')) | (Some(b'['), Some(b'{'))
    )
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why nothing is made of a file.
enum Failure {
    Cancelled,
    /// What it is not.
    Json(String),
}

impl Failure {
    fn at(self, path: &Path) -> LoadError {
        match self {
            Self::Cancelled => LoadError::Cancelled,
            Self::Json(message) => LoadError::Json {
                path: path.to_owned(),
                message,
            },
        }
    }
}

/// Reads it.
pub(super) fn load(
    input: &mut Input<'_>,
    path: &Path,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    // What a stream gives was counted when it was read.
    let is_mapped = matches!(input.source, Source::Mapped(_));
    let text = input.whole(path)?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let reading = Reading {
        progress,
        is_mapped,
    };
    profile(text, &reading).map_err(|failure| failure.at(path))
}

/// Whom to tell how far it is, and where.
struct Reading<'a> {
    progress: &'a Progress,
    is_mapped: bool,
}

impl Reading<'_> {
    /// # Errors
    /// Where the load was cancelled.
    fn add(&self, bytes: usize) -> Result<(), Failure> {
        if self.is_mapped {
            self.progress.add(bytes as u64);
        }
        match self.progress.is_cancelled() {
            true => Err(Failure::Cancelled),
            false => Ok(()),
        }
    }
}

fn profile(text: &[u8], reading: &Reading<'_>) -> Result<Profile, Failure> {
    // JSON is UTF-8: what is not is seen in the names.
    let valid = String::from_utf8_lossy(text);
    let bytes = text.len() as u64;
    let part = match trace_events::read(&valid, reading)? {
        None => {
            let recorded = Recorded::file(text).map_err(refused)?;
            reading.add(text.len())?;
            cpu_profile::part(&[recorded], bytes)?
        }
        Some(Trace {
            recorded, notes, ..
        }) if cpu_profile::has_samples(&recorded) => {
            let mut part = cpu_profile::part(&recorded, bytes)?;
            notes.write(&mut part.about);
            part
        }
        Some(Trace {
            stacked: Some(stacked),
            notes,
            ..
        }) => {
            let mut part = stacked.part(bytes);
            notes.write(&mut part.about);
            part
        }
        Some(Trace {
            slices, mut notes, ..
        }) => {
            if slices.is_empty() {
                return Err(without_slices(&notes));
            }
            notes.slices = 0;
            let mut part = slices.sampled(bytes, reading.progress)?;
            notes.write(&mut part.about);
            part
        }
    };
    Ok(join(vec![part]))
}

const FOREIGN: &str = "is JSON, but no CPU profile of Chrome or Node.js with samples, nor a trace with slices; expected a .cpuprofile, a trace with complete events (ph X), begins and ends (B, E) or a profile, or the text that `perf script --header > FILE` writes";

fn foreign() -> Failure {
    Failure::Json(FOREIGN.to_owned())
}

fn refused(error: serde_json::Error) -> Failure {
    Failure::Json(match error.is_eof() {
        true => format!("is JSON that was cut off ({error})"),
        false => format!("{FOREIGN} ({error})"),
    })
}

fn without_slices(notes: &Notes) -> Failure {
    let unreadable = notes.unreadable;
    Failure::Json(match (notes.is_cut_off, unreadable) {
        (true, _) => "is JSON that was cut off, before any slice or sample".to_owned(),
        (false, 0) => FOREIGN.to_owned(),
        (false, _) => format!("{FOREIGN} (events that were not understood: {unreadable})"),
    })
}
