//! Another generator, unlike the first in what it takes for granted: samples arrive at random, at a
//! rate that wanders as a first-order autoregression, with a swing of a period of its own and short
//! surges; who runs what is drawn for each sample. So nothing of what is found rests on how the first
//! one simulates a machine.

use super::{Injected, Kind, Random};
use std::fmt::Write as _;

/// The load, and what runs.
#[derive(Debug, Clone)]
pub(crate) struct Arrivals {
    pub seconds: f64,
    /// Mean samples a second.
    pub rate: f64,
    pub threads: usize,
    pub functions: u64,
    /// Standard deviation of the logarithm of the rate.
    pub wander: f64,
    /// How long it takes to forget a deviation, in seconds.
    pub memory: f64,
    /// How much the load swings, from 0 to 1, and how long a swing takes, in seconds.
    pub swing: f64,
    pub swing_seconds: f64,
    /// Surges a second, of up to 40 ms and half as many samples again.
    pub surges: f64,
    /// The share of the culprit's samples at all times.
    pub base: f64,
}

/// The rate is another one each so many seconds.
const STEP: f64 = 0.02;

impl Arrivals {
    /// One of many.
    pub(crate) fn any(random: &mut Random, seconds: f64) -> Self {
        Self {
            seconds,
            rate: [80.0, 150.0, 300.0, 800.0][random.below(4) as usize],
            threads: 4 + random.below(60) as usize,
            functions: 20 + random.below(200),
            wander: 0.05 + 0.15 * random.unit(),
            memory: 0.05 + 0.5 * random.unit(),
            swing: 0.5 * random.unit(),
            swing_seconds: 30.0 + 90.0 * random.unit(),
            surges: 0.5 * random.unit(),
            base: [0.0, 0.05][random.below(2) as usize],
        }
    }

    /// The profile with all of `injected`.
    pub(crate) fn profile(&self, injected: &[Injected], random: &mut Random) -> String {
        let mut text = String::new();
        let (mut wander, mut surge) = (0.0, 0.0);
        let phase = random.unit();
        let steps = (self.seconds / STEP) as usize;
        for step in 0..steps {
            let start = step as f64 * STEP;
            let keeps = (-STEP / self.memory).exp();
            wander = keeps * wander + self.wander * (1.0 - keeps * keeps).sqrt() * normal(random);
            surge = match surge {
                left if left > 0.0 => left - STEP,
                _ if random.unit() < self.surges * STEP => 0.04 * random.unit(),
                _ => 0.0,
            };
            let turn = (start / self.swing_seconds + phase) * std::f64::consts::TAU;
            let extra = if surge > 0.0 { 1.5 } else { 1.0 };
            let usual = self.rate * (1.0 + self.swing * turn.sin()) * wander.exp() * extra;
            // Injected ones more than double it at most four times.
            let most = 4.0 * usual;
            let mut time = start + random.exponential() / most;
            while time < start + STEP {
                self.arrive(usual, most, time, injected, random, &mut text);
                time += random.exponential() / most;
            }
        }
        text
    }

    /// One arrival of the highest rate, kept as often as the rate at the time asks for (thinning; Lewis
    /// and Shedler 1979).
    fn arrive(
        &self,
        usual: f64,
        most: f64,
        time: f64,
        injected: &[Injected],
        random: &mut Random,
        text: &mut String,
    ) {
        let active = injected.iter().find(|injected| injected.is_at(time));
        let ratio = active.map_or(1.0, |injected| match injected.kind {
            Kind::DifferentCode => 1.0,
            // One thread of the four and more that run otherwise.
            Kind::SingleThreaded => 0.25,
            _ => injected.ratio,
        });
        let draw = random.unit() * most;
        if draw >= usual * ratio {
            return;
        }
        let is_culprit = match active.map(|injected| injected.kind) {
            None | Some(Kind::Pause) => false,
            Some(Kind::DifferentCode) => random.unit() < active.map_or(0.0, |one| one.ratio),
            Some(Kind::SingleThreaded) => true,
            Some(_) => draw >= usual,
        };
        let is_culprit = is_culprit || random.unit() < self.base && !injected.is_empty();
        // All of other code in one thread would be a single-threaded phase.
        let is_spread = |injected: &&Injected| injected.kind != Kind::DifferentCode;
        let thread = match active.filter(|_| is_culprit).filter(is_spread) {
            Some(injected) => injected.culprit % self.threads,
            None => (random.unit() * random.unit() * self.threads as f64) as usize,
        };
        let culprit = injected.first().filter(|_| is_culprit);
        let nanos = 5_000_000_000_000 + (time * 1e9) as u64;
        let (seconds, micros) = (nanos / 1_000_000_000, nanos % 1_000_000_000 / 1000);
        let _ = writeln!(
            text,
            "app 900/{} {seconds}.{micros:06}: 1 cpu-clock:",
            901 + thread
        );
        let number = (random.unit() * random.unit() * self.functions as f64) as u64;
        let leaf = culprit.map_or(format!("work_{number}"), Injected::culprit_name);
        let caller = format!("serve_{}", number % 7);
        for name in [&leaf, &caller, "main_loop"] {
            let _ = writeln!(text, "\t1 {name}+0x1 (/srv/other)");
        }
        text.push('\n');
    }
}

/// Of a normal distribution, by twelve uniform ones.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}
