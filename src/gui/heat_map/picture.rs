//! [`Picture`]: the cells as textures, made again only when what they show has changed.

use crate::gui::theme;
use crate::gui::view::View;
use crate::heat_map::HeatMap;
use crate::lanes::Lanes;
use crate::palette::{HeatRamp, HeatScale, Rgb};
use crate::value_map::ValueMap;
use egui::{Color32, ColorImage, Context, TextureHandle, TextureOptions};
use std::sync::Arc;

/// Texels in a texture's width: no graphics system's limit is below this.
const TILE: usize = 1024;
/// Shares are drawn in so many steps.
const SHARE_STEPS: u64 = 255;

/// What is drawn.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) view: Arc<View>,
    pub(super) lanes: Option<Arc<Lanes>>,
    /// Of offsets: which part of each cell a search has found.
    pub(super) matched: Option<Arc<HeatMap>>,
    /// Of offsets: what cells are coloured by in place of their counts. Its rows may be others.
    pub(super) values: Option<Arc<ValueMap>>,
    pub(super) ramp: HeatRamp,
    pub(super) scale: HeatScale,
    /// Cells that share a texel, across and up, because they are smaller than a pixel.
    pub(super) merged: (usize, usize),
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        fn same<T>(one: &Option<Arc<T>>, other: &Option<Arc<T>>) -> bool {
            match (one, other) {
                (Some(one), Some(other)) => Arc::ptr_eq(one, other),
                (one, other) => one.is_none() && other.is_none(),
            }
        }
        Arc::ptr_eq(&self.view, &other.view)
            && same(&self.lanes, &other.lanes)
            && same(&self.matched, &other.matched)
            && same(&self.values, &other.values)
            && (self.ramp, self.scale, self.merged) == (other.ramp, other.scale, other.merged)
    }
}

/// The cells as textures of up to [`TILE`] texels each.
pub(super) struct Picture {
    source: Source,
    /// The count, or the value, that has the last colour.
    pub(super) top: f64,
    /// The largest of the values, where cells are coloured by some.
    pub(super) largest: f64,
    pub(super) tiles: Vec<Tile>,
    /// What each row counts for: offsets, or lanes.
    pub(super) row_totals: Vec<u64>,
}

/// A stretch of columns.
pub(super) struct Tile {
    pub(super) texture: TextureHandle,
    /// Where it begins and ends, in columns.
    pub(super) columns: std::ops::Range<f64>,
}

impl Picture {
    pub(super) fn is_of(&self, source: &Source) -> bool {
        self.source == *source
    }

    /// Paints the cells of `map` or, where there are some, of lanes.
    pub(super) fn new(context: &Context, map: &HeatMap, source: Source) -> Self {
        let lanes = source.lanes.as_deref();
        let (counts, rows, per_column) = match lanes {
            Some(lanes) => (
                &lanes.counts,
                lanes.names.len(),
                lanes.options.slots as usize,
            ),
            None => (&map.counts, map.options.rows as usize, 1),
        };
        let (across, up) = source.merged;
        let texel_rows = rows.div_ceil(up);
        let found = source.matched.as_ref().filter(|_| lanes.is_none());
        let values = source.values.as_ref().filter(|_| lanes.is_none());
        let (colors, texel_rows, top) = match (values, found) {
            (Some(values), _) => {
                let (colors, rows) = value_colors(values, &source);
                (colors, rows, values.top(source.scale))
            }
            (None, Some(found)) => {
                let sum = |counts| merged(counts, rows, across, up, 0, u64::saturating_add);
                let shares = shares(&sum(&found.counts), &sum(counts))
                    .map(|share| theme::color(source.ramp.color(share, SHARE_STEPS)))
                    .collect();
                (shares, texel_rows, 1.0)
            }
            (None, None) => {
                let merged = merged(counts, rows, across, up, 0, u64::max);
                let top = source.scale.top(&merged);
                let mut shades = Shades::new(&source, top);
                let colors = merged.iter().map(|count| shades.color(*count));
                (colors.map(theme::color).collect(), texel_rows, top as f64)
            }
        };
        let colors: Vec<Color32> = colors;
        let tile = |(index, colors): (usize, &[Color32])| {
            let columns = colors.len() / texel_rows;
            let mut image = ColorImage::filled([columns, texel_rows], Color32::TRANSPARENT);
            for (index, color) in colors.iter().enumerate() {
                let (column, row) = (index / texel_rows, index % texel_rows);
                // Offset 0 is at the bottom, the first lane at the top.
                let row = if lanes.is_some() {
                    row
                } else {
                    texel_rows - 1 - row
                };
                image.pixels[row * columns + column] = *color;
            }
            let texture = context.load_texture("heat map", image, TextureOptions::NEAREST);
            let column = |texel: usize| (texel * across) as f64 / per_column as f64;
            let start = index * TILE;
            Tile {
                texture,
                columns: column(start)..column(start + columns),
            }
        };
        let tiles = colors.chunks(TILE * texel_rows).enumerate().map(tile);
        let mut row_totals = vec![0u64; rows];
        for column in counts.chunks_exact(rows) {
            for (total, count) in row_totals.iter_mut().zip(column) {
                *total = total.saturating_add(*count);
            }
        }
        let values = source.values.as_ref();
        Self {
            top,
            largest: values.map_or(0.0, |values| values.max()),
            tiles: tiles.collect(),
            row_totals,
            source,
        }
    }
}

