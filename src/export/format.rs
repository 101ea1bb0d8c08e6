//! The formats that a flame graph can be exported in: one line a format for each question about it.
//!
//! The window and the command line both choose from [`FlameGraphFormat::ALL`].

use super::folded::write_compared_folded;
use super::{
    Against, Names, SvgOptions, write_flame_graph_d3, write_flame_graph_firefox,
    write_flame_graph_png, write_flame_graph_pprof, write_flame_graph_speedscope,
    write_flame_graph_svg, write_folded,
};
use crate::call_tree::CallTree;
use crate::filter::Samples;
use crate::profile::{Profile, printable};
use crate::selection::Selection;
use std::io::{self, Write};
use std::path::Path;

/// What a flame graph can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlameGraphFormat {
    /// A picture that browsers zoom and search.
    Svg,
    /// A picture of pixels.
    Png,
    /// Folded stacks, for FlameGraph's scripts and others; of a comparison with both counts.
    Folded,
    /// <https://www.speedscope.app>
    Speedscope,
    /// <https://profiler.firefox.com>
    Firefox,
    /// The d3-flame-graph library.
    D3,
    /// `go tool pprof` and others.
    Pprof,
}

impl FlameGraphFormat {
    /// All of them, in the order of menus.
    pub const ALL: [Self; 7] = [
        Self::Svg,
        Self::Png,
        Self::Folded,
        Self::Speedscope,
        Self::Firefox,
        Self::D3,
        Self::Pprof,
    ];

    /// Its name for menus.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Svg => "Picture for browsers (SVG)",
            Self::Png => "Picture (PNG)",
            Self::Folded => "Folded stacks",
            Self::Speedscope => "speedscope",
            Self::Firefox => "Firefox Profiler",
            Self::D3 => "d3-flame-graph",
            Self::Pprof => "pprof",
        }
    }

    /// How names of its files end, the usual ending first. No format has the ending of another, and
    /// none that ends in another's.
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Svg => &["svg"],
            Self::Png => &["png"],
            Self::Folded => &["folded", "collapsed", "txt"],
            Self::Speedscope => &["speedscope.json"],
            Self::Firefox => &["firefox.json", "profile.json"],
            Self::D3 => &["d3.json"],
            Self::Pprof => &["pb.gz", "pprof"],
        }
    }

    /// The format that a file's ending stands for, in capitals or not.
    pub fn of_path(path: &Path) -> Option<Self> {
        let is_one = |format: &Self| has_ending(path, format.endings());
        Self::ALL.into_iter().find(is_one)
    }

    /// Whether it is text, which a terminal can show.
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Png | Self::Pprof)
    }

    /// Whether it has the samples one by one, with their times and whole stacks, rather than a call
    /// tree.
    pub const fn has_single_samples(self) -> bool {
        matches!(self, Self::Speedscope | Self::Firefox)
    }

    /// Writes the flame graph in this format.
    ///
    /// # Errors
    /// Where writing fails, or the format cannot hold it: a picture of too many pixels, a weight
    /// that is too large.
    pub fn write(self, graph: &FlameGraphExport<'_>, out: impl Write) -> io::Result<()> {
        let FlameGraphExport { profile, tree, .. } = *graph;
        match self {
            Self::Svg => write_flame_graph_svg(profile, tree, graph.against, graph.options, out),
            Self::Png => {
                let (against, options) = (graph.against, graph.options);
                write_flame_graph_png(profile, tree, against, options, graph.scale_factor, out)
            }
            Self::Folded => match graph.against {
                Some(Against::Baseline {
                    observed, weights, ..
                }) => write_compared_folded(profile, tree, [weights, observed], graph.names, out),
                _ => write_folded(profile, tree, graph.names, out),
            },
            Self::Speedscope => write_flame_graph_speedscope(graph, out),
            Self::Firefox => write_flame_graph_firefox(graph, out),
            Self::D3 => write_flame_graph_d3(profile, tree, graph.against, out),
            Self::Pprof => write_flame_graph_pprof(graph, out),
        }
    }
}

/// A flame graph to be exported, and how.
#[derive(Debug, Clone, Copy)]
pub struct FlameGraphExport<'a> {
    /// What it is of.
    pub profile: &'a Profile,
    /// Which samples count.
    pub samples: &'a Samples,
    /// Which of them are in it.
    pub selection: &'a Selection,
    /// Those samples by stack, in any shape. What has samples one by one (speedscope, Firefox) has
    /// their whole stacks instead.
    pub tree: &'a CallTree,
    /// What frames of pictures are coloured by, in place of what they are; and a baseline of folded stacks
    /// and of d3-flame-graph's deltas.
    pub against: Option<Against<'a>>,
    /// Titles, direction, metric.
    pub options: &'a SvgOptions,
    /// Pixels of a PNG for each of the SVG's.
    pub scale_factor: f32,
    /// How folded stacks have their names.
    pub names: Names,
}

impl FlameGraphExport<'_> {
    /// Heading and what is shown, as one line, for formats that have a name.
    pub(super) fn name(&self) -> String {
        let mut parts = vec![&*self.options.title, &*self.options.subtitle];
        parts.retain(|part| !part.is_empty());
        printable(parts.join(" · ").as_bytes()).into_owned()
    }
}

/// Whether a file's name has one of some endings.
pub(crate) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let has = |ending: &&str| {
        let rest = name.strip_suffix(*ending);
        rest.is_some_and(|rest| rest.ends_with('.'))
    };
    endings.iter().any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_stands_for_its_format_alone() {
        for format in FlameGraphFormat::ALL {
            for ending in format.endings() {
                let path = format!("a.b/C.{}", ending.to_uppercase());
                assert_eq!(FlameGraphFormat::of_path(path.as_ref()), Some(format));
            }
        }
        assert_eq!(FlameGraphFormat::of_path("svg".as_ref()), None);
        assert_eq!(FlameGraphFormat::of_path("a.json".as_ref()), None);
    }
}
