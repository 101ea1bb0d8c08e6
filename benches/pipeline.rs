//! Loading and selecting, each beside what it is held against, and beside the target.
//!
//! Files of 1 GB (`EMBERSCOPE_BENCH_MB` sets another size) are made once. A real recording as text,
//! named by `EMBERSCOPE_BENCH_RECORDING`, is measured, too.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::print_stdout, reason = "a benchmark speaks")]

mod generated;
mod measure;

use emberscope::call_tree::{CallTree, RunningSums};
use emberscope::difference_map::{Mix, difference_map};
use emberscope::filter::SampleFilter;
use emberscope::flame_graph::{FlameGraph, LayoutOptions};
use emberscope::heat_map::{HeatMap, HeatMapOptions};
use emberscope::job::Progress;
use emberscope::load::{self, LoadOptions};
use emberscope::profile::{Profile, TimeRange, Timestamp, parts};
use emberscope::selection::Selection;
use generated::Stacks;
use measure::{Work, heading, medians, ms, row, work};
use rayon::prelude::*;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

fn main() {
    let megabytes = std::env::var("EMBERSCOPE_BENCH_MB").map_or(1000, |text| text.parse().unwrap());
    let repeating = generated_file(Stacks::Repeat, megabytes);
    let hardly_repeating = generated_file(Stacks::HardlyRepeat, megabytes);
    row("what", "target", "measured");
    loading("Load: stacks repeat", &repeating, 0.3);
    loading("Load: stacks hardly repeat", &hardly_repeating, 0.2);
    if let Some(recording) = std::env::var_os("EMBERSCOPE_BENCH_RECORDING") {
        loading("Load: a recording", Path::new(&recording), 0.2);
    }
    first_picture(&repeating);
    packed(megabytes);
    selecting();
}

/// The file, made if it is not there yet.
fn generated_file(stacks: Stacks, megabytes: usize) -> PathBuf {
    let name = format!("generated-{stacks:?}-{megabytes}MB.perf.txt");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if std::fs::metadata(&path).map_or(0, |metadata| metadata.len()) < megabytes as u64 * 1_000_000
    {
        let file = std::fs::File::create(&path).unwrap();
        let mut out = std::io::BufWriter::new(file);
        generated::write_profile(&mut out, stacks, megabytes * 1_000_000).unwrap();
    }
    path
}

/// Loads on one thread and on two, each beside a walk over every line.
fn loading(title: &str, path: &Path, target: f64) {
    let profile = open(path, 2); // and the file is in memory now
    let (bytes, samples) = (profile.info.bytes as f64, profile.samples.len() as f64);
    heading(&format!(
        "{title} ({:.0} MB, {} samples, {} call nodes)",
        bytes / 1e6,
        profile.samples.len(),
        profile.stacks.len()
    ));
    drop(profile);
    let [walk_1, load_1, walk_2, load_2] = medians(
        ROUNDS,
        [
            work(|| walk(path, 1)),
            work(|| open(path, 1)),
            work(|| walk(path, 2)),
            work(|| open(path, 2)),
        ],
    )
    .map(|time| time.as_secs_f64());
    for (threads, walk, load) in [(1, walk_1, load_1), (2, walk_2, load_2)] {
        let rate = |time| format!("{:.2} GB/s", bytes / time / 1e9);
        let name = |what| {
            format!(
                "{what}, {threads} thread{}",
                if threads == 1 { "" } else { "s" }
            )
        };
        row(&name("walk"), "", &rate(walk));
        let speed = format!("{}, {:.0} samples/s", rate(load), samples / load);
        row(&name("load"), "", &speed);
        let least = if threads == 2 {
            format!("≥ {target}")
        } else {
            String::new()
        };
        row("  of the walk", &least, &format!("{:.2}", walk / load));
    }
    row(
        "two threads to one",
        "≥ 1.7",
        &format!("{:.2}", load_1 / load_2),
    );
}

