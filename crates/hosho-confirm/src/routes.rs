//! All routes, hardened.

use axum::Router;
use hosho_web::{Hardening, Http, Limits, Link, Metrics, Problem, Site, Words, harden};

use crate::app::App;
use crate::{api, page, publish};

/// Returns the service as its pages show it; `operator` is whose service it is.
pub fn site(operator: &str) -> Site {
    Site {
        name: Words { ja: "保証証書確認サービス", en: "Guarantee confirmation" },
        owner: operator.to_owned(),
        links: vec![
            Link {
                path: "/", words: Words { ja: "証書を確認する", en: "Confirm a certificate" }
            },
            Link { path: "/help", words: Words { ja: "使い方", en: "Help" } },
        ],
    }
}

/// Returns the routes of the service with everything around them.
///
/// # Errors
/// When the system gives no random bytes.
pub fn router(app: App, site: Site, http: &Http, metrics: Metrics) -> Result<Router, Problem> {
    let mut hardening = Hardening::new(site, http, metrics)?.limits(page::OPEN, Limits::UPLOAD);
    for (route, limits) in publish::LIMITS.into_iter().chain([api::BATCH_LIMITS]) {
        hardening = hardening.limits(route, limits);
    }
    let routes = page::routes().merge(api::routes()).merge(publish::routes());
    Ok(harden(routes.with_state(app), hardening))
}
