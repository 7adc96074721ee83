//! A visit: one opened certificate in one browser.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use hosho::{AuthKey, Date, GuaranteeNumber};
use hosho_web::{Problem, Visitor};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::app::App;
use crate::lookup::{Found, Looked, look_up};
use crate::pasted::Credentials;

/// What a visit remembers: encrypted in the database under a key that only the cookie holds.
#[derive(Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Remembered {
    number: String,
    auth_key: String,
}

impl Remembered {
    pub(crate) fn of(credentials: &Credentials) -> Self {
        Self {
            number: credentials.number.to_string(),
            auth_key: credentials.auth_key.expose_text().as_str().to_owned(),
        }
    }

    fn credentials(&self) -> Result<Credentials, Problem> {
        let unusable = |_| Problem::internal("damaged: a visit");
        let number = GuaranteeNumber::parse(self.number.clone()).map_err(unusable)?;
        let unusable = |_| Problem::internal("damaged: a visit");
        Ok(Credentials { number, auth_key: AuthKey::parse(&self.auth_key).map_err(unusable)? })
    }
}

/// Number and auth key of the visitor's certificate; an extractor. Without a visit it refuses.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) number: GuaranteeNumber<'static>,
    pub(crate) auth_key: AuthKey,
}

impl Visit {
    /// Opens the certificate again, judged on a day; that of today by default.
    pub(crate) async fn open(&self, app: &App, on: Option<Date>) -> Result<Found, Problem> {
        let now = app.clock.now();
        let on = on.unwrap_or_else(|| Date::in_japan(now));
        match look_up(app, &self.number, &self.auth_key, on, now).await? {
            Looked::Found(found) => Ok(*found),
            // Withdrawn since: the key was reissued.
            Looked::Miss => Err(over()),
        }
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let session = app.sessions.load::<Remembered>(&visitor).await?.ok_or_else(over)?;
        let Credentials { number, auth_key } = session.content.credentials()?;
        Ok(Self { number, auth_key })
    }
}

/// The visit is over, or there was none.
fn over() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "E10-VISIT",
        "証書の表示は終わっています。最初のページで、保証契約番号と認証キーをもう一度入力してください。",
        "This visit is over. Enter number and auth key on the first page again.",
    )
}
