//! Counts are exact: every sample is shown, idle or filtered, and what is shown is in every view.

mod common;

use common::{SAMPLE_PROFILES, default_samples, load_file, load_text, sample_profile};
use emberscope::call_tree::{CallTree, Matches};
use emberscope::filter::{EventChoice, IdleRule, Metric, SampleFilter};
use emberscope::flame_graph::{FlameGraph, LayoutOptions};
use emberscope::heat_map::{Cell, HeatMap, HeatMapError, HeatMapOptions};
use emberscope::profile::{NANOS_PER_SECOND, Profile, TimeRange, Timestamp, WarningKind};
use emberscope::selection::Selection;
use proptest::prelude::*;
use regex::Regex;
use std::collections::BTreeMap;

/// Column and row of each header line, counted the plain way.
fn count_plainly(text: &str, rows: u64) -> BTreeMap<(u64, u64), u64> {
    let header = Regex::new(r"(?m)^\S.* (\d+)\.(\d{9}):\s+\d+ \S+:\s*$").expect("a pattern");
    let times: Vec<(u64, u64)> = header
        .captures_iter(text)
        .map(|found| {
            (
                found[1].parse().expect("seconds"),
                found[2].parse().expect("nanoseconds"),
            )
        })
        .collect();
    let origin = times
        .iter()
        .map(|(seconds, _)| *seconds)
        .min()
        .expect("a sample");
    let mut counts = BTreeMap::new();
    for (seconds, nanos) in times {
        *counts
            .entry((seconds - origin, nanos * rows / NANOS_PER_SECOND))
            .or_default() += 1;
    }
    counts
}

#[test]
fn heat_maps_agree_with_a_plain_count() {
    for name in SAMPLE_PROFILES {
        let text = std::fs::read_to_string(sample_profile(name)).expect("a sample profile");
        let profile = load_file(&sample_profile(name));
        let filter = SampleFilter {
            include_idle: true,
            ..SampleFilter::default()
        };
        let samples = filter.apply(&profile).expect("a filter that fits");
        for rows in [1, 7, 50, 1000] {
            let options = HeatMapOptions {
                rows,
                ..HeatMapOptions::default()
            };
            let map = HeatMap::new(&profile, &samples, options).expect("a heat map");
            let plain = count_plainly(&text, u64::from(rows));
            for column in 0..map.columns {
                for row in 0..rows {
                    let expected = plain.get(&(u64::from(column), u64::from(row))).copied();
                    assert_eq!(
                        map.count(Cell { column, row }),
                        expected.unwrap_or(0),
                        "{name} {column} {row}"
                    );
                }
            }
            assert_eq!(map.counts.iter().sum::<u64>(), samples.shown);
        }
    }
}

#[test]
fn a_sample_on_a_cells_border_is_in_the_cell_that_begins() {
    let profile =
        load_text("a 1 5106.400000: 1 c:\n\na 1 5107.000000: 1 c:\n\na 1 5107.999999: 1 c:\n\n");
    let map = HeatMap::new(
        &profile,
        &default_samples(&profile),
        HeatMapOptions::default(),
    )
    .expect("a heat map");
    assert_eq!((map.columns, map.max), (2, 1));
    for (column, row) in [(0, 20), (1, 0), (1, 49)] {
        assert_eq!(map.count(Cell { column, row }), 1, "{column} {row}");
    }
}

#[test]
fn heat_maps_that_would_fill_the_memory_are_refused_with_what_would_do() {
    // A sample every nine minutes of a year: sparse, but no part of it is far from the rest.
    let text: String = (0..58_000)
        .map(|index| format!("a 1 {}.000000: 1 c:\n\n", index * 540))
        .collect();
    let profile = load_text(&text);
    let map = |options| HeatMap::new(&profile, &default_samples(&profile), options);
    let fitting = HeatMapOptions::fitting(&profile, 50);
    assert_eq!(fitting.column_nanos, 600 * NANOS_PER_SECOND);
    let Err(HeatMapError::TooManyCells { fitting: told, .. }) = map(HeatMapOptions::default())
    else {
        panic!("a map of half a thousand million cells");
    };
    assert_eq!(told, fitting.column_nanos);
    let counts = map(fitting).expect("a heat map").counts;
    assert_eq!(counts.iter().sum::<u64>(), 58_000);
}

