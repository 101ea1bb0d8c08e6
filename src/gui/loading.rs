//! A profile on its way: loaded in the background, shown from its first part on.

use super::choices::{Choices, ViewKey};
use super::command::Command;
use super::file_watch::{Stamp, stamp};
use super::measure::Measure;
use super::session::Session;
use super::tab::Tab;
use super::view::View;
use crate::filter::SampleFilter;
use crate::heat_map::HeatMapOptions;
use crate::job::{Job, Progress};
use crate::load::{LoadError, ShowPartial};
use crate::profile::{Profile, count_of};
use crate::quality::StackQuality;
use crate::shape::Shape;
use egui::Context;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// How often progress is redrawn.
const TICK: Duration = Duration::from_millis(50);

/// A profile on its way.
pub(super) struct Loading {
    started: Instant,
    job: Job<Result<Loaded, String>>,
    /// What has been loaded so far.
    partial: mpsc::Receiver<Loaded>,
    /// Whether it is to take the place of an earlier one of the same file.
    pub(super) is_reload: bool,
    /// Of the file before it was read.
    stamp: Option<Stamp>,
}

/// A profile, or a part of it, and a first view of it.
type Loaded = (Arc<Profile>, View);

/// How a load has ended.
pub(super) enum Ended {
    Loaded { path: Option<PathBuf> },
    Failed { message: String, is_reload: bool },
}

impl Tab {
    /// Loads, filters and bins in the background; what the tab shows stays until something is there.
    pub(super) fn start_loading(
        &mut self,
        context: &Context,
        load: impl FnOnce(&Progress, ShowPartial<'_>) -> Result<Profile, LoadError> + Send + 'static,
    ) {
        let is_reload = self.session.is_some();
        let stamp = self.path.as_deref().and_then(stamp);
        let first_view = move |mut profile: Profile| {
            let filter = SampleFilter::default();
            if let Some(samples) = filter
                .apply(&profile)
                .ok()
                .filter(|_| !profile.info.is_partial)
            {
                let quality = StackQuality::new(&profile, &samples);
                profile.info.stack_notices = quality.notices(&profile);
            }
            let profile = Arc::new(profile);
            let rows = HeatMapOptions::rows_for(&profile);
            let heat_map = HeatMapOptions::suiting(&profile, rows);
            let measure = Measure::default();
            let key = ViewKey {
                measure,
                filter,
                heat_map,
            };
            let view = View::new(&profile, key)?;
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
            started: Instant::now(),
            job: Job::start(work, move || context.request_repaint()),
            partial,
            is_reload,
            stamp,
        });
    }

    /// Takes in what has been loaded since; says so when the load has ended.
    /// `icicle`: how the flame graph stands at first.
    pub(super) fn take_in_loaded(&mut self, context: &Context, icicle: bool) -> Option<Ended> {
        let loading = self.loading.as_ref()?;
        let Some(result) = loading.job.poll() else {
            if let Some(loaded) = loading.partial.try_iter().last() {
                self.take_in_part(context, loaded, icicle);
            }
            return None;
        };
        let (is_reload, stamp) = (loading.is_reload, loading.stamp);
        self.loading = None;
        let message = match result {
            Ok(Ok(loaded)) => {
                self.watch_file(context, stamp);
                self.take_in_part(context, loaded, icicle);
                let path = self.path.clone();
                return Some(Ended::Loaded { path });
            }
            Ok(Err(message)) => message,
            Err(panic) => format!("{}: loading failed: {panic}", self.name),
        };
        Some(Ended::Failed { message, is_reload })
    }

    /// A session of this profile, of which nothing is chosen yet.
    pub(super) fn new_session(
        &self,
        context: &Context,
        profile: (Arc<Profile>, Shape),
        view: View,
    ) -> Session {
        let context = context.clone();
        let wake = move || context.request_repaint();
        Session::new(self.name.clone(), self.path.clone(), profile, view, wake)
    }

