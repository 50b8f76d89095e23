//! The tape: what it records, and what sweeps over it find. Small enough to run under Miri.

use dualtape::{
    Counted, Dual, Dual2Vec, DualVec, Scalar, Tape, Var, dot, linear_combination, log_sum_exp, reverse, sum,
};

#[test]
fn only_joins_are_recorded() {
    let tape = Tape::new();
    assert!(tape.is_empty());
    let (x, y) = (tape.var(0.5), tape.var(2.0));
    let chain = (x.sin() * 3.0 + 1.0).exp() * x - x / 2.0;
    assert_eq!(tape.len(), 0, "functions of one variable only change the partial");
    let z = chain * y;
    assert_eq!((tape.len(), tape.bytes()), (1, 24));
    let larger = z.max(Var::constant(1.0)) + y.floor();
    assert_eq!(tape.len(), 1, "a choice and a step depend on one operand and on none");
    assert!(!tape.is_empty());
    let slope = larger.backward();
    let e = (0.5_f64.sin() * 3.0 + 1.0).exp();
    let by_hand = 2.0 * (e + e * 0.5 * 3.0 * 0.5_f64.cos() - 0.5);
    assert!((slope.wrt(x) - by_hand).abs() < 1e-13);
    assert_eq!(slope.wrt(y), chain.value());
    let nested = Tape::new();
    let x = nested.var(Dual::variable(3.0));
    let y = x * x + x;
    assert_eq!((nested.len(), y.backward().wrt(x)), (0, Dual::new(7.0, 2.0)));
}

#[test]
fn a_constant_factor_is_multiplied_with_strong_zeros() {
    for pole in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let by_pole = reverse::gradient(|x| x[0] * 0.0 * Var::constant(pole) + x[1], &[2.0, 3.0]).1;
        let of_pole = reverse::gradient(|x| Var::constant(pole) * (x[0] * 0.0) + x[1], &[2.0, 3.0]).1;
        assert_eq!([by_pole, of_pole], [[0.0, 1.0], [0.0, 1.0]]);
    }
}

#[test]
fn operands_with_a_partial_of_zero_take_no_part() {
    let tape = Tape::new();
    let (a, b, zero) = (tape.var(2.0), tape.var(3.0), tape.var(0.0));
    let y = a * zero;
    assert_eq!((tape.len(), y.is_constant()), (0, false));
    assert_eq!(y.backward().wrt_all(&[a, b, zero]), [0.0, 0.0, 2.0]);
    let y = zero * b + a * b;
    assert_eq!(tape.len(), 2);
    assert_eq!(y.backward().wrt_all(&[a, b, zero]), [3.0, 2.0, 3.0]);
    let nothing = (a * 0.0) * (b * 0.0);
    assert_eq!((tape.len(), nothing.is_constant()), (2, true));
    assert_eq!(nothing.backward().wrt_all(&[a, b, zero]), [0.0; 3]);
    // 0 times a pole is 0, a pole alone is one, and NaN stays.
    let y = (zero * 1.0).sqrt() * zero + zero.sqrt() * b;
    assert_eq!(y.backward().wrt_all(&[a, b, zero]), [0.0, 0.0, f64::INFINITY]);
    let y = (a - 5.0).ln() * b;
    let found = y.backward().wrt_all(&[a, b]);
    assert!(found[0].is_nan() && found[1].is_nan());
    // Beside a partial of 0 an infinite one stays behind a node: y - y has the derivative 0, not ∞ - ∞.
    let y = zero.sqrt() + a * zero.sqrt() * 0.0;
    let found = (y - y).backward().wrt_all(&[a, zero]);
    assert_eq!(found, [0.0, 0.0]);
    // Two partials whose product is too small for a number are none.
    let (small, smaller) = (tape.var(1e-200), tape.var(1e-250));
    assert_eq!((small * smaller).backward().wrt_all(&[small, smaller]), [1e-250, 1e-200]);

    // A partial of value 0 that has a derivative is not 0: of x·y at y = 0, that in x is y.
    let (y, slope) = reverse::gradient(|x| x[0] * x[1], &[Dual::new(3.0, 0.0), Dual::new(0.0, 1.0)]);
    assert_eq!((y.value, y.tangent), (0.0, 3.0));
    assert_eq!([slope[0].value, slope[0].tangent, slope[1].value], [0.0, 1.0, 3.0]);
}

