//! `hosho-issue`, the guarantor's command line.

use std::process::ExitCode;

use hosho_cli::lang::Lang;
use hosho_issue::{Arguments, program};

fn main() -> ExitCode {
    let lang = Lang::from_arguments(std::env::args_os());
    match Arguments::read(std::env::args_os(), lang) {
        Ok(arguments) => program::run(arguments, lang),
        Err(error) => error.exit(),
    }
}
