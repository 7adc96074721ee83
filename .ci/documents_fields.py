"""What a certificate says, as its papers have to show it, and what they show.

The values are those that `hosho-verify` says are in the signed certificate. A field stands where it
belongs if its text begins right of its label, and everything up to the next label is its text.
"""

import json
import re

from documents_tools import NOW, in_lines, run, said, squeezed

LABELS = {
    "ja": {
        "number": "保証契約番号", "issued": "発行日", "obligee": "発注者（被保証者）", "guarantor": "保証事業会社",
        "changed": "変更の内容", "before": "変更前", "after": "変更後", "field": "項目", "promisee": "発注者",
        "proof": "このPDFには", "certificate": "証書", "honorific": "様", "summary": "対象の保証", "none": "－",
        "not": "発注者への提出用ではありません",
    },
    "en": {
        "number": "Guarantee number", "issued": "Issued on", "obligee": "Obligee", "guarantor": "Guarantor",
        "changed": "What is amended", "before": "Before", "after": "After", "field": "Field", "promisee": "Obligee",
        "proof": "ThesignedcertificateisattachedtothisPDF", "certificate": "Certificate", "honorific": "",
        "summary": "The guarantee", "none": "－", "not": "not for the obligee",
    },
}
KINDS = {
    "advance": ("前払金保証", "Advance Payment Guarantee"),
    "interim": ("中間前払金保証", "Interim Advance Payment Guarantee"),
    "performance": ("契約保証", "Performance Guarantee"),
}
CHANGES = {
    "increase": "増額", "decrease": "減額", "extension": "期間延長", "shortening": "期間短縮", "correction": "訂正",
    "novation": "名義変更", "termination": "解約", "voidance": "取消", "rekey": "認証キー再発行",
}


