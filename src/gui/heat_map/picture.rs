//! [`Pictures`]: the cells as textures, made anew by a worker when what they show has changed; until
//! then the last ones stay.

use super::HeatMapLook;
use super::geometry::Geometry;
use crate::gui::session::Session;
use crate::gui::theme;
use crate::gui::view::{Found, View};
use crate::heat_map::HeatMap;
use crate::job::Latest;
use crate::lanes::Lanes;
use crate::palette::Rgb;
use crate::value_map::ValueMap;
use egui::{Color32, ColorImage, Context, Rect, TextureHandle, TextureId, TextureOptions};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Texels in a texture's width: no graphics system's limit is below this.
const TILE: usize = 1024;
/// Shares are drawn in so many steps.
const SHARE_STEPS: u64 = 255;

/// What is drawn.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) view: Arc<View>,
    pub(super) lanes: Option<Arc<Lanes>>,
    /// What a search has found, where that is shown.
    pub(super) matched: Option<Arc<Found>>,
    /// Of offsets: what cells are coloured by in place of their counts. Its rows may be others.
    pub(super) values: Option<Arc<ValueMap>>,
    pub(super) look: HeatMapLook,
    /// The colour of cells without samples, if it is not the ramp's.
    pub(super) empty: Option<Rgb>,
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
            && self.is_painted_like(other)
    }
}

impl Source {
    fn is_painted_like(&self, other: &Self) -> bool {
        let key = |source: &Self| {
            let HeatMapLook {
                ramp,
                scale,
                end,
                beside,
                ..
            } = source.look;
            (ramp, scale, end, beside, source.empty, source.merged)
        };
        key(self) == key(other)
    }
}

/// What a search has found, where cells or strips show it: a ratio and the like are not of counts.
pub(super) fn shown_matches(session: &Session) -> Option<&Arc<Found>> {
    let matched = session.matched()?;
    let lanes = session.lanes();
    let is_of_counts = lanes.is_some() || session.values().is_none();
    (is_of_counts && matched.fits(lanes.map(AsRef::as_ref))).then_some(matched)
}

/// The pictures that are shown, and the worker that makes the next ones.
#[derive(Default)]
pub(super) struct Pictures {
    worker: Option<Latest<Source, Mutex<Option<Pixels>>>>,
    shown: Option<Shown>,
    problem: Option<String>,
}

struct Shown {
    source: Source,
    /// The count, or the value, that has the last colour.
    top: f64,
    /// The largest of the values, where cells are coloured by some.
    largest: f64,
    /// Of all samples; where that is shown beside them, of what a search has found.
    layers: Vec<Vec<Tile>>,
    totals: RowTotals,
}

/// What a picture is like.
#[derive(Clone, Copy)]
pub(super) struct Drawn {
    /// The count, or the value, that has the last colour.
    pub(super) top: f64,
    /// The largest of the values, where cells are coloured by some.
    pub(super) largest: f64,
    /// How many cells share a point, because they are smaller than a pixel.
    pub(super) merged: usize,
}

/// A stretch of columns.
struct Tile {
    texture: TextureHandle,
    /// Where it begins and ends, in columns.
    columns: Range<f64>,
    /// How much of the rows it covers: its last texel may reach over their end.
    height: f32,
}

/// What each row counts for: offsets, or lanes.
#[derive(Default)]
pub(super) struct RowTotals {
    pub(super) all: Vec<u64>,
    /// Of these, what a search has found.
    pub(super) found: Option<Vec<u64>>,
}

impl Pictures {
    /// Shows what the worker has made.
    pub(super) fn take_in(&mut self, context: &Context) {
        let Some(worker) = &mut self.worker else {
            return;
        };
        self.problem = worker.poll().err().or(self.problem.take());
        let Some((source, pixels)) = worker.current() else {
            return;
        };
        let pixels = pixels.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(pixels) = pixels {
            self.problem = None;
            self.shown = Some(pixels.shown(context, source.clone()));
        }
    }

    /// Asks for pictures, unless these are there or on their way.
    pub(super) fn request(&mut self, context: &Context, source: Source) {
        let worker = self.worker.get_or_insert_with(|| {
            let context = context.clone();
            Latest::new(move || context.request_repaint())
        });
        let wanted = source.clone();
        worker.request(wanted, move || Mutex::new(Some(Pixels::new(&source))));
    }

    pub(super) fn is_stale(&self) -> bool {
        self.problem.is_none() && self.worker.as_ref().is_some_and(Latest::is_stale)
    }

