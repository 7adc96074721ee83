//! Limits for a process that takes hostile files apart.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Lets this process map at most `memory` bytes, compute for at most `seconds`, write no file and
/// leave no core, for good.
///
/// A process that needs more is ended by the system.
///
/// # Errors
/// The system's error when a limit cannot be set.
pub fn confine(memory: u64, seconds: u64) -> std::io::Result<()> {
    let limits = [
        (Resource::As, memory),
        (Resource::Cpu, seconds),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ];
    for (resource, limit) in limits {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    }
    Ok(())
}
