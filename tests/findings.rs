//! What is found in profiles whose perturbations are known.
#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![allow(dead_code, reason = "the benchmark uses the rest of what is shared")]

mod common;
#[path = "../benches/perturbed/mod.rs"]
mod perturbed;

use common::{SAMPLE_PROFILES, default_samples, load_file, load_text, sample_profile};
use emberscope::findings::{FindOptions, Finding, FindingKind, find};
use emberscope::job::Progress;
use emberscope::profile::Profile;
use perturbed::arrivals::Arrivals;
use perturbed::plain::{Plain, Timing};
use perturbed::score::Score;
use perturbed::{Machine, Random, SIZES};

fn findings(profile: &Profile) -> Vec<Finding> {
    let samples = default_samples(profile);
    find(
        profile,
        &samples,
        &FindOptions::default(),
        &Progress::default(),
    )
}

/// Seconds since the origin.
fn seconds(profile: &Profile, finding: &Finding) -> (f64, f64) {
    let span = finding.span();
    let since =
        |time: emberscope::profile::Timestamp| time.nanos_since(profile.origin()) as f64 / 1e9;
    (since(span.start), since(span.end))
}

fn first_function(profile: &Profile, finding: &Finding) -> String {
    let name = finding.functions[0].name;
    String::from_utf8_lossy(profile.strings.get(name)).into_owned()
}

/// The known cause is the first finding: kind, about when (any of the times), and the names its first function may have.
fn check(file: &str, kind: FindingKind, ranges: &[(f64, f64)], names: &[&str]) {
    let profile = load_file(&sample_profile(file));
    let found = findings(&profile);
    let first = found.first().unwrap_or_else(|| panic!("nothing in {file}"));
    assert_eq!(first.kind, kind, "{file}: {}", first.explanation);
    let (start, end) = seconds(&profile, first);
    let is_near = |one: f64, other: f64| (one - other).abs() < 0.045;
    assert!(
        ranges
            .iter()
            .any(|range| is_near(start, range.0) && is_near(end, range.1)),
        "{file}: {start} to {end}"
    );
    let name = first_function(&profile, first);
    assert!(
        names.is_empty() || names.contains(&&*name),
        "{file}: {name}"
    );
}

#[test]
fn the_spikes_every_seven_seconds_are_one_rhythm() {
    let names = ["rebuild_index", "sort_entries", "sift_down"];
    check(
        "latency-spike.perf.txt",
        FindingKind::Periodic,
        &[(4.3, 25.6)],
        &names,
    );
    let profile = load_file(&sample_profile("latency-spike.perf.txt"));
    let first = &findings(&profile)[0];
    assert_eq!(first.ranges.len(), 4);
    let period = first.period_nanos.unwrap() as f64 / 1e9;
    assert!((period - 7.0).abs() < 0.02, "{period}");
}

#[test]
fn the_lock_held_is_a_pause() {
    check("pause.perf.txt", FindingKind::Pause, &[(6.4, 7.1)], &[]);
}

#[test]
fn merging_alone_is_a_single_threaded_phase() {
    let names = ["merge_results", "merge_run"];
    check(
        "single-threaded-phase.perf.txt",
        FindingKind::SingleThreaded,
        &[(2.8, 3.8), (6.8, 7.8), (10.8, 11.8)],
        &names,
    );
}

#[test]
fn the_time_in_which_all_sleep_is_a_pause() {
    check(
        "mixed-mode.perf.txt",
        FindingKind::Pause,
        &[(6.3, 7.0)],
        &[],
    );
}

