//! SQL in the Postgres protocol, by a client that others use.

use std::future::Future;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use playhead_testkit::process::Server;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::support::{Player, event, home, start_with};

const TOKEN: &str = "a-token-of-this-test";

/// A server that leaves a conversation standing for this long has failed the test.
const SILENCE_MAX: Duration = Duration::from_secs(120);

/// Runs a conversation to its end.
fn talk<T>(conversation: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(SILENCE_MAX, conversation).await });
    ended.expect("the conversation comes to an end")
}

fn config(password: &str) -> Config {
    let mut config = Config::new();
    config.user("anyone").dbname("playhead").password(password);
    config
}

async fn connect(server: &Server, password: &str) -> Result<Client, tokio_postgres::Error> {
    let address = server.postgres_address();
    let mut config = config(password);
    config.host(address.ip().to_string()).port(address.port());
    let (client, connection) = config.connect(NoTls).await?;
    #[expect(clippy::disallowed_methods, reason = "its end is that of the test")]
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// A server with a closed session.
fn served() -> Server {
    let server = home().manual_clock().flag("--postgres=127.0.0.1:0").serve();
    let mut start = start_with("media.id", "film-1");
    start["customMetadata"] = serde_json::json!({ "plan": "free" });
    let mut player = Player::open(&server, &start);
    player.send_all([
        &event("play", 0, 0),
        &event("ping", 10, 10_000),
        &event("sessionEnd", 20, 20_000),
    ]);
    server.set_clock(5_000);
    server
}

#[test]
fn a_driver_gets_typed_rows_and_gives_parameters() {
    let server = served();
    talk(async {
        let client = connect(&server, "").await.unwrap();
        let row = client
            .query_one(
                "SELECT name, time_played, is_played, average_minute_audience, \
                 custom_metadata['plan'], NULL::text FROM sessions WHERE name = $1 AND time_played > $2",
                &[&"film-1", &5_i64],
            )
            .await
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), "film-1");
        assert_eq!(row.get::<_, i64>(1), 20);
        assert!(row.get::<_, bool>(2));
        assert!(row.get::<_, Option<f64>>(3).is_some());
        assert_eq!(row.get::<_, &str>(4), "free");
        assert_eq!(row.get::<_, Option<&str>>(5), None);
        let count = client.query_one("SELECT count(*), 1 FROM sessions", &[]);
        let count = count.await.unwrap();
        assert_eq!(count.get::<_, i64>("count"), 1);
        assert_eq!(count.columns()[1].name(), "?column?");
        // The same statement again, with other values.
        let none = client
            .query_opt("SELECT sid FROM sessions WHERE name = $1", &[&"film-2"])
            .await
            .unwrap();
        assert!(none.is_none());
        // A transaction is taken, and means nothing.
        client
            .batch_execute("BEGIN; SET statement_timeout = 0; COMMIT")
            .await
            .unwrap();
    });
}

#[test]
fn errors_have_codes_and_the_connection_goes_on() {
    let server = served();
    talk(async {
        let client = connect(&server, "").await.unwrap();
        for (sql, part) in [
            ("SELECT nmae FROM sessions", "did you mean \"name\""),
            ("DROP TABLE sessions", "only reads"),
            ("COPY sessions TO '/tmp/a.csv'", "playhead export"),
        ] {
            let error = client.simple_query(sql).await.unwrap_err();
            let told = error.as_db_error().unwrap();
            assert!(told.message().contains(part), "{sql}: {told}");
            assert_eq!(told.code().code(), "42601");
        }
        assert_eq!(client.query("SELECT 1", &[]).await.unwrap().len(), 1);
    });
}

#[test]
fn a_query_is_ended_when_its_time_is_up() {
    let endless = "SELECT sum(value % 7) FROM generate_series(1, 1000000000000)";
    let server = home()
        .manual_clock()
        .settings("[sql]\ntime_max = \"1s\"\n")
        .flag("--postgres=127.0.0.1:0")
        .serve();
    talk(async {
        let client = connect(&server, "").await.unwrap();
        let error = client.simple_query(endless).await.unwrap_err();
        let told = error.as_db_error().unwrap();
        assert!(told.message().contains("sql.time_max"), "{told}");
    });
}

