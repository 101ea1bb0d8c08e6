//! Files of pprof: what is in them is accounted for, or they are refused; none takes much memory.
#![no_main]

use emberscope::load::LoadOptions;
use emberscope_fuzz::{assert_whole, load_with};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(profile) = load_with(bytes, &LoadOptions::default()) {
        assert_whole(&profile);
    }
});
