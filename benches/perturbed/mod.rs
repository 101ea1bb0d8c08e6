//! Profiles with known perturbations over realistic noise, as `perf script` prints them.
//!
//! A machine is simulated tick by tick: each CPU is busy with one thread's request or idle, load
//! follows the hour and comes in bursts, and at each tick a busy CPU gives a sample. What is injected
//! overrides that in its range. The same seed gives the same profile.

pub(crate) mod arrivals;
pub(crate) mod plain;
mod random;
pub(crate) mod score;

pub(crate) use random::Random;
use std::fmt::Write as _;

/// The kinds of what is injected, named as findings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Burst,
    Pause,
    SingleThreaded,
    Periodic,
    Shift,
    DifferentCode,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Burst,
        Self::Pause,
        Self::SingleThreaded,
        Self::Periodic,
        Self::Shift,
        Self::DifferentCode,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::Pause => "pause",
            Self::SingleThreaded => "single-threaded",
            Self::Periodic => "periodic",
            Self::Shift => "shift",
            Self::DifferentCode => "different-code",
        }
    }
}

/// What is injected: times in seconds since the profile's beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Injected {
    pub kind: Kind,
    pub start: f64,
    /// Its length; of a periodic one, that of each occurrence; of a shift, to the end.
    pub length: f64,
    /// Busy CPUs become this many times as many; of different code, its share.
    pub ratio: f64,
    /// Of a periodic one.
    pub period: f64,
    /// Which of the functions made up for perturbations is responsible.
    pub culprit: usize,
}

impl Injected {
    pub(crate) fn is_at(&self, time: f64) -> bool {
        if self.kind == Kind::Periodic {
            time >= self.start && (time - self.start) % self.period < self.length
        } else {
            time >= self.start && time < self.start + self.length
        }
    }

    pub(crate) fn culprit_name(&self) -> String {
        format!("culprit_{}", self.culprit)
    }
}

/// The machine and its load.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub seconds: f64,
    pub cpus: usize,
    pub threads: usize,
    /// Samples a second on a busy CPU.
    pub rate: f64,
    /// Mean share of time that a CPU is busy.
    pub utilisation: f64,
    /// Mean length of a request, in seconds.
    pub request: f64,
    /// How much the load swings over the profile, from 0 to 1.
    pub diurnal: f64,
    /// How much the load differs from one quarter of a second to the next, from 0 to 1.
    pub bursty: f64,
    /// Whether samples carry their CPU.
    pub has_cpus: bool,
    /// The share of requests that are the culprit's at all times; 0 where it runs when injected only.
    pub base: f64,
    /// How many functions are called by the usual ones, in any combination; 0 for none.
    pub variety: u64,
}

impl Machine {
    /// One of many, over the ranges met in practice.
    pub(crate) fn any(random: &mut Random, seconds: f64) -> Self {
        let cpus = [4, 4, 8, 16][random.below(4) as usize];
        Self {
            seconds,
            cpus,
            threads: cpus * (1 + random.below(6) as usize),
            rate: [49.0, 99.0, 99.0, 199.0][random.below(4) as usize],
            utilisation: 0.2 + 0.3 * random.unit(),
            request: 0.001 + 0.012 * random.unit(),
            diurnal: 0.5 * random.unit(),
            bursty: 0.4 * random.unit(),
            has_cpus: random.below(4) > 0,
            base: 0.0,
            variety: 0,
        }
    }

    /// The profile with all of `injected`.
    pub(crate) fn profile(&self, injected: &[Injected], random: &mut Random) -> String {
        let mut samples: Vec<(u64, String)> = Vec::new();
        let slots = (self.seconds / LOAD_SLOT) as usize + 2;
        let load: Vec<f64> = (0..slots).map(|slot| self.load(slot, random)).collect();
        let noise = random.next();
        let always = injected.first().filter(|_| self.base > 0.0);
        for cpu in 0..self.cpus {
            let mut state = CpuState::default();
            let mut time = random.unit() / self.rate;
            while time < self.seconds {
                let load = load[(time / LOAD_SLOT) as usize];
                state.advance(self, load, time, random);
                let active = injected.iter().find(|injected| injected.is_at(time));
                let mut stack = match active {
                    None => state.stack(random),
                    Some(injected) => self.perturbed(injected, cpu, time, &state, noise, random),
                };
                if let Some(always) = always.filter(|_| state.draw() < self.base) {
                    let own = culprit_stack(always, random.below(3));
                    stack = stack.map(|(thread, _)| (thread, own));
                }
                if let Some((_, stack)) = stack.as_mut().filter(|_| self.variety > 0) {
                    stack.push(deeper(self.variety, random));
                }
                if let Some((thread, stack)) = stack {
                    let nanos = 5_000_000_000_000 + (time * 1e9) as u64;
                    samples.push((nanos, self.sample(nanos, cpu, thread, &stack)));
                }
                let jitter = 0.02 * (random.unit() - 0.5);
                time += (1.0 + jitter) / self.rate;
            }
        }
        samples.sort();
        samples.into_iter().map(|(_, text)| text).collect()
    }

