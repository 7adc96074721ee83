//! `load`: the confirmation service under a steady load.

use std::process::ExitCode;

use clap::Parser;
use hosho_storm::load::{Order, run};

/// Opens certificates at a steady rate, and measures from when each request was due.
#[derive(Debug, Parser)]
struct Arguments {
    /// For how long
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// How many a second
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// How many different certificates
    #[arg(long, default_value_t = 2_000)]
    certificates: u32,
    /// The most that p99 may be, in milliseconds
    #[arg(long, default_value_t = 100.0)]
    limit_ms: f64,
}

fn main() -> ExitCode {
    let Arguments { seconds, rate, certificates, limit_ms } = Arguments::parse();
    let within = run(Order { certificates, rate, seconds, limit_ms });
    if within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
