"""Derive the polynomial coefficients of the engine's elementary functions, and write them down.

Run `python tools/minimax.py` to rewrite src/chainrule/engine/coefficients.py; it needs mpmath only.

Each polynomial is the best one in the weighted maximum norm (the weight makes it the relative error
of the function that is built on it), found by Remez' exchange on a fixed fine grid of Chebyshev
points in 50 digits, then rounded to the working precision. Constants of the range reductions (Cody
and Waite 1980) are split into parts with so few bits that a multiple of a part is exact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mpmath as mp
import numpy as np

mp.mp.dps = 50
GRID_POINTS = 1200
Function = Callable[[mp.mpf], mp.mpf]
TARGET = Path(__file__).parents[1] / "src" / "chainrule" / "engine" / "coefficients.py"


@dataclass(frozen=True)
class Problem:
    """Approximate `function` on [low, high], the largest error times `weight` being least."""

    name: str
    meaning: str
    function: Function
    weight: Function
    low: mp.mpf
    high: mp.mpf
    degrees: dict[int, int]  # bits of the working precision -> degree


def chebyshev_grid(low: mp.mpf, high: mp.mpf, count: int) -> list[mp.mpf]:
    """Points of [low, high], dense towards the ends, in rising order."""
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle - half * mp.cospi(mp.mpf(i) / (count - 1)) for i in range(count)]


def horner(coefficients: list[mp.mpf], x: mp.mpf) -> mp.mpf:
    """Evaluate the polynomial whose constant term comes first."""
    value = mp.mpf(0)
    for c in reversed(coefficients):
        value = value * x + c
    return value


def remez(problem: Problem, degree: int) -> tuple[list[mp.mpf], mp.mpf]:
    """Return the coefficients, constant term first, and the largest weighted error."""
    grid = chebyshev_grid(problem.low, problem.high, GRID_POINTS)
    values = [problem.function(x) for x in grid]
    weights = [problem.weight(x) for x in grid]
    n = degree + 2
    # Not the ends themselves: a weight that is 0 there would force the level to 0.
    reference = [round((i + 0.5) * GRID_POINTS / n) for i in range(n)]
    for _ in range(60):
        coefficients, level = solve_on(reference, grid, values, weights, degree)
        errors = [
            w * (f - horner(coefficients, x)) for x, f, w in zip(grid, values, weights, strict=True)
        ]
        largest = max(abs(e) for e in errors)
        if largest <= abs(level) * (1 + mp.mpf(10) ** -6):
            return coefficients, largest
        reference = exchange(errors, n)
    raise RuntimeError(f"{problem.name}: no convergence at degree {degree}")


def solve_on(
    reference: list[int],
    grid: list[mp.mpf],
    values: list[mp.mpf],
    weights: list[mp.mpf],
    degree: int,
) -> tuple[list[mp.mpf], mp.mpf]:
    """Make the weighted error alternate between +level and -level on the reference points."""
    rows, right = [], []
    for sign, k in enumerate(reference):
        alternating = mp.mpf(-1) ** sign / weights[k]
        rows.append([grid[k] ** j for j in range(degree + 1)] + [alternating])
        right.append(values[k])
    solution = mp.lu_solve(mp.matrix(rows), mp.matrix(right))
    return [solution[j] for j in range(degree + 1)], solution[degree + 1]


def exchange(errors: list[mp.mpf], n: int) -> list[int]:
    """Choose n points of alternating sign where the error is locally largest."""
    peaks: list[int] = []
    for k, error in enumerate(errors):
        if peaks and (error > 0) == (errors[peaks[-1]] > 0):
            if abs(error) > abs(errors[peaks[-1]]):
                peaks[-1] = k
        else:
            peaks.append(k)
    while len(peaks) > n:
        peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
    return peaks


def away_from_zero(function: Function, series: Function) -> Function:
    """Use the series where |x| is so small that the closed form would cancel."""
    return lambda x: series(x) if abs(x) < mp.mpf("1e-6") else function(x)


def taylor(terms: list[mp.mpf]) -> Function:
    """Return the polynomial with these coefficients as a function."""
    return lambda x: horner(terms, x)


def odd_part(function: Function, z: mp.mpf) -> mp.mpf:
    """Return function(sqrt(z)) / sqrt(z), with its limit at 0 taken just beside it."""
    root = mp.sqrt(z) if z > mp.mpf("1e-30") else mp.mpf("1e-15")
    return function(root) / root


HALF_LN2 = mp.log(2) / 2 * mp.mpf("1.0005")  # rounding to the nearest multiple may miss by a little
QUARTER_PI = mp.pi / 4 * mp.mpf("1.0005")
ROOT_HALF, ROOT_TWO = mp.sqrt(mp.mpf("0.5")), mp.sqrt(mp.mpf(2))
ERF_CUT = mp.mpf("0.921875")

exp_rest = away_from_zero(
    lambda r: (mp.expm1(r) - r) / r**2, taylor([1 / mp.factorial(k + 2) for k in range(8)])
)
log_rest = away_from_zero(
    lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3,
    taylor([mp.mpf(-1) ** k / (k + 3) for k in range(8)]),
)
log_weight = away_from_zero(lambda f: f**3 / mp.log1p(f), lambda f: f**2)
log1p_rest = away_from_zero(
    lambda t: (mp.log1p(t) - t) / t**2,
    taylor([mp.mpf(-1) ** (k + 1) / (k + 2) for k in range(8)]),
)
log1p_weight = away_from_zero(lambda t: t**2 / mp.log1p(t), lambda t: t)
exp_weight = away_from_zero(lambda r: r**2 / mp.expm1(r), lambda r: r)
TINY = mp.mpf("1e-40")  # keeps a weight from being exactly 0, which would make the system singular

PROBLEMS = [
    Problem(
        "EXP",
        "(exp(r) - 1 - r) / r^2 in r, |r| <= ln(2)/2",
        exp_rest,
        lambda r: abs(exp_weight(r)) + TINY,
        -HALF_LN2,
        HALF_LN2,
        {32: 4, 64: 10},
    ),
    Problem(
        "LOG",
        "(log(1 + f) - f + f^2/2) / f^3 in f, sqrt(1/2) <= 1 + f <= sqrt(2)",
        log_rest,
        lambda f: abs(log_weight(f)) + TINY,
        ROOT_HALF - 1,
        ROOT_TWO - 1,
        {32: 7},
    ),
    Problem(
        "LOG_RATIO",
        "(log((1 + s) / (1 - s)) / s - 2) / s^2 in z = s^2, s <= (sqrt(2) - 1) / (sqrt(2) + 1)",
        away_from_zero(
            lambda z: (odd_part(lambda s: 2 * mp.atanh(s), z) - 2) / z,
            taylor([mp.mpf(2) / (2 * k + 3) for k in range(8)]),
        ),
        lambda z: z + TINY,
        mp.mpf(0),
        ((ROOT_TWO - 1) / (ROOT_TWO + 1)) ** 2 * mp.mpf("1.0005"),
        {64: 6},
    ),
    Problem(
        "LOG1P",
        "(log(1 + t) - t) / t^2 in t, 0 <= t <= 1",
        log1p_rest,
        lambda t: abs(log1p_weight(t)) + TINY,
        mp.mpf(0),
        mp.mpf(1),
        {32: 8, 64: 20},
    ),
    Problem(
        "ERF",
        "erf(x) / x - 1 in z = x^2, |x| <= 0.921875",
        lambda z: odd_part(mp.erf, z) - 1,
        lambda z: 1 / odd_part(mp.erf, z),
        mp.mpf(0),
        ERF_CUT**2,
        {32: 6, 64: 12},
    ),
    Problem(
        "ERFC_LOG_32",
        "log(1 - erf(t)) in t, 0.921875 <= t <= 4",
        lambda t: mp.log(mp.erfc(t)),
        lambda t: mp.erfc(t) / mp.erf(t),
        ERF_CUT,
        mp.mpf(4),
        {32: 7},
    ),
    Problem(
        "ERFC_LOG_64",
        "log(1 - erf(t)) in t, 0.921875 <= t <= 6",
        lambda t: mp.log(mp.erfc(t)),
        lambda t: mp.erfc(t) / mp.erf(t),
        ERF_CUT,
        mp.mpf(6),
        {64: 19},
    ),
    Problem(
        "SIN",
        "(sin(r) - r) / r^3 in z = r^2, |r| <= pi/4",
        away_from_zero(
            lambda z: (odd_part(mp.sin, z) - 1) / z,
            taylor([mp.mpf(-1) ** (k + 1) / mp.factorial(2 * k + 3) for k in range(8)]),
        ),
        lambda z: z / odd_part(mp.sin, z) + TINY,
        mp.mpf(0),
        QUARTER_PI**2,
        {32: 2, 64: 5},
    ),
    Problem(
        "COS",
        "(cos(r) - 1 + r^2/2) / r^4 in z = r^2, |r| <= pi/4",
        away_from_zero(
            lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2,
            taylor([mp.mpf(-1) ** k / mp.factorial(2 * k + 4) for k in range(8)]),
        ),
        lambda z: z**2 / mp.cos(mp.sqrt(z)) + TINY,
        mp.mpf(0),
        QUARTER_PI**2,
        {32: 2, 64: 5},
    ),
]

HEADER = '''"""Minimax polynomial coefficients of vector_math, constant term first.

