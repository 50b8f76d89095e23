//! The backward phase: back substitution through the linearised program, for one output or for several at once.

#![expect(unsafe_code, reason = "the inner loop indexes adjoints without bounds checks")]

use super::adjoint::{Adjoint, Plain, PlainKept, Product, StrongZeros};
use super::sparing::added;
use super::store::{Linearised, NaryNode, Node, Slot, index_of};
use crate::number::Scalar;
use crate::rules::strong_zero_product;
use std::ops::Deref;

/// What a sweep found: the adjoints by index, W of each where it was for W outputs. When it goes they are 0 again, as the next
/// sweep expects them.
pub(super) struct Swept<'a, T: Scalar> {
    adjoints: &'a mut [T],
    /// Those from here on are 0.
    end: usize,
}

impl<T: Scalar> Deref for Swept<'_, T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.adjoints
    }
}

impl<T: Scalar> Drop for Swept<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.clear();
    }
}

impl<'a, T: Scalar> Swept<'a, T> {
    /// Room for `len` adjoints, all of them 0.
    fn new(adjoints: &'a mut Vec<T>, len: usize) -> Self {
        if adjoints.len() < len {
            adjoints.resize(len, T::zero());
        }
        Self { adjoints: &mut adjoints[..len], end: 0 }
    }

    fn clear(&mut self) {
        self.adjoints[..self.end].fill(T::zero());
        self.end = 0;
    }

    /// Hands the weights of outputs, each of a lane and a slot, down to the inputs.
    fn run<A: Adjoint<T>, P: Product>(
        &mut self,
        tape: &Linearised<'_, T>,
        seeds: impl Iterator<Item = (usize, (Slot, T))>,
        top: usize,
    ) {
        // Also where an operation of a nested scalar panics.
        self.end = self.adjoints.len();
        for (lane, (slot, weight)) in seeds.filter(|&(_, (slot, _))| slot != 0) {
            let adjoint = &mut self.adjoints[index_of(slot) as usize * A::LANES + lane];
            *adjoint = added(*adjoint, weight);
        }
        back_substitute::<T, A, P>(tape, A::of(self.adjoints), top);
        if !P::KEEPS {
            self.end = (tape.leading + 1) * A::LANES;
        }
    }
}

/// The derivatives of Σ weight·slot in every index: those in the leading inputs and in the `late` ones are right, also where
/// only strong zeros keep them from being NaN.
///
/// The sweep multiplies plainly first: 0·inf is NaN, and a NaN reaches some gradient entry if it matters at all. Only
/// then is it repeated with strong zeros.
pub(super) fn sweep<'a, T: Scalar>(
    tape: &Linearised<'_, T>,
    seeds: &[(Slot, T)],
    adjoints: &'a mut Vec<T>,
    late: &[usize],
) -> Swept<'a, T> {
    let top = top_of(seeds);
    let leading = 1..tape.leading + 1;
    let size = late.iter().fold((top + 1).max(leading.end), |size, &index| size.max(index + 1));
    let mut swept = Swept::new(adjoints, size);
    let in_one_lane = || seeds.iter().map(|&seed| (0, seed));
    // Where the sweep is recorded, it will meet other numbers, and needs strong zeros from the start.
    if !T::RECORDS {
        if late.is_empty() {
            swept.run::<T, Plain>(tape, in_one_lane(), top);
        } else {
            swept.run::<T, PlainKept>(tape, in_one_lane(), top);
        }
        if T::PLAIN || !any_nan(&swept[leading.clone()]) && !late.iter().any(|&index| is_nan(&swept[index])) {
            return swept;
        }
        swept.clear();
    }
    swept.run::<T, StrongZeros>(tape, in_one_lane(), top);
    let inputs = leading.chain(late.iter().copied());
    let lost: Vec<usize> = inputs.filter(|&index| is_nan(&swept[index])).collect();
    if !lost.is_empty() && !has_live_nan(tape, &swept, top) {
        for chunk in lost.chunks(LANES) {
            let found = forward_substitute(tape, seeds, chunk, top);
            for (&index, found) in chunk.iter().zip(found) {
                swept.adjoints[index] = found;
            }
        }
    }
    swept
}

/// The same for up to W outputs at once, each by itself: entry W·i + k is the derivative of weight·slot number k in index i,
/// as far as it is a leading input. What comes out NaN is left to [`sweep`].
///
/// A node is fetched once for all of them, and their adjoints lie side by side.
pub(super) fn sweep_together<'a, T: Scalar, const W: usize>(
    tape: &Linearised<'_, T>,
    seeds: &[(Slot, T)],
    adjoints: &'a mut Vec<T>,
) -> Swept<'a, T> {
    let top = top_of(seeds);
    let mut swept = Swept::new(adjoints, (top.max(tape.leading) + 1) * W);
    swept.run::<[T; W], Plain>(tape, seeds.iter().copied().enumerate(), top);
    swept
}

