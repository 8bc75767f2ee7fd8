//! The private console: the dashboard, JSON about sessions and outcomes, health, metrics.
//!
//! It reads; the one thing it moves is the manual clock of a test server. It runs on a thread of
//! its own, so that a slow question makes no player wait.

mod catalog;
mod dashboard;
mod error;
mod filter;
mod find;
mod guard;
mod health;
mod list;
mod listener;
mod live;
mod login;
mod metrics;
mod openapi;
mod outcomes;
mod reports;
mod request;
mod routes;
mod server;
mod sessions;
mod sql;
mod starting;
mod turns;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn_with_state, map_response};
use playhead_engine::aside;
use playhead_engine::columnar::Sessions;
use playhead_engine::commits::Commits;
use playhead_engine::live::Live;
use playhead_engine::pump::View;
use tokio::sync::watch;

use crate::Listener;
use crate::cell::Handle;
use crate::door::Phase;
use crate::tls::Handshakes;
pub use dashboard::{Page, PageFile};
pub use guard::Guard;
use guard::Keeper;
use login::Logins;
pub use metrics::reference_markdown as metrics_markdown;
pub use reports::{Engine, OwnReports, Reports, SessionReports};
use routes::Route;
pub use server::About;
pub use sql::{Asked, Format, Pieces, Question, Sql, SqlError};
pub use starting::run_while_starting;
pub use turns::{Asking, Busy, Outcome, Turn, TurnLimits, Turns};

/// Names in the settings, which may change while the console is asked.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The suites that are configured, the only ones that metrics name, with their time zones.
    pub suites: BTreeMap<String, String>,
    /// The time zone of all other suites.
    pub time_zone: String,
    /// Hosts by which the console may be addressed, besides those of the loopback.
    pub hosts: Vec<String>,
}

impl Names {
    fn time_zone(&self, suite: &str) -> &str {
        self.suites.get(suite).unwrap_or(&self.time_zone)
    }
}

/// What the console answers from.
#[derive(Clone)]
pub struct Console {
    pub cell: Handle,
    pub log: playhead_log::Reader,
    pub store: playhead_store::parts::Reader,
    pub closing: View,
    pub commits: Arc<Commits>,
    pub sessions: Arc<Sessions>,
    pub live: Live,
    pub phase: watch::Receiver<Phase>,
    pub names: watch::Receiver<Names>,
    /// The handshakes of the listeners that speak TLS, by their names.
    pub handshakes: Arc<[(&'static str, Arc<Handshakes>)]>,
    pub reports: Arc<Reports>,
    pub sql: Arc<dyn Sql>,
    pub own: watch::Receiver<OwnReports>,
    pub about: Arc<About>,
    pub page: Page,
    pub version: &'static str,
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Serves the console on the present thread until the phase says to drain.
///
/// # Errors
/// If the runtime cannot start or the listener fails.
pub fn run(listener: Listener, console: Console, guard: Guard) -> std::io::Result<()> {
    // Its own threads are for reports.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_name("report")
        .on_thread_start(aside::stand_aside)
        .build()?;
    let mut phase = console.phase.clone();
    let drained = async move {
        // The sender is gone only when the server is.
        let _ended = phase.wait_for(|phase| *phase == Phase::Draining).await;
    };
    let served = runtime.block_on(listener::serve(listener, router(console, guard), drained));
    // A report that runs still has nobody to answer.
    runtime.shutdown_background();
    served
}

fn router(console: Console, guard: Guard) -> Router {
    let keeper = Arc::new(Keeper {
        guard,
        logins: Logins::default(),
    });
    let page = console.page;
    let console = Arc::new(console);
    let api = with(routes::api())
        .route_layer(from_fn_with_state(Arc::clone(&keeper), guard::check_token))
        .with_state(Arc::clone(&console));
    let logins = with(routes::logins()).with_state(Arc::clone(&keeper));
    let routes = with(routes::health())
        .with_state(console)
        .merge(api)
        .merge(logins)
        .fallback(move |request: Request| dashboard::serve(page, request));
    // Around all routes together: the methods of a path are named only behind its own layers.
    Router::new()
        .fallback_service(routes)
        .layer(map_response(error::name_methods))
        .layer(from_fn_with_state(keeper, guard::check_origin))
}

fn with<S: Clone + Send + Sync + 'static>(routes: Vec<Route<S>>) -> Router<S> {
    let add = |router: Router<S>, route: Route<S>| router.route(route.path, route.handlers);
    routes.into_iter().fold(Router::new(), add)
}
