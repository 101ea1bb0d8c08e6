//! Long names in little room: cut in the middle, as what tells them apart is often at their end.

use egui::{FontId, Label, Link, Response, Sense, TextStyle, Ui, WidgetText};
use std::borrow::Cow;

/// In fewer characters than these only the beginning can be read.
const LEAST_FOR_BOTH_ENDS: usize = 12;
/// The part of the room that the beginning has.
const BEGINNING: f32 = 0.6;

/// `text` in at most so many characters.
pub(super) fn shortened(text: &str, characters: usize) -> Cow<'_, str> {
    if text.char_indices().nth(characters).is_none() {
        return Cow::Borrowed(text);
    }
    if let Some(bare) = without_arguments(text) {
        return Cow::Owned(shortened(&bare, characters).into_owned());
    }
    let kept = characters.saturating_sub(1);
    let head = match characters < LEAST_FOR_BOTH_ENDS {
        true => kept,
        false => (kept as f32 * BEGINNING).ceil() as usize,
    };
    Cow::Owned(both_ends(text, head, kept - head))
}

/// `text` in at most so many points.
pub(super) fn fitting<'a>(ui: &Ui, text: &'a str, font: &FontId, width: f32) -> Cow<'a, str> {
    // Most names are shorter by far: no character is much wider than the font is high.
    if text.len() as f32 * font.size < width {
        return Cow::Borrowed(text);
    }
    ui.fonts_mut(|fonts| {
        let mut width_of = |character| fonts.glyph_width(font, character);
        let all = fitting_count(text.chars(), width, &mut width_of);
        if text.char_indices().nth(all).is_none() {
            return Cow::Borrowed(text);
        }
        let text = without_arguments(text).map_or(Cow::Borrowed(text), Cow::Owned);
        let all = fitting_count(text.chars(), width, &mut width_of);
        if text.char_indices().nth(all).is_none() {
            return text;
        }
        let room = width - width_of('…');
        let beginning = match all < LEAST_FOR_BOTH_ENDS {
            true => room,
            false => room * BEGINNING,
        };
        let head = fitting_count(text.chars(), beginning, &mut width_of);
        let tail = fitting_count(text.chars().rev(), room - beginning, &mut width_of);
        Cow::Owned(both_ends(&text, head, tail))
    })
}

/// The name of a function whose arguments are left out first, where it has some: class and name tell
/// more than they do.
fn without_arguments(text: &str) -> Option<String> {
    let inner = text.strip_suffix(')')?;
    let mut depth = 1;
    let open = inner.char_indices().rev().find(|(_, character)| {
        depth += match character {
            ')' => 1,
            '(' => -1,
            _ => 0,
        };
        depth == 0
    });
    let (open, _) = open.filter(|(open, _)| *open > 0)?;
    let arguments = &inner[open + 1..];
    (arguments.chars().count() > 1).then(|| format!("{}(…)", &inner[..open]))
}

/// How wide a text is, in points.
pub(super) fn width(ui: &Ui, text: &str, font: &FontId) -> f32 {
    let widths = |fonts: &mut egui::epaint::text::FontsView<'_>| -> f32 {
        text.chars().map(|it| fonts.glyph_width(font, it)).sum()
    };
    ui.fonts_mut(widths)
}

/// How many characters fit, of a name that may be far longer than its room.
fn fitting_count(
    characters: impl Iterator<Item = char>,
    mut room: f32,
    width_of: &mut impl FnMut(char) -> f32,
) -> usize {
    let fits = |character: &char| {
        room -= width_of(*character);
        room >= 0.0
    };
    characters.take_while(fits).count()
}

fn both_ends(text: &str, head: usize, tail: usize) -> String {
    let start = text.char_indices().nth(head).map_or(0, |(at, _)| at);
    let last = tail.checked_sub(1);
    let last = last.and_then(|last| text.char_indices().rev().nth(last));
    let end = last.map_or(text.len(), |(at, _)| at);
    format!("{}…{}", &text[..start], &text[end..])
}

/// A name in the room that there is, to click on. To whoever cannot see it, it is the whole name.
pub(super) fn label(ui: &mut Ui, name: &str) -> Response {
    let shown = in_room(ui, name).into_owned();
    let label = Label::new(shown).truncate().selectable(false);
    let response = ui.add(label.sense(Sense::click()));
    ui.accesskit_node_builder(response.id, |node| node.set_value(name));
    response
}

/// A name that leads somewhere, in the room that there is; the whole of it and `hint` come up below
/// the pointer.
pub(super) fn link(ui: &mut Ui, name: &str, hint: &str) -> Response {
    let shown = in_room(ui, name).into_owned();
    link_of(ui, name, shown, hint)
}

/// The same in at most so many characters.
pub(super) fn short_link(ui: &mut Ui, name: &str, characters: usize, hint: &str) -> Response {
    let shown = shortened(name, characters).into_owned();
    link_of(ui, name, shown, hint)
}

fn link_of(ui: &mut Ui, name: &str, shown: String, hint: &str) -> Response {
    let is_cut = shown != name;
    let response = ui.add(Link::new(WidgetText::from(shown)));
    let response = response.on_hover_ui(|ui| {
        ui.set_max_width(560.0);
        if is_cut {
            ui.strong(name);
        }
        if !hint.is_empty() {
            ui.label(hint);
        }
    });
    response.accessible_name(name)
}

fn in_room<'a>(ui: &Ui, name: &'a str) -> Cow<'a, str> {
    let font = TextStyle::Body.resolve(ui.style());
    fitting(ui, name, &font, ui.available_width() - 1.0)
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn names_keep_their_beginning_and_their_end() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("handle_request", 5), "hand…");
        assert_eq!(shortened("", 0), "");
        assert_eq!(shortened("x", 0), "…");
        let name = "std::vector<int>::push_back";
        assert_eq!(shortened(name, name.len()), name);
        assert_eq!(shortened(name, 20), "std::vector<…sh_back");
        assert_eq!(shortened(name, 20).chars().count(), 20);
        assert_eq!(shortened("äöüäöüäöüäöüäöü", 12), "äöüäöüä…üäöü");
        let sort = "void a.Sorter.sort(java.lang.Object[], int, f(x))";
        assert_eq!(shortened(sort, 30), "void a.Sorter.sort(…)");
        assert_eq!(shortened(sort, 15), "void a.So…rt(…)");
        assert_eq!(shortened("run_for_long()", 13), "run_for_…ng()");
    }
}