#[test]
fn sums_of_one_term() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.var(2.0), tape.var(-0.0));
    assert_eq!(dot(&[a], &[b]).value().to_bits(), 0.0_f64.to_bits());
    assert_eq!(dot(&[a], &[b]).backward().wrt_all(&[a, b]), [0.0, 2.0]);
    assert_eq!(dot(&[a], &[Var::constant(3.0)]).backward().wrt(a), 3.0);
    assert_eq!(dot(&[Var::constant(3.0)], &[a]).backward().wrt(a), 3.0);
    assert_eq!(dot(&[a], &[a]).backward().wrt(a), 4.0);
    assert!(dot(&[Var::<f64>::constant(3.0)], &[Var::constant(1.0)]).is_constant());
    assert_eq!(sum(&[a]).backward().wrt(a), 1.0);
    assert_eq!(linear_combination(&[3.0], &[a]).backward().wrt(a), 3.0);
    assert_eq!(tape.len(), 0);
}

#[test]
fn several_outputs_of_one_recording() {
    let tape = Tape::new();
    let x = tape.vars(&[2.0, 3.0, 4.0]);
    let (sum, product) = (x[0] + x[1] + x[2], x[0] * x[1] * x[2]);
    assert_eq!(sum.backward().wrt_all(&x), [1.0, 1.0, 1.0]);
    assert_eq!(product.backward().wrt_all(&x), [12.0, 8.0, 6.0]);
    assert_eq!(tape.sweep(&[(sum, 10.0), (product, 2.0), (Var::constant(1.0), 5.0)]).wrt_all(&x), [34.0, 26.0, 22.0]);
    assert_eq!(tape.sweep(&[]).wrt_all(&x), [0.0, 0.0, 0.0]);
    assert_eq!(x[1].backward().wrt_all(&x), [0.0, 1.0, 0.0]);
    assert_eq!((x[1] * 0.0 + x[0]).backward().wrt_all(&x), [1.0, 0.0, 0.0]);
    assert_eq!(Var::constant(1.0).backward().wrt_all(&x), [0.0, 0.0, 0.0]);
}

#[test]
fn inputs_made_after_joins() {
    let tape = Tape::new();
    let a = tape.var(2.0);
    let b = tape.var(3.0);
    let ab = a * b;
    let c = tape.var(5.0);
    let abc = ab * c;
    let early = ab.backward();
    assert_eq!(early.wrt_all(&[a, b, c]), [3.0, 2.0, 0.0]);
    assert_eq!(abc.backward().wrt_all(&[a, b, c]), [15.0, 10.0, 6.0]);
    // Where the sweep finds NaN it goes forward over the tape: late inputs take part in that too.
    let zero = tape.var(0.0);
    let root = (zero * c * 2.0 - c * zero).sqrt();
    assert_eq!(root.backward().wrt_all(&[a, c, zero]), [0.0, 0.0, f64::INFINITY]);
}

#[test]
fn rewinding_keeps_what_was_before_the_mark() {
    let tape = Tape::new();
    let x = tape.vars(&[2.0, 3.0]);
    let shared = x[0] * x[1];
    let mark = tape.mark();
    for i in 0..5 {
        let late = tape.var(f64::from(i));
        let y = shared * late + x[0];
        assert_eq!(y.backward().wrt_all(&[x[0], x[1], late]), [3.0 * f64::from(i) + 1.0, 2.0 * f64::from(i), 6.0]);
        let total = sum(&[shared, late, x[0], x[1]]);
        assert_eq!(total.backward().wrt_all(&[x[0], x[1], late]), [4.0, 3.0, 1.0]);
        tape.rewind(mark);
        assert_eq!((tape.len(), tape.bytes()), (1, 24));
    }
    // Marks within marks, and numbers from three generations in one sum.
    let a = shared * x[0];
    let inner = tape.mark();
    for _ in 0..3 {
        let b = a * x[1];
        let y = dot(&[a, b, shared], &[x[0], x[1], b]);
        // y = p²·q·p + p²·q²·q + p·q·p²·q² at p = 2, q = 3.
        assert_eq!(y.value(), 24.0 + 108.0 + 216.0);
        assert_eq!(y.backward().wrt_all(&x), [12.0 * 3.0 + 108.0 + 324.0, 8.0 + 108.0 + 216.0 - 0.0]);
        tape.rewind(inner);
    }
    tape.rewind(mark);
    assert_eq!(shared.backward().wrt_all(&x), [3.0, 2.0]);
}

