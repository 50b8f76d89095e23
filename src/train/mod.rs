//! Gradient descent: a loss that is a mean over samples, walked down by the gradient of any mode.
//!
//! Step 0 initialises the parameters; then the derivative is taken and the parameters are updated, again and again.
//! [`train`] walks with forward mode, with reverse mode, with compiled programs, or with several of them at once from the
//! same start over the same batches: their trajectories are the same but for rounding, their costs are not.
//!
//! ```
//! use dualtape::Mode;
//! use dualtape::compare::zoo;
//! use dualtape::train::{Settings, train};
//!
//! let iris = zoo::find("logistic-regression").unwrap().trainable(1).unwrap();
//! let training = train(&*iris, &vec![0.0; iris.parameters()], &Settings::default(), |_| {}, |_| {})?;
//! let reverse = training.by(Mode::Reverse).unwrap();
//! assert!(reverse.last().loss < 0.5 * reverse.first().loss);
//! assert!(training.largest_difference() < 1e-12);
//! # Ok::<(), dualtape::train::TrainError>(())
//! ```

mod compiled;
mod descent;
mod initial;
#[cfg(feature = "argmin")]
mod lbfgs;
mod optimizer;
mod problem;
mod settings;
mod training;

pub use descent::train;
pub use initial::{EqualUnits, Initialisation, equal_units, initialise};
pub use optimizer::Optimizer;
pub use problem::{DynTrainable, Layer, Trainable};
pub use settings::{Settings, TrainError};
pub use training::{Apart, Step, StepRow, Training, Walk, WalkCost};
