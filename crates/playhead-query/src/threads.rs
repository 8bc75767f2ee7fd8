//! Work on many chunks by a few threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use playhead_model::report::{ReportError, Stop};

/// How work is shared out, and when it ends.
pub(crate) struct Threads<'a> {
    pub(crate) count: usize,
    /// Says why to stop, if so. Asked between two chunks.
    pub(crate) stop: Stop<'a>,
}

impl Threads<'_> {
    /// The results for all items, in their order.
    ///
    /// # Errors
    /// The first that occurs, or why to stop.
    pub(crate) fn map<I: Sync, T: Send>(
        &self,
        items: &[I],
        work: impl Fn(&I) -> Result<T, ReportError> + Sync,
    ) -> Result<Vec<T>, ReportError> {
        let states = self.fold(
            items,
            Vec::new,
            |done: &mut Vec<(usize, T)>, place, item| {
                done.push((place, work(item)?));
                Ok(())
            },
        )?;
        let mut done: Vec<(usize, T)> = states.into_iter().flatten().collect();
        done.sort_by_key(|(place, _)| *place);
        Ok(done.into_iter().map(|(_, result)| result).collect())
    }

    /// One state per thread, after all items went into some state. What comes out must not depend
    /// on which went where.
    ///
    /// # Errors
    /// The first that occurs, or why to stop.
    pub(crate) fn fold<I: Sync, S: Send>(
        &self,
        items: &[I],
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize, &I) -> Result<(), ReportError> + Sync,
    ) -> Result<Vec<S>, ReportError> {
        let next = AtomicUsize::new(0);
        let run = || {
            let mut state = start();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(place) else {
                    return Ok(state);
                };
                if let Some(why) = (self.stop)() {
                    return Err(why);
                }
                work(&mut state, place, item)?;
            }
        };
        let count = self.count.min(items.len()).max(1);
        if count == 1 {
            return Ok(vec![run()?]);
        }
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..count).map(|_| scope.spawn(run)).collect();
            let own = run();
            let joined = others.into_iter().map(|thread| {
                let failure = |_| ReportError::Internal("a report panicked".to_owned());
                thread.join().map_err(failure)?
            });
            std::iter::once(own).chain(joined).collect()
        })
    }
}
