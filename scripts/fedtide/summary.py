"""One line a run: how far it came, how good it is, what it cost."""

import numpy as np

from . import style
from .run import OUTCOMES

HEADER = (
    "run",
    "status",
    "rounds",
    "final_accuracy",
    "best_accuracy",
    "best_round",
    "time_s",
    "bytes_up",
    "bytes_down",
    "reported_share",
    "wasted_share",
    "energy_j",
)
_TITLES = (
    "run",
    "status",
    "rounds",
    "final",
    "best",
    "at round",
    "virtual time",
    "up",
    "down",
    "reported",
    "wasted",
    "energy",
)


def _last(table, name):
    return table[name][-1] if name in table and table.rows else np.nan


def _share(part, whole):
    return part / whole if np.isfinite(whole) and whole > 0 else np.nan


def _energy(rounds):
    """Joules over all rounds; from the trajectory's columns by use, or the log's sum."""
    uses = [rounds[f"spent_{use}_j"].sum() for use in ("compute", "receive", "send", "idle") if f"spent_{use}_j" in rounds]
    if uses:
        return sum(uses)
    return rounds["spent_energy_j"].sum() if "spent_energy_j" in rounds else np.nan


def row(run):
    """The values of HEADER; NaN where the run does not know. Shares are of turns and of bytes."""
    rounds, evaluation = run.rounds, run.evaluation
    accuracy = evaluation.get("test_accuracy", np.array([]))
    measured = accuracy[np.isfinite(accuracy)]
    best = np.nanargmax(accuracy) if measured.size else None
    up, down = _last(rounds, "bytes_up"), _last(rounds, "bytes_down")
    turns = sum(rounds[name].sum() for name in OUTCOMES if name in rounds)
    reported = rounds["reported"].sum() if "reported" in rounds else np.nan
    wasted = rounds["wasted_bytes"].sum() if "wasted_bytes" in rounds else np.nan
    return (
        run.name,
        run.status,
        rounds.rows,
        measured[-1] if measured.size else np.nan,
        accuracy[best] if measured.size else np.nan,
        evaluation["round"][best] if measured.size else np.nan,
        _last(rounds, "time_s"),
        up,
        down,
        _share(reported, turns),
        _share(wasted, up + down),
        _energy(rounds),
    )


def _known(value, words):
    return "-" if isinstance(value, float) and np.isnan(value) else words(value)


def _unit(pick):
    def words(value):
        size, unit = pick(value)
        return f"{value / size:.3g} {unit}"

    return words


def _percent(value):
    return f"{100 * value:.1f}%"


_WORDS = (
    str,
    str,
    str,
    _percent,
    _percent,
    lambda value: f"{value:.0f}",
    _unit(style.time_unit),
    _unit(style.byte_unit),
    _unit(style.byte_unit),
    _percent,
    _percent,
    _unit(style.energy_unit),
)


def table(runs):
    """The lines of a text table, numbers to the right."""
    cells = [_TITLES] + [tuple(_known(value, words) for value, words in zip(row(run), _WORDS)) for run in runs]
    widths = [max(len(line[i]) for line in cells) for i in range(len(_TITLES))]
    return ["  ".join(_align(i, word, widths[i]) for i, word in enumerate(line)).rstrip() for line in cells]


def _align(i, word, width):
    return word.ljust(width) if i < 2 else word.rjust(width)
