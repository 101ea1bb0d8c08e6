//! [`App`]: the window's state. `logic` takes in what jobs have made; `ui` lays the panels out and
//! then carries out the commands that they pushed.

use super::choose::nudge;
use super::closed::Closed;
use super::command::{Command, typed_commands};
use super::dialogs::FileDialog;
use super::dividers::{self, Edge, Part};
use super::exported::Shown;
use super::flame_graph::search_id;
use super::heat_map::{Nudge, thumbnail};
use super::loading::Ended;
use super::panels::{self, Panel, Place};
use super::panes;
use super::preferences::Preferences;
use super::samples::Sample;
use super::session::{Session, Wanted};
use super::tab::Tab;
use super::table_rows::TableLook;
use super::tabs::Tabs;
use super::{findings_panel, help, selections_panel, status_bar, theme, top_bar, welcome, windows};
use crate::heat_map::HeatMapError;
use crate::job::Job;
use crate::load::{self, LoadOptions};
use crate::profile::{Profile, StackId, printable};
use crate::selection::Selection;
use crate::session_file::{self, ProfileView};
use egui::Context;
use egui::emath::Rangef;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long each step of a selection that plays is shown.
const PLAY_STEP: Duration = Duration::from_millis(350);

/// Points that the heat map leaves for the flame graph and what is around it.
const LEAST_GRAPH: f32 = 260.0;

/// How small and how large text can be made, as a part of its usual size.
const TEXT_ZOOM: RangeInclusive<f32> = 0.6..=4.0;

/// What the window starts with.
#[derive(Debug, Clone, Default)]
pub struct AppOptions {
    /// The profiles to open first.
    pub files: Vec<PathBuf>,
    /// What to show of each of them (its own file is not looked at).
    pub view: ProfileView,
    /// How many bytes compressed files may unpack to; see [`LoadOptions`].
    pub unpack_limit: Option<u64>,
    /// The desktop's file dialog, where it can show one; without it, paths are typed.
    pub native_dialogs: Option<rfd::FileDialog>,
    /// What was wrong with the settings, to be told first.
    pub settings_problem: Option<String>,
}

/// The window.
pub struct App {
    pub(super) options: AppOptions,
    pub(super) preferences: Preferences,
    pub(super) tabs: Tabs,
    pub(super) closed: Closed,
    pub(super) exporting: Option<Job<Result<String, String>>>,
    pub(super) dialog: Option<(FileDialog, Option<Shown>)>,
    /// Newest last.
    pub(super) notices: Vec<Notice>,
    /// The text size that the least size of the window is of.
    bounded_at: f32,
    /// Whether the pointer is held after a press that closes a menu.
    pub(super) is_closing_menu: bool,
    pub(super) is_about_shown: bool,
    pub(super) are_details_shown: bool,
    pub(super) is_help_shown: bool,
    title: String,
    /// When the selection that plays moved last, in the window's seconds.
    played_at: f64,
    /// The field that had the focus when the last frame ended: Esc leaves it before anyone can see.
    typed_in: Option<egui::Id>,
}

/// Something to tell the user, until it is dismissed.
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) is_error: bool,
    /// When it goes by itself, in the window's seconds, once it has been seen.
    until: Option<f64>,
}

impl App {
    /// A window on the start page, or on its way to profiles. `storage` holds the preferences.
    pub fn new(
        context: &Context,
        storage: Option<&dyn eframe::Storage>,
        options: AppOptions,
    ) -> Self {
        let stored = storage.and_then(|storage| eframe::get_value(storage, eframe::APP_KEY));
        let preferences: Preferences = stored.unwrap_or_default();
        let mut app = Self {
            closed: Closed::kept(&preferences),
            preferences,
            tabs: Tabs::default(),
            exporting: None,
            dialog: None,
            notices: Vec::new(),
            bounded_at: 0.0,
            is_closing_menu: false,
            is_about_shown: false,
            are_details_shown: false,
            is_help_shown: false,
            title: String::new(),
            played_at: 0.0,
            typed_in: None,
            options,
        };
        for file in std::mem::take(&mut app.options.files) {
            let view = ProfileView {
                file: file.clone(),
                ..app.options.view.clone()
            };
            app.open_path(context, file);
            if !view.is_plain() {
                app.show_in_front(view);
            }
        }
        if let Some(problem) = app.options.settings_problem.take() {
            app.tell_error(problem);
        }
        app
    }

