//! [`Sorting`]: what a table is ordered by, and the headings that choose it.

use egui::{
    Atom, AtomKind, AtomPaintArgs, Button, IntoSizedResult, RichText, Shape, SizedAtomKind, Ui,
    vec2,
};
use std::f32::consts::TAU;
use std::sync::Arc;

/// What a table is ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sorting<O> {
    pub(super) by: O,
    /// Smallest first; of names, the last first.
    pub(super) is_reversed: bool,
}

/// A column that a table can be ordered by.
pub(super) struct Heading<O> {
    pub(super) name: &'static str,
    /// What is in the column.
    pub(super) hint: &'static str,
    pub(super) order: O,
    /// Names begin with A, numbers with the largest.
    pub(super) is_of_names: bool,
}

impl<O: Copy + PartialEq> Sorting<O> {
    /// A column's heading: it orders the table by the column or, pressed again, the other way round.
    pub(super) fn heading_ui(&mut self, ui: &mut Ui, heading: &Heading<O>) {
        let is_chosen = self.by == heading.order;
        let next = Self {
            by: heading.order,
            is_reversed: is_chosen && !self.is_reversed,
        };
        ui.spacing_mut().button_padding.x = 4.0;
        ui.spacing_mut().icon_spacing = 2.0;
        let text = RichText::new(heading.name).strong();
        let is_ascending = self.is_reversed != heading.is_of_names;
        let button = match is_chosen {
            true => Button::selectable(true, (text, marker(is_ascending))),
            false => Button::selectable(false, text),
        };
        let hint = format!("{}. Order: {}", heading.hint, next.direction(heading));
        let response = ui.add(button).on_hover_text(hint);
        if response.clicked() {
            *self = next;
        }
        response.accessible_name(match is_chosen {
            true => format!("{}, {}", heading.name, self.direction(heading)),
            false => heading.name.to_owned(),
        });
    }

    fn direction(self, heading: &Heading<O>) -> &'static str {
        match (heading.is_of_names, self.is_reversed) {
            (true, false) => "A first",
            (true, true) => "Z first",
            (false, false) => "largest first",
            (false, true) => "smallest first",
        }
    }
}

/// A small triangle that points up where rows ascend: the fonts have no such character.
fn marker(is_ascending: bool) -> Atom<'static> {
    let size = vec2(8.0, 6.0);
    let rotation = if is_ascending { TAU / 2.0 } else { 0.0 };
    let paint = move |ui: &Ui, args: AtomPaintArgs| {
        let color = args.fallback_text_color;
        let triangle = Shape::rotated_triangle(args.rect.shrink(0.5), rotation, color);
        ui.painter().add(triangle);
    };
    AtomKind::closure(move |_, _| IntoSizedResult {
        intrinsic_size: size,
        sized: SizedAtomKind::Paint {
            paint: Arc::new(paint),
            size,
        },
    })
    .into()
}
