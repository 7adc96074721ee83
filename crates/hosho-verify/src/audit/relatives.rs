//! The first look of an audit with a policy: what certificates tell about each other. Findings rest
//! on earlier revisions and on certificates of the same contract, wherever those lie among the
//! inputs, so everything is looked at before the first line is told.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use hosho_cli::input::InputError;
use hosho_policy::Related;

use super::examine::Examiner;
use super::feed::Feed;
use super::pipeline::{self, Plan};
use super::sink::Sink;
use crate::run::Failure;
use crate::source;

/// Looks at everything, and returns what the policy needs to know of it; nothing if it was stopped.
pub(super) fn gather<'p>(
    feed: impl FnOnce() -> Feed<'p> + Send,
    examiner: &Examiner<'_>,
    plan: Plan<'_>,
    sink: &Sink,
) -> Result<Option<Related>, Failure> {
    let mut all = Vec::new();
    let end = pipeline::run(feed, &|units| examiner.relatives(units), plan, |batch| {
        all.extend(batch.found);
        sink.pass(batch.bytes);
        Ok(())
    })?;
    Ok((!end.stopped).then(|| Related::of(all)))
}

/// How often everything is looked at, and which time it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Look {
    First,
    Last,
}

/// Standard input, which can be read only once: what the first look reads is kept for the last.
#[derive(Debug, Default)]
pub(super) struct StandardInput {
    kept: Mutex<Option<Result<Vec<u8>, InputError>>>,
}

impl StandardInput {
    /// Reads the file, or standard input for `-`.
    pub(super) fn read_carrier(&self, path: &Path, look: Look) -> Result<Vec<u8>, InputError> {
        if path.as_os_str() != "-" {
            return source::read_carrier(path);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match look {
            Look::First => {
                let read = kept.get_or_insert_with(|| source::read_carrier(path));
                // What went wrong is told at the last look.
                Ok(read.as_ref().map_or_else(|_| Vec::new(), Clone::clone))
            }
            Look::Last => kept.take().unwrap_or_else(|| source::read_carrier(path)),
        }
    }
}
