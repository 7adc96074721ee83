//! Random bytes of the system.

use hosho_web::Problem;

/// Returns random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Problem::internal(format_args!("no random bytes: {error}")))?;
    Ok(bytes)
}