/// Colours of counts, each made once where they are few.
struct Shades<'a> {
    source: &'a Source,
    top: u64,
    made: Vec<Option<Rgb>>,
}

impl<'a> Shades<'a> {
    /// Most heat maps have fewer different counts.
    const MOST: u64 = 1 << 12;

    fn new(source: &'a Source, top: u64) -> Self {
        let made = vec![None; (top.min(Self::MOST) + 1) as usize];
        Self { source, top, made }
    }

    fn color(&mut self, count: u64) -> Rgb {
        let count = count.min(self.top);
        let make = || self.source.scale.color(self.source.ramp, count, self.top);
        match self.made.get_mut(count as usize) {
            Some(made) => *made.get_or_insert_with(make),
            None => make(),
        }
    }
}

/// The colours of values, and how many rows there are of them.
fn value_colors(map: &ValueMap, source: &Source) -> (Vec<Color32>, usize) {
    let rows = map.cells.options.rows as usize;
    let (across, up) = source.merged;
    let up = if source.view.key.heat_map.rows as usize == rows {
        up
    } else {
        1
    };
    let larger = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    };
    let top = map.top(source.scale);
    let color = |value: Option<f64>| match value {
        Some(value) => theme::color(map.color(source.ramp, source.scale, value, top)),
        None => Color32::TRANSPARENT,
    };
    let texels = merged(&map.values, rows, across, up, None, larger);
    (texels.into_iter().map(color).collect(), rows.div_ceil(up))
}

/// Amounts with `across` columns and `up` rows put together to one by `join`, from `nothing` on.
fn merged<T: Copy>(
    counts: &[T],
    rows: usize,
    across: usize,
    up: usize,
    nothing: T,
    join: fn(T, T) -> T,
) -> Vec<T> {
    if (across, up) == (1, 1) {
        return counts.to_vec();
    }
    let texel_rows = rows.div_ceil(up);
    let mut texels = vec![nothing; counts.len().div_ceil(rows * across) * texel_rows];
    for (column, counts) in counts.chunks_exact(rows).enumerate() {
        let base = column / across * texel_rows;
        for (row, count) in counts.iter().enumerate() {
            let texel = &mut texels[base + row / up];
            *texel = join(*texel, *count);
        }
    }
    texels
}

/// Parts of wholes, in steps of [`SHARE_STEPS`]; what is not nothing never looks like nothing.
fn shares<'a>(parts: &'a [u64], wholes: &'a [u64]) -> impl Iterator<Item = u64> + 'a {
    parts.iter().zip(wholes).map(|(part, whole)| {
        let share = u128::from(*part) * u128::from(SHARE_STEPS) / u128::from((*whole).max(1));
        (share as u64).max(u64::from(*part > 0) * SHARE_STEPS / 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_smaller_than_a_pixel_show_the_busiest_of_them() {
        let counts = [1, 9, 2, 3, 4, 5, 0, 0, 7];
        assert_eq!(merged(&counts, 3, 1, 1, 0, u64::max), counts);
        assert_eq!(merged(&counts, 3, 2, 2, 0, u64::max), [9, 5, 0, 7]);
        assert_eq!(merged(&counts, 3, 3, 1, 0, u64::max), [3, 9, 7]);
    }
}
