//! Which button of a form was pressed.

use super::entries::Entries;

/// What the person wants to do with what was typed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FormStep {
    /// Add a row for a member.
    AddMember,
    /// Change something after the confirmation.
    Back,
    /// See it as it will stand.
    Check,
    /// Remove a member's row.
    RemoveMember(usize),
    /// Send it.
    Send,
}

/// The name of the buttons.
pub(crate) const STEP: &str = "step";

impl FormStep {
    /// Reads the button of a form; a form without one is to be checked.
    pub(crate) fn of_form(fields: &[(String, String)]) -> Self {
        let pressed = fields.iter().rev().find(|(name, _)| name == STEP);
        match pressed.map_or("", |(_, value)| value.as_str()) {
            "add-member" => Self::AddMember,
            "back" => Self::Back,
            "send" => Self::Send,
            other => {
                let row = other.strip_prefix("remove-member.").and_then(|row| row.parse().ok());
                row.map_or(Self::Check, Self::RemoveMember)
            }
        }
    }

    /// Changes the rows of a form as the button says; tells whether it did.
    #[must_use]
    pub(crate) fn changes_rows(self, entries: &mut Entries) -> bool {
        match self {
            Self::AddMember => entries.add_member(),
            Self::RemoveMember(row) => entries.remove_member(row),
            Self::Back | Self::Check | Self::Send => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_that_was_pressed_is_read_and_any_other_checks() {
        let step = |value: &str| FormStep::of_form(&[(STEP.to_owned(), value.to_owned())]);
        assert_eq!(step("send"), FormStep::Send);
        assert_eq!(step("remove-member.3"), FormStep::RemoveMember(3));
        for other in ["", "SEND", "remove-member.", "remove-member.-1", "check"] {
            assert_eq!(step(other), FormStep::Check, "{other}");
        }
        assert_eq!(FormStep::of_form(&[]), FormStep::Check);
    }

    #[test]
    fn rows_change_only_by_their_buttons() {
        let mut entries = Entries::default();
        assert!(FormStep::AddMember.changes_rows(&mut entries));
        assert_eq!(entries.members.len(), 1);
        assert!(!FormStep::Send.changes_rows(&mut entries));
        assert!(FormStep::RemoveMember(0).changes_rows(&mut entries));
        assert_eq!(entries.members.len(), 0);
    }
}
