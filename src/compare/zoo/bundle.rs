//! ADBench's bundle adjustment: cameras and points from pictures, many outputs and a sparse Jacobian.

use super::points::spread;
use crate::compare::family::{About, Family, Size};
use crate::model::{Many, Model};
use crate::number::Scalar;

/// The residuals of a bundle adjustment: for each observation of a point by a camera w·(projection - feature), two numbers,
/// then for each observation 1 - w².
///
/// The inputs: for each camera 11 numbers (a rotation as axis times angle, the centre, the focal length, the principal
/// point, two of radial distortion), for each point 3, for each observation a weight w. A point X is seen at
/// (f·L(|p|²)·p + principal), p = (x/z, y/z) of the rotated X - centre, L(r) = 1 + κ₁·r + κ₂·r². Defined where no point is
/// in a camera's plane, z ≠ 0. Where the angle θ of a rotation is 0, or θ² less than rounding, its second-order
/// expansion stands in, with the right value, first and second derivatives; ADBench has the first-order one, and only
/// where θ² is 0.
///
/// Source: Šrajer, Kukelova, Fitzgibbon, arXiv:1807.10129, section 4.2; the rotation is Rodrigues' formula. The residual
/// has the sign of ADBench's `ba.h`, which is the opposite of the paper's.
#[derive(Clone, Debug)]
pub(super) struct Reprojection {
    cameras: usize,
    points: usize,
    observations: Vec<Observation>,
}

#[derive(Clone, Copy, Debug)]
struct Observation {
    camera: usize,
    point: usize,
    feature: [f64; 2],
}

/// Inputs of a camera.
const CAMERA: usize = 11;

type Vector<T> = [T; 3];

fn dot<T: Scalar>(a: &Vector<T>, b: &Vector<T>) -> T {
    T::dot(a, b)
}

fn cross<T: Scalar>(a: &Vector<T>, b: &Vector<T>) -> Vector<T> {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// `x` rotated about the axis along `rotation` by its length.
pub(super) fn rotated<T: Scalar>(rotation: &Vector<T>, x: &Vector<T>) -> Vector<T> {
    let square = dot(rotation, rotation);
    // Below, the next term of the series is less than rounding, in the value and in the derivatives; powers of 1/θ overflow.
    if square > T::constant(f64::EPSILON) {
        let angle = square.sqrt();
        let inverse = angle.recip();
        let axis = rotation.map(|r| r * inverse);
        // By the half angle: 1 - cos θ cancels near 0, and the derivative of the axis would divide what is lost by θ.
        let (half_sine, half_cosine) = (angle * T::constant(0.5)).sin_cos();
        let twice = half_sine + half_sine;
        let (sine, versine) = (twice * half_cosine, twice * half_sine);
        let cosine = T::one() - versine;
        let along = dot(&axis, x) * versine;
        let side = cross(&axis, x);
        std::array::from_fn(|i| x[i] * cosine + side[i] * sine + axis[i] * along)
    } else {
        let side = cross(rotation, x);
        let bend = cross(rotation, &side);
        std::array::from_fn(|i| x[i] + side[i] + T::constant(0.5) * bend[i])
    }
}

/// Where a camera sees a point.
fn project<T: Scalar>(camera: &[T], point: &[T]) -> [T; 2] {
    let part = |start: usize| -> Vector<T> { std::array::from_fn(|i| camera[start + i]) };
    let (rotation, centre) = (part(0), part(3));
    let (focal, principal, distortion) = (camera[6], &camera[7..9], &camera[9..11]);
    let seen = rotated(&rotation, &std::array::from_fn(|i| point[i] - centre[i]));
    let inverse = seen[2].recip();
    let p = [seen[0] * inverse, seen[1] * inverse];
    let square = T::dot(&p, &p);
    let scale = (T::one() + (distortion[0] + distortion[1] * square) * square) * focal;
    [p[0] * scale + principal[0], p[1] * scale + principal[1]]
}

impl Model for Reprojection {
    type Outputs = Many;
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let (cameras, rest) = x.split_at(CAMERA * self.cameras);
        let (points, weights) = rest.split_at(3 * self.points);
        let mut residuals = Vec::with_capacity(3 * weights.len());
        for (observation, &weight) in self.observations.iter().zip(weights) {
            let camera = &cameras[CAMERA * observation.camera..][..CAMERA];
            let seen = project(camera, &points[3 * observation.point..][..3]);
            let pairs = seen.into_iter().zip(observation.feature);
            residuals.extend(pairs.map(|(seen, feature)| weight * (seen - T::constant(feature))));
        }
        residuals.extend(weights.iter().map(|&weight| T::one() - weight * weight));
        residuals
    }
}

/// Scenes of any size: every point is seen by two cameras, a camera for every eight points.
#[derive(Clone, Copy, Debug)]
pub(super) struct BundleAdjustment;

/// Cameras and points of the smallest scene with at least n inputs.
fn scene(n: usize) -> (f64, f64) {
    let cameras = |points: f64| (points / 8.0).ceil().max(2.0);
    let inputs = |points: f64| CAMERA as f64 * cameras(points) + 5.0 * points;
    // Below by at most one camera's inputs.
    let mut points = ((n as f64 - 3.0 * CAMERA as f64) / (5.0 + CAMERA as f64 / 8.0)).floor().max(1.0);
    while inputs(points) < n as f64 {
        points += (points * f64::EPSILON).max(1.0);
    }
    (cameras(points), points)
}

