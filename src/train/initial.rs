//! Step 0: where to start, and why not everywhere at 0.

use super::dynamic::DynTrainable;
use super::problem::Layer;

/// How the weights of a layer are chosen; biases start at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Initialisation {
    /// All 0. The units of a hidden layer then have the same derivatives, and stay equal for ever.
    Zeros,
    /// Standard normal.
    Normal,
    /// Normal with variance 2/(fan-in + fan-out), for tanh (Glorot and Bengio 2010).
    Xavier,
    /// Normal with variance 2/fan-in, for relu (He et al. 2015).
    He,
}

/// Weights to start from; `normal` gives standard normal random numbers.
///
/// A problem without layers starts where it says.
pub fn initialise(
    problem: &dyn DynTrainable,
    initialisation: Initialisation,
    mut normal: impl FnMut() -> f64,
) -> Vec<f64> {
    let layers = problem.layers();
    if layers.is_empty() {
        return problem.start();
    }
    let mut weights = vec![0.0; problem.parameters()];
    for layer in layers {
        let (inputs, outputs) = (layer.inputs as f64, layer.units as f64);
        let deviation = match initialisation {
            Initialisation::Zeros => continue,
            Initialisation::Normal => 1.0,
            Initialisation::Xavier => (2.0 / (inputs + outputs)).sqrt(),
            Initialisation::He => (2.0 / inputs).sqrt(),
        };
        for unit in weights[layer.parameters].chunks_mut(layer.inputs + 1) {
            for weight in &mut unit[..layer.inputs] {
                *weight = deviation * normal();
            }
        }
    }
    weights
}

/// The hidden layers of at least two units that all have equal weights and biases, and whose outputs are equally weighted
/// in the next layer: which hidden layer it is, from 1, and how many units it has. Such a layer can do no more than one unit.
///
/// Units that start so get the same derivative at every step, whatever the data are: the loss does not change when two
/// of them are exchanged.
#[must_use]
pub fn equal_units(problem: &dyn DynTrainable, weights: &[f64]) -> Vec<(usize, usize)> {
    Layer::equal_units(&problem.layers(), weights)
}
