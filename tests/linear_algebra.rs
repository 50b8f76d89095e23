//! Matrices of number types: every decomposition of `nalgebra`, in value and derivatives.
//!
//! Each function of a matrix is written once, for every number type. Its values must be those of `f64`, its Jacobians
//! by forward and by reverse mode must agree with each other and with central differences, and so must the
//! derivatives of the Jacobian, by forward over reverse.
//!
//! Control flow goes by value, as everywhere. That bounds what derivatives through an iteration can be: where a value
//! is zero the algorithms of `nalgebra` skip rotations that a derivative would need (eigenvectors at a diagonal
//! matrix, Schur at a triangular one), and in about one dense matrix of 1500 the Schur iteration normalises a vector
//! of rounding errors, whose derivatives are meaningless. The matrices here are dense, and not among those.

use harness::*;
use nalgebra::{Complex, DMatrix, DVector, RealField, SMatrix, SVector};

#[path = "linear_algebra/facts.rs"]
mod facts;
#[path = "linear_algebra/harness.rs"]
mod harness;

functions! {
    vectors(a) {{
        let (v, w) = (a.column(0).into_owned(), a.column(a.ncols() - 1).into_owned());
        let product: DVector<T> = &a * &v;
        let scalars = [v.norm(), w.norm_squared(), v.dot(&w), a.trace(), a.norm(), a.sum()];
        scalars.into_iter().chain(product.iter().copied()).chain(v.normalize().iter().copied()).collect()
    }}

    products(a) { entries(&[&(&a * &a), &(&a * a.transpose()), &a.tr_mul(&a)]) } {
        fn is_exact(n: usize) -> bool { n <= 5 }
    }

    determinant(a) { vec![a.determinant(), a.lu().determinant()] }

    inverse(a) { entries(&[&a.try_inverse().unwrap()]) }

    lu(a) {{
        let lu = a.lu();
        entries(&[&lu.l(), &lu.u()])
    }}

    lu_solve(a) {{
        let (a, b) = system(&a);
        a.lu().solve(&b).unwrap().as_slice().to_vec()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
    }

    full_pivoting(a) {{
        let lu = a.full_piv_lu();
        let mut product = lu.l() * lu.u();
        lu.p().inv_permute_rows(&mut product);
        lu.q().inv_permute_columns(&mut product);
        let mut outputs = entries(&[&product, &lu.try_inverse().unwrap()]);
        outputs.push(lu.determinant());
        outputs
    }} {
        fn is_exact(n: usize) -> bool { n <= 5 }
    }

    full_pivoting_solve(a) {{
        let (a, b) = system(&a);
        a.full_piv_lu().solve(&b).unwrap().as_slice().to_vec()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
    }

    /// R comes with a positive diagonal, so both factors are unique.
    qr(a) {{
        let (q, r) = a.qr().unpack();
        entries(&[&q, &r])
    }}

    qr_of_a_tall_matrix(a) {{
        let (q, r) = a.qr().unpack();
        entries(&[&q, &r])
    }} {
        const EXTRA: (usize, usize) = (2, 0);
    }

    qr_solve(a) {{
        let (a, b) = system(&a);
        let pivoted = a.clone().col_piv_qr().solve(&b).unwrap();
        a.qr().solve(&b).unwrap().iter().chain(&pivoted).copied().collect()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
    }

    cholesky(a) {{
        let b = a.column(0).into_owned();
        let cholesky = positive_definite(a).cholesky().unwrap();
        let mut outputs = entries(&[&cholesky.l(), &cholesky.inverse()]);
        outputs.extend(cholesky.solve(&b).iter());
        outputs.extend([cholesky.determinant(), cholesky.ln_determinant()]);
        outputs
    }} {
        fn is_exact(n: usize) -> bool { n <= 5 }
    }

    svd(a) {{
        let svd = a.svd(true, true);
        let order: Vec<usize> = (0..svd.singular_values.len()).collect();
        let mut outputs = svd.singular_values.as_slice().to_vec();
        outputs.extend(projectors(&svd.u.unwrap(), &order));
        outputs.extend(projectors(&svd.v_t.unwrap().transpose(), &order));
        outputs
    }} {
        const LOSS: f64 = 10.0;
    }

    svd_of_a_wide_matrix(a) {{
        let svd = a.svd(true, true);
        let inverse = svd.clone().pseudo_inverse(T::default_epsilon()).unwrap();
        svd.singular_values.iter().chain(inverse.iter()).copied().collect()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
        fn is_exact(n: usize) -> bool { n <= 5 }
    }

    svd_solve(a) {{
        let (a, b) = system(&a);
        a.svd(true, true).solve(&b, T::default_epsilon()).unwrap().as_slice().to_vec()
    }} {
        const EXTRA: (usize, usize) = (0, 1);
    }

    symmetric_eigen(a) {{
        let eigen = symmetric_part(a).symmetric_eigen();
        let mut outputs = sorted(&eigen.eigenvalues);
        outputs.extend(projectors(&eigen.eigenvectors, &order(&eigen.eigenvalues)));
        outputs
    }} {
        const LOSS: f64 = 10.0;
    }

    schur(a) {{
        let schur = a.schur();
        let mut outputs = sorted(&schur.eigenvalues().expect("real eigenvalues"));
        let (q, t) = schur.unpack();
        outputs.extend(entries(&[&(&q * t * q.transpose())]));
        outputs
    }} {
        const LOSS: f64 = 1e3;
        fn is_exact(n: usize) -> bool { n <= 5 }
        fn sample(n: usize, random: &mut Random) -> DMatrix<f64> { random.with_real_eigenvalues(n) }
    }

    schur_with_complex_eigenvalues(a) {{
        let schur = a.schur();
        let mut values: Vec<Complex<T>> = schur.complex_eigenvalues().iter().copied().collect();
        values.sort_by(|a, b| (a.re, a.im).partial_cmp(&(b.re, b.im)).expect("no NaN"));
        let (q, t) = schur.unpack();
        let parts = values.into_iter().flat_map(|z| [z.re, z.im]);
        parts.chain((&q * t * q.transpose()).iter().copied()).collect()
    }} {
        const LOSS: f64 = 1e3;
        fn is_exact(n: usize) -> bool { n <= 5 }
    }

    exponential(a) { entries(&[&a.exp()]) } {
        fn is_exact(n: usize) -> bool { n <= 5 }
    }
}

macro_rules! matrices_of_static_size {
    ($($name:ident $n:literal;)*) => { functions! { $(
        $name(a) {{
            let a = SMatrix::<T, $n, $n>::from_iterator(a.iter().copied());
            let b: SVector<T, $n> = a.column(0).into_owned();
            let square = |m: &SMatrix<T, $n, $n>| DMatrix::from_iterator($n, $n, m.iter().copied());
            let list = |v: &SVector<T, $n>| DVector::from_iterator($n, v.iter().copied());
            let definite = a * a.transpose() + SMatrix::identity();
            let (q, r) = a.qr().unpack();
            let svd = a.svd(true, true);
            let eigen = (a + a.transpose()).symmetric_eigen();
            let by_size: Vec<usize> = (0..$n).collect();
            let mut outputs = vec![a.determinant()];
            outputs.extend(entries(&[&square(&a.try_inverse().unwrap()), &square(&q), &square(&r)]));
            outputs.extend((a * b).iter());
            outputs.extend(a.transpose().lu().solve(&b).unwrap().iter());
            outputs.extend(a.transpose().full_piv_lu().solve(&b).unwrap().iter());
            outputs.extend(definite.cholesky().unwrap().l().iter());
            outputs.extend(svd.singular_values.iter());
            outputs.extend(projectors(&square(&svd.u.unwrap()), &by_size));
            outputs.extend(projectors(&square(&svd.v_t.unwrap().transpose()), &by_size));
            outputs.extend(sorted(&list(&eigen.eigenvalues)));
            outputs.extend(projectors(&square(&eigen.eigenvectors), &order(&list(&eigen.eigenvalues))));
            let (q, t) = a.schur().unpack();
            outputs.extend((q * t * q.transpose()).iter());
            outputs
        }} {
            const SIZES: &'static [usize] = &[$n];
            const LOSS: f64 = 10.0;
        }
    )* } };
}

matrices_of_static_size! {
    static_2 2;
    static_3 3;
    static_4 4;
}
