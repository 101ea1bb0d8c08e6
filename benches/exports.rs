//! Exports, each beside the text that it is of: its time by that of loading the text, its size by the text's.
//!
//! The text has 200 MB (`EMBERSCOPE_BENCH_MB` sets another size); for other tools all of it is exported.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]
#![allow(clippy::print_stdout, reason = "a benchmark speaks")]

mod generated;
mod measure;

use emberscope::call_tree::CallTree;
use emberscope::export::{
    self, FlameGraphExport, FlameGraphFormat, HeatMapPictureOptions, Names, ParquetExport, Report,
    ReportOptions, SvgOptions, report_page,
};
use emberscope::filter::{Metric, SampleFilter, Samples};
use emberscope::findings::{FindOptions, find};
use emberscope::heat_map::{HeatMap, HeatMapOptions};
use emberscope::job::Progress;
use emberscope::load::{self, LoadOptions};
use emberscope::palette::{HeatRamp, HeatScale};
use emberscope::parquet_schema::Table;
use emberscope::profile::Profile;
use emberscope::selection::Selection;
use generated::Stacks;
use measure::{heading, medians, row, work};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const ROUNDS: usize = 3;

fn main() {
    let megabytes = std::env::var("EMBERSCOPE_BENCH_MB").map_or(200, |text| text.parse().unwrap());
    row(
        "what",
        "target",
        "measured: time by loading, size by the text",
    );
    for (stacks, title) in [
        (Stacks::Repeat, "Stacks repeat"),
        (Stacks::HardlyRepeat, "Stacks hardly repeat"),
    ] {
        let folder = TempDir::new().unwrap();
        let text = folder.path().join("generated.perf.txt");
        let out = &mut BufWriter::new(File::create(&text).unwrap());
        generated::write_profile(out, stacks, megabytes * 1_000_000).unwrap();
        let profile = open(&text);
        heading(&format!("{title}: {} samples", profile.samples.len()));
        let text = Text {
            bytes: fs::metadata(&text).unwrap().len(),
            path: text,
        };
        flame_graphs(&profile, &text);
        heat_maps(&profile, &text);
        page(&profile, &text);
        tables(&profile, &text, folder.path());
    }
}

fn open(path: &Path) -> Profile {
    load::open(path, &LoadOptions::default(), &Progress::default()).unwrap()
}

/// What exports are held against.
struct Text {
    path: PathBuf,
    bytes: u64,
}

impl Text {
    /// Measures something of the profile, which makes so many bytes.
    fn compare(&self, what: &str, bytes: u64, run: impl FnMut()) {
        let [loading, time] = medians(ROUNDS, [work(|| open(&self.path)), work(run)]);
        let share = |time: Duration| time.as_secs_f64() / loading.as_secs_f64();
        let size = bytes as f64 / self.bytes as f64;
        let measured = format!("{:.3} of loading, {size:.5} of the text", share(time));
        row(what, "", &measured);
    }

    /// The same of what is written.
    fn compare_written(&self, what: &str, write: impl Fn(&mut Counted) -> io::Result<()>) {
        let written = || {
            let mut counted = Counted(0);
            write(&mut counted).unwrap();
            counted.0
        };
        self.compare(what, written(), || {
            written();
        });
    }
}

/// Bytes that are written, and nothing of them kept.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(profile: &Profile) -> Samples {
    SampleFilter::default().apply(profile).unwrap()
}

/// With the call tree that they are of.
fn flame_graphs(profile: &Profile, text: &Text) {
    let (samples, selection) = (shown(profile), Selection::whole());
    let options = SvgOptions {
        title: "Flame graph".to_owned(),
        subtitle: String::new(),
        icicle: false,
        ..SvgOptions::default()
    };
    for format in FlameGraphFormat::ALL {
        text.compare_written(format.title(), |out| {
            let tree = CallTree::new(profile, &samples, &selection);
            let graph = FlameGraphExport {
                profile,
                samples: &samples,
                selection: &selection,
                tree: &tree,
                against: None,
                options: &options,
                scale_factor: 1.0,
                names: Names::AsTheyAre,
            };
            format.write(&graph, BufWriter::new(out))
        });
    }
}

fn heat_maps(profile: &Profile, text: &Text) {
    let samples = shown(profile);
    let shape = HeatMapOptions::fitting(profile, 50);
    let options = HeatMapPictureOptions {
        title: "Heat map".to_owned(),
        subtitle: String::new(),
        ramp: HeatRamp::Classic,
        scale: HeatScale::Clipped,
        end: 0,
        metric: Metric::Samples,
    };
    let map = || HeatMap::new(profile, &samples, shape).unwrap();
    text.compare_written("Heat map (SVG)", |out| {
        export::write_heat_map_svg(&map(), &options, BufWriter::new(out))
    });
    text.compare_written("Heat map (PNG)", |out| {
        export::write_heat_map_png(&map(), &options, 1.0, BufWriter::new(out))
    });
    text.compare_written("Heat map (CSV)", |out| {
        export::write_heat_map_csv(&map(), BufWriter::new(out))
    });
    text.compare_written("Heat map (JSON)", |out| {
        export::write_heat_map_json(&map(), Metric::Samples, "", BufWriter::new(out))
    });
}

/// With its findings.
fn page(profile: &Profile, text: &Text) {
    let samples = shown(profile);
    let rows = HeatMapOptions::rows_for(profile);
    let options = ReportOptions {
        title: "Profile".to_owned(),
        file_name: "generated.perf.txt".to_owned(),
        filters: String::new(),
        subtitle: String::new(),
        metric: Metric::Samples,
        ramp: HeatRamp::Classic,
        scale: HeatScale::Clipped,
        icicle: false,
        range: None,
        size_limit: 5_000_000,
    };
    text.compare_written("Page for browsers", |out| {
        let found = find(
            profile,
            &samples,
            &FindOptions::default(),
            &Progress::default(),
        );
        let report = Report {
            profile,
            samples: &samples,
            tree: &CallTree::new(profile, &samples, &Selection::whole()),
            map: &HeatMap::new(profile, &samples, HeatMapOptions::fitting(profile, rows)).unwrap(),
            findings: &found,
            kept: &[],
            options: &options,
        };
        let page = report_page(&report).map_err(io::Error::other)?;
        out.write_all(page.html.as_bytes())
    });
}

fn tables(profile: &Profile, text: &Text, folder: &Path) {
    let folder = folder.join("tables");
    let export = ParquetExport {
        name: "generated".to_owned(),
        host: "generated".to_owned(),
    };
    let write = || export::write_parquet(profile, &folder, &export).unwrap();
    write();
    let size = |table: &Table| {
        fs::metadata(table.path(&folder, "generated"))
            .unwrap()
            .len()
    };
    let size = Table::ALL.iter().map(size).sum();
    text.compare("Parquet, written", size, write);
    text.compare("Parquet, opened", size, || drop(open(&folder)));
}
