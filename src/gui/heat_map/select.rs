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
/// A pointer that has moved by less has hardly moved, in points.
const STILL: f32 = 10.0;

/// What a press began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Drag {
    /// A range of cells, in time order.
    Cells { anchor: Cell },
    /// The same offsets in each column.
    Recurring { anchor: Cell },
    /// The same in all columns there are.
    Rows { anchor: Cell },
    /// Whole columns.
    Columns { anchor: Cell },
    /// A range more beside those that are selected.
    Added { anchor: Cell },
    /// What the selection is compared with.
    Baseline { anchor: Cell },
}

/// What the pointer is doing.
#[derive(Debug, Default)]
pub(super) struct Pointing {
    pub(super) drag: Option<Drag>,
    /// The drag, its cell and whether Shift was held when what it selects was last shown: the same again
    /// is not made anew in every frame.
    shown: Option<(Drag, Cell, bool)>,
    /// Where the last drag ended.
    let_go: Option<Pos2>,
}

impl Pointing {
    /// Whether the pointer is still where a drag has ended.
    pub(super) fn is_let_go_at(&mut self, position: Pos2) -> bool {
        self.let_go = self.let_go.filter(|at| at.distance(position) < STILL);
        self.let_go.is_some()
    }
}

/// Where the pointer is.
pub(super) struct Areas {
    /// The cells.
    pub(super) cells: Rect,
    /// The strip above and the axis below, for whole columns.
    pub(super) columns: [Rect; 2],
    /// The strip at the side, for the same offsets in all columns.
    pub(super) rows: Option<Rect>,
}

/// Press, drag and release select from cell to cell in time order; a click selects one cell, with
/// Shift it extends the selection, a double click selects the column. Edges can be dragged, but for
/// those of several ranges, of which one would not know where they may go.
pub(super) fn select(
    pointing: &mut Pointing,
    ui: &Ui,
    response: &Response,
    session: &Session,
    geometry: &Geometry<'_>,
    areas: &Areas,
    commands: &mut Vec<Command>,
) {
    let drag = &mut pointing.drag;
    if response.double_clicked()
        && let Some(position) = response.interact_pointer_pos()
        && areas.cells.contains(position)
    {
        *drag = None;
        let column = geometry.map.column_range(geometry.cell_at(position).column);
        let clicked = session.choices.selection.span();
        commands.push(Command::Click {
            cell: clicked.unwrap_or(column),
            selection: Selection::range(column),
        });
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
        match selected.ranges() {
            [range] if modifiers.shift => extended(&session.choices.selection, *range),
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
            pointing.let_go = Some(position);
            commands.push(match drag {
                Drag::Baseline { .. } => {
                    let ranges = selected(drag, geometry, geometry.cell_at(position));
                    let before = session.choices.baseline.clone().unwrap_or_default();
                    Command::Compare(Some(before.with(Some(ranges))))
                }
                Drag::Cells { anchor }
                    if modifiers.is_none() && geometry.cell_at(position) == anchor =>
                {
                    let cell = shown_cell(session, geometry, anchor, position);
                    Command::Click {
                        cell,
                        selection: Selection::range(cell),
                    }
                }
                _ => Command::Select(selection(drag, position)),
            });
        }
    }
    let is_baseline = matches!(*drag, Some(Drag::Baseline { .. }));
    let shown = drag.zip(position).filter(|_| !is_baseline);
    let shown = shown.map(|(drag, at)| (drag, geometry.cell_at(at), modifiers.shift));
    if let (Some((drag, ..)), Some(position)) = (shown, position)
        && (session.preview.is_none() || shown != pointing.shown)
    {
        commands.push(Command::Preview(Some(selection(drag, position))));
    }
    pointing.shown = shown;
    let edge = position
        .filter(|_| is_over && pointing.drag.is_none())
        .and_then(|position| held_edge(session, geometry, areas, position));
    if let Some(edge) = edge {
        let is_across = geometry.lanes.is_some() || matches!(edge, Drag::Columns { .. });
        ui.set_cursor_icon(match is_across {
            true => egui::CursorIcon::ResizeHorizontal,
            false => egui::CursorIcon::ResizeVertical,
        });
    }
}

