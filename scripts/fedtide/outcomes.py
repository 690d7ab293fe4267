"""How the clients' turns end, round by round."""

import numpy as np

from . import style
from .errors import missing

# From the useful to the wasted, bottom to top.
ORDER = (
    "reported",
    "surplus",
    "deadline",
    "left",
    "unplugged",
    "network",
    "battery",
    "crash",
    "stale",
    "abandoned",
)
COLORS = {
    "reported": style.GREEN,
    "surplus": "#C8C8C8",
    "deadline": style.ORANGE,
    "left": style.SKY,
    "crash": style.VERMILLION,
    "stale": style.GRAY,
    "abandoned": style.PINK,
    "network": style.BLUE,
    "battery": style.YELLOW,
    "unplugged": "#7F5F3F",
}
_MOST_BARS = 60


def bin_rounds(rounds, counts):
    """(first, last, mean counts) of spans of 1, 2, 5, 10 ... rounds, at most 60 spans; the last may be shorter."""
    width = next(w * 10**e for e in range(12) for w in (1, 2, 5) if len(rounds) <= _MOST_BARS * w * 10**e)
    starts = np.arange(0, len(rounds), width)
    sizes = np.diff(np.append(starts, len(rounds)))
    means = {name: np.add.reduceat(values.astype(float), starts) / sizes for name, values in counts.items()}
    return rounds[starts], rounds[starts + sizes - 1], means


@style.styled
def draw_outcomes(run):
    """Stacked bars of clients a round by how their turns end; the mean of several rounds where there are many."""
    counts = {name: run.rounds[name] for name in ORDER if name in run.rounds and np.any(run.rounds[name] > 0)}
    if not run.rounds.rows or not counts:
        raise missing(run.path, f"has no round yet (status: {run.status})")
    first, last, means = bin_rounds(run.rounds["round"], counts)
    total = sum(values.sum() for values in counts.values())
    fig, grid = style.figure(style.COLUMN, 2.5)
    axes = grid[0, 0]
    width = last - first + 1
    base = np.zeros(len(first))
    handles, labels = [], []
    for name, values in means.items():
        handles.append(
            axes.bar(
                first - 0.5, values, width, base, align="edge", color=COLORS[name], edgecolor="white", linewidth=0.3
            )
        )
        labels.append(f"{name} {_share(counts[name].sum() / total)}")
        base += values
    axes.set_xlim(first[0] - 0.5, last[-1] + 0.5)
    axes.set_ylim(0, base.max() * 1.04)
    many = int(width[0])
    axes.set_xlabel("round" + (f" (each bar: mean of {many} rounds)" if many > 1 else ""))
    axes.set_ylabel("clients per round")
    style.count_axis(axes.xaxis)
    axes.grid(True, axis="y")
    style.legend_above(fig, handles, labels, min(3, len(labels)))
    rows = [(a, b, *(means[name][i] for name in means)) for i, (a, b) in enumerate(zip(first, last))]
    return style.Picture(fig, ("first_round", "last_round", *means), rows)


def _share(value):
    percent = 100 * value
    return f"{percent:.1f}%" if percent < 10 else f"{percent:.0f}%"
