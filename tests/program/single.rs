//! Single samples, whose isomorphic operations are packed: against eight lanes, and against reverse mode.

use super::{Net, assert_close, instruction_sets, rosenbrock, spread};
use dualtape::program::{Derivative, Plan, Program, ProgramError, Replay};
use dualtape::{Many, Model, One, Scalar, reverse};

/// Sums of products of every length up to n, over rows of a triangle; short sums, long sums, functions of all of them.
struct Triangle {
    n: usize,
}

impl Triangle {
    fn inputs(&self) -> usize {
        self.n * (self.n + 3) / 2
    }
}

impl Model for Triangle {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let (x, mut rows) = v.split_at(self.n);
        let mut sum = T::zero();
        for i in 0..self.n {
            let (row, rest) = rows.split_at(i + 1);
            rows = rest;
            let product = row.iter().zip(x).fold(T::constant(0.25), |sum, (&w, &x)| sum + w * x);
            let total = row.iter().fold(T::zero(), |sum, &w| sum + w);
            sum = sum + product.tanh() * total.cos() + product.abs().max(total) + T::hypot(product, total);
        }
        sum / x.iter().fold(T::one(), |sum, &x| sum + x * x)
    }
}

/// A matrix times a column, squared entry by entry: rows in one order and columns in the other.
struct Bilinear {
    rows: usize,
    columns: usize,
}

impl Model for Bilinear {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, v: &[T]) -> Vec<T> {
        let (matrix, x) = v.split_at(self.rows * self.columns);
        let rows = matrix.chunks(self.columns).map(|row| T::dot(row, &x[..self.columns]));
        let columns = (0..self.columns).map(|j| {
            let column: Vec<T> = matrix.iter().skip(j).step_by(self.columns).copied().collect();
            T::dot(&column, &x[self.columns..])
        });
        let total = matrix.iter().fold(T::zero(), |sum, &w| sum + w * w);
        rows.chain(columns).map(|y| y * y).chain([total]).collect()
    }
}

/// A layer with biases, from which the sums of its rows start.
struct Layer {
    rows: usize,
    columns: usize,
}

impl Model for Layer {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let (weights, rest) = v.split_at(self.rows * self.columns);
        let (biases, x) = rest.split_at(self.rows);
        let neuron = |(row, &bias): (&[T], &T)| row.iter().zip(x).fold(bias, |sum, (&w, &x)| sum + w * x).tanh();
        let out: Vec<T> = weights.chunks(self.columns).zip(biases).map(neuron).collect();
        out.iter().zip(1..).fold(T::zero(), |sum, (&y, k)| sum + y * T::constant(f64::from(k)))
    }
}

#[test]
fn rows_that_start_from_biases() {
    for (rows, columns) in [(1, 3), (4, 8), (6, 20), (9, 17), (13, 33), (23, 9)] {
        let layer = Layer { rows, columns };
        let n = rows * columns + rows + columns;
        let v = spread(n, 11);
        let (value, gradient) = reverse::gradient(|v| layer.eval(v), &v);
        for parameters in [0..0, 0..rows * columns, 0..rows * (columns + 1)] {
            for exact in [false, true] {
                for instruction_set in instruction_sets() {
                    let plan = Plan::new(Derivative::Gradient).parameters(parameters.clone()).with_respect_to(0..n);
                    let plan = if exact { plan.exact() } else { plan };
                    let program = Program::of(&layer, &v, &plan.instruction_set(instruction_set)).unwrap();
                    let batch = program.run(&v[parameters.clone()], &v[parameters.end..]).unwrap();
                    assert_close(batch.values(0), &[value], 1e-14, "value");
                    assert_close(batch.derivatives(0), &gradient, 1e-13, "gradient");
                }
            }
        }
    }
}

/// A layer whose weights are sums of two parameters, the derivatives in which are the same number.
struct Doubled {
    rows: usize,
    columns: usize,
}

impl Model for Doubled {
    type Outputs = One;
    fn eval<T: Scalar>(&self, v: &[T]) -> T {
        let count = self.rows * self.columns;
        let (weights, x) = v.split_at(2 * count);
        let weights: Vec<T> = weights[..count].iter().zip(&weights[count..]).map(|(&a, &b)| a + b).collect();
        weights.chunks(self.columns).fold(T::zero(), |sum, row| sum + T::dot(row, x).tanh())
    }
}

/// A regression that keeps its data: features and a target in each row, some numbers more than once.
struct Fit {
    rows: Vec<Vec<f64>>,
}

impl Model for Fit {
    type Outputs = One;
    fn eval<T: Scalar>(&self, w: &[T]) -> T {
        let loss = |row: &Vec<f64>| {
            let rounded: Vec<f64> = row.iter().map(|x| (x * 8.0).round() / 8.0).collect();
            (T::linear_combination(&rounded[..w.len()], w) - T::constant(row[w.len()])).powi(2).exp_m1()
        };
        self.rows.iter().fold(T::zero(), |sum, row| sum + loss(row))
    }
}

