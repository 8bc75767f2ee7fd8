//! SQL of the real server: `POST /v1/sql` and `playhead query`.

use std::fs;

use playhead_testkit::process::{Answer, Http, Server};
use serde_json::{Value, json};

use crate::support::{Player, ad, ad_break, event, home, manual, start_with};

/// A query that has no end.
const ENDLESS: &str = "SELECT sum(value % 7) FROM generate_series(1, 1000000000000)";

#[track_caller]
fn asked(server: &Server, sql: &str) -> Value {
    let answer = ask(&mut server.console(), sql);
    assert_eq!(answer.status, 200, "{sql}: {}", answer.text());
    answer.json()
}

fn ask(console: &mut Http, sql: &str) -> Answer {
    console.post_json("/v1/sql", &json!({ "sql": sql }))
}

#[track_caller]
fn rows(server: &Server, sql: &str) -> Value {
    asked(server, sql)["rows"].clone()
}

#[track_caller]
fn refused(server: &Server, sql: &str, status: u16) -> Value {
    let answer = ask(&mut server.console(), sql);
    assert_eq!(answer.status, status, "{sql}: {}", answer.text());
    answer.json()
}

/// A server with closed sessions, some of them stored for long, and one that is open.
fn watched() -> Server {
    let server = manual();
    for (number, name) in ["film-1", "film-2", "film-1", "film-3"]
        .into_iter()
        .enumerate()
    {
        let mut start = start_with("media.id", name);
        start["params"]["visitor.marketingCloudUserId"] = format!("viewer-{number}").into();
        start["customMetadata"] = json!({ "plan": if number % 2 == 0 { "free" } else { "paid" } });
        let mut player = Player::open(&server, &start);
        player.send_all([
            &event("play", 0, 0),
            &event("ping", 10, 10_000),
            &event(
                "pauseStart",
                20 + number as i64,
                20_000 + 1_000 * number as i64,
            ),
        ]);
        if number == 1 {
            player.send_all([&ad_break(30_000), &ad(30_000)]);
            player.send_all([
                &event("adComplete", 20, 45_000),
                &event("adBreakComplete", 20, 45_000),
            ]);
        }
        player.send_all([&event("sessionEnd", 21, 60_000)]);
    }
    server.set_clock(5_000);
    let mut open = Player::open(&server, &start_with("media.id", "film-9"));
    open.send_all([&event("play", 0, 0), &event("ping", 10, 10_000)]);
    server
}

#[test]
fn the_numbers_are_those_of_reports_before_and_after_a_restart() {
    let mut server = watched();
    for is_restarted in [false, true] {
        let request = json!({
            "suite": "suite.one",
            "range": {"from": "1970-01-01", "to": "2100-01-01"},
            "metrics": ["sessions", "isPlayed", "timePlayed", "visitors"],
            "dimensions": ["name"],
            "limit": 100,
        });
        let report = server.console().post_json("/v1/reports", &request);
        assert_eq!(report.status, 200, "{}", report.text());
        let mut wanted: Vec<Value> = report.json()["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let values = row["values"].as_array().unwrap();
                json!([row["key"][0], values[0], values[1], values[2], values[3]])
            })
            .collect();
        wanted.sort_by_key(|row| row[0].to_string());
        assert_eq!(wanted.len(), 3);
        let sql = "SELECT name, count(*), count(*) FILTER (WHERE is_played), sum(time_played), \
                   count(DISTINCT visitor) FROM sessions WHERE is_reported GROUP BY name \
                   ORDER BY name";
        assert_eq!(
            rows(&server, sql),
            json!(wanted),
            "restarted: {is_restarted}"
        );
        // A view says the same.
        let sql = "SELECT \"Content\", \"Content starts\", \"Content time spent\" FROM content \
                   ORDER BY 1";
        let wanted: Vec<Value> = wanted
            .iter()
            .map(|row| json!([row[0], row[2], row[3]]))
            .collect();
        assert_eq!(
            rows(&server, sql),
            json!(wanted),
            "restarted: {is_restarted}"
        );
        if !is_restarted {
            // The rows go into parts.
            server = server.restart();
        }
    }
}