fn top_of<T>(seeds: &[(Slot, T)]) -> usize {
    seeds.iter().map(|&(slot, _)| index_of(slot) as usize).max().unwrap_or(0)
}

fn is_nan<T: Scalar>(x: &T) -> bool {
    !x.value_equal(x)
}

/// Without an early exit, which would keep the compiler from comparing several at a time.
pub(super) fn any_nan<T: Scalar>(numbers: &[T]) -> bool {
    numbers.iter().fold(false, |any, x| any | is_nan(x))
}

/// Hands the adjoints from index `top` down to the inputs.
fn back_substitute<T: Scalar, A: Adjoint<T>, P: Product>(tape: &Linearised<'_, T>, adjoints: &mut [A], top: usize) {
    let leading = tape.leading;
    // No node above `top` can matter.
    let mut end = top.saturating_sub(leading);
    let covered = tape.nary_nodes.partition_point(|nary| nary.last as usize <= top);
    for &NaryNode { last, len } in tape.nary_nodes[..covered].iter().rev() {
        let next = last as usize - leading;
        let start = next - len as usize;
        each_node::<T, A, P>(&tape.nodes[next..end], leading + 1 + next, adjoints);
        nary_node::<T, A, P>(&tape.nodes[start..next], last as usize, adjoints);
        end = start;
    }
    each_node::<T, A, P>(&tape.nodes[..end], leading + 1, adjoints);
}

/// Nodes with an adjoint each; the first has index `first`.
///
/// A node mostly hands down to the one before it, whose adjoint is read next. It travels there in a register as well:
/// read back from memory, every link of a chain would wait for the store before.
#[inline(always)]
fn each_node<T: Scalar, A: Adjoint<T>, P: Product>(nodes: &[Node<T>], first: usize, adjoints: &mut [A]) {
    assert!(0 < first && first + nodes.len() <= adjoints.len());
    let Some(mut adjoint) = nodes.len().checked_sub(1).map(|k| adjoints[first + k]) else { return };
    for (k, node) in nodes.iter().enumerate().rev() {
        let below = first + k - 1;
        // SAFETY: `below` and the one above it lie in bounds, as checked above.
        let kept = unsafe { *adjoints.get_unchecked(below) };
        let is_zero = adjoint.is_zero();
        if !(P::KEEPS || is_zero && adjoint.is_none()) {
            // SAFETY: as before.
            unsafe { *adjoints.get_unchecked_mut(below + 1) = A::none() };
        }
        if is_zero {
            adjoint = kept;
            continue;
        }
        // SAFETY: the slots of a node are at most its own index, which lies in bounds.
        let [sum_a, sum_b] = unsafe { hand_down::<T, A, P>(node, adjoint, adjoints) };
        let [a, b] = node.slots.map(|slot| slot as usize);
        adjoint = if b == below {
            sum_b
        } else if a == below {
            sum_a
        } else {
            kept
        };
    }
}

/// Nodes that share the adjoint of index `last`, which is that of the last of them.
#[inline(always)]
fn nary_node<T: Scalar, A: Adjoint<T>, P: Product>(nodes: &[Node<T>], last: usize, adjoints: &mut [A]) {
    let adjoint = adjoints[last];
    if !P::KEEPS {
        adjoints[last] = A::none();
    }
    if adjoint.is_zero() {
        return;
    }
    for node in nodes {
        // SAFETY: the slots of a node are at most its own index, and that at most `last`, which lies in bounds.
        unsafe { hand_down::<T, A, P>(node, adjoint, adjoints) };
    }
}

/// Adds a node's adjoint times its partials to the adjoints of its operands, and returns those.
///
/// # Safety
///
/// The node's slots are indices of `adjoints`.
#[inline(always)]
unsafe fn hand_down<T: Scalar, A: Adjoint<T>, P: Product>(node: &Node<T>, adjoint: A, adjoints: &mut [A]) -> [A; 2] {
    let [a, b] = node.slots.map(|slot| slot as usize);
    let [to_a, to_b] = node.partials.map(|partial| adjoint.times::<P>(partial));
    debug_assert!(a.max(b) < adjoints.len());
    // SAFETY: the caller's promise. One after the other, because a and b may be the same.
    unsafe {
        let sum_a = adjoints.get_unchecked(a).plus(to_a);
        *adjoints.get_unchecked_mut(a) = sum_a;
        let sum_b = adjoints.get_unchecked(b).plus(to_b);
        *adjoints.get_unchecked_mut(b) = sum_b;
        [sum_a, sum_b]
    }
}

