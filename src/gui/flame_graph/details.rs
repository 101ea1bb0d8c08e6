//! What boxes and colours are, in words: the legend, tooltips, lines of details.

use super::{FlameGraphLook, Pane, Pointed, picture};
use crate::flame_graph::{MergedBox, share};
use crate::gui::choices::GraphMode;
use crate::gui::session::Session;
use crate::gui::theme;
use crate::package::file_name;
use crate::palette::{self, FrameColors, kind_color};
use crate::profile::{FrameId, FrameKind, Profile, StackId, count_of, printable, with_thousands};
use crate::value_map::ratio_text;
use egui::{Color32, Ui};

/// A colour of the flame graph, and what has it.
pub(super) type Named = (Color32, String);

/// What colours name that are not the same in all profiles: of the widest boxes; `table` has the colour of
/// each frame.
pub(super) fn named_colors(
    session: &Session,
    colors: FrameColors,
    table: &[Color32],
) -> Vec<Named> {
    const SHOWN: usize = 6;
    let hashed = |text: &[u8], name: &[u8]| {
        let name = match name {
            b"" => "not known".to_owned(),
            name => printable(name).into_owned(),
        };
        (theme::color(palette::hashed_color(text)), name)
    };
    match colors {
        FrameColors::Module => {
            let modules = picture::widest_modules(session, SHOWN).into_iter();
            modules
                .map(|module| hashed(&module, file_name(&module)))
                .collect()
        }
        FrameColors::Package => {
            let packages = picture::widest_packages(session, SHOWN).into_iter();
            packages.map(|package| hashed(&package, &package)).collect()
        }
        FrameColors::Root => {
            let roots = picture::widest_roots(session, SHOWN).into_iter();
            let name = |root: FrameId| session.drawn().frame_name(root).into_owned();
            roots
                .filter_map(|root| Some((*table.get(root.index())?, name(root))))
                .collect()
        }
        FrameColors::Kind | FrameColors::Name | FrameColors::Search => Vec::new(),
    }
}

/// What the colours mean.
pub(super) fn legend_ui(ui: &mut Ui, session: &Session, look: FlameGraphLook, named: &[Named]) {
    ui.horizontal(|ui| {
        let is_compared = session.choices.baseline.is_some();
        let tells_already = look.colors == FrameColors::Search && !is_compared;
        if !session.choices.search.is_empty() && !tells_already {
            theme::swatch(ui, theme::color(palette::MATCH));
            ui.weak("found");
        }
        colors_ui(ui, session, look, named);
    });
}

fn colors_ui(ui: &mut Ui, session: &Session, look: FlameGraphLook, named: &[Named]) {
    if session.choices.baseline.is_some() {
        ui.horizontal(|ui| {
            for (change, meaning) in [
                (-1.0, "baseline alone"),
                (-0.5, "less"),
                (0.0, "as much"),
                (0.5, "3 times as much"),
                (1.0, "selection alone"),
            ] {
                theme::swatch(ui, theme::change_color(change, ui.visuals()));
                ui.weak(meaning);
            }
        });
        return;
    }
    let tree = session.tree().map(|(_, tree)| tree);
    if let (Some(name), Some(tree)) = (session.view.ratio_name(), tree) {
        let overall = tree.main.ratio(StackId::ROOT).unwrap_or(0.0);
        ui.horizontal(|ui| {
            ui.weak(format!("{name}:"));
            for (change, times) in [
                (-1.0, 0.25),
                (-0.5, 0.5),
                (0.0, 1.0),
                (0.5, 2.0),
                (1.0, 4.0),
            ] {
                theme::swatch(ui, theme::change_color(change, ui.visuals()));
                let end = match times {
                    0.25 => " or less",
                    4.0 => " or more",
                    _ => "",
                };
                ui.weak(ratio_text(overall * times) + end);
            }
        });
        return;
    }
    ui.horizontal(|ui| match look.colors {
        FrameColors::Kind => {
            for kind in palette::KINDS {
                theme::swatch(ui, theme::color(kind_color(kind)));
                ui.weak(kind.name());
            }
        }
        FrameColors::Module => {
            ui.weak("A colour for each module:");
            named_ui(ui, named);
        }
        FrameColors::Package => {
            ui.weak("A colour for each package:");
            named_ui(ui, named);
        }
        FrameColors::Name => {
            ui.weak("A colour for each function name");
        }
        FrameColors::Root => {
            ui.weak("A colour for each root:");
            named_ui(ui, named);
        }
        FrameColors::Search => {
            theme::swatch(ui, theme::color(palette::MATCH));
            ui.weak("found by the search");
            theme::swatch(ui, theme::color(palette::UNMATCHED));
            ui.weak("all other functions");
        }
    });
}

fn named_ui(ui: &mut Ui, named: &[Named]) {
    for (color, name) in named {
        theme::swatch(ui, *color);
        ui.weak(name);
    }
}

