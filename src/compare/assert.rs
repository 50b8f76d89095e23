//! Assertions: that the modes agree and are right.

use super::agree::{Agreement, all_modes};
use super::bound::Bound;
use super::check::{Budget, Entries, First, check};
use super::total::Total;
use crate::graph::{Doubtful, Graph};
use crate::model::{ErrorOf, Model, SingleOutput};
use crate::strict;
use std::fmt;

/// Asserts that forward and reverse mode agree on a [`Model`](crate::Model) at a point, and that extrapolated central differences
/// do not contradict them; returns the [`Agreement`](crate::compare::Agreement).
///
/// With `differences = false` before the message nothing is held against differences: for models whose derivative is
/// meant to be another one, as by `detach`. With `strict = true` no strong zero may have decided a derivative
/// ([`strict`](crate::strict)).
///
/// What every mode found is held against differences. What those cannot decide, beside a pole or a jump or where values are lost in
/// rounding, passes: how many derivatives that are is in [`Agreement::check`](crate::compare::Agreement::check); where neither the
/// modes are held to anything is in [`Agreement::undecided`](crate::compare::Agreement::undecided).
/// Up to 200 inputs are held against differences one by one; of more, 197, spread evenly, and 3 directions that mix all.
///
/// # Panics
///
/// With the [`Disagreement`](crate::compare::Disagreement) or what differences say, the places where a derivative may have been
/// lost, and the message given after the point, if any.
///
/// ```
/// use dualtape::{assert_modes_agree, model};
/// use num_traits::Float;
///
/// fn distance<T: Float>(x: &[T]) -> T {
///     x.iter().fold(T::zero(), |sum, &x| sum + x * x).sqrt()
/// }
///
/// let agreement = assert_modes_agree!(model!(distance), &[3.0, 4.0]);
/// assert_eq!(agreement.value, 5.0);
/// assert!(agreement.largest_ulps <= 2);
///
/// fn half_of_it<T: dualtape::Scalar>(x: &[T]) -> T {
///     x[0] * x[0].detach()
/// }
/// assert_modes_agree!(model!(half_of_it), &[3.0], differences = false);
/// ```
#[macro_export]
macro_rules! assert_modes_agree {
    ($model:expr, $x:expr $(, differences = $differences:expr)? $(, strict = $strict:expr)? $(,)?) => {
        $crate::assert_modes_agree!($model, $x $(, differences = $differences)? $(, strict = $strict)?, "")
    };
    ($model:expr, $x:expr, differences = $differences:expr, strict = $strict:expr, $($message:tt)+) => {
        $crate::compare::assert_agreement(&$model, &$x, [$differences, $strict], ::std::format_args!($($message)+))
    };
    ($model:expr, $x:expr, differences = $differences:expr, $($message:tt)+) => {
        $crate::assert_modes_agree!($model, $x, differences = $differences, strict = false, $($message)+)
    };
    ($model:expr, $x:expr, strict = $strict:expr, $($message:tt)+) => {
        $crate::assert_modes_agree!($model, $x, differences = true, strict = $strict, $($message)+)
    };
    ($model:expr, $x:expr, $($message:tt)+) => {
        $crate::assert_modes_agree!($model, $x, differences = true, strict = false, $($message)+)
    };
}

/// What `assert_modes_agree!` does.
#[doc(hidden)]
#[track_caller]
pub fn assert_agreement<M: Model<Outputs: SingleOutput> + ?Sized>(
    model: &M,
    x: &(impl AsRef<[f64]> + ?Sized),
    [differences, strict]: [bool; 2],
    message: fmt::Arguments<'_>,
) -> Agreement
where
    ErrorOf<M>: fmt::Debug,
{
    let x = x.as_ref();
    let fail = |what: &str, found: &dyn fmt::Display| -> ! {
        panic!("{what} at {x:?}: {found}{}", told(message));
    };
    let model = &Total::at(model, x).unwrap_or_else(|error| failed(&error, x, message));
    let (mut agreement, modes) =
        all_modes(model, x).unwrap_or_else(|disagreement| fail("the modes disagree", &disagreement));
    let mut entries = First { f: |x: &[Bound<f64>]| vec![model.eval(x)], x, outputs: 1, names: &[] };
    let places = || Places(Graph::of(model, x).doubtful().collect());
    if differences {
        let modes = modes.each_ref().map(|(mode, gradient)| (*mode, gradient));
        let check = check(&mut |x| vec![model.eval(x)], x, &modes, Budget::OF_ASSERTIONS, &mut entries);
        if let Some(mismatch) = check.mismatches.first() {
            let found = format!("{mismatch}{}", places());
            let agreed = "the modes agree, and differences contradict them";
            let apart = "the modes agree to what rounding may do, and differences contradict one";
            fail(if mismatch.mode.is_none() { agreed } else { apart }, &found);
        }
        agreement.check = Some(check);
    }
    if strict {
        let vouched = strict::gradient(model, x).1;
        let decided = vouched.iter().zip(&agreement.gradient).position(|(a, b)| a.is_nan() && !b.is_nan());
        if let Some(input) = decided {
            let found = format!("{}{}", entries.name(0, Some(input)), places());
            fail("a strong zero decided a derivative", &found);
        }
    }
    agreement
}

/// A model has no derivatives where it fails.
#[track_caller]
pub(super) fn failed(error: &dyn fmt::Debug, x: &[f64], message: fmt::Arguments<'_>) -> ! {
    panic!("the model fails at {x:?}: {error:?}{}", told(message))
}

/// A message behind an error.
pub(super) fn told(message: fmt::Arguments<'_>) -> String {
    let message = message.to_string();
    if message.is_empty() { message } else { format!(": {message}") }
}

/// Doubtful places at the end of a message.
#[derive(Clone, Debug)]
pub(super) struct Places(pub(super) Vec<Doubtful>);

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 5;
        self.0.iter().take(MOST).try_for_each(|place| write!(f, "; {place}"))?;
        match self.0.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, "; and {more} more such places"),
        }
    }
}
