//! Any bytes load or are refused, alike however they are cut, and every sample is accounted for.
#![no_main]

use emberscope::call_tree::CallTree;
use emberscope::filter::SampleFilter;
use emberscope::heat_map::{HeatMap, HeatMapOptions};
use emberscope::load::LoadOptions;
use emberscope::profile::Profile;
use emberscope::selection::Selection;
use emberscope_fuzz::load_with;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut options = LoadOptions::default();
    let whole = load_with(bytes, &options);
    options.piece_size = 1 + bytes.len() % 97;
    let pieces = load_with(bytes, &options);
    match (&whole, &pieces) {
        (Ok(whole), Ok(pieces)) => assert!(whole == pieces, "the cuts can be seen"),
        (Err(whole), Err(pieces)) => assert_eq!(whole.to_string(), pieces.to_string()),
        _ => panic!("the cuts decide whether it loads"),
    }
    if let Ok(profile) = &whole {
        check(profile);
    }
});

fn check(profile: &Profile) {
    let samples = SampleFilter::default()
        .apply(profile)
        .expect("the first event");
    let all = samples.shown + samples.idle + samples.filtered;
    assert_eq!(all, profile.samples.len() as u64);
    let tree = CallTree::new(profile, &samples, &Selection::whole());
    assert_eq!(tree.total(), samples.shown);
    if let Ok(map) = HeatMap::new(profile, &samples, HeatMapOptions::fitting(profile, 50)) {
        assert_eq!(map.counts.iter().sum::<u64>(), samples.shown);
    }
    let in_parts: usize = profile.parts.iter().map(|part| part.samples.len()).sum();
    assert_eq!(in_parts, profile.samples.len());
}
