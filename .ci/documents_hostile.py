"""What becomes of files that someone made in order to harm or deceive, and of pages that were scanned."""

import json
import random
import subprocess
import time
import zlib

from documents_tools import NOW, attached, run, squeezed


def document(objects):
    """A PDF of objects, each a pair of dictionary and stream; the first is the catalog."""
    content, places = b"%PDF-1.7\n", []
    for place, (dictionary, stream) in enumerate(objects, 1):
        places.append(len(content))
        content += f"{place} 0 obj\n".encode() + dictionary
        content += b"" if stream is None else b"\nstream\n" + stream + b"\nendstream"
        content += b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(places) + 1}/Root 1 0 R>>\n"
    return content + end.encode() + f"startxref\n{len(content)}\n%%EOF\n".encode()


def scans(pdf, folder):
    """PDFs of six pictures, as a scanner makes them: the code is in the last."""
    page, empty = folder / "page.pgm", folder / "empty.pgm"
    run("pdftoppm", "-r", 200, "-gray", "-singlefile", pdf, folder / "page")
    run("convert", page, "-threshold", "101%", "-negate", empty)

    def samples(image, *options):
        return run("convert", image, *options, "-compress", "none", "gray:-" if "-monochrome" not in options else "mono:-")

    width, height = (int(part) for part in run("identify", "-format", "%w %h", page).split())
    head = f"/Type/XObject/Subtype/Image/Width {width}/Height {height}"
    kinds = {
        "grey": ("/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode", lambda image: zlib.compress(samples(image))),
        "JPEG": ("/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode", lambda image: run("convert", image, "jpg:-")),
        "JPEG, packed": (
            "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter[/FlateDecode/DCTDecode]",
            lambda image: zlib.compress(run("convert", image, "jpg:-")),
        ),
        "a palette": (
            "/ColorSpace[/Indexed/DeviceGray 255<" + bytes(range(255, -1, -1)).hex() + ">]/BitsPerComponent 8/Filter/FlateDecode",
            lambda image: zlib.compress(samples(image, "-negate")),
        ),
        "black and white": (
            "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/FlateDecode",
            lambda image: zlib.compress(bits(samples(image), width)),
        ),
        "black and white, inverted": (
            "/ColorSpace/DeviceGray/BitsPerComponent 1/Decode[1 0]/Filter/FlateDecode",
            lambda image: zlib.compress(bits(samples(image, "-negate"), width)),
        ),
    }
    for kind, (rest, packed) in kinds.items():
        objects = [(b"<</Type/Catalog>>", None)]
        for image in [empty] * 5 + [page]:
            stream = packed(image)
            objects.append((f"<<{head}{rest}/Length {len(stream)}>>".encode(), stream))
        path = folder / f"{squeezed(kind).replace(',', '-')}.scan.pdf"
        path.write_bytes(document(objects))
        yield kind, path


