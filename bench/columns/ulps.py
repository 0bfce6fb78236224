"""The largest errors, in units in the last place of the exact result, of functions that somebody else computed.

stdin: JSON [{"function", "arguments": [file, ...], "outputs": {name: file}, "type": "f64"}], files of raw little-endian numbers.
stdout: JSON {function: {name: ulps}}
"""
import json
import math
import sys
from array import array

import gmpy2

gmpy2.get_context().precision = 160
gmpy2.get_context().emax = 1 << 20
gmpy2.get_context().emin = -(1 << 20)


def exact_of(name):
    special = {
        "pow": lambda x, y: x**y,
        "hypot": gmpy2.hypot,
        "atan2": gmpy2.atan2,
    }
    # C's names of f32; erf is none.
    plain = name[:-1] if name.endswith("f") and name != "erf" else name
    return special.get(plain) or getattr(gmpy2, plain)


def ulp_of(value, digits, smallest):
    if value == 0:
        return gmpy2.mpfr(2) ** smallest
    exponent = gmpy2.frexp(value)[0]  # value = m * 2**exponent, 0.5 <= |m| < 1
    return gmpy2.mpfr(2) ** max(exponent - digits, smallest)


def read(path, kind):
    values = array(kind)
    with open(path, "rb") as file:
        values.frombytes(file.read())
    return values


def main():
    report = {}
    for job in json.load(sys.stdin):
        kind, digits, smallest = ("f", 24, -149) if job["type"] == "f32" else ("d", 53, -1074)
        function = exact_of(job["function"])
        columns = [read(path, kind) for path in job["arguments"]]
        exact = [function(*map(gmpy2.mpfr, row)) for row in zip(*columns)]
        ulps = [ulp_of(value, digits, smallest) for value in exact]
        report[job["function"]] = {}
        for name, path in job["outputs"].items():
            worst = 0.0
            for value, right, ulp in zip(read(path, kind), exact, ulps):
                if math.isfinite(value):
                    worst = max(worst, float(abs(gmpy2.mpfr(value) - right) / ulp))
                elif gmpy2.is_finite(right):
                    worst = math.inf
            report[job["function"]][name] = worst
    print(json.dumps(report).replace("Infinity", "1e999"))


main()