    /// The share of time that CPUs are busy in a slot of time.
    fn load(&self, slot: usize, random: &mut Random) -> f64 {
        let phase = slot as f64 * LOAD_SLOT / self.seconds * std::f64::consts::TAU;
        let bursts = 1.0 + self.bursty * (random.exponential() - 1.0).clamp(-1.0, 2.0);
        let load = self.utilisation * (1.0 + self.diurnal * phase.sin()) * bursts;
        load.clamp(0.01, 0.97)
    }

    fn perturbed(
        &self,
        injected: &Injected,
        cpu: usize,
        time: f64,
        state: &CpuState,
        noise: u64,
        random: &mut Random,
    ) -> Option<(usize, Vec<String>)> {
        let usual = state.stack(random);
        let culprit = |thread: usize| Some((thread, culprit_stack(injected, random.below(3))));
        // Each CPU keeps to what it does for 20 ms.
        let slot = (time / 0.02) as u64 ^ noise;
        let chance = Random::new(slot.wrapping_mul(64).wrapping_add(cpu as u64)).unit();
        match injected.kind {
            Kind::Burst | Kind::Periodic | Kind::Shift => {
                let wanted = (self.utilisation * (injected.ratio - 1.0)).min(1.0);
                let missing = wanted / (1.0 - self.utilisation);
                match usual {
                    Some(usual) => Some(usual),
                    None if chance < missing => {
                        let mut inner = Random::new(noise ^ random.next());
                        Some((cpu % self.threads, culprit_stack(injected, inner.below(3))))
                    }
                    None => None,
                }
            }
            Kind::Pause => usual.filter(|_| chance < injected.ratio),
            Kind::SingleThreaded if cpu == injected.culprit % self.cpus => {
                Some((0, culprit_stack(injected, random.below(3))))
            }
            Kind::SingleThreaded => None,
            Kind::DifferentCode => {
                let (thread, usual) = usual?;
                match chance < injected.ratio {
                    true => {
                        let mut culprit = culprit;
                        culprit(thread)
                    }
                    false => Some((thread, usual)),
                }
            }
        }
    }

    fn sample(&self, nanos: u64, cpu: usize, thread: usize, stack: &[String]) -> String {
        let (seconds, micros) = (nanos / 1_000_000_000, nanos % 1_000_000_000 / 1000);
        let cpu = if self.has_cpus {
            format!("[{cpu:03}] ")
        } else {
            String::new()
        };
        let comm = thread % 3;
        let tid = 701 + thread;
        let mut text = format!("pool {comm} 700/{tid} {cpu}{seconds}.{micros:06}: 1 cycles:\n");
        for name in stack.iter().rev() {
            let _ = writeln!(text, "\t1 {name}+0x1 (/srv/app)");
        }
        text.push('\n');
        text
    }
}

/// The load is another one every quarter of a second.
const LOAD_SLOT: f64 = 0.25;

/// What a CPU is busy with until when.
#[derive(Debug, Default)]
struct CpuState {
    until: f64,
    request: Option<(usize, u64)>,
}

impl CpuState {
    fn advance(&mut self, machine: &Machine, load: f64, time: f64, random: &mut Random) {
        while self.until <= time {
            let was_busy = self.request.is_some();
            self.request = None;
            let busy = machine.request;
            // With work always waiting, a request follows the other.
            let mut length = busy * (1.0 - load) / load * random.exponential();
            if !was_busy {
                // Few kinds of requests are frequent.
                let kind = (random.unit() * random.unit() * 12.0) as u64;
                self.request = Some((random.below(machine.threads as u64) as usize, kind));
                length = busy * random.exponential();
            }
            self.until += length.max(1e-6);
        }
    }

    /// A number from 0 to 1 that is the request's own.
    fn draw(&self) -> f64 {
        Random::new(self.until.to_bits()).unit()
    }

