//! What the tests of Hosho share: a small world of guarantors with fixed keys, certificates made
//! from the samples, CBOR with faults spliced in, strategies, and the test vectors.
//!
//! Nothing here is shipped, and nothing shipped depends on it. Everything is deterministic: the
//! same call gives the same bytes on every machine.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code: a broken assumption must stop it at once"
)]

#[cfg(feature = "database")]
mod database;
mod hostile;
mod mail;
mod replay;
mod samples;
pub mod strategies;
mod vectors;
mod world;

#[cfg(feature = "database")]
pub use database::TestDatabase;
pub use hostile::{Mark, Node, head};
pub use mail::read_mail;
pub use replay::replay;
pub use samples::{Sample, sample_requests, samples};
pub use vectors::format::{Fields, Vector, VectorFile, from_hex, to_hex};
pub use vectors::{directory, generate};
pub use world::{Guarantor, date, number, sample_claims, secret_key, time, yen};
