//! Session files (`name.emberscope.json`): which profiles are open, what is chosen of each, selections
//! that were kept, and notes. Plain JSON, described in `docs/sessions.md`; older versions keep opening.

use crate::export::{WriteError, has_ending, write_file};
use crate::filter::{EventChoice, IdleRule, Metric, SampleFilter};
use crate::grouping::Grouping;
use crate::profile::{
    FrameId, FrameKind, Profile, TimeRange, format_seconds, parse_seconds, printable,
};
use crate::roots::Roots;
use crate::selection::Selection;
use crate::shape::Shape;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

/// Of the format.
pub const VERSION: u32 = 1;

/// What the files' names end with.
pub const ENDING: &str = "emberscope.json";

/// No session is as large; what is larger is something else.
const LARGEST: u64 = 64 << 20;

/// No session has more profiles.
const MOST_PROFILES: usize = 100;

/// In characters: no more of what a file says is shown in a line.
const MOST_QUOTED: usize = 200;

/// A session: what it takes to see again what was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionFile {
    /// The format's [`VERSION`].
    #[serde(rename = "emberscope_session")]
    pub version: u32,
    /// The profiles, in the order of their tabs.
    pub profiles: Vec<ProfileView>,
    /// Which of them is in front.
    #[serde(default)]
    pub shown: usize,
}

/// A profile, and what is chosen to be seen of it. What a file leaves out is as when a profile is
/// opened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileView {
    /// Where it is; in the file, from the session file's folder on.
    pub file: PathBuf,
    /// The selection; none for the whole profile.
    pub select: Vec<Seconds>,
    /// What the selection is compared with: ranges, or none for the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Vec<Seconds>>,
    /// Or another profile, and what of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<OtherView>,
    /// What is searched for.
    pub search: String,
    /// Which samples count.
    pub filter: FilterView,
    /// Rows of the heat map, where they were chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
    /// A column's length in nanoseconds, where it was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column_nanos: Option<u64>,
    /// What the heat map's rows are, where they are no offsets: `CPUs`, `Threads`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lanes: Option<String>,
    /// What stacks begin with, where that is not the thread's name: `thread`, `process`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roots: Option<String>,
    /// What frames stand for, where that is no function: `templates`, `packages`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grouping: Option<String>,
    /// Whether the flame graph's root is at the top; as the program has it where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icicle: Option<bool>,
    /// Whether the flame graph begins with the leaves.
    pub from_leaves: bool,
    /// Whether recursion is shown as one call.
    pub collapse_recursion: bool,
    /// What is shown in place of samples: `off-CPU time`, `instructions / cycles`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// Whether the comparison is by time rather than by share.
    #[serde(skip_serializing_if = "is_false")]
    pub by_time: bool,
    /// Whether only what has vanished is shown.
    #[serde(skip_serializing_if = "is_false")]
    pub vanished: bool,
    /// The frames from the root to the one that is as wide as the flame graph.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zoom: Vec<FrameName>,
    /// The function that callers and callees are shown of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandwich: Option<FrameName>,
    /// The function that alone is shown, with what it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<FrameName>,
    /// Functions that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<FrameName>,
    /// The function that is marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked: Option<FrameName>,
    /// Selections that were kept.
    pub kept: Vec<KeptSelection>,
    /// Whatever there is to say.
    pub notes: String,
}

impl ProfileView {
    /// Whether nothing is chosen: the profile is shown as any that is opened.
    pub fn is_plain(&self) -> bool {
        let plain = Self {
            file: self.file.clone(),
            ..Self::default()
        };
        *self == plain
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Another profile that a selection is compared with: what was shown of it then.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherView {
    /// As in [`ProfileView`], and so are all the others.
    pub file: PathBuf,
    /// What of it; none for all.
    pub select: Vec<Seconds>,
    /// Which samples count.
    pub filter: FilterView,
    /// What counts in place of samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
}

impl ProfileView {
    /// What stacks are made of.
    pub fn shape(&self) -> Shape {
        let (roots, grouping) = (self.roots.as_deref(), self.grouping.as_deref());
        Shape {
            roots: roots.and_then(Roots::named).unwrap_or_default(),
            grouping: grouping.and_then(Grouping::named).unwrap_or_default(),
        }
    }

    /// The same of this shape, of which nothing is kept that a profile is loaded with.
    pub fn with_shape(self, shape: Shape) -> Self {
        let Shape { roots, grouping } = shape;
        let plain = Shape::default();
        Self {
            roots: (roots != plain.roots).then(|| roots.name().to_owned()),
            grouping: (grouping != plain.grouping).then(|| grouping.name().to_owned()),
            ..self
        }
    }
}

/// A frame by what is displayed of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FrameName {
    /// The function's name, or the thread's.
    pub name: String,
    /// Where the function is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// Whether it is a thread's.
    #[serde(skip_serializing_if = "is_false")]
    pub thread: bool,
    /// Whether it is a copy that was inlined.
    #[serde(skip_serializing_if = "is_false")]
    pub inlined: bool,
}

impl FrameName {
    /// Of a frame of a profile.
    pub fn of(profile: &Profile, frame: FrameId) -> Self {
        Self {
            name: profile.frame_name(frame).into_owned(),
            module: profile.frame_module(frame).into_owned(),
            thread: profile.frames.kind[frame.index()] == FrameKind::Comm,
            inlined: profile.frames.kind[frame.index()] == FrameKind::Inlined,
        }
    }

