//! The guarantor's command line from outside: what it makes, what it refuses, and what is left
//! when it is stopped.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on should stop where it is"
)]

mod backups;
mod ceremony;
mod clocks;
mod compromise;
mod crashes;
mod damage;
mod elsewhere;
mod end_to_end;
mod key_kills;
mod keysmith;
mod kills;
mod obligee;
mod papers;
mod policy;
mod races;
mod refusals;
mod reissued;
mod rekey;
mod rotation;
mod size;
mod stops;
mod workshop;
