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

/// Standard output, piece by piece. A reader that has gone away is no error here either.
#[derive(Debug)]
pub(crate) struct Stdout;

impl io::Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match io::stdout().lock().write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match io::stdout().lock().flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

/// Writes a value as one line of JSON.
pub(crate) fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    print(&format!("{value}\n"))
}

/// Lines of cells in columns side by side; numbers stand at the right of theirs. Every line has a
/// cell for each column.
pub(crate) fn aligned(lines: &[Vec<String>], is_number: impl Fn(usize) -> bool) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |place: usize| {
        let cells = lines.iter().map(|line| line[place].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut page = String::new();
    for line in lines {
        let mut text = String::new();
        for (place, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let gap = if place == 0 { "" } else { "  " };
            text += &if is_number(place) {
                format!("{gap}{cell:>width$}")
            } else {
                format!("{gap}{cell:width$}")
            };
        }
        page += text.trim_end();
        page.push('\n');
    }
    page
}

/// Writes one line to standard error. If that fails too there is nobody left to tell.
pub(crate) fn complain(line: &str) {
    drop(writeln!(io::stderr(), "playhead: {line}"));
}
