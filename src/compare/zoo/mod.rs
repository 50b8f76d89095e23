//! The zoo: known models, each in every size, each with its formula, domain, source and, where there is one, a gradient
//! that owes nothing to automatic differentiation.
//!
//! Each model is a type with a generic `eval`, and its [`Family`] makes members of it with a point to differentiate at.
//! [`MODELS`] lists what they are; [`visit`] finds one by name, whatever its type, and [`visit_all`] goes through them.

mod black_scholes;
mod bundle;
mod data;
mod determinant;
mod gmm;
mod heat;
mod helmholtz;
mod iris;
mod linear;
mod log_sum_exp;
mod logistic;
mod lotka_volterra;
mod lstm;
mod network;
mod perceptron;
mod points;
mod rosenbrock;
mod speelpenning;
mod trainable;

pub use black_scholes::{BlackScholes, Portfolio};
pub use bundle::{BundleAdjustment, Reprojection};
pub use data::{Data, DataError, Target};
pub use determinant::{Determinant, DeterminantFunction};
pub use gmm::{Gmm, MixtureLikelihood};
pub use heat::{Heat, HeatEquation};
pub use helmholtz::{Helmholtz, HelmholtzEnergy};
pub use linear::{LeastSquares, LinearRegression};
pub use log_sum_exp::{LogSumExp, LogSumExpFunction};
pub use logistic::{CrossEntropy, LogisticRegression};
pub use lotka_volterra::{LotkaVolterra, Populations};
pub use lstm::{Lstm, LstmObjective};
pub use network::{Mlp, Network, TwoLayerNetwork};
pub use perceptron::{Activation, Perceptron};
pub use rosenbrock::{Rosenbrock, RosenbrockFunction};
pub use speelpenning::{Speelpenning, SpeelpenningProduct};
pub use trainable::{NotTrainable, TrainVisitor, with_trainable};

use super::family::{About, Family};
use crate::model::{Many, Model, One};

/// What is done with a family of the zoo, of whatever type.
pub trait Visitor {
    /// A family of functions with one output.
    fn one<F: Family<Model: Model<Outputs = One>>>(&mut self, family: &F);

    /// A family of functions with several outputs.
    fn many<F: Family<Model: Model<Outputs = Many>>>(&mut self, family: &F);
}

macro_rules! catalogue {
    ($($kind:ident $family:expr => $type:ty,)*) => {
        /// What the models are, in the order in which to meet them.
        pub const MODELS: &[About] = &[$(<$type as Family>::ABOUT,)*];

        /// Shows the visitor every family.
        pub fn visit_all(visitor: &mut impl Visitor) {
            $(visitor.$kind(&$family);)*
        }

        /// Shows the visitor the family of that name, and says whether there is one.
        pub fn visit(name: &str, visitor: &mut impl Visitor) -> bool {
            $(if name == <$type as Family>::ABOUT.name {
                visitor.$kind(&$family);
                return true;
            })*
            false
        }
    };
}

catalogue! {
    one Mlp::default() => Mlp,
    one Network => Network,
    one LinearRegression::default() => LinearRegression,
    one LogisticRegression::iris() => LogisticRegression,
    one Rosenbrock => Rosenbrock,
    one Speelpenning => Speelpenning,
    one LogSumExp => LogSumExp,
    one Determinant => Determinant,
    one Helmholtz => Helmholtz,
    one BlackScholes => BlackScholes,
    one LotkaVolterra => LotkaVolterra,
    one Gmm => Gmm,
    one Lstm => Lstm,
    many Heat => Heat,
    many BundleAdjustment => BundleAdjustment,
}

/// The models that take data of the user.
pub const TAKE_DATA: &[&str] = &[Mlp::ABOUT.name, LinearRegression::ABOUT.name, LogisticRegression::ABOUT.name];

/// Whether a model predicts classes rather than numbers.
#[must_use]
pub fn predicts_classes(name: &str) -> bool {
    name == LogisticRegression::ABOUT.name
}

/// What a model is on data of the user; `None` if it takes none.
#[must_use]
pub fn about_on_data(name: &str) -> Option<About> {
    [Mlp::ABOUT, LinearRegression::ABOUT, LogisticRegression::ON_DATA].into_iter().find(|about| about.name == name)
}

/// Shows the visitor the family of that name over the data.
///
/// # Errors
///
/// [`DataError`] if the model takes no data, or these do not suit it.
pub fn visit_with_data(name: &str, data: Data, visitor: &mut impl Visitor) -> Result<(), DataError> {
    if name == Mlp::ABOUT.name {
        visitor.one(&Mlp::with(data)?);
    } else if name == LinearRegression::ABOUT.name {
        visitor.one(&LinearRegression::with(data)?);
    } else if name == LogisticRegression::ABOUT.name {
        visitor.one(&LogisticRegression::with(data)?);
    } else {
        return Err(DataError::TakesNoData { model: name.to_owned(), others: TAKE_DATA.to_vec() });
    }
    Ok(())
}
