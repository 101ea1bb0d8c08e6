//! Folded stacks: `comm;outer;…;inner count` a line, as `stackcollapse` scripts and many profilers write
//! them. They have no times, so there is no heat map of them.
//!
//! A count may be a fraction (of milliseconds, say): then all are scaled, see [`Scale`]. Differences have
//! two counts a line, of which the second is read.

use super::LoadError;
use super::counted::{Counted, MOST_SAMPLES};
use super::input::Input;
use super::merge::without_lines;
use super::tables::{FrameText, RawKind};
use super::worker::WARNING_LINES;
use crate::job::Progress;
use crate::parquet_schema::Noted;
use crate::profile::{EventId, Profile, Warning, WarningKind};
use std::path::Path;

/// So many lines decide what a file is.
const DECIDING: usize = 50;

/// Whether a file that begins so holds folded stacks: a count ends its lines, and stacks are some. A line or
/// a few that are none are counted as unreadable, where most of the others are stacks.
pub(super) fn is_folded(head: &[u8]) -> bool {
    let (mut counted, mut stacks, mut others) = (0, 0, 0);
    for line in whole_lines(head).take(DECIDING) {
        match stack_and_count(line) {
            _ if is_printed_by_perf(line) => return false,
            Some((stack, _)) if stack.ends_with(b";") => counted += 1,
            Some((stack, _)) => {
                counted += 1;
                stacks += usize::from(stack.contains(&b';'));
            }
            None => others += 1,
        }
    }
    match others {
        0 => stacks > 0,
        _ => 2 * stacks > counted && others <= (counted / 3).max(1),
    }
}

/// Whether all lines are a name and a count: `main 31`. To be asked last, as other text may be like that.
pub(super) fn is_of_single_frames(head: &[u8]) -> bool {
    let is_single = |line: &[u8]| {
        let stack = stack_and_count(line).map(|(stack, _)| stack);
        stack.is_some_and(|stack| !stack.contains(&b';'))
    };
    let mut lines = whole_lines(head).peekable();
    lines.peek().is_some() && lines.all(is_single)
}

/// Whether it is a difference of two profiles, with two counts in each line: `main;work 12 31`. Lines without
/// a count do not tell.
fn is_difference(text: &[u8]) -> bool {
    let mut has_stacks = false;
    let mut counted = whole_lines(text).filter_map(stack_and_count);
    let has_two = |(stack, _): (&[u8], Count)| {
        has_stacks |= stack.contains(&b';');
        stack_and_count(stack).is_some()
    };
    counted.all(has_two) && has_stacks
}

/// The lines that say something. The last, if it is not the only one, may be cut off, and is left out.
fn whole_lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
    let lines = whole.split(|byte| *byte == b'\n');
    lines
        .map(<[u8]>::trim_ascii_end)
        .filter(|line| is_told(line))
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

/// Whether a line is no comment, nor empty. A thread's name may begin like a comment, too.
fn is_told(line: &[u8]) -> bool {
    let is_stack = || stack_and_count(line).is_some_and(|(stack, _)| stack.contains(&b';'));
    match line {
        [] => false,
        [b'#', b' ', ..] | [b'/', b'/', ..] => is_stack(),
        [b'#', ..] => stack_and_count(line).is_some(),
        _ => true,
    }
}

/// What is behind the last blank or tab is the count.
fn stack_and_count(line: &[u8]) -> Option<(&[u8], Count)> {
    let at = memchr::memrchr2(b' ', b'\t', line)?;
    let (stack, count) = (line[..at].trim_ascii(), Count::parse(&line[at + 1..])?);
    (!stack.is_empty()).then_some((stack, count))
}

/// How much there is of a stack: `31`, `31.23`, `5e-06`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Count {
    Whole(u64),
    Fraction(f64),
}

impl Count {
    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        // Not what else Rust takes for a number: signs, `inf`, `.5`.
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        if let Ok(count) = text.parse() {
            return Some(Self::Whole(count));
        }
        let number: f64 = text.parse().ok()?;
        let is_whole = number.fract() == 0.0 && number < MOST_SAMPLES as f64;
        match (number.is_finite(), is_whole) {
            (false, _) => None,
            (true, true) => Some(Self::Whole(number as u64)),
            (true, false) => Some(Self::Fraction(number)),
        }
    }

    fn number(self) -> f64 {
        match self {
            Self::Whole(count) => count as f64,
            Self::Fraction(count) => count,
        }
    }
}

/// What counts are multiplied by, before they are rounded: a power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scale(u32);

impl Scale {
    /// How far, of itself, a count may be from what is written. Less makes more of numbers that users know
    /// from their file: `31.23` is read as 31.
    const PRECISION: f64 = 0.02;

