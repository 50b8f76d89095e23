//! Rows with few inputs: gradients in a pass or two of forward mode, and Hessians.

use super::gmm::Gmm;
use super::lotka_volterra::{PARAMETERS, lotka_volterra, lotka_volterra_by};
use super::mlp::Mlp;
use super::rivals::{
    ByAd, ByDualNum, ad_trait_in_chunks, echidna_hessian, echidna_in_chunks, num_dual_gradient, num_dual_hessian,
    num_dual_in_chunks,
};
use super::rosenbrock::{self, rosenbrock, rosenbrock_by};
use super::rows::{Row, Side, keep};
use dualtape::{DualVec, forward, gradient, hessian, higher, model};
use std::hint::black_box;

/// Forward gradients: several directions a pass, against the fastest way that echidna and num-dual have.
pub(crate) fn chunk_rows() -> Vec<Row> {
    let x: &'static [f64] = keep(rosenbrock::point(10));
    let q: &'static [f64] = &PARAMETERS;
    macro_rules! chunks {
        ($name:literal, $driver:ident::<$n:literal>, $f:expr, $x:expr) => {
            Side::new($name, || $driver::<$n>(|x| $f(x), black_box($x)))
        };
    }
    macro_rules! ours {
        ($name:literal, $n:literal, $f:ident, $x:expr) => {
            Side::new($name, || forward::gradient_in_chunks(|x: &[DualVec<f64, $n>]| $f(x), black_box($x)))
        };
    }
    let rosenbrock_rivals = || {
        vec![
            chunks!("echidna DualVec<10>", echidna_in_chunks::<10>, rosenbrock, x),
            chunks!("echidna DualVec<5>", echidna_in_chunks::<5>, rosenbrock, x),
            chunks!("echidna DualVec<2>", echidna_in_chunks::<2>, rosenbrock, x),
            chunks!("num_dual::gradient<10>", num_dual_gradient::<10>, rosenbrock_by::<ByDualNum, _>, x),
            chunks!("num-dual DualSVec64<5>", num_dual_in_chunks::<5>, rosenbrock_by::<ByDualNum, _>, x),
            chunks!("num-dual DualSVec64<2>", num_dual_in_chunks::<2>, rosenbrock_by::<ByDualNum, _>, x),
        ]
    };
    let ode_rivals = || {
        vec![
            chunks!("echidna DualVec<4>", echidna_in_chunks::<4>, lotka_volterra, q),
            chunks!("echidna DualVec<2>", echidna_in_chunks::<2>, lotka_volterra, q),
            chunks!("num_dual::gradient<4>", num_dual_gradient::<4>, lotka_volterra_by::<ByDualNum, _>, q),
            chunks!("num-dual DualSVec64<2>", num_dual_in_chunks::<2>, lotka_volterra_by::<ByDualNum, _>, q),
        ]
    };
    let gmm: &'static Gmm = keep(Gmm::new(100, 2, 2));
    let p: &'static [f64] = keep(gmm.parameters());
    let mlp: &'static Mlp = keep(Mlp::new(&[3, 3, 1], 4));
    let w: &'static [f64] = keep(mlp.weights());
    assert_eq!((p.len(), w.len()), (12, 16));
    vec![
        Row::new(
            "Rosenbrock n = 10, gradient of a model",
            0.8,
            Side::new("dualtape", || gradient(&model!(rosenbrock), black_box(x))),
            rosenbrock_rivals(),
        )
        .beside(vec![chunks!("ad_trait adfn<10>", ad_trait_in_chunks::<10>, rosenbrock_by::<ByAd, _>, x)]),
        Row::new(
            "Rosenbrock n = 10, gradient of a closure, chunk 10",
            1.9,
            ours!("dualtape DualVec<10>", 10, rosenbrock, x),
            rosenbrock_rivals(),
        )
        .beside(vec![ours!("dualtape DualVec<5>", 5, rosenbrock, x), ours!("dualtape DualVec<2>", 2, rosenbrock, x)]),
        Row::new(
            "Lotka-Volterra RK4 x100, gradient of a model",
            0.8,
            Side::new("dualtape", || gradient(&model!(lotka_volterra), black_box(q))),
            ode_rivals(),
        )
        .beside(vec![chunks!("ad_trait adfn<4>", ad_trait_in_chunks::<4>, lotka_volterra_by::<ByAd, _>, q)]),
        Row::new(
            "Lotka-Volterra RK4 x100, gradient of a closure, chunk 4",
            2.5,
            ours!("dualtape DualVec<4>", 4, lotka_volterra, q),
            ode_rivals(),
        )
        .beside(vec![ours!("dualtape DualVec<2>", 2, lotka_volterra, q)]),
        Row::new(
            "GMM 100 points, d = 2, k = 2, n = 12, gradient of a model",
            0.8,
            Side::new("dualtape", || gradient(gmm, black_box(p))),
            vec![
                chunks!("echidna DualVec<12>", echidna_in_chunks::<12>, |x| gmm.plain(x), p),
                chunks!("echidna DualVec<6>", echidna_in_chunks::<6>, |x| gmm.plain(x), p),
                chunks!("echidna DualVec<4>", echidna_in_chunks::<4>, |x| gmm.plain(x), p),
                chunks!("num_dual::gradient<12>", num_dual_gradient::<12>, |x| gmm.plain_by::<ByDualNum, _>(x), p),
                chunks!("num-dual DualSVec64<4>", num_dual_in_chunks::<4>, |x| gmm.plain_by::<ByDualNum, _>(x), p),
                chunks!("ad_trait adfn<12>", ad_trait_in_chunks::<12>, |x| gmm.plain_by::<ByAd, _>(x), p),
            ],
        ),
        Row::new(
            "MLP 3-3-1, batch 4, n = 16, gradient of a model",
            1.0,
            Side::new("dualtape", || gradient(mlp, black_box(w))),
            vec![
                chunks!("echidna DualVec<16>", echidna_in_chunks::<16>, |x| mlp.plain(x), w),
                chunks!("echidna DualVec<8>", echidna_in_chunks::<8>, |x| mlp.plain(x), w),
                chunks!("echidna DualVec<4>", echidna_in_chunks::<4>, |x| mlp.plain(x), w),
                chunks!("num_dual::gradient<16>", num_dual_gradient::<16>, |x| mlp.plain_by::<ByDualNum, _>(x), w),
                chunks!("num-dual DualSVec64<4>", num_dual_in_chunks::<4>, |x| mlp.plain_by::<ByDualNum, _>(x), w),
                chunks!("ad_trait adfn<16>", ad_trait_in_chunks::<16>, |x| mlp.plain_by::<ByAd, _>(x), w),
            ],
        ),
    ]
}

