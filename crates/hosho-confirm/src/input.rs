//! What was typed, as values; each error names its field.

use std::borrow::Cow;

use hosho::{AuthKey, AuthKeyError, Date, GuaranteeNumber};

use crate::pasted::{Credentials, PastedError};

/// What is wrong with a field and how to put it right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    /// The field.
    pub(crate) field: &'static str,
    /// The stable code.
    pub(crate) code: &'static str,
    /// In Japanese.
    pub(crate) ja: Cow<'static, str>,
    /// In English.
    pub(crate) en: Cow<'static, str>,
}

impl Fault {
    /// Makes a fault.
    pub(crate) fn new(
        field: &'static str,
        code: &'static str,
        ja: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { field, code, ja: ja.into(), en: en.into() }
    }
}

/// Reads a guarantee number.
///
/// # Errors
/// What to enter instead.
pub(crate) fn number(typed: &str) -> Result<GuaranteeNumber<'static>, Fault> {
    GuaranteeNumber::fold(typed).map_err(|error| {
        Fault::new(
            "number",
            error.code(),
            "保証契約番号を、お知らせのとおり、数字・英字・ハイフンで入力してください。",
            "Enter the guarantee number as the notice has it: digits, letters and hyphens.",
        )
    })
}

/// Reads an auth key.
///
/// # Errors
/// What is wrong with it, as far as its check symbols tell.
pub(crate) fn auth_key(typed: &str) -> Result<AuthKey, Fault> {
    AuthKey::parse(typed).map_err(mistyped)
}

/// Reads the day that is asked about; nothing typed means today.
///
/// # Errors
/// When it is no day.
pub(crate) fn on(typed: &str) -> Result<Option<Date>, Fault> {
    match typed.trim() {
        "" => Ok(None),
        typed => day(typed).map(Some),
    }
}

/// Reads a day.
///
/// # Errors
/// When it is none.
pub(crate) fn day(text: &str) -> Result<Date, Fault> {
    Date::parse(text).map_err(|_| {
        Fault::new(
            "on",
            "E6-DATE",
            "日付を 2026-01-10 の形で入力してください。",
            "Enter the day in the form 2026-01-10.",
        )
    })
}

/// Finds number and auth key in a text that was copied from somewhere.
///
/// # Errors
/// What is missing.
pub(crate) fn pasted(text: &str, field: &'static str) -> Result<Credentials, Fault> {
    Credentials::find(text).map_err(|error| {
        let (ja, en) = match error {
            PastedError::Mistyped(error) => return Fault { field, ..mistyped(error) },
            PastedError::NoKey => (
                "認証キー(5文字ずつ5組)が見当たりません。「認証キー等のお知らせ」の文面を貼り付けてください。",
                "There is no auth key (five groups of five) in it. Paste the text of the notice.",
            ),
            PastedError::NoNumber => (
                "保証契約番号が見当たりません。番号と認証キーを欄に分けて入力してください。",
                "There is no guarantee number in it. Enter number and key in their fields.",
            ),
            PastedError::Several => (
                "番号か認証キーが二つ以上あります。番号と認証キーを欄に分けて入力してください。",
                "There are several numbers or keys in it. Enter number and key in their fields.",
            ),
            PastedError::TooLong => (
                "長すぎます。「認証キー等のお知らせ」の文面だけを貼り付けてください。",
                "It is too long. Paste the text of the notice only.",
            ),
        };
        Fault::new(field, "E10-INPUT", ja, en)
    })
}

fn mistyped(error: AuthKeyError) -> Fault {
    let (ja, en): (Cow<'static, str>, Cow<'static, str>) = match (error, error.group()) {
        (AuthKeyError::Length, _) => (
            "認証キーは25文字(5文字ずつ5組)です。足りない文字や余分な文字がないか確かめてください。".into(),
            "An auth key has 25 characters in five groups of five. Look for missing or extra ones.".into(),
        ),
        (AuthKeyError::Symbol, _) => (
            "認証キーに使わない文字があります。使うのは数字と、I・L・O・U を除く英字です。".into(),
            "It has a character that no auth key has. They have digits and letters other than I, L, O and U.".into(),
        ),
        (AuthKeyError::Version, _) => (
            "この形の認証キーは 1 で始まります。お知らせと見比べてください。".into(),
            "An auth key of this kind begins with 1. Compare it with the notice.".into(),
        ),
        (_, Some(group)) => (
            format!("認証キーの第{group}組に入力の誤りがあります。お知らせと見比べてください。").into(),
            format!("There is a typing error in group {group}. Compare it with the notice.").into(),
        ),
        (_, None) => (
            "認証キーに入力の誤りがあります。お知らせと一組ずつ見比べてください。".into(),
            "There is a typing error in the auth key. Compare it with the notice, group by group.".into(),
        ),
    };
    Fault::new("auth_key", error.code(), ja, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_group_that_was_mistyped() {
        let fault = auth_key("10JT6-4Z5E1-8H60G-XWX85-H6N6Y").unwrap_err();
        assert_eq!((fault.field, fault.code), ("auth_key", "E2-CHECK"));
        assert!(fault.en.contains("group 3"), "{}", fault.en);
    }

    #[test]
    fn nothing_typed_is_no_day_and_a_day_that_does_not_exist_is_refused() {
        assert_eq!(on(" "), Ok(None));
        assert_eq!(on("2026-01-10"), Ok(Some(Date::parse("2026-01-10").unwrap())));
        assert_eq!(on("2026-02-29").unwrap_err().code, "E6-DATE");
    }

    #[test]
    fn a_pasted_fault_is_that_of_the_field_it_was_pasted_into() {
        let fault =
            pasted("31-07-1-0000123-9 10JT6-4Z5E1-8H60G-XWX85-H6N6Y", "pasted").unwrap_err();
        assert_eq!((fault.field, fault.code), ("pasted", "E2-CHECK"));
        assert_eq!(pasted("", "pasted").unwrap_err().code, "E10-INPUT");
    }
}
