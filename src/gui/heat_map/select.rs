//! Selecting on the heat map by pointer.

use super::geometry::Geometry;
use crate::gui::command::Command;
use crate::gui::session::Session;
use crate::heat_map::Cell;
use crate::profile::TimeRange;
use crate::selection::Selection;
use egui::{Modifiers, PointerButton, Pos2, Rect, Response, Ui};

/// How near the pointer has to be to an edge to take hold of it, in points.
const GRIP: f32 = 4.0;

/// What a press began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Drag {
    /// A range of cells, in time order.
    Cells { anchor: Cell },
    /// The same offsets in each column.
    Recurring { anchor: Cell },
    /// Whole columns.
    Columns { anchor: Cell },
    /// A range more beside those that are selected.
    Added { anchor: Cell },
    /// What the selection is compared with.
    Baseline { anchor: Cell },
}

/// Where the pointer is.
pub(super) struct Areas {
    /// The cells.
    pub(super) cells: Rect,
    /// The strip above and the axis below, for whole columns.
    pub(super) columns: [Rect; 2],
}

/// Press, drag and release select from cell to cell in time order; a click selects one cell, with
/// Shift it extends the selection, a double click selects the column. Edges can be dragged.
pub(super) fn select(
    drag: &mut Option<Drag>,
    ui: &Ui,
    response: &Response,
    session: &Session,
    geometry: &Geometry<'_>,
    areas: &Areas,
    commands: &mut Vec<Command>,
) {
    if response.double_clicked()
        && let Some(position) = response.interact_pointer_pos()
        && areas.cells.contains(position)
    {
        *drag = None;
        let column = geometry.map.column_range(geometry.cell_at(position).column);
        commands.push(Command::Select(Selection::range(column)));
        return;
    }
    let (buttons, position, modifiers) = ui.input(|input| {
        let position = input.pointer.latest_pos();
        (primary_buttons(input), position, input.modifiers)
    });
    // The release may have been another window's.
    let is_held = ui.input(|input| input.pointer.primary_down());
    if buttons.is_empty() && !is_held && drag.take().is_some() {
        commands.push(Command::Preview(None));
    }
    let selection = |drag: Drag, position: Pos2| {
        let selected = selected(drag, geometry, geometry.cell_at(position));
        if matches!(drag, Drag::Added { .. }) {
            let before = session.choices.selection.ranges();
            return Selection::from_ranges([before, selected.ranges()].concat());
        }
        match (session.choices.selection.span(), selected.span()) {
            (Some(before), Some(range)) if modifiers.shift => Selection::range(TimeRange {
                start: range.start.min(before.start),
                end: range.end.max(before.end),
            }),
            _ => selected,
        }
    };
    // Press and release may come in one frame. Only the press itself begins a drag: one that Esc
    // has ended stays ended.
    let is_over = response.contains_pointer() || response.is_pointer_button_down_on();
    for (position, is_pressed) in buttons {
        if is_pressed {
            *drag = is_over
                .then(|| began(session, geometry, areas, position, modifiers))
                .flatten();
        } else if let Some(drag) = drag.take() {
            commands.push(match drag {
                Drag::Baseline { .. } => {
                    let ranges = selected(drag, geometry, geometry.cell_at(position));
                    let before = session.choices.baseline.clone().unwrap_or_default();
                    Command::Compare(Some(before.with(Some(ranges))))
                }
                _ => Command::Select(selection(drag, position)),
            });
        }
    }
    let is_baseline = matches!(*drag, Some(Drag::Baseline { .. }));
    if let (Some(drag), Some(position), false) = (*drag, position, is_baseline) {
        commands.push(Command::Preview(Some(selection(drag, position))));
    }
    let over_edge = position
        .is_some_and(|position| is_over && held_edge(session, geometry, areas, position).is_some());
    if over_edge && drag.is_none() {
        let icon = match geometry.lanes {
            Some(_) => egui::CursorIcon::ResizeHorizontal,
            None => egui::CursorIcon::ResizeVertical,
        };
        ui.set_cursor_icon(icon);
    }
}

