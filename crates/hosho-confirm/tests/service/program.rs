//! The program itself: its command line, its configuration, and how it stops.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use hosho_testkit::Guarantor;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hosho-confirm");

/// A folder with all that a configuration names.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::write(place.path("g-mirai.trust"), Guarantor::new("g-mirai").bundle()).unwrap();
        place.write_secret("mail.key", &"ab".repeat(32));
        std::fs::create_dir(place.path("mail")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write_secret(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
        self.mode(name, 0o600);
    }

    fn mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), PermissionsExt::from_mode(mode)).unwrap();
    }

    /// Writes a configuration with these lines in front.
    fn configure(&self, first: &str) -> PathBuf {
        let folder = self.0.path().display();
        let text = format!(
            "{first}\nlisten = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\n\
             database = \"sqlite://{folder}/confirm.db\"\ntrust = [\"{folder}/g-mirai.trust\"]\n\
             mail_key = \"{folder}/mail.key\"\nhigh_water = \"{folder}/high-water\"\n\
             [mail]\nfolder = \"{folder}/mail\"\nfrom = \"confirm@confirm.example\"\n"
        );
        let path = self.path("hosho-confirm.toml");
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).env("LANG", "C").output().unwrap()
}

fn check(config: &Path) -> (Option<i32>, String) {
    let output = run(&["check-config", config.to_str().unwrap()]);
    let told = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(told).unwrap())
}

#[test]
fn help_has_examples_in_both_languages() {
    for (lang, heading) in [("en", "Examples:"), ("ja", "例:")] {
        let output = run(&["--lang", lang, "--help"]);
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains(heading) && text.contains("hosho-confirm serve /etc/hosho"),
            "{text}"
        );
        assert!(!text.contains("read-handed"), "{text}");
    }
    let output = run(&["--lang", "ja", "serve"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("必須の引数がありません"));
}

#[test]
fn a_good_configuration_names_its_guarantors() {
    let place = Place::new();
    let (code, text) = check(&place.configure("audience = \"confirm.example\""));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("g-mirai #1 SHA-256 "), "{text}");
}

#[test]
fn what_is_wrong_with_a_configuration_is_told() {
    let place = Place::new();
    let audience = "audience = \"confirm.example\"";
    let told = |first: &str, expected: &str| {
        let (code, text) = check(&place.configure(first));
        assert_eq!(code, Some(2), "{first}: {text}");
        assert!(text.contains("E10-CONFIG") && text.contains(expected), "{first}: {text}");
    };
    told("audience = \"two words\"", "audience:");
    told(&format!("{audience}\nlisten_to = 1"), "unknown field `listen_to`");
    told(&format!("{audience}\ndatabase_url_file = \"x\""), "one of both");
    place.mode("mail.key", 0o644);
    told(audience, "can be read by others");
    place.write_secret("mail.key", "short");
    told(audience, "64 hexadecimal digits");
    place.write_secret("mail.key", &"ab".repeat(32));
    std::fs::write(place.path("g-mirai.trust"), b"no bundle").unwrap();
    told(audience, "cannot be read as a trust bundle");
    std::fs::remove_file(place.path("g-mirai.trust")).unwrap();
    told(audience, "cannot be read as a trust bundle");
}

/// A service that runs until it is stopped.
struct Running {
    child: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
}

fn serve(config: &Path, more: &[&str]) -> Running {
    let mut child = Command::new(PROGRAM)
        .arg("serve")
        .arg(config)
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended");
        let Ok(event) = serde_json::from_str::<serde_json::Value>(&line) else {
            panic!("no line of a log: {line}");
        };
        if event["message"] == "listening" {
            break event["address"].as_str().unwrap().to_owned();
        }
    };
    Running { child, address, log }
}

impl Running {
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to stop and returns its exit code and the rest of its log.
    fn stop(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

#[test]
fn it_serves_and_stops_in_good_order_and_its_files_are_its_own() {
    let place = Place::new();
    let config = place.configure("audience = \"confirm.example\"\noperator = \"みほん認証\"");
    let running = serve(&config, &[]);
    let page = running.get("/");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("みほん認証"), "{page}");
    // If it crashes, nothing of its memory is written to a file: neither limit is above nothing.
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.child.id())).unwrap();
    let dumps = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(dumps.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);
    let (code, log) = running.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("\"message\":\"stopped\""), "{log}");
    for name in ["confirm.db", "high-water"] {
        let mode = std::fs::metadata(place.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_backup_is_written_once_and_a_restored_one_is_refused_until_accepted() {
    let place = Place::new();
    let config = place.configure("audience = \"confirm.example\"");
    let path = config.to_str().unwrap();
    serve(&config, &[]).stop();
    let copy = place.path("copy.db");
    let output = run(&["backup", path, copy.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let again = run(&["backup", path, copy.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1));
    // The database of yesterday.
    std::fs::write(place.path("high-water"), "7\n").unwrap();
    place.mode("high-water", 0o600);
    let output = run(&["serve", path]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("E10-RESTORED") && told.contains("--accept-restored"), "{told}");
    let (code, _) = serve(&config, &["--accept-restored"]).stop();
    assert_eq!(code, Some(0));
    serve(&config, &[]).stop();
}
