//! What can be wrong with bytes and values: the error codes of spec section 14.

use core::fmt;

macro_rules! parse_error_kinds {
    ($($(#[$doc:meta])* $variant:ident, $code:literal, $rule:literal, $phrase:literal;)*) => {
        /// Which rule bytes or a value broke; each has a stable code (spec section 14).
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum ParseErrorKind {
            $($(#[$doc])* #[doc = concat!("`", $code, "` (spec ", $rule, ").")] $variant,)*
        }

        impl ParseErrorKind {
            /// Every kind, in the order of the spec.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the stable code, such as `E3-KEY-ORDER`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// Returns the id of the rule in the spec, such as `R-CBOR-3`.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule),* }
            }

            const fn phrase(self) -> &'static str {
                match self { $(Self::$variant => $phrase),* }
            }
        }
    };
}

parse_error_kinds! {
    NumberNotFolded, "E1-NUMBER", "R-NUM-2", "the typed text is not a guarantee number";
    Armor, "E1-ARMOR", "R-ARMOR-1", "the text armor is not in its one form";
    Size, "E3-SIZE", "R-SIZE-1", "the object is larger than its limit";
    NonMinimal, "E3-NON-MINIMAL", "R-CBOR-1", "a head is not in its shortest form";
    Indefinite, "E3-INDEFINITE", "R-CBOR-2", "a length is indefinite";
    KeyOrder, "E3-KEY-ORDER", "R-CBOR-3", "a map key is repeated or out of order";
    KeyUnknown, "E3-KEY-UNKNOWN", "R-CBOR-4", "a map holds an unknown key";
    KeyMissing, "E3-KEY-MISSING", "R-CBOR-5", "a map lacks a required key";
    Type, "E3-TYPE", "R-CBOR-6", "another type is required here";
    Utf8, "E3-UTF8", "R-CBOR-7", "a text is not UTF-8";
    Length, "E3-LENGTH", "R-CBOR-8", "a byte string or an array has the wrong length";
    Truncated, "E3-TRUNCATED", "R-CBOR-9", "the input ends too early";
    Trailing, "E3-TRAILING", "R-CBOR-10", "bytes are left over";
    Tag, "E3-TAG", "R-COSE-1", "the object does not start with its tag";
    Header, "E3-HEADER", "R-COSE-2", "the protected header does not hold exactly its labels";
    Algorithm, "E3-ALG", "R-COSE-3", "the algorithm is not the one of this format";
    MediaType, "E3-TYP", "R-COSE-4", "the typ is not the one of this object";
    Unprotected, "E3-UNPROTECTED", "R-COSE-5", "the unprotected header is not in its one form";
    Order, "E3-ORDER", "R-EVID-4", "the parts of an evidence file are not in their order";
    Version, "E3-VERSION", "R-CERT-1", "the profile version is not one that this reader knows";
    TextNotNormal, "E6-TEXT-NFC", "R-TEXT-1", "a text is not in normalization form C";
    TextCharacter, "E6-TEXT-CHARACTER", "R-TEXT-2", "a text holds a character that is not allowed";
    TextSpace, "E6-TEXT-SPACE", "R-TEXT-3", "a text begins or ends with white space";
    TextLength, "E6-TEXT-LENGTH", "R-TEXT-4", "a text is empty or too long";
    TextVariation, "E6-TEXT-VARIATION", "R-TEXT-5", "a variation selector does not follow a Han character";
    Number, "E6-NUMBER", "R-NUM-1", "a guarantee number is 1 to 64 of 0-9 A-Z a-z -";
    GuarantorId, "E6-GUARANTOR-ID", "R-ID-1", "a guarantor-id is 3 to 32 of a-z 0-9 -";
    Date, "E6-DATE", "R-DATE-1", "a date is out of range";
    Period, "E6-PERIOD", "R-DATE-2", "a period ends before it begins";
    Time, "E6-TIME", "R-TIME-1", "an instant is out of range";
    Yen, "E6-YEN", "R-YEN-1", "an amount is out of range";
    Revision, "E6-REVISION", "R-REV-1", "a revision is out of range";
    Sequence, "E6-SEQUENCE", "R-SEQ-1", "a sequence number is out of range";
    Lineage, "E6-LINEAGE", "R-CERT-2", "previous hash and change stand exactly in revisions above 1";
    Kind, "E6-KIND", "R-CERT-3", "the kind of guarantee is unknown";
    KindField, "E6-KIND-FIELD", "R-CERT-4", "a field does not fit the kind of guarantee";
    ConcludedOn, "E6-CONCLUDED-ON", "R-CERT-5", "the day of the contract is required for this kind";
    Tax, "E6-TAX", "R-CERT-6", "the tax is larger than the price";
    Members, "E6-MEMBERS", "R-CERT-7", "a joint venture has 1 to 20 members with shares of 0.01 to 100 %";
    Change, "E6-CHANGE", "R-CERT-8", "the kinds of change do not go together";
    Binding, "E6-BINDING", "R-CERT-9", "an epoch or a serial is out of range";
    StatusReference, "E6-STATUS-REFERENCE", "R-CERT-10", "a status list or index is out of range";
    StatusItem, "E6-STATUS-ITEM", "R-STAT-2", "a status item does not fit its state";
    StatusTime, "E6-STATUS-TIME", "R-STAT-4", "next-update is not after issued-at";
}

/// Why bytes or a value were refused, and where.
///
/// It holds no text and no value from the input.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ParseError {
    kind: ParseErrorKind,
    claim: u8,
    offset: u32,
}

impl ParseError {
    pub(crate) fn at(kind: ParseErrorKind, offset: usize) -> Self {
        Self { kind, claim: 0, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }

    /// Names the claim, unless an inner place has already named it.
    pub(crate) fn in_claim(mut self, claim: u8) -> Self {
        if self.claim == 0 {
            self.claim = claim;
        }
        self
    }

    /// Moves an offset that counts from the start of a value to the start of its object.
    pub(crate) fn moved_by(mut self, base: usize) -> Self {
        self.offset = self.offset.saturating_add(u32::try_from(base).unwrap_or(u32::MAX));
        self
    }

    /// Returns which rule was broken.
    pub const fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// Returns the stable code, such as `E3-KEY-ORDER`.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Returns the id of the rule in the spec, such as `R-CBOR-3`.
    pub const fn rule(&self) -> &'static str {
        self.kind.rule()
    }

    /// Returns the offset in bytes from the start of the object, or of the text that was parsed.
    pub fn offset(&self) -> usize {
        usize::try_from(self.offset).unwrap_or(usize::MAX)
    }

    /// Returns the key of the payload map in which the fault lies, if it lies in one.
    pub const fn claim(&self) -> Option<u8> {
        match self.claim {
            0 => None,
            claim => Some(claim),
        }
    }
}

impl From<ParseErrorKind> for ParseError {
    fn from(kind: ParseErrorKind) -> Self {
        Self::at(kind, 0)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind.phrase(), self.offset)?;
        if let Some(claim) = self.claim() {
            write!(f, ", claim {claim}")?;
        }
        write!(f, " ({})", self.code())
    }
}

impl core::error::Error for ParseError {}
