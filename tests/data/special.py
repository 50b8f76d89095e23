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


FUNCTIONS = {
    "erf": (mp.erf, gaussian, lambda x: -2 * x * gaussian(x)),
    "erfc": (mp.erfc, lambda x: -gaussian(x), lambda x: 2 * x * gaussian(x)),
    "norm_cdf": (normal_cdf, normal_pdf, lambda x: -x * normal_pdf(x)),
    "ln_gamma": (lambda x: mp.log(abs(mp.gamma(x))), lambda x: mp.psi(0, x), lambda x: mp.psi(1, x)),
    "digamma": (lambda x: mp.psi(0, x), lambda x: mp.psi(1, x), lambda x: mp.psi(2, x)),
}

# Both sides of where formulas change, far out, and in between.
OF_ERROR = [1e-300, 1e-20, 1e-9, 0.01, 0.24, 0.25, 0.5, 0.84, 0.844, 1.0, 1.2, 1.25, 2.0, 2.85, 2.86, 3.5, 5.0, 5.9]
OF_TAIL = OF_ERROR + [8.0, 12.5, 20.0, 26.0]
OF_NORMAL = OF_TAIL + [1.18, 1.2, 1.7, 1.8, 4.05, 31.5, 37.0]
OF_GAMMA = [1e-300, 1e-30, 1e-9, 0.01, 0.2, 0.23, 0.24, 0.5, 0.73, 0.74, 0.89, 0.91, 0.999, 1.001, 1.23, 1.24, 1.3]
OF_GAMMA += [1.6, 1.73, 1.74, 1.999, 2.001, 2.5, 2.999, 3.0, 3.5, 4.1, 5.9, 6.5, 7.99, 8.0, 9.99, 10.0, 11.5, 15.9]
OF_GAMMA += [16.1, 30.25, 170.5, 1e4, 1e10, 1e100]
POINTS = {
    "erf": OF_ERROR + [-x for x in OF_ERROR],
    "erfc": OF_TAIL + [-x for x in OF_ERROR],
    "norm_cdf": OF_TAIL + [-x for x in OF_NORMAL],
    "ln_gamma": OF_GAMMA,
    "digamma": OF_GAMMA + [-0.25, -1.3, -2.75, -10.5],
}


def rounded(number):
    return float(mp.nstr(number, 40))


print("function,x,value,first,second")
for name, functions in FUNCTIONS.items():
    random_points = [random.uniform(0.05, 6.0) for _ in range(20)]
    for x in POINTS[name] + random_points:
        numbers = [rounded(f(mp.mpf(x))) for f in functions]
        if all(math.isfinite(number) for number in numbers):
            print(name, *map(repr, [float(x), *numbers]), sep=",")
