//! `check`: verdicts, exit codes, the JSON object.

use serde_json::{Value, json};

use crate::guarantor::World;
use crate::program::{Check, run, run_with};

fn answer(code: i32, verdict: &str, rule: Option<&str>) -> (i32, String, Option<String>) {
    (code, verdict.to_owned(), rule.map(str::to_owned))
}

#[test]
fn a_genuine_certificate_is_in_force_on_a_day_of_its_period() {
    let world = World::new();
    let run = Check::usual(&world, "G01-1").on("2025-07-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None), "{}", run.stderr);
    let request: Value = serde_json::from_slice(
        &std::fs::read(crate::guarantor::root().join("samples/requests/G01-1.json")).unwrap(),
    )
    .unwrap();
    assert_eq!(
        run.json(),
        json!({
            "verdict": "in-force",
            "number": "31-07-1-0000123-9",
            "revision": 1,
            "superseded_by": null,
            "ended_on": null,
            "as_of": "2026-11-22T03:04:05Z",
            "code": null,
            "offset": null,
            "findings": [],
            "certificate": request,
        })
    );
    assert_eq!(run.stderr, "");
}
