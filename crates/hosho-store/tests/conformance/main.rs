//! What the database promises, on both databases: a fresh SQLite file, or, when
//! `HOSHO_TEST_DATABASE=postgres://…` is set, a fresh database on that server.

#![expect(clippy::unwrap_used, reason = "a failed step of a test ends it")]

mod base;
mod confirm;
mod frame;
mod office;
mod portal;
