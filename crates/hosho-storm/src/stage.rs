//! A guarantor with a home, people at the portal, and the configurations of services.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hosho::{KeyRole, UnixTime};
use hosho_issue::{
    BundleOrder, Existing, InitOrder, Patience, RotateOrder, Watch, bundle, init, rotate_key,
};
use hosho_portal::{Password, Portal, RevealKey, register_contractor};
use hosho_store::OnRestored;
use hosho_store::portal::{AccountId, ContractorId, NewAccount, NewContractor, Role};
use hosho_web::Clock;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use tokio::runtime::Runtime;

pub const PORTAL: &str = "portal.example";
pub const CONFIRM: &str = "confirm.example";
pub const PASSWORD: &str = "correct horse battery";
pub const MAIL: &str = "keiri@aomine.example";
const GUARANTOR: &str = "架空みらい建設業保証株式会社";

/// The variable with the server that `.ci/postgres` started.
const SERVER: &str = "HOSHO_TEST_DATABASE";

/// The URLs of both databases.
#[derive(Clone, Debug)]
pub struct Databases {
    pub portal: String,
    pub confirm: String,
}

impl Databases {
    /// Files in a folder.
    pub fn files(folder: &Path) -> Self {
        let url = |name| format!("sqlite://{}", folder.join(name).display());
        Self { portal: url("portal.db"), confirm: url("confirm.db") }
    }

    /// Tells whether `.ci/postgres` started a server.
    pub fn has_server() -> bool {
        std::env::var_os(SERVER).is_some()
    }

    /// Fresh databases of the server that `.ci/postgres` started.
    pub fn of_server() -> Self {
        let server = std::env::var(SERVER).expect("run it by .ci/postgres, which starts a server");
        let (base, _) = server.rsplit_once('/').unwrap();
        let fresh = |what: &str| {
            let mut mark = [0; 8];
            getrandom::fill(&mut mark).unwrap();
            let name = format!("storm_{what}_{:016x}", u64::from_be_bytes(mark));
            execute(&server, &format!("CREATE DATABASE {name}"));
            format!("{base}/{name}")
        };
        Self { portal: fresh("portal"), confirm: fresh("confirm") }
    }
}

/// Runs a statement beside the programs.
pub fn execute(url: &str, statement: &str) {
    on_connection(url, async |connection| {
        connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    });
}

/// Returns the one number that a query answers.
pub fn count(url: &str, query: &str) -> i64 {
    on_connection(url, async |connection| {
        let row = sqlx::query(AssertSqlSafe(query.to_owned())).fetch_one(connection).await;
        row.unwrap().try_get(0).unwrap()
    })
}

fn on_connection<T>(url: &str, work: impl AsyncFnOnce(&mut sqlx::AnyConnection) -> T) -> T {
    sqlx::any::install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options: sqlx::any::AnyConnectOptions = url.parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        let done = work(&mut connection).await;
        connection.close().await.unwrap();
        done
    })
}

pub fn now() -> UnixTime {
    Clock::system().now()
}

/// The folder of everything, with a connection of its own to the portal's database.
#[derive(Debug)]
pub struct Stage {
    pub folder: tempfile::TempDir,
    pub databases: Databases,
    pub portal: Portal,
    pub contractor: ContractorId,
    pub people: People,
    runtime: Runtime,
}

/// Accounts that decide without their pages.
#[derive(Clone, Copy, Debug)]
pub struct People {
    pub contractor: AccountId,
    pub clerk: AccountId,
    pub approver: AccountId,
}

impl Stage {
    /// Makes a guarantor, both databases (files, if none are given) and the people.
    pub fn new(databases: Option<Databases>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let databases = databases.unwrap_or_else(|| Databases::files(folder.path()));
        make_guarantor(folder.path());
        write_secrets(folder.path());
        let config = portal_config(folder.path(), "setup", free(), &databases.portal);
        let runtime = Runtime::new().unwrap();
        let (portal, contractor, people) = runtime.block_on(async {
            let opened = hosho_portal::open(&config, Clock::system(), OnRestored::Refuse).await;
            let (portal, _) = opened.unwrap_or_else(|error| panic!("{error:?}"));
            let new = NewContractor {
                name: "架空桐生建築株式会社",
                representative: "代表取締役社長 桐生 昭彦",
                address: "瑞穂県青嶺市西町七丁目1番20号",
                mail: MAIL,
            };
            let contractor = register_contractor(&portal, &new).await.unwrap();
            let people = People {
                contractor: account(&portal, "kiryu", Some(contractor), &[]).await,
                clerk: account(&portal, "clerk", None, &[Role::Clerk]).await,
                approver: account(&portal, "approver", None, &[Role::Approver]).await,
            };
            (portal, contractor, people)
        });
        Self { folder, databases, portal, contractor, people, runtime }
    }

    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub fn portal_config(&self, name: &str, listen: SocketAddr, database: &str) -> PathBuf {
        portal_config(self.folder.path(), name, listen, database)
    }

