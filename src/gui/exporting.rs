//! Writing what the flame graph shows to a file.

use super::app::{App, shown};
use super::choices::GraphMode;
use super::derived::{Tree, TreeKey};
use super::dialogs::{FileDialog, Outcome, Purpose};
use super::measure::Measure;
use super::other::Other;
use super::view::View;
use crate::export::{
    self, Against, FlameGraphExport, FlameGraphFormat, Names, SvgOptions, write_file,
};
use crate::job::{Job, Progress};
use crate::off_cpu;
use crate::profile::{FrameId, Profile};
use crate::selection::Selection;
use egui::Context;
use std::path::PathBuf;
use std::sync::Arc;

/// What was shown when its export was asked for: the file's name is chosen later.
pub(super) struct Shown {
    name: String,
    source: Option<PathBuf>,
    profile: Arc<Profile>,
    view: Arc<View>,
    key: TreeKey,
    icicle: bool,
    format: FlameGraphFormat,
}

impl App {
    pub(super) fn open_dialog(
        &mut self,
        context: &Context,
        purpose: Purpose,
        exported: Option<Shown>,
    ) {
        // A second dialog would hide the first.
        if self.dialog.is_none() {
            let context = context.clone();
            let native = self.options.native_dialogs;
            let dialog = FileDialog::open(purpose, native, move || context.request_repaint());
            self.dialog = Some((dialog, exported));
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
        let exported = Shown {
            name: session.name.clone(),
            source: session.path.clone(),
            profile: Arc::clone(&session.profile),
            view: Arc::clone(&session.view),
            key: session.chosen_tree(),
            icicle: self.preferences.icicle,
            format,
        };
        let purpose = Purpose::Save { file_name, ending };
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
                Purpose::Open => self.open_path(context, path),
                Purpose::Save { .. } => self.save_session(path),
            },
        }
    }

    /// Writes what the flame graph showed.
    fn export(&mut self, context: &Context, path: PathBuf, exported: Shown) {
        if self.exporting.is_some() {
            let text = "Another export is still being written; export this one when it is there.";
            return self.tell_error(text.to_owned());
        }
        let Shown {
            name,
            source,
            profile,
            view,
            key,
            icicle,
            format,
        } = exported;
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
            let key = match format.has_single_samples() {
                true => key.unshaped(),
                false => key,
            };
            let tree = Tree::new(&profile, &view, &key);
            let about = about(&profile, &view, &key, &name, &tree);
            // Waits are samples of a profile of their own.
            let waits = view.waits_in(&profile, &key.selection);
            let waits = waits.map(|waits| off_cpu::profile(&profile, waits));
            let whole = Selection::whole();
            let drawn = tree.main.both.as_ref().unwrap_or(&profile);
            let (profile, samples, selection) = match &waits {
                Some((profile, samples)) => (profile, samples, &whole),
                None => (&**drawn, &view.samples, &key.selection),
            };
            let ratio_name = view.ratio_name();
            let options = SvgOptions {
                title: match (&waits, &ratio_name) {
                    (Some(_), _) => "Off-CPU flame graph".to_owned(),
                    (None, Some(name)) => name.clone(),
                    (None, None) => "Flame graph".to_owned(),
                },
                subtitle: about.join(" · "),
                icicle,
                metric: samples.metric,
            };
            let main = &tree.main;
            let baseline = main.baseline.as_deref().map(|weights| Against::Baseline {
                observed: main.observed(),
                weights,
                scale: tree.scale,
            });
            let ratio = main.numerators.as_deref().zip(ratio_name.as_deref());
            let ratio = ratio.map(|(numerators, name)| Against::Ratio { numerators, name });
            let graph = FlameGraphExport {
                profile,
                samples,
                selection,
                tree: &main.tree,
                against: baseline.or(ratio),
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

/// What a flame graph shows, in words.
fn about(profile: &Profile, view: &View, key: &TreeKey, name: &str, tree: &Tree) -> Vec<String> {
    let (selection, filter) = (&key.selection, &view.key.filter);
    let measure = view.key.measure;
    let shown = match measure {
        Measure::Samples => export::subtitle(profile, name, selection, filter, tree.selected),
        _ => {
            let parts = [
                name.to_owned(),
                export::range_text(profile, selection),
                measure.name(profile),
                view.unit().text(tree.selected),
                filter.describe(profile),
            ];
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            parts.collect::<Vec<String>>().join(" · ")
        }
    };
    [vec![shown], shape_texts(profile, key)].concat()
}

/// How a flame graph differs from that of the whole stacks, in words.
fn shape_texts(profile: &Profile, key: &TreeKey) -> Vec<String> {
    let name = |frame: FrameId| profile.frame_name(frame).into_owned();
    let mut texts = Vec::new();
    match key.mode {
        GraphMode::Callees => {}
        GraphMode::Callers => texts.push("callers, from the leaves".to_owned()),
        GraphMode::Sandwich(function) => texts.push(format!("what {} calls", name(function))),
    }
    if let Some(function) = key.edits.focus {
        texts.push(format!("only {}", name(function)));
    }
    if !key.edits.hidden.is_empty() {
        let hidden: Vec<String> = key.edits.hidden.iter().map(|frame| name(*frame)).collect();
        texts.push(format!("without {}", hidden.join(", ")));
    }
    if key.edits.collapses_recursion {
        texts.push("recursion as one call".to_owned());
    }
    if let Some(baseline) = &key.baseline {
        let with = match &baseline.ranges {
            _ if baseline.other.is_some() => {
                let other = baseline.other.as_ref();
                other.map_or(String::new(), Other::text)
            }
            None => "the rest".to_owned(),
            Some(ranges) => export::range_text(profile, ranges),
        };
        texts.push(match baseline.shows_vanished {
            true => format!("what has vanished since {with}"),
            false => format!("compared with {with}"),
        });
    }
    texts
}
