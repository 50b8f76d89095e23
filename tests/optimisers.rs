//! Every solver of argmin that takes derivatives, on models whose least value is known.

#![cfg(feature = "argmin")]

use argmin::core::{CostFunction, Error, Executor, Gradient, Hessian, IterState, Jacobian, Operator, Solver, State};
use argmin::solver::conjugategradient::NonlinearConjugateGradient;
use argmin::solver::conjugategradient::beta::PolakRibiere;
use argmin::solver::gaussnewton::{GaussNewton, GaussNewtonLS};
use argmin::solver::gradientdescent::SteepestDescent;
use argmin::solver::landweber::Landweber;
use argmin::solver::linesearch::condition::ArmijoCondition;
use argmin::solver::linesearch::{BacktrackingLineSearch, HagerZhangLineSearch, MoreThuenteLineSearch};
use argmin::solver::newton::{Newton, NewtonCG};
use argmin::solver::quasinewton::{BFGS, DFP, LBFGS, SR1, SR1TrustRegion};
use argmin::solver::trustregion::{CauchyPoint, Dogleg, Steihaug, TrustRegion};
use argmin_math::{ArgminDot, ArgminEye, ArgminInv, ArgminSub, ArgminTranspose};
use dualtape::argmin::{Matrix, NotFinite, Objective, Place, Singular};
use dualtape::{Mode, Model, One, Real, Scalar, model};
use nalgebra::{DMatrix, DVector, dmatrix};

type Vector = Vec<f64>;
type Search = MoreThuenteLineSearch<Vector, Vector, f64>;
/// What solvers carry that know no second derivatives, and those that do.
type First = IterState<Vector, Vector, (), (), (), f64>;
type Second = IterState<Vector, Vector, (), Matrix, (), f64>;

/// A problem, where to start, and where it is least.
struct Case<O> {
    name: &'static str,
    problem: O,
    start: Vector,
    least: Vector,
}

