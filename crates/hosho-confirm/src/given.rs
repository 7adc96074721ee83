//! Answers that obligees gave, and those that are being given.

use hosho::{Revision, Text, UnixTime};
use hosho_publish::{Answer, AnswerError, Judgement};
use hosho_store::{Answered, Located, StoredAnswer};
use hosho_web::Problem;

use crate::app::{App, store_problem};
use crate::input::Fault;
use crate::lookup::Found;
use crate::random::random;
use crate::visit::Visit;

/// An answer that stands, as those read it who have the auth key.
#[derive(Debug)]
pub(crate) struct GivenAnswer {
    pub(crate) revision: Revision,
    pub(crate) at: UnixTime,
    pub(crate) answer: Answer,
}

impl GivenAnswer {
    /// Opens stored answers with the key of a visit; one that does not open is passed over, and
    /// the operator is told.
    pub(crate) fn all(stored: Vec<StoredAnswer>, visit: &Visit) -> Vec<Self> {
        let open = |stored: StoredAnswer| {
            let StoredAnswer { revision, at, sealed } = stored;
            match Answer::open(&sealed, &visit.auth_key, &visit.number, revision) {
                Ok(answer) => Some(Self { revision, at, answer }),
                Err(error) => {
                    tracing::error!(%error, "damaged: a stored answer");
                    None
                }
            }
        };
        stored.into_iter().filter_map(open).collect()
    }
}

/// An answer as it was typed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed<'t> {
    pub(crate) revision: u16,
    pub(crate) judgement: Judgement,
    pub(crate) reason: &'t str,
    pub(crate) by: &'t str,
}

/// What became of an answer.
pub(crate) enum Given {
    /// Another one stands.
    Before,
    /// It stands.
    Now,
}

/// Reads what was typed.
///
/// # Errors
/// Each field that has to be put right.
pub(crate) fn read(typed: Typed<'_>) -> Result<(Revision, Answer), Vec<Fault>> {
    let mut faults = Vec::new();
    let revision = Revision::new(typed.revision).map_err(|_| {
        faults.push(Fault::new(
            "revision",
            "E6-REVISION",
            "版の番号を確かめてください。",
            "Check the number of the revision.",
        ));
    });
    let by = text(typed.by, "by", &mut faults);
    let reason = match typed.reason.trim() {
        "" => Some(None),
        reason => text(reason, "reason", &mut faults).map(Some),
    };
    let (Ok(revision), Some(by), Some(reason)) = (revision, by, reason) else {
        return Err(faults);
    };
    match Answer::new(typed.judgement, reason, by) {
        Ok(answer) => Ok((revision, answer)),
        Err(AnswerError::ReasonMissing) => Err(vec![Fault::new(
            "reason",
            "E10-INPUT",
            "差し戻すときは、理由を入力してください。",
            "Say why you return it.",
        )]),
        Err(error) => Err(vec![Fault::new(
            "answer",
            "E10-INPUT",
            "回答を読み取れません。もう一度入力してください。",
            error.to_string(),
        )]),
    }
}

/// Seals an answer and stores it; the first to a revision stands.
pub(crate) async fn give(
    app: &App,
    visit: &Visit,
    found: &Found,
    revision: Revision,
    answer: &Answer,
) -> Result<Given, Problem> {
    if found.opened.signed(revision).is_none() {
        return Err(Problem::input(
            "その版の証書はありません。ページを開き直してください。",
            "There is no such revision of this certificate. Load the page again.",
        ));
    }
    let sealed = answer.seal(&visit.auth_key, &visit.number, revision, random()?);
    let located = Located { locator: found.locator, revision };
    let now = app.clock.now();
    match app.store.answer(located, &sealed, now).await.map_err(store_problem)? {
        Answered::Now => {
            app.counts.answers.add_one();
            Ok(Given::Now)
        }
        Answered::Before => Ok(Given::Before),
    }
}

/// A text of one line: what separates lines becomes a blank, and letters are composed (NFC).
fn text(typed: &str, field: &'static str, faults: &mut Vec<Fault>) -> Option<Text<'static>> {
    let line = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    match Text::parse(line) {
        Ok(text) => Some(text),
        Err(error) => {
            let (ja, en) = match error.code() {
                "E6-TEXT-LENGTH" => (
                    "1文字以上、170文字程度までで入力してください。",
                    "Enter something, and at most 512 bytes of it.",
                ),
                "E6-TEXT-NFC" => (
                    "合成されていない濁点などの文字か、互換漢字があります。入力し直してください。",
                    "It has letters that are not composed, or compatibility characters. Type it anew.",
                ),
                _ => (
                    "使えない文字(制御文字・絵文字の異体字など)があります。入力し直してください。",
                    "It has a character that cannot be used, such as a control. Type it anew.",
                ),
            };
            faults.push(Fault::new(field, error.code(), ja, en));
            None
        }
    }
}
