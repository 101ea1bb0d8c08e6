//! [`Command`]: every action of the user, with its label and key. Views push commands; the app
//! carries them out between frames; menus, keys, help and tests share them.

use super::choices::{Baseline, GraphMode};
use super::exported::Exported;
use super::heat_map::{Nudge, TimeMove};
use super::measure::Measure;
use super::panels::{Panel, Place};
use super::samples::Sample;
use crate::export::FlameGraphFormat;
use crate::filter::SampleFilter;
use crate::grouping::Grouping;
use crate::lanes::LaneKind;
use crate::palette::{FrameColors, HeatRamp, HeatScale};
use crate::profile::{EventId, FrameId, StackId, TimeRange};
use crate::roots::Roots;
use crate::selection::Selection;
use egui::{Key, KeyboardShortcut, Modifiers};
use std::path::PathBuf;

/// Something the user asked for.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// Choose a file to open.
    Open,
    OpenPath(PathBuf),
    OpenSample(&'static Sample),
    CancelLoading,
    /// Load the file again, which has changed.
    Reload,
    CloseProfile,
    /// Of the open profiles; `None` is the start page.
    ShowTab(Option<usize>),
    CloseTab(usize),
    /// What was closed last, as it was.
    Reopen,
    /// Gives the keyboard to the next view or panel.
    NextPane {
        forward: bool,
    },
    /// Gives it to the first of the menus.
    FocusMenu,
    NextTab {
        forward: bool,
    },
    Quit,
    /// Choose a file to write it to.
    Export(Exported),
    CancelExport,
    /// Choose a file to save what is open to.
    SaveSession,
    /// Copy the command that shows the same.
    CopyInvocation,
    SetNotes(String),
    ForgetRecents,
    /// Say what is wrong with what was typed.
    Complain(String),
    /// Of those that are shown.
    DismissNotice(usize),
    /// All of them.
    DismissNotices,
    /// Say no more that the file has changed, until it changes again.
    DismissChange,
    ShowAbout,
    ShowDetails,
    ToggleHelp,
    Undo,
    Redo,
    /// Clear the search, then marks, zoom, and shape, then the selection.
    StepBack,
    FocusSearch,
    Search(String),
    /// The same, letter by letter.
    TypeSearch(String),
    StepMatch {
        forward: bool,
    },
    /// Colours the heat map by what the search finds, or no longer.
    ToggleMatched,
    /// Shows what the search finds below all samples, or instead of them.
    ShowMatchedBeside(bool),
    /// Colours the heat map by how unlike the baseline each cell is, or no longer.
    ToggleDifference,
    /// Search for an expression and show it there.
    ShowOnHeatMap(String),
    /// A selection that is still being dragged; `None` when the drag was given up.
    Preview(Option<Selection>),
    Select(Selection),
    /// By a click on a cell, or a double click that goes on from it: one step to undo.
    Click {
        cell: TimeRange,
        selection: Selection,
    },
    /// What to compare the selection with; `None` ends the comparison.
    Compare(Option<Baseline>),
    /// With what is shown of another open profile, by its tab.
    CompareWithTab(usize),
    /// Selection and baseline change places.
    SwapBaseline,
    /// The selection becomes the baseline.
    BaselineFromSelection,
    /// Chooses a finding: its ranges, compared with the rest.
    ShowFinding(usize),
    StepFinding {
        forward: bool,
    },
    Nudge(Nudge),
    /// The same offsets in each column.
    RepeatSelection,
    TogglePlay,
    KeepSelection,
    /// Of the selections that are kept.
    RenameKept(usize, String),
    ForgetKept(usize),
    Zoom(StackId),
    /// To the node at the end of a path from the root.
    ZoomPath(Vec<FrameId>),
    ZoomOut,
    SetMode(GraphMode),
    /// From the root, or from the leaves.
    ToggleCallers,
    /// From the root, with it at the top or at the bottom.
    ShowFromRoot {
        icicle: bool,
    },
    ToggleIcicle,
    /// The widest calls at the left, or by name.
    ToggleWidestFirst,
    /// What stacks begin with.
    SetRoots(Roots),
    NextRoots,
    /// What frames stand for.
    SetGrouping(Grouping),
    NextGrouping,
    Focus(Option<FrameId>),
    Hide(FrameId),
    /// All functions of a function's module.
    HideModule(FrameId),
    UnhideAll,
    ToggleRecursion,
    Mark(Option<FrameId>),
    /// Read the file again for the addresses of a function.
    FindAddresses(FrameId),
    /// Mark a function and show all that is known of it.
    ShowFunction(FrameId),
    /// The functions that the search finds, as a table.
    ListMatches,
    SetColors(FrameColors),
    SetIdleIncluded(bool),
    SetFilter(Box<SampleFilter>),
    /// The same, letter by letter, in the field with this label.
    TypeFilter(Box<SampleFilter>, &'static str),
    /// Only samples whose stack has a match, or only those without (`false`).
    OnlyStacks(String, bool),
    ClearFilters,
    /// `None` shows all events.
    ShowEvent(Option<EventId>),
    /// Samples, time off the CPUs, or a ratio of events.
    ShowMeasure(Measure),
    SetRows(u32),
    /// The same, on the way of a drag.
    DragRows(u32),
    /// In nanoseconds.
    SetColumn(u64),
    SetLanes(Option<LaneKind>),
    NextLanes,
    SetGroups(Option<LaneKind>),
    FitHeatMap,
    /// Shows another part of the time.
    MoveTime(TimeMove),
    /// Times of day on the axis, or seconds.
    ToggleClock,
    SetRamp(HeatRamp),
    SetScale(HeatScale),
    /// The count that has the last colour; 0 for the one that the scale gives.
    SetScaleEnd(u64),
    TogglePanel(Panel),
    MovePanel(Panel, Place),
    CopyText(String),
}

const fn command_key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn plain_key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn shift_key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

pub(super) const OPEN: KeyboardShortcut = command_key(Key::O);
/// What the key for it exports.
pub(super) const EXPORTED: Exported = Exported::FlameGraph(FlameGraphFormat::Svg);
pub(super) const EXPORT: KeyboardShortcut = command_key(Key::E);
pub(super) const CLOSE: KeyboardShortcut = command_key(Key::W);
pub(super) const REOPEN: KeyboardShortcut =
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::T);
pub(super) const RELOAD: KeyboardShortcut = plain_key(Key::F5);
pub(super) const UNDO: KeyboardShortcut = command_key(Key::Z);
pub(super) const REDO: KeyboardShortcut =
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
pub(super) const SAVE: KeyboardShortcut = command_key(Key::S);
pub(super) const QUIT: KeyboardShortcut = command_key(Key::Q);
const NEXT_TAB: KeyboardShortcut = command_key(Key::Tab);
const PREVIOUS_TAB: KeyboardShortcut =
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Tab);
/// As in browsers, beside undo and redo.
const BACK_IN_HISTORY: KeyboardShortcut = KeyboardShortcut::new(Modifiers::ALT, Key::ArrowLeft);
const ON_IN_HISTORY: KeyboardShortcut = KeyboardShortcut::new(Modifiers::ALT, Key::ArrowRight);
const NEXT_MATCH: KeyboardShortcut = plain_key(Key::F3);
const PREVIOUS_MATCH: KeyboardShortcut = shift_key(Key::F3);
pub(super) const WHOLE: KeyboardShortcut = plain_key(Key::W);
pub(super) const SEARCH: KeyboardShortcut = command_key(Key::F);
pub(super) const ICICLE: KeyboardShortcut = plain_key(Key::I);
pub(super) const CALLERS: KeyboardShortcut = plain_key(Key::C);
pub(super) const ROOTS: KeyboardShortcut = plain_key(Key::G);
pub(super) const GROUPING: KeyboardShortcut = shift_key(Key::G);
pub(super) const RECURSION: KeyboardShortcut = plain_key(Key::R);
pub(super) const FILTERS: KeyboardShortcut = plain_key(Key::F);
pub(super) const SELECTIONS: KeyboardShortcut = plain_key(Key::L);
pub(super) const FUNCTIONS: KeyboardShortcut = plain_key(Key::T);
pub(super) const FINDINGS: KeyboardShortcut = plain_key(Key::D);
pub(super) const BACK: KeyboardShortcut = plain_key(Key::Escape);
pub(super) const FIT: KeyboardShortcut = plain_key(Key::Num0);
const ZOOMS: [(Key, TimeMove); 4] = [
    (Key::Plus, TimeMove::In),
    // The same key without Shift.
    (Key::Equals, TimeMove::In),
    (Key::Minus, TimeMove::Out),
    (Key::Z, TimeMove::ToSelection),
];

