//! Prints what Hosho's work costs, as ratios to bare Ed25519 over the same bytes.
//!
//! All measurements take turns in one process, so that whatever else the machine does falls on
//! all of them; the figures are medians over the rounds. The exit code is 1 if a ratio is above
//! its limit.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a tool of this repository only"
)]

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

use hosho_benches::baseline::{Bare, decode_by_ciborium};
use hosho_benches::{Calls, Issued, World, machine};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

const ROUNDS: usize = 320;
/// How many nanoseconds one measurement runs in one round.
const TURN: f64 = 1e6;
const BARE_VERIFY: &str = "bare verify_strict";
const BARE_SIGN: &str = "bare sign + verify_strict";

/// One line of the table.
struct Line<'w> {
    name: &'static str,
    /// The name of the line that it is compared with.
    base: &'static str,
    limit: Option<f64>,
    /// Treats every certificate once, and returns how many came out right.
    run: Box<dyn Fn() -> usize + 'w>,
}

/// What the rounds gave for one line.
struct Figures {
    nanoseconds: f64,
    ratio: f64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let world = World::new();
    let trust = world.trust();
    let status = world.status(&trust);
    let (calls, bare) = (Calls::new(&world, &trust, &status), Bare::new(&world));
    let lines = lines(&world.issued, &calls, &bare);
    match words.as_slice() {
        [] | ["--json"] => {
            let figures = measure(&lines, world.issued.len());
            if words.is_empty() {
                print_table(&world, &lines, &figures);
            } else {
                print_json(&world, &lines, &figures);
            }
            let above = |(line, found): (&Line<'_>, &Figures)| {
                line.limit.is_some_and(|limit| found.ratio > limit)
            };
            ExitCode::from(u8::from(lines.iter().zip(&figures).any(above)))
        }
        ["--names"] => {
            for line in &lines {
                println!("{}", line.name);
            }
            ExitCode::SUCCESS
        }
        ["--only", name, times] => {
            let times: usize = times.parse().expect("a number of times");
            let line = lines.iter().find(|line| line.name == *name).expect("one of --names");
            (0..times).for_each(|_| check(line, world.issued.len()));
            ExitCode::SUCCESS
        }
        _ => {
            println!("usage: ratios [--json | --names | --only NAME TIMES]");
            ExitCode::from(2)
        }
    }
}

fn lines<'w>(issued: &'w [Issued], calls: &'w Calls<'w>, bare: &'w Bare) -> Vec<Line<'w>> {
    let all = |name, base, limit, call: Box<dyn Fn(&Issued) -> bool + 'w>| Line {
        name,
        base,
        limit,
        run: Box::new(move || issued.iter().filter(|issued| call(black_box(issued))).count()),
    };
    vec![
        Line {
            name: BARE_VERIFY,
            base: BARE_VERIFY,
            limit: None,
            run: Box::new(move || black_box(bare).verify()),
        },
        Line {
            name: BARE_SIGN,
            base: BARE_SIGN,
            limit: None,
            run: Box::new(move || black_box(bare).sign_and_verify()),
        },
        all("decode", BARE_VERIFY, Some(0.03), Box::new(|i| calls.decode(i))),
        all("verify", BARE_VERIFY, Some(1.05), Box::new(|i| calls.verify(i))),
        all("audit", BARE_VERIFY, Some(1.05), Box::new(|i| calls.audit(i))),
        all("issue", BARE_SIGN, Some(1.1), Box::new(|i| calls.issue(i))),
        all("derive", BARE_VERIFY, None, Box::new(|i| calls.derive(i))),
        all("open", BARE_VERIFY, None, Box::new(|i| calls.open(i))),
        all(
            "decode by ciborium",
            BARE_VERIFY,
            None,
            Box::new(|i| decode_by_ciborium(&i.signed).map(black_box).is_some()),
        ),
        all(
            "verify by coset",
            BARE_VERIFY,
            None,
            Box::new(|i| bare.verify_by_coset(&i.signed).map(black_box).is_some()),
        ),
    ]
}

/// Runs one line once; a measurement of failures would be worth nothing.
fn check(line: &Line<'_>, count: usize) {
    assert_eq!((line.run)(), count, "{}", line.name);
}

fn measure(lines: &[Line<'_>], count: usize) -> Vec<Figures> {
    let turns: Vec<u32> = lines.iter().map(|line| turns(line, count)).collect();
    let mut times = vec![Vec::with_capacity(ROUNDS); lines.len()];
    for round in 0..ROUNDS {
        for ((line, turns), times) in lines.iter().zip(&turns).zip(&mut times) {
            let time = deeper(round % 64, &|| {
                let start = nanoseconds();
                (0..*turns).for_each(|_| check(line, count));
                nanoseconds() - start
            });
            times.push(time / f64::from(*turns));
        }
    }
    let count = f64::from(u32::try_from(count).expect("few certificates"));
    lines
        .iter()
        .zip(&times)
        .map(|(line, own)| {
            let base = lines.iter().position(|other| other.name == line.base).expect("a base");
            Figures {
                nanoseconds: median(own.iter().map(|time| time / count)),
                ratio: median(own.iter().zip(&times[base]).map(|(own, base)| own / base)),
            }
        })
        .collect()
}

/// Runs `work` further down the stack. Where on a page its variables lie changes the speed of
/// vector code by a tenth, so every round lies elsewhere.
#[inline(never)]
fn deeper(frames: usize, work: &dyn Fn() -> f64) -> f64 {
    let padding = black_box([0_u8; 80]);
    let time = if frames == 0 { work() } else { deeper(frames - 1, work) };
    black_box(padding);
    time
}

/// How often a line runs in one turn.
fn turns(line: &Line<'_>, count: usize) -> u32 {
    let start = nanoseconds();
    let mut runs = 0;
    while nanoseconds() - start < TURN {
        check(line, count);
        runs += 1;
    }
    runs
}

/// Reads the time that this thread has had on a core, which other work cannot stretch.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "below 2^53")]
fn nanoseconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn print_table(world: &World, lines: &[Line<'_>], figures: &[Figures]) {
    println!("{}", machine());
    println!(
        "{} certificates of {} bytes on average; medians of {ROUNDS} rounds\n",
        world.issued.len(),
        world.mean_len()
    );
    println!("{:<26} {:>9} {:>8} {:>6}  compared with", "what", "ns each", "ratio", "limit");
    for (line, found) in lines.iter().zip(figures) {
        let limit = line.limit.map_or("-".to_owned(), |limit| format!("{limit:.2}"));
        let (name, base) = (line.name, line.base);
        let (time, ratio) = (found.nanoseconds, found.ratio);
        println!("{name:<26} {time:>9.0} {ratio:>8.4} {limit:>6}  {base}");
    }
    if let Some((_, found)) = lines.iter().zip(figures).find(|(line, _)| line.name == "audit") {
        println!("\naudit: {:.0} certificates a second on one core", 1e9 / found.nanoseconds);
    }
}

fn print_json(world: &World, lines: &[Line<'_>], figures: &[Figures]) {
    let ratios: Vec<_> = lines
        .iter()
        .zip(figures)
        .map(|(line, found)| {
            json!({
                "name": line.name,
                "nanoseconds": found.nanoseconds,
                "ratio": found.ratio,
                "compared_with": line.base,
                "limit": line.limit,
            })
        })
        .collect();
    let object = json!({
        "machine": machine(),
        "rounds": ROUNDS,
        "certificates": world.issued.len(),
        "bytes_on_average": world.mean_len(),
        "ratios": ratios,
    });
    println!("{object}");
}
