//! Where connections and requests are, and what is wanted of them.
//!
//! A clock per connection would cost a timer per request. Instead each notes the stage it is in, and
//! once a second all are looked at. Whoever takes too long is told, and acts itself: it knows what
//! may still be said to its client.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

use hashbrown::HashMap;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// A connection on which nothing is asked for this long is closed; players ask every 10 to 50 s.
const IDLE_MAX: Duration = Duration::from_secs(120);
/// A connection that was told to end is cut off after this long.
const LEAVING_MAX: Duration = Duration::from_secs(5);

/// Where a connection is in its present request, or a stream of HTTP/2 in its only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Idle,
    Head,
    Body,
    Answer,
    /// Told to end, and about to.
    Leaving,
}

/// What a connection or a stream was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Nothing,
    /// The client took too long to send the head of a request.
    SlowHead,
    /// The client took too long to send a body.
    SlowBody,
    /// It is time to end, as soon as nothing is under way.
    Leave,
}

/// What the sweep sees of a connection or a stream, and how it is told.
#[derive(Debug)]
pub(super) struct Progress {
    stage: Cell<Stage>,
    /// Sweep at which the stage began.
    since: Cell<u64>,
    sweeps: Rc<Cell<u64>>,
    told: Cell<Told>,
    waker: RefCell<Option<Waker>>,
    pub(super) peer: IpAddr,
}

impl Progress {
    pub(super) fn stage(&self) -> Stage {
        self.stage.get()
    }

    pub(super) fn enter(&self, stage: Stage) {
        self.stage.set(stage);
        self.since.set(self.sweeps.get());
    }

    /// What was told; the present task is woken when there is something new.
    pub(super) fn told(&self, context: &Context<'_>) -> Told {
        let mut waker = self.waker.borrow_mut();
        if waker.is_none() {
            // A connection stays in the task it began in, and so does a stream.
            *waker = Some(context.waker().clone());
        }
        self.told.get()
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.told.get() == Told::Leave
    }

    fn leave(&self, told: Told) {
        self.enter(Stage::Leaving);
        self.tell(told);
    }

    fn tell(&self, told: Told) {
        self.told.set(told);
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }
}

/// How one that is watched is brought to an end.
#[derive(Debug)]
pub(super) enum End {
    /// A connection of HTTP/1: whoever asks nothing is cut off.
    Cut(AbortHandle),
    /// A connection of HTTP/2: it says farewell, so that the client knows which requests were seen.
    Farewell(AbortHandle),
    /// A stream of HTTP/2 ends with its connection.
    Stream,
}

/// All open connections, and the streams of those that speak HTTP/2.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: RefCell<HashMap<u64, (Rc<Progress>, End)>>,
    next: Cell<u64>,
    sweeps: Rc<Cell<u64>>,
    changed: Notify,
}

impl Connections {
    pub(super) fn len(&self) -> usize {
        let open = self.open.borrow();
        let is_connection = |(_, end): &&(Rc<Progress>, End)| !matches!(end, End::Stream);
        open.values().filter(is_connection).count()
    }

    pub(super) fn progress(&self, peer: IpAddr) -> Rc<Progress> {
        Rc::new(Progress {
            stage: Cell::new(Stage::Idle),
            since: Cell::new(self.sweeps.get()),
            sweeps: self.sweeps.clone(),
            told: Cell::new(Told::Nothing),
            waker: RefCell::default(),
            peer,
        })
    }

    /// A number under which something can be watched.
    pub(super) fn number(&self) -> u64 {
        let number = self.next.get();
        self.next.set(number + 1);
        number
    }

    pub(super) fn watch(&self, number: u64, progress: Rc<Progress>, end: End) {
        self.open.borrow_mut().insert(number, (progress, end));
    }

    pub(super) fn forget(&self, number: u64) {
        self.open.borrow_mut().remove(&number);
        self.changed.notify_waiters();
    }

    /// Looks for those that stand still; called once a second.
    pub(super) fn sweep(&self, header_timeout: Duration, body_timeout: Duration) {
        self.sweeps.set(self.sweeps.get() + 1);
        let now = self.sweeps.get();
        for (progress, end) in self.open.borrow().values() {
            let stage = progress.stage.get();
            let patience = match stage {
                Stage::Idle => IDLE_MAX,
                Stage::Head => header_timeout,
                Stage::Body => body_timeout,
                Stage::Leaving => LEAVING_MAX,
                Stage::Answer => continue,
            };
            if now - progress.since.get() <= patience.as_secs().max(1) {
                continue;
            }
            match (stage, end) {
                (Stage::Head, _) => progress.leave(Told::SlowHead),
                (Stage::Body, _) => progress.leave(Told::SlowBody),
                (Stage::Idle, End::Farewell(_)) => progress.leave(Told::Leave),
                (_, End::Cut(abort) | End::Farewell(abort)) => abort.abort(),
                (_, End::Stream) => {}
            }
        }
    }

    /// Waits until no connection is in the middle of a request or of its farewell.
    pub(super) async fn drained(&self) {
        loop {
            let changed = self.changed.notified();
            let is_idle = |(progress, _): &(Rc<Progress>, End)| progress.stage.get() == Stage::Idle;
            if self.open.borrow().values().all(is_idle) {
                return;
            }
            changed.await;
        }
    }

    /// Sends those away who ask nothing; whoever is in a request is told with the answer.
    pub(super) fn send_away(&self) {
        for (progress, end) in self.open.borrow().values() {
            match (progress.stage.get(), end) {
                (Stage::Idle, End::Cut(abort)) => abort.abort(),
                (Stage::Idle, End::Farewell(_)) => progress.leave(Told::Leave),
                (_, End::Farewell(_)) => progress.tell(Told::Leave),
                (_, End::Cut(_) | End::Stream) => {}
            }
        }
    }

    pub(super) fn abort_all(&self) {
        for (_, end) in self.open.borrow().values() {
            if let End::Cut(abort) | End::Farewell(abort) = end {
                abort.abort();
            }
        }
    }
}
