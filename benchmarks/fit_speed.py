"""Whole fits beside the peers: time a step, ratios, share of the GEMM peak, losses."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

from .machine import cores
from .options import Options, main
from .peers import PEERS
from .report import Table, duration, percent, progress, spread, three_digits, times
from .sizes import SIZES, Size
from .worker import Measured, UnavailableError, Worker, interleave

OURS, REFERENCE, PEAK = "chainrule", "scikit-learn", "GEMM peak"

# Losses after the same epochs differ by the draw of weights and batches only; a loop that skips
# data, steps or the shuffle differs by more.
LOSS_TOLERANCE = 0.10


def run(options: Options) -> list[Table]:
    """Return the tables of float32 with every peer and of float64 with the two libraries."""
    tables: list[Table] = []
    for dtype in options.dtypes:
        in_float64 = (OURS, REFERENCE)
        peers = [p for p in options.peers if dtype == "float32" or p in in_float64]
        tables += _tables_of(dtype, peers, options)
    return tables


def _tables_of(dtype: str, peers: list[str], options: Options) -> list[Table]:
    steps, ratios, losses = _empty_tables(dtype, peers)
    runs: list[tuple[Size, Measured]] = []
    missing: dict[str, list[str]] = {}
    with _workers(peers) as workers:
        for name in options.sizes:
            size = SIZES[name].quick() if options.quick else SIZES[name]
            measured, settings = _measure(size, dtype, workers, options.repeats)
            runs.append((size, measured))
            steps.notes += [f"{name}: {note}" for note in settings]
            for peer, why in measured.failures.items():
                missing.setdefault(f"{peer}: not available: {why}", []).append(name)
    # The best rate of the whole run against our median times: noise does not raise the share. On
    # cores that others use it lowers it, so the share of the median rate is told too.
    peak = max((rate for _, m in runs for rate in m.results.get(PEAK, [])), default=None)
    for size, measured in runs:
        steps.rows.append(_step_row(size, measured))
        ratios.rows.append(_ratio_row(size, measured, peak))
        losses.rows.append(_loss_row(size, measured))
    steps.notes += [f"{failure} ({', '.join(names)})" for failure, names in missing.items()]
    if peak:
        ratios.notes.append(
            f"GEMM peak: {peak / 1e9:.0f} GFLOP/s, the best of the run, {cores()} threads; "
            "share in turn: of the median of what it reached between the fits"
        )
    return [steps, ratios, losses]


def _empty_tables(dtype: str, peers: list[str]) -> tuple[Table, Table, Table]:
    others = [peer for peer in peers if peer != OURS]
    steps = Table(
        f"Time of an optimizer step in a whole fit, {dtype}",
        {"network/batch": str, "steps": str}
        | dict.fromkeys(peers, duration)
        | {"widest spread": percent},
    )
    ratios = Table(
        f"Times longer than {OURS}, {dtype}; {OURS}'s share of the GEMM peak",
        {"network/batch": str}
        | dict.fromkeys(others, times)
        | {"our rate": _gigaflops, "share of peak": percent, "share in turn": percent},
    )
    losses = Table(
        f"Training loss of the last epoch, {dtype}",
        {"network/batch": str} | dict.fromkeys(peers, "{:.4f}".format) | {"departure": str},
    )
    return steps, ratios, losses


def _gigaflops(rate: float) -> str:
    return f"{three_digits(rate / 1e9)} GFLOP/s"


@contextmanager
def _workers(peers: list[str]) -> Iterator[dict[str, Worker]]:
    workers = {peer: Worker(PEERS[peer]) for peer in peers}
    workers[PEAK] = Worker("benchmarks.gemm:GemmPeak")
    try:
        yield workers
    finally:
        for worker in workers.values():
            worker.close()


def _measure(
    size: Size, dtype: str, workers: dict[str, Worker], repeats: int
) -> tuple[Measured, list[str]]:
    """Warm every peer up, then time them in turn; also return notes on their settings."""
    calls: dict[str, Any] = {}
    settings, failures = [], {}
    for peer, worker in workers.items():
        if peer == PEAK:
            calls[peer] = partial(worker.call, "measure", dtype, cores())
            continue
        progress(f"fit_speed {dtype} {size.name}: warm-up of {peer}")
        try:
            note = worker.call("prepare", size, dtype)
        except UnavailableError as error:
            failures[peer] = str(error)
            continue
        calls[peer] = partial(worker.call, "fit")
        settings += [f"{peer}, {note}"] if note else []
    measured = interleave(
        calls, repeats, lambda text: progress(f"fit_speed {dtype} {size.name}: {text}")
    )
    measured.failures |= failures
    return measured, settings


def _seconds(measured: Measured) -> dict[str, list[float]]:
    return {
        peer: [fit.seconds for fit in fits]
        for peer, fits in measured.results.items()
        if peer != PEAK
    }


def _step_row(size: Size, measured: Measured) -> dict[str, Any]:
    seconds = _seconds(measured)
    return {
        "network/batch": size.name,
        "steps": size.steps,
        **{peer: median(values) / size.steps for peer, values in seconds.items()},
        "widest spread": max((spread(values) for values in seconds.values()), default=None),
        "fit seconds": seconds,
    }


def _ratio_row(size: Size, measured: Measured, peak: float | None) -> dict[str, Any]:
    row: dict[str, Any] = {"network/batch": size.name, "peak rates": measured.results.get(PEAK)}
    seconds = _seconds(measured)
    if OURS in seconds:
        ours = median(seconds.pop(OURS))
        row |= {peer: median(values) / ours for peer, values in seconds.items()}
        row["our rate"] = size.step_flops * size.steps / ours
        if peak:
            row["share of peak"] = row["our rate"] / peak
        if row["peak rates"]:
            row["share in turn"] = row["our rate"] / median(row["peak rates"])
    return row


def _loss_row(size: Size, measured: Measured) -> dict[str, Any]:
    losses = {peer: fits[-1].loss for peer, fits in measured.results.items() if peer != PEAK}
    row: dict[str, Any] = {"network/batch": size.name, **losses}
    if REFERENCE in losses:
        reference = losses[REFERENCE]
        departures = {peer: abs(loss / reference - 1.0) for peer, loss in losses.items()}
        worst = max(departures, key=departures.__getitem__)
        verdict = "" if departures[worst] <= LOSS_TOLERANCE else f" CHECK {worst}"
        row["departure"] = percent(departures[worst]) + verdict
    return row


if __name__ == "__main__":
    main("python -m benchmarks.fit_speed", {"fit_speed": run})
