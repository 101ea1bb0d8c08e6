//! Exports for other tools: files as they should be (`tests/golden`), and the same samples in each.
//!
//! `EMBERSCOPE_BLESS=1` writes the golden files anew; look at what changes.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use assert_cmd::Command;
use common::sample_profile;
use emberscope::difference::{Difference, Normalization, rest};
use emberscope::export::{
    Against, FlameGraphExport, FlameGraphFormat, Names, SvgOptions, write_difference_folded,
};
use emberscope::palette::{HeatRamp, HeatScale};
use emberscope::profile::TimeRange;
use emberscope::selection::Selection;
use flate2::read::GzDecoder;
use prost::Message;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// Two threads, six samples, kinds of frames, names that formats have to quote.
const SMALL: &str = "\
main 7/7 [000] 10.100000: 100 cycles:
\t1 inner+0x1 (/bin/app)
\t2 ns::outer+0x2 (/bin/app)

main 7/7 [000] 10.110000: 100 cycles:
\t1 inner+0x1 (/bin/app)
\t2 ns::outer+0x2 (/bin/app)

work\"er 7/8 [001] 10.300000: 250 cycles:
\tffffffff81000001 sys_read+0x1 ([kernel.kallsyms])
\t2 a;b<c>&\\+0x2 (/lib/x y.so)

main 7/7 [000] 11.900000: 3000000000 cycles:
\t2 ns::outer+0x2 (/bin/app)

main 7/7 [000] 12.000000: 100 cycles:
\t1 [unknown] ([unknown])

work\"er 7/8 [001] 12.000001: 50 cycles:
\tffffffff81000001 sys_read+0x1 ([kernel.kallsyms])
\t2 a;b<c>&\\+0x2 (/lib/x y.so)

";

fn export(args: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let output = command.args(args).write_stdin(SMALL).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {message}");
    output.stdout
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut unpacked).unwrap();
    unpacked
}

struct Pixels {
    width: usize,
    bytes: Vec<u8>,
}

fn pixels(bytes: &[u8]) -> Pixels {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    Pixels {
        width: info.width as usize,
        bytes: pixels,
    }
}

fn golden(name: &str, written: &[u8]) {
    // The version is the only thing in them that a release changes.
    let version = format!("emberscope {}", env!("CARGO_PKG_VERSION"));
    let unversioned = |text: &[u8]| match std::str::from_utf8(text) {
        Ok(text) => text.replace(&version, "emberscope").into_bytes(),
        Err(_) => text.to_vec(),
    };
    let written = &*unversioned(written);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("EMBERSCOPE_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, written).unwrap();
    }
    let expected = std::fs::read(&path).unwrap();
    let is_same = match name.rsplit_once('.').unwrap().1 {
        // How well it is packed may change with a library.
        "png" => pixels(&expected).bytes == pixels(written).bytes,
        "gz" => unpacked(&expected) == unpacked(written),
        _ => expected == written,
    };
    assert!(
        is_same,
        "{name} is another; EMBERSCOPE_BLESS=1 writes it anew"
    );
}

#[test]
fn flame_graphs_are_written_as_they_should_be() {
    for (format, name) in [
        ("svg", "small.svg"),
        ("png", "small.png"),
        ("folded", "small.folded"),
        ("speedscope", "small.speedscope.json"),
        ("firefox", "small.firefox.json"),
        ("d3", "small.d3.json"),
        ("pprof", "small.pb.gz"),
    ] {
        golden(name, &export(&["flamegraph", "-", "--format", format]));
    }
}

#[test]
fn callers_and_differences_are_written_as_they_should_be() {
    let callers = ["flamegraph", "-", "--from-leaves", "--format"];
    for (format, name) in [
        ("svg", "small.callers.svg"),
        ("folded", "small.callers.folded"),
        ("pprof", "small.callers.pb.gz"),
    ] {
        golden(name, &export(&[&callers[..], &[format]].concat()));
    }
    let difference = ["diff", "-", "--from", "0", "--to", "1", "--format"];
    for (format, name) in [
        ("text", "small.diff.txt"),
        ("json", "small.diff.json"),
        ("folded", "small.diff.folded"),
        ("svg", "small.diff.svg"),
        ("png", "small.diff.png"),
        ("d3", "small.diff.d3.json"),
    ] {
        golden(name, &export(&[&difference[..], &[format]].concat()));
    }
}

