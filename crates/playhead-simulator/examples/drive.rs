//! Sends a plan to a server and prints, as JSON Lines, the id and the true numbers of each session.
//!
//! `cargo run --release -p playhead-simulator --features http --example drive ADDRESS [SEED [SESSIONS]]`

use std::error::Error;

use playhead_simulator::drive::{Drive, Pace};
use playhead_simulator::{Options, Plan};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .ok_or("the address of a server is missing")?
        .parse()?;
    let seed = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let sessions = arguments.next().map_or(Ok(1_000), |text| text.parse())?;
    let plan = Plan::new(
        seed,
        Options {
            sessions,
            ..Options::default()
        },
    );
    let mut drive = Drive::new(&plan, 64);
    let is_whole = drive.run(address, Pace::AsFastAsPossible)?;
    for (number, log) in drive.sessions() {
        let truth = plan.truth(number);
        let refused = &log.refused;
        println!(
            "{}",
            json!({ "session": number, "sid": log.sid, "refused": refused, "truth": truth })
        );
    }
    eprintln!(
        "seed {seed}: {} acknowledged, {}, p99 {:?}",
        drive.acknowledged(),
        if is_whole {
            "all sent"
        } else {
            "a connection broke"
        },
        drive.latency().quantile(0.99),
    );
    Ok(())
}
