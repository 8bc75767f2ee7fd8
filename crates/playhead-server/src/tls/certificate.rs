//! The certificate in use, read anew when its files have changed.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::{Error, Files};

/// A file larger than this is no certificate.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A certificate with its key. New connections get the present one; those that are open keep theirs.
#[derive(Debug)]
pub struct Certificate {
    current: RwLock<Arc<CertifiedKey>>,
    source: Mutex<Source>,
}

/// Where the certificate comes from, and what was found there last, sound or not.
#[derive(Debug)]
struct Source {
    files: Files,
    /// None if they could not be read.
    contents: Option<Contents>,
}

#[derive(Debug, PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// What [`Certificate::refresh`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    Unchanged,
    Replaced,
}

impl Certificate {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    /// If a file cannot be read, holds nothing of its kind, or the two do not belong together.
    pub fn load(files: Files) -> Result<Self, Error> {
        let contents = Contents::read(&files)?;
        let current = contents.parse(&files)?;
        Ok(Self {
            current: RwLock::new(Arc::new(current)),
            source: Mutex::new(Source {
                files,
                contents: Some(contents),
            }),
        })
    }

    /// Takes the pair in these files, which are the ones to look at from now on.
    ///
    /// # Errors
    /// As for [`Certificate::load`]; the old pair and the old files stay.
    pub fn replace(&self, files: Files) -> Result<(), Error> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        let contents = Contents::read(&files)?;
        self.take(contents.parse(&files)?);
        let contents = Some(contents);
        *source = Source { files, contents };
        Ok(())
    }

    /// Takes a new pair if the files have changed.
    ///
    /// # Errors
    /// As for [`Certificate::load`]; the old pair stays in use. What is broken is told once: as long
    /// as the files do not change again they count as unchanged.
    pub fn refresh(&self) -> Result<Refreshed, Error> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        let read = Contents::read(&source.files);
        if source.contents.as_ref() == read.as_ref().ok() {
            return Ok(Refreshed::Unchanged);
        }
        source.contents = None;
        let contents = read?;
        let parsed = contents.parse(&source.files);
        source.contents = Some(contents);
        self.take(parsed?);
        Ok(Refreshed::Replaced)
    }

    fn take(&self, pair: CertifiedKey) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(pair);
    }

    /// What tells the present certificate from others.
    pub fn fingerprints(&self) -> Fingerprints {
        let current = self.current();
        let sha256 = |bytes: &[u8]| ring::digest::digest(&ring::digest::SHA256, bytes);
        let mut certificate = String::new();
        for byte in sha256(&current.cert[0]).as_ref() {
            let colon = if certificate.is_empty() { "" } else { ":" };
            write!(certificate, "{colon}{byte:02X}").expect("a string takes text");
        }
        let key = current.key.public_key();
        let key = key.map(|key| super::self_signed::base64(sha256(&key).as_ref()));
        Fingerprints {
            certificate,
            key: key.unwrap_or_default(),
        }
    }

    fn current(&self) -> Arc<CertifiedKey> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// SHA-256 of the certificate, as browsers show it, and of its public key, as they can be told to
/// trust it.
#[derive(Clone, Debug)]
pub struct Fingerprints {
    /// Hexadecimal, with colons.
    pub certificate: String,
    /// In base 64.
    pub key: String,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl Contents {
    fn read(files: &Files) -> Result<Self, Error> {
        Ok(Self {
            certificate: read(&files.certificate)?,
            key: read(&files.key)?,
        })
    }

    fn parse(&self, files: &Files) -> Result<CertifiedKey, Error> {
        let missing = |file: &Path, what| Error::Missing {
            file: file.to_owned(),
            what,
        };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .unwrap_or_default();
        if chain.is_empty() {
            return Err(missing(&files.certificate, "certificate"));
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| missing(&files.key, "private key"))?;
        Ok(CertifiedKey::from_der(chain, key, &default_provider())?)
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(FILE_BYTES_MAX).read_to_end(&mut bytes))
        .map_err(|source| Error::Read {
            file: file.to_owned(),
            source,
        })?;
    Ok(bytes)
}
