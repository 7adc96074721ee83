//! The services of the demonstration: their folder, their configurations, their processes.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hosho::KeyRole;
use hosho_cli::clock;
use hosho_cli::lang::Lang;
use hosho_cli::output::{Mode, write_new};
use hosho_issue::{
    BundleOrder, Existing, InitOrder, Patience, RotateOrder, Watch, bundle, init, rotate_key,
};

use crate::Fault;
use crate::cast::{self, GUARANTOR};
use crate::process::{self, Process};
use crate::role::Role;
use crate::stop::Stop;

/// What the services call themselves in requests of the worker.
const PORTAL: &str = "portal.example";
const CONFIRM: &str = "confirm.example";
/// Addresses for operators: any that is free.
const ANY: &str = "127.0.0.1:0";

/// The ports that were asked for; 0 is any that is free.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) portal: u16,
    pub(crate) confirm: u16,
}

impl Ports {
    /// Refuses a port that somebody else has.
    pub(crate) fn check(self, lang: Lang) -> Result<(), Fault> {
        for (option, port) in [("--portal-port", self.portal), ("--confirm-port", self.confirm)] {
            if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                let next = lang.pick(
                    "別の番号を指定するか、指定をやめてください(空いているポートを使います)",
                    "name another one, or none: then a free one is taken",
                );
                return Err(format!("{option} {port}: {error}; {next}").into());
            }
        }
        if self.portal != 0 && self.portal == self.confirm {
            let text = lang.pick(
                "--portal-port と --confirm-port には別の番号を指定してください",
                "--portal-port and --confirm-port have to differ",
            );
            return Err(text.into());
        }
        Ok(())
    }
}

/// Where the files of the services are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    folder: PathBuf,
}

impl Places {
    /// Returns the folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder that the portal's mails are written to.
    pub(crate) fn portal_mails(&self) -> PathBuf {
        self.folder.join("portal-mails")
    }

    /// Returns the folder that the confirmation service's mails are written to.
    pub(crate) fn confirm_mails(&self) -> PathBuf {
        self.folder.join("confirm-mails")
    }

    pub(crate) fn portal_config(&self) -> PathBuf {
        self.folder.join("hosho-portal.toml")
    }

    fn confirm_config(&self) -> PathBuf {
        self.folder.join("hosho-confirm.toml")
    }

    fn home(&self) -> PathBuf {
        self.folder.join("guarantor")
    }

    fn trust(&self) -> PathBuf {
        self.folder.join("trust.hosho")
    }

    /// Writes a new file, and returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, Fault> {
        self.write_as(name, text.as_bytes(), Mode::Public)
    }

    /// Writes a new file that only its owner can read, and returns its path.
    pub(crate) fn write_secret(&self, name: &str, text: &str) -> Result<PathBuf, Fault> {
        self.write_as(name, text.as_bytes(), Mode::Secret)
    }

    fn write_as(&self, name: &str, bytes: &[u8], mode: Mode) -> Result<PathBuf, Fault> {
        let path = self.folder.join(name);
        write_new(&path, bytes, mode).map_err(|error| error.message(Lang::En))?;
        Ok(path)
    }

    /// Quotes the path of a file of the folder, as TOML has it.
    fn quoted(&self, name: &str) -> Result<String, Fault> {
        let path = self.folder.join(name);
        let path = path.to_str().ok_or("a folder whose name is UTF-8 is needed")?;
        Ok(serde_json::to_string(path)?)
    }
}

/// The running services. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) places: Places,
    pub(crate) portal: SocketAddr,
    pub(crate) confirm: SocketAddr,
    processes: Vec<Process>,
}

impl Town {
    /// Makes a guarantor with throw-away keys and starts the three processes around it.
    pub(crate) fn build(folder: &Path, ports: Ports, stop: &Stop) -> Result<Self, Fault> {
        let places = Places { folder: folder.to_owned() };
        for folder in [places.portal_mails(), places.confirm_mails()] {
            std::fs::create_dir_all(folder)?;
        }
        make_guarantor(&places)?;
        write_configs(&places, ports)?;
        cast::register(&places)?;

        let log = |name: &str| places.folder.join(name);
        let (portal, confirm) = (places.portal_config(), places.confirm_config());
        let serve = |config: &Path| ["serve".into(), config.as_os_str().to_owned()];
        let mut portal = Process::start(Role::Portal, &serve(&portal), &log("portal.log"))?;
        let mut confirm = Process::start(Role::Confirm, &serve(&confirm), &log("confirm.log"))?;
        let addresses = (portal.address(stop)?, confirm.address(stop)?);
        let config = places.write("work.toml", &work_config(addresses))?;
        let line = [
            "work".into(),
            places.home().into_os_string(),
            "--config".into(),
            config.into_os_string(),
        ];
        let worker = Process::start(Role::Worker, &line, &log("worker.log"))?;
        let processes = vec![portal, confirm, worker];
        Ok(Self { places, portal: addresses.0, confirm: addresses.1, processes })
    }

