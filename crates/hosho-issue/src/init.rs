//! `init`: a new guarantor's home.
//!
//! It is built in a folder beside the one that was asked for and renamed into place at the end, so
//! that a home is whole or not there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use hosho::{
    AuthMasterKey, BundleDraft, Epoch, Fingerprint, GuarantorId, KeyEntry, KeyRole, KeyState,
    PublicKey, RootSet, SecretKey, Sequence, Signer, Text, UnixTime,
};
use hosho_cli::input::read_bounded;
use hosho_cli::output::{Folder, Mode, create_dir_durable, sibling};
use hosho_signer::{SignerUri, UriError, try_key};

use crate::bundle::check_private;
use crate::failure::Failure;
use crate::home::{CERTIFICATES, KEYS, LOCK, ROOTS, TRUST, bundle_name, master_name, root_name};
use crate::journal::{Bundle, Init, Journal, Record};
use crate::keyfile::{draw_secret, write_master, write_secret_key};
use crate::masters::first_commitment;
use crate::next::Origin;
use crate::profile::{self, Profile};

/// The clauses are printed matter of some hundred pages at most.
const MAX_CLAUSES: usize = 64 * 1024 * 1024;
/// Root keys: two of three sign.
const ROOT_KEYS: u8 = 3;
const THRESHOLD: u8 = 2;

/// For how many days a key may sign, if nobody says otherwise: five years.
pub(crate) const KEY_DAYS: u16 = 1_826;
/// For how many days a trust bundle stays fresh, if nobody says otherwise.
pub(crate) const BUNDLE_DAYS: u16 = 365;
/// For how many days a status snapshot stays fresh, if nobody says otherwise.
pub(crate) const SNAPSHOT_DAYS: u16 = 7;

/// What `init` is asked to do.
#[derive(Clone, Debug)]
pub struct InitOrder {
    /// The home to make.
    pub home: PathBuf,
    /// The guarantor's name, as certificates print it.
    pub guarantor: String,
    /// The guarantor-id; without one it follows from the root keys.
    pub id: Option<String>,
    /// Who signs for the guarantor.
    pub representative: Option<String>,
    /// The guarantor's address.
    pub address: Option<String>,
    /// The files of the clauses in force, in order.
    pub terms: Vec<PathBuf>,
    /// Where the certificate key is, as a URI; without it one is drawn and kept in a file of the
    /// home.
    pub certificate_key: Option<String>,
    /// Where the status key is, in the same way.
    pub status_key: Option<String>,
    /// For how many days certificate and status keys may sign.
    pub key_days: u16,
    /// For how many days the first trust bundle stays fresh.
    pub bundle_days: u16,
    /// For how many days a status snapshot stays fresh.
    pub snapshot_days: u16,
    /// The clock.
    pub now: UnixTime,
}

impl InitOrder {
    /// Orders a home as `hosho-issue init` makes it when it is told nothing more.
    pub fn new(home: PathBuf, guarantor: String, now: UnixTime) -> Self {
        Self {
            home,
            guarantor,
            id: None,
            representative: None,
            address: None,
            terms: Vec::new(),
            certificate_key: None,
            status_key: None,
            key_days: KEY_DAYS,
            bundle_days: BUNDLE_DAYS,
            snapshot_days: SNAPSHOT_DAYS,
            now,
        }
    }
}

/// Makes a home: keys, roots, first trust bundle, journal. Returns the guarantor-id.
///
/// # Errors
/// [`Failure`]; then there is no home.
pub fn init(order: &InitOrder) -> Result<GuarantorId<'static>, Failure> {
    refuse_existing(&order.home)?;
    let text =
        |option, text: &Option<String>| text.as_ref().map(|t| option_text(option, t)).transpose();
    let name = option_text("--guarantor", &order.guarantor)?;
    let representative = text("--representative", &order.representative)?;
    let address = text("--address", &order.address)?;
    let id = order.id.clone().map(GuarantorId::parse).transpose();
    let id = id.map_err(|error| Failure::Option { error, option: "--id" })?;
    let clauses = read_clauses(&order.terms)?;
    check_private(above(&order.home))?;
    let secrets = Secrets::draw(order)?;
    let roots = secrets.root_set()?;
    let id = match id {
        Some(id) => id,
        None => default_id(&roots)?,
    };
    let profile =
        Profile { id, name, representative, address, clauses, snapshot_days: order.snapshot_days };
    let build = sibling(&order.home).map_err(|e| Failure::output(&order.home, e))?;
    let made = build_home(&build, order, &profile, &secrets, roots)
        .and_then(|()| move_into_place(&build, &order.home));
    if made.is_err() {
        // The error that is reported is the first one.
        let _gone = fs::remove_dir_all(&build);
    }
    made.map(|()| profile.id)
}

