//! The flame graph as PNG: the SVG's picture without its controls.

use super::picture::{Anchor, ColorBox, Picture, Text};
use super::png::write_png;
use super::svg::{CHARACTER, LEFT, MIN_WIDTH, PAGE_WIDTH, ROW_HEIGHT, WIDTH, clip};
use super::{Against, SvgOptions};
use crate::call_tree::CallTree;
use crate::flame_graph::{FlameBox, FlameGraph, LayoutOptions};
use crate::palette::Rgb;
use crate::profile::{Profile, StackId, printable};
use std::io::{self, Write};

/// Height of the heading.
const TOP: u32 = 60;
const FONT_SIZE: f32 = 12.0;

/// Writes the flame graph of `tree`, 1200 pixels wide times `scale`; in the colours of what it
/// is held against.
///
/// # Errors
/// Where writing fails, or the picture would have too many pixels.
pub fn write_flame_graph_png(
    profile: &Profile,
    tree: &CallTree,
    against: Option<Against<'_>>,
    options: &SvgOptions,
    scale: f32,
    out: impl Write,
) -> io::Result<()> {
    let layout = LayoutOptions {
        min_width: MIN_WIDTH / f64::from(WIDTH) / f64::from(scale.max(1.0)),
        order: options.order,
        ..LayoutOptions::default()
    };
    let graph = FlameGraph::new(tree.stacks(profile), tree, layout);
    let mut picture = Picture {
        width: PAGE_WIDTH,
        height: TOP + graph.rows.max(2) * ROW_HEIGHT + LEFT,
        background: Rgb(0xff, 0xff, 0xff),
        boxes: Vec::new(),
        texts: heading(options),
    };
    if graph.boxes.is_empty() {
        let note = "No samples in this range".to_owned();
        picture
            .texts
            .push(centred(note, TOP + ROW_HEIGHT, FONT_SIZE));
    }
    let plain = options.node_colors(profile, tree);
    let frame_of = |node: StackId| tree.stacks(profile).frame[node.index()];
    for flame_box in &graph.boxes {
        let row = match options.icicle {
            true => flame_box.depth,
            false => graph.rows - 1 - flame_box.depth,
        };
        let frame = frame_of(flame_box.node);
        let color = match against {
            Some(against) => against.color(tree, flame_box.node),
            None => plain(flame_box.node),
        };
        let y = TOP + row * ROW_HEIGHT;
        add_frame(
            &profile.frame_name(frame),
            color,
            flame_box,
            y,
            &mut picture,
        );
    }
    write_png(&picture, scale, out)
}

fn heading(options: &SvgOptions) -> Vec<Text> {
    let line = |text: &str, y: u32, size: f32| {
        let cells = f64::from(WIDTH) / (CHARACTER * f64::from(size / FONT_SIZE));
        let text = clip(&printable(text.as_bytes()), cells as usize).into_owned();
        centred(text, y, size)
    };
    vec![
        line(&options.title, 26, 17.0),
        line(&options.subtitle, 46, FONT_SIZE),
    ]
}

fn centred(text: String, y: u32, size: f32) -> Text {
    Text {
        x: PAGE_WIDTH as f32 / 2.0,
        y: y as f32,
        size,
        anchor: Anchor::Middle,
        text,
    }
}

fn add_frame(name: &str, color: Rgb, flame_box: &FlameBox, y: u32, picture: &mut Picture) {
    let x = f64::from(LEFT) + flame_box.x0 * f64::from(WIDTH);
    let width = (flame_box.x1 - flame_box.x0) * f64::from(WIDTH);
    let drawn = if width > 2.0 { width - 0.5 } else { width };
    picture.boxes.push(ColorBox {
        x: x as f32,
        y: y as f32,
        width: drawn as f32,
        height: (ROW_HEIGHT - 1) as f32,
        color,
    });
    let label = clip(name, ((width - 6.0) / CHARACTER).max(0.0) as usize);
    if !label.is_empty() {
        picture.texts.push(Text {
            x: x as f32 + 3.0,
            y: (y + ROW_HEIGHT - 5) as f32,
            size: FONT_SIZE,
            anchor: Anchor::Start,
            text: label.into_owned(),
        });
    }
}
