//! Compares Hosho with other verifiers on the same bytes, taking turns, in several processes.
//!
//! `compare` prints a table, `compare --json` one JSON object; `--processes N` changes how many
//! processes there are. `compare --callgrind` counts the instructions of one certificate instead.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use hosho_benches::{
    AT_A_TIME, Clock, Sample, contenders, instructions, machine, measure, measure_in_processes,
    repeat,
};

/// How many processes measure, unless the command line says otherwise.
const PROCESSES: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut out = io::stdout().lock();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--child"] => serde_json::to_writer(&mut out, &measure(&contenders(None))?)?,
        ["--repeat", key, times] => repeat(&contenders(Some(key)), key, times.parse()?)?,
        ["--json"] => {
            serde_json::to_writer_pretty(&mut out, &measure_in_processes(PROCESSES)?)?;
            writeln!(out)?;
        }
        ["--callgrind"] => counts(&mut out)?,
        ["--processes", count] => table(&mut out, count.parse()?)?,
        [] => table(&mut out, PROCESSES)?,
        _ => return Err("usage: compare [--json | --callgrind | --processes N]".into()),
    }
    Ok(())
}

fn table(out: &mut impl Write, processes: usize) -> Result<(), Box<dyn Error>> {
    let medians = measure_in_processes(processes)?;
    let baseline = medians.get("baseline_us").copied().unwrap_or(f64::NAN);
    writeln!(out, "{}", machine())?;
    writeln!(
        out,
        "certificates of {} bytes on average, in bulk {AT_A_TIME} at a time; \
         medians of {processes} processes; 1.000 is {baseline:.1} us\n",
        Sample::new(1, 20).mean_len()
    )?;
    writeln!(out, "{:<50} {:>6}", "verifier", "ratio")?;
    for contender in contenders(None) {
        let ratio = medians.get(contender.key).copied().unwrap_or(f64::NAN);
        writeln!(out, "{:<50} {ratio:>6.3}", contender.name)?;
    }
    Ok(())
}

/// Prints instructions, and their ratio to those of the first contender.
fn counts(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out, "{:<50} {:>12} {:>6}", "verifier", "instructions", "ratio")?;
    let mut baseline = None;
    for contender in contenders(None) {
        // Sixty-four tables take minutes there, and the instructions are those of one key; a
        // second core changes none.
        if contender.clock != Clock::Thread || contender.key.ends_with("64_keys") {
            continue;
        }
        match instructions(contender.key, contender.certificates) {
            Some(count) => {
                let ratio = count / *baseline.get_or_insert(count);
                writeln!(out, "{:<50} {count:>12.0} {ratio:>6.3}", contender.name)?;
            }
            None => writeln!(out, "{:<50} {:>12} {:>6}", contender.name, "-", "-")?,
        }
        out.flush()?;
    }
    Ok(())
}
