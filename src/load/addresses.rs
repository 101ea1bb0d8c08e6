//! Where in memory a frame was. A profile keeps names and no addresses, which are many; those of one
//! frame are read anew from its text.

use super::input::Input;
use super::names::named_frames;
use super::perf_script::{
    Body, Layout, Line, RawFrame, parse_body, parse_line, parse_tail_frame, trim_line_end,
};
use super::pieces::{Piece, Pieces};
use super::tables::RawFrames;
use super::{LoadError, LoadOptions, read_input, read_pieces};
use crate::job::Progress;
use crate::profile::{FrameId, FrameKind, Profile};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// What makes a frame the one that is looked for, whichever profile it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    name: Vec<u8>,
    module: Vec<u8>,
    kind: FrameKind,
}

impl Sought {
    /// A frame of a profile.
    pub fn new(profile: &Profile, frame: FrameId) -> Self {
        let (frames, index) = (&profile.frames, frame.index());
        let text = |id| profile.strings.get(id).to_vec();
        Self {
            name: text(frames.name[index]),
            module: text(frames.module[index]),
            kind: frames.kind[index],
        }
    }
}

/// An address, and how often the frame was printed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// In the memory of the process.
    pub address: u64,
    /// In how many stacks; twice where a stack has it twice.
    pub count: u64,
}

/// The addresses of a frame in the file at `path`, the most frequent first.
///
/// # Errors
/// Where the file can't be read any more.
pub fn addresses(
    path: &Path,
    sought: &Sought,
    options: &LoadOptions,
    progress: &Progress,
) -> Result<Vec<Address>, LoadError> {
    find(
        Input::open(path, options, progress)?,
        path,
        sought,
        options,
        progress,
    )
}

/// The same of a text from somewhere else; `name` stands for it in messages.
///
/// # Errors
/// Where it can't be read.
pub fn addresses_in(
    reader: Box<dyn Read + Send>,
    name: &Path,
    sought: &Sought,
    options: &LoadOptions,
    progress: &Progress,
) -> Result<Vec<Address>, LoadError> {
    let input = Input::stream(reader, name, options, progress)?;
    find(input, name, sought, options, progress)
}

fn find(
    mut input: Input<'_>,
    path: &Path,
    sought: &Sought,
    options: &LoadOptions,
    progress: &Progress,
) -> Result<Vec<Address>, LoadError> {
    let counted = read_input(&mut input, path, options, progress, |input| {
        let layout = input.learn_layout(path)?.unwrap_or_default();
        std::thread::scope(|scope| {
            let pieces = Pieces::new(&mut input.source, layout, options.piece_size, scope);
            let finder = || Finder::new(sought, layout);
            let mut finders: Vec<Finder<'_>> = std::iter::repeat_with(finder)
                .take(rayon::current_num_threads())
                .collect();
            read_pieces(&pieces, &mut finders, Finder::read, None, path, progress)?;
            Ok(finders
                .into_iter()
                .map(|finder| finder.counts)
                .collect::<Vec<_>>())
        })
    })?;
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for (address, count) in counted.into_iter().flatten() {
        *counts.entry(address).or_default() += count;
    }
    let found = counts.into_iter();
    let mut found: Vec<Address> = found
        .map(|(address, count)| Address { address, count })
        .collect();
    found.sort_by_key(|found| (Reverse(found.count), found.address));
    Ok(found)
}

/// Looks through pieces of a text.
struct Finder<'s> {
    sought: &'s Sought,
    layout: Layout,
    frames: RawFrames,
    /// Which of them are what is sought.
    is_sought: Vec<bool>,
    counts: BTreeMap<u64, u64>,
}

