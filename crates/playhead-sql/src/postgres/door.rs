//! How a client comes in: the token is the password.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{Sink, SinkExt as _};
use pgwire::api::auth::{
    DefaultServerParameterProvider, StartupHandler, finish_authentication, protocol_negotiation,
    save_startup_parameters_to_metadata,
};
use pgwire::api::{
    ClientInfo, ConnectionManager, PgWireConnectionState, PidSecretKeyGenerator,
    RandomPidSecretKeyGenerator,
};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::startup::Authentication;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};

use super::cancel::Connection;

/// Which Postgres this is like.
pub(super) const VERSION: &str = "16.0 (playhead)";

/// Lets in whoever has the token.
pub(super) struct Door {
    token: Option<String>,
    is_open: bool,
    connections: Arc<ConnectionManager>,
    keys: RandomPidSecretKeyGenerator,
}

impl Door {
    pub(super) fn new(token: Option<String>, connections: Arc<ConnectionManager>) -> Self {
        Self {
            token,
            is_open: true,
            connections,
            keys: RandomPidSecretKeyGenerator::default(),
        }
    }

    /// One that lets nobody in.
    pub(super) fn closed(&self) -> Self {
        Self {
            is_open: false,
            ..Self::new(None, self.connections.clone())
        }
    }

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
        known.insert(Connection::new(handle, guard));
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
        if !self.is_open {
            let message = "this port speaks TLS: connect with sslmode=require";
            let info = ErrorInfo::new("FATAL".to_owned(), "28000".to_owned(), message.to_owned());
            return Err(PgWireError::UserError(Box::new(info)));
        }
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
