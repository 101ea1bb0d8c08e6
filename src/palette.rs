//! Colours as plain data: frame kind and name to RGB, counts to heat.

use crate::package::package;
use crate::profile::{FrameId, FrameKind, Profile};
use xxhash_rust::xxh3::xxh3_64;

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Part way from this colour to `other`: `at` 0 is this one, 1 the other.
    pub fn mix(self, other: Self, at: f32) -> Self {
        let channel = |from: u8, to: u8| {
            (f32::from(from) + (f32::from(to) - f32::from(from)) * at).round() as u8
        };
        Self(
            channel(self.0, other.0),
            channel(self.1, other.1),
            channel(self.2, other.2),
        )
    }
}

/// `#rrggbb`
impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// What search matches are lit up in: a hue that no frame has.
pub const MATCH: Rgb = Rgb(0xe0, 0x6c, 0xff);

/// The kinds that have a colour of their own, for legends.
pub const KINDS: [FrameKind; 5] = [
    FrameKind::Kernel,
    FrameKind::User,
    FrameKind::Cpp,
    FrameKind::Jit,
    FrameKind::Inlined,
];

/// The two ends between which frames of a kind are coloured, dark text being readable on both.
///
/// The hues are those of mixed-mode flame graphs (Gregg 2017): green JIT, aqua inlined, yellow
/// C++, orange kernel, red other user code.
fn shades(kind: FrameKind) -> (Rgb, Rgb) {
    match kind {
        FrameKind::All | FrameKind::Comm => (Rgb(0xc9, 0xc3, 0xb8), Rgb(0xdd, 0xd8, 0xce)),
        FrameKind::Kernel => (Rgb(0xf2, 0x9a, 0x3d), Rgb(0xfb, 0xbd, 0x6e)),
        FrameKind::User => (Rgb(0xec, 0x7f, 0x6e), Rgb(0xf6, 0xa8, 0x98)),
        FrameKind::Cpp => (Rgb(0xe3, 0xcc, 0x4a), Rgb(0xf2, 0xe3, 0x83)),
        FrameKind::Jit => (Rgb(0x77, 0xc8, 0x6b), Rgb(0xa6, 0xe0, 0x98)),
        FrameKind::Inlined => (Rgb(0x5f, 0xc9, 0xc4), Rgb(0x97, 0xe1, 0xdb)),
    }
}

/// A kind's colour in legends.
pub fn kind_color(kind: FrameKind) -> Rgb {
    let (one, other) = shades(kind);
    one.mix(other, 0.5)
}

/// A frame's colour. The shade comes from the name, so that neighbours differ and a function keeps
/// its colour in every picture.
pub fn frame_color(kind: FrameKind, name: &[u8]) -> Rgb {
    let (one, other) = shades(kind);
    one.mix(other, (xxh3_64(name) % 256) as f32 / 255.0)
}

/// What is not found, where only what the search finds has a colour.
pub const UNMATCHED: Rgb = Rgb(0xbd, 0xba, 0xb4);

/// What a frame's colour tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum FrameColors {
    /// What sort of code it is: mixed-mode.
    #[default]
    Kind,
    /// Which file it is in.
    Module,
    /// Which package or namespace it is of.
    Package,
    /// Which function it is.
    Name,
    /// Whether the search has found it.
    Search,
    /// Which root it is above: thread, process, CPU, or whatever the first row is of.
    Root,
}

impl FrameColors {
    /// All of them, with their names for menus.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Kind, "By kind of code"),
        (Self::Module, "By module"),
        (Self::Name, "By function"),
        (Self::Search, "By search"),
        (Self::Root, "By root (thread, process, CPU)"),
        (Self::Package, "By package or namespace"),
    ];

    /// What functions are coloured by where they are in no stack.
    pub fn of_functions(self) -> Self {
        match self {
            Self::Root => Self::Kind,
            colors => colors,
        }
    }

    /// The colour of a frame that no search has found; by root, of what is above it.
    fn color(self, kind: FrameKind, name: &[u8], module: &[u8]) -> Rgb {
        let is_function = !matches!(kind, FrameKind::All | FrameKind::Comm);
        match self {
            Self::Module if is_function => hashed_color(module),
            Self::Package if is_function => hashed_color(package(name, module)),
            Self::Name if is_function => hashed_color(name),
            Self::Search if is_function => UNMATCHED,
            Self::Root if kind != FrameKind::All => hashed_color(name),
            _ => frame_color(kind, name),
        }
    }
}

