"""The objects of spec sections 3, 6, 9, 10 and 11, read strictly."""

import hashlib

import cbor2

import ed25519
from cbor import MapReader, Reader, Refusal
from values import check_guarantor_id, check_number, check_text

CERTIFICATE = "application/vnd.hosho.certificate+cose"
SEALED = "application/vnd.hosho.sealed+cose"
TRUST = "application/vnd.hosho.trust+cose"
STATUS = "application/vnd.hosho.status+cose"
EVIDENCE = "application/vnd.hosho.evidence+cbor"


# ---- headers and envelopes (spec section 3) ----


def open_object(data, limit, tag):
    if len(data) > limit:
        raise Refusal("E3-SIZE", 0)
    reader = Reader(data)
    if reader.peek_major() != 6:
        raise Refusal("E3-TAG", 0)
    if reader.head(6) != tag:
        raise Refusal("E3-TAG", 0)
    return reader


def as_refusal(step, code, offset=None):
    """Reports a missing, unknown or foreign label under the code of its header."""
    try:
        step()
    except Refusal as refusal:
        if refusal.code in ("E3-KEY-MISSING", "E3-KEY-UNKNOWN", "E3-TYPE"):
            raise Refusal(code, refusal.offset if offset is None else offset) from None
        raise


def algorithm(reader, expected):
    start = reader.at
    major = reader.peek_major()
    if major not in (0, 1):
        raise Refusal("E3-ALG", start)
    argument = reader.head(major)
    if (argument if major == 0 else -1 - argument) != expected:
        raise Refusal("E3-ALG", start)


def media_type(reader, expected):
    start = reader.at
    if reader.peek_major() != 3:
        raise Refusal("E3-TYP", start)
    text, _ = reader.text()
    if text != expected:
        raise Refusal("E3-TYP", start)


def header(reader, read):
    """Reads a protected header with `read(reader, need)`; returns its bytes and what was read."""
    inner, content = reader.embedded()
    labels = MapReader(inner)
    answer = read(inner, lambda label: as_refusal(lambda: labels.need(label), "E3-HEADER"))
    as_refusal(labels.finish, "E3-HEADER")
    inner.finish()
    return content, answer


def empty_unprotected(reader):
    start = reader.at
    if reader.head(5) != 0:
        raise Refusal("E3-UNPROTECTED", start)


def sign1(data, limit, typ):
    reader = open_object(data, limit, 18)
    reader.array(4)

    def read(inner, need):
        need(1)
        algorithm(inner, -19)
        need(4)
        kid = inner.bytes(8)
        need(16)
        media_type(inner, typ)
        return kid

    protected, kid = header(reader, read)
    empty_unprotected(reader)
    payload_reader, payload = reader.embedded()
    signature = reader.bytes(64)
    reader.finish()
    message = cbor2.dumps(["Signature1", protected, b"", payload])
    return {"kid": kid, "signature": signature, "message": message}, payload_reader


# ---- values inside maps ----


def ranged(reader, low, high, code):
    start = reader.at
    value = reader.uint()
    if not low <= value <= high:
        raise Refusal(code, start)
    return value


def date(reader):
    return ranged(reader, 0, 2_932_896, "E6-DATE")


def time(reader):
    return ranged(reader, 0, 253_402_300_799, "E6-TIME")


def yen(reader):
    return ranged(reader, 0, 9_999_999_999_999, "E6-YEN")


def revision(reader):
    return ranged(reader, 1, 65_535, "E6-REVISION")


def sequence(reader):
    return ranged(reader, 1, 9_007_199_254_740_991, "E6-SEQUENCE")


def version(reader):
    return ranged(reader, 1, 1, "E3-VERSION")


def text(reader, limit=512):
    value, start = reader.text()
    return check_text(value, limit, start)


def short_text(reader):
    return text(reader, 64)


def number(reader):
    return check_number(*reader.text())


def guarantor_id(reader):
    return check_guarantor_id(*reader.text())


def sha256(reader):
    return reader.bytes(32)


def period(reader):
    start = reader.at
    reader.array(2)
    first, last = date(reader), date(reader)
    if first > last:
        raise Refusal("E6-PERIOD", start)
    return first, last


