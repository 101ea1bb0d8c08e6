//! A third generator, as plain as can be: a few threads on as many CPUs, each with a few stacks of its own,
//! and nothing that wanders. Whether a thread runs is drawn anew each time that it may be sampled, which is
//! at random (Poisson) or at exact ticks, of which the idle ones are left out.

use super::{Injected, Kind, Random};
use std::fmt::Write as _;

/// When a thread may be sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    Random,
    Ticks,
}

/// How many samples the thread has that runs alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alone {
    /// As many as otherwise; those of the others are missing.
    AsUsual,
    /// It is busy throughout.
    Busy,
    /// As many as all have otherwise.
    AsAll,
}

/// The threads, and how often they run.
#[derive(Debug, Clone)]
pub(crate) struct Plain {
    pub seconds: f64,
    pub timing: Timing,
    pub threads: usize,
    /// How often a second each thread may be sampled.
    pub rate: f64,
    /// How often it runs then.
    pub busy: f64,
    /// Whether each thread keeps to a CPU; others are anywhere.
    pub is_pinned: bool,
    pub has_cpus: bool,
    alone: Alone,
}

impl Plain {
    /// One of many.
    pub(crate) fn any(random: &mut Random, seconds: f64, timing: Timing) -> Self {
        let alone = [Alone::AsUsual, Alone::Busy, Alone::AsAll];
        Self {
            seconds,
            timing,
            threads: 2 + random.below(7) as usize,
            rate: [99.0, 199.0, 499.0][random.below(3) as usize],
            busy: 0.3 + 0.15 * random.unit(),
            is_pinned: random.below(2) > 0,
            has_cpus: random.below(4) > 0,
            alone: alone[random.below(3) as usize],
        }
    }

    /// Made fit for some perturbations: several threads where one is to run alone, and so much idle time
    /// that they can run so many times as often.
    pub(crate) fn fit(&mut self, injected: &[Injected]) {
        for injected in injected {
            if injected.kind == Kind::SingleThreaded {
                self.threads = self.threads.max(4);
            }
        }
        let ratios = injected.iter().map(|injected| injected.ratio.max(1.0));
        self.busy = self.busy.min(0.95 / ratios.product::<f64>());
        if self.alone == Alone::Busy && self.busy * (self.threads as f64) < 2.0 {
            self.alone = Alone::AsUsual;
        }
    }

    /// The profile with all of `injected`.
    pub(crate) fn profile(&self, injected: &[Injected], random: &mut Random) -> String {
        let mut samples: Vec<(u64, String)> = Vec::new();
        for thread in 0..self.threads {
            let mut time = random.unit() / self.rate;
            while time < self.seconds {
                if let Some((thread, culprit)) = self.runs(thread, time, injected, random) {
                    let nanos = 5_000_000_000_000 + (time * 1e9) as u64;
                    samples.push((nanos, self.sample(nanos, thread, culprit, random)));
                }
                time += match self.timing {
                    Timing::Random => random.exponential() / self.rate,
                    Timing::Ticks => 1.0 / self.rate,
                };
            }
        }
        samples.sort();
        samples.into_iter().map(|(_, text)| text).collect()
    }

    /// Which thread runs where this one may be sampled, if any, and the perturbation that it is of.
    fn runs<'a>(
        &self,
        thread: usize,
        time: f64,
        injected: &'a [Injected],
        random: &mut Random,
    ) -> Option<(usize, Option<&'a Injected>)> {
        let draw = random.unit();
        let (mut busy, mut of) = (self.busy, None);
        for active in injected.iter().filter(|injected| injected.is_at(time)) {
            let alone = active.culprit % self.threads;
            match active.kind {
                Kind::Burst | Kind::Periodic | Kind::Shift => {
                    of = of.or(Some(active).filter(|_| draw >= busy));
                    busy *= active.ratio;
                }
                Kind::Pause => busy *= active.ratio,
                Kind::DifferentCode => of = Some(active).filter(|_| random.unit() < active.ratio),
                Kind::SingleThreaded if self.alone == Alone::AsAll => {
                    return (draw < busy).then_some((alone, Some(active)));
                }
                Kind::SingleThreaded => {
                    let is_running = draw < busy || self.alone == Alone::Busy;
                    return (is_running && thread == alone).then_some((alone, Some(active)));
                }
            }
        }
        (draw < busy).then_some((thread, of))
    }

    fn sample(
        &self,
        nanos: u64,
        thread: usize,
        culprit: Option<&Injected>,
        random: &mut Random,
    ) -> String {
        let is_alone = culprit.is_some_and(|culprit| culprit.kind == Kind::SingleThreaded);
        let cpu = match self.is_pinned || is_alone {
            true => thread,
            false => random.below(self.threads as u64) as usize,
        };
        let cpu = match self.has_cpus {
            true => format!("[{cpu:03}] "),
            false => String::new(),
        };
        let (seconds, micros) = (nanos / 1_000_000_000, nanos % 1_000_000_000 / 1000);
        let tid = 100 + thread;
        let mut text = format!("app 100/{tid} {cpu}{seconds}.{micros:06}: 1 cpu-clock:\n");
        let leaf = format!("task_{thread}_{}", random.below(4));
        let leaf = culprit.map_or(leaf, Injected::culprit_name);
        for name in [leaf, format!("loop_{thread}"), "start".to_owned()] {
            let _ = writeln!(text, "\t1 {name}+0x1 (/srv/plain)");
        }
        text.push('\n');
        text
    }
}
