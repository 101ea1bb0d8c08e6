//! Carries out commands: those of the window here, those of a profile by [`carry_out_in`].

use super::app::App;
use super::choices::Baseline;
use super::choose::carry_out_in;
use super::command::Command;
use super::dialogs::Purpose;
use super::measure::Measure;
use super::other::Other;
use super::panels::Panel;
use super::panes;
use super::session::Session;
use super::tab::Tab;
use crate::shape::Shape;
use egui::{Context, ViewportCommand, ViewportId};
use std::sync::Arc;

impl App {
    /// Carries out a command; those that are about the profile in front alone are `choose`'s.
    pub(super) fn carry_out(&mut self, context: &Context, command: Command) {
        if is_answered_in_main_window(&command) {
            to_front(context);
        }
        match command {
            Command::Open => self.choose_profile(context),
            Command::OpenPath(path) => self.open_path(context, path),
            Command::OpenSample(sample) => self.open_sample(context, sample),
            Command::CancelLoading => self.cancel_loading(),
            Command::Reload => self.load_active(context),
            Command::CloseProfile => {
                if let Some(index) = self.tabs.shown() {
                    self.close_tab(index);
                }
            }
            Command::Reopen => self.reopen(context),
            Command::NextPane { forward } => panes::focus_next(context, forward),
            Command::FocusMenu => panes::focus_menu(context),
            Command::ShowTab(index) => self.tabs.show(index),
            Command::CloseTab(index) => self.close_tab(index),
            Command::NextTab { forward } => self.tabs.show_next(forward),
            Command::Quit => context.send_viewport_cmd(egui::ViewportCommand::Close),
            Command::Export(what) => self.choose_export(context, what),
            Command::CancelExport => self.exporting = None,
            Command::SaveSession => self.choose_session(context),
            Command::CopyInvocation => self.copy_command(context),
            Command::Complain(text) => self.tell_error(text),
            Command::ForgetRecents => self.preferences.recents.clear(),
            Command::DismissNotice(index) if index < self.notices.len() => {
                self.notices.remove(index);
            }
            Command::DismissNotices => self.notices.clear(),
            Command::DismissChange => {
                if let Some(tab) = self.tabs.active_mut() {
                    tab.dismiss_change();
                }
            }
            Command::ShowAbout => self.is_about_shown = true,
            Command::ShowDetails => self.are_details_shown = true,
            Command::ToggleHelp => self.is_help_shown ^= true,
            Command::StepBack if self.close_windows() || self.dismiss_error() => {}
            Command::ToggleWidestFirst => self.preferences.widest_first ^= true,
            Command::TogglePanel(panel) => self.preferences.panels.toggle(panel),
            Command::MovePanel(panel, place) => self.preferences.panels.set_place(panel, place),
            Command::StepFinding { .. } => {
                self.preferences.panels.show(Panel::Findings);
                self.carry_out_in_front(command);
            }
            Command::ToggleMatched => {
                self.preferences.shows_matched ^= true;
                self.preferences.shows_difference = false;
                self.tell_of_search();
            }
            Command::KeepSelection => self.keep_selection(),
            Command::BaselineFromSelection if self.has_no_selection() => {
                let text = "Select a part of the profile first: B makes it the baseline.";
                self.tell(text.to_owned());
            }
            Command::ToggleDifference if self.has_no_cells() => {
                let text = "Only cells of samples can be compared, with offsets as rows.";
                self.tell_error(text.to_owned());
            }
            Command::ToggleDifference => {
                self.preferences.shows_difference ^= true;
                self.preferences.shows_matched = false;
            }
            Command::ShowOnHeatMap(search) => {
                self.preferences.shows_matched = true;
                self.preferences.shows_difference = false;
                self.carry_out(context, Command::Search(search));
            }
            Command::SetRamp(ramp) => self.preferences.set_ramp(ramp),
            Command::SetScale(scale) => self.preferences.set_scale(scale),
            Command::SetScaleEnd(end) => self.preferences.scale_end = end,
            Command::ShowMatchedBeside(beside) => self.preferences.matched_beside = beside,
            Command::ToggleClock => self.preferences.by_clock ^= true,
            Command::SetColors(colors) => self.preferences.set_colors(colors),
            Command::SetGroups(groups) => self.preferences.set_groups(groups),
            Command::FindAddresses(frame) => {
                let options = self.load_options();
                if let Some(session) = self.session_mut() {
                    session.find_addresses(frame, options);
                }
            }
            Command::ShowFunction(frame) => {
                self.preferences.panels.show(Panel::Functions);
                self.carry_out(context, Command::Mark(Some(frame)));
            }
            Command::ListMatches => {
                self.preferences.panels.show(Panel::Functions);
                if let Some(tab) = self.tabs.active_mut() {
                    tab.functions.list_matches();
                }
            }
            Command::CopyText(text) => context.copy_text(text),
            Command::CompareWithTab(index) => {
                if let Some(baseline) = self.baseline_from(index) {
                    self.carry_out_in_front(Command::Compare(Some(baseline)));
                }
            }
            Command::SwapBaseline if self.compared_profile().is_some() => self.swap_profiles(),
            command => {
                let is_icicle = matches!(
                    command,
                    Command::ToggleIcicle | Command::ShowFromRoot { .. }
                );
                self.carry_out_in_front(command);
                // What is opened next begins with what was chosen last.
                if let Some(session) = self.session().filter(|_| is_icicle) {
                    self.preferences.icicle = session.choices.icicle;
                }
            }
        }
    }

    fn carry_out_in_front(&mut self, command: Command) {
        if let Some(tab) = self.tabs.active_mut() {
            carry_out_in(tab, command);
        }
    }

