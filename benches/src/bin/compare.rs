//! Compares Hosho with other verifiers on the same bytes, taking turns, in several processes.
//!
//! `compare` prints a table, `compare --json` one JSON object; `--processes N` changes how many
//! processes there are. `compare --callgrind` counts the instructions of one certificate instead.
//!
//! With `--check` the exit code is 1 if one of Hosho's lines is above its limit; `--callgrind
//! --check` counts only the lines that have one.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use hosho_benches::{
    AT_A_TIME, Clock, Contender, Medians, Sample, contenders, instructions, limit, machine,
    measure, measure_in_processes, missed, repeat,
};

/// How many processes measure, unless the command line says otherwise.
const PROCESSES: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let check = arguments.iter().position(|argument| argument == "--check");
    let limits = match check.map(|place| arguments.remove(place)) {
        Some(_) => Limits::Held,
        None => Limits::Shown,
    };
    let mut out = io::stdout().lock();
    match (&arguments.iter().map(String::as_str).collect::<Vec<_>>()[..], limits) {
        (["--child"], Limits::Shown) => {
            serde_json::to_writer(&mut out, &measure(&contenders(None))?)?;
        }
        (["--repeat", key, times], Limits::Shown) => {
            repeat(&contenders(Some(key)), key, times.parse()?)?;
        }
        (["--json"], Limits::Shown) => {
            serde_json::to_writer_pretty(&mut out, &measure_in_processes(PROCESSES)?)?;
            writeln!(out)?;
        }
        (["--callgrind"], limits) => counts(&mut out, limits)?,
        (["--processes", count], limits) => table(&mut out, count.parse()?, limits)?,
        ([], limits) => table(&mut out, PROCESSES, limits)?,
        _ => {
            return Err("usage: compare [--json | [--callgrind | --processes N] [--check]]".into());
        }
    }
    Ok(())
}

/// What is done with the limits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Limits {
    Held,
    Shown,
}

fn table(out: &mut impl Write, processes: usize, limits: Limits) -> Result<(), Box<dyn Error>> {
    let medians = measure_in_processes(processes)?;
    let baseline = medians.get("baseline_us").copied().unwrap_or(f64::NAN);
    writeln!(out, "{}", machine())?;
    writeln!(
        out,
        "certificates of {} bytes on average, in bulk {AT_A_TIME} at a time; \
         medians of {processes} processes; 1.000 is {baseline:.1} us\n",
        Sample::new(1, 20).mean_len()
    )?;
    writeln!(out, "{:<50} {:>6} {:>8} {:>6}", "verifier", "ratio", "at most", "aim")?;
    for contender in contenders(None) {
        let ratio = medians.get(contender.key).copied().unwrap_or(f64::NAN);
        let limit = limit(contender.key, &medians);
        let at_most = limit.map_or_else(String::new, |limit| format!("{:.3}", limit.at_most));
        let aim = limit.and_then(|limit| limit.aim);
        let aim = aim.map_or_else(String::new, |aim| format!("{aim:.3}"));
        let line = format!("{:<50} {ratio:>6.3} {at_most:>8} {aim:>6}", contender.name);
        writeln!(out, "{}", line.trim_end())?;
    }
    match (limits, &missed(&medians)[..]) {
        (Limits::Shown, _) | (_, []) => Ok(()),
        (Limits::Held, missed) => Err(format!("above the limit: {}", missed.join(", ")).into()),
    }
}

/// Prints instructions, and their ratio to those of the first contender.
fn counts(out: &mut impl Write, limits: Limits) -> Result<(), Box<dyn Error>> {
    writeln!(out, "{:<50} {:>12} {:>6} {:>8}", "verifier", "instructions", "ratio", "at most")?;
    let at_most = |contender: &Contender| limit(contender.key, &Medians::new())?.instructions;
    let mut baseline = None;
    let mut missed = Vec::new();
    for contender in contenders(None) {
        // Sixty-four tables take minutes there, and the instructions are those of one key; a
        // second core changes none.
        if contender.clock != Clock::Thread || contender.key.ends_with("64_keys") {
            continue;
        }
        let limit = at_most(&contender);
        if limits == Limits::Held && limit.is_none() && baseline.is_some() {
            continue;
        }
        let limit_text = limit.map_or_else(String::new, |limit| format!("{limit:.3}"));
        let counted = instructions(contender.key, contender.certificates);
        let counted = counted.map(|count| (count, count / *baseline.get_or_insert(count)));
        let numbers = counted.map_or_else(
            || format!("{:>12} {:>6}", "-", "-"),
            |(count, ratio)| format!("{count:>12.0} {ratio:>6.3}"),
        );
        let line = format!("{:<50} {numbers} {limit_text:>8}", contender.name);
        writeln!(out, "{}", line.trim_end())?;
        // What could not be counted is not within its limit.
        if limit.is_some_and(|limit| counted.is_none_or(|(_, ratio)| ratio > limit)) {
            missed.push(contender.key);
        }
        out.flush()?;
    }
    match (limits, baseline, &missed[..]) {
        (Limits::Held, None, _) => Err("nothing was counted: is valgrind installed?".into()),
        (Limits::Held, _, [_, ..]) => {
            Err(format!("above the limit, or not counted: {}", missed.join(", ")).into())
        }
        _ => Ok(()),
    }
}
