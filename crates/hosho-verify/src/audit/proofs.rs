//! Inclusion proofs for certificates of a compromised key: looked up by name when a certificate
//! needs one, so that a folder may hold any number of them.

use std::path::{Path, PathBuf};

use hosho::AttestationProof;

use crate::check::answer::Answer;
use crate::outcome::Outcome;
use crate::run::Context;
use crate::trust::{self, Problem};

/// How files of proofs are called.
const EXTENSION: &str = "proof";

/// The proofs that were given.
#[derive(Debug)]
pub(super) struct Proofs {
    folders: Vec<PathBuf>,
    files: Vec<Named>,
}

/// A proof that was named itself.
#[derive(Debug)]
struct Named {
    stem: String,
    read: Read,
}

/// What a file of a proof holds, or why it is of no use.
type Read = (Option<AttestationProof>, Option<Problem>);

impl Proofs {
    /// Reads the files; folders are looked into when a certificate needs it.
    pub(super) fn load(paths: &[PathBuf], context: Context) -> Self {
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        for path in paths {
            if path.is_dir() {
                folders.push(path.clone());
            } else {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                files.push(Named { stem, read: trust::load_proof(path, context) });
            }
        }
        Self { folders, files }
    }

    /// Judges a certificate again with the proofs that go by its name, where it needs one, or
    /// with any that was named. One that does not fit changes the rule at most.
    pub(super) fn applied(
        &self,
        place: &str,
        answer: Answer,
        context: Context,
        again: impl Fn(&[&AttestationProof], Option<Problem>) -> Option<Answer>,
    ) -> Answer {
        if answer.outcome != Outcome::KeyCompromised {
            return answer;
        }
        let reads = self.of_name(place, context);
        if reads.is_empty() {
            let any: Vec<_> = self.files.iter().filter_map(|file| file.read.0.as_ref()).collect();
            let proved = if any.is_empty() { None } else { again(&any, None) };
            return proved.filter(is_proved).unwrap_or(answer);
        }
        let mut refused = None;
        for (proof, problem) in reads {
            let proofs: Vec<_> = proof.iter().collect();
            let Some(judged) = again(&proofs, problem) else { continue };
            if is_proved(&judged) {
                return judged;
            }
            refused.get_or_insert(judged);
        }
        refused.unwrap_or(answer)
    }

    /// The proofs beside the certificate, in the folders, and among the files.
    fn of_name(&self, place: &str, context: Context) -> Vec<Read> {
        let names = stems(&name(place));
        let mut paths = beside(Path::new(place));
        for folder in &self.folders {
            paths.extend(names.iter().map(|name| folder.join(format!("{name}.{EXTENSION}"))));
        }
        paths.retain(|path| path.is_file());
        let read = |path: PathBuf| trust::load_proof(&path, context);
        let files = self.files.iter().filter(|file| names.contains(&file.stem));
        paths.into_iter().map(read).chain(files.map(|file| file.read.clone())).collect()
    }
}

/// Where the proof of a certificate that is a file of its own may lie beside it.
pub(super) fn beside(certificate: &Path) -> Vec<PathBuf> {
    if !certificate.is_file() {
        return Vec::new();
    }
    let stems = stems(&name(&certificate.to_string_lossy())).into_iter();
    stems.map(|stem| certificate.with_file_name(format!("{stem}.{EXTENSION}"))).collect()
}

/// The proof of a certificate in a folder of proofs, by the name of the certificate's file.
pub(crate) fn in_folder(folder: &Path, certificate: &Path) -> PathBuf {
    let stems = stems(&name(&certificate.to_string_lossy())).into_iter();
    let paths: Vec<_> = stems.map(|stem| folder.join(format!("{stem}.{EXTENSION}"))).collect();
    let found = paths.iter().find(|path| path.is_file()).or(paths.first());
    found.cloned().unwrap_or_else(|| folder.to_owned())
}

/// The name of a file, or of a member of an archive.
fn name(place: &str) -> String {
    let path = Path::new(place);
    if path.is_file() {
        return path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    }
    place.rsplit(['/', '#']).next().unwrap_or(place).to_owned()
}

/// The names without endings that a certificate's file may share with its proof: a sealed one, and
/// one that was sealed again under another key, belong to the proof of the signed one.
fn stems(name: &str) -> Vec<String> {
    let Some((stem, _)) = name.rsplit_once('.') else { return vec![name.to_owned()] };
    let stem = stem.strip_suffix(".sealed").unwrap_or(stem);
    let mut stems = vec![stem.to_owned()];
    if let Some((before, serial)) = stem.rsplit_once(".k")
        && serial.bytes().all(|byte| byte.is_ascii_digit())
    {
        stems.push(before.to_owned());
    }
    stems
}

fn is_proved(answer: &Answer) -> bool {
    answer.outcome != Outcome::KeyCompromised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_goes_by_the_name_of_the_signed_certificate() {
        for (place, expected) in [
            ("a.b/31-r1.hosho", &["31-r1"][..]),
            ("31-r1.sealed.hosho", &["31-r1"]),
            ("31-r1.k2.sealed.hosho", &["31-r1.k2", "31-r1"]),
            ("31-r1.kind.hosho", &["31-r1.kind"]),
            ("year.tar#x/31-r1.evidence", &["31-r1"]),
            ("year.txt#3", &["3"]),
        ] {
            assert_eq!(stems(&name(place)), expected, "{place}");
        }
    }
}
