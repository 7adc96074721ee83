"""Trust, status and verdicts: spec sections 6.2, 10.2 to 10.4, 11 and 12."""

import hashlib

import cbor2

import authkey
import ed25519
from cbor import Refusal
from objects import EVIDENCE, parse_bundle, parse_certificate, parse_evidence, parse_proof
from objects import parse_snapshot
from values import fold_name

JAPAN = 32_400


# ---- trust ----


def check_threshold(bundle, threshold, roots):
    signed = 0
    for kid, _, message, signature in bundle["signatures"]:
        key = next((root for root in roots if root["kid"] == kid), None)
        if key is None:
            continue
        if not ed25519.verify(key["x"], key["point"], message, signature):
            raise Refusal("E8-THRESHOLD")
        signed += 1
    if signed < threshold:
        raise Refusal("E8-THRESHOLD")


def pin(data):
    bundle = parse_bundle(data)
    check_threshold(bundle, bundle["threshold"], bundle["roots"])
    return bundle


def update(old, data):
    """R-TRUST-9."""
    new = parse_bundle(data)
    if new["guarantor_id"] != old["guarantor_id"]:
        raise Refusal("E8-GUARANTOR")
    if new["sequence"] != old["sequence"] + 1 or new["issued_at"] < old["issued_at"]:
        raise Refusal("E8-SEQUENCE")
    if new["previous"] != old["fingerprint"]:
        raise Refusal("E8-PREVIOUS")
    check_threshold(new, old["threshold"], old["roots"])
    known = {key["kid"]: key for key in old["keys"]}
    for key in new["keys"]:
        before = known.get(key["kid"])
        if before is None:
            continue
        if before["x"] != key["x"] or before["role"] != key["role"]:
            raise Refusal("E8-ENTRY")
        if before["state"] == 3 and key["state"] != 3:
            raise Refusal("E8-ENTRY")
    kept = {key["kid"] for key in new["keys"]}
    if any(key["state"] == 3 and key["kid"] not in kept for key in old["keys"]):
        raise Refusal("E8-ENTRY")
    check_threshold(new, new["threshold"], new["roots"])
    return new


def key_of(bundle, kid):
    return next((key for key in bundle["keys"] if key["kid"] == kid), None)


def pinned_for(bundles, guarantor_id):
    """R-TRUST-10: the first one serves."""
    ours = (bundle for bundle in bundles if bundle["guarantor_id"] == guarantor_id)
    return next(ours, None)


# ---- attestation (RFC 9162 section 2.1.3.2) ----


def covers(attestation, fingerprint, proof):
    if proof["kid"] != attestation["kid"] or proof["index"] >= attestation["count"]:
        return False
    node, last = proof["index"], attestation["count"] - 1
    digest = hashlib.sha256(b"\0" + fingerprint).digest()
    for sibling in proof["path"]:
        if last == 0:
            return False
        if node % 2 or node == last:
            digest = hashlib.sha256(b"\1" + sibling + digest).digest()
            while node % 2 == 0 and node != 0:
                node //= 2
                last //= 2
        else:
            digest = hashlib.sha256(b"\1" + digest + sibling).digest()
        node //= 2
        last //= 2
    return last == 0 and digest == attestation["root"]


# ---- status ----


def verify_snapshot(data, bundle):
    snapshot = parse_snapshot(data)
    if bundle is None or bundle["guarantor_id"] != snapshot["guarantor_id"]:
        raise Refusal("E7-OTHER-GUARANTOR")
    key = key_of(bundle, snapshot["kid"])
    if key is None:
        raise Refusal("E5-KEY-UNKNOWN")
    if not ed25519.verify(key["x"], key["point"], snapshot["message"], snapshot["signature"]):
        raise Refusal("E5-SIGNATURE")
    if key["role"] != 2:
        raise Refusal("E5-KEY-ROLE")
    if key["state"] == 3:
        raise Refusal("E5-KEY-COMPROMISED")
    if not key["not_before"] <= snapshot["issued_at"] <= key["not_after"]:
        raise Refusal("E5-KEY-WINDOW")
    return snapshot


def state_of(snapshot, index):
    byte = index // 4
    states = snapshot["states"]
    return states[byte] >> 2 * (index % 4) & 3 if byte < len(states) else 0


# ---- verdict ----


class Verdict(Exception):
    def __init__(self, verdict, code=None, **more):
        super().__init__(verdict)
        self.answer = {"verdict": verdict}
        if code:
            self.answer["code"] = code
        self.answer.update((key, value) for key, value in more.items() if value is not None)


def governs_from(claims):
    change = claims["change"]
    if change is not None and change["effective_from"] is not None:
        return change["effective_from"]
    return claims["issued_on"]


