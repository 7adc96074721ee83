//! `evidence show`: which parts there are, without verifying anything.

use std::io::Write as _;

use hosho::{
    Date, Evidence, Fingerprint, SignedCertificate, SignedStatusSnapshot, SignedTrustBundle,
    UnixTime,
};

use super::with_file;
use crate::arguments::EvidenceShowArguments;
use crate::run::{Context, Failure};
use crate::wareki::both_calendars;

/// Lists the parts with their sizes and fingerprints.
pub(crate) fn run(arguments: &EvidenceShowArguments, context: Context) -> Result<u8, Failure> {
    let list = |bytes: &[u8], file: &Evidence<'_>| -> std::io::Result<()> {
        let mut out = anstream::stdout().lock();
        writeln!(out, "# 検証していません / NOT VERIFIED")?;
        writeln!(out, "# evidence file ({} bytes)", bytes.len())?;
        for (kind, bytes, about) in parts(file) {
            let print = Fingerprint::of(bytes);
            writeln!(out, "{kind:<12} {:>8}  {print}  {about}", bytes.len())?;
        }
        writeln!(out, "{:<12} {:>8}  {}", "imprint", "", file.imprint())
    };
    match with_file(&arguments.file, context, list) {
        Ok(listed) => listed.map(|()| 0).map_err(Failure::from),
        Err(code) => Ok(code),
    }
}

/// The parts: what each is, its bytes, and what it says about itself. A bundle's root set is not
/// told: its fingerprint has to come from elsewhere (spec R-EVID-7).
fn parts<'e>(file: &Evidence<'e>) -> Vec<(&'static str, &'e [u8], String)> {
    let mut parts = vec![("certificate", file.certificate(), certificate(file.certificate()))];
    parts.extend(file.earlier().iter().map(|bytes| ("earlier", *bytes, certificate(bytes))));
    parts.extend(file.bundles().iter().map(|bytes| ("bundle", *bytes, bundle(bytes))));
    parts.extend(file.snapshots().iter().map(|bytes| ("snapshot", *bytes, snapshot(bytes))));
    parts.extend(file.proof().map(|bytes| ("proof", bytes, String::new())));
    parts.extend(file.timestamp().map(|bytes| ("timestamp", bytes, timestamp(bytes))));
    parts
}

fn certificate(bytes: &[u8]) -> String {
    match SignedCertificate::parse(bytes) {
        Ok(signed) => format!("key {}", signed.key_id()),
        Err(error) => error.code().to_owned(),
    }
}

fn bundle(bytes: &[u8]) -> String {
    match SignedTrustBundle::parse(bytes) {
        Ok(bundle) => format!("{} sequence {}", bundle.guarantor_id(), bundle.sequence()),
        Err(error) => error.code().to_owned(),
    }
}

fn snapshot(bytes: &[u8]) -> String {
    match SignedStatusSnapshot::parse(bytes) {
        Ok(snapshot) => snapshot.guarantor_id().to_string(),
        Err(error) => error.code().to_owned(),
    }
}

fn timestamp(bytes: &[u8]) -> String {
    let seconds = hosho_timestamp::claimed_seconds(bytes).ok();
    match seconds.and_then(|seconds| UnixTime::from_seconds(seconds).ok()) {
        Some(at) => format!("{at} ({})", both_calendars(Date::in_japan(at))),
        None => "E5-TIMESTAMP".to_owned(),
    }
}
