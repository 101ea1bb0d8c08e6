//! The overview of gestures and keys.

use egui::{Context, Grid, ScrollArea};

/// Where, what to do, what it does. `docs/window.md` has the same.
pub(super) const HELP: [(&str, &[(&str, &str)]); 4] = [
    (
        "Heat map",
        &[
            (
                "Drag; click; Shift-click",
                "Select a range; a cell; extend to it",
            ),
            (
                "Double click; drag above or below the cells",
                "Whole column; whole columns",
            ),
            ("Alt-drag; E", "The same offsets in each column"),
            (
                "Click or drag on the bars at the right",
                "These offsets in every column",
            ),
            ("Ctrl-Shift-drag", "Select another range besides"),
            (
                "Ctrl-drag; B",
                "What the selection is compared with; the selection becomes that",
            ),
            ("Drag an edge of the selection", "Move its start or end"),
            (
                "Right click on a row's name or cells; Shift+F10",
                "Only this CPU, thread, process or event; all but this",
            ),
            (
                "Arrows; Shift and arrows",
                "Move the selection by a cell; move its end",
            ),
            ("Home; End", "To the first; to the last column"),
            ("W", "The whole profile again"),
            (", and .; Space", "Step back and on by a column; play"),
            ("M; L", "Keep the selection; list of kept ones"),
            (
                "Wheel; Ctrl and wheel; middle drag; 0",
                "Scroll; zoom; pan; show everything",
            ),
            (
                "+ and -; Page Up and Page Down; Z",
                "Zoom in and out; a screen back and on; zoom to the selection",
            ),
            ("V", "Rows as offsets, CPUs, threads, processes, events"),
            (
                "H",
                "Show when the code ran that the search finds, or the marked function",
            ),
            ("U", "Show how unlike the baseline each cell is"),
        ],
    ),
    (
        "Flame graph",
        &[
            ("Click; Backspace", "Zoom to a frame; out to its caller"),
            ("Ctrl and wheel", "Zoom in and out, a frame at a time"),
            ("Ctrl-click", "Mark a function everywhere"),
            (
                "Right click; Shift+F10",
                "All that can be done with a frame",
            ),
            ("I; C; R", "Icicle; callers; collapse recursion"),
            (
                "G",
                "Stacks begin with thread names, threads, processes, CPUs, events, functions",
            ),
            (
                "Shift+G",
                "Frames are functions, functions without template arguments, packages, modules",
            ),
            ("T", "Table of functions"),
        ],
    ),
    (
        "Search and filters",
        &[
            ("Ctrl+F or /", "Search by regular expression"),
            ("Enter or F3; with Shift", "Next match; previous match"),
            ("F", "Filters"),
            (
                "D; N; P or Shift+N",
                "Findings: ranges unlike the rest; next; previous",
            ),
        ],
    ),
    (
        "Anywhere",
        &[
            (
                "Esc",
                "Give up a drag; clear search, mark, zoom, shape, comparison, selection",
            ),
            (
                "Ctrl+Z or Alt+Left; Ctrl+Shift+Z or Alt+Right",
                "Undo; redo",
            ),
            ("Ctrl+O; Ctrl+W; Ctrl+S", "Open; close; save the session"),
            ("Ctrl+Shift+T", "Open what was closed last, as it was"),
            ("Ctrl+Tab; Ctrl+Shift+Tab", "Next; previous profile"),
            ("F5", "Load the file again"),
            ("Ctrl+E", "Export the flame graph"),
            (
                "F6; Shift+F6; F10; F1",
                "To the next view or panel; the one before; the menus; help",
            ),
            ("?", "This overview"),
        ],
    ),
];

/// Of the first column, in points.
const GESTURE_WIDTH: f32 = 270.0;

/// Draws it, where it is open.
pub(super) fn ui(context: &Context, is_open: &mut bool) {
    egui::Window::new("Keys and gestures")
        .open(is_open)
        .collapsible(false)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(context.content_rect().center())
        .default_size([760.0, 640.0])
        .max_width(context.content_rect().width() - 40.0)
        .show(context, |ui| {
            ScrollArea::both().show(ui, |ui| {
                for (place, rows) in HELP {
                    ui.add_space(6.0);
                    ui.heading(place);
                    Grid::new(place)
                        .num_columns(2)
                        .striped(true)
                        .min_col_width(GESTURE_WIDTH)
                        .show(ui, |ui| {
                            for (gesture, effect) in rows {
                                ui.strong(*gesture);
                                ui.label(*effect);
                                ui.end_row();
                            }
                        });
                }
            });
        });
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_docs_have_the_same_table() {
        let docs = include_str!("../../docs/window.md");
        for (gesture, effect) in super::HELP.iter().flat_map(|(_, rows)| rows.iter()) {
            let row = format!("| {gesture} | {effect} |");
            assert!(docs.contains(&row), "{row}");
        }
    }
}
