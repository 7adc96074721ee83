//! Times in turn, in several processes, and instruction counts.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::process::Command;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use crate::contenders::{Clock, Contender};

/// For each contender's key, a ratio to the baseline.
pub type Medians = BTreeMap<String, f64>;

/// How many turns each contender takes in one process.
const ROUNDS: usize = 21;

/// Lets everyone take turns, and returns the medians of the ratios to the first one's time of the
/// same round, and the median of its time in microseconds under `baseline_us`.
pub fn measure(contenders: &[Contender]) -> Result<Medians, Box<dyn Error>> {
    let mut ratios: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for round in 0..=ROUNDS {
        let mut baseline: Option<Times> = None;
        for contender in contenders {
            let times = Times::of(contender)?;
            let baseline = baseline.get_or_insert_with(|| times.clone());
            // The first round fills the caches.
            if round > 0 {
                let ratio = times.on(contender.clock) / baseline.on(contender.clock);
                ratios.entry(contender.key).or_default().push(ratio);
            }
        }
        if let (Some(times), true) = (baseline, round > 0) {
            ratios.entry("baseline_us").or_default().push(times.thread);
        }
    }
    Ok(ratios.into_iter().map(|(key, values)| (key.to_owned(), median(values))).collect())
}

/// Runs this program with `--child` so many times, and returns the medians of the medians.
pub fn measure_in_processes(count: usize) -> Result<Medians, Box<dyn Error>> {
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for _ in 0..count {
        let output = Command::new(env::current_exe()?).arg("--child").output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let medians: Medians = serde_json::from_slice(&output.stdout)?;
        for (key, value) in medians {
            all.entry(key).or_default().push(value);
        }
    }
    Ok(all.into_iter().map(|(key, values)| (key, median(values))).collect())
}

/// Counts the instructions of one certificate with callgrind; `None` where it is not installed.
///
/// Two runs of different length are compared, so that what happens before does not count.
pub fn instructions(key: &str, certificates: usize) -> Option<f64> {
    let short = collected(key, 1)?;
    let long = collected(key, 3)?;
    let certificates = f64::from(u32::try_from(certificates).ok()?);
    Some((long - short) / 2.0 / certificates)
}

/// Lets one contender take its turn `times` times.
pub fn repeat(contenders: &[Contender], key: &str, times: usize) -> Result<(), Box<dyn Error>> {
    let contender = contenders.iter().find(|contender| contender.key == key);
    let contender = contender.ok_or("no such contender")?;
    for _ in 0..times {
        contender.take_turn()?;
    }
    Ok(())
}

/// Returns the middle value.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Microseconds for one certificate.
#[derive(Clone, Debug)]
struct Times {
    thread: f64,
    wall: f64,
}

impl Times {
    fn of(contender: &Contender) -> Result<Self, Box<dyn Error>> {
        let (thread, wall) = (thread_time()?, Instant::now());
        contender.take_turn()?;
        let (thread, wall) = (thread_time()? - thread, wall.elapsed().as_secs_f64());
        let each = 1e6 / f64::from(u32::try_from(contender.certificates)?);
        Ok(Self { thread: thread * each, wall: wall * each })
    }

    fn on(&self, clock: Clock) -> f64 {
        match clock {
            Clock::Thread => self.thread,
            Clock::Wall => self.wall,
        }
    }
}

/// Returns the seconds for which this thread has had a processor.
fn thread_time() -> Result<f64, Box<dyn Error>> {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Ok(f64::from(u32::try_from(time.tv_sec)?) + f64::from(u32::try_from(time.tv_nsec)?) / 1e9)
}

fn collected(key: &str, times: usize) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().ok()?)
        .args(["--repeat", key, &times.to_string()])
        .output()
        .ok()?;
    // Not every path of this machine exists in valgrind.
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Describes where this runs, as far as the machine tells.
pub fn machine() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        information.lines().find_map(|line| line.strip_prefix(name)?.split(": ").nth(1))
    };
    let model = field("model name").unwrap_or("unknown processor");
    let avx2 = if field("flags").is_some_and(|flags| flags.contains("avx2")) {
        "with AVX2"
    } else {
        "without AVX2"
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let compiler = Command::new("rustc").arg("--version").output().ok();
    let compiler = compiler.and_then(|output| String::from_utf8(output.stdout).ok());
    let compiler = compiler.as_deref().map_or("unknown rustc", str::trim);
    format!("{model}, {cores} cores, {avx2}, {}; {compiler}", env::consts::ARCH)
}
