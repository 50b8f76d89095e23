//! Special functions.

use super::exponential::{reduced_sum, scaled};
use super::logarithm::{ln, ln_in_parts};
use super::{clamp, multiply_add, polynomial, upper};
use crate::scalar::digamma::{BERNOULLI, ENOUGH, P, Q, ROOT, SHIFT};

/// erf 1, as its formula near 1 takes it.
const ERF_1: f64 = 8.45062911510467529297e-01;

/// What error functions of x and a small e, which is added to it, are made of.
struct Tails {
    /// Below 0.84375, where `ratio` is erf(x)/x - 1.
    small: bool,
    /// Below 1.25, where `ratio` is erf|x + e| - erf 1, and not small.
    middle: bool,
    ratio: f64,
    /// erfc|x + e| elsewhere.
    far: f64,
}

#[inline(always)]
fn tails<const FUSED: bool>(x: f64, e: f64) -> Tails {
    // Beyond 28 everything has underflowed.
    let size = if x.abs() > 28.0 { 28.0 } else { x.abs() };
    let e = if x < 0.0 { -e } else { e };
    let (small, middle, near) = (size < 0.84375, size < 1.25, size < 1.0 / 0.35);
    let square = size * size;
    let by_square = 1.0 / square;
    let s = (size - 1.0) + e;
    let of_small = polynomial::<FUSED, 5>(
        square,
        [
            1.28379167095512558561e-01,
            -3.25042107247001499370e-01,
            -2.84817495755985104766e-02,
            -5.77027029648944159157e-03,
            -2.37630166566501626084e-05,
        ],
    );
    let under_small = polynomial::<FUSED, 6>(
        square,
        [
            1.0,
            3.97917223959155352819e-01,
            6.50222499887672944485e-02,
            5.08130628187576562776e-03,
            1.32494738004321644526e-04,
            -3.96022827877536812320e-06,
        ],
    );
    let of_middle = polynomial::<FUSED, 7>(
        s,
        [
            -2.36211856075265944077e-03,
            4.14856118683748331666e-01,
            -3.72207876035701323847e-01,
            3.18346619901161753674e-01,
            -1.10894694282396677476e-01,
            3.54783043256182359371e-02,
            -2.16637559486879084300e-03,
        ],
    );
    let under_middle = polynomial::<FUSED, 7>(
        s,
        [
            1.0,
            1.06420880400844228286e-01,
            5.40397917702171048937e-01,
            7.18286544141962662868e-02,
            1.26171219808761642112e-01,
            1.36370839120290507362e-02,
            1.19844998467991074170e-02,
        ],
    );
    let of_near = polynomial::<FUSED, 8>(
        by_square,
        [
            -9.86494403484714822705e-03,
            -6.93858572707181764372e-01,
            -1.05586262253232909814e+01,
            -6.23753324503260060396e+01,
            -1.62396669462573470355e+02,
            -1.84605092906711035994e+02,
            -8.12874355063065934246e+01,
            -9.81432934416914548592e+00,
        ],
    );
    let under_near = polynomial::<FUSED, 9>(
        by_square,
        [
            1.0,
            1.96512716674392571292e+01,
            1.37657754143519042600e+02,
            4.34565877475229228821e+02,
            6.45387271733267880336e+02,
            4.29008140027567833386e+02,
            1.08635005541779435134e+02,
            6.57024977031928170135e+00,
            -6.04244152148580987438e-02,
        ],
    );
    let of_far = polynomial::<FUSED, 7>(
        by_square,
        [
            -9.86494292470009928597e-03,
            -7.99283237680523006574e-01,
            -1.77579549177547519889e+01,
            -1.60636384855821916062e+02,
            -6.37566443368389627722e+02,
            -1.02509513161107724954e+03,
            -4.83519191608651397019e+02,
        ],
    );
    let under_far = polynomial::<FUSED, 8>(
        by_square,
        [
            1.0,
            3.03380607434824582924e+01,
            3.25792512996573918826e+02,
            1.53672958608443695994e+03,
            3.19985821950859553908e+03,
            2.55305040643316442583e+03,
            4.74528541206955367215e+02,
            -2.24409524465858183362e+01,
        ],
    );
    let (p, q) = if near { (of_near, under_near) } else { (of_far, under_far) };
    let (p, q) = if middle { (of_middle, under_middle) } else { (p, q) };
    let (p, q) = if small { (of_small, under_small) } else { (p, q) };
    let ratio = p / q;
    // exp(-x²) with the square of a short number, which is exact, and what that lacks.
    let short = upper(size);
    let exponent = -short * short - 0.5625;
    let rest = (short - size) * (short + size) + (ratio - 2.0 * size * e);
    let sum = exponent + rest;
    let (k, m) = reduced_sum::<FUSED>(sum, (exponent - sum) + rest);
    Tails { small, middle, ratio, far: scaled((1.0 + m) / size, k) }
}

