"""The largest error of results that lie in files, against MPFR (Debian: python3-gmpy2).

    python3 measure.py NAME f64|f32 RESULTS ARGUMENTS [ARGUMENTS]

Prints JSON: the error in units in the last place of the exact result, where it is, and the arguments with the largest errors. A result that is
NaN or infinite, or should be, counts as infinitely wrong if it is not the same; an overflow is measured as if exponents went on.
"""

import array
import heapq
import json
import math
import sys

import gmpy2
from gmpy2 import mpfr

name, kind, results_path, *argument_paths = sys.argv[1:]
code, digits, least, most = ("d", 53, -1074, 1024) if kind == "f64" else ("f", 24, -149, 128)


def read(path):
    numbers = array.array(code)
    with open(path, "rb") as file:
        numbers.frombytes(file.read())
    return numbers


def power(x, y):
    # ECMAScript: 1 and -1 to the power of an infinity or NaN are NaN, which C says is 1.
    if abs(x) == 1 and not gmpy2.is_finite(y):
        return mpfr("nan")
    return x**y


functions = {
    "atan2": gmpy2.atan2,
    "hypot": gmpy2.hypot,
    "pow": power,
}
function = functions.get(name) or getattr(gmpy2, name)
gmpy2.set_context(gmpy2.context(precision=140, emax=1 << 40, emin=-(1 << 40)))
results = read(results_path)
columns = [read(path) for path in argument_paths]

worst = []
for index, got in enumerate(results):
    arguments = [column[index] for column in columns]
    exact = function(*map(mpfr, arguments))
    if gmpy2.is_nan(exact) or math.isnan(got):
        error = 0.0 if gmpy2.is_nan(exact) and math.isnan(got) else math.inf
    elif gmpy2.is_infinite(exact):
        error = 0.0 if exact == got else math.inf
    elif gmpy2.is_zero(exact):
        error = 0.0 if got == 0 and math.copysign(1, got) == (-1 if gmpy2.is_signed(exact) else 1) else math.inf
    else:
        # MPFR's exponent e: 2^(e - 1) <= |exact| < 2^e
        exponent = max(gmpy2.get_exp(exact) - digits, least)
        found = mpfr(got)
        if math.isinf(got):
            found = gmpy2.mul_2exp(mpfr(math.copysign(1, got)), most)
            if gmpy2.get_exp(exact) > most:
                exact = found if (exact > 0) == (got > 0) else -found
        difference = abs(found - exact)
        scaled = gmpy2.div_2exp(difference, exponent) if exponent > 0 else gmpy2.mul_2exp(difference, -exponent)
        error = float(scaled)
    if len(worst) < 200:
        heapq.heappush(worst, (error, index))
    elif error > worst[0][0]:
        heapq.heapreplace(worst, (error, index))

worst.sort(reverse=True)
error, index = worst[0]
print(
    json.dumps(
        {
            "error": error if math.isfinite(error) else "infinite",
            "index": index,
            "count": len(results),
            "worst": [index for _, index in worst],
        }
    )
)
