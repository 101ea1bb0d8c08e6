//! The window: eframe start-up. Everything the window shows is derived by the library.

mod app;
mod carry_out;
mod changes_table;
mod choices;
mod choose;
mod closed;
mod command;
mod derived;
mod dialogs;
mod dividers;
mod exported;
mod exporting;
mod file_watch;
mod filter_panel;
mod findings_panel;
mod flame_graph;
mod fonts;
mod functions_panel;
mod heat_map;
mod help;
mod loading;
mod looked_for;
mod measure;
mod menus;
mod names;
mod other;
mod panels;
mod panes;
mod preferences;
mod reshaping;
mod samples;
mod selections_panel;
mod session;
mod session_files;
mod settings;
mod sorting;
mod status_bar;
mod tab;
mod table_rows;
mod tables;
mod tabs;
mod theme;
mod times;
mod top_bar;
mod view;
mod welcome;
mod windows;
mod zoom;

pub use app::{App, AppOptions};
pub use theme::install as install_theme;

use crate::guard::guarded;
use crate::session_file::ProfileView;
use std::cell::Cell;
use std::path::PathBuf;

/// The window's name to the desktop, and of the folder that its settings are kept in.
const APP_ID: &str = "emberscope";

/// Of the window, in points of text of the usual size.
const LEAST_SIZE: [f32; 2] = [760.0, 520.0];

/// Opens the window, on `files` or on the start page, and waits until it is closed. `view`: what
/// to show of each file; `unpack_limit`: see [`LoadOptions`](crate::load::LoadOptions).
///
/// # Errors
/// With the reason why there can be no window.
pub fn run(
    files: Vec<PathBuf>,
    view: ProfileView,
    unpack_limit: Option<u64>,
) -> Result<(), String> {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Emberscope")
            .with_app_id(APP_ID)
            .with_icon(icon())
            .with_inner_size([1280.0, 800.0])
            .with_clamp_size_to_monitor_size(true)
            // With the largest text it opens no larger than it has to be; `app` has the rest.
            .with_min_inner_size(LEAST_SIZE.map(|side| side / 2.0))
            .with_drag_and_drop(true),
        // Dithering would change the heat map's colours, which are read against a legend.
        dithering: false,
        ..eframe::NativeOptions::default()
    };
    let mut app_options = AppOptions {
        files,
        view,
        unpack_limit,
        native_dialogs: None,
        settings_problem: settings::keep_damaged(),
    };
    let has_window = Cell::new(false);
    let start = || {
        let create: eframe::AppCreator<'_> = Box::new(|context| {
            has_window.set(true);
            theme::install(&context.egui_ctx);
            fonts::install(&context.egui_ctx);
            // They stay in front of the window that they are of.
            let dialogs = || rfd::FileDialog::new().set_parent(context);
            app_options.native_dialogs = dialogs::are_available().then(dialogs);
            Ok(Box::new(App::new(
                &context.egui_ctx,
                context.storage,
                app_options,
            )))
        });
        eframe::run_native(APP_ID, options, create).map_err(|error| reason(&error.to_string()))
    };
    // The windowing libraries panic on some displays (an X server without XInput2, say).
    match guarded(start) {
        Ok(result) => result,
        // Once there is a window, it is a bug of the window's.
        Err(panic) if has_window.get() => std::panic::resume_unwind(Box::new(panic)),
        Err(panic) => Err(format!("the display cannot be used: {panic}")),
    }
}

/// The end of the windowing library's message: what comes before names its own source files.
fn reason(message: &str) -> String {
    message.rsplit(": ").next().unwrap_or(message).to_owned()
}

fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default()
}