#[test]
fn stray_times_leave_the_heat_map_small() {
    let profile = load_text(
        "a 1 0.000001: 1 c:\n\na 1 5000000.500000: 1 c:\n\na 1 5000001.250000: 1 c:\n\n\
         a 1 5000001.250001: 1 c:\n\na 1 1700000000.999999: 1 c:\n\n",
    );
    let map = HeatMap::new(
        &profile,
        &default_samples(&profile),
        HeatMapOptions::default(),
    )
    .expect("a heat map");
    assert_eq!((map.columns, map.max), (4, 2));
    for (column, row, start, count) in [
        (0, 0, 0, 1),
        (1, 25, 5_000_000, 1),
        (2, 12, 5_000_001, 2),
        (3, 49, 1_700_000_000, 1),
    ] {
        let cell = Cell { column, row };
        assert_eq!(map.count(cell), count, "column {column}");
        assert_eq!(map.column_start(column), start * NANOS_PER_SECOND);
        assert_eq!(map.cell_at(map.range_of(cell).start), cell);
    }
    let far_away = profile
        .warnings
        .iter()
        .find(|warning| warning.kind == WarningKind::FarAway);
    assert_eq!(far_away.map(|warning| warning.count), Some(2));
    let main = profile.main_part().expect("a part");
    assert_eq!(main.samples, 1..4);
    // A selection across what is left out holds all that lies between.
    let all = map.range_between(Cell { column: 0, row: 0 }, map.last_cell());
    let inside = Selection::range(all).count(&profile, &default_samples(&profile));
    assert_eq!(inside, 5);
}

#[test]
fn weights_are_summed_instead_of_samples() {
    let profile = load_text(
        "a 1 1.000000: 250 c: \n\t1 f+0x1 (/x)\n\t1 main+0x1 (/x)\n\n\
         a 1 1.000000: 1000 c: \n\t1 g+0x1 (/x)\n\t1 main+0x1 (/x)\n\n\
         b 1 2.000000: 18446744073709551615 c: \n\n",
    );
    let filter = |comms: Vec<String>| SampleFilter {
        metric: Metric::Weight,
        comms,
        ..SampleFilter::default()
    };
    let samples = filter(vec!["a".into()]).apply(&profile).expect("a filter");
    assert_eq!((samples.shown, samples.filtered), (2, 1));
    let tree = CallTree::new(&profile, &samples, &Selection::whole());
    assert_eq!(tree.total(), 1250);
    let map = HeatMap::new(&profile, &samples, HeatMapOptions::default()).expect("a heat map");
    assert_eq!((map.max, map.counts.iter().sum::<u64>()), (1250, 1250));
    // Sums that do not fit stay at the largest number.
    let samples = filter(vec![]).apply(&profile).expect("a filter");
    let tree = CallTree::new(&profile, &samples, &Selection::whole());
    assert_eq!(tree.total(), u64::MAX);
    let graph = FlameGraph::new(&profile.stacks, &tree, LayoutOptions::default());
    assert!(graph.boxes.iter().all(|flame_box| flame_box.x1 <= 1.0));
}

#[test]
fn idle_samples_follow_their_rule() {
    let stack = |comm: &str, tid: u32, time: u32, frames: &[&str]| {
        let frames: String = frames
            .iter()
            .map(|name| format!("\t1 {name}+0x1 ([kernel.kallsyms])\n"))
            .collect();
        format!("{comm} {tid} [000] {time}.000000: 1 c: \n{frames}\n")
    };
    let text = [
        stack(
            "swapper",
            0,
            1,
            &["pv_native_safe_halt", "default_idle", "do_idle"],
        ),
        stack(
            "swapper",
            0,
            2,
            &["net_rx_action", "__do_softirq", "cpuidle_enter", "do_idle"],
        ),
        stack("swapper", 0, 3, &["start_kernel"]),
        stack("app", 9, 4, &["intel_idle"]),
    ]
    .concat();
    let profile = load_text(&text);
    for (idle, expected) in [
        (IdleRule::Leaf, 1),
        (IdleRule::Stack, 2),
        (IdleRule::Task, 3),
        (IdleRule::None, 0),
    ] {
        let filter = SampleFilter {
            idle,
            ..SampleFilter::default()
        };
        let samples = filter.apply(&profile).expect("a filter that fits");
        assert_eq!(
            (samples.idle, samples.shown),
            (expected, 4 - expected),
            "{idle:?}"
        );
    }
}

fn two_events() -> Profile {
    load_text(
        "a 1/2 [000] 1.000000: 1 cycles: \n\t1 f+0x1 (/x)\n\t1 main+0x1 (/x)\n\n\
         b 1/3 [001] 1.500000: 1 cycles: \n\t1 g+0x1 (/x)\n\t1 main+0x1 (/x)\n\n\
         a 1/2 [000] 2.000000: 1 faults: \n\t1 f+0x1 (/x)\n\t1 main+0x1 (/x)\n\n",
    )
}

