//! Being told of changes by mail.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hosho_store::{NewWatch, Watching};
use hosho_web::{Checked, Problem, View, is_mail_address};
use serde::Deserialize;

use super::certificate::{Told, show_found};
use crate::app::{App, store_problem};
use crate::input::Fault;
use crate::random::random;
use crate::visit::Visit;

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    address: String,
}

pub(super) async fn watch(
    State(app): State<App>,
    view: View,
    visit: Visit,
    Checked(fields): Checked<Fields>,
) -> Result<Response, Problem> {
    let address = fields.address.trim();
    let found = visit.open(&app, None).await?;
    if !is_mail_address(address) {
        return refused(&app, &view, &visit, no_address()).await;
    }
    let watch = NewWatch {
        locator: &found.locator,
        mark: &app.mail_key.mark(&found.locator, address),
        address: &app.mail_key.seal(address, random()?),
        language: view.lang().code(),
    };
    match app.store.watch(&watch).await.map_err(store_problem)? {
        Watching::New | Watching::Already => {
            Ok(Redirect::to("/certificate?done=watching").into_response())
        }
        Watching::TooMany => {
            let fault = Fault::new(
                "address",
                "E10-CONFLICT",
                "この保証の知らせを受け取るアドレスが上限に達しています。使わないアドレスの知らせをやめてから、もう一度お試しください。",
                "As many addresses as there can be are told already. Stop telling one of them first.",
            );
            refused(&app, &view, &visit, fault).await
        }
    }
}

pub(super) async fn unwatch(
    State(app): State<App>,
    view: View,
    visit: Visit,
    Checked(fields): Checked<Fields>,
) -> Result<Response, Problem> {
    let address = fields.address.trim();
    let found = visit.open(&app, None).await?;
    if !is_mail_address(address) {
        return refused(&app, &view, &visit, no_address()).await;
    }
    let mark = app.mail_key.mark(&found.locator, address);
    app.store.unwatch(&found.locator, &mark).await.map_err(store_problem)?;
    Ok(Redirect::to("/certificate?done=unwatched").into_response())
}

fn no_address() -> Fault {
    Fault::new(
        "address",
        "E10-INPUT",
        "メールアドレスを、name@example.jp の形で入力してください。",
        "Enter a mail address of the form name@example.jp.",
    )
}

async fn refused(app: &App, view: &View, visit: &Visit, fault: Fault) -> Result<Response, Problem> {
    let found = visit.open(app, None).await?;
    let told = Told { faults: &[fault], status: StatusCode::BAD_REQUEST, ..Told::default() };
    show_found(app, view, visit, &found, told).await
}