/// Where the heat map keeps its widget's id: arrows are its own when it has the focus.
pub(super) fn arrows_id() -> egui::Id {
    egui::Id::unique("what arrows move")
}

/// The commands that were typed in this frame. Single letters count only where no text is typed,
/// arrows only where nothing else has the focus, Esc unless something else `takes_escape`.
pub(super) fn typed_commands(context: &egui::Context, takes_escape: bool) -> Vec<Command> {
    let is_typing = context.text_edit_focused();
    let focused = context.memory(|memory| memory.focused());
    let heat_map = context.data(|data| data.get_temp(arrows_id()));
    // Arrows in an open menu are its own.
    let has_menu = egui::Popup::is_any_open(context);
    let is_free = !has_menu && (focused.is_none() || focused == heat_map);
    let asks_for_help = !is_typing && typed_text(context, "?");
    let mut commands = Vec::new();
    let for_search = split_off_search(context, is_typing);
    context.input_mut(|input| {
        let (has_alt, has_shift) = (input.modifiers.alt, input.modifiers.shift);
        let mut on = |shortcut: &KeyboardShortcut, command: Command| {
            if input.consume_shortcut(shortcut) {
                commands.push(command);
            }
        };
        on(&OPEN, Command::Open);
        on(&EXPORT, Command::Export(EXPORTED));
        on(&CLOSE, Command::CloseProfile);
        // The longer ones first: an extra Shift or Alt does not keep the shorter ones from matching.
        on(&PREVIOUS_TAB, Command::NextTab { forward: false });
        on(&NEXT_TAB, Command::NextTab { forward: true });
        on(&REOPEN, Command::Reopen);
        on(&shift_key(Key::F6), Command::NextPane { forward: false });
        on(&plain_key(Key::F6), Command::NextPane { forward: true });
        on(&plain_key(Key::F1), Command::ToggleHelp);
        // With Shift it opens the menu of what has the focus.
        if !has_shift {
            on(&plain_key(Key::F10), Command::FocusMenu);
        }
        on(&SAVE, Command::SaveSession);
        on(&QUIT, Command::Quit);
        on(&PREVIOUS_MATCH, Command::StepMatch { forward: false });
        on(&NEXT_MATCH, Command::StepMatch { forward: true });
        on(&RELOAD, Command::Reload);
        on(&SEARCH, Command::FocusSearch);
        if is_typing {
            return;
        }
        // The longer one first: Ctrl+Z is part of it.
        on(&REDO, Command::Redo);
        on(&UNDO, Command::Undo);
        on(&BACK_IN_HISTORY, Command::Undo);
        on(&ON_IN_HISTORY, Command::Redo);
        on(&command_key(Key::Y), Command::Redo);
        if !takes_escape {
            on(&BACK, Command::StepBack);
        }
        // With Alt a letter is for the desktop or a menu.
        if has_alt {
            return;
        }
        on(&ICICLE, Command::ToggleIcicle);
        on(&CALLERS, Command::ToggleCallers);
        on(&RECURSION, Command::ToggleRecursion);
        on(&FILTERS, Command::TogglePanel(Panel::Filters));
        on(&SELECTIONS, Command::TogglePanel(Panel::Selections));
        on(&FUNCTIONS, Command::TogglePanel(Panel::Functions));
        on(&FINDINGS, Command::TogglePanel(Panel::Findings));
        on(&shift_key(Key::N), Command::StepFinding { forward: false });
        on(&plain_key(Key::N), Command::StepFinding { forward: true });
        on(&plain_key(Key::P), Command::StepFinding { forward: false });
        on(&plain_key(Key::B), Command::BaselineFromSelection);
        on(&FIT, Command::FitHeatMap);
        for (key, to) in ZOOMS {
            on(&plain_key(key), Command::MoveTime(to));
        }
        on(&WHOLE, Command::Select(Selection::whole()));
        on(&plain_key(Key::V), Command::NextLanes);
        on(&GROUPING, Command::NextGrouping);
        on(&ROOTS, Command::NextRoots);
        on(&plain_key(Key::H), Command::ToggleMatched);
        on(&plain_key(Key::U), Command::ToggleDifference);
        on(&plain_key(Key::M), Command::KeepSelection);
        on(&plain_key(Key::E), Command::RepeatSelection);
        on(&plain_key(Key::Slash), Command::FocusSearch);
        on(&plain_key(Key::Backspace), Command::ZoomOut);
        on(
            &plain_key(Key::Comma),
            Command::Nudge(Nudge::Step { forward: false }),
        );
        on(
            &plain_key(Key::Period),
            Command::Nudge(Nudge::Step { forward: true }),
        );
        if !is_free {
            return;
        }
        on(&plain_key(Key::Space), Command::TogglePlay);
        on(&plain_key(Key::PageUp), Command::MoveTime(TimeMove::Back));
        on(&plain_key(Key::PageDown), Command::MoveTime(TimeMove::On));
        on(&plain_key(Key::Home), Command::Nudge(Nudge::First));
        on(&plain_key(Key::End), Command::Nudge(Nudge::Last));
        for (key, columns, rows) in [
            (Key::ArrowLeft, -1, 0),
            (Key::ArrowRight, 1, 0),
            (Key::ArrowDown, 0, -1),
            (Key::ArrowUp, 0, 1),
        ] {
            on(
                &shift_key(key),
                Command::Nudge(Nudge::Grow { columns, rows }),
            );
            on(
                &plain_key(key),
                Command::Nudge(Nudge::Move { columns, rows }),
            );
        }
    });
    context.input_mut(|input| input.events.extend(for_search));
    let has_clicked = |button| context.input(|input| input.pointer.button_pressed(button));
    if has_clicked(egui::PointerButton::Extra1) {
        commands.push(Command::Undo);
    }
    if has_clicked(egui::PointerButton::Extra2) {
        commands.push(Command::Redo);
    }
    if asks_for_help {
        commands.push(Command::ToggleHelp);
    }
    commands
}

