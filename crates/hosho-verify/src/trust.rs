//! Trust bundles and status snapshots: what an answer rests on.

use std::fs;
use std::path::{Path, PathBuf};

use hosho::{
    AttestationProof, Date, Evidence, Expectation, Expected, Fingerprint, GuarantorId, ObjectKind,
    Sequence, SignedCertificate, SignedStatusSnapshot, SignedTrustBundle, StatusError,
    StatusSnapshot, TrustBundle, TrustError, UnixTime, Verifier, VerifyError,
};
use hosho_cli::input::{self, InputError};
use hosho_cli::path::shown;

use crate::messages::fill;
use crate::remembered::Seen;
use crate::run::{Context, complain};
use crate::source;
use crate::wareki::both_calendars;

mod series;
pub(crate) mod show;
pub(crate) mod update;

use series::{Candidate, Dispute, Series};

/// Files of a folder that are looked at.
const MAX_FILES: usize = 4_096;

/// Bundles of all guarantors, one for each, and how the search for them went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bundles {
    usable: Vec<TrustBundle>,
    /// The bytes of each usable bundle and of those that lead to it, from the pin on.
    steps: Vec<Vec<Vec<u8>>>,
    disputes: Vec<Dispute>,
    problem: Option<Problem>,
}

/// Snapshots that verify, and how the search for them went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshots {
    snapshots: Vec<StatusSnapshot>,
    problem: Option<Problem>,
}

/// The first thing that was wrong with the files of a kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) offset: Option<usize>,
}

/// A file's bytes, or why there are none.
type Found = Result<Vec<u8>, Problem>;

impl Bundles {
    /// Reads the bundles of files and folders. Of one guarantor the lowest sequence is the pin,
    /// and a later one serves if lawful steps lead to it (spec R-TRUST-10).
    pub(crate) fn load(paths: &[PathBuf], now: UnixTime, context: Context) -> Self {
        let mut loaded = Self::default();
        let mut all = Vec::new();
        let search = Search { kind: ObjectKind::TrustBundle, limit: SignedTrustBundle::MAX_LEN };
        for path in paths {
            let found = search.each(path, context, |path, found| {
                match found.and_then(|bytes| Candidate::read(bytes, path)) {
                    Ok(candidate) => Series::sort_in(&mut all, candidate),
                    Err(problem) => {
                        complain(path, problem.code, context.text().bundle_refused);
                        loaded.problem.get_or_insert(problem);
                    }
                }
            });
            if found == 0 {
                let code = "E1-NOT-RECOGNISED";
                complain(path, code, context.text().no_bundle);
                loaded.problem.get_or_insert(Problem { code, offset: None });
            }
        }
        for series in all {
            match series.resolve() {
                Ok(Some((bundle, steps))) => {
                    loaded.usable.push(bundle);
                    loaded.steps.push(steps);
                }
                Ok(None) => (),
                Err(dispute) => {
                    tell(&dispute, context);
                    loaded.disputes.push(*dispute);
                }
            }
        }
        loaded.warn_of_age(now, context);
        loaded
    }

    /// Takes the newest bundle inside an evidence file, whose root set the person has named (spec
    /// R-EVID-7).
    pub(crate) fn inside(
        file: &Evidence<'_>,
        roots: Fingerprint,
        now: UnixTime,
        context: Context,
    ) -> Result<Self, TrustError> {
        let usable = vec![file.trust_inside(roots)?];
        let steps = vec![file.bundles().iter().map(|bytes| bytes.to_vec()).collect()];
        let bundles = Self { usable, steps, ..Self::default() };
        bundles.warn_of_age(now, context);
        Ok(bundles)
    }

    /// Takes the newest bundle inside an evidence file, to judge it as one will who pins the first
    /// or knows its root set, and returns the sequence of the first besides.
    pub(crate) fn alone_in(file: &Evidence<'_>) -> Result<(Sequence, Self), TrustError> {
        let first = file.bundles().first().ok_or(TrustError::Sequence)?;
        let first = SignedTrustBundle::parse(first)?.pin()?;
        let newest = file.trust_from(&first)?;
        if file.trust_inside(first.roots().fingerprint())? != newest {
            return Err(TrustError::Sequence);
        }
        Ok((first.sequence(), Self { usable: vec![newest], ..Self::default() }))
    }

