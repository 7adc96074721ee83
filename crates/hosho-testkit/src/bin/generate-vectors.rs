//! Writes the test vectors: `cargo run -p hosho-testkit --bin generate-vectors -- test-vectors`.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: generate-vectors FOLDER");
        return ExitCode::from(2);
    };
    for file in hosho_testkit::generate() {
        let path = folder.join(format!("{}.json", file.name));
        if let Err(error) = std::fs::write(&path, file.to_json()) {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
        println!("{}: {}", path.display(), file.vectors.len());
    }
    ExitCode::SUCCESS
}
