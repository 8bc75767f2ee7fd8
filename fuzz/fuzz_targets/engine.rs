//! Sends any events in any order to an engine, with a checkpoint on the way.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| playhead_engine::fuzz_engine(bytes));