/// How soon something is on the screen, and what showing it costs the load.
fn first_picture(path: &Path) {
    heading("First picture, while the file goes on loading (2 threads)");
    let mut options = LoadOptions::default();
    options.threads = Some(2);
    let options = &options;
    let pictures = Mutex::new(Vec::new());
    let in_steps = || {
        let start = Instant::now();
        pictures.lock().unwrap().clear();
        let show = |profile: Profile| {
            let samples = SampleFilter::default().apply(&profile).unwrap();
            let map = HeatMap::new(&profile, &samples, HeatMapOptions::default()).unwrap();
            let columns = map
                .columns()
                .filter(|column| column.iter().any(|count| *count > 0));
            let picture = (start.elapsed(), columns.count());
            pictures.lock().unwrap().push(picture);
        };
        let profile = load::open_in_steps(path, options, &Progress::default(), Some(&show));
        profile.unwrap()
    };
    let [plain, shown] = medians(ROUNDS, [work(|| open(path, 2)), work(in_steps)]);
    let pictures = pictures.into_inner().unwrap();
    let (first, columns) = pictures[0];
    row(
        "first heat map",
        "≤ 200 ms",
        &format!(
            "{}, {columns} columns; {} pictures in all",
            ms(first),
            pictures.len()
        ),
    );
    let slower = shown.as_secs_f64() / plain.as_secs_f64();
    row(
        "load with pictures to load without",
        "",
        &format!("{slower:.2}"),
    );
}

/// Packed files, each beside its decoder alone.
fn packed(megabytes: usize) {
    heading("Packed files, load to decoder alone, in time (2 threads)");
    for format in ["gz", "zst", "xz", "bz2"] {
        // bzip2 is slow.
        let megabytes = if format == "bz2" {
            megabytes / 10
        } else {
            megabytes
        };
        let path = generated_file(Stacks::Repeat, megabytes);
        let packed = path.with_extension(format!("txt.{format}"));
        if !packed.exists() {
            let text = std::fs::read(&path).unwrap();
            std::fs::write(&packed, pack(format, &text)).unwrap();
        }
        let unpack = || {
            let mut reader = unpacking(format, &packed);
            std::io::copy(&mut reader, &mut std::io::sink()).unwrap()
        };
        let [alone, loaded] = medians(ROUNDS, [work(unpack), work(|| open(&packed, 2))]);
        let rate = |time: Duration| megabytes as f64 / time.as_secs_f64();
        let times = loaded.as_secs_f64() / alone.as_secs_f64();
        row(
            &format!("{megabytes} MB as {format}"),
            "≤ 1.1",
            &format!(
                "{times:.2} ({:.0} and {:.0} MB/s)",
                rate(loaded),
                rate(alone)
            ),
        );
    }
}

fn pack(format: &str, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match format {
        "gz" => {
            flate2::read::GzEncoder::new(text, flate2::Compression::new(6)).read_to_end(&mut out)
        }
        "zst" => zstd::stream::read::Encoder::new(text, 3)
            .unwrap()
            .read_to_end(&mut out),
        "xz" => liblzma::read::XzEncoder::new(text, 0).read_to_end(&mut out),
        _ => bzip2::read::BzEncoder::new(text, bzip2::Compression::fast()).read_to_end(&mut out),
    }
    .unwrap();
    out
}

fn unpacking(format: &str, path: &Path) -> Box<dyn Read> {
    let file = std::fs::File::open(path).unwrap();
    match format {
        "gz" => Box::new(flate2::read::MultiGzDecoder::new(file)),
        "zst" => Box::new(zstd::stream::read::Decoder::new(file).unwrap()),
        "xz" => Box::new(liblzma::read::XzDecoder::new_multi_decoder(file)),
        _ => Box::new(bzip2::read::MultiBzDecoder::new(file)),
    }
}

fn open(path: &Path, threads: usize) -> Profile {
    let mut options = LoadOptions::default();
    options.threads = Some(threads);
    load::open(path, &options, &Progress::default()).unwrap()
}

/// Ten million samples, and a hundred thousand stacks that they are in.
fn large_profile() -> Profile {
    const SAMPLES: usize = 10_000_000;
    let mut text = Vec::new();
    generated::write_profile(&mut text, Stacks::HardlyRepeat, 230_000_000).unwrap();
    let reader = Box::new(std::io::Cursor::new(text));
    let options = LoadOptions::default();
    let mut profile =
        load::read(reader, "generated".as_ref(), &options, &Progress::default()).unwrap();
    let span = profile.time_range().unwrap().nanos();
    let samples = &mut profile.samples;
    let mut round = 1;
    fn repeat<T: Copy>(column: &mut Vec<T>, count: usize) {
        column.extend_from_within(..count.min(SAMPLES - column.len()));
    }
    let count = samples.len();
    while samples.len() < SAMPLES {
        repeat(&mut samples.stack, count);
        repeat(&mut samples.thread, count);
        repeat(&mut samples.event, count);
        repeat(&mut samples.cpu, count);
        repeat(&mut samples.weight, count);
        let times = samples.time[..count.min(SAMPLES - samples.time.len())].to_vec();
        let later = |time: Timestamp| time.saturating_add(span * round);
        samples.time.extend(times.into_iter().map(later));
        round += 1;
    }
    profile.events[0].samples = SAMPLES as u64;
    profile.parts = parts(&profile.samples.time);
    profile
}