#[test]
fn rewinding_past_inputs_and_runs() {
    // Inputs before any join, of which the second goes.
    let tape = Tape::new();
    let a = tape.var(2.0);
    let mark = tape.mark();
    for i in 0..3 {
        let b = tape.var(3.0 + f64::from(i));
        let ab = a * b;
        let c = tape.var(5.0);
        assert_eq!((ab * c).backward().wrt_all(&[a, b, c]), [5.0 * b.value(), 10.0, 2.0 * b.value()]);
        tape.rewind(mark);
        assert_eq!(tape.len(), 0);
    }
    // Runs before and after the mark, on a tape within one that has runs.
    let outer = Tape::new();
    let x = outer.vars(&[1.0, 2.0]);
    let below = dot(&x, &x) + sum(&[x[0], x[1], x[0] * x[1]]);
    let size = (outer.len(), outer.bytes());
    {
        let tape = Tape::new();
        let v = tape.vars(&[3.0, 4.0]);
        let kept = dot(&v, &v);
        let (mark, bytes) = (tape.mark(), tape.bytes());
        for _ in 0..3 {
            let y = sum(&[kept, v[0], v[1]]) * dot(&[kept, v[1]], &[v[0], v[0]]);
            // (q + a + b)·(q + b)·a for q = a² + b² = 25, a = 3, b = 4.
            assert_eq!(y.backward().wrt_all(&v), [7.0 * 87.0 + 32.0 * (6.0 * 3.0 + 29.0), 9.0 * 87.0 + 32.0 * 27.0]);
            assert_eq!((outer.len(), outer.bytes()), size);
            tape.rewind(mark);
            assert_eq!(tape.bytes(), bytes);
        }
        assert_eq!(kept.backward().wrt_all(&v), [6.0, 8.0]);
    }
    assert_eq!(below.backward().wrt_all(&x), [2.0 + 1.0 + 2.0, 4.0 + 1.0 + 1.0]);
}

#[test]
fn tapes_nest_as_a_stack() {
    let outer = Tape::new();
    let (a, b) = (outer.var(2.0), outer.var(3.0));
    let y = a * b;
    let inner_slope = {
        let inner = Tape::new();
        let (c, d) = (inner.var(5.0), inner.var(7.0));
        let z = c * d + d;
        assert_eq!((inner.len(), outer.len()), (2, 1));
        z.backward().wrt(c)
    };
    let from_operator = reverse::gradient(|x| x[0] * x[1] * y.value(), &[1.0, 2.0]);
    assert_eq!(from_operator, (12.0, vec![12.0, 6.0]));
    let z = y * a * inner_slope;
    assert_eq!(z.backward().wrt_all(&[a, b]), [84.0, 28.0]);
}

#[test]
fn sums_are_one_run() {
    let x = [1.0, 2.0, 3.0, 4.0, 5.0];
    let (value, slope) = reverse::gradient(sum, &x);
    assert_eq!((value, slope), (15.0, vec![1.0; 5]));
    let (value, slope) = reverse::gradient(|x| linear_combination(&[5.0, 4.0, 3.0, 2.0, 1.0], x), &x);
    assert_eq!((value, slope), (35.0, vec![5.0, 4.0, 3.0, 2.0, 1.0]));
    let (value, slope) = reverse::gradient(|x| dot(x, x), &x);
    assert_eq!((value, slope), (55.0, vec![2.0, 4.0, 6.0, 8.0, 10.0]));
    let (value, slope) = reverse::gradient(|x| dot(&x[..2], &x[2..4]) * x[4], &x);
    assert_eq!((value, slope), (55.0, vec![15.0, 20.0, 5.0, 10.0, 11.0]));
    // The library's exp and ln need not be exact, and under Miri are not twice the same.
    let (value, slope) = reverse::gradient(log_sum_exp, &[1000.0, 1000.0]);
    assert!((value - 1000.0 - 2.0_f64.ln()).abs() < 1e-12 && slope.iter().all(|d| (d - 0.5).abs() < 1e-15), "{value}");

    let tape = Tape::new();
    let v = tape.vars(&x);
    let c: Vec<Var<f64>> = x.iter().map(|&x| x.into()).collect();
    let sizes = |f: &dyn Fn() -> Var<f64>| {
        let mark = tape.mark();
        let y = f();
        let slope = y.backward().wrt_all(&v);
        let size = (tape.len(), tape.bytes());
        tape.rewind(mark);
        (size, slope)
    };
    assert_eq!(sizes(&|| dot(&v, &v)), ((5, 128), vec![2.0, 4.0, 6.0, 8.0, 10.0]));
    assert_eq!(sizes(&|| dot(&v, &c)), ((3, 80), x.to_vec()));
    assert_eq!(sizes(&|| dot(&c, &v)), ((3, 80), x.to_vec()));
    assert_eq!(sizes(&|| dot(&c, &c)), ((0, 0), vec![0.0; 5]));
    assert_eq!(sizes(&|| dot(&[v[0], c[1]], &[c[2], v[1]])), ((1, 24), vec![3.0, 2.0, 0.0, 0.0, 0.0]));
    assert_eq!(sizes(&|| dot(&[v[0], c[1]], &[v[2], v[1]])), ((2, 56), vec![3.0, 2.0, 1.0, 0.0, 0.0]));
    assert_eq!(sizes(&|| dot(&v[..1], &v[1..2])), ((1, 24), vec![2.0, 1.0, 0.0, 0.0, 0.0]));
    assert_eq!(
        sizes(&|| sum(&[v[1], c[0], v[1] * 3.0, v[1]])),
        ((0, 0), {
            let mut slope = vec![0.0; 5];
            slope[1] = 5.0;
            slope
        })
    );
    assert_eq!(sizes(&|| sum(&[])), ((0, 0), vec![0.0; 5]));
    assert_eq!(sizes(&|| v[0].mul_add(v[1], v[2])), ((2, 48), vec![2.0, 1.0, 1.0, 0.0, 0.0]));
    assert_eq!(sizes(&|| v[0].mul_add(c[1], v[2])), ((1, 24), vec![2.0, 0.0, 1.0, 0.0, 0.0]));
    // A run between plain nodes, and runs of runs.
    let ((_, _), slope) = sizes(&|| {
        let p = v[0] * v[1];
        let s = sum(&[p, v[2], v[3]]);
        let t = s * v[4];
        dot(&[t, s], &[p, v[4]]) + p
    });
    // p = 2, s = 9, t = 45: y = t·p + s·e + p with t = s·e.
    let by_p = 45.0 + 10.0 + 5.0 + 1.0;
    assert_eq!(slope, [2.0 * by_p, by_p, 15.0, 15.0, 18.0 + 9.0]);
}

