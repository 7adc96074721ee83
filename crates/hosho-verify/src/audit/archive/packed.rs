//! Archives of kinds that are not read: their certificates can be had only once a person has
//! unpacked them.

use std::path::Path;

/// What such archives are called.
const NAMES: [&str; 20] = [
    "7z", "bz2", "lha", "lz", "lz4", "lzh", "lzma", "rar", "tb2", "tbz", "tbz2", "tlz", "txz",
    "tzst", "xz", "z01", "zip", "zipx", "zst", "zstd",
];

/// How they begin. Of a zip file the second is an empty one, the third the first of several parts;
/// of bzip2 the letters alone would be any text.
const MAGIC: [&[u8]; 12] = [
    ZIP,
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"\xFD7zXZ\0",
    b"7z\xBC\xAF\x27\x1C",
    b"\x28\xB5\x2F\xFD",
    b"Rar!\x1A\x07",
    b"\x04\x22\x4D\x18",
    b"LZIP\x01",
    b"\x1F\x9D",
    b"\x1F\xA0",
    b"\x5D\0\0\x80\0",
];

const ZIP: &[u8] = b"PK\x03\x04";

/// What follows `BZh` and the size of its blocks: a block, or the end of an empty one.
const BZIP2_BLOCKS: [&[u8]; 2] = [b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"];

/// Files that are zip archives inside and other files to everybody who uses them.
const DOCUMENTS: [&str; 40] = [
    "3mf", "aar", "apk", "appx", "docm", "docx", "dotm", "dotx", "ear", "epub", "ipa", "jar",
    "key", "kmz", "msix", "numbers", "nupkg", "odb", "odf", "odg", "odp", "ods", "odt", "otp",
    "ots", "ott", "oxps", "pages", "potx", "ppsx", "pptm", "pptx", "vsdx", "war", "whl", "xlsb",
    "xlsm", "xlsx", "xltx", "xpi",
];

/// Whether something by this name and with this beginning is such an archive, or was one before
/// its beginning was damaged.
pub(in crate::audit) fn is_packed(name: &Path, head: &[u8]) -> bool {
    let is_one_of = |names: &[&str]| {
        name.extension()
            .is_some_and(|extension| names.iter().any(|name| extension.eq_ignore_ascii_case(name)))
    };
    let magic = MAGIC.iter().any(|magic| head.starts_with(magic)) || is_bzip2(head) || is_lha(head);
    if magic && !(head.starts_with(ZIP) && is_one_of(&DOCUMENTS)) {
        return true;
    }
    is_one_of(&NAMES)
}

fn is_bzip2(head: &[u8]) -> bool {
    let [b'B', b'Z', b'h', b'1'..=b'9', blocks @ ..] = head else { return false };
    BZIP2_BLOCKS.iter().any(|start| blocks.starts_with(start))
}

/// The method of an LHA archive, `-lh5-` and the like, stands behind two bytes about its header.
fn is_lha(head: &[u8]) -> bool {
    matches!(head, [_, _, b'-', b'l', b'h' | b'z', b'0'..=b'9' | b'd' | b's', b'-', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_tells_an_archive_under_any_name() {
        for head in [
            &b"PK\x03\x04\x14\0"[..],
            b"PK\x05\x06\0\0",
            b"PK\x07\x08PK",
            b"\xFD7zXZ\0\0\x04",
            b"7z\xBC\xAF\x27\x1C\0\x04",
            b"\x28\xB5\x2F\xFD\x04",
            b"Rar!\x1A\x07\x01\0",
            b"\x04\x22\x4D\x18d",
            b"LZIP\x01\x0C",
            b"\x1F\x9D\x90",
            b"\x5D\0\0\x80\0\xFF",
            b"BZh91AY&SY\x01",
            b"BZh1\x17\x72\x45\x38\x50\x90",
            b"\x21\x09-lh5-\x70",
        ] {
            for name in ["year", "year.dat", "a/year.hosho", "x.tar#year.bin"] {
                assert!(is_packed(Path::new(name), head), "{name} {head:?}");
            }
        }
    }

    #[test]
    fn the_name_tells_an_archive_whose_beginning_is_damaged() {
        for name in ["year.zip", "year.ZIP", "year.tar.xz", "a.tar#b.7z", "y.tbz2", "y.tar.zst"] {
            assert!(is_packed(Path::new(name), b""), "{name}");
            assert!(is_packed(Path::new(name), b"text"), "{name}");
        }
    }

    #[test]
    fn a_document_that_is_a_zip_file_inside_stays_a_document_and_no_other_magic_excuses_it() {
        for name in ["minutes.docx", "list.XLSX", "x.tar#plan.pptx", "a.odt", "tool.jar"] {
            assert!(!is_packed(Path::new(name), b"PK\x03\x04\x14"), "{name}");
            assert!(is_packed(Path::new(name), b"7z\xBC\xAF\x27\x1C"), "{name}");
        }
    }

    #[test]
    fn other_files_are_none() {
        for (name, head) in [
            ("readme.txt", &b"PK is short for Katz"[..]),
            ("readme.txt", b"BZh9 is how bzip2 begins"),
            ("readme.txt", b"Rar! they cried"),
            ("zip", b"text"),
            ("year.gz", b"\x1F\x8B\x08"),
            ("photo.jpg", b"\xFF\xD8\xFF"),
            ("rules", b"a - lh5-"),
            ("empty", b""),
        ] {
            assert!(!is_packed(Path::new(name), head), "{name} {head:?}");
        }
    }
}
