//! The call tree of older CPU profiles, whose nodes are inside one another. Read name by name: stacks may be
//! deeper than a parser that calls itself can go.

use super::cpu_profile::{CallFrame, Node};
use super::event::text;
use super::scanner::Scanner;
use serde_json::value::RawValue;

/// `{"functionName":"(root)","url":"","lineNumber":0,"id":1,"hitCount":0,"children":[{"functionName":"a",…`
///
/// As far as it can be understood.
pub(super) fn nodes(head: &RawValue) -> Vec<Node> {
    let mut scanner = Scanner::new(head.get());
    let mut tree = Tree::default();
    if scanner.take(b'{') {
        tree.open();
        while tree.read(&mut scanner).is_some() {}
    }
    tree.finished()
}

/// The nodes in the order in which they begin.
#[derive(Default)]
struct Tree {
    nodes: Vec<OldNode>,
    /// The places of those that have not ended, outermost first.
    open: Vec<usize>,
}

#[derive(Default)]
struct OldNode {
    id: Option<u64>,
    name: String,
    url: String,
    line: Option<i64>,
    /// The caller's place.
    caller: Option<usize>,
}

impl Tree {
    fn open(&mut self) {
        self.nodes.push(OldNode {
            caller: self.open.last().copied(),
            ..OldNode::default()
        });
        self.open.push(self.nodes.len() - 1);
    }

    /// The next member of the innermost open node, or that node's end; `None` at the tree's.
    fn read(&mut self, scanner: &mut Scanner<'_>) -> Option<()> {
        if scanner.take(b'}') {
            self.open.pop();
            return self.go_on(scanner);
        }
        scanner.take(b',');
        let key = scanner.key()?;
        if key == "children" && scanner.take(b'[') {
            return self.enter(scanner);
        }
        let value = scanner.value().ok()?;
        let place = *self.open.last()?;
        self.nodes[place].set(key, value);
        Some(())
    }

    /// Behind a node: the next in its list, or the list's end.
    fn go_on(&mut self, scanner: &mut Scanner<'_>) -> Option<()> {
        self.open.last()?;
        match scanner.take(b',') {
            true => self.enter(scanner),
            false => scanner.take(b']').then_some(()),
        }
    }

    fn enter(&mut self, scanner: &mut Scanner<'_>) -> Option<()> {
        if scanner.take(b'{') {
            self.open();
            return Some(());
        }
        scanner.take(b']').then_some(())
    }

    fn finished(self) -> Vec<Node> {
        let ids: Vec<Option<u64>> = self.nodes.iter().map(|node| node.id).collect();
        let node = |node: OldNode| {
            Some(Node {
                id: node.id?,
                call_frame: CallFrame {
                    function_name: node.name,
                    url: node.url,
                    line_number: node.line,
                },
                children: Vec::new(),
                parent: node.caller.and_then(|caller| ids[caller]),
            })
        };
        self.nodes.into_iter().filter_map(node).collect()
    }
}

impl OldNode {
    fn set(&mut self, key: &str, value: &RawValue) {
        let value = text(value);
        match key {
            "functionName" => self.name = value.into_owned(),
            "url" => self.url = value.into_owned(),
            // From 1, where later ones count from 0.
            "lineNumber" => self.line = value.parse().ok().map(|line: i64| line.saturating_sub(1)),
            "id" => self.id = value.parse().ok(),
            _ => {}
        }
    }
}