/// The error function.
#[inline(always)]
pub(in super::super) fn erf<const FUSED: bool>(x: f64) -> f64 {
    let Tails { small, middle, ratio, far } = tails::<FUSED>(x, 0.0);
    let y = if middle { ERF_1 + ratio } else { 1.0 - far };
    if small { multiply_add::<FUSED>(x, ratio, x) } else { y.copysign(x) }
}

/// 1 - erf(x + e) for an e that is small beside x.
#[inline(always)]
fn erfc_of_sum<const FUSED: bool>(x: f64, e: f64) -> f64 {
    let Tails { small, middle, ratio, far } = tails::<FUSED>(x, e);
    // The derivative of erf, by the first terms of its series.
    let z = x * x;
    let derivative = std::f64::consts::FRAC_2_SQRT_PI * (1.0 - z * (1.0 - z * (0.5 - z * (1.0 / 6.0))));
    let beyond = multiply_add::<FUSED>(x, ratio, derivative * e);
    let of_small = if x < 0.25 { 1.0 - (x + beyond) } else { 0.5 - ((x - 0.5) + beyond) };
    let y = if middle { (1.0 - ERF_1) - ratio } else { far };
    let y = if x < 0.0 { 2.0 - y } else { y };
    if small { of_small } else { y }
}

/// The complementary error function.
#[inline(always)]
pub(in super::super) fn erfc<const FUSED: bool>(x: f64) -> f64 {
    erfc_of_sum::<FUSED>(x, 0.0)
}

/// The cumulative distribution function of the standard normal distribution.
#[inline(always)]
pub(in super::super) fn norm_cdf<const FUSED: bool>(x: f64) -> f64 {
    use std::f64::consts::FRAC_1_SQRT_2;
    // What 1/√2 lacks, and the upper half of its bits.
    const REST: f64 = -4.833_646_656_726_457e-17;
    const UPPER: f64 = f64::from_bits(0x3fe6_a09e_0000_0000);
    // Beyond 40 it is 0 or 1, and no product overflows.
    let x = clamp(x, -40.0, 40.0);
    let z = -x * FRAC_1_SQRT_2;
    let high = upper(x);
    let (a, b) = (high * UPPER, (x - high) * UPPER + x * (FRAC_1_SQRT_2 - UPPER));
    let e = -((a + z) + b + x * REST);
    0.5 * erfc_of_sum::<FUSED>(z, e)
}

