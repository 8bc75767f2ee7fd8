//! Which parts there are, and up to which record of the log they are complete.
//!
//! The manifest is the one file that is replaced: it is written under another name, synced,
//! renamed, and the folder synced. It is JSON, one object a line: a head, a line for each part,
//! and the CRC32C of all lines before. `docs/design/store-format.md` describes it.

use std::io;
use std::path::{Path, PathBuf};

use playhead_model::catalog::{Day, Table};
use playhead_model::ids::LogPosition;
use serde_json::{Map, Value, json};

use crate::parts::error::StoreError;
use crate::parts::paths;
use crate::parts::retention::Cut;
use crate::parts::storage::Storage;

const FORMAT: u64 = 1;
const NAME: &str = "manifest.jsonl";
const UNFINISHED: &str = "manifest.unfinished";

/// What the manifest says of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartFacts {
    pub table: Table,
    pub suite: String,
    pub day: Day,
    /// No two parts ever have the same.
    pub number: u64,
    pub rows: u64,
    pub bytes: u64,
    pub crc32c: u32,
    /// Smallest and largest server time at which a session of it began.
    pub started: (u64, u64),
    /// Smallest and largest client time.
    pub client: (i64, i64),
    /// Smallest and largest position of a close.
    pub positions: (i64, i64),
    /// Version of the definitions that its numbers were computed by.
    pub definition_version: i64,
}

impl PartFacts {
    /// Where it lies in the folder of the store.
    pub fn path(&self) -> PathBuf {
        let folder = paths::folder(self.table, &self.suite, self.day);
        folder.join(format!("{:016x}.parquet", self.number))
    }

    fn line(&self) -> Value {
        json!({
            "table": self.table.name(),
            "suite": self.suite,
            "day": self.day.to_string(),
            "number": self.number,
            "path": self.path().display().to_string(),
            "rows": self.rows,
            "bytes": self.bytes,
            "crc32c": self.crc32c,
            "started": [self.started.0, self.started.1],
            "client": [self.client.0, self.client.1],
            "positions": [self.positions.0, self.positions.1],
            "days": self.day.0,
            "definition_version": self.definition_version,
        })
    }

    fn read(line: &Map<String, Value>) -> Option<Self> {
        let number = |name: &str| line.get(name)?.as_u64();
        let signed = |name: &str, place: usize| line.get(name)?.get(place)?.as_i64();
        let unsigned = |name: &str, place: usize| line.get(name)?.get(place)?.as_u64();
        Some(Self {
            table: table(line.get("table")?)?,
            suite: line.get("suite")?.as_str()?.to_owned(),
            day: Day(i32::try_from(line.get("days")?.as_i64()?).ok()?),
            number: number("number")?,
            rows: number("rows")?,
            bytes: number("bytes")?,
            crc32c: u32::try_from(number("crc32c")?).ok()?,
            started: (unsigned("started", 0)?, unsigned("started", 1)?),
            client: (signed("client", 0)?, signed("client", 1)?),
            positions: (signed("positions", 0)?, signed("positions", 1)?),
            definition_version: line.get("definition_version")?.as_i64()?,
        })
    }
}

/// What a manifest file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// It grows when rows that were stored are taken out.
    pub(crate) generation: u64,
    /// Number of the next part.
    pub(crate) next_part: u64,
    /// All sessions that closed at or below this position are in parts.
    pub(crate) complete_to: Option<LogPosition>,
    pub(crate) parts: Vec<PartFacts>,
    /// What retention has taken out, by table and suite.
    pub(crate) cuts: Vec<Cut>,
}

fn cut_line(cut: &Cut) -> Value {
    json!({
        "table": cut.table.name(),
        "suite": cut.suite,
        "before_days": cut.before.0,
        "client_to": cut.client_to,
        "at": cut.at.map(|position| position.0),
    })
}

fn read_cut(cut: &Value) -> Option<Cut> {
    let days = cut.get("before_days")?.as_i64()?;
    Some(Cut {
        suite: cut.get("suite")?.as_str()?.to_owned(),
        table: table(cut.get("table")?)?,
        before: Day(i32::try_from(days).ok()?),
        client_to: cut.get("client_to")?.as_i64()?,
        at: cut.get("at")?.as_u64().map(LogPosition),
    })
}

fn table(name: &Value) -> Option<Table> {
    let name = name.as_str()?;
    Table::ALL.into_iter().find(|table| table.name() == name)
}

impl Contents {
    fn encode(&self) -> String {
        let mut text = String::new();
        let mut line = |value: Value| {
            text.push_str(&value.to_string());
            text.push('\n');
        };
        line(json!({
            "format": FORMAT,
            "generation": self.generation,
            "next_part": self.next_part,
            "complete_to": self.complete_to.map(|position| position.0),
            "cuts": self.cuts.iter().map(cut_line).collect::<Vec<_>>(),
        }));
        for part in &self.parts {
            line(part.line());
        }
        let checksum = crc32c::crc32c(text.as_bytes());
        text.push_str(&json!({ "crc32c_of_all_before": checksum }).to_string());
        text.push('\n');
        text
    }

