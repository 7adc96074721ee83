//! Canonical CBOR (spec section 2): a strict reader that borrows, and a writer.
//!
//! The writer is `ciborium-ll`. The reader is ours, because `ciborium` accepts duplicate and
//! unsorted keys, longer heads and indefinite lengths, and its `Value` no longer shows them.

mod decode;
mod encode;

pub(crate) use decode::{Map, Reader};
pub(crate) use encode::Writer;
