//! How many perturbations are found, how many findings are wrong, and how long it takes.
//!
//! `cargo bench --bench findings -- tune` uses the seeds for tuning, without an argument those for
//! reporting; `-- speed` measures time alone, `-- noise` false findings, `-- others` machines and
//! programs unlike those (or only those named), and names of kinds choose among the sizes; `verbose` prints each
//! error. `EMBERSCOPE_BENCH_PROFILES` sets how many profiles
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
use perturbed::arrivals::Arrivals;
use perturbed::plain::{Plain, Timing};
use perturbed::score::Score;
use perturbed::{HUGE, Injected, Kind, Machine, Random, SIZES, Size};
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
    let is_all = chosen.is_empty() && !["noise", "speed", "others"].into_iter().any(has);
    let kinds = if chosen.is_empty() {
        &Kind::ALL[..]
    } else {
        &chosen
    };
    if is_all || !chosen.is_empty() && !has("others") {
        quality(seed, profiles, kinds, has("bar"), is_verbose);
    }
    if is_all || has("noise") {
        noise(seed, profiles, is_verbose);
    }
    if is_all || has("others") {
        let named = Other::ALL.iter().filter(|(_, name)| has(name));
        let named: Vec<(Other, &str)> = named.copied().collect();
        let chosen = if named.is_empty() {
            &Other::ALL[..]
        } else {
            &named
        };
        others(seed, profiles, chosen, kinds, is_verbose);
    }
    if has("speed") || is_all && !has("tune") {
        speed(seed, 0);
        speed(seed, 4000);
    }
}

