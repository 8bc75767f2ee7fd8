//! Large bodies are read on a thread of their own: on that of the door everyone else would wait
//! for them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use tokio::sync::oneshot;

/// Bodies above this are read elsewhere; up to it reading takes less than half a millisecond.
pub(super) const LARGE_BYTES: usize = 16 << 10;
/// Bodies that may wait to be read.
const WAITING_MAX: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// Hands work to the thread that does it. The thread ends when this is dropped.
pub(super) struct Reader {
    jobs: SyncSender<Job>,
}

/// Too much work waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy;

impl Reader {
    pub(super) fn start() -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        thread::Builder::new()
            .name("read".into())
            .spawn(move || work(&waiting))?;
        Ok(Self { jobs })
    }

    /// Does `job` on the other thread; whoever waits for it holds up nobody.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, done) = oneshot::channel();
        let job: Job = Box::new(move || {
            // Nobody waits any more if this fails.
            drop(answer.send(job()));
        });
        self.jobs.try_send(job).map_err(|_| Busy)?;
        done.await.map_err(|_| Busy)
    }
}

fn work(jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("reading a body panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(test);
    }

    #[test]
    fn others_go_on_while_a_body_is_read() {
        run(async {
            let reader = Reader::start().unwrap();
            let (go_on, told) = sync_channel(0);
            // It can only end if the other one, of the same thread, is not held up.
            let read = reader.read(move || told.recv().unwrap());
            let other = async {
                // A rendezvous needs both, so it is tried until the reader is there.
                while go_on.try_send(7).is_err() {
                    tokio::task::yield_now().await;
                }
            };
            let (read, ()) = tokio::join!(read, other);
            assert_eq!(read, Ok(7));
        });
    }

    #[test]
    fn beyond_its_maximum_nothing_more_waits() {
        run(async {
            let reader = Reader::start().unwrap();
            let (hold, held) = sync_channel::<()>(0);
            let (begun, begins) = oneshot::channel();
            let first = reader.read(move || {
                begun.send(()).unwrap();
                held.recv().unwrap();
            });
            let others = async {
                begins.await.unwrap();
                let many: Vec<_> = (0..WAITING_MAX).map(|_| reader.read(|| ())).collect();
                let mut many: Vec<_> = many.into_iter().map(Box::pin).collect();
                for read in &mut many {
                    assert!(poll_once(read).await.is_none(), "it waits");
                }
                assert_eq!(reader.read(|| ()).await, Err(Busy));
                hold.send(()).unwrap();
                for read in many {
                    assert_eq!(read.await, Ok(()));
                }
            };
            let (first, ()) = tokio::join!(first, others);
            assert_eq!(first, Ok(()));
        });
    }

    /// Polls once.
    async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            use std::task::Poll;
            match std::pin::Pin::new(&mut *future).poll(context) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => Poll::Ready(None),
            }
        })
        .await
    }
}
