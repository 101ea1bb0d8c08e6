//! `emberscope export`

use super::batch::{self, Task};
use super::{CommonArgs, source};
use crate::export::{ParquetExport, file_name_part, recorded_host, write_parquet};
use crate::parquet_schema::Table;
use crate::profile::{Profile, count_of};
use anyhow::bail;
use clap::Args;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// What to call the profile in the folder [default: its host and its file, as in web1-spike]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The machine that was recorded [default: the one that the header names, else the profile's name]
    #[arg(long, value_name = "HOST")]
    recorded_on: Option<String>,
}

const AFTER_HELP: &str = "\
The folder then holds the tables samples, stacks, frames and threads, each a folder with a Parquet file
a profile. So several profiles can be exported into one folder, and exports of many machines copied into
one. Databases query it; emberscope opens it, with hosts told apart. docs/parquet.md describes the columns,
assets/sql has queries for DuckDB and Spark.";

pub(super) fn run(args: ExportArgs) -> anyhow::Result<()> {
    let files = batch::expand(&args.common.files)?;
    super::usage(args.check(files.len()))?;
    let mut taken = BTreeSet::new();
    let mut once = |file: &Path| export(&args, file.to_owned(), &mut taken);
    match &files[..] {
        [file] => once(file),
        files => batch::each(&args.common, files, once),
    }
}

impl ExportArgs {
    fn check(&self, files: usize) -> Result<(), String> {
        let is_folder = |output: &PathBuf| output.as_os_str() != "-";
        if !self.common.output.as_ref().is_some_and(is_folder) {
            return Err("expected a folder to export to: -o FOLDER".to_owned());
        }
        match &self.name {
            Some(_) if files > 1 => {
                Err("--name is for one profile, and there are several".to_owned())
            }
            Some(name) if *name != file_name_part(name) => Err(format!(
                "--name: expected letters, digits, '.', '_' and '-', as in {}",
                file_name_part(name)
            )),
            _ => Ok(()),
        }
    }
}

fn export(args: &ExportArgs, file: PathBuf, taken: &mut BTreeSet<PathBuf>) -> anyhow::Result<()> {
    let task = Task {
        file,
        output: None,
        is_titled: false,
        args: &args.common,
    };
    let folder = args.common.output.as_deref().unwrap_or(Path::new(""));
    let profile = source::load(&task)?;
    let export = naming(args, &task.file, &profile)?;
    let place = Table::Samples.path(folder, &export.name);
    let shown = source::name(&place);
    if !taken.insert(place.clone()) {
        bail!("another of these profiles has been exported to {shown}; --name calls one otherwise");
    }
    if !args.common.force && place.symlink_metadata().is_ok() {
        bail!("{shown} exists; --force overwrites it, --name calls this profile otherwise");
    }
    write_parquet(&profile, folder, &export)?;
    if !args.common.quiet {
        let count = count_of(profile.samples.total(), "sample");
        source::message(&format!("{shown}: {count}"));
    }
    Ok(())
}

fn naming(args: &ExportArgs, file: &Path, profile: &Profile) -> anyhow::Result<ParquetExport> {
    let recorded_on = args.recorded_on.as_deref();
    let host = recorded_on.or_else(|| recorded_host(profile));
    let name = match (&args.name, host) {
        (Some(name), _) => name.clone(),
        (None, Some(host)) => file_name_part(&format!("{host}-{}", batch::stem(file)?)),
        (None, None) => file_name_part(&batch::stem(file)?),
    };
    let host = host.map_or(name.clone(), str::to_owned);
    Ok(ParquetExport { name, host })
}
