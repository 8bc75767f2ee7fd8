//! Decodes any bytes in every way there is.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| playhead_wire::fuzz_decode(bytes));
