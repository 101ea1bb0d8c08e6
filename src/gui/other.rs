//! [`Other`]: another open profile that a selection is compared with, as it was shown then.

use super::session::Session;
use super::view::View;
use crate::call_tree::CallTree;
use crate::difference::{Difference, Functions, Normalization, Side, Union, duration};
use crate::export::range_text;
use crate::profile::Profile;
use crate::selection::Selection;
use crate::shape::{Shape, reshaped};
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
    /// As it was shown, in the shape that it had.
    pub(super) profile: Arc<Profile>,
    pub(super) view: Arc<View>,
    pub(super) selection: Selection,
    shape: Shape,
    /// That of the profile that is compared with it.
    wanted: Shape,
    /// With the stacks of that profile; made when first needed.
    made: Arc<OnceLock<Made>>,
}

/// What comparing takes long to make.
struct Made {
    /// The same in the wanted shape.
    profile: Arc<Profile>,
    view: Arc<View>,
    union: Union,
    functions: Functions,
}

impl Other {
    /// Of what is shown (`view`) of a session, to be compared with a profile of the `wanted` shape.
    pub(super) fn new(
        session: &Session,
        view: Arc<View>,
        selection: Selection,
        wanted: Shape,
    ) -> Self {
        Self {
            name: session.name.clone(),
            path: session.path.clone(),
            profile: Arc::clone(&session.profile),
            view,
            selection,
            shape: session.shape,
            wanted,
            made: Arc::default(),
        }
    }

    /// Whether it is what is shown of a session.
    pub(super) fn is_of(&self, session: &Session) -> bool {
        self.name == session.name && self.path == session.path
    }

    /// Its name and range.
    pub(super) fn text(&self) -> String {
        let range = range_text(&self.profile, &self.selection);
        format!("{}, {range}", self.name)
    }

    /// To be compared with another loading of the profile, which has the `wanted` shape.
    pub(super) fn renewed(&self, wanted: Shape) -> Self {
        Self {
            wanted,
            made: Arc::default(),
            ..self.clone()
        }
    }

    fn made(&self, profile: &Profile) -> &Made {
        self.made.get_or_init(|| {
            let (own, view) = match self.shape == self.wanted {
                true => (Arc::clone(&self.profile), Arc::clone(&self.view)),
                false => {
                    let own = reshaped((*self.profile).clone(), self.shape, self.wanted);
                    // The same samples, whose stacks alone are others.
                    (Arc::new(own), Arc::new(self.view.of_other_stacks()))
                }
            };
            let union = Union::new(profile, &own);
            let functions = Functions::new(&union.profile);
            Made {
                profile: own,
                view,
                union,
                functions,
            }
        })
    }

    /// What is shown of it, and of which profile, as it is compared.
    pub(super) fn as_compared(&self, profile: &Profile) -> (&Profile, &View) {
        let made = self.made(profile);
        (&made.profile, &made.view)
    }

    /// Both profiles' stacks; takes long for the first time.
    pub(super) fn union(&self, profile: &Profile) -> &Union {
        &self.made(profile).union
    }

    /// The functions of both.
    pub(super) fn functions(&self, profile: &Profile) -> &Functions {
        &self.made(profile).functions
    }

    /// Both profiles' stacks, once they have been made.
    pub(super) fn made_union(&self) -> Option<&Union> {
        self.made.get().map(|made| &made.union)
    }

    /// What a selection of `profile` has become since.
    pub(super) fn difference(
        &self,
        profile: &Profile,
        (selection, tree): (&Selection, &CallTree),
        normalization: Normalization,
    ) -> Difference {
        let union = self.union(profile);
        let (own, view) = self.as_compared(profile);
        let compared = view.call_tree(own, &self.selection);
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
            && Arc::ptr_eq(&self.made, &other.made)
            && self.selection == other.selection
    }
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}