    /// What is shown of the profile in front.
    pub(super) fn session(&self) -> Option<&Session> {
        self.tabs.active()?.session.as_ref()
    }

    pub(super) fn session_mut(&mut self) -> Option<&mut Session> {
        self.tabs.active_mut()?.session.as_mut()
    }

    pub(super) fn open_path(&mut self, context: &Context, path: PathBuf) {
        // What went wrong with another file is past once one goes on.
        if self.tabs.iter().all(|tab| tab.loading.is_none()) {
            self.notices.clear();
        }
        match session_file::is_session(&path) {
            true => self.open_session(context, &path),
            false => self.open_profile(context, path),
        }
    }

    /// Opens what is no session: a session names profiles alone, whatever they are by now.
    pub(super) fn open_profile(&mut self, context: &Context, path: PathBuf) {
        let path = std::path::absolute(&path).unwrap_or(path);
        if let Some(index) = self.tabs.of_file(&path) {
            return self.tabs.show(Some(index));
        }
        let name = path
            .file_name()
            .map_or_else(|| shown(&path), |name| shown(name.as_ref()));
        self.tabs.add(Tab::new(name, Some(path)));
        self.load_active(context);
    }

    pub(super) fn load_options(&self) -> LoadOptions {
        LoadOptions {
            unpack_limit: self.options.unpack_limit,
            ..LoadOptions::default()
        }
    }

    /// Loads the file of the tab that is shown, for the first time or again.
    pub(super) fn load_active(&mut self, context: &Context) {
        let options = self.load_options();
        let Some(tab) = self.tabs.active_mut() else {
            return;
        };
        // What is being loaded is new enough.
        if let Some(path) = tab.path.clone().filter(|_| tab.loading.is_none()) {
            // What is there is better than parts of what will be.
            let shows_parts = tab.session.is_none();
            tab.start_loading(context, move |progress, show| {
                let show = shows_parts.then_some(show);
                load::open_in_steps(&path, &options, progress, show)
            });
        }
    }

    pub(super) fn open_sample(&mut self, context: &Context, sample: &'static Sample) {
        let mut tab = Tab::new(sample.file_name.to_owned(), None);
        tab.start_loading(context, |progress, _| {
            let (text, name) = (Box::new(sample.text), Path::new(sample.file_name));
            load::read(text, name, &LoadOptions::default(), progress)
        });
        self.tabs.add(tab);
    }

    pub(super) fn cancel_loading(&mut self) {
        let Some(tab) = self.tabs.active_mut() else {
            return;
        };
        match tab.loading.take() {
            Some(loading) if loading.is_reload => {}
            Some(_) => {
                let shown = self.tabs.shown();
                let tab = shown.and_then(|index| self.tabs.close(index));
                self.closed.push_unopened(tab);
            }
            None => {}
        }
    }

    fn take_in_loaded(&mut self, context: &Context) {
        let icicle = self.preferences.icicle;
        let ended: Vec<_> = self
            .tabs
            .iter_mut()
            .enumerate()
            .filter_map(|(index, tab)| Some((index, tab.take_in_loaded(context, icicle)?)))
            .collect();
        // From the last one on, so that closing one moves none that is still to be looked at.
        for (index, ended) in ended.into_iter().rev() {
            match ended {
                Ended::Loaded { path } => {
                    let tab = self.tabs.iter().nth(index);
                    let session = tab.and_then(|tab| tab.next.as_ref().or(tab.session.as_ref()));
                    let thumbnail = session.and_then(|session| thumbnail(&session.view));
                    if let Some(path) = path {
                        self.preferences.remember(&path, thumbnail);
                    }
                }
                Ended::Failed { message, is_reload } => {
                    if !is_reload {
                        let tab = self.tabs.close(index);
                        self.closed.push_unopened(tab);
                    }
                    self.tell_error(message);
                }
            }
        }
    }

