//! Load, bin, and select to flame graph, over a generated profile of 200 MB, in bytes/s and
//! samples/s. `walk` is what loading is to be held against: the time to touch every line.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

mod generated;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use emberscope::call_tree::CallTree;
use emberscope::filter::{SampleFilter, Samples};
use emberscope::flame_graph::{FlameGraph, LayoutOptions};
use emberscope::heat_map::HeatMap;
use emberscope::job::Progress;
use emberscope::load::{self, LoadOptions};
use emberscope::profile::{Profile, TimeRange};
use emberscope::selection::Selection;
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::LazyLock;

const BYTES: usize = 200_000_000;

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("generated-200MB-6000-stacks.perf.txt");
    if std::fs::metadata(&path).map_or(0, |metadata| metadata.len()) < BYTES as u64 {
        let file = std::fs::File::create(&path).unwrap();
        generated::write_profile(&mut std::io::BufWriter::new(file), BYTES).unwrap();
    }
    path
});

static PROFILE: LazyLock<Profile> =
    LazyLock::new(|| load::open(&FILE, &LoadOptions::default(), &Progress::default()).unwrap());

static SAMPLES: LazyLock<Samples> =
    LazyLock::new(|| SampleFilter::default().apply(&PROFILE).unwrap());

fn main() {
    divan::main();
}

fn counters<'a, 'b>(bencher: Bencher<'a, 'b>) -> Bencher<'a, 'b> {
    let items = ItemsCount::new(PROFILE.samples.len());
    bencher
        .counter(BytesCount::new(PROFILE.info.bytes))
        .counter(items)
}

/// The limit: a parallel walk over every line of a fresh mapping.
#[divan::bench(args = [1, 2], sample_count = 7)]
fn walk(bencher: Bencher<'_, '_>, threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    counters(bencher).bench(|| {
        let file = std::fs::File::open(&*FILE).unwrap();
        // SAFETY: nobody writes the generated file while the benchmark runs.
        #[expect(unsafe_code, reason = "mapping a file")]
        let map = unsafe { memmap2::Mmap::map(&file).unwrap() };
        let walk = |part: &[u8]| {
            let lines = memchr::memchr_iter(b'\n', part);
            lines
                .map(|end| u64::from(*part.get(end + 1).unwrap_or(&0)))
                .sum::<u64>()
        };
        pool.install(|| map.par_chunks(8 << 20).map(walk).sum::<u64>())
    });
}

#[divan::bench(args = [1, 2], sample_count = 7)]
fn load(bencher: Bencher<'_, '_>, threads: usize) {
    let mut options = LoadOptions::default();
    options.threads = Some(threads);
    counters(bencher).bench(|| load::open(&FILE, &options, &Progress::default()).unwrap());
}

#[divan::bench(sample_count = 20)]
fn filter(bencher: Bencher<'_, '_>) {
    counters(bencher).bench(|| SampleFilter::default().apply(&PROFILE).unwrap());
}

#[divan::bench(sample_count = 20)]
fn bin(bencher: Bencher<'_, '_>) {
    counters(bencher).bench(|| HeatMap::new(&PROFILE, &SAMPLES, Default::default()).unwrap());
}

/// From a range of this many thousandths of the profile to boxes ready to be drawn.
#[divan::bench(args = [1, 100, 1000], sample_count = 20)]
fn select_to_flame_graph(bencher: Bencher<'_, '_>, thousandths: u64) {
    let whole = PROFILE.time_range().unwrap();
    let end = whole
        .start
        .saturating_add(whole.nanos() / 1000 * thousandths);
    let selection = Selection::range(TimeRange {
        start: whole.start,
        end,
    });
    let samples = selection.count(&PROFILE, &SAMPLES);
    bencher.counter(ItemsCount::new(samples)).bench(|| {
        let tree = CallTree::new(&PROFILE, &SAMPLES, &selection);
        let options = LayoutOptions {
            min_width: 0.5 / 1200.0,
            ..LayoutOptions::default()
        };
        FlameGraph::new(&PROFILE.stacks, &tree, options)
    });
}