def check_signer(certificate, bundles, proof):
    claims = certificate["claims"]
    bundle = pinned_for(bundles, claims["guarantor_id"])
    key = bundle and key_of(bundle, certificate["kid"])
    if not key:
        raise Verdict("key-unknown", "E5-KEY-UNKNOWN")
    good = ed25519.verify(key["x"], key["point"], certificate["message"], certificate["signature"])
    if not good:
        raise Verdict("not-genuine", "E5-SIGNATURE")
    if key["role"] != 1:
        raise Verdict("not-genuine", "E5-KEY-ROLE")
    if not key["not_before"] <= claims["issued_at"] <= key["not_after"]:
        raise Verdict("not-genuine", "E5-KEY-WINDOW")
    if key["state"] == 3:
        attestations = [a for a in bundle["attestations"] if a["kid"] == key["kid"]]
        if not attestations or proof is None or proof["kid"] != key["kid"]:
            raise Verdict("key-compromised", "E5-KEY-COMPROMISED")
        if not covers(attestations[0], certificate["fingerprint"], proof):
            raise Verdict("key-compromised", "E5-PROOF")


def fits(secret, claims):
    epoch, serial, bind = claims["binding"]
    return authkey.bind(secret, claims["guarantor_id"], claims["number"], epoch, serial) == bind


def vouched(certificate, later, secret, signed_well):
    """R-SEAL-4: from a genuine later revision that the key fits, hash by hash, down to this one."""
    reached = [one for one in later if fits(secret, one["claims"]) and signed_well(one)]
    while reached:
        after = reached.pop()
        for before in [certificate, *later]:
            try:
                follows(before, after)
            except Refusal:
                continue
            if before is certificate:
                return True
            reached.append(before)
    return False


def check_expectations(certificate, number, obligee, secret, later, signed_well):
    claims = certificate["claims"]
    if secret is not None and not fits(secret, claims):
        if not vouched(certificate, later, secret, signed_well):
            raise Verdict("key-does-not-fit", "E4-OPEN")
    if number is not None and number != claims["number"]:
        raise Verdict("other-guarantee", "E5-OTHER-GUARANTEE")
    if obligee is not None and fold_name(obligee) != fold_name(claims["obligee"]["name"]):
        raise Verdict("other-obligee", "E5-OTHER-OBLIGEE")


def choose(claims, snapshots, unusable, given, on):
    """Returns the snapshot that answers, or raises what there is to say without one."""
    first, last = claims["guarantee"]["period"]
    ours = [s for s in snapshots if s["guarantor_id"] == claims["guarantor_id"]]
    right = [s for s in ours if s["list"] == claims["status"][0]]
    if right:
        newest = max(right, key=lambda snapshot: snapshot["sequence"])
        if any(other["sequence"] == newest["sequence"] and other != newest for other in right):
            raise Verdict("status-unknown", "E7-CONFLICTING")
        return newest
    if not given:
        if on < max(first, governs_from(claims)):
            raise Verdict("not-yet-in-force")
        if on > last:
            raise Verdict("expired")
        raise Verdict("status-unknown", "E7-NO-SNAPSHOT")
    if unusable:
        raise Verdict("status-unknown", unusable)
    raise Verdict("status-unknown", "E7-OTHER-LIST" if ours else "E7-OTHER-GUARANTOR")


def judge(claims, snapshot, on, now, remembered):
    as_of = snapshot["issued_at"]
    index = claims["status"][1]
    state = state_of(snapshot, index)
    if state == 0:
        raise Verdict("status-unknown", "E7-NOT-ISSUED", as_of=as_of)
    # R-FRESH-1: day d ends when day d + 1 begins.
    if 86_400 * (on + 1) - JAPAN > as_of:
        if (snapshot["guarantor_id"], snapshot["list"]) in remembered:
            if remembered[snapshot["guarantor_id"], snapshot["list"]] > snapshot["sequence"]:
                raise Verdict("status-stale", "E7-REGRESSED", as_of=as_of)
        if now > snapshot["next_update"]:
            raise Verdict("status-stale", "E7-STALE", as_of=as_of)
    day, current, cause, replaced_on = snapshot["items"].get(index, (None,) * 4)
    facts = {
        "superseded_by": current if current != claims["revision"] else None,
        "ended_on": day if state == 3 else None,
        "as_of": as_of,
    }
    if state == 3 and cause == 2:
        raise Verdict("voided", **facts)
    if state == 3 and on >= day:
        raise Verdict("terminated", **facts)
    replaced = day if state == 2 else replaced_on
    if replaced is not None and on >= replaced:
        raise Verdict("superseded", "E7-REKEYED" if (state, cause) == (2, 4) else None, **facts)
    (first, last), begins = claims["guarantee"]["period"], governs_from(claims)
    if claims["revision"] > 1 and first <= on < begins:
        raise Verdict("superseded", **facts)
    if on < first or claims["revision"] == 1 and on < begins:
        raise Verdict("not-yet-in-force", **facts)
    if on > last:
        raise Verdict("expired", **facts)
    raise Verdict("in-force", **facts)


def recognised(data):
    return data[:2] == b"\xd2\x84"


