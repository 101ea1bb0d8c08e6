//! [`ValueMap`]: a heat map whose cells have a number other than their count: how unlike the rest they
//! are, how long threads were blocked, a ratio of counters.

use crate::heat_map::{Cell, HeatMap};
use crate::palette::{HeatRamp, HeatScale, Rgb};

/// A number in each cell of a heat map.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueMap {
    /// Where cells are in time, and how many samples (or events) are behind the value of each.
    pub cells: HeatMap,
    /// A finite number that is not negative, in the order of [`HeatMap::counts`]; `None` where the
    /// cell has nothing to tell.
    pub values: Vec<Option<f64>>,
    /// What the numbers are.
    pub value: Value,
}

/// What the numbers of a [`ValueMap`] are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// From 0 (as the baseline) to 1 (nothing in common): see [`crate::difference_map`].
    Difference,
    /// Microseconds that threads were off their CPUs: see [`crate::off_cpu`].
    OffCpu,
    /// Events of one kind for each of another: see [`crate::ratio`].
    Ratio {
        /// Of which there are so many, as displayed.
        numerator: String,
        /// For each of these.
        denominator: String,
    },
}

/// No scale of differences ends before this, so that a profile without any has no cell that glows.
/// Two samples of code that the baseline lacks reach less than a third of it, ten its end.
const PLAINLY_DIFFERENT: f64 = 0.3;

impl Value {
    /// Its name in files.
    pub fn name(&self) -> String {
        match self {
            Self::Difference => "difference".to_owned(),
            Self::OffCpu => "off_cpu_microseconds".to_owned(),
            Self::Ratio {
                numerator,
                denominator,
            } => format!("{numerator}/{denominator}"),
        }
    }

    /// What the colours mean, for legends.
    pub fn legend(&self) -> String {
        match self {
            Self::Difference => {
                "how unlike the baseline's functions: 0 as by chance, 1 wholly".to_owned()
            }
            Self::OffCpu => "µs that threads were off their CPUs, all together".to_owned(),
            Self::Ratio {
                numerator,
                denominator,
            } => format!("{numerator} for each of {denominator}"),
        }
    }

    /// A value for people.
    pub fn text(&self, value: f64) -> String {
        match self {
            Self::OffCpu => format!("{value:.0}"),
            _ => format!("{value:.3}"),
        }
    }

    /// How many steps colours have in one: as many as digits are shown.
    fn steps(&self) -> f64 {
        match self {
            Self::OffCpu => 1.0,
            _ => 1000.0,
        }
    }
}

impl ValueMap {
    /// The value of a cell.
    pub fn at(&self, cell: Cell) -> Option<f64> {
        self.values[cell.column as usize * self.cells.options.rows as usize + cell.row as usize]
    }

    /// Each column's values, offset 0 first.
    pub fn columns(&self) -> impl Iterator<Item = &[Option<f64>]> {
        self.values.chunks(self.cells.options.rows as usize)
    }

    /// The largest value; 0 of none.
    pub fn max(&self) -> f64 {
        self.values.iter().copied().flatten().fold(0.0, f64::max)
    }

    /// The value that gets the last colour.
    pub fn top(&self, scale: HeatScale) -> f64 {
        let steps = self.values.iter().flatten().map(|value| self.step(*value));
        let top = scale.top(&steps.collect::<Vec<u64>>()) as f64 / self.value.steps();
        match self.value {
            Value::Difference => top.max(PLAINLY_DIFFERENT),
            _ => top,
        }
    }

    /// The colour of a value where `top` gets the last one; the lighter end of nothing is the caller's.
    pub fn color(&self, ramp: HeatRamp, scale: HeatScale, value: f64, top: f64) -> Rgb {
        scale.color(ramp, self.step(value), self.step(top).max(1))
    }

    fn step(&self, value: f64) -> u64 {
        (value * self.value.steps()).round() as u64
    }
}
