//! Which additions become one n-ary sum or dot product.

use super::super::ir::{Id, Op};
use super::super::schedule::{Chain, Role, Schedule, Sum};
use crate::rules::Binary;

/// The least number of terms that are worth a loop.
const SHORTEST: usize = 4;

/// The least number of terms for which products are computed more than once.
const LONG: usize = 16;

/// Makes n-ary sums and dot products of chains of additions: first of long ones, all of whose terms are products or none is,
/// then of short ones, then of those with terms of both kinds.
pub(super) fn find_sums(schedule: &mut Schedule<'_>) {
    let mut taken = vec![0; schedule.ops.len()];
    // Long sums may duplicate products that other sums have too.
    find(schedule, Search { of_one_kind: true, duplicate: true, shortest: LONG }, &mut taken);
    find(schedule, Search { of_one_kind: true, duplicate: false, shortest: SHORTEST }, &mut taken);
    find(schedule, Search { of_one_kind: false, duplicate: false, shortest: SHORTEST }, &mut taken);
}

/// Which sums are looked for.
#[derive(Clone, Copy)]
struct Search {
    /// Of products only, or of anything but products.
    of_one_kind: bool,
    /// Whether a product with a constant may be a term of several sums, and is then computed for each.
    duplicate: bool,
    shortest: usize,
}

/// `taken` counts the sums that each product is a term of by now.
fn find(schedule: &mut Schedule<'_>, search: Search, taken: &mut [u32]) {
    for top in (0..schedule.ops.len() as Id).rev() {
        let at = top as usize;
        if !schedule.live[at] || schedule.role[at] != Role::Plain {
            continue;
        }
        // The terms from the last to the first, and the sums between them.
        let (mut terms, mut between) = (Vec::new(), Vec::new());
        let mut here = top;
        let mut of_products = None;
        while let Some([a, b]) = link(schedule, here, top) {
            // The chain goes on along the operand that is a sum; of two sums, along the first.
            let second = link(schedule, a, top).is_none() && link(schedule, b, top).is_some();
            let (rest, term) = if second { (b, a) } else { (a, b) };
            let is_product = factors(schedule, term, search.duplicate).is_some();
            if search.of_one_kind && *of_products.get_or_insert(is_product) != is_product {
                break;
            }
            between.push(here);
            terms.push(term);
            here = rest;
        }
        terms.push(here);
        if terms.len() < search.shortest {
            continue;
        }
        terms.reverse();
        between.iter().for_each(|&id| schedule.role[id as usize] = Role::Folded);
        schedule.role[at] = role(schedule, terms, search.duplicate, taken);
    }
}

/// The factors of a product with a single use, or with `duplicate`, of one with a constant: data that occur twice in a
/// regression are no reason to split its sums.
fn factors(schedule: &Schedule<'_>, id: Id, duplicate: bool) -> Option<[Id; 2]> {
    let [a, b] = match schedule.ops[id as usize] {
        Op::Binary(Binary::Mul, operands) | Op::StrongZeroMul(operands)
            if schedule.role[id as usize] == Role::Plain =>
        {
            operands
        }
        _ => return None,
    };
    let is_constant = |id: Id| schedule.ops[id as usize].as_constant().is_some();
    (schedule.uses[id as usize] == 1 || duplicate && (is_constant(a) || is_constant(b))).then_some([a, b])
}

/// The operands of an addition that is the top of a chain, or has a single use.
fn link(schedule: &Schedule<'_>, id: Id, top: Id) -> Option<[Id; 2]> {
    let at = id as usize;
    let free = id == top || schedule.uses[at] == 1 && schedule.role[at] == Role::Plain;
    if free { schedule.binary(id, Binary::Add) } else { None }
}

/// A dot product if all terms are products, apart from the first, which it may start from; else an n-ary sum. Products whose
/// every use has been taken are folded.
fn role(schedule: &mut Schedule<'_>, terms: Vec<Id>, duplicate: bool, taken: &mut [u32]) -> Role {
    let Some(products) =
        terms[1..].iter().map(|&term| factors(schedule, term, duplicate)).collect::<Option<Vec<[Id; 2]>>>()
    else {
        return Role::Sum(Box::new(Sum { terms }));
    };
    let (start, first) = match factors(schedule, terms[0], duplicate) {
        Some(product) => (None, Some(product)),
        None => (Some(terms[0]), None),
    };
    for &id in &terms[usize::from(start.is_some())..] {
        taken[id as usize] += 1;
        if taken[id as usize] == schedule.uses[id as usize] {
            schedule.role[id as usize] = Role::Folded;
        }
    }
    Role::Chain(Box::new(Chain { terms: first.into_iter().chain(products).collect(), uniform_factors: false, start }))
}
