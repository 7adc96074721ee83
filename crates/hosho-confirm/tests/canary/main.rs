//! A search for secrets, in a process of its own: what other tests log must not be in between.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly"
)]

#[allow(dead_code, reason = "shared with the tests of the service")]
#[path = "../service/browser.rs"]
mod browser;
mod search;
#[allow(dead_code, reason = "shared with the tests of the service")]
#[path = "../service/stage.rs"]
mod stage;
