//! Faults that any CBOR can have.

use hosho::{SecretKey, Signer as _};

use crate::hostile::{Mark, Node, head};

/// Rewrites the node at a path with a head that is `width` bytes longer than one byte.
pub(super) fn longer(root: &mut Node, path: &[i64], width: usize) {
    let node = root.at(path);
    *node = with_head(node, width).marked();
}

/// Returns the node with its argument in `width` bytes.
pub(super) fn with_head(node: &Node, width: usize) -> Node {
    let (bytes, _) = node.encode();
    let (major, argument, rest) = split_head(&bytes);
    let info = match width {
        1 => 24,
        2 => 25,
        4 => 26,
        8 => 27,
        other => panic!("no head of {other} bytes"),
    };
    let mut raw = vec![major << 5 | info];
    raw.extend_from_slice(&argument.to_be_bytes()[8 - width..]);
    raw.extend_from_slice(rest);
    Node::Raw(raw)
}

/// Returns major type, argument, and what follows the head.
pub(super) fn split_head(bytes: &[u8]) -> (u8, u64, &[u8]) {
    let (major, info) = (bytes[0] >> 5, bytes[0] & 0x1f);
    let width = match info {
        0..=23 => return (major, u64::from(info), &bytes[1..]),
        24 => 1,
        25 => 2,
        26 => 4,
        _ => 8,
    };
    let argument = bytes[1..=width].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    (major, argument, &bytes[1 + width..])
}

/// Rewrites the string, array or map at a path with an indefinite length.
pub(super) fn indefinite(root: &mut Node, path: &[i64]) {
    let node = root.at(path);
    let (bytes, _) = node.encode();
    let (major, _, rest) = split_head(&bytes);
    let mut raw = vec![major << 5 | 31];
    raw.extend_from_slice(if major < 4 { &bytes } else { rest });
    raw.push(0xff);
    *node = Node::Raw(raw).marked();
}

/// Rewrites the node at a path with another argument in its head, and marks what follows it.
pub(super) fn declare(root: &mut Node, path: &[i64], argument: u64) {
    let node = root.at(path);
    let (bytes, _) = node.encode();
    let (major, _, rest) = split_head(&bytes);
    let mut raw = head(major, argument);
    raw.extend_from_slice(rest);
    *node = Node::Raw(raw);
}

/// Removes the entry that ends a path, and marks where it is missed.
pub(super) fn missing(root: &mut Node, path: &[i64]) {
    let at = root.remove(path);
    let map = &path[..path.len() - 1];
    let entries = root.map(map);
    match entries.get_mut(at) {
        Some((key, _)) => *key = key.clone().marked(),
        None => root.mark(map, Mark::End),
    }
}

/// Puts an entry where its key belongs, and marks the key.
pub(super) fn surplus(root: &mut Node, path: &[i64], value: Node) {
    root.insert(path, value);
    root.mark_key(path);
}

/// Repeats the entry that ends a path, and marks its second key.
pub(super) fn repeated(root: &mut Node, path: &[i64]) {
    let (key, map) = path.split_last().expect("a path");
    let entries = root.map(map);
    let at = entries.iter().position(|(found, _)| found.as_int() == Some(*key)).expect("a key");
    let (key, value) = entries[at].clone();
    entries.insert(at + 1, (key.marked(), value));
}

/// Signs a `COSE_Sign1` anew, over the bytes that it holds now.
pub(super) fn sign_again(root: &mut Node, key: &SecretKey) {
    let (protected, payload) = (root.at(&[0]).content(), root.at(&[2]).content());
    let message = Node::Array(vec![
        Node::text("Signature1"),
        Node::bytes(protected),
        Node::bytes([]),
        Node::bytes(payload),
    ]);
    let signature = key.sign(&message.encode().0).expect("a signature");
    root.put(&[3], Node::bytes(signature));
}
