//! The rotation that takes one set of points to another, as axis times angle, by Gauss and Newton's method. nalgebra's
//! `Rotation3::new` returns a constant at the angle 0, and its derivatives are lost there: the crate names the place, and
//! Rodrigues' formula by `sinc` has them.

use dualtape::compare::{Options, compare};
use dualtape::graph::{Doubt, Graph};
use dualtape::{Many, Model, Real, Scalar, jacobian, model};
use nalgebra::{DVector, Matrix3, RealField, Rotation3, Vector3};

/// A point, and where it went.
type Pair = (Vector3<f64>, Vector3<f64>);

/// From where the points should be to where they are turned, over any field.
fn misfits<T: RealField + Copy>(turn: impl Fn(Vector3<T>) -> Vector3<T>, pairs: &[Pair]) -> Vec<T> {
    let field = |v: Vector3<f64>| v.map(nalgebra::convert::<f64, T>);
    pairs.iter().flat_map(|&(from, to)| (turn(field(from)) - field(to)).data.0[0]).collect()
}

/// 1 + sinc(θ)·W + ½·sinc²(θ/2)·W² with θ = ‖w‖ and W·v = w × v: nothing is divided by θ, and no branch is taken at 0.
/// there the derivative of the root in θ is infinite, and that of sinc is 0, a strong zero.
fn rotation<T: Scalar>(w: Vector3<Real<T>>) -> Matrix3<Real<T>> {
    let (cross, angle) = (w.cross_matrix(), w.norm());
    let half = (0.5 * angle).sinc();
    Matrix3::identity() + cross * angle.sinc() + cross * cross * (0.5 * half * half)
}

/// Steps of Gauss and Newton from no rotation at all, until they no longer count.
fn gauss_newton(misfits: &impl Model<Outputs = Many>) -> Result<(Vector3<f64>, usize), &'static str> {
    let mut w = Vector3::zeros();
    for step in 1..20 {
        let (r, j) = jacobian(misfits, w.as_slice());
        let normal = (j.transpose() * &j).cholesky().ok_or("JᵀJ has no inverse")?;
        let change: DVector<f64> = normal.solve(&(j.transpose() * DVector::from_vec(r)));
        w -= &change;
        if change.norm() < 1e-12 {
            return Ok((w, step));
        }
    }
    Err("no convergence in 20 steps")
}

fn main() {
    let truth = Vector3::new(0.3, -0.5, 0.8);
    let points = [Vector3::new(1.0, 0.0, 0.0), Vector3::new(0.0, 2.0, 0.5), Vector3::new(-1.0, 1.0, 1.0)];
    let pairs = points.map(|point| (point, Rotation3::new(truth) * point));
    let pairs = &pairs[..];
    let by_nalgebra = model!(|w, pairs: &[Pair]| -> Vec<_> {
        let rotation = Rotation3::new(Vector3::new(w[0], w[1], w[2]));
        misfits(|point| rotation * point, pairs)
    });
    let by_sinc = model!(|w, pairs: &[Pair]| -> Vec<_> {
        let rotation = rotation(Vector3::new(w[0], w[1], w[2]));
        misfits(|point| rotation * point, pairs)
    });

    // Away from 0 both are right, and the same.
    let [a, b] = [jacobian(&by_nalgebra, truth.as_slice()).1, jacobian(&by_sinc, truth.as_slice()).1];
    assert!((a - b).amax() < 1e-14);

    println!("Rotation3::new at 0:");
    assert_eq!(jacobian(&by_nalgebra, &[0.0; 3]).1.amax(), 0.0);
    println!("  the Jacobian is 0; Gauss-Newton: {}", gauss_newton(&by_nalgebra).expect_err("it has no direction"));
    let check = compare(&by_nalgebra, &[0.0; 3], &Options::default()).check.expect("it is small");
    println!("  differences contradict {} of 27 derivatives, such as", check.differing);
    println!("  {}", check.mismatches[0]);
    assert_eq!(check.differing, 12);
    let graph = Graph::of(&by_nalgebra, &[0.0; 3]);
    let tie = graph.ties().next().expect("the angle is compared with 0");
    assert_eq!(tie.inputs.len(), 3);
    println!("  the graph names the place: {} at 0, made of all three inputs", tie.formula);

    println!("\nRodrigues by sinc at 0:");
    let check = compare(&by_sinc, &[0.0; 3], &Options::default()).check.expect("it is small");
    assert!(check.holds() && check.undecided == 0, "{check}");
    println!("  differences contradict no derivative");
    let places: Vec<Doubt> = Graph::of(&by_sinc, &[0.0; 3]).doubtful().map(|it| it.kind).collect();
    assert_eq!(places, [Doubt::StrongZero], "that of the root");
    let (found, steps) = gauss_newton(&by_sinc).expect("it converges");
    println!("  Gauss-Newton: {steps} steps to {:.12?}", found.as_slice());
    assert!((found - truth).norm() < 1e-12, "{found}, expected {truth}");
}

#[test]
fn it_finds_the_rotation() {
    main();
}
