//! CBOR diagnostic notation (RFC 8949 section 8) with the offset of every item.
//!
//! It shows what the strict parser would refuse, up to the point where the bytes stop making
//! sense. It holds nothing but the place it has reached, whatever the bytes claim.

use std::io::{self, Write};

use crate::hex::hex;

/// Levels of nesting that are followed; an object of ours has fewer than ten.
const MAX_DEPTH: usize = 32;

/// Lines that are written: a full status snapshot has about 150 000.
const MAX_LINES: usize = 400_000;

/// Bytes of a byte string that are shown.
const MAX_SHOWN_BYTES: usize = 512;

/// Whether the bytes could be shown to their end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Written {
    Partly,
    Whole,
}

/// Writes the bytes as diagnostic notation, one item a line.
pub(super) fn write(out: &mut impl Write, bytes: &[u8]) -> io::Result<Written> {
    let mut walk = Walk { out, bytes, at: 0, end: bytes.len(), lines: 0 };
    let result = walk.item(0, "", "", Place::Envelope);
    let at = walk.at;
    match result {
        Ok(()) if at == bytes.len() => Ok(Written::Whole),
        Ok(()) => {
            let left = bytes.len().saturating_sub(at);
            writeln!(out, "# E3-TRAILING at byte {at}: {left} bytes left over")?;
            Ok(Written::Partly)
        }
        Err(Stop::Broken { code, at }) => {
            writeln!(out, "# {code} at byte {at}: the bytes cannot be read any further")?;
            Ok(Written::Partly)
        }
        Err(Stop::Limit { at }) => {
            writeln!(out, "# the rest is not shown, from byte {at}")?;
            Ok(Written::Partly)
        }
        Err(Stop::Output(error)) => Err(error),
    }
}

enum Stop {
    Broken { code: &'static str, at: usize },
    Limit { at: usize },
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Where an item stands: only what COSE wraps in byte strings is unwrapped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// The envelope: tags and arrays from the start.
    Envelope,
    /// A byte string of the envelope that holds a header or a payload.
    Wrapped,
    /// Anything else.
    Inside,
}

struct Walk<'a, W> {
    out: &'a mut W,
    bytes: &'a [u8],
    at: usize,
    end: usize,
    lines: usize,
}

/// The first bytes of an item.
struct Head {
    start: usize,
    major: u8,
    value: u64,
    /// Bytes of the argument that the shortest form would not have needed, as `_0` to `_3`.
    excess: &'static str,
}

impl<'a, W: Write> Walk<'a, W> {
    fn item(&mut self, depth: usize, before: &str, after: &str, place: Place) -> Result<(), Stop> {
        if depth > MAX_DEPTH || self.lines > MAX_LINES {
            return Err(Stop::Limit { at: self.at });
        }
        let head = self.head()?;
        let (start, excess) = (head.start, head.excess);
        match head.major {
            0 => self.line(start, depth, &format!("{before}{}{excess}{after}", head.value)),
            1 => {
                let value = -1 - i128::from(head.value);
                self.line(start, depth, &format!("{before}{value}{excess}{after}"))
            }
            2 => self.byte_string(&head, depth, before, after, place),
            3 => self.text(&head, depth, before, after),
            4 => self.array(&head, depth, before, after, place),
            5 => self.map(&head, depth, before, after),
            6 => {
                self.line(start, depth, &format!("{before}{}{excess}(", head.value))?;
                self.item(depth + 1, "", "", place)?;
                self.line(self.at, depth, &format!("){after}"))
            }
            _ => self.simple(&head, depth, before, after),
        }
    }

    fn array(
        &mut self,
        head: &Head,
        depth: usize,
        before: &str,
        after: &str,
        place: Place,
    ) -> Result<(), Stop> {
        if head.value == 0 {
            return self.line(head.start, depth, &format!("{before}[]{}{after}", head.excess));
        }
        self.line(head.start, depth, &format!("{before}[{}", head.excess))?;
        for index in 0..head.value {
            let wrapped = index == 0 || (index == 2 && head.value == 4);
            let inner = match place {
                Place::Envelope if wrapped => Place::Wrapped,
                Place::Envelope => Place::Envelope,
                Place::Wrapped | Place::Inside => Place::Inside,
            };
            let comma = if index + 1 < head.value { "," } else { "" };
            self.item(depth + 1, "", comma, inner)?;
        }
        self.line(self.at, depth, &format!("]{after}"))
    }

