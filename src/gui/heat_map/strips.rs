//! The strips beside the cells: samples by column above, by row at the right, and the whole profile
//! in small where only a part of it is in sight.

use super::geometry::{Geometry, TimeWindow};
use crate::gui::theme;
use crate::lanes::Lanes;
use crate::palette;
use crate::selection::Selection;
use egui::{Mesh, Rect, Sense, Shape, Stroke, StrokeKind, Ui, pos2};

/// Space between a strip and the cells.
const GAP: f32 = 4.0;

/// A bar of samples a column, stacked by group where there are groups.
pub(super) fn paint_columns(ui: &Ui, geometry: &Geometry<'_>, strip: Rect, groups: Option<&Lanes>) {
    let totals = &geometry.map.column_totals;
    let most = totals.iter().copied().max().unwrap_or(0).max(1) as f32;
    let (bottom, height) = (strip.bottom() - GAP, strip.height() - GAP);
    let quiet = theme::quiet(ui.visuals()).gamma_multiply(0.6);
    let mut mesh = Mesh::default();
    let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
    for (from, to) in bars(geometry) {
        let left = geometry.x_from_column(f64::from(from));
        let right = geometry.x_from_column(f64::from(to));
        let right = if right - left > 3.0 {
            right - 1.0
        } else {
            right
        };
        let busiest = (from..to).max_by_key(|column| totals[*column as usize]);
        let column = busiest.unwrap_or(from) as usize;
        let bar = |mesh: &mut Mesh, base: f32, amount: u64, color| {
            let top = base - height * amount as f32 / most;
            mesh.add_colored_rect(
                Rect::from_min_max(pos2(left, top), pos2(right, base)),
                color,
            );
            top
        };
        match groups.and_then(|groups| groups.slots().nth(column)) {
            None => {
                bar(&mut mesh, bottom, totals[column], quiet);
            }
            Some(counts) => {
                let mut base = bottom;
                for (group, count) in counts.iter().enumerate() {
                    base = bar(
                        &mut mesh,
                        base,
                        *count,
                        theme::color(palette::category(group)),
                    );
                }
            }
        }
    }
    painter.add(Shape::mesh(mesh));
}

/// The columns that a selection touches.
pub(super) fn paint_selected_columns(
    ui: &Ui,
    geometry: &Geometry<'_>,
    strip: Rect,
    selection: &Selection,
) {
    let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
    for range in selection.ranges() {
        let (first, last) = geometry.cells_of(*range);
        let left = geometry.x_from_column(f64::from(first.column));
        let right = geometry.x_from_column(f64::from(last.column) + 1.0);
        let column = Rect::from_x_y_ranges(left..=right, strip.y_range());
        painter.rect_filled(column, 0.0, theme::SELECTION.gamma_multiply(0.25));
    }
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

/// A bar of samples a row.
pub(super) fn paint_rows(ui: &Ui, geometry: &Geometry<'_>, strip: Rect, totals: &[u64]) {
    let most = totals.iter().copied().max().unwrap_or(0).max(1) as f32;
    let color = theme::quiet(ui.visuals()).gamma_multiply(0.6);
    let mut mesh = Mesh::default();
    let height = geometry.row_height();
    for (row, total) in totals.iter().enumerate() {
        let top = match geometry.lanes {
            Some(_) => strip.top() + row as f32 * height,
            None => strip.bottom() - (row + 1) as f32 * height,
        };
        let gap = if height > 3.0 { 1.0 } else { 0.0 };
        let width = strip.width() * *total as f32 / most;
        mesh.add_colored_rect(
            Rect::from_min_max(
                pos2(strip.left(), top),
                pos2(strip.left() + width, top + height - gap),
            ),
            color,
        );
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
    paint_columns(
        ui,
        &all,
        rect.expand2(egui::vec2(0.0, GAP))
            .translate(egui::vec2(0.0, GAP)),
        None,
    );
    let visible = Rect::from_x_y_ranges(x(first)..=x(first + count), rect.y_range());
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
