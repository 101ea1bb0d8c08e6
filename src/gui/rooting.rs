//! Other roots of an open profile: made in the background, and shown when all that is shown has been
//! derived of them.

use super::session::Session;
use super::tab::Tab;
use super::view::View;
use crate::job::Job;
use crate::profile::Profile;
use crate::roots::{Roots, rooted};
use egui::Context;
use std::sync::Arc;

/// A profile on its way to other roots.
pub(super) struct Rooting {
    /// What it is made of.
    of: Arc<Profile>,
    roots: Roots,
    job: Job<Result<(Arc<Profile>, View), String>>,
}

impl Tab {
    /// Has the newest that there is of the profile made with the roots that are chosen, where it has
    /// others; takes in what was made.
    ///
    /// # Errors
    /// With what went wrong; the roots then stay as they are.
    pub(super) fn take_in_roots(&mut self, context: &Context) -> Result<(), String> {
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        let wanted = session.choices.roots;
        let newest = self.next.as_ref().unwrap_or(session);
        if newest.roots == wanted {
            self.rooting = None;
            return Ok(());
        }
        let is_on_its_way = self.rooting.as_ref().is_some_and(|rooting| {
            rooting.roots == wanted && Arc::ptr_eq(&rooting.of, &newest.profile)
        });
        if !is_on_its_way {
            self.rooting = Some(Rooting::start(context, newest, wanted));
        }
        let Some(made) = self.rooting.as_ref().and_then(|rooting| rooting.job.poll()) else {
            return Ok(());
        };
        self.rooting = None;
        match made.and_then(|made| made) {
            Ok((profile, view)) => {
                self.next = Some(self.new_session(context, (profile, wanted), view));
                Ok(())
            }
            Err(problem) => {
                session.choices.roots = session.roots;
                Err(problem)
            }
        }
    }
}

impl Rooting {
    fn start(context: &Context, newest: &Session, roots: Roots) -> Self {
        let of = Arc::clone(&newest.profile);
        let (profile, key) = (Arc::clone(&of), newest.view.key.clone());
        let work = move |_: &crate::job::Progress| {
            let profile = Arc::new(rooted((*profile).clone(), roots));
            let view = View::new(&profile, key)?;
            Ok((profile, view))
        };
        let context = context.clone();
        let job = Job::start(work, move || context.request_repaint());
        Self { of, roots, job }
    }
}