impl<O> Case<O>
where
    O: CostFunction<Param = Vector, Output = f64> + Gradient<Param = Vector, Gradient = Vector>,
    O: Hessian<Param = Vector, Hessian = Matrix> + Clone,
{
    /// The solver comes so near to the least value, in the iterations that the state allows.
    #[track_caller]
    fn reaches<S: Solver<O, I>, I: State<Param = Vector, Float = f64>>(&self, within: f64, solver: S, state: I) {
        let name = format!("{} of {}", solver.name(), self.name);
        let found = Executor::new(self.problem.clone(), solver).configure(|_| state).run();
        let found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
        let state = found.state();
        let best = state.get_best_param().expect("it has a point");
        let off = best.iter().zip(&self.least).map(|(found, least)| (found - least).abs()).fold(0.0, f64::max);
        assert!(off <= within, "{name}: {best:?} after {} iterations, expected {:?}", state.get_iter(), self.least);
    }

    /// A state that knows no second derivatives.
    fn first(&self, iterations: u64) -> First {
        First::new().param(self.start.clone()).max_iters(iterations)
    }

    /// One that does.
    fn second(&self, iterations: u64) -> Second {
        Second::new().param(self.start.clone()).max_iters(iterations)
    }

    /// One with the identity as the inverse Hessian.
    fn quasi(&self, iterations: u64) -> Second {
        self.second(iterations).inv_hessian(Matrix::identity(self.start.len()))
    }

    /// Quasi-Newton methods keep the approximations that they keep in argmin's own matrices, which can be added and
    /// multiplied. This is all that can be said of SR1 in argmin 0.11: it changes the inverse by the formula for the Hessian
    /// itself, and its directions may lead up.
    fn goes_as_over_vectors_of_vectors(&self) {
        let n = self.start.len();
        let rows: Vec<Vector> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
        let others = || IterState::<Vector, Vector, (), Vec<Vector>, (), f64>::new().param(self.start.clone());
        macro_rules! same {
            ($solver:expr, $iterations:expr) => {{
                let ours = self.quasi($iterations);
                let ours = Executor::new(self.problem.clone(), $solver).configure(|_| ours).run().unwrap();
                let theirs = others().inv_hessian(rows.clone()).max_iters($iterations);
                let theirs = Executor::new(self.problem.clone(), $solver).configure(|_| theirs).run().unwrap();
                let (ours, theirs) = (ours.state().get_best_param().unwrap(), theirs.state().get_best_param().unwrap());
                let off = ours.iter().zip(theirs).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f64::max);
                assert!(off < 1e-9, "{}: {ours:?}, over vectors of vectors {theirs:?}", self.name);
                assert_ne!(*ours, self.start, "{}", self.name);
            }};
        }
        same!(BFGS::new(Search::new()), 8);
        same!(DFP::new(Search::new()), 8);
        same!(SR1::new(Search::new()), 4);
    }

    /// Landweber's method goes by steps of this length times the gradient, so many of them.
    fn every_solver(&self, (length, steps): (f64, u64)) {
        let search = Search::new;
        let steihaug = || Steihaug::new().with_max_iters(20);
        let nearly = |square: f64| self.problem.cost(&self.least).expect("it is finite") + square;

        self.reaches(1e-2, Landweber::new(length), self.first(steps));
        self.reaches(1e-2, SteepestDescent::new(search()), self.first(5_000).target_cost(nearly(1e-8)));
        // Directions are conjugate only where the search is nearly exact, and there is none at the least value.
        let exact = || search().with_c(1e-4, 0.1).expect("they are in order");
        let conjugate = NonlinearConjugateGradient::new(exact(), PolakRibiere::new()).restart_orthogonality(0.1);
        self.reaches(1e-6, conjugate, self.first(300).target_cost(nearly(1e-14)));
        self.reaches(1e-6, LBFGS::new(search(), 5), self.first(60));
        self.reaches(1e-6, LBFGS::new(HagerZhangLineSearch::<Vector, Vector, f64>::new(), 5), self.first(60));

        self.reaches(1e-6, BFGS::new(search()), self.quasi(60));
        self.reaches(1e-6, DFP::new(exact()), self.quasi(200));
        let inverse = self.problem.hessian(&self.start).and_then(|hessian| hessian.inv()).expect("it has an inverse");
        self.reaches(1e-6, BFGS::new(search()), self.second(60).inv_hessian(inverse));
        let sr1 = SR1TrustRegion::new(steihaug()).with_tolerance_grad(1e-9).expect("it is not negative");
        self.reaches(1e-6, sr1, self.second(100));

        self.reaches(1e-12, Newton::new(), self.second(30));
        // argmin 0.11 holds the square of the residual against a bound on the residual: near the least value, its inner
        // iteration ends too early.
        self.reaches(1e-2, NewtonCG::new(search()), self.second(10_000).target_cost(nearly(1e-8)));
        self.reaches(1e-2, TrustRegion::new(CauchyPoint::new()), self.second(20_000).target_cost(nearly(1e-8)));
        // Where the radius is less than the way to Cauchy's point, argmin 0.11 leaves the dogleg, and may stand still.
        let dogleg = TrustRegion::new(Dogleg::new()).with_radius(10.0).expect("it is positive");
        self.reaches(1e-9, dogleg, self.second(60));
        self.reaches(1e-9, TrustRegion::new(steihaug()), self.second(60));
    }
}

/// The mean of the squared errors of a regression.
struct Regression {
    rows: DMatrix<f64>,
    targets: DVector<f64>,
}

impl Model for Regression {
    type Outputs = One;
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let error = |(row, target): (usize, &f64)| {
            let row: Vec<f64> = self.rows.row(row).iter().copied().collect();
            let error = T::linear_combination(&row, x) - T::constant(*target);
            error * error
        };
        let errors: Vec<T> = self.targets.iter().enumerate().map(error).collect();
        <T as Scalar>::sum(&errors) / T::constant(errors.len() as f64)
    }
}

#[test]
fn every_solver_finds_the_floor_of_the_valley() {
    for start in [vec![-1.2, 1.0], vec![1.2, 1.3, 1.5]] {
        let least = vec![1.0; start.len()];
        let valley = model!(|x| {
            x.windows(2).map(|w| (1.0 - w[0]).powi(2) + 100.0 * (w[1] - w[0] * w[0]).powi(2)).sum::<Real<_>>()
        });
        let case = Case { name: "Rosenbrock's function", problem: Objective::new(valley), start, least };
        case.every_solver((1e-3, 40_000));
        case.goes_as_over_vectors_of_vectors();
    }
}