#[test]
fn what_is_compared_has_both_counts_in_folded_stacks() {
    let profile = common::load_file(&sample_profile("latency-spike.perf.txt"));
    let samples = common::default_samples(&profile);
    let at = |millis: u64| profile.origin().saturating_add(millis * 1_000_000);
    let (start, end) = (at(11_300), at(11_600));
    let selection = Selection::from_ranges(vec![TimeRange { start, end }]);
    let baseline = rest(&profile, &selection).unwrap();
    let difference = Difference::new(
        &profile,
        &samples,
        &selection,
        &baseline,
        Normalization::Samples,
    );
    let graph = FlameGraphExport {
        profile: &profile,
        samples: &samples,
        selection: &selection,
        tree: &difference.selection,
        against: Some(Against::of(&difference)),
        options: &SvgOptions {
            ..SvgOptions::default()
        },
        scale_factor: 1.0,
        names: Names::AsTheyAre,
    };
    let (mut written, mut expected) = (Vec::new(), Vec::new());
    FlameGraphFormat::Folded
        .write(&graph, &mut written)
        .unwrap();
    write_difference_folded(&profile, &difference, Names::AsTheyAre, &mut expected).unwrap();
    assert!(written == expected && !written.is_empty());
}

/// By name: how many more there are than the baseline would have had.
#[test]
fn differences_have_deltas_for_d3() {
    let args = ["diff", "-", "--from", "0", "--to", "1", "--format", "d3"];
    let tree: Value = serde_json::from_slice(&export(&args)).unwrap();
    let delta = |node: &Value| {
        let numbers = ["value", "delta"].map(|name| node[name].as_i64().unwrap());
        (text(&node["name"]), numbers)
    };
    assert_eq!(delta(&tree), ("all".to_owned(), [3, 0]));
    // Two of three before, two of three since.
    let threads: Vec<_> = list(&tree["children"]).iter().map(delta).collect();
    assert_eq!(
        threads,
        [("main".to_owned(), [2, 0]), ("work\"er".to_owned(), [1, 0])]
    );
    // Of one in three to two in three.
    let outer = &tree["children"][0]["children"][0];
    assert_eq!(delta(outer), ("ns::outer".to_owned(), [2, 1]));
}