    /// The first frame of a profile that is displayed so, inlined or not as this one where there are both.
    pub fn find(&self, profile: &Profile) -> Option<FrameId> {
        let (all, strings) = (&profile.frames, &profile.strings);
        let is_it = |frame: &FrameId| {
            let is_thread = all.kind[frame.index()] == FrameKind::Comm;
            is_thread == self.thread
                && profile.frame_name(*frame) == self.name
                && profile.frame_module(*frame) == self.module
        };
        // They are in order of their names, but for the root's.
        let name = self.name.as_bytes();
        let before = all.name[1..].partition_point(|id| strings.get(*id) < name);
        let named = all.name[1 + before..].iter();
        let named = named.take_while(|id| strings.get(**id) == name).count();
        let ids = |range: std::ops::Range<usize>| range.map(|index| FrameId(index as u32));
        let is_same_copy = |frame: &FrameId| {
            is_it(frame) && (all.kind[frame.index()] == FrameKind::Inlined) == self.inlined
        };
        let range = 1 + before..1 + before + named;
        let found = ids(range.clone()).find(is_same_copy);
        let found = found.or_else(|| ids(range).find(is_it));
        // A name that is no plain text is shown otherwise than it is ordered by.
        let is_escaped = self.name.contains('\\');
        match found {
            None if is_escaped => ids(1..all.len()).find(is_it),
            found => found,
        }
    }
}

/// A selection that was given a name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptSelection {
    /// Its name.
    pub name: String,
    /// Its ranges.
    pub select: Vec<Seconds>,
}

/// A [`SampleFilter`] as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterView {
    /// Whether all events are shown.
    pub all_events: bool,
    /// The events that are shown; without any, the first in the file.
    pub events: Vec<String>,
    /// As in [`SampleFilter`], and so are all the others.
    pub comms: Vec<String>,
    /// Machines.
    pub hosts: Vec<String>,
    /// Processes.
    pub pids: Vec<i32>,
    /// Threads.
    pub tids: Vec<i32>,
    /// CPUs.
    pub cpus: Vec<u16>,
    /// Regular expressions.
    pub stacks: Vec<String>,
    /// Regular expressions.
    pub also_stacks: Vec<String>,
    /// Regular expressions.
    pub excluded_stacks: Vec<String>,
    /// Which samples are idle.
    pub idle: IdleRule,
    /// Whether those count.
    pub include_idle: bool,
    /// What a sample counts for.
    pub metric: Metric,
}

impl From<&SampleFilter> for FilterView {
    fn from(filter: &SampleFilter) -> Self {
        let patterns = |list: &[Regex]| list.iter().map(|regex| regex.to_string()).collect();
        Self {
            all_events: filter.event == EventChoice::All,
            events: match &filter.event {
                EventChoice::Named(names) => names.clone(),
                EventChoice::First | EventChoice::All => Vec::new(),
            },
            comms: filter.comms.clone(),
            hosts: filter.hosts.clone(),
            pids: filter.pids.clone(),
            tids: filter.tids.clone(),
            cpus: filter.cpus.clone(),
            stacks: patterns(&filter.stacks),
            also_stacks: patterns(&filter.also_stacks),
            excluded_stacks: patterns(&filter.excluded_stacks),
            idle: filter.idle,
            include_idle: filter.include_idle,
            metric: filter.metric,
        }
    }
}

impl FilterView {
    /// The filter.
    ///
    /// # Errors
    /// Where a regular expression is none.
    pub fn filter(&self) -> Result<SampleFilter, String> {
        let pattern = |text: &String| Regex::new(text).map_err(|error| error.to_string());
        let patterns = |list: &[String]| list.iter().map(pattern).collect::<Result<_, _>>();
        Ok(SampleFilter {
            event: match (self.all_events, &self.events[..]) {
                (true, _) => EventChoice::All,
                (false, []) => EventChoice::First,
                (false, names) => EventChoice::Named(names.to_vec()),
            },
            comms: self.comms.clone(),
            hosts: self.hosts.clone(),
            pids: self.pids.clone(),
            tids: self.tids.clone(),
            cpus: self.cpus.clone(),
            stacks: patterns(&self.stacks)?,
            also_stacks: patterns(&self.also_stacks)?,
            excluded_stacks: patterns(&self.excluded_stacks)?,
            idle: self.idle,
            include_idle: self.include_idle,
            metric: self.metric,
        })
    }
}

