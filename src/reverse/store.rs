//! Where the nodes of this thread's tapes lie: the one place of `unsafe` code, besides the sweep's inner loop.
//!
//! Every thread has one store a scalar type. Its hot state is three words: the slot that the next node will get,
//! where it will lie, and where the buffer ends. They live directly in a thread-local without lazy initialisation or
//! destructor, so that recording a node is two compares, a 24-byte store and two bumps. Tapes nest as a stack in the
//! one buffer: a new tape begins where the enclosing one has got to, and its end gives the space back. What happens
//! once a tape (starting, ending, growing, complaining) is in [`Cold`].

#![expect(unsafe_code, reason = "a bump allocator behind a thread-local, checked once a node")]

use super::numbers;
use crate::number::Scalar;
use std::any::TypeId;
use std::cell::Cell;
use std::marker::PhantomData;

/// One join: two operands, each with a local partial. Slot 0 stands for no operand.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Node<T> {
    pub(super) partials: [T; 2],
    pub(super) slots: [u32; 2],
}

/// Consecutive nodes that share the adjoint of the last one: a sum of many terms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Index of the last node.
    pub(super) last: u32,
    /// How many nodes.
    pub(super) len: u32,
}

/// A slot: the number of a tape in the upper half, an index on it in the lower. 0 is the slot of constants.
pub(super) type Slot = u64;

const fn slot(number: u32, index: u32) -> Slot {
    (number as u64) << 32 | index as u64
}

pub(super) const fn number_of(slot: Slot) -> u32 {
    (slot >> 32) as u32
}

pub(super) const fn index_of(slot: Slot) -> u32 {
    slot as u32
}

/// The tapes of one thread over one scalar type.
struct Store<T> {
    /// The slot of the next node; its tape number is that of the active tape, 0 where there is none.
    next: Cell<Slot>,
    /// Where the next node will lie.
    end: Cell<*mut Node<T>>,
    /// The end of the buffer, or `end` itself while nothing may be recorded.
    limit: Cell<*mut Node<T>>,
    /// Whether a sweep or a run is under way, during which nothing else may be recorded.
    frozen: Cell<bool>,
    cold: Cell<*mut Cold<T>>,
}

impl<T> Store<T> {
    const fn new() -> Self {
        Self {
            next: Cell::new(0),
            end: Cell::new(std::ptr::null_mut()),
            limit: Cell::new(std::ptr::null_mut()),
            frozen: Cell::new(false),
            cold: Cell::new(std::ptr::null_mut()),
        }
    }
}

/// One tape of the stack.
struct Frame<T> {
    /// The number it started with.
    number: u32,
    /// Position in the buffer of its first node.
    first: usize,
    /// Inputs before the first node: they have indices 1 to `leading`, and no node.
    leading: u32,
    /// Position of its first run.
    first_run: usize,
    /// After a rewind: from which index on slots carry which number instead of `number`.
    renumbered: Vec<(u32, u32)>,
    /// What `Store::next` was when it started.
    enclosing: Slot,
    /// The inputs of an explicit tape, with their values.
    inputs: Vec<(Slot, T)>,
    /// Whether a [`Tape`](super::Tape) owns it, rather than an operator.
    explicit: bool,
}

/// What is not needed to record a node.
struct Cold<T> {
    buffer: Vec<Node<T>>,
    runs: Vec<Run>,
    frames: Vec<Frame<T>>,
    adjoints: Vec<T>,
}

thread_local! {
    static F64: Store<f64> = const { Store::new() };
    static F32: Store<f32> = const { Store::new() };
    /// The last store of another scalar type that was asked for.
    static RECENT: Cell<(Option<TypeId>, *const ())> = const { Cell::new((None, std::ptr::null())) };
    /// What to free when the thread ends; also the list of the stores of other scalar types.
    static OWNED: Owned = const { Owned(Cell::new(Vec::new())) };
}

