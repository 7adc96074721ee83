//! `inspect`: what bytes say, without verifying anything.

use std::io::Write;

use hosho::{
    Evidence, ObjectKind, ParseError, SealedCertificate, SignedCertificate, SignedStatusSnapshot,
    SignedTrustBundle,
};
use hosho_cli::input;

use crate::arguments::InspectArguments;
use crate::messages::{code_phrase, fill};
use crate::outcome::Outcome;
use crate::run::{Context, Failure, complain};
use crate::source;

mod notation;

/// The largest object is an evidence file (spec R-SIZE-6), and of the others a status snapshot.
const MAX_LEN: usize = 4 * 1024 * 1024;

/// Writes the object in diagnostic notation.
pub(crate) fn run(arguments: &InspectArguments, context: Context) -> Result<u8, Failure> {
    let text = context.text();
    let limit = |start: &[u8]| match ObjectKind::of(start) {
        Some(ObjectKind::Evidence) => Evidence::MAX_LEN,
        _ => MAX_LEN,
    };
    let bytes = match input::read_limited(&arguments.file, limit) {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(&arguments.file, error.code(), &source::unread(&error, context.lang));
            return Ok(Outcome::Unreadable.exit_code());
        }
    };
    if let Err(error) = source::refuse_container(&bytes) {
        complain(&arguments.file, error.code(), &error.message(context.lang));
        return Ok(Outcome::Unreadable.exit_code());
    }
    let bytes = match input::unwrap_certificate(bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(&arguments.file, error.code(), text.armor_damaged);
            return Ok(Outcome::Unreadable.exit_code());
        }
    };
    let mut out = anstream::stdout().lock();
    writeln!(out, "# 検証していません / NOT VERIFIED")?;
    writeln!(out, "# {} ({} bytes)", kind_name(&bytes), bytes.len())?;
    let whole = notation::write(&mut out, &bytes)?;
    let refusal = form_error(&bytes);
    if let Some((code, offset)) = refusal {
        let offset = offset.map(|offset| fill(text.at_byte, &[&offset.to_string()]));
        let phrase = code_phrase(code, context.lang).unwrap_or_default();
        writeln!(out, "# {code} {} {phrase}", offset.unwrap_or_default())?;
    }
    let whole = whole == notation::Written::Whole && refusal.is_none();
    Ok(if whole { 0 } else { Outcome::Unreadable.exit_code() })
}

/// The name of the kind of object, as the spec names it.
fn kind_name(bytes: &[u8]) -> &'static str {
    match ObjectKind::of(bytes) {
        Some(ObjectKind::Evidence) => "evidence file",
        Some(ObjectKind::SealedCertificate) => "sealed certificate",
        Some(ObjectKind::SignedCertificate) => "signed certificate",
        Some(ObjectKind::StatusSnapshot) => "status snapshot",
        Some(ObjectKind::TrustBundle) => "trust bundle",
        _ => "not an object of Hosho",
    }
}

/// The first rule of form that the object breaks: its code, and where.
fn form_error(bytes: &[u8]) -> Option<(&'static str, Option<usize>)> {
    let of = |error: ParseError| (error.code(), Some(error.offset()));
    match ObjectKind::of(bytes) {
        Some(ObjectKind::Evidence) => Evidence::parse(bytes).err().map(of),
        Some(ObjectKind::SealedCertificate) => SealedCertificate::parse(bytes).err().map(of),
        Some(ObjectKind::StatusSnapshot) => SignedStatusSnapshot::parse(bytes).err().map(of),
        Some(ObjectKind::TrustBundle) => {
            SignedTrustBundle::parse(bytes).err().map(|error| (error.code(), error.offset()))
        }
        _ => SignedCertificate::parse(bytes).err().map(of),
    }
}
