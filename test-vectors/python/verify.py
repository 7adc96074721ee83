#!/usr/bin/env python3
"""Replays the test vectors with a reader written from docs/spec.md alone.

    python3 test-vectors/python/verify.py [FOLDER]
"""

import base64
import datetime
import hashlib
import json
import pathlib
import sys

import authkey
import ed25519
import objects
import values
import verdict
from cbor import Refusal

EPOCH = datetime.date(1970, 1, 1)


def unhex(value):
    return bytes.fromhex(value)


def data_of(given):
    return unhex(given["bytes"]) + bytes(given.get("then_zeros", 0))


def days(text):
    return (datetime.date.fromisoformat(text) - EPOCH).days


def fingerprint(parse):
    def run(given):
        data = data_of(given)
        parse(data)
        return {"fingerprint": hashlib.sha256(data).hexdigest()}

    return run


def parse_proof(given):
    objects.parse_proof(data_of(given))
    return {}


def armor(given):
    """R-ARMOR-1: what is read must be what would be written."""
    text = given["text"]
    lines = text.split("\n")
    try:
        data = base64.b64decode("".join(lines[1:-2]), validate=True)
    except ValueError:
        raise Refusal("E1-ARMOR") from None
    body = base64.b64encode(data).decode()
    chunks = [body[at : at + 64] for at in range(0, len(body), 64)]
    name = "HOSHO CERTIFICATE-----"
    only = "\n".join(["-----BEGIN " + name, *chunks, "-----END " + name, ""])
    if only != text:
        raise Refusal("E1-ARMOR")
    return {"bytes": data.hex()}


def chain(given):
    bundle = verdict.pin(unhex(given["trust"]))
    both = [objects.parse_certificate(unhex(given[name])) for name in ("earlier", "later")]
    for certificate in both:
        verdict.check_signer(certificate, [bundle], None)
    verdict.follows(*both)
    return {}


def derive(given):
    secret = authkey.parse(given["auth_key"])
    names = [given[name] for name in ("guarantor_id", "number", "epoch", "serial")]
    answer = {
        "bind": authkey.bind(secret, *names).hex(),
        "locator": authkey.locator(secret, given["number"]).hex(),
    }
    if "seal_salt" in given:
        salt = unhex(given["seal_salt"])
        answer["commit"] = authkey.commit(secret, salt).hex()
        answer["k_enc"] = authkey.k_enc(secret, salt).hex()
    if "answer_salt" in given:
        answer["k_answer"] = authkey.k_answer(secret, unhex(given["answer_salt"])).hex()
    return answer


def derive_auth_key(given):
    names = [given[name] for name in ("guarantor_id", "epoch", "number", "serial")]
    return {"auth_key": authkey.show(authkey.derive_auth_key(unhex(given["master"]), *names))}


def open_sealed(given):
    secret = authkey.parse(given["auth_key"])
    inside = authkey.open_sealed(secret, objects.parse_sealed(unhex(given["sealed"])))
    try:
        objects.parse_certificate(inside)
    except Refusal:
        raise Refusal("E4-OPEN") from None
    return {"signed": inside.hex()}


def open_answer(given):
    secret = authkey.parse(given["auth_key"])
    inside = authkey.open_answer(secret, given["number"], given["revision"], unhex(given["sealed"]))
    return {"answer": inside.hex()}


def public_key(given):
    data = data_of(given)
    if ed25519.read_key(data) is None:
        raise Refusal("E8-KEY")
    return {"key_id": objects.kid_of(data).hex()}


def text(given):
    values.check_text(given["value"])
    return {}


def update_bundle(given):
    trusted = verdict.pin(unhex(given["pinned"]))
    for data in given["next"]:
        trusted = verdict.update(trusted, unhex(data))
    return {}


def parse_evidence(given):
    data = data_of(given)
    imprint = objects.evidence_imprint(data)
    return {"fingerprint": hashlib.sha256(data).hexdigest(), "imprint": imprint.hex()}


def shown(answer):
    if "ended_on" in answer:
        day = EPOCH + datetime.timedelta(days=answer["ended_on"])
        answer["ended_on"] = day.isoformat()
    return answer


def asked(given):
    names = ("number", "obligee", "auth_key", "remembered")
    return {"proof": unhex(given["proof"]) if "proof" in given else None,
            **{name: given.get(name) for name in names}}


def verify(given):
    return shown(verdict.verify(
        unhex(given["signed"]),
        [unhex(data) for data in given["trust"]],
        [unhex(data) for data in given.get("status", [])],
        days(given["on"]),
        given["now"],
        later=[unhex(data) for data in given.get("later", [])],
        **asked(given),
    ))


def verify_evidence(given):
    return shown(verdict.verify_evidence(
        unhex(given["evidence"]),
        [unhex(data) for data in given.get("trust", [])],
        unhex(given["roots"]) if "roots" in given else None,
        [unhex(data) for data in given.get("status", [])],
        days(given["on"]),
        given["now"],
        **asked(given),
    ))


def verify_snapshot(given):
    verdict.verify_snapshot(data_of(given), verdict.pin(unhex(given["trust"])))
    return {}


OPERATIONS = {
    "armor": armor,
    "auth-key-text": lambda given: {"canonical": authkey.show(authkey.parse(given["text"]))},
    "chain": chain,
    "derive": derive,
    "derive-auth-key": derive_auth_key,
    "fold-number": lambda given: {"number": values.fold_number(given["typed"])},
    "open": open_sealed,
    "open-answer": open_answer,
    "parse-bundle": fingerprint(verdict.pin),
    "parse-certificate": fingerprint(objects.parse_certificate),
    "parse-evidence": parse_evidence,
    "parse-proof": parse_proof,
    "parse-sealed": fingerprint(objects.parse_sealed),
    "parse-snapshot": fingerprint(objects.parse_snapshot),
    "public-key": public_key,
    "text": text,
    "update-bundle": update_bundle,
    "verify": verify,
    "verify-evidence": verify_evidence,
    "verify-snapshot": verify_snapshot,
}

# Operations whose refusals name a place.
WITH_OFFSET = {"parse-bundle", "parse-certificate", "parse-evidence", "parse-proof", "parse-sealed",
               "parse-snapshot", "text"}


def answer(operation, given):
    try:
        found = OPERATIONS[operation](given)
    except Refusal as refusal:
        found = {"result": "refuse", "code": refusal.code}
        if operation in WITH_OFFSET and refusal.offset is not None:
            found["offset"] = refusal.offset
        if getattr(refusal, "group", None):
            found["group"] = refusal.group
        return found
    if operation in ("verify", "verify-evidence", "derive", "derive-auth-key"):
        return found
    return {"result": "accept", **found}


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    passed = failed = 0
    for path in sorted(folder.glob("*.json")):
        file = json.loads(path.read_text(encoding="utf-8"))
        if file["format"] != "hosho-vectors/1":
            sys.exit(f"{path.name}: unknown format")
        for vector in file["vectors"]:
            found = answer(file["operation"], vector["input"])
            if found == vector["expect"]:
                passed += 1
            else:
                failed += 1
                print(f"{path.name} {vector['id']}: found {found}, expected {vector['expect']}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
