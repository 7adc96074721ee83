"""Who reads the QR codes of papers, in which of the usual conditions."""

import json
import re
import subprocess
from pathlib import Path

from documents_tools import NOW, run, squeezed

DOCS = Path(__file__).resolve().parent.parent / "docs/documents.md"
READ, TOLD, NOT = "read", "told", "-"
# What hangs on the certificate, whose keys are new in every run; only the page says so.
AT_TIMES = "at times"
READERS = ("hosho-verify (rxing)", "zbar")


def conditions(pdf, folder):
    """Renders the first page of a PDF in the usual conditions."""
    made = []
    stem = pdf.stem
    for dpi in (100, 150, 200, 300):
        run("pdftoppm", "-r", dpi, "-png", "-singlefile", pdf, folder / f"{stem}-{dpi}")
        made.append((f"{dpi} dpi", folder / f"{stem}-{dpi}.png"))
    at = folder / f"{stem}-200.png"
    for name, options in (
        ("200 dpi, turned by 3 degrees", ["-rotate", "3"]),
        ("200 dpi, turned by 90 degrees", ["-rotate", "90"]),
        ("200 dpi, upside down", ["-rotate", "180"]),
        ("200 dpi, blurred by 1 pixel", ["-blur", "0x1"]),
        ("200 dpi, blurred by 1.5 pixels", ["-blur", "0x1.5"]),
        ("200 dpi, noise", ["-attenuate", "0.3", "+noise", "Gaussian"]),
    ):
        path = folder / (stem + squeezed(name).replace(",", "-") + ".png")
        run("convert", at, "-background", "white", "-seed", "1", *options, path)
        made.append((name, path))
    for quality in (80, 40):
        path = folder / f"{stem}-quality{quality}.jpg"
        run("convert", at, "-quality", quality, path)
        made.append((f"200 dpi, JPEG of quality {quality}", path))
    return made


def reads(verify, path, number, trust):
    """What hosho-verify makes of a picture: it reads a certificate, or tells a notice's code as one."""
    command = [verify, "check", path, "--trust", trust, "--number", number, "--now", NOW, "--json", "--lang", "en"]
    done = subprocess.run(command, capture_output=True)
    answer = json.loads(done.stdout)
    if answer["certificate"]:
        assert answer["certificate"]["number"] == number, f"{path}: {answer}"
        return READ
    assert answer["code"] == "E1-QR", f"{path}: {answer}"
    return TOLD if b"this QR code holds the number and the auth key only" in done.stderr else NOT


def seen_by_zbar(path, expected):
    done = subprocess.run(["zbarimg", "-q", "--raw", path], capture_output=True)
    texts = done.stdout.decode(errors="replace").splitlines()
    assert all(text.startswith(expected) for text in texts), f"{path}: zbar reads something else"
    return READ if texts else NOT


def modules(pdf, folder):
    """How many modules a side of the QR code on the first page has, and how many points one has."""
    listed = run("pdfimages", "-list", "-l", "1", pdf).decode().splitlines()[2:]
    assert len(listed) == 1, f"{pdf}: {len(listed)} pictures"
    side, ppi = int(listed[0].split()[3]), float(listed[0].split()[12])
    run("pdfimages", "-png", "-l", "1", pdf, folder / f"{pdf.stem}-code")
    grey = run("convert", folder / f"{pdf.stem}-code-000.png", "-depth", "8", "gray:-")
    dark = re.search(rb"[\x00-\x7f]+", grey)
    # The first dark run is the upper edge of a finder: seven modules.
    module = len(dark[0]) / 7
    quiet = dark.start() // side / module
    return round(side / module - 2 * quiet), 72 * module / ppi


def documented():
    """The table of the page, and which poppler it was made with."""
    section = DOCS.read_text().split("### QR codes on rendered pages")[1].split("\n### ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows[2:]}, re.search(r"poppler ([\d.]+)", section)[1]


def codes(verify, papers, folder, trust):
    """Prints who reads which code, and holds it against the documented table; papers are name, file,
    number, and how the text of the code begins."""
    table = {}
    for name, pdf, number, expected in papers:
        side, points = modules(pdf, folder)
        sizes = ", ".join(f"{points * dpi / 72:.2f} at {dpi} dpi" for dpi in (100, 150, 200, 300))
        print(f"the code of the {name}: version {(side - 17) // 4}, {side} modules a side; pixels a module: {sizes}")
        for condition, path in conditions(pdf, folder):
            table.setdefault(condition, []).extend([reads(verify, path, number, trust), seen_by_zbar(path, expected)])
    heads = [f"{name}, {reader}" for name, *_ in papers for reader in READERS]
    print(f"| the page, rendered at | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}")
    for condition, cells in table.items():
        print(f"| {condition} | {' | '.join(cells)} |")
    promised, poppler = documented()
    assert promised.keys() == table.keys(), f"{DOCS} has other rows: {promised.keys() ^ table.keys()}"
    same = f"version {poppler}\n" in subprocess.run(["pdftotext", "-v"], capture_output=True, text=True).stderr
    # What is not read may be with other pixels; what is read must be with all.
    lenient = {AT_TIMES} if same else {AT_TIMES, NOT}
    for condition, cells in table.items():
        for head, cell, promise in zip(heads, cells, promised[condition], strict=True):
            assert promise in (READ, TOLD, NOT, AT_TIMES), f"{condition}, {head}: {DOCS} says {promise}"
            assert cell == promise or promise in lenient, f"{condition}, {head}: {cell}, and {DOCS} says {promise}"
    told = f"rendered by poppler {poppler}, as there" if same else f"there rendered by poppler {poppler}, here by another"
    print(f"all {sum(map(len, table.values()))} cells are as {DOCS.name} has them, {told}")
