//! `perf.data` files: printed by the machine's own `perf`, whose output is loaded as it comes.

use super::LoadError;
use crate::profile::printable;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What is asked of `perf script`; `perf` refuses fields that a file lacks, and says which.
const FIELDS: [&str; 12] = [
    "comm", "pid", "tid", "cpu", "time", "period", "event", "trace", "ip", "sym", "symoff", "dso",
];
/// What it says of a field that only some events have: there is always one that has not.
const IGNORED: &str = "'trace' not valid for ";
/// What may be the reason, and what to do.
const NEWER: &str = "; most likely it was recorded by a newer perf than the one here: print it with that (perf script --header > FILE), or install it (or the file is damaged)";
const PROGRAM: &str = "perf";
/// How much of what `perf` says on standard error is kept.
const MAX_MESSAGES: u64 = 64 << 10;
/// The header has a line for each event and CPU of a large machine.
const MAX_HEADER: usize = 16 << 20;
/// How long the end of its messages is waited for: a child of its own may hold them open.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether `head` begins a `perf.data` file.
pub(crate) fn is_perf_data(head: &[u8]) -> bool {
    head.starts_with(b"PERFILE2") || head.starts_with(b"2ELIFREP")
}

/// A running `perf script`.
pub(crate) struct PerfScript {
    child: Arc<Mutex<Child>>,
    output: ChildStdout,
    messages: Option<Receiver<Vec<u8>>>,
    said: Arc<Mutex<Vec<String>>>,
    /// Why it prints none, if so.
    without_header: Option<String>,
}

/// Lets others see what `perf` says, and end it.
#[derive(Clone)]
pub(crate) struct PerfHandle {
    child: Arc<Mutex<Child>>,
    said: Arc<Mutex<Vec<String>>>,
}

impl PerfHandle {
    /// Ends `perf`.
    pub(crate) fn kill(&self) {
        // It may have ended by itself.
        let _ = lock(&self.child).kill();
    }

    /// Its messages, once it has ended.
    pub(crate) fn messages(&self) -> Vec<String> {
        lock(&self.said).clone()
    }
}

/// Prints the file at `path` with the fields that it has.
pub(crate) fn print(path: &Path) -> Result<(PerfScript, Vec<u8>), LoadError> {
    let mut fields = FIELDS.to_vec();
    // What it said with the header, where that was too much for it.
    let mut failed: Option<String> = None;
    loop {
        let mut script = PerfScript::start(path, &fields, failed.is_none())?;
        script.without_header.clone_from(&failed);
        // With a field too many, `perf` ends at once, after the header.
        let mut head = Vec::new();
        match read_head(&mut script, &mut head) {
            Ok(()) => return Ok((script, head)),
            Err(error) => {
                let message = error.to_string();
                let refused =
                    |field: &&str| message.contains(&format!("Cannot print '{field}' field"));
                match (fields.iter().position(refused), failed.take()) {
                    (Some(at), before) => {
                        fields.remove(at);
                        failed = before;
                    }
                    // A file may be cut in what the header is made of, behind all samples.
                    (None, None) => failed = Some(message),
                    (None, Some(message)) => {
                        let path = path.to_owned();
                        return Err(LoadError::Perf { path, message });
                    }
                }
            }
        }
    }
}

/// The first `perf` of PATH. Elements that are not absolute are skipped: the folder that the program was
/// started in may be the one that came with the file.
fn find_perf() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    let mut programs = folders.map(|folder| folder.join(PROGRAM));
    programs.find(|program| can_be_run(program))
}

#[cfg(unix)]
fn can_be_run(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = program.metadata();
    metadata.is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn can_be_run(program: &Path) -> bool {
    program.is_file()
}

/// Whether `perf` says that it does not know the file's format.
fn is_of_newer(said: &str) -> bool {
    said.contains("incompatible file format") || said.contains("failed to process type")
}

/// Reads up to the first line that is no comment.
fn read_head(script: &mut PerfScript, head: &mut Vec<u8>) -> io::Result<()> {
    const STEP: u64 = 1 << 16;
    let is_header = |head: &[u8]| {
        let mut lines = head.split(|byte| *byte == b'\n');
        lines.all(|line| line.is_empty() || line.starts_with(b"#"))
    };
    while is_header(head) && head.len() < MAX_HEADER {
        if script.by_ref().take(STEP).read_to_end(head)? == 0 {
            break;
        }
    }
    Ok(())
}

impl PerfScript {
    fn start(path: &Path, fields: &[&str], with_header: bool) -> Result<Self, LoadError> {
        // Absolute, so that no name looks like an option.
        let file = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let Some(perf) = find_perf() else {
            return Err(LoadError::PerfData(path.to_owned()));
        };
        let mut command = Command::new(perf);
        command
            // The file chooses the build ids that servers would be asked for.
            .env_remove("DEBUGINFOD_URLS")
            // Whose file it is does not matter: it was opened by name.
            .arg("script")
            .args(with_header.then_some("--header"))
            // Inlined functions would take it minutes, for a file that it prints in seconds.
            .args(["--ns", "-f", "--no-inline"])
            .args(["-F", &fields.join(","), "-i"])
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => LoadError::PerfData(path.to_owned()),
            _ => LoadError::Perf {
                path: path.to_owned(),
                message: error.to_string(),
            },
        })?;
        let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(LoadError::PerfData(path.to_owned()));
        };
        let (sender, messages) = mpsc::channel();
        let read_messages = move || {
            let (mut text, mut errors) = (Vec::new(), errors);
            // The rest is read, too, lest `perf` wait for it; what cannot be read is not shown.
            let _ = errors.by_ref().take(MAX_MESSAGES).read_to_end(&mut text);
            let _ = io::copy(&mut errors, &mut io::sink());
            let _ = sender.send(text);
        };
        std::thread::spawn(read_messages);
        Ok(Self {
            child: Arc::new(Mutex::new(child)),
            output,
            messages: Some(messages),
            said: Arc::default(),
            without_header: None,
        })
    }

    /// To see its messages and to end it.
    pub(crate) fn handle(&self) -> PerfHandle {
        PerfHandle {
            child: Arc::clone(&self.child),
            said: Arc::clone(&self.said),
        }
    }

    /// Once its output has ended: keeps its messages; an error if it failed.
    fn end(&mut self) -> io::Result<()> {
        let Some(messages) = self.messages.take() else {
            return Ok(());
        };
        let status = lock(&self.child).wait()?;
        let text = messages.recv_timeout(PATIENCE).unwrap_or_default();
        let lines: Vec<String> = text
            .split(|byte| *byte == b'\n')
            .map(|line| printable(line.trim_ascii()).into_owned())
            .filter(|line| !line.is_empty() && !line.starts_with(IGNORED))
            .collect();
        if !status.success() {
            let said = lines.join("; ");
            return Err(io::Error::other(format!(
                "perf script ended with {status}: {said}{}",
                if is_of_newer(&said) { NEWER } else { "" }
            )));
        }
        let without = self.without_header.take();
        let without = without.map(|why| format!("the header is left out: {why}"));
        *lock(&self.said) = without.into_iter().chain(lines).collect();
        Ok(())
    }
}

impl Read for PerfScript {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.output.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            self.end()?;
        }
        Ok(count)
    }
}

impl Drop for PerfScript {
    fn drop(&mut self) {
        if self.messages.is_some() {
            self.handle().kill();
            let _ = self.end();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
