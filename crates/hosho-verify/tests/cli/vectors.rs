//! `vectors`: every operation replayed, and a wrong expectation noticed.

use std::fs;

use hosho::Fingerprint;
use serde_json::{Map, Value, json};

use crate::program::{Run, run};
use crate::world::{NOW, World, fixture, number, time};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn file(operation: &str, input: &Value, expect: &Value) -> Value {
    json!({
        "format": "hosho-vectors/1",
        "operation": operation,
        "about": "one vector",
        "vectors": [{
            "id": format!("{operation}-1"), "rule": ["R-1"], "comment": "", "input": input,
            "expect": expect,
        }],
    })
}

fn replay(world: &World, files: &[Value]) -> Run {
    let folder = world.path("vectors");
    let _ = fs::remove_dir_all(&folder);
    for (position, file) in files.iter().enumerate() {
        world.write(&format!("vectors/{position:02}.json"), file.to_string().as_bytes());
    }
    run(&["vectors", folder.to_str().unwrap()])
}

fn last_line(run: &Run) -> &str {
    run.stdout.lines().last().unwrap()
}

/// A fixture that is one line of text.
fn line(path: &str) -> String {
    String::from_utf8(fixture(path)).unwrap().trim_end().to_owned()
}

/// One vector of each operation, as it should come out.
fn every_operation(world: &World) -> Vec<Value> {
    let one = world.signed("G01-1");
    let (first, second) = (world.signed("G04-1"), world.signed("G04-2"));
    let (signed, sealed) = (hex(&one), hex(&world.read("G01-1.sealed.hosho")));
    let bundle = hex(&world.read("mirai.trust"));
    let snapshot = hex(&world.read("mirai.status"));
    let number = number("G01-1");
    let [text, bind, locator] =
        ["mirai/G01-1.auth-key", "derived/G01-1.bind", "derived/G01-1.locator"].map(line);
    let print = |bytes: &[u8]| Fingerprint::of(bytes).to_string();
    let accepted = json!({ "result": "accept" });
    let verify = json!({
        "signed": signed, "trust": [bundle], "status": [snapshot], "number": "３１－０７－１－００００１２３－９",
        "obligee": "瑞穂県", "auth_key": text, "on": "2025-07-01",
        "now": time(NOW).seconds(), "remembered": { "list": 1, "sequence": 1 },
    });
    let cases = [
        (
            "parse-certificate",
            json!({ "bytes": signed }),
            json!({ "result": "accept", "fingerprint": print(&one) }),
        ),
        (
            "parse-certificate",
            json!({ "bytes": "d2" }),
            json!({ "result": "refuse", "code": "E3-TRUNCATED", "offset": 1 }),
        ),
        ("parse-sealed", json!({ "bytes": sealed }), accepted.clone()),
        ("parse-bundle", json!({ "bytes": bundle }), accepted.clone()),
        (
            "update-bundle",
            json!({ "pinned": bundle, "next": [bundle] }),
            json!({ "result": "refuse", "code": "E8-SEQUENCE" }),
        ),
        ("parse-snapshot", json!({ "bytes": snapshot }), accepted.clone()),
        ("verify-snapshot", json!({ "bytes": snapshot, "trust": bundle }), accepted.clone()),
        (
            "auth-key-text",
            json!({ "text": text.to_lowercase() }),
            json!({ "result": "accept", "canonical": text }),
        ),
        (
            "auth-key-text",
            json!({ "text": "1" }),
            json!({ "result": "refuse", "code": "E2-LENGTH", "group": null }),
        ),
        (
            "parse-proof",
            json!({ "bytes": "a0", "then_zeros": 1_200 }),
            json!({ "result": "refuse", "code": "E3-SIZE" }),
        ),
        (
            "derive",
            json!({ "auth_key": text, "guarantor_id": "g-mirai", "number": number, "epoch": 1, "serial": 1 }),
            json!({ "bind": bind, "locator": locator, "commit": "00" }),
        ),
        (
            "open",
            json!({ "sealed": sealed, "auth_key": text }),
            json!({ "result": "accept", "signed": signed }),
        ),
        (
            "verify",
            verify,
            json!({ "verdict": "in-force", "code": null, "as_of": time(NOW).seconds() }),
        ),
        (
            "fold-number",
            json!({ "typed": "３１ー０７" }),
            json!({ "result": "accept", "number": "31-07" }),
        ),
        ("fold-number", json!({ "typed": "" }), json!({ "result": "refuse", "code": "E1-NUMBER" })),
        (
            "armor",
            json!({ "text": hosho::encode_armor(&one) }),
            json!({ "result": "accept", "bytes": signed }),
        ),
        (
            "public-key",
            json!({ "bytes": "00".repeat(32) }),
            json!({ "result": "refuse", "code": "E8-KEY" }),
        ),
        (
            "chain",
            json!({ "earlier": hex(&first), "later": hex(&second), "trust": bundle }),
            accepted.clone(),
        ),
        (
            "chain",
            json!({ "earlier": hex(&second), "later": hex(&first), "trust": bundle }),
            json!({ "result": "refuse", "code": "E6-CHAIN" }),
        ),
        (
            "text",
            json!({ "value": "か\u{3099}" }),
            json!({ "result": "refuse", "code": "E6-TEXT-NFC" }),
        ),
        (
            "parse-proof",
            json!({ "bytes": "a0" }),
            json!({ "result": "refuse", "code": "E3-KEY-MISSING" }),
        ),
    ];
    cases.iter().map(|(operation, input, expect)| file(operation, input, expect)).collect()
}

