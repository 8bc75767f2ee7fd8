//! Statements that a client prepares: what they take and give, and how many one connection keeps.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use pgwire::api::portal::Format;
use pgwire::api::results::{FieldFormat, FieldInfo};
use pgwire::api::stmt::QueryParser;
use pgwire::api::{ClientInfo, Type};
use pgwire::error::PgWireResult;

use super::error::{error, failed, refused};
use super::statement::{self, Said};
use super::types;
use crate::run::{Described, Queries};

/// Statements that one connection keeps at once.
const PREPARED_MAX: usize = 1_000;

/// The names of the statements that a connection keeps.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<HashSet<String>>);

impl Kept {
    /// # Errors
    /// If there are as many as may be.
    pub(super) fn add(&self, name: &str) -> PgWireResult<()> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= PREPARED_MAX && !names.contains(name) {
            let message = format!(
                "this connection keeps {PREPARED_MAX} prepared statements; close some, or connect anew"
            );
            return Err(error("53400", message));
        }
        names.insert(name.to_owned());
        Ok(())
    }

    pub(super) fn remove(&self, name: &str) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.remove(name);
    }
}

/// A statement with what it takes and gives.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) said: Said,
    described: Option<Described>,
}

/// Reads statements and finds out what they take and give.
pub(super) struct Parser {
    pub(super) queries: Arc<Queries>,
}

#[async_trait]
impl QueryParser for Parser {
    type Statement = Prepared;

    async fn parse_sql<C>(
        &self,
        _client: &C,
        sql: &str,
        _types: &[Option<Type>],
    ) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let mut said = statement::read(sql).map_err(failed)?;
        if said.len() > 1 {
            let message = "a prepared statement is one statement".to_owned();
            return Err(error("42601", message));
        }
        let Some(said) = said.pop() else {
            return Ok(None);
        };
        let described = match &said {
            Said::Query(query, _) => Some(self.queries.describe((**query).clone()).await),
            _ => None,
        };
        Ok(Some(Prepared {
            said,
            described: described.transpose().map_err(refused)?,
        }))
    }

    fn get_parameter_types(&self, prepared: &Prepared) -> PgWireResult<Vec<Type>> {
        let described = prepared.described.iter();
        let parameters = described.flat_map(|described| &described.parameters);
        let of = |kind: &Option<_>| kind.as_ref().map_or(Type::TEXT, types::of);
        Ok(parameters.map(of).collect())
    }

    fn get_result_schema(
        &self,
        prepared: &Prepared,
        format: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        let format = |place| format.map_or(FieldFormat::Text, |it| it.format_for(place));
        Ok(match (&prepared.said, &prepared.described) {
            (Said::Query(_, titles), Some(described)) => {
                types::fields(&described.schema, titles, format)
            }
            (Said::Parameter(name, _), _) => types::fields(&types::text_column(name), &[], format),
            _ => Vec::new(),
        })
    }
}
