//! [`Shown`]: what was shown when its export was asked for, and how it is written.

use super::app::shown;
use super::choices::GraphMode;
use super::derived::{Tree, TreeKey};
use super::flame_graph::FlameGraphLook;
use super::measure::Measure;
use super::other::Other;
use super::view::{Found, View};
use crate::call_tree::CallTree;
use crate::export::{
    self, Against, FlameGraphExport, FlameGraphFormat, HeatMapPictureOptions, Kept, Names, Report,
    ReportOptions, SvgOptions, write_file,
};
use crate::filter::matching_frames;
use crate::findings::{FindOptions, find};
use crate::grouping::Grouping;
use crate::job::Progress;
use crate::off_cpu;
use crate::palette::{FrameColors, HeatRamp, HeatScale};
use crate::profile::{FrameId, Profile};
use crate::search::compile;
use crate::selection::Selection;
use crate::value_map::ValueMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pixels for each point of a picture.
const SCALE_FACTOR: f32 = 2.0;
/// A page that can still be sent by mail, in bytes.
const PAGE_LIMIT: u64 = 5_000_000;

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exported {
    /// Of the selection.
    FlameGraph(FlameGraphFormat),
    /// Of the whole profile.
    HeatMap(HeatMapFormat),
    /// The whole profile as a page for browsers.
    Page,
}

/// What a heat map is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeatMapFormat {
    Svg,
    Png,
    Csv,
    Json,
}

impl HeatMapFormat {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Svg, "Picture for browsers (SVG)"),
        (Self::Png, "Picture (PNG)"),
        (Self::Csv, "Table (CSV)"),
        (Self::Json, "JSON"),
    ];
}

impl Exported {
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::FlameGraph(format) => format.endings()[0],
            Self::HeatMap(HeatMapFormat::Svg) => "svg",
            Self::HeatMap(HeatMapFormat::Png) => "png",
            Self::HeatMap(HeatMapFormat::Csv) => "csv",
            Self::HeatMap(HeatMapFormat::Json) => "json",
            Self::Page => "html",
        }
    }

    /// What its file is called after the profile's name.
    pub(super) fn file_name_part(self) -> &'static str {
        match self {
            Self::FlameGraph(_) => "flamegraph",
            Self::HeatMap(_) => "heatmap",
            Self::Page => "report",
        }
    }

    /// In the format that the ending of a file's name stands for; without an ending as it is.
    ///
    /// # Errors
    /// With the endings that were expected.
    pub(super) fn to_file(self, path: &Path) -> Result<Self, String> {
        let (found, endings) = match self {
            Self::Page => return Ok(self),
            Self::FlameGraph(_) => (
                FlameGraphFormat::of_path(path).map(Self::FlameGraph),
                FlameGraphFormat::ALL
                    .map(|format| format.endings()[0])
                    .to_vec(),
            ),
            Self::HeatMap(_) => {
                let all = HeatMapFormat::ALL.map(|(format, _)| Self::HeatMap(format));
                let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
                let is_it = |one: &Self| ending.as_deref() == Some(one.ending().as_ref());
                (all.into_iter().find(is_it), all.map(Self::ending).to_vec())
            }
        };
        match found {
            None if path.extension().is_some() => Err(format!(
                "{}: expected a name that ends in .{}",
                shown(path),
                endings.join(", .")
            )),
            found => Ok(found.unwrap_or(self)),
        }
    }

    pub(super) fn dialog_title(self) -> &'static str {
        match self {
            Self::FlameGraph(_) => "Export the flame graph",
            Self::HeatMap(_) => "Export the heat map",
            Self::Page => "Export as a page",
        }
    }
}

/// What was shown: the file's name is chosen later, and other things may be shown by then.
pub(super) struct Shown {
    pub(super) what: Exported,
    pub(super) name: String,
    pub(super) source: Option<PathBuf>,
    pub(super) profile: Arc<Profile>,
    pub(super) view: Arc<View>,
    /// What cells were coloured by in place of their counts.
    pub(super) values: Option<Arc<ValueMap>>,
    /// What was found, where the heat map shows that, and of what.
    pub(super) found: Option<(Arc<Found>, String)>,
    pub(super) key: TreeKey,
    /// What was searched for.
    pub(super) search: String,
    /// Whether only a part of what is written was in sight.
    pub(super) is_of_more: bool,
    /// What its frames stand for.
    pub(super) grouping: Grouping,
    pub(super) look: FlameGraphLook,
    pub(super) ramp: HeatRamp,
    pub(super) scale: HeatScale,
    /// The count that has the last colour; 0 for the one that the scale gives.
    pub(super) scale_end: u64,
    /// Selections that were kept.
    pub(super) kept: Vec<Kept>,
}

