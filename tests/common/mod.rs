//! What the tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses a part of it, and a test may fail"
)]

use emberscope::filter::{SampleFilter, Samples};
use emberscope::job::Progress;
use emberscope::load::{self, LoadError, LoadOptions};
use emberscope::profile::{Profile, StackId, printable};
use std::path::{Path, PathBuf};

/// The profiles that come with the program.
pub(crate) const SAMPLE_PROFILES: [&str; 4] = [
    "latency-spike.perf.txt",
    "pause.perf.txt",
    "single-threaded-phase.perf.txt",
    "mixed-mode.perf.txt",
];

pub(crate) fn sample_profile(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sample-profiles")
        .join(name)
}

pub(crate) fn options(threads: usize, piece_size: usize) -> LoadOptions {
    let mut options = LoadOptions::default();
    options.threads = Some(threads);
    options.piece_size = piece_size;
    options
}

pub(crate) fn try_load_text(text: &[u8], options: &LoadOptions) -> Result<Profile, LoadError> {
    let reader = Box::new(std::io::Cursor::new(text.to_vec()));
    load::read(reader, "test".as_ref(), options, &Progress::default())
}

pub(crate) fn load_text(text: &str) -> Profile {
    try_load_text(text.as_bytes(), &LoadOptions::default()).unwrap()
}

pub(crate) fn load_file(path: &Path) -> Profile {
    load::open(path, &LoadOptions::default(), &Progress::default()).unwrap()
}

/// The folder of real profiles that `EMBERSCOPE_CORPUS` names, and what its inventory says of each.
pub(crate) fn corpus() -> Option<(PathBuf, serde_json::Map<String, serde_json::Value>)> {
    let folder = PathBuf::from(std::env::var_os("EMBERSCOPE_CORPUS")?);
    let text = std::fs::read_to_string(folder.join("inventory.json")).unwrap();
    Some((folder, serde_json::from_str(&text).unwrap()))
}

/// The folder `inputs` beside that one: files of formats besides `perf script` text.
pub(crate) fn inputs() -> Option<PathBuf> {
    let corpus = PathBuf::from(std::env::var_os("EMBERSCOPE_CORPUS")?);
    let folder = corpus.parent()?.join("inputs");
    folder.is_dir().then_some(folder)
}

/// The profiles that come with the program, and those of that folder.
pub(crate) fn all_files() -> Vec<PathBuf> {
    let mut files = Vec::from(SAMPLE_PROFILES.map(sample_profile));
    if let Some((folder, inventory)) = corpus() {
        files.extend(inventory.keys().map(|name| folder.join(name)));
    }
    files
}

/// All samples of the first event, idle ones left out.
pub(crate) fn default_samples(profile: &Profile) -> Samples {
    SampleFilter::default().apply(profile).unwrap()
}

/// A stack as `comm;root;leaf`.
pub(crate) fn stack_text(profile: &Profile, stack: StackId) -> String {
    let mut names: Vec<String> = profile
        .stacks
        .path_up(stack)
        .map(|node| {
            profile
                .frame_name(profile.stacks.frame[node.index()])
                .into_owned()
        })
        .collect();
    names.reverse();
    names.join(";")
}

/// Each sample in time order, as `seconds comm pid/tid [cpu] weight event: stack`.
pub(crate) fn describe(profile: &Profile) -> Vec<String> {
    let samples = &profile.samples;
    let describe_one = |index: usize| {
        let thread = &profile.threads[samples.thread[index].index()];
        let pid = thread.pid.map_or(String::new(), |pid| format!("{pid}/"));
        let tid = thread.tid.map_or(String::new(), |tid| tid.to_string());
        let cpu = samples.cpu[index]
            .number()
            .map_or(String::new(), |cpu| format!("[{cpu}] "));
        format!(
            "{} {} {pid}{tid} {cpu}{} {}: {}",
            samples.time[index],
            printable(profile.strings.get(thread.comm)),
            samples.weight[index],
            profile.event_name(samples.event[index]),
            stack_text(profile, samples.stack[index]),
        )
    };
    (0..samples.len()).map(describe_one).collect()
}