    /// Why there is no newer picture.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// What is shown, for the legend.
    pub(super) fn drawn(&self) -> Drawn {
        let shown = self.shown.as_ref();
        let drawn = shown.map(|shown| Drawn {
            top: shown.top,
            largest: shown.largest,
            merged: shown.source.merged.0 * shown.source.merged.1,
        });
        drawn.unwrap_or(Drawn {
            top: 1.0,
            largest: 1.0,
            merged: 1,
        })
    }

    /// Whether there are cells of which nothing can be said.
    pub(super) fn has_unknown(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| {
            let source = &shown.source;
            let is_of_values = source.values.is_some() && source.lanes.is_none();
            is_of_values || source.matched.is_some() && !source.look.beside
        })
    }

    /// What the rows of the heat map, or of the one below it, count for.
    pub(super) fn row_totals(&self, geometry: &Geometry<'_>, index: usize) -> RowTotalsOf<'_> {
        let rows = geometry.rows() as usize;
        let shown = self.shown.as_ref().map(|shown| &shown.totals);
        let shown = shown.filter(|totals| totals.all.len() == rows);
        let found = shown.and_then(|totals| totals.found.as_deref());
        let all = shown.map_or(&[][..], |totals| &totals.all);
        RowTotalsOf {
            all,
            bars: match (index, found) {
                (1.., Some(found)) => found,
                _ => all,
            },
            found,
            most: all.iter().copied().max().unwrap_or(0),
        }
    }

    /// The textures of the heat map, or of the one below it, and where they are.
    pub(super) fn tiles<'a>(
        &'a self,
        geometry: &'a Geometry<'_>,
        index: usize,
    ) -> impl Iterator<Item = (TextureId, Rect)> + 'a {
        let shown = self.shown.as_ref();
        // What was made for columns of another length is stretched until the next is there.
        let made = shown.map_or(1, |shown| shown.source.view.key.heat_map.column_nanos);
        let stretch = made as f64 / geometry.map.options.column_nanos as f64;
        let tiles = shown.and_then(|shown| shown.layers.get(index));
        tiles.into_iter().flatten().map(move |tile| {
            let x = |column: f64| geometry.x_from_column(column * stretch);
            let cells = geometry.cells;
            let height = cells.height() * tile.height;
            let y = match geometry.lanes {
                Some(_) => cells.top()..=cells.top() + height,
                None => cells.bottom() - height..=cells.bottom(),
            };
            let across = x(tile.columns.start)..=x(tile.columns.end);
            (tile.texture.id(), Rect::from_x_y_ranges(across, y))
        })
    }
}

/// What rows count for, for bars beside them.
#[derive(Clone, Copy)]
pub(super) struct RowTotalsOf<'a> {
    pub(super) all: &'a [u64],
    /// How long bars are: of all, or beside the heat map of what a search has found, of these.
    pub(super) bars: &'a [u64],
    /// Which part of each a search has found.
    pub(super) found: Option<&'a [u64]>,
    /// What the longest bar counts for.
    pub(super) most: u64,
}

/// Pictures before they are textures.
#[derive(Default)]
struct Pixels {
    top: f64,
    largest: f64,
    layers: Vec<Vec<Image>>,
    totals: RowTotals,
}

struct Image {
    image: ColorImage,
    columns: Range<f64>,
    height: f32,
}

impl Image {
    fn tile(self, context: &Context) -> Tile {
        let options = TextureOptions::NEAREST;
        Tile {
            texture: context.load_texture("heat map", self.image, options),
            columns: self.columns,
            height: self.height,
        }
    }
}

/// Amounts by column and row.
#[derive(Clone, Copy)]
struct Grid<'a> {
    counts: &'a [u64],
    rows: usize,
    /// How many columns of amounts are in one of the heat map.
    per_column: usize,
    /// Whether row 0 is at the top: of lanes, not of offsets.
    is_from_top: bool,
}

impl<'a> Grid<'a> {
    fn new(map: &'a HeatMap, lanes: Option<&'a Lanes>) -> Self {
        match lanes {
            Some(lanes) => Self {
                counts: &lanes.counts,
                rows: lanes.names.len(),
                per_column: lanes.options.slots as usize,
                is_from_top: true,
            },
            None => Self {
                counts: &map.counts,
                rows: map.options.rows as usize,
                per_column: 1,
                is_from_top: false,
            },
        }
    }

    fn row_totals(self) -> Vec<u64> {
        let mut totals = vec![0u64; self.rows];
        for column in self.counts.chunks_exact(self.rows.max(1)) {
            for (total, count) in totals.iter_mut().zip(column) {
                *total = total.saturating_add(*count);
            }
        }
        totals
    }

