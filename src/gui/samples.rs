//! The sample profiles that come with the program, inside of it.

/// A recording that comes with the program.
#[derive(Debug)]
pub(super) struct Sample {
    /// Its file name in `sample-profiles/`.
    pub(super) file_name: &'static str,
    /// What is to be found in it.
    pub(super) description: &'static str,
    /// Its text.
    pub(super) text: &'static [u8],
}

/// All of them.
pub(super) static SAMPLES: [Sample; 4] = [
    Sample {
        file_name: "latency-spike.perf.txt",
        description: "a server that rebuilds its index every few seconds",
        text: include_bytes!("../../sample-profiles/latency-spike.perf.txt"),
    },
    Sample {
        file_name: "pause.perf.txt",
        description: "busy threads that all stop once",
        text: include_bytes!("../../sample-profiles/pause.perf.txt"),
    },
    Sample {
        file_name: "single-threaded-phase.perf.txt",
        description: "parallel work with phases on one CPU",
        text: include_bytes!("../../sample-profiles/single-threaded-phase.perf.txt"),
    },
    Sample {
        file_name: "mixed-mode.perf.txt",
        description: "Java, Node.js, C++ and the kernel side by side",
        text: include_bytes!("../../sample-profiles/mixed-mode.perf.txt"),
    },
];