#[test]
fn tables_are_joined_and_custom_metadata_is_asked_for_by_key() {
    let server = watched();
    let sql =
        "SELECT custom_metadata['plan'] AS plan, count(*) FROM sessions GROUP BY 1 ORDER BY 1";
    assert_eq!(rows(&server, sql), json!([["free", 2], ["paid", 2]]));
    let sql = "SELECT s.name, a.id, a.is_completed FROM ads AS a JOIN sessions AS s USING (sid) \
               WHERE a.report_suite = 'suite.one'";
    assert_eq!(rows(&server, sql), json!([["film-2", "ad-1", true]]));
    let sid = rows(&server, "SELECT sid FROM sessions WHERE name = 'film-3'")[0][0].clone();
    let sid = sid.as_str().unwrap();
    let found = rows(
        &server,
        &format!("SELECT name FROM sessions WHERE sid = '{sid}'"),
    );
    assert_eq!(found, json!([["film-3"]]));
    let unnested = "SELECT count(*) FROM (SELECT unnest(watched) FROM sessions)";
    assert!(rows(&server, unnested)[0][0].as_i64().unwrap() > 0);
}

#[test]
fn a_session_is_closed_or_open() {
    let server = watched();
    let sql = "SELECT name, time_played FROM open_sessions";
    assert_eq!(rows(&server, sql), json!([["film-9", 10]]));
    let sql = "SELECT count(*), count(DISTINCT sid) FROM \
               (SELECT sid FROM sessions UNION ALL SELECT sid FROM open_sessions)";
    assert_eq!(rows(&server, sql), json!([[5, 5]]));
    assert_eq!(rows(&server, "SELECT count(*) FROM sessions"), json!([[4]]));
    let sql = "SELECT \"Content\", \"Open sessions\" FROM watching";
    assert_eq!(rows(&server, sql), json!([["film-9", 1]]));
}

#[test]
fn every_table_and_view_can_be_read_and_is_listed() {
    let server = watched();
    let listed = rows(
        &server,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[0].as_str().unwrap())
        .collect();
    for wanted in [
        "sessions",
        "ads",
        "chapters",
        "states",
        "events",
        "open_sessions",
        "quality",
    ] {
        assert!(names.contains(&wanted), "{wanted} of {names:?}");
    }
    for name in names {
        let all = asked(&server, &format!("SELECT * FROM {name}"));
        let columns = rows(
            &server,
            &format!(
                "SELECT column_name FROM information_schema.columns WHERE table_name = '{name}'"
            ),
        );
        let columns = columns.as_array().unwrap().len();
        assert_eq!(all["columns"].as_array().unwrap().len(), columns, "{name}");
    }
    assert!(
        !rows(&server, "DESCRIBE sessions")
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn what_writes_is_refused_with_the_reason() {
    let server = watched();
    for (sql, part) in [
        ("DROP TABLE sessions", "only reads"),
        ("DELETE FROM sessions", "only reads"),
        ("INSERT INTO sessions SELECT * FROM sessions", "only reads"),
        ("CREATE TABLE a AS SELECT 1", "only reads"),
        ("SELECT * INTO a FROM sessions", "only reads"),
        ("COPY sessions TO '/tmp/a.parquet'", "playhead export"),
        ("SET datafusion.execution.batch_size = 1", "sql.*"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("", "no statement"),
    ] {
        let message = refused(&server, sql, 400)["message"].to_string();
        assert!(message.contains(part), "{sql}: {message}");
    }
    assert_eq!(rows(&server, "SELECT count(*) FROM sessions"), json!([[4]]));
    // No file of the machine can be read.
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
    ] {
        refused(&server, sql, 400);
    }
}

#[test]
fn what_is_misspelt_is_named_with_the_nearest() {
    let server = watched();
    for (sql, wrong, nearest) in [
        ("SELECT * FROM sesions", "sesions", "sessions"),
        ("SELECT * FROM contents", "contents", "content"),
        (
            "SELECT timeplayed FROM sessions",
            "timeplayed",
            "time_played",
        ),
        ("SELECT a.nmae FROM sessions AS a", "nmae", "name"),
        ("SELECT cuont(*) FROM sessions", "cuont", "Did you mean"),
        ("SELECT * FORM sessions", "sessions", "Column"),
    ] {
        let error = refused(&server, sql, 400);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(wrong) && message.contains(nearest),
            "{sql}: {message}"
        );
        assert_eq!(error["field"], "sql", "{error}");
    }
    let answer = server
        .console()
        .post_json("/v1/sql", &json!({"sql": "SELECT 1", "formt": "csv"}));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("format"), "{}", answer.text());
}