    /// Whether there is nothing that could become a baseline, and no comparison to end.
    fn has_no_selection(&self) -> bool {
        let choices = self.session().map(|session| &session.choices);
        choices.is_some_and(|choices| choices.selection.is_whole() && choices.baseline.is_none())
    }

    /// Whether something else is shown in place of samples by offset.
    fn has_no_cells(&self) -> bool {
        let choices = self.session().map(|session| &session.choices);
        choices.is_some_and(|choices| {
            choices.view.measure != Measure::Samples || choices.lanes.is_some()
        })
    }

    /// What a search finds is shown once there is one, which nobody could see now.
    fn tell_of_search(&mut self) {
        let searches = |session: &Session| {
            !session.choices.search.is_empty() || session.choices.marked.is_some()
        };
        if self.session().is_some_and(searches) {
            return;
        }
        let has_map = self
            .session()
            .is_none_or(|session| session.view.heat_map.is_ok());
        self.tell(match self.preferences.shows_matched {
            _ if !has_map => "There is no heat map to show a search on.".to_owned(),
            true => "What a search finds (Ctrl+F), or the function that is marked, will be shown on the heat map.".to_owned(),
            false => "What a search finds, or the function that is marked, will not be shown on the heat map.".to_owned(),
        });
    }

    /// What is shown of another tab, for the one in front to be compared with.
    fn baseline_from(&self, index: usize) -> Option<Baseline> {
        let shape = self.session()?.choices.shape;
        baseline_of(self.tabs.iter().nth(index)?, shape)
    }

    /// The profile that the one in front is compared with.
    fn compared_profile(&self) -> Option<&Other> {
        let baseline = self.session()?.choices.baseline.as_ref()?;
        baseline.other.as_ref()
    }

    /// Shows the profile that the one in front is compared with, compared with that one.
    fn swap_profiles(&mut self) {
        let (Some(other), Some(before)) = (self.compared_profile(), self.tabs.shown()) else {
            return;
        };
        let selection = other.selection.clone();
        let is_it = |tab: &Tab| {
            tab.session
                .as_ref()
                .is_some_and(|session| other.is_of(session))
        };
        let Some(index) = self.tabs.iter().position(is_it) else {
            let text = "The profile that this one is compared with is not open any more.";
            return self.tell_error(text.to_owned());
        };
        let chosen = self
            .session()
            .and_then(|session| session.choices.baseline.clone());
        let shape = self.session().map(|session| session.choices.shape);
        self.tabs.show(Some(index));
        let Shape { roots, grouping } = shape.unwrap_or_default();
        self.carry_out_in_front(Command::SetRoots(roots));
        self.carry_out_in_front(Command::SetGrouping(grouping));
        if let Some(baseline) = self.baseline_from(before) {
            self.carry_out_in_front(Command::Select(selection));
            // By share or by time, as before.
            let baseline = Baseline {
                normalization: chosen.unwrap_or_default().normalization,
                ..baseline
            };
            self.carry_out_in_front(Command::Compare(Some(baseline)));
        }
    }

    fn choose_profile(&mut self, context: &Context) {
        let recent = self.preferences.recents.first();
        let recent = recent.and_then(|recent| Some(recent.path.parent()?.to_owned()));
        let folder = self.session().and_then(Session::folder).or(recent);
        self.open_dialog(context, Purpose::Open { folder }, None);
    }

    fn keep_selection(&mut self) {
        let Some(tab) = self.tabs.active_mut() else {
            return;
        };
        carry_out_in(tab, Command::KeepSelection);
        let kept = tab.session.as_ref();
        let kept = kept.and_then(|session| session.choices.named.last());
        let name = kept.map(|kept| kept.name.clone());
        if let Some(name) = name.filter(|_| !self.preferences.panels.is_shown(Panel::Selections)) {
            self.tell(format!("Kept as {name}; L shows the list."));
        }
    }

    /// Closes what lies over the views; whether there was something.
    fn close_windows(&mut self) -> bool {
        let windows = [
            &mut self.is_help_shown,
            &mut self.is_about_shown,
            &mut self.are_details_shown,
        ];
        let was_shown = |shown: &mut bool| std::mem::take(shown);
        windows
            .into_iter()
            .map(was_shown)
            .fold(false, |any, shown| any | shown)
    }

    /// The newest message of what went wrong, unless there is a drag or a play to end; whether there
    /// was one.
    fn dismiss_error(&mut self) -> bool {
        let has_more = |session: &Session| session.preview.is_some() || session.is_playing;
        if self.session().is_some_and(has_more) {
            return false;
        }
        let newest = self.notices.iter().rposition(|notice| notice.is_error);
        newest.map(|index| self.notices.remove(index)).is_some()
    }
}

/// Whether what comes next is typed into the main window.
fn is_answered_in_main_window(command: &Command) -> bool {
    matches!(
        command,
        Command::Open | Command::Export(_) | Command::SaveSession | Command::FocusSearch
    )
}

/// Gives the main window the keyboard, where a panel's own window has it.
fn to_front(context: &Context) {
    if !context.input(|input| input.focused) {
        context.send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::Focus);
    }
}

/// What is shown of a tab, for another one of this shape to be compared with.
fn baseline_of(tab: &Tab, shape: Shape) -> Option<Baseline> {
    let session = tab.session.as_ref()?;
    if session.profile.info.is_partial {
        return None;
    }
    let view = Arc::clone(&session.view);
    let selection = session.choices.selection.clone();
    let other = Other::new(session, view, selection, shape);
    Some(Baseline {
        other: Some(other),
        ..Baseline::default()
    })
}
