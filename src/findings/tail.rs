//! How rare a large number is among a profile's own: beyond a high quantile the tail is exponential, its
//! mean excess being that of the profile's large numbers (peaks over a threshold; Pickands 1975). The
//! very largest count as if they were no larger than the next, as they may be what is looked for.

/// Of so many numbers the largest are not relied on: this share, and so many at least and at most.
const HIGHEST: f64 = 0.003;
const FEWEST_HIGHEST: usize = 3;
const MOST_HIGHEST: usize = 20;
/// Several thresholds, of which the heaviest tail counts, with how many numbers have to be beyond.
const THRESHOLDS: [(f64, usize); 7] = [
    (0.9, 5),
    (0.95, 5),
    (0.98, 5),
    (0.99, 100),
    (0.995, 100),
    (0.998, 100),
    (0.999, 100),
];

/// The tail beyond one threshold.
#[derive(Debug, Clone, Copy)]
struct Excess {
    threshold: f64,
    /// The share of numbers beyond it.
    beyond: f64,
    mean: f64,
}

/// What is known of the tail.
#[derive(Debug, Clone)]
pub(super) struct Tail(Vec<Excess>);

impl Tail {
    /// Of numbers in any order, of which at least the so many largest are not relied on.
    pub(super) fn new(mut numbers: Vec<f64>, highest: usize) -> Self {
        numbers.sort_unstable_by(f64::total_cmp);
        let share = (numbers.len() as f64 * HIGHEST) as usize;
        let highest = share.clamp(FEWEST_HIGHEST, MOST_HIGHEST).max(highest);
        let excess = |(share, fewest): &(f64, usize)| excess(&numbers, highest, *share, *fewest);
        Self(THRESHOLDS.iter().filter_map(excess).collect())
    }

    /// The share of numbers that are as large, if any tail is known.
    pub(super) fn share(&self, number: f64) -> Option<f64> {
        let share = |excess: &Excess| {
            let beyond = (number - excess.threshold).max(0.0);
            excess.beyond * (-beyond / excess.mean.max(1e-9)).exp()
        };
        self.0.iter().map(share).reduce(f64::max)
    }
}

fn excess(sorted: &[f64], highest: usize, share: f64, fewest: usize) -> Option<Excess> {
    let first = (sorted.len() as f64 * share) as usize;
    let known = sorted.len().checked_sub(highest + first)?;
    if known < fewest {
        return None;
    }
    let (threshold, most) = (sorted[first], sorted[first + known]);
    let beyond = sorted[first..].iter();
    let sum: f64 = beyond.map(|number| number.min(most) - threshold).sum();
    Some(Excess {
        threshold,
        beyond: 1.0 - share,
        mean: sum / known as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::Tail;

    #[test]
    fn an_exponential_tail_goes_on_as_it_is_whatever_sticks_out() {
        // The quantiles of an exponential distribution, and three that are far off.
        let mut numbers: Vec<f64> = (0..4000)
            .map(|rank| -(1.0 - (f64::from(rank) + 0.5) / 4000.0).ln())
            .collect();
        numbers.extend([50.0; 3]);
        let tail = Tail::new(numbers, 0);
        let log = tail.share(12.0).map_or(0.0, f64::ln);
        assert!((log + 12.0).abs() < 1.5, "{log}");
        assert_eq!(Tail::new(vec![1.0; 10], 0).share(2.0), None);
    }
}
