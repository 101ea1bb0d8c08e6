//! The formats as plain data: what messages say and what `docs/formats.md` lists, which a test compares.

use super::rows::TABLE;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the table says what each is")]
pub enum Format {
    PerfScript,
    PerfData,
    CpuProfile,
    TraceEvents,
    Folded,
    Pprof,
    Export,
    Session,
    Packed,
    Lz4,
    Zip,
    Compress,
    OldPerfData,
    PerfJson,
    PerfReport,
    PerfStat,
    PerfTrace,
    Ftrace,
    TraceDat,
    BpftraceMap,
    Dtrace,
    Pmcstat,
    Vtune,
    Instruments,
    MacSample,
    Callgrind,
    Ghc,
    Jfr,
    Firefox,
    Gecko,
    Speedscope,
    D3,
    Otlp,
    Perfetto,
    Simpleperf,
    Art,
    Nflxprofile,
    Gperftools,
    V8Heap,
    V8Log,
    Safari,
    Stackprof,
    Dhat,
    HeapText,
    Memray,
    Json,
}

/// What is known of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormatInfo {
    /// Which it is.
    pub format: Format,
    /// What a file of it is called in a sentence: `a JFR recording`.
    pub name: &'static str,
    /// What tells it from others.
    pub recognised: &'static str,
    /// Whether it says when things happened.
    pub times: Times,
    /// What is made of it.
    pub use_of: Use,
    /// The command that records it; may be empty.
    pub recorded: &'static str,
}

/// Whether a format says when things happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// It does.
    Yes,
    /// It does not, so that there can be no heat map.
    No,
    /// Where that is so.
    Where(&'static str),
    /// As what is in it.
    AsInside,
}

/// What is made of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// This of it is read.
    Read(&'static str),
    /// Nothing; what can be done instead, if anything is known.
    Instead(&'static str),
}

impl Times {
    /// As the end of `it has …`.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Yes => "it has times".to_owned(),
            Self::No => "it has no times".to_owned(),
            Self::Where(place) => format!("it has times where {place}"),
            Self::AsInside => "it has the times of what is in it".to_owned(),
        }
    }
}

impl Format {
    /// What is known of it.
    #[must_use]
    pub fn info(self) -> &'static FormatInfo {
        // The table is in the enum's order, which a test checks.
        &TABLE[self as usize]
    }

    /// What is said of a file that is not read: what it is, whether it has times, what to do.
    pub(crate) fn refusal(self) -> String {
        let info = self.info();
        let mut refusal = format!("is {}, which emberscope does not read", info.name);
        if info.times != Times::AsInside {
            refusal = format!("{refusal}; {}", info.times.sentence());
        }
        match info.use_of {
            Use::Instead(advice) if !advice.is_empty() => format!("{refusal}; {advice}"),
            _ => refusal,
        }
    }
}

/// All formats that are told apart.
#[must_use]
pub fn formats() -> &'static [FormatInfo] {
    TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_its_formats() {
        for (info, place) in TABLE.iter().zip(0..) {
            assert_eq!(info.format as usize, place, "{}", info.name);
        }
        assert_eq!(Format::Json as usize + 1, TABLE.len());
    }
}