impl<'s> Finder<'s> {
    fn new(sought: &'s Sought, layout: Layout) -> Self {
        Self {
            sought,
            layout,
            frames: RawFrames::default(),
            is_sought: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    fn read(&mut self, piece: &Piece<'_>) {
        // A frame waits for the line after it, which may say that it was inlined; what follows a
        // header waits for a frame, which is then the sample's.
        let (mut waiting, mut tail) = (None, None);
        let mut after_blank = true;
        for line in piece.bytes.split(|byte| *byte == b'\n').map(trim_line_end) {
            let parsed = parse_line(line, self.layout, after_blank);
            after_blank = parsed.may_precede_a_sample();
            if let (Line::SourcePlace { inlined: true }, Some((_, frame))) = (&parsed, &mut waiting)
            {
                let frame: &mut RawFrame<'_> = frame;
                frame.inlined = true;
                continue;
            }
            self.count(waiting.take());
            match parsed {
                Line::Frame(frame) => {
                    tail = None;
                    waiting = Some((line, frame));
                }
                Line::Header(header) => {
                    self.count_tail(tail.take());
                    tail = match parse_body(header.body, self.layout) {
                        Some(Body::Sample { event, tail, .. }) => Some((event, tail)),
                        _ => None,
                    };
                }
                _ => {}
            }
        }
        self.count(waiting);
        self.count_tail(tail);
    }

    /// A sample's only frame may be on its header's line.
    fn count_tail(&mut self, tail: Option<(&[u8], &[u8])>) {
        let found = tail.and_then(|(event, tail)| Some((tail, parse_tail_frame(event, tail)?)));
        self.count(found);
    }

    fn count(&mut self, found: Option<(&[u8], RawFrame<'_>)>) {
        let Some((line, frame)) = found else {
            return;
        };
        let id = self.frames.intern(frame.into()) as usize;
        if id == self.is_sought.len() {
            let sought = self.sought;
            let named = named_frames(self.frames.get(id));
            self.is_sought.push(named.iter().any(|named| {
                (&*named.name, named.module, named.kind)
                    == (&sought.name, &sought.module, sought.kind)
            }));
        }
        if self.is_sought[id]
            && let Some(address) = address_before(line, &frame)
        {
            *self.counts.entry(address).or_default() += 1;
        }
    }
}

/// The last word in front of a frame's name, which is a part of `line`.
fn address_before(line: &[u8], frame: &RawFrame<'_>) -> Option<u64> {
    let start = frame
        .name
        .as_ptr()
        .addr()
        .checked_sub(line.as_ptr().addr())?;
    let before = line.get(..start)?.trim_ascii_end();
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let word = before.iter().rposition(is_blank).map_or(0, |at| at + 1);
    let text = std::str::from_utf8(&before[word..]).ok()?;
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::read;

    const TEXT: &str = "\
a 1/1 [000] 1.000000: 1 c:
\t     ffff0001 copy+0x1 (/lib/libc.so)
\t     55550010 work+0x10 (/bin/a)
\t     55550020 work+0x20 (/bin/a)

a 1/1 [000] 1.100000: 1 c:
\t     55550010 work+0x10 (/bin/a)
\t     55550099 [unknown] (/bin/a)
\t     66660001 work+0x1 (/bin/b)

a 1/1 [000] 1.200000: 1 c:      55550010 work+0x10 (/bin/a)
a 1/1 [000] 1.300000: 1 c:
\t     7f000001 Lorg/x/Y;::run->Lorg/x/Z;::go (/tmp/perf-1.map)

";

    fn found(name: &str, module: &str) -> Vec<(u64, u64)> {
        let (options, progress) = (LoadOptions::default(), Progress::default());
        let text = || Box::new(TEXT.as_bytes());
        let profile = read(text(), "t".as_ref(), &options, &progress).expect("a profile");
        let mut frames = (0..profile.frames.len() as u32).map(FrameId);
        let is_it = |frame: &FrameId| {
            profile.frame_name(*frame) == name && profile.frame_module(*frame) == module
        };
        let frame = frames.find(is_it).expect("a frame of that name");
        for piece_size in [1, 1 << 20] {
            let options = LoadOptions {
                piece_size,
                ..options.clone()
            };
            let sought = Sought::new(&profile, frame);
            let found = addresses_in(text(), "t".as_ref(), &sought, &options, &progress);
            let found = found.expect("addresses");
            let found = found
                .iter()
                .map(|found| (found.address, found.count))
                .collect();
            if piece_size > 1 {
                return found;
            }
        }
        Vec::new()
    }

    #[test]
    fn each_frame_has_its_own_addresses() {
        assert_eq!(
            found("work", "/bin/a"),
            [(0x5555_0010, 3), (0x5555_0020, 1)]
        );
        assert_eq!(found("work", "/bin/b"), [(0x6666_0001, 1)]);
        assert_eq!(found("[a]", "/bin/a"), [(0x5555_0099, 1)]);
        assert_eq!(found("org/x/Z::go", "/tmp/perf-1.map"), [(0x7f00_0001, 1)]);
        assert_eq!(found("a", ""), [], "a thread's name");
    }
}
