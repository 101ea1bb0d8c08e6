//! `--baseline-file`: another profile to compare with.

use super::range::RangeArgs;
use super::{CommonArgs, UsageError, source};
use crate::export::range_text;
use crate::filter::{SampleFilter, Samples};
use crate::profile::Profile;
use crate::selection::Selection;
use crate::shape::{Shape, reshaped};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// The other profile, and what of it.
pub(super) struct Other {
    pub(super) file: PathBuf,
    pub(super) profile: Profile,
    pub(super) samples: Samples,
    pub(super) selection: Selection,
}

impl Other {
    pub(super) fn load(
        file: &Path,
        common: &CommonArgs,
        filter: &SampleFilter,
        range: &RangeArgs,
        shape: Shape,
    ) -> anyhow::Result<Self> {
        if file == Path::new("-") && common.files.iter().any(|one| one == file) {
            let message = "standard input is one profile: expected another file to compare with";
            return Err(UsageError(message.to_owned()).into());
        }
        let name = || source::name(file);
        let profile = reshaped(source::load_path(file, common)?, Shape::default(), shape);
        let samples = filter.apply(&profile).with_context(name)?;
        let selection = range.selection(&profile).with_context(name)?;
        Ok(Self {
            file: file.to_owned(),
            samples,
            selection,
            profile,
        })
    }

    /// Its name and range.
    pub(super) fn text(&self) -> String {
        let range = range_text(&self.profile, &self.selection);
        format!("{}, {range}", source::name(&self.file))
    }
}
