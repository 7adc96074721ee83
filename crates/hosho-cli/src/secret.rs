//! Keeping secrets out of places where a program's memory ends up.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Switches core dumps of this process off, so that a crash writes no key to disk.
///
/// The limit on core files also holds for children, but Linux passes over it when cores go to a
/// program instead of a file. So the process is made one that is not dumped at all; then other
/// processes of the same user cannot read its memory either.
///
/// # Errors
/// The system's error when one of both cannot be set.
pub fn no_core_dumps() -> std::io::Result<()> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none)?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

#[cfg(test)]
mod tests {
    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    #[test]
    fn lowers_the_limit_of_core_dumps_to_nothing_for_good() {
        no_core_dumps().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }

    #[test]
    fn forbids_the_dumps_that_the_limit_does_not_reach() {
        no_core_dumps().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
