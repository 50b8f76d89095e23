//! Shortcuts of algorithms that look at values: at zeros, at ones, where nothing is left to do.

use crate::shown::{Lost, first, function, second};
use dualtape::Scalar;
use dualtape::graph::Doubt;
use nalgebra::{
    Complex, ComplexField, DMatrix, DVector, Isometry3, Matrix4, Point3, RealField, Rotation3, UnitQuaternion, Vector3,
    dmatrix,
};
use nalgebra_sparse::{CooMatrix, CsrMatrix};

fn c<T: Scalar>(x: f64) -> T {
    <T as Scalar>::constant(x)
}

function!(AboutAnAxis, |x| {
    let turned = Rotation3::from_axis_angle(&Vector3::z_axis(), x[0]) * Vector3::new(c(1.0), c(0.0), c(0.0));
    turned.iter().copied().collect()
});
function!(AboutAnAxisByAQuaternion, |x| {
    let turned = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), x[0]) * Vector3::new(c(1.0), c(0.0), c(0.0));
    turned.iter().copied().collect()
});
function!(ByAQuaternion, |x| {
    let turned = UnitQuaternion::new(Vector3::new(x[0], x[1], x[2])) * Vector3::new(c(1.0), c(0.0), c(0.0));
    turned.iter().copied().collect()
});
function!(ByARotation, |x| {
    let turned = Rotation3::new(Vector3::new(x[0], x[1], x[2])) * Vector3::new(c(1.0), c(0.0), c(0.0));
    turned.iter().copied().collect()
});
function!(Posed, |x| {
    let (shift, turn) = (Vector3::zeros(), Vector3::new(x[0], x[1], x[2]));
    let moved = Isometry3::new(shift, turn) * Point3::new(c(1.0), c(0.0), c(0.0));
    moved.coords.iter().copied().collect()
});

#[test]
fn rotations_at_the_identity() {
    let about_z: [&[f64]; 3] = [&[0.0], &[1.0], &[0.0]];
    let Lost(_) = first(&AboutAnAxis, &[0.0], &about_z, &[Doubt::Tie]);
    let Lost(_) = second(&AboutAnAxis, (&[0.0], 0), &dmatrix![-1.0], &[Doubt::Tie]);
    let Lost(lost) = first(&AboutAnAxisByAQuaternion, &[0.0], &about_z, &[Doubt::Tie]);
    assert_eq!(lost, 0, "a quaternion about an axis is right");
    let right: [&[f64]; 3] = [&[0.0, 0.0, 0.0], &[0.0, 0.0, 1.0], &[0.0, -1.0, 0.0]];
    let Lost(_) = first(&ByAQuaternion, &[0.0; 3], &right, &[Doubt::BranchOnly]);
    let Lost(_) = first(&ByARotation, &[0.0; 3], &right, &[Doubt::BranchOnly]);
    let Lost(_) = first(&Posed, &[0.0; 3], &right, &[Doubt::BranchOnly]);
}

function!(Determinant, |x| vec![DMatrix::from_row_slice(2, 2, x).lu().determinant()]);
function!(Companion, |x| {
    let (zero, one) = (c(0.0), c(1.0));
    #[rustfmt::skip]
    let matrix = Matrix4::new(
        zero, one, zero, zero,
        zero, zero, one, zero,
        zero, zero, zero, one,
        -x[0], -x[1], -x[2], -x[3],
    );
    vec![DMatrix::from_iterator(4, 4, matrix.iter().copied()).lu().determinant(), matrix.determinant()]
});

#[test]
fn decompositions_of_singular_matrices() {
    let Lost(_) = first(&Determinant, &[0.0, 1.0, 0.0, 1.0], &[&[1.0, 0.0, -1.0, 0.0]], &[Doubt::Tie]);
    let right: &[f64] = &[1.0, 0.0, 0.0, 0.0];
    let Lost(_) = first(&Companion, &[0.0, 2.0, 3.0, 4.0], &[right, right], &[Doubt::Tie]);
}

function!(ComplexRoot, |x| {
    let root = Complex::new(x[0], x[1]).sqrt();
    vec![root.re, root.im]
});
function!(ComplexCubeRoot, |x| {
    let root = Complex::new(x[0], x[1]).cbrt();
    vec![root.re, root.im]
});
function!(ComplexPower, |p| {
    let power = Complex::new(c(0.0), c(2.0)).powf(p[0]);
    vec![power.re, power.im]
});

#[test]
fn complex_roots_and_powers_on_the_axes() {
    // The derivative of √z is 1/(2√z), in the imaginary part i times that.
    let Lost(_) = first(&ComplexRoot, &[4.0, 0.0], &[&[0.25, 0.0], &[0.0, 0.25]], &[Doubt::Tie]);
    let d = 0.125 * 2.0_f64.sqrt();
    let Lost(_) = first(&ComplexRoot, &[0.0, 4.0], &[&[d, d], &[-d, d]], &[Doubt::Tie]);
    let Lost(lost) = first(&ComplexRoot, &[3.0, 4.0], &[&[0.2, 0.1], &[-0.1, 0.2]], &[Doubt::Tie]);
    assert_eq!(lost, 0, "beside the axes they are right");
    let Lost(_) = first(&ComplexCubeRoot, &[8.0, 0.0], &[&[1.0 / 12.0, 0.0], &[0.0, 1.0 / 12.0]], &[Doubt::Tie]);
    let Lost(_) = first(&ComplexPower, &[0.0], &[&[2.0_f64.ln()], &[std::f64::consts::FRAC_PI_2]], &[Doubt::Tie]);
}