class Signed:
    """A certificate that verified, in the words of one language."""

    def __init__(self, verify, trust, file, number, lang):
        answer = json.loads(run(verify, "check", file, "--trust", trust, "--number", number, "--now", NOW, "--json",
                                expect=(0, 3, 4)))
        self.claims, self.lang, self.words = answer["certificate"], lang, LABELS[lang]
        assert self.claims and answer["number"] == number, answer
        # The guarantor is named in no request; `inspect` shows the bytes that verified.
        shown = re.search(r"11: \{(.*?)\n\d+ +\}", run(verify, "inspect", file).decode(), re.S)[1]
        texts = dict(re.findall(r'(\d): "(.*)"', shown))
        self.guarantor = "".join(texts.get(key, "") for key in "4123")
        self.change = self.claims.get("change")
        self.end = {"termination", "voidance"} & set(self.change["kinds"] if self.change else [])

    def pick(self, ja, en):
        return ja if self.lang == "ja" else en

    def day(self, day):
        year, month, dom = map(int, day.split("-"))
        return self.pick(f"令和{year - 2018}年{month}月{dom}日", day)

    def span(self, period):
        return self.day(period["from"]) + self.pick("から", "to") + self.day(period["to"]) + self.pick("まで", "")

    def title(self):
        ja, en = KINDS[self.claims["kind"]]
        count = self.claims["revision"] - 1
        if self.end == {"termination"}:
            return self.pick(f"{ja}証書（解約）", f"Termination of {en}")
        if self.end == {"voidance"}:
            return self.pick(f"{ja}証書（取消）", f"Voidance of {en}")
        return self.pick(
            f"{ja}証書" + (f"（第{count}回変更）" if count else ""),
            f"Certificate of {en}" + (f" (Amendment {count})" if count else ""),
        )

    def party(self, key):
        party = self.claims[key]
        return party.get("address", "") + party["name"] + party["representative"]

    def declaration(self):
        if not self.end:
            return self.pick(
                "当社は、約款の定めるところにより、下記のとおり保証します。",
                "Under the terms named below, the guarantor guarantees as follows.",
            )
        if self.end == {"voidance"}:
            return self.pick(
                "下記の保証契約は、取り消されました。初めから、保証の効力はありません。",
                "The guarantee below was voided: it was never in force.",
            )
        day = self.day(self.change["effective_from"])
        return self.pick(
            f"下記の保証契約は、解約されました。{day}から、保証の効力はありません。",
            f"The guarantee below was terminated: it is not in force from {day} on.",
        )

    def rows(self):
        """The rows of the first table of a copy: labels and texts."""
        work, guarantee = self.claims["work"], self.claims["guarantee"]
        members = self.claims["contractor"].get("jv_members", [])
        price, tax = yen(work["price_jpy"]), yen(work["price_tax_jpy"])
        interim = self.claims["kind"] == "interim"
        year = work.get("multi_year")
        rows = [
            ("保証契約者", "Contractor", self.party("contractor")),
            ("共同企業体構成員", "Members", "".join(map(member, members))),
            ("工事番号", "Contract number", work["contract_number"]),
            ("工事名", "Works", work["name"]),
            ("工事場所", "Site", work["site"]),
            ("請負契約締結日", "Concluded on", work.get("concluded_on") and self.day(work["concluded_on"])),
            ("工期", "Term of works", self.span(work["term"])),
            ("請負代金額", "Contract price", self.pick(f"{price}（うち消費税{tax}）", f"{price}(consumption tax{tax})")),
            ("債務負担行為", "Multi-year works", year and year["fiscal_year"]
             + self.pick("出来高予定額", ",planned amount") + yen(year["planned_jpy"])),
            ("低入札価格調査", "Low-price survey", work.get("low_price_survey") and self.pick("実施", "made")),
            ("中間前払金額" if interim else "前払金額", "Interim advance" if interim else "Advance",
             "advance_jpy" in guarantee and yen(guarantee["advance_jpy"])),
            ("当初前払金の保証", "First advance", guarantee.get("prior_advance_guarantee_number")),
            ("保証金額", "Guaranteed sum", yen(guarantee["amount_jpy"])),
            ("保証期間", "Period", self.span(guarantee["period"])),
            ("約款", "Terms", guarantee["terms"]),
        ]
        return [(squeezed(self.pick(ja, en)), squeezed(text)) for ja, en, text in rows if text]

    def changes(self):
        """The rows of the second table: what an amendment says about itself."""
        change = self.change or {}
        kinds = [self.pick(CHANGES[kind], "new auth key" if kind == "rekey" else kind) for kind in change.get("kinds", [])]
        rows = [
            ("変更の種類", "Kind of change", self.pick("・", ",").join(kinds)),
            ("変更の理由", "Reason", change.get("reason")),
            ("変更契約日", "Contract changed", change.get("contract_changed_on") and self.day(change["contract_changed_on"])),
            ("効力発生日", "Effective from", change.get("effective_from") and self.day(change["effective_from"])),
        ]
        return [(squeezed(self.pick(ja, en)), squeezed(text)) for ja, en, text in rows if text]

    def compared(self):
        parties = [(self.words["guarantor"], self.guarantor), (self.words["promisee"], self.party("obligee"))]
        return [(label, squeezed(text)) for label, text in parties] + self.rows()

    def differences(self, previous):
        """The rows of the third table: label, text before, text after."""
        before, after = dict(previous.compared()), dict(self.compared())
        labels = list(after) + [label for label in before if label not in after]
        held = [(label, before.get(label, self.words["none"]), after.get(label, self.words["none"])) for label in labels]
        return [row for row in held if row[1] != row[2]]

    def summary(self):
        """The rows of the table of a notice."""
        rows = dict(self.rows())
        kept = [self.pick(ja, en) for ja, en in (("工事名", "Works"), ("保証金額", "Guaranteed sum"), ("保証期間", "Period"))]
        head = [(self.words["certificate"], squeezed(self.title())), (self.words["promisee"], squeezed(self.claims["obligee"]["name"]))]
        return head + [(squeezed(label), rows[squeezed(label)]) for label in kept]


def yen(amount):
    return f"￥{amount:,}"


def member(member):
    share = member.get("share_percent")
    return f"{member['name']}（{member['role']}）" + (f" {share:g}%" if share is not None else "")


def rows_of(lines, columns):
    """Reads lines as rows of a table whose columns begin at these places."""
    rows = []
    for line in lines:
        cells = [[] for _ in columns]
        for word in line:
            at = max(place for place, left in enumerate(columns) if word.left >= left - 1)
            cells[at].append(word)
            right = columns[at + 1] if at + 1 < len(columns) else word.right
            assert word.right <= right, f"{word} reaches into the next column"
        # A row that goes on on the next page has its label there once more.
        goes_on = rows and line[0].page > rows[-1][0][-1].page and said(cells[0]) == said(rows[-1][0])
        if cells[0] and not goes_on:
            rows.append(cells)
        else:
            cells[0] = []
            for held, more in zip(rows[-1], cells):
                held += more
    return [tuple(said(cell) for cell in cells) for cells in rows]


