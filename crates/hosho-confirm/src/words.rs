//! What a verdict means and what to do next, in the words of a page.

use hosho::{Standing, StatusGap, VerifyError};
use hosho_cli::lang::Lang;

/// What a verdict means for the one who asked; the page gives each a colour and a sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    /// The guarantee is in force.
    InForce,
    /// Genuine, and not in force on that day.
    NotInForce,
    /// It cannot be told.
    Undecided,
    /// Not to be relied on.
    Refused,
}

/// A verdict for people.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Words {
    /// The word of the contract, such as `in-force`.
    pub(crate) word: &'static str,
    /// What it means for the one who asked.
    pub(crate) class: Class,
    /// The verdict in one line.
    pub(crate) headline: &'static str,
    /// What to do next; empty where there is nothing to do.
    pub(crate) advice: &'static str,
}

impl Class {
    /// Returns the tone that the style sheet knows.
    pub(crate) const fn tone(self) -> &'static str {
        match self {
            Self::InForce => "good",
            Self::NotInForce | Self::Undecided => "care",
            Self::Refused => "bad",
        }
    }

    /// Returns the sign that carries the meaning where there is no colour.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::InForce => "✓",
            Self::NotInForce => "!",
            Self::Undecided => "?",
            Self::Refused => "✕",
        }
    }
}

impl Words {
    /// Returns the words for whether a genuine certificate is in force.
    pub(crate) const fn of_standing(standing: Standing, lang: Lang) -> Self {
        let class = match standing {
            Standing::InForce => Class::InForce,
            Standing::StatusUnknown(_) | Standing::StatusStale { .. } => Class::Undecided,
            _ => Class::NotInForce,
        };
        let (headline, advice) = standing_words(standing, lang);
        Self { word: standing.code(), class, headline, advice }
    }

    /// Returns the words for why a certificate is refused or cannot be judged.
    pub(crate) const fn of_refusal(error: &VerifyError, lang: Lang) -> Self {
        let class = match error {
            VerifyError::KeyUnknown { .. }
            | VerifyError::KeyCompromised { .. }
            | VerifyError::Proof { .. } => Class::Undecided,
            _ => Class::Refused,
        };
        let (headline, advice) = refusal_words(error, lang);
        Self { word: error.verdict(), class, headline, advice }
    }
}

const fn standing_words(standing: Standing, lang: Lang) -> (&'static str, &'static str) {
    let (ja, en) = match standing {
        Standing::InForce => (("真正で、有効です", ""), ("Genuine and in force", "")),
        Standing::Superseded => (
            ("真正ですが、別の版が効力を持ちます", "効力を持つ版は「変更の経過」で分かります。"),
            ("Genuine, but another revision governs", "The history below tells which one."),
        ),
        Standing::Voided => (
            (
                "真正ですが、取消し済みです(初めから効力がありません)",
                "この証書を根拠にせず、新たな保証を請負者に求めてください。",
            ),
            (
                "Genuine, but voided: it was never in force",
                "Do not rely on it; ask the contractor for a new guarantee.",
            ),
        ),
        Standing::Terminated => (
            (
                "真正ですが、解約済みです",
                "解約より前の日だけが保証されます。必要なら新たな保証を請負者に求めてください。",
            ),
            (
                "Genuine, but terminated",
                "Only days before the termination are covered; ask the contractor for a new guarantee if you need one.",
            ),
        ),
        Standing::Expired => (
            (
                "真正ですが、保証期間が過ぎています",
                "工事が続くなら、期間延長の保証を請負者に求めてください。以前の日については、日を指定して確認できます。",
            ),
            (
                "Genuine, but its period is over",
                "If the works go on, ask the contractor for an extension. For an earlier day, ask about that day.",
            ),
        ),
        Standing::NotYetInForce => (
            ("真正ですが、まだ効力がありません", "保証期間の初日以後に、改めて確認してください。"),
            (
                "Genuine, but not yet in force",
                "Confirm it again on or after the first day of its period.",
            ),
        ),
        Standing::StatusUnknown(_) => (
            (
                "真正ですが、有効かどうか分かりません",
                "保証事業会社の状態一覧が届いていません。時間をおいて確認するか、既に知っている連絡先で保証事業会社に確かめてください。",
            ),
            (
                "Genuine, but whether it is in force cannot be told",
                "The guarantor's status list is missing here. Try again later, or ask the guarantor by a contact that you know already.",
            ),
        ),
        Standing::StatusStale { .. } => (
            (
                "真正ですが、状態一覧が古く、有効かどうか分かりません",
                "時間をおいて確認するか、既に知っている連絡先で保証事業会社に確かめてください。",
            ),
            (
                "Genuine, but the status list is out of date: whether it is in force cannot be told",
                "Try again later, or ask the guarantor by a contact that you know already.",
            ),
        ),
    };
    match lang {
        Lang::Ja => ja,
        _ => en,
    }
}

