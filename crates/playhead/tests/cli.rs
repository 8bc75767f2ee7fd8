//! The real binary, each test in a folder of its own and with an environment without settings.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder and a way to run `playhead` in it.
struct Shell {
    folder: TempDir,
    environment: Vec<(&'static str, &'static str)>,
}

impl Shell {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            environment: Vec::new(),
        }
    }

    fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        fs::write(self.folder.path().join(name), content).unwrap();
        self
    }

    /// Runs a command line, its words separated by spaces.
    fn run(&self, line: &str) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_playhead"));
        command
            .args(line.split_whitespace())
            .current_dir(self.folder.path());
        command.env_clear().envs(self.environment.iter().copied());
        Answer::new(command.output().unwrap())
    }
}

#[derive(Debug)]
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Answer {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn done(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }

    /// Asserts that nothing was done and one line says why.
    #[track_caller]
    fn misused(self, why: &str) {
        assert_eq!((self.code, self.out.as_str()), (64, ""));
        assert_eq!(self.err, format!("playhead: {why}\n"));
    }
}

#[test]
fn version_is_told() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        Shell::new().run("version").done(),
        format!("playhead {version}\n")
    );
    assert_eq!(
        Shell::new().run("--version").done(),
        format!("playhead {version}\n")
    );
    let answer = Shell::new().run("version --json");
    assert_eq!(
        answer.json(),
        json!({"name": "playhead", "version": version})
    );
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Shell::new().run(&format!("completions {shell}")).done();
        assert!(script.contains("fsck"), "{shell}");
    }
}

#[test]
fn misuse_is_told_in_one_line() {
    let shell = Shell::new();
    shell
        .run("--loud")
        .misused("unexpected argument '--loud' found");
    shell
        .run("serv")
        .misused("unrecognized subcommand 'serv'; tip: a similar subcommand exists: 'serve'");
    shell
        .run("serve --clock lunar")
        .misused("invalid value 'lunar' for '--clock <CLOCK>' [possible values: system, manual]");
    shell
        .run("explain")
        .misused("the following required arguments were not provided: <SID>");
    for (line, commands) in [("", "serve, compute"), ("config", "check, print, explain")] {
        let answer = shell.run(line);
        assert_eq!((answer.code, answer.err.lines().count()), (64, 1));
        assert!(
            answer.err.contains("requires a subcommand"),
            "{}",
            answer.err
        );
        assert!(answer.err.contains(commands), "{}", answer.err);
    }
}

#[test]
fn settings_work_with_no_file() {
    let shell = Shell::new();
    assert_eq!(
        shell.run("config check").done(),
        "the settings are in order\n"
    );
    assert_eq!(
        shell.run("config check --json").json(),
        json!({"ok": true, "problems": []})
    );
    assert_eq!(
        fs::read_dir(shell.folder.path()).unwrap().count(),
        0,
        "nothing is created"
    );
}

#[test]
fn settings_are_printed_with_their_origin() {
    let shell = Shell::new()
        .file("p.toml", "[log]\nmax_age = \"7d\"\n")
        .env("PLAYHEAD_DOOR__SUITES_MAX", "5");
    let line = "config print --config p.toml --listen 127.0.0.1:0";
    let printed = shell.run(line).done();
    for (assignment, origin) in [
        ("listen = \"127.0.0.1:0\"", "flag --listen"),
        ("log.max_age = \"7d\"", "file p.toml:2"),
        ("door.suites_max = 5", "env PLAYHEAD_DOOR__SUITES_MAX"),
        ("data = \"./playhead-data\"", "default"),
    ] {
        let found = printed.lines().any(|line| {
            line.split_once("  # ")
                .is_some_and(|(left, right)| left.trim_end() == assignment && right == origin)
        });
        assert!(found, "{assignment} in\n{printed}");
    }
    let settings = shell.run(&format!("{line} --json")).json();
    assert_eq!(
        settings["settings"][0],
        json!({"key": "listen", "value": "127.0.0.1:0", "origin": "flag --listen"})
    );
    fs::write(shell.folder.path().join("again.toml"), printed).unwrap();
    shell.run("config check --config again.toml").done();
}

