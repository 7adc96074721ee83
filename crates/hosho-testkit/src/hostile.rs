use ciborium::Value;

/// Where in a marked node a reader is expected to stop.
#[derive(Clone, Copy, Debug)]
pub enum Mark {
    /// This many bytes after its first one.
    At(usize),
    /// This many bytes after its head.
    Content(usize),
    /// Right after it.
    End,
}

/// CBOR that need not be canonical, or CBOR at all: a tree into which faults are spliced.
///
/// A node may be marked; encoding tells the offset of the mark, so that the offset of a refusal
/// follows from where the fault was put and not from what a reader says.
#[derive(Clone, Debug)]
pub enum Node {
    /// These bytes as they are.
    Raw(Vec<u8>),
    /// A scalar, encoded by `ciborium`.
    Scalar(Value),
    /// An array.
    Array(Vec<Node>),
    /// A map, its entries in this order.
    Map(Vec<(Node, Node)>),
    /// A tag.
    Tag(u64, Box<Node>),
    /// A byte string that holds the encoding of a node.
    Wrapped(Box<Node>),
    /// A node with a mark.
    Marked(Mark, Box<Node>),
}

/// Returns the shortest head of `major` with this argument.
pub fn head(major: u8, argument: u64) -> Vec<u8> {
    let major = major << 5;
    let mut bytes = argument.to_be_bytes().to_vec();
    let keep = match argument {
        0..=23 => return vec![major | bytes[7]],
        24..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    let mut short = bytes.split_off(8 - keep);
    short.insert(
        0,
        major
            | match keep {
                1 => 24,
                2 => 25,
                4 => 26,
                _ => 27,
            },
    );
    short
}

impl Node {
    /// Makes an integer.
    pub fn int(value: impl Into<i128>) -> Self {
        let integer = ciborium::value::Integer::try_from(value.into()).expect("a CBOR integer");
        Self::Scalar(Value::Integer(integer))
    }

    /// Makes a text string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Scalar(Value::Text(text.into()))
    }

    /// Makes a byte string.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Scalar(Value::Bytes(bytes.into()))
    }

    /// Marks the node at its first byte.
    #[must_use]
    pub fn marked(self) -> Self {
        self.marked_at(Mark::At(0))
    }

    /// Marks the node at a place.
    #[must_use]
    pub fn marked_at(self, mark: Mark) -> Self {
        Self::Marked(mark, Box::new(self))
    }

    /// Reads CBOR with `ciborium`, byte strings as they are.
    pub fn read(bytes: &[u8]) -> Self {
        Self::from(ciborium::from_reader::<Value, _>(bytes).expect("CBOR"))
    }

    /// Reads one of our objects: tag, array, and the headers and payload inside byte strings.
    pub fn read_object(bytes: &[u8]) -> Self {
        let mut object = Self::read(bytes);
        object.at(&[0]).unwrap_bytes();
        let sealed = bytes.first() == Some(&0xd0);
        if !sealed {
            object.at(&[2]).unwrap_bytes();
        }
        if bytes.starts_with(&[0xd8, 98])
            && let Self::Array(signatures) = object.at(&[3])
        {
            for signature in signatures {
                signature.at(&[0]).unwrap_bytes();
            }
        }
        object
    }

    fn unwrap_bytes(&mut self) {
        if let Self::Scalar(Value::Bytes(bytes)) = self {
            *self = Self::Wrapped(Box::new(Self::read(bytes)));
        }
    }

    /// Returns the node at a path of array indices and integer map keys; tags, marks and wrapping
    /// byte strings are passed through.
    pub fn at(&mut self, path: &[i64]) -> &mut Self {
        let Some((step, rest)) = path.split_first() else { return self };
        match self {
            Self::Tag(_, inner) | Self::Wrapped(inner) | Self::Marked(_, inner) => inner.at(path),
            Self::Array(items) => items[usize::try_from(*step).expect("an index")].at(rest),
            Self::Map(entries) => {
                let at = position(entries, *step).expect("a key that is there");
                entries[at].1.at(rest)
            }
            other => panic!("no {path:?} in {other:?}"),
        }
    }

    /// Returns the map at a path.
    pub fn map(&mut self, path: &[i64]) -> &mut Vec<(Node, Node)> {
        match self.at(path).bare() {
            Self::Map(entries) => entries,
            other => panic!("no map: {other:?}"),
        }
    }

    /// Returns the array at a path.
    pub fn array(&mut self, path: &[i64]) -> &mut Vec<Node> {
        match self.at(path).bare() {
            Self::Array(items) => items,
            other => panic!("no array: {other:?}"),
        }
    }

    fn bare(&mut self) -> &mut Self {
        match self {
            Self::Tag(_, inner) | Self::Wrapped(inner) | Self::Marked(_, inner) => inner.bare(),
            other => other,
        }
    }

    /// Replaces the node at a path.
    pub fn put(&mut self, path: &[i64], node: Self) {
        *self.at(path) = node;
    }

    /// Marks the node at a path.
    pub fn mark(&mut self, path: &[i64], mark: Mark) {
        let node = self.at(path);
        *node = node.clone().marked_at(mark);
    }

    /// Marks the key that ends a path.
    pub fn mark_key(&mut self, path: &[i64]) {
        let (key, map) = path.split_last().expect("a path");
        let entries = self.map(map);
        let at = position(entries, *key).expect("a key that is there");
        entries[at].0 = entries[at].0.clone().marked();
    }

    /// Removes the entry that ends a path, and returns its place in its map.
    pub fn remove(&mut self, path: &[i64]) -> usize {
        let (key, map) = path.split_last().expect("a path");
        let entries = self.map(map);
        let at = position(entries, *key).expect("a key that is there");
        entries.remove(at);
        at
    }

    /// Inserts or replaces the entry that ends a path, where its key belongs.
    pub fn insert(&mut self, path: &[i64], value: Self) {
        let (key, map) = path.split_last().expect("a path");
        let entries = self.map(map);
        if let Some(at) = position(entries, *key) {
            entries[at].1 = value;
            return;
        }
        let rank = |key: i64| (key < 0, if key < 0 { -1 - key } else { key });
        let after = |found: &Node| found.as_int().is_some_and(|found| rank(found) > rank(*key));
        let at = entries.iter().position(|(found, _)| after(found)).unwrap_or(entries.len());
        entries.insert(at, (Self::int(*key), value));
    }

    /// Returns a small integer.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Scalar(Value::Integer(integer)) => i64::try_from(i128::from(*integer)).ok(),
            Self::Marked(_, inner) => inner.as_int(),
            _ => None,
        }
    }

    /// Returns what follows the head, such as the content of a byte string.
    pub fn content(&self) -> Vec<u8> {
        let (bytes, _) = self.encode();
        bytes[head_len(&bytes)..].to_vec()
    }

    /// Returns the bytes and the offset of the mark.
    pub fn encode(&self) -> (Vec<u8>, Option<usize>) {
        let (mut bytes, mut mark) = (Vec::new(), None);
        self.write(&mut bytes, &mut mark);
        (bytes, mark)
    }

    fn write(&self, out: &mut Vec<u8>, mark: &mut Option<usize>) {
        match self {
            Self::Raw(bytes) => out.extend_from_slice(bytes),
            Self::Scalar(value) => ciborium::into_writer(value, out).expect("a vector takes all"),
            Self::Array(items) => {
                out.extend(head(4, size(items.len())));
                for item in items {
                    item.write(out, mark);
                }
            }
            Self::Map(entries) => {
                out.extend(head(5, size(entries.len())));
                for (key, value) in entries {
                    key.write(out, mark);
                    value.write(out, mark);
                }
            }
            Self::Tag(tag, inner) => {
                out.extend(head(6, *tag));
                inner.write(out, mark);
            }
            Self::Wrapped(inner) => {
                let (content, inside) = inner.encode();
                out.extend(head(2, size(content.len())));
                if let Some(inside) = inside {
                    set(mark, out.len() + inside);
                }
                out.extend(content);
            }
            Self::Marked(place, inner) => {
                let start = out.len();
                inner.write(out, mark);
                set(
                    mark,
                    match place {
                        Mark::At(after) => start + after,
                        Mark::Content(after) => start + head_len(&out[start..]) + after,
                        Mark::End => out.len(),
                    },
                );
            }
        }
    }
}

fn head_len(bytes: &[u8]) -> usize {
    match bytes[0] & 0x1f {
        24 => 2,
        25 => 3,
        26 => 5,
        27 => 9,
        _ => 1,
    }
}

fn set(mark: &mut Option<usize>, offset: usize) {
    assert!(mark.is_none(), "one mark in a tree");
    *mark = Some(offset);
}

fn size(length: usize) -> u64 {
    u64::try_from(length).expect("a length")
}

fn position(entries: &[(Node, Node)], key: i64) -> Option<usize> {
    entries.iter().position(|(found, _)| found.as_int() == Some(key))
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        match value {
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Map(entries) => Self::Map(
                entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            ),
            Value::Tag(tag, inner) => Self::Tag(tag, Box::new((*inner).into())),
            scalar => Self::Scalar(scalar),
        }
    }
}
