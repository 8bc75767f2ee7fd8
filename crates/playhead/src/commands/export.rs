//! `playhead export`: a table or a report of a running server in a file.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use playhead_model::report::{Answer, Request};
use playhead_sql::export::{
    AskError, FileFormat, Progress, Selection, TableFile, export, report_rows,
};
use serde_json::json;

use crate::cli::{ExportArgs, ExportFormat};
use crate::client::Console;
use crate::exit::UsageError;
use crate::output;

/// Rows of a report that are asked for at a time.
const PAGE_ROWS: usize = 10_000;

pub(crate) fn run(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let format = format(&args)?;
    let selection = args.table.as_deref().map(|table| {
        let [suite, from, to] = [&args.suite, &args.from, &args.to].map(Option::as_deref);
        Selection::new(table, suite, from, to)
    });
    let selection = selection
        .transpose()
        .map_err(|error| UsageError(error.to_string()))?;
    let console = Console::find(args.console)?;
    let out = &args.out;
    let cannot = || format!("{} cannot be written", out.display());
    let mut file = TableFile::create(out, format).with_context(cannot)?;
    let rows = match (&selection, &args.report) {
        (Some(selection), _) => table(&console, selection, &mut file)?,
        (None, Some(request)) => report(&console, request, &mut file)?,
        (None, None) => return Err(UsageError("name a table, or --report".to_owned()).into()),
    };
    file.finish().with_context(cannot)?;
    let path = out.display().to_string();
    if args.json {
        output::print_json(&json!({ "file": path, "rows": rows }))?;
    } else {
        output::print(&format!("{rows} rows in {path}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The format that was named, or that of the file's name.
fn format(args: &ExportArgs) -> Result<FileFormat, UsageError> {
    let of_name = || {
        let extension = args.out.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "parquet" => ExportFormat::Parquet,
            "csv" => ExportFormat::Csv,
            "jsonl" | "ndjson" => ExportFormat::Jsonl,
            _ => return None,
        })
    };
    let found = args.format.or_else(of_name).ok_or_else(|| {
        UsageError(format!(
            "the name {:?} does not end in .parquet, .csv or .jsonl; say --format",
            args.out.display().to_string()
        ))
    })?;
    Ok(match found {
        ExportFormat::Parquet => FileFormat::Parquet,
        ExportFormat::Csv => FileFormat::Csv,
        ExportFormat::Jsonl => FileFormat::JsonLines,
    })
}

fn table(console: &Console, selection: &Selection, file: &mut TableFile) -> anyhow::Result<u64> {
    let mut bar = Bar::new(selection.table());
    let ask = |sql: &str| -> Result<_, AskError> {
        let body = json!({ "sql": sql, "format": "arrow" }).to_string();
        Ok(console.post_for_stream("/v1/sql", &body)?)
    };
    let rows = export(selection, ask, file, |progress| bar.show(progress));
    bar.clear();
    Ok(rows?)
}

fn report(console: &Console, request: &Path, file: &mut TableFile) -> anyhow::Result<u64> {
    let name = request.display();
    let text = std::fs::read(request).with_context(|| format!("{name} cannot be read"))?;
    let mut request: Request =
        serde_json::from_slice(&text).with_context(|| format!("{name} is no request"))?;
    if !request.dimensions.is_empty() {
        request.limit.get_or_insert(PAGE_ROWS);
    }
    let mut pages: Vec<Answer> = Vec::new();
    loop {
        let text = console.post("/v1/reports", &serde_json::to_string(&request)?)?;
        let page: Answer = serde_json::from_str(&text).context("the answer cannot be read")?;
        request.cursor.clone_from(&page.next);
        if !request.include_open {
            // All pages are of the same sessions.
            request.as_of.get_or_insert_with(|| page.as_of.clone());
        }
        pages.push(page);
        if request.cursor.is_none() {
            break;
        }
    }
    let rows = report_rows(&pages).context("the report cannot be written")?;
    file.begin(&rows.schema())?;
    file.rows(&rows)?;
    Ok(rows.num_rows() as u64)
}

/// How far it has come, on a terminal.
struct Bar {
    table: &'static str,
    is_shown: bool,
}

impl Bar {
    const WIDTH: u64 = 30;

    fn new(table: &'static str) -> Self {
        Self {
            table,
            is_shown: io::stderr().is_terminal(),
        }
    }

    fn show(&mut self, Progress { rows, of }: Progress) {
        if self.is_shown {
            let filled = rows * Self::WIDTH / of.max(1);
            let bar = "#".repeat(usize::try_from(filled).unwrap_or(0));
            let width = usize::try_from(Self::WIDTH).unwrap_or(0);
            let percent = rows * 100 / of.max(1);
            let line = format!("\r{} [{bar:width$}] {percent} %, {rows} rows", self.table);
            self.write(&line);
        }
    }

    fn clear(&mut self) {
        if self.is_shown {
            self.write("\r\x1b[K");
        }
    }

    /// What cannot be shown is no reason to stop.
    fn write(&self, line: &str) {
        let mut stderr = io::stderr().lock();
        drop(
            stderr
                .write_all(line.as_bytes())
                .and_then(|()| stderr.flush()),
        );
    }
}
