//! [`App`]: the window's state. `logic` takes in what jobs have made; `ui` lays the panels out and
//! then carries out the commands that they pushed.

use super::command::{Command, ExportFormat, typed_commands};
use super::dialogs::{FileDialog, Outcome, Purpose};
use super::filter_panel::FilterPanel;
use super::flame_graph_view::FlameGraphView;
use super::heat_map_view::HeatMapView;
use super::loading::Loading;
use super::samples::Sample;
use super::session::Session;
use super::{status_bar, theme, top_bar, welcome};
use crate::call_tree::CallTree;
use crate::export::{self, Names, SvgOptions, write_file};
use crate::job::{Job, Progress};
use crate::load::{self, LoadOptions};
use crate::palette::{HeatRamp, HeatScale};
use crate::profile::{Profile, StackId, printable};
use crate::selection::Selection;
use egui::Context;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many recent files are kept.
const RECENTS: usize = 10;
/// What the window starts with.
#[derive(Debug, Clone, Default)]
pub struct AppOptions {
    /// The profile to open first.
    pub file: Option<PathBuf>,
    /// How many bytes compressed files may unpack to; see [`LoadOptions`].
    pub unpack_limit: Option<u64>,
    /// Whether the desktop can show file dialogs; without them, paths are typed.
    pub native_dialogs: bool,
}

/// What is kept from one start to the next.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Preferences {
    /// Newest first.
    pub(super) recents: Vec<PathBuf>,
    pub(super) icicle: bool,
    pub(super) are_filters_shown: bool,
    /// Index into [`HeatRamp::ALL`].
    ramp: usize,
    /// Index into [`HeatScale::ALL`].
    scale: usize,
}

impl Preferences {
    pub(super) fn ramp(&self) -> HeatRamp {
        HeatRamp::ALL
            .get(self.ramp)
            .map_or(HeatRamp::default(), |(ramp, _)| *ramp)
    }

    pub(super) fn scale(&self) -> HeatScale {
        HeatScale::ALL
            .get(self.scale)
            .map_or(HeatScale::default(), |(scale, _)| *scale)
    }
}

/// The window.
pub struct App {
    options: AppOptions,
    preferences: Preferences,
    pub(super) session: Option<Session>,
    /// More of the same profile, to take the session's place when all that is shown has been derived.
    pub(super) next: Option<Session>,
    pub(super) loading: Option<Loading>,
    exporting: Option<Job<Result<PathBuf, String>>>,
    dialog: Option<(FileDialog, ExportFormat)>,
    pub(super) notice: Option<Notice>,
    is_about_shown: bool,
    are_details_shown: bool,
    filters: FilterPanel,
    pub(super) heat_map: HeatMapView,
    pub(super) flame_graph: FlameGraphView,
    title: String,
}

/// Something to tell the user, until it is dismissed.
pub(super) struct Notice {
    text: String,
    is_error: bool,
}

impl App {
    /// A window on the start page, or on its way to a profile. `storage` holds the preferences.
    pub fn new(
        context: &Context,
        storage: Option<&dyn eframe::Storage>,
        options: AppOptions,
    ) -> Self {
        let stored = storage.and_then(|storage| eframe::get_value(storage, eframe::APP_KEY));
        let mut app = Self {
            preferences: stored.unwrap_or_default(),
            session: None,
            next: None,
            loading: None,
            exporting: None,
            dialog: None,
            notice: None,
            is_about_shown: false,
            are_details_shown: false,
            filters: FilterPanel::default(),
            heat_map: HeatMapView::default(),
            flame_graph: FlameGraphView::default(),
            title: String::new(),
            options,
        };
        if let Some(file) = app.options.file.take() {
            app.open_path(context, file);
        }
        app
    }

    fn open_path(&mut self, context: &Context, path: PathBuf) {
        let name = path
            .file_name()
            .map_or_else(|| shown(&path), |name| shown(name.as_ref()));
        let to_load = path.clone();
        let options = LoadOptions {
            unpack_limit: self.options.unpack_limit,
            ..LoadOptions::default()
        };
        self.start_loading(context, name, Some(path), move |progress, show| {
            load::open_in_steps(&to_load, &options, progress, Some(show))
        });
    }

    fn open_sample(&mut self, context: &Context, sample: &'static Sample) {
        let name = sample.file_name.to_owned();
        self.start_loading(context, name, None, |progress, _| {
            let (text, name) = (Box::new(sample.text), Path::new(sample.file_name));
            load::read(text, name, &LoadOptions::default(), progress)
        });
    }

