//! What a worker has read before and need not take apart again: lines, and whole stacks' texts.
//!
//! Return addresses repeat exactly; only the innermost frame's differs from sample to sample. Both
//! tables are by 64-bit hashes of the text, and in each place is what was last put there.

use super::tables::StackEnd;
use memchr::{memchr_iter, memmem};
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};

/// The frames of lines.
pub(super) struct KnownLines {
    secrets: RapidSecrets,
    places: Box<[(u64, u32)]>,
}

impl KnownLines {
    /// A power of two: what fits the second-level cache of a core.
    const PLACES: usize = 1 << 14;
    const NONE: u32 = u32::MAX;

    pub(super) fn new(secrets: RapidSecrets) -> Self {
        Self {
            secrets,
            places: vec![(0, Self::NONE); Self::PLACES].into_boxed_slice(),
        }
    }

    /// To be called when no more will be looked for: gives the memory back.
    pub(super) fn end(&mut self) {
        self.places = Box::default();
    }

    pub(super) fn hash(&self, line: &[u8]) -> u64 {
        rapidhash_v3_seeded(line, &self.secrets)
    }

    /// The frame of the line with this hash, if it was seen lately.
    pub(super) fn find(&self, hash: u64) -> Option<u32> {
        let (known, frame) = self.places[hash as usize % Self::PLACES];
        (known == hash && frame != Self::NONE).then_some(frame)
    }

    pub(super) fn add(&mut self, hash: u64, frame: u32) {
        self.places[hash as usize % Self::PLACES] = (hash, frame);
    }
}

/// The stacks of callers' texts: all lines below a sample's first and before a blank one, but for
/// some of the innermost.
pub(super) struct KnownCallers {
    secrets: RapidSecrets,
    places: Box<[(u64, Callers)]>,
    /// By the size of the text, as a power of two: deep stacks often are cut off at their outer end
    /// and never repeat there, while others do.
    levels: [[Level; 3]; 32],
    samples: u32,
    blank_line: memmem::Finder<'static>,
}

/// What a text of callers stands for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Callers {
    /// The innermost of them; where it is the root, this is nothing.
    pub(super) end: StackEnd,
    pub(super) lines: u32,
    /// The frame that was last seen inside them, alone, and the node of that stack; else the root.
    pub(super) last: (u32, u32),
}

/// How many of the innermost lines are left out, and how often what remains was known.
#[derive(Debug, Clone, Copy)]
struct Level {
    inner: usize,
    /// A moving average of [`Level::MEMORY`] tries, from 0 (never known) to [`Level::ALWAYS`].
    known: i32,
}

impl Level {
    const ALWAYS: i32 = 1 << 20;
    const MEMORY: i32 = 1 << 12;

    fn new(inner: usize) -> Self {
        let known = Self::ALWAYS;
        Self { inner, known }
    }

    fn tried(&mut self, is_known: bool) {
        let now = if is_known { Self::ALWAYS } else { 0 };
        self.known += (now - self.known) / Self::MEMORY;
    }

    /// Where stacks hardly repeat, looking for them costs more than it saves.
    fn pays(&self) -> bool {
        self.known > Self::ALWAYS / 4
    }
}

/// Where callers are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(usize);

/// The text of a stack, blank line excluded.
pub(super) struct StackText<'t> {
    pub(super) inner: &'t [u8],
    pub(super) callers: &'t [u8],
}

/// A text of callers that was looked for and not found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Missed {
    hash: u64,
    /// How many lines come before it.
    pub(super) inner: usize,
}

impl KnownCallers {
    /// A power of two.
    const PLACES: usize = 1 << 16;
    /// Longer texts are not looked for.
    const LONGEST: usize = 1 << 14;
    /// One sample in so many is looked for whether it pays or not: stacks may begin to repeat.
    const EXPLORED: u32 = 4;

    pub(super) fn new(secrets: RapidSecrets) -> Self {
        Self {
            secrets,
            places: vec![Default::default(); Self::PLACES].into_boxed_slice(),
            levels: [[1, 4, 16].map(Level::new); 32],
            samples: 0,
            blank_line: memmem::Finder::new(b"\n\n"),
        }
    }

    /// To be called when no more will be looked for: gives the memory back.
    pub(super) fn end(&mut self) {
        self.places = Box::default();
    }

    /// Remembers the stack that `frame` alone, inside these callers, makes.
    pub(super) fn add_last(&mut self, place: Place, frame: u32, node: u32) {
        self.places[place.0].1.last = (frame, node);
    }

    /// Looks for callers, above `comm`, in the stack that `text` begins with. Gives what they stand
    /// for, and their text and that of the lines before them; else what was looked for is in `missed`.
    pub(super) fn find<'t>(
        &mut self,
        comm: u32,
        text: &'t [u8],
        missed: &mut Vec<Missed>,
    ) -> Option<(Place, Callers, StackText<'t>)> {
        missed.clear();
        self.samples = self.samples.wrapping_add(1);
        let explores = self.samples.is_multiple_of(Self::EXPLORED);
        if text.first() != Some(&b'\t') {
            return None;
        }
        let window = &text[..text.len().min(Self::LONGEST)];
        let end = self.blank_line.find(window)?;
        let text = &text[..end + 1];
        let levels = &mut self.levels[text.len().ilog2() as usize];
        if !explores && !levels.iter().any(|level| level.pays()) {
            return None;
        }
        let of_comm = u64::from(comm).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut lines = memchr_iter(b'\n', text);
        let mut passed = 0;
        for level in levels {
            if !explores && !level.pays() {
                continue;
            }
            let Some(at) = lines.nth(level.inner - passed - 1) else {
                break;
            };
            passed = level.inner;
            let (inner, callers) = text.split_at(at + 1);
            let hash = rapidhash_v3_seeded(callers, &self.secrets) ^ of_comm;
            let place = Place(hash as usize % Self::PLACES);
            let (known, found) = self.places[place.0];
            let is_known = known == hash && found.end.node != 0;
            level.tried(is_known);
            if is_known {
                return Some((place, found, StackText { inner, callers }));
            }
            missed.push(Missed {
                hash,
                inner: passed,
            });
        }
        None
    }

    pub(super) fn add(&mut self, missed: Missed, callers: Callers) {
        self.places[missed.hash as usize % Self::PLACES] = (missed.hash, callers);
    }
}
