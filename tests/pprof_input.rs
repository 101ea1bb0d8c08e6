//! Files of pprof are opened with each of their values, and none takes more memory than its size is good
//! for.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::try_load_text;
use emberscope::filter::{EventChoice, SampleFilter};
use emberscope::load::LoadOptions;
use emberscope::pprof_schema::{Function, Line, Location, PprofProfile, Sample, ValueType};
use emberscope::profile::{EventId, Profile};
use prost::Message as _;

/// A file with the functions `main` (1), `leaf` (2) and `inner` (3), each a place of its own.
struct File(PprofProfile);

impl File {
    fn new() -> Self {
        let mut file = Self(PprofProfile::default());
        file.text("");
        for (id, name) in (1..).zip(["main", "leaf", "inner"]) {
            let name = file.text(name);
            file.0.function.push(Function {
                id,
                name,
                system_name: 0,
            });
            file.0.location.push(Location {
                id,
                line: vec![Line { function_id: id }],
                ..Location::default()
            });
        }
        file
    }

    fn text(&mut self, text: &str) -> i64 {
        self.0.string_table.push(text.to_owned());
        self.0.string_table.len() as i64 - 1
    }

    fn value_type(&mut self, kind: &str, unit: &str) -> ValueType {
        let (r#type, unit) = (self.text(kind), self.text(unit));
        ValueType { r#type, unit }
    }

    /// With values of these types and units.
    fn of(types: &[(&str, &str)]) -> Self {
        let mut file = Self::new();
        for (kind, unit) in types {
            let kind = file.value_type(kind, unit);
            file.0.sample_type.push(kind);
        }
        file
    }

    /// Innermost first.
    fn sample(mut self, stack: &[u64], values: &[i64]) -> Self {
        self.0.sample.push(Sample {
            location_id: stack.to_vec(),
            value: values.to_vec(),
            label: Vec::new(),
        });
        self
    }

    fn with_period(mut self, kind: &str, unit: &str, period: i64) -> Self {
        self.0.period = period;
        let of = self.0.sample_type.iter().copied();
        let text = |place: i64| self.0.string_table[place as usize].clone();
        let mut same =
            of.filter(|of| (text(of.r#type), text(of.unit)) == (kind.into(), unit.into()));
        self.0.period_type = same.next();
        self
    }

    fn load(&self) -> Result<Profile, String> {
        let loaded = try_load_text(&self.0.encode_to_vec(), &LoadOptions::default());
        loaded.map_err(|error| error.to_string())
    }
}

/// How many of an event are in stacks with a function of that name.
fn amount(profile: &Profile, event: &str, function: &str) -> u64 {
    let filter = SampleFilter {
        event: EventChoice::Named(vec![event.to_owned()]),
        stacks: vec![format!("^{function}$").parse().unwrap()],
        ..SampleFilter::default()
    };
    filter.apply(profile).unwrap().shown
}

fn events(profile: &Profile) -> Vec<String> {
    let events = (0..profile.events.len() as u32).map(EventId);
    events
        .map(|event| profile.event_name(event).into_owned())
        .collect()
}

#[test]
fn each_value_can_be_chosen_by_its_name() {
    let types = [
        ("alloc_objects", "count"),
        ("alloc_space", "bytes"),
        ("inuse_space", "bytes"),
    ];
    let mut heap = File::of(&types)
        .sample(&[2, 1], &[3, 96, 64])
        .sample(&[1], &[1, 640, 0]);
    let profile = heap.load().unwrap();
    assert_eq!(
        events(&profile),
        ["alloc_objects", "alloc_space", "inuse_space"]
    );
    assert_eq!(amount(&profile, "alloc_objects", "main"), 4);
    assert_eq!(amount(&profile, "alloc_space", "leaf"), 96);
    assert_eq!(amount(&profile, "inuse_space", "main"), 64);
    // Of the same name, each is one by itself.
    let thrice = File::of(&[("n", "count"), ("n", "count"), ("n", "count")]);
    let profile = thrice.sample(&[1], &[3, 4, 5]).load().unwrap();
    assert_eq!(events(&profile), ["n", "n (count)", "n (count, 3)"]);
    assert_eq!(amount(&profile, "n (count, 3)", "main"), 5);
    // What the file says is shown first.
    heap.0.default_sample_type = heap.0.sample_type[2].r#type;
    let profile = heap.load().unwrap();
    assert_eq!(
        events(&profile),
        ["inuse_space", "alloc_objects", "alloc_space"]
    );
    let shown = SampleFilter::default().apply(&profile).unwrap().shown;
    assert_eq!(shown, 64);
}

#[test]
fn time_is_divided_by_its_period_where_that_leaves_nothing_over() {
    let cpu = |period| {
        let file = File::of(&[("cpu", "nanoseconds")]).with_period("cpu", "nanoseconds", period);
        let file = file
            .sample(&[2, 1], &[20_000_000])
            .sample(&[1], &[30_000_000]);
        file.load().unwrap()
    };
    assert_eq!(amount(&cpu(10_000_000), "cpu", "main"), 5);
    assert_eq!(amount(&cpu(1_000_000_000), "cpu", "main"), 50_000_000);
    assert_eq!(amount(&cpu(0), "cpu", "leaf"), 20_000_000);
    let both = File::of(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let both = both.sample(&[1], &[7, 70_000_000]).load().unwrap();
    assert_eq!(events(&both), ["samples", "cpu"]);
    assert_eq!(SampleFilter::default().apply(&both).unwrap().shown, 7);
}

/// A place with many inlined functions, which a sample names many times.
fn bomb(lines: usize, times: usize) -> File {
    let mut file = File::of(&[("samples", "count")]);
    file.0.location[0].line = vec![Line { function_id: 1 }; lines];
    file.sample(&vec![1; times], &[1])
}

#[test]
fn stacks_larger_than_the_file_can_mean_are_refused() {
    for (lines, times) in [(3000, 3000), (100_000, 1000), (1000, 100_000)] {
        let said = bomb(lines, times).load().unwrap_err();
        assert!(
            said.contains("sample 1") && said.contains("damaged"),
            "{said}"
        );
    }
    // Each alone is none, all together are.
    let mut many = bomb(100, 100);
    let sample = many.0.sample[0].clone();
    many.0.sample.resize(200_000, sample);
    assert!(many.load().unwrap_err().contains("damaged"));
    let deep = bomb(1, 500_000).load().unwrap();
    assert_eq!(deep.stacks.len(), 500_002, "what is spelled out is let in");
    assert_eq!(bomb(30, 1000).load().unwrap().samples.total(), 1);
}

#[test]
fn a_file_that_counts_nothing_is_refused_as_one() {
    let said = File::of(&[("samples", "count")])
        .sample(&[1], &[0])
        .load()
        .unwrap_err();
    assert!(
        said.contains("pprof") && said.contains("no sample"),
        "{said}"
    );
    let said = File::new().sample(&[1], &[3]).load().unwrap_err();
    assert!(said.contains("pprof"), "{said}");
}
