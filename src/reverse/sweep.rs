//! The backward phase: back substitution through the linearised program.

#![expect(unsafe_code, reason = "the inner loop indexes adjoints without bounds checks")]

use super::sparing::{added, product};
use super::store::{Linearised, NaryNode, Node, Slot, index_of};
use crate::number::Scalar;
use crate::rules::strong_zero_product;

/// Sets `adjoints` to the derivatives of Σ weight·slot in every index: those in the leading inputs and in the `late` ones
/// are right, also where only strong zeros keep them from being NaN.
///
/// The sweep multiplies plainly first: 0·inf is NaN, and a NaN reaches some gradient entry if it matters at all. Only
/// then is it repeated with strong zeros.
pub(super) fn sweep<T: Scalar>(tape: &Linearised<'_, T>, seeds: &[(Slot, T)], adjoints: &mut Vec<T>, late: &[usize]) {
    let top = seeds.iter().map(|&(slot, _)| index_of(slot) as usize).max().unwrap_or(0);
    let leading = 1..tape.leading + 1;
    let size = late.iter().fold((top + 1).max(leading.end), |size, &index| size.max(index + 1));
    // Without an early exit, which would keep the compiler from comparing several at a time.
    let is_nan = |any: bool, adjoint: &T| any | !adjoint.value_equal(adjoint);
    // Where the sweep is recorded, it will meet other numbers, and needs strong zeros from the start.
    if !T::RECORDS {
        seed(adjoints, size, seeds);
        back_substitute::<T, Plain>(tape, adjoints, top);
        let of_leading = adjoints[leading.clone()].iter().fold(false, is_nan);
        if T::PLAIN || !late.iter().map(|&index| &adjoints[index]).fold(of_leading, is_nan) {
            return;
        }
    }
    seed(adjoints, size, seeds);
    back_substitute::<T, StrongZeros>(tape, adjoints, top);
    let inputs = leading.chain(late.iter().copied());
    let lost: Vec<usize> = inputs.filter(|&index| is_nan(false, &adjoints[index])).collect();
    if !lost.is_empty() && !has_live_nan(tape, adjoints, top) {
        for chunk in lost.chunks(LANES) {
            let found = forward_substitute(tape, seeds, chunk, top);
            for (&index, found) in chunk.iter().zip(found) {
                adjoints[index] = found;
            }
        }
    }
}

fn seed<T: Scalar>(adjoints: &mut Vec<T>, size: usize, seeds: &[(Slot, T)]) {
    adjoints.clear();
    adjoints.resize(size, T::zero());
    for &(slot, weight) in seeds.iter().filter(|&&(slot, _)| slot != 0) {
        let index = index_of(slot) as usize;
        adjoints[index] = added(adjoints[index], weight);
    }
}

/// How partials and adjoints are multiplied.
trait Product {
    fn product<T: Scalar>(a: T, b: T) -> T;
}

struct Plain;

impl Product for Plain {
    #[inline(always)]
    fn product<T: Scalar>(a: T, b: T) -> T {
        product(a, b, |a, b| a * b)
    }
}

struct StrongZeros;

impl Product for StrongZeros {
    #[inline(always)]
    fn product<T: Scalar>(a: T, b: T) -> T {
        product(a, b, strong_zero_product)
    }
}

/// Hands the adjoints from index `top` down to the inputs.
fn back_substitute<T: Scalar, P: Product>(tape: &Linearised<'_, T>, adjoints: &mut [T], top: usize) {
    let leading = tape.leading;
    // No node above `top` can matter.
    let mut end = top.saturating_sub(leading);
    let covered = tape.nary_nodes.partition_point(|nary| nary.last as usize <= top);
    for &NaryNode { last, len } in tape.nary_nodes[..covered].iter().rev() {
        let last = last as usize - leading;
        let start = last - len as usize;
        each_node::<T, P>(&tape.nodes[last..end], leading + 1 + last, adjoints);
        run_nodes::<T, P>(&tape.nodes[start..last], leading + last, adjoints);
        end = start;
    }
    each_node::<T, P>(&tape.nodes[..end], leading + 1, adjoints);
}

/// Nodes with an adjoint each; the first has index `first`.
///
/// A node mostly hands down to the one before it, whose adjoint is read next. It travels there in a register as well:
/// read back from memory, every link of a chain would wait for the store before.
#[inline(always)]
fn each_node<T: Scalar, P: Product>(nodes: &[Node<T>], first: usize, adjoints: &mut [T]) {
    assert!(0 < first && first + nodes.len() <= adjoints.len());
    let Some(mut adjoint) = nodes.len().checked_sub(1).map(|k| adjoints[first + k]) else { return };
    for (k, node) in nodes.iter().enumerate().rev() {
        let below = first + k - 1;
        let [a, b] = node.slots.map(|slot| slot as usize);
        let [to_a, to_b] = node.partials.map(|partial| P::product(partial, adjoint));
        debug_assert!(a.max(b) < adjoints.len());
        // SAFETY: the slots of a node are at most its own index; that and `below` lie in bounds, as checked above.
        unsafe {
            let kept = *adjoints.get_unchecked(below);
            let sum_a = added(*adjoints.get_unchecked(a), to_a);
            *adjoints.get_unchecked_mut(a) = sum_a;
            let sum_b = added(*adjoints.get_unchecked(b), to_b);
            *adjoints.get_unchecked_mut(b) = sum_b;
            adjoint = if b == below {
                sum_b
            } else if a == below {
                sum_a
            } else {
                kept
            };
        }
    }
}

/// Nodes that share the adjoint of index `last`, which is that of the last of them.
#[inline(always)]
fn run_nodes<T: Scalar, P: Product>(nodes: &[Node<T>], last: usize, adjoints: &mut [T]) {
    let adjoint = adjoints[last];
    for node in nodes {
        // SAFETY: the slots of a node are at most its own index, and that at most `last`, which lies in bounds.
        unsafe { hand_down::<T, P>(node, adjoint, adjoints) };
    }
}

/// Adds a node's adjoint times its partials to the adjoints of its operands.
///
/// # Safety
///
/// The node's slots are indices of `adjoints`.
#[inline(always)]
unsafe fn hand_down<T: Scalar, P: Product>(node: &Node<T>, adjoint: T, adjoints: &mut [T]) {
    for (partial, slot) in node.partials.into_iter().zip(node.slots) {
        debug_assert!((slot as usize) < adjoints.len());
        // SAFETY: the caller's promise.
        let operand = unsafe { adjoints.get_unchecked_mut(slot as usize) };
        *operand = added(*operand, P::product(partial, adjoint));
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
