//! What policies find in certificates, at the exact yen and the exact day.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

mod amounts;
mod certificates;
mod changes;
mod file;
mod limits;
mod overrides;
mod periods;
mod properties;
mod samples;
mod words;