    /// Returns the bundles that the steps inside an evidence file lead to (spec R-EVID-6).
    pub(crate) fn stepping_through(&self, file: &Evidence<'_>) -> Result<Self, TrustError> {
        let usable =
            self.usable.iter().map(|pin| file.trust_from(pin)).collect::<Result<_, _>>()?;
        Ok(Self { usable, ..self.clone() })
    }

    /// Puts aside the bundles of guarantors of whom a newer one was seen before (spec
    /// R-TRUST-11).
    pub(crate) fn refuse_older(&mut self, seen: &Seen, context: Context) {
        let mut usable = Vec::new();
        for bundle in std::mem::take(&mut self.usable) {
            let Some(sequence) = seen.bundle(bundle.guarantor_id()) else {
                usable.push(bundle);
                continue;
            };
            match bundle.clone().not_below(sequence) {
                Ok(bundle) => usable.push(bundle),
                Err(error) => {
                    let problem = Problem::from(error);
                    let guarantor_id = bundle.guarantor_id().clone();
                    let values = [
                        guarantor_id.as_str(),
                        &sequence.to_string(),
                        &bundle.sequence().to_string(),
                        problem.code,
                    ];
                    context.note(&fill(context.text().bundle_regressed, &values));
                    let (bundles, files, missing) = (vec![bundle], Vec::new(), Vec::new());
                    self.disputes.push(Dispute { guarantor_id, problem, bundles, files, missing });
                }
            }
        }
        self.usable = usable;
    }

    /// Returns the usable bundles.
    pub(crate) fn all(&self) -> &[TrustBundle] {
        &self.usable
    }

    /// Returns the bytes of a guarantor's bundles, from the pin to the one that serves, of those
    /// that were given.
    pub(crate) fn steps(&self, guarantor_id: &GuarantorId<'_>) -> &[Vec<u8>] {
        let mut pairs = self.usable.iter().zip(&self.steps);
        let of_guarantor = pairs.find(|(bundle, _)| bundle.guarantor_id() == guarantor_id);
        of_guarantor.map_or(&[], |(_, steps)| steps)
    }

    /// An overdue bundle still says who signed; it may miss what was withdrawn since.
    fn warn_of_age(&self, now: UnixTime, context: Context) {
        for bundle in self.usable.iter().filter(|bundle| is_overdue(bundle, now)) {
            let due = both_calendars(Date::in_japan(bundle.next_update()));
            let id = bundle.guarantor_id().as_str();
            context.note(&fill(context.text().bundle_overdue, &[id, &due]));
        }
    }

    /// Returns the bundles, of which there is at least one, or why there is none.
    pub(crate) fn usable(&self) -> Result<(&TrustBundle, &[TrustBundle]), Problem> {
        let none = Problem { code: "E1-NOT-RECOGNISED", offset: None };
        let disputed = self.disputes.first().map(|dispute| dispute.problem);
        self.usable.split_first().ok_or_else(|| disputed.or(self.problem).unwrap_or(none))
    }

    /// Returns what is wrong with the bundles of the certificate's guarantor, if they do not
    /// follow each other. A key that none of them names stays unknown, whichever is genuine.
    pub(crate) fn dispute_about(&self, signed: &SignedCertificate<'_>) -> Option<Problem> {
        let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
        let names_its_key = |bundle: &TrustBundle| {
            let (day, now) = (Date::in_japan(bundle.issued_at()), bundle.issued_at());
            let verified = Verifier::new(bundle).verify(signed.clone(), &anything, day, now);
            !matches!(verified, Err(VerifyError::KeyUnknown { .. }))
        };
        let disputed = |dispute: &&Dispute| dispute.bundles.iter().any(names_its_key);
        self.disputes.iter().find(disputed).map(|dispute| dispute.problem)
    }
}

impl Snapshots {
    /// Reads the snapshots of files and folders that a bundle verifies, with their bytes.
    pub(crate) fn read(
        paths: &[PathBuf],
        bundles: &Bundles,
        context: Context,
    ) -> Vec<(StatusSnapshot, Vec<u8>)> {
        let mut read = Vec::new();
        Self::each(paths, context, |path, found| {
            let verified = found.and_then(|bytes| Ok((verify(&bytes, bundles)?, bytes)));
            match verified {
                Ok(snapshot) => read.push(snapshot),
                Err(problem) => complain(path, problem.code, context.text().snapshot_refused),
            }
        });
        read
    }

