//! What is done with each message of a client.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{RecordBatch, StringArray};
use datafusion::sql::parser::Statement;
use futures::{Sink, SinkExt as _, StreamExt as _};
use pgwire::api::auth::StartupHandler;
use pgwire::api::cancel::{CancelHandler, DefaultCancelHandler};
use pgwire::api::portal::{Portal, PortalExecutionState};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler, send_query_response};
use pgwire::api::results::{FieldFormat, QueryResponse, Response, Tag};
use pgwire::api::stmt::{QueryParser, StoredStatement};
use pgwire::api::store::{Entry, PortalStore};
use pgwire::api::{
    ClientInfo, ClientPortalStore, ConnectionManager, DEFAULT_NAME, PgWireConnectionState,
    PgWireServerHandlers, Type,
};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::extendedquery::{
    Close, CloseComplete, Execute, Parse, ParseComplete, TARGET_TYPE_BYTE_PORTAL,
    TARGET_TYPE_BYTE_STATEMENT,
};
use pgwire::messages::response::TransactionStatus;
use pgwire::messages::simplequery::Query;

use super::cancel::Running;
use super::door::Door;
use super::error::{error, failed, refused};
use super::prepared::{Kept, Parser, Prepared};
use super::statement::{self, Said};
use super::types;
use crate::run::{Job, Queries, Rows};

/// Rows that a client gets at a time if it asks for portions: pgwire makes room for all of them before
/// it has one.
const PORTION_MAX: i32 = 10_000;

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
            door: Arc::new(Door::new(token, connections.clone())),
            cancel: Arc::new(DefaultCancelHandler::new(connections)),
        }
    }

    /// For those who stay outside because they speak no TLS.
    pub(super) fn outside(&self) -> Self {
        Self {
            asking: self.asking.clone(),
            door: Arc::new(self.door.closed()),
            cancel: self.cancel.clone(),
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
            Said::Query(statement, titles) => {
                return self.query(*statement, &titles, parameters, format).await;
            }
            Said::Parameter(name, value) => {
                let schema = types::text_column(&name);
                let fields = Arc::new(types::fields(&schema, &[], format));
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
        titles: &[Option<String>],
        parameters: Vec<datafusion::common::ScalarValue>,
        format: impl Fn(usize) -> FieldFormat,
    ) -> PgWireResult<Response> {
        let job = Job {
            statement,
            parameters,
        };
        let rows = self.queries.rows(job).await.map_err(refused)?;
        let fields = Arc::new(types::fields(&rows.schema, titles, format));
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

impl Asking {
    /// Executes a portal. pgwire would gather all rows of an answer before it sent the first; those of
    /// a query that is asked for all of them go out as they come.
    async fn execute<C>(&self, client: &mut C, message: Execute) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let is_ready = matches!(client.state(), PgWireConnectionState::ReadyForQuery);
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        let portal = match client.portal_store().get_portal(name) {
            Some(Entry::Value(portal)) if is_ready && message.max_rows == 0 => portal,
            _ => return self._on_execute(client, message).await,
        };
        let is_query = matches!(portal.statement.statement.said, Said::Query(..));
        let state = portal.state();
        if !is_query || !matches!(*state.lock().await, PortalExecutionState::Initial) {
            return self._on_execute(client, message).await;
        }
        client.set_state(PgWireConnectionState::QueryInProgress);
        let answer = ExtendedQueryHandler::do_query(self, client, &portal, 0).await?;
        if let Response::Query(rows) = answer {
            *state.lock().await = PortalExecutionState::Finished;
            send_query_response(client, rows, false).await?;
        }
        client.set_state(PgWireConnectionState::ReadyForQuery);
        Ok(())
    }
}

#[async_trait]
impl SimpleQueryHandler for Asking {
    async fn on_query<C>(&self, client: &mut C, query: Query) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let running = Running::begin(client).await;
        tokio::select! {
            biased;
            () = running.cancelled() => Err(PgWireError::QueryCanceled),
            done = self._on_query(client, query) => done,
        }
    }

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

    async fn on_parse<C>(&self, client: &mut C, message: Parse) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        let kept = client
            .session_extensions()
            .get_or_insert_with(Kept::default);
        kept.add(name)?;
        match StoredStatement::parse(client, &message, self.parser.clone()).await {
            Ok(Some(statement)) => client.portal_store().put_statement(Arc::new(statement)),
            Ok(None) => client.portal_store().put_empty_statement(name),
            Err(error) => {
                client.portal_store().rm_statement(name);
                kept.remove(name);
                return Err(error);
            }
        }
        let done = PgWireBackendMessage::ParseComplete(ParseComplete::new());
        Ok(client.send(done).await?)
    }

    async fn on_execute<C>(&self, client: &mut C, mut message: Execute) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let running = Running::begin(client).await;
        let name = message.name.clone();
        message.max_rows = message.max_rows.clamp(0, PORTION_MAX);
        let done = tokio::select! {
            biased;
            () = running.cancelled() => Err(PgWireError::QueryCanceled),
            done = self.execute(client, message) => done,
        };
        if done.is_ok() {
            return done;
        }
        // The query goes on for as long as its portal is kept, and cannot be gone on with.
        client
            .portal_store()
            .rm_portal(name.as_deref().unwrap_or(DEFAULT_NAME));
        done
    }

    async fn on_close<C>(&self, client: &mut C, message: Close) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        match message.target_type {
            TARGET_TYPE_BYTE_STATEMENT => {
                client.portal_store().rm_statement(name);
                let kept = client.session_extensions().get::<Kept>();
                kept.iter().for_each(|kept| kept.remove(name));
            }
            TARGET_TYPE_BYTE_PORTAL => client.portal_store().rm_portal(name),
            _ => {}
        }
        let done = PgWireBackendMessage::CloseComplete(CloseComplete::new());
        Ok(client.send(done).await?)
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
