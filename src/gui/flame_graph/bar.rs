//! The bar above the flame graph: selection, search, shape; and the way back from a zoom.

use super::details::amount;
use super::picture::matched_boxes;
use super::{FlameGraphLook, FlameGraphView, search_id};
use crate::difference::Normalization;
use crate::flame_graph::share;
use crate::grouping::Grouping;
use crate::gui::choices::GraphMode;
use crate::gui::command::Command;
use crate::gui::menus::{entries, list, option};
use crate::gui::names::{self, shortened};
use crate::gui::other::Other;
use crate::gui::session::Session;
use crate::gui::theme;
use crate::gui::times::{parse_hours, short_range_text, short_seconds};
use crate::profile::{StackId, TimeRange, Timestamp, count_of, format_seconds, parse_seconds};
use crate::roots::Roots;
use crate::search::sensitive;
use crate::selection::Selection;
use egui::text::{CCursor, CCursorRange};
use egui::{ComboBox, Key, Label, RichText, TextEdit, Ui};

/// Of a row with a field in it, in points.
pub(super) const BAR_HEIGHT: f32 = 26.0;

impl FlameGraphView {
    pub(super) fn bar_ui(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        look: FlameGraphLook,
        commands: &mut Vec<Command>,
    ) {
        ui.horizontal_wrapped(|ui| {
            // As high without the fields as with them.
            ui.set_min_height(BAR_HEIGHT);
            selection_ui(ui, session, commands)
        });
        if session.choices.baseline.is_some() {
            ui.horizontal_wrapped(|ui| baseline_ui(ui, session, commands));
        }
        ui.horizontal_wrapped(|ui| {
            shape_ui(ui, session, look, commands);
            self.search_ui(ui, session, commands);
        });
    }

    fn search_ui(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let mut text = session.choices.search.clone();
        let field = TextEdit::singleline(&mut text)
            // Its own: beside it a button comes and goes, which must not take the focus away.
            .id(search_id())
            .hint_text("Search (regex)")
            .desired_width(200.0);
        let is_asked_for = std::mem::take(&mut self.focus_search);
        if is_asked_for {
            // Before it is added, so that what was typed in the same frame is typed into it.
            ui.memory_mut(|memory| memory.request_focus(search_id()));
        }
        let field = ui
            .add(field)
            .on_hover_text("Regular expression; Ctrl+F or /. Enter goes to the next match");
        let field = field.accessible_name("Search");
        if is_asked_for {
            // In a small window the bar may have to be scrolled.
            field.scroll_to_me(None);
        }
        if field.changed() {
            self.match_at = None;
            commands.push(Command::TypeSearch(text.clone()));
        }
        if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            let forward = !ui.input(|input| input.modifiers.shift);
            commands.push(Command::StepMatch { forward });
            field.request_focus();
        }
        if text.is_empty() {
            return;
        }
        if ui
            .button("Clear")
            .on_hover_text("Clear the search (Esc)")
            .clicked()
        {
            commands.push(Command::Search(String::new()));
        }
        let Some((_, tree)) = session.tree() else {
            return;
        };
        if let Some(problem) = &tree.problem {
            ui.colored_label(ui.visuals().error_fg_color, problem);
        }
        let Some(matches) = &tree.main.matches else {
            return;
        };
        let percent = 100.0 * share(matches.total, tree.main.tree.total());
        let text = format!(
            "Matched {percent:.2} % ({})",
            amount(session, matches.total)
        );
        ui.add(egui::Label::new(egui::RichText::new(text).strong()).extend());
        if tree.found_elsewhere > 0 {
            let text = format!(
                "outside of the selection: {}",
                amount(session, tree.found_elsewhere)
            );
            ui.add(egui::Label::new(text).extend());
        }
        let zoomed = session.zoomed_node();
        if zoomed != StackId::ROOT {
            let matched = self.matched_in_zoom(session, zoomed);
            let whole = tree.main.tree.total_weight.get(zoomed.index());
            let percent = 100.0 * share(matched, whole.copied().unwrap_or(0));
            let text = egui::RichText::new(format!("{percent:.2} % of the zoom"));
            ui.add(egui::Label::new(text).extend());
        }
        let count = matched_boxes(session).len();
        // Those outside of the zoom are gone to by leaving it.
        let has_next = count > 0 || (zoomed != StackId::ROOT && matches.total > 0);
        for (label, hint, forward) in [
            ("<", "Previous match (Shift+Enter)", false),
            (">", "Next match (Enter)", true),
        ] {
            let button = ui.add_enabled(has_next, egui::Button::new(label).small());
            let button = button.on_hover_text(hint);
            if button.clicked() {
                commands.push(Command::StepMatch { forward });
            }
            button.accessible_name(hint);
        }
        for (label, hint, command) in [
            (
                "List",
                "The functions that match, as a table",
                Command::ListMatches,
            ),
            (
                "Only these",
                "Only samples with a match in their stack (a filter)",
                Command::OnlyStacks(sensitive(&session.choices.search), true),
            ),
            (
                "Without these",
                "Only samples without a match in their stack (a filter)",
                Command::OnlyStacks(sensitive(&session.choices.search), false),
            ),
        ] {
            // Filters are for functions, whatever frames are.
            let is_filter = matches!(command, Command::OnlyStacks(..));
            if is_filter && !session.has_functions() {
                continue;
            }
            if ui.small_button(label).on_hover_text(hint).clicked() {
                commands.push(command);
            }
        }
        let at = self.match_at.filter(|at| *at < count);
        ui.weak(match at {
            Some(at) => format!("{} of {count}", at + 1),
            None if session.shows_vanished() => {
                format!("{count} in the picture, which has only what has vanished")
            }
            None => format!("{count} in the picture"),
        });
    }
}

