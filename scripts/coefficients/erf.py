#!/usr/bin/env python3
"""Coefficients of src/math/erf.ts, as they stand there: python3 scripts/coefficients/erf.py (Debian: python3-mpmath).

Chebyshev interpolation at 400 bits in the variable of the polynomial; what the truncation and the rounding of the coefficients
leave is measured on a grid and printed as relative error of the result.
"""
from mpmath import mp, mpf, erf, erfc, exp, sqrt, pi, cos, log, chop, polyval

mp.prec = 400


def chebyshev(f, low, high, degree):
    """Coefficients by power, lowest first, of the interpolant at the Chebyshev nodes of [low, high]."""
    count = degree + 1
    nodes = [cos(pi * (k + mpf(1) / 2) / count) for k in range(count)]
    values = [f((low + high) / 2 + (high - low) / 2 * node) for node in nodes]
    series = [2 / mpf(count) * sum(values[k] * cos(j * pi * (k + mpf(1) / 2) / count) for k in range(count)) for j in range(count)]
    series[0] /= 2
    # To powers of the node, then of x = middle + half * node.
    powers = [mpf(0)] * count
    before, now = [mpf(1)], [mpf(0), mpf(1)]
    for j in range(count):
        current = before if j == 0 else now
        for power, c in enumerate(current):
            powers[power] += series[j] * c
        if j > 0:
            after = [mpf(0)] + [2 * c for c in now]
            for power, c in enumerate(before):
                after[power] -= c
            before, now = now, after
    middle, half = (low + high) / 2, (high - low) / 2
    result = [mpf(0)]
    for c in reversed(powers):
        shifted = [mpf(0)] * (len(result) + 1)
        for power, r in enumerate(result):
            shifted[power + 1] += r / half
            shifted[power] -= r * middle / half
        shifted[0] += c
        result = shifted
    return result[:count]


def show(name, coefficients, error):
    print(f"// {name}: relative error of the result 2 ^ {mp.nstr(log(error, 2), 5)}")
    for c in coefficients:
        text = repr(float(c))
        print(f"  {text},")


def grid(low, high, count=2000):
    return [low + (high - low) * mpf(k) / count for k in range(count + 1)]


# erf(x) = x * twoOverRootPi + x * z * P(z), z = x^2, |x| <= 7/16
slope = 2 / sqrt(pi)
print("// 2 / sqrt(pi), and what is left of it:", repr(float(slope)), repr(float(slope - mpf(float(slope)))))


def rest(z):
    if z < mpf(10) ** -40:
        return -slope / 3
    x = sqrt(z)
    return (erf(x) - slope * x) / (x * z)


for degree in (8, 7, 6):
    p = chebyshev(rest, mpf(0), mpf("0.1915"), degree)
    rounded = [mpf(float(c)) for c in p]
    error = max(abs(sqrt(z) * z * (polyval(rounded[::-1], z) - rest(z)) / erf(sqrt(z))) for z in grid(mpf("1e-6"), mpf("0.1915")))
    show(f"small, {degree + 1} coefficients", rounded, error)

# erfc(x) = exp(-x^2) * w * F(w - 7/32), w = 1 / (x + 2), 7/16 <= x <= 27.5
shift, offset = 2, mpf(7) / 32


def scaled(t):
    w = t + offset
    x = 1 / w - shift
    return erfc(x) * exp(x * x) / w


low, high = 1 / (mpf("27.5") + shift) - offset, 1 / (mpf("0.4374") + shift) - offset
for degree in (26, 25, 24):
    p = chebyshev(scaled, low, high, degree)
    rounded = [mpf(float(c)) for c in p]
    rests = [float(p[k] - rounded[k]) for k in (0, 1, 2)]
    exact_head = [c + r for c, r in zip(rounded, rests)] + rounded[3:]
    points = grid(low, high, 1000)
    error = max(abs(polyval(exact_head[::-1], t) / scaled(t) - 1) for t in points)
    show(f"tail, degree {degree}; of the first three is left {rests[0]!r}, {rests[1]!r}, {rests[2]!r}", rounded, error)

derivative = [k * c for k, c in enumerate(p)][1:]
p = chebyshev(lambda t: polyval(derivative[::-1], t), low, high, 2)
error = max(abs(polyval(p[::-1], t) - polyval(derivative[::-1], t)) / scaled(t) for t in grid(low, high, 100))
show("derivative of the tail; the error is absolute", [mpf(round(c * 256)) / 256 for c in p], error)