/// The secrets of a new home, wiped when dropped.
struct Secrets {
    roots: Vec<SecretKey>,
    certificate: SigningKey,
    status: SigningKey,
    master: zeroize::Zeroizing<[u8; 32]>,
}

impl Secrets {
    fn draw(order: &InitOrder) -> Result<Self, Failure> {
        let key = || Ok(SecretKey::take(&mut *draw_secret()?));
        let certificate = SigningKey::of(order.certificate_key.as_deref())?;
        let status = SigningKey::of(order.status_key.as_deref())?;
        if certificate.public == status.public {
            return Err(UriError::InUse.into());
        }
        Ok(Self {
            roots: (0..ROOT_KEYS).map(|_| key()).collect::<Result<_, Failure>>()?,
            certificate,
            status,
            master: draw_secret()?,
        })
    }

    fn root_set(&self) -> Result<RootSet, Failure> {
        let keys: Vec<PublicKey> =
            self.roots.iter().map(|root| root.public_key().clone()).collect();
        Ok(RootSet::new(THRESHOLD, keys)?)
    }
}

/// A certificate or status key, which may be elsewhere and never pass through here.
struct SigningKey {
    public: PublicKey,
    origin: Origin,
}

impl SigningKey {
    /// Reaches the key that a URI names; without one a key is drawn.
    fn of(uri: Option<&str>) -> Result<Self, Failure> {
        let Some(uri) = uri else {
            let key = SecretKey::take(&mut *draw_secret()?);
            let public = key.public_key().clone();
            return Ok(Self { public, origin: Origin::Drawn(Box::new(key)) });
        };
        let uri = SignerUri::parse(uri)?;
        // There is no home yet that such a path could count from.
        if matches!(&uri, SignerUri::File(path) if path.is_relative()) {
            return Err(UriError::Relative.into());
        }
        let public = try_key(&uri, Path::new("/"))?;
        Ok(Self { public, origin: Origin::Elsewhere(uri) })
    }
}

fn refuse_existing(home: &Path) -> Result<(), Failure> {
    let exists = || Failure::HomeExists { home: home.to_owned() };
    match home.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(found) if !found.is_dir() => Err(exists()),
        Ok(_) => match fs::read_dir(home).map_err(|e| Failure::io(home, e))?.next() {
            None => Ok(()),
            Some(_) => Err(exists()),
        },
    }
}

fn option_text(option: &'static str, text: &str) -> Result<Text<'static>, Failure> {
    Text::parse(text.to_owned()).map_err(|error| Failure::Option { error, option })
}

/// Returns the SHA-256 of the SHA-256 hashes of all files, in order; nothing for no files.
fn read_clauses(files: &[PathBuf]) -> Result<Option<Fingerprint>, Failure> {
    let mut hashes = Vec::with_capacity(files.len() * 32);
    for file in files {
        let bytes = read_bounded(file, MAX_CLAUSES).map_err(|e| Failure::input(file, e))?;
        hashes.extend_from_slice(Fingerprint::of(&bytes).as_bytes());
    }
    Ok((!files.is_empty()).then(|| Fingerprint::of(&hashes)))
}

fn default_id(roots: &RootSet) -> Result<GuarantorId<'static>, Failure> {
    let hash = roots.fingerprint().to_string();
    let id = GuarantorId::parse(format!("g-{}", hash.get(..16).unwrap_or(&hash)));
    id.map_err(|error| Failure::Option { error, option: "--id" })
}

