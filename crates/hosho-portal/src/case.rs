//! From a stored application to what decisions depend on.

use hosho::{GuaranteeNumber, Revision};
use hosho_policy::Finding;
use hosho_request::Request;
use hosho_store::portal::{Application, ApplicationId, ContractorId, Task};
use hosho_web::Problem;

use crate::decision::Case;
use crate::draft::{Conclusion, Draft};
use crate::error::{of_draft, of_store};
use crate::number::NumberSeries;
use crate::portal::Portal;

/// The number of a guarantee that has none yet.
const NO_NUMBER: &str = "0";

/// Returns what decisions depend on.
pub(crate) fn of(application: &Application) -> Case {
    Case {
        entered_by: application.created_by,
        task: application.task,
        delivery: application.delivery,
        amount: application.amount,
        decided: application.decisions.iter().map(|it| (it.step, it.account)).collect(),
        job: application.job.as_ref().map(|job| job.state),
    }
}

/// Returns an application.
///
/// # Errors
/// E10-NOT-FOUND without one, or an internal problem when its rows do not fit each other: nothing
/// is decided on them.
pub(crate) async fn find(portal: &Portal, id: &str) -> Result<Application, Problem> {
    let id = ApplicationId::parse(id).ok_or_else(Problem::not_found)?;
    let found = portal.store().application(id).await.map_err(of_store)?;
    let found = found.ok_or_else(Problem::not_found)?;
    let damaged = |what| Problem::internal(format_args!("damaged: {what} of an application"));
    of(&found).check_history().map_err(|_| damaged("the decisions"))?;
    // Whether two people have to approve depends on the amount.
    let (_, request) = request(portal, &found)?;
    if request.guarantee.amount == found.amount { Ok(found) } else { Err(damaged("the amount")) }
}

/// Returns the revision that an application asks for.
pub(crate) fn revision(application: &Application) -> Option<Revision> {
    match &application.base {
        None => Some(Revision::FIRST),
        Some((_, base)) => base.next(),
    }
}

/// Returns the request as it would be concluded today.
///
/// # Errors
/// An internal problem when what is stored does not read any more.
pub(crate) fn request(
    portal: &Portal,
    application: &Application,
) -> Result<(Draft, Request), Problem> {
    let draft = Draft::parse(&application.request).map_err(|error| of_draft(&error))?;
    let none = GuaranteeNumber::parse(NO_NUMBER).map_err(Problem::internal)?;
    let number = application.base.as_ref().map_or(&none, |(number, _)| number);
    let revision =
        revision(application).ok_or_else(|| Problem::internal("there is no later revision"))?;
    let conclusion = Conclusion { number, revision, issued_on: portal.today() };
    let request =
        Request::parse(draft.conclude(&conclusion).as_bytes()).map_err(|error| of_draft(&error))?;
    Ok((draft, request))
}

/// What findings depend on besides the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    /// Whose application it is.
    pub(crate) contractor: ContractorId,
    /// What it asks for.
    pub(crate) task: Task,
    /// The guarantee that it changes.
    pub(crate) base: Option<&'a GuaranteeNumber<'a>>,
}

impl<'a> From<&'a Application> for About<'a> {
    fn from(application: &'a Application) -> Self {
        Self {
            contractor: application.contractor,
            task: application.task,
            base: application.base.as_ref().map(|(number, _)| number),
        }
    }
}

/// Returns what the obligee's policy says about an application, stored or not yet, among
/// everything that the portal has about the same contract.
///
/// # Errors
/// An internal problem when something that is stored does not verify.
pub(crate) async fn findings(
    portal: &Portal,
    about: &About<'_>,
    request: &Request,
) -> Result<Vec<Finding>, Problem> {
    // A revision that ends a guarantee promises nothing; a new key changes no promise.
    if matches!(about.task, Task::Cancel | Task::Rekey) {
        return Ok(Vec::new());
    }
    let certificate = request.to_unsigned().map_err(|error| of_draft(&error))?;
    let known = portal.trust().known().await?;
    let (on, now) = (portal.today(), portal.now());
    let mut numbers: Vec<GuaranteeNumber<'static>> = Vec::new();
    numbers.extend(about.base.map(|number| number.clone().into_owned()));
    numbers.extend(request.guarantee.first_advance.clone());
    let newest = portal.store().guarantees(Some(about.contractor), u16::MAX).await;
    numbers.extend(newest.map_err(of_store)?.into_iter().map(|stored| stored.number));
    numbers.sort_unstable();
    numbers.dedup();
    let mut history = Vec::new();
    let mut companions = Vec::new();
    for number in &numbers {
        let Some(guarantee) = portal.store().guarantee(number).await.map_err(of_store)? else {
            continue;
        };
        if guarantee.contractor != about.contractor {
            continue;
        }
        let own = about.base.is_some_and(|base| base == number);
        for verified in known.verify(&guarantee, on, now)? {
            let owned = verified.certificate().clone().into_owned();
            let claims = owned.claims();
            let same = claims.obligee.name == request.obligee.name
                && claims.work.contract_number == request.work.contract_number;
            if own {
                history.push(owned);
            } else if same || request.guarantee.first_advance.as_ref() == Some(number) {
                companions.push(owned);
            }
        }
    }
    let (history, companions): (Vec<_>, Vec<_>) =
        (history.iter().collect(), companions.iter().collect());
    Ok(portal.policies().findings(&certificate, &history, &companions))
}

/// Returns the series that a new guarantee is numbered in.
///
/// # Errors
/// An internal problem when the day has none.
pub(crate) fn series(portal: &Portal, request: &Request) -> Result<NumberSeries, Problem> {
    let office = &portal.config().number.office;
    NumberSeries::new(office, request.kind, request.issued_on)
        .map_err(|error| Problem::internal(format_args!("no series of numbers: {error:?}")))
}
