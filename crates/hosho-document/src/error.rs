//! Why a paper could not be made.

use std::fmt;

use hosho_cli::lang::Lang;

/// Why a paper could not be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DocumentError {
    /// The font that is built in cannot be used.
    Font,
    /// The sealed certificate is not the verified one, or the auth key does not open it.
    KeyDoesNotFit,
    /// The PDF could not be written as the standards for archiving and accessibility want it.
    Pdf,
    /// The certificate given as the previous revision is not the one that this one amends.
    Previous,
}

impl DocumentError {
    /// Returns the code of what failed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Font | Self::Pdf => "E1-PAPER",
            Self::KeyDoesNotFit => "E4-OPEN",
            Self::Previous => "E6-CHAIN",
        }
    }

    /// Returns what happened and the next step.
    pub const fn message(self, lang: Lang) -> &'static str {
        match self {
            Self::Font => lang.pick(
                "組み込みの書体を使えません。このプログラムを入れ直してください",
                "the built-in font cannot be used; install this program again",
            ),
            Self::KeyDoesNotFit => lang.pick(
                "認証キーが封のある証書に合いません。hosho-issue journal でホームを検査してください",
                "the auth key does not open the sealed certificate; check the home with hosho-issue journal",
            ),
            Self::Pdf => lang.pick(
                "PDF を作れません。この証書と --lang を添えて開発者に知らせてください",
                "the PDF cannot be made; tell the developers, with this certificate and --lang",
            ),
            Self::Previous => lang.pick(
                "一つ前の版がこの版につながりません。hosho-issue journal でホームを検査してください",
                "the previous revision does not lead to this one; check the home with hosho-issue journal",
            ),
        }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message(Lang::En))
    }
}

impl std::error::Error for DocumentError {}
