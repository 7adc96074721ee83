use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use hosho_cli::input::wrap_certificate;

use super::*;

type Content = Result<Vec<u8>, &'static str>;
type Found = (String, Content);

fn found(archive: Archive<'_>) -> Vec<Found> {
    let one = |member: Member| (member.name, member.content.map_err(|damage| damage.code));
    archive.map(one).collect()
}

fn opened(bytes: &[u8]) -> Option<Vec<Found>> {
    Archive::open(Cursor::new(bytes.to_vec())).unwrap().map(found)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn armored(count: u8) -> String {
    (0..count).map(|byte| wrap_certificate(&[byte; 100])).collect()
}

fn numbered(blocks: impl IntoIterator<Item = Content>) -> Vec<Found> {
    (1..).zip(blocks).map(|(at, block): (u32, _)| (at.to_string(), block)).collect()
}

const DAMAGED: Content = Err("E1-ARMOR");

fn block(byte: u8) -> Vec<u8> {
    wrap_certificate(&[byte; 100]).into_bytes()
}

/// One header and its data, as POSIX tar writes them.
fn entry(name: &str, kind: u8, data: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
    header[148..156].fill(b' ');
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut bytes = header.to_vec();
    bytes.extend_from_slice(data);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 1024]].concat()
}

#[test]
fn armored_blocks_are_read_one_by_one() {
    let text = armored(3);
    let expected = numbered([Ok(block(0)), Ok(block(1)), Ok(block(2))]);
    assert_eq!(opened(text.as_bytes()).unwrap(), expected);
    assert_eq!(opened(&gzip(text.as_bytes())).unwrap(), expected);
    assert_eq!(found(Archive::within(text.as_bytes()).unwrap()), expected);
    let spaced = text.replace("-----BEGIN", "\n\n-----BEGIN");
    assert_eq!(opened(spaced.as_bytes()).unwrap(), expected);
}

#[test]
fn a_mark_and_carriage_returns_stay_for_the_reader_of_a_block() {
    let text = format!("\u{feff}{}", armored(2).replace('\n', "\r\n"));
    let blocks = opened(text.as_bytes()).unwrap();
    assert_eq!(blocks.len(), 2);
    for ((_, content), byte) in blocks.into_iter().zip(0..) {
        let object = hosho_cli::input::unwrap_certificate(content.unwrap()).unwrap();
        assert_eq!(object, [byte; 100]);
    }
}

#[test]
fn nothing_that_is_no_block_gets_lost_silently() {
    let (first, second) = (wrap_certificate(&[0; 100]), wrap_certificate(&[1; 100]));
    let spoilt = second.replace("BEGIN", "BEGN");
    for (text, expected) in [
        (format!("{first}{spoilt}{second}"), vec![Ok(block(0)), DAMAGED, Ok(block(1))]),
        (
            format!("{first}a remark\n\nand more\n{second}"),
            vec![Ok(block(0)), DAMAGED, Ok(block(1))],
        ),
        (
            first.replace("-----END HOSHO CERTIFICATE-----\n", "") + &second,
            vec![DAMAGED, Ok(block(1))],
        ),
        (format!("{first}{}", &second[..60]), vec![Ok(block(0)), DAMAGED]),
    ] {
        assert_eq!(opened(text.as_bytes()).unwrap(), numbered(expected), "{text}");
    }
}

#[test]
fn a_block_or_a_line_without_end_takes_bounded_memory() {
    let first = wrap_certificate(&[0; 100]);
    let begin = "-----BEGIN HOSHO CERTIFICATE-----\n";
    let long = format!("{first}{begin}{}", "A".repeat(300_000));
    assert_eq!(opened(long.as_bytes()).unwrap(), numbered([Ok(block(0)), Err("E1-TOO-LARGE")]));
    let lines = format!("{first}{begin}{}{first}", "AAAA\n".repeat(60_000));
    let expected = numbered([Ok(block(0)), Err("E1-TOO-LARGE"), Ok(block(0))]);
    assert_eq!(opened(lines.as_bytes()).unwrap(), expected);
}

#[test]
fn one_block_is_a_certificate_and_no_archive() {
    assert!(Archive::within(armored(1).as_bytes()).is_none());
    assert!(Archive::within(b"\xd2\x84").is_none());
    assert!(opened(b"text").is_none());
    assert!(opened(b"").is_none());
}

