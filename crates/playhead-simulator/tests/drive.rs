//! The driver, against a server that knows nothing but the statuses.

#![cfg(feature = "http")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use playhead_simulator::drive::{Drive, Pace};
use playhead_simulator::{Options, Plan};

/// Bodies by session id.
type Received = Arc<Mutex<HashMap<String, Vec<String>>>>;

/// Takes everything, and hangs up without an answer once `budget` requests are used up.
fn serve(budget: i64, received: &Received) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let budget = Arc::new(AtomicI64::new(budget));
    let received = Arc::clone(received);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (budget, received) = (Arc::clone(&budget), Arc::clone(&received));
            thread::spawn(move || answer(stream.unwrap(), &budget, &received));
        }
    });
    address
}

fn answer(stream: TcpStream, budget: &AtomicI64, received: &Received) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let (mut path, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(rest) = line.strip_prefix("POST ") {
                path = rest.split(' ').next().unwrap().to_owned();
            } else if let Some(rest) = line.strip_prefix("Content-Length: ") {
                length = rest.trim().parse().unwrap();
            } else if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        let mut sessions = received.lock().unwrap();
        let text = match path.strip_prefix("/api/v1/sessions/") {
            Some(rest) => {
                let sid = rest.strip_suffix("/events").unwrap();
                sessions
                    .get_mut(sid)
                    .expect("the id was given out")
                    .push(body);
                "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
            }
            None => {
                let known = sessions.iter().find(|(_, bodies)| bodies[0] == body);
                let sid = known.map_or(format!("{:064x}", sessions.len()), |(sid, _)| sid.clone());
                sessions.entry(sid.clone()).or_insert_with(|| vec![body]);
                format!(
                    "HTTP/1.1 201 Created\r\nLocation: /api/v1/sessions/{sid}\r\nContent-Length: 0\r\n\r\n"
                )
            }
        };
        drop(sessions);
        if budget.fetch_sub(1, Ordering::Relaxed) <= 0 {
            return;
        }
        stream.write_all(text.as_bytes()).unwrap();
    }
}

fn plan() -> Plan {
    Plan::new(
        9,
        Options {
            sessions: 30,
            mean_duration_ms: 200_000,
            ..Options::default()
        },
    )
}

#[test]
fn everything_arrives_once_and_in_order() {
    let received = Received::default();
    let address = serve(i64::MAX, &received);
    let plan = plan();
    let mut drive = Drive::new(&plan, 4);
    assert!(drive.run(address, Pace::AsFastAsPossible).unwrap());
    let received = received.lock().unwrap();
    for (number, log) in drive.sessions() {
        let sent: Vec<String> = plan
            .session(number)
            .requests()
            .map(|request| request.body)
            .collect();
        assert!(log.unknown.is_empty() && log.refused.is_empty());
        assert_eq!(received[log.sid.as_ref().unwrap()], sent);
        assert!(log.acknowledged.iter().copied().eq(0..sent.len() as u32));
    }
    assert_eq!(drive.latency().count(), plan.requests().count() as u64);
    assert_eq!(drive.acknowledged(), drive.latency().count());
}

#[test]
fn a_drive_goes_on_where_the_server_went_away() {
    let received = Received::default();
    let plan = plan();
    let mut drive = Drive::new(&plan, 3);
    assert!(
        !drive
            .run(serve(100, &received), Pace::AsFastAsPossible)
            .unwrap()
    );
    let unknown: usize = drive.sessions().values().map(|log| log.unknown.len()).sum();
    assert!((1..=3).contains(&unknown), "{unknown} were under way");
    assert_eq!(drive.acknowledged(), 100);
    assert!(
        drive
            .run(serve(i64::MAX, &received), Pace::PerSecond(1e9))
            .unwrap()
    );
    let received = received.lock().unwrap();
    for (number, log) in drive.sessions() {
        let mut got = received[log.sid.as_ref().unwrap()].clone();
        got.dedup();
        let mut sent: Vec<String> = plan
            .session(number)
            .requests()
            .map(|request| request.body)
            .collect();
        sent.dedup();
        assert_eq!(got, sent);
        assert!(log.unknown.is_empty());
    }
}
