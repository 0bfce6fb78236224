#!/usr/bin/env python3
"""The constants of src/math/huge-reduction.ts and trigonometric-reduction.ts: python3 scripts/coefficients/pi.py (Debian: python3-mpmath)."""
import struct

from mpmath import mp, mpf, floor, pi

mp.prec = 3000


def single(c):
    return struct.unpack("f", struct.pack("f", float(c)))[0]


print("inversePi, 1 / pi * 2^1216:", hex(int(floor(mpf(2) ** 1216 / pi))))
for name, p1, to in (("f64", mpf(float(pi)), float), ("f32", mpf(3.141592502593994), single)):
    p2 = mpf(to(pi - p1))
    print(f"{name}: p2 {to(p2)!r}, p3 {to(pi - p1 - p2)!r}")