impl FlameGraphView {
    /// Counted once a flame graph: nodes are many.
    fn matched_in_zoom(&mut self, session: &Session, zoomed: StackId) -> u64 {
        let version = session.layout.version;
        if let Some((of, matched)) = self.matched_in_zoom
            && of == version
        {
            return matched;
        }
        let Some((key, tree)) = session.tree() else {
            return 0;
        };
        let found = tree.main.matches.as_ref();
        let Some(found) = found.filter(|_| session.layout.is_of(key)) else {
            return 0;
        };
        let stacks = tree.main.stacks(&session.profile);
        let matched = found.within(stacks, &tree.main.tree, zoomed);
        self.matched_in_zoom = Some((version, matched));
        matched
    }
}

/// From which end, around what, without what.
fn shape_ui(ui: &mut Ui, session: &Session, look: FlameGraphLook, commands: &mut Vec<Command>) {
    let mode = session.choices.mode;
    let name = |mode: GraphMode| match mode {
        GraphMode::Callees if look.icicle => "Icicle".to_owned(),
        GraphMode::Callees => "Flame graph".to_owned(),
        GraphMode::Callers => "Callers".to_owned(),
        GraphMode::Sandwich(_) => "Sandwich".to_owned(),
    };
    let combo = ComboBox::from_id_salt("graph mode")
        .selected_text(name(mode))
        .height(400.0)
        .width(104.0);
    let is_plain = mode == GraphMode::Callees;
    let shapes = [
        (
            is_plain && !look.icicle,
            "Flame graph (root at the bottom)",
            Command::ShowFromRoot { icicle: false },
        ),
        (
            is_plain && look.icicle,
            "Icicle (root at the top)",
            Command::ShowFromRoot { icicle: true },
        ),
        (
            mode == GraphMode::Callers,
            "Callers (from the leaves)",
            Command::SetMode(GraphMode::Callers),
        ),
    ];
    let response = list(ui, combo, |ui| {
        entries(ui, commands, |ui, commands| {
            for (is_chosen, label, command) in shapes {
                if option(ui, is_chosen, label).clicked() {
                    commands.push(command);
                }
            }
            ui.separator();
            ui.weak("Stacks begin with (g)");
            for (roots, _, label) in Roots::ALL {
                let is_chosen = session.choices.shape.roots == roots;
                if option(ui, is_chosen, label).clicked() {
                    commands.push(Command::SetRoots(roots));
                }
            }
            ui.separator();
            ui.weak("Frames are (Shift+G)");
            for (grouping, _, label) in Grouping::ALL {
                let is_chosen = session.choices.shape.grouping == grouping;
                if option(ui, is_chosen, label).clicked() {
                    commands.push(Command::SetGrouping(grouping));
                }
            }
        });
    });
    response
        .response
        .on_hover_text("What the flame graph grows from (c)")
        .accessible_name("Shape of the flame graph");
    let roots = session.choices.shape.roots;
    let label = Roots::ALL.iter().find(|(one, ..)| *one == roots);
    if let Some((.., label)) = label.filter(|_| roots != Roots::default()) {
        let button = ui.button(format!("{label} ×"));
        let hint = "What stacks begin with; back to thread names (Esc)";
        if button.on_hover_text(hint).clicked() {
            commands.push(Command::SetRoots(Roots::default()));
        }
    }
    let grouping = session.choices.shape.grouping;
    if grouping != Grouping::default() {
        let label = Grouping::ALL.iter().find(|(one, ..)| *one == grouping);
        let button = ui.button(format!("{} ×", label.map_or("", |(.., label)| *label)));
        let hint = "What frames are; back to functions (Esc)";
        if button.on_hover_text(hint).clicked() {
            commands.push(Command::SetGrouping(Grouping::default()));
        }
    }
    if let GraphMode::Sandwich(function) = mode {
        let name = session.profile.frame_name(function);
        ui.strong(shortened(&name, 32)).on_hover_text(&*name);
        if ui
            .button("Leave sandwich")
            .on_hover_text("Back to the flame graph (Esc)")
            .clicked()
        {
            commands.push(Command::SetMode(GraphMode::Callees));
        }
    }
    let edits = &session.choices.edits;
    if let Some(focus) = edits.focus {
        let name = session.profile.frame_name(focus);
        let button = ui.button(format!("Focus: {} ×", shortened(&name, 28)));
        let hint = format!("Only what {name} calls: show everything again");
        if button.on_hover_text(hint).clicked() {
            commands.push(Command::Focus(None));
        }
    }
    if !edits.hidden.is_empty() {
        const NAMED: usize = 12;
        let names: Vec<_> = edits
            .hidden
            .iter()
            .take(NAMED)
            .map(|frame| session.profile.frame_name(*frame))
            .collect();
        let text = count_of(edits.hidden.len() as u64, "function");
        let button = ui.button(format!("{text} hidden ×"));
        let more = match edits.hidden.len() > NAMED {
            true => ", …",
            false => "",
        };
        let hint = format!("Show again: {}{more}", names.join(", "));
        if button.on_hover_text(hint).clicked() {
            commands.push(Command::UnhideAll);
        }
    }
    if edits.collapses_recursion {
        let button = ui.button("Recursion collapsed ×");
        if button.on_hover_text("Show each call again (r)").clicked() {
            commands.push(Command::ToggleRecursion);
        }
    }
}

