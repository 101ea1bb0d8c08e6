//! [`Command`]: every action of the user, with its label and key. Views push commands; the app
//! carries them out between frames; menus, keys and tests share them.

use super::samples::Sample;
use crate::filter::SampleFilter;
use crate::palette::{HeatRamp, HeatScale};
use crate::profile::{EventId, StackId, TimeRange};
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
    CloseProfile,
    Quit,
    /// Choose a file to write the flame graph to.
    Export(ExportFormat),
    ForgetRecents,
    DismissNotice,
    ShowAbout,
    ShowDetails,
    /// Clear the search, then the zoom, then the selection.
    StepBack,
    FocusSearch,
    Search(String),
    /// A range that is still being dragged; `None` when the drag was given up.
    PreviewRange(Option<TimeRange>),
    /// `None` selects the whole profile.
    SelectRange(Option<TimeRange>),
    Zoom(StackId),
    ZoomOut,
    ToggleIcicle,
    SetIdleIncluded(bool),
    ToggleFilters,
    SetFilter(Box<SampleFilter>),
    ClearFilters,
    /// `None` shows all events.
    ShowEvent(Option<EventId>),
    SetRows(u32),
    SetRamp(HeatRamp),
    SetScale(HeatScale),
    CopyText(String),
}

/// What a flame graph is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExportFormat {
    Svg,
    Folded,
}

impl ExportFormat {
    /// The ending of its files.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Folded => "folded",
        }
    }
}

const fn command_key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn plain_key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

pub(super) const OPEN: KeyboardShortcut = command_key(Key::O);
pub(super) const EXPORT: KeyboardShortcut = command_key(Key::E);
pub(super) const SEARCH: KeyboardShortcut = command_key(Key::F);
pub(super) const ICICLE: KeyboardShortcut = plain_key(Key::I);
pub(super) const FILTERS: KeyboardShortcut = plain_key(Key::F);
pub(super) const BACK: KeyboardShortcut = plain_key(Key::Escape);

/// The commands that were typed in this frame. Single letters count only where no text is typed.
pub(super) fn typed_commands(context: &egui::Context) -> Vec<Command> {
    let is_typing = context.text_edit_focused();
    let mut commands = Vec::new();
    context.input_mut(|input| {
        let mut on = |shortcut: &KeyboardShortcut, command: Command| {
            if input.consume_shortcut(shortcut) {
                commands.push(command);
            }
        };
        on(&OPEN, Command::Open);
        on(&EXPORT, Command::Export(ExportFormat::Svg));
        on(&SEARCH, Command::FocusSearch);
        if !is_typing {
            on(&BACK, Command::StepBack);
            on(&ICICLE, Command::ToggleIcicle);
            on(&FILTERS, Command::ToggleFilters);
            on(&plain_key(Key::Slash), Command::FocusSearch);
            on(&plain_key(Key::Backspace), Command::ZoomOut);
        }
    });
    commands
}
