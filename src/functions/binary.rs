//! Functions of two arguments x and y with the value z, of whose derivatives only those that are `wanted` need to be computed.

/// Hands the table to a macro: `binary_functions!([path::to::macro] [arguments])`.
macro_rules! binary_functions {
    ([$($callback:tt)*] $arguments:tt) => {
        $($callback)*! { $arguments x y z wanted;
        operators {
            /// x + y. Derivatives 1 and 1.
            add = Add at (0.7, 1.3), textbook ["1", "1"], written "x + y",
                value x + y, partials (One, One);
            /// x - y. Derivatives 1 and -1.
            sub = Sub at (0.7, 1.3), textbook ["1", "-1"], written "x - y",
                value x - y, partials (One, MinusOne);
            /// x·y. Derivatives y and x.
            mul = Mul at (0.7, 1.3), textbook ["y", "x"], written "x·y",
                value x * y, partials (By(y), By(x));
            /// x/y. Derivatives 1/y and -x/y².
            div = Div at (0.7, 1.3), textbook ["1/y", "-x/y²"], written "x/y",
                value x / y, partials (By(y.recip()), when(wanted[1], || -(z / y)));
            /// Remainder of x/y, with the sign of x. Derivatives 1 and minus the whole quotient.
            rem = Rem at (3.1, 1.3), textbook ["", "-(x - x % y)/y"], written "x % y",
                value x % y, partials remainder(x, y, z, wanted);
        }
        float {
            /// xʸ. Derivatives y·x^(y-1) and xʸ·ln x; the second is NaN for x < 0.
            powf = Powf at (0.7, 1.3), textbook ["y·x^(y - 1)", "x^y·ln(x)"], written "x^y",
                value x.powf(y),
                partials (when(wanted[0], || powf_in_base(x, y)), when(wanted[1], || powf_in_exponent(x, y, z)));
            /// Logarithm to base y. Derivatives 1/(x·ln y) and -ln x/(y·ln² y).
            log = Log at (0.7, 1.3), textbook ["1/(x·ln(y))", "-ln(x)/(y·ln²(y))"],
                value x.log(y), partials logarithm(x, y, z, wanted);
            /// Angle of the point with ordinate `self` and abscissa y, in radians; NaN derivatives at the origin.
            atan2 = Atan2 at (0.7, 1.3), textbook ["y/(x² + y²)", "-x/(x² + y²)"],
                value x.atan2(y), partials atan2(x, y, z);
            /// √(x² + y²). Derivatives x/h and y/h, (0, 0) at the origin.
            hypot = Hypot at (0.7, 1.3), textbook ["x/√(x² + y²)", "y/√(x² + y²)"],
                value x.hypot(y), partials hypot(x, y, z);
            /// The larger one. The derivative follows it, half and half at a tie.
            max = Max at (0.7, 1.3), textbook ["", ""],
                value x.max(y), partials (chosen([y, x], x, y), chosen([x, y], y, x));
            /// The smaller one. The derivative follows it, half and half at a tie.
            min = Min at (0.7, 1.3), textbook ["", ""],
                value x.min(y), partials (chosen([x, y], x, y), chosen([y, x], y, x));
            /// max(x - y, 0), with the kink of `max`.
            abs_sub = AbsSub at (1.3, 0.7), textbook ["", ""],
                value x.abs_sub(y), partials abs_sub(x, y);
            /// |x| with the sign of y. Derivative in x as `abs`, in y 0.
            copysign = Copysign at (0.7, -1.3), textbook ["", ""],
                value x.copysign(y), partials (copysign(x, y), Zero);
        }
        special {
            /// x - y, and 0 between infinities of one sign: how far x lies above y. Derivatives 1 and -1 there too, so that a
            /// shift by the largest number keeps every derivative.
            excess = Excess at (0.7, 1.3), textbook ["1", "-1"],
                value [|x, y| if x == y { 0.0 } else { x - y }], partials (One, MinusOne);
            /// x·y as a product of derivatives: a factor that is zero, with zero derivatives, is a strong zero, whatever
            /// infinity or NaN the other one is.
            strong_zero_mul = StrongZeroMul at (0.7, 1.3), textbook ["y", "x"],
                value [|x, y| {
                    let product = x * y;
                    if (x == 0.0) | (y == 0.0) { 0.0 } else { product }
                }],
                partials (By(y), By(x));
        } }
    };
}
pub(crate) use binary_functions;