#[test]
fn a_limit_that_strikes_names_itself() {
    let server = home()
        .manual_clock()
        .settings("[sql]\ntime_max = \"1h\"\nmemory_max = \"32 MiB\"\nrows_max = 1000\n")
        .serve();
    let in_haste = home()
        .manual_clock()
        .settings("[sql]\ntime_max = \"1s\"\n")
        .serve();
    for (server, sql, limit) in [
        (&in_haste, ENDLESS, "sql.time_max"),
        (
            &server,
            "SELECT value * 7919 % 10000019, count(*) FROM generate_series(1, 10000000) GROUP BY 1 ORDER BY 2 LIMIT 1",
            "sql.memory_max",
        ),
        (
            &server,
            "SELECT length(repeat('abcd', 20000000))",
            "sql.memory_max",
        ),
        (
            &server,
            "SELECT array_length(range(1, 100000000))",
            "sql.memory_max",
        ),
        (
            &server,
            "SELECT value FROM generate_series(1, 1001)",
            "sql.rows_max",
        ),
    ] {
        let error = refused(server, sql, 400);
        let told = error["limit"].as_str().unwrap();
        assert!(told.contains(limit), "{sql}: {error}");
        assert!(
            error["message"].as_str().unwrap().contains(limit),
            "{sql}: {error}"
        );
    }
    // What comes after is answered.
    let all = rows(&server, "SELECT value FROM generate_series(1, 1000)");
    assert_eq!(all.as_array().unwrap().len(), 1_000);
}

#[test]
fn a_limit_that_strikes_late_is_told_in_the_answer() {
    let server = home()
        .manual_clock()
        .settings("[sql]\nrows_max = 100000\n")
        .serve();
    let sql = "SELECT value, 'abcdefghijklmnopqrstuvwxyz' FROM generate_series(1, 1000000)";
    let answer = asked(&server, sql);
    assert!(answer["rows"].as_array().unwrap().len() <= 100_000);
    assert!(answer["rowCount"].is_null());
    assert!(
        answer["error"]["limit"]
            .as_str()
            .unwrap()
            .contains("sql.rows_max")
    );
}

/// How many threads of queries the server has.
fn threads(server: &Server) -> usize {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "sql").count()
}

#[test]
fn a_query_that_nobody_waits_for_makes_room() {
    let server = home()
        .manual_clock()
        .settings("[sql]\ntime_max = \"1h\"\nrunning_max = 1\nwaiting_max = 0\n")
        .serve();
    let joined = |on: &str| {
        format!(
            "SELECT count(*) FROM generate_series(1, 2000000) a JOIN generate_series(1, 2000000) b ON {on}"
        )
    };
    let endless = [
        ENDLESS.to_owned(),
        // Few rows make very many, or very many that do not fit.
        joined("a.value < b.value"),
        joined("a.value > b.value + 2000000"),
        joined("a.value % 2 = b.value % 2 AND a.value > b.value + 2000000"),
    ];
    for sql in &endless {
        let mut gone = server.console();
        let body = json!({ "sql": sql }).to_string();
        let head = "POST /v1/sql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        gone.send(request.as_bytes()).unwrap();
        while threads(&server) == 0 {}
        let busy = ask(&mut server.console(), "SELECT 1");
        assert_eq!(busy.status, 429, "{}", busy.text());
        assert!(busy.text().contains("sql.running_max"), "{}", busy.text());
        drop(gone);
        while threads(&server) > 0 {}
        assert_eq!(rows(&server, "SELECT 1"), json!([[1]]));
        while threads(&server) > 0 {}
    }
    let metrics = server.console().get("/metrics").text();
    let abandoned = format!(
        "playhead_sql_queries_total{{outcome=\"abandoned\"}} {}",
        endless.len()
    );
    assert!(metrics.contains(&abandoned), "{metrics}");
}

#[test]
fn all_formats_have_the_same_rows() {
    let server = watched();
    let sql = "SELECT name, time_played, is_played, custom_metadata, NULL AS nothing, '' AS empty \
               FROM sessions ORDER BY name, time_played";
    let ask = |format: &str| {
        let request = json!({ "sql": sql, "format": format });
        let answer = server.console().post_json("/v1/sql", &request);
        assert_eq!(answer.status, 200, "{format}: {}", answer.text());
        answer
    };
    let json = ask("json").json();
    let types: Vec<&str> = json["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        ["text", "int64", "bool", "map of text", "null", "text"]
    );
    assert_eq!(json["rowCount"], 4);
    assert_eq!(json["rows"][2][3], json!({ "plan": "paid" }));
    let csv = ask("csv");
    assert_eq!(csv.header("content-type"), Some("text/csv"));
    let text = csv.text();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "name,time_played,is_played,custom_metadata,nothing,empty"
    );
    assert_eq!(lines.len(), 6, "{text}");
    let film = json["rows"][2][1].to_string();
    let wanted = format!("film-2,{film},true,\"{{\"\"plan\"\":\"\"paid\"\"}}\",,\"\"");
    assert_eq!(lines[3], wanted);
    let parquet = ask("parquet");
    assert!(parquet.body.starts_with(b"PAR1") && parquet.body.ends_with(b"PAR1"));
    assert!(!ask("arrow").body.is_empty());
    // The header says it too.
    let body = json!({ "sql": sql }).to_string();
    let headers = [("content-type", "application/json"), ("accept", "text/csv")];
    let by_header = server
        .console()
        .request("POST", "/v1/sql", &headers, body.as_bytes());
    assert_eq!(by_header.text(), text);
}

