//! The keys of session ids, in the data folder.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::mint::{Key, Mint};

const FILE: &str = "id.keys";

/// Reads the keys, newest first, one of 32 hex digits a line; makes one if there is none.
pub(crate) fn open(folder: &Path) -> io::Result<Mint> {
    let file = folder.join(FILE);
    match fs::read_to_string(&file) {
        Ok(text) => {
            let keys: Option<Vec<Key>> = text.lines().map(parse).collect();
            keys.filter(|keys| !keys.is_empty())
                .map(Mint::new)
                .ok_or_else(|| {
                    let message = format!("{} does not hold keys of 32 hex digits", file.display());
                    io::Error::new(io::ErrorKind::InvalidData, message)
                })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(&file),
        Err(error) => Err(error),
    }
}

fn create(file: &Path) -> io::Result<Mint> {
    let mut key = [0; 16];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let line: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let unfinished = file.with_extension("new");
    let mut out = fs::OpenOptions::new();
    out.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut out, 0o600);
    let mut out = out.open(&unfinished)?;
    writeln!(out, "{line}")?;
    out.sync_all()?;
    fs::rename(&unfinished, file)?;
    crate::checkpoint::sync_folder(file)?;
    Ok(Mint::new(vec![Key(key)]))
}

fn parse(line: &str) -> Option<Key> {
    let digits = line.trim();
    if digits.len() != 32 || !digits.is_ascii() {
        return None;
    }
    let mut key = [0; 16];
    for (place, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(Key(key))
}
