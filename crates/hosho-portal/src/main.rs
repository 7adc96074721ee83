//! The portal's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    hosho_portal::run(std::env::args_os())
}