/// A range of time as people write it, `12.3..12.55`: seconds since the origin, the end excluded.
/// Exact, as it is kept in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seconds {
    from: u64,
    to: u64,
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}..{}",
            format_seconds(self.from),
            format_seconds(self.to)
        )
    }
}

impl From<Seconds> for String {
    fn from(seconds: Seconds) -> Self {
        seconds.to_string()
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected seconds since the origin, such as 12.3..12.55";
        let (from, to) = text.split_once("..").ok_or(expected)?;
        let number = |text: &str| parse_seconds(text.trim()).map_err(|_| expected.to_owned());
        match (number(from)?, number(to)?) {
            (from, to) if from < to => Ok(Self { from, to }),
            _ => Err("expected the beginning of a range before its end".to_owned()),
        }
    }
}

impl TryFrom<String> for Seconds {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The ranges of a selection, since the origin.
pub fn to_seconds(selection: &Selection, profile: &Profile) -> Vec<Seconds> {
    let since = |time: crate::profile::Timestamp| time.nanos_since(profile.origin());
    let ranges = selection.ranges().iter();
    let seconds = ranges.map(|range| Seconds {
        from: since(range.start),
        to: since(range.end),
    });
    // What lies before the profile is none of it.
    seconds.filter(|range| range.from < range.to).collect()
}

/// The selection on the profile's clock.
pub fn to_selection(ranges: &[Seconds], profile: &Profile) -> Selection {
    let at = |nanos: u64| profile.origin().saturating_add(nanos);
    let ranges = ranges.iter().map(|range| TimeRange {
        start: at(range.from),
        end: at(range.to),
    });
    Selection::from_ranges(ranges.collect())
}

/// Why a session can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The file can't be read.
    #[error("{}: cannot open: {reason}", shown(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// It is something else.
    #[error(
        "{}: is no session of emberscope, or was damaged: {reason}; expected a file that File, Save session wrote",
        shown(path)
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What was not understood.
        reason: String,
    },
    /// It is of a later version.
    #[error(
        "{}: was saved by a newer emberscope (its format is version {version}, and this program knows {VERSION}); update this one",
        shown(path)
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
}

