//! Who may decide what about an application, and when: pure, without database or page.

use std::collections::BTreeSet;

use hosho::Yen;
use hosho_store::portal::{AccountId, AccountKind, Delivery, JobState, Role, Step, Task};

/// An application as far as decisions depend on it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Who entered it.
    pub entered_by: AccountId,
    /// What it asks for.
    pub task: Task,
    /// How the certificate is to be received.
    pub delivery: Delivery,
    /// The guaranteed amount that it asks for.
    pub amount: Yen,
    /// What was decided, in order, and by whom.
    pub decided: Vec<(Step, AccountId)>,
    /// What became of the job, once there is one.
    pub job: Option<JobState>,
}

/// The person who wants to decide.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// Whose account it is. That an application is the contractor's own was checked before.
    pub kind: AccountKind,
    /// The roles at the desk.
    pub roles: BTreeSet<Role>,
}

/// Where an application stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// It waits for a review.
    Received,
    /// It waits for an approval.
    Reviewed,
    /// It waits for a second, different person.
    ApprovedOnce,
    /// It waits to be concluded.
    Approved,
    /// It is with the worker.
    Concluded,
    /// The certificate is there.
    Issued,
    /// The worker refused it: the desk sends it back or gives it up.
    Refused,
    /// It was concluded on the paper way: nothing more happens here.
    OnPaper,
    /// It went back to the contractor.
    Returned,
    /// It was given up.
    Withdrawn,
}

/// What no history of decisions can be: rows were changed behind the portal's back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unlawful;

/// Why somebody may not decide.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Forbidden {
    /// The application does not wait for this.
    NotNow,
    /// The person has no role for this.
    Role,
    /// A second, different person is needed.
    TwoPeople,
}

impl Forbidden {
    /// Returns the stable code (docs/services.md section 9).
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotNow => "E10-TAKEN",
            Self::Role => "E10-FORBIDDEN",
            Self::TwoPeople => "E10-TWO-PEOPLE",
        }
    }
}

impl Case {
    /// Returns where the application stands.
    pub fn stage(&self, second_above: Yen) -> Stage {
        let Some((last, _)) = self.decided.last() else { return Stage::Received };
        match last {
            Step::Reviewed => Stage::Reviewed,
            Step::Approved if self.needs_second(second_above) => Stage::ApprovedOnce,
            Step::Approved | Step::ApprovedAgain => Stage::Approved,
            Step::Concluded => match (self.delivery, self.job) {
                (Delivery::Paper, _) => Stage::OnPaper,
                (_, Some(JobState::Done)) => Stage::Issued,
                (_, Some(JobState::Refused | JobState::Released)) => Stage::Refused,
                (_, Some(JobState::Open) | None) => Stage::Concluded,
            },
            Step::Returned => Stage::Returned,
            Step::Withdrawn => Stage::Withdrawn,
        }
    }

    /// Tells whether two different people have to approve.
    #[must_use]
    pub fn needs_second(&self, second_above: Yen) -> bool {
        matches!(self.task, Task::Cancel | Task::Rekey) || self.amount > second_above
    }

    /// Checks that the decisions are ones that could have been taken one after the other: each in
    /// its turn, and two approvals by two people, neither of whom entered the application.
    ///
    /// Whether a second approval was needed for the amount depends on a limit that may have been
    /// another one then, so it is not asked here.
    ///
    /// # Errors
    /// When one could not have been taken where it stands.
    pub fn check_history(&self) -> Result<(), Unlawful> {
        let both = matches!(self.task, Task::Cancel | Task::Rekey);
        let mut before = None;
        // Who may not approve any more.
        let mut barred = vec![self.entered_by];
        for (step, by) in &self.decided {
            let lawful = match step {
                Step::Reviewed => before.is_none(),
                Step::Approved => before == Some(Step::Reviewed),
                Step::ApprovedAgain => before == Some(Step::Approved),
                Step::Concluded => {
                    before == Some(Step::ApprovedAgain) || (!both && before == Some(Step::Approved))
                }
                Step::Returned | Step::Withdrawn => {
                    !matches!(before, Some(Step::Returned | Step::Withdrawn))
                }
            };
            let approves = matches!(step, Step::Approved | Step::ApprovedAgain);
            if !lawful || (approves && barred.contains(by)) {
                return Err(Unlawful);
            }
            if approves {
                barred.push(*by);
            }
            before = Some(*step);
        }
        Ok(())
    }