def bits(grey, width):
    """Packs one byte a sample into one bit a sample, each row from a byte on."""
    packed = bytearray()
    for start in range(0, len(grey), width):
        row = "".join("1" if sample > 127 else "0" for sample in grey[start : start + width])
        row += "0" * (-len(row) % 8)
        packed += int(row, 2).to_bytes(len(row) // 8, "big")
    return bytes(packed)


def attachments(*contents):
    """A PDF with attachments, each packed."""
    objects, names = [(b"", None)], []
    for content in contents:
        stream = content if isinstance(content, tuple) else (zlib.compress(content, 9), "/Filter/FlateDecode")
        objects.append((f"<<{stream[1]}/Length {len(stream[0])}>>".encode(), stream[0]))
        names.append(f"<</Type/Filespec/EF<</F {len(objects)} 0 R>>>>")
    objects[0] = (f"<</Type/Catalog/AF[{' '.join(names)}]>>".encode(), None)
    return document(objects)


def gibibyte(start):
    """1 GiB that begins as given, packed."""
    packer = zlib.compressobj(9)
    packed = [packer.compress(start)]
    packed += [packer.compress(bytes(1 << 20)) for _ in range(1024)]
    return b"".join([*packed, packer.flush()]), "/Filter/FlateDecode"


def objects(pdf):
    """The objects of a PDF as qpdf writes them, streams as they are."""
    return json.loads(run("qpdf", "--json-output", "--decode-level=none", "--json-stream-data=inline", pdf, "-"))


def swapped(pdf, other, name, folder, to):
    """A paper in which one stream, its attachment or its QR code, is that of another paper."""
    own, theirs = objects(pdf), objects(other)

    def one(held):
        found = [key for key, value in held["qpdf"][1].items() if name in value.get("stream", {}).get("dict", {}).values()]
        assert len(found) == 1, f"{len(found)} streams are {name}"
        return found[0]

    own["qpdf"][1][one(own)] = theirs["qpdf"][1][one(theirs)]
    written = folder / "swapped.json"
    written.write_text(json.dumps(own))
    run("qpdf", "--json-input", written, to)
    run("qpdf", "--check", to)
    return to.read_bytes()


def deceiving(folder, papers):
    """Papers of ours in which something was replaced by another paper's."""
    other_copy, other_notice = papers["other copy"], papers["other notice"]
    cases = [
        ("a copy whose attachment is another certificate", "copy", other_copy, "/EmbeddedFile", 3, "E1-DISAGREE"),
        ("a copy whose QR code is another's", "copy", other_copy, "/Image", 3, "E1-DISAGREE"),
        ("a copy without QR code whose attachment is another certificate", "large copy", other_copy, "/EmbeddedFile", 1,
         "E5-OTHER-GUARANTEE"),
        ("a notice whose attachment is another's", "notice", other_notice, "/EmbeddedFile", 3, "E1-DISAGREE"),
        ("a notice whose QR code is another's", "notice", other_notice, "/Image", 3, "E1-DISAGREE"),
    ]
    made = folder / "swapped.pdf"
    return [(about, swapped(papers[own], other, name, folder, made), code, answer) for about, own, other, name, code, answer in cases]


def hostile(verify, folder, papers, number, trust):
    """Prints what hosho-verify answers to hostile files, in which time and with how much memory.

    `papers` has copy and notice of this number and of another one, and a copy without QR code."""
    home_copy = papers["copy"]
    own, other = (attached(papers[name], folder / "loose") for name in ("copy", "other copy"))
    encrypted = folder / "encrypted.pdf"
    run("qpdf", "--encrypt", "secret", "secret", "256", "--", home_copy, encrypted)
    nested = b"[" * 200_000 + b"]" * 200_000
    pointed = [(b"<</Type/Catalog>>", None), (b"<</Length 4000>>", b"\7" * 4000), (b"<</F 2 0 R>>", None)]
    image = (b"<</Subtype/Image/Width 3000/Height 3000/BitsPerComponent 8/Length 0>>", b"")
    fax = (b"<</Subtype/Image/Width 3000/Height 3000/Filter/CCITTFaxDecode/BitsPerComponent 1/Length 1>>", b"0")
    noise = zlib.compress(random.Random(2).randbytes(2_000_000), 1)
    busy = (f"<</Subtype/Image/Width 2000/Height 1000/BitsPerComponent 8/Filter/FlateDecode/Length {len(noise)}>>".encode(), noise)
    cases = deceiving(folder, papers) + [
        ("two certificates attached that differ", attachments(own, other), 3, "E1-DISAGREE"),
        ("1 GiB attached", attachments(gibibyte(b"")), 3, "E1-NOT-RECOGNISED"),
        ("1 GiB attached that begins as a certificate", attachments(gibibyte(own)), 3, "E1-TOO-LARGE"),
        ("a PDF attached", attachments(home_copy.read_bytes()), 3, "E1-NOT-RECOGNISED"),
        ("an encrypted PDF", encrypted.read_bytes(), 3, "E1-PDF"),
        ("200 000 nested arrays", document([(b"<</Type/Catalog/A " + nested + b">>", None)]), 3, "E1-NOT-RECOGNISED"),
        ("half a PDF", home_copy.read_bytes()[: home_copy.stat().st_size // 2], 3, "E1-PDF"),
        ("an attachment that 60 000 name", document(pointed + [(b"<</EF 3 0 R>>", None)] * 60_000), 3, "E1-NOT-RECOGNISED"),
        ("a picture without samples", document([(b"<</Type/Catalog>>", None), image]), 3, "E1-QR"),
        ("a picture of a fax", document([(b"<</Type/Catalog>>", None), fax]), 3, "E1-QR"),
        ("8 pictures of noise", document([(b"<</Type/Catalog>>", None)] + [busy] * 8), 3, "E1-QR"),
    ]
    for about, pdf, code, expected in (
        ("a page with a notice's code", papers["notice"], 3, "E1-QR"),
        ("a page with the code of another copy", papers["other copy"], 1, "E5-OTHER-GUARANTEE"),
    ):
        run("pdftoppm", "-r", 200, "-png", "-singlefile", pdf, folder / "page")
        cases.append((about, (folder / "page.png").read_bytes(), code, expected))
    print("| file | answer | seconds | MiB |\n|---|---|---|---|")
    for place, (about, content, code, expected) in enumerate(cases):
        path, figure = folder / f"hostile{place}", folder / "figure"
        path.write_bytes(content)
        begun = time.monotonic()
        done = subprocess.run(
            ["/usr/bin/time", "-q", "-f", "%M", "-o", figure, verify, "check", path, "--trust", trust, "--number", number,
             "--now", NOW, "--json"], capture_output=True
        )
        taken, peak = time.monotonic() - begun, int(figure.read_text()) / 1024
        answer = json.loads(done.stdout)
        print(f"| {about} | {answer['verdict']}, {answer['code']} | {taken:.1f} | {peak:.0f} |", flush=True)
        assert (done.returncode, answer["code"]) == (code, expected), f"{about}: {done.returncode} {answer}"
        assert taken < 60 and peak < 128, f"{about}: {taken:.1f} s, {peak:.0f} MiB"
