"""Writes third.csv: third partial derivatives of functions of two variables, found with 100 digits by mpmath 1.3, then rounded."""

import mpmath as mp

mp.mp.dps = 100

FUNCTIONS = {
    "powf": (mp.power, [(2.0, 3.0), (0.5, -1.5), (3.0, 0.0), (1.0, 5.0), (7.0, 1.0), (2.5, 10.0), (1e-3, 0.7)]),
    "atan2": (mp.atan2, [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (1.0, 2.0), (-3.0, -4.0), (1e-3, 3.0)]),
    "hypot": (mp.hypot, [(3.0, 4.0), (1.0, 0.0), (0.0, 2.0), (-5.0, 12.0), (1e30, 2e30)]),
    "div": (lambda x, y: x / y, [(6.0, 3.0), (5.0, -7.0), (0.0, 3.0), (1e10, 1e-5)]),
    "log": (mp.log, [(8.0, 2.0), (10.0, 10.0), (0.5, 3.0), (5.0, 0.25)]),
}
ORDERS = [(3, 0), (2, 1), (1, 2), (0, 3)]

with open("third.csv", "w") as table:
    table.write("function,x,y,dxxx,dxxy,dxyy,dyyy\n")
    for name, (f, points) in FUNCTIONS.items():
        for x, y in points:
            # Differences on the scale of the point leave half of the digits, far more than a double has.
            step = mp.mpf(10) ** -24 * max(abs(x), abs(y))
            found = [mp.diff(f, (mp.mpf(x), mp.mpf(y)), order, h=step, relative=False) for order in ORDERS]
            scale = max(abs(d) for d in found)
            rounded = [0.0 if abs(d) < mp.mpf(10) ** -20 * scale else float(d) for d in found]
            table.write(f"{name},{x!r},{y!r}," + ",".join(map(repr, rounded)) + "\n")
