//! A profile on its way: loaded in the background, shown from its first part on.

use super::app::App;
use super::command::Command;
use super::heat_map_view::HeatMapView;
use super::session::{Session, View, ViewKey};
use crate::filter::SampleFilter;
use crate::heat_map::HeatMapOptions;
use crate::job::{Job, Progress};
use crate::load::{LoadError, ShowPartial};
use crate::profile::Profile;
use egui::Context;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// How often progress is redrawn.
const TICK: Duration = Duration::from_millis(50);

/// A profile on its way.
pub(super) struct Loading {
    name: String,
    path: Option<PathBuf>,
    started: Instant,
    job: Job<Result<Loaded, String>>,
    /// What has been loaded so far.
    partial: mpsc::Receiver<Loaded>,
    /// What was open before a part of the new profile was shown in its place.
    before: Option<Before>,
}

/// A profile, or a part of it, and a first view of it.
type Loaded = (Arc<Profile>, View);

/// What was open before, if something was.
struct Before(Option<Session>);

impl App {
    /// Loads, filters and bins in the background; what is open stays until something is there.
    pub(super) fn start_loading(
        &mut self,
        context: &Context,
        name: String,
        path: Option<PathBuf>,
        load: impl FnOnce(&Progress, ShowPartial<'_>) -> Result<Profile, LoadError> + Send + 'static,
    ) {
        self.stop_loading();
        let open = self.session.as_ref().map(Session::heat_map_options);
        let HeatMapOptions { rows, .. } = open.unwrap_or_default();
        let first_view = move |profile: Profile| {
            let profile = Arc::new(profile);
            let filter = SampleFilter::default();
            let heat_map = HeatMapOptions::fitting(&profile, rows);
            let view = View::new(&profile, ViewKey { filter, heat_map })?;
            Ok::<Loaded, String>((profile, view))
        };
        let (sender, partial) = mpsc::channel();
        let wake = context.clone();
        let work = move |progress: &Progress| {
            let show = |profile| {
                if let Ok(loaded) = first_view(profile) {
                    // Nobody may be waiting any more: the load was cancelled.
                    let _ = sender.send(loaded);
                    wake.request_repaint();
                }
            };
            first_view(load(progress, &show).map_err(|error| error.to_string())?)
        };
        let context = context.clone();
        self.loading = Some(Loading {
            name,
            path,
            started: Instant::now(),
            job: Job::start(work, move || context.request_repaint()),
            partial,
            before: None,
        });
    }

    /// Ends a load, and shows what was open before it.
    pub(super) fn stop_loading(&mut self) {
        let before = self.loading.take().and_then(|loading| loading.before);
        if let Some(Before(session)) = before {
            self.show_session(session);
        }
    }

    pub(super) fn show_session(&mut self, session: Option<Session>) {
        self.session = session;
        self.next = None;
        self.heat_map = HeatMapView::default();
        self.flame_graph.forget_nodes();
    }

    pub(super) fn take_in_loaded(&mut self, context: &Context) {
        let Some(mut loading) = self.loading.take() else {
            return;
        };
        let result = loading.job.poll();
        let newest = match &result {
            None => loading.partial.try_iter().last(),
            Some(_) => None,
        };
        let Some(result) = result else {
            if let Some(loaded) = newest {
                self.take_in_part(context, &mut loading, loaded);
            }
            self.loading = Some(loading);
            return;
        };
        let problem = match result {
            Ok(Ok(loaded)) => {
                if let Some(path) = &loading.path {
                    self.remember(path);
                }
                self.take_in_part(context, &mut loading, loaded);
                return;
            }
            Ok(Err(message)) => message,
            Err(panic) => format!("{}: loading failed: {panic}", loading.name),
        };
        self.loading = Some(loading);
        self.stop_loading();
        self.tell_error(problem);
    }

    /// Shows a part of a profile, or all of it: in place of what was open before, or, when a part of
    /// it is shown already, as soon as the same can be shown of this one.
    fn take_in_part(&mut self, context: &Context, loading: &mut Loading, loaded: Loaded) {
        let (profile, view) = loaded;
        let context = context.clone();
        let wake = move || context.request_repaint();
        let (name, path) = (loading.name.clone(), loading.path.clone());
        let session = Session::new(name, path, profile, view, wake);
        if loading.before.is_some() {
            self.next = Some(session);
            return;
        }
        loading.before = Some(Before(self.session.take()));
        self.show_session(Some(session));
        self.notice = None;
    }

    /// Lets what has been loaded since take the session's place.
    pub(super) fn take_in_next(&mut self) -> Result<(), String> {
        let (Some(session), Some(next)) = (&self.session, &mut self.next) else {
            return Ok(());
        };
        next.follow(session);
        next.update()?;
        if !next.is_stale() {
            if next.profile.origin() != session.profile.origin() {
                self.heat_map.give_up_drag();
            }
            self.session = self.next.take();
            self.flame_graph.forget_nodes();
        }
        Ok(())
    }

    pub(super) fn loading_ui(&self, ui: &mut egui::Ui, commands: &mut Vec<Command>) {
        let Some(loading) = &self.loading else {
            return;
        };
        ui.request_repaint_after(TICK);
        egui::Panel::top("loading").show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(format!("Loading {}", loading.name));
                if ui.button("Cancel").clicked() {
                    commands.push(Command::CancelLoading);
                }
                let (done, total) = (
                    loading.job.progress().done(),
                    loading.job.progress().total(),
                );
                let megabytes = done as f64 / 1e6;
                let rate = megabytes / loading.started.elapsed().as_secs_f64().max(0.001);
                let text = match total {
                    Some(total) => format!(
                        "{megabytes:.0} of {:.0} MB, {rate:.0} MB/s",
                        total as f64 / 1e6
                    ),
                    None => format!("{megabytes:.0} MB, {rate:.0} MB/s"),
                };
                let part = total.map_or(0.0, |total| done as f32 / total as f32);
                ui.add(egui::ProgressBar::new(part).text(text));
            });
        });
    }
}
