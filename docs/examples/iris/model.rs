//! The model: multinomial logistic regression, its loss written once for every number type.

use crate::data::{FEATURES, Flower, SPECIES};
use dualtape::{Model, Scalar};
use num_traits::Float;

/// The weights of one species: one for each feature, then the bias.
const PER_SPECIES: usize = FEATURES.len() + 1;

/// How many parameters the model has.
pub(crate) const PARAMETERS: usize = SPECIES.len() * PER_SPECIES;

/// Mean negative log likelihood: (1/n) Σᵢ (ln Σₖ exp(sᵢₖ) - sᵢ,yᵢ), where flower i is of species yᵢ and has scores sᵢ.
pub(crate) fn loss<T: Float>(flowers: &[Flower], weights: &[T]) -> T {
    let total = flowers.iter().fold(T::zero(), |total, flower| {
        let scores = scores(weights, &flower.features);
        total + log_sum_exp(&scores) - scores[flower.species]
    });
    total / constant(flowers.len() as f64)
}

/// One score for each species: bias + weights · features.
fn scores<T: Float>(weights: &[T], features: &[f64; FEATURES.len()]) -> [T; SPECIES.len()] {
    std::array::from_fn(|species| {
        let weights = &weights[species * PER_SPECIES..][..PER_SPECIES];
        let bias = weights[FEATURES.len()];
        weights.iter().zip(features).fold(bias, |score, (&weight, &x)| score + weight * constant(x))
    })
}

/// ln Σ exp(xᵢ), shifted by the largest so that nothing overflows.
fn log_sum_exp<T: Float>(x: &[T]) -> T {
    // The shift cancels from the result, whatever it is: as a constant it need not be differentiated.
    let largest = x.iter().filter_map(|x| x.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    let shift = constant(largest);
    x.iter().fold(T::zero(), |sum, &x| sum + (x - shift).exp()).ln() + shift
}

fn constant<T: Float>(value: f64) -> T {
    T::from(value).expect("every floating-point type takes an f64, rounded if need be")
}

/// How many flowers have their own species score highest.
pub(crate) fn count_right(flowers: &[Flower], weights: &[f64]) -> usize {
    let right = flowers.iter().filter(|flower| {
        let scores = scores(weights, &flower.features);
        scores.iter().all(|&score| score <= scores[flower.species])
    });
    right.count()
}

/// The name of parameter `i`, such as `virginica petal_width`.
pub(crate) fn parameter_name(i: usize) -> String {
    let (species, weight) = (i / PER_SPECIES, i % PER_SPECIES);
    format!("{} {}", SPECIES[species], FEATURES.get(weight).unwrap_or(&"bias"))
}

/// The loss as a function of the weights alone: what the operators of the crate differentiate.
pub(crate) struct Regression {
    pub(crate) flowers: Vec<Flower>,
}

impl Model for Regression {
    fn eval<T: Scalar>(&self, weights: &[T]) -> T {
        loss(&self.flowers, weights)
    }
}
