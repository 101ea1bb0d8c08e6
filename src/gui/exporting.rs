//! Exporting what is shown: what is asked for, where it is to be written, the writing on its way.

use super::app::{App, shown};
use super::dialogs::{FileDialog, Outcome, Purpose};
use super::exported::{Exported, Shown};
use super::measure::Measure;
use super::times::short_seconds;
use crate::export::Kept;
use crate::job::{Job, Progress};
use crate::profile::{StackId, Timestamp};
use egui::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl App {
    pub(super) fn open_dialog(
        &mut self,
        context: &Context,
        purpose: Purpose,
        exported: Option<Shown>,
    ) {
        // A second dialog would hide the first.
        if self.dialog.is_some() {
            let text = "A dialog to choose a file is open already; it may be behind this window.";
            return self.tell_error(text.to_owned());
        }
        let context = context.clone();
        let native = self.options.native_dialogs.clone();
        let dialog = FileDialog::open(purpose, native, move || context.request_repaint());
        self.dialog = Some((dialog, exported));
    }

    pub(super) fn choose_export(&mut self, context: &Context, what: Exported) {
        let is_more_coming = self.tabs.active().is_some_and(|tab| tab.next.is_some());
        let Some(session) = self.session() else {
            return;
        };
        if session.profile.info.is_partial || is_more_coming {
            let text = "The profile is still being loaded; export it when all of it is there.";
            return self.tell_error(text.to_owned());
        }
        let stem = session.name.split('.').next().unwrap_or("profile");
        let ending = what.ending();
        let folder = session.folder();
        // Those of other ranges are other files.
        let is_of_range = matches!(what, Exported::FlameGraph(_));
        let span = session.choices.selection.span().filter(|_| is_of_range);
        let range = span.map_or(String::new(), |span| {
            let since = |time: Timestamp| short_seconds(time.nanos_since(session.profile.origin()));
            format!("-{}s-{}s", since(span.start), since(span.end))
        });
        let file_name = format!("{stem}{range}-{}.{ending}", what.file_name_part());
        let look = self.preferences.heat_map();
        let is_by_offset = session.choices.lanes.is_none();
        let is_of_samples = session.view.key.measure == Measure::Samples
            && (session.values().is_none() || !is_by_offset);
        let exported = Shown {
            what,
            name: session.name.clone(),
            source: session.path.clone(),
            profile: Arc::clone(&session.profile),
            view: Arc::clone(&session.view),
            // Rows of another sort are of samples.
            values: session.values().filter(|_| is_by_offset).cloned(),
            found: session.named_matches().filter(|_| is_of_samples),
            key: session.chosen_tree(),
            is_of_more: matches!(what, Exported::FlameGraph(_))
                && session.zoomed_node() != StackId::ROOT,
            grouping: session.shape.grouping,
            search: session.choices.search.clone(),
            look: self.preferences.flame_graph(session.choices.icicle),
            ramp: look.ramp,
            scale: look.scale,
            scale_end: look.end,
            kept: session.choices.named.iter().map(Kept::from).collect(),
        };
        let title = what.dialog_title();
        let purpose = Purpose::Save {
            title,
            folder,
            file_name,
            ending,
        };
        self.open_dialog(context, purpose, Some(exported));
    }

    pub(super) fn dialog_ui(&mut self, context: &Context) {
        let Some((dialog, _)) = &mut self.dialog else {
            return;
        };
        let Some(outcome) = dialog.show(context) else {
            return;
        };
        let purpose = dialog.purpose.clone();
        let exported = self.dialog.take().and_then(|(_, exported)| exported);
        match (outcome, exported) {
            (Outcome::Cancelled, _) => {}
            (Outcome::Chosen(path), Some(exported)) => self.export(context, path, exported),
            (Outcome::Chosen(path), None) => match purpose {
                Purpose::Open { .. } => self.open_path(context, path),
                Purpose::Save { .. } => self.save_session(path),
            },
        }
    }

    /// Writes what was shown when the export was asked for.
    fn export(&mut self, context: &Context, path: PathBuf, exported: Shown) {
        if self.exporting.is_some() {
            let text = "Another export is still being written; export this one when it is there.";
            return self.tell_error(text.to_owned());
        }
        let what = match exported.what.to_file(&path) {
            Ok(what) => what,
            Err(problem) => return self.tell_error(problem),
        };
        let exported = Shown { what, ..exported };
        let work = move |progress: &Progress| {
            let is_source = exported
                .source
                .as_ref()
                .is_some_and(|source| is_same_file(source, &path));
            if is_source {
                return Err(format!(
                    "{}: is the profile itself; choose another file to write to",
                    shown(&path)
                ));
            }
            exported.write(&path, progress)?;
            // Who sees a part might expect that part.
            let note = match exported.is_of_more {
                true => ": all of the selection, not only what is zoomed to",
                false => "",
            };
            Ok(format!("Saved {}{note}", shown(&path)))
        };
        let context = context.clone();
        self.exporting = Some(Job::start(work, move || context.request_repaint()));
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let (one, other) = (one.canonicalize(), other.canonicalize());
    one.is_ok() && one.ok() == other.ok()
}
