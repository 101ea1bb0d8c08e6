//! Exports: one writer a format, the same for the window and the command line.

mod d3;
mod difference_json;
mod difference_text;
mod file;
mod findings;
mod firefox;
mod flame_graph_png;
mod folded;
mod format;
mod heat_map_csv;
mod heat_map_json;
mod heat_map_picture;
mod heat_map_text;
mod info_json;
mod info_text;
mod parquet;
mod pattern;
mod picture;
mod png;
mod pprof;
mod ratio;
mod report;
mod speedscope;
mod svg;
mod value_map;
mod written_out;

pub use d3::write_flame_graph_d3;
pub use difference_json::write_difference_json;
pub use difference_text::{times_text, write_difference_text};
pub(crate) use file::{NewFile, put_in_place};
pub use file::{WriteError, remove_unfinished_on_signals, write_file};
pub use findings::{write_findings_json, write_findings_text};
pub use firefox::write_flame_graph_firefox;
pub use flame_graph_png::write_flame_graph_png;
pub use folded::{Names, write_difference_folded, write_folded};
pub(crate) use format::has_ending;
pub use format::{FlameGraphExport, FlameGraphFormat};
pub use heat_map_csv::write_heat_map_csv;
pub use heat_map_json::write_heat_map_json;
pub use heat_map_picture::{HeatMapPictureOptions, write_heat_map_png, write_heat_map_svg};
pub use heat_map_text::{HeatMapTextOptions, write_heat_map_text};
pub use info_json::write_info_json;
pub use info_text::write_info_text;
pub use parquet::{ParquetError, ParquetExport, file_name_part, recorded_host, write_parquet};
pub use pprof::write_flame_graph_pprof;
pub use ratio::{write_ratio_json, write_ratio_text};
pub use report::{Kept, Report, ReportError, ReportOptions, ReportPage, report_page};
pub use speedscope::write_flame_graph_speedscope;
pub use svg::{Against, SvgOptions, write_flame_graph_svg, write_ratio_svg};
pub use value_map::{
    write_value_map_csv, write_value_map_json, write_value_map_png, write_value_map_svg,
    write_value_map_text,
};

use crate::filter::SampleFilter;
use crate::profile::{Profile, count_of, format_seconds};
use crate::selection::Selection;

/// What to do where samples have no call stacks.
pub const NO_STACKS: &str =
    "the samples have no call stacks; record them with perf record -g (or --call-graph dwarf)";

/// What a flame graph shows, in words: file, range, samples, filters.
pub fn subtitle(
    profile: &Profile,
    file_name: &str,
    selection: &Selection,
    filter: &SampleFilter,
    total: u64,
) -> String {
    let mut parts = vec![
        file_name.to_owned(),
        range_text(profile, selection),
        count_of(total, filter.metric.noun()),
    ];
    parts.push(filter.describe(profile));
    if !profile.has_stacks() {
        parts.push(NO_STACKS.to_owned());
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// `12.300 s to 12.560 s` since the origin, or `whole profile`.
pub fn range_text(profile: &Profile, selection: &Selection) -> String {
    let seconds =
        |time: crate::profile::Timestamp| format_seconds(time.nanos_since(profile.origin()));
    match (selection.span(), selection.ranges().len()) {
        (None, _) => "whole profile".to_owned(),
        (Some(span), 1) => format!("{} s to {} s", seconds(span.start), seconds(span.end)),
        (Some(span), count) => format!(
            "{count} ranges from {} s to {} s",
            seconds(span.start),
            seconds(span.end)
        ),
    }
}