    fn take_in_exported(&mut self) {
        let Some(result) = self.exporting.as_ref().and_then(Job::poll) else {
            return;
        };
        self.exporting = None;
        match result {
            Ok(Ok(message)) => self.tell(message),
            Ok(Err(message)) | Err(message) => self.tell_error(message),
        }
    }

    pub(super) fn tell(&mut self, text: String) {
        // What went well before needs no words any more.
        self.notices.retain(|notice| notice.is_error);
        self.add_notice(text, false);
    }

    pub(super) fn tell_error(&mut self, text: String) {
        self.add_notice(text, true);
    }

    fn add_notice(&mut self, text: String, is_error: bool) {
        self.notices.retain(|notice| notice.text != text);
        self.notices.push(Notice {
            text,
            is_error,
            until: None,
        });
    }

    fn panels_ui(&mut self, ui: &mut egui::Ui, commands: &mut Vec<Command>) {
        egui::Panel::top("menu").show(ui, |ui| {
            let session = self.session();
            let last = self.closed.last_name();
            top_bar::ui(ui, session, (&self.tabs, last), &self.preferences, commands)
        });
        self.tabs.ui(ui, commands);
        let Some(tab) = self.tabs.active_mut() else {
            let (preferences, last) = (&self.preferences, self.closed.last_name());
            egui::CentralPanel::default().show(ui, |ui| {
                welcome::ui(ui, preferences, last, commands);
            });
            return;
        };
        tab.loading_ui(ui, commands);
        changed_ui(ui, tab, commands);
        let Some(session) = &mut tab.session else {
            egui::CentralPanel::default().show(ui, |_| {});
            return;
        };
        let preferences = &self.preferences;
        let is_exporting = self.exporting.is_some();
        egui::Panel::bottom("status")
            .show(ui, |ui| status_bar::ui(ui, session, is_exporting, commands));
        let heat_map = preferences.heat_map();
        let flame_graph = preferences.flame_graph(session.choices.icicle);
        for place in Place::ALL {
            let shown = preferences.panels.at(place);
            panels::show(
                ui,
                place,
                &shown,
                commands,
                |ui, panel, commands| match panel {
                    Panel::Filters => tab.filters.ui(ui, session, commands),
                    Panel::Selections => selections_panel::ui(ui, session, commands),
                    Panel::Findings => findings_panel::ui(ui, session, commands),
                    Panel::Functions => {
                        tab.functions.ui(ui, session, flame_graph.colors, commands);
                    }
                },
            );
        }
        let mut draw = |ui: &mut egui::Ui| tab.heat_map.ui(ui, session, heat_map, commands);
        if matches!(&session.view.heat_map, Err(HeatMapError::NoTimes)) {
            egui::Panel::top("no heat map").show(ui, draw);
        } else {
            let height = ui.available_height();
            let suiting = (height * 0.45).clamp(190.0, 460.0);
            // With large text in a small window neither has what it should.
            let least = (height * 0.35).clamp(90.0, 140.0);
            let most = (height * 0.6).min(height - LEAST_GRAPH).max(least + 10.0);
            let part = Part::of(Edge::Top, "heat map");
            dividers::show(ui, part, suiting, Rangef::new(least, most), |ui| {
                draw(ui);
                ui.take_available_space();
            });
        }
        egui::CentralPanel::default().show(ui, |ui| {
            tab.flame_graph.ui(ui, session, flame_graph, commands)
        });
    }

    /// What is shown beside the main views.
    fn wanted(&self) -> Wanted {
        let is_shown = |panel| self.preferences.panels.is_shown(panel);
        Wanted {
            functions: is_shown(Panel::Functions).then(|| match self.tabs.active() {
                Some(tab) => tab.functions.look.clone(),
                None => TableLook::default(),
            }),
            groups: self.preferences.heat_map().groups,
            matched: self.preferences.shows_matched,
            difference: self.preferences.shows_difference,
            findings: is_shown(Panel::Findings),
            filters: is_shown(Panel::Filters),
            details: self.are_details_shown,
        }
    }

