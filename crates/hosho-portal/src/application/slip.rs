//! What is wrong with a field, and how to put it right.

use hosho_request::{RequestError, RequestProblem};
use hosho_web::Lang;

use super::typed::Unreadable;

/// What is wrong with one field of a form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Slip {
    /// The name of the field, which is the id of its element; empty for the whole form.
    pub(crate) field: String,
    /// The stable code.
    pub(crate) code: &'static str,
    ja: String,
    en: String,
}

impl Slip {
    /// What a page of ours never sends, or a person has to choose.
    pub(super) fn input(field: impl Into<String>, ja: &str, en: &str) -> Self {
        Self { field: field.into(), code: "E10-INPUT", ja: ja.to_owned(), en: en.to_owned() }
    }

    /// What could not be read.
    pub(super) fn unreadable(field: impl Into<String>, reason: Unreadable) -> Self {
        let field = field.into();
        let (code, ja, en) = match reason {
            Unreadable::Amount => (
                "E6-YEN",
                "金額を円単位の数字で入力してください(例: 132,000,000)",
                "Enter the amount in whole yen, such as 132,000,000",
            ),
            Unreadable::Negative => (
                "E6-YEN",
                "金額は0円以上で入力してください。減額のときも、変更後の金額を入力します",
                "Enter an amount of 0 yen or more; after a decrease, the amount that is left",
            ),
            Unreadable::Day => (
                "E6-DATE",
                "日付を 2026-05-08、令和8年5月8日、R8.5.8 のように入力してください",
                "Enter the day as 2026-05-08, 2026/5/8 or R8.5.8",
            ),
            Unreadable::Era => (
                "E6-DATE",
                "その元号の期間にない日付です。元号と年を確かめてください",
                "The day is not in that era: check era and year",
            ),
            Unreadable::NoSuchDay => (
                "E6-DATE",
                "暦にない日付です。月と日を確かめてください",
                "The calendar has no such day: check month and day",
            ),
            Unreadable::Year => (
                "E6-DATE",
                "西暦は4桁で、和暦は元号を付けて入力してください(例: 2026、令和8、R8)",
                "Write the year with four digits, or with its era, as in R8",
            ),
            Unreadable::Share => (
                "E1-REQUEST",
                "出資割合を小数点以下2桁までの数字で入力してください(例: 60、33.33)",
                "Enter the share as a percentage with at most two decimals, such as 60 or 33.33",
            ),
            Unreadable::Kanji { typed, standard } => return Self::kanji(field, typed, standard),
        };
        Self { field, code, ja: ja.to_owned(), en: en.to_owned() }
    }

    fn kanji(field: String, typed: char, standard: char) -> Self {
        let point = u32::from(typed);
        Self {
            field,
            code: "E6-TEXT-NFC",
            ja: format!(
                "「{typed}」(U+{point:04X})は証書に使えない字形です。差し支えなければ「{standard}」で\
                 入力し、そうでないときは取扱支店へご相談ください"
            ),
            en: format!(
                "\"{typed}\" (U+{point:04X}) cannot stand in certificates; enter \"{standard}\", or \
                 ask the guarantor's branch"
            ),
        }
    }

    /// What no field has room for.
    pub(super) fn too_long(field: impl Into<String>) -> Self {
        let (ja, en) = TOO_LONG;
        Self { field: field.into(), code: "E6-TEXT-LENGTH", ja: ja.to_owned(), en: en.to_owned() }
    }

    /// What the judge of requests refused.
    pub(super) fn refused(field: impl Into<String>, error: &RequestError) -> Self {
        let (ja, en) = match (error.problem(), error.code()) {
            (RequestProblem::Missing, _) => {
                ("入力してください".to_owned(), "Enter this".to_owned())
            }
            (_, code) => match advice(code) {
                Some((ja, en)) => (ja.to_owned(), en.to_owned()),
                None => (error.to_japanese(), error.to_string()),
            },
        };
        Self { field: field.into(), code: error.code(), ja, en }
    }

    /// Returns what is wrong and how to put it right.
    pub(crate) fn message(&self, lang: Lang) -> &str {
        lang.pick(&self.ja, &self.en)
    }
}

const TOO_LONG: (&str, &str) = (
    "長すぎます。全角170字(年度・区分・役割は21字)以内で入力してください",
    "This is too long: 512 bytes at most, or 64 for a year, category or role",
);

/// What to do about a rule of the format, on a form.
fn advice(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "E6-CHANGE" => {
            ("変更の種類の組合せを確かめてください", "These kinds of change do not go together")
        }
        "E6-CONCLUDED-ON" => {
            ("請負契約締結日を入力してください", "Enter when the contract was concluded")
        }
        "E6-KIND-FIELD" => (
            "この保証の種類に必要な項目を確かめてください",
            "Check what this kind of guarantee needs",
        ),
        "E6-MEMBERS" => (
            "構成員は20者まで、出資割合は0%より大きく100%以下で入力してください",
            "Enter at most 20 members, each with a share above 0 and up to 100 percent",
        ),
        "E6-NUMBER" => (
            "保証契約番号を半角の英数字とハイフンで入力してください(64字まで)",
            "Enter the number with letters, digits and hyphens, 64 at most",
        ),
        "E6-PERIOD" => (
            "終わりの日が始まりの日より前になっています。どちらかを直してください",
            "The last day is before the first: correct one of them",
        ),
        "E6-TAX" => (
            "消費税額が請負代金額を超えています。どちらかを直してください",
            "The tax is larger than the price: correct one of them",
        ),
        "E6-TEXT-CHARACTER" => (
            "使えない文字(改行・目に見えない文字・外字など)が入っています。入力し直してください",
            "There are characters that cannot be used, such as invisible ones or line breaks: type it \
             again",
        ),
        "E6-TEXT-LENGTH" => TOO_LONG,
        "E6-TEXT-VARIATION" => (
            "字形を選ぶ記号の位置が正しくありません。その文字を入力し直してください",
            "A variation selector stands in the wrong place: type that character again",
        ),
        "E6-YEN" => (
            "金額は9,999,999,999,999円以下で入力してください",
            "Enter at most 9,999,999,999,999 yen",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_in_both_languages_with_its_code() {
        let slip = Slip::unreadable("work.price_jpy", Unreadable::Negative);
        assert_eq!((slip.field.as_str(), slip.code), ("work.price_jpy", "E6-YEN"));
        assert!(slip.message(Lang::Ja).starts_with("金額は0円以上"));
        assert!(slip.message(Lang::En).starts_with("Enter an amount of 0 yen"));
    }

    #[test]
    fn a_kanji_is_named_with_the_one_to_use() {
        let reason = Unreadable::Kanji { typed: '\u{fa19}', standard: '\u{795e}' };
        let slip = Slip::unreadable("contractor.name", reason);
        assert_eq!(slip.code, "E6-TEXT-NFC");
        assert!(slip.message(Lang::Ja).contains("U+FA19"));
    }
}
