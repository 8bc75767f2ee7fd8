//! What is done with each message of a client.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{RecordBatch, StringArray};
use datafusion::sql::parser::Statement;
use futures::{Sink, SinkExt as _, StreamExt as _};
use pgwire::api::auth::{
    DefaultServerParameterProvider, StartupHandler, finish_authentication, protocol_negotiation,
    save_startup_parameters_to_metadata,
};
use pgwire::api::cancel::{CancelHandler, DefaultCancelHandler};
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::api::results::{FieldFormat, FieldInfo, QueryResponse, Response, Tag};
use pgwire::api::stmt::QueryParser;
use pgwire::api::store::PortalStore;
use pgwire::api::{
    ClientInfo, ClientPortalStore, ConnectionGuard, ConnectionHandle, ConnectionManager,
    PgWireConnectionState, PgWireServerHandlers, PidSecretKeyGenerator,
    RandomPidSecretKeyGenerator, Type,
};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::response::TransactionStatus;
use pgwire::messages::startup::Authentication;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use playhead_model::report::ReportError;
use playhead_server::console::SqlError;

use super::statement::{self, Said};
use super::types;
use crate::run::{Described, Job, Queries, Rows};

/// Which Postgres this is like.
pub(super) const VERSION: &str = "16.0 (playhead)";

/// Answers clients.
pub(super) struct Handlers {
    asking: Arc<Asking>,
    door: Arc<Door>,
    cancel: Arc<DefaultCancelHandler>,
}

impl Handlers {
    pub(super) fn new(queries: Arc<Queries>, token: Option<String>) -> Self {
        let connections = Arc::new(ConnectionManager::new());
        Self {
            asking: Arc::new(Asking {
                parser: Arc::new(Parser {
                    queries: queries.clone(),
                }),
                queries,
            }),
            door: Arc::new(Door {
                token,
                connections: connections.clone(),
                keys: RandomPidSecretKeyGenerator::default(),
            }),
            cancel: Arc::new(DefaultCancelHandler::new(connections)),
        }
    }
}

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        self.asking.clone()
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        self.asking.clone()
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        self.door.clone()
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        self.cancel.clone()
    }
}

/// Lets in whoever has the token.
struct Door {
    token: Option<String>,
    connections: Arc<ConnectionManager>,
    keys: RandomPidSecretKeyGenerator,
}

impl Door {
    async fn let_in<C>(&self, client: &mut C) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let (pid, key) = self.keys.generate(client);
        client.set_pid_and_secret_key(pid, key.clone());
        let (handle, guard) = self.connections.register(pid, key);
        let known = client.session_extensions();
        known.insert::<Arc<ConnectionHandle>>(handle);
        known.insert::<ConnectionGuard>(guard);
        let mut parameters = DefaultServerParameterProvider::default();
        VERSION.clone_into(&mut parameters.server_version);
        parameters.is_superuser = false;
        parameters.default_transaction_read_only = true;
        finish_authentication(client, &parameters).await
    }
}

#[async_trait]
impl StartupHandler for Door {
    async fn on_startup<C>(
        &self,
        client: &mut C,
        message: PgWireFrontendMessage,
    ) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match (message, &self.token) {
            (PgWireFrontendMessage::Startup(startup), token) => {
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                if token.is_none() {
                    return self.let_in(client).await;
                }
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                let wanted = Authentication::CleartextPassword;
                client
                    .send(PgWireBackendMessage::Authentication(wanted))
                    .await?;
                Ok(())
            }
            (PgWireFrontendMessage::PasswordMessageFamily(password), Some(token)) => {
                let password = password.into_password()?;
                if is_same(password.password.as_bytes(), token.as_bytes()) {
                    return self.let_in(client).await;
                }
                let user = client.metadata().get("user").cloned();
                Err(PgWireError::InvalidPassword(user.unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }
}

/// Compares without telling by the time it takes where they differ.
fn is_same(found: &[u8], wanted: &[u8]) -> bool {
    let differences = found
        .iter()
        .zip(wanted)
        .fold(0, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(differences) == 0 && found.len() == wanted.len()
}

/// A statement with what it takes and gives.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    said: Said,
    described: Option<Described>,
}

/// Reads statements and finds out what they take and give.
struct Parser {
    queries: Arc<Queries>,
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
            Said::Query(query) => Some(self.queries.describe((**query).clone()).await),
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
            (_, Some(described)) => types::fields(&described.schema, format),
            (Said::Parameter(name, _), _) => types::fields(&types::text_column(name), format),
            _ => Vec::new(),
        })
    }
}

/// Runs what is asked.
struct Asking {
    queries: Arc<Queries>,
    parser: Arc<Parser>,
}