/// Hessians of models, as `hessian` chooses, against the function itself and other libraries; and the two ways to a large one.
pub(crate) fn hessian_rows() -> Vec<Row> {
    let few: &'static [f64] = keep(rosenbrock::point(10));
    let many: &'static [f64] = keep(rosenbrock::point(128));
    let q: &'static [f64] = &PARAMETERS;
    let ode = || Side::new("dualtape", || hessian(&model!(lotka_volterra), black_box(q)));
    let valley = || Side::new("dualtape", || hessian(&model!(rosenbrock), black_box(few)));
    vec![
        Row::new(
            "Lotka-Volterra RK4 x100, n = 4, Hessian over primal",
            20.0,
            ode(),
            vec![Side::new("f64 primal", || lotka_volterra(black_box(q)))],
        ),
        Row::new(
            "Lotka-Volterra RK4 x100, n = 4, Hessian",
            0.8,
            ode(),
            vec![
                Side::new("num_dual::hessian", || {
                    num_dual_hessian::<4>(lotka_volterra_by::<ByDualNum, _>, black_box(q))
                }),
                Side::new("echidna::hessian_vec<4>", || echidna_hessian::<4>(lotka_volterra, black_box(q))),
            ],
        ),
        Row::new(
            "Rosenbrock n = 10, Hessian",
            0.8,
            valley(),
            vec![
                Side::new("num_dual::hessian", || {
                    num_dual_hessian::<10>(rosenbrock_by::<ByDualNum, _>, black_box(few))
                }),
                Side::new("echidna::hessian_vec<10>", || echidna_hessian::<10>(rosenbrock, black_box(few))),
                Side::new("echidna::hessian_vec<5>", || echidna_hessian::<5>(rosenbrock, black_box(few))),
            ],
        ),
        Row::new(
            "Rosenbrock n = 128, hessian_forward over hessian",
            3.0,
            Side::new("hessian_forward", || higher::hessian_forward(rosenbrock, black_box(many))),
            vec![Side::new("hessian", || higher::hessian(rosenbrock, black_box(many)))],
        ),
    ]
}