    /// Fails when a service ended by itself.
    pub(crate) fn check(&mut self) -> Result<(), Fault> {
        self.processes.iter_mut().try_for_each(Process::check)
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        process::end(&mut self.processes);
    }
}

fn make_guarantor(places: &Places) -> Result<(), Fault> {
    let now = clock::now().ok_or("the clock of this machine cannot be read")?;
    let patience = Patience(Duration::from_secs(5));
    let mut ignore = |_: &_| ControlFlow::Continue(());
    let mut watch = Watch::new(&mut ignore);
    init(&InitOrder {
        representative: Some("取締役社長 三枝 修一郎".to_owned()),
        address: Some("〒000-0001 瑞穂県青嶺市本町一丁目1番1号(架空みらいビル4階)".to_owned()),
        ..InitOrder::new(places.home(), GUARANTOR.to_owned(), now)
    })?;
    let publish = RotateOrder::new(places.home(), KeyRole::Publish, now, patience);
    rotate_key(&publish, &mut watch)?;
    let out = places.trust();
    let order = BundleOrder { home: places.home(), out, existing: Existing::Keep, now, patience };
    bundle(&order, &mut watch)?;
    Ok(())
}

fn write_configs(places: &Places, ports: Ports) -> Result<(), Fault> {
    let keys = [
        (Role::Portal, "reveal-key", places.folder.join("reveal.key")),
        (Role::Confirm, "mail-key", places.folder.join("mail.key")),
    ];
    for (role, command, file) in keys {
        process::run(role, &[command.into(), file.into_os_string()])?;
    }
    let database = |name: &str| -> Result<String, Fault> {
        let path = places.folder.join(name);
        let path = path.to_str().ok_or("a folder whose name is UTF-8 is needed")?;
        Ok(serde_json::to_string(&format!("sqlite://{path}"))?)
    };
    let portal = format!(
        "listen = \"127.0.0.1:{}\"\nmetrics = \"{ANY}\"\naudience = \"{PORTAL}\"\ndatabase = {}\n\
         guarantor = {}\nowner = \"{GUARANTOR}\"\nbranch = \"瑞穂支店\"\nreveal_key = {}\n\
         [number]\noffice = \"31\"\n\
         [terms]\nadvance = \"架空みらい建設業保証 前払金保証約款\"\n\
         interim = \"架空みらい建設業保証 前払金保証約款及び中間前払金保証特約\"\n\
         performance = \"架空みらい建設業保証 前払金保証約款及び契約保証特約\"\n\
         [mail]\nfolder = {}\nfrom = \"保証ポータル <portal@portal.example>\"\n",
        ports.portal,
        database("portal.db")?,
        places.quoted("trust.hosho")?,
        places.quoted("reveal.key")?,
        places.quoted("portal-mails")?,
    );
    let confirm = format!(
        "listen = \"127.0.0.1:{}\"\nmetrics = \"{ANY}\"\naudience = \"{CONFIRM}\"\n\
         operator = \"架空の確認サービス\"\ndatabase = {}\ntrust = [{}]\nmail_key = {}\n\
         [mail]\nfolder = {}\nfrom = \"保証証書確認サービス <confirm@confirm.example>\"\n",
        ports.confirm,
        database("confirm.db")?,
        places.quoted("trust.hosho")?,
        places.quoted("mail.key")?,
        places.quoted("confirm-mails")?,
    );
    std::fs::write(places.portal_config(), portal)?;
    std::fs::write(places.confirm_config(), confirm)?;
    Ok(())
}

fn work_config((portal, confirm): (SocketAddr, SocketAddr)) -> String {
    format!(
        "portal = {{ url = \"http://{portal}\", audience = \"{PORTAL}\" }}\n\
         confirm = [{{ url = \"http://{confirm}\", audience = \"{CONFIRM}\" }}]\n\
         worker = \"worker-1\"\npoll_seconds = 1\nsnapshot_hours = 24\n"
    )
}
