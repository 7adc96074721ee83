//! The obligee's and the auditor's command line, `hosho-verify`.
//!
//! Everything here works offline: certificates, trust bundles and status snapshots are files, no
//! connection is opened, and the same files give the same answer on the same day.
//!
//! | command | answers |
//! |---|---|
//! | `check` | is this certificate genuine, about my guarantee, and in force on that day? |
//! | `trust show` | what does this trust bundle say, and which fingerprint do its root keys have? |
//! | `trust update` | is this newer trust bundle a lawful successor of the one I pinned? |
//! | `audit` | the same as `check` for every certificate below a folder, and whether the chains hold |
//! | `evidence` | what do I keep, so that the answer stays the same when everything else is gone? |
//! | `inspect` | what do these bytes say? (nothing is verified) |
//! | `vectors` | does this build keep every rule of the specification? |
//!
//! ```no_run
//! let arguments = ["hosho-verify", "check", "G01.hosho", "--trust", "guarantor.trust"];
//! let exit_code = hosho_verify::run(arguments);
//! # let _ = exit_code;
//! ```

mod arguments;
mod audit;
mod check;
mod completions;
mod evidence;
mod hex;
mod inspect;
mod messages;
mod outcome;
mod policy;
mod remembered;
mod run;
mod source;
mod trust;
mod vectors;
mod wareki;

pub use run::run;