/// What the box under the pointer is.
pub(super) fn tooltip_ui(ui: &mut Ui, session: &Session, pointed: Pointed) {
    ui.set_max_width(560.0);
    ui.strong(session.drawn().frame_name(pointed.frame).into_owned());
    for line in numbers(session, pointed) {
        ui.label(line);
    }
}

/// What is under the pointer where calls are too narrow to be boxes.
pub(super) fn merged_tooltip_ui(ui: &mut Ui, session: &Session, merged: &MergedBox) {
    let calls = count_of(merged.nodes, "call");
    ui.strong(format!("{calls} too narrow to be drawn"));
    ui.label(amount(session, merged.weight));
    ui.weak("Zoom in to see them");
}

/// An amount of what is shown.
pub(super) fn amount(session: &Session, amount: u64) -> String {
    session.view.unit().text(amount)
}

/// Module and kind, symbol.
pub(in crate::gui) fn origin_of(profile: &Profile, frame: FrameId) -> Vec<String> {
    let module = profile.frame_module(frame);
    let kind = profile.frames.kind[frame.index()].name();
    let mut lines = vec![if module.is_empty() {
        match profile.frames.kind[frame.index()] {
            FrameKind::All => "everything that is selected".to_owned(),
            FrameKind::Comm => "what these stacks begin with".to_owned(),
            _ => kind.to_owned(),
        }
    } else {
        format!("{module} ({kind})")
    }];
    if let Some(raw) = profile.raw_name(frame) {
        lines.push(format!("symbol {raw}"));
    }
    lines
}

/// Samples and their shares, of the selection and of the profile.
pub(in crate::gui) fn amount_text(session: &Session, amount: u64, selected: u64) -> String {
    let percent = |whole: u64| 100.0 * share(amount, whole);
    let mut text = format!(
        "{} ({:.2} % of the selection",
        self::amount(session, amount),
        percent(selected)
    );
    if !session.shown_selection().is_whole() {
        text.push_str(&format!(
            ", {:.2} % of the profile",
            percent(session.view.total)
        ));
    }
    text + ")"
}

/// Module and kind, samples and their shares, self.
pub(super) fn numbers(session: &Session, pointed: Pointed) -> Vec<String> {
    let Some((_, tree)) = session.tree() else {
        return Vec::new();
    };
    let shaped = match pointed.pane {
        Pane::Main => Some(&tree.main),
        Pane::Callers => tree.callers.as_ref(),
        Pane::OnCpu => tree.on_cpu.as_ref(),
    };
    let Some(shaped) = shaped else {
        return Vec::new();
    };
    let node = pointed.node.index();
    let weights = (
        shaped.tree.total_weight.get(node),
        shaped.tree.self_weight.get(node),
    );
    let (Some(total), Some(own)) = weights else {
        return Vec::new();
    };
    let mut lines = origin_of(session.drawn(), pointed.frame);
    if pointed.pane == Pane::OnCpu {
        let percent = 100.0 * share(*total, shaped.tree.total());
        let on_cpu = count_of(*total, "sample");
        lines.push(format!(
            "{on_cpu} on the CPUs ({percent:.2} % of the selection's)"
        ));
        return lines;
    }
    let shows_vanished = session.shows_vanished();
    if shows_vanished && shaped.baseline.is_some() {
        let observed = shaped.observed().get(node).copied().unwrap_or(0);
        lines.push(format!("{} vanished", amount(session, *total)));
        lines.push(amount_text(session, observed, tree.selected));
    } else {
        lines.push(amount_text(session, *total, tree.selected));
    }
    let caller = shaped.stacks(&session.profile).parent[node];
    if caller != StackId::ROOT && pointed.pane == Pane::Main {
        let of = shaped.tree.total_weight[caller.index()];
        let what = match session.choices.mode {
            GraphMode::Callers => "what it calls",
            _ => "its caller",
        };
        lines.push(format!("{:.2} % of {what}", 100.0 * share(*total, of)));
    }
    if let Some(baseline) = shaped.baseline.as_ref().and_then(|all| all.get(node)) {
        let percent = 100.0 * share(*baseline, tree.compared);
        let expected = *baseline as f64 * tree.scale;
        // Tenths tell something of small counts alone.
        let usual = match expected {
            0.0..100.0 => format!("{expected:.1}"),
            _ => with_thousands(expected.round() as u64),
        };
        lines.push(format!(
            "{} in the baseline ({percent:.2} % of it), so {usual} would be usual",
            amount(session, *baseline)
        ));
    }
    if let (Some(name), Some(ratio)) = (session.view.ratio_name(), shaped.ratio(pointed.node)) {
        let overall = tree.main.ratio(StackId::ROOT).unwrap_or(0.0);
        lines.push(format!(
            "{} {name} ({} in all)",
            ratio_text(ratio),
            ratio_text(overall)
        ));
    }
    let is_main = pointed.pane == Pane::Main;
    let is_from_root = session.choices.mode != GraphMode::Callers && is_main;
    if is_from_root && !shows_vanished {
        lines.push(amount_text(session, *own, tree.selected) + " in itself");
    }
    lines
}