#[test]
fn filters_widen_and_narrow() {
    let profile = two_events();
    let shown = |filter: SampleFilter| filter.apply(&profile).expect("a filter that fits").shown;
    let base = SampleFilter::default;
    let all = || SampleFilter {
        event: EventChoice::All,
        ..base()
    };
    let regex = |text: &str| vec![Regex::new(text).expect("a pattern")];
    assert_eq!(shown(base()), 2);
    assert_eq!(shown(all()), 3);
    assert_eq!(
        shown(SampleFilter {
            event: EventChoice::Named(vec!["faults".into()]),
            ..base()
        }),
        1
    );
    assert_eq!(
        shown(SampleFilter {
            comms: vec!["a".into()],
            ..all()
        }),
        2
    );
    assert_eq!(
        shown(SampleFilter {
            comms: vec!["a".into(), "b".into()],
            ..all()
        }),
        3
    );
    assert_eq!(
        shown(SampleFilter {
            comms: vec!["a".into()],
            cpus: vec![1],
            ..all()
        }),
        0
    );
    assert_eq!(
        shown(SampleFilter {
            pids: vec![1],
            tids: vec![3],
            ..all()
        }),
        1
    );
    assert_eq!(
        shown(SampleFilter {
            stacks: regex("^f$"),
            ..all()
        }),
        2
    );
    assert_eq!(
        shown(SampleFilter {
            excluded_stacks: regex("^f$"),
            ..all()
        }),
        1
    );
    let unknown = SampleFilter {
        event: EventChoice::Named(vec!["nothing".into()]),
        ..base()
    };
    let message = unknown
        .apply(&profile)
        .expect_err("an unknown event")
        .to_string();
    assert!(message.contains("cycles, faults"), "{message}");
}

#[test]
fn searches_count_each_sample_once() {
    let profile = load_text(
        "a 1 1.000000: 1 c: \n\t1 walk+0x1 (/x)\n\t1 walk+0x1 (/x)\n\t1 main+0x1 (/x)\n\n\
         a 1 2.000000: 1 c: \n\t1 walk+0x1 (/x)\n\t1 main+0x1 (/x)\n\n\
         a 1 3.000000: 1 c: \n\t1 other+0x1 (/x)\n\t1 main+0x1 (/x)\n\n",
    );
    let tree = CallTree::new(&profile, &default_samples(&profile), &Selection::whole());
    let matched = |pattern| {
        Matches::find(
            &profile,
            &profile.stacks,
            &tree,
            &Regex::new(pattern).expect("a pattern"),
        )
        .total
    };
    assert_eq!(matched("walk"), 2);
    assert_eq!(matched("walk|main"), 3);
    assert_eq!(matched("nothing"), 0);
}

