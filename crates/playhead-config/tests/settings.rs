//! Layers, origins, mistakes and the reference page, from the outside.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use playhead_config::{
    Ack, BitrateUnit, Config, Errors, LogFormat, Profile, Settings, Sources, Suites, explain, load,
    reference_markdown,
};
use tempfile::TempDir;

/// Settings of one test: a file, an environment and flags of its own.
struct Layers {
    folder: TempDir,
    sources: Sources,
}

impl Layers {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            sources: Sources::default(),
        }
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn file(mut self, content: &str) -> Self {
        self.sources.file = Some(self.write("playhead.toml", content));
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.sources
            .environment
            .push((OsString::from(name), OsString::from(value)));
        self
    }

    fn flag(mut self, key: &str, value: &str) -> Self {
        self.sources.flags.push((key.to_owned(), value.to_owned()));
        self
    }

    fn load(&self) -> Settings {
        load(&self.sources).unwrap()
    }

    /// Gives the mistakes as lines, without the folder of the test.
    fn mistakes(&self) -> Vec<String> {
        let Errors(problems) = load(&self.sources).unwrap_err();
        let folder = format!("{}/", self.folder.path().display());
        problems
            .iter()
            .map(|problem| problem.to_string().replace(&folder, ""))
            .collect()
    }

    fn shown(&self, key: &str) -> (String, String) {
        let settings = self.load();
        let setting = settings
            .shown
            .iter()
            .find(|setting| setting.key == key)
            .unwrap();
        let folder = format!("{}/", self.folder.path().display());
        (
            setting.value.to_string(),
            setting.origin.to_string().replace(&folder, ""),
        )
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn everything_has_a_default() {
    let config = Layers::new().load().config;
    assert_eq!(config.listen, address("127.0.0.1:8080"));
    assert_eq!(config.console.listen, address("127.0.0.1:8090"));
    assert_eq!(config.data, PathBuf::from("./playhead-data"));
    assert_eq!(config.console.token, None);
    assert_eq!(config.door.profile, Profile::Lenient);
    assert_eq!(config.door.suites, Suites::Any);
    assert_eq!(config.door.body_event_max, 64 << 10);
    assert_eq!(config.door.header_timeout, Duration::from_secs(10));
    assert_eq!(config.log.ack, Ack::Synced);
    assert_eq!(config.log.max_age, Some(Duration::from_secs(30 * 86_400)));
    assert_eq!(config.log.max_bytes, None);
    assert_eq!(config.sessions.open_max, 4_000_000);
    assert!(config.starts.dedupe);
    assert_eq!(config.telemetry.format, LogFormat::Text);
    let any = config.suite("any.suite");
    assert_eq!(any.profile, Profile::Lenient);
    assert_eq!(any.bitrate_unit, BitrateUnit::Kbps);
    assert_eq!(any.time_zone, "UTC");
}

#[test]
fn later_layers_win_and_say_where_a_value_came_from() {
    let layers = Layers::new();
    let key = "log.max_age";
    let shown = |layers: &Layers| layers.shown(key);
    let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(shown(&layers), pair("\"30d\"", "default"));
    let layers = layers.file("# how long\n[log]\nmax_age = \"90 d\"\n");
    assert_eq!(shown(&layers), pair("\"90d\"", "file playhead.toml:3"));
    let layers = layers.env("PLAYHEAD_LOG__MAX_AGE", "25h");
    assert_eq!(
        shown(&layers),
        pair("\"1d 1h\"", "env PLAYHEAD_LOG__MAX_AGE")
    );

    let layers = Layers::new()
        .file("listen = \"127.0.0.1:1\"\n")
        .env("PLAYHEAD_LISTEN", "127.0.0.1:2")
        .flag("listen", "127.0.0.1:3");
    assert_eq!(
        layers.shown("listen"),
        pair("\"127.0.0.1:3\"", "flag --listen")
    );
}

#[test]
fn datastreams_name_a_suite_and_an_organisation() {
    let config = Layers::new()
        .file(
            "[edge]\norganisation = \"ALL@AdobeOrg\"\n\n\
             [datastreams.\"6f1a-2b3c\"]\nsuite = \"shop\"\norganisation = \"OWN@AdobeOrg\"\n\n\
             [datastreams.web]\n",
        )
        .load()
        .config;
    let named: Vec<_> = config.edge.datastreams.iter().collect();
    assert_eq!(named.len(), 2);
    let (id, own) = named[0];
    assert_eq!((id.as_str(), own.suite.as_str()), ("6f1a-2b3c", "shop"));
    assert_eq!(own.organisation.as_deref(), Some("OWN@AdobeOrg"));
    let (_, plain) = named[1];
    assert_eq!(plain.suite, "web");
    assert_eq!(plain.organisation.as_deref(), Some("ALL@AdobeOrg"));

    let mistakes = Layers::new()
        .file("[datastreams.web]\nsuite = \"a,b\"\nsuit = \"a\"\n\n[datastreams.\"\"]\n")
        .env("PLAYHEAD_DATASTREAMS__WEB__SUITE", "a")
        .mistakes();
    assert_eq!(mistakes.len(), 4, "{mistakes:#?}");
    assert!(Layers::new().load().config.edge.datastreams.is_empty());
}

#[test]
fn a_higher_layer_can_take_a_limit_away() {
    let layers = Layers::new()
        .file("log = { max_bytes = \"10 GiB\" }")
        .env("PLAYHEAD_LOG__MAX_BYTES", "none")
        .env("PLAYHEAD_LOG__MAX_AGE", "none");
    assert_eq!(layers.load().config.log.max_bytes, None);
    assert_eq!(layers.load().config.log.max_age, None);
}

#[test]
fn a_value_is_written_in_any_form_its_kind_has() {
    let config = Layers::new()
        .file(
            "door.suites = [\"a\", \"b\"]\n\
             door.suites_max = 1_000_000\n\
             door.body_event_max = 0x1_0000\n\
             door.address_bits_v4 = \"16\"\n\
             starts.dedupe = false\n",
        )
        .env("PLAYHEAD_DOOR__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")
        .env("PLAYHEAD_CONSOLE__HOSTS", "Stats.Example.com")
        .load()
        .config;
    assert!(config.door.suites.allows("a") && !config.door.suites.allows("c"));
    assert_eq!(config.door.suites_max, 1_000_000);
    assert_eq!(config.door.body_event_max, 65_536);
    assert_eq!(config.door.address_bits_v4, 16);
    assert!(!config.starts.dedupe);
    assert!(config.door.trusted_proxies[1].contains("10.1.2.3".parse().unwrap()));
    assert_eq!(config.console.hosts, ["stats.example.com"]);
}

#[test]
fn suites_have_rules_of_their_own() {
    let layers = Layers::new().file(
        "[door]\nprofile = \"strict\"\n\
         [suites.\"my.suite\"]\nbitrate_unit = \"bps\"\ntime_zone = \"Europe/Berlin\"\n\
         [suites.easy]\nprofile = \"lenient\"\n",
    );
    let config = layers.load().config;
    let own = config.suite("my.suite");
    assert_eq!(own.profile, Profile::Strict, "that of the door");
    assert_eq!(own.bitrate_unit, BitrateUnit::Bps);
    assert_eq!(own.time_zone, "Europe/Berlin");
    assert_eq!(config.suite("easy").profile, Profile::Lenient);
    assert_eq!(config.suite("other").profile, Profile::Strict);
    assert_eq!(
        layers.shown("suites.\"my.suite\".time_zone"),
        (
            String::from("\"Europe/Berlin\""),
            String::from("file playhead.toml:5")
        )
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let layers = Layers::new()
        .file(
            "lisen = \"127.0.0.1:80\"\n\
             log = { max_agee = \"3d\", ack = \"later\" }\n\
             [door]\n\
             body_event_max = \"big\"\n\
             connections_max = 1.5\n\
             trusted_proxies = [\"10.0.0.0/99\"]\n\
             [suites.shop]\n\
             profil = \"strict\"\n\
             time_zone = \"\"\n\
             [suites.\"a,b\"]\n\
             [dor]\n\
             suites = \"any\"\n",
        )
        .env("PLAYHEAD_LOG_MAX_AGE", "3d")
        .env("PLAYHEAD_CHECKPOINT__INTERVAL", "60")
        .env("PLAYHEAD_SUITES__SHOP__PROFILE", "strict")
        .env("PLAYHEAD_TELEMETRY__LEVEL", "loud")
        .flag("listen", "80")
        .flag("consol.listen", "127.0.0.1:0");
    let mut wanted = [
        "lisen (file playhead.toml:1): unknown key; the nearest is `listen`",
        "log.max_agee (file playhead.toml:2): unknown key; the nearest is `log.max_age`",
        "suites.shop.profil (file playhead.toml:8): unknown key; the nearest is `suites.shop.profile`",
        "suites.a,b (file playhead.toml:10): wants the id of one report suite: not empty, without commas",
        "dor.suites (file playhead.toml:12): unknown key; the nearest is `door.suites`",
        "log_max_age (env PLAYHEAD_LOG_MAX_AGE): unknown key; the nearest is `log.max_age` \
         (PLAYHEAD_LOG__MAX_AGE)",
        "suites.shop.profile (env PLAYHEAD_SUITES__SHOP__PROFILE): suites are set in the settings file \
         only",
        "consol.listen (flag consol.listen): unknown key; the nearest is `console.listen`",
        "listen (flag --listen): wants an address with a port such as `127.0.0.1:8080` or `[::1]:8080` \
         (port 0: any free one), got \"80\"",
        "door.connections_max (file playhead.toml:5): wants a whole number, at least 1, got \"1.5\"",
        "door.body_event_max (file playhead.toml:4): wants a size such as `64 MiB`, at least `4 KiB`, \
         got \"big\"",
        "door.trusted_proxies (file playhead.toml:6): wants a list of addresses or networks such as \
         `10.0.0.0/8`, got [\"10.0.0.0/99\"]",
        "log.ack (file playhead.toml:2): wants `synced` or `written`, got \"later\"",
        "checkpoint.interval (env PLAYHEAD_CHECKPOINT__INTERVAL): wants a duration such as `5s`, `30m` or \
         `30d`, at least `1s`, got \"60\"",
        "telemetry.level (env PLAYHEAD_TELEMETRY__LEVEL): wants a level (`off`, `error`, `warn`, `info`, \
         `debug`, `trace`), or levels by part such as `info,playhead_log=debug`, got \"loud\"",
        "suites.\"shop\".time_zone (file playhead.toml:9): wants a text that is not empty, got \"\"",
    ];
    let mut mistakes = layers.mistakes();
    wanted.sort_unstable();
    mistakes.sort_unstable();
    assert_eq!(mistakes, wanted);
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let mistakes = Layers::new()
        .file("listen = \"127.0.0.1:1\"\nlog = [\nlistem = 1\n")
        .mistakes();
    assert!(
        mistakes[0].starts_with("file playhead.toml:"),
        "{mistakes:?}"
    );
    let mistakes = Layers::new()
        .file("listen = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"")
        .mistakes();
    assert_eq!(mistakes, ["file playhead.toml:2: duplicate key"]);
}

#[test]
fn a_table_is_no_value_and_a_value_no_table() {
    let mut mistakes = Layers::new()
        .file("door = 5\nsuites = []\nlog.ack = { a = 1 }")
        .mistakes();
    mistakes.sort_unstable();
    assert_eq!(
        mistakes,
        [
            "door (file playhead.toml:1): wants a table of keys",
            "log.ack (file playhead.toml:3): wants `synced` or `written`, got a table",
            "suites (file playhead.toml:2): wants a table of keys",
        ]
    );
}

#[test]
fn a_missing_file_is_a_mistake() {
    let mut layers = Layers::new();
    layers.sources.file = Some(layers.folder.path().join("none.toml"));
    assert!(layers.mistakes()[0].starts_with("can't read the settings file none.toml"));
    let mistakes = Layers::new()
        .env("PLAYHEAD_DOOR__GEO_FILE", "no-such.mmdb")
        .mistakes();
    assert!(
        mistakes[0].contains("can't read no-such.mmdb"),
        "{mistakes:?}"
    );
}

#[test]
fn values_have_to_fit_each_other() {
    let mistakes = Layers::new()
        .file(
            "listen = \"127.0.0.1:9000\"\nconsole.listen = \"127.0.0.1:9000\"\n\
             door.body_event_max = \"8 MiB\"\ndoor.in_flight_bytes_max = \"2 MiB\"\n\
             log.max_bytes = \"10 MiB\"",
        )
        .mistakes();
    assert_eq!(
        mistakes,
        [
            "console.listen (file playhead.toml:2): 127.0.0.1:9000 is the address of `listen` too",
            "door.body_event_max (file playhead.toml:3): wants at most `door.body_array_max` (4 MiB)",
            "door.in_flight_bytes_max (file playhead.toml:4): wants at least `door.body_array_max` (4 MiB)",
            "log.max_bytes (file playhead.toml:5): wants at least `log.segment_bytes` (256 MiB)",
        ]
    );
    Layers::new()
        .flag("listen", "127.0.0.1:0")
        .flag("console.listen", "127.0.0.1:0")
        .load();
}

#[test]
fn the_console_leaves_the_machine_only_with_a_token() {
    for open in ["0.0.0.0:8090", "[::]:8090", "192.0.2.1:8090"] {
        let mistakes = Layers::new().flag("console.listen", open).mistakes();
        assert!(
            mistakes[0].starts_with("console.listen (flag --console): "),
            "{mistakes:?}"
        );
        assert!(mistakes[0].contains("console.token_file"), "{mistakes:?}");
        assert_eq!(mistakes.len(), 1);
    }
    for loopback in ["127.0.0.2:0", "[::1]:0"] {
        Layers::new().flag("console.listen", loopback).load();
    }
    let layers = Layers::new().flag("console.listen", "0.0.0.0:8090");
    let token = layers.write("token", "0123456789abcdef\n");
    let layers = layers.env("PLAYHEAD_CONSOLE__TOKEN_FILE", token.to_str().unwrap());
    let config = layers.load().config;
    assert_eq!(config.console.token.unwrap().expose(), "0123456789abcdef");
}

#[test]
fn a_secret_is_never_printed() {
    let layers = Layers::new();
    let token = layers.write("token", "hush-hush-hush-hush");
    let layers = layers.env("PLAYHEAD_CONSOLE__TOKEN_FILE", token.to_str().unwrap());
    let settings = layers.load();
    assert!(format!("{settings:?}").contains("[redacted]"));
    assert!(!format!("{settings:?}{settings:#?}").contains("hush"));

    for weak in ["", "hush", "hush-hush-hush-hush hush-hush-hush-hush"] {
        let layers = Layers::new();
        let token = layers.write("token", weak);
        let layers = layers.env("PLAYHEAD_CONSOLE__TOKEN_FILE", token.to_str().unwrap());
        let mistakes = layers.mistakes().join("\n");
        assert!(
            mistakes.contains("wants one token of at least 16"),
            "{mistakes}"
        );
        assert!(!mistakes.contains("hush"), "{mistakes}");
    }
}

#[test]
fn variables_of_kubernetes_are_passed_over() {
    Layers::new()
        .env("PLAYHEAD_SERVICE_HOST", "10.0.0.1")
        .env("PLAYHEAD_SERVICE_PORT_HTTP", "80")
        .env("PLAYHEAD_PORT", "tcp://10.0.0.1:80")
        .env("PLAYHEAD_PORT_80_TCP_ADDR", "10.0.0.1")
        .env("OTHER_LISTEN", "nonsense")
        .load();
}

#[test]
fn what_is_printed_can_be_read_again() {
    let layers = Layers::new().file(
        "door.suites = [\"a\"]\nlog.max_age = \"90m\"\n[suites.\"a \\\"b\"]\ntime_zone = \"Asia/Tokyo\"",
    );
    let settings = layers.load();
    let printed: String = settings
        .shown
        .iter()
        .map(|line| format!("{} = {}\n", line.key, line.value))
        .collect();
    let again: Config = Layers::new().file(&printed).load().config;
    assert_eq!(again, settings.config);
}

#[test]
fn keys_are_explained() {
    let explanation = explain("console.listen").unwrap();
    assert_eq!(
        explanation.environment.as_deref(),
        Some("PLAYHEAD_CONSOLE__LISTEN")
    );
    assert_eq!(explanation.flag, Some("--console"));
    let explanation = explain("suites.my.suite.bitrate_unit").unwrap();
    assert_eq!(explanation.environment, None);
    assert_eq!(explanation.key, "suites.\"my.suite\".bitrate_unit");
    assert_eq!(explain(&explanation.key).unwrap(), explanation);
    assert_eq!(
        explain("log.maxage").unwrap_err(),
        "unknown key `log.maxage`; the nearest is `log.max_age`"
    );
}

#[test]
fn the_reference_page_is_up_to_date() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/reference/configuration.md"
    );
    let page = fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == reference_markdown(),
        "docs/reference/configuration.md is out of date: run `cargo xtask docs`"
    );
}