impl Asking {
    async fn answer(
        &self,
        said: Said,
        parameters: Vec<datafusion::common::ScalarValue>,
        format: impl Fn(usize) -> FieldFormat,
    ) -> PgWireResult<Response> {
        Ok(match said {
            Said::Query(statement) => {
                return self.query(*statement, parameters, format).await;
            }
            Said::Parameter(name, value) => {
                let schema = types::text_column(&name);
                let fields = Arc::new(types::fields(&schema, format));
                let values = Arc::new(StringArray::from(vec![value]));
                let rows = RecordBatch::try_new(schema, vec![values])
                    .and_then(|batch| types::rows(&batch, &fields));
                let rows = rows.map_err(|cause| error("XX000", cause.to_string()))?;
                let rows = futures::stream::iter(rows.into_iter().map(Ok));
                Response::Query(QueryResponse::new(fields, rows))
            }
            Said::Begin => Response::TransactionStart(Tag::new("BEGIN")),
            Said::End(word) => Response::TransactionEnd(Tag::new(word)),
            Said::Taken(word) => Response::Execution(Tag::new(word)),
        })
    }

    async fn query(
        &self,
        statement: Statement,
        parameters: Vec<datafusion::common::ScalarValue>,
        format: impl Fn(usize) -> FieldFormat,
    ) -> PgWireResult<Response> {
        let job = Job {
            statement,
            parameters,
        };
        let rows = self.queries.rows(job).await.map_err(refused)?;
        let fields = Arc::new(types::fields(&rows.schema, format));
        let told = fields.clone();
        let batches = futures::stream::unfold(rows, |mut rows: Rows| async move {
            let batch = rows.next().await?;
            Some((batch, rows))
        });
        let rows = batches.flat_map(move |batch| {
            let rows = batch.map_err(failed).and_then(|batch| {
                let rows = types::rows(&batch, &told);
                rows.map_err(|cause| error("XX000", cause.to_string()))
            });
            let (rows, failure) = match rows {
                Ok(rows) => (rows, None),
                Err(failure) => (Vec::new(), Some(Err(failure))),
            };
            futures::stream::iter(rows.into_iter().map(Ok).chain(failure))
        });
        Ok(Response::Query(QueryResponse::new(fields, rows)))
    }
}

#[async_trait]
impl SimpleQueryHandler for Asking {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statements = statement::read(query).map_err(failed)?;
        check_transaction(client, &statements)?;
        let mut answers = Vec::new();
        for said in statements {
            let answer = self.answer(said, Vec::new(), |_| FieldFormat::Text).await?;
            answers.push(answer);
        }
        Ok(answers)
    }
}

#[async_trait]
impl ExtendedQueryHandler for Asking {
    type Statement = Prepared;
    type QueryParser = Parser;

    fn query_parser(&self) -> Arc<Parser> {
        self.parser.clone()
    }

    async fn do_query<C>(
        &self,
        client: &mut C,
        portal: &Portal<Prepared>,
        _max_rows: usize,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let prepared = &portal.statement.statement;
        check_transaction(client, std::slice::from_ref(&prepared.said))?;
        let known = self.parser.get_parameter_types(prepared)?;
        let mut parameters = Vec::new();
        for (place, bytes) in portal.parameters.iter().enumerate() {
            let named = portal
                .statement
                .parameter_types
                .get(place)
                .cloned()
                .flatten();
            let kind = named
                .or_else(|| known.get(place).cloned())
                .unwrap_or(Type::TEXT);
            let is_binary = portal.parameter_format.is_binary(place);
            let value = types::parameter(bytes.as_deref(), &kind, is_binary);
            let number = place + 1;
            let wrong = |why| error("22P02", format!("the value of ${number} is wrong: {why}"));
            parameters.push(value.map_err(wrong)?);
        }
        let format = |place| portal.result_column_format.format_for(place);
        self.answer(prepared.said.clone(), parameters, format).await
    }
}

/// After an error a transaction takes nothing but its end, as clients expect.
fn check_transaction(client: &impl ClientInfo, statements: &[Said]) -> PgWireResult<()> {
    let is_broken = client.transaction_status() == TransactionStatus::Error;
    if is_broken && !statements.iter().all(|said| matches!(said, Said::End(_))) {
        let message = "the transaction has failed; end it with ROLLBACK".to_owned();
        return Err(error("25P02", message));
    }
    Ok(())
}

fn error(code: &str, message: String) -> PgWireError {
    let info = ErrorInfo::new("ERROR".to_owned(), code.to_owned(), message);
    PgWireError::UserError(Box::new(info))
}

fn refused(why: SqlError) -> PgWireError {
    match why {
        SqlError::Busy(message) => error("53300", message),
        SqlError::Failed(why) => failed(why),
    }
}

fn failed(why: ReportError) -> PgWireError {
    let code = match &why {
        ReportError::Invalid { .. } => "42601",
        ReportError::TooLarge { .. } => "54000",
        ReportError::Gone(_) | ReportError::Unavailable(_) => "57P03",
        ReportError::Internal(_) => "XX000",
    };
    let message = match why {
        ReportError::Invalid { message, .. } => message,
        other => other.to_string(),
    };
    error(code, message)
}
