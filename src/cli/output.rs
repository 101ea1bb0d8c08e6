//! Where a command's output goes: standard output, or a file written whole or not at all.

use super::batch::Task;
use super::source::name;
use super::{CommonArgs, UsageError};
use crate::export::{has_ending, write_file};
use anyhow::{Context, bail};
use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

/// The format that was asked for; or else the one that the file's ending stands for, if it has one, which
/// must be one of `endings`; or else `usual`.
pub(super) fn format<T: Copy>(
    args: &CommonArgs,
    asked: Option<T>,
    endings: &[(&str, T)],
    usual: T,
) -> anyhow::Result<T> {
    let path = args.output.as_deref().filter(|_| !args.each);
    match (asked, path) {
        (Some(asked), _) => Ok(asked),
        (None, Some(path)) if path.extension().is_some() => by_ending(path, endings),
        (None, _) => Ok(usual),
    }
}

fn by_ending<T: Copy>(path: &Path, endings: &[(&str, T)]) -> anyhow::Result<T> {
    let is_its = |(ending, _): &&(&str, T)| has_ending(path, &[ending]);
    let Some((_, format)) = endings.iter().find(is_its) else {
        let known: Vec<&str> = endings.iter().map(|(ending, _)| *ending).collect();
        return Err(UsageError(format!(
            "{}: no format has this ending; expected .{}, or --format to choose one",
            name(path),
            known.join(", .")
        ))
        .into());
    };
    Ok(*format)
}

/// Whether the output is a terminal.
pub(super) fn is_terminal(task: &Task<'_>) -> bool {
    is_stdout(task) && io::stdout().is_terminal()
}

/// Keeps what is no text from a terminal.
pub(super) fn refuse_binary(task: &Task<'_>, is_text: bool) -> anyhow::Result<()> {
    if !is_text && is_terminal(task) {
        bail!("this format is not for terminals; choose a file with -o FILE");
    }
    Ok(())
}

/// Whether the output is a terminal that shows colours.
pub(super) fn is_colored(task: &Task<'_>) -> bool {
    is_terminal(task) && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The width of the terminal that the output goes to; 100 where it goes elsewhere.
pub(super) fn width(task: &Task<'_>) -> usize {
    const ELSEWHERE: usize = 100;
    match terminal_size::terminal_size_of(io::stdout()) {
        Some((terminal_size::Width(width), _)) if is_stdout(task) => usize::from(width),
        _ => ELSEWHERE,
    }
}

fn is_stdout(task: &Task<'_>) -> bool {
    task.output
        .as_deref()
        .is_none_or(|path| path.as_os_str() == "-")
}

/// Writes with `write` to where the arguments say.
pub(super) fn write(
    task: &Task<'_>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    match &task.output {
        Some(path) if path.as_os_str() != "-" => {
            refuse_input(path, &task.file)?;
            Ok(write_file(path, |out| write(out))?)
        }
        _ => {
            let title = match task.is_titled {
                true => format!("== {}\n", name(&task.file)),
                false => String::new(),
            };
            print(|out| {
                out.write_all(title.as_bytes())?;
                write(out)
            })
        }
    }
}

/// Writes to standard output.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}

/// A profile is never overwritten with what was made of it.
pub(super) fn refuse_input(output: &Path, input: &Path) -> anyhow::Result<()> {
    let is_input = match input.as_os_str() == "-" {
        true => is_stdin(output),
        false => match (fs::canonicalize(output), fs::canonicalize(input)) {
            (Ok(output), Ok(input)) => output == input,
            _ => false,
        },
    };
    if is_input {
        bail!(
            "{}: is the profile itself; choose another file to write to",
            name(output)
        );
    }
    Ok(())
}

/// Whether standard input comes from this file.
#[cfg(unix)]
fn is_stdin(path: &Path) -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let stdin = io::stdin().as_fd().try_clone_to_owned().map(fs::File::from);
    let (stdin, file) = (stdin.and_then(|stdin| stdin.metadata()), fs::metadata(path));
    match (stdin, file) {
        (Ok(stdin), Ok(file)) => (stdin.dev(), stdin.ino()) == (file.dev(), file.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_stdin(_path: &Path) -> bool {
    false
}
