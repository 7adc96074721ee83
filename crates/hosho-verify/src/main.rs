//! The obligee's and the auditor's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    hosho_verify::run(std::env::args_os())
}
