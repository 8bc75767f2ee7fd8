//! Spawning, with a name that shows up when something goes wrong.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;

/// Spawns a task on the present single-threaded runtime; a panic in it is logged with its name.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the helper that all others use"
)]
pub(crate) fn spawn_local(
    name: &'static str,
    task: impl Future<Output = ()> + 'static,
) -> tokio::task::JoinHandle<()> {
    tokio::task::spawn_local(async move {
        let mut task = pin!(task);
        std::future::poll_fn(|context| {
            let polled = std::panic::catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(context)));
            polled.unwrap_or_else(|_| {
                tracing::error!(task = name, "task panicked");
                Poll::Ready(())
            })
        })
        .await;
    })
}
