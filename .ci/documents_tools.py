"""What every part of `.ci/documents` needs: running programs, and the words of a page."""

import html
import os
import re
import subprocess
import sys
from typing import NamedTuple

NOW = "2026-05-20T03:00:00Z"


def run(*command, expect=(0,)):
    done = subprocess.run([str(part) for part in command], capture_output=True)
    if done.returncode not in expect:
        sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stderr.decode(errors='replace')}")
    return done.stdout


def computing(*command):
    """Runs a command and returns how many milliseconds it computed, on all cores together."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {process.returncode}")
    return 1000 * (usage.ru_utime + usage.ru_stime)


def squeezed(text):
    return re.sub(r"\s", "", text)


class Word(NamedTuple):
    """A word and its box, in points from the upper left corner of its page."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


class Paper:
    """The words of a PDF as pdftotext reads them."""

    def __init__(self, pdf):
        self.pdf, self.words, self.size = pdf, [], []
        said = run("pdftotext", "-bbox", pdf, "-").decode()
        for number, (width, height, held) in enumerate(
            re.findall(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', said, re.S)
        ):
            self.size.append((float(width), float(height)))
            found = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', held)
            self.words += [Word(number, *map(float, box), html.unescape(text)) for *box, text in found]
        assert len(self.words) > 20, f"{pdf}: {len(self.words)} words"

    def lines(self):
        """The lines in reading order: words at one height, from left to right. The foot is left out."""
        return in_lines(word for word in self.words if not self.is_foot(word))

    def foot(self, page):
        return [word for word in self.words if word.page == page and self.is_foot(word)]

    def is_foot(self, word):
        return word.top > self.size[word.page][1] - 50


def in_lines(words):
    lines = []
    for word in sorted(words, key=lambda word: (word.page, word.top)):
        if lines and lines[-1][0].page == word.page and word.top - lines[-1][0].top < 2:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word.left) for line in lines]


def said(words):
    """What words say, read line by line, without blanks."""
    return squeezed("".join(word.text for line in in_lines(words) for word in line))


def within_edges(paper):
    """Every word stands between the edges of its page."""
    for word in paper.words:
        width, height = paper.size[word.page]
        inside = word.left > 50 and word.right < width - 50 and word.top > 45 and word.bottom < height - 20
        assert inside, f"{paper.pdf}: {word} is not within the edges of its page"


def apart(paper):
    """No word stands on another: of no two are the boxes more than a point into each other both ways."""
    for page in range(len(paper.size)):
        words = sorted((word for word in paper.words if word.page == page), key=lambda word: word.top)
        for place, word in enumerate(words):
            for other in words[place + 1 :]:
                down = min(word.bottom, other.bottom) - other.top
                if down <= 1:
                    break
                across = min(word.right, other.right) - max(word.left, other.left)
                assert across <= 1, f"{paper.pdf}: {word} and {other} overlap"


def sound(pdf):
    """What holds of every paper: qpdf finds nothing, and its words stand apart within its edges."""
    run("qpdf", "--check", pdf)
    paper = Paper(pdf)
    within_edges(paper)
    apart(paper)
    return paper


def attached(pdf, folder):
    run("pdfdetach", "-saveall", "-o", folder, pdf)
    found = list(folder.iterdir())
    assert len(found) == 1, found
    content = found[0].read_bytes()
    found[0].unlink()
    return content
