//! Slices become samples: one at a random place in each of equally long steps, where a slice is open.
//!
//! So counts, which are what is shown by default, are shares of time, as those of a sampling profiler
//! are, and so are sums of weights, each of which is a step in nanoseconds. A sample for each change
//! of a stack would have an exact weight, but counts would tell how often something happens. Any
//! stretch of time has as many samples as steps fit into it, give or take one at either end; where all
//! times are multiples of a step they are exact. Slices that no sample fell into are counted and told.

use super::Failure;
use super::slices::{Slice, Slices, Unpaired};
use super::sweep::Sweep;
use crate::job::Progress;
use crate::load::join::Part;
use crate::load::merge::without_lines;
use crate::load::tables::FrameText;
use crate::load::worker::RawThread;
use crate::parquet_schema::{About, Noted};
use crate::profile::{NANOS_PER_SECOND, ThreadId, WarningKind, format_seconds};

/// As many samples are made, but for those at the ends of stretches of slices.
const MOST_SAMPLES: u128 = 2_000_000;

/// In nanoseconds: steps are not shorter where no time has a fraction of a microsecond, as they are
/// exact then.
const MICROSECOND: u64 = 1000;

impl Slices {
    /// The samples of all threads.
    pub(super) fn sampled(mut self, bytes: u64, progress: &Progress) -> Result<Part, Failure> {
        let unpaired = self.pair(progress)?;
        let scale = Scale::of(&self);
        let mut part = Part::new(about(bytes, &self, &scale));
        let mut sweep = Sweep::new(scale.step, self.len());
        for thread in &self.threads {
            let comm = thread.comm.as_bytes();
            let frame = self.frames.intern(FrameText::comm(comm));
            let id = ThreadId(part.threads.len() as u32);
            sweep.enter(id, frame);
            for slice in &thread.slices {
                sweep.open(scale.time(slice.start), scale.time(slice.end), slice.frame)?;
                if progress.is_cancelled() {
                    return Err(Failure::Cancelled);
                }
            }
            sweep.leave()?;
            part.threads.push(RawThread {
                comm: comm.into(),
                pid: thread.pid,
                tid: thread.tid,
                host: None,
            });
        }
        if sweep.samples.is_empty() {
            let message = "holds slices, but none that lasts for any time";
            return Err(Failure::Json(message.to_owned()));
        }
        warn(&mut part.about, unpaired, sweep.unseen);
        part.frames = self.stored_frames();
        part.nodes = sweep.stacks.nodes().to_vec();
        part.samples = sweep.samples;
        Ok(part)
    }

    fn pair(&mut self, progress: &Progress) -> Result<Unpaired, Failure> {
        let mut unpaired = Unpaired::default();
        for thread in &mut self.threads {
            let of_thread = thread.pair();
            unpaired.begins += of_thread.begins;
            unpaired.ends += of_thread.ends;
            if progress.is_cancelled() {
                return Err(Failure::Cancelled);
            }
        }
        Ok(unpaired)
    }

    fn len(&self) -> usize {
        let slices = self.threads.iter().map(|thread| thread.slices.len());
        slices.sum()
    }
}

fn warn(about: &mut About, unpaired: Unpaired, unseen: u64) {
    for (kind, count) in [
        (WarningKind::EndlessSlice, unpaired.begins),
        (WarningKind::StrayEnd, unpaired.ends),
        (WarningKind::UnseenSlice, unseen),
    ] {
        let warning = Noted::from(&without_lines(kind, count));
        about.warnings.extend((count > 0).then_some(warning));
    }
}

fn about(bytes: u64, slices: &Slices, scale: &Scale) -> About {
    let (number, step) = (slices.len(), duration(scale.step));
    let threads = slices.threads.len();
    let mut header = vec![
        format!("slices : {number} (threads: {threads})"),
        format!("sampled : every {step} of each thread, where a slice is open"),
        format!("weight of a sample : {} nanoseconds", scale.step),
    ];
    if scale.origin < 0 {
        let by = format_seconds(scale.origin.unsigned_abs());
        header.push(format!("times : {by} s later, as the first is before 0"));
    }
    About {
        bytes,
        has_times: true,
        header,
        events: vec![b"slices"[..].into()],
        ..About::default()
    }
}

/// Of a step, which is a round number.
fn duration(nanos: u64) -> String {
    let units = [
        (NANOS_PER_SECOND, "s"),
        (1_000_000, "ms"),
        (MICROSECOND, "µs"),
        (1, "ns"),
    ];
    let unit = units.into_iter().find(|(unit, _)| nanos >= *unit);
    let (unit, name) = unit.unwrap_or((1, "ns"));
    format!("{} {name}", nanos / unit)
}

/// How a trace's times become a profile's.
struct Scale {
    /// The first time, where that is before 0.
    origin: i64,
    /// In nanoseconds.
    step: u64,
}

impl Scale {
    /// Of slices that are sorted.
    fn of(slices: &Slices) -> Self {
        let threads = || slices.threads.iter().map(|thread| &thread.slices[..]);
        let firsts = threads().filter_map(|slices| slices.first());
        let origin = firsts.map(|slice| slice.start).min().unwrap_or(0).min(0);
        let is_whole = |time: i64| time % MICROSECOND as i64 == 0;
        let mut all = threads().flatten();
        let shortest = match all.all(|slice| is_whole(slice.start) && is_whole(slice.end)) {
            true => MICROSECOND,
            false => 1,
        };
        let covered = threads().map(covered).sum();
        let step = step(shortest, covered);
        Self { origin, step }
    }

    fn time(&self, time: i64) -> u64 {
        time.abs_diff(self.origin)
    }
}

/// How long any of them is open, in nanoseconds.
fn covered(sorted: &[Slice]) -> u128 {
    let (mut covered, mut until) = (0, i64::MIN);
    for slice in sorted {
        let start = slice.start.max(until);
        covered += u128::from(slice.end.max(start).abs_diff(start));
        until = until.max(slice.end);
    }
    covered
}

/// The first of 1, 2, 5, 10, 20, 50, … of which at most so many fit.
fn step(shortest: u64, covered: u128) -> u64 {
    let mut power = shortest;
    loop {
        for step in [1, 2, 5].map(|digit| power.saturating_mul(digit)) {
            if covered / u128::from(step) <= MOST_SAMPLES || step == u64::MAX {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few_enough() {
        assert_eq!(step(1, 0), 1);
        assert_eq!(step(1, 2_000_000), 1);
        assert_eq!(step(1, 2_000_002), 2);
        assert_eq!(step(1000, 9_000_000_000), 5000);
        assert_eq!(step(1000, u128::MAX), u64::MAX);
        assert_eq!(duration(step(1000, 11_000_000_000_000)), "10 ms");
    }
}