/// The colour of each frame of a profile that no search has found. By root, frames have that of their root,
/// which are told apart where they lie side by side.
pub fn frame_colors(profile: &Profile, colors: FrameColors) -> Vec<Rgb> {
    let mut roots = 0..;
    let ids = (0..profile.frames.len() as u32).map(FrameId);
    let color = ids.map(|frame| match (colors, profile.frames.kind[frame.index()]) {
        (FrameColors::Root, FrameKind::Comm) => spread_color(roots.next().unwrap_or(0)),
        _ => color_of(profile, colors, frame),
    });
    color.collect()
}

/// The colour of a frame that no search has found, wherever it is.
pub fn color_of(profile: &Profile, colors: FrameColors, frame: FrameId) -> Rgb {
    let (frames, index) = (&profile.frames, frame.index());
    let text = |id| profile.strings.get(id);
    let colors = match colors {
        // Of what is a package or module, that is the name.
        FrameColors::Package | FrameColors::Module if profile.has_libraries() => FrameColors::Name,
        colors => colors,
    };
    let (name, module) = (frames.name[index], frames.module[index]);
    colors.color(frames.kind[index], text(name), text(module))
}

/// How many groups have colours of their own.
pub const CATEGORY_COUNT: usize = 7;

/// Colours of groups that lie side by side, told apart by colour-blind eyes, too (Okabe and Ito
/// 2008, without black).
const CATEGORIES: [Rgb; CATEGORY_COUNT] = [
    Rgb(0x00, 0x72, 0xb2),
    Rgb(0xe6, 0x9f, 0x00),
    Rgb(0x00, 0x9e, 0x73),
    Rgb(0xcc, 0x79, 0xa7),
    Rgb(0x56, 0xb4, 0xe9),
    Rgb(0xd5, 0x5e, 0x00),
    Rgb(0xf0, 0xe4, 0x42),
];

/// The colour of a group by its place in order.
pub fn category(index: usize) -> Rgb {
    CATEGORIES[index % CATEGORIES.len()]
}

/// A light colour of a text, the same for the same text: its hue is the text's hash.
pub fn hashed_color(text: &[u8]) -> Rgb {
    let hash = xxh3_64(text);
    light((hash % 360) as f32, 0.45 + (hash >> 16 & 3) as f32 * 0.08)
}

/// A light colour of a thing by its place in order, whose hue is far from those of the places before: each
/// hue is the golden angle after the last one.
pub fn spread_color(index: usize) -> Rgb {
    const GOLDEN: f32 = 137.508;
    let turn = (index % 1000) as f32 * GOLDEN;
    light(turn % 360.0, 0.45 + (index % 3) as f32 * 0.12)
}

/// A light colour of some hue (in degrees) and saturation (0 to 1).
fn light(hue: f32, saturation: f32) -> Rgb {
    let lightness = 0.70_f32;
    // From hue, saturation and lightness, as in CSS Color 4.
    let channel = |offset: f32| {
        let k = (offset + hue / 30.0) % 12.0;
        let reach = saturation * lightness.min(1.0 - lightness);
        let value = lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    Rgb(channel(0.0), channel(8.0), channel(4.0))
}

/// The colour of a change, from −1 (less) by 0 to 1 (more): blue, pale, red. The ends are ColorBrewer's
/// RdBu (Harrower and Brewer 2003), which colour-blind eyes tell apart.
pub fn change_color(change: f64) -> Rgb {
    const LESS: Rgb = Rgb(0x67, 0xa9, 0xcf);
    const SAME: Rgb = Rgb(0xf7, 0xf5, 0xf2);
    const MORE: Rgb = Rgb(0xef, 0x6a, 0x50);
    let end = if change < 0.0 { LESS } else { MORE };
    SAME.mix(end, change.abs().min(1.0) as f32)
}

/// Which colours a heat map has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum HeatRamp {
    /// White to red, as FlameScope draws it.
    #[default]
    Classic,
    /// FlameScope's other one: the first few counts set apart by blue and pink.
    Enhanced,
    /// Blue to yellow, evenly to every eye (cividis: Nuñez, Anderton and Renslow 2018).
    Cividis,
    /// Black over purple to pale yellow, evenly (magma: Smith and van der Walt 2015).
    Magma,
    /// White to dark blue, evenly, for light rooms and paper.
    Blues,
}

