//! The flame graph as one SVG file: a picture by itself, and with its script one that zooms,
//! searches and shows details in any browser, without a network.
//!
//! Script and style are in `assets/flame_graph_svg.*`; the attributes that they read are written
//! here. Names come from the profile and are only ever written as escaped text.

use crate::call_tree::CallTree;
use crate::difference::{Difference, change};
use crate::export::pattern::PATTERN_SCRIPTS;
use crate::filter::Metric;
use crate::flame_graph::{FlameBox, FlameGraph, LayoutOptions, SiblingOrder, share};
use crate::palette::{FrameColors, MATCH, Rgb, change_color, frame_colors};
use crate::profile::{Profile, StackId, count_of, with_thousands};
use crate::ratio::{RatioTree, deviation, ratio};
use crate::value_map::ratio_text;
use std::borrow::Cow;
use std::io::{self, Write};

const SCRIPT: &str = include_str!("../../assets/flame_graph_svg.js");
const STYLE: &str = include_str!("../../assets/flame_graph_svg.css");

pub(super) const PAGE_WIDTH: u32 = 1200;
pub(super) const LEFT: u32 = 10;
pub(super) const WIDTH: u32 = PAGE_WIDTH - 2 * LEFT;
const TOP: u32 = 74;
pub(super) const ROW_HEIGHT: u32 = 17;
/// Width of a character of the frames' text; the script measures the real one.
pub(super) const CHARACTER: f64 = 7.3;
/// Narrower boxes (in pixels) could not be seen; they are left out and counted.
pub(super) const MIN_WIDTH: f64 = 0.1;

/// What to write around and how to turn the picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SvgOptions {
    /// The heading.
    pub title: String,
    /// What is shown: file, range, filters.
    pub subtitle: String,
    /// Root at the top.
    pub icicle: bool,
    /// Which calls are at the left.
    pub order: SiblingOrder,
    /// What the tree's numbers are of.
    pub metric: Metric,
    /// What frames are coloured by, where they are held against nothing.
    pub colors: FrameColors,
    /// By frame, whether a search has found it, where they are coloured by that; empty otherwise.
    pub found: Vec<bool>,
}

impl SvgOptions {
    /// The colour of each node of a tree that is held against nothing.
    pub(super) fn node_colors<'a>(
        &'a self,
        profile: &'a Profile,
        tree: &'a CallTree,
    ) -> impl Fn(StackId) -> Rgb + 'a {
        let (table, stacks) = (frame_colors(profile, self.colors), tree.stacks(profile));
        move |node| {
            let frame = stacks.frame[node.index()];
            let of_root = || stacks.path_up(node).last().unwrap_or(node);
            match self.colors {
                FrameColors::Search if self.found.get(frame.index()) == Some(&true) => MATCH,
                FrameColors::Root => table[stacks.frame[of_root().index()].index()],
                _ => table[frame.index()],
            }
        }
    }
}

/// What frames are coloured by, in place of what they are.
#[derive(Debug, Clone, Copy)]
pub enum Against<'a> {
    /// By what has changed.
    Baseline {
        /// The selection's total of each node: the tree's own, unless that is of what has vanished.
        observed: &'a [u64],
        /// The baseline's total of each node.
        weights: &'a [u64],
        /// What one sample of the baseline would be in as much as is selected.
        scale: f64,
    },
    /// By how many there are for each of the tree's own.
    Ratio {
        /// The total of each node of those of which there are so many.
        numerators: &'a [u64],
        /// What the ratio is called.
        name: &'a str,
    },
}

impl<'a> Against<'a> {
    /// By what has changed between two selections.
    pub fn of(difference: &'a Difference) -> Self {
        Self::Baseline {
            observed: &difference.selection.total_weight,
            weights: &difference.baseline.total_weight,
            scale: difference.scale(),
        }
    }

