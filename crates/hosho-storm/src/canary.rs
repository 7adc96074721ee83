//! Secrets are searched for where they must not be: signing keys in the memory of the services, and
//! whatever opens a certificate in databases, logs and mails.

use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosho::{GuaranteeNumber, Revision};
use serde_json::json;
use sha2::{Digest as _, Sha512};

use crate::flow;
use crate::nodes::dump;
use crate::process::{Service, free_address};
use crate::stage::{Databases, PASSWORD, Stage};
use crate::wire::{Browser, post_json};

const OBLIGEE: &str = "契約課 山田花子";
const REASON: &str = "工期の訂正を求めます";
const WATCHER: &str = "keiyaku@aomine-shi.example";
/// How much of the memory of a process is read at once.
const PIECE: usize = 1 << 20;

/// Something that is searched for, with what it is.
struct Secret {
    what: String,
    bytes: Vec<u8>,
}

impl Secret {
    /// Bytes as they are, in hexadecimal digits and in base64.
    fn spellings(what: &str, bytes: &[u8]) -> Vec<Self> {
        let hex = hosho_testkit::to_hex(bytes);
        let coded = (0..3).map(|shift| {
            // In base64 bytes stand at one of three offsets; the letters between are the same.
            let shifted = [vec![0; shift], bytes.to_vec()].concat();
            let coded = STANDARD.encode(shifted).into_bytes();
            coded[(shift * 4).div_ceil(3)..coded.len() - 4].to_vec()
        });
        let all = [bytes.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
        let what = |bytes| Self { what: what.to_owned(), bytes };
        all.into_iter().chain(coded).map(what).collect()
    }

    fn text(what: &str, text: &str) -> Vec<Self> {
        Self::spellings(what, text.as_bytes())
    }
}

/// Returns what of all these is there.
fn found<'s>(secrets: &'s [Secret], bytes: &[u8]) -> Vec<&'s str> {
    let mut first = vec![false; 1 << 16];
    let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    for secret in secrets {
        first[pair(&secret.bytes)] = true;
    }
    let mut hits = Vec::new();
    for at in 0..bytes.len().saturating_sub(1) {
        let rest = &bytes[at..];
        if first[pair(rest)] {
            let hit = secrets.iter().filter(|secret| rest.starts_with(&secret.bytes));
            hits.extend(hit.map(|secret| secret.what.as_str()));
        }
    }
    hits.sort_unstable();
    hits.dedup();
    hits
}

/// Goes through everything that people do, on both databases, and searches.
pub fn run() {
    for (name, databases) in [("SQLite", None), ("PostgreSQL", Some(Databases::of_server()))] {
        let stage = Stage::new(databases);
        let url = &stage.databases;
        let portal = stage.portal_config("one", free_address(), &url.portal);
        let portal = Service::start("hosho-portal", &portal);
        let confirm = stage.confirm_config("one", free_address(), &url.confirm);
        let confirm = Service::start("hosho-confirm", &confirm);
        let played = Played::whole(&stage, &portal, &confirm);
        let keys = keys_of(&stage.home());
        let held = |file| std::fs::read(stage.folder.path().join(file)).unwrap();
        let reveal_key = String::from_utf8(held("reveal.key")).unwrap();
        search_memory(&keys, &portal, &hosho_testkit::from_hex(reveal_key.trim()), name);
        // It wipes the mail key once it has derived from it. A part of the pinned bundle stays.
        search_memory(&keys, &confirm, &held("trust.hosho")[100..132], name);
        search_storage(&stage, &keys, &played, (&portal, &confirm), name);
    }
}

/// What was used while everything was done once.
struct Played {
    number: GuaranteeNumber<'static>,
    auth_key: String,
    cookies: Vec<String>,
}