#[test]
fn the_files_of_a_tar_archive_are_read_with_their_names() {
    let long = "n".repeat(150);
    let pax = format!("27 mtime=1700000000.123456\n{} path={long}.hosho\n", 150 + 16);
    let bytes = tar(&[
        entry("folder/", b'5', b""),
        entry("folder/a.hosho", b'0', b"one"),
        entry("link", b'2', b""),
        entry("././@LongLink", b'L', format!("{long}\0").as_bytes()),
        entry("short", 0, &[7; 512]),
        entry("pax", b'x', pax.as_bytes()),
        entry("short", b'0', b""),
    ]);
    let expected = vec![
        ("folder/a.hosho".to_owned(), Ok(b"one".to_vec())),
        (long.clone(), Ok(vec![7; 512])),
        (format!("{long}.hosho"), Ok(Vec::new())),
    ];
    assert_eq!(opened(&bytes).unwrap(), expected);
    assert_eq!(opened(&gzip(&bytes)).unwrap(), expected);
    assert_eq!(found(Archive::within(&bytes).unwrap()), expected);
}

#[test]
fn a_large_member_is_passed_over_without_being_held() {
    let bytes = tar(&[entry("large", b'0', &vec![0; 100_000]), entry("b", b'0', b"2")]);
    let expected =
        vec![("large".to_owned(), Err("E1-TOO-LARGE")), ("b".to_owned(), Ok(b"2".to_vec()))];
    assert_eq!(opened(&bytes).unwrap(), expected);
}

#[test]
fn a_damaged_tar_archive_says_so_and_ends() {
    let whole = tar(&[entry("a", b'0', b"1"), entry("b", b'0', &[2; 600])]);
    let damaged = ("?".to_owned(), Err("E1-ARCHIVE"));
    let first = ("a".to_owned(), Ok(b"1".to_vec()));
    assert_eq!(opened(&whole[..1600]).unwrap(), [first.clone(), damaged.clone()]);
    let mut changed = whole.clone();
    changed[1024] ^= 1;
    assert_eq!(opened(&changed).unwrap(), [first.clone(), damaged.clone()]);
    let mut huge = entry("b", b'L', b"");
    huge[124..135].copy_from_slice(b"77777777777");
    huge[148..156].fill(b' ');
    let sum: u32 = huge[..512].iter().map(|byte| u32::from(*byte)).sum();
    huge[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    assert_eq!(opened(&tar(&[entry("a", b'0', b"1"), huge])).unwrap(), [first, damaged]);
}

#[test]
fn a_tar_archive_ends_with_two_blocks_of_zeros_and_nothing_behind_them() {
    let (a, b) = (entry("a", b'0', b"1"), entry("b", b'0', b"2"));
    let damaged = ("?".to_owned(), Err("E1-ARCHIVE"));
    let first = ("a".to_owned(), Ok(b"1".to_vec()));
    let (one, two) = (tar(std::slice::from_ref(&a)), tar(std::slice::from_ref(&b)));
    let wiped = [a.clone(), vec![0; 512], b[512..].to_vec(), two.clone()].concat();
    let late = [one.clone(), vec![0; 100_000], vec![1]].concat();
    for bytes in [wiped, [one.clone(), two].concat(), late, one[..one.len() - 512].to_vec()] {
        let expected = [first.clone(), damaged.clone()];
        assert_eq!(opened(&bytes).unwrap(), expected);
        assert_eq!(opened(&gzip(&bytes)).unwrap(), expected);
    }
    let padded = [one, vec![0; 100_000]].concat();
    assert_eq!(opened(&padded).unwrap(), std::slice::from_ref(&first));
    let mut sum = gzip(&padded);
    let at = sum.len() - 8;
    sum[at] ^= 1;
    assert_eq!(opened(&sum).unwrap(), [first, damaged]);
}

#[test]
fn damaged_gzip_is_a_damaged_archive() {
    let mut cut = gzip(&tar(&[entry("a", b'0', &[9; 4_000])]));
    cut.truncate(cut.len() / 2);
    let members = opened(&cut).unwrap();
    assert_eq!(members.last().unwrap(), &("?".to_owned(), Err("E1-ARCHIVE")));
    assert_eq!(opened(b"\x1f\x8bnonsense").unwrap(), [("?".to_owned(), Err("E1-ARCHIVE"))]);
}

#[test]
fn what_gzip_unpacks_is_capped() {
    let mut capped = Capped { inner: Cursor::new(vec![0; 100]), left: 99 };
    let mut bytes = Vec::new();
    let error = capped.read_to_end(&mut bytes).unwrap_err();
    assert_eq!(Damage::of(&error), Damage::TOO_LARGE);
}

#[test]
fn no_bytes_make_the_reader_of_archives_panic_or_run_on() {
    let seeds =
        [armored(2).into_bytes(), tar(&[entry("a", b'0', b"1"), entry("b", b'x', b"9 path=c\n")])];
    for seed in seeds {
        for at in 0..seed.len().min(1_400) {
            for bit in [1, 16, 128] {
                let mut bytes = seed.clone();
                bytes[at] ^= bit;
                if let Some(members) = opened(&bytes) {
                    assert!(members.len() < 8);
                }
            }
        }
    }
}
