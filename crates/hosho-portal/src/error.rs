//! From what can go wrong to what people are told.

use axum::http::StatusCode;
use hosho_request::RequestError;
use hosho_store::StoreError;
use hosho_web::Problem;

use crate::decision::Forbidden;

/// Returns the problem for a database that did not do what it was asked.
pub(crate) fn of_store(error: StoreError) -> Problem {
    match error {
        StoreError::Conflict => conflict(),
        error @ (StoreError::Contended | StoreError::Unavailable { .. }) => Problem::away(error),
        error => Problem::internal(error),
    }
}

/// E10-CONFLICT: something else is there already.
pub(crate) fn conflict() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "E10-CONFLICT",
        "別の内容がすでに登録されています。ページを開き直して確かめてください。",
        "Something else is there already. Load the page again and look.",
    )
}

/// E10-TAKEN: somebody else decided in the meantime.
pub(crate) fn taken() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "E10-TAKEN",
        "この申込みは、ほかの担当者が先に処理しました。ページを開き直して確かめてください。",
        "Somebody else has decided about this application already. Load the page again and look.",
    )
}

/// E10-OUTDATED: another application changed the guarantee first.
pub(crate) fn outdated() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "E10-OUTDATED",
        "同じ保証契約の別の変更が先に成立したため、この申込みは返却されました。最新の版から申し込み直してください。",
        "Another change of the same guarantee was concluded first, so this application was returned. \
         Apply again from the newest revision.",
    )
}

/// Returns the problem for a decision that a person may not take.
pub(crate) fn of_forbidden(forbidden: Forbidden) -> Problem {
    match forbidden {
        Forbidden::NotNow => taken(),
        Forbidden::Role => Problem::forbidden(),
        Forbidden::TwoPeople => Problem::new(
            StatusCode::FORBIDDEN,
            "E10-TWO-PEOPLE",
            "承認には、申込みを入力した人・すでに承認した人とは別の担当者が必要です。別の担当者にご依頼ください。",
            "A second, different person is needed: nobody approves twice, or what he entered. Ask \
             somebody else.",
        ),
    }
}

/// Returns the problem for a stored application that does not read as one any more.
pub(crate) fn of_draft(error: &RequestError) -> Problem {
    Problem::internal(format_args!("damaged: a stored application: {}", error.code()))
}
