//! A progress bar on a terminal, for what takes more than a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A bar that shows itself after a second, on standard error and only if that is a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Dropped to stop the wait for the second.
    finished: Option<Sender<()>>,
    waiting: Option<JoinHandle<()>>,
}

impl Progress {
    pub(crate) fn new(steps: u64, message: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::hidden());
        let style =
            ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {elapsed}").expect("the template is right");
        bar.set_style(style);
        bar.set_message(message.to_owned());
        let (finished, wait) = channel::<()>();
        let shown = bar.clone();
        let waiting = thread::spawn(move || {
            if wait.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(200));
                // Until the work is done; the bar is cleared by then.
                let _ = wait.recv();
            }
        });
        Self { bar, finished: Some(finished), waiting: Some(waiting) }
    }

    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.finished.take());
        if let Some(waiting) = self.waiting.take() {
            // The thread only waits: it cannot have panicked.
            let _ = waiting.join();
        }
        self.bar.finish_and_clear();
    }
}