impl Played {
    fn whole(stage: &Stage, portal: &Service, confirm: &Service) -> Self {
        let (at_portal, at_confirm) = ([portal.address], confirm.address);
        let clerk = flow::log_in(&at_portal, "clerk");
        let issue = |fields, base: Option<(&GuaranteeNumber<'_>, Revision)>| {
            let id = flow::enter(stage, fields, base);
            flow::approve(stage, id);
            assert_eq!(flow::conclude(&at_portal, 0, &clerk, id), flow::Concluded::Done);
            flow::work_to_the_end(stage, portal.address, at_confirm);
            flow::number_of(stage, id)
        };
        let number = issue(flow::request(0), None);
        issue(flow::increase(1), Some((&number, Revision::FIRST)));
        let contractor = flow::log_in(&at_portal, "kiryu");
        let auth_key = flow::auth_key(&at_portal, &contractor, &number);
        let from = format!("/guarantees/{number}");
        let notice = format!("{from}/notice.pdf");
        let mut taking = contractor.clone();
        let notice = taking.post_from(portal.address, (&from, &notice), &[]).unwrap();
        assert!(notice.body.starts_with(b"%PDF"));
        let obligee = visit(at_confirm, &number, &auth_key);
        let wrong =
            json!({ "number": number.as_str(), "auth_key": "10JT6-4Z5E1-8H60F-XWX85-H6N6Y" });
        let mistyped = json!({ "number": number.as_str(), "auth_key": format!("{auth_key}X") });
        let right = json!({ "number": number.as_str(), "auth_key": auth_key });
        for (question, status) in [(wrong, 404), (mistyped, 400), (right, 200)] {
            let answer = post_json(at_confirm, "/api/v1/open", &question).unwrap();
            assert_eq!(answer.status, status, "{}", answer.text());
        }
        flow::work_to_the_end(stage, portal.address, at_confirm);
        let cookies = [clerk, contractor, obligee].into_iter();
        let cookies = cookies.flat_map(|it| it.cookies.into_values()).collect();
        Self { number, auth_key, cookies }
    }
}

/// Opens as a visitor of the pages, answers, and asks for mails.
fn visit(at: std::net::SocketAddr, number: &GuaranteeNumber<'_>, auth_key: &str) -> Browser {
    let mut obligee = Browser::default();
    let fields = [("number", number.as_str()), ("auth_key", auth_key)];
    let opened = obligee.post_parts_from(at, ("/", "/open"), &fields).unwrap();
    assert_eq!(opened.status, 303, "{}", opened.text());
    let answer = [("revision", "2"), ("answer", "returned"), ("reason", REASON), ("by", OBLIGEE)];
    let watch = [("address", WATCHER)];
    for (path, fields) in
        [("/certificate/answer", answer.as_slice()), ("/certificate/watch", &watch)]
    {
        let done = obligee.post_from(at, ("/certificate", path), fields).unwrap();
        assert_eq!(done.status, 303, "{path}: {}", done.text());
    }
    obligee
}

/// Returns every key of a guarantor's home that signs or derives, in all spellings.
fn keys_of(home: &Path) -> Vec<Secret> {
    let mut all = Vec::new();
    for folder in ["keys", "roots"] {
        for entry in std::fs::read_dir(home.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            if text.contains("PUBLIC KEY") {
                continue;
            }
            let secret = if text.starts_with("-----") {
                let lines: String = text.lines().filter(|it| !it.starts_with('-')).collect();
                let der = STANDARD.decode(lines).unwrap();
                // RFC 8410: the seed is an octet string in an octet string.
                let at = der.windows(4).position(|it| it == [4, 34, 4, 32]).unwrap() + 4;
                der[at..at + 32].to_vec()
            } else {
                hosho_testkit::from_hex(text.trim())
            };
            // What a signer computes from the seed: the scalar and the prefix.
            let mut expanded = Sha512::digest(&secret).to_vec();
            expanded[0] &= 0xf8;
            expanded[31] = (expanded[31] & 0x7f) | 0x40;
            all.extend(Secret::spellings(&name, &secret));
            all.extend(Secret::spellings(&format!("{name}, scalar"), &expanded[..32]));
            all.extend(Secret::spellings(&format!("{name}, prefix"), &expanded[32..]));
        }
    }
    let kinds = ["certificate-", "status-", "publish-", "master-", "root-"];
    for kind in kinds {
        assert!(all.iter().any(|it| it.what.starts_with(kind)), "no key {kind}");
    }
    all
}

/// Searches the memory of a service for keys; what it does hold has to be found.
fn search_memory(keys: &[Secret], service: &Service, held: &[u8], name: &str) {
    let mut wanted = Secret::spellings("control", held);
    let controls = wanted.len();
    wanted
        .extend(keys.iter().map(|key| Secret { what: key.what.clone(), bytes: key.bytes.clone() }));
    let id = service.id();
    let maps = std::fs::read_to_string(format!("/proc/{id}/maps")).unwrap();
    let memory = std::fs::File::open(format!("/proc/{id}/mem"))
        .expect("only root may read the memory of a process that forbids dumps");
    let (mut hits, mut read) = (Vec::new(), 0);
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        // Not the program's own code, nor what the system keeps there.
        if !rest.starts_with("rw") && !rest.starts_with("r--p") || rest.contains("[v") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let bound = |text| u64::from_str_radix(text, 16).unwrap();
        let (from, to) = (bound(from), bound(to));
        let mut region = Vec::new();
        let mut piece = vec![0; PIECE];
        while from + (region.len() as u64) < to {
            let room = PIECE.min((to - from) as usize - region.len());
            match memory.read_at(&mut piece[..room], from + region.len() as u64) {
                Ok(length @ 1..) => region.extend_from_slice(&piece[..length]),
                _ => break,
            }
        }
        read += region.len();
        hits.extend(found(&wanted, &region).into_iter().map(str::to_owned));
    }
    hits.sort_unstable();
    hits.dedup();
    let what = "in the memory of a service, and what it holds must be found";
    assert_eq!(hits, ["control"], "{what}; {} KiB were read", read / 1024);
    println!(
        "memory, {name}: {} KiB of a service hold none of {} spellings of keys; what it holds is found",
        read / 1024,
        wanted.len() - controls
    );
}

