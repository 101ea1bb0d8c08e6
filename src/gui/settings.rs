//! The settings' file is checked before the window reads it: what cannot be read is kept aside, and said,
//! as the window would begin anew and write over it.

use super::APP_ID;
use super::app::shown;
use super::preferences::Preferences;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Its name, in the folder that the windowing library chooses.
const FILE: &str = "app.ron";
/// So many damaged ones are kept.
const MOST_KEPT: u32 = 100;

/// What to tell the user where the settings are none.
pub(super) fn keep_damaged() -> Option<String> {
    keep_damaged_in(&eframe::storage_dir(APP_ID)?)
}

fn keep_damaged_in(folder: &Path) -> Option<String> {
    let file = folder.join(FILE);
    if fs::symlink_metadata(&file).is_err() || is_readable(&file) {
        return None;
    }
    let name = shown(&file);
    Some(match set_aside(&file) {
        Some(kept) => format!(
            "The settings cannot be read, and begin anew: {name} is damaged. It is kept as {}.",
            shown(&kept)
        ),
        None => format!(
            "The settings cannot be read: {name} is damaged, and cannot be kept under another name."
        ),
    })
}

/// Whether it holds what this program has written. Nothing but a regular file is opened: a pipe would
/// keep the window waiting.
fn is_readable(file: &Path) -> bool {
    if !fs::metadata(file).is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        // What cannot be read now may be readable another time.
        Err(error) => return error.kind() != std::io::ErrorKind::InvalidData,
    };
    let Ok(entries) = ron::from_str::<HashMap<String, String>>(&text) else {
        return false;
    };
    let own = entries.get(eframe::APP_KEY);
    own.is_none_or(|own| ron::from_str::<Preferences>(own).is_ok())
}

fn set_aside(file: &Path) -> Option<PathBuf> {
    let name = |number: u32| file.with_extension(format!("damaged-{number}.ron"));
    let mut free = (1..=MOST_KEPT)
        .map(name)
        .filter(|kept| fs::symlink_metadata(kept).is_err());
    let kept = free.next()?;
    fs::rename(file, &kept).ok().map(|()| kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_read_are_kept_and_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE);
        assert_eq!(keep_damaged_in(folder.path()), None, "there are none");
        let own = ron::to_string(&Preferences::default()).expect("text");
        let entries = HashMap::from([(eframe::APP_KEY.to_owned(), own)]);
        let whole = ron::to_string(&entries).expect("text");
        fs::write(&file, &whole).expect("a file");
        assert_eq!(keep_damaged_in(folder.path()), None, "they are whole");
        for damaged in [
            "",
            "{",
            &whole[..whole.len() / 2],
            "{\"app\":\"(recents:7)\"}",
        ] {
            fs::write(&file, damaged).expect("a file");
            let said = keep_damaged_in(folder.path()).expect("a message");
            let kept = said
                .rsplit(' ')
                .next()
                .expect("a name")
                .trim_end_matches('.');
            assert_eq!(fs::read_to_string(kept).expect("what was kept"), damaged);
            assert!(!file.exists());
        }
        fs::create_dir(&file).expect("a folder in its place");
        assert!(keep_damaged_in(folder.path()).is_some());
        assert!(!file.exists());
    }
}
