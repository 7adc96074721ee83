//! The obligee's confirmation service.

use std::process::ExitCode;

fn main() -> ExitCode {
    hosho_confirm::run(std::env::args_os())
}
