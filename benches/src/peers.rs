//! Other libraries, verifying the signatures only: the bytes of the `Sig_structure`, made before.

use aws_lc_rs::signature as aws;
use ed25519_dalek::Signature;
use ed25519_zebra::{VerificationKey, VerificationKeyBytes, batch};
use graviola::signing::eddsa::Ed25519VerifyingKey;
use ring::signature as ring_signature;

use crate::contenders::{BULK, Contender, Contest};

/// One signature after the other.
pub(crate) fn signatures(contest: &mut Contest) {
    let bytes = contest.sample.key.to_bytes();
    let ring = ring_signature::UnparsedPublicKey::new(&ring_signature::ED25519, bytes);
    contest.single("ring", "ring, signature only", move |signed| {
        ring.verify(&signed.message, &signed.signature).is_ok()
    });
    let aws = aws::ParsedPublicKey::new(&aws::ED25519, bytes).expect("a key");
    contest.single("aws_lc_rs", "aws-lc-rs, signature only", move |signed| {
        aws.verify_sig(&signed.message, &signed.signature).is_ok()
    });
    // Only when it takes part: it refuses to start without instructions that valgrind lacks.
    if contest.wants("graviola") {
        let graviola = Ed25519VerifyingKey::from_bytes(&bytes).expect("a key");
        contest.single("graviola", "graviola, signature only", move |signed| {
            graviola.verify(&signed.signature, &signed.message).is_ok()
        });
    }
    let crrl = crrl::ed25519::PublicKey::decode(&bytes).expect("a key");
    contest.single("crrl", "crrl, signature only", move |signed| {
        crrl.verify_raw(&signed.signature, &signed.message)
    });
    let zebra = VerificationKey::try_from(VerificationKeyBytes::from(bytes)).expect("a key");
    contest.single("zebra", "ed25519-zebra, signature only", move |signed| {
        zebra.verify(&signed.signature.into(), &signed.message).is_ok()
    });
}

/// The randomised batch equations: no exact verdicts, and none at all for a single signature.
pub(crate) fn batches(contest: &mut Contest) {
    let sample = contest.sample;
    contest.enter("dalek_batch", || {
        let messages: Vec<&[u8]> =
            sample.signed.iter().map(|signed| signed.message.as_slice()).collect();
        let signatures: Vec<Signature> =
            sample.signed.iter().map(|signed| Signature::from_bytes(&signed.signature)).collect();
        let keys = vec![sample.key; BULK];
        Contender::in_bulk("dalek_batch", "dalek verify_batch, signatures only", move || {
            ed25519_dalek::verify_batch(&messages, &signatures, &keys).map_or(0, |()| BULK)
        })
    });
    contest.enter("zebra_batch", || {
        let key = VerificationKeyBytes::from(sample.key.to_bytes());
        Contender::in_bulk("zebra_batch", "ed25519-zebra batch, signatures only", move || {
            let mut verifier = batch::Verifier::new();
            for signed in &sample.signed {
                verifier.queue((key, signed.signature.into(), &signed.message));
            }
            verifier.verify(rand_core_06::OsRng).map_or(0, |()| BULK)
        })
    });
}