/// A single sample, on every instruction set, has the results that eight lanes have: the same bits where results
/// are exact, else the same but for rounding.
fn check<M: Model<Outputs = Many>>(model: &M, x: &[f64], plan: &Plan, direction: &[f64], what: &str) {
    for instruction_set in instruction_sets() {
        for exact in [false, true] {
            let plan = plan.clone().instruction_set(instruction_set);
            let plan = if exact { plan.exact() } else { plan };
            let [single, in_lanes] = [plan.clone(), plan.lanes(8)].map(|plan| {
                let program = Program::of(model, x, &plan).unwrap();
                let p = program.parameter_count();
                // The second run finds what the first one left.
                let shifted: Vec<f64> = x.iter().map(|x| x * 1.01).collect();
                let _ = program.run_along(&shifted[..p], &shifted[p..], direction);
                program.run_along(&x[..p], &x[p..], direction).unwrap()
            });
            assert_eq!(single.rows(), 1);
            let bits = |x: &[f64]| x.iter().map(|x| x.to_bits()).collect::<Vec<u64>>();
            if exact {
                assert_eq!(bits(single.values(0)), bits(in_lanes.values(0)), "{what}, {instruction_set}");
                assert_eq!(bits(single.derivatives(0)), bits(in_lanes.derivatives(0)), "{what}, {instruction_set}");
            } else {
                assert_close(single.values(0), in_lanes.values(0), 1e-13, what);
                assert_close(single.derivatives(0), in_lanes.derivatives(0), 1e-13, what);
            }
        }
    }
}

/// A function of one output as one of several.
struct InList<M>(M);

impl<M: Model<Outputs = One>> Model for InList<M> {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        vec![self.0.eval(x)]
    }
}

#[test]
fn one_sample_is_what_many_are() {
    let gradient = Plan::new(Derivative::Gradient);
    for n in [2, 3, 10, 70, 300] {
        check(&InList(dualtape::model!(rosenbrock)), &spread(n, 5), &gradient, &[], "rosenbrock");
    }
    for n in [1, 5, 9, 24, 40] {
        let triangle = Triangle { n };
        let x = spread(triangle.inputs(), 6);
        check(&InList(&triangle), &x, &gradient, &[], "triangle");
        let direction = spread(x.len(), 7);
        check(&InList(&triangle), &x, &Plan::new(Derivative::Hvp), &direction, "triangle, H·v");
    }
    for (inputs, units) in [(1, 1), (5, 13), (17, 4), (40, 70)] {
        for by_dot in [false, true] {
            let net = Net { inputs, units, by_dot };
            let p = net.parameters();
            let x = spread(p + inputs + 1, 8);
            check(&InList(&net), &x, &gradient, &[], "net");
            check(&InList(&net), &x, &gradient.clone().parameters(0..p).summed(), &[], "net, parameters");
            check(&InList(&net), &x, &Plan::new(Derivative::Value), &[], "net, value");
        }
    }
    let doubled = Doubled { rows: 9, columns: 8 };
    let x = spread(2 * 72 + 8, 13);
    check(&InList(&doubled), &x, &gradient, &[], "doubled");
    check(&InList(&doubled), &x, &gradient.clone().parameters(0..144).summed(), &[], "doubled, parameters");
    for (rows, columns) in [(5, 3), (20, 6), (40, 37)] {
        let data = Fit { rows: spread(rows * (columns + 1), 14).chunks(columns + 1).map(<[f64]>::to_vec).collect() };
        check(&InList(&data), &spread(columns, 15), &gradient, &[], "fit");
    }
    for (rows, columns) in [(1, 6), (4, 4), (9, 21), (66, 35)] {
        let model = Bilinear { rows, columns };
        let x = spread(rows * columns + rows + columns, 9);
        let direction = spread(x.len(), 10);
        check(&model, &x, &Plan::new(Derivative::Jvp), &direction, "bilinear, J·v");
        if rows < 60 {
            check(&model, &x, &Plan::new(Derivative::Jacobian), &[], "bilinear, J");
        }
        let with_parameters = Plan::new(Derivative::Jacobian).parameters(0..rows * columns).outputs([0, rows]);
        check(&model, &x, &with_parameters, &[], "bilinear, parameters");
    }
}