/// As it can be shown in a line, and not too long for it.
pub(crate) fn brief(text: &str) -> String {
    let text = printable(text.as_bytes());
    match text.char_indices().nth(MOST_QUOTED) {
        None => text.into_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn shown(path: &Path) -> std::borrow::Cow<'_, str> {
    printable(path.as_os_str().as_encoded_bytes())
}

/// Whether a file is a session: by its name or, of other JSON, by how it begins.
pub fn is_session(path: &Path) -> bool {
    has_ending(path, &[ENDING]) || has_ending(path, &["json"]) && begins_as_session(path)
}

fn begins_as_session(path: &Path) -> bool {
    const MARK: &str = "\"emberscope_session\"";
    let start = read_regular(path, 200);
    start.is_ok_and(|start| String::from_utf8_lossy(&start).contains(MARK))
}

/// The first bytes of a file. Nothing else is opened: a pipe might never answer, a device never end.
fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a session; paths in it then are those of the files, wherever the program was started.
///
/// # Errors
/// Where it can't be read, is something else, or is newer than this program.
pub fn open(path: &Path) -> Result<SessionFile, SessionError> {
    // Its length need not be true: what is read counts.
    match read_regular(path, LARGEST + 1) {
        Ok(text) => parse(&text, path),
        Err(reason) => Err(SessionError::Read {
            path: path.to_owned(),
            reason,
        }),
    }
}

/// The same of a session's text, which is that of the file at `path`.
///
/// # Errors
/// Where it is something else, or is newer than this program.
pub fn parse(text: &[u8], path: &Path) -> Result<SessionFile, SessionError> {
    #[derive(Deserialize)]
    struct Version {
        emberscope_session: u32,
    }
    // The reason may quote the file, which may hold anything.
    let foreign = |reason: String| SessionError::Foreign {
        path: path.to_owned(),
        reason: brief(&reason),
    };
    if text.len() as u64 > LARGEST {
        return Err(foreign("it is too large".to_owned()));
    }
    let parse = |error: serde_json::Error| foreign(error.to_string());
    // Of a newer one, no more than this can be known.
    let version: Version = serde_json::from_slice(text).map_err(parse)?;
    let version = version.emberscope_session;
    if version > VERSION {
        let path = path.to_owned();
        return Err(SessionError::Newer { path, version });
    }
    let mut session: SessionFile = serde_json::from_slice(text).map_err(parse)?;
    if session.profiles.len() > MOST_PROFILES {
        let count = session.profiles.len();
        return Err(foreign(format!(
            "it has {count} profiles, expected {MOST_PROFILES} at most"
        )));
    }
    let folder = folder(path);
    for profile in &mut session.profiles {
        for filter in filters(profile) {
            filter.filter().map_err(foreign)?;
        }
        for file in files(profile) {
            *file = without_steps_back(&folder.join(&*file));
            if is_session(file) {
                let file = shown(file);
                return Err(foreign(format!("{file} is a session, expected a profile")));
            }
        }
    }
    Ok(session)
}

/// Writes a session; its profiles' paths from its own folder on, so that they can be moved together.
///
/// # Errors
/// Where the file can't be written.
pub fn save(session: &SessionFile, path: &Path) -> Result<(), WriteError> {
    let mut session = session.clone();
    session.version = VERSION;
    let folder = folder(path);
    for file in session.profiles.iter_mut().flat_map(files) {
        *file = relative(file, &folder);
    }
    write_file(path, |out| {
        serde_json::to_writer_pretty(&mut *out, &session)?;
        writeln!(out)
    })
}

/// The files that are named: the profile's, and that of the one that it is compared with.
fn files(view: &mut ProfileView) -> impl Iterator<Item = &mut PathBuf> {
    let other = view.compared_with.as_mut();
    std::iter::once(&mut view.file).chain(other.map(|other| &mut other.file))
}

fn filters(view: &ProfileView) -> impl Iterator<Item = &FilterView> {
    let other = view.compared_with.as_ref();
    std::iter::once(&view.filter).chain(other.map(|other| &other.filter))
}

/// The folder that a file is in, from the root on.
fn folder(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    without_steps_back(path.parent().unwrap_or(Path::new("")))
}

/// `path` from `folder` on, with steps back where it is elsewhere.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let path = without_steps_back(&path);
    let shared = path
        .components()
        .zip(folder.components())
        .take_while(|(one, other)| one == other)
        .count();
    // On another drive there is no way back.
    if shared == 0 {
        return path;
    }
    let back = folder
        .components()
        .skip(shared)
        .map(|_| Component::ParentDir);
    back.chain(path.components().skip(shared)).collect()
}

/// `/a/c` of `/a/b/../c`.
fn without_steps_back(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir if plain.parent().is_some() => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// The command that opens the window on the same: what a link would be.
pub fn command_line(view: &ProfileView) -> String {
    let mut words = vec!["emberscope".to_owned()];
    let file = shown(&view.file).into_owned();
    // What begins with a dash would be an option.
    words.push(if file.starts_with('-') {
        format!("./{file}")
    } else {
        file
    });
    let mut add = |option: &str, values: &mut dyn Iterator<Item = String>| {
        for value in values {
            words.push(format!("--{option}={value}"));
        }
    };
    let filter = &view.filter;
    let text = <[String]>::iter;
    add("roots", &mut view.roots.iter().cloned());
    add("group", &mut view.grouping.iter().cloned());
    add("select", &mut view.select.iter().map(Seconds::to_string));
    let search = Some(view.search.clone()).filter(|search| !search.is_empty());
    add("search", &mut search.into_iter());
    add(
        "event",
        &mut filter.all_events.then(|| "all".to_owned()).into_iter(),
    );
    add("event", &mut text(&filter.events).cloned());
    add("comm", &mut text(&filter.comms).cloned());
    add("host", &mut text(&filter.hosts).cloned());
    add("pid", &mut filter.pids.iter().map(i32::to_string));
    add("tid", &mut filter.tids.iter().map(i32::to_string));
    add("cpu", &mut filter.cpus.iter().map(u16::to_string));
    add("stack", &mut text(&filter.stacks).cloned());
    add("also-stack", &mut text(&filter.also_stacks).cloned());
    add("exclude-stack", &mut text(&filter.excluded_stacks).cloned());
    let idle = match filter.idle {
        IdleRule::Leaf => None,
        IdleRule::Stack => Some("stack"),
        IdleRule::Task => Some("task"),
        IdleRule::None => Some("none"),
    };
    add("idle", &mut idle.map(str::to_owned).into_iter());
    let weight = (filter.metric == Metric::Weight).then(|| "weight".to_owned());
    add("metric", &mut weight.into_iter());
    if filter.include_idle {
        words.push("--include-idle".to_owned());
    }
    let words = words
        .iter()
        .map(|word| crate::load::shell_word(Path::new(word)));
    words.collect::<Vec<_>>().join(" ")
}