/// Takes away what was typed after the key that leads to the search: that is no command. A slash that leads
/// there is no part of it.
fn split_off_search(context: &egui::Context, is_typing: bool) -> Vec<egui::Event> {
    let leads_there = |event: &egui::Event| match event {
        egui::Event::Key {
            key: Key::F,
            pressed: true,
            modifiers,
            ..
        } => modifiers.command_only(),
        egui::Event::Key {
            key: Key::Slash,
            pressed: true,
            modifiers,
            ..
        } => !is_typing && modifiers.is_none(),
        _ => false,
    };
    context.input_mut(|input| {
        let Some(at) = input.events.iter().position(leads_there) else {
            return Vec::new();
        };
        let mut later = input.events.split_off(at + 1);
        let by_slash = matches!(
            input.events[at],
            egui::Event::Key {
                key: Key::Slash,
                ..
            }
        );
        let is_slash =
            |event: &egui::Event| matches!(event, egui::Event::Text(text) if text == "/");
        if let Some(slash) = later.iter().position(is_slash).filter(|_| by_slash) {
            later.remove(slash);
        }
        later
    })
}

/// Whether a text was typed, whichever keys it takes on this keyboard.
fn typed_text(context: &egui::Context, wanted: &str) -> bool {
    context.input(|input| {
        let is_wanted =
            |event: &egui::Event| matches!(event, egui::Event::Text(text) if text == wanted);
        input.events.iter().any(is_wanted)
    })
}
