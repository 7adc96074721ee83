//! A folder in which the real programs are run, and what they must answer.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hosho_cli::lang::Lang;
use serde_json::Value;

/// A folder, the programs, and a voice.
pub(crate) struct Scene {
    folder: PathBuf,
    issue: PathBuf,
    verify: PathBuf,
    pub(crate) lang: Lang,
}

/// What a program said.
pub(crate) struct Said {
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// What an obligee asks about a certificate.
pub(crate) struct Check<'a> {
    pub(crate) file: &'a str,
    pub(crate) number: &'a str,
    pub(crate) trust: &'a str,
    pub(crate) status: &'a str,
    pub(crate) proof: Option<&'a str>,
    pub(crate) now: &'a str,
}

impl Scene {
    /// Finds the programs beside this one.
    pub(crate) fn new(folder: &Path, lang: Lang) -> Result<Self, Box<dyn Error>> {
        let own = std::env::current_exe()?;
        let beside = |name: &str| {
            let program = own.with_file_name(name);
            if program.exists() {
                return Ok(program);
            }
            let advice =
                "build it first: cargo build -p hosho-issue -p hosho-verify -p hosho-drill";
            Err(format!("{} is missing; {advice}", program.display()))
        };
        let (issue, verify) = (beside("hosho-issue")?, beside("hosho-verify")?);
        Ok(Self { folder: folder.to_owned(), issue, verify, lang })
    }

    /// Returns a path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Begins a part.
    pub(crate) fn part(&self, ja: &str, en: &str) {
        println!("\n{}\n{}", self.lang.pick(ja, en), "─".repeat(60));
    }

    /// Says a sentence.
    pub(crate) fn say(&self, ja: &str, en: &str) {
        println!("# {}", self.lang.pick(ja, en));
    }

    /// Runs `hosho-issue` in the folder and checks its exit code.
    pub(crate) fn issue(&self, line: &str, exit: i32) -> Result<Said, Box<dyn Error>> {
        self.run(&self.issue, "", line, exit)
    }

    /// Runs `hosho-issue` on a machine of its own: a folder with what was carried there.
    pub(crate) fn issue_at(
        &self,
        machine: &str,
        line: &str,
        exit: i32,
    ) -> Result<Said, Box<dyn Error>> {
        self.run(&self.issue, machine, line, exit)
    }

    /// Runs `hosho-verify` in the folder and checks its exit code.
    pub(crate) fn verify(&self, line: &str, exit: i32) -> Result<Said, Box<dyn Error>> {
        self.run(&self.verify, "", line, exit)
    }

    /// Has a certificate checked and compares the verdict.
    pub(crate) fn check(&self, check: &Check<'_>, verdict: &str) -> Result<(), Box<dyn Error>> {
        let found = self.verdict(check)?;
        let Check { file, proof, trust, .. } = check;
        let with = proof.map(|proof| format!(" --proof {proof}")).unwrap_or_default();
        println!("$ hosho-verify check {file} --trust {trust}{with}\n  {found}");
        if found == verdict {
            return Ok(());
        }
        Err(format!("{file}: expected {verdict}, got {found}").into())
    }

    /// Returns the verdict about a certificate without a word.
    pub(crate) fn verdict(&self, check: &Check<'_>) -> Result<String, Box<dyn Error>> {
        let Check { file, number, trust, status, proof, now } = check;
        let mut command = Command::new(&self.verify);
        command.current_dir(&self.folder).stdin(Stdio::null());
        command.args(["check", file, "--number", number, "--trust", trust, "--status", status]);
        command.args(["--on", "2025-12-01", "--now", now, "--json"]);
        if let Some(proof) = proof {
            command.args(["--proof", proof]);
        }
        let output = command.output()?;
        let answer: Value = serde_json::from_slice(&output.stdout)?;
        let verdict = answer.get("verdict").and_then(Value::as_str).unwrap_or_default();
        Ok(verdict.to_owned())
    }

    /// Copies files by hand, as on a medium.
    pub(crate) fn carry(&self, names: &[&str], to: &str) -> Result<(), Box<dyn Error>> {
        fs::create_dir_all(self.path(to))?;
        for name in names {
            let file = self.path(name);
            let base = file.file_name().ok_or("a file's name")?;
            fs::copy(&file, self.path(to).join(base))?;
            println!("  {name} -> {to}/");
        }
        Ok(())
    }

    fn run(
        &self,
        program: &Path,
        machine: &str,
        line: &str,
        exit: i32,
    ) -> Result<Said, Box<dyn Error>> {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        println!("{machine}$ {name} {line}");
        let output = Command::new(program)
            .current_dir(self.path(machine))
            .args(["--lang", self.lang.code()])
            .args(line.split_whitespace())
            .stdin(Stdio::null())
            .output()?;
        let said = Said {
            output: String::from_utf8(output.stdout)?,
            errors: String::from_utf8(output.stderr)?,
        };
        for line in said.output.lines().chain(said.errors.lines()) {
            println!("  {line}");
        }
        let code = output.status.code();
        if code == Some(exit) {
            return Ok(said);
        }
        Err(format!("expected exit code {exit}, got {code:?}").into())
    }
}

impl Said {
    /// Returns the field of the line that begins with a word.
    pub(crate) fn field(&self, word: &str) -> Result<&str, Box<dyn Error>> {
        let mut lines = self.output.lines().map(|line| line.split('\t'));
        let found = lines.find_map(|mut fields| {
            fields.next().filter(|first| *first == word).and_then(|_| fields.next())
        });
        found.ok_or_else(|| format!("no line of {word}").into())
    }

    /// Checks that a code was told.
    pub(crate) fn tells(&self, code: &str) -> Result<(), Box<dyn Error>> {
        if self.errors.contains(code) {
            return Ok(());
        }
        Err(format!("{code} was expected").into())
    }
}