/// What is selected, in words and as fields to type in.
fn selection_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let selection = session.shown_selection();
    let total = session.tree().map_or(0, |(_, tree)| tree.selected);
    let samples = session.view.unit().full_text(total);
    let Some(span) = selection.span() else {
        let whole = session.profile.time_range();
        let length = whole.map_or(String::new(), |range| {
            format!(
                " · {} s",
                format_seconds((range.nanos() - 1) / 1_000_000 * 1_000_000)
            )
        });
        ui.strong(format!("Whole profile{length} · {samples}"));
        if session.view.heat_map.is_ok() {
            let hint = RichText::new("Drag over the heat map to select a range").weak();
            ui.add(Label::new(hint).selectable(false));
        }
        return;
    };
    // First of all, as what follows grows and shrinks, and would move them away from below the pointer.
    let step = |forward| Command::Nudge(crate::gui::heat_map::Nudge::Step { forward });
    for (label, name, command) in [
        ("<", "Step back (,)", step(false)),
        (">", "Step on (.)", step(true)),
    ] {
        let button = ui.button(label).on_hover_text(name);
        if button.clicked() {
            commands.push(command);
        }
        button.accessible_name(name);
    }
    let label = if session.is_playing { "Stop" } else { "Play" };
    let play = ui
        .button(label)
        .on_hover_text("Step on again and again (Space)");
    if play.clicked() {
        commands.push(Command::TogglePlay);
    }
    // The fields beside it have them exactly.
    let range = short_range_text(&session.profile, &selection);
    let long = short_seconds(selection.nanos());
    let text = format!("{range} · {long} s long · {samples}");
    ui.strong(format!("Selected {text}"));
    if selection.ranges().len() == 1 && session.preview.is_none() {
        typed_range_ui(ui, session, span, commands);
    }
    let each = ui
        .button("Each column")
        .on_hover_text("Select the same offsets in each column, as Alt-drag does (e)");
    if each.clicked() {
        commands.push(Command::RepeatSelection);
    }
    let keep = ui
        .button("Keep")
        .on_hover_text("Keep it in the list of selections (m)");
    if keep.clicked() {
        commands.push(Command::KeepSelection);
    }
    if ui
        .button("Whole profile")
        .on_hover_text("Clear the selection (Esc)")
        .clicked()
    {
        commands.push(Command::Select(Selection::whole()));
    }
}