#[test]
fn one_sample_of_single_precision() {
    let net = Net { inputs: 9, units: 20, by_dot: false };
    let n = net.parameters() + 10;
    let x: Vec<f32> = spread(n, 11).into_iter().map(|x| x as f32).collect();
    let (value, expected) = reverse::gradient(|x| net.eval(x), &x);
    for instruction_set in instruction_sets() {
        let plan = Plan::new(Derivative::Gradient).instruction_set(instruction_set);
        let batch = Program::<f32>::of(&net, &x, &plan).unwrap().run(&[], &x).unwrap();
        let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
        assert_close(&wide(batch.values(0)), &[f64::from(value)], 1e-5, "value");
        assert_close(&wide(batch.derivatives(0)), &wide(&expected), 1e-5, "gradient");
    }
}

#[test]
fn infinities_and_nan_appear_where_the_function_produces_them() {
    // Forty terms: a sum whose order is free.
    fn sum<T: Scalar>(x: &[T]) -> T {
        x.iter().fold(T::zero(), |sum, &x| sum + x * T::constant(1e300))
    }
    let program = Program::of(&dualtape::model!(sum), &[1.0; 40], &Plan::new(Derivative::Gradient)).unwrap();
    for bad in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e10, -1e10] {
        for at in [0, 17, 39] {
            let mut x = [1.0; 40];
            x[at] = bad;
            let batch = program.run(&[], &x).unwrap();
            let value: f64 = sum(&x);
            assert!(batch.values(0)[0] == value || value.is_nan() && batch.values(0)[0].is_nan(), "{bad} at {at}");
            assert!(batch.derivatives(0).iter().all(|&partial| partial == 1e300));
        }
    }
    // Partial sums overflow where the order of the function does not.
    fn total<T: Scalar>(x: &[T]) -> T {
        x.iter().fold(T::zero(), |sum, &x| sum + x)
    }
    let program = Program::of(&dualtape::model!(total), &[1.0; 40], &Plan::new(Derivative::Gradient)).unwrap();
    let mut x = [0.0; 40];
    for (i, x) in x.iter_mut().enumerate() {
        *x = if i % 2 == 0 { 1.5e308 } else { -1.5e308 };
    }
    assert_eq!(program.run(&[], &x).unwrap().values(0), [0.0]);
    // A strong zero meets an infinite partial.
    fn singular<T: Scalar>(x: &[T]) -> T {
        x[0].sqrt() * x[1].powi(2)
    }
    let program = Program::of(&dualtape::model!(singular), &[1.0; 2], &Plan::new(Derivative::Gradient)).unwrap();
    assert_eq!(program.run(&[], &[0.0, 0.0]).unwrap().derivatives(0), [0.0, 0.0]);
}

#[test]
fn guards_of_one_sample() {
    let inputs = [1.0, 2.0];
    fn branch<T: Scalar>(x: &[T]) -> T {
        if x[0] < x[1] { x[0] * x[1] } else { x[0] / x[1] }
    }
    let plan = Plan::new(Derivative::Gradient);
    let program = Program::of(&dualtape::model!(branch), &inputs, &plan).unwrap();
    assert_eq!(program.run(&[], &[3.0, 4.0]).unwrap().derivatives(0), [4.0, 3.0]);
    for stale in [[4.0, 3.0], [f64::NAN, 1.0]] {
        let error = program.run(&[], &stale).unwrap_err();
        assert!(matches!(error, ProgramError::Stale { sample: 0, .. }), "{error}");
    }
    let mut replay = Replay::of(dualtape::model!(branch), plan);
    for (x, expected) in [([3.0, 4.0], [4.0, 3.0]), ([4.0, 2.0], [0.5, -1.0]), ([1.0, 2.0], [2.0, 1.0])] {
        assert_eq!(replay.run(2, &[], &x).unwrap().derivatives(0), expected);
    }
    assert_eq!(replay.paths(), 2);
}

#[test]
fn one_program_for_many_threads() {
    let x = spread(50, 12);
    let program = Program::of(&dualtape::model!(rosenbrock), &x, &Plan::new(Derivative::Gradient)).unwrap();
    let expected = program.run(&[], &x).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|_| assert_eq!(program.run(&[], &x).unwrap(), expected)));
        }
    });
}

/// A regression on data that are constants: a matrix times the weights, and the transposed matrix times what is off.
#[test]
fn data_that_are_constants_form_matrices() {
    struct Regression(usize, usize);
    impl Model for Regression {
        type Outputs = One;
        fn eval<T: Scalar>(&self, w: &[T]) -> T {
            let Self(rows, columns) = *self;
            let data = spread(rows * (columns + 1), 7);
            let off = |row: &[f64]| {
                let row: Vec<T> = row.iter().map(|&x| T::constant(x)).collect();
                w.iter().zip(&row).fold(row[columns], |sum, (&w, &x)| sum + w * x)
            };
            data.chunks(columns + 1).map(off).fold(T::zero(), |sum, off| sum + off * off)
        }
    }
    for (rows, columns) in [(3, 4), (8, 8), (9, 20), (20, 9), (33, 17), (64, 32)] {
        let (model, w) = (Regression(rows, columns), spread(columns, 3));
        let (value, gradient) = reverse::gradient(|w| model.eval(w), &w);
        for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
            let batch = Program::of(&model, &w, &plan).unwrap().run(&[], &w).unwrap();
            assert_close(batch.values(0), &[value], 1e-14, "value");
            assert_close(batch.derivatives(0), &gradient, 1e-14, "gradient");
        }
    }
}

