//! The portal over its router, on a fresh SQLite file: status, page and rows.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed step of a test ends it"
)]

mod application;
mod browser;
mod desk;
mod frame;
mod login;
mod rows;
mod samples;
mod secrets;
mod worker;
mod workshop;
