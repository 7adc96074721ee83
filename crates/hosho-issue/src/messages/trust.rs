//! What is said about trust bundles that cannot be made.

use hosho::TrustError;
use hosho_cli::lang::Lang;

/// Returns why a trust bundle was not made, and the next step, without the code.
pub(crate) fn refused(error: TrustError, lang: Lang) -> String {
    let phrase = error.to_string();
    let phrase = phrase.strip_suffix(&format!(" ({})", error.code())).unwrap_or(&phrase);
    let (ja, en) = match error {
        TrustError::Roots { .. } => (
            "ルート鍵は 3〜8 本の異なる鍵とし、必要な署名の数は 2 以上で鍵の本数以下、\
             他の役割の鍵と重ならないようにしてください",
            "name 3 to 8 different root keys, none of which has another role, and a threshold of \
             at least 2 that they can reach",
        ),
        TrustError::Previous | TrustError::Sequence | TrustError::Guarantor => (
            "指定された信頼バンドルは、この依頼の一つ前のものではありません。\
             最新の信頼バンドルを --previous で指定してください",
            "the trust bundle given is not the one before this request; name the newest one with \
             --previous",
        ),
        TrustError::Entry { .. } => (
            "前のバンドルにある鍵の内容が変わるか、危殆化した鍵が失われます。署名しないでください",
            "a key of the bundle before would change, or a compromised one be forgotten; do not \
             sign it",
        ),
        TrustError::Parse(error) if matches!(error.code(), "E3-LENGTH" | "E3-SIZE") => (
            "信頼バンドルに載るのは鍵 256 本、証明 64 件までです。新しい識別子で新しいホームを作成してください",
            "a trust bundle holds 256 keys and 64 attestations at most; begin a new home with a \
             new guarantor-id",
        ),
        TrustError::Window { .. } | TrustError::Parse(_) => (
            "時計と、指定した日数を確かめてください",
            "no trust bundle was made, check the clock and the days given",
        ),
        _ => (
            "信頼バンドルのファイルを確かめ、正しいものを入手し直してください",
            "check the file of the trust bundle, and get the right one again",
        ),
    };
    match lang {
        Lang::Ja => format!("信頼バンドルを使用又は作成できません。{ja}"),
        _ => format!("{phrase}; {en}"),
    }
}
