//! Peak heap of a load: of files that differ in nothing but the number of their samples, so that
//! the difference is what a sample costs; and of the generated profile as text and packed.
//!
//! The samples are made while they are read; no file is as large as 10 million of them.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::print_stdout, reason = "a benchmark speaks")]

mod generated;

use emberscope::job::Progress;
use emberscope::load::{self, LoadOptions};
use emberscope::profile::Profile;
use peak_alloc::PeakAlloc;
use std::io::{self, Read, Write};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const SMALL: u64 = 1_000_000;
const LARGE: u64 = 10_000_000;
const FILE_BYTES: usize = 200_000_000;

/// Samples of a few stacks, one after the other; each ninth is too early, if asked for.
struct Samples {
    next: u64,
    count: u64,
    in_order: bool,
    text: Vec<u8>,
    read: usize,
}

impl Samples {
    fn new(count: u64, in_order: bool) -> Self {
        Self {
            next: 0,
            count,
            in_order,
            text: Vec::new(),
            read: 0,
        }
    }

    fn write_next(&mut self) -> io::Result<()> {
        self.text.clear();
        self.read = 0;
        if self.next == self.count {
            return Ok(());
        }
        let (index, late) = (self.next, !self.in_order && self.next.is_multiple_of(9));
        self.next += 1;
        let micros = index * 100 + if late { 0 } else { 500 };
        writeln!(
            self.text,
            "worker {}/{} [{:03}] {}.{:06}:  250000 cycles: \n\t40{:02x} work_{}+0x1 (/srv/app)\n\t4001 main+0x1 (/srv/app)\n",
            4000,
            4001 + index % 8,
            index % 4,
            1000 + micros / 1_000_000,
            micros % 1_000_000,
            index % 256,
            index % 50
        )
    }
}

impl Read for Samples {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            if self.read == self.text.len() {
                self.write_next()?;
                if self.text.is_empty() {
                    break;
                }
            }
            let count = (&self.text[self.read..]).read(&mut buffer[filled..])?;
            self.read += count;
            filled += count;
        }
        Ok(filled)
    }
}

/// The profile, and the most bytes on the heap that there were beside what was there before.
fn peak(load: impl FnOnce(&LoadOptions) -> Profile) -> (Profile, usize) {
    let mut options = LoadOptions::default();
    options.threads = Some(2);
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let profile = load(&options);
    (profile, HEAP.peak_usage() - before)
}

fn generated_samples(count: u64, in_order: bool) -> usize {
    let (profile, bytes) = peak(|options| {
        let samples = Box::new(Samples::new(count, in_order));
        load::read(samples, "samples".as_ref(), options, &Progress::default()).unwrap()
    });
    assert_eq!(profile.samples.len() as u64, count);
    bytes
}

fn main() {
    for (in_order, name) in [(true, "in time order"), (false, "not in time order")] {
        let (small, large) = (
            generated_samples(SMALL, in_order),
            generated_samples(LARGE, in_order),
        );
        let a_sample = (large - small) as f64 / (LARGE - SMALL) as f64;
        let rest = small as f64 - a_sample * SMALL as f64;
        println!(
            "{name}: {a_sample:.1} bytes a sample, {:.1} MB whatever their number ({:.0} MB at 10 million)",
            rest / 1e6,
            large as f64 / 1e6
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("profile.txt");
    let mut text = Vec::new();
    generated::write_profile(&mut text, generated::Stacks::Repeat, FILE_BYTES).unwrap();
    std::fs::write(&plain, &text).unwrap();
    let packed = folder.path().join("profile.zst");
    std::fs::write(&packed, zstd::stream::encode_all(&*text, 1).unwrap()).unwrap();
    drop(text);
    for (name, path) in [("as text", plain), ("as zstd", packed)] {
        let (profile, bytes) =
            peak(|options| load::open(&path, options, &Progress::default()).unwrap());
        println!(
            "200 MB {name}: {:.1} MB for {} samples and {} call nodes",
            bytes as f64 / 1e6,
            profile.samples.len(),
            profile.stacks.len()
        );
    }
}