impl HeatRamp {
    /// All of them, with their names for menus.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Classic, "Classic (white to red)"),
        (Self::Enhanced, "Enhanced (low counts set apart)"),
        (Self::Cividis, "Cividis (safe for colour-blind eyes)"),
        (Self::Magma, "Magma (dark, safe for colour-blind eyes)"),
        (Self::Blues, "Blues (light, safe for colour-blind eyes)"),
    ];

    /// Whether nothing is white.
    pub fn begins_white(self) -> bool {
        self.color(0, 1) == WHITE
    }

    /// The colour of `count` where `top` is the count that gets the last colour.
    pub fn color(self, count: u64, top: u64) -> Rgb {
        let top = top.max(1) as f32;
        self.color_at(count as f32, top)
    }

    /// The same between counts.
    fn color_at(self, count: f32, top: f32) -> Rgb {
        let count = count.min(top);
        let even = |colors: &[Rgb]| {
            let step = top / (colors.len() - 1) as f32;
            let stops = (0..).map(|i| i as f32 * step).zip(colors.iter().copied());
            between(&stops.collect::<Vec<(f32, Rgb)>>(), count)
        };
        match self {
            Self::Classic => between(&classic_stops(top), count),
            Self::Enhanced => between(&enhanced_stops(top), count),
            Self::Cividis => even(&CIVIDIS),
            Self::Magma => even(&MAGMA),
            Self::Blues => even(&BLUES),
        }
    }
}

const WHITE: Rgb = Rgb(0xff, 0xff, 0xff);
const ORANGE_RED: Rgb = Rgb(0xff, 0x50, 0x32);
const RED: Rgb = Rgb(0xe5, 0x09, 0x14);
const CIVIDIS: [Rgb; 6] = [
    Rgb(0x00, 0x20, 0x4d),
    Rgb(0x31, 0x44, 0x6b),
    Rgb(0x66, 0x68, 0x70),
    Rgb(0x95, 0x8f, 0x78),
    Rgb(0xcb, 0xba, 0x69),
    Rgb(0xff, 0xea, 0x46),
];

const MAGMA: [Rgb; 8] = [
    Rgb(0x00, 0x00, 0x04),
    Rgb(0x22, 0x11, 0x50),
    Rgb(0x5f, 0x18, 0x7f),
    Rgb(0x98, 0x2d, 0x80),
    Rgb(0xd3, 0x43, 0x6e),
    Rgb(0xf8, 0x76, 0x5c),
    Rgb(0xfe, 0xba, 0x80),
    Rgb(0xfc, 0xfd, 0xbf),
];
const BLUES: [Rgb; 6] = [
    WHITE,
    Rgb(0xd6, 0xe5, 0xf4),
    Rgb(0xab, 0xcf, 0xe6),
    Rgb(0x69, 0xad, 0xd5),
    Rgb(0x34, 0x83, 0xbf),
    Rgb(0x08, 0x30, 0x6b),
];

fn classic_stops(top: f32) -> [(f32, Rgb); 3] {
    [(0.0, WHITE), (top / 2.0, ORANGE_RED), (top, RED)]
}

/// FlameScope's stops are 0, 1, 3, half and all of the maximum; below 6 they would not ascend.
fn enhanced_stops(top: f32) -> [(f32, Rgb); 5] {
    let top = top.max(6.5);
    let (blue, pink) = (Rgb(0x6a, 0xaa, 0xff), Rgb(0xfa, 0xa0, 0xb5));
    [
        (0.0, WHITE),
        (1.0, blue),
        (3.0, pink),
        (top / 2.0, ORANGE_RED),
        (top, RED),
    ]
}

