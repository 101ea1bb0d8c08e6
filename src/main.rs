//! The program: arguments, dispatch, errors, exit status.

use clap::Parser as _;
use emberscope::cli::{Arguments, HasFindings, UsageError, run};
use emberscope::export::remove_unfinished_on_signals;
use emberscope::guard::{guard_pool, guarded};
use std::io::Write as _;
use std::process::ExitCode;

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;
const HAS_FINDINGS: u8 = 3;

fn main() -> ExitCode {
    remove_unfinished_on_signals();
    guard_pool();
    let result = guarded(|| run(Arguments::parse()));
    match result.unwrap_or_else(|panic| Err(bug(&panic))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<HasFindings>() => ExitCode::from(HAS_FINDINGS),
        Err(error) => {
            // Where it cannot be written, the status still tells.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(if error.is::<UsageError>() {
                WRONG_USAGE
            } else {
                FAILED
            })
        }
    }
}

fn bug(panic: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "emberscope has a bug: {panic}; please report it, with the command and the file if you can"
    )
}
