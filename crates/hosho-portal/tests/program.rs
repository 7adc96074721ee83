//! The command line as people use it: exit codes, messages, and a portal that starts and stops.

#![expect(clippy::unwrap_used, reason = "a failed step of a test ends it")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hosho_testkit::Guarantor;

fn portal(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hosho-portal"))
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Writes a configuration with everything that it names.
fn home() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("trust.hosho"), Guarantor::new("g-demo").bundle()).unwrap();
    std::fs::create_dir(file("mail")).unwrap();
    let key = file("reveal.key");
    assert!(portal(&["reveal-key", key.to_str().unwrap()]).status.success());
    let shown = folder.path().display();
    let text = format!(
        "listen = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\naudience = \"portal.example\"\n\
         database = \"sqlite://{shown}/portal.db\"\nguarantor = \"{shown}/trust.hosho\"\n\
         reveal_key = \"{shown}/reveal.key\"\nnumber = {{ office = \"31\" }}\n\
         [terms]\nadvance = \"約款\"\ninterim = \"約款\"\nperformance = \"約款\"\n\
         [mail]\nfolder = \"{shown}/mail\"\nfrom = \"portal@portal.example\"\n"
    );
    std::fs::write(file("portal.toml"), text).unwrap();
    let config = file("portal.toml");
    (folder, config)
}

fn edit(config: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(config).unwrap();
    assert!(text.contains(from));
    std::fs::write(config, text.replace(from, to)).unwrap();
}

#[test]
fn help_is_there_in_both_languages_with_examples() {
    let english = portal(&["account", "add", "--help"]);
    assert!(english.status.success());
    assert!(String::from_utf8_lossy(&english.stdout).contains("A password is never an argument"));
    let japanese = portal(&["--lang", "ja", "account", "add", "--help"]);
    assert!(String::from_utf8_lossy(&japanese.stdout).contains("パスワードは引数に書けません"));
}

#[test]
fn a_command_line_that_cannot_be_followed_is_usage() {
    assert_eq!(portal(&["serve"]).status.code(), Some(2));
    assert_eq!(portal(&["sevre", "x"]).status.code(), Some(2));
}

#[test]
fn a_good_configuration_passes_and_a_bad_one_is_named() {
    let (_folder, config) = home();
    let name = config.to_str().unwrap();
    assert!(portal(&["check-config", name]).status.success());
    edit(&config, "office = \"31\"", "office = \"31\", colour = 1");
    let refused = portal(&["check-config", name]);
    assert_eq!(refused.status.code(), Some(1));
    let message = told(&refused);
    assert!(message.starts_with("hosho-portal: E10-CONFIG: "), "{message}");
    assert!(message.contains("unknown field `colour`"), "{message}");
    edit(&config, "office = \"31\", colour = 1", "office = \"3-1\"");
    assert!(told(&portal(&["check-config", name])).contains("number: office has 1 to 4 digits"));
}

#[test]
fn a_reveal_key_that_others_can_read_stops_the_start() {
    let (folder, config) = home();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path().join("reveal.key"), open).unwrap();
    for command in ["check-config", "serve"] {
        let refused = portal(&[command, config.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(1));
        let message = told(&refused);
        assert!(message.contains("can be read by others; protect it with chmod 600"), "{message}");
    }
}

#[test]
fn a_reveal_key_is_made_once_and_never_written_over() {
    let (folder, _config) = home();
    let key = folder.path().join("reveal.key");
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = portal(&["reveal-key", key.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1));
    assert!(told(&again).starts_with("hosho-portal: E1-EXISTS: "));
}

#[test]
fn accounts_contractors_and_obligees_are_added_and_a_backup_is_made() {
    let (folder, config) = home();
    let name = config.to_str().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(file("first.txt"), "first password 1\n").unwrap();
    let contractor = portal(&[
        "contractor",
        "add",
        name,
        "--name",
        "株式会社青嶺架空土建",
        "--representative",
        "代表取締役 相良 健吾",
        "--address",
        "瑞穂県青嶺市港北三丁目12番8号",
        "--mail",
        "keiri@example.jp",
    ]);
    assert_eq!(String::from_utf8_lossy(&contractor.stdout), "1\n", "{}", told(&contractor));
    let first = file("first.txt");
    let add = |login: &str, more: &[&str]| {
        let mut line = vec!["account", "add", name, login, "--name", "架空 花子"];
        line.extend_from_slice(&["--password-file", &first]);
        line.extend_from_slice(more);
        portal(&line)
    };
    assert!(add("Hanako", &["--role", "clerk", "--role", "approver"]).status.success());
    assert!(add("aomine", &["--contractor", "1"]).status.success());
    let again = add("hanako", &["--role", "clerk"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(told(&again).starts_with("hosho-portal: E10-INPUT: "), "{}", told(&again));
    let silent = portal(&["account", "add", name, "jiro", "--name", "x", "--role", "clerk"]);
    assert!(told(&silent).contains("there is no terminal; name a file with --password-file"));
    let list = r#"[{"name": "瑞穂県", "representative": "瑞穂県知事 架空 一郎",
        "accepts": {"advance": "2026-04-01"}}]"#;
    std::fs::write(file("obligees.json"), list).unwrap();
    let obligees = portal(&["obligee", "add", name, "--file", &file("obligees.json")]);
    assert_eq!(String::from_utf8_lossy(&obligees.stdout), "瑞穂県\n", "{}", told(&obligees));
    let wrong = portal(&[
        "obligee",
        "add",
        name,
        "--name",
        "青嶺市",
        "--representative",
        "市長",
        "--accepts",
        "reservation=2026-04-01",
    ]);
    assert!(told(&wrong).contains("accepts is written advance=2026-04-01"));
    assert!(portal(&["account", "disable", name, "hanako"]).status.success());
    assert!(
        portal(&["account", "password", name, "aomine", "--password-file", &first])
            .status
            .success()
    );
    assert!(portal(&["backup", name, &file("copy.db")]).status.success());
    assert_eq!(portal(&["backup", name, &file("copy.db")]).status.code(), Some(1));
    assert!(std::fs::read(file("copy.db")).unwrap().starts_with(b"SQLite format 3"));
}

#[test]
fn a_portal_starts_answers_and_stops_when_it_is_told() {
    let (_folder, config) = home();
    let mut process = Command::new(env!("CARGO_BIN_EXE_hosho-portal"))
        .args(["serve", config.to_str().unwrap()])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
    let line = log.find(|line| line.as_ref().unwrap().contains("listening")).unwrap().unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let mut socket = TcpStream::connect(line["address"].as_str().unwrap()).unwrap();
    let request =
        "GET /login HTTP/1.1\r\nHost: portal\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    for header in ["content-security-policy: default-src 'none'", "cache-control: no-store"] {
        assert!(answer.contains(header), "{header}");
    }
    // If it crashes, nothing of its memory is written to a file: neither limit is above nothing.
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.id())).unwrap();
    let dumps = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(dumps.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);
    let stopped = Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert!(log.any(|line| line.unwrap().contains("stopped")));
    assert_eq!(process.wait().unwrap().code(), Some(0));
}
