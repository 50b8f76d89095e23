//! Multinomial logistic regression on Fisher's Iris data, as a user of the library would write it: a loss of one's own,
//! compared in every mode, then trained.

use dualtape::compare::{Options, compare};
use dualtape::train::{Settings, Trainable, train};
use dualtape::{Mode, Model, One, Scalar};
use std::error::Error;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/iris/iris.csv");
const SPECIES: [&str; 3] = ["setosa", "versicolor", "virginica"];

/// A weight for each measurement, and the bias.
const PER_SPECIES: usize = 5;

/// A row of the file: four measurements in centimetres, and the species.
type Flower = ([f64; 4], String);

/// The loss of the weights: the data are part of the model.
struct Regression {
    /// Measurements and a 1 for the bias.
    flowers: Vec<[f64; PER_SPECIES]>,
    /// Positions in [`SPECIES`].
    species: Vec<usize>,
}

impl Regression {
    fn read(path: &str) -> Result<Self, Box<dyn Error>> {
        let (mut flowers, mut species) = (Vec::new(), Vec::new());
        for row in csv::Reader::from_path(path)?.deserialize() {
            let ([a, b, c, d], name): Flower = row?;
            flowers.push([a, b, c, d, 1.0]);
            species.push(SPECIES.iter().position(|known| *known == name).ok_or("an unknown species")?);
        }
        Ok(Self { flowers, species })
    }

    /// A score for each species; the highest is the guess.
    fn scores<T: Scalar>(&self, weights: &[T], flower: usize) -> Vec<T> {
        weights.chunks(PER_SPECIES).map(|w| T::linear_combination(&self.flowers[flower], w)).collect()
    }

    fn guesses_right(&self, weights: &[f64], flower: usize) -> bool {
        let scores = self.scores(weights, flower);
        scores.iter().all(|&score| score <= scores[self.species[flower]])
    }
}

impl Trainable for Regression {
    fn parameters(&self) -> usize {
        SPECIES.len() * PER_SPECIES
    }

    fn samples(&self) -> usize {
        self.flowers.len()
    }

    /// Negative log-likelihood: ln Σ exp(scores) less the score of the flower's own species.
    fn sample_loss<T: Scalar>(&self, weights: &[T], flower: usize) -> T {
        let scores = self.scores(weights, flower);
        T::log_sum_exp(&scores) - scores[self.species[flower]]
    }
}

impl Model for Regression {
    type Outputs = One;
    fn eval<T: Scalar>(&self, weights: &[T]) -> T {
        let losses: Vec<T> = (0..self.samples()).map(|flower| self.sample_loss(weights, flower)).collect();
        <T as Scalar>::sum(&losses) / T::constant(losses.len() as f64)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let regression = Regression::read(DATA)?;
    let start: Vec<f64> = (0..regression.parameters()).map(|i| 0.1 * (i % 4) as f64 - 0.15).collect();

    let comparison = compare(&regression, &start, &Options::default());
    println!("{comparison}\n");
    assert!(comparison.check.is_some_and(|check| check.holds() && check.undecided == 0), "differences contradict it");

    let mut settings = Settings::default();
    settings.steps = 1000;
    let training = train(&regression, &start, &settings, |_| {}, |_| {})?;
    let descent = training.by(Mode::Reverse).ok_or("reverse mode trains by default")?;
    println!("1000 steps: mean loss {:.4} -> {:.4}", descent.initial_loss(), descent.final_loss());
    println!("forward and reverse mode diverge by {:.1e} at the most", training.largest_divergence());
    let right = (0..regression.samples()).filter(|&flower| regression.guesses_right(&descent.weights, flower)).count();
    println!("{right} of {} flowers guessed right", regression.samples());
    assert!(training.largest_divergence() < 1e-12 && right == 148);
    Ok(())
}

#[test]
fn it_guesses_nearly_all_flowers() {
    main().unwrap();
}
