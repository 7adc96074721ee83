//! What was seen before: the highest sequence of every trust bundle and status list, in a file.
//! Of a list it is kept by the key that signed, so that a thief's word goes when its key does.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hosho::{
    Fingerprint, GuarantorId, KeyId, KeyRole, KeyState, ListNumber, Sequence, TrustBundle,
};
use hosho_cli::input::{self, InputError};
use hosho_cli::lock::{self, Lock};
use hosho_cli::output::{self, Mode};
use hosho_cli::path::shown;
use serde::{Deserialize, Serialize};

use crate::messages::fill;
use crate::run::{Context, Failure};
use crate::trust::{Bundles, Snapshots};

/// The format of the file.
const FORMAT: &str = "hosho-remembered/2";

/// A thousand guarantors with a hundred lists each have some 3 MB.
const MAX_LEN: usize = 8 << 20;

/// Lists of one guarantor that are remembered; the spec has no more.
const MAX_LISTS: usize = 65_535;

/// How long to wait for another check that uses the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// The highest sequences that were seen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Seen {
    bundles: BTreeMap<GuarantorId<'static>, Sequence>,
    lists: BTreeMap<(GuarantorId<'static>, ListNumber, KeyId), Sequence>,
}

/// The file of what was seen, locked: others wait until it is kept or dropped.
#[derive(Debug)]
pub(crate) struct Memory {
    path: PathBuf,
    seen: Seen,
    _lock: Lock,
}

/// The JSON object of the file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Object {
    format: String,
    guarantors: BTreeMap<String, Sequences>,
}

/// The sequences of one guarantor.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Sequences {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bundle: Option<u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lists: BTreeMap<u16, BTreeMap<String, u64>>,
}

impl Seen {
    /// Returns the highest sequence seen of a guarantor's bundles.
    pub(crate) fn bundle(&self, guarantor_id: &GuarantorId<'_>) -> Option<Sequence> {
        self.bundles.iter().find(|(id, _)| *id == guarantor_id).map(|(_, sequence)| *sequence)
    }

    /// Returns the highest sequence seen of every list, once for each key that signed it.
    pub(crate) fn lists(
        &self,
    ) -> impl Iterator<Item = (&GuarantorId<'static>, ListNumber, Sequence)> {
        self.lists.iter().map(|((id, list, _), sequence)| (id, *list, *sequence))
    }

    /// What tells this from what was seen at another time.
    pub(crate) fn digest(&self) -> String {
        self.to_line().map_or_else(String::new, |line| checksum(&line))
    }

    /// Takes in what this run has seen. Nothing goes back, except that a key which may sign
    /// snapshots no more takes its sequences along: they may be a thief's (spec R-FRESH-1).
    fn observe(&mut self, bundles: &Bundles, snapshots: &Snapshots) {
        self.lists.retain(|(id, _, key_id), _| {
            let bundle = bundles.all().iter().find(|bundle| bundle.guarantor_id() == id);
            bundle.is_none_or(|bundle| speaks(bundle, *key_id))
        });
        for bundle in bundles.all() {
            let seen = self.bundles.entry(bundle.guarantor_id().clone());
            let seen = seen.or_insert(bundle.sequence());
            *seen = (*seen).max(bundle.sequence());
        }
        for snapshot in snapshots.all() {
            let id = snapshot.guarantor_id().clone();
            let seen = self.lists.entry((id, snapshot.list(), snapshot.key_id()));
            let seen = seen.or_insert(snapshot.sequence());
            *seen = (*seen).max(snapshot.sequence());
        }
    }

    /// Reads the one line of the file; nothing if it is not as it was written.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let (sum, json) = text.split_once(' ')?;
        let object: Object = serde_json::from_str(json).ok()?;
        if sum != checksum(json) || object.format != FORMAT {
            return None;
        }
        let mut seen = Self::default();
        for (id, sequences) in object.guarantors {
            let id = GuarantorId::parse(&id).ok()?.into_owned();
            if let Some(bundle) = sequences.bundle {
                seen.bundles.insert(id.clone(), Sequence::new(bundle).ok()?);
            }
            for (list, keys) in sequences.lists {
                let list = ListNumber::new(list).ok()?;
                for (key_id, sequence) in keys {
                    let key_id = KeyId::parse(&key_id).ok()?;
                    seen.lists.insert((id.clone(), list, key_id), Sequence::new(sequence).ok()?);
                }
            }
        }
        Some(seen)
    }

    fn to_line(&self) -> Option<String> {
        let mut guarantors: BTreeMap<String, Sequences> = BTreeMap::new();
        for (id, sequence) in &self.bundles {
            guarantors.entry(id.to_string()).or_default().bundle = Some(sequence.number());
        }
        for ((id, list, key_id), sequence) in &self.lists {
            let lists = &mut guarantors.entry(id.to_string()).or_default().lists;
            if lists.len() < MAX_LISTS {
                let keys = lists.entry(list.number()).or_default();
                keys.insert(key_id.to_string(), sequence.number());
            }
        }
        let json = serde_json::to_string(&Object { format: FORMAT.to_owned(), guarantors }).ok()?;
        Some(format!("{} {json}\n", checksum(&json)))
    }
}