/// What the selection is compared with, and how.
fn baseline_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let Some(baseline) = &session.choices.baseline else {
        return;
    };
    let with = match &baseline.ranges {
        _ if baseline.other.is_some() => {
            let other = baseline.other.as_ref();
            other.map_or(String::new(), Other::text)
        }
        None if session.choices.selection.is_whole() => {
            "nothing: select a range to compare it with the rest".to_owned()
        }
        None => "the rest of the profile".to_owned(),
        Some(ranges) => short_range_text(&session.profile, ranges),
    };
    let compared = session.tree().map_or(0, |(_, tree)| tree.compared);
    ui.strong(format!(
        "Compared with {with} · {}",
        amount(session, compared)
    ));
    let mut changed = baseline.clone();
    for (normalization, label, hint) in [
        (
            Normalization::Samples,
            "By share",
            "A function's share of the samples on each side",
        ),
        (
            Normalization::Time,
            "By time",
            "Samples a second on each side",
        ),
    ] {
        ui.selectable_value(&mut changed.normalization, normalization, label)
            .on_hover_text(hint);
    }
    theme::checkbox(ui, &mut changed.shows_vanished, "Vanished")
        .on_hover_text("Show only stacks that the baseline has and the selection has not");
    if changed != *baseline {
        commands.push(Command::Compare(Some(changed)));
    }
    let is_own = baseline.other.is_none();
    if session.can_swap() {
        let swap = ui.button("Swap");
        let hint = match is_own {
            true => "Selection and baseline change places",
            false => "Show the other profile, compared with this one",
        };
        if swap.on_hover_text(hint).clicked() {
            commands.push(Command::SwapBaseline);
        }
    }
    if (baseline.ranges.is_some() || !is_own) && ui.button("With the rest").clicked() {
        commands.push(Command::Compare(Some(baseline.with(None))));
    }
    if ui.button("End comparison").on_hover_text("Esc").clicked() {
        commands.push(Command::Compare(None));
    }
}