    /// Reads the snapshots of files and folders and keeps those that a bundle verifies.
    pub(crate) fn load(paths: &[PathBuf], bundles: &Bundles, context: Context) -> Self {
        let mut loaded = Self::default();
        Self::each(paths, context, |path, found| {
            match found.and_then(|bytes| verify(&bytes, bundles)) {
                Ok(snapshot) => loaded.keep(snapshot),
                Err(problem) => {
                    complain(path, problem.code, context.text().snapshot_refused);
                    loaded.problem.get_or_insert(problem);
                }
            }
        });
        loaded
    }

    fn each(paths: &[PathBuf], context: Context, mut take: impl FnMut(&Path, Found)) {
        let search =
            Search { kind: ObjectKind::StatusSnapshot, limit: SignedStatusSnapshot::MAX_LEN };
        for path in paths {
            // A folder without snapshots is as good as none given.
            if search.each(path, context, &mut take) == 0 {
                complain(path, "E7-NO-SNAPSHOT", context.text().no_snapshot_in_folder);
            }
        }
    }

    /// Adds the snapshots inside an evidence file, read from `path`.
    pub(crate) fn with_inside(
        mut self,
        file: &Evidence<'_>,
        path: &Path,
        bundles: &Bundles,
        context: Context,
    ) -> Self {
        for bytes in file.snapshots() {
            match verify(bytes, bundles) {
                Ok(snapshot) => self.keep(snapshot),
                Err(problem) => {
                    context.complain(path, problem.code, context.text().snapshot_refused);
                    self.problem.get_or_insert(problem);
                }
            }
        }
        self
    }

    /// Keeps what can answer: of one list the highest sequence, and of those that share it two
    /// that differ, which is enough to see that they conflict (spec R-STAT-7).
    fn keep(&mut self, snapshot: StatusSnapshot) {
        let rival = |known: &StatusSnapshot| {
            known.guarantor_id() == snapshot.guarantor_id() && known.list() == snapshot.list()
        };
        let outdone =
            |known: &StatusSnapshot| known.sequence() > snapshot.sequence() || *known == snapshot;
        if self.snapshots.iter().any(|known| rival(known) && outdone(known)) {
            return;
        }
        self.snapshots.retain(|known| !rival(known) || known.sequence() == snapshot.sequence());
        if self.snapshots.iter().filter(|known| rival(known)).count() < 2 {
            self.snapshots.push(snapshot);
        }
    }

    /// Tells of snapshots that are not of this time yet: the clock is slow, or theirs was fast.
    pub(crate) fn remark_future(&self, now: UnixTime, context: Context) {
        for at in self.snapshots.iter().map(StatusSnapshot::issued_at).filter(|at| *at > now) {
            let values = [at.to_string(), now.to_string()];
            let values = values.each_ref().map(String::as_str);
            context.note(&fill(context.text().snapshot_future, &values));
        }
    }

    pub(crate) fn all(&self) -> &[StatusSnapshot] {
        &self.snapshots
    }

    /// What was wrong with the first snapshot that was of no use.
    pub(crate) const fn problem(&self) -> Option<Problem> {
        self.problem
    }
}

/// Whether the guarantor promised a newer bundle by now.
pub(crate) fn is_overdue(bundle: &TrustBundle, now: UnixTime) -> bool {
    bundle.next_update() < now
}

/// Reads an inclusion proof; one that is of no use is passed over with its code.
pub(crate) fn load_proof(
    path: &Path,
    context: Context,
) -> (Option<AttestationProof>, Option<Problem>) {
    let read = input::read_bounded(path, AttestationProof::MAX_LEN)
        .map_err(|error| Problem { code: error.code(), offset: None });
    kept_proof(read.and_then(|bytes| parse_proof(&bytes)), path, context)
}

/// Reads the inclusion proof inside an evidence file, if there is one.
pub(crate) fn proof_inside(
    file: &Evidence<'_>,
    path: &Path,
    context: Context,
) -> (Option<AttestationProof>, Option<Problem>) {
    match file.proof() {
        Some(bytes) => kept_proof(parse_proof(bytes), path, context),
        None => (None, None),
    }
}

fn parse_proof(bytes: &[u8]) -> Result<AttestationProof, Problem> {
    AttestationProof::parse(bytes)
        .map_err(|error| Problem { code: error.code(), offset: Some(error.offset()) })
}

