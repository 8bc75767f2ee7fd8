//! Threads that stand aside: reports, SQL, the compaction of parts and the console itself may take
//! all that is left of the machine, and nothing that players wait for.

use std::io;
use std::thread::{Builder, JoinHandle};

/// How far a thread stands back for others, of at most 19. One that is not nice is given 68 times as
/// much as the last where both want a core.
const WORK: i32 = 19;
/// The console: one at a screen waits for it, and for what it is asked at most a little is done there.
const CONSOLE: i32 = 10;

/// Starts a thread that stands aside as far as it can, and all that it starts.
///
/// # Errors
/// If there is no thread to be had.
pub fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    spawn_with(name, WORK, work)
}

/// Starts a thread that answers or passes on what people ask: behind all that players wait for,
/// before the work on their questions.
///
/// # Errors
/// If there is no thread to be had.
pub fn spawn_console<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    spawn_with(name, CONSOLE, work)
}

fn spawn_with<T: Send + 'static>(
    name: &str,
    niceness: i32,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(move || {
        stand_back(niceness);
        work()
    })
}

/// Has the present thread stand aside as far as it can, and all that it starts from now on.
pub fn stand_aside() {
    stand_back(WORK);
}

/// On Linux each thread has a niceness of its own, which those it starts inherit; elsewhere it is that
/// of the process. Where it cannot be had the work is done all the same.
fn stand_back(niceness: i32) {
    #[cfg(target_os = "linux")]
    let _done = rustix::process::setpriority_process(None, niceness);
    #[cfg(not(target_os = "linux"))]
    let _all_alike = niceness;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::getpriority_process;

    use super::*;

    fn nice() -> i32 {
        getpriority_process(None).expect("a thread has a niceness")
    }

    #[test]
    fn a_thread_stands_aside_with_those_it_starts_and_no_other() {
        let before = nice();
        let work = move || (nice(), std::thread::spawn(nice).join().unwrap());
        let (own, inherited) = spawn("aside", work).unwrap().join().unwrap();
        assert_eq!((own, inherited), (WORK, WORK));
        assert_eq!(nice(), before);
    }

    #[test]
    fn questions_are_worked_on_behind_the_console() {
        let stood_aside = || {
            stand_aside();
            nice()
        };
        assert_eq!(std::thread::spawn(stood_aside).join().unwrap(), WORK);
        let work = || (nice(), spawn("aside", nice).unwrap().join().unwrap());
        let (console, question) = spawn_console("console", work).unwrap().join().unwrap();
        assert_eq!((console, question), (CONSOLE, WORK));
    }
}
