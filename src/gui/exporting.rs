//! Writing what the flame graph shows to a file.

use super::app::{App, shown};
use super::dialogs::{FileDialog, Outcome, Purpose};
use crate::call_tree::CallTree;
use crate::export::{self, FlameGraphExport, FlameGraphFormat, Names, SvgOptions, write_file};
use crate::job::{Job, Progress};
use crate::session_file::ENDING;
use egui::Context;
use std::path::PathBuf;
use std::sync::Arc;

impl App {
    pub(super) fn open_dialog(
        &mut self,
        context: &Context,
        purpose: Purpose,
        format: FlameGraphFormat,
    ) {
        // A second dialog would hide the first.
        if self.dialog.is_none() {
            let context = context.clone();
            let native = self.options.native_dialogs;
            let dialog = FileDialog::open(purpose, native, move || context.request_repaint());
            self.dialog = Some((dialog, format));
        }
    }

    pub(super) fn choose_export(&mut self, context: &Context, format: FlameGraphFormat) {
        let is_more_coming = self.tabs.active().is_some_and(|tab| tab.next.is_some());
        let Some(session) = self.session() else {
            return;
        };
        if session.profile.info.is_partial || is_more_coming {
            let text = "The profile is still being loaded; export it when all of it is there.";
            return self.tell_error(text.to_owned());
        }
        let stem = session.name.split('.').next().unwrap_or("profile");
        let ending = format.endings()[0];
        let folder = session
            .path
            .as_ref()
            .and_then(|path| path.parent())
            .filter(|_| !self.options.native_dialogs);
        let file_name = format!("{stem}-flamegraph.{ending}");
        let file_name = folder.map_or(file_name.clone(), |folder| shown(&folder.join(&file_name)));
        self.open_dialog(context, Purpose::Save { file_name, ending }, format);
    }

    pub(super) fn dialog_ui(&mut self, context: &Context) {
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
            (Outcome::Chosen(path), Purpose::Save { ending, .. }) if ending == ENDING => {
                self.save_session(path);
            }
            (Outcome::Chosen(path), Purpose::Save { .. }) => self.export(context, path, format),
        }
    }

    /// Writes what the flame graph shows.
    fn export(&mut self, context: &Context, path: PathBuf, format: FlameGraphFormat) {
        let Some(session) = self.session() else {
            return;
        };
        let profile = Arc::clone(&session.profile);
        let (view, selection) = (Arc::clone(&session.view), session.choices.selection.clone());
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
            let graph = FlameGraphExport {
                profile: &profile,
                samples: &view.samples,
                selection: &selection,
                tree: &tree,
                options: &options,
                scale_factor: 2.0,
                names: Names::AsTheyAre,
            };
            let written = write_file(&path, |out| format.write(&graph, out));
            written.map(|()| path).map_err(|error| error.to_string())
        };
        let context = context.clone();
        self.exporting = Some(Job::start(work, move || context.request_repaint()));
    }
}
