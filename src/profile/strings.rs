//! [`StringTable`]: every distinct name once, as the bytes that the file holds.

use std::borrow::Cow;

/// Index of a string in one [`StringTable`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StringId(pub u32);

/// Distinct byte strings in sorted order, so that comparing ids compares strings.
///
/// Bytes, not `str`: names in a profile are whatever the kernel or a compiler wrote.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct StringTable {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl StringTable {
    /// A table of `names`, which must be sorted and distinct.
    pub fn from_sorted<'a>(names: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut table = Self::default();
        for name in names {
            table.bytes.extend_from_slice(name);
            table.ends.push(table.bytes.len());
        }
        table
    }

    /// The string `id` stands for.
    pub fn get(&self, id: StringId) -> &[u8] {
        let index = id.0 as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// The id of `name`, if the table holds it.
    pub fn find(&self, name: &[u8]) -> Option<StringId> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(StringId(middle as u32)).cmp(name) {
                std::cmp::Ordering::Equal => return Some(StringId(middle as u32)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// How many strings there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// `name` fit to be shown anywhere: invalid UTF-8 as `\xff`, control characters (which could drive
/// a terminal) and text-direction overrides as escapes, all else as it is.
pub fn printable(name: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(name)
        && !text.chars().any(is_unsafe)
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(name.len() + 8);
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_unsafe(character) {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and the marks that reorder or hide the text around them.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{2060}'..='\u{2064}' | '\u{e0000}'..='\u{e007f}')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || matches!(character, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_found_and_ordered() {
        let names: [&[u8]; 4] = [b"", b"a", b"ab", b"b\xff"];
        let table = StringTable::from_sorted(names.into_iter());
        for (index, name) in names.iter().enumerate() {
            assert_eq!(table.get(StringId(index as u32)), *name);
            assert_eq!(table.find(name), Some(StringId(index as u32)));
        }
        assert_eq!(table.find(b"aa"), None);
    }

    #[test]
    fn nothing_printable_drives_a_terminal() {
        assert_eq!(printable(b"plain caf\xc3\xa9"), "plain café");
        assert_eq!(printable(b"\xff\xfebin"), "\\xff\\xfebin");
        assert_eq!(printable(b"a\x1b[31mb\n"), "a\\u{1b}[31mb\\n");
        assert_eq!(printable("x\u{202e}y".as_bytes()), "x\\u{202e}y");
    }
}
