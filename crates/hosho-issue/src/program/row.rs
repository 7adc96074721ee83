//! Results as rows of text, or as JSON objects for programs.

use hosho::{GuaranteeNumber, Revision};
use hosho_cli::lang::Lang;
use hosho_cli::output::Written;
use hosho_cli::path::shown;
use serde_json::{Value, json};

use super::{counts, print};
use crate::{Census, Published, WrittenBundle, WrittenSnapshot};

/// How results are printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rows {
    /// One JSON object a line, the same in every language.
    Json,
    /// Fields with tabs between.
    Text,
}

impl Rows {
    pub(super) const fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }

    /// Prints one result.
    fn print(self, text: &str, object: &Value) {
        match self {
            Self::Json => print(&object.to_string()),
            Self::Text => print(text),
        }
    }

    pub(super) fn issued(
        self,
        number: &GuaranteeNumber<'_>,
        revision: Revision,
        written: Written,
        lang: Lang,
    ) {
        let (word, is_new) = match written {
            Written::Now => (lang.pick("発行", "issued"), true),
            Written::Before => (lang.pick("発行済み", "unchanged"), false),
        };
        let object =
            json!({ "number": number.as_str(), "revision": revision.number(), "written": is_new });
        self.print(&format!("{number}\tr{revision}\t{word}"), &object);
    }

    pub(super) fn rekeyed(self, number: &GuaranteeNumber<'_>, revision: Revision, lang: Lang) {
        let word = lang.pick("認証キー再発行", "rekeyed");
        let object = json!({ "number": number.as_str(), "revision": revision.number() });
        self.print(&format!("{number}\tr{revision}\t{word}"), &object);
    }

    pub(super) fn bundle(self, WrittenBundle { file, sequence, roots }: &WrittenBundle) {
        let file = shown(file);
        let (number, print) = (sequence.number(), roots.to_string());
        let object = json!({ "file": file.as_str(), "sequence": number, "roots": print });
        self.print(&format!("{file}\t{sequence}\t{roots}"), &object);
    }

    /// What became of the next trust bundle.
    pub(super) fn published(self, published: &Published) {
        match published {
            Published::Installed { sequence } => {
                let object = json!({ "sequence": sequence.number() });
                self.print(&format!("bundle\t{sequence}"), &object);
            }
            Published::Waiting { request, fingerprint } => {
                let (file, print) = (shown(request), fingerprint.to_string());
                let object = json!({ "request": file.as_str(), "fingerprint": print });
                self.print(&format!("request\t{file}\t{fingerprint}"), &object);
            }
        }
    }

    pub(super) fn snapshot(self, WrittenSnapshot { file, list, sequence }: &WrittenSnapshot) {
        let file = shown(file);
        let object = json!({
            "file": file.as_str(), "list": list.number(), "sequence": sequence.number(),
        });
        self.print(&format!("{file}\t{list}\t{sequence}"), &object);
    }

    pub(super) fn census(self, census: &Census, lang: Lang) {
        let snapshots: Vec<Value> = census
            .snapshots
            .iter()
            .map(|(list, sequence)| json!({ "list": list, "sequence": sequence }))
            .collect();
        let object = json!({
            "records": census.records,
            "head": census.head.to_string(),
            "guarantees": census.guarantees,
            "certificates": census.certificates,
            "unfinished": census.unfinished,
            "ended": census.ended,
            "bundles": census.bundles,
            "unsigned_bundle": census.unsigned_bundle,
            "epoch": census.epoch,
            "of_older_epochs": census.outdated,
            "auth_keys_not_handed_out": census.owed,
            "snapshots": snapshots,
        });
        self.print(&counts(census, lang), &object);
    }
}
