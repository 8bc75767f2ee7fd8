//! A connection that is not woken by itself for nothing.
//!
//! Whoever takes a part of a body wakes the connection, to read more of it. Where that part was the
//! last, the connection would only be looked at once more, when all others have had their turn.

use std::cell::Cell;
use std::sync::Arc;
use std::task::{Wake, Waker};

/// What wakers of connections do on this thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Wake,
    Hushed,
    /// Hushed, and one would have woken its task.
    Woken,
}

thread_local! {
    static MODE: Cell<Mode> = const { Cell::new(Mode::Wake) };
}

struct Connection(Waker);

impl Wake for Connection {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        match MODE.get() {
            Mode::Wake => self.0.wake_by_ref(),
            Mode::Hushed | Mode::Woken => MODE.set(Mode::Woken),
        }
    }
}

/// A waker for a connection in this task, which can be hushed.
pub(super) fn waker(task: &Waker) -> Waker {
    Arc::new(Connection(task.clone())).into()
}

/// Takes a part of a body. Answers too whether that would have woken the connection.
pub(super) fn hush<T>(take: impl FnOnce() -> T) -> (T, bool) {
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            MODE.set(Mode::Wake);
        }
    }
    MODE.set(Mode::Hushed);
    let _end = End;
    let taken = take();
    (taken, MODE.get() == Mode::Woken)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn what_wakes_while_hushed_is_told_and_else_wakes() {
        let count = Arc::new(Count::default());
        let waker = waker(&count.clone().into());
        let woken = || count.0.load(Ordering::Relaxed);
        waker.wake_by_ref();
        assert_eq!(woken(), 1);
        assert_eq!(hush(|| waker.wake_by_ref()), ((), true));
        assert_eq!(hush(|| 7), (7, false));
        assert_eq!(woken(), 1);
        // Another thread knows nothing of it.
        let elsewhere = || std::thread::scope(|scope| scope.spawn(|| waker.wake_by_ref()).join());
        let (joined, is_woken) = hush(elsewhere);
        assert!(joined.is_ok() && !is_woken);
        waker.wake();
        assert_eq!(woken(), 3);
    }
}
