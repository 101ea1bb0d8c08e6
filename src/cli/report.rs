//! `emberscope report`

use super::batch::{self, Task, Unplaced};
use super::heatmap::{Ramp, Scale};
use super::{CommonArgs, FilterArgs, RangeArgs, ShapeArgs, output, range, source};
use crate::call_tree::CallTree;
use crate::export::{Kept, Report, ReportOptions, has_ending, range_text, report_page};
use crate::findings::{FindOptions, find};
use crate::heat_map::{HeatMap, HeatMapOptions, parse_length};
use crate::job::Progress;
use crate::profile::{Profile, count_of, with_thousands};
use crate::selection::Selection;
use crate::session_file::{self, ProfileView};
use anyhow::Context;
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Rows in a column [default: what fits the recording's frequency, else 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rows: Option<u32>,
    /// A column's length: 100ms, 5m, 1h [default: 1s, or longer for a profile of many days]
    #[arg(long, value_name = "LENGTH", value_parser = parse_length)]
    column: Option<u64>,
    /// Colours of the heat map
    #[arg(long, value_enum, default_value = "classic")]
    ramp: Ramp,
    /// How counts are spread over the colours of the heat map
    #[arg(long, value_enum, default_value = "clipped")]
    scale: Scale,
    /// Draw the flame graph's root at the top
    #[arg(long)]
    icicle: bool,
    /// The page's heading
    #[arg(long, value_name = "TEXT", default_value = "Profile")]
    title: String,
    /// Merge the rarest calls until the page is no larger: 20M, say [default: 5 MB]
    #[arg(long, value_name = "SIZE", value_parser = super::parse_size)]
    size_limit: Option<u64>,
    /// Put in the selections that this saved session keeps of the profile
    #[arg(long, value_name = "SESSION")]
    session: Option<PathBuf>,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    shape: ShapeArgs,
    #[command(flatten)]
    filters: FilterArgs,
}

/// A page that can still be sent by mail.
const SIZE_LIMIT: u64 = 5_000_000;

pub(super) fn run(args: ReportArgs) -> anyhow::Result<()> {
    super::usage(args.range.check())?;
    super::usage(check_named(&args.common))?;
    batch::run(&args.common, "html", Unplaced::Beside, |task| {
        run_once(&args, task)
    })
}

/// A page is nothing for a terminal.
fn check_named(args: &CommonArgs) -> Result<(), String> {
    match &args.output {
        _ if args.each => Ok(()),
        Some(path) if path.extension().is_none() || has_ending(path, &["html", "htm"]) => Ok(()),
        Some(path) => Err(format!(
            "{}: a page is HTML; expected a name that ends in .html",
            source::name(path)
        )),
        None => Err(
            "expected where to write the page: -o FILE.html, or -o - for standard output"
                .to_owned(),
        ),
    }
}

fn run_once(args: &ReportArgs, task: &Task<'_>) -> anyhow::Result<()> {
    let profile = source::load_shaped(task, args.shape.shape())?;
    let filter = args.filters.filter();
    let mut samples = source::filter_some(&profile, &filter, task)?;
    let name = source::name(&task.file);
    let context = || name.clone();
    let selection = args.range.selection(&profile).with_context(context)?;
    range::restrict(&mut samples, &profile, &selection);
    let rows = args.rows.unwrap_or(HeatMapOptions::rows_for(&profile));
    let fitting = HeatMapOptions::fitting(&profile, rows);
    let shape = HeatMapOptions {
        rows,
        column_nanos: args.column.unwrap_or(fitting.column_nanos),
    };
    let map = HeatMap::new(&profile, &samples, shape).with_context(context)?;
    let tree = CallTree::new(&profile, &samples, &Selection::whole());
    let progress = Progress::default();
    let findings = find(&profile, &samples, &FindOptions::default(), &progress);
    let file_name = task.file.file_name();
    let file_name = file_name.map_or(name.clone(), |file| source::name(file.as_ref()));
    let filters = filter.describe(&profile);
    let mut subtitle = vec![file_name.clone(), range_text(&profile, &selection)];
    subtitle.push(count_of(tree.total(), filter.metric.noun()));
    subtitle.push(filters.clone());
    subtitle.extend(args.shape.shape().grouping.describe().map(str::to_owned));
    subtitle.retain(|part| !part.is_empty());
    let options = ReportOptions {
        title: args.title.clone(),
        file_name,
        filters,
        subtitle: subtitle.join(" · "),
        metric: filter.metric,
        ramp: args.ramp.into(),
        scale: args.scale.into(),
        icicle: args.icicle,
        range: selection.span(),
        size_limit: args.size_limit.unwrap_or(SIZE_LIMIT),
    };
    let report = Report {
        profile: &profile,
        samples: &samples,
        tree: &tree,
        map: &map,
        findings: &findings,
        kept: &kept(args.session.as_deref(), task, &profile)?,
        options: &options,
    };
    let page = report_page(&report).with_context(context)?;
    output::write(task, |out| out.write_all(page.html.as_bytes()))?;
    if page.least > 1 && !args.common.quiet {
        let least = with_thousands(page.least);
        source::message(&format!(
            "note: {name}: calls in fewer than {least} {}s are merged to keep the page small, and the page says so; --size-limit 50M, say, keeps more",
            filter.metric.noun()
        ));
    }
    Ok(())
}

/// What a session keeps of the profile: its ranges are on the profile's own clock.
fn kept(session: Option<&Path>, task: &Task<'_>, profile: &Profile) -> anyhow::Result<Vec<Kept>> {
    let Some(session) = session else {
        return Ok(Vec::new());
    };
    let views = session_file::open(session)?.profiles;
    let is_it = |view: &ProfileView| match (view.file.canonicalize(), task.file.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    let kept = views.iter().filter(|view| is_it(view));
    let kept = kept.flat_map(|view| &view.kept).map(|kept| Kept {
        name: session_file::brief(&kept.name),
        selection: session_file::to_selection(&kept.select, profile),
    });
    let kept: Vec<Kept> = kept.filter(|kept| !kept.selection.is_whole()).collect();
    if kept.is_empty() && !task.args.each {
        let (session, file) = (source::name(session), source::name(&task.file));
        anyhow::bail!(
            "{session}: keeps no selection of {file}; expected a session with this profile"
        );
    }
    Ok(kept)
}