    fn map(&mut self, head: &Head, depth: usize, before: &str, after: &str) -> Result<(), Stop> {
        if head.value == 0 {
            return self.line(head.start, depth, &format!("{before}{{}}{}{after}", head.excess));
        }
        self.line(head.start, depth, &format!("{before}{{{}", head.excess))?;
        for index in 0..head.value {
            let comma = if index + 1 < head.value { "," } else { "" };
            let key = self.short_key()?;
            if key.is_none() {
                self.item(depth + 1, "", ":", Place::Inside)?;
            }
            let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
            self.item(depth + 1, &key, comma, Place::Inside)?;
        }
        self.line(self.at, depth, &format!("}}{after}"))
    }

    /// Takes a key that is an integer, so that its value can stand on the same line.
    fn short_key(&mut self) -> Result<Option<String>, Stop> {
        let from = self.at;
        let head = self.head()?;
        match head.major {
            0 => Ok(Some(format!("{}{}", head.value, head.excess))),
            1 => Ok(Some(format!("{}{}", -1 - i128::from(head.value), head.excess))),
            _ => {
                self.at = from;
                Ok(None)
            }
        }
    }

    fn byte_string(
        &mut self,
        head: &Head,
        depth: usize,
        before: &str,
        after: &str,
        place: Place,
    ) -> Result<(), Stop> {
        let content = self.take(head.value)?;
        let is_map = content.first().is_some_and(|byte| byte >> 5 == 5);
        if place == Place::Wrapped && is_map {
            let outer_end = self.end;
            (self.end, self.at) = (self.at, self.at.saturating_sub(content.len()));
            self.line(head.start, depth, &format!("{before}<<{}", head.excess))?;
            self.item(depth + 1, "", "", Place::Inside)?;
            if self.at != self.end {
                return Err(Stop::Broken { code: "E3-TRAILING", at: self.at });
            }
            self.end = outer_end;
            return self.line(self.at, depth, &format!(">>{after}"));
        }
        let shown = content.get(..MAX_SHOWN_BYTES).unwrap_or(content);
        let hex = hex(shown);
        let rest = if shown.len() < content.len() {
            format!(" # first {MAX_SHOWN_BYTES} of {} bytes", content.len())
        } else {
            String::new()
        };
        self.line(head.start, depth, &format!("{before}h'{hex}'{}{after}{rest}", head.excess))
    }

    fn text(&mut self, head: &Head, depth: usize, before: &str, after: &str) -> Result<(), Stop> {
        let content = self.take(head.value)?;
        match std::str::from_utf8(content) {
            Ok(text) => {
                let shown = text.escape_debug();
                let line = format!("{before}\"{shown}\"{}{after}", head.excess);
                self.line(head.start, depth, &line)
            }
            Err(error) => {
                let at = self.at.saturating_sub(content.len()).saturating_add(error.valid_up_to());
                Err(Stop::Broken { code: "E3-UTF8", at })
            }
        }
    }

    fn simple(&mut self, head: &Head, depth: usize, before: &str, after: &str) -> Result<(), Stop> {
        let size = self.at.saturating_sub(head.start);
        let shown = match (size, head.value) {
            (1, 20) => "false".to_owned(),
            (1, 21) => "true".to_owned(),
            (1, 22) => "null".to_owned(),
            (1, 23) => "undefined".to_owned(),
            (1 | 2, value) => format!("simple({value})"),
            (_, bits) => format!("float{}({bits:#x})", size.saturating_sub(1).saturating_mul(8)),
        };
        self.line(head.start, depth, &format!("{before}{shown}{after}"))
    }

