//! What the door finds out about the sender of a session start, before the log: its address, cut
//! short, where that address is, and what the user agent says about device, system and browser.
//!
//! In come the address of the connection and a few headers as plain bytes, out goes the
//! [`Sender`] that is stored with the start. Nothing here fails after start-up: what can't be told
//! is empty text. The crate reads the MMDB files it is given, once, and knows no HTTP library.
//! One thread owns a [`Lookup`]; it has no locks.

mod address;
mod agent;
mod cache;
mod error;
mod forwarded;
mod geo;

use std::net::IpAddr;
use std::path::PathBuf;

use playhead_model::record::Sender;

pub use crate::error::Error;
pub use playhead_config::Network;

use crate::cache::Cache;
use crate::geo::Geo;

/// How senders are looked at.
#[derive(Clone, Debug)]
pub struct Options {
    /// Peers whose forwarding headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Leading bits of an IPv4 address that are kept, at most 32.
    pub address_bits_v4: u8,
    /// Leading bits of an IPv6 address that are kept, at most 128.
    pub address_bits_v6: u8,
    /// MMDB files; for each answer the first file that has it counts. Cities and networks usually
    /// come as two files.
    pub geo_files: Vec<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            address_bits_v4: 24,
            address_bits_v6: 48,
            geo_files: Vec::new(),
        }
    }
}

/// The headers of a request that say something about its sender.
///
/// A header may stand in a request several times. The forwarding headers are wanted with *all* their
/// lines, in order, joined with commas: some proxies append a line of their own, and whoever passes
/// on only the first line takes the client's word for the proxy's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    pub user_agent: Option<&'a [u8]>,
    /// `X-Forwarded-For`.
    pub forwarded_for: Option<&'a [u8]>,
    /// `Forwarded` (RFC 7239). Read only if there is no `X-Forwarded-For`.
    pub forwarded: Option<&'a [u8]>,
}

/// Looks at senders. Made once for each thread that answers session starts.
#[derive(Debug)]
pub struct Lookup {
    trusted_proxies: Vec<Network>,
    address_bits_v4: u8,
    address_bits_v6: u8,
    geo: Geo,
    agents: Cache,
}

impl Lookup {
    /// Reads the MMDB files.
    ///
    /// # Errors
    ///
    /// If a file can't be read or is no MMDB file; the message names the setting.
    pub fn new(options: &Options) -> Result<Self, Error> {
        Ok(Self {
            trusted_proxies: options.trusted_proxies.clone(),
            address_bits_v4: options.address_bits_v4,
            address_bits_v6: options.address_bits_v6,
            geo: Geo::open(&options.geo_files)?,
            agents: Cache::new(),
        })
    }

    /// Tells what can be told about the sender of a request.
    pub fn sender(&mut self, api: &str, peer: IpAddr, headers: Headers<'_>) -> Sender {
        let mut sender = Sender {
            api: api.into(),
            ..Sender::default()
        };
        if let Some(address) = forwarded::client(&self.trusted_proxies, peer, &headers) {
            let place = self.geo.find(address);
            sender.country = place.country.clone();
            sender.region = place.region.clone();
            sender.network = place.network.clone();
            sender.address = address::cut(address, self.address_bits_v4, self.address_bits_v6);
        }
        if let Some(text) = headers.user_agent {
            let agent = self.agents.agent(text);
            sender.device = agent.device.into();
            sender.system = agent.system.into();
            sender.browser = agent.browser.clone();
            sender.bot = agent.is_bot;
        }
        sender
    }

    /// The address of the client, cut as it is stored; none if a proxy names none.
    pub fn address(&self, peer: IpAddr, headers: &Headers<'_>) -> Option<Box<str>> {
        let address = forwarded::client(&self.trusted_proxies, peer, headers)?;
        Some(address::cut(
            address,
            self.address_bits_v4,
            self.address_bits_v6,
        ))
    }

    /// Replaces the proxies that are believed, as a reload of the settings does.
    pub fn set_trusted_proxies(&mut self, proxies: &[Network]) {
        self.trusted_proxies = proxies.to_vec();
    }
}