impl Shown {
    /// Writes it; a cancelled export leaves nothing.
    ///
    /// # Errors
    /// With a message, where writing fails or there is nothing to write.
    pub(super) fn write(&self, path: &Path, progress: &Progress) -> Result<(), String> {
        match self.what {
            Exported::FlameGraph(format) => self.write_flame_graph(format, path, progress),
            Exported::HeatMap(format) => self.write_heat_map(format, path, progress),
            Exported::Page => self.write_page(path, progress),
        }
    }

    fn write_flame_graph(
        &self,
        format: FlameGraphFormat,
        path: &Path,
        progress: &Progress,
    ) -> Result<(), String> {
        let (profile, view) = (&*self.profile, &*self.view);
        let key = match format.has_single_samples() {
            true => self.key.clone().unshaped(),
            false => self.key.clone(),
        };
        let tree = Tree::new(profile, view, &key);
        let mut about = about(profile, view, &key, &self.name, &tree);
        about.extend(self.grouping.describe().map(str::to_owned));
        // Waits are samples of a profile of their own.
        let waits = view.waits_in(profile, &key.selection);
        let waits = waits.map(|waits| off_cpu::profile(profile, waits));
        let whole = Selection::whole();
        let drawn = tree.main.both.as_deref().unwrap_or(profile);
        let (profile, samples, selection) = match &waits {
            Some((profile, samples)) => (profile, samples, &whole),
            None => (drawn, &view.samples, &key.selection),
        };
        let ratio_name = view.ratio_name();
        let pattern = compile(&self.search).ok();
        let pattern = pattern.filter(|_| !self.search.is_empty());
        let found = match (self.look.colors, pattern) {
            (FrameColors::Search, Some(pattern)) => {
                matching_frames(profile, |name| pattern.is_match(name))
            }
            _ => Vec::new(),
        };
        let options = SvgOptions {
            title: match (&waits, &ratio_name) {
                (Some(_), _) if view.key.measure == Measure::OnStack => {
                    "On-stack flame graph".to_owned()
                }
                (Some(_), _) => "Off-CPU flame graph".to_owned(),
                (None, Some(name)) => name.clone(),
                (None, None) => "Flame graph".to_owned(),
            },
            subtitle: about.join(" · "),
            icicle: self.look.icicle,
            order: self.look.order,
            metric: samples.metric,
            colors: self.look.colors,
            found,
        };
        let main = &tree.main;
        let baseline = main.baseline.as_deref().map(|weights| Against::Baseline {
            observed: main.observed(),
            weights,
            scale: tree.scale,
        });
        let ratio = main.numerators.as_deref().zip(ratio_name.as_deref());
        let ratio = ratio.map(|(numerators, name)| Against::Ratio { numerators, name });
        let graph = FlameGraphExport {
            profile,
            samples,
            selection,
            tree: &main.tree,
            against: baseline.or(ratio),
            options: &options,
            scale_factor: SCALE_FACTOR,
            names: Names::AsTheyAre,
        };
        write(path, progress, |out| format.write(&graph, out))
    }

    fn write_heat_map(
        &self,
        format: HeatMapFormat,
        path: &Path,
        progress: &Progress,
    ) -> Result<(), String> {
        let (profile, view) = (&*self.profile, &*self.view);
        let filter = &view.key.filter;
        let filters = filter.describe(profile);
        let measure = view.key.measure;
        let total = match &self.found {
            Some((found, _)) => found.map.column_totals.iter().sum(),
            None => view.total,
        };
        let mut subtitle = vec![
            self.name.clone(),
            view.unit().full_text(total),
            filters.clone(),
        ];
        if measure != Measure::Samples {
            subtitle.insert(1, measure.name(profile));
        }
        if let Some((_, what)) = &self.found {
            subtitle.push(format!("only samples with {what}"));
        }
        subtitle.retain(|part| !part.is_empty());
        let filters = match &self.found {
            Some((_, what)) => [filters.as_str(), what].join(" ").trim().to_owned(),
            None => filters,
        };
        let values = self.values.clone().or_else(|| view.own_values(profile));
        let options = HeatMapPictureOptions {
            title: match &values {
                Some(values) => values.value.title(),
                None => "Heat map".to_owned(),
            },
            subtitle: subtitle.join(" · "),
            ramp: self.ramp,
            scale: self.scale,
            // Of differences and ratios it is what the scale says.
            end: match self.values {
                Some(_) => 0,
                None => self.scale_end,
            },
            metric: filter.metric,
        };
        if let Some(values) = &values {
            return write(path, progress, |out| match format {
                HeatMapFormat::Svg => export::write_value_map_svg(values, &options, out),
                HeatMapFormat::Png => {
                    export::write_value_map_png(values, &options, SCALE_FACTOR, out)
                }
                HeatMapFormat::Csv => export::write_value_map_csv(values, out),
                HeatMapFormat::Json => export::write_value_map_json(values, &[], &filters, out),
            });
        }
        let map = match &self.found {
            Some((found, _)) => &found.map,
            None => view.heat_map.as_ref().map_err(ToString::to_string)?,
        };
        write(path, progress, |out| match format {
            HeatMapFormat::Svg => export::write_heat_map_svg(map, &options, out),
            HeatMapFormat::Png => export::write_heat_map_png(map, &options, SCALE_FACTOR, out),
            HeatMapFormat::Csv => export::write_heat_map_csv(map, out),
            HeatMapFormat::Json => export::write_heat_map_json(map, filter.metric, &filters, out),
        })
    }

