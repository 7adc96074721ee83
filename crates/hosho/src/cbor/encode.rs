use alloc::vec::Vec;
use core::convert::Infallible;

use ciborium_ll::{Encoder, Header, simple};

/// Writes canonical CBOR; the caller gives map keys in their order.
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

/// Ours, since `ciborium-io` treats `Vec` differently with and without its `std` feature.
struct Sink<'b>(&'b mut Vec<u8>);

impl ciborium_io::Write for Sink<'_> {
    type Error = Infallible;

    fn write_all(&mut self, data: &[u8]) -> Result<(), Infallible> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Writer {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn head(&mut self, header: Header) {
        match Encoder::from(Sink(&mut self.bytes)).push(header) {
            Ok(()) => (),
            Err(never) => match never {},
        }
    }

    pub(crate) fn tag(&mut self, tag: u64) {
        self.head(Header::Tag(tag));
    }

    pub(crate) fn array(&mut self, length: usize) {
        self.head(Header::Array(Some(length)));
    }

    pub(crate) fn map(&mut self, length: usize) {
        self.head(Header::Map(Some(length)));
    }

    pub(crate) fn uint(&mut self, value: impl Into<u64>) {
        self.head(Header::Positive(value.into()));
    }

    /// Writes the negative integer `-1 - value`.
    pub(crate) fn negative(&mut self, value: u64) {
        self.head(Header::Negative(value));
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.head(Header::Bytes(Some(value.len())));
        self.bytes.extend_from_slice(value);
    }

    /// Writes a text string; `utf8` is a `&str`, or bytes that are known to be one.
    pub(crate) fn text(&mut self, utf8: impl AsRef<[u8]>) {
        let utf8 = utf8.as_ref();
        self.head(Header::Text(Some(utf8.len())));
        self.bytes.extend_from_slice(utf8);
    }

    pub(crate) fn truth(&mut self) {
        self.head(Header::Simple(simple::TRUE));
    }
}
