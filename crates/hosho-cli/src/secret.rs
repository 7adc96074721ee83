//! Keeping secrets out of places where a program's memory ends up.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Switches core dumps of this process and its children off, so that a crash writes no key to disk.
///
/// # Errors
/// The system's error when the limit cannot be lowered.
pub fn no_core_dumps() -> std::io::Result<()> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use rustix::process::getrlimit;

    use super::*;

    #[test]
    fn lowers_the_limit_of_core_dumps_to_nothing_for_good() {
        no_core_dumps().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
