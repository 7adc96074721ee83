//! `trust update`: lawful steps only.

use std::fs;

use hosho::{BundleDraft, Fingerprint, Sequence};

use crate::guarantor::{Guarantor, World, time};
use crate::program::{Run, run};

/// The bundle after `previous` of the world's guarantor.
fn next(guarantor: &Guarantor, previous: &[u8], sequence: u64) -> BundleDraft<'static> {
    let mut draft = guarantor.draft();
    draft.sequence = Sequence::new(sequence).unwrap();
    draft.issued_at = time("2026-01-01T00:00:00Z");
    draft.previous = Some(Fingerprint::of(previous));
    draft
}

fn update(world: &World, pinned: &str, new: &[&str], out: &str) -> Run {
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let mut arguments = vec!["trust".to_owned(), "update".to_owned()];
    arguments.extend(["--pinned".to_owned(), path(pinned), "--new".to_owned()]);
    arguments.extend(new.iter().map(|name| path(name)));
    arguments.extend(["--out".to_owned(), path(out)]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(&arguments)
}

/// Bundles 2 and 3 as files; the first is the world's own.
fn steps(world: &World) -> Vec<u8> {
    let first = fs::read(world.path("mirai.trust")).unwrap();
    let second = world.guarantor.sign_bundle(next(world.guarantor, &first, 2));
    let third = world.guarantor.sign_bundle(next(world.guarantor, &second, 3));
    world.write("2.trust", &second);
    world.write("3.trust", &third);
    third
}

#[test]
fn steps_are_taken_in_order_whatever_the_order_of_files() {
    let world = World::new();
    let third = steps(&world);
    let run = update(&world, "mirai.trust", &["3.trust", "2.trust"], "new.trust");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(fs::read(world.path("new.trust")).unwrap(), third);
    assert!(run.stdout.contains("from sequence 1 to 3"), "{}", run.stdout);
    assert!(run.stdout.contains(&Fingerprint::of(&third).to_string()), "{}", run.stdout);
}

#[test]
fn a_step_that_is_left_out_is_refused_and_nothing_is_written() {
    let world = World::new();
    steps(&world);
    let run = update(&world, "mirai.trust", &["3.trust"], "new.trust");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("E8-SEQUENCE"), "{}", run.stderr);
    assert!(!world.path("new.trust").exists());
}

#[test]
fn the_bundle_of_other_roots_is_refused() {
    let world = World::new();
    let first = fs::read(world.path("mirai.trust")).unwrap();
    let thief = Guarantor::new("g-mirai", 60);
    world.write("thief.trust", &thief.sign_bundle(next(&thief, &first, 2)));
    let run = update(&world, "mirai.trust", &["thief.trust"], "new.trust");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("E8-THRESHOLD"), "{}", run.stderr);
    assert!(!world.path("new.trust").exists());
}

#[test]
fn another_bundle_of_the_pinned_sequence_is_refused() {
    let world = World::new();
    let mut draft = world.guarantor.draft();
    draft.next_update = time("2028-01-01T00:00:00Z");
    world.write("twin.trust", &world.guarantor.sign_bundle(draft));
    let run = update(&world, "mirai.trust", &["twin.trust"], "new.trust");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("E8-SEQUENCE"), "{}", run.stderr);
}

#[test]
fn nothing_is_overwritten() {
    let world = World::new();
    steps(&world);
    let before = fs::read(world.path("mirai.trust")).unwrap();
    let run = update(&world, "mirai.trust", &["2.trust"], "mirai.trust");
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("E1-EXISTS"), "{}", run.stderr);
    assert_eq!(fs::read(world.path("mirai.trust")).unwrap(), before);
}

#[test]
fn the_pinned_bundle_alone_is_nothing_new() {
    let world = World::new();
    let run = update(&world, "mirai.trust", &["mirai.trust"], "new.trust");
    assert_eq!(run.code, 3);
    assert!(!world.path("new.trust").exists());
}
