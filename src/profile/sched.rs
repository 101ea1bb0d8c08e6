//! [`SchedEvent`]: what the scheduler's tracepoints say besides what every sample does.

/// One `sched:sched_switch`, `sched:sched_wakeup` or `sched:sched_wakeup_new`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchedEvent {
    /// Its sample's index; the stack is that of the thread that was running.
    pub sample: u32,
    /// What happened.
    pub what: Sched,
}

/// What the scheduler did. Threads are named by the kernel's numbers, 0 being a CPU's idle task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sched {
    /// A CPU went from one thread to another.
    Switch {
        /// The thread that had the CPU.
        from: i32,
        /// Why it has it no longer.
        state: LeftState,
        /// The thread that has it now.
        to: i32,
    },
    /// A thread need no longer sleep.
    Wakeup {
        /// Which.
        thread: i32,
    },
}

/// In which state a thread left its CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeftState {
    /// It would have gone on: preempted, or it yielded (`R`).
    Runnable,
    /// It waits for something (`S`, and rarer states such as `I` and `T`).
    Sleeping,
    /// It waits for something that no signal interrupts, mostly a device (`D`).
    Uninterruptible,
    /// It has ended (`X`, `Z`).
    Ended,
}
