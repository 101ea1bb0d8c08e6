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
    /// The same and the time on them, in microseconds.
    OnStack,
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
            Self::OnStack => "on_stack_microseconds".to_owned(),
            Self::Ratio {
                numerator,
                denominator,
            } => format!("{numerator}/{denominator}"),
        }
    }

    /// As a picture's heading.
    pub fn title(&self) -> String {
        match self {
            Self::Difference => "Difference".to_owned(),
            Self::OffCpu => "Time off the CPUs".to_owned(),
            Self::OnStack => "Time on and off the CPUs".to_owned(),
            Self::Ratio { .. } => self.name(),
        }
    }

    /// What the colours mean, for legends.
    pub fn legend(&self) -> String {
        match self {
            Self::Difference => {
                "how unlike the baseline's functions: 0 as by chance, 1 wholly".to_owned()
            }
            Self::OffCpu => "µs that threads were off their CPUs, all together".to_owned(),
            Self::OnStack => "µs that threads ran or waited, all together".to_owned(),
            Self::Ratio {
                numerator,
                denominator,
            } => format!("{numerator} for each of {denominator}"),
        }
    }

    /// A value for people.
    pub fn text(&self, value: f64) -> String {
        match self {
            Self::OffCpu | Self::OnStack => format!("{value:.0}"),
            Self::Difference => format!("{value:.3}"),
            Self::Ratio { .. } => ratio_text(value),
        }
    }

    /// How many steps colours have in one, where the largest value is about `top`.
    fn steps(&self, top: f64) -> f64 {
        match self {
            Self::OffCpu | Self::OnStack => 1.0,
            Self::Difference => 1000.0,
            // As many as digits are shown.
            Self::Ratio { .. } => 1000.0 * 10f64.powi(zeros(top)),
        }
    }
}

/// A ratio with three decimals, or with three digits that tell something: `1.250`, `0.000172`.
pub fn ratio_text(ratio: f64) -> String {
    match zeros(ratio) {
        zeros @ 0..=9 => format!("{ratio:.*}", 3 + zeros as usize),
        _ => format!("{ratio:.2e}"),
    }
}

/// How many zeros a number has behind the point before any other digit.
fn zeros(number: f64) -> i32 {
    match number > 0.0 {
        true => (-number.log10().floor() - 1.0).clamp(0.0, 300.0) as i32,
        false => 0,
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
        let per_one = self.value.steps(self.max());
        let values = self.values.iter().flatten();
        let steps: Vec<u64> = values.map(|value| step(*value, per_one)).collect();
        let top = scale.top(&steps) as f64 / per_one;
        match self.value {
            Value::Difference => top.max(PLAINLY_DIFFERENT),
            _ => top,
        }
    }

    /// The colour of a value where `top` gets the last one; the lighter end of nothing is the caller's.
    pub fn color(&self, ramp: HeatRamp, scale: HeatScale, value: f64, top: f64) -> Rgb {
        let per_one = self.value.steps(top);
        scale.color(ramp, step(value, per_one), step(top, per_one).max(1))
    }
}

fn step(value: f64, per_one: f64) -> u64 {
    (value * per_one).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_three_digits_that_tell_something() {
        let texts = [0.0, 12.0, 1.25, 0.5, 0.0123, 0.000_172, 3e-12].map(ratio_text);
        let expected = [
            "0.000", "12.000", "1.250", "0.500", "0.0123", "0.000172", "3.00e-12",
        ];
        assert_eq!(texts, expected);
    }
}
