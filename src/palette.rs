//! Colours as plain data: frame kind and name to RGB, counts to heat.

use crate::profile::FrameKind;
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
}

impl HeatRamp {
    /// All of them, with their names for menus.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Classic, "Classic (white to red)"),
        (Self::Enhanced, "Enhanced (low counts set apart)"),
        (Self::Cividis, "Cividis (safe for colour-blind eyes)"),
    ];

    /// The colour of `count` where `top` is the count that gets the last colour.
    pub fn color(self, count: u64, top: u64) -> Rgb {
        let top = top.max(1) as f32;
        let count = (count as f32).min(top);
        match self {
            Self::Classic => between(&classic_stops(top), count),
            Self::Enhanced => between(&enhanced_stops(top), count),
            Self::Cividis => {
                let step = top / (CIVIDIS.len() - 1) as f32;
                let stops: Vec<(f32, Rgb)> = (0..).map(|i| i as f32 * step).zip(CIVIDIS).collect();
                between(&stops, count)
            }
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
}

impl HeatScale {
    /// Both, with their names for menus.
    pub const ALL: [(Self, &'static str); 2] = [
        (Self::Clipped, "Clipped at the 99th percentile"),
        (Self::Linear, "Linear to the hottest cell"),
    ];

    /// The count that gets the last colour, at least 1.
    pub fn top(self, counts: &[u64]) -> u64 {
        let mut busy: Vec<u64> = counts.iter().copied().filter(|count| *count > 0).collect();
        let rank = match self {
            Self::Linear => busy.len().saturating_sub(1),
            Self::Clipped => (busy.len() * 99).div_ceil(100).saturating_sub(1),
        };
        if busy.is_empty() {
            return 1;
        }
        let (_, top, _) = busy.select_nth_unstable(rank);
        *top
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
}