/// Tells whether the guarantor still stands by what this key says about status.
fn speaks(bundle: &TrustBundle, key_id: KeyId) -> bool {
    bundle.key(key_id).is_some_and(|entry| {
        entry.role == KeyRole::Status && !matches!(entry.state, KeyState::Compromised { .. })
    })
}

/// What shows that a digit was lost; it protects against no one who can write the file.
fn checksum(json: &str) -> String {
    Fingerprint::of(json.as_bytes()).to_string()
}

impl Memory {
    /// Locks and reads the file. One that is missing is the first time; a damaged one is never
    /// taken for that.
    pub(crate) fn open(path: &Path, context: Context) -> Result<Self, Failure> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let lock = lock::hold(Path::new(&beside), PATIENCE)
            .map_err(|error| failure(path, error.code(), &error.message(context.lang)))?;
        let seen = match input::read_own(path, MAX_LEN) {
            Ok(bytes) => Seen::parse(&bytes)
                .ok_or_else(|| failure(path, "E1-REMEMBERED", context.text().remembered_damaged))?,
            Err(InputError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                context.note(&fill(context.text().remembered_first, &[&shown(path)]));
                Seen::default()
            }
            Err(error) => return Err(failure(path, error.code(), &error.message(context.lang))),
        };
        Ok(Self { path: path.to_owned(), seen, _lock: lock })
    }

    /// Returns what was seen before this run.
    pub(crate) const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Adds what this run has seen, brings it to the disk, and returns the sum.
    pub(crate) fn keep(
        mut self,
        bundles: &Bundles,
        snapshots: &Snapshots,
        context: Context,
    ) -> Result<Seen, Failure> {
        let before = self.seen.clone();
        self.seen.observe(bundles, snapshots);
        if self.seen != before
            && let Some(line) = self.seen.to_line()
        {
            output::replace(&self.path, line.as_bytes(), Mode::Secret)
                .map_err(|error| failure(&self.path, error.code(), &error.message(context.lang)))?;
        }
        Ok(self.seen)
    }
}

fn failure(path: &Path, code: &'static str, message: &str) -> Failure {
    Failure::usage(code, format!("{}: {message}", shown(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Seen {
        let id = || GuarantorId::parse("g-mirai").unwrap();
        let sequence = |number| Sequence::new(number).unwrap();
        let list = |number| ListNumber::new(number).unwrap();
        let key = |byte| KeyId::from_bytes([byte; 8]);
        Seen {
            bundles: BTreeMap::from([(id(), sequence(3))]),
            lists: BTreeMap::from([
                ((id(), list(1), key(1)), sequence(57)),
                ((id(), list(1), key(0xee)), sequence(3)),
                ((id(), list(12), key(1)), sequence(9_007_199_254_740_991)),
            ]),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let line = seen().to_line().unwrap();
        assert_eq!(Seen::parse(line.as_bytes()), Some(seen()));
        let empty = Seen::default().to_line().unwrap();
        assert_eq!(Seen::parse(empty.as_bytes()), Some(Seen::default()));
    }

    #[test]
    fn no_bit_of_the_file_can_change_unnoticed() {
        let line = seen().to_line().unwrap().into_bytes();
        for bit in 0..line.len() * 8 {
            let mut damaged = line.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Seen::parse(&damaged), None, "bit {bit}");
        }
        for length in 0..line.len() {
            assert_eq!(Seen::parse(&line[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn a_line_with_its_sum_but_another_content_is_not_read() {
        for json in [
            r#"{"format":"hosho-remembered/1","guarantors":{}}"#,
            r#"{"format":"hosho-remembered/2","guarantors":{"G":{"bundle":1}}}"#,
            r#"{"format":"hosho-remembered/2","guarantors":{"g-a":{"bundle":0}}}"#,
            r#"{"format":"hosho-remembered/2","guarantors":{"g-a":{"lists":{"1":1}}}}"#,
            r#"{"format":"hosho-remembered/2","guarantors":{"g-a":{"lists":{"0":{}}}}}"#,
            r#"{"format":"hosho-remembered/2","guarantors":{"g-a":{"lists":{"1":{"ee":1}}}}}"#,
            r#"{"format":"hosho-remembered/2","guarantors":{"g-a":{"other":1}}}"#,
        ] {
            let line = format!("{} {json}\n", checksum(json));
            assert_eq!(Seen::parse(line.as_bytes()), None, "{json}");
        }
    }
}
