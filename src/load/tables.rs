//! [`RawFrames`] and [`RawStacks`]: every distinct frame and stack, known by a hash of its content.
//!
//! A frame's key is a 128-bit hash (`xxh3`) of its name, module and kind; a stack's is mixed of its
//! caller's key and its own frame's. So a sample whose stack was seen before costs one look-up,
//! whatever its depth, and the tables of several workers are merged by key. At a hundred million
//! distinct stacks the odds of any two sharing a key are below 1e-22.

use super::perf_script::RawFrame;
use hashbrown::HashTable;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

/// Content hash of a frame or a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Key {
    low: u64,
    high: u64,
}

/// What a raw frame's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RawKind {
    Comm,
    Function,
    Inlined,
}

impl Key {
    pub(super) fn of_frame(frame: &RawFrame<'_>) -> Self {
        let kind = match frame.inlined {
            true => RawKind::Inlined,
            false => RawKind::Function,
        };
        Self::of(frame.name, frame.module, kind)
    }

    pub(super) fn of_comm(comm: &[u8]) -> Self {
        Self::of(comm, b"", RawKind::Comm)
    }

    fn of(name: &[u8], module: &[u8], kind: RawKind) -> Self {
        let hash = xxh3_128_with_seed(name, xxh3_64(module) ^ kind as u64);
        Self {
            low: hash as u64,
            high: (hash >> 64) as u64,
        }
    }

    /// For hashes of what depends on it.
    pub(super) fn seed(self) -> u64 {
        self.low
    }

    /// The key of the stack that `frame` makes of this one. Both halves are multiplied by
    /// themselves, each with its own constants (those of wyhash).
    pub(super) fn then(self, frame: Self) -> Self {
        Self {
            low: folded_product(
                self.low ^ 0xa076_1d64_78bd_642f,
                frame.low ^ 0xe703_7ed1_a0b4_28db,
            ),
            high: folded_product(
                self.high ^ 0x8ebc_6af0_9c88_c6e3,
                frame.high ^ 0x5899_65cc_7537_4cc3,
            ),
        }
    }
}

fn folded_product(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

/// Numbers by key: 16 bytes each, as the low half of a key is in the vector of keys.
#[derive(Default)]
struct Index {
    slots: HashTable<(u64, u32)>,
    keys: Vec<Key>,
}

impl Index {
    fn find(&self, key: Key) -> Option<u32> {
        let found = self.slots.find(key.low, |(high, _)| *high == key.high);
        found.map(|(_, id)| *id)
    }

    /// The number of a key that is not there yet.
    fn add(&mut self, key: Key) -> u32 {
        let id = self.keys.len() as u32;
        self.keys.push(key);
        let keys = &self.keys;
        self.slots
            .insert_unique(key.low, (key.high, id), |(_, id)| keys[*id as usize].low);
        id
    }
}

/// Every distinct frame, as printed.
#[derive(Default)]
pub(super) struct RawFrames {
    index: Index,
    kinds: Vec<RawKind>,
    text: Vec<u8>,
    /// Where each frame's name and then its module end in `text`.
    ends: Vec<(usize, usize)>,
}

impl RawFrames {
    /// Name, module and kind of frame `id`, as printed.
    pub(super) fn get(&self, id: usize) -> (&[u8], &[u8], RawKind) {
        let start = if id == 0 { 0 } else { self.ends[id - 1].1 };
        let (name_end, module_end) = self.ends[id];
        (
            &self.text[start..name_end],
            &self.text[name_end..module_end],
            self.kinds[id],
        )
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// The id of the frame with this key; what `content` gives is stored if it is new.
    pub(super) fn intern<'t>(
        &mut self,
        key: Key,
        content: impl FnOnce() -> (&'t [u8], &'t [u8], RawKind),
    ) -> u32 {
        self.index.find(key).unwrap_or_else(|| {
            let (name, module, kind) = content();
            self.kinds.push(kind);
            self.text.extend_from_slice(name);
            let name_end = self.text.len();
            self.text.extend_from_slice(module);
            self.ends.push((name_end, self.text.len()));
            self.index.add(key)
        })
    }

    /// Takes in all frames of `other`; each of them in terms of this table.
    pub(super) fn merge(&mut self, other: &Self) -> Vec<u32> {
        let id = |id: usize| self.intern(other.index.keys[id], || other.get(id));
        (0..other.len()).map(id).collect()
    }
}

/// Every distinct stack, callers before callees; node 0 is the root.
pub(super) struct RawStacks {
    index: Index,
    pub(super) parents: Vec<u32>,
    pub(super) frames: Vec<u32>,
}

impl RawStacks {
    /// The root alone.
    pub(super) fn new() -> Self {
        let mut index = Index::default();
        index.add(Key::default());
        Self {
            index,
            parents: vec![0],
            frames: vec![0],
        }
    }

    /// The node with this key.
    pub(super) fn find(&self, key: Key) -> Option<u32> {
        self.index.find(key)
    }

    /// The new node with this key, which is not there yet.
    pub(super) fn add(&mut self, key: Key, parent: u32, frame: u32) -> u32 {
        self.parents.push(parent);
        self.frames.push(frame);
        self.index.add(key)
    }

    /// How many nodes there are, the root included.
    pub(super) fn len(&self) -> usize {
        self.parents.len()
    }

    /// Takes in all nodes of `other`, whose frames are `frames` here; each of them in terms of this
    /// table.
    pub(super) fn merge(&mut self, other: &Self, frames: &[u32]) -> Vec<u32> {
        let mut nodes: Vec<u32> = Vec::with_capacity(other.len());
        for node in 0..other.len() {
            let key = other.index.keys[node];
            nodes.push(self.find(key).unwrap_or_else(|| {
                let parent = nodes[other.parents[node] as usize];
                self.add(key, parent, frames[other.frames[node] as usize])
            }));
        }
        nodes
    }

    /// The stack of `outer` and then the frames of `inner` below its comm.
    pub(super) fn append(&mut self, outer: u32, inner: u32) -> u32 {
        let mut frames = Vec::new();
        let mut node = inner;
        while self.parents[node as usize] != 0 {
            frames.push(self.frames[node as usize]);
            node = self.parents[node as usize];
        }
        frames.into_iter().rev().fold(outer, |node, frame| {
            // Not the key that a worker would have made: these stacks are merged already.
            let key = self.index.keys[node as usize].then(Key {
                low: u64::from(frame),
                high: u64::from(frame),
            });
            self.find(key).unwrap_or_else(|| self.add(key, node, frame))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str) -> RawFrame<'_> {
        RawFrame {
            name: name.as_bytes(),
            module: b"/x",
            inlined: false,
        }
    }

    #[test]
    fn keys_tell_content_and_order_apart() {
        let [a, b] = ["a", "b"].map(|name| Key::of_frame(&frame(name)));
        assert_ne!(a, b);
        assert_eq!(a, Key::of_frame(&frame("a")));
        let inlined = RawFrame {
            inlined: true,
            ..frame("a")
        };
        assert_ne!(a, Key::of_frame(&inlined));
        assert_ne!(a, Key::of_comm(b"a"));
        let root = Key::default();
        assert_ne!(root.then(a).then(b), root.then(b).then(a));
        assert_ne!(root.then(a).then(a), root.then(a));
        assert_ne!(root.then(a), root);
    }
}