    /// Texels as images of up to [`TILE`] columns. `rows` are the texels', of `up` rows each.
    fn images(self, colors: &[Color32], rows: usize, (across, up): (usize, usize)) -> Vec<Image> {
        let image = |(index, colors): (usize, &[Color32])| {
            let columns = colors.len() / rows;
            let mut image = ColorImage::filled([columns, rows], Color32::TRANSPARENT);
            for (index, color) in colors.iter().enumerate() {
                let (column, row) = (index / rows, index % rows);
                let row = if self.is_from_top {
                    row
                } else {
                    rows - 1 - row
                };
                image.pixels[row * columns + column] = *color;
            }
            let column = |texel: usize| (texel * across) as f64 / self.per_column as f64;
            let start = index * TILE;
            Image {
                image,
                columns: column(start)..column(start + columns),
                height: (rows * up) as f32 / self.rows.max(1) as f32,
            }
        };
        let tiles = colors.chunks((TILE * rows).max(1)).enumerate();
        tiles.map(image).collect()
    }
}

impl Pixels {
    /// Paints the cells of the heat map or, where there are some, of lanes.
    fn new(source: &Source) -> Self {
        let Ok(map) = &source.view.heat_map else {
            return Self::default();
        };
        let lanes = source.lanes.as_deref();
        let grid = Grid::new(map, lanes);
        let matched = source.matched.as_deref();
        // Found in rows that are not shown any more, it is there by offset, too.
        let found = matched.map(|found| Grid::new(&found.map, lanes.and(found.lanes.as_ref())));
        let totals = RowTotals {
            all: grid.row_totals(),
            found: found.map(Grid::row_totals),
        };
        let values = source.values.as_deref().filter(|_| lanes.is_none());
        let painted = match (values, found) {
            (Some(values), _) => Self::of_values(source, grid, values),
            (None, Some(found)) if !source.look.beside => Self::of_shares(source, grid, found),
            (None, found) => Self::of_counts(source, grid, found),
        };
        Self { totals, ..painted }
    }

    /// Of all and, beside them, of those that are found in the same colours.
    fn of_counts(source: &Source, grid: Grid<'_>, found: Option<Grid<'_>>) -> Self {
        let merged = |grid: Grid<'_>| {
            let (across, up) = source.merged;
            merged(grid.counts, grid.rows, across, up, 0, u64::max)
        };
        let all = merged(grid);
        let top = match source.look.end {
            0 => source.look.scale.top(&all),
            end => end,
        };
        let mut shades = Shades::new(source, top);
        let mut paint = |grid: Grid<'_>, counts: &[u64]| {
            let colors = counts
                .iter()
                .map(|count| theme::color(shades.color(*count)));
            let rows = grid.rows.div_ceil(source.merged.1);
            grid.images(&colors.collect::<Vec<_>>(), rows, source.merged)
        };
        let mut layers = vec![paint(grid, &all)];
        layers.extend(found.map(|found| paint(found, &merged(found))));
        Self {
            top: top as f64,
            layers,
            ..Self::default()
        }
    }

    /// Of the part of each cell that is found.
    fn of_shares(source: &Source, grid: Grid<'_>, found: Grid<'_>) -> Self {
        let (across, up) = source.merged;
        let sum =
            |grid: Grid<'_>| merged(grid.counts, grid.rows, across, up, 0, u64::saturating_add);
        let colors: Vec<Color32> = shares(&sum(found), &sum(grid))
            .map(|share| match share {
                Some(share) => theme::color(share_color(source.look, source.empty, share)),
                None => Color32::TRANSPARENT,
            })
            .collect();
        let rows = grid.rows.div_ceil(up);
        Self {
            top: 1.0,
            layers: vec![grid.images(&colors, rows, source.merged)],
            ..Self::default()
        }
    }

    fn of_values(source: &Source, grid: Grid<'_>, values: &ValueMap) -> Self {
        let (colors, rows, up) = value_colors(values, source);
        let grid = Grid {
            rows: values.cells.options.rows as usize,
            ..grid
        };
        let merged = (source.merged.0, up);
        Self {
            top: values.top(source.look.scale),
            largest: values.max(),
            layers: vec![grid.images(&colors, rows, merged)],
            ..Self::default()
        }
    }

    fn shown(self, context: &Context, source: Source) -> Shown {
        let tiles = |images: Vec<Image>| -> Vec<Tile> {
            let tiles = images.into_iter().map(|image| image.tile(context));
            tiles.collect()
        };
        Shown {
            source,
            top: self.top,
            largest: self.largest,
            layers: self.layers.into_iter().map(tiles).collect(),
            totals: self.totals,
        }
    }
}

