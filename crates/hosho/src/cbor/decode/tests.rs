use super::*;

fn refusal<'a, T: core::fmt::Debug>(
    input: &'a [u8],
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, ParseError>,
) -> (Kind, usize) {
    let error = read(&mut Reader::new(input, 100)).expect_err("must be refused");
    (error.kind(), error.offset())
}

#[test]
fn reads_every_head_in_its_shortest_form_only() {
    let heads: [(&[u8], u64); 10] = [
        (&[0x00], 0),
        (&[0x17], 23),
        (&[0x18, 24], 24),
        (&[0x18, 0xff], 0xff),
        (&[0x19, 1, 0], 0x100),
        (&[0x19, 0xff, 0xff], 0xffff),
        (&[0x1a, 0, 1, 0, 0], 0x1_0000),
        (&[0x1a, 0xff, 0xff, 0xff, 0xff], 0xffff_ffff),
        (&[0x1b, 0, 0, 0, 1, 0, 0, 0, 0], 0x1_0000_0000),
        (&[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], u64::MAX),
    ];
    for (input, value) in heads {
        let mut reader = Reader::new(input, 0);
        assert_eq!(reader.uint(), Ok(value));
        assert_eq!(reader.finish(), Ok(()));
    }
    let longer: [&[u8]; 4] = [
        &[0x18, 23],
        &[0x19, 0, 0xff],
        &[0x1a, 0, 0, 0xff, 0xff],
        &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
    ];
    for input in longer {
        assert_eq!(refusal(input, Reader::uint), (Kind::NonMinimal, 100), "{input:02x?}");
    }
}

#[test]
fn refuses_a_head_that_is_cut_off_where_its_missing_part_begins() {
    assert_eq!(refusal(&[], Reader::uint), (Kind::Truncated, 100));
    for input in [&[0x18][..], &[0x19, 1], &[0x1a, 1, 0, 0], &[0x1b, 1, 0, 0, 0, 0, 0, 0]] {
        assert_eq!(refusal(input, Reader::uint), (Kind::Truncated, 101), "{input:02x?}");
    }
    assert_eq!(refusal(&[0x42, 1], Reader::bytes), (Kind::Truncated, 101));
    assert_eq!(refusal(&[0x58, 24, 1], Reader::bytes), (Kind::Truncated, 102));
}

#[test]
fn refuses_reserved_heads_and_indefinite_lengths() {
    for reserved in 0x1c..=0x1e {
        assert_eq!(refusal(&[reserved; 12], Reader::uint), (Kind::Type, 100));
    }
    assert_eq!(refusal(&[0x5f, 0x41, 0, 0xff], Reader::bytes), (Kind::Indefinite, 100));
    assert_eq!(refusal(&[0x7f, 0xff], Reader::text), (Kind::Indefinite, 100));
    assert_eq!(refusal(&[0x9f, 0xff], Reader::array), (Kind::Indefinite, 100));
    assert_eq!(refusal(&[0xbf, 0xff], Reader::map), (Kind::Indefinite, 100));
}

#[test]
fn refuses_a_length_beyond_the_input_without_reading_it() {
    let huge = [0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
    assert_eq!(refusal(&huge, Reader::bytes), (Kind::Truncated, 109));
    let huge = [0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
    assert_eq!(refusal(&huge, Reader::text), (Kind::Truncated, 109));
}

#[test]
fn names_the_first_byte_that_is_not_utf_8() {
    assert_eq!(refusal(&[0x63, b'a', 0xe3, 0x81], Reader::text), (Kind::Utf8, 102));
    assert_eq!(refusal(&[0x62, 0xc0, 0x80], Reader::text), (Kind::Utf8, 101));
    assert_eq!(refusal(&[0x63, 0xed, 0xa0, 0x80], Reader::text), (Kind::Utf8, 101));
}

#[test]
fn true_is_the_only_simple_value() {
    assert_eq!(Reader::new(&[0xf5], 0).truth(), Ok(()));
    for other in [0xf4, 0xf6, 0xf7, 0xf9, 0x01] {
        assert_eq!(refusal(&[other], Reader::truth), (Kind::Type, 100));
    }
    assert_eq!(refusal(&[], Reader::truth), (Kind::Truncated, 100));
}

/// Reads `{1: uint, ? 2: uint, 3: uint}`.
fn one_and_three(reader: &mut Reader<'_>) -> Result<(), ParseError> {
    let mut map = reader.map()?;
    map.required(reader, 1)?;
    reader.uint()?;
    if map.optional(reader, 2)? {
        reader.uint()?;
    }
    map.required(reader, 3)?;
    reader.uint()?;
    map.finish(reader)
}

#[test]
fn walks_the_keys_of_a_map_in_their_order() {
    assert_eq!(one_and_three(&mut Reader::new(&[0xa2, 1, 0, 3, 0], 0)), Ok(()));
    assert_eq!(one_and_three(&mut Reader::new(&[0xa3, 1, 0, 2, 0, 3, 0], 0)), Ok(()));
    let refused: [(&[u8], Kind, usize); 11] = [
        (&[0xa1, 1, 0], Kind::KeyMissing, 103),
        (&[0xa1, 3, 0], Kind::KeyMissing, 101),
        (&[0xa2, 0, 0, 1, 0], Kind::KeyUnknown, 101),
        (&[0xa2, 1, 0, 1, 0], Kind::KeyOrder, 103),
        (&[0xa3, 1, 0, 2, 0, 2, 0], Kind::KeyOrder, 105),
        (&[0xa3, 1, 0, 3, 0, 2, 0], Kind::KeyOrder, 105),
        (&[0xa3, 1, 0, 3, 0, 4, 0], Kind::KeyUnknown, 105),
        (&[0xa3, 1, 0, 3, 0, 0x20, 0], Kind::KeyUnknown, 105),
        (&[0xa2, 1, 0, 0x61, b'a', 0], Kind::Type, 103),
        (&[0xa2, 1, 0, 0x18, 3, 0], Kind::NonMinimal, 103),
        (&[0xa3, 1, 0, 3, 0], Kind::Truncated, 105),
    ];
    for (input, kind, offset) in refused {
        assert_eq!(refusal(input, one_and_three), (kind, offset), "{input:02x?}");
    }
}

#[test]
fn negative_labels_follow_the_others_and_rise_by_their_encoding() {
    fn labels(reader: &mut Reader<'_>) -> Result<(), ParseError> {
        let mut map = reader.map()?;
        map.required(reader, 1)?;
        map.required_negative(reader, 0)?;
        map.required_negative(reader, 1)?;
        map.finish(reader)
    }
    assert_eq!(labels(&mut Reader::new(&[0xa3, 1, 0x20, 0x21], 0)), Ok(()));
    let refused: [(&[u8], Kind, usize); 7] = [
        (&[0xa3, 1, 0x21, 0x20], Kind::KeyMissing, 102),
        (&[0xa3, 1, 0x20, 0x20], Kind::KeyOrder, 103),
        (&[0xa3, 1, 0x20, 1], Kind::KeyOrder, 103),
        (&[0xa3, 1, 2, 0x20], Kind::KeyUnknown, 102),
        (&[0xa2, 1, 0x20], Kind::KeyMissing, 103),
        (&[0xa4, 1, 0x20, 0x21, 0x22], Kind::KeyUnknown, 104),
        (&[0xa4, 1, 0x20, 0x21, 0x21], Kind::KeyOrder, 104),
    ];
    for (input, kind, offset) in refused {
        assert_eq!(refusal(input, labels), (kind, offset), "{input:02x?}");
    }
}
