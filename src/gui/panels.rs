//! The panels beside the main views: which there are, where they stand, what moves them.

use super::command::{Command, typed_commands};
use super::dividers::{self, Edge, Part};
use super::menus;
use super::panes;
use super::theme;
use egui::emath::Rangef;
use egui::{Context, Ui, UiBuilder, ViewportBuilder, ViewportClass, ViewportId, vec2};
use serde::{Deserialize, Serialize};

/// Points that are enough for heat map and flame graph.
const VIEWS: f32 = 700.0;
/// The same up and down, where a panel is below them.
const VIEWS_HIGH: f32 = 350.0;

/// A panel's heading and its buttons are in one line where it is wider than this.
const ONE_LINE: f32 = 200.0;

/// A panel beside the views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Panel {
    Filters,
    Selections,
    Functions,
    Findings,
}

impl Panel {
    pub(super) const ALL: [Self; 4] = [
        Self::Filters,
        Self::Selections,
        Self::Findings,
        Self::Functions,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Filters => "Filters",
            Self::Selections => "Selections",
            Self::Functions => "Functions",
            Self::Findings => "Findings",
        }
    }

    fn width(self) -> f32 {
        match self {
            Self::Functions => theme::FUNCTIONS_WIDTH,
            _ => theme::FILTERS_WIDTH,
        }
    }
}

/// Where a panel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    Left,
    Right,
    /// Below the flame graph.
    Bottom,
    /// A window of its own, on another screen, say.
    Window,
}

impl Place {
    pub(super) const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Bottom, Self::Window];

    fn name(self) -> &'static str {
        match self {
            Self::Left => "At the left",
            Self::Right => "At the right",
            Self::Bottom => "At the bottom",
            Self::Window => "In a window of its own",
        }
    }
}

/// Which panels are shown, and where.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Panels {
    shown: Vec<Panel>,
    /// Of those that are elsewhere than at first.
    moved: Vec<(Panel, Place)>,
}

impl Panels {
    pub(super) fn is_shown(&self, panel: Panel) -> bool {
        self.shown.contains(&panel)
    }

    pub(super) fn show(&mut self, panel: Panel) {
        if !self.is_shown(panel) {
            self.shown.push(panel);
        }
    }

    pub(super) fn toggle(&mut self, panel: Panel) {
        if self.is_shown(panel) {
            self.shown.retain(|shown| *shown != panel);
        } else {
            self.shown.push(panel);
        }
    }

    /// Those that are shown there, in the order of their list.
    pub(super) fn at(&self, place: Place) -> Vec<Panel> {
        let all = Panel::ALL.into_iter();
        let shown = all.filter(|panel| self.is_shown(*panel) && self.place(*panel) == place);
        shown.collect()
    }

    fn place(&self, panel: Panel) -> Place {
        let moved = self.moved.iter().find(|(moved, _)| *moved == panel);
        match (moved, panel) {
            (Some((_, place)), _) => *place,
            (None, Panel::Functions) => Place::Right,
            (None, _) => Place::Left,
        }
    }

    pub(super) fn set_place(&mut self, panel: Panel, place: Place) {
        self.moved.retain(|(moved, _)| *moved != panel);
        self.moved.push((panel, place));
    }
}

/// Draws the panels that have this place; `content` is what is in each.
pub(super) fn show(
    ui: &mut Ui,
    place: Place,
    panels: &[Panel],
    commands: &mut Vec<Command>,
    mut content: impl FnMut(&mut Ui, Panel, &mut Vec<Command>),
) {
    let Some(widest) = panels.iter().map(|panel| panel.width()).reduce(f32::max) else {
        return;
    };
    let whole = ui.ctx().content_rect().width();
    // In a small window they leave the views half of it, in a large one enough.
    let beside = Rangef::new(140.0, (whole * 0.32).max(whole - VIEWS).max(150.0));
    let height = ui.available_height();
    let below = Rangef::new(90.0, (height * 0.45).min(height - VIEWS_HIGH).max(120.0));
    let (edge, suiting, range) = match place {
        Place::Left => (Edge::Left, widest, beside),
        Place::Right => (Edge::Right, widest, beside),
        Place::Bottom => (Edge::Bottom, 200.0, below),
        Place::Window => {
            for panel in panels {
                window(ui.ctx(), *panel, commands, &mut content);
            }
            return;
        }
    };
    dividers::show(ui, Part::of(edge, place.name()), suiting, range, |ui| {
        parts_ui(ui, place, panels, commands, &mut content);
        ui.take_available_space();
    });
}