    /// The smallest that is precise for each of them; where there is none, the largest with which all
    /// counts together are not too many.
    fn of(counts: &[Count]) -> Self {
        let total: f64 = counts.iter().map(|count| count.number()).sum();
        let fits = |scale: &Self| total * f64::from(scale.0) <= MOST_SAMPLES as f64;
        let powers = (0..=9).map(|power| Self(10u32.pow(power)));
        let fitting: Vec<Self> = powers.filter(fits).collect();
        let is_precise = |scale: &&Self| counts.iter().all(|count| scale.is_precise(*count));
        let precise = fitting.iter().find(is_precise).or(fitting.last());
        precise.copied().unwrap_or(Self(1))
    }

    fn is_precise(self, count: Count) -> bool {
        let scaled = count.number() * f64::from(self.0);
        (scaled.round() - scaled).abs() <= Self::PRECISION * scaled
    }

    /// Saturates at what is too many anyway.
    fn apply(self, count: Count) -> u64 {
        match count {
            Count::Whole(count) => count.saturating_mul(u64::from(self.0)),
            Count::Fraction(count) => (count * f64::from(self.0)).round() as u64,
        }
    }

    /// Names the event, so that the factor is seen.
    fn event(self) -> String {
        match self.0 {
            1 => String::new(),
            factor => format!("counts × {factor}"),
        }
    }
}

/// What is unusual about lines, and where it is first.
struct Unusual {
    kind: WarningKind,
    count: u64,
    first_lines: Vec<u64>,
}

impl Unusual {
    fn new(kind: WarningKind) -> Self {
        Self {
            kind,
            count: 0,
            first_lines: Vec::new(),
        }
    }

    fn add(&mut self, line: u64) {
        self.count += 1;
        if self.first_lines.len() < WARNING_LINES {
            self.first_lines.push(line);
        }
    }

    fn warning(self) -> Option<Warning> {
        (self.count > 0).then(|| Warning {
            first_lines: self.first_lines,
            ..without_lines(self.kind, self.count)
        })
    }
}

/// Reads it: each line is as many samples as it counts.
pub(super) fn load(
    input: &mut Input<'_>,
    path: &Path,
    progress: &Progress,
) -> Result<Profile, LoadError> {
    let text = input.whole(path)?;
    let lines = || {
        let lines = text
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii_end);
        lines.zip(1u64..)
    };
    let is_difference = is_difference(text);
    let counts = lines().filter(|(line, _)| is_told(line));
    let counts = counts.filter_map(|(line, _)| Some(stack_and_count(line)?.1));
    let counts: Vec<Count> = counts.collect();
    let is_whole = |count: &Count| matches!(count, Count::Whole(_));
    let scale = match counts.iter().all(is_whole) {
        true => Scale(1),
        false => Scale::of(&counts),
    };
    drop(counts);
    let mut counted = Counted::new(&[&scale.event()]);
    counted.about.bytes = text.len() as u64;
    let mut unreadable = Unusual::new(WarningKind::UnreadableLine);
    let mut fractional = Unusual::new(WarningKind::FractionalCount);
    let mut imprecise = Unusual::new(WarningKind::RoundedCount);
    let mut differing = Unusual::new(WarningKind::TwoCounts);
    for (line, number) in lines() {
        progress.add(line.len() as u64 + 1);
        if progress.is_cancelled() {
            return Err(LoadError::Cancelled);
        }
        counted.about.lines += u64::from(!line.is_empty());
        if !is_told(line) {
            continue;
        }
        let Some((mut stack, count)) = stack_and_count(line) else {
            unreadable.add(number);
            continue;
        };
        if let Some((before, _)) = stack_and_count(stack).filter(|_| is_difference) {
            differing.add(number);
            stack = before;
        }
        if matches!(count, Count::Fraction(_)) {
            fractional.add(number);
        }
        if !scale.is_precise(count) {
            imprecise.add(number);
        }
        let mut names = stack.split(|byte| *byte == b';');
        let comm = names.next().unwrap_or_default();
        let stack = counted.stack(comm, names.map(function));
        let count = scale.apply(count);
        if !counted.add(stack, EventId(0), (count, count)) {
            return Err(LoadError::TooManyCounted {
                path: path.to_owned(),
                place: format!("line {number}"),
                most: MOST_SAMPLES,
            });
        }
    }
    let unusual = [unreadable, fractional, imprecise, differing];
    let warnings = unusual.into_iter().filter_map(Unusual::warning);
    counted.about.warnings = warnings.map(|warning| Noted::from(&warning)).collect();
    counted.profile(path)
}

fn function(name: &[u8]) -> FrameText<'_> {
    FrameText {
        name,
        module: b"",
        kind: RawKind::Function,
    }
}
