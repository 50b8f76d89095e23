"""Writes series.csv: Taylor coefficients of functions to order 20, found with 100 digits by mpmath 1.3, then rounded.

Of one argument along x + t, of two along (x + t, y - t/2).
"""

import mpmath as mp

mp.mp.dps = 100
ORDER = 20

cardinal = lambda f, x: f(x) / x if x else mp.mpf(1)
UNARY = {
    "recip": lambda x: 1 / x,
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "exp_m1": mp.expm1,
    "ln": mp.log,
    "log2": lambda x: mp.log(x, 2),
    "log10": mp.log10,
    "ln_1p": mp.log1p,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "powi": lambda x: x**3,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "norm_cdf": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "logistic": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "ln_logistic": lambda x: -mp.log1p(mp.exp(-x)),
    "sinc": lambda x: cardinal(mp.sin, x),
    "sinhc": lambda x: cardinal(mp.sinh, x),
    "cosc": lambda x: mp.cos(x) / x,
    "coshc": lambda x: mp.cosh(x) / x,
}
# Where derivatives are known, and found much sooner than by differences.
DERIVATIVES = {
    "ln_gamma": lambda x, k: mp.psi(k - 1, x) if k else mp.log(abs(mp.gamma(x))),
    "digamma": lambda x, k: mp.psi(k, x),
}
BINARY = {
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "powf": mp.power,
    "log": mp.log,
    "atan2": mp.atan2,
    "hypot": mp.hypot,
}
POSITIVE = [1e-3, 0.3, 0.7, 1.3, 2.5, 9.75]
EVERYWHERE = POSITIVE + [-0.3, -1.7]
POINTS = {
    "sqrt": POSITIVE,
    "ln": POSITIVE,
    "log2": POSITIVE,
    "log10": POSITIVE,
    "ln_1p": POSITIVE + [-0.3, -0.999],
    "asin": [1e-3, 0.3, 0.7, -0.9, 0.999],
    "acos": [1e-3, 0.3, 0.7, -0.9, 0.999],
    "atanh": [1e-3, 0.3, 0.7, -0.9, 0.999],
    "acosh": [1.001, 1.3, 2.5, 9.75],
    "tanh": EVERYWHERE + [25.0],
    "logistic": EVERYWHERE + [25.0, -40.0],
    "softplus": EVERYWHERE + [-40.0],
    "ln_gamma": POSITIVE + [-0.3, -1.7],
    "digamma": POSITIVE + [-0.3, -1.7],
}
PAIRS = [(0.7, 1.3), (2.5, 0.3), (9.75, 3.5)]


def row(name, x, y, coefficients):
    print(name, repr(x), y, *(repr(float(mp.nstr(c, 40))) for c in coefficients), sep=",")


print("function,x,y", *(f"c{k}" for k in range(ORDER + 1)), sep=",")
for name, f in UNARY.items():
    for x in POINTS.get(name, EVERYWHERE):
        row(name, x, "", mp.taylor(f, mp.mpf(x), ORDER))
for name, f in DERIVATIVES.items():
    for x in POINTS[name]:
        row(name, x, "", [f(mp.mpf(x), k) / mp.factorial(k) for k in range(ORDER + 1)])
for name, f in BINARY.items():
    for x, y in PAIRS:
        row(name, x, repr(y), mp.taylor(lambda t: f(x + t, y - t / 2), mp.mpf(0), ORDER))