def fields(reader, *names):
    """Reads a map: (key, name, read) for a required entry, (key, name, read, None) else."""
    entries = MapReader(reader)
    found = {}
    for key, name, read, *optional in names:
        if optional:
            found[name] = read(reader) if entries.has(key) else None
        else:
            entries.need(key)
            found[name] = read(reader)
    entries.finish()
    return found


# ---- signed certificate (spec section 6) ----


def binding(reader):
    reader.array(3)
    epoch = ranged(reader, 1, 2**32 - 1, "E6-BINDING")
    serial = ranged(reader, 1, 2**32 - 1, "E6-BINDING")
    return epoch, serial, reader.bytes(32)


def status_reference(reader):
    reader.array(2)
    status_list = ranged(reader, 1, 65_535, "E6-STATUS-REFERENCE")
    return status_list, ranged(reader, 0, 131_071, "E6-STATUS-REFERENCE")


def members(reader):
    start = reader.at
    count = reader.array()
    if not 1 <= count <= 20:
        raise Refusal("E6-MEMBERS", start)
    share = lambda r: ranged(r, 1, 10_000, "E6-MEMBERS")
    return [
        fields(reader, (1, "name", text), (2, "role", short_text), (3, "share", share, None))
        for _ in range(count)
    ]


def multi_year(reader):
    reader.array(2)
    return short_text(reader), yen(reader)


def change_kinds(reader):
    start = reader.at
    kinds = []
    for _ in range(reader.array()):
        at = reader.at
        kind = reader.uint()
        if not 1 <= kind <= 9 or kinds and kind <= kinds[-1]:
            raise Refusal("E6-CHANGE", at)
        kinds.append(kind)
    if not kinds or len(kinds) > 1 and (8 in kinds or 9 in kinds):
        raise Refusal("E6-CHANGE", start)
    return kinds


def work(reader):
    return fields(
        reader,
        (1, "contract_number", text), (2, "category", short_text), (3, "name", text),
        (4, "site", text), (5, "concluded_on", date, None), (6, "term", period),
        (7, "price", yen), (8, "tax", yen), (9, "multi_year", multi_year, None),
        (10, "survey", Reader.true, None),
    )


def guarantee(reader):
    return fields(
        reader,
        (1, "amount", yen), (2, "period", period), (3, "advance", yen, None),
        (4, "first_advance", number, None), (5, "terms", text), (6, "clauses", sha256, None),
    )


def party(*names):
    return lambda reader: fields(reader, *names)


GUARANTOR = party((1, "name", text), (2, "branch", text, None),
                  (3, "representative", text, None), (4, "address", text, None))
OBLIGEE = party((1, "name", text), (2, "representative", text), (3, "address", text, None))
CONTRACTOR = party((1, "name", text), (2, "representative", text), (3, "address", text),
                   (4, "members", members, None))
CHANGE = party((1, "kinds", change_kinds), (2, "reason", text),
               (3, "contract_changed_on", date, None), (4, "effective_from", date, None))


def claims(reader):
    entries = MapReader(reader)
    found = {}
    places = {}

    def need(key, name, read):
        places[name] = reader.at
        entries.need(key)
        found[name] = read(reader)

    need(1, "version", version)
    need(2, "guarantor_id", guarantor_id)
    need(3, "number", number)
    need(4, "revision", revision)
    found["previous"] = sha256(reader) if entries.has(5) else None
    if (found["previous"] is None) != (found["revision"] == 1):
        raise Refusal("E6-LINEAGE", reader.at)
    need(6, "issued_at", time)
    need(7, "binding", binding)
    need(8, "status", status_reference)
    need(9, "kind", lambda r: ranged(r, 1, 3, "E6-KIND"))
    need(10, "issued_on", date)
    need(11, "guarantor", GUARANTOR)
    need(12, "obligee", OBLIGEE)
    need(13, "contractor", CONTRACTOR)
    need(14, "work", work)
    need(15, "guarantee", guarantee)
    found["change"] = CHANGE(reader) if entries.has(16) else None
    entries.finish()
    if (found["change"] is None) != (found["revision"] == 1):
        raise Refusal("E6-LINEAGE", reader.at)
    performance = found["kind"] == 3
    works, terms = found["work"], found["guarantee"]
    if works["concluded_on"] is None and not performance:
        raise Refusal("E6-CONCLUDED-ON", places["work"])
    if works["multi_year"] is not None and performance:
        raise Refusal("E6-KIND-FIELD", places["work"])
    if works["tax"] > works["price"]:
        raise Refusal("E6-TAX", places["work"])
    if (terms["advance"] is None) != performance:
        raise Refusal("E6-KIND-FIELD", places["guarantee"])
    if terms["first_advance"] is not None and found["kind"] != 2:
        raise Refusal("E6-KIND-FIELD", places["guarantee"])
    return found


