//! The guarantor's command line as a library: a home with keys and a journal, from which
//! certificates are issued.
//!
//! The binary `hosho-issue` parses arguments and calls [`program::run`]; the demonstration and the
//! tests call the functions below. Nothing here listens on a socket.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use hosho::UnixTime;
//! use hosho_issue::{AuditOrder, InitOrder, Patience, Watch};
//!
//! let folder = tempfile::tempdir()?;
//! let home = folder.path().join("home");
//! let now = UnixTime::parse("2026-11-22T03:04:05Z")?;
//! let id = hosho_issue::init(&InitOrder {
//!     id: Some("g-demo".to_owned()),
//!     ..InitOrder::new(home.clone(), "架空みらい建設業保証株式会社".to_owned(), now)
//! })?;
//! assert_eq!(id.as_str(), "g-demo");
//!
//! let patience = Patience(std::time::Duration::ZERO);
//! let mut ignore = |_: &_| ControlFlow::Continue(());
//! let census = hosho_issue::audit(&AuditOrder { home, now, patience }, &mut Watch::new(&mut ignore))?;
//! assert_eq!((census.records, census.certificates), (2, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arguments;
mod audit;
mod bundle;
mod ceremony;
mod compromise;
mod deliver;
mod event;
mod failure;
mod high_water;
mod home;
mod init;
mod intent;
mod issue;
mod journal;
mod keyfile;
mod keyring;
mod masters;
mod messages;
mod next;
mod objection;
mod paper;
mod plan;
mod profile;
pub mod program;
mod proofs;
mod publish;
mod recover;
mod rekey;
mod reseal;
mod review;
mod rotation;
mod snapshot;
mod token;
mod work;

pub use arguments::{Arguments, command};
pub use audit::{AuditOrder, Census, audit};
pub use bundle::{BundleOrder, Existing, RenewOrder, WrittenBundle, bundle, every_bundle, renew};
pub use ceremony::{
    Asked, AssembleOrder, Assembled, ExportOrder, ExportedRoot, NewRoot, ReplaceOrder,
    RequestOrder, SignOrder, WithdrawOrder, WrittenRequest, WrittenSignature, assemble_root,
    export_roots, new_root, replace_roots, show, sign_request, withdraw, write_request,
};
pub use compromise::{CompromiseOrder, Compromised, compromised};
pub use event::{Event, Notice, Watch};
pub use failure::{Damage, Failure, KeyReason, Reason, Refusal};
pub use high_water::{HighWaterOrder, MarkBefore, keep_apart};
pub use home::Patience;
pub use init::{InitOrder, init};
pub use issue::{IssueOrder, issue};
pub use masters::{RotateMasterOrder, rotate_master};
pub use objection::{Confirmation, Objection};
pub use paper::{PaperOrder, copy, notice};
pub use publish::Published;
pub use rekey::{Chosen, RekeyOrder, rekey};
pub use reseal::Earlier;
pub use review::{Review, Unacknowledged};
pub use rotation::{RotateOrder, Rotated, rotate_key};
pub use snapshot::{SnapshotOrder, WrittenSnapshot, snapshot};
pub use token::make_token_key;
pub use work::{
    Entry as WorkEntry, Level, Rounds, Scope, ServiceAddress, WorkConfig, WorkOrder, work,
};
