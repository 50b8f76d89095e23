//! Gradient descent: a loss that is a mean over samples, by the gradients of any mode.
//!
//! Step 0 initialises the parameters; then the derivative is taken and the parameters are updated, again and again.
//! [`train`] does it by forward mode, by reverse mode, by compiled programs, or by several of them side by side from the
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
//! assert!(reverse.final_loss() < 0.5 * reverse.initial_loss());
//! assert!(training.largest_divergence() < 1e-12);
//! # Ok::<(), dualtape::train::TrainError>(())
//! ```

mod descent;
mod dynamic;
mod gradients;
mod initial;
#[cfg(feature = "argmin")]
mod lbfgs;
mod optimizer;
mod problem;
mod replayed;
mod settings;
mod training;

pub use descent::train;
pub use dynamic::DynTrainable;
pub use initial::{Initialisation, equal_units, initialise};
pub use optimizer::Optimizer;
pub use problem::{Layer, Trainable};
pub use settings::{Settings, TrainError};
pub use training::{Training, TrainingCost, Trajectory};
