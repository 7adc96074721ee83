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
fn replaces_a_regular_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f");
    for bytes in [b"one", b"two"] {
        replace(&file, bytes, Mode::Public).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), bytes);
    }
    assert_eq!(names(folder.path()), ["f"]);
}

#[test]
fn replaces_nothing_but_a_regular_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("target"), b"old").unwrap();
    symlink(path("target"), path("link")).unwrap();
    symlink(path("nowhere"), path("dangling")).unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    rustix::fs::mknodat(CWD, path("pipe"), FileType::Fifo, Mode::Public.of_file(), 0).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    let before = names(folder.path());
    for name in ["link", "dangling", "folder", "pipe", "socket"] {
        let refused = replace(&path(name), b"new", Mode::Public);
        assert_eq!(code(refused), Err("E1-NOT-A-FILE"), "{name}");
    }
    assert_eq!(names(folder.path()), before);
    assert_eq!(std::fs::read(path("target")).unwrap(), b"old");
    assert!(path("link").is_symlink());
}

#[test]
fn removes_the_drafts_of_killed_programs_and_nothing_else() {
    let path = tempfile::tempdir().unwrap();
    let folder = Folder::open(path.path()).unwrap();
    for _ in 0..3 {
        folder.write_draft(b"x", Mode::Secret).unwrap();
    }
    let others = [
        ".hosho-0123456789abcdef.tmp~",
        ".hosho-0123456789abcdeF.tmp",
        ".hosho-123456789abcdef.tmp",
        "f",
    ];
    for name in others {
        std::fs::write(path.path().join(name), b"").unwrap();
    }
    std::fs::create_dir(path.path().join(".hosho-0123456789abcdef.tmp")).unwrap();
    let mut left: Vec<_> = others.map(str::to_owned).to_vec();
    left.push(".hosho-0123456789abcdef.tmp".to_owned());
    left.sort();
    assert_eq!(folder.remove_drafts().unwrap(), 3);
    assert_eq!(names(path.path()), left);
    assert_eq!(folder.remove_drafts().unwrap(), 0);
}

#[test]
fn every_error_of_the_system_comes_with_a_next_step() {
    let message = |errno: Errno, lang| OutputError::from(errno).message(lang);
    assert_eq!(
        message(Errno::NOSPC, Lang::En),
        "cannot be written: No space left on device (os error 28); free some space and run the \
         command again"
    );
    for (errno, en, ja) in [
        (Errno::ACCESS, "check who may write there", "権限"),
        (Errno::NOENT, "make the folder", "フォルダを作成"),
        (Errno::IO, "put that right", "原因を除いて"),
    ] {
        assert!(message(errno, Lang::En).contains(en), "{errno}");
        assert!(message(errno, Lang::Ja).contains(ja), "{errno}");
    }
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

#[test]
fn refuses_a_medium_that_keeps_no_secret_to_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let file = File::create(&path).unwrap();
    // As FAT shows every file, whatever mode was asked for.
    for kept in [0o755, 0o644, 0o640, 0o604, 0o610, 0o601] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(kept)).unwrap();
        assert_eq!(code(check_kept(&file, Mode::Secret)), Err("E9-MEDIUM"), "{kept:o}");
        assert_eq!(code(check_kept(&file, Mode::Public)), Ok(()), "{kept:o}");
    }
    // Mounted for one owner, FAT shows 0700.
    for kept in [0o700, 0o600, 0o400] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(kept)).unwrap();
        assert_eq!(code(check_kept(&file, Mode::Secret)), Ok(()), "{kept:o}");
    }
}

#[test]
fn looks_at_the_medium_of_a_place_that_is_not_made_yet_and_leaves_nothing_there() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b/c");
    for place in [folder.path(), deep.as_path()] {
        assert_eq!(code(check_private_place(place)), Ok(()));
    }
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn without_links_and_atomic_names_a_file_still_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let open = Folder::open(folder.path()).unwrap();
    let draft = open.write_draft(b"new", Mode::Public).unwrap();
    std::fs::write(folder.path().join("there"), b"old").unwrap();
    assert_eq!(code(open.publish_over_own(&draft, OsStr::new("there"))), Err("E1-EXISTS"));
    assert_eq!(code(open.publish_over_own(&draft, OsStr::new("f"))), Ok(()));
    assert_eq!(names(folder.path()), ["f", "there"]);
    assert_eq!(std::fs::read(folder.path().join("there")).unwrap(), b"old");
    assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), b"new");
}