fn kept_proof(
    parsed: Result<AttestationProof, Problem>,
    path: &Path,
    context: Context,
) -> (Option<AttestationProof>, Option<Problem>) {
    match parsed {
        Ok(proof) => (Some(proof), None),
        Err(problem) => {
            context.complain(path, problem.code, context.text().proof_refused);
            (None, Some(problem))
        }
    }
}

impl From<TrustError> for Problem {
    fn from(error: TrustError) -> Self {
        Self { code: error.code(), offset: error.offset() }
    }
}

/// Names the bundles that are missing, or the files of a dispute, and the next step.
fn tell(dispute: &Dispute, context: Context) {
    if !dispute.missing.is_empty() && dispute.problem.code == "E8-SEQUENCE" {
        let gap = |(first, last): &(u64, u64)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        let missing: Vec<String> = dispute.missing.iter().map(gap).collect();
        let values = [dispute.guarantor_id.as_str(), dispute.problem.code, &missing.join(", ")];
        context.note(&fill(context.text().bundles_missing, &values));
        return;
    }
    let files: Vec<String> = dispute.files.iter().map(|path| shown(path)).collect();
    let values = [dispute.guarantor_id.as_str(), dispute.problem.code, &files.join(", ")];
    context.note(&fill(context.text().bundles_disputed, &values));
}

/// Returns the snapshot, if one of the bundles verifies it.
pub(crate) fn verify(bytes: &[u8], bundles: &Bundles) -> Result<StatusSnapshot, Problem> {
    let (first, others) = bundles.usable()?;
    let mut refusal = None;
    for bundle in std::iter::once(first).chain(others) {
        let parsed = SignedStatusSnapshot::parse(bytes).map_err(StatusError::from);
        match parsed.and_then(|snapshot| snapshot.verify(bundle)) {
            Ok(snapshot) => return Ok(snapshot),
            Err(error) => {
                let problem = Problem { code: error.code(), offset: error.offset() };
                // The bundle of another guarantor has the least to say.
                if refusal.is_none_or(|known: Problem| known.code == "E7-OTHER-GUARANTOR") {
                    refusal = Some(problem);
                }
            }
        }
    }
    Err(refusal.unwrap_or(Problem { code: "E1-NOT-RECOGNISED", offset: None }))
}

/// Which files are looked for.
struct Search {
    kind: ObjectKind,
    limit: usize,
}

impl Search {
    /// Hands every file of the kind to `take` and returns how many there were. A file that was
    /// named itself is always handed over; one that merely lies in a folder if it is of the kind.
    fn each(&self, path: &Path, context: Context, mut take: impl FnMut(&Path, Found)) -> usize {
        if !path.is_dir() {
            take(path, self.read_named(path));
            return 1;
        }
        let mut files = match regular_files(path) {
            Ok(files) => files,
            Err(error) => {
                let problem = Problem { code: "E1-IO", offset: None };
                let unread = source::unread(&InputError::Io(error), context.lang);
                complain(path, problem.code, &unread);
                take(path, Err(problem));
                return 1;
            }
        };
        if files.len() > MAX_FILES {
            files.truncate(MAX_FILES);
            context.note(&fill(context.text().too_many_files, &[&MAX_FILES.to_string()]));
        }
        let (mut found, mut others) = (0_usize, 0_usize);
        for file in files {
            match input::read_bounded(&file, self.limit) {
                Ok(bytes) if ObjectKind::of(&bytes) == Some(self.kind) => {
                    found = found.saturating_add(1);
                    take(&file, Ok(bytes));
                }
                _ => others = others.saturating_add(1),
            }
        }
        if others > 0 {
            context.note(&fill(context.text().files_passed_over, &[&others.to_string()]));
        }
        found
    }

    fn read_named(&self, path: &Path) -> Found {
        let bytes = input::read_bounded(path, self.limit)
            .map_err(|error| Problem { code: error.code(), offset: None })?;
        match ObjectKind::of(&bytes) {
            Some(_) => Ok(bytes),
            None => Err(Problem { code: "E1-NOT-RECOGNISED", offset: None }),
        }
    }
}

/// The regular files directly in a folder, in the order of their names.
pub(crate) fn regular_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)?.take(MAX_FILES.saturating_mul(4)) {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}