/// A thread that works for 60 ms and then sleeps for a whole second, while others are busy at random.
#[test]
fn a_rhythm_tells_its_drift_and_its_thread() {
    let mut random = Random::new(9_000_000);
    let mut machine = Machine::any(&mut random, 60.0);
    (machine.cpus, machine.rate, machine.utilisation) = (8, 199.0, 0.15);
    let mut text = machine.profile(&[], &mut random);
    for turn in 0..55 {
        for sample in 0..12 {
            let time = 5000.3 + 1.06 * f64::from(turn) + f64::from(sample) / 199.0;
            text += &format!(
                "poller 990/991 [001] {time:.6}: 1 cycles:\n\t1 poll_queue+0x1 (/srv/app)\n\n"
            );
        }
    }
    let profile = load_text(&text);
    let found = findings(&profile);
    let first = &found[0];
    assert_eq!(first.kind, FindingKind::Periodic, "{}", first.explanation);
    let drift = first.drift_nanos().unwrap() as f64 / 1e6;
    assert!((drift - 60.0).abs() < 2.0, "{drift} ms");
    let thread = &profile.threads[first.thread.unwrap().index()];
    assert_eq!(thread.tid, Some(991));
    let said = &first.explanation;
    assert!(
        said.starts_with("Every 1.000 s, 60 ms later each time"),
        "{said}"
    );
    assert!(said.contains("in thread poller (991)"), "{said}");
    let mut json = Vec::new();
    emberscope::export::write_findings_json(&profile, &found, &mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let first = &json["findings"][0];
    assert_eq!(first["thread"]["tid"], 991);
    assert!((first["drift_seconds"].as_f64().unwrap() - 0.06).abs() < 0.002);
}

/// Three times the samples for 0.4 s of each minute, the first of them included.
#[test]
fn a_rhythm_of_a_minute_begins_and_ends_when_its_bursts_do() {
    let mut random = Random::new(9_000_001);
    let (mut text, mut time) = (String::new(), 5000.0);
    while time < 5300.0 {
        let is_burst = (time - 5000.0_f64).rem_euclid(60.0) < 0.4;
        let (name, usual) = if is_burst {
            ("gc", 0.0006)
        } else {
            ("work", 0.002)
        };
        text += &format!("app 7/8 [001] {time:.6}: 1 cycles:\n\t1 {name}+0x1 (/srv/app)\n\n");
        time += 2.0 * usual * random.unit();
    }
    let profile = load_text(&text);
    let found = findings(&profile);
    let first = &found[0];
    assert_eq!(first.kind, FindingKind::Periodic, "{}", first.explanation);
    let period = first.period_nanos.unwrap() as f64 / 1e9;
    assert!((period - 60.0).abs() < 0.002, "{period} s");
    assert_eq!(first.ranges.len(), 5, "{}", first.explanation);
    for (turn, range) in first.ranges.iter().enumerate() {
        let since = |time: emberscope::profile::Timestamp| {
            time.nanos_since(profile.origin()) as f64 / 1e9 - 60.0 * turn as f64
        };
        let (start, end) = (since(range.start), since(range.end));
        assert!(
            start.abs() < 0.021 && (end - 0.4).abs() < 0.021,
            "{start} {end}"
        );
    }
}

/// Where few CPUs are busy and samples few, how long nothing runs tells what counts do not.
#[test]
fn a_short_pause_of_few_cpus_is_found() {
    let (mut found, all) = (0, 6);
    for number in 0..all {
        let mut random = Random::new(9_100_000 + number);
        let mut machine = Machine::any(&mut random, 60.0);
        (machine.cpus, machine.rate, machine.utilisation) = (4, 49.0, 0.4);
        (machine.diurnal, machine.bursty) = (0.2, 0.2);
        let injected = [perturbed::PAUSE.inject(60.0, &mut random)];
        let profile = load_text(&machine.profile(&injected, &mut random));
        let mut score = Score::default();
        score.add(&profile, &findings(&profile), &injected);
        found += score.found;
    }
    assert!(found + 1 >= all as u32, "{found} of {all}");
}

/// Samples at random times, and one thread of several that has no more of them than otherwise.
#[test]
fn a_single_threaded_phase_is_found_whenever_its_samples_come() {
    let size = SIZES
        .iter()
        .find(|size| size.kind == perturbed::Kind::SingleThreaded);
    let (mut found, all) = (0, 6);
    for number in 0..all {
        let mut random = Random::new(9_200_000 + number);
        let timing = [Timing::Random, Timing::Ticks][number as usize % 2];
        let mut plain = Plain::any(&mut random, 60.0, timing);
        let injected = [size.unwrap().inject(60.0, &mut random)];
        plain.fit(&injected);
        let profile = load_text(&plain.profile(&injected, &mut random));
        let mut score = Score::default();
        score.add(&profile, &findings(&profile), &injected);
        found += score.found;
    }
    assert!(found + 1 >= all as u32, "{found} of {all}");
}

/// So many samples of one function that the probability of several windows around them is no number.
#[test]
fn a_large_burst_ends_where_its_function_ends() {
    let mut random = Random::new(9_300_000);
    let mut arrivals = Arrivals::any(&mut random, 60.0);
    (arrivals.rate, arrivals.base) = (800.0, 0.05);
    (arrivals.wander, arrivals.swing) = (0.18, 0.44);
    let burst = perturbed::Size {
        kind: perturbed::Kind::Burst,
        ratio: 2.0,
        length: 1.0,
        period: 0.0,
        is_bar: true,
    };
    let injected = burst.inject(60.0, &mut random);
    let profile = load_text(&arrivals.profile(&[injected], &mut random));
    let found = findings(&profile);
    let first = &found[0];
    assert_eq!(first.kind, FindingKind::Burst, "{}", first.explanation);
    let nanos = first.span().nanos() as f64 / 1e9;
    assert!((nanos - 1.0).abs() < 0.1, "{nanos} s");
}

/// A few of each kind; `cargo bench --bench findings` has many.
#[test]
fn what_was_injected_is_found_as_what_it_is_and_the_culprit_named() {
    let mut all = Score::default();
    for (index, size) in SIZES.iter().enumerate() {
        let mut random = Random::new(7_000_000 + index as u64);
        let mut machine = Machine::any(&mut random, 60.0);
        machine.utilisation = machine.utilisation.max(2.5 / machine.cpus as f64);
        machine.rate = machine.rate.max(99.0);
        let injected = [size.inject(machine.seconds, &mut random)];
        let profile = load_text(&machine.profile(&injected, &mut random));
        all.add(&profile, &findings(&profile), &injected);
    }
    let errors = all.errors.join("\n");
    assert!(all.recall() >= 0.9, "{errors}");
    assert!(all.precision() >= 0.9, "{errors}");
    assert!(all.culprits() >= 0.9, "{errors}");
}

#[test]
fn in_unperturbed_noise_hardly_anything_is_found() {
    let mut found = Vec::new();
    for number in 0..6 {
        let mut random = Random::new(8_000_000 + number);
        let machine = Machine::any(&mut random, 120.0);
        let profile = load_text(&machine.profile(&[], &mut random));
        found.extend(
            findings(&profile)
                .into_iter()
                .map(|finding| finding.explanation),
        );
    }
    assert!(found.len() <= 1, "{found:#?}");
}

#[test]
fn findings_do_not_depend_on_the_number_of_threads() {
    let profile = load_file(&sample_profile("mixed-mode.perf.txt"));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| findings(&profile))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn profiles_of_any_kind_are_looked_at_without_harm() {
    for text in [
        "",
        "app 1 [000] 1.5: cycles:\n\t1 f (/x)\n\n",
        "app 1 cycles:\n\t1 f (/x)\n\n",
    ] {
        if let Ok(profile) = common::try_load_text(text.as_bytes(), &Default::default()) {
            assert_eq!(findings(&profile), []);
        }
    }
    let all_at_once = "app 1 [000] 1.500000: 1 cycles:\n\t1 f (/x)\n\n".repeat(200);
    assert_eq!(findings(&load_text(&all_at_once)), []);
    let far_apart = format!("{all_at_once}app 1 [000] 1900000000.5: 1 cycles:\n\t1 f (/x)\n\n");
    assert_eq!(findings(&load_text(&far_apart)), []);
    for name in SAMPLE_PROFILES {
        for finding in findings(&load_file(&sample_profile(name))) {
            assert!((0.0..=1.0).contains(&finding.confidence));
            assert!(
                finding
                    .functions
                    .iter()
                    .all(|function| function.effect.is_finite())
            );
            assert!(!finding.ranges.is_empty() && !finding.explanation.is_empty());
        }
    }
}