    fn write_page(&self, path: &Path, progress: &Progress) -> Result<(), String> {
        let (profile, view) = (&*self.profile, &*self.view);
        if view.key.measure != Measure::Samples {
            return Err(
                "Pages are of samples: show an event in place of time off the CPUs or a ratio."
                    .to_owned(),
            );
        }
        let (samples, filter) = (&view.samples, &view.key.filter);
        let map = view.heat_map.as_ref().map_err(ToString::to_string)?;
        let tree = CallTree::new(profile, samples, &Selection::whole());
        let findings = find(profile, samples, &FindOptions::default(), progress);
        let whole = Selection::whole();
        let subtitle = export::subtitle(profile, &self.name, &whole, filter, view.total);
        let subtitle = match self.grouping.describe() {
            Some(groups) => format!("{subtitle} · {groups}"),
            None => subtitle,
        };
        let options = ReportOptions {
            title: "Profile".to_owned(),
            file_name: self.name.clone(),
            filters: filter.describe(profile),
            subtitle,
            metric: filter.metric,
            ramp: self.ramp,
            scale: self.scale,
            icicle: self.look.icicle,
            range: None,
            size_limit: PAGE_LIMIT,
        };
        let report = Report {
            profile,
            samples,
            tree: &tree,
            map,
            findings: &findings,
            kept: &self.kept,
            options: &options,
        };
        let page = export::report_page(&report).map_err(|error| error.to_string())?;
        write(path, progress, |out| out.write_all(page.html.as_bytes()))
    }
}

/// Writes a file whole, or not at all when it is cancelled.
fn write(
    path: &Path,
    progress: &Progress,
    contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), String> {
    let written = write_file(path, |out| {
        let mut out = Cancellable { out, progress };
        contents(&mut out)
    });
    written.map_err(|error| error.to_string())
}

/// Fails once it is cancelled.
struct Cancellable<'a> {
    out: &'a mut (dyn Write + Send),
    progress: &'a Progress,
}

impl Write for Cancellable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.progress.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What a flame graph shows, in words.
fn about(profile: &Profile, view: &View, key: &TreeKey, name: &str, tree: &Tree) -> Vec<String> {
    let (selection, filter) = (&key.selection, &view.key.filter);
    let measure = view.key.measure;
    let shown = match measure {
        Measure::Samples => export::subtitle(profile, name, selection, filter, tree.selected),
        _ => {
            let parts = [
                name.to_owned(),
                export::range_text(profile, selection),
                measure.name(profile),
                view.unit().text(tree.selected),
                filter.describe(profile),
            ];
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            parts.collect::<Vec<String>>().join(" · ")
        }
    };
    [vec![shown], shape_texts(profile, key)].concat()
}

/// How a flame graph differs from that of the whole stacks, in words.
fn shape_texts(profile: &Profile, key: &TreeKey) -> Vec<String> {
    let name = |frame: FrameId| profile.frame_name(frame).into_owned();
    let mut texts = Vec::new();
    match key.mode {
        GraphMode::Callees => {}
        GraphMode::Callers => texts.push("callers, from the leaves".to_owned()),
        GraphMode::Sandwich(function) => texts.push(format!("what {} calls", name(function))),
    }
    if let Some(function) = key.edits.focus {
        texts.push(format!("only {}", name(function)));
    }
    if !key.edits.hidden.is_empty() {
        let hidden: Vec<String> = key.edits.hidden.iter().map(|frame| name(*frame)).collect();
        texts.push(format!("without {}", hidden.join(", ")));
    }
    if key.edits.collapses_recursion {
        texts.push("recursion as one call".to_owned());
    }
    if let Some(baseline) = &key.baseline {
        let with = match &baseline.ranges {
            _ if baseline.other.is_some() => {
                let other = baseline.other.as_ref();
                other.map_or(String::new(), Other::text)
            }
            None => "the rest".to_owned(),
            Some(ranges) => export::range_text(profile, ranges),
        };
        texts.push(match baseline.shows_vanished {
            true => format!("what has vanished since {with}"),
            false => format!("compared with {with}"),
        });
    }
    texts
}
