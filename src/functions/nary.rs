//! Functions of any number of arguments.

/// Hands the table to a macro: `nary_functions!([path::to::macro] [arguments])`.
///
/// The arguments are one or two lists, of one length, of numbers (`T`) or constants (`f64`). In `textbook`, `written` and `partial` x is a
/// number of one list and y what stands beside it in the other one; z is the value. Of a sum, `written` and `partial` are those of
/// a term; of anything else `partials` are the derivatives in all the numbers xs.
macro_rules! nary_functions {
    ([$($callback:tt)*] $arguments:tt) => {
        $($callback)*! { $arguments x y xs;
        /// Σ aᵢ·bᵢ, added from left to right and starting from 0: the value is that of the plain loop, bit for bit.
        ///
        /// Reverse mode records the whole sum as one n-ary node, of 24 bytes a term.
        ///
        /// # Panics
        ///
        /// If the slices differ in length.
        dot(a: T, b: T) = Dot, textbook "y", written "x·y",
            value a.iter().zip(b).fold(T::zero(), |sum, (&a, &b)| sum + a * b), partial By(y);
        /// Σ cᵢ·xᵢ for constants c, added from left to right and starting from 0.
        ///
        /// Reverse mode records the whole sum as one n-ary node, of 12 bytes a term.
        ///
        /// # Panics
        ///
        /// If the slices differ in length.
        linear_combination(c: f64, x: T) = LinearCombination, textbook "y", written "y·x",
            value c.iter().zip(x).fold(T::zero(), |sum, (&c, &x)| sum + T::of_plain(c, x, Operator::Mul)), partial By(y);
        /// Σ xᵢ, added from left to right: the value is that of `iter().sum()`, bit for bit.
        ///
        /// Reverse mode records the whole sum as one n-ary node, of 12 bytes a term.
        sum(x: T) = Sum, textbook "1", written "x",
            value x.iter().fold(std::iter::empty::<T>().sum(), |sum, &x| sum + x), partial One;
        /// ln Σ exp(xᵢ), shifted by the largest xᵢ so that nothing overflows; -inf for an empty slice. Its gradient is
        /// the softmax of x, in which arguments at the largest one count as equal even if it is infinite: where k arguments
        /// are +inf, or all k are -inf, each of them has the derivative 1/k.
        log_sum_exp(x: T) = LogSumExp, textbook "exp(x - z)", written "",
            value shifted_log_sum_exp(x), partials softmax(xs);
        }
    };
}
pub(crate) use nary_functions;
