//! [`Tables`]: what the tables of functions and of changes show of a profile, and the workers that
//! make it: what there is, and of that the rows in order.

use super::choices::{Baseline, ViewKey};
use super::table_rows::{FunctionRow, TableLook, all_functions, change_rows, function_rows};
use super::view::View;
use crate::difference::{FunctionChange, Functions};
use crate::job::Latest;
use crate::profile::Profile;
use crate::selection::Selection;
use std::sync::{Arc, OnceLock};

/// What tables are of, and how they are to be.
pub(super) struct TablesKey {
    pub(super) view: ViewKey,
    pub(super) selection: Selection,
    /// `None` where there is no comparison.
    pub(super) baseline: Option<Baseline>,
    pub(super) look: TableLook,
    /// What is searched for, where only what it finds is listed.
    pub(super) search: Option<String>,
}

/// Functions of a selection.
type FunctionsKey = (ViewKey, Selection);
/// Functions of a selection and of what it is compared with.
type ChangesKey = (ViewKey, Selection, Baseline);

/// Changes in order, and the profile that their names are of.
pub(super) struct ChangeRows {
    pub(super) names: Arc<Profile>,
    pub(super) rows: Vec<FunctionChange>,
}

/// The workers, each asked only while its table is shown.
pub(super) struct Tables {
    functions: Latest<FunctionsKey, Arc<Vec<FunctionRow>>>,
    function_rows: Latest<(FunctionsKey, TableLook, Option<String>), Vec<FunctionRow>>,
    changes: Latest<ChangesKey, Option<Arc<Vec<FunctionChange>>>>,
    change_rows: Latest<(ChangesKey, TableLook), ChangeRows>,
    /// Which nodes are which function, for changes; made with the first of them.
    function_names: Arc<OnceLock<Functions>>,
}

impl TablesKey {
    fn functions(&self) -> FunctionsKey {
        (self.view.clone(), self.selection.clone())
    }

    fn changes(&self) -> Option<ChangesKey> {
        let baseline = self.baseline.clone()?;
        Some((self.view.clone(), self.selection.clone(), baseline))
    }
}

impl Tables {
    pub(super) fn new(wake: impl Fn() + Clone + Send + 'static) -> Self {
        Self {
            functions: Latest::new(wake.clone()),
            function_rows: Latest::new(wake.clone()),
            changes: Latest::new(wake.clone()),
            change_rows: Latest::new(wake),
            function_names: Arc::default(),
        }
    }

    /// Takes in what the workers have made.
    ///
    /// # Errors
    /// With the message of a worker's failure.
    pub(super) fn poll(&mut self) -> Result<(), String> {
        self.functions.poll()?;
        self.function_rows.poll()?;
        self.changes.poll()?;
        self.change_rows.poll()
    }

    /// Asks for what is wanted; `found` are the frames that the search finds.
    pub(super) fn request(
        &mut self,
        profile: &Arc<Profile>,
        view: &Arc<View>,
        key: &TablesKey,
        found: Option<&[bool]>,
    ) {
        self.request_functions(profile, view, key.functions());
        self.request_function_rows(profile, key, found);
        if let Some(changes) = key.changes() {
            self.request_changes(profile, view, changes);
            self.request_change_rows(profile, key);
        }
    }

    fn request_functions(&mut self, profile: &Arc<Profile>, view: &Arc<View>, key: FunctionsKey) {
        let (profile, view, wanted) = (Arc::clone(profile), Arc::clone(view), key.clone());
        self.functions.request(wanted, move || {
            Arc::new(all_functions(&profile, &view, &key.1))
        });
    }

    fn request_function_rows(
        &mut self,
        profile: &Arc<Profile>,
        key: &TablesKey,
        found: Option<&[bool]>,
    ) {
        let Some((of, functions)) = self.functions.current() else {
            return;
        };
        let wanted = (of.clone(), key.look.clone(), key.search.clone());
        // What it takes is copied once, not in every frame.
        if self.function_rows.was_asked(&wanted) {
            return;
        }
        let (profile, functions) = (Arc::clone(profile), Arc::clone(functions));
        let (look, found) = (key.look.clone(), found.map(<[bool]>::to_vec));
        self.function_rows.request(wanted, move || {
            function_rows(&profile, &functions, &look, found.as_deref())
        });
    }

    fn request_changes(&mut self, profile: &Arc<Profile>, view: &Arc<View>, key: ChangesKey) {
        let (profile, view, wanted) = (Arc::clone(profile), Arc::clone(view), key.clone());
        let names = Arc::clone(&self.function_names);
        self.changes.request(wanted, move || {
            let (_, selection, baseline) = &key;
            let tree = view.call_tree(&profile, selection);
            let difference = view.difference(&profile, (selection, tree), baseline)?;
            let mean = view.mean_amount();
            Some(Arc::new(match &baseline.other {
                None => {
                    let names = names.get_or_init(|| Functions::new(&profile));
                    difference.functions_of(&profile, names, mean)
                }
                Some(other) => {
                    let both = &other.union(&profile).profile;
                    difference.functions_of(both, other.functions(&profile), mean)
                }
            }))
        });
    }

    fn request_change_rows(&mut self, profile: &Arc<Profile>, key: &TablesKey) {
        let Some((of, Some(changes))) = self.changes.current() else {
            return;
        };
        let other = of.2.other.clone();
        let (profile, changes) = (Arc::clone(profile), Arc::clone(changes));
        let look = key.look.clone();
        let wanted = (of.clone(), look.clone());
        self.change_rows.request(wanted, move || {
            let names = match other {
                Some(other) => Arc::clone(&other.union(&profile).profile),
                None => profile,
            };
            let rows = change_rows(&names, &changes, &look);
            ChangeRows { names, rows }
        });
    }

    /// Whether something newer than what is there is wanted.
    pub(super) fn is_late(&self, key: &TablesKey) -> bool {
        let functions = self.functions.current();
        let rows = functions.map(|(of, _)| (of.clone(), key.look.clone(), key.search.clone()));
        let changes = key.changes();
        let change_rows = match self.changes.current() {
            Some((of, Some(_))) if changes.is_some() => Some((of.clone(), key.look.clone())),
            _ => None,
        };
        self.functions.is_late(Some(&key.functions()))
            || self.function_rows.is_late(rows.as_ref())
            || self.changes.is_late(changes.as_ref())
            || self.change_rows.is_late(change_rows.as_ref())
    }

    /// The functions of the selection, as far as they are known.
    pub(super) fn functions(&self) -> Option<&Arc<Vec<FunctionRow>>> {
        self.functions.current().map(|(_, functions)| functions)
    }

    /// Of these, what is listed.
    pub(super) fn function_rows(&self) -> &[FunctionRow] {
        self.function_rows.current().map_or(&[], |(_, rows)| rows)
    }

    /// What has changed, function by function, in order; `None` where that is not known, or nothing
    /// can be compared.
    pub(super) fn change_rows(&self) -> Option<&ChangeRows> {
        let (_, changes) = self.changes.current()?;
        let rows = self.change_rows.current().map(|(_, rows)| rows);
        rows.filter(|_| changes.is_some())
    }

    /// Whether what has changed is being worked out.
    pub(super) fn is_comparing(&self) -> bool {
        self.changes.is_stale() || self.change_rows.is_stale()
    }
}
