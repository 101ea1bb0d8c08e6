//! How many perturbations are found, how many findings are wrong, and how long it takes.
//!
//! `cargo bench --bench findings -- tune` uses the seeds for tuning, without an argument those for
//! reporting; `-- speed` measures time alone, `-- noise` false findings, and names of kinds choose
//! among the sizes; `verbose` prints each error. `EMBERSCOPE_BENCH_PROFILES` sets how many profiles
//! of each size are made, 20 if it does not.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::print_stdout, reason = "a benchmark speaks")]
#![allow(dead_code, reason = "the tests use the rest of what is shared")]

mod perturbed;

use emberscope::filter::SampleFilter;
use emberscope::findings::{FindOptions, Finding, find};
use emberscope::job::Progress;
use emberscope::load::{self, LoadOptions};
use emberscope::profile::{Profile, parts};
use perturbed::score::Score;
use perturbed::{Injected, Kind, Machine, Random, SIZES};
use rayon::prelude::*;
use std::hint::black_box;
use std::time::Instant;

const TUNING: u64 = 1_000_000;
const REPORTING: u64 = 2_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let seed = if has("tune") { TUNING } else { REPORTING };
    let profiles =
        std::env::var("EMBERSCOPE_BENCH_PROFILES").map_or(20, |text| text.parse().unwrap());
    let is_verbose = has("verbose");
    let chosen: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| has(kind.name()))
        .collect();
    let is_all = chosen.is_empty() && !has("noise") && !has("speed");
    if is_all || !chosen.is_empty() {
        let kinds = if is_all { &Kind::ALL[..] } else { &chosen };
        quality(seed, profiles, kinds, is_verbose);
    }
    if is_all || has("noise") {
        noise(seed, profiles, is_verbose);
    }
    if has("speed") || is_all && !has("tune") {
        speed(seed);
    }
}

/// Ten million samples of an hour on 64 CPUs: a minute, again and again.
fn speed(seed: u64) {
    const SAMPLES: usize = 10_000_000;
    let mut random = Random::new(seed);
    let mut machine = Machine::any(&mut random, 60.0);
    (
        machine.cpus,
        machine.threads,
        machine.rate,
        machine.utilisation,
    ) = (64, 200, 99.0, 0.44);
    let mut profile = load(machine.profile(&[], &mut random));
    let count = profile.samples.len();
    let columns = &mut profile.samples;
    for round in 1.. {
        let more = count.min(SAMPLES - columns.len());
        let times = columns.time[..more].to_vec();
        columns.time.extend(
            times
                .iter()
                .map(|time| time.saturating_add(round * 60_000_000_000)),
        );
        columns.stack.extend_from_within(..more);
        columns.thread.extend_from_within(..more);
        columns.event.extend_from_within(..more);
        columns.cpu.extend_from_within(..more);
        columns.weight.extend_from_within(..more);
        if columns.len() >= SAMPLES {
            break;
        }
    }
    profile.parts = parts(&profile.samples.time);
    let samples = SampleFilter::default().apply(&profile).unwrap();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .unwrap();
    let mut times: Vec<f64> = (0..3)
        .map(|_| {
            let start = Instant::now();
            let options = FindOptions::default();
            black_box(pool.install(|| find(&profile, &samples, &options, &Progress::default())));
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let [stacks, seconds] = [profile.stacks.len() as f64, times[1]];
    println!(
        "\n10 million samples, {stacks} call nodes, 2 threads: {seconds:.2} s (target: under 2 s)"
    );
}

fn load(text: String) -> Profile {
    let reader = Box::new(std::io::Cursor::new(text.into_bytes()));
    load::read(
        reader,
        "made".as_ref(),
        &LoadOptions::default(),
        &Progress::default(),
    )
    .unwrap()
}

fn findings(profile: &Profile) -> Vec<Finding> {
    let samples = SampleFilter::default().apply(profile).unwrap();
    find(
        profile,
        &samples,
        &FindOptions::default(),
        &Progress::default(),
    )
}

/// Scores many profiles at once: each number's machine, and what is injected.
fn score(
    numbers: std::ops::Range<u64>,
    make: impl Fn(u64) -> (Random, Machine, Vec<Injected>) + Sync,
) -> Score {
    let one = |number: u64| {
        let (mut random, machine, injected) = make(number);
        let profile = load(machine.profile(&injected, &mut random));
        let mut score = Score::default();
        score.add(&profile, &findings(&profile), &injected);
        for error in &mut score.errors {
            *error = format!("{number}: {error}\n      on {machine:?}");
        }
        score
    };
    let scores: Vec<Score> = numbers.into_par_iter().map(one).collect();
    scores.into_iter().fold(Score::default(), Score::and)
}

/// By kind and size: each in profiles of its own, a minute long.
fn quality(seed: u64, profiles: u64, kinds: &[Kind], is_verbose: bool) {
    println!(
        "| kind | times usual | length | period | recall | precision | culprit first | edges off, median and 90 % |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let chosen = SIZES.iter().enumerate();
    for (index, size) in chosen.filter(|(_, size)| kinds.contains(&size.kind)) {
        let score = score(0..profiles, |number| {
            let mut random = Random::new(seed + 1000 * index as u64 + number);
            let mut machine = Machine::any(&mut random, 60.0);
            if size.kind == Kind::SingleThreaded {
                // Several CPUs are busy usually.
                machine.utilisation = machine.utilisation.max(2.5 / machine.cpus as f64).min(0.8);
                machine.cpus = machine.cpus.max(4);
            }
            let injected = vec![size.inject(&machine, &mut random)];
            (random, machine, injected)
        });
        let (median, most) = score.edge_errors();
        println!(
            "| {} | {} | {} s | {} | {:.2} | {:.2} | {:.2} | {median:.0} ms, {most:.0} ms |",
            size.kind.name(),
            size.ratio,
            size.length,
            size.period,
            score.recall(),
            score.precision(),
            score.culprits(),
        );
        print(&score.errors, is_verbose);
    }
}

fn print(errors: &[String], is_verbose: bool) {
    for error in errors.iter().filter(|_| is_verbose) {
        println!("    {error}");
    }
}

/// Without any perturbation: each finding is wrong.
fn noise(seed: u64, profiles: u64, is_verbose: bool) {
    let seconds = |number: u64| [60.0, 120.0, 300.0][(number % 3) as usize];
    let score = score(0..profiles, |number| {
        let mut random = Random::new(seed + 500_000 + number);
        let machine = Machine::any(&mut random, seconds(number));
        (random, machine, Vec::new())
    });
    let hours = (0..profiles).map(seconds).sum::<f64>() / 3600.0;
    println!("\n{} false findings in {hours:.2} h of noise", score.wrong);
    print(&score.errors, is_verbose);
}