/// The colour of a count, that of none being `empty` where the window has a colour of its own for it.
pub(super) fn count_color(look: HeatMapLook, empty: Option<Rgb>, count: u64, top: u64) -> Rgb {
    match empty {
        Some(empty) if count == 0 => empty,
        _ => look.scale.color(look.ramp, count, top),
    }
}

/// The colour of a share in steps of [`SHARE_STEPS`].
fn share_color(look: HeatMapLook, empty: Option<Rgb>, share: u64) -> Rgb {
    match empty {
        Some(empty) if share == 0 => empty,
        _ => look.ramp.color(share, SHARE_STEPS),
    }
}

/// The same of a share from 0 to 1.
pub(super) fn share_color_at(look: HeatMapLook, empty: Option<Rgb>, at: f64) -> Rgb {
    share_color(look, empty, (at * SHARE_STEPS as f64).round() as u64)
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
        let source = self.source;
        let make = || count_color(source.look, source.empty, count, self.top);
        match self.made.get_mut(count as usize) {
            Some(made) => *made.get_or_insert_with(make),
            None => make(),
        }
    }
}

/// The colours of values, how many rows of texels there are, and of how many rows each is.
fn value_colors(map: &ValueMap, source: &Source) -> (Vec<Color32>, usize, usize) {
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
    let HeatMapLook { ramp, scale, .. } = source.look;
    let top = map.top(scale);
    let color = |value: Option<f64>| match value {
        Some(value) => theme::color(map.color(ramp, scale, value, top)),
        None => Color32::TRANSPARENT,
    };
    let texels = merged(&map.values, rows, across, up, None, larger);
    let colors = texels.into_iter().map(color).collect();
    (colors, rows.div_ceil(up), up)
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
fn shares<'a>(parts: &'a [u64], wholes: &'a [u64]) -> impl Iterator<Item = Option<u64>> + 'a {
    parts.iter().zip(wholes).map(|(part, whole)| {
        let steps = u128::from(*part) * u128::from(SHARE_STEPS);
        let share = steps.checked_div(u128::from(*whole))?;
        Some((share as u64).max(u64::from(*part > 0) * SHARE_STEPS / 8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::SampleFilter;
    use crate::gui::choices::ViewKey;
    use crate::gui::measure::Measure;
    use crate::heat_map::HeatMapOptions;
    use crate::job::Progress;
    use crate::lanes::{LaneKind, LaneOptions};
    use crate::load::{self, LoadOptions};
    use crate::palette::{HeatRamp, HeatScale};

    #[test]
    fn what_was_found_by_row_is_shown_by_offset_once_rows_are_offsets() {
        let text =
            "a 1/1 [000] 1.000000: 1 c:\n\t1 f (/x)\n\nb 2/2 [001] 2.500000: 1 c:\n\t1 g (/x)\n\n";
        let reader = Box::new(text.as_bytes());
        let options = LoadOptions::default();
        let profile = load::read(reader, "test".as_ref(), &options, &Progress::default());
        let profile = profile.expect("a profile");
        let key = ViewKey {
            measure: Measure::default(),
            filter: SampleFilter::default(),
            heat_map: HeatMapOptions {
                rows: 10,
                column_nanos: 1_000_000_000,
            },
        };
        let view = View::new(&profile, key).expect("a view");
        let threads = LaneOptions {
            kind: LaneKind::Thread,
            slots: 20,
            most: 10,
        };
        let frames = vec![true; profile.frames.len()];
        let found = view.found(&profile, &frames, Some(threads));
        let source = Source {
            view: Arc::new(view),
            lanes: None,
            matched: found.ok().map(Arc::new),
            values: None,
            look: HeatMapLook {
                ramp: HeatRamp::default(),
                scale: HeatScale::default(),
                end: 0,
                groups: None,
                beside: false,
                by_clock: false,
            },
            empty: None,
            merged: (1, 1),
        };
        for beside in [false, true] {
            let mut source = source.clone();
            source.look.beside = beside;
            let pixels = Pixels::new(&source);
            assert_eq!(pixels.layers.len(), 1 + usize::from(beside));
            assert_eq!(pixels.totals.found, Some(pixels.totals.all));
        }
    }

    #[test]
    fn cells_smaller_than_a_pixel_show_the_busiest_of_them() {
        let counts = [1, 9, 2, 3, 4, 5, 0, 0, 7];
        assert_eq!(merged(&counts, 3, 1, 1, 0, u64::max), counts);
        assert_eq!(merged(&counts, 3, 2, 2, 0, u64::max), [9, 5, 0, 7]);
        assert_eq!(merged(&counts, 3, 3, 1, 0, u64::max), [3, 9, 7]);
    }
}
