//! Tar archives (POSIX ustar and pax, and GNU's long names), read with fixed bounds.
//!
//! Nothing is ever unpacked to the disk: names are labels, and links and devices are passed over.

use std::io::{self, BufRead, Read as _};
use std::path::Path;

use hosho::{Evidence, ObjectKind};

use super::{Damage, MAX_NAME_LEN, Member, hint};
use crate::source::MAX_CARRIER_LEN;

const BLOCK: usize = 512;
const BLOCK_LEN: u64 = 512;

/// Whether bytes begin with the header of a tar archive.
pub(super) fn is_header(head: &[u8]) -> bool {
    head.first_chunk().and_then(Header::parse).is_some()
}

/// The regular files of a tar archive.
pub(in crate::audit) struct Members<R> {
    reader: Option<R>,
    /// Damage that is told before the end.
    damage: Option<Damage>,
    /// The name that the archive gives to the member that comes next.
    long_name: Option<Vec<u8>>,
}

struct Header {
    name: Vec<u8>,
    size: u64,
    kind: u8,
}

impl<R> Members<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader: Some(reader), damage: None, long_name: None }
    }

    /// An archive of which nothing can be read.
    pub(super) const fn damaged(damage: Damage) -> Self {
        Self { reader: None, damage: Some(damage), long_name: None }
    }
}

impl Header {
    fn parse(block: &[u8; BLOCK]) -> Option<Self> {
        let field = |from: usize, to: usize| block.get(from..to).unwrap_or_default();
        if !field(257, 262).starts_with(b"ustar") || octal(field(148, 156))? != checksum(block) {
            return None;
        }
        let (prefix, name) = (until_nul(field(345, 500)), until_nul(field(0, 100)));
        // GNU's magic ends in blanks, and where POSIX has the prefix GNU has other things.
        let posix = field(262, 263) == b"\0";
        let name = match prefix {
            [_, ..] if posix => [prefix, b"/", name].concat(),
            _ => name.to_vec(),
        };
        Some(Self { name, size: octal(field(124, 136))?, kind: *block.get(156)? })
    }
}

impl<R: BufRead> Members<R> {
    fn member(&mut self) -> io::Result<Option<Member>> {
        let Some(reader) = self.reader.as_mut() else { return Ok(None) };
        loop {
            let mut block = [0; BLOCK];
            reader.read_exact(&mut block)?;
            if is_zero(&block) {
                return end(reader).map(|()| None);
            }
            let header = Header::parse(&block).ok_or(io::ErrorKind::InvalidData)?;
            match header.kind {
                b'L' => self.long_name = Some(until_nul(&name_of(reader, header.size)?).to_vec()),
                b'x' => self.long_name = pax_path(&name_of(reader, header.size)?),
                b'0' | b'7' | 0 => {
                    let name = self.long_name.take().unwrap_or(header.name);
                    let name = String::from_utf8_lossy(&name).into_owned();
                    let (content, meant) = content(reader, &name, header.size)?;
                    return Ok(Some(Member { name, content, meant }));
                }
                _ => {
                    self.long_name = None;
                    skip(reader, padded(header.size)?)?;
                }
            }
        }
    }
}

impl<R: BufRead> Iterator for Members<R> {
    type Item = Member;

    fn next(&mut self) -> Option<Member> {
        let damage = match self.member() {
            Ok(Some(member)) => return Some(member),
            Ok(None) => self.damage.take()?,
            Err(error) => Damage::of(&error),
        };
        self.reader = None;
        Some(Member { name: "?".to_owned(), content: Err(damage), meant: true })
    }
}

/// The bytes of a member, unless it is larger than anything that carries a certificate; then
/// whether it looks as if it did.
fn content(
    reader: &mut impl BufRead,
    name: &str,
    size: u64,
) -> io::Result<(Result<Vec<u8>, Damage>, bool)> {
    let is_within = |limit: usize| usize::try_from(size).is_ok_and(|size| size <= limit);
    if is_within(MAX_CARRIER_LEN) {
        return exactly(reader, size).map(|bytes| (Ok(bytes), false));
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_CARRIER_LEN).unwrap_or(u64::MAX);
    reader.by_ref().take(limit).read_to_end(&mut bytes)?;
    let rest = size.saturating_sub(limit);
    if is_within(Evidence::MAX_LEN) && ObjectKind::of(&bytes) == Some(ObjectKind::Evidence) {
        reader.by_ref().take(rest).read_to_end(&mut bytes)?;
        whole(reader, bytes, size).map(|bytes| (Ok(bytes), false))
    } else {
        skip(reader, padded(size)?.saturating_sub(limit))?;
        let hint = hint::of(Path::new(name), &bytes);
        let packed = hint.filter(|hint| *hint == Damage::PACKED);
        Ok((Err(packed.unwrap_or(Damage::TOO_LARGE)), hint.is_some()))
    }
}

/// What follows the first block of zeros: a second one and nothing but zeros (POSIX). One block
/// that was wiped, or a second archive behind the first, would hide what follows it; and only the
/// last byte shows whether what gzip unpacked is whole.
fn end(reader: &mut impl BufRead) -> io::Result<()> {
    let mut block = [0; BLOCK];
    reader.read_exact(&mut block)?;
    let mut zero = is_zero(&block);
    while zero {
        let rest = reader.fill_buf()?;
        let length = rest.len();
        if length == 0 {
            return Ok(());
        }
        zero = is_zero(rest);
        reader.consume(length);
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// The record that holds the next member's name.
fn name_of(reader: &mut impl BufRead, size: u64) -> io::Result<Vec<u8>> {
    if usize::try_from(size).is_ok_and(|size| size <= MAX_NAME_LEN) {
        return exactly(reader, size);
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn exactly(reader: &mut impl BufRead, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.by_ref().take(size).read_to_end(&mut bytes)?;
    whole(reader, bytes, size)
}

/// The bytes of a member that were read, if they are all, the padding behind them read too.
fn whole(reader: &mut impl BufRead, bytes: Vec<u8>, size: u64) -> io::Result<Vec<u8>> {
    if u64::try_from(bytes.len()).ok() != Some(size) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    skip(reader, padded(size)?.saturating_sub(size))?;
    Ok(bytes)
}

fn skip(reader: &mut impl BufRead, size: u64) -> io::Result<()> {
    if io::copy(&mut reader.by_ref().take(size), &mut io::sink())? == size {
        return Ok(());
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn padded(size: u64) -> io::Result<u64> {
    size.checked_next_multiple_of(BLOCK_LEN).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// An octal number between blanks and NULs. The binary form is for files of 8 GiB and more.
fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}

/// The sum of the bytes, those of the checksum's own field taken for blanks.
fn checksum(block: &[u8; BLOCK]) -> u64 {
    let counted = block.iter().enumerate().map(|(at, byte)| match at {
        148..156 => u64::from(b' '),
        _ => u64::from(*byte),
    });
    counted.sum()
}

/// The path of a pax record, `LENGTH path=NAME` among other lines.
fn pax_path(records: &[u8]) -> Option<Vec<u8>> {
    let mut lines = records.split(|byte| *byte == b'\n');
    lines.find_map(|line| {
        let at = line.iter().position(|byte| *byte == b' ')?;
        Some(line.get(at..)?.strip_prefix(b" path=")?.to_vec())
    })
}