def parse_certificate(data):
    envelope, payload = sign1(data, 4_096, CERTIFICATE)
    envelope["claims"] = claims(payload)
    payload.finish()
    envelope["fingerprint"] = hashlib.sha256(data).digest()
    return envelope


# ---- sealed certificate (spec section 9) ----


def parse_sealed(data):
    reader = open_object(data, 4_256, 16)
    reader.array(3)

    def read(inner, need):
        need(1)
        algorithm(inner, 24)
        need(16)
        media_type(inner, SEALED)
        need(-65_537)
        inner.array(3)
        version(inner)
        return inner.bytes(16), inner.bytes(32)

    protected, (salt, commit) = header(reader, read)
    start = reader.at
    unprotected = MapReader(reader)
    as_refusal(lambda: unprotected.need(5), "E3-UNPROTECTED", start)
    iv = reader.bytes(12)
    as_refusal(unprotected.finish, "E3-UNPROTECTED", start)
    at = reader.at
    ciphertext = reader.bytes()
    reader.finish()
    if len(ciphertext) < 17:
        raise Refusal("E3-LENGTH", at)
    return {"protected": protected, "salt": salt, "commit": commit, "iv": iv,
            "ciphertext": ciphertext}


# ---- trust bundle (spec section 10) ----


def cose_key(reader):
    start = reader.at
    found = fields(reader, (1, "kty", Reader.uint), (-1, "crv", Reader.uint),
                   (-2, "x", lambda r: r.bytes(32)))
    if (found["kty"], found["crv"]) != (1, 6):
        raise Refusal("E3-TYPE", start)
    point = ed25519.read_key(found["x"])
    if point is None:
        raise Refusal("E8-KEY", start)
    return {"x": found["x"], "point": point, "kid": kid_of(found["x"])}


def kid_of(x):
    return hashlib.sha256(cbor2.dumps({1: 1, -1: 6, -2: x})).digest()[:8]


def fate(reader):
    reader.array(2)
    return time(reader), text(reader)


def key_entry(reader):
    start = reader.at
    entries = MapReader(reader)
    entries.need(1)
    entry = cose_key(reader)
    entries.need(2)
    entry["role"] = ranged_entry(reader, start)
    entries.need(3)
    entry["not_before"] = time(reader)
    entries.need(4)
    entry["not_after"] = time(reader)
    if entry["not_before"] >= entry["not_after"]:
        raise Refusal("E8-WINDOW", start)
    entries.need(5)
    entry["state"] = ranged_entry(reader, start)
    has_fate = entries.has(6)
    if has_fate:
        fate(reader)
    entries.finish()
    if has_fate != (entry["state"] != 1):
        raise Refusal("E8-ENTRY", start)
    return entry


def ranged_entry(reader, start):
    value = reader.uint()
    if not 1 <= value <= 3:
        raise Refusal("E8-ENTRY", start)
    return value


def rising(reader, limit, read, name):
    start = reader.at
    count = reader.array()
    if not 1 <= count <= limit:
        raise Refusal("E3-LENGTH", start)
    items = []
    for _ in range(count):
        at = reader.at
        item = read(reader)
        if items and items[-1][name] >= item[name]:
            raise Refusal("E8-ORDER", at)
        items.append(item)
    return items


