//! [`StackQuality`]: how far a profile's stacks can be believed: which samples have none, whose callers are
//! missing, which frames have no name, by module; and what to do about it when it is recorded again.
//!
//! It counts the samples that it is given, each once, and judges none by itself: what is few is not told.

use crate::call_tree::CallTree;
use crate::filter::{Metric, Samples};
use crate::profile::{FrameId, FrameKind, PRINT_COMMAND, Profile, StackId, with_thousands};
use crate::selection::Selection;
use std::collections::BTreeMap;

/// What is told of samples without a stack, or without one name in it: from this part of all on. Real
/// recordings have a few percent of either (interrupted libraries, signal frames) that mislead nobody.
const MANY: f64 = 0.1;
/// Of samples with one function: short stacks are right for system calls and interrupts.
const MANY_SINGLE: f64 = 0.3;
/// Of a module: a tenth of a flame graph is still seen.
const MANY_OF_MODULE: f64 = 0.05;
/// A module is poor where more than this part of its samples is.
const MOST: f64 = 0.5;
/// Depths at which profilers cut stacks: last branch records, `perf_event_max_stack` with and without its
/// markers, BPF's maps, async-profiler. Stacks of other depths end there by themselves, however many do.
const LIMITS: [u32; 11] = [32, 64, 126, 127, 128, 255, 256, 512, 1024, 2047, 2048];
/// Stacks as deep as any, of a limit's depth, and so many times as many as one frame less deep, were cut.
const PILE: u64 = 3;
/// What is told of cut stacks: those that lack their outermost callers are drawn beside the others.
const MANY_CUT: f64 = 0.01;
/// A user's part of a stack that is no longer has lost its callers, unless it ends where threads begin.
const SHORT: u32 = 2;
/// So many modules are told.
const LISTED: usize = 5;

/// Where threads and programs begin: a stack that ends there has all its callers.
const ENTRIES: [&str; 13] = [
    "main",
    "_start",
    "__libc_start_main",
    "__libc_start_call_main",
    "start_thread",
    "clone",
    "__clone",
    "clone3",
    "__clone3",
    "_dl_start",
    "_dl_start_user",
    "runtime.goexit",
    "thread_start",
];

/// What the stacks of some samples are like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackQuality {
    /// All samples.
    pub samples: u64,
    /// Those without any function.
    pub without_stack: u64,
    /// Those with one.
    pub single_frame: u64,
    /// Those whose functions all have no name.
    pub unnamed: u64,
    /// The depth at which stacks were cut, and how many samples were.
    pub cut: Option<(u32, u64)>,
    /// Modules in which most samples are poor, those of most samples first.
    pub modules: Vec<PoorModule>,
    /// Records that say that samples were lost.
    pub lost: u64,
}

/// A module in which most samples lack something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoorModule {
    /// Its name as displayed; empty where it is not known.
    pub module: String,
    /// Its samples that lack it.
    pub samples: u64,
    /// What they lack, and why, most likely.
    pub cause: Cause,
}

/// Why samples of a module are poor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Callers are missing: it was compiled without frame pointers.
    NoFramePointers,
    /// It has no symbols, or they are somewhere else.
    NoSymbols,
    /// Code that was made while it ran, of which no map tells the names.
    NoJitMap,
    /// The kernel's symbols were hidden from who printed it, or are another machine's.
    HiddenKernel,
}

impl Cause {
    /// For JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoFramePointers => "no-frame-pointers",
            Self::NoSymbols => "no-symbols",
            Self::NoJitMap => "no-jit-map",
            Self::HiddenKernel => "hidden-kernel-symbols",
        }
    }

    /// What it does, and what to do about it.
    const fn advice(self) -> &'static str {
        match self {
            Self::NoFramePointers => {
                "end in it without their callers, most likely for want of frame pointers: record with --call-graph dwarf"
            }
            Self::NoSymbols => {
                "are in functions of it without names: install its symbols, or print on the machine that recorded"
            }
            Self::NoJitMap => {
                "are in code without names, most likely of a JIT compiler without a map (java: -XX:+DumpPerfMapAtExit or perf-map-agent; node: --perf-basic-prof)"
            }
            Self::HiddenKernel => {
                "are in a kernel without symbols: print on the machine that recorded, as root (kernel.kptr_restrict hides them from others)"
            }
        }
    }
}

/// By node, what its stack is made of up to there.
#[derive(Debug, Clone, Copy)]
struct Above {
    functions: u32,
    /// Of the user's part.
    user_functions: u32,
    has_names: bool,
    /// Whether the user's part begins where threads do.
    is_whole: bool,
}

