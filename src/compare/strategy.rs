//! The random expressions and points of `quickcheck`, for `proptest`.

use super::arbitrary::{Ordinary, Singular};
use super::expression::Expression;
use proptest::arbitrary::{Arbitrary, any};
use proptest::strategy::{BoxedStrategy, NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use quickcheck::Gen;
use std::fmt::Debug;
use std::marker::PhantomData;

/// Values of a type as `quickcheck` makes them, from a seed that `proptest` draws and stores where a test fails.
#[derive(Debug)]
struct Drawn<T>(PhantomData<fn() -> T>);

/// A value that fails a test, and the simpler ones that `quickcheck` tries in its place.
struct Tree<T> {
    failing: T,
    current: T,
    simpler: Box<dyn Iterator<Item = T>>,
}

impl<T: quickcheck::Arbitrary + Debug> Strategy for Drawn<T> {
    type Tree = Tree<T>;
    type Value = T;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        // Cases have up to 40 operations.
        let value = T::arbitrary(&mut Gen::from_size_and_seed(40, any::<u64>().new_tree(runner)?.current()));
        Ok(Tree { failing: value.clone(), simpler: value.shrink(), current: value })
    }
}

impl<T: quickcheck::Arbitrary + Debug> ValueTree for Tree<T> {
    type Value = T;

    fn current(&self) -> T {
        self.current.clone()
    }

    /// `current` fails.
    fn simplify(&mut self) -> bool {
        self.failing = self.current.clone();
        self.simpler = self.failing.shrink();
        self.complicate()
    }

    /// `current` does not fail.
    fn complicate(&mut self) -> bool {
        let next = self.simpler.next();
        let is_one = next.is_some();
        self.current = next.unwrap_or_else(|| self.failing.clone());
        is_one
    }
}

macro_rules! implement_arbitrary {
    ($($type:ty),*) => {
        $(impl Arbitrary for $type {
            type Parameters = ();
            type Strategy = BoxedStrategy<Self>;

            fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
                Drawn(PhantomData).boxed()
            }
        })*
    };
}
implement_arbitrary!(Ordinary, Singular, Expression);
