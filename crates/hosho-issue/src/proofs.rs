//! Inclusion proofs: which certificates of a compromised key are genuine (spec section 10.4).

use std::ffi::OsStr;
use std::path::Path;

use hosho::{Attestation, AttestedCertificates, KeyId, UnixTime};
use hosho_cli::output::{Folder, Mode, create_dir_durable};

use crate::event::{Event, Watch};
use crate::failure::{Damage, Failure};
use crate::home::{Home, bundle_name, proof_name};
use crate::issue::is_there;
use crate::journal::{Ledger, Proved, Record};

/// Returns all genuine certificates of a key, as the journal has them; nothing if there are none.
pub(crate) fn attested(ledger: &Ledger, key: KeyId) -> Option<AttestedCertificates> {
    let prints = ledger.signed_by(key).map(|(_, _, certificate)| certificate).collect();
    AttestedCertificates::new(key, prints)
}

/// Stores the proofs for every attestation of the trust bundle whose proofs are not stored yet.
pub(crate) fn store_proofs(
    home: &mut Home,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let succession = home.journal.ledger().succession();
    let open: Vec<Attestation> = home
        .trust
        .attestations()
        .iter()
        .filter(|attestation| !succession.is_proved(attestation.key_id))
        .copied()
        .collect();
    for attestation in open {
        home.journal.check_clock(now)?;
        write_proofs(home, &attestation, &home.certificates(), watch)?;
        let proved = Proved { key: attestation.key_id, root: attestation.root };
        home.journal.append(now, vec![Record::Proved(proved)], watch)?;
    }
    Ok(())
}

/// Hands out the proofs for a compromised key in another folder, which is made if missing. Returns
/// how many there are.
pub(crate) fn hand_out_proofs(
    home: &Home,
    key: KeyId,
    out: &Path,
    watch: &mut Watch<'_>,
) -> Result<usize, Failure> {
    let attestation = home.trust.attestations().iter().find(|a| a.key_id == key);
    let Some(attestation) = attestation else { return Ok(0) };
    if !is_there(out) {
        create_dir_durable(out, Mode::Public).map_err(|e| Failure::output(out, e))?;
    }
    write_proofs(home, attestation, out, watch)
}

fn write_proofs(
    home: &Home,
    attestation: &Attestation,
    out: &Path,
    watch: &mut Watch<'_>,
) -> Result<usize, Failure> {
    let set = recorded(home, attestation)?;
    let folder = Folder::open(out).map_err(|e| Failure::output(out, e))?;
    let of = usize::try_from(attestation.count).unwrap_or(usize::MAX);
    for (number, revision, certificate) in home.journal.ledger().signed_by(attestation.key_id) {
        let name = proof_name(number, revision);
        // The set holds every certificate that the ledger names.
        let Some(proof) = set.prove(certificate) else { continue };
        folder
            .write_same(OsStr::new(&name), &proof.to_canonical_cbor())
            .map_err(|e| Failure::output(&out.join(&name), e))?;
        watch.tell(&Event::ProofStored { of })?;
    }
    folder.sync().map_err(|e| Failure::output(out, e))?;
    Ok(of)
}

/// Returns the certificates under an attestation of the trust bundle, if they are those that the
/// journal names.
pub(crate) fn recorded(
    home: &Home,
    attestation: &Attestation,
) -> Result<AttestedCertificates, Failure> {
    attested(home.journal.ledger(), attestation.key_id)
        .filter(|set| set.attest(attestation.since) == *attestation)
        .ok_or_else(|| {
            let file = home.bundles().join(bundle_name(home.trust.sequence()));
            Failure::damaged(&file, Damage::Changed)
        })
}
