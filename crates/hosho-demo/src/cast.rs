//! Who plays in the demonstration. All names are fictional.

use crate::Fault;
use crate::process;
use crate::role::Role;
use crate::town::Places;

/// Somebody who can log in to the portal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    /// The ID to log in with.
    pub(crate) login: &'static str,
    /// The name.
    pub(crate) name: &'static str,
    /// What the person does, in Japanese and English.
    pub(crate) does: (&'static str, &'static str),
    /// The role at the desk; without one the person is the contractor's.
    role: Option<&'static str>,
}

/// The contractor's person.
pub(crate) const CONTRACTOR: Person = Person {
    login: "aomine",
    name: "相良 健吾",
    does: ("請負者 株式会社青嶺架空土建", "contractor, 株式会社青嶺架空土建"),
    role: None,
};
/// Reviews and concludes.
pub(crate) const CLERK: Person = Person {
    login: "clerk",
    name: "架空 窓子",
    does: ("保証会社 審査・締結", "guarantor: reviews and concludes"),
    role: Some("clerk"),
};
/// Approves.
pub(crate) const APPROVER: Person = Person {
    login: "approver",
    name: "架空 承太",
    does: ("保証会社 承認", "guarantor: approves"),
    role: Some("approver"),
};
/// Approves where two people have to.
pub(crate) const DIRECTOR: Person = Person {
    login: "director",
    name: "架空 長子",
    does: ("保証会社 第二承認", "guarantor: second approval"),
    role: Some("director"),
};
/// Keeps accounts and obligees.
pub(crate) const ADMINISTRATOR: Person = Person {
    login: "admin",
    name: "架空 管",
    does: ("保証会社 アカウント・発注者の管理", "guarantor: keeps accounts and obligees"),
    role: Some("administrator"),
};

/// Everybody.
pub(crate) const EVERYBODY: [Person; 5] = [CONTRACTOR, CLERK, APPROVER, DIRECTOR, ADMINISTRATOR];

/// The password that everybody has after the first login. The services of the demonstration are
/// reached from this machine alone, and what they hold is made up.
pub(crate) const PASSWORD: &str = "kasou-mihon-2026";
/// The password that everybody gets first, to be changed.
pub(crate) const FIRST_PASSWORD: &str = "hajimete-no-kasou";

/// The guarantor.
pub(crate) const GUARANTOR: &str = "架空みらい建設業保証株式会社";

/// Who accepts electronic certificates: one obligee all kinds, one advances only, one none yet.
const OBLIGEES: &str = r#"[
 {"name": "瑞穂県", "representative": "契約担当者 瑞穂県青嶺土木事務所長 高瀬 光一",
  "address": "瑞穂県青嶺市城下町二丁目3番4号",
  "accepts": {"advance": "2022-05-01", "interim": "2022-05-01", "performance": "2023-04-01"}},
 {"name": "青嶺市", "representative": "青嶺市長 水原 千鶴",
  "address": "瑞穂県青嶺市中央一丁目2番3号",
  "accepts": {"advance": "2024-04-01", "performance": "2024-04-01"}},
 {"name": "霧ヶ原市", "representative": "霧ヶ原市長 架空 三郎",
  "address": "瑞穂県霧ヶ原市水辺町1番地", "accepts": {}}
]
"#;

/// Registers everybody in the portal, by its own commands.
pub(crate) fn register(places: &Places) -> Result<(), Fault> {
    let config = places.portal_config();
    let config = config.to_str().ok_or("a folder whose name is UTF-8 is needed")?;
    let contractor = process::run(
        Role::Portal,
        &[
            "contractor",
            "add",
            config,
            "--name",
            "株式会社青嶺架空土建",
            "--representative",
            "代表取締役 相良 健吾",
            "--address",
            "瑞穂県青嶺市港北三丁目12番8号",
            "--mail",
            "keiri@aomine.example",
        ],
    )?;
    let list = places.write("obligees.json", OBLIGEES)?;
    let list = list.to_str().ok_or("a folder whose name is UTF-8 is needed")?;
    process::run(Role::Portal, &["obligee", "add", config, "--file", list])?;
    let password = places.write_secret("first-password.txt", FIRST_PASSWORD)?;
    let password = password.to_str().ok_or("a folder whose name is UTF-8 is needed")?;
    for person in EVERYBODY {
        let (option, whose) = match person.role {
            Some(role) => ("--role", role),
            None => ("--contractor", contractor.as_str()),
        };
        let line = ["account", "add", config, person.login, "--name", person.name, option, whose];
        let line: Vec<&str> = line.into_iter().chain(["--password-file", password]).collect();
        process::run(Role::Portal, &line)?;
    }
    Ok(())
}
