//! [`aligned`]: what another table of the same frames has of each stack.

use crate::profile::{StackId, StackTable};

/// By node of `stacks`, the weight of the same stack in another table of the same frames; 0 where it
/// has none. Siblings are sorted by frame in both, so each is looked at once.
pub fn aligned(stacks: &StackTable, other: &StackTable, weights: &[u64]) -> Vec<u64> {
    let mut same: Vec<Option<StackId>> = vec![None; stacks.len()];
    same[0] = Some(StackId::ROOT);
    for node in 0..stacks.len() {
        let Some(counterpart) = same[node] else {
            continue;
        };
        let frame = |table: &StackTable, node: StackId| table.frame[node.index()];
        let mut others = other.callees(counterpart).peekable();
        for callee in stacks.callees(StackId(node as u32)) {
            let wanted = frame(stacks, callee);
            while others
                .next_if(|node| frame(other, *node) < wanted)
                .is_some()
            {}
            same[callee.index()] = others.next_if(|node| frame(other, *node) == wanted);
        }
    }
    let weight = |node: Option<StackId>| node.map_or(0, |node| weights[node.index()]);
    same.into_iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::profile;
    use super::*;
    use crate::call_tree::{CallTree, Direction, Reshape};
    use crate::filter::SampleFilter;
    use crate::profile::{TimeRange, Timestamp};
    use crate::selection::Selection;

    /// The callers of one half of a profile, beside those of the other half.
    #[test]
    fn each_stack_has_what_the_other_table_has_of_it() {
        let profile = profile(&["a;x", "b;x", "c;y", "a;x", "a;x", "c;x", "d;z"]);
        let samples = SampleFilter::default().apply(&profile).expect("a filter");
        let callers = |start: u64, end: u64| {
            let time = |millis: u64| Timestamp((1000 + millis) * 1_000_000);
            let selection = Selection::range(TimeRange {
                start: time(start),
                end: time(end),
            });
            let reshape = Reshape {
                direction: Direction::Callers,
                ..Reshape::default()
            };
            let tree = CallTree::new(&profile, &samples, &selection);
            reshape.apply(&profile, &tree).expect("another shape")
        };
        let (one, other) = (callers(0, 30), callers(30, 100));
        let stacks = one.stacks(&profile);
        let weights = aligned(stacks, other.stacks(&profile), &other.total_weight);
        let named = |node: usize| {
            let path = stacks.path_up(StackId(node as u32));
            let names: Vec<_> = path
                .map(|node| profile.frame_name(stacks.frame[node.index()]))
                .collect();
            format!("{} {}", names.join("<"), weights[node])
        };
        let shown: Vec<String> = (0..stacks.len()).map(named).collect();
        let expected = [
            " 4",
            "x 3",
            "a<x 2",
            "app<a<x 2",
            "b<x 0",
            "app<b<x 0",
            "y 0",
            "c<y 0",
            "app<c<y 0",
        ];
        assert_eq!(shown, expected);
    }
}