    /// Shows a part of a profile, or all of it; where an earlier part is shown, as soon as the same
    /// can be shown of this one.
    fn take_in_part(&mut self, context: &Context, (profile, view): Loaded, icicle: bool) {
        let mut session = self.new_session(context, (profile, Shape::default()), view);
        session.choices.icicle = icicle;
        if self.session.is_some() {
            self.next = Some(session);
        } else {
            self.session = Some(session);
        }
    }

    /// Lets what has been loaded since take the session's place.
    ///
    /// # Errors
    /// With the message of a worker's failure.
    pub(super) fn take_in_next(&mut self) -> Result<(), String> {
        let (Some(session), Some(next)) = (&self.session, &mut self.next) else {
            return Ok(());
        };
        // Until it has been made in the shape that is chosen.
        if next.shape != session.choices.shape {
            return Ok(());
        }
        next.follow(session);
        let updated = next.update();
        if updated.is_err() {
            // Better a profile of which nothing is chosen than none.
            next.choices = Choices {
                shape: next.shape,
                icicle: session.choices.icicle,
                ..Choices::new(next.view.key.clone())
            };
        }
        if updated.is_err() || !next.is_stale() {
            if next.profile.origin() != session.profile.origin() && self.heat_map.give_up_drag() {
                next.preview = None;
            }
            next.history = session.history.translated(&session.profile, &next.profile);
            self.session = self.next.take();
            self.flame_graph.forget_nodes();
        }
        updated
    }

    pub(super) fn loading_ui(&self, ui: &mut egui::Ui, commands: &mut Vec<Command>) {
        let Some(loading) = &self.loading else {
            return;
        };
        ui.request_repaint_after(TICK);
        egui::Panel::top("loading").show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(format!("Loading {}", self.name));
                if ui.button("Cancel").clicked() {
                    commands.push(Command::CancelLoading);
                }
                let progress = loading.job.progress();
                let (done, total) = (progress.done(), progress.total());
                let elapsed = loading.started.elapsed().as_secs_f64();
                let part = total.map_or(0.0, |total| done as f32 / total as f32);
                let text = match progress.waits_for_perf() {
                    true => format!(
                        "perf is resolving symbols: {:.0} MB printed",
                        done as f64 / 1e6
                    ),
                    false => progress_text(done, total, elapsed),
                };
                ui.add(egui::ProgressBar::new(part).text(text));
            });
        });
    }
}

/// `804 of 10000 MB, 365 MB/s, 25 seconds left`
fn progress_text(done: u64, total: Option<u64>, elapsed: f64) -> String {
    let megabytes = done as f64 / 1e6;
    let rate = megabytes / elapsed.max(0.001);
    let Some(total) = total else {
        return format!("{megabytes:.0} MB, {rate:.0} MB/s");
    };
    let all = total as f64 / 1e6;
    if done >= total {
        // Merging is not told in bytes.
        return format!("{all:.0} MB read, merging what was read");
    }
    let mut text = format!("{megabytes:.0} of {all:.0} MB, {rate:.0} MB/s");
    // Before that it would only be a guess.
    if elapsed > 1.0 && rate > 0.0 {
        let left = ((all - megabytes) / rate).ceil().max(0.0) as u64;
        text.push_str(&format!(", {} left", count_of(left, "second")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::progress_text;

    #[test]
    fn progress_says_how_long_it_takes_once_it_can_know() {
        let text = |elapsed| progress_text(500_000_000, Some(1_500_000_000), elapsed);
        assert_eq!(text(0.5), "500 of 1500 MB, 1000 MB/s");
        assert_eq!(text(2.0), "500 of 1500 MB, 250 MB/s, 4 seconds left");
        assert_eq!(progress_text(5_000_000, None, 0.5), "5 MB, 10 MB/s");
        let merging = progress_text(5_000_000, Some(5_000_000), 9.0);
        assert_eq!(merging, "5 MB read, merging what was read");
    }
}