#[test]
fn every_solver_finds_the_least_squares() {
    let a = DMatrix::from_fn(20, 4, |i, j| if j < 3 { ((i * (3 * j + 2)) as f64 + j as f64).sin() } else { 1.0 });
    let b = DVector::from_fn(20, |i, _| 3.0 + a[(i, 0)] - 0.5 * a[(i, 1)] + 0.1 * (5 * i) as f64 % 0.7);
    let start = vec![0.9, -0.4, 0.3, -0.8];
    let model = Regression { rows: a.clone(), targets: b.clone() };
    let least = a.svd(true, true).solve(&b, 1e-12).expect("it has the factors").as_slice().to_vec();
    let case = Case { name: "the regression", problem: Objective::new(model), start, least };
    case.every_solver((0.1, 400));
    case.goes_as_over_vectors_of_vectors();
}

/// Least squares by residuals and their Jacobian: a·exp(b·t) through points of it.
#[test]
fn gauss_newton_takes_residuals() {
    let points: &Vec<(f64, f64)> = &(0..12).map(|i| 0.25 * f64::from(i)).map(|t| (t, 2.5 * (-1.3 * t).exp())).collect();
    let residuals = model!(|x, points: &Vec<(f64, f64)>| -> Vec<_> {
        points.iter().map(|&(t, y)| x[0] * (x[1] * t).exp() - y).collect()
    });
    let near = |x: &Vector| assert!((x[0] - 2.5).abs() < 1e-6 && (x[1] + 1.3).abs() < 1e-6, "{x:?}");
    let modes = [Mode::Forward, Mode::Chunked, Mode::Reverse, Mode::Program].map(|mode| Objective::by(residuals, mode));
    for problem in modes.into_iter().chain([Objective::new(residuals)]) {
        let found = Executor::new(problem.clone(), GaussNewton::new())
            .configure(|state| state.param(vec![2.0, -1.0]).max_iters(20))
            .run()
            .unwrap();
        near(found.state().get_best_param().unwrap());
        let search = BacktrackingLineSearch::new(ArmijoCondition::new(1e-4).unwrap());
        let found = Executor::new(problem, GaussNewtonLS::new(search))
            .configure(|state| state.param(vec![1.0, -0.2]).max_iters(40))
            .run()
            .unwrap();
        near(found.state().get_best_param().unwrap());
    }
}

#[test]
fn residuals_that_are_not_finite_are_an_error() {
    let poles = Objective::new(model!(|x| -> Vec<_> { vec![x[0] + 1.0, x[1].ln()] }));
    let of = |error: Error| *error.downcast_ref::<NotFinite>().expect("it is not finite");
    let residual = of(poles.apply(&vec![1.0, 0.0]).expect_err("ln 0"));
    assert_eq!((residual.place, residual.found), (Place::Residual { entry: 1 }, f64::NEG_INFINITY));
    let derivative = of(poles.jacobian(&vec![1.0, 0.0]).expect_err("1/0"));
    assert_eq!((derivative.place, derivative.found), (Place::Jacobian { entry: (1, 1) }, f64::INFINITY));
    assert_eq!(derivative.to_string(), "entry (1, 1) of the Jacobian: expected a finite number, found inf");
    // What a model says, argmin says.
    let fallible = Objective::new(model!(|x| -> Result<_, String> { Err(format!("nothing at {}", x[0])) }));
    for mode in [Mode::Forward, Mode::Chunked, Mode::Reverse, Mode::Program] {
        let problem = Objective::by(fallible.model(), mode);
        let x = vec![2.0];
        let errors = [
            problem.cost(&x).expect_err("it fails"),
            problem.gradient(&x).expect_err("it fails"),
            problem.hessian(&x).expect_err("it fails"),
            problem.apply(&x).expect_err("it fails"),
            problem.jacobian(&x).expect_err("it fails"),
        ];
        assert!(errors.iter().all(|error| error.to_string() == "nothing at 2"), "{errors:?}");
    }
}

/// One step of Newton's method.
fn newton<O>(problem: O, start: &[f64]) -> Result<Vector, Error>
where
    O: Gradient<Param = Vector, Gradient = Vector> + Hessian<Param = Vector, Hessian = Matrix>,
{
    let state = Second::new().param(start.to_vec()).max_iters(1);
    let found = Executor::new(problem, Newton::new()).configure(|_| state).run()?;
    Ok(found.state().get_param().expect("it has a point").clone())
}

