//! `Plain<T>`: the float beneath numbers whose derivatives are multiplied plainly.

/// A float that computes as T does, and over which a product of derivatives is the float's own: 0·∞ is NaN.
///
/// Strong zeros cost forward mode up to half its time. A [`Model`](crate::Model) can be run again: it is run over this first, and
/// over T where a derivative comes out NaN. A NaN in a derivative never turns into a number again, so that what comes out without one
/// met none.
#[doc(hidden)]
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Plain<T>(pub(crate) T);
