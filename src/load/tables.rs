//! [`RawFrames`] and [`RawStacks`]: every distinct frame and stack that one worker has met.
//!
//! Both are known by 128-bit keys: a frame by a hash of its text, a stack by what its caller's key and
//! its own frame's number are mixed to. So a sample whose stack was seen before costs one look-up,
//! whatever its depth. At a hundred million distinct stacks the odds of any two sharing a key are below
//! 1e-22.

use super::perf_script::RawFrame;
use hashbrown::HashTable;
use rapidhash::v3::{RapidSecrets, rapidhash_v3, rapidhash_v3_seeded};

/// What a raw frame's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RawKind {
    Comm,
    Function,
    Inlined,
}

/// A frame's text, without what tells one address in a function from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameText<'t> {
    pub(super) name: &'t [u8],
    pub(super) module: &'t [u8],
    pub(super) kind: RawKind,
}

impl<'t> FrameText<'t> {
    pub(super) fn comm(name: &'t [u8]) -> Self {
        Self {
            name,
            module: b"",
            kind: RawKind::Comm,
        }
    }

    fn key(&self) -> Key {
        const OTHERS: RapidSecrets = RapidSecrets::seed(SECRETS[0]);
        let module = rapidhash_v3(self.module) ^ self.kind as u64;
        Key {
            low: folded_product(rapidhash_v3(self.name) ^ SECRETS[1], module ^ SECRETS[2]),
            high: rapidhash_v3_seeded(self.name, &OTHERS).wrapping_add(module),
        }
    }
}

impl<'t> From<RawFrame<'t>> for FrameText<'t> {
    fn from(frame: RawFrame<'t>) -> Self {
        Self {
            name: frame.name,
            module: frame.module,
            kind: match frame.inlined {
                true => RawKind::Inlined,
                false => RawKind::Function,
            },
        }
    }
}

/// Every distinct frame, as printed.
#[derive(Default)]
pub(super) struct RawFrames {
    index: HashTable<(Key, u32)>,
    kinds: Vec<RawKind>,
    text: Vec<u8>,
    /// Where each frame's name and then its module end in `text`.
    ends: Vec<(usize, usize)>,
}

impl RawFrames {
    /// The text of frame `id`.
    pub(super) fn get(&self, id: usize) -> FrameText<'_> {
        let start = if id == 0 { 0 } else { self.ends[id - 1].1 };
        let (name_end, module_end) = self.ends[id];
        FrameText {
            name: &self.text[start..name_end],
            module: &self.text[name_end..module_end],
            kind: self.kinds[id],
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// The number of a frame, which is added if it is new.
    pub(super) fn intern(&mut self, frame: FrameText<'_>) -> u32 {
        let key = frame.key();
        if let Some((_, id)) = self.index.find(key.low, |(other, _)| *other == key) {
            return *id;
        }
        let id = self.kinds.len() as u32;
        self.index
            .insert_unique(key.low, (key, id), |(key, _)| key.low);
        self.kinds.push(frame.kind);
        self.text.extend_from_slice(frame.name);
        let name_end = self.text.len();
        self.text.extend_from_slice(frame.module);
        self.ends.push((name_end, self.text.len()));
        id
    }

    /// The number of the frame that is like `id`, but was inlined.
    pub(super) fn inlined(&mut self, id: u32) -> u32 {
        let frame = self.get(id as usize);
        let (name, module) = (frame.name.to_vec(), frame.module.to_vec());
        self.intern(FrameText {
            name: &name,
            module: &module,
            kind: RawKind::Inlined,
        })
    }

    /// Takes in all frames of `other`; each of them in terms of this table.
    pub(super) fn merge(&mut self, other: &Self) -> Vec<u32> {
        let id = |id: usize| self.intern(other.get(id));
        (0..other.len()).map(id).collect()
    }
}

/// Every distinct stack, callers before callees; node 0 is the root.
pub(super) struct RawStacks {
    /// Numbers by key: 16 bytes each, as the low half of a key is in `keys`.
    index: HashTable<(u64, u32)>,
    keys: Vec<Key>,
    nodes: Vec<RawNode>,
    /// The keys of the stack at hand, outermost first; kept for its room.
    path: Vec<Key>,
}

/// The innermost node of a stack, and the stack's key, so that it need not be fetched.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StackEnd {
    key: Key,
    pub(super) node: u32,
}

/// A node of the trie of raw stacks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RawNode {
    pub(super) parent: u32,
    pub(super) frame: u32,
}

impl RawStacks {
    /// The root alone.
    pub(super) fn new() -> Self {
        Self {
            index: HashTable::new(),
            keys: vec![Key::default()],
            nodes: vec![RawNode::default()],
            path: Vec::new(),
        }
    }

    /// All nodes, callers before callees.
    pub(super) fn nodes(&self) -> &[RawNode] {
        &self.nodes
    }

    /// To be called when no more will come: gives back what only serves to find nodes.
    pub(super) fn end(&mut self) {
        (self.index, self.keys) = Default::default();
    }

    /// How many nodes there are, the root included.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The stack of `frames`, outermost first.
    pub(super) fn add_stack(&mut self, frames: impl Iterator<Item = u32> + Clone) -> u32 {
        self.extend(StackEnd::default(), frames)
    }

