//! `trust show`: what a trust bundle says, and the fingerprint of its root keys.

use std::io::Write as _;

use hosho::{KeyRole, KeyState, SignedTrustBundle, TrustBundle};
use hosho_cli::input;

use crate::arguments::TrustShowArguments;
use crate::messages::fill;
use crate::outcome::Outcome;
use crate::run::{Context, Failure, complain};
use crate::source;
use crate::wareki::in_japan;

/// Prints a bundle that its own root keys signed.
pub(crate) fn run(arguments: &TrustShowArguments, context: Context) -> Result<u8, Failure> {
    let path = &arguments.file;
    let bytes = match input::read_bounded(path, SignedTrustBundle::MAX_LEN) {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(path, error.code(), &source::unread(&error, context.lang));
            return Ok(Outcome::TrustUnusable.exit_code());
        }
    };
    let bundle = match SignedTrustBundle::parse(&bytes).and_then(SignedTrustBundle::pin) {
        Ok(bundle) => bundle,
        Err(error) => {
            complain(path, error.code(), context.text().bundle_refused);
            return Ok(Outcome::NotGenuine.exit_code());
        }
    };
    let mut out = anstream::stdout().lock();
    for line in lines(&bundle, context) {
        writeln!(out, "{line}")?;
    }
    context.note(context.text().trust_shown);
    Ok(0)
}

fn lines(bundle: &TrustBundle, context: Context) -> Vec<String> {
    let text = context.text();
    let roots = bundle.roots();
    let (threshold, number) = (roots.threshold().to_string(), roots.keys().len().to_string());
    let mut lines = vec![
        fill(text.trust_of, &[bundle.guarantor_id().as_str(), &bundle.sequence().to_string()]),
        fill(text.trust_times, &[&in_japan(bundle.issued_at()), &in_japan(bundle.next_update())]),
        fill(text.trust_print, &[&bundle.fingerprint().to_string()]),
        fill(text.trust_roots, &[&threshold, &number, &roots.fingerprint().to_string()]),
    ];
    for entry in bundle.keys() {
        let role = match entry.role {
            KeyRole::Certificate => text.role_certificate,
            KeyRole::Status => text.role_status,
            KeyRole::Publish => text.role_publish,
        };
        let (id, from, to) =
            (entry.key.key_id().to_string(), in_japan(entry.not_before), in_japan(entry.not_after));
        let mut line = fill(text.trust_key, &[&id, role, &from, &to]);
        let fate = match &entry.state {
            KeyState::Active => None,
            KeyState::Retired { since, reason } => Some((text.key_retired, since, reason)),
            KeyState::Compromised { since, reason } => Some((text.key_stolen, since, reason)),
        };
        if let Some((phrase, since, reason)) = fate {
            line.push_str(&fill(phrase, &[&in_japan(*since), reason.as_str()]));
        }
        lines.push(line);
    }
    lines
}