    /// As [`change`], or as [`deviation`].
    pub(super) fn color(&self, tree: &CallTree, node: StackId) -> Rgb {
        let index = node.index();
        change_color(match *self {
            Self::Baseline {
                observed,
                weights,
                scale,
            } => change(observed[index], weights[index] as f64 * scale),
            Self::Ratio { numerators, .. } => {
                let of = |index: usize| ratio(numerators[index], tree.total_weight[index]);
                deviation(of(index), of(0))
            }
        })
    }

    /// More for a frame's details.
    fn note(&self, tree: &CallTree, node: StackId, noun: &str) -> String {
        let index = node.index();
        match *self {
            Self::Baseline {
                observed,
                weights,
                scale,
            } => {
                let selected = count_of(observed[index], noun);
                let expected = weights[index] as f64 * scale;
                format!("\n{selected} where the baseline explains {expected:.1}")
            }
            Self::Ratio { numerators, name } => {
                let (one, other) = (numerators[index], tree.total_weight[index]);
                let ratio = ratio_text(ratio(one, other).unwrap_or(0.0));
                let [one, other] = [one, other].map(with_thousands);
                format!("\n{name} {ratio}: {one} by {other}")
            }
        }
    }
}

/// Writes the flame graph of `tree`, with frames red where it has more than the baseline, or more
/// than overall for each of its own, blue where it has less.
///
/// # Errors
/// Where writing fails.
pub fn write_flame_graph_svg(
    profile: &Profile,
    tree: &CallTree,
    against: Option<Against<'_>>,
    options: &SvgOptions,
    out: impl Write,
) -> io::Result<()> {
    let noun = options.metric.noun_in(profile);
    let plain = options.node_colors(profile, tree);
    let paint = Paint {
        color: &|node| against.map_or_else(|| plain(node), |against| against.color(tree, node)),
        note: &|node| against.map_or(String::new(), |against| against.note(tree, node, noun)),
    };
    write_svg(profile, tree, options, paint, out)
}

/// Writes a flame graph as wide as there are events of the denominator, with frames red where there
/// are more of the numerator for each of them than overall, blue where fewer.
///
/// # Errors
/// Where writing fails.
pub fn write_ratio_svg(
    profile: &Profile,
    ratios: &RatioTree,
    options: &SvgOptions,
    out: impl Write,
) -> io::Result<()> {
    let against = Against::Ratio {
        numerators: &ratios.numerator.total_weight,
        name: &ratios.name,
    };
    write_flame_graph_svg(profile, &ratios.denominator, Some(against), options, out)
}

/// What depends on what a flame graph is of.
#[derive(Clone, Copy)]
struct Paint<'a> {
    color: &'a dyn Fn(StackId) -> Rgb,
    /// More for a frame's details: lines that begin with a line break.
    note: &'a dyn Fn(StackId) -> String,
}

fn write_svg(
    profile: &Profile,
    tree: &CallTree,
    options: &SvgOptions,
    paint: Paint<'_>,
    mut out: impl Write,
) -> io::Result<()> {
    let layout = LayoutOptions {
        min_width: MIN_WIDTH / f64::from(WIDTH),
        order: options.order,
        ..LayoutOptions::default()
    };
    let graph = FlameGraph::new(tree.stacks(profile), tree, layout);
    let boxed = tree
        .total_weight
        .iter()
        .filter(|weight| **weight > 0)
        .count();
    let svg = Svg {
        profile,
        tree,
        graph: &graph,
        options,
        paint,
        omitted: boxed - graph.boxes.len(),
        height: TOP + graph.rows.max(2) * ROW_HEIGHT + LEFT,
    };
    svg.write_head(&mut out)?;
    writeln!(out, "<g id=\"frames\">")?;
    for flame_box in &graph.boxes {
        svg.write_frame(flame_box, &mut out)?;
    }
    writeln!(out, "</g>")?;
    svg.write_header(&mut out)?;
    // In a scope of its own: several pictures may be parts of one document.
    let pattern = PATTERN_SCRIPTS.concat();
    writeln!(
        out,
        "<script><![CDATA[\n(() => {{\n{pattern}\n{SCRIPT}}})();\n]]></script>\n</svg>"
    )?;
    out.flush()
}

