"""What the requests to the API need besides its description: sources, and keys that open something."""

import json
import os
import random

import schemathesis

KEYS = json.load(open(os.environ["HOSHO_KEYS"], encoding="utf-8"))
CHOICE = random.Random(1)


def with_key(item):
    """Puts a number and its key into an object that has both as text."""
    if isinstance(item, dict) and isinstance(item.get("number"), str) and isinstance(item.get("auth_key"), str):
        return {**item, **CHOICE.choice(KEYS)}
    return item


@schemathesis.hook
def before_call(context, case, kwargs):
    source = ".".join(str(CHOICE.randrange(1, 255)) for _ in range(4))
    case.headers = {**(case.headers or {}), "X-Forwarded-For": source}
    # Half of what the description allows gets a key; what it forbids stays as it is.
    negative = case.meta is not None and case.meta.generation.mode.is_negative
    if negative or CHOICE.random() < 0.5:
        return
    if isinstance(case.body, dict):
        body = with_key(case.body)
        if isinstance(body.get("items"), list):
            body = {**body, "items": [with_key(item) for item in body["items"]]}
        case.body = body
