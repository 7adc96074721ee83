use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, mknodat};

use super::*;

fn code(result: Result<Vec<u8>, InputError>) -> Result<Vec<u8>, &'static str> {
    result.map_err(|e| e.code())
}

#[test]
fn reads_a_file_of_exactly_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f");
    std::fs::write(&file, vec![7; 20_000]).unwrap();
    assert_eq!(code(read_bounded(&file, 20_000)), Ok(vec![7; 20_000]));
}

#[test]
fn refuses_one_byte_more_than_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f");
    std::fs::write(&file, vec![7; 20_001]).unwrap();
    assert_eq!(code(read_bounded(&file, 20_000)), Err("E1-TOO-LARGE"));
}

#[test]
fn refuses_a_sparse_file_of_four_gibibytes_after_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse");
    File::create(&path).unwrap().set_len(4 << 30).unwrap();
    let mut file = open_regular(&path, OFlags::empty()).unwrap();
    assert!(matches!(read_up_to(&mut file, 4096), Err(InputError::TooLarge { limit: 4096 })));
    // One chunk was read, not the file.
    let position = io::Seek::stream_position(&mut file).unwrap();
    assert_eq!(position, 8192);
}

#[test]
fn holds_no_more_memory_than_the_limit_and_one_byte() {
    let read = read_up_to(io::repeat(1).take(100_000), 100_000).unwrap();
    assert_eq!(read.len(), 100_000);
    assert!(read.capacity() <= 100_001, "{}", read.capacity());
}

#[test]
fn refuses_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(read_bounded(folder.path(), 10)), Err("E1-NOT-A-FILE"));
}

#[test]
fn refuses_a_pipe_without_waiting_for_its_other_end() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert_eq!(code(read_bounded(&pipe, 10)), Err("E1-NOT-A-FILE"));
}

#[test]
fn refuses_a_device_and_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    assert_eq!(code(read_bounded(&socket, 10)), Err("E1-NOT-A-FILE"));
    let device = Path::new("/dev/zero");
    assert_eq!(code(read_bounded(device, 10)), Err("E1-NOT-A-FILE"));
}

#[test]
fn reports_a_missing_file_as_an_io_error() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(read_bounded(&folder.path().join("none"), 10)), Err("E1-IO"));
}

#[test]
fn every_error_of_the_system_comes_with_a_next_step() {
    let message = |errno: Errno, lang| InputError::from(io::Error::from(errno)).message(lang);
    assert_eq!(
        message(Errno::NOENT, Lang::En),
        "cannot be read: No such file or directory (os error 2); check its name and place"
    );
    for (errno, en, ja) in
        [(Errno::ACCESS, "check who may read it", "権限"), (Errno::IO, "put that right", "原因")]
    {
        assert!(message(errno, Lang::En).contains(en), "{errno}");
        assert!(message(errno, Lang::Ja).contains(ja), "{errno}");
    }
}

#[test]
fn follows_a_link_that_the_user_named_but_not_one_among_its_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    std::fs::write(&file, b"x").unwrap();
    symlink(&file, &link).unwrap();
    assert_eq!(code(read_bounded(&link, 10)), Ok(b"x".to_vec()));
    assert_eq!(code(read_own(&link, 10)), Err("E1-NOT-A-FILE"));
    assert_eq!(code(read_own(&file, 10)), Ok(b"x".to_vec()));
}

#[test]
fn reads_a_secret_into_one_buffer_that_does_not_move() {
    /// Gives one byte at a time, and remembers where to.
    struct Drops(u8, Vec<usize>);
    impl Read for Drops {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.1.push(to.as_ptr().addr());
            to[0] = self.0;
            self.0 += 1;
            Ok(usize::from(self.0 <= 30))
        }
    }
    let mut drops = Drops(0, Vec::new());
    let secret = fill_secret(&mut drops, 64).unwrap();
    assert_eq!(*secret, (0..30).collect::<Vec<u8>>());
    let start = secret.as_ptr().addr();
    assert_eq!(drops.1, (start..=start + 30).collect::<Vec<_>>());
}

#[test]
fn reads_a_secret_up_to_its_limit_and_from_regular_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let code = |limit| read_secret(&file, limit).map(|s| s.to_vec()).map_err(|e| e.code());
    std::fs::write(&file, b"1SXAS").unwrap();
    assert_eq!(code(5), Ok(b"1SXAS".to_vec()));
    assert_eq!(code(4), Err("E1-TOO-LARGE"));
    let refused = read_secret(folder.path(), 5).map_err(|e| e.code());
    assert_eq!(refused, Err("E1-NOT-A-FILE"));
}

#[test]
fn takes_off_armor_with_a_mark_carriage_returns_and_blanks() {
    let armor = wrap_certificate(&[9; 100]);
    let mangled = format!("\u{FEFF}\r\n {} \r\n\r\n", armor.replace('\n', " \t\r\n"));
    assert_eq!(unwrap_certificate(mangled.into_bytes()), Ok(vec![9; 100]));
}

#[test]
fn refuses_armor_with_a_foreign_line_inside() {
    let armor = wrap_certificate(&[9; 100]).replacen('\n', "\nComment: x\n", 1);
    let refused = unwrap_certificate(armor.into_bytes()).map_err(|e| e.code());
    assert_eq!(refused, Err("E1-ARMOR"));
}

#[test]
fn passes_bytes_that_are_no_armor_unchanged() {
    assert_eq!(unwrap_certificate(vec![0xd2, 0x84]), Ok(vec![0xd2, 0x84]));
    assert_eq!(unwrap_certificate(b"text".to_vec()), Ok(b"text".to_vec()));
}

#[test]
fn the_start_of_a_file_decides_how_much_of_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("carrier");
    let read = |bytes: &[u8], limit: usize| {
        std::fs::write(&file, bytes).unwrap();
        let mut start = Vec::new();
        let read = read_limited(&file, |found| {
            start = found.to_vec();
            limit
        });
        (read.map_err(|e| e.code()), start)
    };
    for length in [0, 1, 127, 128, 129, 9_000] {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
        let start = bytes[..length.min(128)].to_vec();
        assert_eq!(read(&bytes, length), (Ok(bytes.clone()), start.clone()), "{length}");
        if length > 0 {
            assert_eq!(read(&bytes, length - 1), (Err("E1-TOO-LARGE"), start), "{length}");
        }
    }
}
