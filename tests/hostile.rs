//! No file can hurt: compressed ones, bombs, cut and rewritten ones, endless lines, names that
//! would drive a terminal. What cannot be loaded ends in a message that says what to do.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{SAMPLE_PROFILES, load_file, load_text, options, sample_profile, try_load_text};
use emberscope::call_tree::CallTree;
use emberscope::export::{self, Names};
use emberscope::job::Progress;
use emberscope::load::{self, LoadError, LoadOptions};
use emberscope::profile::Profile;
use emberscope::selection::Selection;
use std::io::{self, Read, Write};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(text, 3).unwrap()
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

type Packer = (&'static str, fn(&[u8]) -> Vec<u8>);
const PACKERS: [Packer; 4] = [("gzip", gzip), ("zstd", zstd), ("xz", xz), ("bzip2", bzip2)];

fn folded(profile: &Profile) -> Vec<u8> {
    let samples = common::default_samples(profile);
    let tree = CallTree::new(profile, &samples, &Selection::whole());
    let mut out = Vec::new();
    export::write_folded(profile, &tree, Names::AsTheyAre, &mut out).unwrap();
    out
}

#[test]
fn compressed_files_are_known_by_content_and_unpacked_in_all_their_members() {
    let path = sample_profile(SAMPLE_PROFILES[1]);
    let text = std::fs::read(&path).unwrap();
    let expected = load_file(&path);
    for (name, pack) in PACKERS {
        // One member after the other, as `cat a.gz b.gz` makes them, cut inside a line.
        let (first, second) = text.split_at(text.len() / 3);
        let packed = [pack(first), pack(second)].concat();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&packed).unwrap();
        let progress = Progress::default();
        let from_file = load::open(file.path(), &LoadOptions::default(), &progress).unwrap();
        assert!(from_file == expected, "{name}");
        let size = packed.len() as u64;
        assert_eq!(
            (progress.done(), progress.total()),
            (size, Some(size)),
            "{name}"
        );
        let from_stream = try_load_text(&packed, &options(2, 10_000)).unwrap();
        assert!(from_stream == expected, "{name}");
    }
}

#[test]
fn cut_or_damaged_compressed_files_end_in_a_message() {
    let text = std::fs::read(sample_profile(SAMPLE_PROFILES[1])).unwrap();
    for (name, pack) in PACKERS {
        let mut packed = pack(&text);
        packed.truncate(packed.len() / 2);
        let message = try_load_text(&packed, &LoadOptions::default())
            .unwrap_err()
            .to_string();
        assert!(
            message.contains(name) && message.contains("test: "),
            "{message}"
        );
    }
}

/// As many copies of a sample as there is time to read.
struct Endless(usize);

const SAMPLE: &[u8] = b"mt 1/1 [000]  1.000000:   7 cycles: \n\t27ff leaf+0x14 (/srv/mt)\n\n";

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = SAMPLE[self.0 % SAMPLE.len()];
            self.0 += 1;
        }
        Ok(buffer.len())
    }
}

#[test]
fn what_unpacks_to_more_than_the_limit_is_refused() {
    let mut text = Vec::new();
    Endless(0).take(20 << 20).read_to_end(&mut text).unwrap();
    for (name, pack) in PACKERS {
        let packed = pack(&text);
        let load = |limit| {
            let mut options = LoadOptions::default();
            options.unpack_limit = Some(limit);
            try_load_text(&packed, &options)
        };
        assert!(load(20 << 20).is_ok(), "{name}");
        let message = load((20 << 20) - 1).unwrap_err().to_string();
        assert!(message.contains("--unpack-limit"), "{name}: {message}");
    }
}

#[test]
fn a_bomb_is_refused_without_being_told_a_limit() {
    // Samples with a name of a mebibyte: a thousandth of that as a file.
    let name = "x".repeat(1 << 20);
    let part = format!("mt 1/1 [000]  1.000000:   7 cycles: \n\t1 {name} (/x)\n\n").repeat(32);
    let bomb = zstd(part.as_bytes()).repeat(33);
    let message = try_load_text(&bomb, &LoadOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("unpacks to more than 1073 MB"),
        "{message}"
    );
    assert!(message.contains("--unpack-limit"), "{message}");
}