    fn take_in_exported(&mut self) {
        let Some(result) = self.exporting.as_ref().and_then(Job::poll) else {
            return;
        };
        self.exporting = None;
        match result {
            Ok(Ok(path)) => {
                let text = format!("Saved {}", shown(&path));
                let is_error = false;
                self.notice = Some(Notice { text, is_error });
            }
            Ok(Err(message)) | Err(message) => self.tell_error(message),
        }
    }

    pub(super) fn remember(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.preferences.recents.retain(|recent| *recent != path);
        self.preferences.recents.insert(0, path);
        self.preferences.recents.truncate(RECENTS);
    }

    pub(super) fn tell_error(&mut self, text: String) {
        self.notice = Some(Notice {
            text,
            is_error: true,
        });
    }

    fn carry_out(&mut self, context: &Context, command: Command) {
        match command {
            Command::Open => self.open_dialog(context, Purpose::Open, ExportFormat::Svg),
            Command::OpenPath(path) => self.open_path(context, path),
            Command::OpenSample(sample) => self.open_sample(context, sample),
            Command::CancelLoading => self.stop_loading(),
            Command::CloseProfile => {
                self.stop_loading();
                self.show_session(None);
            }
            Command::Quit => context.send_viewport_cmd(egui::ViewportCommand::Close),
            Command::Export(format) => self.choose_export(context, format),
            Command::ForgetRecents => self.preferences.recents.clear(),
            Command::DismissNotice => self.notice = None,
            Command::ShowAbout => self.is_about_shown = true,
            Command::ShowDetails => self.are_details_shown = true,
            Command::ToggleIcicle => self.preferences.icicle ^= true,
            Command::ToggleFilters => self.preferences.are_filters_shown ^= true,
            Command::SetRamp(ramp) => {
                self.preferences.ramp = HeatRamp::ALL
                    .iter()
                    .position(|(r, _)| *r == ramp)
                    .unwrap_or(0);
            }
            Command::SetScale(scale) => {
                self.preferences.scale = HeatScale::ALL
                    .iter()
                    .position(|(s, _)| *s == scale)
                    .unwrap_or(0);
            }
            Command::CopyText(text) => context.copy_text(text),
            Command::FocusSearch => self.flame_graph.focus_search = true,
            Command::StepBack if self.heat_map.give_up_drag() => {
                if let Some(session) = &mut self.session {
                    session.preview = None;
                }
            }
            command => {
                if let Some(session) = &mut self.session {
                    carry_out_in(session, command);
                }
            }
        }
    }

    fn open_dialog(&mut self, context: &Context, purpose: Purpose, format: ExportFormat) {
        // A second dialog would hide the first.
        if self.dialog.is_none() {
            let context = context.clone();
            let native = self.options.native_dialogs;
            let dialog = FileDialog::open(purpose, native, move || context.request_repaint());
            self.dialog = Some((dialog, format));
        }
    }

    fn choose_export(&mut self, context: &Context, format: ExportFormat) {
        let Some(session) = &self.session else {
            return;
        };
        if session.profile.info.is_partial || self.next.is_some() {
            let text = "The profile is still being loaded; export it when all of it is there.";
            return self.tell_error(text.to_owned());
        }
        let stem = session.name.split('.').next().unwrap_or("profile");
        let ending = format.ending();
        let folder = session
            .path
            .as_ref()
            .and_then(|path| path.parent())
            .filter(|_| !self.options.native_dialogs);
        let file_name = format!("{stem}-flamegraph.{ending}");
        let file_name = folder.map_or(file_name.clone(), |folder| shown(&folder.join(&file_name)));
        self.open_dialog(context, Purpose::Save { file_name, ending }, format);
    }

    fn dialog_ui(&mut self, context: &Context) {
        let Some((dialog, format)) = &mut self.dialog else {
            return;
        };
        let Some(outcome) = dialog.show(context) else {
            return;
        };
        let (purpose, format) = (dialog.purpose.clone(), *format);
        self.dialog = None;
        match (outcome, purpose) {
            (Outcome::Cancelled, _) => {}
            (Outcome::Chosen(path), Purpose::Open) => self.open_path(context, path),
            (Outcome::Chosen(path), Purpose::Save { .. }) => self.export(context, path, format),
        }
    }

