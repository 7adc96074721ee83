//! Secrets cannot be copied, compared with `==`, or shown.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first broken assumption"
)]

use std::fmt::Display;

use hosho::{AuthKey, AuthKeyText, AuthMasterKey, SecretKey, Serial};
use hosho_testkit::{Guarantor, number, secret_key};

/// Does not compile if the type implements the trait: then two implementations of `Ambiguous`
/// apply, and the compiler cannot choose one.
macro_rules! assert_not_implemented {
    ($type:ty: $($bound:path),+) => {$(
        const _: fn() = || {
            trait Ambiguous<A> {
                fn item() {}
            }
            struct Other;
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $bound> Ambiguous<Other> for T {}
            let _ = <$type as Ambiguous<_>>::item;
        };
    )+};
}

assert_not_implemented!(AuthKey: Clone, Copy, Display, PartialEq, Default, std::ops::Deref);
assert_not_implemented!(AuthKeyText: Clone, Copy, Display, PartialEq, Default, std::ops::Deref);
assert_not_implemented!(AuthMasterKey: Clone, Copy, Display, PartialEq, Default, std::ops::Deref);
assert_not_implemented!(SecretKey: Clone, Copy, Display, PartialEq, Default, std::ops::Deref);

#[test]
fn debug_shows_nothing_of_a_secret() {
    let guarantor = Guarantor::new("g-mirai");
    let key = guarantor.auth_key(&number("31-07-1-0000123-9"), Serial::FIRST);
    assert_eq!(format!("{key:?}"), "AuthKey(..)");
    assert_eq!(format!("{:?}", key.expose_text()), "AuthKeyText(..)");
    assert_eq!(format!("{:?}", guarantor.master), "AuthMasterKey(..)");
    assert_eq!(format!("{:?}", secret_key("a label")), "SecretKey(..)");
}

#[test]
fn taking_a_secret_wipes_its_source() {
    let mut seed = [7; 32];
    let _ = SecretKey::take(&mut seed);
    assert_eq!(seed, [0; 32]);
    let mut master = [7; 32];
    let _ = AuthMasterKey::take(&mut master);
    assert_eq!(master, [0; 32]);
}

#[test]
fn only_the_same_auth_key_matches() {
    let guarantor = Guarantor::new("g-mirai");
    let number = number("31-07-1-0000123-9");
    let key = guarantor.auth_key(&number, Serial::FIRST);
    assert!(key.matches(&guarantor.auth_key(&number, Serial::FIRST)));
    let next = Serial::FIRST.next().expect("a serial");
    assert!(!key.matches(&guarantor.auth_key(&number, next)));
}
