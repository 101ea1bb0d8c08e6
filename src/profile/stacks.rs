//! [`FrameTable`] and [`StackTable`]: what ran, and the canonical trie of all call stacks.

use super::StringId;

/// Index of a frame in one [`FrameTable`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u32);

/// Index of a node in one [`StackTable`]: a stack, and the call node that it ends in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackId(pub u32);

impl FrameId {
    /// As an index into the columns of a [`FrameTable`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl StackId {
    /// The root: every sample.
    pub const ROOT: Self = Self(0);

    /// As an index into the columns of a [`StackTable`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What sort of code a frame is; drives mixed-mode colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FrameKind {
    /// The root of everything.
    All,
    /// What is at the foot of stacks and no function: a thread's name, or what the profile's
    /// [roots](crate::roots::Roots) are in its place.
    Comm,
    /// The kernel and its modules.
    Kernel,
    /// Compiled code with plain names.
    User,
    /// Compiled code with `::` in its names: C++, and Rust too.
    Cpp,
    /// Code that a just-in-time compiler made: Java, Node.js.
    Jit,
    /// A function inlined into its caller.
    Inlined,
}

impl FrameKind {
    /// Its name in interface and exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Comm => "comm",
            Self::Kernel => "kernel",
            Self::User => "user",
            Self::Cpp => "C++",
            Self::Jit => "JIT",
            Self::Inlined => "inlined",
        }
    }
}

/// Every distinct frame as equal-length columns, sorted by name, module and kind, so that comparing
/// ids compares frames. Frame 0 is the root's, `all`, whatever its name.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct FrameTable {
    /// The function's displayed name.
    pub name: Vec<StringId>,
    /// The symbol as the file has it, where that is another (mangled, say); else the same. The
    /// first by bytes where several are displayed alike.
    pub raw_name: Vec<StringId>,
    /// The file that it was in, as printed; the empty string where it is not known.
    pub module: Vec<StringId>,
    /// What sort of code it is.
    pub kind: Vec<FrameKind>,
}

impl FrameTable {
    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.name.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty()
    }
}

/// All call stacks as one trie, in equal-length columns: node 0 is everything, its children are
/// comms (or other [roots](crate::roots::Roots)), below them the outermost functions, and so on to the innermost.
///
/// Nodes are in depth-first order, siblings by frame id. So `parent < child`, a subtree is the
/// range `node..subtree_end`, and a node's number depends on nothing but the set of stacks. (The
/// Firefox Profiler's call node table has the same order, for the same reasons.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackTable {
    /// The caller; the root's is itself.
    pub parent: Vec<StackId>,
    /// The function.
    pub frame: Vec<FrameId>,
    /// 0 for the root, 1 for a comm.
    pub depth: Vec<u32>,
    /// The first node after this one's subtree.
    pub subtree_end: Vec<StackId>,
}

impl Default for StackTable {
    fn default() -> Self {
        Self {
            parent: vec![StackId::ROOT],
            frame: vec![FrameId(0)],
            depth: vec![0],
            subtree_end: vec![StackId(1)],
        }
    }
}

impl StackTable {
    /// How many nodes there are, the root included.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is nothing besides the root.
    pub fn is_empty(&self) -> bool {
        self.len() <= 1
    }

    /// The nodes that `node` calls, by frame.
    pub fn callees(&self, node: StackId) -> impl Iterator<Item = StackId> + '_ {
        let end = self.subtree_end[node.index()];
        let first = StackId(node.0 + 1);
        let in_subtree = move |node: StackId| (node < end).then_some(node);
        let next = move |node: &StackId| in_subtree(self.subtree_end[node.index()]);
        std::iter::successors(in_subtree(first), next)
    }

    /// The frames from the root to `node`, the root's own left out.
    pub fn path(&self, node: StackId) -> Vec<FrameId> {
        let frames = self.path_up(node).map(|node| self.frame[node.index()]);
        let mut path: Vec<FrameId> = frames.collect();
        path.reverse();
        path
    }

    /// The nodes from `node` up to the root, the root left out: innermost first.
    pub fn path_up(&self, node: StackId) -> impl Iterator<Item = StackId> + '_ {
        let up = move |node: StackId| (node != StackId::ROOT).then_some(node);
        std::iter::successors(up(node), move |node| up(self.parent[node.index()]))
    }
}
