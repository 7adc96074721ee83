use crate::error::{ParseError, ParseErrorKind as Kind};

const UINT: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const TRUE: u8 = 0xf5;

/// Reads canonical CBOR from a slice, in the order the caller expects (spec section 2).
///
/// Every value is taken by its type, so what the schema does not name cannot be skipped. Nothing
/// is allocated, and depth is that of the caller.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    end: usize,
}

impl<'a> Reader<'a> {
    /// Reads `input`, which begins `base` bytes after the start of its object.
    pub(crate) fn new(input: &'a [u8], base: usize) -> Self {
        Self { rest: input, end: base + input.len() }
    }

    /// Returns the offset of the next byte from the start of the object.
    pub(crate) fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    pub(crate) fn fail<T>(&self, kind: Kind) -> Result<T, ParseError> {
        Err(ParseError::at(kind, self.offset()))
    }

    /// Refuses what is left over (R-CBOR-10).
    pub(crate) fn finish(self) -> Result<(), ParseError> {
        if self.rest.is_empty() { Ok(()) } else { self.fail(Kind::Trailing) }
    }

    fn peek(&self) -> Result<u8, ParseError> {
        match self.rest.first() {
            Some(byte) => Ok(*byte),
            None => self.fail(Kind::Truncated),
        }
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8], ParseError> {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => self.fail(Kind::Truncated),
        }
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        match self.rest.split_first_chunk::<N>() {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(*taken)
            }
            None => self.fail(Kind::Truncated),
        }
    }

    /// Reads a head of `major` and returns its argument.
    #[inline]
    fn argument(&mut self, major: u8) -> Result<u64, ParseError> {
        let short = major << 5;
        // Nearly all heads have one byte or two.
        match self.rest {
            [initial, rest @ ..] if initial.wrapping_sub(short) < 24 => {
                self.rest = rest;
                Ok(u64::from(initial - short))
            }
            [initial, value @ 24..=255, rest @ ..] if *initial == short + 24 => {
                self.rest = rest;
                Ok(u64::from(*value))
            }
            _ => self.long_argument(major),
        }
    }

    #[inline(never)]
    fn long_argument(&mut self, major: u8) -> Result<u64, ParseError> {
        let start = self.clone();
        let [initial] = self.take_array()?;
        if initial >> 5 != major {
            return start.fail(Kind::Type);
        }
        let (value, least) = match initial & 0x1f {
            24 => (u64::from(u8::from_be_bytes(self.take_array()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.take_array()?)), 0x100),
            26 => (u64::from(u32::from_be_bytes(self.take_array()?)), 0x1_0000),
            27 => (u64::from_be_bytes(self.take_array()?), 0x1_0000_0000),
            31 => return start.fail(Kind::Indefinite),
            _ => return start.fail(Kind::Type),
        };
        if value < least {
            return start.fail(Kind::NonMinimal);
        }
        Ok(value)
    }

    pub(crate) fn uint(&mut self) -> Result<u64, ParseError> {
        self.argument(UINT)
    }

    /// Reads the negative integer `-1 - n` and returns `n`.
    pub(crate) fn negative(&mut self) -> Result<u64, ParseError> {
        self.argument(NEGATIVE)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], ParseError> {
        let length = self.argument(BYTES)?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    pub(crate) fn bytes_of<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        let start = self.clone();
        match <[u8; N]>::try_from(self.bytes()?) {
            Ok(bytes) => Ok(bytes),
            Err(_) => start.fail(Kind::Length),
        }
    }

    /// Reads a byte string that holds CBOR and returns a reader over it.
    pub(crate) fn nested(&mut self) -> Result<(&'a [u8], Reader<'a>), ParseError> {
        let bytes = self.bytes()?;
        Ok((bytes, Reader::new(bytes, self.offset() - bytes.len())))
    }

    /// Reads a text string and returns it with the offset of its first byte.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<(&'a str, usize), ParseError> {
        let (bytes, start) = self.unchecked_text()?;
        match core::str::from_utf8(bytes) {
            Ok(text) => Ok((text, start)),
            Err(error) => Err(ParseError::at(Kind::Utf8, start + error.valid_up_to())),
        }
    }

    /// Reads a text string whose content the caller checks to be UTF-8 (R-CBOR-7).
    #[inline]
    pub(crate) fn unchecked_text(&mut self) -> Result<(&'a [u8], usize), ParseError> {
        let length = self.argument(TEXT)?;
        let start = self.offset();
        Ok((self.take(usize::try_from(length).unwrap_or(usize::MAX))?, start))
    }

    /// Reads the head of an array and returns its declared length: a number to count down, never
    /// one to allocate.
    pub(crate) fn array(&mut self) -> Result<u64, ParseError> {
        self.argument(ARRAY)
    }

    pub(crate) fn array_of(&mut self, length: u64) -> Result<(), ParseError> {
        let start = self.clone();
        if self.array()? == length { Ok(()) } else { start.fail(Kind::Length) }
    }

    pub(crate) fn map(&mut self) -> Result<Map, ParseError> {
        let remaining = self.argument(MAP)?;
        Ok(Map { remaining, last: None })
    }

    /// Reads a tag; anything else is "not our object" (R-COSE-1).
    pub(crate) fn tag(&mut self, tag: u64) -> Result<(), ParseError> {
        let start = self.clone();
        if self.rest.is_empty() {
            return self.fail(Kind::Truncated);
        }
        match self.argument(TAG) {
            Ok(found) if found == tag => Ok(()),
            Err(error) if error.kind() != Kind::Type => Err(error),
            _ => start.fail(Kind::Tag),
        }
    }

    /// Reads `true`, the only simple value there is.
    pub(crate) fn truth(&mut self) -> Result<(), ParseError> {
        if self.peek()? != TRUE {
            return self.fail(Kind::Type);
        }
        self.take(1)?;
        Ok(())
    }
}

