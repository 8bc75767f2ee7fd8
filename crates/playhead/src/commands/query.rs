//! `playhead query`: SQL to a running server; a table for people, CSV or JSON for programs.

use std::io::{self, Read as _};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::QueryArgs;
use crate::client::Console;
use crate::output;

/// An answer in JSON.
#[derive(Debug, Deserialize)]
struct Answer {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    /// Why there are no more rows.
    error: Option<Broken>,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Broken {
    message: String,
}

pub(crate) fn run(args: QueryArgs) -> anyhow::Result<ExitCode> {
    let sql = if args.sql == "-" {
        let mut text = String::new();
        let read = io::stdin().read_to_string(&mut text);
        read.context("standard input cannot be read")?;
        text
    } else {
        args.sql
    };
    let console = Console::find(args.console)?;
    let format = if args.csv { "csv" } else { "json" };
    let body = json!({ "sql": sql, "format": format }).to_string();
    if args.csv {
        console.post_to("/v1/sql", &body, &mut output::Stdout)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.json {
        let mut copied = Copied::default();
        console.post_to("/v1/sql", &body, &mut copied)?;
        output::print("\n")?;
        return copied.check().map(|()| ExitCode::SUCCESS);
    }
    let text = console.post("/v1/sql", &body)?;
    let answer: Answer = serde_json::from_str(&text).context("the answer cannot be read")?;
    if let Some(Broken { message }) = answer.error {
        bail!("{message}");
    }
    output::print(&table(&answer))?;
    Ok(ExitCode::SUCCESS)
}

/// JSON on its way to standard output, of which the end is looked at.
#[derive(Debug, Default)]
struct Copied {
    end: Vec<u8>,
}

impl Copied {
    /// The longest end that an answer has behind its rows.
    const END_BYTES: usize = 4_096;

    /// # Errors
    /// If the answer ends with an error.
    fn check(&self) -> anyhow::Result<()> {
        let end = String::from_utf8_lossy(&self.end);
        match end.rsplit_once("],\"error\":") {
            Some((_, error)) => {
                let error: Option<Broken> = serde_json::from_str(&error[..error.len() - 1]).ok();
                bail!("{}", error.map_or_else(String::new, |error| error.message))
            }
            None => Ok(()),
        }
    }
}

impl io::Write for Copied {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = output::Stdout.write(bytes)?;
        self.end.extend_from_slice(&bytes[..count]);
        let spare = self.end.len().saturating_sub(Self::END_BYTES);
        self.end.drain(..spare);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        output::Stdout.flush()
    }
}

fn table(answer: &Answer) -> String {
    let names = answer.columns.iter().map(|column| column.name.clone());
    let rows = answer.rows.iter();
    let rows = rows.map(|row| row.iter().map(shown).collect());
    let lines: Vec<Vec<String>> = std::iter::once(names.collect()).chain(rows).collect();
    let is_number = |place: usize| {
        let kind = answer.columns[place].kind.as_str();
        kind.starts_with("int") || kind.starts_with("uint") || kind == "double"
    };
    let count = answer.rows.len();
    let rows = if count == 1 { "row" } else { "rows" };
    let mut page = output::aligned(&lines, is_number);
    page += &format!("({count} {rows})\n");
    page
}

/// A value on one line. What would move a terminal's cursor is a blank: texts come from players.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.replace(char::is_control, " "),
        other => other.to_string(),
    }
}
