use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn code(result: Result<(), OutputError>) -> Result<(), &'static str> {
    result.map_err(|e| e.code())
}

#[test]
fn writes_a_secret_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    write_new(&file, b"secret", Mode::Secret).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"secret");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn leaves_an_existing_file_alone_and_nothing_else_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f");
    std::fs::write(&file, b"old").unwrap();
    assert_eq!(code(write_new(&file, b"new", Mode::Public)), Err("E1-EXISTS"));
    assert_eq!(std::fs::read(&file).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["f"]);
}

#[test]
fn never_writes_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (link, target) = (folder.path().join("link"), folder.path().join("target"));
    symlink(&target, &link).unwrap();
    assert_eq!(code(write_new(&link, b"x", Mode::Public)), Err("E1-EXISTS"));
    assert_eq!(names(folder.path()), ["link"]);
}

#[test]
fn replaces_a_link_itself_and_not_its_target() {
    let folder = tempfile::tempdir().unwrap();
    let (link, target) = (folder.path().join("link"), folder.path().join("target"));
    std::fs::write(&target, b"old").unwrap();
    symlink(&target, &link).unwrap();
    replace(&link, b"new", Mode::Public).unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), b"old");
    assert_eq!(std::fs::read(&link).unwrap(), b"new");
    assert_eq!(names(folder.path()), ["link", "target"]);
}

#[test]
fn publishes_a_draft_where_files_without_a_name_are_not_to_be_had() {
    let path = tempfile::tempdir().unwrap();
    let folder = Folder::open(path.path()).unwrap();
    let draft = folder.write_draft(b"x", Mode::Secret).unwrap();
    folder.publish(&draft, OsStr::new("f")).unwrap();
    assert_eq!(names(path.path()), ["f"]);

    let draft = folder.write_draft(b"y", Mode::Secret).unwrap();
    let refused = folder.publish(&draft, OsStr::new("f"));
    assert_eq!(code(folder.clear(refused, &draft)), Err("E1-EXISTS"));
    assert_eq!(names(path.path()), ["f"]);
    assert_eq!(std::fs::read(path.path().join("f")).unwrap(), b"x");
}

#[test]
fn accepts_a_file_with_the_same_bytes_and_refuses_one_with_others() {
    let path = tempfile::tempdir().unwrap();
    let folder = Folder::open(path.path()).unwrap();
    let name = OsStr::new("f");
    assert_eq!(folder.write_same(name, b"one").unwrap(), Written::Now);
    assert_eq!(folder.write_same(name, b"one").unwrap(), Written::Before);
    for other in [&b"onE"[..], b"on", b"one more"] {
        let refused = folder.write_same(name, other).map_err(|e| e.code());
        assert_eq!(refused, Err("E1-EXISTS"));
    }
}

#[test]
fn refuses_a_directory_where_a_file_should_be() {
    let path = tempfile::tempdir().unwrap();
    let folder = Folder::open(path.path()).unwrap();
    std::fs::create_dir(path.path().join("f")).unwrap();
    let refused = folder.write_same(OsStr::new("f"), b"").map_err(|e| e.code());
    assert_eq!(refused, Err("E1-EXISTS"));
}

#[test]
fn refuses_names_that_lead_elsewhere() {
    let path = tempfile::tempdir().unwrap();
    let folder = Folder::open(path.path()).unwrap();
    for name in ["..", ".", "", "a/b", "/etc/hosts", "a/"] {
        let refused = folder.write_new(OsStr::new(name), b"x", Mode::Public);
        assert_eq!(code(refused), Err("E1-NOT-A-FILE"), "{name:?}");
    }
    assert_eq!(names(path.path()), [""; 0]);
}

#[test]
fn makes_the_folders_above_as_well_and_refuses_to_make_one_twice() {
    let path = tempfile::tempdir().unwrap();
    let deep = path.path().join("a/b/c");
    create_dir_durable(&deep, Mode::Secret).unwrap();
    let mode = std::fs::metadata(&deep).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o700);
    assert_eq!(code(create_dir_durable(&deep, Mode::Secret)), Err("E1-EXISTS"));
}

#[test]
fn reports_a_missing_folder() {
    let path = tempfile::tempdir().unwrap();
    let file = path.path().join("none/f");
    assert_eq!(code(write_new(&file, b"x", Mode::Public)), Err("E1-IO"));
}
