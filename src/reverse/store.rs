//! Where the nodes of this thread's tapes lie.
//!
//! Every thread has one store a scalar type. Its hot state is three words: the slot that the next node will get,
//! where it will lie, and where the buffer ends. They live directly in a thread-local without lazy initialisation or
//! destructor, so that recording a node is two compares, a 24-byte store and two bumps. Tapes nest as a stack in the
//! one buffer: a new tape begins where the enclosing one has got to, and its end gives the space back. What happens
//! once a tape (starting, ending, growing, complaining) is in [`Cold`].

#![expect(unsafe_code, reason = "a bump allocator behind a thread-local, checked once a node")]

use crate::number::Scalar;
use crate::scalar::Plain;
use std::any::TypeId;
use std::cell::Cell;

/// One join: two operands, each with a local partial. Slot 0 stands for no operand.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Node<T> {
    pub(super) partials: [T; 2],
    pub(super) slots: [u32; 2],
}

/// Consecutive nodes that share the adjoint of the last one: a sum of many terms.
#[derive(Clone, Copy, Debug)]
pub(super) struct NaryNode {
    /// Index of the last node.
    pub(super) last: u32,
    /// How many nodes.
    pub(super) len: u32,
}

/// A slot: the number of a tape in the upper half, an index on it in the lower. 0 is the slot of constants.
pub(super) type Slot = u64;

pub(super) const fn slot(number: u32, index: u32) -> Slot {
    (number as u64) << 32 | index as u64
}

pub(super) const fn number_of(slot: Slot) -> u32 {
    (slot >> 32) as u32
}

pub(super) const fn index_of(slot: Slot) -> u32 {
    slot as u32
}

/// The tapes of one thread over one scalar type.
pub(super) struct Store<T> {
    /// The slot of the next node; its tape number is that of the active tape, 0 where there is none.
    pub(super) next: Cell<Slot>,
    /// Where the next node will lie.
    pub(super) end: Cell<*mut Node<T>>,
    /// The end of the buffer, or `end` itself while nothing may be recorded.
    pub(super) limit: Cell<*mut Node<T>>,
    /// Whether a sweep is under way or an n-ary node is being written, during which nothing else may be recorded.
    pub(super) frozen: Cell<bool>,
    /// Whether nothing will free it when the thread ends, because it was made while the thread was ending.
    pub(super) orphan: Cell<bool>,
    pub(super) cold: Cell<*mut Cold<T>>,
}

impl<T> Store<T> {
    const fn new() -> Self {
        Self {
            next: Cell::new(0),
            end: Cell::new(std::ptr::null_mut()),
            limit: Cell::new(std::ptr::null_mut()),
            frozen: Cell::new(false),
            orphan: Cell::new(false),
            cold: Cell::new(std::ptr::null_mut()),
        }
    }
}

/// One tape of the stack.
pub(super) struct Frame<T> {
    /// The number it started with.
    pub(super) number: u32,
    /// Position in the buffer of its first node.
    pub(super) first: usize,
    /// Inputs before the first node: they have indices 1 to `leading`, and no node.
    pub(super) leading: u32,
    /// Position of its first n-ary node.
    pub(super) first_nary: usize,
    /// After a rewind: from which index on slots carry which number instead of `number`.
    pub(super) renumbered: Vec<(u32, u32)>,
    /// What `Store::next` was when it started.
    pub(super) enclosing: Slot,
    /// The inputs of an explicit tape, with their values.
    pub(super) inputs: Vec<(Slot, T)>,
    /// Whether a [`Tape`](super::Tape) owns it, rather than an operator.
    pub(super) explicit: bool,
}

/// What is not needed to record a node.
pub(super) struct Cold<T> {
    pub(super) buffer: Vec<Node<T>>,
    pub(super) nary_nodes: Vec<NaryNode>,
    pub(super) frames: Vec<Frame<T>>,
    pub(super) adjoints: Vec<T>,
}

thread_local! {
    static F64: Store<f64> = const { Store::new() };
    static F32: Store<f32> = const { Store::new() };
    static PLAIN_F64: Store<Plain<f64>> = const { Store::new() };
    static PLAIN_F32: Store<Plain<f32>> = const { Store::new() };
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
        RECENT.set((None, std::ptr::null()));
        for entry in self.0.take() {
            // SAFETY: `own` was given the two together, and `free` runs once. No reference to a store outlives the call
            // of `with` that made it, and RECENT has forgotten it.
            unsafe { (entry.free)(entry.store) };
        }
    }
}