#[test]
fn a_query_is_ended_when_it_is_cancelled() {
    // There are rows at once, and never all.
    let endless = "SELECT value FROM generate_series(1, 10000) UNION ALL \
         SELECT sum(value % 7) FROM generate_series(1, 1000000000000)";
    let server = home()
        .manual_clock()
        .settings("[sql]\ntime_max = \"1h\"\nrunning_max = 1\n")
        .flag("--postgres=127.0.0.1:0")
        .serve();
    talk(async {
        let client = connect(&server, "").await.unwrap();
        let cancel = client.cancel_token();
        // In the simple protocol, and in the one of prepared statements.
        let mut rows = Box::pin(client.simple_query_raw(endless).await.unwrap());
        while !matches!(
            rows.next().await.unwrap().unwrap(),
            SimpleQueryMessage::Row(_)
        ) {}
        cancel.cancel_query(NoTls).await.unwrap();
        let error = rows.try_for_each(async |_| Ok(())).await.unwrap_err();
        assert_eq!(error.as_db_error().unwrap().code().code(), "57014");
        let none: [&str; 0] = [];
        let mut rows = Box::pin(client.query_raw(endless, none).await.unwrap());
        rows.next().await.unwrap().unwrap();
        cancel.cancel_query(NoTls).await.unwrap();
        let error = rows.try_for_each(async |_| Ok(())).await.unwrap_err();
        assert_eq!(error.as_db_error().unwrap().code().code(), "57014");
        // One runs at a time, and it has its turn: the others have ended.
        assert_eq!(client.query("SELECT 1", &[]).await.unwrap().len(), 1);
    });
}

#[test]
fn the_token_is_the_password() {
    let home = home().manual_clock();
    std::fs::write(home.path("token"), TOKEN).unwrap();
    let server = home
        .settings("[console]\ntoken_file = \"token\"\n")
        .flag("--postgres=127.0.0.1:0")
        .serve();
    talk(async {
        assert!(connect(&server, TOKEN).await.is_ok());
        for wrong in ["", "a-token", "a-token-of-this-test-and-more"] {
            let error = connect(&server, wrong).await.unwrap_err();
            let is_refused = error
                .as_db_error()
                .is_some_and(|told| told.code().code() == "28P01");
            // No password at all is not even sent.
            assert!(is_refused || wrong.is_empty(), "{wrong:?}: {error}");
        }
    });
}

#[test]
fn clients_find_tables_and_columns_in_the_catalogue() {
    let server = served();
    talk(async {
        let client = connect(&server, "").await.unwrap();
        // What psql asks for \d.
        let tables = client
            .simple_query(
                "SELECT n.nspname as \"Schema\", c.relname as \"Name\", CASE c.relkind WHEN 'r' THEN 'table' \
                 WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' END as \"Type\", \
                 pg_catalog.pg_get_userbyid(c.relowner) as \"Owner\" FROM pg_catalog.pg_class c LEFT JOIN \
                 pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_am am ON am.oid \
                 = c.relam WHERE c.relkind IN ('r','p','v','m','S','f','') AND n.nspname <> 'pg_catalog' AND \
                 n.nspname !~ '^pg_toast' AND n.nspname <> 'information_schema' AND \
                 pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2;",
            )
            .await
            .unwrap();
        let names: Vec<(String, String)> = tables
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => {
                    Some((row.get(1)?.to_owned(), row.get(2)?.to_owned()))
                }
                _ => None,
            })
            .collect();
        for (name, kind) in [("sessions", "table"), ("content", "view")] {
            let wanted = (name.to_owned(), kind.to_owned());
            assert!(names.contains(&wanted), "{name} of {names:?}");
        }
        // What psql and drivers ask for the columns of one.
        let columns = client
            .query(
                "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull FROM \
                 pg_catalog.pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname \
                 OPERATOR(pg_catalog.~) '^(sessions)$' COLLATE pg_catalog.default AND a.attnum > 0 AND NOT \
                 a.attisdropped ORDER BY a.attnum",
                &[],
            )
            .await
            .unwrap();
        let first = (columns[0].get::<_, &str>(0), columns[0].get::<_, &str>(1));
        assert_eq!(first, ("sid", "text"));
        let day = columns
            .iter()
            .find(|row| row.get::<_, &str>(0) == "day")
            .unwrap();
        assert_eq!(day.get::<_, &str>(1), "date");
        // What Grafana asks.
        for sql in [
            "SELECT current_setting('server_version_num')::int/100 as version",
            "SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'",
            "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'",
            "SHOW server_version",
        ] {
            assert!(client.simple_query(sql).await.is_ok(), "{sql}");
        }
    });
}

