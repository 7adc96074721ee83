//! Who asks: extractors that let people in by their session.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use hosho_store::portal::{Account, AccountKind, ContractorId, Role};
use hosho_web::{Link, Page, Problem, SignedIn, View, Visitor, Words};
use serde::{Deserialize, Serialize};

use crate::decision::Person;
use crate::error::of_store;
use crate::portal::Portal;

/// What a session holds.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct LoggedIn {
    /// The account.
    pub(crate) account: String,
    /// Sessions of an earlier epoch ended with the password that they began with.
    pub(crate) epoch: u64,
}

/// Somebody who is logged in, who may have to change the password first.
pub(crate) struct Member {
    /// The account.
    pub(crate) account: Account,
    /// What a page is shown with.
    pub(crate) view: View,
}

/// Somebody of a contractor.
pub(crate) struct Applicant {
    /// The account.
    pub(crate) account: Account,
    /// The contractor.
    pub(crate) contractor: ContractorId,
    /// What a page is shown with.
    pub(crate) view: View,
}

/// Somebody at the guarantor's desk.
pub(crate) struct Staff {
    /// The account.
    pub(crate) account: Account,
    /// What a page is shown with.
    pub(crate) view: View,
}

/// Why somebody is not let in.
pub(crate) enum TurnedAway {
    /// To the login page, or to the page of the password.
    Elsewhere(&'static str),
    /// With a problem.
    Refused(Problem),
}

impl IntoResponse for TurnedAway {
    fn into_response(self) -> Response {
        match self {
            Self::Elsewhere(path) => Redirect::to(path).into_response(),
            Self::Refused(problem) => problem.into_response(),
        }
    }
}

impl From<Problem> for TurnedAway {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl FromRequestParts<Portal> for Member {
    type Rejection = TurnedAway;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, TurnedAway> {
        let visitor = Visitor::from_request_parts(parts, portal).await?;
        let view = View::from_request_parts(parts, portal).await?;
        let session = portal.sessions().load::<LoggedIn>(&visitor).await?;
        let account = match session {
            None => None,
            Some(session) => portal.account_of(&session.content).await?,
        };
        match account {
            Some(account) => Ok(Self { account, view }),
            None if parts.method == Method::GET => Err(TurnedAway::Elsewhere("/login")),
            None => Err(TurnedAway::Refused(Problem::login())),
        }
    }
}

impl Member {
    /// Begins a page for this person.
    pub(crate) fn page(&self, title: impl Into<String>) -> Page<'_> {
        page(&self.view, &self.account, title)
    }

    fn settled(self) -> Result<Self, TurnedAway> {
        if self.account.must_change {
            return Err(TurnedAway::Elsewhere("/password"));
        }
        Ok(self)
    }
}

impl FromRequestParts<Portal> for Applicant {
    type Rejection = TurnedAway;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, TurnedAway> {
        let Member { account, view } =
            Member::from_request_parts(parts, portal).await?.settled()?;
        match account.contractor {
            Some(contractor) => Ok(Self { account, contractor, view }),
            None => Err(Problem::not_found().into()),
        }
    }
}

impl Applicant {
    /// Begins a page for this person.
    pub(crate) fn page(&self, title: impl Into<String>) -> Page<'_> {
        page(&self.view, &self.account, title)
    }

    /// Returns the person as decisions see him.
    pub(crate) fn person(&self) -> Person {
        person(&self.account)
    }
}

impl FromRequestParts<Portal> for Staff {
    type Rejection = TurnedAway;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, TurnedAway> {
        let Member { account, view } =
            Member::from_request_parts(parts, portal).await?.settled()?;
        match account.kind {
            AccountKind::Staff => Ok(Self { account, view }),
            AccountKind::Contractor => Err(Problem::not_found().into()),
        }
    }
}

impl Staff {
    /// Begins a page for this person.
    pub(crate) fn page(&self, title: impl Into<String>) -> Page<'_> {
        page(&self.view, &self.account, title)
    }

    /// Returns the person as decisions see him.
    pub(crate) fn person(&self) -> Person {
        person(&self.account)
    }

    /// Lets only administrators go on.
    ///
    /// # Errors
    /// E10-FORBIDDEN.
    pub(crate) fn administers(&self) -> Result<(), Problem> {
        if self.account.roles.contains(&Role::Administrator) {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }
}

impl Portal {
    /// Returns the account of a session that still counts.
    async fn account_of(&self, session: &LoggedIn) -> Result<Option<Account>, Problem> {
        let Some(id) = hosho_store::portal::AccountId::parse(&session.account) else {
            return Ok(None);
        };
        let account = self.store().account(id).await.map_err(of_store)?;
        let counts =
            |account: &Account| account.disabled_at.is_none() && account.epoch == session.epoch;
        Ok(account.filter(counts))
    }
}

fn person(account: &Account) -> Person {
    Person { account: account.id, kind: account.kind, roles: account.roles.clone() }
}

fn page<'v>(view: &'v View, account: &Account, title: impl Into<String>) -> Page<'v> {
    let links: Vec<Link> = match account.kind {
        _ if account.must_change => Vec::new(),
        AccountKind::Contractor => CONTRACTOR.iter().map(link).collect(),
        AccountKind::Staff => DESK.iter().map(link).collect(),
    };
    let signed_in = SignedIn { name: account.name.clone(), leave: "/logout" };
    view.page(title).links(links).account(signed_in)
}

type Entry = (&'static str, &'static str, &'static str);

const CONTRACTOR: [Entry; 3] = [
    ("/", "保証と申込み", "Guarantees"),
    ("/applications/new", "新しい申込み", "New application"),
    ("/password", "パスワード", "Password"),
];
const DESK: [Entry; 6] = [
    ("/desk", "受付", "Applications"),
    ("/desk/guarantees", "保証契約", "Guarantees"),
    ("/desk/obligees", "発注者", "Obligees"),
    ("/desk/accounts", "アカウント", "Accounts"),
    ("/desk/log", "記録", "Log"),
    ("/password", "パスワード", "Password"),
];

fn link((path, ja, en): &Entry) -> Link {
    Link { path, words: Words { ja, en } }
}
