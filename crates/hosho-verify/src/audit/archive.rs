//! Archives: files that carry many certificates, read as a stream with bounded memory.
//!
//! Two forms are known, both also behind gzip: text with many armored blocks, and tar. Others are
//! known only to tell that they have to be unpacked first ([`packed`]): the directory of a zip file,
//! for one, stands at its end and has to be held in memory.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

mod armor;
pub(super) mod hint;
pub(super) mod packed;
mod tar;

use armor::Blocks;
use tar::Members;

/// The most bytes of an archive behind gzip; nothing beyond is unpacked.
const MAX_UNPACKED_LEN: u64 = 64 << 30;

/// Bytes that tell what a file is: a tar header is one block.
const SNIFFED: usize = 512;

/// The most bytes of a name within an archive.
const MAX_NAME_LEN: usize = 4_096;

/// One thing in an archive.
#[derive(Debug)]
pub(super) struct Member {
    /// Its name, or its number counted from 1 where it has none.
    pub(super) name: String,
    pub(super) content: Result<Vec<u8>, Damage>,
    /// Whether it stands where only a certificate belongs, whatever it is.
    pub(super) meant: bool,
}

/// Why something in an archive could not be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Damage {
    pub(super) code: &'static str,
}

impl Damage {
    const ARCHIVE: Self = Self { code: "E1-ARCHIVE" };
    const ARMOR: Self = Self { code: "E1-ARMOR" };
    const IO: Self = Self { code: "E1-IO" };
    /// Of a kind that is not read; nothing needs to be wrong with it.
    pub(super) const PACKED: Self = Self { code: "E1-PACKED" };
    const TOO_LARGE: Self = Self { code: "E1-TOO-LARGE" };

    fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::FileTooLarge => Self::TOO_LARGE,
            io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof => Self::ARCHIVE,
            _ => Self::IO,
        }
    }
}

/// The things in an archive, in their order. After damage that hides what follows it ends.
pub(super) enum Archive<'r> {
    Armor(Blocks<Box<dyn BufRead + 'r>>),
    Tar(Members<Box<dyn BufRead + 'r>>),
}

impl<'r> Archive<'r> {
    /// Looks into a file; nothing if it is no archive.
    pub(super) fn open(file: impl Read + 'static) -> io::Result<Option<Archive<'static>>> {
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let head = sniff(&mut reader)?;
        let gzip = head.starts_with(&[0x1F, 0x8B]);
        let whole = Cursor::new(head).chain(reader);
        if !gzip {
            return Archive::of(whole);
        }
        let unpacked = Capped { inner: MultiGzDecoder::new(whole), left: MAX_UNPACKED_LEN };
        // What gzip does not unpack is an archive all the same, a damaged one.
        Ok(Archive::of(BufReader::new(unpacked))
            .unwrap_or_else(|error| Some(Archive::Tar(Members::damaged(Damage::of(&error))))))
    }

    /// Looks at bytes that were read; nothing if they are no archive, or hold one block of armor
    /// only, which is a certificate like any other.
    pub(super) fn within(bytes: &'r [u8]) -> Option<Self> {
        let several = armor::blocks_in(bytes) > 1;
        let archive = Archive::of(bytes).ok()??;
        (several || matches!(archive, Self::Tar(_))).then_some(archive)
    }

    fn of(mut reader: impl BufRead + 'r) -> io::Result<Option<Self>> {
        let head = sniff(&mut reader)?;
        let (tar, armor) = (tar::is_header(&head), armor::begins(&head));
        let whole: Box<dyn BufRead + 'r> = Box::new(Cursor::new(head).chain(reader));
        Ok(match (tar, armor) {
            (true, _) => Some(Self::Tar(Members::new(whole))),
            (false, true) => Some(Self::Armor(Blocks::new(whole))),
            (false, false) => None,
        })
    }
}

impl Iterator for Archive<'_> {
    type Item = Member;

    fn next(&mut self) -> Option<Member> {
        match self {
            Self::Armor(blocks) => blocks.next(),
            Self::Tar(members) => members.next(),
        }
    }
}

/// The first bytes; fewer only at the end of the file.
fn sniff(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(SNIFFED);
    let limit = u64::try_from(SNIFFED).unwrap_or(u64::MAX);
    reader.take(limit).read_to_end(&mut head)?;
    Ok(head)
}

/// A reader that fails beyond a number of bytes.
struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(to)?;
        self.left = self
            .left
            .checked_sub(u64::try_from(count).unwrap_or(u64::MAX))
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
