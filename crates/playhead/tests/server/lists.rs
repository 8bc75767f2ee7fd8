//! Lists of sessions: order, pages and filters.

use playhead_testkit::process::Server;

use crate::support::{Player, event, manual, start_with};

/// Goes through all pages of a list and gives the ids.
fn pages(server: &Server, query: &str) -> Vec<String> {
    let mut sids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.ask(&format!("/v1/sessions?{query}{cursor}"));
        for session in page["sessions"].as_array().unwrap() {
            sids.push(session["sid"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return sids,
        }
        assert!(sids.len() < 1_000, "the list has an end");
    }
}

#[test]
fn a_list_goes_newest_first_through_open_and_closed_sessions() {
    let server = manual();
    // One of three is closed by its player and one of three by time; the last stays open.
    let mut open_and_closed = [const { Vec::new() }; 3];
    for number in 0_u64..120 {
        server.set_clock(number * 10);
        let start = start_with("media.id", format!("film-{number}"));
        let mut player = Player::open(&server, &start);
        if number % 3 == 0 {
            player.send_all([&event("sessionEnd", 0, 1)]);
        }
        open_and_closed[number as usize % 3].push((number, player));
    }
    let [ended, silent, mut alive] = open_and_closed;
    server.set_clock(500_000);
    for (_, player) in &mut alive {
        player.send_all([&event("ping", 1, 500_000)]);
    }
    server.set_clock(700_000);

    let sids = |lists: &[&[(u64, Player)]]| {
        let mut numbered: Vec<&(u64, Player)> = lists.iter().copied().flatten().collect();
        numbered.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        let sids = numbered.iter().map(|(_, player)| player.sid.clone());
        sids.collect::<Vec<String>>()
    };
    let check = |server: &Server| {
        for limit in [500, 50, 7, 1] {
            let query = format!("limit={limit}");
            assert_eq!(
                pages(server, &query),
                sids(&[&ended, &silent, &alive]),
                "{query}"
            );
        }
        assert_eq!(pages(server, "state=open"), sids(&[&alive]));
        assert_eq!(
            pages(server, "state=closed&limit=9"),
            sids(&[&ended, &silent])
        );
        let reason = "close_reason=timeout-no-events&limit=9";
        assert_eq!(pages(server, reason), sids(&[&silent]));
    };
    check(&server);
    check(&server.kill_and_restart());
}

#[test]
fn a_list_can_be_filtered() {
    let server = manual();
    let of = |suite: &str, player: &str| {
        let mut start = start_with("analytics.reportSuite", suite);
        start["params"]["media.playerName"] = player.into();
        Player::open(&server, &start)
    };
    let web = of("one", "web").sid;
    server.set_clock(1_000);
    let tv = of("one", "smart tv").sid;
    server.set_clock(2_000);
    let mut other = of("two", "web");
    other.send_all([&event("sessionEnd", 0, 0)]);
    let other = other.sid;
    server.set_clock(7_000);
    for (query, expected) in [
        ("", vec![&other, &tv, &web]),
        ("suite=one", vec![&tv, &web]),
        ("suite=one&player=web", vec![&web]),
        ("player=smart%20tv", vec![&tv]),
        ("suite=three", vec![]),
        ("state=open", vec![&tv, &web]),
        ("state=closed", vec![&other]),
        ("close_reason=sessionEnd", vec![&other]),
        ("close_reason=timeout-no-events", vec![]),
        ("from=1000", vec![&other, &tv]),
        ("from=1000&to=2000", vec![&tv]),
        ("limit=1", vec![&other, &tv, &web]),
        ("limit=2&player=web", vec![&other, &web]),
    ] {
        let found = pages(&server, query);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let prefix = format!("sid={}", &tv[..40]);
    for (query, expected) in [
        (prefix.as_str(), vec![&tv]),
        ("sid=ffff", vec![]),
        ("content=FILM-1", vec![&other, &tv, &web]),
        ("content=nothing", vec![]),
        ("content=film&player=web&limit=1", vec![&other, &web]),
    ] {
        let found = pages(&server, query);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    for wrong in [
        "state=ajar",
        "close_reason=boredom",
        "limit=0",
        "limit=501",
        "limit=many",
        "cursor=x",
        "unknown=1",
        "from=-1",
    ] {
        let answer = server.console().get(&format!("/v1/sessions?{wrong}"));
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text());
        assert!(answer.json()["message"].is_string());
    }
}