    /// Moves a selection on that plays, as often as it is time.
    fn play(&mut self, context: &Context) {
        let now = context.input(|input| input.time);
        let is_due = now - self.played_at >= PLAY_STEP.as_secs_f64();
        let Some(session) = self.session_mut().filter(|session| session.is_playing) else {
            return;
        };
        context.request_repaint_after(PLAY_STEP);
        if !is_due {
            return;
        }
        let before = session.choices.selection.clone();
        nudge(session, Nudge::Step { forward: true });
        // At the end it stops.
        session.is_playing = session.choices.selection != before;
        self.played_at = now;
    }

    /// What went well needs no answer.
    fn fade_notices(&mut self, context: &Context) {
        const SHOWN: Duration = Duration::from_secs(8);
        if self.has_typed_dialog() {
            return;
        }
        let now = context.input(|input| input.time);
        for notice in self.notices.iter_mut().filter(|notice| !notice.is_error) {
            let until = *notice.until.get_or_insert(now + SHOWN.as_secs_f64());
            context.request_repaint_after(Duration::from_secs_f64((until - now).max(0.0)));
        }
        let is_over = |notice: &Notice| notice.until.is_some_and(|until| until <= now);
        self.notices.retain(|notice| !is_over(notice));
    }

    /// Whether Esc leaves a field of text or closes a menu, and does nothing else. It does clear the
    /// search from within its own field.
    fn takes_escape(&self, context: &Context) -> bool {
        let is_search = self.typed_in == Some(search_id());
        let has_search = self
            .session()
            .is_some_and(|session| !session.choices.search.is_empty());
        let is_in_field = self.typed_in.is_some() && !(is_search && has_search);
        is_in_field || egui::Popup::is_any_open(context)
    }

    fn set_title(&mut self, context: &Context) {
        let title = match self.session() {
            Some(session) => format!("{} – Emberscope", session.name),
            None => "Emberscope".to_owned(),
        };
        if self.title != title {
            context.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

/// Whether the pointer was released in this frame before anything was typed.
fn is_typed_after_release(context: &Context) -> bool {
    let is_key = |event: &egui::Event| matches!(event, egui::Event::Key { pressed: true, .. });
    let is_release =
        |event: &egui::Event| matches!(event, egui::Event::PointerButton { pressed: false, .. });
    context.input(|input| {
        let mut before_keys = input.events.iter().take_while(|event| !is_key(event));
        before_keys.any(is_release)
    })
}

/// Smaller text could not be read, and the window would open with it the next time.
fn bound_zoom(context: &Context) {
    let zoom = context.zoom_factor();
    if !TEXT_ZOOM.contains(&zoom) {
        context.set_zoom_factor(zoom.clamp(*TEXT_ZOOM.start(), *TEXT_ZOOM.end()));
    }
}

/// Larger text lets the window be no larger than it has to be with any: a screen may have no more room.
fn bound_size(context: &Context, bounded: &mut f32) {
    let zoom = context.zoom_factor();
    if bounded.to_bits() != zoom.to_bits() {
        *bounded = zoom;
        let least = egui::Vec2::from(super::LEAST_SIZE) / zoom;
        context.send_viewport_cmd(egui::ViewportCommand::MinInnerSize(least));
    }
}

/// Says that the file is another one by now.
fn changed_ui(ui: &mut egui::Ui, tab: &Tab, commands: &mut Vec<Command>) {
    if !tab.has_changed() || tab.loading.is_some() {
        return;
    }
    egui::Panel::top("changed").show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(format!("{} has changed on disk.", tab.name));
            if ui.button("Reload").on_hover_text("F5").clicked() {
                commands.push(Command::Reload);
            }
            let dismiss = ui.button("Dismiss");
            let dismiss = dismiss.on_hover_text("Until it changes again");
            if dismiss.clicked() {
                commands.push(Command::DismissChange);
            }
        });
    });
}

/// A path for display.
pub(super) fn shown(path: &Path) -> String {
    printable(path.as_os_str().as_encoded_bytes()).into_owned()
}

