//! The strips beside the cells: samples by column above, by row at the right, and the whole profile
//! in small where only a part of it is in sight.

use super::geometry::{Geometry, TimeWindow};
use super::hover;
use super::marks::Marks;
use super::picture::{RowTotalsOf, shown_matches};
use crate::gui::session::Session;
use crate::gui::theme;
use crate::lanes::Lanes;
use crate::palette;
use egui::{Color32, Mesh, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

/// Space between a strip and the cells.
const GAP: f32 = 4.0;

/// The bars above the columns, and which of these are selected.
pub(super) fn strip_ui(
    ui: &Ui,
    session: &Session,
    geometry: &Geometry<'_>,
    strip: Rect,
    selected: &Marks,
) -> Response {
    let id = ui.scope_id().with("strip");
    let response = ui.interact(strip, id, Sense::CLICK | Sense::DRAG);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(egui::Role::Canvas, true, "Samples by column");
        info.current_text_value = Some(session.view.unit().text(session.view.total));
        info
    });
    let found = shown_matches(session).map(|found| &*found.map.column_totals);
    let stacked = match (found, session.groups()) {
        (Some(found), _) => Stacked::Found(found),
        (None, Some(groups)) => Stacked::Groups(groups),
        (None, None) => Stacked::Nothing,
    };
    paint_columns(ui, geometry, strip, stacked);
    let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
    for (first, last) in selected.columns(geometry) {
        let left = geometry.x_from_column(f64::from(first));
        let right = geometry.x_from_column(f64::from(last) + 1.0);
        let column = Rect::from_x_y_ranges(left..=right, strip.y_range());
        painter.rect_filled(column, 0.0, theme::SELECTION.gamma_multiply(0.25));
    }
    response
}

/// What bars are made of.
#[derive(Clone, Copy)]
enum Stacked<'a> {
    Nothing,
    Groups(&'a Lanes),
    /// Below, what a search has found.
    Found(&'a [u64]),
}

impl Stacked<'_> {
    /// The parts of a column's bar, from the bottom.
    fn parts(self, column: usize, total: u64, quiet: Color32) -> Vec<(u64, Color32)> {
        match self {
            Self::Nothing => vec![(total, quiet)],
            Self::Found(found) => {
                let found = found.get(column).copied().unwrap_or(0).min(total);
                let rest = (total - found, quiet);
                vec![(found, theme::color(palette::MATCH)), rest]
            }
            Self::Groups(groups) => {
                let counts = groups.slots().nth(column).unwrap_or(&[]);
                let parts = counts.iter().enumerate();
                let color = |group| group_color(groups, group, quiet);
                parts.map(|(group, count)| (*count, color(group))).collect()
            }
        }
    }
}

/// The colour of bars that are of nothing in particular.
pub(super) fn quiet(ui: &Ui) -> Color32 {
    theme::quiet(ui.visuals()).gamma_multiply(0.6)
}

/// The colour of a group of bars. What has no group of its own is `quiet`.
pub(super) fn group_color(groups: &Lanes, group: usize, quiet: Color32) -> Color32 {
    let count = groups.names.len();
    if groups.has_others() && group + 1 == count {
        return quiet;
    }
    theme::color(match count {
        0..=palette::CATEGORY_COUNT => palette::category(group),
        _ => palette::spread_color(group),
    })
}

fn paint_columns(ui: &Ui, geometry: &Geometry<'_>, strip: Rect, stacked: Stacked<'_>) {
    let totals = &geometry.map.column_totals;
    let most = totals.iter().copied().max().unwrap_or(0).max(1) as f32;
    let (bottom, height) = (strip.bottom() - GAP, strip.height() - GAP);
    let quiet = quiet(ui);
    let mut mesh = Mesh::default();
    let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
    for (from, to) in bars(geometry) {
        let left = geometry.x_from_column(f64::from(from));
        let right = geometry.x_from_column(f64::from(to));
        let gap = if right - left > 3.0 { 1.0 } else { 0.0 };
        let busiest = (from..to).max_by_key(|column| totals[*column as usize]);
        let column = busiest.unwrap_or(from) as usize;
        let mut base = bottom;
        for (amount, color) in stacked.parts(column, totals[column], quiet) {
            let top = base - height * amount as f32 / most;
            let bar = Rect::from_min_max(pos2(left, top), pos2(right - gap, base));
            mesh.add_colored_rect(bar, color);
            base = top;
        }
    }
    painter.add(Shape::mesh(mesh));
}

/// Visible columns, put together where they are narrower than a point.
fn bars(geometry: &Geometry<'_>) -> impl Iterator<Item = (u32, u32)> {
    let visible = geometry.visible_columns();
    let step = (1.0 / geometry.column_width).ceil().max(1.0) as u32;
    let start = visible.start - visible.start % step;
    let columns = geometry.map.columns;
    (start..visible.end)
        .step_by(step as usize)
        .map(move |column| (column, (column + step).min(columns)))
}

