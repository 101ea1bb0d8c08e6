//! The program: arguments, dispatch, errors, exit status.

use clap::Parser as _;
use emberscope::cli::{Arguments, HasFindings, UsageError, run};
use std::io::Write as _;
use std::process::ExitCode;

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;
const HAS_FINDINGS: u8 = 3;

fn main() -> ExitCode {
    match run(Arguments::parse()) {
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
