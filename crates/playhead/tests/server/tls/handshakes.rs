//! Those who do not come as far as HTTP.

use playhead_testkit::process::Http;

use super::{self_signed, self_signed_home};

#[test]
fn plain_http_on_a_tls_port_is_told_so() {
    let server = self_signed();
    let mut plain = Http::new(server.door_address(), None);
    let answer = plain.get("/readyz");
    assert_eq!(answer.status, 400);
    let message = answer.json()["message"].to_string();
    assert!(message.contains("https"), "{message}");
    let log = server.home().stderr();
    assert!(
        log.contains("plain HTTP on a port that speaks https"),
        "{log}"
    );
    let metrics = server.console().get("/metrics").text();
    let count = "playhead_tls_handshakes_total{listener=\"door\",result=\"plain\"} 1\n";
    assert!(metrics.contains(count), "{metrics}");
}

#[test]
fn who_says_nothing_is_cut_off_and_who_says_nonsense_too() {
    let home = self_signed_home().settings("[tls]\nhandshake_timeout = \"1s\"\n");
    let server = home.serve();
    let mut silent = Http::new(server.door_address(), None);
    silent.send(b"").unwrap();
    let mut nonsense = Http::new(server.door_address(), None);
    nonsense.send(&[0x16, 3, 1, 0, 4, 9, 9, 9, 9]).unwrap();
    assert!(nonsense.read_answer("GET").is_err());
    assert_eq!(
        server.door().get("/readyz").status,
        200,
        "others do not notice"
    );
    assert!(silent.is_closed());
    let metrics = server.console().get("/metrics").text();
    for result in ["failed", "timed_out"] {
        let count = format!("{{listener=\"door\",result=\"{result}\"}} 1\n");
        assert!(metrics.contains(&count), "{metrics}");
    }
}

#[test]
fn handshakes_under_way_are_bounded_and_the_rest_waits() {
    let settings = "[tls]\nhandshake_timeout = \"1s\"\nhandshakes_max = 2\n";
    let server = self_signed_home().settings(settings).serve();
    let silent: Vec<Http> = (0..5)
        .map(|_| {
            let mut silent = Http::new(server.door_address(), None);
            silent.send(b"").unwrap();
            silent
        })
        .collect();
    assert_eq!(server.door().get("/readyz").status, 200, "its turn comes");
    for mut silent in silent {
        assert!(silent.is_closed());
    }
}
