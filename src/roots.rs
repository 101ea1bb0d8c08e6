//! [`Roots`]: what stacks begin with in place of the thread's name, so that a flame graph is split by
//! thread, process, CPU or event, or not at all.
//!
//! A profile with other roots is a profile like any other: all that is derived from profiles, exports
//! included, has them. Nothing but its stacks changes.

use crate::call_tree::{Step, build};
use crate::lanes::{KeyOf, LaneKind, keys, name_of};
use crate::profile::{
    FrameId, FrameKind, FrameTable, Profile, StackId, StackTable, StringId, StringTable,
};
use rayon::prelude::*;

/// What the outermost frame of each stack stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Roots {
    /// Threads of one name, as a profile is loaded.
    #[default]
    Comm,
    /// Each of these by itself.
    Lane(LaneKind),
    /// Nothing: stacks begin with functions, whoever ran them.
    Nothing,
}

impl Roots {
    /// All of them, with their names on the command line and in session files, and in menus.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Comm, "comm", "Thread names"),
        (Self::Lane(LaneKind::Thread), "thread", "Threads"),
        (Self::Lane(LaneKind::Process), "process", "Processes"),
        (Self::Lane(LaneKind::Cpu), "cpu", "CPUs"),
        (Self::Lane(LaneKind::Event), "event", "Events"),
        (Self::Nothing, "none", "Functions only"),
    ];

    /// On the command line and in session files.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(roots, ..)| *roots == self)
            .map_or("", |(_, name, _)| name)
    }

    /// The one of this name.
    pub fn named(wanted: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(_, name, _)| *name == wanted)
            .map(|(roots, ..)| *roots)
    }
}

/// The profile with other roots, whatever its own are. Its frames are functions, not groups of them.
pub fn rooted(mut profile: Profile, roots: Roots) -> Profile {
    let groups = Groups::new(&profile, roots);
    let renaming = Renaming::new(&profile, &groups.names);
    let no_stack = groups.are_functions.then(|| renaming.root(NO_STACK));
    let bare = Bare::new(&profile, &renaming.frame_ids, no_stack);
    let samples = &profile.samples.stack;
    let pair = |sample: usize| {
        let stack = bare.of[samples[sample].index()];
        (groups.of_sample(sample), stack)
    };
    let mut pairs: Vec<Pair> = (0..samples.len()).into_par_iter().map(pair).collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    let root_frames = groups.names.iter().map(|name| renaming.root(name));
    let root_frames: Vec<FrameId> = match groups.are_functions {
        true => Vec::new(),
        false => root_frames.collect(),
    };
    let joined = Joined::new(&bare.stacks, &pairs, &root_frames);
    let stack = |sample: usize| {
        let found = pairs.binary_search(&pair(sample));
        joined.of_pairs[found.unwrap_or_default()]
    };
    let samples: Vec<StackId> = (0..samples.len()).into_par_iter().map(stack).collect();
    drop(groups);
    profile.samples.stack = samples;
    profile.stacks = joined.stacks;
    profile.set_names(renaming.strings, renaming.frames);
    profile
}

/// As a thread without a name is shown.
const NO_COMM: &[u8] = b"(no comm)";

/// The root of what has no stack, where stacks begin with functions.
const NO_STACK: &[u8] = b"(no stack)";

/// A root by its place, and a stack without one.
type Pair = (u32, StackId);

/// What the roots are of.
struct Groups<'a> {
    /// The roots' names, in order.
    names: Vec<Vec<u8>>,
    /// Whether stacks begin with functions, and only what has none has a root.
    are_functions: bool,
    /// By key, the place of its name.
    places: Vec<u32>,
    key_of: KeyOf<'a>,
}

