//! A JSON body, with errors that name what was meant.

use playhead_model::report::did_you_mean;
use serde::de::DeserializeOwned;

use crate::console::error::{Answer, Failure};

/// Reads a request.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Answer<T> {
    serde_json::from_slice(body).map_err(|error| {
        let message = error.to_string();
        let hint = hint(&message);
        let is_of_a_field = ["unknown field", "missing field"];
        let is_of_a_field = is_of_a_field.iter().any(|it| message.starts_with(it));
        let field = quoted(&message).next().filter(|_| is_of_a_field);
        Failure::question(format!("{message}{hint}")).at(field.map(str::to_owned))
    })
}

/// What stands in backquotes.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

/// The nearest of what was expected, where something else was found.
fn hint(message: &str) -> String {
    let mut words = quoted(message);
    let is_unknown = message.starts_with("unknown ");
    match words.next().filter(|_| is_unknown) {
        Some(found) => {
            let expected: Vec<&str> = words.collect();
            did_you_mean(found, expected)
        }
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use playhead_model::report::Request;

    use super::*;

    #[test]
    fn what_is_misspelt_is_named_with_the_nearest() {
        for (body, part) in [
            (r#"{"suite": "a", "metrcs": ["sessions"]}"#, "metrics"),
            (r#"{"suite": "a", "report": "concurency"}"#, "concurrency"),
            (r#"{"suite": "a", "granularity": "minuet"}"#, "minute"),
            (r#"{"suite": "a", "range": {"form": 1}}"#, "from"),
            (r#"{"metrics": []}"#, "suite"),
            ("{", "EOF"),
        ] {
            let message = read::<Request>(body.as_bytes()).unwrap_err().to_string();
            assert!(message.contains(part), "{body}: {message}");
        }
    }
}
