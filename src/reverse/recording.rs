//! `Recording`: one tape of the thread's stack, from its start to its end.

use super::numbers;
use super::record::{is_current, verify};
use super::store::{Cold, Frame, Linearised, Slot, Store, free_orphan, index_of, number_of, slot, with};
use crate::number::Scalar;
use std::cell::Cell;
use std::marker::PhantomData;

/// A position on a tape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// The index of the next node.
    index: u32,
    /// The number that the slots before it carry.
    before: u32,
    /// How many n-ary nodes there are.
    nary_nodes: usize,
}

/// A tape of this thread's stack: started by an operator or a [`Tape`](super::Tape), ended when this is dropped.
pub(super) struct Recording<T: Scalar> {
    number: Cell<u32>,
    /// Tapes belong to their thread.
    _thread: PhantomData<*const T>,
}

impl<T: Scalar> Recording<T> {
    /// Starts a tape whose first `leading` indices are inputs.
    #[track_caller]
    pub(super) fn start(leading: usize, explicit: bool) -> Self {
        let leading = u32::try_from(leading).ok().filter(|&n| n < u32::MAX - 1).unwrap_or_else(|| {
            panic!("a tape holds 2^32 nodes at most, found {leading} inputs");
        });
        with(|store: &Store<T>| {
            assert!(!store.frozen.get(), "a scalar's own operation started a tape beside one that is being worked on");
            store.with_cold(|cold| {
                let first = store.used(cold);
                let number = numbers::take();
                cold.frames.push(Frame {
                    number,
                    first,
                    leading,
                    first_nary: cold.nary_nodes.len(),
                    renumbered: Vec::new(),
                    enclosing: store.next.get(),
                    inputs: Vec::new(),
                    explicit,
                });
                store.next.set(slot(number, leading + 1));
                Self { number: Cell::new(number), _thread: PhantomData }
            })
        })
    }

    /// The slot of the first leading input; those of the others follow.
    pub(super) fn first_slot(&self) -> Slot {
        slot(self.number.get(), 1)
    }

    /// Forgets all nodes and gives the tape a new number, so that no `Var` made so far is taken for a later one.
    #[track_caller]
    pub(super) fn restart(&self) {
        with(|store: &Store<T>| {
            self.check_active(store);
            store.with_cold(|cold| {
                let number = numbers::take();
                let frame = cold.frames.last_mut().expect("the active tape has a frame");
                numbers::give_back(frame.number);
                frame.number = number;
                store.next.set(slot(number, frame.leading + 1));
                let (first, first_nary) = (frame.first, frame.first_nary);
                store.shrink(cold, first, first_nary);
                self.number.set(number);
            });
        });
    }

    /// Panics if another tape of this thread is active, or a sweep is under way or an n-ary node is being written.
    #[track_caller]
    fn check_active(&self, store: &Store<T>) {
        assert!(!store.frozen.get(), "a scalar's own operation used a tape that is being worked on");
        let active = store.with_cold(|cold| cold.frames.last().map(|frame| frame.number));
        assert!(
            active == Some(self.number.get()),
            "a tape was used while it is not the active one: a tape started after it is still in use, or it was \
             dropped out of order. Drop tapes in the reverse order of their creation"
        );
    }

    /// Panics unless the slot is constant or a live one of this tape.
    #[track_caller]
    pub(super) fn check_slot(&self, slot: Slot) {
        with(|store: &Store<T>| {
            self.check_active(store);
            if slot != 0 && !is_current(slot, store.next.get()) {
                verify(store, slot);
            }
        });
    }

    /// How many nodes and n-ary nodes the tape holds.
    pub(super) fn size(&self) -> (usize, usize) {
        with(|store: &Store<T>| {
            store.with_cold(|cold| {
                let used = store.used(cold);
                let Some(at) = cold.frames.iter().position(|f| f.number == self.number.get()) else { return (0, 0) };
                let (next, next_nary) = cold
                    .frames
                    .get(at + 1)
                    .map_or((used, cold.nary_nodes.len()), |inner| (inner.first, inner.first_nary));
                (next - cold.frames[at].first, next_nary - cold.frames[at].first_nary)
            })
        })
    }

    /// Adds an input to an explicit tape.
    #[track_caller]
    pub(super) fn add_input(&self, value: T) -> Slot {
        with(|store: &Store<T>| {
            self.check_active(store);
            let next = store.next.get();
            let leads = store.with_cold(|cold| {
                let used = store.used(cold);
                let frame = cold.frames.last_mut().expect("the active tape has a frame");
                frame.inputs.push((next, value));
                let leads = used == frame.first && frame.renumbered.is_empty() && frame.leading < u32::MAX - 2;
                if leads {
                    frame.leading += 1;
                    store.next.set(next + 1);
                }
                leads
            });
            if !leads {
                // Indices and nodes stay in step.
                store.push_input();
            }
            next
        })
    }

    /// A position to rewind to.
    #[track_caller]
    pub(super) fn position(&self) -> Position {
        with(|store: &Store<T>| {
            self.check_active(store);
            let index = index_of(store.next.get());
            let nary_nodes = self.size().1;
            let before = store.with_cold(|cold| cold.frames.last().map(|frame| frame.number_before(index)));
            Position { index, before: before.expect("the active tape has a frame"), nary_nodes }
        })
    }

