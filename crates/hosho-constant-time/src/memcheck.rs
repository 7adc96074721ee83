//! Client requests to valgrind's memcheck: an instruction sequence that a processor ignores.

#![expect(unsafe_code, reason = "a client request is an instruction sequence")]

use core::arch::asm;

const MAKE_MEM_UNDEFINED: u64 = 0x4d43_0001;
const RUNNING_ON_VALGRIND: u64 = 0x1001;

/// Sends a client request; does nothing, and returns 0, outside valgrind.
fn request(kind: u64, address: usize, length: usize) -> u64 {
    let number = |value: usize| u64::try_from(value).unwrap_or(0);
    let arguments = [kind, number(address), number(length), 0, 0, 0];
    let mut answer = 0_u64;
    // SAFETY: the rotations add up to 128 bits and `xchg rbx, rbx` changes nothing, so a processor
    // does nothing; valgrind reads `arguments`, which outlive the instructions, and writes rdx.
    // Marking memory changes valgrind's shadow of it, not the memory.
    unsafe {
        asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") answer,
            inout("rdi") 0_u64 => _,
        );
    }
    answer
}

/// Marks bytes as undefined, so that what is computed from them is followed.
pub(crate) fn poison(bytes: &mut [u8]) {
    request(MAKE_MEM_UNDEFINED, bytes.as_ptr().addr(), bytes.len());
}

/// Returns the text with the symbols of its groups poisoned and its hyphens public.
pub(crate) fn poisoned_text(printed: &str) -> String {
    let mut text = printed.as_bytes().to_vec();
    for group in text.chunks_mut(6) {
        if let Some(symbols) = group.get_mut(..5) {
            poison(symbols);
        }
    }
    // SAFETY: the bytes are those of a `str`; only valgrind's shadow of them was changed. Checking
    // them would branch on the secret.
    unsafe { String::from_utf8_unchecked(text) }
}

/// Tells whether valgrind runs the program.
pub(crate) fn is_running() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0) > 0
}
