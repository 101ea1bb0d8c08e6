//! The filters: which samples count, and for what. Text that is typed takes effect while it is
//! typed; what is wrong with it stands below it.

use super::command::Command;
use super::menus::{choices, list, option};
use super::session::Session;
use super::theme;
use crate::filter::{IdleRule, Metric, SampleFilter};
use crate::profile::{Profile, StringId, Thread, count_of, printable};
use crate::search;
use egui::{ScrollArea, TextEdit, Ui};
use regex::Regex;
use std::collections::BTreeMap;

/// The most names listed; the field above narrows them.
const LISTED: usize = 200;
/// A range such as `0-63` may stand for this many numbers.
const MAX_RANGE: i64 = 1 << 16;

/// What the panel keeps between frames.
#[derive(Default)]
pub(super) struct FilterPanel {
    /// What lists are narrowed to: of thread names, of hosts.
    narrowed: (String, String),
    texts: Texts,
    /// What the texts were made of; another filter makes them anew.
    of: SampleFilter,
}

/// Names and their samples, the busiest first.
type Names = Vec<(String, u64)>;

/// What there is to choose from.
pub(super) struct Listed {
    comms: Names,
    /// None where there is one.
    hosts: Names,
}

#[derive(Default)]
struct Texts {
    pids: Typed,
    tids: Typed,
    cpus: Typed,
    stacks: Typed,
    excluded: Typed,
}

/// A text that means something, and what is wrong with it.
#[derive(Default)]
struct Typed {
    text: String,
    problem: Option<String>,
}

impl FilterPanel {
    /// Draws the panel.
    pub(super) fn ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        if *session.filter() != self.of {
            self.of = session.filter().clone();
            self.texts.follow(&self.of);
        }
        let clear = egui::Button::new("Clear all");
        if ui.add_enabled(self.of.is_active(), clear).clicked() {
            commands.push(Command::ClearFilters);
        }
        ui.separator();
        let mut filter = self.of.clone();
        let mut typed_in = None;
        let room = ui.available_height();
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .show(ui, |ui| {
                metric_ui(ui, &mut filter);
                idle_ui(ui, &mut filter);
                match session.listed() {
                    Some(listed) => self.names_ui(ui, listed, room, &mut filter),
                    None => {
                        ui.weak("Counting …");
                    }
                }
                typed_in = self.texts_ui(ui, &mut filter);
            });
        if filter != self.of {
            self.of = filter.clone();
            let filter = Box::new(filter);
            commands.push(match typed_in {
                Some(field) => Command::TypeFilter(filter, field),
                None => Command::SetFilter(filter),
            });
        }
    }

    /// Thread names to tick, and hosts where there are several; the busiest first.
    fn names_ui(&mut self, ui: &mut Ui, listed: &Listed, room: f32, filter: &mut SampleFilter) {
        let narrowed = &mut self.narrowed;
        // Where the panel is high, more of them are seen at once.
        let height = (room * 0.4).max(180.0);
        let threads = ("Thread names", &listed.comms, height);
        list_ui(ui, threads, &mut narrowed.0, &mut filter.comms);
        if !listed.hosts.is_empty() {
            let hosts = ("Hosts", &listed.hosts, height);
            list_ui(ui, hosts, &mut narrowed.1, &mut filter.hosts);
        }
    }

    /// The field that something was typed in.
    fn texts_ui(&mut self, ui: &mut Ui, filter: &mut SampleFilter) -> Option<&'static str> {
        let texts = &mut self.texts;
        let numbers = "Numbers and ranges: 1, 4-7";
        let regex = "Regular expression";
        // Each of them is to be drawn.
        let typed = [
            field_ui(
                ui,
                "Processes (pid)",
                numbers,
                &mut texts.pids,
                numbers_in,
                &mut filter.pids,
            ),
            field_ui(
                ui,
                "Threads (tid)",
                numbers,
                &mut texts.tids,
                numbers_in,
                &mut filter.tids,
            ),
            field_ui(
                ui,
                "CPUs",
                numbers,
                &mut texts.cpus,
                numbers_in,
                &mut filter.cpus,
            ),
            field_ui(
                ui,
                "Stacks with a frame",
                regex,
                &mut texts.stacks,
                patterns_in,
                &mut filter.stacks,
            ),
            field_ui(
                ui,
                "Stacks without a frame",
                regex,
                &mut texts.excluded,
                patterns_in,
                &mut filter.excluded_stacks,
            ),
        ];
        also_ui(ui, &mut filter.also_stacks);
        typed.into_iter().flatten().next()
    }
}