    /// Writes what the flame graph shows.
    fn export(&mut self, context: &Context, path: PathBuf, format: ExportFormat) {
        let Some(session) = &self.session else {
            return;
        };
        let profile = Arc::clone(&session.profile);
        let (view, selection) = (Arc::clone(&session.view), session.selection.clone());
        let (name, icicle) = (session.name.clone(), self.preferences.icicle);
        let source = session.path.clone();
        let work = move |_: &Progress| {
            let same_file = |source: PathBuf| {
                let (source, target) = (source.canonicalize(), path.canonicalize());
                source.is_ok() && source.ok() == target.ok()
            };
            if source.is_some_and(same_file) {
                return Err(format!(
                    "{}: is the profile itself; choose another file to write to",
                    shown(&path)
                ));
            }
            let tree = CallTree::new(&profile, &view.samples, &selection);
            let options = SvgOptions {
                title: "Flame graph".to_owned(),
                subtitle: export::subtitle(
                    &profile,
                    &name,
                    &selection,
                    &view.key.filter,
                    tree.total(),
                ),
                icicle,
                metric: view.key.filter.metric,
            };
            let written = write_file(&path, |out| match format {
                ExportFormat::Svg => export::write_flame_graph_svg(&profile, &tree, &options, out),
                ExportFormat::Folded => {
                    export::write_folded(&profile, &tree, Names::AsTheyAre, out)
                }
            });
            written.map(|()| path).map_err(|error| error.to_string())
        };
        let context = context.clone();
        self.exporting = Some(Job::start(work, move || context.request_repaint()));
    }

    fn panels_ui(&mut self, ui: &mut egui::Ui, commands: &mut Vec<Command>) {
        egui::Panel::top("menu").show(ui, |ui| {
            top_bar::ui(ui, self.session.as_ref(), &self.preferences, commands)
        });
        self.notice_ui(ui, commands);
        self.loading_ui(ui, commands);
        let Some(session) = &mut self.session else {
            egui::CentralPanel::default()
                .show(ui, |ui| welcome::ui(ui, &self.preferences, commands));
            return;
        };
        egui::Panel::bottom("status").show(ui, |ui| status_bar::ui(ui, session, commands));
        if self.preferences.are_filters_shown {
            egui::Panel::left("filters")
                .resizable(true)
                .default_size(theme::FILTERS_WIDTH)
                .size_range(180.0..=420.0)
                .show(ui, |ui| self.filters.ui(ui, session, commands));
        }
        let (ramp, scale) = (self.preferences.ramp(), self.preferences.scale());
        let map_height = (ui.available_height() * 0.42).clamp(160.0, 420.0);
        egui::Panel::top("heat map")
            .resizable(true)
            .default_size(map_height)
            .size_range(140.0..=(ui.available_height() - 160.0).max(150.0))
            .show(ui, |ui| {
                self.heat_map.ui(ui, session, ramp, scale, commands);
                ui.take_available_space();
            });
        egui::CentralPanel::default().show(ui, |ui| {
            self.flame_graph
                .ui(ui, session, self.preferences.icicle, commands)
        });
    }

