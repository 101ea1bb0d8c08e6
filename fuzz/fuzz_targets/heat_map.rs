//! The heat map as JSON and as characters: counts add up, and nothing drives a terminal.
#![no_main]

use emberscope::export::{HeatMapTextOptions, write_heat_map_json, write_heat_map_text};
use emberscope::heat_map::{HeatMap, HeatMapOptions};
use emberscope_fuzz::{Loaded, assert_printable};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Some(loaded) = Loaded::new(bytes) else {
        return;
    };
    let rows = 1 + bytes.len() as u32 % 60;
    let options = HeatMapOptions::fitting(&loaded.profile, rows);
    let Ok(map) = HeatMap::new(&loaded.profile, &loaded.samples, options) else {
        return;
    };
    // The rest takes as long as there are columns.
    if map.columns > 2000 {
        return;
    }
    let filters = loaded.filter.describe(&loaded.profile);
    let mut json = Vec::new();
    write_heat_map_json(&map, loaded.filter.metric, &filters, &mut json).expect("memory");
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    let columns = json["counts"].as_array().expect("columns");
    assert_eq!(
        columns.len() as u64,
        json["columns"].as_u64().expect("a number")
    );
    let counts = columns
        .iter()
        .flat_map(|column| column.as_array().expect("a column"));
    let total: u64 = counts.map(|count| count.as_u64().expect("a count")).sum();
    assert_eq!(total, loaded.samples.shown);
    let mut text = Vec::new();
    let options = HeatMapTextOptions {
        width: 20 + bytes.len() % 100,
        color: false,
    };
    write_heat_map_text(&map, &loaded.samples, &filters, options, &mut text).expect("memory");
    assert_printable(&text);
});
