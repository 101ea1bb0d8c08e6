//! A deterministic profile of any size: a busy server, with time, threads and CPUs as perf prints
//! them, and return addresses that repeat while the innermost one differs, as in real recordings.
//! A number of samples is idle.

use std::io::{self, Write};

const THREADS: u64 = 24;
const CPUS: u64 = 8;

/// How much the stacks of a profile are alike.
#[allow(dead_code, reason = "not all that share this module need both")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stacks {
    /// 2,000 ways through the functions.
    Repeat,
    /// As many, but the four innermost functions are any of 900: hardly two stacks are the same.
    HardlyRepeat,
}

/// Writes a profile of about `bytes` bytes, with a sample each 0.4 ms.
#[allow(dead_code, reason = "not all that share this module need it")]
pub(crate) fn write_profile(out: &mut impl Write, stacks: Stacks, bytes: usize) -> io::Result<()> {
    write_profile_of(out, stacks, bytes, 400_000)
}

/// Writes a profile of about `bytes` bytes, with a sample each `nanos_between` nanoseconds.
pub(crate) fn write_profile_of(
    out: &mut impl Write,
    stacks: Stacks,
    bytes: usize,
    nanos_between: u64,
) -> io::Result<()> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut nanos = 5_000_123_456_789;
    let mut written = 0;
    let mut sample = Vec::new();
    while written < bytes {
        sample.clear();
        nanos += nanos_between / 2 + random.below(nanos_between);
        write_sample(&mut sample, stacks, &mut random, nanos)?;
        out.write_all(&sample)?;
        written += sample.len();
    }
    out.flush()
}

fn write_sample(
    out: &mut Vec<u8>,
    stacks: Stacks,
    random: &mut Random,
    nanos: u64,
) -> io::Result<()> {
    let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if random.below(8) == 0 {
        let cpu = random.below(CPUS);
        writeln!(
            out,
            "swapper     0/0     [{cpu:03}] {seconds}.{fraction:09}:   20408163 cpu-clock: "
        )?;
        for name in [
            "pv_native_safe_halt+0xb",
            "default_idle+0x5",
            "do_idle+0x136",
            "cpu_startup_entry+0x25",
        ] {
            writeln!(out, "\tffffffff821f2c2b {name} ([kernel.kallsyms])")?;
        }
        return writeln!(out);
    }
    let (thread, cpu) = (random.below(THREADS), random.below(CPUS));
    writeln!(
        out,
        "worker {} 4200/{:<7} [{cpu:03}] {seconds}.{fraction:09}:   20408163 cpu-clock: ",
        thread % 3,
        4201 + thread
    )?;
    // Forty ways through the outer functions, fifty on from each of them.
    let (path, variant) = (random.below(40), random.below(50));
    let depth = 12 + (path * 7 + variant * 5) % 28;
    for level in (0..depth).rev() {
        let function = match stacks {
            Stacks::HardlyRepeat if level + 4 >= depth => random.below(900),
            _ if level < 8 => (path * 31 + level * 7) % 900,
            _ => (path * 31 + level * 7 + variant * level) % 900,
        };
        let address = 0x5581_0000_0000 + function * 0x1000;
        let offset = if level + 1 == depth {
            random.below(0x800)
        } else {
            0x40 + function % 0x200
        };
        let module = match function % 5 {
            0 => "/usr/lib/x86_64-linux-gnu/libc.so.6",
            1 => "[kernel.kallsyms]",
            _ => "/srv/shop/bin/server",
        };
        writeln!(
            out,
            "\t{:16x} shop::module_{}::handle_request_{function}+{offset:#x} ({module})",
            address + offset,
            function % 37
        )?;
    }
    writeln!(out)
}

/// xorshift64: the same numbers every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }
}