impl Texts {
    /// Says what `filter` does, where another place has changed it; what already says so stays.
    fn follow(&mut self, filter: &SampleFilter) {
        fn numbers<T: ToString + TryFrom<i64> + PartialEq>(typed: &mut Typed, values: &[T]) {
            if numbers_in::<T>(&typed.text).ok().as_deref() != Some(values) {
                let values: Vec<String> = values.iter().map(T::to_string).collect();
                typed.set(values.join(", "));
            }
        }
        numbers(&mut self.pids, &filter.pids);
        numbers(&mut self.tids, &filter.tids);
        numbers(&mut self.cpus, &filter.cpus);
        let patterns = |list: &[Regex]| {
            let texts: Vec<&str> = list.iter().map(Regex::as_str).collect();
            texts.join("|")
        };
        self.stacks.set(patterns(&filter.stacks));
        self.excluded.set(patterns(&filter.excluded_stacks));
    }
}

impl Typed {
    fn set(&mut self, text: String) {
        self.text = text;
        self.problem = None;
    }
}

fn metric_ui(ui: &mut Ui, filter: &mut SampleFilter) {
    ui.strong("A sample counts for");
    ui.horizontal(|ui| {
        let metric = &mut filter.metric;
        theme::bordered(ui, |ui| ui.radio_value(metric, Metric::Samples, "one"));
        theme::bordered(ui, |ui| {
            ui.radio_value(metric, Metric::Weight, "its period")
        })
        .on_hover_text("The events (cycles, nanoseconds, faults, …) that the sample stands for");
    });
}

fn idle_ui(ui: &mut Ui, filter: &mut SampleFilter) {
    const RULES: [(IdleRule, &str); 4] = [
        (IdleRule::Leaf, "idle function innermost"),
        (IdleRule::Stack, "idle function anywhere in the stack"),
        (IdleRule::Task, "all samples of the idle task"),
        (IdleRule::None, "none"),
    ];
    let name_of = |rule: IdleRule| RULES.iter().find(|(other, _)| *other == rule).map(|r| r.1);
    ui.add_space(8.0);
    ui.strong("Idle samples");
    let combo = egui::ComboBox::from_id_salt("idle rule");
    let combo = combo.selected_text(name_of(filter.idle).unwrap_or_default());
    let response = list(ui, combo, |ui| {
        choices(ui, &mut filter.idle, |ui, idle| {
            for (rule, name) in RULES {
                if option(ui, *idle == rule, name).clicked() {
                    *idle = rule;
                }
            }
        });
    });
    response.response.accessible_name("Which samples are idle");
    theme::checkbox(ui, &mut filter.include_idle, "Show them too");
}

/// A line of text that means something, with what is wrong with it below; its label, if it was typed in.
/// Only then it takes effect: the same filter can be said in several ways.
fn field_ui<T>(
    ui: &mut Ui,
    label: &'static str,
    hint: &str,
    typed: &mut Typed,
    parse: impl FnOnce(&str) -> Result<Vec<T>, String>,
    values: &mut Vec<T>,
) -> Option<&'static str> {
    ui.add_space(8.0);
    ui.strong(label);
    let field = TextEdit::singleline(&mut typed.text).hint_text(hint);
    let field = ui.add(field.desired_width(f32::INFINITY));
    let is_typed = field.changed();
    field.accessible_name(label);
    if is_typed {
        typed.problem = match parse(&typed.text) {
            Ok(parsed) => {
                *values = parsed;
                None
            }
            Err(problem) => Some(problem),
        };
    }
    if let Some(problem) = &typed.problem {
        ui.colored_label(ui.visuals().error_fg_color, problem);
    }
    is_typed.then_some(label)
}

/// What else stacks have to hold, each to be taken away again.
fn also_ui(ui: &mut Ui, patterns: &mut Vec<Regex>) {
    if patterns.is_empty() {
        return;
    }
    ui.add_space(8.0);
    ui.strong("And with each of these");
    patterns.retain(|pattern| {
        let button = egui::Button::new(format!("{pattern} ×")).truncate();
        let button = ui.add(button).on_hover_text("No longer ask for this");
        !button.clicked()
    });
}

