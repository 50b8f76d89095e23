//! Functions of three arguments x, y and z.

/// Hands the table to a macro: `ternary_functions!([path::to::macro] [arguments])`.
macro_rules! ternary_functions {
    ([$($callback:tt)*] $arguments:tt) => {
        $($callback)*! { $arguments x y z;
        float {
            /// x·y + z with one rounding. Derivatives y, x and 1.
            mul_add = MulAdd at (0.7, 1.3, -0.4), textbook ["y", "x", "1"], written "x·y + z",
                value x.mul_add(y, z), partials [By(y), By(x), One];
        } }
    };
}
pub(crate) use ternary_functions;
