"""Writes special.csv: special functions with their first two derivatives, to 60 digits by mpmath 1.3, then rounded."""

import math
import random

import mpmath as mp

mp.mp.dps = 60
random.seed(5)

normal_pdf = lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)
gaussian = lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def cardinal(sign):
    """sinc (sign -1) and sinhc (sign 1) with two derivatives, as a series without cancellation near 0."""
    series = lambda b, x: mp.hyp0f1(mp.mpf(b) / 2, sign * x * x / 4)
    first = lambda x: sign * x / 3 * series(5, x)
    second = lambda x: sign * series(5, x) / 3 + x * x / 15 * series(7, x)
    return lambda x: series(3, x), first, second


FUNCTIONS = {
    "erf": (mp.erf, gaussian, lambda x: -2 * x * gaussian(x)),
    "erfc": (mp.erfc, lambda x: -gaussian(x), lambda x: 2 * x * gaussian(x)),
    "norm_cdf": (normal_cdf, normal_pdf, lambda x: -x * normal_pdf(x)),
    "ln_gamma": (lambda x: mp.log(abs(mp.gamma(x))), lambda x: mp.psi(0, x), lambda x: mp.psi(1, x)),
    "digamma": (lambda x: mp.psi(0, x), lambda x: mp.psi(1, x), lambda x: mp.psi(2, x)),
    "sinc": cardinal(-1),
    "sinhc": cardinal(1),
    "cosc": (
        lambda x: mp.cos(x) / x,
        lambda x: -mp.sin(x) / x - mp.cos(x) / x**2,
        lambda x: -mp.cos(x) / x + 2 * mp.sin(x) / x**2 + 2 * mp.cos(x) / x**3,
    ),
    "coshc": (
        lambda x: mp.cosh(x) / x,
        lambda x: mp.sinh(x) / x - mp.cosh(x) / x**2,
        lambda x: mp.cosh(x) / x - 2 * mp.sinh(x) / x**2 + 2 * mp.cosh(x) / x**3,
    ),
    "logistic": (logistic, lambda x: logistic(x) * logistic(-x), lambda x: -logistic(x) * logistic(-x) * mp.tanh(x / 2)),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), logistic, lambda x: logistic(x) * logistic(-x)),
    "to_degrees": (mp.degrees, lambda x: 180 / mp.pi, lambda x: mp.mpf(0)),
    "to_radians": (mp.radians, lambda x: mp.pi / 180, lambda x: mp.mpf(0)),
    "ln_logistic": (lambda x: -mp.log1p(mp.exp(-x)), lambda x: logistic(-x), lambda x: -logistic(x) * logistic(-x)),
}

# Both sides of where formulas change, far out, and in between.
OF_ERROR = [1e-300, 1e-20, 1e-9, 0.01, 0.24, 0.25, 0.5, 0.84, 0.844, 1.0, 1.2, 1.25, 2.0, 2.85, 2.86, 3.5, 5.0, 5.9]
OF_TAIL = OF_ERROR + [8.0, 12.5, 20.0, 25.77, 26.0]
OF_NORMAL = OF_TAIL + [1.18, 1.2, 1.7, 1.8, 4.05, 31.5, 33.3, 36.7, 37.0]
OF_GAMMA = [1e-300, 1e-30, 1e-9, 0.01, 0.2, 0.23, 0.24, 0.5, 0.73, 0.74, 0.89, 0.91, 0.999, 1.001, 1.23, 1.24, 1.3]
OF_GAMMA += [1.6, 1.73, 1.74, 1.999, 2.001, 2.5, 2.999, 3.0, 3.5, 4.1, 5.9, 6.5, 7.99, 8.0, 9.99, 10.0, 11.5, 15.9]
OF_GAMMA += [16.1, 30.25, 170.5, 1e4, 1e10, 1e100]
# Both sides of the root, and 7, where the series starts and its last terms weigh most.
OF_DIGAMMA = OF_GAMMA + [1.4616321449683622, 1.4616321449683625, 6.999, 7.0, 7.001, 7.25, -0.25, -1.3, -2.75, -10.5]
OF_LOGISTIC = [1e-300, 1e-9, 0.01, 0.3, 0.999, 1.0, 1.5, 7.0, 20.5, 36.5, 300.0, 700.0]
OF_ANGLE = [1e-300, 0.7, -1.3, 100.0, 1e300]
OF_CARDINAL = [1e-300, 1e-100, 1e-20, 1e-8, 1e-4, 0.01, 0.1, 0.3, 0.5, 0.7, 0.999, 1.0]
POINTS = {
    "erf": OF_ERROR + [-x for x in OF_ERROR],
    "erfc": OF_TAIL + [-x for x in OF_ERROR],
    "norm_cdf": OF_TAIL + [-x for x in OF_NORMAL],
    "ln_gamma": OF_GAMMA,
    "digamma": OF_DIGAMMA,
    "logistic": OF_LOGISTIC + [-x for x in OF_LOGISTIC],
    "softplus": OF_LOGISTIC + [-x for x in OF_LOGISTIC],
    "ln_logistic": OF_LOGISTIC + [-x for x in OF_LOGISTIC],
    "to_degrees": OF_ANGLE,
    "to_radians": OF_ANGLE,
    "sinc": [0.0] + OF_CARDINAL + [-0.1, -1.5, 1.001, 6.0, 10.3, 100.5, 12345.5],
    "sinhc": [0.0] + OF_CARDINAL + [-0.1, -1.5, 1.001, 6.0, 19.5, 20.5, 80.5, 350.0, 700.0, 709.7, -709.7],
    "cosc": OF_CARDINAL + [-0.1, -2.0, 4.1, 10.0, 100.5, 12345.5],
    "coshc": OF_CARDINAL + [-0.1, -1.7, 6.0, 19.5, 20.5, 80.5, 350.0, 700.0, 709.7, -709.7],
}
# Where the first derivative has no root, near which no formula keeps its relative precision.
RANGES = {"sinc": (0.05, 4.0), "cosc": (0.05, 2.3), "coshc": (1.5, 6.0)}


def rounded(number):
    return float(mp.nstr(number, 40))


print("function,x,value,first,second")
for name, functions in FUNCTIONS.items():
    random_points = [random.uniform(*RANGES.get(name, (0.05, 6.0))) for _ in range(20)]
    for x in POINTS[name] + random_points:
        numbers = [rounded(f(mp.mpf(x))) for f in functions]
        if all(math.isfinite(number) for number in numbers):
            print(name, *map(repr, [float(x), *numbers]), sep=",")
