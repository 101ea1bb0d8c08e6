//! [`Mapping`]: a file's bytes in memory, which survives that the file is cut short meanwhile.
//!
//! Reading a page of a mapped file past the file's end raises SIGBUS, which ends the process. Here
//! a handler puts a page of zeros in that place instead and notes it; [`Mapping::check`] then says
//! that the file was changed. All `unsafe` of reading is in this file.
#![expect(
    unsafe_code,
    reason = "memory that the system and other programs share"
)]

use std::fs::{File, Metadata};
use std::io;
use std::time::SystemTime;

/// A file mapped for reading.
pub(crate) struct Mapping {
    /// Before the map, so that it is dropped first: its place must not outlive the addresses.
    #[cfg(unix)]
    watch: watch::Watch,
    map: memmap2::Mmap,
    file: Watched,
}

/// A file, and its length and time of the last change when reading began.
pub(crate) struct Watched {
    file: File,
    state: (u64, Option<SystemTime>),
}

impl Watched {
    /// Of a file that is about to be read.
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let state = state(&file.metadata()?);
        Ok(Self { file, state })
    }

    /// Whether the file is still the one that it was.
    pub(crate) fn is_intact(&self) -> bool {
        let metadata = self.file.metadata();
        metadata.is_ok_and(|metadata| state(&metadata) == self.state)
    }
}

impl Mapping {
    /// Maps a regular file that is not empty.
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let file = Watched::new(file)?;
        // SAFETY: the mapping is read-only and dropped with the load; nothing is kept that points
        // into it. Should another program change the file meanwhile, bytes change under a shared
        // reference; they are only compared, hashed and copied, with every index checked, and text
        // is copied before it is validated. What was read then is thrown away: see `check`.
        let map = unsafe { memmap2::Mmap::map(&file.file)? };
        #[cfg(unix)]
        let _ = map.advise(memmap2::Advice::Sequential); // a hint: failing to give it costs nothing
        Ok(Self {
            #[cfg(unix)]
            watch: watch::Watch::new(&map)?,
            map,
            file,
        })
    }

    /// The file's bytes; zeros where it has become too short.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Whether the file is still the one that was mapped.
    pub(crate) fn is_intact(&self) -> bool {
        #[cfg(unix)]
        if self.watch.has_faulted() {
            return false;
        }
        self.file.is_intact()
    }

    /// Lets the system take back the memory of `part`, which must be of [`Self::bytes`]: what was
    /// read once is not needed again.
    pub(crate) fn release(&self, part: &[u8]) {
        #[cfg(unix)]
        {
            let offset = part.as_ptr() as usize - self.map.as_ptr() as usize;
            // SAFETY: the pages are of a file and not written to, so that reading them again (the
            // first and last hold neighbouring parts' bytes) gives the file's bytes again.
            let _ = unsafe {
                let advice = memmap2::UncheckedAdvice::DontNeed;
                self.map.unchecked_advise_range(advice, offset, part.len())
            };
        }
        #[cfg(not(unix))]
        let _ = part;
    }
}

