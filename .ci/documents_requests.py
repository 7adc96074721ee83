"""Requests of guarantees: those of the samples, and others made of them."""

import json
import random
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent / "samples/requests"
RARE = ["髙橋組", "山﨑土建", "𠮷野工業", "葛\U000e0100飾建設", "濵田組", "渡邉・齋藤", "(株)架空「建設」"]
MONEY = {"price_jpy", "price_tax_jpy", "amount_jpy", "advance_jpy", "planned_jpy"}


def samples():
    """The guarantees of the samples, each with its revisions in order."""
    families = {}
    for path in sorted(SAMPLES.glob("*.json")):
        request = json.loads(path.read_text())
        families.setdefault(request["number"], []).append(request)
    assert len(families) == 11 and sum(map(len, families.values())) == 20, "the samples are others"
    return list(families.values())


def generated(count):
    """As many requests as asked for, guarantee by guarantee: every sample with other words and amounts,
    and now and then the longest ones."""
    rng, kinds, made = random.Random(1), samples(), []
    for place in range(count):
        made += varied(kinds[place % len(kinds)], place, rng)
        if len(made) >= count:
            return made[:count]
    return made


def varied(family, place, rng):
    """A guarantee like another: the same changes, other words, and amounts in the same ratio."""
    family = json.loads(json.dumps(family))
    rare, times, longest = rng.choice(RARE), rng.randrange(1, 400), place % 10 == 9
    road = f"{rng.choice(['県道', '市道', '町道'])}{rng.randrange(1, 999)}号線改良工事(第{rng.randrange(1, 9)}工区)"
    for request in family:
        request["number"] = f"{request['number'][:5]}-{place % 3 + 1}-{9_000_000 + place}-{place % 10}"
        contractor, work = request["contractor"], request["work"]
        contractor["name"], work["name"] = (rare * 60)[:120] if longest else f"架空{rare}", road
        if longest:
            work["site"] = ("瑞穂県青嶺市霧ヶ原地内、" * 20)[:160]
            contractor["jv_members"] = members(20, lambda at: f"架空{rare}{at}")
        for amounts in (work, request["guarantee"], work.get("multi_year", {})):
            for name in MONEY & amounts.keys():
                amounts[name] *= times
    return family


def members(count, name):
    """An even number of members with shares of hundredths, which make up the whole."""
    hundredths = [10_000 // count + (at % 2 * 2 - 1) for at in range(count)]
    return [
        {"name": name(at), "role": "構成員" if at else "代表者", "share_percent": share / 100}
        for at, share in enumerate(hundredths)
    ]


def venture(count, number, length):
    """A joint venture with long names, all of which are others in the next revision."""
    made = []
    for revision in (1, 2):
        request = json.loads((SAMPLES / "G04-2.json").read_text())
        request["number"], request["revision"] = number, revision
        request["guarantee"]["period"]["to"] = request["work"]["term"]["to"] = "2026-03-31"
        request["contractor"]["name"] = "架空特定建設工事共同企業体"
        request["contractor"]["jv_members"] = members(
            count, lambda at: f"架空{RARE[at % len(RARE)]}第{at:02}{'甲乙'[revision - 1] * length}"
        )
        if revision == 1:
            del request["change"]
            request["issued_on"] = "2025-07-08"
        else:
            request["change"] = {"supersedes": 1, "kinds": ["correction"], "reason": "構成員の商号変更"}
        made.append(request)
    return made
