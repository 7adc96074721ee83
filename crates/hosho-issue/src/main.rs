//! `hosho-issue`, the guarantor's command line.

use std::io::Write;
use std::process::ExitCode;

use hosho_cli::lang::Lang;
use hosho_cli::usage;
use hosho_issue::{Arguments, program};

fn main() -> ExitCode {
    let lang = Lang::from_arguments(std::env::args_os());
    match Arguments::read(std::env::args_os(), lang) {
        Ok(arguments) => program::run(arguments, lang),
        Err(error) => match usage::message(&error, lang) {
            Some(text) => {
                // Nothing is left to tell anyone when printing fails.
                let _closed = writeln!(std::io::stderr().lock(), "hosho-issue: {text}");
                ExitCode::from(2)
            }
            None => error.exit(),
        },
    }
}
