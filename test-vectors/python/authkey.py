"""Auth keys by spec section 8: text, derivation, and opening by section 9."""

import hashlib
import hmac

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from cbor import Refusal
from values import HYPHENS, WHITE_SPACE

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def times(a, b):
    """Multiplies in GF(2)[a]/(a^5 + a^2 + 1)."""
    product = 0
    for bit in range(5):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(8, 4, -1):
        if product >> bit & 1:
            product ^= 0b100101 << (bit - 5)
    return product


def power(base, exponent):
    result = 1
    for _ in range(exponent):
        result = times(result, base)
    return result


def syndromes(word):
    """The code word at a, a^2, a^3, a^4."""
    values = []
    for j in range(1, 5):
        root, value = power(2, j), 0
        for symbol in word:
            value = times(value, root) ^ symbol
        values.append(value)
    return values


def wrong_group(word):
    """The group whose one symbol can be changed so that the word is correct."""
    for place in range(25):
        for error in range(1, 32):
            changed = list(word)
            changed[place] ^= error
            if not any(syndromes(changed)):
                return place // 5 + 1
    return None


def checks(symbols):
    """The four symbols that make a code word, found by linear search over the last ones."""
    generator = [1]
    for j in range(1, 5):
        root = power(2, j)
        longer = generator + [0]
        for at, coefficient in enumerate(generator):
            longer[at + 1] ^= times(coefficient, root)
        generator = longer
    rest = list(symbols) + [0] * 4
    for at in range(len(symbols)):
        lead = rest[at]
        for offset, coefficient in enumerate(generator):
            rest[at + offset] ^= times(coefficient, lead)
    return rest[-4:]


def parse(typed):
    """Returns the secret, 13 bytes, of a typed auth key."""
    if len(typed.encode("utf-8")) > 256:
        raise Refusal("E2-LENGTH")
    characters = []
    for character in typed:
        code = ord(character)
        if code in HYPHENS | WHITE_SPACE | {0x2D, 0xFF0D, 0xFF70}:
            continue
        if 0xFF01 <= code <= 0xFF5E:
            character = chr(code - 0xFEE0)
        if "a" <= character <= "z":
            character = character.upper()
        characters.append({"O": "0", "I": "1", "L": "1"}.get(character, character))
    if len(characters) != 25:
        raise Refusal("E2-LENGTH")
    if any(character not in ALPHABET for character in characters):
        raise Refusal("E2-SYMBOL")
    word = [ALPHABET.index(character) for character in characters]
    if any(syndromes(word)):
        refusal = Refusal("E2-CHECK")
        refusal.group = wrong_group(word)
        raise refusal
    if word[0] != 1:
        raise Refusal("E2-VERSION")
    bits = 0
    for symbol in word[1:21]:
        bits = bits << 5 | symbol
    return (bits << 4).to_bytes(13, "big")


def show(secret):
    bits = int.from_bytes(secret, "big") >> 4
    symbols = [1] + [bits >> 5 * (19 - at) & 31 for at in range(20)]
    text = "".join(ALPHABET[symbol] for symbol in symbols + checks(symbols))
    return "-".join(text[at : at + 5] for at in range(0, 25, 5))


def canonical(*items):
    return cbor2.dumps(list(items), canonical=True)


def extract(label, secret):
    salt = hashlib.sha256(label.encode()).digest()
    return hmac.new(salt, secret, hashlib.sha256).digest()


def expand(prk, info, length):
    assert length <= 32
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()[:length]


def derive_auth_key(master, guarantor_id, epoch, number, serial):
    prk = extract("hosho/v1/auth-key-extract", master)
    info = canonical("hosho/v1/auth-key", guarantor_id, epoch, number, serial)
    secret = bytearray(expand(prk, info, 16)[:13])
    secret[12] &= 0xF0
    return bytes(secret)


def of_code(secret, info, length):
    return expand(extract("hosho/v1/code-extract", secret), info, length)


def bind(secret, guarantor_id, number, epoch, serial):
    return of_code(secret, canonical("hosho/v1/bind", guarantor_id, number, epoch, serial), 32)


def locator(secret, number):
    return of_code(secret, canonical("hosho/v1/locator", number), 16)


def commit(secret, salt):
    return of_code(secret, canonical("hosho/v1/commit", 24, salt), 32)


def k_enc(secret, salt):
    return of_code(secret, canonical("hosho/v1/enc", 24, salt), 32)


def k_answer(secret, salt):
    return of_code(secret, canonical("hosho/v1/answer", 24, salt), 32)


def open_answer(secret, number, revision, sealed):
    """Returns what is inside an answer (section 17)."""
    if len(sealed) < 33:
        raise Refusal("E3-LENGTH")
    if len(sealed) > 4128:
        raise Refusal("E3-SIZE")
    salt, ciphertext = sealed[:16], sealed[16:]
    additional = locator(secret, number) + revision.to_bytes(8, "big")
    try:
        return ChaCha20Poly1305(k_answer(secret, salt)).decrypt(bytes(12), ciphertext, additional)
    except InvalidTag:
        raise Refusal("E4-OPEN") from None


def open_sealed(secret, sealed):
    """Returns what is inside a parsed sealed certificate."""
    if not hmac.compare_digest(commit(secret, sealed["salt"]), sealed["commit"]):
        raise Refusal("E4-OPEN")
    additional = canonical("Encrypt0", sealed["protected"], b"")
    cipher = ChaCha20Poly1305(k_enc(secret, sealed["salt"]))
    try:
        return cipher.decrypt(sealed["iv"], sealed["ciphertext"], additional)
    except InvalidTag:
        raise Refusal("E4-OPEN") from None
