//! What is known of a request before its handler runs.

use std::sync::Arc;

use crate::cookie::Transport;
use crate::form::FormSecret;
use crate::lang::Lang;
use crate::page::Site;
use crate::source::Source;

/// What is known of a request; hardening puts it there, extractors read it.
#[derive(Clone)]
pub(crate) struct Context(Arc<Known>);

pub(crate) struct Known {
    pub(crate) form: FormSecret,
    pub(crate) id: String,
    pub(crate) lang: Lang,
    /// Without its query.
    pub(crate) path: String,
    /// The query of a page that has an address.
    pub(crate) query: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) site: Arc<Site>,
    pub(crate) source: Source,
    pub(crate) transport: Transport,
}

impl Context {
    pub(crate) fn new(known: Known) -> Self {
        Self(Arc::new(known))
    }

    pub(crate) fn form(&self) -> &FormSecret {
        &self.0.form
    }

    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    pub(crate) fn lang(&self) -> Lang {
        self.0.lang
    }

    pub(crate) fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns the address of the same page in another language.
    ///
    /// A page that answers a form has no address; its language is changed on the first page.
    pub(crate) fn switch(&self, to: Lang) -> String {
        let Some(query) = &self.0.query else { return format!("/?lang={to}") };
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
        let pairs: Vec<&str> = kept.collect();
        let pairs = if pairs.is_empty() { String::new() } else { pairs.join("&") + "&" };
        // With two of them at its beginning it would be the address of another host.
        let path = self.0.path.trim_start_matches(['/', '\\']);
        format!("/{path}?{pairs}lang={to}")
    }

    /// Returns the value of the session's cookie, whatever it is.
    pub(crate) fn session(&self) -> Option<&str> {
        self.0.session.as_deref()
    }

    pub(crate) fn site(&self) -> &Site {
        &self.0.site
    }

    pub(crate) fn source(&self) -> Source {
        self.0.source
    }

    pub(crate) fn transport(&self) -> Transport {
        self.0.transport
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;
    use crate::lang::Words;

    fn switched(path: &str, query: &str) -> String {
        let transport = Transport::Loopback;
        let name = Words { ja: "", en: "" };
        let known = Known {
            form: FormSecret::of(&HeaderMap::new(), transport).unwrap(),
            id: String::new(),
            lang: Lang::Ja,
            path: path.to_owned(),
            query: Some(query.to_owned()),
            session: None,
            site: Arc::new(Site { name, owner: String::new(), links: Vec::new() }),
            source: Source::UNKNOWN,
            transport,
        };
        Context::new(known).switch(Lang::En)
    }

    #[test]
    fn the_other_language_is_on_the_same_page_and_never_at_another_host() {
        assert_eq!(switched("/", ""), "/?lang=en");
        assert_eq!(
            switched("/certificate", "on=2026-11-22&lang=ja"),
            "/certificate?on=2026-11-22&lang=en"
        );
        for path in ["//evil.example/x", "/\\evil.example/x", "///\\/evil.example/x"] {
            assert_eq!(switched(path, ""), "/evil.example/x?lang=en");
        }
    }
}
