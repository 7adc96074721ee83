//! The service as its users meet it: an in-process router on a fresh SQLite file.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly"
)]

mod answers;
mod api;
mod browser;
mod damage;
mod figures;
mod files;
mod hostile;
mod misses;
mod opening;
mod pages;
mod program;
mod publishing;
mod stage;
mod watching;
