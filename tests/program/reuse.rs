//! Runs in the memory of a batch: whatever was in it, the rows are those of a run in memory of its own.

use super::{Net, rosenbrock, spread};
use dualtape::compare::zoo;
use dualtape::graph::Graph;
use dualtape::model;
use dualtape::program::{Batch, Derivative, Plan, Program, ProgramError, Replay};
use dualtape::{Many, Model, Scalar};

fn bits(batch: &Batch<f64>) -> Vec<u64> {
    let row = |row| batch.values(row).iter().chain(batch.derivatives(row)).map(|x| x.to_bits());
    (0..batch.rows()).flat_map(row).collect()
}

/// Runs one program after the other in the same batch.
struct Reused {
    batch: Batch<f64>,
    runs: usize,
}

impl Reused {
    fn check(&mut self, program: &Program, parameters: &[f64], samples: &[f64]) {
        let fresh = program.run(parameters, samples).unwrap();
        // The second time the program finds its own zeros.
        for _ in 0..2 {
            program.run_into(parameters, samples, &[], &mut self.batch).unwrap();
            assert_eq!(bits(&self.batch), bits(&fresh));
            self.runs += 1;
        }
    }

    fn check_all(&mut self, graph: &Graph, x: &[f64]) {
        for plan in [Plan::new(Derivative::Jacobian), Plan::new(Derivative::Jacobian).lanes(8)] {
            let program = Program::compile(graph, &plan).unwrap();
            for count in [1, 2, 40, 1, 3] {
                let shifts = spread(count * x.len(), 7);
                let samples: Vec<f64> =
                    (0..count * x.len()).map(|i| x[i % x.len()] * (1.0 + 1e-9 * shifts[i])).collect();
                self.check(&program, &[], &samples);
            }
        }
    }
}

#[test]
fn rows_are_the_same_whatever_was_in_the_batch() {
    let mut reused = Reused { batch: Batch::default(), runs: 0 };
    for family in zoo::MODELS {
        let (model, x) = family.member(if family.size(12).outputs == 1.0 { 12 } else { 30 });
        reused.check_all(&Graph::of(&model, &x), &x);
    }
    assert!(reused.runs >= 15 * 20);

    // Sums begin as zeros in every run, in lanes and one by one.
    let net = Net { inputs: 2, units: 3, by_dot: true };
    let p = net.parameters();
    let (weights, data) = (spread(p, 5), spread(3 * 40, 6));
    let plan = Plan::new(Derivative::Gradient).parameters(0..p).summed();
    let program = Program::of(&net, &[&weights[..], &data[..3]].concat(), &plan).unwrap();
    for samples in [40, 1, 2] {
        reused.check(&program, &weights, &data[..3 * samples]);
    }
}

#[test]
fn sums_over_no_samples_are_zeros() {
    fn sided<T: Scalar>(v: &[T]) -> T {
        if v[0] > T::zero() { v[0] * v[1] } else { -v[0] * v[1] }
    }
    let plan = Plan::new(Derivative::Gradient).parameters(0..1).summed();
    let program: Program = Program::of(&model!(sided), &[1.0, 1.0], &plan).unwrap();
    let mut batch = Batch::default();
    // No sample takes the other branch, as there is none.
    for parameter in [2.0, -2.0] {
        program.run_into(&[2.0], &[3.0, 4.0], &[], &mut batch).unwrap();
        assert_eq!((batch.values(0), batch.derivatives(0)), (&[14.0][..], &[7.0][..]));
        program.run_into(&[parameter], &[], &[], &mut batch).unwrap();
        assert_eq!((batch.values(0), batch.derivatives(0)), (&[0.0][..], &[0.0][..]));
    }
}

/// Outputs that depend on an input each, and on which is told by the first.
struct Turned;

impl Model for Turned {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let n = x.len();
        let shift = usize::from(x[0] > T::zero());
        (0..n).map(|at| x[(at + shift) % n] * x[(at + shift) % n]).collect()
    }
}