#[test]
fn the_buffer_grows_within_nested_tapes() {
    let n = if cfg!(miri) { 700 } else { 100_000 };
    let outer = Tape::new();
    let (a, b) = (outer.var(1.0), outer.var(1.0));
    let mut y = a * b;
    for i in 0..3 {
        y = (0..n).fold(y, |y, _| y + a * b);
        let (_, slope) = reverse::gradient(|x| (0..n).fold(x[0], |y, _| y + x[1]), &[1.0, 2.0]);
        assert_eq!(slope, [1.0, n as f64]);
        assert_eq!(y.value(), 1.0 + f64::from(i + 1) * n as f64);
    }
    assert_eq!(y.backward().wrt_all(&[a, b]), [1.0 + 3.0 * n as f64; 2]);
}

#[test]
fn the_first_buffer_is_filled_to_its_end() {
    // Nothing was recorded on these threads before: a run that is longer than the first buffer.
    let n = if cfg!(miri) { 300 } else { 20_000 };
    let of_run = move || {
        let (value, slope) = reverse::gradient(|x| dot(x, x), &vec![1.5; n]);
        assert_eq!((value, slope), (2.25 * n as f64, vec![3.0; n]));
    };
    std::thread::spawn(of_run).join().expect("a run has room");
    // An input where the first buffer, of 256 nodes, may be full.
    for joins in 254..258 {
        let of_input = move || {
            let tape = Tape::new();
            let (a, b) = (tape.var(1.0), tape.var(1.0));
            let y = (0..joins).fold(a, |y, _| y * b);
            let late = tape.var(2.0);
            let y = (0..n).fold(y * late, |y, _| y * b);
            assert_eq!(y.backward().wrt_all(&[a, b, late]), [2.0, 2.0 * (joins + n) as f64, 1.0]);
        };
        std::thread::spawn(of_input).join().expect("an input has room");
    }
}

#[test]
fn every_scalar_type_has_tapes_of_its_own() {
    fn cube<T: Scalar>(x: &[T]) -> T {
        x[0] * x[1] * x[0]
    }
    fn check<T: Scalar>() {
        let at = [T::constant(2.0), T::constant(3.0)];
        let (value, slope) = reverse::gradient(cube, &at);
        assert_eq!((value.primal(), slope[0].primal(), slope[1].primal()), (12.0, 12.0, 4.0));
    }
    for _ in 0..3 {
        check::<f64>();
        check::<f32>();
        check::<Dual<f64>>();
        check::<DualVec<f64, 3>>();
        check::<Dual2Vec<f64, 2>>();
        check::<Var<f64>>();
        check::<Var<Var<f32>>>();
        check::<Counted<f64>>();
    }
    let tapes = (Tape::<f64>::new(), Tape::<f32>::new(), Tape::<Dual<f64>>::new());
    let (x, y, z) = (tapes.0.var(1.0), tapes.1.var(1.0), tapes.2.var(Dual::variable(1.0)));
    assert_eq!((x.backward().wrt(x), y.backward().wrt(y), z.backward().wrt(z).value), (1.0, 1.0, 1.0));
}