#[test]
fn a_stream_without_an_end_to_its_line_is_refused() {
    let reader = Box::new(SAMPLE.chain(io::repeat(b'x')));
    let error = load::read(
        reader,
        "test".as_ref(),
        &options(1, 1 << 20),
        &Progress::default(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("longer than 256 MB"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_cut_short_while_it_loads_ends_in_a_message() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    io::copy(&mut Endless(0).take(60 << 20), &mut file).unwrap();
    let path = file.path().to_owned();
    let progress = Progress::default();
    let result = std::thread::scope(|scope| {
        let load = scope.spawn(|| load::open(&path, &options(1, 1 << 16), &progress));
        while progress.done() == 0 && !load.is_finished() {
            std::thread::yield_now();
        }
        file.as_file().set_len(1000).unwrap();
        load.join().unwrap()
    });
    let error = result.unwrap_err();
    assert!(matches!(error, LoadError::Changed(_)), "{error}");
    assert!(
        error
            .to_string()
            .contains("changed while it was being read"),
        "{error}"
    );
}

#[test]
fn a_compressed_file_that_grows_while_it_loads_ends_in_a_message() {
    let mut text = Vec::new();
    Endless(0).take(40 << 20).read_to_end(&mut text).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&zstd(&text)).unwrap();
    let path = file.path().to_owned();
    let progress = Progress::default();
    let result = std::thread::scope(|scope| {
        let load = scope.spawn(|| load::open(&path, &options(1, 1 << 16), &progress));
        while progress.done() == 0 && !load.is_finished() {
            std::thread::yield_now();
        }
        file.write_all(&zstd(SAMPLE)).unwrap();
        load.join().unwrap()
    });
    assert!(matches!(result, Err(LoadError::Changed(_))));
}

#[test]
fn a_file_that_grows_while_it_loads_ends_in_a_message() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    io::copy(&mut Endless(0).take(60 << 20), &mut file).unwrap();
    let path = file.path().to_owned();
    let progress = Progress::default();
    let result = std::thread::scope(|scope| {
        let load = scope.spawn(|| load::open(&path, &options(1, 1 << 16), &progress));
        while progress.done() == 0 && !load.is_finished() {
            std::thread::yield_now();
        }
        file.write_all(SAMPLE).unwrap();
        load.join().unwrap()
    });
    assert!(matches!(result, Err(LoadError::Changed(_))));
}

#[test]
fn lines_may_be_long_and_stacks_deep() {
    let long = "x".repeat(3_000_000);
    let deep: String = (0..200_000)
        .map(|depth| format!("\t1 f{depth}+0x1 (/x)\n"))
        .collect();
    let profile = load_text(&format!(
        "mt 1 1.000000: 1 c: \n\t1 {long}+0x1 (/x)\n\n\
         mt 1 2.000000: 1 c: \n{deep}\n\
         {long} 1 3.000000: 1 c: \n\n"
    ));
    assert_eq!(profile.samples.len(), 3);
    assert_eq!(profile.stacks.depth.iter().max(), Some(&200_001));
    let lines = folded(&profile);
    assert!(lines.len() > 2 * long.len());
}

/// Texts that a careless search would go through once for each of their bytes.
#[test]
fn no_line_takes_quadratic_time() {
    let many = |part: &str| part.repeat(400_000);
    for line in [
        format!("\t1 +{}", many("a (")) + ")",
        format!("\t1 {})", many("(")),
        format!("\t1 {})", many("a) (")),
        format!("\t1 +0x{} (/x)", many("a")),
        format!("a 1 1.000000: 1 c: {}", many("1234567890 ")),
        format!("a 1 1.000000: 1 c: {}", many("1: ")),
        many("1.000000: "),
        many("1 1.000000:"),
        many(" "),
        many("\t"),
        many("/"),
        format!("{}->{}", many("\t"), many("a->")),
        format!("\t1 {} (/tmp/perf-1.map)", many("a->")),
        format!("\t1 _ZN{}E (/x)", many("1a")),
        format!("\t1 _R{} (/x)", many("NvC")),
        format!("{}: cycles:", many("1 ")),
    ] {
        let profile = load_text(&format!("a 1 1.000000: 1 c:\n\t1 f (/x)\n\n{line}\n\n"));
        assert!(!profile.samples.is_empty());
    }
}

#[test]
fn a_short_name_cannot_stand_for_an_endless_one() {
    // Each substitution stands for twice the one before.
    let digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = String::from("_Z1fPFvP1aS_E");
    for digit in digits.chars() {
        name.push_str(&format!("PFvS{digit}_S{digit}_E"));
    }
    let profile = load_text(&format!("mt 1 1.000000: 1 c: \n\t1 {name}+0x1 (/x)\n\n"));
    assert!(folded(&profile).len() < 100_000);
}

#[test]
fn bytes_that_are_no_text_are_kept_in_folded_stacks_and_visible_elsewhere() {
    let text = b"c\xff\xfe 1 1.000000: 1 c: \n\t1 f\x00\xf0g\x1b[31m+0x1 (/x\xff)\r\n\r\n";
    let profile = try_load_text(text, &LoadOptions::default()).unwrap();
    assert_eq!(folded(&profile), b"c\xff\xfe;f\x00\xf0g\x1b[31m 1\n");
    let samples = common::default_samples(&profile);
    let filter = emberscope::filter::SampleFilter::default();
    let tree = CallTree::new(&profile, &samples, &Selection::whole());
    let mut outputs = vec![Vec::new(); 4];
    let [info, json, svg, terminal] = &mut outputs[..] else {
        unreachable!()
    };
    export::write_info_text(&profile, &filter, &samples, "x", info).unwrap();
    export::write_info_json(&profile, &filter, &samples, json).unwrap();
    let options = export::SvgOptions::default();
    export::write_flame_graph_svg(&profile, &tree, None, &options, svg).unwrap();
    export::write_folded(&profile, &tree, Names::Printable, terminal).unwrap();
    for output in outputs {
        let text = String::from_utf8(output).expect("text");
        assert!(
            !text.contains(|c: char| c.is_control() && c != '\n'),
            "{text}"
        );
    }
}

/// Each of these took time by the square of their number.
#[test]
fn there_may_be_many_processes_and_events() {
    let text: String = (0..60_000)
        .map(|index| format!("a {index}/7 1.000000: 1 event-{index}: \n\n"))
        .collect();
    let profile = load_text(&text);
    assert_eq!(
        (profile.threads.len(), profile.events.len()),
        (60_000, 60_000)
    );
    let filter = emberscope::filter::SampleFilter {
        event: emberscope::filter::EventChoice::Named(vec!["none".into()]),
        ..Default::default()
    };
    let message = filter.apply(&profile).unwrap_err().to_string();
    assert!(message.ends_with("… and 59980 more"), "{message}");
}

#[test]
fn the_last_moment_that_there_is_makes_no_sample() {
    let profile =
        load_text("a 1 18446744073.709551615: 1 c: \n\na 1 18446744073.709551614: 1 c: \n\n");
    assert_eq!(profile.samples.len(), 1);
    let mut text = Vec::new();
    let samples = common::default_samples(&profile);
    let filter = emberscope::filter::SampleFilter::default();
    export::write_info_text(&profile, &filter, &samples, "x", &mut text).unwrap();
    assert!(String::from_utf8(text).unwrap().contains("out of bounds"));
}

#[test]
fn names_inlined_into_each_other_without_end_stay_whole() {
    let name = "a->".repeat(100_000) + "a";
    let profile = load_text(&format!(
        "a 1 1.000000: 1 c: \n\t1 {name} (/tmp/perf-1.map)\n\n"
    ));
    assert_eq!(profile.frames.len(), 3);
}