/// A map key: its major type and its argument, which compare as the encodings do bytewise.
type Key = (u8, u64);

/// Walks the keys of one map, which must rise and be known (R-CBOR-3 to R-CBOR-5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map {
    remaining: u64,
    last: Option<Key>,
}

impl Map {
    /// Steps to `key`, which must come next.
    #[inline]
    pub(crate) fn required(&mut self, reader: &mut Reader<'_>, key: u8) -> Result<(), ParseError> {
        if self.optional(reader, key)? { Ok(()) } else { reader.fail(Kind::KeyMissing) }
    }

    /// Steps to `key` if it comes next, and tells whether it did.
    #[inline]
    pub(crate) fn optional(
        &mut self,
        reader: &mut Reader<'_>,
        key: u8,
    ) -> Result<bool, ParseError> {
        match reader.rest {
            // A key of one byte that is the expected one is also canonical and larger than the
            // last.
            [first, rest @ ..] if *first == key && key < 24 && self.remaining > 0 => {
                reader.rest = rest;
                self.step((UINT, u64::from(key)));
                Ok(true)
            }
            _ => self.step_if(reader, (UINT, u64::from(key))),
        }
    }

    /// Steps to the negative label `-1 - n`, which must come next; only COSE maps have such.
    pub(crate) fn required_negative(
        &mut self,
        reader: &mut Reader<'_>,
        n: u64,
    ) -> Result<(), ParseError> {
        if self.step_if(reader, (NEGATIVE, n))? { Ok(()) } else { reader.fail(Kind::KeyMissing) }
    }

    fn step_if(&mut self, reader: &mut Reader<'_>, key: Key) -> Result<bool, ParseError> {
        if self.remaining == 0 {
            return Ok(false);
        }
        let mut ahead = reader.clone();
        let found = self.rising_key(&mut ahead)?;
        if found < key {
            return reader.fail(Kind::KeyUnknown);
        }
        if found > key {
            return Ok(false);
        }
        *reader = ahead;
        self.step(key);
        Ok(true)
    }

    /// Reads the next key, an integer, and refuses one that does not rise.
    fn rising_key(self, ahead: &mut Reader<'_>) -> Result<Key, ParseError> {
        let start = ahead.clone();
        let major = if ahead.peek()? >> 5 == NEGATIVE { NEGATIVE } else { UINT };
        let found = (major, ahead.argument(major)?);
        if self.last.is_some_and(|last| found <= last) {
            return start.fail(Kind::KeyOrder);
        }
        Ok(found)
    }

    fn step(&mut self, key: Key) {
        self.remaining -= 1;
        self.last = Some(key);
    }

    /// Tells whether no key is left.
    pub(crate) fn is_empty(self) -> bool {
        self.remaining == 0
    }

    /// Refuses what is left in the map.
    pub(crate) fn finish(self, reader: &Reader<'_>) -> Result<(), ParseError> {
        if self.remaining == 0 {
            return Ok(());
        }
        self.rising_key(&mut reader.clone())?;
        reader.fail(Kind::KeyUnknown)
    }
}

#[cfg(test)]
mod tests;