/// Linear between ascending stops.
fn between(stops: &[(f32, Rgb)], value: f32) -> Rgb {
    let after = stops.partition_point(|(at, _)| *at <= value);
    match (
        after.checked_sub(1).and_then(|i| stops.get(i)),
        stops.get(after),
    ) {
        (Some((from, low)), Some((to, high))) => low.mix(*high, (value - from) / (to - from)),
        (Some((_, color)), None) | (None, Some((_, color))) => *color,
        (None, None) => WHITE,
    }
}

/// How counts are spread over a ramp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum HeatScale {
    /// Up to the 99th percentile of the cells that have samples: one spike does not wash out all
    /// else.
    #[default]
    Clipped,
    /// Up to the hottest cell, as FlameScope does.
    Linear,
    /// Up to the hottest cell, by the logarithm of the count: a few samples are seen beside many.
    Log,
    /// Up to the 99th percentile, by the cube of the count: of a machine that is busy throughout, what
    /// is more and less busy is told apart.
    Steep,
}

impl HeatScale {
    /// All of them, with their names for menus.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Clipped, "Clipped at the 99th percentile"),
        (Self::Linear, "Linear to the hottest cell"),
        (Self::Log, "Logarithmic to the hottest cell"),
        (Self::Steep, "Steep: tells busy cells apart"),
    ];

    /// The count that gets the last colour, at least 1.
    pub fn top(self, counts: &[u64]) -> u64 {
        let mut busy: Vec<u64> = counts.iter().copied().filter(|count| *count > 0).collect();
        let rank = match self {
            Self::Linear | Self::Log => busy.len().saturating_sub(1),
            Self::Clipped | Self::Steep => (busy.len() * 99).div_ceil(100).saturating_sub(1),
        };
        if busy.is_empty() {
            return 1;
        }
        let (_, top, _) = busy.select_nth_unstable(rank);
        *top
    }

    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clipped => "clipped",
            Self::Linear => "linear",
            Self::Log => "log",
            Self::Steep => "steep",
        }
    }

    /// The colour of `count` on `ramp` where `top` is the count that gets the last colour. What is
    /// not empty never looks empty.
    pub fn color(self, ramp: HeatRamp, count: u64, top: u64) -> Rgb {
        let (count, top) = (count.min(top) as f32, top.max(1) as f32);
        let at = match self {
            Self::Clipped | Self::Linear => count,
            Self::Log => top * count.ln_1p() / top.ln_1p(),
            Self::Steep => top * (count / top).powi(3),
        };
        let least = if count > 0.0 { top / 255.0 } else { 0.0 };
        ramp.color_at(at.max(least), top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_begin_and_end_where_they_say() {
        assert_eq!(HeatRamp::Classic.color(0, 9), WHITE);
        assert_eq!(HeatRamp::Classic.color(9, 9), RED);
        assert_eq!(HeatRamp::Classic.color(500, 9), RED);
        assert_eq!(HeatRamp::Enhanced.color(1, 20), Rgb(0x6a, 0xaa, 0xff));
        assert_eq!(HeatRamp::Cividis.color(9, 9), CIVIDIS[5]);
        assert_eq!(HeatRamp::Classic.color(0, 0), WHITE);
    }

    #[test]
    fn more_is_red_and_less_is_blue() {
        let (more, less) = (change_color(1.0), change_color(-1.0));
        assert!(more.0 > more.2 && less.2 > less.0);
        assert_eq!(change_color(0.0), change_color(-0.0));
    }

    #[test]
    fn one_spike_does_not_set_the_clipped_scale() {
        let mut counts = vec![2; 300];
        counts.push(90);
        assert_eq!(HeatScale::Clipped.top(&counts), 2);
        assert_eq!(HeatScale::Linear.top(&counts), 90);
        assert_eq!(HeatScale::Linear.top(&[0, 0]), 1);
    }

    #[test]
    fn the_steep_scale_sets_busy_cells_apart() {
        let shade = |scale: HeatScale, count| scale.color(HeatRamp::Blues, count, 100).0;
        let apart = |scale| shade(scale, 80).abs_diff(shade(scale, 100));
        assert!(apart(HeatScale::Steep) > 2 * apart(HeatScale::Linear));
        // What has little is not empty.
        let little = HeatScale::Steep.color(HeatRamp::Classic, 1, 100);
        assert_ne!(little, HeatScale::Steep.color(HeatRamp::Classic, 0, 100));
    }
}