/// Dot products without common factors, with a start and without.
#[test]
fn dot_products_side_by_side() {
    struct Rows {
        terms: usize,
        start: bool,
    }
    impl Model for Rows {
        type Outputs = One;
        fn eval<T: Scalar>(&self, v: &[T]) -> T {
            let row = |v: &[T]| {
                let (a, b) = v[1..].split_at(self.terms);
                let products = a.iter().zip(b).map(|(&a, &b)| a * b);
                let first = if self.start { Some(v[0].sin()) } else { None };
                first.into_iter().chain(products).reduce(|sum, term| sum + term).unwrap_or(T::zero())
            };
            v.chunks(2 * self.terms + 1).map(|v| row(v).tanh()).fold(T::zero(), |sum, y| sum + y * y)
        }
    }
    for (rows, terms) in
        [1, 2, 3, 4, 7, 8, 15].into_iter().flat_map(|rows| [1, 3, 16, 17, 40].map(|terms| (rows, terms)))
    {
        for start in [false, true] {
            let (model, x) = (Rows { terms, start }, spread(rows * (2 * terms + 1), 5));
            let (value, gradient) = reverse::gradient(|x| model.eval(x), &x);
            for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
                let program = Program::of(&model, &x, &plan).unwrap();
                let batch = program.run(&[], &x).unwrap();
                assert_close(batch.values(0), &[value], 1e-14, "value");
                assert_close(batch.derivatives(0), &gradient, 1e-14, "gradient");
            }
        }
    }
}

/// A matrix of parameters that are not the first inputs; a sum starts from its bias, or from its first product.
#[test]
fn parameters_behind_the_sample_form_matrices() {
    struct Layer {
        columns: usize,
        biased: bool,
    }
    impl Model for Layer {
        type Outputs = One;
        fn eval<T: Scalar>(&self, v: &[T]) -> T {
            let (x, weights) = v.split_at(self.columns);
            let unit = |w: &[T]| {
                let products = w[1..].iter().zip(x).map(|(&w, &x)| w * x);
                let bias = Some(w[0]).filter(|_| self.biased);
                bias.into_iter().chain(products).reduce(|sum, term| sum + term).unwrap_or(T::zero()).tanh()
            };
            weights.chunks(self.columns + 1).map(unit).fold(T::zero(), |sum, y| sum * T::constant(0.5) + y)
        }
    }
    for (rows, columns) in [(4, 4), (8, 12), (12, 8), (33, 20), (16, 64)] {
        for biased in [false, true] {
            let (model, v) = (Layer { columns, biased }, spread(columns + rows * (columns + 1), 3));
            let (value, gradient) = reverse::gradient(|v| model.eval(v), &v);
            for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
                let program = Program::of(&model, &v, &plan.parameters(columns..v.len())).unwrap();
                let batch = program.run(&v[columns..], &v[..columns]).unwrap();
                assert_close(batch.values(0), &[value], 1e-14, "value");
                assert_close(batch.derivatives(0), &gradient[columns..], 1e-14, "gradient");
            }
        }
    }
}

/// Sums and vector loops that are longer than a chunk.
#[test]
fn a_thousand_numbers_side_by_side() {
    fn long<T: Scalar>(v: &[T]) -> T {
        let from_both_ends = v.iter().zip(v.iter().rev()).fold(T::zero(), |sum, (&a, &b)| sum + a * b);
        let neighbours = v.windows(2).fold(T::one(), |sum, w| sum + w[0].sin() * w[1].tanh());
        let every_third = v.iter().step_by(3).fold(T::zero(), |sum, &x| sum + x.exp());
        from_both_ends.cos() + neighbours.recip() + every_third.ln()
    }
    for n in [255, 257, 1023, 1031] {
        let x: Vec<f64> = spread(n, 3).iter().map(|x| x / 8.0).collect();
        let (value, gradient) = reverse::gradient(long, &x);
        for plan in [Plan::new(Derivative::Gradient), Plan::new(Derivative::Gradient).exact()] {
            let batch = Program::of(&dualtape::model!(long), &x, &plan).unwrap().run(&[], &x).unwrap();
            assert_close(batch.values(0), &[value], 1e-13, "value");
            assert_close(batch.derivatives(0), &gradient, 1e-13, "gradient");
        }
    }
}
