//! The commands about keys, roots and trust bundles: from arguments to what is printed.

use std::io::{BufRead as _, IsTerminal as _, Write as _, stderr, stdin};
use std::ops::ControlFlow;

use hosho_cli::path::shown;

use super::{Rows, Stage, complain, existing, print, progress, time};
use crate::arguments::{Action, RootAction};
use crate::event::{Event, Watch};
use crate::failure::Failure;
use crate::journal::role_word;
use crate::{
    Asked, AssembleOrder, BundleOrder, CompromiseOrder, Confirmation, Existing, ExportOrder,
    HighWaterOrder, MarkBefore, Published, RenewOrder, ReplaceOrder, RequestOrder, RotateOrder,
    SignOrder, WithdrawOrder, assemble_root, bundle, compromised, every_bundle, export_roots,
    keep_apart, new_root, renew, replace_roots, rotate_key, show, sign_request, withdraw,
    write_request,
};

impl Stage {
    /// Does what `rotate-key`, `compromised` or `bundle` ask for.
    pub(super) fn change_keys(&self, action: Action) -> Result<(), Failure> {
        let patience = self.patience;
        match action {
            Action::RotateKey {
                home,
                role,
                to,
                grace_days,
                reason,
                key_days,
                bundle_days,
                now,
            } => {
                let now = time(now)?;
                let order = RotateOrder {
                    home,
                    role,
                    key_days,
                    bundle_days,
                    grace_days,
                    to,
                    reason,
                    now,
                    patience,
                };
                let rotated = self.watched(|watch| rotate_key(&order, watch))?;
                print(&format!("{}\t{}", role_word(role), rotated.key));
                done(rotated.published, Rows::Text)
            }
            Action::Compromised {
                home,
                kid,
                since,
                reason,
                to,
                out,
                key_days,
                bundle_days,
                now,
            } => {
                let now = time(now)?;
                self.call_compromised(&CompromiseOrder {
                    home,
                    key: kid,
                    since,
                    reason,
                    to,
                    out,
                    key_days,
                    bundle_days,
                    now,
                    patience,
                })
            }
            Action::Bundle { home, out, all: true, json, now, .. } => {
                let (out, now) = (out.unwrap_or_default(), time(now)?);
                let order = BundleOrder { home, out, existing: Existing::Keep, now, patience };
                for written in self.watched(|watch| every_bundle(&order, watch))? {
                    Rows::of(json).bundle(&written);
                }
                Ok(())
            }
            Action::Bundle { home, out, force, renew: false, json, now, .. } => {
                let out = out.unwrap_or_default();
                let now = time(now)?;
                let existing = existing(force);
                let order = BundleOrder { home, out, existing, now, patience };
                self.write_bundle(&order, Rows::of(json))
            }
            Action::Bundle { home, out, force, bundle_days, json, now, .. } => {
                let now = time(now)?;
                let order = RenewOrder { home: home.clone(), bundle_days, now, patience };
                let published = self.watched(|watch| renew(&order, watch))?;
                match (&published, out) {
                    (Published::Installed { .. }, Some(out)) => {
                        let existing = existing(force);
                        let order = BundleOrder { home, out, existing, now, patience };
                        self.write_bundle(&order, Rows::of(json))
                    }
                    _ => done(published, Rows::of(json)),
                }
            }
            _ => Ok(()),
        }
    }

    fn write_bundle(&self, order: &BundleOrder, rows: Rows) -> Result<(), Failure> {
        rows.bundle(&self.watched(|watch| bundle(order, watch))?);
        Ok(())
    }

