"""numpy and numexpr on the kernels of bench:columns; prints JSON, nanoseconds an element.

Arguments: the kernels' table as JSON on stdin: [{"id", "inputs": [[from, to], ...], "type", "sizes"}]
"""
import json
import sys
import time

import numpy as np

try:
    import numexpr as ne
except ImportError:
    ne = None

NUMPY = {
    "k1": lambda x: (x + 5) * 3,
    "k2": lambda p, q, d: p * q * (1 - d),
    "k3": lambda x, y: np.sqrt(x * x + y * y),
    "k4": lambda x: np.exp(-x * x / 2) * 0.3989422804014327,
    "k5": lambda x, y, z: np.sin(x) * np.cos(y) + np.log(z),
    "k7": lambda t: (((((((0.3 * t + 0.7) * t - 0.2) * t + 0.9) * t - 0.4) * t + 0.6) * t - 0.8) * t + 0.1) * t + 0.5,
    "k8": lambda x: np.where(x > 0, np.sqrt(np.abs(x)), -x),
    "k9": lambda x, y: np.dot(x, y),
    "k11": lambda a, b: (a * np.int32(31) + b) ^ (a.view(np.uint32) >> np.uint32(3)).view(np.int32),
    "k12": lambda a, b: a * a + b * b + 2 * a * b,
    "k13": lambda x, y: np.power(x, y),
    "k14": lambda x: np.tanh(x),
    "k15": lambda x: np.exp(-x * x / np.float32(2)) * np.float32(0.3989422804014327),
}


def normal(x):
    l = np.abs(x)
    k = 1 / (1 + 0.2316419 * l)
    p = k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
    w = 1 - 0.3989422804014327 * np.exp(-l * l / 2) * p
    return np.where(x < 0, 1 - w, w)


def black_scholes(S, K, T, r, v):
    s = v * np.sqrt(T)
    d1 = (np.log(S / K) + (r + v * v / 2) * T) / s
    return S * normal(d1) - K * np.exp(-r * T) * normal(d1 - s)


NUMPY["k6"] = black_scholes

NUMEXPR = {
    "k1": ("x", "(x + 5) * 3"),
    "k2": ("p q d", "p * q * (1 - d)"),
    "k3": ("x y", "sqrt(x * x + y * y)"),
    "k4": ("x", "exp(-x * x / 2) * 0.3989422804014327"),
    "k5": ("x y z", "sin(x) * cos(y) + log(z)"),
    "k7": ("t", "(((((((0.3 * t + 0.7) * t - 0.2) * t + 0.9) * t - 0.4) * t + 0.6) * t - 0.8) * t + 0.1) * t + 0.5"),
    "k8": ("x", "where(x > 0, sqrt(abs(x)), -x)"),
    "k9": ("x y", "sum(x * y)"),
    "k12": ("a b", "a * a + b * b + 2 * a * b"),
    "k13": ("x y", "x ** y"),
    "k14": ("x", "tanh(x)"),
}


def timed(run, n):
    """Median nanoseconds an element over some rounds of at least 2 ms."""
    times = 1
    while True:
        start = time.perf_counter()
        for _ in range(times):
            run()
        took = time.perf_counter() - start
        if took > 2e-3:
            break
        times *= 2
    samples = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(times):
            run()
        samples.append((time.perf_counter() - start) / times / n * 1e9)
    return sorted(samples)[len(samples) // 2]


def main():
    results = []
    for kernel in json.load(sys.stdin):
        for n in kernel["sizes"]:
            rng = np.random.default_rng(1)
            kind = {"f64": np.float64, "f32": np.float32, "i32": np.int32}[kernel["type"]]
            if kernel["type"] == "i32":
                columns = [rng.integers(a, b, n, dtype=np.int64).astype(np.int32) for a, b in kernel["inputs"]]
            else:
                columns = [rng.uniform(a, b, n).astype(kind) for a, b in kernel["inputs"]]
            if kernel["id"] in NUMPY:
                run = NUMPY[kernel["id"]]
                with np.errstate(all="ignore"):
                    results.append({"id": kernel["id"], "n": n, "peer": "numpy " + np.__version__, "ns": timed(lambda: run(*columns), n)})
            if ne is not None and kernel["id"] in NUMEXPR:
                names, text = NUMEXPR[kernel["id"]]
                given = dict(zip(names.split(), columns))
                for threads in (1, 2):
                    ne.set_num_threads(threads)
                    ne.evaluate(text, given)
                    peer = f"numexpr {ne.__version__}, {threads} thread" + ("s" if threads > 1 else "")
                    results.append({"id": kernel["id"], "n": n, "peer": peer, "ns": timed(lambda: ne.re_evaluate(given), n)})
    print(json.dumps(results))


main()