fn state(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

#[cfg(unix)]
mod watch {
    use std::io;
    use std::mem::MaybeUninit;
    use std::ptr;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    /// How many files can be mapped at a time.
    const PLACES: usize = 64;

    /// Addresses of a mapping, and whether a page of it could not be read. A start of 0 is free.
    struct Place {
        start: AtomicUsize,
        end: AtomicUsize,
        has_faulted: AtomicBool,
    }

    static WATCHED: [Place; PLACES] = [const {
        Place {
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            has_faulted: AtomicBool::new(false),
        }
    }; PLACES];

    /// What handled SIGBUS before, and the size of a page.
    static BEFORE: OnceLock<Option<(libc::sigaction, usize)>> = OnceLock::new();

    /// A mapping's place in [`WATCHED`].
    pub(super) struct Watch(&'static Place);

    impl Watch {
        pub(super) fn new(map: &[u8]) -> io::Result<Self> {
            if BEFORE.get_or_init(install).is_none() {
                return Err(io::Error::other("the handler of SIGBUS cannot be set"));
            }
            let range = map.as_ptr_range();
            for place in &WATCHED {
                let start = range.start as usize;
                let (free, order) = (0, Ordering::AcqRel);
                let taken = place
                    .start
                    .compare_exchange(free, start, order, Ordering::Relaxed);
                if taken.is_ok() {
                    place.has_faulted.store(false, Ordering::Relaxed);
                    place.end.store(range.end as usize, Ordering::Release);
                    return Ok(Self(place));
                }
            }
            Err(io::Error::other("too many files are being read at once"))
        }

        pub(super) fn has_faulted(&self) -> bool {
            self.0.has_faulted.load(Ordering::Relaxed)
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            self.0.end.store(0, Ordering::Relaxed);
            self.0.start.store(0, Ordering::Release);
        }
    }

    fn install() -> Option<(libc::sigaction, usize)> {
        let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = handle;
        // SAFETY: both structures are plain data that the system fills in or reads; the handler
        // keeps to what a signal handler may do.
        unsafe {
            let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
            action.sa_sigaction = handler as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            let mut before = MaybeUninit::zeroed();
            let page = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).ok()?;
            let status = libc::sigaction(libc::SIGBUS, &action, before.as_mut_ptr());
            (status == 0).then(|| (before.assume_init(), page))
        }
    }

    /// Puts zeros where a watched mapping could not be read; all else is for whoever handled the
    /// signal before. Only atomics and system calls, as befits a signal handler.
    extern "C" fn handle(
        _signal: libc::c_int,
        info: *mut libc::siginfo_t,
        _context: *mut libc::c_void,
    ) {
        // SAFETY: the system passes a valid `info` to a handler set with SA_SIGINFO.
        let address = unsafe { (*info).si_addr() } as usize;
        let Some(Some((before, page))) = BEFORE.get() else {
            return;
        };
        let is_inside = |place: &&Place| {
            let start = place.start.load(Ordering::Acquire);
            (start..place.end.load(Ordering::Acquire)).contains(&address) && start != 0
        };
        let mapped = WATCHED.iter().find(is_inside).is_some_and(|place| {
            place.has_faulted.store(true, Ordering::Relaxed);
            let page_start = ptr::without_provenance_mut(address - address % page);
            let protection = libc::PROT_READ;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
            // SAFETY: the page belongs to a mapping of ours that is alive, as its place is taken;
            // whoever reads it next, or waits in this very read, finds zeros.
            unsafe { libc::mmap(page_start, *page, protection, flags, -1, 0) != libc::MAP_FAILED }
        });
        if !mapped {
            // SAFETY: the structure is the one that the system gave. The read that failed is tried
            // again on return and raises the signal once more.
            unsafe { libc::sigaction(libc::SIGBUS, before, ptr::null_mut()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn mapped(text: &[u8]) -> (tempfile::NamedTempFile, Mapping) {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(text).expect("writing");
        let mapping = Mapping::new(file.reopen().expect("the file")).expect("a mapping");
        (file, mapping)
    }

    #[test]
    fn a_file_that_is_cut_short_reads_as_zeros_and_is_noticed() {
        let (file, mapping) = mapped(&vec![b'x'; 1 << 20]);
        let (_other_file, other) = mapped(b"another");
        assert!(mapping.is_intact());
        file.as_file().set_len(10).expect("cutting");
        assert_eq!(mapping.bytes()[..10], [b'x'; 10]);
        assert!(mapping.bytes()[1 << 19..].iter().all(|byte| *byte == 0));
        assert!(!mapping.is_intact());
        assert!(other.is_intact());
    }

    #[test]
    fn a_file_that_is_rewritten_is_noticed() {
        let (mut file, mapping) = mapped(b"one");
        file.write_all(b" and more").expect("writing");
        assert!(!mapping.is_intact());
    }

    #[test]
    fn what_is_released_can_be_read_again() {
        let (_file, mapping) = mapped(&vec![b'x'; 1 << 16]);
        mapping.release(&mapping.bytes()[5000..30_000]);
        assert!(mapping.bytes().iter().all(|byte| *byte == b'x'));
    }
}
