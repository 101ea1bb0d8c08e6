//! `emberscope find`

use super::batch::{self, Task, Unplaced};
use super::{CommonArgs, FilterArgs, GroupArg, HasFindings, output, source};
use crate::export;
use crate::findings::{FindOptions, find};
use crate::job::Progress;
use crate::shape::Shape;
use clap::{Args, ValueEnum};
use std::cell::Cell;

#[derive(Debug, Args)]
pub(super) struct FindArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// For people, or for programs
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Exit with status 3 where anything is found
    #[arg(long)]
    fail_on_findings: bool,
    /// What is named as responsible
    #[arg(long, value_name = "FRAMES", value_enum, default_value = "functions")]
    group: GroupArg,
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: FindArgs) -> anyhow::Result<()> {
    let endings = [
        ("txt", Format::Text),
        ("text", Format::Text),
        ("json", Format::Json),
    ];
    let format = output::format(&args.common, args.format, &endings, Format::Text)?;
    let (ending, unplaced) = match format {
        Format::Text => ("findings.txt", Unplaced::Titled),
        Format::Json => ("findings.json", Unplaced::Printed),
    };
    let found = Cell::new(0);
    batch::run(&args.common, ending, unplaced, |task| {
        found.set(found.get() + run_once(&args, format, task)?);
        Ok(())
    })?;
    if args.fail_on_findings && found.get() > 0 {
        return Err(HasFindings(found.get()).into());
    }
    Ok(())
}

/// Gives how many there are.
fn run_once(args: &FindArgs, format: Format, task: &Task<'_>) -> anyhow::Result<usize> {
    let filter = args.filters.filter();
    let shape = Shape {
        grouping: args.group.grouping(),
        ..Shape::default()
    };
    let profile = source::load_shaped(task, shape)?;
    let samples = source::filter_some(&profile, &filter, task)?;
    if profile.time_range().is_none() {
        let name = source::name(&task.file);
        anyhow::bail!("{name}: {}", crate::heat_map::HeatMapError::NoTimes);
    }
    let findings = find(
        &profile,
        &samples,
        &FindOptions::default(),
        &Progress::default(),
    );
    output::write(task, |out| match format {
        Format::Text => export::write_findings_text(&profile, &findings, out),
        Format::Json => export::write_findings_json(&profile, &findings, out),
    })?;
    Ok(findings.len())
}