struct Owned(Cell<Vec<Entry>>);

struct Entry {
    scalar: TypeId,
    store: *const (),
    free: unsafe fn(*const ()),
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Tapes that other destructors of this thread start from here on find an empty store; their memory is not
        // freed. That is all: the store itself stays valid until the thread is gone, or is leaked.
        RECENT.set((None, std::ptr::null()));
        for entry in self.0.take() {
            // SAFETY: `free` was made for the scalar type of `store` by `own`, and runs once.
            unsafe { (entry.free)(entry.store) };
        }
    }
}

/// Sees to it that the buffers of a store are freed when the thread ends.
fn own<T: Scalar>(store: *const Store<T>) {
    unsafe fn free<T>(store: *const ()) {
        // SAFETY: `own` passed a store of this type, which is valid until the thread ends.
        let store = unsafe { &*store.cast::<Store<T>>() };
        store.next.set(0);
        store.end.set(std::ptr::null_mut());
        store.limit.set(std::ptr::null_mut());
        let cold = store.cold.replace(std::ptr::null_mut());
        if !cold.is_null() {
            // SAFETY: `cold` came from `Box::into_raw`, and the store no longer points to it.
            drop(unsafe { Box::from_raw(cold) });
        }
    }
    // Fails only while the thread ends; then nothing frees the store any more.
    let _ = OWNED.try_with(|owned| {
        let mut entries = owned.0.take();
        entries.push(Entry { scalar: TypeId::of::<T>(), store: store.cast(), free: free::<T> });
        owned.0.set(entries);
    });
}

/// This thread's store for `T`. The `TypeId` comparisons fold at compile time, so that `f64` and `f32` cost nothing.
#[inline(always)]
fn store<T: Scalar>() -> *const Store<T> {
    if TypeId::of::<T>() == TypeId::of::<f64>() {
        F64.with(|store| std::ptr::from_ref(store).cast())
    } else if TypeId::of::<T>() == TypeId::of::<f32>() {
        F32.with(|store| std::ptr::from_ref(store).cast())
    } else {
        let (scalar, store) = RECENT.get();
        if scalar == Some(TypeId::of::<T>()) { store.cast() } else { find_store::<T>() }
    }
}

#[cold]
#[inline(never)]
fn find_store<T: Scalar>() -> *const Store<T> {
    let scalar = TypeId::of::<T>();
    let known = OWNED.try_with(|owned| {
        let entries = owned.0.take();
        let found = entries.iter().find(|entry| entry.scalar == scalar).map(|entry| entry.store);
        owned.0.set(entries);
        found
    });
    let store = known.ok().flatten().unwrap_or_else(|| {
        let store: *const Store<T> = Box::leak(Box::new(Store::new()));
        own(store);
        store.cast()
    });
    RECENT.set((Some(scalar), store));
    store.cast()
}

/// Runs `f` with this thread's store.
#[inline(always)]
fn with<T: Scalar, R>(f: impl FnOnce(&Store<T>) -> R) -> R {
    // SAFETY: `store` points to a thread-local without destructor or to a leaked box, of type `Store<T>`: the casts
    // only undo that the compiler cannot see T = f64 or f32, and the entries of OWNED are keyed by the type. The
    // reference does not outlive this call.
    f(unsafe { &*store::<T>() })
}

impl<T: Scalar> Store<T> {
    /// The cold part, made on first use. Nothing that runs in `f` may record or call back into the store.
    fn with_cold<R>(&self, f: impl FnOnce(&mut Cold<T>) -> R) -> R {
        if self.cold.get().is_null() {
            let cold = Cold { buffer: Vec::new(), runs: Vec::new(), frames: Vec::new(), adjoints: Vec::new() };
            self.cold.set(Box::into_raw(Box::new(cold)));
            // Other scalar types are owned since `find_store`.
            if TypeId::of::<T>() == TypeId::of::<f64>() || TypeId::of::<T>() == TypeId::of::<f32>() {
                own(std::ptr::from_ref(self));
            }
        }
        // SAFETY: the pointer came from `Box::into_raw` and is freed only when the thread ends. No second reference
        // exists: the store belongs to this thread, and no `f` in this file reaches a store again.
        f(unsafe { &mut *self.cold.get() })
    }