/// The cell that is drawn at `position`: those of other numbers than counts may be larger than `cell`.
fn shown_cell(session: &Session, geometry: &Geometry<'_>, cell: Cell, position: Pos2) -> TimeRange {
    match session.values().filter(|_| geometry.lanes.is_none()) {
        None => geometry.map.range_of(cell),
        Some(values) => {
            let larger = geometry.with_cells(&values.cells).cell_at(position);
            values.cells.range_of(larger)
        }
    }
}

/// A selection that goes on to a range: of several ranges, the nearest one does.
fn extended(before: &Selection, by: TimeRange) -> Selection {
    let ranges = before.ranges();
    let after = ranges.partition_point(|range| range.start <= by.start);
    let distance = |index: &usize| {
        let range = ranges[*index];
        let (ahead, behind) = (
            by.start.nanos_since(range.end),
            range.start.nanos_since(by.end),
        );
        ahead.max(behind)
    };
    let near = [after.checked_sub(1), Some(after)].into_iter().flatten();
    let near = near.filter(|index| *index < ranges.len());
    let mut ranges = ranges.to_vec();
    match near.min_by_key(distance) {
        Some(nearest) => {
            let range = &mut ranges[nearest];
            range.start = range.start.min(by.start);
            range.end = range.end.max(by.end);
        }
        None => ranges.push(by),
    }
    Selection::from_ranges(ranges)
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
    if areas.rows.is_some_and(|area| area.contains(position)) {
        return Some(Drag::Rows { anchor });
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
    let edge = held_edge(session, geometry, areas, position).filter(|_| modifiers.is_none());
    Some(edge.unwrap_or(Drag::Cells { anchor }))
}

/// The drag of the selection's edge at `position`: as if it had begun at the other one.
fn held_edge(
    session: &Session,
    geometry: &Geometry<'_>,
    areas: &Areas,
    position: Pos2,
) -> Option<Drag> {
    let [range] = session.choices.selection.ranges() else {
        return None;
    };
    if !areas.cells.contains(position) {
        return None;
    }
    let (first, last) = geometry.cells_of(*range);
    let cells = |anchor| Drag::Cells { anchor };
    if geometry.lanes.is_some() {
        return held_side(geometry, (first, last), position).map(cells);
    }
    let is_whole = first.row == 0 && last.row == geometry.map.last_cell().row;
    if let Some(anchor) = held_side(geometry, (first, last), position).filter(|_| is_whole) {
        return Some(Drag::Columns { anchor });
    }
    // Of a selection of one or two rows too little would be left to press on.
    let (start, end) = (geometry.rect_of(first), geometry.rect_of(last));
    let grip = GRIP.min(start.height() / 3.0);
    let near =
        |rect: Rect, y: f32| rect.x_range().contains(position.x) && (position.y - y).abs() <= grip;
    match (near(start, start.bottom()), near(end, end.top())) {
        (_, true) => Some(cells(first)),
        (true, false) => Some(cells(last)),
        (false, false) => None,
    }
}

/// Near the left or right end of some cells: the cell at the other end.
fn held_side(geometry: &Geometry<'_>, (first, last): (Cell, Cell), position: Pos2) -> Option<Cell> {
    let (left, right) = (
        geometry.rect_of(first).left(),
        geometry.rect_of(last).right(),
    );
    let grip = GRIP.min((right - left) / 3.0);
    let near = |x: f32| (position.x - x).abs() <= grip;
    match (near(left), near(right)) {
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
        Drag::Recurring { anchor } | Drag::Rows { anchor } => {
            let columns = match drag {
                Drag::Rows { .. } => 0..=map.last_cell().column,
                _ => anchor.column.min(to.column)..=anchor.column.max(to.column),
            };
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