def until(lines, ends):
    """The lines before the first one of which `ends` holds, and the others."""
    at = next((place for place, line in enumerate(lines) if ends(line)), len(lines))
    return lines[:at], lines[at:]


def copied(paper, signed, previous):
    """Every field of a copy stands beside its label as it was signed; returns how many there are."""
    words, lines = signed.words, paper.lines()

    def starts(text):
        return lambda line: said(line).startswith(squeezed(text))

    def equal(shown, expected):
        assert shown == expected, f"{paper.pdf}: the page says\n{shown}\nand what was signed is\n{expected}"

    for page in range(len(paper.size)):
        assert squeezed(words["not"]) in said(paper.foot(page)), f"{paper.pdf}: page {page + 1} may be taken for a notice"
    label, texts = signed.rows()[0][0], signed.rows()
    _, lines = until(lines, starts(words["number"]))
    head, lines = until(lines, starts(words["obligee"]))
    expected = words["number"] + signed.claims["number"] + words["issued"] + signed.day(signed.claims["issued_on"])
    equal(said(sum(head, [])), squeezed(expected + signed.title()))
    parties, lines = until(lines, starts(signed.declaration()[:8]))
    body = sum(parties, [])
    corner = next(word for word in body if word.text == words["guarantor"])
    theirs = [word for word in body if word.left >= corner.left - 1 and word.top >= corner.top - 1]
    equal(said(word for word in body if word not in theirs),
          squeezed(words["obligee"] + signed.party("obligee") + words["honorific"]))
    equal(said(theirs), squeezed(words["guarantor"] + signed.guarantor))
    declared, lines = until(lines, starts(label))
    equal(said(sum(declared, [])), squeezed(signed.declaration()))

    labels = lines[0][0].left
    is_over = lambda line: line[0].left < labels - 3 or starts(words["proof"])(line)
    held, lines = until(lines, is_over)
    value = held[0][first_value(held[0], label)].left
    equal(rows_of(held, [labels, value]), texts)
    count = 2 + 3 + 3 + len(texts)
    if previous is None:
        return count
    changed = signed.changes()
    equal(said(lines[0]), squeezed(words["changed"]))
    heads = tuple(words[name] for name in ("field", "before", "after"))
    held, lines = until(lines[1:], lambda line: is_over(line) or tuple(word.text for word in line) == heads)
    equal(rows_of(held, [labels, value]), changed)
    differences = signed.differences(previous)
    if differences:
        columns = [word.left for word in lines[0]]
        held, _ = until(lines, is_over)
        # The head stands again on every page that the table goes on to.
        held = [line for line in held if tuple(word.text for word in line) != heads]
        equal(rows_of(held, columns), differences)
    return count + len(changed) + 2 * len(differences)


def first_value(line, label):
    """At which word of a line the text after its label begins."""
    return next(place for place in range(1, len(line)) if said(line[:place]) == squeezed(label))


def noticed(paper, signed, key):
    """A notice names the guarantee, and its key stands in one piece; returns how many fields there are."""
    words, expected = signed.words, signed.summary()
    assert key in [word.text for word in paper.words], f"{paper.pdf}: the key is not one word"
    lines = paper.lines()
    _, lines = until(lines, lambda line: said(line) == squeezed(words["summary"]))
    labels, value = lines[1][0].left, lines[1][first_value(lines[1], expected[0][0])].left
    held, _ = until(lines[1:], lambda line: line[0].left < labels - 3)
    shown = rows_of(held, [labels, value])
    assert shown == expected, f"{paper.pdf}: the page says\n{shown}\nand what was signed is\n{expected}"
    return len(expected) + 2


def reported(paper, signed):
    """The table of a report reads label, text, label, text; returns how many fields it has."""
    _, lines = until(paper.lines(), lambda line: said(line) == squeezed(signed.pick("証書の内容", "The certificate")))
    labels = lines[1][0].left
    held, _ = until(lines[1:], lambda line: line[0].left < labels - 3)
    revision = signed.claims["revision"]
    expected = [
        (signed.words["certificate"], signed.title()),
        (signed.words["number"], signed.claims["number"]),
        (signed.words["issued"], signed.day(signed.claims["issued_on"])),
        (signed.pick("版", "Revision"), signed.pick(f"第{revision}版", str(revision))),
    ] + signed.compared() + signed.changes()
    shown, text = said(sum(held, [])), "".join(squeezed(label + text) for label, text in expected)
    assert shown == text, f"{paper.pdf}: the page says\n{shown}\nand what was signed is\n{text}"
    return len(expected)