    /// How many nodes of the buffer are in use.
    fn used(&self, cold: &Cold<T>) -> usize {
        if self.end.get().is_null() {
            return 0;
        }
        // SAFETY: `end` points into the buffer, or one past its end.
        usize::try_from(unsafe { self.end.get().offset_from(cold.buffer.as_ptr()) }).expect("end follows the start")
    }

    /// Makes room for `additional` nodes and as many indices.
    #[track_caller]
    fn reserve(&self, additional: usize) {
        let room = u32::MAX as usize - index_of(self.next.get()) as usize;
        assert!(
            additional < room,
            "a tape holds 2^32 nodes at most: split the sum with `reverse::gradient_sum`, or sweep and rewind in between"
        );
        assert!(!self.frozen.get(), "a scalar's own operation recorded on the tape that is being worked on");
        self.with_cold(|cold| {
            let used = self.used(cold);
            // SAFETY: the first `used` nodes of the buffer were written by `push`.
            unsafe { cold.buffer.set_len(used) };
            cold.buffer.reserve(additional.max(used).max(256));
            let start = cold.buffer.as_mut_ptr();
            // SAFETY: both lie in the buffer or one past its end.
            unsafe {
                self.end.set(start.add(used));
                self.limit.set(start.add(cold.buffer.capacity()));
            }
        });
    }

    /// Appends a node for which there is room.
    ///
    /// # Safety
    ///
    /// `end < limit`, and both slots are at most the index of the node.
    #[inline(always)]
    unsafe fn push(&self, node: Node<T>) {
        let end = self.end.get();
        // SAFETY: the caller saw to it that `end` lies before the end of the buffer.
        unsafe {
            end.write(node);
            self.end.set(end.add(1));
        }
        self.next.set(self.next.get() + 1);
    }
}

/// Whether a slot is one of the active tape, whose next slot is `next`: one comparison, because a difference within
/// the next index means the same tape number and no larger index. Holds for no constant while a tape is active.
#[inline(always)]
fn is_current(slot: Slot, next: Slot) -> bool {
    next.wrapping_sub(slot) <= u64::from(index_of(next))
}

/// Records a join of two slots, neither of them constant, and returns its slot.
#[inline(always)]
#[track_caller]
pub(super) fn join<T: Scalar>(p: T, q: T, a: Slot, b: Slot) -> Slot {
    // SAFETY: as in `with`; in line, because a closure would not always be.
    let store: &Store<T> = unsafe { &*store::<T>() };
    let next = store.next.get();
    if !(is_current(a, next) & is_current(b, next)) | (store.end.get() == store.limit.get()) {
        prepare_join::<T>(store, a, b);
    }
    // SAFETY: `prepare_join` returns only with room for a node, and only if both slots are live ones of the active
    // tape; so does the condition above. Live slots have smaller indices than the next one.
    unsafe { store.push(Node { partials: [p, q], slots: [index_of(a), index_of(b)] }) };
    next
}

#[cold]
#[inline(never)]
#[track_caller]
fn prepare_join<T: Scalar>(store: &Store<T>, a: Slot, b: Slot) {
    verify::<T>(store, a);
    verify::<T>(store, b);
    if store.end.get() == store.limit.get() {
        store.reserve(1);
    }
}