/// Start and end, to be typed exactly.
fn typed_range_ui(ui: &mut Ui, session: &Session, span: TimeRange, commands: &mut Vec<Command>) {
    let origin = session.profile.origin();
    let text_of = |time: Timestamp| format_seconds(time.nanos_since(origin));
    let ends = [
        ("Start of the selection in seconds", span.start),
        ("End of the selection in seconds", span.end),
    ];
    for (index, (name, time)) in ends.into_iter().enumerate() {
        if index > 0 {
            ui.weak("–");
        }
        // Of this profile: what is typed must not be taken for another's.
        let id = egui::Id::unique(name).with((&session.name, &session.path));
        // While it is typed, the text is the user's.
        let typed: Option<String> = ui.data(|data| data.get_temp(id));
        let mut text = typed.unwrap_or_else(|| text_of(time));
        let wanted = typed_time(session, &text, time);
        let wrong = wanted.is_none().then(|| text.clone());
        // Wide enough for all of it, digits being about as wide as each other.
        let width = (text.len() as f32 * 8.0 + 16.0).max(92.0);
        let field = TextEdit::singleline(&mut text).id(id).desired_width(width);
        let field = match wanted {
            Some(_) => field,
            None => field.text_color(ui.visuals().error_fg_color),
        };
        let hint = match session.clock {
            Some(_) => format!("{name}, or by the clock: 10:32:07.5"),
            None => format!("{name}, or in hours: 0:12:30"),
        };
        let response = ui.add(field).on_hover_text(hint);
        if response.gained_focus() && !ui.input(|input| input.pointer.any_down()) {
            select_all(ui, id, text.chars().count());
        }
        if response.has_focus() {
            ui.data_mut(|data| data.insert_temp(id, text));
        } else {
            ui.data_mut(|data| data.remove::<String>(id));
        }
        let is_given_up = ui.input(|input| input.key_pressed(Key::Escape));
        let is_typed = response.lost_focus() && !is_given_up;
        if is_typed && wanted.is_none() {
            let expected = match session.clock {
                Some(_) => "seconds since the start (12.5) or a time of day (10:32:07.5)",
                None => "seconds since the start, such as 12.5, or 0:12:30",
            };
            commands.push(Command::Complain(format!(
                "{:?} is no time: expected {expected}. The selection is as it was.",
                wrong.unwrap_or_default()
            )));
        }
        if is_typed && let Some(time) = wanted {
            let range = match index {
                0 => with_start(span, time),
                _ => with_end(span, time),
            };
            if range != span && !range.is_empty() {
                commands.push(Command::Select(Selection::range(range)));
            }
        }
        response.accessible_name(name);
    }
}

/// As a field does that the Tab key comes to: what is typed takes the place of what it holds.
fn select_all(ui: &Ui, id: egui::Id, characters: usize) {
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(characters));
    state.cursor.set_char_range(Some(all));
    state.store(ui.ctx(), id);
}

/// The range from there; one that would end before moves there, as long as it is.
fn with_start(range: TimeRange, start: Timestamp) -> TimeRange {
    let end = match start < range.end {
        true => range.end,
        false => start.saturating_add(range.nanos()),
    };
    TimeRange { start, end }
}

/// The range up to there; one that would begin after moves there, as long as it is.
fn with_end(range: TimeRange, end: Timestamp) -> TimeRange {
    let start = match end > range.start {
        true => range.start,
        false => Timestamp(end.0.saturating_sub(range.nanos())),
    };
    TimeRange { start, end }
}

/// Since the origin, in seconds or in hours, minutes and seconds; the latter are a time of day where the
/// header tells it.
fn typed_time(session: &Session, text: &str, near: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    match (parse_seconds(text), session.clock) {
        (Ok(nanos), _) => Some(session.profile.origin().saturating_add(nanos)),
        (Err(_), Some(clock)) => clock.time(text, near),
        (Err(_), None) => {
            let nanos = parse_hours(text);
            nanos.map(|nanos| session.profile.origin().saturating_add(nanos))
        }
    }
}

/// The callers of the zoomed frame, each a way back to it.
pub(super) fn breadcrumbs_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let zoom = session.zoomed_node();
    let stacks = session.stacks();
    if zoom == StackId::ROOT || zoom.index() >= stacks.len() {
        return;
    }
    let name_of = |node: StackId| {
        let frame = stacks.frame[node.index()];
        session.drawn().frame_name(frame).into_owned()
    };
    let mut path: Vec<StackId> = stacks.path_up(zoom).collect();
    path.push(StackId::ROOT);
    path.reverse();
    ui.horizontal(|ui| {
        if ui.button("Reset zoom").clicked() {
            commands.push(Command::Zoom(StackId::ROOT));
        }
        // The ends say most; the middle of a deep stack is left out.
        const SHOWN: usize = 3;
        for (index, node) in path.iter().enumerate() {
            if index >= SHOWN && index + SHOWN < path.len() {
                if index == SHOWN {
                    ui.weak("› …");
                }
                continue;
            }
            if index > 0 {
                ui.weak("›");
            }
            let name = name_of(*node);
            if *node == zoom {
                ui.strong(shortened(&name, 28)).on_hover_text(name);
            } else if names::short_link(ui, &name, 28, "").clicked() {
                commands.push(Command::Zoom(*node));
            }
        }
    });
}