impl Listed {
    pub(super) fn new(profile: &Profile) -> Self {
        let by_thread = profile.samples_by_thread();
        let sums = |name: &dyn Fn(&Thread) -> Option<StringId>| -> Names {
            let mut by_name: BTreeMap<String, u64> = BTreeMap::new();
            for (thread, samples) in profile.threads.iter().zip(&by_thread) {
                if let Some(name) = name(thread) {
                    let name = printable(profile.strings.get(name)).into_owned();
                    *by_name.entry(name).or_default() += samples;
                }
            }
            let mut names: Names = by_name.into_iter().collect();
            names.sort_by_key(|(_, samples)| std::cmp::Reverse(*samples));
            names
        };
        let hosts = sums(&|thread| thread.host);
        Self {
            comms: sums(&|thread| Some(thread.comm)),
            hosts: if hosts.len() > 1 { hosts } else { Names::new() },
        }
    }
}

/// Names to tick in a list of some height, with a field to narrow them where they are many.
fn list_ui(
    ui: &mut Ui,
    (heading, names, height): (&str, &Names, f32),
    narrowed: &mut String,
    chosen: &mut Vec<String>,
) {
    ui.add_space(8.0);
    ui.strong(heading);
    if names.len() > 8 {
        let field = TextEdit::singleline(narrowed).hint_text("Narrow the list");
        let field = ui.add(field.desired_width(f32::INFINITY));
        field.accessible_name(format!("Narrow the list of {}", heading.to_lowercase()));
    }
    let wanted = narrowed.to_lowercase();
    let is_listed = |name: &str| {
        let is_wanted = wanted.is_empty() || name.to_lowercase().contains(&wanted);
        is_wanted || chosen.iter().any(|chosen| chosen == name)
    };
    let listed: Vec<&(String, u64)> = names
        .iter()
        .filter(|(name, _)| is_listed(name))
        .take(LISTED)
        .collect();
    let list = ScrollArea::vertical().max_height(height).id_salt(heading);
    list.auto_shrink([false, true]).show(ui, |ui| {
        for (name, samples) in listed {
            let mut is_chosen = chosen.contains(name);
            let text = format!("{name}  ({})", count_of(*samples, "sample"));
            if theme::checkbox(ui, &mut is_chosen, &text).changed() {
                match is_chosen {
                    true => chosen.push(name.clone()),
                    false => chosen.retain(|other| other != name),
                }
            }
        }
    });
}

/// `1, 4-7 -1`
fn numbers_in<T: TryFrom<i64>>(text: &str) -> Result<Vec<T>, String> {
    let mut numbers = Vec::new();
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    for word in words {
        let problem = || format!("{word:?}: expected numbers such as 1, 4-7");
        let dash = word.get(1..).and_then(|rest| rest.find('-'));
        let (first, last) = match dash {
            Some(at) => (&word[..at + 1], &word[at + 2..]),
            None => (word, word),
        };
        let number = |text: &str| text.parse::<i64>().map_err(|_| problem());
        let (first, last) = (number(first)?, number(last)?);
        if last < first || last.saturating_sub(first) >= MAX_RANGE {
            return Err(problem());
        }
        for number in first..=last {
            numbers.push(T::try_from(number).map_err(|_| problem())?);
        }
    }
    Ok(numbers)
}

fn patterns_in(text: &str) -> Result<Vec<Regex>, String> {
    match text.is_empty() {
        true => Ok(Vec::new()),
        false => {
            let compiled = Regex::new(text).map_err(|error| search::problem(&error));
            compiled.map(|regex| vec![regex])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::numbers_in;

    #[test]
    fn numbers_are_lists_and_ranges() {
        assert_eq!(numbers_in::<i32>(""), Ok(vec![]));
        assert_eq!(numbers_in::<i32>("1, 4-6 -1"), Ok(vec![1, 4, 5, 6, -1]));
        for wrong in ["x", "3-1", "1-", "0-99999999999", "é"] {
            assert!(numbers_in::<i32>(wrong).is_err(), "{wrong}");
        }
        assert!(numbers_in::<u16>("70000").is_err());
    }
}
