//! Reads a report's page back, as `docs/report.md` says it is written.
#![allow(clippy::unwrap_used, reason = "only tests use it, and a test may fail")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::Range;

/// What a page holds.
pub(crate) struct Page {
    pub(crate) meta: Value,
    pub(crate) names: Vec<String>,
    /// By call node: caller and frame.
    nodes: Vec<(usize, usize)>,
    /// By slot: its cell, and the nodes and amounts in it.
    pub(crate) slots: Vec<(u64, Vec<(usize, u64)>)>,
    /// By slot, of each of these: whose it is.
    owners: Vec<Vec<usize>>,
    /// By kind of rows, as `meta` has them: the row of each owner; empty where owners are not there.
    owner_rows: Vec<Vec<u64>>,
    /// By kind of rows: counts by row and step.
    pub(crate) lanes: Vec<Vec<u64>>,
}

/// A cell, the nodes and amounts in it, and whose each of these is.
type Slot = (u64, Vec<(usize, u64)>, Vec<usize>);

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap();
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> usize {
        let byte = self.byte();
        let low = usize::from(byte & 0x7f);
        match byte & 0x80 {
            0 => low,
            _ => low + (self.number() << 7),
        }
    }

    fn text(&mut self) -> String {
        let length = self.number();
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8(text.to_vec()).unwrap()
    }

    fn column(&mut self) -> Vec<u64> {
        let (length, bytes) = (self.number(), self.number());
        let mut values = vec![0; length];
        for byte in 0..bytes {
            for value in &mut values {
                *value |= u64::from(self.byte()) << (8 * byte);
            }
        }
        values
    }
}

/// The text between two others.
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

impl Page {
    pub(crate) fn read(html: &str) -> Self {
        let packed = between(html, "type=\"application/octet-stream\">", "<");
        let packed = STANDARD.decode(packed).unwrap();
        let mut bytes = Vec::new();
        ZlibDecoder::new(&packed[..])
            .read_to_end(&mut bytes)
            .unwrap();
        let mut reader = Reader(&bytes);
        let meta: Value = serde_json::from_str(&reader.text()).unwrap();
        let mut names: Vec<String> = reader.text().split('\n').map(str::to_owned).collect();
        names.push("(rare calls, merged)".to_owned());
        reader.text(); // modules
        for _ in ["module", "kind", "color"] {
            assert_eq!(reader.column().len(), names.len() - 1);
        }
        let (nodes, ends) = read_nodes(&mut reader);
        let read = read_slots(&mut reader, &ends);
        let owners = read.iter().map(|(_, _, owners)| owners.clone()).collect();
        let slots = read.into_iter().map(|(cell, entries, _)| (cell, entries));
        let kinds = meta["lanes"].as_array().unwrap().iter();
        let columns = kinds.map(|_| reader.column()).collect();
        assert!(reader.0.is_empty(), "there is more than is known");
        let mut page = Self {
            names,
            nodes,
            slots: slots.collect(),
            owners,
            owner_rows: Vec::new(),
            lanes: Vec::new(),
            meta,
        };
        match page.meta["has_owners"].as_bool().unwrap() {
            true => {
                page.owner_rows = columns;
                page.lanes = page.count_lanes();
            }
            false => page.lanes = columns,
        }
        page
    }

    fn count_lanes(&self) -> Vec<Vec<u64>> {
        let number = |value: &Value| value.as_u64().unwrap();
        let map = &self.meta["heat_map"];
        let kinds = self.meta["lanes"].as_array().unwrap().iter();
        let counted = kinds.zip(&self.owner_rows).map(|(kind, rows)| {
            let names = kind["names"].as_array().unwrap().len();
            let cells = number(&map["rows"]) / number(&kind["slots"]);
            let steps = (number(&map["columns"]) * number(&kind["slots"])) as usize;
            let mut counts = vec![0; names * steps];
            for ((cell, entries), owners) in self.slots.iter().zip(&self.owners) {
                for ((_, amount), owner) in entries.iter().zip(owners) {
                    counts[rows[*owner] as usize * steps + (cell / cells) as usize] += amount;
                }
            }
            counts
        });
        counted.collect()
    }

    /// The stacks of some slots in a row of the kind with this number, as folded lines.
    pub(crate) fn folded_of_row(
        &self,
        slots: Range<usize>,
        kind: usize,
        row: usize,
    ) -> BTreeMap<String, u64> {
        let of_slot = |slot: usize| {
            let entries = self.slots[slot].1.iter().zip(&self.owners[slot]);
            entries.filter(|(_, owner)| self.owner_rows[kind][**owner] == row as u64)
        };
        self.folded_entries(slots.flat_map(of_slot).map(|(entry, _)| entry))
    }

    /// The stacks in some slots, as folded lines.
    pub(crate) fn folded(&self, slots: Range<usize>) -> BTreeMap<String, u64> {
        self.folded_entries(self.slots[slots].iter().flat_map(|(_, entries)| entries))
    }

    fn folded_entries<'a>(
        &self,
        entries: impl Iterator<Item = &'a (usize, u64)>,
    ) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for (node, amount) in entries {
            let (mut at, mut path) = (*node, Vec::new());
            while at > 0 {
                path.push(self.names[self.nodes[at].1].replace(';', ":"));
                at = self.nodes[at].0;
            }
            path.reverse();
            *found.entry(path.join(";")).or_default() += amount;
        }
        found
    }

    /// The slots of some cells.
    pub(crate) fn slots_of(&self, cells: Range<u64>) -> Range<usize> {
        let at = |cell: u64| self.slots.partition_point(|(other, _)| *other < cell);
        at(cells.start)..at(cells.end)
    }
}

fn read_nodes(reader: &mut Reader<'_>) -> (Vec<(usize, usize)>, Vec<usize>) {
    let (counts, firsts, others) = (reader.column(), reader.column(), reader.column());
    let (mut firsts, mut others) = (firsts.into_iter(), others.into_iter());
    let (mut nodes, mut ends) = (Vec::new(), Vec::new());
    // Callers whose callees are not all there: node, how many are to come, the last one's frame.
    let mut open: Vec<(usize, u64, Option<u64>)> = Vec::new();
    for (node, count) in counts.into_iter().enumerate() {
        while open.last().is_some_and(|(_, left, _)| *left == 0) {
            open.pop();
        }
        let frame = match open.last().and_then(|(_, _, last)| *last) {
            Some(last) => last + others.next().unwrap(),
            None => firsts.next().unwrap(),
        };
        let caller = open.last_mut().map_or(0, |(caller, left, last)| {
            *left -= 1;
            *last = Some(frame);
            *caller
        });
        nodes.push((caller, frame as usize));
        if count % 2 == 1 {
            ends.push(node);
        }
        open.push((node, count / 2, None));
    }
    assert!(firsts.next().is_none() && others.next().is_none());
    (nodes, ends)
}

fn read_slots(reader: &mut Reader<'_>, ends: &[usize]) -> Vec<Slot> {
    let (cells, lengths) = (reader.column(), reader.column());
    let (steps, owners, amounts) = (reader.column(), reader.column(), reader.column());
    let mut entries = steps.into_iter().zip(owners).zip(amounts);
    let mut cell = 0;
    let slot = |(step, length): (u64, u64)| {
        cell += step;
        let mut rank = 0;
        let entries = entries.by_ref().take(length as usize);
        let entries = entries.map(|((step, owner), amount)| {
            rank += step as usize;
            ((ends[rank], amount + 1), owner as usize)
        });
        let (entries, owners) = entries.unzip();
        (cell, entries, owners)
    };
    cells.into_iter().zip(lengths).map(slot).collect()
}
