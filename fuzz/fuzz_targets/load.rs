//! Any bytes load or are refused, alike however they are cut, and every sample is accounted for.
#![no_main]

use emberscope::load::LoadOptions;
use emberscope_fuzz::{assert_whole, load_with};
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
        assert_whole(profile);
    }
});
