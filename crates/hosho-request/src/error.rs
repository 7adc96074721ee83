//! Why a request was refused: where, by which rule, and what to do.

use std::error::Error;
use std::fmt;

use hosho::ParseError;

/// Why a request was refused.
///
/// Names the field by its path (`work.term.to`) and the rule by its code; never repeats what the
/// field held.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestError {
    path: String,
    problem: RequestProblem,
}

/// What is wrong with a field of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestProblem {
    /// The same name stands twice in one object.
    Duplicate,
    /// A required field is not there.
    Missing,
    /// The place needs a list.
    NotArray,
    /// The place needs `true` or `false`.
    NotBoolean,
    /// The place needs an integer of 0 or more, without quotes, point or exponent.
    NotInteger,
    /// The text is not one JSON value.
    NotJson {
        /// The line of the first error, from 1.
        line: usize,
        /// The column of the first error, from 1.
        column: usize,
    },
    /// The place needs an object.
    NotObject,
    /// The place needs a percentage with at most two decimals.
    NotPercentage,
    /// The place needs text in quotes.
    NotText,
    /// The value is `null`.
    Null,
    /// The request is larger than [`Request::MAX_LEN`](crate::Request::MAX_LEN).
    TooLarge,
    /// The name is not one of a request.
    Unknown,
    /// The word is not one of those that the schema lists for this field.
    UnknownWord,
    /// The value, or its combination with another field, breaks a rule of the format.
    Value(ParseError),
    /// The revision that is superseded is not the one directly before this one.
    WrongPredecessor,
}

impl RequestError {
    pub(crate) fn new(path: &str, problem: RequestProblem) -> Self {
        Self { path: path.to_owned(), problem }
    }

    pub(crate) fn value(path: &str, error: ParseError) -> Self {
        Self::new(path, RequestProblem::Value(error))
    }

    /// Returns the path of the field, as in `contractor.jv_members[0].role`; empty for the whole
    /// request.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what is wrong.
    pub fn problem(&self) -> RequestProblem {
        self.problem
    }

    /// Returns the stable code: that of the rule of the format, or `E1-REQUEST`.
    pub fn code(&self) -> &'static str {
        match self.problem {
            RequestProblem::Value(error) => error.code(),
            RequestProblem::TooLarge => "E1-TOO-LARGE",
            RequestProblem::WrongPredecessor => "E6-CHAIN",
            _ => "E1-REQUEST",
        }
    }

    /// Returns the message in Japanese, with what to do.
    pub fn to_japanese(&self) -> String {
        let advice = match self.problem {
            RequestProblem::Duplicate => {
                "同じ項目が二度あります。一つだけにしてください".to_owned()
            }
            RequestProblem::Missing => "必須の項目がありません。追加してください".to_owned(),
            RequestProblem::NotArray => "一覧 [...] で書いてください".to_owned(),
            RequestProblem::NotBoolean => "true または false で書いてください".to_owned(),
            RequestProblem::NotInteger => {
                "0以上の整数を、引用符・小数点・桁区切りなしで書いてください".to_owned()
            }
            RequestProblem::NotJson { line, column } => {
                format!("JSON として読めません({line}行{column}桁)。書式を直してください")
            }
            RequestProblem::NotObject => "{...} の形で書いてください".to_owned(),
            RequestProblem::NotPercentage => {
                "0より大きく100以下の数を、小数点以下2桁までで書いてください".to_owned()
            }
            RequestProblem::NotText => "引用符付きの文字列で書いてください".to_owned(),
            RequestProblem::Null => {
                "null は使えません。値を書くか、任意の項目なら省いてください".to_owned()
            }
            RequestProblem::TooLarge => "依頼が大きすぎます。64 KiB 以内にしてください".to_owned(),
            RequestProblem::Unknown => {
                "この項目はありません。綴りを直すか、削除してください".to_owned()
            }
            RequestProblem::UnknownWord => {
                "使えない語です。docs/request.schema.json の一覧から選んでください".to_owned()
            }
            RequestProblem::Value(error) => japanese_for_code(error.code()).to_owned(),
            RequestProblem::WrongPredecessor => {
                "直前の版の番号(revision − 1)を書いてください".to_owned()
            }
        };
        self.with_place(&advice)
    }

    fn with_place(&self, advice: &str) -> String {
        if self.path.is_empty() {
            format!("{}: {advice}", self.code())
        } else {
            format!("{}: {}: {advice}", self.path, self.code())
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match self.problem {
            RequestProblem::Duplicate => "the field is given twice; keep one".to_owned(),
            RequestProblem::Missing => "a required field is missing; add it".to_owned(),
            RequestProblem::NotArray => "write a list, [...]".to_owned(),
            RequestProblem::NotBoolean => "write true or false".to_owned(),
            RequestProblem::NotInteger => {
                "write an integer of 0 or more, without quotes, point or separators".to_owned()
            }
            RequestProblem::NotJson { line, column } => {
                format!("not JSON at line {line}, column {column}; correct the spelling there")
            }
            RequestProblem::NotObject => "write an object, {...}".to_owned(),
            RequestProblem::NotPercentage => {
                "write a number above 0 and up to 100 with at most two decimals".to_owned()
            }
            RequestProblem::NotText => "write text in quotes".to_owned(),
            RequestProblem::Null => {
                "null is not a value here; give one, or leave an optional field out".to_owned()
            }
            RequestProblem::TooLarge => "the request is larger than 64 KiB".to_owned(),
            RequestProblem::Unknown => {
                "a request has no such field; correct its name or remove it".to_owned()
            }
            RequestProblem::UnknownWord => {
                "choose one of the words that docs/request.schema.json lists".to_owned()
            }
            RequestProblem::Value(error) => {
                format!("{error}; {}", english_for_code(error.code()))
            }
            RequestProblem::WrongPredecessor => {
                "name the revision directly before this one (revision - 1)".to_owned()
            }
        };
        formatter.write_str(&self.with_place(&advice))
    }
}

