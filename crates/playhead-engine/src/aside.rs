//! Threads that stand aside: reports, SQL and the compaction of parts may take all that is left of
//! the machine, and nothing that players wait for.

use std::io;
use std::thread::{Builder, JoinHandle};

/// How far they stand back for others, of at most 19. A thread that is not nice is given nine times
/// as much where both want a core.
const NICENESS: i32 = 10;

/// Starts a thread that stands aside, and all that it starts.
///
/// # Errors
/// If there is no thread to be had.
pub fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(move || {
        // On Linux each thread has a niceness of its own, which those it starts inherit; elsewhere
        // it is that of the process. Where it cannot be had the work is done all the same.
        #[cfg(target_os = "linux")]
        let _done = rustix::process::setpriority_process(None, NICENESS);
        work()
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::getpriority_process;

    use super::*;

    #[test]
    fn a_thread_stands_aside_with_those_it_starts_and_no_other() {
        let before = getpriority_process(None).unwrap();
        let nice = || getpriority_process(None).unwrap();
        let work = move || (nice(), std::thread::spawn(nice).join().unwrap());
        let (own, inherited) = spawn("aside", work).unwrap().join().unwrap();
        assert_eq!((own, inherited), (NICENESS, NICENESS));
        assert_eq!(getpriority_process(None).unwrap(), before);
    }
}
