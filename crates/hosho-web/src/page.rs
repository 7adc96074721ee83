//! Pages: a frame with the service's name, its main parts, and the languages.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::assets;
use crate::context::Context;
use crate::form::{FormToken, unhardened};
use crate::lang::{Lang, Words};
use crate::problem::Problem;

/// A service, as its pages show it.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name, at the top of each page.
    pub name: Words,
    /// Whose service it is, beside the name; may be empty.
    pub owner: String,
    /// What everybody may go to.
    pub links: Vec<Link>,
}

/// A link of the navigation.
#[derive(Clone, Debug)]
pub struct Link {
    /// Where to.
    pub path: &'static str,
    /// What it says.
    pub words: Words,
}

/// What a handler needs to show a page; an extractor.
#[derive(Clone)]
pub struct View {
    context: Context,
    token: FormToken,
}

impl View {
    /// Returns the visitor's language.
    pub fn lang(&self) -> Lang {
        self.context.lang()
    }

    /// Returns the token that each form needs.
    pub fn token(&self) -> &FormToken {
        &self.token
    }

    /// Returns a page of that title, which is a heading and what the browser's tab says.
    pub fn page(&self, title: impl Into<String>) -> Page<'_> {
        Page {
            view: self,
            title: title.into(),
            status: StatusCode::OK,
            links: None,
            account: None,
            scripts: Vec::new(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for View {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = FormToken::from_request_parts(parts, state).await?;
        let context = parts.extensions.get::<Context>().cloned().ok_or_else(unhardened)?;
        Ok(Self { context, token })
    }
}

/// Who is logged in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The person's name.
    pub name: String,
    /// Where the form that logs out is sent.
    pub leave: &'static str,
}

/// A page that is being made.
#[must_use]
pub struct Page<'a> {
    view: &'a View,
    title: String,
    status: StatusCode,
    links: Option<Vec<Link>>,
    account: Option<SignedIn>,
    scripts: Vec<&'static str>,
}

impl Page<'_> {
    /// Gives the page another status than 200.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Puts these links in the place of the site's.
    pub fn links(mut self, links: Vec<Link>) -> Self {
        self.links = Some(links);
        self
    }

    /// Shows who is logged in, and a button to log out.
    pub fn account(mut self, account: SignedIn) -> Self {
        self.account = Some(account);
        self
    }

    /// Loads a script of the service's own, by its path; pages must work without.
    pub fn script(mut self, path: &'static str) -> Self {
        self.scripts.push(path);
        self
    }

    /// Returns the page with `main` between its frame.
    ///
    /// # Errors
    /// An internal problem when the template fails.
    pub fn show(self, main: &impl Template) -> Result<Response, Problem> {
        let main = main.render().map_err(Problem::internal)?;
        let context = &self.view.context;
        let lang = context.lang();
        let frame = Frame {
            lang,
            other: lang.other(),
            switch: &context.switch(lang.other()),
            path: context.path(),
            site: context.site().name,
            owner: &context.site().owner,
            title: &self.title,
            links: self.links.as_deref().unwrap_or(&context.site().links),
            account: self.account.as_ref(),
            scripts: &self.scripts,
            token: &self.view.token,
            stylesheet: assets::stylesheet(),
            main: &main,
        };
        let html = frame.render().map_err(Problem::internal)?;
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        Ok((self.status, [(header::CONTENT_TYPE, kind)], html).into_response())
    }
}

#[derive(Template)]
#[template(path = "frame.html")]
struct Frame<'a> {
    lang: Lang,
    other: Lang,
    switch: &'a str,
    path: &'a str,
    site: Words,
    owner: &'a str,
    title: &'a str,
    links: &'a [Link],
    account: Option<&'a SignedIn>,
    scripts: &'a [&'static str],
    token: &'a FormToken,
    stylesheet: &'a str,
    main: &'a str,
}

impl Frame<'_> {
    /// Returns what `aria-current` says of a link: `page` of the page that is shown, `true` of the
    /// one that it lies under, if that is not a link itself.
    fn current(&self, link: &Link) -> Option<&'static str> {
        if self.path == link.path {
            return Some("page");
        }
        let above = |link: &&Link| is_above(link.path, self.path);
        let nearest = self.links.iter().filter(above).max_by_key(|link| link.path.len())?;
        (nearest.path == link.path).then_some("true")
    }

    /// Returns the parts of the title, and whether each is a number such as `31-07-1-0000123-9`,
    /// which no line break may part.
    fn pieces(&self) -> impl Iterator<Item = (&str, bool)> {
        self.title.split_inclusive(char::is_whitespace).map(|piece| {
            let is_number = piece.starts_with(|c: char| c.is_ascii_digit()) && piece.contains('-');
            (piece, is_number)
        })
    }
}

/// Returns whether the page `below` is reached from `link`, by their paths. Each is
/// above itself.
fn is_above(link: &str, below: &str) -> bool {
    let rest = below.strip_prefix(link.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    lang: Lang,
    message: &'a str,
    code: &'a str,
    fields: Vec<&'a str>,
    id: Option<&'a str>,
}

/// Returns the page that tells a problem.
pub(crate) fn tell(context: &Context, problem: &Problem) -> Result<Response, Problem> {
    let lang = context.lang();
    let view = View { context: context.clone(), token: context.form().token(context.session()) };
    let title = title(problem.status(), lang);
    let main = ProblemPage {
        lang,
        message: problem.message(lang),
        code: problem.code(),
        fields: problem.fields().iter().map(|field| field.message(lang)).collect(),
        // Only a fault of the service needs the number; other pages are the same each time.
        id: problem.status().is_server_error().then(|| context.id()),
    };
    let response = view.page(title).status(problem.status()).show(&main)?;
    Ok(problem.complete(response))
}

fn title(status: StatusCode, lang: Lang) -> &'static str {
    match status.as_u16() {
        401 => lang.pick("ログインが必要です", "Please log in"),
        403 => lang.pick("この操作はできません", "This cannot be done"),
        404 => lang.pick("ページが見つかりません", "Page not found"),
        408 => lang.pick("時間切れです", "This took too long"),
        409 => lang.pick("すでに処理されています", "Something is there already"),
        413 => lang.pick("データが大きすぎます", "Too large"),
        429 => lang.pick("しばらくお待ちください", "Please wait"),
        400..=499 => lang.pick("入力内容を確認してください", "Please check what you entered"),
        503 => lang.pick("混み合っています", "Busy"),
        _ => lang.pick("問題が発生しました", "Something went wrong"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_lies_under_what_its_path_begins_with() {
        for (link, below) in [("/desk", "/desk"), ("/desk", "/desk/applications/7"), ("/", "/x/y")]
        {
            assert!(is_above(link, below), "{link} {below}");
        }
        for (link, below) in [("/desk", "/deskwork"), ("/desk/log", "/desk"), ("/desk", "/")] {
            assert!(!is_above(link, below), "{link} {below}");
        }
    }
}
