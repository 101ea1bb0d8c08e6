//! [`Other`]: another open profile that a selection is compared with, as it was shown then.

use super::view::View;
use crate::call_tree::CallTree;
use crate::difference::{Difference, Functions, Normalization, Side, Union, duration};
use crate::export::range_text;
use crate::profile::Profile;
use crate::selection::Selection;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// What is selected and shown of another profile.
#[derive(Clone)]
pub(super) struct Other {
    /// What it is called.
    name: String,
    /// Where it is, unless it came with the program.
    pub(super) path: Option<PathBuf>,
    pub(super) profile: Arc<Profile>,
    pub(super) view: Arc<View>,
    pub(super) selection: Selection,
    /// With the stacks of the profile that is compared with it; made when first needed.
    union: Arc<OnceLock<(Union, Functions)>>,
}

impl Other {
    pub(super) fn new(
        name: String,
        path: Option<PathBuf>,
        profile: Arc<Profile>,
        view: Arc<View>,
        selection: Selection,
    ) -> Self {
        Self {
            name,
            path,
            profile,
            view,
            selection,
            union: Arc::default(),
        }
    }

    /// Its name and range.
    pub(super) fn text(&self) -> String {
        let range = range_text(&self.profile, &self.selection);
        format!("{}, {range}", self.name)
    }

    /// To be compared with another loading of the profile.
    pub(super) fn renewed(&self) -> Self {
        Self {
            union: Arc::default(),
            ..self.clone()
        }
    }

    fn made(&self, profile: &Profile) -> &(Union, Functions) {
        self.union.get_or_init(|| {
            let union = Union::new(profile, &self.profile);
            let functions = Functions::new(&union.profile);
            (union, functions)
        })
    }

    /// Both profiles' stacks; takes long for the first time.
    pub(super) fn union(&self, profile: &Profile) -> &Union {
        &self.made(profile).0
    }

    /// The functions of both.
    pub(super) fn functions(&self, profile: &Profile) -> &Functions {
        &self.made(profile).1
    }

    /// Both profiles' stacks, once they have been made.
    pub(super) fn made_union(&self) -> Option<&Union> {
        self.union.get().map(|(union, _)| union)
    }

    /// What a selection of `profile` has become since.
    pub(super) fn difference(
        &self,
        profile: &Profile,
        (selection, tree): (&Selection, &CallTree),
        normalization: Normalization,
    ) -> Difference {
        let union = self.union(profile);
        let compared = self.view.call_tree(&self.profile, &self.selection);
        Difference {
            selection: union.tree(Side::Selection, tree),
            baseline: union.tree(Side::Baseline, &compared),
            normalization,
            selection_nanos: duration(profile, selection),
            baseline_nanos: duration(&self.profile, &self.selection),
        }
    }
}

/// The same selection of the same view.
impl PartialEq for Other {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.view, &other.view)
            && Arc::ptr_eq(&self.union, &other.union)
            && self.selection == other.selection
    }
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}