#[test]
fn callers_are_for_formats_of_trees() {
    let leaves = export(&["flamegraph", "-", "--from-leaves", "--format", "folded"]);
    let expected = "[unknown];main 1\ninner;ns::outer;main 2\nns::outer;main 1\nsys_read;a:b<c>&\\;work\"er 2\n";
    assert_eq!(folded(&leaves), folded(expected.as_bytes()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let args = ["flamegraph", "-", "--from-leaves", "--format", "firefox"];
    let output = command.args(args).write_stdin(SMALL).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_process_is_called_after_its_main_thread_whoever_comes_first() {
    let text = "server 7/7 1.000000: 1 c:\n\t1 f (/x)\n\nindexer 7/8 2.000000: 1 c:\n\t1 f (/x)\n\nserver 7/7 3.000000: 1 c:\n\t1 f (/x)\n\n";
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let args = ["flamegraph", "-", "--from", "1", "--format", "firefox"];
    let output = command.args(args).write_stdin(text).output().unwrap();
    let file: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = |thread: &Value| [text_of(thread, "name"), text_of(thread, "processName")];
    let threads: Vec<[String; 2]> = list(&file["threads"]).iter().map(told).collect();
    let [server, indexer] = ["server", "indexer"].map(str::to_owned);
    assert_eq!(
        threads,
        [[server.clone(), server.clone()], [indexer, server]]
    );
}

fn text_of(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// Names in letters that the font lacks take the place that any other name of that length takes.
#[test]
fn letters_without_a_glyph_are_drawn_as_boxes() {
    let picture = |name: &str| {
        let text = format!("a 1 1.000000: 1 c:\n\t1 {name}+0x1 (/x)\n\n");
        let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
        let args = ["flamegraph", "-", "--format", "png", "--title", "x"];
        let output = command.args(args).write_stdin(text).output().unwrap();
        pixels(&output.stdout)
    };
    // Only where its own box is: the first row of frames from the top.
    let is_ink = |picture: &Pixels, x: usize, y: usize| {
        let pixel = &picture.bytes[(y * picture.width + x) * 3..][..3];
        pixel.iter().all(|part| *part < 0x80)
    };
    let columns = |picture: &Pixels| {
        let columns = (0..picture.width).filter(|x| (60..76).any(|y| is_ink(picture, *x, y)));
        let columns: Vec<usize> = columns.collect();
        (columns[0], columns[columns.len() - 1])
    };
    let (chinese, latin) = (picture("\u{6587}\u{5b57}\u{5316}\u{3051}"), picture("MMMM"));
    assert_eq!(chinese.bytes.len(), latin.bytes.len());
    let ((left, right), (first, last)) = (columns(&chinese), columns(&latin));
    assert!(left.abs_diff(first) <= 1 && right.abs_diff(last) <= 1);
}

#[test]
fn heat_maps_are_written_as_they_should_be() {
    for (format, name) in [
        ("json", "small.heatmap.json"),
        ("csv", "small.heatmap.csv"),
        ("svg", "small.heatmap.svg"),
        ("png", "small.heatmap.png"),
    ] {
        golden(
            name,
            &export(&["heatmap", "-", "--rows", "10", "--format", format]),
        );
    }
}

/// Stacks as folded lines without the count.
type Stacks = BTreeMap<String, u64>;

fn add(stacks: &mut Stacks, names: &[String], weight: u64) {
    let names: Vec<String> = names.iter().map(|name| name.replace(';', ":")).collect();
    *stacks.entry(names.join(";")).or_default() += weight;
}

fn folded(text: &[u8]) -> Stacks {
    let mut stacks = Stacks::new();
    for line in String::from_utf8(text.to_vec()).unwrap().lines() {
        let (stack, weight) = line.rsplit_once(' ').unwrap();
        *stacks.entry(stack.to_owned()).or_default() += weight.parse::<u64>().unwrap();
    }
    stacks
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn speedscope(bytes: &[u8]) -> Stacks {
    let file: Value = serde_json::from_slice(bytes).unwrap();
    let profile = &file["profiles"][0];
    let mut stacks = Stacks::new();
    let weights = list(&profile["weights"])
        .iter()
        .map(|weight| weight.as_u64().unwrap());
    for (stack, weight) in list(&profile["samples"]).iter().zip(weights) {
        let frame = |index: &Value| {
            text(&file["shared"]["frames"][index.as_u64().unwrap() as usize]["name"])
        };
        add(
            &mut stacks,
            &list(stack).iter().map(frame).collect::<Vec<_>>(),
            weight,
        );
    }
    assert_eq!(profile["endValue"].as_u64(), Some(stacks.values().sum()));
    stacks
}

fn d3(bytes: &[u8]) -> Stacks {
    fn visit(node: &Value, path: &mut Vec<String>, stacks: &mut Stacks) {
        let callees = list(&node["children"]);
        let total = |node: &Value| node["value"].as_u64().unwrap();
        let own = total(node) - callees.iter().map(total).sum::<u64>();
        if own > 0 {
            add(stacks, path, own);
        }
        for callee in callees {
            path.push(text(&callee["name"]));
            visit(callee, path, stacks);
            path.pop();
        }
    }
    let mut stacks = Stacks::new();
    visit(
        &serde_json::from_slice(bytes).unwrap(),
        &mut Vec::new(),
        &mut stacks,
    );
    stacks
}

fn firefox(bytes: &[u8]) -> Stacks {
    let file: Value = serde_json::from_slice(bytes).unwrap();
    let mut stacks = Stacks::new();
    for thread in list(&file["threads"]) {
        let strings = list(&thread["stringArray"]);
        let at = |table: &str, column: &str, index: usize| thread[table][column][index].as_u64();
        let samples = list(&thread["samples"]["stack"])
            .iter()
            .zip(list(&thread["samples"]["weight"]));
        for (stack, weight) in samples {
            let (mut names, mut next) = (Vec::new(), stack.as_u64());
            while let Some(stack) = next {
                let stack = stack as usize;
                let frame = at("stackTable", "frame", stack).unwrap() as usize;
                let function = at("frameTable", "func", frame).unwrap() as usize;
                names.push(text(
                    &strings[at("funcTable", "name", function).unwrap() as usize],
                ));
                next = at("stackTable", "prefix", stack);
            }
            names.reverse();
            add(&mut stacks, &names, weight.as_u64().unwrap());
        }
    }
    stacks
}

/// The parts of a pprof profile that say what was counted, declared for reading.
#[derive(Clone, PartialEq, Message)]
struct Pprof {
    #[prost(message, repeated, tag = "2")]
    sample: Vec<PprofSample>,
    #[prost(message, repeated, tag = "3")]
    mapping: Vec<PprofMapping>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<PprofLocation>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<PprofFunction>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct PprofSample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct PprofMapping {
    #[prost(bool, tag = "7")]
    has_functions: bool,
    #[prost(bool, tag = "8")]
    has_filenames: bool,
    #[prost(bool, tag = "9")]
    has_line_numbers: bool,
}

#[derive(Clone, PartialEq, Message)]
struct PprofLocation {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<PprofLine>,
}

#[derive(Clone, PartialEq, Message)]
struct PprofLine {
    #[prost(uint64, tag = "1")]
    function_id: u64,
}

#[derive(Clone, PartialEq, Message)]
struct PprofFunction {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
}

fn pprof(bytes: &[u8]) -> Stacks {
    let file = Pprof::decode(&*unpacked(bytes)).unwrap();
    assert_eq!(file.string_table[0], "");
    let name = |location: &u64| {
        let location = file
            .location
            .iter()
            .find(|known| known.id == *location)
            .unwrap();
        let function = location.line[0].function_id;
        let function = file
            .function
            .iter()
            .find(|known| known.id == function)
            .unwrap();
        file.string_table[function.name as usize].clone()
    };
    let mut stacks = Stacks::new();
    for sample in &file.sample {
        let names: Vec<String> = sample.location_id.iter().rev().map(name).collect();
        add(&mut stacks, &names, sample.value[0] as u64);
    }
    stacks
}

/// Or pprof takes names from files of the machine that it runs on, and shortens those with brackets.
#[test]
fn pprof_has_nothing_to_look_up_or_to_demangle() {
    let bytes = export(&["flamegraph", "-", "--format", "pprof"]);
    let file = Pprof::decode(&*unpacked(&bytes)).unwrap();
    assert_eq!(file.mapping.len(), 4);
    let is_whole = |mapping: &PprofMapping| {
        mapping.has_functions && mapping.has_filenames && mapping.has_line_numbers
    };
    assert!(file.mapping.iter().all(is_whole));
    assert!(
        file.function
            .iter()
            .all(|function| function.name != function.system_name)
    );
}

#[test]
fn every_format_has_the_same_samples() {
    let mixed = sample_profile("mixed-mode.perf.txt");
    let mixed = mixed.to_str().unwrap();
    for choice in [
        &["-"][..],
        &["-", "--metric", "weight"],
        &["-", "--from", "1.9", "--to", "2.000001"],
        &[mixed],
        &[
            mixed, "--comm", "node", "--from", "2", "--to", "5.5", "--metric", "weight",
        ],
        &[mixed, "--from", "1000"],
    ] {
        let args = |format| [&["flamegraph"], choice, &["--format", format]].concat();
        let expected = folded(&export(&args("folded")));
        assert_eq!(
            speedscope(&export(&args("speedscope"))),
            expected,
            "{choice:?}"
        );
        assert_eq!(firefox(&export(&args("firefox"))), expected, "{choice:?}");
        assert_eq!(d3(&export(&args("d3"))), expected, "{choice:?}");
        assert_eq!(pprof(&export(&args("pprof"))), expected, "{choice:?}");
    }
}

#[test]
fn cells_of_pictures_have_the_palettes_colours() {
    let file = sample_profile("pause.perf.txt");
    let file = file.to_str().unwrap();
    let map: Value = serde_json::from_slice(&export(&[
        "heatmap", file, "--rows", "50", "--format", "json",
    ]))
    .unwrap();
    let counts: Vec<u64> = list(&map["counts"])
        .iter()
        .flat_map(|column| list(column).iter().map(|count| count.as_u64().unwrap()))
        .collect();
    let ramps = [
        ("classic", HeatRamp::Classic),
        ("enhanced", HeatRamp::Enhanced),
        ("cividis", HeatRamp::Cividis),
    ];
    let scales = [
        ("clipped", HeatScale::Clipped),
        ("linear", HeatScale::Linear),
    ];
    for ((ramp_name, ramp), (scale_name, scale)) in ramps
        .iter()
        .flat_map(|ramp| scales.map(|scale| (*ramp, scale)))
    {
        let args = [
            "heatmap", file, "--rows", "50", "--format", "png", "--ramp", ramp_name, "--scale",
            scale_name,
        ];
        let picture = pixels(&export(&args));
        let top = scale.top(&counts);
        for (index, count) in counts.iter().enumerate() {
            // Cells are 16 by 10 pixels; the first is at the bottom left.
            let (x, y) = (72 + index / 50 * 16 + 8, 58 + (49 - index % 50) * 10 + 5);
            let color = ramp.color(*count, top);
            let pixel = &picture.bytes[(y * picture.width + x) * 3..][..3];
            assert_eq!(
                pixel,
                [color.0, color.1, color.2],
                "{ramp_name} {scale_name} {index}"
            );
        }
    }
}

#[test]
fn scale_factors_make_larger_pictures_until_they_are_too_large() {
    let width = |scale: &str| {
        pixels(&export(&[
            "flamegraph",
            "-",
            "--format",
            "png",
            "--scale",
            scale,
        ]))
        .width
    };
    assert_eq!((width("1"), width("2.5")), (1200, 3000));
    let deep: String = (0..1000)
        .map(|level| format!("\t1 f{level} (/x)\n"))
        .collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberscope"));
    let output = command
        .args(["flamegraph", "-", "--format", "png", "--scale-factor", "16"])
        .write_stdin(format!("a 1 1.000000: 1 c:\n{deep}\n"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("too large"));
}
