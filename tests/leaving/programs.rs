//! Programs and replays: how many paths are compiled, at which points they hold, and how guards are stored.

use super::{Leaves, Way};
use dualtape::graph::{Graph, Traced};
use dualtape::program::{Derivative, Plan, Program, Replay};
use dualtape::{Model, One, Scalar, reverse};

/// The square of the weight that a number of the sample names.
struct Embedding;

impl Model for Embedding {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let (x, w) = v.split_last().unwrap();
        let w = w[x.to_usize().unwrap()];
        w * w
    }
}

#[test]
fn an_embedding_takes_as_many_paths_as_rows_are_in_use() {
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
        let plan = plan.parameters(0..3).summed();
        let mut replay = Replay::of(Embedding, plan.clone());
        for _ in 0..2 {
            let batch = replay.run(4, &[1.0, 2.0, 3.0], &[0.0, 1.0, 2.0]).unwrap();
            assert_eq!((batch.values(0), batch.derivatives(0)), (&[14.0][..], &[2.0, 4.0, 6.0][..]));
        }
        assert_eq!((replay.paths(), replay.uncompiled()), (3, 0));
        let program = Program::of(&Embedding, &[1.0, 2.0, 3.0, 0.0], &plan).unwrap();
        let error = program.run(&[1.0, 2.0, 3.0], &[0.0, 1.0, 2.0]).unwrap_err().to_string();
        assert!(error.contains("x3 as u64 was 0 (for 0) and is 1 (for 1)"), "{error}");
    }
    // Thirty of a hundred rows, in any order.
    let (w, x): (Vec<f64>, Vec<f64>) =
        ((0..100).map(|at| f64::from(at) - 40.5).collect(), (0..200).map(|at| f64::from(at * 37 % 30 * 3)).collect());
    let mut replay = Replay::of(Embedding, Plan::new(Derivative::Gradient).parameters(0..100).summed());
    let batch = replay.run(101, &w, &x).unwrap();
    let right = |row: usize| x.iter().filter(|&&x| x == row as f64).count() as f64 * 2.0 * w[row];
    assert!((0..100).all(|row| batch.derivatives(0)[row] == right(row)), "{:?}", batch.derivatives(0));
    assert_eq!((replay.paths(), replay.uncompiled()), (30, 0));
}

/// Steps of Heun's method whose length follows an estimate of their error.
struct Adaptive;

impl Model for Adaptive {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let c = T::constant;
        let (mut y, rate) = (v[0], v[1]);
        let f = |t: T, y: T| rate * y * (c(1.0) - y) + (t * c(3.0)).sin() * y;
        let (mut t, mut h, end, allowed) = (c(0.0), c(0.3), c(2.0), c(1e-3));
        while t < end {
            if t + h > end {
                h = end - t;
            }
            let k = f(t, y);
            let l = f(t + h, y + h * k);
            let error = ((l - k) * h * c(0.5)).abs();
            if error <= allowed {
                y += (k + l) * h * c(0.5);
                t += h;
            }
            let scale = c(0.9) * (allowed / error).sqrt();
            h *= if scale > c(3.0) { c(3.0) } else { scale };
        }
        y
    }
}

/// Holds every row of a run against reverse mode.
#[track_caller]
fn assert_adaptive(replay: &mut Replay<impl dualtape::Model<Outputs = One>>, samples: &[f64]) {
    let batch = replay.run(2, &[], samples).unwrap();
    for (row, x) in samples.chunks(2).enumerate() {
        let (value, gradient) = reverse::gradient(|x| Adaptive.eval(x), x);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-10 * b.abs().max(1.0);
        assert!(close(batch.values(row)[0], value), "{x:?}");
        assert!(batch.derivatives(row).iter().zip(gradient).all(|(&a, b)| close(a, b)), "{x:?}");
    }
}

#[test]
fn long_paths_are_compiled_when_several_samples_take_them() {
    let each: Vec<f64> =
        (0..100).flat_map(|i| [0.05 + 0.009 * f64::from(i), 0.5 + f64::from(i * 37 % 100) * 0.06]).collect();
    let three: Vec<f64> = (0..60).flat_map(|i| [each[2 * (i % 3) * 30], each[2 * (i % 3) * 30 + 1]]).collect();
    for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
        // A path for almost every sample: one by one in every run, and none is compiled in vain.
        let mut replay = Replay::of(Adaptive, plan.clone());
        for run in 1..20 {
            assert_adaptive(&mut replay, &each);
            assert!(replay.uncompiled() > 50 * run, "{} of {run} runs", replay.uncompiled());
        }
        assert!(replay.paths() < 20, "{}", replay.paths());
        // Three paths of twenty samples each: all are compiled, and soon suit all samples.
        let mut replay = Replay::of(Adaptive, plan.clone());
        (0..30).for_each(|_| assert_adaptive(&mut replay, &three));
        let before = replay.uncompiled();
        (0..4).for_each(|_| assert_adaptive(&mut replay, &three));
        assert_eq!((replay.paths(), replay.uncompiled()), (3, before));
        assert_eq!(replay.counts().get(dualtape::Operation::Unary(dualtape::rules::Unary::Sin)) % 20, 0);
        // One sample at a time, as an optimiser does it.
        let mut replay = Replay::of(Adaptive, plan);
        (0..9).for_each(|_| assert_adaptive(&mut replay, &each[..2]));
        assert_eq!(replay.uncompiled(), 0);
        (0..40).for_each(|_| assert_adaptive(&mut replay, &each[60..62]));
        assert_eq!((replay.paths(), replay.uncompiled() < 30), (2, true), "{}", replay.uncompiled());
    }
}