def root_set(reader):
    start = reader.at
    reader.array(2)
    threshold = reader.uint()
    count = reader.array()
    if not 3 <= count <= 8:
        raise Refusal("E8-ROOTS", start)
    keys = []
    for _ in range(count):
        at = reader.at
        key = cose_key(reader)
        if keys and keys[-1]["x"] >= key["x"]:
            raise Refusal("E8-ORDER", at)
        keys.append(key)
    if not 2 <= threshold <= count:
        raise Refusal("E8-ROOTS", start)
    return threshold, keys


def attestation(reader):
    def count(r):
        return ranged(r, 1, 2**32 - 1, "E8-ATTESTATION")

    return fields(reader, (1, "kid", lambda r: r.bytes(8)), (2, "since", time),
                  (3, "count", count), (4, "root", sha256))


def bundle_content(reader):
    entries = MapReader(reader)
    found = {}
    for key, name, read in [(1, "version", version), (2, "guarantor_id", guarantor_id),
                            (3, "sequence", sequence), (4, "issued_at", time)]:
        entries.need(key)
        found[name] = read(reader)
    next_update_at = reader.at
    entries.need(5)
    found["next_update"] = time(reader)
    if found["issued_at"] >= found["next_update"]:
        raise Refusal("E8-WINDOW", next_update_at)
    entries.need(6)
    found["keys"] = rising(reader, 256, key_entry, "kid")
    entries.need(7)
    roots_at = reader.at
    found["threshold"], found["roots"] = root_set(reader)
    if {key["x"] for key in found["keys"]} & {key["x"] for key in found["roots"]}:
        raise Refusal("E8-ROOTS", roots_at)
    found["attestations"] = []
    if entries.has(8):
        at = reader.at
        found["attestations"] = rising(reader, 64, attestation, "kid")
        compromised = {k["kid"] for k in found["keys"] if k["role"] == 1 and k["state"] == 3}
        if not {item["kid"] for item in found["attestations"]} <= compromised:
            raise Refusal("E8-ATTESTATION", at)
    found["previous"] = sha256(reader) if entries.has(9) else None
    entries.finish()
    if (found["previous"] is None) != (found["sequence"] == 1):
        raise Refusal("E8-SEQUENCE")
    return found


def parse_bundle(data):
    reader = open_object(data, 65_536, 98)
    reader.array(4)

    def body(inner, need):
        need(16)
        media_type(inner, TRUST)

    def signer(inner, need):
        need(1)
        algorithm(inner, -19)
        need(4)
        return inner.bytes(8)

    protected, _ = header(reader, body)
    empty_unprotected(reader)
    payload_reader, payload = reader.embedded()
    start = reader.at
    count = reader.array()
    if not 1 <= count <= 16:
        raise Refusal("E3-LENGTH", start)
    signatures = []
    for _ in range(count):
        at = reader.at
        reader.array(3)
        signer_protected, kid = header(reader, signer)
        empty_unprotected(reader)
        message = cbor2.dumps(["Signature", protected, signer_protected, b"", payload])
        signatures.append((kid, at, message, reader.bytes(64)))
    reader.finish()
    for before, after in zip(signatures, signatures[1:]):
        if before[0] >= after[0]:
            raise Refusal("E8-ORDER", after[1])
    bundle = bundle_content(payload_reader)
    payload_reader.finish()
    bundle["signatures"] = signatures
    bundle["fingerprint"] = hashlib.sha256(data).digest()
    return bundle


# ---- attestation proof (spec section 10.4) ----


def parse_proof(data):
    if len(data) > 1_200:
        raise Refusal("E3-SIZE", 0)
    reader = Reader(data)

    def path(r):
        start = r.at
        count = r.array()
        if count > 32:
            raise Refusal("E3-LENGTH", start)
        return [sha256(r) for _ in range(count)]

    proof = fields(reader, (1, "version", version), (2, "kid", lambda r: r.bytes(8)),
                   (3, "index", lambda r: ranged(r, 0, 2**32 - 2, "E3-LENGTH")),
                   (4, "path", path))
    reader.finish()
    return proof


