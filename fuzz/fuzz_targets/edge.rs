//! Decodes any bytes as a body of the Media Edge API.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| playhead_wire::edge::fuzz_decode(bytes));