impl Family for BundleAdjustment {
    type Model = Reprojection;

    fn about(&self) -> About {
        About {
            name: "bundle-adjustment",
            title: "Bundle adjustment as in ADBench: many outputs",
            formula: "w (projection(camera, point) - feature) for each observation, then 1 - w^2",
            inputs: "11 numbers a camera, 3 a point, a weight for each of the two observations of a point",
            domain: "no point in the plane of a camera",
            source: "Srajer, Kukelova, Fitzgibbon, arXiv:1807.10129, section 4.2",
        }
    }

    fn size(&self, n: usize) -> Size {
        let (cameras, points) = scene(n);
        let inputs = CAMERA as f64 * cameras + 5.0 * points;
        Size { inputs, outputs: 6.0 * points, operations: 2.0 * points * 75.0 }
    }

    fn member(&self, n: usize) -> (Reprojection, Vec<f64>) {
        let (cameras, points) = scene(n);
        let (cameras, points) = (cameras as usize, points as usize);
        let features = spread(5, 4 * points, -0.5, 0.5);
        let observation = |i: usize| Observation {
            camera: (i / 2 / 8 + i % 2) % cameras,
            point: i / 2,
            feature: [features[2 * i], features[2 * i + 1]],
        };
        let mut x = Vec::new();
        for camera in 0..cameras {
            x.extend(spread(3 * camera, 3, -0.3, 0.3));
            x.extend(spread(3 * camera + 1, 3, -0.5, 0.5));
            x.extend([1.0, 0.1, -0.1, 0.05, 0.01]);
        }
        for point in 0..points {
            x.extend(spread(2 * point, 2, -1.0, 1.0));
            x.extend(spread(point, 1, 3.0, 6.0));
        }
        x.extend(spread(0, 2 * points, 0.5, 1.5));
        (Reprojection { cameras, points, observations: (0..2 * points).map(observation).collect() }, x)
    }
}

#[cfg(test)]
mod tests {
    use super::rotated;
    use crate::forward::Dual;
    use nalgebra::{Rotation3, Vector3};

    #[test]
    fn rotations_are_those_of_nalgebra() {
        let x = [1.0, -2.0, 0.5];
        for r in [[0.3, -0.2, 0.9], [3.0, 0.1, 0.0], [1e-9, 2e-9, -1e-9], [0.0; 3]] {
            let expected = Rotation3::new(Vector3::from(r)) * Vector3::from(x);
            let found = Vector3::from(rotated(&r, &x));
            assert!((expected - found).norm() <= 4e-16 * 4.0, "{r:?}: {expected} {found}");
        }
    }

    #[test]
    fn no_rotation_has_the_derivative_of_the_cross_product() {
        let x = [1.0, -2.0, 0.5].map(Dual::constant);
        let r = [Dual::variable(0.0), Dual::constant(0.0), Dual::constant(0.0)];
        // d(e₁·t × x)/dt = e₁ × x
        assert_eq!(rotated(&r, &x).map(|y| y.tangent), [0.0, -0.5, -2.0]);
    }

    /// Against the exponential series Σ (r×)ᵏx/k!, differentiated term by term.
    #[test]
    fn derivatives_have_all_digits_at_every_angle() {
        let x = Vector3::new(1.0, -2.0, 0.5);
        let direction = Vector3::new(0.6, -0.48, 0.64);
        let small = [0.0, 1e-300, 1e-160, 1e-155, 1e-20, 1e-12, 1e-9, 1e-8, 1.49e-8, 1.5e-8, 3e-8];
        for angle in small.into_iter().chain([1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0]) {
            let r = direction * angle;
            for j in 0..3 {
                let axis = Vector3::ith(j, 1.0);
                let (mut term, mut derivative, mut expected) = (x, Vector3::zeros(), Vector3::zeros());
                for k in 1..30 {
                    derivative = (axis.cross(&term) + r.cross(&derivative)) / f64::from(k);
                    term = r.cross(&term) / f64::from(k);
                    expected += derivative;
                }
                let seeded = std::array::from_fn(|i| Dual { value: r[i], tangent: axis[i] });
                let found = Vector3::from(rotated(&seeded, &x.map(Dual::constant).into()).map(|y| y.tangent));
                assert!((expected - found).amax() <= 4e-15, "{angle:e} {j}: {expected} {found}");
            }
        }
    }

    #[test]
    fn no_rotation_has_its_second_derivative() {
        let x = [1.0, -2.0, 0.5].map(|x| Dual::constant(Dual::constant(x)));
        let t = Dual { value: Dual::variable(0.0), tangent: Dual::constant(1.0) };
        let zero = Dual::constant(Dual::constant(0.0));
        // d²(exp(e₁×·t)x)/dt² = e₁ × (e₁ × x)
        assert_eq!(rotated(&[t, zero, zero], &x).map(|y| y.tangent.tangent), [0.0, 2.0, -0.5]);
    }
}