/// The rows of the matrix from the first to the one with index `top`: the nodes of each, and its index.
fn rows<'a, T>(tape: &'a Linearised<'_, T>, top: usize) -> impl Iterator<Item = (&'a [Node<T>], usize)> {
    let mut nary_nodes = tape.nary_nodes.iter().peekable();
    let mut k = 0;
    std::iter::from_fn(move || {
        let first = tape.leading + 1 + k;
        if first > top {
            return None;
        }
        let nary = nary_nodes.next_if(|nary| nary.last as usize + 1 - nary.len as usize == first);
        let nodes = &tape.nodes[k..k + nary.map_or(1, |nary| nary.len as usize)];
        k += nodes.len();
        Some((nodes, tape.leading + k))
    })
}

/// For every index up to `top`, how many additions round on the way from the output to it, at most: an adjoint to which
/// u operands contribute takes u - 1 of them.
#[cfg(feature = "compare")]
pub(super) fn additions<T: Scalar>(tape: &Linearised<'_, T>, top: usize) -> Vec<u64> {
    let mut uses = vec![0_u64; top + 1];
    let operands = |nodes: &[Node<T>]| nodes.iter().flat_map(|node| node.slots).map(|slot| slot as usize).collect();
    let rows: Vec<(Vec<usize>, usize)> = rows(tape, top).map(|(nodes, index)| (operands(nodes), index)).collect();
    for &operand in rows.iter().flat_map(|(operands, _)| operands) {
        uses[operand] += 1;
    }
    let mut longest = vec![0; top + 1];
    let mut total: Vec<u64> = uses.iter().map(|uses| uses.saturating_sub(1)).collect();
    for (operands, index) in rows.iter().rev() {
        total[*index] += longest[*index];
        for &operand in operands {
            longest[operand] = total[*index].max(longest[operand]);
        }
    }
    for index in 0..=tape.leading.min(top) {
        total[index] += longest[index];
    }
    total
}

/// Whether a NaN partial takes part in the gradient: then NaN is the right answer.
fn has_live_nan<T: Scalar>(tape: &Linearised<'_, T>, adjoints: &[T], top: usize) -> bool {
    rows(tape, top).any(|(nodes, index)| {
        let partials = || nodes.iter().flat_map(|node| node.partials);
        !adjoints[index].is_zero_throughout() && partials().any(|partial| !partial.value_equal(&partial))
    })
}

/// How many inputs one forward substitution follows.
const LANES: usize = 8;

/// The derivatives of Σ weight·slot in a few inputs, by forward substitution over the same tape.
///
/// Where infinite adjoints of both signs meet, the sum that reverse mode takes has no value; summed in the order of
/// forward mode the contributions may cancel before they meet the infinite partial.
fn forward_substitute<T: Scalar>(
    tape: &Linearised<'_, T>,
    seeds: &[(Slot, T)],
    inputs: &[usize],
    top: usize,
) -> [T; LANES] {
    let mut tangents = vec![[T::zero(); LANES]; top + 1];
    for (lane, &index) in inputs.iter().enumerate().filter(|&(_, &index)| index <= top) {
        tangents[index][lane] = T::one();
    }
    for (nodes, index) in rows(tape, top) {
        // A later input of an explicit tape has a node without operands, and its seed already.
        let mut row = tangents[index];
        for (partial, slot) in nodes.iter().flat_map(|node| node.partials.into_iter().zip(node.slots)) {
            for (sum, &tangent) in row.iter_mut().zip(&tangents[slot as usize]) {
                *sum += strong_zero_product(partial, tangent);
            }
        }
        tangents[index] = row;
    }
    std::array::from_fn(|lane| {
        let seeds = seeds.iter().filter(|&&(slot, _)| slot != 0);
        seeds.fold(T::zero(), |sum, &(slot, weight)| {
            sum + strong_zero_product(weight, tangents[index_of(slot) as usize][lane])
        })
    })
}

#[cfg(all(test, feature = "compare"))]
mod tests {
    use crate::reverse::operators::gradient_with_additions;

    #[test]
    fn additions_are_counted_on_the_longest_way() {
        let found = gradient_with_additions(
            |x| {
                // Used twice each: by the next product and by the sum.
                let u = x[0] * x[1];
                let w = u * x[0] + u;
                w * x[0] + w
            },
            &[2.0, 3.0, 5.0],
        );
        // x1 waits for the sums at u and w, x0 for two more of its own.
        assert_eq!(found, (54.0, vec![63.0, 18.0, 0.0], vec![4, 2, 0]));
    }
}
