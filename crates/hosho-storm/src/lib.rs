//! Storms over the real services: load, kills, cut connections, full disks, guessing.
//!
//! The programs run as processes of their own on this machine; `storm` and `load` start them, do to
//! them what should not happen, and hold what they said against what is there afterwards. The
//! programs are those beside this one: `cargo build -p hosho-storm -p hosho-confirm -p hosho-portal
//! -p hosho-issue` makes all of them.

#![allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::similar_names,
    clippy::unwrap_used,
    missing_docs,
    reason = "test code: a broken assumption must stop it at once"
)]

pub mod canary;
pub mod careless;
pub mod chance;
pub mod disaster;
pub mod faults;
pub mod flow;
pub mod guess;
pub mod hung;
pub mod kills;
pub mod load;
pub mod nodes;
pub mod process;
pub mod proxy;
pub mod publisher;
pub mod stage;
pub mod wire;