/// ln Γ(x) for x above 0.
#[inline(always)]
pub(in super::super) fn ln_gamma<const FUSED: bool>(x: f64) -> f64 {
    /// The least value of Γ above 0 is at this x; its logarithm is `LEAST` less `LACK`.
    const AT_LEAST: f64 = 1.46163214496836224576e+00;
    const LEAST: f64 = -1.21486290535849611461e-01;
    const LACK: f64 = -3.63867699703950536541e-18;
    let (below, under_2, under_8) = (x < 0.9, x < 2.0, x < 8.0);
    // Up to 2: ln Γ(1 + v), by formulas around its three zeros and extremes, less ln x where x is v.
    let v = if below { x } else { x - 1.0 };
    let y = 1.0 - v;
    let z = y * y;
    let even = polynomial::<FUSED, 6>(
        z,
        [
            7.72156649015328655494e-02,
            6.73523010531292681824e-02,
            7.38555086081402883957e-03,
            1.19270763183362067845e-03,
            2.20862790713908385557e-04,
            2.52144565451257326939e-05,
        ],
    );
    let odd = z * polynomial::<FUSED, 6>(
        z,
        [
            3.22467033424113591611e-01,
            2.05808084325167332806e-02,
            2.89051383673415629091e-03,
            5.10069792153511336608e-04,
            1.08011567247583939954e-04,
            4.48640949618915160150e-05,
        ],
    );
    let near_2 = multiply_add::<FUSED>(y, even, odd) - 0.5 * y;
    let y = v - (AT_LEAST - 1.0);
    let z = y * y;
    let w = z * y;
    let first = polynomial::<FUSED, 5>(
        w,
        [
            4.83836122723810047042e-01,
            -3.27885410759859649565e-02,
            6.10053870246291332635e-03,
            -1.40346469989232843813e-03,
            3.15632070903625950361e-04,
        ],
    );
    let second = polynomial::<FUSED, 5>(
        w,
        [
            -1.47587722994593911752e-01,
            1.79706750811820387126e-02,
            -3.68452016781138256760e-03,
            8.81081882437654011382e-04,
            -3.12754168375120860518e-04,
        ],
    );
    let third = polynomial::<FUSED, 5>(
        w,
        [
            6.46249402391333854778e-02,
            -1.03142241298341437450e-02,
            2.25964780900612472250e-03,
            -5.38595305356740546715e-04,
            3.35529192635519073543e-04,
        ],
    );
    let near_least = LEAST + (z * first - (LACK - w * multiply_add::<FUSED>(y, third, second)));
    let of_1 = polynomial::<FUSED, 6>(
        v,
        [
            -7.72156649015328655494e-02,
            6.32827064025093366517e-01,
            1.45492250137234768737e+00,
            9.77717527963372745603e-01,
            2.28963728064692451092e-01,
            1.33810918536787660377e-02,
        ],
    );
    let under_1 = polynomial::<FUSED, 6>(
        v,
        [
            1.0,
            2.45597793713041134822e+00,
            2.12848976379893395361e+00,
            7.69285150456672783825e-01,
            1.04222645593369134254e-01,
            3.21709242282423911810e-03,
        ],
    );
    // From 2 to 8: ln Γ(2 + y) for the fraction y of x, and the logarithm of what Γ is multiplied by up to x.
    let from = |n: f64| if x < n { 0.0 } else { 1.0 };
    let whole = 2.0 + from(3.0) + from(4.0) + from(5.0) + from(6.0) + from(7.0);
    let fraction = x - whole;
    let factor = |n: f64| if x < n { 1.0 } else { fraction + (n - 1.0) };
    let product = factor(3.0) * factor(4.0) * factor(5.0) * (factor(6.0) * factor(7.0));
    let of_2 = polynomial::<FUSED, 7>(
        fraction,
        [
            -7.72156649015328655494e-02,
            2.14982415960608852501e-01,
            3.25778796408930981787e-01,
            1.46350472652464452805e-01,
            2.66422703033638609560e-02,
            1.84028451407337715652e-03,
            3.19475326584100867617e-05,
        ],
    );
    let under_above_2 = polynomial::<FUSED, 7>(
        fraction,
        [
            1.0,
            1.39200533467621045958e+00,
            7.21935547567138069525e-01,
            1.71933865632803078993e-01,
            1.86459191715652901344e-02,
            7.77942496381893596434e-04,
            7.32668430744625636189e-06,
        ],
    );
    let y = if under_2 { v } else { fraction };
    let (p, q) = if under_2 { (of_1, under_1) } else { (of_2, under_above_2) };
    let rational = y * p / q;
    let (high, low) = ln_in_parts::<FUSED>(if under_2 | !under_8 { x } else { product });
    // From 8 on, Stirling's series.
    let r = 1.0 / x;
    let stirling = multiply_add::<FUSED>(
        r,
        polynomial::<FUSED, 6>(
            r * r,
            [
                8.33333333333329678849e-02,
                -2.77777777728775536470e-03,
                7.93650558643019558500e-04,
                -5.95187557450339963135e-04,
                8.36339918996282139126e-04,
                -1.63092934096575273989e-03,
            ],
        ),
        4.18938533204672725052e-01,
    );
    let less = (high - 1.0) + low;
    let large = multiply_add::<FUSED>(x - 0.5, less, stirling);
    let middle = (rational + 0.5 * fraction) + low + high;
    let y = rational - 0.5 * v;
    let y = if v < 0.231_632_1 { y } else { near_least };
    let y = if v < 0.731_632_1 { y } else { near_2 };
    // ln Γ(1) is no -0.
    let y = if below { (y - low) - high } else { y + 0.0 };
    let y = if under_2 { y } else { middle };
    if under_8 { y } else { large }
}

/// ψ(x) for x above 0.
#[inline(always)]
pub(in super::super) fn digamma<const FUSED: bool>(x: f64) -> f64 {
    // x is 1 + y, or y itself with a step up.
    let below = x < 1.0;
    let mut y = if below { x } else { x - 1.0 };
    // The sum of what some steps down add, as one quotient.
    let mut steps = |most: usize| {
        let (mut p, mut q) = (0.0, 1.0);
        for _ in 0..most {
            let far = y > 1.0;
            (p, q) = if far { (multiply_add::<FUSED>(p, y, q), q * y) } else { (p, q) };
            y = if far { y - 1.0 } else { y };
        }
        p / q
    };
    let (first, second) = (steps(3), steps(2));
    let off = ((y - (ROOT[0] - 1.0)) - ROOT[1]) - ROOT[2];
    let rational = polynomial::<FUSED, 6>(y, P) / polynomial::<FUSED, 7>(y, Q);
    let near = multiply_add::<FUSED>(off, rational - SHIFT, off);
    let r = 1.0 / x;
    let small = if below { near - r } else { first + (second + near) };
    let square = r * r;
    let series = square * polynomial::<FUSED, 11>(square, BERNOULLI);
    let large = ln::<FUSED>(x) - multiply_add::<FUSED>(0.5, r, series);
    if x < ENOUGH { small } else { large }
}
