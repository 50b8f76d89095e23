//! Which additions become one sum.

use super::super::ir::{Id, Op};
use super::super::stages::{Chain, Role, Staged, Sum};
use crate::rules::Binary;

/// The least number of terms that are worth a loop.
const SHORTEST: usize = 4;

/// Finds sums that are added up term by term, of products or of anything else, the longest first.
pub(super) fn find_sums(staged: &mut Staged<'_>) {
    for top in (0..staged.ops.len() as Id).rev() {
        let at = top as usize;
        if !staged.live[at] || staged.role[at] != Role::Plain {
            continue;
        }
        // The terms from the last to the first, and the sums between them.
        let (mut terms, mut between) = (Vec::new(), Vec::new());
        let mut here = top;
        while let Some([a, b]) = link(staged, here, top) {
            between.push(here);
            // What goes on is the sum; of two sums, the first.
            let second = link(staged, a, top).is_none() && link(staged, b, top).is_some();
            let (rest, term) = if second { (b, a) } else { (a, b) };
            terms.push(term);
            here = rest;
        }
        terms.push(here);
        if terms.len() < SHORTEST {
            continue;
        }
        terms.reverse();
        between.iter().for_each(|&id| staged.role[id as usize] = Role::Absorbed);
        staged.role[at] = role(staged, terms);
    }
}

/// The operands of a sum that is the top, or used by one other only.
fn link(staged: &Staged<'_>, id: Id, top: Id) -> Option<[Id; 2]> {
    let at = id as usize;
    let free = id == top || staged.uses[at] == 1 && staged.role[at] == Role::Plain;
    if free { staged.binary(id, Binary::Add) } else { None }
}

/// A sum of products where all terms but the first are some, which are then no operations of their own.
fn role(staged: &mut Staged<'_>, terms: Vec<Id>) -> Role {
    let factors = |id: Id| match staged.ops[id as usize] {
        Op::Binary(Binary::Mul, operands) | Op::Product(operands)
            if staged.uses[id as usize] == 1 && staged.role[id as usize] == Role::Plain =>
        {
            Some(operands)
        }
        _ => None,
    };
    let Some(products) = terms[1..].iter().map(|&term| factors(term)).collect::<Option<Vec<[Id; 2]>>>() else {
        return Role::Sum(Box::new(Sum { terms }));
    };
    let (start, first) = match factors(terms[0]) {
        Some(product) => (None, Some(product)),
        None => (Some(terms[0]), None),
    };
    terms[usize::from(start.is_some())..].iter().for_each(|&id| staged.role[id as usize] = Role::Absorbed);
    Role::Chain(Box::new(Chain { terms: first.into_iter().chain(products).collect(), uniform: false, start }))
}
