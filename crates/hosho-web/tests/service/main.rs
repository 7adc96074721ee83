//! Hardened routes as visitors meet them, in-process and over real sockets.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed step of a test ends it")]

mod forms;
mod hardened;
mod mail;
mod pages;
mod sessions;
mod sockets;
mod visitor;
