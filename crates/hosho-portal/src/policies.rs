//! The policies of obligees.

use std::collections::BTreeMap;
use std::path::Path;

use hosho::{Certificate, fold_name};
use hosho_cli::input::read_bounded;
use hosho_policy::{Finding, Policy};
use hosho_web::ConfigError;

/// The policy of each obligee that has one, and one for all others.
#[derive(Clone, Debug)]
pub struct Policies {
    of: BTreeMap<String, Policy>,
    default: Policy,
}

/// The name of the file for obligees without one of their own.
const DEFAULT: &str = "default";

impl Policies {
    /// Returns the usual policy for every obligee.
    pub fn usual() -> Self {
        Self { of: BTreeMap::new(), default: Policy::usual() }
    }

    /// Reads every `.toml` file of a folder; each is the policy of the obligee that it is named
    /// after.
    ///
    /// # Errors
    /// [`ConfigError`] for a folder that cannot be read, or a file that is no policy.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let unreadable = || {
            ConfigError::new(
                folder,
                "policy: フォルダーを読めません",
                "policy: the folder cannot be read",
            )
        };
        let mut policies = Self::usual();
        for entry in std::fs::read_dir(folder).map_err(|_| unreadable())? {
            let path = entry.map_err(|_| unreadable())?.path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let refused = || {
                ConfigError::new(
                    &path,
                    "方針として読めません。docs/policy.md の形で書いてください",
                    "is no policy; write it as docs/policy.md says",
                )
            };
            let bytes = read_bounded(&path, Policy::MAX_LEN).map_err(|_| refused())?;
            let policy = Policy::from_file(&bytes).map_err(|_| refused())?;
            let name = path.file_stem().and_then(|name| name.to_str()).ok_or_else(refused)?;
            if name == DEFAULT {
                policies.default = policy;
            } else {
                policies.of.insert(fold_name(name), policy);
            }
        }
        Ok(policies)
    }

    /// Returns what the policy of the certificate's obligee says about it.
    pub fn findings(
        &self,
        certificate: &Certificate<'_>,
        history: &[&Certificate<'_>],
        companions: &[&Certificate<'_>],
    ) -> Vec<Finding> {
        let obligee = fold_name(certificate.claims().obligee.name.as_str());
        let policy = self.of.get(&obligee).unwrap_or(&self.default);
        policy.findings(certificate, history, companions)
    }
}

#[cfg(test)]
mod tests {
    use hosho_request::Request;

    use super::*;

    #[test]
    fn each_obligee_has_the_policy_that_is_named_after_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("瑞穂県.toml"), "version = 1\nrules.R1.percent = 30\n")
            .unwrap();
        std::fs::write(folder.path().join("default.toml"), "version = 1\nrules.R1.percent = 20\n")
            .unwrap();
        std::fs::write(folder.path().join("README"), "no policy").unwrap();
        let policies = Policies::read(folder.path()).unwrap();
        let said = |name: &str| {
            let (_, bytes) = hosho_testkit::sample_requests()
                .into_iter()
                .find(|(sample, _)| sample == name)
                .unwrap();
            let certificate = Request::parse(&bytes).unwrap().to_unsigned().unwrap();
            let found = policies.findings(&certificate, &[], &[]);
            found.iter().map(Finding::to_english).collect::<String>()
        };
        // G01 is 瑞穂県's, G04 is 青嶺市's.
        assert!(said("G01-1").contains("which is 30% of the contract price"));
        assert!(said("G04-1").contains("which is 20% of the contract price"));
    }

    #[test]
    fn a_file_that_is_no_policy_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("瑞穂県.toml"), "version = 2").unwrap();
        let error = Policies::read(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("瑞穂県.toml: is no policy; write it as docs/policy.md says"));
    }
}
