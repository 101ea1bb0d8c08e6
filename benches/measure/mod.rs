//! Medians of interleaved rounds, and a table of what was aimed at and what was reached.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// One of several things whose times are compared.
pub(crate) type Work<'a> = Box<dyn FnMut() + 'a>;

/// Something to be timed whose result is not needed.
pub(crate) fn work<'a, T>(mut run: impl FnMut() -> T + 'a) -> Work<'a> {
    Box::new(move || drop(black_box(run())))
}

/// Median times. Each round does everything once, so that what the machine does meanwhile
/// slows all of them down.
pub(crate) fn medians<const N: usize>(rounds: usize, mut works: [Work<'_>; N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (work, times) in works.iter_mut().zip(&mut times) {
            let start = Instant::now();
            work();
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

/// Prints a heading.
pub(crate) fn heading(text: &str) {
    println!("\n{text}\n{:-<100}", "");
}

/// Prints a row: what, the target (empty where there is none), what was measured.
pub(crate) fn row(what: &str, target: &str, measured: &str) {
    println!("{what:<52} {target:>14}  {measured}");
}

/// `time` in milliseconds.
#[allow(dead_code, reason = "not all that share this module need it")]
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