/// What a press at `position` begins.
fn began(
    session: &Session,
    geometry: &Geometry<'_>,
    areas: &Areas,
    position: Pos2,
    modifiers: Modifiers,
) -> Option<Drag> {
    let anchor = geometry.cell_at(position);
    if areas.columns.iter().any(|area| area.contains(position)) {
        return Some(Drag::Columns { anchor });
    }
    if !areas.cells.contains(position) {
        return None;
    }
    if modifiers.command {
        return Some(match modifiers.shift {
            true => Drag::Added { anchor },
            false => Drag::Baseline { anchor },
        });
    }
    if modifiers.alt {
        return Some(Drag::Recurring { anchor });
    }
    // An edge is dragged as if the drag had begun at the other one.
    let anchor = held_edge(session, geometry, areas, position)
        .filter(|_| modifiers.is_none())
        .unwrap_or(anchor);
    Some(Drag::Cells { anchor })
}

/// The cell at the other end of the selection whose edge is at `position`.
fn held_edge(
    session: &Session,
    geometry: &Geometry<'_>,
    areas: &Areas,
    position: Pos2,
) -> Option<Cell> {
    let [range] = session.choices.selection.ranges() else {
        return None;
    };
    let (first, last) = geometry.cells_of(*range);
    let (start, end) = (geometry.rect_of(first), geometry.rect_of(last));
    if !areas.cells.contains(position) {
        return None;
    }
    if geometry.lanes.is_some() {
        let near = |x: f32| (position.x - x).abs() <= GRIP;
        return match (near(start.left()), near(end.right())) {
            (_, true) => Some(first),
            (true, false) => Some(last),
            (false, false) => None,
        };
    }
    // Of a selection of one or two rows too little would be left to press on.
    let grip = GRIP.min(start.height() / 3.0);
    let near =
        |rect: Rect, y: f32| rect.x_range().contains(position.x) && (position.y - y).abs() <= grip;
    match (near(start, start.bottom()), near(end, end.top())) {
        (_, true) => Some(first),
        (true, false) => Some(last),
        (false, false) => None,
    }
}

/// The baseline that is being dragged.
pub(super) fn dragged_baseline(
    drag: Option<Drag>,
    geometry: &Geometry<'_>,
    position: Option<Pos2>,
) -> Option<Selection> {
    let drag = drag.filter(|drag| matches!(drag, Drag::Baseline { .. }))?;
    Some(selected(drag, geometry, geometry.cell_at(position?)))
}

/// From where a drag began to the cell it has come to.
fn selected(drag: Drag, geometry: &Geometry<'_>, to: Cell) -> Selection {
    let map = geometry.map;
    match drag {
        Drag::Cells { anchor } | Drag::Added { anchor } | Drag::Baseline { anchor } => {
            Selection::range(map.range_between(anchor, to))
        }
        Drag::Columns { anchor } => {
            let (first, last) = (anchor.column.min(to.column), anchor.column.max(to.column));
            let (first, last) = (map.column_range(first), map.column_range(last));
            Selection::range(TimeRange {
                start: first.start,
                end: last.end,
            })
        }
        Drag::Recurring { anchor } => {
            let columns = anchor.column.min(to.column)..=anchor.column.max(to.column);
            let [low, high] = [anchor.row.min(to.row), anchor.row.max(to.row)];
            let in_column =
                |column| map.range_between(Cell { column, row: low }, Cell { column, row: high });
            Selection::from_ranges(columns.map(in_column).collect())
        }
    }
}

/// Where the primary button was pressed (`true`) and released in this frame.
fn primary_buttons(input: &egui::InputState) -> Vec<(Pos2, bool)> {
    let button = |event: &egui::Event| match event {
        egui::Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            ..
        } => Some((*pos, *pressed)),
        _ => None,
    };
    input.events.iter().filter_map(button).collect()
}
