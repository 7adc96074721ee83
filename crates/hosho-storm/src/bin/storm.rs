//! `storm`: what should not happen, happening to the real services.

use clap::{Parser, Subcommand};
use hosho_storm::{canary, careless, faults, guess, hung, kills, nodes};

/// Does to the services what should not happen, and holds what they said against what is there.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    storm: Storm,
}

#[derive(Debug, Subcommand)]
enum Storm {
    /// Two portals and two confirmation services on one PostgreSQL, killed and cut off
    Nodes {
        #[arg(long, default_value_t = 1)]
        rounds: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// A confirmation service that is killed again and again: on SQLite, or on the server of .ci/postgres
    Kills {
        #[arg(long, default_value_t = 20)]
        kills: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// No signing key in memory, no secret in databases and logs
    Canary,
    /// Wrong keys, ten thousand of them
    Guess {
        #[arg(long, default_value_t = 10_000)]
        tries: u32,
    },
    /// A full disk, a disk that cannot be written, and a clock that jumps
    Faults,
    /// A node that is cut off in the middle of transactions
    Hung,
    /// A service with a planted fault, for the kills to catch
    #[command(hide = true)]
    Careless { trust: String, database: String },
}

fn main() {
    match Arguments::parse().storm {
        Storm::Nodes { rounds, seed } => nodes::run(rounds, seed),
        Storm::Kills { kills, seed } => kills::run(kills, seed),
        Storm::Canary => canary::run(),
        Storm::Guess { tries } => guess::run(tries),
        Storm::Faults => faults::run(),
        Storm::Hung => hung::run(),
        Storm::Careless { trust, database } => careless::serve(&trust, &database),
    }
}