/// Random samples of a few stacks at random times.
fn any_profile() -> impl Strategy<Value = Profile> {
    let sample = (0..30_000_000_000u64, 0..4usize, 0..3u32, 0..2u32);
    prop::collection::vec(sample, 1..200).prop_map(|samples| {
        let stacks = [
            "\t1 f (/x)\n\t2 main (/x)\n",
            "\t1 main (/x)\n",
            "\t1 g (/x)\n\t2 main (/x)\n",
            "",
        ];
        let text: String = samples
            .into_iter()
            .map(|(nanos, stack, tid, cpu)| {
                let (seconds, nanos) = (nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
                let idle = if tid == 0 {
                    "\t1 do_idle ([k])\n"
                } else {
                    stacks[stack]
                };
                format!("c{tid} {tid} [{cpu:03}] {seconds}.{nanos:09}: 1 c: \n{idle}\n")
            })
            .collect();
        load_text(&text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_lost_on_the_way(profile in any_profile(), rows in 1..200u32, cpu in 0..2u16, from in 0..30u64, len in 1..30u64) {
        let filter = SampleFilter { cpus: vec![cpu], ..SampleFilter::default() };
        let samples = filter.apply(&profile).expect("a filter that fits");
        prop_assert_eq!(samples.shown + samples.idle + samples.filtered, profile.samples.len() as u64);

        let options = HeatMapOptions { rows, ..HeatMapOptions::default() };
        let map = HeatMap::new(&profile, &samples, options).expect("a heat map");
        prop_assert_eq!(map.counts.iter().sum::<u64>(), samples.shown);

        let tree = CallTree::new(&profile, &samples, &Selection::whole());
        prop_assert_eq!(tree.total(), samples.shown);
        prop_assert_eq!(tree.self_weight.iter().sum::<u64>(), samples.shown);

        let start = Timestamp(profile.origin().nanos() + from * 100_000_000);
        let range = TimeRange { start, end: start.saturating_add(len * 100_000_000) };
        let part = Selection::range(range);
        let inside = CallTree::new(&profile, &samples, &part).total();
        prop_assert_eq!(inside, part.count(&profile, &samples));
        let rest = Selection::from_ranges(vec![
            TimeRange { start: Timestamp(0), end: range.start },
            TimeRange { start: range.end, end: Timestamp(u64::MAX) },
        ]);
        prop_assert_eq!(inside + CallTree::new(&profile, &samples, &rest).total(), samples.shown);
    }

    #[test]
    fn a_cells_range_holds_just_what_was_counted_in_it(profile in any_profile(), rows in 1..200u32) {
        let samples = default_samples(&profile);
        let options = HeatMapOptions { rows, ..HeatMapOptions::default() };
        let map = HeatMap::new(&profile, &samples, options).expect("a heat map");
        for column in 0..map.columns {
            for row in 0..rows {
                let cell = Cell { column, row };
                let range = map.range_of(cell);
                prop_assert_eq!(map.cell_at(range.start), cell);
                prop_assert_eq!(map.cell_at(Timestamp(range.end.nanos() - 1)), cell);
                if map.count(cell) > 0 {
                    let count = Selection::range(range).count(&profile, &samples);
                    prop_assert_eq!(count, map.count(cell));
                }
            }
        }
    }

    #[test]
    fn what_is_merged_lies_between_boxes(profile in any_profile(), min_width in 0.0..0.5) {
        let tree = CallTree::new(&profile, &default_samples(&profile), &Selection::whole());
        let options = LayoutOptions { min_width, ..LayoutOptions::default() };
        let graph = FlameGraph::new(&profile.stacks, &tree, options);
        let mut rows: BTreeMap<u32, Vec<(f64, f64)>> = BTreeMap::new();
        for flame_box in &graph.boxes {
            let row = rows.entry(flame_box.depth).or_default();
            row.push((flame_box.x0, flame_box.x1));
        }
        for merged in &graph.merged {
            let width = merged.x1 - merged.x0;
            prop_assert!(width >= min_width && merged.nodes > 0);
            prop_assert!((width * graph.total as f64 - merged.weight as f64).abs() < 1e-6);
            rows.entry(merged.depth).or_default().push((merged.x0, merged.x1));
        }
        for row in rows.values_mut() {
            row.sort_by(|one, other| one.0.total_cmp(&other.0));
            prop_assert!(row.windows(2).all(|pair| pair[0].1 <= pair[1].0 + 1e-12));
        }
    }

    #[test]
    fn boxes_lie_within_their_callers(profile in any_profile()) {
        let tree = CallTree::new(&profile, &default_samples(&profile), &Selection::whole());
        let graph = FlameGraph::new(&profile.stacks, &tree, LayoutOptions::default());
        let mut at: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for flame_box in &graph.boxes {
            at.insert(flame_box.node.0, (flame_box.x0, flame_box.x1));
            let width = (flame_box.x1 - flame_box.x0) * graph.total as f64;
            let weight = tree.total_weight[flame_box.node.index()] as f64;
            prop_assert!((width - weight).abs() < 1e-6);
            let parent = profile.stacks.parent[flame_box.node.index()];
            let (x0, x1) = at[&parent.0];
            prop_assert!(x0 <= flame_box.x0 && flame_box.x1 <= x1);
        }
    }
}

/// The first part of a long profile may be of less than a second, and must not decide for all of it.
#[test]
fn columns_are_short_only_if_all_of_a_profile_is() {
    let sample = |time: &str| format!("a 1/1 [000] {time}: 1 cycles:\n\t1 work (/x)\n\n");
    let mut profile = load_text(&(sample("7.000000") + &sample("7.500000")));
    let column = |profile: &_| HeatMapOptions::suiting(profile, 50).column_nanos;
    assert_eq!(column(&profile), 100_000_000);
    let last = profile.time_range().expect("it has times").end;
    profile.info.expected_end = Some(last.saturating_add(60_000_000_000));
    assert_eq!(column(&profile), 1_000_000_000);
    // A stream does not tell when it ends.
    profile.info.expected_end = None;
    profile.info.is_partial = true;
    assert_eq!(column(&profile), 1_000_000_000);
}

#[test]
fn columns_are_long_where_a_screen_has_no_room_for_more() {
    let of_minutes = |minutes: u32| {
        let times = (0..=minutes).map(|minute| 60 * minute);
        let sample = |time: u32| format!("a 1/1 [000] {time}.000000: 1 cycles:\n\t1 work (/x)\n\n");
        let profile = load_text(&times.map(sample).collect::<String>());
        HeatMapOptions::suiting(&profile, 50)
    };
    for (minutes, seconds) in [(59, 1), (61, 10), (600, 60)] {
        let options = of_minutes(minutes);
        assert_eq!(options.rows, 50);
        assert_eq!(
            options.column_nanos,
            seconds * 1_000_000_000,
            "{minutes} min"
        );
    }
}
