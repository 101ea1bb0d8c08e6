//! A picture as plain data: rectangles and lines of text. What an SVG or PNG file is written from.

use super::svg::escape;
use crate::palette::Rgb;
use std::io::{self, Write};

/// What is drawn on what, the first at the bottom. Units are the SVG's pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) background: Rgb,
    pub(super) boxes: Vec<ColorBox>,
    pub(super) texts: Vec<Text>,
}

/// A filled rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ColorBox {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) color: Rgb,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) x: f32,
    /// Of its baseline.
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) anchor: Anchor,
    pub(super) text: String,
}

/// Which part of a text is at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The colour of all text.
pub(super) const INK: Rgb = Rgb(0x1e, 0x1b, 0x18);

impl Picture {
    /// Writes it as SVG without scripts.
    pub(super) fn write_svg(&self, out: &mut impl Write) -> io::Result<()> {
        let (width, height) = (self.width, self.height);
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" fill=\"{INK}\" shape-rendering=\"crispEdges\">"
        )?;
        let background = self.background;
        writeln!(
            out,
            "<rect width=\"{width}\" height=\"{height}\" fill=\"{background}\"/>"
        )?;
        for ColorBox {
            x,
            y,
            width,
            height,
            color,
        } in &self.boxes
        {
            writeln!(
                out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{color}\"/>"
            )?;
        }
        for text in &self.texts {
            let anchor = match text.anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let (x, y, size) = (text.x, text.y, text.size);
            writeln!(
                out,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\">{}</text>",
                escape(&text.text)
            )?;
        }
        writeln!(out, "</svg>")
    }
}