/// From a range to boxes ready to be drawn, and from a filter or a shape to a heat map.
fn selecting() {
    let profile = large_profile();
    let samples = SampleFilter::default().apply(&profile).unwrap();
    heading(&format!(
        "Select and bin ({} samples, {} stacks, {} call nodes)",
        profile.samples.len(),
        profile
            .samples
            .stack
            .iter()
            .collect::<std::collections::HashSet<_>>()
            .len(),
        profile.stacks.len()
    ));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .unwrap();
    pool.install(|| {
        let sums = RunningSums::new(&profile, &samples).unwrap();
        let prepare = || RunningSums::new(&profile, &samples);
        row(
            "once for each filter: running sums",
            "",
            &time(work(prepare)),
        );
        let whole = || {
            boxes(
                &profile,
                &CallTree::new(&profile, &samples, &Selection::whole()),
            )
        };
        row("select everything without them", "", &time(work(whole)));
        for (thousandths, target) in [
            (1000, 16),
            (900, 16),
            (500, 16),
            (250, 16),
            (99, 4),
            (10, 4),
            (1, 4),
        ] {
            let selection = range(&profile, thousandths);
            let select = || {
                let tree = sums.call_tree(&profile, &samples, &selection);
                boxes(&profile, &tree)
            };
            row(
                &format!("select {:.1} %, to boxes", thousandths as f64 / 10.0),
                &format!("≤ {target} ms"),
                &time(work(select)),
            );
        }
        let filter = SampleFilter {
            include_idle: true,
            ..SampleFilter::default()
        };
        let rebin = |filter: &SampleFilter| {
            let samples = filter.apply(&profile).unwrap();
            HeatMap::new(&profile, &samples, HeatMapOptions::default()).unwrap()
        };
        row(
            "another filter, to a heat map",
            "≤ 50 ms",
            &time(work(|| rebin(&filter))),
        );
        let rows = HeatMapOptions {
            rows: 100,
            ..HeatMapOptions::default()
        };
        let rebin = || HeatMap::new(&profile, &samples, rows).unwrap();
        row("other rows, to a heat map", "≤ 50 ms", &time(work(rebin)));
        let whole = Selection::whole();
        let differ = || {
            let mix = Mix::new(&profile, &samples, &whole).unwrap();
            difference_map(&profile, &samples, &mix, HeatMapOptions::default()).unwrap()
        };
        let title = "what each cell is unlike the rest by";
        row(title, "≤ 1 s", &time(work(differ)));
    });
}

fn time(work: Work<'_>) -> String {
    ms(medians(21, [work])[0])
}

/// This many thousandths of a profile, in its middle.
fn range(profile: &Profile, thousandths: u64) -> Selection {
    let whole = profile.time_range().unwrap();
    let nanos = whole.nanos() / 1000 * thousandths;
    let start = whole.start.saturating_add((whole.nanos() - nanos) / 2);
    let end = start.saturating_add(nanos);
    Selection::range(TimeRange { start, end })
}

fn boxes(profile: &Profile, tree: &CallTree) -> FlameGraph {
    let options = LayoutOptions {
        min_width: 0.5 / 1200.0,
        ..LayoutOptions::default()
    };
    FlameGraph::new(&profile.stacks, tree, options)
}

/// The limit: a parallel walk over every line of a fresh mapping, touching each line's first byte.
fn walk(path: &Path, threads: usize) -> u64 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let file = std::fs::File::open(path).unwrap();
    // SAFETY: nobody writes the file while the benchmark runs.
    #[expect(unsafe_code, reason = "mapping a file")]
    let map = unsafe { memmap2::Mmap::map(&file).unwrap() };
    let walk = |part: &[u8]| {
        let lines = memchr::memchr_iter(b'\n', part);
        lines
            .map(|end| u64::from(*part.get(end + 1).unwrap_or(&0)))
            .sum::<u64>()
    };
    pool.unwrap()
        .install(|| map.par_chunks(8 << 20).map(walk).sum())
}