# ---- status snapshot (spec section 11) ----


def status_items(reader, states):
    start = reader.at

    def state(index):
        byte = index // 4
        return states[byte] >> 2 * (index % 4) & 3 if byte < len(states) else 0

    items, last = {}, -1
    for _ in range(reader.array()):
        at = reader.at
        length = reader.array(4, 5)
        index = ranged_item(reader, at, 131_071)
        day, current, cause = date(reader), revision(reader), reader.uint()
        replaced_on = date(reader) if length == 5 else None
        if replaced_on is not None and (cause != 3 or replaced_on >= day):
            raise Refusal("E6-STATUS-ITEM", at)
        expected = {1: 2, 4: 2, 2: 3, 3: 3}.get(cause)
        if index <= last or expected is None or state(index) != expected:
            raise Refusal("E6-STATUS-ITEM", at)
        items[index] = (day, current, cause, replaced_on)
        last = index
    owed = sum(1 for byte in states for at in range(4) if byte >> 2 * at & 2)
    if owed != len(items):
        raise Refusal("E6-STATUS-ITEM", start)
    return items


def ranged_item(reader, at, high):
    index = reader.uint()
    if index > high:
        raise Refusal("E6-STATUS-ITEM", at)
    return index


def parse_snapshot(data):
    envelope, reader = sign1(data, 4 << 20, STATUS)
    entries = MapReader(reader)
    for key, name, read in [
        (1, "version", version), (2, "guarantor_id", guarantor_id),
        (3, "list", lambda r: ranged(r, 1, 65_535, "E6-STATUS-REFERENCE")),
        (4, "sequence", sequence), (5, "issued_at", time),
    ]:
        entries.need(key)
        envelope[name] = read(reader)
    next_update_at = reader.at
    entries.need(6)
    envelope["next_update"] = time(reader)
    if envelope["issued_at"] >= envelope["next_update"]:
        raise Refusal("E6-STATUS-TIME", next_update_at)
    entries.need(7)
    at = reader.at
    states = reader.bytes()
    if not 1 <= len(states) <= 32_768:
        raise Refusal("E3-LENGTH", at)
    envelope["states"] = states
    entries.need(8)
    envelope["items"] = status_items(reader, states)
    entries.finish()
    reader.finish()
    return envelope


# ---- evidence file (spec section 16) ----


def evidence_part(limit):
    def read(reader):
        start = reader.at
        value = reader.bytes()
        if not 1 <= len(value) <= limit:
            raise Refusal("E3-LENGTH", start)
        return value

    return read


def evidence_parts(most, limit, rising=False):
    part = evidence_part(limit)

    def read(reader):
        start = reader.at
        count = reader.array()
        if not 1 <= count <= most:
            raise Refusal("E3-LENGTH", start)
        found = []
        for _ in range(count):
            at = reader.at
            value = part(reader)
            if rising and found and found[-1] >= value:
                raise Refusal("E3-ORDER", at)
            found.append(value)
        return found

    return read


def parse_evidence(data):
    reader = open_object(data, 16 << 20, 55_799)
    reader.array(2)
    media_type(reader, EVIDENCE)
    found = fields(
        reader, (1, "version", version), (2, "certificate", evidence_part(4_096)),
        (3, "earlier", evidence_parts(1_023, 4_096), None),
        (4, "bundles", evidence_parts(64, 65_536)),
        (5, "snapshots", evidence_parts(16, 4 << 20, rising=True), None),
        (6, "proof", evidence_part(1_200), None),
        (7, "timestamp", evidence_part(32_768), None),
    )
    reader.finish()
    return found


def evidence_imprint(data):
    """R-EVID-9: what a timestamp token is over."""
    found = parse_evidence(data)
    keys = {"version": 1, "certificate": 2, "earlier": 3, "bundles": 4, "snapshots": 5, "proof": 6}
    content = {key: found[name] for name, key in keys.items() if found[name] is not None}
    content[1] = 1
    bare = cbor2.dumps(cbor2.CBORTag(55_799, [EVIDENCE, content]), canonical=True)
    return hashlib.sha256(bare).digest()
