//! What the benches and the fuzz seeds work on: the sample guarantees, issued with fixed keys.
//!
//! Nothing here is shipped. Every key is made from a constant, so every run works on the same
//! bytes.
#![expect(clippy::expect_used, reason = "a fixture that cannot be made stops the run")]

pub mod baseline;
mod calls;
mod contenders;
mod limits;
mod measure;
mod peers;
mod sample;
mod seeds;
mod tokens;
mod world;
#[expect(clippy::indexing_slicing, reason = "a place that is not there stops the run")]
mod year;

pub use calls::Calls;
pub use contenders::{Clock, Contender, contenders};
pub use limits::{Limit, limit, missed};
pub use measure::{Medians, instructions, machine, measure, measure_in_processes, median, repeat};
pub use sample::{AT_A_TIME, Sample};
pub use seeds::seeds;
pub use world::{Issued, World};
pub use year::{Armored, Year};