    /// Goes back to a position, and numbers what comes from there on anew.
    #[track_caller]
    pub(super) fn rewind(&self, position: Position) {
        with(|store: &Store<T>| {
            self.check_active(store);
            let Position { index, before, nary_nodes } = position;
            let valid = store.with_cold(|cold| {
                let frame = cold.frames.last_mut().expect("the active tape has a frame");
                // What stood before the position is there still: it was not rewound past.
                if index > index_of(store.next.get()) || frame.number_before(index) != before {
                    return false;
                }
                let number = numbers::take();
                while let Some(&(from, old)) = frame.renumbered.last() {
                    if from < index {
                        break;
                    }
                    numbers::give_back(old);
                    frame.renumbered.pop();
                }
                frame.renumbered.push((index, number));
                frame.inputs.retain(|&(slot, _)| index_of(slot) < index);
                frame.leading = frame.leading.min(index - 1);
                let (first, first_nary) = (frame.first, frame.first_nary);
                let nodes = (index - 1 - frame.leading) as usize;
                store.next.set(slot(number, index));
                store.shrink(cold, first + nodes, first_nary + nary_nodes);
                true
            });
            assert!(
                valid,
                "this mark is gone: the tape was rewound past it, or it is another tape's; take a new mark after a rewind"
            );
        });
    }

    /// Runs `f` on the tape as recorded so far, with a buffer for adjoints. Nothing can be recorded meanwhile.
    #[track_caller]
    pub(super) fn sweep<R>(&self, f: impl FnOnce(Linearised<'_, T>, &mut Vec<T>) -> R) -> R {
        with(|store: &Store<T>| {
            self.check_active(store);
            store.sweep(f)
        })
    }
}

/// Runs `f` on the active tape of this thread, with its inputs and their values.
///
/// Panics if no [`Tape`](super::Tape) owns it, or one of `slots` is not on it.
#[track_caller]
pub(super) fn sweep_explicit<T: Scalar, R>(
    slots: impl Iterator<Item = Slot>,
    f: impl FnOnce(Linearised<'_, T>, &mut Vec<T>, Vec<(Slot, T)>) -> R,
) -> R {
    with(|store: &Store<T>| {
        for slot in slots.filter(|&slot| slot != 0 && !is_current(slot, store.next.get())) {
            verify(store, slot);
        }
        let explicit = |cold: &mut Cold<T>| Some(cold.frames.last().filter(|frame| frame.explicit)?.inputs.clone());
        let Some(inputs) = store.with_cold(explicit) else {
            panic!(
                "no Tape is active on this thread, so there is nothing to sweep: keep the Tape until after `backward`, \
                 and inside an operator return the output instead of calling `backward` on it"
            );
        };
        store.sweep(|tape, adjoints| f(tape, adjoints, inputs))
    })
}

impl<T: Scalar> Drop for Recording<T> {
    fn drop(&mut self) {
        let (inner, last) = with(|store: &Store<T>| {
            if store.cold.get().is_null() {
                // The thread is ending, and its buffers are gone already.
                return (None, false);
            }
            if store.frozen.get() {
                // A sweep reads the nodes, or an n-ary one is being written: they stay where they are, and the tape with them.
                assert!(std::thread::panicking(), "a scalar's own operation ended a tape that is being worked on");
                return (None, false);
            }
            store.with_cold(|cold| {
                // A tape that is not found was dropped with an outer one, which complained.
                let Some(at) = cold.frames.iter().rposition(|frame| frame.number == self.number.get()) else {
                    return (None, false);
                };
                let inner = cold.frames.len() - 1 - at;
                let (first, first_nary) = (cold.frames[at].first, cold.frames[at].first_nary);
                store.next.set(cold.frames[at].enclosing);
                store.shrink(cold, first, first_nary);
                for frame in cold.frames.drain(at..) {
                    frame.give_numbers_back();
                }
                (Some(inner), at == 0)
            })
        });
        if last && with(|store: &Store<T>| store.orphan.get()) {
            free_orphan::<T>();
        }
        if inner.is_some_and(|inner| inner > 0) && !std::thread::panicking() {
            panic!(
                "a tape was dropped while a tape started after it is still in use: drop tapes in the reverse order of \
                 their creation"
            );
        }
    }
}

impl<T> Frame<T> {
    /// Whether slots of this tape carry the number.
    pub(super) fn carries(&self, number: u32) -> bool {
        self.number == number || self.renumbered.iter().any(|&(_, n)| n == number)
    }

    /// Whether a slot is live: its index is in use, and its number is the one that slots there carry.
    pub(super) fn holds(&self, slot: Slot, next_index: u32) -> bool {
        let index = index_of(slot);
        let number = match self.renumbered.iter().rev().find(|&&(from, _)| from <= index) {
            Some(&(_, number)) => number,
            None => self.number,
        };
        (1..next_index).contains(&index) && number == number_of(slot)
    }

    fn give_numbers_back(&self) {
        numbers::give_back(self.number);
        for &(_, number) in &self.renumbered {
            numbers::give_back(number);
        }
    }

    /// The number that slots just below `index` carry.
    fn number_before(&self, index: u32) -> u32 {
        self.renumbered.iter().rev().find(|&&(from, _)| from < index).map_or(self.number, |&(_, number)| number)
    }
}