struct Svg<'a> {
    profile: &'a Profile,
    tree: &'a CallTree,
    graph: &'a FlameGraph,
    options: &'a SvgOptions,
    paint: Paint<'a>,
    omitted: usize,
    height: u32,
}

impl Svg<'_> {
    fn write_head(&self, out: &mut impl Write) -> io::Result<()> {
        let (height, title) = (self.height, escape(&self.options.title));
        let orientation = if self.options.icicle {
            "icicle"
        } else {
            "flame"
        };
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" id=\"emberscope\""
        )?;
        write!(
            out,
            " width=\"{PAGE_WIDTH}\" height=\"{height}\" viewBox=\"0 0 {PAGE_WIDTH} {height}\""
        )?;
        write!(
            out,
            " role=\"img\" aria-label=\"{title}\" data-total=\"{}\"",
            self.graph.total
        )?;
        write!(
            out,
            " data-unit=\"{}s\" data-left=\"{LEFT}\" data-width=\"{WIDTH}\"",
            self.options.metric.noun_in(self.profile)
        )?;
        writeln!(
            out,
            " data-orientation=\"{orientation}\" data-omitted=\"{}\">",
            self.omitted
        )?;
        writeln!(
            out,
            "<title>{title}</title>\n<style><![CDATA[\n{STYLE}]]></style>"
        )?;
        writeln!(
            out,
            "<rect class=\"background\" width=\"100%\" height=\"100%\"/>"
        )?;
        if self.graph.boxes.is_empty() {
            let middle = PAGE_WIDTH / 2;
            let y = TOP + ROW_HEIGHT;
            writeln!(
                out,
                "<text class=\"subtitle\" x=\"{middle}\" y=\"{y}\">No samples in this range</text>"
            )?;
        }
        Ok(())
    }

    /// Last, so that it lies over the frames when a tall picture scrolls.
    fn write_header(&self, out: &mut impl Write) -> io::Result<()> {
        let (title, subtitle) = (escape(&self.options.title), escape(&self.options.subtitle));
        let (middle, right) = (PAGE_WIDTH / 2, PAGE_WIDTH - LEFT);
        writeln!(out, "<g id=\"header\">")?;
        writeln!(
            out,
            "<rect class=\"background\" width=\"{PAGE_WIDTH}\" height=\"{}\"/>",
            TOP - 4
        )?;
        writeln!(
            out,
            "<text class=\"title\" x=\"{middle}\" y=\"26\">{title}</text>"
        )?;
        writeln!(
            out,
            "<text class=\"subtitle\" x=\"{middle}\" y=\"46\">{subtitle}</text>"
        )?;
        for (id, x, label) in [
            ("reset", LEFT, "Reset zoom"),
            ("search", right - 96, "Search"),
        ] {
            writeln!(
                out,
                "<g id=\"{id}\" class=\"control\" tabindex=\"0\" role=\"button\"><rect x=\"{x}\" y=\"10\" width=\"96\" height=\"22\"/><text x=\"{}\" y=\"25\">{label}</text></g>",
                x + 48
            )?;
        }
        writeln!(out, "<text id=\"details\" x=\"{LEFT}\" y=\"64\"/>")?;
        writeln!(
            out,
            "<text id=\"matched\" x=\"{right}\" y=\"64\" role=\"status\"/>\n</g>"
        )
    }

    fn write_frame(&self, flame_box: &FlameBox, out: &mut impl Write) -> io::Result<()> {
        let FlameBox {
            node,
            depth,
            x0,
            x1,
        } = *flame_box;
        let frame = self.tree.stacks(self.profile).frame[node.index()];
        let name = self.profile.frame_name(frame);
        let (total, own) = (
            self.tree.total_weight[node.index()],
            self.tree.self_weight[node.index()],
        );
        let start = (x0 * self.graph.total as f64).round() as u64;
        let x = f64::from(LEFT) + x0 * f64::from(WIDTH);
        let width = (x1 - x0) * f64::from(WIDTH);
        let drawn = if width > 2.0 { width - 0.5 } else { width };
        let row = if self.options.icicle {
            depth
        } else {
            self.graph.rows - 1 - depth
        };
        let y = TOP + row * ROW_HEIGHT;
        let fill = (self.paint.color)(node);
        write!(
            out,
            "<g class=\"frame\" data-o=\"{start}\" data-v=\"{total}\" data-d=\"{depth}\">"
        )?;
        writeln!(
            out,
            "<title>{}
{}",
            escape(&name),
            escape(&self.origin_of(flame_box))
        )?;
        let percent = |part| 100.0 * share(part, self.graph.total);
        writeln!(
            out,
            "{}, {:.2} %",
            count_of(total, self.options.metric.noun_in(self.profile)),
            percent(total)
        )?;
        write!(
            out,
            "self {}, {:.2} %{}</title>",
            with_thousands(own),
            percent(own),
            escape_lines(&(self.paint.note)(node))
        )?;
        let height = ROW_HEIGHT - 1;
        write!(
            out,
            "<rect x=\"{x:.2}\" y=\"{y}\" width=\"{drawn:.2}\" height=\"{height}\" fill=\"{fill}\"/>"
        )?;
        let label = clip(&name, ((width - 6.0) / CHARACTER).max(0.0) as usize);
        if !label.is_empty() {
            let (x, y) = (x + 3.0, y + ROW_HEIGHT - 5);
            write!(
                out,
                "<text x=\"{x:.2}\" y=\"{y}\">{}</text>",
                escape(&label)
            )?;
        }
        writeln!(out, "</g>")
    }

    /// `libc.so.6, user`
    fn origin_of(&self, flame_box: &FlameBox) -> String {
        let frame = self.tree.stacks(self.profile).frame[flame_box.node.index()];
        let kind = self.profile.frames.kind[frame.index()].name();
        match &*self.profile.frame_module(frame) {
            "" => kind.to_owned(),
            module => format!("{module}, {kind}"),
        }
    }
}

