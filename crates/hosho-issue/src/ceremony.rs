//! The root ceremony: root keys on machines of their own, and what travels between them and the
//! home as files (docs/ceremony.md).

mod assembly;
mod describe;
mod export;
pub(crate) mod paper;
mod roots;
mod signing;

pub use assembly::{AssembleOrder, Assembled, assemble_root};
pub use export::{ExportOrder, ExportedRoot, export_roots};
pub use roots::{
    NewRoot, ReplaceOrder, RequestOrder, WrittenRequest, new_root, replace_roots, write_request,
};
pub use roots::{WithdrawOrder, withdraw};
pub use signing::{Asked, SignOrder, WrittenSignature, show, sign_request};
