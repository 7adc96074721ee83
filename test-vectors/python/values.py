"""The values of spec section 5."""

import re
import unicodedata

from cbor import Refusal

WHITE_SPACE = set(
    [0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
    + list(range(0x09, 0x0E))
    + list(range(0x2000, 0x200B))
)
HYPHENS = set(list(range(0x2010, 0x2016)) + [0x2212, 0x30FC, 0xFE58, 0xFE63])

# R-TEXT-2, class by class.
REFUSED = [
    (0x00, 0x1F), (0x7F, 0x9F),
    (0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069),
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200D), (0x2060, 0x2065), (0x206A, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFC), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0x2028, 0x2029), (0xE0000, 0xE007F),
    (0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD), (0xFDD0, 0xFDEF),
]
HAN = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF)]


def within(code, ranges):
    return any(low <= code <= high for low, high in ranges)


def check_text(text, limit=512, start=0):
    """Refuses a text that breaks R-TEXT-1 to R-TEXT-5; offsets count from `start`."""
    encoded = text.encode("utf-8")
    if not 1 <= len(encoded) <= limit:
        raise Refusal("E6-TEXT-LENGTH", start)
    at = start
    before = 0
    for character in text:
        code = ord(character)
        if 0xFE00 <= code <= 0xFE0F:
            raise Refusal("E6-TEXT-VARIATION", at)
        if 0xE0100 <= code <= 0xE01EF:
            if not within(before, HAN):
                raise Refusal("E6-TEXT-VARIATION", at)
        elif within(code, REFUSED) or code & 0xFFFE == 0xFFFE:
            raise Refusal("E6-TEXT-CHARACTER", at)
        before = code
        at += len(character.encode("utf-8"))
    if ord(text[0]) in WHITE_SPACE:
        raise Refusal("E6-TEXT-SPACE", start)
    if before in WHITE_SPACE:
        raise Refusal("E6-TEXT-SPACE", at - len(text[-1].encode("utf-8")))
    if not unicodedata.is_normalized("NFC", text):
        raise Refusal("E6-TEXT-NFC", start)
    return text


def check_name(text, start, shortest, longest, alphabet, code):
    encoded = text.encode("utf-8")
    if not shortest <= len(encoded) <= longest:
        raise Refusal(code, start)
    for at, byte in enumerate(encoded):
        if not re.fullmatch(alphabet, chr(byte)):
            raise Refusal(code, start + at)
    return text


def check_number(text, start=0):
    return check_name(text, start, 1, 64, "[0-9A-Za-z-]", "E6-NUMBER")


def check_guarantor_id(text, start=0):
    return check_name(text, start, 3, 32, "[0-9a-z-]", "E6-GUARANTOR-ID")


def fold_number(typed):
    """R-NUM-2."""
    if len(typed.encode("utf-8")) > 512:
        raise Refusal("E1-NUMBER")
    folded = ""
    for character in unicodedata.normalize("NFKC", typed):
        if ord(character) in HYPHENS:
            folded += "-"
        elif ord(character) not in WHITE_SPACE:
            folded += character
    try:
        return check_number(folded)
    except Refusal:
        raise Refusal("E1-NUMBER") from None


def fold_name(name):
    """R-NAME-1."""
    folded = unicodedata.normalize("NFKC", name)
    return "".join(c for c in folded if ord(c) not in WHITE_SPACE)
