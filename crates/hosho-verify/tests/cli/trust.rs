//! `trust update`: lawful steps only.

use hosho::Fingerprint;

use crate::program::{Run, run};
use crate::world::{World, fixture};

fn update(world: &World, pinned: &str, new: &[&str], out: &str) -> Run {
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let mut arguments = vec!["trust".to_owned(), "update".to_owned()];
    arguments.extend(["--pinned".to_owned(), path(pinned), "--new".to_owned()]);
    arguments.extend(new.iter().map(|name| path(name)));
    arguments.extend(["--out".to_owned(), path(out)]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(&arguments)
}

/// Adds bundles 2 and 3 to the world, which has the first; returns the third.
fn steps(world: &World) -> Vec<u8> {
    world.add("bundles/2.trust");
    world.add("bundles/3.trust");
    world.read("3.trust")
}

#[test]
fn steps_are_taken_in_order_whatever_the_order_of_files() {
    let world = World::new();
    let third = steps(&world);
    let run = update(&world, "mirai.trust", &["3.trust", "2.trust"], "new.trust");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(world.read("new.trust"), third);
    assert!(run.stdout.contains("from sequence 1 to 3"), "{}", run.stdout);
    assert!(run.stdout.contains(&Fingerprint::of(&third).to_string()), "{}", run.stdout);
}

#[test]
fn a_step_that_is_left_out_is_named_and_nothing_is_written() {
    let world = World::new();
    steps(&world);
    let run = update(&world, "mirai.trust", &["3.trust"], "new.trust");
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("E8-SEQUENCE"), "{}", run.stderr);
    assert!(run.stderr.contains("bundle 2 is missing"), "{}", run.stderr);
    assert!(!run.stderr.contains("lawful"), "{}", run.stderr);
    assert!(!world.path("new.trust").exists());
}

#[test]
fn the_bundle_of_other_roots_is_refused() {
    let world = World::new();
    world.add("bundles/thief.trust");
    let run = update(&world, "mirai.trust", &["thief.trust"], "new.trust");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("E8-THRESHOLD"), "{}", run.stderr);
    assert!(!world.path("new.trust").exists());
}

#[test]
fn another_bundle_of_the_pinned_sequence_is_refused() {
    let world = World::new();
    world.add("bundles/twin.trust");
    let run = update(&world, "mirai.trust", &["twin.trust"], "new.trust");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("E8-SEQUENCE"), "{}", run.stderr);
}

#[test]
fn nothing_is_overwritten() {
    let world = World::new();
    steps(&world);
    let before = world.read("mirai.trust");
    let run = update(&world, "mirai.trust", &["2.trust"], "mirai.trust");
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("E1-EXISTS"), "{}", run.stderr);
    assert_eq!(world.read("mirai.trust"), before);
}

#[test]
fn a_folder_of_bundles_is_stepped_through() {
    let world = World::new();
    let third = steps(&world);
    world.add("bundles/other.trust");
    for (name, from) in
        [("a", "3.trust"), ("b", "2.trust"), ("c", "mirai.trust"), ("d", "other.trust")]
    {
        world.write(&format!("published/{name}"), &world.read(from));
    }
    world.write("published/notes.txt", b"nothing");
    let run = update(&world, "mirai.trust", &["published"], "new.trust");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(world.read("new.trust"), third);
    world.write("empty/notes.txt", b"nothing");
    let run = update(&world, "mirai.trust", &["empty"], "none.trust");
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("E1-NOT-RECOGNISED"), "{}", run.stderr);
}

#[test]
fn the_pinned_bundle_again_is_the_newest_and_nothing_is_to_do() {
    let world = World::new();
    let run = update(&world, "mirai.trust", &["mirai.trust"], "new.trust");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("already the newest (sequence 1)"), "{}", run.stdout);
    assert!(!world.path("new.trust").exists());
}

#[test]
fn a_bundle_is_shown_with_the_fingerprint_that_names_its_root_keys() {
    let world = World::new();
    world.add("bundles/stolen.trust");
    let roots = String::from_utf8(fixture("derived/mirai.roots")).unwrap();
    for name in ["mirai.trust", "stolen.trust"] {
        let shown = run(&["trust", "show", world.path(name).to_str().unwrap()]);
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        assert!(
            shown.stdout.starts_with("trust bundle of g-mirai, sequence 1\n"),
            "{}",
            shown.stdout
        );
        assert!(shown.stdout.contains(&format!("(2 of 3 sign)  {roots}\n")), "{}", shown.stdout);
        let print = Fingerprint::of(&world.read(name)).to_string();
        assert!(shown.stdout.contains(&print), "{}", shown.stdout);
        assert_eq!(shown.stdout.contains("feared stolen"), name == "stolen.trust");
        assert!(shown.stderr.contains("where the file came from"), "{}", shown.stderr);
    }
    let mut forged = world.read("mirai.trust");
    *forged.last_mut().unwrap() ^= 1;
    world.write("forged.trust", &forged);
    for (name, code, rule) in [("forged.trust", 1, "E8-THRESHOLD"), ("none.trust", 3, "E1-IO")] {
        let shown = run(&["trust", "show", world.path(name).to_str().unwrap()]);
        assert_eq!((shown.code, shown.stdout.as_str()), (code, ""), "{name}");
        assert!(shown.stderr.contains(rule), "{}", shown.stderr);
    }
}
