//! Other shapes of an open profile: made in the background, and shown when all that is shown has been
//! derived of them.

use super::session::Session;
use super::tab::Tab;
use super::view::View;
use crate::job::Job;
use crate::profile::Profile;
use crate::shape::{Shape, reshaped};
use egui::Context;
use std::sync::Arc;

/// A profile on its way to another shape.
pub(super) struct Reshaping {
    /// What it is made of.
    of: Arc<Profile>,
    to: Shape,
    job: Job<Result<(Arc<Profile>, View), String>>,
}

impl Tab {
    /// Has the newest that there is of the profile made in the shape that is chosen, where it has
    /// another; takes in what was made.
    ///
    /// # Errors
    /// With what went wrong; the shape then stays as it is.
    pub(super) fn take_in_shape(&mut self, context: &Context) -> Result<(), String> {
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        let wanted = session.choices.shape;
        let newest = self.next.as_ref().unwrap_or(session);
        let from = newest.shape;
        if from == wanted {
            self.reshaping = None;
            return Ok(());
        }
        let is_on_its_way = self.reshaping.as_ref().is_some_and(|reshaping| {
            reshaping.to == wanted && Arc::ptr_eq(&reshaping.of, &newest.profile)
        });
        if !is_on_its_way {
            self.reshaping = Some(Reshaping::start(context, newest, wanted));
        }
        let Some(made) = self
            .reshaping
            .as_ref()
            .and_then(|reshaping| reshaping.job.poll())
        else {
            return Ok(());
        };
        self.reshaping = None;
        match made.and_then(|made| made) {
            Ok((profile, view)) => {
                self.next = Some(self.new_session(context, (profile, wanted), view));
                Ok(())
            }
            Err(problem) => {
                // What it would be made of again is shown instead, at once or once it is derived.
                session.choices.set_shape(from);
                Err(problem)
            }
        }
    }
}

impl Reshaping {
    fn start(context: &Context, newest: &Session, to: Shape) -> Self {
        let of = Arc::clone(&newest.profile);
        let (profile, from, key) = (Arc::clone(&of), newest.shape, newest.view.key.clone());
        let work = move |_: &crate::job::Progress| {
            if let Some(problem) = to.problem(&profile) {
                return Err(problem);
            }
            let profile = Arc::new(reshaped((*profile).clone(), from, to));
            let view = View::new(&profile, key)?;
            Ok((profile, view))
        };
        let context = context.clone();
        let job = Job::start(work, move || context.request_repaint());
        Self { of, to, job }
    }
}
