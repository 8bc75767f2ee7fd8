//! Prints what the oracle computes: `oracle FILE`, `oracle -`, or `oracle --random SEED`.
//!
//! `oracle --outcomes FILE` tells status and outcomes instead; `--random SEED` prints a vector.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use playhead_testkit::{oracle, random};
use serde_json::Value;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("oracle: {error}");
            ExitCode::from(64)
        }
    }
}

fn run(arguments: &[String]) -> io::Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match words.as_slice() {
        ["--random", seed] => random::vector(seed.parse().map_err(io::Error::other)?),
        ["--outcomes", file] => Value::Array(oracle::outcomes(&read(file)?)),
        [file] => oracle::compute(&read(file)?),
        _ => {
            return Err(io::Error::other(
                "usage: oracle [--outcomes] FILE|- | --random SEED",
            ));
        }
    };
    writeln!(io::stdout(), "{answer:#}")
}

fn read(file: &str) -> io::Result<Value> {
    let mut text = String::new();
    if file == "-" {
        io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(file)?;
    }
    serde_json::from_str(&text).map_err(io::Error::from)
}
