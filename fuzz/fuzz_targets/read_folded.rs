//! Folded stacks: lines with a count, of whatever else is in them.
#![no_main]

use emberscope::load::LoadOptions;
use emberscope_fuzz::{assert_whole, load_with};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // So that most of what is tried has stacks.
    let text = [b"app;main 7\n", bytes].concat();
    if let Ok(profile) = load_with(&text, &LoadOptions::default()) {
        assert_whole(&profile);
    }
});
