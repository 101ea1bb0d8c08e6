//! A heat map in small.

use crate::gui::preferences::Thumbnail;
use crate::gui::view::View;
use crate::palette::{HeatRamp, HeatScale};

/// The heat map in small, for the list of recent files.
pub(in crate::gui) fn thumbnail(view: &View) -> Option<Thumbnail> {
    const WIDTH: usize = 120;
    const HEIGHT: usize = 25;
    let map = view.heat_map.as_ref().ok()?;
    let (columns, rows) = (map.columns as usize, map.options.rows as usize);
    let width = WIDTH.min(columns);
    let top = HeatScale::default().top(&map.counts);
    let span = |at: usize, of: usize, all: usize| {
        let start = at * all / of;
        start..((at + 1) * all / of).max(start + 1)
    };
    let mut rgb = Vec::with_capacity(width * HEIGHT * 3);
    for y in (0..HEIGHT).rev() {
        for x in 0..width {
            let cells = span(x, width, columns)
                .flat_map(|column| span(y, HEIGHT, rows).map(move |row| column * rows + row));
            let busiest = cells.map(|cell| map.counts[cell]).max().unwrap_or(0);
            let color = HeatScale::default().color(HeatRamp::default(), busiest, top);
            rgb.extend([color.0, color.1, color.2]);
        }
    }
    Some(Thumbnail { width, rgb })
}