impl Error for RequestError {}

/// What to do about a rule of the format, in English.
fn english_for_code(code: &str) -> &'static str {
    match code {
        "E6-TEXT-NFC" => "write the text in Unicode Normalization Form C",
        "E6-TEXT-CHARACTER" => "remove control, invisible or private-use characters",
        "E6-TEXT-SPACE" => "remove white space at the beginning and the end",
        "E6-TEXT-LENGTH" => "write 1 to 512 bytes (1 to 64 for a role, category or fiscal year)",
        "E6-TEXT-VARIATION" => "a variation selector may only follow a kanji",
        "E6-NUMBER" => "write 1 to 64 of the characters 0-9 A-Z a-z -",
        "E6-DATE" => "write an existing day as YYYY-MM-DD",
        "E6-PERIOD" => "the first day must not be after the last",
        "E6-YEN" => "write at most 9999999999999 yen",
        "E6-REVISION" => "write a revision of 1 to 65535",
        "E6-LINEAGE" => "revision 1 has no change; every later revision has one",
        "E6-KIND-FIELD" => "the field does not belong to this kind of guarantee, or is missing",
        "E6-CONCLUDED-ON" => "an advance-payment guarantee needs the day of the contract",
        "E6-TAX" => "the tax must not be larger than the price",
        "E6-MEMBERS" => "give 1 to 20 members, each share above 0 and up to 100 percent",
        "E6-CHANGE" => "give each kind once; voidance and rekey stand alone",
        _ => "correct the value",
    }
}

/// What is wrong with a value and what to do, in Japanese.
fn japanese_for_code(code: &str) -> &'static str {
    match code {
        "E6-TEXT-NFC" => "Unicode 正規化形式 C の文字で書いてください",
        "E6-TEXT-CHARACTER" => "制御文字・不可視文字・外字を除いてください",
        "E6-TEXT-SPACE" => "前後の空白を除いてください",
        "E6-TEXT-LENGTH" => "1〜512バイト(役割・区分・年度は1〜64バイト)で書いてください",
        "E6-TEXT-VARIATION" => "異体字セレクタは漢字の直後だけに置けます",
        "E6-NUMBER" => "半角英数字とハイフン1〜64字で書いてください",
        "E6-DATE" => "実在する日付を YYYY-MM-DD で書いてください",
        "E6-PERIOD" => "始まりの日は終わりの日以前にしてください",
        "E6-YEN" => "9,999,999,999,999円以下にしてください",
        "E6-REVISION" => "1〜65535にしてください",
        "E6-LINEAGE" => "初版には change を書かず、以後の版には必ず書いてください",
        "E6-KIND-FIELD" => "この保証の種類には書けない項目か、必須の項目の不足です",
        "E6-CONCLUDED-ON" => "前払金の保証には契約締結日が必要です",
        "E6-TAX" => "消費税額は請負代金額以下にしてください",
        "E6-MEMBERS" => "構成員は1〜20者、出資割合は0より大きく100以下にしてください",
        "E6-CHANGE" => "変更の種類は一度ずつ書き、取消と認証キー再発行は単独にしてください",
        _ => "値を直してください",
    }
}
