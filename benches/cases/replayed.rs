//! Functions of parameters and a sample, replayed over batches: what programs are measured on.

use super::branches::branches;
use super::lotka_volterra::lotka_volterra;
use super::rosenbrock::rosenbrock;
use super::spread;
use dualtape::program::{Derivative, InstructionSet, Plan, Program};
use dualtape::{Model, One, Scalar, reverse};
use num_traits::Float;
use std::hint::black_box;
use std::ops::AddAssign;
use std::rc::Rc;

/// Something that is timed, and how many samples it works through.
pub(crate) struct Side {
    pub(crate) name: String,
    pub(crate) samples: usize,
    pub(crate) run: Box<dyn Fn()>,
    /// What its time over that of the plain function is to be at most.
    pub(crate) target: Option<f64>,
}

impl Side {
    /// Runs it once.
    pub(crate) fn check(&self) {
        (self.run)();
    }
}

/// A function, and its gradient in several ways.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) plain: Side,
    pub(crate) sides: Vec<Side>,
}

/// A loss of one sample.
trait Loss: Model<Outputs = One> + 'static {
    /// How many of the inputs are parameters; they come first.
    fn parameters(&self) -> usize;
}

/// ADBench's term of one point in a Gaussian mixture of k components in d dimensions: weights, means, factors, point.
struct GmmTerm {
    k: usize,
    d: usize,
}

impl Loss for GmmTerm {
    fn parameters(&self) -> usize {
        self.k * (1 + self.d + self.d * (self.d + 1) / 2)
    }
}

impl Model for GmmTerm {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        self.by(v, |largest| largest.detach())
    }
}

impl GmmTerm {
    /// The term; `detach` makes a constant of the shift, where a library can.
    fn by<T: Float + AddAssign>(&self, v: &[T], detach: impl Fn(T) -> T) -> T {
        let (k, d) = (self.k, self.d);
        let half = T::from(0.5).expect("a constant");
        let (weights, rest) = v.split_at(k);
        let (means, rest) = rest.split_at(k * d);
        let (factors, point) = rest.split_at(k * d * (d + 1) / 2);
        let mut terms = vec![T::zero(); k];
        let mut centred = vec![T::zero(); d];
        for (j, term) in terms.iter_mut().enumerate() {
            let (mean, factor) = (&means[j * d..][..d], &factors[j * d * (d + 1) / 2..][..d * (d + 1) / 2]);
            for i in 0..d {
                centred[i] = point[i] - mean[i];
            }
            let mut square = T::zero();
            let mut trace = T::zero();
            let mut at = d;
            for i in 0..d {
                let mut w = factor[i].exp() * centred[i];
                for &c in &centred[..i] {
                    w += factor[at] * c;
                    at += 1;
                }
                square += w * w;
                trace += factor[i];
            }
            *term = weights[j] + trace - half * square;
        }
        let largest = detach(terms.iter().fold(terms[0], |largest, &x| largest.max(x)));
        let sum = terms.iter().fold(T::zero(), |sum, &x| sum + (x - largest).exp());
        sum.ln() + largest
    }
}

/// A multilayer perceptron with tanh in the hidden layers: weights with a bias behind each neuron's, inputs, target.
struct MlpSample {
    widths: Vec<usize>,
}

impl Loss for MlpSample {
    fn parameters(&self) -> usize {
        self.widths.windows(2).map(|w| (w[0] + 1) * w[1]).sum()
    }
}

impl Model for MlpSample {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        self.by(v)
    }
}

impl MlpSample {
    /// The loss of a sample, in plain loops.
    fn by<T: Float + AddAssign>(&self, v: &[T]) -> T {
        let (mut weights, sample) = v.split_at(self.parameters());
        let mut layer = sample[..self.widths[0]].to_vec();
        for (i, &width) in self.widths.iter().enumerate().skip(1) {
            let (own, later) = weights.split_at((layer.len() + 1) * width);
            weights = later;
            let neurons = own.chunks_exact(layer.len() + 1).map(|neuron| {
                let mut z = neuron[layer.len()];
                for (&w, &x) in neuron.iter().zip(&layer) {
                    z += w * x;
                }
                if i + 1 < self.widths.len() { z.tanh() } else { z }
            });
            layer = neurons.collect();
        }
        let off = layer[0] - sample[self.widths[0]];
        off * off
    }
}

