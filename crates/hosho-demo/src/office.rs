//! What people do at the services, page by page.

use std::time::{Duration, Instant};

use crate::Fault;
use crate::cast::{APPROVER, CLERK, CONTRACTOR, DIRECTOR, FIRST_PASSWORD, PASSWORD, Person};
use crate::html::Filled;
use crate::stop::Stop;
use crate::town::Town;
use crate::visitor::{Answer, Visitor};

/// How long the worker may take; a debug build on a busy machine is slow.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often a page is looked at again.
const PAUSE: Duration = Duration::from_millis(300);
/// The most pages of one application.
const MOST_PAGES: usize = 4;

/// What is typed into forms: names of fields, and what stands there.
pub(crate) type Typed = Vec<(String, String)>;

/// The contractor and the guarantor's people, each logged in with a browser of their own.
#[derive(Debug)]
pub(crate) struct Office<'t> {
    pub(crate) town: &'t mut Town,
    pub(crate) contractor: Visitor,
    clerk: Visitor,
    approver: Visitor,
    director: Visitor,
    stop: Stop,
}

impl<'t> Office<'t> {
    /// Logs everybody in for the first time, which changes their first passwords.
    pub(crate) fn open(town: &'t mut Town, others: &[Person], stop: &Stop) -> Result<Self, Fault> {
        let portal = town.portal;
        for person in others {
            log_in(Visitor::of(portal), person)?;
        }
        let [contractor, clerk, approver, director] = [CONTRACTOR, CLERK, APPROVER, DIRECTOR]
            .map(|person| log_in(Visitor::of(portal), &person));
        Ok(Self {
            contractor: contractor?,
            clerk: clerk?,
            approver: approver?,
            director: director?,
            stop: stop.clone(),
            town,
        })
    }

    /// Applies as the contractor, from the first page of a form to the last, and returns the page of
    /// the application.
    pub(crate) fn apply(&mut self, start: &str, typed: &Typed) -> Result<String, Fault> {
        let mut page = self.contractor.get(start)?;
        for _ in 0..MOST_PAGES {
            if let Some(id) = page.path.strip_prefix("/applications/")
                && !id.is_empty()
                && id.bytes().all(|byte| byte.is_ascii_digit())
            {
                return Ok(page.path);
            }
            page.has_status(200)?;
            let (path, _) = start.split_once('?').unwrap_or((start, ""));
            let mut form = page.form(path)?;
            for (name, value) in typed {
                // Each page of an application asks for its own part.
                let _elsewhere = form.fill(name, value);
            }
            let button = [("step", "send"), ("step", "check")];
            let button = button.into_iter().find(|(name, value)| form.has_button(name, value));
            page = self.contractor.send(&form, button)?;
        }
        Err(page.lacks("end of the application"))
    }

    /// Reviews, approves (by a second person where that is needed) and concludes.
    pub(crate) fn decide(&mut self, application: &str, approvals: Approvals) -> Result<(), Fault> {
        let desk = format!("/desk{application}");
        press(&mut self.clerk, &desk, "review")?;
        press(&mut self.approver, &desk, "approve")?;
        if approvals == Approvals::Two {
            let again = self.approver.get(&desk)?;
            if again.form(&format!("{desk}/approve")).is_ok() {
                return Err(again.lacks("refusal of a second approval by the same person"));
            }
            press(&mut self.director, &desk, "approve")?;
        }
        press(&mut self.clerk, &desk, "conclude")
    }

    /// Waits until the worker has issued what was concluded, and returns the guarantee's number.
    pub(crate) fn issued(&mut self, application: &str) -> Result<String, Fault> {
        self.wait("issued certificate", |office| {
            let page = office.contractor.get(application)?;
            let html = page.page();
            let number = html.split("href=\"/guarantees/").nth(1);
            let number = number.and_then(|rest| rest.split_once('"'));
            Ok(Looked { found: number.map(|(number, _)| number.to_owned()), page })
        })
    }

    /// Waits until the contractor's page of a guarantee shows what the obligee did.
    pub(crate) fn told(&mut self, number: &str, what: &str) -> Result<(), Fault> {
        let cell = format!(">{what}<");
        self.wait(what, |office| {
            let page = office.contractor.get(&format!("/guarantees/{number}"))?;
            Ok(Looked { found: page.page().contains(&cell).then_some(()), page })
        })
    }

    /// Returns the auth key of a guarantee, as the contractor sees it.
    pub(crate) fn auth_key(&mut self, number: &str) -> Result<String, Fault> {
        let page = self.take(number, "key")?;
        let html = page.page();
        let groups = html.split("class=\"key-group\">").skip(1);
        let groups: Vec<&str> =
            groups.filter_map(|rest| rest.split_once('<')).map(|(group, _)| group).collect();
        if groups.len() == 5 { Ok(groups.join("-")) } else { Err(page.lacks("auth key")) }
    }

