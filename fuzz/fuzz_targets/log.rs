//! Opens a log made of any bytes, and uses it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| playhead_log::fuzz_open(bytes));