    fn head(&mut self) -> Result<Head, Stop> {
        let start = self.at;
        let initial = self.take(1)?.first().copied().unwrap_or_default();
        let (major, low) = (initial >> 5, initial & 0x1F);
        let size = match low {
            0..=23 => {
                return Ok(Head { start, major, value: u64::from(low), excess: "" });
            }
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            31 => return Err(Stop::Broken { code: "E3-INDEFINITE", at: start }),
            _ => return Err(Stop::Broken { code: "E3-TYPE", at: start }),
        };
        let argument = self.take(size)?;
        let value = argument.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        let (least, mark) = match size {
            1 => (24, "_0"),
            2 => (0x100, "_1"),
            4 => (0x1_0000, "_2"),
            _ => (0x1_0000_0000, "_3"),
        };
        let excess = if value < least && major != 7 { mark } else { "" };
        Ok(Head { start, major, value, excess })
    }

    /// Takes bytes, never beyond the byte string that is being looked into.
    fn take(&mut self, length: u64) -> Result<&'a [u8], Stop> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        let content =
            end.filter(|end| *end <= self.end).and_then(|end| self.bytes.get(self.at..end));
        match content {
            Some(content) => {
                self.at = self.at.saturating_add(content.len());
                Ok(content)
            }
            None => Err(Stop::Broken { code: "E3-TRUNCATED", at: self.at }),
        }
    }

    fn line(&mut self, at: usize, depth: usize, text: &str) -> Result<(), Stop> {
        self.lines = self.lines.saturating_add(1);
        writeln!(self.out, "{at:07}  {:indent$}{text}", "", indent = depth * 2)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> (Written, Vec<String>) {
        let mut out = Vec::new();
        let written = write(&mut out, bytes).unwrap();
        (written, String::from_utf8(out).unwrap().lines().map(str::to_owned).collect())
    }

    #[test]
    fn every_type_of_item_has_its_notation() {
        for (bytes, line) in [
            (&b"\x0A"[..], "0000000  10"),
            (b"\x29", "0000000  -10"),
            (b"\x3B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "0000000  -18446744073709551616"),
            (b"\x42\x01\xAB", "0000000  h'01ab'"),
            (b"\x63\xE7\x9C\x8C", "0000000  \"県\""),
            (b"\x80", "0000000  []"),
            (b"\xA0", "0000000  {}"),
            (b"\xF4", "0000000  false"),
            (b"\xF5", "0000000  true"),
            (b"\xF6", "0000000  null"),
            (b"\xF7", "0000000  undefined"),
            (b"\xE0", "0000000  simple(0)"),
            (b"\xF8\x20", "0000000  simple(32)"),
            (b"\xF9\x3C\x00", "0000000  float16(0x3c00)"),
            (b"\x18\x0A", "0000000  10_0"),
            (b"\x19\x00\x0A", "0000000  10_1"),
        ] {
            assert_eq!(shown(bytes), (Written::Whole, vec![line.to_owned()]));
        }
    }

    #[test]
    fn what_cose_wraps_is_unwrapped_and_nothing_else() {
        let (written, lines) = shown(b"\xD2\x84\x43\xA1\x01\x02\xA1\x04\x41\xA0\x41\xA0\x41\xA0");
        assert_eq!(written, Written::Whole);
        assert_eq!(
            lines,
            [
                "0000000  18(",
                "0000001    [",
                "0000002      <<",
                "0000003        {",
                "0000005          1: 2",
                "0000006        }",
                "0000006      >>,",
                "0000006      {",
                "0000008        4: h'a0'",
                "0000010      },",
                "0000010      <<",
                "0000011        {}",
                "0000012      >>,",
                "0000012      h'a0'",
                "0000014    ]",
                "0000014  )",
            ]
        );
    }

    #[test]
    fn any_bytes_come_to_an_end() {
        // A small generator with a fixed start: the same inputs in every run.
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        for _ in 0..20_000 {
            let mut bytes = vec![0xD2, 0x84];
            for _ in 0..state % 40 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.push(state.to_be_bytes()[0]);
            }
            state ^= state >> 11;
            let (written, lines) = shown(&bytes);
            let marked = lines.last().is_some_and(|line| line.starts_with("# "));
            assert_eq!(marked, written == Written::Partly, "{bytes:02x?}");
        }
    }
}