/// The gradient of [`MlpSample`] in plain loops, as one writes it by hand.
fn mlp_by_hand(widths: &[usize], weights: &[f64], sample: &[f64], gradient: &mut [f64]) -> f64 {
    let mut layers = vec![sample[..widths[0]].to_vec()];
    let mut starts = vec![0];
    for (i, &width) in widths.iter().enumerate().skip(1) {
        let layer = layers.last().expect("there is a layer");
        let start = starts[i - 1];
        let own = &weights[start..start + (layer.len() + 1) * width];
        let neurons = own.chunks_exact(layer.len() + 1).map(|neuron| {
            let z = neuron.iter().zip(layer).fold(neuron[layer.len()], |z, (&w, &x)| z + w * x);
            if i + 1 < widths.len() { z.tanh() } else { z }
        });
        let next = neurons.collect();
        starts.push(start + own.len());
        layers.push(next);
    }
    let off = layers[widths.len() - 1][0] - sample[widths[0]];
    let mut adjoints = vec![2.0 * off];
    for i in (1..widths.len()).rev() {
        let (layer, start) = (&layers[i - 1], starts[i - 1]);
        let mut before = vec![0.0; layer.len()];
        for (j, &adjoint) in adjoints.iter().enumerate() {
            let row = start + j * (layer.len() + 1);
            for (k, &x) in layer.iter().enumerate() {
                gradient[row + k] += adjoint * x;
                before[k] += adjoint * weights[row + k];
            }
            gradient[row + layer.len()] += adjoint;
        }
        for (before, &x) in before.iter_mut().zip(layer) {
            *before *= 1.0 - x * x;
        }
        adjoints = before;
    }
    off * off
}

struct Rosenbrock;

impl Model for Rosenbrock {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        rosenbrock(v)
    }
}

impl Loss for Rosenbrock {
    fn parameters(&self) -> usize {
        0
    }
}

struct LotkaVolterra;

impl Model for LotkaVolterra {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        lotka_volterra(v)
    }
}

impl Loss for LotkaVolterra {
    fn parameters(&self) -> usize {
        0
    }
}

/// echidna's bytecode tape, recorded once: a gradient for each sample, added up.
fn echidna_tape(
    f: impl FnOnce(&[echidna::BReverse<f64>]) -> echidna::BReverse<f64>,
    parameters: &[f64],
    samples: &[f64],
    count: usize,
) -> Side {
    let (p, width) = (parameters.len(), samples.len() / count);
    let (tape, _) = echidna::record(f, &[parameters, &samples[..width]].concat());
    let state = std::cell::RefCell::new((tape, [parameters, &samples[..width]].concat(), Vec::new()));
    let samples = samples.to_vec();
    let run = move || {
        let (tape, x, buffer) = &mut *state.borrow_mut();
        let mut sum = vec![0.0; p];
        for sample in samples.chunks_exact(width) {
            x[p..].copy_from_slice(sample);
            let gradient = tape.gradient_with_buf(x, buffer);
            sum.iter_mut().zip(&gradient).for_each(|(sum, term)| *sum += term);
        }
        black_box(&sum);
    };
    Side { name: "echidna, bytecode tape".to_owned(), samples: count, run: Box::new(run), target: None }
}

/// What is to be reached: by AVX2, by the baseline, and for a single sample.
type Targets = [f64; 3];