/// Panels that share a place, each with a part of it: one below the other, or beside it at the bottom.
fn parts_ui(
    ui: &mut Ui,
    place: Place,
    panels: &[Panel],
    commands: &mut Vec<Command>,
    content: &mut impl FnMut(&mut Ui, Panel, &mut Vec<Command>),
) {
    let Some((panel, others)) = panels.split_first() else {
        return;
    };
    let mut draw = |ui: &mut Ui, commands: &mut Vec<Command>| {
        // What does not fit is cut, and makes the panel no larger: it would lie below the views.
        let room = ui.available_rect_before_wrap();
        let builder = UiBuilder::new().max_rect(room);
        let mut inner = ui.new_child(builder);
        inner.shrink_clip_rect(room.expand2(vec2(0.0, ui.spacing().item_spacing.y)));
        heading_ui(&mut inner, *panel, place, commands);
        content(&mut inner, *panel, commands);
        ui.advance_cursor_after_rect(room);
    };
    if others.is_empty() {
        egui::CentralPanel::no_frame().show(ui, |ui| draw(ui, commands));
        return;
    }
    let (edge, room, least) = match place {
        Place::Bottom => (Edge::Left, ui.available_width(), 200.0),
        _ => (Edge::Top, ui.available_height(), 90.0),
    };
    let suiting = room / panels.len() as f32;
    let most = (room - least * others.len() as f32).max(least);
    let part = Part::within(edge, panel.name());
    dividers::show(ui, part, suiting, Rangef::new(least, most), |ui| {
        draw(ui, commands);
    });
    parts_ui(ui, place, others, commands, content);
}

/// A window of the desktop or, where there can be no other one, inside this one.
fn window(
    context: &Context,
    panel: Panel,
    commands: &mut Vec<Command>,
    content: &mut impl FnMut(&mut Ui, Panel, &mut Vec<Command>),
) {
    let id = ViewportId::from_hash_of(panel.name());
    let builder = ViewportBuilder::default()
        .with_title(format!("{} – Emberscope", panel.name()))
        .with_inner_size([panel.width().max(360.0), 520.0]);
    context.show_viewport_immediate(id, builder, |ui, class| {
        let was_closed = ui.input(|input| input.viewport().close_requested());
        if was_closed {
            commands.push(Command::TogglePanel(panel));
        }
        if class != ViewportClass::EmbeddedWindow {
            // Its keys are the program's, but for what its own fields and menus take.
            let context = ui.ctx();
            let takes_escape = context.text_edit_focused() || egui::Popup::is_any_open(context);
            commands.extend(typed_commands(context, takes_escape));
        }
        let mut draw = |ui: &mut Ui| {
            heading_ui(ui, panel, Place::Window, commands);
            content(ui, panel, commands);
        };
        match class {
            ViewportClass::EmbeddedWindow => draw(ui),
            _ => {
                egui::CentralPanel::default().show(ui, draw);
            }
        }
    });
}

fn heading_ui(ui: &mut Ui, panel: Panel, place: Place, commands: &mut Vec<Command>) {
    ui.add_space(4.0);
    // With large text the buttons need a line of their own.
    let has_room = ui.available_width() > ONE_LINE;
    if !has_room {
        ui.heading(panel.name());
    }
    ui.horizontal(|ui| {
        if has_room {
            ui.heading(panel.name());
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.button("Close");
            panes::add(ui.ctx(), close.id);
            if close.clicked() {
                commands.push(Command::TogglePanel(panel));
            }
            close.accessible_name(format!("Close {}", panel.name().to_lowercase()));
            let menu = menus::menu(ui, "Move", commands, |ui, commands| {
                for other in Place::ALL {
                    if ui.selectable_label(other == place, other.name()).clicked() {
                        commands.push(Command::MovePanel(panel, other));
                    }
                }
            });
            let name = format!("Move {}", panel.name().to_lowercase());
            menu.accessible_name(name);
        });
    });
}

#[cfg(test)]
mod tests {
    use super::{Panel, Panels, Place};

    #[test]
    fn panels_are_kept_with_their_places() {
        let mut panels = Panels::default();
        panels.toggle(Panel::Functions);
        panels.set_place(Panel::Functions, Place::Bottom);
        panels.set_place(Panel::Functions, Place::Window);
        let text = serde_json::to_string(&panels).expect("it is plain data");
        let kept: Panels = serde_json::from_str(&text).expect("as it was written");
        assert_eq!(kept, panels);
        assert!(kept.is_shown(Panel::Functions) && !kept.is_shown(Panel::Filters));
        assert_eq!(kept.place(Panel::Functions), Place::Window);
        assert_eq!(kept.place(Panel::Filters), Place::Left);
    }
}
