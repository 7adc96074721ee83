//! What an obligee's program says about the files that were handed out.
//!
//! The program runs in a process of its own, as people run it: this test binary called again.

use std::env;
use std::ffi::OsString;
use std::process::{Command, Stdio};

const CHILD: &str = "HOSHO_TEST_OBLIGEE";
const NAME: &str = "obligee::the_program_of_obligees_tells_its_version";
/// Between arguments: no argument of these tests holds a line end.
const BETWEEN: &str = "\n";

/// Runs `hosho-verify` with `--json` and returns its verdict and the code beside it.
pub(crate) fn ask(arguments: &[OsString]) -> (String, String) {
    let arguments: Vec<_> = arguments.iter().map(|a| a.to_str().unwrap()).collect();
    let told = run(&[arguments.as_slice(), &["--json"]].concat());
    let line = told.lines().find(|line| line.starts_with('{'));
    let line = line.unwrap_or_else(|| panic!("no answer: {told}"));
    let answer: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    (text("verdict"), text("code"))
}

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, arguments.join(BETWEEN))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_program_of_obligees_tells_its_version() {
    if let Some(arguments) = env::var_os(CHILD) {
        let arguments = arguments.into_string().unwrap();
        println!();
        hosho_verify::run(["hosho-verify"].into_iter().chain(arguments.split(BETWEEN)));
        return;
    }
    let told = run(&["--version"]);
    assert!(told.contains(concat!("hosho-verify ", env!("CARGO_PKG_VERSION"))), "{told}");
}
