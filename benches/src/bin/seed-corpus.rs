//! Writes the seeds of the fuzz targets into `fuzz/corpus`; the same bytes in every run.
#![expect(clippy::print_stdout, reason = "a tool of this repository only")]

use std::fs;
use std::io;
use std::path::Path;

use hosho_benches::{World, seeds};

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let seeds = seeds(&World::new());
    for ((target, name), bytes) in &seeds {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)?;
    }
    println!("{} seeds", seeds.len());
    Ok(())
}
