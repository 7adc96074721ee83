//! The program as its users meet it: arguments in; exit code, output and messages out.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail loudly")]

#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/audit_policy.rs"]
mod audit_policy;
#[path = "cli/basis.rs"]
mod basis;
#[path = "cli/bulk.rs"]
mod bulk;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/evidence.rs"]
mod evidence;
#[path = "cli/evidence_make.rs"]
mod evidence_make;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/inspect.rs"]
mod inspect;
#[path = "cli/papers.rs"]
mod papers;
#[path = "cli/policy.rs"]
mod policy;
#[path = "cli/program.rs"]
mod program;
#[path = "cli/proofs.rs"]
mod proofs;
#[path = "cli/remembered.rs"]
mod remembered;
#[path = "cli/resume.rs"]
mod resume;
#[path = "cli/shell.rs"]
mod shell;
#[path = "cli/tables.rs"]
mod tables;
#[path = "cli/threats.rs"]
mod threats;
#[path = "cli/timestamps.rs"]
mod timestamps;
#[path = "cli/trust.rs"]
mod trust;
#[path = "cli/vectors.rs"]
mod vectors;
#[path = "cli/world.rs"]
mod world;
