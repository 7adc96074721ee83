//! Writes the files that the tests of `hosho-verify` read, so that those tests need no signing:
//! `cargo run -p hosho-testkit --bin generate-fixtures -- crates/hosho-verify/tests/fixtures`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code: a broken assumption must stop it at once"
)]

mod bundles;
mod certificates;
mod derived;
mod evidence;
mod fixture;
mod guarantor;
mod ledger;
mod mirai;
mod policy;
mod proofs;
mod snapshots;

use std::path::PathBuf;
use std::process::ExitCode;

use guarantor::guarantor;
use ledger::Ledger;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: generate-fixtures FOLDER");
        return ExitCode::from(2);
    };
    let ledger = Ledger::of_samples(guarantor("g-mirai", 10));
    let fixtures = [
        mirai::fixtures(&ledger),
        bundles::fixtures(&ledger),
        snapshots::fixtures(&ledger),
        certificates::fixtures(&ledger),
        proofs::fixtures(&ledger),
        derived::fixtures(&ledger),
        policy::fixtures(&ledger),
        evidence::fixtures(&ledger),
    ];
    for fixture in fixtures.iter().flatten() {
        if let Err(error) = fixture.write_below(&folder) {
            eprintln!("{}: {error}", folder.join(&fixture.path).display());
            return ExitCode::FAILURE;
        }
    }
    println!("{}: {}", folder.display(), fixtures.iter().flatten().count());
    ExitCode::SUCCESS
}
