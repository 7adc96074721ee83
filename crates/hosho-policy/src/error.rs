//! Why a policy was refused: where, and what to do.

use std::error::Error;
use std::fmt;

use crate::policy::Policy;

/// Why a policy was refused.
///
/// Names the key by its path (`override[0].rules.R7.unit_jpy`); never repeats what it held.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyError {
    path: String,
    problem: PolicyProblem,
}

/// What is wrong with a key of a policy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PolicyProblem {
    /// A required key is not there.
    Missing,
    /// The override would apply to every certificate.
    NoCondition,
    /// The place needs an amount of 1 to 9 999 999 999 999 whole yen, or the word `none`.
    NotAmount,
    /// The place needs a list.
    NotList,
    /// The place needs a percentage of 0 to 100 with at most two decimals.
    NotPercentage,
    /// The place needs a table.
    NotTable,
    /// The place needs text in quotes.
    NotText,
    /// The text is not TOML.
    NotToml {
        /// The line of the first error, from 1.
        line: usize,
        /// The column of the first error, from 1.
        column: usize,
    },
    /// The name or category is empty, or too long for a certificate.
    TextLength,
    /// The policy is larger than [`Policy::MAX_LEN`].
    TooLarge,
    /// The list has no entry, or more than it may have.
    Count {
        /// The most entries.
        most: usize,
    },
    /// The key is not one of a policy.
    Unknown,
    /// The word is not one of those that the schema lists for this key.
    UnknownWord,
    /// The version is not one that this program knows.
    Version,
}

impl PolicyError {
    pub(crate) fn new(path: &str, problem: PolicyProblem) -> Self {
        Self { path: path.to_owned(), problem }
    }

    /// Returns the path of the key; empty for the whole policy.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what is wrong.
    pub const fn problem(&self) -> PolicyProblem {
        self.problem
    }

    /// Returns the stable code of spec section 14.
    pub const fn code(&self) -> &'static str {
        match self.problem {
            PolicyProblem::TooLarge => "E1-TOO-LARGE",
            _ => "E1-POLICY",
        }
    }

    /// Returns the message in Japanese, with what to do.
    pub fn to_japanese(&self) -> String {
        self.with_place(&match self.problem {
            PolicyProblem::Missing => "必須の項目がありません。追加してください".to_owned(),
            PolicyProblem::NoCondition => {
                "obligees、kinds、categories のどれかを書くか、全体の rules に移してください"
                    .to_owned()
            }
            PolicyProblem::NotAmount => {
                "1〜9999999999999 の整数(円)か \"none\" を書いてください".to_owned()
            }
            PolicyProblem::NotList => "一覧 [...] で書いてください".to_owned(),
            PolicyProblem::NotPercentage => {
                "0〜100 の数を、小数点以下2桁までで書いてください".to_owned()
            }
            PolicyProblem::NotTable => "表 [...] の形で書いてください".to_owned(),
            PolicyProblem::NotText => "引用符付きの文字列で書いてください".to_owned(),
            PolicyProblem::NotToml { line, column } => {
                format!("TOML として読めません({line}行{column}桁)。書式を直してください")
            }
            PolicyProblem::TextLength => {
                "名称は1〜512バイト、区分は1〜64バイトで書いてください".to_owned()
            }
            PolicyProblem::TooLarge => {
                format!("{} KiB 以内にしてください", Policy::MAX_LEN / 1024)
            }
            PolicyProblem::Count { most } => format!("1〜{most} 件にしてください"),
            PolicyProblem::Unknown => {
                "この項目はありません。綴りを直すか、削除してください(docs/policy.md)".to_owned()
            }
            PolicyProblem::UnknownWord => {
                "使えない語です。docs/policy.md の一覧から選んでください".to_owned()
            }
            PolicyProblem::Version => "version = 1 と書いてください".to_owned(),
        })
    }

    fn with_place(&self, advice: &str) -> String {
        if self.path.is_empty() { advice.to_owned() } else { format!("{}: {advice}", self.path) }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match self.problem {
            PolicyProblem::Missing => "a required key is missing; add it".to_owned(),
            PolicyProblem::NoCondition => {
                "give obligees, kinds or categories, or move the rules out of the override"
                    .to_owned()
            }
            PolicyProblem::NotAmount => {
                "write whole yen, 1 to 9999999999999, or \"none\"".to_owned()
            }
            PolicyProblem::NotList => "write a list, [...]".to_owned(),
            PolicyProblem::NotPercentage => {
                "write a number of 0 to 100 with at most two decimals".to_owned()
            }
            PolicyProblem::NotTable => "write a table, [...]".to_owned(),
            PolicyProblem::NotText => "write text in quotes".to_owned(),
            PolicyProblem::NotToml { line, column } => {
                format!("not TOML at line {line}, column {column}; correct the spelling there")
            }
            PolicyProblem::TextLength => {
                "a name has 1 to 512 bytes and a category 1 to 64".to_owned()
            }
            PolicyProblem::TooLarge => {
                format!("the policy is larger than {} KiB", Policy::MAX_LEN / 1024)
            }
            PolicyProblem::Count { most } => format!("write 1 to {most} entries"),
            PolicyProblem::Unknown => {
                "a policy has no such key; correct its name or remove it (docs/policy.md)"
                    .to_owned()
            }
            PolicyProblem::UnknownWord => {
                "choose one of the words that docs/policy.md lists".to_owned()
            }
            PolicyProblem::Version => "write version = 1".to_owned(),
        };
        f.write_str(&self.with_place(&advice))
    }
}

impl Error for PolicyError {}
