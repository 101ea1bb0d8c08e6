//! [`Scanner`]: goes through JSON value by value, so that no more than one is held, and tells an end
//! that is missing from a list that has ended.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// A text, and how far it was read.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Members of the outermost object that were passed, as far as somebody asked for them.
    passed: Vec<(&'t str, &'t RawValue)>,
}

/// What a list has next.
pub(super) enum Item<T> {
    /// What was looked for.
    Known(T),
    /// A value that is none of that.
    Other,
    /// The list's end.
    End,
    /// The end of the text, inside or in front of a value.
    CutOff { is_inside: bool },
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            passed: Vec::new(),
        }
    }

    /// How many bytes were read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes into the list itself, or into the list of a name in an object; whether there is one.
    ///
    /// Members of the names in `kept` that come before it are kept for [`Self::members`].
    pub(super) fn enter_list(&mut self, name: &str, kept: &[&str]) -> bool {
        if self.take(b'[') {
            return true;
        }
        self.take(b'{') && self.enter_member(name, kept).is_some()
    }

    fn enter_member(&mut self, name: &str, kept: &[&str]) -> Option<()> {
        loop {
            let key = self.key()?;
            if key == name && self.take(b'[') {
                return Some(());
            }
            // A CPU profile's: what follows is large, and is read by others.
            if key == "nodes" {
                return None;
            }
            self.pass(key, kept).ok()?;
            if !self.take(b',') {
                return None;
            }
        }
    }

    /// A member's name, and the colon behind it.
    pub(super) fn key(&mut self) -> Option<&'t str> {
        let key: &RawValue = self.value().ok()?;
        let is_name = self.take(b':');
        is_name.then(|| key.get().trim_matches('"'))
    }

    fn pass(&mut self, key: &'t str, kept: &[&str]) -> Result<(), serde_json::Error> {
        match kept.contains(&key) {
            true => {
                let value = self.value()?;
                self.passed.push((key, value));
            }
            false => drop(self.value::<IgnoredAny>()?),
        }
        Ok(())
    }

    /// Behind the list: the members of the names in `kept`, in front of it or after, and whether they are
    /// cut off.
    pub(super) fn members(mut self, kept: &[&str]) -> (Vec<(&'t str, &'t RawValue)>, bool) {
        while self.take(b',') {
            let Some(key) = self.key() else {
                break;
            };
            if let Err(error) = self.pass(key, kept) {
                return (self.passed, error.is_eof());
            }
        }
        (self.passed, false)
    }

    /// The next of a list of objects.
    ///
    /// # Errors
    /// Where the text is no JSON.
    pub(super) fn next<T: Deserialize<'t>>(&mut self) -> Result<Item<T>, serde_json::Error> {
        // A comma after the last one is as good as none: it is there when the rest was never written.
        while self.take(b',') {}
        let is_object = match self.peek() {
            None => return Ok(Item::CutOff { is_inside: false }),
            Some(b']') => {
                self.at += 1;
                return Ok(Item::End);
            }
            Some(byte) => byte == b'{',
        };
        if let Some(known) = is_object.then(|| self.value().ok()).flatten() {
            return Ok(Item::Known(known));
        }
        match self.value::<IgnoredAny>() {
            Ok(_) => Ok(Item::Other),
            Err(error) if error.is_eof() => Ok(Item::CutOff { is_inside: true }),
            Err(error) => Err(error),
        }
    }

    /// Whether anything but blanks is left.
    pub(super) fn has_more(&mut self) -> bool {
        self.peek().is_some()
    }

    /// The number of the line at hand, from 1.
    pub(super) fn line(&self) -> usize {
        1 + memchr::memchr_iter(b'\n', &self.text.as_bytes()[..self.at]).count()
    }

    pub(super) fn value<T: Deserialize<'t>>(&mut self) -> Result<T, serde_json::Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter();
        match values.next() {
            Some(value) => {
                let value = value?;
                self.at += values.byte_offset();
                Ok(value)
            }
            // The same, as an error.
            None => serde_json::from_str(""),
        }
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }
}
