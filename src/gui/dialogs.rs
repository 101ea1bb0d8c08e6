//! Choosing a file: the desktop's dialog, or, where there is none, a path to type.

use super::app::shown;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// A native dialog that ends sooner than this without a choice was never shown.
const SOON: Duration = Duration::from_millis(400);

/// How wide the field for a path is at most, in points.
const WIDEST: f32 = 700.0;

/// What a file is chosen for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    Open {
        /// Where to look first.
        folder: Option<PathBuf>,
    },
    Save {
        title: &'static str,
        /// Where to write to, unless another folder is chosen.
        folder: Option<PathBuf>,
        /// The name that the dialog proposes.
        file_name: String,
        ending: &'static str,
    },
}

/// A dialog that is open.
#[derive(Debug)]
pub(super) struct FileDialog {
    pub(super) purpose: Purpose,
    /// The path as typed, where there is no native dialog.
    pub(super) typed: String,
    native: Option<(Receiver<Option<PathBuf>>, Instant)>,
    just_opened: bool,
}

/// How a dialog ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Chosen(PathBuf),
    Cancelled,
}

/// Whether the desktop can show dialogs: by its portal over the session bus, or by zenity.
pub(super) fn are_available() -> bool {
    let runtime_dir = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let has_bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || runtime_dir.is_some_and(|dir| dir.join("bus").exists());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_zenity = std::env::split_paths(&path).any(|dir| dir.join("zenity").is_file());
    has_bus || has_zenity || !cfg!(target_os = "linux")
}

impl FileDialog {
    /// Opens a dialog. `wake` is called when a native one has ended.
    pub(super) fn open(
        purpose: Purpose,
        native: Option<rfd::FileDialog>,
        wake: impl FnOnce() + Send + 'static,
    ) -> Self {
        let typed = match &purpose {
            Purpose::Open { .. } => String::new(),
            Purpose::Save {
                folder, file_name, ..
            } => match folder {
                Some(folder) => shown(&folder.join(file_name)),
                None => file_name.clone(),
            },
        };
        let native = native.map(|dialog| (start_native(dialog, &purpose, wake), Instant::now()));
        Self {
            purpose,
            typed,
            native,
            just_opened: true,
        }
    }

    /// Whether it is the window's own.
    pub(super) fn is_typed(&self) -> bool {
        self.native.is_none()
    }

    /// Shows the dialog, if it is ours to show; what came of it, once.
    pub(super) fn show(&mut self, context: &egui::Context) -> Option<Outcome> {
        let Some((receiver, opened)) = &self.native else {
            return self.typed_ui(context);
        };
        match receiver.try_recv() {
            Ok(Some(path)) => Some(Outcome::Chosen(path)),
            Err(TryRecvError::Empty) => None,
            Ok(None) | Err(TryRecvError::Disconnected) if opened.elapsed() < SOON => {
                self.native = None;
                None
            }
            Ok(None) | Err(TryRecvError::Disconnected) => Some(Outcome::Cancelled),
        }
    }

    fn typed_ui(&mut self, context: &egui::Context) -> Option<Outcome> {
        let (title, action) = match self.purpose {
            Purpose::Open { .. } => ("Open a profile", "Open"),
            Purpose::Save { title, .. } => (title, "Save"),
        };
        let mut outcome = None;
        let mut is_open = true;
        let width = (context.content_rect().width() - 160.0).clamp(200.0, WIDEST);
        let window = egui::Window::new(title)
            .collapsible(false)
            .resizable(false)
            .default_width(width)
            .open(&mut is_open)
            .anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO);
        window.show(context, |ui| {
            ui.label("Path of the file");
            let field = ui.add(egui::TextEdit::singleline(&mut self.typed).desired_width(width));
            let field = field.accessible_name("Path of the file");
            if std::mem::take(&mut self.just_opened) {
                field.request_focus();
            }
            let enter = Enter::of(ui);
            let entered = field.lost_focus() && enter.is_pressed;
            let (path, is_saved) = (self.path(), matches!(self.purpose, Purpose::Save { .. }));
            let is_folder = path.is_dir();
            let exists = is_saved && !is_folder && path.exists();
            if exists {
                ui.label("The file exists.");
            } else if is_saved && is_folder {
                ui.label("That is a folder.");
            }
            let is_empty = self.typed.trim().is_empty();
            let is_missing = !is_empty && !is_saved && !path.exists();
            if is_missing {
                ui.weak("There is no such file.");
            }
            let folder = path.parent().filter(|_| is_saved && !is_empty);
            let has_no_folder =
                folder.is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
            if has_no_folder {
                ui.weak("There is no such folder.");
            }
            ui.horizontal(|ui| {
                let is_wrong = is_missing || has_no_folder || is_saved && is_folder;
                let can_go = !is_empty && !is_wrong;
                // What is there is replaced by saying so, not by a key that is pressed too soon.
                let action = if exists { "Replace it" } else { action };
                let go = ui.add_enabled(can_go, egui::Button::new(action));
                if can_go && (go.clicked() && !enter.is_held || entered && !exists) {
                    outcome = Some(Outcome::Chosen(path));
                } else if entered && exists {
                    go.request_focus();
                } else if entered {
                    field.request_focus();
                }
                if ui.button("Cancel").clicked() {
                    outcome = Some(Outcome::Cancelled);
                }
            });
        });
        let escaped =
            context.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
        if !is_open || escaped {
            outcome = Some(Outcome::Cancelled);
        }
        outcome
    }

    /// The path as typed; `~/` is the home folder.
    fn path(&self) -> PathBuf {
        let typed = self.typed.trim();
        match (typed.strip_prefix("~/"), std::env::var_os("HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(typed),
        }
    }
}

/// The key, in this frame.
struct Enter {
    is_pressed: bool,
    /// Whether it has been held down since an earlier one, and so was meant for what was there then.
    is_held: bool,
}

impl Enter {
    fn of(ui: &egui::Ui) -> Self {
        let has = |wanted: bool| {
            let is_it = move |event: &egui::Event| match event {
                egui::Event::Key {
                    key: egui::Key::Enter,
                    pressed: true,
                    repeat,
                    ..
                } => *repeat == wanted,
                _ => false,
            };
            ui.input(|input| input.events.iter().any(is_it))
        };
        Self {
            is_pressed: has(false),
            is_held: has(true),
        }
    }
}

fn start_native(
    dialog: rfd::FileDialog,
    purpose: &Purpose,
    wake: impl FnOnce() + Send + 'static,
) -> Receiver<Option<PathBuf>> {
    let folder = match purpose {
        Purpose::Open { folder } | Purpose::Save { folder, .. } => folder.clone(),
    };
    let dialog = match folder {
        Some(folder) => dialog.set_directory(folder),
        None => dialog,
    };
    let (sender, receiver) = mpsc::channel();
    let purpose = purpose.clone();
    // The dialog may never be answered, and must not hold up the window meanwhile.
    std::thread::spawn(move || {
        let chosen = match purpose {
            Purpose::Open { .. } => dialog.set_title("Open a profile").pick_file(),
            Purpose::Save {
                title,
                file_name,
                ending,
                ..
            } => dialog
                .set_title(title)
                .set_file_name(file_name)
                .save_file()
                .map(|path| with_ending(path, ending)),
        };
        // The window may have been closed.
        let _ = sender.send(chosen);
        wake();
    });
    receiver
}

/// Dialogs do not add the ending where it was not typed.
fn with_ending(path: PathBuf, ending: &str) -> PathBuf {
    if path.extension().is_some() {
        path
    } else {
        path.with_extension(ending)
    }
}