    /// Checks that `person` may take `step` now.
    ///
    /// # Errors
    /// Why not.
    pub fn permit(&self, step: Step, person: &Person, second_above: Yen) -> Result<(), Forbidden> {
        let stage = self.stage(second_above);
        if !waits_for(stage, step) {
            return Err(Forbidden::NotNow);
        }
        if !has_role(step, stage, person) {
            return Err(Forbidden::Role);
        }
        let approves = matches!(step, Step::Approved | Step::ApprovedAgain);
        let approved_before = self.decided.iter().any(|(decided, by)| {
            matches!(decided, Step::Approved | Step::ApprovedAgain) && *by == person.account
        });
        if approves && (self.entered_by == person.account || approved_before) {
            return Err(Forbidden::TwoPeople);
        }
        Ok(())
    }

    /// Returns what `person` may do now, in order.
    pub fn permitted(&self, person: &Person, second_above: Yen) -> Vec<Step> {
        let may = |step: &Step| self.permit(*step, person, second_above).is_ok();
        Step::ALL.iter().copied().filter(may).collect()
    }
}

fn has_role(step: Step, stage: Stage, person: &Person) -> bool {
    let staff = person.kind == AccountKind::Staff;
    let has = |roles: &[Role]| staff && roles.iter().any(|role| person.roles.contains(role));
    match step {
        Step::Reviewed | Step::Concluded => has(&[Role::Clerk]),
        Step::Approved => has(&[Role::Approver]),
        Step::ApprovedAgain => has(&[Role::Director]),
        Step::Returned => has(&[Role::Approver, Role::Clerk, Role::Director]),
        // Before the conclusion it is the contractor's own to withdraw.
        Step::Withdrawn if stage == Stage::Refused => has(&[Role::Clerk]),
        Step::Withdrawn => person.kind == AccountKind::Contractor,
    }
}

