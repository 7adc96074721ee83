#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hosho_fuzz::paper(data));
