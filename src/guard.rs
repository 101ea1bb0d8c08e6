//! [`guarded`]: panics that become errors, without their trace on the terminal.
//!
//! A library may panic on a damaged file, and a part of the program may have a bug: neither is to end the
//! window, or to show the reader of an error more than a line. Panics on threads that are not guarded are
//! printed as ever.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, Once, PoisonError};

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Where the last panic on a guarded thread was: threads of a pool panic for those that wait for them.
static PLACE: Mutex<String> = Mutex::new(String::new());

/// What panics on this thread is told by [`guarded`], on whichever thread that is: for the threads of pools.
pub(crate) fn guard_thread() {
    IS_GUARDED.set(true);
}

/// Guards the threads that all parallel work shares which brings none of its own. To be called before any
/// starts.
pub fn guard_pool() {
    let pool = rayon::ThreadPoolBuilder::new().start_handler(|_| guard_thread());
    // Where it fails, threads are started when they are needed, and print what panics there.
    let _ = pool.build_global();
}

/// The result, or the message of a panic and its place in the source.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| match IS_GUARDED.get() {
            true => note(panic),
            false => usual(panic),
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    IS_GUARDED.set(was_guarded);
    result.map_err(|panic| {
        let mut place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::take(&mut *place) {
            place if place.is_empty() => message(&*panic),
            place => format!("{} ({place})", message(&*panic)),
        }
    })
}

fn note(panic: &PanicHookInfo<'_>) {
    let Some(at) = panic.location() else {
        return;
    };
    // Of a library no more than its name, version and file.
    let file = at
        .file()
        .rsplit_once("/registry/src/")
        .map_or(at.file(), |(_, file)| {
            file.split_once('/').map_or(file, |(_, file)| file)
        });
    *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = format!("{file}:{}", at.line());
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a part of the program failed".to_owned())
}
