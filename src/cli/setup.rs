//! `emberscope completions` and `emberscope man`: what a package installs beside the program.

use super::{Arguments, UsageError, output};
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell to write them for
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The page of this command instead of the program's
    command: Option<String>,
}

pub(super) fn print_completions(args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut Arguments::command(),
        "emberscope",
        &mut script,
    );
    output::print(|out| out.write_all(&script))
}

pub(super) fn print_man(args: &ManArgs) -> anyhow::Result<()> {
    let mut program = Arguments::command();
    // Gives the commands their full names.
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            let name = crate::profile::printable(name.as_bytes());
            UsageError(format!("there is no command {name}; see emberscope --help"))
        })?,
    };
    output::print(|out| clap_mangen::Man::new(page).render(out))
}
