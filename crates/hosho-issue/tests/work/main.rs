//! The worker from outside: what it makes of jobs, what services are told, what is left when it is
//! stopped. The services are played by small servers that check what a service checks.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on should stop where it is"
)]

mod guarantor;
mod http;
mod jobs;
mod kills;
mod process;
mod publishing;
mod receipts;
mod town;
#[path = "../issue/workshop.rs"]
#[expect(dead_code, reason = "these tests need a part of it")]
mod workshop;
