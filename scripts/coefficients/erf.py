#!/usr/bin/env python3
"""Coefficients of src/math/erf.ts, as they stand there: python3 scripts/coefficients/erf.py (Debian: python3-mpmath).

Chebyshev interpolation at 400 bits in the variable of the polynomial; what the truncation and the rounding of the coefficients
leave is measured on a grid and printed as relative error of the result. Where the error's weight varies, Remez' exchange takes its place,
and the error is that before the coefficients are rounded.
"""
import struct

from mpmath import mp, mpf, erf, erfc, exp, lu_solve, matrix, sqrt, pi, cos, log, polyval

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


def remez(f, weight, low, high, degree, rounds=8):
    """Coefficients with the least largest |weight * (f - p)|, and that. The exchange of all points at once."""
    count = degree + 2
    points = [(low + high) / 2 - (high - low) / 2 * cos(pi * k / (count - 1)) for k in range(count)]
    steps = 40 * degree
    near = [(low + high) / 2 - (high - low) / 2 * cos(pi * mpf(k) / steps) for k in range(steps + 1)]
    known = [(x, f(x), weight(x)) for x in near]
    for _ in range(rounds):
        left, right = matrix(count, count), matrix(count, 1)
        for row, x in enumerate(points):
            for power in range(degree + 1):
                left[row, power] = x**power
            left[row, degree + 1] = (-1) ** row / weight(x)
            right[row] = f(x)
        solution = lu_solve(left, right)
        coefficients = [solution[power] for power in range(degree + 1)]
        errors = [w * (value - polyval(coefficients[::-1], x)) for x, value, w in known]
        extremes = []
        for index, error in enumerate(errors):
            if not extremes or (error > 0) != (errors[extremes[-1]] > 0):
                extremes.append(index)
            elif abs(error) > abs(errors[extremes[-1]]):
                extremes[-1] = index
        if len(extremes) < count:
            break
        while len(extremes) > count:
            extremes.pop(0 if abs(errors[extremes[0]]) < abs(errors[extremes[-1]]) else -1)
        points = [near[index] for index in extremes]
    return coefficients, max(abs(error) for error in errors)


def single(c):
    return struct.unpack("f", struct.pack("f", float(c)))[0]


def show_remez(name, found, to=float):
    coefficients, error = found
    print(f"// {name}: error 2 ^ {mp.nstr(log(error, 2), 5)}")
    print("  " + ", ".join(repr(to(c)) for c in coefficients) + ",")


# erf(x) = x + x * (2 / sqrt(pi) - 1 - 3/8 z + z * P(z)), z = x^2
slope = 2 / sqrt(pi)
print("// 2 / sqrt(pi) - 1, f64 and f32:", repr(float(slope - 1)), repr(single(slope - 1)))


def rest(z):
    """P, but for the constant 3/8."""
    if z < mpf(10) ** -40:
        return -slope / 3
    x = sqrt(z)
    return (erf(x) - slope * x) / (x * z)


def weight_of_rest(z):
    return z * sqrt(z) / erf(sqrt(z)) if z > 0 else mpf(10) ** -20


def with_constant(found):
    (first, *others), error = found
    return [first + mpf(3) / 8, *others], error


edge = mpf(27) / 32
for name, degree, to in (("central", 10, float), ("centralFast", 9, float), ("central, f32", 4, single)):
    show_remez(name, with_constant(remez(rest, weight_of_rest, mpf(0), edge * edge, degree, 7)), to)

p = chebyshev(rest, mpf(0), mpf("0.1915"), 7)
rounded = [mpf(float(c)) for c in p]
error = max(abs(sqrt(z) * z * (polyval(rounded[::-1], z) - rest(z)) / erf(sqrt(z))) for z in grid(mpf("1e-6"), mpf("0.1915")))
show("small", [p[0] + mpf(3) / 8, *p[1:]], error)

# erf(x) = 1 - exp(-x^2) * G(t); the error is absolute
three, third = mpf(3), mpf(33) / 128


def in_inverse(t):
    return 1 / (t + third) - three


for name, degree in (("absoluteTail", 13), ("absoluteTailFast", 11)):
    found = remez(
        lambda t: exp(in_inverse(t) ** 2) * erfc(in_inverse(t)),
        lambda t: exp(-(in_inverse(t) ** 2)),
        1 / (6 + three) - third,
        1 / (edge + three) - third,
        degree,
        7,
    )
    show_remez(name, found)
found = remez(lambda t: exp((t + edge) ** 2) * erfc(t + edge), lambda t: exp(-((t + edge) ** 2)), mpf(0), 4 - edge, 9)
show_remez("absoluteTail, f32", found, single)

# erfc(x) = exp(-x^2) * w * F(w - 7/32), w = 1 / (x + 2), 7/16 <= x <= 27.5
shift, offset = 2, mpf(7) / 32


def scaled(t):
    w = t + offset
    x = 1 / w - shift
    return erfc(x) * exp(x * x) / w


low, high = 1 / (mpf("27.5") + shift) - offset, 1 / (mpf("0.4374") + shift) - offset
for degree in (24,):
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

# The same for f32: w - 1/4, up to 10.3
quarter = mpf(1) / 4


def scaled_single(t):
    x = 1 / (t + quarter) - shift
    return erfc(x) * exp(x * x) / (t + quarter)


low, high = 1 / (mpf("10.3") + shift) - quarter, 1 / (mpf("0.4374") + shift) - quarter
found = remez(scaled_single, lambda t: 1 / scaled_single(t), low, high, 10, 7)
show_remez("tail, f32", found, single)
p = found[0]
print("  of the first three is left", [repr(single(c - mpf(single(c)))) for c in p[:3]])
