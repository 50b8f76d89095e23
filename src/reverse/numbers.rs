//! Numbers for tapes: no two live tapes of the process share one.
//!
//! Threads take numbers in blocks, so that starting a tape touches nothing shared. When all numbers were given out
//! they come round again, except for blocks that hold a live one: a gradient a microsecond uses up 2³² numbers in 71
//! minutes, and a tape may live for longer.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// How many numbers a block has, as a power of two.
const BLOCK_BITS: u32 = 12;

/// The blocks that some thread takes numbers from, or that hold the number of a live tape.
pub(super) struct Blocks {
    next: u32,
    count: u32,
    held: BTreeSet<u32>,
}

impl Blocks {
    pub(super) const fn new(count: u32) -> Self {
        Self { next: 0, count, held: BTreeSet::new() }
    }

    /// The next block that nobody holds.
    pub(super) fn acquire(&mut self) -> u32 {
        assert!(
            self.held.len() < self.count as usize,
            "every block of tape numbers is in use: more than {} threads record or hold tapes at once",
            self.count
        );
        loop {
            let block = self.next;
            self.next = (self.next + 1) % self.count;
            if self.held.insert(block) {
                return block;
            }
        }
    }

    /// The next one, but for block 0: its first number means "no tape".
    fn acquire_but_first(&mut self) -> u32 {
        let block = self.acquire();
        if block > 0 {
            return block;
        }
        let next = self.acquire();
        self.release(block);
        next
    }

    pub(super) fn release(&mut self, block: u32) {
        self.held.remove(&block);
    }
}

static BLOCKS: Mutex<Blocks> = Mutex::new(Blocks::new(1 << (32 - BLOCK_BITS)));

