//! Folded stacks: `comm;outer;…;inner count` a line, as `stackcollapse` scripts and many profilers write
//! them. They have no times, so there is no heat map of them.

use super::LoadError;
use super::counted::{Counted, MOST_SAMPLES};
use super::input::Input;
use super::merge::without_lines;
use super::tables::{FrameText, RawKind};
use super::worker::WARNING_LINES;
use crate::job::Progress;
use crate::parquet_schema::Noted;
use crate::profile::{Profile, Warning, WarningKind};
use std::path::Path;

/// So many lines decide what a file is.
const DECIDING: usize = 50;

/// Whether a file that begins so holds folded stacks: a count ends its lines, and stacks are some. A line or
/// a few that are none are counted as unreadable, where most of the others are stacks.
pub(super) fn is_folded(head: &[u8]) -> bool {
    // The last line may be cut off.
    let whole = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
    let lines = whole
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    let (mut counted, mut stacks, mut others) = (0, 0, 0);
    for line in lines.filter(|line| is_told(line)).take(DECIDING) {
        match stack_and_count(line) {
            _ if is_printed_by_perf(line) => return false,
            Some((stack, _)) => {
                counted += 1;
                stacks += usize::from(stack.contains(&b';') && !stack.ends_with(b";"));
            }
            None => others += 1,
        }
    }
    match others {
        0 => stacks > 0,
        _ => 2 * stacks > counted && others <= (counted / 3).max(1),
    }
}

/// A frame, or a sample's first line, with its time: `app 7 [000] 12.345678: cycles: `.
fn is_printed_by_perf(line: &[u8]) -> bool {
    let ends_time = |at: usize| {
        let digits = line[..at]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        let before = line[..at - digits].strip_suffix(b".");
        digits >= 6 && before.is_some_and(|before| before.last().is_some_and(u8::is_ascii_digit))
    };
    line.starts_with(b"\t") || memchr::memchr_iter(b':', line).any(ends_time)
}

/// Whether a line says anything.
fn is_told(line: &[u8]) -> bool {
    !line.is_empty() && !line.starts_with(b"# ")
}

fn stack_and_count(line: &[u8]) -> Option<(&[u8], u64)> {
    let at = memchr::memrchr(b' ', line)?;
    let (stack, count) = (line[..at].trim_ascii(), &line[at + 1..]);
    let count = std::str::from_utf8(count).ok()?.parse().ok()?;
    (!stack.is_empty()).then_some((stack, count))
}

/// Reads it: each count is so many samples.
pub(super) fn load(
    input: &mut Input<'_>,
    path: &Path,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    let text = input.whole(path)?;
    let mut counted = Counted::new();
    counted.about.bytes = text.len() as u64;
    let (mut unreadable, mut first_lines) = (0, Vec::new());
    for (line, number) in text.split(|byte| *byte == b'\n').zip(1u64..) {
        progress.add(line.len() as u64 + 1);
        if progress.is_cancelled() {
            return Err(LoadError::Cancelled);
        }
        let line = line.trim_ascii_end();
        counted.about.lines += u64::from(!line.is_empty());
        if !is_told(line) {
            continue;
        }
        let Some((stack, count)) = stack_and_count(line) else {
            unreadable += 1;
            if first_lines.len() < WARNING_LINES {
                first_lines.push(number);
            }
            continue;
        };
        let mut names = stack.split(|byte| *byte == b';');
        let comm = names.next().unwrap_or_default();
        if !counted.add(comm, names.map(function), count) {
            return Err(LoadError::TooManyCounted {
                path: path.to_owned(),
                place: format!("line {number}"),
                most: MOST_SAMPLES,
            });
        }
    }
    if unreadable > 0 {
        let warning = Warning {
            first_lines,
            ..without_lines(WarningKind::UnreadableLine, unreadable)
        };
        counted.about.warnings.push(Noted::from(&warning));
    }
    counted.profile(path)
}

fn function(name: &[u8]) -> FrameText<'_> {
    FrameText {
        name,
        module: b"",
        kind: RawKind::Function,
    }
}
