//! `emberscope info`

use super::batch::{self, Task, Unplaced};
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
    let endings = [
        ("txt", Format::Text),
        ("text", Format::Text),
        ("json", Format::Json),
    ];
    let format = output::format(&args.common, args.format, &endings, Format::Text)?;
    let (ending, unplaced) = match format {
        Format::Text => ("info.txt", Unplaced::Titled),
        Format::Json => ("info.json", Unplaced::Printed),
    };
    batch::run(&args.common, ending, unplaced, |task| {
        run_once(&args, format, task)
    })
}

fn run_once(args: &InfoArgs, format: Format, task: &Task<'_>) -> anyhow::Result<()> {
    let filter = args.filters.filter();
    let profile = source::load(task)?;
    let samples = source::filter(&profile, &filter, task)?;
    output::write(task, |out| match format {
        Format::Text => {
            let name = source::name(&task.file);
            export::write_info_text(&profile, &filter, &samples, &name, out)
        }
        Format::Json => export::write_info_json(&profile, &filter, &samples, out),
    })
}