/// A bar of samples a row. A press or drag selects these offsets in every column. `place` is where it
/// is, and beside which of two heat maps.
pub(super) fn rows_ui(
    ui: &Ui,
    session: &Session,
    geometry: &Geometry<'_>,
    (rect, index): (Rect, usize),
    totals: RowTotalsOf<'_>,
    selected: &Marks,
) -> Response {
    let id = ui.scope_id().with(("row strip", index));
    let response = ui.interact(rect, id, Sense::CLICK | Sense::DRAG);
    let name = match (index, geometry.lanes) {
        (0, None) => "Samples by offset",
        (0, Some(_)) => "Samples by row",
        _ => "Samples by row of what is found",
    };
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(egui::Role::Canvas, true, name);
        info.current_text_value = Some(session.view.unit().text(session.view.total));
        info
    });
    paint_rows(ui, geometry, rect, totals);
    if geometry.lanes.is_none() {
        paint_selected_rows(ui, geometry, rect, selected);
    }
    let pointer = ui.input(|input| input.pointer.latest_pos());
    if let Some(position) = pointer.filter(|_| response.contains_pointer())
        && !egui::Popup::is_any_open(ui.ctx())
    {
        let row = geometry.row_at(position);
        let amount = |amounts: &[u64]| amounts.get(row).copied().unwrap_or(0);
        let amounts = (amount(totals.all), totals.found.map(amount));
        theme::pointer_tooltip(&response).show(|ui| {
            theme::unwrapped(ui);
            hover::row_ui(ui, session, geometry, position, amounts);
        });
    }
    response
}

/// Where the bar of a row is, at its longest.
fn row_rect(geometry: &Geometry<'_>, strip: Rect, row: usize) -> Rect {
    let height = geometry.row_height();
    let top = match geometry.lanes {
        Some(_) => strip.top() + row as f32 * height,
        None => strip.bottom() - (row + 1) as f32 * height,
    };
    Rect::from_x_y_ranges(strip.x_range(), top..=top + height)
}

fn paint_rows(ui: &Ui, geometry: &Geometry<'_>, strip: Rect, totals: RowTotalsOf<'_>) {
    let quiet = theme::quiet(ui.visuals()).gamma_multiply(0.6);
    let gap = if geometry.row_height() > 3.0 {
        1.0
    } else {
        0.0
    };
    let most = totals.most.max(1) as f32;
    let mut mesh = Mesh::default();
    let mut bar = |row: usize, amount: u64, color| {
        let mut rect = row_rect(geometry, strip, row);
        rect.max.y -= gap;
        rect.set_width(strip.width() * amount as f32 / most);
        mesh.add_colored_rect(rect, color);
    };
    for (row, total) in totals.bars.iter().enumerate() {
        bar(row, *total, quiet);
    }
    for (row, found) in totals.found.into_iter().flatten().enumerate() {
        bar(row, *found, theme::color(palette::MATCH));
    }
    ui.painter().add(Shape::mesh(mesh));
}

fn paint_selected_rows(ui: &Ui, geometry: &Geometry<'_>, strip: Rect, selected: &Marks) {
    let color = theme::SELECTION.gamma_multiply(0.25);
    let rows = (0..geometry.rows() as usize).filter(|row| selected.has_row(*row));
    let mut mesh = Mesh::default();
    for row in rows {
        mesh.add_colored_rect(row_rect(geometry, strip, row), color);
    }
    ui.painter().add(Shape::mesh(mesh));
}

/// The whole profile in small, with what is in sight framed; a press or drag goes there.
pub(super) fn overview_ui(ui: &Ui, rect: Rect, geometry: &Geometry<'_>, window: &mut TimeWindow) {
    let response = ui.interact(
        rect,
        ui.scope_id().with("overview"),
        Sense::click_and_drag(),
    );
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::ScrollBar, true, "Overview of the whole profile")
    });
    let columns = geometry.map.columns;
    let (first, count) = window.visible(columns);
    let x = |column: f64| rect.left() + (column / f64::from(columns)) as f32 * rect.width();
    let all = Geometry {
        cells: rect,
        first: 0.0,
        column_width: f64::from(rect.width()) / f64::from(columns),
        ..*geometry
    };
    // A field of its own: below it are other bars.
    let field = theme::quiet(ui.visuals()).gamma_multiply(0.12);
    ui.painter().rect_filled(rect, 1.0, field);
    paint_columns(
        ui,
        &all,
        Rect::from_x_y_ranges(rect.x_range(), rect.top()..=rect.bottom() + GAP),
        Stacked::Nothing,
    );
    // However little it is of the whole, it is seen.
    const LEAST: f32 = 5.0;
    let middle = x(first + count / 2.0);
    let half = ((x(first + count) - x(first)) / 2.0).max(LEAST / 2.0);
    let visible = Rect::from_x_y_ranges(middle - half..=middle + half, rect.y_range());
    let frame = Stroke::new(1.5, theme::SELECTION);
    ui.painter()
        .rect_filled(visible, 1.0, theme::SELECTION.gamma_multiply(0.2));
    ui.painter()
        .rect_stroke(visible, 1.0, frame, StrokeKind::Inside);
    let is_held = response.dragged() || response.is_pointer_button_down_on();
    if let Some(position) = response.interact_pointer_pos().filter(|_| is_held) {
        let share = f64::from((position.x - rect.left()) / rect.width());
        window.show(share * f64::from(columns) - count / 2.0, count, columns);
        ui.request_repaint();
    }
}
