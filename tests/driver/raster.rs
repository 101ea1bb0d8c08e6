//! Draws the window without a GPU: egui's triangles, one pixel after the other. Blending is that of
//! egui's own painters: premultiplied, in gamma space.

use egui::epaint::{Primitive, Vertex};
use egui::{Color32, ColorImage, ImageData, Rect, TextureFilter, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::{Rgba, RgbaImage};
use std::collections::HashMap;

/// A painter onto a picture in memory.
#[derive(Default)]
pub(crate) struct Rasterizer {
    textures: HashMap<TextureId, (ColorImage, TextureFilter)>,
}

impl TestRenderer for Rasterizer {
    #[allow(clippy::iter_over_hash_type, reason = "each texture is by itself")]
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, deltas) in delta.set.drain() {
            for delta in deltas {
                let ImageData::Color(image) = &delta.image;
                match delta.pos {
                    None => {
                        let texture = (image.as_ref().clone(), delta.options.magnification);
                        self.textures.insert(id, texture);
                    }
                    Some([left, top]) => {
                        let (texture, _) = self.textures.get_mut(&id).unwrap();
                        for y in 0..image.height() {
                            for x in 0..image.width() {
                                texture[(left + x, top + y)] = image[(x, y)];
                            }
                        }
                    }
                }
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(
        &mut self,
        context: &egui::Context,
        output: &egui::FullOutput,
    ) -> Result<RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = context.content_rect().size() * scale;
        let mut picture = RgbaImage::new(size.x.round() as u32, size.y.round() as u32);
        for shape in context.tessellate(output.shapes.clone(), scale) {
            let Primitive::Mesh(mesh) = &shape.primitive else {
                return Err("only meshes can be drawn".to_owned());
            };
            let texture = self.textures.get(&mesh.texture_id);
            let (texture, filter) = texture.ok_or("a texture is missing")?;
            let clip = shape.clip_rect * scale;
            for triangle in mesh.indices.chunks_exact(3) {
                let corners = [0, 1, 2].map(|corner| {
                    let vertex = &mesh.vertices[triangle[corner] as usize];
                    Vertex {
                        pos: vertex.pos * scale,
                        ..*vertex
                    }
                });
                fill(&mut picture, clip, &corners, |uv| {
                    sample(texture, *filter, uv)
                });
            }
        }
        Ok(picture)
    }
}

/// Fills the pixels whose middle is inside a triangle; of an edge between two, one has it.
fn fill(
    picture: &mut RgbaImage,
    clip: Rect,
    corners: &[Vertex; 3],
    texture: impl Fn(egui::Pos2) -> [f32; 4],
) {
    let [a, b, c] = corners.each_ref().map(|corner| corner.pos);
    let area = edge(a, b, c);
    if area == 0.0 {
        return;
    }
    let bounds = Rect::from_points(&[a, b, c]).intersect(clip);
    let columns = bounds.left().floor().max(0.0) as u32
        ..(bounds.right().ceil().max(0.0) as u32).min(picture.width());
    let rows = bounds.top().floor().max(0.0) as u32
        ..(bounds.bottom().ceil().max(0.0) as u32).min(picture.height());
    for y in rows {
        for x in columns.clone() {
            let middle = egui::pos2(x as f32 + 0.5, y as f32 + 0.5);
            if !clip.contains(middle) {
                continue;
            }
            let edges = [(b, c), (c, a), (a, b)];
            let parts = edges.map(|(from, to)| {
                let part = edge(from, to, middle) / area;
                // A middle on an edge belongs to the triangle on one side of it only.
                let direction = (to - from) * area.signum();
                let is_first = direction.y < 0.0 || direction.y == 0.0 && direction.x > 0.0;
                (part, part > 0.0 || part == 0.0 && is_first)
            });
            if !parts.iter().all(|(_, is_inside)| *is_inside) {
                continue;
            }
            let mix = |value: fn(&Vertex) -> f32| {
                let parts = parts.iter().zip(corners);
                parts
                    .map(|((part, _), corner)| part * value(corner))
                    .sum::<f32>()
            };
            let texel = texture(egui::pos2(mix(|v| v.uv.x), mix(|v| v.uv.y)));
            let color = [
                mix(|v| f32::from(v.color.r())),
                mix(|v| f32::from(v.color.g())),
                mix(|v| f32::from(v.color.b())),
                mix(|v| f32::from(v.color.a())),
            ];
            let alpha = color[3] * texel[3] / 255.0;
            let Rgba(pixel) = picture.get_pixel_mut(x, y);
            for channel in 0..3 {
                let below = f32::from(pixel[channel]) * (1.0 - alpha);
                pixel[channel] = (color[channel] * texel[channel] + below).round() as u8;
            }
            pixel[3] = 255;
        }
    }
}

fn edge(from: egui::Pos2, to: egui::Pos2, at: egui::Pos2) -> f32 {
    (to.x - from.x) * (at.y - from.y) - (to.y - from.y) * (at.x - from.x)
}

/// A texture's colour at a place, each channel from 0 to 1.
fn sample(texture: &ColorImage, filter: TextureFilter, uv: egui::Pos2) -> [f32; 4] {
    let (width, height) = (texture.width() as f32, texture.height() as f32);
    let texel = |x: f32, y: f32| -> Color32 {
        let x = x.clamp(0.0, width - 1.0) as usize;
        let y = y.clamp(0.0, height - 1.0) as usize;
        texture[(x, y)]
    };
    let channels = |color: Color32| color.to_array().map(|channel| f32::from(channel) / 255.0);
    let (x, y) = (uv.x * width, uv.y * height);
    if filter == TextureFilter::Nearest {
        return channels(texel(x.floor(), y.floor()));
    }
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let (right_part, bottom_part) = (x - 0.5 - left, y - 0.5 - top);
    let mut mixed = [0.0; 4];
    for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let along = |part: f32, at: f32| if at > 0.0 { part } else { 1.0 - part };
        let part = along(right_part, dx) * along(bottom_part, dy);
        for (sum, channel) in mixed.iter_mut().zip(channels(texel(left + dx, top + dy))) {
            *sum += part * channel;
        }
    }
    mixed
}
