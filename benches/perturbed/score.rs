//! How well findings match what was injected.

use super::{Injected, Kind};
use emberscope::findings::Finding;
use emberscope::profile::Profile;

/// Sums over profiles.
#[derive(Debug, Default, Clone)]
pub(crate) struct Score {
    /// Perturbations that were injected.
    pub injected: u32,
    /// Those that were found, once, as their kind.
    pub found: u32,
    /// Findings that match nothing, or what another one has matched.
    pub wrong: u32,
    /// Found ones whose first function is the culprit (of those that have one).
    pub culprit_first: u32,
    /// Found ones that have a culprit.
    pub with_culprit: u32,
    /// How far each edge of found ones is off, in milliseconds.
    pub edges: Vec<f64>,
    /// The wrong ones, in words.
    pub errors: Vec<String>,
}

impl Score {
    /// Adds a profile's findings.
    pub(crate) fn add(&mut self, profile: &Profile, findings: &[Finding], injected: &[Injected]) {
        let mut used = vec![false; findings.len()];
        for injected in injected {
            self.injected += 1;
            let matching = (0..findings.len())
                .find(|index| !used[*index] && is_match(profile, &findings[*index], injected));
            match matching {
                Some(index) => {
                    used[index] = true;
                    self.found += 1;
                    self.add_found(profile, &findings[index], injected);
                }
                None => self.errors.push(format!("missed {injected:?}")),
            }
        }
        for (finding, used) in findings.iter().zip(used) {
            if !used {
                self.wrong += 1;
                self.errors.push(format!(
                    "wrong: {} ({:.6})",
                    finding.explanation, finding.confidence
                ));
            }
        }
    }

    fn add_found(&mut self, profile: &Profile, finding: &Finding, injected: &Injected) {
        if injected.kind != Kind::Pause {
            self.with_culprit += 1;
            let first = finding.functions.first();
            let name = first.map(|first| profile.strings.get(first.name));
            if name == Some(injected.culprit_name().as_bytes()) {
                self.culprit_first += 1;
            } else {
                self.errors
                    .push(format!("not first: {injected:?} {}", finding.explanation));
            }
        }
        let (start, end) = seconds(profile, finding);
        match injected.kind {
            Kind::Periodic => {
                let length = finding.ranges[0].nanos() as f64 / 1e9;
                self.edges.push((length - injected.length).abs() * 1e3);
            }
            Kind::Shift => self.edges.push((start - injected.start).abs() * 1e3),
            _ => {
                self.edges.push((start - injected.start).abs() * 1e3);
                self.edges
                    .push((end - injected.start - injected.length).abs() * 1e3);
            }
        }
    }

    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.injected += other.injected;
        self.found += other.found;
        self.wrong += other.wrong;
        self.culprit_first += other.culprit_first;
        self.with_culprit += other.with_culprit;
        self.edges.extend(other.edges);
        self.errors.extend(other.errors);
        self
    }

    /// The share of injected ones that were found.
    pub(crate) fn recall(&self) -> f64 {
        f64::from(self.found) / f64::from(self.injected.max(1))
    }

    /// The share of findings that are right.
    pub(crate) fn precision(&self) -> f64 {
        f64::from(self.found) / f64::from((self.found + self.wrong).max(1))
    }

    /// The share of found ones whose culprit is named first.
    pub(crate) fn culprits(&self) -> f64 {
        f64::from(self.culprit_first) / f64::from(self.with_culprit.max(1))
    }

    /// The median and the 90th percentile of how far edges are off, in milliseconds.
    pub(crate) fn edge_errors(&self) -> (f64, f64) {
        let mut edges = self.edges.clone();
        edges.sort_by(f64::total_cmp);
        let at = |share: f64| {
            edges
                .get(((edges.len() as f64 - 1.0) * share).max(0.0) as usize)
                .copied()
        };
        (at(0.5).unwrap_or(0.0), at(0.9).unwrap_or(0.0))
    }
}

/// Since the machine's beginning, 5000 s on its clock.
fn seconds(_profile: &Profile, finding: &Finding) -> (f64, f64) {
    let span = finding.span();
    let at = |nanos: u64| nanos as f64 / 1e9 - 5000.0;
    (at(span.start.nanos()), at(span.end.nanos()))
}

/// Whether it is of the same kind, and at the same time: half of what either covers is common.
fn is_match(profile: &Profile, finding: &Finding, injected: &Injected) -> bool {
    if finding.kind.name() != injected.kind.name() {
        return false;
    }
    if injected.kind == Kind::Periodic {
        let period = finding.period_nanos.map_or(0.0, |nanos| nanos as f64 / 1e9);
        return (period / injected.period - 1.0).abs() < 0.02;
    }
    let (start, end) = seconds(profile, finding);
    let injected_end = injected.start + injected.length;
    let common = end.min(injected_end) - start.max(injected.start);
    let either = end.max(injected_end) - start.min(injected.start);
    common >= 0.5 * either
}
