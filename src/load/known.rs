//! What a worker has read before and need not take apart again: lines, and whole stacks' texts.
//!
//! Return addresses repeat exactly; only the innermost frame's differs from sample to sample. Both
//! tables are by 128-bit hashes of the text, whose meaning depends on nothing else.

use super::tables::Key;
use hashbrown::HashTable;
use memchr::{memchr, memmem};
use xxhash_rust::xxh3::{xxh3_128, xxh3_128_with_seed};

/// The keys of frames by their lines' text: return addresses repeat, so that most lines of most
/// profiles have been seen before and need not be taken apart. Each place holds the last line that
/// fell to it.
pub(super) struct KnownLines(Box<[(u128, Key)]>);

impl KnownLines {
    /// A power of two: what fits the second-level cache of a core.
    const PLACES: usize = 1 << 13;

    pub(super) fn new() -> Self {
        Self(vec![(0, Key::default()); Self::PLACES].into_boxed_slice())
    }

    /// The key of the frame that `line` is, if it was seen lately.
    pub(super) fn find(&self, line: &[u8]) -> Option<Key> {
        let hash = xxh3_128(line);
        let (known, key) = self.0[hash as usize % Self::PLACES];
        (known == hash).then_some(key)
    }

    pub(super) fn add(&mut self, line: &[u8], key: Key) {
        let hash = xxh3_128(line);
        self.0[hash as usize % Self::PLACES] = (hash, key);
    }
}

/// The stacks of whole texts: all lines below a sample's first and before a blank one, but for the
/// innermost frame's, whose address differs from sample to sample.
#[derive(Default)]
pub(super) struct KnownCallers {
    stacks: HashTable<(u128, Callers)>,
    tries: u32,
    hits: u32,
}

/// What a text of callers stands for.
#[derive(Clone, Copy)]
pub(super) struct Callers {
    /// Of comm and callers.
    pub(super) key: Key,
    pub(super) lines: u32,
}

impl KnownCallers {
    /// Distinct texts that are kept.
    const MOST: usize = 1 << 16;
    /// Longer texts are not looked for.
    const LONGEST: usize = 1 << 14;
    /// Tries in a piece after which it is seen whether looking pays.
    const ENOUGH: u32 = 512;

    /// Counts anew whether looking pays.
    pub(super) fn begin_piece(&mut self) {
        (self.tries, self.hits) = (0, 0);
    }

    /// Where stacks hardly repeat, looking for them costs more than it saves.
    pub(super) fn pays(&self) -> bool {
        self.tries < Self::ENOUGH || self.hits * 4 > self.tries
    }

    /// A text that cannot be looked for is one that was not found.
    pub(super) fn give_up(&mut self) {
        self.tries += 1;
    }

    pub(super) fn find(&mut self, hash: u128) -> Option<Callers> {
        let found = self
            .stacks
            .find(hash as u64, |(other, _)| *other == hash)
            .map(|(_, callers)| *callers);
        self.tries += 1;
        self.hits += u32::from(found.is_some());
        found
    }

    pub(super) fn add(&mut self, hash: u128, callers: Callers) {
        if self.stacks.len() < Self::MOST {
            self.stacks
                .insert_unique(hash as u64, (hash, callers), |(hash, _)| *hash as u64);
        }
    }
}

/// The text of a stack.
pub(super) struct StackText<'t> {
    /// The innermost frame's line.
    pub(super) leaf: &'t [u8],
    /// All others' lines.
    pub(super) callers: &'t [u8],
}

impl<'t> StackText<'t> {
    /// The stack that `text` begins with, if it has an innermost frame and a blank line after it.
    pub(super) fn of(text: &'t [u8]) -> Option<Self> {
        if text.first() != Some(&b'\t') {
            return None;
        }
        let window = &text[..text.len().min(KnownCallers::LONGEST)];
        let leaf_end = memchr(b'\n', window)?;
        let end = leaf_end + memmem::find(&window[leaf_end..], b"\n\n")?;
        Some(Self {
            leaf: &text[..leaf_end],
            callers: &text[leaf_end + 1..(end + 1).max(leaf_end + 1)],
        })
    }

    /// For [`KnownCallers`]: what callers stand for depends on the comm, too.
    pub(super) fn callers_hash(&self, comm: Key) -> u128 {
        xxh3_128_with_seed(self.callers, comm.seed())
    }

    /// Bytes of text.
    pub(super) fn len(&self) -> usize {
        self.leaf.len() + 1 + self.callers.len()
    }
}