fn build_home(
    build: &Path,
    order: &InitOrder,
    profile: &Profile,
    secrets: &Secrets,
    roots: RootSet,
) -> Result<(), Failure> {
    let at = |e| Failure::output(build, e);
    create_dir_durable(build, Mode::Secret).map_err(at)?;
    for name in [KEYS, ROOTS, TRUST, CERTIFICATES] {
        // All private: certificates hold what the parties may not want to be read.
        fs::DirBuilder::new()
            .mode(0o700)
            .create(build.join(name))
            .map_err(|e| Failure::io(build, e))?;
    }
    let folder = |name: &str| Folder::open(&build.join(name)).map_err(at);
    let keys = folder(KEYS)?;
    for (role, key) in
        [(KeyRole::Certificate, &secrets.certificate), (KeyRole::Status, &secrets.status)]
    {
        key.origin.write(&keys, role, 1)?;
    }
    write_master(&keys, &master_name(Epoch::FIRST), &secrets.master)?;
    let root_folder = folder(ROOTS)?;
    for (number, key) in (1..).zip(&secrets.roots) {
        write_secret_key(&root_folder, &root_name(number), &key.expose_seed())?;
    }
    let bundle = first_bundle(order, profile, secrets, roots)?;
    let trust = folder(TRUST)?;
    trust
        .write_new(OsStr::new(&bundle_name(Sequence::FIRST)), &bundle, Mode::Public)
        .map_err(at)?;
    let json = profile.to_json().map_err(|e| Failure::io(build, e.into()))?;
    let home = Folder::open(build).map_err(at)?;
    for (name, bytes) in [(profile::NAME, json.as_slice()), (LOCK, b"".as_slice())] {
        home.write_new(OsStr::new(name), bytes, Mode::Secret).map_err(at)?;
    }
    let master = AuthMasterKey::take(&mut secrets.master.clone());
    let master = first_commitment(&master, &profile.id)?;
    let init = Init { guarantor: profile.id.clone(), profile: Fingerprint::of(&json), master };
    let records = vec![
        Record::Init(init),
        Record::Bundle(Bundle { sequence: Sequence::FIRST, fingerprint: Fingerprint::of(&bundle) }),
    ];
    Journal::create(build, order.now, records)?;
    for folder in [&keys, &root_folder, &trust, &home] {
        folder.sync().map_err(at)?;
    }
    Ok(())
}

fn first_bundle(
    order: &InitOrder,
    profile: &Profile,
    secrets: &Secrets,
    roots: RootSet,
) -> Result<Vec<u8>, Failure> {
    let entry = |key: &SigningKey, role| -> Result<KeyEntry, Failure> {
        Ok(KeyEntry {
            key: key.public.clone(),
            role,
            not_before: order.now,
            not_after: days_later(order.now, order.key_days)?,
            state: KeyState::Active,
        })
    };
    let prepared = BundleDraft {
        guarantor_id: profile.id.clone(),
        sequence: Sequence::FIRST,
        issued_at: order.now,
        next_update: days_later(order.now, order.bundle_days)?,
        keys: vec![
            entry(&secrets.certificate, KeyRole::Certificate)?,
            entry(&secrets.status, KeyRole::Status)?,
        ],
        roots,
        attestations: Vec::new(),
        previous: None,
    }
    .prepare()?;
    let signatures =
        secrets.roots.iter().map(|root| prepared.sign(root)).collect::<Result<Vec<_>, _>>()?;
    Ok(prepared.assemble(signatures)?)
}

/// Returns the instant `days` times 24 hours after `from`.
pub(crate) fn days_later(from: UnixTime, days: u16) -> Result<UnixTime, Failure> {
    let seconds = from.seconds().saturating_add(u64::from(days) * 86_400);
    UnixTime::from_seconds(seconds).map_err(|error| Failure::Issue(error.into()))
}

/// Returns the folder that a home lies in.
fn above(home: &Path) -> &Path {
    match home.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    }
}

// An empty folder of that name is replaced; anything else in the way makes rename fail.
fn move_into_place(build: &Path, home: &Path) -> Result<(), Failure> {
    fs::rename(build, home).map_err(|e| match e.kind() {
        std::io::ErrorKind::DirectoryNotEmpty | std::io::ErrorKind::NotADirectory => {
            Failure::HomeExists { home: home.to_owned() }
        }
        _ => Failure::io(home, e),
    })?;
    let above = above(home);
    Folder::open(above).and_then(|folder| folder.sync()).map_err(|e| Failure::output(above, e))
}
