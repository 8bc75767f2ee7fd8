//! The socket in the data folder by which the command line reaches a running server.
//!
//! One line comes in, a word; one line goes out, JSON. Only the owner of the server can connect.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::reload::Reloader;

/// Its name in the data folder.
const SOCKET: &str = "admin.sock";
/// Longest line that is read.
const LINE_MAX: u64 = 256;
/// Whoever says nothing for so long is cut off, since only one is answered at a time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the server that runs on a data folder.
pub(crate) fn ask(data: &Path, command: &str) -> anyhow::Result<Value> {
    let socket = data.join(SOCKET);
    let mut stream = UnixStream::connect(&socket)
        .with_context(|| format!("no server answers at {}", socket.display()))?;
    writeln!(stream, "{command}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    serde_json::from_str(&answer).context("the server has not answered")
}

/// Answers from now on. A server whose folder takes no socket, because its path is too long or
/// for another reason, goes on without: signals reach it as well.
pub(super) fn listen(data: &Path, reloader: Arc<Reloader>) {
    let socket = data.join(SOCKET);
    let started = bind(&socket).and_then(|listener| {
        thread::Builder::new()
            .name("admin".into())
            .spawn(move || answer_for_ever(&listener, &reloader))
    });
    if let Err(error) = started {
        let error = &error as &dyn std::error::Error;
        let socket = socket.display().to_string();
        tracing::warn!(
            socket,
            error,
            "no socket for the command line; SIGHUP reloads"
        );
    }
}

/// Binds the socket. One that is there already was left by a server that is gone: the data folder
/// is ours alone.
fn bind(socket: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    fs::set_permissions(socket, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

fn answer_for_ever(listener: &UnixListener, reloader: &Reloader) {
    for stream in listener.incoming() {
        if let Err(error) = stream.and_then(|stream| answer(stream, reloader)) {
            tracing::warn!(error = &error as &dyn std::error::Error, "admin socket");
        }
    }
}

fn answer(mut stream: UnixStream, reloader: &Reloader) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new((&stream).take(LINE_MAX)).read_line(&mut line)?;
    let answer = match line.trim_end() {
        "reload" => reloader.reload(),
        other => unknown(other),
    };
    writeln!(stream, "{answer}")
}

fn unknown(command: &str) -> Value {
    let message = format!("unknown command {command:?}; there is: reload");
    json!({ "ok": false, "problems": [{ "message": message }] })
}
