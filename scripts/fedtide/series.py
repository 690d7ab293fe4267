"""Curves over runs: what is on the axes, steps on the union of grids, mean and band over seeds, targets."""

import dataclasses

import numpy as np

from .errors import USAGE, FedtideError, missing

# What --x and --y mean: the column, and the words on the axis.
X_AXES = {"round": "round", "time": "time_s", "bytes": "bytes", "bytes_up": "bytes_up", "bytes_down": "bytes_down"}
Y_AXES = {
    "accuracy": ("test_accuracy", "accuracy, global test set"),
    "loss": ("test_loss", "loss, global test set"),
    "train_loss": ("train_loss", "training loss, clients' batches"),
}
# 97.5 % quantiles of Student's t for 1 .. 30 degrees of freedom (any table; R: qt(0.975, 1:30)).
_T = np.array(
    "12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262 2.228 2.201 2.179 2.160 2.145 2.131 2.120 2.110 2.101 "
    "2.093 2.086 2.080 2.074 2.069 2.064 2.060 2.056 2.052 2.048 2.045 2.042".split(),
    dtype=float,
)


@dataclasses.dataclass
class Curve:
    """Mean over `n` seeds at each x, sample standard deviation (n - 1), edges of the band; NaN where n is 1."""

    label: str
    x: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int


def step(at, x, y):
    """The last y at or before each `at` (x ascending), which is what was known then; NaN before the first."""
    index = np.searchsorted(x, at, side="right") - 1
    return np.where(index >= 0, np.asarray(y, dtype=float)[np.maximum(index, 0)], np.nan)


def t_quantile(freedom):
    """97.5 % quantile of Student's t; beyond the table by its expansion in 1 / freedom (error below 1e-3)."""
    return _T[freedom - 1] if freedom <= len(_T) else 1.95996 + 2.37226 / freedom + 2.8225 / freedom**2


def _traffic(run, column):
    if column != "bytes":
        return run.rounds.get(column)
    up, down = run.rounds.get("bytes_up"), run.rounds.get("bytes_down")
    return None if up is None or down is None else up + down


def points(run, x, y):
    """(x, y) of one run, ascending in x; evaluations for test measures, rounds for training loss."""
    y_name, x_name = Y_AXES[y][0], X_AXES[x]
    table = run.evaluation if y_name.startswith("test_") else run.rounds
    if not table.rows:
        what = "evaluated round" if table is run.evaluation else "round"
        raise missing(run.path, f"has no {what} yet (status: {run.status})")
    for name in (y_name, "round"):
        if name not in table:
            raise missing(run.path, f'has no "{name}" (columns: {", ".join(table)})')
    if not np.isfinite(table[y_name]).any():
        raise missing(run.path, f'has no value of "{y_name}" yet (status: {run.status})')
    if x in ("round", "time"):
        if x_name not in table:
            raise missing(run.path, f'has no "{x_name}" (columns: {", ".join(table)})')
        return table[x_name], table[y_name]
    total = _traffic(run, x_name)
    if total is None:
        raise missing(run.path, "records no bytes")
    # The initial model is evaluated before anything was sent.
    sent = step(table["round"], run.rounds["round"], total) if run.rounds.rows else np.zeros(table.rows)
    return np.nan_to_num(sent, nan=0.0), table[y_name]


def average(label, runs, x, y, band="std"):
    """The runs' mean as a Curve, on the union of their grids, each held constant between its own points.

    Only where all runs have begun and none has ended, so that every point is a mean over the same n seeds.
    """
    each = [points(run, x, y) for run in runs]
    grid = np.unique(np.concatenate([xs for xs, _ in each]))
    first, last = max(xs[0] for xs, _ in each), min(xs[-1] for xs, _ in each)
    grid = grid[(grid >= first) & (grid <= last)]
    if not grid.size:
        raise missing(runs[0].path, f"{label}: the {len(runs)} runs share no part of the x axis")
    values = np.array([step(grid, xs, ys) for xs, ys in each])
    n = len(runs)
    mean = values.mean(axis=0)
    unknown = np.full(grid.shape, np.nan)
    sd = values.std(axis=0, ddof=1) if n > 1 else unknown
    if band == "ci" and n > 1:
        width = sd * t_quantile(n - 1) / np.sqrt(n)
    else:
        width = sd if band == "std" else unknown
    return Curve(label, grid, mean, sd, mean - width, mean + width, n)


def complaints(groups, y):
    """What a reader of the figure must know of its runs: unfinished ones, diverged ones, ones that are cut."""
    notes = []
    for label, runs in groups:
        ends = [points(run, "round", y)[0][-1] for run in runs]
        if min(ends) < max(ends):
            notes.append(f"{label}: the runs end at rounds {min(ends)} to {max(ends)}; drawn as far as all have come")
        for run in runs:
            if run.status not in ("complete", "unknown"):
                notes.append(f"{run.path}: is {run.status}, not complete")
            rounds, values = points(run, "round", y)
            bad = ~np.isfinite(values)
            if bad.any():
                notes.append(
                    f"{run.path}: {y} is not finite from round {rounds[np.argmax(bad)]} on; the mean ends there"
                )
    return notes


def reach(run, y, target):
    """(round, seconds, bytes) of the first evaluation that meets the target, or None.

    Accuracies must be at least, losses at most the target. On the raw curve, not smoothed.
    """
    values = points(run, "round", y)[1]
    met = values >= target if y == "accuracy" else values <= target
    if not met.any():
        return None
    return tuple(float(points(run, x, y)[0][np.argmax(met)]) for x in ("round", "time", "bytes"))


def parse_range(text, what):
    """ "3" or "0-20", ends included, as a range."""
    first, _, last = text.partition("-")
    try:
        low, high = int(first), int(last or first)
    except ValueError:
        low, high = 1, 0
    if low > high or low < 0:
        raise FedtideError(f'{what}: got "{text}", expected a number or a range like 0-20', USAGE)
    return range(low, high + 1)