/// Ten million samples of an hour on 64 CPUs: a minute, again and again. With so many functions below
/// the usual ones.
fn speed(seed: u64, variety: u64) {
    const SAMPLES: usize = 10_000_000;
    let mut random = Random::new(seed);
    let mut machine = Machine::any(&mut random, 60.0);
    (
        machine.cpus,
        machine.threads,
        machine.rate,
        machine.utilisation,
    ) = (64, 200, 99.0, 0.44);
    machine.variety = variety;
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
    let before = cpu_seconds();
    let mut times: Vec<f64> = (0..3)
        .map(|_| {
            let start = Instant::now();
            let options = FindOptions::default();
            black_box(pool.install(|| find(&profile, &samples, &options, &Progress::default())));
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (stacks, seconds) = (profile.stacks.len(), times[1]);
    let cpu = (cpu_seconds() - before) / 3.0;
    println!(
        "\n10 million samples, {stacks} call nodes, 2 threads: {seconds:.2} s (target: under 2 s), \
         {cpu:.2} s of CPU time"
    );
}

/// What the process has used of its CPUs: on a busy machine the time on the wall says little. Linux's
/// ticks are hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
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

/// A profile's text, what is injected, and what it was made of, in words.
type Made = (String, Vec<Injected>, String);

fn made(machine: &Machine, injected: Vec<Injected>, random: &mut Random) -> Made {
    let text = machine.profile(&injected, random);
    (text, injected, format!("{machine:?}"))
}

/// Scores many profiles at once.
fn score(numbers: std::ops::Range<u64>, make: impl Fn(u64) -> Made + Sync) -> Score {
    let one = |number: u64| {
        let (text, injected, source) = make(number);
        let profile = load(text);
        let mut score = Score::default();
        score.add(&profile, &findings(&profile), &injected);
        for error in &mut score.errors {
            *error = format!("{number}: {error}\n      on {source}");
        }
        score
    };
    let scores: Vec<Score> = numbers.into_par_iter().map(one).collect();
    scores.into_iter().fold(Score::default(), Score::and)
}

/// By kind and size: each in profiles of its own, a minute long.
fn quality(seed: u64, profiles: u64, kinds: &[Kind], is_bar: bool, is_verbose: bool) {
    println!(
        "| kind | times usual | length | period | recall | precision | culprit first | edges off, median and 90 % |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let chosen = SIZES.iter().enumerate();
    let chosen = chosen.filter(|(_, size)| !is_bar || size.is_bar);
    for (index, size) in chosen.filter(|(_, size)| kinds.contains(&size.kind)) {
        let score = score(0..profiles, |number| {
            let mut random = Random::new(seed + 1000 * index as u64 + number);
            let mut machine = Machine::any(&mut random, 60.0);
            if size.kind == Kind::SingleThreaded {
                several_busy(&mut machine);
            }
            let injected = vec![size.inject(machine.seconds, &mut random)];
            made(&machine, injected, &mut random)
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

/// Several CPUs are busy usually.
fn several_busy(machine: &mut Machine) {
    machine.utilisation = machine.utilisation.max(2.5 / machine.cpus as f64).min(0.8);
    machine.cpus = machine.cpus.max(4);
}

/// Programs and machines unlike those of [`Machine::any`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    ManyCpus,
    HighRate,
    Hour,
    AlwaysThere,
    Arrivals,
    PlainRandom,
    PlainTicks,
    Short,
    OneThread,
    Huge,
    Two,
}

impl Other {
    const ALL: [(Self, &str); 11] = [
        (Self::ManyCpus, "64 CPUs"),
        (Self::HighRate, "999 Hz"),
        (Self::Hour, "an hour"),
        (Self::AlwaysThere, "culprit always there"),
        (Self::Arrivals, "random arrivals"),
        (Self::PlainRandom, "plain, at random"),
        (Self::PlainTicks, "plain, at ticks"),
        (Self::Short, "plain, short"),
        (Self::OneThread, "plain, one thread"),
        (Self::Huge, "plain, huge"),
        (Self::Two, "plain, two kinds"),
    ];

    fn is_plain(self) -> bool {
        self as u64 >= Self::PlainRandom as u64
    }

    /// Its first seed, as far from the usual ones.
    fn seed(self) -> u64 {
        match self.is_plain() {
            true => 100_000 + 60_000 * (self as u64 - Self::PlainRandom as u64),
            false => 100_000 * (self as u64 + 6),
        }
    }

    fn seconds(self, random: &mut Random) -> f64 {
        match self {
            Self::Hour => 3600.0,
            Self::Short => 10.0 + 20.0 * random.unit(),
            _ => 60.0,
        }
    }

    /// How long profiles without a perturbation are.
    fn noise_seconds(self) -> f64 {
        match self {
            Self::Hour => 3600.0,
            Self::Short => 20.0,
            _ => 180.0,
        }
    }

    /// What is put into them.
    fn sizes(self) -> Vec<Size> {
        let sizes = match self {
            Self::Huge => &HUGE[..],
            _ => &SIZES[..],
        };
        let can_be = |size: &&Size| self != Self::OneThread || size.kind != Kind::SingleThreaded;
        let bar = sizes.iter().filter(|size| size.is_bar).filter(can_be);
        bar.copied().collect()
    }

    /// A profile with a perturbation of a size, or none.
    fn make(self, size: Option<&Size>, mut random: Random) -> Made {
        let random = &mut random;
        let seconds = match size {
            Some(_) => self.seconds(random),
            None => self.noise_seconds(),
        };
        match self {
            Self::Arrivals => {
                let arrivals = Arrivals::any(random, seconds);
                let injected: Vec<Injected> = size
                    .map(|size| size.inject(seconds, random))
                    .into_iter()
                    .collect();
                let text = arrivals.profile(&injected, random);
                (text, injected, format!("{arrivals:?}"))
            }
            _ if self.is_plain() => self.plain(size, seconds, random),
            _ => self.machine(size, seconds, random),
        }
    }

    fn machine(self, size: Option<&Size>, seconds: f64, random: &mut Random) -> Made {
        let mut machine = Machine::any(random, seconds);
        match self {
            Self::ManyCpus => {
                (machine.cpus, machine.threads, machine.rate) =
                    (64, 64 + random.below(200) as usize, 99.0);
            }
            Self::HighRate => machine.rate = 999.0,
            Self::Hour => (machine.cpus, machine.rate) = (4 + 2 * random.below(3) as usize, 49.0),
            _ => machine.base = 0.02 + 0.13 * random.unit(),
        }
        if size.is_some_and(|size| size.kind == Kind::SingleThreaded) {
            several_busy(&mut machine);
        }
        let injected = size.map(|size| size.inject(seconds, random));
        made(&machine, injected.into_iter().collect(), random)
    }

    fn plain(self, size: Option<&Size>, seconds: f64, random: &mut Random) -> Made {
        let timing = match self {
            Self::PlainRandom => Timing::Random,
            Self::PlainTicks => Timing::Ticks,
            _ => [Timing::Random, Timing::Ticks][random.below(2) as usize],
        };
        let mut plain = Plain::any(random, seconds, timing);
        if self == Self::OneThread {
            (plain.threads, plain.rate) = (1, [299.0, 499.0, 999.0][random.below(3) as usize]);
        }
        let injected = match size {
            None => Vec::new(),
            Some(size) if self == Self::Two => two(size, seconds, random),
            Some(size) => {
                let period = size.period.min(seconds / 8.0);
                vec![Size { period, ..*size }.inject(seconds, random)]
            }
        };
        plain.fit(&injected);
        let text = plain.profile(&injected, random);
        (text, injected, format!("{plain:?}"))
    }
}

/// A perturbation, and one of another kind that is not at the same time (rhythms are at all times).
fn two(size: &Size, seconds: f64, random: &mut Random) -> Vec<Injected> {
    const APART: f64 = 2.0;
    let others: Vec<&Size> = SIZES
        .iter()
        .filter(|other| other.is_bar && other.kind != size.kind)
        .collect();
    let other = others[random.below(others.len() as u64) as usize];
    loop {
        let one = size.inject(seconds, random);
        let mut other = other.inject(seconds, random);
        other.culprit = (one.culprit + 1) % 8;
        let is_rhythm = one.kind == Kind::Periodic || other.kind == Kind::Periodic;
        if is_rhythm || (one.start - other.start).abs() > APART {
            return vec![one, other];
        }
    }
}

/// The sizes of the bar, on each of them, and what is found in their noise.
fn others(seed: u64, profiles: u64, chosen: &[(Other, &str)], kinds: &[Kind], is_verbose: bool) {
    println!("\n| unlike those | kind | times usual | recall | precision | culprit first |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
    for (other, name) in chosen {
        let first = seed + other.seed();
        let sizes = other.sizes();
        for size in sizes.iter().filter(|size| kinds.contains(&size.kind)) {
            let is_alike = |other: &Size| other.is_bar && other.kind == size.kind;
            let kind = SIZES.iter().position(is_alike);
            let score = score(0..profiles, |number| {
                let random = Random::new(first + 1000 * kind.unwrap() as u64 + number);
                other.make(Some(size), random)
            });
            println!(
                "| {name} | {} | {} | {:.2} | {:.2} | {:.2} |",
                size.kind.name(),
                size.ratio,
                score.recall(),
                score.precision(),
                score.culprits(),
            );
            print(&score.errors, is_verbose);
        }
        let score = score(0..profiles, |number| {
            other.make(None, Random::new(first + 50_000 + number))
        });
        let hours = profiles as f64 * other.noise_seconds() / 3600.0;
        println!(
            "| {name} | none | – | {} false in {hours:.1} h | | |",
            score.wrong
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
        made(&machine, Vec::new(), &mut random)
    });
    let hours = (0..profiles).map(seconds).sum::<f64>() / 3600.0;
    println!("\n{} false findings in {hours:.2} h of noise", score.wrong);
    print(&score.errors, is_verbose);
}
