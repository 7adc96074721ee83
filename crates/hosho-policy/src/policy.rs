use std::collections::BTreeSet;

use hosho::{Certificate, Fingerprint, GuaranteeKind, fold_name};

use crate::error::PolicyError;
use crate::finding::Finding;
use crate::judge;
use crate::read;
use crate::related::{Related, Relative};
use crate::settings::{Setting, Settings};

/// What an obligee asks of guarantees: the figures of every rule, with exceptions for obligees,
/// kinds of guarantee and categories of works.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) service_categories: BTreeSet<String>,
    pub(crate) settings: Settings,
    pub(crate) overrides: Vec<Override>,
}

/// Figures for some certificates only. A condition that is none holds for every certificate.
#[derive(Clone, Debug)]
pub(crate) struct Override {
    /// Names of obligees, folded (spec R-NAME-1).
    pub(crate) obligees: Option<BTreeSet<String>>,
    pub(crate) kinds: Option<Vec<GuaranteeKind>>,
    /// Categories of works, folded in the same way.
    pub(crate) categories: Option<BTreeSet<String>>,
    pub(crate) settings: Vec<Setting>,
}

/// What the works are, as far as R1 and R2 tell them apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Field {
    /// Design, survey and measuring.
    Services,
    /// Everything else.
    Works,
}

/// The categories of works that R2 is about, unless a policy lists others.
const SERVICES: [&str; 8] =
    ["design", "measuring", "services", "survey", "業務委託", "測量", "設計", "調査"];

impl Policy {
    /// The most bytes of a policy: some thousand overrides.
    pub const MAX_LEN: usize = 256 * 1024;

    /// Returns the usual policy: the figures of `docs/policy.md`, the same for every obligee.
    pub fn usual() -> Self {
        Self {
            fingerprint: None,
            service_categories: SERVICES.into_iter().map(fold_name).collect(),
            settings: Settings::USUAL,
            overrides: Vec::new(),
        }
    }

    /// Reads a policy: TOML with the keys of `docs/policy.md` and no others.
    ///
    /// What it does not set is as in [`Policy::usual`].
    ///
    /// # Errors
    /// Names the path of the key that is wrong.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        read::policy(text)
    }

    /// Reads a policy from the bytes of a file.
    ///
    /// # Errors
    /// As [`Policy::parse`]; text that is not UTF-8 is not TOML.
    pub fn from_file(bytes: &[u8]) -> Result<Self, PolicyError> {
        read::file(bytes)
    }

    /// Returns the SHA-256 of the text that was read; nothing for the usual policy.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint
    }

    /// Returns what the policy says about a certificate, in the order of the rules.
    ///
    /// `history` are earlier revisions of the same guarantee, in any order, as far as they are
    /// known; `companions` are certificates about the same contract, of which the guarantee of the
    /// first advance and the performance guarantee are looked at. Others are passed over. What
    /// cannot be told without them is said so in the findings.
    pub fn findings(
        &self,
        certificate: &Certificate<'_>,
        history: &[&Certificate<'_>],
        companions: &[&Certificate<'_>],
    ) -> Vec<Finding> {
        let all = history.iter().chain(companions).map(|it| Relative::of(it));
        self.findings_among(certificate, &Related::of(all.collect()))
    }

    /// Returns what the policy says about a certificate among others, as [`Policy::findings`].
    pub fn findings_among(&self, certificate: &Certificate<'_>, related: &Related) -> Vec<Finding> {
        let (settings, field) = self.for_certificate(certificate);
        judge::findings(certificate, related, &settings, field)
    }

    fn for_certificate(&self, certificate: &Certificate<'_>) -> (Settings, Field) {
        let claims = certificate.claims();
        let category = fold_name(claims.work.category.as_str());
        let mut settings = self.settings.clone();
        if !self.overrides.is_empty() {
            let obligee = fold_name(claims.obligee.name.as_str());
            let matching =
                self.overrides.iter().filter(|it| it.matches(&obligee, claims.kind, &category));
            for setting in matching.flat_map(|it| &it.settings) {
                settings.apply(setting);
            }
        }
        let services = self.service_categories.contains(&category);
        (settings, if services { Field::Services } else { Field::Works })
    }
}

impl Override {
    fn matches(&self, obligee: &str, kind: GuaranteeKind, category: &str) -> bool {
        self.obligees.as_ref().is_none_or(|names| names.contains(obligee))
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
            && self.categories.as_ref().is_none_or(|names| names.contains(category))
    }
}
