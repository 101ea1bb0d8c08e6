//! A [`Picture`] as PNG, drawn here: it needs neither GPU nor fonts of the system.
//!
//! The font is Hack, which comes with the program (`assets/Hack-Regular.*`).

use super::picture::{Anchor, ColorBox, INK, Picture, Text};
use crate::palette::Rgb;
use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, point};
use hashbrown::HashMap;
use std::io::{self, Write};

const FONT: &[u8] = include_bytes!("../../assets/Hack-Regular.ttf");

/// The most pixels that a picture may have; each takes 3 bytes while it is drawn.
const MAX_PIXELS: u64 = 1 << 27;

/// Writes the picture, `scale` pixels for each of its own.
///
/// # Errors
/// Where writing fails, or there would be too many pixels.
pub(super) fn write_png(picture: &Picture, scale: f32, mut out: impl Write) -> io::Result<()> {
    let pixels = |length: u32| (f64::from(length) * f64::from(scale)).ceil().max(1.0) as u32;
    let (width, height) = (pixels(picture.width), pixels(picture.height));
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let message = format!(
            "a picture of {width} × {height} pixels is too large; choose a smaller scale factor, or SVG"
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let Rgb(r, g, b) = picture.background;
    let mut canvas = Canvas {
        width: width as usize,
        height: height as usize,
        bytes: [r, g, b].repeat(width as usize * height as usize),
        scale,
    };
    for color_box in &picture.boxes {
        canvas.fill(color_box);
    }
    canvas.write_texts(&picture.texts)?;
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&canvas.bytes)?;
    writer.finish()?;
    out.flush()
}

struct Canvas {
    width: usize,
    height: usize,
    /// Red, green, blue; row by row.
    bytes: Vec<u8>,
    scale: f32,
}

impl Canvas {
    /// Edges are on whole pixels, so that boxes that touch do so without a seam and have their
    /// colours exactly.
    fn fill(&mut self, color_box: &ColorBox) {
        let ColorBox {
            x,
            y,
            width,
            height,
            color: Rgb(r, g, b),
        } = *color_box;
        let place = |at: f32, most: usize| ((at * self.scale).round().max(0.0) as usize).min(most);
        let (left, right) = (place(x, self.width), place(x + width, self.width));
        for row in place(y, self.height)..place(y + height, self.height) {
            let row = &mut self.bytes[row * self.width * 3..][left * 3..right.max(left) * 3];
            for pixel in row.as_chunks_mut::<3>().0 {
                *pixel = [r, g, b];
            }
        }
    }

    fn write_texts(&mut self, texts: &[Text]) -> io::Result<()> {
        let font = FontRef::try_from_slice(FONT).map_err(io::Error::other)?;
        let mut glyphs = HashMap::new();
        for text in texts {
            // The size of a font here is that of a line, not of an em.
            let em = font.units_per_em().unwrap_or(1000.0);
            let size = PxScale::from(text.size * self.scale * font.height_unscaled() / em);
            let font = font.as_scaled(size);
            let ids = text.text.chars().map(|character| font.glyph_id(character));
            let ids: Vec<GlyphId> = ids.collect();
            let width: f32 = ids.iter().map(|id| font.h_advance(*id)).sum();
            let start = text.x * self.scale;
            let mut x = match text.anchor {
                Anchor::Start => start,
                Anchor::Middle => start - width / 2.0,
                Anchor::End => start - width,
            };
            let y = (text.y * self.scale).round() as i64;
            for id in ids {
                let glyph = glyphs
                    .entry((id, size.x.to_bits()))
                    .or_insert_with(|| Glyph::new(font.font, id, size));
                self.draw(glyph, x.round() as i64, y);
                x += font.h_advance(id);
            }
        }
        Ok(())
    }

    fn draw(&mut self, glyph: &Glyph, x: i64, y: i64) {
        for (dx, dy, cover) in &glyph.dots {
            let (Ok(x), Ok(y)) = (usize::try_from(x + dx), usize::try_from(y + dy)) else {
                continue;
            };
            if x < self.width && y < self.height {
                let pixel = &mut self.bytes[(y * self.width + x) * 3..][..3];
                let Rgb(r, g, b) = Rgb(pixel[0], pixel[1], pixel[2]).mix(INK, *cover);
                pixel.copy_from_slice(&[r, g, b]);
            }
        }
    }
}

/// A character as drawn in one size: places from its origin, and how much of each pixel is covered.
struct Glyph {
    dots: Vec<(i64, i64, f32)>,
}

impl Glyph {
    fn new(font: &FontRef<'_>, id: GlyphId, size: PxScale) -> Self {
        let mut dots = Vec::new();
        let glyph = id.with_scale_and_position(size, point(0.0, 0.0));
        if let Some(outline) = font.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            let (left, top) = (corner.x as i64, corner.y as i64);
            outline.draw(|x, y, cover| {
                if cover > 0.0 {
                    dots.push((left + i64::from(x), top + i64::from(y), cover.min(1.0)));
                }
            });
        }
        Self { dots }
    }
}
