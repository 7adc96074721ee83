//! What must be told apart, shown by the obligee's own command.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hosho_cli::lang::Lang;

use crate::guarantor::{NOW, Stage};

const IN_FORCE: &str = "31-07-3-0000230-0";
const AMENDED: &str = "31-07-1-0000145-2";
const VOIDED: &str = "31-08-3-0000064-1";
const PLAIN: &str = "31-07-1-0000123-9";

/// One question to `hosho-verify check`, and the exit code that it must answer with.
struct Case {
    about: (&'static str, &'static str),
    file: PathBuf,
    number: &'static str,
    more: Vec<OsString>,
    expected: u8,
}

/// Runs each case and tells whether all were told apart.
pub(crate) fn show(stage: &Stage, lang: Lang) -> Result<bool, Box<dyn Error>> {
    let mut all = true;
    for case in cases(stage)? {
        let (ja, en) = case.about;
        println!("\n▶ {}", lang.pick(ja, en));
        all &= check(stage, &case, lang) == ExitCode::from(case.expected);
    }
    Ok(all)
}

fn cases(stage: &Stage) -> Result<Vec<Case>, Box<dyn Error>> {
    let with_key = |number: &str| -> Vec<OsString> {
        vec!["--auth-key-file".into(), stage.auth_key(number).into()]
    };
    Ok(vec![
        Case {
            about: (
                "封緘された証書を認証キーで開く",
                "a sealed certificate, opened with its auth key",
            ),
            file: stage.sealed(IN_FORCE, 1),
            number: IN_FORCE,
            more: with_key(IN_FORCE),
            expected: 0,
        },
        Case {
            about: ("一文字だけ改変された証書", "a certificate with one character changed"),
            file: tampered(stage)?,
            number: PLAIN,
            more: Vec::new(),
            expected: 1,
        },
        Case {
            about: ("変更前の古い証書", "an older revision"),
            file: stage.signed(AMENDED, 2),
            number: AMENDED,
            more: Vec::new(),
            expected: 4,
        },
        Case {
            about: (
                "同じ証書を、それが効力を持っていた日について",
                "the same one, asked about a day on which it governed",
            ),
            file: stage.signed(AMENDED, 2),
            number: AMENDED,
            more: vec!["--on".into(), "2025-11-01".into()],
            expected: 0,
        },
        Case {
            about: ("取り消された保証の証書", "a certificate of a voided guarantee"),
            file: stage.signed(VOIDED, 1),
            number: VOIDED,
            more: Vec::new(),
            expected: 4,
        },
        Case {
            about: ("別の発注者あての証書", "a certificate made out to another obligee"),
            file: stage.signed(PLAIN, 1),
            number: PLAIN,
            more: vec!["--obligee".into(), "青嶺市".into()],
            expected: 1,
        },
        Case {
            about: ("別の保証契約の認証キー", "the auth key of another guarantee"),
            file: stage.sealed(IN_FORCE, 1),
            number: IN_FORCE,
            more: with_key(PLAIN),
            expected: 1,
        },
    ])
}

/// Moves the works from section 3 to section 2, without the guarantor's key.
fn tampered(stage: &Stage) -> Result<PathBuf, Box<dyn Error>> {
    let mut bytes = std::fs::read(stage.signed(PLAIN, 1))?;
    let (from, to) = ("第3工区".as_bytes(), "第2工区".as_bytes());
    let at = bytes.windows(from.len()).position(|part| part == from).ok_or("no such text")?;
    for (byte, new) in bytes.iter_mut().skip(at).zip(to) {
        *byte = *new;
    }
    let path = stage.folder.join("tampered.hosho");
    std::fs::write(&path, bytes)?;
    Ok(path)
}

fn check(stage: &Stage, case: &Case, lang: Lang) -> ExitCode {
    let mut line: Vec<OsString> = vec!["hosho-verify".into(), "check".into()];
    let mut add = |option: &str, value: &Path| line.extend([option.into(), value.into()]);
    add("--trust", &stage.trust);
    add("--status", &stage.status);
    line.extend(["--number", case.number, "--now", NOW, "--lang", lang.code()].map(Into::into));
    line.extend(case.more.iter().cloned());
    line.push(case.file.clone().into());
    hosho_verify::run(line)
}