    /// Returns the notice of a guarantee, a PDF.
    pub(crate) fn notice(&mut self, number: &str) -> Result<Vec<u8>, Fault> {
        pdf(self.take(number, "notice.pdf")?)
    }

    /// Returns the contractor's copy, a PDF.
    pub(crate) fn copy(&mut self, number: &str) -> Result<Vec<u8>, Fault> {
        pdf(self.contractor.get(&format!("/guarantees/{number}/copy.pdf"))?)
    }

    fn take(&mut self, number: &str, what: &str) -> Result<Answer, Fault> {
        let page = format!("/guarantees/{number}");
        let form = self.contractor.get(&page)?.form(&format!("{page}/{what}"))?;
        let taken = self.contractor.send(&form, None)?;
        taken.has_status(200)?;
        Ok(taken)
    }

    /// Waits until so many mails lie in the portal's folder.
    pub(crate) fn mailed(&mut self, least: usize) -> Result<(), Fault> {
        let folder = self.town.places.portal_mails();
        let began = Instant::now();
        while std::fs::read_dir(&folder)?.count() < least {
            self.town.check()?;
            if began.elapsed() > PATIENCE {
                return Err(format!("{}: no mail", folder.display()).into());
            }
            self.stop.pause(PAUSE)?;
        }
        Ok(())
    }

    fn wait<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&mut Self) -> Result<Looked<T>, Fault>,
    ) -> Result<T, Fault> {
        let began = Instant::now();
        loop {
            let looked = look(self)?;
            match looked.found {
                Some(found) => return Ok(found),
                None if began.elapsed() > PATIENCE => return Err(looked.page.lacks(what)),
                None => {}
            }
            self.town.check()?;
            self.stop.pause(PAUSE)?;
        }
    }
}

/// How many people approve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Approvals {
    One,
    Two,
}

struct Looked<T> {
    found: Option<T>,
    page: Answer,
}

/// Opens a certificate as the obligee does, with number and auth key, and returns the page.
pub(crate) fn open(obligee: &mut Visitor, number: &str, key: &str) -> Result<Answer, Fault> {
    let mut form = obligee.get("/")?.form("/open")?;
    for (name, value) in [("number", number), ("auth_key", key)] {
        if form.fill(name, value) == Filled::NoSuchField {
            return Err(format!("the first page has no field {name}").into());
        }
    }
    obligee.send(&form, None)
}

/// Hands a file in as the obligee does, and returns the page.
pub(crate) fn hand_in(obligee: &mut Visitor, name: &str, bytes: &[u8]) -> Result<Answer, Fault> {
    let form = obligee.get("/")?.form("/open")?;
    obligee.send_with(&form, None, Some((name, bytes)))
}

/// Accepts the certificate that is open.
pub(crate) fn accept(obligee: &mut Visitor, by: &str) -> Result<Answer, Fault> {
    let mut form = obligee.get("/certificate")?.form("/certificate/answer")?;
    for (name, value) in [("answer", "accepted"), ("by", by)] {
        if form.fill(name, value) == Filled::NoSuchField {
            return Err(format!("the form of an answer has no field {name}").into());
        }
    }
    let answered = obligee.send(&form, None)?;
    answered.has_status(200)?;
    Ok(answered)
}

fn log_in(mut visitor: Visitor, person: &Person) -> Result<Visitor, Fault> {
    let mut form = visitor.get("/login")?.form("/login")?;
    for (name, value) in [("login", person.login), ("password", FIRST_PASSWORD)] {
        if form.fill(name, value) == Filled::NoSuchField {
            return Err(format!("the login page has no field {name}").into());
        }
    }
    let page = visitor.send(&form, None)?;
    let mut form = page.form("/password")?;
    for (name, value) in [("old", FIRST_PASSWORD), ("new", PASSWORD), ("again", PASSWORD)] {
        if form.fill(name, value) == Filled::NoSuchField {
            return Err(format!("the password page has no field {name}").into());
        }
    }
    visitor.send(&form, None)?.has_status(200)?;
    Ok(visitor)
}

/// Presses the button of a step, with every box of that form ticked.
fn press(visitor: &mut Visitor, page: &str, step: &str) -> Result<(), Fault> {
    let mut form = visitor.get(page)?.form(&format!("{page}/{step}"))?;
    form.tick_all("ack_");
    form.tick_all("premium");
    visitor.send(&form, None)?.has_status(200)
}

fn pdf(answer: Answer) -> Result<Vec<u8>, Fault> {
    answer.has_status(200)?;
    if answer.kind == "application/pdf" && answer.body.starts_with(b"%PDF-") {
        Ok(answer.body)
    } else {
        Err(answer.lacks("PDF"))
    }
}
