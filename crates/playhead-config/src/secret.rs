//! Text that must not be printed.

use std::fmt;
use std::fs;
use std::path::Path;

/// The shortest token that is taken: 16 characters, 64 bits if they are hexadecimal digits.
const SECRET_BYTES_MIN: usize = 16;

/// A secret read from a file. Printing it with `{:?}` gives `[redacted]`; there is no other form.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(String);

impl Secret {
    /// Gives the secret itself, for comparing it. Never log or print the result.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Reads a secret; white space around it does not count. The error says what is wanted and
    /// never what was found.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let content = fs::read_to_string(path)
            .map_err(|error| format!("can't read {}: {error}", path.display()))?;
        let secret = content.trim();
        if secret.len() < SECRET_BYTES_MIN || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!(
                "{} wants one token of at least {SECRET_BYTES_MIN} visible ASCII characters",
                path.display()
            ));
        }
        Ok(Self(secret.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
