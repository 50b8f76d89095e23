//! `Tape<T>` for explicit use, and the adjoints that a sweep over it gives.

use super::recording::{self, Position, Recording};
use super::sparing::{is_one, product};
use super::store::{NaryNode, Node, Slot, index_of};
use super::sweep::sweep;
use super::var::Var;
use crate::number::Scalar;

/// A tape that the caller keeps: record, sweep, rewind, sweep again.
///
/// The operators of [`reverse`](super) manage one for you; keep one yourself to sweep several outputs of one
/// recording, to look at what was recorded, or to give the memory of a part back.
///
/// A tape belongs to its thread and is active while it exists. Tapes over one scalar type nest as a stack: one that is
/// started later is the active one until it is dropped, and they are dropped in the reverse order.
///
/// ```
/// use dualtape::Tape;
///
/// let tape = Tape::new();
/// let (a, b) = (tape.var(2.0), tape.var(3.0));
/// let (sum, product) = (a + b, a * b);
/// assert_eq!(tape.len(), 2);
/// assert_eq!(sum.backward().wrt_all(&[a, b]), [1.0, 1.0]);
/// assert_eq!(product.backward().wrt_all(&[a, b]), [3.0, 2.0]);
/// ```
pub struct Tape<T: Scalar = f64> {
    recording: Recording<T>,
}

/// A position on a tape, from [`Tape::mark`].
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    position: Position,
}

impl<T: Scalar> Tape<T> {
    /// Starts an empty tape, which becomes the active one of this thread for `T`.
    #[must_use]
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "starting a tape has an effect, which a default must not have")]
    pub fn new() -> Self {
        Self { recording: Recording::start(0, true) }
    }

    /// An input: a number to differentiate by.
    ///
    /// # Panics
    ///
    /// If a tape started after this one is still in use.
    #[must_use]
    #[track_caller]
    pub fn var(&self, value: T) -> Var<T> {
        Var::input(value, self.recording.add_input(value))
    }

    /// An input for each value.
    ///
    /// # Panics
    ///
    /// If a tape started after this one is still in use.
    #[must_use]
    #[track_caller]
    pub fn vars(&self, values: &[T]) -> Vec<Var<T>> {
        values.iter().map(|&value| self.var(value)).collect()
    }

    /// How many nodes are recorded: one for each join of two numbers (over plain floats by partials that are not 0) and each term of a dot product, half as many as terms for
    /// another sum, and one for an input that was made after a join.
    #[must_use]
    pub fn len(&self) -> usize {
        self.recording.size().0
    }

    /// Whether nothing is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes the recording takes: 24 a node for `f64`, 8 more for a sum of many terms. The sweep needs one
    /// adjoint for each node and input besides.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let (nodes, nary_nodes) = self.recording.size();
        nodes * size_of::<Node<T>>() + nary_nodes * size_of::<NaryNode>()
    }

    /// The derivatives of Σ wᵢ·yᵢ in every input, in one sweep: a row of wᵀ·J.
    ///
    /// # Panics
    ///
    /// If an output is not on this tape, or a tape started after this one is still in use.
    ///
    /// ```
    /// use dualtape::Tape;
    ///
    /// let tape = Tape::new();
    /// let x = tape.vars(&[2.0, 3.0]);
    /// let (sum, product) = (x[0] + x[1], x[0] * x[1]);
    /// assert_eq!(tape.sweep(&[(sum, 10.0), (product, 1.0)]).wrt_all(&x), [13.0, 12.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sweep(&self, outputs: &[(Var<T>, T)]) -> Adjoints<T> {
        for (y, _) in outputs {
            self.recording.check_slot(y.slot);
        }
        backward(outputs)
    }

    /// A position to come back to with [`Tape::rewind`].
    ///
    /// # Panics
    ///
    /// If a tape started after this one is still in use.
    #[must_use]
    #[track_caller]
    pub fn mark(&self) -> Mark {
        Mark { position: self.recording.position() }
    }

    /// Forgets what was recorded, and which inputs were made, since the mark. Numbers from before stay valid, and so
    /// does what was computed from one of them alone, which recorded nothing; using any other later one panics.
    ///
    /// # Panics
    ///
    /// If the tape was rewound past the mark already, the mark is another tape's, or a tape started after this one is
    /// still in use.
    ///
    /// ```
    /// use dualtape::Tape;
    ///
    /// let tape = Tape::new();
    /// let w = tape.var(0.5);
    /// let start = tape.mark();
    /// let mut derivative = 0.0;
    /// for sample in [1.0, 2.0, 3.0] {
    ///     let x = tape.var(sample);
    ///     derivative += (w * x).sin().backward().wrt(w);
    ///     tape.rewind(start);
    /// }
    /// assert_eq!(tape.len(), 0);
    /// assert_eq!(derivative, 0.5_f64.cos() + 2.0 * 1.0_f64.cos() + 3.0 * 1.5_f64.cos());
    /// ```
    #[track_caller]
    pub fn rewind(&self, mark: Mark) {
        self.recording.rewind(mark.position);
    }
}

