//! The session scripts of `tests/scripts`, one file a rule of `docs/metrics.md`.
//!
//! An answer is a name of the close call and its value (`timePlayed 26s`), a flag (`isPlayed`,
//! `not isPlayed`, `no segment`), a value of an ad, a chapter or a state (`ad 1 timePlayed 15s`,
//! `state mute count 2`), what became of an event (`#3 duplicate`), `closed sessionEnd` or `open`.

mod common;

use common::script::{self, Script};
use common::sums;
use playhead_session::explain::Explanation;
use serde_json::Value;

#[test]
fn scripts_give_their_answers() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{folder} has no scripts");
    let mut wrong = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for script in script::read(&std::fs::read_to_string(&path).unwrap()) {
            wrong.extend(
                check(&script)
                    .into_iter()
                    .map(|what| format!("{name}: {what}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs a script; answers with what is not as it says.
fn check(script: &Script) -> Vec<String> {
    let explanation = script.recording.explain();
    sums::check(&explanation, &script.recording.end());
    let differs = |answer: &String| {
        let found = found(&explanation, answer);
        found
            .err()
            .map(|found| format!("{}: {answer}, but {found}", script.title))
    };
    script.answers.iter().filter_map(differs).collect()
}

/// Compares one answer; `Err` is what is so instead.
fn found(explanation: &Explanation, answer: &str) -> Result<(), String> {
    let words: Vec<&str> = answer.split_whitespace().collect();
    let row = explanation.rows.answer();
    let value = |name: &str| row["session"][name].clone();
    let part = |rows: &str, number: &str, name: &str| {
        let place = number.parse::<usize>().expect("a number") - 1;
        row[rows][place][name].clone()
    };
    let state = |name: &str, metric: &str| row["states"][name][metric].clone();
    match words[..] {
        ["open"] => same(&explanation.is_provisional().into(), "true"),
        ["closed", reason] if explanation.closing.is_some() => same(&value("closeReason"), reason),
        [number, outcome] if number.starts_with('#') => {
            let number: usize = number[1..].parse().expect("a number");
            same(&explanation.events[number].outcome().into(), outcome)
        }
        ["ad", number, name, wanted] => same(&part("ads", number, name), wanted),
        ["chapter", number, name, wanted] => same(&part("chapters", number, name), wanted),
        ["state", name, metric, wanted] => same(&state(name, metric), wanted),
        ["no", "state", name] => same(&row["states"][name].is_object().into(), "false"),
        ["not", name] => same(&value(name), "false"),
        ["no", name] => same(&value(name), "null"),
        [name] => same(&value(name), "true"),
        [name, wanted] => same(&value(name), wanted),
        _ => Err("that is no answer".to_owned()),
    }
}

fn same(found: &Value, wanted: &str) -> Result<(), String> {
    let text = match found {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is_same = text == wanted
        || wanted
            .strip_suffix('s')
            .is_some_and(|seconds| seconds == text && found.is_number());
    if is_same {
        Ok(())
    } else {
        Err(format!("it is {text}"))
    }
}