impl<'a> Groups<'a> {
    fn new(profile: &'a Profile, roots: Roots) -> Self {
        let kind = match roots {
            Roots::Comm => LaneKind::Thread,
            Roots::Lane(kind) => kind,
            Roots::Nothing => {
                return Self {
                    names: vec![NO_STACK.to_vec()],
                    are_functions: true,
                    places: vec![0],
                    key_of: Box::new(|_| 0),
                };
            }
        };
        let (key_of, count) = keys(profile, kind);
        let mut is_used = vec![false; count];
        for sample in 0..profile.samples.len() {
            is_used[key_of(sample)] = true;
        }
        let name = |key: usize| match roots {
            Roots::Comm => match profile.strings.get(profile.threads[key].comm) {
                b"" => NO_COMM.to_vec(),
                comm => comm.to_vec(),
            },
            _ => name_of(profile, kind, key).into_bytes(),
        };
        let used = (0..count).filter(|key| is_used[*key]);
        let named: Vec<(usize, Vec<u8>)> = used.map(|key| (key, name(key))).collect();
        let mut names: Vec<Vec<u8>> = named.iter().map(|(_, name)| name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let mut places = vec![0; count];
        for (key, name) in named {
            places[key] = names.binary_search(&name).unwrap_or_default() as u32;
        }
        Self {
            names,
            are_functions: false,
            places,
            key_of,
        }
    }

    fn of_sample(&self, sample: usize) -> u32 {
        self.places[(self.key_of)(sample)]
    }
}

/// Strings and frames with those of the new roots, and without those of the old.
struct Renaming {
    strings: StringTable,
    frames: FrameTable,
    /// By frame of the profile; the root's where it was one of the old roots.
    frame_ids: Vec<FrameId>,
}

impl Renaming {
    fn new(profile: &Profile, roots: &[Vec<u8>]) -> Self {
        let old = &profile.frames;
        let is_root = |frame: usize| old.kind[frame] == FrameKind::Comm;
        let kept: Vec<usize> = (0..old.len()).filter(|frame| !is_root(*frame)).collect();
        let of_frames = kept
            .iter()
            .flat_map(|frame| [old.name[*frame], old.raw_name[*frame], old.module[*frame]]);
        let of_threads = profile.threads.iter();
        let of_threads = of_threads.flat_map(|thread| [Some(thread.comm), thread.host]);
        let of_events = profile.events.iter().map(|event| event.name);
        let used = of_frames.chain(of_threads.flatten()).chain(of_events);
        let mut names: Vec<&[u8]> = used.map(|id| profile.strings.get(id)).collect();
        names.extend(roots.iter().map(Vec::as_slice));
        names.push(b"");
        names.par_sort_unstable();
        names.dedup();
        let strings = StringTable::from_sorted(names.into_iter());
        let new_id = |id: usize| strings.find(profile.strings.get(StringId(id as u32)));
        let string_ids = (0..profile.strings.len()).into_par_iter().map(new_id);
        let string_ids: Vec<StringId> = string_ids.map(Option::unwrap_or_default).collect();
        // Those that stay are in order already; each root goes in before what comes after it.
        let (mut frames, mut frame_ids) = (FrameTable::default(), vec![FrameId(0); old.len()]);
        let empty = strings.find(b"").unwrap_or_default();
        let mut push = |name, raw_name, module, kind| {
            let id = FrameId(frames.name.len() as u32);
            frames.name.push(name);
            frames.raw_name.push(raw_name);
            frames.module.push(module);
            frames.kind.push(kind);
            id
        };
        let root_names = roots
            .iter()
            .map(|name| strings.find(name).unwrap_or_default());
        let mut root_names = root_names.peekable();
        for (place, frame) in kept.into_iter().enumerate() {
            let [name, raw_name, module] =
                [old.name[frame], old.raw_name[frame], old.module[frame]]
                    .map(|id| string_ids[id.0 as usize]);
            let kind = old.kind[frame];
            let is_before = |root: &StringId| {
                place > 0 && (*root, empty, FrameKind::Comm) < (name, module, kind)
            };
            while let Some(root) = root_names.next_if(is_before) {
                push(root, root, empty, FrameKind::Comm);
            }
            frame_ids[frame] = push(name, raw_name, module, kind);
        }
        for root in root_names {
            push(root, root, empty, FrameKind::Comm);
        }
        Self {
            strings,
            frames,
            frame_ids,
        }
    }