    fn notice_ui(&self, ui: &mut egui::Ui, commands: &mut Vec<Command>) {
        let Some(notice) = &self.notice else {
            return;
        };
        let mut frame = egui::Frame::side_top_panel(ui.style());
        if notice.is_error {
            frame = frame.fill(theme::notice_fill(ui.visuals()));
        }
        egui::Panel::top("notice").frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if ui.button("Dismiss").clicked() {
                        commands.push(Command::DismissNotice);
                    }
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        ui.add(egui::Label::new(&notice.text).wrap());
                    });
                });
            });
        });
    }

    fn about_ui(&mut self, context: &Context) {
        egui::Window::new("About Emberscope")
            .open(&mut self.is_about_shown)
            .collapsible(false)
            .resizable(false)
            .show(context, |ui| {
                ui.label(format!("Emberscope {}", env!("CARGO_PKG_VERSION")));
                ui.label("Subsecond-offset heat maps and flame graphs of CPU profiles,\nin the style of FlameScope (Martin Spier and Brendan Gregg, Netflix, 2018).");
            });
    }

    fn details_ui(&mut self, context: &Context) {
        let Some(session) = &self.session else {
            self.are_details_shown = false;
            return;
        };
        egui::Window::new("Profile details")
            .open(&mut self.are_details_shown)
            .default_size([620.0, 420.0])
            .show(context, |ui| {
                let mut text = Vec::new();
                let view = &session.view;
                // Writing to memory does not fail.
                let _ = export::write_info_text(
                    &session.profile,
                    &view.key.filter,
                    &view.samples,
                    &session.name,
                    &mut text,
                );
                egui::ScrollArea::both()
                    .auto_shrink([false, false])
                    .show(ui, |ui| {
                        let text = egui::RichText::new(String::from_utf8_lossy(&text)).monospace();
                        ui.add(egui::Label::new(text).extend());
                    });
            });
    }

    fn set_title(&mut self, context: &Context) {
        let title = match &self.session {
            Some(session) => format!("{} – Emberscope", session.name),
            None => "Emberscope".to_owned(),
        };
        if self.title != title {
            context.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

/// A command that is about the open profile.
fn carry_out_in(session: &mut Session, command: Command) {
    match command {
        Command::StepBack => session.step_back(),
        Command::Search(text) => session.search = text,
        Command::PreviewRange(range) => session.preview = range,
        Command::SelectRange(range) => {
            session.preview = None;
            session.selection = range.map_or_else(Selection::whole, Selection::range);
        }
        Command::Zoom(node) => session.zoom = node,
        Command::ZoomOut => session.zoom = session.profile.stacks.parent[session.zoom.index()],
        Command::SetFilter(filter) => session.set_filter(*filter),
        Command::ClearFilters => session.clear_filters(),
        Command::SetIdleIncluded(included) => session.set_idle_included(included),
        Command::ShowEvent(event) => session.show_event(event),
        Command::SetRows(rows) => session.set_rows(rows),
        // The app's own.
        _ => {}
    }
}

/// A path for display.
pub(super) fn shown(path: &Path) -> String {
    printable(path.as_os_str().as_encoded_bytes()).into_owned()
}

impl eframe::App for App {
    fn logic(&mut self, context: &Context, _frame: &mut eframe::Frame) {
        self.take_in_loaded(context);
        self.take_in_exported();
        self.set_title(context);
        if let Some(session) = &mut self.session
            && let Err(message) = session.update()
        {
            self.tell_error(message);
        }
        if let Err(message) = self.take_in_next() {
            self.next = None;
            self.tell_error(message);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let context = ui.ctx().clone();
        let dropped = ui.input(|input| input.raw.dropped_files.clone());
        let mut commands: Vec<Command> = Vec::new();
        commands.extend(
            dropped
                .first()
                .map(|file| Command::OpenPath(file.path().to_owned())),
        );
        self.dialog_ui(&context);
        commands.extend(typed_commands(&context));
        // Before the views run: Esc must end a drag before the drag goes on.
        let was_asked = !commands.is_empty();
        for command in commands.drain(..) {
            self.carry_out(&context, command);
        }
        self.panels_ui(ui, &mut commands);
        self.about_ui(&context);
        self.details_ui(&context);
        if ui.input(|input| !input.raw.hovered_files.is_empty()) {
            drop_hint_ui(&context);
        }
        if was_asked || !commands.is_empty() {
            // What was asked for is seen in the next frame.
            context.request_repaint();
        }
        for command in commands {
            self.carry_out(&context, command);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, eframe::APP_KEY, &self.preferences);
    }
}

/// Over everything, while a file is held above the window.
fn drop_hint_ui(context: &Context) {
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
    let painter = context.layer_painter(layer);
    let area = context.content_rect();
    painter.rect_filled(area, 0.0, egui::Color32::from_black_alpha(170));
    let font = egui::FontId::proportional(26.0);
    painter.text(
        area.center(),
        egui::Align2::CENTER_CENTER,
        "Drop the profile here",
        font,
        egui::Color32::WHITE,
    );
}

/// So that tests can see the state that is not drawn.
impl App {
    /// Whether a profile is open and everything derived from it is up to date.
    pub fn is_settled(&self) -> bool {
        let is_current = self
            .session
            .as_ref()
            .is_none_or(|session| !session.is_stale());
        let is_whole = self.loading.is_none() && self.next.is_none();
        is_whole && self.exporting.is_none() && is_current
    }

    /// The node that the flame graph is zoomed to.
    pub fn zoom(&self) -> Option<StackId> {
        self.session.as_ref().map(Session::zoomed_node)
    }

    /// What is selected.
    pub fn selection(&self) -> Option<&Selection> {
        self.session.as_ref().map(|session| &session.selection)
    }

    /// The open profile.
    pub fn profile(&self) -> Option<&Arc<Profile>> {
        self.session.as_ref().map(|session| &session.profile)
    }
}