#[test]
fn zeros_of_one_path_are_not_those_of_another() {
    const N: usize = 20;
    let mut replay = Replay::of(Turned, Plan::new(Derivative::Jacobian));
    let mut batch = Batch::default();
    let sample = |sign: f64| (1..=N).map(move |at| sign * at as f64);
    for signs in [[1.0, -1.0, 1.0], [1.0; 3], [-1.0; 3], [-1.0; 3], [-1.0, 1.0, 1.0], [1.0; 3]] {
        let data: Vec<f64> = signs.iter().flat_map(|&sign| sample(sign)).collect();
        replay.run_into(N, &[], &data, &[], &mut batch).unwrap();
        for (row, sign) in signs.into_iter().enumerate() {
            let shift = usize::from(sign > 0.0);
            for (i, j) in (0..N).flat_map(|i| (0..N).map(move |j| (i, j))) {
                let expected = if j == (i + shift) % N { 2.0 * sign * (j + 1) as f64 } else { 0.0 };
                assert_eq!(batch.derivatives(row)[i * N + j], expected, "{signs:?}, row {row}, {i}, {j}");
            }
        }
    }
    // A row that another path wrote beside those of a program that has the batch next.
    for signs in [[1.0; 3], [-1.0, 1.0, 1.0]] {
        let data: Vec<f64> = signs.iter().flat_map(|&sign| sample(sign)).collect();
        replay.run_into(N, &[], &data, &[], &mut batch).unwrap();
    }
    let data: Vec<f64> = sample(1.0).collect::<Vec<f64>>().repeat(3);
    let program = &replay.programs()[0];
    program.run_into(&[], &data, &[], &mut batch).unwrap();
    assert_eq!(bits(&batch), bits(&program.run(&[], &data).unwrap()));
    // One sample at a time, each along another path than the one before.
    for sign in [1.0, -1.0, 1.0] {
        let data: Vec<f64> = sample(sign).collect();
        replay.run_into(N, &[], &data, &[], &mut batch).unwrap();
        assert_eq!(bits(&batch), bits(&replay.run(N, &[], &data).unwrap()));
        assert_eq!(batch.derivatives(0)[usize::from(sign > 0.0)], 2.0 * sign * (1.0 + f64::from(sign > 0.0)));
    }
}

/// Each output is that of a neighbour's root, whose derivative is infinite at 0.
struct Roots;

impl Model for Roots {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        x.windows(2).map(|x| x[0] * x[1].sqrt()).collect()
    }
}

#[test]
fn recomputed_rows_leave_nothing_behind() {
    let x = spread(20, 3).iter().map(|x| x.abs() + 0.1).collect::<Vec<f64>>();
    let singular = vec![0.0; 20];
    let program = Program::of(&Roots, &x, &Plan::new(Derivative::Jacobian)).unwrap();
    let mut reused = Reused { batch: Batch::default(), runs: 0 };
    for samples in [1, 2, 40] {
        for x in [&x, &singular, &x] {
            reused.check(&program, &[], &x.repeat(samples));
        }
        let mixed = [x.clone(), singular.clone()].concat().repeat(samples);
        reused.check(&program, &[], &mixed);
    }
}

#[test]
fn after_an_error_there_are_no_rows() {
    let program = Program::of(&Turned, &[1.0, 2.0], &Plan::new(Derivative::Jacobian)).unwrap();
    let mut batch = Batch::default();
    assert_eq!(batch.rows(), 0);
    for stale in [&[-1.0, 2.0][..], &[1.0, 2.0, -1.0, 2.0]] {
        program.run_into(&[], &[1.0, 2.0], &[], &mut batch).unwrap();
        assert_eq!(batch.rows(), 1);
        assert!(matches!(program.run_into(&[], stale, &[], &mut batch), Err(ProgramError::Stale { .. })));
        assert_eq!(batch.rows(), 0);
    }
    program.run_into(&[], &[1.0, 2.0], &[], &mut batch).unwrap();
    assert!(program.run_into(&[], &[1.0], &[], &mut batch).is_err());
    assert_eq!(batch.rows(), 0);
    program.run_into(&[], &[1.0, 2.0], &[], &mut batch).unwrap();
    assert_eq!((batch.values(0), batch.derivatives(0)), (&[4.0, 1.0][..], &[0.0, 4.0, 2.0, 0.0][..]));

    let mut replay = Replay::of(model!(rosenbrock), Plan::new(Derivative::Gradient));
    replay.run_into(2, &[], &[1.5, 2.0], &[], &mut batch).unwrap();
    assert_eq!(batch.rows(), 1);
    assert!(replay.run_into(2, &[], &[1.5], &[], &mut batch).is_err());
    assert_eq!(batch.rows(), 0);
    replay.run_into(2, &[], &[], &[], &mut batch).unwrap();
    assert_eq!(batch.rows(), 0);
}