/// Takes another branch every time that it is run.
struct Restless(std::sync::atomic::AtomicU32);

impl Model for Restless {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let run = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if x[0] > T::constant(f64::from(run % 7)) { x[0] } else { x[0] * T::one() }
    }
}

#[test]
fn a_replay_comes_to_an_end_whatever_the_function_does() {
    let model = Restless(std::sync::atomic::AtomicU32::new(0));
    let mut replay = Replay::of(&model, Plan::new(Derivative::Gradient));
    let samples: Vec<f64> = (0..50).map(f64::from).collect();
    for _ in 0..20 {
        let batch = replay.run(1, &[], &samples).unwrap();
        assert!((0..50).all(|row| (batch.values(row)[0], batch.derivatives(row)[0]) == (row as f64, 1.0)));
    }
}

#[test]
fn a_program_holds_at_the_point_that_it_was_recorded_at() {
    use nalgebra::DMatrix;
    type Function = fn(DMatrix<Traced<f64>>) -> Traced<f64>;
    let functions: [(&str, Function); 5] = [
        ("determinant", |a| a.determinant()),
        ("lu", |a| a.lu().determinant()),
        ("full lu", |a| a.full_piv_lu().determinant()),
        ("qr", |a| a.qr().r().trace()),
        ("svd", |a| a.singular_values().sum()),
    ];
    let mut refused = Vec::new();
    for (seed, k) in (1..30).flat_map(|seed| [(seed, 2), (seed, 3), (seed, 4), (seed, 6)]) {
        // Of rank one, all but the last row or all of them.
        let number = |at: usize| ((at * 7919 + seed * 104_729) % 1000) as f64 / 1000.0 - 0.45;
        let mut x: Vec<f64> = (0..k * k).map(|at| number(at / k) * number(k + at % k)).collect();
        if seed % 2 == 0 {
            (0..k).for_each(|at| x[at * k] = number(2 * k + at));
        }
        for (name, f) in functions {
            let graph = Graph::record(|x| vec![f(DMatrix::from_column_slice(k, k, x))], &x);
            let program = Program::compile(&graph, &Plan::new(Derivative::Gradient)).unwrap();
            for copies in [1, 9] {
                match program.run(&[], &x.repeat(copies)) {
                    Ok(batch) => assert!((batch.values(0)[0] - graph.outputs()[0]).abs() < 1e-12),
                    Err(error) => refused.push(format!("{name} of {k}×{k}, seed {seed}, {copies}: {error}")),
                }
            }
        }
    }
    assert!(refused.is_empty(), "{} refused, the first {}", refused.len(), refused[0]);
}

#[cfg(feature = "serde")]
#[test]
fn guards_of_every_kind_are_stored() {
    let ways = [Way::Usize, Way::U8, Way::Primal, Way::Class];
    for (way, at) in ways.into_iter().flat_map(|way| [(way, 2.5), (way, -300.0), (way, f64::NAN)]) {
        let program = Program::of(&Leaves(way), &[at, 3.0], &Plan::new(Derivative::Gradient)).unwrap();
        let text = serde_json::to_string(&program).unwrap();
        let back: Program = serde_json::from_str(&text).unwrap();
        for x in [2.5, 2.75, -300.0, f64::NAN] {
            let numbers = |program: &Program| program.run(&[], &[x, 3.0]).map(|batch| batch.values(0)[0].to_bits());
            // NaN is not equal to itself, in an error either.
            assert_eq!(format!("{:?}", numbers(&program)), format!("{:?}", numbers(&back)), "{way:?}");
        }
        // An answer to another question is refused.
        let tampered = text.replace(r#""answer":{"Number":"#, r#""answer":{"Order":1,"was":"#);
        let tampered = tampered.replace(r#""answer":"Yes""#, r#""answer":{"Order":1}"#);
        let tampered = tampered.replace(r#""answer":"No""#, r#""answer":{"Order":1}"#);
        assert_ne!(tampered, text);
        assert!(serde_json::from_str::<Program>(&tampered).is_err(), "{tampered}");
    }
    let source = |way, at: f64| {
        Program::of(&Leaves(way), &[at, 3.0], &Plan::new(Derivative::Value)).unwrap().to_rust("f").unwrap()
    };
    assert!(source(Way::U8, 2.5).contains("if x[0].trunc() != 2.0_f64 {"), "{}", source(Way::U8, 2.5));
    assert!(source(Way::U8, 300.0).contains("if x[0].trunc() >= 0.0_f64 && x[0].trunc() < 256.0_f64 {"));
    assert!(source(Way::Primal, 2.5).contains("if x[0].to_bits() != 0x4004000000000000_u64 {"));
    assert!(source(Way::Primal, f64::NAN).contains("if !x[0].is_nan() {"));
}
