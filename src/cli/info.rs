//! `emberscope info`

use super::{CommonArgs, FilterArgs, output, source};
use crate::export;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct InfoArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// For people, or for programs
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    filters: FilterArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: InfoArgs) -> anyhow::Result<()> {
    let by_ending = output::format_by_ending(&args.common, &[("json", Format::Json)]);
    let format = args.format.or(by_ending).unwrap_or(Format::Text);
    let filter = args.filters.filter();
    let profile = source::load(&args.common)?;
    let samples = source::filter(&profile, &filter, &args.common)?;
    output::write(&args.common, |out| match format {
        Format::Text => {
            let name = source::name(&args.common.file);
            export::write_info_text(&profile, &filter, &samples, &name, out)
        }
        Format::Json => export::write_info_json(&profile, &filter, &samples, out),
    })
}
