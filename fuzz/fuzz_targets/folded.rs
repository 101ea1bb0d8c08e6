//! Folded stacks: each line ends in a count, and the counts add up; for terminals, nothing drives
//! one.
#![no_main]

use emberscope::export::{Names, write_folded};
use emberscope_fuzz::{Loaded, assert_printable};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(loaded) = Loaded::new(bytes) else {
        return;
    };
    for names in [Names::AsTheyAre, Names::Printable] {
        let mut out = Vec::new();
        write_folded(&loaded.profile, &loaded.tree, names, &mut out).expect("memory");
        let lines = out
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let total: u64 = lines.map(count).sum();
        assert_eq!(total, loaded.samples.shown);
        if names == Names::Printable {
            assert_printable(&out);
        }
    }
});

fn count(line: &[u8]) -> u64 {
    let digits = line.rsplit(|byte| *byte == b' ').next().expect("a count");
    let digits = std::str::from_utf8(digits).expect("digits");
    digits.parse().expect("a count")
}