/// Panics unless the slot is a live one of the active tape, saying how to mend it.
#[cold]
#[track_caller]
fn verify<T: Scalar>(store: &Store<T>, slot: Slot) {
    enum Fault {
        Outer,
        Rewound,
        Unknown,
    }
    let next = store.next.get();
    let fault = store.with_cold(|cold| {
        let number = number_of(slot);
        let (active, outer) = match cold.frames.split_last() {
            Some((active, outer)) if number_of(next) != 0 => (active, outer),
            _ => return Some(Fault::Unknown),
        };
        if active.holds(slot, index_of(next)) {
            None
        } else if active.carries(number) {
            Some(Fault::Rewound)
        } else if outer.iter().any(|frame| frame.carries(number)) {
            Some(Fault::Outer)
        } else {
            Some(Fault::Unknown)
        }
    });
    match fault {
        None => {}
        Some(Fault::Outer) => panic!(
            "a Var of an outer tape was used on an inner tape of the same type: nest the number types, so that the \
             inner derivative works on `Var<Var<f64>>` or `Dual<Var<f64>>` and the outer Var enters it by \
             `constant`, or take its `value()` to treat it as a plain number"
        ),
        Some(Fault::Rewound) => panic!(
            "a Var was used after its tape was rewound past it: compute it again after the rewind, or take its \
             `value()` to treat it as a plain number"
        ),
        Some(Fault::Unknown) => panic!(
            "a Var was used that is not on this thread's active tape: its tape has ended, was rewound, or belongs to \
             another thread. Use a Var only inside the operator, or in the lifetime of the Tape, that made it, and \
             take its `value()` to carry a number out"
        ),
    }
}

impl<T> Frame<T> {
    /// Whether slots of this tape carry the number.
    fn carries(&self, number: u32) -> bool {
        self.number == number || self.renumbered.iter().any(|&(_, n)| n == number)
    }