    /// Where the stack of `node` ends.
    pub(super) fn end_of(&self, node: u32) -> StackEnd {
        let key = self.keys[node as usize];
        StackEnd { key, node }
    }

    /// The stack that `frames`, outermost first, make of one that is there.
    pub(super) fn extend(
        &mut self,
        StackEnd { mut key, node }: StackEnd,
        frames: impl Iterator<Item = u32> + Clone,
    ) -> u32 {
        let mut path = std::mem::take(&mut self.path);
        path.clear();
        path.extend(frames.clone().map(|frame| {
            key = key.then(frame);
            key
        }));
        let end = match path.last().map(|key| self.find(*key)) {
            None => node,
            Some(Some(known)) => known,
            Some(None) => self.add_path(node, &path, frames),
        };
        self.path = path;
        end
    }

    /// Adds what is missing of a path whose end is missing.
    fn add_path(&mut self, node: u32, path: &[Key], frames: impl Iterator<Item = u32>) -> u32 {
        let (known, mut deepest) = self.deepest_known(node, path);
        for (key, frame) in path[known..].iter().zip(frames.skip(known)) {
            deepest = self.add(*key, deepest, frame);
        }
        deepest
    }

    /// How many of a path's nodes are there, but for its end, and the last of them. (Callers of what
    /// is there are there, too.) New stacks share most of their callers with others: it is looked
    /// for from the innermost outwards, in strides that double, and then between two of those.
    fn deepest_known(&self, node: u32, path: &[Key]) -> (usize, u32) {
        let (mut known, mut deepest) = (0, node);
        let mut missing = path.len() - 1;
        let mut stride = 1;
        while known < missing {
            let at = match known {
                0 => missing.saturating_sub(stride),
                _ => known + (missing - known) / 2,
            };
            match self.find(path[at]) {
                Some(found) => (known, deepest) = (at + 1, found),
                None => missing = at,
            }
            stride *= 2;
        }
        (known, deepest)
    }

    fn find(&self, key: Key) -> Option<u32> {
        let found = self.index.find(key.low, |(high, _)| *high == key.high);
        found.map(|(_, id)| *id)
    }

    fn add(&mut self, key: Key, parent: u32, frame: u32) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(RawNode { parent, frame });
        self.keys.push(key);
        let keys = &self.keys;
        self.index
            .insert_unique(key.low, (key.high, id), |(_, id)| keys[*id as usize].low);
        id
    }
}

/// Hash of a frame or a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Key {
    low: u64,
    high: u64,
}

/// Those of wyhash.
const SECRETS: [u64; 4] = [
    0xa076_1d64_78bd_642f,
    0xe703_7ed1_a0b4_28db,
    0x8ebc_6af0_9c88_c6e3,
    0x5899_65cc_7537_4cc3,
];

impl Key {
    /// The key of the stack that `frame` makes of this one.
    fn then(self, frame: u32) -> Self {
        let frame = u64::from(frame).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self {
            low: folded_product(self.low ^ SECRETS[0], frame ^ SECRETS[1]),
            high: folded_product(self.high ^ SECRETS[2], frame ^ SECRETS[3]),
        }
    }
}

fn folded_product(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str) -> FrameText<'_> {
        FrameText {
            name: name.as_bytes(),
            module: b"/x",
            kind: RawKind::Function,
        }
    }

    #[test]
    fn frames_are_told_apart_by_their_text() {
        let mut frames = RawFrames::default();
        let [a, b] = ["a", "b"].map(|name| frames.intern(frame(name)));
        assert_ne!(a, b);
        assert_eq!(frames.intern(frame("a")), a);
        assert_eq!(frames.get(b as usize), frame("b"));
        let inlined = frames.inlined(a);
        assert_ne!(inlined, a);
        assert_eq!(frames.get(inlined as usize).kind, RawKind::Inlined);
        assert_ne!(frames.intern(FrameText::comm(b"a")), a);
    }

    #[test]
    fn stacks_share_their_callers_whatever_comes_first() {
        let mut stacks = RawStacks::new();
        let path = |stacks: &RawStacks, mut node: u32| {
            let mut frames = Vec::new();
            while node != 0 {
                frames.push(stacks.nodes()[node as usize].frame);
                node = stacks.nodes()[node as usize].parent;
            }
            frames.reverse();
            frames
        };
        // All stacks of up to five frames out of two, in an order that mixes depths.
        let all: Vec<Vec<u32>> = (0..6u32)
            .flat_map(|depth| {
                let frames = move |bits: u32| (0..depth).map(|at| bits >> at & 1).collect();
                (0..1 << depth).map(frames)
            })
            .collect();
        let ends: Vec<u32> = (0..all.len())
            .map(|index| index * 29 % all.len())
            .map(|index| stacks.add_stack(all[index].iter().copied()))
            .collect();
        for (index, end) in ends.into_iter().enumerate() {
            let frames = &all[index * 29 % all.len()];
            assert_eq!(path(&stacks, end), *frames);
            assert_eq!(stacks.add_stack(frames.iter().copied()), end);
            let (outer, inner) = frames.split_at(frames.len() / 2);
            let middle = stacks.add_stack(outer.iter().copied());
            let middle = stacks.end_of(middle);
            assert_eq!(stacks.extend(middle, inner.iter().copied()), end);
        }
        assert_eq!(stacks.len(), all.len());
    }
}