const fn refusal_words(error: &VerifyError, lang: Lang) -> (&'static str, &'static str) {
    let (ja, en) = match error {
        VerifyError::KeyUnknown { .. } => (
            (
                "判断できません: 署名した鍵を、この確認サービスは知りません",
                "この確認サービスが扱う保証事業会社の証書かどうかを確かめてください。",
            ),
            (
                "Undecided: this service does not know the key that signed it",
                "Make sure that it is a certificate of a guarantor that this service serves.",
            ),
        ),
        VerifyError::KeyCompromised { .. } | VerifyError::Proof { .. } => (
            (
                "判断できません: 署名した鍵は盗まれたものです",
                "既に知っている連絡先で、保証事業会社に確かめてください。",
            ),
            (
                "Undecided: the key that signed it was stolen",
                "Ask the guarantor by a contact that you know already.",
            ),
        ),
        VerifyError::OtherGuarantee => (
            (
                "真正ですが、別の保証のものです",
                "入力した番号を「認証キー等のお知らせ」と見比べてください。正しければ、正しい証書を求めてください。",
            ),
            (
                "Genuine, but of another guarantee",
                "Compare the number with the notice. If it is right, ask for the right certificate.",
            ),
        ),
        VerifyError::OtherObligee => (
            ("真正ですが、被保証者が別の発注者です", "貴機関あての証書を請負者に求めてください。"),
            (
                "Genuine, but made out to another obligee",
                "Ask the contractor for the certificate that is made out to you.",
            ),
        ),
        VerifyError::KeyDoesNotFit => (
            (
                "認証キーがこの証書のものではありません",
                "番号と認証キーを「認証キー等のお知らせ」と見比べてください。再発行後は最新の認証キーだけが使えます。",
            ),
            (
                "The auth key is not the one of this certificate",
                "Compare number and key with the notice. After a reissue only the newest key serves.",
            ),
        ),
        _ => (
            (
                "真正ではありません",
                "信用しないでください。書面にある連絡先ではなく、既に知っている連絡先で保証事業会社に確かめてください。",
            ),
            (
                "Not genuine",
                "Do not rely on it. Ask the guarantor by a contact that you know already, not by one on the paper.",
            ),
        ),
    };
    match lang {
        Lang::Ja => ja,
        _ => en,
    }
}

/// Returns why the status cannot be told, in plain words.
pub(crate) const fn gap_phrase(gap: StatusGap, lang: Lang) -> &'static str {
    match gap {
        StatusGap::Conflicting => lang.pick(
            "同じ通し番号で内容の異なる状態一覧が二つあります",
            "there are two different status lists of one place in the series",
        ),
        StatusGap::NotIssued => lang.pick(
            "状態一覧にこの証書がありません",
            "the status list does not have this certificate",
        ),
        _ => lang.pick("状態一覧がありません", "there is no status list"),
    }
}
