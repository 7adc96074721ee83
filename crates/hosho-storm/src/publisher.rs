//! A guarantor that publishes many certificates to a confirmation service, by signed requests.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hosho::{
    AuthKey, Date, GuaranteeNumber, ListNumber, Revision, SealNonce, Sequence, Serial,
    SignedCertificate, StatusEntry, StatusIndex, Text, UnixTime, seal,
};
use hosho_publish::confirmation::{SEALED, SNAPSHOTS, Sealed};
use hosho_publish::{
    Base64, Client, ClientError, ClientOrder, Outgoing, SealedRevision, Sender, Spelling,
    sign_request,
};
use hosho_testkit::{Guarantor, sample_claims};
use serde_json::Value;

use crate::stage::{CONFIRM, confirm_config, now, write_secrets};

/// The guarantor with a folder for its confirmation service.
#[derive(Debug)]
pub struct Publisher {
    pub guarantor: Guarantor,
    pub folder: tempfile::TempDir,
}

/// A certificate that can be published.
#[derive(Debug)]
pub struct Made {
    pub number: String,
    pub auth_key: String,
    pub signed: Vec<u8>,
    pub sealed: Sealed,
}

impl Publisher {
    pub fn new() -> Self {
        let (guarantor, folder) = (Guarantor::new("g-mirai"), tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("g-mirai.trust"), guarantor.bundle()).unwrap();
        write_secrets(folder.path());
        Self { guarantor, folder }
    }

    /// Returns the URL of a database in the folder.
    pub fn database(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("confirm.db").display())
    }

    /// Writes the service's configuration, with further lines of TOML.
    pub fn config(&self, name: &str, more: &str, database: &str) -> PathBuf {
        let listen = crate::process::free_address();
        let trust = self.trust();
        confirm_config(self.folder.path(), &trust, name, (listen, more), database)
    }

    pub fn trust(&self) -> PathBuf {
        self.folder.path().join("g-mirai.trust")
    }

    /// Issues the certificate of this index.
    pub fn make(&self, index: u32) -> Made {
        let today = Date::in_japan(now());
        let mut claims = sample_claims(&self.guarantor);
        claims.number = GuaranteeNumber::parse(format!("31-08-1-{index:07}-0")).unwrap();
        claims.work.contract_number = Text::parse(format!("第{index}号")).unwrap();
        claims.status.index = StatusIndex::new(index).unwrap();
        claims.binding = self.guarantor.binding(&claims.number, Serial::FIRST);
        claims.issued_on = today;
        claims.issued_at = now();
        let (number, key) = (claims.number.clone(), self.key(&claims.number));
        let signed = self.guarantor.issue(claims);
        let mut nonce = SealNonce { salt: [0; 16], iv: [0; 12] };
        nonce.salt[..4].copy_from_slice(&index.to_be_bytes());
        let sealed = seal(&SignedCertificate::parse(&signed).unwrap(), &key, &nonce);
        Made {
            number: number.to_string(),
            auth_key: key.expose_text().as_str().to_owned(),
            signed,
            sealed: Sealed {
                locator: Spelling(key.locator(&number)),
                revisions: vec![SealedRevision(Spelling(Revision::FIRST), Base64(sealed))],
                replaces: Vec::new(),
            },
        }
    }

    fn key(&self, number: &GuaranteeNumber<'_>) -> AuthKey {
        self.guarantor.auth_key(number, Serial::FIRST)
    }

    /// Returns a client of the service at an address.
    pub fn client(address: SocketAddr) -> Client {
        Client::new(&ClientOrder {
            url: format!("http://{address}"),
            audience: CONFIRM.to_owned(),
            ca_file: None,
            timeout: Duration::from_secs(30),
        })
        .unwrap()
    }

    fn sending<T>(&self, at: UnixTime, work: impl FnOnce(&Sender<'_>) -> T) -> T {
        let sign =
            |outgoing: &Outgoing<'_>| sign_request(outgoing, &self.guarantor.publish_key).ok();
        work(&Sender { guarantor_id: &self.guarantor.id, sign: &sign, now: at })
    }

    /// Publishes a certificate.
    ///
    /// # Errors
    /// When the service does not say that it has it.
    pub fn publish(&self, client: &Client, sealed: &Sealed) -> Result<(), ClientError> {
        self.publish_at(client, sealed, now())
    }

    /// Publishes a certificate at a time of the publisher's own clock.
    ///
    /// # Errors
    /// When the service does not say that it has it.
    pub fn publish_at(
        &self,
        client: &Client,
        sealed: &Sealed,
        at: UnixTime,
    ) -> Result<(), ClientError> {
        self.sending(at, |sender| client.post::<Value>(sender, SEALED, sealed)).map(|_| ())
    }

    /// Publishes a snapshot in which the first so many certificates are in force.
    pub fn publish_snapshot(&self, client: &Client, count: u32) {
        let entries = (0..count).map(|index| (index, StatusEntry::InForce));
        let mut draft = self.guarantor.snapshot_draft(entries);
        draft.list = ListNumber::FIRST;
        draft.sequence = Sequence::FIRST;
        draft.last_index = StatusIndex::new(count).unwrap();
        draft.issued_at = now();
        draft.next_update = UnixTime::from_seconds(now().seconds() + 7 * 86_400).unwrap();
        let bytes = self.guarantor.sign_snapshot(&draft);
        self.sending(now(), |sender| client.post_object::<Value>(sender, SNAPSHOTS, &bytes))
            .unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Default for Publisher {
    fn default() -> Self {
        Self::new()
    }
}