function!(SparseFromDense, |t| {
    let dense = DMatrix::from_row_slice(2, 2, &[c(1.0), t[0], t[0], c(1.0)]);
    (&CsrMatrix::from(&dense) * &DVector::from_column_slice(&[c::<T>(1.0), c(2.0)])).as_slice().to_vec()
});
function!(SparseByPushing, |t| {
    let mut matrix = CooMatrix::new(2, 2);
    for (i, j, x) in [(0, 0, c(1.0)), (0, 1, t[0]), (1, 0, t[0]), (1, 1, c(1.0))] {
        matrix.push(i, j, x);
    }
    (&CsrMatrix::from(&matrix) * &DVector::from_column_slice(&[c::<T>(1.0), c(2.0)])).as_slice().to_vec()
});

#[test]
fn sparse_matrices() {
    let right: [&[f64]; 2] = [&[2.0], &[1.0]];
    let Lost(_) = first(&SparseFromDense, &[0.0], &right, &[Doubt::BranchOnly]);
    let Lost(lost) = first(&SparseByPushing, &[0.0], &right, &[Doubt::BranchOnly]);
    assert_eq!(lost, 0, "what is pushed is there");
}

function!(ScaledSum, |x| {
    let matrix = DMatrix::from_element(1, 1, c::<T>(1.0));
    let mut y = DVector::from_element(1, x[0]);
    y.gemv(c(1.0), &matrix, &DVector::from_element(1, c(1.0)), x[1]);
    vec![y[0]]
});
function!(Product, |x| {
    let mut product: T = c(1.0);
    for &x in x {
        product *= x;
        if product == c(0.0) {
            break;
        }
    }
    vec![product]
});

#[test]
fn a_factor_that_is_zero_or_one() {
    let Lost(_) = first(&ScaledSum, &[3.0, 0.0], &[&[0.0, 3.0]], &[Doubt::Tie]);
    let Lost(lost) = first(&Product, &[1.0, 2.0, 0.0, 3.0, 4.0], &[&[0.0, 0.0, 24.0, 0.0, 0.0]], &[Doubt::Tie]);
    assert_eq!(lost, 1, "no library can know what the function leaves out");
}

function!(Newton, |p| {
    let (p, mut x) = (p[0], c::<T>(2.0));
    while ComplexField::abs(x * x - p) > c(1e-12) {
        x = (x + p / x) / c(2.0);
    }
    vec![x]
});
function!(Bisection, |p| {
    let (mut low, mut high) = (c::<T>(0.0), c::<T>(4.0));
    for _ in 0..60 {
        let middle = (low + high) / c(2.0);
        if middle * middle < p[0] {
            low = middle;
        } else {
            high = middle;
        }
    }
    vec![low]
});

#[test]
fn iterations_that_stop_by_value() {
    let Lost(lost) = first(&Newton, &[4.0], &[&[0.25]], &[Doubt::BranchOnly]);
    assert_eq!(lost, 1, "no step was taken");
    let Lost(lost) = first(&Bisection, &[3.0], &[&[0.5 / 3.0_f64.sqrt()]], &[Doubt::BranchOnly]);
    assert_eq!(lost, 1, "the ends are constants");
}

function!(SquareOfALength, |x| {
    let length = ComplexField::hypot(x[0], x[1]);
    vec![length * length]
});
function!(CosineOfAnAbs, |x| vec![ComplexField::cos(ComplexField::abs(x[0]))]);
function!(CubeOfACubeRoot, |x| vec![ComplexField::powi(ComplexField::cbrt(x[0]), 3)]);
function!(SquareOfAnAbs, |x| vec![ComplexField::abs(x[0]) * ComplexField::abs(x[0])]);
function!(AbsOfASquare, |x| vec![ComplexField::abs(-x[0] * x[0])]);
function!(ClippedSquare, |x| vec![RealField::max(x[0] * x[0], c(0.0))]);
// Huber's loss of a line and a point.
function!(Huber, |w| {
    let loss = |x: f64, y: f64| {
        let off = ComplexField::abs(w[0] + w[1] * c(x) - c(y));
        if off < c(1.0) { off * off * c(0.5) } else { off - c(0.5) }
    };
    vec![loss(3.0, 7.0)]
});

#[test]
fn strong_zeros_at_smooth_points() {
    let Lost(_) = first(&CubeOfACubeRoot, &[0.0], &[&[1.0]], &[Doubt::StrongZero]);
    let of_second = &[Doubt::SecondStrongZero];
    let Lost(_) = second(&SquareOfALength, (&[0.0, 0.0], 0), &dmatrix![2.0, 0.0; 0.0, 2.0], of_second);
    let Lost(_) = second(&CosineOfAnAbs, (&[0.0], 0), &dmatrix![-1.0], of_second);
    let Lost(_) = second(&SquareOfAnAbs, (&[0.0], 0), &dmatrix![2.0], of_second);
    let Lost(_) = second(&AbsOfASquare, (&[0.0], 0), &dmatrix![2.0], of_second);
    let Lost(_) = second(&ClippedSquare, (&[0.0], 0), &dmatrix![2.0], of_second);
    // J = (1, 3), and the line w₀ + 3·w₁ passes the point at w = (1, 2).
    let Lost(_) = second(&Huber, (&[1.0, 2.0], 0), &dmatrix![1.0, 3.0; 3.0, 9.0], of_second);
}
