//! What is in a profile, as text and as JSON: nothing drives a terminal, and counts add up.
#![no_main]

use emberscope::export::{write_info_json, write_info_text};
use emberscope_fuzz::{Loaded, assert_printable};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Some(loaded) = Loaded::new(bytes) else {
        return;
    };
    let (profile, samples) = (&loaded.profile, &loaded.samples);
    let mut text = Vec::new();
    write_info_text(profile, &loaded.filter, samples, "fuzz", &mut text).expect("memory");
    assert_printable(&text);
    let mut json = Vec::new();
    write_info_json(profile, &loaded.filter, samples, &mut json).expect("memory");
    assert_printable(&json);
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    let number = |key: &str| json[key].as_u64().expect("a number");
    let all = number("shown_samples") + number("idle_samples") + number("filtered_samples");
    assert_eq!(all, number("samples"));
});