const fn waits_for(stage: Stage, step: Step) -> bool {
    let undecided =
        matches!(stage, Stage::Received | Stage::Reviewed | Stage::ApprovedOnce | Stage::Approved);
    match step {
        Step::Reviewed => matches!(stage, Stage::Received),
        Step::Approved => matches!(stage, Stage::Reviewed),
        Step::ApprovedAgain => matches!(stage, Stage::ApprovedOnce),
        Step::Concluded => matches!(stage, Stage::Approved),
        Step::Returned | Step::Withdrawn => undecided || matches!(stage, Stage::Refused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 100_000_000;

    fn account(id: u8) -> AccountId {
        AccountId::parse(&id.to_string()).unwrap()
    }

    fn person(id: u8, roles: &[Role]) -> Person {
        let roles = roles.iter().copied().collect();
        Person { account: account(id), kind: AccountKind::Staff, roles }
    }

    fn contractor(id: u8) -> Person {
        Person { kind: AccountKind::Contractor, ..everything(id) }
    }

    fn everything(id: u8) -> Person {
        person(id, Role::ALL)
    }

    fn limit() -> Yen {
        Yen::new(LIMIT).unwrap()
    }

    fn case(task: Task, amount: u64, decided: &[(Step, u8)]) -> Case {
        Case {
            entered_by: account(1),
            task,
            delivery: Delivery::Electronic,
            amount: Yen::new(amount).unwrap(),
            decided: decided.iter().map(|(step, by)| (*step, account(*by))).collect(),
            job: None,
        }
    }

    #[test]
    fn one_approval_is_enough_up_to_the_limit() {
        let decided = [(Step::Reviewed, 2), (Step::Approved, 2)];
        assert_eq!(case(Task::New, LIMIT, &decided).stage(limit()), Stage::Approved);
        assert_eq!(case(Task::New, LIMIT + 1, &decided).stage(limit()), Stage::ApprovedOnce);
    }

    #[test]
    fn cancelling_and_rekeying_always_take_two() {
        let decided = [(Step::Reviewed, 2), (Step::Approved, 2)];
        for task in [Task::Cancel, Task::Rekey] {
            assert_eq!(case(task, 1, &decided).stage(limit()), Stage::ApprovedOnce);
        }
    }

    #[test]
    fn the_same_person_never_approves_twice_whatever_the_roles() {
        let case = case(Task::Rekey, 1, &[(Step::Reviewed, 2), (Step::Approved, 2)]);
        let permit = |id| case.permit(Step::ApprovedAgain, &everything(id), limit());
        assert_eq!(permit(2), Err(Forbidden::TwoPeople));
        assert_eq!(permit(3), Ok(()));
    }

    #[test]
    fn nobody_approves_what_he_entered() {
        let case = case(Task::New, 1, &[(Step::Reviewed, 2)]);
        let permit = |id| case.permit(Step::Approved, &everything(id), limit());
        assert_eq!(permit(1), Err(Forbidden::TwoPeople));
        assert_eq!(permit(2), Ok(()));
    }

    #[test]
    fn each_step_needs_its_role() {
        for (decided, step, role) in [
            (vec![], Step::Reviewed, Role::Clerk),
            (vec![(Step::Reviewed, 2)], Step::Approved, Role::Approver),
            (vec![(Step::Reviewed, 2), (Step::Approved, 2)], Step::ApprovedAgain, Role::Director),
            (
                vec![(Step::Reviewed, 2), (Step::Approved, 2), (Step::ApprovedAgain, 3)],
                Step::Concluded,
                Role::Clerk,
            ),
        ] {
            let case = case(Task::Cancel, 1, &decided);
            for other in Role::ALL {
                let expected = if *other == role { Ok(()) } else { Err(Forbidden::Role) };
                assert_eq!(case.permit(step, &person(9, &[*other]), limit()), expected);
            }
            assert_eq!(case.permit(step, &contractor(9), limit()), Err(Forbidden::Role));
        }
    }

    #[test]
    fn a_step_out_of_turn_is_not_taken() {
        let case = case(Task::New, 1, &[]);
        for step in [Step::Approved, Step::ApprovedAgain, Step::Concluded] {
            assert_eq!(case.permit(step, &everything(2), limit()), Err(Forbidden::NotNow));
        }
    }

    #[test]
    fn nothing_happens_after_an_application_was_closed() {
        for closing in [Step::Returned, Step::Withdrawn] {
            let case = case(Task::New, 1, &[(Step::Reviewed, 2), (closing, 2)]);
            assert_eq!(case.permitted(&everything(3), limit()), []);
        }
        let mut issued =
            case(Task::New, 1, &[(Step::Reviewed, 2), (Step::Approved, 3), (Step::Concluded, 2)]);
        for job in [JobState::Open, JobState::Done] {
            issued.job = Some(job);
            assert_eq!(issued.permitted(&everything(3), limit()), []);
        }
    }

    #[test]
    fn what_the_worker_refused_is_sent_back_or_given_up_by_the_desk() {
        let mut case =
            case(Task::New, 1, &[(Step::Reviewed, 2), (Step::Approved, 3), (Step::Concluded, 2)]);
        case.job = Some(JobState::Refused);
        assert_eq!(case.stage(limit()), Stage::Refused);
        assert_eq!(
            case.permitted(&person(2, &[Role::Clerk]), limit()),
            [Step::Returned, Step::Withdrawn]
        );
        assert_eq!(case.permitted(&contractor(1), limit()), []);
    }

    #[test]
    fn the_contractor_withdraws_before_it_is_concluded() {
        let reviewed = case(Task::New, 1, &[(Step::Reviewed, 2)]);
        assert_eq!(reviewed.permitted(&contractor(1), limit()), [Step::Withdrawn]);
        assert_eq!(reviewed.permitted(&contractor(7), limit()), [Step::Withdrawn]);
        let clerk = reviewed.permit(Step::Withdrawn, &person(2, &[Role::Clerk]), limit());
        assert_eq!(clerk, Err(Forbidden::Role));
    }

    #[test]
    fn a_history_that_nobody_could_have_made_is_unlawful() {
        use Step::{Approved, ApprovedAgain, Concluded, Returned, Reviewed, Withdrawn};
        let (reviewed, approved, again) = ((Reviewed, 2), (Approved, 3), (ApprovedAgain, 4));
        let checked = |task, decided: &[_]| case(task, 1, decided).check_history();
        for lawful in [
            &[][..],
            &[(Returned, 2)],
            &[reviewed, approved, (Concluded, 2)],
            &[reviewed, approved, again, (Concluded, 2)],
            &[reviewed, approved, (Withdrawn, 1)],
            &[reviewed, approved, (Concluded, 2), (Returned, 2)],
        ] {
            assert_eq!(checked(Task::New, lawful), Ok(()), "{lawful:?}");
        }
        for unlawful in [
            &[approved][..],
            &[(Concluded, 2)],
            &[reviewed, again],
            &[approved, reviewed],
            &[reviewed, (Approved, 1)],
            &[reviewed, approved, (ApprovedAgain, 3)],
            &[(Returned, 2), reviewed],
            &[(Returned, 2), (Withdrawn, 1)],
        ] {
            assert_eq!(checked(Task::New, unlawful), Err(Unlawful), "{unlawful:?}");
        }
        let alone = [reviewed, approved, (Concluded, 2)];
        assert_eq!(checked(Task::Rekey, &alone), Err(Unlawful));
        assert_eq!(checked(Task::Cancel, &alone), Err(Unlawful));
    }

    #[test]
    fn the_paper_way_ends_with_the_conclusion() {
        let mut case =
            case(Task::New, 1, &[(Step::Reviewed, 2), (Step::Approved, 3), (Step::Concluded, 2)]);
        case.delivery = Delivery::Paper;
        assert_eq!(case.stage(limit()), Stage::OnPaper);
    }
}
