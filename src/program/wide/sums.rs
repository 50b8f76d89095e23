//! Which additions become one sum.

use super::super::ir::{Id, Op};
use super::super::stages::{Chain, Role, Staged, Sum};
use crate::rules::Binary;

/// The least number of terms that are worth a loop.
const SHORTEST: usize = 4;

/// The least number for which products are computed more than once.
const LONG: usize = 16;

/// Finds sums that are added up term by term, the longest first: of products only or of anything but products, then of
/// both.
pub(super) fn find_sums(staged: &mut Staged<'_>) {
    let mut taken = vec![0; staged.ops.len()];
    // Long ones may take products that others take too.
    find(staged, Search { of_one_kind: true, shared: true, shortest: LONG }, &mut taken);
    find(staged, Search { of_one_kind: true, shared: false, shortest: SHORTEST }, &mut taken);
    find(staged, Search { of_one_kind: false, shared: false, shortest: SHORTEST }, &mut taken);
}

/// Which sums are looked for.
#[derive(Clone, Copy)]
struct Search {
    /// Of products only, or of anything but products.
    of_one_kind: bool,
    /// Whether a product with a constant may belong to several.
    shared: bool,
    shortest: usize,
}

/// `taken` says how many sums have taken each product.
fn find(staged: &mut Staged<'_>, search: Search, taken: &mut [u32]) {
    for top in (0..staged.ops.len() as Id).rev() {
        let at = top as usize;
        if !staged.live[at] || staged.role[at] != Role::Plain {
            continue;
        }
        // The terms from the last to the first, and the sums between them.
        let (mut terms, mut between) = (Vec::new(), Vec::new());
        let mut here = top;
        let mut of_products = None;
        while let Some([a, b]) = link(staged, here, top) {
            // What goes on is the sum; of two sums, the first.
            let second = link(staged, a, top).is_none() && link(staged, b, top).is_some();
            let (rest, term) = if second { (b, a) } else { (a, b) };
            let is_product = factors(staged, term, search.shared).is_some();
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
        between.iter().for_each(|&id| staged.role[id as usize] = Role::Absorbed);
        staged.role[at] = role(staged, terms, search.shared, taken);
    }
}

/// The factors of a product that nothing else reads, or with `shared`, of one with a constant: data that occur twice in a
/// regression are no reason to take its sums apart.
fn factors(staged: &Staged<'_>, id: Id, shared: bool) -> Option<[Id; 2]> {
    let [a, b] = match staged.ops[id as usize] {
        Op::Binary(Binary::Mul, operands) | Op::Product(operands) if staged.role[id as usize] == Role::Plain => {
            operands
        }
        _ => return None,
    };
    let is_constant = |id: Id| staged.ops[id as usize].as_constant().is_some();
    (staged.uses[id as usize] == 1 || shared && (is_constant(a) || is_constant(b))).then_some([a, b])
}

/// The operands of a sum that is the top, or used by one other only.
fn link(staged: &Staged<'_>, id: Id, top: Id) -> Option<[Id; 2]> {
    let at = id as usize;
    let free = id == top || staged.uses[at] == 1 && staged.role[at] == Role::Plain;
    if free { staged.binary(id, Binary::Add) } else { None }
}

/// A sum of products where all terms but the first are some, which are then no operations of their own.
fn role(staged: &mut Staged<'_>, terms: Vec<Id>, shared: bool, taken: &mut [u32]) -> Role {
    let Some(products) = terms[1..].iter().map(|&term| factors(staged, term, shared)).collect::<Option<Vec<[Id; 2]>>>()
    else {
        return Role::Sum(Box::new(Sum { terms }));
    };
    let (start, first) = match factors(staged, terms[0], shared) {
        Some(product) => (None, Some(product)),
        None => (Some(terms[0]), None),
    };
    for &id in &terms[usize::from(start.is_some())..] {
        taken[id as usize] += 1;
        if taken[id as usize] == staged.uses[id as usize] {
            staged.role[id as usize] = Role::Absorbed;
        }
    }
    Role::Chain(Box::new(Chain { terms: first.into_iter().chain(products).collect(), uniform: false, start }))
}
