//! Writes a folder with all that `hosho-confirm serve` needs, and with every sample published, to be
//! tried out or tested from outside. The keys are those of the tests: known to everybody.
//!
//! ```text
//! cargo run -p hosho-confirm --example sample_service -- FOLDER 127.0.0.1:8443 127.0.0.1:9100
//! cargo run -p hosho-confirm -- serve FOLDER/hosho-confirm.toml
//! ```
//!
//! `FOLDER/keys.json` holds number and auth key of each guarantee.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a folder that cannot be written ends it"
)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use hosho::{ListNumber, Revision, Sequence, StatusEntry, StatusIndex, SupersededBy};
use hosho_store::{ConfirmStore, Database, Kept, Publication, Schema, SealedOrder};
use hosho_testkit::{Guarantor, Sample, samples};
use hosho_web::Clock;
use serde_json::json;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |name| arguments.next().expect(name);
    let (folder, listen, metrics) =
        (PathBuf::from(argument("FOLDER")), argument("ADDRESS"), argument("METRICS"));
    let guarantor = Guarantor::new("g-mirai");
    let all = samples(&guarantor);
    let mut chains: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
    for sample in &all {
        chains.entry(sample.request.number.as_str()).or_default().push(sample);
    }
    write_files(&folder, &guarantor, &listen, &metrics);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(publish(&folder, &guarantor, &chains));
    let keys: Vec<_> = chains
        .iter()
        .filter_map(|(number, chain)| {
            let key = chain.last()?.auth_key.expose_text();
            Some(json!({ "number": number, "auth_key": key.as_str() }))
        })
        .collect();
    std::fs::write(folder.join("keys.json"), json!(keys).to_string()).unwrap();
}

fn write_files(folder: &Path, guarantor: &Guarantor, listen: &str, metrics: &str) {
    std::fs::create_dir_all(folder.join("mail")).unwrap();
    std::fs::write(folder.join("g-mirai.trust"), guarantor.bundle()).unwrap();
    let key = folder.join("mail.key");
    std::fs::write(&key, "ab".repeat(32)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let at = folder.display();
    let text = format!(
        "listen = \"{listen}\"\nmetrics = \"{metrics}\"\nbehind_proxy = {}\n\
         audience = \"confirm.example\"\noperator = \"みほん電子認証\"\n\
         database = \"sqlite://{at}/confirm.db\"\ntrust = [\"{at}/g-mirai.trust\"]\n\
         mail_key = \"{at}/mail.key\"\n\n[mail]\nfolder = \"{at}/mail\"\n\
         from = \"confirm@confirm.example\"\n",
        std::env::var_os("BEHIND_PROXY").is_some(),
    );
    std::fs::write(folder.join("hosho-confirm.toml"), text).unwrap();
}

async fn publish(folder: &Path, guarantor: &Guarantor, chains: &BTreeMap<&str, Vec<&Sample>>) {
    let url = format!("sqlite://{}", folder.join("confirm.db").display());
    let store = ConfirmStore::new(Database::open(&url, Schema::Confirm).await.unwrap());
    store.register(std::slice::from_ref(&guarantor.id)).await.unwrap();
    let now = Clock::system().now();
    let mut entries = Vec::new();
    for chain in chains.values() {
        let newest = chain.last().unwrap();
        let revisions: Vec<(Revision, &[u8])> =
            chain.iter().map(|it| (it.request.revision, it.sealed.as_slice())).collect();
        let order = SealedOrder {
            guarantor: &guarantor.id,
            locator: &newest.auth_key.locator(&newest.request.number),
            revisions: &revisions,
            replaces: &[],
            mail: "changed",
        };
        assert_ne!(store.publish(&order, now).await.unwrap(), Publication::Gap);
        for (sample, later) in chain.iter().zip(chain.iter().skip(1)) {
            entries.push((
                sample.status.index.number(),
                StatusEntry::Superseded {
                    on: later.request.issued_on,
                    current: newest.request.revision,
                    cause: SupersededBy::Amendment,
                },
            ));
        }
        entries.push((newest.status.index.number(), StatusEntry::InForce));
    }
    let mut draft = guarantor.snapshot_draft(entries);
    draft.last_index = StatusIndex::new(255).unwrap();
    draft.issued_at = now;
    let week = now.seconds().saturating_add(7 * 86_400);
    draft.next_update = hosho::UnixTime::from_seconds(week).unwrap();
    let (list, first) = (ListNumber::FIRST, Sequence::FIRST);
    draft.sequence = first;
    let bytes = guarantor.sign_snapshot(&draft);
    let kept = store.put_snapshot(&guarantor.id, list, first, &bytes).await.unwrap();
    assert_eq!(kept, Kept::New);
    store.database().close().await;
}
