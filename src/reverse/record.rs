//! Recording: how a join or a sum of many terms gets onto the active tape, and what is said when it must not.

#![expect(unsafe_code, reason = "writes nodes behind one check each")]

use super::sparing::are_ordinary;
use super::store::{Frozen, NaryNode, Node, Slot, Store, index_of, number_of, store, with};
use crate::number::Scalar;
use crate::rules::Partial;
use crate::scalar::is_finite;

/// Whether a slot is one of the active tape, whose next slot is `next`: one comparison, because a difference within
/// the next index means the same tape number and no larger index. Holds for no constant while a tape is active.
#[inline(always)]
pub(super) fn is_current(slot: Slot, next: Slot) -> bool {
    next.wrapping_sub(slot) <= u64::from(index_of(next))
}

/// Records a join of two slots, neither of them constant, and returns its slot.
#[inline(always)]
#[track_caller]
pub(super) fn join<T: Scalar>(p: T, q: T, a: Slot, b: Slot) -> Slot {
    // SAFETY: as in `with`; in line, because a closure would not always be.
    let store: &Store<T> = unsafe { &*store::<T>() };
    let next = store.next.get();
    if !can_join(store, a, b) {
        prepare_join(store, a, b);
    }
    // SAFETY: `prepare_join` returns only with room for a node, and only if both slots are live ones of the active
    // tape; so does the condition above. Live slots have smaller indices than the next one.
    unsafe { store.push(Node { partials: [p, q], slots: [index_of(a), index_of(b)] }) };
    next
}

/// What a join of two slots over plain floats, neither of them constant, depends on, and by which partial, where plain products gave its
/// partials p and q: the join itself, or nothing if both are 0, which is what is left where values have underflowed. Of `None`
/// [`join_sparingly`] finds it out: one call, after which of the operands nothing is needed any more, so that all stays in registers.
#[inline(always)]
pub(super) fn try_join<T: Scalar>(p: T, q: T, a: Slot, b: Slot) -> Option<(T, Slot)> {
    // SAFETY: as in `with`; in line, because a closure would not always be.
    let store: &Store<T> = unsafe { &*store::<T>() };
    let next = store.next.get();
    if can_join(store, a, b) {
        if are_ordinary(p, q) {
            // SAFETY: there is room for a node, and both slots are live ones of the active tape, with smaller indices than the next.
            unsafe { store.push(Node { partials: [p, q], slots: [index_of(a), index_of(b)] }) };
            return Some((T::one(), next));
        }
        if p.is_zero_throughout() && q.is_zero_throughout() {
            return Some((T::zero(), 0));
        }
    }
    None
}

/// Whether there is room for a node, and both slots are current.
#[inline(always)]
fn can_join<T: Scalar>(store: &Store<T>, a: Slot, b: Slot) -> bool {
    let next = store.next.get();
    is_current(a, next) & is_current(b, next) & (store.end.get() != store.limit.get())
}

/// Makes room, and panics unless both slots are live ones.
#[cold]
#[inline(never)]
#[track_caller]
fn prepare_join<T: Scalar>(store: &Store<T>, a: Slot, b: Slot) {
    for slot in [a, b] {
        if !is_current(slot, store.next.get()) {
            verify(store, slot);
        }
    }
    if store.end.get() == store.limit.get() {
        store.reserve(1);
    }
}

/// As [`try_join`], from the factors of the partials. Where one of these is 0 and the other finite, the join depends on the other slot
/// alone, and nothing is recorded; but both have to be live.
///
/// An infinite partial stays behind a node of its own: of y - y two adjoints cancel there, where in a handle ∞ - ∞ would be NaN.
#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn join_sparingly<T: Scalar>(in_x: Partial<T>, x: T, a: Slot, in_y: Partial<T>, y: T, b: Slot) -> (T, Slot) {
    let [p, q] = [in_x.times(x), in_y.times(y)];
    with(|store: &Store<T>| prepare_join(store, a, b));
    match (p.is_zero_throughout(), q.is_zero_throughout()) {
        (true, true) => (T::zero(), 0),
        (true, false) if is_finite(&q) => (q, b),
        (false, true) if is_finite(&p) => (p, a),
        _ => (T::one(), join(p, q, a, b)),
    }
}

/// Panics unless the slot is a live one of the active tape, saying how to mend it.
#[cold]
#[track_caller]
pub(super) fn verify<T: Scalar>(store: &Store<T>, slot: Slot) {
    enum Fault {
        Outer,
        Rewound,
        Unknown,
    }
    let next = store.next.get();
    let fault = store.with_cold(|cold| {
        let number = number_of(slot);
        let Some((active, outer)) = cold.frames.split_last() else { return Some(Fault::Unknown) };
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

/// Records `count` nodes that share one adjoint, and returns its slot; or records nothing, if a partial is NaN or a slot
/// is not one that `is_current` holds for, so that a slower way has to look at them.
///
/// The loop is free of calls and branches: the caller's running sums stay in registers.
#[inline(always)]
#[track_caller]
pub(super) fn try_nary<T: Scalar>(count: usize, mut entry: impl FnMut(usize) -> ([T; 2], [Slot; 2])) -> Option<Slot> {
    with(|store: &Store<T>| {
        store.reserve_nary(count);
        let (start, next) = (store.end.get(), store.next.get());
        let frozen = Frozen::begin(store);
        let mut fine = true;
        for i in 0..count {
            let (partials, [a, b]) = entry(i);
            fine &= is_current(a, next) & is_current(b, next);
            fine &= partials[0].value_equal(&partials[0]) & partials[1].value_equal(&partials[1]);
            // SAFETY: there is room for `count` nodes from `start` on, and the store is frozen: nothing moved it.
            unsafe { start.add(i).write(Node { partials, slots: [index_of(a), index_of(b)] }) };
        }
        drop(frozen);
        // SAFETY: the nodes are written, with live slots of the active tape.
        fine.then(|| unsafe { store.commit_nary(count) })
    })
}

/// Records `count` nodes that share one adjoint, and returns its slot. Slot 0 stands for no operand.
#[track_caller]
pub(super) fn append_nary<T: Scalar>(
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
        store.reserve_nary(count);
        let start = store.end.get();
        let frozen = Frozen::begin(store);
        for i in 0..count {
            // SAFETY: there is room for `count` nodes from `start` on, and the store is frozen: nothing moved it.
            unsafe { start.add(i).write(Node { partials: partials(i), slots: slots(i).map(index_of) }) };
        }
        drop(frozen);
        // SAFETY: the nodes are written, with live slots of the active tape.
        unsafe { store.commit_nary(count) }
    })
}

impl<T: Scalar> Store<T> {
    /// Makes room for the nodes of an n-ary one.
    #[inline(always)]
    #[track_caller]
    fn reserve_nary(&self, count: usize) {
        let room = (self.limit.get().addr() - self.end.get().addr()) / size_of::<Node<T>>();
        if room < count || u32::MAX as usize - index_of(self.next.get()) as usize <= count {
            self.reserve(count);
        }
    }

    /// Makes one n-ary node of the `count` nodes behind the last one, and returns its slot.
    ///
    /// # Safety
    ///
    /// They lie in the buffer and are written, with slots below their own indices.
    #[inline(always)]
    unsafe fn commit_nary(&self, count: usize) -> Slot {
        // SAFETY: the caller's promise.
        self.end.set(unsafe { self.end.get().add(count) });
        let next = self.next.get() + count as u64;
        self.next.set(next);
        if count > 1 {
            self.with_cold(|cold| cold.nary_nodes.push(NaryNode { last: index_of(next - 1), len: count as u32 }));
        }
        next - 1
    }
}