/// Searches databases, logs and mails.
fn search_storage(
    stage: &Stage,
    keys: &[Secret],
    played: &Played,
    (portal, confirm): (&Service, &Service),
    name: &str,
) {
    let folder = stage.folder.path();
    let read = |files: &[&str]| -> Vec<u8> {
        files.iter().flat_map(|it| std::fs::read(folder.join(it)).unwrap_or_default()).collect()
    };
    let (at_portal, at_confirm) = if name == "SQLite" {
        (read(&["portal.db", "portal.db-wal"]), read(&["confirm.db", "confirm.db-wal"]))
    } else {
        (dump(&stage.databases.portal), dump(&stage.databases.confirm))
    };
    let mut opening: Vec<Secret> = keys
        .iter()
        .map(|key| Secret { what: key.what.clone(), bytes: key.bytes.clone() })
        .collect();
    opening.extend(Secret::text("auth key", &played.auth_key));
    opening.extend(Secret::text("auth key", &played.auth_key.replace('-', "")));
    opening.extend(Secret::text("password", PASSWORD));
    played.cookies.iter().for_each(|it| opening.extend(Secret::text("cookie", it)));
    let mut claims = Vec::new();
    for text in [
        played.number.as_str(),
        "青嶺市長",
        "架空桐生建築",
        "東小学校長寿命化",
        OBLIGEE,
        REASON,
        WATCHER,
    ] {
        claims.extend(Secret::text(text, text));
    }
    let mails = mails_in(&folder.join("mail"));
    let logs = [portal.log(), confirm.log()].concat().into_bytes();
    let worker = read(&["worker.log"]);
    for (what, bytes) in [
        ("the portal's database", &at_portal),
        ("the confirmation service's database", &at_confirm),
        ("the services' logs", &logs),
        ("the worker's log", &worker),
        ("mails", &mails),
    ] {
        assert_eq!(found(&opening, bytes), [""; 0], "{name}: {what}");
    }
    for (what, bytes) in [
        ("the confirmation service's database", &at_confirm),
        ("the services' logs", &logs),
        ("mails", &mails),
    ] {
        assert_eq!(found(&claims, bytes), [""; 0], "{name}: {what}");
    }
    // The search finds what is there.
    let number = played.number.as_str();
    assert_eq!(found(&Secret::text(number, number), &at_portal), [number]);
    assert_eq!(found(&Secret::text("route", "/guarantees/{number}/key"), &logs), ["route"]);
    let key = hosho::AuthKey::parse(&played.auth_key).unwrap();
    let locator = Secret::spellings("locator", key.locator(&played.number).as_bytes());
    assert_eq!(found(&locator, &at_confirm), ["locator"]);
    // Of mails subject and body are read, not only what they are encoded as.
    for text in ["電子証書・認証キー登録のお知らせ", "電子証書と認証キーが登録されました"]
    {
        let plain = Secret { what: text.to_owned(), bytes: text.as_bytes().to_vec() };
        assert_eq!(found(&[plain], &mails), [text], "{name}: mails");
    }
    println!(
        "storage, {name}: {} and {} KiB of databases, logs and mails hold nothing that opens, and the \
         confirmation service nothing that certificates say",
        at_portal.len() / 1024,
        at_confirm.len() / 1024
    );
}

/// Returns every mail as it was sent, and as it is read: of a guarantee, its amendment and an
/// answer, which wait in the outbox for some seconds.
fn mails_in(folder: &Path) -> Vec<u8> {
    let began = Instant::now();
    let all = || std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    while all().count() < 3 {
        assert!(began.elapsed() < Duration::from_secs(30), "mails that are not sent");
        std::thread::sleep(Duration::from_millis(100));
    }
    let read = |path| {
        let mail = std::fs::read(path).unwrap();
        [hosho_testkit::read_mail(&mail).into_bytes(), mail].concat()
    };
    all().flat_map(read).collect()
}
