//! `vectors`: does this build keep every rule of the specification?

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hosho_cli::input;
use hosho_cli::path::shown;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::arguments::VectorsArguments;
use crate::messages::fill;
use crate::run::{Context, Failure, complain};

mod fields;
mod operations;
mod verdict;

/// A vector file holds some hundred vectors of a few kilobytes.
const MAX_FILE_LEN: usize = 64 * 1024 * 1024;

/// The format of vector files that is understood.
const FORMAT: &str = "hosho-vectors/1";

/// The one operation that takes the guarantor's secrets and is replayed in the core's own tests.
const SIGNING_SIDE: &str = "derive-auth-key";

/// One vector file.
#[derive(Debug, Deserialize)]
struct VectorFile {
    format: String,
    operation: String,
    vectors: Vec<Vector>,
}

/// One question and its answer; what else a file says about it is for people.
#[derive(Debug, Deserialize)]
struct Vector {
    id: String,
    input: Map<String, Value>,
    expect: Map<String, Value>,
}

#[derive(Debug, Default)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// Replays every vector file of a folder.
pub(crate) fn run(arguments: &VectorsArguments, context: Context) -> Result<u8, Failure> {
    let files = match vector_files(&arguments.folder) {
        Ok(files) => files,
        Err(error) => {
            complain(&arguments.folder, "E1-IO", &error.to_string());
            Vec::new()
        }
    };
    let mut count = Count::default();
    let mut out = anstream::stdout().lock();
    for path in &files {
        match read_file(path) {
            Ok(file) => replay_file(path, &file, &mut count, &mut out)?,
            Err(problem) => {
                count.failed = count.failed.saturating_add(1);
                writeln!(out, "FAILED {}: {problem}", shown(path))?;
            }
        }
    }
    if count.skipped > 0 {
        let phrase = fill(context.text().vectors_skipped, &[&count.skipped.to_string()]);
        writeln!(out, "{phrase}")?;
    }
    let none = count.passed == 0 && count.failed == 0;
    if none {
        context.note(context.text().vectors_none);
    }
    writeln!(out, "{} passed, {} failed", count.passed, count.failed)?;
    Ok(u8::from(none || count.failed > 0))
}

fn replay_file(
    path: &Path,
    file: &VectorFile,
    count: &mut Count,
    out: &mut impl Write,
) -> io::Result<()> {
    for vector in &file.vectors {
        if file.operation == SIGNING_SIDE {
            count.skipped = count.skipped.saturating_add(1);
            continue;
        }
        let difference = operations::replay(&file.operation, &vector.input)
            .and_then(|actual| compare(&vector.expect, &actual));
        match difference {
            Ok(()) => count.passed = count.passed.saturating_add(1),
            Err(difference) => {
                count.failed = count.failed.saturating_add(1);
                let name: String = vector.id.chars().filter(|c| !c.is_control()).collect();
                writeln!(out, "FAILED {name} ({}): {difference}", shown(path))?;
            }
        }
    }
    Ok(())
}

/// What the public API does not hand out; the vectors of opening check it through what it does.
const INNER_VALUES: [&str; 3] = ["commit", "k_enc", "k_answer"];

/// One of these stands in every expectation.
const ANSWERS: [&str; 3] = ["bind", "result", "verdict"];

/// Compares what is expected with what came out. Every expected field counts.
fn compare(expect: &Map<String, Value>, actual: &Map<String, Value>) -> Result<(), String> {
    if !ANSWERS.iter().any(|answer| expect.contains_key(*answer)) {
        return Err("the vector expects nothing".to_owned());
    }
    for (name, expected) in expect {
        if INNER_VALUES.contains(&name.as_str()) {
            continue;
        }
        let found = actual.get(name).unwrap_or(&Value::Null);
        if found != expected {
            return Err(format!("{name}: expected {expected}, found {found}"));
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<VectorFile, String> {
    let bytes = input::read_bounded(path, MAX_FILE_LEN).map_err(|error| error.to_string())?;
    let file: VectorFile = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if file.format != FORMAT {
        return Err(format!("the format is not {FORMAT}"));
    }
    if file.vectors.is_empty() {
        return Err("the file holds no vectors".to_owned());
    }
    Ok(file)
}

/// The JSON files of the folder, in the order of their names.
fn vector_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
