//! `emberscope find`

use super::{CommonArgs, FilterArgs, HasFindings, output, source};
use crate::export;
use crate::findings::{FindOptions, find};
use crate::job::Progress;
use clap::{Args, ValueEnum};

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
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: FindArgs) -> anyhow::Result<()> {
    let by_ending = output::format_by_ending(&args.common, &[("json", Format::Json)]);
    let format = args.format.or(by_ending).unwrap_or(Format::Text);
    let filter = args.filters.filter();
    let profile = source::load(&args.common)?;
    let samples = source::filter(&profile, &filter, &args.common)?;
    if profile.time_range().is_none() {
        let name = source::name(&args.common.file);
        anyhow::bail!("{name}: {}", crate::heat_map::HeatMapError::NoTimes);
    }
    let findings = find(
        &profile,
        &samples,
        &FindOptions::default(),
        &Progress::default(),
    );
    output::write(&args.common, |out| match format {
        Format::Text => export::write_findings_text(&profile, &findings, out),
        Format::Json => export::write_findings_json(&profile, &findings, out),
    })?;
    if args.fail_on_findings && !findings.is_empty() {
        return Err(HasFindings(findings.len()).into());
    }
    Ok(())
}
