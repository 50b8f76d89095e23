//! The zoo: known models, each in every size, each with its formula, domain, source and, where there is one, a gradient
//! that owes nothing to automatic differentiation.
//!
//! Each model is a type with a generic `eval`, and its [`Family`] makes members of it with a point to differentiate at.
//! [`MODELS`] lists what they are; [`visit`] finds one by name, whatever its type, and [`visit_all`] goes through them.

mod heat;
mod points;
mod rosenbrock;

pub use heat::{Heat, HeatEquation};
pub use rosenbrock::{Rosenbrock, RosenbrockFunction};

use super::family::{About, Family};
use crate::model::{Model, VectorModel};

/// What is done with a family of the zoo, of whatever type.
pub trait Visitor {
    /// A family of functions with one output.
    fn one<F: Family<Model: Model>>(&mut self, family: &F);

    /// A family of functions with several outputs.
    fn many<F: Family<Model: VectorModel>>(&mut self, family: &F);
}

macro_rules! catalogue {
    ($($kind:ident $family:expr,)*) => {
        /// What the models are, in the order in which to meet them.
        pub const MODELS: &[About] = &[$({
            const fn about<F: Family>(_: &F) -> About { F::ABOUT }
            about(&$family)
        },)*];

        /// Shows the visitor every family.
        pub fn visit_all(visitor: &mut impl Visitor) {
            $(visitor.$kind(&$family);)*
        }

        /// Shows the visitor the family of that name, and says whether there is one.
        pub fn visit(name: &str, visitor: &mut impl Visitor) -> bool {
            fn named<F: Family>(_: &F, name: &str) -> bool { F::ABOUT.name == name }
            $(if named(&$family, name) {
                visitor.$kind(&$family);
                return true;
            })*
            false
        }
    };
}

catalogue! {
    one Rosenbrock,
    many Heat,
}
