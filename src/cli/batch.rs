//! One file or, with `--each`, many: which files a command is about, where its output for each goes,
//! and what is said in the end.

use super::{CommonArgs, UsageError, source};
use crate::export::{FlameGraphFormat, has_ending};
use crate::load;
use anyhow::{Context, anyhow, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a command does once: read one profile, write one output.
#[derive(Debug)]
pub(super) struct Task<'a> {
    /// The profile.
    pub(super) file: PathBuf,
    /// Where to write; standard output without it.
    pub(super) output: Option<PathBuf>,
    /// Whether there are others, so that what is printed needs the file's name above it.
    pub(super) is_titled: bool,
    /// All else that was typed.
    pub(super) args: &'a CommonArgs,
}

/// Where outputs go that have no place of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unplaced {
    /// To standard output, under the file's name.
    Titled,
    /// To standard output, one after the other.
    Printed,
    /// Into a file beside the profile.
    Beside,
}

/// Some files of a batch failed; what went wrong with each has been said.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {all} files failed")]
struct BatchError {
    failed: usize,
    all: usize,
}

/// Does `once` for the one file, or for each file. `ending`: of the names of outputs.
pub(super) fn run(
    args: &CommonArgs,
    ending: &str,
    unplaced: Unplaced,
    once: impl Fn(&Task<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if args.each {
        return run_each(args, ending, unplaced, once);
    }
    let [file] = &args.files[..] else {
        let message = "several files need --each, which does the same for each of them";
        return Err(UsageError(message.to_owned()).into());
    };
    once(&Task {
        file: file.clone(),
        output: args.output.clone(),
        is_titled: false,
        args,
    })
}

fn run_each(
    args: &CommonArgs,
    ending: &str,
    unplaced: Unplaced,
    once: impl Fn(&Task<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let files = expand(&args.files)?;
    let folder = args
        .output
        .as_deref()
        .filter(|path| *path != Path::new("-"));
    if let Some(folder) = folder {
        let context = || format!("{}: cannot make the folder", source::name(folder));
        fs::create_dir_all(folder).with_context(context)?;
    }
    let is_file = folder.is_some() || args.output.is_none() && unplaced == Unplaced::Beside;
    let mut taken = BTreeSet::new();
    each(args, &files, |file| {
        let mut task = Task {
            file: file.to_owned(),
            output: None,
            is_titled: unplaced == Unplaced::Titled && !is_file,
            args,
        };
        if is_file {
            task.output = Some(place(file, folder, ending, args.force, &mut taken)?);
        }
        once(&task)
    })
}

/// Does `once` for each file; says what failed, and in the end how many have.
pub(super) fn each(
    args: &CommonArgs,
    files: &[PathBuf],
    mut once: impl FnMut(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut failed = 0;
    for file in files {
        let result = once(file);
        if let Err(error) = result {
            failed += 1;
            source::message(&format!("error: {}", named(file, &error)));
        }
    }
    let all = files.len();
    if !args.quiet {
        let done = all - failed;
        source::message(&format!("{all} files: {done} done, {failed} failed"));
    }
    match failed {
        0 => Ok(()),
        failed => Err(BatchError { failed, all }.into()),
    }
}

/// The message, which begins with the file's name.
fn named(file: &Path, error: &anyhow::Error) -> String {
    let (name, message) = (source::name(file), format!("{error:#}"));
    match message.starts_with(&name) {
        true => message,
        false => format!("{name}: {message}"),
    }
}

/// The files, with those directly inside a folder in its place, by name. There, hidden files and those
/// that look like this program's outputs are left out.
pub(super) fn expand(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() || load::is_profile_folder(path) {
            files.push(path.clone());
            continue;
        }
        let context = || format!("{}: cannot read the folder", source::name(path));
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).with_context(context)? {
            let file = entry.with_context(context)?.path();
            if file.is_file() && !is_hidden(&file) && !is_output(&file) {
                inside.push(file);
            }
        }
        inside.sort();
        files.append(&mut inside);
    }
    if files.is_empty() {
        bail!("there are no files in the folder");
    }
    Ok(files)
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}

fn is_output(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    let is_page_or_table = ["json", "csv", "html"]
        .iter()
        .any(|ending| extension == *ending);
    let is_text = has_ending(
        path,
        &[
            "info.txt",
            "heatmap.txt",
            "findings.txt",
            "diff.txt",
            "ratio.txt",
        ],
    );
    is_page_or_table || is_text || extension != "txt" && FlameGraphFormat::of_path(path).is_some()
}

/// The output's place: beside its input or in `folder`. It must be free, unless `force`d, and no
/// other output of the same batch may have it.
fn place(
    file: &Path,
    folder: Option<&Path>,
    ending: &str,
    force: bool,
    taken: &mut BTreeSet<PathBuf>,
) -> anyhow::Result<PathBuf> {
    let folder = folder.or(file.parent()).unwrap_or(Path::new(""));
    let output = folder.join(format!("{}.{ending}", stem(file)?));
    let shown = source::name(&output);
    if !taken.insert(output.clone()) {
        bail!("another file of the batch has been written to {shown}");
    }
    if !force && output.symlink_metadata().is_ok() {
        bail!("{shown} exists; --force overwrites it");
    }
    Ok(output)
}

/// `spike` of `spike.perf.txt.gz`: a name without the endings of profiles.
pub(super) fn stem(file: &Path) -> anyhow::Result<String> {
    let name = match file.as_os_str() == "-" {
        true => Some("standard-input"),
        false => file.file_name().and_then(|name| name.to_str()),
    };
    let mut stem =
        name.ok_or_else(|| anyhow!("the file's name is no text to name an output after"))?;
    let groups: [&[&str]; 3] = [
        &[".gz", ".zst", ".xz", ".bz2"],
        &[".txt", ".script", ".out"],
        &[".perf", ".data"],
    ];
    for endings in groups {
        let shorter = endings.iter().find_map(|ending| stem.strip_suffix(ending));
        stem = shorter.filter(|rest| !rest.is_empty()).unwrap_or(stem);
    }
    Ok(stem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_named_after_their_inputs() {
        let stem = |name: &str| stem(name.as_ref()).expect("a name");
        assert_eq!(stem("a/spike.perf.txt.gz"), "spike");
        assert_eq!(stem("perf.data"), "perf");
        assert_eq!(stem("v1.2"), "v1.2");
        assert_eq!(stem(".txt"), ".txt");
        assert_eq!(stem("-"), "standard-input");
    }

    #[test]
    fn outputs_are_no_inputs() {
        let is_output = |name: &str| is_output(name.as_ref());
        assert!(
            is_output("a.svg")
                && is_output("a.pb.gz")
                && is_output("a.json")
                && is_output("a.html")
        );
        assert!(!is_output("a.txt") && !is_output("a.gz") && !is_output("a"));
    }
}
