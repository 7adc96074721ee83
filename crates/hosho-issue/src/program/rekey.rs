//! `rekey` and `rotate-master`: from arguments to orders, and what is told meanwhile.

use std::ops::ControlFlow;

use indicatif::ProgressBar;

use super::{LONG, Rows, Stage, complain, print, progress, time};
use crate::arguments::Action;
use crate::event::{Event, Watch};
use crate::failure::Failure;
use crate::{Chosen, Earlier, RekeyOrder, RotateMasterOrder, make_token_key, rekey, rotate_master};

impl Stage {
    /// Does what a command about auth keys asks for.
    pub(super) fn change_auth_keys(&self, action: Action) -> Result<(), Failure> {
        let patience = self.patience;
        match action {
            Action::Rekey { home, number, outdated: _, out, earlier, reason, json, now } => {
                let chosen =
                    if number.is_empty() { Chosen::Outdated } else { Chosen::Numbers(number) };
                let earlier = if earlier { Earlier::HandOut } else { Earlier::Keep };
                let now = time(now)?;
                let order = RekeyOrder { home, chosen, reason, out, earlier, now, patience };
                self.rekey(&order, Rows::of(json))
            }
            Action::RotateMaster { home, now } => {
                let order = RotateMasterOrder { home, now: time(now)?, patience };
                let epoch = self.watched(|watch| rotate_master(&order, watch))?;
                print(&format!("{}\t{epoch}", self.lang.pick("エポック", "epoch")));
                Ok(())
            }
            Action::TokenKey { uri } => {
                let public = make_token_key(&uri)?;
                print(&format!("{}\t{}", public.key_id(), public.thumbprint()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn rekey(&self, order: &RekeyOrder, rows: Rows) -> Result<(), Failure> {
        let lang = self.lang;
        let mut bar = ProgressBar::hidden();
        let mut tell = |event: &Event| {
            match event {
                Event::Planned { count } if *count >= LONG => bar = progress(*count),
                Event::Stored { .. } => bar.inc(1),
                Event::Delivered { number, revision, .. } => {
                    bar.suspend(|| rows.rekeyed(number, *revision, lang));
                }
                Event::Noticed(notice) => bar.suspend(|| complain(&notice.message(lang))),
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let rekeyed = rekey(order, &mut Watch::new(&mut tell));
        bar.finish_and_clear();
        rekeyed
    }
}
