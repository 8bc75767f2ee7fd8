//! The cell on its thread, and how others ask it.
//!
//! Questions are closures: they run between two commits, so that what they see is one position of
//! the log. They are few and short; whatever takes time is done by the asker with what it got.

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use playhead_engine::cell::Cell;
use tokio::sync::{mpsc, oneshot};

/// Questions that may wait.
const QUESTIONS_MAX: usize = 256;

type Question = Box<dyn FnOnce(&mut Cell) + Send>;

/// Asks the cell from other threads.
#[derive(Clone, Debug)]
pub struct Handle {
    questions: mpsc::Sender<Question>,
}

/// The cell has ended.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the server is shutting down")]
pub struct Ended;

impl Handle {
    /// Runs `question` on the cell and gives its answer back.
    ///
    /// # Errors
    /// If the cell has ended.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Cell) -> T + Send + 'static,
    ) -> Result<T, Ended> {
        let (answer, answered) = oneshot::channel();
        let question: Question = Box::new(move |cell| {
            // Nobody waits any more if this fails.
            drop(answer.send(question(cell)));
        });
        self.questions.send(question).await.map_err(|_| Ended)?;
        answered.await.map_err(|_| Ended)
    }

    /// The same for a thread that may wait.
    ///
    /// # Errors
    /// If the cell has ended.
    pub fn ask_waiting<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Cell) -> T + Send + 'static,
    ) -> Result<T, Ended> {
        let (answer, answered) = oneshot::channel();
        let question: Question = Box::new(move |cell| {
            // Nobody waits any more if this fails.
            drop(answer.send(question(cell)));
        });
        self.questions.blocking_send(question).map_err(|_| Ended)?;
        answered.blocking_recv().map_err(|_| Ended)
    }
}

/// Questions for a cell, to be answered on its thread.
#[derive(Debug)]
pub struct Questions(mpsc::Receiver<Question>);

/// A handle for askers, and the questions for whoever owns the cell.
pub fn handle() -> (Handle, Questions) {
    let (questions, asked) = mpsc::channel(QUESTIONS_MAX);
    (Handle { questions }, Questions(asked))
}

impl Questions {
    /// Answers questions until nobody can ask any more.
    pub(crate) async fn answer(mut self, cell: SharedCell) {
        while let Some(question) = self.0.recv().await {
            question(&mut cell.get_mut());
        }
    }
}

/// The cell as the tasks of its thread share it, with those who wait for the next commit.
#[derive(Clone, Debug)]
pub(crate) struct SharedCell(Rc<Shared>);

#[derive(Debug)]
struct Shared {
    cell: RefCell<Cell>,
    commits: RefCell<Commits>,
}

#[derive(Debug, Default)]
struct Commits {
    /// Number of the commit that will cover what is appended now.
    next: u64,
    failed: bool,
    waiting: Vec<Waker>,
    committer: Option<Waker>,
}

/// The log could not be written: nothing of what waited may be acknowledged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotDurable;

impl SharedCell {
    pub(crate) fn new(cell: Cell) -> Self {
        let commits = RefCell::new(Commits::default());
        Self(Rc::new(Shared {
            cell: RefCell::new(cell),
            commits,
        }))
    }

    pub(crate) fn get(&self) -> Ref<'_, Cell> {
        self.0.cell.borrow()
    }

    pub(crate) fn get_mut(&self) -> RefMut<'_, Cell> {
        self.0.cell.borrow_mut()
    }

    /// Waits until everything appended so far is durable and applied.
    pub(crate) async fn durable(&self) -> Result<(), NotDurable> {
        let number = self.0.commits.borrow().next;
        std::future::poll_fn(|context| self.poll_durable(number, context)).await
    }

    fn poll_durable(&self, number: u64, context: &Context<'_>) -> Poll<Result<(), NotDurable>> {
        let mut commits = self.0.commits.borrow_mut();
        if commits.next > number {
            return Poll::Ready(Ok(()));
        }
        if commits.failed {
            return Poll::Ready(Err(NotDurable));
        }
        commits.waiting.push(context.waker().clone());
        if let Some(committer) = commits.committer.take() {
            committer.wake();
        }
        Poll::Pending
    }

    /// Commits whenever something waits. All requests that are ready take part: the yield lets
    /// them run first, and so does the sync, which holds the thread.
    pub(crate) async fn commit_for_ever(self) {
        loop {
            std::future::poll_fn(|context| self.poll_uncommitted(context)).await;
            tokio::task::yield_now().await;
            let committed = self.get_mut().commit();
            let mut commits = self.0.commits.borrow_mut();
            match committed {
                Ok(()) => commits.next += 1,
                Err(error) => {
                    commits.failed = true;
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the log cannot be written; nothing is taken until a restart"
                    );
                }
            }
            for waiting in commits.waiting.drain(..) {
                waiting.wake();
            }
        }
    }

    fn poll_uncommitted(&self, context: &Context<'_>) -> Poll<()> {
        let mut commits = self.0.commits.borrow_mut();
        if !commits.waiting.is_empty() {
            return Poll::Ready(());
        }
        commits.committer = Some(context.waker().clone());
        Poll::Pending
    }

    /// Gives the cell back once all tasks that share it have ended.
    pub(crate) fn into_cell(self) -> Result<Cell, Self> {
        Rc::try_unwrap(self.0)
            .map(|shared| shared.cell.into_inner())
            .map_err(Self)
    }
}
