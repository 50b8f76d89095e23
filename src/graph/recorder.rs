//! The recording that is going on: where [`Traced`] numbers write.

use super::guard::{Answer, Guard, Question};
use super::recording::{Graph, Node, Step};
use super::traced::Traced;
use crate::number::Scalar;
use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

/// A graph in the making.
pub(super) struct Record<T> {
    number: u64,
    nodes: Vec<Node<T>>,
    lists: Vec<u32>,
    coefficients: Vec<f64>,
    guards: Vec<Guard>,
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
pub(super) struct Recorder<T: Scalar> {
    inputs: Vec<Traced<T>>,
    depth: usize,
}

impl<T: Scalar> Recorder<T> {
    pub(super) fn start(x: &[T]) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let position = |at: usize| u32::try_from(at).expect("a graph has fewer than 2³² nodes");
        let input = |(at, &value): (usize, &T)| Node { step: Step::Input(position(at)), value };
        let record = Record {
            number,
            nodes: x.iter().enumerate().map(input).collect(),
            lists: Vec::new(),
            coefficients: Vec::new(),
            guards: Vec::new(),
            constants: HashMap::default(),
        };
        let inputs = x.iter().enumerate().map(|(at, &value)| Traced::at(value, number, position(at))).collect();
        let depth = ACTIVE.with_borrow_mut(|active| {
            active.push((TypeId::of::<T>(), Box::new(record)));
            active.len()
        });
        Self { inputs, depth }
    }

    pub(super) fn inputs(&self) -> &[Traced<T>] {
        &self.inputs
    }

    /// The graph, with these numbers as its outputs.
    #[track_caller]
    pub(super) fn finish(self, outputs: &[Traced<T>]) -> Graph<T> {
        let outputs = outputs.iter().map(|y| with::<T, _>(|record| record.place(y)).expect("the recording is active"));
        let outputs = outputs.collect();
        let record = ACTIVE.with_borrow_mut(|active| active.pop().expect("the recording is active").1);
        let record = *record.downcast::<Record<T>>().expect("recordings end in the reverse order of their start");
        let inputs = self.inputs.len();
        Graph::from_parts(record.nodes, record.lists, record.coefficients, record.guards, inputs, outputs)
    }
}

impl<T: Scalar> Drop for Recorder<T> {
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
        record.answered(question, [node; 2], answer);
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
    pub(super) fn push(&mut self, step: Step, value: T) -> Traced<T> {
        let at = u32::try_from(self.nodes.len()).expect("a graph has fewer than 2³² nodes");
        self.nodes.push(Node { step, value });
        Traced::at(value, self.number, at)
    }

    /// The node of a number; a constant becomes one.
    #[track_caller]
    pub(super) fn place(&mut self, number: &Traced<T>) -> u32 {
        match number.place() {
            Some((recording, node)) if recording == self.number => node,
            Some(_) => stray(),
            None => {
                let value = number.bare();
                // Only a plain float is all in its bits.
                if T::DEPTH > 0 {
                    return self.constant(value);
                }
                let bits = value.peek().to_bits();
                if let Some(&known) = self.constants.get(&bits) {
                    return known;
                }
                let node = self.constant(value);
                self.constants.insert(bits, node);
                node
            }
        }
    }

    fn constant(&mut self, value: T) -> u32 {
        let (_, node) = self.push(Step::Constant, value).place().expect("a recorded number has a place");
        node
    }

    /// Adds a list of operands, and tells where it is.
    #[track_caller]
    pub(super) fn list<'a>(&mut self, numbers: impl Iterator<Item = &'a Traced<T>>) -> std::ops::Range<u32> {
        let places: Vec<u32> = numbers.map(|number| self.place(number)).collect();
        let position = |at: usize| u32::try_from(at).expect("a graph has fewer than 2³² operands");
        let start = position(self.lists.len());
        self.lists.extend(places);
        start..position(self.lists.len())
    }

    /// Adds coefficients, and tells where they start.
    pub(super) fn coefficients(&mut self, coefficients: &[f64]) -> u32 {
        let start = u32::try_from(self.coefficients.len()).expect("a graph has fewer than 2³² coefficients");
        self.coefficients.extend_from_slice(coefficients);
        start
    }

    /// Adds a comparison with its outcome.
    #[track_caller]
    pub(super) fn guard(&mut self, question: Question, a: &Traced<T>, b: &Traced<T>, answer: Answer) {
        let operands = [self.place(a), self.place(b)];
        self.answered(question, operands, answer);
    }

    fn answered(&mut self, question: Question, operands: [u32; 2], answer: Answer) {
        let at = u32::try_from(self.nodes.len()).expect("a graph has fewer than 2³² nodes");
        self.guards.push(Guard { question, operands, at, answer });
    }
}
