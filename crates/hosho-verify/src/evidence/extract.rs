//! `evidence extract`: the parts as files again.

use std::io::Write as _;

use hosho::Evidence;
use hosho_cli::output::{self, Mode, OutputError};
use hosho_cli::path::shown;

use super::with_file;
use crate::arguments::EvidenceExtractArguments;
use crate::outcome::Outcome;
use crate::run::{Context, Failure, complain};

/// Writes every part into a new folder.
pub(crate) fn run(arguments: &EvidenceExtractArguments, context: Context) -> Result<u8, Failure> {
    let write = |_: &[u8], file: &Evidence<'_>| -> Result<Vec<String>, OutputError> {
        output::create_dir_durable(&arguments.out, Mode::Public)?;
        let mut names = Vec::new();
        for (name, bytes) in parts(file) {
            output::write_new(&arguments.out.join(&name), bytes, Mode::Public)?;
            names.push(name);
        }
        Ok(names)
    };
    let names = match with_file(&arguments.file, context, write) {
        Ok(Ok(names)) => names,
        Ok(Err(error)) => {
            complain(&arguments.out, error.code(), &error.message(context.lang));
            return Ok(Outcome::Unreadable.exit_code());
        }
        Err(code) => return Ok(code),
    };
    let mut out = anstream::stdout().lock();
    for name in names {
        writeln!(out, "{}", shown(&arguments.out.join(name)))?;
    }
    context.note(context.text().evidence_extracted);
    Ok(0)
}

/// The names of the parts, by what they are and where they stand, and their bytes.
fn parts<'e>(file: &Evidence<'e>) -> Vec<(String, &'e [u8])> {
    let mut parts = vec![("certificate.hosho".to_owned(), file.certificate())];
    let numbered = |bytes: &[&'e [u8]], name: &dyn Fn(usize) -> String| -> Vec<_> {
        bytes.iter().zip(1..).map(|(bytes, place)| (name(place), *bytes)).collect()
    };
    parts.extend(numbered(file.earlier(), &|place| format!("earlier-r{place}.hosho")));
    parts.extend(numbered(file.bundles(), &|place| format!("bundle-{place:02}.trust")));
    parts.extend(numbered(file.snapshots(), &|place| format!("snapshot-{place:02}.status")));
    parts.extend(file.proof().map(|bytes| ("certificate.proof".to_owned(), bytes)));
    parts.extend(file.timestamp().map(|bytes| ("timestamp.der".to_owned(), bytes)));
    parts
}
