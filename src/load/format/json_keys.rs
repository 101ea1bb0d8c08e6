//! JSON, by the names in it: as far as the first that only one format has.

use super::Format;

/// Names of members as paths from the outermost object, what their value begins with, and what has them.
/// The first in the file decides.
///
/// `{"traceEvents":[{"ph":"X"…`, `{"nodes":[{"id":1,"callFrame":…`, `{"head":{"functionName":"(root)"…`
/// `{"$schema":"https://www.speedscope.app/file-format-schema.json"…`
/// `{"meta":{…"preprocessedProfileVersion":41…`, `{"meta":…,"threads":[{"name":…,"samples":{"schema":…`
const RULES: &[(&str, &str, Format)] = &[
    ("traceEvents", "[", Format::TraceEvents),
    ("nodes", "[", Format::CpuProfile),
    ("head.functionName", "", Format::CpuProfile),
    ("head.hitCount", "", Format::CpuProfile),
    ("head.callFrame", "", Format::V8Heap),
    ("head.selfSize", "", Format::V8Heap),
    ("snapshot.meta", "", Format::V8Heap),
    ("ticks[].tm", "", Format::V8Log),
    (
        "$schema",
        "\"https://www.speedscope.app/",
        Format::Speedscope,
    ),
    ("shared.frames", "[", Format::Speedscope),
    ("meta.preprocessedProfileVersion", "", Format::Firefox),
    ("shared.stringArray", "", Format::Firefox),
    ("threads[].stringArray", "", Format::Firefox),
    ("threads[].funcTable", "", Format::Firefox),
    ("threads[].samples.schema", "", Format::Gecko),
    ("profile.threads[].samples.schema", "", Format::Gecko),
    ("resourceProfiles", "[", Format::Otlp),
    ("resource_profiles", "[", Format::Otlp),
    ("linux-perf-json-version", "", Format::PerfJson),
    ("dhatFileVersion", "", Format::Dhat),
    ("rts_arguments", "", Format::Ghc),
    ("cost_centres", "", Format::Ghc),
    ("recording.instrumentTypes", "", Format::Safari),
    ("recording.discontinuities", "", Format::Safari),
    ("missed_samples", "", Format::Stackprof),
    ("gc_samples", "", Format::Stackprof),
    ("children[].name", "\"", Format::D3),
    ("emberscope_session", "", Format::Session),
];

/// Names further inside tell nothing.
const DEEPEST: usize = 5;

/// Of a file that begins so. Lists are traces, as far as they are anything.
pub(super) fn format(head: &[u8]) -> Format {
    let mut keys = Keys::new(head);
    if head.trim_ascii_start().starts_with(b"[") {
        return Format::TraceEvents;
    }
    while let Some(value) = keys.next() {
        let is_told = |(path, begin, _): &&(&str, &str, Format)| {
            *path == keys.path && value.starts_with(begin.as_bytes())
        };
        if let Some((.., format)) = RULES.iter().find(is_told) {
            return *format;
        }
    }
    Format::Json
}

/// Goes from one name to the next. Nothing is understood that is not needed for it: what is no JSON is seen
/// by who reads it.
struct Keys<'t> {
    text: &'t [u8],
    at: usize,
    /// What is open: where its own path ends, and whether it is an object.
    open: Vec<(usize, bool)>,
    path: String,
    /// Whether a string would be a name.
    is_name: bool,
}

impl<'t> Keys<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            open: Vec::new(),
            path: String::new(),
            is_name: false,
        }
    }

    /// The next name is in `path`; gives what its value begins with.
    fn next(&mut self) -> Option<&'t [u8]> {
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'{' => self.enter(true),
                b'[' => self.enter(false),
                b'}' | b']' => {
                    self.open.pop();
                    self.is_name = false;
                }
                b',' => self.is_name = matches!(self.open.last(), Some((_, true))),
                b'"' => {
                    let text = self.string()?;
                    if std::mem::take(&mut self.is_name) && self.open.len() <= DEEPEST {
                        self.name(text);
                        return Some(self.value());
                    }
                }
                _ => {}
            }
        }
    }

    fn enter(&mut self, is_object: bool) {
        if self.open.len() < DEEPEST {
            // The path of what is open now, with the name that led here.
            let ends = self.open.last().is_some_and(|(_, is_object)| !is_object);
            if ends {
                let (end, _) = self.open[self.open.len() - 1];
                self.path.truncate(end);
            }
            if !is_object {
                self.path.push_str("[]");
            }
        }
        self.open.push((self.path.len(), is_object));
        self.is_name = is_object;
    }

    fn name(&mut self, name: &[u8]) {
        let end = self.open.last().map_or(0, |(end, _)| *end);
        self.path.truncate(end);
        if end > 0 {
            self.path.push('.');
        }
        self.path.push_str(&String::from_utf8_lossy(name));
    }

    /// Up to the quote that ends it.
    fn string(&mut self) -> Option<&'t [u8]> {
        let begin = self.at;
        loop {
            self.at += memchr::memchr2(b'"', b'\\', self.text.get(self.at..)?)?;
            if self.text[self.at] == b'"' {
                self.at += 1;
                return Some(&self.text[begin..self.at - 1]);
            }
            self.at += 2;
        }
    }

    fn value(&self) -> &'t [u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b":").unwrap_or(rest);
        rest.trim_ascii_start()
    }
}