#[test]
fn the_command_line_prints_a_table_csv_and_json() {
    let server = watched();
    let query = |arguments: &[&str]| {
        let console = server.console_url();
        let all = [&["query"], arguments, &["--console", &console]].concat();
        let run = server.home().run(&all);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (run.status.code(), text(&run.stdout), text(&run.stderr))
    };
    let sql = "SELECT name, count(*) AS sessions FROM sessions GROUP BY name ORDER BY name";
    let (code, table, complaint) = query(&[sql]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    assert_eq!(
        table,
        "name    sessions\nfilm-1         2\nfilm-2         1\nfilm-3         1\n(3 rows)\n"
    );
    let (_, csv, _) = query(&[sql, "--csv"]);
    assert_eq!(csv, "name,sessions\r\nfilm-1,2\r\nfilm-2,1\r\nfilm-3,1\r\n");
    let (_, text, _) = query(&[sql, "--json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["rows"][0], json!(["film-1", 2]));
    let (code, out, complaint) = query(&["SELECT nmae FROM sessions"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(complaint.contains("did you mean \"name\""), "{complaint}");
}

#[test]
fn tables_and_reports_go_into_files() {
    let server = watched();
    let home = server.home();
    let console = server.console_url();
    let export = |arguments: &[&str]| {
        let run = home.run(&[&["export"], arguments, &["--console", &console, "--json"]].concat());
        let complaint = String::from_utf8_lossy(&run.stderr).into_owned();
        let told: Value = serde_json::from_slice(&run.stdout).unwrap_or_default();
        (run.status.code(), told["rows"].clone(), complaint)
    };
    let read = |name: &str| fs::read_to_string(home.path(name)).unwrap();
    assert_eq!(export(&["sessions", "--out", "all.csv"]).1, 4);
    let csv = read("all.csv");
    assert!(csv.starts_with("sid,report_suite,visitor,name,"), "{csv}");
    assert_eq!(csv.lines().count(), 5);
    let (_, rows, _) = export(&["ads", "--out", "ads.jsonl", "--suite", "suite.one"]);
    assert_eq!(rows, 1);
    let ad: Value = serde_json::from_str(&read("ads.jsonl")).unwrap();
    assert_eq!(ad["id"], "ad-1");
    assert!(ad["advertiser"].is_null());
    assert_eq!(export(&["sessions", "--out", "all.parquet"]).1, 4);
    let parquet = fs::read(home.path("all.parquet")).unwrap();
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
    assert_eq!(export(&["open_sessions", "--out", "open.jsonl"]).1, 1);
    // By the client's time, and by a suite that nobody has.
    let range = [
        "sessions",
        "--out",
        "some.csv",
        "--from",
        "2026-09-01",
        "--to",
        "2027-01-01",
    ];
    assert_eq!(export(&range).1, 4);
    assert_eq!(
        export(&["sessions", "--out", "some.csv", "--to", "2026-01-01"]).1,
        0
    );
    assert_eq!(read("some.csv").lines().count(), 1);
    assert_eq!(
        export(&["sessions", "--out", "some.csv", "--suite", "it's"]).1,
        0
    );
    let request = json!({
        "suite": "suite.one",
        "range": {"from": "1970-01-01", "to": "2100-01-01"},
        "metrics": ["sessions", "timePlayed"],
        "dimensions": ["name"],
        "limit": 2,
    });
    fs::write(home.path("report.json"), request.to_string()).unwrap();
    assert_eq!(
        export(&["--report", "report.json", "--out", "report.csv"]).1,
        3
    );
    let report = read("report.csv");
    assert!(
        report.starts_with("name,sessions,timePlayed\r\nfilm-1,2,"),
        "{report}"
    );
    // What goes wrong leaves nothing behind.
    for (arguments, code, part) in [
        (
            &["sesions", "--out", "no.csv"][..],
            64,
            "did you mean \"sessions\"",
        ),
        (&["sessions", "--out", "no.txt"], 64, "--format"),
        (
            &["sessions", "--out", "no.csv", "--from", "yesterday"],
            1,
            "yesterday",
        ),
        (&["--out", "no.csv"], 64, "TABLE"),
    ] {
        let (found, _, complaint) = export(arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {complaint}");
        assert!(complaint.contains(part), "{arguments:?}: {complaint}");
        let left = fs::read_dir(home.path("")).unwrap();
        let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(
            left.filter(|name| name.starts_with("no.")).count(),
            0,
            "{arguments:?}"
        );
    }
}