#[test]
fn threads_record_side_by_side() {
    let threads: Vec<_> = (0..4)
        .map(|t| {
            std::thread::spawn(move || {
                for i in 0..if cfg!(miri) { 3 } else { 300 } {
                    let x = [f64::from(t), f64::from(i)];
                    assert_eq!(reverse::gradient(|x| x[0] * x[1], &x).1, [x[1], x[0]]);
                    let dual = [Dual::from(x[0]), Dual::variable(x[1])];
                    assert_eq!(reverse::gradient(|x| x[0] * x[1], &dual).1[0].tangent, 1.0);
                }
                // A tape that is forgotten is freed with its thread.
                let tape = Tape::new();
                let _ = tape.var(1.0) * tape.var(2.0);
                std::mem::forget(tape);
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("the thread finds the right gradients");
    }
}

#[test]
fn tapes_in_the_destructors_of_a_thread() {
    struct AtExit;
    impl Drop for AtExit {
        fn drop(&mut self) {
            assert_eq!(reverse::gradient(|x| x[0] * x[1], &[3.0, 5.0]).1, [5.0, 3.0]);
            let dual = [Dual::constant(3.0), Dual::constant(5.0)];
            assert_eq!(reverse::gradient(|x| x[0] * x[1], &dual).0.value, 15.0);
        }
    }
    thread_local!(static AT_EXIT: AtExit = const { AtExit });
    std::thread::spawn(|| {
        AT_EXIT.with(|_| ());
        assert_eq!(reverse::gradient(|x| x[0] * x[1], &[3.0, 5.0]).0, 15.0);
    })
    .join()
    .expect("destructors may differentiate");
}

#[test]
fn gradients_without_inputs_or_samples() {
    let none: [f64; 0] = [];
    assert_eq!(reverse::gradient(|_| Var::constant(3.0), &none), (3.0, vec![]));
    assert_eq!(reverse::gradient_sum(|x, s: f64| x[0] * s, &[1.0], []), (0.0, vec![0.0]));
    let (y, j) = reverse::jacobian(|_| vec![], &[1.0, 2.0]).expect("no outputs are no error");
    assert_eq!((y.len(), j.shape()), (0, (0, 2)));
}

#[test]
fn zero_absorbs_in_the_sweep() {
    // A pole behind a factor that is zero: the plain sweep finds NaN and is repeated.
    let (_, slope) = reverse::gradient(|x| (x[0] * x[1]).sqrt() * x[2] + x[0] * x[2], &[0.0, 2.0, 0.0]);
    assert_eq!(slope, [0.0, 0.0, 0.0]);
    let (_, slope) = reverse::gradient(|x| (x[0] * x[1]).sqrt(), &[0.0, 2.0]);
    assert_eq!(slope, [f64::INFINITY, 0.0]);
    let (_, slope) = reverse::gradient(|x| x[0] * x[1] + (x[2] * x[3]).ln(), &[1.0, 2.0, -1.0, 1.0]);
    assert_eq!(&slope[..2], [2.0, 1.0]);
    assert!(slope[2..].iter().all(|d: &f64| d.is_nan()));
    let (_, slope) = reverse::gradient(|x| sum(&[x[0] * x[1], (x[0] * x[1]).sqrt() * x[2], x[2]]), &[0.0, 1.0, 0.0]);
    assert_eq!(slope, [1.0, 0.0, 1.0]);
    // 0·inf in the first and in the second factor of a product in a sum.
    let (_, slope) = reverse::gradient(|x| dot(&[x[0] * 0.0, x[1]], &[x[2], x[1]]), &[1.0, 3.0, f64::INFINITY]);
    assert_eq!(slope, [0.0, 6.0, 0.0]);
    let (_, slope) = reverse::gradient(|x| dot(&[x[2], x[1]], &[x[0] * 0.0, x[1]]), &[1.0, 3.0, f64::INFINITY]);
    assert_eq!(slope, [0.0, 6.0, 0.0]);
    // Infinite adjoints of both signs meet, beside a NaN that nothing depends on.
    let root = |x: &[Var<f64>]| {
        let dead = (x[2] * x[3]).ln() * x[2];
        assert!(dead.value().is_nan());
        (x[0] * x[1] * 2.0 - x[1] * x[0]).sqrt()
    };
    assert_eq!(reverse::gradient(root, &[0.0, 1.0, -1.0, 1.0]).1, [f64::INFINITY, 0.0, 0.0, 0.0]);
}
