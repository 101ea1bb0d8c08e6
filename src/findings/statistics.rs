//! The statistics that the detectors share: how unlikely a count is, and how many of the places
//! looked at may be taken for findings.
//!
//! Counts of samples are overdispersed: a request that takes long gives several samples. So the
//! background is negative binomial, with a variance measured robustly from the profile itself.

use statrs::distribution::{ChiSquared, ContinuousCDF};
use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur};

/// Below this ratio of variance to mean counts are as good as Poisson's.
const NEARLY_POISSON: f64 = 1.02;

/// The probability of `observed` or more where `expected` are, the variance being `dispersion`
/// times that: a negative binomial tail, or Poisson's where the dispersion is 1.
pub(super) fn at_least(observed: u64, expected: f64, dispersion: f64) -> f64 {
    let count = observed as f64;
    if observed == 0 {
        return 1.0;
    }
    if expected <= 0.0 {
        return 0.0;
    }
    let tail = if dispersion < NEARLY_POISSON {
        checked_gamma_lr(count, expected).ok()
    } else {
        let size = expected / (dispersion - 1.0);
        checked_beta_reg(count, size, 1.0 - 1.0 / dispersion).ok()
    };
    tail.unwrap_or(1.0).clamp(0.0, 1.0)
}

/// The probability of `observed` or fewer.
pub(super) fn at_most(observed: u64, expected: f64, dispersion: f64) -> f64 {
    if expected <= 0.0 {
        return 1.0;
    }
    let count = observed as f64 + 1.0;
    let tail = if dispersion < NEARLY_POISSON {
        checked_gamma_ur(count, expected).ok()
    } else {
        let size = expected / (dispersion - 1.0);
        checked_beta_reg(size, count, 1.0 / dispersion).ok()
    };
    tail.unwrap_or(1.0).clamp(0.0, 1.0)
}

/// The probability that chi-squared with `freedom` degrees is `statistic` or more.
pub(super) fn chi_squared(statistic: f64, freedom: f64) -> f64 {
    let distribution = ChiSquared::new(freedom.max(1.0));
    distribution.map_or(1.0, |distribution| distribution.sf(statistic.max(0.0)))
}

/// How much better a count is explained by a rate of its own than by the expected one: Poisson's
/// log likelihood ratio, by the dispersion (a quasi-likelihood; McCullagh 1983).
pub(super) fn evidence(observed: f64, expected: f64, dispersion: f64) -> f64 {
    if expected <= 0.0 {
        return observed / dispersion;
    }
    let ratio = if observed > 0.0 {
        observed * (observed / expected).ln()
    } else {
        0.0
    };
    (ratio - (observed - expected)) / dispersion
}

/// The adjusted p-values of ascending `p`, out of `places` looked at: the least rate of false
/// discoveries at which each is one (Benjamini and Hochberg 1995).
pub(super) fn adjusted(p: &[f64], places: usize) -> Vec<f64> {
    let mut least = 1.0f64;
    let mut adjusted: Vec<f64> = p
        .iter()
        .enumerate()
        .rev()
        .map(|(index, p)| {
            least = least.min(p * places as f64 / (index + 1) as f64);
            least
        })
        .collect();
    adjusted.reverse();
    adjusted
}

/// How many times the false findings of a minute's profile one of so many minutes may have: a long profile
/// has more places, and what is asked of findings is how many are false in an hour.
pub(super) fn accepted(minutes: f64) -> f64 {
    const MOST: f64 = 10.0;
    minutes.clamp(1.0, MOST)
}

/// The value below which `share` of the sorted numbers are; 0 where there are none.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len().saturating_sub(1)) as f64 * share;
    sorted.get(at.round() as usize).copied().unwrap_or(0.0)
}

/// The middle of numbers in any order; 0 where there are none.
pub(super) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    quantile(&numbers, 0.5)
}

/// The mean of the middle half: as robust as the median against what is in less than a quarter, but
/// smooth where numbers are small and whole.
pub(super) fn midmean(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    let quarter = numbers.len() / 4;
    let middle = &numbers[quarter..numbers.len() - quarter];
    middle.iter().sum::<f64>() / middle.len().max(1) as f64
}

/// Standard deviations above and below the median, from quantiles that a tenth of outliers does not
/// move far. Both at least 1.
pub(super) fn spreads(mut residuals: Vec<f64>) -> (f64, f64) {
    residuals.sort_unstable_by(f64::total_cmp);
    let at = |share| quantile(&residuals, share);
    // A normal distribution's quartile and tenth are so many deviations from the middle.
    const QUARTILE: f64 = 0.6745;
    const TENTH: f64 = 1.2816;
    let above = ((at(0.9) - at(0.5)) / TENTH).max((at(0.75) - at(0.5)) / QUARTILE);
    let below = ((at(0.5) - at(0.1)) / TENTH).max((at(0.5) - at(0.25)) / QUARTILE);
    (above.max(1.0), below.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within a thousandth.
    fn near(one: f64, other: f64) -> bool {
        (one / other - 1.0).abs() < 1e-3
    }

    #[test]
    fn tails_are_those_of_the_tables() {
        // R: ppois(9, 4, lower=FALSE), ppois(1, 4).
        assert!(near(at_least(10, 4.0, 1.0), 0.008_132_2));
        assert!(near(at_most(1, 4.0, 1.0), 0.091_578));
        // The negative binomial with size 4 and mean 4 has variance 8: half to the fourth is its 0.
        assert!(near(at_most(0, 4.0, 2.0), 0.0625));
        assert!(near(at_least(1, 4.0, 2.0), 0.9375));
        assert!(near(chi_squared(3.841_46, 1.0), 0.05));
    }

    #[test]
    fn false_discoveries_are_controlled_as_in_the_paper() {
        let adjusted = adjusted(&[0.001, 0.008, 0.039], 10);
        assert!(near(adjusted[0], 0.01) && near(adjusted[1], 0.04) && near(adjusted[2], 0.13));
    }

    #[test]
    fn outliers_do_not_move_the_spread_far() {
        let mut numbers: Vec<f64> = (0..101).map(f64::from).collect();
        let (above, below) = spreads(numbers.clone());
        numbers.extend([1e6; 3]);
        let (with, _) = spreads(numbers);
        assert!(near(above, below) && with < 1.1 * above);
    }
}
