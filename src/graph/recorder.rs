//! The recording that is going on: where `Traced` numbers write.

use super::graph::{Graph, Node, Step};
use super::guard::{Answer, Guard, Question};
use crate::number::Scalar;
use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

/// A recording by its number, and a node of it.
pub(super) type Place = (u64, u32);

/// A graph in the making.
pub(super) struct Record<T> {
    number: u64,
    pub(super) graph: Graph<T>,
    /// The nodes of plain constants, by their bits: each is recorded once.
    constants: HashMap<u64, u32, BuildHasherDefault<Mixer>>,
}

/// A fast hash of the bits of a constant: nobody chooses them to collide.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u64(&mut self, word: u64) {
        // The upper bits of a number decide, and the lower and the highest of a hash.
        let mixed = (self.0.rotate_left(8) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }
}

thread_local! {
    /// The recordings of this thread, the innermost last.
    static ACTIVE: RefCell<Vec<(TypeId, Box<dyn Any>)>> = const { RefCell::new(Vec::new()) };
}

/// Recordings are numbered through all threads; 0 is none.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Keeps a recording active, and ends it when it goes, in whatever way.
pub(super) struct Recorder {
    pub(super) number: u64,
    depth: usize,
}

impl Recorder {
    pub(super) fn start<T: Scalar>(x: &[T]) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let record = Record { number, graph: Graph::of_inputs(x), constants: HashMap::default() };
        let depth = ACTIVE.with_borrow_mut(|active| {
            active.push((TypeId::of::<T>(), Box::new(record)));
            active.len()
        });
        Self { number, depth }
    }

    /// What was recorded.
    pub(super) fn finish<T: Scalar>(self) -> Record<T> {
        let record = ACTIVE.with_borrow_mut(|active| active.pop().expect("the recording is active").1);
        *record.downcast().expect("recordings end in the reverse order of their start")
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // After `finish` nothing is left of it; after a panic, it and what it enclosed.
        ACTIVE.with_borrow_mut(|active| active.truncate(self.depth - 1));
    }
}

/// Runs `f` on the innermost recording over `T`, if there is one.
pub(super) fn with<T: Scalar, R>(f: impl FnOnce(&mut Record<T>) -> R) -> Option<R> {
    ACTIVE.with_borrow_mut(|active| {
        let (_, record) = active.iter_mut().rev().find(|(id, _)| *id == TypeId::of::<T>())?;
        record.downcast_mut::<Record<T>>().map(f)
    })
}

/// Says that something plain was made of a node.
#[track_caller]
pub(super) fn read<T: Scalar>(recording: u64, node: u32, question: Question, answer: Answer) {
    let found = ACTIVE.with_borrow_mut(|active| {
        let mut records = active.iter_mut().rev().filter_map(|(_, record)| record.downcast_mut::<Record<T>>());
        let record = records.find(|record| record.number == recording)?;
        record.guard(question, [node; 2], answer);
        Some(())
    });
    if found.is_none() {
        stray();
    }
}

/// The end of a number that is used where it means nothing.
#[cold]
#[track_caller]
pub(super) fn stray() -> ! {
    panic!(
        "a Traced number was used outside its recording: it has ended, is an outer one, or goes on on another thread, as \
         where a model computes on several threads; compute on the thread that records, or take its `value()` there to \
         treat it as a plain number"
    )
}

impl<T: Scalar> Record<T> {
    /// Adds an operation.
    pub(super) fn push(&mut self, step: Step, value: T) -> Place {
        let at = u32::try_from(self.graph.nodes.len()).expect("a graph has fewer than 2³² nodes");
        self.graph.nodes.push(Node { step, value });
        (self.number, at)
    }

    /// The node of a number that has a place; a constant has none, and becomes one.
    #[track_caller]
    pub(super) fn node(&mut self, value: T, place: Option<Place>) -> u32 {
        match place {
            Some((recording, node)) if recording == self.number => node,
            Some(_) => stray(),
            // Only a plain float is all in its bits.
            None if T::DEPTH > 0 => self.push(Step::Constant, value).1,
            None => {
                let bits = value.peek().to_bits();
                if let Some(&known) = self.constants.get(&bits) {
                    return known;
                }
                let (_, node) = self.push(Step::Constant, value);
                self.constants.insert(bits, node);
                node
            }
        }
    }

    /// Adds a list of operands, and tells where it is.
    pub(super) fn list(&mut self, nodes: &[u32]) -> std::ops::Range<u32> {
        let position = |at: usize| u32::try_from(at).expect("a graph has fewer than 2³² operands");
        let start = position(self.graph.lists.len());
        self.graph.lists.extend(nodes);
        start..position(self.graph.lists.len())
    }

    /// Adds coefficients, and tells where they start.
    pub(super) fn coefficients(&mut self, coefficients: &[f64]) -> u32 {
        let start = u32::try_from(self.graph.coefficients.len()).expect("a graph has fewer than 2³² coefficients");
        self.graph.coefficients.extend_from_slice(coefficients);
        start
    }

    /// Adds a comparison with its outcome.
    pub(super) fn guard(&mut self, question: Question, operands: [u32; 2], answer: Answer) {
        let at = u32::try_from(self.graph.nodes.len()).expect("a graph has fewer than 2³² nodes");
        self.graph.guards.push(Guard { question, operands, at, answer });
    }
}