    fn stack(&self, random: &mut Random) -> Option<(usize, Vec<String>)> {
        let (thread, kind) = self.request?;
        let leaf = (kind * 5 + random.below(4)) % 23;
        let names = [
            "clone3".to_owned(),
            "start_thread".to_owned(),
            "worker_loop".to_owned(),
            format!("handle_{kind}"),
            format!("step_{}", (kind + random.below(2)) % 9),
            format!("leaf_{leaf}"),
        ];
        Some((thread, names.into()))
    }
}

/// A call of any of so many functions, few of them frequent.
fn deeper(variety: u64, random: &mut Random) -> String {
    let number = random.unit().powi(3) * variety as f64;
    format!("inner_{}", number as u64)
}

/// The culprit runs by itself, in a helper of its own, or in one that all use.
fn culprit_stack(injected: &Injected, variant: u64) -> Vec<String> {
    let culprit = injected.culprit_name();
    let mut names: Vec<String> = ["clone3", "start_thread", "housekeeping"]
        .map(str::to_owned)
        .into();
    names.push(culprit);
    if variant == 1 {
        names.push("leaf_3".to_owned());
    }
    if variant == 2 {
        names.push("leaf_8".to_owned());
    }
    names
}

/// A size of perturbation to report on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub kind: Kind,
    pub ratio: f64,
    /// In seconds.
    pub length: f64,
    pub period: f64,
    /// Whether it is among those measured on other machines, too.
    pub is_bar: bool,
}

/// Nobody overlooks these.
pub(crate) const HUGE: [Size; 6] = [
    bar(Kind::Burst, 10.0, 1.0, 0.0),
    bar(Kind::Pause, 0.0, 3.0, 0.0),
    bar(Kind::SingleThreaded, 1.0, 3.0, 0.0),
    bar(Kind::Periodic, 5.0, 0.2, 3.7),
    bar(Kind::Shift, 4.0, 0.0, 0.0),
    bar(Kind::DifferentCode, 1.0, 3.0, 0.0),
];

/// The shortest that the bar asks for.
pub(crate) const PAUSE: Size = bar(Kind::Pause, 0.0, 0.3, 0.0);

/// Those whose recall is reported. The bar is for twice the rate, and 300 ms of pause.
pub(crate) const SIZES: [Size; 17] = [
    size(Kind::Burst, 2.0, 0.3, 0.0),
    bar(Kind::Burst, 2.0, 1.0, 0.0),
    size(Kind::Burst, 2.0, 3.0, 0.0),
    size(Kind::Burst, 3.0, 0.3, 0.0),
    PAUSE,
    size(Kind::Pause, 0.0, 1.0, 0.0),
    size(Kind::Pause, 0.2, 1.0, 0.0),
    bar(Kind::SingleThreaded, 1.0, 0.5, 0.0),
    size(Kind::SingleThreaded, 1.0, 2.0, 0.0),
    size(Kind::Periodic, 2.0, 0.1, 1.0),
    bar(Kind::Periodic, 2.0, 0.2, 3.7),
    size(Kind::Periodic, 3.0, 0.3, 7.0),
    size(Kind::Shift, 1.5, 0.0, 0.0),
    bar(Kind::Shift, 2.0, 0.0, 0.0),
    bar(Kind::DifferentCode, 1.0, 0.5, 0.0),
    size(Kind::DifferentCode, 1.0, 2.0, 0.0),
    size(Kind::DifferentCode, 0.6, 2.0, 0.0),
];

const fn size(kind: Kind, ratio: f64, length: f64, period: f64) -> Size {
    Size {
        kind,
        ratio,
        length,
        period,
        is_bar: false,
    }
}

const fn bar(kind: Kind, ratio: f64, length: f64, period: f64) -> Size {
    Size {
        is_bar: true,
        ..size(kind, ratio, length, period)
    }
}

impl Size {
    /// One such perturbation somewhere in a profile so long.
    pub(crate) fn inject(&self, seconds: f64, random: &mut Random) -> Injected {
        let (start, length) = match self.kind {
            Kind::Periodic => (random.unit() * self.period, self.length),
            Kind::Shift => {
                let start = seconds * (0.3 + 0.4 * random.unit());
                (start, seconds - start)
            }
            _ => (
                seconds * (0.1 + 0.8 * random.unit()) - self.length / 2.0,
                self.length,
            ),
        };
        Injected {
            kind: self.kind,
            start,
            length,
            ratio: self.ratio,
            period: self.period,
            culprit: random.below(8) as usize,
        }
    }
}
