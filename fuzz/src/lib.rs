//! What the fuzz targets share.

use emberscope::call_tree::CallTree;
use emberscope::filter::{EventChoice, SampleFilter, Samples};
use emberscope::heat_map::{HeatMap, HeatMapOptions};
use emberscope::job::Progress;
use emberscope::load::{self, LoadError, LoadOptions};
use emberscope::profile::Profile;
use emberscope::selection::Selection;
use std::io::Cursor;

/// Loads `bytes` as a stream.
pub fn load_with(bytes: &[u8], options: &LoadOptions) -> Result<Profile, LoadError> {
    let reader = Box::new(Cursor::new(bytes.to_vec()));
    load::read(reader, "fuzz".as_ref(), options, &Progress::default())
}

/// A profile whose names are what is fuzzed: the exporters see more of those than the loader's
/// rules would let through.
pub struct Loaded {
    pub profile: Profile,
    pub filter: SampleFilter,
    pub samples: Samples,
    pub tree: CallTree,
}

impl Loaded {
    /// All events of what `bytes` load as, or of the profile that has them as its names.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let options = LoadOptions::default();
        let profile = load_with(bytes, &options)
            .or_else(|_| load_with(&named(bytes), &options))
            .ok()?;
        let filter = SampleFilter {
            event: EventChoice::All,
            ..SampleFilter::default()
        };
        let samples = filter.apply(&profile).ok()?;
        let tree = CallTree::new(&profile, &samples, &Selection::whole());
        Some(Self {
            profile,
            filter,
            samples,
            tree,
        })
    }
}

/// One sample with comm, event, symbols and modules out of `bytes`.
fn named(bytes: &[u8]) -> Vec<u8> {
    let clean: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|byte| *byte != b'\n')
        .collect();
    let part = |index: usize| {
        let length = clean.len() / 5;
        clean[index * length..(index + 1) * length].to_vec()
    };
    let mut text = part(0);
    text.extend_from_slice(b" 1/2 [000] 7.000000: 3 ");
    text.extend(part(1));
    text.extend_from_slice(b": \n\t1 ");
    text.extend(part(2));
    text.extend_from_slice(b"+0x1 (");
    text.extend(part(3));
    text.extend_from_slice(b")\n\t2 ");
    text.extend(part(4));
    text.extend_from_slice(b"+0x1 (/tmp/perf-1.map)\n\n");
    text
}

/// Panics unless every sample is accounted for, in whatever is made of the profile.
pub fn assert_whole(profile: &Profile) {
    let samples = SampleFilter::default()
        .apply(profile)
        .expect("the first event");
    let all = samples.shown + samples.idle + samples.filtered;
    assert_eq!(all, profile.samples.total());
    let tree = CallTree::new(profile, &samples, &Selection::whole());
    assert_eq!(tree.total(), samples.shown);
    if let Ok(map) = HeatMap::new(profile, &samples, HeatMapOptions::fitting(profile, 50)) {
        assert_eq!(map.counts.iter().sum::<u64>(), samples.shown);
    }
    let in_parts: usize = profile.parts.iter().map(|part| part.samples.len()).sum();
    assert_eq!(in_parts, profile.samples.len());
}

/// Panics unless `bytes` are text without anything that could drive a terminal.
pub fn assert_printable(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let control = text.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(control, None);
}
