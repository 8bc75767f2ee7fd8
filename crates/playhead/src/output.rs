//! Writing to the terminal.

use std::io::{self, ErrorKind, Write as _};

/// Writes to standard output. A reader that has gone away, as `head` does, is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes a value as one line of JSON.
pub(crate) fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    print(&format!("{value}\n"))
}

/// Writes one line to standard error. If that fails too there is nobody left to tell.
pub(crate) fn complain(line: &str) {
    drop(writeln!(io::stderr(), "playhead: {line}"));
}