/// Frees the buffers of a store.
///
/// # Safety
///
/// `store` points to a `Store<T>`, of which there is no reference.
unsafe fn free_buffers<T>(store: *const ()) {
    // SAFETY: the caller's promise.
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

/// Frees a store with its buffers.
///
/// # Safety
///
/// As [`free_buffers`]; besides, the store came from a box.
unsafe fn free_store<T>(store: *const ()) {
    // SAFETY: the caller's promise.
    unsafe {
        free_buffers::<T>(store);
        drop(Box::from_raw(store.cast::<Store<T>>().cast_mut()));
    }
}

/// Sees to it that a store is freed when the thread ends; where it is too late for that, with its last tape.
///
/// # Safety
///
/// `store` points to a store, of which there is no exclusive reference.
unsafe fn own<T: Scalar>(store: *const Store<T>, free: unsafe fn(*const ())) {
    let owned = OWNED.try_with(|owned| {
        let mut entries = owned.0.take();
        entries.push(Entry { scalar: TypeId::of::<T>(), store: store.cast(), free });
        owned.0.set(entries);
    });
    // SAFETY: the caller's promise.
    unsafe { (*store).orphan.set(owned.is_err()) };
}

/// Frees the store of an ending thread, whose last tape has ended.
pub(super) fn free_orphan<T: Scalar>() {
    let store = store::<T>();
    // SAFETY: the store is this thread's, of this type, and nobody holds a reference to it: tapes have none.
    unsafe {
        if is_static::<T>() {
            free_buffers::<T>(store.cast());
        } else {
            RECENT.set((None, std::ptr::null()));
            free_store::<T>(store.cast());
        }
    }
}

/// Whether the store of the scalar type is a thread-local of its own.
#[inline(always)]
fn is_static<T: Scalar>() -> bool {
    T::DEPTH == 0
}

/// Whether two scalar types are one; for most that are not, no code is left that asks.
#[inline(always)]
fn is<T: Scalar, U: Scalar>() -> bool {
    if const { T::DEPTH == U::DEPTH && T::PLAIN == U::PLAIN && size_of::<T>() == size_of::<U>() } {
        TypeId::of::<T>() == TypeId::of::<U>()
    } else {
        false
    }
}

/// This thread's store for `T`. The `TypeId` comparisons fold at compile time, so that floats cost nothing.
#[inline(always)]
pub(super) fn store<T: Scalar>() -> *const Store<T> {
    if is::<T, f64>() {
        return F64.with(|store| std::ptr::from_ref(store).cast());
    } else if is::<T, f32>() {
        return F32.with(|store| std::ptr::from_ref(store).cast());
    } else if is::<T, Plain<f64>>() {
        return PLAIN_F64.with(|store| std::ptr::from_ref(store).cast());
    } else if is::<T, Plain<f32>>() {
        return PLAIN_F32.with(|store| std::ptr::from_ref(store).cast());
    }
    let (scalar, store) = RECENT.get();
    if scalar == Some(TypeId::of::<T>()) { store.cast() } else { find_store::<T>() }
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
        let store = Box::into_raw(Box::new(Store::<T>::new()));
        // SAFETY: the store was just made.
        unsafe { own(store, free_store::<T>) };
        store.cast_const().cast()
    });
    RECENT.set((Some(scalar), store));
    store.cast()
}

/// Runs `f` with this thread's store.
#[inline(always)]
pub(super) fn with<T: Scalar, R>(f: impl FnOnce(&Store<T>) -> R) -> R {
    // SAFETY: `store` points to a thread-local without destructor or to a leaked box, of type `Store<T>`: the casts
    // only undo that the compiler cannot see T = f64 or f32, and the entries of OWNED are keyed by the type. The
    // reference does not outlive this call.
    f(unsafe { &*store::<T>() })
}

impl<T: Scalar> Store<T> {
    /// The cold part, made on first use. Nothing that runs in `f` may record or call back into the store.
    pub(super) fn with_cold<R>(&self, f: impl FnOnce(&mut Cold<T>) -> R) -> R {
        if self.cold.get().is_null() {
            let cold = Cold { buffer: Vec::new(), nary_nodes: Vec::new(), frames: Vec::new(), adjoints: Vec::new() };
            self.cold.set(Box::into_raw(Box::new(cold)));
            // Other scalar types are owned since `find_store`.
            if is_static::<T>() {
                // SAFETY: `self` is a store, and shared.
                unsafe { own(std::ptr::from_ref(self), free_buffers::<T>) };
            }
        }
        // SAFETY: the pointer came from `Box::into_raw` and is freed only when the thread ends. No second reference
        // exists: the store belongs to this thread, and no `f` in this file reaches a store again.
        f(unsafe { &mut *self.cold.get() })
    }

