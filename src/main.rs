//! The program: arguments, dispatch, errors, exit status.

use clap::Parser as _;
use emberscope::cli::{Arguments, UsageError, run};
use std::process::ExitCode;

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;

#[expect(clippy::print_stderr, reason = "the last resort of every error")]
fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<UsageError>() {
                WRONG_USAGE
            } else {
                FAILED
            })
        }
    }
}