/// What a sweep found: the derivative of the output in each input of the tape.
#[derive(Clone, Debug)]
pub struct Adjoints<T> {
    /// The inputs in order of their indices: slot, value, derivative.
    inputs: Vec<(Slot, T, T)>,
}

impl<T: Scalar> Adjoints<T> {
    /// The derivative in one input; 0 in a constant.
    ///
    /// # Panics
    ///
    /// If `x` is not an input of the tape as it was when the sweep ran, but a number computed from inputs: make it an
    /// input with [`Tape::var`] to differentiate by it.
    #[must_use]
    #[track_caller]
    pub fn wrt(&self, x: Var<T>) -> T {
        if x.is_constant() {
            return T::zero();
        }
        let found = self.inputs.binary_search_by_key(&index_of(x.slot), |&(slot, ..)| index_of(slot));
        match found.map(|at| self.inputs[at]) {
            Ok((slot, value, adjoint)) if slot == x.slot && is_one(&x.partial) && has_value_of(value, x.value()) => {
                adjoint
            }
            _ => panic!(
                "expected an input of the swept tape, found a Var that was computed, or is an input of another tape: \
                 make it an input with `Tape::var` before the sweep"
            ),
        }
    }

    /// The derivatives in several inputs.
    ///
    /// # Panics
    ///
    /// As [`Adjoints::wrt`].
    #[must_use]
    #[track_caller]
    pub fn wrt_all(&self, x: &[Var<T>]) -> Vec<T> {
        x.iter().map(|&x| self.wrt(x)).collect()
    }
}

/// Whether two values are one; a recording holds the answer, where it may be another one elsewhere.
fn has_value_of<T: Scalar>(a: T, b: T) -> bool {
    if T::RECORDS {
        if a.is_same(&b) {
            return true;
        }
        let is_nan = |x: T| !x.value_equal(&x);
        return a.value_equal(&b) || is_nan(a) && is_nan(b);
    }
    a.peek().to_bits() == b.peek().to_bits()
}

impl<T: Scalar> Var<T> {
    /// The derivatives of this number in every input of the active [`Tape`](super::Tape), in one sweep.
    ///
    /// The recording stays: several outputs of one recording are swept one by one.
    ///
    /// # Panics
    ///
    /// If no [`Tape`](super::Tape) is active on this thread, or this number is not on it.
    ///
    /// ```
    /// use dualtape::Tape;
    ///
    /// let tape = Tape::new();
    /// let x = tape.var(3.0);
    /// let y = tape.var(5.0);
    /// let z = x * y + x.sin();
    /// let adjoints = z.backward();
    /// assert_eq!(adjoints.wrt(x), 5.0 + 3.0_f64.cos());
    /// assert_eq!(adjoints.wrt(y), 3.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn backward(self) -> Adjoints<T> {
        backward(&[(self, T::one())])
    }
}

/// Sweeps the active tape, which must be an explicit one.
#[track_caller]
fn backward<T: Scalar>(outputs: &[(Var<T>, T)]) -> Adjoints<T> {
    let slots = outputs.iter().map(|(y, _)| y.slot);
    let seeds: Vec<(Slot, T)> =
        outputs.iter().map(|&(y, weight)| (y.slot, product(weight, y.partial, T::strong_zero_mul))).collect();
    recording::sweep_explicit(slots, |tape, adjoints, inputs| {
        let indices = inputs.iter().map(|&(slot, _)| index_of(slot) as usize);
        let late: Vec<usize> = indices.filter(|&index| index > tape.leading).collect();
        let found = sweep(&tape, &seeds, adjoints, &late);
        let derivatives = inputs.iter().map(|&(slot, value)| (slot, value, found[index_of(slot) as usize]));
        Adjoints { inputs: derivatives.collect() }
    })
}