fn with_blocks<R>(f: impl FnOnce(&mut Blocks) -> R) -> R {
    f(&mut BLOCKS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The numbers of one thread.
struct Numbers {
    /// The block that numbers are taken from, `NO_BLOCK` at first.
    block: Cell<u32>,
    /// The next number of the block.
    next: Cell<u32>,
    /// How many numbers of the block are still to be given out.
    left: Cell<u32>,
    /// How many numbers of the block are in use.
    live: Cell<u32>,
    /// Earlier blocks with numbers in use, and how many.
    earlier: RefCell<Vec<(u32, u32)>>,
}

const NO_BLOCK: u32 = u32::MAX;

impl Drop for Numbers {
    fn drop(&mut self) {
        with_blocks(|blocks| {
            blocks.release(self.block.get());
            for &(block, _) in self.earlier.borrow().iter() {
                blocks.release(block);
            }
        });
    }
}

thread_local! {
    static NUMBERS: Numbers = const {
        Numbers {
            block: Cell::new(NO_BLOCK),
            next: Cell::new(0),
            left: Cell::new(0),
            live: Cell::new(0),
            earlier: RefCell::new(Vec::new()),
        }
    };
}

/// A number that no live tape has; never 0.
#[inline]
pub(super) fn take() -> u32 {
    let taken = NUMBERS.try_with(|numbers| {
        if numbers.left.get() == 0 {
            numbers.change_block();
        }
        let number = numbers.next.get();
        numbers.next.set(number.wrapping_add(1));
        numbers.left.set(numbers.left.get() - 1);
        numbers.live.set(numbers.live.get() + 1);
        number
    });
    taken.unwrap_or_else(|_| take_at_exit())
}

/// Says that a number is no longer in use.
#[inline]
pub(super) fn give_back(number: u32) {
    let given = NUMBERS.try_with(|numbers| {
        if number >> BLOCK_BITS == numbers.block.get() {
            numbers.live.set(numbers.live.get() - 1);
        } else {
            numbers.give_back_earlier(number >> BLOCK_BITS);
        }
    });
    // The others were given back when the thread's numbers went.
    if given.is_err() && number.is_multiple_of(1 << BLOCK_BITS) {
        with_blocks(|blocks| blocks.release(number >> BLOCK_BITS));
    }
}

/// For a tape that is started by a destructor of a thread whose own numbers are gone: the first number of a block that
/// it has for itself, which is given out in no other way.
#[cold]
fn take_at_exit() -> u32 {
    with_blocks(Blocks::acquire_but_first) << BLOCK_BITS
}

impl Numbers {
    #[cold]
    fn change_block(&self) {
        let old = self.block.get();
        let new = with_blocks(|blocks| {
            if self.live.get() == 0 {
                blocks.release(old);
            } else {
                self.earlier.borrow_mut().push((old, self.live.get()));
            }
            blocks.acquire()
        });
        self.block.set(new);
        self.next.set((new << BLOCK_BITS) + 1);
        self.left.set((1 << BLOCK_BITS) - 1);
        self.live.set(0);
    }

    #[cold]
    fn give_back_earlier(&self, block: u32) {
        let mut earlier = self.earlier.borrow_mut();
        let Some(at) = earlier.iter().position(|&(b, _)| b == block) else { return };
        earlier[at].1 -= 1;
        if earlier[at].1 == 0 {
            earlier.swap_remove(at);
            with_blocks(|blocks| blocks.release(block));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_round_and_skip_the_held() {
        let mut blocks = Blocks::new(4);
        assert_eq!([blocks.acquire(), blocks.acquire(), blocks.acquire()], [0, 1, 2]);
        blocks.release(0);
        blocks.release(2);
        assert_eq!([blocks.acquire(), blocks.acquire(), blocks.acquire()], [3, 0, 2]);
        blocks.release(3);
        assert_eq!(blocks.acquire(), 3);
    }

    #[test]
    #[should_panic(expected = "every block of tape numbers is in use")]
    fn running_out_of_blocks_is_said() {
        let mut blocks = Blocks::new(1);
        blocks.acquire();
        blocks.acquire();
    }

    #[test]
    fn a_long_lived_number_keeps_its_block() {
        let old = take();
        for _ in 0..3 << BLOCK_BITS {
            let number = take();
            assert!(number != 0 && number != old);
            give_back(number);
        }
        let block = old >> BLOCK_BITS;
        assert!(with_blocks(|blocks| blocks.held.contains(&block)));
        give_back(old);
        assert!(!with_blocks(|blocks| blocks.held.contains(&block)));
    }

    fn is_held(number: u32) -> bool {
        with_blocks(|blocks| blocks.held.contains(&(number >> BLOCK_BITS)))
    }

    #[test]
    fn tapes_that_have_ended_hold_no_block() {
        for _ in 0..2 << BLOCK_BITS {
            assert_eq!(crate::reverse::gradient(|x| x[0] * x[1], &[2.0, 3.0]).1, [3.0, 2.0]);
        }
        let tape = crate::Tape::new();
        let x = tape.var(2.0);
        let mark = tape.mark();
        for _ in 0..2 << BLOCK_BITS {
            let _ = x * tape.var(3.0);
            tape.rewind(mark);
        }
        drop(tape);
        NUMBERS.with(|numbers| assert_eq!((numbers.earlier.borrow().len(), numbers.live.get()), (0, 0)));
    }

    #[test]
    fn a_block_for_one_number_is_not_the_first() {
        let mut blocks = Blocks::new(4);
        assert_eq!([blocks.acquire_but_first(), blocks.acquire_but_first()], [1, 2]);
        assert_eq!([blocks.acquire(), blocks.acquire()], [3, 0]);
    }

    #[test]
    fn threads_give_their_blocks_back() {
        use std::sync::mpsc::{Sender, channel};

        struct AtExit(Sender<u32>);

        impl Drop for AtExit {
            fn drop(&mut self) {
                let (first, second) = (take(), take());
                assert!(first != second && is_held(first) && is_held(second));
                assert_eq!([first, second].map(|number| number % (1 << BLOCK_BITS)), [0; 2]);
                for number in [first, second] {
                    give_back(number);
                    self.0.send(number).expect("the test waits");
                }
            }
        }
        thread_local!(static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) });
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || {
            // Registered before the numbers, and so destroyed after them.
            AT_EXIT.with_borrow_mut(|it| *it = Some(AtExit(sender.clone())));
            // One number in an earlier block, one in the last.
            sender.send(take()).expect("the test waits");
            let last = (0..1 << BLOCK_BITS).fold(0, |_, _| take());
            assert!(is_held(last));
            sender.send(last).expect("the test waits");
        });
        thread.join().expect("destructors may take numbers");
        let numbers: Vec<u32> = receiver.iter().collect();
        assert_eq!(numbers.len(), 4);
        assert!(numbers.iter().all(|&number| !is_held(number)), "{numbers:?}");
    }
}