    pub fn confirm_config(&self, name: &str, listen: SocketAddr, database: &str) -> PathBuf {
        let trust = self.folder.path().join("trust.hosho");
        confirm_config(self.folder.path(), &trust, name, (listen, ""), database)
    }

    /// Writes the worker's configuration for one node of each service.
    pub fn worker_config(&self, portal: SocketAddr, confirm: SocketAddr) -> PathBuf {
        let text = format!(
            "portal = {{ url = \"http://{portal}\", audience = \"{PORTAL}\" }}\n\
             confirm = [{{ url = \"http://{confirm}\", audience = \"{CONFIRM}\" }}]\n\
             worker = \"worker-1\"\npoll_seconds = 1\ntimeout_seconds = 20\n"
        );
        let file = self.folder.path().join("work.toml");
        std::fs::write(&file, text).unwrap();
        file
    }
}

fn free() -> SocketAddr {
    crate::process::free_address()
}

async fn account(
    portal: &Portal,
    login: &str,
    contractor: Option<ContractorId>,
    roles: &[Role],
) -> AccountId {
    let password = Password::take(&mut PASSWORD.to_owned()).to_stored(login).unwrap();
    let roles: BTreeSet<Role> = roles.iter().copied().collect();
    let (store, at, by, name) = (portal.store(), now(), None, format!("架空 {login}"));
    let (name, roles, password) = (name.as_str(), &roles, password.as_row());
    let new = NewAccount { login, name, roles, contractor, password, by, at };
    let id = store.add_account(&new).await.unwrap();
    store.set_password(id, password, Some(id), at).await.unwrap();
    id
}

fn make_guarantor(folder: &Path) {
    let (home, patience) = (folder.join("home"), Patience(Duration::from_secs(5)));
    // Yesterday: everything that follows is later.
    let before = UnixTime::from_seconds(now().seconds() - 86_400).unwrap();
    init(&InitOrder {
        id: Some("g-storm".to_owned()),
        ..InitOrder::new(home.clone(), GUARANTOR.to_owned(), before)
    })
    .unwrap();
    let mut ignore = |_: &_| ControlFlow::Continue(());
    let mut watch = Watch::new(&mut ignore);
    let (out, existing) = (folder.join("trust.hosho"), Existing::Keep);
    let order = BundleOrder { home: home.clone(), out, existing, now: before, patience };
    bundle(&order, &mut watch).unwrap();
    let order = RotateOrder::new(home, KeyRole::Publish, before, patience);
    rotate_key(&order, &mut watch).unwrap();
}

/// Writes reveal key and mail key, and makes the folder for mails.
pub fn write_secrets(folder: &Path) {
    let mut mail_key = [0; 32];
    getrandom::fill(&mut mail_key).unwrap();
    let mail = folder.join("mail.key");
    std::fs::write(&mail, hosho_testkit::to_hex(&mail_key)).unwrap();
    std::fs::set_permissions(&mail, std::fs::Permissions::from_mode(0o600)).unwrap();
    RevealKey::make(&folder.join("reveal.key")).unwrap();
    std::fs::create_dir_all(folder.join("mail")).unwrap();
}

fn portal_config(folder: &Path, name: &str, listen: SocketAddr, database: &str) -> PathBuf {
    let at = folder.display();
    let text = format!(
        "listen = \"{listen}\"\nmetrics = \"127.0.0.1:0\"\naudience = \"{PORTAL}\"\n\
         database = \"{database}\"\nguarantor = \"{at}/trust.hosho\"\nowner = \"{GUARANTOR}\"\n\
         reveal_key = \"{at}/reveal.key\"\nnumber = {{ office = \"31\" }}\n\
         [terms]\nadvance = \"前払金保証約款\"\ninterim = \"前払金保証約款\"\n\
         performance = \"前払金保証約款及び契約保証特約\"\n\
         [mail]\nfolder = \"{at}/mail\"\nfrom = \"portal@portal.example\"\n"
    );
    let file = folder.join(format!("portal-{name}.toml"));
    std::fs::write(&file, text).unwrap();
    file
}

/// Writes the configuration of a confirmation service, with further lines of TOML.
pub fn confirm_config(
    folder: &Path,
    trust: &Path,
    name: &str,
    (listen, more): (SocketAddr, &str),
    database: &str,
) -> PathBuf {
    let (at, trust) = (folder.display(), trust.display());
    let text = format!(
        "{more}\nlisten = \"{listen}\"\nmetrics = \"127.0.0.1:0\"\naudience = \"{CONFIRM}\"\n\
         database = \"{database}\"\ntrust = [\"{trust}\"]\nmail_key = \"{at}/mail.key\"\n\
         [mail]\nfolder = \"{at}/mail\"\nfrom = \"confirm@confirm.example\"\n"
    );
    let file = folder.join(format!("confirm-{name}.toml"));
    std::fs::write(&file, text).unwrap();
    file
}
