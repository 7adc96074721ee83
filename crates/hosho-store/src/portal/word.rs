//! Words and ids as the portal's database holds them.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name { $($(#[$case_doc])* $case,)+ }

        impl $name {
            /// Every one, in order.
            pub const ALL: &[Self] = &[$(Self::$case,)+];

            /// Reads one from its word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }

            /// Returns the word that stands for it in the database and in forms.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$case => $word,)+ }
            }
        }
    )+};
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(i64);

        impl $name {
            /// Reads an id from a path or a form: digits only, above 0.
            pub fn parse(text: &str) -> Option<Self> {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let id = text.parse().ok().filter(|_| digits)?;
                Self::from_row(id)
            }

            pub(crate) const fn from_row(id: i64) -> Option<Self> {
                if id > 0 { Some(Self(id)) } else { None }
            }

            pub(crate) const fn to_row(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// One person's account.
    AccountId;
    /// A contractor that applies for guarantees.
    ContractorId;
    /// An obligee that the guarantor knows.
    ObligeeId;
    /// One application.
    ApplicationId;
    /// What the worker is asked to do.
    JobId;
}

words! {
    /// Whose account it is.
    AccountKind {
        /// One of a contractor.
        Contractor = "contractor",
        /// One of the guarantor's desk.
        Staff = "staff",
    }

    /// What a person at the desk may do.
    Role {
        /// Keeps accounts and obligees.
        Administrator = "administrator",
        /// Approves.
        Approver = "approver",
        /// Reviews and concludes.
        Clerk = "clerk",
        /// Approves a second time.
        Director = "director",
    }

    /// What an application asks for.
    Task {
        /// A revision that changes a guarantee.
        Amend = "amend",
        /// A revision that ends a guarantee.
        Cancel = "cancel",
        /// A guarantee.
        New = "new",
        /// Another auth key for a guarantee.
        Rekey = "rekey",
    }

    /// What kind of guarantee is asked for.
    AskedKind {
        /// 前払金保証.
        Advance = "advance",
        /// 中間前払金保証.
        Interim = "interim",
        /// 契約保証.
        Performance = "performance",
        /// 契約保証予約, which no electronic certificate covers.
        Reservation = "reservation",
    }

    /// How the contractor wants to receive the certificate (保証証書の受取方法).
    Delivery {
        /// 電子交付.
        Electronic = "electronic",
        /// On paper: recorded here, issued elsewhere.
        Paper = "paper",
    }

    /// What somebody decided about an application.
    Step {
        /// It is complete and right.
        Reviewed = "reviewed",
        /// The guarantee may be given.
        Approved = "approved",
        /// A second person says so too.
        ApprovedAgain = "approved-again",
        /// The premium was received where one is due: the contract is concluded.
        Concluded = "concluded",
        /// It goes back to the contractor, and is closed.
        Returned = "returned",
        /// The contractor, or the desk after a refusal, gave it up.
        Withdrawn = "withdrawn",
    }

    /// What became of a job.
    JobState {
        /// It waits for the worker, or is with it.
        Open = "open",
        /// The certificate is stored.
        Done = "done",
        /// The worker refused it.
        Refused = "refused",
        /// It was refused, and its place in the guarantee is free again.
        Released = "released",
    }

    /// What a contractor's account looked at or took.
    Viewed {
        /// The certificate on a page.
        Certificate = "certificate",
        /// The customer's copy.
        Copy = "copy",
        /// The auth key.
        Key = "key",
        /// The notice of the auth key.
        Notice = "notice",
    }

    /// What an obligee did with a certificate.
    Received {
        /// Accepted it.
        Accepted = "accepted",
        /// Opened it.
        Opened = "opened",
        /// Returned it with a reason.
        Returned = "returned",
    }

    /// What the log of the desk tells besides decisions.
    Logged {
        /// An account was made.
        AccountAdded = "account-added",
        /// An account was disabled.
        AccountDisabled = "account-disabled",
        /// An account's password was set by somebody else.
        PasswordReset = "password-reset",
        /// A person changed the own password.
        PasswordChanged = "password-changed",
        /// An obligee was added or given another kind.
        ObligeeChanged = "obligee-changed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for step in Step::ALL {
            assert_eq!(Step::parse(step.word()), Some(*step));
        }
        assert_eq!(Step::parse("Approved"), None);
    }

    #[test]
    fn ids_are_plain_digits_above_nothing() {
        assert_eq!(ApplicationId::parse("12").map(|id| id.to_string()), Some("12".to_owned()));
        for text in ["", "0", "-1", "+1", "1x", "99999999999999999999", "１"] {
            assert_eq!(ApplicationId::parse(text), None, "{text}");
        }
    }
}
