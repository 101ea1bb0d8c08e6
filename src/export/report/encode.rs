//! A report's data as packed bytes: JSON, names, colours, call nodes, samples, rows; see `docs/report.md`.

use super::columns::{write_column, write_text};
use super::lanes::AllLanes;
use super::meta::Meta;
use super::slots::Slots;
use super::trie::Trie;
use super::{Report, Squeeze};
use crate::palette::{Rgb, frame_color};
use crate::profile::{FrameId, FrameKind, Profile};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::borrow::Cow;
use std::io::{self, Write};

/// Kinds by number, as pages have them.
const KINDS: [FrameKind; 7] = [
    FrameKind::All,
    FrameKind::Comm,
    FrameKind::Kernel,
    FrameKind::User,
    FrameKind::Cpp,
    FrameKind::Jit,
    FrameKind::Inlined,
];

/// Packs everything, rare calls merged as `squeeze` says.
pub(super) fn encode(
    report: &Report<'_>,
    slots: &Slots,
    lanes: &AllLanes,
    squeeze: Squeeze,
) -> io::Result<Vec<u8>> {
    let trie = Trie::new(report.profile, report.tree, squeeze.least);
    let meta = Meta::new(report, slots, lanes, &trie, squeeze);
    let mut bytes = Vec::new();
    write_text(&serde_json::to_string(&meta)?, &mut bytes);
    write_frames(report.profile, &trie.frames, &mut bytes);
    let ranks = trie.write(report.tree, &mut bytes);
    slots.write(report, &ranks, lanes, &mut bytes);
    lanes.write(&mut bytes);
    pack(&bytes)
}

pub(super) fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes)?;
    packed.finish()
}

/// Names and modules, a line each (they have no line breaks); which module, kind and colour each frame
/// has.
fn write_frames(profile: &Profile, frames: &[FrameId], out: &mut Vec<u8>) {
    let names: Vec<Cow<'_, str>> = frames.iter().map(|id| profile.frame_name(*id)).collect();
    let mut modules: Vec<u32> = frames
        .iter()
        .map(|id| profile.frames.module[id.index()].0)
        .collect();
    let module_of = modules.clone();
    modules.sort_unstable();
    modules.dedup();
    let module_names = modules.iter().map(|module| {
        crate::profile::printable(profile.strings.get(crate::profile::StringId(*module)))
    });
    let place = |module: &u32| modules.partition_point(|other| other < module) as u64;
    let kinds = frames.iter().map(|id| profile.frames.kind[id.index()]);
    let number =
        |kind: FrameKind| KINDS.iter().position(|known| *known == kind).unwrap_or(0) as u64;
    let colors = kinds.clone().zip(&names).map(|(kind, name)| {
        let Rgb(r, g, b) = frame_color(kind, name.as_bytes());
        u64::from(r) << 16 | u64::from(g) << 8 | u64::from(b)
    });
    let kinds: Vec<u64> = kinds.map(number).collect();
    let colors: Vec<u64> = colors.collect();
    write_text(&names.join("\n"), out);
    write_text(&module_names.collect::<Vec<_>>().join("\n"), out);
    write_column(&module_of.iter().map(place).collect::<Vec<u64>>(), out);
    write_column(&kinds, out);
    write_column(&colors, out);
}
