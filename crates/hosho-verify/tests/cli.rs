//! The program as its users meet it: arguments in; exit code, output and messages out.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly"
)]

#[path = "cli/check.rs"]
mod check;
#[path = "cli/guarantor.rs"]
mod guarantor;
#[path = "cli/program.rs"]
mod program;
