//! Text with many armored blocks.

use std::io::{BufRead, Read as _};

use super::{Damage, Member};
use crate::source::MAX_CARRIER_LEN;

const BEGIN: &[u8] = b"-----BEGIN HOSHO CERTIFICATE-----";
const END: &[u8] = b"-----END HOSHO CERTIFICATE-----";

/// Whether bytes begin as armor, after a byte-order mark and blanks.
pub(super) fn begins(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.trim_ascii_start().starts_with(BEGIN)
}

/// How many blocks begin in the bytes.
pub(super) fn blocks_in(bytes: &[u8]) -> usize {
    if !begins(bytes) {
        return 0;
    }
    bytes.split(|byte| *byte == b'\n').filter(|line| is_mark(line, BEGIN)).count()
}

/// The blocks of a text. A block that does not end, and lines between blocks that are not blank,
/// are members too, damaged ones: a certificate whose first line was spoilt must not get lost.
pub(in crate::audit) struct Blocks<R> {
    reader: R,
    /// The next line, if it was read already.
    ahead: Option<Line>,
    count: u64,
    ended: bool,
}

/// One line with its end.
enum Line {
    Blank,
    Begin(Vec<u8>),
    End(Vec<u8>),
    Other(Vec<u8>),
    /// Longer than any carrier; its bytes are gone.
    TooLong,
}

impl<R: BufRead> Blocks<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, ahead: None, count: 0, ended: false }
    }

    fn line(&mut self) -> std::io::Result<Option<Line>> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_CARRIER_LEN).unwrap_or(u64::MAX);
        let length = self.reader.by_ref().take(limit).read_until(b'\n', &mut bytes)?;
        if length == 0 {
            return Ok(None);
        }
        if length >= MAX_CARRIER_LEN && !bytes.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
            return Ok(Some(Line::TooLong));
        }
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes).trim_ascii();
        Ok(Some(match text {
            [] => Line::Blank,
            BEGIN => Line::Begin(bytes),
            END => Line::End(bytes),
            _ => Line::Other(bytes),
        }))
    }

    /// The rest of a block, or why it has no end.
    fn block(&mut self, mut bytes: Vec<u8>) -> std::io::Result<Result<Vec<u8>, Damage>> {
        loop {
            match self.line()? {
                Some(Line::End(line)) => {
                    bytes.extend_from_slice(&line);
                    return Ok(Ok(bytes));
                }
                Some(line @ Line::Begin(_)) => {
                    self.ahead = Some(line);
                    return Ok(Err(Damage::ARMOR));
                }
                None => return Ok(Err(Damage::ARMOR)),
                Some(Line::Blank) => bytes.push(b'\n'),
                Some(Line::Other(line)) => bytes.extend_from_slice(&line),
                Some(Line::TooLong) => return self.foreign(Damage::TOO_LARGE).map(Err),
            }
            if bytes.len() > MAX_CARRIER_LEN {
                return self.foreign(Damage::TOO_LARGE).map(Err);
            }
        }
    }

    /// Passes over lines that belong to no block, up to the next one.
    fn foreign(&mut self, damage: Damage) -> std::io::Result<Damage> {
        loop {
            match self.line()? {
                Some(line @ Line::Begin(_)) => {
                    self.ahead = Some(line);
                    return Ok(damage);
                }
                None => return Ok(damage),
                Some(_) => {}
            }
        }
    }

    fn content(&mut self) -> std::io::Result<Option<Result<Vec<u8>, Damage>>> {
        loop {
            return match self.line()? {
                None => Ok(None),
                Some(Line::Blank) => continue,
                Some(Line::Begin(bytes)) => self.block(bytes).map(Some),
                Some(_) => self.foreign(Damage::ARMOR).map(|damage| Some(Err(damage))),
            };
        }
    }
}

impl<R: BufRead> Iterator for Blocks<R> {
    type Item = Member;

    fn next(&mut self) -> Option<Member> {
        if self.ended {
            return None;
        }
        let content = match self.content() {
            Ok(content) => content?,
            Err(error) => {
                self.ended = true;
                Err(Damage::of(&error))
            }
        };
        self.count = self.count.saturating_add(1);
        Some(Member { name: self.count.to_string(), content, meant: true })
    }
}

fn is_mark(line: &[u8], mark: &[u8]) -> bool {
    line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).trim_ascii() == mark
}