    fn decode(text: &str) -> Result<Self, StoreError> {
        let damaged = |reason: &str| StoreError::Manifest {
            reason: reason.to_owned(),
        };
        let mut lines = text.lines().map(|line| {
            let value: Option<Map<String, Value>> = serde_json::from_str(line).ok();
            value.ok_or_else(|| damaged("a line is no JSON object"))
        });
        let head = lines.next().ok_or_else(|| damaged("it is empty"))??;
        let number = |name: &str| head.get(name).and_then(Value::as_u64);
        let found = number("format").ok_or_else(|| damaged("it has no format"))?;
        if found != FORMAT {
            return Err(StoreError::Format {
                found,
                known: FORMAT,
            });
        }
        let mut lines = lines.collect::<Result<Vec<_>, _>>()?;
        let last = lines.pop().ok_or_else(|| damaged("it has no end"))?;
        let content = text.trim_end_matches('\n');
        let end = content.rfind('\n').map_or(0, |end| end + 1);
        let checksum = last.get("crc32c_of_all_before").and_then(Value::as_u64);
        if checksum != Some(crc32c::crc32c(&text.as_bytes()[..end]).into()) {
            return Err(damaged("its checksum is wrong"));
        }
        let parts = lines.iter().map(PartFacts::read).collect::<Option<_>>();
        let cuts = head.get("cuts").and_then(Value::as_array);
        let cuts = cuts
            .into_iter()
            .flatten()
            .map(read_cut)
            .collect::<Option<_>>();
        Ok(Self {
            generation: number("generation").unwrap_or(0),
            next_part: number("next_part").ok_or_else(|| damaged("it has no next part"))?,
            complete_to: number("complete_to").map(LogPosition),
            parts: parts.ok_or_else(|| damaged("a part lacks a fact"))?,
            cuts: cuts.ok_or_else(|| damaged("a cut lacks a fact"))?,
        })
    }

    /// Reads the manifest, or gives that of an empty store.
    ///
    /// # Errors
    /// If it is damaged, or of another format.
    pub(crate) fn load(storage: &dyn Storage) -> Result<Self, StoreError> {
        let fail = |source| StoreError::Io {
            path: NAME.into(),
            source,
        };
        let blob = match storage.open(Path::new(NAME)) {
            Ok(blob) => blob,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(fail(error)),
        };
        let bytes = blob.read_all().map_err(fail)?;
        let text = std::str::from_utf8(&bytes);
        let text = text.map_err(|error| StoreError::Manifest {
            reason: error.to_string(),
        })?;
        Self::decode(text)
    }

    /// Puts this in the place of what there is.
    ///
    /// # Errors
    /// If one of both is in force, and it is not known which will be after a power loss.
    pub(crate) fn save(&self, storage: &dyn Storage) -> Result<(), StoreError> {
        let fail = |source| StoreError::Io {
            path: NAME.into(),
            source,
        };
        let write = || {
            let mut file = storage.create(Path::new(UNFINISHED))?;
            file.write_all(self.encode().as_bytes())?;
            file.finish()?;
            storage.rename(Path::new(UNFINISHED), Path::new(NAME))?;
            storage.sync_folder(Path::new(""))
        };
        write().map_err(fail)
    }

    /// The files of the store.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let parts = self.parts.iter().map(PartFacts::path);
        parts.chain([PathBuf::from(NAME)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::storage::MemoryStorage;

    fn contents() -> Contents {
        Contents {
            generation: 2,
            next_part: 9,
            complete_to: Some(LogPosition(77)),
            parts: vec![PartFacts {
                table: Table::Ads,
                suite: "a\"b/é".into(),
                day: Day(20_000),
                number: 8,
                rows: 3,
                bytes: 100,
                crc32c: u32::MAX,
                started: (1, 2),
                client: (i64::MIN, i64::MAX),
                positions: (3, 4),
                definition_version: 1,
            }],
            cuts: vec![Cut {
                suite: "films".into(),
                table: Table::Events,
                before: Day(19_000),
                client_to: -7,
                at: None,
            }],
        }
    }

    #[test]
    fn it_comes_back_as_it_was_saved() {
        let storage = MemoryStorage::default();
        assert_eq!(Contents::load(&storage).unwrap(), Contents::default());
        contents().save(&storage).unwrap();
        assert_eq!(
            Contents::load(&storage.after_power_loss(1)).unwrap(),
            contents()
        );
    }

    #[test]
    fn any_change_of_a_byte_is_found() {
        let text = contents().encode();
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(Contents::decode(&changed).is_err(), "byte {place}");
            }
        }
        assert!(Contents::decode(&text[..text.len() / 2]).is_err());
    }
}
