//! An application in the making: what was typed, and what answers it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hosho::{GuaranteeNumber, Revision};
use hosho_store::portal::{
    Application, ApplicationId, Delivery, NewApplication, Page, Selection, Task,
};
use hosho_web::Problem;

use super::confirm::ConfirmPage;
use super::delivery::Offer;
use super::difference::differences;
use super::entries::{DELIVERY, ENDING, Entries, PARTIES};
use super::page::{FormPage, Sheet, Told};
use super::reading::{Frame, read, read_ending, read_rekey};
use super::slip::Slip;
use super::step::FormStep;
use crate::case;
use crate::draft::Draft;
use crate::error::{of_draft, of_store};
use crate::person::Applicant;
use crate::portal::Portal;

/// An application in the making.
pub(super) struct Making<'a> {
    pub(super) portal: &'a Portal,
    pub(super) applicant: &'a Applicant,
    pub(super) task: Task,
    /// The heading of its pages.
    pub(super) title: String,
    /// Where its form is sent.
    pub(super) path: String,
    /// What the form carries besides the fields.
    pub(super) carried: Vec<(&'static str, String)>,
    pub(super) frame: Frame<'a>,
    /// The guarantee and the revision that it begins with.
    pub(super) base: Option<(&'a GuaranteeNumber<'a>, Revision)>,
    /// How the certificate can be received, for a new guarantee.
    pub(super) offer: Option<Offer>,
    /// Another application about the same guarantee, which is not decided yet.
    pub(super) waiting: Option<ApplicationId>,
    pub(super) entries: Entries,
}

/// The same application twice within this many seconds is one that was sent twice.
const SENT_TWICE: u64 = 10 * 60;
/// How many of the contractor's last applications are looked at for that.
const LAST: u16 = 20;

impl Making<'_> {
    /// Answers what was sent: the form again, how it will stand, or the application itself.
    pub(super) async fn answer(mut self, step: FormStep) -> Result<Response, Problem> {
        if step.changes_rows(&mut self.entries) || step == FormStep::Back {
            return self.form(&[]);
        }
        match self.read() {
            Err(slips) => self.form(&slips),
            Ok((draft, delivery)) if step == FormStep::Send => self.send(&draft, delivery).await,
            Ok((draft, _)) => self.confirm(&draft).await,
        }
    }

    /// Shows the form, with what is wrong.
    pub(super) fn form(&self, slips: &[Slip]) -> Result<Response, Problem> {
        let sheet = self.sheet(&self.entries);
        let told = Told::new(slips, &sheet);
        let status = if slips.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        self.show(status, &FormPage::new(&sheet, &told))
    }

    fn show(&self, status: StatusCode, main: &impl Template) -> Result<Response, Problem> {
        self.applicant.page(self.title.clone()).status(status).show(main)
    }

    fn sheet<'s>(&'s self, entries: &'s Entries) -> Sheet<'s> {
        Sheet {
            lang: self.applicant.view.lang(),
            token: self.applicant.view.token(),
            task: self.task,
            path: &self.path,
            carried: &self.carried,
            frame: &self.frame,
            offer: self.offer,
            waiting: self.waiting,
            entries,
        }
    }

    fn read(&self) -> Result<(Draft, Delivery), Vec<Slip>> {
        let draft = match (self.task, self.frame.base) {
            (Task::Cancel, Some(base)) => read_ending(&self.entries, base),
            (Task::Rekey, Some(base)) => read_rekey(&self.entries, base),
            _ => read(&self.entries, &self.frame),
        };
        let delivery = match self.offer {
            Some(offer) => offer.chosen(&self.entries),
            // Revisions of an electronic certificate are electronic.
            None => Ok(Delivery::Electronic),
        };
        match (draft, delivery) {
            (Ok(draft), Ok(delivery)) => Ok((draft, delivery)),
            (Ok(_), Err(slip)) => Err(vec![slip]),
            (Err(slips), Ok(_)) => Err(slips),
            (Err(mut slips), Err(slip)) => {
                slips.push(slip);
                Err(slips)
            }
        }
    }

    /// Shows how the application will stand: what was understood, not what was typed.
    async fn confirm(&self, draft: &Draft) -> Result<Response, Problem> {
        let mut understood = match self.task {
            Task::Amend | Task::New => Entries::of_request(draft.fields()),
            Task::Cancel | Task::Rekey => self.entries.clone(),
        };
        for besides in [DELIVERY, ENDING, PARTIES] {
            understood.set(besides, self.entries.kept(besides));
        }
        let request = draft.request(self.portal.today()).map_err(|error| of_draft(&error))?;
        let about = case::About {
            contractor: self.applicant.contractor,
            task: self.task,
            base: self.base.map(|(number, _)| number),
        };
        let findings = case::findings(self.portal, &about, &request).await?;
        let changed = match self.frame.base {
            Some(base) => differences(base.fields(), draft.fields(), self.frame.kind),
            None => Vec::new(),
        };
        let sheet = self.sheet(&understood);
        let page = ConfirmPage::new(&sheet, draft.fields(), &changed, &findings);
        self.show(StatusCode::OK, &page)
    }

    async fn send(&self, draft: &Draft, delivery: Delivery) -> Result<Response, Problem> {
        let (store, at) = (self.portal.store(), self.portal.now());
        let request = draft.request(self.portal.today()).map_err(|error| of_draft(&error))?;
        let new = NewApplication {
            contractor: self.applicant.contractor,
            task: self.task,
            kind: self.frame.kind,
            base: self.base,
            request: &draft.to_json(),
            delivery,
            amount: request.guarantee.amount,
            by: self.applicant.account.id,
            at,
        };
        let page = Page { before: None, most: LAST };
        let last = store.applications(Selection::Of(new.contractor), page).await;
        let last = last.map_err(of_store)?;
        let id = if let Some(earlier) = last.iter().find(|earlier| is_sent_twice(earlier, &new)) {
            earlier.id
        } else {
            let id = store.apply(&new).await.map_err(of_store)?;
            self.portal.raise_high_water().await?;
            id
        };
        Ok(Redirect::to(&format!("/applications/{id}")).into_response())
    }
}

/// Tells whether an application is the one that a person sent a moment ago: the button was pressed
/// twice.
fn is_sent_twice(earlier: &Application, new: &NewApplication<'_>) -> bool {
    let base = earlier.base.as_ref().map(|(number, revision)| (number.as_str(), *revision));
    earlier.decisions.is_empty()
        && earlier.task == new.task
        && earlier.kind == new.kind
        && earlier.delivery == new.delivery
        && earlier.created_by == new.by
        && base == new.base.map(|(number, revision)| (number.as_str(), revision))
        && earlier.request == new.request
        && new.at.seconds().saturating_sub(earlier.created_at.seconds()) < SENT_TWICE
}