fn case<L: Loss>(name: &str, loss: L, parameters: Vec<f64>, samples: Vec<f64>, count: usize, targets: Targets) -> Case {
    let loss = Rc::new(loss);
    let width = samples.len() / count;
    let (p, n) = (loss.parameters(), loss.parameters() + width);
    let (parameters, samples) = (Rc::new(parameters), Rc::new(samples));
    let plain = {
        let (loss, parameters, samples) = (loss.clone(), parameters.clone(), samples.clone());
        let mut v = vec![0.0; n];
        v[..p].copy_from_slice(&parameters);
        let v = std::cell::RefCell::new(v);
        Box::new(move || {
            let mut v = v.borrow_mut();
            for sample in samples.chunks_exact(width) {
                v[p..].copy_from_slice(sample);
                black_box(loss.eval::<f64>(black_box(&v)));
            }
        })
    };
    let mut sides = Vec::new();
    let start = [&parameters[..], &samples[..width]].concat();
    let plan = move || {
        let plan = Plan::new(Derivative::Gradient);
        if p > 0 { plan.parameters(0..p).summed() } else { plan }
    };
    {
        let (loss, samples, start) = (loss.clone(), samples.clone(), start.clone());
        let run = move || {
            let mut gradient = vec![0.0; n];
            for sample in samples.chunks_exact(width) {
                let mut start = start.clone();
                start[p..].copy_from_slice(sample);
                black_box(reverse::gradient_into(|x| loss.eval(x), &start, &mut gradient).expect("the lengths fit"));
            }
        };
        sides.push(Side { name: "one-shot Var".to_owned(), samples: count, run: Box::new(run), target: None });
    }
    for instruction_set in InstructionSet::ALL.into_iter().filter(|instruction_set| instruction_set.is_available()) {
        for lanes in [8, 16, 32] {
            let program = Program::of(&*loss, &start, &plan().instruction_set(instruction_set).lanes(lanes))
                .expect("a plan that suits");
            let (parameters, samples) = (parameters.clone(), samples.clone());
            let run = move || {
                black_box(program.run(black_box(&parameters), black_box(&samples)).expect("the samples suit"));
            };
            let target = match (instruction_set, lanes) {
                (InstructionSet::Avx2, 16) => Some(targets[0]),
                (InstructionSet::Baseline, 16) => Some(targets[1]),
                _ => None,
            };
            sides.push(Side {
                name: format!("{instruction_set}, {lanes} lanes"),
                samples: count,
                run: Box::new(run),
                target,
            });
        }
    }
    {
        let program = Program::of(&*loss, &start, &plan()).expect("a plan that suits");
        let (parameters, samples) = (parameters.clone(), samples.clone());
        let run = move || {
            black_box(program.run(black_box(&parameters), black_box(&samples[..width])).expect("the sample suits"));
        };
        sides.push(Side { name: "single sample".to_owned(), samples: 1, run: Box::new(run), target: Some(targets[2]) });
    }
    {
        let recorded = Program::of(&*loss, &start, &plan()).expect("a plan that suits").statistics().recorded;
        let run = move || {
            black_box(Program::of(&*loss, &start, &plan()).expect("a plan that suits"));
        };
        sides.push(Side {
            name: format!("building, {recorded} operations recorded"),
            samples: 1,
            run: Box::new(run),
            target: None,
        });
    }
    Case {
        name: name.to_owned(),
        plain: Side { name: "plain".to_owned(), samples: count, run: plain, target: None },
        sides,
    }
}

/// All cases, with batches of 256 samples.
pub(crate) fn cases() -> Vec<Case> {
    const COUNT: usize = 256;
    let near_one = |n: usize| spread(21, COUNT * n, 1.0).into_iter().map(|x| 1.0 + 0.5 * x).collect::<Vec<f64>>();
    let mlp = || MlpSample { widths: vec![64, 64, 64, 1] };
    let gmm = GmmTerm { k: 5, d: 10 };
    let weights = || spread(22, mlp().parameters(), 0.15);
    let mlp_samples = || spread(23, COUNT * 65, 1.0);
    let gmm_parameters = spread(24, gmm.parameters(), 0.5);
    let rates: Vec<f64> = (0..COUNT)
        .flat_map(|i| {
            super::lotka_volterra::PARAMETERS.map(|rate| rate * (1.0 + 0.1 * (i as f64 / COUNT as f64 - 0.5)))
        })
        .collect();
    let mut network = case("MLP 64-64-64-1", mlp(), weights(), mlp_samples(), COUNT, [0.10, 0.22, 0.36]);
    let by_hand = move || {
        let (weights, samples) = (weights(), mlp_samples());
        let widths = mlp().widths;
        move || {
            let mut gradient = vec![0.0; weights.len()];
            let loss: f64 =
                samples.chunks_exact(65).map(|sample| mlp_by_hand(&widths, &weights, sample, &mut gradient)).sum();
            black_box((loss, &gradient));
        }
    };
    network.sides.push(echidna_tape(|v| mlp().by(v), &weights(), &mlp_samples(), COUNT));
    let mut mixture = case(
        "GMM term k = 5, d = 10",
        GmmTerm { ..gmm },
        gmm_parameters.clone(),
        spread(25, COUNT * 10, 1.0),
        COUNT,
        [0.95, 1.3, 4.8],
    );
    mixture.sides.push(echidna_tape(|v| gmm.by(v, |x| x), &gmm_parameters, &spread(25, COUNT * 10, 1.0), COUNT));
    network.sides.push(Side { name: "by hand".to_owned(), samples: COUNT, run: Box::new(by_hand()), target: None });
    vec![
        case("Rosenbrock 10", Rosenbrock, vec![], near_one(10), COUNT, [3.0, 3.5, 11.0]),
        case("Rosenbrock 1000", Rosenbrock, vec![], near_one(1000), COUNT, [3.0, 3.8, 3.6]),
        network,
        mixture,
        case("Lotka-Volterra", LotkaVolterra, vec![], rates, COUNT, [0.75, 1.0, 5.8]),
        branches(1),
        branches(4),
    ]
}