#[test]
fn mistakes_are_found_by_check_and_refused_by_the_rest() {
    let shell = Shell::new().file("p.toml", "log.max_agee = \"7d\"\nlog.ack = \"soon\"\n");
    let first = "log.max_agee (file p.toml:1): unknown key; the nearest is `log.max_age`";
    let second = "log.ack (file p.toml:2): wants `synced` or `written`, got \"soon\"";
    let check = shell.run("config check --config p.toml");
    assert_eq!((check.code, check.out), (2, format!("{first}\n{second}\n")));
    let check = shell.run("config check --config p.toml --json");
    assert_eq!((check.code, &check.json()["ok"]), (2, &json!(false)));
    assert_eq!(
        check.json()["problems"][1],
        json!({
            "key": "log.ack",
            "origin": "file p.toml:2",
            "message": "wants `synced` or `written`, got \"soon\"",
        })
    );
    let print = shell.run("config print --config p.toml");
    assert_eq!((print.code, print.out.as_str()), (64, ""));
    assert_eq!(
        print.err,
        format!("playhead: {first}\nplayhead: {second}\n")
    );
}

#[test]
fn the_console_is_not_opened_to_others_without_a_token() {
    let check = Shell::new().run("config check --console 0.0.0.0:8090");
    assert_eq!(check.code, 2);
    assert!(
        check.out.starts_with("console.listen (flag --console): "),
        "{}",
        check.out
    );
    let shell = Shell::new()
        .file("token", "0123456789abcdef\n")
        .env("PLAYHEAD_CONSOLE__TOKEN_FILE", "token");
    shell.run("config check --console 0.0.0.0:8090").done();
    let printed = shell.run("config print").done();
    assert!(!printed.contains("0123456789abcdef"), "{printed}");
}

#[test]
fn a_setting_is_explained() {
    let shell = Shell::new().env("PLAYHEAD_LOG__MAX_AGE", "2d");
    let text = shell.run("config explain log.max_age").done();
    assert!(
        text.ends_with("\nnow           \"2d\" (env PLAYHEAD_LOG__MAX_AGE)\n"),
        "{text}"
    );
    let answer = shell.run("config explain log.max_age --json").json();
    assert_eq!(answer["value"], "2d");
    assert_eq!(answer["explanation"]["default"], "30d");
    shell
        .run("config explain log.maxage")
        .misused("unknown key `log.maxage`; the nearest is `log.max_age`");
    let broken = Shell::new().env("PLAYHEAD_LOG__MAX_AGE", "soon");
    let text = broken.run("config explain log.max_age").done();
    assert!(text.contains("the settings have mistakes"), "{text}");
}

/// The page is made of what the binary says: run with `UPDATE_EXPECT=1`, as `make docs` does, to
/// write it anew.
#[test]
fn the_command_line_page_is_up_to_date() {
    let mut page = String::from(
        "<!-- Made from `playhead --help` by `make docs`. Do not edit. -->\n\n# Command line\n",
    );
    let commands = [
        "",
        "serve",
        "compute",
        "explain",
        "report",
        "query",
        "export",
        "simulate",
        "fsck",
        "retention",
        "config",
        "config check",
        "config print",
        "config explain",
        "completions",
        "version",
    ];
    for command in commands {
        let help = Shell::new().run(&format!("{command} --help")).done();
        let name = format!("playhead {command}");
        let name = name.trim_end();
        page.push_str(&format!(
            "\n## `{name}`\n\n```text\n{}\n```\n",
            help.trim_end()
        ));
    }
    let path = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/reference/command-line.md"
    ));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, &page).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page,
        "{} is out of date: run `make docs`",
        path.display()
    );
}