    fn call_compromised(&self, order: &CompromiseOrder) -> Result<(), Failure> {
        let mut bar = None;
        let mut tell = |event: &Event| {
            match event {
                Event::ProofStored { of } if *of >= super::LONG => {
                    bar.get_or_insert_with(|| progress(*of)).inc(1);
                }
                Event::Noticed(notice) => complain(&notice.message(self.lang)),
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let made = compromised(order, &mut Watch::new(&mut tell));
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        let made = made?;
        let word = self.lang.pick("真正な証書", "attested");
        print(&format!("{word}\t{}", made.attested));
        if let Some(fresh) = made.fresh {
            print(&format!("{}\t{fresh}", role_word(made.role)));
        }
        done(made.published, Rows::Text)
    }

    /// Does what `high-water` asks for.
    pub(super) fn keep_mark(&self, action: Action) -> Result<(), Failure> {
        let Action::HighWater { home, apart, lost, now } = action else { return Ok(()) };
        let before = if lost { MarkBefore::Lost } else { MarkBefore::Compared };
        let (now, patience) = (time(now)?, self.patience);
        let order = HighWaterOrder { home, apart, before, now, patience };
        let records = self.watched(|watch| keep_apart(&order, watch))?;
        print(&format!("{}\t{records}", shown(&order.apart)));
        Ok(())
    }

    /// Does what a command of the root ceremony asks for.
    pub(super) fn hold_ceremony(&self, action: RootAction) -> Result<(), Failure> {
        let patience = self.patience;
        match action {
            RootAction::Init { out } => {
                let root = new_root(&out)?;
                print(&format!("{}\t{}", shown(&out), root.thumbprint));
                Ok(())
            }
            RootAction::Show { what, previous } => {
                let lines = self.watched(|watch| {
                    show(&what, previous.as_deref(), patience, self.lang, watch)
                })?;
                print(&lines.join("\n"));
                Ok(())
            }
            RootAction::Request { home, out, force } => {
                let existing = existing(force);
                let order = RequestOrder { home, out, existing, patience };
                let written = self.watched(|watch| write_request(&order, watch))?;
                let file = shown(&order.out);
                let word = self.lang.pick("依頼の指紋", "request fingerprint");
                print(&format!("{file}\t{}\t{word}\t{}", written.sequence, written.fingerprint));
                Ok(())
            }
            RootAction::Sign { request, key, out, previous, yes } => {
                self.sign(&SignOrder { request, key, previous, out }, yes)
            }
            RootAction::Assemble { target, signature, previous, out, now } => {
                let (now, signatures) = (time(now)?, signature);
                let order = AssembleOrder { target, signatures, previous, out, now, patience };
                let made = self.watched(|watch| assemble_root(&order, watch))?;
                print(&format!("bundle\t{}\t{}", made.sequence, made.fingerprint));
                Ok(())
            }
            RootAction::Export { home, out, now } => {
                let order = ExportOrder { home, out, now: time(now)?, patience };
                for root in self.watched(|watch| export_roots(&order, watch))? {
                    print(&format!("{}\t{}", shown(&root.file), root.thumbprint));
                }
                Ok(())
            }
            RootAction::Replace { home, remove, add, threshold, bundle_days, now } => {
                let now = time(now)?;
                let order =
                    ReplaceOrder { home, remove, add, threshold, bundle_days, now, patience };
                done(self.watched(|watch| replace_roots(&order, watch))?, Rows::Text)
            }
            RootAction::Withdraw { home, now } => {
                let order = WithdrawOrder { home, now: time(now)?, patience };
                if let Some(open) = self.watched(|watch| withdraw(&order, watch))? {
                    print(&format!("request\t{open}"));
                }
                Ok(())
            }
        }
    }

    fn sign(&self, order: &SignOrder, yes: bool) -> Result<(), Failure> {
        let confirm = |asked: &Asked| {
            let word = self.lang.pick("このルート鍵で署名します", "Signing with root key");
            let text = format!("{}\n{word}: {}", asked.lines.join("\n"), asked.root);
            if yes {
                print(&text);
                return Ok(());
            }
            self.ask(&text)
        };
        let written = sign_request(order, self.lang, confirm)?;
        print(&format!("{}\t{}\t{}", shown(&order.out), written.root, written.request));
        Ok(())
    }

    /// Shows a text and asks, on the same terminal: nobody agrees to what went elsewhere.
    fn ask(&self, text: &str) -> Result<(), Confirmation> {
        if !stdin().is_terminal() || !stderr().is_terminal() {
            print(text);
            return Err(Confirmation::NoTerminal);
        }
        let question = self.lang.pick(
            "内容を確かめ、署名するときは「はい」又は yes と入力してください: ",
            "Read all of it. Type yes to sign: ",
        );
        let mut terminal = stderr().lock();
        let shown = write!(terminal, "{text}\n{question}").and_then(|()| terminal.flush());
        if shown.is_err() {
            return Err(Confirmation::NoTerminal);
        }
        let mut answer = String::new();
        let read = stdin().lock().read_line(&mut answer);
        let agreed = read.is_ok() && matches!(answer.trim(), "yes" | "はい");
        if agreed { Ok(()) } else { Err(Confirmation::Denied) }
    }
}

/// Prints what became of the next trust bundle; one that waits for root keys is not done yet.
fn done(published: Published, rows: Rows) -> Result<(), Failure> {
    rows.published(&published);
    match published {
        Published::Installed { .. } => Ok(()),
        Published::Waiting { request, .. } => Err(Failure::AwaitsRoots { request }),
    }
}