/// `text` shortened to a number of character cells; wide characters take two. Empty where less
/// than three fit. The script shortens the same way.
pub(super) fn clip(text: &str, cells: usize) -> Cow<'_, str> {
    if cells < 3 {
        return Cow::Borrowed("");
    }
    let (mut used, mut cut) = (0, 0);
    for (at, character) in text.char_indices() {
        used += if u32::from(character) < 0x300 { 1 } else { 2 };
        if used > cells {
            return Cow::Owned(format!("{}…", &text[..cut]));
        }
        if used < cells {
            cut = at + character.len_utf8();
        }
    }
    Cow::Borrowed(text)
}

/// `text` as XML, in content and in double-quoted attributes. Control characters, which XML does
/// not allow at all, have been made visible by [`crate::profile::printable`] in names; in titles,
/// which may hold anything, they are here.
pub(super) fn escape(text: &str) -> String {
    let text = crate::profile::printable(text.as_bytes());
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            character => escaped.push(character),
        }
    }
    escaped
}

/// [`escape`], line by line.
fn escape_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(escape).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_clipped_to_their_boxes() {
        assert_eq!(clip("main", 4), "main");
        assert_eq!(clip("handle_request", 8), "handle_…");
        assert_eq!(clip("関数の名前", 6), "関数…");
        assert_eq!(clip("main", 2), "");
    }

    #[test]
    fn names_cannot_break_the_document() {
        assert_eq!(
            escape("a<b>&\"c\"\u{1}]]>"),
            "a&lt;b&gt;&amp;&quot;c&quot;\\u{1}]]&gt;"
        );
        for text in PATTERN_SCRIPTS.iter().chain([&SCRIPT, &STYLE]) {
            assert!(!text.contains("]]>"));
        }
    }
}
