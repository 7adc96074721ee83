"""Canonical CBOR as spec section 2 has it: read against a schema, refused at the first fault."""

UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)


class Refusal(Exception):
    """A rule is broken: its code, and the offset from the start of the object."""

    def __init__(self, code, offset=None):
        super().__init__(code)
        self.code = code
        self.offset = offset


class Reader:
    """Reads values of known types from data[at:end]; offsets count from the start of data."""

    def __init__(self, data, at=0, end=None):
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    def peek_major(self):
        if self.at >= self.end:
            raise Refusal("E3-TRUNCATED", self.at)
        return self.data[self.at] >> 5

    def head(self, major):
        """Returns the argument of the next head, which must be of this major type."""
        start = self.at
        if self.peek_major() != major:
            raise Refusal("E3-TYPE", start)
        info = self.data[start] & 31
        if info < 24:
            self.at += 1
            return info
        if info == 31:
            raise Refusal("E3-INDEFINITE", start)
        if info > 27:
            raise Refusal("E3-TYPE", start)
        width = 1 << (info - 24)
        if start + 1 + width > self.end:
            raise Refusal("E3-TRUNCATED", start + 1)
        argument = int.from_bytes(self.data[start + 1 : start + 1 + width], "big")
        shortest = {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[width]
        if argument < shortest:
            raise Refusal("E3-NON-MINIMAL", start)
        self.at = start + 1 + width
        return argument

    def uint(self):
        return self.head(UINT)

    def content(self, major):
        length = self.head(major)
        if self.at + length > self.end:
            raise Refusal("E3-TRUNCATED", self.at)
        start = self.at
        self.at += length
        return start, bytes(self.data[start : self.at])

    def bytes(self, length=None):
        start = self.at
        _, value = self.content(BYTES)
        if length is not None and len(value) != length:
            raise Refusal("E3-LENGTH", start)
        return value

    def embedded(self):
        """Returns a reader over the content of a byte string, and the content."""
        start, value = self.content(BYTES)
        return Reader(self.data, start, self.at), value

    def text(self):
        """Returns a text and the offset of its first byte."""
        start, value = self.content(TEXT)
        try:
            return value.decode("utf-8", "strict"), start
        except UnicodeDecodeError as error:
            raise Refusal("E3-UTF8", start + error.start) from None

    def array(self, *lengths):
        start = self.at
        length = self.head(ARRAY)
        if lengths and length not in lengths:
            raise Refusal("E3-LENGTH", start)
        return length

    def true(self):
        if self.at >= self.end:
            raise Refusal("E3-TRUNCATED", self.at)
        if self.data[self.at] != 0xF5:
            raise Refusal("E3-TYPE", self.at)
        self.at += 1
        return True

    def finish(self):
        if self.at != self.end:
            raise Refusal("E3-TRAILING", self.at)


class MapReader:
    """Walks a map whose keys rise; integer keys compare by their encodings."""

    def __init__(self, reader):
        self.reader = reader
        self.start = reader.at
        self.left = reader.head(MAP)
        self.last = None

    def peek(self):
        """Returns the next key as (major, argument) and the offset after it; checks its order."""
        ahead = Reader(self.reader.data, self.reader.at, self.reader.end)
        major = ahead.peek_major()
        if major not in (UINT, NEGATIVE):
            raise Refusal("E3-TYPE", ahead.at)
        key = (major, ahead.head(major))
        if self.last is not None and key <= self.last:
            raise Refusal("E3-KEY-ORDER", self.reader.at)
        return key, ahead.at

    def has(self, label):
        """Steps to an optional key, if it comes next."""
        if self.left == 0:
            return False
        wanted = (UINT, label) if label >= 0 else (NEGATIVE, -1 - label)
        key, after = self.peek()
        if key < wanted:
            raise Refusal("E3-KEY-UNKNOWN", self.reader.at)
        if key > wanted:
            return False
        self.reader.at = after
        self.left -= 1
        self.last = key
        return True

    def need(self, label):
        if not self.has(label):
            raise Refusal("E3-KEY-MISSING", self.reader.at)

    def finish(self):
        if self.left:
            self.peek()
            raise Refusal("E3-KEY-UNKNOWN", self.reader.at)