    /// Whether a slot is live: its index is in use, and its number is the one that slots there carry.
    fn holds(&self, slot: Slot, next_index: u32) -> bool {
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
                    first_run: cold.runs.len(),
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
                let (first, first_run) = (frame.first, frame.first_run);
                store.shrink(cold, first, first_run);
                self.number.set(number);
            });
        });
    }

    /// Panics if another tape of this thread is active.
    #[track_caller]
    fn check_active(&self, store: &Store<T>) {
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

    /// How many nodes and runs the tape holds.
    pub(super) fn size(&self) -> (usize, usize) {
        with(|store: &Store<T>| {
            store.with_cold(|cold| {
                let used = store.used(cold);
                let Some(at) = cold.frames.iter().position(|f| f.number == self.number.get()) else { return (0, 0) };
                let (next, next_run) =
                    cold.frames.get(at + 1).map_or((used, cold.runs.len()), |inner| (inner.first, inner.first_run));
                (next - cold.frames[at].first, next_run - cold.frames[at].first_run)
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
                // Later inputs take a node without operands, so that indices and nodes stay in step.
                if store.end.get() == store.limit.get() {
                    store.reserve(1);
                }
                // SAFETY: there is room, and slot 0 is below every index.
                unsafe { store.push(Node { partials: [T::zero(); 2], slots: [0; 2] }) };
            }
            next
        })
    }

    /// A position to rewind to: the next slot, and how many runs there are.
    #[track_caller]
    pub(super) fn position(&self) -> (Slot, usize) {
        with(|store: &Store<T>| {
            self.check_active(store);
            (store.next.get(), self.size().1)
        })
    }

    /// Goes back to a position, and numbers what comes from there on anew.
    #[track_caller]
    pub(super) fn rewind(&self, (position, runs): (Slot, usize)) {
        with(|store: &Store<T>| {
            self.check_active(store);
            let next = store.next.get();
            let index = index_of(position);
            let valid = store.with_cold(|cold| {
                let frame = cold.frames.last_mut().expect("the active tape has a frame");
                // The mark stands between index - 1 and index: it is valid while its number is that of one of the two.
                let valid = index <= index_of(next)
                    && (position == next
                        || frame.holds(position, index_of(next))
                        || frame.renumbered.iter().any(|&(from, _)| from == index)
                            && frame.number_before(index) == number_of(position));
                if !valid {
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
                let (first, first_run) = (frame.first, frame.first_run);
                let nodes = (index - 1 - frame.leading) as usize;
                store.next.set(slot(number, index));
                store.shrink(cold, first + nodes, first_run + runs);
                true
            });
            assert!(valid, "the tape was rewound past this mark: take a new mark after a rewind");
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
        let inner = with(|store: &Store<T>| {
            store.with_cold(|cold| {
                // A tape that is not found was dropped with an outer one, which complained.
                let at = cold.frames.iter().rposition(|frame| frame.number == self.number.get())?;
                let inner = cold.frames.len() - 1 - at;
                let (first, first_run) = (cold.frames[at].first, cold.frames[at].first_run);
                store.next.set(cold.frames[at].enclosing);
                store.shrink(cold, first, first_run);
                for frame in cold.frames.drain(at..) {
                    frame.give_numbers_back();
                }
                Some(inner)
            })
        });
        if inner.is_some_and(|inner| inner > 0) && !std::thread::panicking() {
            panic!(
                "a tape was dropped while a tape started after it is still in use: drop tapes in the reverse order of \
                 their creation"
            );
        }
    }
}

impl<T> Frame<T> {
    /// The number that slots just below `index` carry.
    fn number_before(&self, index: u32) -> u32 {
        self.renumbered.iter().rev().find(|&&(from, _)| from < index).map_or(self.number, |&(_, number)| number)
    }
}

/// A tape as the sweeps see it: the strictly lower triangular matrix of the linearised function, row by row.
///
/// Index 0 belongs to no operand, indices 1 to `leading` to inputs, and node k has index `leading + 1 + k`.
pub(super) struct Linearised<'a, T> {
    /// Their slots are at most their own index.
    pub(super) nodes: &'a [Node<T>],
    /// In order; the nodes of a run are all on the tape.
    pub(super) runs: &'a [Run],
    pub(super) leading: usize,
}

impl<T: Scalar> Store<T> {
    /// Runs `f` on the active tape. There must be one.
    fn sweep<R>(&self, f: impl FnOnce(Linearised<'_, T>, &mut Vec<T>) -> R) -> R {
        let frozen = Frozen::begin(self);
        let (nodes, leading, first_run, runs, mut adjoints) = self.with_cold(|cold| {
            let frame = cold.frames.last().expect("the active tape has a frame");
            let len = self.used(cold) - frame.first;
            let nodes = if len == 0 {
                std::ptr::slice_from_raw_parts(std::ptr::dangling(), 0)
            } else {
                // SAFETY: `first` is a position in the buffer, because `len` nodes lie behind it.
                std::ptr::slice_from_raw_parts(unsafe { cold.buffer.as_ptr().add(frame.first) }, len)
            };
            let (leading, first_run) = (frame.leading as usize, frame.first_run);
            (nodes, leading, first_run, std::mem::take(&mut cold.runs), std::mem::take(&mut cold.adjoints))
        });
        // SAFETY: the nodes from `first` to `end` were written by `push` or `append_run`. While the store is frozen
        // nothing writes or moves them, and the frame cannot end, because its `Recording` is borrowed or on the stack
        // below us.
        let tape = Linearised { nodes: unsafe { &*nodes }, runs: &runs[first_run..], leading };
        let result = f(tape, &mut adjoints);
        self.with_cold(|cold| (cold.runs, cold.adjoints) = (runs, adjoints));
        drop(frozen);
        result
    }

    /// Forgets the nodes and runs from the given positions of the buffer on.
    fn shrink(&self, cold: &mut Cold<T>, nodes: usize, runs: usize) {
        cold.runs.truncate(runs);
        if !self.end.get().is_null() {
            // SAFETY: `nodes` is a position that `used` returned, or below one.
            self.end.set(unsafe { cold.buffer.as_mut_ptr().add(nodes) });
        }
    }
}

/// Records `count` nodes that share one adjoint, and returns its slot; or records nothing, if a partial is NaN or a slot
/// is not one that `is_current` holds for, so that a slower way has to look at them.
///
/// The loop is free of calls and branches: the caller's running sums stay in registers.
#[inline(always)]
#[track_caller]
pub(super) fn try_run<T: Scalar>(count: usize, mut entry: impl FnMut(usize) -> ([T; 2], [Slot; 2])) -> Option<Slot> {
    with(|store: &Store<T>| {
        store.reserve_run(count);
        let (start, next) = (store.end.get(), store.next.get());
        let frozen = Frozen::begin(store);
        let mut fine = true;
        for i in 0..count {
            let (partials, [a, b]) = entry(i);
            fine &= is_current(a, next) & is_current(b, next);
            fine &= !partials[0].primal().is_nan() & !partials[1].primal().is_nan();
            // SAFETY: there is room for `count` nodes from `start` on, and the store is frozen: nothing moved it.
            unsafe { start.add(i).write(Node { partials, slots: [index_of(a), index_of(b)] }) };
        }
        drop(frozen);
        // SAFETY: the nodes are written, with live slots of the active tape.
        fine.then(|| unsafe { store.commit_run(count) })
    })
}

/// Records `count` nodes that share one adjoint, and returns its slot. Slot 0 stands for no operand.
#[track_caller]
pub(super) fn append_run<T: Scalar>(
    count: usize,
    slots: impl Fn(usize) -> [Slot; 2],
    partials: impl Fn(usize) -> [T; 2],
) -> Slot {
    with(|store: &Store<T>| {
        for slot in (0..count).flat_map(&slots) {
            if slot != 0 && !is_current(slot, store.next.get()) {
                verify(store, slot);
            }
        }
        store.reserve_run(count);
        let start = store.end.get();
        let frozen = Frozen::begin(store);
        for i in 0..count {
            // SAFETY: there is room for `count` nodes from `start` on, and the store is frozen: nothing moved it.
            unsafe { start.add(i).write(Node { partials: partials(i), slots: slots(i).map(index_of) }) };
        }
        drop(frozen);
        // SAFETY: the nodes are written, with live slots of the active tape.
        unsafe { store.commit_run(count) }
    })
}

impl<T: Scalar> Store<T> {
    /// Makes room for a run.
    #[inline(always)]
    #[track_caller]
    fn reserve_run(&self, count: usize) {
        let room = (self.limit.get().addr() - self.end.get().addr()) / size_of::<Node<T>>();
        if room < count || u32::MAX as usize - index_of(self.next.get()) as usize <= count {
            self.reserve(count);
        }
    }

    /// Makes a run of the `count` nodes behind the last one, and returns its slot.
    ///
    /// # Safety
    ///
    /// They lie in the buffer and are written, with slots below their own indices.
    #[inline(always)]
    unsafe fn commit_run(&self, count: usize) -> Slot {
        // SAFETY: the caller's promise.
        self.end.set(unsafe { self.end.get().add(count) });
        let next = self.next.get() + count as u64;
        self.next.set(next);
        if count > 1 {
            self.with_cold(|cold| cold.runs.push(Run { last: index_of(next - 1), len: count as u32 }));
        }
        next - 1
    }
}

/// While it lives nothing can be recorded in the store: there seems to be no room, and `reserve` refuses.
struct Frozen<'a, T> {
    store: &'a Store<T>,
    limit: *mut Node<T>,
}

impl<'a, T> Frozen<'a, T> {
    #[inline(always)]
    fn begin(store: &'a Store<T>) -> Self {
        assert!(!store.frozen.replace(true), "a scalar's own operation swept a tape that is being worked on");
        Self { store, limit: store.limit.replace(store.end.get()) }
    }
}

impl<T> Drop for Frozen<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.store.limit.set(self.limit);
        self.store.frozen.set(false);
    }
}