def verify(signed, trust, status, on, now, proof=None, number=None, obligee=None, auth_key=None,
           remembered=None, later=()):
    """Returns the verdict as a dict; days are day counts."""
    try:
        try:
            bundles = [pin(data) for data in trust]
        except Refusal as refusal:
            raise Verdict("trust-unusable", refusal.code) from None
        decide(signed, bundles, status, on, now, proof, number, obligee, auth_key, remembered,
               later=later)
    except Verdict as verdict:
        return verdict.answer
    raise AssertionError("a verdict")


def verify_evidence(data, trust, roots, status, on, now, proof=None, **asked):
    """R-EVID-8: as `verify`, with the parts of an evidence file."""
    try:
        if data[:4] != b"\xd9\xd9\xf7\x82" or EVIDENCE.encode() not in data[:128]:
            raise Verdict("unreadable", "E1-NOT-RECOGNISED")
        try:
            evidence = parse_evidence(data)
        except Refusal as refusal:
            raise Verdict("not-genuine", refusal.code) from None
        try:
            if roots is not None:
                bundles = [trust_inside(evidence["bundles"], roots)]
            else:
                bundles = [trust_from(evidence["bundles"], pin(data)) for data in trust]
        except Refusal as refusal:
            raise Verdict("trust-unusable", refusal.code) from None
        decide(evidence["certificate"], bundles, status + (evidence["snapshots"] or []), on, now,
               proof or evidence["proof"], earlier=evidence["earlier"] or [], **asked)
    except Verdict as verdict:
        return verdict.answer
    raise AssertionError("a verdict")


def trust_from(inside, pinned):
    """R-EVID-6."""
    current = pinned
    for data in inside:
        bundle = parse_bundle(data)
        if bundle["guarantor_id"] != pinned["guarantor_id"]:
            continue
        if bundle["sequence"] > pinned["sequence"]:
            current = update(current, data)
        elif bundle["sequence"] == pinned["sequence"]:
            if bundle["fingerprint"] != pinned["fingerprint"]:
                raise Refusal("E8-SEQUENCE")
    return current


def trust_inside(inside, roots):
    """R-EVID-7."""
    current = pin(inside[0])
    keys = [{1: 1, -1: 6, -2: key["x"]} for key in current["roots"]]
    root_set = cbor2.dumps([current["threshold"], keys])
    if hashlib.sha256(root_set).digest() != roots:
        raise Refusal("E8-ROOTS")
    for data in inside[1:]:
        current = update(current, data)
    return current


def check_chain(earlier, newest):
    """R-EVID-5."""
    before = None
    for data in earlier:
        try:
            certificate = parse_certificate(data)
        except Refusal:
            raise Refusal("E6-CHAIN") from None
        if before is not None:
            follows(before, certificate)
        elif certificate["claims"]["revision"] != 1:
            raise Refusal("E6-CHAIN")
        before = certificate
    if before is not None:
        follows(before, newest)


def decide(signed, bundles, status, on, now, proof, number=None, obligee=None, auth_key=None,
           remembered=None, earlier=(), later=()):
    """Raises the verdict."""
    try:
        secret = None if auth_key is None else authkey.parse(auth_key)
    except Refusal as refusal:
        raise Verdict("key-mistyped", refusal.code) from None
    if not recognised(signed):
        raise Verdict("unreadable", "E1-NOT-RECOGNISED")
    try:
        certificate = parse_certificate(signed)
    except Refusal as refusal:
        raise Verdict("not-genuine", refusal.code) from None
    remembered = remembered or {}
    if "bundle" in remembered and bundles[0]["sequence"] < remembered["bundle"]:
        raise Verdict("trust-unusable", "E8-SEQUENCE")
    snapshots, unusable = [], None
    for data in status:
        try:
            bundle = pinned_for(bundles, parse_snapshot(data)["guarantor_id"])
            snapshots.append(verify_snapshot(data, bundle))
        except Refusal as refusal:
            unusable = unusable or refusal.code
    proof = proof and parse_proof(proof)
    check_signer(certificate, bundles, proof)
    claims = certificate["claims"]

    def signed_well(other):
        try:
            check_signer(other, bundles, proof)
        except Verdict:
            return False
        return True

    later = [parse_certificate(data) for data in later]
    check_expectations(certificate, number, obligee, secret, later, signed_well)
    try:
        check_chain(earlier, certificate)
    except Refusal as refusal:
        raise Verdict("not-genuine", refusal.code) from None
    snapshot = choose(claims, snapshots, unusable, bool(status), on)
    known = {}
    if "list" in remembered:
        known[bundles[0]["guarantor_id"], remembered["list"]] = remembered["sequence"]
    judge(claims, snapshot, on, now, known)


def follows(earlier, later):
    """R-CHAIN-1."""
    old, new = earlier["claims"], later["claims"]
    if any(old[name] != new[name] for name in ("guarantor_id", "number", "kind")):
        raise Refusal("E6-CHAIN")
    if new["revision"] != old["revision"] + 1 or new["previous"] != earlier["fingerprint"]:
        raise Refusal("E6-CHAIN")
    if old["change"] and {7, 8} & set(old["change"]["kinds"]):
        raise Refusal("E6-CHAIN")