    /// How many nodes of the buffer are in use.
    pub(super) fn used(&self, cold: &Cold<T>) -> usize {
        if self.end.get().is_null() {
            return 0;
        }
        // SAFETY: `end` points into the buffer, or one past its end.
        usize::try_from(unsafe { self.end.get().offset_from(cold.buffer.as_ptr()) }).expect("end follows the start")
    }

    /// Makes room for `additional` nodes and as many indices.
    #[track_caller]
    pub(super) fn reserve(&self, additional: usize) {
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

    /// Appends a node without operands: an input that comes after a join.
    #[track_caller]
    pub(super) fn push_input(&self) {
        if self.end.get() == self.limit.get() {
            self.reserve(1);
        }
        // SAFETY: there is room, and slot 0 is below every index.
        unsafe { self.push(Node { partials: [T::zero(); 2], slots: [0; 2] }) };
    }

    /// Appends a node for which there is room.
    ///
    /// # Safety
    ///
    /// `end < limit`, and both slots are at most the index of the node.
    #[inline(always)]
    pub(super) unsafe fn push(&self, node: Node<T>) {
        let end = self.end.get();
        // SAFETY: the caller saw to it that `end` lies before the end of the buffer.
        unsafe {
            end.write(node);
            self.end.set(end.add(1));
        }
        self.next.set(self.next.get() + 1);
    }
}

/// A tape as the sweeps see it: the strictly lower triangular matrix of the linearised function, row by row.
///
/// Index 0 belongs to no operand, indices 1 to `leading` to inputs, and node k has index `leading + 1 + k`.
pub(super) struct Linearised<'a, T> {
    /// Their slots are at most their own index.
    pub(super) nodes: &'a [Node<T>],
    /// In order; the nodes of each are all on the tape.
    pub(super) nary_nodes: &'a [NaryNode],
    pub(super) leading: usize,
}

impl<T: Scalar> Store<T> {
    /// Runs `f` on the active tape. There must be one.
    pub(super) fn sweep<R>(&self, f: impl FnOnce(Linearised<'_, T>, &mut Vec<T>) -> R) -> R {
        let frozen = Frozen::begin(self);
        let (nodes, leading, first_nary, nary_nodes, adjoints) = self.with_cold(|cold| {
            let frame = cold.frames.last().expect("the active tape has a frame");
            let len = self.used(cold) - frame.first;
            let nodes = if len == 0 {
                std::ptr::slice_from_raw_parts(std::ptr::dangling(), 0)
            } else {
                // SAFETY: `first` is a position in the buffer, because `len` nodes lie behind it.
                std::ptr::slice_from_raw_parts(unsafe { cold.buffer.as_ptr().add(frame.first) }, len)
            };
            let (leading, first_nary) = (frame.leading as usize, frame.first_nary);
            (nodes, leading, first_nary, std::mem::take(&mut cold.nary_nodes), std::mem::take(&mut cold.adjoints))
        });
        // Given back when this goes, also by a panic in an operation of a nested scalar.
        let mut borrowed = Borrowed { store: self, nary_nodes, adjoints };
        // SAFETY: the nodes from `first` to `end` were written by `push` or `append_nary`. While the store is frozen
        // nothing writes or moves them, and the frame cannot end, because its `Recording` is borrowed or on the stack
        // below us.
        let tape = Linearised { nodes: unsafe { &*nodes }, nary_nodes: &borrowed.nary_nodes[first_nary..], leading };
        let result = f(tape, &mut borrowed.adjoints);
        drop(frozen);
        result
    }

    /// Forgets the nodes and n-ary nodes from the given positions of the buffer on.
    pub(super) fn shrink(&self, cold: &mut Cold<T>, nodes: usize, nary_nodes: usize) {
        cold.nary_nodes.truncate(nary_nodes);
        if !self.end.get().is_null() {
            // SAFETY: `nodes` is a position that `used` returned, or below one.
            self.end.set(unsafe { cold.buffer.as_mut_ptr().add(nodes) });
        }
    }
}

/// What a sweep has borrowed from the cold part.
struct Borrowed<'a, T: Scalar> {
    store: &'a Store<T>,
    nary_nodes: Vec<NaryNode>,
    adjoints: Vec<T>,
}

impl<T: Scalar> Drop for Borrowed<'_, T> {
    fn drop(&mut self) {
        self.store.with_cold(|cold| {
            cold.nary_nodes = std::mem::take(&mut self.nary_nodes);
            cold.adjoints = std::mem::take(&mut self.adjoints);
        });
    }
}

/// While it lives nothing can be recorded in the store: there seems to be no room, and `reserve` refuses.
pub(super) struct Frozen<'a, T> {
    store: &'a Store<T>,
    limit: *mut Node<T>,
}

impl<'a, T> Frozen<'a, T> {
    #[inline(always)]
    pub(super) fn begin(store: &'a Store<T>) -> Self {
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