impl StackQuality {
    /// Of the samples that are shown.
    pub fn new(profile: &Profile, samples: &Samples) -> Self {
        let of_samples = Samples {
            metric: Metric::Samples,
            ..samples.clone()
        };
        let tree = CallTree::new(profile, &of_samples, &Selection::whole());
        let paths = paths(profile);
        let ends = tree
            .self_weight
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let mut quality = Self {
            samples: tree.total(),
            lost: lost(profile),
            ..Self::default()
        };
        let mut depths: BTreeMap<u32, u64> = BTreeMap::new();
        let mut modules = Modules::default();
        for (node, count) in ends {
            let path = paths[node];
            // What ends where threads begin lacks nothing, however deep it is.
            if !path.is_whole {
                *depths.entry(path.functions).or_default() += count;
            }
            match path.functions {
                0 => quality.without_stack += count,
                1 => quality.single_frame += count,
                _ => {}
            }
            if path.functions > 0 && !path.has_names {
                quality.unnamed += count;
            }
            modules.add(profile, &paths, StackId(node as u32), *count);
        }
        quality.cut = cut(&depths, quality.samples);
        quality.modules = modules.poor(profile, quality.samples, quality.has_chains());
        quality
    }

    /// Whether any sample has a function and a caller of it.
    fn has_chains(&self) -> bool {
        self.without_stack + self.single_frame < self.samples
    }

    /// What a reader has to know before believing the flame graph, in sentences; nothing where all is well,
    /// nor of what perf has not recorded, or where groups of functions are shown.
    pub fn notices(&self, profile: &Profile) -> Vec<String> {
        let mut notices = Vec::new();
        if !profile.info.is_of_perf || profile.recorded.is_some() {
            return notices;
        }
        let share = |count: u64| count as f64 / self.samples.max(1) as f64;
        let percent = |count: u64| format!("{:.0} %", 100.0 * share(count));
        let has_chains = self.has_chains();
        if self.samples > 0 && !has_chains && profile.has_stacks() {
            notices.push("No sample has callers: record with -g".to_owned());
        } else if has_chains && share(self.without_stack) >= MANY {
            let part = percent(self.without_stack);
            notices.push(format!("{part} of the samples have no stack"));
        }
        if has_chains && share(self.single_frame) >= MANY_SINGLE {
            let part = percent(self.single_frame);
            notices.push(format!(
                "{part} of the samples have one function and no callers"
            ));
        }
        if let Some((depth, count)) = self.cut {
            let part = percent(count);
            notices.push(format!(
                "{part} of the samples were cut at {depth} frames, and lack their outermost callers (sysctl kernel.perf_event_max_stack)"
            ));
        }
        if share(self.unnamed) >= MANY {
            let part = percent(self.unnamed);
            notices.push(format!(
                "{part} of the samples have no function with a name"
            ));
        }
        for PoorModule {
            module,
            samples,
            cause,
        } in &self.modules
        {
            let module = if module.is_empty() {
                "code of no module"
            } else {
                module
            };
            let part = percent(*samples);
            notices.push(format!(
                "{module}: {part} of the samples {}",
                cause.advice()
            ));
        }
        let has_ids = profile.threads.iter().any(|thread| thread.tid.is_some());
        if has_ids && !profile.has_process_ids() {
            notices.push(format!(
                "There are no process ids, so that threads cannot be told by process: print them with {PRINT_COMMAND}"
            ));
        }
        if self.lost > 0 {
            let count = with_thousands(self.lost);
            notices.push(format!(
                "Samples were lost while it was recorded ({count} records say so)"
            ));
        }
        notices
    }
}

/// Callers come before callees.
fn paths(profile: &Profile) -> Vec<Above> {
    let stacks = &profile.stacks;
    let mut paths: Vec<Above> = Vec::with_capacity(stacks.len());
    for node in 0..stacks.len() {
        let above = match node {
            0 => None,
            _ => paths.get(stacks.parent[node].index()).copied(),
        };
        let mut path = above.unwrap_or(Above {
            functions: 0,
            user_functions: 0,
            has_names: false,
            is_whole: false,
        });
        let frame = stacks.frame[node];
        let kind = profile.frames.kind[frame.index()];
        if node > 0 && kind != FrameKind::Comm {
            path.functions += 1;
            path.has_names |= !is_unnamed(profile, frame);
            if kind != FrameKind::Kernel {
                path.user_functions += 1;
                path.is_whole |= path.user_functions <= 2 && is_entry(profile, frame);
            }
        }
        paths.push(path);
    }
    paths
}

/// Names in brackets stand for the module, where the function's is not known.
fn is_unnamed(profile: &Profile, frame: FrameId) -> bool {
    let name = profile.strings.get(profile.frames.name[frame.index()]);
    name.starts_with(b"[") && name.ends_with(b"]")
}