#[test]
fn every_operation_is_replayed() {
    let world = World::new();
    let files = every_operation(&world);
    let run = replay(&world, &files);
    assert_eq!(run.stdout, format!("{} passed, 0 failed\n", files.len()));
    assert_eq!(run.code, 0);
}

#[test]
fn a_wrong_expectation_is_noticed_in_every_operation() {
    let world = World::new();
    for mut file in every_operation(&world) {
        let expect = file["vectors"][0]["expect"].as_object_mut().unwrap();
        let mut wrong = Map::new();
        for name in expect.keys().filter(|name| *name != "commit") {
            wrong.insert(name.clone(), json!("something else"));
        }
        *expect = wrong;
        let run = replay(&world, std::slice::from_ref(&file));
        assert_eq!((run.code, last_line(&run)), (1, "0 passed, 1 failed"), "{file}");
        let id = file["vectors"][0]["id"].as_str().unwrap();
        assert!(run.stdout.contains(&format!("FAILED {id} ")), "{}", run.stdout);
    }
}

#[test]
fn what_cannot_be_replayed_fails() {
    let world = World::new();
    let accepted = json!({ "result": "accept" });
    for (name, file) in [
        ("unknown operation", file("sing", &json!({}), &accepted)),
        ("missing input", file("text", &json!({}), &accepted)),
        ("upper-case hex", file("parse-proof", &json!({ "bytes": "A0" }), &accepted)),
        ("no expectation", file("text", &json!({ "value": "a" }), &json!({}))),
        (
            "another format",
            json!({ "format": "hosho-vectors/2", "operation": "text", "vectors": [] }),
        ),
        ("no vectors", json!({ "format": "hosho-vectors/1", "operation": "text", "vectors": [] })),
        ("no object", json!([])),
    ] {
        let run = replay(&world, &[file]);
        assert_eq!((run.code, last_line(&run)), (1, "0 passed, 1 failed"), "{name}");
    }
}

#[test]
fn the_signing_side_is_skipped_and_not_counted() {
    let world = World::new();
    let skipped = file("derive-auth-key", &json!({}), &json!({ "result": "accept" }));
    let passed = file("text", &json!({ "value": "a" }), &json!({ "result": "accept" }));
    let run = replay(&world, &[skipped, passed]);
    assert_eq!(run.stdout, "1 skipped (signing side)\n1 passed, 0 failed\n");
    assert_eq!(run.code, 0);
}

#[test]
fn an_empty_folder_proves_nothing() {
    let world = World::new();
    world.write("empty/readme.txt", b"");
    for folder in ["empty", "absent"] {
        let run = run(&["vectors", world.path(folder).to_str().unwrap()]);
        assert_eq!((run.code, run.stdout.as_str()), (1, "0 passed, 0 failed\n"), "{folder}");
    }
}