impl eframe::App for App {
    fn logic(&mut self, context: &Context, _frame: &mut eframe::Frame) {
        self.take_in_loaded(context);
        self.show_opening();
        self.take_in_exported();
        self.set_title(context);
        bound_zoom(context);
        bound_size(context, &mut self.bounded_at);
        self.play(context);
        self.fade_notices(context);
        let wanted = self.wanted();
        let mut problem = None;
        if let Some(session) = self.session_mut() {
            session.wanted = wanted;
            problem = session.update().err();
            if let Some(forward) = session.due_step() {
                self.carry_out(context, Command::StepFinding { forward });
            }
        }
        // What is behind another tab is taken in, too: parts of a load are large.
        for tab in self.tabs.iter_mut() {
            problem = problem.or(tab.take_in_shape(context).err());
            problem = problem.or(tab.take_in_next().err());
        }
        if let Some(message) = problem {
            self.tell_error(message);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let context = ui.ctx().clone();
        panes::begin(&context);
        let dropped = ui.input(|input| input.raw.dropped_files.clone());
        let mut commands: Vec<Command> = Vec::new();
        let dropped = dropped.iter().map(|file| file.path().to_owned());
        commands.extend(dropped.map(Command::OpenPath));
        // What is typed into it is its own, also in the frame in which it closes.
        let had_dialog = self.dialog.is_some();
        self.dialog_ui(&context);
        let is_after_drag = is_typed_after_release(&context);
        let mut typed = match had_dialog {
            true => Vec::new(),
            false => typed_commands(&context, self.takes_escape(&context)),
        };
        // Before the views run, as Esc must end a drag before the drag goes on; but what is typed after
        // the end of a drag is of what that has selected.
        if !is_after_drag {
            commands.append(&mut typed);
        }
        let was_asked = !commands.is_empty();
        for command in commands.drain(..) {
            self.carry_out(&context, command);
        }
        let closes_menu = self.closes_menu(&context);
        self.panels_ui(ui, &mut commands);
        if closes_menu {
            commands.retain(|command| !windows::selects(command));
        }
        self.notices_ui(&context, &mut commands);
        commands.append(&mut typed);
        self.about_ui(&context);
        self.details_ui(&context);
        help::ui(&context, &mut self.is_help_shown);
        if ui.input(|input| !input.raw.hovered_files.is_empty()) {
            windows::drop_hint_ui(&context);
        }
        if was_asked || !commands.is_empty() {
            // What was asked for is seen in the next frame.
            context.request_repaint();
        }
        for command in commands {
            self.carry_out(&context, command);
        }
        let wanted = self.wanted();
        if self
            .session()
            .is_some_and(|session| session.wanted != wanted)
        {
            // What panels were told to show is derived before the next frame.
            context.request_repaint();
        }
        theme::focus_ring(&context);
        let focused = context.memory(|memory| memory.focused());
        self.typed_in = focused.filter(|_| context.text_edit_focused());
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        let mut kept = self.preferences.clone();
        kept.closed = self.closed.views(self.tabs.iter());
        eframe::set_value(storage, eframe::APP_KEY, &kept);
    }
}

/// So that tests can see the state that is not drawn.
impl App {
    /// Whether all open profiles are there and everything derived from the one in front is up to
    /// date.
    pub fn is_settled(&self) -> bool {
        let is_loaded = self.tabs.iter().all(|tab| tab.loading.is_none());
        let is_current = self.tabs.active().is_none_or(Tab::is_settled)
            && self
                .session()
                .is_none_or(|session| session.wanted == self.wanted());
        let is_shown = self.tabs.iter().all(|tab| tab.opening.is_none());
        let look = self.preferences.heat_map();
        let is_painted = |tab: &Tab| tab.session.is_none() || !tab.heat_map.is_stale(look);
        let is_current = is_current && self.tabs.active().is_none_or(is_painted);
        is_loaded && is_shown && is_current && self.exporting.is_none()
    }

    /// The node that the flame graph is zoomed to.
    pub fn zoom(&self) -> Option<StackId> {
        self.session().map(Session::zoomed_node)
    }

    /// What is selected.
    pub fn selection(&self) -> Option<&Selection> {
        self.session().map(|session| &session.choices.selection)
    }

    /// The profile in front.
    pub fn profile(&self) -> Option<&Arc<Profile>> {
        self.session().map(|session| &session.profile)
    }
}