    /// The frame of a root.
    fn root(&self, name: &[u8]) -> FrameId {
        let name = self.strings.find(name).unwrap_or_default();
        let frames = &self.frames;
        let first = 1 + frames.name[1..].partition_point(|other| *other < name);
        let is_root = |frame: &usize| frames.kind[*frame] == FrameKind::Comm;
        let named = (first..frames.len()).find(is_root);
        FrameId(named.unwrap_or_default() as u32)
    }
}

/// The stacks without their roots, merged.
struct Bare {
    stacks: StackTable,
    /// By stack of the profile.
    of: Vec<StackId>,
}

impl Bare {
    /// `no_stack` is the frame for what has no other.
    fn new(profile: &Profile, frame_ids: &[FrameId], no_stack: Option<FrameId>) -> Self {
        let old = &profile.stacks;
        // A node, and whether what ends in it has no stack.
        let calls = |node: StackId| {
            let calls = old.callees(node);
            calls.map(|call| (frame_ids[old.frame[call.index()].index()], (call, false)))
        };
        let is_root = |node: StackId| {
            let frame = old.frame[node.index()];
            profile.frames.kind[frame.index()] == FrameKind::Comm
        };
        let mut below = Vec::new();
        for (frame, (node, _)) in calls(StackId::ROOT) {
            if is_root(node) {
                below.extend(calls(node));
                below.extend(no_stack.map(|frame| (frame, (node, true))));
            } else {
                below.push((frame, (node, false)));
            }
        }
        let mut of = vec![StackId::ROOT; old.len()];
        let root = Step {
            self_weight: 0,
            below,
        };
        let (stacks, _) = build(root, |node, _, members: &[(StackId, bool)]| {
            for (member, _) in members {
                of[member.index()] = node;
            }
            let inner = members.iter().filter(|(_, is_end)| !is_end);
            Step {
                self_weight: 0,
                below: inner.flat_map(|(member, _)| calls(*member)).collect(),
            }
        });
        Self { stacks, of }
    }
}

/// The stacks with their new roots.
struct Joined {
    stacks: StackTable,
    /// By pair of a root and a stack without one.
    of_pairs: Vec<StackId>,
}

impl Joined {
    /// Of sorted pairs. Stacks without roots are depth-first, and so those of one root are in order.
    fn new(bare: &StackTable, pairs: &[Pair], root_frames: &[FrameId]) -> Self {
        let mut stacks = StackTable::default();
        let mut of_pairs = Vec::with_capacity(pairs.len());
        // By node, for which root it was last put in, and as what.
        let mut placed = vec![(u32::MAX, StackId::ROOT); bare.len()];
        for pairs in pairs.chunk_by(|one, other| one.0 == other.0) {
            let place = pairs[0].0;
            let mut nodes = Vec::new();
            for (_, stack) in pairs {
                let up = bare.path_up(*stack);
                let new = up.take_while(|node| placed[node.index()].0 != place);
                let first = nodes.len();
                nodes.extend(new);
                for node in &nodes[first..] {
                    placed[node.index()].0 = place;
                }
            }
            nodes.sort_unstable();
            let root = match root_frames.get(place as usize) {
                Some(frame) => push(&mut stacks, StackId::ROOT, *frame),
                None => StackId::ROOT,
            };
            placed[0] = (place, root);
            for node in nodes {
                let caller = placed[bare.parent[node.index()].index()].1;
                placed[node.index()].1 = push(&mut stacks, caller, bare.frame[node.index()]);
            }
            of_pairs.extend(pairs.iter().map(|(_, stack)| placed[stack.index()].1));
        }
        end_subtrees(&mut stacks);
        Self { stacks, of_pairs }
    }
}

fn push(stacks: &mut StackTable, caller: StackId, frame: FrameId) -> StackId {
    let node = StackId(stacks.len() as u32);
    let depth = stacks.depth[caller.index()] + 1;
    stacks.parent.push(caller);
    stacks.frame.push(frame);
    stacks.depth.push(depth);
    stacks.subtree_end.push(StackId(node.0 + 1));
    node
}

/// A subtree ends where that of its last callee does.
fn end_subtrees(stacks: &mut StackTable) {
    for node in (1..stacks.len()).rev() {
        let (caller, end) = (stacks.parent[node].index(), stacks.subtree_end[node]);
        stacks.subtree_end[caller] = stacks.subtree_end[caller].max(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_tree::CallTree;
    use crate::filter::SampleFilter;
    use crate::job::Progress;
    use crate::load::{self, LoadOptions};
    use crate::selection::Selection;

    const TEXT: &str = "\
        java 10/10 [000] 1.000000: 1 c:\n\t1 b (/x)\n\t2 a (/x)\n\n\
        java 10/12 [001] 1.100000: 1 c:\n\t1 b (/x)\n\t2 a (/x)\n\n\
        GC 10/13 [001] 1.200000: 1 d:\n\t1 c (/x)\n\t2 a (/x)\n\n\
        java 20/20 [000] 1.300000: 1 c:\n\t1 zz (/x)\n\n\
        sh 30/30 [000] 1.400000: 1 c:\n\n";

    fn profile(text: &'static str) -> Profile {
        let options = LoadOptions::default();
        let reader = Box::new(text.as_bytes());
        let profile = load::read(reader, "test".as_ref(), &options, &Progress::default());
        profile.expect("a profile")
    }

    /// `path total` of each node but the root.
    fn shown(profile: &Profile) -> Vec<String> {
        let filter = SampleFilter {
            event: crate::filter::EventChoice::All,
            ..SampleFilter::default()
        };
        let samples = filter.apply(profile).expect("a filter");
        let tree = CallTree::new(profile, &samples, &Selection::whole());
        assert_eq!(tree.self_weight[0], 0);
        let line = |node: usize| {
            let path = profile.stacks.path(StackId(node as u32));
            let path = path.iter().map(|frame| profile.frame_name(*frame));
            let path: Vec<_> = path.collect();
            format!("{} {}", path.join(";"), tree.total_weight[node])
        };
        (1..profile.stacks.len()).map(line).collect()
    }

    #[test]
    fn each_has_its_own_root() {
        let of = |roots| shown(&rooted(profile(TEXT), roots));
        assert_eq!(
            of(Roots::Lane(LaneKind::Process)),
            [
                "java 10 3",
                "java 10;a 3",
                "java 10;a;b 2",
                "java 10;a;c 1",
                "java 20 1",
                "java 20;zz 1",
                "sh 30 1",
            ]
        );
        let threads = of(Roots::Lane(LaneKind::Thread));
        assert_eq!(threads[..3], ["GC 13 1", "GC 13;a 1", "GC 13;a;c 1"]);
        let cpus = of(Roots::Lane(LaneKind::Cpu));
        assert_eq!(
            cpus[..4],
            ["CPU 0 3", "CPU 0;a 1", "CPU 0;a;b 1", "CPU 0;zz 1"]
        );
        let events = of(Roots::Lane(LaneKind::Event));
        assert_eq!(events[events.len() - 3..], ["d 1", "d;a 1", "d;a;c 1"]);
    }

    #[test]
    fn functions_alone_count_what_has_none() {
        let functions = shown(&rooted(profile(TEXT), Roots::Nothing));
        assert_eq!(functions, ["(no stack) 1", "a 3", "a;b 2", "a;c 1", "zz 1"]);
    }

    #[test]
    fn whatever_the_roots_were_the_first_come_back() {
        let loaded = profile(TEXT);
        let mut changed = loaded.clone();
        for (roots, ..) in Roots::ALL.into_iter().rev() {
            changed = rooted(changed, roots);
            assert!(changed.frames.name.is_sorted() || changed.frames.name[1..].is_sorted());
        }
        // The strings that it is made of may be others; what they say is the same.
        assert_eq!(shown(&changed), shown(&loaded));
        assert_eq!(changed.samples, loaded.samples);
        assert_eq!(changed.stacks, loaded.stacks);
        assert_eq!(changed.frames, loaded.frames);
    }
}