#[test]
fn psql_describes_a_table() {
    let server = served();
    talk(async {
        let client = connect(&server, "").await.unwrap();
        // What psql asks one after the other for \d sessions.
        let oid = client
            .query_one("SELECT 'public.sessions'::regclass::oid AS oid", &[])
            .await
            .unwrap()
            .get::<_, i64>(0);
        let columns = client
            .simple_query(&format!(
                "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (SELECT \
                 pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE \
                 d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef), a.attnotnull, (SELECT \
                 c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type t WHERE c.oid = \
                 a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation) AS \
                 attcollation, a.attidentity, a.attgenerated FROM pg_catalog.pg_attribute a WHERE \
                 a.attrelid = '{oid}' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
            ))
            .await
            .unwrap();
        let first = columns.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((row.get(0)?.to_owned(), row.get(1)?.to_owned())),
            _ => None,
        });
        assert_eq!(first, Some(("sid".to_owned(), "text".to_owned())));
        for sql in [
            // The options of the table, as \d+ asks for them.
            format!(
                "SELECT c.relkind, c.relispartition, pg_catalog.array_to_string(c.reloptions || \
                 array(select 'toast.' || x from pg_catalog.unnest(tc.reloptions) x), ', '), CASE WHEN \
                 c.reloftype = 0 THEN '' ELSE c.reloftype::pg_catalog.regtype::pg_catalog.text END FROM \
                 pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_class tc ON (c.reltoastrelid = tc.oid) \
                 WHERE c.oid = '{oid}'"
            ),
            format!(
                "SELECT pol.polname, pol.polpermissive, CASE WHEN pol.polroles = '{{0}}' THEN NULL ELSE \
                 pg_catalog.array_to_string(array(select rolname from pg_catalog.pg_roles where oid = any \
                 (pol.polroles) order by 1),',') END, pg_catalog.pg_get_expr(pol.polqual, pol.polrelid) \
                 FROM pg_catalog.pg_policy pol WHERE pol.polrelid = '{oid}' ORDER BY 1"
            ),
            // Two columns of which there is nothing.
            format!(
                "SELECT pg_catalog.array_to_string(c.relacl, ','), pg_catalog.array_to_string(c.reloptions, \
                 ',') FROM pg_catalog.pg_class c WHERE c.oid = '{oid}'"
            ),
            // The publications that it is part of.
            format!(
                "SELECT pubname, NULL, NULL FROM pg_catalog.pg_publication p JOIN \
                 pg_catalog.pg_publication_namespace pn ON p.oid = pn.pnpubid JOIN pg_catalog.pg_class pc \
                 ON pc.relnamespace = pn.pnnspid WHERE pc.oid ='{oid}' and \
                 pg_catalog.pg_relation_is_publishable('{oid}') UNION SELECT pubname, \
                 pg_get_expr(pr.prqual, c.oid), (CASE WHEN pr.prattrs IS NOT NULL THEN (SELECT \
                 string_agg(attname, ', ') FROM pg_catalog.generate_series(0, \
                 pg_catalog.array_upper(pr.prattrs::pg_catalog.int2[], 1)) s, pg_catalog.pg_attribute WHERE \
                 attrelid = pr.prrelid AND attnum = prattrs[s]) ELSE NULL END) FROM \
                 pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_rel pr ON p.oid = pr.prpubid \
                 JOIN pg_catalog.pg_class c ON c.oid = pr.prrelid WHERE pr.prrelid = '{oid}' UNION SELECT \
                 pubname, NULL, NULL FROM pg_catalog.pg_publication p WHERE p.puballtables AND \
                 pg_catalog.pg_relation_is_publishable('{oid}') ORDER BY 1"
            ),
            // \l, \du and \dT.
            "SELECT d.datname, d.daticulocale, pg_catalog.array_to_string(d.datacl, E'\\n') FROM \
             pg_catalog.pg_database d ORDER BY 1"
                .to_owned(),
            "SELECT r.rolname, r.rolinherit, r.rolconnlimit, ARRAY(SELECT b.rolname FROM \
             pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles b ON (m.roleid = b.oid) WHERE \
             m.member = r.oid) as memberof FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_'"
                .to_owned(),
            "SELECT n.nspname, pg_catalog.format_type(t.oid, NULL) FROM pg_catalog.pg_type t LEFT JOIN \
             pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE (t.typrelid = 0 OR (SELECT \
             c.relkind = 'c' FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid))"
                .to_owned(),
        ] {
            let answered = client.simple_query(&sql).await;
            assert!(answered.is_ok(), "{sql}: {:?}", answered.err());
        }
    });
}

#[test]
fn with_a_certificate_nobody_comes_in_without_tls() {
    let server = home()
        .manual_clock()
        .flag("--postgres=127.0.0.1:0")
        .flag("--tls-self-signed")
        .serve();
    talk(async {
        let refused = connect(&server, "").await.unwrap_err();
        let told = refused.as_db_error().unwrap();
        assert!(told.message().contains("sslmode=require"), "{told}");
        let stream = server.postgres_over_tls().await.unwrap();
        let (client, connection) = config("").connect_raw(stream, NoTls).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "its end is that of the test")]
        tokio::spawn(async move { drop(connection.await) });
        let row = client.query_one("SELECT 7::bigint", &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 7);
    });
}

#[test]
fn a_connection_keeps_a_thousand_statements_and_no_more() {
    let server = served();
    talk(async {
        let client = connect(&server, "").await.unwrap();
        let mut kept = Vec::new();
        let refused = loop {
            match client.prepare("SELECT 1").await {
                Ok(statement) => kept.push(statement),
                Err(error) => break error,
            }
            assert!(kept.len() <= 1_000);
        };
        let told = refused.as_db_error().unwrap();
        assert!(told.message().contains("1000 prepared"), "{told}");
        // Whoever closes one has room for another.
        kept.pop();
        let next = client.query("SELECT 2", &[]).await;
        assert!(next.is_ok(), "{:?}", next.err());
    });
}