/// Constant along a direction: no step is Newton's.
fn trough<T: Scalar>(x: &[T]) -> T {
    (x[0] * T::constant(0.1) + x[1] * T::constant(0.3) + x[2]).powi(2) + x[2].powi(2)
}

fn ignores_its_first<T: Scalar>(x: &[T]) -> T {
    x[1].powi(2)
}

/// Inputs in very different units, beside which the least pivot is nothing.
fn units<T: Scalar>(x: &[T]) -> T {
    let (far, near) = (x[0] * T::constant(1e-60), x[1] * T::constant(1e70));
    far * far + near * near + far * near + (x[2] - x[0] * T::constant(1e-60)).powi(2)
}

/// The slope along x₁ is infinite where x₁ is 1, times x₀.
fn steep<T: Scalar>(x: &[T]) -> T {
    x[0] * x[0] + x[0] * (x[1] - T::one()).sqrt()
}

#[test]
fn what_newton_cannot_invert_is_an_error() {
    let error = newton(Objective::new(model!(trough)), &[1.0; 3]).expect_err("a combination");
    assert!(matches!(error.downcast_ref(), Some(Singular { column: 1, .. })), "{error}");
    assert_eq!(
        error.to_string(),
        "the matrix has no inverse: its column 1 is a combination of those before it, up to rounding"
    );
    let error = newton(Objective::new(model!(ignores_its_first)), &[1.0; 2]).expect_err("a column of zeros");
    assert_eq!(error.to_string(), "the matrix has no inverse: its column 0 is zero");
    let start = [1e60, 1e-70, 1.0];
    let least = newton(Objective::new(model!(units)), &start).expect("units do not make a matrix singular");
    assert!(least.iter().zip(start).all(|(least, start)| (least / start).abs() < 1e-14), "{least:?}");

    let error = newton(Objective::new(model!(steep)), &[0.0, 1.0]).expect_err("an infinite entry");
    let place = Place::Hessian { entry: (1, 0) };
    assert!(matches!(error.downcast_ref(), Some(NotFinite { place: found, .. }) if *found == place), "{error}");
    assert_eq!(error.to_string(), "entry (1, 0) of the Hessian: expected a finite number, found inf");
}

#[test]
fn a_matrix_is_the_one_of_the_textbook() {
    let a = Matrix(dmatrix![1.0, 2.0; 3.0, 5.0]);
    let b = Matrix::from(dmatrix![0.0, 1.0; -1.0, 2.0]);
    assert_eq!(a.dot(&b), Matrix(dmatrix![-2.0, 5.0; -5.0, 13.0]));
    assert_eq!(a.dot(&vec![1.0, -1.0]), vec![-1.0, -2.0]);
    assert_eq!(a.sub(&b).0, dmatrix![1.0, 1.0; 4.0, 3.0]);
    assert_eq!(a.clone().t()[(0, 1)], 3.0);
    let outer: Matrix = vec![1.0, 2.0].dot(&vec![3.0, 4.0, 5.0]);
    assert_eq!(outer, Matrix(dmatrix![3.0, 4.0, 5.0; 6.0, 8.0, 10.0]));
    assert_eq!((Matrix::eye(2), outer.eye_like().ncols()), (Matrix::identity(2), 3));
    let inverse = a.inv().unwrap();
    assert!((&a.dot(&inverse).0 - DMatrix::identity(2, 2)).amax() < 1e-14, "{inverse:?}");
}

/// For argmin's checkpoints, which hold the Hessian.
#[cfg(feature = "serde")]
#[test]
fn a_matrix_is_written_row_by_row_and_read_back() {
    let matrix = Matrix(dmatrix![1.0, 2.0, f64::INFINITY; 3.0, 5.0, 0.1]);
    let text = serde_json::to_string(&matrix).unwrap();
    assert_eq!(text, r#"[[1.0,2.0,"inf"],[3.0,5.0,0.1]]"#);
    assert_eq!(serde_json::from_str::<Matrix>(&text).unwrap(), matrix);
    let bytes = postcard::to_allocvec(&matrix).unwrap();
    assert_eq!(postcard::from_bytes::<Matrix>(&bytes).unwrap(), matrix);
    let error = serde_json::from_str::<Matrix>("[[1.0, 2.0], [3.0]]").unwrap_err().to_string();
    assert!(error.starts_with("invalid length 1, expected 2 entries, as in the first row"), "{error}");
}