Written by tools/minimax.py, which derives them; the weighted error stands beside each.
"""
'''


def working_precision(coefficient: mp.mpf, bits: int) -> str:
    """Write the shortest decimal that reads back as the coefficient rounded to 32 or 64 bits."""
    rounded = float(mp.mpf(coefficient))
    return str(np.float32(rounded)) if bits == 32 else repr(rounded)


def written(problem: Problem) -> str:
    """Return the Python text of one problem's coefficients in each precision."""
    text = f"\n# {problem.meaning}\n"
    for bits, degree in problem.degrees.items():
        coefficients, error = remez(problem, degree)
        name = problem.name if problem.name.endswith(str(bits)) else f"{problem.name}_{bits}"
        text += f"# relative error 2^{mp.nstr(mp.log(error, 2), 4)} before rounding\n"
        rows = "".join(f"    {working_precision(c, bits)},\n" for c in coefficients)
        text += f"{name} = (\n{rows})\n"
    return text


def parts(value: mp.mpf, bits: int, sizes: list[int]) -> str:
    """Write the value as a sum of numbers that have the given bits each, the largest first."""
    rows = ""
    for size in sizes:
        unit = mp.mpf(2) ** (mp.floor(mp.log(abs(value), 2)) + 1 - size)
        part = mp.nint(value / unit) * unit
        rows += f"    {working_precision(part, bits)},\n"
        value -= part
    return f"(\n{rows})\n"


def module_text() -> str:
    """Return the whole module of coefficients."""
    text = HEADER + "".join(written(problem) for problem in PROBLEMS)
    text += "\n# ln(2); the first part times an exponent is exact\n"
    text += "LN2_32 = " + parts(mp.log(2), 32, [15, 24]) + "LN2_64 = "
    text += parts(mp.log(2), 64, [41, 53])
    text += "\n# pi/2; parts times a quadrant below 2^13 (float32) or 2^20 (float64) are exact\n"
    text += "HALF_PI_32 = " + parts(mp.pi / 2, 32, [11, 11, 11, 24]) + "HALF_PI_64 = "
    return text + parts(mp.pi / 2, 64, [33, 33, 53])


if __name__ == "__main__":
    TARGET.write_text(module_text(), encoding="utf-8")