fn is_entry(profile: &Profile, frame: FrameId) -> bool {
    let name = profile.frame_name(frame);
    let plain = name.split(['@', '.']).next().unwrap_or_default();
    ENTRIES.contains(&&*name) || ENTRIES.contains(&plain)
}

/// The deepest stacks, where so many are as deep that they cannot all have ended there.
fn cut(depths: &BTreeMap<u32, u64>, samples: u64) -> Option<(u32, u64)> {
    let (&deepest, &count) = depths.last_key_value()?;
    let before = depths
        .get(&(deepest - deepest.min(1)))
        .copied()
        .unwrap_or(0);
    let is_pile = count > PILE * before.max(1) && count as f64 >= MANY_CUT * samples as f64;
    (LIMITS.contains(&deepest) && is_pile).then_some((deepest, count))
}

/// Samples by the module of a frame: all, and those that lack something.
#[derive(Default)]
struct Modules {
    /// By module of the innermost function: samples, and those in which it has no name.
    names: BTreeMap<u32, [u64; 2]>,
    /// By module of the innermost user's function: samples, and those whose callers are missing.
    callers: BTreeMap<u32, [u64; 2]>,
}

impl Modules {
    fn add(&mut self, profile: &Profile, paths: &[Above], node: StackId, count: u64) {
        let (stacks, frames) = (&profile.stacks, &profile.frames);
        let path = stacks.path_up(node).map(|node| stacks.frame[node.index()]);
        let kind = |frame: &FrameId| frames.kind[frame.index()];
        let mut functions = path
            .filter(|frame| kind(frame) != FrameKind::Comm)
            .peekable();
        let module = |frame: &FrameId| frames.module[frame.index()].0;
        let tally = |tallies: &mut BTreeMap<u32, [u64; 2]>, frame: FrameId, is_poor: bool| {
            let [all, poor] = tallies.entry(module(&frame)).or_default();
            *all += count;
            *poor += u64::from(is_poor) * count;
        };
        if let Some(innermost) = functions.peek().copied() {
            tally(&mut self.names, innermost, is_unnamed(profile, innermost));
        }
        if let Some(innermost) = functions.find(|frame| kind(frame) != FrameKind::Kernel) {
            let path = paths[node.index()];
            let is_short = path.user_functions <= SHORT && !path.is_whole;
            tally(&mut self.callers, innermost, is_short);
        }
    }

    fn poor(self, profile: &Profile, samples: u64, has_chains: bool) -> Vec<PoorModule> {
        let is_poor = |[all, poor]: [u64; 2]| {
            poor as f64 >= MANY_OF_MODULE * samples as f64 && poor as f64 > MOST * all as f64
        };
        let text = |module: u32| profile.strings.get(crate::profile::StringId(module));
        let shown = |module: u32| crate::profile::printable(text(module)).into_owned();
        let names = self.names.iter().filter(|(_, counts)| is_poor(**counts));
        let names = names.map(|(module, [_, poor])| PoorModule {
            module: shown(*module),
            samples: *poor,
            cause: cause(text(*module)),
        });
        // Of what is in no module that is known there is nothing to compile otherwise.
        let is_known = |module: u32| !matches!(text(module), b"" | b"[unknown]");
        let callers = self
            .callers
            .iter()
            .filter(|(module, counts)| has_chains && is_known(**module) && is_poor(**counts));
        let callers = callers.map(|(module, [_, poor])| PoorModule {
            module: shown(*module),
            samples: *poor,
            cause: Cause::NoFramePointers,
        });
        let mut poor: Vec<PoorModule> = names.chain(callers).collect();
        poor.sort_by(|one, other| {
            other
                .samples
                .cmp(&one.samples)
                .then(one.cause.cmp(&other.cause))
        });
        poor.truncate(LISTED);
        poor
    }
}

/// Why a module's functions have no names.
fn cause(module: &[u8]) -> Cause {
    let is_jit = matches!(module, b"" | b"anon")
        || [
            &b"//anon"[..],
            b"[anon",
            b"anon",
            b"/memfd:",
            b"memfd:",
            b"/tmp/perf-",
            b"[unknown]",
            b"/dev/zero",
        ]
        .iter()
        .any(|start| module.starts_with(start));
    match module {
        _ if is_jit => Cause::NoJitMap,
        [b'[', ..] if module.starts_with(b"[kernel") || module.starts_with(b"[guest.kernel") => {
            Cause::HiddenKernel
        }
        _ => Cause::NoSymbols,
    }
}

fn lost(profile: &Profile) -> u64 {
    let lost = profile.info.records.iter();
    let lost = lost.filter(|(kind, _)| kind.starts_with("PERF_RECORD_LOST"));
    lost.map(|(_, count)| *count).sum()
}
